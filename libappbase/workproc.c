/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, talking to and ending a worker; see workproc.h. */
#include "libappbase/workproc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/greet.h"
#include "libappbase/handoff.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/page.h"
#include "libappbase/spawn.h"
#include "libappbase/supervisor.h"
#include "libappbase/waitstatus.h"
#include "libappbase/worker.h"

#define WORKPROC_LONG_MS   10000 /* a time-out that leaves time for a half */
#define WORKPROC_SECOND_MS 500	 /* more than its worker, for a supervisor */

extern char **environ;

#define WORKPROC_FD_DIR "/dev/fd" /* every system's name for it */

/* An empty record. */
static struct workproc *
workproc_new(void)
{
	struct workproc *wp = calloc(1, sizeof(*wp));

	if (wp == NULL)
		return NULL;
	wp->line = wp->page_fd = -1;
	wp->kill_ms = wp->watch_ms = wp->eof_ms = CLOCK_NEVER;
	wp->started_ms = clock_now_ms();
	if ((wp->claims = listeners_new()) == NULL) {
		free(wp);
		return NULL;
	}
	return wp;
}

void
workproc_free(struct workproc *wp)
{
	if (wp == NULL)
		return;
	fd_close(wp->line);
	fd_close(wp->page_fd);
	chan_free(wp->chan);
	if (wp->page != NULL)
		munmap(wp->page, PAGE_SIZE_BYTES);
	listeners_free(wp->claims);
	free(wp);
}

static int
workproc_map(struct workproc *wp)
{
	void *p = mmap(NULL, PAGE_SIZE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_SHARED, wp->page_fd, 0);

	if (p == MAP_FAILED)
		return -1;
	wp->page = p;
	return 0;
}

/* The sockets and the page; *line and *chan are the worker's ends. */
static int
workproc_open(struct workproc *wp, int *line, int *chan)
{
	int lv[2] = {-1, -1}, cv[2] = {-1, -1};

	if (fd_socketpair(SOCK_STREAM, lv) == -1)
		return -1;
	wp->line = lv[0];
	*line = lv[1];
	if (fd_socketpair(SOCK_SEQPACKET, cv) == -1)
		return -1;
	*chan = cv[1];
	if ((wp->chan = chan_new(cv[0])) == NULL)
		return -1;
	wp->page_fd = fd_memory("appbase-page", PAGE_SIZE_BYTES);
	return wp->page_fd == -1 ? -1 : workproc_map(wp);
}

/* How often a waiting worker must ping, for our watchdog and for the
 * service manager's. */
static uint32_t
workproc_beat(const struct appbase *app)
{
	int64_t ours = app->set.ping_timeout, theirs = app->watchdog_us / 1000;
	int64_t ms = ours > 0 ? ours : INT32_MAX;

	if (theirs > 0 && theirs < ms)
		ms = theirs;
	if (ms == INT32_MAX)
		return 0;
	if (ms >= WORKPROC_LONG_MS)
		return (uint32_t)(ms / 2); /* fewer wake-ups */
	return ms >= 3 ? (uint32_t)(ms / 3) : 1;
}

/* Says what a worker reads before anything else. */
static int
workproc_greet(struct workproc *wp, struct appbase *app)
{
	struct greeting g = {.generation = wp->generation,
	    .supervisor = getpid(),
	    .candidate = wp->candidate,
	    .knows_ready = app->sup->knows_ready,
	    .page_fd = wp->page_fd};

	atomic_store(&wp->page->beat_ms, workproc_beat(app));
	return greet_send(wp->chan, &g, app);
}

/* Runs in the forked child: becomes the worker and never returns. */
APPBASE_NORETURN static void
workproc_child(struct appbase *app, int line, int chan)
{
	bool sweep = app->listeners->sweep;

	setpgid(0, 0);
	app->role = APP_WORKER;
	log_set_role("worker", app->generation);
	listeners_free(app->listeners);
	if ((app->listeners = listeners_new()) == NULL ||
	    worker_init(app, line, chan) == -1) {
		log_error("worker cannot start: %m");
		_exit(APPBASE_EXIT_SYSTEM);
	}
	app->listeners->sweep = sweep;
	worker_main(app);
}

struct workproc *
workproc_fork(struct appbase *app, void (*before)(void *arg), void *arg)
{
	struct workproc *wp = workproc_new();
	int line = -1, chan = -1, error;

	if (wp == NULL)
		return NULL;
	wp->generation = app->generation;
	/* The worker of a second supervisor that is not in charge yet. */
	wp->candidate = app->sup->above != NULL;
	(void)fflush(NULL); /* or both would write what is buffered */
	if (workproc_open(wp, &line, &chan) == -1 ||
	    workproc_greet(wp, app) == -1 || (wp->pid = fork()) == -1)
		goto fail;
	if (wp->pid == 0) {
		workproc_free(wp);
		before(arg);
		workproc_child(app, line, chan);
	}
	setpgid(wp->pid, wp->pid);
	fd_close(line);
	fd_close(chan);
	return wp;
fail:
	error = errno;
	fd_close(line);
	fd_close(chan);
	workproc_free(wp);
	errno = error;
	return NULL;
}

/* Descriptors that whoever started us passed on: not ours, so not ours to
 * withhold from the next image.  Ours are all close-on-exec. */
static size_t
workproc_inherited(struct appbase_child_fd *fds, size_t n, size_t max)
{
	DIR *dir = opendir(WORKPROC_FD_DIR);
	struct dirent *entry;
	const char *why;
	int fd, flags;

	if (dir == NULL) {
		log_warn("%s: %m; inherited descriptors are not passed on",
		    WORKPROC_FD_DIR);
		return n;
	}
	while (n < max && (entry = readdir(dir)) != NULL) {
		fd = (int)strtonum(entry->d_name, 3, INT_MAX, &why);
		if (why == NULL && (flags = fcntl(fd, F_GETFD)) != -1 &&
		    (flags & FD_CLOEXEC) == 0)
			fds[n++] = (struct appbase_child_fd){fd, fd};
	}
	(void)closedir(dir);
	return n;
}

/* Adds NAME=value, if there is a value. */
static int
workproc_add(char **env, size_t *n, const char *name, const char *value)
{
	if (value == NULL)
		return 0;
	if (asprintf(&env[*n], "%s=%s", name, value) == -1) {
		env[*n] = NULL;
		return -1;
	}
	env[++*n] = NULL;
	return 0;
}

static void
workproc_free_environ(char **env, size_t own)
{
	for (; env[own] != NULL; own++)
		free(env[own]);
	free(env);
}

/*
 * The environment with the handoff variable; a second supervisor also gets what
 * the service manager told us.  Freed with workproc_free_environ().
 */
static char **
workproc_environ(
    const struct appbase *app, const struct handoff *h, size_t *own)
{
	char usec[32], **env;
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	if ((env = reallocarray(NULL, n + 4, sizeof(*env))) == NULL)
		return NULL;
	memcpy(env, environ, n * sizeof(*env));
	*own = n;
	env[n] = NULL;
	snprintf(usec, sizeof(usec), "%lld", (long long)app->watchdog_us);
	/* Without the first the candidate would be a second start. */
	if (workproc_add(env, &n, HANDOFF_ENV, handoff_format(h)) == 0 &&
	    (h->role != HANDOFF_SUPERVISOR ||
		(workproc_add(env, &n, "NOTIFY_SOCKET", app->notify_socket) ==
			0 &&
		    workproc_add(env, &n, "WATCHDOG_USEC",
			app->watchdog_us > 0 ? usec : NULL) == 0)))
		return env;
	workproc_free_environ(env, *own);
	return NULL;
}

/* Executes the image with the handoff described by *h. */
static int
workproc_spawn(struct workproc *wp, struct appbase *app,
    const struct handoff *h, const char **why)
{
	struct appbase_child_fd fds[APPBASE_KEEP_FDS_MAX] = {{0, 0}, {1, 1},
	    {2, 2}, {h->line, h->line}, {h->chan, h->chan}, {h->lock, h->lock}};
	struct appbase_spawn req = {.path = app->exec.path,
	    .argv = app->argv,
	    .directory = app->exec.cwd,
	    .flags = APPBASE_SPAWN_SETPGID,
	    .fds = fds};
	struct spawn_result res;
	size_t own = 0;
	char **env = workproc_environ(app, h, &own);
	int r;

	if (env == NULL)
		return -1;
	req.envp = env;
	req.nfds = workproc_inherited(
	    fds, h->lock == -1 ? 5 : 6, APPBASE_KEEP_FDS_MAX);
	r = spawn_run(&req,
	    wp->supervisor || app->set.outlives ? 0 : WORKER_ORPHAN_SIGNAL,
	    &res);
	workproc_free_environ(env, own);
	wp->pid = res.pid;
	if (r == -1) {
		if (res.pid > 0)
			waitpid(res.pid, NULL, 0); /* it has ended */
		*why = appbase_spawn_stage_name(res.stage);
		errno = res.error;
	}
	return r;
}

struct workproc *
workproc_exec(
    struct appbase *app, uint64_t generation, bool supervisor, const char **why)
{
	struct workproc *wp = workproc_new();
	struct handoff h = {supervisor ? HANDOFF_SUPERVISOR : HANDOFF_WORKER,
	    -1, -1, supervisor ? app->lock_fd : -1, -1, 0};
	int error;

	*why = "prepare";
	if (wp == NULL)
		return NULL;
	wp->generation = generation;
	wp->candidate = true;
	wp->supervisor = supervisor;
	if (workproc_open(wp, &h.line, &h.chan) == -1 ||
	    workproc_greet(wp, app) == -1 ||
	    workproc_spawn(wp, app, &h, why) == -1)
		goto fail;
	fd_close(h.line);
	fd_close(h.chan);
	return wp;
fail:
	error = errno;
	fd_close(h.line);
	fd_close(h.chan);
	workproc_free(wp);
	errno = error;
	return NULL;
}

struct workproc *
workproc_adopt(pid_t pid, int line, int chan, int page_fd)
{
	struct workproc *wp = workproc_new();

	if (wp == NULL)
		return NULL;
	wp->pid = pid;
	wp->line = line;
	wp->page_fd = page_fd;
	if (chan != -1 && (wp->chan = chan_new(chan)) == NULL)
		log_error("worker %ld: %m", (long)pid);
	if (page_fd != -1 && workproc_map(wp) == -1)
		log_warn(
		    "worker %ld: no heartbeat page, not watched", (long)pid);
	return wp;
}

void
workproc_signal(struct workproc *wp, int signo, bool group)
{
	if (group)
		kill(-wp->pid, signo);
	if (kill(wp->pid, signo) == -1)
		log_error("worker %ld: cannot send signal %d: %m",
		    (long)wp->pid, signo);
}

void
workproc_end(struct workproc *wp, int signo, int64_t timeout_ms)
{
	int64_t now = clock_now_ms(), deadline;

	/* A second supervisor knows SIGTERM, and must have the time to end its
	 * own worker. */
	if (wp->supervisor && signo != SIGKILL)
		signo = SIGTERM;
	if (wp->supervisor && timeout_ms > 0)
		timeout_ms += WORKPROC_SECOND_MS;
	deadline = clock_deadline(now, timeout_ms);
	if (wp->asked_ms == 0) {
		wp->asked_ms = now;
		workproc_signal(wp, signo, false);
		if (waitstatus_is_stopped(wp->pid))
			workproc_signal(wp, SIGCONT, false);
		wp->kill_ms = deadline;
	} else if (deadline < wp->kill_ms)
		wp->kill_ms = deadline;
}

void
workproc_overdue(struct workproc *wp, int64_t shutdown_ms)
{
	int64_t limit = clock_deadline(wp->asked_ms, shutdown_ms);

	if (wp->page != NULL && atomic_load(&wp->page->busy) > 0 &&
	    clock_now_ms() < limit) {
		wp->kill_ms = limit;
		return;
	}
	log_warn("worker %ld did not end in time, killing it", (long)wp->pid);
	workproc_signal(wp, SIGKILL, true);
	/* Should it not die of that, it hangs in the kernel: look again. */
	wp->kill_ms = clock_deadline(clock_now_ms(), 1000);
}

int
workproc_ok(struct workproc *wp)
{
	if (!wp->waits_ok)
		return 0;
	wp->waits_ok = false;
	if (send(wp->line, "ok\n", 3, MSG_NOSIGNAL | MSG_DONTWAIT) == 3)
		return 0;
	log_warn("worker %ld: cannot answer takeover: %m", (long)wp->pid);
	return -1;
}
