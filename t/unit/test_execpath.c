/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/execpath.c: what a reload executes (R-20; T-28, T-16). */
#include "libappbase/execpath.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Each test runs in a directory with
 *   r1/prog, r2/prog   two releases of a program
 *   current -> r1
 *   bin/me -> the test program, bin2/me a stranger of the same name
 */
static char dir[PATH_MAX], self[PATH_MAX], text[PATH_MAX + 100];
static struct execpath ep;

static void
put_program(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0755);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
setup(void)
{
	char template[] = "/tmp/test_execpath.XXXXXX";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	ck_assert_ptr_nonnull(mkdtemp(template));
	ck_assert_ptr_nonnull(realpath(template, dir));
	ck_assert_int_eq(chdir(dir), 0);
	unsetenv("PWD");
	ck_assert_int_eq(mkdir("r1", 0755) | mkdir("r2", 0755), 0);
	ck_assert_int_eq(mkdir("bin", 0755) | mkdir("bin2", 0755), 0);
	put_program("r1/prog");
	put_program("r2/prog");
	put_program("bin2/me");
	ck_assert_int_eq(symlink("r1", "current"), 0);
	ck_assert_int_eq(symlink(self, "bin/me"), 0);
}

static void
teardown(void)
{
	char command[PATH_MAX + 16];

	execpath_clear(&ep);
	ck_assert_ptr_null(ep.path);
	snprintf(command, sizeof(command), "/bin/rm -rf '%s'", dir);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
}

/* `path` is relative to dir unless absolute. */
static void
finds(const char *argv0, const char *override, const char *path_env,
    const char *path)
{
	char expected[2 * PATH_MAX];

	snprintf(expected, sizeof(expected), "%s%s%s",
	    path[0] == '/' ? "" : dir, path[0] == '/' ? "" : "/", path);
	execpath_clear(&ep);
	ck_assert_int_eq(execpath_find(&ep, argv0, override, path_env), 0);
	ck_assert_str_eq(ep.path, expected);
}

START_TEST(with_slash)
{
	char absolute[PATH_MAX + 16];

	finds("./current/prog", NULL, "", "current/prog"); /* not r1 */
	ck_assert_str_eq(ep.cwd, dir);
	finds("current/prog", NULL, "", "current/prog");
	finds("././r2/prog", NULL, "", "r2/prog");
	snprintf(absolute, sizeof(absolute), "%s/current/prog", dir);
	finds(absolute, NULL, "", absolute);
	ck_assert_int_eq(chdir("r2"), 0);
	finds("../current/prog", NULL, "", "r2/../current/prog");
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(absolute, sizeof(absolute), "%s/r1/prog", dir);
	finds(absolute + 1, NULL, "", absolute);
}
END_TEST

/* T-28: the link is followed when the path is used, not when it is found. */
START_TEST(link_switched)
{
	struct stat r1, r2, now;
	char found[PATH_MAX];

	finds("current/prog", NULL, "", "current/prog");
	strlcpy(found, ep.path, sizeof(found));
	ck_assert_int_eq(stat("r1/prog", &r1) | stat("r2/prog", &r2), 0);
	ck_assert_int_eq(stat(found, &now), 0);
	ck_assert_uint_eq(now.st_ino, r1.st_ino);
	ck_assert_int_eq(unlink("current"), 0);
	ck_assert_int_eq(symlink("r2", "current"), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(stat(found, &now), 0);
	ck_assert_uint_eq(now.st_ino, r2.st_ino);
	ck_assert_int_eq(chdir(dir), 0);
}
END_TEST

/* The shell's working directory keeps the link; a wrong one is not believed. */
START_TEST(working_directory)
{
	char pwd[PATH_MAX + 32];

	ck_assert_int_eq(chdir("current"), 0);
	finds("./prog", NULL, "", "r1/prog");
	snprintf(pwd, sizeof(pwd), "%s/current", dir);
	setenv("PWD", pwd, 1);
	finds("./prog", NULL, "", "current/prog");
	ck_assert_str_eq(ep.cwd, pwd);
	snprintf(pwd, sizeof(pwd), "%s/r2/../current", dir);
	setenv("PWD", pwd, 1);
	finds("./prog", NULL, "", "r1/prog");
	snprintf(pwd, sizeof(pwd), "%s/current/.", dir);
	setenv("PWD", pwd, 1);
	finds("./prog", NULL, "", "r1/prog");
	snprintf(pwd, sizeof(pwd), "%s/r2", dir);
	setenv("PWD", pwd, 1);
	finds("./prog", NULL, "", "r1/prog");
	setenv("PWD", ".", 1);
	finds("./prog", NULL, "", "r1/prog");
}
END_TEST

START_TEST(along_path)
{
	char path[3 * PATH_MAX];

	snprintf(path, sizeof(path), "/nonexistent:%s/bin", dir);
	finds("me", NULL, path, "bin/me");
	finds("me", NULL, "bin", "bin/me"); /* relative to the directory */
	setenv("PATH", path, 1);
	finds("me", NULL, NULL, "bin/me");

	/* Another program of that name is not what runs here. */
	snprintf(path, sizeof(path), "%s/bin2:%s/bin", dir, dir);
	finds("me", NULL, path, "bin/me");
	snprintf(path, sizeof(path), "%s/bin2", dir);
	finds("me", NULL, path, self);

	/* An empty element is the working directory. */
	ck_assert_int_eq(chdir("bin"), 0);
	finds("me", NULL, "/nonexistent:", "bin/me");
	finds("me", NULL, ":/nonexistent", "bin/me");
}
END_TEST

START_TEST(by_the_kernel)
{
	finds("nowhere-to-be-found", NULL, "/bin", self);
	finds("./missing", NULL, "", self);
	finds("./bin", NULL, "", self); /* a directory */
	finds("", NULL, "/bin", self);
	finds(NULL, NULL, "/bin", self);
	finds("-sh", NULL, NULL, self);
}
END_TEST

START_TEST(override_wins)
{
	finds("r1/prog", "current/prog", "", "current/prog");
	finds("r1/prog", "/not/checked/here", "", "/not/checked/here");
	finds(NULL, "prog", "", "prog");
}
END_TEST

START_TEST(no_directory)
{
	ck_assert_int_eq(mkdir("gone", 0755), 0);
	ck_assert_int_eq(chdir("gone"), 0);
	ck_assert_int_eq(rmdir("../gone"), 0);
	finds("./prog", NULL, "", self);
	ck_assert_ptr_null(ep.cwd);
	execpath_clear(&ep);
	ck_assert_int_eq(execpath_find(&ep, "x", "relative", ""), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(ep.path);
}
END_TEST

static void
checks(const char *name, int error)
{
	finds(NULL, name, "", name);
	errno = 0;
	ck_assert_int_eq(
	    execpath_check(&ep, text, sizeof(text)), error == 0 ? 0 : -1);
	ck_assert_int_eq(errno, error);
}

/* T-16: what cannot be executed is refused before anything is hurt. */
START_TEST(executable)
{
	char expected[PATH_MAX + 64];
	struct stat st;

	checks("current/prog", 0);
	ck_assert_int_eq(stat("r1/prog", &st), 0);
	ck_assert_ptr_eq(strstr(text, ep.path), text);
	ck_assert_ptr_nonnull(strstr(text, " (device "));
	snprintf(expected, sizeof(expected), " inode %llu)",
	    (unsigned long long)st.st_ino);
	ck_assert_str_eq(text + strlen(text) - strlen(expected), expected);

	ck_assert_int_eq(chmod("r1/prog", 0644), 0);
	checks("current/prog", EACCES);
	checks("r1", EACCES);
	checks("r1/missing", ENOENT);
	ck_assert_str_eq(text, ep.path);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("execpath");
	TCase *t = tcase_create("execpath");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, with_slash);
	tcase_add_test(t, link_switched);
	tcase_add_test(t, working_directory);
	tcase_add_test(t, along_path);
	tcase_add_test(t, by_the_kernel);
	tcase_add_test(t, override_wins);
	tcase_add_test(t, no_directory);
	tcase_add_test(t, executable);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
