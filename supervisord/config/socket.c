/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening sockets that programs are given: [socket:x] (B-401).
 */
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

#define SOCKET_PREFIX	"socket:"
#define SOCKET_NAME_MAX 50 /* a listener's name has 63 at most */
#define SOCKET_LETTERS                                                         \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* Reads one; NULL with the fault recorded. */
static struct config_listener *
socket_read(struct loader *l, const struct ini_section *s)
{
	struct config_listener *v = pool_alloc(l->pool, sizeof(*v));

	v->section = s->name;
	v->file = s->file;
	v->line = s->line;
	v->name = s->name + strlen(SOCKET_PREFIX);
	loader_extras(l, s, CONFIG_IN_LISTENER, true, &v->extras);
	if (loader_rows(l, s, CONFIG_IN_LISTENER, CONFOPT_NAMES_ENV, &l->env,
		v) == -1) {
		loader_fault(l, s, LOADER_SECTION);
		return NULL;
	}
	l->at = NULL;
	if (v->name[0] == '\0' || strlen(v->name) > SOCKET_NAME_MAX ||
	    v->name[strspn(v->name, SOCKET_LETTERS)] != '\0')
		loader_fail(l, "Invalid name of a socket: [%s]", s->name);
	else if (v->listen == NULL)
		loader_fail(
		    l, "[%s] section requires a \"listen\" line", s->name);
	else if (strncmp(v->listen, "tcp://", 6) != 0 &&
	    strncmp(v->listen, "unix:///", 8) != 0) {
		l->at = ini_get(&l->ini, s, "listen");
		loader_fail(l,
		    "Bad address %s in [%s]: neither tcp:// nor "
		    "unix:///",
		    v->listen, s->name);
	} else
		return v;
	loader_fault(l, s, LOADER_AS_IS);
	return NULL;
}

/* Reads all. */
void
socket_read_all(struct loader *l)
{
	struct config_listener **v = NULL, *one;
	const struct ini_section *s;
	size_t n = 0;

	TAILQ_FOREACH (s, &l->ini.sections, entry) {
		if (strncmp(s->name, SOCKET_PREFIX, strlen(SOCKET_PREFIX)) !=
			0 ||
		    (one = socket_read(l, s)) == NULL)
			continue;
		v = pool_grow(l->pool, v, n, sizeof(*v));
		v[n++] = one;
	}
	l->config->listeners = v;
	l->config->nlisteners = n;
}

/* Finds one. */
const struct config_listener *
config_listener_find(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nlisteners; i++)
		if (strcmp(c->listeners[i]->name, name) == 0)
			return c->listeners[i];
	return NULL;
}

/* Finds those that a program names. */
int
socket_settle(
    struct loader *l, const struct ini_section *s, struct config_process *c)
{
	const struct config_listener **v =
	    pool_array(l->pool, c->sockets.n + 1, sizeof(*v));
	size_t i;

	for (i = 0; i < c->sockets.n; i++) {
		v[i] = config_listener_find(l->config, c->sockets.v[i]);
		if (v[i] != NULL)
			continue;
		l->at = ini_get(&l->ini, s, "sockets");
		return loader_fail(l, "[%s] names unknown socket %s", s->name,
		    c->sockets.v[i]);
	}
	c->listeners = v;
	return 0;
}
