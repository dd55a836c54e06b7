/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * %-expansion (C-065 to C-084) and words (C-114 to C-118).  The expected texts
 * of formats were taken from Python's own % operator.
 */
#include "common/expand.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/pool.h"
#include "common/shlex.h"

static const char *const outer_env[] = {"HOME=/root", "A=outer", NULL};
static const char *const inner_env[] = {"A=inner", "E=", NULL};
static const struct expand_name outer_names[] = {{"here", "/etc", 0}};
static const struct expand_name inner_names[] = {
    {"n", NULL, 5}, {"m", NULL, -255}, {"s", "h\xc3\xa9y", 0}};
static const struct expand_scope outer = {NULL, outer_names, 1, outer_env};
static const struct expand_scope scope = {&outer, inner_names, 3, inner_env};

static struct pool *pool;
static char *fault;

static void
setup(void)
{
	pool = pool_new();
	fault = NULL;
}

static void
teardown(void)
{
	pool_free(pool);
	free(fault);
}

/* Expands a text and compares. */
static void
good(const char *text, const char *expected)
{
	const char *out;
	int rc = expand(&scope, text, "program:x.command", pool, &out, &fault);

	ck_assert_msg(rc == 0, "%s: %s", text, fault);
	ck_assert_str_eq(out, expected);
}

/* Expands a text and compares why it cannot be. */
static void
bad(const char *text, const char *reason)
{
	const char *out;
	char expected[512];

	snprintf(expected, sizeof(expected),
	    "Format string '%s' for 'program:x.command' is badly formatted: %s",
	    text, reason);
	ck_assert_int_eq(
	    expand(&scope, text, "program:x.command", pool, &out, &fault), -1);
	ck_assert_str_eq(fault, expected);
}

START_TEST(test_c065_strings)
{
	good("plain", "plain");
	good("100%%", "100%");
	good("%(here)s/%(s)s.", "/etc/h\xc3\xa9y.");
	good("%(s)-6s|", "h\xc3\xa9y   |");
	good("%(s)6s|", "   h\xc3\xa9y|");
	good("%(s)-10.2s|", "h\xc3\xa9        |");
	good("%(s)r", "'h\xc3\xa9y'");
	good("%(s)hs", "h\xc3\xa9y");
	good("%(ENV_E)s", "");
}
END_TEST

START_TEST(test_c065_integers)
{
	good("%(n)d %(n)i %(n)u %(n)s %(n)r", "5 5 5 5 5");
	good("%(n)02d|%(n)-4d|%(n)+d|%(n) d", "05|5   |+5| 5");
	good("%(n)05.3d", "00005");
	good("%(n)#o %(m)x %(m)#X %(n)+x", "0o5 -ff -0XFF +5");
	good("%(n)10f|%(n)-+8.2e|%(n)g", "  5.000000|+5.00e+00|5");
	good("%(n)c%(n).0c", "\x05\x05");
}
END_TEST

START_TEST(test_c066_unknown_name)
{
	const char *out;

	ck_assert_int_eq(
	    expand(&scope, "%(nope)%", "x.y", pool, &out, &fault), -1);
	ck_assert_str_eq(fault,
	    "Format string '%(nope)%' for 'x.y' contains names ('nope') which "
	    "cannot be expanded. Available names: ENV_A, ENV_E, ENV_HOME, "
	    "here, m, n, s");
	ck_assert_int_eq(
	    expand(&scope, "%(a(b)c)s", "x.y", pool, &out, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault, "names ('a(b)c') which"));
	ck_assert_int_eq(
	    expand(&scope, "%(ENV_)s", "x.y", pool, &out, &fault), -1);
}
END_TEST

START_TEST(test_c067_malformed)
{
	bad("100%", "incomplete format");
	bad("%(s)", "incomplete format");
	bad("%(s)-", "incomplete format");
	bad("%(s", "incomplete format key");
	bad("%(here)b", "unsupported format character 'b' (0x62) at index 7");
	bad("\xc3\xa9%(s)%",
	    "unsupported format character '%' (0x25) at "
	    "index 5");
	bad("%5%", "unsupported format character '%' (0x25) at index 2");
	bad("%(s)d", "%d format: a real number is required, not str");
	bad("%(s)x", "%x format: an integer is required, not str");
	bad("%(s)f", "must be real number, not str");
	bad("%(s)c", "%c requires int or char");
	bad("%(n)99999999d", "width too big");
}
END_TEST

START_TEST(test_c069_no_name)
{
	bad("a %s", "%s without a name in parentheses (write %% for a %)");
	bad("%d", "%d without a name in parentheses (write %% for a %)");
	bad("date +%Y", "unsupported format character 'Y' (0x59) at index 7");
}
END_TEST

START_TEST(test_c070_environment)
{
	good("%(ENV_HOME)s %(ENV_A)s", "/root inner");
}
END_TEST

START_TEST(test_c084_twice)
{
	const char *out;

	ck_assert_int_eq(
	    expand_twice(&scope, "%%%%(n)s", "x", pool, &out, &fault), 0);
	ck_assert_str_eq(out, "%(n)s");
	ck_assert_int_eq(
	    expand_twice(&scope, "%%(n)s", "x", pool, &out, &fault), 0);
	ck_assert_str_eq(out, "5");
	ck_assert_int_eq(
	    expand_twice(&scope, "a%%b", "x", pool, &out, &fault), 0);
	ck_assert_str_eq(out, "a%b");
	ck_assert_int_eq(
	    expand_twice(&scope, "a%b", "x", pool, &out, &fault), -1);
}
END_TEST

/* Splits a command and compares the words, joined by '|'. */
static void
words(const char *text, const char *expected)
{
	struct confopt_list list;
	char joined[256] = "";
	size_t i;

	ck_assert_int_eq(shlex_split(text, pool, &list, &fault), 0);
	ck_assert_ptr_null(list.v[list.n]);
	for (i = 0; i < list.n; i++) {
		strlcat(joined, list.v[i], sizeof(joined));
		strlcat(joined, "|", sizeof(joined));
	}
	ck_assert_str_eq(joined, expected);
}

START_TEST(test_c118_words)
{
	struct confopt_list list;

	words("", "");
	words("/bin/cat -n  'a b' \"c d\"", "/bin/cat|-n|a b|c d|");
	words("a\nb\tc", "a|b|c|");
	words("a'b c'd\"e\"", "ab cde|");
	words("a\\ b \"x\\\"y\\$z\\\\\" 'p\\q'", "a b|x\"y\\$z\\|p\\q|");
	words("'' \"\"", "||");
	words("a # b", "a|#|b|");
	words("sh -c \"echo $HOME *\"", "sh|-c|echo $HOME *|");
	ck_assert_int_eq(shlex_split("a 'b", pool, &list, &fault), -1);
	ck_assert_str_eq(fault, "No closing quotation");
	ck_assert_int_eq(shlex_split("a\\", pool, &list, &fault), -1);
	ck_assert_str_eq(fault, "No escaped character");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expand");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_c065_strings);
	tcase_add_test(tc, test_c065_integers);
	tcase_add_test(tc, test_c066_unknown_name);
	tcase_add_test(tc, test_c067_malformed);
	tcase_add_test(tc, test_c069_no_name);
	tcase_add_test(tc, test_c070_environment);
	tcase_add_test(tc, test_c084_twice);
	tcase_add_test(tc, test_c118_words);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
