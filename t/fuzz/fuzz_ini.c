/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file grammar: any text is read or refused with a reason; keys are trimmed
 * and not empty; what was read once reads the same again after itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ini.h"
#include "common/pool.h"
#include "common/pystr.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Checks a section's keys; returns how many there are. */
static size_t
check_section(const struct ini *ini, const struct ini_section *s)
{
	const struct ini_option *o;
	size_t n = 0, len;

	TAILQ_FOREACH (o, &s->options, entry) {
		len = strlen(o->name);
		if (len == 0 || pystr_space(o->name, len) != 0 ||
		    pystr_space_before(o->name, len) != 0)
			abort();
		len = strlen(o->value);
		if (pystr_space_before(o->value, len) != 0)
			abort();
		if (ini_get(ini, s, o->name) != o || o->line == 0)
			abort();
		n++;
	}
	return n;
}

/* Checks a set; returns the number of keys in it. */
static size_t
check_all(const struct ini *ini)
{
	const struct ini_section *s;
	size_t n = check_section(ini, &ini->defaults);

	TAILQ_FOREACH (s, &ini->sections, entry) {
		if (ini_find(ini, s->name) != s)
			abort();
		n += check_section(ini, s);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *err = NULL;
	struct ini ini;
	size_t n;
	int rc;

	ini_init(&ini, pool);
	rc = ini_read(&ini, (const char *)data, size, "f", &err);
	if ((rc == 0) != (err == NULL))
		abort();
	n = check_all(&ini);
	if (rc == 0 &&
	    (ini_read(&ini, (const char *)data, size, "g", &err) != 0 ||
		check_all(&ini) != n))
		abort();
	free(err);
	pool_free(pool);
	return 0;
}
