/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What main() prepares and the engine goes on with, and the exit statuses the
 * two and the keeper agree on.
 */
#ifndef SUPERVISORD_DAEMON_H
#define SUPERVISORD_DAEMON_H

#include <stdbool.h>

#include "supervisord/config/cmdline.h"
#include "supervisord/config/config.h"
#include "supervisord/config/inforce.h"
#include "supervisord/io/mainlog.h"

struct appbase;

enum daemon_exit {
	DAEMON_EXIT_OK = 0,	  /* stopped in order (C-258) */
	DAEMON_EXIT_USAGE = 2,	  /* usage, configuration, bind, limit, user */
	DAEMON_EXIT_RESTART = 75, /* start another engine: HUP, RPC restart */
};

/* The context of the daemon's class. */
struct daemon_context {
	struct config_cmdline cmdline;
	char *configuration; /* absolute path of the file */
	char *directory;     /* where it was started */
	const char *program; /* the path it was run by (C-009) */
	char *argv0;	     /* where the title of the process is, */
	size_t argv0_len;    /* and what it was long */
	/* Read by main(); of a keeper that has executed itself perhaps NULL. */
	struct config *config;
	bool foreground;
	int argc; /* copies */
	char **argv;
};

/* Reads the configuration again.  0, or -1 with *err a new text. */
int daemon_load(const struct daemon_context *, struct config **, char **err);
/* The same from texts that were read before. */
int daemon_load_texts(const struct daemon_context *,
    const struct inforce_config *, struct config **, char **err);
/* checkstate.c: --check-state; the exit status. */
int daemon_check_state(const struct daemon_context *, const char *files);
/* What it says first if all is well. */
#define DAEMON_STATE_OK "ok "
/* The regions that an engine keeps beside its state, ended by a NULL name: they
 * are taken up only if they are of the same size. */
struct daemon_region {
	const char *name;
	size_t (*size)(void);
};
extern const struct daemon_region daemon_regions[];
/* How the main log is to be opened. */
void daemon_log_settings(const struct daemon_context *, const struct config *,
    struct mainlog_settings *);

#endif
