/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that do something to processes: start, stop, restart, signal, clear.
 */
#include "supervisorctl/commands.h"
#include "supervisorctl/verb.h"

#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "supervisorctl/progress.h"
#include "supervisorctl/report.h"

/* What a fault of a single process is called, whichever command meets it. */
static const struct {
	int code;
	const char *text;
} cmd_faults[] = {
    {FAULT_BAD_NAME, "no such process"},
    {FAULT_BAD_SIGNAL, "bad signal name"},
    {FAULT_NO_FILE, "no such file"},
    {FAULT_NOT_EXECUTABLE, "file is not executable"},
    {FAULT_ALREADY_STARTED, "already started"},
    {FAULT_SPAWN_ERROR, "spawn error"},
    {FAULT_ABNORMAL_TERMINATION, "abnormal termination"},
    {FAULT_NOT_RUNNING, "not running"},
    {FAULT_NOT_PERMITTED, "not permitted"},
};

void
cmd_report(
    struct ctl *ctl, const char *name, bool fine, int code, const char *result)
{
	report_begin(ctl);
	report_string(ctl, "process", name);
	report_bool(ctl, "ok", fine);
	report_int(ctl, "code", code);
	report_string(ctl, "result", result);
}

/* What a fault of a process is called; `description` for those without name. */
static const char *
cmd_fault_text(int code, const char *description)
{
	size_t i;

	for (i = 0; i < sizeof(cmd_faults) / sizeof(cmd_faults[0]); i++)
		if (cmd_faults[i].code == code)
			return cmd_faults[i].text;
	return description;
}

/* Prints the line of one result, and lets it decide the exit status. */
static void
cmd_result(struct ctl *ctl, const struct cmd_verb *verb, const char *name,
    int code, const char *description)
{
	const char *why = code == FAULT_SUCCESS
	    ? verb->done
	    : cmd_fault_text(code, code == FAULT_FAILED ? description : NULL);

	ctl_fault_status(ctl, code, verb->ignored);
	cmd_report(ctl, name, code == FAULT_SUCCESS || code == verb->ignored,
	    code, why == NULL ? description : why);
	if (code == FAULT_SUCCESS)
		fprintf(ctl->out, "%s: %s\n", name, why);
	else if (why != NULL)
		fprintf(ctl->out, "%s: ERROR (%s)\n", name, why);
	else
		fprintf(ctl->out, "error: Unknown result code %d for %s\n",
		    code, name);
}

/* Calls a method with a name, or none, and the signal if there is one. */
static enum client_status
cmd_call(struct ctl *ctl, const struct cmd_verb *verb, const char *method,
    const char *name, struct client_reply *reply)
{
	progress_about(ctl, verb->doing, name == NULL ? "all processes" : name);
	if (name == NULL && verb->signal == NULL)
		return client_call(ctl->client, reply, method, "");
	if (name == NULL)
		return client_call(
		    ctl->client, reply, method, "s", verb->signal);
	if (verb->signal == NULL)
		return client_call(ctl->client, reply, method, "s", name);
	return client_call(
	    ctl->client, reply, method, "ss", name, verb->signal);
}

/* Prints an array of result structures. */
static void
cmd_results(
    struct ctl *ctl, const struct cmd_verb *verb, const struct xval *results)
{
	const struct xval *r;
	size_t i;

	for (i = 0; i < xval_count(results); i++) {
		r = xval_at(results, i);
		cmd_result(ctl, verb,
		    ctl_join(ctl, xval_get_string(r, "group"),
			xval_get_string(r, "name")),
		    (int)xval_get_int(r, "status"),
		    xval_get_string(r, "description"));
	}
}

void
cmd_one(struct ctl *ctl, const struct cmd_verb *verb, const char *name)
{
	struct client_reply reply;
	const char *group, *process;

	ctl_split(ctl, name, &group, &process);
	name = ctl_join(ctl, group, process);
	switch (cmd_call(ctl, verb, verb->one, name, &reply)) {
	case CLIENT_OK:
		cmd_result(ctl, verb, name, FAULT_SUCCESS, "");
		break;
	case CLIENT_FAULT:
		cmd_result(ctl, verb, name, reply.fault_code, reply.text);
		break;
	default:
		ctl_unexpected(ctl, &reply);
	}
	client_clear(&reply);
}

void
cmd_no_group(struct ctl *ctl, const char *group, enum ctl_exit status)
{
	fprintf(ctl->out, "%s: ERROR (no such group)\n", group);
	cmd_report(ctl, group, false, FAULT_BAD_NAME, "no such group");
	ctl->status = status;
}

/* Does it to the members of a group, one by one, for want of a method. */
static void
cmd_members(struct ctl *ctl, const struct cmd_verb *verb, const char *group)
{
	struct client_reply reply;
	const struct xval *info;
	bool found = false;
	size_t i;

	if (client_call(ctl->client, &reply, "supervisor.getAllProcessInfo",
		"") != CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	for (i = 0; i < xval_count(reply.value); i++) {
		info = xval_at(reply.value, i);
		if (strcmp(xval_get_string(info, "group"), group) != 0)
			continue;
		found = true;
		cmd_one(ctl, verb,
		    pool_printf(ctl->pool, "%s:%s", group,
			xval_get_string(info, "name")));
	}
	if (reply.status == CLIENT_OK && !found)
		cmd_no_group(ctl, group, verb->no_group);
	client_clear(&reply);
}

void
cmd_group(struct ctl *ctl, const struct cmd_verb *verb, const char *group)
{
	struct client_reply reply;

	if (verb->group == NULL) {
		cmd_members(ctl, verb, group);
		return;
	}
	if (cmd_call(ctl, verb, verb->group, group, &reply) == CLIENT_OK)
		cmd_results(ctl, verb, reply.value);
	else if (reply.status == CLIENT_FAULT &&
	    reply.fault_code == FAULT_BAD_NAME)
		cmd_no_group(ctl, group, verb->no_group);
	else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

void
cmd_all(struct ctl *ctl, const struct cmd_verb *verb)
{
	struct client_reply reply;

	if (cmd_call(ctl, verb, verb->all, NULL, &reply) == CLIENT_OK)
		cmd_results(ctl, verb, reply.value);
	else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

void
cmd_each(
    struct ctl *ctl, const struct cmd_verb *verb, const struct ctl_words *names)
{
	const char *group, *process;
	size_t i;

	if (ctl_has_word(names, "all")) {
		cmd_all(ctl, verb);
		return;
	}
	for (i = 0; i < names->n; i++) {
		ctl_split(ctl, names->v[i], &group, &process);
		if (process == NULL)
			cmd_group(ctl, verb, group);
		else
			cmd_one(ctl, verb, names->v[i]);
	}
}

const struct cmd_verb cmd_verb_start = {
    .one = "supervisor.startProcess",
    .group = "supervisor.startProcessGroup",
    .all = "supervisor.startAllProcesses",
    .doing = "starting",
    .done = "started",
    .ignored = FAULT_ALREADY_STARTED,
    .no_group = CTL_INVALID_ARGS,
};

static const struct cmd_verb cmd_verb_stop = {
    .one = "supervisor.stopProcess",
    .group = "supervisor.stopProcessGroup",
    .all = "supervisor.stopAllProcesses",
    .doing = "stopping",
    .done = "stopped",
    .ignored = FAULT_NOT_RUNNING,
    .no_group = CTL_GENERIC,
};

static const struct cmd_verb cmd_verb_clear = {
    .one = "supervisor.clearProcessLogs",
    .all = "supervisor.clearAllProcessLogs",
    .doing = "clearing",
    .done = "cleared",
    .no_group = CTL_GENERIC,
};

void
cmd_start(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	(void)arg;
	if (words->n == 0)
		ctl_usage(ctl, command, CTL_INVALID_ARGS,
		    "Error: start requires a process name");
	else
		cmd_each(ctl, &cmd_verb_start, words);
}

void
cmd_stop(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	(void)arg;
	if (words->n == 0)
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: stop requires a process name");
	else
		cmd_each(ctl, &cmd_verb_stop, words);
}

void
cmd_restart(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct ctl_words names = *words;
	bool graceful =
	    ctl_take_flag(ctl, &names, "--graceful") || ctl->graceful;

	(void)arg;
	if (names.n == 0) {
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: restart requires a process name");
		return;
	}
	if (graceful) {
		cmd_restart_graceful(ctl, &names);
		return;
	}
	cmd_each(ctl, &cmd_verb_stop, &names);
	cmd_each(ctl, &cmd_verb_start, &names);
}

void
cmd_clear(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	(void)arg;
	if (words->n == 0)
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: clear requires a process name");
	else
		cmd_each(ctl, &cmd_verb_clear, words);
}

void
cmd_signal(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct cmd_verb verb = {
	    .one = "supervisor.signalProcess",
	    .group = "supervisor.signalProcessGroup",
	    .all = "supervisor.signalAllProcesses",
	    .doing = "signalling",
	    .done = "signalled",
	    .no_group = CTL_GENERIC,
	};
	struct ctl_words names;

	(void)arg;
	if (words->n < 2) {
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: signal requires a signal name and a process name");
		return;
	}
	verb.signal = words->v[0];
	names.v = words->v + 1;
	names.n = words->n - 1;
	cmd_each(ctl, &verb, &names);
}
