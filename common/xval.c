/* SPDX-License-Identifier: BSD-2-Clause */
/* The value tree of XML-RPC messages. */
#include "common/xval.h"

#include <stdlib.h>
#include <string.h>

struct xval {
	enum xval_type type;
	bool broken; /* something could not be put in for lack of memory */
	union {
		int64_t number;
		double real;
		struct {
			char *bytes;
			size_t len;
		} text;
		struct {
			struct xval **items;
			char **names; /* NULL in an array */
			size_t count, room;
		} list;
	} u;
};

static struct xval *
xval_new(enum xval_type type)
{
	struct xval *v = calloc(1, sizeof(*v));

	if (v != NULL)
		v->type = type;
	return v;
}

struct xval *
xval_nil(void)
{
	return xval_new(XVAL_NIL);
}

struct xval *
xval_int(int64_t number)
{
	struct xval *v = xval_new(XVAL_INT);

	if (v != NULL)
		v->u.number = number;
	return v;
}

struct xval *
xval_bool(bool truth)
{
	struct xval *v = xval_new(XVAL_BOOL);

	if (v != NULL)
		v->u.number = truth;
	return v;
}

struct xval *
xval_double(double real)
{
	struct xval *v = xval_new(XVAL_DOUBLE);

	if (v != NULL)
		v->u.real = real;
	return v;
}

/* Makes a value of a textual type from a copy of len bytes. */
static struct xval *
xval_text(enum xval_type type, const char *bytes, size_t len)
{
	struct xval *v = malloc(sizeof(*v) + len + 1);

	if (v == NULL)
		return NULL;
	memset(v, 0, sizeof(*v));
	v->type = type;
	v->u.text.bytes = (char *)(v + 1); /* of the same piece of memory */
	if (len > 0)
		memcpy(v->u.text.bytes, bytes, len);
	v->u.text.bytes[len] = '\0';
	v->u.text.len = len;
	return v;
}

struct xval *
xval_string(const char *s)
{
	return xval_text(XVAL_STRING, s, strlen(s));
}

struct xval *
xval_bytes(const char *bytes, size_t len)
{
	return xval_text(XVAL_STRING, bytes, len);
}

struct xval *
xval_date(const char *s)
{
	return xval_text(XVAL_DATE, s, strlen(s));
}

struct xval *
xval_array(void)
{
	return xval_new(XVAL_ARRAY);
}

struct xval *
xval_struct(void)
{
	return xval_new(XVAL_STRUCT);
}

static bool
xval_is_text(const struct xval *v)
{
	return v != NULL && (v->type == XVAL_STRING || v->type == XVAL_DATE);
}

static bool
xval_is_list(const struct xval *v)
{
	return v != NULL && (v->type == XVAL_ARRAY || v->type == XVAL_STRUCT);
}

void
xval_free(struct xval *v)
{
	size_t i;

	if (v == NULL)
		return;
	if (xval_is_list(v)) {
		for (i = 0; i < v->u.list.count; i++) {
			xval_free(v->u.list.items[i]);
			if (v->u.list.names != NULL)
				free(v->u.list.names[i]);
		}
		free(v->u.list.items);
		free(v->u.list.names);
	}
	free(v);
}

/* Makes room for one more entry. */
static int
xval_reserve(struct xval *v)
{
	size_t room = v->u.list.room == 0 ? 4 : v->u.list.room * 2;
	void *p;

	if (v->u.list.count < v->u.list.room)
		return 0;
	p = reallocarray(v->u.list.items, room, sizeof(*v->u.list.items));
	if (p == NULL)
		return -1;
	v->u.list.items = p;
	if (v->type == XVAL_STRUCT) {
		p = reallocarray(
		    v->u.list.names, room, sizeof(*v->u.list.names));
		if (p == NULL)
			return -1;
		v->u.list.names = p;
	}
	v->u.list.room = room;
	return 0;
}

/* Adds an entry; takes name (NULL in an array) and value. */
static void
xval_add(struct xval *list, char *name, struct xval *value)
{
	if (list == NULL || value == NULL || xval_reserve(list) == -1) {
		free(name);
		xval_free(value);
		if (list != NULL)
			list->broken = true;
		return;
	}
	list->u.list.items[list->u.list.count] = value;
	if (list->type == XVAL_STRUCT)
		list->u.list.names[list->u.list.count] = name;
	list->u.list.count++;
}

void
xval_append(struct xval *array, struct xval *value)
{
	xval_add(array, NULL, value);
}

void
xval_set(struct xval *strct, const char *name, struct xval *value)
{
	char *copy = strdup(name);

	if (copy == NULL) {
		xval_free(value);
		value = NULL;
	}
	xval_add(strct, copy, value);
}

bool
xval_ok(const struct xval *v)
{
	size_t i;

	if (v == NULL || v->broken)
		return false;
	for (i = 0; i < xval_count(v); i++)
		if (!xval_ok(v->u.list.items[i]))
			return false;
	return true;
}

enum xval_type
xval_type(const struct xval *v)
{
	return v == NULL ? XVAL_NIL : v->type;
}

int64_t
xval_as_int(const struct xval *v)
{
	if (v == NULL || (v->type != XVAL_INT && v->type != XVAL_BOOL))
		return 0;
	return v->u.number;
}

bool
xval_as_bool(const struct xval *v)
{
	return xval_as_int(v) != 0;
}

double
xval_as_double(const struct xval *v)
{
	return v != NULL && v->type == XVAL_DOUBLE ? v->u.real : 0;
}

const char *
xval_as_string(const struct xval *v, size_t *len)
{
	bool text = xval_is_text(v);

	if (len != NULL)
		*len = text ? v->u.text.len : 0;
	return text ? v->u.text.bytes : "";
}

size_t
xval_count(const struct xval *v)
{
	return xval_is_list(v) ? v->u.list.count : 0;
}

const struct xval *
xval_at(const struct xval *v, size_t i)
{
	return i < xval_count(v) ? v->u.list.items[i] : NULL;
}

const char *
xval_name_at(const struct xval *v, size_t i)
{
	if (i >= xval_count(v) || v->type != XVAL_STRUCT)
		return NULL;
	return v->u.list.names[i];
}

const struct xval *
xval_get(const struct xval *strct, const char *name)
{
	size_t i;

	if (strct == NULL || strct->type != XVAL_STRUCT)
		return NULL;
	for (i = strct->u.list.count; i-- > 0;)
		if (strcmp(strct->u.list.names[i], name) == 0)
			return strct->u.list.items[i];
	return NULL;
}

const char *
xval_get_string(const struct xval *strct, const char *name)
{
	return xval_as_string(xval_get(strct, name), NULL);
}

int64_t
xval_get_int(const struct xval *strct, const char *name)
{
	return xval_as_int(xval_get(strct, name));
}
