/* SPDX-License-Identifier: BSD-2-Clause */
/* What the word being typed could become (L-080). */
#ifndef SUPERVISORCTL_COMPLETE_H
#define SUPERVISORCTL_COMPLETE_H

#include <stddef.h>

struct ctl;

/* Words, borrowed until the next call or complete_forget(). */
struct complete_list {
	const char *const *v;
	size_t n;
};

/*
 * The words that could stand at byte `point` of a line: commands, groups or
 * processes.  Not narrowed to what has been typed of the word.  Processes are
 * asked for once and kept until complete_forget().
 */
struct complete_list complete_words(
    struct ctl *, const char *line, size_t point);
void complete_forget(struct ctl *);

#endif
