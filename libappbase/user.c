/* SPDX-License-Identifier: BSD-2-Clause */
/* Users, groups, and giving up root for good: see user.h. */
#include "libappbase/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A passwd or group entry above this size is a broken one. */
#define USER_ENTRY_MAX ((size_t)4 * 1024 * 1024)
/* The kernel refuses more (Linux: NGROUPS_MAX). */
#define USER_GROUPS_MAX 65536

/* What a lookup works on; buf holds the strings of pw. */
struct user_entry {
	struct passwd pw;
	char *buf;
	bool found;
};

/* Does this result of a lookup mean only that there is no such entry? */
static bool
user_is_absent(int error)
{
	/* See getpwnam(3): databases answer in several ways. */
	return error == 0 || error == ENOENT || error == ESRCH ||
	    error == EBADF || error == EPERM;
}

/* Ask once with a buffer of `size`; by name, or by uid if name is NULL. */
static int
user_ask(const char *name, uid_t uid, struct user_entry *e, size_t size)
{
	struct passwd *result = NULL;
	char *buf = realloc(e->buf, size);
	int error;

	if (buf == NULL)
		return ENOMEM;
	e->buf = buf;
	if (name != NULL)
		error = getpwnam_r(name, &e->pw, buf, size, &result);
	else
		error = getpwuid_r(uid, &e->pw, buf, size, &result);
	e->found = result != NULL;
	return error;
}

/* Find a passwd entry; 0 (e->found tells), or an error number. */
static int
user_fetch(const char *name, uid_t uid, struct user_entry *e)
{
	int error = ERANGE;

	for (size_t n = 4096; error == ERANGE && n <= USER_ENTRY_MAX; n *= 4)
		error = user_ask(name, uid, e, n);
	return e->found || user_is_absent(error) ? 0 : error;
}

/* Find a gid by group name; 1 found, 0 not, -1 with errno. */
static int
user_fetch_gid(const char *name, gid_t *gid)
{
	struct group gr, *result = NULL;
	char *buf = NULL, *grown;
	int error = ERANGE;

	for (size_t n = 4096; error == ERANGE && n <= USER_ENTRY_MAX; n *= 4) {
		grown = realloc(buf, n);
		if (grown == NULL) {
			error = ENOMEM;
			break;
		}
		buf = grown;
		error = getgrnam_r(name, &gr, buf, n, &result);
	}
	if (result != NULL)
		*gid = gr.gr_gid;
	free(buf);
	if (result != NULL)
		return 1;
	errno = error;
	return user_is_absent(error) ? 0 : -1;
}

/* Read an id written as a number; the all-ones id means "none" to chown(2). */
static bool
user_number(const char *text, unsigned *id)
{
	const char *error;
	long long n;

	if (text[strspn(text, "0123456789")] != '\0')
		return false;
	n = strtonum(text, 0, (long long)UINT32_MAX - 1, &error);
	*id = (unsigned)n;
	return error == NULL;
}

/* Set uid, name and primary gid from what the user was called. */
static int
user_find(const char *user, struct user_entry *e, struct user_ids *ids,
    char *err, size_t errlen)
{
	unsigned number;
	int error = user_fetch(user, 0, e);

	if (error == 0 && !e->found) {
		if (!user_number(user, &number)) {
			snprintf(err, errlen, "unknown user: %s", user);
			return -1;
		}
		ids->uid = number;
		ids->gid = number;
		error = user_fetch(NULL, ids->uid, e);
	}
	if (error != 0) {
		snprintf(err, errlen, "cannot look up user %s: %s", user,
		    strerror(error));
		return -1;
	}
	return 0;
}

/* Set the gid from what the group was called. */
static int
user_find_group(
    const char *group, struct user_ids *ids, char *err, size_t errlen)
{
	unsigned number;

	switch (user_fetch_gid(group, &ids->gid)) {
	case 1:
		return 0;
	case 0:
		if (user_number(group, &number)) {
			ids->gid = number;
			return 0;
		}
		snprintf(err, errlen, "unknown group: %s", group);
		return -1;
	default:
		snprintf(err, errlen, "cannot look up group %s: %s", group,
		    strerror(errno));
		return -1;
	}
}

/* List the groups of a login name, its gid among them. */
static int
user_list_groups(const char *login, struct user_ids *ids)
{
	int n = 32;

	for (;;) {
		int room = n;
		gid_t *grown =
		    reallocarray(ids->groups, (size_t)n, sizeof(gid_t));

		if (grown == NULL)
			return -1;
		ids->groups = grown;
		ids->groups[0] = ids->gid;
		ids->ngroups = 1;
		if (login == NULL)
			return 0;
		if (getgrouplist(login, ids->gid, ids->groups, &n) >= 0) {
			ids->ngroups = (size_t)n;
			return 0;
		}
		/* Some systems say how many there are, some do not. */
		if (n <= room)
			n = room * 2;
		if (n > USER_GROUPS_MAX) {
			errno = E2BIG;
			return -1;
		}
	}
}

/* Resolve a user and a group, each a name; user NULL = who we are. */
static int
user_resolve(const char *user, const char *group, struct user_ids *ids,
    char *err, size_t errlen)
{
	struct user_entry e = {.buf = NULL};
	int rc = -1;

	if (user != NULL) {
		if (user_find(user, &e, ids, err, errlen) == -1)
			goto out;
	} else {
		ids->uid = geteuid();
		(void)user_fetch(NULL, ids->uid, &e);
	}
	if (e.found) {
		ids->uid = e.pw.pw_uid;
		ids->gid = e.pw.pw_gid;
		strlcpy(ids->name, e.pw.pw_name, sizeof(ids->name));
	}
	if (group != NULL && user_find_group(group, ids, err, errlen) == -1)
		goto out;
	if (user_list_groups(e.found ? e.pw.pw_name : NULL, ids) == -1) {
		snprintf(err, errlen, "cannot list the groups of %s: %s",
		    user != NULL ? user : ids->name, strerror(errno));
		goto out;
	}
	ids->set = true;
	rc = 0;
out:
	free(e.buf);
	return rc;
}

/* Resolve what was asked for. */
int
user_lookup(const char *user, const char *group, struct user_ids *ids,
    char *err, size_t errlen)
{
	char *copy = NULL, *colon;
	int rc;

	memset(ids, 0, sizeof(*ids));
	if (user == NULL && group == NULL)
		return 0;
	if (user != NULL) {
		copy = strdup(user);
		if (copy == NULL) {
			snprintf(err, errlen, "%s", strerror(errno));
			return -1;
		}
		colon = strchr(copy, ':');
		if (colon != NULL) {
			*colon = '\0';
			if (group == NULL)
				group = colon + 1;
		}
	}
	rc = user_resolve(copy, group, ids, err, errlen);
	if (rc == -1)
		user_clear(ids);
	free(copy);
	return rc;
}

/* Free and forget. */
void
user_clear(struct user_ids *ids)
{
	free(ids->groups);
	memset(ids, 0, sizeof(*ids));
}

/* Is `gid` among these? */
static bool
user_has_group(const gid_t *groups, size_t n, gid_t gid)
{
	for (size_t i = 0; i < n; i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}

/* Are we these ids, with all these groups, and (exact) with no other? */
static bool
user_is_already(const struct user_ids *ids, bool exact)
{
	int n = getgroups(0, NULL);
	gid_t *now;
	bool same;

	if (getuid() != ids->uid || geteuid() != ids->uid ||
	    getgid() != ids->gid || getegid() != ids->gid || n < 0)
		return false;
	now = calloc((size_t)n + 1, sizeof(*now));
	if (now == NULL)
		return false;
	n = getgroups(n, now);
	same = n >= 0;
	/* Whether the list repeats the gid differs from system to system. */
	for (size_t i = 0; same && i < ids->ngroups; i++)
		same = ids->groups[i] == ids->gid ||
		    user_has_group(now, (size_t)n, ids->groups[i]);
	for (int i = 0; same && exact && i < n; i++)
		same = user_has_group(ids->groups, ids->ngroups, now[i]);
	free(now);
	return same;
}

/* Try to become root again; true if it cannot be done. */
static bool
user_is_final(const struct user_ids *ids)
{
	if (ids->uid == 0)
		return true;
	if (setuid(0) == 0 || seteuid(0) == 0)
		return false;
	return ids->gid == 0 || (setgid(0) == -1 && setegid(0) == -1);
}

/* Set the ids, as root. */
static int
user_set(const struct user_ids *ids, char *err, size_t errlen)
{
	if (setgroups(ids->ngroups, ids->groups) == -1)
		snprintf(err, errlen, "setgroups: %s", strerror(errno));
	else if (setgid(ids->gid) == -1)
		snprintf(err, errlen, "setgid %ld: %s", (long)ids->gid,
		    strerror(errno));
	else if (setuid(ids->uid) == -1)
		snprintf(err, errlen, "setuid %ld: %s", (long)ids->uid,
		    strerror(errno));
	else
		return 0;
	return -1;
}

/* Change the ids for good. */
int
user_switch(const struct user_ids *ids, char *err, size_t errlen)
{
	bool root = geteuid() == 0;

	if (!ids->set)
		return 0;
	if (!user_is_already(ids, root)) {
		if (!root) {
			snprintf(err, errlen,
			    "only root can change to user %ld, group %ld",
			    (long)ids->uid, (long)ids->gid);
			return -1;
		}
		if (user_set(ids, err, errlen) == -1)
			return -1;
	}
	if (!user_is_already(ids, root) || !user_is_final(ids)) {
		snprintf(err, errlen,
		    "privileges remain after changing to user %ld",
		    (long)ids->uid);
		return -1;
	}
	return 0;
}
