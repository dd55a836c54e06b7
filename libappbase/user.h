/* SPDX-License-Identifier: BSD-2-Clause */
/* Users and groups by name or number, and giving up root for good. */
#ifndef LIBAPPBASE_USER_H
#define LIBAPPBASE_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct user_ids {
	bool set;      /* false: nothing was asked for */
	char name[64]; /* login name, "" if the number has no entry */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned; includes gid */
	size_t ngroups;
};

/*
 * Resolves `user` ("name", "1000", "name:group") and `group` (either may be
 * NULL; group wins over the part after ':').  A text that is a name and a
 * number is taken as the name.  A group alone keeps the effective user.  A user
 * without group gets its primary group; a bare number without passwd entry
 * needs a group, else gets the gid of the same number.  Supplementary groups
 * come from getgrouplist(3), a lookup by name (so SSSD without enumeration
 * works); an explicit group gives just that one plus the user's own list.
 * Writes a one-line reason ("unknown user: nosuch") to err.  Returns 0 or -1.
 */
int user_lookup(const char *user, const char *group, struct user_ids *,
    char *err, size_t errlen);
void user_clear(struct user_ids *);

/*
 * setgroups, setgid, setuid, each checked, then verified irreversible.  As a
 * non-root user it succeeds only if nothing would change: same uid and gid and
 * no group missing (groups beyond the list cannot be given up and are
 * tolerated).  Returns 0, or -1 with a one-line reason in err; the ids may then
 * be changed in part, so the process has to end.
 */
int user_switch(const struct user_ids *, char *err, size_t errlen);

#endif
