/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: its beginning, cold or warm, its turns, its end. */
#include "supervisord/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <appbase.h>

#include "common/errtext.h"
#include "supervisord/engine_private.h"
#include "supervisord/events/ledger.h"
#include "supervisord/io/autolog.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/io/sockets.h"
#include "supervisord/model/procfmt.h"
#include "supervisord/startup.h"
#include "supervisord/watch.h"
#include "supervisord/web/web.h"

#define ENGINE_ORPHAN_LOG_MS 1000 /* between lines about unknown children */
#define ENGINE_LOOK_MS	     5000 /* between attempts to bind a lost path */
#define ENGINE_POLL_US	     20000

/* For engine_shutdown(), which is called from wherever the engine is. */
static struct engine *engine_current;

static void engine_title(const struct daemon_context *);
static int engine_init(struct engine *, char **);
static void *engine_recall_state(struct engine *);
static int engine_recall(struct engine *, char **);
static int engine_open_log(struct engine *, char **);
static void engine_chdir(struct engine *);
static int engine_equip(struct engine *, char **);
static int engine_populate(struct engine *, char **);
static void engine_announce(struct engine *);
static void engine_announce_daemon(const struct engine *);
static void engine_begin(struct engine *);
static void engine_free(struct engine *, bool);
static void engine_beat(void *);
static void engine_look(void *);
static void engine_on_keeper(void *);
static void engine_on_event(struct engine *, const struct appbase_keep_event *);
static void engine_on_orphan(
    struct engine *, const struct appbase_keep_event *);
static void engine_turn(void *);
static void engine_stop_turn(struct engine *, int64_t);
static void engine_stop_orphaned(struct engine *);
static void engine_wait_gone(const struct group *, int64_t);
static void engine_child_wake(void *);
static void engine_log(void *, int, const char *, va_list)
    __attribute__((__format__(__printf__, 3, 0)));
static void engine_stopping(void *);
static enum action_result engine_resolve(
    void *, struct process *, char *, size_t);
static void engine_stopped(void *, struct process *);

static const struct registry_ops engine_registry_ops = {
    .stopping = engine_stopping, .log = engine_log};
static const struct actions_ops engine_actions_ops = {.resolve = engine_resolve,
    .stopping = engine_stopped,
    .wake = engine_child_wake,
    .hold = startorder_hold,
    .is_vain = startorder_is_vain,
    .is_needed = startorder_is_needed,
    .log = engine_log};

/* Runs the engine. */
int
engine_run(struct appbase *app)
{
	struct engine e = {.app = app, .context = appbase_context(app)};
	char *err = NULL;

	engine_title(e.context);
	(void)signal(SIGPIPE, SIG_IGN);
	if (appbase_is_candidate(app)) {
		if (appbase_listen_keep(app) == -1)
			return EXIT_FAILURE;
		appbase_ready_to_take_over(app);
	}
	if (engine_init(&e, &err) == -1) {
		mainlog(LEVEL_CRITICAL, "%s", err);
		(void)fprintf(stderr, "Error: %s\n", err);
		free(err);
		engine_free(&e, false);
		return e.warm ? EXIT_FAILURE : DAEMON_EXIT_USAGE;
	}
	engine_current = &e;
	engine_announce(&e);
	appbase_ready_to_take_over(app);
	engine_begin(&e);
	if (loop_run(e.loop) == -1)
		e.status = EXIT_FAILURE;
	engine_current = NULL;
	engine_free(&e, e.finished);
	return e.status;
}

/* Ends the engine at its keeper's wish: programs stay.  Without a keeper they
 * are stopped, since nobody would ever hear of them again. */
int
engine_shutdown(struct appbase *app)
{
	struct engine *e = engine_current;

	if (e == NULL)
		return 0;
	engine_current = NULL;
	/* A dying keeper closes its end before we get another parent. */
	if (getppid() != appbase_supervisor_pid(app) ||
	    appbase_set_status(app, "the engine is being replaced") == -1)
		engine_stop_orphaned(e);
	engine_free(e, false);
	return 0;
}

/* Says in ps(1) what this is.  libbsd marks where a longer argv[0] ended with a
 * dot, which would be seen. */
static void
engine_title(const struct daemon_context *context)
{
	setproctitle("engine");
	if (context->argv0 != NULL &&
	    strlen(context->argv0) < context->argv0_len)
		context->argv0[context->argv0_len] = '\0';
}

/* Runs engine_turn() in the next turn of the loop. */
void
engine_wake(struct engine *e)
{
	if (e->turn != NULL)
		loop_timer_set(e->turn, 0);
}

/* Makes everything, up to the point where programs can be started. */
static int
engine_init(struct engine *e, char **err)
{
	if (engine_recall(e, err) == -1 || engine_configure(e, err) == -1 ||
	    engine_open_log(e, err) == -1)
		return -1;
	engine_chdir(e);
	if (engine_equip(e, err) == -1 || engine_populate(e, err) == -1)
		return -1;
	if ((e->web = web_new(&e->host)) == NULL)
		return errtext_set(err, "out of memory");
	e->host.page = web_request;
	e->host.page_arg = e->web;
	if (sockets_open_all(e->app, e->config, err) == -1) {
		if (!e->warm)
			return -1;
		mainlog(LEVEL_CRITICAL, "%s", *err);
		free(*err);
		*err = NULL;
	}
	e->control = control_new(&e->host, err);
	return e->control == NULL ? -1 : 0;
}

/* Returns the table of the state; one of another build's format is replaced. */
static void *
engine_recall_state(struct engine *e)
{
	const void *old;
	void *new = NULL, *state;
	bool fresh, convert;
	size_t len;

	old = appbase_kept_map(e->app, "state", &len);
	convert = old != NULL && !roster_is_current(old, len) &&
	    roster_check(old, len) == 0;
	if (convert)
		new = roster_convert(old, len);
	if (old != NULL)
		(void)munmap((void *)(uintptr_t)old, len);
	if (!convert)
		return appbase_keep_region(
		    e->app, "state", roster_size(), &fresh);
	if (new == NULL)
		return NULL;
	state = appbase_keep_copy(e->app, "state", new, roster_size(), false);
	free(new);
	return state;
}

/* Attaches to the keeper and finds out what is left of an earlier engine. */
static int
engine_recall(struct engine *e, char **err)
{
	void *state, *chunk;
	bool fresh;

	if (appbase_keep_attach(e->app) == -1)
		return errtext_set(
		    err, "cannot attach to the keeper: %s", strerror(errno));
	if ((state = engine_recall_state(e)) == NULL ||
	    (chunk = appbase_keep_region(
		 e->app, "journal", journal_size(), &fresh)) == NULL ||
	    (e->roster = roster_new(e->state = state)) == NULL ||
	    (e->journal = journal_new(chunk)) == NULL)
		return errtext_set(
		    err, "cannot make shared memory: %s", strerror(errno));
	e->warm = roster_head(e->roster)->warm;
	if (roster_head(e->roster)->engines > 0)
		mainlog_forget();
	return 0;
}

/* Opens the main log and, in a restart, says again what the start said. */
static int
engine_open_log(struct engine *e, char **err)
{
	struct mainlog_settings set;
	size_t i;

	if (!e->warm && roster_head(e->roster)->engines > 0) {
		startup_warn_root(&e->config->supervisord);
		for (i = 0; i < e->config->nmessages; i++)
			mainlog(e->config->messages[i].level, "%s",
			    e->config->messages[i].text);
	}
	daemon_log_settings(e->context, e->config, &set);
	if (mainlog_open(&set) == -1)
		return errtext_set(err, "could not open log file %s: %s",
		    set.path, strerror(errno));
	return 0;
}

/* Goes to the configured directory, only as a daemon (C-218). */
static void
engine_chdir(struct engine *e)
{
	const char *directory = e->config->supervisord.directory;

	if (e->context->foreground || directory == NULL)
		return;
	if (chdir(directory) == -1)
		e->chdir_error = errno;
	else
		e->directory = strdup(directory);
}

/* Makes the machinery. */
static int
engine_equip(struct engine *e, char **err)
{
	const struct config_supervisord *set = &e->config->supervisord;
	struct children_settings children = {.app = e->app,
	    .journal = e->journal,
	    .roster = e->roster,
	    .environment = environ,
	    .server_url = e->server_url,
	    .directory = e->directory,
	    .childlogdir = set->childlogdir,
	    .identifier = set->identifier,
	    .strip_ansi = set->strip_ansi,
	    .output = evgroup_on_output,
	    .message = evgroup_on_message,
	    .protocol = evgroup_on_protocol,
	    .taken = evgroup_on_taken,
	    .spawning = watch_spawning,
	    .wake = engine_child_wake,
	    .arg = e};
	void *events, *reloads, *rolls;
	bool fresh;

	if ((events = appbase_keep_region(
		 e->app, "events", ledger_size(), &fresh)) == NULL ||
	    (reloads = appbase_keep_region(
		 e->app, "reloads", reload_size(), &fresh)) == NULL ||
	    (rolls = appbase_keep_region(
		 e->app, "rolls", roll_size(), &fresh)) == NULL)
		return errtext_set(
		    err, "cannot make shared memory: %s", strerror(errno));
	if ((e->loop = children.loop = loop_new()) == NULL ||
	    (e->bus = bus_new()) == NULL ||
	    (e->registry = registry_new(&engine_registry_ops, e)) == NULL ||
	    (e->actions = actions_new(&engine_actions_ops, e)) == NULL ||
	    (e->reloads = reloads_new(e, reloads)) == NULL ||
	    (e->rolls = rolls_new(e, rolls)) == NULL ||
	    (e->children = children_new(&children)) == NULL ||
	    evgroup_equip(e, events) == -1 || startorder_equip(e) == -1 ||
	    watch_equip(e) == -1 ||
	    (e->turn = loop_timer_new(e->loop, engine_turn, e)) == NULL ||
	    (e->beat = loop_timer_new(e->loop, engine_beat, e)) == NULL ||
	    upgrade_equip(e) == -1 ||
	    (e->look = loop_timer_new(e->loop, engine_look, e)) == NULL ||
	    (e->watch = pathwatch_new(e->loop, engine_look, e)) == NULL ||
	    (e->keeper_io = loop_io_new(e->loop, appbase_supervisor_fd(e->app),
		 LOOP_READ, engine_on_keeper, e)) == NULL ||
	    loop_io_enable(e->keeper_io, true) == -1)
		return errtext_set(
		    err, "cannot make the event loop: %s", strerror(errno));
	host_init(e);
	return 0;
}

/* Makes the groups; warm, hears what has become of their programs. */
static int
engine_populate(struct engine *e, char **err)
{
	const struct config_supervisord *set = &e->config->supervisord;
	struct roster_head *head = roster_head(e->roster);

	if (!e->warm) {
		roster_clear(e->roster);
		ledger_clear(e->ledger);
		if (!set->nocleanup)
			autolog_clean(set->childlogdir, set->identifier);
	}
	if (engine_make_groups(e, err) == -1)
		return -1;
	if (!e->warm) {
		head->epoch++;
		engine_keep_config(e, NULL, INFORCE_ADDING);
		rolls_clear(e->rolls);
	} else
		rolls_adopt(e->rolls);
	if (e->warm && head->supervisor_state < SUPERVISOR_RUNNING)
		(void)registry_request(
		    e->registry, (enum supervisor_state)head->supervisor_state);
	head->engines++;
	engine_save_state(e, true);
	return 0;
}

/* Says that this is a daemon, and where (C-228: after the servers). */
static void
engine_announce_daemon(const struct engine *e)
{
	const char *directory = e->config->supervisord.directory;

	mainlog(LEVEL_INFO, "daemonizing the supervisord process");
	if (e->chdir_error != 0)
		mainlog(LEVEL_CRITICAL, "can't chdir into '%s': %s", directory,
		    strerror(e->chdir_error));
	else if (directory != NULL)
		mainlog(LEVEL_INFO, "set current directory: '%s'", directory);
}

/* Returns the pid file, which the keeper wrote when it started: a change of the
 * configuration is for the next one. */
static const char *
engine_pidfile(const struct engine *e)
{
	const struct config *first = e->context->config;
	const char *wanted = e->config->supervisord.pidfile;

	if (first == NULL || strcmp(first->supervisord.pidfile, wanted) == 0)
		return wanted;
	mainlog(LEVEL_WARN,
	    "the pid file stays %s until supervisord is stopped and started",
	    first->supervisord.pidfile);
	return first->supervisord.pidfile;
}

/* Says that we are there, if the pid file says so too (C-231). */
static void
engine_announce(struct engine *e)
{
	long pid = appbase_supervisor_pid(e->app), found = -1;
	const char *path;
	char line[32];
	FILE *f;

	if (e->warm) {
		mainlog(LEVEL_WARN,
		    "the engine was replaced; programs were left alone");
		return;
	}
	if (roster_head(e->roster)->engines == 1 && !e->context->foreground)
		engine_announce_daemon(e);
	path = engine_pidfile(e);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(line, sizeof(line), f) != NULL)
			found = strtol(line, NULL, 10);
		(void)fclose(f);
	}
	if (found == pid)
		mainlog(LEVEL_INFO, "supervisord started with pid %ld", pid);
	else
		mainlog(LEVEL_CRITICAL, "could not write pidfile %s", path);
}

/* Starts what is to start, or takes up what is there. */
static void
engine_begin(struct engine *e)
{
	struct group *g;

	engine_on_keeper(e);
	engine_beat(e);
	if (e->warm) {
		children_settle(e->children);
		watch_settle(e);
	}
	e->settled = true;
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		if (groups_evgroup(g) != NULL)
			evgroup_settle(groups_evgroup(g));
	if (e->warm)
		bus_publish_engine(e->bus, roster_head(e->roster)->engines);
	if (!e->warm) {
		bus_publish(
		    e->bus, EVENT_SUPERVISOR_STATE_CHANGE_RUNNING, "", 0);
		startorder_autostart_all(e);
	}
	startorder_begin(e);
	engine_settle_config(e);
	engine_wake(e);
}

/* Frees everything; final: nothing is left for another engine. */
static void
engine_free(struct engine *e, bool final)
{
	control_free(e->control);
	web_free(e->web);
	rolls_free(e->rolls);
	reloads_free(e->reloads); /* jobs, while there are processes */
	watch_free(e);
	groups_free_all(e, final);
	if (e->roster != NULL && final)
		engine_save_state(e, false);
	startorder_free(e);
	actions_free(e->actions);
	registry_free(e->registry);
	children_free(e->children);
	bus_free(e->bus);
	ledger_free(e->ledger);
	loop_timer_free(e->tick);
	loop_timer_free(e->turn);
	upgrade_free(e);
	loop_timer_free(e->beat);
	loop_timer_free(e->look);
	pathwatch_free(e->watch);
	e->turn = NULL;
	loop_io_free(e->keeper_io);
	loop_free(e->loop);
	roster_free(e->roster);
	free(e->journal);
	free(e->server_url);
	free(e->directory);
	engine_forget_config(e);
	config_unref(e->next);
	config_unref(e->config);
	mainlog_close();
}

/* Tells the keeper that we are alive: it replaces an engine that hangs. */
static void
engine_beat(void *arg)
{
	struct engine *e = arg;
	int64_t interval = appbase_ping_interval(e->app);

	if (interval > 0)
		loop_timer_set(e->beat, loop_now_ms() + interval);
	engine_look(e);
	appbase_ping_supervisor(e->app);
}

/* Watches a socket's path. */
static void
engine_watch(void *arg, const char *path)
{
	(void)pathwatch_add(((struct engine *)arg)->watch, path);
}

/* Sees that the servers' sockets are where they are looked for. */
static void
engine_look(void *arg)
{
	struct engine *e = arg;

	if (control_check(e->control, engine_watch, e))
		loop_timer_set(e->look, LOOP_NEVER);
	else
		loop_timer_set(e->look, loop_now_ms() + ENGINE_LOOK_MS);
}

/* The keeper has something to say. */
static void
engine_on_keeper(void *arg)
{
	struct appbase_keep_event event;
	struct engine *e = arg;

	appbase_ping_supervisor(e->app);
	while (appbase_keep_next(e->app, &event) == 1)
		engine_on_event(e, &event);
	engine_wake(e);
}

/* Sorts one event. */
static void
engine_on_event(struct engine *e, const struct appbase_keep_event *event)
{
	if (event->type == APPBASE_KEEP_EXITED && e->settled)
		mainlog(
		    LEVEL_DEBUG, "received SIGCHLD indicating a child quit");
	if (upgrade_event(e, event) || watch_event(e, event) ||
	    children_event(e->children, event))
		return;
	if (event->type == APPBASE_KEEP_SIGNALLED)
		engine_on_signal(e, event->signo);
	else if (event->type == APPBASE_KEEP_ORPHAN)
		engine_on_orphan(e, event);
}

/* A process nobody asked for has ended (P-036); said once a second at most.
 * Only as pid 1 is that news: else it is what a program of ours has left
 * behind. */
static void
engine_on_orphan(struct engine *e, const struct appbase_keep_event *event)
{
	char text[PROCFMT_STATUS_MAX];
	int64_t now = loop_now_ms();

	if (now < e->orphan_log_ms)
		return;
	e->orphan_log_ms = now + ENGINE_ORPHAN_LOG_MS;
	mainlog(e->host.pid == 1 ? LEVEL_INFO : LEVEL_TRACE,
	    "reaped unknown pid %d (%s)", (int)event->pid,
	    procfmt_status(event->status, text));
}

/* After changes, and when something is due: writes states down, answers
 * clients, goes on with stopping. */
static void
engine_turn(void *arg)
{
	struct engine *e = arg;
	int64_t now = loop_now_ms(), next = PROC_NEVER, when;

	children_flush(e->children);
	actions_run(e->actions, now);
	if (roster_head(e->roster)->supervisor_state !=
	    (int32_t)registry_state(e->registry))
		engine_save_state(e, true);
	if (registry_state(e->registry) < SUPERVISOR_RUNNING)
		engine_stop_turn(e, now);
	if ((when = reloads_run(e, now)) < next)
		next = when;
	if ((when = startorder_run(e, now)) < next)
		next = when;
	if ((when = actions_wakeup_ms(e->actions)) < next)
		next = when;
	if (registry_wakeup_ms(e->registry) < next)
		next = registry_wakeup_ms(e->registry);
	if (next != PROC_NEVER && !e->finished)
		loop_timer_set(e->turn, next > now ? next : now + 1);
}

/* Goes on with stopping; the last step ends the loop. */
static void
engine_stop_turn(struct engine *e, int64_t now)
{
	bool restarting = registry_state(e->registry) == SUPERVISOR_RESTARTING;

	if (!startorder_shutdown_step(e, now)) {
		registry_shutdown_report(e->registry, now);
		children_flush(e->children);
		return;
	}
	if (!registry_shutdown_step(e->registry, now)) {
		children_flush(e->children);
		return;
	}
	e->finished = true;
	e->status = restarting ? DAEMON_EXIT_RESTART : DAEMON_EXIT_OK;
	/* Whatever becomes of us on the way out, nobody is to take up again
	 * what was asked to end. */
	if (!restarting)
		(void)appbase_request_stop(e->app);
	loop_stop(e->loop);
}

/* Writes down what an engine after us has to know of the supervisor. */
void
engine_save_state(struct engine *e, bool warm)
{
	struct roster_head *head = roster_head(e->roster);

	head->warm = warm;
	head->supervisor_state =
	    warm ? (int32_t)registry_state(e->registry) : SUPERVISOR_RUNNING;
	roster_write_head(e->roster);
}

/* The keeper is dead, and cannot stop its children: we do, a priority at a
 * time.
 */
static void
engine_stop_orphaned(struct engine *e)
{
	struct group *g, *before, *last;
	int64_t start;
	size_t i;

	mainlog(LEVEL_CRITICAL,
	    "the keeper (pid %ld) is gone; stopping all programs",
	    (long)appbase_supervisor_pid(e->app));
	TAILQ_FOREACH_REVERSE(
	    g, registry_groups(e->registry), group_list, entry)
	{
		for (i = 0; i < g->nprocs; i++) {
			const struct proc_settings *set =
			    process_settings(g->procs[i]);
			pid_t pid = process_pid(g->procs[i]);

			if (pid > 0)
				(void)kill(set->stopasgroup ? -pid : pid,
				    set->stopsignal);
		}
		before = TAILQ_PREV(g, group_list, entry);
		if (before != NULL && before->priority == g->priority)
			continue; /* these end together */
		start = loop_now_ms();
		for (last = g; last != NULL && last->priority == g->priority;
		     last = TAILQ_NEXT(last, entry))
			engine_wait_gone(last, start);
	}
}

/* Waits for the programs of a group, each as long as it may take, then kills.
 */
static void
engine_wait_gone(const struct group *g, int64_t start)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++) {
		const struct proc_settings *set = process_settings(g->procs[i]);
		pid_t pid = process_pid(g->procs[i]);

		while (pid > 0 && kill(pid, 0) == 0 &&
		    loop_now_ms() < start + set->stopwaitsecs * 1000)
			(void)usleep(ENGINE_POLL_US);
		if (pid > 0 && kill(pid, 0) == 0)
			(void)kill(set->killasgroup ? -pid : pid, SIGKILL);
	}
}

/* A child has changed, or an action is to be looked at. */
static void
engine_child_wake(void *arg)
{
	engine_wake(arg);
}

/* Writes to the main log. */
static void
engine_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}

/* Stopping has begun. */
static void
engine_stopping(void *arg)
{
	struct engine *e = arg;

	if (!e->warm || e->settled) /* else it was told by an earlier engine */
		bus_publish(
		    e->bus, EVENT_SUPERVISOR_STATE_CHANGE_STOPPING, "", 0);
}

/* Tells whether a process could be started. */
static enum action_result
engine_resolve(void *arg, struct process *p, char *detail, size_t len)
{
	(void)arg;
	return child_resolve(child_of(p), detail, len);
}

/* A client stops a process: that ends what else was being done with it. */
static void
engine_stopped(void *arg, struct process *p)
{
	graceful_stopped(((struct engine *)arg)->gracefuls, p);
}
