/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One look at whether a program serves: a connection, a request, a command.
 * Nothing blocks; while no look is going on there is nothing to wake up for.
 */
#ifndef SUPERVISORD_IO_PROBE_H
#define SUPERVISORD_IO_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/config/config.h"
#include "supervisord/io/loop.h"

struct probe;

struct probe_settings {
	struct loop *loop;
	const struct config_probe
	    *config; /* TCP, UNIX, HTTP or EXEC; borrowed */
	/* Starts, or kills, the command of EXEC, whose end is told by
	 * probe_exited().  0, or -1 with errno. */
	int (*exec)(void *arg, const char *command);
	void (*kill)(void *arg);
	/* What came of it: why is a few words, borrowed.  Called once for each
	 * probe_start(), never inside it. */
	void (*done)(void *arg, bool ok, const char *why);
	void *arg;
};

/* NULL with errno ENOMEM.  _free accepts NULL and calls nobody. */
struct probe *probe_new(const struct probe_settings *);
void probe_free(struct probe *);
/* Begins; one that is going on is dropped. */
void probe_start(struct probe *, int64_t timeout_ms);
/* Drops what is going on; done() will not come. */
void probe_cancel(struct probe *);
/* The command has ended. */
void probe_exited(struct probe *, int wait_status);

#endif
