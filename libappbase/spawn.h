/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a program: a fixed script of numbered stages between fork and exec.
 *
 * Everything is prepared before; the child runs async-signal-safe calls only,
 * on memory shared with the parent (vfork or clone with CLONE_VM|CLONE_VFORK),
 * so that {stage, errno} comes back without a pipe and nothing is copied.  All
 * signals are blocked across it; the child has default dispositions and an
 * empty mask before exec, and no moment in which an inherited handler could
 * swallow a signal sent to it.
 *
 * The parent stands still until the child has executed the program or failed.
 * That is under a millisecond, but for a working directory or a program on a
 * network file system that does not answer: chdir(2) and execve(2) then wait in
 * the kernel, no signal ends them, and no supervisor's timer runs.  That price
 * is paid because a fork(2) would copy the page tables of the whole supervisor,
 * count its memory twice (it fails where memory is not overcommitted, just when
 * a worker has to be started again), and need a pipe to say what has failed.
 */
#ifndef LIBAPPBASE_SPAWN_H
#define LIBAPPBASE_SPAWN_H

#include <sys/types.h>

#include "appbase/keep.h"

struct spawn_result {
	pid_t pid; /* > 0 if a process was made, even if a later stage failed
		      (it then has ended and must be reaped) */
	enum appbase_spawn_stage stage; /* APPBASE_STAGE_NONE = running */
	int error;			/* errno of the failed stage */
};

/*
 * Runs the request (its id, tag are not looked at).  Descriptors not in
 * req->fds are closed in the child, whatever their flags.  If parent_death is
 * not 0 the child gets that signal when this thread ends (Linux).
 * Returns 0 if the program runs, else -1 with *result saying where it failed.
 */
int spawn_run(const struct appbase_spawn *req, int parent_death,
    struct spawn_result *result);

#endif
