/* SPDX-License-Identifier: BSD-2-Clause */
/* appbase.upgrade and what has become of it (B-502). */
#include <stdlib.h>

#include "config.h"
#include "supervisord/control/methods.h"

void
method_upgrade(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	const char *path = "";
	char *err = NULL;
	int64_t number;

	if (rpc_given(call, 0))
		path = rpc_string(call, 0, NULL);
	number = host->upgrade(host->arg, path, &err);
	if (number == -1)
		rpc_fault(call, FAULT_FAILED, err);
	else
		rpc_answer(call, xval_int(number));
	free(err);
}

void
method_get_upgrade(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	struct xval *result = xval_struct();
	const char *state, *why;
	int64_t number;

	state = host->upgrade_state(host->arg, &number, &why);
	xval_set(result, "number", xval_int(number));
	xval_set(result, "state", xval_string(state));
	xval_set(result, "reason", xval_string(why));
	xval_set(result, "version", xval_string(PACKAGE_VERSION));
	rpc_answer(call, result);
}
