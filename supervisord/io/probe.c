/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at whether a program serves. */
#include "supervisord/io/probe.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisord/model/procfmt.h"

#define PROBE_HEAD_MAX 256 /* of an HTTP answer, of which one line counts */

enum probe_step {
	PROBE_IDLE,
	PROBE_CONNECT,
	PROBE_READ,
	PROBE_RUN,
	PROBE_TOLD
};

struct probe {
	struct probe_settings set;
	enum probe_step step;
	struct loop_timer *timer; /* the time-out, or the answer that is due */
	struct loop_io *io;
	int fd;
	bool ok;
	char why[PROCFMT_STATUS_MAX + 64];
	char head[PROBE_HEAD_MAX];
	size_t len;
};

static void probe_on_timer(void *);
static void probe_on_connected(void *);
static void probe_on_readable(void *);
static int probe_open(struct probe *);
static int probe_open_unix(struct probe *);
static void probe_request(struct probe *);
static void probe_tell(struct probe *, bool, const char *);
static void probe_close(struct probe *);

/* Makes a probe that does nothing yet. */
struct probe *
probe_new(const struct probe_settings *set)
{
	struct probe *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->set = *set;
	p->fd = -1;
	if ((p->timer = loop_timer_new(set->loop, probe_on_timer, p)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

/* Frees a probe. */
void
probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	probe_cancel(p);
	loop_timer_free(p->timer);
	free(p);
}

/* Begins to look. */
void
probe_start(struct probe *p, int64_t timeout_ms)
{
	probe_cancel(p);
	if (p->set.config->kind == CONFIG_PROBE_EXEC) {
		p->step = PROBE_RUN;
		if (p->set.exec(p->set.arg, p->set.config->command) == -1) {
			p->step = PROBE_IDLE;
			probe_tell(p, false, strerror(errno));
			return;
		}
	} else {
		p->step = PROBE_CONNECT;
		if (probe_open(p) == -1) {
			probe_tell(p, false, strerror(errno));
			return;
		}
	}
	loop_timer_set(p->timer, loop_now_ms() + timeout_ms);
}

/* Drops what is going on. */
void
probe_cancel(struct probe *p)
{
	if (p->step == PROBE_RUN)
		p->set.kill(p->set.arg);
	probe_close(p);
	loop_timer_set(p->timer, LOOP_NEVER);
	p->step = PROBE_IDLE;
}

/* The command has ended. */
void
probe_exited(struct probe *p, int wait_status)
{
	char text[PROCFMT_STATUS_MAX];

	if (p->step != PROBE_RUN)
		return;
	p->step = PROBE_IDLE;
	probe_tell(p, wait_status == 0, procfmt_status(wait_status, text));
}

/* Opens a connection; EINPROGRESS is as good as success. */
static int
probe_open(struct probe *p)
{
	const struct config_probe *config = p->set.config;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
			    .ai_socktype = SOCK_STREAM},
			*found;
	int rc;

	if (config->kind == CONFIG_PROBE_UNIX)
		return probe_open_unix(p);
	if (getaddrinfo(config->host, config->port, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	p->fd = socket(
	    found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = p->fd == -1 ? -1
			 : connect(p->fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (rc == -1 && errno != EINPROGRESS)
		return -1;
	p->io =
	    loop_io_new(p->set.loop, p->fd, LOOP_WRITE, probe_on_connected, p);
	return p->io == NULL ? -1 : loop_io_enable(p->io, true);
}

/* Opens a connection to a path. */
static int
probe_open_unix(struct probe *p)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	(void)strlcpy(un.sun_path, p->set.config->path, sizeof(un.sun_path));
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd == -1 ||
	    connect(p->fd, (const struct sockaddr *)&un, sizeof(un)) == -1)
		return -1;
	probe_tell(p, true, "connected");
	return 0;
}

/* The connection is there, or will never be. */
static void
probe_on_connected(void *arg)
{
	struct probe *p = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	loop_io_free(p->io);
	p->io = NULL;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		probe_tell(p, false, strerror(error));
	else if (p->set.config->kind == CONFIG_PROBE_TCP)
		probe_tell(p, true, "connected");
	else
		probe_request(p);
}

/* Sends the request; it is short, and the connection is new. */
static void
probe_request(struct probe *p)
{
	const struct config_probe *config = p->set.config;
	char text[2048];
	int n;

	n = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.0\r\nHost: %s:%s\r\nUser-Agent: supervisord\r\n"
	    "Connection: close\r\n\r\n",
	    config->path, config->host, config->port);
	if (n >= (int)sizeof(text) ||
	    send(p->fd, text, (size_t)n, MSG_NOSIGNAL) != n) {
		probe_tell(p, false, "the request was not taken");
		return;
	}
	p->step = PROBE_READ;
	p->len = 0;
	p->io =
	    loop_io_new(p->set.loop, p->fd, LOOP_READ, probe_on_readable, p);
	if (p->io == NULL || loop_io_enable(p->io, true) == -1)
		probe_tell(p, false, strerror(errno));
}

/* Something of the answer is there: its first line counts. */
static void
probe_on_readable(void *arg)
{
	struct probe *p = arg;
	char why[32];
	int code = 0;
	ssize_t n;

	n = recv(p->fd, p->head + p->len, sizeof(p->head) - 1 - p->len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		p->len += (size_t)n;
	p->head[p->len] = '\0';
	if (n > 0 && strchr(p->head, '\n') == NULL &&
	    p->len < sizeof(p->head) - 1)
		return;
	if (strncmp(p->head, "HTTP/", 5) != 0 || strchr(p->head, ' ') == NULL ||
	    (code = atoi(strchr(p->head, ' '))) == 0) {
		probe_tell(p, false, "no answer of HTTP");
		return;
	}
	(void)snprintf(why, sizeof(why), "status %d", code);
	probe_tell(p, code >= 200 && code < 400, why);
}

/* The time is over, or the answer is to be told. */
static void
probe_on_timer(void *arg)
{
	struct probe *p = arg;

	if (p->step != PROBE_TOLD) {
		probe_cancel(p);
		p->ok = false;
		(void)strlcpy(p->why, "no answer in time", sizeof(p->why));
	}
	p->step = PROBE_IDLE;
	p->set.done(p->set.arg, p->ok, p->why);
}

/* Notes what came of it, to be told in the loop's next turn. */
static void
probe_tell(struct probe *p, bool ok, const char *why)
{
	probe_close(p);
	p->step = PROBE_TOLD;
	p->ok = ok;
	(void)strlcpy(p->why, why, sizeof(p->why));
	loop_timer_set(p->timer, 0);
}

/* Closes the connection. */
static void
probe_close(struct probe *p)
{
	loop_io_free(p->io);
	p->io = NULL;
	if (p->fd != -1)
		(void)close(p->fd);
	p->fd = -1;
}
