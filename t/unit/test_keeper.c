/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/keeper.c: kept children and descriptors, with a worker that is
 * this test at the other end of a channel. */
#include "libappbase/keeper.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/keepmsg.h"
#include "libappbase/log.h"
#include "t/unit/vfork.h"

struct fake { /* a worker */
	struct workproc wp;
	struct chan *own; /* its end */
};

static struct keeper *k;
static struct fake w;
static size_t fds_before;

static size_t
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
fake_start(struct fake *f)
{
	int sv[2];

	memset(f, 0, sizeof(*f));
	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, sv), 0);
	ck_assert_ptr_nonnull(f->wp.chan = chan_new(sv[0]));
	ck_assert_ptr_nonnull(f->own = chan_new(sv[1]));
	f->wp.line = f->wp.page_fd = -1;
	f->wp.kill_ms = CLOCK_NEVER;
	ck_assert_int_ge(f->wp.pid = fork(), 0);
	if (f->wp.pid == 0)
		for (;;)
			pause();
}

static void
fake_stop(struct fake *f)
{
	keeper_detach(k, &f->wp);
	chan_free(f->wp.chan);
	chan_free(f->own);
	kill(f->wp.pid, SIGKILL);
	ck_assert_int_eq(waitpid(f->wp.pid, NULL, 0), f->wp.pid);
}

static void
setup(void)
{
	log_mute(true);
	fds_before = count_fds();
	ck_assert_ptr_nonnull(k = keeper_new());
	fake_start(&w);
}

/* Nothing leaks: no descriptor, no process. */
static void
teardown(void)
{
	fake_stop(&w);
	keeper_free(k);
	ck_assert_uint_eq(count_fds(), fds_before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

/* The keeper handles everything that a worker has sent. */
static void
serve(struct fake *f)
{
	struct chan_msg msg;

	while (chan_receive(f->wp.chan, &msg) == 1) {
		ck_assert(keeper_message(k, &f->wp, &msg));
		chan_msg_close(&msg);
	}
}

/* Sends a message of the worker's and has it handled. */
static void
say(struct fake *f, uint16_t type, struct keepmsg_buf *b, const int *fds,
    size_t nfds)
{
	ck_assert(!b->failed);
	ck_assert_int_eq(
	    chan_send(f->own, type, b->data, b->len, fds, nfds), 0);
	keepmsg_buf_free(b);
	*b = (struct keepmsg_buf){0};
	serve(f);
}

static void
say_numbers(
    struct fake *f, uint16_t type, int n, int64_t a, int64_t b, int64_t c)
{
	struct keepmsg_buf buf = {0};
	int64_t v[3] = {a, b, c};
	int i;

	for (i = 0; i < n; i++)
		keepmsg_put_int(&buf, v[i]);
	say(f, type, &buf, NULL, 0);
}

static void
say_name(struct fake *f, uint16_t type, const char *name, int fd)
{
	struct keepmsg_buf b = {0};

	keepmsg_put_str(&b, name);
	say(f, type, &b, &fd, fd == -1 ? 0 : 1);
}

/* The next message for the worker must be of this type. */
static void
hear(struct fake *f, uint16_t type, struct chan_msg *msg)
{
	ck_assert_int_eq(chan_receive(f->own, msg), 1);
	ck_assert_str_eq(keepmsg_name(msg->type), keepmsg_name(type));
}

static void
hear_nothing(struct fake *f)
{
	struct chan_msg msg;

	ck_assert_int_eq(chan_receive(f->own, &msg), 0);
}

/* The next message is an event (or an inventory's child); tag is lost. */
static struct appbase_keep_event
hear_event(struct fake *f, uint16_t type)
{
	struct chan_msg msg;
	struct keepmsg_reader r;
	struct appbase_keep_event ev;

	hear(f, type, &msg);
	r = (struct keepmsg_reader){msg.body, msg.len, 0, false};
	ck_assert_int_eq(keepmsg_decode_event(&r, &ev), 0);
	chan_msg_close(&msg);
	return ev;
}

static void
hear_synced(struct fake *f)
{
	struct chan_msg msg;

	hear(f, KEEPMSG_SYNCED, &msg);
	chan_msg_close(&msg);
}

/* A kept descriptor of the inventory. */
static int
hear_fd(struct fake *f, const char *name)
{
	struct chan_msg msg;
	struct keepmsg_reader r;

	hear(f, KEEPMSG_FD, &msg);
	r = (struct keepmsg_reader){msg.body, msg.len, 0, false};
	ck_assert_str_eq(keepmsg_get_str(&r), name);
	ck_assert_uint_eq(msg.nfds, 1);
	return msg.fds[0];
}

static void
attach(struct fake *f)
{
	struct keepmsg_buf none = {0};

	say(f, KEEPMSG_ATTACH, &none, NULL, 0);
}

static void
attach_empty(struct fake *f)
{
	attach(f);
	hear_synced(f);
	hear_nothing(f);
}

/* Asks for a shell command under an id. */
static void
spawn(struct fake *f, uint64_t id, const char *path, const char *command,
    unsigned flags)
{
	char sh[] = "sh", c[] = "-c", text[128],
	     path_env[] = "PATH=/bin:/usr/bin";
	char *argv[] = {sh, c, text, NULL}, *envp[] = {path_env, NULL};
	struct appbase_spawn req = {.id = id,
	    .path = path,
	    .argv = argv,
	    .envp = envp,
	    .flags = flags,
	    .tag = "tag",
	    .taglen = 3};
	struct keepmsg_buf b = {0};

	strlcpy(text, command, sizeof(text));
	ck_assert_int_eq(keepmsg_encode_spawn(&b, &req), 0);
	say(f, KEEPMSG_SPAWN, &b, NULL, 0);
}

/* Spawns what lives until it is signalled; its pid. */
static pid_t
spawn_sleeper(struct fake *f, uint64_t id, unsigned flags)
{
	struct appbase_keep_event ev;

	spawn(f, id, "/bin/sh", "exec sleep 1000", flags);
	ev = hear_event(f, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SPAWNED);
	ck_assert_uint_eq(ev.id, id);
	ck_assert_int_gt(ev.pid, 0);
	return ev.pid;
}

/* Waits for a child as the supervisor does. */
static int
reap(pid_t pid)
{
	struct rusage usage;
	int status;

	ck_assert_int_eq(wait4(pid, &status, 0, &usage), pid);
	ck_assert(keeper_reaped(k, pid, status, &usage, clock_now_ms()));
	ck_assert(!keeper_reaped(k, pid, status, &usage, clock_now_ms()));
	return status;
}

START_TEST(test_spawn_exit_release)
{
	struct appbase_keep_event ev;
	pid_t pid;

	attach_empty(&w);
	spawn(&w, 7, "/bin/sh", "exit 3", 0);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SPAWNED);
	pid = ev.pid;
	ck_assert_uint_eq(keeper_living(k), 1);
	reap(pid);
	ck_assert_uint_eq(keeper_living(k), 0);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_EXITED);
	ck_assert_uint_eq(ev.id, 7);
	ck_assert_int_eq(ev.pid, pid);
	ck_assert(WIFEXITED(ev.status));
	ck_assert_int_eq(WEXITSTATUS(ev.status), 3);
	ck_assert_int_ge(ev.ended_ms, ev.started_ms);
	ck_assert_uint_eq(ev.taglen, 3);
	/* Told again until it is released. */
	attach(&w);
	ck_assert_int_eq(
	    hear_event(&w, KEEPMSG_EVENT).type, APPBASE_KEEP_EXITED);
	hear_synced(&w);
	say_numbers(&w, KEEPMSG_RELEASE, 1, 7, 0, 0);
	attach_empty(&w);
}
END_TEST

START_TEST(test_duplicate_id)
{
	struct appbase_keep_event ev;
	pid_t pid;

	attach_empty(&w);
	pid = spawn_sleeper(&w, 1, 0);
	spawn(&w, 1, "/bin/sh", "exit 0", 0);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SPAWN_FAILED);
	ck_assert_int_eq(ev.stage, APPBASE_STAGE_REQUEST);
	ck_assert_int_eq(ev.error, EEXIST);
	ck_assert_int_eq(ev.pid, 0);
	ck_assert_uint_eq(keeper_living(k), 1);
	kill(pid, SIGKILL);
	reap(pid);
	(void)hear_event(&w, KEEPMSG_EVENT);
	/* An ended one that was not released still has its id. */
	spawn(&w, 1, "/bin/sh", "exit 0", 0);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).error, EEXIST);
	say_numbers(&w, KEEPMSG_RELEASE, 1, 1, 0, 0);
	pid = spawn_sleeper(&w, 1, 0);
	keeper_signal_all(k, SIGKILL);
	reap(pid);
}
END_TEST

/* The stage that failed; the process is reaped and its record released. */
START_TEST(test_spawn_failed)
{
	struct appbase_keep_event ev;

	attach_empty(&w);
	spawn(&w, 5, "/nonexistent/program", "", 0);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SPAWN_FAILED);
	ck_assert_uint_eq(ev.id, 5);
	ck_assert_int_eq(ev.stage, APPBASE_STAGE_EXEC);
	ck_assert_int_eq(ev.error, ENOENT);
	ck_assert_int_gt(ev.pid, 0);
	ck_assert_uint_eq(keeper_living(k), 0);
	attach_empty(&w);
}
END_TEST

START_TEST(test_release_of_living_or_unknown)
{
	pid_t pid;

	attach_empty(&w);
	pid = spawn_sleeper(&w, 1, 0);
	say_numbers(&w, KEEPMSG_RELEASE, 1, 1, 0, 0);
	say_numbers(&w, KEEPMSG_RELEASE, 1, 2, 0, 0);
	ck_assert_uint_eq(keeper_living(k), 1);
	attach(&w);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_CHILD).pid, pid);
	hear_synced(&w);
	keeper_signal_all(k, SIGTERM);
	ck_assert(WIFSIGNALED(reap(pid)));
}
END_TEST

/* One that has become another user's is not waited for when we stop. */
START_TEST(test_out_of_reach)
{
	pid_t mine, foreign;

	if (getuid() != 0)
		return;
	attach_empty(&w);
	foreign = spawn_sleeper(&w, 1, 0);
	ck_assert_uint_eq(keeper_in_reach(k), 1);
	ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
	keeper_signal_all(k, SIGTERM);
	ck_assert_uint_eq(keeper_in_reach(k), 0);
	ck_assert_uint_eq(keeper_living(k), 1);
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	mine = spawn_sleeper(&w, 2, 0);
	ck_assert_uint_eq(keeper_in_reach(k), 1);
	keeper_signal_all(k, SIGKILL);
	ck_assert_uint_eq(keeper_in_reach(k), 2);
	reap(mine);
	reap(foreign);
	ck_assert_uint_eq(keeper_in_reach(k), 0);
}
END_TEST

START_TEST(test_signal)
{
	struct appbase_keep_event ev;
	pid_t pid, leader;
	int status;

	attach_empty(&w);
	pid = spawn_sleeper(&w, 1, 0);
	leader = spawn_sleeper(&w, 2, APPBASE_SPAWN_SETPGID);
	say_numbers(&w, KEEPMSG_SIGNAL, 3, 1, SIGTERM, 0);
	status = reap(pid);
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	(void)hear_event(&w, KEEPMSG_EVENT);
	say_numbers(&w, KEEPMSG_SIGNAL, 3, 2, SIGINT, 1);
	status = reap(leader);
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
	(void)hear_event(&w, KEEPMSG_EVENT);
	/* One that has ended, one that never was, a signal that is none. */
	say_numbers(&w, KEEPMSG_SIGNAL, 3, 1, SIGTERM, 0);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SIGNAL_FAILED);
	ck_assert_int_eq(ev.error, ESRCH);
	ck_assert_int_eq(ev.signo, SIGTERM);
	say_numbers(&w, KEEPMSG_SIGNAL, 3, 99, SIGTERM, 0);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).error, ESRCH);
	pid = spawn_sleeper(&w, 3, 0);
	say_numbers(&w, KEEPMSG_SIGNAL, 3, 3, 12345, 0);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).error, EINVAL);
	hear_nothing(&w);
	keeper_signal_all(k, SIGKILL);
	reap(pid);
}
END_TEST

/* A worker dies; the next one hears of the living, the ended, descriptors. */
START_TEST(test_next_worker)
{
	struct fake next;
	pid_t lives, ended;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	attach_empty(&w);
	lives = spawn_sleeper(&w, 1, 0);
	ended = spawn_sleeper(&w, 2, 0);
	say_name(&w, KEEPMSG_KEEP_FD, "log", fd);
	close(fd);
	keeper_detach(k, &w.wp);
	kill(ended, SIGKILL);
	reap(ended);
	hear_nothing(&w);
	fake_start(&next);
	attach(&next);
	close(hear_fd(&next, "log"));
	ck_assert_int_eq(hear_event(&next, KEEPMSG_CHILD).pid, lives);
	ck_assert_int_eq(hear_event(&next, KEEPMSG_EVENT).pid, ended);
	hear_synced(&next);
	hear_nothing(&next);
	kill(lives, SIGKILL);
	reap(lives);
	ck_assert_uint_eq(hear_event(&next, KEEPMSG_EVENT).id, 1);
	fake_stop(&next);
}
END_TEST

START_TEST(test_candidate_refused)
{
	struct keepmsg_buf none = {0};
	struct chan_msg msg;
	struct keepmsg_reader r;

	w.wp.candidate = true;
	say(&w, KEEPMSG_ATTACH, &none, NULL, 0);
	hear(&w, KEEPMSG_REFUSED, &msg);
	r = (struct keepmsg_reader){msg.body, msg.len, 0, false};
	ck_assert_int_eq(keepmsg_get_int(&r), EPERM);
	ck_assert(!w.wp.attached);
	hear_nothing(&w);
	/* Committed: now it may. */
	w.wp.candidate = false;
	attach_empty(&w);
}
END_TEST

/* Requests before attaching have no effect. */
START_TEST(test_not_attached)
{
	spawn(&w, 1, "/bin/sh", "exit 0", 0);
	say_name(&w, KEEPMSG_KEEP_FD, "name", 0);
	hear_nothing(&w);
	ck_assert_uint_eq(keeper_living(k), 0);
	attach_empty(&w);
}
END_TEST

static ino_t
inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

START_TEST(test_kept_replaced_and_dropped)
{
	int p[2], fd;

	attach_empty(&w);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	say_name(&w, KEEPMSG_KEEP_FD, "b", fd);
	say_name(&w, KEEPMSG_KEEP_FD, "a", p[0]);
	say_name(&w, KEEPMSG_KEEP_FD, "b", p[1]);
	close(fd);
	attach(&w);
	fd = hear_fd(&w, "a");
	ck_assert_uint_eq(inode(fd), inode(p[0]));
	close(fd);
	fd = hear_fd(&w, "b");
	ck_assert_uint_eq(inode(fd), inode(p[1]));
	close(fd);
	hear_synced(&w);
	say_name(&w, KEEPMSG_DROP_FD, "a", -1);
	say_name(&w, KEEPMSG_DROP_FD, "unknown", -1);
	attach(&w);
	close(hear_fd(&w, "b"));
	hear_synced(&w);
	hear_nothing(&w);
	/* A pipe whose write end was dropped, too, is at its end. */
	say_name(&w, KEEPMSG_DROP_FD, "b", -1);
	close(p[1]);
	ck_assert_int_eq(read(p[0], &fd, 1), 0);
	close(p[0]);
}
END_TEST

/* Forwarded signals wait for a worker, and for its word that it heard. */
START_TEST(test_signals_wait)
{
	struct appbase_keep_event ev;

	ck_assert(!keeper_stop_waits(k));
	keeper_signalled(k, SIGHUP, 42);
	keeper_signalled(k, SIGRTMAX, 0);
	ck_assert(!keeper_stop_waits(k)); /* neither asks to stop */
	attach(&w);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_SIGNALLED);
	ck_assert_int_eq(ev.signo, SIGHUP);
	ck_assert_int_eq(ev.pid, 42);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).signo, SIGRTMAX);
	hear_synced(&w);
	ck_assert(!keeper_stop_waits(k));
	keeper_signalled(k, SIGTERM, 43);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).signo, SIGTERM);
	hear_nothing(&w);
	ck_assert(keeper_stop_waits(k)); /* told, but not acted on */
	/* Two are heard; the third is the next worker's business. */
	say_numbers(&w, KEEPMSG_HEARD, 1, SIGHUP, 0, 0);
	say_numbers(&w, KEEPMSG_HEARD, 1, SIGRTMAX, 0, 0);
	keeper_detach(k, &w.wp);
	ck_assert(keeper_stop_waits(k));
	attach(&w);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).signo, SIGTERM);
	hear_synced(&w);
	say_numbers(&w, KEEPMSG_HEARD, 1, SIGTERM, 0, 0);
	keeper_detach(k, &w.wp);
	ck_assert(!keeper_stop_waits(k));
}
END_TEST

/* The end of a worker that is not attached takes nothing from the other. */
START_TEST(test_detach_of_another)
{
	struct fake other;

	fake_start(&other);
	attach_empty(&w);
	keeper_signalled(k, SIGTERM, 1);
	(void)hear_event(&w, KEEPMSG_EVENT);
	fake_stop(&other);
	ck_assert(keeper_stop_waits(k));
	keeper_signalled(k, SIGHUP, 1);
	ck_assert_int_eq(hear_event(&w, KEEPMSG_EVENT).signo, SIGHUP);
	hear_nothing(&w);
}
END_TEST

START_TEST(test_orphan)
{
	struct appbase_keep_event ev;

	keeper_orphan(k, 4711, 0x100); /* nobody is there to be told */
	attach_empty(&w);
	keeper_orphan(k, 4712, 0x100);
	ev = hear_event(&w, KEEPMSG_EVENT);
	ck_assert_int_eq(ev.type, APPBASE_KEEP_ORPHAN);
	ck_assert_int_eq(ev.pid, 4712);
	ck_assert_int_eq(ev.status, 0x100);
}
END_TEST

/* What does not decode is logged and has no effect; what is no request of this
 * protocol is not the keeper's. */
START_TEST(test_malformed)
{
	static const uint16_t types[] = {KEEPMSG_SPAWN, KEEPMSG_SIGNAL,
	    KEEPMSG_RELEASE, KEEPMSG_KEEP_FD, KEEPMSG_DROP_FD, KEEPMSG_HEARD};
	struct keepmsg_buf b;
	struct chan_msg msg = {.type = KEEPMSG_LISTENER};
	size_t i;

	attach_empty(&w);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		b = (struct keepmsg_buf){0};
		say(&w, types[i], &b, NULL, 0);
		keepmsg_put_str(&b, "surplus");
		keepmsg_put_int(&b, 1);
		keepmsg_put_int(&b, 2);
		keepmsg_put_int(&b, 3);
		keepmsg_put_int(&b, 4);
		say(&w, types[i], &b, NULL, 0);
	}
	say_name(&w, KEEPMSG_KEEP_FD, "nofd", -1);
	say_name(&w, KEEPMSG_KEEP_FD, "", 0);
	say_name(&w, KEEPMSG_KEEP_FD, "two words", 0);
	say_name(&w, KEEPMSG_KEEP_FD, "line\nend", 0);
	say_name(&w, KEEPMSG_KEEP_FD,
	    "0123456789012345678901234567890123456789012345678901234567890123",
	    0);
	say_numbers(&w, KEEPMSG_HEARD, 1, 0, 0, 0);
	say_numbers(&w, KEEPMSG_HEARD, 1, NSIG, 0, 0);
	ck_assert(!keeper_message(k, &w.wp, &msg));
	msg.type = 0;
	ck_assert(!keeper_message(k, &w.wp, &msg));
	attach_empty(&w);
}
END_TEST

/* A worker that does not read is ended before much waits for it, and the next
 * one hears what it has not. */
START_TEST(test_worker_does_not_read)
{
	struct fake next;
	size_t told = 0;
	pid_t pid;
	int status;

	attach_empty(&w);
	pid = spawn_sleeper(&w, 1, 0);
	kill(pid, SIGKILL);
	while (waitpid(w.wp.pid, &status, WNOHANG) == 0) {
		keeper_orphan(k, 2, 0);
		ck_assert_uint_lt(++told, KEEPER_QUEUE_MAX / 32);
	}
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_gt(told, KEEPER_QUEUE_MAX / 4096);
	reap(pid);
	ck_assert_int_ge(w.wp.pid = fork(), 0); /* for fake_stop() */
	if (w.wp.pid == 0)
		_exit(0);
	fake_start(&next);
	attach(&next);
	ck_assert_int_eq(hear_event(&next, KEEPMSG_EVENT).pid, pid);
	hear_synced(&next);
	fake_stop(&next);
}
END_TEST

/* The worker is gone, but not reaped yet: nothing is lost by that. */
START_TEST(test_worker_gone)
{
	struct fake next;
	pid_t pid;

	attach_empty(&w);
	pid = spawn_sleeper(&w, 1, 0);
	shutdown(chan_fd(w.own), SHUT_RDWR);
	kill(pid, SIGKILL);
	reap(pid);
	fake_start(&next);
	attach(&next);
	ck_assert_int_eq(
	    hear_event(&next, KEEPMSG_EVENT).type, APPBASE_KEEP_EXITED);
	fake_stop(&next);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keeper");
	TCase *tc = tcase_create("keeper");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_spawn_exit_release);
	tcase_add_test(tc, test_duplicate_id);
	if (vfork_is_genuine())
		tcase_add_test(tc, test_spawn_failed);
	tcase_add_test(tc, test_release_of_living_or_unknown);
	tcase_add_test(tc, test_out_of_reach);
	tcase_add_test(tc, test_signal);
	tcase_add_test(tc, test_next_worker);
	tcase_add_test(tc, test_candidate_refused);
	tcase_add_test(tc, test_not_attached);
	tcase_add_test(tc, test_kept_replaced_and_dropped);
	tcase_add_test(tc, test_signals_wait);
	tcase_add_test(tc, test_detach_of_another);
	tcase_add_test(tc, test_orphan);
	tcase_add_test(tc, test_malformed);
	tcase_add_test(tc, test_worker_gone);
	tcase_add_test(tc, test_worker_does_not_read);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
