/* SPDX-License-Identifier: BSD-2-Clause */
/* Methods about the supervisor itself: who it is, its end, its log. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/control/logread.h"
#include "supervisord/io/mainlog.h"

const struct control_host *
method_host(const struct rpc_call *call)
{
	return rpc_arg(call);
}

void
method_api_version(struct rpc_call *call)
{
	rpc_answer(call, xval_string(METHODS_API_VERSION));
}

void
method_supervisor_version(struct rpc_call *call)
{
	rpc_answer(call, xval_string(METHODS_SUPERVISOR_VERSION));
}

void
method_identification(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);

	rpc_answer(
	    call, xval_string(host->config(host->arg)->supervisord.identifier));
}

void
method_state(struct rpc_call *call)
{
	enum supervisor_state state =
	    registry_state(method_host(call)->registry);
	struct xval *result = xval_struct();

	xval_set(result, "statecode", xval_int(state));
	xval_set(
	    result, "statename", xval_string(supervisor_state_name(state)));
	rpc_answer(call, result);
}

void
method_pid(struct rpc_call *call)
{
	rpc_answer(call, xval_int(method_host(call)->pid));
}

/* Asks the engine to stop or to start anew. */
static void
method_request(struct rpc_call *call, enum supervisor_state state)
{
	const struct control_host *host = method_host(call);
	char *err = NULL;

	if (host->request(host->arg, state, &err) == 0)
		rpc_answer_true(call);
	else
		rpc_fault(call,
		    state == SUPERVISOR_RESTARTING ? FAULT_CANT_REREAD
						   : FAULT_FAILED,
		    err);
	free(err);
}

void
method_shutdown(struct rpc_call *call)
{
	method_request(call, SUPERVISOR_SHUTDOWN);
}

void
method_restart(struct rpc_call *call)
{
	method_request(call, SUPERVISOR_RESTARTING);
}

void
method_answer_log(struct rpc_call *call, const char *path, size_t first)
{
	struct logread piece;

	if (path == NULL) {
		rpc_fault(call, FAULT_NO_FILE, NULL);
		return;
	}
	if (logread_range(path, rpc_int(call, first), rpc_int(call, first + 1),
		&piece) == 0) {
		rpc_answer(call, xval_bytes(piece.bytes, piece.len));
		free(piece.bytes);
	} else if (errno == EINVAL)
		rpc_fault(call, FAULT_BAD_ARGUMENTS, NULL);
	else if (errno == ENOENT)
		rpc_fault(call, FAULT_NO_FILE, path);
	else
		rpc_fault(call, FAULT_FAILED, strerror(errno));
}

void
method_read_log(struct rpc_call *call)
{
	method_answer_log(call, mainlog_path(), 0);
}

void
method_clear_log(struct rpc_call *call)
{
	if (mainlog_path() == NULL)
		rpc_fault(call, FAULT_NO_FILE, NULL);
	else if (mainlog_clear() == 0)
		rpc_answer_true(call);
	else if (errno == ENOENT)
		rpc_fault(call, FAULT_NO_FILE, NULL);
	else
		rpc_fault(call, FAULT_FAILED, strerror(errno));
}

void
method_remote_event(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	const char *type = rpc_string(call, 0, NULL), *data;
	size_t len;

	data = rpc_string(call, 1, &len);
	host->remote_event(host->arg, type, data, len);
	rpc_answer_true(call);
}
