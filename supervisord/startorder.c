/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting in order: the plan is filled from the active groups, and what it
 * says is done in the engine's turns (model/plan.h, model/chain.h).
 */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/chain.h"
#include "supervisord/model/depend.h"

#define STARTORDER_LISTENER "ordered-startup-listener"

struct startorder {
	struct plan *plan;
	struct chain *chain;
	struct depend *depend;
	bool depends; /* any program needs another */
	bool ends;    /* the shutdown has begun ... */
	bool killed;
	int64_t end_ms; /* ... and may last until then */
};

static int startorder_fill(struct engine *);
static void startorder_spare(struct engine *);
static int startorder_add(struct plan *, struct process *);
static void startorder_kill(struct engine *, int64_t);
static void startorder_restart(void *, struct process *, enum plan_dependents);
static const char *startorder_listener(const struct engine *);
static bool startorder_is_listener(const char *);
static bool startorder_is_used(const struct startorder *);
static void startorder_log(void *, int, const char *, va_list)
    __attribute__((__format__(__printf__, 3, 0)));

/* Makes the empty plan. */
int
startorder_equip(struct engine *e)
{
	const struct config_supervisord *set = &e->config->supervisord;
	int64_t timeout = set->startorder_timeout < INT32_MAX
	    ? set->startorder_timeout
	    : INT32_MAX;
	const struct chain_settings chain = {
	    .on_failure = (enum plan_failure)set->on_dependency_failure,
	    .timeout = timeout,
	    .log = startorder_log,
	    .arg = e};
	const struct depend_settings depend = {.on_failure = chain.on_failure,
	    .timeout = timeout,
	    .ordered = set->ordered_startup,
	    .restart = startorder_restart,
	    .log = startorder_log,
	    .arg = e};

	if ((e->order = calloc(1, sizeof(*e->order))) == NULL ||
	    (e->order->plan = plan_new()) == NULL ||
	    (e->order->chain = chain_new(e->order->plan, &chain)) == NULL ||
	    (e->order->depend = depend_new(e->order->plan, &depend)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* Frees the plan; the marks of the processes stay. */
void
startorder_free(struct engine *e)
{
	if (e->order == NULL)
		return;
	depend_free(e->order->depend);
	chain_free(e->order->chain);
	plan_free(e->order->plan);
	free(e->order);
	e->order = NULL;
}

/* Starts what is to start by itself. */
void
startorder_autostart_all(struct engine *e)
{
	struct group *g;

	if (startorder_fill(e) == -1)
		mainlog(LEVEL_CRITICAL, "cannot start in order: %s",
		    strerror(errno));
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		startorder_autostart(e, g);
}

/* Begins, or goes on where an earlier engine was. */
void
startorder_begin(struct engine *e)
{
	struct startorder *o = e->order;
	const char *listener;
	int rc;

	if (e->warm && startorder_fill(e) == -1)
		rc = -1;
	else if (e->warm)
		rc = chain_resume(o->chain, loop_now_ms());
	else if (!startorder_is_used(o))
		rc = 0;
	else if ((listener = startorder_listener(e)) != NULL) {
		mainlog(LEVEL_WARN,
		    "startinorder is left to the event listener %s "
		    "(startinorder_force=true starts in order without it)",
		    listener);
		rc = 0;
	} else
		rc = chain_begin(o->chain, loop_now_ms());
	if (rc == -1)
		mainlog(LEVEL_CRITICAL, "cannot start in order: %s",
		    strerror(errno));
	startorder_spare(e);
}

/* The active groups have changed. */
void
startorder_refill(struct engine *e)
{
	if (!e->settled)
		return;
	if (startorder_fill(e) == -1)
		mainlog(LEVEL_CRITICAL, "cannot start in order: %s",
		    strerror(errno));
	else
		chain_refilled(e->order->chain, loop_now_ms());
	startorder_spare(e);
	engine_wake(e);
}

/* Does what is due; returns when to be called by time. */
int64_t
startorder_run(struct engine *e, int64_t now_ms)
{
	struct startorder *o = e->order;
	int64_t when = PROC_NEVER, other;

	if (registry_state(e->registry) < SUPERVISOR_RUNNING) {
		chain_cancel(o->chain);
		return o->ends && !o->killed ? o->end_ms : PROC_NEVER;
	}
	if (chain_is_active(o->chain)) {
		chain_run(o->chain, now_ms, time(NULL));
		when = chain_wakeup_ms(o->chain);
	}
	if (o->depends) {
		depend_run(o->depend, now_ms, time(NULL));
		if ((other = depend_wakeup_ms(o->depend)) < when)
			when = other;
	}
	return when;
}

/* Starts what is to start by itself, or has it wait (B-302). */
void
startorder_autostart(struct engine *e, struct group *g)
{
	int64_t now = loop_now_ms();
	size_t i;

	for (i = 0; e->order->depends && i < g->nprocs; i++) {
		struct process *p = g->procs[i];

		if (process_settings(p)->autostart &&
		    process_state(p) == PROC_STOPPED &&
		    process_start_wall(p) == 0 &&
		    depend_hold(e->order->depend, p, now))
			continue;
	}
	group_autostart(g, now, time(NULL));
}

/* Has a process wait that is to be started with others. */
bool
startorder_hold(void *arg, struct process *p, int64_t now_ms)
{
	const struct startorder *o = ((struct engine *)arg)->order;

	return o->depends && depend_hold(o->depend, p, now_ms);
}

/* Tells whether it waits in vain. */
bool
startorder_is_vain(void *arg, const struct process *p, int64_t now_ms)
{
	const struct startorder *o = ((struct engine *)arg)->order;

	return o->depends && depend_is_vain(o->depend, p, now_ms);
}

/* Tells whether it is stopped after another that is leaving. */
bool
startorder_is_needed(void *arg, const struct process *p,
    bool (*leaving)(void *, const struct process *), void *what)
{
	const struct startorder *o = ((struct engine *)arg)->order;

	return o->depends && depend_is_needed(o->depend, p, leaving, what);
}

/* A step of the shutdown, before that of the groups (B-304); true when the
 * groups may go on. */
bool
startorder_shutdown_step(struct engine *e, int64_t now_ms)
{
	int64_t timeout = e->config->supervisord.shutdown_timeout;
	struct startorder *o = e->order;

	if (!o->ends && timeout > 0)
		o->end_ms =
		    now_ms + (timeout < INT32_MAX ? timeout : INT32_MAX) * 1000;
	o->ends |= timeout > 0;
	if (o->ends && !o->killed && now_ms >= o->end_ms) {
		o->killed = true;
		startorder_kill(e, now_ms);
	}
	return !o->depends || depend_shutdown_step(o->depend, now_ms);
}

/* The shutdown has lasted too long: kills whatever is left. */
static void
startorder_kill(struct engine *e, int64_t now_ms)
{
	struct group *g;
	size_t i;

	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		for (i = 0; i < g->nprocs; i++) {
			struct process *p = g->procs[i];

			if (state_is_stopped(process_state(p)))
				continue;
			mainlog(LEVEL_WARN,
			    "killing '%s' (%d) with SIGKILL: shutdown_timeout "
			    "is over",
			    process_name(p), (int)process_pid(p));
			(void)process_stop(p, now_ms);
			if (process_pid(p) != 0)
				(void)child_signal(child_of(p), SIGKILL,
				    process_settings(p)->killasgroup);
		}
}

/* Restarts one of those that depend on a program. */
static void
startorder_restart(void *arg, struct process *p, enum plan_dependents how)
{
	const struct graceful_request request = {0};
	char detail[PROC_SPAWNERR_MAX];
	struct engine *e = arg;

	if (graceful_phase(e->gracefuls, p) != GRACEFUL_NONE)
		return; /* it is on its way */
	mainlog(LEVEL_INFO, "restarting %s: what it depends on was started",
	    process_name(p));
	if (how == PLAN_GRACEFUL)
		(void)graceful_begin(e->gracefuls, p, &request, loop_now_ms(),
		    time(NULL), NULL, NULL, NULL, detail, sizeof(detail));
	else
		(void)process_restart(p, loop_now_ms());
}

/* Says what a process waits for. */
const char *
startorder_note(
    const struct engine *e, const struct process *p, char *buf, size_t len)
{
	buf[0] = '\0';
	if ((process_marks(p) & PROC_MARK_WAITING) == 0 || e->order == NULL)
		return buf;
	if (process_marks(p) & PROC_MARK_CHAINED)
		return chain_note(e->order->chain, p, buf, len);
	return depend_note(e->order->depend, p, buf, len);
}

/* Fills the plan from the active groups. */
static int
startorder_fill(struct engine *e)
{
	struct plan *plan = e->order->plan;
	struct group *g;
	size_t i;

	plan_clear(plan);
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		for (i = 0; i < g->nprocs; i++)
			if (startorder_add(plan, g->procs[i]) == -1)
				return -1;
	plan_sort(plan);
	e->order->depends = depend_is_used(e->order->depend);
	return 0;
}

/* Forgets a plan by which nothing goes. */
static void
startorder_spare(struct engine *e)
{
	if (!e->order->depends && !chain_is_active(e->order->chain))
		plan_clear(e->order->plan);
}

/* Adds a process to the plan; listeners are no part of it (O-019). */
static int
startorder_add(struct plan *plan, struct process *p)
{
	const struct config_process *cp = child_config(child_of(p));
	bool is_program = cp->kind == CONFIG_PROGRAM;
	const struct plan_settings set = {.priority = (int)cp->priority,
	    .autostart = cp->autostart,
	    .chainable = is_program && cp->nneeds == 0,
	    .dependents = (enum plan_dependents)cp->dependents,
	    .in_order = is_program && cp->startinorder,
	    .after =
		is_program ? state_find(cp->startnextafter) : PROC_RUNNING};
	struct plan_program *program;
	size_t i;

	if (cp->kind == CONFIG_EVENTLISTENER)
		return 0;
	if (plan_add(plan, cp->program_name, &set, p) == -1)
		return -1;
	program = plan_find(plan, cp->program_name);
	if (program->nneeds > 0)
		return 0;
	for (i = 0; i < cp->nneeds; i++)
		if (plan_need(program, cp->needs[i].name,
			(enum plan_condition)cp->needs[i].condition) == -1)
			return -1;
	return 0;
}

/* Tells whether any program wants to be started in order. */
static bool
startorder_is_used(const struct startorder *o)
{
	const struct plan_program *program;
	size_t i;

	for (i = 0; (program = plan_at(o->plan, i)) != NULL; i++)
		if (program->set.in_order)
			return true;
	return false;
}

/* Names the listener that starts programs in order (O-026), or NULL. */
static const char *
startorder_listener(const struct engine *e)
{
	struct group *g;

	if (e->config->supervisord.startinorder_force)
		return NULL;
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		if (g->kind == GROUP_LISTENER && g->nprocs > 0 &&
		    startorder_is_listener(
			child_config(child_of(g->procs[0]))->command))
			return g->name;
	return NULL;
}

/* Is one of a command's words the path of that listener? */
static bool
startorder_is_listener(const char *command)
{
	char *copy = strdup(command), *rest = copy, *word;
	bool found = false;

	while (!found && (word = strsep(&rest, " \t\"'")) != NULL)
		found = strcmp(basename(word), STARTORDER_LISTENER) == 0;
	free(copy);
	return found;
}

/* Writes to the main log. */
static void
startorder_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}
