/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rolling restarts in the engine: what model/rolling.h needs of the world.
 */
#ifndef SUPERVISORD_ROLL_H
#define SUPERVISORD_ROLL_H

#include <stddef.h>

struct engine;
struct rolls;

/* Bytes of kept memory it needs; all zero means that there is none. */
size_t roll_size(void);
/* Makes e->rollings, with memory of roll_size().  NULL with errno ENOMEM;
 * _free accepts NULL and leaves what is under way to the next engine. */
struct rolls *rolls_new(struct engine *, void *memory);
void rolls_free(struct rolls *);

/* All processes are there: takes up what an earlier engine left. */
void rolls_adopt(struct rolls *);
/* Forgets everything (a cold start). */
void rolls_clear(struct rolls *);

#endif
