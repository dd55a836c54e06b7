/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that do one thing to processes and print a line for each. */
#ifndef SUPERVISORCTL_VERB_H
#define SUPERVISORCTL_VERB_H

#include "supervisorctl/ctl.h"

struct cmd_verb {
	const char *one;	/* method for a process */
	const char *group;	/* for a group; NULL: member by member */
	const char *all;	/* for all processes */
	const char *doing;	/* what it is called while it lasts */
	const char *done;	/* what to print on success */
	int ignored;		/* fault that does not spoil the exit status */
	enum ctl_exit no_group; /* status for an unknown group */
	const char *signal;	/* second parameter, or NULL */
};

extern const struct cmd_verb cmd_verb_start;

/* Does it to one process, to the members of a group, to all processes. */
void cmd_one(struct ctl *, const struct cmd_verb *, const char *name);
void cmd_group(struct ctl *, const struct cmd_verb *, const char *group);
void cmd_all(struct ctl *, const struct cmd_verb *);
/* Does it to each name in turn (L-036). */
void cmd_each(
    struct ctl *, const struct cmd_verb *, const struct ctl_words *names);

/* cmd_graceful.c: a restart in the way of each program's reload_mode; what was
 * stopped is started. */
void cmd_restart_graceful(struct ctl *, const struct ctl_words *names);

#endif
