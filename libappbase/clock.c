/* SPDX-License-Identifier: BSD-2-Clause */
/* The monotonic clock: see clock.h. */
#include "libappbase/clock.h"

#include <stdlib.h>
#include <time.h>

#ifdef CLOCK_MONOTONIC_COARSE
#define CLOCK_COARSE CLOCK_MONOTONIC_COARSE
#elif defined(CLOCK_MONOTONIC_FAST)
#define CLOCK_COARSE CLOCK_MONOTONIC_FAST
#else
#define CLOCK_COARSE CLOCK_MONOTONIC
#endif

/* Read a clock; those used here cannot fail where they are defined. */
static struct timespec
clock_read(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) == -1)
		abort();
	return ts;
}

/* Read the monotonic clock in milliseconds. */
int64_t
clock_now_ms(void)
{
	struct timespec ts = clock_read(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Read it cheaply, to within one kernel tick. */
int64_t
clock_coarse_ms(void)
{
	struct timespec ts = clock_read(CLOCK_COARSE);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Read the monotonic clock in microseconds. */
int64_t
clock_now_us(void)
{
	struct timespec ts = clock_read(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Turn a time-out into a deadline. */
int64_t
clock_deadline(int64_t now_ms, int64_t ms)
{
	if (ms < 0 || now_ms > CLOCK_NEVER - ms)
		return CLOCK_NEVER;
	return now_ms + ms;
}
