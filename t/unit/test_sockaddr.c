/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening addresses, T-41. */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/sockaddr.h"

#define RACERS 8

static char dir[64];
static char path[128];	  /* dir/s */
static char address[160]; /* unix:dir/s */

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_sockaddr.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(address, sizeof(address), "unix:%s", path);
}

static void
teardown(void)
{
	char name[400];
	struct dirent *e;
	DIR *d = opendir(dir);

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			unlink(name);
	}
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* How many names are in the directory. */
static int
entries(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		n +=
		    strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

/* Connect to a unix path; a descriptor or -1. */
static int
dial(const char *to)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_uint_lt(
	    strlcpy(un.sun_path, to, sizeof(un.sun_path)), sizeof(un.sun_path));
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	close(fd);
	return -1;
}

static mode_t
mode_of(const char *of)
{
	struct stat st;

	ck_assert_int_eq(lstat(of, &st), 0);
	return st.st_mode & 07777;
}

static const struct {
	const char *text, *want; /* want NULL: an error */
	int error;
} cases[] = {
    {"127.0.0.1:80", "127.0.0.1:80", 0},
    {"tcp://127.0.0.1:80", "127.0.0.1:80", 0},
    {"[::1]:8080", "[::1]:8080", 0},
    {"[::]:0", "[::]:0", 0},
    {"tcp://[::1]:8080", "[::1]:8080", 0},
    {"*:65535", "[::]:65535", 0},
    {"9001", "[::]:9001", 0},
    {"0.0.0.0:1", "0.0.0.0:1", 0},
    {"unix:/run/x.sock", "unix:/run/x.sock", 0},
    {"unix:///run/x.sock", "unix:/run/x.sock", 0},
    {"", NULL, EINVAL},
    {":80", NULL, EINVAL},
    {"host:", NULL, EINVAL},
    {"127.0.0.1", NULL, EINVAL},
    {"127.0.0.1:65536", NULL, EINVAL},
    {"127.0.0.1:-1", NULL, EINVAL},
    {"127.0.0.1:+1", NULL, EINVAL},
    {"127.0.0.1: 1", NULL, EINVAL},
    {"127.0.0.1:80x", NULL, EINVAL},
    {"127.0.0.1:000080", NULL, EINVAL},
    {"::1:80", NULL, EINVAL},
    {"[::1]", NULL, EINVAL},
    {"[]:80", NULL, EINVAL},
    {"[127.0.0.1]:80", NULL, EINVAL},
    {"[::1:80", NULL, EINVAL},
    {"unix:", NULL, EINVAL},
    {"unix:x.sock", NULL, EINVAL},
    {"unix://x.sock", NULL, EINVAL},
    {"unix:/run/", NULL, EINVAL},
    {"nosuchhost.invalid:80", NULL, EADDRNOTAVAIL},
    {"[::zz]:80", NULL, EADDRNOTAVAIL},
};

START_TEST(address_texts)
{
	struct sockaddr_storage ss;
	socklen_t len;
	char buf[160];

	errno = 0;
	if (cases[_i].want == NULL) {
		ck_assert_int_eq(sockaddr_parse(cases[_i].text, &ss, &len), -1);
		ck_assert_int_eq(errno, cases[_i].error);
		return;
	}
	ck_assert_int_eq(sockaddr_parse(cases[_i].text, &ss, &len), 0);
	ck_assert_str_eq(
	    sockaddr_text((struct sockaddr *)&ss, len, buf, sizeof(buf)),
	    cases[_i].want);
}
END_TEST

/* A name with both kinds of address; nothing to see where it has none. */
START_TEST(host_name)
{
	struct addrinfo *res;
	struct sockaddr_storage ss;
	socklen_t len;
	char buf[160];

	if (getaddrinfo("localhost", NULL, NULL, &res) != 0)
		return;
	freeaddrinfo(res);
	ck_assert_int_eq(sockaddr_parse("localhost:7", &ss, &len), 0);
	ck_assert_str_eq(
	    sockaddr_text((struct sockaddr *)&ss, len, buf, sizeof(buf)),
	    "127.0.0.1:7");
}
END_TEST

START_TEST(path_length_limit)
{
	struct sockaddr_storage ss;
	socklen_t len;
	char text[140];

	snprintf(text, sizeof(text), "unix:/%0106d", 0);
	ck_assert_int_eq(sockaddr_parse(text, &ss, &len), 0);
	snprintf(text, sizeof(text), "unix:/%0107d", 0);
	ck_assert_int_eq(sockaddr_parse(text, &ss, &len), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

START_TEST(names)
{
	char longest[65];

	memset(longest, 'n', 64);
	longest[64] = '\0';
	ck_assert(!sockaddr_name_ok(longest));
	longest[63] = '\0';
	ck_assert(sockaddr_name_ok(longest));
	ck_assert(sockaddr_name_ok("http-1.A_z"));
	ck_assert(!sockaddr_name_ok(""));
	ck_assert(!sockaddr_name_ok("a b"));
	ck_assert(!sockaddr_name_ok("a=b"));
	ck_assert(!sockaddr_name_ok("a:b"));
}
END_TEST

START_TEST(tcp_listener)
{
	struct appbase_listen_options opt = {.flags = APPBASE_LISTEN_NONBLOCK};
	struct sockaddr_in in = {.sin_family = AF_INET};
	char text[32];
	int fd, other, c;

	fd = sockaddr_listen("127.0.0.1:0", &opt);
	ck_assert_int_ge(fd, 3);
	ck_assert(sockaddr_is_listener(fd));
	ck_assert_uint_ne(sockaddr_port(fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);

	snprintf(text, sizeof(text), "127.0.0.1:%u", sockaddr_port(fd));
	other = sockaddr_listen(text, NULL);
	ck_assert_int_eq(other, -1);
	ck_assert_int_eq(errno, EADDRINUSE);

	c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ne(c, -1);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(sockaddr_port(fd));
	ck_assert_int_eq(connect(c, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert(!sockaddr_is_listener(c));
	close(c);
	close(fd);
	ck_assert(!sockaddr_is_listener(fd));
}
END_TEST

START_TEST(reuseport_shares_a_port)
{
	struct appbase_listen_options opt = {.flags = APPBASE_LISTEN_REUSEPORT};
	char text[32];
	int a, b;

	a = sockaddr_listen("127.0.0.1:0", &opt);
	ck_assert_int_ne(a, -1);
	ck_assert(!(fcntl(a, F_GETFL) & O_NONBLOCK));
	snprintf(text, sizeof(text), "127.0.0.1:%u", sockaddr_port(a));
	b = sockaddr_listen(text, &opt);
	ck_assert_int_ne(b, -1);
	ck_assert_uint_eq(sockaddr_port(a), sockaddr_port(b));
	close(a);
	close(b);
}
END_TEST

/* The v6 wildcard answers IPv4 too unless told otherwise. */
START_TEST(v6_listeners)
{
	static const unsigned flags[] = {0, APPBASE_LISTEN_V6ONLY};
	struct appbase_listen_options opt = {0};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int i, fd, c, r;

	for (i = 0; i < 2; i++) {
		opt.flags = flags[i];
		fd = sockaddr_listen("[::]:0", &opt);
		if (fd == -1 && errno == EAFNOSUPPORT)
			return; /* no IPv6 in this kernel */
		ck_assert_int_ne(fd, -1);
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in.sin_port = htons(sockaddr_port(fd));
		c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		r = connect(c, (struct sockaddr *)&in, sizeof(in));
		ck_assert_int_eq(r, i == 0 ? 0 : -1);
		close(c);
		close(fd);
	}
}
END_TEST

START_TEST(unix_listener_and_mode)
{
	struct appbase_listen_options opt = {0};
	mode_t old = umask(027);
	int fd, c;

	fd = sockaddr_listen(address, NULL);
	ck_assert_int_ge(fd, 3);
	ck_assert(sockaddr_is_listener(fd));
	ck_assert_uint_eq(sockaddr_port(fd), 0);
	ck_assert_uint_eq(mode_of(path), 0640);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	c = dial(path);
	ck_assert_int_ne(c, -1);
	close(c);
	close(fd);
	ck_assert_int_eq(entries(), 1);

	opt.mode = 0722;
	fd = sockaddr_listen(address, &opt);
	ck_assert_int_ne(fd, -1);
	ck_assert_uint_eq(mode_of(path), 0722);
	ck_assert_int_eq(entries(), 1);
	close(fd);
	umask(old);
}
END_TEST

START_TEST(unix_owner)
{
	struct appbase_listen_options opt = {
	    .mode = 0600, .owner_plus_1 = 65533 + 1, .group_plus_1 = 65532 + 1};
	struct stat st;
	int fd = sockaddr_listen(address, &opt);

	if (geteuid() != 0) {
		ck_assert_int_eq(fd, -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(entries(), 0);
		return;
	}
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 65533);
	ck_assert_uint_eq(st.st_gid, 65532);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	close(fd);
}
END_TEST

START_TEST(unix_live_stale_and_strangers)
{
	int fd, again;

	fd = sockaddr_listen(address, NULL);
	ck_assert_int_ne(fd, -1);
	again = sockaddr_listen(address, NULL);
	ck_assert_int_eq(again, -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(fd);

	/* Nobody listens: it is stale, and replaced. */
	ck_assert_int_eq(dial(path), -1);
	fd = sockaddr_listen(address, NULL);
	ck_assert_int_ne(fd, -1);
	again = dial(path);
	ck_assert_int_ne(again, -1);
	close(again);
	close(fd);
	ck_assert_int_eq(unlink(path), 0);

	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_int_eq(sockaddr_listen(address, NULL), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(unlink(path), 0);

	ck_assert_int_eq(symlink("elsewhere", path), 0);
	ck_assert_int_eq(sockaddr_listen(address, NULL), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(unix_no_directory)
{
	char text[200];

	snprintf(text, sizeof(text), "unix:%s/none/s", dir);
	ck_assert_int_eq(sockaddr_listen(text, NULL), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A full backlog is a live socket. */
START_TEST(unix_full_backlog_is_live)
{
	struct appbase_listen_options opt = {.backlog = 1};
	int fd, a, b;

	fd = sockaddr_listen(address, &opt);
	ck_assert_int_ne(fd, -1);
	a = dial(path);
	b = dial(path);
	ck_assert_int_eq(sockaddr_listen(address, NULL), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(a);
	close(b);
	close(fd);
}
END_TEST

/* The longest path still has room for a temporary name. */
START_TEST(unix_longest_path)
{
	char longest[160], text[200];
	int fd, width = 107 - (int)strlen(dir) - 1;

	snprintf(longest, sizeof(longest), "%s/%0*d", dir, width, 0);
	ck_assert_uint_eq(strlen(longest), 107);
	snprintf(text, sizeof(text), "unix:%s", longest);
	fd = sockaddr_listen(text, NULL);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(access(longest, F_OK), 0);
	ck_assert_int_eq(entries(), 1);
	close(fd);
}
END_TEST

/* One of many: take the socket, say how it went, hold it until told. */
static void
race(int go, int told, int end)
{
	char c;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &c, 1) != 0)
		_exit(3);
	fd = sockaddr_listen(address, NULL);
	c = fd != -1 ? 'y' : errno == EADDRINUSE ? 'n' : '?';
	if (write(told, &c, 1) != 1 || read(end, &c, 1) != 0)
		_exit(3);
	_exit(0);
}

/* Many at once over a stale socket: one wins, and it is the one that answers.
 */
START_TEST(unix_racers)
{
	int go[2], told[2], end[2], i, fd, status, won = 0;
	pid_t pid[RACERS];
	char c;

	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(told, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(end, O_CLOEXEC), 0);
	fd = sockaddr_listen(address, NULL);
	ck_assert_int_ne(fd, -1);
	close(fd);
	for (i = 0; i < RACERS; i++) {
		pid[i] = fork();
		ck_assert_int_ne(pid[i], -1);
		if (pid[i] == 0) {
			close(go[1]);
			close(end[1]);
			race(go[0], told[1], end[0]);
		}
	}
	close(go[1]);
	for (i = 0; i < RACERS; i++) {
		ck_assert_int_eq(read(told[0], &c, 1), 1);
		ck_assert_int_ne(c, '?');
		won += c == 'y';
	}
	ck_assert_int_eq(won, 1);
	fd = dial(path);
	ck_assert_int_ne(fd, -1);
	close(fd);
	close(end[1]);
	for (i = 0; i < RACERS; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	close(go[0]);
	close(told[0]);
	close(told[1]);
	close(end[0]);
	ck_assert_int_eq(entries(), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sockaddr");
	TCase *tc = tcase_create("sockaddr");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(
	    tc, address_texts, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, host_name);
	tcase_add_test(tc, path_length_limit);
	tcase_add_test(tc, names);
	tcase_add_test(tc, tcp_listener);
	tcase_add_test(tc, reuseport_shares_a_port);
	tcase_add_test(tc, v6_listeners);
	tcase_add_test(tc, unix_listener_and_mode);
	tcase_add_test(tc, unix_owner);
	tcase_add_test(tc, unix_live_stale_and_strangers);
	tcase_add_test(tc, unix_no_directory);
	tcase_add_test(tc, unix_full_backlog_is_live);
	tcase_add_test(tc, unix_longest_path);
	tcase_add_loop_test(tc, unix_racers, 0, 20);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
