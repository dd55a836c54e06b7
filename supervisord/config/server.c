/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [inet_http_server], [unix_http_server].
 */
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

/* Reads where an inet server listens. */
static int
server_read_port(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_INET, "port"), &l->env,
		NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text == NULL) {
		loader_fail(l, "section [%s] has no port value", s->name);
		return loader_fault(l, s, LOADER_AS_IS);
	}
	if (datatype_inet_address(
		text, l->pool, &v->host, &v->port, &l->fault) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	return 0;
}

/* Reads the mode of a unix socket. */
static int
server_read_mode(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	const struct confopt *o = loader_option(CONFIG_IN_UNIX, "chmod");
	const char *text;

	if (loader_text(l, s, o, &l->env, NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (confopt_set(o, v, text, l->pool, NULL) == 0)
		return 0;
	loader_fail(l, "Invalid chmod value %s", text);
	return loader_fault(l, s, LOADER_SECTION);
}

/* Reads the owner of a unix socket. */
static int
server_read_owner(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	const char *text;

	v->chown = (struct confopt_user){NULL, -1, -1};
	if (loader_text(l, s, loader_option(CONFIG_IN_UNIX, "chown"), &l->env,
		NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text != NULL &&
	    datatype_user_group(text, l->pool, &v->chown, NULL) == -1) {
		loader_fail(l, "Invalid sockchown value %s", text);
		return loader_fault(l, s, LOADER_SECTION);
	}
	return 0;
}

/* Reads where a unix server listens. */
static int
server_read_file(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_UNIX, "file"), &l->here,
		NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text == NULL) {
		loader_fail(l, "section [%s] has no file value", s->name);
		return loader_fault(l, s, LOADER_AS_IS);
	}
	v->file = datatype_abspath(
	    datatype_expanduser(text, l->pool), l->source->directory, l->pool);
	return 0;
}

/* Reads name and password: both or none. */
static int
server_read_auth(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	const struct confopt *user, *password;

	user = loader_option(CONFIG_IN_INET, "username");
	password = loader_option(CONFIG_IN_INET, "password");
	if (loader_row(l, s, user, &l->env, v) == -1 ||
	    loader_row(l, s, password, &l->env, v) == -1 ||
	    loader_row(l, s, loader_option(CONFIG_IN_INET, "allowed_hosts"),
		&l->env, v) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if ((v->username == NULL) == (v->password == NULL))
		return 0;
	loader_fail(l,
	    "Section [%s] contains incomplete authentication: If a username "
	    "or a password is specified, both the username and password must "
	    "be specified",
	    s->name);
	return loader_fault(l, s, LOADER_AS_IS);
}

/* Reads one server. */
static struct config_server *
server_read(struct loader *l, const struct ini_section *s, bool is_unix)
{
	struct config_server *v = pool_alloc(l->pool, sizeof(*v));
	const char *colon = strchr(s->name, ':');
	bool good;

	v->section = s->name;
	v->name = colon == NULL ? NULL : colon + 1;
	v->file_name = s->file;
	v->line = s->line;
	v->is_unix = is_unix;
	v->chmod = -1;
	v->chown = (struct confopt_user){NULL, -1, -1};
	loader_extras(
	    l, s, is_unix ? CONFIG_IN_UNIX : CONFIG_IN_INET, true, &v->extras);
	if (!is_unix)
		good = server_read_port(l, s, v) == 0;
	else {
		good = server_read_file(l, s, v) == 0;
		good &= server_read_mode(l, s, v) == 0;
		good &= server_read_owner(l, s, v) == 0;
	}
	good &= server_read_auth(l, s, v) == 0;
	good &= access_read(l, s, v) == 0;
	return good ? v : NULL;
}

/* Reads all servers, inet before unix (C-138). */
void
server_read_all(struct loader *l)
{
	static const char *const prefixes[] = {
	    "inet_http_server", "unix_http_server"};
	const struct ini_section *s;
	struct config_server **v = NULL, *one;
	size_t n = 0, i;

	for (i = 0; i < 2; i++)
		TAILQ_FOREACH (s, &l->ini.sections, entry) {
			if (strncmp(s->name, prefixes[i],
				strlen(prefixes[i])) != 0 ||
			    (one = server_read(l, s, i == 1)) == NULL)
				continue;
			v = pool_grow(l->pool, v, n, sizeof(*v));
			v[n++] = one;
		}
	l->config->servers = v;
	l->config->nservers = n;
}
