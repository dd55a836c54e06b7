/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of what a child says to its parent before exec. */
#ifndef T_UNIT_VFORK_H
#define T_UNIT_VFORK_H

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tell whether a vforked child shares our memory, which it does not under
 * valgrind and the thread sanitizer. */
static inline bool
vfork_is_genuine(void)
{
	volatile bool shared = false;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		shared = true;
		_exit(0);
	}
	return pid != -1 && waitpid(pid, NULL, 0) == pid && shared;
}

#endif
