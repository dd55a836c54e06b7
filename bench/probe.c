/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks a web server who it is, while it is being replaced.
 *
 *     probe reload PORT PID SIGNAL COUNT
 *         sends SIGNAL to PID and asks all the time; a line for each signal:
 *         microseconds until the first answer of another process, until the
 *         process that answered before is gone, and requests that failed
 *     probe start COUNT COMMAND [ARGUMENT...]
 *         fork and exec of COMMAND, which finds its socket in
 *         $SERVER_STARTER_PORT: microseconds until it answers
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS ((int64_t)10 * 1000 * 1000 * 1000)

static uint16_t port;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
rest_us(long us)
{
	struct timespec ts = {0, us * 1000};

	nanosleep(&ts, NULL);
}

/* One request over one connection: the pid that answered, or -1. */
static pid_t
ask(void)
{
	static const char request[] =
	    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {3, 0};
	char reply[1024];
	size_t len = 0;
	ssize_t n = 0;
	const char *p = NULL;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0)
		while (len < sizeof(reply) - 1 &&
		    (n = recv(fd, reply + len, sizeof(reply) - 1 - len, 0)) > 0)
			len += (size_t)n;
	close(fd);
	reply[len] = '\0';
	if (n == 0)
		p = strstr(reply, "pid=");
	return p != NULL ? (pid_t)atol(p + 4) : -1;
}

/* Asks until a process answers that is not `old`: the time it took. */
static int64_t
ask_until_new(pid_t old, int64_t start, unsigned *failed)
{
	int64_t past;
	pid_t pid;

	for (;;) {
		if ((pid = ask()) == -1)
			++*failed;
		past = now_ns() - start;
		if ((pid != -1 && pid != old) || past >= PATIENCE_NS)
			return past;
		rest_us(50); /* no load of our own beside the newcomer */
	}
}

static int
reload(pid_t daemon, int signo, int count)
{
	int64_t start, first, gone;
	unsigned failed;
	pid_t old;

	for (; count > 0; count--) {
		failed = 0;
		if ((old = ask()) == -1)
			return 1;
		start = now_ns();
		if (kill(daemon, signo) == -1)
			return 1;
		first = ask_until_new(old, start, &failed);
		while (kill(old, 0) == 0 && now_ns() - start < PATIENCE_NS) {
			if (ask() == -1)
				failed++;
			rest_us(100);
		}
		gone = now_ns() - start;
		if (gone >= PATIENCE_NS)
			return 1;
		printf("%.1f %.1f %u\n", (double)first / 1000,
		    (double)gone / 1000, failed);
		/* So that the next one finds the daemon at rest. */
		rest_us(50000);
	}
	return 0;
}

/* A listening socket that children inherit, in the environment. */
static int
listen_for_children(void)
{
	struct sockaddr_in sin = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	char text[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return -1;
	port = ntohs(sin.sin_port);
	snprintf(text, sizeof(text), "127.0.0.1:%u=%d", port, fd);
	return setenv("SERVER_STARTER_PORT", text, 1);
}

static int
start(int count, char *argv[])
{
	unsigned failed = 0;
	int64_t at, past;
	pid_t pid;

	if (listen_for_children() == -1)
		return 1;
	for (; count > 0; count--) {
		at = now_ns();
		if ((pid = fork()) == -1)
			return 1;
		if (pid == 0) {
			execvp(argv[0], argv);
			_exit(127);
		}
		past = ask_until_new(0, at, &failed);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (failed > 0)
			return 1;
		printf("%.1f\n", (double)past / 1000);
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	if (argc == 6 && strcmp(argv[1], "reload") == 0) {
		port = (uint16_t)atoi(argv[2]);
		return reload(
		    (pid_t)atol(argv[3]), atoi(argv[4]), atoi(argv[5]));
	}
	if (argc >= 4 && strcmp(argv[1], "start") == 0)
		return start(atoi(argv[2]), argv + 3);
	fputs("usage: probe reload PORT PID SIGNAL COUNT\n"
	      "       probe start COUNT COMMAND [ARGUMENT...]\n",
	    stderr);
	return 1;
}
