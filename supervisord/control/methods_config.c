/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration as clients see it. */
#include "supervisord/control/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/diff.h"
#include "supervisord/config/option.h"
#include "supervisord/io/child.h"

/* Makes an array of the names of groups. */
static struct xval *
method_names(struct config_group *const *groups, size_t n)
{
	struct xval *names = xval_array();
	size_t i;

	for (i = 0; i < n; i++)
		xval_append(names, xval_string(groups[i]->name));
	return names;
}

/* A new vector of the configurations of the active groups, in their order. */
static struct config_group **
method_active(const struct control_host *host, size_t *n)
{
	struct config_group **active;
	struct group *group;

	*n = 0;
	TAILQ_FOREACH (group, registry_groups(host->registry), entry)
		(*n)++;
	active = calloc(*n + 1, sizeof(*active));
	if (active == NULL)
		return NULL;
	*n = 0;
	TAILQ_FOREACH (group, registry_groups(host->registry), entry)
		/* The diff only reads; its vectors are not const. */
		active[(*n)++] =
		    (struct config_group *)(uintptr_t)host->group_config(
			host->arg, group);
	return active;
}

/* Compares what runs with what was read: [[added, changed, removed]]. */
static struct xval *
method_changes(const struct control_host *host)
{
	struct xval *outer = xval_array(), *inner = xval_array();
	struct config_group **active;
	struct config_diff diff;
	size_t n;

	active = method_active(host, &n);
	if (active == NULL ||
	    config_diff(&diff, active, n, host->next_config(host->arg)) == -1)
		xval_append(inner, NULL);
	else {
		xval_append(inner, method_names(diff.added, diff.nadded));
		xval_append(inner, method_names(diff.changed, diff.nchanged));
		xval_append(inner, method_names(diff.removed, diff.nremoved));
		config_diff_free(&diff);
	}
	free(active);
	xval_append(outer, inner);
	return outer;
}

void
method_reload_config(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	char *err = NULL;

	if (host->reread(host->arg, &err) == 0)
		rpc_answer(call, method_changes(host));
	else
		rpc_fault(call, FAULT_CANT_REREAD, err);
	free(err);
}

void
method_add_group(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	const char *name = rpc_string(call, 0, NULL);
	char *err = NULL;

	if (host->add_group(host->arg, name, &err) == 0)
		rpc_answer_true(call);
	else if (errno == EEXIST)
		rpc_fault(call, FAULT_ALREADY_ADDED, name);
	else if (errno == ENOENT)
		rpc_fault(call, FAULT_BAD_NAME, name);
	else
		rpc_fault(
		    call, FAULT_FAILED, err != NULL ? err : strerror(errno));
	free(err);
}

void
method_remove_group(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	const char *name = rpc_string(call, 0, NULL);

	if (host->remove_group(host->arg, name) == 0)
		rpc_answer_true(call);
	else if (errno == EBUSY)
		rpc_fault(call, FAULT_STILL_RUNNING, name);
	else if (errno == ENOENT)
		rpc_fault(call, FAULT_BAD_NAME, name);
	else
		rpc_fault(call, FAULT_FAILED, strerror(errno));
}

/* A configured process, with the active one made from it if there is one. */
struct method_entry {
	const struct config_group *group;
	const struct config_process *config;
	const struct process *process; /* or NULL */
	bool inuse;
	struct xval *info;
};

/* The value of a key, as getAllConfigInfo shows it. */
static struct xval *
method_config_value(const struct confopt *option, const struct confopt_value *v)
{
	struct xval *list;
	size_t i;

	switch (v->type) {
	case CONFOPT_BOOLEAN:
		return xval_bool(v->boolean);
	case CONFOPT_AUTORESTART:
		if (v->integer == CONFOPT_AUTORESTART_UNEXPECTED)
			return xval_string("unexpected");
		return xval_bool(v->integer == CONFOPT_AUTORESTART_TRUE);
	case CONFOPT_EXITCODES:
		list = xval_array();
		for (i = 0; i < v->ints.n; i++)
			xval_append(list, xval_int(v->ints.v[i]));
		return list;
	case CONFOPT_USER:
		return v->is_set ? xval_int(v->integer) : xval_string("none");
	case CONFOPT_INTEGER:
	case CONFOPT_BYTES:
	case CONFOPT_OCTAL:
	case CONFOPT_LEVEL:
	case CONFOPT_SIGNAL:
		return xval_int(v->integer);
	default:
		(void)option;
		return xval_string(
		    v->is_set && v->string != NULL ? v->string : "none");
	}
}

/* The real name of an AUTO log, once its group was made from this entry. */
static const char *
method_auto_log(const struct method_entry *entry, const char *info)
{
	enum config_channel_id channel =
	    strcmp(info, "stderr_logfile") == 0 ? CONFIG_STDERR : CONFIG_STDOUT;

	if (entry->process == NULL ||
	    (channel == CONFIG_STDOUT && strcmp(info, "stdout_logfile") != 0) ||
	    entry->config->channel[channel].logfile.kind != CONFOPT_LOG_AUTO)
		return NULL;
	return child_log_path(child_of(entry->process), channel);
}

static void
method_emit(void *arg, const struct confopt *option, const char *info,
    const struct confopt_value *value)
{
	struct method_entry *entry = arg;
	const char *path = method_auto_log(entry, info);

	xval_set(entry->info, info,
	    path != NULL ? xval_string(path)
			 : method_config_value(option, value));
}

static struct xval *
method_config_info(struct method_entry *entry)
{
	entry->info = xval_struct();
	xval_set(entry->info, "name", xval_string(entry->config->name));
	xval_set(entry->info, "group", xval_string(entry->group->name));
	xval_set(entry->info, "group_prio", xval_int(entry->group->priority));
	xval_set(entry->info, "inuse", xval_bool(entry->inuse));
	config_process_info(entry->config, method_emit, entry);
	return entry->info;
}

static int
method_entry_compare(const void *a, const void *b)
{
	const struct method_entry *p = a, *q = b;
	int order = strcmp(p->config->name, q->config->name);

	if (order != 0)
		return order;
	return strcmp(p->group->name, q->group->name);
}

/* Lists the processes of a configuration; their number. */
static size_t
method_entries(const struct control_host *host, const struct config *config,
    struct method_entry *entries)
{
	size_t n = 0, i, j;

	for (i = 0; i < config->ngroups; i++) {
		const struct config_group *g = config->groups[i];
		struct group *active = registry_find(host->registry, g->name);
		bool same = active != NULL &&
		    host->group_config(host->arg, active) == g;

		for (j = 0; j < g->nprocesses; j++, n++) {
			if (entries == NULL)
				continue;
			entries[n].group = g;
			entries[n].config = g->processes[j];
			entries[n].inuse = active != NULL;
			if (same)
				entries[n].process =
				    group_find(active, g->processes[j]->name);
		}
	}
	return n;
}

void
method_all_config_info(struct rpc_call *call)
{
	const struct control_host *host = method_host(call);
	const struct config *config = host->next_config(host->arg);
	size_t n = method_entries(host, config, NULL), i;
	struct method_entry *entries = calloc(n + 1, sizeof(*entries));
	struct xval *list = xval_array();

	if (entries == NULL)
		xval_append(list, NULL);
	else {
		method_entries(host, config, entries);
		qsort(entries, n, sizeof(*entries), method_entry_compare);
	}
	for (i = 0; i < n && entries != NULL; i++)
		xval_append(list, method_config_info(&entries[i]));
	free(entries);
	rpc_answer(call, list);
}
