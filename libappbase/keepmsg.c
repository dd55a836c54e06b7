/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoding of the bodies that worker and supervisor exchange.
 *
 * An integer is 8 bytes.  A byte string is its length as an integer, then the
 * bytes, zero-padded to a multiple of 8, so that every field is aligned; a text
 * includes its NUL, and has the length -1 if it is NULL.  A vector of texts is
 * its count, then the texts.  There is one encoding of each value: a reader
 * accepts no other, so padding and numbers out of range are refused too.
 */
#include "libappbase/keepmsg.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/chan.h"

#define PADDED(len) (((len) + 7) & ~(size_t)7)
#define FLAGS_ALL                                                              \
	(APPBASE_SPAWN_SETPGID | APPBASE_SPAWN_SETSID | APPBASE_SPAWN_SETIDS | \
	    APPBASE_SPAWN_NICE | APPBASE_SPAWN_OOM)
#define GROUPS_MAX 65536
#define LIMITS_MAX 64

/* Memory for the vectors of one decoded request, handed out front to back. */
struct arena {
	unsigned char *base;
	size_t used, size;
};

static const struct {
	uint16_t type;
	const char *name;
} names[] = {
    {KEEPMSG_ATTACH, "attach"},
    {KEEPMSG_SPAWN, "spawn"},
    {KEEPMSG_SIGNAL, "signal"},
    {KEEPMSG_RELEASE, "release"},
    {KEEPMSG_KEEP_FD, "keep-fd"},
    {KEEPMSG_DROP_FD, "drop-fd"},
    {KEEPMSG_LISTENER, "listener"},
    {KEEPMSG_REQUEST, "request"},
    {KEEPMSG_STATUS, "status"},
    {KEEPMSG_HEARD, "heard"},
    {KEEPMSG_TAKEN, "taken"},
    {KEEPMSG_IN_CHARGE, "in charge"},
    {KEEPMSG_HELLO, "hello"},
    {KEEPMSG_INHERIT, "inherit"},
    {KEEPMSG_READY, "ready"},
    {KEEPMSG_CHILD, "child"},
    {KEEPMSG_FD, "fd"},
    {KEEPMSG_EVENT, "event"},
    {KEEPMSG_SYNCED, "synced"},
    {KEEPMSG_REFUSED, "refused"},
    {KEEPMSG_COMMIT, "commit"},
    {KEEPMSG_RELOAD_AGAIN, "reload again"},
};

/* The counters of struct rusage that are long, in wire order. */
static const size_t usage_longs[] = {
    offsetof(struct rusage, ru_maxrss),
    offsetof(struct rusage, ru_ixrss),
    offsetof(struct rusage, ru_idrss),
    offsetof(struct rusage, ru_isrss),
    offsetof(struct rusage, ru_minflt),
    offsetof(struct rusage, ru_majflt),
    offsetof(struct rusage, ru_nswap),
    offsetof(struct rusage, ru_inblock),
    offsetof(struct rusage, ru_oublock),
    offsetof(struct rusage, ru_msgsnd),
    offsetof(struct rusage, ru_msgrcv),
    offsetof(struct rusage, ru_nsignals),
    offsetof(struct rusage, ru_nvcsw),
    offsetof(struct rusage, ru_nivcsw),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void put_raw(struct keepmsg_buf *, const void *, size_t);
static void put_usage(struct keepmsg_buf *, const struct rusage *);
static int spawn_check(const struct appbase_spawn *);
static int spawn_check_fds(const struct appbase_spawn *);
static int64_t get_range(struct keepmsg_reader *, int64_t, int64_t);
static void get_usage(struct keepmsg_reader *, struct rusage *);
static const void *get_tag(struct keepmsg_reader *, size_t *);
static void get_spawn(struct keepmsg_reader *, const int *, size_t,
    struct appbase_spawn *, struct arena *);
static char *const *get_strv(struct keepmsg_reader *, struct arena *);
static const gid_t *get_groups(
    struct keepmsg_reader *, struct arena *, size_t *);
static const struct appbase_limit *get_limits(
    struct keepmsg_reader *, struct arena *, size_t *);
static const struct appbase_child_fd *get_fds(
    struct keepmsg_reader *, struct arena *, const int *, size_t);
static size_t get_count(struct keepmsg_reader *, size_t, size_t);
static void *arena_take(struct arena *, size_t, size_t);

/* Return the name of a message type. */
const char *
keepmsg_name(uint16_t type)
{
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "unknown";
}

/* Append an integer. */
void
keepmsg_put_int(struct keepmsg_buf *b, int64_t value)
{
	put_raw(b, &value, sizeof(value));
}

/* Append a byte string. */
void
keepmsg_put_bytes(struct keepmsg_buf *b, const void *data, size_t len)
{
	static const unsigned char zeros[8];

	keepmsg_put_int(b, (int64_t)len);
	put_raw(b, data, len);
	put_raw(b, zeros, PADDED(len) - len);
}

/* Append a text, which may be NULL. */
void
keepmsg_put_str(struct keepmsg_buf *b, const char *s)
{
	if (s == NULL)
		keepmsg_put_int(b, -1);
	else
		keepmsg_put_bytes(b, s, strlen(s) + 1);
}

/* Append a NULL-terminated vector of texts; NULL is an empty one. */
void
keepmsg_put_strv(struct keepmsg_buf *b, char *const *v)
{
	size_t i, n;

	for (n = 0; v != NULL && v[n] != NULL; n++)
		continue;
	keepmsg_put_int(b, (int64_t)n);
	for (i = 0; i < n; i++)
		keepmsg_put_str(b, v[i]);
}

/* Free what was put, and make the buffer empty again. */
void
keepmsg_buf_free(struct keepmsg_buf *b)
{
	free(b->data);
	*b = (struct keepmsg_buf){0};
}

/* Read an integer; 0 if there is none. */
int64_t
keepmsg_get_int(struct keepmsg_reader *r)
{
	int64_t value;

	if (r->bad || r->len - r->off < sizeof(value)) {
		r->bad = true;
		return 0;
	}
	memcpy(&value, r->data + r->off, sizeof(value));
	r->off += sizeof(value);
	return value;
}

/* Read a byte string; NULL (and length 0) if there is none. */
const void *
keepmsg_get_bytes(struct keepmsg_reader *r, size_t *len)
{
	const unsigned char *data;
	size_t i;
	int64_t n;

	*len = 0;
	n = keepmsg_get_int(r);
	if (r->bad || n < 0 || (uint64_t)n > r->len - r->off ||
	    PADDED((size_t)n) > r->len - r->off) {
		r->bad = true;
		return NULL;
	}
	data = r->data + r->off;
	for (i = (size_t)n; i < PADDED((size_t)n); i++)
		r->bad = r->bad || data[i] != 0;
	if (r->bad)
		return NULL;
	r->off += PADDED((size_t)n);
	*len = (size_t)n;
	return data;
}

/* Read a text; NULL if it is NULL or there is none. */
const char *
keepmsg_get_str(struct keepmsg_reader *r)
{
	struct keepmsg_reader ahead = *r;
	const char *s;
	size_t len;

	if (keepmsg_get_int(&ahead) == -1 && !ahead.bad) {
		*r = ahead;
		return NULL;
	}
	s = keepmsg_get_bytes(r, &len);
	if (s == NULL || len == 0 || memchr(s, '\0', len) != s + len - 1) {
		r->bad = true;
		return NULL;
	}
	return s;
}

/* Tell whether everything was read and good. */
bool
keepmsg_done(const struct keepmsg_reader *r)
{
	return !r->bad && r->off == r->len;
}

/* Encode a spawn request: 0, or -1 with errno EINVAL, E2BIG, ENOMEM. */
int
keepmsg_encode_spawn(struct keepmsg_buf *b, const struct appbase_spawn *s)
{
	size_t i;

	if (spawn_check(s) == -1 || spawn_check_fds(s) == -1)
		return -1;
	keepmsg_put_int(b, (int64_t)s->id);
	keepmsg_put_str(b, s->path);
	keepmsg_put_strv(b, s->argv);
	keepmsg_put_strv(b, s->envp);
	keepmsg_put_str(b, s->directory);
	keepmsg_put_int(b, s->umask_plus_1);
	keepmsg_put_int(b, s->flags);
	keepmsg_put_int(b, s->uid);
	keepmsg_put_int(b, s->gid);
	keepmsg_put_int(b, s->nice);
	keepmsg_put_int(b, s->oom_score_adj);
	keepmsg_put_bytes(b, s->tag, s->taglen);
	keepmsg_put_int(b, (int64_t)s->ngroups);
	for (i = 0; i < s->ngroups; i++)
		keepmsg_put_int(b, s->groups[i]);
	keepmsg_put_int(b, (int64_t)s->nlimits);
	for (i = 0; i < s->nlimits; i++) {
		keepmsg_put_int(b, s->limits[i].resource);
		keepmsg_put_int(b, (int64_t)s->limits[i].soft);
		keepmsg_put_int(b, (int64_t)s->limits[i].hard);
	}
	keepmsg_put_int(b, (int64_t)s->nfds);
	for (i = 0; i < s->nfds; i++)
		keepmsg_put_int(b, s->fds[i].target);
	if (b->failed || b->len > CHAN_BODY_MAX) {
		errno = b->failed ? ENOMEM : E2BIG;
		return -1;
	}
	return 0;
}

/* Decode a spawn request: 0, or -1 with errno EBADMSG, ENOMEM. */
int
keepmsg_decode_spawn(struct keepmsg_reader *r, const int *fds, size_t nfds,
    struct appbase_spawn *s, void **arena)
{
	struct arena a = {0};

	/*
	 * Every element takes at least as many bytes in the message as in its
	 * vector, but for the two terminating NULL pointers.
	 */
	*arena = NULL;
	a.size = PADDED(r->len) + 4 * sizeof(void *);
	a.base = malloc(a.size);
	if (a.base == NULL)
		return -1;
	get_spawn(r, fds, nfds, s, &a);
	if (!keepmsg_done(r) || spawn_check(s) == -1 ||
	    spawn_check_fds(s) == -1) {
		free(a.base);
		*s = (struct appbase_spawn){0};
		errno = EBADMSG;
		return -1;
	}
	*arena = a.base;
	return 0;
}

/* Encode an event: 0, or -1 with errno E2BIG, ENOMEM. */
int
keepmsg_encode_event(struct keepmsg_buf *b, const struct appbase_keep_event *e)
{
	if (e->taglen > APPBASE_KEEP_TAG_MAX) {
		errno = E2BIG;
		return -1;
	}
	keepmsg_put_int(b, e->type);
	keepmsg_put_int(b, (int64_t)e->id);
	keepmsg_put_int(b, e->pid);
	keepmsg_put_int(b, e->status);
	keepmsg_put_int(b, e->signo);
	keepmsg_put_int(b, e->error);
	keepmsg_put_int(b, e->stage);
	keepmsg_put_int(b, e->started_ms);
	keepmsg_put_int(b, e->ended_ms);
	put_usage(b, &e->usage);
	keepmsg_put_bytes(b, e->tag, e->taglen);
	if (b->failed) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* Decode an event; its tag is borrowed from the reader: 0, or -1 EBADMSG. */
int
keepmsg_decode_event(struct keepmsg_reader *r, struct appbase_keep_event *e)
{
	*e = (struct appbase_keep_event){0};
	e->type =
	    (enum appbase_keep_type)get_range(r, 0, APPBASE_KEEP_RELOAD_FAILED);
	e->id = (uint64_t)keepmsg_get_int(r);
	e->pid = (pid_t)get_range(r, INT_MIN, INT_MAX);
	e->status = (int)get_range(r, INT_MIN, INT_MAX);
	e->signo = (int)get_range(r, INT_MIN, INT_MAX);
	e->error = (int)get_range(r, INT_MIN, INT_MAX);
	e->stage =
	    (enum appbase_spawn_stage)get_range(r, 0, APPBASE_STAGE_EXEC);
	e->started_ms = keepmsg_get_int(r);
	e->ended_ms = keepmsg_get_int(r);
	get_usage(r, &e->usage);
	e->tag = get_tag(r, &e->taglen);
	if (!keepmsg_done(r)) {
		*e = (struct appbase_keep_event){0};
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

/* Append bytes; after a failure do nothing. */
static void
put_raw(struct keepmsg_buf *b, const void *data, size_t len)
{
	unsigned char *grown;
	size_t cap;

	if (b->failed || len == 0)
		return;
	if (len > b->cap - b->len) {
		cap = b->cap * 2 > b->len + len ? b->cap * 2 : b->len + len;
		cap = cap < 256 ? 256 : cap;
		grown = realloc(b->data, cap);
		if (grown == NULL) {
			b->failed = true;
			return;
		}
		b->data = grown;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Append resource usage. */
static void
put_usage(struct keepmsg_buf *b, const struct rusage *u)
{
	long value;
	size_t i;

	keepmsg_put_int(b, u->ru_utime.tv_sec);
	keepmsg_put_int(b, u->ru_utime.tv_usec);
	keepmsg_put_int(b, u->ru_stime.tv_sec);
	keepmsg_put_int(b, u->ru_stime.tv_usec);
	for (i = 0; i < COUNT(usage_longs); i++) {
		memcpy(&value, (const char *)u + usage_longs[i], sizeof(value));
		keepmsg_put_int(b, value);
	}
}

/* Check a request by itself: 0, or -1 with errno EINVAL, E2BIG. */
static int
spawn_check(const struct appbase_spawn *s)
{
	errno = EINVAL;
	if (s->path == NULL || s->argv == NULL || s->argv[0] == NULL)
		return -1;
	if ((s->flags & ~(unsigned)FLAGS_ALL) != 0)
		return -1;
	if (s->umask_plus_1 < 0 || s->umask_plus_1 > 01000)
		return -1;
	if (s->nice < -20 || s->nice > 19)
		return -1;
	if (s->oom_score_adj < -1000 || s->oom_score_adj > 1000)
		return -1;
	errno = E2BIG;
	if (s->ngroups > GROUPS_MAX || s->nlimits > LIMITS_MAX)
		return -1;
	if (s->taglen > APPBASE_KEEP_TAG_MAX)
		return -1;
	return 0;
}

/* Check the descriptor list of a request: 0, or -1 with errno EINVAL, E2BIG. */
static int
spawn_check_fds(const struct appbase_spawn *s)
{
	size_t i, j;

	if (s->nfds > APPBASE_KEEP_FDS_MAX) {
		errno = E2BIG;
		return -1;
	}
	errno = EINVAL;
	for (i = 0; i < s->nfds; i++) {
		if (s->fds[i].target < 0)
			return -1;
		for (j = 0; j < i; j++) {
			if (s->fds[j].target == s->fds[i].target)
				return -1;
		}
	}
	return 0;
}

/* Read an integer that must lie within min .. max. */
static int64_t
get_range(struct keepmsg_reader *r, int64_t min, int64_t max)
{
	int64_t value;

	value = keepmsg_get_int(r);
	if (value < min || value > max)
		r->bad = true;
	return r->bad ? 0 : value;
}

/* Read resource usage. */
static void
get_usage(struct keepmsg_reader *r, struct rusage *u)
{
	long value;
	size_t i;

	u->ru_utime.tv_sec = (time_t)keepmsg_get_int(r);
	u->ru_utime.tv_usec = (suseconds_t)keepmsg_get_int(r);
	u->ru_stime.tv_sec = (time_t)keepmsg_get_int(r);
	u->ru_stime.tv_usec = (suseconds_t)keepmsg_get_int(r);
	for (i = 0; i < COUNT(usage_longs); i++) {
		value = (long)get_range(r, LONG_MIN, LONG_MAX);
		memcpy((char *)u + usage_longs[i], &value, sizeof(value));
	}
}

/* Read a tag; an empty one is NULL. */
static const void *
get_tag(struct keepmsg_reader *r, size_t *len)
{
	const void *tag;

	tag = keepmsg_get_bytes(r, len);
	if (*len > APPBASE_KEEP_TAG_MAX)
		r->bad = true;
	return *len == 0 ? NULL : tag;
}

/* Read the fields of a spawn request. */
static void
get_spawn(struct keepmsg_reader *r, const int *fds, size_t nfds,
    struct appbase_spawn *s, struct arena *a)
{
	*s = (struct appbase_spawn){0};
	s->id = (uint64_t)keepmsg_get_int(r);
	s->path = keepmsg_get_str(r);
	s->argv = get_strv(r, a);
	s->envp = get_strv(r, a);
	s->directory = keepmsg_get_str(r);
	s->umask_plus_1 = (int)get_range(r, 0, 01000);
	s->flags = (unsigned)get_range(r, 0, FLAGS_ALL);
	s->uid = (uid_t)get_range(r, 0, UINT32_MAX);
	s->gid = (gid_t)get_range(r, 0, UINT32_MAX);
	s->nice = (int)get_range(r, INT_MIN, INT_MAX);
	s->oom_score_adj = (int)get_range(r, INT_MIN, INT_MAX);
	s->tag = get_tag(r, &s->taglen);
	s->groups = get_groups(r, a, &s->ngroups);
	s->limits = get_limits(r, a, &s->nlimits);
	s->nfds = nfds;
	s->fds = get_fds(r, a, fds, nfds);
}

/* Read a vector of texts, none of them NULL. */
static char *const *
get_strv(struct keepmsg_reader *r, struct arena *a)
{
	const char **v;
	size_t i, n;

	n = get_count(r, SIZE_MAX, 16);
	v = arena_take(a, n + 1, sizeof(*v));
	if (r->bad || v == NULL) {
		r->bad = true;
		return NULL;
	}
	for (i = 0; i < n; i++) {
		v[i] = keepmsg_get_str(r);
		if (v[i] == NULL) {
			r->bad = true;
			return NULL;
		}
	}
	v[n] = NULL;
	return (char *const *)v;
}

/* Read supplementary groups. */
static const gid_t *
get_groups(struct keepmsg_reader *r, struct arena *a, size_t *ngroups)
{
	gid_t *groups;
	size_t i, n;

	n = get_count(r, GROUPS_MAX, 8);
	groups = arena_take(a, n, sizeof(*groups));
	if (groups == NULL)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++)
		groups[i] = (gid_t)get_range(r, 0, UINT32_MAX);
	*ngroups = n;
	return groups;
}

/* Read resource limits. */
static const struct appbase_limit *
get_limits(struct keepmsg_reader *r, struct arena *a, size_t *nlimits)
{
	struct appbase_limit *limits;
	size_t i, n;

	n = get_count(r, LIMITS_MAX, 24);
	limits = arena_take(a, n, sizeof(*limits));
	if (limits == NULL)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++) {
		limits[i].resource = (int)get_range(r, INT_MIN, INT_MAX);
		limits[i].soft = (rlim_t)keepmsg_get_int(r);
		limits[i].hard = (rlim_t)keepmsg_get_int(r);
	}
	*nlimits = n;
	return limits;
}

/* Read the targets of the descriptors that came along, all of them. */
static const struct appbase_child_fd *
get_fds(struct keepmsg_reader *r, struct arena *a, const int *fds, size_t nfds)
{
	struct appbase_child_fd *list;
	size_t i, n;

	n = get_count(r, APPBASE_KEEP_FDS_MAX, 8);
	list = arena_take(a, n, sizeof(*list));
	if (n != nfds || list == NULL)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++) {
		list[i].target = (int)get_range(r, 0, INT_MAX);
		list[i].fd = fds[i];
	}
	return list;
}

/* Read a count of at most max elements of at least `size` bytes each. */
static size_t
get_count(struct keepmsg_reader *r, size_t max, size_t size)
{
	int64_t n;

	n = keepmsg_get_int(r);
	if (n < 0 || (uint64_t)n > max ||
	    (uint64_t)n > (r->len - r->off) / size)
		r->bad = true;
	return r->bad ? 0 : (size_t)n;
}

/* Take n elements from the arena; NULL if it is used up. */
static void *
arena_take(struct arena *a, size_t n, size_t size)
{
	void *p;

	if (n > (a->size - a->used) / size)
		return NULL;
	p = a->base + a->used;
	a->used = PADDED(a->used + n * size);
	return p;
}
