/* SPDX-License-Identifier: BSD-2-Clause */
/* Children and descriptors kept for the worker; see keeper.h. */
#include "libappbase/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fdplace.h"
#include "libappbase/keeper_private.h"
#include "libappbase/keepmsg.h"
#include "libappbase/log.h"
#include "libappbase/spawn.h"
#include "libappbase/waitstatus.h"

static int
keeper_cmp_id(const struct keeper_child *a, const struct keeper_child *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int
keeper_cmp_pid(const struct keeper_child *a, const struct keeper_child *b)
{
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int
keeper_cmp_fd(const struct keeper_fd *a, const struct keeper_fd *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE(keeper_ids, keeper_child, by_id, keeper_cmp_id)
RB_GENERATE(keeper_pids, keeper_child, by_pid, keeper_cmp_pid)
RB_GENERATE(keeper_fds, keeper_fd, entry, keeper_cmp_fd)

struct keeper *
keeper_new(void)
{
	return calloc(1, sizeof(struct keeper));
}

void
keeper_free(struct keeper *k)
{
	struct keeper_child *c, *ctmp;
	struct keeper_fd *f, *ftmp;

	if (k == NULL)
		return;
	RB_FOREACH_SAFE (c, keeper_ids, &k->ids, ctmp) {
		RB_REMOVE(keeper_ids, &k->ids, c);
		free(c);
	}
	RB_FOREACH_SAFE (f, keeper_fds, &k->fds, ftmp) {
		RB_REMOVE(keeper_fds, &k->fds, f);
		fd_close(f->fd);
		free(f);
	}
	free(k);
}

struct keeper_child *
keeper_find(struct keeper *k, uint64_t id)
{
	struct keeper_child key;

	key.id = id;
	return RB_FIND(keeper_ids, &k->ids, &key);
}

/* Nobody is attached; the next worker is told what this one has not heard. */
static void
keeper_unattach(struct keeper *k)
{
	k->attached = NULL;
	k->signals |= k->told;
	k->told = 0;
}

/* Sends a message to the attached worker; one that does not read is ended when
 * KEEPER_QUEUE_MAX bytes wait, the next one hears everything again. */
static void
keeper_send(struct keeper *k, uint16_t type, const struct keepmsg_buf *b,
    const int *fds, size_t nfds)
{
	struct workproc *wp = k->attached;

	if (wp == NULL || wp->chan == NULL)
		return;
	if (!b->failed &&
	    chan_send(wp->chan, type, b->data, b->len, fds, nfds) == 0)
		return;
	if (b->failed)
		errno = ENOMEM;
	if (errno == EPIPE)
		return;
	if (errno == ENOBUFS)
		log_error("worker %ld does not read: %zu KiB wait for it; "
			  "ending it, the next one hears everything again",
		    (long)wp->pid, KEEPER_QUEUE_MAX / 1024);
	else
		log_error("worker %ld: cannot send %s: %m; ending it",
		    (long)wp->pid, keepmsg_name(type));
	workproc_end(wp, SIGKILL, 0);
	keeper_unattach(k);
}

static void
keeper_tell(
    struct keeper *k, uint16_t type, const struct appbase_keep_event *ev)
{
	struct keepmsg_buf b = {0};

	if (k->attached == NULL)
		return;
	keepmsg_encode_event(&b, ev);
	keeper_send(k, type, &b, NULL, 0);
	keepmsg_buf_free(&b);
}

/* The bit of a signal, 1 to 64. */
static uint64_t
keeper_bit(int signo)
{
	return (uint64_t)1 << (signo & 63);
}

/* The event of what is known about a child. */
static void
keeper_tell_child(
    struct keeper *k, const struct keeper_child *c, enum appbase_keep_type type)
{
	struct appbase_keep_event ev = {.type = type,
	    .id = c->id,
	    .pid = c->pid,
	    .status = c->status,
	    .started_ms = c->started_ms,
	    .ended_ms = c->ended_ms,
	    .usage = c->usage,
	    .tag = c->tag,
	    .taglen = c->taglen};

	keeper_tell(
	    k, type == APPBASE_KEEP_CHILD ? KEEPMSG_CHILD : KEEPMSG_EVENT, &ev);
}

/* Tells of forwarded signals that came while nobody listened. */
static void
keeper_tell_signals(struct keeper *k)
{
	int signo;

	for (signo = 1; signo < NSIG && k->signals != 0; signo++)
		if (k->signals & keeper_bit(signo)) {
			struct appbase_keep_event ev = {
			    .type = APPBASE_KEEP_SIGNALLED,
			    .signo = signo,
			    .pid = k->signal_from[signo]};

			k->signals &= ~keeper_bit(signo);
			k->told |= keeper_bit(signo);
			keeper_tell(k, KEEPMSG_EVENT, &ev);
		}
}

static void
keeper_refuse(struct workproc *wp, int error)
{
	struct keepmsg_buf b = {0};

	keepmsg_put_int(&b, error);
	if (b.failed ||
	    chan_send(wp->chan, KEEPMSG_REFUSED, b.data, b.len, NULL, 0) == -1)
		log_error(
		    "worker %ld: cannot answer attach: %m", (long)wp->pid);
	keepmsg_buf_free(&b);
}

/* ATTACH: the inventory, however long. */
static void
keeper_attach(struct keeper *k, struct workproc *wp)
{
	struct keepmsg_buf b = {0};
	struct keeper_child *c;
	struct keeper_fd *f;

	if (wp->candidate) {
		keeper_refuse(wp, EPERM);
		return;
	}
	keeper_unattach(k);
	k->attached = wp;
	wp->attached = true;
	if (wp->chan != NULL)
		chan_limit(wp->chan, CHAN_QUEUE_MAX);
	RB_FOREACH (f, keeper_fds, &k->fds) {
		b.len = 0;
		keepmsg_put_str(&b, f->name);
		keeper_send(k, KEEPMSG_FD, &b, &f->fd, 1);
	}
	RB_FOREACH (c, keeper_ids, &k->ids)
		keeper_tell_child(
		    k, c, c->ended ? APPBASE_KEEP_EXITED : APPBASE_KEEP_CHILD);
	keeper_tell_signals(k);
	b.len = 0;
	keeper_send(k, KEEPMSG_SYNCED, &b, NULL, 0);
	keepmsg_buf_free(&b);
	if (wp->chan != NULL)
		chan_limit(wp->chan, KEEPER_QUEUE_MAX);
}

void
keeper_reattach(struct keeper *k, struct workproc *wp)
{
	k->attached = wp;
	if (wp->chan != NULL)
		chan_limit(wp->chan, KEEPER_QUEUE_MAX);
	keeper_tell_signals(k);
}

void
keeper_detach(struct keeper *k, const struct workproc *wp)
{
	if (k->attached == wp)
		keeper_unattach(k);
}

/* HEARD: the next worker need not be told of that signal. */
static bool
keeper_heard(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	int64_t signo = keepmsg_get_int(&r);

	if (!keepmsg_done(&r) || signo < 1 || signo >= NSIG)
		return false;
	k->told &= ~keeper_bit(signo);
	return true;
}

/* The record of a child to be; NULL with errno. */
static struct keeper_child *
keeper_record(struct keeper *k, const struct appbase_spawn *req)
{
	struct keeper_child *c;

	if (keeper_find(k, req->id) != NULL) {
		errno = EEXIST;
		return NULL;
	}
	if (req->taglen > sizeof(c->tag)) {
		errno = E2BIG;
		return NULL;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->id = req->id;
	c->group = req->flags & (APPBASE_SPAWN_SETPGID | APPBASE_SPAWN_SETSID);
	c->taglen = req->taglen;
	if (req->taglen > 0)
		memcpy(c->tag, req->tag, req->taglen);
	return c;
}

void
keeper_insert(struct keeper *k, struct keeper_child *c)
{
	RB_INSERT(keeper_ids, &k->ids, c);
	if (!c->ended) {
		RB_INSERT(keeper_pids, &k->pids, c);
		k->living++;
	}
}

/* Starts a decoded request; answers SPAWNED or SPAWN_FAILED. */
static void
keeper_start(struct keeper *k, const struct appbase_spawn *req)
{
	struct appbase_keep_event ev = {.id = req->id};
	struct keeper_child *c = keeper_record(k, req);
	struct spawn_result res = {0, APPBASE_STAGE_REQUEST, 0};

	if (c == NULL)
		res.error = errno;
	else if (spawn_run(req, 0, &res) == 0) {
		c->pid = res.pid;
		c->started_ms = clock_now_ms();
		keeper_insert(k, c);
		keeper_tell_child(k, c, APPBASE_KEEP_SPAWNED);
		return;
	}
	free(c);
	if (res.pid > 0)
		waitpid(
		    res.pid, NULL, 0); /* it has ended: nothing to wait for */
	ev.type = APPBASE_KEEP_SPAWN_FAILED;
	ev.pid = res.pid;
	ev.stage = res.stage;
	ev.error = res.error;
	keeper_tell(k, KEEPMSG_EVENT, &ev);
}

static bool
keeper_spawn(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	struct appbase_spawn req;
	void *arena = NULL;

	if (keepmsg_decode_spawn(&r, msg->fds, msg->nfds, &req, &arena) == -1)
		return false;
	keeper_start(k, &req);
	free(arena);
	return true;
}

/* SIGNAL: only to a child that has not been reaped. */
static bool
keeper_signal(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	uint64_t id = (uint64_t)keepmsg_get_int(&r);
	int signo = (int)keepmsg_get_int(&r);
	bool group = keepmsg_get_int(&r) != 0;
	struct keeper_child *c = keeper_find(k, id);
	struct appbase_keep_event ev = {
	    .type = APPBASE_KEEP_SIGNAL_FAILED, .id = id, .signo = signo};

	if (!keepmsg_done(&r))
		return false;
	if (c == NULL || c->ended)
		ev.error = ESRCH;
	else if (kill(group ? -c->pid : c->pid, signo) == -1)
		ev.error = errno;
	if (ev.error != 0)
		keeper_tell(k, KEEPMSG_EVENT, &ev);
	return true;
}

static bool
keeper_release(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	uint64_t id = (uint64_t)keepmsg_get_int(&r);
	struct keeper_child *c = keeper_find(k, id);

	if (!keepmsg_done(&r))
		return false;
	if (c == NULL || !c->ended) {
		log_warn("keep: release of child %" PRIu64 ", which %s", id,
		    c == NULL ? "is unknown" : "lives");
		return true;
	}
	RB_REMOVE(keeper_ids, &k->ids, c);
	free(c);
	return true;
}

/* A name that is one word of the state record. */
static bool
keeper_name_ok(const char *name)
{
	size_t i, len = name != NULL ? strlen(name) : 0;

	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return len > 0 && len <= APPBASE_KEEP_NAME_MAX;
}

struct keeper_fd *
keeper_find_fd(struct keeper *k, const char *name)
{
	struct keeper_fd key;

	if (strlcpy(key.name, name, sizeof(key.name)) >= sizeof(key.name))
		return NULL;
	return RB_FIND(keeper_fds, &k->fds, &key);
}

/* Takes a descriptor under a name, replacing an older one. */
int
keeper_put_fd(struct keeper *k, const char *name, int fd)
{
	struct keeper_fd *f = keeper_find_fd(k, name);

	if (f != NULL && dup3(fd, f->fd, O_CLOEXEC) != -1) {
		fd_close(fd); /* numbers do not drift */
		return 0;
	}
	if (f != NULL) {
		fd_close(f->fd);
		f->fd = fd;
		return 0;
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -1;
	strlcpy(f->name, name, sizeof(f->name));
	f->fd = fd;
	RB_INSERT(keeper_fds, &k->fds, f);
	return 0;
}

static bool
keeper_keep_fd(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *name = keepmsg_get_str(&r);

	if (!keepmsg_done(&r) || !keeper_name_ok(name) || msg->nfds != 1)
		return false;
	msg->fds[0] = fdplace_move_high(msg->fds[0]);
	if (keeper_put_fd(k, name, msg->fds[0]) == -1)
		return false;
	msg->fds[0] = -1;
	return true;
}

static bool
keeper_drop_fd(struct keeper *k, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *name = keepmsg_get_str(&r);
	struct keeper_fd *f;

	if (!keepmsg_done(&r) || !keeper_name_ok(name))
		return false;
	if ((f = keeper_find_fd(k, name)) == NULL)
		return true;
	RB_REMOVE(keeper_fds, &k->fds, f);
	fd_close(f->fd);
	free(f);
	return true;
}

bool
keeper_message(struct keeper *k, struct workproc *wp, struct chan_msg *msg)
{
	bool ok = true;

	if (msg->type == KEEPMSG_ATTACH) {
		keeper_attach(k, wp);
		return true;
	}
	if ((msg->type < KEEPMSG_SPAWN || msg->type > KEEPMSG_DROP_FD) &&
	    msg->type != KEEPMSG_HEARD)
		return false;
	if (k->attached != wp && !wp->attached) {
		log_warn("worker %ld: %s before attaching, ignored",
		    (long)wp->pid, keepmsg_name(msg->type));
		return true;
	}
	switch (msg->type) {
	case KEEPMSG_SPAWN:
		ok = keeper_spawn(k, msg);
		break;
	case KEEPMSG_SIGNAL:
		ok = keeper_signal(k, msg);
		break;
	case KEEPMSG_RELEASE:
		ok = keeper_release(k, msg);
		break;
	case KEEPMSG_HEARD:
		ok = keeper_heard(k, msg);
		break;
	case KEEPMSG_KEEP_FD:
		ok = keeper_keep_fd(k, msg);
		break;
	case KEEPMSG_DROP_FD:
		ok = keeper_drop_fd(k, msg);
		break;
	}
	if (!ok)
		log_error("worker %ld: malformed %s message, ignored",
		    (long)wp->pid, keepmsg_name(msg->type));
	return true;
}

bool
keeper_reaped(struct keeper *k, pid_t pid, int status,
    const struct rusage *usage, int64_t now_ms)
{
	struct keeper_child key, *c;

	key.pid = pid;
	if ((c = RB_FIND(keeper_pids, &k->pids, &key)) == NULL)
		return false;
	RB_REMOVE(keeper_pids, &k->pids, c);
	k->living--;
	c->ended = true;
	c->status = status;
	c->usage = *usage;
	c->ended_ms = now_ms;
	keeper_tell_child(k, c, APPBASE_KEEP_EXITED);
	return true;
}

void
keeper_orphan(struct keeper *k, pid_t pid, int status)
{
	struct appbase_keep_event ev = {
	    .type = APPBASE_KEEP_ORPHAN, .pid = pid, .status = status};

	keeper_tell(k, KEEPMSG_EVENT, &ev);
}

void
keeper_reload_failed(struct keeper *k, const char *reason)
{
	struct appbase_keep_event ev = {.type = APPBASE_KEEP_RELOAD_FAILED,
	    .tag = reason,
	    .taglen = strnlen(reason, APPBASE_KEEP_TAG_MAX)};

	keeper_tell(k, KEEPMSG_EVENT, &ev);
}

void
keeper_signalled(struct keeper *k, int signo, pid_t from)
{
	k->signals |= keeper_bit(signo);
	k->signal_from[signo] = from;
	if (k->attached != NULL)
		keeper_tell_signals(k);
}

bool
keeper_stop_waits(const struct keeper *k)
{
	const uint64_t stop = keeper_bit(SIGTERM) | keeper_bit(SIGINT);

	return ((k->signals | k->told) & (stop | keeper_bit(SIGQUIT))) != 0;
}

void
keeper_signal_all(struct keeper *k, int signo)
{
	struct keeper_child *c;

	RB_FOREACH (c, keeper_pids, &k->pids) {
		if (c->group)
			kill(-c->pid, signo);
		c->foreign = kill(c->pid, signo) == -1 && errno == EPERM;
		if (waitstatus_is_stopped(c->pid))
			kill(c->pid, SIGCONT);
	}
}

size_t
keeper_in_reach(struct keeper *k)
{
	struct keeper_child *c;
	size_t n = 0;

	RB_FOREACH (c, keeper_pids, &k->pids)
		n += !c->foreign;
	return n;
}

size_t
keeper_living(const struct keeper *k)
{
	return k->living;
}

bool
keeper_is_empty(const struct keeper *k)
{
	return RB_EMPTY(&k->ids) && RB_EMPTY(&k->fds);
}
