/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at a pid file every 50 microseconds until SIGTERM, then prints what it
 * saw as one line of JSON.
 *
 *   prober lock FILE     tries flock(LOCK_EX|LOCK_NB), as a second start would,
 *                        and lets go at once if it gets it
 *   prober read FILE     reads it: is it there, whole, naming a living process?
 */
#include <sys/file.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIDS_MAX 4096

static volatile sig_atomic_t ending;
static uint64_t tries, obtained, missing, empty, malformed, dead;
static long pids[PIDS_MAX];
static size_t npids;

static void
on_term(int signo)
{
	(void)signo;
	ending = 1;
}

static void
try_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd == -1) {
		missing++;
		return;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		obtained++;
	close(fd);
}

/* Is there such a process, and is it more than a zombie? */
static bool
is_alive(long pid)
{
	char path[64], text[256], *paren;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	paren = strrchr(text, ')');
	return paren != NULL && paren[2] != 'Z' && paren[2] != 'X';
}

static void
note(long pid)
{
	for (size_t i = npids; i > 0; i--)
		if (pids[i - 1] == pid)
			return;
	if (npids < PIDS_MAX)
		pids[npids++] = pid;
}

/* Reads the file once.  A death between the read and the look at the process
 * is not the file's fault, so the file must still name that pid afterwards. */
static void
look(const char *path, bool again)
{
	char text[64], *end;
	ssize_t n;
	long pid;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		missing++;
		return;
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0) {
		empty++;
		return;
	}
	text[n] = '\0';
	pid = strtol(text, &end, 10);
	/* The first line counts: the rest of a longer pid is cut off next. */
	if (pid <= 0 || *end != '\n') {
		malformed++;
		return;
	}
	note(pid);
	if (is_alive(pid))
		return;
	if (again)
		dead++;
	else
		look(path, true);
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = {.sa_handler = on_term};
	struct timespec pause = {0, 50000};
	bool reading;

	if (argc != 3)
		return 64;
	reading = strcmp(argv[1], "read") == 0;
	sigaction(SIGTERM, &sa, NULL);
	printf("ready\n");
	fflush(stdout);
	for (; !ending; tries++) {
		if (reading)
			look(argv[2], false);
		else
			try_lock(argv[2]);
		nanosleep(&pause, NULL);
	}
	printf("{\"tries\": %" PRIu64 ", \"obtained\": %" PRIu64
	       ", \"missing\": %" PRIu64 ", \"empty\": %" PRIu64
	       ", \"malformed\": %" PRIu64 ", \"dead\": %" PRIu64
	       ", \"pids\": [",
	    tries, obtained, missing, empty, malformed, dead);
	for (size_t i = 0; i < npids; i++)
		printf("%s%ld", i == 0 ? "" : ", ", pids[i]);
	printf("]}\n");
	return 0;
}
