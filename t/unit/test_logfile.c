/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord/io: log files (P-140 to P-146, P-152 to P-154), the journal of
 * the chunk in flight, and the main log's lines (C-227, C-240 to C-243).
 */
#include "supervisord/io/logfile.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/io/journal.h"
#include "supervisord/io/mainlog.h"

static char dir[64];

static void
setup(void)
{
	strcpy(dir, "/tmp/test_logfile.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void
teardown(void)
{
	char command[96];

	ck_assert_int_eq(chdir("/"), 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* The content of a file, "-" if there is none. */
static const char *
content(const char *path)
{
	static char buf[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return "-";
	n = read(fd, buf, sizeof(buf) - 1);
	ck_assert_int_ge(n, 0);
	buf[n] = '\0';
	close(fd);
	return buf;
}

static void
put(struct logfile *lf, const char *text)
{
	ck_assert_int_eq(
	    logfile_write(lf, text, strlen(text), NULL), (int)strlen(text));
}

/* P-142: a chunk may pass the limit; then .1 is the newest. */
START_TEST(rotation)
{
	struct logfile *lf = logfile_open("x.log", 10, 2);

	ck_assert_ptr_nonnull(lf);
	put(lf, "aaaaa");
	put(lf, "bbbbbbb");
	ck_assert_str_eq(content("x.log"), "");
	ck_assert_str_eq(content("x.log.1"), "aaaaabbbbbbb");
	put(lf, "cccccccccc"); /* exactly the limit */
	put(lf, "dddddddddd");
	put(lf, "e");
	ck_assert_str_eq(content("x.log"), "e");
	ck_assert_str_eq(content("x.log.1"), "dddddddddd");
	ck_assert_str_eq(content("x.log.2"), "cccccccccc");
	ck_assert_str_eq(content("x.log.3"), "-");
	logfile_close(lf);
}
END_TEST

/* P-142: an over-size file found at start rotates after the first write. */
START_TEST(rotation_at_start)
{
	struct logfile *lf = logfile_open("x.log", 0, 0);

	put(lf, "0123456789");
	logfile_close(lf);
	lf = logfile_open("x.log", 5, 1);
	ck_assert_str_eq(content("x.log"), "0123456789");
	put(lf, "z");
	ck_assert_str_eq(content("x.log.1"), "0123456789z");
	logfile_close(lf);
}
END_TEST

/* P-143, P-144. */
START_TEST(no_backups_no_limit)
{
	struct logfile *lf = logfile_open("x.log", 5, 0);

	put(lf, "01234567");
	ck_assert_str_eq(content("x.log"), "");
	ck_assert_str_eq(content("x.log.1"), "-");
	put(lf, "8");
	ck_assert_str_eq(content("x.log"), "8");
	logfile_close(lf);
	lf = logfile_open("y.log", -1, 3);
	put(lf, "01234567");
	ck_assert_str_eq(content("y.log"), "01234567");
	logfile_close(lf);
}
END_TEST

/* A rotation that cannot be done neither loses nor repeats itself each time. */
START_TEST(rotation_fails)
{
	struct logfile *lf = logfile_open("x.log", 5, 1);

	ck_assert_int_eq(mkdir("x.log.1", 0700), 0);
	ck_assert_int_eq(mkdir("x.log.1/full", 0700), 0);
	put(lf, "012345");
	put(lf, "6");
	ck_assert_str_eq(content("x.log"), "0123456");
	ck_assert_int_eq(rmdir("x.log.1/full"), 0);
	ck_assert_int_eq(rmdir("x.log.1"), 0);
	put(lf, "789ab");
	ck_assert_str_eq(content("x.log.1"), "0123456789ab");
	logfile_close(lf);
}
END_TEST

/* users row 8: removed, truncated. */
START_TEST(removed_and_truncated)
{
	struct logfile *lf = logfile_open("x.log", 10, 1);

	put(lf, "lost");
	ck_assert_int_eq(unlink("x.log"), 0);
	put(lf, "kept");
	ck_assert_str_eq(content("x.log"), "kept");
	ck_assert_int_eq(truncate("x.log", 0), 0);
	put(lf, "12345678");
	ck_assert_str_eq(content("x.log"), "12345678");
	logfile_close(lf);
}
END_TEST

/* P-152, P-153. */
START_TEST(reopen_and_clear)
{
	struct logfile *lf = logfile_open("x.log", 0, 0);

	put(lf, "one");
	ck_assert_int_eq(rename("x.log", "old"), 0);
	put(lf, "two"); /* still the moved file */
	ck_assert_str_eq(content("old"), "onetwo");
	ck_assert_int_eq(logfile_reopen(lf), 0);
	put(lf, "three");
	ck_assert_str_eq(content("x.log"), "three");
	ck_assert_int_eq(logfile_clear(lf), 0);
	ck_assert_str_eq(content("x.log"), "");
	put(lf, "four");
	ck_assert_str_eq(content("x.log"), "four");
	logfile_close(lf);
}
END_TEST

/* P-154: one file, one writer, one rotation; also by another name. */
START_TEST(shared)
{
	struct logfile *a = logfile_open("x.log", 10, 1), *b, *c;

	ck_assert_int_eq(symlink("x.log", "alias"), 0);
	b = logfile_open("x.log", 10, 1);
	c = logfile_open("alias", 10, 1);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_eq(a, c);
	put(a, "aaaaaa");
	put(b, "bbbbbb");
	put(c, "c");
	ck_assert_str_eq(content("x.log.1"), "aaaaaabbbbbb");
	ck_assert_str_eq(content("x.log"), "c");
	logfile_close(a);
	logfile_close(b);
	put(c, "d");
	logfile_close(c);
	ck_assert_str_eq(content("x.log"), "cd");
}
END_TEST

/* P-146: a FIFO is never rotated, and a full one does not block. */
START_TEST(fifo)
{
	static char big[1 << 20];
	struct logfile *lf;
	int reader;
	ssize_t n;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	lf = logfile_open("fifo", 10, 1);
	ck_assert_ptr_nonnull(lf);
	ck_assert(!logfile_is_regular(lf));
	n = logfile_write(lf, big, sizeof(big), NULL);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, (int)sizeof(big));
	ck_assert_int_eq(logfile_dropped(lf), 0);
	logfile_close(lf);
	close(reader);
}
END_TEST

START_TEST(open_errors)
{
	ck_assert_ptr_null(logfile_open("/nonexistent/x", 0, 0));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(logfile_open("/", 0, 0));
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

/* A write error is told and counted. */
START_TEST(disk_full)
{
	struct logfile *lf = logfile_open("/dev/full", 0, 0);

	ck_assert_ptr_nonnull(lf);
	ck_assert_int_eq(logfile_write(lf, "abc", 3, NULL), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_int_eq(logfile_dropped(lf), 3);
	logfile_close(lf);
}
END_TEST

static struct {
	const unsigned char *data;
	size_t len;
	uint64_t owner;
	struct logfile_mark mark;
} found;

/* What the next engine finds in the block. */
static bool
recover(void *block)
{
	struct journal *j = journal_new(block);
	bool any = journal_recover(
	    j, &found.owner, &found.data, &found.len, &found.mark);

	free(j);
	return any;
}

/* B-501: the engine may die after any of these lines. */
START_TEST(journal_steps)
{
	void *block = calloc(1, journal_size());
	struct journal *j = journal_new(block);
	struct logfile *lf = logfile_open("x.log", 0, 0);
	const char *text = "0123456789abcdefghij";
	unsigned char *buf;

	put(lf, "before");
	ck_assert(!recover(block));
	buf = journal_begin(j, 7, 20);
	ck_assert(!recover(block)); /* the pipe still has it */
	memcpy(buf, text, 20);
	ck_assert(recover(block)); /* read, its return not seen */
	ck_assert_uint_eq(found.owner, 7);
	ck_assert_uint_eq(found.len, 20);
	ck_assert_mem_eq(found.data, text, 20);
	ck_assert_uint_eq(logfile_written_since(lf, &found.mark, 20), 0);
	journal_have(j, 20);
	ck_assert_int_eq(logfile_write(lf, buf, 5, journal_mark(j)), 5);
	ck_assert(recover(block)); /* a write cut short */
	ck_assert_uint_eq(logfile_written_since(lf, &found.mark, 20), 5);
	put(lf, text + 5);
	ck_assert_uint_eq(logfile_written_since(lf, &found.mark, 20), 20);
	ck_assert_str_eq(content("x.log"), "before0123456789abcdefghij");
	journal_end(j);
	ck_assert(!recover(block));
	logfile_close(lf);
	free(j);
	free(block);
}
END_TEST

/* A chunk that was written and whose file was then rotated away is done. */
START_TEST(journal_rotation)
{
	void *block = calloc(1, journal_size());
	struct journal *j = journal_new(block);
	struct logfile *lf = logfile_open("x.log", 5, 1);

	memcpy(journal_begin(j, 1, 10), "0123456789", 10);
	journal_have(j, 10);
	ck_assert_int_eq(
	    logfile_write(lf, "0123456789", 10, journal_mark(j)), 10);
	ck_assert(recover(block));
	ck_assert_uint_eq(logfile_written_since(lf, &found.mark, 10), 10);
	logfile_close(lf);
	free(j);
	free(block);
}
END_TEST

/* A read that brought nothing leaves nothing. */
START_TEST(journal_empty)
{
	void *block = calloc(1, journal_size());
	struct journal *j = journal_new(block);

	(void)journal_begin(j, 1, 10);
	journal_have(j, 0);
	ck_assert(!recover(block));
	free(j);
	free(block);
}
END_TEST

/* C-240, C-241. */
START_TEST(line_format)
{
	struct timespec ts = {1763659000, 999999999};
	char buf[MAINLOG_HEAD_MAX];

	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_str_eq(mainlog_head(&ts, LEVEL_WARN, buf),
	    "2025-11-20 17:16:40,999 WARN ");
	ck_assert_str_eq(loglevel_word(LEVEL_CRITICAL), "CRIT");
	ck_assert_str_eq(loglevel_word(LEVEL_ERROR), "ERRO");
	ck_assert_str_eq(loglevel_word(LEVEL_DEBUG), "DEBG");
	ck_assert_str_eq(loglevel_word(LEVEL_TRACE), "TRAC");
	ck_assert_str_eq(loglevel_word(LEVEL_BLATHER), "BLAT");
}
END_TEST

/* C-227: stored messages come highest level first; the threshold holds. */
START_TEST(stored_messages)
{
	struct mainlog_settings set = {.path = "main.log", .level = LEVEL_INFO};
	const char *text, *crit, *warn, *first, *second;

	mainlog(LEVEL_INFO, "first %d", 1);
	mainlog(LEVEL_WARN, "careful");
	mainlog(LEVEL_DEBUG, "hidden");
	mainlog(LEVEL_CRITICAL, "as root");
	mainlog(LEVEL_INFO, "second");
	ck_assert_int_eq(mainlog_open(&set), 0);
	mainlog(LEVEL_DEBUG, "hidden too");
	mainlog_data(LEVEL_INFO, "'p' stdout output:", "x\n", 2);
	text = content("main.log");
	ck_assert_ptr_null(strstr(text, "hidden"));
	ck_assert_ptr_nonnull(crit = strstr(text, " CRIT as root\n"));
	ck_assert_ptr_nonnull(warn = strstr(text, " WARN careful\n"));
	ck_assert_ptr_nonnull(first = strstr(text, " INFO first 1\n"));
	ck_assert_ptr_nonnull(second = strstr(text, " INFO second\n"));
	ck_assert_ptr_nonnull(strstr(text, " INFO 'p' stdout output:\nx\n\n"));
	ck_assert(crit < warn && warn < first && first < second);
	mainlog_close();
	ck_assert_int_eq(
	    mainlog_open(&(struct mainlog_settings){.path = "/no/such"}), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logfile");
	TCase *t = tcase_create("logfile");
	SRunner *r = srunner_create(s);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rotation);
	tcase_add_test(t, rotation_at_start);
	tcase_add_test(t, no_backups_no_limit);
	tcase_add_test(t, rotation_fails);
	tcase_add_test(t, removed_and_truncated);
	tcase_add_test(t, reopen_and_clear);
	tcase_add_test(t, shared);
	tcase_add_test(t, fifo);
	tcase_add_test(t, open_errors);
	tcase_add_test(t, disk_full);
	tcase_add_test(t, journal_steps);
	tcase_add_test(t, journal_rotation);
	tcase_add_test(t, journal_empty);
	tcase_add_test(t, line_format);
	tcase_add_test(t, stored_messages);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
