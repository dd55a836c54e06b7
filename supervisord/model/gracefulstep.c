/* SPDX-License-Identifier: BSD-2-Clause */
/* Graceful reloads: what is done in each phase, and in each mode. */
#include "supervisord/model/graceful_private.h"

#include <signal.h>
#include <string.h>

#include "common/loglevel.h"
#include "supervisord/model/procfmt.h"

#define GRACEFUL_FROZEN_MS 5000 /* of something the kernel does not stop */

static graceful_step graceful_up, graceful_draining, graceful_freeze,
    graceful_lock, graceful_stay, graceful_stop, graceful_start;

graceful_step *const graceful_steps[GRACEFUL_NPHASES] = {
    [GRACEFUL_UP] = graceful_up,
    [GRACEFUL_DRAINING] = graceful_draining,
    [GRACEFUL_FREEZE] = graceful_freeze,
    [GRACEFUL_LOCK] = graceful_lock,
    [GRACEFUL_STAY] = graceful_stay,
    [GRACEFUL_STOP] = graceful_stop,
    [GRACEFUL_START] = graceful_start,
};

static graceful_step graceful_ask, graceful_ask_signal, graceful_ask_lockfile,
    graceful_ask_drain, graceful_ask_restart;

static graceful_step *const graceful_asks[GRACEFUL_NMODES] = {
    [GRACEFUL_RESTART] = graceful_ask_restart,
    [GRACEFUL_SIGNAL] = graceful_ask_signal,
    [GRACEFUL_LOCKFILE] = graceful_ask_lockfile,
    [GRACEFUL_DRAIN] = graceful_ask_drain,
};

static void graceful_again(struct graceful_job *, const struct graceful_now *);
static bool graceful_is_gone(
    struct graceful_job *, const struct graceful_now *);
static bool graceful_is_late(
    struct graceful_job *, const struct graceful_now *);
static graceful_step graceful_found_idle, graceful_found_busy;

/* UP: what runs is asked; what failed is started with the new code. */
static void
graceful_up(struct graceful_job *job, const struct graceful_now *now)
{
	switch (process_state(job->proc)) {
	case PROC_RUNNING:
		job->rec.pid = (int32_t)process_pid(job->proc);
		graceful_ask(job, now);
		break;
	case PROC_STARTING:
		break;
	case PROC_BACKOFF:
	case PROC_EXITED:
	case PROC_FATAL:
		if (!job->rec.stop_only)
			graceful_again(job, now);
		else {
			(void)process_stop(job->proc, now->ms);
			graceful_end(job, ACTION_SUCCESS, "%s", "");
		}
		break;
	default:
		graceful_end(job, ACTION_ABNORMAL_TERMINATION,
		    "it was stopped meanwhile");
	}
}

/* Asks a running process in the way of its mode. */
static void
graceful_ask(struct graceful_job *job, const struct graceful_now *now)
{
	graceful_step *ask = graceful_asks[job->rec.mode];

	if (job->rec.stop_only && job->rec.mode == GRACEFUL_SIGNAL &&
	    job->set->expect != GRACEFUL_EXPECT_EXIT)
		ask = graceful_ask_restart; /* it does not end of a signal */
	ask(job, now);
}

/* Marks that an exit from now on is one that was asked for. */
void
graceful_leave(struct graceful_job *job)
{
	process_set_leaving(job->proc,
	    job->rec.stop_only ? PROC_LEAVING_STOP : PROC_LEAVING_RESTART);
}

/* restart: stops it. */
static void
graceful_ask_restart(struct graceful_job *job, const struct graceful_now *now)
{
	graceful_enter(job, GRACEFUL_STOP, now);
	(void)process_stop(job->proc, now->ms);
}

/* signal: sends it. */
static void
graceful_ask_signal(struct graceful_job *job, const struct graceful_now *now)
{
	char name[PROCFMT_SIGNAL_MAX];

	if (job->set->expect == GRACEFUL_EXPECT_EXIT) {
		graceful_leave(job);
		graceful_enter(job, GRACEFUL_DRAINING, now);
	} else
		graceful_enter(job, GRACEFUL_STAY, now);
	graceful_log(job, LEVEL_INFO, "sending %s",
	    procfmt_signal(job->set->reload_signal, name));
	graceful_send(job, job->set->reload_signal, false);
}

/* lockfile: is it at work? */
static void
graceful_ask_lockfile(struct graceful_job *job, const struct graceful_now *now)
{
	char err[GRACEFUL_WHY_MAX] = "";

	switch (
	    job->all->ops->look(job->all->arg, job->proc, err, sizeof(err))) {
	case GRACEFUL_LOCK_HELD:
		graceful_leave(job);
		graceful_found_busy(job, now);
		break;
	case GRACEFUL_LOCK_FREE:
		graceful_leave(job);
		graceful_enter(job, GRACEFUL_FREEZE, now);
		graceful_send(job, SIGSTOP, true);
		break;
	case GRACEFUL_LOCK_BAD:
		graceful_end(job, ACTION_FAILED, "%s", err);
	}
}

/* drain: asks, if it is to be asked, and waits for the lock. */
static void
graceful_ask_drain(struct graceful_job *job, const struct graceful_now *now)
{
	graceful_leave(job);
	graceful_enter(job, GRACEFUL_LOCK, now);
	graceful_log(
	    job, LEVEL_INFO, "waiting for the lock on %s", job->set->lockfile);
	if (job->set->drain_signal != 0)
		graceful_send(job, job->set->drain_signal, false);
}

/* DRAIN: waits for the exit; a file that comes back is removed again. */
static void
graceful_draining(struct graceful_job *job, const struct graceful_now *now)
{
	char err[GRACEFUL_WHY_MAX] = "";

	if (graceful_is_gone(job, now) || graceful_is_late(job, now) ||
	    job->rec.mode != GRACEFUL_LOCKFILE)
		return;
	if (job->all->ops->remove(job->all->arg, job->proc, err, sizeof(err)) ==
	    GRACEFUL_LOCK_HELD)
		graceful_log(job, LEVEL_DEBUG, "%s came back; removed again",
		    job->set->lockfile);
}

/* FREEZE: looks once more when nothing can happen meanwhile. */
static void
graceful_freeze(struct graceful_job *job, const struct graceful_now *now)
{
	const struct graceful_ops *ops = job->all->ops;
	char err[GRACEFUL_WHY_MAX] = "";

	if (graceful_is_gone(job, now))
		return;
	if (!ops->is_frozen(job->all->arg, job->proc) &&
	    now->ms - job->rec.since_ms < GRACEFUL_FROZEN_MS)
		return;
	switch (ops->look(job->all->arg, job->proc, err, sizeof(err))) {
	case GRACEFUL_LOCK_HELD:
		graceful_found_busy(job, now);
		break;
	case GRACEFUL_LOCK_FREE:
		graceful_found_idle(job, now);
		break;
	case GRACEFUL_LOCK_BAD:
		process_set_leaving(job->proc, PROC_LEAVING_NOT);
		graceful_end(job, ACTION_FAILED, "%s", err);
	}
	graceful_send(job, SIGCONT, true);
}

/* LOCK: stops it once the lock is ours. */
static void
graceful_lock(struct graceful_job *job, const struct graceful_now *now)
{
	char err[GRACEFUL_WHY_MAX] = "";

	if (graceful_is_gone(job, now) || graceful_is_late(job, now))
		return;
	job->locked = true;
	switch (
	    job->all->ops->lock(job->all->arg, job->proc, err, sizeof(err))) {
	case GRACEFUL_LOCK_FREE:
		graceful_found_idle(job, now);
		break;
	case GRACEFUL_LOCK_HELD:
		break;
	case GRACEFUL_LOCK_BAD:
		process_set_leaving(job->proc, PROC_LEAVING_NOT);
		graceful_end(job, ACTION_FAILED, "%s", err);
	}
}

/* STAY: it has to stay up for a while. */
static void
graceful_stay(struct graceful_job *job, const struct graceful_now *now)
{
	int64_t startsecs = process_settings(job->proc)->startsecs;
	char name[PROCFMT_SIGNAL_MAX];

	if (process_state(job->proc) == PROC_RUNNING &&
	    process_pid(job->proc) == job->rec.pid) {
		if (job->set->expect == GRACEFUL_EXPECT_NOTHING ||
		    now->ms >= job->rec.since_ms + startsecs * 1000)
			graceful_end(job, ACTION_SUCCESS, "%s", "");
		return;
	}
	graceful_end(job, ACTION_FAILED, "it did not stay up after %s",
	    procfmt_signal(job->set->reload_signal, name));
}

/* STOP: waits for its end. */
static void
graceful_stop(struct graceful_job *job, const struct graceful_now *now)
{
	switch (process_state(job->proc)) {
	case PROC_STOPPING:
		return;
	case PROC_RUNNING:
		if (process_pid(job->proc) != job->rec.pid)
			break;
		(void)process_stop(job->proc, now->ms); /* by this engine */
		return;
	case PROC_UNKNOWN:
		graceful_end(
		    job, ACTION_FAILED, "it could not be stopped, see the log");
		return;
	case PROC_STOPPED:
		graceful_unlock(job);
		if (job->rec.stop_only)
			graceful_end(job, ACTION_SUCCESS, "%s", "");
		else
			graceful_again(job, now);
		return;
	default:
		break;
	}
	graceful_enter(job, GRACEFUL_START, now);
}

/* START: waits until the new one runs. */
static void
graceful_start(struct graceful_job *job, const struct graceful_now *now)
{
	struct process *p = job->proc;

	(void)now;
	graceful_unlock(job);
	switch (process_state(p)) {
	case PROC_RUNNING:
		graceful_log(job, LEVEL_INFO, "done");
		graceful_end(job, ACTION_SUCCESS, "%s", "");
		return;
	case PROC_FATAL:
		graceful_end(
		    job, ACTION_SPAWN_ERROR, "%s", process_spawnerr(p));
		return;
	case PROC_EXITED:
		if (process_deadline_ms(p) != PROC_NEVER)
			return; /* and it is started again */
		if (process_spawnerr(p)[0] == '\0')
			graceful_end(job, ACTION_SUCCESS, "%s", "");
		else
			graceful_end(job, ACTION_ABNORMAL_TERMINATION, "%s",
			    process_spawnerr(p));
		return;
	case PROC_STARTING:
	case PROC_BACKOFF:
		return;
	default:
		graceful_end(job, ACTION_ABNORMAL_TERMINATION,
		    "it was stopped meanwhile");
	}
}

/* Starts it; only that it was is put on record, so that no program is taken
 * for the new one that is not. */
static void
graceful_again(struct graceful_job *job, const struct graceful_now *now)
{
	process_start(job->proc, now->ms, now->wall);
	graceful_enter(job, GRACEFUL_START, now);
}

/* Is the program gone that was asked to go?  If so, does what is next. */
static bool
graceful_is_gone(struct graceful_job *job, const struct graceful_now *now)
{
	switch (process_state(job->proc)) {
	case PROC_RUNNING:
		if (process_pid(job->proc) == job->rec.pid)
			return false;
		break;
	case PROC_EXITED:
		if (job->rec.stop_only) {
			graceful_end(job, ACTION_SUCCESS, "%s", "");
			return true;
		}
		if (process_deadline_ms(job->proc) == PROC_NEVER)
			process_start(job->proc, now->ms, now->wall);
		break;
	case PROC_STARTING:
	case PROC_BACKOFF:
	case PROC_FATAL:
		break;
	default:
		graceful_end(job, ACTION_ABNORMAL_TERMINATION,
		    "it was stopped meanwhile");
		return true;
	}
	graceful_unlock(job);
	graceful_enter(job, GRACEFUL_START, now);
	return true;
}

/* Has it been drained for too long (B-107)?  If so, does what is to be done. */
static bool
graceful_is_late(struct graceful_job *job, const struct graceful_now *now)
{
	const struct graceful_settings *set = job->set;

	if (set->drain_timeout <= 0 ||
	    now->ms - job->rec.since_ms < set->drain_timeout * 1000)
		return false;
	graceful_log(job, LEVEL_WARN, "still at work after %lld seconds; %s",
	    (long long)set->drain_timeout,
	    set->stop_on_timeout ? "stopping it" : "it is kept");
	if (set->stop_on_timeout)
		graceful_ask_restart(job, now);
	else
		graceful_end(job, ACTION_FAILED,
		    "still at work after %lld seconds",
		    (long long)set->drain_timeout);
	return true;
}

/* There is no task: stops it. */
static void
graceful_found_idle(struct graceful_job *job, const struct graceful_now *now)
{
	graceful_log(job, LEVEL_INFO, "idle; stopping it");
	graceful_ask_restart(job, now);
}

/* There is a task: the worker ends after it when the file is gone.  A file that
 * is gone already means that the worker was quicker, unless it is stopped. */
static void
graceful_found_busy(struct graceful_job *job, const struct graceful_now *now)
{
	bool frozen = job->rec.phase == GRACEFUL_FREEZE;
	char err[GRACEFUL_WHY_MAX] = "";

	graceful_enter(job, GRACEFUL_DRAINING, now);
	switch (
	    job->all->ops->remove(job->all->arg, job->proc, err, sizeof(err))) {
	case GRACEFUL_LOCK_HELD:
		graceful_log(job, LEVEL_INFO,
		    "removed %s; waiting for the task to end",
		    job->set->lockfile);
		break;
	case GRACEFUL_LOCK_FREE:
		if (!frozen) {
			graceful_enter(job, GRACEFUL_FREEZE, now);
			graceful_send(job, SIGSTOP, true);
		}
		break;
	case GRACEFUL_LOCK_BAD:
		process_set_leaving(job->proc, PROC_LEAVING_NOT);
		graceful_end(job, ACTION_FAILED, "%s", err);
	}
}

/* Gives the lock back, if it was asked for. */
void
graceful_unlock(struct graceful_job *job)
{
	if (job->locked)
		job->all->ops->unlock(job->all->arg, job->proc);
	job->locked = false;
}

/* Sends a signal; one that cannot be sent shows by what follows. */
void
graceful_send(struct graceful_job *job, int signo, bool group)
{
	char name[PROCFMT_SIGNAL_MAX];
	int error;

	error = job->all->ops->signal(job->all->arg, job->proc, signo, group);
	if (error != 0)
		graceful_log(job, LEVEL_WARN, "cannot send %s: %s",
		    procfmt_signal(signo, name), strerror(error));
}
