/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisord's own log: line format, targets, messages stored until it opens.
 */
#include "supervisord/io/mainlog.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <syslog.h>
#include <unistd.h>

#include "supervisord/io/logfile.h"
#include "supervisord/io/syslines.h"

#define MAINLOG_STDOUT_WAIT_MS 20

struct mainlog_stored {
	STAILQ_ENTRY(mainlog_stored) entry;
	int level;
	char text[];
};

static struct {
	bool open;
	bool syslog, to_stdout;
	int level;
	struct logfile *file;
	STAILQ_HEAD(, mainlog_stored) stored;
} mainlog_state = {.level = LEVEL_INFO};

static void mainlog_emit(int, const char *, const void *, size_t);
static void mainlog_store(int, const char *);
static void mainlog_flush(void);
static void mainlog_to_stdout(const char *, size_t);
static int mainlog_syslog_priority(int);

/* Opens the log. */
int
mainlog_open(const struct mainlog_settings *set)
{
	struct logfile *file = NULL;

	if (set->path != NULL && !set->syslog) {
		file = logfile_open(set->path, set->maxbytes, set->backups);
		if (file == NULL)
			return -1;
	}
	logfile_close(mainlog_state.file);
	mainlog_state.file = file;
	mainlog_state.syslog = set->syslog;
	mainlog_state.to_stdout = set->to_stdout;
	mainlog_state.level = set->level;
	mainlog_state.open = true;
	mainlog_flush();
	return 0;
}

/* Closes the log; what comes then is stored again. */
void
mainlog_close(void)
{
	logfile_close(mainlog_state.file);
	mainlog_state.file = NULL;
	mainlog_state.open = false;
}

/* Opens the file of that name anew. */
int
mainlog_reopen(void)
{
	if (mainlog_state.file == NULL)
		return 0;
	return logfile_reopen(mainlog_state.file);
}

/* Empties the log. */
int
mainlog_clear(void)
{
	if (mainlog_state.file == NULL)
		return 0;
	if (access(mainlog_path(), F_OK) == -1)
		return -1;
	/* Upstream says it for each place that lines go to. */
	if (mainlog_state.to_stdout)
		mainlog(LEVEL_INFO, "reopening log file");
	mainlog(LEVEL_INFO, "reopening log file");
	return logfile_clear(mainlog_state.file);
}

/* Writes a line. */
void
mainlog(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mainlog_v(level, fmt, ap);
	va_end(ap);
}

/* Writes a line. */
void
mainlog_v(int level, const char *fmt, va_list ap)
{
	int saved = errno;
	char *text;

	if (mainlog_wants(level) && vasprintf(&text, fmt, ap) != -1) {
		if (mainlog_state.open)
			mainlog_emit(level, text, NULL, 0);
		else
			mainlog_store(level, text);
		free(text);
	}
	errno = saved;
}

/* Writes one line for a process that does not own the log. */
void
mainlog_once(const struct mainlog_settings *set, int level, const char *text)
{
	if (level < set->level)
		return;
	mainlog_state.syslog = set->syslog;
	mainlog_state.to_stdout = set->to_stdout;
	mainlog_state.file = NULL;
	if (set->path != NULL && !set->syslog)
		mainlog_state.file = logfile_open(set->path, 0, 0);
	mainlog_emit(level, text, NULL, 0);
	logfile_close(mainlog_state.file);
	mainlog_state.file = NULL;
}

/* Drops stored messages. */
void
mainlog_forget(void)
{
	struct mainlog_stored *m;

	while ((m = STAILQ_FIRST(&mainlog_state.stored)) != NULL) {
		STAILQ_REMOVE_HEAD(&mainlog_state.stored, entry);
		free(m);
	}
}

/* Writes a line and data after it. */
void
mainlog_data(int level, const char *text, const void *data, size_t len)
{
	if (mainlog_state.open && mainlog_wants(level))
		mainlog_emit(level, text, data, len);
}

/* Tells whether a level is written. */
bool
mainlog_wants(int level)
{
	return !mainlog_state.open || level >= mainlog_state.level;
}

/* Returns the log file's path. */
const char *
mainlog_path(void)
{
	return mainlog_state.file != NULL ? logfile_path(mainlog_state.file)
					  : NULL;
}

/* Writes time and level. */
const char *
mainlog_head(const struct timespec *ts, int level, char buf[MAINLOG_HEAD_MAX])
{
	char date[24] = "";
	struct tm tm;

	if (localtime_r(&ts->tv_sec, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	(void)snprintf(buf, MAINLOG_HEAD_MAX, "%s,%03d %s ", date,
	    (int)(ts->tv_nsec / 1000000), loglevel_word(level));
	return buf;
}

/* Makes the line and sends it everywhere it belongs. */
static void
mainlog_emit(int level, const char *text, const void *data, size_t len)
{
	char head[MAINLOG_HEAD_MAX], *line = NULL;
	size_t size = 0;
	struct timespec ts;
	FILE *out;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	(void)mainlog_head(&ts, level, head);
	if ((out = open_memstream(&line, &size)) == NULL)
		return;
	(void)fprintf(out, "%s%s", head, text);
	if (len > 0) {
		(void)fputc('\n', out);
		(void)fwrite(data, 1, len, out);
	}
	(void)fputc('\n', out);
	if (fclose(out) == 0) {
		if (mainlog_state.syslog)
			syslines(mainlog_syslog_priority(level), head,
			    strlen(head) - 1, line + strlen(head),
			    size - strlen(head));
		if (mainlog_state.to_stdout)
			mainlog_to_stdout(line, size);
		if (mainlog_state.file != NULL)
			(void)logfile_write(
			    mainlog_state.file, line, size, NULL);
	}
	free(line);
}

/* Keeps a message until the log is open. */
static void
mainlog_store(int level, const char *text)
{
	struct mainlog_stored *m;
	size_t len = strlen(text) + 1;

	if (STAILQ_FIRST(&mainlog_state.stored) == NULL)
		STAILQ_INIT(&mainlog_state.stored);
	if ((m = malloc(sizeof(*m) + len)) == NULL)
		return;
	m->level = level;
	memcpy(m->text, text, len);
	STAILQ_INSERT_TAIL(&mainlog_state.stored, m, entry);
}

/* Writes what was stored: criticals, warnings, the rest; in each the order in
 * which they came. */
static void
mainlog_flush(void)
{
	static const int floor[] = {LEVEL_CRITICAL, LEVEL_WARN, 0};
	struct mainlog_stored *m;
	size_t i;

	for (i = 0; i < sizeof(floor) / sizeof(floor[0]); i++)
		STAILQ_FOREACH (m, &mainlog_state.stored, entry) {
			if (m->level < floor[i] ||
			    (i > 0 && m->level >= floor[i - 1]))
				continue;
			if (mainlog_wants(m->level))
				mainlog_emit(m->level, m->text, NULL, 0);
		}
	mainlog_forget();
}

/* Copies a line to standard output.  A reader that does not read loses lines;
 * it does not hold us up. */
static void
mainlog_to_stdout(const char *line, size_t len)
{
	struct pollfd pfd = {.fd = STDOUT_FILENO, .events = POLLOUT};
	size_t done = 0, chunk;
	ssize_t n;

	while (done < len) {
		if (poll(&pfd, 1, MAINLOG_STDOUT_WAIT_MS) != 1 ||
		    !(pfd.revents & POLLOUT))
			return;
		/* A pipe that polls writable takes this much at once. */
		chunk = len - done > 4096 ? 4096 : len - done;
		n = write(STDOUT_FILENO, line + done, chunk);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

/* Translates a level. */
static int
mainlog_syslog_priority(int level)
{
	if (level >= LEVEL_CRITICAL)
		return LOG_CRIT;
	if (level >= LEVEL_ERROR)
		return LOG_ERR;
	if (level >= LEVEL_WARN)
		return LOG_WARNING;
	return level >= LEVEL_INFO ? LOG_INFO : LOG_DEBUG;
}
