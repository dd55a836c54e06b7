/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that show logs: tail and maintail. */
#include "supervisorctl/commands.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "supervisorctl/interrupt.h"
#include "supervisorctl/report.h"

#define CMD_TAIL_BYTES 1600

static bool
cmd_tail_data(void *arg, const char *bytes, size_t len)
{
	struct ctl *ctl = arg;

	if (ctl->report != NULL)
		return report_follow(ctl, bytes, len);
	return fwrite(bytes, 1, len, ctl->out) == len && fflush(ctl->out) == 0;
}

static bool
cmd_tail_interrupted(void *arg)
{
	struct ctl *ctl = arg;

	putc('\n', ctl->out);
	return false;
}

/* Follows a log until Ctrl-C or the end of the connection (L-055, L-056). */
static void
cmd_follow(struct ctl *ctl, const char *path)
{
	struct client_stream stream = {
	    .path = path, .data = cmd_tail_data, .arg = ctl};
	struct client_watch watch = {
	    interrupt_open(), cmd_tail_interrupted, ctl};

	fputs("==> Press Ctrl-C to exit <==\n", ctl->out);
	fflush(ctl->out);
	client_streams(ctl->client, &stream, 1, &watch, 1);
	if (watch.fd != -1)
		interrupt_close();
	if (stream.reply.status == CLIENT_UNAUTHORIZED)
		ctl_unexpected(ctl, &stream.reply);
	else if (stream.reply.status == CLIENT_HTTP)
		fprintf(ctl->err, "%s%s Cannot read, status code %ld\n",
		    client_url(ctl->client), path, stream.reply.http);
	else if (stream.reply.status != CLIENT_OK)
		fprintf(ctl->err, "%s%s Cannot connect, error: %s\n",
		    client_url(ctl->client), path,
		    stream.reply.text == NULL ? "" : stream.reply.text);
	if (stream.reply.status != CLIENT_OK)
		ctl->status = CTL_GENERIC;
	client_clear(&stream.reply);
}

/* What the option of a tail asks for. */
struct cmd_amount {
	bool follow;
	int64_t bytes;
};

/* Reads "-f" or "-N"; says so if it is neither. */
static bool
cmd_amount(struct ctl *ctl, const char *option, struct cmd_amount *amount)
{
	const char *error = "none";

	amount->follow = strcmp(option, "-f") == 0;
	amount->bytes = CMD_TAIL_BYTES;
	if (amount->follow)
		return true;
	if (option[0] == '-' && isdigit((unsigned char)option[1]))
		amount->bytes = strtonum(option + 1, 0, INT32_MAX, &error);
	if (error == NULL)
		return true;
	fprintf(ctl->out, "Error: bad argument %s\n", option);
	ctl->status = CTL_GENERIC;
	return false;
}

/* Prints what a read method has answered, or what its fault means (L-054). */
static void
cmd_print_log(
    struct ctl *ctl, const struct client_reply *reply, const char *name)
{
	const char *text, *why = NULL;
	size_t len;

	if (reply->status == CLIENT_OK) {
		text = xval_as_string(reply->value, &len);
		fwrite(text, 1, len, ctl->out);
		putc('\n', ctl->out);
		report_begin(ctl);
		report_string(ctl, "process", name);
		report_bytes(ctl, "log", text, len);
		return;
	}
	if (reply->status == CLIENT_FAULT) {
		if (reply->fault_code == FAULT_NO_FILE)
			why = "no log file";
		else if (reply->fault_code == FAULT_FAILED)
			why = "unknown error reading log";
		else if (reply->fault_code == FAULT_BAD_NAME)
			why = "no such process name";
	}
	if (why == NULL) {
		ctl_unexpected(ctl, reply);
		return;
	}
	fprintf(ctl->out, "%s: ERROR (%s)\n", name, why);
	cmd_report(ctl, name, false, reply->fault_code, why);
	ctl->status = CTL_GENERIC;
}

/* Shows or follows one channel of a process. */
static void
cmd_tail_channel(struct ctl *ctl, const char *name, const char *channel,
    const struct cmd_amount *amount)
{
	struct client_reply reply;

	if (amount->follow) {
		cmd_follow(ctl,
		    pool_printf(ctl->pool, "/logtail/%s/%s",
			ctl_escape(ctl, name), channel));
		return;
	}
	client_call(ctl->client, &reply,
	    strcmp(channel, "stdout") == 0 ? "supervisor.readProcessStdoutLog"
					   : "supervisor.readProcessStderrLog",
	    "sii", name, -amount->bytes, (int64_t)0);
	cmd_print_log(ctl, &reply, name);
	client_clear(&reply);
}

/* Reads the channel's name, in any case; says so if it is none (L-051). */
static const char *
cmd_channel(struct ctl *ctl, const char *word)
{
	char *lower = pool_strdup(ctl->pool, word), *quoted, *p;

	for (p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (strcmp(lower, "stdout") == 0 || strcmp(lower, "stderr") == 0)
		return lower;
	quoted = pyrepr(lower);
	fprintf(ctl->out, "Error: bad channel %s\n", quoted);
	free(quoted);
	ctl->status = CTL_GENERIC;
	return NULL;
}

void
cmd_tail(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct cmd_amount amount = {false, CMD_TAIL_BYTES};
	const char *channel = "stdout";
	size_t first;

	(void)arg;
	if (words->n < 1 || words->n > 3) {
		ctl_usage(ctl, command, CTL_GENERIC, "Error: too %s arguments",
		    words->n < 1 ? "few" : "many");
		return;
	}
	first = words->v[0][0] == '-' ? 1 : 0;
	if (words->n == first) {
		fputs("Error: tail requires process name\n", ctl->out);
		ctl->status = CTL_GENERIC;
		return;
	}
	if (words->n > first + 1)
		channel = cmd_channel(ctl, words->v[words->n - 1]);
	if (channel != NULL &&
	    (first == 0 || cmd_amount(ctl, words->v[0], &amount)))
		cmd_tail_channel(ctl, words->v[first], channel, &amount);
}

void
cmd_maintail(struct ctl *ctl, const struct ctl_command *command,
    const char *arg, const struct ctl_words *words)
{
	struct cmd_amount amount = {false, CMD_TAIL_BYTES};
	struct client_reply reply;

	(void)arg;
	if (words->n > 1) {
		ctl_usage(
		    ctl, command, CTL_GENERIC, "Error: too many arguments");
		return;
	}
	if (words->n == 1 && !cmd_amount(ctl, words->v[0], &amount))
		return;
	if (amount.follow) {
		cmd_follow(ctl, "/mainlogtail");
		return;
	}
	client_call(ctl->client, &reply, "supervisor.readLog", "ii",
	    -amount.bytes, (int64_t)0);
	cmd_print_log(ctl, &reply, "supervisord");
	client_clear(&reply);
}
