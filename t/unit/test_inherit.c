/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets from outside, T-37. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appbase/log.h"
#include "libappbase/inherit.h"
#include "libappbase/sockaddr.h"

#define SELF 4711

static struct inherit in;
static int warnings;

static void
count_warning(const struct appbase_log_record *r, void *arg)
{
	(void)arg;
	warnings += r->level == APPBASE_LOG_WARN;
}

static void
setup(void)
{
	appbase_log_to(count_warning, NULL);
	warnings = 0;
}

static void
teardown(void)
{
	inherit_clear(&in);
	ck_assert_ptr_null(in.list);
	ck_assert_uint_eq(in.n, 0);
}

/* Make a listener at a descriptor's number, as another program would pass it.
 */
static void
listener_at(int number)
{
	int fd;

	ck_assert_int_eq(fcntl(number, F_GETFD), -1);
	fd = sockaddr_listen("127.0.0.1:0", NULL);
	ck_assert_int_ne(fd, -1);
	if (fd != number) {
		ck_assert_int_eq(dup2(fd, number), number);
		close(fd);
	}
	ck_assert_int_eq(fcntl(number, F_SETFD, 0), 0);
}

/* Take descriptors 3 to 9 before Check does... */
static void
take_room(void)
{
	int fd, null = open("/dev/null", O_RDWR);

	for (fd = 3; fd < 10; fd++)
		if (null == -1 || dup2(null, fd) == -1)
			exit(2);
	if (null >= 10)
		close(null);
}

/* ... and free them in the test, for the numbers that systemd would use. */
static void
make_room(void)
{
	int fd;

	for (fd = 3; fd < 10; fd++)
		close(fd);
}

START_TEST(systemd_by_name)
{
	make_room();
	listener_at(3);
	listener_at(4);
	ck_assert_int_eq(
	    inherit_systemd(&in, SELF, "4711", "2", "http:admin"), 0);
	ck_assert_uint_eq(in.n, 2);
	ck_assert_int_eq(fcntl(3, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(inherit_take(&in, "nosuch", "9000"), -1);
	ck_assert_int_eq(inherit_take(&in, "admin", NULL), 4);
	ck_assert_int_eq(inherit_take(&in, "admin", NULL), -1);
	ck_assert_int_eq(inherit_take(&in, "http", "*:80"), 3);
	ck_assert_uint_eq(in.n, 0);
	ck_assert_int_eq(warnings, 0);
}
END_TEST

START_TEST(systemd_unit_name)
{
	make_room();
	listener_at(3);
	listener_at(4);
	ck_assert_int_eq(
	    inherit_systemd(&in, SELF, "4711", "2", "web.socket:web2.socket"),
	    0);
	ck_assert_int_eq(inherit_take(&in, "we", NULL), -1);
	ck_assert_int_eq(inherit_take(&in, "web", NULL), 3);
	ck_assert_int_eq(inherit_take(&in, "web2", NULL), 4);
}
END_TEST

/* T-37: variables meant for another process are not ours. */
START_TEST(systemd_other_pid)
{
	static const char *const pids[] = {
	    "4712", "", "-4711", "4711 ", "4711x", "47110000000", NULL};
	size_t i;

	make_room();
	listener_at(3);
	for (i = 0; i < sizeof(pids) / sizeof(pids[0]); i++)
		ck_assert_int_eq(
		    inherit_systemd(&in, SELF, pids[i], "1", "http"), 0);
	ck_assert_uint_eq(in.n, 0);
	ck_assert_int_eq(fcntl(3, F_GETFD), 0);
	ck_assert_int_eq(inherit_systemd(&in, SELF, "4711", NULL, "http"), 0);
	ck_assert_uint_eq(in.n, 0);
}
END_TEST

START_TEST(systemd_bad_counts)
{
	static const char *const counts[] = {"-1", "x", "", "1.5", "999999999"};
	size_t i;

	make_room();
	listener_at(3);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		ck_assert_int_eq(
		    inherit_systemd(&in, SELF, "4711", counts[i], NULL), 0);
		ck_assert_int_eq(warnings, (int)i + 1);
	}
	ck_assert_uint_eq(in.n, 0);
	ck_assert_int_eq(inherit_systemd(&in, SELF, "4711", "0", NULL), 0);
	ck_assert_uint_eq(in.n, 0);
}
END_TEST

/* One socket without a name is for whoever asks; two are for nobody. */
START_TEST(systemd_lone_socket)
{
	static const char *const names[] = {NULL, "", "unknown"};
	size_t i;

	make_room();
	listener_at(3);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(
		    inherit_systemd(&in, SELF, "4711", "1", names[i]), 0);
		ck_assert_int_eq(inherit_take(&in, "http", "80"), 3);
	}
	listener_at(4);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(
		    inherit_systemd(&in, SELF, "4711", "2", names[i]), 0);
		ck_assert_uint_eq(in.n, 2);
		ck_assert_int_eq(inherit_take(&in, "http", "80"), -1);
		inherit_clear(&in);
	}
}
END_TEST

/* Fewer names than descriptors, one that is no listener, more names. */
START_TEST(systemd_odd_sets)
{
	int fd;

	make_room();
	listener_at(3);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(fd, 4);
	listener_at(5);
	ck_assert_int_eq(inherit_systemd(&in, SELF, "4711", "4", "a:b"), 0);
	ck_assert_int_eq(warnings, 2); /* 4 is a datagram socket, 6 is closed */
	ck_assert_uint_eq(in.n, 2);
	ck_assert_int_eq(fcntl(4, F_GETFD), 0);
	ck_assert_int_eq(inherit_take(&in, "b", NULL), -1);
	ck_assert_int_eq(inherit_take(&in, "a", NULL), 3);
	inherit_clear(&in);
	ck_assert_int_eq(inherit_systemd(&in, SELF, "4711", "1", "a:b:c"), 0);
	ck_assert_uint_eq(in.n, 1);
}
END_TEST

START_TEST(server_starter_by_address)
{
	char path[64], text[200], address[96];
	int fd;

	make_room();
	listener_at(3);
	listener_at(4);
	snprintf(path, sizeof(path), "/tmp/test_inherit.%d", (int)getpid());
	snprintf(address, sizeof(address), "unix:%s", path);
	fd = sockaddr_listen(address, NULL);
	ck_assert_int_eq(fd, 5);
	unlink(path);
	snprintf(text, sizeof(text), "127.0.0.1:8080=3;80=4;%s=5", path);
	ck_assert_int_eq(inherit_server_starter(&in, text), 0);
	ck_assert_uint_eq(in.n, 3);
	ck_assert_int_eq(inherit_take(&in, "x", "127.0.0.1:8081"), -1);
	ck_assert_int_eq(inherit_take(&in, "x", NULL), -1);
	ck_assert_int_eq(inherit_take(&in, "x", "tcp://127.0.0.1:8080"), 3);
	ck_assert_int_eq(inherit_take(&in, "y", "*:80"), 4);
	ck_assert_int_eq(inherit_take(&in, "z", address), 5);
	ck_assert_int_eq(warnings, 0);
}
END_TEST

START_TEST(server_starter_bad_entries)
{
	make_room();
	listener_at(3);
	ck_assert_int_eq(inherit_server_starter(&in, NULL), 0);
	ck_assert_int_eq(inherit_server_starter(&in, ""), 0);
	ck_assert_int_eq(warnings, 0);
	ck_assert_int_eq(inherit_server_starter(
			     &in, "80;=3;81=;82=x;83=-3;84=99;85=2;a=b=3"),
	    0);
	ck_assert_int_eq(warnings, 7);
	ck_assert_uint_eq(in.n, 1);
	ck_assert_str_eq(in.list[0].address, "a=b");
}
END_TEST

START_TEST(listen_fd_option)
{
	static const char *const bad[] = {"", "http", "http=", "=3", "http=x",
	    "ht tp=3", "http=3x", "http=-1", "http=0", "http=77"};
	size_t i;

	make_room();
	listener_at(3);
	ck_assert_int_eq(inherit_option(&in, NULL), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(inherit_option(&in, bad[i]), 0);
		ck_assert_int_eq(warnings, (int)i + 1);
	}
	ck_assert_uint_eq(in.n, 0);
	ck_assert_int_eq(inherit_option(&in, "http=3"), 0);
	ck_assert_int_eq(fcntl(3, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(inherit_take(&in, "other", "80"), -1);
	ck_assert_int_eq(inherit_take(&in, "http", "80"), 3);
}
END_TEST

/* One descriptor named twice has one owner. */
START_TEST(same_descriptor_twice)
{
	make_room();
	listener_at(3);
	ck_assert_int_eq(inherit_systemd(&in, SELF, "4711", "1", NULL), 0);
	ck_assert_int_eq(inherit_option(&in, "http=3"), 0);
	ck_assert_int_eq(inherit_server_starter(&in, "8080=3"), 0);
	ck_assert_uint_eq(in.n, 1);
	ck_assert_int_eq(inherit_take(&in, "http", NULL), 3);
	ck_assert_int_eq(inherit_take(&in, "x", "8080"), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inherit");
	TCase *tc = tcase_create("inherit");
	SRunner *sr = srunner_create(s);
	int failed;

	take_room();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, systemd_by_name);
	tcase_add_test(tc, systemd_unit_name);
	tcase_add_test(tc, systemd_other_pid);
	tcase_add_test(tc, systemd_bad_counts);
	tcase_add_test(tc, systemd_lone_socket);
	tcase_add_test(tc, systemd_odd_sets);
	tcase_add_test(tc, server_starter_by_address);
	tcase_add_test(tc, server_starter_bad_entries);
	tcase_add_test(tc, listen_fd_option);
	tcase_add_test(tc, same_descriptor_twice);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
