/* SPDX-License-Identifier: BSD-2-Clause */
/* appbase_listen(): a kept, inherited or newly bound listener. */
#include "appbase/listen.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "libappbase/app.h"
#include "libappbase/fd.h"
#include "libappbase/inherit.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/sockaddr.h"
#include "libappbase/worker.h"

/* A socket handed in from outside, else a new one; *bound tells which. */
static int
listen_open(struct appbase *app, const char *name, const char *address,
    const struct appbase_listen_options *options, bool *bound)
{
	int fd = inherit_take(&app->inherit, name, address), high;

	*bound = fd == -1;
	if (fd == -1)
		fd = sockaddr_listen(address, options);
	else if (options != NULL && (options->flags & APPBASE_LISTEN_NONBLOCK))
		fd_set_nonblock(fd, true);
	if (fd == -1 || fd > 2)
		return fd;
	high = fd_dup_high(fd); /* stdin was closed, or the starter's choice */
	if (*bound)
		fd_close(fd);
	return high;
}

/* Tells the supervisor, once, that this worker uses the listener. */
static int
listen_claim(struct appbase *app, struct listener *l, int fd)
{
	if (l->claimed || app->role != APP_WORKER)
		return 0;
	if (worker_claim(app, l->name, l->address, fd) == -1)
		return -1;
	l->claimed = true;
	return 0;
}

/* Binds the path of a kept socket again that somebody has removed.  True if it
 * was: the kept one is gone then. */
static bool
listen_again(const struct appbase *app, struct listener *l,
    const struct appbase_listen_options *options)
{
	int fd;

	if (app->role != APP_WORKER || !listeners_is_lost(l))
		return false;
	if ((fd = sockaddr_listen(l->address, options)) == -1) {
		log_warn("listener %s: cannot bind %s again: %m", l->name,
		    l->address);
		return false;
	}
	log_warn("listener %s: %s was gone, bound again", l->name, l->address);
	fd_close(l->fd);
	l->fd = fd;
	l->claimed = false; /* the supervisor has to have this one */
	return true;
}

int
appbase_listen(struct appbase *app, const char *name, const char *address,
    const struct appbase_listen_options *options)
{
	struct sockaddr_storage ss;
	socklen_t len;
	struct listener *l;
	bool bound;
	int fd;

	if (name == NULL || address == NULL || !sockaddr_name_ok(name)) {
		errno = EINVAL;
		return -1;
	}
	l = listeners_find(app->listeners, name);
	if (l != NULL && strcmp(l->address, address) == 0) {
		bound = listen_again(app, l, options);
		return listen_claim(app, l, bound ? l->fd : -1) == -1 ? -1
								      : l->fd;
	}
	if (sockaddr_parse(address, &ss, &len) == -1)
		return -1;
	if ((fd = listen_open(app, name, address, options, &bound)) == -1)
		return -1;
	l = listeners_put(app->listeners, name, address, fd,
	    bound && app->role == APP_STARTER);
	if (l == NULL || listen_claim(app, l, fd) == -1)
		return -1;
	return l->fd;
}

int
appbase_listen_keep(struct appbase *app)
{
	struct listener *l;

	TAILQ_FOREACH (l, &app->listeners->list, entry)
		if (listen_claim(app, l, -1) == -1)
			return -1;
	return 0;
}

uint16_t
appbase_listen_port(struct appbase *app, const char *name)
{
	struct listener *l = listeners_find(app->listeners, name);

	return l != NULL ? sockaddr_port(l->fd) : 0;
}
