/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values: any text is expanded, split into words and read as every data type,
 * or refused with a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/expand.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/shlex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const variables[] = {"A=1", "B=two words", "E=", NULL};
static const struct expand_name names[] = {{"here", "/etc", 0},
    {"process_num", NULL, 7}, {"n", NULL, INT64_MIN}, {"s", "\xc3\xa9", 0}};
static const struct expand_scope scope = {NULL, names, 4, variables};

/* Ends the program if a result and its reason do not fit together. */
static void
check(int rc, char **err)
{
	if ((rc == 0) != (*err == NULL) || rc < -1 || rc > 0)
		abort();
	free(*err);
	*err = NULL;
}

/* Reads a text as every type that is pure. */
static void
types(const char *s, struct pool *pool)
{
	struct confopt_ints ints;
	struct confopt_list list;
	enum confopt_autorestart restart;
	const char *text;
	char *err = NULL;
	int64_t i;
	bool b;
	int n;

	check(datatype_integer(s, &i, &err), &err);
	check(datatype_boolean(s, &b, &err), &err);
	check(datatype_byte_size(s, &i, &err), &err);
	check(datatype_octal(s, &n, &err), &err);
	check(datatype_level(s, &n, &err), &err);
	check(datatype_signal(s, &n, &err), &err);
	check(datatype_exitcodes(s, pool, &ints, &err), &err);
	check(datatype_autorestart(s, &restart, &err), &err);
	check(datatype_inet_address(s, pool, &text, &n, &err), &err);
	check(datatype_url(s, &err), &err);
	check(datatype_name(s, pool, &text, &err), &err);
	check(datatype_environment(s, pool, &list, &err), &err);
	datatype_list(s, pool, &list);
	if (*datatype_abspath(s, "/a", pool) != '/')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *s = pool_strndup(pool, (const char *)data, size), *out;
	struct confopt_list list;
	char *err = NULL, *quoted;
	int rc;

	rc = expand(&scope, s, "x.y", pool, &out, &err);
	check(rc, &err);
	if (rc == 0 && strchr(s, '%') == NULL && out != s)
		abort();
	check(expand_twice(&scope, s, "x.y", pool, &out, &err), &err);
	check(shlex_split(s, pool, &list, &err), &err);
	check(shlex_tokens(s, pool, &list, &err), &err);
	types(s, pool);
	quoted = pyrepr(s);
	if (strpbrk(quoted, "\n\r\t") != NULL)
		abort();
	free(quoted);
	pool_free(pool);
	return 0;
}
