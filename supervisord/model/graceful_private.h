/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of graceful reloads: for graceful.c and gracefulstep.c only.
 */
#ifndef SUPERVISORD_MODEL_GRACEFUL_PRIVATE_H
#define SUPERVISORD_MODEL_GRACEFUL_PRIVATE_H

#include <sys/queue.h>

#include "supervisord/model/graceful.h"

#define GRACEFUL_WHY_MAX PROC_SPAWNERR_MAX

struct graceful_waiter {
	TAILQ_ENTRY(graceful_waiter) entry;
	action_done *done; /* NULL = cancelled */
	void *arg;
};
TAILQ_HEAD(graceful_waiters, graceful_waiter);

struct graceful_job {
	TAILQ_ENTRY(graceful_job) entry;
	struct gracefuls *all;
	struct process *proc;
	const struct graceful_settings *set;
	struct graceful_record rec;
	struct graceful_waiters waiters;
	bool locked;		   /* lock() was called */
	enum action_result result; /* PENDING until it is over */
	char why[GRACEFUL_WHY_MAX];
};

struct gracefuls {
	TAILQ_HEAD(, graceful_job) jobs;
	const struct graceful_ops *ops;
	void *arg;
};

struct graceful_now {
	int64_t ms;
	time_t wall;
};

/* gracefulstep.c: what is done in each phase.  A step may enter another phase,
 * whose step is then due at once. */
typedef void graceful_step(struct graceful_job *, const struct graceful_now *);
extern graceful_step *const graceful_steps[GRACEFUL_NPHASES];
/* Marks that an exit from now on is one that was asked for. */
void graceful_leave(struct graceful_job *);
void graceful_send(struct graceful_job *, int signo, bool group);
/* Gives the lock back, if it was asked for. */
void graceful_unlock(struct graceful_job *);

/* graceful.c: enters a phase, which is on record before anything is done. */
void graceful_enter(
    struct graceful_job *, enum graceful_phase, const struct graceful_now *);
/* Notes how a job has ended; it is taken out later. */
void graceful_end(struct graceful_job *, enum action_result, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));
void graceful_log(struct graceful_job *, int level, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

#endif
