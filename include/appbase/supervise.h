/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker says to its supervisor.
 *
 * A worker is asked to end by a message or by SIGTERM, SIGINT or SIGQUIT.  The
 * request is data: it is acted on in the worker's next call of a function
 * marked [serves] below, each of which wakes for it at once.  Acting on it
 * means: supervised_shutdown() is called, once, and the process exits with its
 * value.  So a [serves] function does not return when the worker is to end,
 * unless a busy section is open.
 *
 * A worker that never calls one is killed after the class's stop_timeout_ms.
 * All functions are for the worker's first thread, save where marked [any].
 */
#ifndef APPBASE_SUPERVISE_H
#define APPBASE_SUPERVISE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

/*
 * [serves] "I am alive", and: is my supervisor?  Never blocks; a store to a
 * shared page and, at most every 100 ms, a look at the socket.  A worker
 * that has lost its supervisor runs supervised_shutdown() and exits with
 * APPBASE_EXIT_LOST.  Under the class's ping_timeout_ms a worker that has
 * pinged once must go on doing so.  [any] thread may store the heartbeat; only
 * the first one serves.
 */
APPBASE_API void appbase_ping_supervisor(struct appbase *);

/*
 * [serves] "I am initialised; let me replace the old generation."  In an
 * exclusive handoff it returns when the old worker is gone, in an overlapping
 * one as soon as the supervisor has committed to this one; outside a reload at
 * once.  A second call does nothing.
 */
APPBASE_API void appbase_ready_to_take_over(struct appbase *);

/*
 * [serves] poll(2) that also serves supervision: sends heartbeats often enough
 * for the watchdog, moves keep messages, sees stop requests.  timeout_ms -1 =
 * for ever.  Returns as poll(2) does; also 0 early when keep events wait (see
 * appbase_keep_next()).  A signal of the application's own gives -1 and EINTR.
 */
APPBASE_API int appbase_wait(
    struct appbase *, struct pollfd *fds, nfds_t nfds, int64_t timeout_ms);

/*
 * A descriptor for the application's own event loop: readable when the worker
 * should call appbase_ping_supervisor() (stop request, lost supervisor) or
 * appbase_keep_next().  Level-triggered; owned by the library; constant for the
 * worker's life.  In a daemon_run daemon it tells of stop requests.  -1 in a
 * process that is neither.
 */
APPBASE_API int appbase_supervisor_fd(const struct appbase *);

/*
 * How often, in milliseconds, a worker with an event loop of its own has to
 * call appbase_ping_supervisor() for the sake of the class's ping_timeout_ms
 * and of the service manager's watchdog; 0 = there is no need.
 */
APPBASE_API int64_t appbase_ping_interval(const struct appbase *);

/*
 * A busy section: a task that must not be cut.  A stop request that arrives
 * inside is acted on in the matching _end [serves], bounded by the class's
 * shutdown_timeout_ms.  Sections nest.
 */
APPBASE_API void appbase_busy_begin(struct appbase *);
APPBASE_API void appbase_busy_end(struct appbase *);

/* True once a stop was requested or the supervisor is gone; never acts. */
APPBASE_API bool appbase_stop_requested(const struct appbase *);

/* Ends the worker now, as a stop request does.  Not marked [any]. */
APPBASE_API void appbase_shutdown(struct appbase *) APPBASE_NORETURN;

/*
 * Asks the supervisor: _restart = end me (bounded stop) and start me again at
 * once; _stop = stop the daemon; _reload = as the reload signal; _upgrade = the
 * same with the program at this absolute path, NULL = the one that a reload
 * takes; _extend = give me this many milliseconds more for what I am doing
 * (start, drain, stop).
 * Queued; returns 0, or -1 with errno EPIPE when the supervisor is gone.
 */
APPBASE_API int appbase_request_restart(struct appbase *);
APPBASE_API int appbase_request_stop(struct appbase *);
APPBASE_API int appbase_request_reload(struct appbase *);
APPBASE_API int appbase_request_upgrade(struct appbase *, const char *path);
APPBASE_API int appbase_request_extend(struct appbase *, int64_t ms);

/* A text for the status report and sd_notify; copied, <= 500 bytes. */
APPBASE_API int appbase_set_status(struct appbase *, const char *text);

/* [any] Who am I? */
APPBASE_API bool appbase_is_supervisor(const struct appbase *);
/* This worker was started by a reload and has not taken over yet. */
APPBASE_API bool appbase_is_candidate(const struct appbase *);
/* Counts from 1; a reload that commits adds one. */
APPBASE_API uint64_t appbase_generation(const struct appbase *);
/* The supervisor's pid (the one in the pid file); own pid in the supervisor. */
APPBASE_API pid_t appbase_supervisor_pid(const struct appbase *);

/*
 * To be called first in a child that the worker itself forks (pre-forking
 * servers): closes the library's descriptors, resets its signal handlers; the
 * handle is then good for appbase_context(), appbase_options() and
 * appbase_name() only.  If die_with_worker, the child gets SIGTERM when the
 * worker ends (Linux).
 */
APPBASE_API void appbase_forked_child(struct appbase *, bool die_with_worker);

/*
 * [serves] Makes the worker another program, in any language, which speaks the
 * line protocol (R-12) with the supervisor:
 *
 *   writes    reads   meaning
 *   ping      pong    I am alive (counts for ping_timeout_ms); are you?
 *   takeover  ok      as appbase_ready_to_take_over()
 *   restart           kill me, and start me again; also: shutdown
 *   stop              as appbase_request_stop()
 *
 * on descriptor 3, a blocking stream socket without close-on-exec, which the
 * environment variable APPBASE_SUPERVISOR_FD names.  The program starts with
 * default signal dispositions and an empty mask, and is asked to end by the
 * class's stop_signal; end of file on 3 means that the supervisor is gone.  Of
 * other descriptors it gets those whose close-on-exec flag the caller has
 * cleared (not 3); with them a listener of appbase_listen() may be passed on,
 * by number.
 *
 * argv[0] is looked up along PATH; argv ends with NULL.  Does not return on
 * success; else -1 with errno of execvp(3), or ENOTCONN in a process without a
 * supervisor, and the worker is as it was.
 */
APPBASE_API int appbase_exec_worker(struct appbase *, char *const argv[]);

APPBASE_END_DECLS

#endif /* APPBASE_SUPERVISE_H */
