/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/log.c: one record, one line, one write; sinks. */
#include "libappbase/log.h"

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libappbase/fd.h"

static int capture = -1, real_stderr = -1;
static char got[16384];

/* Each test has a datagram socket as stderr: one read is one write(2). */
static void
setup(void)
{
	int sv[2];

	ck_assert_int_eq(fd_socketpair(SOCK_DGRAM, sv), 0);
	real_stderr = fd_dup_high(2);
	ck_assert_int_eq(dup2(sv[1], 2), 2);
	close(sv[1]);
	capture = sv[0];
	log_set_ident("prog");
	log_set_role("supervisor", 3);
}

static void
teardown(void)
{
	dup2(real_stderr, 2);
	close(real_stderr);
	close(capture);
}

/* The next line written, or NULL. */
static const char *
next_write(void)
{
	ssize_t n = read(capture, got, sizeof(got) - 1);

	if (n < 0)
		return NULL;
	got[n] = '\0';
	return got;
}

/* The part of the next line after "NAME[PID] ". */
static const char *
next_record(void)
{
	const char *line = next_write();

	ck_assert_ptr_nonnull(line);
	line = strstr(line, "] ");
	ck_assert_ptr_nonnull(line);
	return line + 2;
}

START_TEST(line_format)
{
	const char *shape = "dddd-dd-ddTdd:dd:dd.dddZ ", *line;
	char rest[128];

	log_warn("text %d", 42);
	line = next_write();
	ck_assert_ptr_nonnull(line);
	for (; *shape != '\0'; shape++, line++) {
		if (*shape == 'd')
			ck_assert(isdigit((unsigned char)*line));
		else
			ck_assert_int_eq(*line, *shape);
	}
	snprintf(rest, sizeof(rest), "prog[%ld] supervisor/3 warn: text 42\n",
	    (long)getpid());
	ck_assert_str_eq(line, rest);
	ck_assert_ptr_null(next_write());
}
END_TEST

/* The time shown lies between before and after, read as UTC. */
START_TEST(time_is_utc)
{
	char before[32], after[32], line[32];
	time_t now = time(NULL);

	strftime(before, sizeof(before), "%Y-%m-%dT%H:%M:%S", gmtime(&now));
	setenv("TZ", "XYZ-14", 1);
	tzset();
	log_info("x");
	now = time(NULL);
	strftime(after, sizeof(after), "%Y-%m-%dT%H:%M:%S", gmtime(&now));
	strlcpy(line, next_write(), 20);
	/* time(2) may lag clock_gettime(2) by a tick, never lead it. */
	ck_assert_str_ge(line, before);
	if (strcmp(line, after) > 0) {
		now++;
		strftime(
		    after, sizeof(after), "%Y-%m-%dT%H:%M:%S", gmtime(&now));
	}
	ck_assert_str_le(line, after);
}
END_TEST

START_TEST(levels)
{
	log_debug("dropped");
	log_info("shown");
	ck_assert_str_eq(next_record(), "supervisor/3 info: shown\n");
	appbase_log_threshold(APPBASE_LOG_DEBUG);
	log_debug("shown");
	ck_assert_str_eq(next_record(), "supervisor/3 debug: shown\n");
	appbase_log_threshold(APPBASE_LOG_ERROR);
	log_warn("dropped");
	log_set_role("worker", 18446744073709551615ULL);
	log_error("shown");
	ck_assert_str_eq(
	    next_record(), "worker/18446744073709551615 error: shown\n");
	log_mute(true);
	log_error("dropped");
	ck_assert_ptr_null(next_write());
	log_mute(false);
	log_error("again");
	ck_assert_str_eq(
	    next_record(), "worker/18446744073709551615 error: again\n");
}
END_TEST

START_TEST(escapes)
{
	log_info("a\nb\r\tc\x1b[0m\x7f\x01 caf\xc3\xa9 \\n");
	ck_assert_str_eq(next_record(),
	    "supervisor/3 info: a\\nb\\r\\tc\\x1b[0m\\x7f\\x01 "
	    "caf\xc3\xa9 \\n\n");
	log_info("one newline at the end goes\n");
	ck_assert_str_eq(
	    next_record(), "supervisor/3 info: one newline at the end goes\n");
	log_info("%s", "");
	ck_assert_str_eq(next_record(), "supervisor/3 info: \n");
}
END_TEST

/* Log `units` times `unit`; check the length and the end of the text. */
static void
expect_long(const char *unit, size_t units, size_t textlen, const char *end)
{
	size_t n = strlen(unit);
	char *in = malloc(n * units + 1);
	const char *text;

	ck_assert_ptr_nonnull(in);
	for (size_t i = 0; i < units; i++)
		memcpy(in + i * n, unit, n + 1);
	log_info("%s", in);
	text = strstr(next_record(), "info: ") + 6;
	ck_assert_uint_eq(strlen(text), textlen + 1);
	ck_assert_str_eq(text + strlen(text) - strlen(end), end);
	ck_assert_ptr_null(next_write());
	free(in);
}

START_TEST(long_texts)
{
	expect_long("x", LOG_TEXT_MAX, LOG_TEXT_MAX, "xxxx\n");
	expect_long("x", LOG_TEXT_MAX + 1, LOG_TEXT_MAX, "x...\n");
	expect_long("x", 100000, LOG_TEXT_MAX, "x...\n");
	/* 2045 bytes before the dots: the cut never splits an escape ... */
	expect_long("\x01", 100000, 2044 + 3, "\\x01...\n");
	/* ... or a character. */
	expect_long("\xc3\xa9", 2000, 2044 + 3, "\xc3\xa9...\n");
	expect_long("\xe2\x82\xac", 2000, 2043 + 3, "\xe2\x82\xac...\n");
}
END_TEST

START_TEST(errno_kept)
{
	errno = ENOENT;
	log_info("%m");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(
	    next_record(), "supervisor/3 info: No such file or directory\n");
	errno = EPERM;
	log_debug("dropped");
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* A full stderr costs a bounded time, and the loss is told. */
START_TEST(full_stderr)
{
	int filled = 0;

	while (write(2, "fill", 4) == 4)
		ck_assert_int_lt(filled++, 100000);
	ck_assert_int_eq(errno, EAGAIN);
	log_info("lost");
	log_info("lost");
	while (next_write() != NULL)
		ck_assert_str_eq(got, "fill");
	log_info("after");
	ck_assert_str_eq(
	    next_record(), "supervisor/3 warn: 2 log records lost\n");
	ck_assert_str_eq(next_record(), "supervisor/3 info: after\n");
	log_info("later");
	ck_assert_str_eq(next_record(), "supervisor/3 info: later\n");
}
END_TEST

START_TEST(closed_stderr)
{
	close(2);
	log_error("nobody hears"); /* must return */
	ck_assert_int_eq(dup2(real_stderr, 2), 2);
}
END_TEST

static struct appbase_log_record seen;
static char seen_text[64];
static int calls;

static void
sink(const struct appbase_log_record *r, void *arg)
{
	calls++;
	ck_assert_ptr_eq(arg, &calls);
	seen = *r;
	strlcpy(seen_text, r->text, sizeof(seen_text));
	log_error("a sink that logs");
}

START_TEST(callback)
{
	appbase_log_to(sink, &calls);
	log_warn("to\nsink");
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(seen.level, APPBASE_LOG_WARN);
	ck_assert_str_eq(seen.role, "supervisor");
	ck_assert_uint_eq(seen.generation, 3);
	ck_assert_str_eq(seen_text, "to\\nsink");
	ck_assert_ptr_null(next_write());

	log_detached(); /* a chosen sink stays */
	log_warn("again");
	ck_assert_int_eq(calls, 2);
	appbase_log_to_stderr();
	log_detached();
	log_warn("back");
	ck_assert_str_eq(next_record(), "supervisor/3 warn: back\n");
}
END_TEST

START_TEST(detached)
{
	log_detached(); /* not chosen: syslog, so nothing here */
	log_info("libappbase unit test");
	ck_assert_ptr_null(next_write());
	appbase_log_to_syslog(NULL);
	log_info("libappbase unit test");
	ck_assert_ptr_null(next_write());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, line_format);
	tcase_add_test(t, time_is_utc);
	tcase_add_test(t, levels);
	tcase_add_test(t, escapes);
	tcase_add_test(t, long_texts);
	tcase_add_test(t, errno_kept);
	tcase_add_test(t, full_stderr);
	tcase_add_test(t, closed_stderr);
	tcase_add_test(t, callback);
	tcase_add_test(t, detached);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
