/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord: reads command line and configuration, prepares the process, and
 * becomes a libappbase daemon whose worker is the engine.
 *
 * The process that goes on here is the keeper.  It has done with the
 * configuration when it becomes one: from then on it reads nothing from
 * outside.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <appbase.h>

#include "common/errtext.h"
#include "config.h"
#include "supervisord/config/check.h"
#include "supervisord/control/control.h"
#include "supervisord/daemon.h"
#include "supervisord/engine.h"
#include "supervisord/io/fcgisock.h"
#include "supervisord/io/sockets.h"
#include "supervisord/io/logfile.h"
#include "supervisord/startup.h"

/* An engine that dies is replaced at once; one that dies again and again, soon
 * after its start, less and less often. */
#define MAIN_RESPAWN_MS	    20
#define MAIN_RESPAWN_MAX_MS 500
#define MAIN_MIN_UPTIME_MS  200
#define MAIN_STOP_MS	    60000
#define MAIN_RELOAD_MS	    20000   /* for the candidate of an upgrade */
#define MAIN_PING_MS	    30000   /* without a configuration */
#define MAIN_PING_MAX	    1000000 /* seconds */

static const char *main_executable(char *const *);
static int main_copy(struct daemon_context *, int, char *[]);
static void main_free_copy(struct daemon_context *);
static int main_appbase(
    const struct daemon_context *, const struct appbase_class *);
static int main_usage(const char *, char *);
static int main_run(struct daemon_context *, int, char *[]);
static void main_source(const struct daemon_context *, struct config_source *);
static int main_find(struct daemon_context *, char **);
static int main_check(const struct daemon_context *);
static int main_prepare(struct daemon_context *, char **);
static int main_bind(struct appbase *);
static int main_try_sockets(const struct config *, char **);
static int main_become(struct daemon_context *, char **);
static int main_create_log(const struct config *, char **);
static int main_status(int);
static const char *main_pidfile(const struct daemon_context *);
static void main_class(const struct daemon_context *, struct appbase_class *);
static void main_log(const struct appbase_log_record *, void *);

/* Runs supervisord. */
int
main(int argc, char *argv[])
{
	static struct daemon_context context; /* for the engine, too */
	int status;

	context.argv0 = argv[0];
	context.argv0_len = argv[0] != NULL ? strlen(argv[0]) : 0;
	setproctitle_init(argc, argv, environ);
	if (main_copy(&context, argc, argv) == -1)
		return 1;
	context.program = main_executable(context.argv);
	status = main_run(&context, argc, argv);
	config_unref(context.config);
	config_cmdline_free(&context.cmdline);
	free(context.configuration);
	free(context.directory);
	mainlog_forget();
	main_free_copy(&context);
	return status;
}

/* Copies the words of the command line: a title is written over them. */
static int
main_copy(struct daemon_context *context, int argc, char *argv[])
{
	int i;

	context->argv = calloc((size_t)argc + 1, sizeof(*context->argv));
	if (context->argv == NULL)
		return -1;
	for (i = 0; i < argc; i++)
		if ((context->argv[i] = strdup(argv[i])) == NULL)
			return -1;
	context->argc = argc;
	return 0;
}

/* Frees the copy. */
static void
main_free_copy(struct daemon_context *context)
{
	int i;

	for (i = 0; i < context->argc; i++)
		free(context->argv[i]);
	free(context->argv);
}

/* Reads the configuration, again or for the first time. */
int
daemon_load(
    const struct daemon_context *context, struct config **config, char **err)
{
	struct config_source source;

	main_source(context, &source);
	if (config_load(&source, config, err) == -1)
		return -1;
	if (config_check_access(*config, err) == 0)
		return 0;
	config_unref(*config);
	*config = NULL;
	return -1;
}

/* Reads texts that were read before. */
int
daemon_load_texts(const struct daemon_context *context,
    const struct inforce_config *from, struct config **config, char **err)
{
	struct config_source source;

	main_source(context, &source);
	source.texts = from->texts;
	source.ntexts = from->ntexts;
	source.host_node_name = from->host_node_name;
	return config_load(&source, config, err);
}

/* Tells how to open the main log. */
void
daemon_log_settings(const struct daemon_context *context,
    const struct config *config, struct mainlog_settings *set)
{
	const struct config_supervisord *s = &config->supervisord;

	*set = (struct mainlog_settings){.path = s->logfile,
	    .syslog = s->logfile_syslog,
	    .maxbytes = s->logfile_maxbytes,
	    .backups = s->logfile_backups,
	    .level = s->loglevel,
	    .to_stdout = context->foreground && !s->silent};
}

/* Tells what to read a configuration from. */
static void
main_source(const struct daemon_context *context, struct config_source *source)
{
	static uint64_t generation;

	*source = (struct config_source){.cmdline = &context->cmdline,
	    .configuration = context->configuration,
	    .directory = context->directory,
	    .environ = environ};
	source->generation = ++generation;
}

/* Does what the command line says. */
static int
main_run(struct daemon_context *context, int argc, char *argv[])
{
	struct appbase_class class;
	char *err = NULL;

	if (config_cmdline_parse(&context->cmdline, argc, argv, &err) == -1)
		return main_usage(context->program, err);
	if (context->cmdline.help) {
		config_cmdline_usage(stdout, context->program);
		return DAEMON_EXIT_OK;
	}
	if (context->cmdline.version) {
		(void)printf("%s\n", PACKAGE_VERSION);
		return DAEMON_EXIT_OK;
	}
	if ((context->directory = getcwd(NULL, 0)) == NULL)
		context->directory = strdup("/");
	if (context->cmdline.check_state != NULL)
		return daemon_check_state(
		    context, context->cmdline.check_state);
	if (main_find(context, &err) == -1)
		return main_usage(context->program, err);
	if (context->cmdline.test_config)
		return main_check(context);
	if (main_prepare(context, &err) == -1)
		return main_usage(context->program, err);
	main_class(context, &class);
	appbase_log_to(main_log, context);
	return main_appbase(context, &class);
}

/* Becomes the daemon.  What executes itself later has the pid file's name from
 * its command line, whatever the file says by then. */
static int
main_appbase(
    const struct daemon_context *context, const struct appbase_class *class)
{
	char option[] = "-j", **argv;
	int n = 1, status;

	argv = calloc((size_t)context->argc + 4, sizeof(*argv));
	if (argv == NULL)
		return 1;
	argv[0] = context->argc > 0 ? context->argv[0] : option;
	if (!appbase_is_resuming() && class->pid_file != NULL) {
		argv[n++] = option;
		argv[n++] = (char *)(uintptr_t) class->pid_file;
	}
	if (context->argc > 1)
		memcpy(argv + n, context->argv + 1,
		    (size_t)(context->argc - 1) * sizeof(*argv));
	n += context->argc > 1 ? context->argc - 1 : 0;
	status = main_status(appbase_run(class, n, argv));
	free(argv);
	return status;
}

/* Returns the path we were run by (C-009): /usr/bin/supervisord. */
static const char *
main_executable(char *const *argv)
{
	static char path[PATH_MAX];
	const char *dir, *search = getenv("PATH");
	size_t len;

	if (argv[0] == NULL)
		return "supervisord";
	if (strchr(argv[0], '/') != NULL || search == NULL)
		return argv[0];
	for (dir = search;; dir += len + 1) {
		len = strcspn(dir, ":");
		(void)snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dir,
		    len > 0 ? "/" : "./", argv[0]);
		if (access(path, X_OK) == 0)
			return path;
		if (dir[len] == '\0')
			return argv[0];
	}
}

/* Reports a usage error. */
static int
main_usage(const char *program, char *err)
{
	(void)fprintf(stderr, "Error: %s\nFor help, use %s -h\n", err, program);
	free(err);
	return DAEMON_EXIT_USAGE;
}

/* Finds the file. */
static int
main_find(struct daemon_context *context, char **err)
{
	if (context->cmdline.configuration == NULL && geteuid() == 0 &&
	    !appbase_is_resuming())
		(void)fprintf(stderr, "%s\n", config_root_search_warning);
	context->configuration = config_find(
	    &context->cmdline, context->program, context->directory, err);
	return context->configuration == NULL ? -1 : 0;
}

/* Tells everything that is wrong with the file. */
static int
main_check(const struct daemon_context *context)
{
	struct config_source source;

	main_source(context, &source);
	return config_check(&source, stdout);
}

/* Reads the configuration and does what comes before the daemon (C-226).  A
 * supervisor that resumes has done it, and goes on whatever the file says now.
 */
static int
main_prepare(struct daemon_context *context, char **err)
{
	bool resuming = appbase_is_resuming();

	if (daemon_load(context, &context->config, err) == -1) {
		if (!resuming)
			return -1;
		free(*err);
		*err = NULL;
		return 0;
	}
	context->foreground = context->config->supervisord.nodaemon;
	if (resuming)
		return 0;
	return main_become(context, err);
}

/* Applies what [supervisord] says to this process. */
static int
main_become(struct daemon_context *context, char **err)
{
	const struct config *config = context->config;
	size_t i;

	for (i = 0; i < config->nmessages; i++)
		mainlog(
		    config->messages[i].level, "%s", config->messages[i].text);
	if (startup_set_user(&config->supervisord, err) == -1 ||
	    startup_set_limits(&config->supervisord, err) == -1 ||
	    main_create_log(config, err) == -1)
		return -1;
	if (!context->foreground) /* for the pid file, too */
		(void)umask((mode_t)config->supervisord.umask);
	return 0;
}

/* Binds the servers' sockets, while a failure can be told on the terminal.  The
 * log has what was said before (C-226). */
static int
main_bind(struct appbase *app)
{
	const struct daemon_context *context = appbase_context(app);
	struct mainlog_settings set;
	char *err = NULL;

	if (context->config == NULL ||
	    (main_try_sockets(context->config, &err) == 0 &&
		control_bind(app, context->config, &err) == 0 &&
		sockets_open_all(app, context->config, &err) == 0))
		return 0;
	daemon_log_settings(context, context->config, &set);
	(void)mainlog_open(&set);
	(void)fprintf(
	    stderr, "Error: %s\nFor help, use %s -h\n", err, context->program);
	free(err);
	return DAEMON_EXIT_USAGE;
}

/* Sees that the sockets of FastCGI programs can be made (C-210); the engine
 * makes them. */
static int
main_try_sockets(const struct config *config, char **err)
{
	const struct config_fcgi_socket *last = NULL, *f;
	size_t i, j;

	for (i = 0; i < config->ngroups; i++)
		for (j = 0; j < config->groups[i]->nprocesses; j++) {
			f = config->groups[i]->processes[j]->socket;
			if (f == NULL || f == last)
				continue;
			if (fcgisock_try(f, err) == -1) {
				mainlog(
				    LEVEL_INFO, "Creating socket %s", f->url);
				return -1;
			}
			last = f;
		}
	return 0;
}

/* Sees that the main log can be written, before anything is started (C-233),
 * and under the umask we were started with (C-243). */
static int
main_create_log(const struct config *config, char **err)
{
	const struct config_supervisord *set = &config->supervisord;
	struct logfile *log;

	if (set->logfile_syslog || set->logfile == NULL)
		return 0;
	if ((log = logfile_open(set->logfile, 0, 0)) == NULL)
		return errtext_set(err, "could not open log file %s: %s",
		    set->logfile, strerror(errno));
	logfile_close(log);
	return 0;
}

/* Tells the pid file's name; without a configuration (we have executed
 * ourselves, and the file is bad now) it is on our command line. */
static const char *
main_pidfile(const struct daemon_context *context)
{
	const struct config_cmdline *c = &context->cmdline;
	size_t i;

	if (context->config != NULL)
		return context->config->supervisord.pidfile;
	for (i = 0; i < c->noverrides; i++)
		if (strcmp(c->overrides[i].option->name, "pidfile") == 0)
			return c->overrides[i].text;
	return NULL;
}

/* Tells the library's time-out for an engine that hangs. */
static int64_t
main_ping_timeout(int64_t seconds)
{
	if (seconds <= 0)
		return APPBASE_NONE;
	return (seconds < MAIN_PING_MAX ? seconds : MAIN_PING_MAX) * 1000;
}

/* Describes the daemon to the library. */
static void
main_class(const struct daemon_context *context, struct appbase_class *class)
{
	static const int forwarded[] = {
	    SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, 0};
	static const int stops[] = {
	    DAEMON_EXIT_OK, DAEMON_EXIT_USAGE, APPBASE_NONE};
	static const int restarts[] = {DAEMON_EXIT_RESTART, APPBASE_NONE};
	const struct config *config = context->config;

	*class = (struct appbase_class){.abi = APPBASE_ABI,
	    .flags = APPBASE_OWN_OPTIONS | APPBASE_PIDFILE_OPTIONAL |
		APPBASE_NO_START_RELOAD | APPBASE_SUBREAPER |
		APPBASE_HOT_RELOAD | APPBASE_EXCLUSIVE | APPBASE_CALLS_READY |
		APPBASE_NO_PROCTITLE,
	    .name = "supervisord",
	    .context = (void *)(uintptr_t)context,
	    .prepare = main_bind,
	    .supervised_process = engine_run,
	    .supervised_shutdown = engine_shutdown,
	    .status_file = "",
	    .reload_signal = APPBASE_NONE,
	    .forward_signals = forwarded,
	    .stop_statuses = stops,
	    .restart_statuses = restarts,
	    .delay_before_respawn_ms = MAIN_RESPAWN_MS,
	    .max_delay_ms = MAIN_RESPAWN_MAX_MS,
	    .min_uptime_ms = MAIN_MIN_UPTIME_MS,
	    .stop_timeout_ms = MAIN_STOP_MS,
	    .reload_timeout_ms = MAIN_RELOAD_MS,
	    .ping_timeout_ms = MAIN_PING_MS,
	    .orphan_timeout_ms = MAIN_STOP_MS};
	class->pid_file = main_pidfile(context);
	if (config == NULL)
		return;
	class->ping_timeout_ms =
	    main_ping_timeout(config->supervisord.engine_timeout);
	if (context->foreground)
		class->flags |= APPBASE_FOREGROUND;
	else
		class->umask_plus_1 = config->supervisord.umask + 1;
}

/* Turns the library's exit status into ours (C-258). */
static int
main_status(int status)
{
	switch (status) {
	case APPBASE_EXIT_OK:
		return DAEMON_EXIT_OK;
	case APPBASE_EXIT_SYSTEM:
	case APPBASE_EXIT_LOST:
	case APPBASE_EXIT_GAVE_UP:
		return 1;
	default:
		return DAEMON_EXIT_USAGE;
	}
}

/* Writes what the library has to say.  Its everyday words are details here. The
 * keeper shares the file with the engine, so it opens it for each line. */
static void
main_log(const struct appbase_log_record *record, void *arg)
{
	static const int level[] = {[APPBASE_LOG_ERROR] = LEVEL_ERROR,
	    [APPBASE_LOG_WARN] = LEVEL_WARN,
	    [APPBASE_LOG_INFO] = LEVEL_TRACE,
	    [APPBASE_LOG_DEBUG] = LEVEL_BLATHER};
	const struct daemon_context *context = arg;
	struct mainlog_settings set;

	if (strcmp(record->role, "starter") == 0) {
		if (record->level == APPBASE_LOG_ERROR)
			(void)fprintf(stderr, "Error: %s\n", record->text);
		else if (record->level == APPBASE_LOG_WARN)
			mainlog(LEVEL_WARN, "%s", record->text);
	} else if (strcmp(record->role, "worker") == 0 ||
	    strcmp(record->role, "candidate") == 0) {
		mainlog(level[record->level], "%s", record->text);
	} else if (context->config != NULL) {
		daemon_log_settings(context, context->config, &set);
		mainlog_once(&set, level[record->level], record->text);
	}
}
