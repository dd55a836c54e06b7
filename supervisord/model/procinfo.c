/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a process: its members, the record that survives the engine,
 * and the text that clients show.
 */
#include "supervisord/model/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/model/process_private.h"
#include "supervisord/model/procfmt.h"

/* Marks a status as expected. */
void
proc_settings_expect(struct proc_settings *s, int status)
{
	if (status >= 0 && status <= 255)
		s->exitcodes[status / 8] |= (unsigned char)(1 << status % 8);
}

/* Tells whether a status is expected; -1, a death by signal, never is. */
bool
proc_settings_expects(const struct proc_settings *s, int status)
{
	return status >= 0 && status <= 255 &&
	    (s->exitcodes[status / 8] >> status % 8 & 1);
}

/* Takes over the state an earlier engine left. */
void
process_restore(
    struct process *p, const struct proc_record *rec, int64_t now_ms)
{
	char text[PROC_SPAWNERR_MAX];
	enum proc_state s;

	for (s = PROC_STOPPED; s < PROC_NSTATES; s++)
		if (state_code(s) == rec->state)
			p->state = s;
	p->pid = rec->pid;
	p->tries = rec->tries;
	p->killing = rec->killing;
	p->reached = rec->reached;
	p->marks = rec->marks;
	p->leaving = rec->leaving <= PROC_LEAVING_STOP
	    ? (enum proc_leaving)rec->leaving
	    : PROC_LEAVING_NOT;
	p->has_exitstatus = rec->has_exitstatus;
	p->exitstatus = rec->exitstatus;
	p->started_ms = rec->started_ms;
	p->entered_ms = rec->entered_ms;
	p->start_wall = (time_t)rec->start_wall;
	p->stop_wall = (time_t)rec->stop_wall;
	(void)snprintf(text, sizeof(text), "%.*s", (int)sizeof(rec->spawnerr),
	    rec->spawnerr);
	process_set_spawnerr(p, text);
	p->history = rec->history;
	if (rec->deadline_ms != PROC_NEVER)
		process_arm(
		    p, rec->deadline_ms > now_ms ? rec->deadline_ms : now_ms);
}

/* Fills the record for the next engine. */
void
process_record(const struct process *p, struct proc_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->state = state_code(p->state);
	rec->pid = (int32_t)p->pid;
	rec->tries = p->tries;
	rec->killing = p->killing;
	rec->reached = p->reached;
	rec->marks = (uint8_t)p->marks;
	rec->leaving = (uint8_t)p->leaving;
	rec->has_exitstatus = p->has_exitstatus;
	rec->exitstatus = p->exitstatus;
	rec->started_ms = p->started_ms;
	rec->entered_ms = p->entered_ms;
	rec->deadline_ms = p->deadline_ms;
	rec->start_wall = p->start_wall;
	rec->stop_wall = p->stop_wall;
	(void)snprintf(
	    rec->spawnerr, sizeof(rec->spawnerr), "%s", process_spawnerr(p));
	rec->history = p->history;
}

/* Returns the name. */
const char *
process_name(const struct process *p)
{
	return p->name;
}

/* Returns the settings. */
const struct proc_settings *
process_settings(const struct process *p)
{
	return &p->set;
}

/* Replaces the settings. */
void
process_set_settings(struct process *p, const struct proc_settings *set)
{
	p->set = *set;
}

/* Returns the state. */
enum proc_state
process_state(const struct process *p)
{
	return p->state;
}

/* Returns the pid, 0 if there is none. */
pid_t
process_pid(const struct process *p)
{
	return p->pid;
}

/* Sets the reason, as much of it as a record holds. */
void
process_set_spawnerr(struct process *p, const char *why)
{
	free(p->spawnerr);
	p->spawnerr = why == NULL || *why == '\0'
	    ? NULL
	    : strndup(why, PROC_SPAWNERR_MAX - 1);
}

/* Returns why the last start failed. */
const char *
process_spawnerr(const struct process *p)
{
	return p->spawnerr == NULL ? "" : p->spawnerr;
}

/* Gives the last exit status, if there is one. */
bool
process_exitstatus(const struct process *p, int *status)
{
	*status = p->has_exitstatus ? p->exitstatus : 0;
	return p->has_exitstatus;
}

/* Returns the retry counter. */
int
process_tries(const struct process *p)
{
	return p->tries;
}

/* Returns how often it was started again. */
uint64_t
process_restarts(const struct process *p)
{
	return p->restarts;
}

/* Tells whether a stop signal was sent to the program that runs. */
bool
process_is_killing(const struct process *p)
{
	return p->killing;
}

/* Returns when it was last started. */
time_t
process_start_wall(const struct process *p)
{
	return p->start_wall;
}

/* Returns when it was last reaped. */
time_t
process_stop_wall(const struct process *p)
{
	return p->stop_wall;
}

/* Returns the time since the last start. */
int64_t
process_uptime_ms(const struct process *p, int64_t now_ms)
{
	if (p->start_wall == 0 || now_ms < p->started_ms)
		return 0;
	return now_ms - p->started_ms;
}

/* Returns when the timer is due. */
int64_t
process_deadline_ms(const struct process *p)
{
	return p->deadline_ms;
}

/* Returns when it was last tried to be started. */
int64_t
process_started_ms(const struct process *p)
{
	return p->started_ms;
}

/* Returns since when it is in its state, or waits. */
int64_t
process_entered_ms(const struct process *p)
{
	return p->entered_ms;
}

/* Tells whether it runs and is ready. */
bool
process_is_ready(const struct process *p)
{
	return p->state == PROC_RUNNING && (p->marks & PROC_MARK_UNREADY) == 0;
}

/* Tells whether it runs and is healthy. */
bool
process_is_healthy(const struct process *p)
{
	return process_is_ready(p) && (p->marks & PROC_MARK_UNHEALTHY) == 0;
}

/* Tells whether it has been in a state since it was last asked to start. */
bool
process_has_reached(const struct process *p, enum proc_state s)
{
	return p->reached >> s & 1;
}

/* Returns the marks. */
unsigned
process_marks(const struct process *p)
{
	return p->marks;
}

/* Sets and clears marks. */
void
process_mark(struct process *p, unsigned set, unsigned clear)
{
	unsigned marks = (p->marks | set) & ~clear;

	if (marks == p->marks)
		return;
	p->marks = marks;
	p->ops->save(p->arg, p);
}

/* Returns the last changes of state. */
const struct history *
process_history(const struct process *p)
{
	return &p->history;
}

/* Adds a change to them, with the exit status if that is what it tells. */
void
process_remember(
    struct process *p, const struct proc_change *change, time_t wall)
{
	bool ended = p->has_exitstatus &&
	    (change->to == PROC_EXITED || change->to == PROC_BACKOFF ||
		(change->to == PROC_STOPPED && change->from == PROC_STOPPING));

	history_add(&p->history, wall, change->to, change->pid,
	    ended ? p->exitstatus : HISTORY_NO_STATUS);
}

/* Returns the group. */
struct group *
process_group(const struct process *p)
{
	return p->group;
}

/* Sets the group. */
void
process_set_group(struct process *p, struct group *g)
{
	p->group = g;
}

/* Returns the engine's pointer. */
void *
process_data(const struct process *p)
{
	return p->data;
}

/* Sets the engine's pointer. */
void
process_set_data(struct process *p, void *data)
{
	p->data = data;
}

/* Writes the text that clients show beside the state. */
const char *
process_description(
    const struct process *p, int64_t now_ms, char *buf, size_t len)
{
	char uptime[PROCFMT_UPTIME_MAX], note[PROC_NOTE_MAX] = "";

	buf[0] = '\0';
	if (p->ops->note != NULL)
		p->ops->note(p->arg, p, now_ms, note, sizeof(note));
	if (note[0] != '\0' && p->state != PROC_RUNNING) {
		(void)snprintf(buf, len, "%s", note);
		return buf;
	}
	switch (p->state) {
	case PROC_RUNNING:
		procfmt_uptime(process_uptime_ms(p, now_ms) / 1000, uptime);
		(void)snprintf(buf, len, "pid %d, uptime %s%s%s", (int)p->pid,
		    uptime, note[0] != '\0' ? ", " : "", note);
		break;
	case PROC_FATAL:
	case PROC_BACKOFF:
		if (p->spawnerr != NULL)
			(void)snprintf(buf, len, "%s", p->spawnerr);
		else
			(void)snprintf(buf, len,
			    "unknown error (try \"tail %s\")", p->name);
		break;
	case PROC_STOPPED:
	case PROC_EXITED:
		if (p->start_wall == 0 || p->stop_wall == 0)
			(void)snprintf(buf, len, "Not started");
		else
			procfmt_when(p->stop_wall, buf, len);
		break;
	default:
		break;
	}
	return buf;
}
