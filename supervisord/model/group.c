/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups: members in boot order, and what is done to all of them at once. */
#include "supervisord/model/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes an empty group. */
struct group *
group_new(const char *name, int priority, enum group_kind kind)
{
	struct group *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	if ((g->name = strdup(name)) == NULL) {
		free(g);
		return NULL;
	}
	g->priority = priority;
	g->kind = kind;
	return g;
}

/* Frees a group and its members. */
void
group_free(struct group *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->nprocs; i++)
		process_free(g->procs[i]);
	free(g->procs);
	free(g->name);
	free(g);
}

/* Appends a member. */
int
group_add(struct group *g, struct process *p)
{
	struct process **grown;

	grown = reallocarray(g->procs, g->nprocs + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	g->procs = grown;
	g->procs[g->nprocs++] = p;
	process_set_group(p, g);
	return 0;
}

/* Finds a member by name. */
struct process *
group_find(const struct group *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++)
		if (strcmp(process_name(g->procs[i]), name) == 0)
			return g->procs[i];
	return NULL;
}

/* Tells whether nothing of the group runs. */
bool
group_is_stopped(const struct group *g)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++)
		if (!state_is_stopped(process_state(g->procs[i])))
			return false;
	return true;
}

/* Makes a vector of the members by priority, equals in boot order. */
struct process **
group_by_priority(const struct group *g, size_t *n)
{
	struct process **v;
	size_t i, j;

	*n = g->nprocs;
	if (g->nprocs == 0)
		return NULL;
	if ((v = calloc(g->nprocs, sizeof(*v))) == NULL)
		return NULL;
	for (i = 0; i < g->nprocs; i++) {
		int priority = process_settings(g->procs[i])->priority;

		for (j = i;
		     j > 0 && process_settings(v[j - 1])->priority > priority;
		     j--)
			v[j] = v[j - 1];
		v[j] = g->procs[i];
	}
	return v;
}

/* Starts what is to start by itself and never was. */
void
group_autostart(struct group *g, int64_t now_ms, time_t wall)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++) {
		struct process *p = g->procs[i];

		if (process_settings(p)->autostart &&
		    (process_marks(p) & PROC_MARK_WAITING) == 0 &&
		    process_state(p) == PROC_STOPPED &&
		    process_start_wall(p) == 0)
			process_start(p, now_ms, wall);
	}
}

/* Stops every member, the highest priority value first. */
void
group_stop_all(struct group *g, int64_t now_ms)
{
	struct process **v;
	size_t i, n;

	v = group_by_priority(g, &n);
	for (i = n; i-- > 0;) {
		struct process *p = v != NULL ? v[i] : g->procs[i];

		if (process_state(p) == PROC_BACKOFF)
			process_give_up(p, now_ms);
		else if (state_is_running(process_state(p)))
			process_stop(p, now_ms);
	}
	free(v);
}

/* Writes the name clients know a process by. */
const char *
group_namespec(const struct process *p, char *buf, size_t len)
{
	const struct group *g = process_group(p);

	if (g == NULL || strcmp(g->name, process_name(p)) == 0)
		(void)snprintf(buf, len, "%s", process_name(p));
	else
		(void)snprintf(buf, len, "%s:%s", g->name, process_name(p));
	return buf;
}
