/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session of supervisorctl: the server it talks to, where it writes, what it
 * will exit with, and how a line becomes a command.
 *
 * A line is taken apart here and nowhere else, whether it was typed in the
 * shell or is made of the words of the command line, joined by blanks (L-016).
 */
#ifndef SUPERVISORCTL_CTL_H
#define SUPERVISORCTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "supervisorctl/client.h"

struct pool;
struct report;

enum ctl_exit {
	CTL_OK = 0,
	CTL_GENERIC = 1,
	CTL_INVALID_ARGS = 2,
	CTL_STATUS_NOT_RUNNING = 3, /* of `status` (L-035) */
	CTL_NO_NAMESPACE = 3,	    /* L-026 */
	CTL_STATUS_UNKNOWN = 4,	    /* of `status` (L-035) */
	CTL_REFUSED = 4,	    /* L-021 */
	CTL_VERSION = 5,	    /* L-025 */
	CTL_NOT_RUNNING = 7,	    /* L-022, L-029 */
};

struct ctl {
	struct client *client;
	FILE *out, *err;
	FILE *in;	       /* for questions */
	bool interactive;      /* may ask (L-005) */
	bool leaving;	       /* the shell is to end */
	bool unauthorized;     /* the last call was answered by 401 */
	bool graceful;	       /* restart and update are (B-101) */
	int status;	       /* to exit with */
	struct pool *pool;     /* memory of the command that runs */
	struct report *report; /* of --json, or NULL */
	bool colour;	       /* states may be coloured */
};

/* A command line's words; the pieces live as long as the command runs. */
struct ctl_words {
	char **v;
	size_t n;
};

enum ctl_flags {
	CTL_ASKS = 1 << 0,     /* see that the server answers first (L-023) */
	CTL_UNLISTED = 1 << 1, /* not in the list of `help` */
	CTL_OURS = 1 << 3,     /* not one of Supervisor's: a list of its own */
	CTL_PATTERNS = 1 << 2, /* names may have wildcards */
};

/* One command.  The table (commands.c) ends with a row without a name. */
struct ctl_command {
	const char *name;
	unsigned flags;
	void (*run)(struct ctl *, const struct ctl_command *, const char *arg,
	    const struct ctl_words *);
	const char *help; /* lines "synopsis TAB meaning" */
};
extern const struct ctl_command ctl_commands[];

/* Runs one line (L-017, L-019); sets ctl->status. */
void ctl_line(struct ctl *, const char *line);
/* Finds a command by its name, n characters long; NULL if there is none. */
const struct ctl_command *ctl_find(const char *name, size_t n);
/* Is there a word of that text among them? */
bool ctl_has_word(const struct ctl_words *, const char *text);

/* Takes a word out of a copy of them; was it there? */
bool ctl_take_flag(struct ctl *, struct ctl_words *, const char *flag);

/* Prints "Error: " and a text, then the command's help; sets the status. */
void ctl_usage(struct ctl *, const struct ctl_command *, enum ctl_exit,
    const char *fmt, ...) __attribute__((__format__(__printf__, 4, 5)));
/* Refuses an argument that is not empty: "Error: X accepts no arguments". */
bool ctl_no_arguments(
    struct ctl *, const struct ctl_command *, const char *arg);
/* Writes the help of a command. */
void ctl_help(struct ctl *, const struct ctl_command *);

/* Prints what an answer that nobody expected says: "error: ..." (L-028),
 * "Server requires authentication" (L-027).  Status 1. */
void ctl_unexpected(struct ctl *, const struct client_reply *);
/* Does the server answer, and is it one we can talk to (L-021 ... L-026)? */
bool ctl_check_server(struct ctl *);
/* Asks a yes-or-no question if that is allowed, else true (L-068). */
bool ctl_confirm(struct ctl *, const char *question);
/* A fault decides the exit status; `ignored` is as good as success (L-029). */
void ctl_fault_status(struct ctl *, int code, int ignored);

/*
 * Splits "group:process".  *process is NULL for a whole group ("g:", "g:*");
 * both are the name itself when there is no colon.  Pieces are of the pool.
 */
void ctl_split(
    struct ctl *, const char *name, const char **group, const char **process);
/* The other way; of the pool. */
const char *ctl_join(struct ctl *, const char *group, const char *process);

/* A name as it stands in the path of a URL; of the pool. */
const char *ctl_escape(struct ctl *, const char *name);

#endif
