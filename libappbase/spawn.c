/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a program: see spawn.h.
 *
 * plan_make() does all that needs thought or memory; then the child runs the
 * script, a table of stages, while its parent is suspended by vfork(2).  Parent
 * and child share memory, but neither signal dispositions, mask, descriptors,
 * directory, umask, limits nor ids; ids are set by system calls, because the
 * library's functions would reach for the parent's threads.
 *
 * With many descriptors open the child begins on its parent's table and leaves
 * it taking along only the low ones, as copying and closing thousands takes
 * longer than all the rest.
 *
 * Two things are shared that should not be, and are put right by the parent:
 * errno, and the "dumpable" attribute of the memory, which the kernel takes
 * away when ids change.
 */
#include "libappbase/spawn.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "libappbase/fdplace.h"

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* Exit status of a child that did not get to exec. */
#define CHILD_FAILED   127
#define LISTEN_PID     "LISTEN_PID=" /* without a value */
#define LISTEN_PID_MAX 32

/*
 * Written by the child.  Tools that turn vfork into fork (valgrind) lose it: a
 * failed child then looks like a program that exits with CHILD_FAILED.
 */
struct report {
	volatile int stage;
	volatile int error;
};

/* What the child needs; it changes only what report and listen_pid point to. */
struct plan {
	const struct appbase_spawn *req;
	char *const *envp;
	char **own_envp;  /* a copy, if there is a pid to fill in */
	char *listen_pid; /* LISTEN_PID=..., written by the child */
	pid_t parent;
	int parent_death;
	int signals[NSIG]; /* not at their default here */
	size_t nsignals;
	struct fdplace place;
	bool same_ids; /* the ids asked for are those we have */
	char oom[16];
	size_t oom_len;
	struct report *report;
};

static int plan_check(const struct appbase_spawn *, int);
static int plan_make(struct plan *, const struct appbase_spawn *, int);
static int plan_environment(struct plan *);
static void plan_signals(struct plan *);
static int plan_ids(struct plan *);
static int plan_groups_same(const struct appbase_spawn *);
static bool groups_have(const gid_t *, size_t, gid_t);
static pid_t child_start(const struct plan *);
static pid_t child_clone(const struct plan *);
static void child_run(const struct plan *) __attribute__((__noreturn__));
#ifdef __linux__
static int child_main(void *);
#endif
static int child_group(const struct plan *);
static int child_fds(const struct plan *);
static int child_limits(const struct plan *);
static int child_oom(const struct plan *);
static int child_ids(const struct plan *);
static int child_chdir(const struct plan *);
static int child_umask(const struct plan *);
static int child_exec(const struct plan *);
static void child_write_pid(char *);
static void child_bind_to_parent(const struct plan *);
static int dumpable_get(void);
static void dumpable_set(int);

static const struct {
	enum appbase_spawn_stage stage;
	int (*run)(const struct plan *);
} script[] = {
    {APPBASE_STAGE_GROUP, child_group},
    {APPBASE_STAGE_FDS, child_fds},
    {APPBASE_STAGE_LIMITS, child_limits},
    {APPBASE_STAGE_IDS, child_ids},
    {APPBASE_STAGE_CHDIR, child_chdir},
    {APPBASE_STAGE_UMASK, child_umask},
    {APPBASE_STAGE_EXEC, child_exec},
};

static const char *const stage_names[] = {
    [APPBASE_STAGE_NONE] = "none",
    [APPBASE_STAGE_REQUEST] = "request",
    [APPBASE_STAGE_FORK] = "fork",
    [APPBASE_STAGE_GROUP] = "group",
    [APPBASE_STAGE_FDS] = "fds",
    [APPBASE_STAGE_LIMITS] = "limits",
    [APPBASE_STAGE_IDS] = "ids",
    [APPBASE_STAGE_CHDIR] = "chdir",
    [APPBASE_STAGE_UMASK] = "umask",
    [APPBASE_STAGE_EXEC] = "exec",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Return the name of a stage. */
const char *
appbase_spawn_stage_name(enum appbase_spawn_stage stage)
{
	if ((size_t)stage >= COUNT(stage_names))
		return "unknown";
	return stage_names[stage];
}

/* Start a program. */
int
spawn_run(const struct appbase_spawn *req, int parent_death,
    struct spawn_result *result)
{
	struct report report = {.stage = APPBASE_STAGE_NONE};
	char listen_pid[LISTEN_PID_MAX] = LISTEN_PID;
	struct plan plan = {.report = &report, .listen_pid = listen_pid};
	sigset_t all, before;
	int dumpable, error, saved = errno;
	pid_t pid;

	*result = (struct spawn_result){.stage = APPBASE_STAGE_REQUEST};
	if (plan_check(req, parent_death) == -1)
		goto out;
	result->stage = APPBASE_STAGE_FORK;
	if (plan_make(&plan, req, parent_death) == -1)
		goto out;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	plan_signals(&plan);
	dumpable = dumpable_get();
	pid = child_start(&plan);
	error = errno;
	dumpable_set(dumpable);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid != -1) {
		result->pid = pid;
		result->stage = (enum appbase_spawn_stage)report.stage;
		error = report.error;
	}
	errno = error;
out:
	error = errno;
	free(plan.own_envp);
	errno = error;
	if (result->stage == APPBASE_STAGE_NONE) {
		errno = saved;
		return 0;
	}
	result->error = errno;
	return -1;
}

/* Check the request: 0, or -1 with errno EINVAL, E2BIG. */
static int
plan_check(const struct appbase_spawn *req, int parent_death)
{
	const uid_t no_uid = (uid_t)-1;
	const gid_t no_gid = (gid_t)-1;
	size_t i, j;

	errno = E2BIG;
	if (req->nfds > APPBASE_KEEP_FDS_MAX)
		return -1;
	errno = EINVAL;
	if (req->path == NULL || req->argv == NULL || req->argv[0] == NULL)
		return -1;
	if (parent_death < 0 || parent_death >= NSIG)
		return -1;
	/* These mean "leave it": they must not pass for success. */
	if ((req->flags & APPBASE_SPAWN_SETIDS) != 0 &&
	    (req->uid == no_uid || req->gid == no_gid ||
		groups_have(req->groups, req->ngroups, no_gid)))
		return -1;
	for (i = 0; i < req->nfds; i++) {
		if (req->fds[i].target < 0)
			return -1;
		for (j = 0; j < i; j++) {
			if (req->fds[j].target == req->fds[i].target)
				return -1;
		}
	}
	return 0;
}

/* Prepare all that the child needs: 0 or -1 with errno. */
static int
plan_make(struct plan *p, const struct appbase_spawn *req, int parent_death)
{
	static char *const no_environment[] = {NULL};
	int n;

	p->req = req;
	p->envp = req->envp != NULL ? req->envp : no_environment;
	p->parent = getpid();
	p->parent_death = parent_death;
	fdplace_plan(&p->place, req->fds, req->nfds);
	if (plan_environment(p) == -1 || plan_ids(p) == -1)
		return -1;
	n = snprintf(p->oom, sizeof(p->oom), "%d", req->oom_score_adj);
	p->oom_len = (size_t)n;
	return 0;
}

/* Copy the environment if the child is to fill in its pid there. */
static int
plan_environment(struct plan *p)
{
	size_t i, n;

	for (n = 0; p->envp[n] != NULL; n++)
		continue;
	for (i = 0; i < n && strcmp(p->envp[i], LISTEN_PID) != 0; i++)
		continue;
	if (i == n)
		return 0;
	if ((p->own_envp = reallocarray(NULL, n + 1, sizeof(char *))) == NULL)
		return -1;
	memcpy(p->own_envp, p->envp, (n + 1) * sizeof(char *));
	p->own_envp[i] = p->listen_pid;
	p->envp = p->own_envp;
	return 0;
}

/* Find the signals that are not at their default. */
static void
plan_signals(struct plan *p)
{
	struct sigaction action;
	int signo;

	p->nsignals = 0;
	for (signo = 1; signo < NSIG; signo++) {
		if (sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			p->signals[p->nsignals++] = signo;
	}
}

/* See whether ids are to be changed at all: 0 or -1 ENOMEM. */
static int
plan_ids(struct plan *p)
{
	const struct appbase_spawn *req = p->req;
	uid_t uid[3];
	gid_t gid[3];
	int same, i;

	p->same_ids = false;
	if ((req->flags & APPBASE_SPAWN_SETIDS) == 0 || geteuid() == 0)
		return 0;
	if (getresuid(&uid[0], &uid[1], &uid[2]) == -1 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) == -1)
		return -1;
	for (i = 0; i < 3; i++) {
		if (uid[i] != req->uid || gid[i] != req->gid)
			return 0;
	}
	same = plan_groups_same(req);
	p->same_ids = same == 1;
	return same == -1 ? -1 : 0;
}

/* Tell whether our groups are the request's, in any order: 1, 0, -1 ENOMEM. */
static int
plan_groups_same(const struct appbase_spawn *req)
{
	gid_t *have = NULL;
	int count, i, same = -1;
	size_t j;

	count = getgroups(0, NULL);
	if (count == -1)
		goto out;
	have = calloc((size_t)count + 1, sizeof(*have));
	if (have == NULL)
		goto out;
	count = getgroups(count, have);
	if (count == -1)
		goto out;
	have[count++] = req->gid; /* which is our group, or we were not here */
	same = 1;
	for (i = 0; i < count; i++) {
		if (have[i] != req->gid &&
		    !groups_have(req->groups, req->ngroups, have[i]))
			same = 0;
	}
	for (j = 0; j < req->ngroups; j++) {
		if (!groups_have(have, (size_t)count, req->groups[j]))
			same = 0;
	}
out:
	free(have);
	return same;
}

/* Tell whether a group is in a list. */
static bool
groups_have(const gid_t *groups, size_t ngroups, gid_t gid)
{
	size_t i;

	for (i = 0; i < ngroups; i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}

/* Make the process; a function of its own, as it returns twice. */
static __attribute__((__noinline__)) pid_t
child_start(const struct plan *p)
{
	pid_t pid;

	if (p->place.shared)
		return child_clone(p);
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	pid = vfork();
	if (pid == 0)
		child_run(p); /* NOLINT(clang-analyzer-unix.Vfork) */
	return pid;
}

/* Make the process, as vfork does, on the parent's descriptor table. */
static pid_t
child_clone(const struct plan *p)
{
#ifdef __linux__
	alignas(16) unsigned char stack[32 * 1024];

	return clone(child_main, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD,
	    (void *)(uintptr_t)p);
#else
	(void)p;
	errno = ENOSYS;
	return -1;
#endif
}

/*
 * Run the script.  From here to the end of the file only what is safe after
 * vfork is called, and nothing of the parent's memory is changed but the
 * report and the text of LISTEN_PID.
 */
static void
child_run(const struct plan *p)
{
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (i = 0; i < p->nsignals; i++)
		(void)sigaction(p->signals[i], &action, NULL);
	for (i = 0; i < COUNT(script); i++) {
		if (script[i].run(p) == -1) {
			p->report->error = errno;
			p->report->stage = script[i].stage;
			break;
		}
	}
	_exit(CHILD_FAILED);
}

#ifdef __linux__
/* Run the script, as a function for clone(2). */
static int
child_main(void *plan)
{
	child_run(plan);
}
#endif

/* Leave the parent's process group, or its session. */
static int
child_group(const struct plan *p)
{
	if ((p->req->flags & APPBASE_SPAWN_SETSID) != 0)
		return setsid() == -1 ? -1 : 0;
	if ((p->req->flags & APPBASE_SPAWN_SETPGID) != 0)
		return setpgid(0, 0);
	return 0;
}

/* Have the listed descriptors, and no others. */
static int
child_fds(const struct plan *p)
{
	return fdplace_apply(&p->place);
}

/* Set priority and limits. */
static int
child_limits(const struct plan *p)
{
	const struct appbase_spawn *req = p->req;
	struct rlimit limit;
	size_t i;

	if ((req->flags & APPBASE_SPAWN_OOM) != 0 && child_oom(p) == -1)
		return -1;
	if ((req->flags & APPBASE_SPAWN_NICE) != 0 &&
	    setpriority(PRIO_PROCESS, 0, req->nice) == -1)
		return -1;
	for (i = 0; i < req->nlimits; i++) {
		limit.rlim_cur = req->limits[i].soft;
		limit.rlim_max = req->limits[i].hard;
		if (setrlimit(req->limits[i].resource, &limit) == -1)
			return -1;
	}
	return 0;
}

/* Set how eagerly the kernel kills this process when memory is short. */
static int
child_oom(const struct plan *p)
{
	ssize_t n;
	int fd, error;

	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = write(fd, p->oom, p->oom_len);
	error = errno;
	(void)close(fd);
	errno = error;
	return n == -1 ? -1 : 0;
}

#if defined(__linux__) && defined(SYS_setresuid32)
#define SYSTEM_SETGROUPS(n, list) syscall(SYS_setgroups32, n, list)
#define SYSTEM_SETGID(gid)	  syscall(SYS_setresgid32, gid, gid, gid)
#define SYSTEM_SETUID(uid)	  syscall(SYS_setresuid32, uid, uid, uid)
#elif defined(__linux__)
#define SYSTEM_SETGROUPS(n, list) syscall(SYS_setgroups, n, list)
#define SYSTEM_SETGID(gid)	  syscall(SYS_setresgid, gid, gid, gid)
#define SYSTEM_SETUID(uid)	  syscall(SYS_setresuid, uid, uid, uid)
#else
#define SYSTEM_SETGROUPS(n, list) setgroups((int)(n), list)
#define SYSTEM_SETGID(gid)	  setresgid(gid, gid, gid)
#define SYSTEM_SETUID(uid)	  setresuid(uid, uid, uid)
#endif

/* Become the user: groups first, while that is still allowed. */
static int
child_ids(const struct plan *p)
{
	const struct appbase_spawn *req = p->req;

	if ((req->flags & APPBASE_SPAWN_SETIDS) == 0 || p->same_ids)
		return 0;
	if (SYSTEM_SETGROUPS(req->ngroups, req->groups) == -1 ||
	    SYSTEM_SETGID(req->gid) == -1 || SYSTEM_SETUID(req->uid) == -1)
		return -1;
	return 0;
}

/* Go to the directory. */
static int
child_chdir(const struct plan *p)
{
	return p->req->directory != NULL ? chdir(p->req->directory) : 0;
}

/* Set the umask. */
static int
child_umask(const struct plan *p)
{
	if (p->req->umask_plus_1 > 0)
		(void)umask((mode_t)(p->req->umask_plus_1 - 1));
	return 0;
}

/*
 * Become the program.  A signal that arrives once the mask is empty kills this
 * process, as all dispositions are the default by now; it shall not also dump
 * the shared memory, which older kernels do by killing the parent, too.
 */
static int
child_exec(const struct plan *p)
{
	sigset_t none;

	child_bind_to_parent(p);
	dumpable_set(0);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (p->own_envp != NULL)
		child_write_pid(p->listen_pid);
	(void)execve(p->req->path, p->req->argv, p->envp);
	return -1;
}

/* Write our pid behind the name, in the frame of spawn_run(). */
static void
child_write_pid(char *text)
{
	char digits[16];
	size_t n = 0, at = sizeof(LISTEN_PID) - 1;
	pid_t pid;

	for (pid = getpid(); pid > 0 && n < sizeof(digits); pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	while (n > 0)
		text[at++] = digits[--n];
	text[at] = '\0';
}

/* Arrange to be signalled when the parent dies; after the ids, which undo it.
 */
static void
child_bind_to_parent(const struct plan *p)
{
#ifdef HAVE_SYS_PRCTL_H
	if (p->parent_death == 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, p->parent_death);
	if (getppid() != p->parent)
		_exit(CHILD_FAILED); /* nobody is left to be told */
#else
	(void)p;
#endif
}

/* Return the memory's dumpable attribute, or -1. */
static int
dumpable_get(void)
{
#ifdef HAVE_SYS_PRCTL_H
	return prctl(PR_GET_DUMPABLE);
#else
	return -1;
#endif
}

/* Set the memory's dumpable attribute if it differs; -1 leaves it. */
static void
dumpable_set(int dumpable)
{
#ifdef HAVE_SYS_PRCTL_H
	if (dumpable != -1 && prctl(PR_GET_DUMPABLE) != dumpable)
		(void)prctl(PR_SET_DUMPABLE, dumpable);
#else
	(void)dumpable;
#endif
}
