/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain signals to processes. */
#include "supervisord/control/methods.h"

#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "supervisord/io/loop.h"

/* Sends a signal to one process; a fault's code, or FAULT_SUCCESS. */
static int
method_send(struct process *p, const char *name, const char **detail)
{
	int signo, error;
	char *err = NULL;

	*detail = NULL;
	if (datatype_signal(name, &signo, &err) == -1) {
		free(err);
		*detail = name;
		return FAULT_BAD_SIGNAL;
	}
	if (!state_is_signallable(process_state(p)))
		return FAULT_NOT_RUNNING;
	error = process_signal(p, signo, loop_now_ms());
	if (error == 0)
		return FAULT_SUCCESS;
	*detail = strerror(error);
	return FAULT_FAILED;
}

/* Sends a signal to those of many that can get it; takes the vector. */
static void
method_send_many(
    struct rpc_call *call, const char *name, struct process **procs, size_t n)
{
	struct xval *list = xval_array();
	const char *detail;
	size_t i;
	int code;

	if (procs == NULL && n > 0)
		xval_append(list, NULL);
	for (i = 0; i < n && procs != NULL; i++) {
		if (!state_is_signallable(process_state(procs[i])))
			continue;
		code = method_send(procs[i], name, &detail);
		xval_append(list, method_result(procs[i], code, detail));
	}
	free(procs);
	rpc_answer(call, list);
}

static void
method_send_group(struct rpc_call *call, const struct group *group)
{
	size_t n;
	struct process **procs = group_by_priority(group, &n);

	method_send_many(call, rpc_string(call, 1, NULL), procs, n);
}

void
method_signal(struct rpc_call *call)
{
	const char *detail;
	struct process *p;
	struct group *group;
	int code;

	if (!method_lookup(call, &group, &p))
		return;
	if (p == NULL) {
		method_send_group(call, group);
		return;
	}
	code = method_send(p, rpc_string(call, 1, NULL), &detail);
	if (code == FAULT_SUCCESS)
		rpc_answer_true(call);
	else if (code == FAULT_NOT_RUNNING)
		rpc_fault(call, FAULT_NOT_RUNNING, rpc_string(call, 0, NULL));
	else
		rpc_fault(call, (enum fault)code, detail);
}

void
method_signal_group(struct rpc_call *call)
{
	struct group *group = method_group(call);

	if (group != NULL)
		method_send_group(call, group);
}

void
method_signal_all(struct rpc_call *call)
{
	size_t n;
	struct process **procs =
	    registry_by_priority(method_host(call)->registry, &n);

	method_send_many(call, rpc_string(call, 0, NULL), procs, n);
}
