/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system knows of a process.  Only Linux tells. */
#ifndef SUPERVISORD_IO_PROCSTAT_H
#define SUPERVISORD_IO_PROCSTAT_H

#include <stdint.h>
#include <sys/types.h>

struct procstat {
	int64_t cpu_ms;	     /* processor time used by it and what it reaped */
	int64_t resident_kb; /* memory */
};

/* Of the process alone, without its children that live.  -1 with errno. */
int procstat_read(pid_t, struct procstat *);

#endif
