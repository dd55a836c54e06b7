/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state record's facts: any text between a right beginning and a right end.
 * "@" in the input stands for the number of a living child of this process.
 * Only that child is believed to be a worker or a kept child.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/listeners.h"
#include "libappbase/log.h"
#include "libappbase/supervisor.h"

#define FUZZ_FDS 6 /* open, lowest numbers first, while a record is read */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static pid_t fuzz_child;

/* A child that ends after this process. */
static void
fuzz_make_child(void)
{
	pid_t parent = getpid();

	log_mute(true);
	if ((fuzz_child = fork()) == -1)
		abort();
	if (fuzz_child != 0)
		return;
	close(1);
	close(2);
	while (getppid() == parent)
		usleep(100000);
	_exit(0);
}

/* The record as a memory file. */
static int
fuzz_file(const uint8_t *data, size_t size)
{
	int fd = fd_memory("fuzz", 0);
	FILE *out;
	size_t i;

	if (fd == -1 || (out = fdopen(dup(fd), "we")) == NULL)
		abort();
	fprintf(out, "appbase-state 1\npid %ld\n", (long)getpid());
	for (i = 0; i < size; i++)
		if (data[i] == '@')
			fprintf(out, "%ld", (long)fuzz_child);
		else
			fputc(data[i], out);
	fputs("\nend\n", out);
	fclose(out);
	return fd;
}

/* Loads, and checks what must hold whatever was read. */
static void
fuzz_load(struct supervisor *sup, const struct handoff *h)
{
	int r = suprecord_load(sup, h);

	if ((r != 0 && r != -1) || sup->app->generation == 0 ||
	    keeper_living(sup->keeper) > 1 ||
	    (sup->active != NULL && sup->active->pid != fuzz_child) ||
	    (sup->active == NULL && sup->respawn_ms == CLOCK_NEVER))
		abort();
	workproc_free(sup->active);
	keeper_free(sup->keeper);
	listeners_free(sup->app->listeners);
	free(sup->app->notify_socket);
	fd_close(sup->app->lock_fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct appbase app = {.lock_fd = -1};
	struct supervisor sup = {.app = &app, .respawn_ms = CLOCK_NEVER};
	struct handoff h = {HANDOFF_RESUME, -1, -1, -1, -1, 0};
	int fds[FUZZ_FDS], i;

	if (fuzz_child == 0)
		fuzz_make_child();
	sigemptyset(&app.orig_mask);
	if (fd_socketpair(SOCK_SEQPACKET, fds) == -1)
		abort();
	for (i = 2; i < FUZZ_FDS; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if ((app.listeners = listeners_new()) == NULL ||
	    (sup.keeper = keeper_new()) == NULL)
		abort();
	h.state = fuzz_file(data, size);
	fuzz_load(&sup, &h);
	for (i = 0; i < FUZZ_FDS; i++)
		fd_close(fds[i]); /* unless the record's reader owned it */
	return 0;
}
