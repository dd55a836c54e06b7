/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reload executes: the path the program was started by, made
 * absolute without resolving symbolic links, so that a `current -> release-N`
 * deploy followed by a reload runs the new release; and the directory it was
 * started in.  Scripts keep their interpreter (the kernel's business).
 */
#ifndef LIBAPPBASE_EXECPATH_H
#define LIBAPPBASE_EXECPATH_H

#include <stddef.h>

struct execpath {
	char *path; /* absolute */
	char *cwd;  /* absolute; NULL if unknown */
};

/*
 * `argv0` with a slash is taken relative to the working directory; without one
 * it is looked up along `path_env` (NULL = $PATH), where only this very program
 * counts, not another of its name; if that fails (argv0 may be any text),
 * /proc/self/exe.  `override` (absolute or relative) wins.  The working
 * directory is $PWD if that names it, so that symbolic links in it are kept as
 * well.  Returns 0, or -1 with errno: ENOENT (no way to tell), ENOMEM.
 */
int execpath_find(struct execpath *, const char *argv0, const char *override,
    const char *path_env);
void execpath_clear(struct execpath *);

/*
 * Can it be executed now?  A regular file with an x bit for us.  Returns 0 or
 * -1 with errno, and describes it ("/x/y (device 8:1 inode 77)", or just the
 * path if there is nothing) in buf.
 */
int execpath_check(const struct execpath *, char *buf, size_t buflen);

#endif
