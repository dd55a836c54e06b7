/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of changes of state. */
#include "supervisord/model/history.h"

/* Adds a change, in the place of the oldest. */
void
history_add(
    struct history *h, time_t when, enum proc_state to, pid_t pid, int status)
{
	struct history_entry *e = &h->ring[h->total++ % HISTORY_MAX];

	e->when = (uint32_t)when;
	e->pid = (int32_t)pid;
	e->status = (int16_t)status;
	e->state = (uint8_t)to;
	e->pad = 0;
	if (to == PROC_STARTING)
		h->starts++;
}

/* Returns how many changes are kept. */
size_t
history_count(const struct history *h)
{
	return h->total < HISTORY_MAX ? h->total : HISTORY_MAX;
}

/* Returns one of them. */
const struct history_entry *
history_at(const struct history *h, size_t i)
{
	return &h->ring[(h->total - history_count(h) + i) % HISTORY_MAX];
}
