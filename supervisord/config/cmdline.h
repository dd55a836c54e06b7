/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord's command line (C-001 to C-031) and where its file is looked for
 * (C-032 to C-036).
 */
#ifndef CONFIG_CMDLINE_H
#define CONFIG_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/confopt.h"

struct pool;

/* An option of the table that was given, with its text ("true" for a flag). */
struct config_override {
	const struct confopt *option;
	const char *text;
};

struct config_cmdline {
	bool help;		   /* -h was given before -v */
	bool version;		   /* -v was given before -h */
	bool test_config;	   /* --test-config: check and exit */
	const char *check_state;   /* --check-state; NULL = not given */
	const char *configuration; /* -c, as given; NULL = search */
	struct config_override *overrides;
	size_t noverrides;
	struct pool *pool;
};

/*
 * Parses argv[1] .. argv[argc-1].  Returns 0 (config_cmdline_free() when done),
 * or -1 with *err a new text, the message of the usage error.
 */
int config_cmdline_parse(
    struct config_cmdline *, int argc, char *const argv[], char **err);
void config_cmdline_free(struct config_cmdline *);

/* Writes the help text (C-031). */
void config_cmdline_usage(FILE *, const char *progname);

/*
 * The file to read: -c, or the first that exists of the default places,
 * `executable` being the path of the running program (C-009).  Returns a new
 * text, the path as it was given or listed: it goes to config_load(), which
 * makes it absolute and says so if it is not there (C-035, C-036).  NULL with
 * *err when there is none (C-033).
 */
char *config_find(const struct config_cmdline *, const char *executable,
    const char *directory, char **err);

/* The warning for root without -c (C-034). */
extern const char config_root_search_warning[];

#endif
