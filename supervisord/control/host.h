/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the control plane is given to work with.  The engine fills this in once
 * and keeps it valid until the control plane is freed; the functions take
 * `arg`.
 *
 * What is not here is reached through the model: processes by registry.h,
 * starts and stops by action.h, graceful reloads by graceful.h,
 * rolling restarts by rolling.h, logs and stdin
 * of a process by io/child.h, the main log by io/mainlog.h.
 */
#ifndef SUPERVISORD_CONTROL_HOST_H
#define SUPERVISORD_CONTROL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/config/config.h"
#include "supervisord/model/action.h"
#include "supervisord/model/graceful.h"
#include "supervisord/model/registry.h"
#include "supervisord/model/rolling.h"

struct appbase;
struct event_base;
struct httpd_request;
struct loop;

/* How many events wait for the listeners of a pool, and were thrown away. */
struct control_pool_figures {
	size_t buffered;
	uint64_t dropped;
};

struct control_host {
	struct appbase *app;	 /* for appbase_listen() */
	struct event_base *base; /* the engine's loop */
	const struct loop *loop; /* the same, for its figures */
	struct registry *registry;
	struct actions *actions;
	struct gracefuls *gracefuls; /* graceful reloads */
	struct rollings *rollings;   /* rolling restarts */
	pid_t pid;		     /* what getPID says: the keeper's */
	bool again; /* an earlier engine has announced the servers */
	void *arg;

	/* The configuration the engine was started with: [supervisord],
	 * servers, identifier.  Borrowed. */
	const struct config *(*config)(void *arg);
	/* The newest one read, from which groups are added; the same
	 * until reread() has succeeded. */
	const struct config *(*next_config)(void *arg);
	/* Reads the configuration again.  0, or -1 with *err a new text for
	 * CANT_REREAD. */
	int (*reread)(void *arg, char **err);
	/* The configuration a group of the registry was made from. */
	const struct config_group *(*group_config)(
	    void *arg, const struct group *);
	/* Makes a group of next_config() active and starts what is to start by
	 * itself (P-082).  -1 with errno EEXIST (is active), ENOENT, or why,
	 * perhaps in words: *err is then a new text. */
	int (*add_group)(void *arg, const char *name, char **err);
	/* Removes a group (P-083).  -1 with errno ENOENT, or EBUSY (not all of
	 * it is stopped). */
	int (*remove_group)(void *arg, const char *name);
	/* SUPERVISOR_SHUTDOWN or SUPERVISOR_RESTARTING; returns at once, the
	 * answer can still be sent (C-259).  A restart reads the configuration
	 * first: -1 with *err a new text if it is bad (C-257). */
	int (*request)(void *arg, enum supervisor_state, char **err);
	/* Publishes REMOTE_COMMUNICATION. */
	void (*remote_event)(
	    void *arg, const char *type, const void *data, size_t len);
	/* The events of a pool; false if the group is none. */
	bool (*pool_figures)(
	    void *arg, const struct group *, struct control_pool_figures *);
	/* Begins to replace supervisord by the program at that absolute path
	 * ("" = where it was started from): its number, or -1 with *err a new
	 * text. */
	int64_t (*upgrade)(void *arg, const char *path, char **err);
	/* What has become of the last one: "none", "checking", "starting",
	 * "done" or "failed"; its number, and why it failed.  Borrowed. */
	const char *(*upgrade_state)(
	    void *arg, int64_t *number, const char **why);
	/* Closes and reopens every log, as SIGUSR2 does (C-249). */
	void (*reopen_logs)(void *arg);

	/* Answers every request that is not the control plane's own: the web
	 * page; NULL = there is none.  page_arg may be set later, but before
	 * the servers are opened. */
	void (*page)(struct httpd_request *, void *page_arg);
	void *page_arg;
};

#endif
