/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model: plan.c and chain.c, the start in order (O-025 to O-048),
 * with fakes and a fake clock.
 */
#include "supervisord/model/chain.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/api.h"

#define EXIT(n) ((n) << 8)

static char trace[4096];
static struct plan *plan;
static struct chain *chain;
static struct chain_settings settings;
static struct process *made[16];
static size_t nmade;
static int64_t now;

static void
note(const char *text)
{
	ck_assert_uint_lt(strlen(trace) + strlen(text) + 2, sizeof(trace));
	strcat(trace, text);
	strcat(trace, "\n");
}

static void
expect_trace(const char *want)
{
	ck_assert_str_eq(trace, want);
	trace[0] = '\0';
}

static int
fake_spawn(void *arg, struct process *p, char *err, size_t len)
{
	char text[64];

	(void)arg;
	(void)err;
	(void)len;
	(void)snprintf(text, sizeof(text), "start %s", process_name(p));
	note(text);
	return 0;
}

static int
fake_signal(void *arg, struct process *p, int signo, bool group)
{
	(void)arg;
	(void)p;
	(void)signo;
	(void)group;
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
fake_save(void *arg, struct process *p)
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

static void APPBASE_PRINTF(3, 0)
    chain_says(void *arg, int level, const char *fmt, va_list ap)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%d ", level);

	(void)arg;
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	note(text);
}

static const struct proc_ops ops = {.spawn = fake_spawn,
    .signal = fake_signal,
    .arm = fake_arm,
    .changed = fake_changed,
    .save = fake_save,
    .may_start = fake_may_start,
    .log = fake_log};

static void
renew(void)
{
	chain_free(chain);
	settings.log = chain_says;
	chain = chain_new(plan, &settings);
	ck_assert_ptr_nonnull(chain);
}

static void
setup(void)
{
	trace[0] = '\0';
	nmade = 0;
	now = 1000;
	memset(&settings, 0, sizeof(settings));
	plan = plan_new();
	ck_assert_ptr_nonnull(plan);
	renew();
}

static void
teardown(void)
{
	chain_free(chain);
	chain = NULL;
	plan_free(plan);
	while (nmade > 0)
		process_free(made[--nmade]);
}

static struct process *
make(const char *name)
{
	const struct proc_settings set = {.startsecs = 1,
	    .startretries = 0,
	    .stopwaitsecs = 10,
	    .stopsignal = SIGTERM,
	    .exitcodes = {1}};

	ck_assert_uint_lt(nmade, sizeof(made) / sizeof(made[0]));
	return made[nmade++] = process_new(name, &set, &ops, NULL);
}

/* A process of a program: in order, and after which state the next one. */
static struct process *
program(const char *name, int priority, enum proc_state after)
{
	const struct plan_settings set = {.priority = priority,
	    .chainable = true,
	    .in_order = true,
	    .after = after};
	struct process *p = make(name);

	ck_assert_int_eq(plan_add(plan, name, &set, p), 0);
	plan_sort(plan);
	return p;
}

/* One that is not in order. */
static struct process *
other(const char *name, int priority, bool autostart)
{
	const struct plan_settings set = {.priority = priority,
	    .autostart = autostart,
	    .chainable = true,
	    .after = PROC_RUNNING};
	struct process *p = make(name);

	ck_assert_int_eq(plan_add(plan, name, &set, p), 0);
	plan_sort(plan);
	return p;
}

static void
turn(void)
{
	chain_run(chain, now, 100);
}

static void
begin(void)
{
	ck_assert_int_eq(chain_begin(chain, now), 0);
	turn();
}

static void
up(struct process *p)
{
	process_spawned(p, 42, now, 100);
	now += 1001;
	process_timer(p, now, 101);
	ck_assert_int_eq(process_state(p), PROC_RUNNING);
	turn();
}

static void
ends(struct process *p, int status)
{
	process_exited(p, status, ++now, 102);
	turn();
}

/* Up and gone before anybody looks (O-032). */
static void
flashes(struct process *p, int status)
{
	process_spawned(p, 42, now, 100);
	now += 1001;
	process_timer(p, now, 101);
	process_exited(p, status, now, 101);
	turn();
}

static void
fails(struct process *p)
{
	process_spawned(p, 42, now, 100);
	process_exited(p, EXIT(1), now, 100);
	process_timer(p, process_deadline_ms(p), 100);
	ck_assert_int_eq(process_state(p), PROC_FATAL);
	turn();
}

static const char *
waits(const struct process *p)
{
	static char buf[PROC_NOTE_MAX];

	return chain_note(chain, p, buf, sizeof(buf));
}

/* O-047, O-048: the example. */
START_TEST(example)
{
	struct process *ping3 = program("ping3", 400, PROC_EXITED);
	struct process *ping2 = program("ping2", 200, PROC_EXITED);
	struct process *sleeper = program("sleep", 101, PROC_RUNNING);
	struct process *ping = program("ping", 100, PROC_EXITED);

	begin();
	expect_trace("20 startinorder: ping is first\nstart ping\n");
	ck_assert_str_eq(waits(ping3), "waiting for ping (STARTING)");
	ck_assert_str_eq(waits(ping), "");
	up(ping);
	expect_trace("");
	ends(ping, EXIT(0));
	expect_trace("20 startinorder: ping is EXITED, sleep is next\n"
		     "start sleep\n");
	up(sleeper);
	expect_trace("20 startinorder: sleep is RUNNING, ping2 is next\n"
		     "start ping2\n");
	ck_assert_str_eq(waits(ping3), "waiting for ping2 (STARTING)");
	flashes(ping2, EXIT(0));
	expect_trace("20 startinorder: ping2 is EXITED, ping3 is next\n"
		     "start ping3\n");
	flashes(ping3, EXIT(0));
	expect_trace("20 startinorder: ping3 is EXITED\n"
		     "20 startinorder: complete\n");
	ck_assert(!chain_is_active(chain));
	for (size_t i = 0; i < nmade; i++)
		ck_assert_uint_eq(process_marks(made[i]) &
			(PROC_MARK_CHAINED | PROC_MARK_PASSED |
			    PROC_MARK_WAITING),
		    0);
	ends(sleeper, EXIT(1)); /* O-048: later starts start nothing else */
	process_start(sleeper, now, 100);
	trace[0] = '\0';
	up(sleeper);
	expect_trace("");
}
END_TEST

/* O-025: nothing is in order, nothing happens. */
START_TEST(not_used)
{
	other("a", 1, false);
	begin();
	expect_trace("");
	ck_assert(!chain_is_active(chain));
}
END_TEST

/* O-028: by priority, then name. */
START_TEST(sorted)
{
	program("b", 999, PROC_STARTING);
	program("c", 1, PROC_STARTING);
	program("a", 999, PROC_STARTING);
	begin();
	expect_trace("20 startinorder: c is first\nstart c\n"
		     "20 startinorder: c is STARTING, a is next\nstart a\n"
		     "20 startinorder: a is STARTING, b is next\nstart b\n"
		     "20 startinorder: b is STARTING\n"
		     "20 startinorder: complete\n");
}
END_TEST

/* O-009, O-029: one that is not in order ends the chain, or is passed over if
 * it starts by itself; the ones before the first do not count. */
START_TEST(members)
{
	struct process *a, *b;

	other("before", 1, false);
	a = program("a", 2, PROC_RUNNING);
	other("auto", 3, true);
	b = program("b", 4, PROC_RUNNING);
	other("last", 5, false);
	program("late", 6, PROC_RUNNING);
	begin();
	expect_trace(
	    "30 startinorder: late is not reached, because last before "
	    "it has no startinorder\n"
	    "20 startinorder: a is first\nstart a\n");
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\nstart b\n");
	up(b);
	expect_trace("20 startinorder: b is RUNNING, last is next\nstart last\n"
		     "20 startinorder: complete\n");
}
END_TEST

/* O-033, O-043: what runs already is not started, and its state counts. */
START_TEST(already_running)
{
	struct process *a = program("a", 1, PROC_RUNNING);
	struct process *b = program("b", 2, PROC_EXITED);
	struct process *c = program("c", 3, PROC_RUNNING);

	process_start(b, now, 100);
	up(b);
	trace[0] = '\0';
	begin();
	expect_trace("20 startinorder: a is first\nstart a\n");
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\n");
	ck_assert_str_eq(waits(c), "waiting for b (RUNNING)");
	ends(b, EXIT(0));
	expect_trace("20 startinorder: b is EXITED, c is next\nstart c\n");
}
END_TEST

/* O-034: all processes of a program. */
START_TEST(numprocs)
{
	struct process *a0 = program("a", 1, PROC_RUNNING), *a1 = make("a1");
	struct process *b0 = program("b", 2, PROC_RUNNING), *b1 = make("b1");
	struct plan_settings none = {0};

	(void)b0;
	ck_assert_int_eq(plan_add(plan, "a", &none, a1), 0);
	ck_assert_int_eq(plan_add(plan, "b", &none, b1), 0);
	begin();
	expect_trace("20 startinorder: a is first\nstart a\nstart a1\n");
	up(a1);
	expect_trace("");
	up(a0);
	expect_trace("20 startinorder: a is RUNNING, b is next\n"
		     "start b\nstart b1\n");
}
END_TEST

/* O-036: it stops there, once, and goes on when somebody helps. */
START_TEST(fatal_hold)
{
	struct process *a = program("a", 1, PROC_RUNNING);

	program("b", 2, PROC_RUNNING);
	program("c", 3, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	fails(a);
	expect_trace("40 startinorder: a is not RUNNING; not started: b, c\n");
	turn();
	expect_trace("");
	process_start(a, now, 100);
	trace[0] = '\0';
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\nstart b\n");
}
END_TEST

/* B-303: the others fail as well, or are started nevertheless. */
START_TEST(fatal_policies)
{
	struct process *a, *b, *c;

	settings.on_failure = PLAN_FAIL;
	renew();
	a = program("a", 1, PROC_RUNNING);
	b = program("b", 2, PROC_RUNNING);
	c = program("c", 3, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	fails(a);
	expect_trace("40 startinorder: a is not RUNNING; not started: b, c\n");
	ck_assert_int_eq(process_state(b), PROC_FATAL);
	ck_assert_str_eq(process_spawnerr(c), "a is not RUNNING");
	ck_assert(!chain_is_active(chain));
	teardown();
	setup();
	settings.on_failure = PLAN_START;
	renew();
	a = program("a", 1, PROC_RUNNING);
	program("b", 2, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	fails(a);
	expect_trace("40 startinorder: a is not RUNNING; nevertheless started: "
		     "b\nstart b\n");
}
END_TEST

/* B-303: startorder_timeout. */
START_TEST(timeout)
{
	settings.timeout = 5;
	renew();
	program("a", 1, PROC_EXITED);
	program("b", 2, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	ck_assert_int_eq(chain_wakeup_ms(chain), 6000);
	now = 5999;
	turn();
	expect_trace("");
	now = 6000;
	turn();
	expect_trace("40 startinorder: a is not EXITED; not started: b\n");
	ck_assert_int_eq(chain_wakeup_ms(chain), PROC_NEVER);
	turn();
	expect_trace("");
}
END_TEST

/* O-037: an unexpected exit counts, with a warning. */
START_TEST(unexpected_exit)
{
	struct process *a = program("a", 1, PROC_EXITED);

	program("b", 2, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	flashes(a, EXIT(3));
	expect_trace("30 startinorder: a has not exited as expected\n"
		     "20 startinorder: a is EXITED, b is next\nstart b\n");
}
END_TEST

/* O-039: starts and stops by hand. */
START_TEST(by_hand)
{
	struct process *a = program("a", 1, PROC_RUNNING);
	struct process *b = program("b", 2, PROC_RUNNING);
	struct process *c = program("c", 3, PROC_RUNNING);

	begin();
	process_start(c, now, 100); /* a later one: nothing else happens */
	trace[0] = '\0';
	turn();
	up(c);
	expect_trace("");
	process_spawned(a, 42, now, 100);
	process_stop(a, now); /* the present one: the chain waits */
	ends(a, SIGTERM);
	expect_trace("");
	ck_assert_str_eq(waits(b), "waiting for a (STOPPED)");
	process_start(a, now, 100);
	trace[0] = '\0';
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\nstart b\n");
	up(b);
	expect_trace("20 startinorder: b is RUNNING, c is next\n"
		     "20 startinorder: c is RUNNING\n"
		     "20 startinorder: complete\n");
}
END_TEST

/* Takes a program out, as an update does; its process is gone. */
static void
without(const char *name)
{
	struct plan *old = plan;
	struct plan_program *program;
	static char names[16][8];
	size_t i, n = 0;
	struct plan_settings sets[16];
	struct process *procs[16];

	for (i = 0; (program = plan_at(old, i)) != NULL; i++) {
		if (strcmp(program->name, name) == 0)
			continue;
		strlcpy(names[n], program->name, sizeof(names[n]));
		sets[n] = program->set;
		procs[n++] = program->procs[0];
	}
	plan_clear(plan);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(
		    plan_add(plan, names[i], &sets[i], procs[i]), 0);
	plan_sort(plan);
	chain_refilled(chain, now);
	turn();
}

/* O-040: the groups change meanwhile. */
START_TEST(update)
{
	struct process *a = program("a", 1, PROC_RUNNING), *c;

	program("b", 2, PROC_RUNNING);
	program("c", 3, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	without("b");
	program("ab", 2, PROC_RUNNING); /* new: follows its own autostart */
	chain_refilled(chain, now);
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\nstart c\n");
	c = plan_find(plan, "c")->procs[0];
	program("b", 2, PROC_RUNNING); /* it was only changed */
	chain_refilled(chain, now);
	turn();
	expect_trace("start b\n");
	up(plan_find(plan, "b")->procs[0]);
	expect_trace("20 startinorder: b is RUNNING, c is next\n");
	up(c);
	expect_trace("20 startinorder: c is RUNNING\n"
		     "20 startinorder: complete\n");
}
END_TEST

/* The present entry and the last one go. */
START_TEST(update_present)
{
	program("a", 1, PROC_RUNNING);
	program("b", 2, PROC_RUNNING);
	begin();
	trace[0] = '\0';
	without("a");
	expect_trace("start b\n");
	without("b");
	expect_trace("20 startinorder: complete\n");
}
END_TEST

/* O-041. */
START_TEST(cancelled)
{
	struct process *a = program("a", 1, PROC_RUNNING);
	struct process *b = program("b", 2, PROC_RUNNING);

	begin();
	trace[0] = '\0';
	chain_cancel(chain);
	up(a);
	expect_trace("");
	ck_assert_uint_eq(process_marks(b), 0);
}
END_TEST

/* Another engine takes it up, wherever it is (B-501). */
START_TEST(resumed)
{
	struct process *a = program("a", 1, PROC_RUNNING);
	struct process *b = program("b", 2, PROC_RUNNING);
	struct process *c = program("c", 3, PROC_RUNNING);

	begin();
	up(a);
	process_spawned(b, 42, now, 100);
	now += 1001;
	process_timer(b, now, 101); /* ... and the engine is killed here */
	program("new", 2, PROC_RUNNING);
	trace[0] = '\0';
	renew();
	ck_assert_int_eq(chain_resume(chain, now), 0);
	turn();
	expect_trace("20 startinorder: b is RUNNING, c is next\nstart c\n");
	renew(); /* again, before c has a pid */
	ck_assert_int_eq(chain_resume(chain, now), 0);
	up(c);
	expect_trace("20 startinorder: c is RUNNING\n"
		     "20 startinorder: complete\n");
	renew(); /* and when it is over */
	ck_assert_int_eq(chain_resume(chain, now), 0);
	ck_assert(!chain_is_active(chain));
}
END_TEST

/* It was killed before it had started what is next. */
START_TEST(resumed_early)
{
	struct process *a = program("a", 1, PROC_RUNNING), *b;

	b = other("b", 2, false);
	ck_assert_int_eq(chain_begin(chain, now), 0);
	renew();
	trace[0] = '\0';
	ck_assert_int_eq(chain_resume(chain, now), 0);
	turn();
	expect_trace("start a\n");
	up(a);
	expect_trace("20 startinorder: a is RUNNING, b is next\nstart b\n"
		     "20 startinorder: complete\n");
	ck_assert_int_eq(process_state(b), PROC_STARTING);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chain");
	TCase *t = tcase_create("chain");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, example);
	tcase_add_test(t, not_used);
	tcase_add_test(t, sorted);
	tcase_add_test(t, members);
	tcase_add_test(t, already_running);
	tcase_add_test(t, numprocs);
	tcase_add_test(t, fatal_hold);
	tcase_add_test(t, fatal_policies);
	tcase_add_test(t, timeout);
	tcase_add_test(t, unexpected_exit);
	tcase_add_test(t, by_hand);
	tcase_add_test(t, update);
	tcase_add_test(t, update_present);
	tcase_add_test(t, cancelled);
	tcase_add_test(t, resumed);
	tcase_add_test(t, resumed_early);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
