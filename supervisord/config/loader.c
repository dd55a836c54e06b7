/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading keys by their rows, and collecting faults and messages.
 */
#include "supervisord/config/loader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/pystr.h"
#include "supervisord/config/config.h"
#include "supervisord/config/option.h"

/* Is a fault in the list already?  A program of two groups is read twice. */
static bool
loader_is_listed(
    const struct loader *l, const struct ini_section *s, const char *text)
{
	const struct config_errors *list = l->source->errors;
	const struct config_error *e;
	size_t i;

	for (i = 0; i < list->n; i++) {
		e = &list->v[i];
		if (strcmp(e->text, text) == 0 &&
		    e->line ==
			(l->at != NULL	    ? l->at->line
				: s != NULL ? s->line
					    : 0))
			return true;
	}
	return false;
}

/* Adds a fault to the caller's list. */
static void
loader_fault_list(
    struct loader *l, const struct ini_section *s, const char *text)
{
	struct config_errors *list = l->source->errors;
	struct config_error *e;

	if (list == NULL || loader_is_listed(l, s, text))
		return;
	if (list->pool == NULL)
		list->pool = pool_new();
	list->v = pool_grow(list->pool, list->v, list->n, sizeof(*list->v));
	e = &list->v[list->n++];
	e->text = pool_strdup(list->pool, text);
	if (s != NULL) {
		e->section = pool_strdup(list->pool, s->name);
		e->file = pool_strdup(list->pool, s->file);
		e->line = s->line;
	}
	if (l->at != NULL) {
		e->key = pool_strdup(list->pool, l->at->name);
		e->file = pool_strdup(list->pool, l->at->file);
		e->line = l->at->line;
		e->column = l->column;
	}
	if (l->hint != NULL)
		e->hint = pool_strdup(list->pool, l->hint);
}

/* Records the fault at hand. */
int
loader_fault(
    struct loader *l, const struct ini_section *s, enum loader_suffix suffix)
{
	char *text = NULL, *section, *file;

	if (l->fault == NULL)
		return -1;
	if (suffix == LOADER_SECTION && s != NULL) {
		section = pyrepr(s->name);
		file = pyrepr(s->file);
		errtext_set(&text, "%s in section %s (file: %s)", l->fault,
		    section, file);
		free(section);
		free(file);
	} else
		errtext_set(&text, "%s", l->fault);
	loader_fault_list(l, s, text);
	if (l->first == NULL)
		l->first = text;
	else
		free(text);
	free(l->fault);
	l->fault = NULL;
	l->at = NULL;
	l->hint = NULL;
	l->column = 0;
	return -1;
}

/* Adds a message. */
void
loader_message(struct loader *l, int level, const char *fmt, ...)
{
	struct loader_messages *list = level >= 50 ? &l->criticals
	    : level >= 30			   ? &l->warnings
						   : &l->infos;
	struct config_message *m;
	va_list ap;

	list->v = pool_grow(l->pool, list->v, list->n, sizeof(*list->v));
	m = &list->v[list->n++];
	m->level = level;
	m->kind = CONFIG_MESSAGE_PLAIN;
	va_start(ap, fmt);
	m->text = pool_vprintf(l->pool, fmt, ap);
	va_end(ap);
}

/* Finds a row that is there. */
const struct confopt *
loader_option(unsigned mask, const char *name)
{
	const struct confopt *o = confopt_find(config_options, mask, name);

	if (o == NULL)
		abort();
	return o;
}

/* Tells whether a section's values are expanded. */
static int
loader_interpolates(
    struct loader *l, const struct ini_section *s, bool *interpolates)
{
	const struct ini_option *o = ini_get(&l->ini, s, "interpolate");

	*interpolates = true;
	if (o == NULL)
		return 0;
	if (datatype_boolean(o->value, interpolates, &l->fault) == 0)
		return 0;
	l->at = o;
	return -1;
}

/* Notes how a value that cannot be expanded should be written, and in which
 * column its fault is if that is in the key's own line. */
static int
loader_explain(
    struct loader *l, const struct expand_scope *scope, const char *value)
{
	size_t offset;
	const char *text = expand_escaped(scope, value, l->pool, &offset);

	if (l->at == NULL)
		return -1;
	l->hint = pool_printf(l->pool, "%s=%s", l->at->name, text);
	if (memchr(value, '\n', offset) == NULL)
		l->column =
		    l->at->column + (unsigned)pystr_length(value, offset);
	return -1;
}

/* Gets a key's text. */
int
loader_text(struct loader *l, const struct ini_section *s,
    const struct confopt *o, const struct expand_scope *scope,
    const char *where, const char **text)
{
	const char *value;
	bool interpolates;

	if (loader_interpolates(l, s, &interpolates) == -1)
		return -1;
	l->at = ini_get(&l->ini, s, o->name);
	value = *text = l->at != NULL ? l->at->value : o->def;
	if (value == NULL || o->names == CONFOPT_NAMES_NONE ||
	    (!interpolates && l->at != NULL) || strchr(value, '%') == NULL)
		return 0;
	if (where == NULL)
		where = pool_printf(l->pool, "%s.%s", s->name, o->name);
	if ((o->type == CONFOPT_LOGFILE ? expand_twice : expand)(
		scope, value, where, l->pool, text, &l->fault) == 0)
		return 0;
	return loader_explain(l, scope, value);
}

/* Stores a value. */
int
loader_set(
    struct loader *l, const struct confopt *o, void *base, const char *text)
{
	if (confopt_set(o, base, text, l->pool, &l->fault) == 0)
		return 0;
	if (l->source->texts == NULL ||
	    (o->type != CONFOPT_DIRPATH && o->type != CONFOPT_DIRECTORY &&
		o->type != CONFOPT_LOGFILE))
		return -1;
	free(l->fault); /* the value is set all the same */
	l->fault = NULL;
	return 0;
}

/* Reads one key. */
int
loader_row(struct loader *l, const struct ini_section *s,
    const struct confopt *o, const struct expand_scope *scope, void *base)
{
	const char *text;

	if (loader_text(l, s, o, scope, NULL, &text) == -1)
		return -1;
	return loader_set(l, o, base, text);
}

/* Reads all keys of a kind. */
int
loader_rows(struct loader *l, const struct ini_section *s, unsigned mask,
    enum confopt_names names, const struct expand_scope *scope, void *base)
{
	const struct confopt *o;
	int rc = 0;

	for (o = config_options; o->name != NULL; o++) {
		if ((o->sections & mask) == 0 || o->names != names ||
		    o->type == CONFOPT_CUSTOM ||
		    loader_row(l, s, o, scope, base) == 0)
			continue;
		rc = loader_fault(l, s, LOADER_SECTION);
		(void)confopt_set(o, base, o->def, l->pool, NULL);
	}
	return rc;
}

/* Warns of a key that nobody knows. */
static void
loader_unknown_key(
    struct loader *l, const struct ini_section *s, const struct ini_option *o)
{
	loader_message(l, 30, "unknown key %s in section [%s] (%s:%u)", o->name,
	    s->name, o->file, o->line);
	l->warnings.v[l->warnings.n - 1].kind = CONFIG_MESSAGE_UNKNOWN_KEY;
}

/* Collects keys without a row. */
void
loader_extras(struct loader *l, const struct ini_section *s, unsigned mask,
    bool warn, struct config_extras *out)
{
	const struct ini_option *o;
	struct config_extra *v = NULL;
	size_t n = 0;

	TAILQ_FOREACH (o, &s->options, entry) {
		if (confopt_find(config_options, mask, o->name) != NULL)
			continue;
		v = pool_grow(l->pool, v, n, sizeof(*v));
		v[n].name = o->name;
		v[n].value = o->value;
		v[n].file = o->file;
		v[n].line = o->line;
		n++;
		if (warn)
			loader_unknown_key(l, s, o);
	}
	out->v = v;
	out->n = n;
}
