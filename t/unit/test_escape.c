/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/escape.c: any bytes as one printable word. */
#include "libappbase/escape.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The word that stands for some bytes; free() it. */
static char *
escaped(const void *data, size_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	escape_write(out, data, len);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static const struct {
	const char *bytes;
	size_t len;
	const char *word;
} words[] = {
    {"", 0, "-"},
    {"-", 1, "%2D"},
    {"--", 2, "--"},
    {"a b", 3, "a%20b"},
    {"100%", 4, "100%25"},
    {"\n", 1, "%0A"},
    {"\0", 1, "%00"},
    {"\177\377", 2, "%7F%FF"},
    {"plain", 5, "plain"},
};

START_TEST(test_words)
{
	char *word = escaped(words[_i].bytes, words[_i].len), back[16];

	ck_assert_str_eq(word, words[_i].word);
	ck_assert_int_eq(
	    escape_read(word, back, sizeof(back)), (ssize_t)words[_i].len);
	ck_assert_mem_eq(back, words[_i].bytes, words[_i].len);
	free(word);
}
END_TEST

/* Every byte alone and all together come back; the word has no blank. */
START_TEST(test_every_byte)
{
	unsigned char all[256], back[256], one;
	char *word;
	int c;

	for (c = 0; c < 256; c++) {
		all[c] = one = (unsigned char)c;
		word = escaped(&one, 1);
		ck_assert_int_eq(escape_read(word, back, 1), 1);
		ck_assert_int_eq(back[0], c);
		free(word);
	}
	word = escaped(all, sizeof(all));
	ck_assert_uint_eq(strcspn(word, " \t\r\n"), strlen(word));
	ck_assert_int_eq(escape_read(word, back, sizeof(back)), 256);
	ck_assert_mem_eq(back, all, sizeof(all));
	ck_assert_int_eq(escape_read(word, back, sizeof(back) - 1), -1);
	free(word);
}
END_TEST

START_TEST(test_ends_and_faults)
{
	char buf[8];

	ck_assert_int_eq(escape_read("ab cd", buf, sizeof(buf)), 2);
	ck_assert_int_eq(escape_read("ab\ncd", buf, sizeof(buf)), 2);
	ck_assert_int_eq(escape_read("- x", buf, sizeof(buf)), 0);
	ck_assert_int_eq(escape_read("%", buf, sizeof(buf)), -1);
	ck_assert_int_eq(escape_read("%4", buf, sizeof(buf)), -1);
	ck_assert_int_eq(escape_read("%4 1", buf, sizeof(buf)), -1);
	ck_assert_int_eq(escape_read("%4g", buf, sizeof(buf)), -1);
	ck_assert_int_eq(escape_read("%ff", buf, sizeof(buf)), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("escape");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, test_words, 0, (int)(sizeof(words) / sizeof(words[0])));
	tcase_add_test(tc, test_every_byte);
	tcase_add_test(tc, test_ends_and_faults);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
