/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/greet.c: what a supervisor says first. */
#include "libappbase/greet.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libappbase/fd.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"
#include "libappbase/page.h"

static struct chan *says, *hears;
static struct appbase supervisor, worker;
static int page;

static void
setup(void)
{
	int sv[2];

	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, sv), 0);
	ck_assert_ptr_nonnull(says = chan_new(sv[0]));
	ck_assert_ptr_nonnull(hears = chan_new(sv[1]));
	ck_assert_ptr_nonnull(supervisor.listeners = listeners_new());
	ck_assert_ptr_nonnull(worker.listeners = listeners_new());
	ck_assert_int_ge(page = fd_memory("page", PAGE_SIZE_BYTES), 0);
}

static void
teardown(void)
{
	chan_free(says);
	chan_free(hears);
	listeners_free(supervisor.listeners);
	listeners_free(worker.listeners);
	close(page);
}

static ino_t
inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

START_TEST(test_round_trip)
{
	struct greeting sent = {.generation = UINT64_MAX,
	    .supervisor = 4711,
	    .knows_ready = true,
	    .candidate = true,
	    .page_fd = page};
	struct greeting got;
	struct listener *l;
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	listeners_put(supervisor.listeners, "a", "0.0.0.0:80", p[0], true);
	listeners_put(supervisor.listeners, "b", "unix:/x", p[1], true);
	ck_assert_int_eq(greet_send(says, &sent, &supervisor), 0);
	ck_assert_int_eq(greet_read(hears, &got, &worker), 0);
	ck_assert_uint_eq(got.generation, UINT64_MAX);
	ck_assert_int_eq(got.supervisor, 4711);
	ck_assert(got.candidate);
	ck_assert(got.knows_ready);
	ck_assert_uint_eq(inode(got.page_fd), inode(page));
	close(got.page_fd);
	ck_assert_ptr_nonnull(l = listeners_find(worker.listeners, "a"));
	ck_assert_str_eq(l->address, "0.0.0.0:80");
	ck_assert_uint_eq(inode(l->fd), inode(p[0]));
	ck_assert(!l->remove); /* the path is the supervisor's to remove */
	ck_assert_ptr_nonnull(l = listeners_find(worker.listeners, "b"));
	ck_assert_uint_eq(inode(l->fd), inode(p[1]));
	ck_assert(!l->remove);
}
END_TEST

/* A HELLO of some version, with or without its page. */
static void
hello(int64_t version, size_t nfds)
{
	struct keepmsg_buf b = {0};

	keepmsg_put_int(&b, version);
	keepmsg_put_int(&b, 3);
	keepmsg_put_int(&b, 4);
	keepmsg_put_int(&b, 0);
	keepmsg_put_int(&b, 0);
	ck_assert_int_eq(
	    chan_send(says, KEEPMSG_HELLO, b.data, b.len, &page, nfds), 0);
	keepmsg_buf_free(&b);
}

static void
plain(uint16_t type, const char *text, size_t nfds)
{
	ck_assert_int_eq(
	    chan_send(says, type, text, strlen(text), &page, nfds), 0);
}

/* Not understood: nothing is kept of it. */
static void
refused(int error)
{
	struct greeting got;
	int before = fcntl(page, F_DUPFD_CLOEXEC, 0), after;

	close(before);
	errno = 0;
	ck_assert_int_eq(greet_read(hears, &got, &worker), -1);
	ck_assert_int_eq(errno, error);
	ck_assert_int_eq(got.page_fd, -1);
	after = fcntl(page, F_DUPFD_CLOEXEC, 0);
	close(after);
	ck_assert_int_eq(after, before); /* no descriptor leaked */
}

START_TEST(test_other_version)
{
	hello(GREET_VERSION + 1, 1);
	plain(KEEPMSG_READY, "", 0);
	refused(EPROTO);
}
END_TEST

START_TEST(test_no_page)
{
	hello(GREET_VERSION, 0);
	refused(EPROTO);
}
END_TEST

START_TEST(test_no_hello)
{
	plain(KEEPMSG_READY, "", 0);
	refused(EPROTO);
}
END_TEST

START_TEST(test_second_hello)
{
	hello(GREET_VERSION, 1);
	hello(GREET_VERSION, 1);
	refused(EPROTO);
}
END_TEST

START_TEST(test_malformed_hello)
{
	plain(KEEPMSG_HELLO, "garbage", 1);
	refused(EPROTO);
}
END_TEST

START_TEST(test_malformed_listener)
{
	hello(GREET_VERSION, 1);
	plain(KEEPMSG_INHERIT, "garbage", 1);
	refused(EPROTO);
	ck_assert(TAILQ_EMPTY(&worker.listeners->list));
}
END_TEST

START_TEST(test_listener_without_descriptor)
{
	struct keepmsg_buf b = {0};

	hello(GREET_VERSION, 1);
	keepmsg_put_str(&b, "name");
	keepmsg_put_str(&b, "address");
	ck_assert_int_eq(
	    chan_send(says, KEEPMSG_INHERIT, b.data, b.len, NULL, 0), 0);
	keepmsg_buf_free(&b);
	refused(EPROTO);
	ck_assert(TAILQ_EMPTY(&worker.listeners->list));
}
END_TEST

/* The supervisor ends in the middle. */
START_TEST(test_end)
{
	hello(GREET_VERSION, 1);
	chan_free(says);
	says = NULL;
	refused(EPIPE);
}
END_TEST

/* What a newer supervisor says besides is passed over. */
START_TEST(test_unknown_message)
{
	struct greeting got;

	plain(250, "new", 1);
	hello(GREET_VERSION, 1);
	plain(251, "newer", 0);
	plain(KEEPMSG_READY, "", 0);
	ck_assert_int_eq(greet_read(hears, &got, &worker), 0);
	ck_assert_uint_eq(got.generation, 3);
	ck_assert(!got.candidate);
	close(got.page_fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("greet");
	TCase *tc = tcase_create("greet");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_other_version);
	tcase_add_test(tc, test_no_page);
	tcase_add_test(tc, test_no_hello);
	tcase_add_test(tc, test_second_hello);
	tcase_add_test(tc, test_malformed_hello);
	tcase_add_test(tc, test_malformed_listener);
	tcase_add_test(tc, test_listener_without_descriptor);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_unknown_message);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
