/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start in order of `startinorder` and `startnextafter`: one program after
 * another, once after supervisord has started (O-025 to O-046).
 *
 * The ENTRIES are chosen from the plan when supervisord starts: those with
 * startinorder, one after another, and the one behind the last of them, which
 * ends the chain.  A program that starts by itself without being in order is
 * passed over (O-029).  The chain stands AT an entry: it starts its processes,
 * waits until all have reached the state of startnextafter since they were
 * started, and goes on to the next.
 *
 * Entries are kept by name, so that the groups may change meanwhile: one that
 * is removed is passed over, one that comes back has its place (O-040).  What
 * another engine needs to go on is in the processes' marks: CHAINED, PASSED,
 * and WAITING, which a start or a stop by hand takes away.  Pure.
 */
#ifndef SUPERVISORD_MODEL_CHAIN_H
#define SUPERVISORD_MODEL_CHAIN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisord/model/plan.h"

struct chain;

/* What is common to all waits. */
struct chain_settings {
	enum plan_failure on_failure;
	int64_t timeout; /* seconds for a step; 0 = for ever */
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
	void *arg;
};

/* The plan is borrowed; NULL with errno ENOMEM.  _free accepts NULL. */
struct chain *chain_new(struct plan *, const struct chain_settings *);
void chain_free(struct chain *);

/* supervisord has started: chooses the entries and has them wait.  -1 with
 * errno ENOMEM; without any entry nothing follows. */
int chain_begin(struct chain *, int64_t now_ms);
/* Another engine had begun: goes by the marks. */
int chain_resume(struct chain *, int64_t now_ms);
/* The plan was filled anew: entries that came back wait again. */
void chain_refilled(struct chain *, int64_t now_ms);
/* Does what is due; to be called after any change. */
void chain_run(struct chain *, int64_t now_ms, time_t wall);
/* When to call that by time alone; PROC_NEVER if at no time. */
int64_t chain_wakeup_ms(const struct chain *);
/* Ends it, whatever is left (O-041). */
void chain_cancel(struct chain *);

bool chain_is_active(const struct chain *);
/* "waiting for db (STARTING)" for a process that waits; "" for others. */
const char *chain_note(
    const struct chain *, const struct process *, char *buf, size_t len);

#endif
