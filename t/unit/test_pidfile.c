/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/pidfile.c: lock, content, identity (R-29, R-30; T-49 .. T-53). */
#include "libappbase/pidfile.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/fd.h"

static char dir[64], path[128], other[128];
static const char *why;
static int fd;

static void
setup(void)
{
	strlcpy(dir, "/tmp/test_pidfile.XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.pid", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	fd = -1;
}

static void
teardown(void)
{
	chmod(dir, 0700);
	unlink(path);
	rmdir(path);
	unlink(other);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
put(const char *name, const char *text)
{
	int f = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(f, 0);
	ck_assert_int_eq(write(f, text, strlen(text)), strlen(text));
	close(f);
}

static const char *
content(void)
{
	static char text[128];
	int f = open(path, O_RDONLY);
	ssize_t n = read(f, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(f);
	return text;
}

/*
 * A child that runs `act`, says so and lives until it is killed.  Its exit on
 * failure is seen by the read coming back empty.
 */
static pid_t
start(void (*act)(void))
{
	int p[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(p[0]);
		act();
		if (write(p[1], "", 1) != 1)
			_exit(1);
		close(p[1]);
		poll(NULL, 0, 60000);
		_exit(0);
	}
	close(p[1]);
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void
stop(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

static void
act_nothing(void)
{
}

static void
act_lock(void)
{
	if (pidfile_lock(path, &fd, &why) != PIDFILE_OK)
		_exit(1);
}

static void
act_hold(void)
{
	act_lock();
	if (pidfile_store(fd, getpid()) == -1)
		_exit(1);
}

static void
act_open(void)
{
	if (open(path, O_RDONLY) == -1)
		_exit(1);
}

START_TEST(lock_and_write)
{
	struct stat st;

	umask(022);
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	ck_assert_str_eq(why, "");
	ck_assert_int_ge(fd, 3);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(pidfile_store(fd, 1234567), 0);
	ck_assert_str_eq(content(), "1234567\n");
	ck_assert_int_eq(pidfile_store(fd, 89), 0);
	ck_assert_str_eq(content(), "89\n");
	ck_assert(pidfile_is_current(fd, path));
	pidfile_unlink(fd, path);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert(!pidfile_is_current(fd, path));
	close(fd);
}
END_TEST

/* T-42: with 0 to 2 closed the lock is still not one of them, and is held. */
START_TEST(lock_above_stdio)
{
	pid_t pid = fork();
	int status, second;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		fd_close_from(0);
		if (pidfile_lock(path, &fd, &why) != PIDFILE_OK || fd < 3)
			_exit(1);
		if (fcntl(0, F_GETFD) != -1)
			_exit(2);
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			_exit(3);
		_exit(
		    pidfile_lock(path, &second, &why) == PIDFILE_BUSY ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Store a pid under a limit on the size of files, in bytes. */
static int
store_limited(rlim_t bytes)
{
	struct rlimit limit;
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		if (getrlimit(RLIMIT_FSIZE, &limit) == -1)
			_exit(250);
		limit.rlim_cur = bytes;
		if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
			_exit(251);
		_exit(pidfile_store(fd, 123456) == -1 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A failed write leaves no half line (T-52: full disk). */
START_TEST(write_fails)
{
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	ck_assert_int_eq(store_limited(3), ENOSPC); /* a short write */
	ck_assert_str_eq(content(), "");
	ck_assert_int_eq(store_limited(0), EFBIG);
	ck_assert_str_eq(content(), "");
	ck_assert_int_eq(store_limited(7), 0);
	ck_assert_str_eq(content(), "123456\n");
	close(fd);
}
END_TEST

/* Old kernels, other systems and valgrind have none. */
static bool
system_has_pidfd(void)
{
	int f = -1;

#ifdef SYS_pidfd_open
	f = (int)syscall(SYS_pidfd_open, getpid(), 0);
	fd_close(f);
#endif
	return f != -1;
}

START_TEST(busy)
{
	pid_t pid = start(act_hold), named;
	int pidfd;

	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_BUSY);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_OK);
	ck_assert_int_eq(named, pid);
	ck_assert_int_eq(pidfd >= 0, system_has_pidfd());
	if (pidfd >= 0)
		ck_assert_int_ne(fcntl(pidfd, F_GETFD) & FD_CLOEXEC, 0);
	fd_close(pidfd);
	stop(pid);

	/* T-49: a dead owner's file is taken over. */
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_STRANGER);
	ck_assert_int_eq(pidfd, -1);
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	close(fd);
}
END_TEST

/* The starting command took the lock; its descendant inherited it. */
START_TEST(owner_inherited_the_lock)
{
	pid_t pid, named;
	int pidfd;

	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	pid = start(act_nothing);
	ck_assert_int_eq(pidfile_store(fd, pid), 0);
	close(fd);
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_BUSY);
	ck_assert_int_eq(pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_OK);
	ck_assert_int_eq(named, pid);
	fd_close(pidfd);
	stop(pid);
}
END_TEST

#ifdef __linux__
/* T-50: the file names an innocent process, even one that reads the file. */
START_TEST(owner_is_innocent)
{
	pid_t holder = start(act_lock), bystander = start(act_nothing);
	pid_t reader = start(act_open), named;
	char line[32];
	int pidfd;

	snprintf(line, sizeof(line), "%ld\n", (long)bystander);
	put(path, line);
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_STRANGER);
	ck_assert_int_eq(pidfd, -1);

	snprintf(line, sizeof(line), "%ld\n", (long)reader);
	put(path, line);
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_STRANGER);

	snprintf(line, sizeof(line), "%ld\n", (long)holder);
	put(path, line);
	ck_assert_int_eq(pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_OK);
	fd_close(pidfd);

	/* The same path, but another file than the locked one (T-53). */
	ck_assert_int_eq(unlink(path), 0);
	put(path, line);
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_STRANGER);
	stop(holder);
	stop(bystander);
	stop(reader);
}
END_TEST
#endif

/* T-51. */
START_TEST(owner_content)
{
	static const char *const garbage[] = {"garbage\n", "-1\n", "0\n",
	    "99999999999\n", "12 34\n", "12\n34\n", "+5\n", " 5\n", "\n",
	    "5 \n", "0x10\n"};
	pid_t pid = start(act_lock), named;
	int pidfd;

	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_EMPTY);
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		put(path, garbage[i]);
		ck_assert_msg(pidfile_owner(path, &named, &pidfd) ==
			PIDFILE_OWNER_GARBAGE,
		    "%s", garbage[i]);
		ck_assert_int_eq(pidfd, -1);
	}
#ifdef __linux__
	put(path, "1\n");
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_STRANGER);
#endif
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(
	    pidfile_owner(path, &named, &pidfd), PIDFILE_OWNER_EMPTY);
	stop(pid);
}
END_TEST

START_TEST(parse)
{
#define PARSE(text) pidfile_parse(text, sizeof(text) - 1)
	ck_assert_int_eq(PARSE("1\n"), 1);
	ck_assert_int_eq(PARSE("1"), 1);
	ck_assert_int_eq(PARSE("4194304\n"), 4194304);
	ck_assert_int_eq(PARSE("4194305\n"), -1);
	ck_assert_int_eq(PARSE("99999999999999999999999\n"), -1);
	ck_assert_int_eq(PARSE(""), -1);
	ck_assert_int_eq(PARSE("\n"), -1);
	ck_assert_int_eq(PARSE("0\n"), -1);
	ck_assert_int_eq(PARSE("012\n"), -1);
	ck_assert_int_eq(PARSE("-1\n"), -1);
	ck_assert_int_eq(PARSE("+1\n"), -1);
	ck_assert_int_eq(PARSE(" 1\n"), -1);
	ck_assert_int_eq(PARSE("1 \n"), -1);
	ck_assert_int_eq(PARSE("12 34\n"), -1);
	ck_assert_int_eq(PARSE("12\n34\n"), -1);
	ck_assert_int_eq(PARSE("12\n\n"), -1);
	ck_assert_int_eq(PARSE("12\0"), -1);
	ck_assert_int_eq(PARSE("12\r\n"), -1);
	ck_assert_int_eq(PARSE("garbage"), -1);
#undef PARSE
	ck_assert_int_eq(pidfile_parse("123", 2), 12);
}
END_TEST

static void
expect_lock(enum pidfile_result result, int error, const char *text)
{
	errno = 0;
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), result);
	ck_assert_int_eq(errno, error);
	ck_assert_str_eq(why, text);
	ck_assert_int_eq(fd, -1);
}

/* T-52: what is not a file; a FIFO must not hang. */
START_TEST(not_a_file)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_lock(PIDFILE_INVALID, EISDIR, "a directory");
	ck_assert_int_eq(rmdir(path), 0);

	ck_assert_int_eq(mkfifo(path, 0644), 0);
	expect_lock(PIDFILE_INVALID, EINVAL, "not a regular file");
	ck_assert_int_eq(unlink(path), 0);

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	expect_lock(PIDFILE_INVALID, EINVAL, "not a regular file");
}
END_TEST

/* T-52: what cannot be created. */
START_TEST(no_directory)
{
	snprintf(path, sizeof(path), "%s/missing/x.pid", dir);
	expect_lock(PIDFILE_ERROR, ENOENT, "");
	snprintf(path, sizeof(path), "%s/other/x.pid", dir);
	put(other, "");
	expect_lock(PIDFILE_ERROR, ENOTDIR, "");
	strlcpy(path, "/proc/x.pid", sizeof(path));
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_ERROR);
	ck_assert_int_ne(errno, 0);
}
END_TEST

START_TEST(read_only_directory)
{
	int status;
	pid_t pid;

	if (geteuid() == 0) {
		/* root may write anywhere: be somebody else. */
		ck_assert_int_eq(chmod(dir, 0555), 0);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			if (setuid(65534) == -1)
				_exit(1);
			_exit(pidfile_lock(path, &fd, &why) != PIDFILE_ERROR ||
			    errno != EACCES);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
		return;
	}
	ck_assert_int_eq(chmod(dir, 0555), 0);
	expect_lock(PIDFILE_ERROR, EACCES, "");
}
END_TEST

START_TEST(links)
{
	pid_t named;
	int pidfd;

	put(other, "precious\n");
	ck_assert_int_eq(symlink(other, path), 0);

	/* The operator's own link is followed, and survives. */
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	pidfile_unlink(fd, path);
	ck_assert_int_eq(access(other, F_OK), -1);
	ck_assert_int_eq(unlink(path), 0);
	close(fd);

	/* Anybody's link is not. */
	put(other, "precious\n");
	ck_assert_int_eq(symlink(other, path), 0);
	for (mode_t sticky = 0; sticky <= 01000; sticky += 01000) {
		ck_assert_int_eq(chmod(dir, 0777 | sticky), 0);
		expect_lock(PIDFILE_INVALID, ELOOP,
		    "a symbolic link in a world-writable directory");
		ck_assert_int_eq(pidfile_owner(path, &named, &pidfd),
		    PIDFILE_OWNER_STRANGER);
	}
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(link(other, path), 0);
	expect_lock(PIDFILE_INVALID, EINVAL,
	    "a hard link in a world-writable directory");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	close(fd);
}
END_TEST

/* A relative path has a directory, too. */
START_TEST(relative_path)
{
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(pidfile_lock("x.pid", &fd, &why), PIDFILE_OK);
	close(fd);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("other", "x.pid"), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
	ck_assert_int_eq(pidfile_lock("x.pid", &fd, &why), PIDFILE_INVALID);
}
END_TEST

/* Replaced while the owner runs (T-53): not ours, and not ours to remove. */
START_TEST(replaced)
{
	int second;

	ck_assert_int_eq(pidfile_lock(path, &fd, &why), PIDFILE_OK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!pidfile_is_current(fd, path));
	ck_assert_int_eq(pidfile_lock(path, &second, &why), PIDFILE_OK);
	ck_assert(!pidfile_is_current(fd, path));
	pidfile_unlink(fd, path);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert(pidfile_is_current(second, path));
	close(fd);
	close(second);
}
END_TEST

/* Deleted between open and lock, again and again: the lock is never void. */
START_TEST(racing_removal)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (;;)
			unlink(path);
	}
	for (int i = 0; i < 200; i++) {
		enum pidfile_result r = pidfile_lock(path, &fd, &why);

		/* PIDFILE_ERROR EAGAIN would be honest as well. */
		ck_assert(
		    r == PIDFILE_OK || (r == PIDFILE_ERROR && errno == EAGAIN));
		if (r == PIDFILE_OK)
			close(fd);
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pidfile");
	TCase *t = tcase_create("pidfile");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lock_and_write);
	tcase_add_test(t, lock_above_stdio);
	tcase_add_test(t, write_fails);
	tcase_add_test(t, busy);
	tcase_add_test(t, owner_inherited_the_lock);
#ifdef __linux__
	tcase_add_test(t, owner_is_innocent);
#endif
	tcase_add_test(t, owner_content);
	tcase_add_test(t, parse);
	tcase_add_test(t, not_a_file);
	tcase_add_test(t, no_directory);
	tcase_add_test(t, read_only_directory);
	tcase_add_test(t, links);
	tcase_add_test(t, relative_path);
	tcase_add_test(t, replaced);
	tcase_add_test(t, racing_removal);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
