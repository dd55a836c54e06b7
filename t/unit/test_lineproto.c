/* SPDX-License-Identifier: BSD-2-Clause */
/* The line protocol's parser: R-12, T-20. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/lineproto.h"

#define TEST_MAX 64

/* Feed `len` bytes in pieces of `step`; collect the commands. */
static size_t
feed(struct lineproto *lp, const char *data, size_t len, size_t step,
    enum lineproto_command *out)
{
	enum lineproto_command c;
	const char *p;
	size_t n, left, got = 0;

	for (; len > 0; data += n, len -= n) {
		n = step < len ? step : len;
		p = data;
		left = n;
		while ((c = lineproto_next(lp, &p, &left)) != LINEPROTO_NONE) {
			ck_assert_uint_lt(got, TEST_MAX);
			out[got++] = c;
		}
		ck_assert_uint_eq(left, 0);
		ck_assert_ptr_eq(p, data + n);
	}
	return got;
}

START_TEST(every_word_in_any_splitting)
{
	static const char text[] = "ping\ntakeover\nshutdown\nrestart\nstop\n"
				   "\nPING\n ping\npingx\npin\nping\r\n";
	static const enum lineproto_command want[] = {LINEPROTO_PING,
	    LINEPROTO_TAKEOVER, LINEPROTO_RESTART, LINEPROTO_RESTART,
	    LINEPROTO_STOP, LINEPROTO_UNKNOWN, LINEPROTO_UNKNOWN,
	    LINEPROTO_UNKNOWN, LINEPROTO_UNKNOWN, LINEPROTO_UNKNOWN,
	    LINEPROTO_PING};
	enum lineproto_command got[TEST_MAX];
	size_t step, i, n;

	for (step = 1; step < sizeof(text); step++) {
		struct lineproto lp = {0};

		n = feed(&lp, text, sizeof(text) - 1, step, got);
		ck_assert_uint_eq(n, sizeof(want) / sizeof(want[0]));
		for (i = 0; i < n; i++)
			ck_assert_int_eq(got[i], want[i]);
	}
}
END_TEST

START_TEST(half_a_line_is_nothing_yet)
{
	struct lineproto lp = {0};
	enum lineproto_command got[TEST_MAX];

	ck_assert_uint_eq(feed(&lp, "takeo", 5, 5, got), 0);
	ck_assert_uint_eq(feed(&lp, "ver", 3, 1, got), 0);
	ck_assert_uint_eq(feed(&lp, "\n", 1, 1, got), 1);
	ck_assert_int_eq(got[0], LINEPROTO_TAKEOVER);
}
END_TEST

START_TEST(unknown_line_is_kept_for_the_log)
{
	struct lineproto lp = {0};
	enum lineproto_command got[TEST_MAX];

	ck_assert_uint_eq(feed(&lp, "hello there\r\n", 13, 4, got), 1);
	ck_assert_int_eq(got[0], LINEPROTO_UNKNOWN);
	ck_assert_str_eq(lp.line, "hello there");
	ck_assert_uint_eq(feed(&lp, "\n", 1, 1, got), 1);
	ck_assert_str_eq(lp.line, "");
}
END_TEST

START_TEST(nul_bytes_do_not_hide_the_rest)
{
	static const char text[] = "ping\0x\nstop\0\n\0ping\n";
	struct lineproto lp = {0};
	enum lineproto_command got[TEST_MAX];

	ck_assert_uint_eq(feed(&lp, text, sizeof(text) - 1, 3, got), 3);
	ck_assert_int_eq(got[0], LINEPROTO_UNKNOWN);
	ck_assert_int_eq(got[1], LINEPROTO_UNKNOWN);
	ck_assert_int_eq(got[2], LINEPROTO_UNKNOWN);
}
END_TEST

START_TEST(length_limit_is_exact)
{
	struct lineproto lp = {0};
	enum lineproto_command got[TEST_MAX];
	char line[LINEPROTO_MAX + 2];

	memset(line, 'a', sizeof(line));
	line[LINEPROTO_MAX] = '\n';
	ck_assert_uint_eq(feed(&lp, line, LINEPROTO_MAX + 1, 1, got), 1);
	ck_assert_uint_eq(strlen(lp.line), LINEPROTO_MAX);

	line[LINEPROTO_MAX] = 'b';
	line[LINEPROTO_MAX + 1] = '\n';
	ck_assert_uint_eq(feed(&lp, line, LINEPROTO_MAX + 2, 1, got), 1);
	ck_assert_int_eq(got[0], LINEPROTO_UNKNOWN);
	ck_assert_uint_eq(strlen(lp.line), LINEPROTO_MAX);
	ck_assert_ptr_null(strchr(lp.line, 'b'));
}
END_TEST

/* T-20: 1 MiB without a newline is one unknown line, and then all is well. */
START_TEST(endless_line_is_skipped)
{
	static const size_t steps[] = {1, 7, 4096, 1 << 20};
	enum lineproto_command got[TEST_MAX];
	size_t i, size = 1 << 20;
	char *big = malloc(size);

	ck_assert_ptr_nonnull(big);
	memset(big, 'x', size);
	/* The end of the long line must not look like a command. */
	memcpy(big + size - 4, "stop", 4);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct lineproto lp = {0};

		ck_assert_uint_eq(feed(&lp, big, size, steps[i], got), 0);
		ck_assert_uint_eq(feed(&lp, "\nping\n", 6, 6, got), 2);
		ck_assert_int_eq(got[0], LINEPROTO_UNKNOWN);
		ck_assert_int_eq(got[1], LINEPROTO_PING);
	}
	free(big);
}
END_TEST

/* A word that ends exactly where the kept part of a long line ends. */
START_TEST(long_line_with_cr_is_unknown)
{
	struct lineproto lp = {0};
	enum lineproto_command got[TEST_MAX];
	char line[LINEPROTO_MAX + 8];

	memset(line, '\r', sizeof(line));
	memcpy(line, "ping", 4);
	line[sizeof(line) - 1] = '\n';
	ck_assert_uint_eq(feed(&lp, line, sizeof(line), 5, got), 1);
	ck_assert_int_eq(got[0], LINEPROTO_UNKNOWN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lineproto");
	TCase *tc = tcase_create("lineproto");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, every_word_in_any_splitting);
	tcase_add_test(tc, half_a_line_is_nothing_yet);
	tcase_add_test(tc, unknown_line_is_kept_for_the_log);
	tcase_add_test(tc, nul_bytes_do_not_hide_the_rest);
	tcase_add_test(tc, length_limit_is_exact);
	tcase_add_test(tc, endless_line_is_skipped);
	tcase_add_test(tc, long_line_with_cr_is_unknown);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
