/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/settings.c: the effective settings of class and command line. */
#include "libappbase/settings.h"

#include <check.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct appbase_class daemon_class = {.abi = APPBASE_ABI};

static int
script_run(struct appbase *app)
{
	(void)app;
	return 0;
}

static const struct appbase_class script_class = {
    .abi = APPBASE_ABI, .script_run = script_run};

static struct settings set;
static struct appbase_options *options; /* `set` borrows from them */

static void
setup(void)
{
	unsetenv("APP_BASE_DAEMON_PIDDIR");
}

static void
teardown(void)
{
	settings_clear(&set);
	appbase_options_free(options);
	options = NULL;
}

/* Resolves a class with a command line of up to seven words, NULL-ended. */
static void
resolve(const struct appbase_class *c, const char *const words[])
{
	struct appbase_options *o = appbase_options_new();
	const struct appbase_option *table = c->script_run != NULL
	    ? settings_script_options
	    : settings_daemon_options;
	char prog[] = "prog", *argv[10] = {prog};
	int argc;

	ck_assert_ptr_nonnull(o);
	appbase_options_free(options);
	options = o;
	for (argc = 1; words[argc - 1] != NULL; argc++)
		ck_assert_ptr_nonnull(argv[argc] = strdup(words[argc - 1]));
	ck_assert_int_eq(appbase_options_add(o, table), 0);
	ck_assert_int_eq(appbase_options_parse(o, argc, argv, stderr), 0);
	ck_assert_int_eq(settings_resolve(&set, c, o, "prog"), 0);
	while (--argc > 0)
		free(argv[argc]);
}

/* Every default of appbase/daemon.h. */
START_TEST(test_defaults)
{
	ck_assert_int_eq(
	    settings_resolve(&set, &daemon_class, NULL, "prog"), 0);
	ck_assert_int_eq(set.respawn_delay, 5000);
	ck_assert_int_eq(set.max_delay, 60000);
	ck_assert_int_eq(set.min_uptime, 10000);
	ck_assert_int_eq(set.stop_timeout, 10000);
	ck_assert_int_eq(set.drain_timeout, 10000);
	ck_assert_int_eq(set.shutdown_timeout, 10000);
	ck_assert_int_eq(set.reload_timeout, 60000);
	ck_assert_int_eq(set.start_timeout, 60000);
	ck_assert_int_eq(set.ready_after, 1000);
	ck_assert_int_eq(set.ping_timeout, -1);
	ck_assert_int_eq(set.orphan_timeout, 900);
	ck_assert_int_eq(set.reload_signal, SIGUSR2);
	ck_assert_int_eq(set.stop_signal, SIGTERM);
	ck_assert_int_eq(set.abort_signal, SIGABRT);
	ck_assert_int_eq(set.hup, APPBASE_HUP_IGNORE);
	ck_assert_int_eq(set.umask, -1);
	ck_assert_str_eq(set.pid_file, "/var/run/prog.pid");
	ck_assert_ptr_null(set.status_file);
	ck_assert_ptr_null(set.log_file);
	ck_assert_ptr_null(set.user);
	ck_assert_ptr_null(set.group);
	ck_assert_ptr_null(set.directory);
	ck_assert(set.wait_start && !set.wait_reload && !set.foreground);
	ck_assert(!set.hot_reload && !set.exclusive && !set.overlap);
	ck_assert(!set.two_supervisors && !set.calls_ready && !set.preflight);
	ck_assert(!set.outlives && !set.pidfile_optional && !set.start_reload);
	ck_assert(!set.close_fds && !set.check);
	ck_assert_int_eq(set.subreaper, getpid() == 1);
}
END_TEST

/* APPBASE_NONE: no time-out, no delay, no signal where one can do without. */
START_TEST(test_none)
{
	const struct appbase_class c = {.abi = APPBASE_ABI,
	    .delay_before_respawn_ms = APPBASE_NONE,
	    .max_delay_ms = APPBASE_NONE,
	    .min_uptime_ms = APPBASE_NONE,
	    .stop_timeout_ms = APPBASE_NONE,
	    .drain_timeout_ms = APPBASE_NONE,
	    .shutdown_timeout_ms = APPBASE_NONE,
	    .reload_timeout_ms = APPBASE_NONE,
	    .start_timeout_ms = APPBASE_NONE,
	    .ready_after_ms = APPBASE_NONE,
	    .ping_timeout_ms = APPBASE_NONE,
	    .orphan_timeout_ms = APPBASE_NONE,
	    .reload_signal = APPBASE_NONE,
	    .stop_signal = APPBASE_NONE,
	    .abort_signal = APPBASE_NONE};

	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_int_eq(set.respawn_delay, 0);
	ck_assert_int_eq(set.max_delay, INT64_MAX);
	ck_assert_int_eq(set.min_uptime, 0);
	ck_assert_int_eq(set.stop_timeout, -1);
	ck_assert_int_eq(set.drain_timeout, -1);
	ck_assert_int_eq(set.shutdown_timeout, -1);
	ck_assert_int_eq(set.reload_timeout, -1);
	ck_assert_int_eq(set.start_timeout, -1);
	ck_assert_int_eq(set.ready_after, -1);
	ck_assert_int_eq(set.ping_timeout, -1);
	ck_assert_int_eq(set.orphan_timeout, -1);
	ck_assert_int_eq(set.reload_signal, 0);
	ck_assert_int_eq(set.stop_signal, SIGTERM);
	ck_assert_int_eq(set.abort_signal, SIGKILL);
}
END_TEST

/* The class's own numbers; two of them follow the stop time-out. */
START_TEST(test_class)
{
	const struct appbase_class c = {.abi = APPBASE_ABI,
	    .flags = APPBASE_HOT_RELOAD | APPBASE_FOREGROUND |
		APPBASE_EXCLUSIVE | APPBASE_OVERLAP | APPBASE_TWO_SUPERVISORS |
		APPBASE_CALLS_READY | APPBASE_SUBREAPER | APPBASE_PREFLIGHT |
		APPBASE_OUTLIVES | APPBASE_PIDFILE_OPTIONAL,
	    .stop_timeout_ms = 77,
	    .ping_timeout_ms = 5,
	    .umask_plus_1 = 1,
	    .stop_signal = SIGQUIT,
	    .hup = APPBASE_HUP_RELOAD,
	    .directory = "/d",
	    .user = "u",
	    .group = "g",
	    .pid_file = "/p"};

	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_int_eq(set.stop_timeout, 77);
	ck_assert_int_eq(set.drain_timeout, 77);
	ck_assert_int_eq(set.shutdown_timeout, 77);
	ck_assert_int_eq(set.ping_timeout, 5);
	ck_assert_int_eq(set.umask, 0);
	ck_assert_int_eq(set.stop_signal, SIGQUIT);
	ck_assert_int_eq(set.hup, APPBASE_HUP_RELOAD);
	ck_assert_str_eq(set.directory, "/d");
	ck_assert_str_eq(set.user, "u");
	ck_assert_str_eq(set.group, "g");
	ck_assert_str_eq(set.pid_file, "/p");
	ck_assert(set.hot_reload && set.foreground && set.exclusive);
	ck_assert(set.overlap && set.two_supervisors && set.calls_ready);
	ck_assert(set.subreaper && set.preflight && set.outlives);
	ck_assert(set.pidfile_optional && set.start_reload);
}
END_TEST

/* A second start reloads only what can be, and may. */
START_TEST(test_start_reload)
{
	struct appbase_class c = {.abi = APPBASE_ABI,
	    .flags = APPBASE_HOT_RELOAD | APPBASE_NO_START_RELOAD};

	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert(set.hot_reload && !set.start_reload);
}
END_TEST

/* A command-line option wins over the class. */
START_TEST(test_options)
{
	const struct appbase_class c = {.abi = APPBASE_ABI,
	    .user = "u",
	    .group = "g",
	    .pid_file = "/p",
	    .log_file = "/l",
	    .status_file = "/s"};
	const char *const words[] = {"--user=nobody", "--group=7",
	    "--pid-file=/x", "--log-file=/y", "--status-file=/z", "--no-fork",
	    "--no-wait", NULL};
	const char *const more[] = {
	    "--wait", "--close-fds", "--check-config", "--subreaper", NULL};

	resolve(&c, words);
	ck_assert_str_eq(set.user, "nobody");
	ck_assert_str_eq(set.group, "7");
	ck_assert_str_eq(set.pid_file, "/x");
	ck_assert_str_eq(set.log_file, "/y");
	ck_assert_str_eq(set.status_file, "/z");
	ck_assert(set.foreground && !set.wait_start);
	settings_clear(&set);
	resolve(&c, more);
	ck_assert(set.wait_reload && set.close_fds && set.check);
	ck_assert(set.subreaper && set.wait_start && !set.foreground);
	ck_assert_str_eq(set.user, "u");
	ck_assert_str_eq(set.log_file, "/l");
}
END_TEST

START_TEST(test_pid_file)
{
	const struct appbase_class none = {
	    .abi = APPBASE_ABI, .flags = APPBASE_NO_PIDFILE, .pid_file = "/p"};
	const char *const no[] = {"--no-pid-file", NULL};
	const char *const relative[] = {"--pid-file=a/b", NULL};
	char cwd[PATH_MAX], want[PATH_MAX + 8];

	setenv("APP_BASE_DAEMON_PIDDIR", "/piddir", 1);
	ck_assert_int_eq(
	    settings_resolve(&set, &daemon_class, NULL, "prog"), 0);
	ck_assert_str_eq(set.pid_file, "/piddir/prog.pid");
	settings_clear(&set);
	setenv("APP_BASE_DAEMON_PIDDIR", "", 1);
	ck_assert_int_eq(
	    settings_resolve(&set, &daemon_class, NULL, "prog"), 0);
	ck_assert_str_eq(set.pid_file, "/var/run/prog.pid");
	settings_clear(&set);
	ck_assert_int_eq(settings_resolve(&set, &none, NULL, "prog"), 0);
	ck_assert_ptr_null(set.pid_file);
	settings_clear(&set);
	resolve(&daemon_class, no);
	ck_assert_ptr_null(set.pid_file);
	settings_clear(&set);
	resolve(&daemon_class, relative);
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(want, sizeof(want), "%s/a/b", cwd);
	ck_assert_str_eq(set.pid_file, want);
	settings_clear(&set);
	/* The root directory gives no double slash. */
	ck_assert_int_eq(chdir("/"), 0);
	resolve(&daemon_class, relative);
	ck_assert_str_eq(set.pid_file, "/a/b");
	ck_assert_int_eq(chdir(cwd), 0);
}
END_TEST

/* Beside the pid file for what can be reloaded; "" is none. */
START_TEST(test_status_file)
{
	struct appbase_class c = {.abi = APPBASE_ABI,
	    .flags = APPBASE_HOT_RELOAD,
	    .pid_file = "/run/x.pid"};
	const char *const other[] = {"--pid-file=/o", NULL};

	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_str_eq(set.status_file, "/run/x.pid.status");
	settings_clear(&set);
	resolve(&c, other);
	ck_assert_str_eq(set.status_file, "/o.status");
	settings_clear(&set);
	c.status_file = "";
	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_ptr_null(set.status_file);
	settings_clear(&set);
	c.status_file = "/s";
	c.flags = 0;
	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_str_eq(set.status_file, "/s");
	settings_clear(&set);
	c.status_file = NULL;
	c.flags = APPBASE_HOT_RELOAD | APPBASE_NO_PIDFILE;
	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_ptr_null(set.status_file);
}
END_TEST

/* A script has a pid file only to be alone, and none of the daemon's files. */
START_TEST(test_script)
{
	struct appbase_class c = script_class;
	const char *const words[] = {"--pid-file=/x", NULL};

	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_ptr_null(set.pid_file);
	settings_clear(&set);
	c.flags = APPBASE_ONLY_ONE | APPBASE_HOT_RELOAD;
	c.log_file = "/l";
	ck_assert_int_eq(settings_resolve(&set, &c, NULL, "prog"), 0);
	ck_assert_str_eq(set.pid_file, "/var/run/prog.pid");
	ck_assert_ptr_null(set.status_file);
	ck_assert_ptr_null(set.log_file);
	settings_clear(&set);
	resolve(&c, words);
	ck_assert_str_eq(set.pid_file, "/x");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tc = tcase_create("settings");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_class);
	tcase_add_test(tc, test_start_reload);
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_pid_file);
	tcase_add_test(tc, test_status_file);
	tcase_add_test(tc, test_script);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
