/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that turns a wait status into meaning. */
#ifndef LIBAPPBASE_WAITSTATUS_H
#define LIBAPPBASE_WAITSTATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WAITSTATUS_MAX 64

/* "exited with status 7", "killed by signal 9 (SIGKILL)",
 * "killed by signal 6 (SIGABRT, core dumped)".  Returns buf. */
const char *waitstatus_text(int status, char buf[WAITSTATUS_MAX]);
/* "SIGTERM", "SIGRTMIN+3", "signal 99".  Returns buf. */
const char *signal_name(int signo, char buf[WAITSTATUS_MAX]);
/* What a shell would report: the exit status, or 128 + signal. */
int waitstatus_exit(int status);
bool waitstatus_success(int status);
/*
 * Is this child stopped (SIGSTOP), so that it needs SIGCONT to see a signal?
 * SIGCONT must not be sent on suspicion: it undoes the stop of a tracer that is
 * just attaching, which then waits for ever (leak checkers do that at exit).
 */
bool waitstatus_is_stopped(pid_t child);

#endif
