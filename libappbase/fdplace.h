/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placing descriptors in a child between vfork and exec: each at its number, in
 * any permutation, and no other open (P-054).
 *
 * The plan is made before; fdplace_apply() is async-signal-safe and changes no
 * memory.  For a process that holds very many descriptors the plan may ask
 * that the child be made on its parent's descriptor table (clone(2) with
 * CLONE_FILES), which fdplace_apply() then leaves with a copy of only the low
 * ones: copying and closing thousands takes longer than all else.
 */
#ifndef LIBAPPBASE_FDPLACE_H
#define LIBAPPBASE_FDPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "appbase/keep.h"

/*
 * A process that holds many descriptors keeps them from this number up, lowest
 * first, and those it passes on below.
 */
#define FDPLACE_HIGH 1024

/* Moves a descriptor there.  Returns its new number, or fd if none is free. */
int fdplace_move_high(int fd);

/* Numbers in ascending order. */
struct fdplace_numbers {
	int n[APPBASE_KEEP_FDS_MAX];
	size_t count;
};

struct fdplace {
	const struct appbase_child_fd *fds;
	size_t nfds;
	struct fdplace_numbers sources, targets;
	bool shared; /* make the child on our descriptor table */
	int last;    /* without close_range(2): the highest open one; else -1 */
};

/*
 * Plans for a list (borrowed) of at most APPBASE_KEEP_FDS_MAX, whose targets
 * differ and are not negative.  Cannot fail.
 */
void fdplace_plan(
    struct fdplace *, const struct appbase_child_fd *fds, size_t nfds);

/* Does it, in the child.  Returns 0, or -1 with errno (EBADF, EMFILE, ...). */
int fdplace_apply(const struct fdplace *);

#endif
