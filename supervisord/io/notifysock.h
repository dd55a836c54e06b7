/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket on which one program says that it is ready (sd_notify).  It has an
 * abstract name, so that nothing is left in the file system and any user's
 * program reaches it; it stays while its descriptor is kept, whoever reads it.
 */
#ifndef SUPERVISORD_IO_NOTIFYSOCK_H
#define SUPERVISORD_IO_NOTIFYSOCK_H

#include <stddef.h>

#include <appbase/notify.h>

#include "supervisord/io/loop.h"

struct notifysock;

/* Texts of the notification are borrowed for the call; its descriptors are
 * closed after it, which is what a BARRIER waits for. */
typedef void notifysock_heard(void *arg, const struct appbase_notification *);

/* Binds a socket to the name, without its "@".  A descriptor, or -1 with errno.
 */
int notifysock_open(const char *name);
/* Reads a socket, which is taken.  NULL with errno.  _free accepts NULL. */
struct notifysock *notifysock_new(
    struct loop *, int fd, notifysock_heard *, void *arg);
void notifysock_free(struct notifysock *);

#endif
