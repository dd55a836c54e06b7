/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a heartbeat costs.
 *
 *     ping supervisor N   N calls of appbase_ping_supervisor() in a worker
 *     ping socket N       N round trips "ping" / "pong" over a socketpair,
 * which is how App::Base does it, in C ping getppid N      N calls of the
 * cheapest system call, for scale
 *
 * Prints nanoseconds per call.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <appbase.h>

static long count;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
report(int64_t start)
{
	printf("%.2f\n", (double)(now_ns() - start) / (double)count);
	fflush(stdout);
}

/* The worker; what it asks for at the end stops the daemon. */
static int
ping_work(struct appbase *app)
{
	int64_t start;
	long i;

	appbase_ready_to_take_over(app);
	start = now_ns();
	for (i = 0; i < count; i++)
		appbase_ping_supervisor(app);
	report(start);
	appbase_request_stop(app);
	while (appbase_wait(app, NULL, 0, -1) == 0)
		continue;
	return APPBASE_EXIT_SYSTEM;
}

static int
ping_supervisor(char *argv[])
{
	static const struct appbase_class cls = {
	    .name = "ping",
	    .flags =
		APPBASE_FOREGROUND | APPBASE_NO_PIDFILE | APPBASE_OWN_OPTIONS,
	    .supervised_process = ping_work,
	};

	appbase_log_threshold(APPBASE_LOG_WARN);
	return appbase_run(&cls, 1, argv);
}

/* The other end of the round trip, until the first end is closed. */
static void
pong(int fd)
{
	char buf[16];

	while (read(fd, buf, sizeof(buf)) > 0)
		if (write(fd, "pong\n", 5) != 5)
			break;
	_exit(0);
}

static int
ping_socket(void)
{
	int sv[2];
	char buf[16];
	int64_t start;
	long i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    (pid = fork()) == -1)
		return 1;
	if (pid == 0) {
		close(sv[0]);
		pong(sv[1]);
	}
	close(sv[1]);
	start = now_ns();
	for (i = 0; i < count; i++)
		if (write(sv[0], "ping\n", 5) != 5 ||
		    read(sv[0], buf, sizeof(buf)) != 5)
			return 1;
	report(start);
	close(sv[0]);
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}

static int
ping_getppid(void)
{
	int64_t start = now_ns();
	long i;

	for (i = 0; i < count; i++)
		syscall(SYS_getppid);
	report(start);
	return 0;
}

int
main(int argc, char *argv[])
{
	count = argc == 3 ? atol(argv[2]) : 0;
	if (count > 0 && strcmp(argv[1], "supervisor") == 0)
		return ping_supervisor(argv);
	if (count > 0 && strcmp(argv[1], "socket") == 0)
		return ping_socket();
	if (count > 0 && strcmp(argv[1], "getppid") == 0)
		return ping_getppid();
	fputs("usage: ping supervisor|socket|getppid COUNT\n", stderr);
	return 1;
}
