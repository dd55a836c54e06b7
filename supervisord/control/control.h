/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control plane: the servers of a configuration, and what they serve.
 */
#ifndef SUPERVISORD_CONTROL_CONTROL_H
#define SUPERVISORD_CONTROL_CONTROL_H

#include <stdbool.h>

#include "supervisord/control/host.h"

struct control;

/*
 * Binds the sockets of all servers (C-138 to C-150), which are then kept by the
 * daemon's first process.  Meant for the start, before privileges are dropped;
 * a socket that is held already is left alone.  What is in the way of a unix
 * socket and does not answer is removed, and stderr told (C-147).  Returns 0,
 * or -1 with *err a new text, the message of the usage error.
 */
int control_bind(struct appbase *, const struct config *, char **err);

/*
 * Opens the servers of host->config(); binds those that are not bound yet.
 * `host` is borrowed.  NULL with *err a new text.
 */
struct control *control_new(const struct control_host *host, char **err);
/* Binds again what has lost its path, and calls `each` with every path of a
 * unix socket.  False if one is lost still. */
bool control_check(
    struct control *, void (*each)(void *arg, const char *path), void *arg);
/* Ends all connections; calls that wait are not answered.  The sockets stay the
 * daemon's, which also removes the files of unix sockets (C-154).  Accepts
 * NULL.  To be called before the actions are freed. */
void control_free(struct control *);

#endif
