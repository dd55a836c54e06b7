/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One supervised process: its settings, its state machine, its times.
 *
 * The model.  A process is always in one of the eight states of state.h.  What
 * happens to it is an EVENT (below); the table [state][event] in process.c says
 * which handler takes it.  A handler does no I/O of its own: it is given the
 * time and calls the operations in struct proc_ops.  process_set_state() in
 * process.c is the only place that changes the state: it refuses an illegal
 * transition, stamps the time, and publishes the change with a snapshot.
 *
 *                 START                SPAWNED, TIMER            EXITED
 *   STOPPED ---------------> STARTING ----------------> RUNNING -------->
 * EXITED ^  ^                  |  ^   |                     |                 |
 *      |  |    spawn failed, |  |   | STOP           STOP |           TIMER |
 *      |  |  died too quickly|  |   v                     v                 v
 *      |  +---- STOP ---- BACKOFF   +-------------> STOPPING STARTING | |
 * TIMER: retries used up    | |                     +---------> FATAL | EXITED
 *      +--------------------------------------------------+
 *
 * Spawning is asynchronous: START asks for it and enters STARTING with pid 0;
 * SPAWNED brings the pid, SPAWN_FAILED the reason.  A process has one timer,
 * whose meaning is its state's: STARTING - startsecs are over; BACKOFF - try
 * again or give up; STOPPING - kill; EXITED - start again.
 *
 * A process with `readiness` (B-402) enters RUNNING by READY and not by
 * SPAWNED's timer; its timer in STARTING is ready_timeout, after which the
 * program is killed and the start counts as failed.
 *
 * Beside its state a process has MARKS, for what no state may be invented for:
 * that its start is held back, that it is not ready, not healthy, ...
 *
 * Times named _ms are on the monotonic clock; those named _wall are seconds
 * since the epoch and only for show (P-039, C-260).
 */
#ifndef SUPERVISORD_MODEL_PROCESS_H
#define SUPERVISORD_MODEL_PROCESS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <sys/types.h>

#include "supervisord/model/history.h"
#include "supervisord/model/state.h"

#define PROC_SPAWNERR_MAX 512
#define PROC_NOTE_MAX	  128
#define PROC_NEVER	  INT64_MAX

enum proc_event {
	PROC_EV_START,	      /* a request, or autostart */
	PROC_EV_STOP,	      /* a request, or the shutdown */
	PROC_EV_SPAWNED,      /* the program has a pid */
	PROC_EV_SPAWN_FAILED, /* it was never forked */
	PROC_EV_EXITED,	      /* it was reaped */
	PROC_EV_TIMER,	      /* the armed timer is due */
	PROC_EV_KILL_FAILED, /* a signal could not be sent, and not for ESRCH */
	PROC_EV_GIVE_UP,     /* shutdown has reached its group (P-019) */
	PROC_EV_READY,	     /* it is ready (B-402) */
	PROC_EV_UNREADY,     /* it is not any more, for a while */
	PROC_EV_REFUSE,	     /* what it depends on has failed (B-303) */
	PROC_NEVENTS
};

enum proc_autorestart {
	PROC_RESTART_NEVER,
	PROC_RESTART_UNEXPECTED, /* when the exit status is not in exitcodes */
	PROC_RESTART_ALWAYS,
};

/* What the machine needs of the configuration (C-166 ... C-175). */
struct proc_settings {
	int priority;
	bool autostart;
	enum proc_autorestart autorestart;
	int64_t startsecs, startretries, stopwaitsecs;
	int stopsignal;
	bool stopasgroup, killasgroup;
	unsigned char
	    exitcodes[32];     /* bit n%8 of byte n/8: status n expected */
	bool readiness;	       /* RUNNING is entered by READY */
	int64_t ready_timeout; /* seconds for that; 0 = for ever */
	bool healthcheck;      /* healthy only after a check has said so */
};

/* Marks; they survive the engine.  START clears those of the first kind. */
enum proc_mark {
	PROC_MARK_WAITING = 1 << 0,   /* its start waits for others */
	PROC_MARK_EXITED_OK = 1 << 1, /* has exited as expected */
	PROC_MARK_UNREADY = 1 << 2,   /* runs, but is not ready */
	PROC_MARK_UNHEALTHY = 1 << 3, /* its health check has not succeeded */
	PROC_MARK_LATE = 1 << 4,      /* was not ready in time: it is killed */
	PROC_MARK_AGAIN = 1 << 5,     /* to be started when it is stopped */
	PROC_MARK_CHAINED = 1 << 6,   /* the start in order is to look at it */
	PROC_MARK_PASSED = 1 << 7,    /* ... and has gone on from it */
};

/* Adds a status, 0 to 255, to the expected ones; or asks whether it is one. */
void proc_settings_expect(struct proc_settings *, int status);
bool proc_settings_expects(const struct proc_settings *, int status);

/* What an exit in RUNNING means that was asked for (B-102): it is expected,
 * whatever its status, and another program is started, or none is. */
enum proc_leaving {
	PROC_LEAVING_NOT,
	PROC_LEAVING_RESTART,
	PROC_LEAVING_STOP,
};

struct process;
struct group;

/* A change of state as it was when it happened (P-132). */
struct proc_change {
	enum proc_state from, to;
	pid_t pid;
	int tries;
	bool expected; /* of EXITED */
};

/*
 * What the machine does to the world.  `arg` of process_new() comes first.
 * None may call back into the same process's process_*() changing functions.
 */
struct proc_ops {
	/* Ask for the program to be started; answered by process_spawned() or
	 * process_spawn_failed().  -1 with a text in err (at once, no answer
	 * follows) if it cannot even be asked for (P-043 ... P-048). */
	int (*spawn)(void *arg, struct process *, char *err, size_t errlen);
	/* Send a signal to the pid, or to its group.  Returns 0, ESRCH or
	 * another errno; a failure that shows later comes by
	 * process_kill_failed(). */
	int (*signal)(void *arg, struct process *, int signo, bool group);
	/* Set the only timer to an absolute time, replacing an older one;
	 * PROC_NEVER disarms.  A time that has passed fires in the next turn of
	 * the loop, never inside the call. */
	void (*arm)(void *arg, struct process *, int64_t when_ms);
	/* The state has changed; also after which everything of the process may
	 * be looked at.  Must not free the process. */
	void (*changed)(
	    void *arg, struct process *, const struct proc_change *);
	/* Something worth keeping over a crash has changed (pid, times,
	 * counters, state): write the record. */
	void (*save)(void *arg, struct process *);
	/* False once the supervisor is stopping: no transition starts a program
	 * (C-254). */
	bool (*may_start)(void *arg, struct process *);
	/* What else is to be said of a process: returns buf, "" for nothing.
	 * May be NULL. */
	const char *(*note)(void *arg, const struct process *, int64_t now_ms,
	    char *buf, size_t len);
	/* It has become ready, unready, healthy or unhealthy, without a change
	 * of state.  May be NULL. */
	void (*readiness)(void *arg, struct process *);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

/* What survives a crash of the engine; fixed size, no pointers. */
struct proc_record {
	int32_t state; /* state_code() */
	int32_t pid;
	uint64_t spawn_id; /* the keeper's id of the current or last child */
	int64_t started_ms, entered_ms, deadline_ms;
	int64_t start_wall, stop_wall;
	int32_t tries;
	int32_t exitstatus;
	uint8_t has_exitstatus, killing;
	uint8_t leaving; /* enum proc_leaving */
	uint8_t reached; /* states since the last START, bit n: enum n */
	uint8_t marks;	 /* enum proc_mark */
	/* The child's: a signal of a stop that may not have been sent (0 =
	 * none), and whether to the group. */
	uint8_t due, due_group, pad;
	char spawnerr[PROC_SPAWNERR_MAX];
	struct history history;
};

/*
 * A process in STOPPED, never started.  The name and settings are copied; ops
 * is borrowed for its life.  NULL with errno ENOMEM.  process_free() accepts
 * NULL and disarms its timer.
 */
struct process *process_new(const char *name, const struct proc_settings *,
    const struct proc_ops *, void *arg);
void process_free(struct process *);

/* Events.  Each takes the monotonic time in ms and, where a time is reported to
 * clients, the wall clock. */

/* Start: from STOPPED, EXITED, FATAL, BACKOFF.  With a pid: a warning (P-041).
 */
void process_start(struct process *, int64_t now_ms, time_t wall);
/* Stop: signals, or ends BACKOFF.  Returns false if nothing is running. */
bool process_stop(struct process *, int64_t now_ms);
/* What its next exit is to mean; forgotten with it, and with a stop. */
void process_set_leaving(struct process *, enum proc_leaving);
/* A plain signal, no change of state (P-071).  0 or an errno. */
int process_signal(struct process *, int signo, int64_t now_ms);
void process_spawned(struct process *, pid_t, int64_t now_ms, time_t wall);
void process_spawn_failed(struct process *, const char *why, int64_t now_ms);
/* Reaped with a wait status.  The caller has drained its output before, and
 * closes its pipes after. */
void process_exited(
    struct process *, int wait_status, int64_t now_ms, time_t wall);
void process_timer(struct process *, int64_t now_ms, time_t wall);
void process_kill_failed(struct process *, int error, int64_t now_ms);
/* BACKOFF becomes FATAL without a word (P-019); else nothing. */
void process_give_up(struct process *, int64_t now_ms);
/* It is ready: in STARTING with readiness it enters RUNNING, in RUNNING the
 * mark goes; `why` is for the log ("it said so"). */
void process_ready(struct process *, const char *why, int64_t now_ms);
void process_unready(struct process *, int64_t now_ms);
/* A process that is stopped becomes FATAL, since what it depends on has failed;
 * `why` is its spawn error ("db is FATAL"). */
void process_refuse(struct process *, const char *why, int64_t now_ms);
/* Its start waits for others, from now on. */
void process_wait(struct process *, int64_t now_ms);
/* Stops it, and starts it when it is stopped; false if nothing is running. */
bool process_restart(struct process *, int64_t now_ms);
/* Its present deadline (startsecs, ready_timeout, stopwaitsecs) is put off to
 * `ms` from now at least; only with readiness, or in STOPPING. */
void process_extend(struct process *, int64_t ms, int64_t now_ms);
/* What the last health check said; ops.readiness() is told of a change. */
void process_set_healthy(struct process *, bool);

/* Any event by number, for tables of tests; the functions above fill these. */
struct proc_input {
	int64_t now_ms;
	time_t wall;
	pid_t pid;	  /* SPAWNED */
	int wait_status;  /* EXITED */
	int error;	  /* KILL_FAILED */
	const char *text; /* SPAWN_FAILED, READY, REFUSE */
};
void process_event(
    struct process *, enum proc_event, const struct proc_input *);
/* The transition table of the setter. */
bool process_may_become(enum proc_state from, enum proc_state to);

/* Takes over what an earlier engine left; arms the timer that is due.  The
 * caller says what became of the child by the events above. */
void process_restore(
    struct process *, const struct proc_record *, int64_t now_ms);
/* Fills a record; spawn_id is the caller's to set. */
void process_record(const struct process *, struct proc_record *);

/* Reading.  Strings are borrowed until the next event. */
const char *process_name(const struct process *);
const struct proc_settings *process_settings(const struct process *);
/* Replaces the settings of a living process. */
void process_set_settings(struct process *, const struct proc_settings *);
enum proc_state process_state(const struct process *);
pid_t process_pid(const struct process *);	      /* 0 = none */
const char *process_spawnerr(const struct process *); /* "" = none */
/* False if unset; -1 = killed by a signal (P-033). */
bool process_exitstatus(const struct process *, int *status);
int process_tries(const struct process *);
/* How often it was started again, as far as this engine knows. */
uint64_t process_restarts(const struct process *);
bool process_is_killing(const struct process *);   /* stop signal was sent */
time_t process_start_wall(const struct process *); /* 0 = never started */
time_t process_stop_wall(const struct process *);  /* 0 = never reaped */
/* Milliseconds since the start; 0 if never started. */
int64_t process_uptime_ms(const struct process *, int64_t now_ms);
/* When the armed timer is due; PROC_NEVER if it is not armed. */
int64_t process_deadline_ms(const struct process *);
/* When it was last started, or tried; and since when it is in its state, or
 * waits (0: since it was made). */
int64_t process_started_ms(const struct process *);
int64_t process_entered_ms(const struct process *);
/* In RUNNING, and ready (healthy): always, unless B-402 (B-403) is used. */
bool process_is_ready(const struct process *);
bool process_is_healthy(const struct process *);
/* Has it been in that state since the last START? */
bool process_has_reached(const struct process *, enum proc_state);
unsigned process_marks(const struct process *);
/* Sets and clears marks that have no function of their own. */
void process_mark(struct process *, unsigned set, unsigned clear);

/* The last changes of state; borrowed.  Whoever is told of a change
 * (proc_ops.changed) has it remembered, with the time of day. */
const struct history *process_history(const struct process *);
void process_remember(struct process *, const struct proc_change *, time_t);

/* The group it is a member of (set once by group_add(); NULL before). */
struct group *process_group(const struct process *);
void process_set_group(struct process *, struct group *);
/* A pointer of the engine's: its program, its pipes. */
void *process_data(const struct process *);
void process_set_data(struct process *, void *);

/*
 * The text of X-113 ... X-117 ("pid 14011, uptime 0:00:14", "Not started",
 * "Nov 20 05:35 PM", ...), with what ops.note() has to add to it in RUNNING, or
 * to say in its place elsewhere.  Returns buf.
 */
const char *process_description(
    const struct process *, int64_t now_ms, char *buf, size_t len);

#endif
