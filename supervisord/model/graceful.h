/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graceful reloads: a process takes up new code without being cut in the
 * middle of its task (B-101 to B-107).
 *
 * The model.  A process that is being reloaded has a JOB, at most one, which is
 * in a PHASE.  gracefuls_run() looks at every job (the engine calls it after
 * any change, and by time) and does the next step when it may be done:
 *
 *   UP        it is starting: wait until it runs
 *   DRAIN     it was asked to end after its task: wait for that
 *   FREEZE    no task was seen: it is stopped (SIGSTOP) for a second look
 *   LOCK      its lock is waited for
 *   STAY      it was sent a signal and has to stay up for startsecs
 *   STOP      it is idle: it is being stopped
 *   START     the new one is on its way
 *
 *   lockfile  UP -> DRAIN -> START        (a file is there: it is at work)
 *             UP -> FREEZE -> STOP -> START  (none: idle; -> DRAIN if it came)
 *   drain     UP -> LOCK -> STOP -> START
 *   signal    UP -> STAY, or UP -> DRAIN -> START
 *   restart   STOP -> START
 *
 * What is asked of a process is on record (graceful_save) before it is asked,
 * so that another engine goes on where one was killed.  A stop that somebody
 * else asks for ends the job; a process that was found stopped is not started.
 * Pure: all that it does to the world is in struct graceful_ops.
 */
#ifndef SUPERVISORD_MODEL_GRACEFUL_H
#define SUPERVISORD_MODEL_GRACEFUL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisord/model/action.h"
#include "supervisord/model/process.h"

enum graceful_mode {
	GRACEFUL_RESTART,
	GRACEFUL_SIGNAL,
	GRACEFUL_LOCKFILE,
	GRACEFUL_DRAIN,
	GRACEFUL_NMODES
};

enum graceful_phase {
	GRACEFUL_NONE, /* no job */
	GRACEFUL_UP,
	GRACEFUL_DRAINING,
	GRACEFUL_FREEZE,
	GRACEFUL_LOCK,
	GRACEFUL_STAY,
	GRACEFUL_STOP,
	GRACEFUL_START,
	GRACEFUL_NPHASES
};

/* What a signal is expected to do (reload_expect). */
enum graceful_expect {
	GRACEFUL_EXPECT_NOTHING,
	GRACEFUL_EXPECT_STAY,
	GRACEFUL_EXPECT_EXIT,
};

/* What the configuration says of a process. */
struct graceful_settings {
	enum graceful_mode mode;
	enum graceful_expect expect;
	int reload_signal, drain_signal; /* 0 = none */
	int64_t drain_timeout;		 /* seconds; 0 = for ever */
	bool stop_on_timeout;		 /* else the process is kept */
	const char *lockfile;		 /* of LOCKFILE and DRAIN */
};

/* What a look at a lock file, or a try to take the lock, comes to. */
enum graceful_lock {
	GRACEFUL_LOCK_FREE, /* no file; or the lock is ours */
	GRACEFUL_LOCK_HELD, /* there is one (and it was removed); wait */
	GRACEFUL_LOCK_BAD,  /* see the text */
};

/* What survives a crash of the engine; fixed size, no pointers. */
struct graceful_record {
	int32_t phase; /* enum graceful_phase */
	int32_t mode;
	int32_t pid; /* of the program that is to go */
	uint8_t stop_only, pad[3];
	int64_t since_ms; /* when the phase began */
	int64_t begun_ms; /* when the job did */
};

struct graceful_ops {
	/* Borrowed until the process is forgotten. */
	const struct graceful_settings *(*settings)(
	    void *arg, const struct process *);
	/* Is there a lock file? */
	enum graceful_lock (*look)(
	    void *arg, struct process *, char *err, size_t len);
	/* The same, and removes it. */
	enum graceful_lock (*remove)(
	    void *arg, struct process *, char *err, size_t len);
	/* Tries to take the lock without waiting; HELD: calls wake() when it
	 * has it.  Kept until unlock(). */
	enum graceful_lock (*lock)(
	    void *arg, struct process *, char *err, size_t len);
	void (*unlock)(void *arg, struct process *);
	/* Has SIGSTOP taken effect on all of the process's threads? */
	bool (*is_frozen)(void *arg, const struct process *);
	/* Sends a signal to the process, or its group.  0 or an errno. */
	int (*signal)(void *arg, struct process *, int signo, bool group);
	/* False once the supervisor is stopping. */
	bool (*may_start)(void *arg, struct process *);
	/* Writes the record down, at once; phase NONE: forgets it. */
	void (*save)(
	    void *arg, struct process *, const struct graceful_record *);
	/* gracefuls_run() is due, soon; not inside the call. */
	void (*wake)(void *arg);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

struct gracefuls;
struct graceful_waiter;

/* ops is borrowed; NULL with errno ENOMEM.  _free drops all without callbacks
 * and leaves records and processes as they are; it accepts NULL. */
struct gracefuls *gracefuls_new(const struct graceful_ops *, void *arg);
void gracefuls_free(struct gracefuls *);

/* How a process is to be reloaded. */
struct graceful_request {
	bool restart;	/* stop and start, whatever its mode is */
	bool stop_only; /* let it end as gracefully, and do not start it */
};

/*
 * Begins to reload a process, or joins the job that it has.  A result known at
 * once is returned, with its detail, and `done` is never called: NOT_RUNNING
 * (it was stopped), NO_FILE and the like never, FAILED.  Else ACTION_PENDING,
 * and `done` (may be NULL) is called once, later, never inside a call of this
 * module but gracefuls_run() and gracefuls_forget(): SUCCESS when the new one
 * runs; else FAILED, SPAWN_ERROR or ABNORMAL_TERMINATION with a text.  *out, if
 * not NULL, is then a handle for graceful_cancel().
 */
enum action_result graceful_begin(struct gracefuls *, struct process *,
    const struct graceful_request *, int64_t now_ms, time_t wall, action_done *,
    void *arg, struct graceful_waiter **out, char *detail, size_t len);
/* Forgets the callback; the job goes on.  Accepts NULL. */
void graceful_cancel(struct graceful_waiter *);

/* Somebody asks for a stop: the job ends (ABNORMAL_TERMINATION), a frozen
 * process goes on.  Nothing if there is no job. */
void graceful_stopped(struct gracefuls *, struct process *);
/* A process is about to be freed: likewise, and its record goes. */
void gracefuls_forget(struct gracefuls *, struct process *);

/* Takes up what another engine left. -1 with errno ENOMEM. */
int graceful_restore(struct gracefuls *, struct process *,
    const struct graceful_record *, int64_t now_ms);

/* Looks at every job, does what is due, calls back. */
void gracefuls_run(struct gracefuls *, int64_t now_ms, time_t wall);
/* When it is due by time alone; PROC_NEVER if there is no job. */
int64_t gracefuls_wakeup_ms(const struct gracefuls *, int64_t now_ms);

/* "draining, 42s", or "" (B-107).  Returns buf. */
const char *graceful_note(const struct gracefuls *, const struct process *,
    int64_t now_ms, char *buf, size_t len);
/* The phase of its job. */
enum graceful_phase graceful_phase(
    const struct gracefuls *, const struct process *);

#endif
