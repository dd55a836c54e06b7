/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that a page of another site makes (X-162, users.md failure 34). */
#include "supervisord/control/guard.h"

#include <check.h>
#include <stdlib.h>

static const char own[] = "me.example.com";
static const char *const names[] = {"sup.example.com"};
static const struct guard_rules open_server = {
    .is_inet = true, .is_anonymous = true, .host = "box.example.org"};
static const struct guard_rules closed_server = {.is_inet = true};
static const struct guard_rules named_server = {
    .is_inet = true, .is_anonymous = true, .names = names, .nnames = 1};
static const struct guard_rules unix_server = {.is_anonymous = true};

static int
reads(const struct guard_rules *rules, const char *host)
{
	struct origin_headers h = {.host = host};

	return guard_check(rules, &h, own, false);
}

static int
writes(const struct guard_rules *rules, const char *host, const char *origin)
{
	struct origin_headers h = {.host = host, .origin = origin};

	return guard_check(rules, &h, own, true);
}

static int
fetch(const char *site)
{
	struct origin_headers h = {.host = "localhost:1", .fetch_site = site};

	return guard_check(&open_server, &h, own, true);
}

START_TEST(host)
{
	static const char *const good[] = {"127.0.0.1:9001", "127.0.0.1",
	    "10.1.2.3:80", "[::1]:9001", "[2001:db8::1]", "localhost:9001",
	    "LOCALHOST", "a.localhost:1", "supervisor:9001",
	    "box.example.org:9001", ""};
	static const char *const evil[] = {"evil.example:9001", "evil.example",
	    "127.0.0.1.evil.example", "localhost.evil.example:9001",
	    "evil.example.", "[]", "1.2.3.4.5", "0x7f.1", "xlocalhost.com",
	    "box.example.org.evil.example"};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(reads(&open_server, good[i]) == 0, "%s", good[i]);
	for (i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		ck_assert_msg(
		    reads(&open_server, evil[i]) == 403, "%s", evil[i]);
		/* A browser has no password for that name; a socket file has
		 * no name. */
		ck_assert_int_eq(reads(&closed_server, evil[i]), 0);
		ck_assert_int_eq(reads(&unix_server, evil[i]), 0);
	}
	ck_assert_int_eq(reads(&open_server, NULL), 0);
	ck_assert_int_eq(reads(&open_server, own), 0);
	ck_assert_int_eq(reads(&named_server, "SUP.example.com:80"), 0);
	ck_assert_int_eq(reads(&named_server, "box.example.org"), 403);
}
END_TEST

START_TEST(long_host)
{
	char name[1024];
	size_t i;

	for (i = 0; i < sizeof(name) - 1; i++)
		name[i] = 'a';
	name[i] = '\0';
	ck_assert_int_eq(reads(&open_server, name), 403);
}
END_TEST

START_TEST(any_host)
{
	static const char *const any[] = {"*"};
	const struct guard_rules rules = {
	    .is_inet = true, .is_anonymous = true, .names = any, .nnames = 1};

	ck_assert_int_eq(reads(&rules, "whatever.example"), 0);
	ck_assert_int_eq(
	    writes(&rules, "a.example:1", "http://a.example:1"), 0);
	ck_assert_int_eq(
	    writes(&rules, "a.example:1", "http://b.example:1"), 403);
}
END_TEST

START_TEST(origin)
{
	const struct guard_rules *const all[] = {
	    &open_server, &closed_server, &unix_server};
	size_t i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(writes(all[i], "localhost:9001", NULL), 0);
		ck_assert_int_eq(writes(all[i], NULL, NULL), 0);
		ck_assert_int_eq(
		    writes(all[i], "localhost:9001", "http://localhost:9001"),
		    0);
		ck_assert_int_eq(
		    writes(all[i], "localhost:9001", "https://LOCALHOST:9001"),
		    0);
		ck_assert_int_eq(
		    writes(all[i], "localhost:9001", "http://localhost"), 403);
		ck_assert_int_eq(
		    writes(all[i], "localhost:9001", "http://localhost:9002"),
		    403);
		ck_assert_int_eq(
		    writes(all[i], "localhost:9001", "http://evil.example"),
		    403);
		ck_assert_int_eq(writes(all[i], "localhost:9001", "null"), 403);
		ck_assert_int_eq(writes(all[i], "localhost:9001", ""), 403);
		ck_assert_int_eq(
		    writes(all[i], NULL, "http://localhost:9001"), 403);
	}
	ck_assert_int_eq(
	    writes(&named_server, "127.0.0.1:1", "https://sup.example.com"), 0);
	/* Another port of the host it listens on. */
	ck_assert_int_eq(writes(&open_server, "box.example.org:1",
			     "http://box.example.org:2"),
	    403);
	/* The name of a stranger, made to point here. */
	ck_assert_int_eq(
	    writes(&open_server, "evil.example", "http://evil.example"), 403);
}
END_TEST

START_TEST(fetch_metadata)
{
	ck_assert_int_eq(fetch("same-origin"), 0);
	ck_assert_int_eq(fetch("none"), 0);
	ck_assert_int_eq(fetch("cross-site"), 403);
	ck_assert_int_eq(fetch("same-site"), 403);
}
END_TEST

START_TEST(types)
{
	ck_assert_int_eq(guard_check_type(&open_server, "text/xml"), 0);
	ck_assert_int_eq(
	    guard_check_type(&open_server, "text/xml; charset=utf-8"), 0);
	ck_assert_int_eq(guard_check_type(&open_server, "application/xml"), 0);
	ck_assert_int_eq(guard_check_type(&open_server, NULL), 0);
	ck_assert_int_eq(guard_check_type(&open_server, "text/plain"), 415);
	ck_assert_int_eq(
	    guard_check_type(&open_server, "Text/Plain;charset=x"), 415);
	ck_assert_int_eq(guard_check_type(&closed_server,
			     "application/x-www-form-urlencoded"),
	    415);
	ck_assert_int_eq(
	    guard_check_type(&open_server, "multipart/form-data; boundary=x"),
	    415);
	ck_assert_int_eq(guard_check_type(&unix_server, "text/plain"), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tc = tcase_create("guard");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, host);
	tcase_add_test(tc, long_host);
	tcase_add_test(tc, any_host);
	tcase_add_test(tc, origin);
	tcase_add_test(tc, fetch_metadata);
	tcase_add_test(tc, types);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
