/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about supervisord itself: version, shutdown, reload, open. */
#include "supervisorctl/commands.h"

#include <string.h>

#include "common/faults.h"
#include "common/pool.h"
#include "supervisorctl/report.h"

void
cmd_version(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct client_reply reply;

	(void)words;
	if (!ctl_no_arguments(ctl, command, arg))
		return;
	if (client_call(ctl->client, &reply, "supervisor.getSupervisorVersion",
		"") == CLIENT_OK) {
		fprintf(ctl->out, "%s\n", xval_as_string(reply.value, NULL));
		report_begin(ctl);
		report_string(
		    ctl, "version", xval_as_string(reply.value, NULL));
	} else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

/* Is the fault that the server is on its way out already? */
static bool
cmd_is_leaving(const struct client_reply *reply)
{
	return reply->status == CLIENT_FAULT &&
	    reply->fault_code == FAULT_SHUTDOWN_STATE;
}

void
cmd_shutdown(struct ctl *ctl, const struct ctl_command *command,
    const char *arg, const struct ctl_words *words)
{
	struct client_reply reply;

	(void)words;
	if (!ctl_no_arguments(ctl, command, arg) ||
	    !ctl_confirm(
		ctl, "Really shut the remote supervisord process down y/N? "))
		return;
	client_call(ctl->client, &reply, "supervisor.shutdown", "");
	if (reply.status == CLIENT_OK)
		fputs("Shut down\n", ctl->out);
	else if (cmd_is_leaving(&reply))
		fputs("ERROR: already shutting down\n", ctl->out);
	else if (reply.status == CLIENT_REFUSED ||
	    reply.status == CLIENT_NO_FILE) {
		fprintf(ctl->out, "ERROR: %s %s (already shut down?)\n",
		    client_url(ctl->client),
		    reply.status == CLIENT_REFUSED ? "refused connection"
						   : "no such file");
		ctl->status = CTL_GENERIC;
		report_error(ctl,
		    reply.status == CLIENT_REFUSED ? "refused" : "no-socket",
		    reply.text);
	} else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

void
cmd_reload(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct client_reply reply;

	(void)words;
	if (!ctl_no_arguments(ctl, command, arg) ||
	    !ctl_confirm(
		ctl, "Really restart the remote supervisord process y/N? "))
		return;
	client_call(ctl->client, &reply, "supervisor.restart", "");
	if (reply.status == CLIENT_OK)
		fputs("Restarted supervisord\n", ctl->out);
	else if (cmd_is_leaving(&reply)) {
		fputs("ERROR: already shutting down\n", ctl->out);
		ctl->status = CTL_GENERIC;
	} else if (reply.status == CLIENT_FAULT &&
	    reply.fault_code == FAULT_CANT_REREAD) {
		fprintf(ctl->out, "ERROR: %s\n", reply.text);
		ctl->status = CTL_GENERIC;
	} else
		ctl_unexpected(ctl, &reply);
	client_clear(&reply);
}

void
cmd_open(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	static const struct ctl_words none = {NULL, 0};
	struct client *client;
	int status = ctl->status;

	(void)words;
	if (strncmp(arg, "http://", 7) != 0 &&
	    strncmp(arg, "https://", 8) != 0 &&
	    strncmp(arg, "unix://", 7) != 0) {
		fputs("ERROR: url must be http:// or unix://\n", ctl->out);
		ctl->status = CTL_GENERIC;
		return;
	}
	client = client_reopen(ctl->client, arg);
	if (client == NULL) {
		fputs("error: out of memory\n", ctl->out);
		ctl->status = CTL_GENERIC;
		return;
	}
	client_free(ctl->client);
	ctl->client = client;
	cmd_status(ctl, command, "", &none);
	ctl->status = status;
}
