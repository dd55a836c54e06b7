/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the readers of the sections share while one configuration is loaded.
 * Private to this directory.
 *
 * A reader that meets a fault puts its text into loader->fault (and the key it
 * was about into loader->at), and returns -1 up to the function that read the
 * section, which hands it to loader_fault().  Loading goes on with the next
 * key and the next section, so that all faults of a file are known; the first
 * is the result.
 */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "common/confopt.h"
#include "common/expand.h"
#include "common/ini.h"

struct config;
struct config_extras;
struct config_fcgi_socket;
struct config_group;
struct config_message;
struct config_process;
struct config_reload;
struct config_server;
struct config_source;

/* More processes than this in one section are a mistake. */
#define LOADER_MAX_NUMPROCS 100000

struct loader_messages {
	struct config_message *v;
	size_t n;
};

struct loader {
	const struct config_source *source;
	struct config *config;
	struct pool *pool;
	struct ini ini;
	struct expand_scope os;	  /* the process's environment */
	struct expand_scope env;  /* [supervisord] environment over it */
	struct expand_scope here; /* here */
	struct expand_scope host; /* host_node_name */
	struct expand_name here_name, host_name;

	char *fault;		     /* text of the fault at hand */
	const struct ini_option *at; /* key it is about, or NULL */
	const char *hint;	     /* how to write its value, or NULL */
	unsigned column;	     /* of the fault in its line, or 0 */
	char *first;		     /* text of the first fault of all */

	struct loader_messages criticals, warnings, infos;
	struct config_group **groups;
	size_t ngroups;
};

/* Sets the fault; -1 always. */
#define loader_fail(l, ...) errtext_set(&(l)->fault, __VA_ARGS__)

/* How a fault's text is finished. */
enum loader_suffix {
	LOADER_AS_IS,  /* it names its section itself */
	LOADER_SECTION /* add " in section 'x' (file: 'y')" (C-093, C-137) */
};

/* Records the fault at hand as one of that section (NULL: none), if there is
 * one that is not recorded yet; -1 always. */
int loader_fault(
    struct loader *, const struct ini_section *, enum loader_suffix);

/* Adds a message of level 50, 30 or 20. */
void loader_message(struct loader *, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A key's text, expanded with the scope; NULL when neither the section nor the
 * row has one.  Names of messages are SECTION.KEY;  `where` overrides that.
 * A section with `interpolate = false` has its texts taken as they are.
 */
int loader_text(struct loader *, const struct ini_section *,
    const struct confopt *, const struct expand_scope *, const char *where,
    const char **text);

/* Reads one key into its member of the structure at base. */
int loader_row(struct loader *, const struct ini_section *,
    const struct confopt *, const struct expand_scope *, void *base);

/* Stores a text as a key's value, as confopt_set() does.  Of what was read
 * before it is not asked whether it is there still. */
int loader_set(
    struct loader *, const struct confopt *, void *base, const char *text);

/* Reads all keys of a mask whose names are of that kind, but not CUSTOM.
 * Records the fault of each key, which has its default then; -1 if there was
 * one. */
int loader_rows(struct loader *, const struct ini_section *, unsigned mask,
    enum confopt_names, const struct expand_scope *, void *base);

/* Collects keys without a row, with a warning for each if `warn`. */
void loader_extras(struct loader *, const struct ini_section *, unsigned mask,
    bool warn, struct config_extras *out);

/* The row of a key that must be in the table. */
const struct confopt *loader_option(unsigned mask, const char *name);

/* Readers.  Each records its own faults. */
void supervisord_read(struct loader *, const struct ini_section *);
void server_read_all(struct loader *);
void rpcinterface_read_all(struct loader *);
void http_user_read_all(struct loader *);
void socket_read_all(struct loader *);
/* Finds the sockets that a program names; -1 with the fault set. */
int socket_settle(
    struct loader *, const struct ini_section *, struct config_process *);
void group_read_all(struct loader *);

/*
 * Reads the processes of a program section as members of a group and adds them
 * to the growing vector *v of *n.  Returns 0, or -1 with the fault recorded.
 */
int program_read(struct loader *, const struct ini_section *,
    const char *group_name, struct config_process ***v, size_t *n);

/* Reads whom a server lets in; -1 with the fault recorded. */
int access_read(
    struct loader *, const struct ini_section *, struct config_server *);

/* Reads readiness and healthcheck of a process; -1 with the fault set. */
int probes_read(
    struct loader *, const struct ini_section *, struct config_process *);

/* Reads the needs of a program from its depends_on; -1 with the fault set. */
int depends_read(struct loader *, struct config_process *);
/* Checks those of all programs, when all are there. */
void depends_check(struct loader *);

/* Translates the words of how a process is reloaded and checks that it has what
 * its mode needs.  -1 with the fault set. */
int reload_settle(
    struct loader *, const struct ini_section *, struct config_reload *);

/* Reads the socket of [fcgi-program:x]; -1 with the fault recorded. */
struct config_fcgi_socket *fcgi_read(
    struct loader *, const struct ini_section *, const char *program_name);

#endif
