/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being told, without looking again and again, that a file was removed or
 * renamed.  Where the system has nothing for it, nobody is told.
 */
#ifndef SUPERVISORD_IO_PATHWATCH_H
#define SUPERVISORD_IO_PATHWATCH_H

#include "supervisord/io/loop.h"

struct pathwatch;

/* Calls back when something has become of one of the files.  NULL with errno;
 * the loop must outlive it.  _free accepts NULL. */
struct pathwatch *pathwatch_new(struct loop *, loop_callback *, void *arg);
void pathwatch_free(struct pathwatch *);
/* Watches the file that is at the path now; once more does no harm.  0, or -1
 * with errno. */
int pathwatch_add(struct pathwatch *, const char *path);

#endif
