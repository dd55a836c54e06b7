/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket on which one program says that it is ready. */
#include "supervisord/io/notifysock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFYSOCK_BURST 64 /* datagrams a turn */
#define NOTIFYSOCK_FDS	 16

struct notifysock {
	int fd;
	struct loop_io *io;
	notifysock_heard *heard;
	void *arg;
	bool freed, busy; /* freed by what it called */
};

static void notifysock_on_readable(void *);
static int notifysock_read(int, char *, size_t, struct appbase_notification *);
static void notifysock_take(struct msghdr *, struct appbase_notification *);

/* Binds a socket. */
int
notifysock_open(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd, on = 1, error;

	if (len + 1 > sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path + 1, name, len);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		    len)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Begins to read a socket. */
struct notifysock *
notifysock_new(struct loop *loop, int fd, notifysock_heard *heard, void *arg)
{
	struct notifysock *n;

	if ((n = calloc(1, sizeof(*n))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	n->fd = fd;
	n->heard = heard;
	n->arg = arg;
	n->io = loop_io_new(loop, fd, LOOP_READ, notifysock_on_readable, n);
	if (n->io == NULL || loop_io_enable(n->io, true) == -1) {
		notifysock_free(n);
		return NULL;
	}
	return n;
}

/* Closes the socket. */
void
notifysock_free(struct notifysock *n)
{
	if (n == NULL)
		return;
	n->freed = true;
	if (n->busy)
		return;
	loop_io_free(n->io);
	(void)close(n->fd);
	free(n);
}

/* Something was said. */
static void
notifysock_on_readable(void *arg)
{
	struct appbase_notification said;
	struct notifysock *n = arg;
	char text[4096];
	size_t k;
	int i;

	n->busy = true;
	for (i = 0; i < NOTIFYSOCK_BURST && !n->freed; i++) {
		if (notifysock_read(n->fd, text, sizeof(text), &said) == -1)
			break;
		if (said.pid != 0)
			n->heard(n->arg, &said);
		for (k = 0; k < said.nfds; k++)
			(void)close(said.fds[k]);
	}
	n->busy = false;
	if (n->freed)
		notifysock_free(n);
}

/* Reads one datagram; pid is 0 if it is not to be believed. */
static int
notifysock_read(
    int fd, char *text, size_t size, struct appbase_notification *said)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred)) +
		    CMSG_SPACE(NOTIFYSOCK_FDS * sizeof(int))];
	} control;
	struct iovec iov = {text, size - 1};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	ssize_t n;

	memset(said, 0, sizeof(*said));
	if ((n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) == -1)
		return -1;
	notifysock_take(&msg, said);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		said->pid = 0;
	if (said->pid != 0)
		(void)appbase_notify_parse(text, (size_t)n, said);
	return 0;
}

/* Takes credentials and descriptors. */
static void
notifysock_take(struct msghdr *msg, struct appbase_notification *said)
{
	struct cmsghdr *c;
	struct ucred cred;
	size_t n;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			said->pid = cred.pid;
			said->uid = cred.uid;
		} else if (c->cmsg_type == SCM_RIGHTS) {
			n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			if (n > NOTIFYSOCK_FDS - said->nfds)
				n = NOTIFYSOCK_FDS - said->nfds;
			memcpy(said->fds + said->nfds, CMSG_DATA(c),
			    n * sizeof(int));
			said->nfds += n;
		}
	}
}
