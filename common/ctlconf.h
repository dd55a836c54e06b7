/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [supervisorctl] (L-008 to L-014): the client's part of the file.
 */
#ifndef COMMON_CTLCONF_H
#define COMMON_CTLCONF_H

#include "common/confopt.h"

struct pool;

struct ctlconf {
	const char *serverurl; /* a unix:// path is absolute (L-012) */
	const char *username;  /* NULL = unset, as those below */
	const char *password;
	const char *tls_ca;
	const char *prompt;
	const char *history_file; /* absolute */
	bool graceful_by_default; /* B-101 */
	struct pool *pool;
};

/* The keys; rows as of any section, ended by one whose name is NULL. */
extern const struct confopt ctlconf_options[];

/* Sets the defaults, as without any file.  ctlconf_free() when done. */
void ctlconf_init(struct ctlconf *);
void ctlconf_free(struct ctlconf *);

/*
 * Reads a file's [supervisorctl] over the defaults.  `directory` is where the
 * client was started, `environ` its environment (for ENV_x).  [include] is not
 * followed.  Returns 0, or -1 with *err a new text: no such file (L-010), no
 * such section (L-009), what C-039 to C-067 say of grammar and expansions.
 */
int ctlconf_read(struct ctlconf *, const char *path, const char *directory,
    char *const *environ, char **err);

#endif
