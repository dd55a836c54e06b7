/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upgrades in place (B-502): another supervisord takes over under the running
 * programs.
 *
 *   begin --> CHECKING --ok--> STARTING --> (our end; the next engine: DONE)
 *                |                |
 *                +----------------+-------> FAILED, and all is as it was
 *
 * CHECKING runs the new program with --check-state on copies of what would be
 * taken up.  STARTING is the library's reload: a candidate is started, and only
 * when it is ready are we asked to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <appbase.h>

#include "common/errtext.h"
#include "config.h"
#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/procfmt.h"

#define UPGRADE_CHECK_MS 10000 /* for the answer of --check-state */
#define UPGRADE_TEXT_MAX 1024  /* of what it says */
#define UPGRADE_STATE_FD 3     /* in the program that checks */

enum upgrade_phase {
	UPGRADE_NONE,
	UPGRADE_CHECKING,
	UPGRADE_STARTING,
	UPGRADE_DONE,
	UPGRADE_FAILED,
};

struct upgrade {
	enum upgrade_phase phase;
	char path[PATH_MAX];
	char why[256];
	uint64_t id; /* of the program that checks */
	int fd;	     /* what it says */
	bool late;
	struct loop_timer *timer;
};

static void upgrade_on_timer(void *);

/* Prepares; an upgrade that was under way has brought us, or it has not. */
int
upgrade_equip(struct engine *e)
{
	struct roster_head *head = roster_head(e->roster);
	struct upgrade *u;

	if ((u = e->upgrade = calloc(1, sizeof(*u))) == NULL)
		return -1;
	u->fd = -1;
	if ((u->timer = loop_timer_new(e->loop, upgrade_on_timer, e)) == NULL)
		return -1;
	if (!head->upgrading)
		return 0;
	head->upgrading = 0;
	roster_write_head(e->roster);
	if (appbase_generation(e->app) > head->upgrade_from) {
		u->phase = UPGRADE_DONE;
		mainlog(
		    LEVEL_INFO, "upgraded to supervisord %s", PACKAGE_VERSION);
	} else {
		u->phase = UPGRADE_FAILED;
		(void)strlcpy(
		    u->why, "the engine died meanwhile", sizeof(u->why));
	}
	return 0;
}

void
upgrade_free(struct engine *e)
{
	if (e->upgrade == NULL)
		return;
	loop_timer_free(e->upgrade->timer);
	if (e->upgrade->fd != -1)
		(void)close(e->upgrade->fd);
	free(e->upgrade);
	e->upgrade = NULL;
}

/* Ends an attempt. */
static void
upgrade_fail(struct engine *e, const char *why)
{
	struct roster_head *head = roster_head(e->roster);
	struct upgrade *u = e->upgrade;

	u->phase = UPGRADE_FAILED;
	(void)strlcpy(u->why, why, sizeof(u->why));
	loop_timer_set(u->timer, LOOP_NEVER);
	if (u->fd != -1)
		(void)close(u->fd);
	u->fd = -1;
	head->upgrading = 0;
	roster_write_head(e->roster);
	mainlog(LEVEL_ERROR, "upgrade to %s failed: %s", u->path, u->why);
}

/* A nameless file of those bytes, at its beginning; -1 with errno. */
static int
upgrade_file(const void *data, size_t len)
{
	FILE *f = tmpfile();
	int fd = -1;

	if (f == NULL)
		return -1;
	if (fwrite(data, 1, len, f) == len && fflush(f) == 0)
		fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, UPGRADE_STATE_FD);
	(void)fclose(f);
	return fd;
}

/* The files of what is to be taken up. */
static int
upgrade_files(const struct engine *e, int fds[2])
{
	size_t len;
	char *text = engine_config_text(e, &len);

	fds[0] = upgrade_file(e->state, roster_size());
	fds[1] = text != NULL ? upgrade_file(text, len) : -1;
	free(text);
	return fds[0] != -1 && fds[1] != -1 ? 0 : -1;
}

/* The value of --check-state. */
static void
upgrade_value(char *buf, size_t size)
{
	const struct daemon_region *r;
	int n = snprintf(buf, size, "/dev/fd/%d,/dev/fd/%d", UPGRADE_STATE_FD,
	    UPGRADE_STATE_FD + 1);

	for (r = daemon_regions; r->name != NULL && n < (int)size; r++)
		n += snprintf(
		    buf + n, size - (size_t)n, ",%s=%zu", r->name, r->size());
}

/* Asks the keeper to run the check. */
static int
upgrade_spawn(struct engine *e, const int files[2], int out)
{
	const struct daemon_context *context = e->context;
	char option[] = "--check-state", value[512];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), rc = -1;
	const struct appbase_child_fd fds[] = {{0, null}, {1, out}, {2, out},
	    {UPGRADE_STATE_FD, files[0]}, {UPGRADE_STATE_FD + 1, files[1]}};
	struct appbase_spawn spawn = {.id = e->upgrade->id,
	    .path = e->upgrade->path,
	    .envp = environ,
	    .directory = context->directory,
	    .flags = APPBASE_SPAWN_SETPGID,
	    .fds = fds,
	    .nfds = 5};
	char **argv = calloc((size_t)context->argc + 4, sizeof(*argv));

	if (argv != NULL && null != -1) {
		upgrade_value(value, sizeof(value));
		argv[0] = e->upgrade->path;
		argv[1] = option;
		argv[2] = value;
		memcpy(argv + 3, context->argv + 1,
		    (size_t)context->argc * sizeof(*argv));
		spawn.argv = argv;
		rc = appbase_keep_spawn(e->app, &spawn);
	}
	free(argv);
	if (null != -1)
		(void)close(null);
	return rc;
}

/* Starts the check. */
static int
upgrade_check(struct engine *e)
{
	struct upgrade *u = e->upgrade;
	int files[2] = {-1, -1}, pipes[2] = {-1, -1}, rc = -1, error;

	u->id = roster_head(e->roster)->upgrades;
	if (upgrade_files(e, files) == 0 &&
	    pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0)
		rc = upgrade_spawn(e, files, pipes[1]);
	error = errno;
	for (int i = 0; i < 2; i++)
		if (files[i] != -1)
			(void)close(files[i]);
	if (pipes[1] != -1)
		(void)close(pipes[1]);
	u->fd = pipes[0];
	errno = error;
	return rc;
}

/* Finds the program: what is installed where we were started from, unless
 * another one is named.  -1 with *err. */
static int
upgrade_find(struct engine *e, const char *path, char **err)
{
	const struct daemon_context *context = e->context;
	struct upgrade *u = e->upgrade;
	const char *usual = context->program;
	int n;

	if (path[0] != '\0' && path[0] != '/')
		return errtext_set(err, "%s: not an absolute path", path);
	n = path[0] != '\0' || usual[0] == '/'
	    ? snprintf(u->path, sizeof(u->path), "%s",
		  path[0] != '\0' ? path : usual)
	    : snprintf(
		  u->path, sizeof(u->path), "%s/%s", context->directory, usual);
	if (n >= (int)sizeof(u->path))
		errno = ENAMETOOLONG;
	else if (access(u->path, X_OK) == 0)
		return 0;
	return errtext_set(err, "%s: %s", u->path, strerror(errno));
}

int64_t
upgrade_begin(struct engine *e, const char *path, char **err)
{
	struct roster_head *head = roster_head(e->roster);
	struct upgrade *u = e->upgrade;

	if (u->phase == UPGRADE_CHECKING || u->phase == UPGRADE_STARTING)
		return errtext_set(err, "an upgrade is under way");
	if (registry_state(e->registry) != SUPERVISOR_RUNNING)
		return errtext_set(err, "supervisord is stopping");
	if (upgrade_find(e, path, err) == -1)
		return -1;
	head->upgrades++;
	roster_write_head(e->roster);
	u->late = false;
	if (upgrade_check(e) == -1) {
		upgrade_fail(e, strerror(errno));
		return errtext_set(err, "%s", u->why);
	}
	u->phase = UPGRADE_CHECKING;
	loop_timer_set(u->timer, loop_now_ms() + UPGRADE_CHECK_MS);
	mainlog(LEVEL_INFO, "upgrade to %s: checking", u->path);
	return (int64_t)head->upgrades;
}

const char *
upgrade_state(const struct engine *e, int64_t *number, const char **why)
{
	static const char *const names[] = {
	    "none", "checking", "starting", "done", "failed"};

	*number = (int64_t)roster_head(e->roster)->upgrades;
	*why = e->upgrade->why;
	return names[e->upgrade->phase];
}

/* The check takes too long. */
static void
upgrade_on_timer(void *arg)
{
	struct engine *e = arg;

	e->upgrade->late = true;
	(void)appbase_keep_signal(e->app, e->upgrade->id, SIGKILL, true);
}

/* The check has passed: has the keeper start a candidate. */
static void
upgrade_start(struct engine *e)
{
	struct roster_head *head = roster_head(e->roster);
	struct upgrade *u = e->upgrade;

	u->phase = UPGRADE_STARTING;
	head->upgrading = 1;
	head->upgrade_from = appbase_generation(e->app);
	roster_write_head(e->roster);
	mainlog(LEVEL_INFO, "upgrade to %s: starting", u->path);
	if (appbase_request_upgrade(e->app, u->path) == -1)
		upgrade_fail(e, strerror(errno));
}

/* The check has ended. */
static void
upgrade_checked(struct engine *e, int status)
{
	char text[UPGRADE_TEXT_MAX], how[PROCFMT_STATUS_MAX];
	struct upgrade *u = e->upgrade;
	ssize_t n = read(u->fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	loop_timer_set(u->timer, LOOP_NEVER);
	(void)close(u->fd);
	u->fd = -1;
	if (u->late)
		upgrade_fail(e, "--check-state was not answered in time");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	    strncmp(text, DAEMON_STATE_OK, strlen(DAEMON_STATE_OK)) == 0)
		upgrade_start(e);
	else if (text[0] != '\0')
		upgrade_fail(e, text);
	else {
		(void)snprintf(text, sizeof(text), "--check-state: %s",
		    procfmt_status(status, how));
		upgrade_fail(e, text);
	}
}

bool
upgrade_event(struct engine *e, const struct appbase_keep_event *event)
{
	struct upgrade *u = e->upgrade;
	char text[256];

	if (event->type == APPBASE_KEEP_RELOAD_FAILED) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)event->taglen,
		    (const char *)event->tag);
		if (u->phase == UPGRADE_STARTING)
			upgrade_fail(e, text);
		return true;
	}
	if (u->phase != UPGRADE_CHECKING || event->id != u->id)
		return false;
	if (event->type == APPBASE_KEEP_SPAWN_FAILED) {
		(void)snprintf(text, sizeof(text), "%s: %s",
		    appbase_spawn_stage_name(event->stage),
		    strerror(event->error));
		upgrade_fail(e, text);
	} else if (event->type == APPBASE_KEEP_EXITED) {
		(void)appbase_keep_release(e->app, event->id);
		upgrade_checked(e, event->status);
	}
	return true;
}
