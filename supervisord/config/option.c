/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of keys.  Rows of a section stand in the order in which they are
 * read, which decides which of several faults is reported first.
 */
#include "supervisord/config/option.h"

#include "supervisord/config/config.h"

#define IN_S CONFIG_IN_SUPERVISORD
#define IN_P CONFIG_IN_ANY_PROGRAM
#define IN_H (CONFIG_IN_INET | CONFIG_IN_UNIX)

#define AT_S(member)   offsetof(struct config_supervisord, member)
#define AT_P(member)   offsetof(struct config_process, member)
#define AT_G(member)   offsetof(struct config_group, member)
#define AT_F(member)   offsetof(struct config_fcgi_socket, member)
#define AT_H(member)   offsetof(struct config_server, member)
#define AT_R(member)   offsetof(struct config_rpcinterface, member)
#define AT_OUT(member) AT_P(channel[CONFIG_STDOUT].member)
#define AT_ERR(member) AT_P(channel[CONFIG_STDERR].member)

/* A key of [supervisord]: read by its type, needs a restart of supervisord. */
#define SUPERVISORD(key, kind, value, letter, text)                            \
	.name = key, .sections = IN_S, .type = CONFOPT_##kind, .def = value,   \
	.names = CONFOPT_NAMES_HERE, .change = CONFOPT_CHANGE_DAEMON,          \
	.flag = letter, .doc = text

/* A key of every kind of program, read once for a section or per process. */
#define PROGRAM(key, kind, value, need, text)                                  \
	.name = key, .sections = IN_P, .type = CONFOPT_##kind, .def = value,   \
	.names = CONFOPT_NAMES_SECTION, .change = CONFOPT_CHANGE_##need,       \
	.doc = text
#define PROCESS(key, kind, value, need, text)                                  \
	.name = key, .sections = IN_P, .type = CONFOPT_##kind, .def = value,   \
	.names = CONFOPT_NAMES_PROCESS, .change = CONFOPT_CHANGE_##need,       \
	.doc = text

/* A key of another section. */
#define OTHER(where, key, kind, value, who, need, text)                        \
	.name = key, .sections = where, .type = CONFOPT_##kind, .def = value,  \
	.names = CONFOPT_NAMES_##who, .change = CONFOPT_CHANGE_##need,         \
	.doc = text

/* The words of choices, in the order of the enumerations they stand for. */
static const char *const option_failure[] = {"hold", "fail", "start", NULL};
static const char *const option_dependents[] = {
    "leave", "restart", "graceful", NULL};

/* clang-format off */
const struct confopt config_options[] = {
	/* [supervisord]; `environment` is read before all others. */
	{ SUPERVISORD("minfds", INTEGER, "1024", 'a',
	    "file descriptors that must be available to start"),
	    .offset = AT_S(minfds), .sample = "!1024" },
	{ SUPERVISORD("minprocs", INTEGER, "200", 0,
	    "processes that must be available to start"),
	    .offset = AT_S(minprocs), .sample = "!200" },
	{ SUPERVISORD("directory", DIRECTORY, NULL, 'd',
	    "directory to change to when daemonizing"),
	    .offset = AT_S(directory), .sample = "/tmp" },
	{ SUPERVISORD("umask", OCTAL, "022", 'm',
	    "umask of the daemon, as an octal number"),
	    .offset = AT_S(umask) },
	{ SUPERVISORD("logfile", DIRPATH, "supervisord.log", 'l',
	    "main log file; \"syslog\" sends the log to syslog"),
	    .offset = AT_S(logfile), .sample = "!/tmp/supervisord.log" },
	{ SUPERVISORD("logfile_maxbytes", BYTES, "50MB", 'y',
	    "size at which the main log is rotated, 0 = never"),
	    .offset = AT_S(logfile_maxbytes), .sample = "!50MB" },
	{ SUPERVISORD("logfile_backups", INTEGER, "10", 'z',
	    "rotated copies of the main log to keep"),
	    .offset = AT_S(logfile_backups), .sample = "!10" },
	{ SUPERVISORD("loglevel", LEVEL, "info", 'e',
	    "critical, error, warn, info, debug, trace or blather"),
	    .offset = AT_S(loglevel), .sample = "!info" },
	{ SUPERVISORD("pidfile", DIRPATH, "supervisord.pid", 'j',
	    "file that holds the daemon's process id"),
	    .offset = AT_S(pidfile), .sample = "!/tmp/supervisord.pid" },
	{ SUPERVISORD("identifier", STRING, "supervisor", 'i',
	    "name of this instance, told to event listeners"),
	    .offset = AT_S(identifier) },
	{ SUPERVISORD("nodaemon", BOOLEAN, "false", 'n',
	    "stay in the foreground"),
	    .offset = AT_S(nodaemon), .sample = "!false" },
	{ SUPERVISORD("silent", BOOLEAN, "false", 's',
	    "no copy of the main log on standard output"),
	    .offset = AT_S(silent), .sample = "!false" },
	{ SUPERVISORD("childlogdir", DIRECTORY, NULL, 'q',
	    "directory of AUTO log files; default: for temporary files"),
	    .offset = AT_S(childlogdir), .sample = "/tmp" },
	{ SUPERVISORD("nocleanup", BOOLEAN, "false", 'k',
	    "keep old AUTO log files at start"),
	    .offset = AT_S(nocleanup) },
	{ SUPERVISORD("strip_ansi", BOOLEAN, "false", 't',
	    "remove ANSI escape sequences from logs of programs"),
	    .offset = AT_S(strip_ansi) },
	{ SUPERVISORD("user", USER, NULL, 'u',
	    "user to run as, a name or number, when started by root"),
	    .offset = AT_S(user), .sample = "supervisord" },
	{ SUPERVISORD("engine_timeout", INTEGER, "30", 0,
	    "seconds after which an engine that hangs is replaced, 0 = never"),
	    .offset = AT_S(engine_timeout) },
	{ SUPERVISORD("startinorder_force", BOOLEAN, "false", 0,
	    "start in order even if a listener is configured that does it"),
	    .offset = AT_S(startinorder_force) },
	{ SUPERVISORD("ordered_startup", BOOLEAN, "false", 0,
	    "start programs when all of smaller priority are running"),
	    .offset = AT_S(ordered_startup) },
	{ SUPERVISORD("shutdown_timeout", INTEGER, "0", 0,
	    "seconds after which a shutdown kills what is left, 0 = never"),
	    .offset = AT_S(shutdown_timeout) },
	{ SUPERVISORD("startorder_timeout", INTEGER, "0", 0,
	    "seconds that programs wait for others to start, 0 = for ever"),
	    .offset = AT_S(startorder_timeout) },
	{ SUPERVISORD("on_dependency_failure", CHOICE, "hold", 0,
	    "what becomes of those that wait in vain: hold, fail or start"),
	    .offset = AT_S(on_dependency_failure),
	    .choices = option_failure },
	{ OTHER(IN_S, "environment", ENVIRONMENT, "", HOST, RESTART,
	    "KEY=\"value\" pairs for every program, separated by commas"),
	    .offset = AT_S(environment), .sample = "KEY=\"value\"" },

	/* [program:x], [eventlistener:x], [fcgi-program:x]: once a section. */
	{ PROGRAM("priority", INTEGER, "999", LIVE,
	    "order of starting (small first) and stopping"),
	    .offset = AT_P(priority), .info = "process_prio" },
	{ PROGRAM("autostart", BOOLEAN, "true", NOTHING,
	    "start when supervisord starts"),
	    .offset = AT_P(autostart), .info = "autostart" },
	{ PROGRAM("autorestart", AUTORESTART, "unexpected", LIVE,
	    "start again after an exit: true, false or unexpected"),
	    .offset = AT_P(autorestart), .info = "autorestart" },
	{ PROGRAM("startsecs", INTEGER, "1", LIVE,
	    "seconds it must stay up to count as started"),
	    .offset = AT_P(startsecs), .info = "startsecs" },
	{ PROGRAM("startretries", INTEGER, "3", LIVE,
	    "failed starts in a row before giving up"),
	    .offset = AT_P(startretries), .info = "startretries" },
	{ PROGRAM("stopsignal", SIGNAL, "TERM", LIVE,
	    "signal that asks it to stop"),
	    .offset = AT_P(stopsignal), .info = "stopsignal" },
	{ PROGRAM("stopwaitsecs", INTEGER, "10", LIVE,
	    "seconds to wait for it to stop before SIGKILL"),
	    .offset = AT_P(stopwaitsecs), .info = "stopwaitsecs" },
	{ PROGRAM("stopasgroup", BOOLEAN, "false", LIVE,
	    "send the stop signal to its process group"),
	    .offset = AT_P(stopasgroup) },
	{ PROGRAM("killasgroup", BOOLEAN, "false", LIVE,
	    "send SIGKILL to its process group; default: stopasgroup"),
	    .offset = AT_P(killasgroup), .info = "killasgroup" },
	{ PROGRAM("exitcodes", EXITCODES, "0", LIVE,
	    "expected exit codes, separated by commas"),
	    .offset = AT_P(exitcodes), .info = "exitcodes" },
	{ PROGRAM("redirect_stderr", BOOLEAN, "false", RESTART,
	    "send stderr where stdout goes"),
	    .offset = AT_P(redirect_stderr), .info = "redirect_stderr" },
	{ PROGRAM("numprocs", INTEGER, "1", NOTHING,
	    "number of processes to run"),
	    .offset = AT_P(numprocs) },
	{ PROGRAM("numprocs_start", INTEGER, "0", NOTHING,
	    "number of the first process"),
	    .offset = AT_P(numprocs_start) },
	{ PROGRAM("stdout_capture_maxbytes", BYTES, "0", RESTART,
	    "bytes kept in capture mode, 0 = no capture mode"),
	    .offset = AT_OUT(capture_maxbytes),
	    .info = "stdout_capture_maxbytes", .sample = "1MB" },
	{ PROGRAM("stdout_events_enabled", BOOLEAN, "false", RESTART,
	    "emit events when it writes to stdout"),
	    .offset = AT_OUT(events_enabled),
	    .info = "stdout_events_enabled" },
	{ PROGRAM("stderr_capture_maxbytes", BYTES, "0", RESTART,
	    "bytes kept in capture mode, 0 = no capture mode"),
	    .offset = AT_ERR(capture_maxbytes),
	    .info = "stderr_capture_maxbytes", .sample = "1MB" },
	{ PROGRAM("stderr_events_enabled", BOOLEAN, "false", RESTART,
	    "emit events when it writes to stderr"),
	    .offset = AT_ERR(events_enabled),
	    .info = "stderr_events_enabled" },
	{ PROGRAM("serverurl", STRING, NULL, RESTART,
	    "SUPERVISOR_SERVER_URL in its environment; AUTO = computed"),
	    .offset = AT_P(serverurl), .info = "serverurl",
	    .sample = "AUTO" },
	{ OTHER(CONFIG_IN_PROGRAM, "startinorder", BOOLEAN, "false", SECTION,
	    DAEMON, "start the next program when this one is startnextafter"),
	    .offset = AT_P(startinorder) },
	{ OTHER(CONFIG_IN_PROGRAM, "startnextafter", STRING, "RUNNING", SECTION,
	    DAEMON, "state that lets the next program start"),
	    .offset = AT_P(startnextafter), .sample = "EXITED" },
	{ OTHER(CONFIG_IN_PROGRAM | CONFIG_IN_FCGI_PROGRAM, "depends_on", LIST,
	    "", SECTION, LIVE,
	    "programs it waits for, each with :running, :exited, :ready or "
	    ":healthy"),
	    .offset = AT_P(depends_on), .sample = "db,migrate:exited" },
	{ OTHER(CONFIG_IN_PROGRAM | CONFIG_IN_FCGI_PROGRAM, "dependents",
	    CHOICE, "leave", SECTION, LIVE,
	    "what becomes of those that depend on it when it is started "
	    "again: leave, restart or graceful"),
	    .offset = AT_P(dependents), .choices = option_dependents },
	{ PROGRAM("user", USER, NULL, RESTART,
	    "user to run as, a name or number"),
	    .offset = AT_P(user), .info = "uid", .sample = "nobody" },
	{ PROGRAM("umask", OCTAL, NULL, RESTART,
	    "umask, as an octal number; default: inherited"),
	    .offset = AT_P(umask), .sample = "022" },
	{ OTHER(IN_P, "process_name", STRING, "%(program_name)s", NONE, RESTART,
	    "name of each process; with numprocs > 1 it needs %(process_num)"),
	    .offset = AT_P(process_name) },

	{ PROGRAM("sockets", LIST, "", RESTART,
	    "names of [socket:x] that it is given, separated by commas"),
	    .offset = AT_P(sockets), .sample = "thesocketname" },
	{ PROGRAM("reload_mode", STRING, "restart", LIVE,
	    "graceful reload: restart, signal, lockfile or drain"),
	    .offset = AT_P(reload.mode_name) },
	{ PROGRAM("reload_signal", SIGNAL, "HUP", LIVE,
	    "signal of reload_mode signal"),
	    .offset = AT_P(reload.signal) },
	{ PROGRAM("reload_expect", STRING, NULL, LIVE,
	    "what it has to do after that: stay or exit; default: either"),
	    .offset = AT_P(reload.expect_name), .sample = "exit" },
	{ PROGRAM("drain_signal", SIGNAL, NULL, LIVE,
	    "signal that asks for the lock of reload_mode drain"),
	    .offset = AT_P(reload.drain_signal), .sample = "USR1" },
	{ PROGRAM("drain_timeout", INTEGER, "0", LIVE,
	    "seconds its task may take to end, 0 = any time"),
	    .offset = AT_P(reload.drain_timeout) },
	{ PROGRAM("on_drain_timeout", STRING, "keep", LIVE,
	    "what to do after that: keep it at work, or stop it"),
	    .offset = AT_P(reload.on_timeout_name) },

	/* The same sections: once a process. */
	{ PROCESS("previous_command", STRING, NULL, LIVE,
	    "what a rolling restart goes back to, if that is wanted"),
	    .offset = AT_P(previous_command), .sample = "/bin/cat" },
	{ PROCESS("reload_lockfile", STRING, NULL, LIVE,
	    "file that it makes (lockfile) or locks (drain) for each task"),
	    .offset = AT_P(reload.lockfile), .sample = "/tmp/somejob.lock" },
	{ PROCESS("environment", CUSTOM, "", RESTART,
	    "KEY=\"value\" pairs added to its environment"),
	    .sample = "A=\"1\",B=\"2\"" },
	{ PROCESS("directory", STRING, NULL, RESTART,
	    "directory to change to before it starts"),
	    .offset = AT_P(directory), .info = "directory",
	    .sample = "/tmp" },
	{ PROCESS("stdout_logfile", LOGFILE, "AUTO", RESTART,
	    "log file of stdout; NONE for none, AUTO chooses"),
	    .offset = AT_OUT(logfile), .info = "stdout_logfile",
	    .sample = "/a/path" },
	{ PROCESS("stdout_logfile_backups", INTEGER, "10", LIVE,
	    "rotated copies of it to keep"),
	    .offset = AT_OUT(logfile_backups),
	    .info = "stdout_logfile_backups" },
	{ PROCESS("stdout_logfile_maxbytes", BYTES, "50MB", LIVE,
	    "size at which it is rotated, 0 = never"),
	    .offset = AT_OUT(logfile_maxbytes),
	    .info = "stdout_logfile_maxbytes" },
	{ PROCESS("stdout_syslog", BOOLEAN, "false", RESTART,
	    "send stdout to syslog as well"),
	    .offset = AT_OUT(syslog), .info = "stdout_syslog" },
	{ PROCESS("stderr_logfile", LOGFILE, "AUTO", RESTART,
	    "log file of stderr; NONE for none, AUTO chooses"),
	    .offset = AT_ERR(logfile), .info = "stderr_logfile",
	    .sample = "/a/path" },
	{ PROCESS("stderr_logfile_backups", INTEGER, "10", LIVE,
	    "rotated copies of it to keep"),
	    .offset = AT_ERR(logfile_backups),
	    .info = "stderr_logfile_backups" },
	{ PROCESS("stderr_logfile_maxbytes", BYTES, "50MB", LIVE,
	    "size at which it is rotated, 0 = never"),
	    .offset = AT_ERR(logfile_maxbytes),
	    .info = "stderr_logfile_maxbytes" },
	{ PROCESS("stderr_syslog", BOOLEAN, "false", RESTART,
	    "send stderr to syslog as well"),
	    .offset = AT_ERR(syslog), .info = "stderr_syslog" },
	{ PROCESS("readiness", STRING, "startsecs", RESTART,
	    "what makes it RUNNING: startsecs, notify, fd:N, tcp:HOST:PORT, "
	    "unix:PATH, http://HOST:PORT/PATH or exec:COMMAND"),
	    .offset = AT_P(readiness), .sample = "notify" },
	{ PROCESS("ready_timeout", INTEGER, "60", LIVE,
	    "seconds in which it has to be ready, 0 = for ever"),
	    .offset = AT_P(ready_timeout) },
	{ PROCESS("healthcheck", STRING, NULL, RESTART,
	    "tcp:HOST:PORT, unix:PATH, http://HOST:PORT/PATH or exec:COMMAND "
	    "that tells whether it is healthy"),
	    .offset = AT_P(healthcheck),
	    .sample = "http://127.0.0.1:8080/health" },
	{ PROCESS("healthcheck_interval", INTEGER, "10", LIVE,
	    "seconds between two checks"),
	    .offset = AT_P(healthcheck_interval) },
	{ PROCESS("healthcheck_timeout", INTEGER, "5", LIVE,
	    "seconds after which a check has failed"),
	    .offset = AT_P(healthcheck_timeout) },
	{ PROCESS("healthcheck_retries", INTEGER, "3", LIVE,
	    "checks in a row that fail before it is not healthy"),
	    .offset = AT_P(healthcheck_retries) },
	{ PROCESS("healthcheck_start_period", INTEGER, "0", LIVE,
	    "seconds after its start in which failures do not count"),
	    .offset = AT_P(healthcheck_start_period) },
	{ PROCESS("healthcheck_action", STRING, "restart", LIVE,
	    "what is done when it is not healthy: restart, signal:NAME or "
	    "none"),
	    .offset = AT_P(healthcheck_action) },
	{ PROCESS("command", STRING, NULL, RESTART,
	    "what to run, with its arguments; required"),
	    .offset = AT_P(command), .info = "command",
	    .sample = "!/bin/cat" },

	/* [group:x] */
	{ OTHER(CONFIG_IN_GROUP, "programs", LIST, "", HERE, NOTHING,
	    "programs that belong to the group, separated by commas"),
	    .offset = AT_G(programs), .sample = "!progname1,progname2" },
	{ OTHER(CONFIG_IN_GROUP, "priority", INTEGER, "999", HERE, LIVE,
	    "order of the group among the others"),
	    .offset = AT_G(priority) },
	{ OTHER(CONFIG_IN_GROUP, "min_running", INTEGER, "0", HERE, LIVE,
	    "processes that a rolling restart leaves running"),
	    .offset = AT_G(min_running) },

	/* [eventlistener:x], the pool */
	{ OTHER(CONFIG_IN_POOL, "priority", INTEGER, "-1", HERE, LIVE,
	    "order of the pool among the groups"),
	    .offset = AT_G(priority) },
	{ OTHER(CONFIG_IN_POOL, "buffer_size", INTEGER, "10", HERE, LIVE,
	    "events that wait while no listener is ready"),
	    .offset = AT_G(buffer_size) },
	{ OTHER(CONFIG_IN_POOL, "listener_timeout", INTEGER, "0", HERE, LIVE,
	    "seconds after which a listener that is UNKNOWN, or still BUSY with "
	    "an event, is restarted; 0 is never"),
	    .offset = AT_G(listener_timeout) },
	{ OTHER(CONFIG_IN_POOL, "result_handler", STRING,
	    "supervisor.dispatchers:default_handler", HERE, NOTHING,
	    "accepted for compatibility; only the default can be used"),
	    .offset = AT_G(result_handler) },
	{ OTHER(CONFIG_IN_POOL, "events", LIST, NULL, HERE, LIVE,
	    "event types it gets, separated by commas; required"),
	    .offset = AT_G(events), .sample = "!PROCESS_STATE" },

	/* [fcgi-program:x], the socket */
	{ OTHER(CONFIG_IN_SOCKET, "socket_backlog", INTEGER, NULL, HERE,
	    RESTART, "length of its queue, 1..65535; default: SOMAXCONN"),
	    .offset = AT_F(socket_backlog), .sample = "128" },
	{ OTHER(CONFIG_IN_SOCKET, "socket_owner", CUSTOM, NULL, HERE,
	    RESTART, "owner of a unix socket, user or user:group"),
	    .sample = "nobody:nogroup" },
	{ OTHER(CONFIG_IN_SOCKET, "socket_mode", OCTAL, "0700", HERE,
	    RESTART, "mode of a unix socket, as an octal number"),
	    .offset = AT_F(socket_mode) },
	{ OTHER(CONFIG_IN_SOCKET, "socket", STRING, NULL, HERE, RESTART,
	    "unix:///path or tcp://host:port; required"),
	    .offset = AT_F(url), .sample = "!unix:///tmp/fcgi.sock" },

	/* [inet_http_server], [unix_http_server] */
	{ OTHER(CONFIG_IN_INET, "port", CUSTOM, NULL, ENV, DAEMON,
	    "address to listen on, host:port; *:port for all"),
	    .sample = "!127.0.0.1:9001" },
	{ OTHER(CONFIG_IN_UNIX, "file", CUSTOM, NULL, HERE, DAEMON,
	    "path of the socket"),
	    .sample = "!/tmp/supervisor.sock" },
	{ OTHER(CONFIG_IN_UNIX, "chmod", OCTAL, "0700", ENV, DAEMON,
	    "mode of the socket, as an octal number"),
	    .offset = AT_H(chmod) },
	{ OTHER(CONFIG_IN_UNIX, "chown", CUSTOM, NULL, ENV, DAEMON,
	    "owner of the socket, user or user:group"),
	    .sample = "nobody:nogroup" },
	{ OTHER(IN_H, "username", STRING, NULL, ENV, DAEMON,
	    "name that clients have to give"),
	    .offset = AT_H(username), .sample = "user" },
	{ OTHER(IN_H, "password", STRING, NULL, ENV, DAEMON,
	    "password, or {SHA} and its SHA-1 in lower case hex"),
	    .offset = AT_H(password), .sample = "123" },
	{ OTHER(IN_H, "role", CUSTOM, "admin", ENV, DAEMON,
	    "what clients may do: admin, operate or read"),
	    .sample = "admin" },
	{ OTHER(CONFIG_IN_INET, "allow_anonymous", BOOLEAN, "false", ENV, DAEMON,
	    "true: no password although others than this host can connect"),
	    .offset = AT_H(allow_anonymous) },
	{ OTHER(CONFIG_IN_INET, "tls_certificate", CUSTOM, NULL, HERE, DAEMON,
	    "file of the certificate and its chain: clients use https://"),
	    .sample = "/etc/supervisor/cert.pem" },
	{ OTHER(CONFIG_IN_INET, "tls_key", CUSTOM, NULL, HERE, DAEMON,
	    "file of its private key; default: the certificate's file"),
	    .sample = "/etc/supervisor/key.pem" },
	{ OTHER(CONFIG_IN_UNIX, "allow_users", CUSTOM, NULL, ENV, DAEMON,
	    "who may connect, user or user:role; default: whoever can open it"),
	    .sample = "alice,bob:operate" },
	{ OTHER(CONFIG_IN_UNIX, "allow_groups", CUSTOM, NULL, ENV, DAEMON,
	    "the members of which groups may, too, group or group:role"),
	    .sample = "adm:read" },
	{ OTHER(IN_H, "allowed_hosts", LIST, NULL, ENV, DAEMON,
	    "further names that browsers may reach the server by; * for any"),
	    .offset = AT_H(allowed_hosts),
	    .sample = "supervisor.example.org" },

	/* [socket:x] */
	{ OTHER(CONFIG_IN_LISTENER, "listen", STRING, NULL, ENV, DAEMON,
	    "tcp://HOST:PORT or unix:///PATH; required"),
	    .offset = offsetof(struct config_listener, listen),
	    .sample = "!tcp://127.0.0.1:8080" },
	{ OTHER(CONFIG_IN_LISTENER, "backlog", INTEGER, "0", ENV, DAEMON,
	    "connections that may wait, 0 = as many as the system allows"),
	    .offset = offsetof(struct config_listener, backlog) },
	{ OTHER(CONFIG_IN_LISTENER, "mode", OCTAL, "0666", ENV, DAEMON,
	    "mode of a unix socket, as an octal number"),
	    .offset = offsetof(struct config_listener, mode) },
	{ OTHER(CONFIG_IN_LISTENER, "owner", USER, NULL, ENV, DAEMON,
	    "owner of a unix socket, a name or number"),
	    .offset = offsetof(struct config_listener, owner),
	    .sample = "www-data" },
	{ OTHER(CONFIG_IN_LISTENER, "reuseport", BOOLEAN, "false", ENV,
	    DAEMON, "others may listen on the same port"),
	    .offset = offsetof(struct config_listener, reuseport) },

	/* [http_user:x] */
	{ OTHER(CONFIG_IN_HTTP_USER, "password", STRING, NULL, ENV, DAEMON,
	    "password, or {SHA} and its SHA-1 in lower case hex; required"),
	    .offset = offsetof(struct config_http_user, password),
	    .sample = "!123" },
	{ OTHER(CONFIG_IN_HTTP_USER, "role", CUSTOM, "read", ENV, DAEMON,
	    "what the user may do: admin, operate or read"),
	    .sample = "read" },

	/* [rpcinterface:x] */
	{ OTHER(CONFIG_IN_RPCINTERFACE, "supervisor.rpcinterface_factory",
	    STRING, NULL, ENV, DAEMON, "what answers calls; required"),
	    .offset = AT_R(factory),
	    .sample = "!supervisor.rpcinterface:make_main_rpcinterface" },

	/* [include] */
	{ OTHER(CONFIG_IN_INCLUDE, "files", CUSTOM, NULL, HOST, NOTHING,
	    "files to read as well; * ? [] match; separated by blanks"),
	    .sample = "!relative/directory/*.ini" },
	/* every section */
	{ OTHER(~0u, "interpolate", CUSTOM, "true", NONE, NOTHING,
	    "false: take this section's values as they are, with any %") },
	{ .name = NULL },
};
/* clang-format on */

/* Walks the fields of getAllConfigInfo. */
void
config_process_info(const struct config_process *p,
    void (*emit)(void *arg, const struct confopt *, const char *info,
	const struct confopt_value *),
    void *arg)
{
	const struct confopt *o;
	struct confopt_value value;

	for (o = config_options; o->name != NULL; o++) {
		if ((o->sections & IN_P) == 0 || o->info == NULL)
			continue;
		confopt_get(o, p, &value);
		emit(arg, o, o->info, &value);
	}
}
