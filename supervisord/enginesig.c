/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to supervisord, as messages from the keeper (C-246 to C-251). */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/procfmt.h"

typedef void enginesig_handler(struct engine *, const char *);

static enginesig_handler enginesig_exit, enginesig_restart, enginesig_reopen,
    enginesig_ignore;

static const struct {
	int signo;
	enginesig_handler *handler;
} enginesig_table[] = {
    {SIGTERM, enginesig_exit},
    {SIGINT, enginesig_exit},
    {SIGQUIT, enginesig_exit},
    {SIGHUP, enginesig_restart},
    {SIGUSR2, enginesig_reopen},
    {SIGUSR1, enginesig_ignore},
};

/* Acts on a signal. */
void
engine_on_signal(struct engine *e, int signo)
{
	char name[PROCFMT_SIGNAL_MAX];
	size_t i;

	procfmt_signal(signo, name);
	for (i = 0; i < sizeof(enginesig_table) / sizeof(enginesig_table[0]);
	     i++)
		if (enginesig_table[i].signo == signo)
			enginesig_table[i].handler(e, name);
}

/* Closes and opens every log. */
void
engine_reopen_logs(struct engine *e)
{
	struct group *g;
	size_t i;

	mainlog(LEVEL_INFO, "supervisord logreopen");
	if (mainlog_reopen() == -1)
		mainlog(LEVEL_WARN, "cannot reopen %s: %s", mainlog_path(),
		    strerror(errno));
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		for (i = 0; i < g->nprocs; i++)
			child_reopen_logs(child_of(g->procs[i]));
}

/* TERM, INT, QUIT (C-247). */
static void
enginesig_exit(struct engine *e, const char *name)
{
	mainlog(LEVEL_WARN, "received %s indicating exit request", name);
	(void)registry_request(e->registry, SUPERVISOR_SHUTDOWN);
	engine_save_state(e, true);
	engine_wake(e);
}

/* HUP (C-248); a configuration that cannot be read changes nothing (C-257). */
static void
enginesig_restart(struct engine *e, const char *name)
{
	struct config *config;
	char *err = NULL;

	if (registry_state(e->registry) == SUPERVISOR_SHUTDOWN) {
		mainlog(LEVEL_WARN,
		    "ignored %s indicating restart request (shutdown in "
		    "progress)",
		    name);
		return;
	}
	mainlog(LEVEL_WARN, "received %s indicating restart request", name);
	if (daemon_load(e->context, &config, &err) == -1) {
		mainlog(LEVEL_ERROR, "not restarting: %s", err);
		free(err);
		return;
	}
	config_unref(config);
	(void)registry_request(e->registry, SUPERVISOR_RESTARTING);
	engine_save_state(e, true);
	engine_wake(e);
}

/* USR2 (C-249). */
static void
enginesig_reopen(struct engine *e, const char *name)
{
	mainlog(LEVEL_INFO, "received %s indicating log reopen request", name);
	engine_reopen_logs(e);
}

/* USR1 is sent by some log rotation scripts; it must not end us. */
static void
enginesig_ignore(struct engine *e, const char *name)
{
	(void)e;
	mainlog(LEVEL_INFO, "received %s, which is ignored", name);
}
