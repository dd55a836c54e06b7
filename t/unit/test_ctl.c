/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisorctl without a server: lines, names, options, completion. */
#include "supervisorctl/ctl.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pool.h"
#include "supervisorctl/complete.h"
#include "supervisorctl/options.h"

static struct ctl ctl;
static char *output;
static size_t output_len;

/* A session that talks to nobody: the URL is of no kind that is known. */
static void
setup(void)
{
	memset(&ctl, 0, sizeof(ctl));
	ctl.client = client_new("ftp://x");
	ck_assert_ptr_nonnull(ctl.client);
	ctl.out = ctl.err = open_memstream(&output, &output_len);
	ctl.in = stdin;
	ctl.pool = pool_new();
}

static void
teardown(void)
{
	fclose(ctl.out);
	free(output);
	pool_free(ctl.pool);
	client_free(ctl.client);
}

#define NO_SERVER "error: Unknown protocol for serverurl ftp://x\n"

/* L-016 to L-020, law 4; "..." stands for the rest. */
START_TEST(test_lines)
{
	static const struct {
		const char *line, *want;
		int status;
	} rows[] = {
	    {"", "", 0},
	    {"   \t", "", 0},
	    {"foo", "*** Unknown syntax: foo\n", 1},
	    {"  foo  bar ", "*** Unknown syntax: foo  bar\n", 1},
	    {"START", "*** Unknown syntax: START\n", 1},
	    {"!ls", "*** Unknown syntax: !ls\n", 1},
	    {"-c", "*** Unknown syntax: -c\n", 1},
	    {"starts", "*** Unknown syntax: starts\n", 1},
	    {"start-all", NO_SERVER, 1},
	    {"signal USR1 name", NO_SERVER, 1},
	    {"status name", NO_SERVER, 1},
	    {"update", NO_SERVER, 1},
	    {"shutdown", NO_SERVER, 1},
	    {"help foo", "*** No help on foo\n", 0},
	    {"?foo", "*** No help on foo\n", 0},
	    {"? foo", "*** No help on foo\n", 0},
	    {"help quit", "quit\tLeave the shell.\n", 0},
	    {"reload x", "Error: reload accepts no arguments\n...", 1},
	    {"avail  x", "Error: avail accepts no arguments\n...", 1},
	    {"open x", "ERROR: url must be http:// or unix://\n", 1},
	    {"add", "", 0},
	    {"remove", "", 0},
	    {"quit", "\n", 0},
	};
	const char *dots;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rewind(ctl.out);
		ctl.status = 0;
		ctl_line(&ctl, rows[i].line);
		fflush(ctl.out);
		dots = strstr(rows[i].want, "...");
		n = dots == NULL ? strlen(rows[i].want)
				 : (size_t)(dots - rows[i].want);
		ck_assert_msg((dots != NULL || output_len == n) &&
			strncmp(output, rows[i].want, n) == 0,
		    "'%s' prints '%.*s'", rows[i].line, (int)output_len,
		    output);
		ck_assert_msg(ctl.status == rows[i].status, "'%s' gives %d",
		    rows[i].line, ctl.status);
	}
	ck_assert(ctl.leaving);
}
END_TEST

/* Every command has help whose first word is its name, and is in order. */
START_TEST(test_table)
{
	const struct ctl_command *c;

	for (c = ctl_commands; c->name != NULL; c++) {
		ck_assert_ptr_eq(ctl_find(c->name, strlen(c->name)), c);
		ck_assert_msg(strncmp(c->help, c->name, strlen(c->name)) == 0,
		    "%s", c->name);
		ck_assert_ptr_nonnull(strchr(c->help, '\t'));
		if (c[1].name != NULL)
			ck_assert_int_lt(strcmp(c->name, c[1].name), 0);
	}
	ck_assert_ptr_null(ctl_find("sta", 3));
	ck_assert_ptr_null(ctl_find("", 0));
}
END_TEST

START_TEST(test_names)
{
	static const struct {
		const char *name, *group, *process;
	} rows[] = {
	    {"a", "a", "a"},
	    {"a:b", "a", "b"},
	    {"a:*", "a", NULL},
	    {"a:", "a", NULL},
	    {"a:b:c", "a", "b:c"},
	    {":b", "", "b"},
	    {"*", "*", "*"},
	};
	const char *group, *process;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ctl_split(&ctl, rows[i].name, &group, &process);
		ck_assert_str_eq(group, rows[i].group);
		ck_assert_pstr_eq(process, rows[i].process);
	}
	ck_assert_str_eq(ctl_join(&ctl, "a", "a"), "a");
	ck_assert_str_eq(ctl_join(&ctl, "a", "b"), "a:b");
	ck_assert_str_eq(
	    ctl_escape(&ctl, "g:a b/\xc3\xa9?"), "g:a%20b%2F%C3%A9%3F");
}
END_TEST

/* L-029: the last failure counts, successes and what is ignored do not. */
START_TEST(test_fault_status)
{
	ctl_fault_status(&ctl, 80, 0);
	ck_assert_int_eq(ctl.status, 0);
	ctl_fault_status(&ctl, 60, 60);
	ck_assert_int_eq(ctl.status, 0);
	ctl_fault_status(&ctl, 50, 60);
	ck_assert_int_eq(ctl.status, 7);
	ctl_fault_status(&ctl, 10, 60);
	ck_assert_int_eq(ctl.status, 1);
	ctl_fault_status(&ctl, 80, 60);
	ck_assert_int_eq(ctl.status, 1);
	ctl_fault_status(&ctl, 40, 0);
	ck_assert_int_eq(ctl.status, 7);
	ctl_fault_status(&ctl, 70, 70);
	ck_assert_int_eq(ctl.status, 7);
}
END_TEST

static struct options o;
static char *err;

/* Reads options from words; -1 with err. */
static int
read_options(const char *const *words)
{
	static char *argv[16];
	int argc = 0;

	free(err);
	err = NULL;
	argv[argc++] = ctl.pool == NULL ? NULL : pool_strdup(ctl.pool, "ctl");
	for (; *words != NULL; words++)
		argv[argc++] = pool_strdup(ctl.pool, *words);
	return options_read(&o, argc, argv, "/nowhere/bin/ctl", ctl.pool, &err);
}

#define READ(...) read_options((const char *const[]){__VA_ARGS__, NULL})

/* L-001 to L-014 */
START_TEST(test_options)
{
	char path[] = "/tmp/test_ctlXXXXXX";
	int fd = mkstemp(path);
	static const char text[] =
	    "[supervisorctl]\nserverurl = unix:///tmp/../x.sock\n"
	    "username=u%(ENV_TEST_CTL)s\npassword=p\nprompt=pp\n"
	    "history_file=%(here)s/h\n[include]\nfiles = /nope\n";

	setenv("TEST_CTL", "z", 1);
	ck_assert_int_eq(
	    write(fd, text, sizeof(text) - 1), (int)sizeof(text) - 1);
	ck_assert_int_eq(READ("-c", path, "status", "-c", "x"), 0);
	ck_assert_str_eq(o.serverurl, "unix:///x.sock");
	ck_assert_str_eq(o.username, "uz");
	ck_assert_str_eq(o.password, "p");
	ck_assert_str_eq(o.prompt, "pp");
	ck_assert_str_eq(o.history_file, "/tmp/h");
	ck_assert_int_eq(o.nwords, 3);
	ck_assert_str_eq(o.words[1], "-c");
	ck_assert(!o.interactive);
	options_free(&o);
	ck_assert_int_eq(READ("-ic", path, "--serverurl=http://a", "-uv",
			     "--history-file", "g"),
	    0);
	ck_assert_str_eq(o.serverurl, "http://a");
	ck_assert_str_eq(o.username, "v");
	ck_assert_str_eq(o.history_file, "g");
	ck_assert(o.interactive);
	options_free(&o);
	ck_assert_int_eq(READ("-c", path, "-s", "foo"), -1);
	ck_assert_str_eq(
	    err, "invalid value for -s 'foo': value 'foo' is not a URL");
	options_free(&o);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(READ("-c", path, "-s", "http://a"), -1);
	ck_assert_str_eq(
	    err, ".ini file does not include supervisorctl section");
	options_free(&o);
	unlink(path);
	close(fd);
	ck_assert_int_eq(READ("-c", path), -1);
	options_free(&o);
	ck_assert_int_eq(READ("-x"), -1);
	ck_assert_str_eq(err, "option -x not recognized");
	options_free(&o);
	ck_assert_int_eq(READ("-h", "-c", "/nope"), 0);
	ck_assert(o.help);
	options_free(&o);
	free(err);
	err = NULL;
}
END_TEST

/* L-080, as far as it goes without a server. */
START_TEST(test_complete)
{
	struct complete_list list;
	size_t i;

	list = complete_words(&ctl, "sta", 3);
	for (i = 0; i < list.n; i++)
		if (strcmp(list.v[i], "status") == 0)
			break;
	ck_assert_uint_lt(i, list.n);
	list = complete_words(&ctl, "help s", 6);
	ck_assert_uint_gt(list.n, 20);
	list = complete_words(&ctl, "status x", 8);
	ck_assert_uint_eq(list.n, 0);
	list = complete_words(&ctl, "version x", 9);
	ck_assert_uint_eq(list.n, 0);
	complete_forget(&ctl);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_lines);
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_fault_status);
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_complete);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
