/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching files by inotify: the file itself, not its directory, in which much
 * may go on that is none of our business.
 */
#include "supervisord/io/pathwatch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#endif

struct pathwatch {
	int fd;
	struct loop_io *io;
	loop_callback *callback;
	void *arg;
};

/* Drops what was told: what counts is what is there now. */
static void
pathwatch_on_event(void *arg)
{
	struct pathwatch *w = arg;
	char drop[4096];

	while (read(w->fd, drop, sizeof(drop)) > 0)
		;
	w->callback(w->arg);
}

struct pathwatch *
pathwatch_new(struct loop *loop, loop_callback *callback, void *arg)
{
	struct pathwatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = -1;
	w->callback = callback;
	w->arg = arg;
#ifdef __linux__
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
#endif
	if (w->fd == -1)
		return w; /* somebody looks now and then all the same */
	w->io = loop_io_new(loop, w->fd, LOOP_READ, pathwatch_on_event, w);
	if (w->io != NULL && loop_io_enable(w->io, true) == 0)
		return w;
	pathwatch_free(w);
	return NULL;
}

void
pathwatch_free(struct pathwatch *w)
{
	if (w == NULL)
		return;
	loop_io_free(w->io);
	if (w->fd != -1)
		(void)close(w->fd);
	free(w);
}

int
pathwatch_add(struct pathwatch *w, const char *path)
{
#ifdef __linux__
	/* A socket that is open is not deleted, but loses its last name. */
	if (w->fd != -1)
		return inotify_add_watch(w->fd, path,
			   IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF) == -1
		    ? -1
		    : 0;
#else
	(void)path;
#endif
	errno = ENOSYS;
	return -1;
}
