/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/usage.c: the golden sample of section 2.5, and its edges. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/option.h"

static const struct appbase_option table[] = {
    {"help", NULL, "Show this help information", APPBASE_SWITCH, NULL},
    {"foo", "foo=<f>", "The foo option should be <f>", APPBASE_STRING, "bar"},
    {"baz", NULL, "The baz option", APPBASE_SWITCH, NULL},
    {"quux", "quux=N",
	"quux is an integer option that has a very long description which "
	"has to wrap at the right margin of the terminal",
	APPBASE_INTEGER, "7"},
    {"fribitz", "fribitz=<f>", "fribitz is a floating-point option",
	APPBASE_FLOAT, "0.01"},
    {"Case", NULL, "c", APPBASE_STRING, NULL},
    {0},
};
static const char documentation[] =
    "This is a test script.\n"
    "Second paragraph of the documentation which is rather long and needs to "
    "be wrapped somewhere.\n";

#define GOLDEN_HEAD                                                            \
	"\n"                                                                   \
	"Usage: prog [options]\n"                                              \
	"This is a test script.\n"                                             \
	"Second paragraph of the documentation which is rather long and needs" \
	" to be\n"                                                             \
	"wrapped somewhere.\n"                                                 \
	"\n"                                                                   \
	"Options:\n"                                                           \
	"\n"                                                                   \
	"--Case        c\n"                                                    \
	"--baz         The baz option\n"                                       \
	"--foo=<f>     The foo option should be <f> (default: bar)\n"          \
	"--fribitz=<f> fribitz is a floating-point option (default: 0.01)\n"   \
	"--help        Show this help information\n"
#define INDENT "              "

static char *text;
static struct appbase_options *set;

static void
teardown(void)
{
	free(text);
	appbase_options_free(set);
	text = NULL;
	set = NULL;
}

static const char *
usage(const struct appbase_option *options, const char *template_text,
    const char *doc, unsigned width)
{
	size_t size;
	FILE *f;

	teardown();
	set = appbase_options_new();
	ck_assert_int_eq(appbase_options_add(set, options), 0);
	f = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(f);
	appbase_options_usage(set, f, "prog", template_text, doc, width);
	fclose(f);
	return text;
}

/*
 * The original's table is two columns wider than asked, so its sample for 76 is
 * ours for 78, byte for byte.
 */
START_TEST(golden_sample)
{
	ck_assert_str_eq(usage(table, NULL, documentation, 78),
	    GOLDEN_HEAD
	    "--quux=N      quux is an integer option that has a very long "
	    "description which\n" INDENT
	    "has to wrap at the right margin of the terminal (default: 7)\n"
	    "\n\n");
}
END_TEST

/* At 76 we wrap at 76. */
START_TEST(golden_width)
{
	ck_assert_str_eq(usage(table, NULL, documentation, 76),
	    GOLDEN_HEAD
	    "--quux=N      quux is an integer option that has a very long "
	    "description\n" INDENT
	    "which has to wrap at the right margin of the terminal\n" INDENT
	    "(default: 7)\n"
	    "\n\n");
}
END_TEST

/* No line is wider than asked, and none ends in a blank. */
START_TEST(every_width)
{
	for (unsigned width = 40; width < 130; width++) {
		const char *line = usage(table, NULL, documentation, width);

		while (*line != '\0') {
			size_t len = strcspn(line, "\n");

			ck_assert_uint_le(len, width);
			ck_assert(len == 0 || line[len - 1] != ' ');
			line += len + 1;
		}
	}
}
END_TEST

static void
same_as_width(const char *columns, unsigned width)
{
	char *expected = strdup(usage(table, NULL, documentation, width));

	if (columns == NULL)
		unsetenv("COLUMNS");
	else
		setenv("COLUMNS", columns, 1);
	ck_assert_str_eq(usage(table, NULL, documentation, 0), expected);
	free(expected);
}

START_TEST(columns)
{
	same_as_width(NULL, 76);
	same_as_width("0", 76);
	same_as_width("", 76);
	same_as_width("junk", 76);
	same_as_width("-5", 76);
	same_as_width("50", 50);
	same_as_width("100", 100);
}
END_TEST

START_TEST(defaults_shown)
{
	static const struct appbase_option options[] = {
	    {"a", NULL, "zero", APPBASE_INTEGER, "0"},
	    {"b", NULL, "empty", APPBASE_STRING, ""},
	    {"c", NULL, "on", APPBASE_SWITCH, "1"},
	    {"d", NULL, "unset", APPBASE_STRING, NULL}, {0}};

	ck_assert_str_eq(usage(options, "prog FILE", NULL, 76),
	    "\nUsage: prog FILE\n\nOptions:\n\n"
	    "--a zero (default: 0)\n"
	    "--b empty (default: \"\")\n"
	    "--c on (default: 1)\n"
	    "--d unset\n\n\n");
}
END_TEST

START_TEST(edges)
{
	static const struct appbase_option options[] = {
	    {"x", NULL, "averyveryverylongwordthatfitsnowhere and more",
		APPBASE_SWITCH, NULL},
	    {"\xc3\xa9t\xc3\xa9", NULL, "a summer", APPBASE_SWITCH, NULL}, {0}};
	static const struct appbase_option none[] = {{0}};

	/* A width below the minimum; a word wider than its column; UTF-8. */
	ck_assert_str_eq(usage(options, NULL, NULL, 1),
	    "\nUsage:\nprog\n[options]\n\nOptions:\n\n"
	    "--x   averyveryverylongwordthatfitsnowhere\n"
	    "      and more\n"
	    "--\xc3\xa9t\xc3\xa9 a summer\n\n\n");
	/* Empty paragraphs, leading blanks and inner blanks are kept. */
	ck_assert_str_eq(
	    usage(none, NULL, "one\n\n  two   three  \n\nlast", 76),
	    "\nUsage: prog [options]\none\n\n  two   three\n\nlast\n\n"
	    "Options:\n\n\n\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("usage");
	TCase *t = tcase_create("usage");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, golden_sample);
	tcase_add_test(t, golden_width);
	tcase_add_test(t, every_width);
	tcase_add_test(t, columns);
	tcase_add_test(t, defaults_shown);
	tcase_add_test(t, edges);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
