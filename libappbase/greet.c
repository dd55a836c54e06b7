/* SPDX-License-Identifier: BSD-2-Clause */
/* The first messages between supervisor and worker; see greet.h. */
#include "libappbase/greet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "libappbase/fd.h"
#include "libappbase/keepmsg.h"
#include "libappbase/listeners.h"

int
greet_send(struct chan *ch, const struct greeting *g, struct appbase *app)
{
	struct keepmsg_buf b = {0};
	struct listener *l;
	int r = -1;

	keepmsg_put_int(&b, GREET_VERSION);
	keepmsg_put_int(&b, (int64_t)g->generation);
	keepmsg_put_int(&b, g->supervisor);
	keepmsg_put_int(&b, g->candidate);
	keepmsg_put_int(&b, g->knows_ready);
	if (b.failed ||
	    chan_send(ch, KEEPMSG_HELLO, b.data, b.len, &g->page_fd, 1) == -1)
		goto out;
	TAILQ_FOREACH (l, &app->listeners->list, entry) {
		b.len = 0;
		keepmsg_put_str(&b, l->name);
		keepmsg_put_str(&b, l->address);
		keepmsg_put_int(&b, l->remove);
		if (b.failed ||
		    chan_send(ch, KEEPMSG_INHERIT, b.data, b.len, &l->fd, 1) ==
			-1)
			goto out;
	}
	r = chan_send(ch, KEEPMSG_READY, NULL, 0, NULL, 0);
out:
	keepmsg_buf_free(&b);
	return r;
}

/* The only descriptor of a message, taken from it; -1 with EPROTO. */
static int
greet_take_fd(struct chan_msg *msg)
{
	int fd;

	if (msg->nfds != 1) {
		errno = EPROTO;
		return -1;
	}
	fd = msg->fds[0];
	msg->fds[0] = -1;
	return fd;
}

/* HELLO: who we are. */
static int
greet_hello(struct greeting *g, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	int64_t version = keepmsg_get_int(&r);

	g->generation = (uint64_t)keepmsg_get_int(&r);
	g->supervisor = (pid_t)keepmsg_get_int(&r);
	g->candidate = keepmsg_get_int(&r) != 0;
	g->knows_ready = keepmsg_get_int(&r) != 0;
	if (!keepmsg_done(&r) || version != GREET_VERSION || g->page_fd != -1) {
		errno = EPROTO;
		return -1;
	}
	return (g->page_fd = greet_take_fd(msg)) == -1 ? -1 : 0;
}

/* INHERIT: a listener the supervisor keeps. */
static int
greet_inherit(struct appbase *app, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *name = keepmsg_get_str(&r);
	const char *address = keepmsg_get_str(&r);
	/* Only the supervisor in charge, or to be, removes paths. */
	bool remove = keepmsg_get_int(&r) != 0 && app->role == APP_SUPERVISOR;
	int fd;

	if (!keepmsg_done(&r) || name == NULL || address == NULL) {
		errno = EPROTO;
		return -1;
	}
	if ((fd = greet_take_fd(msg)) == -1)
		return -1;
	return listeners_put(app->listeners, name, address, fd, remove) == NULL
	    ? -1
	    : 0;
}

/* The next message; waits for it. */
static int
greet_next(struct chan *ch, struct chan_msg *msg)
{
	struct pollfd pfd = {chan_fd(ch), POLLIN, 0};
	int n;

	while ((n = chan_receive(ch, msg)) == 0)
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return -1;
	return n == 1 ? 0 : -1;
}

int
greet_read(struct chan *ch, struct greeting *g, struct appbase *app)
{
	struct chan_msg msg;
	int r;

	memset(g, 0, sizeof(*g));
	g->page_fd = -1;
	while (greet_next(ch, &msg) == 0) {
		if (msg.type == KEEPMSG_READY) {
			chan_msg_close(&msg);
			if (g->page_fd != -1)
				return 0;
			errno = EPROTO;
			return -1;
		}
		r = 0;
		if (msg.type == KEEPMSG_HELLO)
			r = greet_hello(g, &msg);
		else if (msg.type == KEEPMSG_INHERIT)
			r = greet_inherit(app, &msg);
		chan_msg_close(&msg);
		if (r == -1)
			break;
	}
	fd_closep(&g->page_fd);
	return -1;
}
