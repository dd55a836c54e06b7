/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model/rolling.c with a fake world and a fake clock: batches,
 * pauses, failures, roll-back, what a new engine takes up (B-201 to B-205).
 */
#include "supervisord/model/rolling.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/api.h"
#include "supervisord/model/group.h"

#define N 4

static struct group *group;
static struct process *procs[N];
static struct rollings *all;
static struct rolling_plan plan;
static struct rolling_record saved[ROLLING_MAX];
static char trace[1024], err[256];
static int64_t now;
static int least, refuse;

static void
note(const char *text)
{
	(void)strlcat(trace, text, sizeof(trace));
	(void)strlcat(trace, " ", sizeof(trace));
}

static int
fake_spawn(void *arg, struct process *p, char *text, size_t len)
{
	(void)arg;
	(void)p;
	(void)text;
	(void)len;
	return 0;
}

static int
fake_signal(void *arg, struct process *p, int signo, bool whole)
{
	(void)arg;
	(void)p;
	(void)signo;
	(void)whole;
	return 0;
}

static void
fake_arm(void *arg, struct process *p, int64_t when_ms)
{
	(void)arg;
	(void)p;
	(void)when_ms;
}

static void
fake_changed(void *arg, struct process *p, const struct proc_change *c)
{
	(void)arg;
	(void)p;
	(void)c;
}

static void
fake_save_process(void *arg, struct process *p)
{
	(void)arg;
	(void)p;
}

static bool
fake_may_start(void *arg, struct process *p)
{
	(void)arg;
	(void)p;
	return true;
}

static void APPBASE_PRINTF(3, 0)
    fake_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	(void)level;
	(void)fmt;
	(void)ap;
}

static struct process *
fake_process(void *arg, int slot)
{
	(void)arg;
	return slot >= 0 && slot < N ? procs[slot] : NULL;
}

static int
fake_slot(void *arg, const struct process *p)
{
	int i;

	(void)arg;
	for (i = 0; i < N && procs[i] != p; i++)
		continue;
	return i < N ? i : -1;
}

static int
fake_begin(void *arg, struct process *p, const struct rolling_plan *how,
    char *text, size_t len)
{
	int i;

	(void)arg;
	/* What is begun is on record before. */
	for (i = 0; saved[0].members[i].slot != fake_slot(NULL, p); i++)
		continue;
	ck_assert_int_eq(saved[0].members[i].progress, ROLLING_BUSY);
	if (refuse == fake_slot(NULL, p) + 1) {
		(void)snprintf(text, len, "refused");
		return -1;
	}
	if (how->rolling_back)
		note("back");
	note(process_name(p));
	return 0;
}

static int
fake_min_running(void *arg, const struct process *p)
{
	(void)arg;
	(void)p;
	return least;
}

static void
fake_save(void *arg, int place, const struct rolling_record *rec)
{
	(void)arg;
	saved[place] = *rec;
}

static void
fake_event(
    void *arg, enum rolling_event event, const struct rolling_record *rec)
{
	static const char *const names[] = {
	    "STARTED", "STEP", "DONE", "FAILED"};

	(void)arg;
	(void)rec;
	note(names[event]);
}

static void
fake_wake(void *arg)
{
	(void)arg;
}

static const struct proc_ops proc_ops = {.spawn = fake_spawn,
    .signal = fake_signal,
    .arm = fake_arm,
    .changed = fake_changed,
    .save = fake_save_process,
    .may_start = fake_may_start,
    .log = fake_log};
static const struct rolling_ops ops = {.process = fake_process,
    .slot = fake_slot,
    .begin = fake_begin,
    .min_running = fake_min_running,
    .save = fake_save,
    .event = fake_event,
    .wake = fake_wake,
    .log = fake_log};

static void
setup(void)
{
	const struct proc_settings set = {
	    .stopsignal = 15, .autorestart = PROC_RESTART_NEVER};
	char name[8];
	int i;

	memset(saved, 0, sizeof(saved));
	trace[0] = err[0] = '\0';
	now = 1000;
	least = refuse = 0;
	plan = (struct rolling_plan){.batch = 1};
	group = group_new("g", 1, GROUP_PROGRAM);
	for (i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "p%d", i);
		procs[i] = process_new(name, &set, &proc_ops, NULL);
		ck_assert_int_eq(group_add(group, procs[i]), 0);
		process_start(procs[i], now, 1);
		process_spawned(procs[i], 10 + i, now, 1);
		process_timer(procs[i], now, 1);
		ck_assert_int_eq(process_state(procs[i]), PROC_RUNNING);
	}
	all = rollings_new(&ops, NULL);
}

static void
teardown(void)
{
	rollings_free(all);
	group_free(group);
}

static void
expect(const char *want)
{
	ck_assert_str_eq(trace, want);
	trace[0] = '\0';
}

static int
begin(void)
{
	int id =
	    rolling_start(all, "g:*", procs, N, &plan, now, err, sizeof(err));

	rollings_run(all, now);
	return id;
}

/* A member that was begun is done. */
static void
finish(int i, bool ok)
{
	rolling_finished(all, procs[i], ok, "it broke", now);
	rollings_run(all, now);
}

static const char *
state(void)
{
	return rolling_state_name(rolling_get(all, 0));
}

/* What each member has come to, a letter each. */
static const char *
progress(void)
{
	static char text[N + 1];
	int i;

	for (i = 0; i < N; i++)
		text[i] =
		    *rolling_progress_name(&rolling_get(all, 0)->members[i]);
	return text;
}

START_TEST(one_after_the_other) /* B-202 */
{
	char text[64];

	ck_assert_int_eq(begin(), 1);
	expect("STARTED p0 STEP ");
	rollings_run(all, now);
	expect("");
	ck_assert_str_eq(rolling_note(all, procs[0], text, sizeof(text)),
	    "rolling restart: busy, 0 of 4 done");
	ck_assert_str_eq(rolling_note(all, procs[1], text, sizeof(text)),
	    "rolling restart: waits, 0 of 4 done");
	finish(0, true);
	expect("p1 STEP ");
	finish(1, true);
	finish(2, true);
	finish(3, true);
	expect("p2 STEP p3 STEP DONE ");
	ck_assert_str_eq(state(), "done");
	ck_assert_int_eq(rollings_wakeup_ms(all, now), PROC_NEVER);
	ck_assert_str_eq(rolling_note(all, procs[0], text, sizeof(text)), "");
}
END_TEST

START_TEST(batches_and_pauses) /* B-201 */
{
	plan.batch = 3;
	plan.pause_ms = 500;
	begin();
	expect("STARTED p0 p1 p2 STEP ");
	finish(1, true);
	finish(0, true);
	expect("");
	finish(2, true);
	expect("");
	ck_assert_int_eq(rollings_wakeup_ms(all, now), now + 500);
	now += 499;
	rollings_run(all, now);
	expect("");
	now += 1;
	rollings_run(all, now);
	expect("p3 STEP ");
	finish(3, true);
	expect("DONE ");
}
END_TEST

START_TEST(failure_stops_it) /* B-202 */
{
	begin();
	finish(0, true);
	finish(1, false);
	expect("STARTED p0 STEP p1 STEP FAILED ");
	ck_assert_str_eq(state(), "failed");
	ck_assert_str_eq(progress(), "dfuu");
	ck_assert_str_eq(rolling_get(all, 0)->reason, "g:p1: it broke");
	ck_assert_int_eq(rolling_resume(all, "g:*", now, err, sizeof(err)), 1);
	rollings_run(all, now);
	expect("STARTED p1 STEP ");
	finish(1, true);
	finish(2, true);
	finish(3, true);
	expect("p2 STEP p3 STEP DONE ");
	ck_assert_int_eq(rolling_resume(all, "g:*", now, err, sizeof(err)), -1);
}
END_TEST

START_TEST(rest_of_the_batch_is_waited_for)
{
	plan.batch = 2;
	begin();
	trace[0] = '\0';
	finish(0, false);
	expect("");
	finish(1, true);
	expect("FAILED ");
	ck_assert_str_eq(progress(), "fduu");
}
END_TEST

START_TEST(refused)
{
	refuse = 1;
	begin();
	rollings_run(all, now);
	ck_assert_str_eq(state(), "failed");
	ck_assert_str_eq(rolling_get(all, 0)->reason, "g:p0: refused");
}
END_TEST

START_TEST(keeps_going)
{
	plan.keep_going = true;
	begin();
	finish(0, false);
	finish(1, true);
	finish(2, true);
	finish(3, true);
	ck_assert_str_eq(state(), "failed");
	ck_assert_str_eq(progress(), "fddd");
}
END_TEST

START_TEST(rolls_back) /* B-205 */
{
	plan.rollback = true;
	begin();
	finish(0, true);
	trace[0] = '\0';
	finish(1, false);
	expect("back p0 STEP ");
	finish(0, true);
	expect("back p1 STEP ");
	finish(1, true);
	expect("FAILED ");
	ck_assert_str_eq(rolling_get(all, 0)->reason, "g:p1: it broke");
	ck_assert_int_eq(rolling_resume(all, "g:*", now, err, sizeof(err)), -1);
}
END_TEST

START_TEST(step_times_out)
{
	plan.step_ms = 5000;
	begin();
	ck_assert_int_eq(rollings_wakeup_ms(all, now), now + 5000);
	(void)process_stop(procs[0], now);
	now += 5000;
	rollings_run(all, now);
	ck_assert_str_eq(state(), "failed");
	ck_assert_str_eq(rolling_get(all, 0)->reason,
	    "g:p0: it is STOPPING after 5 seconds");
}
END_TEST

START_TEST(readiness_is_waited_for) /* B-202 */
{
	plan.wait = ROLLING_READY;
	begin();
	trace[0] = '\0';
	process_mark(procs[0], PROC_MARK_UNREADY, 0);
	finish(0, true);
	expect("");
	ck_assert_int_eq(rollings_wakeup_ms(all, now), now + 100);
	process_mark(procs[0], 0, PROC_MARK_UNREADY);
	rollings_run(all, now);
	expect("p1 STEP ");
	process_mark(procs[1], PROC_MARK_UNREADY, 0);
	finish(1, true);
	process_exited(procs[1], 1 << 8, now, 1);
	rollings_run(all, now);
	expect("FAILED ");
	ck_assert_str_eq(
	    rolling_get(all, 0)->reason, "g:p1: it is EXITED: Bad exit code 1");
}
END_TEST

START_TEST(guards) /* B-204 */
{
	ck_assert_int_eq(begin(), 1);
	ck_assert_int_eq(begin(), -1);
	ck_assert_str_eq(err, "g:p0 is in another rolling restart (1)");
	ck_assert_int_eq(
	    rolling_start(all, "x", procs + 3, 1, &plan, now, err, sizeof(err)),
	    -1);
	ck_assert(rolling_abort(all, 1, "enough", now));
	ck_assert(!rolling_abort(all, 1, "enough", now));
	ck_assert_str_eq(state(), "aborted");
	process_exited(procs[2], 0, now, 1);
	ck_assert_int_eq(begin(), -1);
	ck_assert_str_eq(
	    err, "degraded: g:p2 is EXITED (force it to begin all the same)");
	plan.force = true;
	ck_assert_int_eq(begin(), 2);
}
END_TEST

START_TEST(min_running) /* B-204 */
{
	least = 3;
	plan.batch = 4;
	begin();
	expect("STARTED p0 STEP "); /* one at a time, whatever the batch */
	ck_assert(rolling_abort(all, 0, "enough", now));
	least = 4;
	begin();
	rollings_run(all, now);
	ck_assert_str_eq(state(), "failed");
	ck_assert_str_eq(rolling_get(all, 0)->reason,
	    "g:p0: fewer than min_running would be left");
}
END_TEST

START_TEST(stopped_ones_are_left_alone)
{
	(void)process_stop(procs[0], now);
	process_exited(procs[0], 15, now, 1);
	begin();
	expect("STARTED p1 STEP ");
	(void)process_stop(procs[2], now);
	process_exited(procs[2], 15, now, 1);
	finish(1, true);
	expect("p3 STEP ");
}
END_TEST

START_TEST(members_go_away)
{
	struct process *gone = procs[1];

	begin();
	rollings_forget(all, gone);
	trace[0] = '\0';
	finish(0, true);
	expect("p2 STEP ");
}
END_TEST

START_TEST(new_engine) /* B-203 */
{
	begin();
	finish(0, true);
	trace[0] = '\0';
	rollings_free(all);
	all = rollings_new(&ops, NULL);
	rolling_restore(all, 0, &saved[0], now);
	rollings_run(all, now);
	expect("p1 STEP "); /* begun again: it joins what is under way */
	process_exited(procs[1], 0, now, 1);
	process_start(procs[1], now, 1);
	process_spawned(procs[1], 99, now, 1);
	process_timer(procs[1], now, 1);
	rollings_free(all);
	all = rollings_new(&ops, NULL);
	rolling_restore(all, 0, &saved[0], now);
	rollings_run(all, now);
	expect("p2 STEP "); /* it was a new one already */
	ck_assert_str_eq(progress(), "ddbu");
	saved[0].n = ROLLING_MEMBERS + 1;
	rollings_free(all);
	all = rollings_new(&ops, NULL);
	rolling_restore(all, 0, &saved[0], now);
	ck_assert_ptr_null(rolling_get(all, 0));
}
END_TEST

START_TEST(places) /* the oldest that has ended gives way */
{
	int i;

	for (i = 1; i <= ROLLING_MAX + 2; i++) {
		ck_assert_int_eq(begin(), i);
		ck_assert(rolling_abort(all, i, "enough", now));
	}
	ck_assert_ptr_null(rolling_get(all, 2));
	ck_assert_int_eq(rolling_get(all, 3)->id, 3);
	ck_assert_int_eq(rolling_get(all, 0)->id, ROLLING_MAX + 2);
	ck_assert_int_eq(
	    rolling_resume(all, "g:*", now, err, sizeof(err)), ROLLING_MAX + 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rolling");
	TCase *t = tcase_create("rolling");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_after_the_other);
	tcase_add_test(t, batches_and_pauses);
	tcase_add_test(t, failure_stops_it);
	tcase_add_test(t, rest_of_the_batch_is_waited_for);
	tcase_add_test(t, refused);
	tcase_add_test(t, keeps_going);
	tcase_add_test(t, rolls_back);
	tcase_add_test(t, step_times_out);
	tcase_add_test(t, readiness_is_waited_for);
	tcase_add_test(t, guards);
	tcase_add_test(t, min_running);
	tcase_add_test(t, stopped_ones_are_left_alone);
	tcase_add_test(t, members_go_away);
	tcase_add_test(t, new_engine);
	tcase_add_test(t, places);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
