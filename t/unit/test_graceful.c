/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model/graceful.c with a fake world and a fake clock: every mode,
 * what else may happen meanwhile, and what a new engine takes up (B-101 to
 * B-107).  And the race of B-102 with a real worker and real signals:
 * RACE=10000 for all of it.
 */
#include "supervisord/model/graceful.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appbase/api.h"
#include "supervisord/io/lockfile.h"
#include "supervisord/model/procfmt.h"

#define EXIT(n) ((n) << 8)
#define RACES	200

/* The fake world: what was done, in words, and what it will be told. */
static struct world {
	char trace[4096];
	bool file, frozen, stopping, bad;
	bool held; /* the lock */
	int64_t now, armed_ms;
	pid_t next_pid;
	struct graceful_record saved;
	enum action_result result;
	char detail[PROC_SPAWNERR_MAX];
	int done, wakes;
} world;

static struct proc_settings settings;
static struct graceful_settings set;
static struct process *proc;
static struct gracefuls *all;

static void APPBASE_PRINTF(1, 2) note(const char *fmt, ...)
{
	size_t n = strlen(world.trace);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(world.trace + n, sizeof(world.trace) - n, fmt, ap);
	va_end(ap);
	(void)strlcat(world.trace, "; ", sizeof(world.trace));
}

static int
fake_spawn(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	note("spawn");
	return 0;
}

static int
fake_signal(void *arg, struct process *p, int signo, bool group)
{
	char sig[PROCFMT_SIGNAL_MAX];

	(void)arg;
	(void)p;
	note("%s%s", procfmt_signal(signo, sig) + 3, group ? " group" : "");
	return 0;
}

static void
fake_arm(void *arg, struct process *p, int64_t when_ms)
{
	(void)arg;
	(void)p;
	world.armed_ms = when_ms;
}

static void
fake_changed(void *arg, struct process *p, const struct proc_change *c)
{
	(void)arg;
	(void)p;
	note("%s%s", state_name(c->to),
	    c->to == PROC_EXITED && c->expected ? " expected" : "");
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
	return !world.stopping;
}

static void APPBASE_PRINTF(3, 0)
    fake_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	(void)level;
	(void)fmt;
	(void)ap;
}

static const struct graceful_settings *
fake_settings(void *arg, const struct process *p)
{
	(void)arg;
	(void)p;
	return &set;
}

static enum graceful_lock
fake_look(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	note("look");
	if (world.bad) {
		(void)snprintf(err, len, "cannot look");
		return GRACEFUL_LOCK_BAD;
	}
	return world.file ? GRACEFUL_LOCK_HELD : GRACEFUL_LOCK_FREE;
}

static enum graceful_lock
fake_remove(void *arg, struct process *p, char *err, size_t len)
{
	bool there = world.file;

	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	/* What is asked is on record before. */
	ck_assert_int_eq(world.saved.phase, GRACEFUL_DRAINING);
	world.file = false;
	note("remove");
	return there ? GRACEFUL_LOCK_HELD : GRACEFUL_LOCK_FREE;
}

static enum graceful_lock
fake_lock(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	note("lock");
	return world.held ? GRACEFUL_LOCK_HELD : GRACEFUL_LOCK_FREE;
}

static void
fake_unlock(void *arg, struct process *p)
{
	(void)arg;
	(void)p;
	note("unlock");
}

static bool
fake_is_frozen(void *arg, const struct process *p)
{
	(void)arg;
	(void)p;
	return world.frozen;
}

static void
fake_save(void *arg, struct process *p, const struct graceful_record *rec)
{
	(void)arg;
	(void)p;
	world.saved = *rec;
}

static void
fake_wake(void *arg)
{
	(void)arg;
	world.wakes++;
}

static const struct proc_ops proc_ops = {.spawn = fake_spawn,
    .signal = fake_signal,
    .arm = fake_arm,
    .changed = fake_changed,
    .save = fake_save_process,
    .may_start = fake_may_start,
    .log = fake_log};
static const struct graceful_ops ops = {.settings = fake_settings,
    .look = fake_look,
    .remove = fake_remove,
    .lock = fake_lock,
    .unlock = fake_unlock,
    .is_frozen = fake_is_frozen,
    .signal = fake_signal,
    .may_start = fake_may_start,
    .save = fake_save,
    .wake = fake_wake,
    .log = fake_log};

static void
setup(void)
{
	memset(&world, 0, sizeof(world));
	world.now = 1000;
	world.next_pid = 41;
	world.armed_ms = PROC_NEVER;
	settings = (struct proc_settings){.startsecs = 1,
	    .startretries = 3,
	    .stopwaitsecs = 10,
	    .stopsignal = SIGTERM};
	set = (struct graceful_settings){.mode = GRACEFUL_LOCKFILE,
	    .reload_signal = SIGHUP,
	    .lockfile = "/tmp/lock"};
	proc = process_new("p", &settings, &proc_ops, NULL);
	all = gracefuls_new(&ops, NULL);
	ck_assert(proc != NULL && all != NULL);
}

static void
teardown(void)
{
	gracefuls_free(all);
	process_free(proc);
}

/* What has happened since the last look, as one text. */
static void
expect(const char *want)
{
	ck_assert_str_eq(world.trace, want);
	world.trace[0] = '\0';
}

static void
run(int64_t later_ms)
{
	world.now += later_ms;
	gracefuls_run(all, world.now, 100);
}

/* The program that was asked for lives, and stays up. */
static void
come_up(void)
{
	process_spawned(proc, ++world.next_pid, world.now, 100);
	world.now = world.armed_ms;
	process_timer(proc, world.now, 100);
	run(0);
}

static void
make_running(void)
{
	process_start(proc, world.now, 100);
	come_up();
	world.trace[0] = '\0';
}

static void
on_done(
    struct process *p, enum action_result result, const char *detail, void *arg)
{
	ck_assert_ptr_eq(p, proc);
	ck_assert_ptr_eq(arg, &world);
	world.done++;
	world.result = result;
	(void)snprintf(world.detail, sizeof(world.detail), "%s", detail);
}

static enum action_result
begin_request(struct graceful_request request)
{
	return graceful_begin(all, proc, &request, world.now, 100, on_done,
	    &world, NULL, world.detail, sizeof(world.detail));
}

static void
begin(void)
{
	ck_assert_int_eq(
	    begin_request((struct graceful_request){0}), ACTION_PENDING);
	run(0);
}

static void
expect_done(enum action_result result, const char *detail)
{
	ck_assert_int_eq(world.done, 1);
	ck_assert_int_eq(world.result, result);
	ck_assert_str_eq(world.detail, detail);
	ck_assert_int_eq(world.saved.phase, GRACEFUL_NONE);
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_NONE);
	ck_assert_int_eq(gracefuls_wakeup_ms(all, world.now), PROC_NEVER);
	world.done = 0;
}

static void
leave(int status)
{
	process_exited(proc, status, world.now, 100);
	run(0);
}

/* A new engine: the same process, and what was on record. */
static void
replace_engine(void)
{
	gracefuls_free(all);
	all = gracefuls_new(&ops, NULL);
	ck_assert_int_eq(
	    graceful_restore(all, proc, &world.saved, world.now), 0);
	world.trace[0] = '\0';
}

START_TEST(lockfile_at_work) /* B-102 */
{
	make_running();
	world.file = true;
	begin();
	expect("look; remove; remove; ");
	run(50);
	expect("remove; ");
	world.file = true; /* it came back: removed again */
	run(50);
	ck_assert(!world.file);
	expect("remove; ");
	leave(EXIT(7)); /* any exit is expected, and it comes back */
	expect("EXITED expected; ");
	ck_assert_int_eq(world.done, 0);
	process_timer(proc, world.armed_ms, 100);
	come_up();
	expect("STARTING; spawn; RUNNING; ");
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(lockfile_idle) /* B-102 */
{
	make_running();
	begin();
	expect("look; STOP group; ");
	ck_assert_int_eq(gracefuls_wakeup_ms(all, world.now), world.now + 1);
	run(1);
	expect(""); /* it has not stopped yet */
	world.frozen = true;
	run(1);
	expect("look; STOPPING; TERM; CONT group; ");
	leave(SIGTERM);
	expect("STOPPED; STARTING; spawn; ");
	come_up();
	expect("RUNNING; ");
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(lockfile_race) /* B-102: the file is made before it is stopped */
{
	make_running();
	begin();
	world.file = world.frozen = true;
	world.trace[0] = '\0';
	run(1);
	expect("look; remove; CONT group; remove; ");
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_DRAINING);
	leave(EXIT(0));
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_START);
}
END_TEST

START_TEST(lockfile_bad)
{
	make_running();
	world.bad = true;
	begin();
	expect("look; ");
	expect_done(ACTION_FAILED, "cannot look");
	world.bad = false;
	begin();
	world.trace[0] = '\0';
	world.bad = world.frozen = true;
	run(1); /* never left stopped */
	expect("look; CONT group; ");
	expect_done(ACTION_FAILED, "cannot look");
	ck_assert_int_eq(process_state(proc), PROC_RUNNING);
}
END_TEST

START_TEST(killed_while_draining) /* a crash is not the exit asked for */
{
	make_running();
	world.file = true;
	begin();
	world.trace[0] = '\0';
	leave(SIGSEGV);
	expect("EXITED; ");
	ck_assert_int_ne(world.armed_ms, PROC_NEVER); /* but it comes back */
}
END_TEST

START_TEST(drain) /* B-103 */
{
	set.mode = GRACEFUL_DRAIN;
	set.drain_signal = SIGUSR1;
	make_running();
	world.held = true;
	begin();
	expect("USR1; lock; ");
	run(10);
	expect("lock; ");
	world.held = false;
	run(10);
	expect("lock; STOPPING; TERM; ");
	leave(SIGTERM); /* the lock is given back before the new one */
	expect("STOPPED; unlock; STARTING; spawn; ");
	come_up();
	expect("RUNNING; ");
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(signals) /* B-104 */
{
	set.mode = GRACEFUL_SIGNAL;
	make_running();
	begin();
	expect("HUP; ");
	expect_done(ACTION_SUCCESS, "");
	set.expect = GRACEFUL_EXPECT_STAY;
	begin();
	expect("HUP; ");
	ck_assert_int_eq(world.done, 0);
	run(999);
	ck_assert_int_eq(world.done, 0);
	run(1);
	expect_done(ACTION_SUCCESS, "");
	begin();
	leave(EXIT(1));
	expect_done(ACTION_FAILED, "it did not stay up after SIGHUP");
	process_start(proc, world.now, 100);
	come_up();
	set.expect = GRACEFUL_EXPECT_EXIT;
	begin();
	world.trace[0] = '\0';
	leave(EXIT(9));
	expect("EXITED expected; ");
	process_timer(proc, world.armed_ms, 100);
	come_up();
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(restart_mode)
{
	set.mode = GRACEFUL_RESTART;
	make_running();
	begin();
	expect("STOPPING; TERM; ");
	leave(SIGTERM);
	come_up();
	expect("STOPPED; STARTING; spawn; RUNNING; ");
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(timeouts) /* B-107 */
{
	char text[64];

	make_running();
	set.drain_timeout = 42;
	world.file = true;
	begin();
	ck_assert_str_eq(
	    graceful_note(all, proc, world.now + 41999, text, sizeof(text)),
	    "draining, 41s");
	run(41999);
	ck_assert_int_eq(world.done, 0);
	ck_assert_int_eq(gracefuls_wakeup_ms(all, world.now), world.now + 1);
	run(1);
	expect_done(ACTION_FAILED, "still at work after 42 seconds");
	world.trace[0] = '\0';
	leave(EXIT(0)); /* it was asked, and may still do it */
	expect("EXITED expected; ");
	process_timer(proc, world.armed_ms, 100);
	come_up();
	set.stop_on_timeout = world.file = true;
	begin();
	world.trace[0] = '\0';
	run(42000);
	expect("STOPPING; TERM; ");
	leave(SIGTERM);
	come_up();
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(stop_is_obeyed) /* B-107 */
{
	make_running();
	world.file = true;
	begin();
	world.trace[0] = '\0';
	graceful_stopped(all, proc);
	(void)process_stop(proc, world.now);
	run(0);
	expect("STOPPING; TERM; ");
	expect_done(ACTION_ABNORMAL_TERMINATION, "it was stopped meanwhile");
	leave(SIGTERM);
	expect("STOPPED; "); /* and that is all */
	ck_assert_int_eq(world.armed_ms, PROC_NEVER);
}
END_TEST

START_TEST(stop_while_frozen)
{
	make_running();
	begin();
	world.trace[0] = '\0';
	graceful_stopped(all, proc);
	(void)process_stop(proc, world.now);
	run(0);
	expect("CONT group; STOPPING; TERM; ");
	expect_done(ACTION_ABNORMAL_TERMINATION, "it was stopped meanwhile");
}
END_TEST

START_TEST(stop_while_stopping) /* by us: it is not started again */
{
	make_running();
	set.mode = GRACEFUL_RESTART;
	begin();
	graceful_stopped(all, proc);
	run(0);
	expect_done(ACTION_ABNORMAL_TERMINATION, "it was stopped meanwhile");
	world.trace[0] = '\0';
	leave(SIGTERM);
	expect("STOPPED; ");
}
END_TEST

START_TEST(shutdown)
{
	make_running();
	begin();
	world.trace[0] = '\0';
	world.stopping = true;
	run(1);
	expect("CONT group; ");
	expect_done(ACTION_ABNORMAL_TERMINATION, "supervisord is stopping");
}
END_TEST

START_TEST(states) /* what is asked of a process that does not run */
{
	ck_assert_int_eq(
	    begin_request((struct graceful_request){0}), ACTION_NOT_RUNNING);
	process_start(proc, world.now, 100); /* STARTING is waited for */
	world.trace[0] = '\0';
	begin();
	expect("");
	come_up();
	expect("RUNNING; look; STOP group; ");
	world.frozen = true;
	run(1);
	leave(SIGTERM);
	process_spawned(proc, 77, world.now, 100);
	leave(EXIT(1)); /* BACKOFF is waited for, FATAL is the end */
	ck_assert_int_eq(process_state(proc), PROC_BACKOFF);
	while (process_state(proc) != PROC_FATAL) {
		ck_assert_int_eq(world.done, 0);
		world.now = world.armed_ms;
		process_timer(proc, world.now, 100);
		if (process_state(proc) == PROC_STARTING) {
			process_spawned(proc, 78, world.now, 100);
			leave(EXIT(1));
		}
		run(0);
	}
	expect_done(ACTION_SPAWN_ERROR,
	    "Exited too quickly (process log may have details)");
	begin(); /* a mended one is started */
	come_up();
	expect_done(ACTION_SUCCESS, "");
}
END_TEST

START_TEST(stop_only) /* of update --graceful */
{
	make_running();
	world.file = true;
	ck_assert_int_eq(
	    begin_request((struct graceful_request){.stop_only = true}),
	    ACTION_PENDING);
	run(0);
	world.trace[0] = '\0';
	leave(EXIT(0));
	expect("EXITED expected; ");
	ck_assert_int_eq(process_deadline_ms(proc), PROC_NEVER);
	expect_done(ACTION_SUCCESS, "");
	ck_assert_int_eq(
	    begin_request((struct graceful_request){.stop_only = true}),
	    ACTION_NOT_RUNNING);
}
END_TEST

START_TEST(joins_and_cancels)
{
	struct graceful_waiter *w;
	struct graceful_request request = {0};

	make_running();
	world.file = true;
	begin();
	begin(); /* joins */
	ck_assert_int_eq(graceful_begin(all, proc, &request, world.now, 100,
			     on_done, NULL, &w, world.detail, 1),
	    ACTION_PENDING);
	graceful_cancel(w);
	world.file = false;
	leave(EXIT(0));
	process_timer(proc, world.armed_ms, 100);
	come_up();
	ck_assert_int_eq(world.done, 2);
}
END_TEST

START_TEST(forgotten)
{
	make_running();
	world.file = true;
	begin();
	gracefuls_forget(all, proc);
	expect_done(ACTION_ABNORMAL_TERMINATION, "it was removed meanwhile");
}
END_TEST

START_TEST(new_engine) /* in every phase */
{
	make_running();
	begin();
	ck_assert_int_eq(world.saved.phase, GRACEFUL_FREEZE);
	replace_engine();
	run(1);
	expect(""); /* still on its way to be stopped */
	world.frozen = true;
	run(1);
	expect("look; STOPPING; TERM; CONT group; ");
	gracefuls_free(all);
	all = gracefuls_new(&ops, NULL); /* whether CONT was sent or not */
	ck_assert_int_eq(
	    graceful_restore(all, proc, &world.saved, world.now), 0);
	expect("CONT group; ");
	leave(SIGTERM);
	expect("STOPPED; STARTING; spawn; ");
	replace_engine();
	come_up();
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_NONE);
	world.file = true;
	world.frozen = false;
	begin();
	replace_engine();
	run(50);
	expect("remove; ");
	process_exited(proc, EXIT(0), world.now, 100);
	replace_engine(); /* the exit was seen by nobody that lives */
	run(0);
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_START);
}
END_TEST

START_TEST(record_is_checked)
{
	struct graceful_record rec = {.phase = GRACEFUL_NPHASES};

	ck_assert_int_eq(graceful_restore(all, proc, &rec, 0), 0);
	rec = (struct graceful_record){.phase = GRACEFUL_UP, .mode = -1};
	ck_assert_int_eq(graceful_restore(all, proc, &rec, 0), 0);
	ck_assert_int_eq(graceful_phase(all, proc), GRACEFUL_NONE);
}
END_TEST

/* The race with a real worker. */

struct race_shared {
	_Atomic unsigned long begun, ended;
};
static struct race_shared *race;
static char race_lock[64];

/* The worker: touch, do the task, file gone -> exit. */
static void
race_work(void)
{
	unsigned long i, idle = 0;
	int fd;

	for (;;) {
		fd = open(race_lock, O_WRONLY | O_CREAT, 0600);
		if (fd == -1 || close(fd) == -1)
			_exit(9);
		atomic_fetch_add(&race->begun, 1);
		for (i = 0; i < 100000; i++)
			__asm__ volatile("");
		atomic_fetch_add(&race->ended, 1);
		if (access(race_lock, F_OK) == -1)
			_exit(0);
		(void)unlink(race_lock);
		idle = (idle * 1103515245 + 12345) % 60000;
		for (i = 0; i < idle; i++)
			__asm__ volatile("");
	}
}

static int
race_spawn(void *arg, struct process *p, char *err, size_t len)
{
	pid_t pid = fork();

	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	if (pid == 0) {
		(void)setpgid(0, 0);
		race_work();
	}
	ck_assert_int_gt(pid, 0);
	(void)setpgid(pid, pid);
	world.next_pid = pid;
	return 0;
}

static int
race_signal(void *arg, struct process *p, int signo, bool group)
{
	(void)arg;
	return kill(group ? -process_pid(p) : process_pid(p), signo) == 0
	    ? 0
	    : errno;
}

static enum graceful_lock
race_result(int there)
{
	ck_assert_int_ne(there, -1);
	return there ? GRACEFUL_LOCK_HELD : GRACEFUL_LOCK_FREE;
}

static enum graceful_lock
race_look(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	return race_result(lockfile_exists(race_lock));
}

static enum graceful_lock
race_remove(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	(void)err;
	(void)len;
	return race_result(lockfile_remove(race_lock));
}

static bool
race_is_frozen(void *arg, const struct process *p)
{
	(void)arg;
	return lockfile_is_stopped(process_pid(p));
}

static int64_t
race_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Does what the engine does until the worker is the newest. */
static void
race_once(void)
{
	int status;

	ck_assert_int_eq(
	    begin_request((struct graceful_request){0}), ACTION_PENDING);
	while (world.done == 0) {
		if (process_pid(proc) != 0 &&
		    waitpid(process_pid(proc), &status, WNOHANG) > 0) {
			/* Nobody is in the middle of a task. */
			ck_assert_uint_eq(race->begun, race->ended);
			process_exited(proc, status, race_now(), 100);
		}
		if (world.armed_ms <= race_now())
			process_timer(proc, race_now(), 100);
		if (process_pid(proc) == 0 &&
		    process_state(proc) == PROC_STARTING)
			process_spawned(proc, world.next_pid, race_now(), 100);
		gracefuls_run(all, race_now(), 100);
	}
	ck_assert_int_eq(world.result, ACTION_SUCCESS);
	world.done = 0;
}

START_TEST(race_with_a_worker) /* B-102 */
{
	static const struct proc_ops real_proc = {.spawn = race_spawn,
	    .signal = race_signal,
	    .arm = fake_arm,
	    .changed = fake_changed,
	    .save = fake_save_process,
	    .may_start = fake_may_start,
	    .log = fake_log};
	static const struct graceful_ops real = {.settings = fake_settings,
	    .look = race_look,
	    .remove = race_remove,
	    .is_frozen = race_is_frozen,
	    .signal = race_signal,
	    .may_start = fake_may_start,
	    .save = fake_save,
	    .wake = fake_wake,
	    .log = fake_log};
	const char *times = getenv("RACE");
	long i, n = times != NULL ? atol(times) : RACES;
	char dir[] = "/tmp/race-XXXXXX";

	(void)signal(SIGTERM, SIG_DFL); /* check has a handler */
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(race_lock, sizeof(race_lock), "%s/lock", dir);
	race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(race != MAP_FAILED);
	settings.startsecs = 0;
	process_free(proc);
	gracefuls_free(all);
	proc = process_new("p", &settings, &real_proc, NULL);
	all = gracefuls_new(&real, NULL);
	process_start(proc, race_now(), 100);
	for (i = 0; i < n; i++) {
		race_once();
		world.trace[0] = '\0';
	}
	ck_assert_uint_gt(race->begun, 0);
	ck_assert_int_eq(kill(process_pid(proc), SIGKILL), 0);
	ck_assert_int_gt(waitpid(process_pid(proc), NULL, 0), 0);
	(void)unlink(race_lock);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("graceful");
	TCase *t = tcase_create("graceful"), *real = tcase_create("race");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lockfile_at_work);
	tcase_add_test(t, lockfile_idle);
	tcase_add_test(t, lockfile_race);
	tcase_add_test(t, lockfile_bad);
	tcase_add_test(t, killed_while_draining);
	tcase_add_test(t, drain);
	tcase_add_test(t, signals);
	tcase_add_test(t, restart_mode);
	tcase_add_test(t, timeouts);
	tcase_add_test(t, stop_is_obeyed);
	tcase_add_test(t, stop_while_frozen);
	tcase_add_test(t, stop_while_stopping);
	tcase_add_test(t, shutdown);
	tcase_add_test(t, states);
	tcase_add_test(t, stop_only);
	tcase_add_test(t, joins_and_cancels);
	tcase_add_test(t, forgotten);
	tcase_add_test(t, new_engine);
	tcase_add_test(t, record_is_checked);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(real, setup, teardown);
	tcase_set_timeout(real, 300);
	tcase_add_test(real, race_with_a_worker);
	suite_add_tcase(s, real);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
