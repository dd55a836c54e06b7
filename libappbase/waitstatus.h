/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that turns a wait status into meaning. */
#ifndef LIBAPPBASE_WAITSTATUS_H
#define LIBAPPBASE_WAITSTATUS_H

#include <stdbool.h>
#include <stddef.h>

#define WAITSTATUS_MAX 64

/* "exited with status 7", "killed by signal 9 (SIGKILL)",
 * "killed by signal 6 (SIGABRT, core dumped)".  Returns buf. */
const char *waitstatus_text(int status, char buf[WAITSTATUS_MAX]);
/* "SIGTERM", "SIGRTMIN+3", "signal 99".  Returns buf. */
const char *signal_name(int signo, char buf[WAITSTATUS_MAX]);
/* What a shell would report: the exit status, or 128 + signal. */
int waitstatus_exit(int status);
bool waitstatus_success(int status);

#endif
