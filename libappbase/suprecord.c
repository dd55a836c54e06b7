/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state record that crosses the supervisor's exec of its new image.
 *
 * Text, a line a fact, first the version and last "end"; strings are escaped.
 * It lives in a sealed memory file, names the pid it is for, and lists every
 * descriptor that stays open.  A reader skips keys it does not know, so a newer
 * image may add some and an older one still reads it; the version changes only
 * when that would not be enough, and an unknown one is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/escape.h"
#include "libappbase/fd.h"
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
	if (wp->lp.len > 0 && !wp->lp.skipping) {
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

/* The signal mask that workers get: ours does not tell after an exec. */
static uint64_t
suprecord_mask(const sigset_t *set)
{
	uint64_t bits = 0;
	int signo;

	for (signo = 1; signo < 64; signo++)
		if (sigismember(set, signo) == 1)
			bits |= (uint64_t)1 << signo;
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
	    sup->was_ready, sup->reload.pending,
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
	size_t len = 0, done = 0;
	ssize_t n;
	FILE *out = open_memstream(&text, &len);
	int fd = -1;

	if (out == NULL)
		return -1;
	suprecord_write(out, sup);
	if (fclose(out) == EOF || (fd = fd_memory("appbase-state", len)) == -1)
		goto fail;
	while (done < len) {
		n = pwrite(fd, text + done, len - done, (off_t)done);
		if (n == -1 && errno != EINTR)
			goto fail;
		done += n > 0 ? (size_t)n : 0;
	}
#ifdef F_ADD_SEALS
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == -1)
		goto fail;
#endif
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

static int
suprecord_read_worker(struct supervisor *sup, const char *rest)
{
	int line, chan, page;
	long pid;
	int64_t started, asked, kill_at, watch;
	char f[6];
	struct workproc *wp;

	if (sscanf(rest,
		"%ld line=%d chan=%d page=%d started=%" SCNd64 " asked=%" SCNd64
		" kill=%" SCNd64 " watch=%" SCNd64 " flags=%5s",
		&pid, &line, &chan, &page, &started, &asked, &kill_at, &watch,
		f) != 9 ||
	    strlen(f) != 5 || pid <= 0)
		return -1;
	wp = workproc_adopt((pid_t)pid, suprecord_fd(line), suprecord_fd(chan),
	    suprecord_fd(page));
	if (wp == NULL)
		return -1;
	wp->generation = sup->app->generation;
	wp->started_ms = started;
	wp->asked_ms = asked;
	wp->kill_ms = kill_at == -1 ? CLOCK_NEVER : kill_at;
	wp->watch_ms = watch == -1 ? CLOCK_NEVER : watch;
	wp->ready = f[0] == '1';
	wp->said_takeover = f[1] == '1';
	wp->waits_ok = f[2] == '1';
	wp->attached = f[3] == '1';
	wp->restart_asked = f[4] == '1';
	sup->active = wp;
	return 0;
}

static int
suprecord_read_listener(struct supervisor *sup, const char *rest)
{
	char name[64], address[256];
	int fd, remove, at = 0;
	ssize_t len;

	if (sscanf(rest, "%d %d %63s %n", &fd, &remove, name, &at) < 3 ||
	    at == 0 ||
	    (len = escape_read(rest + at, address, sizeof(address) - 1)) == -1)
		return -1;
	address[len] = '\0';
	if ((fd = suprecord_fd(fd)) == -1)
		return -1;
	return listeners_put(
		   sup->app->listeners, name, address, fd, remove != 0) == NULL
	    ? -1
	    : 0;
}

/* Reads a string fact into a buffer. */
static int
suprecord_read_string(const char *rest, char *buf, size_t size)
{
	ssize_t n = escape_read(rest, buf, size - 1);

	if (n == -1)
		return -1;
	buf[n] = '\0';
	return 0;
}

static int
suprecord_read_notify(struct supervisor *sup, const char *rest)
{
	char path[256];

	if (suprecord_read_string(rest, path, sizeof(path)) == -1)
		return -1;
	free(sup->app->notify_socket);
	sup->app->notify_socket = strdup(path);
	return sup->app->notify_socket == NULL ? -1 : 0;
}

static int
suprecord_read_flags(struct supervisor *sup, const char *rest)
{
	int knows, was, pending;
	int64_t at;

	if (sscanf(rest, "%d %d %d %" SCNd64, &knows, &was, &pending, &at) != 4)
		return -1;
	sup->knows_ready = knows != 0;
	sup->was_ready = was != 0;
	sup->reload_queued = pending != 0;
	sup->respawn_ms = at == -1 ? CLOCK_NEVER : at;
	return 0;
}

/* A line got cut by the exec: it goes on where it was. */
static int
suprecord_read_partial(struct supervisor *sup, const char *rest)
{
	ssize_t n;

	if (sup->active == NULL ||
	    (n = escape_read(rest, sup->active->lp.line, LINEPROTO_MAX)) == -1)
		return -1;
	sup->active->lp.len = (size_t)n;
	return 0;
}

static int
suprecord_read_lock(struct supervisor *sup, const char *rest)
{
	sup->app->lock_fd = suprecord_fd(atoi(rest));
	return 0;
}

static int
suprecord_read_counts(struct supervisor *sup, const char *rest)
{
	return sscanf(rest, "%" SCNu64 " %" SCNu64 " %" SCNd64 " %u",
		   &sup->restarts, &sup->reloads, &sup->reload_took_ms,
		   &sup->respawn.failures) == 4
	    ? 0
	    : -1;
}

static int
suprecord_read_generation(struct supervisor *sup, const char *rest)
{
	return sscanf(rest, "%" SCNu64, &sup->app->generation) == 1 ? 0 : -1;
}

static int
suprecord_read_started(struct supervisor *sup, const char *rest)
{
	return sscanf(rest, "%" SCNd64, &sup->started_ms) == 1 ? 0 : -1;
}

static int
suprecord_read_watchdog(struct supervisor *sup, const char *rest)
{
	if (sscanf(rest, "%" SCNd64, &sup->app->watchdog_us) != 1)
		return -1;
	sup->watchdog_ms =
	    sup->app->watchdog_us > 0 ? clock_now_ms() : CLOCK_NEVER;
	return 0;
}

static int
suprecord_read_mask(struct supervisor *sup, const char *rest)
{
	uint64_t bits;
	int signo;

	if (sscanf(rest, "%" SCNx64, &bits) != 1)
		return -1;
	for (signo = 1; signo < 64; signo++)
		if (bits & ((uint64_t)1 << signo))
			sigaddset(&sup->app->orig_mask, signo);
	return 0;
}

static int
suprecord_read_result(struct supervisor *sup, const char *rest)
{
	return suprecord_read_string(
	    rest, sup->reload_result, sizeof(sup->reload_result));
}

static int
suprecord_read_status(struct supervisor *sup, const char *rest)
{
	return sup->active == NULL
	    ? -1
	    : suprecord_read_string(
		  rest, sup->active->status, sizeof(sup->active->status));
}

static const struct {
	const char *key;
	int (*read)(struct supervisor *, const char *rest);
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
    {"status", suprecord_read_status},
    {"listener", suprecord_read_listener},
};

/* Reads one line after the first two. */
static void
suprecord_read_line(struct supervisor *sup, char *line)
{
	char *rest = strchr(line, ' ');
	size_t i;

	if (rest == NULL)
		return;
	*rest++ = '\0';
	for (i = 0; i < sizeof(suprecord_keys) / sizeof(suprecord_keys[0]); i++)
		if (strcmp(line, suprecord_keys[i].key) == 0) {
			if (suprecord_keys[i].read(sup, rest) == -1)
				log_error(
				    "state record: bad %s: %s", line, rest);
			return;
		}
	if (keeper_load(sup->keeper, line, rest) == -1)
		log_warn("state record: %s is not understood", line);
}

/* Checks version, pid and the last line. */
static int
suprecord_check(const char *text, size_t len)
{
	int version;
	long pid;

	if (sscanf(text, "appbase-state %d\npid %ld\n", &version, &pid) != 2 ||
	    pid != (long)getpid() || len < 5 ||
	    strcmp(text + len - 5, "\nend\n") != 0) {
		errno = EBADMSG;
		return -1;
	}
	if (version != SUPRECORD_VERSION) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return 0;
}

/* What can be known without a record: the worker, its line, the lock. */
static void
suprecord_rescue(struct supervisor *sup, const struct handoff *h)
{
	sup->app->generation = 1;
	sup->app->lock_fd = suprecord_fd(h->lock);
	sup->was_ready = true;
	if (h->worker <= 0) {
		sup->respawn_ms = clock_now_ms();
		return;
	}
	sup->active = workproc_adopt(h->worker, suprecord_fd(h->line), -1, -1);
	if (sup->active != NULL)
		sup->active->ready = true;
}

int
suprecord_load(struct supervisor *sup, const struct handoff *h)
{
	char *text = NULL, *line, *next;
	size_t len = 0;

	if (h->state != -1)
		text = fd_slurp(h->state, SUPRECORD_MAX, &len);
	if (text == NULL || suprecord_check(text, len) == -1) {
		int error = h->state == -1 ? EBADMSG : errno;

		free(text);
		fd_close(h->state);
		suprecord_rescue(sup, h);
		errno = error;
		return -1;
	}
	for (next = text; (line = strsep(&next, "\n")) != NULL;)
		if (strncmp(line, "appbase-state ", 14) != 0 &&
		    strncmp(line, "pid ", 4) != 0)
			suprecord_read_line(sup, line);
	if (sup->active != NULL && sup->active->attached)
		keeper_reattach(sup->keeper, sup->active);
	if (sup->active == NULL && sup->respawn_ms == CLOCK_NEVER)
		sup->respawn_ms = clock_now_ms();
	free(text);
	fd_close(h->state);
	return 0;
}
