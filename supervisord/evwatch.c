/* SPDX-License-Identifier: BSD-2-Clause */
/* Listeners that do not go on are restarted. */
#include "supervisord/evwatch.h"

#include <stdlib.h>

#include "supervisord/io/loop.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/group.h"

struct evwatch_member {
	enum protocol_state state;
	int64_t since_ms;
};

struct evwatch {
	const struct group *group;
	struct loop_timer *timer;
	int64_t timeout_ms;
	struct evwatch_member *members;
};

static void evwatch_on_timer(void *);
static void evwatch_restart(struct evwatch *, size_t);
static void evwatch_arm(struct evwatch *);
static int64_t evwatch_deadline(const struct evwatch *, size_t);

/* Watches a group. */
struct evwatch *
evwatch_new(struct loop *loop, const struct group *g, int64_t timeout_seconds)
{
	struct evwatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->group = g;
	w->timeout_ms = timeout_seconds * 1000;
	w->members = calloc(g->nprocs + 1, sizeof(*w->members));
	w->timer = loop_timer_new(loop, evwatch_on_timer, w);
	if (w->members != NULL && w->timer != NULL)
		return w;
	evwatch_free(w);
	return NULL;
}

/* Stops to watch it. */
void
evwatch_free(struct evwatch *w)
{
	if (w == NULL)
		return;
	loop_timer_free(w->timer);
	free(w->members);
	free(w);
}

/* Takes a member's state. */
void
evwatch_note(struct evwatch *w, size_t member, enum protocol_state state)
{
	if (w == NULL || w->members[member].state == state)
		return;
	w->members[member].state = state;
	w->members[member].since_ms = loop_now_ms();
	evwatch_arm(w);
}

/* Somebody's time may be over. */
static void
evwatch_on_timer(void *arg)
{
	struct evwatch *w = arg;
	int64_t now = loop_now_ms();
	size_t i;

	for (i = 0; i < w->group->nprocs; i++)
		if (evwatch_deadline(w, i) <= now)
			evwatch_restart(w, i);
	evwatch_arm(w);
}

/* Restarts a member; if that cannot be done now, it has as much time again. */
static void
evwatch_restart(struct evwatch *w, size_t member)
{
	struct process *p = w->group->procs[member];
	int64_t now = loop_now_ms();

	w->members[member].since_ms = now;
	if (process_state(p) != PROC_RUNNING)
		return;
	mainlog(LEVEL_WARN,
	    "%s: has been %s for %lld seconds (listener_timeout), restarting "
	    "it",
	    process_name(p), protocol_state_name(w->members[member].state),
	    (long long)(w->timeout_ms / 1000));
	(void)process_restart(p, now);
}

/* Wakes up when the first one's time is over. */
static void
evwatch_arm(struct evwatch *w)
{
	int64_t first = LOOP_NEVER, when;
	size_t i;

	for (i = 0; i < w->group->nprocs; i++)
		if ((when = evwatch_deadline(w, i)) < first)
			first = when;
	loop_timer_set(w->timer, first);
}

/* When a member's time is over. */
static int64_t
evwatch_deadline(const struct evwatch *w, size_t member)
{
	const struct evwatch_member *m = &w->members[member];

	if (m->state != PROTOCOL_UNKNOWN && m->state != PROTOCOL_BUSY)
		return LOOP_NEVER;
	return m->since_ms + w->timeout_ms;
}
