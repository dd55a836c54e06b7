/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log records and their sinks: see log.h and appbase/log.h.
 *
 * The settings are process-wide and meant to be changed by the first thread
 * only; records may come from any thread, each on its own stack.
 */
#include "libappbase/log.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "libappbase/clock.h"

#define LOG_IDENT_MAX 64
/* Time stamp, ident, pid, role, generation and level fit in this. */
#define LOG_HEAD_MAX 256

enum log_sink { LOG_SINK_STDERR, LOG_SINK_SYSLOG, LOG_SINK_CALLBACK };

static struct {
	enum log_sink sink;
	bool chosen; /* by the program, not by default */
	bool mute;
	enum appbase_log_level threshold;
	appbase_log_sink *callback;
	void *arg;
	const char *role;
	uint64_t generation;
	char ident[LOG_IDENT_MAX];
	char syslog_ident[LOG_IDENT_MAX]; /* openlog(3) keeps the pointer */
} log_state = {.threshold = APPBASE_LOG_INFO, .role = "starter"};

static const struct {
	const char *name;
	int priority;
} log_levels[] = {
    [APPBASE_LOG_ERROR] = {"error", LOG_ERR},
    [APPBASE_LOG_WARN] = {"warn", LOG_WARNING},
    [APPBASE_LOG_INFO] = {"info", LOG_INFO},
    [APPBASE_LOG_DEBUG] = {"debug", LOG_DEBUG},
};

static _Thread_local bool log_busy; /* a sink that logs must not recurse */
static atomic_uint log_lost;	    /* records a full stderr did not take */

static void log_emit(const struct appbase_log_record *);

/* Say who the records come from. */
void
log_set_role(const char *role, uint64_t generation)
{
	log_state.role = role;
	log_state.generation = generation;
}

/* Set the program's name in records. */
void
log_set_ident(const char *name)
{
	strlcpy(log_state.ident, name, sizeof(log_state.ident));
}

/* The program's name in records. */
static const char *
log_ident(void)
{
	return log_state.ident[0] != '\0' ? log_state.ident : getprogname();
}

/* Drop every record, or stop doing so. */
void
log_mute(bool on)
{
	log_state.mute = on;
}

/* Name a level. */
const char *
log_level_name(enum appbase_log_level level)
{
	return log_levels[level].name;
}

/* Drop records above this level. */
void
appbase_log_threshold(enum appbase_log_level level)
{
	log_state.threshold = level;
}

/* Send records to stderr. */
void
appbase_log_to_stderr(void)
{
	log_state.sink = LOG_SINK_STDERR;
	log_state.chosen = true;
}

/* Make syslog the sink, chosen or not. */
static void
log_open_syslog(const char *ident)
{
	strlcpy(log_state.syslog_ident, ident, sizeof(log_state.syslog_ident));
	openlog(log_state.syslog_ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_state.sink = LOG_SINK_SYSLOG;
}

/* Send records to syslog. */
void
appbase_log_to_syslog(const char *ident)
{
	log_open_syslog(ident != NULL ? ident : log_ident());
	log_state.chosen = true;
}

/* Send records to a callback. */
void
appbase_log_to(appbase_log_sink *callback, void *arg)
{
	log_state.callback = callback;
	log_state.arg = arg;
	log_state.sink = LOG_SINK_CALLBACK;
	log_state.chosen = true;
}

/* Leave stderr for syslog unless the program wants otherwise. */
void
log_detached(void)
{
	if (!log_state.chosen)
		log_open_syslog(log_ident());
}

/* Write the printable form of one byte; return its length. */
static size_t
log_escape_byte(unsigned char c, char out[5])
{
	switch (c) {
	case '\n':
		memcpy(out, "\\n", 2);
		return 2;
	case '\r':
		memcpy(out, "\\r", 2);
		return 2;
	case '\t':
		memcpy(out, "\\t", 2);
		return 2;
	}
	if (c < 0x20 || c == 0x7f)
		return (size_t)snprintf(out, 5, "\\x%02x", c);
	out[0] = (char)c;
	return 1;
}

/* Make one line of a text: escaped, bounded, without its final newline. */
static void
log_sanitize(const char *in, char out[LOG_TEXT_MAX + 1])
{
	size_t len = strlen(in), used = 0, fits = 0;
	char piece[5];

	if (len > 0 && in[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		size_t n = log_escape_byte((unsigned char)in[i], piece);

		if (used + n > LOG_TEXT_MAX) {
			memcpy(out + fits, "...", 4);
			return;
		}
		memcpy(out + used, piece, n);
		used += n;
		/* The dots may stand here, unless inside a UTF-8 sequence. */
		if (used <= LOG_TEXT_MAX - 3 &&
		    ((unsigned char)in[i + 1] & 0xc0) != 0x80)
			fits = used;
	}
	out[used] = '\0';
}

/* Format a record and hand it to the sink. */
void
appbase_vlog(enum appbase_log_level level, const char *fmt, va_list ap)
{
	int saved = errno;
	/* Twice the limit: what is longer is cut in any case. */
	char raw[2 * LOG_TEXT_MAX], text[LOG_TEXT_MAX + 1];

	if (level > log_state.threshold || log_state.mute || log_busy)
		return;
	log_busy = true;
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		strlcpy(raw, fmt, sizeof(raw));
	log_sanitize(raw, text);
	log_emit(&(struct appbase_log_record){
	    .level = level,
	    .role = log_state.role,
	    .generation = log_state.generation,
	    .text = text,
	});
	log_busy = false;
	errno = saved;
}

/* Log. */
void
appbase_log(enum appbase_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	appbase_vlog(level, fmt, ap);
	va_end(ap);
}

/* Write a whole line; 0, or -1 if stderr takes nothing for too long. */
static int
log_write(const char *line, size_t len)
{
	int64_t deadline = clock_deadline(clock_now_ms(), LOG_WAIT_MS);

	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n > 0) {
			line += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			struct pollfd p = {STDERR_FILENO, POLLOUT, 0};
			int64_t left = deadline - clock_now_ms();

			if (left <= 0)
				return -1;
			(void)poll(&p, 1, (int)left);
		} else if (n == 0 || errno != EINTR) {
			return 0; /* broken for good: nobody to tell */
		}
	}
	return 0;
}

/* Format a line as stderr shows it. */
static size_t
log_format(const struct appbase_log_record *r, char *line, size_t size)
{
	struct timespec ts;
	struct tm tm;
	char when[sizeof("2026-11-20T18:34:00")] = "";
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(line, size, "%s.%03ldZ %.63s[%ld] %.63s/%llu %s: %s\n",
	    when, ts.tv_nsec / 1000000, log_ident(), (long)getpid(), r->role,
	    (unsigned long long)r->generation, log_level_name(r->level),
	    r->text);
	return n < 0 ? 0 : (size_t)n;
}

/* Write a record to stderr, after a note on those lost before it. */
static void
log_to_stderr(const struct appbase_log_record *r)
{
	char line[LOG_HEAD_MAX + LOG_TEXT_MAX + 2], text[64];
	unsigned lost = atomic_exchange(&log_lost, 0);

	if (lost > 0) {
		struct appbase_log_record note = *r;

		snprintf(text, sizeof(text), "%u log records lost", lost);
		note.level = APPBASE_LOG_WARN;
		note.text = text;
		if (log_write(line, log_format(&note, line, sizeof(line)))) {
			atomic_fetch_add(&log_lost, lost + 1);
			return;
		}
	}
	if (log_write(line, log_format(r, line, sizeof(line))))
		atomic_fetch_add(&log_lost, 1);
}

/* Hand a finished record to the sink. */
static void
log_emit(const struct appbase_log_record *r)
{
	switch (log_state.sink) {
	case LOG_SINK_STDERR:
		log_to_stderr(r);
		break;
	case LOG_SINK_SYSLOG:
		syslog(log_levels[r->level].priority, "%s/%llu: %s", r->role,
		    (unsigned long long)r->generation, r->text);
		break;
	case LOG_SINK_CALLBACK:
		log_state.callback(r, log_state.arg);
		break;
	}
}
