/* SPDX-License-Identifier: BSD-2-Clause */
/* The text that grows. */
#include "common/strbuf.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of all sizes come out as they went in, over many growths. */
START_TEST(test_pieces)
{
	static char want[300 * 300];
	struct strbuf b = {0};
	char piece[300];
	size_t i, len, total = 0;
	char *got;

	for (i = 0; i < sizeof(piece); i++) {
		memset(piece, 'a' + (int)(i % 26), i);
		strbuf_add(&b, piece, i);
		memcpy(want + total, piece, i);
		total += i;
	}
	got = strbuf_take(&b, &len);
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(len, total);
	ck_assert_int_eq(memcmp(got, want, total), 0);
	ck_assert_int_eq(got[len], '\0');
	free(got);
}
END_TEST

/* Nothing at all is an empty text; a taken buffer begins again. */
START_TEST(test_empty)
{
	struct strbuf b = {0};
	size_t len = 1;
	char *got = strbuf_take(&b, &len);

	ck_assert_str_eq(got, "");
	ck_assert_uint_eq(len, 0);
	free(got);
	STRBUF_LITERAL(&b, "again");
	strbuf_add(&b, NULL, 0);
	got = strbuf_take(&b, &len);
	ck_assert_str_eq(got, "again");
	free(got);
}
END_TEST

START_TEST(test_numbers)
{
	static const long long rows[] = {0, 1, -1, 9, 10, -10, 12345, INT_MAX,
	    INT_MIN, LLONG_MAX, LLONG_MIN};
	char want[32], *got;
	struct strbuf b = {0};
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(want, sizeof(want), "%lld", rows[i]);
		strbuf_addi(&b, rows[i]);
		got = strbuf_take(&b, &len);
		ck_assert_str_eq(got, want);
		free(got);
	}
}
END_TEST

/* What is too large fails, stays failed, and is said at the end. */
START_TEST(test_failure)
{
	struct strbuf b = {0};
	size_t len;

	strbuf_adds(&b, "begin");
	strbuf_add(&b, "x", SIZE_MAX - 10);
	ck_assert(b.failed);
	strbuf_adds(&b, "end");
	errno = 0;
	ck_assert_ptr_null(strbuf_take(&b, &len));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert(!b.failed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("strbuf");
	TCase *tcase = tcase_create("strbuf");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_pieces);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_failure);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
