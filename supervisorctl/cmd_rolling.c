/* SPDX-License-Identifier: BSD-2-Clause */
/* Rolling restarts (B-201): the server does it, this begins it and looks on. */
#include "supervisorctl/commands.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pool.h"
#include "supervisorctl/interrupt.h"
#include "supervisorctl/report.h"

#define ROLLING_LOOK_MS	 200 /* between looks */
#define ROLLING_LOST_MAX 150 /* looks without an answer: half a minute */
#define ROLLING_BAR	 30  /* characters */

/* What the words say. */
struct rolling_words {
	struct xval *options;
	const char *targets;
	bool detach, abort_on_exit, fine;
};

/* An option of the command; `option` is the server's name for it. */
static const struct rolling_flag {
	const char *flag, *option;
	enum { FLAG_SWITCH, FLAG_NUMBER, FLAG_WORD } kind;
} rolling_flags[] = {
    {"--batch", "batch", FLAG_NUMBER},
    {"--pause", "pause", FLAG_NUMBER},
    {"--step-timeout", "step_timeout", FLAG_NUMBER},
    {"--wait", "wait", FLAG_WORD},
    {"--on-failure", "on_failure", FLAG_WORD},
    {"--graceful", "graceful", FLAG_SWITCH},
    {"--force", "force", FLAG_SWITCH},
    {"--resume", "resume", FLAG_SWITCH},
};

/* Sets an option; false if its value is none. */
static bool
rolling_set(
    struct rolling_words *w, const struct rolling_flag *f, const char *value)
{
	char *end;
	double number;

	if (f->kind == FLAG_SWITCH) {
		xval_set(w->options, f->option, xval_bool(true));
		return true;
	}
	if (value == NULL)
		return false;
	if (f->kind == FLAG_WORD) {
		xval_set(w->options, f->option, xval_string(value));
		return true;
	}
	number = strtod(value, &end);
	if (end == value || *end != '\0' || number < 0 || number > 1e9)
		return false;
	if (strcmp(f->option, "batch") == 0)
		xval_set(w->options, f->option, xval_int((int64_t)number));
	else
		xval_set(w->options, f->option, xval_double(number));
	return true;
}

/* Takes one word, and the next if it is its value; how many were taken, 0 for a
 * fault. */
static size_t
rolling_take(struct ctl *ctl, struct rolling_words *w,
    const struct ctl_words *words, size_t at)
{
	const char *word = words->v[at];
	const char *next = at + 1 < words->n ? words->v[at + 1] : NULL;
	size_t i;

	if (strcmp(word, "--detach") == 0) {
		w->detach = true;
		return 1;
	}
	if (strcmp(word, "--abort-on-exit") == 0) {
		w->abort_on_exit = true;
		return 1;
	}
	for (i = 0; i < sizeof(rolling_flags) / sizeof(rolling_flags[0]); i++)
		if (strcmp(word, rolling_flags[i].flag) == 0)
			return !rolling_set(w, &rolling_flags[i], next) ? 0
			    : rolling_flags[i].kind == FLAG_SWITCH	? 1
									: 2;
	if (word[0] == '-')
		return 0;
	w->targets = w->targets == NULL
	    ? word
	    : pool_printf(ctl->pool, "%s %s", w->targets, word);
	return 1;
}

/* How many members are done. */
static void
rolling_bar(struct ctl *ctl, const struct xval *r, bool last)
{
	int64_t done = xval_get_int(r, "done"), n = xval_get_int(r, "total"), i;

	if (!isatty(STDOUT_FILENO) || ctl->report != NULL || n == 0)
		return;
	fputs("\r\033[K", ctl->out);
	if (!last) {
		putc('[', ctl->out);
		for (i = 0; i < ROLLING_BAR; i++)
			putc(i * n < done * ROLLING_BAR ? '#' : '-', ctl->out);
		fprintf(ctl->out, "] %d of %d", (int)done, (int)n);
	}
	fflush(ctl->out);
}

/* Prints a line for each member whose progress is news. */
static void
rolling_news(struct ctl *ctl, const struct xval *r, char **known, size_t *n)
{
	const struct xval *members = xval_get(r, "members"), *m;
	const char *progress, *name;
	size_t i;

	for (i = 0; i < xval_count(members); i++) {
		m = xval_at(members, i);
		progress = xval_get_string(m, "progress");
		name = ctl_join(ctl, xval_get_string(m, "group"),
		    xval_get_string(m, "name"));
		if (i >= *n) {
			*known = pool_grow(ctl->pool, *known, i, 1);
			(*known)[i] = '\0';
			*n = i + 1;
		}
		if ((*known)[i] == *progress)
			continue;
		(*known)[i] = *progress;
		if (strcmp(progress, "done") == 0)
			fprintf(ctl->out, "%s: restarted\n", name);
		else if (strcmp(progress, "failed") == 0)
			fprintf(ctl->out, "%s: ERROR (%s)\n", name,
			    xval_get_string(m, "statename"));
	}
	fflush(ctl->out);
}

/* Lists the members of some progress. */
static void
rolling_list(struct ctl *ctl, const struct xval *r, const char *progress)
{
	const struct xval *members = xval_get(r, "members"), *m;
	const char *list = "", *name;
	size_t i;

	for (i = 0; i < xval_count(members); i++) {
		m = xval_at(members, i);
		name = ctl_join(ctl, xval_get_string(m, "group"),
		    xval_get_string(m, "name"));
		if (strcmp(xval_get_string(m, "progress"), progress) == 0)
			list = pool_printf(ctl->pool, "%s %s", list, name);
	}
	if (*list != '\0')
		fprintf(ctl->out, "%s:%s\n", progress, list);
}

/* Says how it has ended. */
static void
rolling_ended(struct ctl *ctl, const struct xval *r)
{
	const char *state = xval_get_string(r, "state");

	report_begin(ctl);
	report_members(ctl, r);
	if (strcmp(state, "done") == 0) {
		fprintf(ctl->out, "%s: rolling restart done\n",
		    xval_get_string(r, "targets"));
		return;
	}
	ctl->status = CTL_GENERIC;
	fprintf(ctl->out, "%s: ERROR (rolling restart %s: %s)\n",
	    xval_get_string(r, "targets"), state, xval_get_string(r, "reason"));
	rolling_list(ctl, r, "done");
	rolling_list(ctl, r, "failed");
	rolling_list(ctl, r, "untouched");
	fprintf(ctl->out,
	    "mend it, and go on with: rolling-restart --resume %s\n",
	    xval_get_string(r, "targets"));
}

/* Waits a moment; false for Ctrl-C. */
static bool
rolling_nap(int interrupt)
{
	struct pollfd pfd = {.fd = interrupt, .events = POLLIN};

	return poll(&pfd, 1, ROLLING_LOOK_MS) <= 0;
}

/* Looks on until it has ended.  A server that is away for a moment (its engine
 * was replaced) is asked again. */
static void
rolling_watch(struct ctl *ctl, int64_t id, int interrupt)
{
	struct client_reply reply;
	char *known = NULL;
	size_t n = 0;
	int lost = 0;
	bool ended;

	for (;;) {
		client_call(ctl->client, &reply, "appbase.getRolling", "i", id);
		if (reply.status == CLIENT_FAULT ||
		    (reply.status != CLIENT_OK && ++lost > ROLLING_LOST_MAX)) {
			ctl_unexpected(ctl, &reply);
			break;
		}
		if (reply.status == CLIENT_OK) {
			lost = 0;
			ended = strcmp(xval_get_string(reply.value, "state"),
				    "active") != 0;
			rolling_bar(ctl, reply.value, true);
			rolling_news(ctl, reply.value, &known, &n);
			rolling_bar(ctl, reply.value, ended);
			if (ended) {
				rolling_ended(ctl, reply.value);
				break;
			}
		}
		client_clear(&reply);
		if (!rolling_nap(interrupt)) {
			client_call(ctl->client, &reply, "appbase.abortRolling",
			    "i", id);
			fputs("rolling restart ended by Ctrl-C\n", ctl->out);
			ctl->status = CTL_GENERIC;
			break;
		}
	}
	client_clear(&reply);
}

/* Begins it; its id, or -1. */
static int64_t
rolling_begin(struct ctl *ctl, const struct rolling_words *w)
{
	struct client_reply reply;
	int64_t id = -1;

	switch (client_call(ctl->client, &reply, "appbase.startRolling", "sv",
	    w->targets, w->options)) {
	case CLIENT_OK:
		id = xval_as_int(reply.value);
		break;
	case CLIENT_FAULT:
		fprintf(ctl->out, "%s: ERROR (%s)\n", w->targets, reply.text);
		ctl->status = CTL_GENERIC;
		break;
	default:
		ctl_unexpected(ctl, &reply);
	}
	client_clear(&reply);
	return id;
}

void
cmd_rolling(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	struct rolling_words w = {.options = xval_struct()};
	size_t i = 0, taken = 1;
	int interrupt = -1;
	int64_t id;

	(void)arg;
	while (i < words->n && taken > 0)
		i += taken = rolling_take(ctl, &w, words, i);
	if (taken == 0 || w.targets == NULL) {
		xval_free(w.options);
		if (taken == 0)
			ctl_usage(ctl, command, CTL_INVALID_ARGS,
			    "Error: rolling-restart does not know %s",
			    words->v[i]);
		else
			ctl_usage(ctl, command, CTL_GENERIC,
			    "Error: rolling-restart requires a process name");
		return;
	}
	if (ctl->graceful)
		xval_set(w.options, "graceful", xval_bool(true));
	id = rolling_begin(ctl, &w);
	if (id != -1 && w.detach)
		fprintf(ctl->out, "%s: rolling restart %d begun\n", w.targets,
		    (int)id);
	else if (id != -1) {
		if (w.abort_on_exit)
			interrupt = interrupt_open();
		rolling_watch(ctl, id, interrupt);
		if (interrupt != -1)
			interrupt_close();
	}
}
