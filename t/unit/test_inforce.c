/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisord/config/inforce.c: what an engine leaves to the next (B-501). */
#include "supervisord/config/inforce.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/config/cmdline.h"

static const struct config_text one[] = {
    {"/a/b.conf", "[supervisord]\nx = 1\n", 21}, {"/a/c d.conf", "", 0}};
static const struct config_text two[] = {{"/a/b.conf", "\n17\n", 4}};
static struct inforce_config configs[] = {{"host", one, 2}, {"", two, 1}};
static struct inforce_group groups[] = {{"g", 0, INFORCE_ACTIVE},
    {"two words", 1, INFORCE_ADDING}, {"r", 1, INFORCE_REMOVING}};
static const struct inforce all = {77, configs, 2, 0, 1, groups, 3, NULL};

START_TEST(round_trip)
{
	struct inforce *in;
	char *data, *again;
	size_t len, length;

	data = inforce_write(&all, &len);
	ck_assert_ptr_nonnull(data);
	in = inforce_read(data, len);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->epoch, 77);
	ck_assert_uint_eq(in->nconfigs, 2);
	ck_assert_uint_eq(in->start, 0);
	ck_assert_uint_eq(in->next, 1);
	ck_assert_str_eq(in->configs[0].host_node_name, "host");
	ck_assert_str_eq(in->configs[0].texts[1].file, "/a/c d.conf");
	ck_assert_str_eq(in->configs[1].texts[0].text, "\n17\n");
	ck_assert_str_eq(in->groups[1].name, "two words");
	ck_assert_int_eq(in->groups[2].state, INFORCE_REMOVING);
	again = inforce_write(in, &length);
	ck_assert_uint_eq(len, length);
	ck_assert_mem_eq(data, again, len);
	inforce_free(in);
	free(again);
	free(data);
}
END_TEST

/* Whatever is cut off, changed or added is noticed, or harmless. */
START_TEST(damaged)
{
	struct inforce *in;
	char *data, *cut;
	size_t len, i;

	data = inforce_write(&all, &len);
	for (i = 0; i < len; i++) {
		cut = malloc(i + 1); /* so that reading on is seen */
		memcpy(cut, data, i);
		ck_assert_ptr_null(inforce_read(cut, i));
		free(cut);
	}
	cut = malloc(len + 1);
	memcpy(cut, data, len);
	cut[len] = '\n';
	ck_assert_ptr_null(inforce_read(cut, len + 1));
	for (i = 0; i < len; i++) {
		cut[i] ^= 0x11;
		in = inforce_read(cut, len);
		inforce_free(in);
		cut[i] ^= 0x11;
	}
	cut[len - 1] = 'x';
	ck_assert_ptr_null(inforce_read(cut, len));
	free(cut);
	free(data);
}
END_TEST

/* Writes a file of the test's directory. */
static void
put(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* What was read is read again as it was, whatever the disk says now: texts,
 * includes, names, directories that are gone. */
START_TEST(texts)
{
	static char env_a[] = "A=os";
	static char *const environment[] = {env_a, NULL};
	char dir[] = "/tmp/test_inforce.XXXXXX", command[64], path[128];
	struct config_cmdline cmdline;
	struct config_source source = {.cmdline = &cmdline,
	    .configuration = "f.conf",
	    .directory = dir,
	    .environ = environment};
	struct config *was, *is;
	char *err;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(config_cmdline_parse(&cmdline, 0, NULL, &err), 0);
	(void)snprintf(path, sizeof(path), "%s/logs", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/i", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put(dir, "f.conf",
	    "[supervisord]\nlogfile=%(here)s/logs/l\n[include]\nfiles=i/*\n"
	    "[program:x]\ncommand=/bin/echo %(ENV_A)s %(host_node_name)s\n");
	put(dir, "i/1",
	    "[program:y]\ncommand=/bin/echo %(here)s\n"
	    "stdout_logfile=%(here)s/y\n");
	ck_assert_int_eq(config_load(&source, &was, &err), 0);
	ck_assert_uint_eq(was->ntexts, 2);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(config_load(&source, &is, &err), -1);
	free(err);
	source.texts = was->texts;
	source.ntexts = was->ntexts;
	source.host_node_name = "elsewhere";
	ck_assert_int_eq(config_load(&source, &is, &err), 0);
	ck_assert_str_eq(is->supervisord.logfile, was->supervisord.logfile);
	ck_assert_uint_eq(is->ngroups, 2);
	ck_assert_str_eq(
	    is->groups[0]->processes[0]->command, "/bin/echo os elsewhere");
	ck_assert_str_eq(is->groups[1]->processes[0]->command,
	    was->groups[1]->processes[0]->command);
	ck_assert_str_eq(is->files.v[1], was->files.v[1]);
	config_unref(was);
	config_unref(is);
	config_cmdline_free(&cmdline);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inforce");
	TCase *tc = tcase_create("inforce");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, texts);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
