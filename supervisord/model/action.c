/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts and stops that clients wait for. */
#include "supervisord/model/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/loglevel.h"
#include "supervisord/model/group.h"

#define ACTION_REPORT_MS 2000 /* between "waiting for" lines (P-070) */

enum action_kind { ACTION_START, ACTION_STOP };

struct action {
	TAILQ_ENTRY(action) entry;
	struct actions *all;
	struct process *proc;
	enum action_kind kind;
	bool wait;
	bool held;	   /* of a stop: not begun, others have to go first */
	int64_t report_ms; /* of a stop: when the next line is due */
	action_done *done; /* NULL = cancelled */
	void *arg;
};

struct bulk {
	TAILQ_ENTRY(bulk) entry;
	struct bulk_result *results;
	size_t nresults, npending;
	bulk_done *done; /* NULL = cancelled */
	void *arg;
};

struct actions {
	TAILQ_HEAD(, action) list;
	TAILQ_HEAD(, bulk) bulks;
	const struct actions_ops *ops;
	void *arg;
};

static struct action *action_new(struct actions *, struct process *,
    enum action_kind, bool wait, action_done *, void *);
static enum action_result action_begin_start(
    struct actions *, struct process *, int64_t, time_t, char *, size_t);
static enum action_result action_begin_stop(
    struct actions *, struct process *, bool, int64_t, char *, size_t);
static enum action_result action_look(const struct action *, int64_t);
static enum action_result action_look_start(const struct action *, int64_t);
static enum action_result action_look_stop(const struct action *);
static void action_report(struct action *, int64_t);
static bool actions_finish_one(struct actions *, int64_t);
static void actions_release(struct actions *, int64_t);
static void actions_log(struct actions *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));
static bool bulks_finish_one(struct actions *);
static void action_finish(struct action *, enum action_result);
static enum action_result action_wait(
    struct actions *, struct process *, bool, struct bulk *, char *);
static struct action *action_hold(
    struct actions *, struct process *, bool, struct bulk *);
static bool bulk_stops_later(
    struct actions *, struct process *const *, size_t, size_t);
static struct bulk *bulk_new(struct actions *, size_t, bulk_done *, void *);
static void bulk_free(struct bulk *);
static void bulk_note(
    struct bulk *, struct process *, enum action_result, const char *);
static action_done bulk_one_done;

/* Makes an empty set of actions. */
struct actions *
actions_new(const struct actions_ops *ops, void *arg)
{
	struct actions *all;

	if ((all = calloc(1, sizeof(*all))) == NULL)
		return NULL;
	TAILQ_INIT(&all->list);
	TAILQ_INIT(&all->bulks);
	all->ops = ops;
	all->arg = arg;
	return all;
}

/* Drops every action. */
void
actions_free(struct actions *all)
{
	struct action *a;
	struct bulk *b;

	if (all == NULL)
		return;
	while ((a = TAILQ_FIRST(&all->list)) != NULL) {
		TAILQ_REMOVE(&all->list, a, entry);
		free(a);
	}
	while ((b = TAILQ_FIRST(&all->bulks)) != NULL) {
		TAILQ_REMOVE(&all->bulks, b, entry);
		bulk_free(b);
	}
	free(all);
}

/* Starts a process for a client. */
enum action_result
action_start(struct actions *all, struct process *p, bool wait, int64_t now_ms,
    time_t wall, action_done *done, void *arg, struct action **out,
    char *detail, size_t len)
{
	enum action_result result;
	struct action *a;

	result = action_begin_start(all, p, now_ms, wall, detail, len);
	if (result != ACTION_PENDING)
		return result;
	if ((a = action_new(all, p, ACTION_START, wait, done, arg)) == NULL) {
		(void)snprintf(detail, len, "out of memory");
		return ACTION_FAILED;
	}
	if (out != NULL)
		*out = a;
	return ACTION_PENDING;
}

/* Stops a process for a client. */
enum action_result
action_stop(struct actions *all, struct process *p, bool wait, int64_t now_ms,
    action_done *done, void *arg, struct action **out, char *detail, size_t len)
{
	enum action_result result;
	struct action *a;

	result = action_begin_stop(all, p, wait, now_ms, detail, len);
	if (result != ACTION_PENDING)
		return result;
	if ((a = action_new(all, p, ACTION_STOP, wait, done, arg)) == NULL) {
		(void)snprintf(detail, len, "out of memory");
		return ACTION_FAILED;
	}
	action_report(a, now_ms);
	if (out != NULL)
		*out = a;
	return ACTION_PENDING;
}

/* Forgets who asked. */
void
action_cancel(struct action *a)
{
	if (a != NULL)
		a->done = NULL;
}

/* Starts many. */
struct bulk *
bulk_start(struct actions *all, struct process *const *procs, size_t n,
    bool wait, int64_t now_ms, time_t wall, bulk_done *done, void *arg)
{
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;
	struct bulk *b;
	size_t i;

	if ((b = bulk_new(all, n, done, arg)) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (state_is_running(process_state(procs[i])))
			continue;
		if (all->ops->hold != NULL &&
		    all->ops->hold(all->arg, procs[i], now_ms))
			result = action_wait(all, procs[i], wait, b, detail);
		else
			result = action_start(all, procs[i], wait, now_ms, wall,
			    bulk_one_done, b, NULL, detail, sizeof(detail));
		if (result == ACTION_PENDING)
			b->npending++;
		else
			bulk_note(b, procs[i], result, detail);
	}
	return b;
}

/* Stops many. */
struct bulk *
bulk_stop(struct actions *all, struct process *const *procs, size_t n,
    bool wait, int64_t now_ms, bulk_done *done, void *arg)
{
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;
	struct bulk *b;
	size_t i;

	if ((b = bulk_new(all, n, done, arg)) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!state_is_running(process_state(procs[i]))) {
			process_mark(procs[i], 0, PROC_MARK_WAITING);
			continue;
		}
		if (bulk_stops_later(all, procs, n, i)) {
			if (action_hold(all, procs[i], wait, b) == NULL)
				bulk_note(b, procs[i], ACTION_FAILED, "");
			continue;
		}
		result = action_stop(all, procs[i], wait, now_ms, bulk_one_done,
		    b, NULL, detail, sizeof(detail));
		if (result == ACTION_PENDING)
			b->npending++;
		else
			bulk_note(b, procs[i], result, detail);
	}
	return b;
}

/* Forgets who asked. */
void
bulk_cancel(struct bulk *b)
{
	if (b != NULL)
		b->done = NULL;
}

/* Calls back what is done, until nothing more is. */
void
actions_run(struct actions *all, int64_t now_ms)
{
	struct action *a;

	actions_release(all, now_ms);
	/* A callback may add and cancel: begin anew after each. */
	while (actions_finish_one(all, now_ms) || bulks_finish_one(all))
		continue;
	TAILQ_FOREACH (a, &all->list, entry)
		action_report(a, now_ms);
}

/* Returns when a line is due though nothing changes. */
int64_t
actions_wakeup_ms(const struct actions *all)
{
	int64_t when = PROC_NEVER;
	const struct action *a;

	TAILQ_FOREACH (a, &all->list, entry)
		if (a->kind == ACTION_STOP && a->report_ms < when)
			when = a->report_ms;
	return when;
}

/* Ends the actions of a process that is going away. */
void
actions_forget(struct actions *all, const struct process *p)
{
	struct action *a;
	struct bulk *b;
	bool found;
	size_t i;

	do {
		found = false;
		TAILQ_FOREACH (a, &all->list, entry)
			if (a->proc == p) {
				found = true;
				break;
			}
		if (found)
			action_finish(a, ACTION_ABNORMAL_TERMINATION);
	} while (found);
	TAILQ_FOREACH (b, &all->bulks, entry)
		for (i = 0; i < b->nresults; i++)
			if (b->results[i].proc == p)
				b->results[i].proc = NULL;
}

/* Makes an action that will be looked at. */
static struct action *
action_new(struct actions *all, struct process *p, enum action_kind kind,
    bool wait, action_done *done, void *arg)
{
	struct action *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->all = all;
	a->proc = p;
	a->kind = kind;
	a->wait = wait;
	a->done = done;
	a->arg = arg;
	TAILQ_INSERT_TAIL(&all->list, a, entry);
	all->ops->wake(all->arg);
	return a;
}

/* Checks in the order of X-085 and asks for the start. */
static enum action_result
action_begin_start(struct actions *all, struct process *p, int64_t now_ms,
    time_t wall, char *detail, size_t len)
{
	enum action_result result;

	detail[0] = '\0';
	result = all->ops->resolve(all->arg, p, detail, len);
	if (result != ACTION_SUCCESS)
		return result;
	if (state_is_running(process_state(p)))
		return ACTION_ALREADY_STARTED;
	if (process_state(p) == PROC_UNKNOWN) {
		(void)snprintf(detail, len, "%s is in an unknown process state",
		    process_name(p));
		return ACTION_FAILED;
	}
	process_start(p, now_ms, wall);
	switch (process_state(p)) {
	case PROC_STARTING:
		return ACTION_PENDING;
	case PROC_BACKOFF:
		return ACTION_SPAWN_ERROR;
	default: /* still STOPPING, or the supervisor is */
		return ACTION_ABNORMAL_TERMINATION;
	}
}

/* Checks and asks for the stop. */
static enum action_result
action_begin_stop(struct actions *all, struct process *p, bool wait,
    int64_t now_ms, char *detail, size_t len)
{
	bool waited = process_marks(p) & PROC_MARK_WAITING;

	detail[0] = '\0';
	if (all->ops->stopping != NULL)
		all->ops->stopping(all->arg, p);
	if (!process_stop(p, now_ms))
		return waited ? ACTION_SUCCESS : ACTION_NOT_RUNNING;
	if (process_state(p) == PROC_UNKNOWN) {
		(void)snprintf(detail, len, "unknown problem killing %s (%d)",
		    process_name(p), (int)process_pid(p));
		return ACTION_FAILED;
	}
	if (!wait || state_is_stopped(process_state(p)))
		return ACTION_SUCCESS;
	return ACTION_PENDING;
}

/* Adds the start of a process that waits for others. */
static enum action_result
action_wait(struct actions *all, struct process *p, bool wait, struct bulk *b,
    char *detail)
{
	detail[0] = '\0';
	if (!wait)
		return ACTION_SUCCESS;
	return action_new(all, p, ACTION_START, wait, bulk_one_done, b) != NULL
	    ? ACTION_PENDING
	    : ACTION_FAILED;
}

/* Adds the stop of a process that others have to go before; without waiting it
 * is told to have succeeded. */
static struct action *
action_hold(struct actions *all, struct process *p, bool wait, struct bulk *b)
{
	struct action *a;

	a = action_new(
	    all, p, ACTION_STOP, true, wait ? bulk_one_done : NULL, b);
	if (a == NULL)
		return NULL;
	a->held = true;
	if (wait)
		b->npending++;
	else
		bulk_note(b, p, ACTION_SUCCESS, "");
	return a;
}

/* A set of processes that are to be stopped. */
struct action_set {
	struct process *const *procs;
	size_t n;
};

/* Is it being stopped, or will it be: one of the set? */
static bool
action_is_of_set(void *arg, const struct process *p)
{
	const struct action_set *set = arg;
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->procs[i] == p && state_is_running(process_state(p)))
			return true;
	return process_state(p) == PROC_STOPPING;
}

/* The same, as one of all that are held. */
static bool
action_is_held(void *arg, const struct process *p)
{
	const struct actions *all = arg;
	const struct action *a;

	TAILQ_FOREACH (a, &all->list, entry)
		if (a->held && a->proc == p)
			return true;
	return process_state(p) == PROC_STOPPING;
}

/* Has the i-th process to be stopped after others of a bulk? */
static bool
bulk_stops_later(
    struct actions *all, struct process *const *procs, size_t n, size_t i)
{
	struct action_set set = {procs, n};

	return all->ops->is_needed != NULL &&
	    all->ops->is_needed(all->arg, procs[i], action_is_of_set, &set);
}

/* Begins the stops for which those before them are gone. */
static void
actions_release(struct actions *all, int64_t now_ms)
{
	char detail[PROC_SPAWNERR_MAX];
	struct action *a;

	TAILQ_FOREACH (a, &all->list, entry) {
		if (!a->held ||
		    all->ops->is_needed(all->arg, a->proc, action_is_held, all))
			continue;
		a->held = false;
		(void)action_begin_stop(
		    all, a->proc, true, now_ms, detail, sizeof(detail));
		action_report(a, now_ms);
	}
}

/* Tells what has become of an action. */
static enum action_result
action_look(const struct action *a, int64_t now_ms)
{
	return a->kind == ACTION_START ? action_look_start(a, now_ms)
				       : action_look_stop(a);
}

/* Tells what has become of a start. */
static enum action_result
action_look_start(const struct action *a, int64_t now_ms)
{
	enum proc_state state = process_state(a->proc);

	if (process_marks(a->proc) & PROC_MARK_WAITING)
		return a->all->ops->is_vain != NULL &&
			a->all->ops->is_vain(a->all->arg, a->proc, now_ms)
		    ? ACTION_ABNORMAL_TERMINATION
		    : ACTION_PENDING;

	/* It may have run and ended between two looks. */
	if (process_has_reached(a->proc, PROC_RUNNING))
		return ACTION_SUCCESS;
	if (process_spawnerr(a->proc)[0] != '\0')
		return ACTION_SPAWN_ERROR;
	if (state == PROC_STARTING && (a->wait || process_pid(a->proc) == 0))
		return ACTION_PENDING;
	return a->wait ? ACTION_ABNORMAL_TERMINATION : ACTION_SUCCESS;
}

/* Tells what has become of a stop.  Once it has begun, any state but STOPPING
 * says that it was done: somebody else may have started it again between two
 * looks. */
static enum action_result
action_look_stop(const struct action *a)
{
	enum proc_state state = process_state(a->proc);

	if (state_is_stopped(state))
		return ACTION_SUCCESS;
	return a->held || state == PROC_STOPPING ? ACTION_PENDING
						 : ACTION_SUCCESS;
}

/* Says that a stop is waited for, every two seconds. */
static void
action_report(struct action *a, int64_t now_ms)
{
	if (a->kind != ACTION_STOP || now_ms < a->report_ms ||
	    process_state(a->proc) != PROC_STOPPING)
		return;
	a->report_ms = now_ms + ACTION_REPORT_MS;
	actions_log(a->all, LEVEL_INFO, "waiting for %s to stop",
	    process_name(a->proc));
}

/* Finishes the first action that is done; false if none is. */
static bool
actions_finish_one(struct actions *all, int64_t now_ms)
{
	enum action_result result;
	struct action *a;

	TAILQ_FOREACH (a, &all->list, entry) {
		if ((result = action_look(a, now_ms)) == ACTION_PENDING)
			continue;
		action_finish(a, result);
		return true;
	}
	return false;
}

/* Takes an action out and calls back. */
static void
action_finish(struct action *a, enum action_result result)
{
	struct process *p = a->proc;
	action_done *done = a->done;
	void *arg = a->arg;

	TAILQ_REMOVE(&a->all->list, a, entry);
	free(a);
	if (done != NULL)
		done(p, result, "", arg);
}

/* Calls back the first bulk that is complete; false if none is. */
static bool
bulks_finish_one(struct actions *all)
{
	struct bulk *b;

	TAILQ_FOREACH (b, &all->bulks, entry) {
		if (b->npending > 0)
			continue;
		TAILQ_REMOVE(&all->bulks, b, entry);
		if (b->done != NULL)
			b->done(b->results, b->nresults, b->arg);
		bulk_free(b);
		return true;
	}
	return false;
}

/* Makes a bulk with room for n results. */
static struct bulk *
bulk_new(struct actions *all, size_t n, bulk_done *done, void *arg)
{
	struct bulk *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	if ((b->results = calloc(n + 1, sizeof(*b->results))) == NULL) {
		free(b);
		return NULL;
	}
	b->done = done;
	b->arg = arg;
	TAILQ_INSERT_TAIL(&all->bulks, b, entry);
	all->ops->wake(all->arg);
	return b;
}

/* Frees a bulk that is in no list. */
static void
bulk_free(struct bulk *b)
{
	size_t i;

	for (i = 0; i < b->nresults; i++) {
		free(b->results[i].name);
		free(b->results[i].group);
	}
	free(b->results);
	free(b);
}

/* Adds a result. */
static void
bulk_note(struct bulk *b, struct process *p, enum action_result result,
    const char *detail)
{
	struct bulk_result *r = &b->results[b->nresults++];

	r->proc = p;
	r->name = strdup(process_name(p));
	r->group = strdup(process_group(p) != NULL ? process_group(p)->name
						   : process_name(p));
	r->result = result;
	(void)snprintf(r->detail, sizeof(r->detail), "%s", detail);
}

/* One of a bulk is done. */
static void
bulk_one_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	struct bulk *b = arg;

	b->npending--;
	bulk_note(b, p, result, detail);
}

/* Formats and hands on a log message. */
static void
actions_log(struct actions *all, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	all->ops->log(all->arg, level, fmt, ap);
	va_end(ap);
}
