/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of one generation, read completely, checked, expanded and
 * never changed afterwards.
 *
 * config_load() reads the file, what it includes and the command line into one
 * struct config.  A reread makes another one beside it (generation + 1); the
 * running groups go on with the structures they were made from, so a struct
 * config is reference counted: who keeps a pointer into it holds a reference.
 *
 * Members that stand for a key have the key's name; the table of keys is
 * option.h.  Times are whole seconds as in the file, sizes are bytes.  All
 * strings are borrowed from the configuration.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/confopt.h"
#include "supervisord/config/role.h"

struct config_cmdline;
struct pool;

/* A key that has no row in the table: kept as written, never expanded. */
struct config_extra {
	const char *name; /* lower case */
	const char *value;
	const char *file;
	unsigned line;
};

struct config_extras {
	const struct config_extra *v;
	size_t n;
};

/* A section that nothing here knows, for what is built on top of it. */
struct config_section {
	const char *name;
	const char *file; /* that introduced it (C-094) */
	unsigned line;
	struct config_extras extras; /* all its keys */
};

/* What the reader has to say; to be logged once the log is open, in the order
 * criticals, warnings, infos (C-227), which is the order they are kept in. */
enum config_message_kind {
	CONFIG_MESSAGE_PLAIN,
	CONFIG_MESSAGE_UNKNOWN_KEY, /* text names section, key, file, line */
};

struct config_message {
	int level; /* 50 critical, 30 warning, 20 info */
	enum config_message_kind kind;
	const char *text;
};

/* Which of a process's two output channels. */
enum config_channel_id { CONFIG_STDOUT, CONFIG_STDERR, CONFIG_NCHANNELS };

/* The keys stdout_NAME or stderr_NAME. */
struct config_channel {
	struct confopt_logfile logfile; /* NONE, AUTO or FILE */
	int64_t logfile_maxbytes;       /* <= 0: never rotated */
	int64_t logfile_backups;
	int64_t capture_maxbytes; /* 0: no capture mode */
	bool events_enabled;
	bool syslog;
};

enum config_process_kind {
	CONFIG_PROGRAM,
	CONFIG_EVENTLISTENER,
	CONFIG_FCGI_PROGRAM,
};

/* How a process takes up new code (B-101). */
enum config_reload_mode {
	CONFIG_RELOAD_RESTART,
	CONFIG_RELOAD_SIGNAL,
	CONFIG_RELOAD_LOCKFILE,
	CONFIG_RELOAD_DRAIN,
};

enum config_reload_expect {
	CONFIG_EXPECT_NOTHING,
	CONFIG_EXPECT_STAY,
	CONFIG_EXPECT_EXIT,
};

/* The keys reload_NAME, drain_NAME, on_drain_timeout (B-101 to B-107). */
struct config_reload {
	const char *mode_name; /* as written, and the two below */
	const char *expect_name;
	const char *on_timeout_name;
	enum config_reload_mode mode;
	enum config_reload_expect expect;
	bool stop_on_timeout;
	int signal;
	int drain_signal; /* 0: none */
	const char *lockfile; /* absolute; NULL: none */
	int64_t drain_timeout; /* 0: for ever */
};

/* The shared socket of a [fcgi-program:x] (C-204 to C-209). */
struct config_fcgi_socket {
	const char *url;  /* "unix:///p" or "tcp://host:port" */
	bool is_unix;
	const char *path; /* unix */
	const char *host; /* tcp */
	int port;
	int64_t owner_uid, owner_gid; /* -1: unchanged */
	int socket_mode;
	int64_t socket_backlog; /* 0: SOMAXCONN */
};

/* How it is found out that a program is ready, or healthy (B-402, B-403). */
enum config_probe_kind {
	CONFIG_PROBE_NONE,   /* readiness: by startsecs */
	CONFIG_PROBE_NOTIFY, /* it says so on NOTIFY_SOCKET */
	CONFIG_PROBE_FD,     /* it writes a line to a descriptor */
	CONFIG_PROBE_TCP,    /* it accepts a connection */
	CONFIG_PROBE_UNIX,   /* ... on a socket with a path */
	CONFIG_PROBE_HTTP,   /* it answers with a status below 400 */
	CONFIG_PROBE_EXEC,   /* a command has exit status 0 */
};

#define CONFIG_PROBE_PATH_MAX 100 /* of UNIX */

struct config_probe {
	enum config_probe_kind kind;
	const char *text;	 /* as written */
	int fd;			 /* FD */
	const char *host, *port; /* TCP, HTTP: a number each */
	const char *path;	 /* UNIX, HTTP */
	const char *command;	 /* EXEC: for sh -c */
};

/* What a program depends on (B-302). */
struct config_need {
	const char *name; /* of the program */
	int condition;    /* enum plan_condition */
};

/* One process: one member of a section's numprocs. */
struct config_process {
	enum config_process_kind kind;
	const char *name;         /* process_name, expanded */
	const char *group_name;   /* of the group it belongs to (C-082) */
	const char *program_name; /* x of [program:x] */
	const char *section;      /* "program:x" */
	const char *file;         /* of the section (C-094) */
	unsigned line;
	int64_t process_num;

	const char *command; /* as words only at the start (C-118) */
	const char *process_name; /* as written */
	int64_t numprocs;
	int64_t numprocs_start;
	int64_t priority;
	bool autostart;
	enum confopt_autorestart autorestart;
	int64_t startsecs;
	int64_t startretries;
	int stopsignal;
	int64_t stopwaitsecs;
	bool stopasgroup;
	bool killasgroup;
	struct confopt_ints exitcodes;
	bool redirect_stderr;
	struct config_channel channel[CONFIG_NCHANNELS];
	/* [supervisord] environment with the program's own laid over it, in
	 * order of first appearance (C-134, C-179) */
	struct confopt_list environment;
	const char *serverurl; /* NULL: computed (C-180) */
	struct confopt_user user;
	int umask;             /* -1: inherited */
	const char *directory; /* NULL: unchanged */
	bool startinorder;     /* PROGRAM */
	const char *startnextafter; /* a state's name, any case (O-002) */
	struct confopt_list depends_on;  /* as written */
	const struct config_need *needs; /* the same, read */
	size_t nneeds;
	int dependents; /* enum plan_dependents */
	struct confopt_list sockets; /* names of [socket:x] */
	const struct config_listener *const *listeners; /* the same, found */
	struct config_reload reload;
	const char *previous_command; /* of a roll-back; NULL: none */
	const char *readiness; /* as written */
	struct config_probe ready;
	int64_t ready_timeout;	 /* 0: for ever */
	const char *healthcheck; /* as written; NULL: none */
	struct config_probe check;
	int64_t healthcheck_interval, healthcheck_timeout, healthcheck_retries,
	    healthcheck_start_period;
	const char *healthcheck_action; /* as written */
	int healthcheck_signal;		/* 0: restart, -1: none */

	struct config_fcgi_socket *socket; /* FCGI_PROGRAM, else NULL; shared
	                                      by the processes of a section */
	struct config_extras extras;
};

enum config_group_kind {
	CONFIG_GROUP_PROGRAM,       /* the processes of one [program:x] */
	CONFIG_GROUP_GROUP,         /* [group:x] */
	CONFIG_GROUP_EVENTLISTENER, /* a pool */
	CONFIG_GROUP_FCGI_PROGRAM,
};

/* What starts, stops and is reread together. */
struct config_group {
	enum config_group_kind kind;
	const char *name;
	const char *section;
	const char *file;
	unsigned line;
	int64_t priority;
	/* In order of boot: by (priority, name) within a section, sections of a
	 * [group:x] in order of `programs` (C-192, P-075). */
	struct config_process *const *processes;
	size_t nprocesses;
	struct confopt_list programs; /* [group:x] as written */
	int64_t min_running; /* in a rolling restart (B-204) */

	/* [eventlistener:x] */
	int64_t buffer_size;
	int64_t listener_timeout; /* seconds; 0 = never */
	struct confopt_list events; /* type names, upper case */
	uint64_t event_mask;        /* event_type_mask() of all of them */
	const char *result_handler;

	struct config_fcgi_socket *socket; /* [fcgi-program:x] */
	struct config_extras extras; /* of a [group:x]; others: the process's */
};

/* Somebody on this host, by uid or gid, and what he may do. */
struct config_peer {
	int64_t id;
	enum role role;
};
struct config_peers {
	const struct config_peer *v;
	size_t n;
};

/* [inet_http_server*] and [unix_http_server*], in the order they are opened. */
struct config_server {
	const char *section; /* "inet_http_server", "unix_http_server:two" */
	const char *name;    /* after the colon, or NULL */
	const char *file_name; /* of the configuration */
	unsigned line;
	bool is_unix;
	const char *host; /* inet: lower case, "" = all interfaces (C-111) */
	int port;
	const char *file; /* unix: absolute, normalised (C-142) */
	int chmod;
	struct confopt_user chown; /* uid, gid -1: unchanged (C-144) */
	const char *username;      /* NULL: no authentication */
	const char *password;
	enum role role; /* of who is not told apart further */
	const char *tls_certificate, *tls_key; /* inet; NULL: no TLS */
	bool allow_anonymous;		   /* inet: also on a network */
	struct config_peers allow_users;   /* unix: none = whoever may open */
	struct config_peers allow_groups;
	struct confopt_list allowed_hosts; /* further names browsers may use */
	struct config_extras extras;
};

/* [socket:x]: a listening socket that programs are given (B-401). */
struct config_listener {
	const char *name;
	const char *section;
	const char *file; /* of the section */
	unsigned line;
	const char *listen; /* "tcp://HOST:PORT", "unix:///PATH" */
	int64_t backlog;    /* 0: SOMAXCONN */
	int mode;           /* unix */
	struct confopt_user owner; /* unix; uid, gid -1: unchanged */
	bool reuseport;
	struct config_extras extras;
};

/* [http_user:x]: a name and password beside those of the servers. */
struct config_http_user {
	const char *name;
	const char *section;
	const char *file;
	unsigned line;
	const char *password;
	enum role role;
	struct config_extras extras;
};

/* [rpcinterface:x].  Keys other than the factory are extras (C-158). */
struct config_rpcinterface {
	const char *name;
	const char *section;
	const char *file;
	unsigned line;
	const char *factory;
	struct config_extras extras;
};

/* [supervisord], with the command line laid over it (C-030). */
struct config_supervisord {
	const char *logfile; /* absolute; NULL when it goes to syslog (C-119) */
	bool logfile_syslog;
	int64_t logfile_maxbytes;
	int64_t logfile_backups;
	int loglevel;
	const char *pidfile; /* absolute */
	int umask;
	bool nodaemon;
	bool silent;
	int64_t minfds;
	int64_t minprocs;
	bool nocleanup;
	const char *childlogdir;
	struct confopt_user user;
	const char *directory; /* NULL: none */
	bool strip_ansi;
	int64_t engine_timeout; /* 0: not watched */
	struct confopt_list environment;
	const char *identifier;
	bool startinorder_force;
	bool ordered_startup;
	int64_t shutdown_timeout; /* 0: for ever */
	int64_t startorder_timeout; /* 0: for ever */
	int on_dependency_failure;  /* enum plan_failure */
	struct config_extras extras;
};

/* A file as it was read. */
struct config_text {
	const char *file; /* its name, as it was given or found */
	const char *text; /* a NUL behind it */
	size_t len;
};

struct config {
	uint64_t generation;
	const char *configuration; /* absolute path of the file (C-038) */
	const char *here;          /* its directory (C-037) */
	struct config_supervisord supervisord;

	/* By (priority, name); names are unique (C-195, C-196). */
	struct config_group *const *groups;
	size_t ngroups;
	struct config_server *const *servers;
	size_t nservers;
	struct config_listener *const *listeners; /* [socket:x] */
	size_t nlisteners;
	struct config_http_user *const *http_users;
	size_t nhttp_users;
	struct config_rpcinterface *const *rpcinterfaces;
	size_t nrpcinterfaces;
	/* Sections of no known kind, and the known ones read elsewhere
	 * (supervisorctl, ctlplugin:x), in file order. */
	const struct config_section *sections;
	size_t nsections;

	const struct config_message *messages;
	size_t nmessages;
	/* Every file that was read, the main one first. */
	struct confopt_list files;
	/* What it was made from: with the same command line, directory and
	 * environment these give the same configuration again. */
	const struct config_text *texts; /* of the files, in the same order */
	size_t ntexts;
	const char *host_node_name;

	struct pool *pool;
	unsigned references;
};

/* One fault.  `text` is what the user gets to see; the place is known apart
 * from it (line 0, key NULL: unknown). */
struct config_error {
	const char *text;
	const char *file;
	const char *section;
	const char *key;
	unsigned line;
	unsigned column;  /* of a % that cannot be expanded; 0 = unknown */
	const char *hint; /* how to write such a value; NULL = none */
};

struct config_errors {
	struct config_error *v;
	size_t n;
	struct pool *pool;
};

/* What config_load() reads from. */
struct config_source {
	const struct config_cmdline *cmdline; /* or NULL */
	const char *configuration; /* path; made absolute against directory */
	const char *directory;     /* where supervisord was started */
	char *const *environ;      /* supervisord's environment at its start */
	uint64_t generation;       /* of the result */
	struct config_errors *errors; /* all faults, not only the first; free
	                                 with config_errors_free(); or NULL */
	/* Read these instead of files, and do not ask whether directories are
	 * there: what an earlier configuration was made from.  NULL: files. */
	const struct config_text *texts;
	size_t ntexts;
	const char *host_node_name;
};

/*
 * Reads a configuration.  Touches nothing but *out and *err.  Returns 0 with
 * *out owned by the caller (one reference), or -1 with *err a new text (to be
 * freed): the fault as it goes after "Error: " (C-035 to C-210).
 */
int config_load(
    const struct config_source *, struct config **out, char **err);

/* Takes and drops a reference; the last one frees.  _unref accepts NULL. */
struct config *config_ref(struct config *);
void config_unref(struct config *);

void config_errors_free(struct config_errors *);

/* The socket of that name, or NULL. */
const struct config_listener *config_listener_find(
    const struct config *, const char *);

/* The group of that name, or NULL. */
struct config_group *config_group_find(const struct config *, const char *);

/* SUPERVISOR_SERVER_URL of children without serverurl= (C-153): a new text to
 * be freed, or NULL when no server is configured. */
char *config_server_url(const struct config *);

/* Does a server ask for name and password? */
bool config_server_has_password(
    const struct config *, const struct config_server *);
/* Does nobody who is not on this host reach it? */
bool config_server_is_local(const struct config_server *);
/*
 * May the servers be opened?  0, or -1 with *err a new text: one lets anybody
 * on the network in, and allow_anonymous does not say that this is meant.
 */
int config_check_access(const struct config *, char **err);

/* The value of a key without a row, or NULL. */
const char *config_extra(const struct config_extras *, const char *name);

#endif
