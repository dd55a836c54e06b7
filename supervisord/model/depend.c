/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for whom, when it may start, and when it may stop. */
#include "supervisord/model/depend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"

struct depend {
	struct plan *plan;
	struct depend_settings set;
};

/* What a program waits for; the verdict of a look at all of its needs. */
enum depend_verdict { DEPEND_MET, DEPEND_PENDING, DEPEND_FAILED };

struct depend_look {
	enum depend_verdict verdict;
	const char *name;	    /* of the program it waits for */
	const struct process *proc; /* that is not so far; NULL: none there */
};

static void depend_look(
    const struct depend *, const struct plan_program *, struct depend_look *);
static void depend_look_need(
    const struct depend *, const struct plan_need *, struct depend_look *);
static void depend_look_class(
    const struct depend *, const struct plan_program *, struct depend_look *);
static void depend_look_procs(
    const struct plan_program *, enum plan_condition, struct depend_look *);
static bool depend_is_met(const struct process *, enum plan_condition);
static bool depend_is_hopeless(const struct process *, enum plan_condition);
static bool depend_waits(const struct process *);
static bool depend_is_late(
    const struct depend *, const struct process *, int64_t);
static void depend_run_program(
    struct depend *, struct plan_program *, int64_t, time_t);
static void depend_fail(struct depend *, struct plan_program *,
    struct process *, const struct depend_look *, int64_t, time_t);
static void depend_restart(struct depend *, const struct plan_program *);
static bool depend_needs(const struct depend *, const struct plan_program *,
    const struct plan_program *);
static bool depend_is_up(void *, const struct process *);
static void depend_log(struct depend *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes it. */
struct depend *
depend_new(struct plan *plan, const struct depend_settings *set)
{
	struct depend *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->plan = plan;
	d->set = *set;
	return d;
}

/* Frees it and leaves the marks. */
void
depend_free(struct depend *d)
{
	free(d);
}

/* Tells whether any program needs another. */
bool
depend_is_used(const struct depend *d)
{
	const struct plan_program *program;
	size_t i;

	for (i = 0; (program = plan_at(d->plan, i)) != NULL; i++)
		if (program->nneeds > 0)
			return true;
	return d->set.ordered;
}

/* Has a process wait if it has to. */
bool
depend_hold(struct depend *d, struct process *p, int64_t now_ms)
{
	struct plan_program *program = plan_of(d->plan, p);
	struct depend_look look;

	if (program == NULL)
		return false;
	depend_look(d, program, &look);
	if (look.verdict == DEPEND_MET)
		return false;
	program->told = false;
	process_wait(p, now_ms);
	depend_log(
	    d, LEVEL_INFO, "%s waits for %s", process_name(p), look.name);
	return true;
}

/* Looks at every program. */
void
depend_run(struct depend *d, int64_t now_ms, time_t wall)
{
	struct plan_program *program;
	size_t i;

	for (i = 0; (program = plan_at(d->plan, i)) != NULL; i++) {
		depend_run_program(d, program, now_ms, wall);
		if (program->set.dependents != PLAN_LEAVE)
			depend_restart(d, program);
	}
}

/* Returns when the first wait has lasted too long. */
int64_t
depend_wakeup_ms(const struct depend *d)
{
	const struct plan_program *program;
	int64_t when = PROC_NEVER, late;
	size_t i, k;

	for (i = 0; (program = plan_at(d->plan, i)) != NULL; i++)
		for (k = 0; d->set.timeout > 0 && k < program->nprocs; k++) {
			late = process_entered_ms(program->procs[k]) +
			    d->set.timeout * 1000;
			if (depend_waits(program->procs[k]) && !program->told &&
			    late < when)
				when = late;
		}
	return when;
}

/* Says what a process waits for. */
const char *
depend_note(
    const struct depend *d, const struct process *p, char *buf, size_t len)
{
	const struct plan_program *program;
	struct depend_look look;

	buf[0] = '\0';
	if (!depend_waits(p) || (program = plan_of(d->plan, p)) == NULL)
		return buf;
	depend_look(d, program, &look);
	if (look.verdict != DEPEND_MET)
		(void)snprintf(buf, len, "waiting for %s (%s)", look.name,
		    look.proc == NULL ? "not there"
				      : state_name(process_state(look.proc)));
	return buf;
}

/* Tells whether a process waits in vain. */
bool
depend_is_vain(const struct depend *d, const struct process *p, int64_t now_ms)
{
	const struct plan_program *program;
	struct depend_look look;

	if (!depend_waits(p) || (program = plan_of(d->plan, p)) == NULL)
		return false;
	depend_look(d, program, &look);
	return look.verdict == DEPEND_FAILED || depend_is_late(d, p, now_ms);
}

/* Tells whether another one needs it that is leaving, but is not gone. */
bool
depend_is_needed(const struct depend *d, const struct process *p,
    bool (*leaving)(void *arg, const struct process *), void *arg)
{
	const struct plan_program *program = plan_of(d->plan, p), *other;
	size_t i, k;

	if (program == NULL)
		return false;
	for (i = 0; (other = plan_at(d->plan, i)) != NULL; i++)
		for (k = 0;
		     depend_needs(d, other, program) && k < other->nprocs; k++)
			if (leaving(arg, other->procs[k]))
				return true;
	return false;
}

/* Stops every process that nobody needs. */
bool
depend_shutdown_step(struct depend *d, int64_t now_ms)
{
	const struct plan_program *program;
	bool done = true;
	size_t i, k, n;

	for (n = 0; plan_at(d->plan, n) != NULL; n++)
		continue;
	for (i = n; i-- > 0;) {
		program = plan_at(d->plan, i);
		for (k = program->nprocs; k-- > 0;) {
			struct process *p = program->procs[k];

			process_mark(p, 0, PROC_MARK_WAITING);
			if (process_state(p) == PROC_BACKOFF)
				process_give_up(p, now_ms);
			else if (state_is_running(process_state(p)) &&
			    !depend_is_needed(d, p, depend_is_up, NULL))
				(void)process_stop(p, now_ms);
			done &= state_is_stopped(process_state(p));
		}
	}
	return done;
}

/* Looks at all that a program needs; the worst of it counts. */
static void
depend_look(const struct depend *d, const struct plan_program *program,
    struct depend_look *look)
{
	size_t i;

	*look = (struct depend_look){DEPEND_MET, "", NULL};
	if (d->set.ordered && program->set.autostart)
		depend_look_class(d, program, look);
	for (i = 0; i < program->nneeds; i++)
		depend_look_need(d, &program->needs[i], look);
}

/* Looks at one of them. */
static void
depend_look_need(const struct depend *d, const struct plan_need *need,
    struct depend_look *look)
{
	const struct plan_program *on = plan_find(d->plan, need->name);

	if (on != NULL)
		depend_look_procs(on, need->condition, look);
	else if (look->verdict == DEPEND_MET)
		*look = (struct depend_look){DEPEND_PENDING, need->name, NULL};
}

/* Looks at the programs of smaller priority. */
static void
depend_look_class(const struct depend *d, const struct plan_program *program,
    struct depend_look *look)
{
	const struct plan_program *on;
	size_t i;

	for (i = 0; (on = plan_at(d->plan, i)) != NULL &&
	     on->set.priority < program->set.priority;
	     i++)
		if (on->set.autostart)
			depend_look_procs(on, PLAN_UP, look);
}

/* Looks at a program's processes. */
static void
depend_look_procs(const struct plan_program *on, enum plan_condition condition,
    struct depend_look *look)
{
	enum depend_verdict verdict;
	size_t k;

	for (k = 0; k < on->nprocs; k++) {
		if (depend_is_met(on->procs[k], condition))
			continue;
		verdict = depend_is_hopeless(on->procs[k], condition)
		    ? DEPEND_FAILED
		    : DEPEND_PENDING;
		if (verdict > look->verdict)
			*look = (struct depend_look){
			    verdict, on->name, on->procs[k]};
	}
}

/* Tells whether a condition is true of a process. */
static bool
depend_is_met(const struct process *p, enum plan_condition condition)
{
	switch (condition) {
	case PLAN_RUNNING:
		return process_state(p) == PROC_RUNNING;
	case PLAN_EXITED:
		return process_has_reached(p, PROC_EXITED) &&
		    process_marks(p) & PROC_MARK_EXITED_OK;
	case PLAN_READY:
		return process_is_ready(p);
	case PLAN_HEALTHY:
		return process_is_healthy(p);
	case PLAN_UP:
		return process_has_reached(p, PROC_RUNNING);
	}
	return false;
}

/* Tells whether it cannot become true by itself.  Who was stopped was stopped
 * by somebody, and is waited for. */
static bool
depend_is_hopeless(const struct process *p, enum plan_condition condition)
{
	(void)condition;
	if (process_marks(p) & PROC_MARK_WAITING)
		return false;
	return process_state(p) == PROC_FATAL ||
	    (process_state(p) == PROC_EXITED &&
		process_deadline_ms(p) == PROC_NEVER);
}

/* Does it wait, and is it ours? */
static bool
depend_waits(const struct process *p)
{
	return (process_marks(p) & (PROC_MARK_WAITING | PROC_MARK_CHAINED)) ==
	    PROC_MARK_WAITING;
}

/* Has it waited too long? */
static bool
depend_is_late(const struct depend *d, const struct process *p, int64_t now_ms)
{
	return d->set.timeout > 0 &&
	    now_ms >= process_entered_ms(p) + d->set.timeout * 1000;
}

/* Does what is due for those of a program that wait. */
static void
depend_run_program(
    struct depend *d, struct plan_program *program, int64_t now_ms, time_t wall)
{
	struct depend_look look;
	struct process *p;
	size_t k;

	for (k = 0; k < program->nprocs; k++) {
		p = program->procs[k];
		if (!depend_waits(p))
			continue;
		depend_look(d, program, &look);
		if (look.verdict == DEPEND_MET)
			process_start(p, now_ms, wall);
		else if (look.verdict == DEPEND_FAILED ||
		    depend_is_late(d, p, now_ms))
			depend_fail(d, program, p, &look, now_ms, wall);
		else
			program->told = false;
	}
}

/* A process waits in vain (B-303). */
static void
depend_fail(struct depend *d, struct plan_program *program, struct process *p,
    const struct depend_look *look, int64_t now_ms, time_t wall)
{
	const char *state = look->proc == NULL
	    ? "not there"
	    : state_name(process_state(look->proc));
	char why[PROC_NOTE_MAX];

	(void)snprintf(why, sizeof(why), "%s is %s", look->name, state);
	switch (d->set.on_failure) {
	case PLAN_HOLD:
		if (!program->told)
			depend_log(d, LEVEL_ERROR, "%s waits in vain: %s",
			    program->name, why);
		program->told = true;
		break;
	case PLAN_FAIL:
		process_refuse(p, why, now_ms);
		break;
	case PLAN_START:
		depend_log(d, LEVEL_ERROR, "%s is started, although %s",
		    process_name(p), why);
		process_start(p, now_ms, wall);
		break;
	}
}

/* Restarts those that need a program and are older than it is (B-305). */
static void
depend_restart(struct depend *d, const struct plan_program *program)
{
	const struct plan_program *other;
	int64_t newest = 0;
	size_t i, k, m;

	for (k = 0; k < program->nprocs; k++) {
		if (!process_is_ready(program->procs[k]))
			return;
		if (process_started_ms(program->procs[k]) > newest)
			newest = process_started_ms(program->procs[k]);
	}
	for (i = 0; (other = plan_at(d->plan, i)) != NULL; i++)
		for (m = 0; m < other->nneeds; m++) {
			if (strcmp(other->needs[m].name, program->name) != 0 ||
			    other->needs[m].condition == PLAN_EXITED)
				continue;
			for (k = 0; k < other->nprocs; k++)
				if (process_state(other->procs[k]) ==
					PROC_RUNNING &&
				    process_started_ms(other->procs[k]) <
					newest)
					d->set.restart(d->set.arg,
					    other->procs[k],
					    program->set.dependents);
		}
}

/* Does a program need another one, by name or by its priority? */
static bool
depend_needs(const struct depend *d, const struct plan_program *program,
    const struct plan_program *on)
{
	size_t i;

	for (i = 0; i < program->nneeds; i++)
		if (strcmp(program->needs[i].name, on->name) == 0)
			return true;
	return d->set.ordered && program->set.priority > on->set.priority;
}

/* Is it not stopped yet? */
static bool
depend_is_up(void *arg, const struct process *p)
{
	(void)arg;
	return !state_is_stopped(process_state(p));
}

/* Formats and hands on a log message. */
static void
depend_log(struct depend *d, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	d->set.log(d->set.arg, level, fmt, ap);
	va_end(ap);
}
