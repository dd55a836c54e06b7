/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sample configuration (L-083 to L-085), made from the option table.
 */
#ifndef CONFIG_SAMPLE_H
#define CONFIG_SAMPLE_H

#include <stdio.h>

/* Writes it; what goes wrong shows in ferror(). */
void config_sample(FILE *);

#endif
