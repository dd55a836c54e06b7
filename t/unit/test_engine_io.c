/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/io: the roster that outlives the engine, commands and their
 * environment (P-043 to P-047, P-062), AUTO logs' names (C-235 to C-237), the
 * loop's timers, output channels and stdin (P-140, P-155, P-157, B-501).
 */
#include "supervisord/io/output.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "common/pool.h"
#include "supervisord/io/autolog.h"
#include "supervisord/io/command.h"
#include "supervisord/io/inpipe.h"
#include "supervisord/io/roster.h"

static char dir[64];
static struct loop *loop;
static void *block;
static struct journal *journal;

static void
setup(void)
{
	strcpy(dir, "/tmp/test_engine_io.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_ptr_ne(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	loop = loop_new();
	block = calloc(1, journal_size());
	journal = journal_new(block);
	ck_assert_ptr_nonnull(loop);
	ck_assert_ptr_nonnull(journal);
}

static void
teardown(void)
{
	char command[96];

	free(journal);
	free(block);
	loop_free(loop);
	ck_assert_int_eq(chdir("/"), 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
stop_loop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* Run the loop for a while. */
static void
run_for(int64_t ms)
{
	struct loop_timer *timer = loop_timer_new(loop, stop_loop, NULL);

	ck_assert_ptr_nonnull(timer);
	loop_timer_set(timer, loop_now_ms() + ms);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_timer_free(timer);
}

static size_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static int ended;

static void
on_closed(void *arg)
{
	struct output **o = arg;

	ended++;
	output_free(*o); /* allowed inside */
	*o = NULL;
}

/* A pipe whose read end goes to an output with this log. */
static struct output *
make_output(struct logfile *log, int *writer, struct output **self)
{
	struct output_settings set = {.loop = loop,
	    .journal = journal,
	    .owner = 5,
	    .process = "p",
	    .channel = "stdout",
	    .log = log,
	    .closed = on_closed,
	    .arg = self};
	int fds[2];

	ended = 0;
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	*writer = fds[1];
	*self = output_new(fds[0], &set);
	ck_assert_ptr_nonnull(*self);
	return *self;
}

START_TEST(output_to_end)
{
	struct output *o;
	int fd;

	make_output(logfile_open("log", 0, 0), &fd, &o);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	run_for(20);
	ck_assert_uint_eq(size_of("log"), 5);
	ck_assert_int_eq(ended, 0);
	ck_assert_int_eq(write(fd, " world", 6), 6);
	close(fd);
	run_for(50);
	ck_assert_uint_eq(size_of("log"), 11);
	ck_assert_int_eq(ended, 1);
	ck_assert_ptr_null(o);
}
END_TEST

/* P-034: what is there is read at once, without the loop. */
START_TEST(output_drains)
{
	struct output *o;
	int fd;

	make_output(logfile_open("log", 0, 0), &fd, &o);
	ck_assert_int_eq(write(fd, "0123456789", 10), 10);
	output_drain(o);
	ck_assert_uint_eq(size_of("log"), 10);
	output_put(o, "ab", 2);
	ck_assert_uint_eq(size_of("log"), 12);
	close(fd);
	output_free(o);
}
END_TEST

/* A log that is a full pipe holds the program up, not us, and loses nothing. */
START_TEST(output_waits_for_log)
{
	static char buf[65536], got[1 << 20];
	size_t sent = 0, received = 0;
	struct output *o;
	int fd, reader;
	ssize_t n;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	make_output(logfile_open("fifo", 10, 1), &fd, &o);
	memset(buf, 'x', sizeof(buf));
	for (int i = 0; i < 20; i++) {
		if ((n = write(fd, buf, sizeof(buf))) > 0)
			sent += (size_t)n;
		run_for(5);
	}
	ck_assert_uint_gt(sent, sizeof(buf));
	ck_assert_uint_lt(sent, 20 * sizeof(buf)); /* it was held up */
	for (int i = 0; i < 50 && received < sent; i++) {
		while ((n = read(reader, got, sizeof(got))) > 0)
			received += (size_t)n;
		run_for(5);
	}
	ck_assert_uint_eq(received, sent);
	close(fd);
	close(reader);
	output_free(o);
}
END_TEST

/* B-501: the next engine writes what is not written, and no more. */
START_TEST(output_recovers)
{
	struct logfile *log = logfile_open("log", 0, 0);
	const unsigned char *data;
	struct logfile_mark mark;
	struct output *o;
	uint64_t owner;
	size_t len;
	int fd;

	ck_assert_int_eq(logfile_write(log, "before ", 7, NULL), 7);
	memcpy(journal_begin(journal, 5, 6), "abcdef", 6);
	journal_have(journal, 6);
	ck_assert_int_eq(
	    logfile_write(log, "abc", 3, journal_mark(journal)), 3);
	make_output(log, &fd, &o);
	ck_assert(journal_recover(journal, &owner, &data, &len, &mark));
	ck_assert_uint_eq(owner, 5);
	output_recover(o, data, len, &mark);
	journal_end(journal);
	ck_assert_uint_eq(size_of("log"), 13);
	output_free(o);
	close(fd);
}
END_TEST

/* P-155, P-157: queued beyond what the pipe takes, up to a limit. */
START_TEST(stdin_queue)
{
	static char buf[300000], got[400000];
	struct inpipe *in;
	size_t total = 0;
	int fds[2];
	ssize_t n;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	in = inpipe_new(loop, fds[1]);
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(inpipe_write(in, buf, sizeof(buf), 500000), 0);
	ck_assert_int_eq(inpipe_write(in, buf, sizeof(buf), 500000), -1);
	ck_assert_int_eq(errno, ENOBUFS);
	for (int i = 0; i < 100 && total < sizeof(buf); i++) {
		run_for(2);
		while ((n = read(fds[0], got, sizeof(got))) > 0)
			total += (size_t)n;
	}
	ck_assert_uint_eq(total, sizeof(buf));
	close(fds[0]);
	ck_assert_int_eq(inpipe_write(in, "x", 1, 500000), -1);
	ck_assert_int_eq(errno, EPIPE);
	inpipe_free(in);
}
END_TEST

static char fired[16];

static void
fire(void *arg)
{
	strcat(fired, arg);
}

/* Timers of one moment fire in the order they were set; one that is past fires
 * in the next turn, not inside the call. */
START_TEST(timers)
{
	static char name[3][2] = {"a", "b", "c"};
	struct loop_timer *timer[3];
	int64_t now = loop_now_ms();

	fired[0] = '\0';
	for (int i = 2; i >= 0; i--) {
		timer[i] = loop_timer_new(loop, fire, name[i]);
		loop_timer_set(timer[i], now + 20);
	}
	loop_timer_set(timer[1], LOOP_NEVER);
	run_for(40);
	ck_assert_str_eq(fired, "ca");
	loop_timer_set(timer[1], now - 1000);
	ck_assert_str_eq(fired, "ca");
	run_for(5);
	ck_assert_str_eq(fired, "cab");
	for (int round = 0; round < 40; round++) {
		fired[0] = '\0';
		now = loop_now_ms();
		for (int i = 0; i < 3; i++)
			loop_timer_set(timer[i], now + 2);
		run_for(4);
		ck_assert_str_eq(fired, "abc");
	}
	for (int i = 0; i < 3; i++)
		loop_timer_free(timer[i]);
}
END_TEST

/* What one engine writes, the next one reads; ids are never used twice. */
START_TEST(roster)
{
	void *memory = calloc(1, roster_size());
	struct roster *r = roster_new(memory);
	char longer[ROSTER_KEY_MAX + 10];
	int a, b, c;
	uint64_t id;

	memset(longer, 'n', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	a = roster_claim(r, "g", "a");
	b = roster_claim(r, "g", longer);
	longer[0] = 'm';
	ck_assert_int_eq(roster_find(r, "g", longer), -1);
	ck_assert_int_eq(roster_claim(r, "g", "a"), a);
	ck_assert_int_ne(a, b);
	id = roster_next_id(r, a);
	ck_assert_int_eq(roster_slot_of(id), a);
	ck_assert_int_eq(roster_slot_of(7), -1);
	roster_entry(r, a)->proc.pid = 42;
	roster_write(r, a);
	roster_head(r)->warm = 1;
	roster_write_head(r);
	roster_entry(r, b)->proc.pid = 43; /* not written: not there */
	roster_free(r);
	r = roster_new(memory);
	ck_assert_uint_eq(roster_head(r)->warm, 1);
	ck_assert_int_eq(roster_find(r, "g", "a"), a);
	ck_assert_int_eq(roster_entry(r, a)->proc.pid, 42);
	ck_assert_int_eq(roster_entry(r, b)->proc.pid, 0);
	roster_release(r, a);
	ck_assert_int_eq(roster_find(r, "g", "a"), -1);
	c = roster_claim(r, "g", "c");
	ck_assert_int_eq(c, a); /* the slot again, not the id */
	ck_assert_uint_gt(roster_next_id(r, c), id);
	for (int i = 2; i < ROSTER_SLOTS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_ne(roster_claim(r, "many", name), -1);
	}
	ck_assert_int_eq(roster_claim(r, "many", "one more"), -1);
	ck_assert_int_eq(errno, ENOSPC);
	roster_clear(r);
	ck_assert_int_eq(roster_find(r, "g", "c"), -1);
	ck_assert_int_eq(roster_check(memory, roster_size()), 0);
	ck_assert_int_eq(roster_check(memory, roster_size() - 1), -1);
	/* A table of another version is not touched (B-502). */
	roster_head(r)->version = 99;
	roster_write_head(r);
	roster_free(r);
	ck_assert_int_eq(roster_check(memory, roster_size()), -1);
	ck_assert(!roster_is_current(memory, roster_size()));
	ck_assert_ptr_null(roster_convert(memory, roster_size()));
	ck_assert_ptr_null(roster_new(memory));
	ck_assert_int_eq(errno, EINVAL);
	free(memory);
}
END_TEST

/* What an older or newer build has written: parts of other lengths (B-502). */
START_TEST(roster_formats)
{
	const size_t own = offsetof(struct roster_entry, proc);
	const struct {
		size_t entry, proc;
	} formats[] = {{own, offsetof(struct proc_record, spawnerr)},
	    {own + 64, sizeof(struct proc_record) + 128},
	    {own - CONFIG_NCHANNELS * ROSTER_AUTO_MAX, 32}};

	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		size_t len = formats[f].entry + formats[f].proc;
		size_t head = APPBASE_RECORD_SIZE(256);
		size_t size = head + 3 * APPBASE_RECORD_SIZE(len);
		unsigned char *old = calloc(1, size), *entry = calloc(1, len);
		struct proc_record proc = {.state = 20, .pid = 42};
		unsigned char text[256] = {0};
		struct roster_head h = {.version = 2,
		    .used = 2,
		    .warm = 1,
		    .engines = 7,
		    .slots = 3,
		    .entry_len = (uint32_t)formats[f].entry,
		    .proc_len = (uint32_t)formats[f].proc};
		struct roster *r;
		void *memory;

		memcpy(text, &h, sizeof(h));
		appbase_record_write(old, text, sizeof(text));
		memset(entry, 0xee, len);
		(void)snprintf((char *)entry, ROSTER_KEY_MAX, "g:a");
		memset(entry + offsetof(struct roster_entry, spawns), 0, 8);
		memcpy(entry + formats[f].entry, &proc,
		    formats[f].proc < sizeof(proc) ? formats[f].proc
						   : sizeof(proc));
		appbase_record_write(
		    old + head + APPBASE_RECORD_SIZE(len), entry, len);
		ck_assert_int_eq(roster_check(old, size), 0);
		ck_assert_int_eq(roster_check(old, size - 1), -1);
		ck_assert(!roster_is_current(old, size));
		memory = roster_convert(old, size);
		ck_assert_ptr_nonnull(memory);
		ck_assert(roster_is_current(memory, roster_size()));
		r = roster_new(memory);
		ck_assert_ptr_nonnull(r);
		ck_assert_uint_eq(roster_head(r)->engines, 7);
		ck_assert_uint_eq(roster_head(r)->warm, 1);
		ck_assert_int_eq(roster_find(r, "g", "a"), 1);
		ck_assert_int_eq(roster_entry(r, 1)->proc.state, 20);
		ck_assert_int_eq(roster_entry(r, 1)->proc.pid, 42);
		ck_assert_str_eq(roster_entry(r, 1)->proc.spawnerr, "");
		ck_assert_int_eq(roster_claim(r, "g", "b"), 0);
		ck_assert_int_eq(roster_claim(r, "g", "c"), 2);
		roster_free(r);
		free(memory);
		free(entry);
		free(old);
	}
}
END_TEST

static enum action_result
resolve(const char *text, const char *directory, const char *path_variable,
    char *found, char *err)
{
	const char *env[] = {"A=b", path_variable, NULL};
	struct config_process config = {.command = text,
	    .directory = directory,
	    .environment = {env, path_variable != NULL ? 2 : 1}};
	struct pool *pool = pool_new();
	struct command command;
	enum action_result result;

	err[0] = found[0] = '\0';
	result =
	    command_resolve(&config, "/bin:/usr/bin", pool, &command, err, 512);
	if (result == ACTION_SUCCESS)
		(void)snprintf(
		    found, 512, "%s %s", command.argv[0], command.path);
	pool_free(pool);
	return result;
}

START_TEST(commands)
{
	char found[512], err[512];

	ck_assert_int_eq(
	    resolve("cat 'a b'", NULL, NULL, found, err), ACTION_SUCCESS);
	ck_assert_str_eq(found, "cat /bin/cat");
	ck_assert_int_eq(
	    resolve("cat", NULL, "PATH=/nowhere", found, err), ACTION_NO_FILE);
	ck_assert_str_eq(err, "can't find command 'cat'");
	ck_assert_int_eq(resolve("/bin/echo \\", NULL, NULL, found, err),
	    ACTION_NOT_EXECUTABLE);
	ck_assert_str_eq(
	    err, "can't parse command '/bin/echo \\\\': No escaped character");
	ck_assert_int_eq(
	    resolve("  ", NULL, NULL, found, err), ACTION_NOT_EXECUTABLE);
	ck_assert_str_eq(err, "command is empty");
	/* P-047: relative to the program's directory */
	ck_assert_int_eq(mkdir("sub", 0755), 0);
	close(open("sub/run", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
	ck_assert_int_eq(
	    resolve("./run", NULL, NULL, found, err), ACTION_NO_FILE);
	ck_assert_int_eq(
	    resolve("./run", "sub", NULL, found, err), ACTION_SUCCESS);
	ck_assert_str_eq(found, "./run ./run");
	ck_assert_int_eq(chmod("sub/run", 0644), 0);
	ck_assert_int_eq(
	    resolve("sub/run", NULL, NULL, found, err), ACTION_NOT_EXECUTABLE);
	ck_assert_str_eq(err, "command at 'sub/run' is not executable");
}
END_TEST

/* P-062: inherited, ours, the configured; the library's own stay out. */
START_TEST(environment)
{
	char base0[] = "HOME=/h", base1[] = "APP_BASE_DAEMON_PID=7",
	     base2[] = "SUPERVISOR_SERVER_URL=old", base3[] = "X=1";
	char *base[] = {base0, base1, base2, base3, NULL};
	const char *configured[] = {
	    "X=2", "SUPERVISOR_PROCESS_NAME=mine", "NEW=", NULL};
	struct command_environment set = {.base = base,
	    .process = "p",
	    .group = "g",
	    .configured = {configured, 3}};
	static const char *const want[] = {"HOME=/h",
	    "SUPERVISOR_SERVER_URL=old", "X=2", "SUPERVISOR_ENABLED=1",
	    "SUPERVISOR_PROCESS_NAME=mine", "SUPERVISOR_GROUP_NAME=g", "NEW="};
	struct pool *pool = pool_new();
	char *const *env = command_environment(&set, pool);
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_str_eq(env[i], want[i]);
	ck_assert_ptr_null(env[i]);
	set.server_url = "http://x";
	env = command_environment(&set, pool);
	ck_assert_str_eq(env[1], "SUPERVISOR_SERVER_URL=http://x");
	pool_free(pool);
}
END_TEST

START_TEST(autolog_names)
{
	char random[AUTOLOG_RANDOM + 1], *path, *again;

	path = autolog_create(dir, "p", "stdout", "super.visor", random);
	ck_assert_ptr_nonnull(path);
	again = autolog_path(dir, "p", "stdout", "super.visor", random);
	ck_assert_str_eq(path, again);
	ck_assert(autolog_is_name("p-stdout---i-abc.log", "i"));
	ck_assert(autolog_is_name("p-stdout---i-abc.log.12", "i"));
	ck_assert(!autolog_is_name("p-stdout---j-abc.log", "i"));
	ck_assert(!autolog_is_name("---i-abc.log", "i"));
	ck_assert(!autolog_is_name("p---i-.log", "i"));
	ck_assert(!autolog_is_name("p---i-a b.log", "i"));
	ck_assert(!autolog_is_name("p---superXvisor-a.log", "super.visor"));
	close(open("other.log", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	autolog_clean(dir, "super.visor");
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(access("other.log", F_OK), 0);
	free(path);
	free(again);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_io");
	TCase *t = tcase_create("engine_io");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, output_to_end);
	tcase_add_test(t, output_drains);
	tcase_add_test(t, output_waits_for_log);
	tcase_add_test(t, output_recovers);
	tcase_add_test(t, stdin_queue);
	tcase_add_test(t, timers);
	tcase_add_test(t, roster);
	tcase_add_test(t, roster_formats);
	tcase_add_test(t, commands);
	tcase_add_test(t, environment);
	tcase_add_test(t, autolog_names);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
