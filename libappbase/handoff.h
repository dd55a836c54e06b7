/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a new image learns what it is.
 *
 * One environment variable names descriptors by number; it is removed as soon
 * as it is read.  Nothing is believed for the variable alone: a worker's or
 * candidate's socket must be an AF_UNIX socket made by our parent, a resuming
 * supervisor's record a sealed memory file that names our own pid.
 */
#ifndef LIBAPPBASE_HANDOFF_H
#define LIBAPPBASE_HANDOFF_H

#include <stdbool.h>
#include <sys/types.h>

#define HANDOFF_ENV "APPBASE_HANDOFF"

enum handoff_role {
	HANDOFF_NONE,	    /* a start like any other */
	HANDOFF_WORKER,	    /* a candidate worker of an in-place reload */
	HANDOFF_SUPERVISOR, /* a candidate of a two-supervisor reload */
	HANDOFF_RESUME,	    /* the supervisor itself, on a new image */
};

struct handoff {
	enum handoff_role role;
	int line, chan; /* sockets to the (old) supervisor, or to our worker */
	int lock;	/* the pid file's lock, -1 = none */
	int state;	/* RESUME: the state record */
	pid_t worker;	/* RESUME: for the case that the record is unreadable */
};

/*
 * Reads and removes the variable, checks the descriptors, sets them
 * close-on-exec.  Whatever fails a check is logged and gives HANDOFF_NONE.
 * The first call does it; later ones return the same.
 */
const struct handoff *handoff_take(void);

/* Is this a child of ours that has not been reaped?  Nobody can pretend that:
 * a number in a record is believed, signalled and waited for only then. */
bool handoff_is_child(pid_t);

/* The variable's value for a handoff; a static buffer. */
const char *handoff_format(const struct handoff *);
/* Reads such a value; false if it is not of our making.  Pure: what it names is
 * not checked. */
bool handoff_parse(const char *text, struct handoff *);

#endif
