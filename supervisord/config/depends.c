/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * depends_on: what is written there becomes a list of needs, each of which has
 * to name another program, and none may lead back to itself (B-302).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"

/* A program, for the search for cycles. */
struct depends_program {
	const struct config_process *first; /* of its processes */
	enum { DEPENDS_NEW, DEPENDS_OPEN, DEPENDS_DONE } state;
};

struct depends {
	struct loader *l;
	struct depends_program *v;
	size_t n;
	struct depends_program **path; /* those that are OPEN */
	size_t depth;
};

/* Splits "db:exited" at its last colon. */
static int
depends_parse(struct loader *l, const char *item, struct config_need *need)
{
	static const char *const words[] = {
	    "running", "exited", "ready", "healthy", NULL};
	const char *colon = strrchr(item, ':');
	size_t i;

	need->name = item;
	need->condition = 0;
	if (colon == NULL)
		return 0;
	need->name = pool_strndup(l->pool, item, (size_t)(colon - item));
	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], colon + 1) == 0) {
			need->condition = (int)i;
			return 0;
		}
	return loader_fail(l,
	    "depends_on: '%s' is no condition (it may be running, exited, "
	    "ready, healthy)",
	    colon + 1);
}

/* Reads the needs of a section. */
int
depends_read(struct loader *l, struct config_process *c)
{
	struct config_need *v;
	size_t i;

	v = pool_array(l->pool, c->depends_on.n, sizeof(*v));
	for (i = 0; i < c->depends_on.n; i++)
		if (depends_parse(l, c->depends_on.v[i], &v[i]) == -1)
			return -1;
	c->needs = v;
	c->nneeds = c->depends_on.n;
	return 0;
}

/* Finds a program. */
static struct depends_program *
depends_find(const struct depends *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->v[i].first->program_name, name) == 0)
			return &d->v[i];
	return NULL;
}

/* Collects the programs. */
static void
depends_collect(struct depends *d)
{
	const struct config_process *c;
	size_t i, k;

	for (i = 0; i < d->l->ngroups; i++)
		for (k = 0; k < d->l->groups[i]->nprocesses; k++) {
			c = d->l->groups[i]->processes[k];
			if (c->kind == CONFIG_EVENTLISTENER ||
			    depends_find(d, c->program_name) != NULL)
				continue;
			d->v = pool_grow(d->l->pool, d->v, d->n, sizeof(*d->v));
			d->v[d->n].state = DEPENDS_NEW;
			d->v[d->n++].first = c;
		}
}

/* Records a fault of a program's key. */
static void
depends_fault(
    struct depends *d, const struct config_process *c, const char *text)
{
	const struct ini_section *s = ini_find(&d->l->ini, c->section);
	const struct ini_option *o = ini_get(&d->l->ini, s, "depends_on");

	loader_fail(d->l, "depends_on of [%s]: %s (%s:%u)", c->section, text,
	    o != NULL ? o->file : c->file, o != NULL ? o->line : c->line);
	d->l->at = o;
	(void)loader_fault(d->l, s, LOADER_AS_IS);
}

/* Records the cycle that ends with the last program of the path. */
static void
depends_cycle(struct depends *d, const struct depends_program *again)
{
	struct pool *pool = d->l->pool;
	const char *text = "";
	size_t i = 0;

	while (d->path[i] != again)
		i++;
	for (; i < d->depth; i++)
		text = pool_printf(
		    pool, "%s%s -> ", text, d->path[i]->first->program_name);
	depends_fault(d, d->path[d->depth - 1]->first,
	    pool_printf(pool, "%s waits for itself: %s%s",
		again->first->program_name, text, again->first->program_name));
}

/* Follows all needs of a program. */
static void
depends_follow(struct depends *d, struct depends_program *p)
{
	const struct config_process *c = p->first;
	struct depends_program *next;
	size_t i;

	p->state = DEPENDS_OPEN;
	d->path[d->depth++] = p;
	for (i = 0; i < c->nneeds; i++) {
		if ((next = depends_find(d, c->needs[i].name)) == NULL)
			depends_fault(d, c,
			    pool_printf(d->l->pool,
				"there is no program named %s",
				c->needs[i].name));
		else if (d->l->config->supervisord.ordered_startup &&
		    next->first->autostart && c->autostart &&
		    next->first->priority > c->priority)
			depends_fault(d, c,
			    pool_printf(d->l->pool,
				"with ordered_startup %s, of priority %lld, "
				"is started later",
				c->needs[i].name,
				(long long)next->first->priority));
		else if (next->state == DEPENDS_OPEN)
			depends_cycle(d, next);
		else if (next->state == DEPENDS_NEW)
			depends_follow(d, next);
	}
	if (c->nneeds > 0 && c->startinorder)
		depends_fault(d, c, "it cannot be used with startinorder");
	d->depth--;
	p->state = DEPENDS_DONE;
}

/* Checks the needs of all programs. */
void
depends_check(struct loader *l)
{
	struct depends d = {.l = l};
	size_t i;

	depends_collect(&d);
	d.path = pool_array(l->pool, d.n, sizeof(*d.path));
	for (i = 0; i < d.n; i++)
		if (d.v[i].state == DEPENDS_NEW)
			depends_follow(&d, &d.v[i]);
}
