/* SPDX-License-Identifier: BSD-2-Clause */
/* The process's structure: for process.c and procinfo.c only. */
#ifndef SUPERVISORD_MODEL_PROCESS_PRIVATE_H
#define SUPERVISORD_MODEL_PROCESS_PRIVATE_H

#include "supervisord/model/process.h"

struct process {
	char *name;
	struct proc_settings set;
	const struct proc_ops *ops;
	void *arg;
	struct group *group;
	void *data;

	enum proc_state state;
	pid_t pid;
	int tries;
	bool killing; /* the stop signal was sent; what follows is SIGKILL */
	bool slowed;  /* the respawn guard was reported */
	bool has_exitstatus;
	int exitstatus;
	int64_t started_ms, entered_ms, deadline_ms;
	time_t start_wall, stop_wall;
	char spawnerr[PROC_SPAWNERR_MAX];
};

/* Arms the timer, or with PROC_NEVER disarms it. */
void process_arm(struct process *, int64_t when_ms);

#endif
