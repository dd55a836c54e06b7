/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placing descriptors in a child: see fdplace.h.
 */
#include "libappbase/fdplace.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"

/* If this one is open there are many, not worth copying. */
#define FD_MANY (FDPLACE_HIGH + 256)

/* Memory checkers know vfork, but not clone with a stack of one's own. */
#ifdef __has_feature
#define MEMORY_CHECKED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define MEMORY_CHECKED 1
#else
#define MEMORY_CHECKED 0
#endif

#if defined(__linux__) && defined(CLOSE_RANGE_UNSHARE) && !MEMORY_CHECKED
#define HAVE_SHARED
#endif

static int fdplace_last_open(void);
static void fdplace_numbers_sort(struct fdplace_numbers *);
static bool fdplace_numbers_have(const struct fdplace_numbers *, int);
static int fdplace_leave_shared(const struct fdplace *);
static int fdplace_step_aside(const struct fdplace *, int);
static void fdplace_close_others(
    const struct fdplace *, const struct fdplace_numbers *);
static void fdplace_close_some(const struct fdplace *, int, int);

/* Move a descriptor that is only held out of the way. */
int
fdplace_move_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FDPLACE_HIGH);

	if (high == -1)
		return fd;
	(void)close(fd);
	return high;
}

/* Plan where descriptors go. */
void
fdplace_plan(struct fdplace *p, const struct appbase_child_fd *fds, size_t nfds)
{
	size_t i;

	p->fds = fds;
	p->nfds = nfds;
	p->sources.count = p->targets.count = 0;
	for (i = 0; i < nfds; i++) {
		p->targets.n[p->targets.count++] = fds[i].target;
		if (fds[i].fd >= 0)
			p->sources.n[p->sources.count++] = fds[i].fd;
	}
	fdplace_numbers_sort(&p->sources);
	fdplace_numbers_sort(&p->targets);
	p->last = -1;
	p->shared = false;
#ifdef HAVE_CLOSE_RANGE
	if (close_range(UINT_MAX, UINT_MAX, 0) == 0) {
#ifdef HAVE_SHARED
		p->shared = fcntl(FD_MANY, F_GETFD) != -1;
#endif
		return;
	}
#endif
	p->last = fdplace_last_open();
}

/*
 * Have each descriptor at its target, and no other.  First all but the sources
 * are closed, which makes room; then sources that stand where another is to go
 * step aside, so that any permutation works.
 */
int
fdplace_apply(const struct fdplace *p)
{
	const struct appbase_child_fd *fds = p->fds;
	int from[APPBASE_KEEP_FDS_MAX], flags;
	size_t i;

	if (p->shared && fdplace_leave_shared(p) == -1)
		return -1;
	fdplace_close_others(p, &p->sources);
	for (i = 0; i < p->nfds; i++) {
		from[i] = fds[i].fd;
		if (from[i] == fds[i].target ||
		    !fdplace_numbers_have(&p->targets, from[i]))
			continue;
		from[i] = fdplace_step_aside(p, from[i]);
		if (from[i] == -1)
			return -1;
	}
	for (i = 0; i < p->nfds; i++) {
		if (from[i] != fds[i].target) {
			if (dup2(from[i], fds[i].target) == -1)
				return -1;
			continue;
		}
		flags = fcntl(from[i], F_GETFD);
		if (flags == -1 ||
		    fcntl(from[i], F_SETFD, flags & ~FD_CLOEXEC) == -1)
			return -1;
	}
	fdplace_close_others(p, &p->targets);
	return 0;
}

/* Find the highest open descriptor, for a kernel without close_range(2). */
static int
fdplace_last_open(void)
{
	struct dirent *entry;
	long fd, last = -1;
	DIR *dir;

	dir = opendir("/dev/fd");
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		fd = strtol(entry->d_name, NULL, 10);
		if (fd > last)
			last = fd;
	}
	if (dir != NULL)
		closedir(dir);
	return (int)(last > 2 ? last : sysconf(_SC_OPEN_MAX));
}

/* Sort numbers, few and mostly in order. */
static void
fdplace_numbers_sort(struct fdplace_numbers *s)
{
	size_t i, j;
	int n;

	for (i = 1; i < s->count; i++) {
		n = s->n[i];
		for (j = i; j > 0 && s->n[j - 1] > n; j--)
			s->n[j] = s->n[j - 1];
		s->n[j] = n;
	}
}

/* Tell whether a number is among them. */
static bool
fdplace_numbers_have(const struct fdplace_numbers *s, int n)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->n[i] == n)
			return true;
	}
	return false;
}

/* Leave the parent's descriptor table, with a copy up to the last source. */
static int
fdplace_leave_shared(const struct fdplace *p)
{
#ifdef HAVE_SHARED
	unsigned first = 0;

	if (p->sources.count > 0)
		first = (unsigned)p->sources.n[p->sources.count - 1] + 1;
	return close_range(first, UINT_MAX, CLOSE_RANGE_UNSHARE);
#else
	(void)p;
	return 0;
#endif
}

/* Copy a descriptor to a number that is no target; -1 with errno. */
static int
fdplace_step_aside(const struct fdplace *p, int fd)
{
	int copy = -1;

	/* A copy left at a target is in nobody's way: the target's turn comes.
	 */
	do
		copy = fcntl(fd, F_DUPFD_CLOEXEC, copy + 1);
	while (copy != -1 && fdplace_numbers_have(&p->targets, copy));
	return copy;
}

/* Close all descriptors but these. */
static void
fdplace_close_others(
    const struct fdplace *p, const struct fdplace_numbers *keep)
{
	int low = 0;
	size_t i;

	for (i = 0; i < keep->count; i++) {
		if (low < keep->n[i])
			fdplace_close_some(p, low, keep->n[i] - 1);
		if (keep->n[i] == INT_MAX)
			return;
		low = keep->n[i] + 1;
	}
	fdplace_close_some(p, low, INT_MAX);
}

/* Close the descriptors from `low` to `high`. */
static void
fdplace_close_some(const struct fdplace *p, int low, int high)
{
	int fd;

#ifdef HAVE_CLOSE_RANGE
	if (p->last == -1) {
		(void)close_range((unsigned)low, (unsigned)high, 0);
		return;
	}
#endif
	for (fd = low; fd <= high && fd <= p->last; fd++)
		(void)close(fd);
}
