/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading [supervisorctl].
 */
#include "common/ctlconf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/expand.h"
#include "common/ini.h"
#include "common/pool.h"
#include "common/slurp.h"

#define UNIX_URL "unix://"

#define CTLCONF(key, member, value, who, text)                                 \
	.name = key, .sections = 1, .type = CONFOPT_STRING, .def = value,      \
	.offset = offsetof(struct ctlconf, member),                            \
	.names = CONFOPT_NAMES_##who, .doc = text

/* clang-format off */
const struct confopt ctlconf_options[] = {
	{ CTLCONF("serverurl", serverurl, "http://localhost:9001", HERE,
	    "where supervisord listens: unix:///path, http://host:port or https://host:port"),
	    .sample = "!unix:///tmp/supervisor.sock" },
	{ CTLCONF("username", username, NULL, ENV,
	    "name to give, if the server asks for one"), .sample = "user" },
	{ CTLCONF("password", password, NULL, ENV,
	    "password to give"), .sample = "123" },
	{ CTLCONF("tls_ca", tls_ca, NULL, HERE,
	    "file of the certificates that an https:// server may have"),
	    .sample = "/etc/supervisor/cert.pem" },
	{ CTLCONF("prompt", prompt, "supervisor", ENV,
	    "prompt of the shell"), .sample = "mysupervisor" },
	{ CTLCONF("history_file", history_file, NULL, HERE,
	    "file that keeps the shell's history"),
	    .sample = "~/.sc_history" },
	{ .name = "graceful_by_default", .sections = 1,
	    .type = CONFOPT_BOOLEAN, .def = "false",
	    .offset = offsetof(struct ctlconf, graceful_by_default),
	    .names = CONFOPT_NAMES_ENV,
	    .doc = "restart and update act as with --graceful" },
	{ .name = NULL },
};
/* clang-format on */

/* Sets the defaults. */
void
ctlconf_init(struct ctlconf *c)
{
	const struct confopt *o;

	memset(c, 0, sizeof(*c));
	c->pool = pool_new();
	for (o = ctlconf_options; o->name != NULL; o++)
		confopt_set(o, c, o->def, c->pool, NULL);
}

/* Frees what was read. */
void
ctlconf_free(struct ctlconf *c)
{
	pool_free(c->pool);
	memset(c, 0, sizeof(*c));
}

/* Reads the keys of the section. */
static int
ctlconf_read_section(struct ctlconf *c, const struct ini *ini,
    const struct ini_section *s, const char *here, char *const *environ,
    char **err)
{
	const struct expand_scope env = {
	    NULL, NULL, 0, (const char *const *)environ};
	const struct expand_name name = {"here", here, 0};
	const struct expand_scope scope = {&env, &name, 1, NULL};
	const struct ini_option *option;
	const struct confopt *o;
	const char *text;

	for (o = ctlconf_options; o->name != NULL; o++) {
		if ((option = ini_get(ini, s, o->name)) == NULL)
			continue;
		if (expand(o->names == CONFOPT_NAMES_HERE ? &scope : &env,
			option->value,
			pool_printf(c->pool, "%s.%s", s->name, o->name),
			c->pool, &text, err) == -1 ||
		    confopt_set(o, c, text, c->pool, err) == -1)
			return -1;
	}
	return 0;
}

/* Makes paths absolute (L-012). */
static void
ctlconf_finish(struct ctlconf *c, const char *directory)
{
	const size_t n = strlen(UNIX_URL);
	const char *path;

	if (strncmp(c->serverurl, UNIX_URL, n) == 0) {
		path = datatype_expanduser(c->serverurl + n, c->pool);
		c->serverurl = pool_printf(c->pool, UNIX_URL "%s",
		    datatype_abspath(path, directory, c->pool));
	}
	if (c->history_file != NULL)
		c->history_file = datatype_abspath(
		    datatype_expanduser(c->history_file, c->pool), directory,
		    c->pool);
}

/* Reads a file. */
int
ctlconf_read(struct ctlconf *c, const char *path, const char *directory,
    char *const *environ, char **err)
{
	const struct ini_section *s;
	const char *absolute, *slash;
	struct ini ini;
	char *text;
	size_t len;
	int rc;

	*err = NULL;
	absolute = datatype_abspath(path, directory, c->pool);
	if ((text = slurp_file(absolute, &len)) == NULL)
		return errtext_set(err, "could not %s config file %s",
		    errno == ENOENT || errno == ENOTDIR ? "find" : "read",
		    path);
	ini_init(&ini, c->pool);
	rc = ini_read(&ini, text, len, path, err);
	free(text);
	if (rc == -1)
		return -1;
	if ((s = ini_find(&ini, "supervisorctl")) == NULL)
		return errtext_set(
		    err, ".ini file does not include supervisorctl section");
	slash = strrchr(absolute, '/');
	if (ctlconf_read_section(c, &ini, s,
		slash == absolute ? "/"
				  : pool_strndup(c->pool, absolute,
					(size_t)(slash - absolute)),
		environ, err) == -1)
		return -1;
	ctlconf_finish(c, directory);
	return 0;
}
