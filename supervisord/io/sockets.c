/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets for programs: opened by the library, described to programs. */
#include "supervisord/io/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <appbase/listen.h>

#include "common/errtext.h"
#include "common/pool.h"

#define SOCKETS_NAME_MAX 64

/* Makes or finds one. */
int
sockets_open(struct appbase *app, const struct config_listener *s, char **err)
{
	const struct appbase_listen_options options = {
	    .backlog = (int)s->backlog,
	    .flags = s->reuseport ? APPBASE_LISTEN_REUSEPORT : 0,
	    .mode = (mode_t)s->mode,
	    .owner_plus_1 = (uid_t)(s->owner.uid + 1),
	    .group_plus_1 = (gid_t)(s->owner.gid + 1)};
	char name[SOCKETS_NAME_MAX];
	int fd;

	(void)snprintf(name, sizeof(name), "socket.%s", s->name);
	fd = appbase_listen(app, name, s->listen, &options);
	if (fd == -1)
		return errtext_set(err,
		    "Could not create socket %s of [%s]: %s", s->listen,
		    s->section, strerror(errno));
	return fd;
}

/* Makes or finds all. */
int
sockets_open_all(struct appbase *app, const struct config *c, char **err)
{
	size_t i;

	for (i = 0; i < c->nlisteners; i++)
		if (sockets_open(app, c->listeners[i], err) == -1)
			return -1;
	return 0;
}

/* Describes them. */
const char *const *
sockets_environment(const struct config_process *c, struct pool *pool)
{
	const char **v = pool_array(pool, 5, sizeof(*v));
	const char *names = "", *ports = "", *address;
	size_t i;

	if (c->sockets.n == 0)
		return v;
	for (i = 0; i < c->sockets.n; i++) {
		address = c->listeners[i]->listen;
		address += strncmp(address, "unix://", 7) == 0 ? 7 : 6;
		names = pool_printf(
		    pool, "%s%s%s", names, i > 0 ? ":" : "", c->sockets.v[i]);
		ports = pool_printf(pool, "%s%s%s=%zu", ports, i > 0 ? ";" : "",
		    address, i + SOCKETS_FIRST_FD);
	}
	v[0] = pool_printf(pool, "LISTEN_FDS=%zu", c->sockets.n);
	v[1] = pool_printf(pool, "LISTEN_FDNAMES=%s", names);
	v[2] = "LISTEN_PID=";
	v[3] = pool_printf(pool, "SERVER_STARTER_PORT=%s", ports);
	return v;
}
