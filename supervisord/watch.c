/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching programs: whether they are ready (B-402), whether they stay healthy
 * (B-403).  There is a watch for each process that is configured so, made when
 * its program is first spawned, or taken up by a new engine; between two looks,
 * and without any, nothing is due.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <appbase.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/io/notifysock.h"
#include "supervisord/io/probe.h"
#include "supervisord/watch.h"

#define WATCH_FIRST_MS	 50   /* between two looks at one that is starting, */
#define WATCH_SLOWEST_MS 1000 /* at first and at last */
#define WATCH_EARLY_MS	 10
#define WATCH_LOOK_MS	 5000	    /* time for one of those */
#define WATCH_ID_BASE	 (1U << 20) /* ids of commands: no slot is as high */
#define WATCH_NAME_MAX	 32
#define WATCH_ANCESTORS	 64 /* to look at, at most */

struct watch {
	LIST_ENTRY(watch) entry;
	struct engine *e;
	struct process *proc;
	const struct config_process *config;
	struct loop_timer *timer; /* the next look */
	struct probe *ready, *check;
	uint64_t id;	  /* of the program */
	uint64_t command; /* of the EXEC that runs; 0 = none */
	struct notifysock *notify;
	pid_t early; /* has said that it is ready; its pid is not known yet */
	struct loop_io *line; /* of readiness=fd:N */
	int line_fd;
	int64_t failures;
	char status[PROC_NOTE_MAX / 2];
};

struct watches {
	LIST_HEAD(, watch) list;
	uint32_t commands;
};

static struct watch *watch_find(const struct engine *, const struct process *);
static struct watch *watch_make(struct engine *, struct process *);
static int watch_make_probes(struct watch *);
static bool watch_asks(const struct config_probe *);
static void watch_close(struct watch *, bool);
static const char *watch_name(const char *, uint64_t, char[WATCH_NAME_MAX]);
static void watch_listen(struct watch *, struct child_extra *);
static void watch_take(struct watch *);
static void watch_drop_unclaimed(struct engine *);
static int watch_read_line(struct watch *, int);
static void watch_on_timer(void *);
static void watch_on_line(void *);
static void watch_on_ready(void *, bool, const char *);
static void watch_on_check(void *, bool, const char *);
static void watch_on_notified(void *, const struct appbase_notification *);
static void watch_obey(struct watch *, const struct appbase_notification *);
static pid_t watch_top(const struct watch *, pid_t);
static pid_t watch_parent(pid_t);
static void watch_fail(struct watch *, const char *);
static int watch_exec(void *, const char *);
static void watch_kill(void *);

/* Makes the empty list. */
int
watch_equip(struct engine *e)
{
	if ((e->watches = calloc(1, sizeof(*e->watches))) == NULL)
		return -1;
	LIST_INIT(&e->watches->list);
	return 0;
}

/* Forgets all; programs and what the keeper has stay. */
void
watch_free(struct engine *e)
{
	if (e->watches == NULL)
		return;
	while (!LIST_EMPTY(&e->watches->list))
		watch_forget(e, LIST_FIRST(&e->watches->list)->proc);
	free(e->watches);
	e->watches = NULL;
}

/* Goes on where an earlier engine was. */
void
watch_settle(struct engine *e)
{
	struct watch *w;
	struct group *g;
	size_t i;

	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		for (i = 0; i < g->nprocs; i++) {
			struct process *p = g->procs[i];

			if (!state_is_signallable(process_state(p)) ||
			    (w = watch_make(e, p)) == NULL)
				continue;
			w->id = child_id(child_of(p));
			watch_take(w);
			loop_timer_set(w->timer, 0);
		}
	watch_drop_unclaimed(e);
}

/* A program is about to be spawned: what it gets besides. */
void
watch_spawning(
    void *arg, struct process *p, uint64_t id, struct child_extra *extra)
{
	struct engine *e = arg;
	struct watch *w = watch_find(e, p);

	if (w == NULL && (w = watch_make(e, p)) == NULL)
		return;
	watch_close(w, true);
	w->id = id;
	w->failures = 0;
	w->early = 0;
	w->status[0] = '\0';
	watch_listen(w, extra);
	if (w->ready != NULL)
		loop_timer_set(w->timer, loop_now_ms() + WATCH_FIRST_MS);
}

/* A process's state has changed. */
void
watch_changed(struct engine *e, struct process *p, enum proc_state to)
{
	struct watch *w = e->watches != NULL ? watch_find(e, p) : NULL;

	if (w == NULL)
		return;
	if (to == PROC_RUNNING && w->check != NULL)
		loop_timer_set(w->timer, 0);
	else if (to != PROC_STARTING) {
		loop_timer_set(w->timer, LOOP_NEVER);
		if (w->ready != NULL)
			probe_cancel(w->ready);
		if (w->check != NULL)
			probe_cancel(w->check);
	}
	if (!state_is_signallable(to))
		watch_close(w, true);
}

/* A process goes away. */
void
watch_forget(struct engine *e, struct process *p)
{
	struct watch *w = e->watches != NULL ? watch_find(e, p) : NULL;

	if (w == NULL)
		return;
	LIST_REMOVE(w, entry);
	watch_close(w, false);
	probe_free(w->ready);
	probe_free(w->check);
	loop_timer_free(w->timer);
	free(w);
}

/* Takes what the keeper says of commands of ours. */
bool
watch_event(struct engine *e, const struct appbase_keep_event *ev)
{
	struct watch *w;

	if (ev->id >> 32 < WATCH_ID_BASE)
		return false;
	LIST_FOREACH (w, &e->watches->list, entry)
		if (w->command == ev->id)
			break;
	switch (ev->type) {
	case APPBASE_KEEP_CHILD: /* of an engine before this one */
		(void)appbase_keep_signal(e->app, ev->id, SIGKILL, true);
		return true;
	case APPBASE_KEEP_EXITED:
		(void)appbase_keep_release(e->app, ev->id);
		/* FALLTHROUGH */
	case APPBASE_KEEP_SPAWN_FAILED:
		if (w == NULL)
			return true;
		w->command = 0;
		probe_exited(process_state(w->proc) == PROC_RUNNING ? w->check
								    : w->ready,
		    ev->type == APPBASE_KEEP_EXITED ? ev->status : 127 << 8);
		return true;
	default:
		return true;
	}
}

/* Says what the program says of itself, and whether it is healthy. */
const char *
watch_note(
    const struct engine *e, const struct process *p, char *buf, size_t len)
{
	const struct watch *w = e->watches != NULL ? watch_find(e, p) : NULL;
	bool sick;

	buf[0] = '\0';
	if (w == NULL || process_state(p) != PROC_RUNNING)
		return buf;
	sick = w->check != NULL && !process_is_healthy(p);
	(void)snprintf(buf, len, "%s%s%s", sick ? "not healthy" : "",
	    sick && w->status[0] != '\0' ? ", " : "", w->status);
	return buf;
}

/* Finds the watch of a process. */
static struct watch *
watch_find(const struct engine *e, const struct process *p)
{
	struct watch *w;

	LIST_FOREACH (w, &e->watches->list, entry)
		if (w->proc == p)
			return w;
	return NULL;
}

/* Makes a watch if the process is to be watched. */
static struct watch *
watch_make(struct engine *e, struct process *p)
{
	const struct config_process *cp = child_config(child_of(p));
	struct watch *w;

	if (cp->ready.kind == CONFIG_PROBE_NONE &&
	    cp->check.kind == CONFIG_PROBE_NONE)
		return NULL;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->e = e;
	w->proc = p;
	w->config = cp;
	w->line_fd = -1;
	LIST_INSERT_HEAD(&e->watches->list, w, entry);
	w->timer = loop_timer_new(e->loop, watch_on_timer, w);
	if (w->timer != NULL && watch_make_probes(w) == 0)
		return w;
	mainlog(
	    LEVEL_CRITICAL, "cannot watch %s: %s", cp->name, strerror(errno));
	watch_forget(e, p);
	return NULL;
}

/* Makes the probes that are configured. */
static int
watch_make_probes(struct watch *w)
{
	struct probe_settings set = {.loop = w->e->loop,
	    .config = &w->config->ready,
	    .exec = watch_exec,
	    .kill = watch_kill,
	    .done = watch_on_ready,
	    .arg = w};

	if (watch_asks(set.config) && (w->ready = probe_new(&set)) == NULL)
		return -1;
	set.config = &w->config->check;
	set.done = watch_on_check;
	if (watch_asks(set.config) && (w->check = probe_new(&set)) == NULL)
		return -1;
	return 0;
}

/* Is it we who ask, and not the program that tells? */
static bool
watch_asks(const struct config_probe *config)
{
	return config->kind != CONFIG_PROBE_NONE &&
	    config->kind != CONFIG_PROBE_NOTIFY &&
	    config->kind != CONFIG_PROBE_FD;
}

/* Closes what the program could speak through; drop: for good. */
static void
watch_close(struct watch *w, bool drop)
{
	char name[WATCH_NAME_MAX];

	if (drop && w->notify != NULL)
		(void)appbase_drop_fd(
		    w->e->app, watch_name("notify", w->id, name));
	if (drop && w->line != NULL)
		(void)appbase_drop_fd(
		    w->e->app, watch_name("ready", w->id, name));
	notifysock_free(w->notify);
	w->notify = NULL;
	loop_io_free(w->line);
	w->line = NULL;
	if (w->line_fd != -1)
		(void)close(w->line_fd);
	w->line_fd = -1;
}

/* Makes the keeper's name of a descriptor. */
static const char *
watch_name(const char *kind, uint64_t id, char buf[WATCH_NAME_MAX])
{
	(void)snprintf(
	    buf, WATCH_NAME_MAX, "%s.%llx", kind, (unsigned long long)id);
	return buf;
}

/* Makes what the program is to speak through. */
static void
watch_listen(struct watch *w, struct child_extra *extra)
{
	char name[WATCH_NAME_MAX];
	int fd, pair[2];

	if (w->config->ready.kind == CONFIG_PROBE_NOTIFY) {
		(void)snprintf(extra->notify, sizeof(extra->notify),
		    "@supervisord.%ld.%llx",
		    (long)appbase_supervisor_pid(w->e->app),
		    (unsigned long long)w->id);
		fd = notifysock_open(extra->notify + 1);
		if (fd == -1 ||
		    appbase_keep_fd(w->e->app,
			watch_name("notify", w->id, name), fd) == -1 ||
		    (w->notify = notifysock_new(
			 w->e->loop, fd, watch_on_notified, w)) == NULL)
			mainlog(LEVEL_CRITICAL, "no NOTIFY_SOCKET for %s: %s",
			    w->config->name, strerror(errno));
	} else if (w->config->ready.kind == CONFIG_PROBE_FD) {
		if (pipe2(pair, O_CLOEXEC) == -1 ||
		    appbase_keep_fd(w->e->app, watch_name("ready", w->id, name),
			pair[0]) == -1 ||
		    watch_read_line(w, pair[0]) == -1) {
			mainlog(LEVEL_CRITICAL, "no descriptor for %s: %s",
			    w->config->name, strerror(errno));
			return;
		}
		extra->fd = pair[1];
		extra->target = w->config->ready.fd;
	}
}

/* Takes up what an earlier engine had made. */
static void
watch_take(struct watch *w)
{
	char name[WATCH_NAME_MAX];
	int fd;

	fd = appbase_kept_take(w->e->app, watch_name("notify", w->id, name));
	if (fd != -1)
		w->notify =
		    notifysock_new(w->e->loop, fd, watch_on_notified, w);
	fd = appbase_kept_take(w->e->app, watch_name("ready", w->id, name));
	if (fd != -1)
		(void)watch_read_line(w, fd);
}

/* Drops what belongs to programs that are gone. */
static void
watch_drop_unclaimed(struct engine *e)
{
	const char *name = NULL;
	char *doomed = NULL;
	struct watch *w;

	while ((name = appbase_kept_next(e->app, name)) != NULL) {
		if (doomed != NULL)
			(void)appbase_drop_fd(e->app, doomed);
		free(doomed);
		doomed = NULL;
		if (strncmp(name, "notify.", 7) != 0 &&
		    strncmp(name, "ready.", 6) != 0)
			continue;
		LIST_FOREACH (w, &e->watches->list, entry)
			if (strtoull(strchr(name, '.') + 1, NULL, 16) == w->id)
				break;
		if (w == NULL)
			doomed = strdup(name);
	}
	if (doomed != NULL)
		(void)appbase_drop_fd(e->app, doomed);
	free(doomed);
}

/* Begins to read the pipe of readiness=fd:N, which is taken. */
static int
watch_read_line(struct watch *w, int fd)
{
	w->line_fd = fd;
	if (fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK) == -1 ||
	    (w->line = loop_io_new(
		 w->e->loop, fd, LOOP_READ, watch_on_line, w)) == NULL)
		return -1;
	return loop_io_enable(w->line, true);
}

/* A look is due. */
static void
watch_on_timer(void *arg)
{
	struct watch *w = arg;

	if (w->early != 0) {
		if (process_pid(w->proc) == w->early)
			process_ready(
			    w->proc, w->config->ready.text, loop_now_ms());
		if (process_pid(w->proc) != 0)
			w->early = 0;
		else
			loop_timer_set(
			    w->timer, loop_now_ms() + WATCH_EARLY_MS);
	} else if (process_state(w->proc) == PROC_STARTING &&
	    w->ready != NULL) {
		if (process_pid(w->proc) != 0)
			probe_start(w->ready, WATCH_LOOK_MS);
		else
			loop_timer_set(
			    w->timer, loop_now_ms() + WATCH_FIRST_MS);
	} else if (process_state(w->proc) == PROC_RUNNING && w->check != NULL)
		probe_start(w->check,
		    (w->config->healthcheck_timeout > 0
			    ? w->config->healthcheck_timeout
			    : 1) *
			1000);
}

/* The program has written to its descriptor, or closed it. */
static void
watch_on_line(void *arg)
{
	struct watch *w = arg;
	char text[64];
	ssize_t n;

	n = read(w->line_fd, text, sizeof(text));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || memchr(text, '\n', (size_t)n) != NULL) {
		if (n > 0)
			process_ready(
			    w->proc, w->config->ready.text, loop_now_ms());
		(void)loop_io_enable(w->line, false);
	}
}

/* What came of a look at one that is starting. */
static void
watch_on_ready(void *arg, bool ok, const char *why)
{
	struct watch *w = arg;
	int64_t now = loop_now_ms(), wait;

	if (ok) {
		process_ready(w->proc, w->config->ready.text, now);
		return;
	}
	mainlog(LEVEL_DEBUG, "%s is not ready: %s", w->config->name, why);
	wait = process_uptime_ms(w->proc, now) / 10;
	if (wait < WATCH_FIRST_MS)
		wait = WATCH_FIRST_MS;
	loop_timer_set(w->timer,
	    now + (wait > WATCH_SLOWEST_MS ? WATCH_SLOWEST_MS : wait));
}

/* What came of a look at one that runs. */
static void
watch_on_check(void *arg, bool ok, const char *why)
{
	struct watch *w = arg;
	int64_t now = loop_now_ms();

	loop_timer_set(w->timer, now + w->config->healthcheck_interval * 1000);
	if (ok) {
		w->failures = 0;
		if (!process_is_healthy(w->proc))
			mainlog(LEVEL_INFO, "%s is healthy (%s)",
			    w->config->name, why);
		process_set_healthy(w->proc, true);
		return;
	}
	mainlog(
	    LEVEL_DEBUG, "health check of %s failed: %s", w->config->name, why);
	if (process_uptime_ms(w->proc, now) <
	    w->config->healthcheck_start_period * 1000)
		return;
	if (++w->failures >= w->config->healthcheck_retries)
		watch_fail(w, why);
}

/* It is not healthy: does what is configured. */
static void
watch_fail(struct watch *w, const char *why)
{
	int signo = w->config->healthcheck_signal;

	mainlog(LEVEL_WARN, "%s is not healthy: %s (%lld times); %s",
	    w->config->name, why, (long long)w->failures,
	    w->config->healthcheck_action);
	w->failures = 0;
	process_set_healthy(w->proc, false);
	if (signo == 0)
		(void)process_restart(w->proc, loop_now_ms());
	else if (signo > 0)
		(void)process_signal(w->proc, signo, loop_now_ms());
}

/* Something was said on a NOTIFY_SOCKET: by the program, or by one that it has
 * started?  That may be asked only now, the speaker may be gone soon; but the
 * keeper's word of the program's pid may still be on its way. */
static void
watch_on_notified(void *arg, const struct appbase_notification *said)
{
	pid_t top = watch_top(arg, said->pid), pid;
	struct watch *w = arg;

	pid = process_pid(w->proc);
	if (top != -1 && pid == 0 && said->ready) {
		w->early = top;
		loop_timer_set(w->timer, loop_now_ms() + WATCH_EARLY_MS);
	} else if (top == -1 || top != pid)
		mainlog(LEVEL_WARN,
		    "pid %d has no business to speak for %s (pid %d)",
		    (int)said->pid, w->config->name, (int)pid);
	else
		watch_obey(w, said);
	engine_wake(w->e);
}

/* Does what was said. */
static void
watch_obey(struct watch *w, const struct appbase_notification *said)
{
	int64_t now = loop_now_ms();

	if (said->status != NULL) {
		(void)strlcpy(w->status, said->status, sizeof(w->status));
		w->status[strcspn(w->status, "\r\n\t")] = '\0';
	}
	if (said->extend_timeout_usec > 0)
		process_extend(w->proc, said->extend_timeout_usec / 1000, now);
	if (said->reloading || said->stopping)
		process_unready(w->proc, now);
	if (said->ready)
		process_ready(w->proc, w->config->ready.text, now);
}

/* Returns the keeper's child that a process descends from, or is; or -1. */
static pid_t
watch_top(const struct watch *w, pid_t pid)
{
	pid_t keeper = appbase_supervisor_pid(w->e->app), parent;
	int i;

	for (i = 0; i < WATCH_ANCESTORS && pid > 1; i++) {
		if ((parent = watch_parent(pid)) == keeper)
			return pid;
		pid = parent;
	}
	return -1;
}

/* Returns the parent of a process, or -1. */
static pid_t
watch_parent(pid_t pid)
{
	char path[64], text[512], *end;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	if ((end = strrchr(text, ')')) == NULL || strlen(end) < 4)
		return -1;
	return (pid_t)strtol(end + 4, NULL, 10);
}

/* Starts the command of a look. */
static int
watch_exec(void *arg, const char *command)
{
	struct watch *w = arg;
	uint64_t id;

	id = (uint64_t)(WATCH_ID_BASE + w->e->watches->commands++) << 32 |
	    (uint32_t)loop_now_ms();
	if (child_run_command(child_of(w->proc), id, command) == -1)
		return -1;
	w->command = id;
	return 0;
}

/* Kills it. */
static void
watch_kill(void *arg)
{
	struct watch *w = arg;

	if (w->command != 0)
		(void)appbase_keep_signal(w->e->app, w->command, SIGKILL, true);
	w->command = 0;
}
