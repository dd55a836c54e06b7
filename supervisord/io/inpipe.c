/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's stdin. */
#include "supervisord/io/inpipe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct inpipe {
	struct loop_io *io;
	int fd;
	bool broken; /* EPIPE was seen */
	unsigned char *waiting;
	size_t len;
	loop_callback *empty;
	void *arg;
};

static int inpipe_flush(struct inpipe *);
static void inpipe_on_writable(void *);

/* Makes a queue for a pipe. */
struct inpipe *
inpipe_new(struct loop *loop, int fd)
{
	struct inpipe *in;

	if ((in = calloc(1, sizeof(*in))) == NULL) {
		(void)close(fd);
		errno = ENOMEM;
		return NULL;
	}
	in->fd = fd;
	in->io = loop_io_new(loop, fd, LOOP_WRITE, inpipe_on_writable, in);
	if (in->io == NULL) {
		inpipe_free(in);
		errno = ENOMEM;
		return NULL;
	}
	return in;
}

/* Closes the pipe. */
void
inpipe_free(struct inpipe *in)
{
	if (in == NULL)
		return;
	loop_io_free(in->io);
	(void)close(in->fd);
	free(in->waiting);
	free(in);
}

/* Queues, and writes what can be written. */
int
inpipe_write(struct inpipe *in, const void *data, size_t len, size_t max)
{
	unsigned char *grown;

	if (in->broken) {
		errno = EPIPE;
		return -1;
	}
	if (in->len > max || len > max - in->len) {
		errno = ENOBUFS;
		return -1;
	}
	if (len == 0)
		return 0;
	if ((grown = realloc(in->waiting, in->len + len)) == NULL)
		return -1;
	memcpy(grown + in->len, data, len);
	in->waiting = grown;
	in->len += len;
	return inpipe_flush(in);
}

/* Notes who is to be told. */
void
inpipe_on_empty(struct inpipe *in, loop_callback *empty, void *arg)
{
	in->empty = empty;
	in->arg = arg;
}

/* Returns what the pipe has not taken yet. */
size_t
inpipe_waiting(const struct inpipe *in)
{
	return in->len;
}

/* Writes until the pipe is full or nothing waits. */
static int
inpipe_flush(struct inpipe *in)
{
	ssize_t n;

	while (in->len > 0) {
		n = write(in->fd, in->waiting, in->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return loop_io_enable(in->io, true);
		if (n == -1) {
			in->broken = true;
			in->len = 0;
			(void)loop_io_enable(in->io, false);
			errno = EPIPE;
			return -1;
		}
		in->len -= (size_t)n;
		memmove(in->waiting, in->waiting + n, in->len);
	}
	return loop_io_enable(in->io, false);
}

/* The pipe takes bytes again. */
static void
inpipe_on_writable(void *arg)
{
	struct inpipe *in = arg;

	if (inpipe_flush(in) == 0 && in->len == 0 && in->empty != NULL)
		in->empty(in->arg);
}
