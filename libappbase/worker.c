/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker: heartbeat, stop requests, takeover, its end; see worker.h. */
#include "libappbase/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appbase/daemon.h"
#include "appbase/supervise.h"
#include "libappbase/app.h"
#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/greet.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/page.h"
#include "libappbase/pidfile.h"
#include "libappbase/pollset.h"
#include "libappbase/title.h"
#include "libappbase/worksig.h"

#define WORKER_CHECK_MS 100 /* how often a ping looks at the socket */

/* Only the worker's first thread acts on requests. */
static _Thread_local bool worker_is_first;

/* Maps the page shared with the supervisor. */
static int
worker_map_page(struct worker *wk, int fd)
{
	void *p = mmap(
	    NULL, PAGE_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	fd_close(fd);
	if (p == MAP_FAILED)
		return -1;
	wk->page = p;
	return 0;
}

/* Reads what the supervisor says before supervised_process() may run. */
static int
worker_greet(struct appbase *app)
{
	struct greeting g;

	if (greet_read(app->wk->chan, &g, app) == -1)
		return -1;
	app->generation = g.generation;
	app->supervisor_pid = g.supervisor;
	app->wk->candidate = g.candidate;
	return worker_map_page(app->wk, g.page_fd);
}

/* What scripts may read and nothing believes. */
static void
worker_environment(const struct appbase *app)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)app->generation);
	setenv("APP_BASE_DAEMON_GEN", buf, 1);
	snprintf(buf, sizeof(buf), "%ld", (long)app->supervisor_pid);
	setenv("APP_BASE_DAEMON_PID", buf, 1);
	setenv("APP_BASE_SCRIPT_EXE", app->exec.path, 1);
}

/* The handlers' pipe and the set that an event loop watches. */
static int
worker_wakeup(struct worker *wk, int *wake_write)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	wk->wake = p[0];
	*wake_write = p[1];
	if ((wk->set = pollset_new()) == -1 ||
	    pollset_add(wk->set, wk->wake, false) == -1)
		return -1;
	if (wk->line == -1)
		return 0;
	if (pollset_add(wk->set, wk->line, false) == -1)
		return -1;
	return pollset_add(wk->set, chan_fd(wk->chan), false);
}

int
worker_init(struct appbase *app, int line, int chan)
{
	struct worker *wk = calloc(1, sizeof(*wk));
	const struct settings *s = &app->set;
	int wake = -1;

	if (wk == NULL)
		return -1;
	app->wk = wk;
	app->role = line == -1 ? APP_ALONE : APP_WORKER;
	worker_is_first = true;
	wk->line = line;
	wk->wake = wk->set = -1;
	if (line != -1 &&
	    ((wk->chan = chan_new(chan)) == NULL || worker_greet(app) == -1))
		return -1;
	if (worker_wakeup(wk, &wake) == -1)
		return -1;
	if (worksig_install(wake, line == -1 ? 0 : app->supervisor_pid,
		s->outlives, wk->page, s->orphan_timeout,
		s->shutdown_timeout) == -1)
		return -1;
	if (line != -1) {
		worker_environment(app);
		title_set(app, "worker");
	}
	return sigprocmask(SIG_SETMASK, &app->orig_mask, NULL);
}

void
worker_main(struct appbase *app)
{
	const struct appbase_class *c = app->cls;

	if (app->role == APP_ALONE)
		exit(c->daemon_run(app));
	exit(c->supervised_process(app));
}

/* Runs the shutdown callback, once, and exits. */
APPBASE_NORETURN static void
worker_end(struct appbase *app, bool lost)
{
	const struct appbase_class *c = app->cls;
	int (*shutdown)(struct appbase *) = c->supervised_process != NULL
	    ? c->supervised_shutdown
	    : c->handle_shutdown;
	int status = 0;

	app->wk->ending = true;
	if (app->wk->page != NULL)
		atomic_store(&app->wk->page->shutting_down, 1);
	if (shutdown != NULL)
		status = shutdown(app);
	if (app->role == APP_ALONE && app->lock_fd != -1)
		pidfile_unlink(app->lock_fd, app->set.pid_file);
	exit(lost ? APPBASE_EXIT_LOST : status);
}

/* Is the other end of the handoff socket still open? */
static void
worker_check_line(struct worker *wk)
{
	char byte;
	ssize_t n;

	if (wk->line == -1 || worksig.lost)
		return;
	n = recv(wk->line, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		worksig_lost();
		pollset_remove(wk->set, wk->line);
		fd_closep(&wk->line);
	} else if (n == 1 && (wk->taken_over || !wk->candidate)) {
		char drop[256]; /* an answer nobody waits for */

		(void)recv(wk->line, drop, sizeof(drop), MSG_DONTWAIT);
	}
}

/* Sends what is queued, takes in what waits. */
static void
worker_messages(struct appbase *app)
{
	struct worker *wk = app->wk;
	struct chan_msg msg;
	int n = 0, budget = 256;
	bool output;

	if (wk->chan == NULL || wk->chan_gone)
		return;
	if (chan_flush(wk->chan) == -1)
		wk->chan_gone = true;
	while (!wk->chan_gone && budget-- > 0 &&
	    (n = chan_receive(wk->chan, &msg)) == 1) {
		keep_message(app, &msg);
		chan_msg_close(&msg);
	}
	if (n == -1 || wk->chan_gone) {
		wk->chan_gone = true;
		pollset_remove(wk->set, chan_fd(wk->chan));
		worksig_lost();
		return;
	}
	output = chan_wants_write(wk->chan);
	if (output != wk->chan_output &&
	    pollset_change(wk->set, chan_fd(wk->chan), output) == 0)
		wk->chan_output = output;
}

/* Acts on a stop request or a lost supervisor, unless a task is open. */
static void
worker_obey(struct appbase *app)
{
	struct worker *wk = app->wk;

	if ((!worksig.stop && !worksig.lost) || wk->ending)
		return;
	if (wk->page != NULL && atomic_load(&wk->page->busy) > 0)
		return;
	worker_end(app, worksig.lost);
}

void
worker_serve(struct appbase *app)
{
	char drop[64];

	while (read(app->wk->wake, drop, sizeof(drop)) > 0)
		;
	worker_check_line(app->wk);
	worker_messages(app);
	worker_obey(app);
}

/* Stores the heartbeat; true when it is time to look at the socket. */
bool
worker_beat(struct worker *wk)
{
	int64_t now = clock_coarse_ms();

	if (wk->page != NULL)
		atomic_store_explicit(
		    &wk->page->last_ping_ms, now, memory_order_relaxed);
	if (now - wk->checked_ms < WORKER_CHECK_MS)
		return false;
	wk->checked_ms = now;
	return true;
}

void
appbase_ping_supervisor(struct appbase *app)
{
	struct worker *wk = app->wk;
	bool look;

	if (wk == NULL)
		return;
	if (!worker_is_first) {
		if (wk->page != NULL)
			atomic_store_explicit(&wk->page->last_ping_ms,
			    clock_coarse_ms(), memory_order_relaxed);
		return;
	}
	look = worker_beat(wk);
	if (look || worksig.stop || worksig.lost)
		worker_serve(app);
}

/* Takes in bytes of the answer; true once "ok" has come. */
static bool
worker_read_ok(struct worker *wk)
{
	static char line[16];
	static size_t len;
	char c;

	while (recv(wk->line, &c, 1, MSG_DONTWAIT) == 1) {
		if (c != '\n') {
			if (len < sizeof(line) - 1)
				line[len++] = c;
			continue;
		}
		line[len] = '\0';
		len = 0;
		if (strcmp(line, "ok") == 0)
			return true;
	}
	return false;
}

static bool
worker_never_early(struct appbase *app)
{
	(void)app;
	return false;
}

void
appbase_ready_to_take_over(struct appbase *app)
{
	struct worker *wk = app->wk;
	struct pollfd fds[2];
	bool candidate;

	if (wk == NULL || wk->line == -1 || wk->taken_over)
		return;
	candidate = wk->candidate;
	wk->candidate = true; /* the answer must not be dropped */
	if (send(wk->line, "takeover\n", 9, MSG_NOSIGNAL) != 9)
		worksig_lost();
	while (wk->line != -1 && !worker_read_ok(wk)) {
		fds[0] = (struct pollfd){wk->line, POLLIN, 0};
		worker_poll(app, fds, 1, -1, worker_never_early);
	}
	wk->candidate = false;
	wk->taken_over = true;
	if (candidate)
		log_set_role("worker", app->generation);
	if (candidate || app->listeners->sweep)
		listeners_close_unclaimed(app->listeners);
}

int
appbase_supervisor_fd(const struct appbase *app)
{
	return app->wk != NULL ? app->wk->set : -1;
}

int64_t
appbase_ping_interval(const struct appbase *app)
{
	if (app->wk == NULL || app->wk->page == NULL)
		return 0;
	return atomic_load(&app->wk->page->beat_ms);
}

void
appbase_busy_begin(struct appbase *app)
{
	if (app->wk != NULL && app->wk->page != NULL)
		atomic_fetch_add(&app->wk->page->busy, 1);
}

void
appbase_busy_end(struct appbase *app)
{
	if (app->wk == NULL || app->wk->page == NULL)
		return;
	atomic_fetch_sub(&app->wk->page->busy, 1);
	if (worker_is_first)
		worker_serve(app);
}

bool
appbase_stop_requested(const struct appbase *app)
{
	(void)app;
	return worksig.stop || worksig.lost;
}

void
appbase_shutdown(struct appbase *app)
{
	worker_end(app, worksig.lost);
}

void
appbase_error(struct appbase *app, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("Shutting down: %s", text);
	if (app->wk == NULL || app->wk->ending)
		exit(APPBASE_EXIT_LOST);
	worker_end(app, true);
}
