/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord --test-config: everything that is wrong with a configuration.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdio.h>

struct config_source;

/*
 * Loads a configuration and writes what there is to say about it, a line each:
 * "FILE:LINE:COLUMN: [SECTION] KEY: TEXT" for a fault, as far as the place is
 * known, and "write: KEY=VALUE" below a value whose % should be doubled;
 * "warning: TEXT" for a warning.  Touches nothing else.  source->errors is not
 * used.  Returns 0 for a good one, 2 otherwise: the exit status.
 */
int config_check(const struct config_source *, FILE *);

#endif
