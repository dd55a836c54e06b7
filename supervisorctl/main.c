/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisorctl: one command and its exit status, or a shell.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "common/pool.h"
#include "supervisorctl/ctl.h"
#include "supervisorctl/complete.h"
#include "supervisorctl/options.h"
#include "supervisorctl/progress.h"
#include "supervisorctl/report.h"
#include "supervisorctl/shell.h"

#define MAIN_USAGE 2
/* Seconds that a completion may take: a shell waits for it. */
#define MAIN_WORDS_TIMEOUT 2

/* Joins the words of the action by blanks (L-016, law 4). */
static const char *
main_join(const struct options *o, struct pool *pool)
{
	const char *line = "";
	int i;

	for (i = 0; i < o->nwords; i++)
		line = pool_printf(
		    pool, "%s%s%s", line, i == 0 ? "" : " ", o->words[i]);
	return line;
}

/* May the terminal be asked for colours?  (Never when piped: law 5.) */
static bool
main_colour(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (none == NULL || *none == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

/* Prints what the last word of a line could become, one a line. */
static void
main_words(struct ctl *ctl, const char *line)
{
	struct complete_list list;
	size_t i;

	alarm(MAIN_WORDS_TIMEOUT);
	list = complete_words(ctl, line, strlen(line));
	for (i = 0; i < list.n; i++)
		fprintf(ctl->out, "%s\n", list.v[i]);
	complete_forget(ctl);
}

/* Runs one line, with its answer as lines or as JSON. */
static void
main_line(struct ctl *ctl, const char *line, bool json)
{
	if (!json) {
		ctl_line(ctl, line);
		return;
	}
	if (report_open(ctl) == 0) {
		ctl_line(ctl, line);
		if (report_close(ctl, line) == 0)
			return;
	}
	fputs("error: out of memory\n", stderr);
	ctl->status = CTL_GENERIC;
}

/* Runs the action, or the shell; gives the exit status. */
static int
main_run(const struct options *o, struct pool *pool)
{
	struct ctl ctl = {
	    .out = stdout,
	    .err = stderr,
	    .in = stdin,
	    .interactive = o->interactive,
	    .graceful = o->conf.graceful_by_default,
	    .pool = pool,
	    .colour = main_colour(),
	};

	ctl.client = client_new(o->serverurl);
	if (ctl.client == NULL ||
	    client_login(ctl.client, o->username, o->password) == -1 ||
	    client_trust(ctl.client, o->conf.tls_ca) == -1) {
		fputs("error: out of memory\n", stderr);
		client_free(ctl.client);
		return CTL_GENERIC;
	}
	client_timeout(ctl.client, o->timeout);
	progress_open(&ctl);
	if (o->candidates)
		main_words(&ctl, main_join(o, pool));
	else if (o->nwords > 0)
		main_line(&ctl, main_join(o, pool), o->json);
	else {
		shell_run(&ctl, o->prompt, o->history_file);
		ctl.status = CTL_OK;
	}
	client_free(ctl.client);
	return ctl.status;
}

int
main(int argc, char *argv[])
{
	struct pool *pool = pool_new();
	const char *program = options_executable(argv[0], pool);
	struct options options;
	char *err = NULL;
	int status = 0;

	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_ALL);
	if (options_read(&options, argc, argv, program, pool, &err) == -1) {
		fprintf(
		    stderr, "Error: %s\nFor help, use %s -h\n", err, program);
		free(err);
		status = MAIN_USAGE;
	} else if (options.help)
		options_usage(stdout, program);
	else if (options.json && options.nwords == 0) {
		fprintf(stderr,
		    "Error: --json needs an action\n"
		    "For help, use %s -h\n",
		    program);
		status = MAIN_USAGE;
	} else
		status = main_run(&options, pool);
	if (fflush(stdout) != 0 || ferror(stdout))
		status = status == 0 ? CTL_GENERIC : status;
	options_free(&options);
	curl_global_cleanup();
	pool_free(pool);
	return status;
}
