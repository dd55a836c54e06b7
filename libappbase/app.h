/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's handle: what every role of the process knows. */
#ifndef LIBAPPBASE_APP_H
#define LIBAPPBASE_APP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "appbase/daemon.h"
#include "libappbase/execpath.h"
#include "libappbase/inherit.h"
#include "libappbase/settings.h"

enum app_role {
	APP_STARTER, /* until the daemon stands on its own */
	APP_SUPERVISOR,
	APP_WORKER,
	APP_ALONE, /* script_run, daemon_run */
};

struct supervisor;
struct worker;
struct listeners;

struct appbase {
	const struct appbase_class *cls;
	struct appbase_options *opts; /* NULL with APPBASE_OWN_OPTIONS */
	struct settings set;
	char *name;
	int argc;
	char **argv; /* as started, for the re-exec */
	struct execpath exec;
	struct inherit inherit; /* sockets handed in from outside */

	enum app_role role;
	uint64_t generation;
	pid_t supervisor_pid;
	sigset_t orig_mask;  /* what the worker gets back */
	int lock_fd;	     /* pid file, -1 = none */
	char *notify_socket; /* $NOTIFY_SOCKET, out of the environment */
	int64_t watchdog_us; /* $WATCHDOG_USEC, 0 = none */
	bool fdstore;	     /* $FDSTORE: the manager keeps descriptors */

	struct listeners *listeners; /* supervisor and worker */
	struct supervisor *sup;	     /* supervisor only */
	struct worker *wk;	     /* worker and alone only */
};

#endif
