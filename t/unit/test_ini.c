/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file grammar, row by row (C-039 to C-059), and repr().
 */
#include "common/ini.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/pystr.h"

static struct pool *pool;
static struct ini ini;
static char *fault;

static void
setup(void)
{
	pool = pool_new();
	ini_init(&ini, pool);
	fault = NULL;
}

static void
teardown(void)
{
	pool_free(pool);
	free(fault);
}

/* Reads a text as "f.conf" and expects it to be good. */
static void
good(const char *text)
{
	int rc = ini_read(&ini, text, strlen(text), "f.conf", &fault);

	ck_assert_msg(rc == 0, "%s: %s", text, fault);
}

/* Reads a text in an empty set and expects this fault. */
static void
bad(const char *text, const char *expected)
{
	ini_init(&ini, pool);
	ck_assert_int_eq(
	    ini_read(&ini, text, strlen(text), "f.conf", &fault), -1);
	ck_assert_str_eq(fault, expected);
}

/* A value of the set; NULL when there is none. */
static const char *
value(const char *section, const char *key)
{
	const struct ini_section *s = ini_find(&ini, section);
	const struct ini_option *o;

	if (s == NULL || (o = ini_get(&ini, s, key)) == NULL)
		return NULL;
	return o->value;
}

/* Reads one line below [s] and tells the value of k. */
static const char *
k(const char *lines)
{
	char text[512];

	ini_init(&ini, pool);
	snprintf(text, sizeof(text), "[s]\n%s\n", lines);
	good(text);
	return value("s", "k");
}

START_TEST(test_c039_encoding)
{
	good("[s]\nk=h\xc3\xa9\n");
	ck_assert_str_eq(value("s", "k"), "h\xc3\xa9");
	bad("[s]\nk=caf\xe9\n",
	    "'utf-8' codec can't decode byte 0xe9 in position 9: invalid "
	    "continuation byte (file: 'f.conf')");
	bad("\xff",
	    "'utf-8' codec can't decode byte 0xff in position 0: invalid "
	    "start byte (file: 'f.conf')");
	bad("[s]\xe2\x82",
	    "'utf-8' codec can't decode byte 0xe2 in position 3: unexpected "
	    "end of data (file: 'f.conf')");
	ck_assert_int_eq(ini_read(&ini, "[s]\0", 4, "f.conf", &fault), -1);
}
END_TEST

START_TEST(test_c040_bom)
{
	good("\xef\xbb\xbf[s]\nk=1\n");
	ck_assert_str_eq(value("s", "k"), "1");
}
END_TEST

START_TEST(test_c041_line_ends)
{
	good("[s]\r\nk=1\r\nl=2\rm=3\nn=4");
	ck_assert_str_eq(value("s", "k"), "1");
	ck_assert_str_eq(value("s", "l"), "2");
	ck_assert_str_eq(value("s", "m"), "3");
	ck_assert_str_eq(value("s", "n"), "4");
}
END_TEST

START_TEST(test_c042_full_line_comments)
{
	good("; a\n# b\n  ; c\n[s]\n#k=1\nrem=x\n");
	ck_assert_ptr_null(value("s", "k"));
	ck_assert_str_eq(value("s", "rem"), "x");
	bad("[s]\nrem a\n",
	    "Source contains parsing errors: 'f.conf'\n"
	    "\t[line  2]: 'rem a\\n'");
}
END_TEST

START_TEST(test_c043_inline_comments)
{
	ck_assert_str_eq(k("k=sh -c \"a ; b\""), "sh -c \"a");
	ck_assert_str_eq(k("k=a\t#b"), "a");
	ck_assert_str_eq(k("k=a\xc2\xa0;b"), "a");
	ck_assert_str_eq(k("k=1\n  2 ; c\n  3"), "1\n2\n3");
	good("[t] ; note\nk=1\n");
	ck_assert_str_eq(value("t", "k"), "1");
	/* Both marks advance in step, as upstream has it. */
	ck_assert_str_eq(k("k=x;y ;z #c"), "x;y ;z");
	ck_assert_str_eq(k("k=x;y ;z"), "x;y");
}
END_TEST

START_TEST(test_c044_not_comments)
{
	ck_assert_str_eq(k("k=v;c"), "v;c");
	ck_assert_str_eq(k("k=v#c"), "v#c");
	ck_assert_str_eq(k("k=;c"), ";c");
	ck_assert_str_eq(k("k=#c"), "#c");
	ck_assert_str_eq(k("k= ;c"), "");
}
END_TEST

START_TEST(test_c045_headers)
{
	good("[a]junk\nk=1\n[a] junk]\nk=2\n");
	ck_assert_str_eq(value("a", "k"), "1");
	ck_assert_str_eq(value("a] junk", "k"), "2");
	bad("[s]\n[]\n[a\n",
	    "Source contains parsing errors: 'f.conf'\n"
	    "\t[line  2]: '[]\\n'\n\t[line  3]: '[a\\n'");
}
END_TEST

START_TEST(test_c046_section_names)
{
	good("[ a ]\nk=1\n[A]\nk=2\n");
	ck_assert_str_eq(value(" a ", "k"), "1");
	ck_assert_str_eq(value("A", "k"), "2");
	ck_assert_ptr_null(value("a", "k"));
}
END_TEST

START_TEST(test_c047_indented_header)
{
	good("  [a]\n  k=1\n  [b]\n  k=2\n");
	ck_assert_str_eq(value("b", "k"), "2");
	ck_assert_str_eq(k("k=1\n [b]"), "1\n[b]");
}
END_TEST

START_TEST(test_c048_keys)
{
	ck_assert_str_eq(k("K = 1 "), "1");
	ck_assert_str_eq(k("k==1"), "=1");
	ck_assert_str_eq(k("k:=1"), "=1");
	ck_assert_str_eq(k("k=a:b"), "a:b");
	ck_assert_str_eq(k("k:a=b"), "a=b");
	good("[s]\nk a=1\n");
	ck_assert_str_eq(value("s", "k a"), "1");
}
END_TEST

START_TEST(test_c049_bad_lines)
{
	bad("[s]\nfoo\nk=1\n=x\nit's\nend",
	    "Source contains parsing errors: 'f.conf'\n"
	    "\t[line  2]: 'foo\\n'\n\t[line  4]: '=x\\n'\n"
	    "\t[line  5]: \"it's\\n\"\n\t[line  6]: 'end'");
}
END_TEST

START_TEST(test_c050_no_section)
{
	bad("\n\nk=1\n",
	    "File contains no section headers.\nfile: 'f.conf', line: 3\n"
	    "'k=1\\n'");
}
END_TEST

START_TEST(test_c051_to_c054_continuations)
{
	ck_assert_str_eq(k("k=a\n b\n  j=b"), "a\nb\nj=b");
	ck_assert_str_eq(k("k=a\n ; no\n# no\n b"), "a\nb");
	ck_assert_str_eq(k("k=a\n\n\n b\n\n"), "a\n\n\nb");
	ck_assert_str_eq(k("k=\n a\n b"), "\na\nb");
	ck_assert_str_eq(k("  k=a\n  l=b"), "a");
}
END_TEST

START_TEST(test_c055_c056_backslash_and_quotes)
{
	ck_assert_str_eq(k("k=a\\\nl=1"), "a\\");
	ck_assert_str_eq(k("k='a' \"b"), "'a' \"b");
}
END_TEST

START_TEST(test_c057_c058_duplicates)
{
	const struct ini_section *s;

	good("[s]\nk=1\nk=2\n[t]\nk=9\n[s]\nl=3\n");
	ck_assert_str_eq(value("s", "k"), "2");
	ck_assert_str_eq(value("s", "l"), "3");
	ck_assert_int_eq(
	    ini_read(&ini, "\n[s]\nk=4\n[u]\n", 13, "g.conf", &fault), 0);
	ck_assert_str_eq(value("s", "k"), "4");
	s = ini_find(&ini, "s");
	ck_assert_str_eq(s->file, "f.conf");
	ck_assert_uint_eq(s->line, 1);
	ck_assert_str_eq(ini_get(&ini, s, "k")->file, "g.conf");
	ck_assert_uint_eq(ini_get(&ini, s, "k")->line, 3);
	ck_assert_str_eq(ini_find(&ini, "u")->file, "g.conf");
	ck_assert_str_eq(TAILQ_FIRST(&ini.sections)->name, "s");
}
END_TEST

START_TEST(test_c059_default)
{
	good("[s]\nk=1\n[DEFAULT]\nk=d\nl=d\n");
	ck_assert_str_eq(value("s", "k"), "1");
	ck_assert_str_eq(value("s", "l"), "d");
	ck_assert_ptr_null(ini_find(&ini, "DEFAULT"));
	ck_assert_ptr_null(ini_get_own(ini_find(&ini, "s"), "l"));
}
END_TEST

START_TEST(test_c085_replace)
{
	good("[DEFAULT]\nd=%(here)s\n[s]\nk=a%(here)s/%(here)sb\nl=x\n");
	ini_replace(&ini, "%(here)s", "/etc");
	ck_assert_str_eq(value("s", "k"), "a/etc//etcb");
	ck_assert_str_eq(value("s", "d"), "/etc");
	ck_assert_str_eq(value("s", "l"), "x");
}
END_TEST

/* Compares repr() of a text. */
static void
check_repr(const char *s, const char *expected)
{
	char *text = pyrepr(s);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(test_repr)
{
	char first[] = "foo", second[] = "b'r";
	char *const words[] = {first, second};
	char *text = pyrepr_list(words, 2);

	ck_assert_str_eq(text, "['foo', \"b'r\"]");
	free(text);
	check_repr("", "''");
	check_repr("a'b", "\"a'b\"");
	check_repr("a\"b", "'a\"b'");
	check_repr("a'b\"c", "'a\\'b\"c'");
	check_repr("\\ \t\n\r\x01\x7f", "'\\\\ \\t\\n\\r\\x01\\x7f'");
	check_repr("h\xc3\xa9\xe2\x82\xac", "'h\xc3\xa9\xe2\x82\xac'");
	check_repr("\xc2\xa0\xc2\xad\xe2\x80\x8b", "'\\xa0\\xad\\u200b'");
	check_repr("\xff", "'\\udcff'");
}
END_TEST

START_TEST(test_strip)
{
	const char *s = "\xe3\x80\x80 \x1c a\xc2\x85 b\xe2\x80\x89\t";
	size_t n = strlen(s);

	pystr_strip(&s, &n);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(memcmp(s, "a\xc2\x85 b", n), 0);
	ck_assert_uint_eq(pystr_length("h\xc3\xa9\xff", 4), 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ini");
	TCase *tc = tcase_create("grammar");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_c039_encoding);
	tcase_add_test(tc, test_c040_bom);
	tcase_add_test(tc, test_c041_line_ends);
	tcase_add_test(tc, test_c042_full_line_comments);
	tcase_add_test(tc, test_c043_inline_comments);
	tcase_add_test(tc, test_c044_not_comments);
	tcase_add_test(tc, test_c045_headers);
	tcase_add_test(tc, test_c046_section_names);
	tcase_add_test(tc, test_c047_indented_header);
	tcase_add_test(tc, test_c048_keys);
	tcase_add_test(tc, test_c049_bad_lines);
	tcase_add_test(tc, test_c050_no_section);
	tcase_add_test(tc, test_c051_to_c054_continuations);
	tcase_add_test(tc, test_c055_c056_backslash_and_quotes);
	tcase_add_test(tc, test_c057_c058_duplicates);
	tcase_add_test(tc, test_c059_default);
	tcase_add_test(tc, test_c085_replace);
	tcase_add_test(tc, test_repr);
	tcase_add_test(tc, test_strip);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
