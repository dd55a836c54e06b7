/* SPDX-License-Identifier: BSD-2-Clause */
/* The keeper's part of the state record that crosses an exec; see keeper.h. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/escape.h"
#include "libappbase/fd.h"
#include "libappbase/fields.h"
#include "libappbase/handoff.h"
#include "libappbase/keeper_private.h"

void
keeper_cloexec(const struct keeper *k, bool on)
{
	struct keeper_fd *f;
	struct keeper_fds *fds = (struct keeper_fds *)(uintptr_t)&k->fds;

	RB_FOREACH (f, keeper_fds, fds)
		fd_set_cloexec(f->fd, on);
}

void
keeper_save(const struct keeper *k, FILE *out)
{
	struct keeper_ids *ids = (struct keeper_ids *)(uintptr_t)&k->ids;
	struct keeper_fds *fds = (struct keeper_fds *)(uintptr_t)&k->fds;
	struct keeper_child *c;
	struct keeper_fd *f;

	RB_FOREACH (f, keeper_fds, fds)
		fprintf(out, "kept %d %s\n", f->fd, f->name);
	RB_FOREACH (c, keeper_ids, ids) {
		fprintf(out,
		    "child %" PRIu64 " %ld %d %d %d %" PRId64 " %" PRId64
		    " %ld %ld %ld ",
		    c->id, (long)c->pid, c->ended, c->group, c->status,
		    c->started_ms, c->ended_ms, (long)c->usage.ru_maxrss,
		    (long)(c->usage.ru_utime.tv_sec * 1000 +
			c->usage.ru_utime.tv_usec / 1000),
		    (long)(c->usage.ru_stime.tv_sec * 1000 +
			c->usage.ru_stime.tv_usec / 1000));
		escape_write(out, c->tag, c->taglen);
		fputc('\n', out);
	}
	if (k->signals != 0)
		fprintf(out, "signals %" PRIx64 "\n", k->signals);
	if (k->told != 0)
		fprintf(out, "told %" PRIx64 "\n", k->told);
}

/* child ID PID ENDED GROUP STATUS STARTED ENDED RSS UTIME STIME TAG */
static void
keeper_read_child(struct keeper_child *c, struct fields *f)
{
	int64_t ms;

	c->id = fields_uint(f, UINT64_MAX);
	c->pid = (pid_t)fields_int(f, 1, INT_MAX);
	c->ended = fields_flag(f);
	c->group = fields_flag(f);
	c->status = (int)fields_int(f, INT_MIN, INT_MAX);
	c->started_ms = fields_int(f, INT64_MIN, INT64_MAX);
	c->ended_ms = fields_int(f, INT64_MIN, INT64_MAX);
	c->usage.ru_maxrss = (long)fields_int(f, 0, LONG_MAX);
	ms = fields_int(f, 0, LONG_MAX);
	c->usage.ru_utime = (struct timeval){ms / 1000, ms % 1000 * 1000};
	ms = fields_int(f, 0, LONG_MAX);
	c->usage.ru_stime = (struct timeval){ms / 1000, ms % 1000 * 1000};
	c->taglen = fields_bytes(f, c->tag, sizeof(c->tag));
}

static int
keeper_load_child(struct keeper *k, struct fields *f)
{
	struct keeper_child *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -1;
	keeper_read_child(c, f);
	if (!fields_done(f) || keeper_find(k, c->id) != NULL ||
	    (!c->ended &&
		(RB_FIND(keeper_pids, &k->pids, c) != NULL ||
		    !handoff_is_child(c->pid)))) {
		free(c);
		return -1;
	}
	keeper_insert(k, c);
	return 0;
}

/* kept FD NAME */
static int
keeper_load_fd(struct keeper *k, struct fields *f)
{
	char name[APPBASE_KEEP_NAME_MAX + 1];
	int fd = fields_fd(f);

	fields_word(f, name, sizeof(name));
	if (!fields_done(f) || keeper_find_fd(k, name) != NULL ||
	    fd_set_cloexec(fd, true) == -1)
		return -1;
	return keeper_put_fd(k, name, fd);
}

/* signals BITS, told BITS: who sent them is not known any more */
static int
keeper_load_signals(uint64_t *signals, struct fields *f)
{
	uint64_t bits = fields_hex(f);

	if (!fields_done(f))
		return -1;
	*signals = bits;
	return 0;
}

int
keeper_load(struct keeper *k, const char *key, const char *rest)
{
	struct fields f = {.at = rest};

	if (strcmp(key, "child") == 0)
		return keeper_load_child(k, &f);
	if (strcmp(key, "kept") == 0)
		return keeper_load_fd(k, &f);
	if (strcmp(key, "signals") == 0)
		return keeper_load_signals(&k->signals, &f);
	if (strcmp(key, "told") == 0)
		return keeper_load_signals(&k->told, &f);
	return 1;
}
