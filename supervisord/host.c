/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine does for the control plane (control/host.h). */
#include "supervisord/control/host.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <appbase.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"

static const struct config *host_config(void *);
static const struct config *host_next_config(void *);
static int host_reread(void *, char **);
static const struct config_group *host_group_config(
    void *, const struct group *);
static int host_add_group(void *, const char *, char **);
static int host_remove_group(void *, const char *);
static int host_request(void *, enum supervisor_state, char **);
static void host_remote_event(void *, const char *, const void *, size_t);
static bool host_pool_figures(
    void *, const struct group *, struct control_pool_figures *);
static int64_t host_upgrade(void *, const char *, char **);
static const char *host_upgrade_state(void *, int64_t *, const char **);
static void host_reopen_logs(void *);

/* Fills in what the control plane gets. */
void
host_init(struct engine *e)
{
	e->host = (struct control_host){.app = e->app,
	    .base = loop_base(e->loop),
	    .loop = e->loop,
	    .registry = e->registry,
	    .actions = e->actions,
	    .gracefuls = e->gracefuls,
	    .rollings = e->rollings,
	    .pid = appbase_supervisor_pid(e->app),
	    .again = e->warm,
	    .arg = e,
	    .config = host_config,
	    .next_config = host_next_config,
	    .reread = host_reread,
	    .group_config = host_group_config,
	    .add_group = host_add_group,
	    .remove_group = host_remove_group,
	    .request = host_request,
	    .remote_event = host_remote_event,
	    .pool_figures = host_pool_figures,
	    .upgrade = host_upgrade,
	    .upgrade_state = host_upgrade_state,
	    .reopen_logs = host_reopen_logs};
}

/* Returns what the engine was started with. */
static const struct config *
host_config(void *arg)
{
	return ((struct engine *)arg)->config;
}

/* Returns what was read last. */
static const struct config *
host_next_config(void *arg)
{
	return ((struct engine *)arg)->next;
}

/* Reads the configuration; what is active is not touched. */
static int
host_reread(void *arg, char **err)
{
	struct engine *e = arg;
	struct config *config;

	if (daemon_load(e->context, &config, err) == -1)
		return -1;
	config_unref(e->next);
	e->next = config;
	engine_keep_config(e, NULL, INFORCE_ACTIVE);
	return 0;
}

/* Returns what a group was made from. */
static const struct config_group *
host_group_config(void *arg, const struct group *g)
{
	(void)arg;
	return groups_config(g);
}

/* Makes a group active and starts it (P-082). */
static int
host_add_group(void *arg, const char *name, char **err)
{
	struct engine *e = arg;
	const struct config_group *cg;
	int error;

	if (registry_find(e->registry, name) != NULL) {
		errno = EEXIST;
		return -1;
	}
	if ((cg = config_group_find(e->next, name)) == NULL) {
		errno = ENOENT;
		return -1;
	}
	engine_keep_config(e, name, INFORCE_ADDING);
	if (groups_add(e, e->next, cg, err) == -1) {
		error = errno;
		engine_keep_config(e, NULL, INFORCE_ACTIVE);
		errno = error;
		return -1;
	}
	startorder_autostart(e, registry_find(e->registry, name));
	engine_keep_config(e, NULL, INFORCE_ACTIVE);
	return 0;
}

/* Removes a group (P-083). */
static int
host_remove_group(void *arg, const char *name)
{
	struct engine *e = arg;
	struct group *g = registry_find(e->registry, name);

	if (g == NULL || !group_is_stopped(g)) {
		errno = g == NULL ? ENOENT : EBUSY;
		return -1;
	}
	engine_keep_config(e, name, INFORCE_REMOVING);
	groups_remove(e, g);
	engine_keep_config(e, NULL, INFORCE_ACTIVE);
	return 0;
}

/* Begins to stop; a restart only with a configuration that can be read. */
static int
host_request(void *arg, enum supervisor_state state, char **err)
{
	struct engine *e = arg;
	struct config *config;

	if (state == SUPERVISOR_RESTARTING) {
		if (daemon_load(e->context, &config, err) == -1)
			return -1;
		config_unref(config);
	}
	(void)registry_request(e->registry, state);
	engine_wake(e);
	return 0;
}

/* Publishes what a client sent. */
static void
host_remote_event(void *arg, const char *type, const void *data, size_t len)
{
	bus_publish_remote(((struct engine *)arg)->bus, type, data, len);
}

/* Counts the events of a pool. */
static bool
host_pool_figures(
    void *arg, const struct group *g, struct control_pool_figures *figures)
{
	const struct evgroup *l = groups_evgroup(g);

	(void)arg;
	if (l != NULL)
		evgroup_figures(l, figures);
	return l != NULL;
}

/* Begins an upgrade. */
static int64_t
host_upgrade(void *arg, const char *path, char **err)
{
	return upgrade_begin(arg, path, err);
}

/* Tells how an upgrade is. */
static const char *
host_upgrade_state(void *arg, int64_t *number, const char **why)
{
	return upgrade_state(arg, number, why);
}

/* Reopens every log. */
static void
host_reopen_logs(void *arg)
{
	engine_reopen_logs(arg);
}
