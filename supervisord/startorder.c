/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting in order: the plan is filled from the active groups, and what it
 * says is done in the engine's turns (model/plan.h, model/chain.h).
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/chain.h"

#define STARTORDER_LISTENER "ordered-startup-listener"

struct startorder {
	struct plan *plan;
	struct chain *chain;
};

static int startorder_fill(struct engine *);
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
	const struct chain_settings chain = {
	    .on_failure = (enum plan_failure)set->on_dependency_failure,
	    .timeout = set->startorder_timeout < INT32_MAX
		? set->startorder_timeout
		: INT32_MAX,
	    .log = startorder_log,
	    .arg = e};

	if ((e->order = calloc(1, sizeof(*e->order))) == NULL ||
	    (e->order->plan = plan_new()) == NULL ||
	    (e->order->chain = chain_new(e->order->plan, &chain)) == NULL) {
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
	chain_free(e->order->chain);
	plan_free(e->order->plan);
	free(e->order);
	e->order = NULL;
}

/* Begins, or goes on where an earlier engine was. */
void
startorder_begin(struct engine *e)
{
	struct startorder *o = e->order;
	const char *listener;
	int rc;

	if (startorder_fill(e) == -1)
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
}

/* The active groups have changed. */
void
startorder_refill(struct engine *e)
{
	if (!chain_is_active(e->order->chain)) {
		plan_clear(e->order->plan);
		return;
	}
	if (startorder_fill(e) == -1)
		mainlog(LEVEL_CRITICAL, "cannot start in order: %s",
		    strerror(errno));
	else
		chain_refilled(e->order->chain, loop_now_ms());
	engine_wake(e);
}

/* Does what is due; returns when to be called by time. */
int64_t
startorder_run(struct engine *e, int64_t now_ms)
{
	struct chain *chain = e->order->chain;

	if (!chain_is_active(chain))
		return PROC_NEVER;
	if (registry_state(e->registry) < SUPERVISOR_RUNNING)
		chain_cancel(chain);
	else
		chain_run(chain, now_ms, time(NULL));
	return chain_wakeup_ms(chain);
}

/* Says what a process waits for. */
const char *
startorder_note(
    const struct engine *e, const struct process *p, char *buf, size_t len)
{
	buf[0] = '\0';
	if (process_marks(p) & PROC_MARK_WAITING && e->order != NULL)
		chain_note(e->order->chain, p, buf, len);
	return buf;
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
		for (i = 0; i < g->nprocs; i++) {
			const struct config_process *cp =
			    child_config(child_of(g->procs[i]));
			const struct plan_settings set = {
			    .priority = (int)cp->priority,
			    .autostart = cp->autostart,
			    .in_order = cp->startinorder,
			    .after = cp->kind == CONFIG_PROGRAM
				? state_find(cp->startnextafter)
				: PROC_RUNNING};

			if (cp->kind == CONFIG_PROGRAM &&
			    plan_add(plan, cp->program_name, &set,
				g->procs[i]) == -1)
				return -1;
		}
	plan_sort(plan);
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
