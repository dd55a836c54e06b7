/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two-supervisor reload: the candidate is a supervisor with a worker
 * of its own.
 *
 *   old (S)                          new (N)                     worker of N
 *    | spawn with lock, listeners --> | fork -------------------> | init
 *    | <------------------- takeover  | <---------------- takeover|
 *    | == COMMIT ==  commit --------> | writes its pid            |
 *    | <---------------------- taken  |                           |
 *    | MAINPID=N, barrier; TERM to its worker, drain              |
 *    | ok --------------------------> | in charge; ok ----------> | serves
 *    | <------------------- in charge |                           |
 *    | ends, last                     |
 *
 * The lock is one open file description that both hold all the time.  If N ends
 * before "in charge", S takes the pid file back and goes on; if S ends, N goes
 * on.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "appbase/notify.h"
#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/greet.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/pidfile.h"
#include "libappbase/supervisor.h"

#define SUPSECOND_BARRIER_MS 5000

/* Writes our pid into the pid file. */
static void
supsecond_store_pid(struct supervisor *sup)
{
	struct appbase *app = sup->app;

	if (app->lock_fd != -1 && pidfile_store(app->lock_fd, getpid()) == -1)
		log_error("pid file %s: %m", app->set.pid_file);
}

bool
supsecond_commit(struct supervisor *sup)
{
	struct keepmsg_buf b = {0};

	keepmsg_put_int(&b, (int64_t)sup->reloads);
	keepmsg_put_int(&b, sup->reload_took_ms);
	if (b.failed ||
	    chan_send(sup->active->chan, KEEPMSG_COMMIT, b.data, b.len, NULL,
		0) == -1)
		log_error("second supervisor %ld: %m", (long)sup->active->pid);
	keepmsg_buf_free(&b);
	return true; /* the old worker is asked to end when it has answered */
}

/* Tells the service manager who its main process is, and asks for a sign that
 * it has read that. */
static void
supsecond_mainpid(struct supervisor *sup)
{
	int p[2];

	supstatus_notify(sup, "MAINPID=%ld\nSTATUS=Generation %" PRIu64,
	    (long)sup->active->pid, sup->app->generation + 1);
	if (sup->app->notify_socket == NULL || pipe2(p, O_CLOEXEC) == -1)
		return;
	if (appbase_notify_fd(sup->app->notify_socket, "BARRIER=1", p[1]) ==
	    1) {
		sup->barrier_fd = p[0];
		sup->barrier_ms = clock_now_ms() + SUPSECOND_BARRIER_MS;
	} else
		fd_close(p[0]);
	fd_close(p[1]);
}

void
supsecond_taken(struct supervisor *sup)
{
	const struct settings *s = &sup->app->set;

	supsecond_mainpid(sup);
	log_info("supervisor %ld has the pid file", (long)sup->active->pid);
	if (sup->old != NULL)
		workproc_end(sup->old, s->stop_signal, s->drain_timeout);
	else
		reload_event(
		    &sup->reload, RELOAD_OLD_GONE, clock_now_ms(), NULL);
}

void
supsecond_finish(struct supervisor *sup)
{
	if (sup->reload.pending &&
	    chan_send(sup->active->chan, KEEPMSG_RELOAD_AGAIN, NULL, 0, NULL,
		0) == -1)
		log_error("second supervisor %ld: %m", (long)sup->active->pid);
	sup->active->waits_ok = true;
	/* If it cannot be told it has died, which supsecond_lost() will see. */
	workproc_ok(sup->active);
	sup->handed_over = true;
}

void
supsecond_leave(struct supervisor *sup)
{
	if (sup->reload.state == RELOAD_FINISHING)
		sup->leaving = true;
}

/* The old worker was not asked to end yet: it goes on, as if nothing had been
 * committed. */
static void
supsecond_restore(struct supervisor *sup)
{
	sup->active = sup->old;
	sup->old = NULL;
	if (sup->active->attached)
		keeper_reattach(sup->keeper, sup->active);
	strlcpy(sup->reload_result, "failed: the second supervisor ended",
	    sizeof(sup->reload_result));
	supstatus_notify(sup, "READY=1\nSTATUS=Reload failed");
	reload_event(&sup->reload, RELOAD_OLD_GONE, clock_now_ms(), NULL);
	sup->replace = false;
	reload_event(&sup->reload, RELOAD_FINISHED, clock_now_ms(), NULL);
}

void
supsecond_lost(struct supervisor *sup)
{
	if (sup->reload.state != RELOAD_DRAINING &&
	    sup->reload.state != RELOAD_FINISHING)
		return;
	log_error("the second supervisor is gone, taking the pid file back");
	sup->leaving = sup->handed_over = false;
	if (sup->reload.state == RELOAD_FINISHING) {
		sup->replace = true;
		sup->replace_ms = clock_now_ms();
	}
	supsecond_store_pid(sup);
	supstatus_notify(sup, "MAINPID=%ld", (long)getpid());
	if (sup->old != NULL && sup->old->asked_ms == 0)
		supsecond_restore(sup);
}

int
supsecond_join(struct supervisor *sup, const struct handoff *h)
{
	struct greeting g;
	struct workproc *above =
	    workproc_adopt(getppid(), h->line, h->chan, -1);

	if (above == NULL)
		return -1;
	sup->above = above;
	sup->app->lock_fd = h->lock;
	if (above->chan == NULL || greet_read(above->chan, &g, sup->app) == -1)
		return -1;
	fd_close(g.page_fd);
	sup->app->generation = g.generation;
	sup->knows_ready = g.knows_ready;
#ifdef PR_SET_PDEATHSIG
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
#endif
	return 0;
}

void
supsecond_ask(struct supervisor *sup)
{
	if (sup->asked_above)
		return;
	sup->asked_above = true;
	if (send(sup->above->line, "takeover\n", 9,
		MSG_NOSIGNAL | MSG_DONTWAIT) != 9)
		log_error("old supervisor: %m");
}

/* We are in charge: the old supervisor said so, or is gone. */
static void
supsecond_in_charge(struct supervisor *sup)
{
	if (sup->above->chan != NULL &&
	    chan_send(sup->above->chan, KEEPMSG_IN_CHARGE, NULL, 0, NULL, 0) ==
		-1)
		log_debug("old supervisor: %m");
	workproc_free(sup->above);
	sup->above = NULL;
	log_set_role("supervisor", sup->app->generation);
	log_info("generation %" PRIu64 " is in charge", sup->app->generation);
	strlcpy(sup->reload_result, "ok", sizeof(sup->reload_result));
	if (sup->active == NULL)
		return;
	sup->active->candidate = false;
	listeners_commit(sup->app->listeners, sup->active->claims);
	workproc_ok(sup->active);
	if (sup->asked_above)
		supworker_ready(sup, sup->active);
}

/* The old supervisor has ended without a word. */
static void
supsecond_orphaned(struct supervisor *sup)
{
	log_error("the old supervisor is gone, taking over");
	supsecond_store_pid(sup);
	supsecond_in_charge(sup);
}

/* COMMIT: the pid file is ours. */
static void
supsecond_committed(struct supervisor *sup, const struct chan_msg *msg)
{
	const struct settings *s = &sup->app->set;
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	uint64_t reloads = (uint64_t)keepmsg_get_int(&r);
	int64_t took_ms = keepmsg_get_int(&r);

	if (keepmsg_done(&r)) {
		sup->reloads = reloads;
		sup->reload_took_ms = took_ms;
	}
	supsecond_store_pid(sup);
	if (chan_send(sup->above->chan, KEEPMSG_TAKEN, NULL, 0, NULL, 0) == -1)
		log_error("old supervisor: %m");
	if (sup->active != NULL && !s->exclusive &&
	    (s->overlap || !TAILQ_EMPTY(&sup->app->listeners->list)))
		workproc_ok(sup->active);
}

void
supsecond_input(struct supervisor *sup)
{
	struct chan_msg msg;
	char line[8];
	/* Looked at first, since what precedes it comes by the other socket. */
	ssize_t n = recv(sup->above->line, line, sizeof(line), MSG_DONTWAIT);
	int error = errno;

	if (sup->above->chan != NULL && chan_flush(sup->above->chan) == -1)
		log_debug("old supervisor: %m");
	while (sup->above->chan != NULL &&
	    chan_receive(sup->above->chan, &msg) == 1) {
		if (msg.type == KEEPMSG_COMMIT)
			supsecond_committed(sup, &msg);
		else if (msg.type == KEEPMSG_RELOAD_AGAIN)
			sup->reload_queued = true;
		chan_msg_close(&msg);
	}
	if (n > 0 && line[0] == 'o')
		supsecond_in_charge(sup);
	else if (n == 0 || (n == -1 && error != EAGAIN && error != EINTR))
		supsecond_orphaned(sup);
}
