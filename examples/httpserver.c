/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small HTTP server that is replaced under load and loses no request.
 *
 *     httpserver --listen 127.0.0.1:8080 --pid-file /tmp/http.pid
 *     curl http://127.0.0.1:8080/
 *     cc -DVERSION='"2"' ...; kill -USR2 `cat /tmp/http.pid`
 *
 * How it loses nothing: the listening socket is the supervisor's, and both
 * generations have it.  The new worker accepts as soon as it is ready.  The old
 * one is then asked to end; it stops accepting, answers what it has already
 * accepted, and goes.  At every moment somebody takes from the same queue.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <appbase.h>

#ifndef VERSION
#define VERSION "1"
#endif
#define CONNECTIONS 200
#define DRAIN_MS    8000 /* for requests under way when we are to end */
#define IDLE_MS	    500	 /* ... and for connections without one */

struct connection {
	char in[4096], out[512];
	size_t inlen, outlen, sent;
	bool close; /* when `out` is sent */
};

/* Slot 0 of fds is the listener; connection i is polled in slot i + 1. */
static struct pollfd fds[CONNECTIONS + 1];
static struct connection connections[CONNECTIONS];
static int nconnections;
static bool draining;

static const struct appbase_option options[] = {
    {"listen", "listen=<address>", "address to serve on", APPBASE_STRING,
	"127.0.0.1:8080"},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
drop(int i)
{
	close(fds[i + 1].fd);
	nconnections--;
	fds[i + 1] = fds[nconnections + 1];
	connections[i] = connections[nconnections];
}

/* Takes all that wait, while there is room; the rest waits in the backlog. */
static void
take(void)
{
	int fd;

	while (nconnections < CONNECTIONS &&
	    (fd = accept4(
		 fds[0].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) != -1) {
		memset(&connections[nconnections], 0, sizeof(connections[0]));
		fds[++nconnections] = (struct pollfd){.fd = fd};
	}
}

/* Writes the answer to a request whose head is at c->in, NUL-terminated. */
static void
answer(struct appbase *app, struct connection *c)
{
	bool good = strncmp(c->in, "GET ", 4) == 0;
	char body[128];
	int n;

	/* A body would be mistaken for the next request: close behind it. */
	c->close = draining || !good ||
	    strstr(c->in, " HTTP/1.1\r\n") == NULL ||
	    strcasestr(c->in, "\r\nConnection: close") != NULL ||
	    strcasestr(c->in, "\r\nContent-Length:") != NULL ||
	    strcasestr(c->in, "\r\nTransfer-Encoding:") != NULL;
	n = snprintf(body, sizeof(body), "pid=%d\ngen=%llu\nversion=%s\n",
	    (int)getpid(), (unsigned long long)appbase_generation(app),
	    VERSION);
	n = snprintf(c->out, sizeof(c->out),
	    "HTTP/1.1 %s\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Length: %d\r\n"
	    "%s"
	    "\r\n"
	    "%s",
	    good ? "200 OK" : "405 Method Not Allowed\r\nAllow: GET", n,
	    c->close ? "Connection: close\r\n" : "", body);
	c->outlen = (size_t)n;
	c->sent = 0;
}

/* Answers the next request if all of its head is there. */
static void
next_request(struct appbase *app, struct connection *c)
{
	char *end = memmem(c->in, c->inlen, "\r\n\r\n", 4);
	size_t used;

	if (c->outlen > 0 || end == NULL)
		return;
	end[2] = '\0';
	used = (size_t)(end + 4 - c->in);
	answer(app, c);
	c->inlen -= used;
	memmove(c->in, end + 4, c->inlen);
}

/* Reads, answers, writes what can be written; false = the connection is over.
 */
static bool
serve(struct appbase *app, struct connection *c, int fd)
{
	ssize_t n;

	n = recv(fd, c->in + c->inlen, sizeof(c->in) - 1 - c->inlen, 0);
	if (n > 0)
		c->inlen += (size_t)n;
	else if (c->outlen == 0 && (n == 0 || errno != EAGAIN))
		return false; /* closed by the client, or too long a head */
	next_request(app, c);
	while (c->outlen > 0) {
		n = send(
		    fd, c->out + c->sent, c->outlen - c->sent, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN;
		c->sent += (size_t)n;
		if (c->sent < c->outlen)
			continue;
		if (c->close)
			return false;
		c->outlen = 0;
		next_request(app, c);
	}
	return true;
}

/* Serves the connections that poll(2) has found ready. */
static void
serve_ready(struct appbase *app)
{
	int i;

	for (i = nconnections - 1; i >= 0; i--)
		if (fds[i + 1].revents != 0 &&
		    !serve(app, &connections[i], fds[i + 1].fd))
			drop(i);
}

/* Says what to wait for. */
static void
want(void)
{
	int i;

	fds[0].events = nconnections < CONNECTIONS && !draining ? POLLIN : 0;
	for (i = 0; i < nconnections; i++)
		fds[i + 1].events =
		    connections[i].outlen > 0 ? POLLOUT : POLLIN;
}

static int
work(struct appbase *app)
{
	const struct appbase_listen_options opt = {
	    .flags = APPBASE_LISTEN_NONBLOCK};
	const char *address =
	    appbase_option_string(appbase_options(app), "listen");

	/* Bound once, by the first generation; all others get it from the
	 * supervisor.  A class with a listener reloads with overlap. */
	fds[0].fd = appbase_listen(app, "http", address, &opt);
	if (fds[0].fd == -1)
		appbase_error(app, "%s: %s", address, strerror(errno));
	appbase_ready_to_take_over(app);
	for (;;) {
		want();
		if (appbase_wait(app, fds, (nfds_t)nconnections + 1, -1) <= 0)
			continue;
		serve_ready(app);
		if (fds[0].revents != 0)
			take();
	}
}

/*
 * We are to end.  This runs in normal context, from within appbase_wait(); the
 * supervisor's patience (drain_timeout_ms) is longer than ours.  A connection
 * on which nothing was asked yet gets a moment for its request, which is then
 * answered with "Connection: close".
 */
static int
finish(struct appbase *app)
{
	int64_t start = now_ms(), past;
	int i;

	draining = true;
	do {
		past = now_ms() - start;
		for (i = nconnections - 1; i >= 0; i--)
			if (past >= IDLE_MS && connections[i].inlen == 0 &&
			    connections[i].outlen == 0)
				drop(i);
		want();
		/* Slot 0, the listener, is the successor's now. */
		if (poll(fds + 1, (nfds_t)nconnections, 50) > 0)
			serve_ready(app);
	} while (nconnections > 0 && past < DRAIN_MS);
	return APPBASE_EXIT_OK;
}

int
main(int argc, char *argv[])
{
	static const struct appbase_class httpserver = {
	    .name = "httpserver",
	    .documentation = "Answers GET requests with who it is.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .supervised_process = work,
	    .supervised_shutdown = finish,
	};

	return appbase_run(&httpserver, argc, argv);
}
