/* SPDX-License-Identifier: BSD-2-Clause */
/* The respawn delay and its back-off (R-8; T-10, T-11). */
#include "libappbase/respawn.h"

#include <check.h>
#include <stdlib.h>

/* T-10: 5, 10, 20, 40, 60, 60 seconds. */
START_TEST(delays_double_up_to_the_limit)
{
	static const int64_t want[] = {5000, 10000, 20000, 40000, 60000, 60000};
	struct respawn r = {5000, 60000, 10000, 0, 0};
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_int_eq(respawn_next(&r, 100), want[i]);
	ck_assert_uint_eq(r.failures, 6);
}
END_TEST

/* T-11 */
START_TEST(a_long_life_sets_the_delay_back)
{
	struct respawn r = {5000, 60000, 10000, 0, 0};

	respawn_next(&r, 0);
	respawn_next(&r, 0);
	ck_assert_int_eq(respawn_next(&r, 10000), 5000);
	ck_assert_uint_eq(r.failures, 0);
	ck_assert_int_eq(respawn_next(&r, 9999), 5000);
	ck_assert_int_eq(respawn_next(&r, 9999), 10000);
}
END_TEST

START_TEST(no_delay_starts_the_doubling_at_the_floor)
{
	struct respawn r = {0, 1000, 10000, 0, 0};

	ck_assert_int_eq(respawn_next(&r, 0), 0);
	ck_assert_int_eq(respawn_next(&r, 0), RESPAWN_FLOOR_MS);
	ck_assert_int_eq(respawn_next(&r, 0), 2 * RESPAWN_FLOOR_MS);
	ck_assert_int_eq(respawn_next(&r, 0), 4 * RESPAWN_FLOOR_MS);
	ck_assert_int_eq(respawn_next(&r, 0), 8 * RESPAWN_FLOOR_MS);
	ck_assert_int_eq(respawn_next(&r, 0), 1000);
}
END_TEST

START_TEST(gives_up_after_max_failures)
{
	struct respawn r = {1, 10, 1000, 3, 0};

	ck_assert_int_eq(respawn_next(&r, 0), 1);
	ck_assert_int_eq(respawn_next(&r, 0), 2);
	ck_assert_int_eq(respawn_next(&r, 0), RESPAWN_GIVE_UP);
}
END_TEST

START_TEST(without_min_uptime_every_life_is_long)
{
	struct respawn r = {7, 60000, 0, 3, 0};
	int i;

	for (i = 0; i < 100; i++)
		ck_assert_int_eq(respawn_next(&r, 0), 7);
}
END_TEST

/* Neither a delay above its limit nor very many failures break the sums. */
START_TEST(extremes_stay_in_range)
{
	struct respawn r = {90000, 60000, 10000, 0, 0};
	struct respawn huge = {1, INT64_MAX, 10000, 0, 0};
	int i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(respawn_next(&r, 0), 90000);
	for (i = 0; i < 1000; i++)
		ck_assert_int_gt(respawn_next(&huge, 0), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("respawn");
	TCase *tc = tcase_create("core");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, delays_double_up_to_the_limit);
	tcase_add_test(tc, a_long_life_sets_the_delay_back);
	tcase_add_test(tc, no_delay_starts_the_doubling_at_the_floor);
	tcase_add_test(tc, gives_up_after_max_failures);
	tcase_add_test(tc, without_min_uptime_every_life_is_long);
	tcase_add_test(tc, extremes_stay_in_range);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
