/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that keeps children, pipes and a region with its supervisor and
 * expects to be killed at any moment.
 *
 * Every slot runs one child after another.  What a slot is doing is recorded in
 * the region before it is done, so that the next worker can compare the record
 * with what the supervisor tells it.  The ledger gets a line for everything of
 * interest ("WORKER WHAT ID PID STATUS"); t/run/lib-keep.t reads it.
 *
 *   FREE -> ASKED -> LIVE -> RELEASING -> FREE
 *
 * A child holds the lock of its slot's file, so that two at a time are noticed,
 * writes PATTERN bytes to its kept pipe and exits with ID modulo 251.
 *
 * With DIR/finish there, no more children are started; when the last one was
 * released, DIR/finished is made.
 */
#include <sys/file.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appbase.h"

#define SLOTS	50
#define PATTERN 1000

enum phase { FREE, ASKED, LIVE, RELEASING };

struct slot {
	uint64_t id;
	uint64_t phase;
};

#define SLOT_RECORD APPBASE_RECORD_SIZE(sizeof(struct slot))
#define NEXT_RECORD APPBASE_RECORD_SIZE(sizeof(uint64_t))

static const char *dir = ".";
static char self[PATH_MAX];
static char *region;
static struct slot slots[SLOTS];
static bool seen[SLOTS];
static uint64_t previous[SLOTS]; /* released before the child asked for */
static uint64_t next_id = 1;

static void
ledger(const char *what, uint64_t id, pid_t pid, int status)
{
	char path[PATH_MAX], line[160];
	int fd, n;

	snprintf(path, sizeof(path), "%s/ledger", dir);
	n = snprintf(line, sizeof(line), "%d %s %" PRIu64 " %d %d\n",
	    (int)getpid(), what, id, (int)pid, status);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}

static bool
exists(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
record(size_t i, enum phase phase)
{
	slots[i].phase = phase;
	appbase_record_write(region + NEXT_RECORD + i * SLOT_RECORD, &slots[i],
	    sizeof(slots[i]));
}

/* Reads the region, or gives a fresh one its first values. */
static void
read_region(struct appbase *ab)
{
	bool fresh;

	region = appbase_keep_region(
	    ab, "state", NEXT_RECORD + SLOTS * SLOT_RECORD, &fresh);
	if (region == NULL) {
		ledger("no-region", 0, 0, errno);
		exit(3);
	}
	if (appbase_record_read(region, &next_id, sizeof(next_id)) == -1) {
		if (exists("started"))
			ledger("torn", 0, 0, errno);
		next_id = 1;
		appbase_record_write(region, &next_id, sizeof(next_id));
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (appbase_record_read(region + NEXT_RECORD + i * SLOT_RECORD,
			&slots[i], sizeof(slots[i])) == -1) {
			if (exists("started"))
				ledger("torn", i + 1, 0, errno);
			record(i, FREE);
		}
	ledger("attached", next_id, 0, fresh);
}

static void
touch(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd != -1)
		close(fd);
}

static void
pipe_name(char *name, size_t size, size_t i)
{
	snprintf(name, size, "out.%zu", i);
}

/* Starts a child in a free slot. */
static void
start(struct appbase *ab, size_t i)
{
	char slot[24], id[24], name[24];
	char *argv[] = {
	    self, (char[]){"child"}, slot, id, (char *)(uintptr_t)dir, NULL};
	char *envp[] = {NULL};
	uint32_t tag = (uint32_t)i;
	int p[2];
	struct appbase_child_fd fd = {1, -1};
	struct appbase_spawn s = {
	    .path = self,
	    .argv = argv,
	    .envp = envp,
	    .fds = &fd,
	    .nfds = 1,
	    .tag = &tag,
	    .taglen = sizeof(tag),
	};

	previous[i] = slots[i].id;
	s.id = slots[i].id = next_id++;
	appbase_record_write(region, &next_id, sizeof(next_id));
	record(i, ASKED);
	ledger("asked", s.id, 0, 0);
	snprintf(slot, sizeof(slot), "%zu", i);
	snprintf(id, sizeof(id), "%" PRIu64, s.id);
	pipe_name(name, sizeof(name), i);
	if (pipe2(p, O_CLOEXEC) == -1)
		abort();
	fd.fd = p[1];
	if (appbase_keep_fd(ab, name, p[0]) == -1 ||
	    appbase_keep_spawn(ab, &s) == -1)
		ledger("refused", s.id, 0, errno);
	close(p[0]);
	close(p[1]);
}

/* Which slot does the child belong to?  Its tag says; SLOTS if none. */
static size_t
slot_of(const struct appbase_keep_event *e)
{
	uint32_t tag;

	if (e->taglen == sizeof(tag)) {
		memcpy(&tag, e->tag, sizeof(tag));
		if (tag < SLOTS && slots[tag].id == e->id)
			return tag;
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].id == e->id)
			return i;
	return SLOTS;
}

/* A child whose slot has moved on: it had been released, but the worker died
 * before the release was out. */
static void
released_before(struct appbase *ab, const struct appbase_keep_event *e)
{
	if (e->type != APPBASE_KEEP_EXITED) {
		ledger("stray", e->id, e->pid, e->status);
		return;
	}
	ledger("exited", e->id, e->pid, e->status);
	if (appbase_keep_release(ab, e->id) == -1)
		ledger("refused", e->id, 0, errno);
}

static void
child_ended(struct appbase *ab, size_t i, const struct appbase_keep_event *e)
{
	ledger("exited", e->id, e->pid, e->status);
	record(i, RELEASING);
	if (appbase_keep_release(ab, e->id) == -1)
		ledger("refused", e->id, 0, errno);
	record(i, FREE);
	ledger("released", e->id, 0, 0);
}

static void
handle(struct appbase *ab, const struct appbase_keep_event *e)
{
	size_t i = slot_of(e);

	if (i == SLOTS) {
		released_before(ab, e);
		return;
	}
	seen[i] = true;
	switch (e->type) {
	case APPBASE_KEEP_CHILD:
		record(i, LIVE);
		break;
	case APPBASE_KEEP_SPAWNED:
		record(i, LIVE);
		/* Requests are served in order: the release before this spawn
		 * has been. */
		if (previous[i] != 0)
			ledger("confirmed", previous[i], 0, 0);
		break;
	case APPBASE_KEEP_EXITED:
		child_ended(ab, i, e);
		break;
	case APPBASE_KEEP_SPAWN_FAILED:
		ledger("spawn-failed", e->id, e->pid, e->error);
		record(i, FREE);
		break;
	default:
		break;
	}
}

static void
handle_all(struct appbase *ab)
{
	struct appbase_keep_event e;

	while (appbase_keep_next(ab, &e) == 1)
		handle(ab, &e);
}

/* Compares the record with the inventory that has just been read. */
static void
compare(struct appbase *ab)
{
	char name[24];

	for (size_t i = 0; i < SLOTS; i++) {
		pipe_name(name, sizeof(name), i);
		if (seen[i] && slots[i].phase == LIVE &&
		    appbase_kept_fd(ab, name) == -1)
			ledger("pipe-lost", slots[i].id, 0, errno);
		if (seen[i])
			continue;
		if (slots[i].phase == LIVE)
			ledger("lost", slots[i].id, 0, 0);
		else if (slots[i].phase == ASKED)
			ledger("unstarted", slots[i].id, 0, 0);
		record(i, FREE);
	}
}

/* Starts what is free; false once everything has ended and should. */
static bool
fill(struct appbase *ab)
{
	bool finishing = exists("finish");
	size_t used = 0;
	char name[24];

	for (size_t i = 0; i < SLOTS; i++) {
		if (slots[i].phase == FREE && !finishing)
			start(ab, i);
		used += slots[i].phase != FREE;
	}
	if (!finishing || used > 0)
		return true;
	for (size_t i = 0; i < SLOTS; i++) {
		pipe_name(name, sizeof(name), i);
		appbase_drop_fd(ab, name);
	}
	return false;
}

static int
process(struct appbase *ab)
{
	bool working = true;

	appbase_ready_to_take_over(ab);
	if (appbase_keep_attach(ab) == -1) {
		ledger("no-attach", 0, 0, errno);
		return 3;
	}
	read_region(ab);
	handle_all(ab);
	compare(ab);
	touch("started");
	for (;;) {
		if (working && !fill(ab)) {
			working = false;
			touch("finished");
		}
		appbase_wait(ab, NULL, 0, 50);
		handle_all(ab);
	}
}

/* What a kept child does. */
static int
child(char *argv[])
{
	char path[PATH_MAX], bytes[PATTERN];
	uint64_t id = strtoull(argv[3], NULL, 10);
	struct timespec life = {0, (long)(10 + id * 7919 % 150) * 1000000};
	int fd;

	dir = argv[4];
	snprintf(path, sizeof(path), "%s/slot.%s", dir, argv[2]);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1)
		ledger("doubled", id, 0, errno);
	memset(bytes, 'k', sizeof(bytes));
	if (write(1, bytes, sizeof(bytes)) != sizeof(bytes))
		ledger("pipe-broken", id, 0, errno);
	nanosleep(&life, NULL);
	return (int)(id % 251);
}

int
main(int argc, char *argv[])
{
	static const struct appbase_option options[] = {
	    {"dir", "dir=DIR", "Where the ledger is.", APPBASE_STRING, NULL},
	    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
	};
	static const struct appbase_class class = {
	    .abi = APPBASE_ABI,
	    .flags = APPBASE_HOT_RELOAD,
	    .name = "keeptest",
	    .documentation = "Keeps children through its own deaths.",
	    .options = options,
	    .supervised_process = process,
	    .delay_before_respawn_ms = APPBASE_NONE,
	    .min_uptime_ms = APPBASE_NONE,
	};
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc == 5 && strcmp(argv[1], "child") == 0)
		return child(argv);
	if (n == -1)
		return 8;
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--dir") == 0)
			dir = strdup(argv[i + 1]);
	return appbase_run(&class, argc, argv);
}
