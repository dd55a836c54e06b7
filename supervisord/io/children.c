/* SPDX-License-Identifier: BSD-2-Clause */
/* All children: the keeper's events, and the take-over of a former engine's. */
#include "supervisord/io/children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "supervisord/io/child_private.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/procfmt.h"

#define CHILDREN_EXEC_STATUS 127 /* of a program that could not be executed */

static struct child *children_find(const struct children *, uint64_t);
static void children_on_alive(
    struct children *, const struct appbase_keep_event *);
static void children_on_spawn_failed(
    struct child *, const struct appbase_keep_event *);
static void children_on_exited(
    struct children *, struct child *, const struct appbase_keep_event *);
static void children_on_signal_failed(
    struct child *, const struct appbase_keep_event *);
static void child_explain(
    struct child *, const struct appbase_keep_event *, char *, size_t);
static void child_ensure_pid(struct child *, pid_t);
static void child_exited(struct child *, int);
static void children_recover_journal(struct children *);
static void children_drop_unclaimed(struct children *);
static bool children_claim(const struct children *, const char *);
static void children_drop_slot(struct children *, int);
static void child_settle(struct child *);

/* Makes the set. */
struct children *
children_new(const struct children_settings *set)
{
	struct children *all;

	if ((all = calloc(1, sizeof(*all))) != NULL)
		all->set = *set;
	return all;
}

/* Frees the set. */
void
children_free(struct children *all)
{
	free(all);
}

/* Writes what has changed. */
void
children_flush(struct children *all)
{
	size_t slot, used = roster_head(all->set.roster)->used;

	for (slot = 0; slot < used; slot++)
		if (all->by_slot[slot] != NULL && all->by_slot[slot]->dirty)
			child_save(all->by_slot[slot]);
}

/* Sorts an event to its child. */
bool
children_event(struct children *all, const struct appbase_keep_event *ev)
{
	struct child *c = children_find(all, ev->id);

	switch (ev->type) {
	case APPBASE_KEEP_CHILD:
		children_on_alive(all, ev);
		return true;
	case APPBASE_KEEP_SPAWNED:
		if (c != NULL)
			child_ensure_pid(c, ev->pid);
		return true;
	case APPBASE_KEEP_SPAWN_FAILED:
		if (c != NULL)
			children_on_spawn_failed(c, ev);
		return true;
	case APPBASE_KEEP_EXITED:
		children_on_exited(all, c, ev);
		return true;
	case APPBASE_KEEP_SIGNAL_FAILED:
		if (c != NULL)
			children_on_signal_failed(c, ev);
		return true;
	default:
		return false;
	}
}

/* Ends a take-over. */
void
children_settle(struct children *all)
{
	size_t slot;

	children_recover_journal(all);
	for (slot = 0; slot < ROSTER_SLOTS; slot++)
		if (all->by_slot[slot] != NULL)
			child_settle(all->by_slot[slot]);
	children_drop_unclaimed(all);
	for (slot = 0; slot < roster_head(all->set.roster)->used; slot++)
		if (all->by_slot[slot] == NULL)
			children_drop_slot(all, (int)slot);
	children_flush(all);
}

/* Finds the child whose newest program has that id. */
static struct child *
children_find(const struct children *all, uint64_t id)
{
	int slot = roster_slot_of(id);
	struct child *c = slot != -1 ? all->by_slot[slot] : NULL;

	return c != NULL && c->id == id ? c : NULL;
}

/* A program lives, says the inventory.  One that no configuration speaks of any
 * more is stopped.  One whose stop was interrupted gets its signal. */
static void
children_on_alive(struct children *all, const struct appbase_keep_event *ev)
{
	struct child *c = children_find(all, ev->id);

	if (c == NULL) {
		mainlog(LEVEL_WARN,
		    "stopping pid %d, which is no longer in the configuration",
		    (int)ev->pid);
		(void)appbase_keep_signal(all->set.app, ev->id, SIGTERM, false);
		return;
	}
	c->seen = true;
	child_ensure_pid(c, ev->pid);
	if (c->due != 0)
		(void)child_signal(c, c->due, c->due_group);
}

/* The program was not started: never forked, or it failed on its way (P-049,
 * P-057 to P-060). */
static void
children_on_spawn_failed(struct child *c, const struct appbase_keep_event *ev)
{
	char text[PROC_SPAWNERR_MAX], name[PROCFMT_ERRNO_MAX];
	struct output *o;

	if (ev->pid != 0) {
		child_ensure_pid(c, ev->pid);
		child_explain(c, ev, text, sizeof(text));
		o = c->channel[c->config->redirect_stderr ? CONFIG_STDOUT
							  : CONFIG_STDERR]
			.output;
		if (o != NULL)
			output_put(o, text, strlen(text));
		child_exited(c, CHILDREN_EXEC_STATUS << 8);
		return;
	}
	if (ev->error == EAGAIN)
		(void)snprintf(text, sizeof(text),
		    "Too many processes in process table to spawn '%s'",
		    c->config->name);
	else
		(void)snprintf(text, sizeof(text),
		    "unknown error during fork for '%s': %s", c->config->name,
		    procfmt_errno(ev->error, name));
	child_close_all(c);
	process_spawn_failed(c->proc, text, loop_now_ms());
	child_save(c);
}

/* A program has ended: only when that is written down is its record let go. */
static void
children_on_exited(
    struct children *all, struct child *c, const struct appbase_keep_event *ev)
{
	if (c != NULL) {
		c->seen = true;
		child_ensure_pid(c, ev->pid);
		child_exited(c, ev->status);
	}
	(void)appbase_keep_release(all->set.app, ev->id);
}

/* A signal was not delivered. */
static void
children_on_signal_failed(struct child *c, const struct appbase_keep_event *ev)
{
	if (ev->error != ESRCH) {
		process_kill_failed(c->proc, ev->error, loop_now_ms());
		return;
	}
	mainlog(LEVEL_DEBUG,
	    "unable to signal %s (pid %d), it probably just exited on its "
	    "own: [Errno %d] %s",
	    c->config->name, (int)process_pid(c->proc), ESRCH, strerror(ESRCH));
}

/* Writes what the child would have said of its failure. */
static void
child_explain(struct child *c, const struct appbase_keep_event *ev, char *text,
    size_t len)
{
	char name[PROCFMT_ERRNO_MAX], what[256];
	const char *why = procfmt_errno(ev->error, name);
	const char *directory = c->config->directory != NULL
	    ? c->config->directory
	    : c->all->set.directory;

	switch (ev->stage) {
	case APPBASE_STAGE_IDS:
		if (ev->error == EPERM && geteuid() != 0)
			why = "Can't drop privilege as nonroot user";
		(void)snprintf(what, sizeof(what), "setuid to %lld",
		    (long long)c->config->user.uid);
		break;
	case APPBASE_STAGE_CHDIR:
		(void)snprintf(what, sizeof(what), "chdir to %s", directory);
		break;
	case APPBASE_STAGE_EXEC:
		(void)snprintf(what, sizeof(what), "exec %s",
		    c->argv0 == NULL ? "it" : c->argv0);
		break;
	default:
		(void)snprintf(what, sizeof(what), "set up (%s)",
		    appbase_spawn_stage_name(ev->stage));
		break;
	}
	(void)snprintf(text, len,
	    "supervisor: couldn't %s: %s\n"
	    "supervisor: child process was not spawned\n",
	    what, why);
}

/* Gives the process its pid, if it waits for one. */
static void
child_ensure_pid(struct child *c, pid_t pid)
{
	int i;

	if (process_pid(c->proc) == 0)
		process_spawned(c->proc, pid, loop_now_ms(), time(NULL));
	for (i = 0; i < CONFIG_NCHANNELS; i++)
		if (c->channel[i].output != NULL)
			output_begin(c->channel[i].output);
}

/* The program is gone (P-034).  Its pipes are read on while others hold them.
 * What it had is let go first, but for the socket: it may be started again
 * before process_exited() returns, and then has these things anew. */
static void
child_exited(struct child *c, int status)
{
	bool held = c->holds_socket;
	int i;

	for (i = 0; i < CONFIG_NCHANNELS; i++)
		if (c->channel[i].output != NULL)
			output_drain(c->channel[i].output);
	c->due = 0;
	c->holds_socket = false;
	child_close_stdin(c);
	process_exited(c->proc, status, loop_now_ms(), time(NULL));
	if (held)
		fcgisock_release(c->socket);
	child_save(c);
}

/* Gives the chunk a former engine had in hand to the log it was for. */
static void
children_recover_journal(struct children *all)
{
	const unsigned char *data;
	struct logfile_mark mark;
	struct output *o;
	struct child *c;
	uint64_t owner;
	size_t len;

	if (!journal_recover(all->set.journal, &owner, &data, &len, &mark))
		return;
	c = children_find(all, owner >> 1);
	o = c != NULL ? c->channel[owner & 1].output : NULL;
	if (o != NULL)
		output_recover(o, data, len, &mark);
	journal_end(all->set.journal);
}

/* Drops pipes of programs nobody knows any more, and sockets that nobody holds.
 */
static void
children_drop_unclaimed(struct children *all)
{
	struct appbase *app = all->set.app;
	const char *name, *next;

	for (name = appbase_kept_next(app, NULL); name != NULL; name = next) {
		next = appbase_kept_next(app, name);
		if (children_claim(all, name))
			continue;
		(void)appbase_drop_fd(app, name);
		(void)close(appbase_kept_take(app, name));
	}
}

/* Is a kept descriptor in use, or none of ours? */
static bool
children_claim(const struct children *all, const char *name)
{
	const char *dot = strchr(name, '.');
	const struct fcgisock *s;
	size_t slot;

	if (strncmp(name, FCGISOCK_PREFIX, strlen(FCGISOCK_PREFIX)) == 0) {
		for (slot = 0; slot < ROSTER_SLOTS; slot++) {
			s = all->by_slot[slot] != NULL
			    ? all->by_slot[slot]->socket
			    : NULL;
			if (s != NULL && fcgisock_fd(s) != -1 &&
			    strcmp(fcgisock_name(s), name) == 0)
				return true;
		}
		return false;
	}
	if (dot == NULL ||
	    (strncmp(name, "in.", 3) != 0 && strncmp(name, "out.", 4) != 0 &&
		strncmp(name, "err.", 4) != 0))
		return true;
	return children_find(all, strtoull(dot + 1, NULL, 16)) != NULL;
}

/* Gives back the slot of a process that is not there any more. */
static void
children_drop_slot(struct children *all, int slot)
{
	if (roster_entry(all->set.roster, slot)->key[0] != '\0')
		roster_release(all->set.roster, slot);
}

/* A process that was taken over and whose program the keeper does not know: it
 * was never asked for, or its end was told to an engine that then died. */
static void
child_settle(struct child *c)
{
	char err[PROC_SPAWNERR_MAX] = "";

	if (!c->taken || c->seen ||
	    !state_is_signallable(process_state(c->proc)))
		return;
	if (process_state(c->proc) == PROC_STARTING &&
	    process_pid(c->proc) == 0) {
		if (child_spawn(c, err, sizeof(err)) == -1)
			process_spawn_failed(c->proc, err, loop_now_ms());
		return;
	}
	child_ensure_pid(c, 0);
	child_exited(c, SIGKILL);
}
