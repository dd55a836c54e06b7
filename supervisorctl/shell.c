/* SPDX-License-Identifier: BSD-2-Clause */
/* Prompts, reads lines, completes words, keeps a history. */
#include "supervisorctl/shell.h"

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBEDIT
#include <editline/readline.h>
#endif

#include "common/pool.h"
#include "supervisorctl/complete.h"
#include "supervisorctl/ctl.h"

/* Ctrl-C leaves the shell, whatever it is doing (L-079). */
static void
shell_on_interrupt(int signo)
{
	ssize_t n;

	(void)signo;
	n = write(STDOUT_FILENO, "\n", 1);
	(void)n;
	_exit(0);
}

static void
shell_catch_interrupt(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = shell_on_interrupt;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
}

/* Reads a line as it comes; NULL at the end.  To be freed. */
static char *
shell_read_plain(struct ctl *ctl, const char *prompt)
{
	char *line = NULL;
	size_t room = 0;

	fputs(prompt, ctl->out);
	fflush(ctl->out);
	if (getline(&line, &room, ctl->in) > 0)
		return line;
	free(line);
	return NULL;
}

#ifdef HAVE_LIBEDIT
/* The shell whose line is being edited: libedit's functions take no argument.
 */
static struct ctl *shell_editing;

/* Gives libedit the candidates for a word, one per call. */
static char *
shell_candidate(const char *text, int state)
{
	static struct complete_list list;
	static size_t next;

	if (state == 0) {
		list = complete_words(
		    shell_editing, rl_line_buffer, (size_t)rl_point);
		next = 0;
	}
	while (next < list.n) {
		const char *word = list.v[next++];

		if (strncmp(word, text, strlen(text)) == 0)
			return strdup(word);
	}
	return NULL;
}

static char **
shell_complete(const char *text, int start, int end)
{
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1;
	return rl_completion_matches(text, shell_candidate);
}

static void
shell_edit_begin(struct ctl *ctl, const char *history_file)
{
	static char name[] = "supervisorctl";

	shell_editing = ctl;
	rl_readline_name = name;
	rl_initialize();
	rl_attempted_completion_function = shell_complete;
	/* ":", "*" and "-" belong to words (L-080). */
	rl_completer_word_break_characters = strdup(" \t\n");
	using_history();
	if (history_file != NULL)
		read_history(history_file);
}

static char *
shell_read_edited(const char *prompt)
{
	char *line = readline(prompt);

	if (line != NULL && *line != '\0')
		add_history(line);
	return line;
}
#endif

/* Runs lines until there are no more. */
static void
shell_loop(struct ctl *ctl, const char *prompt, bool edited)
{
	char *line;

	while (!ctl->leaving) {
#ifdef HAVE_LIBEDIT
		line = edited ? shell_read_edited(prompt)
			      : shell_read_plain(ctl, prompt);
#else
		(void)edited;
		line = shell_read_plain(ctl, prompt);
#endif
		if (line == NULL) {
			putc('\n', ctl->out);
			break;
		}
		complete_forget(ctl);
		ctl_line(ctl, line);
		free(line);
	}
	fflush(ctl->out);
}

void
shell_run(struct ctl *ctl, const char *prompt, const char *history_file)
{
	bool edited = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	char *text;

	shell_catch_interrupt();
	ctl_line(ctl, "status");
	text = pool_printf(ctl->pool, "%s> ", prompt);
#ifdef HAVE_LIBEDIT
	if (edited)
		shell_edit_begin(ctl, history_file);
	shell_loop(ctl, text, edited);
	if (edited && history_file != NULL)
		write_history(history_file);
#else
	(void)history_file;
	shell_loop(ctl, text, edited);
#endif
}
