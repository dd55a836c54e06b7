/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/suprecord.c: what crosses the supervisor's exec, whole, cut and
 * corrupted (R-25 f9, T-35). */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/page.h"
#include "libappbase/supervisor.h"

static const struct appbase_class class = {.abi = APPBASE_ABI};
static struct appbase app;
static struct supervisor sup;
static pid_t worker, child;
/* What the image before had, which an exec does not free either. */
static struct appbase left_app __attribute__((__used__));
static struct supervisor left_sup __attribute__((__used__));

/* A process that lives until it is killed. */
static pid_t
sleeper(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/* An empty supervisor, as a new image has it. */
static void
fresh(void)
{
	left_app = app;
	left_sup = sup;
	memset(&app, 0, sizeof(app));
	memset(&sup, 0, sizeof(sup));
	app.cls = &class;
	app.lock_fd = -1;
	sigemptyset(&app.orig_mask);
	ck_assert_ptr_nonnull(app.listeners = listeners_new());
	ck_assert_ptr_nonnull(sup.keeper = keeper_new());
	sup.app = &app;
	sup.respawn_ms = sup.watchdog_ms = CLOCK_NEVER;
}

static void
clear(void)
{
	workproc_free(sup.active);
	keeper_free(sup.keeper);
	listeners_free(app.listeners);
	free(app.notify_socket);
	fd_close(app.lock_fd);
}

static void
setup(void)
{
	log_mute(true);
	worker = sleeper();
	child = sleeper();
	fresh();
}

static void
teardown(void)
{
	clear();
	kill(worker, SIGKILL);
	kill(child, SIGKILL);
	waitpid(worker, NULL, 0);
	waitpid(child, NULL, 0);
}

static int
some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 3);
	return fd;
}

/* One line of the record for the keeper. */
static void __attribute__((__format__(__printf__, 2, 3)))
load(const char *key, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck_assert_int_eq(keeper_load(sup.keeper, key, text), 0);
}

/* Everything there is to save. */
static void
fill(void)
{
	int line[2], chan[2];

	ck_assert_int_eq(fd_socketpair(SOCK_STREAM, line), 0);
	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, chan), 0);
	fd_close(line[1]);
	fd_close(chan[1]);
	app.generation = 41;
	app.lock_fd = some_fd();
	app.watchdog_us = 30000000;
	app.notify_socket = strdup("@abstract name");
	sigaddset(&app.orig_mask, SIGUSR1);
	sigaddset(&app.orig_mask, SIGRTMAX);
	sup.started_ms = 1234567;
	sup.restarts = 3;
	sup.reloads = 40;
	sup.reload_took_ms = 17;
	sup.respawn.failures = 2;
	sup.knows_ready = sup.was_ready = sup.reload.pending = true;
	strlcpy(sup.reload_result, "failed: candidate 5 exited\nbadly",
	    sizeof(sup.reload_result));
	sup.active = workproc_adopt(
	    worker, line[0], chan[0], fd_memory("page", PAGE_SIZE_BYTES));
	ck_assert_ptr_nonnull(sup.active);
	sup.active->started_ms = 99;
	sup.active->asked_ms = 100;
	sup.active->kill_ms = 101;
	sup.active->ready = sup.active->said_takeover = true;
	sup.active->attached = true;
	strlcpy(sup.active->status, "5 requests; 100 %",
	    sizeof(sup.active->status));
	memcpy(sup.active->lp.line, "takeov", 6);
	sup.active->lp.len = 6;
	listeners_put(app.listeners, "http", "0.0.0.0:80", some_fd(), true);
	listeners_put(app.listeners, "x", "unix:/a b", some_fd(), false);
	load("kept", "%d log.stdout", some_fd());
	load("kept", "%d state", some_fd());
	load("child",
	    "18446744073709551615 %ld 0 1 0 7 0 0 0 0 tag%%20of%%00it",
	    (long)child);
	load("child", "2 4711 1 0 2304 5 6 1024 1500 250 -");
	load("signals", "8000000000000002");
	load("told", "1");
}

/* The text of a saved record; free() it. */
static char *
saved(size_t *len)
{
	int fd = suprecord_save(&sup);
	char *text;

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(text = fd_slurp(fd, 1 << 20, len));
	close(fd);
	return text;
}

/* Loads a text into a fresh supervisor as the handoff's record. */
static int
load_text(const char *text, size_t len, const struct handoff *from)
{
	struct handoff h = *from;

	fresh();
	h.state = fd_memory("test", 0);
	ck_assert_int_ge(h.state, 0);
	ck_assert_int_eq(write(h.state, text, len), (ssize_t)len);
	return suprecord_load(&sup, &h);
}

static const struct handoff nothing = {HANDOFF_RESUME, -1, -1, -1, -1, 0};

/* Copies of all descriptors are what an exec would leave open: so the first
 * supervisor may go before the second one reads. */
START_TEST(test_round_trip)
{
	size_t len;
	char *before, *after;
	struct workproc *wp;

	fill();
	before = saved(&len);
	/* As after an exec: the same descriptors, none of the memory. */
	suprecord_cloexec(&sup, false);
	ck_assert_int_eq(fcntl(app.lock_fd, F_GETFD), 0);
	ck_assert_int_eq(fcntl(sup.active->page_fd, F_GETFD), 0);
	ck_assert_int_eq(load_text(before, len, &nothing), 0);
	wp = sup.active;
	ck_assert_uint_eq(app.generation, 41);
	ck_assert_int_eq(app.watchdog_us, 30000000);
	ck_assert_str_eq(app.notify_socket, "@abstract name");
	ck_assert(sigismember(&app.orig_mask, SIGUSR1));
	ck_assert(sigismember(&app.orig_mask, SIGRTMAX));
	ck_assert(!sigismember(&app.orig_mask, SIGUSR2));
	ck_assert_int_eq(sup.started_ms, 1234567);
	ck_assert_uint_eq(sup.restarts, 3);
	ck_assert_uint_eq(sup.reloads, 40);
	ck_assert_int_eq(sup.reload_took_ms, 17);
	ck_assert_uint_eq(sup.respawn.failures, 2);
	ck_assert(sup.knows_ready && sup.was_ready && sup.reload_queued);
	ck_assert_int_eq(sup.respawn_ms, CLOCK_NEVER);
	ck_assert_str_eq(
	    sup.reload_result, "failed: candidate 5 exited\nbadly");
	ck_assert_ptr_nonnull(wp);
	ck_assert_int_eq(wp->pid, worker);
	ck_assert_uint_eq(wp->generation, 41);
	ck_assert_ptr_nonnull(wp->chan);
	ck_assert_ptr_nonnull(wp->page);
	ck_assert_int_eq(wp->started_ms, 99);
	ck_assert_int_eq(wp->asked_ms, 100);
	ck_assert_int_eq(wp->kill_ms, 101);
	ck_assert_int_eq(wp->watch_ms, CLOCK_NEVER);
	ck_assert(wp->ready && wp->said_takeover && wp->attached);
	ck_assert(!wp->waits_ok && !wp->restart_asked);
	ck_assert_str_eq(wp->status, "5 requests; 100 %");
	ck_assert_uint_eq(wp->lp.len, 6);
	ck_assert_mem_eq(wp->lp.line, "takeov", 6);
	ck_assert_str_eq(
	    listeners_find(app.listeners, "x")->address, "unix:/a b");
	ck_assert(listeners_find(app.listeners, "http")->remove);
	ck_assert(!listeners_find(app.listeners, "x")->remove);
	ck_assert_uint_eq(keeper_living(sup.keeper), 1);
	ck_assert_int_eq(fcntl(app.lock_fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(wp->line, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(wp->page_fd, F_GETFD), FD_CLOEXEC);
	/* The attached worker was told of the waiting signals by the loading;
	 * it could not read them: the channel's other end is closed. */
	sup.reload.pending = true;
	after = saved(&len);
	ck_assert_ptr_nonnull(strstr(before, "signals 8000000000000002\n"));
	ck_assert_ptr_nonnull(strstr(after, "told 8000000000000003\n"));
	*strstr(before, "signals ") = *strstr(after, "told ") = '\0';
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

/* Without worker, files or anything. */
START_TEST(test_round_trip_empty)
{
	size_t len;
	char *text;

	app.generation = 2;
	sup.respawn_ms = 77;
	text = saved(&len);
	clear();
	ck_assert_int_eq(load_text(text, len, &nothing), 0);
	ck_assert_ptr_null(sup.active);
	ck_assert_uint_eq(app.generation, 2);
	ck_assert_int_eq(app.lock_fd, -1);
	ck_assert_int_eq(sup.respawn_ms, 77);
	ck_assert_ptr_null(app.notify_socket);
	free(text);
}
END_TEST

/* An over-long line is still skipped to its end. */
START_TEST(test_skipping)
{
	size_t len;
	char *text;

	fill();
	sup.active->lp.skipping = true;
	sup.active->lp.len = LINEPROTO_MAX;
	text = saved(&len);
	ck_assert_int_eq(load_text(text, len, &nothing), 0);
	ck_assert(sup.active->lp.skipping);
	ck_assert_uint_eq(sup.active->lp.len, 0);
	free(text);
}
END_TEST

#ifdef F_GET_SEALS
START_TEST(test_sealed)
{
	int fd = suprecord_save(&sup);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	close(fd);
}
END_TEST
#endif

/* The record is refused as a whole; worker and lock are known all the same. */
static void
expect_rescue(const char *text, size_t len, int error)
{
	struct handoff h = {
	    HANDOFF_RESUME, some_fd(), -1, some_fd(), -1, worker};

	errno = 0;
	ck_assert_int_eq(load_text(text, len, &h), -1);
	ck_assert_int_eq(errno, error);
	ck_assert_ptr_nonnull(sup.active);
	ck_assert_int_eq(sup.active->pid, worker);
	ck_assert_int_eq(sup.active->line, h.line);
	ck_assert_ptr_null(sup.active->chan);
	ck_assert(sup.active->ready);
	ck_assert_int_eq(app.lock_fd, h.lock);
	ck_assert_uint_eq(app.generation, 1);
	ck_assert_int_eq(sup.respawn_ms, CLOCK_NEVER);
	clear();
}

/* ... with our own pid where the text has a @. */
static void
expect_text(const char *from, int error)
{
	char text[128], *at;

	strlcpy(text, from, sizeof(text));
	if ((at = strchr(text, '@')) != NULL)
		snprintf(at, sizeof(text) - (size_t)(at - text), "%ld%s",
		    (long)getpid(), strchr(from, '@') + 1);
	expect_rescue(text, strlen(text), error);
}

START_TEST(test_refused)
{
	char other[64];

	clear();
	snprintf(other, sizeof(other), "appbase-state 1\npid %ld\nend\n",
	    (long)getppid());
	expect_text(other, EBADMSG);
	expect_text("appbase-state 2\npid @\nend\n", EPROTONOSUPPORT);
	expect_text("appbase-state 99\nanything\nend\n", EPROTONOSUPPORT);
	expect_text("appbase-state 1\npid 0@\nend\n", EBADMSG);
	expect_text("appbase-state 1\npid @1\nend\n", EBADMSG);
	expect_text("appbase-state 1 \npid @\nend\n", EBADMSG);
	expect_text("appbase-state 0\npid @\nend\n", EBADMSG);
	expect_text("appbase-state one\npid @\nend\n", EBADMSG);
	expect_text("appbase-states 1\npid @\nend\n", EBADMSG);
	expect_text("appbase-state 1\npid @\nend", EBADMSG);
	expect_text("appbase-state 1\npid @\n", EBADMSG);
	expect_text("appbase-state 1\nend\n", EBADMSG);
	expect_text("\nend\n", EBADMSG);
	expect_text("end\n", EBADMSG);
	expect_rescue("", 0, EBADMSG);
	expect_rescue("appbase-state 1\0\nend\n", 21, EBADMSG);
	fresh();
}
END_TEST

/* Nor a worker: then one is started. */
START_TEST(test_nothing_known)
{
	clear();
	ck_assert_int_eq(load_text("x", 1, &nothing), -1);
	ck_assert_ptr_null(sup.active);
	ck_assert_int_ne(sup.respawn_ms, CLOCK_NEVER);
}
END_TEST

/* What a newer image adds is skipped, what is bad has no effect. */
START_TEST(test_unknown_and_bad_lines)
{
	char text[2048];
	struct handoff h = {HANDOFF_RESUME, -1, -1, -1, -1, worker};
	static const char first[] =
	    "future 1 2 3\nlonely\n\ngeneration 0\ngeneration 5\n"
	    "generation -1\ncounts 1 2\ncounts 1 2 3 4 5\nflags 2 0 0 -1\n"
	    "started -5\nmask xyz\nwatchdog many\nresult %0\nlock 1\n"
	    "lock 999\nnotify \nworker 1 line=-1\n";
	static const char second[] =
	    "worker 1 line=-1 chan=-1 page=-1 started=0 asked=0 kill=-1 "
	    "watch=-1 flags=00000\n"
	    "partial x\nskipping 1\nstatus x\nlistener 999 0 name addr\n"
	    "listener 0 0 name addr\nkept 999 name\nkept 1 name\nkept\n"
	    "child 1 1 0 0 0 0 0 0 0 0 -\nchild 1\n"
	    "signals 12345678901234567\ntold\n";

	clear();
	snprintf(text, sizeof(text),
	    "appbase-state 1\npid %ld\n%sworker %ld line=-1 chan=-1 page=-1 "
	    "started=0 asked=0 kill=-1 watch=-1 flags=01201\n%send\n",
	    (long)getpid(), first, (long)worker, second);
	ck_assert_int_eq(load_text(text, strlen(text), &h), 0);
	ck_assert_uint_eq(app.generation, 5);
	ck_assert_uint_eq(sup.restarts, 0);
	ck_assert_int_eq(sup.started_ms, 0);
	ck_assert_int_eq(app.lock_fd, -1);
	ck_assert_ptr_null(app.notify_socket);
	ck_assert(TAILQ_EMPTY(&app.listeners->list));
	ck_assert_uint_eq(keeper_living(sup.keeper), 0);
	ck_assert(!keeper_stop_waits(sup.keeper));
	/* The worker's line was unreadable: the handoff names it. */
	ck_assert_ptr_nonnull(sup.active);
	ck_assert_int_eq(sup.active->pid, worker);
	ck_assert(sup.active->ready);
}
END_TEST

/* Nobody is taken for a child who is not: not signalled, not waited for. */
START_TEST(test_strangers)
{
	char text[512];

	clear();
	snprintf(text, sizeof(text),
	    "appbase-state 1\npid %ld\nworker %ld line=-1 chan=-1 page=-1 "
	    "started=0 asked=0 kill=-1 watch=-1 flags=10000\n"
	    "child 1 %ld 0 0 0 0 0 0 0 0 -\nend\n",
	    (long)getpid(), (long)getppid(), (long)getppid());
	ck_assert_int_eq(load_text(text, strlen(text), &nothing), 0);
	ck_assert_ptr_null(sup.active);
	ck_assert_uint_eq(keeper_living(sup.keeper), 0);
	ck_assert_int_ne(sup.respawn_ms, CLOCK_NEVER);
}
END_TEST

/* Whatever the loading believed must hold, and be forgettable. */
static void
check_loaded(int r)
{
	size_t living = keeper_living(sup.keeper);

	ck_assert(r == 0 || r == -1);
	ck_assert_uint_le(living, 2);
	ck_assert(sup.active == NULL || sup.active->pid == worker ||
	    sup.active->pid == child);
	ck_assert(sup.active != NULL || sup.respawn_ms != CLOCK_NEVER);
	ck_assert_uint_ge(app.generation, 1);
}

/* Every beginning of a record is refused, whole. */
START_TEST(test_every_truncation)
{
	size_t len, i;
	char *text;
	struct handoff h = nothing;

	fill();
	text = saved(&len);
	clear();
	for (i = 0; i < len; i++) {
		ck_assert_int_eq(load_text(text, i, &h), -1);
		ck_assert_int_eq(errno, EBADMSG);
		ck_assert_ptr_null(sup.active);
		ck_assert_uint_eq(keeper_living(sup.keeper), 0);
		clear();
	}
	fresh();
	free(text);
}
END_TEST

static uint32_t seed = 12345;

static uint32_t
any(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* A byte changed, removed, doubled; a line doubled.  Returns the new length. */
static size_t
corrupt(char *text, size_t len)
{
	size_t at = any((uint32_t)len), line;

	switch (any(5)) {
	case 0:
		text[at] = (char)any(256);
		return len;
	case 1:
		text[at] = "0123456789- \n%=~"[any(16)];
		return len;
	case 2:
		memmove(text + at, text + at + 1, len - at - 1);
		return len - 1;
	case 3:
		memmove(text + at + 1, text + at, len - at);
		return len + 1;
	default:
		while (at > 0 && text[at - 1] != '\n')
			at--;
		line = strcspn(text + at, "\n") + 1;
		memmove(text + at + line, text + at, len - at);
		return len + line;
	}
}

/* Saves, corrupts and loads in this process, which ends by that: a corrupted
 * record may close any of its descriptors.  Exits with 0 if the record was
 * believed, 1 if it was refused. */
static void
corrupted_exit(void)
{
	size_t len;
	char *text, *bad;
	int r;

	worker = sleeper();
	child = sleeper();
	clear();
	fresh();
	fill();
	text = saved(&len);
	bad = calloc(2, len + 1);
	ck_assert_ptr_nonnull(bad);
	memcpy(bad, text, len);
	r = load_text(bad, corrupt(bad, len), &nothing);
	check_loaded(r);
	teardown();
	free(bad);
	free(text);
	_exit(r == 0 ? 0 : 1);
}

START_TEST(test_corruption)
{
	const char *slow = getenv("VALGRIND");
	int i, status, believed = 0, rounds = slow && *slow ? 40 : 400;
	pid_t pid;

	for (i = 0; i < rounds; i++) {
		(void)any(2);
		ck_assert_int_ge(pid = fork(), 0);
		if (pid == 0)
			corrupted_exit();
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 1,
		    "round %d: status %d", i, status);
		believed += WEXITSTATUS(status) == 0;
	}
	ck_assert_int_gt(believed, rounds / 2); /* most are in one line */
	ck_assert(believed < rounds || rounds < 400);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("suprecord");
	TCase *tc = tcase_create("suprecord");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_round_trip_empty);
	tcase_add_test(tc, test_skipping);
#ifdef F_GET_SEALS
	tcase_add_test(tc, test_sealed);
#endif
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_nothing_known);
	tcase_add_test(tc, test_unknown_and_bad_lines);
	tcase_add_test(tc, test_strangers);
	tcase_add_test(tc, test_every_truncation);
	tcase_add_test(tc, test_corruption);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
