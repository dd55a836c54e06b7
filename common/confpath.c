/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search for the configuration file.
 */
#include "common/confpath.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/errtext.h"

/* Tells how much of a path is its parent directory. */
static int
confpath_parent(const char *path, int n)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

/* Lists the places. */
void
confpath_places(const char *executable, char *places[CONFPATH_NPLACES])
{
	static const char *const fixed[] = {"supervisord.conf",
	    "etc/supervisord.conf", "/etc/supervisord.conf",
	    "/etc/supervisor/supervisord.conf"};
	static const char *const beside[] = {
	    "etc/supervisord.conf", "supervisord.conf"};
	int n = confpath_parent(executable, (int)strlen(executable));
	size_t i;

	n = confpath_parent(executable, n);
	memset(places, 0, CONFPATH_NPLACES * sizeof(*places));
	for (i = 0; i < 2; i++)
		errtext_set(&places[i], "%.*s%s%s", n, executable,
		    n > 0 && executable[n - 1] != '/' ? "/" : "", beside[i]);
	for (i = 0; i < 4; i++)
		errtext_set(&places[i + 2], "%s", fixed[i]);
}

/* Frees the places. */
void
confpath_free(char *places[CONFPATH_NPLACES])
{
	size_t i;

	for (i = 0; i < CONFPATH_NPLACES; i++)
		free(places[i]);
}

/* Tells whether a place exists. */
static int
confpath_exists(const char *place, const char *directory)
{
	char path[PATH_MAX];
	struct stat st;

	if (*place == '/')
		return stat(place, &st) == 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, place) >=
	    sizeof(path))
		return 0;
	return stat(path, &st) == 0;
}

/* Finds the first place that exists. */
char *
confpath_search(const char *executable, const char *directory)
{
	char *places[CONFPATH_NPLACES], *found = NULL;
	size_t i;

	confpath_places(executable, places);
	for (i = 0; i < CONFPATH_NPLACES && found == NULL; i++)
		if (confpath_exists(places[i], directory)) {
			found = places[i];
			places[i] = NULL;
		}
	confpath_free(places);
	return found;
}
