/* SPDX-License-Identifier: BSD-2-Clause */
/* Publish and subscribe inside the engine, and the payloads of its events. */
#include "supervisord/events/bus.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "supervisord/events/evtext.h"
#include "supervisord/model/group.h"

struct bus_subscription {
	TAILQ_ENTRY(bus_subscription) entry;
	uint64_t mask;	/* 0 = unsubscribed, freed when nothing is published */
	uint64_t since; /* number of the first event it gets */
	bus_callback *callback;
	void *arg;
};

struct bus {
	TAILQ_HEAD(, bus_subscription) list;
	uint64_t published;
	unsigned depth;
};

static void bus_publish_text(
    struct bus *, enum event_type, const char *, const void *, size_t);
static const char *bus_group_name(const struct process *);
static void bus_sweep(struct bus *);

/* Makes a bus. */
struct bus *
bus_new(void)
{
	struct bus *bus;

	if ((bus = calloc(1, sizeof(*bus))) != NULL)
		TAILQ_INIT(&bus->list);
	return bus;
}

/* Frees it and the subscriptions left. */
void
bus_free(struct bus *bus)
{
	struct bus_subscription *s;

	if (bus == NULL)
		return;
	TAILQ_FOREACH (s, &bus->list, entry)
		s->mask = 0;
	bus_sweep(bus);
	free(bus);
}

/* Adds a subscriber. */
struct bus_subscription *
bus_subscribe(struct bus *bus, uint64_t mask, bus_callback *callback, void *arg)
{
	struct bus_subscription *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->mask = mask;
	s->since = bus->published + 1;
	s->callback = callback;
	s->arg = arg;
	TAILQ_INSERT_TAIL(&bus->list, s, entry);
	return s;
}

/* Removes a subscriber. */
void
bus_unsubscribe(struct bus *bus, struct bus_subscription *s)
{
	s->mask = 0;
	if (bus->depth == 0)
		bus_sweep(bus);
}

/* Calls every subscriber to the type. */
void
bus_publish(
    struct bus *bus, enum event_type type, const void *payload, size_t len)
{
	int64_t serial = -1;
	struct event event = {type, payload, len, &serial};
	struct bus_subscription *s;
	uint64_t number = ++bus->published;

	bus->depth++;
	TAILQ_FOREACH (s, &bus->list, entry)
		if ((s->mask >> type & 1) && s->since <= number)
			s->callback(&event, s->arg);
	if (--bus->depth == 0)
		bus_sweep(bus);
}

/* Tells whether there is a subscriber to the type. */
bool
bus_wants(const struct bus *bus, enum event_type type)
{
	const struct bus_subscription *s;

	TAILQ_FOREACH (s, &bus->list, entry)
		if (s->mask >> type & 1)
			return true;
	return false;
}

/* Publishes a change of a process's state. */
void
bus_publish_change(
    struct bus *bus, const struct process *p, const struct proc_change *c)
{
	static const struct {
		enum event_type type;
		bool tries, expected, pid;
	} table[PROC_NSTATES] = {
	    [PROC_STOPPED] = {EVENT_PROCESS_STATE_STOPPED, .pid = true},
	    [PROC_STARTING] = {EVENT_PROCESS_STATE_STARTING, .tries = true},
	    [PROC_RUNNING] = {EVENT_PROCESS_STATE_RUNNING, .pid = true},
	    [PROC_BACKOFF] = {EVENT_PROCESS_STATE_BACKOFF, .tries = true},
	    [PROC_STOPPING] = {EVENT_PROCESS_STATE_STOPPING, .pid = true},
	    [PROC_EXITED] = {EVENT_PROCESS_STATE_EXITED, .expected = true,
		.pid = true},
	    [PROC_FATAL] = {EVENT_PROCESS_STATE_FATAL, .tries = false},
	    [PROC_UNKNOWN] = {EVENT_PROCESS_STATE_UNKNOWN, .tries = false},
	};
	char extra[64] = "", *text;
	int n = 0, len;

	if (!bus_wants(bus, table[c->to].type))
		return;
	if (table[c->to].tries)
		n += snprintf(extra + n, sizeof(extra) - (size_t)n, " tries:%d",
		    c->tries);
	if (table[c->to].expected)
		n += snprintf(extra + n, sizeof(extra) - (size_t)n,
		    " expected:%d", c->expected);
	if (table[c->to].pid)
		(void)snprintf(extra + n, sizeof(extra) - (size_t)n, " pid:%d",
		    (int)c->pid);
	len = asprintf(&text, "processname:%s groupname:%s from_state:%s%s",
	    process_name(p), bus_group_name(p), state_name(c->from), extra);
	if (len == -1)
		return;
	bus_publish(bus, table[c->to].type, text, (size_t)len);
	free(text);
}

/* Publishes PROCESS_GROUP_ADDED or _REMOVED. */
void
bus_publish_group(struct bus *bus, enum event_type type, const char *group)
{
	char *text;
	int len;

	if ((len = asprintf(&text, "groupname:%s\n", group)) == -1)
		return;
	bus_publish(bus, type, text, (size_t)len);
	free(text);
}

/* Publishes a TICK. */
void
bus_publish_tick(struct bus *bus, enum event_type type, int64_t when)
{
	char text[32];
	int len;

	len = snprintf(text, sizeof(text), "when:%lld", (long long)when);
	bus_publish(bus, type, text, (size_t)len);
}

/* Publishes that the engine was replaced. */
void
bus_publish_engine(struct bus *bus, uint64_t engines)
{
	char text[32];
	int len;

	len = snprintf(
	    text, sizeof(text), "engines:%llu", (unsigned long long)engines);
	bus_publish(bus, EVENT_SUPERVISOR_ENGINE_RESTARTED, text, (size_t)len);
}

/* Publishes what a client sent. */
void
bus_publish_remote(
    struct bus *bus, const char *type, const void *data, size_t len)
{
	char *head;

	if (!bus_wants(bus, EVENT_REMOTE_COMMUNICATION) ||
	    asprintf(&head, "type:%s\n", type) == -1)
		return;
	bus_publish_text(bus, EVENT_REMOTE_COMMUNICATION, head, data, len);
	free(head);
}

/* Publishes what a process has written. */
void
bus_publish_output(struct bus *bus, enum event_type type,
    const struct process *p, const void *data, size_t len)
{
	const char *channel = "";
	char *head;

	if (!bus_wants(bus, type))
		return;
	if (type == EVENT_PROCESS_LOG_STDOUT)
		channel = " channel:stdout";
	else if (type == EVENT_PROCESS_LOG_STDERR)
		channel = " channel:stderr";
	if (asprintf(&head, "processname:%s groupname:%s pid:%d%s\n",
		process_name(p), bus_group_name(p), (int)process_pid(p),
		channel) == -1)
		return;
	bus_publish_text(bus, type, head, data, len);
	free(head);
}

/* Publishes bytes that may be no text (P-126), after a line of ours. */
static void
bus_publish_text(struct bus *bus, enum event_type type, const char *head,
    const void *data, size_t len)
{
	size_t total;
	char *text;

	if ((text = evtext_join(head, data, len, &total)) == NULL)
		return;
	bus_publish(bus, type, text, total);
	free(text);
}

/* Returns the name of a process's group. */
static const char *
bus_group_name(const struct process *p)
{
	const struct group *g = process_group(p);

	return g != NULL ? g->name : process_name(p);
}

/* Frees those that have unsubscribed. */
static void
bus_sweep(struct bus *bus)
{
	struct bus_subscription *s, *next;

	for (s = TAILQ_FIRST(&bus->list); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->mask == 0) {
			TAILQ_REMOVE(&bus->list, s, entry);
			free(s);
		}
	}
}
