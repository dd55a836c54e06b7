/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line, made from the option table: each key of [supervisord] with
 * a letter, or listed below, is an option too.
 */
#include "supervisord/config/cmdline.h"

#include <stdlib.h>
#include <string.h>

#include "common/confpath.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "common/pygetopt.h"
#include "common/pyrepr.h"
#include "supervisord/config/config.h"
#include "supervisord/config/option.h"

/* Options that are no keys; those of the table are numbered from _TABLE on. */
enum cmdline_id {
	CMDLINE_CONFIGURATION,
	CMDLINE_HELP,
	CMDLINE_VERSION,
	CMDLINE_PROFILE_OPTIONS,
	CMDLINE_TEST_CONFIG,
	CMDLINE_CHECK_STATE,
	CMDLINE_TABLE,
};

struct cmdline_extra {
	struct pygetopt_option option;
	const char *value;
	const char *doc;
};

static const struct cmdline_extra cmdline_extras[] = {
    {{'c', "configuration", true, CMDLINE_CONFIGURATION}, "FILENAME",
	"configuration file; default places are searched without it"},
    {{'h', "help", false, CMDLINE_HELP}, NULL, "print this text and exit"},
    {{'?', NULL, false, CMDLINE_HELP}, NULL, "the same"},
    {{'v', "version", false, CMDLINE_VERSION}, NULL,
	"print the version and exit"},
    {{0, "profile_options", true, CMDLINE_PROFILE_OPTIONS}, "LIST",
	"accepted for compatibility and ignored"},
    {{0, "test-config", false, CMDLINE_TEST_CONFIG}, NULL,
	"check the configuration, print every fault with its place, "
	"and exit"},
    {{0, "check-state", true, CMDLINE_CHECK_STATE}, "FILES",
	"tell whether the state of a running supervisord could be taken up, "
	"and exit (for supervisorctl upgrade)"},
};

#define CMDLINE_NEXTRAS (sizeof(cmdline_extras) / sizeof(cmdline_extras[0]))

const char config_root_search_warning[] =
    "Supervisord is running as root and it is searching for its "
    "configuration file in default locations (including its current working "
    "directory); you probably want to specify a \"-c\" argument specifying an "
    "absolute path to a configuration file for improved security.";

/* Tells whether a row is an option of the command line. */
static bool
cmdline_is_option(const struct confopt *o)
{
	return (o->sections & CONFIG_IN_SUPERVISORD) != 0 &&
	    (o->flag != 0 || strcmp(o->name, "minprocs") == 0);
}

/* Makes the parser's table. */
static struct pygetopt_option *
cmdline_options(struct pool *pool)
{
	struct pygetopt_option *v = NULL;
	size_t i, n = 0;

	for (i = 0; i < CMDLINE_NEXTRAS; i++) {
		v = pool_grow(pool, v, n, sizeof(*v));
		v[n++] = cmdline_extras[i].option;
	}
	for (i = 0; config_options[i].name != NULL; i++) {
		if (!cmdline_is_option(&config_options[i]))
			continue;
		v = pool_grow(pool, v, n, sizeof(*v));
		v[n].flag = config_options[i].flag;
		v[n].name = config_options[i].name;
		v[n].takes_value = config_options[i].type != CONFOPT_BOOLEAN;
		v[n++].id = CMDLINE_TABLE + (int)i;
	}
	v = pool_grow(pool, v, n, sizeof(*v));
	memset(&v[n], 0, sizeof(v[n]));
	return v;
}

/* Takes an option that is a key; a user is checked later (C-015). */
static int
cmdline_take_key(
    struct config_cmdline *c, const struct pygetopt_given *g, char **err)
{
	const struct confopt *o =
	    &config_options[g->option->id - CMDLINE_TABLE];
	const char *text = g->value != NULL ? g->value : "true";
	struct config_supervisord scratch;

	memset(&scratch, 0, sizeof(scratch));
	if (o->type != CONFOPT_USER &&
	    confopt_set(o, &scratch, text, c->pool, err) == -1)
		return -1;
	c->overrides = pool_grow(
	    c->pool, c->overrides, c->noverrides, sizeof(*c->overrides));
	c->overrides[c->noverrides].option = o;
	c->overrides[c->noverrides++].text = pool_strdup(c->pool, text);
	return 0;
}

/* Takes an option; help and version end the command line (C-013). */
static int
cmdline_take(void *arg, const struct pygetopt_given *g, char **err)
{
	struct config_cmdline *c = arg;

	switch (g->option->id) {
	case CMDLINE_HELP:
		c->help = true;
		return 1;
	case CMDLINE_VERSION:
		c->version = true;
		return 1;
	case CMDLINE_CONFIGURATION:
		c->configuration = pool_strdup(c->pool, g->value);
		return 0;
	case CMDLINE_TEST_CONFIG:
		c->test_config = true;
		return 0;
	case CMDLINE_CHECK_STATE:
		c->check_state = pool_strdup(c->pool, g->value);
		return 0;
	case CMDLINE_PROFILE_OPTIONS:
		return 0;
	default:
		return cmdline_take_key(c, g, err);
	}
}

/* Refuses positional arguments (C-006). */
static int
cmdline_positional(int n, char *const *v, char **err)
{
	char *list;

	if (n <= 0)
		return 0;
	list = pyrepr_list(v, (size_t)n);
	errtext_set(err, "positional arguments are not supported: %s", list);
	free(list);
	return -1;
}

/* Parses the command line. */
int
config_cmdline_parse(
    struct config_cmdline *c, int argc, char *const argv[], char **err)
{
	struct pygetopt_result given = {NULL, 0, 0};
	int rc, n = argc > 1 ? argc - 1 : 0;
	char *const *words = argv + (argc > 0);

	*err = NULL;
	memset(c, 0, sizeof(*c));
	c->pool = pool_new();
	rc = pygetopt(cmdline_options(c->pool), n, words, &given, err);
	if (rc == 0)
		rc = cmdline_positional(
		    n - given.nwords, words + given.nwords, err);
	if (rc == 0)
		rc = pygetopt_each(&given, cmdline_take, c, err);
	pygetopt_free(&given);
	if (rc == -1)
		config_cmdline_free(c);
	return rc;
}

/* Frees a command line. */
void
config_cmdline_free(struct config_cmdline *c)
{
	pool_free(c->pool);
	memset(c, 0, sizeof(*c));
}

/* Names the value of an option in the help text. */
static const char *
cmdline_value_name(const struct confopt *o)
{
	switch (o->type) {
	case CONFOPT_BOOLEAN:
		return NULL;
	case CONFOPT_INTEGER:
		return "NUM";
	case CONFOPT_BYTES:
		return "BYTES";
	case CONFOPT_OCTAL:
		return "OCTAL";
	case CONFOPT_LEVEL:
		return "LEVEL";
	case CONFOPT_USER:
		return "USER";
	case CONFOPT_DIRECTORY:
		return "DIRECTORY";
	case CONFOPT_DIRPATH:
		return "FILENAME";
	default:
		return "STR";
	}
}

/* Writes one line of the help text. */
static void
cmdline_usage_line(
    FILE *f, char flag, const char *name, const char *value, const char *doc)
{
	if (flag != 0)
		fprintf(f, "-%c", flag);
	if (flag != 0 && name != NULL)
		fputc('/', f);
	if (name != NULL)
		fprintf(f, "--%s", name);
	fprintf(f, "%s%s -- %s\n", value != NULL ? " " : "",
	    value != NULL ? value : "", doc);
}

/* Writes the help text. */
void
config_cmdline_usage(FILE *f, const char *progname)
{
	const struct cmdline_extra *e;
	const struct confopt *o;

	fprintf(f,
	    "supervisord -- start programs and keep them running.\n\n"
	    "Usage: %s [options]\n\nOptions:\n",
	    progname);
	for (e = cmdline_extras; e < cmdline_extras + CMDLINE_NEXTRAS; e++)
		cmdline_usage_line(
		    f, e->option.flag, e->option.name, e->value, e->doc);
	for (o = config_options; o->name != NULL; o++)
		if (cmdline_is_option(o))
			cmdline_usage_line(
			    f, o->flag, o->name, cmdline_value_name(o), o->doc);
	fputc('\n', f);
}

/* Words the failure to find a file (C-033). */
static void
cmdline_not_found(const char *executable, char **err)
{
	char *p[CONFPATH_NPLACES];

	confpath_places(executable, p);
	errtext_set(err,
	    "No config file found at default paths (%s, %s, %s, %s, %s, %s); "
	    "use the -c option to specify a config file at a different path",
	    p[0], p[1], p[2], p[3], p[4], p[5]);
	confpath_free(p);
}

/* Finds the file to read. */
char *
config_find(const struct config_cmdline *c, const char *executable,
    const char *directory, char **err)
{
	char *path = NULL;

	*err = NULL;
	if (c->configuration != NULL)
		errtext_set(&path, "%s", c->configuration);
	else if ((path = confpath_search(executable, directory)) == NULL)
		cmdline_not_found(executable, err);
	return path;
}
