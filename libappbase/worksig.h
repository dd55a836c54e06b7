/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker's signals.  Handlers set a flag and write a byte, no more; with
 * one exception: when the supervisor has died the handler also arms a timer
 * that ends the process for certain, because an application that never asks
 * would otherwise live on as an orphan.
 */
#ifndef LIBAPPBASE_WORKSIG_H
#define LIBAPPBASE_WORKSIG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libappbase/page.h"

struct worksig {
	volatile sig_atomic_t stop;  /* TERM, INT or QUIT came: its number */
	volatile sig_atomic_t lost;  /* the supervisor is gone */
	volatile sig_atomic_t noise; /* ignored signals so far (they EINTR) */
};
extern struct worksig worksig;

/*
 * Installs the handlers.  wake_fd gets a byte at each stop request (-1:
 * nobody). supervisor 0 = none.  Times: milliseconds until SIGKILL after the
 * supervisor was lost, outside and inside a busy section; -1 = never. Asks the
 * kernel for the parent-death signal unless `outlives`, and looks once whether
 * the parent is still there.  0 or -1/errno.
 */
int worksig_install(int wake_fd, pid_t supervisor, bool outlives,
    struct page *page, int64_t orphan_ms, int64_t busy_ms);
/* Marks the supervisor lost and arms the timer, as the signal would; nothing in
 * a worker that outlives it. */
void worksig_lost(void);
/* SIGKILL to this process in `ms`, unless it ends before; -1 = never. */
void worksig_deadline(int64_t ms);
/* Default dispositions for the stop signals, before the worker executes another
 * program; or the handlers again, if that failed. */
void worksig_default(bool);
/* Default dispositions again, for a child of the worker; no deadline. */
void worksig_reset(void);

#endif
