/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rolling restarts: processes one after another, each checked (B-201 to B-206).
 *
 * The model.  A ROLLING is a list of MEMBERS in order and a plan.  A batch of
 * members is begun, each by ops.begin(), whose end is told by
 * rolling_finished(); then each has to be RUNNING (ready, healthy); then comes
 * the pause, then the next batch.
 *
 *   member    WAITING -> BUSY -> CHECK -> DONE
 *                          `--------`---> FAILED
 *   rolling   ACTIVE -> DONE | FAILED | ABORTED; FAILED, ABORTED -> ACTIVE by
 *             resume, from the failed member on
 *
 * A failure ends it (on_failure stop) when the rest of its batch is done; the
 * members that were not reached are never touched.  Rollings are kept after
 * their end, the newest of them, to be asked for and to be resumed.
 *
 * Each change is written to a record first (ops.save), so that another engine
 * goes on.  Pure: processes are asked by the operations.
 */
#ifndef SUPERVISORD_MODEL_ROLLING_H
#define SUPERVISORD_MODEL_ROLLING_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/model/process.h"

#define ROLLING_MAX	    8 /* that are known at once */
#define ROLLING_MEMBERS	    1024
#define ROLLING_TARGETS_MAX 256
#define ROLLING_REASON_MAX  384

enum rolling_state {
	ROLLING_NONE,
	ROLLING_ACTIVE,
	ROLLING_DONE,
	ROLLING_FAILED,
	ROLLING_ABORTED,
};

enum rolling_progress {
	ROLLING_WAITING,
	ROLLING_BUSY,  /* it is being reloaded */
	ROLLING_CHECK, /* it was, and has to be ready or healthy */
	ROLLING_OK,
	ROLLING_BAD,
	ROLLING_GONE, /* it was removed meanwhile */
};

enum rolling_wait { ROLLING_RUNNING, ROLLING_READY, ROLLING_HEALTHY };

struct rolling_plan {
	int32_t batch;	      /* at once; >= 1 */
	int64_t pause_ms;     /* between batches */
	int64_t step_ms;      /* for a batch; 0 = for ever */
	int32_t wait;	      /* enum rolling_wait */
	uint8_t keep_going;   /* on_failure = continue */
	uint8_t graceful;     /* in the way of reload_mode */
	uint8_t force;	      /* also if the group is degraded */
	uint8_t rollback;     /* on_failure = rollback */
	uint8_t rolling_back; /* and that is being done */
	uint8_t pad[3];
};

struct rolling_member {
	int32_t slot;	  /* what ops.process() knows it by */
	int32_t pid;	  /* before it was begun */
	int32_t progress; /* enum rolling_progress */
};

/* What survives a crash of the engine; fixed size, no pointers. */
struct rolling_record {
	int32_t id; /* counts up */
	int32_t state;
	struct rolling_plan plan;
	int64_t begun_ms, step_ms, pause_until_ms, ended_ms;
	int32_t n;
	char targets[ROLLING_TARGETS_MAX]; /* as they were written */
	char reason[ROLLING_REASON_MAX];   /* of FAILED, ABORTED */
	struct rolling_member members[ROLLING_MEMBERS];
};

enum rolling_event {
	ROLLING_EV_STARTED, /* or resumed */
	ROLLING_EV_STEP,    /* a batch is begun */
	ROLLING_EV_DONE,
	ROLLING_EV_FAILED, /* or aborted */
};

struct rolling_ops {
	/* The process of a slot, NULL if there is none any more; and back. */
	struct process *(*process)(void *arg, int slot);
	int (*slot)(void *arg, const struct process *);
	/* Begins to reload it; rolling_finished() is called later, never inside
	 * the call, but when -1 is returned, with a text in err. */
	int (*begin)(void *arg, struct process *, const struct rolling_plan *,
	    char *err, size_t len);
	/* How many of the process's group must run (B-204). */
	int (*min_running)(void *arg, const struct process *);
	/* Place `place` of ROLLING_MAX has changed. */
	void (*save)(void *arg, int place, const struct rolling_record *);
	void (*event)(
	    void *arg, enum rolling_event, const struct rolling_record *);
	/* rollings_run() is due, soon; not inside the call. */
	void (*wake)(void *arg);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

struct rollings;

/* ops is borrowed; NULL with errno ENOMEM.  _free accepts NULL; records stay as
 * they are. */
struct rollings *rollings_new(const struct rolling_ops *, void *arg);
void rollings_free(struct rollings *);

/*
 * Begins with processes in the order wanted; those that are STOPPED are left
 * out.  Returns its id, or -1 with a text in err: one of them is in another
 * rolling, the group is degraded (B-204), there are too many or none.
 */
int rolling_start(struct rollings *, const char *targets,
    struct process *const *, size_t n, const struct rolling_plan *,
    int64_t now_ms, char *err, size_t len);
/* Goes on with the newest one of these targets that has failed or was aborted;
 * the plan is its own.  Returns its id, or -1 with a text in err. */
int rolling_resume(struct rollings *, const char *targets, int64_t now_ms,
    char *err, size_t len);
/* Ends it after the batch that is being done.  False if it is not active. */
bool rolling_abort(struct rollings *, int id, const char *why, int64_t now_ms);

/* The rolling of that id, 0: the newest; NULL if unknown.  Borrowed. */
const struct rolling_record *rolling_get(const struct rollings *, int id);
const char *rolling_state_name(const struct rolling_record *);
const char *rolling_progress_name(const struct rolling_member *);

/* A process that was begun is done: it runs, or it does not, and why. */
void rolling_finished(struct rollings *, const struct process *, bool ok,
    const char *why, int64_t now_ms);
/* A process is about to be freed. */
void rollings_forget(struct rollings *, const struct process *);

/* Takes up what another engine left in a place. */
void rolling_restore(struct rollings *, int place,
    const struct rolling_record *, int64_t now_ms);

/* Does what is due; and when it is due by time alone (PROC_NEVER: not). */
void rollings_run(struct rollings *, int64_t now_ms);
int64_t rollings_wakeup_ms(const struct rollings *, int64_t now_ms);

/* "rolling restart, 2 of 4", or "" for a process that is in none.  Returns buf.
 */
const char *rolling_note(
    const struct rollings *, const struct process *, char *buf, size_t len);

#endif
