/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a supervisor says first to whoever it has made, and how that is read.
 * HELLO, then an INHERIT for each listener, then READY.
 */
#ifndef LIBAPPBASE_GREET_H
#define LIBAPPBASE_GREET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libappbase/app.h"
#include "libappbase/chan.h"

#define GREET_VERSION 1

struct greeting {
	uint64_t generation;
	pid_t supervisor;
	bool knows_ready; /* a worker has called ready_to_take_over before */
	bool candidate;	  /* of a reload */
	int page_fd;	  /* the reader's to close */
};

int greet_send(struct chan *, const struct greeting *, struct appbase *);
/* Blocks until READY; listeners go to app->listeners.  0, or -1 with errno
 * (EPROTO: not understood; EPIPE). */
int greet_read(struct chan *, struct greeting *, struct appbase *);

#endif
