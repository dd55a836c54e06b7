/* SPDX-License-Identifier: BSD-2-Clause */
/* Event listeners: pools, the processes that are their members, and ticks. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/engine_private.h"
#include "supervisord/events/eventpool.h"
#include "supervisord/events/ledger.h"
#include "supervisord/evwatch.h"
#include "supervisord/io/mainlog.h"

struct evgroup {
	struct engine *engine;
	struct group *group;
	struct eventpool *pool;
	struct bus_subscription *subscription;
	struct evwatch *watch; /* NULL without a listener_timeout */
	int place;	       /* in the ledger, or -1 */
	/* By member: */
	int *slots;
	unsigned char (*heard)[JOURNAL_NONCE];
	bool *doomed; /* to be ended, since it cannot be taken up */
};

static int evgroup_make_pool(struct evgroup *, const struct config_group *);
static void evgroup_take_up(struct evgroup *, bool);
static int evgroup_member(const struct evgroup *, const struct process *);
static void evgroup_on_event(const struct event *, void *);
static void evgroup_on_tick(void *);
static void evgroup_arm_tick(struct engine *);
static int64_t evgroup_wall_ms(void);

static bool pool_running(void *, size_t);
static int pool_send(void *, size_t, const void *, size_t);
static void pool_changed(void *, size_t);
static void pool_buffered(void *);
static void pool_log(void *, int, const char *, va_list)
    __attribute__((__format__(__printf__, 3, 0)));

static const struct eventpool_ops evgroup_ops = {
    .running = pool_running,
    .send = pool_send,
    .changed = pool_changed,
    .buffered = pool_buffered,
    .log = pool_log,
};

/* Has the engine's machinery for events made; before any group. */
int
evgroup_equip(struct engine *e, void *memory)
{
	if ((e->ledger = ledger_new(memory)) == NULL)
		return -1;
	e->tick = loop_timer_new(e->loop, evgroup_on_tick, e);
	return e->tick != NULL ? 0 : -1;
}

/* Makes the pool of a group of listeners. */
struct evgroup *
evgroup_new(struct engine *e, struct group *g, const struct config_group *cg)
{
	struct evgroup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->engine = e;
	l->group = g;
	l->place = -1;
	l->slots = calloc(g->nprocs, sizeof(*l->slots));
	l->heard = calloc(g->nprocs, sizeof(*l->heard));
	l->doomed = calloc(g->nprocs, sizeof(*l->doomed));
	if (l->slots == NULL || l->heard == NULL || l->doomed == NULL ||
	    evgroup_make_pool(l, cg) == -1) {
		evgroup_free(l, true);
		errno = ENOMEM;
		return NULL;
	}
	if ((cg->event_mask & event_type_mask(EVENT_TICK)) != 0 &&
	    !e->ticking) {
		ticker_start(&e->ticker, evgroup_wall_ms() / 1000);
		evgroup_arm_tick(e);
	}
	return l;
}

/* Frees a pool; unless final its part of the ledger stays. */
void
evgroup_free(struct evgroup *l, bool final)
{
	size_t i;

	if (l == NULL)
		return;
	if (l->subscription != NULL)
		bus_unsubscribe(l->engine->bus, l->subscription);
	if (final && l->pool != NULL) {
		ledger_release(l->engine->ledger, l->place);
		for (i = 0; i < l->group->nprocs; i++)
			ledger_forget_member(l->engine->ledger, l->slots[i]);
	}
	eventpool_free(l->pool);
	evwatch_free(l->watch);
	free(l->slots);
	free(l->heard);
	free(l->doomed);
	free(l);
}

/* A member's state has changed. */
void
evgroup_changed(struct evgroup *l, const struct process *p, enum proc_state to)
{
	int member = evgroup_member(l, p);

	if (member == -1)
		return;
	if (to == PROC_STARTING)
		eventpool_started(l->pool, (size_t)member);
	else if (to == PROC_RUNNING)
		eventpool_dispatch(l->pool);
	else if (to != PROC_STOPPING)
		eventpool_gone(l->pool, (size_t)member);
}

/* A member has written to its stdout; a chunk that a former engine has heard
 * already is not heard again. */
void
evgroup_on_protocol(void *arg, struct process *p, enum config_channel_id id,
    const void *data, size_t len)
{
	struct engine *e = arg;
	const unsigned char *nonce = journal_nonce(e->journal);
	struct evgroup *l = groups_evgroup(process_group(p));
	int member = l != NULL ? evgroup_member(l, p) : -1;

	(void)id;
	if (member == -1 || memcmp(l->heard[member], nonce, JOURNAL_NONCE) == 0)
		return;
	memcpy(l->heard[member], nonce, JOURNAL_NONCE);
	eventpool_output(l->pool, (size_t)member, data, len);
}

/* Output of a channel whose events are wanted (P-124). */
void
evgroup_on_output(void *arg, struct process *p, enum config_channel_id id,
    const void *data, size_t len)
{
	struct engine *e = arg;

	bus_publish_output(e->bus,
	    id == CONFIG_STDOUT ? EVENT_PROCESS_LOG_STDOUT
				: EVENT_PROCESS_LOG_STDERR,
	    p, data, len);
}

/* A captured message (P-125). */
void
evgroup_on_message(void *arg, struct process *p, enum config_channel_id id,
    const void *data, size_t len)
{
	struct engine *e = arg;

	bus_publish_output(e->bus,
	    id == CONFIG_STDOUT ? EVENT_PROCESS_COMMUNICATION_STDOUT
				: EVENT_PROCESS_COMMUNICATION_STDERR,
	    p, data, len);
}

/* A listener's stdin has taken all of its event. */
void
evgroup_on_taken(void *arg, struct process *p)
{
	struct evgroup *l = groups_evgroup(process_group(p));
	int member = l != NULL ? evgroup_member(l, p) : -1;

	(void)arg;
	if (member != -1)
		eventpool_taken(l->pool, (size_t)member);
}

/* The take-over is done: ends members that cannot be taken up, and sends what
 * can be sent. */
void
evgroup_settle(struct evgroup *l)
{
	size_t i;

	for (i = 0; i < l->group->nprocs; i++)
		if (l->doomed[i] && process_pid(l->group->procs[i]) > 0)
			(void)process_signal(
			    l->group->procs[i], SIGTERM, loop_now_ms());
	eventpool_dispatch(l->pool);
}

/* Makes the pool and subscribes it. */
static int
evgroup_make_pool(struct evgroup *l, const struct config_group *cg)
{
	struct engine *e = l->engine;
	struct eventpool_settings set = {.name = l->group->name,
	    .server = e->config->supervisord.identifier,
	    .buffer_size = (size_t)cg->buffer_size,
	    .nmembers = l->group->nprocs,
	    .serial = ledger_serial(e->ledger),
	    .ops = &evgroup_ops,
	    .arg = l};
	const char **names;
	bool known;
	size_t i;

	if ((names = calloc(l->group->nprocs + 1, sizeof(*names))) == NULL)
		return -1;
	for (i = 0; i < l->group->nprocs; i++) {
		names[i] = process_name(l->group->procs[i]);
		l->slots[i] = roster_find(e->roster, l->group->name, names[i]);
	}
	set.members = names;
	l->pool = eventpool_new(&set);
	free(names);
	if (l->pool == NULL)
		return -1;
	if (cg->listener_timeout > 0 &&
	    (l->watch = evwatch_new(e->loop, l->group, cg->listener_timeout)) ==
		NULL)
		return -1;
	l->place = ledger_claim(e->ledger, l->group->name, &known);
	evgroup_take_up(l, known);
	l->subscription =
	    bus_subscribe(e->bus, cg->event_mask, evgroup_on_event, l);
	return l->subscription != NULL ? 0 : -1;
}

/* Goes on where an earlier engine was, if there was one. */
static void
evgroup_take_up(struct evgroup *l, bool known)
{
	struct ledger *ledger = l->engine->ledger;
	struct ledger_member kept;
	uint64_t lost = 0;
	size_t i;

	if (known)
		ledger_restore_serial(ledger, l->place, l->pool);
	for (i = 0; i < l->group->nprocs; i++)
		if (ledger_read_member(ledger, l->slots[i], &kept)) {
			memcpy(l->heard[i], kept.heard, JOURNAL_NONCE);
			l->doomed[i] =
			    !eventpool_restore_member(l->pool, i, &kept.member);
		}
	if (known)
		lost = ledger_restore_buffer(ledger, l->place, l->pool);
	if (lost > 0)
		mainlog(LEVEL_ERROR,
		    "pool %s: %llu waiting events were lost with the engine",
		    l->group->name, (unsigned long long)lost);
	for (i = 0; i < l->group->nprocs; i++)
		pool_changed(l, i);
	pool_buffered(l);
}

/* Returns a process's number, or -1. */
static int
evgroup_member(const struct evgroup *l, const struct process *p)
{
	size_t i;

	for (i = 0; i < l->group->nprocs; i++)
		if (l->group->procs[i] == p)
			return (int)i;
	return -1;
}

/* Something has happened that the pool subscribes to. */
static void
evgroup_on_event(const struct event *event, void *arg)
{
	struct evgroup *l = arg;

	eventpool_accept(l->pool, event);
}

/* A boundary may have passed.  While no pool wants ticks nobody is woken. */
static void
evgroup_on_tick(void *arg)
{
	struct engine *e = arg;
	struct tick due[TICKER_PERIODS];
	size_t i, n;

	n = ticker_due(&e->ticker, evgroup_wall_ms() / 1000, due);
	for (i = 0; i < n; i++)
		bus_publish_tick(e->bus, due[i].type, due[i].when);
	e->ticking = false;
	if (bus_wants(e->bus, EVENT_TICK_5) ||
	    bus_wants(e->bus, EVENT_TICK_60) ||
	    bus_wants(e->bus, EVENT_TICK_3600))
		evgroup_arm_tick(e);
}

/* Arms the timer for the next boundary. */
static void
evgroup_arm_tick(struct engine *e)
{
	int64_t wall = evgroup_wall_ms();

	e->ticking = true;
	loop_timer_set(e->tick, loop_now_ms() + ticker_wait_ms(wall));
}

/* The wall clock: TICKs are the one thing that goes by it. */
static int64_t
evgroup_wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Does a member take events? */
static bool
pool_running(void *arg, size_t member)
{
	struct evgroup *l = arg;

	return process_state(l->group->procs[member]) == PROC_RUNNING;
}

/* Sends to a member. */
static int
pool_send(void *arg, size_t member, const void *data, size_t len)
{
	struct evgroup *l = arg;
	struct child *c = child_of(l->group->procs[member]);

	if (child_write_event(c, data, len) == -1)
		return -1;
	return child_stdin_waiting(c) == 0;
}

/* Counts the pool's events. */
void
evgroup_figures(const struct evgroup *l, struct control_pool_figures *figures)
{
	figures->buffered = eventpool_buffered(l->pool);
	figures->dropped = eventpool_dropped(l->pool);
}

/* Writes a member down. */
static void
pool_changed(void *arg, size_t member)
{
	struct evgroup *l = arg;
	struct ledger_member record;

	eventpool_record(l->pool, member, &record.member);
	memcpy(record.heard, l->heard[member], JOURNAL_NONCE);
	ledger_write_member(l->engine->ledger, l->slots[member], &record);
	evwatch_note(l->watch, member, eventpool_state(l->pool, member));
}

/* Writes the pool down. */
static void
pool_buffered(void *arg)
{
	struct evgroup *l = arg;

	ledger_write_pool(l->engine->ledger, l->place, l->pool);
}

/* Writes to the main log. */
static void
pool_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}
