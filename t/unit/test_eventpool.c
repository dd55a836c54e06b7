/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/events: pools of listeners (P-089 to P-109), with fakes, and what
 * they keep over the engine's death.
 */
#include "supervisord/events/eventpool.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"
#include "supervisord/events/ledger.h"

#define MEMBERS 3

static const char *const names[] = {"a", "b", "c"};
static char trace[8192], lines[8192];
static bool running[MEMBERS];
static int send_error[MEMBERS], waits;
static int64_t serial;
static struct bus *bus;
static struct ledger *ledger; /* written to by fakes if it is there */
static void *memory;
static struct eventpool *pool;

static void
note(char *to, const char *text)
{
	size_t used = strlen(to);

	ck_assert_int_lt(
	    snprintf(to + used, sizeof(trace) - used, "%s\n", text),
	    (int)(sizeof(trace) - used));
}

static void
expect(const char *want)
{
	ck_assert_str_eq(trace, want);
	trace[0] = '\0';
}

static void
expect_log(const char *want)
{
	ck_assert_str_eq(lines, want);
	lines[0] = '\0';
}

static bool
fake_running(void *arg, size_t member)
{
	(void)arg;
	return running[member];
}

static int
fake_send(void *arg, size_t member, const void *data, size_t len)
{
	char text[1024];

	(void)arg;
	if ((errno = send_error[member]) != 0)
		return -1;
	ck_assert_int_lt(snprintf(text, sizeof(text), "%s<%.*s", names[member],
			     (int)len, (const char *)data),
	    (int)sizeof(text));
	note(trace, text);
	return !waits;
}

static void
fake_changed(void *arg, size_t member)
{
	struct ledger_member record = {.heard = "x"};

	(void)arg;
	if (ledger == NULL)
		return;
	eventpool_record(pool, member, &record.member);
	ledger_write_member(ledger, (int)member + 7, &record);
}

static void
fake_buffered(void *arg)
{
	(void)arg;
	if (ledger != NULL)
		ledger_write_pool(ledger, 0, pool);
}

static void __attribute__((__format__(__printf__, 3, 0)))
fake_log(void *arg, int level, const char *fmt, va_list ap)
{
	char text[512];

	(void)arg;
	(void)snprintf(text, sizeof(text), "%c ", *loglevel_word(level));
	(void)vsnprintf(text + 2, sizeof(text) - 2, fmt, ap);
	note(lines, text);
}

static const struct eventpool_ops ops = {
    fake_running, fake_send, fake_changed, fake_buffered, fake_log};

static void
on_event(const struct event *event, void *arg)
{
	eventpool_accept(arg, event);
}

static struct eventpool *
make(const char *name, size_t buffer_size, uint64_t mask)
{
	struct eventpool_settings set = {.name = name,
	    .server = "srv",
	    .buffer_size = buffer_size,
	    .members = names,
	    .nmembers = MEMBERS,
	    .serial = ledger != NULL ? ledger_serial(ledger) : &serial,
	    .ops = &ops};
	struct eventpool *p = eventpool_new(&set);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(bus_subscribe(bus, mask, on_event, p));
	return p;
}

static void
setup(void)
{
	size_t i;

	for (i = 0; i < MEMBERS; i++) {
		running[i] = true;
		send_error[i] = 0;
	}
	trace[0] = lines[0] = '\0';
	serial = waits = 0;
	ledger = NULL;
	bus = bus_new();
	pool = make("p", 3, event_type_mask(EVENT_ANY));
}

static void
teardown(void)
{
	eventpool_free(pool);
	bus_free(bus);
	ledger_free(ledger);
	free(memory);
	memory = NULL;
}

static void
happens(const char *payload)
{
	bus_publish(bus, EVENT_TICK_5, payload, strlen(payload));
}

static void
says(size_t member, const char *text)
{
	eventpool_output(pool, member, text, strlen(text));
}

#define HEAD(s, ps, len)                                                       \
	"ver:3.0 server:srv serial:" #s " pool:p poolserial:" #ps              \
	" eventname:TICK_5 len:" #len "\n"

/* P-093 to P-095, P-106: the first running and ready member; the envelope. */
START_TEST(dispatch)
{
	happens("one");
	expect("");
	says(1, "READY\n");
	expect("b<" HEAD(0, 0, 3) "one\n");
	ck_assert_int_eq(eventpool_state(pool, 1), PROTOCOL_BUSY);
	running[0] = false;
	says(0, "READY\n");
	says(2, "READY\n");
	happens("h\xc3\xa9");
	expect("c<" HEAD(1, 1, 2) "h\xc3\xa9\n"); /* P-096 */
	happens("three");
	expect("");
	running[0] = true;
	eventpool_dispatch(pool);
	expect("a<" HEAD(2, 2, 5) "three\n");
	ck_assert_uint_eq(eventpool_buffered(pool), 0);
	expect_log("D b: ACKNOWLEDGED -> READY\nD event 0 sent to listener b\n"
		   "D a: ACKNOWLEDGED -> READY\nD c: ACKNOWLEDGED -> READY\n"
		   "D event 1 sent to listener c\n"
		   "D event 2 sent to listener a\n");
}
END_TEST

/* P-097: OK ends it; anything else puts it back at the head. */
START_TEST(results)
{
	says(0, "READY\n");
	happens("1");
	happens("2");
	trace[0] = lines[0] = '\0';
	says(0, "RESULT 4\nFAIL");
	expect_log("W a: event was rejected\nD a: BUSY -> ACKNOWLEDGED\n"
		   "D rebuffering event 0 for pool p (buf size=1, max=3)\n");
	says(0, "READY\n");
	expect("a<" HEAD(0, 0, 1) "1\n");
	lines[0] = '\0';
	says(0, "RESULT 2\nOKREADY\n");
	expect("a<" HEAD(1, 1, 1) "2\n");
	expect_log(
	    "D a: event was processed\nD a: BUSY -> ACKNOWLEDGED\n"
	    "D a: ACKNOWLEDGED -> READY\nD event 1 sent to listener a\n");
}
END_TEST

/* P-091, P-092, P-098: violations, at once with READY too. */
START_TEST(misbehaving)
{
	happens("1");
	says(0, "READY\nX");
	expect("");
	ck_assert_int_eq(eventpool_state(pool, 0), PROTOCOL_UNKNOWN);
	says(0, "READY\n");
	expect("");
	says(1, "READY\n");
	trace[0] = lines[0] = '\0';
	says(1, "RESULT x\nREADY\n");
	expect("");
	expect_log(
	    "W b: bad result line: 'RESULT x'\nD b: BUSY -> UNKNOWN\n"
	    "W b: has entered the UNKNOWN state and will no longer "
	    "receive events, this usually indicates the process violated "
	    "the eventlistener protocol\n"
	    "D rebuffering event 0 for pool p (buf size=0, max=3)\n");
	eventpool_started(pool, 1); /* P-089: forgiven by a new program */
	says(1, "READY\n");
	expect("b<" HEAD(0, 0, 1) "1\n");
}
END_TEST

/* P-101: a listener dies. */
START_TEST(death)
{
	says(0, "READY\n");
	happens("1");
	running[0] = false;
	eventpool_gone(pool, 0);
	ck_assert_uint_eq(eventpool_buffered(pool), 1);
	trace[0] = '\0';
	says(1, "READY\n");
	expect("b<" HEAD(0, 0, 1) "1\n");
	eventpool_gone(pool, 0); /* not busy: nothing happens */
	expect("");
}
END_TEST

/* P-103, P-104: the oldest goes. */
START_TEST(overflow)
{
	says(0, "READY\n");
	happens("0");
	happens("1");
	happens("2");
	happens("3");
	lines[0] = '\0';
	happens("4");
	expect_log("E pool p event buffer overflowed, discarding event 1\n");
	says(0, "RESULT 0\n"); /* put back: 0, 3, 4 */
	ck_assert_ptr_nonnull(
	    strstr(lines, "overflowed, discarding event 2\n"));
	trace[0] = '\0';
	says(0, "READY\n");
	says(0, "RESULT 2\nOKREADY\n");
	says(0, "RESULT 2\nOKREADY\n");
	expect("a<" HEAD(0, 0, 1) "0\na<" HEAD(3, 3, 1) "3\na<" HEAD(
	    4, 4, 1) "4\n");
}
END_TEST

/* P-107: the next member is tried. */
START_TEST(broken_pipe)
{
	send_error[0] = EPIPE;
	says(0, "READY\n");
	says(1, "READY\n");
	lines[0] = '\0';
	happens("1");
	expect("b<" HEAD(0, 0, 1) "1\n");
	expect_log("D epipe occurred while sending event 0 to listener a, "
		   "listener state unchanged\nD event 0 sent to listener b\n");
	ck_assert_int_eq(eventpool_state(pool, 0), PROTOCOL_READY);
}
END_TEST

/* P-102, P-108, P-109: two pools: one global serial, each its own; a refused
 * event goes back to its pool only; a type and its parent are one. */
START_TEST(two_pools)
{
	struct eventpool *other = make("q", 9,
	    event_type_mask(EVENT_TICK) | event_type_mask(EVENT_TICK_5));
	struct eventpool_event event;

	bus_publish(bus, EVENT_PROCESS_STATE_FATAL, "x", 1);
	happens("1");
	ck_assert_uint_eq(eventpool_buffered(other), 1);
	ck_assert(eventpool_buffer_event(other, 0, &event));
	ck_assert_int_eq(event.serial, 1);
	ck_assert_int_eq(event.poolserial, 0);
	ck_assert_int_eq(serial, 2);
	says(0, "READY\n");
	says(0, "RESULT 0\n");
	ck_assert_uint_eq(eventpool_buffered(other), 1);
	ck_assert_uint_eq(eventpool_buffered(pool), 2);
	eventpool_free(other);
	bus_free(bus);
	bus = bus_new();
}
END_TEST

START_TEST(serial_wraps)
{
	struct eventpool_event event;

	serial = EVENTPOOL_SERIAL_MAX;
	eventpool_restore(pool, EVENTPOOL_SERIAL_MAX);
	happens("last");
	happens("first");
	ck_assert(eventpool_buffer_event(pool, 0, &event));
	ck_assert_int_eq(event.serial, EVENTPOOL_SERIAL_MAX);
	ck_assert(eventpool_buffer_event(pool, 1, &event));
	ck_assert_int_eq(event.serial, 0);
	ck_assert_int_eq(event.poolserial, 0);
}
END_TEST

/* The engine dies: a new ledger on the same memory, a new pool. */
static void
die(size_t buffer_size)
{
	struct ledger_member record;
	size_t i;
	bool known;

	eventpool_free(pool);
	bus_free(bus);
	ledger_free(ledger);
	bus = bus_new();
	ledger = ledger_new(memory);
	pool = make("p", buffer_size, event_type_mask(EVENT_ANY));
	trace[0] = lines[0] = '\0';
	ck_assert_int_eq(ledger_claim(ledger, "p", &known), 0);
	ck_assert(known);
	ledger_restore_serial(ledger, 0, pool);
	for (i = 0; i < MEMBERS; i++)
		if (ledger_read_member(ledger, (int)i + 7, &record))
			(void)eventpool_restore_member(pool, i, &record.member);
	(void)ledger_restore_buffer(ledger, 0, pool);
}

static void
keep(size_t buffer_size)
{
	bool known;

	eventpool_free(pool);
	bus_free(bus);
	bus = bus_new();
	memory = calloc(1, ledger_size());
	ledger = ledger_new(memory);
	ck_assert_int_eq(ledger_claim(ledger, "p", &known), 0);
	ck_assert(!known);
	pool = make("p", buffer_size, event_type_mask(EVENT_ANY));
}

/* A busy listener stays busy with its event; what waits goes on waiting;
 * serials go on. */
START_TEST(survives)
{
	keep(10);
	says(0, "READY\n");
	happens("0");
	happens("1");
	happens("2");
	says(0, "RES");
	die(10);
	says(0, "ULT 2\nOK");
	expect_log("D a: event was processed\nD a: BUSY -> ACKNOWLEDGED\n");
	says(0, "READY\n");
	happens("3");
	says(0, "RESULT 2\nOKREADY\n");
	says(0, "RESULT 2\nOKREADY\n");
	expect("a<" HEAD(1, 1, 1) "1\na<" HEAD(2, 2, 1) "2\na<" HEAD(
	    3, 3, 1) "3\n");
}
END_TEST

/* Its event goes back if it refuses it, or dies. */
START_TEST(survives_refusal)
{
	keep(10);
	says(0, "READY\n");
	happens("0");
	happens("1");
	die(10);
	says(0, "RESULT 0\n");
	says(1, "READY\n");
	expect("b<" HEAD(0, 0, 1) "0\n");
}
END_TEST

/* Not all of an event was written when the engine died: said, and sent again to
 * a listener that is to be ended. */
START_TEST(survives_in_part)
{
	keep(10);
	says(0, "READY\n");
	waits = 1;
	happens("0");
	die(10);
	ck_assert_int_eq(eventpool_state(pool, 0), PROTOCOL_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(lines, "W event 0 may have been sent"));
	ck_assert_uint_eq(eventpool_buffered(pool), 1);
}
END_TEST

/* ... unless the rest of it went out before. */
START_TEST(survives_taken)
{
	keep(10);
	says(0, "READY\n");
	waits = 1;
	happens("0");
	eventpool_taken(pool, 0);
	die(10);
	ck_assert_int_eq(eventpool_state(pool, 0), PROTOCOL_BUSY);
	ck_assert_str_eq(lines, "");
	says(0, "RESULT 2\nOK");
	ck_assert_uint_eq(eventpool_buffered(pool), 0);
}
END_TEST

/* Long events are not kept, and that is said; more than fit are counted. */
START_TEST(survives_not)
{
	static char lots[EVENTPOOL_PAYLOAD_MAX + 2];
	int i;

	keep(100);
	memset(lots, 'x', sizeof(lots) - 1);
	happens(lots);
	for (i = 0; i < LEDGER_BUFFER + 4; i++)
		happens("x");
	die(100);
	ck_assert_ptr_nonnull(strstr(lines, "E pool p: event 0 was lost"));
	ck_assert_uint_eq(eventpool_buffered(pool), LEDGER_BUFFER - 1);
	ck_assert_uint_eq(ledger_restore_buffer(ledger, 0, pool), 5);
	ledger_clear(ledger);
	ck_assert_int_eq(*ledger_serial(ledger), LEDGER_BUFFER + 5);
}
END_TEST

/* The ledger follows a long life: places are used again. */
START_TEST(long_life)
{
	struct eventpool_event event;
	char text[16];
	int i;

	keep(5);
	says(0, "READY\n");
	for (i = 0; i < 500; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		happens(text);
		if (i % 3 == 0)
			says(0, "RESULT 2\nOKREADY\n");
		if (i % 7 == 0)
			says(0, "RESULT 0\nREADY\n");
		trace[0] = lines[0] = '\0';
	}
	die(5);
	ck_assert_uint_eq(eventpool_buffered(pool), 5);
	for (i = 0; i < 5; i++) {
		ck_assert(eventpool_buffer_event(pool, (size_t)i, &event));
		ck_assert_int_eq(atoi(event.payload), (int)event.serial);
	}
	ck_assert_int_eq(event.serial, 499);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("eventpool");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, dispatch);
	tcase_add_test(tc, results);
	tcase_add_test(tc, misbehaving);
	tcase_add_test(tc, death);
	tcase_add_test(tc, overflow);
	tcase_add_test(tc, broken_pipe);
	tcase_add_test(tc, two_pools);
	tcase_add_test(tc, serial_wraps);
	tcase_add_test(tc, survives);
	tcase_add_test(tc, survives_refusal);
	tcase_add_test(tc, survives_in_part);
	tcase_add_test(tc, survives_taken);
	tcase_add_test(tc, survives_not);
	tcase_add_test(tc, long_life);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
