/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisord/events: what listeners say (P-089 to P-100), texts (P-096,
 * P-126), ticks (P-129). */
#include "supervisord/events/protocol.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/events/evtext.h"
#include "supervisord/events/ticker.h"

static char trace[256];

/* Feeds text in pieces; collects the tokens as letters. */
static const char *
feed(struct protocol *p, const char *text, size_t len, size_t step)
{
	static const char letter[] = ".ROFBV";
	enum protocol_token token;
	size_t n, left, used = 0;
	const char *at;

	trace[0] = '\0';
	for (; len > 0; text += n, len -= n) {
		at = text;
		left = n = step < len ? step : len;
		while (
		    (token = protocol_next(p, &at, &left)) != PROTOCOL_NONE) {
			ck_assert_uint_lt(used, sizeof(trace) - 1);
			trace[used++] = letter[token];
			if (token == PROTOCOL_TOLD_READY && left > 0 &&
			    *at != 'X')
				protocol_sent(p); /* tests go on at once */
		}
		ck_assert_uint_eq(left, 0);
	}
	trace[used] = '\0';
	return trace;
}

static void
says(const char *text, enum protocol_state from, const char *tokens,
    enum protocol_state to)
{
	size_t step;

	for (step = 1; step <= strlen(text); step++) {
		struct protocol p = {.state = from};

		ck_assert_str_eq(feed(&p, text, strlen(text), step), tokens);
		ck_assert_int_eq(p.state, (int)to);
	}
}

/* P-090, P-091. */
START_TEST(ready)
{
	says("READY\n", PROTOCOL_ACKNOWLEDGED, "R", PROTOCOL_READY);
	says("READY", PROTOCOL_ACKNOWLEDGED, "", PROTOCOL_ACKNOWLEDGED);
	says("x\n", PROTOCOL_ACKNOWLEDGED, "", PROTOCOL_ACKNOWLEDGED);
	says("READY\r\n", PROTOCOL_ACKNOWLEDGED, "V", PROTOCOL_UNKNOWN);
	says("ready\n", PROTOCOL_ACKNOWLEDGED, "V", PROTOCOL_UNKNOWN);
	says("READY\nX", PROTOCOL_ACKNOWLEDGED, "RV", PROTOCOL_UNKNOWN);
	says("x", PROTOCOL_READY, "V", PROTOCOL_UNKNOWN);
	says("READY\n", PROTOCOL_UNKNOWN, "", PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(results)
{
	says("RESULT 2\nOK", PROTOCOL_BUSY, "O", PROTOCOL_ACKNOWLEDGED);
	says("RESULT 4\nFAIL", PROTOCOL_BUSY, "F", PROTOCOL_ACKNOWLEDGED);
	says("RESULT 2\nKO", PROTOCOL_BUSY, "F", PROTOCOL_ACKNOWLEDGED);
	says("RESULT 3\nOK\n", PROTOCOL_BUSY, "F", PROTOCOL_ACKNOWLEDGED);
	says("RESULT 0\n", PROTOCOL_BUSY, "F", PROTOCOL_ACKNOWLEDGED);
	says("RESULT  +2 \r\nOK", PROTOCOL_BUSY, "O", PROTOCOL_ACKNOWLEDGED);
	says("RESULT 2\nO", PROTOCOL_BUSY, "", PROTOCOL_BUSY);
	says("RESULT 2\nOKREADY\n", PROTOCOL_BUSY, "OR", PROTOCOL_READY);
	says("RESULT 2\nOKjunkjunk", PROTOCOL_BUSY, "OV", PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(bad_results)
{
	static const char *const bad[] = {"RESULT x\n", "RESULT \n", "RESULT\n",
	    "\n", "RESULT -1\n", "RESULT 2 2\n", "RESULT 1.5\n", "RESULX 2\n",
	    "xxxxxxx2\n", "RESULT 99999999999999999999\n"};
	struct protocol p = {.state = PROTOCOL_BUSY};
	char lots[1000];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		says(bad[i], PROTOCOL_BUSY, "B", PROTOCOL_UNKNOWN);
	memset(lots, 'R', sizeof(lots)); /* no line: bounded */
	ck_assert_str_eq(feed(&p, lots, sizeof(lots), 7), "B");
	p = (struct protocol){.state = PROTOCOL_BUSY};
	feed(&p, "RESULT x\n", 9, 3);
	ck_assert_int_eq(strncmp(p.line, "RESULT x", p.line_len), 0);
}
END_TEST

/* A result of 2 GB is counted, not kept. */
START_TEST(huge_result)
{
	struct protocol p = {.state = PROTOCOL_BUSY};
	static char block[1 << 20];
	size_t i;

	feed(&p, "RESULT 2147483648\n", 18, 18);
	for (i = 0; i < 2047; i++)
		ck_assert_str_eq(
		    feed(&p, block, sizeof(block), sizeof(block)), "");
	ck_assert_str_eq(feed(&p, block, sizeof(block), sizeof(block)), "F");
}
END_TEST

static void
joins(const char *data, size_t len, const char *want)
{
	size_t n;
	char *text = evtext_join("h\n", data, len, &n);

	ck_assert_uint_eq(n, strlen(want));
	ck_assert_mem_eq(text, want, n);
	free(text);
}

START_TEST(texts)
{
	size_t chars;

	ck_assert(evtext_is_utf8("h\xc3\xa9llo\n", 7, &chars));
	ck_assert_uint_eq(chars, 6); /* P-096 */
	ck_assert(evtext_is_utf8("\xf0\x9f\x98\x80", 4, &chars));
	ck_assert_uint_eq(chars, 1);
	ck_assert(evtext_is_utf8("", 0, &chars));
	ck_assert(!evtext_is_utf8("\xc0\xaf", 2, NULL)); /* overlong */
	ck_assert(!evtext_is_utf8("\xe0\x80\xaf", 3, NULL));
	ck_assert(!evtext_is_utf8("\xed\xa0\x80", 3, NULL)); /* surrogate */
	ck_assert(!evtext_is_utf8("\xf4\x90\x80\x80", 4, NULL));
	ck_assert(!evtext_is_utf8("\x80", 1, NULL));
	ck_assert(!evtext_is_utf8("a\xc3", 2, NULL)); /* cut */
	joins("text", 4, "h\ntext");
	joins("", 0, "h\n");
	joins("\xff\x00\n\t'\\z", 7,
	    "h\nUndecodable: b\"\\xff\\x00\\n\\t'\\\\z\"");
	joins("\xff'\"", 3, "h\nUndecodable: b'\\xff\\'\"'");
}
END_TEST

START_TEST(ticks)
{
	struct tick due[TICKER_PERIODS];
	struct ticker t;

	ticker_start(&t, 3597);
	ck_assert_uint_eq(ticker_due(&t, 3599, due), 0);
	ck_assert_uint_eq(ticker_due(&t, 3601, due), 3);
	ck_assert_int_eq(due[0].type, EVENT_TICK_5);
	ck_assert_int_eq(due[0].when, 3600);
	ck_assert_int_eq(due[2].type, EVENT_TICK_3600);
	ck_assert_int_eq(due[2].when, 3600);
	ck_assert_uint_eq(ticker_due(&t, 3604, due), 0);
	ck_assert_uint_eq(ticker_due(&t, 3658, due), 1); /* missed: once */
	ck_assert_int_eq(due[0].when, 3655);
	ck_assert_int_eq(ticker_wait_ms(4999), 1);
	ck_assert_int_eq(ticker_wait_ms(5000), 5000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, ready);
	tcase_add_test(tc, results);
	tcase_add_test(tc, bad_results);
	tcase_add_test(tc, huge_result);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, ticks);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
