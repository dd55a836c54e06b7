/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and stopping, one and many. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/io/loop.h"

#define METHOD_NAME_MAX 1024

bool
method_lookup(
    struct rpc_call *call, struct group **group, struct process **proc)
{
	const char *name = rpc_string(call, 0, NULL);

	if (registry_lookup(method_host(call)->registry, name, group, proc))
		return true;
	rpc_fault(call, FAULT_BAD_NAME, name);
	return false;
}

struct process *
method_process(struct rpc_call *call)
{
	struct process *proc;
	struct group *group;

	if (!method_lookup(call, &group, &proc))
		return NULL;
	if (proc == NULL)
		rpc_fault(call, FAULT_BAD_NAME, rpc_string(call, 0, NULL));
	return proc;
}

struct group *
method_group(struct rpc_call *call)
{
	const char *name = rpc_string(call, 0, NULL);
	struct group *group = registry_find(method_host(call)->registry, name);

	if (group == NULL)
		rpc_fault(call, FAULT_BAD_NAME, name);
	return group;
}

/* Does a fault tell its reason after the colon, and not the process's name? */
static bool
method_tells_why(int code)
{
	return code == FAULT_NO_FILE || code == FAULT_NOT_EXECUTABLE ||
	    code == FAULT_BAD_SIGNAL || code == FAULT_FAILED;
}

/* The structure of one result; the process itself may be gone. */
static struct xval *
method_entry(const char *name, const char *group, int code, const char *detail)
{
	struct xval *result = xval_struct();
	char text[2 * METHOD_NAME_MAX + PROC_SPAWNERR_MAX];

	if (code == FAULT_SUCCESS)
		strlcpy(text, "OK", sizeof(text));
	else if (method_tells_why(code))
		(void)snprintf(text, sizeof(text), "%s%s%s", fault_name(code),
		    detail == NULL || *detail == '\0' ? "" : ": ",
		    detail == NULL ? "" : detail);
	else if (strcmp(name, group) == 0)
		(void)snprintf(
		    text, sizeof(text), "%s: %s", fault_name(code), name);
	else
		(void)snprintf(text, sizeof(text), "%s: %s:%s",
		    fault_name(code), group, name);
	xval_set(result, "name", xval_string(name));
	xval_set(result, "group", xval_string(group));
	xval_set(result, "status", xval_int(code));
	xval_set(result, "description", xval_string(text));
	return result;
}

struct xval *
method_result(const struct process *p, int code, const char *detail)
{
	return method_entry(
	    process_name(p), process_group(p)->name, code, detail);
}

/* Answers with what an action on one process came to. */
static void
method_conclude(
    struct rpc_call *call, enum action_result result, const char *detail)
{
	if (result == ACTION_SUCCESS)
		rpc_answer_true(call);
	else if (!method_tells_why(result))
		rpc_fault(call, (enum fault)result, rpc_string(call, 0, NULL));
	else
		rpc_fault(
		    call, (enum fault)result, *detail == '\0' ? NULL : detail);
}

static void
method_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	(void)p;
	method_conclude(arg, result, detail);
}

static void
method_off(void *arg)
{
	action_cancel(arg);
}

/* Answers with the results of an action on many processes. */
static void
method_bulk_done(const struct bulk_result *results, size_t n, void *arg)
{
	struct xval *list = xval_array();
	const struct bulk_result *r;

	/* A process may have been removed since its action was done. */
	for (r = results; r < results + n; r++)
		xval_append(list,
		    method_entry(r->name == NULL ? "" : r->name,
			r->group == NULL ? "" : r->group, (int)r->result,
			r->detail));
	rpc_answer(arg, list);
}

static void
method_bulk_off(void *arg)
{
	bulk_cancel(arg);
}

/* What is to be done, and whether to wait for it. */
struct method_job {
	bool start;
	bool wait;
};

/* Does it to many processes; takes the vector. */
static void
method_bulk(struct rpc_call *call, const struct method_job *job,
    struct process **procs, size_t n)
{
	struct actions *actions = method_host(call)->actions;
	struct bulk *bulk;

	if (n == 0 || procs == NULL) {
		free(procs);
		if (n == 0)
			rpc_answer(call, xval_array());
		else
			rpc_fault(call, FAULT_FAILED, strerror(ENOMEM));
		return;
	}
	if (job->start)
		bulk = bulk_start(actions, procs, n, job->wait, loop_now_ms(),
		    time(NULL), method_bulk_done, call);
	else
		bulk = bulk_stop(actions, procs, n, job->wait, loop_now_ms(),
		    method_bulk_done, call);
	free(procs);
	if (bulk == NULL)
		rpc_fault(call, FAULT_FAILED, strerror(ENOMEM));
	else
		rpc_defer(call, method_bulk_off, bulk);
}

static void
method_bulk_group(struct rpc_call *call, const struct method_job *job,
    const struct group *group)
{
	size_t n;
	struct process **procs = group_by_priority(group, &n);

	method_bulk(call, job, procs, n);
}

/* Does it to one process, or to the group that was named. */
static void
method_act(struct rpc_call *call, const struct method_job *job)
{
	struct actions *actions = method_host(call)->actions;
	char detail[PROC_SPAWNERR_MAX] = "";
	struct action *action = NULL;
	enum action_result result;
	struct process *p;
	struct group *group;

	if (!method_lookup(call, &group, &p))
		return;
	if (p == NULL) {
		method_bulk_group(call, job, group);
		return;
	}
	if (job->start)
		result = action_start(actions, p, job->wait, loop_now_ms(),
		    time(NULL), method_done, call, &action, detail,
		    sizeof(detail));
	else
		result = action_stop(actions, p, job->wait, loop_now_ms(),
		    method_done, call, &action, detail, sizeof(detail));
	if (result == ACTION_PENDING)
		rpc_defer(call, method_off, action);
	else
		method_conclude(call, result, detail);
}

void
method_start(struct rpc_call *call)
{
	const struct method_job job = {true, rpc_bool(call, 1, true)};

	method_act(call, &job);
}

void
method_stop(struct rpc_call *call)
{
	const struct method_job job = {false, rpc_bool(call, 1, true)};

	method_act(call, &job);
}

void
method_start_group(struct rpc_call *call)
{
	const struct method_job job = {true, rpc_bool(call, 1, true)};
	struct group *group = method_group(call);

	if (group != NULL)
		method_bulk_group(call, &job, group);
}

void
method_stop_group(struct rpc_call *call)
{
	const struct method_job job = {false, rpc_bool(call, 1, true)};
	struct group *group = method_group(call);

	if (group != NULL)
		method_bulk_group(call, &job, group);
}

static void
method_bulk_all(struct rpc_call *call, const struct method_job *job)
{
	size_t n;
	struct process **procs =
	    registry_by_priority(method_host(call)->registry, &n);

	method_bulk(call, job, procs, n);
}

void
method_start_all(struct rpc_call *call)
{
	const struct method_job job = {true, rpc_bool(call, 0, true)};

	method_bulk_all(call, &job);
}

void
method_stop_all(struct rpc_call *call)
{
	const struct method_job job = {false, rpc_bool(call, 0, true)};

	method_bulk_all(call, &job);
}
