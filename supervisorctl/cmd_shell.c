/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the shell: help, quit, exit. */
#include "supervisorctl/commands.h"

#include <string.h>

#include "common/pool.h"

/* The width that the list of commands has to fit into, and its gaps. */
#define CMD_HELP_WIDTH 79
#define CMD_HELP_GAP   2

/* Supervisor's list is as it ever was (L-073); ours comes after it. */
static const char cmd_help_title[] = "default commands (type help <topic>):";
static const char cmd_help_ours[] = "more commands (type help <topic>):";

/* A list in columns, filled downwards. */
struct cmd_columns {
	const char **names;
	size_t count, rows, cols;
	size_t width[64]; /* of a column */
};

/* Collects the commands that are to be listed. */
static void
cmd_columns_collect(struct cmd_columns *c, struct pool *pool, unsigned kind)
{
	const struct ctl_command *command;

	for (command = ctl_commands; command->name != NULL; command++) {
		if ((command->flags & CTL_UNLISTED) != 0 ||
		    (command->flags & CTL_OURS) != kind)
			continue;
		c->names =
		    pool_grow(pool, c->names, c->count, sizeof(*c->names));
		c->names[c->count++] = command->name;
	}
}

/* Sizes the columns for a number of rows; the width of all together. */
static size_t
cmd_columns_measure(struct cmd_columns *c, size_t rows)
{
	size_t i, len, total = 0;

	c->rows = rows;
	c->cols = (c->count + rows - 1) / rows;
	memset(c->width, 0, sizeof(c->width));
	for (i = 0; i < c->count; i++) {
		len = strlen(c->names[i]);
		if (len > c->width[i / rows])
			c->width[i / rows] = len;
	}
	for (i = 0; i < c->cols; i++)
		total += c->width[i] + (i == 0 ? 0 : CMD_HELP_GAP);
	return total;
}

/* Prints a title and the names of its commands in the fewest rows that fit. */
static void
cmd_help_list(struct ctl *ctl, const char *title, unsigned kind)
{
	struct cmd_columns c = {0};
	size_t row, col, i;

	fprintf(ctl->out, "\n%s\n", title);
	for (i = 0; i < strlen(title); i++)
		putc('=', ctl->out);
	putc('\n', ctl->out);
	cmd_columns_collect(&c, ctl->pool, kind);
	for (row = 1; cmd_columns_measure(&c, row) > CMD_HELP_WIDTH; row++)
		continue;
	for (row = 0; row < c.rows; row++) {
		for (col = 0; col < c.cols; col++) {
			i = col * c.rows + row;
			if (i >= c.count)
				break;
			fprintf(ctl->out, "%s%-*s", col == 0 ? "" : "  ",
			    (int)c.width[col], c.names[i]);
		}
		putc('\n', ctl->out);
	}
}

void
cmd_help(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	const struct ctl_command *topic;

	(void)command;
	(void)words;
	if (arg[0] == '\0') {
		cmd_help_list(ctl, cmd_help_title, 0);
		cmd_help_list(ctl, cmd_help_ours, CTL_OURS);
		putc('\n', ctl->out);
		return;
	}
	topic = ctl_find(arg, strlen(arg));
	if (topic == NULL)
		fprintf(ctl->out, "*** No help on %s\n", arg);
	else
		ctl_help(ctl, topic);
}

void
cmd_quit(struct ctl *ctl, const struct ctl_command *command, const char *arg,
    const struct ctl_words *words)
{
	(void)command;
	(void)arg;
	(void)words;
	putc('\n', ctl->out);
	ctl->leaving = true;
}
