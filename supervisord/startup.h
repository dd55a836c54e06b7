/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What supervisord does to itself once, before it becomes a daemon: user and
 * resource limits (C-211 to C-225).  Messages go to the main log, which stores
 * them until it is open.
 */
#ifndef SUPERVISORD_STARTUP_H
#define SUPERVISORD_STARTUP_H

#include "supervisord/config/config.h"

/* 0, or -1 with *err a new text, the message of a usage error. */
int startup_set_user(const struct config_supervisord *, char **err);
int startup_set_limits(const struct config_supervisord *, char **err);

/* Root, and no user named: said at every start (C-211). */
void startup_warn_root(const struct config_supervisord *);

#endif
