/* SPDX-License-Identifier: BSD-2-Clause */
/* The respawn delay and its back-off; see respawn.h. */
#include "libappbase/respawn.h"

/* The delay after `failures` short-lived workers in a row. */
static int64_t
respawn_backoff(const struct respawn *r)
{
	int64_t delay = r->delay_ms;
	unsigned doublings = r->failures - 1;

	if (delay == 0) {
		if (doublings == 0)
			return 0;
		delay = RESPAWN_FLOOR_MS;
		doublings--;
	}
	/* Halves are compared, so that no doubling overflows. */
	while (doublings-- > 0 && delay < r->max_delay_ms)
		delay =
		    delay > r->max_delay_ms / 2 ? r->max_delay_ms : delay * 2;
	return delay;
}

int64_t
respawn_next(struct respawn *r, int64_t uptime_ms)
{
	if (uptime_ms >= r->min_uptime_ms) {
		r->failures = 0;
		return r->delay_ms;
	}
	if (++r->failures == 0)
		r->failures--;
	if (r->max_failures != 0 && r->failures >= r->max_failures)
		return RESPAWN_GIVE_UP;
	return respawn_backoff(r);
}
