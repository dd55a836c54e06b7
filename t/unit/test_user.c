/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/user.c: names, numbers, and giving up root (R-31; T-54, T-55). */
#include "libappbase/user.h"

#include <check.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ids that no system gives names to. */
#define FREE_ID	     3999999999U
#define FREE_ID_TEXT "3999999999"

static struct user_ids ids;
static char err[256];
static struct passwd nobody; /* of any system: its ids differ */
static gid_t daemon_gid;
static char nobody_group[64];

static void
setup(void)
{
	struct passwd *pw = getpwnam("nobody");
	struct group *gr;

	ck_assert_ptr_nonnull(pw);
	nobody = *pw;
	gr = getgrgid(nobody.pw_gid);
	ck_assert_ptr_nonnull(gr);
	strlcpy(nobody_group, gr->gr_name, sizeof(nobody_group));
	gr = getgrnam("daemon");
	ck_assert_ptr_nonnull(gr);
	daemon_gid = gr->gr_gid;
	err[0] = '\0';
}

static void
teardown(void)
{
	user_clear(&ids);
	ck_assert(!ids.set);
	ck_assert_ptr_null(ids.groups);
}

static bool
has_group(gid_t gid)
{
	for (size_t i = 0; i < ids.ngroups; i++) {
		if (ids.groups[i] == gid)
			return true;
	}
	return false;
}

static void
found(
    const char *user, const char *group, const char *name, uid_t uid, gid_t gid)
{
	user_clear(&ids);
	ck_assert_msg(user_lookup(user, group, &ids, err, sizeof(err)) == 0,
	    "%s:%s: %s", user, group, err);
	ck_assert(ids.set);
	ck_assert_str_eq(ids.name, name);
	ck_assert_uint_eq(ids.uid, uid);
	ck_assert_uint_eq(ids.gid, gid);
	ck_assert(has_group(gid));
}

static void
refused(const char *user, const char *group, const char *reason)
{
	ck_assert_int_eq(user_lookup(user, group, &ids, err, sizeof(err)), -1);
	ck_assert_str_eq(err, reason);
	ck_assert(!ids.set);
	ck_assert_ptr_null(ids.groups);
}

START_TEST(lookup)
{
	char number[32];

	ck_assert_int_eq(user_lookup(NULL, NULL, &ids, err, sizeof(err)), 0);
	ck_assert(!ids.set);

	found("nobody", NULL, "nobody", nobody.pw_uid, nobody.pw_gid);
	found("root", NULL, "root", 0, 0); /* uid 0 is not "not found" */
	found("0", "0", "root", 0, 0);
	snprintf(number, sizeof(number), "%ld", (long)nobody.pw_uid);
	found(number, NULL, "nobody", nobody.pw_uid, nobody.pw_gid);

	/* group wins over the part after the colon. */
	found("nobody:daemon", NULL, "nobody", nobody.pw_uid, daemon_gid);
	found("nobody:root", "daemon", "nobody", nobody.pw_uid, daemon_gid);
	found("nobody", "daemon", "nobody", nobody.pw_uid, daemon_gid);
	found("nobody", "root", "nobody", nobody.pw_uid, 0);
	found("nobody:" FREE_ID_TEXT, NULL, "nobody", nobody.pw_uid, FREE_ID);
	found("root", nobody_group, "root", 0, nobody.pw_gid);
}
END_TEST

START_TEST(lookup_numbers_without_entry)
{
	found(FREE_ID_TEXT, NULL, "", FREE_ID, FREE_ID);
	ck_assert_uint_eq(ids.ngroups, 1);
	found(FREE_ID_TEXT ":daemon", NULL, "", FREE_ID, daemon_gid);
	found(FREE_ID_TEXT, "7", "", FREE_ID, 7);
	ck_assert_uint_eq(ids.ngroups, 1);
	found("4294967294", NULL, "", 4294967294U, 4294967294U);
}
END_TEST

START_TEST(lookup_group_alone)
{
	found(NULL, "daemon",
	    getpwuid(geteuid()) != NULL ? getpwuid(geteuid())->pw_name : "",
	    geteuid(), daemon_gid);
}
END_TEST

START_TEST(lookup_refused)
{
	refused("nosuch", NULL, "unknown user: nosuch");
	refused("", NULL, "unknown user: ");
	refused(":daemon", NULL, "unknown user: ");
	refused("nobody:", NULL, "unknown group: ");
	refused("nobody:nosuch", NULL, "unknown group: nosuch");
	refused("nobody", "nosuch", "unknown group: nosuch");
	refused(NULL, "nosuch", "unknown group: nosuch");
	refused("nobody:a:b", NULL, "unknown group: a:b");
	refused("-1", NULL, "unknown user: -1");
	refused("+5", NULL, "unknown user: +5");
	refused(" 5", NULL, "unknown user:  5");
	refused("5x", NULL, "unknown user: 5x");
	/* (uid_t)-1 means "unchanged" to the kernel. */
	refused("4294967295", NULL, "unknown user: 4294967295");
	refused("4294967296", NULL, "unknown user: 4294967296");
	refused(
	    "99999999999999999999", NULL, "unknown user: 99999999999999999999");
	refused("nobody", "4294967295", "unknown group: 4294967295");
}
END_TEST

/* The list is what getgrouplist(3) says. */
START_TEST(group_list)
{
	gid_t groups[1024];
	int n = 1024;

	ck_assert_int_ge(getgrouplist("root", daemon_gid, groups, &n), 0);
	found("root", "daemon", "root", 0, daemon_gid);
	ck_assert_uint_eq(ids.ngroups, (size_t)n);
	for (int i = 0; i < n; i++)
		ck_assert(has_group(groups[i]));
}
END_TEST

/* Run `check` in a child; its exit status. */
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

/* T-54: nothing of root remains, supplementary groups least of all. */
static int
check_become_nobody(void)
{
	gid_t extra[] = {0, 4, 27}, now[64];
	int n;

	if (setgroups(3, extra) == -1)
		return 1;
	if (user_lookup("nobody", NULL, &ids, err, sizeof(err)) == -1)
		return 2;
	if (user_switch(&ids, err, sizeof(err)) == -1)
		return 3;
	if (getuid() != nobody.pw_uid || geteuid() != nobody.pw_uid)
		return 4;
	if (getgid() != nobody.pw_gid || getegid() != nobody.pw_gid)
		return 5;
	n = getgroups(64, now);
	for (int i = 0; i < n; i++) {
		if (!has_group(now[i]))
			return 6;
	}
	if (n < 0 || setuid(0) != -1 || seteuid(0) != -1 || setgid(0) != -1)
		return 7;
	/* A second time changes nothing and is fine. */
	return user_switch(&ids, err, sizeof(err)) == 0 ? 0 : 8;
}

/* T-55: root is a valid name; a bare number is one, too. */
static int
check_become_root(void)
{
	gid_t extra[] = {4, 27}, now[64];
	int n;

	if (setgroups(2, extra) == -1)
		return 1;
	if (user_lookup("root", NULL, &ids, err, sizeof(err)) == -1)
		return 2;
	if (user_switch(&ids, err, sizeof(err)) == -1 || getuid() != 0)
		return 3;
	n = getgroups(64, now);
	for (int i = 0; i < n; i++) {
		if (!has_group(now[i]))
			return 4;
	}
	return 0;
}

static int
check_become_number(void)
{
	if (user_lookup("65534:7", NULL, &ids, err, sizeof(err)) == -1)
		return 1;
	if (user_switch(&ids, err, sizeof(err)) == -1)
		return 2;
	return getuid() == 65534 && getgid() == 7 ? 0 : 3;
}

static int
check_group_only(void)
{
	if (user_lookup(NULL, "daemon", &ids, err, sizeof(err)) == -1)
		return 1;
	if (user_switch(&ids, err, sizeof(err)) == -1)
		return 2;
	return getuid() == 0 && getegid() == daemon_gid ? 0 : 3;
}

/* Effective and real ids are nobody's, but the saved one is still root's. */
static int
check_saved_root(void)
{
	if (user_lookup("nobody", NULL, &ids, err, sizeof(err)) == -1 ||
	    setgroups(ids.ngroups, ids.groups) == -1 || setgid(ids.gid) == -1 ||
	    setresuid(nobody.pw_uid, nobody.pw_uid, 0) == -1)
		return 1;
	if (user_switch(&ids, err, sizeof(err)) != -1)
		return 2;
	return strstr(err, "privileges remain") != NULL ? 0 : 3;
}

/* T-55: not root, so nobody else either. */
static int
check_not_root(void)
{
	if (geteuid() == 0 && setuid(nobody.pw_uid) == -1)
		return 1;
	if (user_lookup("root", NULL, &ids, err, sizeof(err)) == -1)
		return 2;
	if (user_switch(&ids, err, sizeof(err)) != -1)
		return 3;
	if (strcmp(err, "only root can change to user 0, group 0") != 0)
		return 4;
	return 0;
}

/* A group that we would have to gain is missing. */
static int
check_not_root_group(void)
{
	struct user_ids want = {.set = true, .uid = getuid(), .gid = getgid()};
	gid_t groups[2] = {getgid(), FREE_ID};

	if (geteuid() == 0 && setuid(nobody.pw_uid) == -1)
		return 1;
	want.uid = getuid();
	want.groups = groups;
	want.ngroups = 1;
	if (user_switch(&want, err, sizeof(err)) != 0)
		return 2;
	want.ngroups = 2;
	return user_switch(&want, err, sizeof(err)) == -1 ? 0 : 3;
}

static bool
is_root(void)
{
	if (geteuid() == 0)
		return true;
	fprintf(stderr, "# skipped: needs root\n");
	return false;
}

START_TEST(switch_as_root)
{
	if (!is_root())
		return;
	ck_assert_int_eq(in_child(check_become_nobody), 0);
	ck_assert_int_eq(in_child(check_become_root), 0);
	ck_assert_int_eq(in_child(check_become_number), 0);
	ck_assert_int_eq(in_child(check_group_only), 0);
	ck_assert_int_eq(in_child(check_saved_root), 0);
}
END_TEST

START_TEST(switch_not_root)
{
	ck_assert_int_eq(in_child(check_not_root), 0);
	ck_assert_int_eq(in_child(check_not_root_group), 0);
}
END_TEST

START_TEST(switch_nothing)
{
	ck_assert_int_eq(user_switch(&ids, err, sizeof(err)), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("user");
	TCase *t = tcase_create("user");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lookup);
	tcase_add_test(t, lookup_numbers_without_entry);
	tcase_add_test(t, lookup_group_alone);
	tcase_add_test(t, lookup_refused);
	tcase_add_test(t, group_list);
	tcase_add_test(t, switch_as_root);
	tcase_add_test(t, switch_not_root);
	tcase_add_test(t, switch_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
