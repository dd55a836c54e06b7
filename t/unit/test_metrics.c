/* SPDX-License-Identifier: BSD-2-Clause */
/* Label values of /metrics. */
#include "supervisord/control/metrics.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *value, *text;
} labels[] = {
    {"", ""},
    {"web:1", "web:1"},
    {"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
    {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"a\xc3", "a\xef\xbf\xbd"},
    {"\x01", "\xef\xbf\xbd"},
};

START_TEST(escaped)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	metrics_label(out, labels[_i].value);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, labels[_i].text);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, escaped, 0, (int)(sizeof(labels) / sizeof(labels[0])));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
