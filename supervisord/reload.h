/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graceful reloads in the engine: what model/graceful.h needs of the world.
 */
#ifndef SUPERVISORD_RELOAD_H
#define SUPERVISORD_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct process;
struct reloads;

/* Bytes of kept memory it needs; all zero means that nothing is reloaded. */
size_t reload_size(void);
/* Makes e->gracefuls, with memory of reload_size().  NULL with errno ENOMEM;
 * _free accepts NULL and leaves what is under way to the next engine. */
struct reloads *reloads_new(struct engine *, void *memory);
void reloads_free(struct reloads *);

/* A process was made: takes up what an earlier engine left of its reload, or
 * (fresh) sees that nothing is left there of another process. */
void reload_adopt(struct engine *, struct process *, bool fresh);

/* Does what is due of reloads and rolling restarts; when that is due by time
 * alone, or PROC_NEVER. */
int64_t reloads_run(struct engine *, int64_t now_ms);
/* What is to be said of a process besides its state.  Returns buf. */
const char *reload_note(const struct engine *, const struct process *,
    int64_t now_ms, char *buf, size_t len);

#endif
