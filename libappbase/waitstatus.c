/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait statuses and signal numbers in words: see waitstatus.h. */
#include "libappbase/waitstatus.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The signals that POSIX or Linux name; the rest are shown by number. */
static const struct {
	int signo;
	const char *name;
} signals[] = {
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},
    {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},
    {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},
    {SIGALRM, "SIGALRM"},
    {SIGTERM, "SIGTERM"},
    {SIGCHLD, "SIGCHLD"},
    {SIGCONT, "SIGCONT"},
    {SIGSTOP, "SIGSTOP"},
    {SIGTSTP, "SIGTSTP"},
    {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},
    {SIGURG, "SIGURG"},
    {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"},
    {SIGVTALRM, "SIGVTALRM"},
    {SIGPROF, "SIGPROF"},
    {SIGWINCH, "SIGWINCH"},
    {SIGIO, "SIGIO"},
    {SIGSYS, "SIGSYS"},
#ifdef SIGSTKFLT
    {SIGSTKFLT, "SIGSTKFLT"},
#endif
#ifdef SIGPWR
    {SIGPWR, "SIGPWR"},
#endif
};

/* Find the fixed name of a signal, or NULL. */
static const char *
signal_fixed_name(int signo)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (signals[i].signo == signo)
			return signals[i].name;
	}
	return NULL;
}

/* Name a signal. */
const char *
signal_name(int signo, char buf[WAITSTATUS_MAX])
{
	const char *name = signal_fixed_name(signo);

	if (name != NULL)
		snprintf(buf, WAITSTATUS_MAX, "%s", name);
#ifdef SIGRTMIN
	else if (signo == SIGRTMIN)
		snprintf(buf, WAITSTATUS_MAX, "SIGRTMIN");
	else if (signo > SIGRTMIN && signo <= SIGRTMAX)
		snprintf(buf, WAITSTATUS_MAX, "SIGRTMIN+%d", signo - SIGRTMIN);
#endif
	else
		snprintf(buf, WAITSTATUS_MAX, "signal %d", signo);
	return buf;
}

/* Describe a death by signal. */
static void
waitstatus_killed(int signo, bool core, char buf[WAITSTATUS_MAX])
{
	char name[WAITSTATUS_MAX];

	signal_name(signo, name);
	if (strncmp(name, "SIG", 3) == 0)
		snprintf(buf, WAITSTATUS_MAX, "killed by signal %d (%.20s%s)",
		    signo, name, core ? ", core dumped" : "");
	else
		snprintf(buf, WAITSTATUS_MAX, "killed by signal %d%s", signo,
		    core ? " (core dumped)" : "");
}

/* Describe a wait status. */
const char *
waitstatus_text(int status, char buf[WAITSTATUS_MAX])
{
	bool core = false;

#ifdef WCOREDUMP
	core = WIFSIGNALED(status) && WCOREDUMP(status);
#endif
	if (WIFEXITED(status))
		snprintf(buf, WAITSTATUS_MAX, "exited with status %d",
		    WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		waitstatus_killed(WTERMSIG(status), core, buf);
	else if (WIFSTOPPED(status))
		snprintf(buf, WAITSTATUS_MAX, "stopped by signal %d",
		    WSTOPSIG(status));
	else
		snprintf(
		    buf, WAITSTATUS_MAX, "wait status 0x%x", (unsigned)status);
	return buf;
}

/* Map a wait status to what a shell would report. */
int
waitstatus_exit(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* Tell whether it ended by itself with status 0. */
bool
waitstatus_success(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
waitstatus_is_stopped(pid_t child)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)child, &info,
		   WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == child;
}
