/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All children together: what they share, how the keeper's events find them,
 * and how a new engine takes over those of an old one.  For the engine only.
 *
 * Order matters for what a crash may leave.  A process's entry in the roster is
 * written before anything is asked of the keeper, its pipes are handed to the
 * keeper before the program is asked for, and a child's record is released only
 * after what its exit changed is written.
 */
#ifndef SUPERVISORD_IO_CHILDREN_H
#define SUPERVISORD_IO_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/io/child.h"
#include "supervisord/io/journal.h"
#include "supervisord/io/loop.h"
#include "supervisord/io/roster.h"

struct appbase;
struct appbase_keep_event;
struct children;
struct fcgisock;

typedef void children_data(
    void *arg, struct process *, enum config_channel_id, const void *, size_t);

/* What a program gets beside its pipes. */
struct child_extra {
	char notify[64]; /* NOTIFY_SOCKET; "" = none */
	int fd, target;	 /* a descriptor, which is taken, and its number in
			    the program; -1 = none */
};

struct children_settings { /* all borrowed */
	struct appbase *app;
	struct loop *loop;
	struct journal *journal;
	struct roster *roster;
	char *const *environment; /* supervisord's */
	const char *server_url;	  /* NULL = none */
	const char *directory;	  /* of programs without one; NULL = the
				     keeper's */
	const char *childlogdir, *identifier;
	/* Something has changed: children_flush() is due, soon. */
	void (*wake)(void *arg);
	bool strip_ansi;
	/* For events; each may be NULL.  A chunk of output of a channel with
	 * events_enabled; a captured message; what a listener has written to
	 * its stdout (then neither of the others). */
	children_data *output, *message, *protocol;
	/* The program of that id is about to be spawned; or NULL. */
	void (*spawning)(
	    void *arg, struct process *, uint64_t id, struct child_extra *);
	/* A listener's stdin has taken all that it was sent; or NULL. */
	void (*taken)(void *arg, struct process *);
	void *arg;
};

/* NULL with errno ENOMEM.  _free accepts NULL; the children must be gone. */
struct children *children_new(const struct children_settings *);
void children_free(struct children *);
/* Writes the roster entries that have changed. */
void children_flush(struct children *);

/*
 * Makes the child of a process and claims its slot.  If the slot was there, the
 * process takes up what an earlier engine left (its state, its pipes, its
 * timer); else AUTO logs are created.  config is borrowed, and so is the socket
 * that is its stdin (or NULL).  NULL with errno.
 */
struct child *child_new(struct children *, struct process *,
    const struct config_process *, struct fcgisock *);
/* Closes everything and gives the slot back; its process has no program. */
void child_free(struct child *);
/* Closes everything and leaves slot, pipes and program to the next engine. */
void child_abandon(struct child *);

/* The id of the program spawned last. */
uint64_t child_id(const struct child *);
/* Runs a command with sh -c as the child's program would run, without input and
 * output; its end is told under that id.  -1 with errno. */
int child_run_command(struct child *, uint64_t id, const char *text);

/* What the process machine asks for (struct proc_ops). */
int child_spawn(struct child *, char *err, size_t errlen);
int child_signal(struct child *, int signo, bool group);
void child_arm(struct child *, int64_t when_ms);
void child_mark(struct child *); /* its entry is to be written */
/* After a change to a state without a program: one that was never forked lets
 * its socket go. */
void child_idle(struct child *);
void child_save_now(struct child *);
/* Did another engine know it? */
bool child_is_taken(const struct child *);
/* Which command the next program is: the previous one, or the command. */
void child_set_previous(struct child *, bool);

/* Hands a keeper's event to the child it is about.  False if it is not about a
 * child (SIGNALLED, ORPHAN). */
bool children_event(struct children *, const struct appbase_keep_event *);
/* After the inventory of a take-over: gives in-flight output to its log, drops
 * what nobody claimed, and deals with programs the keeper does not know. */
void children_settle(struct children *);

#endif
