/* SPDX-License-Identifier: BSD-2-Clause */
/* User and resource limits of supervisord itself. */
#include "supervisord/startup.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/errtext.h"
#include "supervisord/io/mainlog.h"

#define STARTUP_GROUPS_MAX 1024

/* A limit that is raised, and what is said when it cannot be. */
struct startup_limit {
	int resource;
	const char *name;
	int64_t wanted;
	const char *complaint; /* takes wanted and the hard limit */
};

static int startup_switch(uid_t, char **);
static int startup_raise(const struct startup_limit *, char **);

/* Says that root's privileges were kept. */
void
startup_warn_root(const struct config_supervisord *set)
{
	if (geteuid() == 0 && set->user.uid == -1)
		mainlog(LEVEL_CRITICAL,
		    "Supervisor is running as root.  Privileges were not "
		    "dropped because no user is specified in the config file.  "
		    "If you intend to run as root, you can set user=root in "
		    "the config file to avoid this message.");
}

/* Becomes the configured user. */
int
startup_set_user(const struct config_supervisord *set, char **err)
{
	uid_t uid;

	startup_warn_root(set);
	if (set->user.uid == -1)
		return 0;
	uid = (uid_t)set->user.uid;
	if (uid != getuid()) {
		if (getuid() != 0)
			return errtext_set(
			    err, "Can't drop privilege as nonroot user");
		if (startup_switch(uid, err) == -1)
			return -1;
	}
	mainlog(LEVEL_INFO, "Set uid to user %lld succeeded",
	    (long long)set->user.uid);
	return 0;
}

/* Raises the limits that are too low (C-220, C-221). */
int
startup_set_limits(const struct config_supervisord *set, char **err)
{
	const struct startup_limit files = {RLIMIT_NOFILE, "RLIMIT_NOFILE",
	    set->minfds,
	    "The minimum number of file descriptors required to run this "
	    "process is %lld as per the \"minfds\" command-line argument or "
	    "config file setting. The current environment will only allow you "
	    "to open %lld file descriptors.  Either raise the number of usable "
	    "file descriptors in your environment (see README.rst) or lower "
	    "the minfds setting in the config file to allow the process to "
	    "start."};
	const struct startup_limit procs = {RLIMIT_NPROC, "RLIMIT_NPROC",
	    set->minprocs,
	    "The minimum number of available processes required to run this "
	    "program is %lld as per the \"minprocs\" command-line argument or "
	    "config file setting. The current environment will only allow you "
	    "to open %lld processes.  Either raise the number of usable "
	    "processes in your environment (see README.rst) or lower the "
	    "minprocs setting in the config file to allow the program to "
	    "start."};

	if (startup_raise(&files, err) == -1)
		return -1;
	return startup_raise(&procs, err);
}

/* Sets groups, group and user, in this order (C-212, C-214). */
static int
startup_switch(uid_t uid, char **err)
{
	gid_t groups[STARTUP_GROUPS_MAX];
	int n = STARTUP_GROUPS_MAX;
	const struct passwd *pw;

	if ((pw = getpwuid(uid)) == NULL)
		return errtext_set(err, "Can't find uid %lld", (long long)uid);
	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) == -1)
		n = STARTUP_GROUPS_MAX;
	if (setgroups((size_t)n, groups) == -1)
		return errtext_set(
		    err, "Could not set groups of effective user");
	if (setgid(pw->pw_gid) == -1)
		return errtext_set(
		    err, "Could not set group id of effective user");
	if (setuid(uid) == -1)
		return errtext_set(err, "Can't set uid %lld: %s",
		    (long long)uid, strerror(errno));
	return 0;
}

/* Raises one limit; one that is high enough is never lowered (C-222 to C-224).
 */
static int
startup_raise(const struct startup_limit *limit, char **err)
{
	rlim_t wanted = (rlim_t)limit->wanted, hard;
	struct rlimit rl;

	if (limit->wanted <= 0 || getrlimit(limit->resource, &rl) == -1 ||
	    rl.rlim_cur == RLIM_INFINITY || rl.rlim_cur >= wanted)
		return 0;
	hard = rl.rlim_max;
	rl.rlim_cur = wanted;
	if (hard != RLIM_INFINITY && hard < wanted)
		rl.rlim_max = wanted;
	if (setrlimit(limit->resource, &rl) == -1) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		return errtext_set(err, limit->complaint,
		    (long long)limit->wanted, (long long)hard);
#pragma GCC diagnostic pop
	}
	mainlog(LEVEL_INFO, "Increased %s limit to %lld", limit->name,
	    (long long)limit->wanted);
	return 0;
}
