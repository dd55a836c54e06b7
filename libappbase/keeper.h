/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's side of the keep protocol: children, descriptors, and the
 * worker that is attached to them (the model is in appbase/keep.h).
 *
 * A child's record is here from its spawn request until the worker releases it.
 * Only here is a kept child forked, signalled and reaped.
 */
#ifndef LIBAPPBASE_KEEPER_H
#define LIBAPPBASE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "libappbase/chan.h"
#include "libappbase/workproc.h"

/* What may wait for a worker that does not read, besides the inventory; then it
 * is ended, as one that hangs is. */
#define KEEPER_QUEUE_MAX ((size_t)4 * 1024 * 1024)

struct keeper;

struct keeper *keeper_new(void);
/* In a process that is not the supervisor: closes its copies, signals nobody.
 */
void keeper_free(struct keeper *);

/* A message of the attached (or attaching) worker.  False: not for the keeper.
 */
bool keeper_message(struct keeper *, struct workproc *, struct chan_msg *);
/* That worker is gone; nobody is attached until another asks. */
void keeper_detach(struct keeper *, const struct workproc *);
/* After an exec of ourselves: this worker was attached, and is. */
void keeper_reattach(struct keeper *, struct workproc *);
/* A process was reaped.  True if it was a kept child. */
bool keeper_reaped(
    struct keeper *, pid_t, int status, const struct rusage *, int64_t now_ms);
/* Tells the attached worker of an adopted process's end, if there is one. */
void keeper_orphan(struct keeper *, pid_t, int status);
/* Tells the attached worker that it is not replaced, and why. */
void keeper_reload_failed(struct keeper *, const char *reason);
/* A forwarded signal came: told now, or when a worker attaches. */
void keeper_signalled(struct keeper *, int signo, pid_t from);
/* Is there a forwarded TERM, INT or QUIT that no worker has acted on? */
bool keeper_stop_waits(const struct keeper *);

/* Sends a signal to every living child (and its group). */
void keeper_signal_all(struct keeper *, int signo);
size_t keeper_living(const struct keeper *);
/* The living ones without those that keeper_signal_all() was not permitted to
 * signal the last time: programs that have become another user's. */
size_t keeper_in_reach(struct keeper *);
/* No child, living or not released, and no descriptor. */
bool keeper_is_empty(const struct keeper *);

/* The state record: writes one line per child and descriptor; reads one line
 * that keeper_save() wrote: 0, 1 if the key is none of its own, -1 if it is bad
 * (malformed, a second one of its name, a living child that is not ours, a
 * descriptor that is not open).  keeper_cloexec() sets or clears the flag on
 * every kept descriptor. */
void keeper_save(const struct keeper *, FILE *);
int keeper_load(struct keeper *, const char *key, const char *rest);
void keeper_cloexec(const struct keeper *, bool on);

#endif
