/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known about processes. */
#include "supervisord/control/methods.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"

/* A description may hold a spawn error. */
#define METHOD_DESCRIPTION (PROC_SPAWNERR_MAX + 64)

/* Sets a member to a log's path, "" if it has none. */
static void
method_set_log(struct xval *info, const char *name, const struct process *p,
    enum config_channel_id channel)
{
	const char *path = child_log_path(child_of(p), channel);

	xval_set(info, name, xval_string(path == NULL ? "" : path));
}

/* Makes the structure of one process, its members in upstream's order. */
static struct xval *
method_info(const struct process *p)
{
	struct xval *info = xval_struct();
	enum proc_state state = process_state(p);
	char text[METHOD_DESCRIPTION];
	int status = 0;

	process_exitstatus(p, &status);
	xval_set(info, "name", xval_string(process_name(p)));
	xval_set(info, "group", xval_string(process_group(p)->name));
	xval_set(info, "start", xval_int(process_start_wall(p)));
	xval_set(info, "stop", xval_int(process_stop_wall(p)));
	xval_set(info, "now", xval_int(time(NULL)));
	xval_set(info, "state", xval_int(state_code(state)));
	xval_set(info, "statename", xval_string(state_name(state)));
	xval_set(info, "spawnerr", xval_string(process_spawnerr(p)));
	xval_set(info, "exitstatus", xval_int(status));
	method_set_log(info, "logfile", p, CONFIG_STDOUT);
	method_set_log(info, "stdout_logfile", p, CONFIG_STDOUT);
	method_set_log(info, "stderr_logfile", p, CONFIG_STDERR);
	xval_set(info, "pid", xval_int(process_pid(p)));
	process_description(p, loop_now_ms(), text, sizeof(text));
	xval_set(info, "description", xval_string(text));
	return info;
}

void
method_process_info(struct rpc_call *call)
{
	struct process *p = method_process(call);

	if (p != NULL)
		rpc_answer(call, method_info(p));
}

/* Orders by group name, then process name. */
static int
method_compare(const void *a, const void *b)
{
	const struct process *p = *(struct process *const *)a;
	const struct process *q = *(struct process *const *)b;
	int order = strcmp(process_group(p)->name, process_group(q)->name);

	return order != 0 ? order : strcmp(process_name(p), process_name(q));
}

void
method_all_process_info(struct rpc_call *call)
{
	struct xval *list = xval_array();
	struct process **procs;
	size_t n, i;

	procs = registry_by_priority(method_host(call)->registry, &n);
	if (procs == NULL && n > 0)
		xval_append(list, NULL);
	else if (n > 0)
		qsort(procs, n, sizeof(*procs), method_compare);
	for (i = 0; i < n && procs != NULL; i++)
		xval_append(list, method_info(procs[i]));
	free(procs);
	rpc_answer(call, list);
}
