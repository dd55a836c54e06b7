/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom the servers let in: [http_user:x], and the keys of the servers that say
 * who may do what.
 */
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

static const char *const access_roles[] = {
    [ROLE_ADMIN] = "admin",
    [ROLE_OPERATE] = "operate",
    [ROLE_READ] = "read",
    [ROLE_NONE] = "none",
};

bool
role_named(const char *name, enum role *role)
{
	size_t i;

	for (i = 0; i < ROLE_NONE; i++)
		if (strcasecmp(name, access_roles[i]) == 0) {
			*role = (enum role)i;
			return true;
		}
	return false;
}

const char *
role_name(enum role role)
{
	return access_roles[role];
}

/* Reads the key `role`. */
static int
access_read_role(struct loader *l, const struct ini_section *s,
    const struct confopt *o, enum role *role)
{
	const char *text;

	if (loader_text(l, s, o, &l->env, NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (role_named(text, role))
		return 0;
	loader_fail(l, "Invalid role %s: not admin, operate or read", text);
	return loader_fault(l, s, LOADER_SECTION);
}

/* Finds a user's or a group's number; a number stands for itself. */
static int
access_find(const char *name, bool is_group, int64_t *id)
{
	const struct passwd *pw;
	const struct group *gr;
	const char *err;

	*id = strtonum(name, 0, UINT32_MAX - 1, &err);
	if (err == NULL)
		return 0;
	if (is_group) {
		gr = getgrnam(name);
		*id = gr == NULL ? -1 : (int64_t)gr->gr_gid;
	} else {
		pw = getpwnam(name);
		*id = pw == NULL ? -1 : (int64_t)pw->pw_uid;
	}
	return *id == -1 ? -1 : 0;
}

/* Reads one of allow_users or allow_groups: "name" or "name:role". */
static int
access_read_peer(
    struct loader *l, const char *text, bool is_group, struct config_peer *peer)
{
	const char *colon = strrchr(text, ':');
	const char *name = colon == NULL
	    ? text
	    : pool_strndup(l->pool, text, (size_t)(colon - text));

	if (colon != NULL && !role_named(colon + 1, &peer->role))
		return loader_fail(l,
		    "Invalid role %s of %s: not admin, operate or read",
		    colon + 1, name);
	if (access_find(name, is_group, &peer->id) == 0)
		return 0;
	return loader_fail(l, "Invalid %s %s: there is no such %s",
	    is_group ? "allow_groups" : "allow_users", name,
	    is_group ? "group" : "user");
}

/* Reads allow_users or allow_groups; those without a role have the server's. */
static int
access_read_peers(struct loader *l, const struct ini_section *s,
    const char *key, enum role role, struct config_peers *peers)
{
	const bool is_group = strcmp(key, "allow_groups") == 0;
	struct confopt_list list = {NULL, 0};
	struct config_peer *v;
	const char *text;
	size_t i;

	if (loader_text(l, s, loader_option(CONFIG_IN_UNIX, key), &l->env, NULL,
		&text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text == NULL)
		return 0;
	datatype_list(text, l->pool, &list);
	v = pool_array(l->pool, list.n, sizeof(*v));
	for (i = 0; i < list.n; i++) {
		v[i].role = role;
		if (access_read_peer(l, list.v[i], is_group, &v[i]) == -1)
			return loader_fault(l, s, LOADER_SECTION);
	}
	*peers = (struct config_peers){v, list.n};
	return 0;
}

/* Reads a path, made absolute. */
static int
access_read_path(struct loader *l, const struct ini_section *s, const char *key,
    const char **path)
{
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_INET, key), &l->here,
		NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text != NULL)
		*path = datatype_abspath(datatype_expanduser(text, l->pool),
		    l->source->directory, l->pool);
	return 0;
}

/* Reads how an inet server proves who it is. */
static int
access_read_tls(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	if (access_read_path(l, s, "tls_certificate", &v->tls_certificate) ==
		-1 ||
	    access_read_path(l, s, "tls_key", &v->tls_key) == -1)
		return -1;
	if (v->tls_key != NULL && v->tls_certificate == NULL) {
		loader_fail(l,
		    "section [%s] has a tls_key but no tls_certificate",
		    s->name);
		return loader_fault(l, s, LOADER_AS_IS);
	}
	if (v->tls_key == NULL)
		v->tls_key = v->tls_certificate;
	return 0;
}

/* Reads whom a server lets in. */
int
access_read(
    struct loader *l, const struct ini_section *s, struct config_server *v)
{
	if (access_read_role(
		l, s, loader_option(CONFIG_IN_INET, "role"), &v->role) == -1)
		return -1;
	if (v->is_unix)
		return access_read_peers(
			   l, s, "allow_users", v->role, &v->allow_users) == -1
		    ? -1
		    : access_read_peers(
			  l, s, "allow_groups", v->role, &v->allow_groups);
	if (loader_row(l, s, loader_option(CONFIG_IN_INET, "allow_anonymous"),
		&l->env, v) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	return access_read_tls(l, s, v);
}

/* Reads one [http_user:x]. */
static struct config_http_user *
http_user_read(struct loader *l, const struct ini_section *s)
{
	struct config_http_user *v = pool_alloc(l->pool, sizeof(*v));

	v->section = s->name;
	v->name = strchr(s->name, ':') + 1;
	v->file = s->file;
	v->line = s->line;
	loader_extras(l, s, CONFIG_IN_HTTP_USER, true, &v->extras);
	if (access_read_role(l, s, loader_option(CONFIG_IN_HTTP_USER, "role"),
		&v->role) == -1)
		return NULL;
	if (loader_rows(l, s, CONFIG_IN_HTTP_USER, CONFOPT_NAMES_ENV, &l->env,
		v) == -1) {
		loader_fault(l, s, LOADER_SECTION);
		return NULL;
	}
	if (v->password != NULL && *v->name != '\0')
		return v;
	loader_fail(l, "section [%s] has no %s", s->name,
	    *v->name == '\0' ? "name" : "password value");
	loader_fault(l, s, LOADER_AS_IS);
	return NULL;
}

/* Reads all of them. */
void
http_user_read_all(struct loader *l)
{
	const struct ini_section *s;
	struct config_http_user **v = NULL, *one;
	size_t n = 0;

	TAILQ_FOREACH (s, &l->ini.sections, entry) {
		if (strncmp(s->name, "http_user:", 10) != 0 ||
		    (one = http_user_read(l, s)) == NULL)
			continue;
		v = pool_grow(l->pool, v, n, sizeof(*v));
		v[n++] = one;
	}
	l->config->http_users = v;
	l->config->nhttp_users = n;
}

bool
config_server_has_password(
    const struct config *c, const struct config_server *s)
{
	return s->username != NULL || (!s->is_unix && c->nhttp_users > 0);
}

bool
config_server_is_local(const struct config_server *s)
{
	struct in6_addr six;
	struct in_addr four;

	if (s->is_unix || strcmp(s->host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, s->host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, s->host, &six) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&six);
}

int
config_check_access(const struct config *c, char **err)
{
	const struct config_server *s;
	size_t i;

	for (i = 0; i < c->nservers; i++) {
		s = c->servers[i];
		if (!config_server_is_local(s) && !s->allow_anonymous &&
		    !config_server_has_password(c, s))
			return errtext_set(err,
			    "section [%s] would let anybody on the network run "
			    "programs: set username and password, or "
			    "port=127.0.0.1:%d, or allow_anonymous=true",
			    s->section, s->port);
	}
	return 0;
}
