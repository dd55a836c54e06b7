/* SPDX-License-Identifier: BSD-2-Clause */
/* How a program is asked for: its pipes, its identity, the request. */
#include "supervisord/io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "common/pool.h"
#include "supervisord/io/child_private.h"
#include "supervisord/io/command.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/io/sockets.h"
#include "supervisord/model/procfmt.h"

#define CHILD_GROUPS_MAX 1024

/* The ends of a program's pipes while it is being started. */
struct child_pipes {
	int ours[3], theirs[3];
};

static int child_hold_socket(struct child *, char *, size_t);
static int child_prepare(struct child *, struct child_pipes *);
static int child_make_pipes(struct child *, struct child_pipes *);
static void child_close_pipes(struct child_pipes *);
static int child_keep_pipes(struct child *, const struct child_pipes *);
static int child_install_pipes(struct child *, struct child_pipes *);
static int child_try(
    struct child *, const struct command *, struct pool *, char *, size_t);
static int child_request(struct child *, const struct command *,
    const struct child_pipes *, struct pool *);
static int child_identity(
    const struct child *, struct appbase_spawn *, struct pool *);

/* Prepares everything and asks the keeper for the program. */
int
child_spawn(struct child *c, char *err, size_t errlen)
{
	struct pool *pool = pool_new();
	struct command command;
	int rc = -1;

	child_close_stdin(c);
	child_close_output(c, CONFIG_STDOUT);
	child_close_output(c, CONFIG_STDERR);
	if (child_hold_socket(c, err, errlen) == 0 &&
	    child_command(c, pool, &command, err, errlen) == ACTION_SUCCESS) {
		free(c->argv0);
		c->argv0 = strdup(command.argv[0]);
		rc = child_try(c, &command, pool, err, errlen);
	}
	pool_free(pool);
	return rc;
}

/* Makes its pipes and sends the request; undoes what was done if it fails. */
static int
child_try(struct child *c, const struct command *command, struct pool *pool,
    char *err, size_t errlen)
{
	struct child_pipes pipes = {{-1, -1, -1}, {-1, -1, -1}};
	char name[PROCFMT_ERRNO_MAX];

	if (child_prepare(c, &pipes) == -1) {
		if (errno == EMFILE || errno == ENFILE)
			(void)snprintf(err, errlen,
			    "too many open files to spawn '%s'",
			    c->config->name);
		else
			(void)snprintf(err, errlen,
			    "unknown error making dispatchers for '%s': %s",
			    c->config->name, procfmt_errno(errno, name));
		goto fail;
	}
	if (child_request(c, command, &pipes, pool) == -1) {
		(void)snprintf(err, errlen,
		    "unknown error during fork for '%s': %s", c->config->name,
		    procfmt_errno(errno, name));
		goto fail;
	}
	child_close_pipes(&pipes);
	return 0;
fail:
	child_close_pipes(&pipes);
	child_close_all(c);
	return -1;
}

/* Sees to it that there is a socket for a FastCGI program (P-085, P-087). */
static int
child_hold_socket(struct child *c, char *err, size_t errlen)
{
	char *why = NULL;

	if (c->socket == NULL ||
	    (c->holds_socket && fcgisock_fd(c->socket) != -1))
		return 0;
	child_release_socket(c);
	if (fcgisock_hold(c->socket, &why) == -1) {
		(void)snprintf(err, errlen, "%s", why);
		free(why);
		return -1;
	}
	c->holds_socket = true;
	return 0;
}

/* Makes the pipes, has them kept, and begins to read ours. */
static int
child_prepare(struct child *c, struct child_pipes *pipes)
{
	c->id = roster_next_id(c->all->set.roster, c->slot);
	if (child_make_pipes(c, pipes) == -1 ||
	    child_keep_pipes(c, pipes) == -1)
		return -1;
	return child_install_pipes(c, pipes);
}

/* Makes the pipes: both ends close-on-exec, only ours non-blocking (P-053). */
static int
child_make_pipes(struct child *c, struct child_pipes *pipes)
{
	int i, pair[2], ours;

	for (i = 0; i < 3; i++) {
		if (i == STDERR_FILENO && c->config->redirect_stderr)
			break;
		if (i == STDIN_FILENO && c->socket != NULL)
			continue;
		if (pipe2(pair, O_CLOEXEC) == -1)
			return -1;
		ours = i == STDIN_FILENO ? 1 : 0;
		pipes->ours[i] = pair[ours];
		pipes->theirs[i] = pair[!ours];
		if (fcntl(pipes->ours[i], F_SETFL,
			ours == 1 ? O_WRONLY | O_NONBLOCK
				  : O_RDONLY | O_NONBLOCK) == -1)
			return -1;
	}
	return 0;
}

/* Closes what is still ours to close. */
static void
child_close_pipes(struct child_pipes *pipes)
{
	int i, error = errno;

	for (i = 0; i < 3; i++) {
		if (pipes->ours[i] != -1)
			(void)close(pipes->ours[i]);
		if (pipes->theirs[i] != -1)
			(void)close(pipes->theirs[i]);
		pipes->ours[i] = pipes->theirs[i] = -1;
	}
	errno = error;
}

/* Hands copies of our ends to the keeper. */
static int
child_keep_pipes(struct child *c, const struct child_pipes *pipes)
{
	char name[CHILD_PIPE_NAME_MAX];
	int i;

	child_save(c);
	for (i = 0; i < 3; i++)
		if (pipes->ours[i] != -1 &&
		    appbase_keep_fd(c->all->set.app,
			child_pipe_name(child_pipe_kind[i], c->id, name),
			pipes->ours[i]) == -1)
			return -1;
	return 0;
}

/* Begins to use our ends. */
static int
child_install_pipes(struct child *c, struct child_pipes *pipes)
{
	int fd, i;

	fd = pipes->ours[STDIN_FILENO];
	pipes->ours[STDIN_FILENO] = -1;
	if (c->socket == NULL &&
	    (c->in = inpipe_new(c->all->set.loop, fd)) == NULL)
		return -1;
	for (i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
		if ((fd = pipes->ours[i]) == -1)
			continue;
		pipes->ours[i] = -1;
		if (child_open_output(c, (enum config_channel_id)(i - 1), fd) ==
		    -1)
			return -1;
	}
	return 0;
}

/* Adds the sockets that it is to be given. */
static int
child_sockets(const struct child *c, struct appbase_child_fd *fds)
{
	const size_t most = APPBASE_KEEP_FDS_MAX - SOCKETS_FIRST_FD;
	char *err = NULL;
	size_t i;
	int fd;

	if (c->config->sockets.n > most) {
		errno = E2BIG;
		return -1;
	}
	for (i = 0; i < c->config->sockets.n; i++) {
		fd = sockets_open(
		    c->all->set.app, c->config->listeners[i], &err);
		if (fd == -1) {
			mainlog(LEVEL_CRITICAL, "%s", err);
			free(err);
			return -1;
		}
		fds[SOCKETS_FIRST_FD + i] =
		    (struct appbase_child_fd){SOCKETS_FIRST_FD + (int)i, fd};
	}
	return 0;
}

/* Sends the request. */
static int
child_request(struct child *c, const struct command *command,
    const struct child_pipes *pipes, struct pool *pool)
{
	const struct children_settings *set = &c->all->set;
	int err = pipes->theirs[STDERR_FILENO];
	struct child_extra extra = {"", -1, -1};
	struct appbase_child_fd fds[APPBASE_KEEP_FDS_MAX] = {
	    {STDIN_FILENO,
		c->socket != NULL ? fcgisock_fd(c->socket)
				  : pipes->theirs[STDIN_FILENO]},
	    {STDOUT_FILENO, pipes->theirs[STDOUT_FILENO]},
	    {STDERR_FILENO, err != -1 ? err : pipes->theirs[STDOUT_FILENO]},
	};
	const struct command_environment env = {.base = set->environment,
	    .server_url = set->server_url,
	    .process = c->config->name,
	    .group = c->config->group_name,
	    .sockets = sockets_environment(c->config, pool),
	    .configured = c->config->environment};
	struct appbase_spawn spawn = {.id = c->id,
	    .path = command->path,
	    .argv = command->argv,
	    .directory = set->directory,
	    .umask_plus_1 = c->config->umask + 1,
	    .flags = APPBASE_SPAWN_SETPGID,
	    .fds = fds,
	    .nfds = SOCKETS_FIRST_FD + c->config->sockets.n};
	struct command_environment own = env;
	int rc = -1;

	if (set->spawning != NULL)
		set->spawning(set->arg, c->proc, c->id, &extra);
	if (extra.fd != -1 && spawn.nfds < APPBASE_KEEP_FDS_MAX)
		fds[spawn.nfds++] =
		    (struct appbase_child_fd){extra.target, extra.fd};
	own.notify = extra.notify;

	if (c->config->serverurl != NULL) /* P-064 */
		own.server_url = c->config->serverurl;
	spawn.envp = command_environment(&own, pool);
	if (c->config->directory != NULL)
		spawn.directory = c->config->directory;
	if (child_sockets(c, fds) == 0 && child_identity(c, &spawn, pool) == 0)
		rc = appbase_keep_spawn(set->app, &spawn);
	if (extra.fd != -1)
		(void)close(extra.fd);
	return rc;
}

/* Runs a command beside the program. */
int
child_run_command(struct child *c, uint64_t id, const char *text)
{
	const struct children_settings *set = &c->all->set;
	const char *argv[] = {"sh", "-c", text, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc = -1;
	const struct appbase_child_fd fds[] = {
	    {STDIN_FILENO, null}, {STDOUT_FILENO, null}, {STDERR_FILENO, null}};
	const struct command_environment env = {.base = set->environment,
	    .server_url = set->server_url,
	    .process = c->config->name,
	    .group = c->config->group_name,
	    .configured = c->config->environment};
	struct pool *pool = pool_new();
	struct appbase_spawn spawn = {.id = id,
	    .path = "/bin/sh",
	    .argv = (char *const *)(uintptr_t)argv,
	    .directory = c->config->directory != NULL ? c->config->directory
						      : set->directory,
	    .umask_plus_1 = c->config->umask + 1,
	    .flags = APPBASE_SPAWN_SETPGID,
	    .fds = fds,
	    .nfds = 3};

	spawn.envp = command_environment(&env, pool);
	if (null != -1 && child_identity(c, &spawn, pool) == 0)
		rc = appbase_keep_spawn(set->app, &spawn);
	if (null != -1)
		(void)close(null);
	pool_free(pool);
	return rc;
}

/* Fills in user and groups (P-057). */
static int
child_identity(
    const struct child *c, struct appbase_spawn *spawn, struct pool *pool)
{
	int n = CHILD_GROUPS_MAX;
	const struct passwd *pw;
	uid_t uid;
	gid_t *groups;

	if (c->config->user.uid == -1)
		return 0;
	uid = (uid_t)c->config->user.uid;
	if (uid == geteuid())
		return 0;
	groups = pool_array(pool, CHILD_GROUPS_MAX, sizeof(*groups));
	if ((pw = getpwuid(uid)) == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) == -1)
		n = CHILD_GROUPS_MAX;
	spawn->flags |= APPBASE_SPAWN_SETIDS;
	spawn->uid = uid;
	spawn->gid = pw->pw_gid;
	spawn->groups = groups;
	spawn->ngroups = (size_t)n;
	return 0;
}
