/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening sockets handed in by whoever started us: systemd (LISTEN_FDS,
 * LISTEN_FDNAMES, only if LISTEN_PID is us), Server::Starter
 * (SERVER_STARTER_PORT, "host:port=fd;/path=fd;..."), --listen-fd NAME=N.
 * Pure but for the checks of each descriptor.
 */
#ifndef LIBAPPBASE_INHERIT_H
#define LIBAPPBASE_INHERIT_H

#include <stddef.h>
#include <sys/types.h>

struct inherit_fd {
	char name[64];	   /* fd name; "" if it came without, but "unknown" in a
			      systemd set of more than one */
	char address[128]; /* SERVER_STARTER_PORT's key, else "" */
	int fd;		   /* checked to be a listener, set close-on-exec */
};

struct inherit { /* zero-initialise */
	struct inherit_fd *list;
	size_t n;
};

/* Reads the three sources (NULL values are skipped); bad entries are logged,
 * skipped and left open.  A descriptor named by two sources is one entry.
 * Returns 0 or -1 ENOMEM. */
int inherit_systemd(struct inherit *, pid_t self, const char *listen_pid,
    const char *listen_fds, const char *listen_fdnames);
int inherit_server_starter(struct inherit *, const char *text);
int inherit_option(struct inherit *, const char *text); /* NAME=N */
/*
 * Finds and removes the entry for a listener: by name (also systemd's default
 * "NAME.socket"), else by address text, else, for a systemd set of exactly one
 * unnamed socket, that one.
 * Returns the descriptor (the caller's now) or -1.
 */
int inherit_take(struct inherit *, const char *name, const char *address);
void inherit_clear(struct inherit *); /* frees; leaves descriptors open */

#endif
