/* SPDX-License-Identifier: BSD-2-Clause */
/* Graceful reloads (B-101), of one process and of many. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/io/loop.h"

struct method_graceful;

/* One of those processes that are waited for. */
struct method_waiter {
	struct method_graceful *job;
	struct graceful_waiter *handle; /* NULL: not waited for (any more) */
};

/* A call about one process or many. */
struct method_graceful {
	struct rpc_call *call;
	struct graceful_request request;
	bool wait, one;
	struct xval *list; /* of results, unless it is one */
	int code;	   /* of the last result */
	char detail[PROC_SPAWNERR_MAX];
	struct method_waiter *waiters;
	size_t nwaiters, npending;
};

static void
method_graceful_free(struct method_graceful *m)
{
	xval_free(m->list);
	free(m->waiters);
	free(m);
}

/* Answers, now that nothing is waited for. */
static void
method_graceful_answer(struct method_graceful *m)
{
	struct rpc_call *call = m->call;

	if (!m->one) {
		rpc_answer(call, m->list);
		m->list = NULL;
	} else if (m->code == FAULT_SUCCESS)
		rpc_answer_true(call);
	else
		rpc_fault(call, (enum fault)m->code, m->detail);
	method_graceful_free(m);
}

/* Notes a result; of a failure its reason is told, whatever it is. */
static void
method_graceful_note(struct method_graceful *m, const struct process *p,
    enum action_result result, const char *detail)
{
	char name[PROC_SPAWNERR_MAX];

	m->code = result == ACTION_PENDING ? FAULT_SUCCESS : (int)result;
	if (result == ACTION_SPAWN_ERROR ||
	    result == ACTION_ABNORMAL_TERMINATION)
		m->code = FAULT_FAILED;
	if (m->code != FAULT_FAILED)
		detail = group_namespec(p, name, sizeof(name));
	(void)strlcpy(m->detail, detail, sizeof(m->detail));
	if (!m->one)
		xval_append(m->list, method_result(p, m->code, m->detail));
}

/* One of them is done. */
static void
method_graceful_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	struct method_waiter *w = arg;
	struct method_graceful *m = w->job;

	w->handle = NULL;
	method_graceful_note(m, p, result, detail);
	if (--m->npending == 0)
		method_graceful_answer(m);
}

/* The client has gone: what was begun goes on. */
static void
method_graceful_off(void *arg)
{
	struct method_graceful *m = arg;
	size_t i;

	for (i = 0; i < m->nwaiters; i++)
		graceful_cancel(m->waiters[i].handle);
	method_graceful_free(m);
}

/* Begins with one process. */
static void
method_graceful_begin(struct method_graceful *m, struct process *p)
{
	struct method_waiter *w = &m->waiters[m->nwaiters++];
	char detail[PROC_SPAWNERR_MAX] = "";
	enum action_result result;

	w->job = m;
	result = graceful_begin(method_host(m->call)->gracefuls, p, &m->request,
	    loop_now_ms(), time(NULL), m->wait ? method_graceful_done : NULL, w,
	    &w->handle, detail, sizeof(detail));
	if (result == ACTION_PENDING && m->wait)
		m->npending++;
	else
		method_graceful_note(m, p, result, detail);
}

/* Does it to processes; of many, only those that are not stopped. */
static void
method_graceful_run(struct rpc_call *call, struct process *const *procs,
    size_t n, const struct method_graceful *how)
{
	struct method_graceful *m = calloc(1, sizeof(*m));
	size_t i;

	if (m == NULL ||
	    (m->waiters = calloc(n + 1, sizeof(*m->waiters))) == NULL) {
		free(m);
		rpc_fault(call, FAULT_FAILED, strerror(ENOMEM));
		return;
	}
	m->call = call;
	m->request = how->request;
	m->wait = how->wait;
	m->one = how->one;
	m->list = m->one ? NULL : xval_array();
	for (i = 0; i < n; i++)
		if (m->one || process_state(procs[i]) != PROC_STOPPED)
			method_graceful_begin(m, procs[i]);
	if (m->npending == 0)
		method_graceful_answer(m);
	else
		rpc_defer(call, method_graceful_off, m);
}

/* Does it to many processes; takes the vector. */
static void
method_graceful_many(struct rpc_call *call, struct process **procs, size_t n,
    const struct method_graceful *how)
{
	if (procs == NULL && n > 0)
		rpc_fault(call, FAULT_FAILED, strerror(ENOMEM));
	else
		method_graceful_run(call, procs, n, how);
	free(procs);
}

/* Does it to the process, or the group, that parameter 0 names. */
static void
method_graceful_named(struct rpc_call *call, struct method_graceful *how)
{
	struct process *p, **procs;
	struct group *group;
	size_t n;

	if (!method_lookup(call, &group, &p))
		return;
	if (p != NULL) {
		how->one = true;
		method_graceful_run(call, &p, 1, how);
		return;
	}
	procs = group_by_priority(group, &n);
	method_graceful_many(call, procs, n, how);
}

void
method_graceful(struct rpc_call *call)
{
	struct method_graceful how = {.wait = rpc_bool(call, 1, true)};

	method_graceful_named(call, &how);
}

void
method_graceful_stop(struct rpc_call *call)
{
	struct method_graceful how = {.wait = rpc_bool(call, 1, true)};

	how.request.stop_only = true;
	method_graceful_named(call, &how);
}

void
method_graceful_group(struct rpc_call *call)
{
	const struct method_graceful how = {.wait = rpc_bool(call, 1, true)};
	struct group *group = method_group(call);
	struct process **procs;
	size_t n;

	if (group == NULL)
		return;
	procs = group_by_priority(group, &n);
	method_graceful_many(call, procs, n, &how);
}

void
method_graceful_all(struct rpc_call *call)
{
	const struct method_graceful how = {.wait = rpc_bool(call, 0, true)};
	size_t n;
	struct process **procs =
	    registry_by_priority(method_host(call)->registry, &n);

	method_graceful_many(call, procs, n, &how);
}
