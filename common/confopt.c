/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of the table at work: setting, getting and comparing the members that
 * they describe.
 */
#include "common/confopt.h"

#include <string.h>

#include "common/datatypes.h"
#include "common/pool.h"

/* Finds a row. */
const struct confopt *
confopt_find(const struct confopt *table, unsigned sections, const char *name)
{
	for (; table->name != NULL; table++)
		if ((table->sections & sections) != 0 &&
		    strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* Stores "unset". */
static void
confopt_unset(const struct confopt *o, void *member)
{
	switch (o->type) {
	case CONFOPT_STRING:
	case CONFOPT_DIRPATH:
	case CONFOPT_DIRECTORY:
	case CONFOPT_URL:
		*(const char **)member = NULL;
		break;
	case CONFOPT_OCTAL:
		*(int *)member = -1;
		break;
	case CONFOPT_USER:
		*(struct confopt_user *)member =
		    (struct confopt_user){NULL, -1, -1};
		break;
	default: /* the others are zero, which they are already */
		break;
	}
}

/* Converts and stores a value. */
int
confopt_set(const struct confopt *o, void *base, const char *text,
    struct pool *pool, char **err)
{
	void *member = (char *)base + o->offset;

	if (text == NULL) {
		confopt_unset(o, member);
		return 0;
	}
	switch (o->type) {
	case CONFOPT_STRING:
		*(const char **)member = pool_strdup(pool, text);
		return 0;
	case CONFOPT_INTEGER:
		return datatype_integer(text, member, err);
	case CONFOPT_BOOLEAN:
		return datatype_boolean(text, member, err);
	case CONFOPT_BYTES:
		return datatype_byte_size(text, member, err);
	case CONFOPT_OCTAL:
		return datatype_octal(text, member, err);
	case CONFOPT_LEVEL:
		return datatype_level(text, member, err);
	case CONFOPT_SIGNAL:
		return datatype_signal(text, member, err);
	case CONFOPT_EXITCODES:
		return datatype_exitcodes(text, pool, member, err);
	case CONFOPT_AUTORESTART:
		return datatype_autorestart(text, member, err);
	case CONFOPT_LIST:
		datatype_list(text, pool, member);
		return 0;
	case CONFOPT_ENVIRONMENT:
		return datatype_environment(text, pool, member, err);
	case CONFOPT_DIRPATH:
		return datatype_dirpath(text, pool, member, err);
	case CONFOPT_DIRECTORY:
		return datatype_directory(text, pool, member, err);
	case CONFOPT_LOGFILE:
		return datatype_logfile(text, pool, member, err);
	case CONFOPT_USER:
		return datatype_user(text, pool, member, err);
	case CONFOPT_URL:
		*(const char **)member = pool_strdup(pool, text);
		return datatype_url(text, err);
	case CONFOPT_CHOICE:
		return datatype_choice(text, o->choices, member, err);
	case CONFOPT_CUSTOM:
		break;
	}
	return 0;
}

/* Names what a log file setting is. */
static const char *
confopt_logfile_name(const struct confopt_logfile *l)
{
	switch (l->kind) {
	case CONFOPT_LOG_AUTO:
		return "auto";
	case CONFOPT_LOG_FILE:
		return l->path;
	case CONFOPT_LOG_SYSLOG:
		return "syslog";
	case CONFOPT_LOG_NONE:
		break;
	}
	return "none";
}

/* Reads a user. */
static void
confopt_get_user(const struct confopt_user *u, struct confopt_value *v)
{
	v->string = u->name;
	v->integer = u->uid;
	v->is_set = u->uid != -1;
}

/* Reads a stored value. */
void
confopt_get(const struct confopt *o, const void *base, struct confopt_value *v)
{
	const void *member = (const char *)base + o->offset;

	memset(v, 0, sizeof(*v));
	v->type = o->type;
	v->is_set = true;
	switch (o->type) {
	case CONFOPT_STRING:
	case CONFOPT_DIRPATH:
	case CONFOPT_DIRECTORY:
	case CONFOPT_URL:
		v->string = *(const char *const *)member;
		v->is_set = v->string != NULL;
		break;
	case CONFOPT_INTEGER:
	case CONFOPT_BYTES:
		v->integer = *(const int64_t *)member;
		break;
	case CONFOPT_BOOLEAN:
		v->boolean = *(const bool *)member;
		break;
	case CONFOPT_OCTAL:
	case CONFOPT_LEVEL:
	case CONFOPT_SIGNAL:
		v->integer = *(const int *)member;
		v->is_set = v->integer != -1;
		break;
	case CONFOPT_CHOICE:
		v->integer = *(const int *)member;
		v->string = o->choices[v->integer];
		break;
	case CONFOPT_AUTORESTART:
		v->integer = *(const enum confopt_autorestart *)member;
		break;
	case CONFOPT_EXITCODES:
		v->ints = *(const struct confopt_ints *)member;
		break;
	case CONFOPT_LIST:
	case CONFOPT_ENVIRONMENT:
		v->list = *(const struct confopt_list *)member;
		break;
	case CONFOPT_LOGFILE:
		v->string = confopt_logfile_name(member);
		break;
	case CONFOPT_USER:
		confopt_get_user(member, v);
		break;
	case CONFOPT_CUSTOM:
		break;
	}
}

/* Tells whether a list has an item. */
static bool
confopt_has(const struct confopt_list *list, const char *item)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->v[i], item) == 0)
			return true;
	return false;
}

/* Compares lists, of variables without regard to order. */
static bool
confopt_list_equal(
    const struct confopt_list *a, const struct confopt_list *b, bool ordered)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0 &&
		    (ordered || !confopt_has(b, a->v[i])))
			return false;
	return true;
}

/* Compares texts that may be NULL. */
static bool
confopt_string_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Compares two structures' values. */
bool
confopt_equal(const struct confopt *o, const void *a, const void *b)
{
	struct confopt_value x, y;

	confopt_get(o, a, &x);
	confopt_get(o, b, &y);
	switch (o->type) {
	case CONFOPT_STRING:
	case CONFOPT_DIRPATH:
	case CONFOPT_DIRECTORY:
	case CONFOPT_URL:
		return confopt_string_equal(x.string, y.string);
	case CONFOPT_LOGFILE:
		return ((const struct confopt_logfile *)((const char *)a +
			    o->offset))
			   ->kind ==
		    ((const struct confopt_logfile *)((const char *)b +
			 o->offset))
			->kind &&
		    confopt_string_equal(x.string, y.string);
	case CONFOPT_EXITCODES:
		return x.ints.n == y.ints.n &&
		    (x.ints.n == 0 ||
			memcmp(x.ints.v, y.ints.v,
			    x.ints.n * sizeof(*x.ints.v)) == 0);
	case CONFOPT_LIST:
	case CONFOPT_ENVIRONMENT:
		return confopt_list_equal(
		    &x.list, &y.list, o->type == CONFOPT_LIST);
	default:
		return x.integer == y.integer && x.boolean == y.boolean;
	}
}
