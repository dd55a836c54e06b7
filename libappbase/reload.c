/* SPDX-License-Identifier: BSD-2-Clause */
/* The hot-reload state machine; the model is described in reload.h. */
#include "libappbase/reload.h"

#include <assert.h>
#include <stddef.h>

#include "libappbase/clock.h"

typedef void reload_handler(
    struct reload *, int64_t now_ms, const char *reason);

static reload_handler begin, remember, launch, fail, commit, old_gone, finished,
    time_out, aborted, stop_idle, stop_busy;

/* A cell that is not listed: the event means nothing in that state. */
/* clang-format off */
static reload_handler *const reload_table[RELOAD_NSTATES][RELOAD_NEVENTS] = {
	[RELOAD_IDLE] = {
		[RELOAD_REQUEST] = begin,
		[RELOAD_STOP] = stop_idle,
	},
	[RELOAD_CHECKING] = {
		[RELOAD_REQUEST] = remember,
		[RELOAD_CHECK_PASSED] = launch,
		[RELOAD_CHECK_FAILED] = fail,
		[RELOAD_DIED] = fail,
		[RELOAD_TIMEOUT] = time_out,
		[RELOAD_STOP] = stop_busy,
	},
	[RELOAD_STARTING] = { /* an old worker that ends is respawned as usual */
		[RELOAD_REQUEST] = remember,
		[RELOAD_READY] = commit,
		[RELOAD_DIED] = fail,
		[RELOAD_TIMEOUT] = time_out,
		[RELOAD_STOP] = stop_busy,
	},
	[RELOAD_DRAINING] = { /* a candidate that dies is the worker by now */
		[RELOAD_REQUEST] = remember,
		[RELOAD_OLD_GONE] = old_gone,
		[RELOAD_STOP] = stop_idle,
	},
	[RELOAD_FINISHING] = {
		[RELOAD_REQUEST] = remember,
		[RELOAD_FINISHED] = finished,
		[RELOAD_STOP] = stop_idle,
	},
	[RELOAD_ABORTING] = { /* READY is too late here */
		[RELOAD_REQUEST] = remember,
		[RELOAD_CHECK_FAILED] = aborted,
		[RELOAD_DIED] = aborted,
		[RELOAD_STOP] = stop_idle,
	},
	[RELOAD_STOPPED] = {NULL},
};
/* clang-format on */
_Static_assert(RELOAD_NSTATES == 7 && RELOAD_NEVENTS == 9,
    "reload_table must have a handler for every state and event");

void
reload_init(struct reload *r, const struct reload_ops *ops, void *arg,
    int64_t timeout_ms, bool preflight)
{
	*r = (struct reload){.ops = ops,
	    .arg = arg,
	    .timeout_ms = timeout_ms,
	    .preflight = preflight,
	    .deadline_ms = CLOCK_NEVER};
}

void
reload_event(struct reload *r, enum reload_event event, int64_t now_ms,
    const char *reason)
{
	assert(r->state < RELOAD_NSTATES && event < RELOAD_NEVENTS);
	if (reload_table[r->state][event] != NULL)
		reload_table[r->state][event](r, now_ms, reason);
}

const char *
reload_state_name(enum reload_state state)
{
	static const char *const names[RELOAD_NSTATES] = {
	    [RELOAD_IDLE] = "idle",
	    [RELOAD_CHECKING] = "checking",
	    [RELOAD_STARTING] = "starting",
	    [RELOAD_DRAINING] = "draining",
	    [RELOAD_FINISHING] = "finishing",
	    [RELOAD_ABORTING] = "aborting",
	    [RELOAD_STOPPED] = "stopped",
	};

	return state < RELOAD_NSTATES ? names[state] : "unknown";
}

/* The one place that changes the state. */
static void
reload_set(struct reload *r, enum reload_state state)
{
	r->state = state;
	if (state != RELOAD_CHECKING && state != RELOAD_STARTING)
		r->deadline_ms = CLOCK_NEVER;
}

/* Returns to IDLE and runs the remembered request, if any. */
static void
reload_idle(struct reload *r, int64_t now_ms)
{
	reload_set(r, RELOAD_IDLE);
	if (r->pending) {
		r->pending = false;
		begin(r, now_ms, NULL);
	}
}

/* Reports a failed reload; the old generation was never touched. */
static void
reload_fail(struct reload *r, int64_t now_ms, const char *reason)
{
	r->ops->report(r->arg, reason != NULL ? reason : "unknown reason",
	    now_ms - r->began_ms);
	reload_idle(r, now_ms);
}

static void
begin(struct reload *r, int64_t now_ms, const char *reason)
{
	const char *why = NULL;

	r->began_ms = now_ms;
	r->deadline_ms = clock_deadline(now_ms, r->timeout_ms);
	if (!r->preflight) {
		launch(r, now_ms, reason);
		return;
	}
	if (r->ops->check(r->arg, &why) == -1)
		reload_fail(r, now_ms, why);
	else
		reload_set(r, RELOAD_CHECKING);
}

static void
remember(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)now_ms;
	(void)reason;
	r->pending = true;
	r->ops->remembered(r->arg);
}

static void
launch(struct reload *r, int64_t now_ms, const char *reason)
{
	const char *why = NULL;

	(void)reason;
	if (r->ops->launch(r->arg, &why) == -1)
		reload_fail(r, now_ms, why);
	else
		reload_set(r, RELOAD_STARTING);
}

static void
fail(struct reload *r, int64_t now_ms, const char *reason)
{
	reload_fail(r, now_ms, reason);
}

static void
commit(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)reason;
	reload_set(r, RELOAD_DRAINING);
	r->ops->report(r->arg, NULL, now_ms - r->began_ms);
	if (!r->ops->commit(r->arg))
		old_gone(r, now_ms, NULL);
}

static void
old_gone(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)now_ms;
	(void)reason;
	reload_set(r, RELOAD_FINISHING);
	r->ops->finish(r->arg);
}

static void
finished(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)reason;
	reload_idle(r, now_ms);
}

static void
time_out(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)now_ms;
	(void)reason;
	reload_set(r, RELOAD_ABORTING);
	r->ops->terminate(r->arg);
}

static void
aborted(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)reason;
	reload_fail(r, now_ms, "not ready in time");
}

static void
stop_idle(struct reload *r, int64_t now_ms, const char *reason)
{
	(void)now_ms;
	(void)reason;
	r->pending = false;
	reload_set(r, RELOAD_STOPPED);
}

static void
stop_busy(struct reload *r, int64_t now_ms, const char *reason)
{
	stop_idle(r, now_ms, reason);
	r->ops->terminate(r->arg);
}
