/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the configuration file is looked for when no -c names it (C-032,
 * L-008).
 */
#ifndef COMMON_CONFPATH_H
#define COMMON_CONFPATH_H

#define CONFPATH_NPLACES 6

/*
 * Fills in the places in search order, texts to be freed by confpath_free():
 * two beside the directory of `executable` (path of the running program, e.g.
 * "/usr/bin/supervisord"), two below the working directory, two in /etc.
 */
void confpath_places(const char *executable, char *places[CONFPATH_NPLACES]);
void confpath_free(char *places[CONFPATH_NPLACES]);

/* The first place that exists, relative ones taken from `directory`: a new
 * text, the place as listed; NULL when there is none. */
char *confpath_search(const char *executable, const char *directory);

#endif
