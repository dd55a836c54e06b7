/* SPDX-License-Identifier: BSD-2-Clause */
/* Effective settings from class, options and defaults; see settings.h. */
#include "libappbase/settings.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PIDDIR "/var/run"

/* The application's own tables come first, so these never hide its options. */
const struct appbase_option settings_script_options[] = {
    {"help", NULL, "Show this help information", APPBASE_SWITCH, NULL},
    {"pid-file", "pid-file=FILE", "Use FILE as the pid file", APPBASE_STRING,
	NULL},
    {"no-warn", NULL, "Do not write warnings", APPBASE_SWITCH, NULL},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

const struct appbase_option settings_daemon_options[] = {
    {"help", NULL, "Show this help information", APPBASE_SWITCH, NULL},
    {"no-fork", NULL, "Stay in the foreground", APPBASE_SWITCH, NULL},
    {"pid-file", "pid-file=FILE", "Use FILE as the pid file", APPBASE_STRING,
	NULL},
    {"no-pid-file", NULL, "Neither write nor lock a pid file", APPBASE_SWITCH,
	NULL},
    {"user", "user=NAME", "Run as this user, a name, a number or user:group",
	APPBASE_STRING, NULL},
    {"group", "group=NAME", "Run as this group, a name or a number",
	APPBASE_STRING, NULL},
    {"no-warn", NULL, "Do not write warnings", APPBASE_SWITCH, NULL},
    {"no-wait", NULL, "Return before the daemon is ready", APPBASE_SWITCH,
	NULL},
    {"wait", NULL,
	"If the daemon runs already, wait for the result of its reload",
	APPBASE_SWITCH, NULL},
    {"check-config", NULL, "Check the configuration and exit", APPBASE_SWITCH,
	NULL},
    {"log-file", "log-file=FILE", "Write messages to FILE after detaching",
	APPBASE_STRING, NULL},
    {"status-file", "status-file=FILE", "Keep a status report in FILE",
	APPBASE_STRING, NULL},
    {"listen-fd", "listen-fd=NAME=N", "Use descriptor N as listener NAME",
	APPBASE_STRING, NULL},
    {"close-fds", NULL, "Close inherited descriptors above 2", APPBASE_SWITCH,
	NULL},
    {"subreaper", NULL, "Adopt and reap orphaned processes", APPBASE_SWITCH,
	NULL},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

/* A class's number with its default; `none` stands for APPBASE_NONE. */
static int64_t
settings_time(int64_t value, int64_t def, int64_t none)
{
	if (value == 0)
		return def;
	return value < 0 ? none : value;
}

static int
settings_signal(int value, int def)
{
	if (value == 0)
		return def;
	return value < 0 ? 0 : value;
}

static void
settings_times(struct settings *s, const struct appbase_class *c)
{
	s->respawn_delay = settings_time(c->delay_before_respawn_ms, 5000, 0);
	s->max_delay = settings_time(c->max_delay_ms, 60000, INT64_MAX);
	s->min_uptime = settings_time(c->min_uptime_ms, 10000, 0);
	s->stop_timeout = settings_time(c->stop_timeout_ms, 10000, -1);
	s->drain_timeout =
	    settings_time(c->drain_timeout_ms, s->stop_timeout, -1);
	s->shutdown_timeout =
	    settings_time(c->shutdown_timeout_ms, s->stop_timeout, -1);
	s->reload_timeout = settings_time(c->reload_timeout_ms, 60000, -1);
	s->start_timeout = settings_time(c->start_timeout_ms, 60000, -1);
	s->ready_after = settings_time(c->ready_after_ms, 1000, -1);
	s->ping_timeout = settings_time(c->ping_timeout_ms, -1, -1);
	s->orphan_timeout = settings_time(c->orphan_timeout_ms, 900, -1);
}

static void
settings_flags(struct settings *s, const struct appbase_class *c)
{
	uint32_t f = c->flags;

	s->foreground = f & APPBASE_FOREGROUND;
	s->wait_start = true;
	s->hot_reload = f & APPBASE_HOT_RELOAD;
	s->exclusive = f & APPBASE_EXCLUSIVE;
	s->overlap = f & APPBASE_OVERLAP;
	s->two_supervisors = f & APPBASE_TWO_SUPERVISORS;
	s->calls_ready = f & APPBASE_CALLS_READY;
	s->subreaper = (f & APPBASE_SUBREAPER) || getpid() == 1;
	s->preflight = f & APPBASE_PREFLIGHT;
	s->outlives = f & APPBASE_OUTLIVES;
	s->pidfile_optional = f & APPBASE_PIDFILE_OPTIONAL;
	s->start_reload = s->hot_reload && !(f & APPBASE_NO_START_RELOAD);
	s->umask = c->umask_plus_1 - 1;
	s->hup = c->hup;
	s->reload_signal = settings_signal(c->reload_signal, SIGUSR2);
	s->stop_signal = settings_signal(c->stop_signal, SIGTERM);
	s->abort_signal = settings_signal(c->abort_signal, SIGABRT);
	if (s->stop_signal == 0)
		s->stop_signal = SIGTERM;
	if (s->abort_signal == 0)
		s->abort_signal = SIGKILL;
}

/* A copy of `path` that does not depend on the working directory. */
static char *
settings_absolute(const char *path)
{
	char cwd[PATH_MAX], *abs;

	if (path[0] == '/')
		return strdup(path);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return NULL;
	return asprintf(&abs, "%s/%s", strcmp(cwd, "/") ? cwd : "", path) == -1
	    ? NULL
	    : abs;
}

static char *
settings_default_pidfile(const char *name)
{
	const char *dir = getenv("APP_BASE_DAEMON_PIDDIR");
	char *path;

	if (dir == NULL || dir[0] == '\0')
		dir = DEFAULT_PIDDIR;
	return asprintf(&path, "%s/%s.pid", dir, name) == -1 ? NULL : path;
}

/* An option's text, else the class's. */
static const char *
settings_string(
    const struct appbase_options *o, const char *name, const char *from_class)
{
	const char *text = o != NULL ? appbase_option_string(o, name) : NULL;

	return text != NULL ? text : from_class;
}

/* Pid, status and log file, all absolute. */
static int
settings_paths(struct settings *s, const struct appbase_class *c,
    const struct appbase_options *o, const char *name, bool no_pid_file)
{
	bool script = c->script_run != NULL;
	const char *path = settings_string(o, "pid-file", c->pid_file);

	if (!no_pid_file && (!script || (c->flags & APPBASE_ONLY_ONE))) {
		char *raw = path != NULL ? strdup(path)
					 : settings_default_pidfile(name);
		if (raw == NULL ||
		    (s->pid_file = settings_absolute(raw)) == NULL) {
			free(raw);
			return -1;
		}
		free(raw);
	}
	if (script)
		return 0;
	path = settings_string(o, "log-file", c->log_file);
	if (path != NULL && (s->log_file = settings_absolute(path)) == NULL)
		return -1;
	path = settings_string(o, "status-file", c->status_file);
	if (path == NULL && s->hot_reload && s->pid_file != NULL) {
		if (asprintf(&s->status_file, "%s.status", s->pid_file) == -1) {
			s->status_file = NULL;
			return -1;
		}
		return 0;
	}
	if (path != NULL && path[0] != '\0' &&
	    (s->status_file = settings_absolute(path)) == NULL)
		return -1;
	return 0;
}

int
settings_resolve(struct settings *s, const struct appbase_class *c,
    const struct appbase_options *o, const char *name)
{
	bool no_pid_file = c->flags & APPBASE_NO_PIDFILE;

	memset(s, 0, sizeof(*s));
	settings_flags(s, c);
	settings_times(s, c);
	s->directory = c->directory;
	s->user = c->user;
	s->group = c->group;
	if (o != NULL && c->script_run == NULL) {
		no_pid_file |= appbase_option_switch(o, "no-pid-file");
		s->foreground |= appbase_option_switch(o, "no-fork");
		s->wait_start = !appbase_option_switch(o, "no-wait");
		s->wait_reload = appbase_option_switch(o, "wait");
		s->close_fds = appbase_option_switch(o, "close-fds");
		s->check = appbase_option_switch(o, "check-config");
		s->subreaper |= appbase_option_switch(o, "subreaper");
		s->user = settings_string(o, "user", c->user);
		s->group = settings_string(o, "group", c->group);
	}
	if (settings_paths(s, c, o, name, no_pid_file) == -1) {
		int error = errno;

		settings_clear(s);
		errno = error;
		return -1;
	}
	return 0;
}

void
settings_clear(struct settings *s)
{
	free(s->pid_file);
	free(s->status_file);
	free(s->log_file);
	memset(s, 0, sizeof(*s));
}
