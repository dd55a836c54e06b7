/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has to go: connections under attack (X-021, users.md failure 35). */
#include "supervisord/control/connlimit.h"

#include <check.h>
#include <stdlib.h>

#define COUNT 8

static const struct connlimit_settings settings = {
    .connections = {[ROLE_ADMIN] = 3,
	[ROLE_OPERATE] = 2,
	[ROLE_READ] = 2,
	[ROLE_NONE] = 2},
    .first_ms = 100,
    .request_ms = 200,
    .idle_ms = 1000,
    .stall_ms = 300,
    .stall_bytes = 50,
    .request_bytes = 400,
    .held_bytes = 1000,
};
static struct connlimit limit;
static struct connlimit_entry e[COUNT];

static void
setup(void)
{
	connlimit_init(&limit, &settings);
}

/* A stranger comes, and has a request let in unless the role is NONE. */
static void
come(size_t i, enum role role, int64_t now)
{
	connlimit_add(&limit, &e[i], now);
	if (role != ROLE_NONE)
		ck_assert(connlimit_begin(&limit, &e[i], role, now));
}

static void
answer(size_t i, int64_t now)
{
	connlimit_end(&limit, &e[i], 0, now);
}

START_TEST(strangers)
{
	come(0, ROLE_ADMIN, 0);
	answer(0, 0);
	come(1, ROLE_NONE, 1);
	come(2, ROLE_NONE, 2);
	ck_assert_ptr_null(connlimit_excess(&limit, &e[2]));
	come(3, ROLE_NONE, 3);
	/* The oldest stranger goes, nobody who is known. */
	ck_assert_ptr_eq(connlimit_excess(&limit, &e[3]), &e[1]);
	connlimit_remove(&limit, &e[1]);
	ck_assert_ptr_null(connlimit_excess(&limit, &e[3]));
	ck_assert_uint_eq(limit.evicted, 1);
	/* One of them is let in: there is room for another. */
	ck_assert(connlimit_begin(&limit, &e[2], ROLE_READ, 4));
	come(4, ROLE_NONE, 5);
	ck_assert_ptr_null(connlimit_excess(&limit, &e[4]));
}
END_TEST

START_TEST(busy)
{
	size_t i;

	for (i = 0; i < 3; i++)
		come(i, ROLE_ADMIN, (int64_t)i);
	answer(1, 5);
	come(3, ROLE_NONE, 6);
	/* The one that waits goes, not one that is being answered. */
	ck_assert(connlimit_begin(&limit, &e[3], ROLE_ADMIN, 6));
	ck_assert_ptr_eq(connlimit_excess(&limit, &e[3]), &e[1]);
	connlimit_remove(&limit, &e[1]);
	/* All are busy: the newest is refused, and nobody goes. */
	come(4, ROLE_NONE, 7);
	ck_assert(!connlimit_begin(&limit, &e[4], ROLE_ADMIN, 7));
	ck_assert_ptr_null(connlimit_excess(&limit, &e[4]));
	/* Another role has room of its own. */
	come(5, ROLE_NONE, 8);
	ck_assert(connlimit_begin(&limit, &e[5], ROLE_READ, 8));
	connlimit_remove(&limit, &e[4]);
	ck_assert_ptr_null(connlimit_excess(&limit, NULL));
}
END_TEST

START_TEST(oldest_idle)
{
	size_t i;

	for (i = 0; i < 3; i++)
		come(i, ROLE_ADMIN, 0);
	answer(2, 1);
	answer(0, 2);
	answer(1, 3);
	come(3, ROLE_NONE, 4);
	ck_assert(connlimit_begin(&limit, &e[3], ROLE_ADMIN, 4));
	ck_assert_ptr_eq(connlimit_excess(&limit, &e[3]), &e[2]);
}
END_TEST

START_TEST(times)
{
	come(0, ROLE_NONE, 0);
	connlimit_received(&limit, &e[0], 10, 50);
	ck_assert_ptr_null(connlimit_overdue(&limit, 99));
	/* What trickles in does not prolong it. */
	connlimit_received(&limit, &e[0], 10, 99);
	ck_assert_ptr_eq(connlimit_overdue(&limit, 100), &e[0]);
	connlimit_remove(&limit, &e[0]);

	come(1, ROLE_READ, 0);
	ck_assert_ptr_null(connlimit_overdue(&limit, 1000000));
	answer(1, 1000);
	ck_assert_ptr_null(connlimit_overdue(&limit, 1999));
	ck_assert_ptr_eq(connlimit_overdue(&limit, 2000), &e[1]);
	connlimit_received(&limit, &e[1], 1, 1500);
	connlimit_received(&limit, &e[1], 1, 1699);
	ck_assert_ptr_null(connlimit_overdue(&limit, 1699));
	ck_assert_ptr_eq(connlimit_overdue(&limit, 1700), &e[1]);
	ck_assert(connlimit_begin(&limit, &e[1], ROLE_READ, 1700));
	ck_assert_ptr_null(connlimit_overdue(&limit, 100000));
	/* Some of the next request is there already. */
	connlimit_end(&limit, &e[1], 1, 2000);
	ck_assert_ptr_eq(connlimit_overdue(&limit, 2200), &e[1]);
}
END_TEST

START_TEST(refused)
{
	/* A stranger whose request was refused gets no more time. */
	come(0, ROLE_NONE, 0);
	connlimit_received(&limit, &e[0], 10, 5);
	answer(0, 5);
	ck_assert_int_eq(e[0].phase, CONNLIMIT_FRESH);
	ck_assert_ptr_eq(connlimit_overdue(&limit, 100), &e[0]);
	ck_assert_uint_eq(limit.held, 0);
}
END_TEST

START_TEST(slow_readers)
{
	come(0, ROLE_ADMIN, 0);
	connlimit_sending(&limit, &e[0], 50, 0);
	ck_assert_ptr_null(connlimit_overdue(&limit, 1000000));
	connlimit_sending(&limit, &e[0], 60, 10);
	ck_assert_ptr_null(connlimit_overdue(&limit, 299));
	ck_assert_ptr_eq(connlimit_overdue(&limit, 300), &e[0]);
	/* More to send is no progress; less is. */
	connlimit_sending(&limit, &e[0], 90, 290);
	ck_assert_ptr_eq(connlimit_overdue(&limit, 300), &e[0]);
	connlimit_sending(&limit, &e[0], 80, 295);
	ck_assert_ptr_null(connlimit_overdue(&limit, 594));
	ck_assert_ptr_eq(connlimit_overdue(&limit, 595), &e[0]);
}
END_TEST

START_TEST(memory)
{
	size_t i;

	for (i = 0; i < 3; i++)
		come(i, i < 2 ? ROLE_ADMIN : ROLE_NONE, 0);
	connlimit_sending(&limit, &e[0], 700, 1);
	connlimit_sending(&limit, &e[1], 900, 1);
	connlimit_received(&limit, &e[2], 300, 1);
	ck_assert_uint_eq(limit.held, 1900);
	/* All but the biggest are within the limit. */
	ck_assert_ptr_null(connlimit_excess(&limit, NULL));
	connlimit_received(&limit, &e[2], 1, 1);
	ck_assert_ptr_eq(connlimit_excess(&limit, &e[1]), &e[1]);
	connlimit_remove(&limit, &e[1]);
	ck_assert_ptr_null(connlimit_excess(&limit, NULL));
	connlimit_remove(&limit, &e[0]);
	connlimit_received(&limit, &e[2], 100, 1);
	ck_assert_ptr_eq(connlimit_overdue(&limit, 1), &e[2]);
	connlimit_remove(&limit, &e[2]);
	ck_assert_uint_eq(limit.held, 0);
}
END_TEST

START_TEST(one_alone)
{
	/* A single answer may be longer than all may hold. */
	come(0, ROLE_ADMIN, 0);
	connlimit_sending(&limit, &e[0], 5000, 1);
	ck_assert_ptr_null(connlimit_excess(&limit, NULL));
}
END_TEST

START_TEST(defaults)
{
	static const size_t descriptors[] = {0, 64, 1024, 4096, 1u << 30};
	struct connlimit_settings s;
	unsigned sum;
	size_t i, r;

	for (i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		connlimit_defaults(&s, descriptors[i]);
		for (sum = 0, r = 0; r < ROLE_COUNT; r++) {
			ck_assert_uint_ge(s.connections[r], 5);
			sum += s.connections[r];
		}
		ck_assert(sum <= 32 || sum <= descriptors[i] / 4);
		ck_assert_uint_le(sum, 1024);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("connlimit");
	TCase *tc = tcase_create("connlimit");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, strangers);
	tcase_add_test(tc, busy);
	tcase_add_test(tc, oldest_idle);
	tcase_add_test(tc, times);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, slow_readers);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, one_alone);
	tcase_add_test(tc, defaults);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
