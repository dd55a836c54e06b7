/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a supervisor keeps for its worker: children, descriptors and shared
 * memory that survive the worker's death and the daemon's replacement.
 *
 * The model.  The worker asks, the supervisor does, and tells the result as an
 * EVENT.  The supervisor is the parent of every kept child: it alone forks,
 * signals and reaps.  A child has an ID, chosen by the worker and unique among
 * the children the supervisor knows.  Its record lives from the spawn request
 * until the worker RELEASES it after its exit; a worker that dies in between
 * loses nothing: the next one is told of the child, and of its exit status if
 * it has one, when it ATTACHES.  So an exit is told again only if it was not
 * released, and released exactly once.
 *
 * A worker calls appbase_keep_attach() once (a candidate after
 * appbase_ready_to_take_over()), then handles events from appbase_keep_next()
 * until 0 each time appbase_supervisor_fd() is readable or appbase_wait()
 * returns.
 */
#ifndef APPBASE_KEEP_H
#define APPBASE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

/* Limits of one request; beyond them appbase_keep_spawn() says E2BIG. */
#define APPBASE_KEEP_NAME_MAX 63  /* name of a kept descriptor */
#define APPBASE_KEEP_TAG_MAX  255 /* bytes of a child's tag */
#define APPBASE_KEEP_FDS_MAX  64  /* descriptors given to one child */

/* What the child does between fork and exec, in this order. */
enum appbase_spawn_stage {
	APPBASE_STAGE_NONE = 0,
	APPBASE_STAGE_REQUEST, /* the request itself: EINVAL, EEXIST, E2BIG */
	APPBASE_STAGE_FORK,
	APPBASE_STAGE_GROUP,  /* setsid, setpgid */
	APPBASE_STAGE_FDS,    /* dup2 */
	APPBASE_STAGE_LIMITS, /* setrlimit, nice, oom score */
	APPBASE_STAGE_IDS,    /* setgroups, setgid, setuid */
	APPBASE_STAGE_CHDIR,
	APPBASE_STAGE_UMASK,
	APPBASE_STAGE_EXEC,
};

/* The stage's name for messages ("chdir", "exec", ...); never NULL. */
APPBASE_API const char *appbase_spawn_stage_name(enum appbase_spawn_stage);

enum {
	APPBASE_SPAWN_SETPGID = 1 << 0, /* leader of its own process group */
	APPBASE_SPAWN_SETSID = 1 << 1,	/* leader of its own session */
	APPBASE_SPAWN_SETIDS = 1 << 2,	/* uid, gid, groups are to be set */
	APPBASE_SPAWN_NICE = 1 << 3,	/* nice below is to be set */
	APPBASE_SPAWN_OOM = 1 << 4,	/* oom_score_adj below is to be set */
};

struct appbase_child_fd {
	int target; /* number in the child */
	int fd;	    /* here; borrowed, may be closed after the call */
};

struct appbase_limit {
	int resource; /* RLIMIT_* */
	rlim_t soft, hard;
};

/* A program to start.  All pointers are copied before the call returns. */
struct appbase_spawn {
	uint64_t id;
	const char *path; /* resolved executable; no search is made */
	char *const *argv;
	char *const *envp;     /* the child's whole environment; the value of an
				  empty LISTEN_PID is its pid */
	const char *directory; /* NULL = the supervisor's */
	int umask_plus_1;      /* 0 = the supervisor's */
	unsigned flags;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t ngroups;
	const struct appbase_limit *limits;
	size_t nlimits;
	int nice;	   /* -20 .. 19, absolute */
	int oom_score_adj; /* -1000 .. 1000, absolute (Linux) */
	const struct appbase_child_fd *fds; /* nothing else is open in it */
	size_t nfds;
	const void *tag; /* opaque; handed back to whoever attaches later */
	size_t taglen;
};

enum appbase_keep_type {
	APPBASE_KEEP_CHILD,	    /* after attaching: a child that lives */
	APPBASE_KEEP_SPAWNED,	    /* id, pid */
	APPBASE_KEEP_SPAWN_FAILED,  /* id, stage, error; pid if forked;
				       the record is already released */
	APPBASE_KEEP_EXITED,	    /* id, pid, status, usage; release it */
	APPBASE_KEEP_SIGNAL_FAILED, /* id, signo, error */
	APPBASE_KEEP_SIGNALLED, /* the supervisor received signo (the class's
				   forward_signals), from pid `pid` if known */
	APPBASE_KEEP_ORPHAN,	/* an adopted process ended: pid, status */
	APPBASE_KEEP_RELOAD_FAILED, /* this worker goes on; tag: why, a text */
};

struct appbase_keep_event {
	enum appbase_keep_type type;
	uint64_t id;
	pid_t pid;
	int status; /* as waitpid(2) */
	int signo;
	int error; /* errno */
	enum appbase_spawn_stage stage;
	int64_t started_ms; /* CLOCK_MONOTONIC; of CHILD, SPAWNED, EXITED */
	int64_t ended_ms;   /* of EXITED */
	struct rusage usage;
	const void *tag; /* borrowed until the next appbase_keep_next() */
	size_t taglen;
};

/*
 * Becomes the supervisor's counterpart: blocks (serving supervision) until the
 * inventory has arrived, which is then read as CHILD and EXITED events and
 * through appbase_kept_fd().  Returns 0, or -1 with errno: EPERM (a candidate
 * that has not taken over), EPIPE.
 */
APPBASE_API int appbase_keep_attach(struct appbase *);

/*
 * The next event: 1, 0 when none waits, -1 with errno EPIPE.  Never blocks.  A
 * SIGNALLED event counts as acted on with the call after it: a worker that dies
 * before leaves the signal to the next one.
 */
APPBASE_API int appbase_keep_next(
    struct appbase *, struct appbase_keep_event *);

/*
 * Requests.  Queued and sent as the socket allows, in order; each returns 0 or
 * -1 with errno (ENOMEM, E2BIG, EINVAL, EPIPE; for descriptors also EMFILE).
 *
 * _spawn answers with SPAWNED or SPAWN_FAILED.  _signal sends to the child, or
 * with `group` to its process group; it answers only on failure (ESRCH = no
 * such child, or it has ended).  _release forgets a child whose EXITED was
 * handled.
 */
APPBASE_API int appbase_keep_spawn(
    struct appbase *, const struct appbase_spawn *);
APPBASE_API int appbase_keep_signal(
    struct appbase *, uint64_t id, int signo, bool group);
APPBASE_API int appbase_keep_release(struct appbase *, uint64_t id);

/*
 * Descriptors.  _keep_fd hands a copy to the supervisor under a name (1-63
 * printable characters without space), replacing an older one; _drop_fd closes
 * the supervisor's copy.  _kept_fd finds one that was there when this worker
 * attached: borrowed from the library, close-on-exec, -1 with errno ENOENT if
 * none; _kept_next walks their names: pass NULL first, NULL ends.
 * _kept_take gives it to the caller, who closes it (the supervisor keeps its
 * own).
 */
APPBASE_API int appbase_keep_fd(struct appbase *, const char *name, int fd);
APPBASE_API int appbase_drop_fd(struct appbase *, const char *name);
APPBASE_API int appbase_kept_fd(const struct appbase *, const char *name);
APPBASE_API int appbase_kept_take(struct appbase *, const char *name);
APPBASE_API const char *appbase_kept_next(
    const struct appbase *, const char *name);

/*
 * Shared memory under a name: maps the kept region, or makes one of `size` zero
 * bytes and keeps it.  *fresh tells which.  Returns the address (valid for the
 * worker's life) or NULL with errno; EINVAL if a kept one has another size.
 */
APPBASE_API void *appbase_keep_region(
    struct appbase *, const char *name, size_t size, bool *fresh);

/*
 * Bytes under a name.  _keep_copy keeps memory that begins as a copy of `len`
 * bytes, in place of an older one of that name: whenever the worker dies, the
 * next one finds the whole of the one or of the other.  With `sealed` nobody
 * can change it any more, and the result is its descriptor's contents mapped
 * for reading; else it is a region as above.  _kept_map maps what was there
 * when this worker attached, of whatever size, for reading.  Both return the
 * address (unmap it with munmap(2), or never) or NULL with errno; len 0 is
 * EINVAL.
 */
APPBASE_API void *appbase_keep_copy(struct appbase *, const char *name,
    const void *data, size_t len, bool sealed);
APPBASE_API const void *appbase_kept_map(
    const struct appbase *, const char *name, size_t *len);

/*
 * A record inside a region: two copies, each with sequence number and checksum,
 * written alternately, so that a write cut short by death leaves the previous
 * value readable.  `len` must be the same in every call on one record.
 * _read returns 0, or -1 with errno ENODATA if neither copy is whole.
 */
#define APPBASE_RECORD_SIZE(len) (2 * (16 + (((size_t)(len) + 7) & ~(size_t)7)))
APPBASE_API void appbase_record_write(
    void *record, const void *data, size_t len);
APPBASE_API int appbase_record_read(const void *record, void *data, size_t len);

APPBASE_END_DECLS

#endif /* APPBASE_KEEP_H */
