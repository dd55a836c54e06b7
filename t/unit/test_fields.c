/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/fields.c: strict words of a line. */
#include "libappbase/fields.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_every_kind)
{
	struct fields f = {.at = "name a=-7 b=18446744073709551615 1 0 ff 5 -1 "
				 "x%20y - end\nnext line"};
	char word[16], text[16];
	unsigned char bytes[4];

	fields_literal(&f, "name");
	fields_key(&f, "a=");
	ck_assert_int_eq(fields_int(&f, -7, -7), -7);
	fields_key(&f, "b=");
	ck_assert_uint_eq(fields_uint(&f, UINT64_MAX), UINT64_MAX);
	ck_assert(fields_flag(&f));
	ck_assert(!fields_flag(&f));
	ck_assert_uint_eq(fields_hex(&f), 255);
	ck_assert_int_eq(fields_fd(&f), 5);
	ck_assert_int_eq(fields_fd(&f), -1);
	fields_string(&f, text, sizeof(text));
	ck_assert_str_eq(text, "x y");
	ck_assert_uint_eq(fields_bytes(&f, bytes, sizeof(bytes)), 0);
	ck_assert(!fields_done(&f));
	fields_word(&f, word, sizeof(word));
	ck_assert_str_eq(word, "end");
	ck_assert(fields_done(&f));
}
END_TEST

static const struct {
	const char *text;
	int64_t min, max, value;
	bool ok;
} ints[] = {
    {"0", 0, 0, 0, true},
    {"-1", -1, 1, -1, true},
    {"9223372036854775807", 0, INT64_MAX, INT64_MAX, true},
    {"-9223372036854775808", INT64_MIN, 0, INT64_MIN, true},
    {"9223372036854775808", INT64_MIN, INT64_MAX, 0, false},
    {"-9223372036854775809", INT64_MIN, INT64_MAX, 0, false},
    {"99999999999999999999999", INT64_MIN, INT64_MAX, 0, false},
    {"5", 6, 9, 0, false},
    {"10", 6, 9, 0, false},
    {"", -9, 9, 0, false},
    {"-", -9, 9, 0, false},
    {"--1", -9, 9, 0, false},
    {"+1", -9, 9, 0, false},
    {" 1", -9, 9, 0, false},
    {"1 ", -9, 9, 1, false},
    {"01", -9, 9, 0, false},
    {"-0", -9, 9, 0, false},
    {"1x", -9, 9, 0, false},
    {"0x1", -9, 9, 0, false},
    {"1.0", -9, 9, 0, false},
    {"1\t", -9, 9, 0, false},
    {"a", -9, 9, 0, false},
};

START_TEST(test_int)
{
	struct fields f = {.at = ints[_i].text};

	ck_assert_int_eq(
	    fields_int(&f, ints[_i].min, ints[_i].max), ints[_i].value);
	ck_assert_int_eq(fields_done(&f), ints[_i].ok);
}
END_TEST

START_TEST(test_hex)
{
	struct fields f = {.at = "ffffffffffffffff"};

	ck_assert_uint_eq(fields_hex(&f), UINT64_MAX);
	ck_assert(fields_done(&f));
	f = (struct fields){.at = "0ffffffffffffffff"};
	ck_assert_uint_eq(fields_hex(&f), 0);
	ck_assert(f.bad);
	f = (struct fields){.at = "FF"};
	ck_assert_uint_eq(fields_hex(&f), 0);
	ck_assert(f.bad);
}
END_TEST

/* Standard descriptors are nobody's to pass on. */
START_TEST(test_fd)
{
	static const char *const bad[] = {
	    "0", "1", "2", "-2", "2147483648", "x"};
	struct fields f = {.at = "2147483647"};
	size_t i;

	ck_assert_int_eq(fields_fd(&f), 2147483647);
	ck_assert(fields_done(&f));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = (struct fields){.at = bad[i]};
		ck_assert_int_eq(fields_fd(&f), -1);
		ck_assert(f.bad);
	}
}
END_TEST

/* Too long, a wrong key, two spaces, a missing or surplus word. */
START_TEST(test_bad_words)
{
	char buf[4];
	struct fields f = {.at = "abc"};

	fields_word(&f, buf, sizeof(buf));
	ck_assert_str_eq(buf, "abc");
	ck_assert(fields_done(&f));
	f = (struct fields){.at = "abcd"};
	fields_word(&f, buf, sizeof(buf));
	ck_assert_str_eq(buf, "");
	ck_assert(!fields_done(&f));
	f = (struct fields){.at = "key=5"};
	fields_key(&f, "kex=");
	ck_assert_int_eq(fields_int(&f, 0, 9), 0);
	ck_assert(!fields_done(&f));
	f = (struct fields){.at = "1  2"};
	(void)fields_int(&f, 0, 9);
	ck_assert_int_eq(fields_int(&f, 0, 9), 0);
	ck_assert(f.bad);
	f = (struct fields){.at = "1"};
	(void)fields_int(&f, 0, 9);
	ck_assert(fields_done(&f));
	(void)fields_int(&f, 0, 9);
	ck_assert(!fields_done(&f));
	f = (struct fields){.at = "1 2"};
	(void)fields_int(&f, 0, 9);
	ck_assert(!fields_done(&f));
	f = (struct fields){.at = "words"};
	fields_literal(&f, "word");
	(void)fields_int(&f, 0, 9);
	ck_assert(f.bad);
}
END_TEST

/* What escape_write() never writes. */
START_TEST(test_bad_strings)
{
	static const char *const bad[] = {
	    "a%0", "%", "%zz", "%0a", "a%00b", "abcdefgh"};
	char buf[8];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fields f = {.at = bad[i]};

		fields_string(&f, buf, sizeof(buf));
		ck_assert_str_eq(buf, "");
		ck_assert_msg(f.bad, "%s", bad[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fields");
	TCase *tc = tcase_create("fields");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_every_kind);
	tcase_add_loop_test(
	    tc, test_int, 0, (int)(sizeof(ints) / sizeof(ints[0])));
	tcase_add_test(tc, test_hex);
	tcase_add_test(tc, test_fd);
	tcase_add_test(tc, test_bad_words);
	tcase_add_test(tc, test_bad_strings);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
