/* SPDX-License-Identifier: BSD-2-Clause */
/* Rolling restarts (B-201 to B-205): begin, look, end. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"

#define METHOD_ROLLING_NAME_MAX 512

/* Does one word mean the process: a group, group:*, a name, a pattern? */
static bool
method_word_means(const char *word, const struct process *p)
{
	char spec[METHOD_ROLLING_NAME_MAX], full[METHOD_ROLLING_NAME_MAX];
	const char *group = process_group(p)->name;

	(void)group_namespec(p, spec, sizeof(spec));
	(void)snprintf(full, sizeof(full), "%s:%s", group, process_name(p));
	return strcmp(word, group) == 0 || fnmatch(word, spec, 0) == 0 ||
	    fnmatch(word, full, 0) == 0 ||
	    (strlen(word) == strlen(group) + 1 &&
		strncmp(word, group, strlen(group)) == 0 &&
		word[strlen(group)] == ':');
}

/* Orders by group, priority, program and number. */
static int
method_rolling_compare(const void *a, const void *b)
{
	const struct process *p = *(struct process *const *)a;
	const struct process *q = *(struct process *const *)b;
	const struct group *g = process_group(p), *h = process_group(q);
	const struct config_process *c = child_config(child_of(p));
	const struct config_process *d = child_config(child_of(q));
	int order;

	if (g->priority != h->priority)
		return g->priority < h->priority ? -1 : 1;
	if ((order = strcmp(g->name, h->name)) != 0)
		return order;
	if (c->priority != d->priority)
		return c->priority < d->priority ? -1 : 1;
	if ((order = strcmp(c->program_name, d->program_name)) != 0)
		return order;
	return (c->process_num > d->process_num) -
	    (c->process_num < d->process_num);
}

/* Finds the processes that the words mean, in their order, in a new vector; a
 * word that means none faults, NULL. */
static struct process **
method_rolling_find(struct rpc_call *call, const char *targets, size_t *n)
{
	struct process **procs, **chosen;
	char *copy = strdup(targets), *rest = copy, *word;
	size_t total, i, before;
	bool *taken;

	*n = 0;
	procs = registry_by_priority(method_host(call)->registry, &total);
	chosen = calloc(total + 1, sizeof(struct process *));
	taken = calloc(total + 1, sizeof(*taken));
	while (copy != NULL && chosen != NULL && taken != NULL &&
	    (procs != NULL || total == 0) &&
	    (word = strsep(&rest, " \t\n")) != NULL) {
		if (*word == '\0')
			continue;
		for (i = before = 0; i < total; i++) {
			if (!method_word_means(word, procs[i]))
				continue;
			before++;
			if (!taken[i])
				chosen[(*n)++] = procs[i];
			taken[i] = true;
		}
		if (before > 0)
			continue;
		rpc_fault(call, FAULT_BAD_NAME, word);
		free(chosen);
		chosen = NULL;
		break;
	}
	if (chosen != NULL && *n > 1)
		qsort(chosen, *n, sizeof(struct process *),
		    method_rolling_compare);
	free(taken);
	free(procs);
	free(copy);
	return chosen;
}

/* A number of the options, or what it is otherwise. */
static int64_t
method_option(
    const struct xval *options, const char *name, int64_t scale, int64_t other)
{
	const struct xval *v = xval_get(options, name);

	if (v == NULL)
		return other;
	if (xval_type(v) == XVAL_DOUBLE)
		return (int64_t)(xval_as_double(v) * (double)scale);
	return xval_as_int(v) * scale;
}

/* The place of an option's word among those known; -1 with a fault. */
static int
method_option_word(struct rpc_call *call, const struct xval *options,
    const char *name, const char *const *words)
{
	const struct xval *v = xval_get(options, name);
	const char *word = v != NULL ? xval_as_string(v, NULL) : words[0];
	int i;

	for (i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	rpc_fault(call, FAULT_INCORRECT_PARAMETERS, name);
	return -1;
}

/* Reads the plan; -1 with a fault. */
static int
method_rolling_plan(struct rpc_call *call, const struct xval *options,
    struct rolling_plan *plan)
{
	static const char *const waits[] = {
	    "running", "ready", "healthy", NULL};
	static const char *const failures[] = {
	    "stop", "continue", "rollback", NULL};
	int wait = method_option_word(call, options, "wait", waits), failure;
	int64_t batch = method_option(options, "batch", 1, 1);

	if (wait == -1)
		return -1;
	failure = method_option_word(call, options, "on_failure", failures);
	if (failure == -1)
		return -1;
	*plan = (struct rolling_plan){
	    .batch = batch < 1 || batch > INT32_MAX ? 1 : (int32_t)batch,
	    .pause_ms = method_option(options, "pause", 1000, 0),
	    .step_ms = method_option(options, "step_timeout", 1000, 0),
	    .wait = wait,
	    .keep_going = failure == 1,
	    .rollback = failure == 2,
	    .graceful = method_option(options, "graceful", 1, 0) != 0,
	    .force = method_option(options, "force", 1, 0) != 0};
	return 0;
}

/* Has each of them something to go back to? */
static bool
method_can_go_back(
    struct rpc_call *call, struct process *const *procs, size_t n)
{
	char text[METHOD_ROLLING_NAME_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		if (child_config(child_of(procs[i]))->previous_command ==
		    NULL) {
			(void)snprintf(text, sizeof(text),
			    "%s has no previous_command to roll back to",
			    process_name(procs[i]));
			rpc_fault(call, FAULT_FAILED, text);
			return false;
		}
	return true;
}

void
method_start_rolling(struct rpc_call *call)
{
	struct rollings *rollings = method_host(call)->rollings;
	const struct xval *options = rpc_value(call, 1);
	const char *targets = rpc_string(call, 0, NULL);
	char err[ROLLING_REASON_MAX] = "";
	struct rolling_plan plan;
	struct process **procs;
	size_t n;
	int id;

	if (method_option(options, "resume", 1, 0) != 0) {
		id = rolling_resume(
		    rollings, targets, loop_now_ms(), err, sizeof(err));
	} else {
		if (method_rolling_plan(call, options, &plan) == -1 ||
		    (procs = method_rolling_find(call, targets, &n)) == NULL)
			return;
		if (plan.rollback && !method_can_go_back(call, procs, n)) {
			free(procs);
			return;
		}
		id = rolling_start(rollings, targets, procs, n, &plan,
		    loop_now_ms(), err, sizeof(err));
		free(procs);
	}
	if (id == -1)
		rpc_fault(call, FAULT_FAILED, err);
	else
		rpc_answer(call, xval_int(id));
}

/* The process of a member; NULL if it is gone. */
static struct process *
method_rolling_process(struct rpc_call *call, const struct rolling_member *m)
{
	struct group *g;
	size_t i;

	TAILQ_FOREACH (g, registry_groups(method_host(call)->registry), entry)
		for (i = 0; i < g->nprocs; i++)
			if (child_slot(child_of(g->procs[i])) == m->slot)
				return g->procs[i];
	return NULL;
}

static struct xval *
method_rolling_member(const struct process *p, const struct rolling_member *m)
{
	char text[PROC_SPAWNERR_MAX + PROC_NOTE_MAX];
	struct xval *v = xval_struct();

	xval_set(v, "name", xval_string(process_name(p)));
	xval_set(v, "group", xval_string(process_group(p)->name));
	xval_set(v, "progress", xval_string(rolling_progress_name(m)));
	xval_set(v, "statename", xval_string(state_name(process_state(p))));
	xval_set(v, "description",
	    xval_string(
		process_description(p, loop_now_ms(), text, sizeof(text))));
	return v;
}

void
method_get_rolling(struct rpc_call *call)
{
	const struct rolling_record *r =
	    rolling_get(method_host(call)->rollings, (int)rpc_int(call, 0));
	struct xval *v, *members;
	struct process *p;
	int i, done = 0;

	if (r == NULL) {
		rpc_fault(call, FAULT_BAD_NAME, "no such rolling restart");
		return;
	}
	members = xval_array();
	for (i = 0; i < r->n; i++) {
		done += r->members[i].progress == ROLLING_OK;
		p = method_rolling_process(call, &r->members[i]);
		if (p != NULL)
			xval_append(
			    members, method_rolling_member(p, &r->members[i]));
	}
	v = xval_struct();
	xval_set(v, "id", xval_int(r->id));
	xval_set(v, "state", xval_string(rolling_state_name(r)));
	xval_set(v, "targets", xval_string(r->targets));
	xval_set(v, "reason", xval_string(r->reason));
	xval_set(v, "done", xval_int(done));
	xval_set(v, "total", xval_int(r->n));
	xval_set(v, "members", members);
	rpc_answer(call, v);
}

void
method_abort_rolling(struct rpc_call *call)
{
	if (rolling_abort(method_host(call)->rollings, (int)rpc_int(call, 0),
		"a client ended it", loop_now_ms()))
		rpc_answer_true(call);
	else
		rpc_fault(call, FAULT_NOT_RUNNING,
		    "no such rolling restart is active");
}
