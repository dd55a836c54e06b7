/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effective settings of a daemon: its class, overridden by the command
 * line, with every default filled in.  Everything else in the library reads
 * these, never the class's raw numbers.
 */
#ifndef LIBAPPBASE_SETTINGS_H
#define LIBAPPBASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "appbase/daemon.h"

struct settings {
	char *pid_file;	   /* absolute; NULL = none */
	char *status_file; /* absolute; NULL = none */
	char *log_file;	   /* absolute; NULL = /dev/null */
	const char *directory, *user, *group;
	bool foreground, wait_start, wait_reload, close_fds, check;
	bool hot_reload, exclusive, overlap, two_supervisors, calls_ready;
	bool subreaper, preflight, outlives, pidfile_optional, start_reload;
	int umask;				      /* -1 = unchanged */
	int reload_signal, stop_signal, abort_signal; /* 0 = none */
	enum appbase_hup hup;
	/* milliseconds; where "none" is possible it is -1 */
	int64_t respawn_delay, max_delay, min_uptime, stop_timeout;
	int64_t drain_timeout, shutdown_timeout, reload_timeout, start_timeout;
	int64_t ready_after, ping_timeout, orphan_timeout;
};

/* The built-in options of a daemon, or the few of a script. */
extern const struct appbase_option settings_daemon_options[];
extern const struct appbase_option settings_script_options[];

/*
 * Fills in *s from the class and the parsed options (NULL for a class with
 * APPBASE_OWN_OPTIONS).  Returns 0, or -1 with errno.
 */
int settings_resolve(struct settings *, const struct appbase_class *,
    const struct appbase_options *, const char *name);
void settings_clear(struct settings *);

#endif
