/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data types that look at the system: paths and users.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"

/* Replaces a leading ~ or ~user. */
const char *
datatype_expanduser(const char *s, struct pool *pool)
{
	const char *home = NULL, *rest, *user;
	struct passwd *pw = NULL;
	size_t n;

	if (*s != '~')
		return s;
	rest = strchrnul(s, '/');
	if (rest == s + 1) {
		if ((home = getenv("HOME")) == NULL)
			pw = getpwuid(getuid());
	} else {
		user = pool_strndup(pool, s + 1, (size_t)(rest - s) - 1);
		pw = getpwnam(user);
	}
	if (pw != NULL)
		home = pw->pw_dir;
	if (home == NULL)
		return s;
	for (n = strlen(home); n > 0 && home[n - 1] == '/'; n--)
		;
	if (n == 0 && *rest == '\0')
		return "/";
	return pool_printf(pool, "%.*s%s", (int)n, home, rest);
}

/* Tells whether a path is a directory. */
static bool
datatype_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Reads a path whose directory has to exist. */
int
datatype_dirpath(const char *s, struct pool *pool, const char **out, char **err)
{
	const char *path = datatype_expanduser(s, pool), *slash;
	size_t n;

	*out = path;
	if ((slash = strrchr(path, '/')) == NULL)
		return 0;
	n = slash == path ? 1 : (size_t)(slash - path);
	if (datatype_is_dir(pool_strndup(pool, path, n)))
		return 0;
	return errtext_set(err,
	    "The directory named as part of the path %s does not exist", s);
}

/* Reads the path of a directory. */
int
datatype_directory(
    const char *s, struct pool *pool, const char **out, char **err)
{
	*out = datatype_expanduser(s, pool);
	if (datatype_is_dir(*out))
		return 0;
	return errtext_set(err, "%s is not an existing directory", s);
}

/* Reads a log file's name. */
int
datatype_logfile(
    const char *s, struct pool *pool, struct confopt_logfile *out, char **err)
{
	out->path = NULL;
	if (strcasecmp(s, "none") == 0 || strcasecmp(s, "off") == 0)
		out->kind = CONFOPT_LOG_NONE;
	else if (strcasecmp(s, "auto") == 0)
		out->kind = CONFOPT_LOG_AUTO;
	else if (strcasecmp(s, "syslog") == 0)
		out->kind = CONFOPT_LOG_SYSLOG;
	else {
		out->kind = CONFOPT_LOG_FILE;
		return datatype_dirpath(s, pool, &out->path, err);
	}
	return 0;
}

/* Reads a user. */
int
datatype_user(
    const char *s, struct pool *pool, struct confopt_user *out, char **err)
{
	struct passwd *pw = NULL;
	int64_t id;

	if (datatype_integer(s, &id, NULL) == 0) {
		if (id >= 0 && id < UINT32_MAX)
			pw = getpwuid((uid_t)id);
		if (pw == NULL)
			return errtext_set(err, "Invalid user id %s", s);
	} else if ((pw = getpwnam(s)) == NULL)
		return errtext_set(err, "Invalid user name %s", s);
	out->name = pool_strdup(pool, s);
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return 0;
}

/* Finds a group by name or number; -1 when there is none. */
static int64_t
datatype_group(const char *s)
{
	struct group *gr = NULL;
	int64_t id;

	if (datatype_integer(s, &id, NULL) == 0) {
		if (id >= 0 && id < UINT32_MAX)
			gr = getgrgid((gid_t)id);
	} else
		gr = getgrnam(s);
	return gr == NULL ? -1 : (int64_t)gr->gr_gid;
}

/* Reads user[:group]. */
int
datatype_user_group(
    const char *s, struct pool *pool, struct confopt_user *out, char **err)
{
	const char *colon = strchrnul(s, ':');
	const char *user = pool_strndup(pool, s, (size_t)(colon - s));

	if (datatype_user(user, pool, out, NULL) == -1)
		goto bad;
	out->gid = -1;
	out->name = pool_strdup(pool, s);
	if (*colon == '\0' || (out->gid = datatype_group(colon + 1)) != -1)
		return 0;
bad:
	return errtext_set(err, "Invalid user:group definition %s", s);
}

/* Appends one component to a path that is being built. */
static size_t
datatype_path_add(char *path, size_t n, const char *s, size_t len)
{
	if (len == 0 || (len == 1 && *s == '.'))
		return n;
	if (len == 2 && memcmp(s, "..", 2) == 0) {
		while (n > 0 && path[--n] != '/')
			;
		return n;
	}
	path[n] = '/';
	memcpy(path + n + 1, s, len);
	return n + 1 + len;
}

/* Makes a path absolute and normal. */
const char *
datatype_abspath(const char *path, const char *directory, struct pool *pool)
{
	const char *s;
	char *result;
	size_t n = 0, len;

	if (*path != '/')
		path = pool_printf(pool, "%s/%s", directory, path);
	result = pool_alloc(pool, strlen(path) + 2);
	for (s = path; *s != '\0'; s += len + (s[len] == '/')) {
		len = strcspn(s, "/");
		n = datatype_path_add(result, n, s, len);
	}
	if (n == 0)
		result[n++] = '/';
	result[n] = '\0';
	return result;
}
