/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/fd.c: close-on-exec everywhere, stdio first (R-28, T-42). */
#include "libappbase/fd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run a check in a child whose descriptors may be ruined; its exit status. */
static int
in_child(int (*check)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(check());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool
is_dev_null(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/dev/null", &b) == 0 &&
	    S_ISCHR(a.st_mode) && a.st_rdev == b.st_rdev;
}

static bool
is_cloexec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

/* fd 0 closed; then 0 to 2 closed: afterwards all are /dev/null. */
static int
check_stdio(void)
{
	close(0);
	if (fd_ensure_stdio() != 0 || !is_dev_null(0) || is_cloexec(0))
		return 1;
	close(0);
	close(1);
	close(2);
	if (fd_ensure_stdio() != 0)
		return 2;
	for (int fd = 0; fd <= 2; fd++) {
		if (!is_dev_null(fd) || is_cloexec(fd))
			return 3;
	}
	return 0;
}

/* An open stdio is left alone, and nothing above 2 appears. */
static int
check_stdio_untouched(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	if (dup2(fd, 0) != 0 || dup2(fd, 1) != 1 || dup2(fd, 2) != 2)
		return 1;
	fd_close_from(3);
	if (fd_ensure_stdio() != 0)
		return 2;
	if (is_dev_null(0) || is_dev_null(1) || is_dev_null(2))
		return 3;
	return open("/dev/null", O_RDONLY) == 3 ? 0 : 4;
}

static int
check_close_from(void)
{
	if (dup2(0, 8) != 8 || dup2(0, 9) != 9 || dup2(0, 200) != 200)
		return 1;
	fd_close_from(9);
	if (fcntl(8, F_GETFD) == -1)
		return 2;
	return fcntl(9, F_GETFD) == -1 && fcntl(200, F_GETFD) == -1 ? 0 : 3;
}

START_TEST(stdio)
{
	ck_assert_int_eq(in_child(check_stdio), 0);
	ck_assert_int_eq(in_child(check_stdio_untouched), 0);
	ck_assert_int_eq(in_child(check_close_from), 0);
}
END_TEST

START_TEST(flags)
{
	int sv[2], high;

	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, sv), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert(is_cloexec(sv[i]));
		ck_assert(fcntl(sv[i], F_GETFL) & O_NONBLOCK);
	}
	ck_assert_int_eq(fd_set_cloexec(sv[0], false), 0);
	ck_assert(!is_cloexec(sv[0]));
	ck_assert_int_eq(fd_set_cloexec(sv[0], true), 0);
	ck_assert(is_cloexec(sv[0]));
	ck_assert_int_eq(fd_set_nonblock(sv[0], false), 0);
	ck_assert(!(fcntl(sv[0], F_GETFL) & O_NONBLOCK));
	ck_assert_int_eq(fd_set_nonblock(sv[0], true), 0);
	ck_assert(fcntl(sv[0], F_GETFL) & O_NONBLOCK);

	high = fd_dup_high(0);
	ck_assert_int_ge(high, 3);
	ck_assert(is_cloexec(high));
	fd_closep(&high);
	ck_assert_int_eq(high, -1);
	fd_closep(&high);
	fd_closep(&sv[0]);
	fd_closep(&sv[1]);
}
END_TEST

START_TEST(bad_descriptors)
{
	int sv[2];

	errno = ENOENT;
	fd_close(-1);
	fd_close(999);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(fd_set_cloexec(999, true), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_set_nonblock(999, true), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_dup_high(999), -1);
	ck_assert_int_eq(fd_socketpair(7777, sv), -1);
}
END_TEST

START_TEST(memory)
{
	int fd = fd_memory("test", 10000);
	struct stat st;
	size_t len = 0;
	char *map, *all;

	ck_assert_int_ge(fd, 3);
	ck_assert(is_cloexec(fd));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 10000);
	map = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert(map != MAP_FAILED);
	ck_assert_int_eq(map[9999], 0);
	memcpy(map, "hello", 5);
	munmap(map, 10000);

	all = fd_slurp(fd, 10000, &len);
	ck_assert_ptr_nonnull(all);
	ck_assert_uint_eq(len, 10000);
	ck_assert_str_eq(all, "hello");
	ck_assert_int_eq(all[10000], '\0');
	free(all);

	errno = 0;
	ck_assert_ptr_null(fd_slurp(fd, 9999, &len));
	ck_assert_int_eq(errno, EFBIG);
	fd_close(fd);
}
END_TEST

START_TEST(sealed)
{
	int fd = fd_memory("sealed", 5);

	ck_assert_int_eq(fd_fill(fd, "hello", 5), 0);
	ck_assert_int_eq(fd_seal(fd), 0);
#ifdef F_ADD_SEALS
	ck_assert_int_eq(fd_fill(fd, "h", 1), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 6), -1);
#endif
	fd_close(fd);
}
END_TEST

START_TEST(slurp_odd)
{
	int p[2], fd = fd_memory("empty", 0);
	char *all = fd_slurp(fd, 100, NULL);

	ck_assert_ptr_nonnull(all);
	ck_assert_str_eq(all, "");
	free(all);
	fd_close(fd);

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_ptr_null(fd_slurp(p[0], 100, NULL)); /* and does not hang */
	close(p[0]);
	close(p[1]);
	ck_assert_ptr_null(fd_slurp(999, 100, NULL));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_memory("huge", SIZE_MAX), -1);
	ck_assert_int_eq(errno, EFBIG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fd");
	TCase *t = tcase_create("fd");
	SRunner *r = srunner_create(s);

	tcase_add_test(t, stdio);
	tcase_add_test(t, flags);
	tcase_add_test(t, bad_descriptors);
	tcase_add_test(t, memory);
	tcase_add_test(t, slurp_odd);
	tcase_add_test(t, sealed);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
