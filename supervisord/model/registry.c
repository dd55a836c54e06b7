/* SPDX-License-Identifier: BSD-2-Clause */
/* The active groups, and how they are stopped one after another. */
#include "supervisord/model/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loglevel.h"

#define REGISTRY_REPORT_MS 3000 /* between two progress lines (C-253) */

struct registry {
	struct group_list groups;
	const struct registry_ops *ops;
	void *arg;
	enum supervisor_state state;
	int64_t report_ms; /* when the next progress line may come */
};

static void registry_log(struct registry *, int, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Makes an empty registry of a running supervisor. */
struct registry *
registry_new(const struct registry_ops *ops, void *arg)
{
	struct registry *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	TAILQ_INIT(&r->groups);
	r->ops = ops;
	r->arg = arg;
	r->state = SUPERVISOR_RUNNING;
	return r;
}

/* Frees the registry and every group. */
void
registry_free(struct registry *r)
{
	struct group *g;

	if (r == NULL)
		return;
	while ((g = TAILQ_FIRST(&r->groups)) != NULL) {
		TAILQ_REMOVE(&r->groups, g, entry);
		group_free(g);
	}
	free(r);
}

/* Returns the list of groups. */
struct group_list *
registry_groups(struct registry *r)
{
	return &r->groups;
}

/* Puts a group behind those of its priority. */
int
registry_add(struct registry *r, struct group *g)
{
	struct group *before;

	if (registry_find(r, g->name) != NULL) {
		errno = EEXIST;
		return -1;
	}
	TAILQ_FOREACH (before, &r->groups, entry)
		if (before->priority > g->priority) {
			TAILQ_INSERT_BEFORE(before, g, entry);
			return 0;
		}
	TAILQ_INSERT_TAIL(&r->groups, g, entry);
	return 0;
}

/* Takes a group out. */
void
registry_remove(struct registry *r, struct group *g)
{
	TAILQ_REMOVE(&r->groups, g, entry);
}

/* Finds a group by name. */
struct group *
registry_find(struct registry *r, const char *name)
{
	struct group *g;

	TAILQ_FOREACH (g, &r->groups, entry)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

/* Finds what a name of a request stands for. */
bool
registry_lookup(struct registry *r, const char *namespec, struct group **group,
    struct process **proc)
{
	const char *colon = strchr(namespec, ':');
	const char *member = colon != NULL ? colon + 1 : namespec;
	size_t len =
	    colon != NULL ? (size_t)(colon - namespec) : strlen(namespec);
	struct group *g;

	*group = NULL;
	*proc = NULL;
	TAILQ_FOREACH (g, &r->groups, entry)
		if (strlen(g->name) == len &&
		    strncmp(g->name, namespec, len) == 0)
			break;
	if ((*group = g) == NULL)
		return false;
	if (colon != NULL && (*member == '\0' || strcmp(member, "*") == 0))
		return true;
	*proc = group_find(g, member);
	return *proc != NULL;
}

/* Makes a vector of all processes in the order of start requests. */
struct process **
registry_by_priority(struct registry *r, size_t *n)
{
	struct process **all = NULL, **grown, **v;
	struct group *g;
	size_t count;

	*n = 0;
	TAILQ_FOREACH (g, &r->groups, entry) {
		if (g->nprocs == 0)
			continue;
		v = group_by_priority(g, &count);
		grown = reallocarray(all, *n + count, sizeof(*all));
		if (v == NULL || grown == NULL) {
			free(v);
			free(grown != NULL ? grown : all);
			*n = 0;
			return NULL;
		}
		all = grown;
		memcpy(all + *n, v, count * sizeof(*v));
		*n += count;
		free(v);
	}
	return all;
}

/* Returns the supervisor's state. */
enum supervisor_state
registry_state(const struct registry *r)
{
	return r->state;
}

/* Begins to stop, for good or to start again. */
bool
registry_request(struct registry *r, enum supervisor_state state)
{
	bool first = r->state == SUPERVISOR_RUNNING;

	if (state == SUPERVISOR_RESTARTING && r->state == SUPERVISOR_SHUTDOWN)
		return false;
	r->state = state;
	if (first && r->ops != NULL && r->ops->stopping != NULL)
		r->ops->stopping(r->arg);
	return true;
}

/* Stops the last group that is not stopped. */
bool
registry_shutdown_step(struct registry *r, int64_t now_ms)
{
	struct group *g;

	TAILQ_FOREACH_REVERSE(g, &r->groups, group_list, entry)
	{
		if (group_is_stopped(g))
			continue;
		group_stop_all(g, now_ms);
		if (!group_is_stopped(g)) {
			registry_shutdown_report(r, now_ms);
			return false;
		}
	}
	return true;
}

/* Returns when the next progress line is due. */
int64_t
registry_wakeup_ms(const struct registry *r)
{
	return r->state < SUPERVISOR_RUNNING ? r->report_ms : PROC_NEVER;
}

/* Says who is waited for, not too often. */
void
registry_shutdown_report(struct registry *r, int64_t now_ms)
{
	struct group *g;
	size_t i, len = 0;
	char *names = NULL;
	FILE *out;

	if (now_ms < r->report_ms)
		return;
	r->report_ms = now_ms + REGISTRY_REPORT_MS;
	if ((out = open_memstream(&names, &len)) == NULL)
		return;
	TAILQ_FOREACH (g, &r->groups, entry)
		for (i = 0; i < g->nprocs; i++) {
			struct process *p = g->procs[i];

			if (state_is_stopped(process_state(p)))
				continue;
			(void)fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "",
			    process_name(p));
		}
	if (fclose(out) == 0)
		registry_log(r, LEVEL_INFO, "waiting for %s to die", names);
	free(names);
}

/* Formats and hands on a log message. */
static void
registry_log(struct registry *r, int level, const char *fmt, ...)
{
	va_list ap;

	if (r->ops == NULL || r->ops->log == NULL)
		return;
	va_start(ap, fmt);
	r->ops->log(r->arg, level, fmt, ap);
	va_end(ap);
}
