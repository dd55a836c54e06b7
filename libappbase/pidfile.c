/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pid file: see pidfile.h.
 *
 * That a process holds the lock is read from the kernel's description of its
 * descriptor (/proc/PID/fdinfo), which lists the flock(2) locks of exactly that
 * open file.  /proc/locks would not do: it names the process that took the
 * lock, and that is the starting command, long gone.
 */
#include "libappbase/pidfile.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "libappbase/fd.h"

/* The largest pid of any system we run on (Linux: PID_MAX_LIMIT). */
#define PIDFILE_PID_MAX 4194304
/* A deleted or replaced file is opened again this often. */
#define PIDFILE_TRIES 100
/* Content caught between the two steps of pidfile_store() is read again. */
#define PIDFILE_READS 5

/* Is the directory of `path` one in which anybody may create names? */
static bool
pidfile_in_public_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *dir;
	bool shared = true; /* when in doubt */

	if (slash == NULL)
		dir = strdup(".");
	else if (slash == path)
		dir = strdup("/");
	else
		dir = strndup(path, (size_t)(slash - path));
	if (dir != NULL && stat(dir, &st) == 0)
		shared = (st.st_mode & S_IWOTH) != 0;
	free(dir);
	return shared;
}

/* Refuse what is not a plain file of one name where that matters. */
static const char *
pidfile_objection(const struct stat *st, bool shared)
{
	if (S_ISLNK(st->st_mode))
		return "a symbolic link in a world-writable directory";
	if (S_ISDIR(st->st_mode))
		return "a directory";
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (shared && st->st_nlink > 1)
		return "a hard link in a world-writable directory";
	return NULL;
}

/* An errno that goes with an objection. */
static int
pidfile_objection_errno(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return ELOOP;
	return S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
}

/* Open without blocking and without touching devices; the flags add up. */
static enum pidfile_result
pidfile_open_safe(const char *path, int flags, int *fd, const char **why)
{
	bool shared = pidfile_in_public_dir(path);
	struct stat st;

	if (fstatat(AT_FDCWD, path, &st, shared ? AT_SYMLINK_NOFOLLOW : 0) ==
		0 &&
	    (*why = pidfile_objection(&st, shared)) != NULL) {
		errno = pidfile_objection_errno(&st);
		return PIDFILE_INVALID;
	}
	*why = "";
	*fd = open(path,
	    flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
		(shared ? O_NOFOLLOW : 0),
	    0644);
	if (*fd == -1)
		return PIDFILE_ERROR;
	/* It may have been swapped in between. */
	if (fstat(*fd, &st) == -1 ||
	    (*why = pidfile_objection(&st, shared)) != NULL) {
		errno = pidfile_objection_errno(&st);
		fd_closep(fd);
		return PIDFILE_INVALID;
	}
	*why = "";
	return PIDFILE_OK;
}

/* flock(2) without blocking, through interruptions. */
static int
pidfile_flock(int fd)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX | LOCK_NB);
	while (rc == -1 && errno == EINTR);
	return rc;
}

/* Move the descriptor above stdio; the lock goes with it. */
static int
pidfile_raise(int *fd)
{
	int high;

	if (*fd > 2)
		return 0;
	high = fd_dup_high(*fd);
	if (high == -1)
		return -1;
	fd_close(*fd);
	*fd = high;
	return 0;
}

/* Open and lock; the file may be deleted by its owner while we do. */
static enum pidfile_result
pidfile_try(const char *path, int *fd, const char **why)
{
	enum pidfile_result result =
	    pidfile_open_safe(path, O_RDWR | O_CREAT, fd, why);

	if (result != PIDFILE_OK)
		return result;
	if (pidfile_raise(fd) == -1)
		result = PIDFILE_ERROR;
	else if (pidfile_flock(*fd) == -1)
		result = errno == EWOULDBLOCK ? PIDFILE_BUSY : PIDFILE_ERROR;
	if (result != PIDFILE_OK)
		fd_closep(fd);
	return result;
}

/* Open and lock the pid file. */
enum pidfile_result
pidfile_lock(const char *path, int *fd, const char **why)
{
	*fd = -1;
	*why = "";
	for (int i = 0; i < PIDFILE_TRIES; i++) {
		enum pidfile_result result = pidfile_try(path, fd, why);

		if (result != PIDFILE_OK || pidfile_is_current(*fd, path))
			return result;
		fd_closep(fd);
	}
	*why = "it is replaced all the time";
	errno = EAGAIN;
	return PIDFILE_ERROR;
}

/* Write the pid in place: the line first, then the end of the file. */
int
pidfile_store(int fd, pid_t pid)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%ld\n", (long)pid);
	ssize_t n;

	do
		n = pwrite(fd, line, (size_t)len, 0);
	while (n == -1 && errno == EINTR);
	if (n == len)
		return ftruncate(fd, len);
	if (n >= 0) {
		/* Half a line is worse than none. */
		(void)ftruncate(fd, 0);
		errno = ENOSPC;
	}
	return -1;
}

/* Parse a pid file's text. */
pid_t
pidfile_parse(const char *text, size_t len)
{
	long pid = 0;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len == 0 || text[0] == '0')
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		pid = pid * 10 + (text[i] - '0');
		if (pid > PIDFILE_PID_MAX)
			return -1;
	}
	return (pid_t)pid;
}

/* Read the pid, again if a writer was between its two steps. */
static enum pidfile_owner
pidfile_read(int fd, pid_t *pid)
{
	const struct timespec pause = {0, 1000000};
	char text[64];

	for (int i = 0; i < PIDFILE_READS; i++) {
		ssize_t n = pread(fd, text, sizeof(text), 0);

		if (n == 0)
			return PIDFILE_OWNER_EMPTY;
		*pid = n < 0 ? -1 : pidfile_parse(text, (size_t)n);
		if (*pid > 0)
			return PIDFILE_OWNER_OK;
		(void)nanosleep(&pause, NULL);
	}
	return PIDFILE_OWNER_GARBAGE;
}

#ifdef __linux__
/* Does the process's descriptor `number` hold a flock(2) for writing? */
static bool
pidfile_fd_has_lock(int procdir, const char *number)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "fdinfo/%.20s", number);
	fd = openat(procdir, path, O_RDONLY | O_CLOEXEC);
	f = fd == -1 ? NULL : fdopen(fd, "r");
	if (f == NULL) {
		fd_close(fd);
		return false;
	}
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "lock:", 5) == 0 &&
		    strstr(line, " FLOCK ") != NULL &&
		    strstr(line, " WRITE ") != NULL;
	fclose(f);
	return found;
}

/* Has the process of `procdir` the file of `st` open and locked? */
static bool
pidfile_process_has_lock(int procdir, const struct stat *st)
{
	int fd = openat(procdir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (dir == NULL) {
		fd_close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)) != NULL) {
		struct stat other;

		found = entry->d_name[0] != '.' &&
		    fstatat(dirfd(dir), entry->d_name, &other, 0) == 0 &&
		    other.st_dev == st->st_dev && other.st_ino == st->st_ino &&
		    pidfile_fd_has_lock(procdir, entry->d_name);
	}
	closedir(dir);
	return found;
}

/* Verify that `pid` is the process with the lock. */
static bool
pidfile_verify(pid_t pid, const struct stat *st)
{
	char path[32];
	int procdir;
	bool found;

	snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
	procdir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (procdir == -1)
		return false;
	found = pidfile_process_has_lock(procdir, st);
	fd_close(procdir);
	return found;
}
#else
/* Verify that `pid` exists; there is no more to be learnt here. */
static bool
pidfile_verify(pid_t pid, const struct stat *st)
{
	(void)st;
	return kill(pid, 0) == 0 || errno == EPERM;
}
#endif

/* Open a pidfd; -1 where there are none, or with errno ESRCH. */
static int
pidfile_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

/* Find out who holds the lock. */
enum pidfile_owner
pidfile_owner(const char *path, pid_t *pid, int *pidfd)
{
	enum pidfile_owner result;
	const char *why;
	struct stat st;
	int fd;

	*pid = -1;
	*pidfd = -1;
	if (pidfile_open_safe(path, O_RDONLY, &fd, &why) != PIDFILE_OK)
		return errno == ENOENT ? PIDFILE_OWNER_EMPTY
				       : PIDFILE_OWNER_STRANGER;
	result = pidfile_read(fd, pid);
	if (result != PIDFILE_OWNER_OK)
		goto out;
	/* First the handle, then the proof: the number may be reused. */
	*pidfd = pidfile_pidfd(*pid);
	if ((*pidfd == -1 && errno == ESRCH) || fstat(fd, &st) == -1 ||
	    !pidfile_verify(*pid, &st)) {
		fd_closep(pidfd);
		result = PIDFILE_OWNER_STRANGER;
	}
out:
	fd_close(fd);
	return result;
}

/* Compare the locked file with what the path names now. */
bool
pidfile_is_current(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Remove the file (not a link to it) if it is still ours. */
void
pidfile_unlink(int fd, const char *path)
{
	char *real;

	if (!pidfile_is_current(fd, path))
		return;
	real = realpath(path, NULL);
	if (real != NULL)
		(void)unlink(real);
	free(real);
}
