/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the process model, exactly as clients and log readers know them. */
#include "supervisord/model/procfmt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Writes a signal's name. */
const char *
procfmt_signal(int signo, char buf[PROCFMT_SIGNAL_MAX])
{
	const char *abbrev = NULL;

	if (signo == SIGRTMIN)
		abbrev = "RTMIN";
	else if (signo == SIGRTMAX)
		abbrev = "RTMAX";
	else if (signo > 0 && signo < SIGRTMIN)
		abbrev = sigabbrev_np(signo);
	if (abbrev != NULL)
		(void)snprintf(buf, PROCFMT_SIGNAL_MAX, "SIG%s", abbrev);
	else
		(void)snprintf(buf, PROCFMT_SIGNAL_MAX, "signal %d", signo);
	return buf;
}

/* Writes the meaning of a wait status. */
const char *
procfmt_status(int status, char buf[PROCFMT_STATUS_MAX])
{
	char sig[PROCFMT_SIGNAL_MAX];

	if (WIFEXITED(status))
		(void)snprintf(buf, PROCFMT_STATUS_MAX, "exit status %d",
		    WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		(void)snprintf(buf, PROCFMT_STATUS_MAX, "terminated by %s%s",
		    procfmt_signal(WTERMSIG(status), sig),
		    WCOREDUMP(status) ? " (core dumped)" : "");
	else
		(void)snprintf(buf, PROCFMT_STATUS_MAX,
		    "unknown termination cause 0x%04x", (unsigned)status);
	return buf;
}

/* Writes a duration. */
const char *
procfmt_uptime(int64_t s, char buf[PROCFMT_UPTIME_MAX])
{
	long long days, rest;

	if (s < 0)
		s = 0;
	days = s / 86400;
	rest = s % 86400;
	if (days != 0)
		(void)snprintf(buf, PROCFMT_UPTIME_MAX,
		    "%lld day%s, %lld:%02lld:%02lld", days,
		    days == 1 ? "" : "s", rest / 3600, rest / 60 % 60,
		    rest % 60);
	else
		(void)snprintf(buf, PROCFMT_UPTIME_MAX, "%lld:%02lld:%02lld",
		    rest / 3600, rest / 60 % 60, rest % 60);
	return buf;
}

/* Writes a point in time as status lines show it. */
const char *
procfmt_when(time_t when, char *buf, size_t len)
{
	static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;
	int hour;

	if (localtime_r(&when, &tm) == NULL) {
		(void)snprintf(buf, len, "%lld", (long long)when);
		return buf;
	}
	hour = tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
	(void)snprintf(buf, len, "%s %02d %02d:%02d %s", month[tm.tm_mon],
	    tm.tm_mday, hour, tm.tm_min, tm.tm_hour < 12 ? "AM" : "PM");
	return buf;
}

/* Writes an error's symbolic name. */
const char *
procfmt_errno(int error, char buf[PROCFMT_ERRNO_MAX])
{
	const char *name = strerrorname_np(error);

	if (name != NULL)
		(void)snprintf(buf, PROCFMT_ERRNO_MAX, "%s", name);
	else
		(void)snprintf(buf, PROCFMT_ERRNO_MAX, "%d", error);
	return buf;
}
