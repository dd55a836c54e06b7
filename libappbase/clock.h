/* SPDX-License-Identifier: BSD-2-Clause */
/* The monotonic clock in milliseconds, and deadlines on it. */
#ifndef LIBAPPBASE_CLOCK_H
#define LIBAPPBASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* Milliseconds since some fixed point in the past; unaffected by date(1). */
int64_t clock_now_ms(void);
/* The same to within a few milliseconds, for a few nanoseconds. */
int64_t clock_coarse_ms(void);
int64_t clock_now_us(void);
/* now + ms; CLOCK_NEVER for ms < 0 or overflow. */
int64_t clock_deadline(int64_t now_ms, int64_t ms);

#endif
