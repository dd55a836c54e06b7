/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and input of processes. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/control/logread.h"
#include "supervisord/io/child.h"

static void
method_read_channel(struct rpc_call *call, enum config_channel_id channel)
{
	struct process *p = method_process(call);

	if (p != NULL)
		method_answer_log(
		    call, child_log_path(child_of(p), channel), 1);
}

void
method_read_stdout(struct rpc_call *call)
{
	method_read_channel(call, CONFIG_STDOUT);
}

void
method_read_stderr(struct rpc_call *call)
{
	method_read_channel(call, CONFIG_STDERR);
}

/* Answers [text, offset, overflow]. */
static void
method_answer_tail(struct rpc_call *call, const struct logread *piece)
{
	struct xval *result = xval_array();

	xval_append(result, xval_bytes(piece->bytes, piece->len));
	xval_append(result, xval_int(piece->offset));
	xval_append(result, xval_bool(piece->overflow));
	rpc_answer(call, result);
}

static void
method_tail_channel(struct rpc_call *call, enum config_channel_id channel)
{
	struct process *p = method_process(call);
	struct logread piece = {0};
	const char *path;

	if (p == NULL)
		return;
	path = child_log_path(child_of(p), channel);
	if (path != NULL &&
	    logread_tail(path, rpc_int(call, 1), rpc_int(call, 2), &piece) ==
		-1)
		piece.offset = errno == ENOENT ? 0 : rpc_int(call, 1);
	method_answer_tail(call, &piece);
	free(piece.bytes);
}

void
method_tail_stdout(struct rpc_call *call)
{
	method_tail_channel(call, CONFIG_STDOUT);
}

void
method_tail_stderr(struct rpc_call *call)
{
	method_tail_channel(call, CONFIG_STDERR);
}

void
method_clear_logs(struct rpc_call *call)
{
	struct process *p = method_process(call);

	if (p == NULL)
		return;
	if (child_clear_logs(child_of(p)) == 0)
		rpc_answer_true(call);
	else
		rpc_fault(call, FAULT_FAILED, rpc_string(call, 0, NULL));
}

void
method_clear_all_logs(struct rpc_call *call)
{
	struct xval *list = xval_array();
	struct process **procs;
	size_t n, i;
	int code;

	procs = registry_by_priority(method_host(call)->registry, &n);
	if (procs == NULL && n > 0)
		xval_append(list, NULL);
	for (i = 0; i < n && procs != NULL; i++) {
		code = child_clear_logs(child_of(procs[i])) == 0 ? FAULT_SUCCESS
								 : FAULT_FAILED;
		xval_append(list,
		    method_result(procs[i], code,
			code == FAULT_SUCCESS ? NULL : strerror(errno)));
	}
	free(procs);
	rpc_answer(call, list);
}

void
method_send_stdin(struct rpc_call *call)
{
	const struct xval *chars = rpc_value(call, 1);
	const char *name = rpc_string(call, 0, NULL), *text;
	struct process *p;
	size_t len;

	if (xval_type(chars) != XVAL_STRING) {
		rpc_fault(call, FAULT_INCORRECT_PARAMETERS,
		    rpc_string(call, 1, NULL));
		return;
	}
	p = method_process(call);
	if (p == NULL)
		return;
	text = xval_as_string(chars, &len);
	if (process_pid(p) == 0 || process_is_killing(p))
		rpc_fault(call, FAULT_NOT_RUNNING, name);
	else if (child_write_stdin(child_of(p), text, len) == 0)
		rpc_answer_true(call);
	else if (errno == ESRCH)
		rpc_fault(call, FAULT_NOT_RUNNING, name);
	else if (errno == EPIPE)
		rpc_fault(call, FAULT_NO_FILE, name);
	else
		rpc_fault(call, FAULT_FAILED, strerror(errno));
}
