/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups: those of [group:x] first, since they take programs away from being
 * groups of their own (C-191), then one for each program, listener pool and
 * FastCGI program that is left; all sorted by priority and name (C-196).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/eventtype.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

#define GROUP_DEFAULT_HANDLER "supervisor.dispatchers:default_handler"

struct group_members {
	struct config_process **v;
	size_t n;
};

/* Makes a group for a section. */
static struct config_group *
group_new(
    struct loader *l, const struct ini_section *s, enum config_group_kind kind)
{
	struct config_group *g = pool_alloc(l->pool, sizeof(*g));

	g->kind = kind;
	g->section = s->name;
	g->file = s->file;
	g->line = s->line;
	return g;
}

/* Orders processes by name. */
static int
group_compare_names(const void *a, const void *b)
{
	const struct config_process *x = *(struct config_process *const *)a;
	const struct config_process *y = *(struct config_process *const *)b;

	return strcmp(x->name, y->name);
}

/* Tells whether two members have one name. */
static bool
group_has_duplicates(struct loader *l, const struct group_members *m)
{
	struct config_process **v = pool_array(l->pool, m->n, sizeof(*v));
	size_t i;

	if (m->n < 2)
		return false;
	memcpy(v, m->v, m->n * sizeof(*v));
	qsort(v, m->n, sizeof(*v), group_compare_names);
	for (i = 1; i < m->n; i++)
		if (strcmp(v[i - 1]->name, v[i]->name) == 0)
			return true;
	return false;
}

/* Of members with one name keeps the last, in the place of the first: a name
 * stands for one process. */
static void
group_unique(
    struct loader *l, const struct config_group *g, struct group_members *m)
{
	size_t i, k, n = 0;

	if (!group_has_duplicates(l, m))
		return;
	for (i = 0; i < m->n; i++) {
		for (k = 0; k < n; k++)
			if (strcmp(m->v[k]->name, m->v[i]->name) == 0)
				break;
		if (k < n)
			loader_message(l, 30,
			    "In [%s], several processes are named %s, only "
			    "the one of [%s] is used",
			    g->section, m->v[i]->name, m->v[i]->section);
		m->v[k] = m->v[i];
		n += k == n;
	}
	m->n = n;
}

/* Adds a finished group. */
static void
group_add(struct loader *l, struct config_group *g, struct group_members *m)
{
	group_unique(l, g, m);
	g->processes = m->v;
	g->nprocesses = m->n;
	l->groups =
	    pool_grow(l->pool, l->groups, l->ngroups, sizeof(*l->groups));
	l->groups[l->ngroups++] = g;
}

/* Finds the section of a member of a [group:x]. */
static const struct ini_section *
group_member_section(
    struct loader *l, const struct config_group *g, const char *name)
{
	const struct ini_section *program, *fcgi;

	program = ini_find(&l->ini, pool_printf(l->pool, "program:%s", name));
	fcgi = ini_find(&l->ini, pool_printf(l->pool, "fcgi-program:%s", name));
	if (program != NULL && fcgi != NULL) {
		loader_fail(l,
		    "[%s] name %s is ambiguous (exists as program and "
		    "fcgi-program)",
		    g->section, name);
		return NULL;
	}
	if (program == NULL && fcgi == NULL)
		loader_fail(l, "[%s] names unknown program or fcgi-program %s",
		    g->section, name);
	return program != NULL ? program : fcgi;
}

/* Tells whether an item stands before place i of a list. */
static bool
group_listed_before(const struct confopt_list *list, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(list->v[k], list->v[i]) == 0)
			return true;
	return false;
}

/* Reads the members of a [group:x]; their sections are noted in `taken`. */
static void
group_read_members(struct loader *l, const struct ini_section *s,
    struct config_group *g, struct confopt_list *taken)
{
	struct group_members m = {NULL, 0};
	const struct ini_section *program;
	const char **v;
	size_t i;

	for (i = 0; i < g->programs.n; i++) {
		if (group_listed_before(&g->programs, i))
			continue;
		l->at = ini_get(&l->ini, s, "programs");
		program = group_member_section(l, g, g->programs.v[i]);
		if (program == NULL) {
			loader_fault(l, s, LOADER_AS_IS);
			continue;
		}
		v = pool_grow(
		    l->pool, (void *)(uintptr_t)taken->v, taken->n, sizeof(*v));
		v[taken->n++] = program->name;
		taken->v = v;
		(void)program_read(l, program, g->name, &m.v, &m.n);
	}
	group_add(l, g, &m);
}

/* Reads a group's name from that of its section. */
static void
group_read_name(
    struct loader *l, const struct ini_section *s, struct config_group *g)
{
	const char *name = strchr(s->name, ':') + 1;

	l->at = NULL;
	if (datatype_name(name, l->pool, &g->name, &l->fault) == 0)
		return;
	loader_fault(l, s, LOADER_SECTION);
	g->name = name;
}

/* Reads a [group:x]. */
static void
group_read(
    struct loader *l, const struct ini_section *s, struct confopt_list *taken)
{
	struct config_group *g = group_new(l, s, CONFIG_GROUP_GROUP);

	loader_extras(l, s, CONFIG_IN_GROUP, true, &g->extras);
	group_read_name(l, s, g);
	(void)loader_rows(
	    l, s, CONFIG_IN_GROUP, CONFOPT_NAMES_HERE, &l->here, g);
	group_read_members(l, s, g, taken);
}

/* Reads a group that is one section's processes. */
static void
group_read_single(
    struct loader *l, const struct ini_section *s, enum config_group_kind kind)
{
	struct config_group *g = group_new(l, s, kind);
	struct group_members m = {NULL, 0};

	group_read_name(l, s, g);
	if (loader_row(l, s, loader_option(CONFIG_IN_GROUP, "priority"),
		&l->here, g) == -1)
		loader_fault(l, s, LOADER_SECTION);
	if (program_read(l, s, g->name, &m.v, &m.n) == -1)
		return;
	if (kind == CONFIG_GROUP_FCGI_PROGRAM)
		g->socket =
		    m.n != 0 ? m.v[0]->socket : fcgi_read(l, s, g->name);
	group_add(l, g, &m);
}

/* Resolves the event types of a pool, each kept once. */
static int
group_read_events(struct loader *l, struct config_group *g)
{
	const char **v;
	size_t i, n = 0;
	int type;

	if (g->events.n == 0)
		return loader_fail(
		    l, "[%s] section requires an \"events\" line", g->section);
	v = pool_array(l->pool, g->events.n + 1, sizeof(*v));
	for (i = 0; i < g->events.n; i++) {
		if ((type = event_type_find(g->events.v[i])) == -1) {
			char *p, *name = pool_strdup(l->pool, g->events.v[i]);

			for (p = name; *p != '\0'; p++)
				*p = (char)toupper((unsigned char)*p);
			return loader_fail(l,
			    "Unknown event type %s in [%s] events", name,
			    g->section);
		}
		v[n] = event_type_name((enum event_type)type);
		g->event_mask |= event_type_mask((enum event_type)type);
		n += !group_listed_before(&(struct confopt_list){v, n + 1}, n);
	}
	v[n] = NULL;
	g->events = (struct confopt_list){v, n};
	return 0;
}

/* Checks what only a pool has. */
static void
group_check_pool(
    struct loader *l, const struct ini_section *s, struct config_group *g)
{
	l->at = ini_get(&l->ini, s, "buffer_size");
	if (g->buffer_size < 1) {
		loader_fail(l, "[%s] section sets invalid buffer_size (%lld)",
		    g->section, (long long)g->buffer_size);
		loader_fault(l, s, LOADER_AS_IS);
	}
	l->at = ini_get(&l->ini, s, "result_handler");
	if (strcmp(g->result_handler, GROUP_DEFAULT_HANDLER) != 0) {
		loader_fail(l,
		    "%s cannot be resolved within [%s]: handlers written in "
		    "Python cannot be loaded, only %s is built in",
		    g->result_handler, g->section, GROUP_DEFAULT_HANDLER);
		loader_fault(l, s, LOADER_AS_IS);
	}
	l->at = ini_get(&l->ini, s, "events");
	if (group_read_events(l, g) == -1)
		loader_fault(l, s, LOADER_AS_IS);
}

/* Reads an [eventlistener:x]; the name is checked with its processes. */
static void
group_read_pool(struct loader *l, const struct ini_section *s)
{
	struct config_group *g = group_new(l, s, CONFIG_GROUP_EVENTLISTENER);
	struct group_members m = {NULL, 0};

	g->name = strchr(s->name, ':') + 1;
	(void)loader_rows(
	    l, s, CONFIG_IN_POOL, CONFOPT_NAMES_HERE, &l->here, g);
	group_check_pool(l, s, g);
	if (program_read(l, s, g->name, &m.v, &m.n) == 0)
		group_add(l, g, &m);
}

/* Orders groups by priority and name. */
static int
group_compare(const void *a, const void *b)
{
	const struct config_group *x = *(struct config_group *const *)a;
	const struct config_group *y = *(struct config_group *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Orders groups by name, then priority. */
static int
group_compare_by_name(const void *a, const void *b)
{
	const struct config_group *x = *(struct config_group *const *)a;
	const struct config_group *y = *(struct config_group *const *)b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : group_compare(a, b);
}

/* Drops groups whose name another has that comes first (C-195). */
static void
group_drop_duplicates(struct loader *l)
{
	struct config_group **v = l->groups;
	size_t i, n = 0;

	if (l->ngroups < 2)
		return;
	qsort(v, l->ngroups, sizeof(*v), group_compare_by_name);
	for (i = 0; i < l->ngroups; i++)
		if (n > 0 && strcmp(v[n - 1]->name, v[i]->name) == 0)
			loader_message(l, 30,
			    "[%s] is ignored because [%s] is a group of the "
			    "same name",
			    v[i]->section, v[n - 1]->section);
		else
			v[n++] = v[i];
	l->ngroups = n;
	qsort(v, n, sizeof(*v), group_compare);
}

/* Tells whether a list has an item. */
static bool
group_is_taken(const struct confopt_list *taken, const char *section)
{
	size_t i;

	for (i = 0; i < taken->n; i++)
		if (strcmp(taken->v[i], section) == 0)
			return true;
	return false;
}

/* Reads all groups. */
void
group_read_all(struct loader *l)
{
	struct confopt_list taken = {NULL, 0};
	const struct ini_section *s;

	TAILQ_FOREACH (s, &l->ini.sections, entry)
		if (strncmp(s->name, "group:", 6) == 0)
			group_read(l, s, &taken);
	TAILQ_FOREACH (s, &l->ini.sections, entry)
		if (strncmp(s->name, "program:", 8) == 0 &&
		    !group_is_taken(&taken, s->name))
			group_read_single(l, s, CONFIG_GROUP_PROGRAM);
	TAILQ_FOREACH (s, &l->ini.sections, entry)
		if (strncmp(s->name, "eventlistener:", 14) == 0)
			group_read_pool(l, s);
	TAILQ_FOREACH (s, &l->ini.sections, entry)
		if (strncmp(s->name, "fcgi-program:", 13) == 0 &&
		    !group_is_taken(&taken, s->name))
			group_read_single(l, s, CONFIG_GROUP_FCGI_PROGRAM);
	group_drop_duplicates(l);
	l->config->groups = l->groups;
	l->config->ngroups = l->ngroups;
}
