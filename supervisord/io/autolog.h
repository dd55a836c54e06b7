/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTO logs: names that are made when a group is added (C-235 to C-239). */
#ifndef SUPERVISORD_IO_AUTOLOG_H
#define SUPERVISORD_IO_AUTOLOG_H

#include <stdbool.h>
#include <stddef.h>

#define AUTOLOG_RANDOM 8 /* characters that make a name unique */

/* "DIR/PROCESS-CHANNEL---IDENTIFIER-RANDOM.log", a new text; NULL: ENOMEM. */
char *autolog_path(const char *dir, const char *process, const char *channel,
    const char *identifier, const char *random);

/* Creates an empty file of mode 0600 under a new name and stores its random
 * part. The path, a new text; NULL with errno. */
char *autolog_create(const char *dir, const char *process, const char *channel,
    const char *identifier, char random[AUTOLOG_RANDOM + 1]);

/* Is this the name of an AUTO log of that identifier (C-236, C-237)? */
bool autolog_is_name(const char *name, const char *identifier);
/* Removes all of them; warnings go to the main log (C-238). */
void autolog_clean(const char *dir, const char *identifier);

#endif
