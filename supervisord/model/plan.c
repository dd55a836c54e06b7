/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs in the order of starting. */
#include "supervisord/model/plan.h"

#include <stdlib.h>
#include <string.h>

struct plan {
	struct plan_program **v;
	size_t n;
};

static struct plan_program *plan_make(
    struct plan *, const char *, const struct plan_settings *);
static int plan_compare(const void *, const void *);

/* Makes an empty plan. */
struct plan *
plan_new(void)
{
	return calloc(1, sizeof(struct plan));
}

/* Frees the plan. */
void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	plan_clear(plan);
	free(plan);
}

/* Forgets every program. */
void
plan_clear(struct plan *plan)
{
	size_t i, k;

	for (i = 0; i < plan->n; i++) {
		for (k = 0; k < plan->v[i]->nneeds; k++)
			free(plan->v[i]->needs[k].name);
		free(plan->v[i]->needs);
		free(plan->v[i]->procs);
		free(plan->v[i]->name);
		free(plan->v[i]);
	}
	free(plan->v);
	plan->v = NULL;
	plan->n = 0;
}

/* Adds a process. */
int
plan_add(struct plan *plan, const char *name, const struct plan_settings *set,
    struct process *p)
{
	struct plan_program *program = plan_find(plan, name);
	struct process **procs;

	if (program == NULL && (program = plan_make(plan, name, set)) == NULL)
		return -1;
	procs =
	    reallocarray(program->procs, program->nprocs + 1, sizeof(*procs));
	if (procs == NULL)
		return -1;
	program->procs = procs;
	procs[program->nprocs++] = p;
	return 0;
}

/* Adds what a program depends on. */
int
plan_need(
    struct plan_program *program, const char *on, enum plan_condition condition)
{
	struct plan_need *v;

	v = reallocarray(program->needs, program->nneeds + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	program->needs = v;
	v += program->nneeds;
	v->condition = condition;
	if ((v->name = strdup(on)) == NULL)
		return -1;
	program->nneeds++;
	return 0;
}

/* Sorts the programs. */
void
plan_sort(struct plan *plan)
{
	if (plan->n > 1)
		qsort(plan->v, plan->n, sizeof(*plan->v), plan_compare);
}

/* Returns the i-th program. */
struct plan_program *
plan_at(const struct plan *plan, size_t i)
{
	return i < plan->n ? plan->v[i] : NULL;
}

/* Finds a program. */
struct plan_program *
plan_find(const struct plan *plan, const char *name)
{
	size_t i;

	/* Processes of a program come one after another: look there first. */
	for (i = plan->n; i-- > 0;)
		if (strcmp(plan->v[i]->name, name) == 0)
			return plan->v[i];
	return NULL;
}

/* Finds the program of a process. */
struct plan_program *
plan_of(const struct plan *plan, const struct process *p)
{
	size_t i, k;

	for (i = 0; i < plan->n; i++)
		for (k = 0; k < plan->v[i]->nprocs; k++)
			if (plan->v[i]->procs[k] == p)
				return plan->v[i];
	return NULL;
}

/* Makes a program without processes. */
static struct plan_program *
plan_make(struct plan *plan, const char *name, const struct plan_settings *set)
{
	struct plan_program **v, *program;

	v = reallocarray(plan->v, plan->n + 1, sizeof(*v));
	if (v == NULL)
		return NULL;
	plan->v = v;
	if ((program = calloc(1, sizeof(*program))) == NULL)
		return NULL;
	if ((program->name = strdup(name)) == NULL) {
		free(program);
		return NULL;
	}
	program->set = *set;
	plan->v[plan->n++] = program;
	return program;
}

/* Orders programs. */
static int
plan_compare(const void *a, const void *b)
{
	const struct plan_program *x = *(struct plan_program *const *)a;
	const struct plan_program *y = *(struct plan_program *const *)b;

	if (x->set.priority != y->set.priority)
		return x->set.priority < y->set.priority ? -1 : 1;
	return strcmp(x->name, y->name);
}
