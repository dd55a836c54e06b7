/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comparing configurations, by the rows of the table.
 */
#include "supervisord/config/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/config.h"
#include "supervisord/config/option.h"

/* Compares texts that may be NULL. */
static bool
diff_text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The process's rows that a comparison looks at: numprocs and its like show in
 * the list of processes, and process_name in their names; what is read when
 * supervisord starts is of no interest to a running one. */
static bool
diff_is_compared(const struct confopt *o)
{
	return (o->sections & CONFIG_IN_ANY_PROGRAM) != 0 &&
	    (o->type != CONFOPT_CUSTOM ||
		strcmp(o->name, "environment") == 0) &&
	    o->change != CONFOPT_CHANGE_DAEMON &&
	    strncmp(o->name, "numprocs", 8) != 0 &&
	    strcmp(o->name, "process_name") != 0;
}

/* Compares one row; `environment` is stored merged, beyond its row. */
static bool
diff_row_equal(const struct confopt *o, const struct config_process *a,
    const struct config_process *b)
{
	static const struct confopt environment = {.name = "environment",
	    .type = CONFOPT_ENVIRONMENT,
	    .offset = offsetof(struct config_process, environment)};

	if (o->type == CONFOPT_CUSTOM)
		return confopt_equal(&environment, a, b);
	return confopt_equal(o, a, b);
}

/* Lists the keys in which two processes differ. */
size_t
config_process_diff(const struct config_process *a,
    const struct config_process *b, const struct confopt **rows, size_t max,
    enum confopt_change *worst)
{
	const struct confopt *o;
	size_t n = 0;

	*worst = CONFOPT_CHANGE_NOTHING;
	for (o = config_options; o->name != NULL; o++) {
		if (!diff_is_compared(o) || diff_row_equal(o, a, b))
			continue;
		if (n < max)
			rows[n] = o;
		n++;
		if (o->change > *worst)
			*worst = o->change;
	}
	return n;
}

/* Compares two processes. */
bool
config_process_equal(
    const struct config_process *a, const struct config_process *b)
{
	enum confopt_change worst;

	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	    config_process_diff(a, b, NULL, 0, &worst) == 0;
}

/* Compares what only pools have; the order of events means nothing. */
static bool
diff_pool_equal(const struct config_group *a, const struct config_group *b)
{
	static const struct confopt events = {.name = "events",
	    .type = CONFOPT_ENVIRONMENT,
	    .offset = offsetof(struct config_group, events)};

	return a->buffer_size == b->buffer_size &&
	    a->listener_timeout == b->listener_timeout &&
	    confopt_equal(&events, a, b) &&
	    diff_text_equal(a->result_handler, b->result_handler);
}

/* Compares sockets by their URL. */
static bool
diff_socket_equal(
    const struct config_fcgi_socket *a, const struct config_fcgi_socket *b)
{
	return a == b ||
	    (a != NULL && b != NULL && diff_text_equal(a->url, b->url));
}

/* Compares two groups. */
bool
config_group_equal(const struct config_group *a, const struct config_group *b)
{
	size_t i;

	if (a->kind != b->kind || a->priority != b->priority ||
	    a->nprocesses != b->nprocesses || strcmp(a->name, b->name) != 0 ||
	    !diff_pool_equal(a, b) || !diff_socket_equal(a->socket, b->socket))
		return false;
	for (i = 0; i < a->nprocesses; i++)
		if (!config_process_equal(a->processes[i], b->processes[i]) ||
		    !diff_socket_equal(
			a->processes[i]->socket, b->processes[i]->socket))
			return false;
	return true;
}

/* Finds an active group. */
static const struct config_group *
diff_find(struct config_group *const *active, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(active[i]->name, name) == 0)
			return active[i];
	return NULL;
}

/* Compares the active groups with the next configuration. */
int
config_diff(struct config_diff *d, struct config_group *const *active,
    size_t nactive, const struct config *next)
{
	const struct config_group *old;
	size_t i;

	memset(d, 0, sizeof(*d));
	d->added = calloc(next->ngroups + 1, sizeof(*d->added));
	d->changed = calloc(next->ngroups + 1, sizeof(*d->changed));
	d->removed = calloc(nactive + 1, sizeof(*d->removed));
	if (d->added == NULL || d->changed == NULL || d->removed == NULL) {
		config_diff_free(d);
		errno = ENOMEM;
		return -1;
	}
	for (i = 0; i < next->ngroups; i++) {
		old = diff_find(active, nactive, next->groups[i]->name);
		if (old == NULL)
			d->added[d->nadded++] = next->groups[i];
		else if (!config_group_equal(old, next->groups[i]))
			d->changed[d->nchanged++] = next->groups[i];
	}
	for (i = 0; i < nactive; i++)
		if (config_group_find(next, active[i]->name) == NULL)
			d->removed[d->nremoved++] = active[i];
	return 0;
}

/* Frees the vectors. */
void
config_diff_free(struct config_diff *d)
{
	free(d->added);
	free(d->changed);
	free(d->removed);
	memset(d, 0, sizeof(*d));
}
