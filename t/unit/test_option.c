/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/option.c: the vectors of section 2.3, and what lies around them.
 */
#include "appbase/option.h"

#include <check.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct appbase_option table[] = {
    {"foo", "foo=<f>", "The foo option", APPBASE_STRING, "bar"},
    {"baz", NULL, "The baz option", APPBASE_SWITCH, NULL},
    {"quux", "quux=N", "quux is an integer", APPBASE_INTEGER, "7"},
    {"fribitz", NULL, "floating point", APPBASE_FLOAT, "0.01"},
    {"zero", NULL, "zero", APPBASE_INTEGER, "0"},
    {"Case", NULL, "c", APPBASE_STRING, NULL},
    {0},
};
static const struct appbase_option builtin[] = {
    {"help", NULL, "Show this help information", APPBASE_SWITCH, NULL},
    {0},
};

static struct appbase_options *set;
static char *errors; /* what the parser wrote */

static void
teardown(void)
{
	appbase_options_free(set);
	free(errors);
	set = NULL;
	errors = NULL;
}

/* Parse words separated by blanks; "''" is an empty one. */
static int
parse(const char *line)
{
	char *copy = strdup(line), *rest = copy, *argv[64], *word;
	int argc = 1, result;
	size_t size;
	FILE *err;

	teardown();
	set = appbase_options_new();
	ck_assert_ptr_nonnull(set);
	ck_assert_int_eq(appbase_options_add(set, table), 0);
	ck_assert_int_eq(appbase_options_add(set, builtin), 0);
	argv[0] = copy;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	argv[argc] = NULL;
	err = open_memstream(&errors, &size);
	ck_assert_ptr_nonnull(err);
	result = appbase_options_parse(set, argc, argv, err);
	fclose(err);
	/* The set has its own copy. */
	memset(copy, '#', strlen(line));
	free(copy);
	return result;
}

/* Parse without errors and compare the positional arguments, joined. */
static void
good(const char *line, const char *args)
{
	char joined[256] = "";
	char *const *list;
	size_t n;

	ck_assert_msg(parse(line) == 0, "%s: %s", line, errors);
	ck_assert_str_eq(errors, "");
	list = appbase_option_args(set, &n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strlcat(joined, " ", sizeof(joined));
		strlcat(joined, list[i], sizeof(joined));
	}
	ck_assert_ptr_null(list[n]);
	ck_assert_str_eq(joined, args);
}

static void
bad(const char *line, int count, const char *text)
{
	ck_assert_msg(parse(line) == count, "%s: %s", line, errors);
	ck_assert_str_eq(errors, text);
}

#define STRING(name)  appbase_option_string(set, name)
#define SWITCH(name)  appbase_option_switch(set, name)
#define GIVEN(name)   appbase_option_given(set, name)
#define INTEGER(name) appbase_option_integer(set, name)
#define FLOAT(name)   appbase_option_float(set, name)

START_TEST(defaults)
{
	good("", "");
	ck_assert_str_eq(STRING("foo"), "bar");
	ck_assert(!SWITCH("baz"));
	ck_assert_ptr_null(STRING("baz"));
	ck_assert_int_eq(INTEGER("quux"), 7);
	ck_assert_str_eq(STRING("quux"), "7");
	ck_assert_double_eq(FLOAT("fribitz"), 0.01);
	ck_assert_int_eq(INTEGER("zero"), 0);
	ck_assert_str_eq(STRING("zero"), "0");
	ck_assert_ptr_null(STRING("Case"));
	ck_assert_int_eq(INTEGER("Case"), 0);
	ck_assert(!GIVEN("foo") && !GIVEN("baz") && !GIVEN("Case"));
}
END_TEST

START_TEST(the_works)
{
	good("--foo=x -baz --quux -5 a b --fri 1e3 -- --foo c", "a b --foo c");
	ck_assert_str_eq(STRING("foo"), "x");
	ck_assert(SWITCH("baz"));
	ck_assert_int_eq(INTEGER("baz"), 1);
	ck_assert_int_eq(INTEGER("quux"), -5);
	ck_assert_str_eq(STRING("fribitz"), "1e3"); /* as typed */
	ck_assert_double_eq(FLOAT("fribitz"), 1000);
	ck_assert(GIVEN("foo") && GIVEN("baz") && !GIVEN("zero"));

	good("--FOO y --q=3 --case=K", "");
	ck_assert_str_eq(STRING("foo"), "y");
	ck_assert_int_eq(INTEGER("quux"), 3);
	ck_assert_str_eq(STRING("Case"), "K");
	ck_assert_str_eq(STRING("case"), "K");
}
END_TEST

START_TEST(small_vectors)
{
	good("--fo x", "");
	ck_assert_str_eq(STRING("foo"), "x");
	good("a --baz b", "a b");
	ck_assert(SWITCH("baz"));
	good("--foo=1 --foo=2", "");
	ck_assert_str_eq(STRING("foo"), "2");
	good("-", "-");
	good("--quux=+4", "");
	ck_assert_int_eq(INTEGER("quux"), 4);
	good("-b", "");
	ck_assert(SWITCH("baz"));
	good("--help", "");
	ck_assert(SWITCH("help"));
	good("-foo=a=b", "");
	ck_assert_str_eq(STRING("foo"), "a=b");
	good("--foo==", "");
	ck_assert_str_eq(STRING("foo"), "=");
	/* Not kept from the original: "+" is no prefix. */
	good("+foo", "+foo");
	good("''", "");
}
END_TEST

/* Rule 4: a separate value is taken even if it looks like an option. */
START_TEST(values_with_dashes)
{
	good("--foo -x", "");
	ck_assert_str_eq(STRING("foo"), "-x");
	good("--foo --baz", "");
	ck_assert_str_eq(STRING("foo"), "--baz");
	ck_assert(!SWITCH("baz"));
	good("--foo -- a", "a");
	ck_assert_str_eq(STRING("foo"), "--");
	good("--quux -5", "");
	ck_assert_int_eq(INTEGER("quux"), -5);
	good("a -- -- b", "a -- b");
}
END_TEST

START_TEST(error_vectors)
{
	bad("--f x", 1, "Option f is ambiguous (foo, fribitz)\n");
	bad("--quux=0x10", 1,
	    "Value \"0x10\" invalid for option quux (number expected)\n");
	bad("--quux=1.5", 1,
	    "Value \"1.5\" invalid for option quux (number expected)\n");
	bad("--fribitz=nope", 1,
	    "Value \"nope\" invalid for option fribitz "
	    "(real number expected)\n");
	bad("--baz=1", 1, "Option baz does not take an argument\n");
	bad("--help=1", 1, "Option help does not take an argument\n");
	bad("--foo", 1, "Option foo requires an argument\n");
	bad("--foo=", 1, "Option foo requires an argument\n");
	bad("--nobaz", 1, "Unknown option: nobaz\n");
}
END_TEST

START_TEST(more_errors)
{
	bad("--NoSuch=5", 1, "Unknown option: nosuch\n");
	bad("--=x", 1, "Unknown option: =x\n");
	bad("-=x", 1, "Unknown option: =x\n");
	bad("---foo", 1, "Unknown option: -foo\n");
	bad("--quux=", 1, "Option quux requires an argument\n");
	bad("--quux", 1, "Option quux requires an argument\n");
	bad("--baz=", 1, "Option baz does not take an argument\n");
	bad("--foo ''", 1, "Option foo requires an argument\n");
	bad("--quux ''", 1,
	    "Value \"\" invalid for option quux (number expected)\n");
	bad("--fo\x01o", 1, "Unknown option: fo\\x01o\n");
	bad("--quux=a\nb", 1,
	    "Value \"a\\x0ab\" invalid for option quux (number expected)\n");
	/* All are reported; a bad value leaves the option alone. */
	bad("--f --quux=x --nope --quux 9 pos --baz=2", 4,
	    "Option f is ambiguous (foo, fribitz)\n"
	    "Value \"x\" invalid for option quux (number expected)\n"
	    "Unknown option: nope\n"
	    "Option baz does not take an argument\n");
	ck_assert_int_eq(INTEGER("quux"), 9);
	ck_assert_str_eq(appbase_option_args(set, NULL)[0], "pos");
	ck_assert(!GIVEN("baz"));
}
END_TEST

/* Rule 9; unlike the original, what does not fit is an error. */
START_TEST(integers)
{
	static const char *const wrong[] = {"1_000", "", "+", "-", "--1", "1a",
	    "1e3", " 1", "1 ", "0x1", "1.", "\xd9\xa1"};
	char line[64];

	good("--quux=9223372036854775807", "");
	ck_assert(INTEGER("quux") == INT64_MAX);
	good("--quux=-9223372036854775808", "");
	ck_assert(INTEGER("quux") == INT64_MIN);
	good("--quux=0009", "");
	ck_assert_int_eq(INTEGER("quux"), 9);
	bad("--quux=9223372036854775808", 1,
	    "Value \"9223372036854775808\" invalid for option quux "
	    "(number out of range)\n");
	bad("--quux=-9223372036854775809", 1,
	    "Value \"-9223372036854775809\" invalid for option quux "
	    "(number out of range)\n");
	for (size_t i = 1; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (strchr(wrong[i], ' ') != NULL)
			continue;
		snprintf(line, sizeof(line), "--quux=%s", wrong[i]);
		ck_assert_msg(parse(line) == 1, "%s", line);
	}
}
END_TEST

START_TEST(floats)
{
	static const struct {
		const char *text;
		double value;
	} right[] = {{"1", 1}, {".5", 0.5}, {"5.", 5}, {"-1.5e-3", -0.0015},
	    {"+2E+2", 200}, {"1e-999", 0}};
	static const char *const wrong[] = {".", "e5", "1e", "1e+", "0x1p3",
	    "inf", "nan", "1.5.2", "1,5", "--1", "+", "1e1000"};
	char line[64];

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		snprintf(line, sizeof(line), "--fribitz=%s", right[i].text);
		good(line, "");
		ck_assert_double_eq(FLOAT("fribitz"), right[i].value);
		ck_assert_str_eq(STRING("fribitz"), right[i].text);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(line, sizeof(line), "--fribitz=%s", wrong[i]);
		ck_assert_msg(parse(line) == 1, "%s", line);
	}
}
END_TEST

/* The application's locale does not change what a number is. */
START_TEST(locale_comma)
{
	if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
		fprintf(stderr, "# skipped: no locale de_DE.UTF-8\n");
		return;
	}
	good("--fribitz=1.5", "");
	ck_assert_double_eq(FLOAT("fribitz"), 1.5);
	ck_assert_str_eq(localeconv()->decimal_point, ",");
}
END_TEST

static int
add_one(struct appbase_option o)
{
	struct appbase_option one[] = {o, {0}};
	int rc;

	teardown();
	set = appbase_options_new();
	errno = 0;
	rc = appbase_options_add(set, one);
	return rc == -1 ? errno : 0;
}

START_TEST(records)
{
	typedef struct appbase_option O;

	ck_assert_int_eq(add_one((O){"n", NULL, "d", APPBASE_SWITCH, "1"}), 0);
	ck_assert_int_eq(add_one((O){"n", NULL, "d", APPBASE_STRING, ""}), 0);
	ck_assert_int_eq(add_one((O){"n", NULL, "d", APPBASE_FLOAT, "1"}), 0);
	ck_assert_int_eq(
	    add_one((O){"", NULL, "d", APPBASE_SWITCH, NULL}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"-n", NULL, "d", APPBASE_SWITCH, NULL}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n=s", NULL, "d", APPBASE_STRING, NULL}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, NULL, APPBASE_SWITCH, NULL}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, "", APPBASE_SWITCH, NULL}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, "d", (enum appbase_option_type)17, NULL}),
	    EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, "d", APPBASE_INTEGER, "x"}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, "d", APPBASE_INTEGER, ""}), EINVAL);
	ck_assert_int_eq(
	    add_one((O){"n", NULL, "d", APPBASE_FLOAT, "1,5"}), EINVAL);
}
END_TEST

/* An application's own option wins over a built-in one, whatever its case. */
START_TEST(duplicates)
{
	static const struct appbase_option own[] = {
	    {"Help", NULL, "own", APPBASE_STRING, "mine"}, {0}};
	char prog[] = "prog", help[] = "--help", me[] = "me";
	char *argv[] = {prog, help, me, NULL};
	size_t n;

	set = appbase_options_new();
	ck_assert_int_eq(appbase_options_add(set, own), 0);
	ck_assert_int_eq(appbase_options_add(set, builtin), 0);
	ck_assert_int_eq(appbase_options_parse(set, 3, argv, stderr), 0);
	ck_assert_str_eq(STRING("help"), "me");
	(void)appbase_option_args(set, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert_str_eq(argv[1], "--help"); /* never changed */
}
END_TEST

START_TEST(odd_uses)
{
	char prog[] = "prog", nope[] = "--nope";
	char *argv[] = {prog, nope, NULL};
	size_t n = 1;

	appbase_options_free(NULL);
	set = appbase_options_new();
	ck_assert_int_eq(appbase_options_add(set, builtin), 0);
	ck_assert_ptr_null(appbase_option_args(set, &n)[0]);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(appbase_options_parse(set, 2, argv, NULL), 1);
	ck_assert_int_eq(appbase_options_parse(set, 2, argv, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	teardown();
	set = appbase_options_new();
	ck_assert_int_eq(appbase_options_parse(set, 0, argv + 2, NULL), 0);
}
END_TEST

START_TEST(unregistered)
{
	int status;
	pid_t pid;

	good("", "");
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(2);
		(void)appbase_option_switch(set, "nosuch");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("option");
	TCase *t = tcase_create("option");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, defaults);
	tcase_add_test(t, the_works);
	tcase_add_test(t, small_vectors);
	tcase_add_test(t, values_with_dashes);
	tcase_add_test(t, error_vectors);
	tcase_add_test(t, more_errors);
	tcase_add_test(t, integers);
	tcase_add_test(t, floats);
	tcase_add_test(t, locale_comma);
	tcase_add_test(t, records);
	tcase_add_test(t, duplicates);
	tcase_add_test(t, odd_uses);
	tcase_add_test(t, unregistered);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
