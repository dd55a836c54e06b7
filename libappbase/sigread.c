/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals read as data; see sigread.h. */
#include "libappbase/sigread.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "config.h"

#ifdef HAVE_SIGNALFD
#include <sys/signalfd.h>

int
sigread_open(const sigset_t *set)
{
	if (sigprocmask(SIG_BLOCK, set, NULL) == -1)
		return -1;
	return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
sigread_next(int fd, struct sigread_signal *sig)
{
	struct signalfd_siginfo si;
	ssize_t n = read(fd, &si, sizeof(si));

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	sig->signo = (int)si.ssi_signo;
	sig->pid = (pid_t)si.ssi_pid;
	return 1;
}

#else /* a pipe that the handler writes to */

static int sigread_pipe = -1;

static void
sigread_handler(int signo)
{
	int error = errno;
	unsigned char byte = (unsigned char)signo;

	if (write(sigread_pipe, &byte, 1) == -1)
		byte = 0; /* full: the signals before it wake the reader */
	errno = error;
}

int
sigread_open(const sigset_t *set)
{
	struct sigaction sa = {.sa_handler = sigread_handler};
	int p[2], signo;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	sigread_pipe = p[1];
	sigfillset(&sa.sa_mask);
	for (signo = 1; signo < NSIG; signo++)
		if (sigismember(set, signo) == 1 &&
		    sigaction(signo, &sa, NULL) == -1)
			return -1;
	sigprocmask(SIG_UNBLOCK, set, NULL);
	return p[0];
}

int
sigread_next(int fd, struct sigread_signal *sig)
{
	unsigned char byte;
	ssize_t n = read(fd, &byte, 1);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	sig->signo = byte;
	sig->pid = 0;
	return n == 1 ? 1 : -1;
}

#endif
