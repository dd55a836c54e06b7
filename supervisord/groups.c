/* SPDX-License-Identifier: BSD-2-Clause */
/* From configuration to model: groups, their processes, their children. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/errtext.h"
#include "supervisord/engine_private.h"
#include "supervisord/io/fcgisock.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/watch.h"

/* What a group hangs on to: its part of a configuration that is kept alive. */
struct group_origin {
	const struct config_group *group;
	struct config *config;
	struct evgroup *evgroup;   /* of a group of event listeners */
	struct fcgisock **sockets; /* of its FastCGI programs */
	size_t nsockets;
};

static struct group *groups_make(
    struct engine *, struct config *, const struct config_group *);
static int groups_make_process(
    struct engine *, struct group *, const struct config_process *);
static struct fcgisock *groups_socket(
    struct engine *, struct group *, const struct config_process *);
static int groups_probe(const struct group_origin *, char **);
static void groups_settings(
    const struct config_process *, struct proc_settings *);
static int64_t groups_seconds(int64_t);
static void groups_free(struct group *, bool final);

static int op_spawn(void *, struct process *, char *, size_t);
static int op_signal(void *, struct process *, int, bool);
static void op_arm(void *, struct process *, int64_t);
static void op_changed(void *, struct process *, const struct proc_change *);
static void op_save(void *, struct process *);
static bool op_may_start(void *, struct process *);
static void op_readiness(void *, struct process *);
static const char *op_note(
    void *, const struct process *, int64_t, char *, size_t);
static void op_log(void *, int, const char *, va_list)
    __attribute__((__format__(__printf__, 3, 0)));

static const struct proc_ops groups_ops = {
    .spawn = op_spawn,
    .signal = op_signal,
    .arm = op_arm,
    .changed = op_changed,
    .save = op_save,
    .may_start = op_may_start,
    .note = op_note,
    .readiness = op_readiness,
    .log = op_log,
};

/* Makes a group active. */
int
groups_add(struct engine *e, struct config *config,
    const struct config_group *cg, char **err)
{
	bool again = e->warm && !e->settled;
	struct group *g;

	if (registry_find(e->registry, cg->name) != NULL) {
		errno = EEXIST;
		return -1;
	}
	if ((g = groups_make(e, config, cg)) == NULL)
		return -1;
	if (!again && groups_probe(g->data, err) == -1) {
		groups_free(g, true);
		errno = ECANCELED;
		return -1;
	}
	(void)registry_add(e->registry, g);
	if (!again)
		bus_publish_group(e->bus, EVENT_PROCESS_GROUP_ADDED, cg->name);
	startorder_refill(e);
	return 0;
}

/* Takes a group out. */
void
groups_remove(struct engine *e, struct group *g)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++) {
		actions_forget(e->actions, g->procs[i]);
		rollings_forget(e->rollings, g->procs[i]);
		gracefuls_forget(e->gracefuls, g->procs[i]);
		watch_forget(e, g->procs[i]);
	}
	registry_remove(e->registry, g);
	evgroup_free(groups_evgroup(g), true); /* it is not told of its end */
	((struct group_origin *)g->data)->evgroup = NULL;
	bus_publish_group(e->bus, EVENT_PROCESS_GROUP_REMOVED, g->name);
	startorder_refill(e);
	groups_free(g, true);
}

/* Returns what a group was made from. */
const struct config_group *
groups_config(const struct group *g)
{
	return ((const struct group_origin *)g->data)->group;
}

/* Returns what that is a part of. */
struct config *
groups_origin(const struct group *g)
{
	return ((const struct group_origin *)g->data)->config;
}

/* Returns a group's pool. */
struct evgroup *
groups_evgroup(const struct group *g)
{
	return ((const struct group_origin *)g->data)->evgroup;
}

/* Frees every group. */
void
groups_free_all(struct engine *e, bool final)
{
	struct group *g;

	if (e->registry == NULL)
		return;
	while ((g = TAILQ_FIRST(registry_groups(e->registry))) != NULL) {
		registry_remove(e->registry, g);
		groups_free(g, final);
	}
}

/* Makes a group with its processes. */
static struct group *
groups_make(
    struct engine *e, struct config *config, const struct config_group *cg)
{
	static const enum group_kind kind[] = {
	    [CONFIG_GROUP_PROGRAM] = GROUP_PROGRAM,
	    [CONFIG_GROUP_GROUP] = GROUP_HETEROGENEOUS,
	    [CONFIG_GROUP_EVENTLISTENER] = GROUP_LISTENER,
	    [CONFIG_GROUP_FCGI_PROGRAM] = GROUP_FASTCGI};
	struct group_origin *origin;
	struct group *g;
	size_t i;

	if ((origin = calloc(1, sizeof(*origin))) == NULL)
		return NULL;
	g = group_new(cg->name, (int)cg->priority, kind[cg->kind]);
	if (g == NULL) {
		free(origin);
		return NULL;
	}
	origin->group = cg;
	origin->config = config_ref(config);
	g->data = origin;
	for (i = 0; i < cg->nprocesses; i++)
		if (groups_make_process(e, g, cg->processes[i]) == -1) {
			groups_free(g, true);
			return NULL;
		}
	if (g->kind == GROUP_LISTENER &&
	    (origin->evgroup = evgroup_new(e, g, cg)) == NULL) {
		groups_free(g, true);
		return NULL;
	}
	return g;
}

/* Makes a process and its child. */
static int
groups_make_process(
    struct engine *e, struct group *g, const struct config_process *cp)
{
	struct fcgisock *sock = NULL;
	struct proc_settings set;
	struct process *p;

	groups_settings(cp, &set);
	if (cp->socket != NULL && (sock = groups_socket(e, g, cp)) == NULL)
		return -1;
	if ((p = process_new(cp->name, &set, &groups_ops, e)) == NULL)
		return -1;
	if (child_new(e->children, p, cp, sock) == NULL ||
	    group_add(g, p) == -1) {
		child_free(child_of(p));
		process_free(p);
		return -1;
	}
	reload_adopt(e, p, !child_is_taken(child_of(p)));
	return 0;
}

/* Returns the socket that the processes of a section share, in whatever group
 * they are (P-084, C-194). */
static struct fcgisock *
groups_socket(
    struct engine *e, struct group *g, const struct config_process *cp)
{
	struct group_origin *origin = g->data;
	struct fcgisock **v;
	size_t i;

	for (i = 0; i < origin->nsockets; i++)
		if (fcgisock_config(origin->sockets[i]) == cp->socket)
			return origin->sockets[i];
	v = reallocarray(origin->sockets, origin->nsockets + 1, sizeof(*v));
	if (v == NULL)
		return NULL;
	origin->sockets = v;
	v[i] = fcgisock_new(e->app, cp->socket, g->name, cp->section);
	if (v[i] != NULL)
		origin->nsockets++;
	return v[i];
}

/* Sees whether a group's sockets can be made (P-085, C-210). */
static int
groups_probe(const struct group_origin *origin, char **err)
{
	size_t i;

	for (i = 0; i < origin->nsockets; i++)
		if (fcgisock_probe(fcgisock_config(origin->sockets[i]), err) ==
		    -1)
			return -1;
	return 0;
}

/* Keeps a time within what can be counted in milliseconds: 68 years do. */
static int64_t
groups_seconds(int64_t seconds)
{
	return seconds < INT32_MAX ? seconds : INT32_MAX;
}

/* Translates the keys that the state machine needs. */
static void
groups_settings(const struct config_process *cp, struct proc_settings *set)
{
	static const enum proc_autorestart autorestart[] = {
	    [CONFOPT_AUTORESTART_FALSE] = PROC_RESTART_NEVER,
	    [CONFOPT_AUTORESTART_TRUE] = PROC_RESTART_ALWAYS,
	    [CONFOPT_AUTORESTART_UNEXPECTED] = PROC_RESTART_UNEXPECTED};
	size_t i;

	*set = (struct proc_settings){.priority = (int)cp->priority,
	    .autostart = cp->autostart,
	    .autorestart = autorestart[cp->autorestart],
	    .startsecs = groups_seconds(cp->startsecs),
	    .startretries = cp->startretries,
	    .stopwaitsecs = groups_seconds(cp->stopwaitsecs),
	    .stopsignal = cp->stopsignal,
	    .stopasgroup = cp->stopasgroup,
	    .killasgroup = cp->killasgroup,
	    .readiness = cp->ready.kind != CONFIG_PROBE_NONE,
	    .ready_timeout = groups_seconds(cp->ready_timeout),
	    .healthcheck = cp->check.kind != CONFIG_PROBE_NONE};
	for (i = 0; i < cp->exitcodes.n; i++)
		proc_settings_expect(set, cp->exitcodes.v[i]);
}

/* Frees a group, its processes and their children. */
static void
groups_free(struct group *g, bool final)
{
	struct group_origin *origin = g->data;
	size_t i;

	evgroup_free(origin->evgroup, final);
	origin->evgroup = NULL;
	for (i = 0; i < g->nprocs; i++) {
		if (final)
			child_free(child_of(g->procs[i]));
		else
			child_abandon(child_of(g->procs[i]));
	}
	group_free(g);
	for (i = 0; i < origin->nsockets; i++)
		fcgisock_free(origin->sockets[i]);
	free(origin->sockets);
	config_unref(origin->config);
	free(origin);
}

/* Asks for a program. */
static int
op_spawn(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	return child_spawn(child_of(p), err, len);
}

/* Asks for a signal. */
static int
op_signal(void *arg, struct process *p, int signo, bool group)
{
	(void)arg;
	return child_signal(child_of(p), signo, group);
}

/* Arms the timer; a process that is being freed has no child any more. */
static void
op_arm(void *arg, struct process *p, int64_t when_ms)
{
	(void)arg;
	if (child_of(p) != NULL)
		child_arm(child_of(p), when_ms);
}

/* Publishes a change. */
static void
op_changed(void *arg, struct process *p, const struct proc_change *change)
{
	struct group *g = process_group(p);
	struct engine *e = arg;

	process_remember(p, change, time(NULL));
	bus_publish_change(e->bus, p, change);
	if (child_of(p) != NULL && !state_is_signallable(change->to))
		child_idle(child_of(p));
	if (g != NULL && groups_evgroup(g) != NULL)
		evgroup_changed(groups_evgroup(g), p, change->to);
	watch_changed(e, p, change->to);
	engine_wake(e);
}

/* Notes that a process's entry is out of date. */
static void
op_save(void *arg, struct process *p)
{
	(void)arg;
	child_mark(child_of(p));
}

/* Nothing is started once the supervisor stops. */
static bool
op_may_start(void *arg, struct process *p)
{
	struct engine *e = arg;

	(void)p;
	return registry_state(e->registry) == SUPERVISOR_RUNNING;
}

/* What others wait for may have come true. */
static void
op_readiness(void *arg, struct process *p)
{
	(void)p;
	engine_wake(arg);
}

/* Says what no state says. */
static const char *
op_note(
    void *arg, const struct process *p, int64_t now_ms, char *buf, size_t len)
{
	return reload_note(arg, p, now_ms, buf, len);
}

/* Writes to the main log. */
static void
op_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}
