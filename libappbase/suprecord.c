/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state record that crosses the supervisor's exec of its new image.
 *
 * Text, a line a fact, first the version and last "end"; strings are escaped.
 * It lives in a sealed memory file, names the pid it is for, and lists every
 * descriptor that stays open.  A reader skips keys it does not know, so a newer
 * image may add some and an older one still reads it; the version changes only
 * when that would not be enough, and an unknown one is refused.  A known key
 * with a bad value is logged and has no effect; what the supervisor cannot do
 * without, its worker and its lock, is then known from the handoff.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/escape.h"
#include "libappbase/fd.h"
#include "libappbase/fields.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/supervisor.h"

#define SUPRECORD_VERSION 1
#define SUPRECORD_MAX	  ((size_t)64 * 1024 * 1024)

static int64_t
suprecord_time(int64_t at)
{
	return at == CLOCK_NEVER ? -1 : at;
}

static void
suprecord_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s ", key);
	escape_write(out, text, strlen(text));
	fputc('\n', out);
}

static void
suprecord_worker(FILE *out, const struct workproc *wp)
{
	fprintf(out,
	    "worker %ld line=%d chan=%d page=%d started=%" PRId64
	    " asked=%" PRId64 " kill=%" PRId64 " watch=%" PRId64
	    " flags=%d%d%d%d%d\n",
	    (long)wp->pid, wp->line, wp->chan != NULL ? chan_fd(wp->chan) : -1,
	    wp->page_fd, wp->started_ms, wp->asked_ms,
	    suprecord_time(wp->kill_ms), suprecord_time(wp->watch_ms),
	    wp->ready, wp->said_takeover, wp->waits_ok, wp->attached,
	    wp->restart_asked);
	if (wp->lp.skipping)
		fputs("skipping 1\n", out);
	else if (wp->lp.len > 0) {
		fputs("partial ", out);
		escape_write(out, wp->lp.line, wp->lp.len);
		fputc('\n', out);
	}
	if (wp->status[0] != '\0')
		suprecord_string(out, "status", wp->status);
}

static void
suprecord_listeners(FILE *out, struct listeners *ls)
{
	struct listener *l;

	TAILQ_FOREACH (l, &ls->list, entry) {
		fprintf(out, "listener %d %d %s ", l->fd, l->remove, l->name);
		escape_write(out, l->address, strlen(l->address));
		fputc('\n', out);
	}
}

/* The bit of a signal, 1 to 64. */
static uint64_t
suprecord_bit(int signo)
{
	return (uint64_t)1 << (signo & 63);
}

/* The signal mask that workers get: ours does not tell after an exec. */
static uint64_t
suprecord_mask(const sigset_t *set)
{
	uint64_t bits = 0;
	int signo;

	for (signo = 1; signo < NSIG; signo++)
		if (sigismember(set, signo) == 1)
			bits |= suprecord_bit(signo);
	return bits;
}

static void
suprecord_write(FILE *out, const struct supervisor *sup)
{
	const struct appbase *app = sup->app;

	fprintf(out, "appbase-state %d\npid %ld\n", SUPRECORD_VERSION,
	    (long)getpid());
	fprintf(out, "generation %" PRIu64 "\nlock %d\nstarted %" PRId64 "\n",
	    app->generation, app->lock_fd, sup->started_ms);
	fprintf(out, "counts %" PRIu64 " %" PRIu64 " %" PRId64 " %u\n",
	    sup->restarts, sup->reloads, sup->reload_took_ms,
	    sup->respawn.failures);
	fprintf(out, "flags %d %d %d %" PRId64 "\n", sup->knows_ready,
	    sup->was_ready, sup->reload.pending || sup->reload_queued,
	    suprecord_time(sup->respawn_ms));
	fprintf(out, "mask %" PRIx64 "\n", suprecord_mask(&app->orig_mask));
	suprecord_string(out, "result", sup->reload_result);
	if (app->notify_socket != NULL)
		suprecord_string(out, "notify", app->notify_socket);
	fprintf(out, "watchdog %" PRId64 "\n", app->watchdog_us);
	if (sup->active != NULL)
		suprecord_worker(out, sup->active);
	suprecord_listeners(out, app->listeners);
	keeper_save(sup->keeper, out);
	fputs("end\n", out);
}

int
suprecord_save(const struct supervisor *sup)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int fd = -1;

	if (out == NULL)
		return -1;
	suprecord_write(out, sup);
	if (fclose(out) == EOF || (fd = fd_memory("appbase-state", len)) == -1)
		goto fail;
	if (fd_fill(fd, text, len) == -1 || fd_seal(fd) == -1)
		goto fail;
	free(text);
	return fd;
fail:
	free(text);
	fd_close(fd);
	return -1;
}

void
suprecord_cloexec(const struct supervisor *sup, bool on)
{
	const struct workproc *wp = sup->active;
	struct listener *l;

	if (sup->app->lock_fd != -1)
		fd_set_cloexec(sup->app->lock_fd, on);
	if (wp != NULL) {
		fd_set_cloexec(wp->line, on);
		if (wp->chan != NULL)
			fd_set_cloexec(chan_fd(wp->chan), on);
		if (wp->page_fd != -1)
			fd_set_cloexec(wp->page_fd, on);
	}
	TAILQ_FOREACH (l, &sup->app->listeners->list, entry)
		fd_set_cloexec(l->fd, on);
	keeper_cloexec(sup->keeper, on);
}

/* A descriptor of the record: close-on-exec again; -1 if it is not open. */
static int
suprecord_fd(int fd)
{
	return fd != -1 && fd_set_cloexec(fd, true) == 0 ? fd : -1;
}

/* A point in time; -1 stands for never. */
static int64_t
suprecord_read_time(struct fields *f, const char *key)
{
	int64_t at;

	fields_key(f, key);
	at = fields_int(f, -1, INT64_MAX);
	return at == -1 ? CLOCK_NEVER : at;
}

/* A descriptor after its key, which is only looked at. */
static int
suprecord_read_fd(struct fields *f, const char *key)
{
	fields_key(f, key);
	return fields_fd(f);
}

static int
suprecord_read_worker(struct supervisor *sup, struct fields *f)
{
	pid_t pid = (pid_t)fields_int(f, 1, INT_MAX);
	int line = suprecord_read_fd(f, "line=");
	int chan = suprecord_read_fd(f, "chan=");
	int page = suprecord_read_fd(f, "page=");
	int64_t started = suprecord_read_time(f, "started=");
	int64_t asked = suprecord_read_time(f, "asked=");
	int64_t kill_at = suprecord_read_time(f, "kill=");
	int64_t watch = suprecord_read_time(f, "watch=");
	char flags[6];
	struct workproc *wp;

	fields_key(f, "flags=");
	fields_word(f, flags, sizeof(flags));
	if (!fields_done(f) || strspn(flags, "01") != 5 ||
	    sup->active != NULL || !handoff_is_child(pid))
		return -1;
	wp = workproc_adopt(
	    pid, suprecord_fd(line), suprecord_fd(chan), suprecord_fd(page));
	if (wp == NULL)
		return -1;
	wp->generation = sup->app->generation;
	wp->started_ms = started;
	wp->asked_ms = asked;
	wp->kill_ms = kill_at;
	wp->watch_ms = watch;
	wp->ready = flags[0] == '1';
	wp->said_takeover = flags[1] == '1';
	wp->waits_ok = flags[2] == '1';
	wp->attached = flags[3] == '1';
	wp->restart_asked = flags[4] == '1';
	sup->active = wp;
	return 0;
}

static int
suprecord_read_listener(struct supervisor *sup, struct fields *f)
{
	int fd = fields_fd(f);
	bool remove = fields_flag(f);
	char name[64], address[256];

	fields_word(f, name, sizeof(name));
	fields_string(f, address, sizeof(address));
	if (!fields_done(f) ||
	    listeners_find(sup->app->listeners, name) != NULL ||
	    (fd = suprecord_fd(fd)) == -1)
		return -1;
	return listeners_put(sup->app->listeners, name, address, fd, remove) ==
		NULL
	    ? -1
	    : 0;
}

static int
suprecord_read_notify(struct supervisor *sup, struct fields *f)
{
	char path[256], *copy;

	fields_string(f, path, sizeof(path));
	if (!fields_done(f) || (copy = strdup(path)) == NULL)
		return -1;
	free(sup->app->notify_socket);
	sup->app->notify_socket = copy;
	return 0;
}

static int
suprecord_read_flags(struct supervisor *sup, struct fields *f)
{
	bool knows = fields_flag(f), was = fields_flag(f);
	bool pending = fields_flag(f);
	int64_t at = fields_int(f, -1, INT64_MAX);

	if (!fields_done(f))
		return -1;
	sup->knows_ready = knows;
	sup->was_ready = was;
	sup->reload_queued = pending;
	sup->respawn_ms = at == -1 ? CLOCK_NEVER : at;
	return 0;
}

/* A line got cut by the exec: it goes on where it was. */
static int
suprecord_read_partial(struct supervisor *sup, struct fields *f)
{
	char line[LINEPROTO_MAX];
	size_t len = fields_bytes(f, line, sizeof(line));

	if (!fields_done(f) || sup->active == NULL)
		return -1;
	memcpy(sup->active->lp.line, line, len);
	sup->active->lp.len = len;
	return 0;
}

/* ... or it was too long already: its rest is still skipped. */
static int
suprecord_read_skipping(struct supervisor *sup, struct fields *f)
{
	bool skipping = fields_flag(f);

	if (!fields_done(f) || sup->active == NULL)
		return -1;
	sup->active->lp.skipping = skipping;
	return 0;
}

static int
suprecord_read_lock(struct supervisor *sup, struct fields *f)
{
	int fd = fields_fd(f);

	if (!fields_done(f))
		return -1;
	sup->app->lock_fd = suprecord_fd(fd);
	return fd != -1 && sup->app->lock_fd == -1 ? -1 : 0;
}

static int
suprecord_read_counts(struct supervisor *sup, struct fields *f)
{
	uint64_t restarts = fields_uint(f, UINT64_MAX);
	uint64_t reloads = fields_uint(f, UINT64_MAX);
	int64_t took = fields_int(f, 0, INT64_MAX);
	unsigned failures = (unsigned)fields_uint(f, UINT_MAX);

	if (!fields_done(f))
		return -1;
	sup->restarts = restarts;
	sup->reloads = reloads;
	sup->reload_took_ms = took;
	sup->respawn.failures = failures;
	return 0;
}

static int
suprecord_read_generation(struct supervisor *sup, struct fields *f)
{
	uint64_t generation = fields_uint(f, UINT64_MAX);

	if (!fields_done(f) || generation == 0)
		return -1;
	sup->app->generation = generation;
	return 0;
}

static int
suprecord_read_started(struct supervisor *sup, struct fields *f)
{
	int64_t at = fields_int(f, 0, INT64_MAX);

	if (!fields_done(f))
		return -1;
	sup->started_ms = at;
	return 0;
}

static int
suprecord_read_watchdog(struct supervisor *sup, struct fields *f)
{
	int64_t us = fields_int(f, 0, INT64_MAX);

	if (!fields_done(f))
		return -1;
	sup->app->watchdog_us = us;
	sup->watchdog_ms = us > 0 ? clock_now_ms() : CLOCK_NEVER;
	return 0;
}

static int
suprecord_read_mask(struct supervisor *sup, struct fields *f)
{
	uint64_t bits = fields_hex(f);
	int signo;

	if (!fields_done(f))
		return -1;
	for (signo = 1; signo < NSIG; signo++)
		if (bits & suprecord_bit(signo))
			sigaddset(&sup->app->orig_mask, signo);
	return 0;
}

static int
suprecord_read_result(struct supervisor *sup, struct fields *f)
{
	char text[sizeof(sup->reload_result)];

	fields_string(f, text, sizeof(text));
	if (!fields_done(f))
		return -1;
	strlcpy(sup->reload_result, text, sizeof(sup->reload_result));
	return 0;
}

static int
suprecord_read_status(struct supervisor *sup, struct fields *f)
{
	char text[sizeof(sup->active->status)];

	fields_string(f, text, sizeof(text));
	if (!fields_done(f) || sup->active == NULL)
		return -1;
	strlcpy(sup->active->status, text, sizeof(sup->active->status));
	return 0;
}

static const struct {
	const char *key;
	int (*read)(struct supervisor *, struct fields *);
} suprecord_keys[] = {
    {"generation", suprecord_read_generation},
    {"lock", suprecord_read_lock},
    {"started", suprecord_read_started},
    {"counts", suprecord_read_counts},
    {"flags", suprecord_read_flags},
    {"mask", suprecord_read_mask},
    {"result", suprecord_read_result},
    {"notify", suprecord_read_notify},
    {"watchdog", suprecord_read_watchdog},
    {"worker", suprecord_read_worker},
    {"partial", suprecord_read_partial},
    {"skipping", suprecord_read_skipping},
    {"status", suprecord_read_status},
    {"listener", suprecord_read_listener},
};

/* Reads one line after the first two; a key nobody knows is skipped. */
static void
suprecord_read_line(struct supervisor *sup, char *line)
{
	char *rest = strchr(line, ' ');
	struct fields f = {.at = rest != NULL ? rest + 1 : ""};
	size_t i;
	int r = 1;

	if (rest != NULL)
		*rest = '\0';
	for (i = 0; i < sizeof(suprecord_keys) / sizeof(suprecord_keys[0]); i++)
		if (strcmp(line, suprecord_keys[i].key) == 0) {
			r = suprecord_keys[i].read(sup, &f);
			break;
		}
	if (r == 1)
		r = keeper_load(sup->keeper, line, f.at);
	if (r == -1)
		log_error("state record: bad %s: %s", line,
		    rest != NULL ? rest + 1 : "");
	else if (r == 1)
		log_debug("state record: unknown key %s, skipped", line);
}

/* Checks version, pid and the last line; the facts between, or NULL. */
static char *
suprecord_check(char *text, size_t len)
{
	char *pid = strchr(text, '\n'), *facts, *end;
	struct fields f = {.at = text};
	int64_t version;

	errno = EBADMSG;
	if (pid == NULL || strlen(text) != len || len < 5 ||
	    strcmp(end = text + len - 5, "\nend\n") != 0)
		return NULL;
	fields_literal(&f, "appbase-state");
	version = fields_int(&f, 1, INT_MAX);
	if (!fields_done(&f))
		return NULL;
	if (version != SUPRECORD_VERSION) {
		errno = EPROTONOSUPPORT;
		return NULL;
	}
	f = (struct fields){.at = pid + 1};
	fields_literal(&f, "pid");
	if (fields_int(&f, 1, INT_MAX) != getpid() || !fields_done(&f))
		return NULL;
	facts = strchr(pid + 1, '\n') + 1;
	end[1] = '\0';
	return facts;
}

/* What the handoff itself says, if the record does not: the worker and its
 * line, the lock. */
static void
suprecord_rescue(struct supervisor *sup, const struct handoff *h)
{
	if (sup->app->lock_fd == -1)
		sup->app->lock_fd = suprecord_fd(h->lock);
	if (sup->active != NULL || !handoff_is_child(h->worker))
		return;
	sup->active = workproc_adopt(h->worker, suprecord_fd(h->line), -1, -1);
	if (sup->active != NULL) {
		sup->active->generation = sup->app->generation;
		sup->active->ready = true;
	}
}

/* Reads the facts; what the supervisor cannot do without is rescued. */
static void
suprecord_read(struct supervisor *sup, const struct handoff *h, char *facts)
{
	char *line;

	while ((line = strsep(&facts, "\n")) != NULL)
		if (line[0] != '\0')
			suprecord_read_line(sup, line);
	suprecord_rescue(sup, h);
	if (sup->active == NULL && sup->respawn_ms == CLOCK_NEVER)
		sup->respawn_ms = clock_now_ms();
	if (sup->active != NULL && sup->active->attached)
		keeper_reattach(sup->keeper, sup->active);
}

int
suprecord_load(struct supervisor *sup, const struct handoff *h)
{
	char *text = NULL, *facts = NULL;
	size_t len = 0;
	int error = EBADMSG;

	sup->app->generation = 1;
	if (h->state != -1) {
		text = fd_slurp(h->state, SUPRECORD_MAX, &len);
		if (text == NULL ||
		    (facts = suprecord_check(text, len)) == NULL)
			error = errno;
		fd_close(h->state);
	}
	if (facts == NULL)
		sup->was_ready = true;
	suprecord_read(sup, h, facts);
	free(text);
	if (facts != NULL)
		return 0;
	errno = error;
	return -1;
}
