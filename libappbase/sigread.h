/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals read as data: a descriptor that is readable when one of a set is
 * pending.  signalfd(2) where there is one, else a handler that writes to a
 * pipe.
 */
#ifndef LIBAPPBASE_SIGREAD_H
#define LIBAPPBASE_SIGREAD_H

#include <signal.h>
#include <sys/types.h>

struct sigread_signal {
	int signo;
	pid_t pid; /* sender, 0 if unknown */
};

/* Blocks the set in this process and returns the descriptor, or -1/errno. */
int sigread_open(const sigset_t *);
/* 1 a signal, 0 none pending, -1 with errno. */
int sigread_next(int fd, struct sigread_signal *);

#endif
