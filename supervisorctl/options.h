/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What supervisorctl is told: its command line (L-001 to L-007) with the
 * [supervisorctl] section of the file laid under it (L-008 to L-014).
 */
#ifndef SUPERVISORCTL_OPTIONS_H
#define SUPERVISORCTL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "common/ctlconf.h"

struct pool;

struct options {
	bool help;
	bool interactive;
	bool json;		   /* --json */
	long timeout;		   /* --timeout; 0 = none */
	bool candidates;	   /* --words */
	const char *configuration; /* -c, or NULL: search */
	const char *serverurl;	   /* as it is shown and used */
	const char *username;	   /* NULL: none */
	const char *password;
	const char *prompt;
	const char *history_file; /* NULL: none */
	struct ctlconf conf;	  /* the file's, or the defaults */
	char *const *words;	  /* the action, borrowed from argv */
	int nwords;
};

/*
 * Reads the command line and, unless help was asked for, the file.  Strings are
 * of the pool, of argv or of the structure.  `executable` is the path of the
 * program (L-008). Returns 0, or -1 with *err a new text, the message of the
 * usage error.  In both cases options_free() is due.
 */
int options_read(struct options *, int argc, char *const argv[],
    const char *executable, struct pool *, char **err);
void options_free(struct options *);
/* Writes the help text. */
void options_usage(FILE *, const char *program);
/*
 * The path of the running program, for messages and for the search: argv[0] if
 * it has a slash, else where it is found on the PATH, else argv[0].
 */
const char *options_executable(const char *argv0, struct pool *);

#endif
