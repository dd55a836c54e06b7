/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is different between the active groups and a configuration just read.
 */
#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/confopt.h"

struct config;
struct config_group;
struct config_process;

/* Groups; every vector is malloc()ed, what it points to is borrowed. */
struct config_diff {
	struct config_group **added; /* in order of the new configuration */
	size_t nadded;
	struct config_group **changed; /* likewise; the new structures */
	size_t nchanged;
	struct config_group **removed; /* in active order; the old structures */
	size_t nremoved;
};

/*
 * Compares the active groups, in their order, with the next configuration
 * .  Returns 0, or -1 with errno ENOMEM.
 */
int config_diff(struct config_diff *, struct config_group *const *active,
    size_t nactive, const struct config *next);
void config_diff_free(struct config_diff *);

/* The test behind `changed`. */
bool config_group_equal(
    const struct config_group *, const struct config_group *);
bool config_process_equal(
    const struct config_process *, const struct config_process *);

/*
 * The keys in which two entries of one process differ: fills rows (at most
 * max) and returns how many there are; *worst is the largest need of a change.
 */
size_t config_process_diff(const struct config_process *,
    const struct config_process *, const struct confopt **rows, size_t max,
    enum confopt_change *worst);

#endif
