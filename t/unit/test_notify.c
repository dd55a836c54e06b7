/* SPDX-License-Identifier: BSD-2-Clause */
/* The sd_notify protocol, both directions: R-36, T-58, B-402. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appbase/notify.h"
#include "libappbase/clock.h"

static char dir[64];
static char path[96];
static struct appbase_notify_server *server;
static struct appbase_notification n;

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_notify.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/n", dir);
	unsetenv("NOTIFY_SOCKET");
	server = appbase_notify_listen(path);
	ck_assert_ptr_nonnull(server);
}

static void
teardown(void)
{
	appbase_notify_free(server);
	server = NULL;
	ck_assert_int_eq(rmdir(dir), 0);
}

/* Parse a text that has no byte to spare behind it. */
static unsigned
parse(const char *text, size_t len)
{
	static char *buf;

	free(buf);
	buf = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(buf);
	memcpy(buf, text, len);
	return appbase_notify_parse(buf, len, &n);
}

static unsigned
parse_text(const char *text)
{
	return parse(text, strlen(text));
}

START_TEST(parse_nothing)
{
	memset(&n, 0xff, sizeof(n));
	n.nfds = 0;
	ck_assert_uint_eq(parse("", 0), 0);
	ck_assert(!n.ready && !n.reloading && !n.stopping && !n.watchdog);
	ck_assert(!n.watchdog_trigger && !n.fdstore && !n.fdstoreremove);
	ck_assert(!n.barrier);
	ck_assert_int_eq(n.mainpid, 0);
	ck_assert_int_eq(n.extend_timeout_usec, 0);
	ck_assert_int_eq(n.watchdog_usec, -1);
	ck_assert_int_eq(n.monotonic_usec, -1);
	ck_assert_int_eq(n.errno_value, 0);
	ck_assert_ptr_null(n.status);
	ck_assert_ptr_null(n.fdname);
	ck_assert_int_eq(n.pid, -1);
}
END_TEST

START_TEST(parse_every_field)
{
	ck_assert_uint_eq(
	    parse_text("READY=1\nRELOADING=1\nSTOPPING=1\nWATCHDOG=1\n"
		       "WATCHDOG=trigger\nFDSTORE=1\nFDSTOREREMOVE=1\n"
		       "BARRIER=1\nMAINPID=4711\nEXTEND_TIMEOUT_USEC=5000000\n"
		       "WATCHDOG_USEC=0\nMONOTONIC_USEC=9223372036854775807\n"
		       "ERRNO=2\nFDNAME=a b\nSTATUS=one = two"),
	    15);
	ck_assert(n.ready && n.reloading && n.stopping && n.watchdog);
	ck_assert(n.watchdog_trigger && n.fdstore && n.fdstoreremove);
	ck_assert(n.barrier);
	ck_assert_int_eq(n.mainpid, 4711);
	ck_assert_int_eq(n.extend_timeout_usec, 5000000);
	ck_assert_int_eq(n.watchdog_usec, 0);
	ck_assert_int_eq(n.monotonic_usec, INT64_MAX);
	ck_assert_int_eq(n.errno_value, 2);
	ck_assert_str_eq(n.fdname, "a b");
	ck_assert_str_eq(n.status, "one = two");
}
END_TEST

START_TEST(parse_odd_lines)
{
	static const char *const bad[] = {"READY", "=1", "=", "\n\n",
	    "READY=", "READY=0", "READY=10", "ready=1", " READY=1", "READY=1\r",
	    "X=1", "MAINPID=0", "MAINPID=-1", "MAINPID=x", "MAINPID= 1",
	    "MAINPID=1 ", "MAINPID=4294967297", "WATCHDOG=2",
	    "WATCHDOG_USEC=-1", "WATCHDOG_USEC=9223372036854775808", "ERRNO=+1",
	    "FDNAME=", "FDNAME=a:b", "FDNAME=\t", "BARRIER=true"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse_text(bad[i]) == 0, "%s", bad[i]);
	ck_assert_uint_eq(parse("STATUS=a\0b\nREADY=1", 18), 1);
	ck_assert_ptr_null(n.status);
	ck_assert(n.ready);
	ck_assert_uint_eq(parse_text("nonsense\nSTATUS=\nREADY=1\n"), 2);
	ck_assert_str_eq(n.status, "");
	ck_assert_uint_eq(parse_text("STATUS=a\nSTATUS=b"), 2);
	ck_assert_str_eq(n.status, "b");
}
END_TEST

START_TEST(send_needs_an_address)
{
	ck_assert_int_eq(appbase_notify(NULL, "READY=1"), 0);
	ck_assert_int_eq(appbase_notify_barrier(NULL, 0), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	ck_assert_int_eq(appbase_notify(NULL, "READY=1"), 0);
	ck_assert_int_eq(appbase_notify("relative", "READY=1"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(appbase_notify("@", "READY=1"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(appbase_notify("/nonexistent/socket", "READY=1"), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(send_and_receive)
{
	ck_assert_int_eq(appbase_notify_receive(server, &n), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	ck_assert_int_eq(appbase_notify(NULL, "READY=1\nSTATUS=up"), 1);
	ck_assert_int_eq(appbase_notify(path, "STOPPING=1"), 1);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert_int_eq(n.pid, getpid());
	ck_assert_uint_eq(n.uid, getuid());
	ck_assert(n.ready && !n.stopping);
	ck_assert_str_eq(n.status, "up");
	ck_assert_uint_eq(n.nfds, 0);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert(!n.ready && n.stopping);
	ck_assert_ptr_null(n.status);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 0);
	ck_assert_uint_eq(appbase_notify_dropped(server), 0);
}
END_TEST

/* The abstract name space, with a plain socket as the manager. */
START_TEST(send_to_abstract)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char name[64], buf[32];
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(s, -1);
	snprintf(name, sizeof(name), "@test_notify.%d", (int)getpid());
	memcpy(un.sun_path + 1, name + 1, strlen(name) - 1);
	ck_assert_int_eq(
	    bind(s, (struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    strlen(name))),
	    0);
	ck_assert_int_eq(appbase_notify(name, "READY=1"), 1);
	ck_assert_int_eq(recv(s, buf, sizeof(buf), MSG_DONTWAIT), 7);
	ck_assert_int_eq(memcmp(buf, "READY=1", 7), 0);
	close(s);
}
END_TEST

/* A full queue is told, not waited for. */
START_TEST(send_does_not_block)
{
	int i, r = 1;

	for (i = 0; i < 100000 && r == 1; i++)
		r = appbase_notify(path, "STATUS=x");
	ck_assert_int_eq(r, -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(i, 1);
	for (; i > 1; i--)
		ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert_int_eq(appbase_notify(path, "READY=1"), 1);
}
END_TEST

START_TEST(descriptors_arrive)
{
	struct stat a, b;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(
	    appbase_notify_fd(path, "FDSTORE=1\nFDNAME=null", fd), 1);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert(n.fdstore);
	ck_assert_str_eq(n.fdname, "null");
	ck_assert_uint_eq(n.nfds, 1);
	ck_assert_int_eq(fcntl(n.fds[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &a), 0);
	ck_assert_int_eq(fstat(n.fds[0], &b), 0);
	ck_assert_uint_eq(a.st_rdev, b.st_rdev);
	close(n.fds[0]);
	close(fd);
}
END_TEST

/* Send `len` bytes and `nfds` copies of stderr, as a strange program might. */
static void
send_strange(size_t len, size_t nfds)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	static char buf[8192];
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct iovec iov = {buf, len};
	struct msghdr msg = {.msg_name = &un,
	    .msg_namelen = sizeof(un),
	    .msg_iov = &iov,
	    .msg_iovlen = 1};
	struct cmsghdr *c;
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), two = 2;
	size_t i;

	ck_assert_int_ne(s, -1);
	strlcpy(un.sun_path, path, sizeof(un.sun_path));
	memset(buf, '\n', sizeof(buf));
	memcpy(buf, "READY=1", 7);
	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (i = 0; i < nfds; i++)
			memcpy(
			    CMSG_DATA(c) + i * sizeof(int), &two, sizeof(two));
	}
	ck_assert_int_eq(sendmsg(s, &msg, 0), (ssize_t)len);
	close(s);
}

/* The lowest free descriptor: a leak moves it. */
static int
lowest_free(void)
{
	int fd = dup(2);

	close(fd);
	return fd;
}

START_TEST(oversized_are_dropped_whole)
{
	int before = lowest_free();
	size_t i;

	send_strange(4096, 16);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert(n.ready);
	ck_assert_uint_eq(n.nfds, 16);
	for (i = 0; i < n.nfds; i++)
		close(n.fds[i]);

	send_strange(4097, 3);
	send_strange(100, 17);
	send_strange(100, 64);
	ck_assert_int_eq(appbase_notify(path, "STOPPING=1"), 1);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert(n.stopping && !n.ready);
	ck_assert_uint_eq(n.nfds, 0);
	ck_assert_uint_eq(appbase_notify_dropped(server), 3);
	ck_assert_int_eq(lowest_free(), before);
}
END_TEST

START_TEST(empty_datagram)
{
	ck_assert_int_eq(appbase_notify(path, ""), 1);
	ck_assert_int_eq(appbase_notify_receive(server, &n), 1);
	ck_assert_int_eq(n.pid, getpid());
	ck_assert(!n.ready);
}
END_TEST

START_TEST(barrier_times_out)
{
	int64_t start = clock_now_ms();

	ck_assert_int_eq(appbase_notify_barrier(path, 50), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(clock_now_ms() - start, 50);
}
END_TEST

/* Serve the barrier from a child, behind a queue that is full at first. */
START_TEST(barrier_is_acknowledged)
{
	struct pollfd p = {
	    .fd = appbase_notify_server_fd(server), .events = POLLIN};
	int status;
	pid_t pid;

	while (appbase_notify(path, "STATUS=x") == 1)
		;
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		do {
			if (poll(&p, 1, 10000) != 1 ||
			    appbase_notify_receive(server, &n) != 1)
				_exit(1);
		} while (!n.barrier);
		_exit(n.nfds == 1 && close(n.fds[0]) == 0 ? 0 : 2);
	}
	ck_assert_int_eq(appbase_notify_barrier(path, 10000), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(server_socket)
{
	struct appbase_notify_server *second;
	struct stat st;
	mode_t old;

	ck_assert_int_eq(
	    fcntl(appbase_notify_server_fd(server), F_GETFD), FD_CLOEXEC);
	old = umask(077);
	second = appbase_notify_listen(path);
	umask(old);
	ck_assert_ptr_nonnull(second);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);

	/* The older one leaves the newer one's path alone. */
	appbase_notify_free(server);
	server = NULL;
	ck_assert_int_eq(appbase_notify(path, "READY=1"), 1);
	appbase_notify_free(second);
	ck_assert_int_eq(access(path, F_OK), -1);
	appbase_notify_free(NULL);
}
END_TEST

START_TEST(server_refuses)
{
	char longest[200], file[100];
	int fd;

	snprintf(longest, sizeof(longest), "/%0150d", 0);
	ck_assert_ptr_null(appbase_notify_listen(longest));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_ptr_null(appbase_notify_listen(""));
	ck_assert_int_eq(errno, EINVAL);
	snprintf(file, sizeof(file), "%s/f", dir);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_ptr_null(appbase_notify_listen(file));
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_int_eq(unlink(file), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = tcase_create("notify");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, parse_nothing);
	tcase_add_test(tc, parse_every_field);
	tcase_add_test(tc, parse_odd_lines);
	tcase_add_test(tc, send_needs_an_address);
	tcase_add_test(tc, send_and_receive);
	tcase_add_test(tc, send_to_abstract);
	tcase_add_test(tc, send_does_not_block);
	tcase_add_test(tc, descriptors_arrive);
	tcase_add_test(tc, oversized_are_dropped_whole);
	tcase_add_test(tc, empty_datagram);
	tcase_add_test(tc, barrier_times_out);
	tcase_add_test(tc, barrier_is_acknowledged);
	tcase_add_test(tc, server_socket);
	tcase_add_test(tc, server_refuses);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
