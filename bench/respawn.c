/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a worker's death to the next one at work.
 *
 *     respawn N PARENT [ARGUMENT...]   starts PARENT and kills its child N
 * times respawn --floor                  a parent: fork, exec, waitid, again
 *     respawn --supervisor             a parent: libappbase without delay
 *
 * A child that is at work writes its pid to descriptor REPORT_FD, and waits to
 * be killed.  Prints microseconds, one line a kill, from kill(2) to the report
 * of the successor.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <appbase.h>

#define REPORT_FD 9
#define WAIT_MS	  10000

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* "I am at work." */
static void
report(void)
{
	pid_t pid = getpid();

	if (write(REPORT_FD, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		_exit(1);
}

static int
child(void)
{
	report();
	return pause(); /* until it is killed */
}

/* The bare loop. */
static int
parent_floor(const char *self)
{
	siginfo_t info;

	for (;;) {
		switch (fork()) {
		case -1:
			return 1;
		case 0:
			execl(self, self, "--child", (char *)NULL);
			_exit(127);
		}
		if (waitid(P_ALL, 0, &info, WEXITED) == -1)
			return 1;
	}
}

static int
work(struct appbase *app)
{
	appbase_ready_to_take_over(app);
	report();
	while (appbase_wait(app, NULL, 0, -1) == 0)
		continue;
	return APPBASE_EXIT_SYSTEM;
}

static int
parent_supervisor(char *argv[])
{
	static const struct appbase_class cls = {
	    .name = "respawn",
	    .flags =
		APPBASE_FOREGROUND | APPBASE_NO_PIDFILE | APPBASE_OWN_OPTIONS,
	    .supervised_process = work,
	    .delay_before_respawn_ms = APPBASE_NONE,
	    .min_uptime_ms = APPBASE_NONE,
	};

	return appbase_run(&cls, 1, argv);
}

/* The next child's pid, or -1. */
static pid_t
next(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	pid_t pid;

	if (poll(&p, 1, WAIT_MS) != 1 ||
	    read(fd, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		return -1;
	return pid;
}

/* Lets a child come to rest, as one does that is not killed at its birth. */
static void
settle(void)
{
	struct timespec ts = {0, 2000000};

	nanosleep(&ts, NULL);
}

static pid_t
start(char *argv[], const int report_pipe[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(report_pipe[1], REPORT_FD);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(report_pipe[1]);
	return pid;
}

static int
measure(int count, char *argv[])
{
	int p[2], status = 1;
	pid_t parent, pid;
	int64_t at;

	if (pipe2(p, O_CLOEXEC) == -1 || (parent = start(argv, p)) == -1)
		return 1;
	pid = next(p[0]);
	for (; pid != -1 && count > 0; count--) {
		settle();
		at = now_ns();
		kill(pid, SIGKILL);
		if ((pid = next(p[0])) != -1)
			printf("%.1f\n", (double)(now_ns() - at) / 1000);
	}
	if (pid != -1)
		status = 0;
	kill(parent, SIGKILL);
	if (pid != -1)
		kill(pid, SIGKILL);
	waitpid(parent, NULL, 0);
	return status;
}

int
main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "--child") == 0)
		return child();
	if (argc == 2 && strcmp(argv[1], "--floor") == 0)
		return parent_floor(argv[0]);
	if (argc == 2 && strcmp(argv[1], "--supervisor") == 0)
		return parent_supervisor(argv);
	if (argc < 3 || atoi(argv[1]) <= 0) {
		fputs("usage: respawn COUNT PARENT [ARGUMENT...]\n", stderr);
		return 1;
	}
	return measure(atoi(argv[1]), argv + 2);
}
