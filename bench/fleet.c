/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs for a supervisor of many, and the least code that does its jobs.
 *
 *     fleet child              says so on the FIFO $FLEET, waits to be killed
 *     fleet crash              says so, exits at once
 *     fleet write SIZE TOTAL   TOTAL bytes to standard output, SIZE a write
 *     fleet lines RATE COUNT   COUNT numbered lines, ten at a time, RATE a
 * second fleet boot N             the floor of a start: vfork, exec, N times,
 * with two pipes each; then waits to be killed fleet respawn N          N at a
 * time, and another for each that ends fleet rotate FILE BYTES  standard input
 * to a file that is rotated fleet canned SOCKET N    an HTTP server whose every
 * answer has N bytes
 *
 * What is floor here makes no log, has no timer and no control.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FLEET_CHUNK 131072

static const char *fleet_self;

/* Ends the program with a reason. */
static _Noreturn void
fleet_die(const char *what)
{
	fprintf(stderr, "fleet: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Writes all, or ends the program. */
static void
fleet_write(int fd, const char *buf, size_t len)
{
	ssize_t n;

	for (; len > 0; buf += n, len -= (size_t)n)
		if ((n = write(fd, buf, len)) == -1)
			fleet_die("write");
}

/* Tells the benchmark that this process has come to main(). */
static void
fleet_report(void)
{
	const char *path = getenv("FLEET");
	pid_t pid = getpid();
	int fd;

	if (path == NULL)
		return;
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		fleet_die(path);
	fleet_write(fd, (const char *)&pid, sizeof(pid));
	close(fd);
}

static int
fleet_child(char **args)
{
	(void)args;
	fleet_report();
	return pause(); /* until it is killed */
}

static int
fleet_crash(char **args)
{
	(void)args;
	fleet_report();
	return 1;
}

/* Writes as fast as it is taken. */
static int
fleet_flood(char **args)
{
	size_t size = (size_t)atoll(args[0]);
	long long left = atoll(args[1]);
	char *buf = malloc(size);

	if (buf == NULL)
		fleet_die("malloc");
	memset(buf, 'x', size);
	for (size_t i = 99; i < size; i += 100)
		buf[i] = '\n';
	buf[size - 1] = '\n';
	for (; left > 0; left -= (long long)size)
		fleet_write(STDOUT_FILENO, buf, size);
	free(buf);
	fleet_report();
	return 0;
}

/* Writes lines at a rate, ten together. */
static int
fleet_lines(char **args)
{
	long rate = atol(args[0]), count = atol(args[1]), i;
	struct timespec next;
	char text[10 * 32];
	int len = 0;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (i = 1; i <= count; i++) {
		len += snprintf(
		    text + len, sizeof(text) - (size_t)len, "line %019ld\n", i);
		if (i % 10 != 0 && i != count)
			continue;
		fleet_write(STDOUT_FILENO, text, (size_t)len);
		len = 0;
		next.tv_nsec += 10000000000L / rate % 1000000000L;
		next.tv_sec += 10 / rate;
		if (next.tv_nsec >= 1000000000L) {
			next.tv_nsec -= 1000000000L;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	fleet_report();
	return 0;
}

/* Starts this program with another job; its outputs are pipes, if asked for. */
static pid_t
fleet_spawn(const char *job, int pipes)
{
	char *const argv[] = {
	    (char *)(uintptr_t)fleet_self, (char *)(uintptr_t)job, NULL};
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	pid_t pid;

	if (pipes &&
	    (pipe2(out, O_CLOEXEC) == -1 || pipe2(err, O_CLOEXEC) == -1))
		fleet_die("pipe");
	pid = vfork();
	if (pid == 0) {
		if (pipes) {
			dup2(out[1], STDOUT_FILENO);
			dup2(err[1], STDERR_FILENO);
		}
		execv(fleet_self, argv);
		_exit(127);
	}
	if (pid == -1)
		fleet_die("vfork");
	if (pipes) {
		close(out[1]);
		close(err[1]);
	}
	return pid;
}

static void
fleet_on_term(int signo)
{
	(void)signo;
}

/* Starts all, and ends them when it is to end. */
static int
fleet_boot(char **args)
{
	int n = atoi(args[0]), i;
	pid_t *pids = calloc((size_t)n, sizeof(*pids));
	struct sigaction sa = {.sa_handler = fleet_on_term};

	sigaction(SIGTERM, &sa, NULL);
	for (i = 0; i < n; i++)
		pids[i] = fleet_spawn("child", 1);
	pause();
	for (i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) != -1)
		continue;
	free(pids);
	return 0;
}

/* Starts another for each that ends, for ever. */
static int
fleet_respawn(char **args)
{
	const char *job = args[1] == NULL ? "child" : args[1];
	int n = atoi(args[0]);

	while (n-- > 0)
		fleet_spawn(job, 0);
	while (wait(NULL) != -1)
		fleet_spawn(job, 0);
	return 1;
}

/* Keeps a file and one before it, like a supervisor with one backup. */
static int
fleet_rotate(char **args)
{
	static char buf[FLEET_CHUNK];
	long long limit = atoll(args[1]), size = 0;
	char old[4096];
	int fd = -1;
	ssize_t n;

	snprintf(old, sizeof(old), "%s.1", args[0]);
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		if (fd == -1 || size >= limit) {
			if (fd != -1 && rename(args[0], old) == -1)
				fleet_die("rename");
			close(fd);
			fd = open(args[0],
			    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
			if (fd == -1)
				fleet_die(args[0]);
			size = 0;
		}
		fleet_write(fd, buf, (size_t)n);
		size += n;
	}
	return 0;
}

/* Answers one request a connection with the same bytes. */
static int
fleet_canned(char **args)
{
	size_t n = (size_t)atoll(args[1]);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	static char request[65536];
	char head[128];
	char *body = malloc(n);
	int fd, s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", args[0]);
	if (body == NULL || bind(s, (struct sockaddr *)&to, sizeof(to)) == -1 ||
	    listen(s, 100) == -1)
		fleet_die("listen");
	memset(body, 'x', n);
	snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
	    "Content-Type: text/xml\r\nConnection: close\r\n\r\n",
	    n);
	while ((fd = accept4(s, NULL, NULL, SOCK_CLOEXEC)) != -1) {
		if (read(fd, request, sizeof(request)) > 0) {
			fleet_write(fd, head, strlen(head));
			fleet_write(fd, body, n);
			shutdown(fd, SHUT_WR);
			while (read(fd, request, sizeof(request)) > 0)
				continue; /* the rest of what was asked */
		}
		close(fd);
	}
	return 1;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int nargs;
		int (*run)(char **);
	} jobs[] = {
	    {"child", 0, fleet_child},
	    {"crash", 0, fleet_crash},
	    {"write", 2, fleet_flood},
	    {"lines", 2, fleet_lines},
	    {"boot", 1, fleet_boot},
	    {"respawn", 1, fleet_respawn},
	    {"rotate", 2, fleet_rotate},
	    {"canned", 2, fleet_canned},
	};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	fleet_self = argv[0];
	for (i = 0; argc > 1 && i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (strcmp(argv[1], jobs[i].name) == 0 &&
		    argc >= 2 + jobs[i].nargs)
			return jobs[i].run(argv + 2);
	fputs("usage: fleet JOB [ARGUMENT...], see its source\n", stderr);
	return 2;
}
