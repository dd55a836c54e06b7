/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole configurations: sections, expansions, includes, groups and the words
 * of every fault (C-032 to C-210), and what reread finds.
 */
#include "supervisord/config/config.h"

#include <sys/stat.h>

#include <check.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ctlconf.h"
#include "common/eventtype.h"
#include "supervisord/config/check.h"
#include "supervisord/config/cmdline.h"
#include "supervisord/config/diff.h"
#include "supervisord/config/option.h"
#include "supervisord/config/sample.h"

#define S "[supervisord]\n"
#define P S "[program:x]\ncommand=/bin/cat\n"

static char env_home[] = "HOME=/root", env_a[] = "A=os";
static char *const environment[] = {env_home, env_a, NULL};
static char dir[64], path[80];
static struct config *c;
static char *err;

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_config.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f.conf", dir);
	c = NULL;
	err = NULL;
}

static void
teardown(void)
{
	char command[128];

	config_unref(c);
	free(err);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Writes a file in the test's directory. */
static void
put(const char *name, const char *text)
{
	char file[PATH_MAX];
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	ck_assert_ptr_nonnull(f = fopen(file, "we"));
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* Loads a text with these command line words (NULL: none). */
static int
load_with(const char *text, int argc, char *const argv[],
    struct config_errors *errors)
{
	struct config_cmdline cmdline;
	struct config_source source = {.cmdline = &cmdline,
	    .configuration = "f.conf",
	    .directory = dir,
	    .environ = environment,
	    .generation = 7,
	    .errors = errors};
	int rc;

	config_unref(c);
	c = NULL;
	free(err);
	put("f.conf", text);
	ck_assert_int_eq(config_cmdline_parse(&cmdline, argc, argv, &err), 0);
	rc = config_load(&source, &c, &err);
	config_cmdline_free(&cmdline);
	return rc;
}

/* Loads a good text. */
static void
good(const char *text)
{
	int rc = load_with(text, 0, NULL, NULL);

	ck_assert_msg(rc == 0, "%s: %s", text, err);
}

/* Loads a text with a fault and compares its words, where @ stands for the
 * suffix that names section SECTION and the file. */
static void
bad(const char *text, const char *expected, const char *section)
{
	char whole[1024];

	ck_assert_int_eq(load_with(text, 0, NULL, NULL), -1);
	snprintf(whole, sizeof(whole), "%s", expected);
	if (section != NULL)
		snprintf(whole, sizeof(whole),
		    "%s in section '%s' (file: 'f.conf')", expected, section);
	ck_assert_str_eq(err, whole);
}

/* Expects the only message to be this warning, or none (NULL). */
static void
warning(const char *expected)
{
	if (expected == NULL) {
		ck_assert_uint_eq(c->nmessages, 0);
		return;
	}
	ck_assert_uint_eq(c->nmessages, 1);
	ck_assert_int_eq(c->messages[0].level, 30);
	ck_assert_str_eq(c->messages[0].text, expected);
}

/* The i-th process of a group. */
static struct config_process *
process(const char *group, size_t i)
{
	struct config_group *g = config_group_find(c, group);

	ck_assert_ptr_nonnull(g);
	ck_assert_uint_lt(i, g->nprocesses);
	return g->processes[i];
}

/* Compares a list, joined by '|'. */
static void
same(const struct confopt_list *list, const char *expected)
{
	char joined[512] = "";
	size_t i;

	for (i = 0; i < list->n; i++) {
		strlcat(joined, list->v[i], sizeof(joined));
		strlcat(joined, "|", sizeof(joined));
	}
	ck_assert_str_eq(joined, expected);
}

START_TEST(test_c119_c137_supervisord_defaults)
{
	const struct config_supervisord *d;
	char expected[128];

	good(S);
	d = &c->supervisord;
	snprintf(expected, sizeof(expected), "%s/supervisord.log", dir);
	ck_assert_str_eq(d->logfile, expected);
	snprintf(expected, sizeof(expected), "%s/supervisord.pid", dir);
	ck_assert_str_eq(d->pidfile, expected);
	ck_assert_str_eq(c->configuration, path);
	ck_assert_str_eq(c->here, dir);
	ck_assert_uint_eq(c->generation, 7);
	ck_assert(!d->logfile_syslog && !d->nodaemon && !d->silent &&
	    !d->nocleanup && !d->strip_ansi);
	ck_assert_int_eq(d->logfile_maxbytes, 50 * 1024 * 1024);
	ck_assert_int_eq(d->logfile_backups, 10);
	ck_assert_int_eq(d->loglevel, 20);
	ck_assert_int_eq(d->umask, 022);
	ck_assert_int_eq(d->minfds, 1024);
	ck_assert_int_eq(d->minprocs, 200);
	ck_assert_int_eq(d->user.uid, -1);
	ck_assert_ptr_null(d->directory);
	ck_assert_str_eq(d->identifier, "supervisor");
	ck_assert_uint_eq(d->environment.n, 0);
	ck_assert_uint_eq(c->ngroups, 0);
	ck_assert_ptr_null(config_server_url(c));
}
END_TEST

START_TEST(test_c119_c137_supervisord)
{
	good(S "logfile=syslog\nuser=root\ndirectory=/tmp\numask=077\n"
	       "identifier=%(here)s\nloglevel=DEBUG\nchildlogdir=/tmp\n"
	       "environment=B=\"%(ENV_A)s%%\",C=%(here)s\nminfds=%(ENV_X)s\n"
	       "minfds=5\nprofile_options=x\n");
	ck_assert(c->supervisord.logfile_syslog);
	ck_assert_ptr_null(c->supervisord.logfile);
	ck_assert_int_eq(c->supervisord.user.uid, 0);
	ck_assert_int_eq(c->supervisord.umask, 077);
	ck_assert_int_eq(c->supervisord.loglevel, 10);
	ck_assert_int_eq(c->supervisord.minfds, 5);
	ck_assert_str_eq(c->supervisord.identifier, dir);
	ck_assert_str_eq(c->supervisord.environment.v[0], "B=os%");
	bad(S "loglevel=verbose\n", "bad logging level name 'verbose'",
	    "supervisord");
	bad(S "identifier=%(nope)s\n",
	    "Format string '%(nope)s' for 'supervisord.identifier' contains "
	    "names ('nope') which cannot be expanded. Available names: ENV_A, "
	    "ENV_HOME, here",
	    "supervisord");
	/* C-073: host_node_name only in `environment` (C-074). */
	ck_assert_int_eq(
	    load_with(S "identifier=%(host_node_name)s\n", 0, NULL, NULL), -1);
	good(S "environment=H=\"%(host_node_name)s\"\n");
	bad("[a]\n", ".ini file does not include supervisord section", NULL);
}
END_TEST

START_TEST(test_c030_precedence)
{
	char w0[] = "supervisord", w1[] = "-nlsyslog", w2[] = "--minfds=7",
	     w3[] = "-u", w4[] = "root", w5[] = "nosuch";
	char *const words[] = {w0, w1, w2, w3, w4};
	char *const wrong[] = {w0, w3, w5};

	ck_assert_int_eq(load_with(S "nodaemon=false\nlogfile=a\nminfds=3\n"
				     "user=nouser\nminprocs=9\n",
			     5, words, NULL),
	    0);
	ck_assert(c->supervisord.nodaemon);
	ck_assert(c->supervisord.logfile_syslog);
	ck_assert_int_eq(c->supervisord.minfds, 7);
	ck_assert_int_eq(c->supervisord.minprocs, 9);
	ck_assert_int_eq(c->supervisord.user.uid, 0);
	/* C-015 */
	ck_assert_int_eq(load_with(S, 3, wrong, NULL), -1);
	ck_assert_str_eq(err, "Invalid user name nosuch");
}
END_TEST

START_TEST(test_c035_c036_missing_file)
{
	struct config_source source = {.configuration = "nope.conf",
	    .directory = dir,
	    .environ = environment};

	ck_assert_int_eq(config_load(&source, &c, &err), -1);
	ck_assert_str_eq(err, "could not find config file nope.conf");
	free(err);
	source.configuration = dir;
	ck_assert_int_eq(config_load(&source, &c, &err), -1);
	ck_assert_ptr_nonnull(strstr(err, "could not read config file "));
}
END_TEST

START_TEST(test_c060_c062_unknown)
{
	char expected[128];

	good("[DEFAULT]\nfoo=1\n" S "Bar=%(x\n[foo:bar]\na=1\n[program:x]\n"
	     "command=/bin/cat\nsomeday=true\n"
	     "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
	     "supervisor.rpcinterface:make_main_rpcinterface\n");
	ck_assert_uint_eq(c->nmessages, 2);
	ck_assert_int_eq(c->messages[0].kind, CONFIG_MESSAGE_UNKNOWN_KEY);
	snprintf(expected, sizeof(expected),
	    "unknown key bar in section [supervisord] (f.conf:4)");
	ck_assert_str_eq(c->messages[0].text, expected);
	ck_assert_str_eq(config_extra(&c->supervisord.extras, "bar"), "%(x");
	ck_assert_str_eq(
	    config_extra(&process("x", 0)->extras, "someday"), "true");
	ck_assert_uint_eq(process("x", 0)->extras.v[0].line, 9);
	ck_assert_uint_eq(c->rpcinterfaces[0]->extras.n, 0);
	ck_assert_uint_eq(c->nsections, 1);
	ck_assert_str_eq(c->sections[0].name, "foo:bar");
	ck_assert_str_eq(config_extra(&c->sections[0].extras, "a"), "1");
}
END_TEST

#define X(name) "[program:" name "]\ncommand=/bin/cat\n"

/* B-302: what depends_on may say, and what is refused. */
START_TEST(test_b302_depends_on)
{
	const struct config_process *p;

	good(S X("db") X("mig") X("web") "depends_on=db:READY, mig:exited\n"
					 "dependents=Restart\n");
	p = process("web", 0);
	ck_assert_uint_eq(p->nneeds, 2);
	ck_assert_str_eq(p->needs[0].name, "db");
	ck_assert_int_eq(p->needs[0].condition, 2);
	ck_assert_str_eq(p->needs[1].name, "mig");
	ck_assert_int_eq(p->needs[1].condition, 1);
	ck_assert_int_eq(p->dependents, 1);
	bad(S X("web") "depends_on=db\n",
	    "depends_on of [program:web]: there is no program named db "
	    "(f.conf:4)",
	    NULL);
	bad(S X("web") "depends_on=web:exited\n",
	    "depends_on of [program:web]: web waits for itself: web -> web "
	    "(f.conf:4)",
	    NULL);
	bad(S X("a") "depends_on=b\n" X("b") "depends_on=c:exited\n" X(
		"c") "depends_on=b:ready\n",
	    "depends_on of [program:c]: b waits for itself: b -> c -> b "
	    "(f.conf:10)",
	    NULL);
	bad(S X("db") X("web") "depends_on=db:up\n",
	    "depends_on: 'up' is no condition (it may be running, exited, "
	    "ready, healthy)",
	    "program:web");
	bad(S X("db") X("web") "depends_on=db\nstartinorder=true\n",
	    "depends_on of [program:web]: it cannot be used with startinorder "
	    "(f.conf:6)",
	    NULL);
	bad(S "ordered_startup=true\n" X("db") X("web") "depends_on=db\n"
							"priority=1\n",
	    "depends_on of [program:web]: with ordered_startup db, of "
	    "priority 999, is started later (f.conf:7)",
	    NULL);
	bad(S "on_dependency_failure=panic\n",
	    "invalid value 'panic' (it may be hold, fail, start)",
	    "supervisord");
}
END_TEST

/* Members of groups are programs too, and every fault is known. */
START_TEST(test_b302_groups)
{
	good(S X("db") X("web") "depends_on=db\nnumprocs=2\n"
				"process_name=%(process_num)d\n"
				"[group:g]\nprograms=db,web\n");
	ck_assert_uint_eq(c->groups[0]->processes[2]->nneeds, 1);
}
END_TEST

/* B-402, B-403: how it is found out that a program serves. */
START_TEST(test_b402_readiness)
{
	const struct config_process *p;

	good(S X("x") "readiness=http://[::1]:8080/up?x=1\nready_timeout=7\n"
		      "healthcheck=unix:///run/x\n"
		      "healthcheck_action=Signal:usr1\n");
	p = process("x", 0);
	ck_assert_int_eq(p->ready.kind, CONFIG_PROBE_HTTP);
	ck_assert_str_eq(p->ready.host, "::1");
	ck_assert_str_eq(p->ready.port, "8080");
	ck_assert_str_eq(p->ready.path, "/up?x=1");
	ck_assert_int_eq(p->ready_timeout, 7);
	ck_assert_int_eq(p->check.kind, CONFIG_PROBE_UNIX);
	ck_assert_str_eq(p->check.path, "/run/x");
	ck_assert_int_eq(p->healthcheck_signal, SIGUSR1);
	good(S X("x") "readiness=tcp:LocalHost:80%(process_num)d\n"
		      "healthcheck=exec: true\nhealthcheck_action=none\n");
	p = process("x", 0);
	ck_assert_int_eq(p->ready.kind, CONFIG_PROBE_TCP);
	ck_assert_str_eq(p->ready.host, "127.0.0.1");
	ck_assert_str_eq(p->ready.port, "800");
	ck_assert_str_eq(p->check.command, " true");
	ck_assert_int_eq(p->healthcheck_signal, -1);
	good(S X("x") "readiness=fd:9\n");
	ck_assert_int_eq(process("x", 0)->ready.fd, 9);
	good(S X("x") "readiness=Notify\n");
	ck_assert_int_eq(process("x", 0)->ready.kind, CONFIG_PROBE_NOTIFY);
	good(S X("x"));
	ck_assert_int_eq(process("x", 0)->ready.kind, CONFIG_PROBE_NONE);
	ck_assert_int_eq(process("x", 0)->check.kind, CONFIG_PROBE_NONE);
	ck_assert_int_eq(process("x", 0)->healthcheck_signal, 0);
}
END_TEST

START_TEST(test_b402_readiness_faults)
{
	bad(S X("x") "readiness=fd:2\n", "'2' is no descriptor from 3 to 1023",
	    "program:x");
	bad(S X("x") "readiness=tcp:example.org:80\n",
	    "'example.org:80' is no address and port (names are not looked up)",
	    "program:x");
	bad(S X("x") "readiness=tcp:127.0.0.1\n",
	    "'127.0.0.1' is no address and port (names are not looked up)",
	    "program:x");
	bad(S X("x") "healthcheck=notify\n",
	    "'notify' is no check (it may be tcp:HOST:PORT, unix:PATH, "
	    "http://..., exec:COMMAND)",
	    "program:x");
	bad(S X("x") "healthcheck=exec:\n", "exec: without a command",
	    "program:x");
	bad(S X("x") "healthcheck=unix:x\n", "'x' is no path", "program:x");
	bad(S X("x") "healthcheck_action=panic\n",
	    "'panic' is no action (it may be restart, signal:NAME, none)",
	    "program:x");
	bad(S X("x") "healthcheck_interval=0\n",
	    "healthcheck_interval is below 1", "program:x");
}
END_TEST

START_TEST(test_c070_c083_names)
{
	struct config_process *p;

	good(S "environment=A=\"sup\",B=\"2\"\n"
	       "[program:x]\nnumprocs=2\nnumprocs_start=8\n"
	       "process_name=%(program_name)s-%(process_num)02d-%(numprocs)d\n"
	       "command=/bin/%(ENV_A)s %(ENV_C)s %(group_name)s %(here)s\n"
	       "environment=C=\"%(ENV_A)s%(process_num)d\",B=\"own\"\n"
	       "[group:g]\nprograms=x\n");
	p = process("g", 0);
	ck_assert_str_eq(p->name, "x-08-2");
	ck_assert_str_eq(p->group_name, "g");
	ck_assert_str_eq(p->program_name, "x");
	ck_assert_int_eq(p->process_num, 8);
	ck_assert_int_eq(strncmp(p->command, "/bin/sup sup8 g /tmp/", 21), 0);
	same(&p->environment, "A=sup|B=own|C=sup8|");
	ck_assert_ptr_null(p->environment.v[3]);
	same(&process("g", 1)->environment, "A=sup|B=own|C=sup9|");
	bad(P "startsecs=%(process_num)d\n",
	    "Format string '%(process_num)d' for 'program:x.startsecs' "
	    "contains names ('process_num') which cannot be expanded. "
	    "Available names: ENV_A, ENV_HOME, group_name, here, "
	    "host_node_name, program_name",
	    "program:x");
	bad(P "environment=Z=%(ENV_Z)s\n",
	    "Format string 'Z=%(ENV_Z)s' for 'environment' contains names "
	    "('ENV_Z') which cannot be expanded. Available names: ENV_A, "
	    "ENV_HOME, group_name, here, host_node_name, numprocs, "
	    "process_num, program_name",
	    "program:x");
	bad(P "command=100%\n",
	    "Format string '100%' for 'program:x.command' is badly formatted: "
	    "incomplete format",
	    "program:x");
}
END_TEST

/* C-071: a variable that is gone from [supervisord] is gone for the programs.
 */
START_TEST(test_c071_no_stale_names)
{
	good(S "environment=NEW=1\n[program:x]\ncommand=%(ENV_NEW)s\n");
	ck_assert_str_eq(process("x", 0)->command, "1");
	ck_assert_int_eq(
	    load_with(S "[program:x]\ncommand=%(ENV_NEW)s\n", 0, NULL, NULL),
	    -1);
	ck_assert_ptr_nonnull(strstr(err, "contains names ('ENV_NEW')"));
}
END_TEST

START_TEST(test_c079_group_level_names)
{
	ck_assert_int_eq(
	    load_with(P "priority=%(program_name)s\n", 0, NULL, NULL), -1);
	ck_assert_ptr_nonnull(strstr(
	    err, "for 'program:x.priority' contains names ('program_name')"));
	good(S "[fcgi-program:f]\ncommand=/bin/cat\n"
	       "socket=unix:///tmp/%(program_name)s.sock\n");
	ck_assert_str_eq(process("f", 0)->socket->url, "unix:///tmp/f.sock");
}
END_TEST

START_TEST(test_c084_logfile_twice)
{
	good(P "stdout_logfile=/tmp/a%%%%b\nstderr_logfile=/tmp/%%b\n");
	ck_assert_str_eq(
	    process("x", 0)->channel[CONFIG_STDOUT].logfile.path, "/tmp/a%b");
	ck_assert_str_eq(
	    process("x", 0)->channel[CONFIG_STDERR].logfile.path, "/tmp/%b");
}
END_TEST

START_TEST(test_c085_c094_include)
{
	char sub[128], expected[512];

	snprintf(sub, sizeof(sub), "%s/d", dir);
	ck_assert_int_eq(mkdir(sub, 0755), 0);
	put("d/b.ini",
	    "[program:b]\ncommand=%(here)s/b\n"
	    "[include]\nfiles=nothing\n");
	put("d/a.ini", "[program:x]\ncommand=/a\n");
	put("d/.hidden.ini", "[program:hidden]\ncommand=/a\n");
	put("10.conf", "[supervisord]\nidentifier=inc\n");
	snprintf(sub, sizeof(sub), "%s/d/c.ini", dir);
	ck_assert_int_eq(mkdir(sub, 0755), 0);
	good(P "priority=3\n[include]\nfiles = d/*.ini\n  10.conf %(here)s/d/z "
	       "[!a-f0]0.conf\n[program:h]\ncommand=%(here)s/h\n");
	/* C-058: the included command wins, the section stays the main's. */
	ck_assert_str_eq(process("x", 0)->command, "/a");
	ck_assert_int_eq(process("x", 0)->priority, 3);
	ck_assert_str_eq(process("x", 0)->file, "f.conf");
	snprintf(expected, sizeof(expected), "%s/d/b", dir);
	ck_assert_str_eq(process("b", 0)->command, expected);
	ck_assert_ptr_null(config_group_find(c, "hidden"));
	ck_assert_str_eq(c->supervisord.identifier, "inc");
	ck_assert_uint_eq(c->files.n, 5);
	ck_assert_uint_eq(c->nmessages, 6);
	snprintf(expected, sizeof(expected),
	    "could not read included file \"%s/d/c.ini\": Is a directory", dir);
	ck_assert_str_eq(c->messages[0].text, expected);
	snprintf(expected, sizeof(expected),
	    "No file matches via include \"%s/d/z\"", dir);
	ck_assert_str_eq(c->messages[1].text, expected);
	snprintf(expected, sizeof(expected),
	    "Included extra file \"%s/d/a.ini\" during parsing", dir);
	ck_assert_str_eq(c->messages[2].text, expected);
	ck_assert_int_eq(c->messages[2].level, 20);
}
END_TEST

START_TEST(test_c086_c093_include_faults)
{
	char expected[512];

	bad(S "[include]\n",
	    ".ini file has [include] section, but no files setting", NULL);
	put("i.ini", "[program:inc]\ncommand=/a\nstartsecs=x\n");
	ck_assert_int_eq(
	    load_with(S "[include]\nfiles=i.ini\n", 0, NULL, NULL), -1);
	snprintf(expected, sizeof(expected),
	    "invalid literal for int() with base 10: 'x' in section "
	    "'program:inc' (file: '%s/i.ini')",
	    dir);
	ck_assert_str_eq(err, expected);
	put("i.ini", "[program:inc]\nfoo\n");
	ck_assert_int_eq(
	    load_with(S "[include]\nfiles=i.ini\n", 0, NULL, NULL), -1);
	snprintf(expected, sizeof(expected),
	    "Source contains parsing errors: '%s/i.ini'\n"
	    "\t[line  2]: 'foo\\n'",
	    dir);
	ck_assert_str_eq(err, expected);
}
END_TEST

START_TEST(test_c138_c145_servers)
{
	char *url;

	good(S "[unix_http_server]\nfile=x/../s.sock\n[inet_http_server]\n"
	       "port=*:9001\nusername=u\npassword={SHA}abc\n"
	       "[unix_http_server:two]\nfile=~/t\nchmod=0770\nchown=root:0\n"
	       "[inet_http_server:b]\nport=LocalHost:1\n");
	ck_assert_uint_eq(c->nservers, 4);
	ck_assert_str_eq(c->servers[0]->section, "inet_http_server");
	ck_assert_str_eq(c->servers[0]->host, "");
	ck_assert_int_eq(c->servers[0]->port, 9001);
	ck_assert_str_eq(c->servers[0]->password, "{SHA}abc");
	ck_assert_str_eq(c->servers[1]->host, "localhost");
	ck_assert_str_eq(c->servers[1]->name, "b");
	ck_assert_ptr_null(c->servers[2]->name);
	ck_assert_int_eq(c->servers[2]->chmod, 0700);
	ck_assert_int_eq(c->servers[2]->chown.uid, -1);
	ck_assert_int_eq(c->servers[3]->chmod, 0770);
	ck_assert_int_eq(c->servers[3]->chown.gid, 0);
	/* C-153 */
	ck_assert_ptr_nonnull(url = config_server_url(c));
	ck_assert_int_eq(strncmp(url, "unix:///tmp/test_config.", 24), 0);
	free(url);
	good(S "[inet_http_server]\nport=9001\n");
	ck_assert_ptr_nonnull(url = config_server_url(c));
	ck_assert_str_eq(url, "http://localhost:9001");
	free(url);
	bad(S "[inet_http_server]\n",
	    "section [inet_http_server] has no port value", NULL);
	bad(S "[unix_http_server]\n",
	    "section [unix_http_server] has no file value", NULL);
	bad(S "[unix_http_server]\nfile=/a\nchmod=999\n",
	    "Invalid chmod value 999", "unix_http_server");
	bad(S "[unix_http_server]\nfile=/a\nchown=nouser:x\n",
	    "Invalid sockchown value nouser:x", "unix_http_server");
	bad(S "[inet_http_server]\nport=1\nusername=a\n",
	    "Section [inet_http_server] contains incomplete authentication: "
	    "If a username or a password is specified, both the username and "
	    "password must be specified",
	    NULL);
	bad(S "[inet_http_server]\nport=a:0\n", "0 is below lower bound (1)",
	    "inet_http_server");
}
END_TEST

START_TEST(test_c155_c158_rpcinterface)
{
	bad(S "[rpcinterface:supervisor]\n",
	    "section [rpcinterface:supervisor] does not specify a "
	    "supervisor.rpcinterface_factory",
	    NULL);
	ck_assert_int_eq(load_with(S "[rpcinterface:supervisor]\n"
				     "supervisor.rpcinterface_factory = "
				     "foo.bar:baz\n",
			     0, NULL, NULL),
	    -1);
	ck_assert_ptr_nonnull(strstr(err,
	    "foo.bar:baz cannot be resolved within "
	    "[rpcinterface:supervisor]: "));
	good(S "[rpcinterface:supervisor]\nextra=1\n"
	       "supervisor.rpcinterface_factory=supervisor.rpcinterface:"
	       "make_main_rpcinterface\n");
	ck_assert_str_eq(c->rpcinterfaces[0]->name, "supervisor");
	ck_assert_str_eq(
	    config_extra(&c->rpcinterfaces[0]->extras, "extra"), "1");
}
END_TEST

START_TEST(test_c161_c187_program_defaults)
{
	const struct config_process *p;
	const struct config_channel *out;

	good(P);
	warning(NULL);
	p = process("x", 0);
	out = &p->channel[CONFIG_STDOUT];
	ck_assert_int_eq(p->kind, CONFIG_PROGRAM);
	ck_assert_str_eq(p->name, "x");
	ck_assert_str_eq(p->section, "program:x");
	ck_assert_int_eq(p->priority, 999);
	ck_assert(p->autostart && !p->stopasgroup && !p->killasgroup);
	ck_assert_int_eq(p->autorestart, CONFOPT_AUTORESTART_UNEXPECTED);
	ck_assert_int_eq(p->startsecs, 1);
	ck_assert_int_eq(p->startretries, 3);
	ck_assert_int_eq(p->stopsignal, 15);
	ck_assert_int_eq(p->stopwaitsecs, 10);
	ck_assert_uint_eq(p->exitcodes.n, 1);
	ck_assert_int_eq(p->exitcodes.v[0], 0);
	ck_assert_int_eq(out->logfile.kind, CONFOPT_LOG_AUTO);
	ck_assert_int_eq(out->logfile_maxbytes, 50 * 1024 * 1024);
	ck_assert_int_eq(out->logfile_backups, 10);
	ck_assert_int_eq(out->capture_maxbytes, 0);
	ck_assert(!out->events_enabled && !out->syslog);
	ck_assert_int_eq(p->user.uid, -1);
	ck_assert_int_eq(p->umask, -1);
	ck_assert_ptr_null(p->directory);
	ck_assert_ptr_null(p->serverurl);
	ck_assert_ptr_null(p->socket);
}
END_TEST

START_TEST(test_c161_c187_program_faults)
{
	bad(S "[program:a b]\ncommand=x\n",
	    "Invalid name: 'a b' because of character: ' '", "program:a b");
	bad(S "[program:x]\n",
	    "program section program:x does not specify a command",
	    "program:x");
	bad(P "numprocs=2\n",
	    "%(process_num) must be present within process_name when "
	    "numprocs > 1",
	    "program:x");
	bad(P "process_name=a/b\n",
	    "Invalid name: 'a/b' because of character: '/'", "program:x");
	bad(P "stopasgroup=true\nkillasgroup=false\n",
	    "Cannot set stopasgroup=true and killasgroup=false", "program:x");
	bad(P "stopsignal=FOO\n", "value 'FOO' is not a valid signal name",
	    "program:x");
	bad(P "user=nouser\n", "Invalid user name nouser", "program:x");
	bad(P "exitcodes=0,256\n", "not a valid list of exit codes: '0,256'",
	    "program:x");
	bad(P "stdout_logfile=/nope/x.log\n",
	    "The directory named as part of the path /nope/x.log does not "
	    "exist",
	    "program:x");
	good(S "[program:]\ncommand=\n");
	ck_assert_str_eq(process("", 0)->command, "");
	good(P "numprocs=0\n");
	ck_assert_uint_eq(config_group_find(c, "x")->nprocesses, 0);
	ck_assert_int_eq(
	    load_with(P "numprocs=99999999999\n", 0, NULL, NULL), -1);
}
END_TEST

START_TEST(test_c175_c183_program_settled)
{
	const struct config_process *p;

	good(P "stopasgroup=true\nserverurl=auto\n");
	ck_assert(process("x", 0)->killasgroup);
	ck_assert_ptr_null(process("x", 0)->serverurl);
	good(P "redirect_stderr=true\nstderr_logfile=/tmp/e\n");
	p = process("x", 0);
	ck_assert_int_eq(
	    p->channel[CONFIG_STDERR].logfile.kind, CONFOPT_LOG_NONE);
	warning("For [program:x], redirect_stderr=true but stderr_logfile has "
		"also been set to a filename, the filename has been ignored");
	good(P "stdout_logfile=SysLog\n");
	p = process("x", 0);
	ck_assert_int_eq(
	    p->channel[CONFIG_STDOUT].logfile.kind, CONFOPT_LOG_NONE);
	ck_assert(p->channel[CONFIG_STDOUT].syslog);
	warning("For [program:x], stdout_logfile=syslog but this is "
		"deprecated and will be removed.  Use stdout_syslog=true to "
		"enable syslog instead.");
	good(P "stderr_logfile_maxbytes=0\nnumprocs=3\n"
	       "process_name=%(process_num)s\n");
	warning("For [program:x], AUTO logging used for stderr_logfile without "
		"rollover, set maxbytes > 0 to avoid filling up filesystem "
		"unintentionally");
}
END_TEST

START_TEST(test_c189_c196_groups)
{
	const struct config_group *g;

	good(S "[program:b]\ncommand=/b\n[program:a]\ncommand=/a\n"
	       "process_name=p%(process_num)d\nnumprocs=11\n"
	       "[fcgi-program:f]\ncommand=/f\nsocket=tcp://LocalHost:9000\n"
	       "[group:g]\nprograms=b, a,b,f\npriority=5\n[group:h]\n"
	       "programs=b\n[group:empty]\n[program:z]\ncommand=/z\n"
	       "priority=-2\n");
	ck_assert_uint_eq(c->ngroups, 4);
	ck_assert_str_eq(c->groups[0]->name, "z");
	ck_assert_str_eq(c->groups[1]->name, "g");
	ck_assert_str_eq(c->groups[2]->name, "empty");
	ck_assert_str_eq(c->groups[3]->name, "h");
	ck_assert_uint_eq(c->groups[2]->nprocesses, 0);
	g = c->groups[1];
	ck_assert_int_eq(g->kind, CONFIG_GROUP_GROUP);
	ck_assert_uint_eq(g->nprocesses, 13);
	ck_assert_str_eq(g->processes[0]->name, "b");
	/* P-076: p10 before p2. */
	ck_assert_str_eq(g->processes[2]->name, "p1");
	ck_assert_str_eq(g->processes[3]->name, "p10");
	/* C-194 */
	ck_assert_str_eq(g->processes[12]->socket->url, "tcp://localhost:9000");
	bad(S "[group:g]\nprograms=y\n",
	    "[group:g] names unknown program or fcgi-program y", NULL);
	bad(P "[group:g]\nprograms=x,\n",
	    "[group:g] names unknown program or fcgi-program ", NULL);
	bad(P "[fcgi-program:x]\n[group:g]\nprograms=x\n",
	    "[group:g] name x is ambiguous (exists as program and "
	    "fcgi-program)",
	    NULL);
	/* C-193 */
	bad(S "[eventlistener:e]\n[group:g]\nprograms=e\n",
	    "[group:g] names unknown program or fcgi-program e", NULL);
}
END_TEST

START_TEST(test_c195_duplicate_groups)
{
	good(P "[eventlistener:x]\ncommand=/e\nevents=TICK_5\n");
	ck_assert_uint_eq(c->ngroups, 1);
	ck_assert_int_eq(c->groups[0]->kind, CONFIG_GROUP_EVENTLISTENER);
	warning("[program:x] is ignored because [eventlistener:x] is a group "
		"of the same name");
	good(S "[program:a]\ncommand=/a\nprocess_name=same\n[program:b]\n"
	       "command=/b\nprocess_name=same\n[group:g]\nprograms=a,b\n");
	ck_assert_uint_eq(c->groups[0]->nprocesses, 1);
	ck_assert_str_eq(process("g", 0)->command, "/b");
}
END_TEST

START_TEST(test_c197_c202_eventlistener)
{
	const struct config_group *g;

#define E S "[eventlistener:x]\ncommand=/e\n"
	good(E "events=tick_60, PROCESS_STATE,TICK_60\n");
	g = c->groups[0];
	ck_assert_int_eq(g->priority, -1);
	ck_assert_int_eq(g->processes[0]->priority, 999);
	ck_assert_int_eq(g->processes[0]->kind, CONFIG_EVENTLISTENER);
	ck_assert_int_eq(g->buffer_size, 10);
	same(&g->events, "TICK_60|PROCESS_STATE|");
	ck_assert(g->event_mask & UINT64_C(1) << EVENT_PROCESS_STATE_FATAL);
	ck_assert(!(g->event_mask & UINT64_C(1) << EVENT_TICK_5));
	bad(E, "[eventlistener:x] section requires an \"events\" line", NULL);
	bad(E "events=tick,foo\n",
	    "Unknown event type FOO in [eventlistener:x] events", NULL);
	bad(E "events=TICK\nbuffer_size=0\n",
	    "[eventlistener:x] section sets invalid buffer_size (0)", NULL);
	bad(E "events=TICK\nredirect_stderr=true\n",
	    "[eventlistener:x] section sets redirect_stderr=true but this is "
	    "not allowed because it will interfere with the eventlistener "
	    "protocol",
	    NULL);
	ck_assert_int_eq(
	    load_with(E "events=TICK\nresult_handler=foo:bar\n", 0, NULL, NULL),
	    -1);
	ck_assert_ptr_nonnull(strstr(
	    err, "foo:bar cannot be resolved within [eventlistener:x]: "));
	bad(S "[eventlistener:a b]\ncommand=/e\nevents=TICK\n",
	    "Invalid name: 'a b' because of character: ' '",
	    "eventlistener:a b");
}
END_TEST

START_TEST(test_c203_c209_fcgi)
{
	const struct config_fcgi_socket *f;

#define F S "[fcgi-program:x]\ncommand=/f\n"
	good(F "socket=unix:///tmp/s\nsocket_owner=root:0\nsocket_mode=0600\n"
	       "socket_backlog=5\nnumprocs=2\nprocess_name=%(process_num)s\n");
	f = c->groups[0]->socket;
	ck_assert(f->is_unix);
	ck_assert_str_eq(f->path, "/tmp/s");
	ck_assert_int_eq(f->owner_gid, 0);
	ck_assert_int_eq(f->socket_mode, 0600);
	ck_assert_int_eq(f->socket_backlog, 5);
	ck_assert_ptr_eq(process("x", 0)->socket, process("x", 1)->socket);
	good(F "socket=unix:///tmp/s\nuser=nobody\n");
	f = c->groups[0]->socket;
	ck_assert_int_eq(f->owner_uid, process("x", 0)->user.uid);
	ck_assert_int_eq(f->owner_gid, process("x", 0)->user.gid);
	ck_assert_int_eq(f->socket_mode, 0700);
	good(F "socket=unix:///tmp//a/../s\n");
	ck_assert_str_eq(c->groups[0]->socket->url, "unix:///tmp/s");
	good(F "socket=tcp://LocalHost:09000\n");
	ck_assert_str_eq(c->groups[0]->socket->url, "tcp://localhost:9000");
	good(F "socket=tcp://[::1]:9000\n");
	ck_assert_str_eq(c->groups[0]->socket->host, "::1");
	bad(F, "[fcgi-program:x] section requires a \"socket\" line", NULL);
	bad(F "socket=\n",
	    "[fcgi-program:x] section requires a \"socket\" line", NULL);
	bad(F "socket=tcp://:9000\n",
	    "Bad socket format tcp://:9000 in [fcgi-program:x] socket", NULL);
	bad(F "socket=tcp://a:b:9000\n",
	    "Bad socket format tcp://a:b:9000 in [fcgi-program:x] socket",
	    NULL);
	bad(F "socket=tcp://[::1:9000\n",
	    "Bad socket format tcp://[::1:9000 in [fcgi-program:x] socket",
	    NULL);
	bad(F "socket=tcp://a:9000/\n",
	    "Bad socket format tcp://a:9000/ in [fcgi-program:x] socket", NULL);
	bad(F "socket=foo\n",
	    "Bad socket format foo in [fcgi-program:x] socket", NULL);
	bad(F "socket=unix://foo\n",
	    "Unix socket path foo is not an absolute path in "
	    "[fcgi-program:x] socket",
	    NULL);
	bad(F "socket=tcp://a:70000\n",
	    "70000 is above upper bound (65535) in [fcgi-program:x] socket",
	    NULL);
	bad(F "socket=unix:///a\nsocket_owner=nosuch\n",
	    "Invalid socket_owner value nosuch", "fcgi-program:x");
	bad(F "socket=unix:///a\nsocket_mode=9\n",
	    "Invalid socket_mode value 9", "fcgi-program:x");
	bad(F "socket=unix:///a\nsocket_backlog=0\n",
	    "Invalid socket_backlog value 0", "fcgi-program:x");
	bad(F "socket=unix:///a\nsocket_backlog=many\n",
	    "invalid literal for int() with base 10: 'many'", "fcgi-program:x");
	bad(F "socket=foo\nsocket_mode=0700\n",
	    "socket_owner and socket_mode params should only be used with a "
	    "Unix domain socket in [fcgi-program:x] socket",
	    NULL);
	bad(F "socket=tcp://a:1\nsocket_mode=0700\n",
	    "socket_owner and socket_mode params should only be used with a "
	    "Unix domain socket in [fcgi-program:x] socket",
	    NULL);
}
END_TEST

START_TEST(test_all_faults)
{
	struct config_errors errors = {NULL, 0, NULL};

	ck_assert_int_eq(
	    load_with(S "[program:a]\ncommand=/a\nstartsecs=x\n[program:b]\n"
			"[inet_http_server]\nport=b\n",
		0, NULL, &errors),
	    -1);
	ck_assert_uint_eq(errors.n, 3);
	ck_assert_str_eq(errors.v[0].text, err);
	ck_assert_str_eq(errors.v[0].key, "startsecs");
	ck_assert_str_eq(errors.v[0].section, "program:a");
	ck_assert_uint_eq(errors.v[0].line, 4);
	ck_assert_str_eq(errors.v[0].file, "f.conf");
	ck_assert_uint_eq(errors.v[1].line, 5);
	ck_assert_str_eq(errors.v[2].key, "port");
	config_errors_free(&errors);
}
END_TEST

/* Row 25: all faults of a section, each once, though its program is read for
 * two groups and would be read for each process. */
START_TEST(test_row25_every_key)
{
	struct config_errors errors = {NULL, 0, NULL};
	char keys[512] = "";
	size_t i;

	ck_assert_int_eq(
	    load_with("[supervisord]\nminfds=x\nloglevel=x\n"
		      "[program:a]\nprocess_name=%(process_num)d\n"
		      "startsecs=x\nstopsignal=x\nnumprocs=3\n"
		      "stdout_logfile=/nope/x\nenvironment=x\n"
		      "[group:g]\nprograms=a,b,c\npriority=x\n"
		      "[group:h]\nprograms=a\n"
		      "[eventlistener:e]\ncommand=e\nbuffer_size=0\n"
		      "priority=x\nevents=x\nautostart=x\n"
		      "[fcgi-program:f]\ncommand=f\nsocket_mode=x\n"
		      "socket=x\n[unix_http_server]\nchmod=x\nusername=x\n",
		0, NULL, &errors),
	    -1);
	ck_assert_str_eq(errors.v[0].text, err);
	for (i = 0; i < errors.n; i++) {
		strlcat(keys, errors.v[i].key != NULL ? errors.v[i].key : "-",
		    sizeof(keys));
		strlcat(keys, " ", sizeof(keys));
	}
	ck_assert_str_eq(keys,
	    "minfds loglevel priority startsecs stopsignal environment "
	    "stdout_logfile programs programs priority buffer_size events "
	    "autostart socket_mode socket - chmod - ");
	config_errors_free(&errors);
}
END_TEST

START_TEST(test_row38_percent)
{
	struct config_errors errors = {NULL, 0, NULL};
	const struct config_process *p;

	ck_assert_int_eq(load_with(S "[program:a]\n"
				     " command = date +%H%M %(here)s 5%\n",
			     0, NULL, &errors),
	    -1);
	ck_assert_uint_eq(errors.n, 1);
	ck_assert_uint_eq(errors.v[0].line, 3);
	ck_assert_uint_eq(errors.v[0].column, 18);
	ck_assert_str_eq(errors.v[0].hint, "command=date +%%H%%M %(here)s 5%%");
	config_errors_free(&errors);
	good(S "[program:a]\ncommand=date +%H 5% %(here)s\n"
	       "environment=A=\"%d\"\ninterpolate=false\n");
	warning(NULL);
	p = process("a", 0);
	ck_assert_str_eq(p->command, "date +%H 5% %(here)s");
	ck_assert_str_eq(p->name, "a");
	same(&p->environment, "A=%d|");
	bad(P "interpolate=x\n", "not a valid boolean value: 'x'", "program:x");
}
END_TEST

START_TEST(test_row25_check)
{
	struct config_source source = {.configuration = "f.conf",
	    .directory = dir,
	    .environ = environment};
	char *text;
	size_t len;
	FILE *f;

	put("f.conf", P "command=5%\n[program:y]\n[group:g]\nprograms=z\n");
	ck_assert_ptr_nonnull(f = open_memstream(&text, &len));
	ck_assert_int_eq(config_check(&source, f), 2);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(text,
	    "f.conf:4:10: [program:x] command: Format string '5%' for "
	    "'program:x.command' is badly formatted: incomplete format in "
	    "section 'program:x' (file: 'f.conf')\n"
	    "write: command=5%%\n"
	    "f.conf:5: [program:y] program section program:y does not specify "
	    "a command in section 'program:y' (file: 'f.conf')\n"
	    "f.conf:7: [group:g] programs: [group:g] names unknown program "
	    "or fcgi-program z\n");
	free(text);
	put("f.conf", P "foo=1\n");
	ck_assert_ptr_nonnull(f = open_memstream(&text, &len));
	ck_assert_int_eq(config_check(&source, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(text,
	    "warning: unknown key foo in section "
	    "[program:x] (f.conf:4)\n");
	free(text);
}
END_TEST

/* Compares the loaded configuration with another text and counts groups. */
static void
reread(const char *text, size_t added, size_t changed, size_t removed)
{
	struct config *old = c;
	struct config_diff d;

	c = NULL;
	good(text);
	ck_assert_int_eq(config_diff(&d, old->groups, old->ngroups, c), 0);
	ck_assert_uint_eq(d.nadded, added);
	ck_assert_uint_eq(d.nchanged, changed);
	ck_assert_uint_eq(d.nremoved, removed);
	config_diff_free(&d);
	config_unref(c);
	c = old;
}

START_TEST(test_x074_x077_reread)
{
#define B P "environment=A=1,B=2\nstdout_logfile=AUTO\n"
	good(B);
	reread(B, 0, 0, 0);
	reread(S "[program:x]\nstdout_logfile=AUTO\nenvironment=B=2,A=1\n"
		 "command=/bin/cat\nunknown=1\n",
	    0, 0, 0);
	reread(S, 0, 0, 1);
	reread(B "[program:b]\ncommand=/b\n[program:a]\ncommand=/a\n", 2, 0, 0);
	reread(B "priority=1\n", 0, 1, 0);
	reread(B "umask=022\n", 0, 1, 0);
	reread(B "serverurl=http://x\n", 0, 1, 0);
	reread(B "exitcodes=0,2\n", 0, 1, 0);
	reread(B "process_name=y\n", 0, 1, 0);
	/* a file instead of AUTO is a change. */
	reread(P "environment=A=1,B=2\nstdout_logfile=/tmp/f\n", 0, 1, 0);
	reread(P "environment=A=1,B=3\n", 0, 1, 0);
	reread("[supervisord]\nenvironment=C=3\n[program:x]\n"
	       "command=/bin/cat\nenvironment=A=1,B=2\n",
	    0, 1, 0);
	reread(S "loglevel=debug\n[program:x]\ncommand=/bin/cat\n"
		 "environment=A=1,B=2\n",
	    0, 0, 0);
}
END_TEST

START_TEST(test_x076_pools_and_sockets)
{
#define L S "[eventlistener:e]\ncommand=/e\n"
#define G S "[fcgi-program:f]\ncommand=/f\n"
	good(L "events=TICK,PROCESS_LOG\n");
	reread(L "events=PROCESS_LOG,TICK\n", 0, 0, 0);
	reread(L "events=TICK\n", 0, 1, 0);
	reread(L "events=TICK,PROCESS_LOG\nbuffer_size=9\n", 0, 1, 0);
	reread(L "events=TICK,PROCESS_LOG\nlistener_timeout=9\n", 0, 1, 0);
	good(G "socket=unix:///a\n");
	reread(G "socket=unix:///a\nsocket_mode=0777\n", 0, 0, 0);
	reread(G "socket=unix:///b\n", 0, 1, 0);
	good(S "[program:a]\ncommand=/a\n[program:b]\ncommand=/b\n[group:g]\n"
	       "programs=a,b\n");
	reread(S "[program:a]\ncommand=/a\n[program:b]\ncommand=/b\n"
		 "[group:g]\nprograms=b,a\n",
	    0, 1, 0);
}
END_TEST

START_TEST(test_process_diff)
{
	const struct confopt *rows[4];
	enum confopt_change worst;
	struct config *old;

	good(P "startsecs=2\n");
	old = c;
	c = NULL;
	good(P "startsecs=3\nautostart=false\n");
	ck_assert_uint_eq(config_process_diff(old->groups[0]->processes[0],
			      process("x", 0), rows, 4, &worst),
	    2);
	ck_assert_str_eq(rows[0]->name, "autostart");
	ck_assert_str_eq(rows[1]->name, "startsecs");
	ck_assert_int_eq(worst, CONFOPT_CHANGE_LIVE);
	good(P "startsecs=2\ndirectory=/tmp\n");
	ck_assert_uint_eq(config_process_diff(old->groups[0]->processes[0],
			      process("x", 0), rows, 4, &worst),
	    1);
	ck_assert_int_eq(worst, CONFOPT_CHANGE_RESTART);
	config_unref(old);
}
END_TEST

/* Notes the names and some values of getAllConfigInfo fields. */
static void
note(void *arg, const struct confopt *o, const char *info,
    const struct confopt_value *v)
{
	char *text = arg;

	strlcat(text, info, 4096);
	if (o->type == CONFOPT_LOGFILE) {
		strlcat(text, "=", 4096);
		strlcat(text, v->string, 4096);
	} else if (!v->is_set)
		strlcat(text, "=none", 4096);
	strlcat(text, " ", 4096);
}

START_TEST(test_x119_x130_info)
{
	char text[4096] = "";

	good(P "stdout_logfile=NONE\n");
	config_process_info(process("x", 0), note, text);
	ck_assert_str_eq(text,
	    "process_prio autostart autorestart startsecs startretries "
	    "stopsignal stopwaitsecs killasgroup exitcodes redirect_stderr "
	    "stdout_capture_maxbytes stdout_events_enabled "
	    "stderr_capture_maxbytes stderr_events_enabled serverurl=none "
	    "uid=none directory=none stdout_logfile=none "
	    "stdout_logfile_backups stdout_logfile_maxbytes stdout_syslog "
	    "stderr_logfile=auto stderr_logfile_backups "
	    "stderr_logfile_maxbytes stderr_syslog command ");
}
END_TEST

/* Parses a command line of words separated by blanks; its fault or NULL. */
static const char *
cmdline(const char *words, struct config_cmdline *cl)
{
	static char copy[256];
	char *argv[16], *p = copy;
	int n = 0;

	free(err);
	snprintf(copy, sizeof(copy), "supervisord %s", words);
	while ((argv[n] = strsep(&p, " ")) != NULL)
		n += *argv[n] != '\0';
	if (config_cmdline_parse(cl, n, argv, &err) == 0)
		return NULL;
	return err;
}

START_TEST(test_c001_c008_cmdline_faults)
{
	static const char *const table[][2] = {
	    {"-Z", "option -Z not recognized"},
	    {"--foo", "option --foo not recognized"},
	    {"-c", "option -c requires argument"},
	    {"--user", "option --user requires argument"},
	    {"--version=3", "option --version must not have an argument"},
	    {"--n", "option --n not a unique prefix"},
	    {"-n foo bar",
		"positional arguments are not supported: ['foo', 'bar']"},
	    {"-l a -l b", "conflicting command line option '-l'"},
	    {"-l a --logfile=b", "conflicting command line option '--logfile'"},
	    {"-nn", "conflicting command line option '-n'"},
	    {"-e bogus",
		"invalid value for -e 'bogus': bad logging level "
		"name 'bogus'"},
	    {"--logle bogus",
		"invalid value for --loglevel 'bogus': bad "
		"logging level name 'bogus'"},
	    {"-m9",
		"invalid value for -m '9': 9 can not be converted to an "
		"octal type"},
	    {"-d /nope",
		"invalid value for -d '/nope': /nope is not an "
		"existing directory"},
	    {"-a x",
		"invalid value for -a 'x': invalid literal for int() "
		"with base 10: 'x'"},
	    {"-h -Z", "option -Z not recognized"},
	    {"-nn -h", "conflicting command line option '-n'"},
	    {"-- -n", "positional arguments are not supported: ['-n']"},
	};
	struct config_cmdline cl;
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fault = cmdline(table[i][0], &cl);
		ck_assert_msg(fault != NULL, "%s is accepted", table[i][0]);
		ck_assert_str_eq(fault, table[i][1]);
	}
}
END_TEST

START_TEST(test_c010_c031_cmdline)
{
	struct config_cmdline cl;
	char *text;
	size_t len;
	FILE *f;

	ck_assert_str_eq(
	    cmdline("--mi=3", &cl), "option --mi not a unique prefix");
	ck_assert_ptr_null(cmdline("-nsc/a/b --minp=3 -u nouser "
				   "--profile_options=x --test-config",
	    &cl));
	ck_assert_str_eq(cl.configuration, "/a/b");
	ck_assert(cl.test_config && !cl.help && !cl.version);
	ck_assert_uint_eq(cl.noverrides, 4);
	ck_assert_str_eq(cl.overrides[2].option->name, "minprocs");
	ck_assert_str_eq(cl.overrides[2].text, "3");
	config_cmdline_free(&cl);
	ck_assert_ptr_null(cmdline("-v -h -v", &cl));
	ck_assert(cl.version && !cl.help);
	config_cmdline_free(&cl);
	ck_assert_ptr_null(cmdline("-?", &cl));
	ck_assert(cl.help);
	config_cmdline_free(&cl);
	ck_assert_ptr_nonnull(f = open_memstream(&text, &len));
	config_cmdline_usage(f, "/usr/bin/supervisord");
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ptr_nonnull(strstr(text, "Usage: /usr/bin/supervisord "));
	ck_assert_ptr_nonnull(strstr(text, "-y/--logfile_maxbytes BYTES "));
	ck_assert_str_eq(text + len - 2, "\n\n");
	free(text);
}
END_TEST

START_TEST(test_c032_c033_search)
{
	struct config_cmdline cl;
	char exe[128], sub[128], *found;

	ck_assert_ptr_null(cmdline("", &cl));
	snprintf(exe, sizeof(exe), "%s/bin/supervisord", dir);
	snprintf(sub, sizeof(sub), "%s/etc", dir);
	ck_assert_int_eq(mkdir(sub, 0755), 0);
	put("etc/supervisord.conf", "");
	found = config_find(&cl, "/nope/bin/supervisord", dir, &err);
	ck_assert_str_eq(found, "etc/supervisord.conf");
	free(found);
	found = config_find(&cl, exe, "/nope", &err);
	snprintf(sub, sizeof(sub), "%s/etc/supervisord.conf", dir);
	ck_assert_str_eq(found, sub);
	free(found);
	config_cmdline_free(&cl);
	ck_assert_ptr_null(cmdline("-c x", &cl));
	found = config_find(&cl, exe, dir, &err);
	ck_assert_str_eq(found, "x");
	free(found);
	config_cmdline_free(&cl);
}
END_TEST

START_TEST(test_c077_c095_l008_l014_ctlconf)
{
	struct ctlconf ctl;
	char expected[128];

	ctlconf_init(&ctl);
	ck_assert_str_eq(ctl.serverurl, "http://localhost:9001");
	ck_assert_str_eq(ctl.prompt, "supervisor");
	ck_assert_ptr_null(ctl.username);
	put("f.conf",
	    "[supervisorctl]\nserverurl=unix://a/../s\nprompt="
	    "%(ENV_A)s\nhistory_file=%(here)s/h\n");
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "f.conf", dir, environment, &err), 0);
	snprintf(expected, sizeof(expected), "unix://%s/s", dir);
	ck_assert_str_eq(ctl.serverurl, expected);
	ck_assert_str_eq(ctl.prompt, "os");
	snprintf(expected, sizeof(expected), "%s/h", dir);
	ck_assert_str_eq(ctl.history_file, expected);
	/* C-095: an [include] is not followed. */
	put("f.conf",
	    "[supervisorctl]\nserverurl=http://%(ENV_A)s%(here)s\n"
	    "[include]\nfiles=%(nope)s\n");
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "f.conf", dir, environment, &err), 0);
	snprintf(expected, sizeof(expected), "http://os%s", dir);
	ck_assert_str_eq(ctl.serverurl, expected);
	put("f.conf", "[supervisorctl]\nprompt=%(here)s\n");
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "f.conf", dir, environment, &err), -1);
	ck_assert_ptr_nonnull(strstr(err, "contains names ('here')"));
	free(err);
	put("f.conf", "[supervisord]\n");
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "f.conf", dir, environment, &err), -1);
	ck_assert_str_eq(
	    err, ".ini file does not include supervisorctl section");
	free(err);
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "/nope", dir, environment, &err), -1);
	ck_assert_str_eq(err, "could not find config file /nope");
	ctlconf_free(&ctl);
}
END_TEST

START_TEST(test_l083_to_l085_sample)
{
	struct ctlconf ctl;
	char *text, key[64];
	const struct confopt *o;
	size_t len;
	FILE *f;

	ck_assert_ptr_nonnull(f = open_memstream(&text, &len));
	config_sample(f);
	ck_assert_int_eq(fclose(f), 0);
	good(text);
	warning(NULL);
	ck_assert_str_eq(c->servers[0]->file, "/tmp/supervisor.sock");
	ck_assert_str_eq(c->supervisord.logfile, "/tmp/supervisord.log");
	ck_assert_str_eq(c->supervisord.pidfile, "/tmp/supervisord.pid");
	ck_assert_str_eq(c->rpcinterfaces[0]->name, "supervisor");
	ck_assert_uint_eq(c->ngroups, 0);
	ctlconf_init(&ctl);
	ck_assert_int_eq(
	    ctlconf_read(&ctl, "f.conf", dir, environment, &err), 0);
	ck_assert_str_eq(ctl.serverurl, "unix:///tmp/supervisor.sock");
	ctlconf_free(&ctl);
	/* Every key of the table is shown, with its documentation. */
	for (o = config_options; o->name != NULL; o++) {
		snprintf(key, sizeof(key), "%s=", o->name);
		ck_assert_msg(strstr(text, key) != NULL, "%s", key);
		ck_assert_ptr_nonnull(strstr(text, o->doc));
	}
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_c119_c137_supervisord_defaults);
	tcase_add_test(tc, test_c119_c137_supervisord);
	tcase_add_test(tc, test_c030_precedence);
	tcase_add_test(tc, test_c035_c036_missing_file);
	tcase_add_test(tc, test_c060_c062_unknown);
	tcase_add_test(tc, test_b302_depends_on);
	tcase_add_test(tc, test_b302_groups);
	tcase_add_test(tc, test_b402_readiness);
	tcase_add_test(tc, test_b402_readiness_faults);
	tcase_add_test(tc, test_c070_c083_names);
	tcase_add_test(tc, test_c071_no_stale_names);
	tcase_add_test(tc, test_c079_group_level_names);
	tcase_add_test(tc, test_c084_logfile_twice);
	tcase_add_test(tc, test_c085_c094_include);
	tcase_add_test(tc, test_c086_c093_include_faults);
	tcase_add_test(tc, test_c138_c145_servers);
	tcase_add_test(tc, test_c155_c158_rpcinterface);
	tcase_add_test(tc, test_c161_c187_program_defaults);
	tcase_add_test(tc, test_c161_c187_program_faults);
	tcase_add_test(tc, test_c175_c183_program_settled);
	tcase_add_test(tc, test_c189_c196_groups);
	tcase_add_test(tc, test_c195_duplicate_groups);
	tcase_add_test(tc, test_c197_c202_eventlistener);
	tcase_add_test(tc, test_c203_c209_fcgi);
	tcase_add_test(tc, test_all_faults);
	tcase_add_test(tc, test_row25_every_key);
	tcase_add_test(tc, test_row38_percent);
	tcase_add_test(tc, test_row25_check);
	tcase_add_test(tc, test_x074_x077_reread);
	tcase_add_test(tc, test_x076_pools_and_sockets);
	tcase_add_test(tc, test_process_diff);
	tcase_add_test(tc, test_x119_x130_info);
	tcase_add_test(tc, test_c001_c008_cmdline_faults);
	tcase_add_test(tc, test_c010_c031_cmdline);
	tcase_add_test(tc, test_c032_c033_search);
	tcase_add_test(tc, test_c077_c095_l008_l014_ctlconf);
	tcase_add_test(tc, test_l083_to_l085_sample);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
