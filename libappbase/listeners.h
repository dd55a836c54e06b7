/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of registered listeners: one in the supervisor, which keeps the
 * sockets, one in each worker, which was handed them.
 */
#ifndef LIBAPPBASE_LISTENERS_H
#define LIBAPPBASE_LISTENERS_H

#include <stdbool.h>
#include <sys/queue.h>

struct listener {
	TAILQ_ENTRY(listener) entry;
	char *name, *address;
	int fd;	      /* owned; -1 in a list of claims = the kept one */
	bool remove;  /* supervisor: unlink the unix path when it is closed */
	bool claimed; /* worker: told the supervisor that it uses it;
			 supervisor: the worker in charge has */
};

struct listeners {
	TAILQ_HEAD(, listener) list;
	bool sweep; /* the worker before asked for a restart: what the next
		       does not claim is closed when it is ready */
};

struct listeners *listeners_new(void);
/* Closes every descriptor (never removes a path) and frees. */
void listeners_free(struct listeners *);
struct listener *listeners_find(struct listeners *, const char *name);
/* Has somebody removed the path of a unix socket that we have bound?  Then
 * nobody can connect any more.  A path that is not absolute may be out of sight
 * only. */
bool listeners_is_lost(const struct listener *);
/*
 * Adds or replaces; takes fd (closes it on failure).  A replaced unix path that
 * differs from the new one is removed.  NULL with errno.
 */
struct listener *listeners_put(struct listeners *, const char *name,
    const char *address, int fd, bool remove);
/* Closes one, and removes its path if it is to be. */
void listeners_drop(struct listeners *, struct listener *);
/* listeners_drop() for all: the last owner ends. */
void listeners_drop_all(struct listeners *);
/* Before a worker is forked: nothing is claimed. */
void listeners_unclaim(struct listeners *);
/* When a worker has taken over: closes what it did not claim. */
void listeners_close_unclaimed(struct listeners *);
/*
 * The newest generation has committed with these claims: takes over their new
 * sockets, drops what is not claimed.  `claims` is left empty.
 */
void listeners_commit(struct listeners *, struct listeners *claims);

#endif
