/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graceful reloads in the engine: settings from the configuration, lock files,
 * signals by the keeper, and a record for each process in kept memory.
 */
#include "supervisord/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <appbase/keep.h>

#include "supervisord/engine_private.h"
#include "supervisord/io/lockfile.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/graceful.h"
#include "supervisord/watch.h"

#define RELOAD_RECORD APPBASE_RECORD_SIZE(sizeof(struct graceful_record))

struct reload_slot {
	struct graceful_settings set;
	struct lockwait *lock;
};

struct reloads {
	struct engine *engine;
	unsigned char *memory;
	struct reload_slot *slots; /* by the child's slot */
};

static const struct graceful_ops reload_ops;

/* Returns how much memory is needed. */
size_t
reload_size(void)
{
	return ROSTER_SLOTS * RELOAD_RECORD;
}

/* Makes everything. */
struct reloads *
reloads_new(struct engine *e, void *memory)
{
	struct reloads *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->engine = e;
	r->memory = memory;
	r->slots = calloc(ROSTER_SLOTS, sizeof(*r->slots));
	e->gracefuls = gracefuls_new(&reload_ops, r);
	if (r->slots == NULL || e->gracefuls == NULL) {
		reloads_free(r);
		return NULL;
	}
	return r;
}

/* Frees all but the records. */
void
reloads_free(struct reloads *r)
{
	size_t i;

	if (r == NULL)
		return;
	gracefuls_free(r->engine->gracefuls);
	r->engine->gracefuls = NULL;
	for (i = 0; r->slots != NULL && i < ROSTER_SLOTS; i++)
		lockwait_free(r->slots[i].lock);
	free(r->slots);
	free(r);
}

/* The slot of a process, and its record. */
static struct reload_slot *
reload_slot(struct reloads *r, const struct process *p)
{
	return &r->slots[child_slot(child_of(p))];
}

static void *
reload_record(const struct reloads *r, const struct process *p)
{
	return r->memory + (size_t)child_slot(child_of(p)) * RELOAD_RECORD;
}

/* Takes up a process's record. */
void
reload_adopt(struct engine *e, struct process *p, bool fresh)
{
	const struct graceful_record none = {.phase = GRACEFUL_NONE};
	void *place = reload_record(e->reloads, p);
	struct graceful_record rec;

	if (appbase_record_read(place, &rec, sizeof(rec)) == -1 ||
	    rec.phase == GRACEFUL_NONE)
		return;
	if (fresh)
		appbase_record_write(place, &none, sizeof(none));
	else if (graceful_restore(e->gracefuls, p, &rec, loop_now_ms()) == -1)
		mainlog(LEVEL_ERROR, "graceful: %s is forgotten: %s",
		    process_name(p), strerror(errno));
}

/* Does what is due. */
int64_t
reloads_run(struct engine *e, int64_t now_ms)
{
	int64_t when, other;

	gracefuls_run(e->gracefuls, now_ms, time(NULL));
	rollings_run(e->rollings, now_ms);
	when = gracefuls_wakeup_ms(e->gracefuls, now_ms);
	other = rollings_wakeup_ms(e->rollings, now_ms);
	return when < other ? when : other;
}

/* Joins what there is to say. */
const char *
reload_note(const struct engine *e, const struct process *p, int64_t now_ms,
    char *buf, size_t len)
{
	char text[PROC_NOTE_MAX];
	const char *part;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < 4; i++) {
		part = i == 0 ? startorder_note((struct engine *)(uintptr_t)e,
				    p, text, sizeof(text))
		    : i == 1
		    ? graceful_note(e->gracefuls, p, now_ms, text, sizeof(text))
		    : i == 2 ? rolling_note(e->rollings, p, text, sizeof(text))
			     : watch_note(e, p, text, sizeof(text));
		if (part[0] == '\0')
			continue;
		if (buf[0] != '\0')
			(void)strlcat(buf, ", ", len);
		(void)strlcat(buf, part, len);
	}
	return buf;
}

/* Translates the keys. */
static const struct graceful_settings *
reload_settings(void *arg, const struct process *p)
{
	static const enum graceful_mode mode[] = {
	    [CONFIG_RELOAD_RESTART] = GRACEFUL_RESTART,
	    [CONFIG_RELOAD_SIGNAL] = GRACEFUL_SIGNAL,
	    [CONFIG_RELOAD_LOCKFILE] = GRACEFUL_LOCKFILE,
	    [CONFIG_RELOAD_DRAIN] = GRACEFUL_DRAIN};
	static const enum graceful_expect expect[] = {
	    [CONFIG_EXPECT_NOTHING] = GRACEFUL_EXPECT_NOTHING,
	    [CONFIG_EXPECT_STAY] = GRACEFUL_EXPECT_STAY,
	    [CONFIG_EXPECT_EXIT] = GRACEFUL_EXPECT_EXIT};
	const struct config_reload *c = &child_config(child_of(p))->reload;
	struct graceful_settings *set = &reload_slot(arg, p)->set;

	*set = (struct graceful_settings){.mode = mode[c->mode],
	    .expect = expect[c->expect],
	    .reload_signal = c->signal,
	    .drain_signal = c->drain_signal,
	    .drain_timeout =
		c->drain_timeout < INT32_MAX ? c->drain_timeout : INT32_MAX,
	    .stop_on_timeout = c->stop_on_timeout,
	    .lockfile = c->lockfile};
	return set;
}

/* Says what is wrong with a lock file. */
static enum graceful_lock
reload_bad(const char *what, const char *path, char *err, size_t len)
{
	(void)snprintf(
	    err, len, "cannot %s %s: %s", what, path, strerror(errno));
	return GRACEFUL_LOCK_BAD;
}

/* Looks for the lock file. */
static enum graceful_lock
reload_look(void *arg, struct process *p, char *err, size_t len)
{
	const char *path = reload_slot(arg, p)->set.lockfile;

	switch (lockfile_exists(path)) {
	case 0:
		return GRACEFUL_LOCK_FREE;
	case 1:
		return GRACEFUL_LOCK_HELD;
	default:
		return reload_bad("look at", path, err, len);
	}
}

/* Removes the lock file. */
static enum graceful_lock
reload_remove(void *arg, struct process *p, char *err, size_t len)
{
	const char *path = reload_slot(arg, p)->set.lockfile;

	switch (lockfile_remove(path)) {
	case 0:
		return GRACEFUL_LOCK_FREE;
	case 1:
		return GRACEFUL_LOCK_HELD;
	default:
		return reload_bad("remove", path, err, len);
	}
}

/* A lock that was waited for is ours. */
static void
reload_on_lock(void *arg)
{
	engine_wake(((struct reloads *)arg)->engine);
}

/* Asks for the lock, or looks whether we have it. */
static enum graceful_lock
reload_lock(void *arg, struct process *p, char *err, size_t len)
{
	const struct config_process *config = child_config(child_of(p));
	struct reload_slot *slot = reload_slot(arg, p);
	const char *path = slot->set.lockfile;
	struct reloads *r = arg;

	if (slot->lock == NULL)
		slot->lock =
		    lockwait_new(r->engine->loop, path, (uid_t)config->user.uid,
			(gid_t)config->user.gid, reload_on_lock, r);
	if (slot->lock == NULL)
		return reload_bad("lock", path, err, len);
	return lockwait_has(slot->lock) ? GRACEFUL_LOCK_FREE
					: GRACEFUL_LOCK_HELD;
}

/* Gives the lock back. */
static void
reload_unlock(void *arg, struct process *p)
{
	struct reload_slot *slot = reload_slot(arg, p);

	lockwait_free(slot->lock);
	slot->lock = NULL;
}

/* Has SIGSTOP taken effect? */
static bool
reload_is_frozen(void *arg, const struct process *p)
{
	(void)arg;
	return process_pid(p) == 0 || lockfile_is_stopped(process_pid(p));
}

/* Asks for a signal. */
static int
reload_signal(void *arg, struct process *p, int signo, bool group)
{
	(void)arg;
	return child_signal(child_of(p), signo, group);
}

/* Nothing is begun once the supervisor stops. */
static bool
reload_may_start(void *arg, struct process *p)
{
	const struct reloads *r = arg;

	(void)p;
	return registry_state(r->engine->registry) == SUPERVISOR_RUNNING;
}

/* Writes a record, and the process's own. */
static void
reload_save(void *arg, struct process *p, const struct graceful_record *rec)
{
	child_save_now(child_of(p));
	appbase_record_write(reload_record(arg, p), rec, sizeof(*rec));
}

/* The next turn of the engine looks at the jobs. */
static void
reload_wake(void *arg)
{
	engine_wake(((struct reloads *)arg)->engine);
}

/* Writes to the main log. */
static void __attribute__((__format__(__printf__, 3, 0)))
reload_log(void *arg, int level, const char *fmt, va_list ap)
{
	(void)arg;
	mainlog_v(level, fmt, ap);
}

static const struct graceful_ops reload_ops = {
    .settings = reload_settings,
    .look = reload_look,
    .remove = reload_remove,
    .lock = reload_lock,
    .unlock = reload_unlock,
    .is_frozen = reload_is_frozen,
    .signal = reload_signal,
    .may_start = reload_may_start,
    .save = reload_save,
    .wake = reload_wake,
    .log = reload_log,
};
