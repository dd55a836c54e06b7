/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/io: the socket of FastCGI programs, how it is made and in what
 * words that fails (P-086, C-210), who holds it and when it is closed (P-084,
 * P-085, P-087).  The keeper is a fake that counts.
 */
#include "supervisord/io/fcgisock.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "supervisord/io/fcgibind.h"

static char dir[64], path[128], url[160];
static struct config_fcgi_socket unix_config, tcp_config;
static char *err;

/* What the keeper has. */
static struct {
	char name[64];
	int fd; /* -1: nothing */
	int keeps, drops, error;
} kept;

int
appbase_keep_fd(struct appbase *app, const char *name, int fd)
{
	(void)app;
	if (kept.error != 0) {
		errno = kept.error;
		return -1;
	}
	ck_assert_int_eq(kept.fd, -1);
	kept.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	strlcpy(kept.name, name, sizeof(kept.name));
	kept.keeps++;
	return 0;
}

int
appbase_drop_fd(struct appbase *app, const char *name)
{
	(void)app;
	ck_assert_str_eq(name, kept.name);
	ck_assert_int_eq(close(kept.fd), 0);
	kept.fd = -1;
	kept.drops++;
	return 0;
}

int
appbase_kept_take(struct appbase *app, const char *name)
{
	(void)app;
	if (kept.fd != -1 && strcmp(name, kept.name) == 0)
		return fcntl(kept.fd, F_DUPFD_CLOEXEC, 0);
	errno = ENOENT;
	return -1;
}

static void
setup(void)
{
	memset(&kept, 0, sizeof(kept));
	kept.fd = -1;
	strcpy(dir, "/tmp/test_fcgisock.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	(void)snprintf(url, sizeof(url), "unix://%s", path);
	unix_config = (struct config_fcgi_socket){.url = url,
	    .is_unix = true,
	    .path = path,
	    .owner_uid = -1,
	    .owner_gid = -1,
	    .socket_mode = 0700};
	tcp_config = (struct config_fcgi_socket){
	    .url = "tcp://127.0.0.1:0", .host = "127.0.0.1"};
}

static void
teardown(void)
{
	free(err);
	err = NULL;
	if (kept.fd != -1)
		(void)close(kept.fd);
	(void)unlink(path);
	(void)rmdir(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* Does somebody listen? */
static bool
listens(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	rc = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	ck_assert(rc == 0 || errno == ECONNREFUSED);
	(void)close(fd);
	return rc == 0;
}

/* The port a socket is bound to, in network order. */
static in_port_t
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return sin.sin_port;
}

static struct fcgisock *
make(const struct config_fcgi_socket *config, const char *section)
{
	struct fcgisock *s = fcgisock_new(NULL, config, "g", section);

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(fcgisock_fd(s), -1);
	return s;
}

static void
wrong(const struct config_fcgi_socket *config, const char *why)
{
	ck_assert_int_eq(fcgibind(config, &err), -1);
	ck_assert_str_eq(err, why);
}

/* P-086: what is there already goes, the mode is set, it listens. */
START_TEST(bind_unix)
{
	struct stat st;
	int fd, i, n;
	socklen_t len = sizeof(n);

	for (i = 0; i < 2; i++) { /* the second finds the first one's file */
		ck_assert_int_ge(fd = fcgibind(&unix_config, &err), 0);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert(S_ISSOCK(st.st_mode));
		ck_assert_int_eq(st.st_mode & 07777, 0700);
		ck_assert(listens());
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		(void)close(fd);
		ck_assert(!listens());
	}
	unix_config.socket_mode = 0612;
	ck_assert_int_ge(fd = fcgibind(&unix_config, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0612);
	ck_assert_int_eq(
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &n, &len), 0);
	ck_assert_int_eq(n, 1);
	(void)close(fd);
	ck_assert_ptr_null(err);
}
END_TEST

START_TEST(bind_tcp)
{
	int fd, n;
	socklen_t len = sizeof(n);

	ck_assert_int_ge(fd = fcgibind(&tcp_config, &err), 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &n, &len), 0);
	ck_assert_int_eq(n, 1);
	tcp_config.port = ntohs(port_of(fd));
	wrong(&tcp_config, "[Errno 98] Address already in use");
	(void)close(fd);
	ck_assert_int_ge(fd = fcgibind(&tcp_config, &err), 0);
	(void)close(fd);
}
END_TEST

/* C-210: the words of Python's exceptions. */
START_TEST(words)
{
	char text[400];

	ck_assert_int_eq(mkdir(path, 0700), 0);
	(void)snprintf(
	    text, sizeof(text), "[Errno 21] Is a directory: '%s'", path);
	wrong(&unix_config, text);
	ck_assert_int_eq(rmdir(path), 0);
	unix_config.path = "/nonexistent/f";
	wrong(&unix_config, "[Errno 2] No such file or directory");
	memset(text, 'x', 108);
	text[0] = '/';
	text[108] = '\0';
	unix_config.path = text;
	wrong(&unix_config, "AF_UNIX path too long");
	tcp_config.host = "192.0.2.1"; /* nobody's (RFC 5737) */
	wrong(&tcp_config, "[Errno 99] Cannot assign requested address");
}
END_TEST

/* Of a socket whose owner cannot be set no file is left. */
START_TEST(chown_fails)
{
	char text[400];

	ck_assert_int_eq(chmod(dir, 0777), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	unix_config.owner_uid = 0;
	(void)snprintf(text, sizeof(text),
	    "Could not change ownership of socket file: [Errno 1] Operation "
	    "not permitted: '%s'",
	    path);
	wrong(&unix_config, text);
	ck_assert_int_eq(access(path, F_OK), -1);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* P-085: the first makes it, the last closes it. */
START_TEST(holders)
{
	struct fcgisock *s = make(&unix_config, "fcgi-program:x");
	int fd;

	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	fd = fcgisock_fd(s);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	ck_assert_int_eq(fcgisock_fd(s), fd);
	ck_assert_int_eq(kept.keeps, 1);
	fcgisock_release(s);
	ck_assert(listens());
	ck_assert_int_eq(kept.drops, 0);
	fcgisock_release(s);
	ck_assert(!listens());
	ck_assert_int_eq(kept.drops, 1);
	ck_assert_int_eq(fcgisock_fd(s), -1);
	ck_assert_int_eq(access(path, F_OK), 0); /* the file stays */
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	ck_assert(listens());
	fcgisock_release(s);
	fcgisock_free(s);
}
END_TEST

/* A probe leaves nothing but the file. */
START_TEST(probe)
{
	ck_assert_int_eq(fcgisock_probe(&unix_config, &err), 0);
	ck_assert(!listens());
	ck_assert_int_eq(fcgisock_try(&unix_config, &err), 0);
	ck_assert(!listens());
	ck_assert_int_eq(kept.keeps, 0);
}
END_TEST

/* P-087: who could not hold it does not, and may try again. */
START_TEST(hold_fails)
{
	struct fcgisock *s = make(&unix_config, "fcgi-program:x");
	char text[400];

	ck_assert_int_eq(mkdir(path, 0700), 0);
	(void)snprintf(text, sizeof(text),
	    "Could not create FastCGI socket %s: [Errno 21] Is a directory: "
	    "'%s'",
	    url, path);
	ck_assert_int_eq(fcgisock_hold(s, &err), -1);
	ck_assert_str_eq(err, text);
	ck_assert_int_eq(fcgisock_try(&unix_config, &err), -1);
	ck_assert_str_eq(err, text);
	ck_assert_int_eq(rmdir(path), 0);
	kept.error = EMFILE;
	ck_assert_int_eq(fcgisock_hold(s, &err), -1);
	(void)snprintf(text, sizeof(text),
	    "Could not create FastCGI socket %s: [Errno 24] Too many open "
	    "files",
	    url);
	ck_assert_str_eq(err, text);
	ck_assert_int_eq(fcgisock_fd(s), -1);
	kept.error = 0;
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	fcgisock_release(s);
	ck_assert_int_eq(kept.drops, 1);
	fcgisock_free(s);
}
END_TEST

/* A TCP port can be bound again while the keeper still has its copy. */
START_TEST(port_is_free)
{
	struct fcgisock *s;
	int late;

	ck_assert_int_ge(late = fcgibind(&tcp_config, &err), 0);
	tcp_config.port = ntohs(port_of(late));
	(void)close(late);
	s = make(&tcp_config, "fcgi-program:x");
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	ck_assert_int_ge(late = dup(kept.fd), 0);
	fcgisock_release(s);
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	fcgisock_release(s);
	(void)close(late);
	fcgisock_free(s);
}
END_TEST

/* B-501: the next engine goes on with the same socket. */
START_TEST(adopted)
{
	struct fcgisock *s = make(&unix_config, "fcgi-program:x");
	struct stat before, after;

	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	ck_assert_int_eq(fstat(fcgisock_fd(s), &before), 0);
	fcgisock_free(s); /* that engine is gone */
	ck_assert(listens());
	s = make(&unix_config, "fcgi-program:x");
	fcgisock_adopt(s);
	fcgisock_adopt(s);
	ck_assert_int_eq(fstat(fcgisock_fd(s), &after), 0);
	ck_assert_int_eq(before.st_ino, after.st_ino);
	fcgisock_release(s);
	ck_assert(listens());
	fcgisock_release(s);
	ck_assert(!listens());
	ck_assert_int_eq(kept.drops, 1);
	fcgisock_free(s);
}
END_TEST

/* Holders whose socket the keeper does not have: the next one makes it. */
START_TEST(adopted_without)
{
	struct fcgisock *s = make(&unix_config, "fcgi-program:x");

	fcgisock_adopt(s);
	ck_assert_int_eq(fcgisock_fd(s), -1);
	ck_assert_int_eq(fcgisock_hold(s, &err), 0);
	ck_assert(listens());
	fcgisock_release(s);
	ck_assert(listens());
	fcgisock_release(s);
	ck_assert(!listens());
	fcgisock_adopt(s);
	fcgisock_release(s);
	ck_assert_int_eq(kept.drops, 1);
	fcgisock_free(s);
}
END_TEST

/* Another section, group or address is another socket. */
START_TEST(names)
{
	struct fcgisock *a = make(&unix_config, "fcgi-program:x"),
			*b = make(&unix_config, "fcgi-program:y"),
			*c = make(&tcp_config, "fcgi-program:x"), *d;

	d = fcgisock_new(NULL, &unix_config, "h", "fcgi-program:x");
	ck_assert_ptr_nonnull(d);
	ck_assert_str_ne(fcgisock_name(a), fcgisock_name(b));
	ck_assert_str_ne(fcgisock_name(a), fcgisock_name(c));
	ck_assert_str_ne(fcgisock_name(a), fcgisock_name(d));
	ck_assert_int_eq(
	    strncmp(fcgisock_name(a), FCGISOCK_PREFIX, strlen(FCGISOCK_PREFIX)),
	    0);
	fcgisock_free(a);
	fcgisock_free(b);
	fcgisock_free(c);
	fcgisock_free(d);
	fcgisock_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fcgisock");
	TCase *tc = tcase_create("fcgisock");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bind_unix);
	tcase_add_test(tc, bind_tcp);
	tcase_add_test(tc, words);
	tcase_add_test(tc, chown_fails);
	tcase_add_test(tc, holders);
	tcase_add_test(tc, probe);
	tcase_add_test(tc, hold_fails);
	tcase_add_test(tc, port_is_free);
	tcase_add_test(tc, adopted);
	tcase_add_test(tc, adopted_without);
	tcase_add_test(tc, names);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
