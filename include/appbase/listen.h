/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening sockets that outlive workers.
 *
 * A listener has a name.  Its socket comes from the first of: the supervisor,
 * which keeps every registered listener over worker deaths and reloads;
 * --listen-fd NAME=N; systemd's LISTEN_FDS with LISTEN_FDNAMES (only if
 * LISTEN_PID is this process); SERVER_STARTER_PORT of Server::Starter; bind(2).
 * So connections wait in the backlog while a worker is replaced, and no
 * connection is refused.  A name that the newest generation no longer registers
 * is closed after the reload has committed; the path of a unix socket is
 * removed by the last owner, once.
 */
#ifndef APPBASE_LISTEN_H
#define APPBASE_LISTEN_H

#include <stdint.h>
#include <sys/types.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

enum {
	APPBASE_LISTEN_NONBLOCK = 1 << 0, /* O_NONBLOCK on the socket */
	APPBASE_LISTEN_REUSEPORT = 1 << 1,
	APPBASE_LISTEN_V6ONLY = 1 << 2,
};

/* All zero = defaults. */
struct appbase_listen_options {
	int backlog; /* 0 = SOMAXCONN */
	unsigned flags;
	mode_t mode;	    /* unix: permissions, 0 = 0666 & ~umask */
	uid_t owner_plus_1; /* unix: owner + 1, 0 = unchanged */
	gid_t group_plus_1; /* unix: group + 1, 0 = unchanged */
};

/*
 * A listening socket.  address is "HOST:PORT", "[V6]:PORT", "*:PORT", "PORT"
 * (all interfaces), each optionally after "tcp://", or "unix:/PATH" or
 * "unix:///PATH" (a stale socket there is replaced, a live one is EADDRINUSE,
 * any other file is EEXIST).
 * In prepare() it binds before privileges are dropped; in a worker it returns
 * the kept socket or binds and hands a copy to the supervisor.  A kept unix
 * socket whose (absolute) path somebody has removed is bound anew, if that can
 * be done; the descriptor that an earlier call in this worker has returned is
 * closed then, so it has to be taken out of an event loop before the call.
 *
 * Returns a close-on-exec descriptor that the library owns (do not close it),
 * or -1 with errno: EINVAL for name (1-63 of [A-Za-z0-9._-]) or address,
 * EADDRNOTAVAIL for a host name that does not resolve, else of the failing
 * call.
 */
APPBASE_API int appbase_listen(struct appbase *, const char *name,
    const char *address, const struct appbase_listen_options *);

/* For a candidate that will know only later which of the kept listeners it
 * needs: registers them all, so that the commit closes none.  0, or -1 with
 * errno. */
APPBASE_API int appbase_listen_keep(struct appbase *);

/* The port a kept TCP listener is bound to, host order; 0 if none (port 0 was
 * asked for, a unix socket, no such name). */
APPBASE_API uint16_t appbase_listen_port(struct appbase *, const char *name);

APPBASE_END_DECLS

#endif /* APPBASE_LISTEN_H */
