/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads /proc/PID/stat. */
#include "supervisord/io/procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The line holds a name of up to 64 bytes and some fifty numbers. */
#define PROCSTAT_LINE 1536

/* Reads the line; -1 with errno. */
static int
procstat_line(pid_t pid, char line[PROCSTAT_LINE])
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, line, PROCSTAT_LINE - 1);
	close(fd);
	if (n <= 0) {
		errno = ESRCH;
		return -1;
	}
	line[n] = '\0';
	return 0;
}

int
procstat_read(pid_t pid, struct procstat *stat)
{
	long long user, system, reaped_user, reaped_system, pages;
	long tick = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	char line[PROCSTAT_LINE], *rest;

	if (procstat_line(pid, line) == -1)
		return -1;
	/* The name may hold anything, also blanks and parentheses. */
	rest = strrchr(line, ')');
	if (rest == NULL || tick <= 0 ||
	    sscanf(rest + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld "
		"%lld %*d %*d %*d %*d %*u %*u %lld",
		&user, &system, &reaped_user, &reaped_system, &pages) != 5) {
		errno = EINVAL;
		return -1;
	}
	stat->cpu_ms =
	    (user + system + reaped_user + reaped_system) * 1000 / tick;
	stat->resident_kb = pages * (page / 1024);
	return 0;
}
