/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies between worker and supervisor: what is put is got, and nothing
 * else is believed (DESIGN 2.3).
 */
#include "libappbase/keepmsg.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/chan.h"

static const char *const argv_full[] = {"sleep", "", "a b\n\xff", NULL};
static const char *const envp_full[] = {"PATH=/bin", "E=", NULL};
static const gid_t groups_full[] = {0, 7, UINT32_MAX};
static const struct appbase_limit limits_full[] = {
    {RLIMIT_NOFILE, 64, 128}, {RLIMIT_CORE, 0, RLIM_INFINITY}};
static const struct appbase_child_fd fds_full[] = {{0, 11}, {2, 12}, {9, 11}};
static const int fds_received[] = {21, 22, 23};

static const struct appbase_spawn spawn_full = {
    .id = UINT64_MAX - 1,
    .path = "/bin/sleep",
    .argv = (char *const *)argv_full,
    .envp = (char *const *)envp_full,
    .directory = "/tmp",
    .umask_plus_1 = 022 + 1,
    .flags = APPBASE_SPAWN_SETSID | APPBASE_SPAWN_SETIDS,
    .uid = 1000,
    .gid = UINT32_MAX - 1,
    .groups = groups_full,
    .ngroups = 3,
    .limits = limits_full,
    .nlimits = 2,
    .nice = -20,
    .oom_score_adj = 1000,
    .fds = fds_full,
    .nfds = 3,
    .tag = "t\0g",
    .taglen = 3,
};

static const struct appbase_keep_event event_full = {
    .type = APPBASE_KEEP_EXITED,
    .id = 1ULL << 63,
    .pid = 4711,
    .status = 0x0b80,
    .signo = 15,
    .error = ENOENT,
    .stage = APPBASE_STAGE_CHDIR,
    .started_ms = 1,
    .ended_ms = INT64_MAX,
    .usage = {.ru_utime = {3, 4},
	.ru_stime = {5, 6},
	.ru_maxrss = 7,
	.ru_nivcsw = LONG_MAX},
    .tag = "tag",
    .taglen = 3,
};

/* A copy of exactly len bytes, so that a sanitizer sees a read past it. */
static unsigned char *
exact_copy(const void *data, size_t len)
{
	unsigned char *copy;

	copy = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static bool
decodes_spawn(const void *data, size_t len, size_t nfds)
{
	unsigned char *copy = exact_copy(data, len);
	struct keepmsg_reader r = {.data = copy, .len = len};
	struct appbase_spawn s;
	void *arena = NULL;
	int rc;

	errno = 0;
	rc = keepmsg_decode_spawn(&r, fds_received, nfds, &s, &arena);
	if (rc == -1) {
		ck_assert_int_eq(errno, EBADMSG);
		ck_assert_ptr_null(arena);
	}
	free(arena);
	free(copy);
	return rc == 0;
}

static bool
decodes_event(const void *data, size_t len)
{
	unsigned char *copy = exact_copy(data, len);
	struct keepmsg_reader r = {.data = copy, .len = len};
	struct appbase_keep_event e;
	int rc;

	rc = keepmsg_decode_event(&r, &e);
	free(copy);
	return rc == 0;
}

static void
assert_same_vector(char *const *a, char *const *b)
{
	size_t i;

	for (i = 0; a[i] != NULL && b[i] != NULL; i++)
		ck_assert_str_eq(a[i], b[i]);
	ck_assert_ptr_null(a[i]);
	ck_assert_ptr_null(b[i]);
}

START_TEST(test_names)
{
	uint16_t t;

	for (t = KEEPMSG_ATTACH; t <= KEEPMSG_HEARD; t++)
		ck_assert_str_ne(keepmsg_name(t), "unknown");
	for (t = KEEPMSG_HELLO; t <= KEEPMSG_REFUSED; t++)
		ck_assert_str_ne(keepmsg_name(t), "unknown");
	ck_assert_str_eq(keepmsg_name(0), "unknown");
	ck_assert_str_eq(keepmsg_name(UINT16_MAX), "unknown");
	ck_assert_str_eq(keepmsg_name(KEEPMSG_SPAWN), "spawn");
}
END_TEST

START_TEST(test_fields_roundtrip)
{
	const char *const v[] = {"x", "", NULL};
	struct keepmsg_buf b = {0};
	struct keepmsg_reader r;
	const void *bytes;
	size_t len;

	keepmsg_put_int(&b, INT64_MIN);
	keepmsg_put_str(&b, NULL);
	keepmsg_put_str(&b, "");
	keepmsg_put_str(&b, "12345678");
	keepmsg_put_bytes(&b, "a\0b", 3);
	keepmsg_put_bytes(&b, NULL, 0);
	keepmsg_put_strv(&b, (char *const *)v);
	keepmsg_put_strv(&b, NULL);
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len % 8, 0);

	r = (struct keepmsg_reader){.data = b.data, .len = b.len};
	ck_assert_int_eq(keepmsg_get_int(&r), INT64_MIN);
	ck_assert_ptr_null(keepmsg_get_str(&r));
	ck_assert_str_eq(keepmsg_get_str(&r), "");
	ck_assert_str_eq(keepmsg_get_str(&r), "12345678");
	bytes = keepmsg_get_bytes(&r, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(bytes, "a\0b", 3);
	ck_assert_uint_eq(
	    (uintptr_t)((const char *)bytes - (const char *)b.data) % 8, 0);
	ck_assert_ptr_nonnull(keepmsg_get_bytes(&r, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(keepmsg_get_int(&r), 2);
	ck_assert_str_eq(keepmsg_get_str(&r), "x");
	ck_assert_str_eq(keepmsg_get_str(&r), "");
	ck_assert(!keepmsg_done(&r));
	ck_assert_int_eq(keepmsg_get_int(&r), 0);
	ck_assert(keepmsg_done(&r));
	ck_assert_int_eq(keepmsg_get_int(&r), 0);
	ck_assert(r.bad && !keepmsg_done(&r));
	keepmsg_buf_free(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

/* The bodies that have no encoder of their own: which fields, in order. */
static const struct {
	enum keepmsg_type type;
	const char *fields; /* i integer, s text */
} plain[] = {
    {KEEPMSG_SIGNAL, "iii"},
    {KEEPMSG_RELEASE, "i"},
    {KEEPMSG_KEEP_FD, "s"},
    {KEEPMSG_DROP_FD, "s"},
    {KEEPMSG_LISTENER, "ss"},
    {KEEPMSG_REQUEST, "ii"},
    {KEEPMSG_STATUS, "s"},
    {KEEPMSG_HEARD, "i"},
    {KEEPMSG_HELLO, "iiii"},
    {KEEPMSG_INHERIT, "ss"},
    {KEEPMSG_FD, "s"},
    {KEEPMSG_REFUSED, "i"},
};

static bool
reads_plain(const char *fields, const void *data, size_t len)
{
	unsigned char *copy = exact_copy(data, len);
	struct keepmsg_reader r = {.data = copy, .len = len};
	const char *f, *s;
	bool good = true;

	for (f = fields; *f != '\0'; f++) {
		if (*f == 'i') {
			good = keepmsg_get_int(&r) == f - fields && good;
			continue;
		}
		s = keepmsg_get_str(&r);
		good = s != NULL && strcmp(s, "some.name") == 0 && good;
	}
	good = keepmsg_done(&r) && good;
	free(copy);
	return good;
}

START_TEST(test_plain_messages)
{
	const char *fields = plain[_i].fields, *f;
	struct keepmsg_buf b = {0};
	size_t len;

	for (f = fields; *f != '\0'; f++) {
		if (*f == 'i')
			keepmsg_put_int(&b, f - fields);
		else
			keepmsg_put_str(&b, "some.name");
	}
	ck_assert(reads_plain(fields, b.data, b.len));
	for (len = 0; len < b.len; len++)
		ck_assert(!reads_plain(fields, b.data, len));
	keepmsg_put_int(&b, 0);
	ck_assert(!reads_plain(fields, b.data, b.len));
	keepmsg_buf_free(&b);
}
END_TEST

START_TEST(test_spawn_roundtrip)
{
	const struct appbase_spawn *want = &spawn_full;
	struct keepmsg_buf b = {0};
	struct keepmsg_reader r;
	struct appbase_spawn s;
	void *arena;
	size_t i;

	ck_assert_int_eq(keepmsg_encode_spawn(&b, want), 0);
	r = (struct keepmsg_reader){.data = b.data, .len = b.len};
	ck_assert_int_eq(
	    keepmsg_decode_spawn(&r, fds_received, 3, &s, &arena), 0);
	ck_assert(s.id == want->id);
	ck_assert_str_eq(s.path, want->path);
	assert_same_vector(s.argv, want->argv);
	assert_same_vector(s.envp, want->envp);
	ck_assert_str_eq(s.directory, want->directory);
	ck_assert_int_eq(s.umask_plus_1, want->umask_plus_1);
	ck_assert_uint_eq(s.flags, want->flags);
	ck_assert_uint_eq(s.uid, want->uid);
	ck_assert_uint_eq(s.gid, want->gid);
	ck_assert_int_eq(s.nice, want->nice);
	ck_assert_int_eq(s.oom_score_adj, want->oom_score_adj);
	ck_assert_uint_eq(s.ngroups, 3);
	ck_assert_mem_eq(s.groups, groups_full, sizeof(groups_full));
	ck_assert_uint_eq(s.nlimits, 2);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(s.limits[i].resource, limits_full[i].resource);
		ck_assert(s.limits[i].soft == limits_full[i].soft);
		ck_assert(s.limits[i].hard == limits_full[i].hard);
	}
	ck_assert_uint_eq(s.nfds, 3);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(s.fds[i].target, fds_full[i].target);
		ck_assert_int_eq(s.fds[i].fd, fds_received[i]);
	}
	ck_assert_uint_eq(s.taglen, 3);
	ck_assert_mem_eq(s.tag, "t\0g", 3);
	free(arena);
	keepmsg_buf_free(&b);
}
END_TEST

START_TEST(test_spawn_minimal)
{
	struct appbase_spawn want = {.path = "x",
				 .argv = (char *const *)argv_full},
			     s;
	struct keepmsg_buf b = {0};
	struct keepmsg_reader r;
	void *arena;

	ck_assert_int_eq(keepmsg_encode_spawn(&b, &want), 0);
	r = (struct keepmsg_reader){.data = b.data, .len = b.len};
	ck_assert_int_eq(keepmsg_decode_spawn(&r, NULL, 0, &s, &arena), 0);
	ck_assert_ptr_null(s.envp[0]);
	ck_assert_ptr_null(s.directory);
	ck_assert_ptr_null(s.tag);
	ck_assert_uint_eq(s.ngroups + s.nlimits + s.nfds, 0);
	free(arena);
	keepmsg_buf_free(&b);
}
END_TEST

START_TEST(test_spawn_refused)
{
	static const struct appbase_child_fd twice[] = {{1, 3}, {1, 4}};
	static const struct appbase_child_fd negative[] = {{-1, 3}};
	struct appbase_spawn s[] = {spawn_full, spawn_full, spawn_full,
	    spawn_full, spawn_full, spawn_full, spawn_full, spawn_full};
	char *empty[] = {NULL};
	struct keepmsg_buf b = {0};
	size_t i;

	s[0].path = NULL;
	s[1].argv = NULL;
	s[2].argv = empty;
	s[3].flags = 1u << 30;
	s[4].umask_plus_1 = 01001;
	s[5].fds = twice;
	s[5].nfds = 2;
	s[6].fds = negative;
	s[6].nfds = 1;
	s[7].nice = 20;
	for (i = 0; i < 8; i++) {
		errno = 0;
		ck_assert_int_eq(keepmsg_encode_spawn(&b, &s[i]), -1);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_uint_eq(b.len, 0);
	}
}
END_TEST

START_TEST(test_spawn_too_big)
{
	struct appbase_child_fd fds[APPBASE_KEEP_FDS_MAX + 1];
	struct appbase_spawn s;
	struct keepmsg_buf b = {0};
	char *huge, *argv[] = {NULL, NULL};
	int i;

	for (i = 0; i <= APPBASE_KEEP_FDS_MAX; i++)
		fds[i] = (struct appbase_child_fd){i, i};
	s = spawn_full;
	s.fds = fds;
	s.nfds = APPBASE_KEEP_FDS_MAX + 1;
	errno = 0;
	ck_assert_int_eq(keepmsg_encode_spawn(&b, &s), -1);
	ck_assert_int_eq(errno, E2BIG);
	s.nfds--;
	ck_assert_int_eq(keepmsg_encode_spawn(&b, &s), 0);
	keepmsg_buf_free(&b);

	s = spawn_full;
	s.taglen = APPBASE_KEEP_TAG_MAX + 1;
	errno = 0;
	ck_assert_int_eq(keepmsg_encode_spawn(&b, &s), -1);
	ck_assert_int_eq(errno, E2BIG);

	huge = malloc(CHAN_BODY_MAX + 1);
	ck_assert_ptr_nonnull(huge);
	memset(huge, 'x', CHAN_BODY_MAX);
	huge[CHAN_BODY_MAX] = '\0';
	argv[0] = huge;
	s = spawn_full;
	s.argv = argv;
	errno = 0;
	ck_assert_int_eq(keepmsg_encode_spawn(&b, &s), -1);
	ck_assert_int_eq(errno, E2BIG);
	keepmsg_buf_free(&b);
	free(huge);
}
END_TEST

START_TEST(test_spawn_truncated)
{
	struct keepmsg_buf b = {0};
	size_t len;

	ck_assert_int_eq(keepmsg_encode_spawn(&b, &spawn_full), 0);
	ck_assert(decodes_spawn(b.data, b.len, 3));
	for (len = 0; len < b.len; len++)
		ck_assert_msg(!decodes_spawn(b.data, len, 3),
		    "%zu of %zu bytes were believed", len, b.len);
	ck_assert(!decodes_spawn(b.data, b.len, 2));
	keepmsg_put_int(&b, 0);
	ck_assert(!decodes_spawn(b.data, b.len, 3));
	keepmsg_buf_free(&b);
}
END_TEST

/* One changed byte never crashes, and what is accepted encodes to itself. */
START_TEST(test_spawn_mutated)
{
	struct keepmsg_buf b = {0}, again = {0};
	struct keepmsg_reader r;
	struct appbase_spawn s;
	size_t i, accepted = 0, refused = 0;
	void *arena;
	int bit;

	ck_assert_int_eq(keepmsg_encode_spawn(&b, &spawn_full), 0);
	for (i = 0; i < b.len * 8; i++) {
		bit = 1 << (i % 8);
		b.data[i / 8] ^= (unsigned char)bit;
		r = (struct keepmsg_reader){.data = b.data, .len = b.len};
		if (keepmsg_decode_spawn(&r, fds_received, 3, &s, &arena) ==
		    0) {
			ck_assert_int_eq(keepmsg_encode_spawn(&again, &s), 0);
			ck_assert_uint_eq(again.len, b.len);
			ck_assert_mem_eq(again.data, b.data, b.len);
			keepmsg_buf_free(&again);
			free(arena);
			accepted++;
		} else {
			refused++;
		}
		b.data[i / 8] ^= (unsigned char)bit;
	}
	ck_assert_uint_gt(accepted, 0);
	ck_assert_uint_gt(refused, accepted / 4);
	keepmsg_buf_free(&b);
}
END_TEST

START_TEST(test_event_roundtrip)
{
	const struct appbase_keep_event *want = &event_full;
	struct keepmsg_buf b = {0};
	struct keepmsg_reader r;
	struct appbase_keep_event e;
	size_t len;

	ck_assert_int_eq(keepmsg_encode_event(&b, want), 0);
	r = (struct keepmsg_reader){.data = b.data, .len = b.len};
	ck_assert_int_eq(keepmsg_decode_event(&r, &e), 0);
	ck_assert_int_eq(e.type, want->type);
	ck_assert(e.id == want->id);
	ck_assert_int_eq(e.pid, want->pid);
	ck_assert_int_eq(e.status, want->status);
	ck_assert_int_eq(e.signo, want->signo);
	ck_assert_int_eq(e.error, want->error);
	ck_assert_int_eq(e.stage, want->stage);
	ck_assert(e.started_ms == want->started_ms);
	ck_assert(e.ended_ms == want->ended_ms);
	ck_assert_mem_eq(&e.usage, &want->usage, sizeof(e.usage));
	ck_assert_uint_eq(e.taglen, 3);
	ck_assert_mem_eq(e.tag, "tag", 3);
	for (len = 0; len < b.len; len++)
		ck_assert_msg(!decodes_event(b.data, len),
		    "%zu of %zu bytes were believed", len, b.len);
	keepmsg_put_int(&b, 0);
	ck_assert(!decodes_event(b.data, b.len));
	keepmsg_buf_free(&b);
}
END_TEST

START_TEST(test_event_out_of_range)
{
	struct appbase_keep_event e = event_full;
	struct keepmsg_buf b = {0};

	e.type = (enum appbase_keep_type)(APPBASE_KEEP_RELOAD_FAILED + 1);
	ck_assert_int_eq(keepmsg_encode_event(&b, &e), 0);
	ck_assert(!decodes_event(b.data, b.len));
	keepmsg_buf_free(&b);

	e = event_full;
	e.stage = (enum appbase_spawn_stage)(APPBASE_STAGE_EXEC + 1);
	ck_assert_int_eq(keepmsg_encode_event(&b, &e), 0);
	ck_assert(!decodes_event(b.data, b.len));
	keepmsg_buf_free(&b);

	e = event_full;
	e.taglen = APPBASE_KEEP_TAG_MAX + 1;
	errno = 0;
	ck_assert_int_eq(keepmsg_encode_event(&b, &e), -1);
	ck_assert_int_eq(errno, E2BIG);
}
END_TEST

START_TEST(test_malformed_fields)
{
	static const struct {
		int64_t len;
		char bytes[8];
	} bad[] = {
	    {8, "abcdefg"},			       /* fine: the control */
	    {8, {'a', 0, 'b', 'c', 'd', 'e', 'f', 0}}, /* NUL inside */
	    {8, {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}}, /* no NUL */
	    {2, {'a', 0, 1, 0, 0, 0, 0, 0}}, /* padding not zero */
	    {0, {0}},			     /* a text has at least its NUL */
	    {-2, {0}},
	    {9, "abcdefg"}, /* longer than the message */
	    {INT64_MAX, "abcdefg"},
	};
	struct keepmsg_reader r;
	unsigned char data[16];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(data, &bad[i].len, 8);
		memcpy(data + 8, bad[i].bytes, 8);
		r = (struct keepmsg_reader){.data = data, .len = 16};
		if (i == 0) {
			ck_assert_str_eq(keepmsg_get_str(&r), "abcdefg");
			ck_assert(keepmsg_done(&r));
		} else {
			ck_assert_ptr_null(keepmsg_get_str(&r));
			ck_assert(r.bad);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keepmsg");
	TCase *tc = tcase_create("keepmsg");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_fields_roundtrip);
	tcase_add_loop_test(tc, test_plain_messages, 0,
	    (int)(sizeof(plain) / sizeof(plain[0])));
	tcase_add_test(tc, test_spawn_roundtrip);
	tcase_add_test(tc, test_spawn_minimal);
	tcase_add_test(tc, test_spawn_refused);
	tcase_add_test(tc, test_spawn_too_big);
	tcase_add_test(tc, test_spawn_truncated);
	tcase_add_test(tc, test_spawn_mutated);
	tcase_add_test(tc, test_event_roundtrip);
	tcase_add_test(tc, test_event_out_of_range);
	tcase_add_test(tc, test_malformed_fields);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
