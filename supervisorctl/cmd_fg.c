/* SPDX-License-Identifier: BSD-2-Clause */
/* The command fg: a process's output on the screen, lines to its input. */
#include "supervisorctl/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/faults.h"
#include "common/pool.h"
#include "supervisorctl/interrupt.h"

/* The longest line that is sent in one piece. */
#define CMD_FG_LINE 8192

struct cmd_fg_session {
	struct ctl *ctl;
	const char *name;
	char line[CMD_FG_LINE];
	size_t len;
};

static bool
cmd_fg_data(void *arg, const char *bytes, size_t len)
{
	struct cmd_fg_session *fg = arg;

	return fwrite(bytes, 1, len, fg->ctl->out) == len &&
	    fflush(fg->ctl->out) == 0;
}

static bool
cmd_fg_interrupted(void *arg)
{
	(void)arg;
	return false;
}

/* Sends text to the process; false if it is not there any more (L-059). */
static bool
cmd_fg_send(struct cmd_fg_session *fg, const char *text)
{
	struct client_reply reply;
	bool fine;

	fine =
	    client_call(fg->ctl->client, &reply, "supervisor.sendProcessStdin",
		"ss", fg->name, text) == CLIENT_OK;
	if (!fine && reply.status == CLIENT_FAULT &&
	    reply.fault_code == FAULT_NOT_RUNNING)
		fputs("Process got killed\n", fg->ctl->out);
	else if (!fine)
		fprintf(fg->ctl->out, "ERROR: %s\n",
		    reply.text == NULL ? "" : reply.text);
	client_clear(&reply);
	return fine;
}

/* Sends the complete lines that were read; all of it if the room is used up. */
static bool
cmd_fg_send_lines(struct cmd_fg_session *fg)
{
	char *end = memrchr(fg->line, '\n', fg->len), *text;
	size_t n = end == NULL ? 0 : (size_t)(end - fg->line) + 1;

	if (n == 0 && fg->len == sizeof(fg->line))
		n = fg->len;
	if (n == 0)
		return true;
	text = pool_strndup(fg->ctl->pool, fg->line, n);
	fg->len -= n;
	memmove(fg->line, fg->line + n, fg->len);
	return cmd_fg_send(fg, text);
}

static bool
cmd_fg_input(void *arg)
{
	struct cmd_fg_session *fg = arg;
	ssize_t n;

	n = read(STDIN_FILENO, fg->line + fg->len, sizeof(fg->line) - fg->len);
	if (n == -1)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	fg->len += (size_t)n;
	return cmd_fg_send_lines(fg);
}

/* Shows both channels and passes lines on, until one side has enough. */
static void
cmd_fg_session(struct ctl *ctl, const char *name)
{
	struct cmd_fg_session fg = {.ctl = ctl, .name = name};
	struct client_stream streams[2] = {
	    {.data = cmd_fg_data, .arg = &fg},
	    {.data = cmd_fg_data, .arg = &fg},
	};
	struct client_watch watches[2] = {
	    {STDIN_FILENO, cmd_fg_input, &fg},
	    {interrupt_open(), cmd_fg_interrupted, NULL},
	};
	const char *escaped = ctl_escape(ctl, name);

	streams[0].path = pool_printf(ctl->pool, "/logtail/%s/stdout", escaped);
	streams[1].path = pool_printf(ctl->pool, "/logtail/%s/stderr", escaped);
	fputs("==> Press Ctrl-C to exit <==\n", ctl->out);
	fflush(ctl->out);
	client_streams(ctl->client, streams, 2, watches, 2);
	if (watches[1].fd != -1)
		interrupt_close();
	client_clear(&streams[0].reply);
	client_clear(&streams[1].reply);
	fputs("Exiting foreground\n", ctl->out);
}

/* Says why there is no session; status 1. */
static void
cmd_fg_refuse(struct ctl *ctl, const char *why)
{
	fprintf(ctl->out, "ERROR: %s\n", why);
	ctl->status = CTL_GENERIC;
}

void
cmd_fg(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct client_reply reply;

	(void)arg;
	if (words->n == 0) {
		ctl_usage(ctl, command, CTL_GENERIC,
		    "ERROR: no process name supplied");
		return;
	}
	if (ctl->report != NULL) {
		cmd_fg_refuse(ctl, "a session is no JSON; see tail -f");
		return;
	}
	if (words->n > 1) {
		cmd_fg_refuse(ctl, "too many process names supplied");
		return;
	}
	client_call(
	    ctl->client, &reply, "supervisor.getProcessInfo", "s", words->v[0]);
	if (reply.status == CLIENT_FAULT && reply.fault_code == FAULT_BAD_NAME)
		cmd_fg_refuse(ctl, "bad process name supplied");
	else if (reply.status != CLIENT_OK)
		ctl_unexpected(ctl, &reply);
	else if (strcmp(xval_get_string(reply.value, "statename"), "RUNNING") !=
	    0)
		cmd_fg_refuse(ctl, "process not running");
	else
		cmd_fg_session(ctl, words->v[0]);
	client_clear(&reply);
}
