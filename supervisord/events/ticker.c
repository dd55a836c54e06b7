/* SPDX-License-Identifier: BSD-2-Clause */
/* When TICKs are due. */
#include "supervisord/events/ticker.h"

static const struct {
	enum event_type type;
	int64_t period;
} ticker_table[TICKER_PERIODS] = {
    {EVENT_TICK_5, 5},
    {EVENT_TICK_60, 60},
    {EVENT_TICK_3600, 3600},
};

/* Begins. */
void
ticker_start(struct ticker *t, int64_t now_s)
{
	size_t i;

	for (i = 0; i < TICKER_PERIODS; i++)
		t->last[i] = now_s - now_s % ticker_table[i].period;
}

/* Collects what is due. */
size_t
ticker_due(struct ticker *t, int64_t now_s, struct tick due[TICKER_PERIODS])
{
	size_t i, n = 0;
	int64_t slice;

	for (i = 0; i < TICKER_PERIODS; i++) {
		slice = now_s - now_s % ticker_table[i].period;
		if (slice == t->last[i])
			continue;
		t->last[i] = slice;
		due[n++] = (struct tick){ticker_table[i].type, slice};
	}
	return n;
}

/* The shortest period divides the others. */
int64_t
ticker_wait_ms(int64_t now_wall_ms)
{
	int64_t period_ms = ticker_table[0].period * 1000;

	return period_ms - now_wall_ms % period_ms;
}
