/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sd_notify protocol, receiving side (R-36, B-402).
 *
 * What comes is from programs and not trusted: a datagram is read whole or
 * dropped whole, and its sender is who the kernel says it is.
 */
#include "appbase/notify.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/fd.h"

#define NOTIFY_MAX	  4096
#define NOTIFY_FDS_MAX	  16
#define NOTIFY_DROPS_MAX  64 /* bad datagrams skipped in one call */
#define NOTIFY_FDNAME_MAX 255

struct appbase_notify_server {
	int fd;
	dev_t dev; /* of the path, to remove no other server's */
	ino_t ino;
	uint64_t dropped;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char buf[NOTIFY_MAX + 1];
};

/* How a field's value is read. */
enum notify_kind {
	NOTIFY_FLAG, /* is exactly the word: true */
	NOTIFY_INT64,
	NOTIFY_INT,
	NOTIFY_PID,
	NOTIFY_TEXT,
	NOTIFY_NAME, /* printable, without ':' */
};

#define NOTIFY_AT(member) offsetof(struct appbase_notification, member)
static const struct notify_field {
	const char *key;
	enum notify_kind kind;
	const char *word;
	size_t offset;
} notify_fields[] = {
    {"READY", NOTIFY_FLAG, "1", NOTIFY_AT(ready)},
    {"RELOADING", NOTIFY_FLAG, "1", NOTIFY_AT(reloading)},
    {"STOPPING", NOTIFY_FLAG, "1", NOTIFY_AT(stopping)},
    {"WATCHDOG", NOTIFY_FLAG, "1", NOTIFY_AT(watchdog)},
    {"WATCHDOG", NOTIFY_FLAG, "trigger", NOTIFY_AT(watchdog_trigger)},
    {"FDSTORE", NOTIFY_FLAG, "1", NOTIFY_AT(fdstore)},
    {"FDSTOREREMOVE", NOTIFY_FLAG, "1", NOTIFY_AT(fdstoreremove)},
    {"BARRIER", NOTIFY_FLAG, "1", NOTIFY_AT(barrier)},
    {"MAINPID", NOTIFY_PID, NULL, NOTIFY_AT(mainpid)},
    {"EXTEND_TIMEOUT_USEC", NOTIFY_INT64, NULL, NOTIFY_AT(extend_timeout_usec)},
    {"WATCHDOG_USEC", NOTIFY_INT64, NULL, NOTIFY_AT(watchdog_usec)},
    {"MONOTONIC_USEC", NOTIFY_INT64, NULL, NOTIFY_AT(monotonic_usec)},
    {"ERRNO", NOTIFY_INT, NULL, NOTIFY_AT(errno_value)},
    {"STATUS", NOTIFY_TEXT, NULL, NOTIFY_AT(status)},
    {"FDNAME", NOTIFY_NAME, NULL, NOTIFY_AT(fdname)},
};

static int notify_bind(struct appbase_notify_server *);
static int notify_read(
    struct appbase_notify_server *, struct appbase_notification *, size_t *);
static void notify_take(struct msghdr *, struct appbase_notification *);
static void notify_close_fds(struct appbase_notification *);
static unsigned notify_line(char *, size_t, struct appbase_notification *);
static bool notify_store(
    const struct notify_field *, const char *, struct appbase_notification *);

/* Bind a receiving socket. */
struct appbase_notify_server *
appbase_notify_listen(const char *path)
{
	struct appbase_notify_server *server;

	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return NULL;
	server->fd = -1;
	if (strlcpy(server->path, path, sizeof(server->path)) >=
	    sizeof(server->path))
		errno = ENAMETOOLONG;
	else if (path[0] == '\0')
		errno = EINVAL;
	else if (notify_bind(server) == 0)
		return server;
	fd_close(server->fd);
	free(server);
	return NULL;
}

/* Close it; remove its path unless another server has taken that. */
void
appbase_notify_free(struct appbase_notify_server *server)
{
	struct stat st;

	if (server == NULL)
		return;
	if (lstat(server->path, &st) == 0 && st.st_ino == server->ino &&
	    st.st_dev == server->dev)
		(void)unlink(server->path);
	fd_close(server->fd);
	free(server);
}

/* The descriptor to wait for. */
int
appbase_notify_server_fd(const struct appbase_notify_server *server)
{
	return server->fd;
}

/* How many datagrams were not believed. */
uint64_t
appbase_notify_dropped(const struct appbase_notify_server *server)
{
	return server->dropped;
}

/* Read one datagram. */
int
appbase_notify_receive(
    struct appbase_notify_server *server, struct appbase_notification *n)
{
	size_t len;
	int r, i;

	for (i = 0; i < NOTIFY_DROPS_MAX; i++) {
		memset(n, 0, sizeof(*n));
		r = notify_read(server, n, &len);
		if (r == 1)
			appbase_notify_parse(server->buf, len, n);
		if (r != -1 || errno != EBADMSG)
			return r;
		server->dropped++;
		notify_close_fds(n);
	}
	return 0;
}

/* Read the lines of a datagram. */
unsigned
appbase_notify_parse(char *buf, size_t len, struct appbase_notification *n)
{
	unsigned understood = 0;
	struct appbase_notification old = *n;
	char *nl;
	size_t linelen;

	memset(n, 0, sizeof(*n));
	n->pid = old.pid;
	n->uid = old.uid;
	memcpy(n->fds, old.fds, sizeof(n->fds));
	n->nfds = old.nfds;
	n->watchdog_usec = -1;
	n->monotonic_usec = -1;
	while (len > 0) {
		nl = memchr(buf, '\n', len);
		linelen = nl != NULL ? (size_t)(nl - buf) : len;
		understood += notify_line(buf, linelen, n);
		if (nl != NULL)
			linelen++;
		buf += linelen;
		len -= linelen;
	}
	return understood;
}

/* Make and bind the socket, in the place of an older one. */
static int
notify_bind(struct appbase_notify_server *server)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	int on = 1;

	strlcpy(un.sun_path, server->path, sizeof(un.sun_path));
	if (lstat(un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    unlink(un.sun_path) == -1 && errno != ENOENT)
		return -1;
	server->fd =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd == -1 ||
	    setsockopt(server->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ==
		-1 ||
	    bind(server->fd, (struct sockaddr *)&un, sizeof(un)) == -1 ||
	    lstat(un.sun_path, &st) == -1)
		return -1;
	server->dev = st.st_dev;
	server->ino = st.st_ino;
	return 0;
}

/* Receive one: 1, 0 nothing waits, -1 with errno; EBADMSG = one to be dropped.
 */
static int
notify_read(struct appbase_notify_server *server,
    struct appbase_notification *n, size_t *len)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred)) +
		    CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)];
	} control;
	struct iovec iov = {server->buf, NOTIFY_MAX};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.buf,
	    .msg_controllen = sizeof(control.buf)};
	ssize_t got;

	do
		got = recvmsg(server->fd, &msg, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return errno == EAGAIN ? 0 : -1;
	*len = (size_t)got;
	notify_take(&msg, n);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || n->pid <= 0) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

/* Take credentials and descriptors out of a message. */
static void
notify_take(struct msghdr *msg, struct appbase_notification *n)
{
	struct ucred cred;
	struct cmsghdr *c;
	size_t i, count;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len == CMSG_LEN(sizeof(cred))) {
			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			n->pid = cred.pid;
			n->uid = cred.uid;
		} else if (c->cmsg_type == SCM_RIGHTS) {
			count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (i = 0; i < count; i++) {
				memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
				    sizeof(fd));
				if (n->nfds < NOTIFY_FDS_MAX)
					n->fds[n->nfds++] = fd;
				else
					fd_close(fd);
			}
		}
	}
}

/* Close the descriptors of a datagram that is dropped. */
static void
notify_close_fds(struct appbase_notification *n)
{
	while (n->nfds > 0)
		fd_close(n->fds[--n->nfds]);
}

/*
 * Read one KEY=VALUE line; 1 if it was understood.  The value is moved over the
 * '=', which makes room for its terminator without touching the next line.
 */
static unsigned
notify_line(char *line, size_t len, struct appbase_notification *n)
{
	const struct notify_field *f = notify_fields;
	const struct notify_field *end =
	    f + sizeof(notify_fields) / sizeof(notify_fields[0]);
	char *eq = memchr(line, '=', len);
	size_t keylen;

	if (eq == NULL || memchr(line, '\0', len) != NULL)
		return 0;
	keylen = (size_t)(eq - line);
	memmove(eq, eq + 1, len - keylen - 1);
	line[len - 1] = '\0';
	for (; f < end; f++) {
		if (strlen(f->key) == keylen &&
		    memcmp(f->key, line, keylen) == 0 && notify_store(f, eq, n))
			return 1;
	}
	return 0;
}

/* Read a decimal number of digits only, 0 to max. */
static bool
notify_number(const char *text, int64_t max, int64_t *v)
{
	const char *why;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*v = strtonum(text, 0, max, &why);
	return why == NULL;
}

/* A name: not empty, printable, without the separator of LISTEN_FDNAMES. */
static bool
notify_is_name(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] < ' ' || text[i] > '~' || text[i] == ':')
			return false;
	}
	return i > 0 && i <= NOTIFY_FDNAME_MAX;
}

/* Store a field's value if it is well-formed. */
static bool
notify_store(const struct notify_field *f, const char *value,
    struct appbase_notification *n)
{
	void *at = (char *)n + f->offset;
	int64_t v;

	switch (f->kind) {
	case NOTIFY_FLAG:
		if (strcmp(value, f->word) != 0)
			return false;
		*(bool *)at = true;
		return true;
	case NOTIFY_INT64:
		if (!notify_number(value, INT64_MAX, &v))
			return false;
		*(int64_t *)at = v;
		return true;
	case NOTIFY_INT:
		if (!notify_number(value, INT_MAX, &v))
			return false;
		*(int *)at = (int)v;
		return true;
	case NOTIFY_PID:
		if (!notify_number(value, INT_MAX, &v) || v == 0)
			return false;
		*(pid_t *)at = (pid_t)v;
		return true;
	case NOTIFY_NAME:
		if (!notify_is_name(value))
			return false;
		break;
	case NOTIFY_TEXT:
		break;
	}
	*(const char **)at = value;
	return true;
}
