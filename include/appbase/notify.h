/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sd_notify protocol, both directions, without libsystemd.
 *
 * Sending: the supervisor tells its service manager of READY, RELOADING,
 * STOPPING, WATCHDOG and STATUS by itself; appbase_notify() is for programs
 * that have something to add, and for those that are not libappbase daemons.
 * Receiving: a unix datagram socket on which a parent hears its programs.
 */
#ifndef APPBASE_NOTIFY_H
#define APPBASE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

/*
 * Sends lines ("READY=1\nSTATUS=...") to the socket named by `address` ("/path"
 * or "@abstract"; NULL = $NOTIFY_SOCKET).  Never blocks: EAGAIN when the
 * receiver's queue is full.  Returns 1 sent, 0 no address, -1 with errno.
 */
APPBASE_API int appbase_notify(const char *address, const char *lines);

/* As above with a descriptor attached (FDSTORE=1); fd stays the caller's. */
APPBASE_API int appbase_notify_fd(
    const char *address, const char *lines, int fd);

/*
 * Sends BARRIER=1 and waits up to timeout_ms until the receiver has read all
 * before it.  Returns 1, 0 (no address), -1 (ETIMEDOUT, or errno).
 */
APPBASE_API int appbase_notify_barrier(const char *address, int64_t timeout_ms);

/* What one datagram said.  Absent fields are 0, false or NULL. */
struct appbase_notification {
	pid_t pid; /* sender, from the kernel's credentials */
	uid_t uid;
	bool ready, reloading, stopping, watchdog, watchdog_trigger;
	bool fdstore, fdstoreremove, barrier;
	pid_t mainpid;
	int64_t extend_timeout_usec; /* 0 = absent */
	int64_t watchdog_usec;	     /* -1 = absent */
	int64_t monotonic_usec;	     /* -1 = absent */
	int errno_value;	     /* ERRNO= */
	const char *status, *fdname; /* borrowed until the next receive */
	int fds[16];		     /* taken: the caller closes them */
	size_t nfds;
};

struct appbase_notify_server;

/*
 * Binds a receiving socket at `path` (mode 0777 & ~umask; an old socket there
 * is removed), non-blocking, close-on-exec, credentials on.  NULL with errno.
 * _free closes it and removes the path; accepts NULL.
 */
APPBASE_API struct appbase_notify_server *appbase_notify_listen(
    const char *path);
APPBASE_API void appbase_notify_free(struct appbase_notify_server *);
APPBASE_API int appbase_notify_server_fd(const struct appbase_notify_server *);

/*
 * Reads one datagram (at most 4096 bytes; longer, or without credentials, is
 * dropped and counted).  Unknown and malformed fields are skipped.  Returns 1,
 * 0 (nothing waits), -1 with errno.
 */
APPBASE_API int appbase_notify_receive(
    struct appbase_notify_server *, struct appbase_notification *);
/* How many datagrams were dropped so far. */
APPBASE_API uint64_t appbase_notify_dropped(
    const struct appbase_notify_server *);

/*
 * The pure part of the above: reads `len` bytes of KEY=VALUE lines into *n
 * (whose pid, uid and fds are left alone).  buf is modified and n's strings
 * point into it.  Returns the number of fields understood.
 */
APPBASE_API unsigned appbase_notify_parse(
    char *buf, size_t len, struct appbase_notification *n);

APPBASE_END_DECLS

#endif /* APPBASE_NOTIFY_H */
