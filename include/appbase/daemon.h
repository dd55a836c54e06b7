/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon: its class, how it is started, and how it ends.
 *
 * What App::Base users know as the roles Script, OnlyOne, Daemon and Supervisor
 * is here one structure; which callback is set decides the role:
 *
 *   script_run                              a one-shot program
 *   script_run with APPBASE_ONLY_ONE        ... that refuses a second copy
 *   daemon_run, handle_shutdown             a daemon of a single process
 *   supervised_process, supervised_shutdown a daemon under its own supervisor
 */
#ifndef APPBASE_DAEMON_H
#define APPBASE_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <appbase/api.h>
#include <appbase/option.h>

APPBASE_BEGIN_DECLS

/* Exit statuses of appbase_run(); stable, and part of the interface. */
enum appbase_exit {
	APPBASE_EXIT_OK = 0,	  /* stopped in order; started; or a reload was
				     asked for and (with --wait) committed */
	APPBASE_EXIT_USAGE = 1,	  /* wrong options */
	APPBASE_EXIT_LOCKED = 2,  /* an instance or a stranger has the lock */
	APPBASE_EXIT_PIDFILE = 3, /* the pid file cannot be written */
	APPBASE_EXIT_WORKER = 4,  /* the worker did not start; its supervisor
				     goes on trying, with back-off */
	APPBASE_EXIT_USER = 5,	  /* unknown user or group, or not permitted */
	APPBASE_EXIT_RELOAD = 6,  /* the reload failed and was rolled back */
	APPBASE_EXIT_GAVE_UP = 7, /* max_failures reached */
	APPBASE_EXIT_SYSTEM = 8,  /* out of processes, memory or descriptors */
	APPBASE_EXIT_LOST = 255,  /* a worker that lost its supervisor;
				     appbase_error() */
};

/* Flags of a class. */
enum {
	/* The daemon can be replaced while it runs (can_do_hot_reload). */
	APPBASE_HOT_RELOAD = 1 << 0,
	/* appbase_ready_to_take_over() returns at commit, while the old worker
	 * still drains.  Implied by a registered listener. */
	APPBASE_OVERLAP = 1 << 1,
	/* It returns only when the old worker is gone, listeners or not. */
	APPBASE_EXCLUSIVE = 1 << 2,
	/* Reload by a second supervisor instead of in place. */
	APPBASE_TWO_SUPERVISORS = 1 << 3,
	/* Every worker calls appbase_ready_to_take_over(); never guess. */
	APPBASE_CALLS_READY = 1 << 4,
	/* Adopt and reap orphans of the worker; always on as pid 1. */
	APPBASE_SUBREAPER = 1 << 5,
	/* Run the new image with --check-config as its first argument before
	 * every reload; that calls check(), also with OWN_OPTIONS. */
	APPBASE_PREFLIGHT = 1 << 6,
	/* A worker whose supervisor died goes on (R-5 off). */
	APPBASE_OUTLIVES = 1 << 7,
	/* script_run: hold the pid file's lock, refuse a second copy. */
	APPBASE_ONLY_ONE = 1 << 8,
	/* The application parses its command line itself; argv is only kept for
	 * the re-exec and the settings below stand in for built-in options. */
	APPBASE_OWN_OPTIONS = 1 << 9,
	/* Stay in the foreground (as --no-fork). */
	APPBASE_FOREGROUND = 1 << 10,
	/* A pid file that cannot be written is logged, not fatal; a pid file
	 * locked by another instance still is. */
	APPBASE_PIDFILE_OPTIONAL = 1 << 11,
	/* Leave argv alone; without it ps(1) shows role and generation. */
	APPBASE_NO_PROCTITLE = 1 << 12,
	/* A second start of a running daemon is an error (APPBASE_EXIT_LOCKED)
	 * even if it could be reloaded. */
	APPBASE_NO_START_RELOAD = 1 << 13,
	/* No pid file, as --no-pid-file. */
	APPBASE_NO_PIDFILE = 1 << 14,
};

/* When a worker that ended is started again. */
enum appbase_respawn {
	APPBASE_RESPAWN_ALWAYS = 0,
	APPBASE_RESPAWN_ON_FAILURE, /* exit 0 stops the daemon */
};

/* What SIGHUP to the supervisor does. */
enum appbase_hup {
	APPBASE_HUP_IGNORE = 0,
	APPBASE_HUP_FORWARD, /* SIGHUP to the worker */
	APPBASE_HUP_RELOAD,  /* as the reload signal */
};

/* In a time setting 0 means "the default"; this means none at all. */
#define APPBASE_NONE (-1)

/*
 * A daemon.  Zero is a sensible value of every member but name and one
 * callback, so a designated initialiser need name only what differs.
 * The structure and all it points to are borrowed until appbase_run() returns.
 */
struct appbase_class {
	uint32_t abi; /* APPBASE_ABI */
	uint32_t flags;

	const char *name; /* pid file and log ident; NULL = base of argv[0] */
	const char *documentation;  /* usage text, a paragraph a line */
	const char *usage_template; /* after "Usage: "; NULL = NAME [options] */
	const struct appbase_option *options; /* ends with name NULL; or NULL */
	void *context;			      /* appbase_context() */

	/* Callbacks.  Each returns an exit status; none runs in a signal
	 * handler.  See the table at the top of this file. */
	int (*script_run)(struct appbase *);
	int (*daemon_run)(struct appbase *);
	int (*handle_shutdown)(struct appbase *);
	/* The worker's main loop.  Returning ends the worker. */
	int (*supervised_process)(struct appbase *);
	/* Cleans up; called once in a worker that is asked to end or has lost
	 * its supervisor.  Its value is the worker's exit status. */
	int (*supervised_shutdown)(struct appbase *);
	/* In the first process, before privileges are dropped and before the
	 * start command detaches: the place to bind ports below 1024 with
	 * appbase_listen().  Not called again by a reload.  Non-zero ends the
	 * start with that status. */
	int (*prepare)(struct appbase *);
	/* --check-config: non-zero refuses the configuration. */
	int (*check)(struct appbase *);

	/* Settings; a command-line option wins over each. */
	const char *pid_file;
	const char *user, *group; /* names or numbers, also "user:group" */
	const char *directory;	  /* chdir after detaching; NULL = unchanged */
	const char *log_file;	  /* stderr after detaching; NULL = /dev/null */
	const char *status_file;  /* NULL = PIDFILE.status for a hot-reloadable
				     daemon, "" = none */
	const char *exec_path;	  /* what a reload executes; NULL = this
				     program, by the path it was started
				     under, symbolic links not resolved
				 */
	int umask_plus_1;	  /* umask after detaching + 1; 0 = unchanged */

	/* Signals.  0 = the default given; APPBASE_NONE = none. */
	int reload_signal; /* SIGUSR2 */
	int stop_signal;   /* to the worker: SIGTERM */
	int abort_signal;  /* to a worker that failed its watchdog: SIGABRT */
	enum appbase_hup hup;
	/* Signals the supervisor does not act on but hands to the worker as
	 * APPBASE_KEEP_SIGNALLED events; ends with 0; NULL = none. */
	const int *forward_signals;

	/* Times in milliseconds.  0 = the default given. */
	int64_t delay_before_respawn_ms; /* 5000; APPBASE_NONE = at once */
	int64_t max_delay_ms;		 /* 60000: limit of the back-off */
	int64_t min_uptime_ms;		 /* 10000: a worker that lived shorter
					    doubles the delay; NONE = never */
	int64_t stop_timeout_ms;	 /* 10000: TERM to KILL */
	int64_t drain_timeout_ms;	 /* stop_timeout: for the old worker of
					    a reload; NONE = for ever */
	int64_t shutdown_timeout_ms; /* stop_timeout: a worker's own limit for
					busy sections after a stop request */
	int64_t reload_timeout_ms;   /* 60000: start to ready of a candidate */
	int64_t start_timeout_ms;    /* 60000: the start command's patience */
	int64_t ready_after_ms;	     /* 1000: readiness of a worker that never
					calls appbase_ready_to_take_over() */
	int64_t ping_timeout_ms;     /* none: watchdog */
	int64_t orphan_timeout_ms;   /* 900: life of a worker without
					supervisor */

	unsigned max_failures; /* short-lived workers in a row before giving up
				  with APPBASE_EXIT_GAVE_UP; 0 = never */
	enum appbase_respawn respawn;
	/* Exit statuses of the worker that stop the daemon, which then ends
	 * with the same status; ends with APPBASE_NONE; NULL = none. */
	const int *stop_statuses;
	/* Exit statuses that ask for a respawn at once, without delay or
	 * back-off; ends with APPBASE_NONE; NULL = none.  Listeners that the
	 * next worker has not registered when it calls
	 * appbase_ready_to_take_over() are closed, as after a reload. */
	const int *restart_statuses;
};

/*
 * Runs the daemon.  Returns the process's exit status in the starting process
 * and in the supervisor; in a worker it does not return.  argv is copied,
 * and unless the class has APPBASE_NO_PROCTITLE its memory is used for the
 * title that ps(1) shows: keep no pointers into it.
 *
 * Built-in options, added to the class's own: --help, --no-fork, --pid-file
 * FILE, --no-pid-file, --user NAME, --group NAME, --no-warn, --no-wait, --wait,
 * --check-config, --log-file FILE, --status-file FILE, --listen-fd NAME=N,
 * --close-fds, --subreaper.
 *
 * Environment: APP_BASE_DAEMON_PIDDIR (directory of the default pid file
 * instead of /var/run) and COLUMNS are read.  APP_BASE_DAEMON_GEN,
 * APP_BASE_DAEMON_PID and APP_BASE_SCRIPT_EXE are set for the worker's
 * information and never believed.
 */
APPBASE_API int appbase_run(
    const struct appbase_class *, int argc, char *argv[]);

/*
 * True in a process that a running supervisor has made by executing itself, or
 * as its candidate: main() can then skip what only a first start needs.
 * May be called before appbase_run().
 */
APPBASE_API bool appbase_is_resuming(void);

/* The class's context, parsed options, program name.  All borrowed. */
APPBASE_API void *appbase_context(const struct appbase *);
APPBASE_API const struct appbase_options *appbase_options(
    const struct appbase *);
APPBASE_API const char *appbase_name(const struct appbase *);

/*
 * Ends this process in order: logs "Shutting down: TEXT", runs the shutdown
 * callback, exits with APPBASE_EXIT_LOST.  A supervised worker is respawned.
 */
APPBASE_API void appbase_error(struct appbase *, const char *fmt, ...)
    APPBASE_PRINTF(2, 3) APPBASE_NORETURN;

APPBASE_END_DECLS

#endif /* APPBASE_DAEMON_H */
