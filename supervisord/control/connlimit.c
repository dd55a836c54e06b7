/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts connections, and what they hold, by role. */
#include "supervisord/control/connlimit.h"

#define CONNLIMIT_MOST 1024u /* connections, however many descriptors */
#define CONNLIMIT_MIN  32u

void
connlimit_defaults(struct connlimit_settings *s, size_t descriptors)
{
	size_t all = descriptors / 4;

	if (all > CONNLIMIT_MOST)
		all = CONNLIMIT_MOST;
	if (all < CONNLIMIT_MIN)
		all = CONNLIMIT_MIN;
	*s = (struct connlimit_settings){
	    .connections = {[ROLE_ADMIN] = (unsigned)all / 2,
		[ROLE_OPERATE] = (unsigned)all / 6,
		[ROLE_READ] = (unsigned)all / 6,
		[ROLE_NONE] = (unsigned)all / 6},
	    .first_ms = 30000,
	    .request_ms = 60000,
	    .idle_ms = 3600000, /* */
	    .stall_ms = 60000,
	    .stall_bytes = 256u << 10,
	    .request_bytes = 17u << 20,
	    .held_bytes = 64u << 20,
	};
}

void
connlimit_init(struct connlimit *l, const struct connlimit_settings *settings)
{
	size_t i;

	*l = (struct connlimit){.settings = *settings};
	for (i = 0; i < ROLE_COUNT; i++)
		TAILQ_INIT(&l->lists[i]);
}

/* Puts an entry behind all others of a role. */
static void
connlimit_insert(struct connlimit *l, struct connlimit_entry *e)
{
	TAILQ_INSERT_TAIL(&l->lists[e->role], e, entry);
	l->counts[e->role]++;
}

static void
connlimit_take_out(struct connlimit *l, struct connlimit_entry *e)
{
	TAILQ_REMOVE(&l->lists[e->role], e, entry);
	l->counts[e->role]--;
}

/* Enters a phase, maybe of another role. */
static void
connlimit_enter(struct connlimit *l, struct connlimit_entry *e, enum role role,
    enum connlimit_phase phase, int64_t now)
{
	connlimit_take_out(l, e);
	e->role = role;
	e->phase = phase;
	e->since_ms = now;
	connlimit_insert(l, e);
}

void
connlimit_add(struct connlimit *l, struct connlimit_entry *e, int64_t now)
{
	*e = (struct connlimit_entry){.role = ROLE_NONE,
	    .phase = CONNLIMIT_FRESH,
	    .since_ms = now,
	    .moved_ms = now};
	connlimit_insert(l, e);
}

void
connlimit_remove(struct connlimit *l, struct connlimit_entry *e)
{
	l->held -= e->in + e->out;
	connlimit_take_out(l, e);
}

void
connlimit_received(
    struct connlimit *l, struct connlimit_entry *e, size_t n, int64_t now)
{
	e->in += n;
	l->held += n;
	if (n > 0 && e->phase == CONNLIMIT_IDLE)
		connlimit_enter(l, e, e->role, CONNLIMIT_READING, now);
}

void
connlimit_sending(
    struct connlimit *l, struct connlimit_entry *e, size_t out, int64_t now)
{
	if (e->out == 0 || out < e->out)
		e->moved_ms = now;
	l->held = l->held - e->out + out;
	e->out = out;
}

bool
connlimit_begin(
    struct connlimit *l, struct connlimit_entry *e, enum role role, int64_t now)
{
	const struct connlimit_entry *other;

	connlimit_enter(l, e, role, CONNLIMIT_BUSY, now);
	if (l->counts[role] <= l->settings.connections[role])
		return true;
	TAILQ_FOREACH (other, &l->lists[role], entry)
		if (other->phase != CONNLIMIT_BUSY)
			return true;
	return false;
}

void
connlimit_end(
    struct connlimit *l, struct connlimit_entry *e, size_t in, int64_t now)
{
	l->held = l->held - e->in + in;
	e->in = in;
	if (e->role != ROLE_NONE)
		connlimit_enter(l, e, e->role,
		    in > 0 ? CONNLIMIT_READING : CONNLIMIT_IDLE, now);
}

/* The one of a role that has done nothing for longest. */
static struct connlimit_entry *
connlimit_oldest(
    struct connlimit *l, enum role role, const struct connlimit_entry *spare)
{
	struct connlimit_entry *e;

	TAILQ_FOREACH (e, &l->lists[role], entry)
		if (e != spare && e->phase != CONNLIMIT_BUSY)
			return e;
	return NULL;
}

/* The one that holds most. */
static struct connlimit_entry *
connlimit_biggest(struct connlimit *l)
{
	struct connlimit_entry *e, *biggest = NULL;
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		TAILQ_FOREACH (e, &l->lists[i], entry)
			if (biggest == NULL ||
			    e->in + e->out > biggest->in + biggest->out)
				biggest = e;
	return biggest;
}

/* The one that holds most, if the others together hold more than all may. */
static struct connlimit_entry *
connlimit_too_much(struct connlimit *l)
{
	struct connlimit_entry *e;

	if (l->held <= l->settings.held_bytes)
		return NULL;
	e = connlimit_biggest(l);
	return l->held - e->in - e->out > l->settings.held_bytes ? e : NULL;
}

struct connlimit_entry *
connlimit_excess(struct connlimit *l, const struct connlimit_entry *spare)
{
	struct connlimit_entry *e = NULL;
	size_t i;

	for (i = 0; i < ROLE_COUNT && e == NULL; i++)
		if (l->counts[i] > l->settings.connections[i])
			e = connlimit_oldest(l, (enum role)i, spare);
	if (e == NULL)
		e = connlimit_too_much(l);
	if (e != NULL)
		l->evicted++;
	return e;
}

static bool
connlimit_is_overdue(
    const struct connlimit *l, const struct connlimit_entry *e, int64_t now)
{
	const struct connlimit_settings *s = &l->settings;
	const int64_t spent = now - e->since_ms;

	if (e->in > s->request_bytes)
		return true;
	if (e->out > s->stall_bytes && now - e->moved_ms >= s->stall_ms)
		return true;
	switch (e->phase) {
	case CONNLIMIT_FRESH:
		return spent >= s->first_ms;
	case CONNLIMIT_READING:
		return spent >= s->request_ms;
	case CONNLIMIT_IDLE:
		return spent >= s->idle_ms;
	default:
		return false;
	}
}

struct connlimit_entry *
connlimit_overdue(struct connlimit *l, int64_t now)
{
	struct connlimit_entry *e;
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		TAILQ_FOREACH (e, &l->lists[i], entry)
			if (connlimit_is_overdue(l, e, now))
				return e;
	return NULL;
}
