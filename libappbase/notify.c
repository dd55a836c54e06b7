/* SPDX-License-Identifier: BSD-2-Clause */
/* The sd_notify protocol, sending side. */
#include "appbase/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"

static int notify_open(const char *);
static int notify_send(int, const char *, int);
static int notify_send_by(int, const char *, int, int64_t);
static int notify_poll(int, short, int64_t);

/* Tell the service manager. */
int
appbase_notify(const char *address, const char *lines)
{
	return appbase_notify_fd(address, lines, -1);
}

/* Tell it, and pass a descriptor. */
int
appbase_notify_fd(const char *address, const char *lines, int fd)
{
	int s, r;

	s = notify_open(address);
	if (s < 0)
		return s == -1 ? -1 : 0;
	r = notify_send(s, lines, fd);
	fd_close(s);
	return r == -1 ? -1 : 1;
}

/* Wait until all that was told has been read. */
int
appbase_notify_barrier(const char *address, int64_t timeout_ms)
{
	int64_t until = clock_deadline(clock_now_ms(), timeout_ms);
	int s, p[2] = {-1, -1}, r = -1;

	s = notify_open(address);
	if (s < 0)
		return s == -1 ? -1 : 0;
	if (pipe2(p, O_CLOEXEC) == -1)
		goto out;
	if (notify_send_by(s, "BARRIER=1", p[1], until) == -1)
		goto out;
	fd_closep(&p[1]);
	/* The reader closes its copy: end of file. */
	if (notify_poll(p[0], POLLIN, until) == -1)
		goto out;
	r = 1;
out:
	fd_close(p[0]);
	fd_close(p[1]);
	fd_close(s);
	return r;
}

/* Connect to the manager's socket: a descriptor, -1 with errno, -2 no address.
 */
static int
notify_open(const char *address)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len;
	int s;

	if (address == NULL)
		address = getenv("NOTIFY_SOCKET");
	if (address == NULL || address[0] == '\0')
		return -2;
	len = strlen(address);
	if ((address[0] != '/' && address[0] != '@') || len == 1) {
		errno = EINVAL;
		return -1;
	}
	if (len >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path, address, len);
	if (address[0] == '@')
		un.sun_path[0] = '\0';
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s == -1)
		return -1;
	len += offsetof(struct sockaddr_un, sun_path);
	if (connect(s, (struct sockaddr *)&un, (socklen_t)len) == -1) {
		fd_close(s);
		return -1;
	}
	return s;
}

/* Send one datagram, with a descriptor unless that is -1. */
static int
notify_send(int s, const char *lines, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)lines;
	iov.iov_len = strlen(lines);
	if (fd != -1) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(s, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* Send, waiting for room in the receiver's queue until a time. */
static int
notify_send_by(int s, const char *lines, int fd, int64_t until)
{
	while (notify_send(s, lines, fd) == -1) {
		if (errno != EAGAIN || notify_poll(s, POLLOUT, until) == -1)
			return -1;
	}
	return 0;
}

/* Wait for a descriptor until a time: 0, or -1 with ETIMEDOUT or errno. */
static int
notify_poll(int fd, short events, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = 0;
	int r;

	do {
		if (until == CLOCK_NEVER)
			left = -1;
		else if ((left = until - clock_now_ms()) < 0)
			left = 0;
		else if (left > INT32_MAX)
			left = INT32_MAX;
		r = poll(&p, 1, (int)left);
	} while ((r == -1 && errno == EINTR) || (r == 0 && left != 0));
	if (r == 0)
		errno = ETIMEDOUT;
	return r == 1 ? 0 : -1;
}
