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
