/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that replaces supervisord under its programs (B-502). */
#include "supervisorctl/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "supervisorctl/report.h"

#define UPGRADE_WAIT_S	120 /* for the outcome */
#define UPGRADE_POLL_NS 50000000

/* Says that it did not work. */
static void
upgrade_failed(struct ctl *ctl, const char *why)
{
	fprintf(ctl->out, "upgrade: ERROR (%s)\n", why);
	ctl->status = CTL_GENERIC;
	report_error(ctl, "upgrade", why);
}

/* Asks what has become of it.  True if that is known; a server that does not
 * answer is being replaced. */
static bool
upgrade_ended(struct ctl *ctl, int64_t number)
{
	const char *state, *version;
	struct client_reply reply;
	bool ended = false;

	if (client_call(ctl->client, &reply, "appbase.getUpgrade", "") ==
	    CLIENT_OK) {
		state = xval_as_string(xval_get(reply.value, "state"), NULL);
		version =
		    xval_as_string(xval_get(reply.value, "version"), NULL);
		ended = true;
		if (xval_as_int(xval_get(reply.value, "number")) != number)
			upgrade_failed(ctl, "another upgrade was begun");
		else if (strcmp(state, "failed") == 0)
			upgrade_failed(ctl,
			    xval_as_string(
				xval_get(reply.value, "reason"), NULL));
		else if (strcmp(state, "done") == 0) {
			fprintf(ctl->out, "upgrade: supervisord %s\n", version);
			report_begin(ctl);
			report_string(ctl, "version", version);
		} else
			ended = false;
	} else if (reply.status == CLIENT_FAULT ||
	    reply.status == CLIENT_UNAUTHORIZED) {
		ctl_unexpected(ctl, &reply);
		ended = true;
	}
	client_clear(&reply);
	return ended;
}

void
cmd_upgrade(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	const struct timespec pause = {0, UPGRADE_POLL_NS};
	time_t end = time(NULL) + UPGRADE_WAIT_S;
	char path[PATH_MAX] = "";
	struct client_reply reply;
	int64_t number = -1;

	(void)command;
	(void)arg;
	if (words->n > 1) {
		upgrade_failed(ctl, "more than one path");
		return;
	}
	if (words->n == 1 && realpath(words->v[0], path) == NULL) {
		upgrade_failed(ctl, strerror(errno));
		return;
	}
	if (client_call(ctl->client, &reply, "appbase.upgrade", "s", path) ==
	    CLIENT_OK)
		number = xval_as_int(reply.value);
	else if (reply.status == CLIENT_FAULT)
		upgrade_failed(ctl, reply.text);
	else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
	while (number != -1 && !upgrade_ended(ctl, number)) {
		if (time(NULL) >= end) {
			upgrade_failed(ctl, "no outcome in time");
			break;
		}
		(void)nanosleep(&pause, NULL);
	}
}
