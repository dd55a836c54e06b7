/* SPDX-License-Identifier: BSD-2-Clause */
/* What keeper.c and keeper_record.c share: the tables of children and kept
 * descriptors. */
#ifndef LIBAPPBASE_KEEPER_PRIVATE_H
#define LIBAPPBASE_KEEPER_PRIVATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/tree.h>
#include <sys/types.h>

#include "appbase/keep.h"
#include "libappbase/keeper.h"

struct keeper_child {
	RB_ENTRY(keeper_child) by_id, by_pid;
	uint64_t id;
	pid_t pid;
	bool ended;   /* reaped; waits to be released */
	bool group;   /* leads a process group of its own */
	bool foreign; /* we were not permitted to signal it */
	int status;
	int64_t started_ms, ended_ms;
	struct rusage usage;
	size_t taglen;
	unsigned char tag[APPBASE_KEEP_TAG_MAX];
};
RB_HEAD(keeper_ids, keeper_child);
RB_HEAD(keeper_pids, keeper_child);

struct keeper_fd {
	RB_ENTRY(keeper_fd) entry;
	int fd;
	char name[APPBASE_KEEP_NAME_MAX + 1];
};
RB_HEAD(keeper_fds, keeper_fd);

struct keeper {
	struct keeper_ids ids;	 /* every child */
	struct keeper_pids pids; /* the living */
	size_t living;
	struct keeper_fds fds;
	struct workproc *attached;
	uint64_t signals; /* forwarded signals nobody was told of */
	uint64_t told; /* ... and those the attached worker has not acted on */
	pid_t signal_from[NSIG];
};

RB_PROTOTYPE(keeper_ids, keeper_child, by_id, )
RB_PROTOTYPE(keeper_pids, keeper_child, by_pid, )
RB_PROTOTYPE(keeper_fds, keeper_fd, entry, )

/* A child or a descriptor by its key; NULL if there is none. */
struct keeper_child *keeper_find(struct keeper *, uint64_t id);
struct keeper_fd *keeper_find_fd(struct keeper *, const char *name);
/* Adds a child whose id (and pid, if it lives) is not there yet; takes it. */
void keeper_insert(struct keeper *, struct keeper_child *);
/* Takes a descriptor under a name, replacing an older one; 0 or -1/errno. */
int keeper_put_fd(struct keeper *, const char *name, int fd);

#endif
