/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed messages with descriptors: see chan.h.
 *
 * One datagram is one message, so the kernel keeps the borders and there is no
 * state between two receives.  A body too large for a datagram is written to a
 * memory file, sealed, and sent as one more descriptor after the sender's own;
 * the seals tell the receiver that it is memory, on which a read cannot block,
 * and that it is as long as it will ever be.
 *
 * What the kernel does not take now (its queue is full, or too many descriptors
 * are under way) waits in the queue, and everything after it too.
 */
#include "libappbase/chan.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/fd.h"

#define CHAN_MAGIC   0x6e616863u
#define CHAN_VERSION 1
/* The sender's descriptors and the memory file. */
#define WIRE_FDS_MAX (CHAN_FDS_MAX + 1)

#ifdef F_ADD_SEALS
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
#endif

struct header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t length; /* of the body, wherever it is */
	uint32_t nfds;	 /* the sender's, without the memory file */
};

/* One datagram to be sent; all is borrowed. */
struct packet {
	struct header header;
	const void *body;
	size_t len; /* bytes of it in the datagram */
	const int *fds;
	size_t nfds; /* including the memory file */
};

/* A datagram that waits: it owns its descriptors; its body follows them. */
struct queued {
	STAILQ_ENTRY(queued) next;
	struct packet packet;
	size_t cost; /* bytes of memory, the memory file's too */
	int fds[];
};

struct chan {
	int fd;
	bool gone; /* a send said that there is no peer */
	STAILQ_HEAD(, queued) queue;
	size_t queued; /* sum of the costs */
	size_t limit;  /* of that */
	void *large;   /* body of the last message if it was a memory file */
	alignas(16) unsigned char in[sizeof(struct header) + CHAN_INLINE_MAX];
};

union control {
	struct cmsghdr align;
	unsigned char bytes[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
};

/* What one recvmsg(2) brought. */
struct received {
	ssize_t n;
	int flags;
	size_t nfds;
	int fds[sizeof(union control) / sizeof(int)];
};

static int packet_send(struct chan *, const struct packet *);
static int queue_add(struct chan *, const struct packet *);
static void queue_clear(struct chan *);
static void queued_free(struct queued *);
static int memory_write(const void *, size_t);
static int receive_datagram(struct chan *, struct received *);
static void receive_fds(struct msghdr *, struct received *);
static int receive_end(const struct chan *);
static int receive_message(struct chan *, struct received *, struct chan_msg *);
static void *memory_read(int, size_t);

/* Make a channel of a socket, which it takes. */
struct chan *
chan_new(int fd)
{
	struct chan *c = NULL;
	socklen_t len = sizeof(int);
	int type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
		goto out;
	if (type != SOCK_SEQPACKET) {
		errno = EPROTOTYPE;
		goto out;
	}
	if (fd_set_cloexec(fd, true) == -1 || fd_set_nonblock(fd, true) == -1)
		goto out;
	c = malloc(sizeof(*c));
	if (c == NULL)
		goto out;
	c->fd = fd;
	c->gone = false;
	c->limit = CHAN_QUEUE_MAX;
	STAILQ_INIT(&c->queue);
	c->queued = 0;
	c->large = NULL;
out:
	if (c == NULL)
		fd_close(fd);
	return c;
}

/* Free a channel and close its socket. */
void
chan_free(struct chan *c)
{
	if (c == NULL)
		return;
	queue_clear(c);
	free(c->large);
	fd_close(c->fd);
	free(c);
}

/* Return the socket, for poll(2). */
int
chan_fd(const struct chan *c)
{
	return c->fd;
}

/* Send a message, or queue it. */
int
chan_send(struct chan *c, uint16_t type, const void *body, size_t len,
    const int *fds, size_t nfds)
{
	struct packet p = {.header = {.magic = CHAN_MAGIC,
			       .version = CHAN_VERSION,
			       .type = type,
			       .length = (uint32_t)len,
			       .nfds = (uint32_t)nfds}};
	int all[WIRE_FDS_MAX], memory = -1, rc = -1;

	if (c->gone) {
		errno = EPIPE;
		return -1;
	}
	if (len > CHAN_BODY_MAX || nfds > CHAN_FDS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	p.fds = fds;
	p.nfds = nfds;
	if (len <= CHAN_INLINE_MAX) {
		p.body = body;
		p.len = len;
	} else {
		memory = memory_write(body, len);
		if (memory == -1)
			goto out;
		if (nfds > 0)
			memcpy(all, fds, nfds * sizeof(*fds));
		all[p.nfds++] = memory;
		p.fds = all;
	}
	if (STAILQ_EMPTY(&c->queue))
		rc = packet_send(c, &p);
	else
		rc = 0;
	if (rc == 0)
		rc = queue_add(c, &p);
	else if (rc == 1)
		rc = 0;
out:
	fd_close(memory);
	return rc;
}

/* Tell whether something waits for the socket to be writable. */
bool
chan_wants_write(const struct chan *c)
{
	return !STAILQ_EMPTY(&c->queue);
}

/* Let so much more wait than what waits now. */
void
chan_limit(struct chan *c, size_t more)
{
	c->limit = c->queued + more;
}

/* Send as much of the queue as the socket takes. */
int
chan_flush(struct chan *c)
{
	struct queued *q;
	int rc;

	while ((q = STAILQ_FIRST(&c->queue)) != NULL) {
		rc = packet_send(c, &q->packet);
		if (rc == 0)
			return 0;
		if (rc == -1)
			break;
		STAILQ_REMOVE_HEAD(&c->queue, next);
		c->queued -= q->cost;
		queued_free(q);
	}
	if (q != NULL) {
		/* The order cannot be kept without this one. */
		c->gone = true;
		queue_clear(c);
	}
	if (c->gone) {
		errno = EPIPE;
		return -1;
	}
	return 0;
}

/* Receive one message. */
int
chan_receive(struct chan *c, struct chan_msg *msg)
{
	struct received in;
	int rc;

	free(c->large);
	c->large = NULL;
	msg->nfds = 0;
	rc = receive_datagram(c, &in);
	if (rc != 1)
		return rc;
	if (in.n == 0)
		rc = receive_end(c);
	else
		rc = receive_message(c, &in, msg);
	while (rc == -1 && in.nfds > 0)
		fd_close(in.fds[--in.nfds]);
	return rc;
}

/* Close the descriptors of a message that nobody has taken. */
void
chan_msg_close(struct chan_msg *msg)
{
	while (msg->nfds > 0)
		fd_close(msg->fds[--msg->nfds]);
}

/*
 * Send a datagram: 1, 0 if not now, or -1 with errno: EPIPE, or what is wrong
 * with this very datagram (EBADF, EMSGSIZE).
 */
static int
packet_send(struct chan *c, const struct packet *p)
{
	struct iovec iov[2] = {{.iov_base = (void *)(uintptr_t)&p->header,
				   .iov_len = sizeof(p->header)},
	    {.iov_base = (void *)(uintptr_t)p->body, .iov_len = p->len}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
	union control control;
	struct cmsghdr *cmsg;
	ssize_t n;

	if (p->nfds > 0) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(p->nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&m);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(p->nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), p->fds, p->nfds * sizeof(int));
	}
	do
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n >= 0)
		return 1;
	switch (errno) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		return 0;
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
		c->gone = true;
		queue_clear(c);
		errno = EPIPE;
		return -1;
	default:
		return -1;
	}
}

/* Queue a copy of a datagram: 0, or -1 with errno ENOBUFS, ENOMEM, EMFILE. */
static int
queue_add(struct chan *c, const struct packet *p)
{
	struct queued *q;
	size_t fds_size = p->nfds * sizeof(int), cost, i;

	cost = sizeof(*q) + fds_size + p->header.length;
	if (cost > c->limit || c->queued > c->limit - cost) {
		errno = ENOBUFS;
		return -1;
	}
	q = malloc(sizeof(*q) + fds_size + p->len);
	if (q == NULL)
		return -1;
	q->packet = *p;
	q->cost = cost;
	q->packet.nfds = 0;
	q->packet.fds = q->fds;
	q->packet.body = (unsigned char *)q->fds + fds_size;
	if (p->len > 0)
		memcpy((unsigned char *)q->fds + fds_size, p->body, p->len);
	for (i = 0; i < p->nfds; i++) {
		q->fds[i] = fd_dup_high(p->fds[i]);
		if (q->fds[i] == -1) {
			queued_free(q);
			return -1;
		}
		q->packet.nfds++;
	}
	STAILQ_INSERT_TAIL(&c->queue, q, next);
	c->queued += cost;
	return 0;
}

/* Forget all that waits. */
static void
queue_clear(struct chan *c)
{
	struct queued *q;

	while ((q = STAILQ_FIRST(&c->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->queue, next);
		queued_free(q);
	}
	c->queued = 0;
}

/* Free a datagram that waited, and close its descriptors. */
static void
queued_free(struct queued *q)
{
	while (q->packet.nfds > 0)
		fd_close(q->fds[--q->packet.nfds]);
	free(q);
}

/* Make a sealed memory file of a body; a descriptor or -1 with errno. */
static int
memory_write(const void *body, size_t len)
{
	const char *p = body;
	size_t done = 0;
	ssize_t n;
	int fd;

	fd = fd_memory("appbase-message", 0);
	if (fd == -1)
		return -1;
	while (done < len) {
		n = pwrite(fd, p + done, len - done, (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		done += (size_t)n;
	}
#ifdef SEALS
	if (fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		goto fail;
#endif
	return fd;
fail:
	fd_close(fd);
	return -1;
}

/* Receive a datagram: 1, 0 if there is none, -1 EPIPE. */
static int
receive_datagram(struct chan *c, struct received *in)
{
	struct iovec iov = {.iov_base = c->in, .iov_len = sizeof(c->in)};
	union control control;
	struct msghdr m;

	/*
	 * ECONNRESET says that the peer left without reading all we sent.  It
	 * comes once, and before what the peer had sent.
	 */
	do {
		m = (struct msghdr){.msg_iov = &iov,
		    .msg_iovlen = 1,
		    .msg_control = &control,
		    .msg_controllen = sizeof(control)};
		in->n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (in->n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (in->n == -1) {
		if (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS)
			return 0;
		errno = EPIPE;
		return -1;
	}
	in->flags = m.msg_flags;
	receive_fds(&m, in);
	return 1;
}

/* Collect the descriptors that came, so that none is lost. */
static void
receive_fds(struct msghdr *m, struct received *in)
{
	struct cmsghdr *cmsg;
	size_t n;

	in->nfds = 0;
	for (cmsg = CMSG_FIRSTHDR(m); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(m, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(in->fds + in->nfds, CMSG_DATA(cmsg), n * sizeof(int));
		in->nfds += n;
	}
}

/* Tell an empty datagram (EBADMSG) from the end (EPIPE): -1. */
static int
receive_end(const struct chan *c)
{
	struct pollfd p = {.fd = c->fd};

#ifdef POLLRDHUP
	p.events = POLLRDHUP;
#endif
	errno = poll(&p, 1, 0) == 0 ? EBADMSG : EPIPE;
	return -1;
}

/* Check a datagram and hand out its message: 1, or -1 with errno EBADMSG. */
static int
receive_message(struct chan *c, struct received *in, struct chan_msg *msg)
{
	struct header h;
	bool large;

	errno = EBADMSG;
	if ((size_t)in->n < sizeof(h) ||
	    (in->flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return -1;
	memcpy(&h, c->in, sizeof(h));
	if (h.magic != CHAN_MAGIC || h.version != CHAN_VERSION ||
	    h.length > CHAN_BODY_MAX || h.nfds > CHAN_FDS_MAX)
		return -1;
	large = h.length > CHAN_INLINE_MAX;
	if ((size_t)in->n != sizeof(h) + (large ? 0 : h.length) ||
	    in->nfds != h.nfds + (large ? 1 : 0))
		return -1;
	msg->body = c->in + sizeof(h);
	if (large) {
		c->large = memory_read(in->fds[h.nfds], h.length);
		if (c->large == NULL) {
			errno = EBADMSG;
			return -1;
		}
		fd_close(in->fds[h.nfds]);
		msg->body = c->large;
	}
	msg->type = h.type;
	msg->len = h.length;
	msg->nfds = h.nfds;
	memcpy(msg->fds, in->fds, h.nfds * sizeof(int));
	return 1;
}

/* Read a body of exactly len bytes from a sealed memory file, or NULL. */
static void *
memory_read(int fd, size_t len)
{
	size_t got;
	char *body;

#ifdef SEALS
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || (seals & SEALS) != SEALS)
		return NULL;
#endif
	body = fd_slurp(fd, len, &got);
	if (body != NULL && got != len) {
		free(body);
		return NULL;
	}
	return body;
}
