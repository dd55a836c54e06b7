/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model: groups, the registry's order and shutdown, and the actions
 * of clients (P-073 to P-083, C-252 to C-254, X-083 to X-099), with fakes.
 */
#include "supervisord/model/registry.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/api.h"
#include "supervisord/model/action.h"

static char trace[4096];
static struct registry *reg;
static struct actions *acts;
static bool stopping_told;

static void
note(const char *word, const char *name)
{
	size_t used = strlen(trace);

	ck_assert_int_lt(snprintf(trace + used, sizeof(trace) - used, "%s%s %s",
			     used ? "," : "", word, name),
	    (int)(sizeof(trace) - used));
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
	(void)arg;
	note("spawn", process_name(p));
	if (strcmp(process_name(p), "bad") != 0)
		return 0;
	(void)snprintf(err, len, "can't");
	return -1;
}

static int
fake_signal(void *arg, struct process *p, int signo, bool group)
{
	(void)arg;
	(void)group;
	note(signo == SIGKILL ? "kill" : "stop", process_name(p));
	return 0;
}

static void
fake_arm(void *arg, struct process *p, int64_t when)
{
	(void)arg;
	(void)p;
	(void)when;
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
	return registry_state(reg) == SUPERVISOR_RUNNING;
}

static void APPBASE_PRINTF(3, 0)
    fake_log(void *arg, int level, const char *fmt, va_list ap)
{
	char text[256];

	(void)arg;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (level >= 20 && strncmp(text, "waiting", 7) == 0)
		note("log", text);
}

static void
fake_stopping(void *arg)
{
	(void)arg;
	stopping_told = true;
}

static enum action_result
fake_resolve(void *arg, struct process *p, char *detail, size_t len)
{
	(void)arg;
	if (strcmp(process_name(p), "nofile") != 0)
		return ACTION_SUCCESS;
	(void)snprintf(detail, len, "can't find command '/x'");
	return ACTION_NO_FILE;
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
    .save = fake_save,
    .may_start = fake_may_start,
    .log = fake_log};
static const struct registry_ops registry_ops = {fake_stopping, fake_log};
/* With `depending`, a process depends on the one whose name is the letter
 * before its own. */
static bool depending, in_vain;

static struct process *find(const char *);

static bool
fake_hold(void *arg, struct process *p, int64_t now_ms)
{
	char on[2] = {(char)(process_name(p)[0] - 1), '\0'};

	(void)arg;
	if (!depending || on[0] < 'a' ||
	    process_state(find(on)) == PROC_RUNNING)
		return false;
	process_wait(p, now_ms);
	return true;
}

static bool
fake_is_vain(void *arg, const struct process *p, int64_t now_ms)
{
	(void)arg;
	(void)p;
	(void)now_ms;
	return in_vain;
}

static bool
fake_is_needed(void *arg, const struct process *p,
    bool (*leaving)(void *, const struct process *), void *all)
{
	char by[2] = {(char)(process_name(p)[0] + 1), '\0'};

	(void)arg;
	return depending && by[0] <= 'c' && leaving(all, find(by));
}

static const struct actions_ops actions_ops = {.resolve = fake_resolve,
    .wake = fake_wake,
    .hold = fake_hold,
    .is_vain = fake_is_vain,
    .is_needed = fake_is_needed,
    .log = fake_log};

/* A group of processes named in `members`, "name:priority" and blanks. */
static struct group *
add_group(const char *name, int priority, const char *members)
{
	struct group *g = group_new(name, priority, GROUP_HETEROGENEOUS);
	char *copy = strdup(members), *save = NULL, *word;

	ck_assert_ptr_nonnull(g);
	for (word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		struct proc_settings set = {.autostart = true,
		    .startsecs = 1,
		    .stopwaitsecs = 10,
		    .stopsignal = SIGTERM};
		char *colon = strchr(word, ':');
		struct process *p;

		*colon = '\0';
		set.priority = atoi(colon + 1);
		p = process_new(word, &set, &proc_ops, NULL);
		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(group_add(g, p), 0);
	}
	free(copy);
	ck_assert_int_eq(registry_add(reg, g), 0);
	return g;
}

static void
setup(void)
{
	trace[0] = '\0';
	stopping_told = depending = in_vain = false;
	reg = registry_new(&registry_ops, NULL);
	acts = actions_new(&actions_ops, NULL);
	ck_assert_ptr_nonnull(reg);
	ck_assert_ptr_nonnull(acts);
}

static void
teardown(void)
{
	actions_free(acts);
	registry_free(reg);
}

static struct process *
find(const char *namespec)
{
	struct process *p;
	struct group *g;

	ck_assert(registry_lookup(reg, namespec, &g, &p));
	ck_assert_ptr_nonnull(p);
	return p;
}

static void
start_all(void)
{
	struct group *g;

	TAILQ_FOREACH (g, registry_groups(reg), entry)
		group_autostart(g, 1000, 10);
}

static void
all_running(void)
{
	struct process **v;
	size_t i, n;

	start_all();
	v = registry_by_priority(reg, &n);
	for (i = 0; i < n; i++) {
		process_spawned(v[i], (pid_t)(100 + i), 1000, 10);
		process_timer(v[i], 2001, 11);
		ck_assert_int_eq(process_state(v[i]), PROC_RUNNING);
	}
	free(v);
	trace[0] = '\0';
}

/* P-075, P-077: groups by priority, members in configuration order. */
START_TEST(boot_order)
{
	add_group("b", 5, "b2:9 b1:1");
	add_group("c", 999, "c:999");
	add_group("a", 999, "a:999");
	add_group("late", 5, "late:1");
	add_group("first", -1, "first:1");
	start_all();
	expect_trace("spawn first,spawn b2,spawn b1,spawn late,spawn c,"
		     "spawn a");
	start_all(); /* once in a group's life */
	expect_trace("");
}
END_TEST

START_TEST(lookup)
{
	struct process *p;
	struct group *g;

	add_group("web", 1, "one:1 two:2");
	add_group("solo", 1, "solo:1");
	ck_assert_str_eq(process_name(find("solo")), "solo");
	ck_assert_str_eq(process_name(find("web:two")), "two");
	ck_assert(registry_lookup(reg, "web:*", &g, &p));
	ck_assert_ptr_null(p);
	ck_assert_str_eq(g->name, "web");
	ck_assert(registry_lookup(reg, "web:", &g, &p));
	ck_assert_ptr_null(p);
	ck_assert(!registry_lookup(reg, "web", &g, &p));
	ck_assert(!registry_lookup(reg, "we:one", &g, &p));
	ck_assert(!registry_lookup(reg, "web:three", &g, &p));
	ck_assert(!registry_lookup(reg, "", &g, &p));
	g = group_new("web", 1, GROUP_PROGRAM);
	ck_assert_int_eq(registry_add(reg, g), -1);
	ck_assert_int_eq(errno, EEXIST);
	group_free(g);
}
END_TEST

START_TEST(namespec)
{
	char buf[64];

	add_group("web", 1, "one:1 web:2");
	ck_assert_str_eq(
	    group_namespec(find("web:one"), buf, sizeof(buf)), "web:one");
	ck_assert_str_eq(group_namespec(find("web"), buf, sizeof(buf)), "web");
}
END_TEST

/* P-078: stable by priority inside the group. */
START_TEST(priority_order)
{
	struct process **v;
	size_t n;

	add_group("g", 1, "x:9 y:1 z:9 w:1");
	v = registry_by_priority(reg, &n);
	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(process_name(v[0]), "y");
	ck_assert_str_eq(process_name(v[1]), "w");
	ck_assert_str_eq(process_name(v[2]), "x");
	ck_assert_str_eq(process_name(v[3]), "z");
	free(v);
}
END_TEST

/* C-252, C-253, P-080. */
START_TEST(shutdown_in_reverse)
{
	add_group("a", 1, "a1:1 a2:2");
	add_group("b", 2, "b:1");
	add_group("c", 2, "c:1");
	all_running();
	ck_assert(registry_request(reg, SUPERVISOR_SHUTDOWN));
	ck_assert(stopping_told);
	ck_assert(!registry_shutdown_step(reg, 5000));
	expect_trace("stop c,log waiting for a1, a2, b, c to die");
	ck_assert(!registry_shutdown_step(reg, 5001));
	expect_trace("");
	process_exited(find("c"), SIGTERM, 5002, 20);
	ck_assert(!registry_shutdown_step(reg, 5002));
	expect_trace("stop b");
	process_exited(find("b"), SIGTERM, 8500, 20);
	ck_assert(!registry_shutdown_step(reg, 8500));
	expect_trace("stop a2,stop a1,log waiting for a1, a2 to die");
	process_exited(find("a:a1"), SIGTERM, 8600, 20);
	ck_assert(!registry_shutdown_step(reg, 8600));
	process_exited(find("a:a2"), SIGTERM, 8700, 20);
	ck_assert(registry_shutdown_step(reg, 8700));
	expect_trace("");
}
END_TEST

/* P-019: BACKOFF goes FATAL when its group is reached, not before. */
START_TEST(shutdown_gives_up_backoff)
{
	add_group("a", 1, "a:1");
	add_group("b", 2, "b:1");
	start_all();
	process_spawned(find("a"), 1, 1000, 10);
	process_exited(find("a"), 1 << 8, 1000, 10);
	process_spawned(find("b"), 2, 1000, 10);
	registry_request(reg, SUPERVISOR_SHUTDOWN);
	registry_shutdown_step(reg, 1100);
	ck_assert_int_eq(process_state(find("a")), PROC_BACKOFF);
	process_exited(find("b"), SIGTERM, 1200, 10);
	ck_assert(registry_shutdown_step(reg, 1200));
	ck_assert_int_eq(process_state(find("a")), PROC_FATAL);
}
END_TEST

/* C-247, C-248. */
START_TEST(shutdown_overrides_restart)
{
	ck_assert(registry_request(reg, SUPERVISOR_RESTARTING));
	ck_assert(registry_request(reg, SUPERVISOR_SHUTDOWN));
	ck_assert(!registry_request(reg, SUPERVISOR_RESTARTING));
	ck_assert_int_eq(registry_state(reg), SUPERVISOR_SHUTDOWN);
	ck_assert(registry_shutdown_step(reg, 1));
}
END_TEST

static enum action_result told;
static int tellings;

static void
tell(struct process *p, enum action_result r, const char *detail, void *arg)
{
	(void)p;
	(void)detail;
	(void)arg;
	told = r;
	tellings++;
}

static enum action_result
start(const char *name, bool wait, struct action **out)
{
	char detail[128];

	told = ACTION_PENDING;
	tellings = 0;
	return action_start(acts, find(name), wait, 1000, 10, tell, NULL, out,
	    detail, sizeof(detail));
}

static enum action_result
stop(const char *name, bool wait)
{
	char detail[128];

	told = ACTION_PENDING;
	tellings = 0;
	return action_stop(acts, find(name), wait, 3000, tell, NULL, NULL,
	    detail, sizeof(detail));
}

/* */
START_TEST(action_start_results)
{
	add_group("a", 1, "a:1");
	add_group("bad", 1, "bad:1");
	add_group("nofile", 1, "nofile:1");
	ck_assert_int_eq(start("nofile", true, NULL), ACTION_NO_FILE);
	ck_assert_int_eq(start("bad", true, NULL), ACTION_SPAWN_ERROR);
	ck_assert_int_eq(start("a", false, NULL), ACTION_PENDING);
	actions_run(acts, 1000);
	ck_assert_int_eq(tellings, 0); /* no pid yet */
	process_spawned(find("a"), 7, 1000, 10);
	actions_run(acts, 1000);
	ck_assert_int_eq(told, ACTION_SUCCESS);
	ck_assert_int_eq(start("a", true, NULL), ACTION_ALREADY_STARTED);
	process_exited(find("a"), 1 << 8, 1001, 10);
	process_stop(find("a"), 1002);
	ck_assert_int_eq(start("a", true, NULL), ACTION_PENDING);
	process_spawned(find("a"), 8, 1003, 10);
	actions_run(acts, 1004);
	ck_assert_int_eq(tellings, 0);
	process_timer(find("a"), 2004, 11);
	actions_run(acts, 2004);
	ck_assert_int_eq(told, ACTION_SUCCESS);
	ck_assert_int_eq(tellings, 1);
}
END_TEST

/* P-014: one that has run and ended before anybody looked was started. */
START_TEST(start_and_gone)
{
	struct process *a;

	add_group("a", 1, "a:1");
	a = find("a");
	ck_assert_int_eq(start("a", true, NULL), ACTION_PENDING);
	process_spawned(a, 42, 1000, 10);
	process_timer(a, 2001, 11);
	process_exited(a, 1 << 8, 2001, 11);
	actions_run(acts, 2001);
	ck_assert_int_eq(told, ACTION_SUCCESS);
}
END_TEST

/* died too quickly; stopped meanwhile; X-089: is being stopped. */
START_TEST(action_start_faults)
{
	add_group("a", 1, "a:1");
	ck_assert_int_eq(start("a", true, NULL), ACTION_PENDING);
	process_spawned(find("a"), 7, 1000, 10);
	process_exited(find("a"), 0, 1001, 10);
	actions_run(acts, 1001);
	ck_assert_int_eq(told, ACTION_SPAWN_ERROR);
	process_stop(find("a"), 1002);
	ck_assert_int_eq(start("a", true, NULL), ACTION_PENDING);
	process_spawned(find("a"), 8, 1003, 10);
	process_stop(find("a"), 1004);
	actions_run(acts, 1004);
	ck_assert_int_eq(told, ACTION_ABNORMAL_TERMINATION);
	ck_assert_int_eq(start("a", false, NULL), ACTION_ABNORMAL_TERMINATION);
}
END_TEST

/* X-092, P-070. */
START_TEST(action_stop_results)
{
	add_group("a", 1, "a:1");
	ck_assert_int_eq(stop("a", true), ACTION_NOT_RUNNING);
	all_running();
	ck_assert_int_eq(stop("a", true), ACTION_PENDING);
	expect_trace("stop a,log waiting for a to stop");
	ck_assert_int_eq(actions_wakeup_ms(acts), 5000);
	actions_run(acts, 4999);
	expect_trace("");
	actions_run(acts, 5000);
	expect_trace("log waiting for a to stop");
	ck_assert_int_eq(stop("a", true), ACTION_NOT_RUNNING);
	process_exited(find("a"), SIGTERM, 5001, 10);
	actions_run(acts, 5001);
	ck_assert_int_eq(told, ACTION_SUCCESS);
	ck_assert_int_eq(actions_wakeup_ms(acts), PROC_NEVER);
}
END_TEST

/* Failure 45: one that has stopped and was started by another client before
 * anybody looked was stopped. */
START_TEST(stop_and_start)
{
	struct process *a;

	add_group("a", 1, "a:1");
	all_running();
	a = find("a");
	ck_assert_int_eq(stop("a", true), ACTION_PENDING);
	process_exited(a, SIGTERM, 3001, 10);
	process_start(a, 3002, 10);
	actions_run(acts, 3002);
	ck_assert_int_eq(tellings, 1);
	ck_assert_int_eq(told, ACTION_SUCCESS);
}
END_TEST

/* A client that went away, and a process that did. */
START_TEST(cancelled_and_forgotten)
{
	struct action *a;

	add_group("a", 1, "a:1");
	ck_assert_int_eq(start("a", true, &a), ACTION_PENDING);
	action_cancel(a);
	process_spawned(find("a"), 7, 1000, 10);
	process_timer(find("a"), 2004, 11);
	actions_run(acts, 2004);
	ck_assert_int_eq(tellings, 0);
	ck_assert_int_eq(stop("a", true), ACTION_PENDING);
	actions_forget(acts, find("a"));
	ck_assert_int_eq(told, ACTION_ABNORMAL_TERMINATION);
}
END_TEST

static char bulk_text[256];

static void
bulk_tell(const struct bulk_result *r, size_t n, void *arg)
{
	size_t i, used = 0;

	(void)arg;
	tellings++;
	bulk_text[0] = '\0';
	for (i = 0; i < n; i++)
		used +=
		    (size_t)snprintf(bulk_text + used, sizeof(bulk_text) - used,
			"%s:%s=%d ", r[i].group, r[i].name, (int)r[i].result);
}

/* P-079, X-090, X-093, X-099: all signalled, told in order of their end. */
/* Adds c, b and a in a group of which each has its letter as name. */
static struct process **
add_abc(size_t *n)
{
	add_group("a", 3, "a:1");
	add_group("b", 2, "b:1");
	add_group("c", 1, "c:1");
	depending = true;
	tellings = 0;
	return registry_by_priority(reg, n);
}

/* B-302, B-304: many are started and stopped as they depend on each other. */
START_TEST(bulks_in_order)
{
	struct process **v, *a, *b, *c;
	size_t n;

	v = add_abc(&n);
	a = find("a");
	b = find("b");
	c = find("c");
	ck_assert_ptr_nonnull(
	    bulk_start(acts, v, n, true, 1000, 10, bulk_tell, NULL));
	expect_trace("spawn a");
	actions_run(acts, 1000);
	ck_assert_int_eq(tellings, 0);
	process_start(b, 1000, 10); /* what depend_run() would do */
	process_start(c, 1000, 10);
	process_spawned(a, 1, 1000, 10);
	process_spawned(b, 2, 1000, 10);
	process_spawned(c, 3, 1000, 10);
	process_timer(a, 2001, 10);
	process_timer(b, 2001, 10);
	process_timer(c, 2001, 10);
	actions_run(acts, 2001);
	ck_assert_int_eq(tellings, 1);
	ck_assert_str_eq(bulk_text, "c:c=80 b:b=80 a:a=80 ");
	trace[0] = '\0';
	ck_assert_ptr_nonnull(
	    bulk_stop(acts, v, n, true, 3000, bulk_tell, NULL));
	actions_run(acts, 3000);
	expect_trace("stop c,log waiting for c to stop");
	process_exited(c, 0, 3001, 10);
	actions_run(acts, 3001);
	expect_trace("stop b,log waiting for b to stop");
	process_exited(b, 0, 3002, 10);
	actions_run(acts, 3002);
	expect_trace("stop a,log waiting for a to stop");
	process_exited(a, 0, 3003, 10);
	actions_run(acts, 3003);
	ck_assert_int_eq(tellings, 2);
	ck_assert_str_eq(bulk_text, "c:c=80 b:b=80 a:a=80 ");
	free(v);
}
END_TEST

/* A start of many that waits in vain is answered; so is one without waiting,
 * at once. */
START_TEST(bulk_in_vain)
{
	struct process **v;
	size_t n;

	v = add_abc(&n);
	ck_assert_ptr_nonnull(
	    bulk_start(acts, v, 2, true, 1000, 10, bulk_tell, NULL));
	actions_run(acts, 1000);
	ck_assert_int_eq(tellings, 0);
	in_vain = true;
	actions_run(acts, 1000);
	ck_assert_int_eq(tellings, 1);
	ck_assert_str_eq(bulk_text, "c:c=40 b:b=40 ");
	ck_assert_int_eq(stop("c", true), ACTION_SUCCESS);
	ck_assert_uint_eq(process_marks(find("c")), 0);
	ck_assert_int_eq(stop("c", true), ACTION_NOT_RUNNING);
	ck_assert_ptr_nonnull(
	    bulk_start(acts, v, 2, false, 1000, 10, bulk_tell, NULL));
	actions_run(acts, 1000);
	ck_assert_int_eq(tellings, 1);
	ck_assert_str_eq(bulk_text, "c:c=80 b:b=80 ");
	free(v);
}
END_TEST

START_TEST(bulks)
{
	struct process **v;
	size_t n;

	add_group("g", 1, "a:1 bad:2 c:3");
	v = registry_by_priority(reg, &n);
	tellings = 0;
	ck_assert_ptr_nonnull(
	    bulk_start(acts, v, n, true, 1000, 10, bulk_tell, NULL));
	expect_trace("spawn a,spawn bad,spawn c");
	process_spawned(v[0], 1, 1000, 10);
	process_spawned(v[2], 2, 1000, 10);
	process_timer(v[2], 2002, 10);
	actions_run(acts, 2002);
	process_timer(v[0], 2003, 10);
	ck_assert_int_eq(tellings, 0);
	actions_run(acts, 2003);
	ck_assert_int_eq(tellings, 1);
	ck_assert_str_eq(bulk_text, "g:bad=50 g:c=80 g:a=80 ");
	process_stop(v[1], 2004); /* out of BACKOFF */
	trace[0] = '\0';
	ck_assert_ptr_nonnull(
	    bulk_stop(acts, v, n, true, 3000, bulk_tell, NULL));
	expect_trace("stop a,log waiting for a to stop,stop c,log waiting for "
		     "c to stop");
	process_exited(v[0], 0, 3001, 10);
	process_exited(v[2], 0, 3002, 10);
	actions_run(acts, 3002);
	ck_assert_str_eq(bulk_text, "g:a=80 g:c=80 ");
	tellings = 0;
	ck_assert_ptr_nonnull(
	    bulk_stop(acts, v, n, true, 3000, bulk_tell, NULL));
	ck_assert_int_eq(tellings, 0); /* never inside the call */
	actions_run(acts, 3003);
	ck_assert_int_eq(tellings, 1);
	ck_assert_str_eq(bulk_text, "");
	free(v);
}
END_TEST

/* P-001 to P-004. */
START_TEST(state_sets)
{
	static const struct {
		const char *name;
		int code;
		bool stopped, running, signallable;
	} want[PROC_NSTATES] = {
	    {"STOPPED", 0, true, false, false},
	    {"STARTING", 10, false, true, true},
	    {"RUNNING", 20, false, true, true},
	    {"BACKOFF", 30, false, true, false},
	    {"STOPPING", 40, false, false, true},
	    {"EXITED", 100, true, false, false},
	    {"FATAL", 200, true, false, false},
	    {"UNKNOWN", 1000, true, false, false},
	};

	for (int s = 0; s < PROC_NSTATES; s++) {
		ck_assert_str_eq(state_name(s), want[s].name);
		ck_assert_int_eq(state_code(s), want[s].code);
		ck_assert_int_eq(state_is_stopped(s), want[s].stopped);
		ck_assert_int_eq(state_is_running(s), want[s].running);
		ck_assert_int_eq(state_is_signallable(s), want[s].signallable);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry");
	TCase *t = tcase_create("registry");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, boot_order);
	tcase_add_test(t, lookup);
	tcase_add_test(t, namespec);
	tcase_add_test(t, priority_order);
	tcase_add_test(t, shutdown_in_reverse);
	tcase_add_test(t, shutdown_gives_up_backoff);
	tcase_add_test(t, shutdown_overrides_restart);
	tcase_add_test(t, action_start_results);
	tcase_add_test(t, action_start_faults);
	tcase_add_test(t, action_stop_results);
	tcase_add_test(t, stop_and_start);
	tcase_add_test(t, cancelled_and_forgotten);
	tcase_add_test(t, bulks);
	tcase_add_test(t, state_sets);
	tcase_add_test(t, start_and_gone);
	tcase_add_test(t, bulks_in_order);
	tcase_add_test(t, bulk_in_vain);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
