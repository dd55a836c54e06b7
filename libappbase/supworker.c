/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers in the supervisor: starting, listening to, replacing them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fdreserve.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/page.h"
#include "libappbase/sockaddr.h"
#include "libappbase/supervisor.h"
#include "libappbase/waitstatus.h"

#define SUPWORKER_LINE_BYTES  16384 /* read from one worker in one turn */
#define SUPWORKER_MESSAGES    64    /* handled of one worker in one turn */
#define SUPWORKER_LAST_WORDS  65536 /* messages of one that has ended */
#define SUPWORKER_ADDRESS_MAX 255   /* as much as the state record takes */
#define SUPWORKER_EOF_MS      200   /* a closed socket means it is ending */
#define SUPWORKER_GRACE	      16   /* part of its time-out a late worker gets */
#define SUPWORKER_FORK_MS     1000 /* between attempts when fork fails */

static void supworker_messages(struct supervisor *, struct workproc *);

/* Runs in the forked worker first. */
static void
supworker_child(void *arg)
{
	supervisor_give_up_resources(arg);
}

/* After a reload's commit the worker is of the new image, which we are not yet
 * (R-25, f7). */
static struct workproc *
supworker_exec(struct supervisor *sup, const char **why)
{
	struct appbase *app = sup->app;
	struct workproc *wp = workproc_exec(app, app->generation, false, why);

	if (wp == NULL)
		return NULL;
	wp->candidate = sup->old != NULL && !supreload_overlaps(sup);
	wp->ready = true; /* it is in charge; takeover is still answered */
	return wp;
}

/* Makes a worker, of the image that is in charge. */
static struct workproc *
supworker_make(struct supervisor *sup, const char **why)
{
	enum reload_state state = sup->reload.state;

	*why = "fork";
	if (state == RELOAD_DRAINING || state == RELOAD_FINISHING)
		return supworker_exec(sup, why);
	listeners_unclaim(sup->app->listeners);
	return workproc_fork(sup->app, supworker_child, sup);
}

void
supworker_spawn(struct supervisor *sup)
{
	struct appbase *app = sup->app;
	struct workproc *wp;
	const char *why;

	sup->respawn_ms = CLOCK_NEVER;
	wp = supworker_make(sup, &why);
	if (wp == NULL && (errno == EMFILE || errno == ENFILE)) {
		fdreserve_release();
		wp = supworker_make(sup, &why);
		fdreserve_fill();
	}
	if (wp == NULL) {
		log_error("cannot start a worker: %s: %m; trying again in "
			  "%d ms",
		    why, SUPWORKER_FORK_MS);
		sup->respawn_ms = clock_now_ms() + SUPWORKER_FORK_MS;
		return;
	}
	sup->active = wp;
	if (app->set.ping_timeout > 0)
		wp->watch_ms = wp->started_ms + app->set.ping_timeout;
	log_info("worker %ld started", (long)wp->pid);
}

void
supworker_ready(struct supervisor *sup, struct workproc *wp)
{
	if (wp->ready)
		return;
	wp->ready = true;
	if (!sup->was_ready || sup->reload.state == RELOAD_IDLE)
		supstatus_notify(sup, "READY=1\nSTATUS=Generation %" PRIu64,
		    sup->app->generation);
	sup->was_ready = true;
	supervisor_started(sup, APPBASE_EXIT_OK, NULL);
	if (sup->reload_queued) {
		sup->reload_queued = false;
		supreload_request(sup, "queued request");
	}
}

/* A worker says that it has initialised, or has lived long enough. */
static void
supworker_initialised(struct supervisor *sup, struct workproc *wp)
{
	if (wp == sup->candidate && wp->supervisor &&
	    !keeper_is_empty(sup->keeper)) {
		log_error("processes are kept since the reload began; they "
			  "cannot move to supervisor %ld, which is ended",
		    (long)wp->pid);
		workproc_end(wp, SIGTERM, sup->app->set.stop_timeout);
	} else if (wp == sup->candidate)
		reload_event(&sup->reload, RELOAD_READY, clock_now_ms(), NULL);
	else if (wp != sup->active ||
	    (sup->reload.state == RELOAD_DRAINING && wp->candidate))
		return; /* answered when the old worker is gone */
	else if (sup->above != NULL)
		supsecond_ask(sup);
	else {
		workproc_ok(wp);
		supworker_ready(sup, wp);
	}
}

/* "takeover" came.  All that the worker has registered came before it. */
static void
supworker_takeover(struct supervisor *sup, struct workproc *wp)
{
	if (wp == sup->active && sup->app->listeners->sweep) {
		if (wp->chan != NULL)
			supworker_messages(sup, wp);
		listeners_close_unclaimed(sup->app->listeners);
	}
	wp->said_takeover = true;
	wp->waits_ok = true;
	sup->knows_ready = true;
	supworker_initialised(sup, wp);
}

/* A line that is none of the protocol's. */
static void
supworker_unknown(struct workproc *wp, const char *line)
{
	wp->unknown++;
	if (!wp->warned)
		log_warn("worker %ld: unknown command \"%.60s\", ignored "
			 "(as are further ones)",
		    (long)wp->pid, line);
	wp->warned = true;
}

static void
supworker_command(
    struct supervisor *sup, struct workproc *wp, enum lineproto_command command)
{
	switch (command) {
	case LINEPROTO_PING:
		if (wp->page != NULL)
			atomic_store(&wp->page->last_ping_ms, clock_now_ms());
		/* A worker that does not read its answers misses them. */
		if (send(wp->line, "pong\n", 5, MSG_DONTWAIT | MSG_NOSIGNAL) ==
			-1 &&
		    errno == EPIPE)
			log_debug("worker %ld: pong: %m", (long)wp->pid);
		break;
	case LINEPROTO_TAKEOVER:
		supworker_takeover(sup, wp);
		break;
	case LINEPROTO_RESTART:
		log_info("worker %ld asks to be killed and started again",
		    (long)wp->pid);
		workproc_end(wp, SIGKILL, 0);
		break;
	case LINEPROTO_STOP:
		supervisor_stop(
		    sup, APPBASE_EXIT_OK, "the worker asks to stop");
		break;
	case LINEPROTO_UNKNOWN:
		supworker_unknown(wp, wp->lp.line);
		break;
	case LINEPROTO_NONE:
		break;
	}
}

/* Reads lines, a bounded number of bytes in a turn. */
static void
supworker_lines(struct supervisor *sup, struct workproc *wp)
{
	char buf[4096];
	const char *p;
	size_t left, total = 0;
	ssize_t n = 0;
	enum lineproto_command command;

	while (total < SUPWORKER_LINE_BYTES &&
	    (n = recv(wp->line, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		total += (size_t)n;
		p = buf;
		left = (size_t)n;
		while ((command = lineproto_next(&wp->lp, &p, &left)) !=
		    LINEPROTO_NONE)
			supworker_command(sup, wp, command);
	}
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		wp->eof_ms = clock_now_ms() + SUPWORKER_EOF_MS;
}

/* LISTENER: registered by a candidate, or by the worker in charge. */
static bool
supworker_listener(
    struct supervisor *sup, struct workproc *wp, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *name = keepmsg_get_str(&r);
	const char *address = keepmsg_get_str(&r);
	bool claim = wp->candidate && (wp != sup->active || sup->above != NULL);
	struct listeners *table = claim ? wp->claims : sup->app->listeners;
	struct listener *l;
	int fd = -1, ours = -1;

	if (!keepmsg_done(&r) || name == NULL || address == NULL ||
	    !sockaddr_name_ok(name) ||
	    strlen(address) > SUPWORKER_ADDRESS_MAX || msg->nfds > 1)
		return false;
	if (msg->nfds == 1) {
		fd = msg->fds[0];
		msg->fds[0] = -1;
	}
	if (!claim && fd == -1) {
		if ((l = listeners_find(table, name)) != NULL)
			l->claimed = true;
		return true;
	}
	/* A socket that was handed in: whoever made it removes its path. */
	if (fd != -1)
		ours = inherit_take(&sup->app->inherit, name, address);
	fd_close(ours);
	l = listeners_put(table, name, address, fd, !claim && ours == -1);
	if (l == NULL)
		log_error("listener %s: %m", name);
	else if (fd != -1) {
		l->claimed = !claim;
		log_info("listener %s on %s", name, address);
		supstatus_fdstore(sup, name, fd);
	}
	return true;
}

/* REQUEST: restart, stop, reload, extend. */
static bool
supworker_request(
    struct supervisor *sup, struct workproc *wp, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	int64_t what = keepmsg_get_int(&r), arg = keepmsg_get_int(&r);
	const char *path = what == KEEPMSG_UPGRADE ? keepmsg_get_str(&r) : NULL;
	const struct settings *s = &sup->app->set;

	if (!keepmsg_done(&r))
		return false;
	switch (what) {
	case KEEPMSG_RESTART:
		wp->restart_asked = true;
		workproc_end(wp, s->stop_signal, s->stop_timeout);
		return true;
	case KEEPMSG_STOP:
		supervisor_stop(
		    sup, APPBASE_EXIT_OK, "the worker asks to stop");
		return true;
	case KEEPMSG_RELOAD:
		supreload_request(sup, "the worker");
		return true;
	case KEEPMSG_UPGRADE:
		if (path == NULL || (path[0] != '/' && path[0] != '\0'))
			return false;
		supreload_upgrade(sup, path);
		return true;
	case KEEPMSG_EXTEND:
		if (arg <= 0)
			return false;
		if (wp == sup->candidate &&
		    sup->reload.deadline_ms != CLOCK_NEVER)
			sup->reload.deadline_ms =
			    clock_deadline(clock_now_ms(), arg);
		if (wp->kill_ms != CLOCK_NEVER)
			wp->kill_ms = clock_deadline(clock_now_ms(), arg);
		supstatus_notify(
		    sup, "EXTEND_TIMEOUT_USEC=%" PRId64, arg * 1000);
		return true;
	}
	return false;
}

static bool
supworker_status(struct workproc *wp, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *text = keepmsg_get_str(&r);

	if (!keepmsg_done(&r) || text == NULL)
		return false;
	strlcpy(wp->status, text, sizeof(wp->status));
	wp->status[strcspn(wp->status, "\n")] = '\0';
	return true;
}

static void
supworker_message(
    struct supervisor *sup, struct workproc *wp, struct chan_msg *msg)
{
	bool ok;

	if (keeper_message(sup->keeper, wp, msg))
		return;
	switch (msg->type) {
	case KEEPMSG_LISTENER:
		ok = supworker_listener(sup, wp, msg);
		break;
	case KEEPMSG_REQUEST:
		ok = supworker_request(sup, wp, msg);
		break;
	case KEEPMSG_STATUS:
		ok = supworker_status(wp, msg);
		if (ok && wp == sup->active)
			supstatus_notify(sup, "STATUS=%s", wp->status);
		break;
	case KEEPMSG_TAKEN:
		if ((ok = wp->supervisor && wp == sup->active))
			supsecond_taken(sup);
		break;
	case KEEPMSG_IN_CHARGE:
		if ((ok = wp->supervisor && wp == sup->active))
			supsecond_leave(sup);
		break;
	default:
		ok = false;
	}
	if (!ok)
		log_warn("worker %ld: unexpected %s message, ignored",
		    (long)wp->pid, keepmsg_name(msg->type));
}

/* Moves messages, a bounded number in a turn. */
static void
supworker_messages(struct supervisor *sup, struct workproc *wp)
{
	struct chan_msg msg;
	int n = 1, budget = SUPWORKER_MESSAGES;

	if (chan_flush(wp->chan) == -1)
		n = -1;
	while (
	    n == 1 && budget-- > 0 && (n = chan_receive(wp->chan, &msg)) == 1) {
		supworker_message(sup, wp, &msg);
		chan_msg_close(&msg);
	}
	if (n != -1)
		return;
	if (errno == EBADMSG)
		log_error("worker %ld: garbage on its message socket, closed",
		    (long)wp->pid);
	keeper_detach(sup->keeper, wp);
	chan_free(wp->chan);
	wp->chan = NULL;
}

/* What an ended worker had still asked to be kept, and what it had heard. */
static void
supworker_last_words(struct supervisor *sup, struct workproc *wp)
{
	int budget = SUPWORKER_LAST_WORDS;
	struct chan_msg msg;

	while (wp->attached && wp->chan != NULL && budget-- > 0 &&
	    chan_receive(wp->chan, &msg) == 1) {
		(void)keeper_message(sup->keeper, wp, &msg);
		chan_msg_close(&msg);
	}
}

void
supworker_input(
    struct supervisor *sup, struct workproc *wp, bool line, bool chan)
{
	if (chan && wp->chan != NULL)
		supworker_messages(sup, wp);
	if (line && wp->eof_ms == CLOCK_NEVER)
		supworker_lines(sup, wp);
}

/* Does this end of the worker end the daemon? */
static bool
supworker_stops(struct supervisor *sup, int status, int *exit_status)
{
	const struct appbase_class *c = sup->app->cls;
	const int *p = c->stop_statuses;

	*exit_status = APPBASE_EXIT_OK;
	if (!WIFEXITED(status))
		return false;
	for (; p != NULL && *p != APPBASE_NONE; p++)
		if (*p == WEXITSTATUS(status)) {
			*exit_status = *p;
			return true;
		}
	return c->respawn == APPBASE_RESPAWN_ON_FAILURE &&
	    WEXITSTATUS(status) == 0;
}

static bool
supworker_restarts(const struct supervisor *sup, int status)
{
	const int *p = sup->app->cls->restart_statuses;

	if (!WIFEXITED(status))
		return false;
	for (; p != NULL && *p != APPBASE_NONE; p++)
		if (*p == WEXITSTATUS(status))
			return true;
	return false;
}

/* The worker in charge has ended by itself: decides when the next one starts.
 */
static void
supworker_respawn(struct supervisor *sup, const struct workproc *wp, int status,
    const char *text)
{
	int64_t now = clock_now_ms(), delay;
	int exit_status;
	char why[160];

	snprintf(why, sizeof(why), "worker %ld %s", (long)wp->pid, text);
	if (sup->above != NULL) { /* a candidate may not try twice */
		supervisor_stop(sup, APPBASE_EXIT_WORKER, why);
		return;
	}
	if (wp->supervisor && waitstatus_success(status)) {
		supervisor_stop(sup, APPBASE_EXIT_OK, why); /* it was stopped */
		return;
	}
	if (sup->active != NULL)
		return; /* the old worker goes on */
	if (supworker_stops(sup, status, &exit_status)) {
		supervisor_started(sup, exit_status, why);
		supervisor_stop(sup, exit_status, why);
		return;
	}
	if (supworker_restarts(sup, status))
		sup->app->listeners->sweep = true;
	delay = wp->restart_asked || supworker_restarts(sup, status)
	    ? 0
	    : respawn_next(&sup->respawn, now - wp->started_ms);
	if (!wp->ready)
		supervisor_started(sup, APPBASE_EXIT_WORKER, why);
	if (delay == RESPAWN_GIVE_UP ||
	    (keeper_stop_waits(sup->keeper) && sup->respawn.failures >= 3)) {
		log_error("%s, giving up after %u failures", why,
		    sup->respawn.failures);
		supervisor_stop(sup, APPBASE_EXIT_GAVE_UP, why);
		return;
	}
	sup->restarts++;
	sup->respawn_ms = now + delay;
	if (delay > 0)
		log_info("next worker in %" PRId64 " ms", delay);
}

/* A worker has been reaped. */
void
supworker_ended(struct supervisor *sup, struct workproc *wp, int status)
{
	char text[WAITSTATUS_MAX], why[160];
	int64_t now = clock_now_ms();
	const char *what = wp == sup->candidate ? "candidate"
	    : wp == sup->old			? "old worker"
						: "worker";

	waitstatus_text(status, text);
	log_info("%s %ld %s after %" PRId64 " ms", what, (long)wp->pid, text,
	    now - wp->started_ms);
	snprintf(why, sizeof(why), "candidate %ld %s", (long)wp->pid, text);
	supworker_last_words(sup, wp);
	keeper_detach(sup->keeper, wp);
	if (wp == sup->candidate) {
		sup->candidate = NULL;
		reload_event(&sup->reload, RELOAD_DIED, now, why);
	} else if (wp == sup->old) {
		sup->old = NULL;
		reload_event(&sup->reload, RELOAD_OLD_GONE, now, NULL);
	} else {
		sup->active = NULL;
		if (wp->supervisor)
			supsecond_lost(sup);
		if (sup->phase == SUP_RUNNING)
			supworker_respawn(sup, wp, status, text);
		else if (getpid() == 1 && sup->exit_status == APPBASE_EXIT_OK)
			sup->exit_status = waitstatus_exit(status);
	}
	workproc_free(wp);
}

/* May this worker be taken for ready because it lives long enough? */
static int64_t
supworker_ready_at(const struct supervisor *sup, const struct workproc *wp)
{
	const struct settings *s = &sup->app->set;

	if (wp->ready || wp->said_takeover || wp->supervisor ||
	    s->calls_ready || sup->knows_ready || wp->asked_ms != 0 ||
	    (sup->above != NULL && sup->asked_above))
		return CLOCK_NEVER;
	return clock_deadline(wp->started_ms, s->ready_after);
}

/* The watchdog: has it pinged lately, if it ever did?  If the machine,
 * or the container, was frozen together with us, it only now gets the chance:
 * so it is given a moment. */
static void
supworker_watch(struct supervisor *sup, struct workproc *wp, int64_t now)
{
	int64_t timeout = sup->app->set.ping_timeout, last;

	if (now < wp->watch_ms || timeout <= 0)
		return;
	if (wp->page == NULL || wp->asked_ms != 0) {
		wp->watch_ms = CLOCK_NEVER;
		return;
	}
	last = atomic_load(&wp->page->last_ping_ms);
	if (last == 0 || now - last < timeout) {
		wp->overdue = false;
		wp->watch_ms = (last == 0 ? now : last) + timeout;
		return;
	}
	if (!wp->overdue) {
		wp->overdue = true;
		wp->watch_ms = now + timeout / SUPWORKER_GRACE;
		return;
	}
	log_error("watchdog: worker %ld has not pinged for %" PRId64
		  " ms, ending it",
	    (long)wp->pid, now - last);
	wp->watch_ms = CLOCK_NEVER;
	workproc_end(
	    wp, sup->app->set.abort_signal, sup->app->set.stop_timeout);
}

static void
supworker_timer(struct supervisor *sup, struct workproc *wp, int64_t now)
{
	const struct settings *s = &sup->app->set;

	if (wp == NULL)
		return;
	if (now >= supworker_ready_at(sup, wp))
		supworker_initialised(sup, wp);
	supworker_watch(sup, wp, now);
	if (now >= wp->eof_ms && wp->asked_ms == 0 &&
	    wp->eof_ms != CLOCK_NEVER) {
		log_error("worker %ld has closed its handoff socket, ending it",
		    (long)wp->pid);
		workproc_end(wp, s->stop_signal, s->stop_timeout);
	}
	if (now >= wp->kill_ms)
		workproc_overdue(wp, s->shutdown_timeout);
}

void
supworker_timers(struct supervisor *sup, int64_t now)
{
	if (now >= sup->respawn_ms && sup->phase == SUP_RUNNING)
		supworker_spawn(sup);
	supworker_timer(sup, sup->active, now);
	supworker_timer(sup, sup->candidate, now);
	supworker_timer(sup, sup->old, now);
}

static int64_t
supworker_next(const struct supervisor *sup, const struct workproc *wp)
{
	int64_t at, t;

	if (wp == NULL)
		return CLOCK_NEVER;
	at = supworker_ready_at(sup, wp);
	if ((t = wp->watch_ms) < at)
		at = t;
	if ((t = wp->kill_ms) < at)
		at = t;
	if (wp->asked_ms == 0 && (t = wp->eof_ms) < at)
		at = t;
	return at;
}

int64_t
supworker_deadline(const struct supervisor *sup)
{
	int64_t at = sup->respawn_ms, t;

	if ((t = supworker_next(sup, sup->active)) < at)
		at = t;
	if ((t = supworker_next(sup, sup->candidate)) < at)
		at = t;
	if ((t = supworker_next(sup, sup->old)) < at)
		at = t;
	return at;
}
