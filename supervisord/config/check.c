/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a configuration without using it.
 */
#include "supervisord/config/check.h"

#include <stdlib.h>
#include <string.h>

#include "supervisord/config/config.h"

/* Writes one fault. */
static void
check_fault(FILE *f, const struct config_error *e)
{
	if (e->file != NULL)
		fprintf(f, "%s:", e->file);
	if (e->file != NULL && e->line != 0)
		fprintf(f, "%u:", e->line);
	if (e->file != NULL && e->column != 0)
		fprintf(f, "%u:", e->column);
	if (e->file != NULL)
		fputc(' ', f);
	if (e->section != NULL)
		fprintf(f, "[%s] ", e->section);
	if (e->key != NULL)
		fprintf(f, "%s: ", e->key);
	fprintf(f, "%s\n", e->text);
	if (e->hint != NULL)
		fprintf(f, "write: %s\n", e->hint);
}

/* Writes the warnings. */
static void
check_warnings(FILE *f, const struct config *c)
{
	size_t i;

	for (i = 0; i < c->nmessages; i++)
		if (c->messages[i].level >= 30)
			fprintf(f, "warning: %s\n", c->messages[i].text);
}

/* Compares faults by their place; those without one come first. */
static int
check_compare(const struct config_error *a, const struct config_error *b)
{
	int order = 0;

	if (a->file == NULL || b->file == NULL)
		return (a->file != NULL) - (b->file != NULL);
	order = strcmp(a->file, b->file);
	if (order == 0 && a->line != b->line)
		order = a->line < b->line ? -1 : 1;
	return order;
}

/* Sorts faults, and leaves those of one place in their order. */
static void
check_sort(struct config_errors *errors)
{
	struct config_error e;
	size_t i, k;

	for (i = 1; i < errors->n; i++) {
		e = errors->v[i];
		for (k = i; k > 0 && check_compare(&errors->v[k - 1], &e) > 0;
		     k--)
			errors->v[k] = errors->v[k - 1];
		errors->v[k] = e;
	}
}

/* Checks a configuration. */
int
config_check(const struct config_source *source, FILE *f)
{
	struct config_errors errors = {NULL, 0, NULL};
	struct config_source mine = *source;
	struct config *c = NULL;
	char *err = NULL;
	size_t i;
	int status = 2;

	mine.errors = &errors;
	if (config_load(&mine, &c, &err) == 0) {
		check_warnings(f, c);
		status = 0;
		if (config_check_access(c, &err) == -1) {
			fprintf(f, "%s\n", err);
			status = 2;
		}
	}
	check_sort(&errors);
	for (i = 0; i < errors.n; i++)
		check_fault(f, &errors.v[i]);
	config_unref(c);
	config_errors_free(&errors);
	free(err);
	return status;
}
