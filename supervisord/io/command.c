/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, executable and environment of a program about to be started. */
#include "supervisord/io/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/shlex.h"

#define COMMAND_PATH "/bin:/usr/bin:/usr/local/bin"

static enum action_result command_words(const struct config_process *,
    struct pool *, char *const **, char *, size_t);
static const char *command_search_path(
    const struct config_process *, const char *);
static enum action_result command_check(
    const struct config_process *, const char *, struct pool *, char *, size_t);
static enum action_result command_search(const struct config_process *,
    const char *, const char *, struct pool *, const char **, char *, size_t);
static void command_error(
    char *, size_t, const char *, const char *, const char *);
static void command_put(struct pool *, char **, size_t *, const char *, size_t);

/* Finds out what a command would execute. */
enum action_result
command_resolve(const struct config_process *config, const char *search,
    struct pool *pool, struct command *command, char *err, size_t errlen)
{
	enum action_result result;

	result = command_words(config, pool, &command->argv, err, errlen);
	if (result != ACTION_SUCCESS)
		return result;
	command->path = command->argv[0];
	if (strchr(command->path, '/') != NULL)
		return command_check(config, command->path, pool, err, errlen);
	return command_search(config, command->argv[0],
	    command_search_path(config, search), pool, &command->path, err,
	    errlen);
}

/* Lays the supervisor's and the program's variables over the base. */
char *const *
command_environment(const struct command_environment *set, struct pool *pool)
{
	/* Set by the library for the engine; no program's business. */
	static const char *const internal[] = {"APP_BASE_DAEMON_GEN=",
	    "APP_BASE_DAEMON_PID=", "APP_BASE_SCRIPT_EXE="};
	size_t i, k, n, used = 0;
	char **env;

	for (n = 0; set->base[n] != NULL; n++)
		continue;
	env = pool_array(pool, n + set->configured.n + 10, sizeof(*env));
	for (i = 0; i < n; i++) {
		for (k = 0; k < sizeof(internal) / sizeof(internal[0]); k++)
			if (strncmp(set->base[i], internal[k],
				strlen(internal[k])) == 0)
				break;
		if (k == sizeof(internal) / sizeof(internal[0]))
			env[used++] = set->base[i];
	}
	n = used;
	command_put(pool, env, &n, "SUPERVISOR_ENABLED=1", 19);
	if (set->server_url != NULL)
		command_put(pool, env, &n,
		    pool_printf(
			pool, "SUPERVISOR_SERVER_URL=%s", set->server_url),
		    22);
	command_put(pool, env, &n,
	    pool_printf(pool, "SUPERVISOR_PROCESS_NAME=%s", set->process), 24);
	command_put(pool, env, &n,
	    pool_printf(pool, "SUPERVISOR_GROUP_NAME=%s", set->group), 22);
	for (i = 0; i < set->configured.n; i++) {
		const char *value = set->configured.v[i];

		command_put(pool, env, &n, value,
		    strcspn(value, "=") + (strchr(value, '=') != NULL));
	}
	for (i = 0; set->sockets != NULL && set->sockets[i] != NULL; i++)
		command_put(pool, env, &n, set->sockets[i],
		    strcspn(set->sockets[i], "=") + 1);
	if (set->notify != NULL && set->notify[0] != '\0')
		command_put(pool, env, &n,
		    pool_printf(pool, "NOTIFY_SOCKET=%s", set->notify), 14);
	env[n] = NULL;
	return env;
}

/* Splits the command (P-043). */
static enum action_result
command_words(const struct config_process *config, struct pool *pool,
    char *const **argv, char *err, size_t errlen)
{
	const char *text = config->command != NULL ? config->command : "";
	struct confopt_list words;
	char *why = NULL, *quoted, **v;
	size_t i;

	if (shlex_split(text, pool, &words, &why) == -1) {
		quoted = pyrepr(text);
		(void)snprintf(
		    err, errlen, "can't parse command %s: %s", quoted, why);
		free(quoted);
		free(why);
		return ACTION_NOT_EXECUTABLE;
	}
	if (words.n == 0) {
		(void)snprintf(err, errlen, "command is empty");
		return ACTION_NOT_EXECUTABLE;
	}
	v = pool_array(pool, words.n + 1, sizeof(*v));
	for (i = 0; i < words.n; i++)
		v[i] = pool_strdup(pool, words.v[i]);
	*argv = v;
	return ACTION_SUCCESS;
}

/* Returns where to look for a command without a slash (P-044). */
static const char *
command_search_path(const struct config_process *config, const char *search)
{
	size_t i;

	for (i = config->environment.n; i-- > 0;)
		if (strncmp(config->environment.v[i], "PATH=", 5) == 0)
			return config->environment.v[i] + 5;
	return search != NULL ? search : COMMAND_PATH;
}

/* Checks one candidate (P-046, P-047). */
static enum action_result
command_check(const struct config_process *config, const char *path,
    struct pool *pool, char *err, size_t errlen)
{
	const char *real = path;
	struct stat st;

	if (path[0] != '/' && config->directory != NULL)
		real = pool_printf(pool, "%s/%s", config->directory, path);
	if (stat(real, &st) == -1) {
		command_error(err, errlen, "can't find command ", path, "");
		return ACTION_NO_FILE;
	}
	if (S_ISDIR(st.st_mode))
		command_error(
		    err, errlen, "command at ", path, " is a directory");
	else if ((st.st_mode & 0111) == 0)
		command_error(
		    err, errlen, "command at ", path, " is not executable");
	else if (access(real, X_OK) == -1)
		command_error(
		    err, errlen, "no permission to run command ", path, "");
	else
		return ACTION_SUCCESS;
	return ACTION_NOT_EXECUTABLE;
}

/* Goes through a PATH for the first candidate that can be run (P-045); if there
 * is none, the error is the first candidate's that is there at all. */
static enum action_result
command_search(const struct config_process *config, const char *name,
    const char *search, struct pool *pool, const char **path, char *err,
    size_t errlen)
{
	enum action_result first = ACTION_NO_FILE, result;
	char why[PROC_SPAWNERR_MAX] = "";
	const char *candidate;
	size_t len;

	for (;; search += len + 1) {
		len = strcspn(search, ":");
		candidate = pool_printf(pool, "%.*s%s%s", (int)len, search,
		    len > 0 ? "/" : "./", name);
		result =
		    command_check(config, candidate, pool, why, sizeof(why));
		if (result == ACTION_SUCCESS) {
			*path = candidate;
			return ACTION_SUCCESS;
		}
		if (result != ACTION_NO_FILE && first == ACTION_NO_FILE) {
			first = result;
			(void)snprintf(err, errlen, "%s", why);
		}
		if (search[len] == '\0')
			break;
	}
	if (first == ACTION_NO_FILE)
		command_error(err, errlen, "can't find command ", name, "");
	return first;
}

/* Writes an error about a name, quoted as Python would. */
static void
command_error(char *err, size_t errlen, const char *before, const char *name,
    const char *after)
{
	char *quoted = pyrepr(name);

	(void)snprintf(err, errlen, "%s%s%s", before, quoted, after);
	free(quoted);
}

/* Adds a variable, in the place of an older one of that name; len is that of
 * name and "=". */
static void
command_put(
    struct pool *pool, char **env, size_t *n, const char *variable, size_t len)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strncmp(env[i], variable, len) == 0)
			break;
	env[i] = pool_strdup(pool, variable);
	if (i == *n)
		(*n)++;
}
