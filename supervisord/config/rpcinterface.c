/* SPDX-License-Identifier: BSD-2-Clause */
/* [rpcinterface:x]. */
#include <string.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

#define SERVER_MAIN_FACTORY "supervisor.rpcinterface:make_main_rpcinterface"

/* Checks the factory of an interface (C-155 to C-157). */
static int
rpcinterface_check(struct loader *l, const struct config_rpcinterface *v)
{
	if (v->factory == NULL)
		return loader_fail(l,
		    "section [%s] does not specify a "
		    "supervisor.rpcinterface_factory",
		    v->section);
	if (strcmp(v->factory, SERVER_MAIN_FACTORY) == 0)
		return 0;
	return loader_fail(l,
	    "%s cannot be resolved within [%s]: interfaces written in Python "
	    "cannot be loaded, only %s is built in",
	    v->factory, v->section, SERVER_MAIN_FACTORY);
}

/* Reads one interface. */
static struct config_rpcinterface *
rpcinterface_read(struct loader *l, const struct ini_section *s)
{
	struct config_rpcinterface *v = pool_alloc(l->pool, sizeof(*v));

	v->section = s->name;
	v->name = strchr(s->name, ':') + 1;
	v->file = s->file;
	v->line = s->line;
	loader_extras(l, s, CONFIG_IN_RPCINTERFACE, false, &v->extras);
	if (loader_rows(l, s, CONFIG_IN_RPCINTERFACE, CONFOPT_NAMES_ENV,
		&l->env, v) == -1)
		loader_fault(l, s, LOADER_SECTION);
	else if (rpcinterface_check(l, v) == -1)
		loader_fault(l, s, LOADER_AS_IS);
	else
		return v;
	return NULL;
}

/* Reads all interfaces. */
void
rpcinterface_read_all(struct loader *l)
{
	const struct ini_section *s;
	struct config_rpcinterface **v = NULL, *one;
	size_t n = 0;

	TAILQ_FOREACH (s, &l->ini.sections, entry) {
		if (strncmp(s->name, "rpcinterface:", 13) != 0 ||
		    (one = rpcinterface_read(l, s)) == NULL)
			continue;
		v = pool_grow(l->pool, v, n, sizeof(*v));
		v[n++] = one;
	}
	l->config->rpcinterfaces = v;
	l->config->nrpcinterfaces = n;
}
