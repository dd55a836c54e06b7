/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/web: quoting, forms, words for results, files; and the history of
 * states that the page shows.
 */
#include "supervisord/web/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/faults.h"
#include "supervisord/io/procstat.h"
#include "supervisord/model/history.h"
#include "supervisord/web/asset.h"
#include "supervisord/web/say.h"

static void
expect(struct text *t, const char *want)
{
	ck_assert(!t->failed);
	text_add(t, "", 1);
	ck_assert_str_eq(t->bytes, want);
	text_free(t);
}

START_TEST(grows)
{
	struct text t = {0};
	char want[5001];

	memset(want, 'x', 5000);
	want[5000] = '\0';
	for (int i = 0; i < 4990; i++)
		text_puts(&t, "x");
	text_printf(&t, "%s", "xxxxxxxxxx");
	expect(&t, want);
	ck_assert_ptr_null(t.bytes);
}
END_TEST

START_TEST(html)
{
	struct text t = {0};

	text_html(&t, "<a href=\"x\">'&amp;\303\244</a>");
	expect(
	    &t, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;\303\244&lt;/a&gt;");
	text_html_n(&t, "a\0b\033\377<", 6);
	expect(&t, "a\357\277\275b\357\277\275\357\277\275&lt;");
	text_html(&t, "");
	expect(&t, "");
}
END_TEST

START_TEST(json)
{
	struct text t = {0};

	text_json(&t, "a\"b\\c</script>&\n\t\303\244\342\202\254");
	expect(&t,
	    "\"a\\u0022b\\u005cc\\u003c/script\\u003e\\u0026\\u000a\\u0009"
	    "\303\244\342\202\254\"");
	text_json(&t, "\342\200\250x\342\200\251\342\200\252");
	expect(&t, "\"\\u2028x\\u2029\342\200\252\"");
	text_json(&t, "\377");
	expect(&t, "\"\357\277\275\"");
}
END_TEST

START_TEST(url)
{
	struct text t = {0};

	text_url(&t, "a/b:c d_.-~%&?#\303\244");
	expect(&t, "a/b%3Ac%20d_.-~%25%26%3F%23%C3%A4");
}
END_TEST

START_TEST(fields)
{
	static const struct {
		const char *form, *name, *want;
	} cases[] = {
	    {"", "a", NULL},
	    {"a=1", "a", "1"},
	    {"b=2&a=1", "a", "1"},
	    {"a=1&a=2", "a", "1"},
	    {"aa=1", "a", NULL},
	    {"a", "a", NULL},
	    {"a=", "a", ""},
	    {"a=x+y%20z%2b%zz%4", "a", "x y z+%zz%4"},
	    {"a=%00b&a=c", "a", "c"},
	    {"&&a=1&", "a", "1"},
	    {"a=b=c", "a", "b=c"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = text_field(
		    cases[i].form, strlen(cases[i].form), cases[i].name);

		if (cases[i].want == NULL)
			ck_assert_ptr_null(got);
		else
			ck_assert_str_eq(got, cases[i].want);
		free(got);
	}
	ck_assert_ptr_null(text_field("a=\0b", 4, "a"));
}
END_TEST

/* */
START_TEST(words)
{
	static const struct {
		const char *verb;
		int code;
		const char *detail, *classic, *brief;
	} cases[] = {
	    {"start", FAULT_SUCCESS, "", "Process n started", "n started"},
	    {"stop", FAULT_SUCCESS, "", "Process n stopped", "n stopped"},
	    {"clearlog", FAULT_SUCCESS, "", "Log for n cleared",
		"Logs of n cleared"},
	    {"restart", FAULT_SPAWN_ERROR, "", "Process n restarted",
		"n was not restarted: spawn error"},
	    {"start", FAULT_NO_FILE, "no x", "ERROR: Process n: no such file",
		"n was not started: no such file (no x)"},
	    {"start", FAULT_ABNORMAL_TERMINATION, "",
		"ERROR: Process n: abnormal termination",
		"n was not started: abnormal termination"},
	    {"start", FAULT_SHUTDOWN_STATE, "",
		"ERROR: Process n: unexpected rpc fault [6] SHUTDOWN_STATE",
		"n was not started: supervisord is shutting down"},
	    {"stop", FAULT_NOT_RUNNING, "",
		"unexpected rpc fault [70] NOT_RUNNING: n",
		"n was not stopped: it is not running"},
	    {"clearlog", FAULT_FAILED, "why",
		"unexpected rpc fault [30] FAILED: why",
		"n was not cleared: why"},
	};
	struct text t = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct act_result result = {.code = cases[i].code,
		    .detail = cases[i].detail,
		    .failed = "n"};

		say_classic(&t, cases[i].verb, "n", &result);
		expect(&t, cases[i].classic);
		say_short(&t, cases[i].verb, "n", &result);
		expect(&t, cases[i].brief);
		ck_assert(
		    say_is_good(&result) == (cases[i].code == FAULT_SUCCESS));
	}
}
END_TEST

START_TEST(words_for_many)
{
	struct act_result result = {
	    .many = true, .code = FAULT_SUCCESS, .detail = "", .total = 3};
	struct text t = {0};

	say_short(&t, "stop", "*", &result);
	expect(&t, "All: 3 stopped");
	say_short(&t, "start", "g:*", &result);
	expect(&t, "g:*: 3 started");
	say_short(&t, "graceful", "g:*", &result);
	expect(&t, "g:*: 3 will be reloaded, one after another");
	result.nfailed = 2;
	result.code = FAULT_SPAWN_ERROR;
	result.failed = "b";
	say_short(&t, "start", "g:*", &result);
	expect(&t, "1 of 3 started. b: spawn error");
	say_classic(&t, "stop", "*", &result);
	ck_assert(t.len == strlen("All stopped at Fri Nov 20 17:46:11 2026"));
	text_free(&t);
}
END_TEST

START_TEST(files)
{
	const struct asset *a = asset_find("/stylesheets/supervisor.css");

	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a->type, "text/css");
	ck_assert_ptr_eq(a, asset_find("/web/style.css"));
	ck_assert_uint_eq(strlen(a->bytes), a->len);
	ck_assert_ptr_nonnull(asset_find("/images/state2.gif"));
	ck_assert_ptr_null(asset_find("/images/"));
	ck_assert_ptr_null(asset_find("/web/"));
	ck_assert_ptr_null(asset_find("/web/page.html"));
	ck_assert_ptr_null(asset_find("page.html"));
	ck_assert_ptr_nonnull(asset_template("page.html"));
}
END_TEST

/* What is embedded is what is in the file, to the byte. */
START_TEST(embedded)
{
	const char *top = getenv("SRC_DIR");
	const struct asset *a;
	char path[1024], *bytes;
	FILE *f;

	for (a = asset_texts; a->path != NULL; a++) {
		ck_assert_int_lt(
		    snprintf(path, sizeof(path), "%s/supervisord/web/assets/%s",
			top == NULL ? "." : top, a->path),
		    (int)sizeof(path));
		f = fopen(path, "re");
		ck_assert_ptr_nonnull(f);
		bytes = malloc(a->len + 1);
		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq(fread(bytes, 1, a->len + 1, f), a->len);
		ck_assert_mem_eq(bytes, a->bytes, a->len);
		free(bytes);
		(void)fclose(f);
	}
	ck_assert_ptr_ne(a, asset_texts);
}
END_TEST

START_TEST(history)
{
	struct history h = {0};

	ck_assert_uint_eq(history_count(&h), 0);
	for (unsigned i = 0; i < HISTORY_MAX + 3; i++)
		history_add(&h, (time_t)(1000 + i),
		    i % 2 == 0 ? PROC_STARTING : PROC_BACKOFF, (pid_t)i,
		    i == 5 ? -1 : HISTORY_NO_STATUS);
	ck_assert_uint_eq(history_count(&h), HISTORY_MAX);
	ck_assert_uint_eq(h.total, HISTORY_MAX + 3);
	ck_assert_uint_eq(h.starts, (HISTORY_MAX + 4) / 2);
	for (unsigned i = 0; i < HISTORY_MAX; i++) {
		const struct history_entry *e = history_at(&h, i);

		ck_assert_uint_eq(e->when, 1003 + i);
		ck_assert_int_eq(e->pid, (int)i + 3);
		ck_assert_int_eq(
		    e->status, i + 3 == 5 ? -1 : HISTORY_NO_STATUS);
	}
	ck_assert_uint_le(sizeof(h), 200);
}
END_TEST

START_TEST(measured)
{
	struct procstat stat = {-1, -1};

	ck_assert_int_eq(procstat_read(getpid(), &stat), 0);
	ck_assert_int_ge(stat.cpu_ms, 0);
	ck_assert_int_gt(stat.resident_kb, 100);
	ck_assert_int_eq(procstat_read(-1, &stat), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("web");
	TCase *t = tcase_create("web");
	SRunner *r = srunner_create(s);

	tcase_add_test(t, grows);
	tcase_add_test(t, html);
	tcase_add_test(t, json);
	tcase_add_test(t, url);
	tcase_add_test(t, fields);
	tcase_add_test(t, words);
	tcase_add_test(t, words_for_many);
	tcase_add_test(t, files);
	tcase_add_test(t, embedded);
	tcase_add_test(t, history);
	tcase_add_test(t, measured);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
