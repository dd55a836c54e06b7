/* SPDX-License-Identifier: BSD-2-Clause */
/* Graceful reloads (B-101). */
#include "supervisorctl/commands.h"

#include <string.h>

#include "common/faults.h"
#include "supervisorctl/verb.h"

static const struct cmd_verb cmd_verb_graceful = {
    .one = "appbase.gracefulReload",
    .group = "appbase.gracefulReloadGroup",
    .all = "appbase.gracefulReloadAll",
    .doing = "reloading",
    .done = "reloaded",
    .no_group = CTL_GENERIC,
};

/* The same with the words of a restart, for those who read them. */
static const struct cmd_verb cmd_verb_restart = {
    .one = "appbase.gracefulReload",
    .group = "appbase.gracefulReloadGroup",
    .all = "appbase.gracefulReloadAll",
    .doing = "reloading",
    .done = "started",
    .no_group = CTL_INVALID_ARGS,
};

void
cmd_graceful(struct ctl *ctl, const struct ctl_command *command,
    const char *arg, const struct ctl_words *words)
{
	(void)arg;
	if (words->n == 0)
		ctl_usage(ctl, command, CTL_GENERIC,
		    "Error: graceful requires a process name");
	else
		cmd_each(ctl, &cmd_verb_graceful, words);
}

/* Is the process STOPPED (P-001)? */
static bool
cmd_is_stopped(struct ctl *ctl, const char *name)
{
	struct client_reply reply;
	bool stopped;

	client_call(
	    ctl->client, &reply, "supervisor.getProcessInfo", "s", name);
	stopped = reply.status == CLIENT_OK &&
	    xval_get_int(reply.value, "state") == 0;
	client_clear(&reply);
	return stopped;
}

void
cmd_restart_graceful(struct ctl *ctl, const struct ctl_words *names)
{
	const char *group, *process;
	size_t i;

	if (ctl_has_word(names, "all")) {
		cmd_all(ctl, &cmd_verb_restart);
		cmd_all(ctl, &cmd_verb_start);
		return;
	}
	for (i = 0; i < names->n; i++) {
		ctl_split(ctl, names->v[i], &group, &process);
		if (process == NULL) {
			cmd_group(ctl, &cmd_verb_restart, group);
			cmd_group(ctl, &cmd_verb_start, group);
		} else if (cmd_is_stopped(ctl, ctl_join(ctl, group, process)))
			cmd_one(ctl, &cmd_verb_start, names->v[i]);
		else
			cmd_one(ctl, &cmd_verb_restart, names->v[i]);
	}
}
