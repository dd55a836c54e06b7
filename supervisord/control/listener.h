/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening sockets of the servers (C-138 to C-150). */
#ifndef SUPERVISORD_CONTROL_LISTENER_H
#define SUPERVISORD_CONTROL_LISTENER_H

#include <stddef.h>

#include "supervisord/config/config.h"

struct appbase;

/* The address of a server as appbase_listen() wants it.  A new text; NULL when
 * out of memory. */
char *listener_address(const struct config_server *);

/* A name that is the address's own, so that a socket kept from before is taken
 * up again only for the same address. */
#define LISTENER_NAME_MAX 32
const char *listener_name(const char *address, char name[LISTENER_NAME_MAX]);

/*
 * The server's socket: kept, or bound now.  Non-blocking, the daemon's own: not
 * to be closed.  -1 with *err a new text, the message of the usage error.
 */
int listener_open(struct appbase *, const struct config_server *, char **err);

#endif
