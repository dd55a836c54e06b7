/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log messages of the library and of the application.
 *
 * A record has a level, a role ("supervisor", "worker", "candidate",
 * "starter"), the generation it comes from and a text without newline.  It goes
 * to one sink: stderr (the start value), syslog, or a callback.  After
 * detaching, stderr is the log file named by --log-file, else /dev/null, and
 * the sink becomes syslog unless it was set explicitly.
 */
#ifndef APPBASE_LOG_H
#define APPBASE_LOG_H

#include <stdarg.h>
#include <stdint.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

enum appbase_log_level {
	APPBASE_LOG_ERROR,
	APPBASE_LOG_WARN,
	APPBASE_LOG_INFO,
	APPBASE_LOG_DEBUG,
};

struct appbase_log_record {
	enum appbase_log_level level;
	const char *role;    /* borrowed for the call */
	uint64_t generation; /* 0 before the first worker */
	const char *text;    /* borrowed for the call; no newline */
};

/*
 * Called for each record at or above the threshold, in whichever process logs,
 * never from a signal handler.  It must not call appbase_log().
 */
typedef void appbase_log_sink(const struct appbase_log_record *, void *arg);

APPBASE_API void appbase_log(enum appbase_log_level, const char *fmt, ...)
    APPBASE_PRINTF(2, 3);
APPBASE_API void appbase_vlog(enum appbase_log_level, const char *fmt, va_list)
    APPBASE_PRINTF(2, 0);

/* Records above this level are dropped; the start value is APPBASE_LOG_INFO. */
APPBASE_API void appbase_log_threshold(enum appbase_log_level);

/* Selects the sink.  `ident` is copied; `arg` is handed to the callback. */
APPBASE_API void appbase_log_to_stderr(void);
APPBASE_API void appbase_log_to_syslog(const char *ident);
APPBASE_API void appbase_log_to(appbase_log_sink *, void *arg);

APPBASE_END_DECLS

#endif /* APPBASE_LOG_H */
