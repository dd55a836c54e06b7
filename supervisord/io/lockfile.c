/* SPDX-License-Identifier: BSD-2-Clause */
/* Lock files: looking, removing, waiting for a lock in a thread. */
#include "supervisord/io/lockfile.h"

#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCKFILE_STAT_MAX 512

/* What thread and loop share; the last of the two frees it. */
struct lockwait_shared {
	int fd;	   /* of the file */
	int event; /* written when the lock is ours */
	_Atomic bool has;
	_Atomic int references;
};

struct lockwait {
	struct lockwait_shared *shared;
	struct loop_io *io; /* NULL: it was free at once */
	loop_callback *got;
	void *arg;
};

/* Looks for a file. */
int
lockfile_exists(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Removes a file. */
int
lockfile_remove(const char *path)
{
	if (unlink(path) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Is a thread stopped, or gone? */
static bool
lockfile_is_thread_stopped(pid_t pid, const char *thread)
{
	char path[64], text[LOCKFILE_STAT_MAX];
	const char *state;
	ssize_t n;
	int fd;

	(void)snprintf(
	    path, sizeof(path), "/proc/%d/task/%.20s/stat", (int)pid, thread);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return true;
	text[n] = '\0';
	state = strrchr(text, ')'); /* a name may hold any character */
	return state != NULL && state[1] == ' ' &&
	    strchr("TtZX", state[2]) != NULL;
}

/* Are all threads stopped? */
bool
lockfile_is_stopped(pid_t pid)
{
	const struct dirent *entry;
	bool stopped = true;
	char path[64];
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return true;
	while (stopped && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			stopped =
			    lockfile_is_thread_stopped(pid, entry->d_name);
	(void)closedir(dir);
	return stopped;
}

/* Drops a reference; the last one closes all, which gives the lock back. */
static void
lockwait_unref(struct lockwait_shared *s)
{
	if (atomic_fetch_sub(&s->references, 1) != 1)
		return;
	(void)close(s->fd);
	if (s->event != -1)
		(void)close(s->event);
	free(s);
}

/* The thread: waits for the lock. */
static void *
lockwait_thread(void *arg)
{
	struct lockwait_shared *s = arg;
	const uint64_t one = 1;
	ssize_t n;
	int rc;

	do
		rc = flock(s->fd, LOCK_EX);
	while (rc == -1 && errno == EINTR);
	if (rc == 0)
		atomic_store(&s->has, true);
	n = write(s->event, &one, sizeof(one));
	(void)n; /* an eventfd of ours takes it */
	lockwait_unref(s);
	return NULL;
}

/* Starts the thread, which gets no signals. */
static int
lockwait_start(struct lockwait_shared *s)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	(void)sigfillset(&all);
	if ((error = pthread_attr_init(&attributes)) == 0) {
		(void)pthread_attr_setdetachstate(
		    &attributes, PTHREAD_CREATE_DETACHED);
		(void)pthread_sigmask(SIG_SETMASK, &all, &before);
		atomic_fetch_add(&s->references, 1);
		error =
		    pthread_create(&thread, &attributes, lockwait_thread, s);
		if (error != 0)
			atomic_fetch_sub(&s->references, 1);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
		(void)pthread_attr_destroy(&attributes);
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

/* The lock is ours. */
static void
lockwait_on_event(void *arg)
{
	struct lockwait *w = arg;

	(void)loop_io_enable(w->io, false);
	w->got(w->arg);
}

/* Opens the file, or makes it. */
static int
lockwait_open(const char *path, uid_t uid, gid_t gid)
{
	const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, O_RDONLY | flags);

	if (fd != -1 || errno != ENOENT)
		return fd;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0644);
	if (fd == -1 && errno == EEXIST)
		return open(path, O_RDONLY | flags);
	if (fd != -1 && uid != (uid_t)-1 && fchown(fd, uid, gid) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Waits in a thread, and for its word in the loop. */
static int
lockwait_wait(struct lockwait *w, struct loop *loop)
{
	struct lockwait_shared *s = w->shared;

	if ((s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return -1;
	w->io = loop_io_new(loop, s->event, LOOP_READ, lockwait_on_event, w);
	if (w->io == NULL || loop_io_enable(w->io, true) == -1)
		return -1;
	return lockwait_start(s);
}

/* Asks for a lock. */
struct lockwait *
lockwait_new(struct loop *loop, const char *path, uid_t uid, gid_t gid,
    loop_callback *got, void *arg)
{
	struct lockwait *w = calloc(1, sizeof(*w));
	int error;

	if (w == NULL || (w->shared = calloc(1, sizeof(*w->shared))) == NULL) {
		free(w);
		return NULL;
	}
	w->got = got;
	w->arg = arg;
	w->shared->event = -1;
	atomic_init(&w->shared->references, 1);
	if ((w->shared->fd = lockwait_open(path, uid, gid)) == -1) {
		error = errno;
		free(w->shared);
		free(w);
		errno = error;
		return NULL;
	}
	if (flock(w->shared->fd, LOCK_EX | LOCK_NB) == 0)
		atomic_store(&w->shared->has, true);
	else if (errno != EWOULDBLOCK || lockwait_wait(w, loop) == -1) {
		error = errno;
		lockwait_free(w);
		errno = error;
		return NULL;
	}
	return w;
}

/* Tells whether it is ours. */
bool
lockwait_has(const struct lockwait *w)
{
	return atomic_load(&w->shared->has);
}

/* Ends it; a thread that waits goes on until it gets the lock, and gives it
 * back at once. */
void
lockwait_free(struct lockwait *w)
{
	if (w == NULL)
		return;
	loop_io_free(w->io);
	if (lockwait_has(w))
		(void)flock(w->shared->fd, LOCK_UN);
	lockwait_unref(w->shared);
	free(w);
}
