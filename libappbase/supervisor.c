/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor's loop, signals, reaping and end; see supervisor.h. */
#include "libappbase/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fdreserve.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/page.h"
#include "libappbase/pidfile.h"
#include "libappbase/sigread.h"
#include "libappbase/title.h"
#include "libappbase/waitstatus.h"

#define SUPERVISOR_FDS 10 /* signals, barrier, above, and two per worker */

static bool
supervisor_is_forwarded(const struct supervisor *sup, int signo)
{
	const int *f = sup->app->cls->forward_signals;

	for (; f != NULL && *f != 0; f++)
		if (*f == signo)
			return true;
	return false;
}

/* The signals that are read as data. */
static void
supervisor_signals(const struct supervisor *sup, sigset_t *set)
{
	const struct settings *s = &sup->app->set;
	const int *f = sup->app->cls->forward_signals;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGQUIT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	if (s->reload_signal != 0)
		sigaddset(set, s->reload_signal);
	for (; f != NULL && *f != 0; f++)
		sigaddset(set, *f);
}

void
supervisor_started(struct supervisor *sup, int status, const char *text)
{
	unsigned char byte = (unsigned char)status;

	if (sup->start_fd == -1)
		return;
	/* The reader may be gone; SIGPIPE is ignored here. */
	if (write(sup->start_fd, &byte, 1) == 1 && text != NULL &&
	    write(sup->start_fd, text, strlen(text)) == -1)
		log_debug("start command: %m");
	fd_closep(&sup->start_fd);
}

/* A forwarded signal: the worker's business, if there will be one. */
static void
supervisor_forward(struct supervisor *sup, int signo, pid_t from)
{
	int64_t now = clock_now_ms();

	keeper_signalled(sup->keeper, signo, from);
	if (sup->active == NULL && sup->respawn_ms != CLOCK_NEVER)
		sup->respawn_ms = now;
	if (sup->forward_ms == CLOCK_NEVER && signo != SIGHUP &&
	    signo != sup->app->set.reload_signal)
		sup->forward_ms =
		    clock_deadline(now, sup->app->set.stop_timeout);
}

/* A forwarded request to stop that no worker takes up: then we do. */
static void
supervisor_forward_overdue(struct supervisor *sup, int64_t now)
{
	if (now < sup->forward_ms || sup->phase != SUP_RUNNING)
		return;
	sup->forward_ms = CLOCK_NEVER;
	if (keeper_stop_waits(sup->keeper))
		supervisor_stop(sup, APPBASE_EXIT_OK,
		    "no worker takes up the request to stop");
}

static void
supervisor_hangup(struct supervisor *sup, pid_t from)
{
	switch (sup->app->set.hup) {
	case APPBASE_HUP_IGNORE:
		log_info(
		    "received SIGHUP from process %ld, ignored", (long)from);
		break;
	case APPBASE_HUP_FORWARD:
		if (sup->active != NULL)
			workproc_signal(sup->active, SIGHUP, false);
		break;
	case APPBASE_HUP_RELOAD:
		supreload_request(sup, "SIGHUP");
		break;
	}
}

/* Acts on one signal. */
static void
supervisor_signal(struct supervisor *sup, int signo, pid_t from)
{
	char name[WAITSTATUS_MAX], why[128];

	if (signo == SIGCHLD)
		return; /* reaped in every turn that was woken */
	signal_name(signo, name);
	if (sup->phase == SUP_RUNNING && supervisor_is_forwarded(sup, signo)) {
		supervisor_forward(sup, signo, from);
		return;
	}
	if (signo == sup->app->set.reload_signal && signo != 0)
		supreload_request(sup, name);
	else if (signo == SIGTERM || signo == SIGINT || signo == SIGQUIT) {
		snprintf(why, sizeof(why), "received %s from process %ld", name,
		    (long)from);
		supervisor_stop(sup, APPBASE_EXIT_OK, why);
	} else if (signo == SIGHUP)
		supervisor_hangup(sup, from);
	else if (signo == SIGUSR1)
		supstatus_log(sup);
	else
		log_info(
		    "received %s from process %ld, ignored", name, (long)from);
}

/* Learns what became of a process. */
static void
supervisor_reaped(struct supervisor *sup, pid_t pid, int status,
    const struct rusage *usage, int64_t now)
{
	char text[WAITSTATUS_MAX], why[128];

	if (sup->active != NULL && pid == sup->active->pid)
		supworker_ended(sup, sup->active, status);
	else if (sup->candidate != NULL && pid == sup->candidate->pid)
		supworker_ended(sup, sup->candidate, status);
	else if (sup->old != NULL && pid == sup->old->pid)
		supworker_ended(sup, sup->old, status);
	else if (pid == sup->check_pid) {
		sup->check_pid = 0;
		snprintf(why, sizeof(why), "configuration check %s",
		    waitstatus_text(status, text));
		reload_event(&sup->reload,
		    waitstatus_success(status) ? RELOAD_CHECK_PASSED
					       : RELOAD_CHECK_FAILED,
		    now, why);
	} else if (!keeper_reaped(sup->keeper, pid, status, usage, now)) {
		log_debug("adopted process %ld %s", (long)pid,
		    waitstatus_text(status, text));
		keeper_orphan(sup->keeper, pid, status);
	}
}

/* Reaps everything that has ended.  Before a candidate is, and its number is
 * free: what it started must not survive the rollback. */
static void
supervisor_reap(struct supervisor *sup)
{
	siginfo_t info = {.si_pid = 0};
	struct rusage usage;
	int status;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid != 0) {
		if (sup->candidate != NULL &&
		    info.si_pid == sup->candidate->pid)
			kill(-info.si_pid, SIGKILL);
		if (wait4(info.si_pid, &status, 0, &usage) == info.si_pid)
			supervisor_reaped(
			    sup, info.si_pid, status, &usage, clock_now_ms());
		info.si_pid = 0;
	}
}

/* Ends a worker within the stop time-out, or at once the second time. */
static void
supervisor_end_worker(struct supervisor *sup, struct workproc *wp, bool again)
{
	const struct settings *s = &sup->app->set;

	if (wp == NULL)
		return;
	if (again)
		workproc_end(wp, SIGKILL, 0);
	else
		workproc_end(wp, s->stop_signal, s->stop_timeout);
}

void
supervisor_stop(struct supervisor *sup, int status, const char *why)
{
	bool again = sup->phase != SUP_RUNNING;

	log_info("%s, %s", why, again ? "stopping at once" : "stopping");
	if (!again) {
		sup->phase = SUP_STOPPING;
		sup->exit_status = status;
		sup->respawn_ms = CLOCK_NEVER;
		sup->replace = false;
		supstatus_notify(sup, "STOPPING=1\nSTATUS=%s", why);
		supstatus_extend(sup, sup->app->set.stop_timeout);
		reload_event(&sup->reload, RELOAD_STOP, clock_now_ms(), NULL);
	}
	supervisor_end_worker(sup, sup->active, again);
	supervisor_end_worker(sup, sup->candidate, again);
	supervisor_end_worker(sup, sup->old, again);
	if (again && sup->phase == SUP_ENDING)
		sup->children_ms = clock_now_ms();
}

/* Goes on with stopping as far as possible. */
static void
supervisor_stop_step(struct supervisor *sup, int64_t now)
{
	if (sup->phase == SUP_STOPPING && sup->active == NULL &&
	    sup->candidate == NULL && sup->old == NULL && sup->check_pid == 0) {
		sup->phase = SUP_ENDING;
		sup->children_ms =
		    clock_deadline(now, sup->app->set.stop_timeout);
		if (keeper_living(sup->keeper) > 0)
			log_info("ending %zu kept processes",
			    keeper_living(sup->keeper));
		keeper_signal_all(sup->keeper, SIGTERM);
	}
	if (sup->phase != SUP_ENDING)
		return;
	if (keeper_in_reach(sup->keeper) == 0) {
		if (keeper_living(sup->keeper) > 0)
			log_warn("leaving %zu kept processes that we are not "
				 "permitted to signal",
			    keeper_living(sup->keeper));
		sup->phase = SUP_DONE;
		return;
	}
	if (now >= sup->children_ms) {
		log_warn(
		    "killing %zu kept processes", keeper_living(sup->keeper));
		keeper_signal_all(sup->keeper, SIGKILL);
		sup->children_ms = clock_deadline(now, 1000);
	}
}

static int64_t
supervisor_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The time poll(2) may sleep. */
static int
supervisor_sleep(const struct supervisor *sup)
{
	int64_t at = supworker_deadline(sup), left;

	at = supervisor_min(at, sup->reload.deadline_ms);
	at = supervisor_min(at, sup->watchdog_ms);
	at = supervisor_min(at, sup->notify_ms);
	at = supervisor_min(at, sup->forward_ms);
	if (sup->barrier_fd != -1)
		at = supervisor_min(at, sup->barrier_ms);
	if (sup->phase == SUP_ENDING)
		at = supervisor_min(at, sup->children_ms);
	if (at == CLOCK_NEVER)
		return -1;
	left = at - clock_now_ms();
	if (left <= 0)
		return 0;
	return left > 1000000 ? 1000000 : (int)left;
}

/* WATCHDOG=1 to the service manager while the worker is alive, or is just being
 * replaced. */
static void
supervisor_watchdog(struct supervisor *sup, int64_t now)
{
	int64_t period = sup->app->watchdog_us / 1000;
	int64_t last = 0;

	if (now < sup->watchdog_ms)
		return;
	sup->watchdog_ms = now + (period / 2 > 0 ? period / 2 : 1);
	if (sup->active != NULL && sup->active->page != NULL)
		last = atomic_load(&sup->active->page->last_ping_ms);
	if (last == 0 || now - last < period)
		supstatus_notify(sup, "WATCHDOG=1");
}

/* Everything that is due. */
static void
supervisor_timers(struct supervisor *sup)
{
	int64_t now = clock_now_ms();

	supworker_timers(sup, now);
	if (now >= sup->reload.deadline_ms)
		reload_event(&sup->reload, RELOAD_TIMEOUT, now, NULL);
	supervisor_watchdog(sup, now);
	supstatus_retry(sup, now);
	supervisor_forward_overdue(sup, now);
	supervisor_stop_step(sup, now);
}

static void
supervisor_poll_worker(struct pollfd *fds, nfds_t *n, struct workproc *wp)
{
	if (wp == NULL)
		return;
	if (wp->line != -1 && wp->eof_ms == CLOCK_NEVER)
		fds[(*n)++] = (struct pollfd){wp->line, POLLIN, 0};
	if (wp->chan != NULL)
		fds[(*n)++] = (struct pollfd){chan_fd(wp->chan),
		    (short)(POLLIN |
			(chan_wants_write(wp->chan) ? POLLOUT : 0)),
		    0};
}

static bool
supervisor_is_ready(const struct pollfd *fds, nfds_t n, int fd)
{
	nfds_t i;

	for (i = 0; fd != -1 && i < n; i++)
		if (fds[i].fd == fd)
			return fds[i].revents != 0;
	return false;
}

static void
supervisor_read_worker(struct supervisor *sup, const struct pollfd *fds,
    nfds_t n, struct workproc *wp)
{
	if (wp == NULL)
		return;
	supworker_input(sup, wp, supervisor_is_ready(fds, n, wp->line),
	    wp->chan != NULL && supervisor_is_ready(fds, n, chan_fd(wp->chan)));
}

/* The service manager has read MAINPID=, or never will. */
static void
supervisor_barrier(struct supervisor *sup, bool closed)
{
	if (sup->barrier_fd == -1)
		return;
	if (closed || clock_now_ms() >= sup->barrier_ms)
		fd_closep(&sup->barrier_fd);
}

/* One turn of the loop: waits, then signals, deaths, messages. */
static void
supervisor_turn(struct supervisor *sup)
{
	struct pollfd fds[SUPERVISOR_FDS];
	struct sigread_signal sig;
	nfds_t n = 0;

	fds[n++] = (struct pollfd){sup->sigfd, POLLIN, 0};
	if (sup->barrier_fd != -1)
		fds[n++] = (struct pollfd){sup->barrier_fd, POLLIN, 0};
	supervisor_poll_worker(fds, &n, sup->above);
	supervisor_poll_worker(fds, &n, sup->active);
	supervisor_poll_worker(fds, &n, sup->candidate);
	supervisor_poll_worker(fds, &n, sup->old);
	if (poll(fds, n, supervisor_sleep(sup)) == -1) {
		if (errno != EINTR)
			log_error("poll: %m");
		return;
	}
	if (fds[0].revents != 0) {
		while (sigread_next(sup->sigfd, &sig) == 1)
			supervisor_signal(sup, sig.signo, sig.pid);
		supervisor_reap(sup);
	}
	supervisor_barrier(sup, supervisor_is_ready(fds, n, sup->barrier_fd));
	if (sup->above != NULL)
		supsecond_input(sup);
	supervisor_read_worker(sup, fds, n, sup->active);
	supervisor_read_worker(sup, fds, n, sup->candidate);
	supervisor_read_worker(sup, fds, n, sup->old);
}

/* Closes everything that is the supervisor's, the lock too. */
static void
supervisor_free(struct supervisor *sup)
{
	struct appbase *app = sup->app;

	fd_closep(&app->lock_fd);
	fd_closep(&sup->start_fd);
	fd_closep(&sup->sigfd);
	fd_closep(&sup->barrier_fd);
	workproc_free(sup->active);
	workproc_free(sup->candidate);
	workproc_free(sup->old);
	workproc_free(sup->above);
	keeper_free(sup->keeper);
	free(sup->usual_path);
	app->sup = NULL;
	free(sup);
}

/* The supervisor ends; the last owner also removes pid file and paths. */
static void
supervisor_close(struct supervisor *sup)
{
	struct appbase *app = sup->app;

	if (!sup->leaving && sup->above == NULL) {
		listeners_drop_all(app->listeners);
		if (app->lock_fd == -1 ||
		    pidfile_is_current(app->lock_fd, app->set.pid_file))
			supstatus_remove(sup);
		if (app->lock_fd != -1)
			pidfile_unlink(app->lock_fd, app->set.pid_file);
	}
	supervisor_free(sup);
}

static int
supervisor_loop(struct supervisor *sup)
{
	int status;

	supervisor_reap(sup);
	while (sup->phase != SUP_DONE) {
		supervisor_timers(sup);
		if (sup->replace)
			supreload_replace(sup);
		supstatus_update(sup);
		if (sup->phase == SUP_DONE ||
		    (sup->leaving && sup->barrier_fd == -1))
			break;
		supervisor_turn(sup);
	}
	status = sup->exit_status;
	if (sup->leaving)
		log_info("generation %" PRIu64 " has taken over, leaving",
		    sup->app->generation + 1);
	else
		log_info("stopped");
	supervisor_close(sup);
	return status;
}

/* An ignored signal is not even pending: a shell's background job starts with
 * SIGINT ignored, for one.  SIGPIPE is of no use to anybody. */
static void
supervisor_dispositions(const sigset_t *set)
{
	int signo;

	for (signo = 1; signo < NSIG; signo++)
		if (sigismember(set, signo) == 1)
			signal(signo, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/* Makes the record and takes over the process's signals. */
static struct supervisor *
supervisor_new(struct appbase *app)
{
	struct supervisor *sup = calloc(1, sizeof(*sup));
	const struct settings *s = &app->set;
	sigset_t set;

	if (sup == NULL || (sup->keeper = keeper_new()) == NULL) {
		free(sup);
		return NULL;
	}
	app->sup = sup;
	app->role = APP_SUPERVISOR;
	app->supervisor_pid = getpid();
	sup->app = app;
	sup->started_ms = clock_now_ms();
	sup->start_fd = sup->barrier_fd = -1;
	sup->respawn_ms = sup->notify_ms = sup->forward_ms = CLOCK_NEVER;
	sup->watchdog_ms = app->watchdog_us > 0 ? sup->started_ms : CLOCK_NEVER;
	strlcpy(sup->reload_result, "none", sizeof(sup->reload_result));
	sup->respawn = (struct respawn){s->respawn_delay, s->max_delay,
	    s->min_uptime, app->cls->max_failures, 0};
	supreload_init(sup);
	supervisor_signals(sup, &set);
	if ((sup->sigfd = sigread_open(&set)) == -1) {
		keeper_free(sup->keeper);
		free(sup);
		return NULL;
	}
	supervisor_dispositions(&set);
	fdreserve_fill();
	return sup;
}

static int
supervisor_failed(void)
{
	log_error("supervisor: %m");
	return APPBASE_EXIT_SYSTEM;
}

int
supervisor_start(struct appbase *app, int start_fd)
{
	struct supervisor *sup = supervisor_new(app);
	struct listener *l;

	if (sup == NULL)
		return supervisor_failed();
	sup->start_fd = start_fd;
	app->generation = 1;
	TAILQ_FOREACH (l, &app->listeners->list, entry)
		supstatus_fdstore(sup, l->name, l->fd);
	log_set_role("supervisor", app->generation);
	title_set(app, "supervisor");
	supworker_spawn(sup);
	return supervisor_loop(sup);
}

int
supervisor_resume(struct appbase *app, const struct handoff *h)
{
	struct supervisor *sup = supervisor_new(app);

	if (sup == NULL)
		return supervisor_failed();
	sigemptyset(&app->orig_mask); /* the record has it */
	if (suprecord_load(sup, h) == -1)
		log_error("the state record is unreadable: %m; going on with "
			  "worker %ld alone",
		    (long)h->worker);
	log_set_role("supervisor", app->generation);
	title_set(app, "supervisor");
	log_info("generation %" PRIu64 ": the supervisor runs the new image",
	    app->generation);
	supstatus_notify(
	    sup, "READY=1\nSTATUS=Generation %" PRIu64, app->generation);
	if (sup->reload_queued) {
		sup->reload_queued = false;
		supreload_request(sup, "remembered request");
	}
	return supervisor_loop(sup);
}

int
supervisor_candidate(struct appbase *app, const struct handoff *h)
{
	struct supervisor *sup = supervisor_new(app);

	if (sup == NULL || supsecond_join(sup, h) == -1)
		return supervisor_failed();
	log_set_role("candidate", app->generation);
	title_set(app, "supervisor");
	supworker_spawn(sup);
	return supervisor_loop(sup);
}

void
supervisor_give_up_resources(void *arg)
{
	fdreserve_release();
	supervisor_free(arg);
}
