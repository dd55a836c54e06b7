/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of registered listeners; see listeners.h. */
#include "libappbase/listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libappbase/fd.h"
#include "libappbase/log.h"

struct listeners *
listeners_new(void)
{
	struct listeners *ls = calloc(1, sizeof(*ls));

	if (ls != NULL)
		TAILQ_INIT(&ls->list);
	return ls;
}

static void
listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	fd_close(l->fd);
	free(l->name);
	free(l->address);
	free(l);
}

void
listeners_free(struct listeners *ls)
{
	struct listener *l;

	if (ls == NULL)
		return;
	while ((l = TAILQ_FIRST(&ls->list)) != NULL) {
		TAILQ_REMOVE(&ls->list, l, entry);
		listener_free(l);
	}
	free(ls);
}

struct listener *
listeners_find(struct listeners *ls, const char *name)
{
	struct listener *l;

	TAILQ_FOREACH (l, &ls->list, entry)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

/* The path of a unix address, NULL for others. */
static const char *
listener_path(const char *address)
{
	if (strncmp(address, "unix:", 5) != 0)
		return NULL;
	address += 5;
	return strncmp(address, "//", 2) == 0 ? address + 2 : address;
}

/* Did we bind the socket?  Ours are bound to the path, perhaps cut, a dot and a
 * suffix; one that was handed in may be bound to any other path. */
static bool
listener_is_ours(const struct listener *l, const char *path)
{
	struct sockaddr_un sun = {0};
	socklen_t len = sizeof(sun) - 1;
	const char *dot;

	if (getsockname(l->fd, (struct sockaddr *)&sun, &len) == -1 ||
	    sun.sun_family != AF_UNIX ||
	    (dot = strrchr(sun.sun_path, '.')) == NULL)
		return false;
	return strchr(dot, '/') == NULL && strcmp(sun.sun_path, path) != 0 &&
	    strncmp(sun.sun_path, path, (size_t)(dot - sun.sun_path)) == 0;
}

bool
listeners_is_lost(const struct listener *l)
{
	const char *path = listener_path(l->address);
	struct stat st;

	return path != NULL && path[0] == '/' && lstat(path, &st) == -1 &&
	    errno == ENOENT && listener_is_ours(l, path);
}

/* Removes the path of a unix listener, if it still is a socket. */
static void
listener_unlink(const struct listener *l)
{
	const char *path = listener_path(l->address);
	struct stat st;

	if (!l->remove || path == NULL || lstat(path, &st) == -1 ||
	    !S_ISSOCK(st.st_mode))
		return;
	if (unlink(path) == -1)
		log_warn("listener %s: cannot remove %s: %s", l->name, path,
		    strerror(errno));
}

struct listener *
listeners_put(struct listeners *ls, const char *name, const char *address,
    int fd, bool remove)
{
	struct listener *l = calloc(1, sizeof(*l)), *old;

	if (l == NULL || (l->name = strdup(name)) == NULL ||
	    (l->address = strdup(address)) == NULL) {
		if (l != NULL)
			l->fd = -1;
		listener_free(l);
		fd_close(fd);
		errno = ENOMEM;
		return NULL;
	}
	l->fd = fd;
	l->remove = remove;
	if ((old = listeners_find(ls, name)) != NULL) {
		if (strcmp(old->address, address) == 0)
			old->remove = false;
		listeners_drop(ls, old);
	}
	TAILQ_INSERT_TAIL(&ls->list, l, entry);
	return l;
}

void
listeners_drop(struct listeners *ls, struct listener *l)
{
	TAILQ_REMOVE(&ls->list, l, entry);
	listener_unlink(l);
	listener_free(l);
}

void
listeners_drop_all(struct listeners *ls)
{
	struct listener *l;

	while ((l = TAILQ_FIRST(&ls->list)) != NULL)
		listeners_drop(ls, l);
}

void
listeners_unclaim(struct listeners *ls)
{
	struct listener *l;

	TAILQ_FOREACH (l, &ls->list, entry)
		l->claimed = false;
}

void
listeners_close_unclaimed(struct listeners *ls)
{
	struct listener *l, *tmp;

	ls->sweep = false;
	TAILQ_FOREACH_SAFE (l, &ls->list, entry, tmp)
		if (!l->claimed)
			listeners_drop(ls, l);
}

void
listeners_commit(struct listeners *ls, struct listeners *claims)
{
	struct listener *l, *tmp;

	TAILQ_FOREACH_SAFE (l, &ls->list, entry, tmp)
		if (listeners_find(claims, l->name) == NULL) {
			log_info("listener %s (%s) is no longer registered, "
				 "closed",
			    l->name, l->address);
			listeners_drop(ls, l);
		}
	while ((l = TAILQ_FIRST(&claims->list)) != NULL) {
		TAILQ_REMOVE(&claims->list, l, entry);
		if (l->fd != -1) {
			if (listeners_put(
				ls, l->name, l->address, l->fd, true) == NULL)
				log_error("listener %s: %s", l->name,
				    strerror(errno));
			l->fd = -1;
		}
		listener_free(l);
	}
}
