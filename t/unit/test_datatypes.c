/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data types (C-096 to C-117) and event types.
 */
#include "common/datatypes.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/eventtype.h"
#include "common/pool.h"

static struct pool *pool;
static char *err;

static void
setup(void)
{
	pool = pool_new();
	err = NULL;
}

static void
teardown(void)
{
	pool_free(pool);
	free(err);
}

/* A value that is read, and one that is refused with this text. */
#define GOOD(call, out, expected)                                              \
	do {                                                                   \
		int rc_ = call;                                                \
		ck_assert_msg(rc_ == 0, #call ": %s", err);                    \
		ck_assert_int_eq(out, expected);                               \
	} while (0)
#define BAD(call, text)                                                        \
	do {                                                                   \
		ck_assert_int_eq(call, -1);                                    \
		ck_assert_str_eq(err, text);                                   \
	} while (0)
#define BASE10(shown) "invalid literal for int() with base 10: " shown

START_TEST(test_c096_integer)
{
	int64_t v;

	GOOD(datatype_integer(" 5 ", &v, &err), v, 5);
	GOOD(datatype_integer("-007", &v, &err), v, -7);
	GOOD(datatype_integer("+1_000", &v, &err), v, 1000);
	GOOD(datatype_integer("99999999999999999999", &v, &err), v, INT64_MAX);
	BAD(datatype_integer("abc", &v, &err), BASE10("'abc'"));
	BAD(datatype_integer("", &v, &err), BASE10("''"));
	BAD(datatype_integer("_1", &v, &err), BASE10("'_1'"));
	BAD(datatype_integer("1_", &v, &err), BASE10("'1_'"));
	BAD(datatype_integer("1__0", &v, &err), BASE10("'1__0'"));
	BAD(datatype_integer("+ 1", &v, &err), BASE10("'+ 1'"));
	BAD(datatype_integer("0x10", &v, &err), BASE10("'0x10'"));
}
END_TEST

START_TEST(test_c097_boolean)
{
	bool v;

	GOOD(datatype_boolean("Yes", &v, &err), v, true);
	GOOD(datatype_boolean("TRUE", &v, &err), v, true);
	GOOD(datatype_boolean("on", &v, &err), v, true);
	GOOD(datatype_boolean("1", &v, &err), v, true);
	GOOD(datatype_boolean("off", &v, &err), v, false);
	GOOD(datatype_boolean("0", &v, &err), v, false);
	BAD(datatype_boolean("maybe", &v, &err),
	    "not a valid boolean value: 'maybe'");
	BAD(datatype_boolean("y", &v, &err), "not a valid boolean value: 'y'");
	BAD(datatype_boolean("", &v, &err), "not a valid boolean value: ''");
}
END_TEST

START_TEST(test_c098_byte_size)
{
	int64_t v;

	GOOD(datatype_byte_size("50MB", &v, &err), v, 50 * 1024 * 1024);
	GOOD(datatype_byte_size("1 kb", &v, &err), v, 1024);
	GOOD(datatype_byte_size("2Gb", &v, &err), v, INT64_C(2) << 30);
	GOOD(datatype_byte_size("-1KB", &v, &err), v, -1024);
	GOOD(datatype_byte_size("9999999999999GB", &v, &err), v, INT64_MAX);
	BAD(datatype_byte_size("1K", &v, &err), BASE10("'1k'"));
	BAD(datatype_byte_size("1b", &v, &err), BASE10("'1b'"));
	BAD(datatype_byte_size("5TB", &v, &err), BASE10("'5tb'"));
	BAD(datatype_byte_size("1.5MB", &v, &err), BASE10("'1.5'"));
	BAD(datatype_byte_size("kb", &v, &err), BASE10("''"));
}
END_TEST

START_TEST(test_c099_octal)
{
	int v;

	GOOD(datatype_octal("022", &v, &err), v, 022);
	GOOD(datatype_octal(" 0o700 ", &v, &err), v, 0700);
	BAD(datatype_octal("89", &v, &err),
	    "89 can not be converted to an octal type");
	BAD(datatype_octal("", &v, &err),
	    " can not be converted to an octal type");
}
END_TEST

START_TEST(test_c100_level)
{
	int v;

	GOOD(datatype_level("CRITICAL", &v, &err), v, 50);
	GOOD(datatype_level("warn", &v, &err), v, 30);
	GOOD(datatype_level("blather", &v, &err), v, 3);
	BAD(datatype_level("verbose", &v, &err),
	    "bad logging level name 'verbose'");
	BAD(datatype_level("warning", &v, &err),
	    "bad logging level name 'warning'");
}
END_TEST

START_TEST(test_c101_signal)
{
	int v;

	GOOD(datatype_signal("term", &v, &err), v, SIGTERM);
	GOOD(datatype_signal(" SIGHUP ", &v, &err), v, SIGHUP);
	GOOD(datatype_signal("9", &v, &err), v, 9);
	GOOD(datatype_signal("0", &v, &err), v, 0);
	GOOD(datatype_signal("CLD", &v, &err), v, SIGCHLD);
	GOOD(datatype_signal("iot", &v, &err), v, SIGABRT);
	GOOD(datatype_signal("POLL", &v, &err), v, SIGIO);
	GOOD(datatype_signal("RTMIN", &v, &err), v, SIGRTMIN);
	GOOD(datatype_signal("SIGRTMAX", &v, &err), v, SIGRTMAX);
	GOOD(datatype_signal("rtmin+2", &v, &err), v, SIGRTMIN + 2);
	BAD(datatype_signal("FOO", &v, &err),
	    "value 'FOO' is not a valid signal name");
	BAD(datatype_signal("99", &v, &err),
	    "value '99' is not a valid signal number");
	BAD(datatype_signal("35", &v, &err),
	    "value '35' is not a valid signal number");
	BAD(datatype_signal("", &v, &err),
	    "value '' is not a valid signal name");
	BAD(datatype_signal("RTMIN+99", &v, &err),
	    "value 'RTMIN+99' is not a valid signal name");
	/* C-102 */
	BAD(datatype_signal("SIG_DFL", &v, &err),
	    "value 'SIG_DFL' is not a valid signal name");
}
END_TEST

START_TEST(test_c103_exitcodes)
{
	struct confopt_ints v;

	GOOD(datatype_exitcodes("0, 2", pool, &v, &err), v.n, 2);
	ck_assert_int_eq(v.v[1], 2);
	GOOD(datatype_exitcodes("", pool, &v, &err), v.n, 0);
	BAD(datatype_exitcodes("0,256", pool, &v, &err),
	    "not a valid list of exit codes: '0,256'");
	BAD(datatype_exitcodes("0,", pool, &v, &err),
	    "not a valid list of exit codes: '0,'");
	BAD(datatype_exitcodes("-1", pool, &v, &err),
	    "not a valid list of exit codes: '-1'");
}
END_TEST

START_TEST(test_c104_list)
{
	struct confopt_list v;

	datatype_list("a,", pool, &v);
	ck_assert_uint_eq(v.n, 2);
	ck_assert_str_eq(v.v[0], "a");
	ck_assert_str_eq(v.v[1], "");
	datatype_list(" a , b ", pool, &v);
	ck_assert_uint_eq(v.n, 2);
	ck_assert_str_eq(v.v[1], "b");
	datatype_list("", pool, &v);
	ck_assert_uint_eq(v.n, 0);
	datatype_list(",", pool, &v);
	ck_assert_uint_eq(v.n, 2);
}
END_TEST

START_TEST(test_c105_autorestart)
{
	enum confopt_autorestart v;

	GOOD(datatype_autorestart("Unexpected", &v, &err), v,
	    CONFOPT_AUTORESTART_UNEXPECTED);
	GOOD(
	    datatype_autorestart("yes", &v, &err), v, CONFOPT_AUTORESTART_TRUE);
	GOOD(datatype_autorestart("0", &v, &err), v, CONFOPT_AUTORESTART_FALSE);
	BAD(datatype_autorestart("x", &v, &err),
	    "invalid 'autorestart' value 'x'");
}
END_TEST

START_TEST(test_c106_to_c108_paths)
{
	struct confopt_logfile log;
	const char *v;

	ck_assert_int_eq(setenv("HOME", "/tmp/", 1), 0);
	ck_assert_int_eq(datatype_dirpath("~/x.log", pool, &v, &err), 0);
	ck_assert_str_eq(v, "/tmp/x.log");
	ck_assert_int_eq(datatype_dirpath("bare", pool, &v, &err), 0);
	ck_assert_str_eq(v, "bare");
	ck_assert_int_eq(datatype_dirpath("", pool, &v, &err), 0);
	ck_assert_int_eq(datatype_dirpath("/x", pool, &v, &err), 0);
	BAD(datatype_dirpath("/nope/x.log", pool, &v, &err),
	    "The directory named as part of the path /nope/x.log does not "
	    "exist");
	ck_assert_int_eq(datatype_directory("~", pool, &v, &err), 0);
	ck_assert_str_eq(v, "/tmp");
	BAD(datatype_directory("/nope", pool, &v, &err),
	    "/nope is not an existing directory");
	GOOD(datatype_logfile("OFF", pool, &log, &err), log.kind,
	    CONFOPT_LOG_NONE);
	GOOD(datatype_logfile("auto", pool, &log, &err), log.kind,
	    CONFOPT_LOG_AUTO);
	GOOD(datatype_logfile("Syslog", pool, &log, &err), log.kind,
	    CONFOPT_LOG_SYSLOG);
	GOOD(datatype_logfile("rel.log", pool, &log, &err), log.kind,
	    CONFOPT_LOG_FILE);
	ck_assert_str_eq(log.path, "rel.log");
}
END_TEST

START_TEST(test_c109_c110_users)
{
	struct confopt_user v;

	GOOD(datatype_user("root", pool, &v, &err), v.uid, 0);
	GOOD(datatype_user(" 0", pool, &v, &err), v.gid, 0);
	BAD(datatype_user("nouser", pool, &v, &err),
	    "Invalid user name nouser");
	BAD(datatype_user("4242424", pool, &v, &err),
	    "Invalid user id 4242424");
	GOOD(datatype_user_group("root", pool, &v, &err), v.gid, -1);
	GOOD(datatype_user_group("0:0", pool, &v, &err), v.gid, 0);
	ck_assert_int_eq(datatype_user_group("root:", pool, &v, &err), -1);
	ck_assert_int_eq(datatype_user_group(":root", pool, &v, &err), -1);
}
END_TEST

START_TEST(test_c111_inet_address)
{
	const char *host;
	int port;

	GOOD(datatype_inet_address("9001", pool, &host, &port, &err), port,
	    9001);
	ck_assert_str_eq(host, "");
	GOOD(datatype_inet_address("*:80", pool, &host, &port, &err), port, 80);
	ck_assert_str_eq(host, "");
	GOOD(datatype_inet_address("LocalHost:1", pool, &host, &port, &err),
	    port, 1);
	ck_assert_str_eq(host, "localhost");
	GOOD(datatype_inet_address("[::1]:9001", pool, &host, &port, &err),
	    port, 9001);
	ck_assert_str_eq(host, "::1");
	BAD(datatype_inet_address("abc", pool, &host, &port, &err),
	    "not a valid port number: 'abc' ");
	BAD(datatype_inet_address("70000", pool, &host, &port, &err),
	    "not a valid port number: '70000' ");
	BAD(datatype_inet_address("a:b", pool, &host, &port, &err),
	    BASE10("'b'"));
	BAD(datatype_inet_address("a:0", pool, &host, &port, &err),
	    "0 is below lower bound (1)");
	BAD(datatype_inet_address("a:70000", pool, &host, &port, &err),
	    "70000 is above upper bound (65535)");
	BAD(datatype_inet_address("a:", pool, &host, &port, &err),
	    "no port number specified in ''");
}
END_TEST

START_TEST(test_c112_url)
{
	ck_assert_int_eq(datatype_url("http://x", &err), 0);
	ck_assert_int_eq(datatype_url("unix:///a", &err), 0);
	ck_assert_int_eq(datatype_url("localhost:9001", &err), 0);
	BAD(datatype_url("foo", &err), "value 'foo' is not a URL");
	ck_assert_int_eq(datatype_url("unix://", &err), -1);
	ck_assert_int_eq(datatype_url("http:?x", &err), -1);
	ck_assert_int_eq(datatype_url("1a:b", &err), -1);
}
END_TEST

START_TEST(test_c113_name)
{
	const char *v;

	ck_assert_int_eq(datatype_name(" a.b,c ", pool, &v, &err), 0);
	ck_assert_str_eq(v, "a.b,c");
	ck_assert_int_eq(datatype_name("", pool, &v, &err), 0);
	BAD(datatype_name("a b", pool, &v, &err),
	    "Invalid name: 'a b' because of character: ' '");
	BAD(datatype_name("a:b", pool, &v, &err),
	    "Invalid name: 'a:b' because of character: ':'");
	BAD(datatype_name(" a b", pool, &v, &err),
	    "Invalid name: ' a b' because of character: ' '");
	BAD(datatype_name("a/b: c", pool, &v, &err),
	    "Invalid name: 'a/b: c' because of character: ' '");
}
END_TEST

/* Reads an environment and compares its variables, joined by '|'. */
static void
environment(const char *text, const char *expected)
{
	struct confopt_list v;
	char joined[256] = "";
	size_t i;
	int rc = datatype_environment(text, pool, &v, &err);

	ck_assert_msg(rc == 0, "%s: %s", text, err);
	ck_assert_ptr_null(v.v[v.n]);
	for (i = 0; i < v.n; i++) {
		strlcat(joined, v.v[i], sizeof(joined));
		strlcat(joined, "|", sizeof(joined));
	}
	ck_assert_str_eq(joined, expected);
}

START_TEST(test_c114_c115_environment)
{
	environment("A=\"a,b\"", "A=a,b|");
	environment("A=\"a\\\"b\"", "A=a\"b|");
	environment("A='a\\'", "A=a\\|");
	environment("A=a\\ b", "A=a b|");
	environment("A=1,", "A=1|");
	environment("A=a b", "A=a|");
	environment("A=$x", "A=$|");
	environment("A=1;B=2", "A=1|B=2|");
	environment("A=\"\"", "A=|");
	environment("A=1,\nB=2", "A=1|B=2|");
	environment("A=/x/y.z+-():", "A=/x/y.z+-():|");
	environment("A=\xc3\xa9,B=x\"y z\"", "A=\xc3\xa9|B=xy z|");
	environment("A=1,#B=2\nC=3", "A=1|C=3|");
	environment("A=1,B=2,A=3", "A=3|B=2|");
	environment("", "");
}
END_TEST

START_TEST(test_c116_environment_errors)
{
	static const char *const texts[] = {
	    "A", "A=1,B", "A=", "A=x@y", "A=a=b", "A=1 B=2", NULL};
	struct confopt_list v;
	char expected[128];
	size_t i;

	for (i = 0; texts[i] != NULL; i++) {
		snprintf(expected, sizeof(expected),
		    "Unexpected end of key/value pairs in value '%s'",
		    texts[i]);
		BAD(datatype_environment(texts[i], pool, &v, &err), expected);
	}
	BAD(datatype_environment("A='x", pool, &v, &err),
	    "No closing quotation");
}
END_TEST

START_TEST(test_abspath)
{
	ck_assert_str_eq(datatype_abspath("a/../b", "/x", pool), "/x/b");
	ck_assert_str_eq(datatype_abspath("/a//./b/", "/x", pool), "/a/b");
	ck_assert_str_eq(datatype_abspath("/../..", "/x", pool), "/");
	ck_assert_str_eq(datatype_abspath("f", "/", pool), "/f");
}
END_TEST

START_TEST(test_p113_event_types)
{
	uint64_t tick = event_type_mask(EVENT_TICK);

	ck_assert_int_eq(event_type_find("tick_60"), EVENT_TICK_60);
	ck_assert_int_eq(event_type_find("EVENT"), EVENT_ANY);
	ck_assert_int_eq(event_type_find("FOO"), -1);
	ck_assert_str_eq(
	    event_type_name(EVENT_PROCESS_LOG_STDERR), "PROCESS_LOG_STDERR");
	ck_assert_int_eq(event_type_parent(EVENT_TICK_5), EVENT_TICK);
	ck_assert(tick & UINT64_C(1) << EVENT_TICK_3600);
	ck_assert(!(tick & UINT64_C(1) << EVENT_PROCESS_LOG));
	ck_assert_uint_eq(
	    event_type_mask(EVENT_ANY), (UINT64_C(1) << EVENT_NTYPES) - 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("datatypes");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_c096_integer);
	tcase_add_test(tc, test_c097_boolean);
	tcase_add_test(tc, test_c098_byte_size);
	tcase_add_test(tc, test_c099_octal);
	tcase_add_test(tc, test_c100_level);
	tcase_add_test(tc, test_c101_signal);
	tcase_add_test(tc, test_c103_exitcodes);
	tcase_add_test(tc, test_c104_list);
	tcase_add_test(tc, test_c105_autorestart);
	tcase_add_test(tc, test_c106_to_c108_paths);
	tcase_add_test(tc, test_c109_c110_users);
	tcase_add_test(tc, test_c111_inet_address);
	tcase_add_test(tc, test_c112_url);
	tcase_add_test(tc, test_c113_name);
	tcase_add_test(tc, test_c114_c115_environment);
	tcase_add_test(tc, test_c116_environment_errors);
	tcase_add_test(tc, test_abspath);
	tcase_add_test(tc, test_p113_event_types);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
