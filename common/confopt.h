/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration keys as rows of a table: what a key is called, where it may
 * stand, its type and default, where its value is stored, what a change of it
 * needs, and the line that documents it.  Parser, reread's diff,
 * getAllConfigInfo, the sample file and the manual are driven by the rows.
 *
 * A new key is a row here and a member in the structure it is stored in.
 */
#ifndef COMMON_CONFOPT_H
#define COMMON_CONFOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

/* Types, each with the C type that is stored (datatypes.h has the grammar). */
enum confopt_type {
	CONFOPT_STRING,	     /* const char * (NULL = unset) */
	CONFOPT_INTEGER,     /* int64_t */
	CONFOPT_BOOLEAN,     /* bool */
	CONFOPT_BYTES,	     /* int64_t, bytes */
	CONFOPT_OCTAL,	     /* int, -1 = unset */
	CONFOPT_LEVEL,	     /* int, 50 critical .. 3 blather */
	CONFOPT_SIGNAL,	     /* int, signal number */
	CONFOPT_EXITCODES,   /* struct confopt_ints */
	CONFOPT_AUTORESTART, /* enum confopt_autorestart */
	CONFOPT_LIST,	     /* struct confopt_list, comma separated */
	CONFOPT_ENVIRONMENT, /* struct confopt_list of KEY=VALUE */
	CONFOPT_DIRPATH,     /* const char *; its directory must exist */
	CONFOPT_DIRECTORY,   /* const char *; must be a directory */
	CONFOPT_LOGFILE,     /* struct confopt_logfile */
	CONFOPT_USER,	     /* struct confopt_user */
	CONFOPT_URL,	     /* const char * */
	CONFOPT_CHOICE,	     /* int, place of the word in `choices` */
	CONFOPT_CUSTOM,	     /* read by the section's code, not by the row */
};

enum confopt_autorestart {
	CONFOPT_AUTORESTART_FALSE,
	CONFOPT_AUTORESTART_TRUE,
	CONFOPT_AUTORESTART_UNEXPECTED,
};

struct confopt_ints {
	const int *v;
	size_t n;
};

/* v is NULL-terminated, so an environment list can be given to execve(). */
struct confopt_list {
	const char *const *v;
	size_t n;
};

enum confopt_logkind {
	CONFOPT_LOG_NONE,
	CONFOPT_LOG_AUTO,   /* a name is made when the group is added (C-235) */
	CONFOPT_LOG_FILE,   /* path, as written: may be relative (C-219) */
	CONFOPT_LOG_SYSLOG, /* the deprecated value "syslog"; a loaded process
			       never has it: it has NONE and syslog=true */
};

struct confopt_logfile {
	enum confopt_logkind kind;
	const char *path; /* CONFOPT_LOG_FILE only, else NULL */
};

struct confopt_user {
	const char *name; /* as written; NULL = unset */
	int64_t uid;	  /* -1 = unset */
	int64_t gid;	  /* primary group of uid; -1 = unset */
};

/* What has to happen for a changed value to take effect. */
enum confopt_change {
	CONFOPT_CHANGE_NOTHING, /* shown only; or read anew at the next start */
	CONFOPT_CHANGE_LIVE,	/* can be given to a running process's entry */
	CONFOPT_CHANGE_RESTART, /* the process has to be started again */
	CONFOPT_CHANGE_DAEMON,	/* supervisord itself has to be restarted */
};

/* Which names %(name)s may use (C-072 to C-081). */
enum confopt_names {
	CONFOPT_NAMES_NONE,    /* not expanded */
	CONFOPT_NAMES_ENV,     /* ENV_x */
	CONFOPT_NAMES_HERE,    /* here, ENV_x */
	CONFOPT_NAMES_HOST,    /* here, host_node_name, ENV_x */
	CONFOPT_NAMES_SECTION, /* the above, program_name, group_name */
	CONFOPT_NAMES_PROCESS, /* the above, process_num, numprocs, own ENV_x */
};

/* One key.  A table of them ends with a row whose name is NULL. */
struct confopt {
	const char *name;
	unsigned sections; /* mask, the meaning is the table's */
	enum confopt_type type;
	const char *def; /* default as text; NULL = unset */
	size_t offset;	 /* of the member in the section's structure */
	enum confopt_names names;
	enum confopt_change change;
	const char *info;   /* its name in getAllConfigInfo; NULL = absent */
	char flag;	    /* short command line option; 0 = none */
	const char *sample; /* value in the sample file if not the default; a
			       leading "!" = there not commented out */
	const char *doc;    /* one line */
	/* CONFOPT_CHOICE: the words, in any case, ended by NULL. */
	const char *const *choices;
};

/* A value of any type, for code that walks a table. */
struct confopt_value {
	enum confopt_type type;
	bool is_set;	    /* false: unset string, octal, user */
	bool boolean;	    /* BOOLEAN */
	int64_t integer;    /* INTEGER BYTES OCTAL LEVEL SIGNAL AUTORESTART USER
			       CHOICE */
	const char *string; /* STRING DIRPATH DIRECTORY URL; LOGFILE: path,
			       "none" or "auto"; USER: name; CHOICE: word */
	struct confopt_ints ints;
	struct confopt_list list;
};

/* The row of that name for one of those sections, or NULL. */
const struct confopt *confopt_find(
    const struct confopt *table, unsigned sections, const char *name);

/*
 * Converts text by the row's type and stores it in the structure at base (all
 * pieces in the pool).  text NULL stores "unset".  Returns 0, or -1 with *err a
 * new text, the data type's message (C-096 to C-114).  Not for CONFOPT_CUSTOM.
 */
int confopt_set(const struct confopt *, void *base, const char *text,
    struct pool *, char **err);

/* Reads a stored value; pointers are borrowed from the structure. */
void confopt_get(
    const struct confopt *, const void *base, struct confopt_value *);

/* True when both structures have the same value; environments are compared
 * without regard to order, AUTO equals AUTO only. */
bool confopt_equal(const struct confopt *, const void *a, const void *b);

#endif
