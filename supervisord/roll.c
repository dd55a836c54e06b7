/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rolling restarts in the engine: members are begun as graceful reloads, their
 * events are published, records are in kept memory.
 */
#include "supervisord/roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <appbase/keep.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"

#define ROLL_RECORD   APPBASE_RECORD_SIZE(sizeof(struct rolling_record))
#define ROLL_TEXT_MAX 1024

struct rolls {
	struct engine *engine;
	unsigned char *memory;
};

static const struct rolling_ops roll_ops;

/* Returns how much memory is needed. */
size_t
roll_size(void)
{
	return ROLLING_MAX * ROLL_RECORD;
}

/* Makes everything. */
struct rolls *
rolls_new(struct engine *e, void *memory)
{
	struct rolls *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->engine = e;
	r->memory = memory;
	if ((e->rollings = rollings_new(&roll_ops, r)) == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

/* Frees all but the records. */
void
rolls_free(struct rolls *r)
{
	if (r == NULL)
		return;
	rollings_free(r->engine->rollings);
	r->engine->rollings = NULL;
	free(r);
}

/* The place of a record. */
static void *
roll_place(const struct rolls *r, int place)
{
	return r->memory + (size_t)place * ROLL_RECORD;
}

/* Takes up records. */
void
rolls_adopt(struct rolls *r)
{
	struct rolling_record *rec = malloc(sizeof(*rec));
	int i;

	for (i = 0; rec != NULL && i < ROLLING_MAX; i++)
		if (appbase_record_read(roll_place(r, i), rec, sizeof(*rec)) ==
		    0)
			rolling_restore(
			    r->engine->rollings, i, rec, loop_now_ms());
	free(rec);
}

/* Clears records. */
void
rolls_clear(struct rolls *r)
{
	struct rolling_record *rec = calloc(1, sizeof(*rec)), *old;
	int i;

	old = malloc(sizeof(*old));
	for (i = 0; rec != NULL && old != NULL && i < ROLLING_MAX; i++)
		if (appbase_record_read(roll_place(r, i), old, sizeof(*old)) ==
			0 &&
		    old->state != ROLLING_NONE)
			appbase_record_write(
			    roll_place(r, i), rec, sizeof(*rec));
	free(old);
	free(rec);
}

/* Finds the process of a slot. */
static struct process *
roll_process(void *arg, int slot)
{
	struct rolls *r = arg;
	struct group *g;
	size_t i;

	TAILQ_FOREACH (g, registry_groups(r->engine->registry), entry)
		for (i = 0; i < g->nprocs; i++)
			if (child_slot(child_of(g->procs[i])) == slot)
				return g->procs[i];
	return NULL;
}

/* Returns a process's slot. */
static int
roll_slot(void *arg, const struct process *p)
{
	(void)arg;
	return child_slot(child_of(p));
}

/* A reload has come to its end. */
static void
roll_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	struct rolls *r = arg;

	rolling_finished(r->engine->rollings, p, result == ACTION_SUCCESS,
	    detail[0] != '\0' ? detail : "it was stopped", loop_now_ms());
}

/* Begins a reload. */
static int
roll_begin(void *arg, struct process *p, const struct rolling_plan *plan,
    char *err, size_t len)
{
	const struct graceful_request how = {.restart = !plan->graceful};
	struct rolls *r = arg;

	child_set_previous(child_of(p), plan->rolling_back);
	switch (graceful_begin(r->engine->gracefuls, p, &how, loop_now_ms(),
	    time(NULL), roll_done, r, NULL, err, len)) {
	case ACTION_PENDING:
		return 0;
	case ACTION_NOT_RUNNING:
		(void)snprintf(err, len, "not running");
		return -1;
	default:
		return -1;
	}
}

/* Looks up the group's key. */
static int
roll_min_running(void *arg, const struct process *p)
{
	const struct group *g = process_group(p);

	(void)arg;
	return g != NULL ? (int)groups_config(g)->min_running : 0;
}

/* Writes a record. */
static void
roll_save(void *arg, int place, const struct rolling_record *rec)
{
	appbase_record_write(roll_place(arg, place), rec, sizeof(*rec));
}

/* Publishes an event: "id:1 targets:web:* done:1 total:4 [reason:...]". */
static void
roll_event(
    void *arg, enum rolling_event event, const struct rolling_record *rec)
{
	static const enum event_type type[] = {
	    [ROLLING_EV_STARTED] = EVENT_ROLLING_STARTED,
	    [ROLLING_EV_STEP] = EVENT_ROLLING_STEP,
	    [ROLLING_EV_DONE] = EVENT_ROLLING_DONE,
	    [ROLLING_EV_FAILED] = EVENT_ROLLING_FAILED};
	const struct rolls *r = arg;
	char text[ROLL_TEXT_MAX];
	int i, done = 0, n;

	for (i = 0; i < rec->n; i++)
		done += rec->members[i].progress == ROLLING_OK;
	n = snprintf(text, sizeof(text),
	    "id:%d done:%d total:%d state:%s\n%s%s%s", (int)rec->id, done,
	    (int)rec->n, rolling_state_name(rec), rec->targets,
	    rec->reason[0] != '\0' ? "\n" : "", rec->reason);
	bus_publish(r->engine->bus, type[event], text, (size_t)n);
}

/* The next turn of the engine goes on. */
static void
roll_wake(void *arg)
{
	engine_wake(((struct rolls *)arg)->engine);
}

/* Writes to the main log. */
static void __attribute__((__format__(__printf__, 3, 0)))
roll_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}

static const struct rolling_ops roll_ops = {
    .process = roll_process,
    .slot = roll_slot,
    .begin = roll_begin,
    .min_running = roll_min_running,
    .save = roll_save,
    .event = roll_event,
    .wake = roll_wake,
    .log = roll_log,
};
