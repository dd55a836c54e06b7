/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [supervisord], and the command line laid over it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/datatypes.h"
#include "common/pool.h"
#include "supervisord/config/cmdline.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

/* Finds what the command line says of a key. */
static const char *
supervisord_override(const struct loader *l, const struct confopt *o)
{
	const struct config_cmdline *cmdline = l->source->cmdline;
	size_t i;

	for (i = 0; cmdline != NULL && i < cmdline->noverrides; i++)
		if (cmdline->overrides[i].option == o)
			return cmdline->overrides[i].text;
	return NULL;
}

/* Reads the keys; a user of the command line hides the file's (C-015). */
static void
supervisord_read_rows(struct loader *l, const struct ini_section *s)
{
	struct config_supervisord *d = &l->config->supervisord;
	const struct confopt *o;
	const char *text;

	for (o = config_options; o->name != NULL; o++) {
		if ((o->sections & CONFIG_IN_SUPERVISORD) == 0 ||
		    o->names != CONFOPT_NAMES_HERE)
			continue;
		text = supervisord_override(l, o);
		if ((text == NULL || o->type != CONFOPT_USER) &&
		    loader_row(l, s, o, &l->here, d) == -1) {
			loader_fault(l, s, LOADER_SECTION);
			(void)confopt_set(o, d, o->def, l->pool, NULL);
		}
		if (text == NULL)
			continue;
		l->at = NULL;
		if (loader_set(l, o, d, text) == -1)
			loader_fault(l, NULL, LOADER_AS_IS);
	}
}

/* Tells the first usable directory for temporary files (C-130). */
static const char *
supervisord_tmpdir(struct loader *l)
{
	const char *places[] = {getenv("TMPDIR"), getenv("TEMP"), getenv("TMP"),
	    "/tmp", "/var/tmp", "/usr/tmp"};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i] != NULL && *places[i] != '\0' &&
		    stat(places[i], &st) == 0 && S_ISDIR(st.st_mode) &&
		    access(places[i], W_OK | X_OK) == 0)
			return datatype_abspath(
			    places[i], l->source->directory, l->pool);
	return l->source->directory;
}

/* Makes paths absolute and fills in what has no constant default. */
static void
supervisord_finish(struct loader *l)
{
	struct config_supervisord *d = &l->config->supervisord;
	const char *cwd = l->source->directory;

	d->logfile_syslog = strcmp(d->logfile, "syslog") == 0;
	d->logfile = d->logfile_syslog
	    ? NULL
	    : datatype_abspath(d->logfile, cwd, l->pool);
	d->pidfile = datatype_abspath(d->pidfile, cwd, l->pool);
	if (d->childlogdir == NULL)
		d->childlogdir = supervisord_tmpdir(l);
}

/* Reads [supervisord]. */
void
supervisord_read(struct loader *l, const struct ini_section *s)
{
	struct config_supervisord *d = &l->config->supervisord;

	loader_extras(l, s, CONFIG_IN_SUPERVISORD, true, &d->extras);
	(void)loader_rows(
	    l, s, CONFIG_IN_SUPERVISORD, CONFOPT_NAMES_HOST, &l->host, d);
	supervisord_read_rows(l, s);
	supervisord_finish(l);
	/* From here on its variables are among the names ENV_x (C-070). */
	l->env.environment = d->environment.v;
}
