/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Things that are done for users of the page.  Each has one or two steps (a
 * restart is a stop and a start), and each step is an action, or a bulk of
 * them, of the model.
 */
#include "supervisord/web/act.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "common/faults.h"
#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"

struct act {
	LIST_ENTRY(act) entry;
	struct acts *acts;
	char *verb, *name;
	bool start_next; /* the second half of a restart is to come */
	struct action *action;
	struct bulk *bulk;
	struct graceful_waiter *waiter;
	struct act_result result;
	act_done *done; /* NULL = forgotten */
	void *arg;
	bool ended, beginning;
};

struct acts {
	const struct control_host *host;
	LIST_HEAD(act_list, act) list;
};

typedef void act_step(struct act *, struct process *, struct group *);
static act_step act_start, act_stop, act_restart, act_graceful, act_clear;

static const struct {
	const char *verb;
	act_step *step;
} act_verbs[] = {
    {"start", act_start},
    {"stop", act_stop},
    {"restart", act_restart},
    {"graceful", act_graceful},
    {"clearlog", act_clear},
};

/* Frees one. */
static void
act_free(struct act *a)
{
	LIST_REMOVE(a, entry);
	free(a->verb);
	free(a->name);
	free(a);
}

/* It is over. */
static void
act_end(struct act *a)
{
	a->ended = true;
	if (a->done != NULL)
		a->done(a->arg, a->verb, a->name, &a->result);
	if (!a->beginning)
		act_free(a);
}

/* It is over for one process, or before anything was done. */
static void
act_end_one(struct act *a, int code, const char *detail)
{
	a->result.code = code;
	a->result.detail = detail;
	a->result.failed = a->name;
	act_end(a);
}

/* Looks the name up once more: much may have happened. */
static bool
act_lookup(const struct act *a, struct group **group, struct process **p)
{
	*group = NULL;
	*p = NULL;
	return strcmp(a->name, "*") == 0 ||
	    registry_lookup(a->acts->host->registry, a->name, group, p);
}

/* Goes on with the second half, or ends with a result for one process. */
static void
act_next_one(struct act *a, int code, const char *detail)
{
	struct process *p;
	struct group *group;

	a->action = NULL;
	if (!a->start_next) {
		act_end_one(a, code, detail);
		return;
	}
	a->start_next = false;
	if (!act_lookup(a, &group, &p) || p == NULL)
		act_end_one(a, FAULT_BAD_NAME, "");
	else
		act_start(a, p, group);
}

static void
act_action_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	(void)p;
	act_next_one(arg, (int)result, detail);
}

/* Adds the results of many, and goes on or ends. */
static void
act_bulk_done(const struct bulk_result *results, size_t n, void *arg)
{
	struct act *a = arg;
	struct process *p;
	struct group *group;
	size_t i;

	a->bulk = NULL;
	if (a->start_next) {
		a->start_next = false;
		if (!act_lookup(a, &group, &p))
			act_end_one(a, FAULT_BAD_NAME, "");
		else
			act_start(a, NULL, group);
		return;
	}
	a->result.total += n;
	for (i = 0; i < n; i++) {
		if (results[i].result == ACTION_SUCCESS)
			continue;
		if (a->result.nfailed++ > 0)
			continue;
		a->result.code = (int)results[i].result;
		a->result.detail = results[i].detail;
		a->result.failed = results[i].name;
	}
	act_end(a);
}

/* Starts or stops many; takes the vector. */
static void
act_bulk(struct act *a, bool start, struct process **procs, size_t n)
{
	struct actions *actions = a->acts->host->actions;

	a->result.many = true;
	if (n == 0) {
		free(procs);
		act_bulk_done(NULL, 0, a);
		return;
	}
	if (procs != NULL && start)
		a->bulk = bulk_start(actions, procs, n, true, loop_now_ms(),
		    time(NULL), act_bulk_done, a);
	else if (procs != NULL)
		a->bulk = bulk_stop(
		    actions, procs, n, true, loop_now_ms(), act_bulk_done, a);
	free(procs);
	if (a->bulk == NULL)
		act_end_one(a, FAULT_FAILED, strerror(ENOMEM));
}

/* The processes of a group, or all. */
static struct process **
act_members(const struct act *a, const struct group *group, size_t *n)
{
	if (group != NULL)
		return group_by_priority(group, n);
	return registry_by_priority(a->acts->host->registry, n);
}

static void
act_start(struct act *a, struct process *p, struct group *group)
{
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;
	struct process **procs;
	size_t n;

	if (p == NULL) {
		procs = act_members(a, group, &n);
		act_bulk(a, true, procs, n);
		return;
	}
	result = action_start(a->acts->host->actions, p, true, loop_now_ms(),
	    time(NULL), act_action_done, a, &a->action, detail, sizeof(detail));
	if (result != ACTION_PENDING)
		act_next_one(a, (int)result, detail);
}

static void
act_stop(struct act *a, struct process *p, struct group *group)
{
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;
	struct process **procs;
	size_t n;

	if (p == NULL) {
		procs = act_members(a, group, &n);
		act_bulk(a, false, procs, n);
		return;
	}
	result = action_stop(a->acts->host->actions, p, true, loop_now_ms(),
	    act_action_done, a, &a->action, detail, sizeof(detail));
	if (result != ACTION_PENDING)
		act_next_one(a, (int)result, detail);
}

static void
act_restart(struct act *a, struct process *p, struct group *group)
{
	a->start_next = true;
	act_stop(a, p, group);
}

static void
act_graceful_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	struct act *a = arg;

	(void)p;
	a->waiter = NULL;
	act_end_one(a, (int)result, detail);
}

/* Begins to reload many, one after another; that goes on by itself (B-201). */
static void
act_roll(struct act *a, const struct group *group)
{
	const struct rolling_plan plan = {
	    .batch = 1, .wait = ROLLING_READY, .graceful = 1};
	char err[ROLLING_REASON_MAX] = "";
	struct process **procs;
	size_t n;

	procs = act_members(a, group, &n);
	if (procs == NULL)
		act_end_one(a, FAULT_NOT_RUNNING, "");
	else if (rolling_start(a->acts->host->rollings, a->name, procs, n,
		     &plan, loop_now_ms(), err, sizeof(err)) == -1)
		act_end_one(a, FAULT_FAILED, err);
	else {
		a->result.many = true;
		a->result.total = n;
		act_end(a);
	}
	free(procs);
}

/* Reloads as gracefully as the process can (B-101). */
static void
act_graceful(struct act *a, struct process *p, struct group *group)
{
	const struct graceful_request request = {0};
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;

	if (p == NULL) {
		act_roll(a, group);
		return;
	}
	result = graceful_begin(a->acts->host->gracefuls, p, &request,
	    loop_now_ms(), time(NULL), act_graceful_done, a, &a->waiter, detail,
	    sizeof(detail));
	if (result != ACTION_PENDING)
		act_end_one(a, (int)result, detail);
}

static void
act_clear(struct act *a, struct process *p, struct group *group)
{
	struct process **procs;
	const char *detail = "";
	size_t n, i;

	if (p != NULL) {
		if (child_clear_logs(child_of(p)) == -1)
			act_end_one(a, FAULT_FAILED, strerror(errno));
		else
			act_end_one(a, FAULT_SUCCESS, detail);
		return;
	}
	procs = act_members(a, group, &n);
	a->result.many = true;
	a->result.total = n;
	for (i = 0; procs != NULL && i < n; i++) {
		if (child_clear_logs(child_of(procs[i])) != -1)
			continue;
		if (a->result.nfailed++ > 0)
			continue;
		a->result.code = FAULT_FAILED;
		a->result.detail = strerror(errno);
		a->result.failed = process_name(procs[i]);
	}
	act_end(a);
	free(procs);
}

/* Finds what a verb means. */
static act_step *
act_find(const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(act_verbs) / sizeof(act_verbs[0]); i++)
		if (strcmp(act_verbs[i].verb, verb) == 0)
			return act_verbs[i].step;
	return NULL;
}

bool
act_is_verb(const char *verb)
{
	return act_find(verb) != NULL;
}

struct acts *
acts_new(const struct control_host *host)
{
	struct acts *acts = calloc(1, sizeof(*acts));

	if (acts == NULL)
		return NULL;
	acts->host = host;
	LIST_INIT(&acts->list);
	return acts;
}

void
acts_free(struct acts *acts)
{
	struct act *a;

	if (acts == NULL)
		return;
	while ((a = LIST_FIRST(&acts->list)) != NULL) {
		action_cancel(a->action);
		bulk_cancel(a->bulk);
		graceful_cancel(a->waiter);
		act_free(a);
	}
	free(acts);
}

/* Checks what is asked for, and begins. */
static void
act_run(struct act *a)
{
	act_step *step = act_find(a->verb);
	struct process *p;
	struct group *group;

	if (step == NULL)
		act_end_one(a, FAULT_UNKNOWN_METHOD, "");
	else if (registry_state(a->acts->host->registry) != SUPERVISOR_RUNNING)
		act_end_one(a, FAULT_SHUTDOWN_STATE, "");
	else if (!act_lookup(a, &group, &p))
		act_end_one(a, FAULT_BAD_NAME, "");
	else
		step(a, p, group);
}

struct act *
act_begin(struct acts *acts, const char *verb, const char *name, act_done *done,
    void *arg)
{
	const struct act_result nothing = {
	    .code = FAULT_FAILED, .detail = strerror(ENOMEM), .failed = name};
	struct act *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->verb = strdup(verb)) == NULL ||
	    (a->name = strdup(name)) == NULL) {
		if (a != NULL)
			free(a->verb);
		free(a);
		done(arg, verb, name, &nothing);
		return NULL;
	}
	a->acts = acts;
	a->done = done;
	a->arg = arg;
	a->result.code = FAULT_SUCCESS;
	a->result.detail = "";
	LIST_INSERT_HEAD(&acts->list, a, entry);
	a->beginning = true;
	act_run(a);
	a->beginning = false;
	if (!a->ended)
		return a;
	act_free(a);
	return NULL;
}

void
act_forget(struct act *a)
{
	a->done = NULL;
}
