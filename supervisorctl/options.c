/* SPDX-License-Identifier: BSD-2-Clause */
/* Command line and configuration of supervisorctl. */
#include "supervisorctl/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/datatypes.h"
#include "common/pool.h"
#include "common/pygetopt.h"

#define OPTIONS_URL "http://localhost:9001"

enum options_id {
	OPT_CONFIGURATION = 1,
	OPT_HELP,
	OPT_INTERACTIVE,
	OPT_SERVERURL,
	OPT_USERNAME,
	OPT_PASSWORD,
	OPT_HISTORY,
	OPT_JSON,
	OPT_WORDS,
	OPT_TIMEOUT,
};

static const struct pygetopt_option options_table[] = {
    {'c', "configuration", true, OPT_CONFIGURATION},
    {'h', "help", false, OPT_HELP},
    {'?', NULL, false, OPT_HELP},
    {'i', "interactive", false, OPT_INTERACTIVE},
    {'s', "serverurl", true, OPT_SERVERURL},
    {'u', "username", true, OPT_USERNAME},
    {'p', "password", true, OPT_PASSWORD},
    {'r', "history_file", true, OPT_HISTORY},
    {0, "history-file", true, OPT_HISTORY},
    {0, "json", false, OPT_JSON},
    {0, "words", false, OPT_WORDS},
    {0, "timeout", true, OPT_TIMEOUT},
    {0, NULL, false, 0},
};

void
options_usage(FILE *out, const char *program)
{
	fprintf(out,
	    "supervisorctl -- control what supervisord runs\n"
	    "\n"
	    "Usage: %s [options] [action [arguments]]\n"
	    "\n"
	    "Options:\n"
	    "-c/--configuration FILE    configuration file (searched for if "
	    "not given)\n"
	    "-h/--help                  print this text and exit\n"
	    "-i/--interactive           ask before shutdown and reload, and "
	    "for a password\n"
	    "-s/--serverurl URL         where supervisord listens\n"
	    "                           (default \"" OPTIONS_URL "\")\n"
	    "-u/--username NAME         user name for the server\n"
	    "-p/--password PASSWORD     password for the server\n"
	    "-r/--history-file FILE     where the shell keeps what was typed\n"
	    "--json                     print the result of the action as "
	    "JSON\n"
	    "--timeout SECONDS          give up an action that takes longer "
	    "(0: never)\n"
	    "--words                    print what the last word of the "
	    "action could become\n"
	    "\n"
	    "Without an action a shell is started.  The action \"help\" "
	    "lists the others.\n"
	    "\n",
	    program);
}

/* Reads a number of seconds. */
static int
options_timeout(const char *text, long *seconds, char **err)
{
	const char *error;

	*seconds = (long)strtonum(text, 0, INT_MAX / 1000, &error);
	if (error == NULL)
		return 0;
	if (asprintf(err, "not a number of seconds: '%s' is %s", text, error) <
	    0)
		*err = NULL;
	return -1;
}

/* Takes one option of the command line. */
static int
options_take(void *arg, const struct pygetopt_given *given, char **err)
{
	struct options *o = arg;

	switch ((enum options_id)given->option->id) {
	case OPT_CONFIGURATION:
		o->configuration = given->value;
		return 0;
	case OPT_HELP:
		o->help = true;
		return 1;
	case OPT_INTERACTIVE:
		o->interactive = true;
		return 0;
	case OPT_SERVERURL:
		o->serverurl = given->value;
		return datatype_url(given->value, err);
	case OPT_USERNAME:
		o->username = given->value;
		return 0;
	case OPT_PASSWORD:
		o->password = given->value;
		return 0;
	case OPT_HISTORY:
		o->history_file = given->value;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_TIMEOUT:
		return options_timeout(given->value, &o->timeout, err);
	case OPT_WORDS:
		o->candidates = true;
		return 0;
	}
	return 0;
}

/* Reads the options; the rest are the action's words. */
static int
options_command_line(
    struct options *o, int argc, char *const argv[], char **err)
{
	struct pygetopt_result result;
	int rc;

	rc = pygetopt(options_table, argc - 1, argv + 1, &result, err);
	if (rc == 0)
		rc = pygetopt_each(&result, options_take, o, err);
	if (rc == 0) {
		o->words = argv + 1 + result.nwords;
		o->nwords = argc - 1 - result.nwords;
	}
	pygetopt_free(&result);
	return rc;
}

/* The directory we were started in. */
static const char *
options_directory(struct pool *pool)
{
	char *cwd = getcwd(NULL, 0);
	const char *copy = pool_strdup(pool, cwd == NULL ? "/" : cwd);

	free(cwd);
	return copy;
}

/* The first of the usual places that exists, or NULL (L-008). */
static const char *
options_search(const char *executable, const char *directory, struct pool *pool)
{
	static const char *const places[] = {"%s/etc/supervisord.conf",
	    "%s/supervisord.conf", "supervisord.conf", "etc/supervisord.conf",
	    "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"};
	const char *path, *home;
	size_t i;

	home = datatype_abspath(
	    pool_printf(pool, "%s/../..", executable), directory, pool);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = strncmp(places[i], "%s", 2) == 0
		    ? pool_printf(pool, "%s%s", home, places[i] + 2)
		    : places[i];
		if (access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

/* Lays what the file says under what the command line has set. */
static void
options_merge(struct options *o)
{
	const struct ctlconf *conf = &o->conf;

	if (o->serverurl == NULL)
		o->serverurl = conf->serverurl;
	if (o->username == NULL)
		o->username = conf->username;
	if (o->password == NULL)
		o->password = conf->password;
	if (o->history_file == NULL)
		o->history_file = conf->history_file;
	o->prompt = conf->prompt;
}

int
options_read(struct options *o, int argc, char *const argv[],
    const char *executable, struct pool *pool, char **err)
{
	const char *path, *directory = options_directory(pool);

	memset(o, 0, sizeof(*o));
	ctlconf_init(&o->conf);
	if (options_command_line(o, argc, argv, err) == -1)
		return -1;
	if (o->help)
		return 0;
	path = o->configuration;
	if (path == NULL)
		path = options_search(executable, directory, pool);
	if (path != NULL &&
	    ctlconf_read(&o->conf, path, directory, environ, err) == -1)
		return -1;
	options_merge(o);
	if (o->nwords == 0)
		o->interactive = true;
	return 0;
}

void
options_free(struct options *o)
{
	ctlconf_free(&o->conf);
}

const char *
options_executable(const char *argv0, struct pool *pool)
{
	const char *path = getenv("PATH");
	char *rest, *dir, *candidate;

	if (strchr(argv0, '/') != NULL || path == NULL)
		return argv0;
	rest = pool_strdup(pool, path);
	while ((dir = strsep(&rest, ":")) != NULL) {
		candidate =
		    pool_printf(pool, "%s/%s", *dir == '\0' ? "." : dir, argv0);
		if (access(candidate, X_OK) == 0)
			return candidate;
	}
	return argv0;
}
