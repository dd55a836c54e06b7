/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client may do. */
#ifndef CONFIG_ROLE_H
#define CONFIG_ROLE_H

#include <stdbool.h>

/* From the mightiest to the least; each may do what those after it may.  What
 * says nothing else needs the first. */
enum role {
	ROLE_ADMIN,   /* everything: shutdown, reload, adding and removing */
	ROLE_OPERATE, /* starts, stops, signals; clears logs, writes to stdin */
	ROLE_READ,    /* looks */
	ROLE_NONE,    /* is not known yet */
	ROLE_COUNT
};

static inline bool
role_may(enum role role, enum role needed)
{
	return role <= needed;
}

/* The role of a name: admin, operate or read, in any case.  False if it is
 * none. */
bool role_named(const char *name, enum role *);
/* Its name; "none" for ROLE_NONE. */
const char *role_name(enum role);

#endif
