/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisord/io: capture mode and escape sequences (P-133 to P-139, P-149). */
#include "supervisord/io/capture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/io/ansi.h"

static struct capture *scanner;
static char plain[256], inside[256], trace[512];

static void
add(char *to, size_t size, const char *what, const void *data, size_t len)
{
	size_t used = strlen(to);

	ck_assert_int_lt(snprintf(to + used, size - used, "%s%.*s", what,
			     (int)len, (const char *)data),
	    (int)(size - used));
}

static void
on_text(void *arg, const void *data, size_t len, bool in_message)
{
	(void)arg;
	ck_assert_uint_gt(len, 0);
	add(in_message ? inside : plain, sizeof(plain), "", data, len);
	add(trace, sizeof(trace), in_message ? "|m:" : "|t:", data, len);
	if (in_message)
		capture_keep(scanner, data, len);
}

static void
on_message(void *arg, const void *data, size_t len)
{
	(void)arg;
	add(trace, sizeof(trace), "|M:", data, len);
}

static void
begin(size_t max)
{
	struct capture_sink sink = {.text = on_text, .message = on_message};

	plain[0] = inside[0] = trace[0] = '\0';
	scanner = capture_new(max, &sink);
	ck_assert_ptr_nonnull(scanner);
}

static void
feed(const char *text)
{
	capture_feed(scanner, text, strlen(text));
}

START_TEST(tokens)
{
	begin(100);
	feed("a" CAPTURE_BEGIN "b" CAPTURE_END "c" CAPTURE_BEGIN CAPTURE_END);
	ck_assert_str_eq(trace, "|t:a|m:b|M:b|t:c|M:");
	capture_free(scanner);
}
END_TEST

/* P-133: the same in any two pieces, and byte by byte. */
START_TEST(any_split)
{
	static const char text[] = "one<!--XSUPERVISOR:<" CAPTURE_BEGIN
				   "two<!--X" CAPTURE_END "three<!--";
	size_t i;

	for (i = 0; i < sizeof(text); i++) {
		begin(100);
		capture_feed(scanner, text, i);
		capture_feed(scanner, text + i, strlen(text) - i);
		capture_finish(scanner);
		ck_assert_str_eq(plain, "one<!--XSUPERVISOR:<three<!--");
		ck_assert_str_eq(inside, "two<!--X");
		ck_assert_ptr_nonnull(strstr(trace, "|M:two<!--X"));
		capture_free(scanner);
	}
	begin(100);
	for (i = 0; i < strlen(text); i++)
		capture_feed(scanner, text + i, 1);
	capture_finish(scanner);
	ck_assert_str_eq(plain, "one<!--XSUPERVISOR:<three<!--");
	ck_assert_str_eq(inside, "two<!--X");
	capture_free(scanner);
}
END_TEST

/* P-138: short output is not held back; a token's start is, and comes out. */
START_TEST(held)
{
	begin(100);
	feed("short\n");
	ck_assert_str_eq(trace, "|t:short\n");
	feed("x<!--");
	ck_assert_str_eq(trace, "|t:short\n|t:x");
	feed(" no");
	ck_assert_str_eq(trace, "|t:short\n|t:x|t:<!-- no");
	feed("<");
	capture_finish(scanner);
	ck_assert_str_eq(plain, "short\nx<!-- no<");
	capture_free(scanner);
}
END_TEST

/* P-137: the last bytes are kept, of one long piece and of many. */
START_TEST(limit)
{
	begin(15);
	feed(CAPTURE_BEGIN "01234567890123456789" CAPTURE_END);
	ck_assert_ptr_nonnull(strstr(trace, "|M:567890123456789"));
	capture_free(scanner);
	begin(5);
	feed(CAPTURE_BEGIN "abc");
	feed("def");
	feed("g");
	feed(CAPTURE_END);
	ck_assert_ptr_nonnull(strstr(trace, "|M:cdefg"));
	capture_free(scanner);
}
END_TEST

/* P-139: no end, no message. */
START_TEST(unfinished)
{
	begin(100);
	feed(CAPTURE_BEGIN "lost");
	capture_finish(scanner);
	ck_assert_ptr_null(strstr(trace, "|M:"));
	ck_assert_str_eq(plain, "");
	capture_free(scanner);
}
END_TEST

static void
strips(const char *text, const char *want)
{
	char out[128];
	size_t n;

	n = ansi_strip(out, text, strlen(text));
	ck_assert_uint_eq(n, strlen(want));
	ck_assert_mem_eq(out, want, n);
}

START_TEST(ansi)
{
	strips("plain", "plain");
	strips("\033[31mred\033[0m!", "red!");
	strips("a\033[2Jb\033[10;20Hc", "abc");
	strips("a\033[31", "a"); /* no end: all of the rest */
	strips("a\033[31;xyz", "a");
	strips("\033]0;title\007x", "\033]0;title\007x"); /* another one */
	strips("a\033", "a\033");
	strips("\033[m\033[m", "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, tokens);
	tcase_add_test(tc, any_split);
	tcase_add_test(tc, held);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, unfinished);
	tcase_add_test(tc, ansi);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
