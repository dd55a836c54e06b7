/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process is beside its state: ready, healthy, waiting, to be restarted.
 * Handlers of process.c's table, and the events that no upstream has.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/loglevel.h"
#include "supervisord/model/process_private.h"
#include "supervisord/model/procfmt.h"

static void procready_note(struct process *, unsigned set, unsigned clear);

/* Tells that the program is ready. */
void
process_ready(struct process *p, const char *why, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms, .text = why};

	process_event(p, PROC_EV_READY, &in);
}

/* Tells that the program is not ready any more. */
void
process_unready(struct process *p, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms};

	process_event(p, PROC_EV_UNREADY, &in);
}

/* Tells that what it depends on has failed. */
void
process_refuse(struct process *p, const char *why, int64_t now_ms)
{
	struct proc_input in = {.now_ms = now_ms, .text = why};

	process_event(p, PROC_EV_REFUSE, &in);
}

/* Notes what a health check said. */
void
process_set_healthy(struct process *p, bool healthy)
{
	procready_note(p, healthy ? 0 : PROC_MARK_UNHEALTHY,
	    healthy ? PROC_MARK_UNHEALTHY : 0);
}

/* Notes that the start waits for others. */
void
process_wait(struct process *p, int64_t now_ms)
{
	process_arm(p, PROC_NEVER);
	p->entered_ms = now_ms;
	process_mark(p, PROC_MARK_WAITING, 0);
}

/* Stops it, and has it started when that is done. */
bool
process_restart(struct process *p, int64_t now_ms)
{
	if (p->state != PROC_STARTING && p->state != PROC_RUNNING)
		return false;
	process_stop(p, now_ms);
	if (p->state == PROC_STOPPING)
		process_mark(p, PROC_MARK_AGAIN, 0);
	return true;
}

/* Puts off what the timer is for. */
void
process_extend(struct process *p, int64_t ms, int64_t now_ms)
{
	if (p->deadline_ms == PROC_NEVER || p->marks & PROC_MARK_LATE ||
	    (p->state != PROC_STOPPING &&
		(p->state != PROC_STARTING || !p->set.readiness)))
		return;
	if (p->deadline_ms < now_ms + ms)
		process_arm(p, now_ms + ms);
}

/* READY in STARTING (B-402); nothing without readiness, or if it is late. */
void
procready_on_starting(struct process *p, const struct proc_input *in)
{
	if (!p->set.readiness || p->pid == 0 || p->marks & PROC_MARK_LATE)
		return;
	process_arm(p, PROC_NEVER);
	p->tries = 0;
	process_set_state(p, PROC_RUNNING, in->now_ms, false);
	process_log(p, LEVEL_INFO,
	    "success: %s entered RUNNING state, process is ready (%s)", p->name,
	    in->text);
}

/* READY in RUNNING: after UNREADY, else it is known. */
void
procready_on_running(struct process *p, const struct proc_input *in)
{
	(void)in;
	procready_note(p, 0, PROC_MARK_UNREADY);
}

/* UNREADY in RUNNING: it reloads, or it is about to end. */
void
procready_on_unready(struct process *p, const struct proc_input *in)
{
	(void)in;
	procready_note(p, PROC_MARK_UNREADY, 0);
}

/* REFUSE where nothing runs: what it depends on has failed (B-303). */
void
procready_on_refuse(struct process *p, const struct proc_input *in)
{
	process_arm(p, PROC_NEVER);
	p->marks &= ~(unsigned)(PROC_MARK_WAITING | PROC_MARK_AGAIN);
	process_set_spawnerr(p, in->text);
	process_log(
	    p, LEVEL_ERROR, "not started: %s, because %s", p->name, in->text);
	p->ops->save(p->arg, p);
	process_set_state(p, PROC_FATAL, in->now_ms, false);
}

/* TIMER in STARTING with readiness: it is killed, first with the stop signal;
 * its end counts as a failed start. */
void
procready_on_late(struct process *p, const struct proc_input *in)
{
	bool again = p->marks & PROC_MARK_LATE;
	int signo = again ? SIGKILL : p->set.stopsignal;
	char sig[PROCFMT_SIGNAL_MAX];
	int error;

	process_log(p, LEVEL_WARN, "killing '%s' (%d) with %s: %s", p->name,
	    (int)p->pid, procfmt_signal(signo, sig),
	    again ? "it does not end" : "it was not ready in time");
	p->marks |= PROC_MARK_LATE;
	p->killing = true;
	process_arm(p, in->now_ms + p->set.stopwaitsecs * 1000);
	p->ops->save(p->arg, p);
	error = p->ops->signal(
	    p->arg, p, signo, again ? p->set.killasgroup : p->set.stopasgroup);
	if (error != 0 && error != ESRCH)
		process_kill_failed(p, error, in->now_ms);
}

/* Why a program that was not ready yet has not come up. */
const char *
procready_why(const struct process *p)
{
	if (p->marks & PROC_MARK_LATE)
		return "Not ready in time";
	return p->set.readiness
	    ? "Exited before it was ready (process log may have details)"
	    : "Exited too quickly (process log may have details)";
}

/* Sets and clears marks that others look at, and tells of a change. */
static void
procready_note(struct process *p, unsigned set, unsigned clear)
{
	unsigned before = p->marks;

	process_mark(p, set, clear);
	if (p->marks != before && p->ops->readiness != NULL)
		p->ops->readiness(p->arg, p);
}
