/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker's signal handlers and its deadline; see worksig.h. */
#include "libappbase/worksig.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "libappbase/fd.h"
#include "libappbase/worker.h"

struct worksig worksig;

/* What the handlers need; constant once they are installed. */
static struct {
	int wake_fd;
	pid_t supervisor;
	struct page *page;
	bool outlives;
	int64_t orphan_ms, busy_ms;
	timer_t timer;
	bool have_timer;
} worksig_context = {.wake_fd = -1};

static const int worksig_stop_signals[] = {SIGTERM, SIGINT, SIGQUIT};
/* Handled by doing nothing rather than ignored: an ignored signal would stay
 * ignored in every program that the worker executes (W38). */
static const int worksig_noise_signals[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};

/* Wakes whoever polls the worker's descriptor. */
static void
worksig_wake(void)
{
	ssize_t n;

	if (worksig_context.wake_fd == -1)
		return;
	n = write(worksig_context.wake_fd, "", 1);
	(void)n; /* full: the reader will wake anyway */
}

static void
worksig_on_stop(int signo)
{
	int error = errno;

	worksig.stop = signo;
	worksig_wake();
	errno = error;
}

static void
worksig_on_noise(int signo)
{
	(void)signo;
	worksig.noise++;
}

static void
worksig_on_orphan(int signo)
{
	int error = errno;

	(void)signo;
	if (getppid() != worksig_context.supervisor)
		worksig_lost();
	errno = error;
}

void
worksig_deadline(int64_t ms)
{
	struct itimerspec when = {{0, 0}, {0, 0}};

	if (ms < 0 || !worksig_context.have_timer)
		return;
	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000L;
	if (ms == 0)
		when.it_value.tv_nsec = 1;
	timer_settime(worksig_context.timer, 0, &when, NULL);
}

void
worksig_lost(void)
{
	bool busy;

	if (worksig.lost || worksig_context.outlives)
		return;
	worksig.lost = 1;
	busy = worksig_context.page != NULL &&
	    atomic_load(&worksig_context.page->busy) > 0;
	worksig_deadline(
	    busy ? worksig_context.busy_ms : worksig_context.orphan_ms);
	worksig_wake();
}

static int
worksig_handle(int signo, void (*handler)(int), int flags)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&sa.sa_mask);
	return sigaction(signo, &sa, NULL);
}

static int
worksig_make_timer(void)
{
	struct sigevent ev = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};

	if (worksig_context.have_timer)
		return 0;
	if (timer_create(CLOCK_MONOTONIC, &ev, &worksig_context.timer) == -1)
		return -1;
	worksig_context.have_timer = true;
	return 0;
}

/* Asks to be told of the parent's death; it may have happened already. */
static int
worksig_watch_parent(void)
{
#ifdef PR_SET_PDEATHSIG
	if (prctl(PR_SET_PDEATHSIG, WORKER_ORPHAN_SIGNAL, 0, 0, 0) == -1)
		return -1;
#endif
	if (getppid() != worksig_context.supervisor)
		worksig_lost();
	return 0;
}

int
worksig_install(int wake_fd, pid_t supervisor, bool outlives, struct page *page,
    int64_t orphan_ms, int64_t busy_ms)
{
	size_t i;

	worksig_context.wake_fd = wake_fd;
	worksig_context.supervisor = supervisor;
	worksig_context.page = page;
	worksig_context.outlives = outlives;
	worksig_context.orphan_ms = orphan_ms;
	worksig_context.busy_ms = busy_ms;
	if (worksig_make_timer() == -1)
		return -1;
	for (i = 0; i < sizeof(worksig_stop_signals) / sizeof(int); i++)
		if (worksig_handle(
			worksig_stop_signals[i], worksig_on_stop, 0) == -1)
			return -1;
	for (i = 0; i < sizeof(worksig_noise_signals) / sizeof(int); i++)
		if (worksig_handle(worksig_noise_signals[i], worksig_on_noise,
			SA_RESTART) == -1)
			return -1;
	if (supervisor == 0 || outlives)
		return 0;
	if (worksig_handle(WORKER_ORPHAN_SIGNAL, worksig_on_orphan, 0) == -1)
		return -1;
	return worksig_watch_parent();
}

void
worksig_default(bool on)
{
	size_t i;

	for (i = 0; i < sizeof(worksig_stop_signals) / sizeof(int); i++)
		worksig_handle(
		    worksig_stop_signals[i], on ? SIG_DFL : worksig_on_stop, 0);
}

void
worksig_reset(void)
{
	size_t i;

	fd_closep(&worksig_context.wake_fd);
	worksig_context.have_timer = false; /* timers are not inherited */
	for (i = 0; i < sizeof(worksig_stop_signals) / sizeof(int); i++)
		signal(worksig_stop_signals[i], SIG_DFL);
	for (i = 0; i < sizeof(worksig_noise_signals) / sizeof(int); i++)
		signal(worksig_noise_signals[i], SIG_DFL);
	signal(WORKER_ORPHAN_SIGNAL, SIG_DFL);
	worksig.stop = 0;
	worksig.lost = 0;
}
