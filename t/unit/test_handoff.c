/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/handoff.c: nothing is believed for a variable alone. */
#include "libappbase/handoff.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/fd.h"
#include "libappbase/log.h"

static int line[2], chan[2];

/* The sockets are this process's, which is the parent of whoever asks. */
static void
setup(void)
{
	log_mute(true);
	ck_assert_int_eq(fd_socketpair(SOCK_STREAM, line), 0);
	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, chan), 0);
}

/* What a child with this variable takes itself for; -1 if it did not clean up
 * after itself. */
static int
role_of(const char *text)
{
	const struct handoff *h;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setenv(HANDOFF_ENV, text, 1);
		h = handoff_take();
		if (getenv(HANDOFF_ENV) != NULL || handoff_take() != h)
			_exit(99);
		if (h->role != HANDOFF_NONE && h->role != HANDOFF_RESUME &&
		    ((fcntl(h->line, F_GETFD) & FD_CLOEXEC) == 0 ||
			(fcntl(h->chan, F_GETFD) & FD_CLOEXEC) == 0))
			_exit(98);
		_exit(h->role);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_lt(WEXITSTATUS(status), 98);
	return WEXITSTATUS(status);
}

/* The same, from a description. */
static int
role(enum handoff_role as, int l, int c, int lock, int state, pid_t worker)
{
	struct handoff h = {as, l, c, lock, state, worker};

	return role_of(handoff_format(&h));
}

START_TEST(test_no_variable)
{
	unsetenv(HANDOFF_ENV);
	ck_assert_int_eq(handoff_take()->role, HANDOFF_NONE);
	/* It counts from when it is there. */
	ck_assert_int_eq(handoff_take()->line, -1);
}
END_TEST

START_TEST(test_genuine)
{
	fd_set_cloexec(line[1], false);
	fd_set_cloexec(chan[1], false);
	ck_assert_int_eq(
	    role(HANDOFF_WORKER, line[1], chan[1], -1, -1, 0), HANDOFF_WORKER);
	ck_assert_int_eq(role(HANDOFF_SUPERVISOR, line[1], chan[1], -1, -1, 0),
	    HANDOFF_SUPERVISOR);
	ck_assert_int_eq(
	    role(HANDOFF_SUPERVISOR, line[1], chan[1], line[0], -1, 0),
	    HANDOFF_SUPERVISOR);
}
END_TEST

/* T-29: the variable came by inheritance, the descriptors did not. */
START_TEST(test_variables_without_descriptors)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), p[2];
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, 900, 901, -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, -1, -1, -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, null, chan[1], -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, line[1], p[0], -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, tcp, chan[1], -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, line[1], line[1], -1, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_WORKER, 0, 1, -1, -1, 0), 0);
	ck_assert_int_eq(
	    role(HANDOFF_SUPERVISOR, line[1], chan[1], 900, -1, 0), 0);
	ck_assert_int_eq(role(HANDOFF_NONE, line[1], chan[1], -1, -1, 0), 0);
}
END_TEST

/* role() forks once more: the parent there did not make these sockets. */
START_TEST(test_sockets_of_a_stranger)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(role(HANDOFF_WORKER, line[1], chan[1], -1, -1, 0));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), HANDOFF_NONE);
}
END_TEST

/* A resuming supervisor: only a record that nobody can write any more, or a
 * worker that is its child. */
START_TEST(test_resume)
{
	int fd = fd_memory("test", 16);

	ck_assert_int_eq(role(HANDOFF_RESUME, -1, -1, -1, fd, 0), 0);
	ck_assert_int_eq(role(HANDOFF_RESUME, -1, -1, -1, 900, 0), 0);
	ck_assert_int_eq(role(HANDOFF_RESUME, -1, -1, -1, -1, getpid()), 0);
	ck_assert_int_eq(role(HANDOFF_RESUME, -1, -1, -1, -1, 1), 0);
#ifdef F_ADD_SEALS
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	ck_assert_int_eq(
	    role(HANDOFF_RESUME, -1, -1, -1, fd, 0), HANDOFF_RESUME);
#endif
}
END_TEST

START_TEST(test_resume_by_worker)
{
	const struct handoff *h;
	struct handoff text = {HANDOFF_RESUME, -1, -1, -1, 900, 0};
	int status;
	pid_t worker = fork();

	ck_assert_int_ge(worker, 0);
	if (worker == 0)
		for (;;)
			pause();
	ck_assert(handoff_is_child(worker));
	text.worker = worker;
	setenv(HANDOFF_ENV, handoff_format(&text), 1);
	h = handoff_take();
	ck_assert_int_eq(h->role, HANDOFF_RESUME);
	ck_assert_int_eq(h->state, -1);
	ck_assert_int_eq(h->worker, worker);
	kill(worker, SIGKILL);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	ck_assert(!handoff_is_child(worker));
}
END_TEST

static const char *const garbage[] = {
    "",
    "worker",
    "worker line=",
    "worker line=%d chan=%d lock=-1 state=-1 worker=0 ",
    "worker line=%d chan=%d lock=-1 state=-1 worker=0 x=1",
    "worker line=%d chan=%d lock=-1 state=-1 worker=",
    "worker line=%d chan=%d lock=-1 state=-1 worker=-1",
    "worker line=%d chan=%d lock=-1 state=-1 worker=99999999999",
    "worker  line=%d chan=%d lock=-1 state=-1 worker=0",
    "worker line=0%d chan=%d lock=-1 state=-1 worker=0",
    "worker line=+%d chan=%d lock=-1 state=-1 worker=0",
    "worker line=%dx chan=%d lock=-1 state=-1 worker=0",
    "Worker line=%d chan=%d lock=-1 state=-1 worker=0",
    "workers line=%d chan=%d lock=-1 state=-1 worker=0",
    "worker chan=%d line=%d lock=-1 state=-1 worker=0",
    "workerworkerworker line=%d chan=%d lock=-1 state=-1 worker=0",
    "none line=%d chan=%d lock=-1 state=-1 worker=0",
};

/* The template `from` with both descriptors filled in where it has %d. */
static void
fill(char *buf, size_t size, const char *from)
{
	size_t n = 0, given = 0;
	const int fds[2] = {line[1], chan[1]};

	for (buf[0] = '\0'; *from != '\0' && n < size - 16; from++)
		if (from[0] == '%' && given < 2) {
			n += (size_t)snprintf(
			    buf + n, size - n, "%d", fds[given++]);
			from++;
		} else {
			buf[n++] = *from;
			buf[n] = '\0';
		}
}

START_TEST(test_garbage)
{
	char text[256];

	fill(text, sizeof(text), garbage[_i]);
	ck_assert_int_eq(role_of(text), HANDOFF_NONE);
}
END_TEST

/* The template itself is right, so that each fault above is what refuses. */
START_TEST(test_garbage_control)
{
	char text[256];

	fill(text, sizeof(text),
	    "worker line=%d chan=%d lock=-1 state=-1 worker=0");
	ck_assert_int_eq(role_of(text), HANDOFF_WORKER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handoff");
	TCase *tc = tcase_create("handoff");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_no_variable);
	tcase_add_test(tc, test_genuine);
	tcase_add_test(tc, test_variables_without_descriptors);
	tcase_add_test(tc, test_sockets_of_a_stranger);
	tcase_add_test(tc, test_resume);
	tcase_add_test(tc, test_resume_by_worker);
	tcase_add_loop_test(
	    tc, test_garbage, 0, (int)(sizeof(garbage) / sizeof(garbage[0])));
	tcase_add_test(tc, test_garbage_control);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
