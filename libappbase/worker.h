/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker's side: signals as data, heartbeat, takeover, shutdown.
 *
 * A stop request or the loss of the supervisor is recorded by a signal handler
 * that sets a flag and writes a byte; worker_serve() is the one place that acts
 * on it, in normal context, and does not return when it does.
 */
#ifndef LIBAPPBASE_WORKER_H
#define LIBAPPBASE_WORKER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "appbase/api.h"
#include "libappbase/chan.h"

/* The signal a worker gets when its supervisor dies: not one that applications
 * use, so that nobody ignores it by accident. */
#define WORKER_ORPHAN_SIGNAL (SIGRTMAX - 3)

struct keepclient;

struct worker {
	int line;	    /* handoff socket, -1 without supervisor */
	struct chan *chan;  /* typed messages, NULL without supervisor */
	int wake;	    /* read end of the handlers' pipe */
	int set;	    /* pollset over line, chan and wake */
	bool chan_output;   /* the set watches chan for output */
	struct page *page;  /* shared with the supervisor */
	int64_t checked_ms; /* last look at the socket */
	bool candidate;	    /* has not taken over yet */
	bool taken_over;    /* appbase_ready_to_take_over() was called */
	bool ending;	    /* supervised_shutdown() was entered */
	bool chan_gone;
	struct keepclient *keep; /* NULL until the first keep call */
};

/*
 * Makes this process a worker: takes line and chan (-1 for a process of its
 * own), installs handlers, reads what the supervisor says first.  0 or
 * -1/errno.
 */
int worker_init(struct appbase *, int line, int chan);
/* Runs the application's main loop and exits. */
APPBASE_NORETURN void worker_main(struct appbase *);
/* Stores the heartbeat; true when it is time to look at the socket. */
bool worker_beat(struct worker *);
/* Acts on a stop request or a lost supervisor; reads and sends messages. */
void worker_serve(struct appbase *);
/* poll(2) that serves; `early` is asked after each turn whether to return. */
int worker_poll(struct appbase *, struct pollfd *, nfds_t, int64_t timeout_ms,
    bool (*early)(struct appbase *));
/* Queues a message to the supervisor; 0 or -1/errno. */
int worker_send(struct appbase *, uint16_t type, const void *body, size_t len,
    const int *fds, size_t nfds);
/* Registers a listener with the supervisor; fd -1 = the kept one. */
int worker_claim(
    struct appbase *, const char *name, const char *address, int fd);

/* keep.c: a message of the supervisor's that belongs to the keep protocol. */
void keep_message(struct appbase *, struct chan_msg *);
bool keep_events_wait(struct appbase *);
void keep_forget(struct keepclient *); /* closes and frees */

#endif
