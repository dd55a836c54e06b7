/* SPDX-License-Identifier: BSD-2-Clause */
/* Detaching and waiting for the daemon; see detach.h. */
#include "libappbase/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appbase/daemon.h"
#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/pidfile.h"

/* The intermediate process: its child is the daemon. */
static pid_t
detach_again(int lock_fd)
{
	pid_t pid;

	if (setsid() == -1)
		_exit(APPBASE_EXIT_SYSTEM);
	if ((pid = fork()) == -1)
		_exit(APPBASE_EXIT_SYSTEM);
	if (pid > 0) {
		if (lock_fd != -1)
			(void)pidfile_store(lock_fd, pid); /* it reports */
		_exit(0);
	}
	return pid;
}

int
detach_fork(int lock_fd, int *fd)
{
	int p[2], status, error;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) == -1)
		return -1;
	(void)fflush(NULL); /* or both would write what is buffered */
	if ((pid = fork()) == -1) {
		error = errno;
		fd_close(p[0]);
		fd_close(p[1]);
		errno = error;
		return -1;
	}
	if (pid == 0) {
		fd_close(p[0]);
		detach_again(lock_fd);
		*fd = p[1];
		return 0;
	}
	fd_close(p[1]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	*fd = p[0];
	return 1;
}

int
detach_stdio(const char *log_file)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = null;

	if (null == -1)
		return -1;
	if (log_file != NULL &&
	    (out = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		 0644)) == -1) {
		fd_close(null);
		return -1;
	}
	if (dup2(null, 0) == -1 || dup2(out, 1) == -1 || dup2(out, 2) == -1)
		return -1;
	if (out != null && out > 2)
		fd_close(out);
	if (null > 2)
		fd_close(null);
	return 0;
}

/* Waits until the pipe is readable or the deadline has passed. */
static bool
detach_readable(int fd, int64_t deadline)
{
	struct pollfd pfd = {fd, POLLIN, 0};
	int64_t left = -1;

	for (;;) {
		if (deadline != CLOCK_NEVER) {
			left = deadline - clock_now_ms();
			if (left <= 0)
				return false;
		}
		switch (poll(&pfd, 1, left > 1000000 ? 1000000 : (int)left)) {
		case -1:
			if (errno != EINTR)
				return false;
			break;
		case 0:
			break;
		default:
			return true;
		}
	}
}

int
detach_wait(int fd, int64_t timeout_ms, const char *name)
{
	int64_t deadline = clock_deadline(clock_now_ms(), timeout_ms);
	unsigned char status = APPBASE_EXIT_SYSTEM;
	char text[512];
	ssize_t n;

	if (!detach_readable(fd, deadline)) {
		fprintf(stderr, "%s: not ready after %lld ms\n", name,
		    (long long)timeout_ms);
		return APPBASE_EXIT_WORKER;
	}
	if (read(fd, &status, 1) != 1) {
		fprintf(stderr, "%s: ended before it was ready\n", name);
		return APPBASE_EXIT_SYSTEM;
	}
	n = detach_readable(fd, deadline) ? read(fd, text, sizeof(text) - 1)
					  : 0;
	if (n > 0) {
		text[n] = '\0';
		fprintf(stderr, "%s: %s\n", name, text);
	}
	return status;
}
