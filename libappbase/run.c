/* SPDX-License-Identifier: BSD-2-Clause */
/* appbase_run(): from a command line to whatever this process is to be. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "appbase/daemon.h"
#include "appbase/supervise.h"
#include "libappbase/app.h"
#include "libappbase/detach.h"
#include "libappbase/fd.h"
#include "libappbase/fields.h"
#include "libappbase/handoff.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/pidfile.h"
#include "libappbase/secondstart.h"
#include "libappbase/supervisor.h"
#include "libappbase/title.h"
#include "libappbase/user.h"
#include "libappbase/worker.h"

/* Writes an error of the start to stderr and returns the exit status. */
static int APPBASE_PRINTF(3, 4)
    run_fail(const struct appbase *app, int status, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", app->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

/* A copy of argv for the re-exec. */
static int
run_copy_argv(struct appbase *app, int argc, char *const argv[])
{
	int i;

	app->argv = calloc((size_t)argc + 2, sizeof(*app->argv));
	if (app->argv == NULL)
		return -1;
	app->argc = argc > 0 ? argc : 1;
	for (i = 0; i < app->argc; i++)
		if ((app->argv[i] = strdup(i < argc ? argv[i] : "")) == NULL)
			return -1;
	return 0;
}

static const char *
run_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* How often the service manager wants to hear from us, in microseconds; 0 =
 * not, or it means another process. */
static int64_t
run_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	struct fields f = {.at = usec}, who = {.at = pid};
	int64_t us, want;

	if (usec == NULL)
		return 0;
	us = fields_int(&f, 0, INT64_MAX);
	want = pid != NULL ? fields_int(&who, 1, INT_MAX) : getpid();
	if (!fields_done(&f) || (pid != NULL && !fields_done(&who))) {
		log_warn("WATCHDOG_USEC=%s WATCHDOG_PID=%s: not numbers, "
			 "ignored",
		    usec, pid != NULL ? pid : "");
		return 0;
	}
	return want == getpid() ? us : 0;
}

/* What was passed on by the service manager leaves the environment. */
static int
run_take_environment(struct appbase *app)
{
	const char *notify = getenv("NOTIFY_SOCKET");

	if (notify != NULL && notify[0] != '\0' &&
	    (app->notify_socket = strdup(notify)) == NULL)
		return -1;
	app->watchdog_us = run_watchdog();
	if (inherit_systemd(&app->inherit, getpid(), getenv("LISTEN_PID"),
		getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES")) == -1 ||
	    inherit_server_starter(
		&app->inherit, getenv("SERVER_STARTER_PORT")) == -1)
		return -1;
	app->fdstore = getenv("FDSTORE") != NULL;
	unsetenv("FDSTORE");
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	unsetenv("SERVER_STARTER_PORT");
	return 0;
}

/* Parses the command line.  -1 = go on, else the exit status. */
static int
run_options(struct appbase *app)
{
	const struct appbase_class *c = app->cls;
	const struct appbase_option *built_in = c->script_run != NULL
	    ? settings_script_options
	    : settings_daemon_options;
	int errors;

	if (c->flags & APPBASE_OWN_OPTIONS)
		return -1;
	if ((app->opts = appbase_options_new()) == NULL ||
	    (c->options != NULL &&
		appbase_options_add(app->opts, c->options) == -1) ||
	    appbase_options_add(app->opts, built_in) == -1)
		return run_fail(
		    app, APPBASE_EXIT_SYSTEM, "options: %s", strerror(errno));
	errors = appbase_options_parse(app->opts, app->argc, app->argv, stderr);
	if (errors == -1)
		return run_fail(
		    app, APPBASE_EXIT_SYSTEM, "options: %s", strerror(errno));
	if (errors > 0 || appbase_option_switch(app->opts, "help")) {
		appbase_options_usage(app->opts, errors > 0 ? stderr : stdout,
		    app->name, c->usage_template, c->documentation, 0);
		return errors > 0 ? APPBASE_EXIT_USAGE : APPBASE_EXIT_OK;
	}
	if (appbase_option_switch(app->opts, "no-warn"))
		log_mute(true);
	return -1;
}

/* The pre-flight check of a class that parses its command line itself. */
static void
run_own_check(struct appbase *app)
{
	if ((app->cls->flags & APPBASE_OWN_OPTIONS) && app->set.preflight &&
	    app->argc > 1 && strcmp(app->argv[1], "--check-config") == 0)
		app->set.check = true;
}

/* Everything that is the same for every role.  -1 = go on. */
static int
run_prepare(struct appbase *app, const struct handoff *h)
{
	const char *listen_fd;
	int status;

	if (fd_ensure_stdio() == -1 ||
	    (app->listeners = listeners_new()) == NULL ||
	    run_take_environment(app) == -1)
		return run_fail(
		    app, APPBASE_EXIT_SYSTEM, "%s", strerror(errno));
	if ((status = run_options(app)) != -1 && h->role != HANDOFF_RESUME)
		return status;
	if (settings_resolve(&app->set, app->cls, app->opts, app->name) == -1)
		return run_fail(
		    app, APPBASE_EXIT_SYSTEM, "%s", strerror(errno));
	run_own_check(app);
	if (execpath_find(
		&app->exec, app->argv[0], app->cls->exec_path, NULL) == -1)
		return run_fail(app, APPBASE_EXIT_SYSTEM, "%s: %s",
		    app->argv[0], strerror(errno));
	if (app->opts != NULL && app->cls->script_run == NULL &&
	    (listen_fd = appbase_option_string(app->opts, "listen-fd")) !=
		NULL &&
	    inherit_option(&app->inherit, listen_fd) == -1)
		return run_fail(
		    app, APPBASE_EXIT_SYSTEM, "%s", strerror(errno));
	return -1;
}

/* Locks the pid file and puts our pid into it.  -1 = go on. */
static int
run_lock(struct appbase *app)
{
	const char *path = app->set.pid_file, *why = "";

	if (path == NULL)
		return -1;
	switch (pidfile_lock(path, &app->lock_fd, &why)) {
	case PIDFILE_BUSY:
		return secondstart_run(app);
	case PIDFILE_INVALID:
	case PIDFILE_ERROR:
		if (why[0] == '\0')
			why = strerror(errno);
		break;
	case PIDFILE_OK:
		if (pidfile_store(app->lock_fd, getpid()) == 0)
			return -1;
		why = strerror(errno);
		break;
	}
	if (!app->set.pidfile_optional)
		return run_fail(app, APPBASE_EXIT_PIDFILE, "%s: %s", path, why);
	log_warn("could not write pidfile %s: %s", path, why);
	return -1;
}

/* Looks up and becomes the user asked for.  -1 = go on. */
static int
run_switch_user(struct appbase *app)
{
	const struct settings *s = &app->set;
	struct user_ids ids;
	char err[256];
	int r = 0;

	if (user_lookup(s->user, s->group, &ids, err, sizeof(err)) == -1)
		return run_fail(app, APPBASE_EXIT_USER, "%s", err);
	if (ids.set) {
		if (app->lock_fd != -1 && geteuid() == 0 &&
		    fchown(app->lock_fd, ids.uid, ids.gid) == -1)
			log_warn("pid file %s: %m", s->pid_file);
		r = user_switch(&ids, err, sizeof(err));
	}
	user_clear(&ids);
	return r == -1 ? run_fail(app, APPBASE_EXIT_USER, "%s", err) : -1;
}

/* Directory and umask of the daemon.  -1 = go on. */
static int
run_surroundings(struct appbase *app)
{
	const struct settings *s = &app->set;

	if (s->umask >= 0)
		umask((mode_t)s->umask);
	if (s->directory != NULL && chdir(s->directory) == -1)
		return run_fail(app, APPBASE_EXIT_SYSTEM, "%s: %s",
		    s->directory, strerror(errno));
	return -1;
}

/* Adopts orphans, as init does. */
static void
run_subreaper(const struct appbase *app)
{
#ifdef PR_SET_CHILD_SUBREAPER
	if (app->set.subreaper && getpid() != 1 &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		log_warn("cannot become a subreaper: %m");
#else
	(void)app;
#endif
}

/* In the process that is to be the daemon: its standard descriptors, its pid.
 */
static int
run_stand_alone(struct appbase *app, bool detached)
{
	if (detached && detach_stdio(app->set.log_file) == -1)
		return -1;
	if (detached && app->set.log_file == NULL)
		log_detached();
	if (app->lock_fd != -1 && pidfile_store(app->lock_fd, getpid()) == -1 &&
	    !app->set.pidfile_optional)
		return -1;
	return 0;
}

/* The daemon proper, detached or not. */
static int
run_daemon(struct appbase *app, int start_fd)
{
	int status;

	run_subreaper(app);
	if (app->cls->supervised_process != NULL)
		return supervisor_start(app, start_fd);
	if (worker_init(app, -1, -1) == -1) {
		log_error("cannot start: %m");
		return APPBASE_EXIT_SYSTEM;
	}
	if (start_fd != -1) {
		char zero = 0;

		if (write(start_fd, &zero, 1) == -1)
			log_debug("start command: %m");
		fd_close(start_fd);
	}
	status = app->cls->daemon_run(app);
	if (app->lock_fd != -1)
		pidfile_unlink(app->lock_fd, app->set.pid_file);
	return status;
}

/* Starts the daemon in the background; both processes return here. */
static int
run_background(struct appbase *app)
{
	int fd, status;

	switch (detach_fork(app->lock_fd, &fd)) {
	case -1:
		status = run_fail(app, APPBASE_EXIT_SYSTEM, "cannot fork: %s",
		    strerror(errno));
		if (app->lock_fd != -1)
			pidfile_unlink(app->lock_fd, app->set.pid_file);
		return status;
	case 0:
		if (run_stand_alone(app, true) == -1) {
			log_error("cannot detach: %m");
			_exit(APPBASE_EXIT_SYSTEM);
		}
		return run_daemon(app, fd);
	default:
		status = app->set.wait_start
		    ? detach_wait(fd, app->set.start_timeout, app->name)
		    : APPBASE_EXIT_OK;
		/* The lock lives on in the daemon: closing is not unlocking. */
		fd_close(fd);
		return status;
	}
}

/* Closes what whoever started us left open, but for listeners handed in. */
static void
run_close_fds(const struct appbase *app)
{
	int fd, high = 2;
	size_t i;

	for (i = 0; i < app->inherit.n; i++)
		if (app->inherit.list[i].fd > high)
			high = app->inherit.list[i].fd;
	for (fd = 3; fd < high; fd++) {
		for (i = 0; i < app->inherit.n; i++)
			if (app->inherit.list[i].fd == fd)
				break;
		if (i == app->inherit.n)
			fd_close(fd);
	}
	fd_close_from(high + 1);
}

/* A start like any other. */
static int
run_first_start(struct appbase *app)
{
	int status;

	if (app->set.close_fds)
		run_close_fds(app);
	/* Until the supervisor reads it: a reload signal must not end us. */
	if (app->set.reload_signal != 0)
		signal(app->set.reload_signal, SIG_IGN);
	if ((status = run_lock(app)) != -1)
		return status;
	if (app->cls->prepare != NULL && (status = app->cls->prepare(app)) != 0)
		goto fail;
	if ((status = run_switch_user(app)) != -1 ||
	    (status = run_surroundings(app)) != -1)
		goto fail;
	if (!app->set.foreground)
		return run_background(app);
	if (run_stand_alone(app, false) == -1) {
		status = run_fail(app, APPBASE_EXIT_PIDFILE, "%s: %s",
		    app->set.pid_file, strerror(errno));
		goto fail;
	}
	return run_daemon(app, -1);
fail:
	listeners_drop_all(app->listeners);
	if (app->lock_fd != -1)
		pidfile_unlink(app->lock_fd, app->set.pid_file);
	return status;
}

/* A one-shot program. */
static int
run_script(struct appbase *app)
{
	const char *why = "";
	enum pidfile_result r;
	int status;

	app->role = APP_ALONE;
	if (app->set.pid_file != NULL) {
		r = pidfile_lock(app->set.pid_file, &app->lock_fd, &why);
		if (r == PIDFILE_BUSY)
			return run_fail(app, APPBASE_EXIT_LOCKED,
			    "another copy is running (%s)", app->set.pid_file);
		if (r != PIDFILE_OK ||
		    pidfile_store(app->lock_fd, getpid()) == -1)
			return run_fail(app, APPBASE_EXIT_PIDFILE, "%s: %s",
			    app->set.pid_file,
			    why[0] != '\0' ? why : strerror(errno));
	}
	status = app->cls->script_run(app);
	if (app->lock_fd != -1)
		pidfile_unlink(app->lock_fd, app->set.pid_file);
	return status;
}

/* A candidate worker of an in-place reload; does not return if it starts. */
static int
run_candidate(struct appbase *app, const struct handoff *h)
{
	int status;

	app->lock_fd = -1;
	log_set_role("candidate", app->generation);
	if (worker_init(app, h->line, h->chan) == -1)
		return run_fail(app, APPBASE_EXIT_SYSTEM,
		    "cannot take part in the reload: %s", strerror(errno));
	log_set_role("candidate", app->generation);
	if ((status = run_surroundings(app)) != -1)
		return status;
	worker_main(app);
}

/* Does what this process is for. */
static int
run_role(struct appbase *app, const struct handoff *h)
{
	switch (h->role) {
	case HANDOFF_WORKER:
		return run_candidate(app, h);
	case HANDOFF_SUPERVISOR:
		run_surroundings(app);
		run_subreaper(app);
		return supervisor_candidate(app, h);
	case HANDOFF_RESUME:
		run_surroundings(app);
		run_subreaper(app);
		return supervisor_resume(app, h);
	case HANDOFF_NONE:
		break;
	}
	if (app->cls->script_run != NULL)
		return run_script(app);
	if (app->set.check)
		return app->cls->check != NULL ? app->cls->check(app) : 0;
	return run_first_start(app);
}

static void
run_free(struct appbase *app)
{
	int i;

	for (i = 0; app->argv != NULL && i < app->argc; i++)
		free(app->argv[i]);
	free(app->argv);
	appbase_options_free(app->opts);
	settings_clear(&app->set);
	execpath_clear(&app->exec);
	inherit_clear(&app->inherit);
	listeners_free(app->listeners);
	free(app->notify_socket);
	free(app->name);
	fd_close(app->lock_fd);
	free(app);
}

int
appbase_run(const struct appbase_class *cls, int argc, char *argv[])
{
	const struct handoff *h = handoff_take();
	struct appbase *app;
	int status;

	if (cls == NULL || cls->abi != APPBASE_ABI ||
	    (cls->script_run == NULL && cls->daemon_run == NULL &&
		cls->supervised_process == NULL)) {
		fputs("appbase_run: not a class of this version\n", stderr);
		return APPBASE_EXIT_SYSTEM;
	}
	if ((app = calloc(1, sizeof(*app))) == NULL ||
	    run_copy_argv(app, argc, argv) == -1 ||
	    (app->name = strdup(
		 cls->name != NULL ? cls->name : run_basename(app->argv[0]))) ==
		NULL) {
		fputs("appbase_run: out of memory\n", stderr);
		return APPBASE_EXIT_SYSTEM;
	}
	app->cls = cls;
	app->lock_fd = -1;
	title_init(app, argc, argv);
	log_set_ident(app->name);
	sigprocmask(SIG_SETMASK, NULL, &app->orig_mask);
	if ((status = run_prepare(app, h)) == -1)
		status = run_role(app, h);
	run_free(app);
	return status;
}

bool
appbase_is_resuming(void)
{
	return handoff_take()->role != HANDOFF_NONE;
}

void *
appbase_context(const struct appbase *app)
{
	return app->cls->context;
}

const struct appbase_options *
appbase_options(const struct appbase *app)
{
	return app->opts;
}

const char *
appbase_name(const struct appbase *app)
{
	return app->name;
}

bool
appbase_is_supervisor(const struct appbase *app)
{
	return app->role == APP_SUPERVISOR;
}

bool
appbase_is_candidate(const struct appbase *app)
{
	return app->wk != NULL && app->wk->candidate;
}

uint64_t
appbase_generation(const struct appbase *app)
{
	return app->generation;
}

pid_t
appbase_supervisor_pid(const struct appbase *app)
{
	return app->supervisor_pid;
}
