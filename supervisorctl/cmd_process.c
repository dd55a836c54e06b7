/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about processes: status, start, stop, restart, signal, clear, pid.
 */
#include "supervisorctl/commands.h"

#include <inttypes.h>
#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "common/pystr.h"

/* Columns of the status table (law 6). */
#define CMD_NAME_WIDTH	30
#define CMD_NAME_GAP	3
#define CMD_STATE_WIDTH 10

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
};

/* A command that does one thing to processes and prints a line for each. */
struct cmd_verb {
	const char *one;	/* method for a process */
	const char *group;	/* for a group; NULL: member by member */
	const char *all;	/* for all processes */
	const char *done;	/* what to print on success */
	int ignored;		/* fault that does not spoil the exit status */
	enum ctl_exit no_group; /* status for an unknown group */
	const char *signal;	/* second parameter, or NULL */
};

/* Prints the line of one result, and lets it decide the exit status. */
static void
cmd_result(struct ctl *ctl, const struct cmd_verb *verb, const char *name,
    int code, const char *description)
{
	size_t i;

	ctl_fault_status(ctl, code, verb->ignored);
	if (code == FAULT_SUCCESS) {
		fprintf(ctl->out, "%s: %s\n", name, verb->done);
		return;
	}
	for (i = 0; i < sizeof(cmd_faults) / sizeof(cmd_faults[0]); i++)
		if (cmd_faults[i].code == code) {
			fprintf(ctl->out, "%s: ERROR (%s)\n", name,
			    cmd_faults[i].text);
			return;
		}
	if (code == FAULT_FAILED)
		fprintf(ctl->out, "%s: ERROR (%s)\n", name, description);
	else
		fprintf(ctl->out, "error: Unknown result code %d for %s\n",
		    code, name);
}

/* Calls a method with a name, or none, and the signal if there is one. */
static enum client_status
cmd_call(struct ctl *ctl, const struct cmd_verb *verb, const char *method,
    const char *name, struct client_reply *reply)
{
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

/* Does it to one process. */
static void
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
	if (reply.status == CLIENT_OK && !found) {
		fprintf(ctl->out, "%s: ERROR (no such group)\n", group);
		ctl->status = verb->no_group;
	}
	client_clear(&reply);
}

/* Does it to a group. */
static void
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
	    reply.fault_code == FAULT_BAD_NAME) {
		fprintf(ctl->out, "%s: ERROR (no such group)\n", group);
		ctl->status = verb->no_group;
	} else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

/* Does it to all processes. */
static void
cmd_all(struct ctl *ctl, const struct cmd_verb *verb)
{
	struct client_reply reply;

	if (cmd_call(ctl, verb, verb->all, NULL, &reply) == CLIENT_OK)
		cmd_results(ctl, verb, reply.value);
	else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

/* Does it to each name in turn (L-036). */
static void
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

static const struct cmd_verb cmd_verb_start = {
    .one = "supervisor.startProcess",
    .group = "supervisor.startProcessGroup",
    .all = "supervisor.startAllProcesses",
    .done = "started",
    .ignored = FAULT_ALREADY_STARTED,
    .no_group = CTL_INVALID_ARGS,
};

static const struct cmd_verb cmd_verb_stop = {
    .one = "supervisor.stopProcess",
    .group = "supervisor.stopProcessGroup",
    .all = "supervisor.stopAllProcesses",
    .done = "stopped",
    .ignored = FAULT_NOT_RUNNING,
    .no_group = CTL_GENERIC,
};

static const struct cmd_verb cmd_verb_clear = {
    .one = "supervisor.clearProcessLogs",
    .all = "supervisor.clearAllProcessLogs",
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
	(void)arg;
	if (words->n == 0) {
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: restart requires a process name");
		return;
	}
	cmd_each(ctl, &cmd_verb_stop, words);
	cmd_each(ctl, &cmd_verb_start, words);
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

/* Writes text, and blanks up to a width in characters. */
static void
cmd_pad(struct ctl *ctl, const char *text, size_t width)
{
	size_t len = pystr_length(text, strlen(text));

	fputs(text, ctl->out);
	for (; len < width; len++)
		putc(' ', ctl->out);
}

/* The infos that are shown, in order; a name may bring one in twice. */
struct cmd_infos {
	const struct xval **v;
	size_t n;
};

static void
cmd_show(struct ctl *ctl, struct cmd_infos *infos, const struct xval *info)
{
	infos->v = pool_grow(ctl->pool, infos->v, infos->n, sizeof(*infos->v));
	infos->v[infos->n++] = info;
}

static const char *
cmd_namespec(struct ctl *ctl, const struct xval *info)
{
	return ctl_join(
	    ctl, xval_get_string(info, "group"), xval_get_string(info, "name"));
}

/* Prints the table; a stopped process decides the status (L-032, L-035). */
static void
cmd_table(struct ctl *ctl, const struct cmd_infos *infos)
{
	size_t i, len, width = CMD_NAME_WIDTH;
	const char *name;
	int64_t state;

	for (i = 0; i < infos->n; i++) {
		name = cmd_namespec(ctl, infos->v[i]);
		len = pystr_length(name, strlen(name));
		width = len > width ? len : width;
	}
	for (i = 0; i < infos->n; i++) {
		cmd_pad(
		    ctl, cmd_namespec(ctl, infos->v[i]), width + CMD_NAME_GAP);
		cmd_pad(ctl, xval_get_string(infos->v[i], "statename"),
		    CMD_STATE_WIDTH);
		fprintf(ctl->out, "%s\n",
		    xval_get_string(infos->v[i], "description"));
		state = xval_get_int(infos->v[i], "state");
		/* STOPPED, EXITED, FATAL, UNKNOWN (P-001, P-002) */
		if (state == 0 || state == 100 || state == 200 || state == 1000)
			ctl->status = CTL_STATUS_NOT_RUNNING;
	}
}

/* Picks what a name means; says so if that is nothing. */
static void
cmd_pick(struct ctl *ctl, const struct xval *all, const char *name,
    struct cmd_infos *infos)
{
	size_t before = infos->n, i;
	const char *group, *process;
	const struct xval *info;

	ctl_split(ctl, name, &group, &process);
	for (i = 0; i < xval_count(all); i++) {
		info = xval_at(all, i);
		if (strcmp(xval_get_string(info, "group"), group) == 0 &&
		    (process == NULL ||
			strcmp(xval_get_string(info, "name"), process) == 0))
			cmd_show(ctl, infos, info);
	}
	if (infos->n > before)
		return;
	if (process == NULL)
		fprintf(ctl->out, "%s: ERROR (no such group)\n", group);
	else
		fprintf(ctl->out, "%s: ERROR (no such process)\n", name);
	ctl->status = CTL_STATUS_UNKNOWN;
}

void
cmd_status(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct cmd_infos infos = {NULL, 0};
	struct client_reply reply;
	size_t i;

	(void)command;
	(void)arg;
	if (!ctl_check_server(ctl)) {
		ctl->status = CTL_STATUS_UNKNOWN;
		return;
	}
	if (client_call(ctl->client, &reply, "supervisor.getAllProcessInfo",
		"") != CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	else if (words->n == 0 || ctl_has_word(words, "all"))
		for (i = 0; i < xval_count(reply.value); i++)
			cmd_show(ctl, &infos, xval_at(reply.value, i));
	else
		for (i = 0; i < words->n; i++)
			cmd_pick(ctl, reply.value, words->v[i], &infos);
	cmd_table(ctl, &infos);
	client_clear(&reply);
}

/* Prints a method's integer answer. */
static void
cmd_pid_of_daemon(struct ctl *ctl)
{
	struct client_reply reply;

	if (client_call(ctl->client, &reply, "supervisor.getPID", "") !=
	    CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	else
		fprintf(ctl->out, "%" PRId64 "\n", xval_as_int(reply.value));
	client_clear(&reply);
}

static void
cmd_pid_of_all(struct ctl *ctl)
{
	struct client_reply reply;
	size_t i;

	if (client_call(ctl->client, &reply, "supervisor.getAllProcessInfo",
		"") != CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	for (i = 0; i < xval_count(reply.value); i++)
		fprintf(ctl->out, "%" PRId64 "\n",
		    xval_get_int(xval_at(reply.value, i), "pid"));
	client_clear(&reply);
}

static void
cmd_pid_of(struct ctl *ctl, const char *name)
{
	struct client_reply reply;
	int64_t pid;

	client_call(
	    ctl->client, &reply, "supervisor.getProcessInfo", "s", name);
	if (reply.status == CLIENT_OK) {
		pid = xval_get_int(reply.value, "pid");
		fprintf(ctl->out, "%" PRId64 "\n", pid);
		if (pid == 0)
			ctl->status = CTL_NOT_RUNNING;
	} else if (reply.status == CLIENT_FAULT &&
	    reply.fault_code == FAULT_BAD_NAME) {
		fprintf(ctl->out, "No such process %s\n", name);
		ctl->status = CTL_GENERIC;
	} else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

void
cmd_pid(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	size_t i;

	(void)command;
	(void)arg;
	if (words->n == 0)
		cmd_pid_of_daemon(ctl);
	else if (ctl_has_word(words, "all"))
		cmd_pid_of_all(ctl);
	else
		for (i = 0; i < words->n; i++)
			cmd_pid_of(ctl, words->v[i]);
}
