/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler that writes a byte to a pipe, and the way back. */
#include "supervisorctl/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int interrupt_pipe[2] = {-1, -1};
static struct sigaction interrupt_before;

static void
interrupt_handler(int signo)
{
	int saved = errno;
	ssize_t n;

	(void)signo;
	/* A full pipe is readable, which is all that is wanted. */
	n = write(interrupt_pipe[1], "", 1);
	(void)n;
	errno = saved;
}

int
interrupt_open(void)
{
	struct sigaction sa;

	if (pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = interrupt_handler;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGINT, &sa, &interrupt_before) == 0)
		return interrupt_pipe[0];
	close(interrupt_pipe[0]);
	close(interrupt_pipe[1]);
	return -1;
}

void
interrupt_close(void)
{
	sigaction(SIGINT, &interrupt_before, NULL);
	close(interrupt_pipe[0]);
	close(interrupt_pipe[1]);
}
