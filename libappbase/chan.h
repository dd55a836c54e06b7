/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A channel of typed messages with descriptors over a SOCK_SEQPACKET unix
 * socket, non-blocking, with a bounded queue of what could not be sent yet.
 *
 * A message is a fixed header {magic, version, type, length, nfds} and a body.
 * Bodies above CHAN_INLINE_MAX travel in a memory file passed as an extra
 * descriptor; the receiver does not see the difference.  Bodies above
 * CHAN_BODY_MAX are refused.  A malformed message is an error of the channel
 * (EBADMSG), never believed in part; its descriptors are closed.
 */
#ifndef LIBAPPBASE_CHAN_H
#define LIBAPPBASE_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAN_INLINE_MAX ((size_t)32 * 1024)
#define CHAN_BODY_MAX	((size_t)8 * 1024 * 1024)
#define CHAN_FDS_MAX	128
#define CHAN_QUEUE_MAX	((size_t)64 * 1024 * 1024)

struct chan;

struct chan_msg {
	uint16_t type;
	const void *body; /* borrowed until the next chan_receive() */
	size_t len;
	int fds[CHAN_FDS_MAX]; /* taken by the receiver; chan_msg_close() */
	size_t nfds;
};

/* Takes fd (on failure too).  NULL with errno.  _free closes; accepts NULL. */
struct chan *chan_new(int fd);
void chan_free(struct chan *);
int chan_fd(const struct chan *);

/*
 * Sends or queues.  Body and descriptors are copied (descriptors duplicated if
 * queued).  Returns 0, or -1 with errno: EPIPE (peer gone), ENOBUFS (queue
 * full), EMSGSIZE, EMFILE, ENOMEM.
 */
int chan_send(struct chan *, uint16_t type, const void *body, size_t len,
    const int *fds, size_t nfds);
bool chan_wants_write(const struct chan *);
/* So many bytes may wait besides what waits now; CHAN_QUEUE_MAX at first. */
void chan_limit(struct chan *, size_t more);
/* Sends what is queued: 0 (some may remain), -1 EPIPE. */
int chan_flush(struct chan *);
/* 1 a message, 0 nothing waits, -1 EPIPE (peer gone), EBADMSG. */
int chan_receive(struct chan *, struct chan_msg *);
void chan_msg_close(struct chan_msg *); /* closes fds not set to -1 */

#endif
