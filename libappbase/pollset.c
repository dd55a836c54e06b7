/* SPDX-License-Identifier: BSD-2-Clause */
/* Several descriptors behind one, by epoll; see pollset.h. */
#include "libappbase/pollset.h"

#include "config.h"

#ifndef HAVE_SYS_EPOLL_H
#error "pollset.c needs epoll; port it to this system's kqueue"
#endif
#include <sys/epoll.h>

int
pollset_new(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int
pollset_ctl(int set, int op, int fd, bool output)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | (output ? EPOLLOUT : 0), .data = {.fd = fd}};

	return epoll_ctl(set, op, fd, &ev);
}

int
pollset_add(int set, int fd, bool output)
{
	return pollset_ctl(set, EPOLL_CTL_ADD, fd, output);
}

int
pollset_change(int set, int fd, bool output)
{
	return pollset_ctl(set, EPOLL_CTL_MOD, fd, output);
}

int
pollset_remove(int set, int fd)
{
	return pollset_ctl(set, EPOLL_CTL_DEL, fd, false);
}
