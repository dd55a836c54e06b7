/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that show processes: status and pid. */
#include "supervisorctl/commands.h"

#include <inttypes.h>
#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "common/pystr.h"
#include "supervisorctl/report.h"

/* Columns of the status table (law 6). */
#define CMD_NAME_WIDTH	30
#define CMD_NAME_GAP	3
#define CMD_STATE_WIDTH 10

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

/* The terminal's way to show a state; "" for one that needs no attention. */
static const char *
cmd_colour(const char *statename)
{
	static const struct {
		const char *state, *colour;
	} colours[] = {
	    {"RUNNING", "\033[32m"},
	    {"STARTING", "\033[33m"},
	    {"STOPPING", "\033[33m"},
	    {"BACKOFF", "\033[1;33m"},
	    {"FATAL", "\033[1;31m"},
	    {"UNKNOWN", "\033[1;31m"},
	    {"EXITED", "\033[36m"},
	};
	size_t i;

	for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(colours[i].state, statename) == 0)
			return colours[i].colour;
	return "";
}

/* Prints the line of a process. */
static void
cmd_row(struct ctl *ctl, const struct xval *info, size_t width)
{
	const char *state = xval_get_string(info, "statename");
	const char *colour = ctl->colour ? cmd_colour(state) : "";

	cmd_pad(ctl, cmd_namespec(ctl, info), width + CMD_NAME_GAP);
	fputs(colour, ctl->out);
	cmd_pad(ctl, state, CMD_STATE_WIDTH);
	if (*colour != '\0')
		fputs("\033[0m", ctl->out);
	fprintf(ctl->out, "%s\n", xval_get_string(info, "description"));
	report_begin(ctl);
	report_string(ctl, "process", cmd_namespec(ctl, info));
	report_members(ctl, info);
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
		cmd_row(ctl, infos->v[i], width);
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
	ctl->status = CTL_STATUS_UNKNOWN;
	if (process == NULL) {
		cmd_no_group(ctl, group, CTL_STATUS_UNKNOWN);
		return;
	}
	fprintf(ctl->out, "%s: ERROR (no such process)\n", name);
	cmd_report(ctl, name, false, FAULT_BAD_NAME, "no such process");
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
		if (ctl->status != CTL_GENERIC) /* L-028 */
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

static void
cmd_print_pid(struct ctl *ctl, const char *name, int64_t pid)
{
	fprintf(ctl->out, "%" PRId64 "\n", pid);
	report_begin(ctl);
	report_string(ctl, "process", name);
	report_int(ctl, "pid", pid);
}

static void
cmd_pid_of_daemon(struct ctl *ctl)
{
	struct client_reply reply;

	if (client_call(ctl->client, &reply, "supervisor.getPID", "") !=
	    CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	else
		cmd_print_pid(ctl, "supervisord", xval_as_int(reply.value));
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
		cmd_print_pid(ctl, cmd_namespec(ctl, xval_at(reply.value, i)),
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
		cmd_print_pid(ctl, name, pid);
		if (pid == 0)
			ctl->status = CTL_NOT_RUNNING;
	} else if (reply.status == CLIENT_FAULT &&
	    reply.fault_code == FAULT_BAD_NAME) {
		fprintf(ctl->out, "No such process %s\n", name);
		cmd_report(ctl, name, false, FAULT_BAD_NAME, "no such process");
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
