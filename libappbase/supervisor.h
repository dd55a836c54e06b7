/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor: parent of the worker, holder of the pid file, of listeners
 * and of everything kept.  One loop over signals (read as data), the workers'
 * sockets and timers on the monotonic clock; nothing in it blocks.
 *
 *             first start            takeover / ready_after
 *   active: NULL ----fork----> starting -------> ready ----+
 *              ^                                           | ended
 *              +------- respawn_at (delay, back-off) <-----+
 *
 *   A reload (reload.h) adds a candidate; at its commit the candidate becomes
 *   active and the former active becomes old until it has ended.
 *
 * Files: supervisor.c the loop, signals, reaping, stopping; supworker.c what
 * workers say and how they are replaced; supreload.c the reload's operations;
 * supsecond.c the two-supervisor reload; suprecord.c the record that crosses an
 * exec; supstatus.c reports.
 */
#ifndef LIBAPPBASE_SUPERVISOR_H
#define LIBAPPBASE_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "libappbase/app.h"
#include "libappbase/handoff.h"
#include "libappbase/keeper.h"
#include "libappbase/reload.h"
#include "libappbase/respawn.h"
#include "libappbase/workproc.h"

enum sup_phase {
	SUP_RUNNING,
	SUP_STOPPING, /* workers were asked to end */
	SUP_ENDING,   /* they are gone; kept children were asked to end */
	SUP_DONE,
};

struct supervisor {
	struct appbase *app;
	int sigfd;
	enum sup_phase phase;
	int exit_status;
	int64_t started_ms;

	struct workproc *active, *candidate, *old;
	struct respawn respawn;
	int64_t respawn_ms; /* when to start a worker; CLOCK_NEVER = not */
	uint64_t restarts;  /* workers started again after their death */
	bool knows_ready;   /* a worker has called ready_to_take_over */
	int64_t forward_ms; /* a forwarded stop must be taken up by then */
	bool was_ready;	    /* a worker was ready, once */

	struct reload reload;
	bool reload_queued; /* asked for while generation 1 still starts */
	char *usual_path;   /* while a reload takes another program */
	bool replace;	    /* execute ourselves as soon as messages are out */
	int64_t replace_ms; /* ... and at the latest then, or not at all */
	pid_t check_pid;    /* the pre-flight check, 0 = none */
	uint64_t reloads;   /* finished, well or badly */
	char reload_result[256]; /* "none", "ok", "failed: ..." */
	int64_t reload_took_ms;

	/* The two-supervisor reload. */
	struct workproc *above; /* as the candidate: the old supervisor */
	bool asked_above;	/* it was told that our worker is ready */
	bool handed_over; /* as the old one: the status file is the new one's */
	bool leaving;	  /* as the old one: end without a trace */
	int barrier_fd;	  /* MAINPID= is not yet known to be read */
	int64_t barrier_ms;

	struct keeper *keeper;
	int64_t children_ms; /* SUP_ENDING: deadline of SIGKILL */

	int start_fd;	     /* to the waiting start command, -1 = none */
	int64_t watchdog_ms; /* next WATCHDOG=1 */
	char notify[512];    /* what its full socket did not take */
	int64_t notify_ms;   /* when to try again */
	bool status_failed;  /* the status file cannot be written; said once */
	char status_text[1536]; /* what it holds */
};

/* Runs the supervisor; returns the daemon's exit status. */
int supervisor_start(struct appbase *, int start_fd);
int supervisor_resume(struct appbase *, const struct handoff *);
int supervisor_candidate(struct appbase *, const struct handoff *);

/* supervisor.c */
void supervisor_stop(struct supervisor *, int status, const char *why);
void supervisor_give_up_resources(void *arg); /* in a forked worker */
/* Tells the waiting start command; text may be NULL. */
void supervisor_started(struct supervisor *, int status, const char *text);

/* supworker.c */
void supworker_spawn(struct supervisor *);
/* The worker in charge is ready: tells whoever waits for that. */
void supworker_ready(struct supervisor *, struct workproc *);
void supworker_input(
    struct supervisor *, struct workproc *, bool line, bool chan);
void supworker_ended(struct supervisor *, struct workproc *, int status);
void supworker_timers(struct supervisor *, int64_t now_ms);
int64_t supworker_deadline(const struct supervisor *);

/* supreload.c */
void supreload_init(struct supervisor *);
void supreload_request(struct supervisor *, const char *who);
/* The same with the program at that path; "" = the usual one. */
void supreload_upgrade(struct supervisor *, const char *path);
void supreload_replace(struct supervisor *); /* when sup->replace is due */
/* Is the new worker to serve while the old one drains? */
bool supreload_overlaps(const struct supervisor *);

/* supsecond.c, as the old supervisor: commit, the new one has the pid file, the
 * old worker is gone, the new one has died. */
bool supsecond_commit(struct supervisor *);
void supsecond_taken(struct supervisor *);
void supsecond_finish(struct supervisor *);
void supsecond_leave(struct supervisor *); /* the new one is in charge */
void supsecond_lost(struct supervisor *);
/* As the new one: joins the old one; our worker is ready; the old one speaks.
 */
int supsecond_join(struct supervisor *, const struct handoff *);
void supsecond_ask(struct supervisor *);
void supsecond_input(struct supervisor *);

/* suprecord.c */
int suprecord_save(const struct supervisor *); /* a sealed memory file */
int suprecord_load(struct supervisor *, const struct handoff *);
void suprecord_cloexec(const struct supervisor *, bool on);

/* supstatus.c */
void supstatus_update(struct supervisor *);
void supstatus_log(struct supervisor *);
void supstatus_remove(struct supervisor *);
void supstatus_retry(struct supervisor *, int64_t now_ms);
/* Gives the service manager a copy of a listener, if it keeps some. */
void supstatus_fdstore(struct supervisor *, const char *name, int fd);
/* Asks the service manager for the time that ending a worker may take; < 0 =
 * nobody knows how long. */
void supstatus_extend(struct supervisor *, int64_t ms);
void supstatus_notify(struct supervisor *, const char *fmt, ...)
    APPBASE_PRINTF(2, 3);

#endif
