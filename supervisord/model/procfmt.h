/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the process model: wait statuses, signals, times.  Pure. */
#ifndef SUPERVISORD_MODEL_PROCFMT_H
#define SUPERVISORD_MODEL_PROCFMT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PROCFMT_SIGNAL_MAX 16
#define PROCFMT_STATUS_MAX 64
#define PROCFMT_UPTIME_MAX 40
#define PROCFMT_ERRNO_MAX  24

/* "SIGTERM", "SIGRTMIN", "signal 35" (P-032).  Returns buf. */
const char *procfmt_signal(int signo, char buf[PROCFMT_SIGNAL_MAX]);
/* "exit status 1", "terminated by SIGABRT (core dumped)" (P-031). */
const char *procfmt_status(int wait_status, char buf[PROCFMT_STATUS_MAX]);
/* "0:00:14", "1 day, 0:00:05", "2 days, 3:04:05". */
const char *procfmt_uptime(int64_t seconds, char buf[PROCFMT_UPTIME_MAX]);
/* "Nov 20 05:35 PM", local time, English whatever the locale. */
const char *procfmt_when(time_t, char *buf, size_t len);
/* "ENOENT", or the number as text (P-048, P-058).  Returns buf. */
const char *procfmt_errno(int error, char buf[PROCFMT_ERRNO_MAX]);

#endif
