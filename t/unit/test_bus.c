/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/events: who gets which event (P-113, P-109), and what each change
 * of a process's state is told with (P-114..P-123).
 */
#include "supervisord/events/bus.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "supervisord/model/state.h"

static const struct proc_settings settings;
static const struct proc_ops ops;
static struct bus *bus;
static struct process *proc;
static char seen[2048];

static void
setup(void)
{
	bus = bus_new();
	proc = process_new("p", &settings, &ops, NULL);
	ck_assert_ptr_nonnull(bus);
	ck_assert_ptr_nonnull(proc);
	seen[0] = '\0';
}

static void
teardown(void)
{
	process_free(proc);
	bus_free(bus);
}

/* Notes an event's name and payload. */
static void
on_event(const struct event *e, void *arg)
{
	size_t n = strlen(seen);

	(void)arg;
	ck_assert_uint_eq(strlen(e->payload), e->len);
	(void)snprintf(seen + n, sizeof(seen) - n, "%s %s\n",
	    event_type_name(e->type), e->payload);
}

/* Publishes a change and compares what is heard. */
static void
change(enum proc_state from, enum proc_state to, const char *expected)
{
	const struct proc_change c = {
	    .from = from, .to = to, .pid = 42, .tries = 3, .expected = true};

	seen[0] = '\0';
	bus_publish_change(bus, proc, &c);
	ck_assert_str_eq(seen, expected);
}

START_TEST(test_p114_to_p123_payloads)
{
#define HEAD " processname:p groupname:p from_state:"
	bus_subscribe(
	    bus, event_type_mask(EVENT_PROCESS_STATE), on_event, NULL);
	change(PROC_BACKOFF, PROC_STARTING,
	    "PROCESS_STATE_STARTING" HEAD "BACKOFF tries:3\n");
	change(PROC_STARTING, PROC_RUNNING,
	    "PROCESS_STATE_RUNNING" HEAD "STARTING pid:42\n");
	change(PROC_STARTING, PROC_BACKOFF,
	    "PROCESS_STATE_BACKOFF" HEAD "STARTING tries:3\n");
	change(PROC_RUNNING, PROC_STOPPING,
	    "PROCESS_STATE_STOPPING" HEAD "RUNNING pid:42\n");
	change(PROC_RUNNING, PROC_EXITED,
	    "PROCESS_STATE_EXITED" HEAD "RUNNING expected:1 pid:42\n");
	change(PROC_STOPPING, PROC_STOPPED,
	    "PROCESS_STATE_STOPPED" HEAD "STOPPING pid:42\n");
	change(
	    PROC_BACKOFF, PROC_FATAL, "PROCESS_STATE_FATAL" HEAD "BACKOFF\n");
	change(PROC_RUNNING, PROC_UNKNOWN,
	    "PROCESS_STATE_UNKNOWN" HEAD "RUNNING\n");
}
END_TEST

START_TEST(test_p113_the_tree)
{
	struct bus_subscription *all, *some;

	all = bus_subscribe(bus, event_type_mask(EVENT_ANY), on_event, NULL);
	some = bus_subscribe(bus,
	    event_type_mask(EVENT_TICK) | event_type_mask(EVENT_TICK_5),
	    on_event, NULL);
	bus_publish_tick(bus, EVENT_TICK_5, 15);
	ck_assert_str_eq(seen, "TICK_5 when:15\nTICK_5 when:15\n");
	seen[0] = '\0';
	bus_publish_group(bus, EVENT_PROCESS_GROUP_ADDED, "g");
	ck_assert_str_eq(seen, "PROCESS_GROUP_ADDED groupname:g\n\n");
	bus_unsubscribe(bus, all);
	seen[0] = '\0';
	bus_publish_group(bus, EVENT_PROCESS_GROUP_REMOVED, "g");
	ck_assert_str_eq(seen, "");
	ck_assert(!bus_wants(bus, EVENT_PROCESS_STATE_FATAL));
	ck_assert(bus_wants(bus, EVENT_TICK_3600));
	bus_unsubscribe(bus, some);
}
END_TEST

/* P-001..P-005: codes, names and sets. */
START_TEST(test_p001_to_p005_states)
{
	static const struct {
		enum proc_state state;
		int code;
		const char *name;
		bool stopped, running, signallable;
	} table[] = {
	    {PROC_STOPPED, 0, "STOPPED", true, false, false},
	    {PROC_STARTING, 10, "STARTING", false, true, true},
	    {PROC_RUNNING, 20, "RUNNING", false, true, true},
	    {PROC_BACKOFF, 30, "BACKOFF", false, true, false},
	    {PROC_STOPPING, 40, "STOPPING", false, false, true},
	    {PROC_EXITED, 100, "EXITED", true, false, false},
	    {PROC_FATAL, 200, "FATAL", true, false, false},
	    {PROC_UNKNOWN, 1000, "UNKNOWN", true, false, false},
	};
	enum proc_state s;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		s = table[i].state;
		ck_assert_int_eq(state_code(s), table[i].code);
		ck_assert_str_eq(state_name(s), table[i].name);
		ck_assert_int_eq(state_is_stopped(s), table[i].stopped);
		ck_assert_int_eq(state_is_running(s), table[i].running);
		ck_assert_int_eq(state_is_signallable(s), table[i].signallable);
	}
	ck_assert_int_eq(SUPERVISOR_FATAL, 2);
	ck_assert_str_eq(supervisor_state_name(2), "FATAL");
	ck_assert_str_eq(supervisor_state_name(1), "RUNNING");
	ck_assert_str_eq(supervisor_state_name(0), "RESTARTING");
	ck_assert_str_eq(supervisor_state_name(-1), "SHUTDOWN");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bus");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_p114_to_p123_payloads);
	tcase_add_test(tc, test_p113_the_tree);
	tcase_add_test(tc, test_p001_to_p005_states);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
