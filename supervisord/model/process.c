/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process state machine: a table of handlers [state][event], one setter,
 * and no I/O.  See the header for the model.
 */
#include "supervisord/model/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/loglevel.h"
#include "supervisord/model/process_private.h"
#include "supervisord/model/procfmt.h"

/* An instantly dying program with startsecs=0 is not started more often. */
#define PROCESS_MIN_RESPAWN_MS 100

static process_handler idle_on_start, running_on_start, backoff_on_stop,
    live_on_stop, idle_on_stop, starting_on_spawned, stopping_on_spawned,
    starting_on_spawn_failed, stopping_on_spawn_failed, starting_on_exited,
    running_on_exited, stopping_on_exited, unknown_on_exited, starting_on_timer,
    backoff_on_timer, stopping_on_timer, exited_on_timer, live_on_kill_failed,
    backoff_on_give_up;

/* NULL: the event says nothing new in that state and is dropped. */
/* clang-format off */
static process_handler *const process_table[PROC_NSTATES][PROC_NEVENTS] = {
	[PROC_STOPPED] = {
		[PROC_EV_START] = idle_on_start,
		[PROC_EV_STOP] = idle_on_stop,
		[PROC_EV_REFUSE] = procready_on_refuse,
	},
	[PROC_STARTING] = {
		[PROC_EV_START] = running_on_start,
		[PROC_EV_STOP] = live_on_stop,
		[PROC_EV_SPAWNED] = starting_on_spawned,
		[PROC_EV_SPAWN_FAILED] = starting_on_spawn_failed,
		[PROC_EV_EXITED] = starting_on_exited,
		[PROC_EV_TIMER] = starting_on_timer,
		[PROC_EV_KILL_FAILED] = live_on_kill_failed,
		[PROC_EV_READY] = procready_on_starting,
	},
	[PROC_RUNNING] = {
		[PROC_EV_START] = running_on_start,
		[PROC_EV_STOP] = live_on_stop,
		[PROC_EV_EXITED] = running_on_exited,
		[PROC_EV_KILL_FAILED] = live_on_kill_failed,
		[PROC_EV_READY] = procready_on_running,
		[PROC_EV_UNREADY] = procready_on_unready,
	},
	[PROC_BACKOFF] = {
		[PROC_EV_START] = idle_on_start,
		[PROC_EV_STOP] = backoff_on_stop,
		[PROC_EV_TIMER] = backoff_on_timer,
		[PROC_EV_GIVE_UP] = backoff_on_give_up,
	},
	[PROC_STOPPING] = {
		[PROC_EV_START] = running_on_start,
		[PROC_EV_SPAWNED] = stopping_on_spawned,
		[PROC_EV_SPAWN_FAILED] = stopping_on_spawn_failed,
		[PROC_EV_EXITED] = stopping_on_exited,
		[PROC_EV_TIMER] = stopping_on_timer,
		[PROC_EV_KILL_FAILED] = live_on_kill_failed,
	},
	[PROC_EXITED] = {
		[PROC_EV_START] = idle_on_start,
		[PROC_EV_STOP] = idle_on_stop,
		[PROC_EV_TIMER] = exited_on_timer,
		[PROC_EV_REFUSE] = procready_on_refuse,
	},
	[PROC_FATAL] = {
		[PROC_EV_START] = idle_on_start,
		[PROC_EV_STOP] = idle_on_stop,
		[PROC_EV_REFUSE] = procready_on_refuse,
	},
	[PROC_UNKNOWN] = {
		[PROC_EV_STOP] = idle_on_stop,
		[PROC_EV_EXITED] = unknown_on_exited,
	},
};

/* What the setter accepts; a state is never entered from itself (P-027). */
static const bool process_legal[PROC_NSTATES][PROC_NSTATES] = {
	[PROC_STOPPED] = {[PROC_STARTING] = true, [PROC_FATAL] = true},
	[PROC_STARTING] = {[PROC_RUNNING] = true, [PROC_BACKOFF] = true,
	    [PROC_STOPPING] = true, [PROC_UNKNOWN] = true},
	[PROC_RUNNING] = {[PROC_EXITED] = true, [PROC_STOPPING] = true,
	    [PROC_UNKNOWN] = true},
	[PROC_BACKOFF] = {[PROC_STARTING] = true, [PROC_STOPPED] = true,
	    [PROC_FATAL] = true},
	[PROC_STOPPING] = {[PROC_STOPPED] = true, [PROC_UNKNOWN] = true},
	[PROC_EXITED] = {[PROC_STARTING] = true, [PROC_FATAL] = true},
	[PROC_FATAL] = {[PROC_STARTING] = true},
};
/* clang-format on */

static void process_try(struct process *, const struct proc_input *);
static void process_kill(struct process *, int, int64_t);
static void process_reap(struct process *, const struct proc_input *);
static bool process_comes_back(const struct process *, bool expected);

/* Makes a process that was never started. */
struct process *
process_new(const char *name, const struct proc_settings *set,
    const struct proc_ops *ops, void *arg)
{
	struct process *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if ((p->name = strdup(name)) == NULL) {
		free(p);
		return NULL;
	}
	p->set = *set;
	p->ops = ops;
	p->arg = arg;
	p->state = PROC_STOPPED;
	p->deadline_ms = PROC_NEVER;
	return p;
}

/* Frees a process and its timer. */
void
process_free(struct process *p)
{
	if (p == NULL)
		return;
	if (p->deadline_ms != PROC_NEVER)
		p->ops->arm(p->arg, p, PROC_NEVER);
	free(p->name);
	free(p->spawnerr);
	free(p);
}

/* Hands an event to the handler of the state. */
void
process_event(
    struct process *p, enum proc_event event, const struct proc_input *in)
{
	process_handler *handler = process_table[p->state][event];

	if (event == PROC_EV_TIMER) {
		if (p->deadline_ms == PROC_NEVER || in->now_ms < p->deadline_ms)
			return; /* overtaken by another event */
		p->deadline_ms = PROC_NEVER;
	}
	if (handler != NULL)
		handler(p, in);
}

/* Asks for a start. */
void
process_start(struct process *p, int64_t now_ms, time_t wall)
{
	struct proc_input in = {.now_ms = now_ms, .wall = wall};

	process_event(p, PROC_EV_START, &in);
}

/* Asks for a stop; false if there is nothing to stop. */
bool
process_stop(struct process *p, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms};
	bool running = state_is_running(p->state);

	process_mark(p, 0, PROC_MARK_AGAIN);
	process_event(p, PROC_EV_STOP, &in);
	return running;
}

/* Sends a plain signal to the pid, never to the group (P-071). */
int
process_signal(struct process *p, int signo, int64_t now_ms)
{
	char sig[PROCFMT_SIGNAL_MAX];
	int error;

	procfmt_signal(signo, sig);
	if (p->pid == 0) {
		process_log(p, LEVEL_DEBUG,
		    "attempted to send %s sig %s but it wasn't running",
		    p->name, sig);
		return ESRCH;
	}
	process_log(p, LEVEL_DEBUG, "sending %s (pid %d) sig %s", p->name,
	    (int)p->pid, sig);
	error = p->ops->signal(p->arg, p, signo, false);
	if (error == ESRCH)
		process_log(p, LEVEL_DEBUG,
		    "unable to signal %s (pid %d), it probably just now exited "
		    "on its own: [Errno %d] %s",
		    p->name, (int)p->pid, error, strerror(error));
	else if (error != 0)
		process_kill_failed(p, error, now_ms);
	return error;
}

/* Notes what the next exit is to mean. */
void
process_set_leaving(struct process *p, enum proc_leaving leaving)
{
	p->leaving = leaving;
	p->ops->save(p->arg, p);
}

/* Tells the pid of the program that was asked for. */
void
process_spawned(struct process *p, pid_t pid, int64_t now_ms, time_t wall)
{
	struct proc_input in = {.now_ms = now_ms, .wall = wall, .pid = pid};

	process_event(p, PROC_EV_SPAWNED, &in);
}

/* Tells that the program was never forked. */
void
process_spawn_failed(struct process *p, const char *why, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms, .text = why};

	process_event(p, PROC_EV_SPAWN_FAILED, &in);
}

/* Tells the wait status of the program. */
void
process_exited(struct process *p, int wait_status, int64_t now_ms, time_t wall)
{
	struct proc_input in = {
	    .now_ms = now_ms, .wall = wall, .wait_status = wait_status};

	process_event(p, PROC_EV_EXITED, &in);
}

/* Tells that the timer is due. */
void
process_timer(struct process *p, int64_t now_ms, time_t wall)
{
	struct proc_input in = {.now_ms = now_ms, .wall = wall};

	process_event(p, PROC_EV_TIMER, &in);
}

/* Tells that a signal could not be sent. */
void
process_kill_failed(struct process *p, int error, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms, .error = error};

	process_event(p, PROC_EV_KILL_FAILED, &in);
}

/* Ends the retries because the supervisor is stopping. */
void
process_give_up(struct process *p, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms};

	process_event(p, PROC_EV_GIVE_UP, &in);
}

/* Tells whether the setter accepts a transition. */
bool
process_may_become(enum proc_state from, enum proc_state to)
{
	return process_legal[from][to];
}

/* START in STOPPED, EXITED, FATAL and BACKOFF: a fresh series of tries (P-028).
 */
static void
idle_on_start(struct process *p, const struct proc_input *in)
{
	p->tries = 0;
	p->reached = 0;
	p->marks &= PROC_MARK_CHAINED | PROC_MARK_PASSED;
	process_try(p, in);
}

/* START while there is a program, or will be one (P-041). */
static void
running_on_start(struct process *p, const struct proc_input *in)
{
	(void)in;
	process_log(p, LEVEL_WARN, "process '%s' already running", p->name);
}

/* STOP in BACKOFF (P-018). */
static void
backoff_on_stop(struct process *p, const struct proc_input *in)
{
	process_log(p, LEVEL_DEBUG,
	    "Attempted to kill %s, which is in BACKOFF state.", p->name);
	process_arm(p, PROC_NEVER);
	p->tries = 0;
	process_set_state(p, PROC_STOPPED, in->now_ms, false);
}

/* STOP in STARTING and RUNNING (P-020).  Without a pid yet the signal is sent
 * as soon as there is one. */
static void
live_on_stop(struct process *p, const struct proc_input *in)
{
	p->killing = true;
	p->marks &= ~(unsigned)PROC_MARK_LATE;
	if (p->pid != 0) {
		process_kill(p, p->set.stopsignal, in->now_ms);
		return;
	}
	process_arm(p, PROC_NEVER);
	process_set_state(p, PROC_STOPPING, in->now_ms, false);
}

/* STOP where nothing runs (P-069). */
static void
idle_on_stop(struct process *p, const struct proc_input *in)
{
	char sig[PROCFMT_SIGNAL_MAX];

	(void)in;
	process_mark(p, 0, PROC_MARK_WAITING);
	process_log(p, LEVEL_DEBUG,
	    "attempted to kill %s with sig %s but it wasn't running", p->name,
	    procfmt_signal(p->set.stopsignal, sig));
}

/* SPAWNED in STARTING (P-050): the time to stay up begins. */
static void
starting_on_spawned(struct process *p, const struct proc_input *in)
{
	int64_t startsecs = p->set.startsecs;

	p->pid = in->pid;
	process_log(
	    p, LEVEL_INFO, "spawned: '%s' with pid %d", p->name, (int)p->pid);
	if (p->set.readiness)
		process_arm(p,
		    p->set.ready_timeout > 0
			? p->started_ms + p->set.ready_timeout * 1000
			: PROC_NEVER);
	else
		process_arm(p,
		    startsecs > 0 ? p->started_ms + startsecs * 1000 + 1
				  : in->now_ms);
	p->ops->save(p->arg, p);
}

/* SPAWNED in STOPPING: it was stopped before it had a pid. */
static void
stopping_on_spawned(struct process *p, const struct proc_input *in)
{
	p->pid = in->pid;
	process_log(
	    p, LEVEL_INFO, "spawned: '%s' with pid %d", p->name, (int)p->pid);
	process_kill(p, p->set.stopsignal, in->now_ms);
	p->ops->save(p->arg, p);
}

/* SPAWN_FAILED in STARTING (P-011). */
static void
starting_on_spawn_failed(struct process *p, const struct proc_input *in)
{
	process_set_spawnerr(p, in->text);
	process_log(p, LEVEL_INFO, "spawnerr: %s", in->text);
	process_set_state(p, PROC_BACKOFF, in->now_ms, false);
}

/* SPAWN_FAILED in STOPPING: there is nothing left to stop. */
static void
stopping_on_spawn_failed(struct process *p, const struct proc_input *in)
{
	process_set_spawnerr(p, in->text);
	process_log(p, LEVEL_INFO, "spawnerr: %s", in->text);
	p->killing = false;
	process_set_state(p, PROC_STOPPED, in->now_ms, false);
}

/* EXITED in STARTING: too quick (P-012), or just not seen running (P-014). */
static void
starting_on_exited(struct process *p, const struct proc_input *in)
{
	char text[PROCFMT_STATUS_MAX];

	if (!p->set.readiness &&
	    (p->set.startsecs <= 0 ||
		in->now_ms - p->started_ms >= p->set.startsecs * 1000)) {
		process_arm(p, PROC_NEVER);
		p->tries = 0;
		process_set_state(p, PROC_RUNNING, in->now_ms, false);
		running_on_exited(p, in);
		return;
	}
	process_reap(p, in);
	p->has_exitstatus = false;
	process_set_spawnerr(p, procready_why(p));
	p->marks &= ~(unsigned)PROC_MARK_LATE;
	p->killing = false;
	process_set_state(p, PROC_BACKOFF, in->now_ms, false);
	process_log(p, LEVEL_WARN, "exited: %s (%s; not expected)", p->name,
	    procfmt_status(in->wait_status, text));
	p->pid = 0;
	p->ops->save(p->arg, p);
}

/* EXITED in RUNNING (P-015, P-016); starts again by the timer (P-010). */
static void
running_on_exited(struct process *p, const struct proc_input *in)
{
	char text[PROCFMT_STATUS_MAX];
	char why[sizeof("Bad exit code -2147483648")];
	bool expected;

	process_reap(p, in);
	expected = proc_settings_expects(&p->set, p->exitstatus) ||
	    (p->leaving != PROC_LEAVING_NOT && p->exitstatus != -1);
	p->tries = 0;
	if (expected)
		p->marks |= PROC_MARK_EXITED_OK;
	else {
		(void)snprintf(
		    why, sizeof(why), "Bad exit code %d", p->exitstatus);
		process_set_spawnerr(p, why);
	}
	process_set_state(p, PROC_EXITED, in->now_ms, expected);
	process_log(p, expected ? LEVEL_INFO : LEVEL_WARN,
	    "exited: %s (%s; %s)", p->name,
	    procfmt_status(in->wait_status, text),
	    expected ? "expected" : "not expected");
	p->pid = 0;
	if (process_comes_back(p, expected)) {
		int64_t earliest = p->started_ms + PROCESS_MIN_RESPAWN_MS;

		if (earliest > in->now_ms && !p->slowed) {
			p->slowed = true;
			process_log(p, LEVEL_DEBUG,
			    "%s exits at once; it is started at most %d times "
			    "a second",
			    p->name, 1000 / PROCESS_MIN_RESPAWN_MS);
		}
		process_arm(p, earliest > in->now_ms ? earliest : in->now_ms);
	}
	p->leaving = PROC_LEAVING_NOT;
	p->ops->save(p->arg, p);
}

/* Is another program to be started after an exit (P-010, B-102)? */
static bool
process_comes_back(const struct process *p, bool expected)
{
	if (p->leaving != PROC_LEAVING_NOT)
		return p->leaving == PROC_LEAVING_RESTART;
	return p->set.autorestart == PROC_RESTART_ALWAYS ||
	    (p->set.autorestart == PROC_RESTART_UNEXPECTED && !expected);
}

/* EXITED in STOPPING (P-021). */
static void
stopping_on_exited(struct process *p, const struct proc_input *in)
{
	char text[PROCFMT_STATUS_MAX];
	bool expected;

	process_reap(p, in);
	expected = proc_settings_expects(&p->set, p->exitstatus);
	p->killing = false;
	p->leaving = PROC_LEAVING_NOT;
	p->tries = 0;
	process_set_state(p, PROC_STOPPED, in->now_ms, false);
	process_log(p, expected ? LEVEL_INFO : LEVEL_WARN, "stopped: %s (%s)",
	    p->name, procfmt_status(in->wait_status, text));
	p->pid = 0;
	p->ops->save(p->arg, p);
	if (p->marks & PROC_MARK_AGAIN)
		idle_on_start(p, in);
}

/* EXITED in UNKNOWN: the state is terminal (P-024), the pid is not. */
static void
unknown_on_exited(struct process *p, const struct proc_input *in)
{
	char text[PROCFMT_STATUS_MAX];

	process_reap(p, in);
	process_log(p, LEVEL_WARN, "exited: %s (%s; not expected)", p->name,
	    procfmt_status(in->wait_status, text));
	p->pid = 0;
	p->ops->save(p->arg, p);
}

/* TIMER in STARTING: it has stayed up (P-013). */
static void
starting_on_timer(struct process *p, const struct proc_input *in)
{
	if (p->set.readiness) {
		procready_on_late(p, in);
		return;
	}
	p->tries = 0;
	process_set_state(p, PROC_RUNNING, in->now_ms, false);
	process_log(p, LEVEL_INFO,
	    "success: %s entered RUNNING state, process has stayed up for > "
	    "than %lld seconds (startsecs)",
	    p->name, (long long)p->set.startsecs);
}

/* TIMER in BACKOFF: the next try (P-009), or none is left (P-017). */
static void
backoff_on_timer(struct process *p, const struct proc_input *in)
{
	if (p->tries <= p->set.startretries) {
		process_try(p, in);
		return;
	}
	p->tries = 0;
	process_set_state(p, PROC_FATAL, in->now_ms, false);
	process_log(p, LEVEL_INFO,
	    "gave up: %s entered FATAL state, too many start retries too "
	    "quickly",
	    p->name);
}

/* TIMER in STOPPING: stopwaitsecs are over (P-022). */
static void
stopping_on_timer(struct process *p, const struct proc_input *in)
{
	process_log(p, LEVEL_WARN, "killing '%s' (%d) with SIGKILL", p->name,
	    (int)p->pid);
	process_kill(p, SIGKILL, in->now_ms);
}

/* TIMER in EXITED: autorestart (P-010). */
static void
exited_on_timer(struct process *p, const struct proc_input *in)
{
	process_try(p, in);
}

/* KILL_FAILED (P-023). */
static void
live_on_kill_failed(struct process *p, const struct proc_input *in)
{
	process_log(p, LEVEL_CRITICAL,
	    p->killing ? "unknown problem killing %s (%d):[Errno %d] %s"
		       : "unknown problem sending sig %s (%d):[Errno %d] %s",
	    p->name, (int)p->pid, in->error, strerror(in->error));
	p->killing = false;
	process_arm(p, PROC_NEVER);
	process_set_state(p, PROC_UNKNOWN, in->now_ms, false);
}

/* GIVE_UP in BACKOFF (P-019). */
static void
backoff_on_give_up(struct process *p, const struct proc_input *in)
{
	process_arm(p, PROC_NEVER);
	process_set_state(p, PROC_FATAL, in->now_ms, false);
}

/* Formats and hands on a log message. */
void
process_log(struct process *p, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p->ops->log(p->arg, level, fmt, ap);
	va_end(ap);
}

/* The one setter: checks, stamps, counts, saves, publishes. */
void
process_set_state(
    struct process *p, enum proc_state to, int64_t now_ms, bool expected)
{
	struct proc_change change = {
	    .from = p->state, .to = to, .expected = expected};

	if (p->state == to)
		return;
	if (!process_legal[p->state][to]) {
		process_log(p, LEVEL_CRITICAL,
		    "refused: %s from %s to %s (a defect; please report it)",
		    p->name, state_name(p->state), state_name(to));
		return;
	}
	p->state = to;
	p->reached |= (uint8_t)(1U << to);
	p->entered_ms = now_ms;
	if (to == PROC_BACKOFF) {
		p->tries++;
		process_arm(p,
		    p->tries > p->set.startretries
			? now_ms
			: now_ms + (int64_t)p->tries * 1000);
	}
	change.pid = p->pid;
	change.tries = p->tries;
	p->ops->save(p->arg, p);
	p->ops->changed(p->arg, p, &change);
}

/* Arms or disarms the timer. */
void
process_arm(struct process *p, int64_t when_ms)
{
	if (p->deadline_ms == when_ms && when_ms == PROC_NEVER)
		return;
	p->deadline_ms = when_ms;
	p->ops->arm(p->arg, p, when_ms);
}

/* Enters STARTING and asks for the program (P-042). */
static void
process_try(struct process *p, const struct proc_input *in)
{
	char err[PROC_SPAWNERR_MAX] = "";

	if (!p->ops->may_start(p->arg, p))
		return;
	process_arm(p, PROC_NEVER);
	p->killing = false;
	process_set_spawnerr(p, NULL);
	p->leaving = PROC_LEAVING_NOT;
	p->has_exitstatus = false;
	p->marks &= ~(
	    unsigned)(PROC_MARK_UNREADY | PROC_MARK_UNHEALTHY | PROC_MARK_LATE);
	if (p->set.healthcheck)
		p->marks |= PROC_MARK_UNHEALTHY;
	if (p->start_wall != 0)
		p->restarts++;
	p->started_ms = in->now_ms;
	p->start_wall = in->wall;
	process_set_state(p, PROC_STARTING, in->now_ms, false);
	if (p->ops->spawn(p->arg, p, err, sizeof(err)) == -1)
		process_spawn_failed(p, err, in->now_ms);
}

/* Sends a stop signal: the first (P-020) or, in STOPPING, another (P-022). */
static void
process_kill(struct process *p, int signo, int64_t now_ms)
{
	bool group = signo == SIGKILL && p->state == PROC_STOPPING
	    ? p->set.killasgroup
	    : p->set.stopasgroup;
	char sig[PROCFMT_SIGNAL_MAX];
	int error;

	process_log(p, LEVEL_DEBUG, "killing %s (pid %d) %swith signal %s",
	    p->name, (int)p->pid, group ? "process group " : "",
	    procfmt_signal(signo, sig));
	process_arm(p, now_ms + p->set.stopwaitsecs * 1000);
	process_set_state(p, PROC_STOPPING, now_ms, false);
	error = p->ops->signal(p->arg, p, signo, group);
	if (error == ESRCH)
		process_log(p, LEVEL_DEBUG,
		    "unable to signal %s (pid %d), it probably just exited on "
		    "its own: [Errno %d] %s",
		    p->name, (int)p->pid, error, strerror(error));
	else if (error != 0)
		process_kill_failed(p, error, now_ms);
}

/* Stamps the end and decodes the status (P-033, P-040). */
static void
process_reap(struct process *p, const struct proc_input *in)
{
	process_arm(p, PROC_NEVER);
	p->stop_wall = in->wall;
	p->has_exitstatus = true;
	p->exitstatus =
	    WIFEXITED(in->wait_status) ? WEXITSTATUS(in->wait_status) : -1;
}
