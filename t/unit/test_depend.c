/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model: depend.c, who waits for whom (B-302 to B-306), with fakes
 * and a fake clock.
 */
#include "supervisord/model/depend.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/api.h"

#define EXIT(n) ((n) << 8)

static char trace[4096];
static struct plan *plan;
static struct depend *depend;
static struct depend_settings settings;
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
	char text[64];

	(void)arg;
	(void)signo;
	(void)group;
	(void)snprintf(text, sizeof(text), "stop %s", process_name(p));
	note(text);
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
    depend_says(void *arg, int level, const char *fmt, va_list ap)
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
fake_restart(void *arg, struct process *p, enum plan_dependents how)
{
	char text[64];

	(void)arg;
	(void)snprintf(text, sizeof(text), "restart %s%s", process_name(p),
	    how == PLAN_GRACEFUL ? " gracefully" : "");
	note(text);
	process_restart(p, now);
}

static void
renew(void)
{
	depend_free(depend);
	settings.log = depend_says;
	settings.restart = fake_restart;
	depend = depend_new(plan, &settings);
	ck_assert_ptr_nonnull(depend);
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
	depend_free(depend);
	depend = NULL;
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

/* A program, started by itself, with what it needs, up to two. */
static struct process *
program(const char *name, int priority, enum plan_dependents dependents,
    const char *on, enum plan_condition condition)
{
	const struct plan_settings set = {
	    .priority = priority, .autostart = true, .dependents = dependents};
	struct process *p = make(name);

	ck_assert_int_eq(plan_add(plan, name, &set, p), 0);
	if (on != NULL)
		ck_assert_int_eq(
		    plan_need(plan_find(plan, name), on, condition), 0);
	plan_sort(plan);
	return p;
}

static void
turn(void)
{
	depend_run(depend, now, 100);
}

/* Starts everything, or has it wait. */
static void
begin(void)
{
	for (size_t i = 0; i < nmade; i++)
		if (!depend_hold(depend, made[i], now))
			process_start(made[i], now, 100);
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

	return depend_note(depend, p, buf, sizeof(buf));
}

/* Two branches come up side by side, and the third waits for both. */
START_TEST(branches)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);
	struct process *mig = program("mig", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	struct process *mq = program("mq", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "mig", PLAN_EXITED);

	ck_assert_int_eq(
	    plan_need(plan_find(plan, "web"), "mq", PLAN_RUNNING), 0);
	ck_assert(depend_is_used(depend));
	begin();
	expect_trace("start db\n20 mig waits for db\nstart mq\n"
		     "20 web waits for mig\n");
	ck_assert_str_eq(waits(mig), "waiting for db (STARTING)");
	ck_assert_str_eq(waits(web), "waiting for mig (STOPPED)");
	ck_assert_str_eq(waits(db), "");
	ck_assert_int_eq(process_state(web), PROC_STOPPED);
	up(db);
	expect_trace("start mig\n");
	up(mig);
	ends(mig, EXIT(0));
	expect_trace("");
	ck_assert_str_eq(waits(web), "waiting for mq (STARTING)");
	up(mq);
	expect_trace("start web\n");
}
END_TEST

/* exited needs an expected code; an exit for good is a failure. */
START_TEST(exited)
{
	struct process *mig = program("mig", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "mig", PLAN_EXITED);

	begin();
	up(mig);
	trace[0] = '\0';
	ends(mig, EXIT(3));
	expect_trace("40 web waits in vain: mig is EXITED\n");
	turn();
	expect_trace("");
	ck_assert(depend_is_vain(depend, web, now));
	process_start(mig, now, 100); /* by hand: it is hoped again */
	turn();
	ck_assert(!depend_is_vain(depend, web, now));
	up(mig);
	trace[0] = '\0';
	ends(mig, EXIT(0));
	expect_trace("start web\n");
}
END_TEST

/* ready and healthy are more than running (B-402, B-403). */
START_TEST(ready_healthy)
{
	struct proc_settings set;
	struct process *a = program("a", 1, PLAN_LEAVE, NULL, 0);

	program("b", 1, PLAN_LEAVE, "a", PLAN_READY);
	program("c", 1, PLAN_LEAVE, "a", PLAN_HEALTHY);
	set = *process_settings(a);
	set.readiness = set.healthcheck = true;
	process_set_settings(a, &set);
	begin();
	process_spawned(a, 42, now, 100);
	trace[0] = '\0';
	turn();
	expect_trace("");
	process_ready(a, "so", now);
	turn();
	expect_trace("start b\n");
	process_set_healthy(a, true);
	turn();
	expect_trace("start c\n");
}
END_TEST

/* FATAL: hold, fail (which goes on from one to the next), start. */
START_TEST(fatal_hold)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);

	begin();
	trace[0] = '\0';
	fails(db);
	expect_trace("40 web waits in vain: db is FATAL\n");
	ck_assert_str_eq(waits(web), "waiting for db (FATAL)");
	process_start(db, now, 100);
	trace[0] = '\0';
	up(db);
	expect_trace("start web\n");
}
END_TEST

START_TEST(fatal_fail)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0), *web, *top;

	settings.on_failure = PLAN_FAIL;
	renew();
	web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	top = program("top", 1, PLAN_LEAVE, "web", PLAN_RUNNING);
	begin();
	fails(db);
	turn();
	ck_assert_int_eq(process_state(web), PROC_FATAL);
	ck_assert_str_eq(process_spawnerr(web), "db is FATAL");
	ck_assert_int_eq(process_state(top), PROC_FATAL);
	ck_assert_str_eq(process_spawnerr(top), "web is FATAL");
}
END_TEST

START_TEST(fatal_start)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);

	settings.on_failure = PLAN_START;
	renew();
	program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	begin();
	trace[0] = '\0';
	fails(db);
	expect_trace("40 web is started, although db is FATAL\nstart web\n");
}
END_TEST

/* startorder_timeout. */
START_TEST(timeout)
{
	struct process *web;

	settings.timeout = 5;
	renew();
	program("db", 1, PLAN_LEAVE, NULL, 0);
	web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	begin();
	trace[0] = '\0';
	ck_assert_int_eq(depend_wakeup_ms(depend), 6000);
	now = 5999;
	turn();
	expect_trace("");
	now = 6000;
	turn();
	expect_trace("40 web waits in vain: db is STARTING\n");
	ck_assert(depend_is_vain(depend, web, now));
	ck_assert_int_eq(depend_wakeup_ms(depend), PROC_NEVER);
}
END_TEST

/* By hand: a start is done, a stop ends the wait, a stopped one is waited for.
 */
START_TEST(by_hand)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);

	begin();
	process_start(web, now, 100);
	ck_assert_int_eq(process_state(web), PROC_STARTING);
	process_spawned(web, 43, now, 100);
	process_stop(web, now);
	ends(web, EXIT(0));
	ck_assert(depend_hold(depend, web, now));
	process_spawned(db, 42, now, 100);
	process_stop(db, now);
	ends(db, EXIT(0));
	ck_assert_str_eq(waits(web), "waiting for db (STOPPED)");
	trace[0] = '\0';
	turn();
	expect_trace("");
	process_stop(web, now);
	ck_assert_str_eq(waits(web), "");
	process_start(db, now, 100);
	trace[0] = '\0';
	up(db);
	expect_trace("");
}
END_TEST

/* What it depends on is removed, and comes back. */
START_TEST(removed)
{
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);

	begin();
	ck_assert_str_eq(waits(web), "waiting for db (not there)");
	up((process_start(program("db", 1, PLAN_LEAVE, NULL, 0), now, 100),
	    made[1]));
	ck_assert_int_eq(process_state(web), PROC_STARTING);
}
END_TEST

/* ordered_startup: class after class; one that has run counts. */
START_TEST(ordered)
{
	struct process *a, *b, *c;

	settings.ordered = true;
	renew();
	ck_assert(depend_is_used(depend));
	a = program("a", 1, PLAN_LEAVE, NULL, 0);
	b = program("b", 1, PLAN_LEAVE, NULL, 0);
	c = program("c", 2, PLAN_LEAVE, NULL, 0);
	program("d", 3, PLAN_LEAVE, NULL, 0);
	begin();
	expect_trace("start a\nstart b\n20 c waits for a\n20 d waits for a\n");
	up(a);
	ends(a, EXIT(0));
	expect_trace("");
	ck_assert_str_eq(waits(c), "waiting for b (STARTING)");
	up(b);
	expect_trace("start c\n");
	up(c);
	expect_trace("start d\n");
}
END_TEST

/* B-304: down again in reverse, branches side by side. */
START_TEST(shutdown)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	struct process *job = program("job", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	struct process *mq = program("mq", 1, PLAN_LEAVE, NULL, 0);

	begin();
	up(db);
	up(mq);
	up(web);
	up(job);
	trace[0] = '\0';
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("stop web\nstop mq\nstop job\n");
	process_exited(web, EXIT(0), now, 100);
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("");
	process_exited(job, EXIT(0), now, 100);
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("stop db\n");
	process_exited(db, EXIT(0), now, 100);
	process_exited(mq, EXIT(0), now, 100);
	ck_assert(depend_shutdown_step(depend, now));
}
END_TEST

/* ... and of ordered_startup, class after class. */
START_TEST(shutdown_ordered)
{
	struct process *a, *b;

	settings.ordered = true;
	renew();
	a = program("a", 1, PLAN_LEAVE, NULL, 0);
	b = program("b", 2, PLAN_LEAVE, NULL, 0);
	begin();
	up(a);
	up(b);
	trace[0] = '\0';
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("stop b\n");
	process_exited(b, EXIT(0), now, 100);
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("stop a\n");
}
END_TEST

/* A shutdown while somebody waits. */
START_TEST(shutdown_waiting)
{
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);

	begin();
	process_spawned(db, 42, now, 100);
	trace[0] = '\0';
	ck_assert(!depend_shutdown_step(depend, now));
	expect_trace("stop db\n");
	process_exited(db, EXIT(0), now, 100);
	ck_assert(depend_shutdown_step(depend, now));
	ck_assert_str_eq(waits(web), "");
}
END_TEST

/* B-305: who is older than what it depends on is restarted, once. */
START_TEST(dependents)
{
	enum plan_dependents how = (enum plan_dependents)_i;
	struct process *db = program("db", 1, how, NULL, 0);
	struct process *web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);

	begin();
	up(db);
	up(web);
	trace[0] = '\0';
	turn();
	expect_trace("");
	process_stop(db, now);
	process_exited(db, EXIT(0), ++now, 100);
	trace[0] = '\0';
	turn();
	expect_trace("");
	process_start(db, ++now, 100);
	trace[0] = '\0';
	up(db);
	expect_trace(how == PLAN_LEAVE ? ""
		: how == PLAN_RESTART  ? "restart web\nstop web\n"
				       : "restart web gracefully\nstop web\n");
	if (how == PLAN_LEAVE)
		return;
	ends(web, EXIT(0));
	expect_trace("start web\n");
	up(web);
	turn();
	expect_trace("");
}
END_TEST

/* B-501: all of it is in the processes. */
START_TEST(another_engine)
{
	struct proc_record rec;
	struct process *db = program("db", 1, PLAN_LEAVE, NULL, 0), *web;

	program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	begin();
	process_record(made[1], &rec);
	plan_clear(plan);
	nmade--;
	process_free(made[1]);
	renew();
	ck_assert_int_eq(
	    plan_add(plan, "db", &(struct plan_settings){0}, db), 0);
	web = program("web", 1, PLAN_LEAVE, "db", PLAN_RUNNING);
	process_restore(web, &rec, now);
	ck_assert_str_eq(waits(web), "waiting for db (STARTING)");
	trace[0] = '\0';
	up(db);
	expect_trace("start web\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("depend");
	TCase *t = tcase_create("depend");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, branches);
	tcase_add_test(t, exited);
	tcase_add_test(t, ready_healthy);
	tcase_add_test(t, fatal_hold);
	tcase_add_test(t, fatal_fail);
	tcase_add_test(t, fatal_start);
	tcase_add_test(t, timeout);
	tcase_add_test(t, by_hand);
	tcase_add_test(t, removed);
	tcase_add_test(t, ordered);
	tcase_add_test(t, shutdown);
	tcase_add_test(t, shutdown_ordered);
	tcase_add_test(t, shutdown_waiting);
	tcase_add_loop_test(t, dependents, PLAN_LEAVE, PLAN_GRACEFUL + 1);
	tcase_add_test(t, another_engine);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
