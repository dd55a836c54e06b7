/* SPDX-License-Identifier: BSD-2-Clause */
/* The second start of a running daemon; see secondstart.h. */
#include "libappbase/secondstart.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fields.h"
#include "libappbase/pidfile.h"

#define SECONDSTART_RETRY_MS 1000 /* for a daemon that is just starting */
#define SECONDSTART_POLL_MS  10

static void
secondstart_pause(void)
{
	struct timespec ts = {0, SECONDSTART_POLL_MS * 1000000L};

	nanosleep(&ts, NULL);
}

/* Who has the lock?  A daemon that is just starting gets some time. */
static enum pidfile_owner
secondstart_owner(const char *path, pid_t *pid, int *pidfd)
{
	int64_t deadline = clock_now_ms() + SECONDSTART_RETRY_MS;
	enum pidfile_owner owner;

	while ((owner = pidfile_owner(path, pid, pidfd)) != PIDFILE_OWNER_OK &&
	    clock_now_ms() < deadline)
		secondstart_pause();
	return owner;
}

/* Signals a process that was verified, never its successor of that number. */
static int
secondstart_signal(pid_t pid, int pidfd, int signo)
{
#ifdef SYS_pidfd_send_signal
	if (pidfd != -1)
		return (int)syscall(
		    SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
#endif
	return kill(pid, signo);
}

/* "key=" of the status file as text in buf; false if there is none. */
static bool
secondstart_status(
    const struct appbase *app, const char *key, char *buf, size_t size)
{
	int fd;
	char *text, *line, *next;
	size_t len, keylen = strlen(key);
	bool found = false;

	if (app->set.status_file == NULL)
		return false;
	if ((fd = open(app->set.status_file,
		 O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return false;
	text = fd_slurp(fd, 65536, &len);
	fd_close(fd);
	for (next = text; next != NULL && (line = strsep(&next, "\n"));)
		if (!found && strncmp(line, key, keylen) == 0 &&
		    line[keylen] == '=') {
			strlcpy(buf, line + keylen + 1, size);
			found = true;
		}
	free(text);
	return found;
}

static uint64_t
secondstart_reloads(const struct appbase *app)
{
	char buf[32];
	struct fields f = {.at = buf};

	if (!secondstart_status(app, "reloads", buf, sizeof(buf)))
		return 0;
	return fields_uint(&f, UINT64_MAX);
}

/* Waits until the daemon has finished one more reload. */
static int
secondstart_wait(const struct appbase *app, uint64_t before)
{
	int64_t patience = app->set.reload_timeout < 0
	    ? -1
	    : app->set.reload_timeout + 2 * SECONDSTART_RETRY_MS;
	int64_t deadline = clock_deadline(clock_now_ms(), patience);
	char result[300];

	while (secondstart_reloads(app) <= before) {
		if (clock_now_ms() >= deadline) {
			fprintf(
			    stderr, "%s: no result of the reload\n", app->name);
			return APPBASE_EXIT_RELOAD;
		}
		secondstart_pause();
	}
	if (!secondstart_status(app, "last_reload", result, sizeof(result)))
		strlcpy(result, "unknown", sizeof(result));
	if (strcmp(result, "ok") == 0) {
		fprintf(stderr, "%s: reloaded\n", app->name);
		return APPBASE_EXIT_OK;
	}
	fprintf(stderr, "%s: reload %s\n", app->name, result);
	return APPBASE_EXIT_RELOAD;
}

/* Says why the lock's owner was not signalled. */
static int
secondstart_refuse(
    const struct appbase *app, enum pidfile_owner owner, pid_t pid)
{
	const char *path = app->set.pid_file;

	switch (owner) {
	case PIDFILE_OWNER_OK:
		fprintf(stderr, "%s: already running as process %ld (%s)\n",
		    app->name, (long)pid, path);
		break;
	case PIDFILE_OWNER_EMPTY:
		fprintf(
		    stderr, "%s: %s is locked, but empty\n", app->name, path);
		break;
	case PIDFILE_OWNER_GARBAGE:
		fprintf(stderr, "%s: %s is locked, but does not hold a pid\n",
		    app->name, path);
		break;
	case PIDFILE_OWNER_STRANGER:
		fprintf(stderr,
		    "%s: %s is locked, but not by the process it names\n",
		    app->name, path);
		break;
	}
	return APPBASE_EXIT_LOCKED;
}

int
secondstart_run(struct appbase *app)
{
	const struct settings *s = &app->set;
	uint64_t before = secondstart_reloads(app);
	pid_t pid = 0;
	int pidfd = -1, r;
	enum pidfile_owner owner = secondstart_owner(s->pid_file, &pid, &pidfd);

	/* A candidate that does not know that it is one would ask for a reload
	 * in every reload. */
	if (owner == PIDFILE_OWNER_OK && pid == getppid()) {
		fd_close(pidfd);
		fprintf(stderr,
		    "%s: started by the running daemon itself, but not handed "
		    "over to\n",
		    app->name);
		return APPBASE_EXIT_LOCKED;
	}
	if (owner != PIDFILE_OWNER_OK || !s->start_reload ||
	    s->reload_signal == 0) {
		fd_close(pidfd);
		return secondstart_refuse(app, owner, pid);
	}
	r = secondstart_signal(pid, pidfd, s->reload_signal);
	fd_close(pidfd);
	if (r == -1) {
		fprintf(stderr, "%s: cannot signal process %ld: %s\n",
		    app->name, (long)pid, strerror(errno));
		return APPBASE_EXIT_LOCKED;
	}
	fprintf(stderr,
	    "%s: already running as process %ld, asked it to "
	    "reload\n",
	    app->name, (long)pid);
	return s->wait_reload ? secondstart_wait(app, before) : APPBASE_EXIT_OK;
}
