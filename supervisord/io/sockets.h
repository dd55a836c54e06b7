/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening sockets of [socket:x], which programs are given (B-401).  The
 * keeper holds them: they are open through restarts of programs, and of the
 * engine.
 */
#ifndef SUPERVISORD_IO_SOCKETS_H
#define SUPERVISORD_IO_SOCKETS_H

#include "supervisord/config/config.h"

struct appbase;
struct pool;

#define SOCKETS_FIRST_FD 3 /* in a program */

/* Makes or finds all sockets of a configuration, so that none is closed as one
 * that is not wanted any more.  -1 with *err a new text. */
int sockets_open_all(struct appbase *, const struct config *, char **err);
/* Makes or finds one: borrowed; -1 with *err a new text. */
int sockets_open(struct appbase *, const struct config_listener *, char **err);

/*
 * What a program has to be told of its sockets, NAME=VALUE, in the pool:
 * LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID (empty: filled in by the keeper) and
 * SERVER_STARTER_PORT.  Ended by NULL.
 */
const char *const *sockets_environment(
    const struct config_process *, struct pool *);

#endif
