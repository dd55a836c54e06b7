/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One worker as its supervisor sees it: the process, its two sockets, the page
 * it beats on, and how it is made and ended.
 *
 * It is made by fork (the supervisor's own image) or by fork and exec (the
 * newest image, as the candidate of a reload).  Its death is known from waitpid
 * alone; the end of its socket while it lives is an error for which it is
 * ended. It is signalled only while it has not been reaped, so never by a
 * number that may belong to somebody else.
 */
#ifndef LIBAPPBASE_WORKPROC_H
#define LIBAPPBASE_WORKPROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libappbase/app.h"
#include "libappbase/chan.h"
#include "libappbase/lineproto.h"

struct workproc {
	pid_t pid;
	uint64_t generation;
	int line, page_fd;
	struct chan *chan; /* NULL: closed by the worker, or foreign */
	struct page *page;
	struct lineproto lp;
	struct listeners *claims; /* what it registered before the commit */
	int64_t started_ms;
	int64_t asked_ms; /* when it was asked to end; 0 = it was not */
	int64_t kill_ms;  /* deadline of SIGKILL */
	int64_t watch_ms; /* next look at its heartbeat */
	bool overdue;	  /* it was late at the last look */
	bool candidate;
	bool supervisor;    /* the candidate is a second supervisor */
	bool ready;	    /* it said so, or lived long enough */
	bool said_takeover; /* it said so */
	bool waits_ok;	    /* ... and waits for the answer */
	int64_t eof_ms;	    /* the line's end was seen: it must end by then */
	bool attached;	    /* it reads keep events */
	bool restart_asked; /* respawn at once, it asked for that */
	bool warned;	    /* of unknown lines */
	unsigned unknown;   /* unknown lines */
	char status[501];   /* appbase_set_status() */
};

/*
 * Forks a worker of our own image.  Returns NULL with errno; in the child it
 * does not return.  `before` runs first in the child: it closes what is the
 * supervisor's.
 */
struct workproc *workproc_fork(
    struct appbase *, void (*before)(void *arg), void *arg);
/*
 * Executes the newest image as a candidate (worker, or supervisor which then
 * also gets the lock).  NULL with errno and the failing step in *why.
 */
struct workproc *workproc_exec(
    struct appbase *, uint64_t generation, bool supervisor, const char **why);
/* A worker that a previous image of us has made; takes the descriptors (chan
 * and page may be -1). */
struct workproc *workproc_adopt(pid_t, int line, int chan, int page_fd);
/* Closes and frees; the process must have been reaped.  Accepts NULL. */
void workproc_free(struct workproc *);

/* Sends a signal, to its process group too if `group`. */
void workproc_signal(struct workproc *, int signo, bool group);
/* Asks it to end: signo now, SIGKILL to its group after timeout_ms (-1 never).
 * A second call only shortens the deadline. */
void workproc_end(struct workproc *, int signo, int64_t timeout_ms);
/* The deadline has passed: kills, unless a busy section is open and
 * shutdown_ms from the request are not over. */
void workproc_overdue(struct workproc *, int64_t shutdown_ms);
/* Answers takeover, if that is waited for: 0, or -1 (logged). */
int workproc_ok(struct workproc *);

#endif
