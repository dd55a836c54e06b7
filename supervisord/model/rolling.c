/* SPDX-License-Identifier: BSD-2-Clause */
/* Rolling restarts: batches, checks, failures.  See the header for the model.
 */
#include "supervisord/model/rolling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"
#include "supervisord/model/group.h"

#define ROLLING_NAME_MAX 256
#define ROLLING_LOOK_MS	 100 /* between looks at readiness and health */

struct rollings {
	const struct rolling_ops *ops;
	void *arg;
	struct rolling_record places[ROLLING_MAX];
	int last_id;
};

static void rolling_fail(struct rollings *, struct rolling_record *,
    struct rolling_member *, const char *why);
static void rolling_save(struct rollings *, const struct rolling_record *);
static void rolling_end(
    struct rollings *, struct rolling_record *, enum rolling_state, int64_t);
static void rolling_log(struct rollings *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes an empty set. */
struct rollings *
rollings_new(const struct rolling_ops *ops, void *arg)
{
	struct rollings *all = calloc(1, sizeof(*all));

	if (all != NULL) {
		all->ops = ops;
		all->arg = arg;
	}
	return all;
}

/* Frees it. */
void
rollings_free(struct rollings *all)
{
	free(all);
}

/* Returns the member that a process is, in an active rolling. */
static struct rolling_member *
rolling_member_of(
    struct rollings *all, const struct process *p, struct rolling_record **out)
{
	int slot = all->ops->slot(all->arg, p), i, k;

	for (i = 0; i < ROLLING_MAX; i++) {
		struct rolling_record *r = &all->places[i];

		if (r->state != ROLLING_ACTIVE)
			continue;
		for (k = 0; k < r->n; k++)
			if (r->members[k].slot == slot &&
			    r->members[k].progress != ROLLING_GONE) {
				*out = r;
				return &r->members[k];
			}
	}
	return NULL;
}

/* Finds a place: a free one, or that of the oldest that has ended. */
static struct rolling_record *
rolling_place(struct rollings *all)
{
	struct rolling_record *r, *best = NULL;
	int i;

	for (i = 0; i < ROLLING_MAX; i++) {
		r = &all->places[i];
		if (r->state == ROLLING_ACTIVE)
			continue;
		if (best == NULL || r->id < best->id)
			best = r;
	}
	return best;
}

/* Checks that a process may be in a new rolling. */
static int
rolling_check(struct rollings *all, const struct process *p,
    const struct rolling_plan *plan, char *err, size_t len)
{
	char name[ROLLING_NAME_MAX];
	struct rolling_record *other;

	(void)group_namespec(p, name, sizeof(name));
	if (rolling_member_of(all, p, &other) != NULL) {
		(void)snprintf(err, len,
		    "%s is in another rolling restart (%d)", name, other->id);
		return -1;
	}
	if (!plan->force && process_state(p) != PROC_RUNNING) {
		(void)snprintf(err, len,
		    "degraded: %s is %s (force it to begin all the same)", name,
		    state_name(process_state(p)));
		return -1;
	}
	return 0;
}

/* Is another member of a process's group in an active rolling? */
static bool
rolling_has_group(struct rollings *all, const struct process *p)
{
	const struct group *g = process_group(p);
	struct rolling_record *r;
	size_t i;

	for (i = 0; g != NULL && i < g->nprocs; i++)
		if (rolling_member_of(all, g->procs[i], &r) != NULL)
			return true;
	return false;
}

/* Fills in the members. */
static int
rolling_fill(struct rollings *all, struct rolling_record *r,
    struct process *const *procs, size_t n, char *err, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (process_state(procs[i]) == PROC_STOPPED)
			continue;
		if (rolling_check(all, procs[i], &r->plan, err, len) == -1)
			return -1;
		if (rolling_has_group(all, procs[i])) {
			(void)snprintf(err, len,
			    "group %s is in another rolling restart",
			    process_group(procs[i])->name);
			return -1;
		}
		if (r->n == ROLLING_MEMBERS) {
			(void)snprintf(err, len, "more than %d processes",
			    ROLLING_MEMBERS);
			return -1;
		}
		r->members[r->n++] = (struct rolling_member){
		    .slot = all->ops->slot(all->arg, procs[i])};
	}
	if (r->n > 0)
		return 0;
	(void)snprintf(err, len, "no process of them runs");
	return -1;
}

/* Begins one. */
int
rolling_start(struct rollings *all, const char *targets,
    struct process *const *procs, size_t n, const struct rolling_plan *plan,
    int64_t now_ms, char *err, size_t len)
{
	struct rolling_record *place = rolling_place(all), *r;
	int id = -1;

	if (place == NULL) {
		(void)snprintf(err, len, "too many rolling restarts at once");
		return -1;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		(void)snprintf(err, len, "out of memory");
		return -1;
	}
	r->plan = *plan;
	if (r->plan.batch < 1)
		r->plan.batch = 1;
	if (rolling_fill(all, r, procs, n, err, len) == 0) {
		r->id = id = ++all->last_id;
		r->state = ROLLING_ACTIVE;
		r->begun_ms = r->pause_until_ms = now_ms;
		(void)strlcpy(r->targets, targets, sizeof(r->targets));
		*place = *r;
		rolling_save(all, place);
		rolling_log(all, LEVEL_INFO,
		    "rolling restart %d of %s: %d processes", id, r->targets,
		    (int)r->n);
		all->ops->event(all->arg, ROLLING_EV_STARTED, place);
		all->ops->wake(all->arg);
	}
	free(r);
	return id;
}

/* Goes on with one. */
int
rolling_resume(struct rollings *all, const char *targets, int64_t now_ms,
    char *err, size_t len)
{
	struct rolling_record *r = NULL, *candidate;
	int i;

	for (i = 0; i < ROLLING_MAX; i++) {
		candidate = &all->places[i];
		if ((candidate->state == ROLLING_FAILED ||
			candidate->state == ROLLING_ABORTED) &&
		    !candidate->plan.rolling_back &&
		    strcmp(candidate->targets, targets) == 0 &&
		    (r == NULL || candidate->id > r->id))
			r = candidate;
	}
	if (r == NULL) {
		(void)snprintf(
		    err, len, "no rolling restart of %s to resume", targets);
		return -1;
	}
	for (i = 0; i < r->n; i++)
		if (r->members[i].progress != ROLLING_OK &&
		    r->members[i].progress != ROLLING_GONE)
			r->members[i].progress = ROLLING_WAITING;
	r->state = ROLLING_ACTIVE;
	r->pause_until_ms = now_ms;
	r->reason[0] = '\0';
	rolling_save(all, r);
	rolling_log(all, LEVEL_INFO, "rolling restart %d of %s: resumed", r->id,
	    targets);
	all->ops->event(all->arg, ROLLING_EV_STARTED, r);
	all->ops->wake(all->arg);
	return r->id;
}

/* Finds one to be changed. */
static struct rolling_record *
rolling_find(struct rollings *all, int id)
{
	struct rolling_record *r = NULL;
	int i;

	for (i = 0; i < ROLLING_MAX; i++)
		if (all->places[i].state != ROLLING_NONE &&
		    (id == 0 ? r == NULL || all->places[i].id > r->id
			     : all->places[i].id == id))
			r = &all->places[i];
	return r;
}

/* Ends one before its time. */
bool
rolling_abort(struct rollings *all, int id, const char *why, int64_t now_ms)
{
	struct rolling_record *r = rolling_find(all, id);

	if (r == NULL || r->state != ROLLING_ACTIVE)
		return false;
	(void)strlcpy(r->reason, why, sizeof(r->reason));
	rolling_end(all, r, ROLLING_ABORTED, now_ms);
	return true;
}

/* Returns one. */
const struct rolling_record *
rolling_get(const struct rollings *all, int id)
{
	return rolling_find((struct rollings *)(uintptr_t)all, id);
}

/* Names a rolling's state. */
const char *
rolling_state_name(const struct rolling_record *r)
{
	static const char *const names[] = {
	    "none", "active", "done", "failed", "aborted"};

	return names[r->state];
}

/* Names a member's progress. */
const char *
rolling_progress_name(const struct rolling_member *m)
{
	static const char *const names[] = {
	    "untouched", "busy", "busy", "done", "failed", "gone"};

	return names[m->progress];
}

/* A member is done. */
void
rolling_finished(struct rollings *all, const struct process *p, bool ok,
    const char *why, int64_t now_ms)
{
	struct rolling_member *m;
	struct rolling_record *r;

	(void)now_ms;
	m = rolling_member_of(all, p, &r);
	if (m == NULL || m->progress != ROLLING_BUSY)
		return;
	if (ok)
		m->progress = ROLLING_CHECK;
	else
		rolling_fail(all, r, m, why);
	rolling_save(all, r);
	all->ops->wake(all->arg);
}

/* A member goes away. */
void
rollings_forget(struct rollings *all, const struct process *p)
{
	int slot = all->ops->slot(all->arg, p), i, k;

	for (i = 0; i < ROLLING_MAX; i++)
		for (k = 0; k < all->places[i].n; k++)
			if (all->places[i].members[k].slot == slot) {
				all->places[i].members[k].progress =
				    ROLLING_GONE;
				all->places[i].members[k].slot = -1;
				rolling_save(all, &all->places[i]);
			}
	all->ops->wake(all->arg);
}

/* Is what was read a record? */
static bool
rolling_is_whole(const struct rolling_record *r)
{
	int i;

	if (r->state <= ROLLING_NONE || r->state > ROLLING_ABORTED ||
	    r->id <= 0 || r->n < 0 || r->n > ROLLING_MEMBERS)
		return false;
	for (i = 0; i < r->n; i++)
		if (r->members[i].progress < ROLLING_WAITING ||
		    r->members[i].progress > ROLLING_GONE)
			return false;
	return true;
}

/* Takes one up.  A member that was begun is begun again, which joins what is
 * under way, unless it is a new program already. */
void
rolling_restore(struct rollings *all, int place,
    const struct rolling_record *rec, int64_t now_ms)
{
	struct rolling_record *r = &all->places[place];
	struct process *p;
	int i;

	(void)now_ms;
	if (!rolling_is_whole(rec))
		return;
	*r = *rec;
	if (r->id > all->last_id)
		all->last_id = r->id;
	for (i = 0; r->state == ROLLING_ACTIVE && i < r->n; i++) {
		if (r->members[i].progress != ROLLING_BUSY)
			continue;
		p = all->ops->process(all->arg, r->members[i].slot);
		r->members[i].progress = p != NULL &&
			process_state(p) == PROC_RUNNING &&
			process_pid(p) != r->members[i].pid
		    ? ROLLING_CHECK
		    : ROLLING_WAITING;
	}
	all->ops->wake(all->arg);
}

/* Counts members of a kind. */
static int
rolling_count(const struct rolling_record *r, enum rolling_progress progress)
{
	int i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->members[i].progress == (int32_t)progress;
	return n;
}

/* Looks at a member that was reloaded: does it run, is it ready, healthy? */
static void
rolling_look(struct rollings *all, struct rolling_record *r,
    struct rolling_member *m, int64_t now_ms)
{
	struct process *p = all->ops->process(all->arg, m->slot);
	char why[ROLLING_REASON_MAX];
	bool fine;

	if (p == NULL) {
		m->progress = ROLLING_GONE;
		return;
	}
	switch (r->plan.wait) {
	case ROLLING_HEALTHY:
		fine = process_is_ready(p) && process_is_healthy(p);
		break;
	case ROLLING_READY:
		fine = process_is_ready(p);
		break;
	default:
		fine = process_state(p) == PROC_RUNNING;
	}
	if (m->progress == ROLLING_CHECK && fine)
		m->progress = ROLLING_OK;
	else if (m->progress == ROLLING_CHECK &&
	    process_state(p) != PROC_RUNNING &&
	    process_state(p) != PROC_STARTING) {
		(void)snprintf(why, sizeof(why), "it is %s%s%s",
		    state_name(process_state(p)),
		    process_spawnerr(p)[0] != '\0' ? ": " : "",
		    process_spawnerr(p));
		rolling_fail(all, r, m, why);
	} else if (r->plan.step_ms > 0 &&
	    now_ms - r->step_ms >= r->plan.step_ms) {
		(void)snprintf(why, sizeof(why), "it is %s after %lld seconds",
		    process_state(p) == PROC_RUNNING
			? "not ready"
			: state_name(process_state(p)),
		    (long long)r->plan.step_ms / 1000);
		rolling_fail(all, r, m, why);
	}
	if (m->progress != ROLLING_CHECK && m->progress != ROLLING_BUSY)
		rolling_save(all, r);
}

/* How many of the group must not be taken down together with this one? */
static bool
rolling_leaves_enough(
    struct rollings *all, struct rolling_record *r, const struct process *p)
{
	const struct group *g = process_group(p);
	int least = all->ops->min_running(all->arg, p), running = 0;
	struct rolling_record *other;
	struct rolling_member *m;
	size_t i;

	(void)r;
	if (least <= 0 || g == NULL)
		return true;
	for (i = 0; i < g->nprocs; i++) {
		m = rolling_member_of(all, g->procs[i], &other);
		running += process_state(g->procs[i]) == PROC_RUNNING &&
		    g->procs[i] != p &&
		    (m == NULL || m->progress != ROLLING_BUSY);
	}
	return running >= least;
}

/* Begins with a member; false if that has to wait for others of its batch. */
static bool
rolling_begin(struct rollings *all, struct rolling_record *r,
    struct rolling_member *m, bool first)
{
	struct process *p = all->ops->process(all->arg, m->slot);
	char err[ROLLING_REASON_MAX] = "";

	if (p == NULL) {
		m->progress = ROLLING_GONE;
		return true;
	}
	if (process_state(p) == PROC_STOPPED && !r->plan.rolling_back) {
		m->progress = ROLLING_GONE; /* it was stopped meanwhile */
		return true;
	}
	if (!rolling_leaves_enough(all, r, p)) {
		if (first)
			rolling_fail(
			    all, r, m, "fewer than min_running would be left");
		return false;
	}
	m->pid = (int32_t)process_pid(p);
	m->progress = ROLLING_BUSY;
	rolling_save(all, r);
	if (all->ops->begin(all->arg, p, &r->plan, err, sizeof(err)) == -1)
		rolling_fail(all, r, m, err);
	return true;
}

/* Begins the next batch; false if there is none. */
static bool
rolling_next(struct rollings *all, struct rolling_record *r, int64_t now_ms)
{
	int i, n = 0;

	for (i = 0; i < r->n && n < r->plan.batch; i++) {
		if (r->members[i].progress != ROLLING_WAITING)
			continue;
		if (n == 0)
			r->step_ms = now_ms;
		if (!rolling_begin(all, r, &r->members[i], n == 0))
			break;
		n += r->members[i].progress == ROLLING_BUSY;
		if (r->members[i].progress == ROLLING_BAD)
			break; /* what that means is seen in the next step */
	}
	rolling_save(all, r);
	if (n > 0)
		all->ops->event(all->arg, ROLLING_EV_STEP, r);
	return n > 0;
}

/* Turns round: those that are done, and the one that failed, get what they had
 * before (B-205). */
static void
rolling_turn(struct rollings *all, struct rolling_record *r)
{
	int i;

	r->plan.rolling_back = true;
	for (i = 0; i < r->n; i++)
		switch (r->members[i].progress) {
		case ROLLING_OK:
		case ROLLING_BAD:
			r->members[i].progress = ROLLING_WAITING;
			break;
		case ROLLING_WAITING:
			r->members[i].progress = ROLLING_GONE;
			break;
		default:
			break;
		}
	rolling_log(all, LEVEL_WARN, "rolling restart %d of %s: rolling back",
	    r->id, r->targets);
}

/* No member is being done: what is next? */
static void
rolling_step(struct rollings *all, struct rolling_record *r, int64_t now_ms)
{
	bool failed = rolling_count(r, ROLLING_BAD) > 0;

	if (failed && r->plan.rollback && !r->plan.rolling_back) {
		rolling_turn(all, r);
		r->pause_until_ms = now_ms;
	} else if (failed && !r->plan.keep_going && !r->plan.rolling_back) {
		rolling_end(all, r, ROLLING_FAILED, now_ms);
		return;
	}
	if (now_ms < r->pause_until_ms)
		return;
	if (rolling_next(all, r, now_ms))
		return;
	if (rolling_count(r, ROLLING_WAITING) > 0) {
		all->ops->wake(all->arg); /* the first of a batch has failed */
		return;
	}
	rolling_end(all, r,
	    rolling_count(r, ROLLING_BAD) > 0 || r->plan.rolling_back
		? ROLLING_FAILED
		: ROLLING_DONE,
	    now_ms);
}

/* Goes on with one. */
static void
rolling_run(struct rollings *all, struct rolling_record *r, int64_t now_ms)
{
	bool busy = false, was = false;
	int i;

	for (i = 0; i < r->n; i++) {
		struct rolling_member *m = &r->members[i];

		if (m->progress != ROLLING_BUSY && m->progress != ROLLING_CHECK)
			continue;
		was = true;
		rolling_look(all, r, m, now_ms);
		busy |=
		    m->progress == ROLLING_BUSY || m->progress == ROLLING_CHECK;
	}
	if (busy)
		return;
	if (was && rolling_count(r, ROLLING_WAITING) > 0) {
		r->pause_until_ms = now_ms + r->plan.pause_ms;
		rolling_save(all, r);
	}
	rolling_step(all, r, now_ms);
}

/* Goes on with all. */
void
rollings_run(struct rollings *all, int64_t now_ms)
{
	int i;

	for (i = 0; i < ROLLING_MAX; i++)
		if (all->places[i].state == ROLLING_ACTIVE)
			rolling_run(all, &all->places[i], now_ms);
}

/* Tells when one is due. */
int64_t
rollings_wakeup_ms(const struct rollings *all, int64_t now_ms)
{
	int64_t when = PROC_NEVER, due;
	int i;

	for (i = 0; i < ROLLING_MAX; i++) {
		const struct rolling_record *r = &all->places[i];

		if (r->state != ROLLING_ACTIVE)
			continue;
		due = PROC_NEVER;
		if (rolling_count(r, ROLLING_CHECK) > 0)
			due = now_ms + ROLLING_LOOK_MS;
		else if (rolling_count(r, ROLLING_BUSY) == 0)
			due = r->pause_until_ms;
		else if (r->plan.step_ms > 0)
			due = r->step_ms + r->plan.step_ms;
		if (due < when)
			when = due;
	}
	return when;
}

/* Says what a process waits for. */
const char *
rolling_note(
    const struct rollings *all, const struct process *p, char *buf, size_t len)
{
	struct rolling_record *r;
	struct rolling_member *m;

	buf[0] = '\0';
	m = rolling_member_of((struct rollings *)(uintptr_t)all, p, &r);
	if (m == NULL)
		return buf;
	(void)snprintf(buf, len, "rolling restart: %s, %d of %d done",
	    m->progress == ROLLING_WAITING     ? "waits"
		: m->progress == ROLLING_CHECK ? "is checked"
					       : rolling_progress_name(m),
	    rolling_count(r, ROLLING_OK), (int)r->n);
	return buf;
}

/* Notes a failure; the first is the reason. */
static void
rolling_fail(struct rollings *all, struct rolling_record *r,
    struct rolling_member *m, const char *why)
{
	const struct process *p = all->ops->process(all->arg, m->slot);
	char name[ROLLING_NAME_MAX] = "?";

	m->progress = ROLLING_BAD;
	if (p != NULL)
		(void)group_namespec(p, name, sizeof(name));
	if (r->reason[0] == '\0')
		(void)snprintf(
		    r->reason, sizeof(r->reason), "%s: %s", name, why);
	rolling_log(all, LEVEL_WARN, "rolling restart %d of %s: %s failed: %s",
	    r->id, r->targets, name, why);
	rolling_save(all, r);
}

/* Writes one down. */
static void
rolling_save(struct rollings *all, const struct rolling_record *r)
{
	all->ops->save(all->arg, (int)(r - all->places), r);
}

/* Ends one. */
static void
rolling_end(struct rollings *all, struct rolling_record *r,
    enum rolling_state state, int64_t now_ms)
{
	r->state = (int32_t)state;
	r->ended_ms = now_ms;
	rolling_save(all, r);
	rolling_log(all, state == ROLLING_DONE ? LEVEL_INFO : LEVEL_WARN,
	    "rolling restart %d of %s: %s, %d of %d done%s%s", r->id,
	    r->targets, rolling_state_name(r), rolling_count(r, ROLLING_OK),
	    (int)r->n, r->reason[0] != '\0' ? ": " : "", r->reason);
	all->ops->event(all->arg,
	    state == ROLLING_DONE ? ROLLING_EV_DONE : ROLLING_EV_FAILED, r);
}

/* Formats and hands on a log message. */
static void
rolling_log(struct rollings *all, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	all->ops->log(all->arg, level, fmt, ap);
	va_end(ap);
}
