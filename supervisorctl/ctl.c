/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, commands, and what all commands need. */
#include "supervisorctl/ctl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/faults.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "supervisorctl/login.h"
#include "supervisorctl/pattern.h"
#include "supervisorctl/progress.h"
#include "supervisorctl/report.h"

/* The API version that is spoken here. */
#define CTL_API_VERSION "3.0"

static const char ctl_blank[] = " \t\n\r\v\f";

const struct ctl_command *
ctl_find(const char *name, size_t n)
{
	const struct ctl_command *c;

	for (c = ctl_commands; c->name != NULL; c++)
		if (strlen(c->name) == n && memcmp(c->name, name, n) == 0)
			return c;
	return NULL;
}

bool
ctl_has_word(const struct ctl_words *words, const char *text)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		if (strcmp(words->v[i], text) == 0)
			return true;
	return false;
}

bool
ctl_take_flag(struct ctl *ctl, struct ctl_words *words, const char *flag)
{
	struct ctl_words left = {NULL, 0};
	size_t i;

	if (!ctl_has_word(words, flag))
		return false;
	for (i = 0; i < words->n; i++) {
		if (strcmp(words->v[i], flag) == 0)
			continue;
		left.v = pool_grow(ctl->pool, left.v, left.n, sizeof(*left.v));
		left.v[left.n++] = words->v[i];
	}
	*words = left;
	return true;
}

/* Copies the line without the white space around it. */
static char *
ctl_trim(struct ctl *ctl, const char *line)
{
	size_t n;

	line += strspn(line, ctl_blank);
	for (n = strlen(line); n > 0; n--)
		if (strchr(ctl_blank, line[n - 1]) == NULL)
			break;
	return pool_strndup(ctl->pool, line, n);
}

/* Cuts an argument at white space. */
static struct ctl_words
ctl_words(struct ctl *ctl, const char *arg)
{
	struct ctl_words words = {NULL, 0};
	char *rest = pool_strdup(ctl->pool, arg), *word;

	while ((word = strsep(&rest, ctl_blank)) != NULL) {
		if (*word == '\0')
			continue;
		words.v =
		    pool_grow(ctl->pool, words.v, words.n, sizeof(*words.v));
		words.v[words.n++] = word;
	}
	return words;
}

/* The length of a command's name: with hyphens, if there is such a command. */
static size_t
ctl_name_length(const char *line, size_t *n)
{
	size_t whole = strcspn(line, ctl_blank);

	if (ctl_find(line, whole) != NULL)
		*n = whole;
	return *n;
}

/* Runs a trimmed line; "?x" is "help x". */
static void
ctl_dispatch(struct ctl *ctl, const char *line)
{
	const struct ctl_command *command;
	struct ctl_words words;
	const char *arg;
	size_t n;

	if (line[0] == '?')
		line = pool_printf(ctl->pool, "help %s", line + 1);
	for (n = 0; isalnum((unsigned char)line[n]) || line[n] == '_'; n++)
		continue;
	command = ctl_find(line, ctl_name_length(line, &n));
	if (command == NULL) {
		fprintf(ctl->out, "*** Unknown syntax: %s\n", line);
		ctl->status = CTL_GENERIC;
		return;
	}
	arg = ctl_trim(ctl, line + n);
	words = ctl_words(ctl, arg);
	if ((command->flags & CTL_ASKS) != 0 && !ctl_check_server(ctl))
		return;
	if ((command->flags & CTL_PATTERNS) != 0)
		pattern_expand(ctl, &words);
	command->run(ctl, command, arg, &words);
}

void
ctl_line(struct ctl *ctl, const char *line)
{
	struct pool *outer = ctl->pool;
	int before = ctl->status;
	const char *trimmed;

	ctl->pool = pool_new();
	progress_about(ctl, NULL, NULL);
	trimmed = ctl_trim(ctl, line);
	do {
		ctl->unauthorized = false;
		ctl->status = before;
		if (trimmed[0] != '\0')
			ctl_dispatch(ctl, trimmed);
	} while (ctl->unauthorized && ctl->interactive && login_ask(ctl) == 0);
	fflush(ctl->out);
	pool_free(ctl->pool);
	ctl->pool = outer;
}

void
ctl_help(struct ctl *ctl, const struct ctl_command *command)
{
	fprintf(ctl->out, "%s\n", command->help);
}

void
ctl_usage(struct ctl *ctl, const struct ctl_command *command,
    enum ctl_exit status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(ctl->out, fmt, ap);
	va_end(ap);
	putc('\n', ctl->out);
	ctl_help(ctl, command);
	ctl->status = status;
}

bool
ctl_no_arguments(
    struct ctl *ctl, const struct ctl_command *command, const char *arg)
{
	if (arg[0] == '\0')
		return true;
	ctl_usage(ctl, command, CTL_GENERIC, "Error: %s accepts no arguments",
	    command->name);
	return false;
}

/* A word for a failure of the connection. */
static const char *
ctl_failure(enum client_status status)
{
	switch (status) {
	case CLIENT_REFUSED:
		return "refused";
	case CLIENT_NO_FILE:
		return "no-socket";
	case CLIENT_HTTP:
		return "http";
	default:
		return "connection";
	}
}

void
ctl_unexpected(struct ctl *ctl, const struct client_reply *reply)
{
	char *quoted;

	ctl->status = CTL_GENERIC;
	switch (reply->status) {
	case CLIENT_FAULT:
		report_error(ctl, "fault", reply->text);
		quoted = pyrepr(reply->text == NULL ? "" : reply->text);
		fprintf(ctl->out, "error: <Fault %d: %s>\n", reply->fault_code,
		    quoted);
		free(quoted);
		break;
	case CLIENT_UNAUTHORIZED:
		ctl->unauthorized = true;
		report_error(ctl, "unauthorized", reply->text);
		fputs("Server requires authentication\n", ctl->out);
		break;
	case CLIENT_BAD_URL:
		report_error(ctl, "url", reply->text);
		fprintf(ctl->out, "error: Unknown protocol for serverurl %s\n",
		    client_url(ctl->client));
		break;
	default:
		report_error(ctl, ctl_failure(reply->status), reply->text);
		fprintf(ctl->out, "error: %s\n",
		    reply->text == NULL ? "out of memory" : reply->text);
	}
}

/* Says what is wrong with a server that faults on getVersion. */
static void
ctl_no_namespace(struct ctl *ctl, const struct client_reply *reply)
{
	if (reply->fault_code != FAULT_UNKNOWN_METHOD) {
		ctl_unexpected(ctl, reply);
		return;
	}
	report_error(ctl, "namespace", reply->text);
	fputs("Sorry, supervisord responded but did not recognize the "
	      "supervisor namespace commands that supervisorctl uses to "
	      "control it.  Please check that the [rpcinterface:supervisor] "
	      "section is enabled in the configuration file (see "
	      "sample.conf).\n",
	    ctl->out);
	ctl->status = CTL_NO_NAMESPACE;
}

/* Compares the server's API version with ours (L-025). */
static bool
ctl_check_version(struct ctl *ctl, const struct client_reply *reply)
{
	const char *version = xval_as_string(reply->value, NULL);

	if (strcmp(version, CTL_API_VERSION) == 0)
		return true;
	report_error(ctl, "version", version);
	fprintf(ctl->out,
	    "Sorry, this version of supervisorctl expects to talk to a server "
	    "with API version " CTL_API_VERSION
	    ", but the remote version is %s.\n",
	    version);
	ctl->status = CTL_VERSION;
	return false;
}

/* Tells a person, on the terminal only, what to do when nobody answers. */
static void
ctl_hint(struct ctl *ctl)
{
	if (ctl->colour && ctl->report == NULL && isatty(STDERR_FILENO))
		fputs("supervisord does not run there, or runs with another "
		      "configuration.\nStart it with `supervisord -c FILE`, "
		      "or say where it is with -c FILE or -s URL.\n",
		    ctl->err);
}

bool
ctl_check_server(struct ctl *ctl)
{
	struct client_reply reply;
	bool fine = false;

	switch (client_call(ctl->client, &reply, "supervisor.getVersion", "")) {
	case CLIENT_OK:
		fine = ctl_check_version(ctl, &reply);
		break;
	case CLIENT_FAULT:
		ctl_no_namespace(ctl, &reply);
		break;
	case CLIENT_REFUSED:
		report_error(ctl, "refused", reply.text);
		fprintf(ctl->out, "%s refused connection\n",
		    client_url(ctl->client));
		ctl->status = CTL_REFUSED;
		break;
	case CLIENT_NO_FILE:
		report_error(ctl, "no-socket", reply.text);
		fprintf(ctl->out, "%s no such file\n", client_url(ctl->client));
		ctl->status = CTL_NOT_RUNNING;
		break;
	default:
		ctl_unexpected(ctl, &reply);
	}
	if (reply.status == CLIENT_REFUSED || reply.status == CLIENT_NO_FILE)
		ctl_hint(ctl);
	client_clear(&reply);
	return fine;
}

bool
ctl_confirm(struct ctl *ctl, const char *question)
{
	char *line = NULL;
	size_t room = 0;
	bool yes;

	if (!ctl->interactive)
		return true;
	fputs(question, ctl->out);
	fflush(ctl->out);
	yes = getline(&line, &room, ctl->in) > 0 &&
	    (line[0] == 'y' || line[0] == 'Y');
	free(line);
	return yes;
}

void
ctl_fault_status(struct ctl *ctl, int code, int ignored)
{
	if (code == FAULT_SUCCESS || code == ignored)
		return;
	if (code == FAULT_SPAWN_ERROR || code == FAULT_ABNORMAL_TERMINATION ||
	    code == FAULT_NOT_RUNNING)
		ctl->status = CTL_NOT_RUNNING;
	else
		ctl->status = CTL_GENERIC;
}

void
ctl_split(
    struct ctl *ctl, const char *name, const char **group, const char **process)
{
	const char *colon = strchr(name, ':');

	if (colon == NULL) {
		*group = *process = name;
		return;
	}
	*group = pool_strndup(ctl->pool, name, (size_t)(colon - name));
	*process = colon + 1;
	if (colon[1] == '\0' || strcmp(colon + 1, "*") == 0)
		*process = NULL;
}

const char *
ctl_join(struct ctl *ctl, const char *group, const char *process)
{
	if (strcmp(group, process) == 0)
		return process;
	return pool_printf(ctl->pool, "%s:%s", group, process);
}

const char *
ctl_escape(struct ctl *ctl, const char *name)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = pool_alloc(ctl->pool, strlen(name) * 3 + 1), *p = out;

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (isalnum(c) || strchr("-._~:", c) != NULL) {
			*p++ = (char)c;
			continue;
		}
		*p++ = '%';
		*p++ = hex[c >> 4];
		*p++ = hex[c & 15];
	}
	return out;
}
