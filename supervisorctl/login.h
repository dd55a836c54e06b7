/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking for a user name and a password (L-027). */
#ifndef SUPERVISORCTL_LOGIN_H
#define SUPERVISORCTL_LOGIN_H

struct ctl;

/* Asks for both, the password without echo, and gives them to the client.  0,
 * or -1 at the end of input. */
int login_ask(struct ctl *);

#endif
