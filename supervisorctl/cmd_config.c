/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about the configuration: avail, reread, add, remove, update. */
#include "supervisorctl/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "supervisorctl/progress.h"
#include "supervisorctl/report.h"

static bool
cmd_is_fault(const struct client_reply *reply, int code)
{
	return reply->status == CLIENT_FAULT && reply->fault_code == code;
}

/* Prints an error line; status 1. */
static void
cmd_error(struct ctl *ctl, const char *text, const char *name)
{
	fprintf(ctl->out, "ERROR: %s%s%s\n", text, name == NULL ? "" : ": ",
	    name == NULL ? "" : name);
	report_begin(ctl);
	if (name != NULL)
		report_string(ctl, "group", name);
	report_bool(ctl, "ok", false);
	report_string(ctl, "result", text);
	ctl->status = CTL_GENERIC;
}

/* What was done to a group, as a line and for --json. */
static void
cmd_done(struct ctl *ctl, const char *group, const char *what)
{
	fprintf(ctl->out, "%s: %s\n", group, what);
	report_begin(ctl);
	report_string(ctl, "group", group);
	report_bool(ctl, "ok", true);
	report_string(ctl, "result", what);
}

static void
cmd_avail_line(struct ctl *ctl, const struct xval *info)
{
	report_begin(ctl);
	report_string(ctl, "process",
	    ctl_join(ctl, xval_get_string(info, "group"),
		xval_get_string(info, "name")));
	report_members(ctl, info);
	fprintf(ctl->out, "%-32s %-9s %-9s %" PRId64 ":%" PRId64 "\n",
	    ctl_join(ctl, xval_get_string(info, "group"),
		xval_get_string(info, "name")),
	    xval_as_bool(xval_get(info, "inuse")) ? "in use" : "avail",
	    xval_as_bool(xval_get(info, "autostart")) ? "auto" : "manual",
	    xval_get_int(info, "group_prio"),
	    xval_get_int(info, "process_prio"));
}

void
cmd_avail(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct client_reply reply;
	size_t i;

	(void)words;
	if (!ctl_no_arguments(ctl, command, arg))
		return;
	client_call(ctl->client, &reply, "supervisor.getAllConfigInfo", "");
	if (cmd_is_fault(&reply, FAULT_SHUTDOWN_STATE))
		cmd_error(ctl, "supervisor shutting down", NULL);
	else if (reply.status != CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	for (i = 0; i < xval_count(reply.value); i++)
		cmd_avail_line(ctl, xval_at(reply.value, i));
	client_clear(&reply);
}

/* A line of reread's answer. */
struct cmd_change {
	const char *group;
	const char *what;
};

static int
cmd_change_compare(const void *a, const void *b)
{
	return strcmp(((const struct cmd_change *)a)->group,
	    ((const struct cmd_change *)b)->group);
}

/* The three lists of a reloadConfig answer, in its order. */
enum { CMD_ADDED, CMD_CHANGED, CMD_REMOVED, CMD_NLISTS };

static const struct xval *
cmd_list(const struct client_reply *reply, size_t which)
{
	return xval_at(xval_at(reply->value, 0), which);
}

/* Prints what is different, sorted by name (L-061). */
static void
cmd_print_changes(struct ctl *ctl, const struct client_reply *reply)
{
	static const char *const what[CMD_NLISTS] = {
	    "available", "changed", "disappeared"};
	struct cmd_change *changes = NULL;
	size_t n = 0, list, i;

	for (list = 0; list < CMD_NLISTS; list++)
		for (i = 0; i < xval_count(cmd_list(reply, list)); i++) {
			changes =
			    pool_grow(ctl->pool, changes, n, sizeof(*changes));
			changes[n].group = xval_as_string(
			    xval_at(cmd_list(reply, list), i), NULL);
			changes[n++].what = what[list];
		}
	if (n == 0) {
		fputs("No config updates to processes\n", ctl->out);
		return;
	}
	qsort(changes, n, sizeof(*changes), cmd_change_compare);
	for (i = 0; i < n; i++)
		cmd_done(ctl, changes[i].group, changes[i].what);
}

/* Has the server read its configuration; says what went wrong. */
static bool
cmd_reload_config(
    struct ctl *ctl, struct client_reply *reply, const char *shutting_down)
{
	client_call(ctl->client, reply, "supervisor.reloadConfig", "");
	if (cmd_is_fault(reply, FAULT_SHUTDOWN_STATE))
		cmd_error(ctl, shutting_down, NULL);
	else if (cmd_is_fault(reply, FAULT_CANT_REREAD))
		cmd_error(ctl, reply->text, NULL);
	else if (reply->status != CLIENT_OK)
		ctl_unexpected(ctl, reply);
	return reply->status == CLIENT_OK;
}

void
cmd_reread(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct client_reply reply;

	(void)words;
	if (!ctl_no_arguments(ctl, command, arg))
		return;
	if (cmd_reload_config(ctl, &reply, "supervisor shutting down"))
		cmd_print_changes(ctl, &reply);
	client_clear(&reply);
}

/* Makes a group active; false if that failed, which is said. */
static bool
cmd_add_group(struct ctl *ctl, const char *group, const char *done)
{
	struct client_reply reply;
	bool fine;

	fine = client_call(ctl->client, &reply, "supervisor.addProcessGroup",
		   "s", group) == CLIENT_OK;
	if (fine)
		cmd_done(ctl, group, done);
	else if (cmd_is_fault(&reply, FAULT_SHUTDOWN_STATE))
		cmd_error(ctl, "shutting down", NULL);
	else if (cmd_is_fault(&reply, FAULT_ALREADY_ADDED))
		fputs("ERROR: process group already active\n", ctl->out);
	else if (cmd_is_fault(&reply, FAULT_BAD_NAME))
		cmd_error(ctl, "no such process/group", group);
	else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
	return fine;
}

/* Makes a group inactive; false if that failed, which is said. */
static bool
cmd_remove_group(struct ctl *ctl, const char *group)
{
	struct client_reply reply;
	bool fine;

	fine = client_call(ctl->client, &reply, "supervisor.removeProcessGroup",
		   "s", group) == CLIENT_OK;
	if (cmd_is_fault(&reply, FAULT_STILL_RUNNING))
		cmd_error(ctl, "process/group still running", group);
	else if (cmd_is_fault(&reply, FAULT_BAD_NAME))
		cmd_error(ctl, "no such process/group", group);
	else if (!fine)
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
	return fine;
}

void
cmd_add(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	size_t i;

	(void)command;
	(void)arg;
	for (i = 0; i < words->n; i++)
		cmd_add_group(ctl, words->v[i], "added process group");
}

void
cmd_remove(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	size_t i;

	(void)command;
	(void)arg;
	for (i = 0; i < words->n; i++)
		if (cmd_remove_group(ctl, words->v[i]))
			cmd_done(ctl, words->v[i], "removed process group");
}

/* Stops a group before it is removed; false if a member could not be. */
static bool
cmd_stop_group(struct ctl *ctl, const char *group, bool graceful)
{
	struct client_reply reply;
	bool fine;
	size_t i;

	progress_about(ctl, "stopping", group);
	if (graceful)
		fine = client_call(ctl->client, &reply, "appbase.gracefulStop",
			   "s",
			   pool_printf(ctl->pool, "%s:*", group)) == CLIENT_OK;
	else
		fine =
		    client_call(ctl->client, &reply,
			"supervisor.stopProcessGroup", "s", group) == CLIENT_OK;
	if (fine)
		cmd_done(ctl, group, "stopped");
	else
		ctl_unexpected(ctl, &reply);
	for (i = 0; i < xval_count(reply.value) && fine; i++)
		if (xval_get_int(xval_at(reply.value, i), "status") ==
		    FAULT_FAILED) {
			fprintf(ctl->out, "%s: has problems; not removing\n",
			    group);
			cmd_report(ctl, group, false, FAULT_FAILED,
			    "has problems; not removing");
			ctl->status = CTL_GENERIC;
			fine = false;
		}
	client_clear(&reply);
	return fine;
}

/* Is the name an active group, or one that was added? */
static bool
cmd_is_group(const char *name, const struct client_reply *changes,
    const struct client_reply *active)
{
	const struct xval *added = cmd_list(changes, CMD_ADDED);
	size_t i;

	for (i = 0; i < xval_count(active->value); i++)
		if (strcmp(xval_get_string(xval_at(active->value, i), "group"),
			name) == 0)
			return true;
	for (i = 0; i < xval_count(added); i++)
		if (strcmp(xval_as_string(xval_at(added, i), NULL), name) == 0)
			return true;
	return false;
}

/* Says which of the names of an update are no groups (L-067). */
static bool
cmd_check_groups(struct ctl *ctl, const struct client_reply *changes,
    const struct ctl_words *names)
{
	struct client_reply active;
	bool fine;
	size_t i;

	fine = client_call(ctl->client, &active, "supervisor.getAllProcessInfo",
		   "") == CLIENT_OK;
	if (!fine)
		ctl_unexpected(ctl, &active);
	for (i = 0; i < names->n && fine; i++)
		if (!cmd_is_group(names->v[i], changes, &active))
			cmd_error(ctl, "no such group", names->v[i]);
	client_clear(&active);
	return fine;
}

static void
cmd_update_group(struct ctl *ctl, const char *group, size_t list, bool graceful)
{
	switch (list) {
	case CMD_REMOVED:
		if (cmd_stop_group(ctl, group, graceful) &&
		    cmd_remove_group(ctl, group))
			cmd_done(ctl, group, "removed process group");
		break;
	case CMD_CHANGED:
		if (cmd_stop_group(ctl, group, graceful) &&
		    cmd_remove_group(ctl, group))
			cmd_add_group(ctl, group, "updated process group");
		break;
	default:
		cmd_add_group(ctl, group, "added process group");
	}
}

void
cmd_update(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	static const size_t order[] = {CMD_REMOVED, CMD_CHANGED, CMD_ADDED};
	struct ctl_words names = *words;
	bool graceful =
	    ctl_take_flag(ctl, &names, "--graceful") || ctl->graceful;
	bool everything = names.n == 0 || ctl_has_word(&names, "all");
	struct client_reply changes;
	const struct xval *list;
	const char *group;
	size_t i, j;

	(void)command;
	(void)arg;
	if (!cmd_reload_config(ctl, &changes, "already shutting down") ||
	    (!everything && !cmd_check_groups(ctl, &changes, &names))) {
		client_clear(&changes);
		return;
	}
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		list = cmd_list(&changes, order[i]);
		for (j = 0; j < xval_count(list); j++) {
			group = xval_as_string(xval_at(list, j), NULL);
			if (everything || ctl_has_word(&names, group))
				cmd_update_group(
				    ctl, group, order[i], graceful);
		}
	}
	client_clear(&changes);
}
