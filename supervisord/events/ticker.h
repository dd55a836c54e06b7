/* SPDX-License-Identifier: BSD-2-Clause */
/* TICK events (P-129).  Pure: it is told the wall clock's time. */
#ifndef SUPERVISORD_EVENTS_TICKER_H
#define SUPERVISORD_EVENTS_TICKER_H

#include <stddef.h>
#include <stdint.h>

#include "common/eventtype.h"

#define TICKER_PERIODS 3

struct ticker {
	int64_t last[TICKER_PERIODS];
};

struct tick {
	enum event_type type;
	int64_t when; /* a multiple of the period, seconds since the epoch */
};

/* Nothing is due at the start. */
void ticker_start(struct ticker *, int64_t now_s);
/* What is due; boundaries that were missed are not repeated.  Returns how
 * many. */
size_t ticker_due(
    struct ticker *, int64_t now_s, struct tick due[TICKER_PERIODS]);
/* Milliseconds to the next boundary: 1 to 5000. */
int64_t ticker_wait_ms(int64_t now_wall_ms);

#endif
