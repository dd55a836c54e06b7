/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several descriptors behind one: readable when any of them is ready.  So that
 * an application with its own event loop has a single descriptor to watch. The
 * one file to port to a system without epoll (kqueue does the same).
 */
#ifndef LIBAPPBASE_POLLSET_H
#define LIBAPPBASE_POLLSET_H

#include <stdbool.h>

/* A new, empty set: a close-on-exec descriptor, or -1 with errno. */
int pollset_new(void);
/* Watches fd for input, and for output if asked.  0 or -1/errno. */
int pollset_add(int set, int fd, bool output);
int pollset_change(int set, int fd, bool output);
int pollset_remove(int set, int fd);

#endif
