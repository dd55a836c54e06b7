/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names with wildcards (users' want 26): "web-*", "web:w?", "*:w[0-3]".
 *
 * A pattern with a colon is compared with group:process, one without with the
 * name as status shows it.  "group:*" is no pattern but a whole group, as ever.
 */
#ifndef SUPERVISORCTL_PATTERN_H
#define SUPERVISORCTL_PATTERN_H

#include "supervisorctl/ctl.h"

/*
 * Puts the names that fit in the place of each pattern, in the order of status;
 * a pattern that fits nothing stays, and so do all if the server does not
 * answer, for the command to say what is wrong.
 */
void pattern_expand(struct ctl *, struct ctl_words *);

#endif
