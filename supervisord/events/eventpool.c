/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool: buffer, dispatch, results. */
#include "supervisord/events/eventpool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/loglevel.h"
#include "common/pyrepr.h"
#include "supervisord/events/evtext.h"

/* An event of this pool: in the buffer, or with a member. */
struct eventpool_item {
	TAILQ_ENTRY(eventpool_item) entry;
	int64_t serial, poolserial;
	enum event_type type;
	bool lost; /* a former engine had it, and not all of it was kept */
	size_t len;
	char payload[];
};

struct eventpool_slot {
	char *name;
	struct protocol protocol;
	struct eventpool_item *item; /* it is busy with; owned */
	bool sent;
};

struct eventpool {
	struct eventpool_settings set;
	struct eventpool_slot *slots;
	TAILQ_HEAD(, eventpool_item) buffer;
	size_t buffered;
	uint64_t dropped;
	int64_t next_serial;
};

static const struct eventpool_item *eventpool_buffer_item(
    const struct eventpool *, size_t);
static int64_t eventpool_take_serial(int64_t *);
static struct eventpool_item *eventpool_item_new(
    enum event_type, const char *, size_t);
static void eventpool_push(struct eventpool *, struct eventpool_item *, bool);
static void eventpool_rebuffer(struct eventpool *, struct eventpool_slot *);
static void eventpool_lose(const struct eventpool *, struct eventpool_item *);
static bool eventpool_dispatch_one(struct eventpool *, struct eventpool_item *);
static bool eventpool_send(struct eventpool *, size_t, struct eventpool_item *);
static void eventpool_send_failed(const struct eventpool *,
    const struct eventpool_slot *, const struct eventpool_item *);
static char *eventpool_envelope(
    const struct eventpool *, const struct eventpool_item *, size_t *);
static void eventpool_on_token(
    struct eventpool *, struct eventpool_slot *, enum protocol_token);
static void eventpool_became(const struct eventpool *,
    const struct eventpool_slot *, enum protocol_state from);
static void eventpool_keep(
    const struct eventpool_item *, struct eventpool_event *);
static void eventpool_log(const struct eventpool *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes a pool. */
struct eventpool *
eventpool_new(const struct eventpool_settings *set)
{
	struct eventpool *p;
	size_t i;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->set = *set;
	TAILQ_INIT(&p->buffer);
	p->slots = calloc(set->nmembers + 1, sizeof(*p->slots));
	if (p->slots == NULL)
		goto fail;
	for (i = 0; i < set->nmembers; i++)
		if ((p->slots[i].name = strdup(set->members[i])) == NULL)
			goto fail;
	return p;
fail:
	eventpool_free(p);
	errno = ENOMEM;
	return NULL;
}

/* Frees it with all events it has. */
void
eventpool_free(struct eventpool *p)
{
	struct eventpool_item *item;
	size_t i;

	if (p == NULL)
		return;
	while ((item = TAILQ_FIRST(&p->buffer)) != NULL) {
		TAILQ_REMOVE(&p->buffer, item, entry);
		free(item);
	}
	for (i = 0; p->slots != NULL && i < p->set.nmembers; i++) {
		free(p->slots[i].name);
		free(p->slots[i].item);
	}
	free(p->slots);
	free(p);
}

/* Takes an event. */
void
eventpool_accept(struct eventpool *p, const struct event *event)
{
	struct eventpool_item *item;

	item = eventpool_item_new(event->type, event->payload, event->len);
	if (item == NULL) {
		eventpool_log(p, LEVEL_CRITICAL,
		    "pool %s: out of memory, discarding a %s event",
		    p->set.name, event_type_name(event->type));
		return;
	}
	if (*event->serial == -1)
		*event->serial = eventpool_take_serial(p->set.serial);
	item->serial = *event->serial;
	item->poolserial = eventpool_take_serial(&p->next_serial);
	eventpool_push(p, item, false);
	p->set.ops->buffered(p->set.arg);
	eventpool_dispatch(p);
}

/* Sends the oldest events, while a member takes them. */
void
eventpool_dispatch(struct eventpool *p)
{
	struct eventpool_item *item;
	bool changed = false;

	while ((item = TAILQ_FIRST(&p->buffer)) != NULL &&
	    eventpool_dispatch_one(p, item))
		changed = true;
	if (changed)
		p->set.ops->buffered(p->set.arg);
}

/* The member has got all of its event. */
void
eventpool_taken(struct eventpool *p, size_t member)
{
	p->slots[member].sent = true;
	p->set.ops->changed(p->set.arg, member);
}

/* Reads what a member says.  Events are sent only after all of it was read:
 * more than READY is a violation even if it came at the same time. */
void
eventpool_output(
    struct eventpool *p, size_t member, const void *data, size_t len)
{
	struct eventpool_slot *slot = &p->slots[member];
	enum protocol_token token;
	const char *at = data;

	while ((token = protocol_next(&slot->protocol, &at, &len)) !=
	    PROTOCOL_NONE)
		eventpool_on_token(p, slot, token);
	p->set.ops->changed(p->set.arg, member);
	eventpool_dispatch(p);
}

/* A program was started. */
void
eventpool_started(struct eventpool *p, size_t member)
{
	p->slots[member].protocol = (struct protocol){0};
	p->set.ops->changed(p->set.arg, member);
}

/* A program is gone. */
void
eventpool_gone(struct eventpool *p, size_t member)
{
	struct eventpool_slot *slot = &p->slots[member];

	slot->protocol = (struct protocol){0};
	if (slot->item == NULL)
		return;
	eventpool_rebuffer(p, slot);
	p->set.ops->changed(p->set.arg, member);
	eventpool_dispatch(p);
}

/* Returns a member's state. */
enum protocol_state
eventpool_state(const struct eventpool *p, size_t member)
{
	return (enum protocol_state)p->slots[member].protocol.state;
}

/* Returns how many events wait. */
size_t
eventpool_buffered(const struct eventpool *p)
{
	return p->buffered;
}

/* Returns how many were thrown away. */
uint64_t
eventpool_dropped(const struct eventpool *p)
{
	return p->dropped;
}

/* Returns the next poolserial. */
int64_t
eventpool_next_serial(const struct eventpool *p)
{
	return p->next_serial;
}

/* Fills a member's record. */
void
eventpool_record(
    const struct eventpool *p, size_t member, struct eventpool_member *r)
{
	const struct eventpool_slot *slot = &p->slots[member];

	memset(r, 0, sizeof(*r));
	r->protocol = slot->protocol;
	if (slot->item == NULL)
		return;
	r->busy = 1;
	r->sent = slot->sent;
	eventpool_keep(slot->item, &r->event);
}

/* Returns a buffered event's poolserial. */
int64_t
eventpool_buffer_serial(const struct eventpool *p, size_t i)
{
	const struct eventpool_item *item = eventpool_buffer_item(p, i);

	return item != NULL ? item->poolserial : -1;
}

/* Fills a buffered event's record. */
bool
eventpool_buffer_event(
    const struct eventpool *p, size_t i, struct eventpool_event *r)
{
	const struct eventpool_item *item = eventpool_buffer_item(p, i);

	if (item != NULL)
		eventpool_keep(item, r);
	return item != NULL;
}

/* Goes on with the serials. */
void
eventpool_restore(struct eventpool *p, int64_t next_serial)
{
	p->next_serial = next_serial;
}

/* Takes a member up. */
bool
eventpool_restore_member(
    struct eventpool *p, size_t member, const struct eventpool_member *r)
{
	struct eventpool_slot *slot = &p->slots[member];
	bool kept = r->event.len <= EVENTPOOL_PAYLOAD_MAX;

	slot->protocol = r->protocol;
	if (!r->busy)
		return true;
	slot->item = eventpool_item_new((enum event_type)r->event.type,
	    r->event.payload, kept ? r->event.len : 0);
	if (slot->item == NULL)
		return true;
	slot->item->serial = r->event.serial;
	slot->item->poolserial = r->event.poolserial;
	slot->item->lost = !kept;
	slot->sent = r->sent;
	if (slot->sent)
		return true;
	eventpool_log(p, LEVEL_WARN,
	    "event %lld may have been sent to listener %s only in part; the "
	    "listener is ended and the event sent again",
	    (long long)slot->item->serial, slot->name);
	slot->protocol = (struct protocol){.state = PROTOCOL_UNKNOWN};
	if (slot->item->lost)
		eventpool_lose(p, slot->item);
	else
		eventpool_push(p, slot->item, true);
	slot->item = NULL;
	return false;
}

/* Takes a buffered event up. */
void
eventpool_restore_event(struct eventpool *p, const struct eventpool_event *r)
{
	bool kept = r->len <= EVENTPOOL_PAYLOAD_MAX;
	struct eventpool_item *item;
	size_t i;

	for (i = 0; i < p->set.nmembers; i++)
		if (p->slots[i].item != NULL &&
		    p->slots[i].item->poolserial == r->poolserial)
			return;
	TAILQ_FOREACH (item, &p->buffer, entry)
		if (item->poolserial == r->poolserial)
			return;
	item = eventpool_item_new(
	    (enum event_type)r->type, r->payload, kept ? r->len : 0);
	if (item == NULL)
		return;
	item->serial = r->serial;
	item->poolserial = r->poolserial;
	if (kept)
		eventpool_push(p, item, false);
	else
		eventpool_lose(p, item);
}

/* Returns a buffered item. */
static const struct eventpool_item *
eventpool_buffer_item(const struct eventpool *p, size_t i)
{
	const struct eventpool_item *item = TAILQ_FIRST(&p->buffer);

	while (item != NULL && i-- > 0)
		item = TAILQ_NEXT(item, entry);
	return item;
}

/* Takes the next serial. */
static int64_t
eventpool_take_serial(int64_t *next)
{
	int64_t serial = *next;

	*next = serial == EVENTPOOL_SERIAL_MAX ? 0 : serial + 1;
	return serial;
}

/* Makes an item. */
static struct eventpool_item *
eventpool_item_new(enum event_type type, const char *payload, size_t len)
{
	struct eventpool_item *item;

	if ((item = malloc(sizeof(*item) + len)) == NULL)
		return NULL;
	*item = (struct eventpool_item){.type = type, .len = len};
	if (len > 0)
		memcpy(item->payload, payload, len);
	return item;
}

/* Buffers an item; if the buffer is full the oldest one goes (P-103). */
static void
eventpool_push(struct eventpool *p, struct eventpool_item *item, bool head)
{
	struct eventpool_item *oldest = TAILQ_FIRST(&p->buffer);

	if (oldest != NULL && p->buffered >= p->set.buffer_size) {
		eventpool_log(p, LEVEL_ERROR,
		    "pool %s event buffer overflowed, discarding event %lld",
		    p->set.name, (long long)oldest->serial);
		TAILQ_REMOVE(&p->buffer, oldest, entry);
		free(oldest);
		p->buffered--;
		p->dropped++;
	}
	if (head)
		TAILQ_INSERT_HEAD(&p->buffer, item, entry);
	else
		TAILQ_INSERT_TAIL(&p->buffer, item, entry);
	p->buffered++;
}

/* Puts back what a member had (P-101, P-102, P-105). */
static void
eventpool_rebuffer(struct eventpool *p, struct eventpool_slot *slot)
{
	struct eventpool_item *item = slot->item;

	slot->item = NULL;
	if (item == NULL)
		return;
	if (item->lost) {
		eventpool_lose(p, item);
		return;
	}
	eventpool_log(p, LEVEL_DEBUG,
	    "rebuffering event %lld for pool %s (buf size=%zu, max=%zu)",
	    (long long)item->serial, p->set.name, p->buffered,
	    p->set.buffer_size);
	eventpool_push(p, item, true);
	p->set.ops->buffered(p->set.arg);
}

/* Drops an item of a former engine. */
static void
eventpool_lose(const struct eventpool *p, struct eventpool_item *item)
{
	eventpool_log(p, LEVEL_ERROR,
	    "pool %s: event %lld was lost with the engine: it was too long to "
	    "be kept",
	    p->set.name, (long long)item->serial);
	free(item);
}

/* Finds a member for the item at the head of the buffer (P-094). */
static bool
eventpool_dispatch_one(struct eventpool *p, struct eventpool_item *item)
{
	size_t i;

	for (i = 0; i < p->set.nmembers; i++)
		if (p->slots[i].protocol.state == PROTOCOL_READY &&
		    p->set.ops->running(p->set.arg, i) &&
		    eventpool_send(p, i, item))
			return true;
	return false;
}

/* Sends an item to a member.  What is on record says that it may have got it
 * before it can have. */
static bool
eventpool_send(struct eventpool *p, size_t member, struct eventpool_item *item)
{
	struct eventpool_slot *slot = &p->slots[member];
	char *envelope;
	size_t len;
	int sent;

	if ((envelope = eventpool_envelope(p, item, &len)) == NULL)
		return false;
	protocol_sent(&slot->protocol);
	slot->item = item;
	slot->sent = false;
	p->set.ops->changed(p->set.arg, member);
	sent = p->set.ops->send(p->set.arg, member, envelope, len);
	if (sent == -1) {
		eventpool_send_failed(p, slot, item);
		slot->protocol = (struct protocol){.state = PROTOCOL_READY};
		slot->item = NULL;
		p->set.ops->changed(p->set.arg, member);
		free(envelope);
		return false;
	}
	slot->sent = sent == 1;
	p->set.ops->changed(p->set.arg, member); /* before anything slow */
	free(envelope);
	TAILQ_REMOVE(&p->buffer, item, entry);
	p->buffered--;
	eventpool_log(p, LEVEL_DEBUG, "event %lld sent to listener %s",
	    (long long)item->serial, slot->name);
	return true;
}

/* Says why an item could not be sent (P-107). */
static void
eventpool_send_failed(const struct eventpool *p,
    const struct eventpool_slot *slot, const struct eventpool_item *item)
{
	if (errno == EPIPE)
		eventpool_log(p, LEVEL_DEBUG,
		    "epipe occurred while sending event %lld to listener %s, "
		    "listener state unchanged",
		    (long long)item->serial, slot->name);
	else
		eventpool_log(p, LEVEL_DEBUG,
		    "cannot send event %lld to listener %s: %s; listener state "
		    "unchanged",
		    (long long)item->serial, slot->name, strerror(errno));
}

/* Makes what is sent (P-095); len counts characters (P-096). */
static char *
eventpool_envelope(
    const struct eventpool *p, const struct eventpool_item *item, size_t *len)
{
	size_t chars = item->len;
	char *head, *all;
	int n;

	(void)evtext_is_utf8(item->payload, item->len, &chars);
	n = asprintf(&head,
	    "ver:3.0 server:%s serial:%lld pool:%s poolserial:%lld "
	    "eventname:%s len:%zu\n",
	    p->set.server, (long long)item->serial, p->set.name,
	    (long long)item->poolserial, event_type_name(item->type), chars);
	if (n == -1)
		return NULL;
	if ((all = realloc(head, (size_t)n + item->len + 1)) == NULL) {
		free(head);
		return NULL;
	}
	memcpy(all + n, item->payload, item->len);
	*len = (size_t)n + item->len;
	return all;
}

/* A member has said something. */
static void
eventpool_on_token(
    struct eventpool *p, struct eventpool_slot *slot, enum protocol_token token)
{
	enum protocol_state from = PROTOCOL_BUSY;
	char *line;

	if (token == PROTOCOL_TOLD_READY)
		from = PROTOCOL_ACKNOWLEDGED;
	else if (token == PROTOCOL_VIOLATION) /* the state before is told by
						 what is left of it */
		from = slot->protocol.line_len > 0 ? PROTOCOL_ACKNOWLEDGED
						   : PROTOCOL_READY;
	else if (token == PROTOCOL_ACCEPTED)
		eventpool_log(
		    p, LEVEL_DEBUG, "%s: event was processed", slot->name);
	else if (token == PROTOCOL_REJECTED)
		eventpool_log(
		    p, LEVEL_WARN, "%s: event was rejected", slot->name);
	else if (token == PROTOCOL_BAD_RESULT) {
		line = pyrepr_n(slot->protocol.line, slot->protocol.line_len);
		eventpool_log(
		    p, LEVEL_WARN, "%s: bad result line: %s", slot->name, line);
		free(line);
	}
	eventpool_became(p, slot, from);
	if (token == PROTOCOL_ACCEPTED) {
		free(slot->item);
		slot->item = NULL;
	} else if (token == PROTOCOL_REJECTED || token == PROTOCOL_BAD_RESULT)
		eventpool_rebuffer(p, slot);
}

/* Logs a change of a member's state (P-092, P-093). */
static void
eventpool_became(const struct eventpool *p, const struct eventpool_slot *slot,
    enum protocol_state from)
{
	enum protocol_state to = (enum protocol_state)slot->protocol.state;

	eventpool_log(p, LEVEL_DEBUG, "%s: %s -> %s", slot->name,
	    protocol_state_name(from), protocol_state_name(to));
	if (to == PROTOCOL_UNKNOWN)
		eventpool_log(p, LEVEL_WARN,
		    "%s: has entered the UNKNOWN state and will no longer "
		    "receive events, this usually indicates the process "
		    "violated the eventlistener protocol",
		    slot->name);
}

/* Fills a record of an event. */
static void
eventpool_keep(const struct eventpool_item *item, struct eventpool_event *r)
{
	memset(r, 0, sizeof(*r));
	r->serial = item->serial;
	r->poolserial = item->poolserial;
	r->type = item->type;
	r->len = item->lost ? UINT32_MAX : (uint32_t)item->len;
	if (item->len > 0 && item->len <= EVENTPOOL_PAYLOAD_MAX)
		memcpy(r->payload, item->payload, item->len);
}

/* Writes to the main log. */
static void
eventpool_log(const struct eventpool *p, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p->set.ops->log(p->set.arg, level, fmt, ap);
	va_end(ap);
}
