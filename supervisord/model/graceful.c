/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graceful reloads: jobs, and who waits for them.  See the header for the
 * model.
 */
#include "supervisord/model/graceful.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"
#include "supervisord/model/graceful_private.h"
#include "supervisord/model/group.h"

#define GRACEFUL_LOOK_MS   20	/* between looks for a file that came back */
#define GRACEFUL_FREEZE_MS 1	/* between looks whether it is stopped */
#define GRACEFUL_LOCK_MS   1000 /* the lock is tried again, whatever wakes us */
#define GRACEFUL_NAME_MAX  256

static struct graceful_job *graceful_find(
    const struct gracefuls *, const struct process *);
static struct graceful_job *graceful_new(struct gracefuls *, struct process *);
static void graceful_finish(struct graceful_job *);
static void graceful_say(struct graceful_job *, int level, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes an empty set. */
struct gracefuls *
gracefuls_new(const struct graceful_ops *ops, void *arg)
{
	struct gracefuls *all;

	if ((all = calloc(1, sizeof(*all))) == NULL)
		return NULL;
	TAILQ_INIT(&all->jobs);
	all->ops = ops;
	all->arg = arg;
	return all;
}

/* Frees a job and its waiters, which are not called. */
static void
graceful_free(struct graceful_job *job)
{
	struct graceful_waiter *w;

	TAILQ_REMOVE(&job->all->jobs, job, entry);
	while ((w = TAILQ_FIRST(&job->waiters)) != NULL) {
		TAILQ_REMOVE(&job->waiters, w, entry);
		free(w);
	}
	free(job);
}

/* Drops every job. */
void
gracefuls_free(struct gracefuls *all)
{
	struct graceful_job *job;

	if (all == NULL)
		return;
	while ((job = TAILQ_FIRST(&all->jobs)) != NULL) {
		graceful_unlock(job);
		graceful_free(job);
	}
	free(all);
}

/* Begins with a process that is in some state. */
static enum action_result
graceful_begin_job(struct graceful_job *job, const struct graceful_now *now,
    char *detail, size_t len)
{
	switch (process_state(job->proc)) {
	case PROC_STOPPED:
	case PROC_STOPPING:
		return ACTION_NOT_RUNNING;
	case PROC_UNKNOWN:
		(void)snprintf(detail, len, "%s is in an unknown process state",
		    process_name(job->proc));
		return ACTION_FAILED;
	case PROC_EXITED:
	case PROC_FATAL:
		if (job->rec.stop_only)
			return ACTION_NOT_RUNNING;
		break;
	default:
		break;
	}
	graceful_enter(job, GRACEFUL_UP, now);
	return ACTION_PENDING;
}

/* Adds one who waits. */
static int
graceful_wait(struct graceful_job *job, action_done *done, void *arg,
    struct graceful_waiter **out)
{
	struct graceful_waiter *w;

	if (done == NULL)
		return 0;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	w->done = done;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&job->waiters, w, entry);
	if (out != NULL)
		*out = w;
	return 0;
}

/* Sets what is wanted in the end, even if the worker was asked already. */
static void
graceful_aim(struct graceful_job *job, bool stop_only)
{
	int32_t phase = job->rec.phase;

	if (job->rec.stop_only == stop_only)
		return;
	job->rec.stop_only = stop_only;
	if (phase == GRACEFUL_NONE)
		return;
	if (phase == GRACEFUL_DRAINING || phase == GRACEFUL_FREEZE ||
	    phase == GRACEFUL_LOCK)
		graceful_leave(job);
	job->all->ops->save(job->all->arg, job->proc, &job->rec);
}

/* Begins a job, or joins one. */
enum action_result
graceful_begin(struct gracefuls *all, struct process *p,
    const struct graceful_request *request, int64_t now_ms, time_t wall,
    action_done *done, void *arg, struct graceful_waiter **out, char *detail,
    size_t len)
{
	const struct graceful_now now = {now_ms, wall};
	struct graceful_job *job = graceful_find(all, p);
	enum action_result result = ACTION_PENDING;
	bool fresh = job == NULL;

	detail[0] = '\0';
	if (fresh && (job = graceful_new(all, p)) == NULL)
		goto memory;
	graceful_aim(job, request->stop_only);
	if (fresh) {
		job->rec.mode = (int32_t)(request->restart ? GRACEFUL_RESTART
							   : job->set->mode);
		job->rec.begun_ms = now_ms;
		result = graceful_begin_job(job, &now, detail, len);
		if (result != ACTION_PENDING) {
			graceful_free(job);
			return result;
		}
	}
	if (graceful_wait(job, done, arg, out) == -1)
		goto memory;
	all->ops->wake(all->arg);
	return ACTION_PENDING;
memory:
	(void)snprintf(detail, len, "out of memory");
	return ACTION_FAILED;
}

/* Forgets who asked. */
void
graceful_cancel(struct graceful_waiter *w)
{
	if (w != NULL)
		w->done = NULL;
}

/* Lets a job go, and the process go on as if there had been none. */
static void
graceful_abandon(struct graceful_job *job, const char *why)
{
	if (job->rec.phase == GRACEFUL_FREEZE)
		graceful_send(job, SIGCONT, true);
	process_set_leaving(job->proc, PROC_LEAVING_NOT);
	graceful_end(job, ACTION_ABNORMAL_TERMINATION, "%s", why);
}

/* Somebody else stops the process. */
void
graceful_stopped(struct gracefuls *all, struct process *p)
{
	struct graceful_job *job = graceful_find(all, p);

	if (job == NULL)
		return;
	graceful_abandon(job, "it was stopped meanwhile");
	all->ops->wake(all->arg);
}

/* The process goes away. */
void
gracefuls_forget(struct gracefuls *all, struct process *p)
{
	struct graceful_job *job = graceful_find(all, p);

	if (job != NULL)
		graceful_abandon(job, "it was removed meanwhile");
	do {
		TAILQ_FOREACH (job, &all->jobs, entry)
			if (job->proc == p)
				break;
		if (job != NULL)
			graceful_finish(job);
	} while (job != NULL);
}

/* Takes up a job. */
int
graceful_restore(struct gracefuls *all, struct process *p,
    const struct graceful_record *rec, int64_t now_ms)
{
	struct graceful_job *job;

	if (rec->phase <= GRACEFUL_NONE || rec->phase >= GRACEFUL_NPHASES ||
	    rec->mode < 0 || rec->mode >= GRACEFUL_NMODES)
		return 0;
	if ((job = graceful_new(all, p)) == NULL)
		return -1;
	job->rec = *rec;
	if (job->rec.since_ms > now_ms)
		job->rec.since_ms = now_ms;
	if (rec->phase == GRACEFUL_STOP && rec->mode == GRACEFUL_LOCKFILE)
		graceful_send(job, SIGCONT, true);
	all->ops->wake(all->arg);
	return 0;
}

/* Does what is due. */
void
gracefuls_run(struct gracefuls *all, int64_t now_ms, time_t wall)
{
	const struct graceful_now now = {now_ms, wall};
	struct graceful_job *job, *next;
	int32_t before;

	TAILQ_FOREACH_SAFE (job, &all->jobs, entry, next) {
		if (job->result == ACTION_PENDING &&
		    !all->ops->may_start(all->arg, job->proc))
			graceful_abandon(job, "supervisord is stopping");
		do {
			before = job->rec.phase;
			if (job->result == ACTION_PENDING)
				graceful_steps[before](job, &now);
		} while (job->rec.phase != before);
	}
	/* A callback may begin and cancel: begin anew after each. */
	do {
		TAILQ_FOREACH (job, &all->jobs, entry)
			if (job->result != ACTION_PENDING)
				break;
		if (job != NULL)
			graceful_finish(job);
	} while (job != NULL);
}

/* Tells when a job is due by time. */
static int64_t
graceful_due_ms(const struct graceful_job *job, int64_t now_ms)
{
	int64_t due = PROC_NEVER;

	switch (job->rec.phase) {
	case GRACEFUL_DRAINING:
		if (job->rec.mode == GRACEFUL_LOCKFILE)
			due = now_ms + GRACEFUL_LOOK_MS;
		break;
	case GRACEFUL_FREEZE:
		return now_ms + GRACEFUL_FREEZE_MS;
	case GRACEFUL_LOCK:
		due = now_ms + GRACEFUL_LOCK_MS;
		break;
	case GRACEFUL_STAY:
		return job->rec.since_ms +
		    process_settings(job->proc)->startsecs * 1000;
	default:
		return PROC_NEVER;
	}
	if (job->set->drain_timeout > 0 &&
	    job->rec.since_ms + job->set->drain_timeout * 1000 < due)
		due = job->rec.since_ms + job->set->drain_timeout * 1000;
	return due;
}

/* Tells when any job is due by time. */
int64_t
gracefuls_wakeup_ms(const struct gracefuls *all, int64_t now_ms)
{
	int64_t when = PROC_NEVER, due;
	const struct graceful_job *job;

	TAILQ_FOREACH (job, &all->jobs, entry)
		if ((due = graceful_due_ms(job, now_ms)) < when)
			when = due;
	return when;
}

/* Says that a process is draining, and since when. */
const char *
graceful_note(const struct gracefuls *all, const struct process *p,
    int64_t now_ms, char *buf, size_t len)
{
	const struct graceful_job *job = graceful_find(all, p);

	buf[0] = '\0';
	if (job != NULL &&
	    (job->rec.phase == GRACEFUL_DRAINING ||
		job->rec.phase == GRACEFUL_LOCK))
		(void)snprintf(buf, len, "draining, %llds",
		    (long long)(now_ms - job->rec.since_ms) / 1000);
	return buf;
}

/* Tells the phase of a process's job. */
enum graceful_phase
graceful_phase(const struct gracefuls *all, const struct process *p)
{
	const struct graceful_job *job = graceful_find(all, p);

	return job != NULL ? (enum graceful_phase)job->rec.phase
			   : GRACEFUL_NONE;
}

/* Finds the job of a process; one that has ended is none. */
static struct graceful_job *
graceful_find(const struct gracefuls *all, const struct process *p)
{
	struct graceful_job *job;

	TAILQ_FOREACH (job, &all->jobs, entry)
		if (job->proc == p && job->result == ACTION_PENDING)
			return job;
	return NULL;
}

/* Adds a job without a phase. */
static struct graceful_job *
graceful_new(struct gracefuls *all, struct process *p)
{
	struct graceful_job *job;

	if ((job = calloc(1, sizeof(*job))) == NULL)
		return NULL;
	job->all = all;
	job->proc = p;
	job->set = all->ops->settings(all->arg, p);
	job->result = ACTION_PENDING;
	TAILQ_INIT(&job->waiters);
	TAILQ_INSERT_TAIL(&all->jobs, job, entry);
	return job;
}

/* Enters a phase; it is on record before anything is done in it. */
void
graceful_enter(struct graceful_job *job, enum graceful_phase phase,
    const struct graceful_now *now)
{
	job->rec.phase = (int32_t)phase;
	job->rec.since_ms = now->ms;
	job->all->ops->save(job->all->arg, job->proc, &job->rec);
}

/* Notes how a job has ended. */
void
graceful_end(
    struct graceful_job *job, enum action_result result, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(job->why, sizeof(job->why), fmt, ap);
	va_end(ap);
	job->result = result;
	if (result != ACTION_SUCCESS)
		graceful_log(job, LEVEL_WARN, "%s", job->why);
	graceful_unlock(job);
	job->rec.phase = GRACEFUL_NONE;
	job->all->ops->save(job->all->arg, job->proc, &job->rec);
}

/* Takes an ended job out and tells those who wait. */
static void
graceful_finish(struct graceful_job *job)
{
	struct graceful_waiters waiters = TAILQ_HEAD_INITIALIZER(waiters);
	enum action_result result = job->result;
	struct process *p = job->proc;
	struct graceful_waiter *w;
	char why[GRACEFUL_WHY_MAX];

	(void)strlcpy(why, job->why, sizeof(why));
	TAILQ_CONCAT(&waiters, &job->waiters, entry);
	graceful_free(job);
	while ((w = TAILQ_FIRST(&waiters)) != NULL) {
		TAILQ_REMOVE(&waiters, w, entry);
		if (w->done != NULL)
			w->done(p, result, why, w->arg);
		free(w);
	}
}

/* Hands a line on. */
static void
graceful_say(struct graceful_job *job, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	job->all->ops->log(job->all->arg, level, fmt, ap);
	va_end(ap);
}

/* Logs a line about a process. */
void
graceful_log(struct graceful_job *job, int level, const char *fmt, ...)
{
	char name[GRACEFUL_NAME_MAX], text[GRACEFUL_WHY_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	graceful_say(job, level, "graceful: %s: %s",
	    group_namespec(job->proc, name, sizeof(name)), text);
}
