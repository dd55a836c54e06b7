/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reload executes: see execpath.h. */
#include "libappbase/execpath.h"

#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXECPATH_SELF	 "/proc/self/exe"
#define EXECPATH_DELETED " (deleted)"

/* Do both paths lead to the same file? */
static bool
execpath_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Is it a regular file that we may execute?  errno as execve(2) has it. */
static bool
execpath_is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Has the path a component "." or ".."? */
static bool
execpath_has_dots(const char *path)
{
	for (const char *p = path; (p = strstr(p, "/.")) != NULL; p++) {
		size_t n = strcspn(p + 1, "/");

		if (n == 1 || (n == 2 && p[2] == '.'))
			return true;
	}
	return false;
}

/* The working directory, or NULL if it cannot be known.  The shell's idea of
 * it, if right, keeps symbolic links. */
static char *
execpath_cwd(void)
{
	const char *pwd = getenv("PWD");

	if (pwd != NULL && pwd[0] == '/' && !execpath_has_dots(pwd) &&
	    execpath_same_file(pwd, "."))
		return strdup(pwd);
	return getcwd(NULL, 0);
}

/* Join directory and name; an absolute name stands alone. */
static char *
execpath_join(const char *dir, const char *name)
{
	char *path;

	if (name[0] == '/')
		return strdup(name);
	if (dir == NULL) {
		errno = ENOENT;
		return NULL;
	}
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	if (asprintf(&path, "%s%s%s", dir,
		dir[strlen(dir) - 1] == '/' ? "" : "/", name) == -1)
		return NULL;
	return path;
}

/* The path of the program's file as the kernel knows it, links resolved. */
static char *
execpath_self(void)
{
	char buf[PATH_MAX];
	ssize_t n = readlink(EXECPATH_SELF, buf, sizeof(buf) - 1);
	const size_t tail = sizeof(EXECPATH_DELETED) - 1;

	if (n <= 0) {
		errno = ENOENT;
		return NULL;
	}
	buf[n] = '\0';
	/* Replaced since we started: what is there now is the program. */
	if ((size_t)n > tail &&
	    strcmp(buf + (size_t)n - tail, EXECPATH_DELETED) == 0 &&
	    access(buf, F_OK) == -1)
		buf[(size_t)n - tail] = '\0';
	return strdup(buf);
}

/* Is this file what we were started from, as far as that can be told? */
static bool
execpath_is_self(const char *path)
{
	char *self = execpath_self();
	bool same = self == NULL || execpath_same_file(path, self);

	free(self);
	return same && execpath_is_program(path);
}

/* One step of the search: this program as `name` in `dir`, or NULL. */
static char *
execpath_try_dir(const char *cwd, const char *dir, const char *name)
{
	char *where = execpath_join(cwd, dir), *path = NULL;

	if (where != NULL)
		path = execpath_join(where, name);
	free(where);
	if (path != NULL && !execpath_is_self(path)) {
		free(path);
		path = NULL;
	}
	return path;
}

/* Search a list of directories; an empty element is the working directory. */
static char *
execpath_search(const char *cwd, const char *name, const char *path_env)
{
	char *list, *rest, *dir, *path = NULL;

	if (path_env == NULL)
		path_env = getenv("PATH");
	if (path_env == NULL || (list = strdup(path_env)) == NULL)
		return NULL;
	rest = list;
	while (path == NULL && (dir = strsep(&rest, ":")) != NULL)
		path = execpath_try_dir(cwd, dir, name);
	free(list);
	return path;
}

/* Find the program's path from what main() was given. */
static char *
execpath_locate(const char *cwd, const char *argv0, const char *path_env)
{
	char *path = NULL;

	if (argv0 == NULL || argv0[0] == '\0')
		return execpath_self();
	if (strchr(argv0, '/') == NULL)
		path = execpath_search(cwd, argv0, path_env);
	else
		path = execpath_join(cwd, argv0);
	if (path != NULL && execpath_is_program(path))
		return path;
	free(path);
	return execpath_self();
}

/* Find what a reload shall execute. */
int
execpath_find(struct execpath *ep, const char *argv0, const char *override,
    const char *path_env)
{
	ep->cwd = execpath_cwd();
	if (override != NULL)
		ep->path = execpath_join(ep->cwd, override);
	else
		ep->path = execpath_locate(ep->cwd, argv0, path_env);
	if (ep->path == NULL) {
		int saved = errno;

		execpath_clear(ep);
		errno = saved;
		return -1;
	}
	return 0;
}

/* Free and forget. */
void
execpath_clear(struct execpath *ep)
{
	free(ep->path);
	free(ep->cwd);
	ep->path = NULL;
	ep->cwd = NULL;
}

/* Check that it can be executed, and describe it. */
int
execpath_check(const struct execpath *ep, char *buf, size_t buflen)
{
	struct stat st;

	snprintf(buf, buflen, "%s", ep->path);
	if (stat(ep->path, &st) == -1)
		return -1;
	snprintf(buf, buflen, "%s (device %u:%u inode %llu)", ep->path,
	    major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino);
	return execpath_is_program(ep->path) ? 0 : -1;
}
