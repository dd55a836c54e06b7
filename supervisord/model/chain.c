/* SPDX-License-Identifier: BSD-2-Clause */
/* The start in order: which entries, and the steps from one to the next. */
#include "supervisord/model/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"

#define CHAIN_MARKS (PROC_MARK_WAITING | PROC_MARK_CHAINED | PROC_MARK_PASSED)

struct chain_entry {
	char *name;
	enum proc_state after;
	bool is_last; /* nothing follows, whatever it does */
	bool skipped; /* it was passed over because it was gone */
};

struct chain {
	struct plan *plan;
	struct chain_settings set;
	struct chain_entry *entries;
	size_t n, at;
	bool begun; /* the entry at which it stands was started */
	bool told;  /* ... and has failed, which was said */
	int64_t begun_ms;
};

static int chain_choose(struct chain *, bool (*)(const struct plan_program *));
static bool chain_is_candidate(const struct plan_program *);
static bool chain_is_marked(const struct plan_program *);
static int chain_append(struct chain *, const struct plan_program *, bool);
static void chain_trim(struct chain *);
static struct plan_program *chain_program(const struct chain *, size_t);
static void chain_clear(struct chain *);
static void chain_mark(const struct plan_program *, unsigned, unsigned);
static bool chain_is_passed(const struct plan_program *);
static bool chain_step(struct chain *, int64_t, time_t);
static bool chain_start(struct chain *, struct plan_program *, int64_t, time_t);
static bool chain_has_fired(
    const struct chain_entry *, const struct plan_program *);
static bool chain_has_failed(
    struct chain *, const struct plan_program *, int64_t);
static void chain_fire(struct chain *, struct plan_program *);
static void chain_fail(struct chain *, struct plan_program *, int64_t);
static void chain_complete(struct chain *);
static char *chain_left(const struct chain *);
static void chain_log(struct chain *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes a chain without entries. */
struct chain *
chain_new(struct plan *plan, const struct chain_settings *set)
{
	struct chain *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->plan = plan;
	c->set = *set;
	return c;
}

/* Frees the chain and leaves the marks. */
void
chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	chain_clear(c);
	free(c);
}

/* Chooses the entries and has them wait. */
int
chain_begin(struct chain *c, int64_t now_ms)
{
	struct plan_program *program;
	size_t i, k;

	if (chain_choose(c, chain_is_candidate) == -1)
		return -1;
	chain_trim(c);
	for (i = 0; i < c->n; i++) {
		program = chain_program(c, i);
		chain_mark(program, PROC_MARK_CHAINED, 0);
		for (k = 0; k < program->nprocs; k++)
			if (process_start_wall(program->procs[k]) == 0)
				process_wait(program->procs[k], now_ms);
	}
	if (c->n > 0)
		chain_log(c, LEVEL_INFO, "startinorder: %s is first",
		    c->entries[0].name);
	return 0;
}

/* Takes up what an earlier engine had begun. */
int
chain_resume(struct chain *c, int64_t now_ms)
{
	struct plan_program *program;
	size_t k;

	if (chain_choose(c, chain_is_marked) == -1)
		return -1;
	if (c->n > 0)
		c->entries[c->n - 1].is_last =
		    !chain_program(c, c->n - 1)->set.in_order;
	while (c->at < c->n && chain_is_passed(chain_program(c, c->at)))
		c->at++;
	if (c->at == c->n)
		return 0;
	program = chain_program(c, c->at);
	c->begun = true;
	c->begun_ms = now_ms;
	for (k = 0; k < program->nprocs; k++)
		if (process_marks(program->procs[k]) & PROC_MARK_WAITING)
			c->begun = false;
	return 0;
}

/* Gives processes that came back their place. */
void
chain_refilled(struct chain *c, int64_t now_ms)
{
	struct plan_program *program;
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		if ((program = chain_program(c, i)) == NULL)
			continue;
		if (i < c->at && c->entries[i].skipped) {
			c->at = i; /* what follows is started already */
			c->begun = c->told = false;
		}
		c->entries[i].skipped = false;
		for (k = 0; k < program->nprocs; k++) {
			struct process *p = program->procs[k];

			if (process_marks(p) & PROC_MARK_CHAINED)
				continue;
			process_mark(p,
			    PROC_MARK_CHAINED |
				(i < c->at ? PROC_MARK_PASSED : 0),
			    0);
			if (i < c->at || process_start_wall(p) != 0 ||
			    program->set.autostart)
				continue;
			process_wait(p, now_ms);
			if (i == c->at)
				c->begun = false;
		}
	}
}

/* Takes every step that can be taken. */
void
chain_run(struct chain *c, int64_t now_ms, time_t wall)
{
	while (c->at < c->n && chain_step(c, now_ms, wall))
		continue;
}

/* Returns when a step has taken too long. */
int64_t
chain_wakeup_ms(const struct chain *c)
{
	if (c->at == c->n || !c->begun || c->told || c->set.timeout <= 0)
		return PROC_NEVER;
	return c->begun_ms + c->set.timeout * 1000;
}

/* Ends the chain where it is. */
void
chain_cancel(struct chain *c)
{
	struct plan_program *program;
	size_t i;

	for (i = 0; i < c->n; i++)
		if ((program = chain_program(c, i)) != NULL)
			chain_mark(program, 0, CHAIN_MARKS);
	chain_clear(c);
}

/* Tells whether there is something left to do. */
bool
chain_is_active(const struct chain *c)
{
	return c->at < c->n;
}

/* Says what a process waits for. */
const char *
chain_note(
    const struct chain *c, const struct process *p, char *buf, size_t len)
{
	const struct plan_program *program;
	size_t k;

	buf[0] = '\0';
	if ((process_marks(p) & PROC_MARK_CHAINED) == 0 || c->at == c->n ||
	    (program = chain_program(c, c->at)) == NULL)
		return buf;
	for (k = 0; k + 1 < program->nprocs; k++)
		if (!process_has_reached(
			program->procs[k], c->entries[c->at].after))
			break;
	if (program->procs[k] != p)
		(void)snprintf(buf, len, "waiting for %s (%s)", program->name,
		    state_name(process_state(program->procs[k])));
	return buf;
}

/* Makes entries of the programs that are wanted. */
static int
chain_choose(struct chain *c, bool (*wanted)(const struct plan_program *))
{
	const struct plan_program *program;
	size_t i;

	chain_clear(c);
	for (i = 0; (program = plan_at(c->plan, i)) != NULL; i++)
		if (wanted(program) &&
		    chain_append(c, program, !program->set.in_order) == -1)
			return -1;
	return 0;
}

/* Tells whether a program may be an entry (O-029). */
static bool
chain_is_candidate(const struct plan_program *program)
{
	return program->nprocs > 0 && program->set.chainable &&
	    (program->set.in_order || !program->set.autostart);
}

/* Tells whether an earlier engine had made it one. */
static bool
chain_is_marked(const struct plan_program *program)
{
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		if (process_marks(program->procs[k]) & PROC_MARK_CHAINED)
			return true;
	return false;
}

/* Adds an entry. */
static int
chain_append(struct chain *c, const struct plan_program *program, bool is_last)
{
	struct chain_entry *v;

	v = reallocarray(c->entries, c->n + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	c->entries = v;
	if ((v[c->n].name = strdup(program->name)) == NULL)
		return -1;
	v[c->n].after = program->set.after;
	v[c->n].is_last = is_last;
	v[c->n].skipped = false;
	c->n++;
	return 0;
}

/* Keeps the entries from the first in order to the first that is not; says
 * which ones in order come too late (O-009). */
static void
chain_trim(struct chain *c)
{
	size_t first, end, i;

	for (first = 0; first < c->n && c->entries[first].is_last; first++)
		free(c->entries[first].name);
	c->n -= first;
	if (c->n == 0)
		return;
	memmove(c->entries, c->entries + first, c->n * sizeof(*c->entries));
	for (end = 0; end < c->n && !c->entries[end].is_last; end++)
		continue;
	if (end == c->n)
		return;
	for (i = end + 1; i < c->n; i++) {
		if (!c->entries[i].is_last)
			chain_log(c, LEVEL_WARN,
			    "startinorder: %s is not reached, because %s "
			    "before it has no startinorder",
			    c->entries[i].name, c->entries[end].name);
		free(c->entries[i].name);
	}
	c->n = end + 1;
}

/* Finds the program of an entry; NULL if it is gone. */
static struct plan_program *
chain_program(const struct chain *c, size_t i)
{
	return plan_find(c->plan, c->entries[i].name);
}

/* Forgets the entries. */
static void
chain_clear(struct chain *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->entries[i].name);
	free(c->entries);
	c->entries = NULL;
	c->n = c->at = 0;
	c->begun = c->told = false;
}

/* Sets and clears marks of all processes of a program. */
static void
chain_mark(const struct plan_program *program, unsigned set, unsigned clear)
{
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		process_mark(program->procs[k], set, clear);
}

/* Tells whether the chain has gone on from a program. */
static bool
chain_is_passed(const struct plan_program *program)
{
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		if ((process_marks(program->procs[k]) & PROC_MARK_PASSED) == 0)
			return false;
	return true;
}

/* Takes one step; false if nothing is due. */
static bool
chain_step(struct chain *c, int64_t now_ms, time_t wall)
{
	struct chain_entry *entry = &c->entries[c->at];
	struct plan_program *program = chain_program(c, c->at);

	if (program == NULL) {
		entry->skipped = true;
		c->at++;
		c->begun = c->told = false;
		if (c->at == c->n)
			chain_complete(c);
		return true;
	}
	if (!c->begun) {
		if (!chain_start(c, program, now_ms, wall))
			return false;
		if (entry->is_last)
			chain_complete(c);
		return true;
	}
	if (chain_has_fired(entry, program)) {
		chain_fire(c, program);
		return true;
	}
	if (chain_has_failed(c, program, now_ms)) {
		chain_fail(c, program, now_ms);
		return c->set.on_failure != PLAN_HOLD;
	}
	return false;
}

/* Starts an entry's processes; false if one has to end first. */
static bool
chain_start(
    struct chain *c, struct plan_program *program, int64_t now_ms, time_t wall)
{
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		if (process_state(program->procs[k]) == PROC_STOPPING)
			return false;
	for (k = 0; k < program->nprocs; k++)
		if (process_marks(program->procs[k]) & PROC_MARK_WAITING)
			process_start(program->procs[k], now_ms, wall);
	c->begun = true;
	c->begun_ms = now_ms;
	return true;
}

/* Tells whether all processes have reached the state (O-032, O-034). */
static bool
chain_has_fired(
    const struct chain_entry *entry, const struct plan_program *program)
{
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		if (!process_has_reached(program->procs[k], entry->after))
			return false;
	return true;
}

/* Tells whether the state cannot be expected any more, by itself. */
static bool
chain_has_failed(
    struct chain *c, const struct plan_program *program, int64_t now_ms)
{
	bool fatal = false;
	size_t k;

	for (k = 0; k < program->nprocs; k++)
		fatal |= process_state(program->procs[k]) == PROC_FATAL;
	fatal |=
	    c->set.timeout > 0 && now_ms >= c->begun_ms + c->set.timeout * 1000;
	if (!fatal) {
		c->told = false;
		return false;
	}
	return !c->told;
}

/* Goes on to the next entry (O-031, O-045). */
static void
chain_fire(struct chain *c, struct plan_program *program)
{
	enum proc_state after = c->entries[c->at].after;
	size_t k;

	for (k = 0; after == PROC_EXITED && k < program->nprocs; k++)
		if ((process_marks(program->procs[k]) & PROC_MARK_EXITED_OK) ==
		    0)
			chain_log(c, LEVEL_WARN,
			    "startinorder: %s has not exited as expected",
			    process_name(program->procs[k]));
	chain_mark(program, PROC_MARK_PASSED, 0);
	c->begun = c->told = false;
	if (++c->at == c->n) {
		chain_log(c, LEVEL_INFO, "startinorder: %s is %s",
		    program->name, state_name(after));
		chain_complete(c);
		return;
	}
	chain_log(c, LEVEL_INFO, "startinorder: %s is %s, %s is next",
	    program->name, state_name(after), c->entries[c->at].name);
}

/* An entry has failed (O-036). */
static void
chain_fail(struct chain *c, struct plan_program *program, int64_t now_ms)
{
	const char *after = state_name(c->entries[c->at].after);
	char *left = chain_left(c), why[PROC_NOTE_MAX];
	struct plan_program *next;
	size_t i, k;

	c->told = true;
	(void)snprintf(why, sizeof(why), "%s is not %s", program->name, after);
	chain_log(c, LEVEL_ERROR, "startinorder: %s is not %s; %s: %s",
	    program->name, after,
	    c->set.on_failure == PLAN_START ? "nevertheless started"
					    : "not started",
	    left != NULL ? left : "");
	free(left);
	if (c->set.on_failure == PLAN_START) {
		chain_mark(program, PROC_MARK_PASSED, 0);
		c->begun = c->told = false;
		if (++c->at == c->n)
			chain_complete(c);
	} else if (c->set.on_failure == PLAN_FAIL) {
		for (i = c->at + 1; i < c->n; i++) {
			next = chain_program(c, i);
			for (k = 0; next != NULL && k < next->nprocs; k++)
				if (process_marks(next->procs[k]) &
				    PROC_MARK_WAITING)
					process_refuse(
					    next->procs[k], why, now_ms);
		}
		chain_cancel(c);
	}
}

/* Nothing is left to start. */
static void
chain_complete(struct chain *c)
{
	chain_log(c, LEVEL_INFO, "startinorder: complete");
	chain_cancel(c);
}

/* Makes a text of the names behind the present entry; "nothing" if none. */
static char *
chain_left(const struct chain *c)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return NULL;
	for (i = c->at + 1; i < c->n; i++)
		(void)fprintf(
		    out, "%s%s", i > c->at + 1 ? ", " : "", c->entries[i].name);
	if (c->at + 1 == c->n)
		(void)fputs("nothing", out);
	(void)fclose(out);
	return text;
}

/* Formats and hands on a log message. */
static void
chain_log(struct chain *c, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->set.log(c->set.arg, level, fmt, ap);
	va_end(ap);
}
