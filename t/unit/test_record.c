/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records in shared memory: a write cut short anywhere leaves the old value or
 * the new one (DESIGN 2.3).
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appbase/keep.h"

enum { LEN = 61, SIZE = APPBASE_RECORD_SIZE(LEN) };

struct value {
	unsigned char bytes[LEN];
};

/* The n-th value: neighbours differ in few bytes or in all. */
static struct value
value_make(unsigned n)
{
	struct value v;
	size_t i;

	for (i = 0; i < LEN; i++)
		v.bytes[i] = (unsigned char)(n % 3 == 0 ? n : n * i);
	memcpy(v.bytes, &n, sizeof(n));
	return v;
}

static bool
value_same(const struct value *a, const struct value *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

START_TEST(test_size)
{
	ck_assert_uint_eq(APPBASE_RECORD_SIZE(0), 32);
	ck_assert_uint_eq(APPBASE_RECORD_SIZE(1), 48);
	ck_assert_uint_eq(APPBASE_RECORD_SIZE(8), 48);
	ck_assert_uint_eq(APPBASE_RECORD_SIZE(9), 64);
}
END_TEST

START_TEST(test_roundtrip)
{
	static const size_t lens[] = {0, 1, 7, 8, 9, 100, 100000};
	unsigned char *record, *in, *out;
	size_t i, len, size, guard;
	int n;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		len = lens[i];
		size = APPBASE_RECORD_SIZE(len);
		record = calloc(1, size + 8);
		in = malloc(len + 1);
		out = malloc(len + 1);
		ck_assert(record != NULL && in != NULL && out != NULL);
		memset(record + size, 0xa5, 8);
		errno = 0;
		ck_assert_int_eq(appbase_record_read(record, out, len), -1);
		ck_assert_int_eq(errno, ENODATA);
		for (n = 0; n < 5; n++) {
			memset(in, n, len);
			appbase_record_write(record, in, len);
			ck_assert_int_eq(
			    appbase_record_read(record, out, len), 0);
			ck_assert(len == 0 || memcmp(in, out, len) == 0);
		}
		for (guard = 0; guard < 8; guard++)
			ck_assert_uint_eq(record[size + guard], 0xa5);
		free(record);
		free(in);
		free(out);
	}
}
END_TEST

/* Another length is another record. */
START_TEST(test_other_length)
{
	unsigned char record[APPBASE_RECORD_SIZE(16)] = {0}, out[16];

	appbase_record_write(record, "0123456789abcde", 16);
	ck_assert_int_eq(appbase_record_read(record, out, 15), -1);
	ck_assert_int_eq(appbase_record_read(record, out, 16), 0);
}
END_TEST

/* Read an image that a death may have left: old or new, nothing else. */
static void
assert_old_or_new(const unsigned char *image, const struct value *old,
    const struct value *new, const char *how, size_t at)
{
	struct value got;
	int rc;

	rc = appbase_record_read(image, &got, LEN);
	if (old == NULL)
		ck_assert_msg(rc == -1 || value_same(&got, new),
		    "%s at %zu: believed what nobody wrote", how, at);
	else
		ck_assert_msg(
		    rc == 0 && (value_same(&got, old) || value_same(&got, new)),
		    "%s at %zu: rc %d, neither old nor new", how, at, rc);
}

/*
 * Any prefix, any suffix and random subsets of the bytes a write changes, as
 * though the processor had stored them in whatever order; and a writer that
 * comes after that goes on as if nothing had happened.
 */
START_TEST(test_torn)
{
	unsigned char before[SIZE] = {0}, after[SIZE], torn[SIZE];
	struct value old, new, next, got;
	size_t cut, i;
	unsigned n;

	srandom(7);
	for (n = 0; n < 12; n++) {
		old = value_make(n);
		new = value_make(n + 1);
		next = value_make(n + 2);
		memcpy(after, before, SIZE);
		appbase_record_write(after, &new, LEN);
		for (cut = 0; cut <= SIZE; cut++) {
			memcpy(torn, before, SIZE);
			memcpy(torn, after, cut);
			assert_old_or_new(
			    torn, n == 0 ? NULL : &old, &new, "prefix", cut);
			appbase_record_write(torn, &next, LEN);
			ck_assert_int_eq(
			    appbase_record_read(torn, &got, LEN), 0);
			ck_assert(value_same(&got, &next));

			memcpy(torn, after, SIZE);
			memcpy(torn, before, cut);
			assert_old_or_new(
			    torn, n == 0 ? NULL : &old, &new, "suffix", cut);
		}
		for (cut = 0; cut < 2000; cut++) {
			for (i = 0; i < SIZE; i++)
				torn[i] = random() & 64 ? before[i] : after[i];
			assert_old_or_new(
			    torn, n == 0 ? NULL : &old, &new, "subset", cut);
		}
		memcpy(before, after, SIZE);
	}
}
END_TEST

/* One flipped bit in the current copy gives the previous value. */
START_TEST(test_flipped)
{
	unsigned char record[SIZE] = {0};
	struct value old = value_make(1), new = value_make(2), got;
	size_t bit, previous = 0;

	appbase_record_write(record, &old, LEN);
	appbase_record_write(record, &new, LEN);
	for (bit = 0; bit < SIZE * 8; bit++) {
		record[bit / 8] ^= (unsigned char)(1 << (bit % 8));
		ck_assert_int_eq(appbase_record_read(record, &got, LEN), 0);
		ck_assert(value_same(&got, &old) || value_same(&got, &new));
		previous += value_same(&got, &old);
		record[bit / 8] ^= (unsigned char)(1 << (bit % 8));
	}
	ck_assert_uint_eq(previous, (16 + LEN) * 8); /* not the padding */
}
END_TEST

/* Write values, and after each tell how far we are, until killed. */
static void
write_for_ever(unsigned char *record, volatile unsigned *done)
{
	struct value v;
	unsigned n;

	for (n = *done + 1;; n++) {
		v = value_make(n);
		appbase_record_write(record, &v, LEN);
		*done = n;
	}
}

START_TEST(test_killed_writer)
{
	struct timespec pause = {0, 0};
	struct value first = value_make(1), got, want;
	unsigned char *record;
	unsigned *done, n, before;
	int round, status;
	pid_t pid;

	record = mmap(NULL, SIZE + sizeof(*done), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(record, MAP_FAILED);
	done = (unsigned *)(void *)(record + SIZE);
	appbase_record_write(record, &first, LEN);
	*done = 1;
	for (round = 0; round < 200; round++) {
		before = *done;
		pid = fork();
		ck_assert_int_ne(pid, -1);
		if (pid == 0)
			write_for_ever(record, done);
		while (*(volatile unsigned *)done == before)
			continue;
		pause.tv_nsec = round * 1000; /* another place each time */
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(appbase_record_read(record, &got, LEN), 0);
		memcpy(&n, got.bytes, sizeof(n));
		want = value_make(n);
		ck_assert(value_same(&got, &want));
		ck_assert(n == *done || n == *done + 1);
	}
	ck_assert_uint_gt(*done, 400);
	munmap(record, SIZE + sizeof(*done));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_size);
	tcase_add_test(tc, test_roundtrip);
	tcase_add_test(tc, test_other_length);
	tcase_add_test(tc, test_torn);
	tcase_add_test(tc, test_flipped);
	tcase_add_test(tc, test_killed_writer);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
