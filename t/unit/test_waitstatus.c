/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/waitstatus.c: deaths in words. */
#include "libappbase/waitstatus.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status of a child that exits, or kills itself if signo is not 0. */
static int
child_status(int code, int signo)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (signo != 0) {
			signal(signo, SIG_DFL);
			raise(signo);
		}
		_exit(code);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void
expect(int status, const char *text, int shell, bool success)
{
	char buf[WAITSTATUS_MAX];

	ck_assert_ptr_eq(waitstatus_text(status, buf), buf);
	ck_assert_str_eq(buf, text);
	ck_assert_int_eq(waitstatus_exit(status), shell);
	ck_assert_int_eq(waitstatus_success(status), success);
}

START_TEST(real_children)
{
	expect(child_status(0, 0), "exited with status 0", 0, true);
	expect(child_status(7, 0), "exited with status 7", 7, false);
	expect(child_status(255, 0), "exited with status 255", 255, false);
	expect(child_status(0, SIGKILL), "killed by signal 9 (SIGKILL)", 137,
	    false);
	expect(child_status(0, SIGTERM), "killed by signal 15 (SIGTERM)", 143,
	    false);
	expect(child_status(0, SIGPIPE), "killed by signal 13 (SIGPIPE)", 141,
	    false);
}
END_TEST

#ifdef __linux__
START_TEST(made_up)
{
	/* Linux encoding: low 7 bits signal, 0x80 core, next byte status. */
	expect(
	    6 | 0x80, "killed by signal 6 (SIGABRT, core dumped)", 134, false);
	expect(37, "killed by signal 37 (SIGRTMIN+3)", 165, false);
	expect(33, "killed by signal 33", 161, false);
	expect(33 | 0x80, "killed by signal 33 (core dumped)", 161, false);
	expect((SIGSTOP << 8) | 0x7f, "stopped by signal 19", 128, false);
	expect(0xffff, "wait status 0xffff", 128, false);
}
END_TEST
#endif

START_TEST(names)
{
	char buf[WAITSTATUS_MAX];

	ck_assert_str_eq(signal_name(SIGTERM, buf), "SIGTERM");
	ck_assert_str_eq(signal_name(SIGHUP, buf), "SIGHUP");
	ck_assert_str_eq(signal_name(SIGRTMIN, buf), "SIGRTMIN");
	ck_assert_str_eq(signal_name(SIGRTMIN + 3, buf), "SIGRTMIN+3");
	ck_assert_str_eq(signal_name(99, buf), "signal 99");
	ck_assert_str_eq(signal_name(0, buf), "signal 0");
	ck_assert_str_eq(signal_name(-1, buf), "signal -1");
}
END_TEST

/* Every standard signal of this system has a name. */
START_TEST(all_named)
{
	char buf[WAITSTATUS_MAX];

	for (int i = 1; i < 32; i++)
		ck_assert_msg(
		    strncmp(signal_name(i, buf), "SIG", 3) == 0, "%d", i);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("waitstatus");
	TCase *t = tcase_create("waitstatus");
	SRunner *r = srunner_create(s);

	tcase_add_test(t, real_children);
#ifdef __linux__
	tcase_add_test(t, made_up);
#endif
	tcase_add_test(t, names);
	tcase_add_test(t, all_named);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
