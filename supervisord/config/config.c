/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading a configuration: the main file, what it includes, and then its
 * sections in the order in which upstream reads them.
 */
#include "supervisord/config/config.h"

#include <errno.h>
#include <glob.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "common/pystr.h"
#include "common/slurp.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

#define CONFIG_HERE "%(here)s"

/* Adds to the lists of files that were read, and of their texts. */
static void
config_add_file(
    struct loader *l, const char *path, const char *text, size_t len)
{
	struct confopt_list *f = &l->config->files;
	struct config_text *t;
	const char **v;

	t = pool_grow(l->pool, (void *)(uintptr_t)l->config->texts,
	    l->config->ntexts, sizeof(*t));
	l->config->texts = t;
	t += l->config->ntexts++;
	t->file = path;
	t->text = pool_strndup(l->pool, text, len);
	t->len = len;

	v = pool_grow(l->pool, (void *)(uintptr_t)f->v, f->n, sizeof(*v));
	v[f->n++] = path;
	v = pool_grow(l->pool, v, f->n, sizeof(*v));
	v[f->n] = NULL;
	f->v = v;
}

/* Parses a file's text into the set. */
static int
config_parse(struct loader *l, const char *text, size_t len, const char *file)
{
	if (ini_read(&l->ini, text, len, file, &l->fault) == 0)
		return 0;
	return loader_fault(l, NULL, LOADER_AS_IS);
}

/* Reads a file, or finds what it was when it was read: new memory; NULL with
 * errno. */
static char *
config_slurp(const struct loader *l, const char *path, size_t *len)
{
	const struct config_source *source = l->source;
	char *copy;
	size_t i;

	if (source->texts == NULL)
		return slurp_file(path, len);
	for (i = 0; i < source->ntexts; i++)
		if (strcmp(source->texts[i].file, path) == 0) {
			*len = source->texts[i].len;
			if ((copy = malloc(*len + 1)) != NULL)
				memcpy(copy, source->texts[i].text, *len + 1);
			return copy;
		}
	errno = ENOENT;
	return NULL;
}

/* Reads the main file. */
static int
config_read_main(struct loader *l)
{
	struct config *c = l->config;
	const char *given = l->source->configuration;
	size_t len;
	char *text;
	int rc;

	if ((text = config_slurp(l, c->configuration, &len)) == NULL) {
		loader_fail(l, "could not %s config file %s",
		    errno == ENOENT || errno == ENOTDIR ? "find" : "read",
		    given);
		return loader_fault(l, NULL, LOADER_AS_IS);
	}
	rc = config_parse(l, text, len, given);
	config_add_file(l, c->configuration, text, len);
	free(text);
	return rc;
}

/* Reads one file that a pattern matched. */
static int
config_include_file(struct loader *l, const char *path)
{
	size_t len;
	char *text;
	int rc;

	if ((text = config_slurp(l, path, &len)) == NULL) {
		loader_message(l, 30, "could not read included file \"%s\": %s",
		    path, strerror(errno));
		return 0;
	}
	loader_message(
	    l, 20, "Included extra file \"%s\" during parsing", path);
	path = pool_strdup(l->pool, path);
	rc = config_parse(l, text, len, path);
	if (rc == 0) {
		config_add_file(l, path, text, len);
		ini_replace(&l->ini, CONFIG_HERE,
		    pool_strndup(
			l->pool, path, (size_t)(strrchr(path, '/') - path)));
	}
	free(text);
	return rc;
}

/* Reads again what was included, whatever is there now. */
static int
config_include_again(struct loader *l)
{
	size_t i;

	for (i = 1; i < l->source->ntexts; i++)
		if (config_include_file(l, l->source->texts[i].file) == -1)
			return -1;
	return 0;
}

/* Orders paths by code point. */
static int
config_compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Writes a pattern so that glob(3) takes it as Python does: a backslash is
 * itself, and only `!` turns a set around. */
static const char *
config_pattern(struct loader *l, const char *pattern)
{
	char *p, *copy = pool_alloc(l->pool, strlen(pattern) * 2 + 1);

	for (p = copy; *pattern != '\0'; pattern++) {
		if (*pattern == '\\' ||
		    (*pattern == '^' && p > copy && p[-1] == '['))
			*p++ = '\\';
		*p++ = *pattern;
	}
	*p = '\0';
	return copy;
}

/* Finds the files of a pattern, of whose names each character counts as one. */
static int
config_glob(struct loader *l, const char *pattern, glob_t *g)
{
	locale_t before, utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	int rc;

	before = utf8 == NULL ? NULL : uselocale(utf8);
	rc = glob(config_pattern(l, pattern), GLOB_NOSORT, NULL, g);
	if (utf8 != NULL) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}

/* Reads the files that match one pattern (C-088). */
static int
config_include_pattern(struct loader *l, const char *pattern)
{
	glob_t g;
	size_t i;
	int rc = 0;

	switch (config_glob(l, pattern, &g)) {
	case 0:
		break;
	case GLOB_NOSPACE:
		abort();
	default:
		loader_message(
		    l, 30, "No file matches via include \"%s\"", pattern);
		globfree(&g);
		return 0;
	}
	qsort(
	    g.gl_pathv, g.gl_pathc, sizeof(*g.gl_pathv), config_compare_paths);
	for (i = 0; rc == 0 && i < g.gl_pathc; i++)
		rc = config_include_file(l, g.gl_pathv[i]);
	globfree(&g);
	return rc;
}

/* Reads what [include] names. */
static int
config_include(struct loader *l)
{
	const struct ini_section *s;
	const char *files;
	size_t n, left, len;

	if ((s = ini_find(&l->ini, "include")) == NULL)
		return 0;
	ini_replace(&l->ini, CONFIG_HERE, l->config->here);
	if (loader_text(l, s, loader_option(CONFIG_IN_INCLUDE, "files"),
		&l->host, NULL, &files) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (files == NULL) {
		loader_fail(
		    l, ".ini file has [include] section, but no files setting");
		return loader_fault(l, s, LOADER_AS_IS);
	}
	if (l->source->texts != NULL)
		return config_include_again(l);
	for (left = strlen(files); left > 0; files += n, left -= n) {
		while ((len = pystr_space(files, left)) != 0) {
			files += len;
			left -= len;
		}
		for (n = 0; n < left && pystr_space(files + n, left - n) == 0;
		     n++)
			;
		if (n > 0 &&
		    config_include_pattern(l,
			*files == '/'
			    ? pool_strndup(l->pool, files, n)
			    : pool_printf(l->pool, "%s/%.*s", l->config->here,
				  (int)n, files)) == -1)
			return -1;
	}
	return 0;
}

/* Tells the kind of a section that is read here; 0 for any other (C-064). */
static bool
config_is_known(const char *name)
{
	static const char *const prefixes[] = {"unix_http_server",
	    "inet_http_server", "rpcinterface:", "program:", "group:",
	    "eventlistener:", "fcgi-program:", "http_user:", "socket:", NULL};
	size_t i;

	for (i = 0; prefixes[i] != NULL; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return strcmp(name, "supervisord") == 0 || strcmp(name, "include") == 0;
}

/* Keeps the sections that are read elsewhere or by nobody. */
static void
config_keep_sections(struct loader *l)
{
	const struct ini_section *s;
	struct config_section *v = NULL;
	size_t n = 0;

	TAILQ_FOREACH (s, &l->ini.sections, entry) {
		if (config_is_known(s->name))
			continue;
		v = pool_grow(l->pool, v, n, sizeof(*v));
		v[n].name = s->name;
		v[n].file = s->file;
		v[n].line = s->line;
		loader_extras(l, s, 0, false, &v[n].extras);
		n++;
	}
	l->config->sections = v;
	l->config->nsections = n;
}

/* Joins the messages in order of gravity (C-227). */
static void
config_keep_messages(struct loader *l)
{
	const struct loader_messages *list[] = {
	    &l->criticals, &l->warnings, &l->infos};
	size_t i, n = l->criticals.n + l->warnings.n + l->infos.n;
	struct config_message *v = pool_array(l->pool, n, sizeof(*v));

	l->config->messages = v;
	l->config->nmessages = n;
	for (i = 0; i < 3; i++) {
		if (list[i]->n != 0)
			memcpy(v, list[i]->v, list[i]->n * sizeof(*v));
		v += list[i]->n;
	}
}

/* Reads all sections. */
static int
config_read_sections(struct loader *l)
{
	const struct ini_section *s;

	if ((s = ini_find(&l->ini, "supervisord")) == NULL) {
		loader_fail(
		    l, ".ini file does not include supervisord section");
		return loader_fault(l, NULL, LOADER_AS_IS);
	}
	supervisord_read(l, s);
	rpcinterface_read_all(l);
	socket_read_all(l);
	group_read_all(l);
	if (l->first == NULL)
		depends_check(l);
	server_read_all(l);
	http_user_read_all(l);
	config_keep_sections(l);
	config_keep_messages(l);
	return l->first == NULL ? 0 : -1;
}

/* Sets up the names that values may use. */
static void
config_scopes(struct loader *l)
{
	struct utsname uts;

	l->os.environment = (const char *const *)l->source->environ;
	l->env.parent = &l->os;
	l->here_name.name = "here";
	l->here_name.string = l->config->here;
	l->here = (struct expand_scope){&l->env, &l->here_name, 1, NULL};
	l->host_name.name = "host_node_name";
	l->config->host_node_name = l->source->texts != NULL
	    ? pool_strdup(l->pool, l->source->host_node_name)
	    : uname(&uts) == 0 ? pool_strdup(l->pool, uts.nodename)
			       : "";
	l->host_name.string = l->config->host_node_name;
	l->host = (struct expand_scope){&l->here, &l->host_name, 1, NULL};
}

/* Reads a configuration. */
int
config_load(const struct config_source *source, struct config **out, char **err)
{
	struct pool *pool = pool_new();
	struct config *c = pool_alloc(pool, sizeof(*c));
	struct loader l = {.source = source, .config = c, .pool = pool};
	const char *given = source->configuration, *path, *slash;

	*err = NULL;
	c->pool = pool;
	c->references = 1;
	c->generation = source->generation;
	c->configuration = *given == '/'
	    ? pool_strdup(pool, given)
	    : pool_printf(pool, "%s/%s", source->directory, given);
	path = datatype_abspath(given, source->directory, pool);
	slash = strrchr(path, '/');
	c->here = slash == path
	    ? "/"
	    : pool_strndup(pool, path, (size_t)(slash - path));
	ini_init(&l.ini, pool);
	config_scopes(&l);
	if (config_read_main(&l) == -1 || config_include(&l) == -1 ||
	    config_read_sections(&l) == -1) {
		*err = l.first;
		pool_free(pool);
		return -1;
	}
	*out = c;
	return 0;
}

/* Takes a reference. */
struct config *
config_ref(struct config *c)
{
	c->references++;
	return c;
}

/* Drops a reference. */
void
config_unref(struct config *c)
{
	if (c != NULL && --c->references == 0)
		pool_free(c->pool);
}

/* Frees a list of faults. */
void
config_errors_free(struct config_errors *errors)
{
	pool_free(errors->pool);
	memset(errors, 0, sizeof(*errors));
}

/* Finds a group. */
struct config_group *
config_group_find(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ngroups; i++)
		if (strcmp(c->groups[i]->name, name) == 0)
			return c->groups[i];
	return NULL;
}

/* Computes the URL that children are told. */
char *
config_server_url(const struct config *c)
{
	const struct config_server *s, *inet = NULL;
	char *url = NULL;
	size_t i;

	for (i = 0; i < c->nservers; i++) {
		s = c->servers[i];
		if (s->is_unix) {
			errtext_set(&url, "unix://%s", s->file);
			return url;
		}
		if (inet == NULL)
			inet = s;
	}
	if (inet != NULL)
		errtext_set(&url, "%s://%s:%d",
		    inet->tls_certificate != NULL ? "https" : "http",
		    *inet->host != '\0' ? inet->host : "localhost", inet->port);
	return url;
}

/* Finds a key without a row. */
const char *
config_extra(const struct config_extras *extras, const char *name)
{
	size_t i;

	for (i = 0; i < extras->n; i++)
		if (strcmp(extras->v[i].name, name) == 0)
			return extras->v[i].value;
	return NULL;
}
