/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/model/process.c: every cell of the state machine with fakes and a
 * fake clock, and the stories of rows P-007 to P-042, P-065 to P-072.
 */
#include "supervisord/model/process.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/api.h"
#include "supervisord/model/procfmt.h"

#define EXIT(n) ((n) << 8)

/* The fake world: what the machine did, in words, and what it will be told. */
static struct world {
	char trace[4096];
	int spawn_result, signal_result, changes, saves;
	bool refuse_start;
	int64_t armed_ms;
	struct proc_change last;
} world;

static struct process *proc;
static struct proc_settings settings;

static void
note(const char *text)
{
	ck_assert_uint_lt(
	    strlen(world.trace) + strlen(text) + 2, sizeof(world.trace));
	strcat(world.trace, text);
	strcat(world.trace, "\n");
}

static int
fake_spawn(void *arg, struct process *p, char *err, size_t len)
{
	(void)arg;
	(void)p;
	note("spawn");
	if (world.spawn_result == -1)
		(void)snprintf(err, len, "can't find command '/x'");
	return world.spawn_result;
}

static int
fake_signal(void *arg, struct process *p, int signo, bool group)
{
	char text[64], sig[PROCFMT_SIGNAL_MAX];

	(void)arg;
	(void)p;
	(void)snprintf(text, sizeof(text), "signal %s%s",
	    procfmt_signal(signo, sig), group ? " group" : "");
	note(text);
	return world.signal_result;
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
	char text[128];

	(void)arg;
	ck_assert_int_eq(process_state(p), c->to);
	world.last = *c;
	world.changes++;
	(void)snprintf(text, sizeof(text), "%s>%s pid:%d tries:%d expected:%d",
	    state_name(c->from), state_name(c->to), (int)c->pid, c->tries,
	    c->expected);
	note(text);
}

static void
fake_save(void *arg, struct process *p)
{
	(void)arg;
	(void)p;
	world.saves++;
}

static bool
fake_may_start(void *arg, struct process *p)
{
	(void)arg;
	(void)p;
	return !world.refuse_start;
}

static void APPBASE_PRINTF(3, 0)
    fake_log(void *arg, int level, const char *fmt, va_list ap)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%d ", level);

	(void)arg;
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	note(text);
}

/* Says "note" of a process in the state that is asked for. */
static enum proc_state noted = PROC_NSTATES;

static const char *
fake_note(
    void *arg, const struct process *p, int64_t now_ms, char *buf, size_t len)
{
	(void)arg;
	(void)now_ms;
	(void)snprintf(buf, len, "%s", process_state(p) == noted ? "note" : "");
	return buf;
}

static void
fake_readiness(void *arg, struct process *p)
{
	(void)arg;
	note(process_is_healthy(p)    ? "healthy"
		: process_is_ready(p) ? "ready"
				      : "unready");
}

static const struct proc_ops ops = {.spawn = fake_spawn,
    .signal = fake_signal,
    .arm = fake_arm,
    .changed = fake_changed,
    .save = fake_save,
    .may_start = fake_may_start,
    .note = fake_note,
    .readiness = fake_readiness,
    .log = fake_log};

static void
setup(void)
{
	memset(&world, 0, sizeof(world));
	world.armed_ms = PROC_NEVER;
	memset(&settings, 0, sizeof(settings));
	settings.priority = 999;
	settings.autostart = true;
	settings.autorestart = PROC_RESTART_UNEXPECTED;
	settings.startsecs = 1;
	settings.startretries = 3;
	settings.stopwaitsecs = 10;
	settings.stopsignal = SIGTERM;
	proc_settings_expect(&settings, 0);
	proc = process_new("p", &settings, &ops, NULL);
	ck_assert_ptr_nonnull(proc);
}

static void
teardown(void)
{
	process_free(proc);
}

/* The trace since the last look, as one text. */
static void
expect_trace(const char *want)
{
	ck_assert_str_eq(world.trace, want);
	world.trace[0] = '\0';
}

/* Start over with new settings. */
static void
again(void)
{
	process_free(proc);
	memset(&world, 0, sizeof(world));
	proc = process_new("p", &settings, &ops, NULL);
	ck_assert_ptr_nonnull(proc);
}

static void
run_timer(void)
{
	ck_assert_int_ne(world.armed_ms, PROC_NEVER);
	process_timer(proc, world.armed_ms, 100);
}

/* Bring the process to RUNNING at 2001 ms, started at 1000, as pid 42. */
static void
make_running(void)
{
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	process_timer(proc, 2001, 101);
	ck_assert_int_eq(process_state(proc), PROC_RUNNING);
	world.trace[0] = '\0';
}

static int
code_of(enum proc_state s)
{
	return state_code(s);
}

/* Put the process into a state by the record of an engine that died. */
static void
force(enum proc_state s)
{
	struct proc_record rec = {.state = code_of(s),
	    .started_ms = 1000,
	    .start_wall = 100,
	    .deadline_ms = PROC_NEVER};

	if (state_is_signallable(s) || s == PROC_UNKNOWN)
		rec.pid = 42;
	if (s == PROC_STARTING || s == PROC_STOPPING || s == PROC_BACKOFF ||
	    s == PROC_EXITED)
		rec.deadline_ms = 5000;
	if (s == PROC_BACKOFF)
		rec.tries = 1;
	rec.killing = s == PROC_STOPPING;
	process_restore(proc, &rec, 1000);
	ck_assert_int_eq(process_state(proc), s);
}

#define SAME PROC_NSTATES /* the event is dropped: no word, no change */

/* The state after each event, at 5000 ms; exit status 0, two tries left. */
static const enum proc_state cells[PROC_NSTATES][PROC_NEVENTS] = {
    [PROC_STOPPED] = {PROC_STARTING, PROC_STOPPED, SAME, SAME, SAME, SAME, SAME,
	SAME, SAME, SAME, PROC_FATAL},
    [PROC_STARTING] = {PROC_STARTING, PROC_STOPPING, PROC_STARTING,
	PROC_BACKOFF, PROC_EXITED, PROC_RUNNING, PROC_UNKNOWN, SAME, SAME, SAME,
	SAME},
    [PROC_RUNNING] = {PROC_RUNNING, PROC_STOPPING, SAME, SAME, PROC_EXITED,
	SAME, PROC_UNKNOWN, SAME, SAME, PROC_RUNNING, SAME},
    [PROC_BACKOFF] = {PROC_STARTING, PROC_STOPPED, SAME, SAME, SAME,
	PROC_STARTING, SAME, PROC_FATAL, SAME, SAME, SAME},
    [PROC_STOPPING] = {PROC_STOPPING, SAME, PROC_STOPPING, PROC_STOPPED,
	PROC_STOPPED, PROC_STOPPING, PROC_UNKNOWN, SAME, SAME, SAME, SAME},
    [PROC_EXITED] = {PROC_STARTING, PROC_EXITED, SAME, SAME, SAME,
	PROC_STARTING, SAME, SAME, SAME, SAME, PROC_FATAL},
    [PROC_FATAL] = {PROC_STARTING, PROC_FATAL, SAME, SAME, SAME, SAME, SAME,
	SAME, SAME, SAME, PROC_FATAL},
    [PROC_UNKNOWN] = {SAME, PROC_UNKNOWN, SAME, SAME, PROC_UNKNOWN, SAME, SAME,
	SAME, SAME, SAME, SAME},
};

/* What readiness changes of it (B-402). */
static enum proc_state
cell(enum proc_state from, enum proc_event event, bool readiness)
{
	if (readiness && from == PROC_STARTING) {
		if (event == PROC_EV_READY)
			return PROC_RUNNING;
		if (event == PROC_EV_TIMER)
			return PROC_STARTING;
		if (event == PROC_EV_EXITED)
			return PROC_BACKOFF;
	}
	return cells[from][event];
}

START_TEST(every_cell)
{
	struct proc_input in = {.now_ms = 5000,
	    .wall = 104,
	    .pid = 43,
	    .wait_status = EXIT(0),
	    .error = EPERM,
	    .text = "why"};
	bool readiness = _i >= PROC_NSTATES * PROC_NEVENTS;
	int n = _i % (PROC_NSTATES * PROC_NEVENTS);
	enum proc_state from = (enum proc_state)n / PROC_NEVENTS;
	enum proc_event event = (enum proc_event)n % PROC_NEVENTS;
	enum proc_state want = cell(from, event, readiness);

	settings.readiness = readiness;
	again();
	force(from);
	world.trace[0] = '\0';
	process_event(proc, event, &in);
	if (want == SAME) {
		ck_assert_int_eq(process_state(proc), from);
		ck_assert_str_eq(world.trace, "");
	} else {
		ck_assert_int_eq(process_state(proc), want);
		ck_assert_str_ne(world.trace, "");
	}
	/* The one setter: an event is published for each change, only then
	 * (P-027). */
	if (from == process_state(proc))
		ck_assert_int_eq(world.changes, 0);
	else
		ck_assert_int_ge(world.changes, 1);
}
END_TEST

/* Nothing leads out of UNKNOWN, nothing into STOPPED but a stop (P-024). */
START_TEST(legal_transitions)
{
	for (int to = 0; to < PROC_NSTATES; to++) {
		ck_assert(!process_may_become(PROC_UNKNOWN, to));
		ck_assert(!process_may_become(to, to));
	}
	for (int from = 0; from < PROC_NSTATES; from++)
		ck_assert_int_eq(process_may_become(from, PROC_STOPPED),
		    from == PROC_BACKOFF || from == PROC_STOPPING);
}
END_TEST

/* P-007, P-013, P-025, P-050: the story of the manual. */
START_TEST(start_and_success)
{
	process_start(proc, 1000, 100);
	expect_trace("STOPPED>STARTING pid:0 tries:0 expected:0\nspawn\n");
	ck_assert_int_eq(process_start_wall(proc), 100);
	process_spawned(proc, 42, 1002, 100);
	expect_trace("20 spawned: 'p' with pid 42\n");
	process_timer(proc, 2000, 101); /* exactly startsecs: not yet */
	ck_assert_int_eq(process_state(proc), PROC_STARTING);
	ck_assert_int_eq(world.armed_ms, 2001);
	process_timer(proc, 2001, 101);
	expect_trace("STARTING>RUNNING pid:42 tries:0 expected:0\n"
		     "20 success: p entered RUNNING state, process has stayed "
		     "up for > than 1 seconds (startsecs)\n");
	ck_assert_int_eq(process_uptime_ms(proc, 15000), 14000);
}
END_TEST

/* P-010, P-015, P-016. */
START_TEST(exits)
{
	int status;

	make_running();
	process_exited(proc, EXIT(0), 3000, 102);
	expect_trace("RUNNING>EXITED pid:42 tries:0 expected:1\n"
		     "20 exited: p (exit status 0; expected)\n");
	ck_assert_int_eq(process_deadline_ms(proc), PROC_NEVER);
	ck_assert_int_eq(process_pid(proc), 0);
	ck_assert(process_exitstatus(proc, &status) && status == 0);
	ck_assert_str_eq(process_spawnerr(proc), "");
	again();
	make_running();
	process_exited(proc, EXIT(3), 3000, 102);
	expect_trace("RUNNING>EXITED pid:42 tries:0 expected:0\n"
		     "30 exited: p (exit status 3; not expected)\n");
	ck_assert_str_eq(process_spawnerr(proc), "Bad exit code 3");
	ck_assert_int_eq(world.armed_ms, 3000); /* again, without delay */
	run_timer();
	expect_trace("EXITED>STARTING pid:0 tries:0 expected:0\nspawn\n");
	ck_assert(!process_exitstatus(proc, &status));
	again();
	make_running();
	process_exited(proc, SIGKILL, 3000, 102);
	expect_trace("RUNNING>EXITED pid:42 tries:0 expected:0\n"
		     "30 exited: p (terminated by SIGKILL; not expected)\n");
	ck_assert_str_eq(process_spawnerr(proc), "Bad exit code -1");
	ck_assert(process_exitstatus(proc, &status) && status == -1);
}
END_TEST

/* autorestart=true and =false with either exit. */
START_TEST(autorestart)
{
	settings.autorestart = PROC_RESTART_ALWAYS;
	again();
	make_running();
	process_exited(proc, EXIT(0), 3000, 102);
	ck_assert_int_eq(world.armed_ms, 3000);
	settings.autorestart = PROC_RESTART_NEVER;
	again();
	make_running();
	process_exited(proc, EXIT(1), 3000, 102);
	ck_assert_int_eq(process_deadline_ms(proc), PROC_NEVER);
}
END_TEST

/* P-012, P-009, P-017, P-029: four attempts, delays 1, 2, 3, then FATAL. */
START_TEST(backoff_to_fatal)
{
	int64_t now = 1000;
	int status;

	process_start(proc, now, 100);
	for (int tries = 1; tries <= 4; tries++) {
		char want[256];

		process_spawned(proc, 42, now, 100);
		world.trace[0] = '\0';
		process_exited(proc, EXIT(0), now + 500, 100);
		(void)snprintf(want, sizeof(want),
		    "STARTING>BACKOFF pid:42 tries:%d expected:0\n"
		    "30 exited: p (exit status 0; not expected)\n",
		    tries);
		expect_trace(want);
		ck_assert_str_eq(process_spawnerr(proc),
		    "Exited too quickly (process log may have details)");
		ck_assert(!process_exitstatus(proc, &status));
		ck_assert_int_eq(status, 0);
		if (tries == 4)
			break;
		ck_assert_int_eq(
		    world.armed_ms, now + 500 + (int64_t)tries * 1000);
		now = world.armed_ms;
		process_timer(proc, now, 100);
		(void)snprintf(want, sizeof(want),
		    "BACKOFF>STARTING pid:0 tries:%d expected:0\nspawn\n",
		    tries);
		expect_trace(want);
	}
	ck_assert_int_eq(world.armed_ms, now + 500);
	run_timer();
	expect_trace("BACKOFF>FATAL pid:0 tries:0 expected:0\n"
		     "20 gave up: p entered FATAL state, too many start "
		     "retries too quickly\n");
	ck_assert_int_eq(process_tries(proc), 0);
}
END_TEST

/* P-011: it could not be asked for, or not be forked. */
START_TEST(spawn_errors)
{
	world.spawn_result = -1;
	process_start(proc, 1000, 100);
	expect_trace("STOPPED>STARTING pid:0 tries:0 expected:0\nspawn\n"
		     "20 spawnerr: can't find command '/x'\n"
		     "STARTING>BACKOFF pid:0 tries:1 expected:0\n");
	world.spawn_result = 0;
	run_timer();
	world.trace[0] = '\0';
	process_spawn_failed(
	    proc, "Too many processes in process table to spawn 'p'", 2000);
	expect_trace("20 spawnerr: Too many processes in process table to "
		     "spawn 'p'\n"
		     "STARTING>BACKOFF pid:0 tries:2 expected:0\n");
	ck_assert_int_eq(process_stop_wall(proc), 0); /* P-040 */
}
END_TEST

/* P-014: it left after startsecs, before the timer was looked at. */
START_TEST(exit_before_success)
{
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	world.trace[0] = '\0';
	process_exited(proc, EXIT(0), 2000, 101);
	expect_trace("STARTING>RUNNING pid:42 tries:0 expected:0\n"
		     "RUNNING>EXITED pid:42 tries:0 expected:1\n"
		     "20 exited: p (exit status 0; expected)\n");
}
END_TEST

/* P-030: never too quickly; but not more often than ten times a second. */
START_TEST(startsecs_zero)
{
	settings.startsecs = 0;
	settings.autorestart = PROC_RESTART_ALWAYS;
	again();
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1001, 100);
	ck_assert_int_eq(world.armed_ms, 1001);
	run_timer();
	ck_assert_int_eq(process_state(proc), PROC_RUNNING);
	process_exited(proc, EXIT(0), 1002, 100);
	ck_assert_int_eq(world.armed_ms, 1100);
	run_timer();
	ck_assert_int_eq(process_state(proc), PROC_STARTING);
	process_spawned(proc, 43, 1101, 100);
	process_exited(proc, EXIT(1), 1101, 100); /* before the timer */
	ck_assert_int_eq(process_state(proc), PROC_EXITED);
}
END_TEST

/* P-018, P-028: a stop in BACKOFF, and the counter of the next start. */
START_TEST(stop_in_backoff)
{
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	process_exited(proc, EXIT(1), 1100, 100);
	world.trace[0] = '\0';
	ck_assert(process_stop(proc, 1200));
	expect_trace("10 Attempted to kill p, which is in BACKOFF state.\n"
		     "BACKOFF>STOPPED pid:0 tries:0 expected:0\n");
	ck_assert_int_eq(world.armed_ms, PROC_NEVER);
	process_start(proc, 1300, 100);
	ck_assert_int_eq(world.last.tries, 0);
}
END_TEST

/* P-020, P-021, P-022, P-065 to P-067. */
START_TEST(stop_and_kill)
{
	make_running();
	ck_assert(process_stop(proc, 3000));
	expect_trace("10 killing p (pid 42) with signal SIGTERM\n"
		     "RUNNING>STOPPING pid:42 tries:0 expected:0\n"
		     "signal SIGTERM\n");
	ck_assert_int_eq(world.armed_ms, 13000);
	ck_assert(!process_stop(proc, 3001));
	expect_trace("");
	run_timer();
	expect_trace("30 killing 'p' (42) with SIGKILL\n"
		     "10 killing p (pid 42) with signal SIGKILL\n"
		     "signal SIGKILL\n");
	ck_assert_int_eq(world.armed_ms, 23000); /* again until reaped */
	process_exited(proc, SIGKILL, 13001, 111);
	expect_trace("STOPPING>STOPPED pid:42 tries:0 expected:0\n"
		     "30 stopped: p (terminated by SIGKILL)\n");
	ck_assert_int_eq(world.armed_ms, PROC_NEVER);
	settings.stopasgroup = settings.killasgroup = true;
	settings.stopsignal = SIGINT;
	again();
	make_running();
	process_stop(proc, 3000);
	run_timer();
	expect_trace("10 killing p (pid 42) process group with signal SIGINT\n"
		     "RUNNING>STOPPING pid:42 tries:0 expected:0\n"
		     "signal SIGINT group\n"
		     "30 killing 'p' (42) with SIGKILL\n"
		     "10 killing p (pid 42) process group with signal "
		     "SIGKILL\n"
		     "signal SIGKILL group\n");
	process_exited(proc, EXIT(0), 13001, 111);
	expect_trace("STOPPING>STOPPED pid:42 tries:0 expected:0\n"
		     "20 stopped: p (exit status 0)\n");
}
END_TEST

/* A stop that overtakes the keeper's answer. */
START_TEST(stop_before_pid)
{
	process_start(proc, 1000, 100);
	world.trace[0] = '\0';
	process_stop(proc, 1001);
	expect_trace("STARTING>STOPPING pid:0 tries:0 expected:0\n");
	process_spawned(proc, 42, 1002, 100);
	expect_trace("20 spawned: 'p' with pid 42\n"
		     "10 killing p (pid 42) with signal SIGTERM\n"
		     "signal SIGTERM\n");
	ck_assert_int_eq(world.armed_ms, 11002);
}
END_TEST

/* P-023, P-024, P-068. */
START_TEST(signal_errors)
{
	make_running();
	world.signal_result = ESRCH;
	process_stop(proc, 3000);
	ck_assert_int_eq(process_state(proc), PROC_STOPPING);
	ck_assert_ptr_nonnull(strstr(world.trace,
	    "10 unable to signal p (pid 42), it probably just exited on its "
	    "own: [Errno 3] No such process\n"));
	again();
	make_running();
	world.signal_result = EPERM;
	process_stop(proc, 3000);
	ck_assert_int_eq(process_state(proc), PROC_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(world.trace, ">UNKNOWN")); /* P-122 */
	ck_assert_ptr_nonnull(strstr(world.trace,
	    "50 unknown problem killing p (42):[Errno 1] Operation not "
	    "permitted\n"));
	ck_assert(!process_is_killing(proc));
	ck_assert_int_eq(process_deadline_ms(proc), PROC_NEVER);
	again();
	make_running();
	world.signal_result = EPERM;
	ck_assert_int_eq(process_signal(proc, SIGUSR1, 3000), EPERM);
	ck_assert_ptr_nonnull(
	    strstr(world.trace, "50 unknown problem sending sig p (42):"));
}
END_TEST

/* P-069, P-071: plain signals change nothing. */
START_TEST(plain_signal)
{
	make_running();
	ck_assert_int_eq(process_signal(proc, SIGCONT, 3000), 0);
	expect_trace("10 sending p (pid 42) sig SIGCONT\nsignal SIGCONT\n");
	ck_assert_int_eq(process_state(proc), PROC_RUNNING);
	again();
	ck_assert_int_eq(process_signal(proc, SIGCONT, 3000), ESRCH);
	ck_assert(!process_stop(proc, 3000));
	ck_assert_ptr_nonnull(strstr(world.trace,
	    "10 attempted to kill p with sig SIGTERM but it wasn't "
	    "running\n"));
}
END_TEST

/* P-041: a start while something runs or is being stopped. */
START_TEST(already_running)
{
	make_running();
	process_stop(proc, 3000);
	world.trace[0] = '\0';
	process_start(proc, 3001, 102);
	expect_trace("30 process 'p' already running\n");
}
END_TEST

/* C-254: no transition starts a process once the supervisor stops. */
START_TEST(no_start_in_shutdown)
{
	make_running();
	process_exited(proc, EXIT(1), 3000, 102);
	world.refuse_start = true;
	world.trace[0] = '\0';
	run_timer();
	expect_trace("");
	ck_assert_int_eq(process_state(proc), PROC_EXITED);
}
END_TEST

/* P-072: stopwaitsecs=0 kills in the next turn. */
START_TEST(stopwaitsecs_zero)
{
	settings.stopwaitsecs = 0;
	again();
	make_running();
	process_stop(proc, 3000);
	ck_assert_int_eq(world.armed_ms, 3000);
}
END_TEST

/* A timer that another event has overtaken does nothing. */
START_TEST(stale_timer)
{
	make_running();
	process_timer(proc, 999999, 200);
	expect_trace("");
}
END_TEST

/* What the engine leaves is what the next one goes on with. */
START_TEST(record_and_restore)
{
	struct proc_record rec;
	struct process *next;
	int status;

	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	process_exited(proc, EXIT(1), 1200, 100);
	process_record(proc, &rec);
	ck_assert_int_eq(rec.state, 30);
	next = process_new("p", &settings, &ops, NULL);
	world.armed_ms = PROC_NEVER;
	process_restore(next, &rec, 5000);
	ck_assert_int_eq(process_state(next), PROC_BACKOFF);
	ck_assert_int_eq(process_tries(next), 1);
	ck_assert_int_eq(world.armed_ms, 5000); /* 2200 is over */
	ck_assert_str_eq(process_spawnerr(next), process_spawnerr(proc));
	ck_assert_int_eq(process_stop_wall(next), 100);
	ck_assert(!process_exitstatus(next, &status));
	process_free(next);
}
END_TEST

/* */
START_TEST(descriptions)
{
	char buf[600];

	ck_assert_str_eq(
	    process_description(proc, 0, buf, sizeof(buf)), "Not started");
	make_running();
	ck_assert_str_eq(process_description(proc, 15999, buf, sizeof(buf)),
	    "pid 42, uptime 0:00:14");
	ck_assert_str_eq(process_description(proc, 86406000, buf, sizeof(buf)),
	    "pid 42, uptime 1 day, 0:00:05");
	process_exited(proc, EXIT(0), 100000000, 1763659000);
	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_str_eq(
	    process_description(proc, 0, buf, sizeof(buf)), "Nov 20 05:16 PM");
	again();
	force(PROC_FATAL);
	ck_assert_str_eq(process_description(proc, 0, buf, sizeof(buf)),
	    "unknown error (try \"tail p\")");
}
END_TEST

/* B-402: RUNNING is entered by READY, however long it takes. */
START_TEST(readiness)
{
	settings.readiness = true;
	again();
	process_start(proc, 1000, 100);
	process_ready(proc, "early", 1000); /* no program yet */
	process_spawned(proc, 42, 1000, 100);
	ck_assert_int_eq(process_deadline_ms(proc), PROC_NEVER);
	world.trace[0] = '\0';
	ck_assert(!process_is_ready(proc));
	process_ready(proc, "it said so", 60000);
	expect_trace("STARTING>RUNNING pid:42 tries:0 expected:0\n"
		     "20 success: p entered RUNNING state, process is ready "
		     "(it said so)\n");
	ck_assert(process_is_ready(proc) && process_is_healthy(proc));
	process_unready(proc, 61000);
	expect_trace("unready\n");
	process_unready(proc, 61001);
	expect_trace("");
	ck_assert(!process_is_ready(proc) && !process_is_healthy(proc));
	process_ready(proc, "again", 62000);
	expect_trace("healthy\n");
	process_exited(proc, EXIT(0), 63000, 102);
	ck_assert_int_eq(process_state(proc), PROC_EXITED);
	ck_assert(process_marks(proc) & PROC_MARK_EXITED_OK);
}
END_TEST

/* B-402: ready_timeout; the start has failed, and the next one is tried. */
START_TEST(not_ready_in_time)
{
	settings.readiness = true;
	settings.ready_timeout = 5;
	settings.startretries = 0;
	again();
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1200, 100);
	ck_assert_int_eq(world.armed_ms, 6000);
	process_extend(proc, 7000, 2000); /* EXTEND_TIMEOUT_USEC */
	ck_assert_int_eq(world.armed_ms, 9000);
	process_extend(proc, 1000, 2000); /* never earlier */
	ck_assert_int_eq(world.armed_ms, 9000);
	world.trace[0] = '\0';
	run_timer();
	expect_trace("30 killing 'p' (42) with SIGTERM: it was not ready in "
		     "time\nsignal SIGTERM\n");
	process_ready(proc, "too late", 9500);
	expect_trace("");
	ck_assert_int_eq(process_state(proc), PROC_STARTING);
	ck_assert_int_eq(world.armed_ms, 19000);
	run_timer();
	expect_trace("30 killing 'p' (42) with SIGKILL: it does not end\n"
		     "signal SIGKILL\n");
	process_exited(proc, SIGKILL, 19001, 119);
	expect_trace("STARTING>BACKOFF pid:42 tries:1 expected:0\n"
		     "30 exited: p (terminated by SIGKILL; not expected)\n");
	ck_assert_str_eq(process_spawnerr(proc), "Not ready in time");
	ck_assert(!process_is_killing(proc));
	run_timer();
	ck_assert_int_eq(process_state(proc), PROC_FATAL);
}
END_TEST

/* A stop by hand while it is killed for being late is a stop. */
START_TEST(stopped_when_late)
{
	settings.readiness = true;
	settings.ready_timeout = 5;
	again();
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	run_timer();
	ck_assert(process_stop(proc, 7000));
	process_exited(proc, SIGTERM, 7001, 107);
	ck_assert_int_eq(process_state(proc), PROC_STOPPED);
}
END_TEST

/* B-402: before it is ready no exit is a success. */
START_TEST(exit_before_ready)
{
	settings.readiness = true;
	settings.startsecs = 0;
	again();
	process_start(proc, 1000, 100);
	process_spawned(proc, 42, 1000, 100);
	process_exited(proc, EXIT(0), 9000, 109);
	ck_assert_int_eq(process_state(proc), PROC_BACKOFF);
	ck_assert_str_eq(process_spawnerr(proc),
	    "Exited before it was ready (process log may have details)");
}
END_TEST

/* B-403: with a health check it is healthy when that has said so. */
START_TEST(health)
{
	settings.healthcheck = true;
	again();
	make_running();
	ck_assert(process_is_ready(proc) && !process_is_healthy(proc));
	process_set_healthy(proc, true);
	expect_trace("healthy\n");
	process_set_healthy(proc, true);
	expect_trace("");
	process_set_healthy(proc, false);
	expect_trace("ready\n");
	process_exited(proc, EXIT(1), 3000, 102);
	ck_assert(!process_is_healthy(proc));
}
END_TEST

/* B-305, B-403: restarted once it is stopped, unless somebody stops it. */
START_TEST(restart)
{
	make_running();
	ck_assert(process_restart(proc, 3000));
	process_exited(proc, EXIT(0), 3100, 103);
	ck_assert_int_eq(process_state(proc), PROC_STARTING);
	process_spawned(proc, 43, 3100, 103);
	ck_assert(process_restart(proc, 3200));
	ck_assert(!process_stop(proc, 3300)); /* it is stopping */
	process_exited(proc, EXIT(0), 3400, 103);
	ck_assert_int_eq(process_state(proc), PROC_STOPPED);
	ck_assert(!process_restart(proc, 3500));
	ck_assert_int_eq(process_state(proc), PROC_STOPPED);
}
END_TEST

/* B-302, B-303: a start that waits, is stopped, is refused. */
START_TEST(waiting)
{
	struct proc_record rec;
	char buf[600];

	process_wait(proc, 7000);
	ck_assert_int_eq(process_state(proc), PROC_STOPPED);
	ck_assert_int_eq(process_entered_ms(proc), 7000);
	noted = PROC_STOPPED;
	ck_assert_str_eq(
	    process_description(proc, 8000, buf, sizeof(buf)), "note");
	process_record(proc, &rec);
	again();
	process_restore(proc, &rec, 9000);
	ck_assert(process_marks(proc) & PROC_MARK_WAITING);
	ck_assert_int_eq(process_entered_ms(proc), 7000);
	ck_assert(!process_stop(proc, 9000));
	ck_assert_uint_eq(process_marks(proc), 0);
	process_wait(proc, 9000);
	world.trace[0] = '\0';
	process_refuse(proc, "db is FATAL", 9100);
	expect_trace("40 not started: p, because db is FATAL\n"
		     "STOPPED>FATAL pid:0 tries:0 expected:0\n");
	ck_assert_str_eq(
	    process_description(proc, 9200, buf, sizeof(buf)), "db is FATAL");
	process_start(proc, 9300, 109);
	ck_assert_int_eq(process_state(proc), PROC_STARTING);
	ck_assert(process_has_reached(proc, PROC_STARTING));
	ck_assert(!process_has_reached(proc, PROC_FATAL)); /* a new start */
	noted = PROC_NSTATES;
}
END_TEST

/* A note stands behind what is said of a running process. */
START_TEST(noted_running)
{
	char buf[600];

	make_running();
	noted = PROC_RUNNING;
	ck_assert_str_eq(process_description(proc, 15999, buf, sizeof(buf)),
	    "pid 42, uptime 0:00:14, note");
	noted = PROC_NSTATES;
}
END_TEST

/* P-031, P-032. */
START_TEST(texts)
{
	char buf[PROCFMT_STATUS_MAX], sig[PROCFMT_SIGNAL_MAX];
	char up[PROCFMT_UPTIME_MAX];

	ck_assert_str_eq(procfmt_status(EXIT(7), buf), "exit status 7");
	ck_assert_str_eq(procfmt_status(SIGSEGV, buf), "terminated by SIGSEGV");
	ck_assert_str_eq(procfmt_status(SIGABRT | 0x80, buf),
	    "terminated by SIGABRT (core dumped)");
	ck_assert_str_eq(
	    procfmt_status(0x137f, buf), "unknown termination cause 0x137f");
	ck_assert_str_eq(procfmt_signal(17, sig), "SIGCHLD");
	ck_assert_str_eq(procfmt_signal(29, sig), "SIGPOLL");
	ck_assert_str_eq(procfmt_signal(34, sig), "SIGRTMIN");
	ck_assert_str_eq(procfmt_signal(35, sig), "signal 35");
	ck_assert_str_eq(procfmt_signal(64, sig), "SIGRTMAX");
	ck_assert_str_eq(
	    procfmt_uptime(2 * 86400 + 11045, up), "2 days, 3:04:05");
	ck_assert_str_eq(procfmt_uptime(-5, up), "0:00:00");
	ck_assert_str_eq(procfmt_errno(ENOENT, buf), "ENOENT");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("process");
	TCase *t = tcase_create("process");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_cell, 0, 2 * PROC_NSTATES * PROC_NEVENTS);
	tcase_add_test(t, legal_transitions);
	tcase_add_test(t, start_and_success);
	tcase_add_test(t, exits);
	tcase_add_test(t, autorestart);
	tcase_add_test(t, backoff_to_fatal);
	tcase_add_test(t, spawn_errors);
	tcase_add_test(t, exit_before_success);
	tcase_add_test(t, startsecs_zero);
	tcase_add_test(t, stop_in_backoff);
	tcase_add_test(t, stop_and_kill);
	tcase_add_test(t, stop_before_pid);
	tcase_add_test(t, signal_errors);
	tcase_add_test(t, plain_signal);
	tcase_add_test(t, already_running);
	tcase_add_test(t, no_start_in_shutdown);
	tcase_add_test(t, stopwaitsecs_zero);
	tcase_add_test(t, stale_timer);
	tcase_add_test(t, record_and_restore);
	tcase_add_test(t, descriptions);
	tcase_add_test(t, readiness);
	tcase_add_test(t, not_ready_in_time);
	tcase_add_test(t, stopped_when_late);
	tcase_add_test(t, exit_before_ready);
	tcase_add_test(t, health);
	tcase_add_test(t, restart);
	tcase_add_test(t, waiting);
	tcase_add_test(t, noted_running);
	tcase_add_test(t, texts);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
