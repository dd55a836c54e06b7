/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is let in, and as what (X-013 to X-016, users.md want 32). */
#include "supervisord/control/access.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SELF 77

static const struct config_peer users[] = {
    {1000, ROLE_OPERATE}, {1001, ROLE_READ}};
static const struct config_peer groups[] = {{4, ROLE_READ}, {5, ROLE_ADMIN}};
static struct config_http_user alice = {
    .name = "alice", .password = "a:b", .role = ROLE_OPERATE};
static struct config_http_user empty = {
    .name = "empty", .password = "", .role = ROLE_READ};
static struct config_http_user *const http_users[] = {&alice, &empty};
static const struct config no_users;
static const struct config two_users = {
    .http_users = http_users, .nhttp_users = 2};

/* The header of a name and password; NULL stays NULL. */
static const char *
basic(const char *text)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
	    "qrstuvwxyz0123456789+/";
	static char header[200];
	char *to = header + 6;
	unsigned bits = 0, n = 0;

	if (text == NULL)
		return NULL;
	strcpy(header, "Basic ");
	for (; *text != '\0'; text++) {
		bits = bits << 8 | (unsigned char)*text;
		for (n += 8; n >= 6; n -= 6)
			*to++ = digits[bits >> (n - 6) & 63];
	}
	if (n > 0)
		*to++ = digits[bits << (6 - n) & 63];
	*to = '\0';
	return header;
}

/* What a server makes of a client: the role, or minus the code. */
static int
judge(const struct config *c, const struct config_server *s,
    const char *password, const struct access_peer *peer)
{
	enum role role = ROLE_NONE;
	int code = access_check(c, s, basic(password), peer, SELF, &role);

	return code == 0 ? (int)role : -code;
}

static struct access_peer
peer(uid_t uid, gid_t gid, const gid_t *more, size_t n)
{
	return (struct access_peer){true, uid, gid, more, n};
}

START_TEST(lists)
{
	const struct config_server s = {.is_unix = true,
	    .role = ROLE_ADMIN,
	    .allow_users = {users, 2},
	    .allow_groups = {groups, 2}};
	const gid_t some[] = {9, 5, 4};
	struct access_peer p = peer(1000, 1000, NULL, 0);

	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_OPERATE);
	p = peer(1001, 1001, NULL, 0);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_READ);
	p = peer(1002, 4, NULL, 0);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_READ);
	p = peer(1002, 1, some, 3);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_ADMIN);
	p = peer(1001, 1, some, 3); /* the mightier of the two */
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_ADMIN);
	p = peer(1002, 1, some, 1);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), -403);
	p = peer(0, 0, NULL, 0);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_ADMIN);
	p = peer(SELF, 1, NULL, 0);
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_ADMIN);
	p.is_known = false;
	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), -403);
	ck_assert_int_eq(judge(&no_users, &s, NULL, NULL), -403);
}
END_TEST

START_TEST(no_lists)
{
	const struct config_server s = {.is_unix = true, .role = ROLE_READ};
	struct access_peer p = peer(1002, 1, NULL, 0);

	ck_assert_int_eq(judge(&no_users, &s, NULL, &p), ROLE_READ);
	/* Users with passwords are for servers that ask for one. */
	ck_assert_int_eq(judge(&two_users, &s, NULL, &p), ROLE_READ);
	ck_assert_int_eq(judge(&two_users, &s, "x:y", &p), ROLE_READ);
}
END_TEST

START_TEST(passwords)
{
	const struct config_server s = {
	    .username = "u", .password = "p", .role = ROLE_ADMIN};
	const struct config_server open = {.role = ROLE_READ};

	ck_assert_int_eq(judge(&no_users, &s, "u:p", NULL), ROLE_ADMIN);
	ck_assert_int_eq(judge(&no_users, &s, NULL, NULL), -401);
	ck_assert_int_eq(judge(&no_users, &s, "alice:a:b", NULL), -401);
	ck_assert_int_eq(judge(&two_users, &s, "u:p", NULL), ROLE_ADMIN);
	ck_assert_int_eq(
	    judge(&two_users, &s, "alice:a:b", NULL), ROLE_OPERATE);
	ck_assert_int_eq(judge(&two_users, &s, "empty:", NULL), ROLE_READ);
	ck_assert_int_eq(judge(&two_users, &s, "empty:x", NULL), -401);
	ck_assert_int_eq(judge(&two_users, &s, "alice:a", NULL), -401);
	ck_assert_int_eq(judge(&two_users, &s, "alice:p", NULL), -401);
	ck_assert_int_eq(judge(&two_users, &s, "Alice:a:b", NULL), -401);
	/* Without a name of its own: the users' names, once there are any. */
	ck_assert_int_eq(judge(&no_users, &open, NULL, NULL), ROLE_READ);
	ck_assert_int_eq(judge(&two_users, &open, NULL, NULL), -401);
	ck_assert_int_eq(
	    judge(&two_users, &open, "alice:a:b", NULL), ROLE_OPERATE);
}
END_TEST

START_TEST(both)
{
	const struct config_server s = {.is_unix = true,
	    .role = ROLE_ADMIN,
	    .username = "u",
	    .password = "p",
	    .allow_users = {users, 2}};
	struct access_peer p = peer(1000, 1, NULL, 0);

	ck_assert_int_eq(judge(&two_users, &s, "u:p", &p), ROLE_OPERATE);
	ck_assert_int_eq(judge(&two_users, &s, "empty:", &p), ROLE_READ);
	ck_assert_int_eq(judge(&two_users, &s, NULL, &p), -401);
	p.uid = 1001;
	ck_assert_int_eq(judge(&two_users, &s, "alice:a:b", &p), ROLE_READ);
	p.uid = 1002;
	ck_assert_int_eq(judge(&two_users, &s, "u:p", &p), -403);
}
END_TEST

START_TEST(names)
{
	enum role role;

	ck_assert(role_named("admin", &role) && role == ROLE_ADMIN);
	ck_assert(role_named("Operate", &role) && role == ROLE_OPERATE);
	ck_assert(role_named("READ", &role) && role == ROLE_READ);
	ck_assert(!role_named("none", &role) && !role_named("", &role));
	ck_assert_str_eq(role_name(ROLE_OPERATE), "operate");
	ck_assert(role_may(ROLE_ADMIN, ROLE_READ));
	ck_assert(!role_may(ROLE_READ, ROLE_OPERATE));
	ck_assert(!role_may(ROLE_NONE, ROLE_READ));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access");
	TCase *tc = tcase_create("access");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, lists);
	tcase_add_test(tc, no_lists);
	tcase_add_test(tc, passwords);
	tcase_add_test(tc, both);
	tcase_add_test(tc, names);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
