/* SPDX-License-Identifier: BSD-2-Clause */
/* The process's structure: for process.c, procready.c and procinfo.c only. */
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
	enum proc_leaving leaving;
	bool slowed;	 /* the respawn guard was reported */
	uint8_t reached; /* states since START */
	unsigned marks;	 /* enum proc_mark */
	bool has_exitstatus;
	int exitstatus;
	int64_t started_ms, entered_ms, deadline_ms;
	time_t start_wall, stop_wall;
	uint64_t restarts;
	char *spawnerr; /* NULL: none */
	struct history history;
};

typedef void process_handler(struct process *, const struct proc_input *);

/* The one setter: checks, stamps, counts, saves, publishes. */
void process_set_state(
    struct process *, enum proc_state, int64_t now_ms, bool expected);
void process_log(struct process *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* procready.c: READY in STARTING and RUNNING, UNREADY, REFUSE, and TIMER in
 * STARTING with readiness. */
process_handler procready_on_starting, procready_on_running,
    procready_on_unready, procready_on_refuse, procready_on_late;
/* The spawn error of an end in STARTING. */
const char *procready_why(const struct process *);

/* Notes why it could not be started; NULL or "": nothing to say. */
void process_set_spawnerr(struct process *, const char *);

/* Arms the timer, or with PROC_NEVER disarms it. */
void process_arm(struct process *, int64_t when_ms);

#endif
