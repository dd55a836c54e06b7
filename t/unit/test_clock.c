/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/clock.c: monotonic time and deadlines. */
#include "libappbase/clock.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

START_TEST(units_agree)
{
	struct timespec ts;
	int64_t before, ms, us;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	before = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	ms = clock_now_ms();
	us = clock_now_us();
	ck_assert_int_ge(ms, before);
	ck_assert_int_ge(us / 1000, ms);
	ck_assert_int_lt(us / 1000 - before, 10000);
}
END_TEST

START_TEST(coarse_is_near_and_never_ahead)
{
	for (int i = 0; i < 1000; i++) {
		int64_t coarse = clock_coarse_ms(), now = clock_now_ms();

		ck_assert_int_le(coarse, now);
		ck_assert_int_lt(now - coarse, 5000);
	}
}
END_TEST

START_TEST(never_goes_back)
{
	int64_t last = clock_now_us(), coarse = clock_coarse_ms();

	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_now_us(), c = clock_coarse_ms();

		if (now < last || c < coarse)
			ck_abort_msg("the clock went back");
		last = now;
		coarse = c;
	}
}
END_TEST

START_TEST(deadline)
{
	ck_assert_int_eq(clock_deadline(1000, 0), 1000);
	ck_assert_int_eq(clock_deadline(1000, 500), 1500);
	ck_assert_int_eq(clock_deadline(1000, -1), CLOCK_NEVER);
	ck_assert_int_eq(clock_deadline(1000, INT64_MIN), CLOCK_NEVER);
	ck_assert_int_eq(clock_deadline(1000, INT64_MAX), CLOCK_NEVER);
	ck_assert_int_eq(clock_deadline(1000, INT64_MAX - 1001), INT64_MAX - 1);
	ck_assert_int_eq(clock_deadline(1000, INT64_MAX - 999), CLOCK_NEVER);
	ck_assert_int_eq(clock_deadline(CLOCK_NEVER, 1), CLOCK_NEVER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");
	SRunner *r = srunner_create(s);

	tcase_add_test(t, units_agree);
	tcase_add_test(t, coarse_is_near_and_never_ahead);
	tcase_add_test(t, never_goes_back);
	tcase_add_test(t, deadline);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
