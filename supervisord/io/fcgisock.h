/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening socket that the processes of a [fcgi-program:x] share as their
 * descriptor 0 (P-084 to P-087, C-194).
 *
 * It is made for the first process that is to be started, and closed when the
 * last one is gone: each process HOLDS it from before its spawn until after its
 * exit.  The keeper has a copy, under a name made from group, section and URL,
 * so that a new engine goes on with the same socket and no client is refused.
 * A socket whose address has changed in the file has another name: it is not
 * taken up, but made anew for the next process that starts.
 */
#ifndef SUPERVISORD_IO_FCGISOCK_H
#define SUPERVISORD_IO_FCGISOCK_H

#include <stdbool.h>

#include "supervisord/config/config.h"

struct appbase;
struct fcgisock;

/* What the keeper's names of such sockets begin with. */
#define FCGISOCK_PREFIX "fcgi."

/* A socket that does not exist yet; everything is borrowed.  NULL with errno
 * ENOMEM.  _free closes our copy only, and accepts NULL. */
struct fcgisock *fcgisock_new(struct appbase *,
    const struct config_fcgi_socket *, const char *group, const char *section);
void fcgisock_free(struct fcgisock *);
/* The configuration it was made from. */
const struct config_fcgi_socket *fcgisock_config(const struct fcgisock *);

/*
 * Can it be made?  Makes and closes it, and says so in the log (P-085).  0, or
 * -1 with *err a new text, upstream's: "Could not create FastCGI socket URL:
 * [Errno N] TEXT" (C-210).
 */
int fcgisock_probe(const struct config_fcgi_socket *, char **err);
/* The same without a word, for a start that can still be refused. */
int fcgisock_try(const struct config_fcgi_socket *, char **err);

/* A process is about to be started: makes the socket if there is none.  0, or
 * -1 with *err as above, and it is not held. */
int fcgisock_hold(struct fcgisock *, char **err);
/* A process that an earlier engine started holds it: takes up the keeper's. */
void fcgisock_adopt(struct fcgisock *);
/* The process is gone; the last one closes the socket, here and in the keeper.
 */
void fcgisock_release(struct fcgisock *);

/* The descriptor, blocking, close-on-exec; -1 while there is none. */
int fcgisock_fd(const struct fcgisock *);
/* The keeper's name. */
const char *fcgisock_name(const struct fcgisock *);

#endif
