/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pidproxy: runs a command that makes a daemon of itself, and passes on the
 * signals it gets to the process whose number the daemon wrote into a file
 * (L-086 to L-092).
 *
 * All signals are blocked and taken one by one, so nothing happens in a
 * handler.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIDPROXY_NOT_FOUND 127

/* What is passed on, and whether we end after it. */
static const struct {
	int signo;
	bool ends;
} pidproxy_signals[] = {
    {SIGTERM, true},
    {SIGHUP, false},
    {SIGINT, true},
    {SIGUSR1, false},
    {SIGUSR2, false},
    {SIGQUIT, true},
};

/* Reads the number in the file; 0 with a message if there is none. */
static pid_t
pidproxy_read(const char *path)
{
	char line[32] = "";
	const char *error = "empty";
	pid_t pid = 0;
	FILE *in = fopen(path, "re");

	if (in != NULL) {
		if (fgets(line, sizeof(line), in) != NULL) {
			line[strcspn(line, " \t\r\n")] = '\0';
			pid = (pid_t)strtonum(line, 1, INT_MAX, &error);
		}
		fclose(in);
	}
	if (pid == 0) {
		printf("Can't read child pidfile %s!\n", path);
		fflush(stdout);
	}
	return pid;
}

/* Passes a signal on; true if we are to end now. */
static bool
pidproxy_pass(const char *path, int signo, bool ends)
{
	pid_t pid = pidproxy_read(path);

	if (pid == 0)
		return false;
	if (kill(pid, signo) == -1)
		fprintf(stderr, "pidproxy: cannot signal pid %ld of %s: %s\n",
		    (long)pid, path, strerror(errno));
	return ends;
}

/* Has our child ended?  Others that were left to us are not ours to wait for.
 */
static bool
pidproxy_has_ended(pid_t child)
{
	pid_t pid;

	do
		pid = waitpid(child, NULL, WNOHANG);
	while (pid == -1 && errno == EINTR);
	return pid == child || (pid == -1 && errno == ECHILD);
}

/* Passes signals on until the child ends, or one of them ends us. */
static int
pidproxy_run(const char *path, pid_t child, const sigset_t *set)
{
	size_t i;
	int signo;

	for (;;) {
		if (sigwait(set, &signo) != 0)
			continue;
		if (signo == SIGCHLD) {
			if (pidproxy_has_ended(child))
				return 0;
			continue;
		}
		for (i = 0;
		     i < sizeof(pidproxy_signals) / sizeof(pidproxy_signals[0]);
		     i++)
			if (pidproxy_signals[i].signo == signo &&
			    pidproxy_pass(
				path, signo, pidproxy_signals[i].ends))
				return 0;
	}
}

/* Runs the command with the signals as we found them; its errno comes back
 * through the pipe if it cannot be run. */
static void
pidproxy_exec(char *argv[], const sigset_t *before, int fd)
{
	char path[PATH_MAX];
	int error;
	ssize_t n;

	sigprocmask(SIG_SETMASK, before, NULL);
	/* No search along PATH: a bare name is one in this directory. */
	if (snprintf(path, sizeof(path), "%s%s",
		strchr(argv[0], '/') == NULL ? "./" : "",
		argv[0]) >= (int)sizeof(path))
		errno = ENAMETOOLONG;
	else
		execv(path, argv);
	error = errno;
	n = write(fd, &error, sizeof(error));
	(void)n;
	_exit(PIDPROXY_NOT_FOUND);
}

/* Starts the command; -1 with a message if it cannot be started. */
static pid_t
pidproxy_start(char *argv[], const sigset_t *before)
{
	int fds[2], error = 0;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) == -1 || (child = fork()) == -1) {
		fprintf(stderr, "pidproxy: %s\n", strerror(errno));
		return -1;
	}
	if (child == 0)
		pidproxy_exec(argv, before, fds[1]);
	close(fds[1]);
	if (read(fds[0], &error, sizeof(error)) == (ssize_t)sizeof(error)) {
		fprintf(stderr, "pidproxy: %s: %s\n", argv[0], strerror(error));
		child = -1;
	}
	close(fds[0]);
	return child;
}

int
main(int argc, char *argv[])
{
	sigset_t set, before;
	pid_t child;
	size_t i;

	if (argc < 3) {
		printf("pidproxy -- pass signals on to a process that is known "
		       "by its pid file\n\n"
		       "Usage: %s <pidfile> <command> [args]\n",
		    argc > 0 ? argv[0] : "pidproxy");
		return 1;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < sizeof(pidproxy_signals) / sizeof(pidproxy_signals[0]);
	     i++)
		sigaddset(&set, pidproxy_signals[i].signo);
	/* An ignored SIGCHLD would never tell us of the child's end. */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = pidproxy_start(argv + 2, &before);
	if (child == -1)
		return PIDPROXY_NOT_FOUND;
	return pidproxy_run(argv[1], child, &set);
}
