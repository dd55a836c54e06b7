/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reload's operations in the supervisor: what the state machine of reload.h
 * orders is done here, in place or by a second supervisor (R-26, in
 * supsecond.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/pidfile.h"
#include "libappbase/spawn.h"
#include "libappbase/supervisor.h"

#define SUPRELOAD_FLUSH_MS 5000 /* for messages to leave before the exec */

extern char **environ;

/* The reason of the last failed operation; reports borrow it. */
static char supreload_why[256];

/* The arguments with --check-config first; free() the vector only. */
static char **
supreload_check_argv(const struct appbase *app)
{
	static char option[] = "--check-config";
	char **argv = reallocarray(NULL, (size_t)app->argc + 2, sizeof(*argv));

	if (argv == NULL)
		return NULL;
	argv[0] = app->argv[0];
	argv[1] = option;
	memcpy(argv + 2, app->argv + 1, (size_t)app->argc * sizeof(*argv));
	return argv;
}

/* Starts the pre-flight check of the new image. */
static int
supreload_check(void *arg, const char **why)
{
	static const struct appbase_child_fd fds[] = {{0, 0}, {1, 1}, {2, 2}};
	struct supervisor *sup = arg;
	struct appbase *app = sup->app;
	struct appbase_spawn req = {.path = app->exec.path,
	    .envp = environ,
	    .directory = app->exec.cwd,
	    .flags = APPBASE_SPAWN_SETPGID,
	    .fds = fds,
	    .nfds = 3};
	struct spawn_result res = {0, APPBASE_STAGE_NONE, ENOMEM};
	char **argv = supreload_check_argv(app);
	int r = -1;

	if (argv != NULL) {
		req.argv = argv;
		r = spawn_run(&req, 0, &res);
	}
	free(argv);
	if (r == 0) {
		sup->check_pid = res.pid;
		return 0;
	}
	if (res.pid > 0)
		waitpid(res.pid, NULL, 0); /* it has ended */
	snprintf(supreload_why, sizeof(supreload_why),
	    "cannot run the configuration check: %s: %s", app->exec.path,
	    strerror(res.error));
	*why = supreload_why;
	return -1;
}

/* Kept children cannot be given to another parent, nor is anything else. */
static bool
supreload_second(const struct supervisor *sup)
{
	return sup->app->set.two_supervisors && keeper_is_empty(sup->keeper) &&
	    getpid() != 1;
}

/* Starts the candidate. */
static int
supreload_launch(void *arg, const char **why)
{
	struct supervisor *sup = arg;
	struct appbase *app = sup->app;
	char image[256];
	const char *stage = "prepare";

	*why = supreload_why;
	if (execpath_check(&app->exec, image, sizeof(image)) == -1) {
		snprintf(supreload_why, sizeof(supreload_why), "%s: %s",
		    app->exec.path, strerror(errno));
		return -1;
	}
	sup->candidate = workproc_exec(
	    app, app->generation + 1, supreload_second(sup), &stage);
	if (sup->candidate == NULL) {
		snprintf(supreload_why, sizeof(supreload_why),
		    "cannot start %s: %s: %s", app->exec.path, stage,
		    strerror(errno));
		return -1;
	}
	if (app->set.ping_timeout > 0)
		sup->candidate->watch_ms =
		    sup->candidate->started_ms + app->set.ping_timeout;
	log_info(
	    "candidate %ld started from %s", (long)sup->candidate->pid, image);
	return 0;
}

/* Ends the check or the candidate, with all that it started. */
static void
supreload_terminate(void *arg)
{
	struct supervisor *sup = arg;
	const struct settings *s = &sup->app->set;

	if (sup->check_pid != 0) {
		kill(-sup->check_pid, SIGKILL);
		kill(sup->check_pid, SIGKILL);
	}
	if (sup->candidate != NULL)
		workproc_end(sup->candidate, s->stop_signal, s->stop_timeout);
}

bool
supreload_overlaps(const struct supervisor *sup)
{
	const struct settings *s = &sup->app->set;

	if (s->exclusive || keeper_living(sup->keeper) > 0)
		return false;
	return s->overlap || !TAILQ_EMPTY(&sup->app->listeners->list);
}

/* From here on the candidate is the worker. */
static bool
supreload_commit(void *arg)
{
	struct supervisor *sup = arg;
	struct appbase *app = sup->app;
	const struct settings *s = &app->set;
	struct workproc *wp = sup->candidate;

	if (sup->active != NULL)
		keeper_detach(sup->keeper, sup->active);
	sup->old = sup->active;
	sup->active = wp;
	sup->candidate = NULL;
	sup->respawn_ms = CLOCK_NEVER;
	sup->respawn.failures = 0;
	wp->ready = true;
	sup->was_ready = true;
	supervisor_started(sup, APPBASE_EXIT_OK, NULL);
	if (wp->supervisor)
		return supsecond_commit(sup);
	app->generation = wp->generation;
	log_set_role("supervisor", app->generation);
	if (supreload_overlaps(sup)) {
		wp->candidate = false;
		workproc_ok(wp);
	}
	listeners_commit(app->listeners, wp->claims);
	if (sup->old == NULL)
		return false;
	log_info("worker %ld takes over, ending the old worker %ld",
	    (long)wp->pid, (long)sup->old->pid);
	workproc_end(sup->old, s->stop_signal, s->drain_timeout);
	supstatus_extend(sup, s->drain_timeout);
	return true;
}

/* The old worker is gone. */
static void
supreload_finish(void *arg)
{
	struct supervisor *sup = arg;
	struct workproc *wp = sup->active;

	if (wp != NULL && wp->supervisor) {
		supsecond_finish(sup);
		return;
	}
	if (wp != NULL) {
		wp->candidate = false;
		workproc_ok(wp);
	}
	sup->replace = true;
	sup->replace_ms = clock_now_ms() + SUPRELOAD_FLUSH_MS;
}

/* A reload with another program has failed: the next one takes the usual. */
static void
supreload_usual(struct supervisor *sup)
{
	if (sup->usual_path == NULL)
		return;
	free(sup->app->exec.path);
	sup->app->exec.path = sup->usual_path;
	sup->usual_path = NULL;
}

static void
supreload_report(void *arg, const char *reason, int64_t took_ms)
{
	struct supervisor *sup = arg;
	uint64_t generation = sup->app->generation;

	sup->reloads++;
	sup->reload_took_ms = took_ms;
	if (reason == NULL) {
		strlcpy(sup->reload_result, "ok", sizeof(sup->reload_result));
		log_info("reload committed after %" PRId64 " ms: generation "
			 "%" PRIu64,
		    took_ms, generation + 1);
		return;
	}
	supreload_usual(sup);
	keeper_reload_failed(sup->keeper, reason);
	snprintf(sup->reload_result, sizeof(sup->reload_result), "failed: %s",
	    reason);
	log_error("reload failed after %" PRId64 " ms: %s; generation "
		  "%" PRIu64 " goes on",
	    took_ms, reason, generation);
	supstatus_notify(sup, "READY=1\nSTATUS=Reload failed: %s", reason);
}

static void
supreload_remembered(void *arg)
{
	(void)arg;
	log_warn("a reload is under way, another one will follow it");
}

static const struct reload_ops supreload_ops = {
    .check = supreload_check,
    .launch = supreload_launch,
    .terminate = supreload_terminate,
    .commit = supreload_commit,
    .finish = supreload_finish,
    .report = supreload_report,
    .remembered = supreload_remembered,
};

void
supreload_init(struct supervisor *sup)
{
	reload_init(&sup->reload, &supreload_ops, sup,
	    sup->app->set.reload_timeout, sup->app->set.preflight);
}

/* An operator may have removed the pid file: makes it again (T-53). */
static bool
supreload_pidfile(struct supervisor *sup)
{
	struct appbase *app = sup->app;
	const char *why = "";
	int fd;

	if (app->lock_fd == -1 ||
	    pidfile_is_current(app->lock_fd, app->set.pid_file))
		return true;
	if (pidfile_lock(app->set.pid_file, &fd, &why) != PIDFILE_OK) {
		log_error("pid file %s was replaced and is not ours any more, "
			  "reload refused",
		    app->set.pid_file);
		return false;
	}
	if (pidfile_store(fd, getpid()) == -1)
		log_error("pid file %s: %m", app->set.pid_file);
	log_warn("pid file %s was removed, made again", app->set.pid_file);
	fd_close(app->lock_fd);
	app->lock_fd = fd;
	return true;
}

void
supreload_request(struct supervisor *sup, const char *who)
{
	if (sup->phase != SUP_RUNNING || sup->leaving)
		return;
	if (sup->above != NULL) {
		log_info(
		    "reload asked for by %s, queued until we are in charge",
		    who);
		sup->reload_queued = true;
		return;
	}
	if (!sup->app->set.hot_reload) {
		log_warn("reload asked for by %s: this daemon cannot be "
			 "reloaded",
		    who);
		return;
	}
	if (!sup->was_ready && sup->active != NULL && sup->restarts == 0) {
		log_info("reload asked for by %s, queued until the first "
			 "worker is ready",
		    who);
		sup->reload_queued = true;
		return;
	}
	log_info("reload asked for by %s", who);
	if (!supreload_pidfile(sup))
		return;
	if (sup->reload.state == RELOAD_IDLE)
		supstatus_notify(sup, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		    clock_now_us());
	reload_event(&sup->reload, RELOAD_REQUEST, clock_now_ms(), NULL);
}

void
supreload_upgrade(struct supervisor *sup, const char *path)
{
	struct execpath *exec = &sup->app->exec;
	uint64_t before = sup->reloads;
	char *copy;

	if (sup->reload.state != RELOAD_IDLE || sup->phase != SUP_RUNNING ||
	    sup->replace || !sup->app->set.hot_reload) {
		keeper_reload_failed(
		    sup->keeper, "nothing can be reloaded just now");
		return;
	}
	if (path[0] != '\0' && (copy = strdup(path)) != NULL) {
		sup->usual_path = exec->path;
		exec->path = copy;
	}
	supreload_request(sup, "the worker");
	if (sup->reload.state == RELOAD_IDLE && sup->reloads == before) {
		supreload_usual(sup);
		keeper_reload_failed(sup->keeper, "the reload was refused");
	}
}

/* Executes the new image over ourselves; returns only if that fails. */
static void
supreload_exec(struct supervisor *sup)
{
	struct appbase *app = sup->app;
	struct handoff h = {HANDOFF_RESUME, -1, -1, app->lock_fd, -1, 0};
	char cwd[4096];
	bool moved = app->exec.cwd != NULL && getcwd(cwd, sizeof(cwd)) != NULL;

	if (sup->active != NULL) {
		h.worker = sup->active->pid;
		h.line = sup->active->line;
	}
	if ((h.state = suprecord_save(sup)) == -1) {
		log_error("cannot write the state record: %m");
		return;
	}
	if (setenv(HANDOFF_ENV, handoff_format(&h), 1) == 0 &&
	    (!moved || chdir(app->exec.cwd) == 0)) {
		fd_set_cloexec(h.state, false);
		suprecord_cloexec(sup, false);
		execve(app->exec.path, app->argv, environ);
	}
	log_error(
	    "cannot execute %s: %m; the old image goes on", app->exec.path);
	suprecord_cloexec(sup, true);
	unsetenv(HANDOFF_ENV);
	fd_close(h.state);
	if (moved && chdir(cwd) == -1)
		log_error("cannot return to %s: %m", cwd);
}

void
supreload_replace(struct supervisor *sup)
{
	struct workproc *wp = sup->active;
	int64_t now = clock_now_ms();

	if (wp != NULL && wp->chan != NULL && chan_wants_write(wp->chan)) {
		if (now < sup->replace_ms)
			return;
		log_warn("worker %ld does not read its messages, the old "
			 "image goes on",
		    (long)wp->pid);
	} else
		supreload_exec(sup);
	sup->replace = false;
	supstatus_notify(
	    sup, "READY=1\nSTATUS=Generation %" PRIu64, sup->app->generation);
	reload_event(&sup->reload, RELOAD_FINISHED, now, NULL);
}
