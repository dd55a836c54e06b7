/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hot-reload state machine with fake operations and a fake clock: every
 * cell of its table, and the paths through it (R-13 .. R-23).
 */
#include "libappbase/reload.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/clock.h"

static struct fake {
	int check, launch, terminate, commit, finish, reports, remembered;
	int check_result, launch_result;
	bool has_old;
	char reason[64]; /* of the last report; "" = committed */
	int64_t took_ms;
} fake;

static int
fake_check(void *arg, const char **why)
{
	(void)arg;
	fake.check++;
	*why = "no check";
	return fake.check_result;
}

static int
fake_launch(void *arg, const char **why)
{
	(void)arg;
	fake.launch++;
	*why = "no launch";
	return fake.launch_result;
}

static void
fake_terminate(void *arg)
{
	(void)arg;
	fake.terminate++;
}

static bool
fake_commit(void *arg)
{
	(void)arg;
	fake.commit++;
	return fake.has_old;
}

static void
fake_finish(void *arg)
{
	(void)arg;
	fake.finish++;
}

static void
fake_report(void *arg, const char *reason, int64_t took_ms)
{
	(void)arg;
	fake.reports++;
	snprintf(fake.reason, sizeof(fake.reason), "%s",
	    reason != NULL ? reason : "");
	fake.took_ms = took_ms;
}

static void
fake_remembered(void *arg)
{
	(void)arg;
	fake.remembered++;
}

static const struct reload_ops fake_ops = {fake_check, fake_launch,
    fake_terminate, fake_commit, fake_finish, fake_report, fake_remembered};

static struct reload r;

static void
setup(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.has_old = true;
	reload_init(&r, &fake_ops, NULL, 60000, false);
}

static void
feed(enum reload_event event, int64_t now)
{
	reload_event(&r, event, now, "because");
}

/* Brings the machine into a state by legal events only. */
static void
enter(enum reload_state state)
{
	setup();
	switch (state) {
	case RELOAD_IDLE:
		break;
	case RELOAD_CHECKING:
		r.preflight = true;
		feed(RELOAD_REQUEST, 1000);
		break;
	case RELOAD_STARTING:
		feed(RELOAD_REQUEST, 1000);
		break;
	case RELOAD_DRAINING:
		feed(RELOAD_REQUEST, 1000);
		feed(RELOAD_READY, 1001);
		break;
	case RELOAD_FINISHING:
		feed(RELOAD_REQUEST, 1000);
		feed(RELOAD_READY, 1001);
		feed(RELOAD_OLD_GONE, 1002);
		break;
	case RELOAD_ABORTING:
		feed(RELOAD_REQUEST, 1000);
		feed(RELOAD_TIMEOUT, 61000);
		break;
	case RELOAD_STOPPED:
		feed(RELOAD_STOP, 1000);
		break;
	case RELOAD_NSTATES:
		ck_abort();
	}
	ck_assert_int_eq(r.state, state);
}

#define S(x) RELOAD_##x
/* The state after each event. */
static const enum reload_state after[RELOAD_NSTATES][RELOAD_NEVENTS] = {
    /* REQUEST PASSED FAILED READY DIED OLD_GONE FINISHED TIMEOUT STOP */
    [RELOAD_IDLE] = {S(STARTING), S(IDLE), S(IDLE), S(IDLE), S(IDLE), S(IDLE),
	S(IDLE), S(IDLE), S(STOPPED)},
    [RELOAD_CHECKING] = {S(CHECKING), S(STARTING), S(IDLE), S(CHECKING),
	S(IDLE), S(CHECKING), S(CHECKING), S(ABORTING), S(STOPPED)},
    [RELOAD_STARTING] = {S(STARTING), S(STARTING), S(STARTING), S(DRAINING),
	S(IDLE), S(STARTING), S(STARTING), S(ABORTING), S(STOPPED)},
    [RELOAD_DRAINING] = {S(DRAINING), S(DRAINING), S(DRAINING), S(DRAINING),
	S(DRAINING), S(FINISHING), S(DRAINING), S(DRAINING), S(STOPPED)},
    [RELOAD_FINISHING] = {S(FINISHING), S(FINISHING), S(FINISHING),
	S(FINISHING), S(FINISHING), S(FINISHING), S(IDLE), S(FINISHING),
	S(STOPPED)},
    [RELOAD_ABORTING] = {S(ABORTING), S(ABORTING), S(IDLE), S(ABORTING),
	S(IDLE), S(ABORTING), S(ABORTING), S(ABORTING), S(STOPPED)},
    [RELOAD_STOPPED] = {S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED),
	S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED)},
};

START_TEST(every_cell_leads_where_it_should)
{
	int state, event;

	for (state = 0; state < RELOAD_NSTATES; state++)
		for (event = 0; event < RELOAD_NEVENTS; event++) {
			enter((enum reload_state)state);
			feed((enum reload_event)event, 2000);
			ck_assert_msg(r.state == after[state][event],
			    "%s on event %d: %s instead of %s",
			    reload_state_name((enum reload_state)state), event,
			    reload_state_name(r.state),
			    reload_state_name(after[state][event]));
		}
}
END_TEST

START_TEST(a_good_reload)
{
	setup();
	feed(RELOAD_REQUEST, 1000);
	ck_assert_int_eq(fake.launch, 1);
	ck_assert_int_eq(r.deadline_ms, 61000);
	feed(RELOAD_READY, 1004);
	ck_assert_int_eq(fake.commit, 1);
	ck_assert_int_eq(fake.reports, 1);
	ck_assert_str_eq(fake.reason, "");
	ck_assert_int_eq(fake.took_ms, 4);
	feed(RELOAD_OLD_GONE, 5000);
	ck_assert_int_eq(fake.finish, 1);
	feed(RELOAD_FINISHED, 5001);
	ck_assert_int_eq(r.state, RELOAD_IDLE);
}
END_TEST

/* T-63, W2: nothing fires after the commit. */
START_TEST(the_timeout_is_disarmed_at_commit)
{
	setup();
	feed(RELOAD_REQUEST, 0);
	feed(RELOAD_READY, 59999);
	ck_assert_int_eq(r.deadline_ms, CLOCK_NEVER);
	feed(RELOAD_TIMEOUT, 60000);
	ck_assert_int_eq(r.state, RELOAD_DRAINING);
	ck_assert_int_eq(fake.terminate, 0);
}
END_TEST

/* at once, with the reason; the next request is accepted. */
START_TEST(a_dying_candidate_rolls_back_at_once)
{
	setup();
	feed(RELOAD_REQUEST, 1000);
	feed(RELOAD_DIED, 1018);
	ck_assert_str_eq(fake.reason, "because");
	ck_assert_int_eq(fake.took_ms, 18);
	ck_assert_int_eq(fake.commit, 0);
	ck_assert_int_eq(fake.launch, 1); /* exactly one attempt */
	feed(RELOAD_REQUEST, 1019);
	ck_assert_int_eq(fake.launch, 2);
}
END_TEST

/* reported only when the candidate is really gone. */
START_TEST(a_hanging_candidate_is_ended_first)
{
	setup();
	feed(RELOAD_REQUEST, 0);
	feed(RELOAD_TIMEOUT, 60000);
	ck_assert_int_eq(fake.terminate, 1);
	ck_assert_int_eq(fake.reports, 0);
	feed(RELOAD_READY, 60001); /* too late */
	ck_assert_int_eq(fake.commit, 0);
	feed(RELOAD_DIED, 60002);
	ck_assert_str_eq(fake.reason, "not ready in time");
}
END_TEST

/* */
START_TEST(a_failed_launch_is_reported)
{
	setup();
	fake.launch_result = -1;
	feed(RELOAD_REQUEST, 0);
	ck_assert_int_eq(r.state, RELOAD_IDLE);
	ck_assert_str_eq(fake.reason, "no launch");
}
END_TEST

/* remembered, one deep, and run after success and after failure. */
START_TEST(requests_are_remembered_one_deep)
{
	int i;

	setup();
	for (i = 0; i < 5; i++)
		feed(RELOAD_REQUEST, i);
	ck_assert_int_eq(fake.launch, 1);
	ck_assert_int_eq(fake.remembered, 4);
	feed(RELOAD_DIED, 10);
	ck_assert_int_eq(fake.launch, 2);
	ck_assert(!r.pending);
	feed(RELOAD_READY, 11);
	feed(RELOAD_REQUEST, 12);
	feed(RELOAD_OLD_GONE, 13);
	ck_assert(r.pending); /* it crosses the exec, or ... */
	feed(RELOAD_FINISHED, 14);
	ck_assert_int_eq(fake.launch, 3);
}
END_TEST

/* A remembered request whose launch fails must not loop. */
START_TEST(a_remembered_request_that_fails_ends)
{
	setup();
	feed(RELOAD_REQUEST, 0);
	feed(RELOAD_REQUEST, 0);
	fake.launch_result = -1;
	feed(RELOAD_DIED, 1);
	ck_assert_int_eq(fake.launch, 2);
	ck_assert_int_eq(fake.reports, 2);
	ck_assert_int_eq(r.state, RELOAD_IDLE);
}
END_TEST

/* nothing starts after a stop, and what was starting is ended. */
START_TEST(stop_wins_in_every_state)
{
	int state;

	for (state = 0; state < RELOAD_NSTATES; state++) {
		enter((enum reload_state)state);
		r.pending = true;
		feed(RELOAD_STOP, 3000);
		ck_assert_int_eq(r.state, RELOAD_STOPPED);
		ck_assert(state == RELOAD_STOPPED || !r.pending);
		ck_assert_int_eq(r.deadline_ms, CLOCK_NEVER);
		ck_assert_int_eq(fake.terminate,
		    state == RELOAD_CHECKING || state == RELOAD_STARTING ||
			state == RELOAD_ABORTING);
		fake.launch = 0;
		feed(RELOAD_DIED, 3001);
		feed(RELOAD_REQUEST, 3002);
		ck_assert_int_eq(fake.launch, 0);
	}
}
END_TEST

/* */
START_TEST(preflight_refuses_before_anything_starts)
{
	setup();
	r.preflight = true;
	feed(RELOAD_REQUEST, 0);
	ck_assert_int_eq(fake.check, 1);
	ck_assert_int_eq(fake.launch, 0);
	feed(RELOAD_CHECK_FAILED, 5);
	ck_assert_int_eq(fake.launch, 0);
	ck_assert_str_eq(fake.reason, "because");
	feed(RELOAD_REQUEST, 6);
	feed(RELOAD_CHECK_PASSED, 7);
	ck_assert_int_eq(fake.launch, 1);
	ck_assert_int_eq(r.state, RELOAD_STARTING);
}
END_TEST

/* A reload while the worker is being respawned: nobody to wait for. */
START_TEST(without_an_old_worker_it_finishes_at_once)
{
	setup();
	fake.has_old = false;
	feed(RELOAD_REQUEST, 0);
	feed(RELOAD_READY, 1);
	ck_assert_int_eq(fake.finish, 1);
	ck_assert_int_eq(r.state, RELOAD_FINISHING);
}
END_TEST

START_TEST(no_timeout_means_never)
{
	setup();
	r.timeout_ms = -1;
	feed(RELOAD_REQUEST, 5);
	ck_assert_int_eq(r.deadline_ms, CLOCK_NEVER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload");
	TCase *tc = tcase_create("core");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, every_cell_leads_where_it_should);
	tcase_add_test(tc, a_good_reload);
	tcase_add_test(tc, the_timeout_is_disarmed_at_commit);
	tcase_add_test(tc, a_dying_candidate_rolls_back_at_once);
	tcase_add_test(tc, a_hanging_candidate_is_ended_first);
	tcase_add_test(tc, a_failed_launch_is_reported);
	tcase_add_test(tc, requests_are_remembered_one_deep);
	tcase_add_test(tc, a_remembered_request_that_fails_ends);
	tcase_add_test(tc, stop_wins_in_every_state);
	tcase_add_test(tc, preflight_refuses_before_anything_starts);
	tcase_add_test(tc, without_an_old_worker_it_finishes_at_once);
	tcase_add_test(tc, no_timeout_means_never);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
