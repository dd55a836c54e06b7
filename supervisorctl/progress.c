/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that tells what is waited for. */
#include "supervisorctl/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "supervisorctl/ctl.h"

/* What is waited for: one session in a program. */
static struct {
	const char *doing; /* NULL: nothing that takes time */
	const char *whom;
	bool shown;
} progress;

/* Draws the line anew each second, and removes it in the end. */
static void
progress_show(void *arg, int seconds)
{
	struct ctl *ctl = arg;

	if (seconds > 0 && progress.doing != NULL) {
		fprintf(ctl->err,
		    "\r\033[K%s %s ... %d s (Ctrl-C: do not wait)",
		    progress.doing, progress.whom, seconds);
		progress.shown = true;
	} else if (progress.shown) {
		fputs("\r\033[K", ctl->err);
		progress.shown = false;
	}
	fflush(ctl->err);
}

void
progress_open(struct ctl *ctl)
{
	if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		client_on_wait(ctl->client, progress_show, ctl);
}

void
progress_about(struct ctl *ctl, const char *doing, const char *whom)
{
	(void)ctl;
	progress.doing = doing;
	progress.whom = whom;
}
