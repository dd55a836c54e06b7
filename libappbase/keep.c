/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker's side of the keep protocol: requests go out as messages, events
 * and the inventory come in and wait here until the application asks.
 */
#include "appbase/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "libappbase/app.h"
#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/keepmsg.h"
#include "libappbase/log.h"
#include "libappbase/worker.h"

struct keep_waiting { /* an event that waits */
	STAILQ_ENTRY(keep_waiting) entry;
	struct appbase_keep_event event;
	unsigned char tag[]; /* what event.tag points to */
};

struct keep_kept { /* a kept descriptor */
	TAILQ_ENTRY(keep_kept) entry;
	int fd;
	char name[APPBASE_KEEP_NAME_MAX + 1];
};

enum keep_attach { KEEP_DETACHED, KEEP_ASKED, KEEP_ATTACHED, KEEP_REFUSED };

struct keepclient {
	enum keep_attach attach;
	int refused; /* errno */
	STAILQ_HEAD(, keep_waiting) events;
	struct keep_waiting *current; /* handed out last; its tag is borrowed */
	TAILQ_HEAD(, keep_kept) kept;
};

/* The client, made at first use. */
static struct keepclient *
keep_client(struct appbase *app)
{
	struct keepclient *kc;

	if (app->wk == NULL) {
		errno = EPIPE;
		return NULL;
	}
	if ((kc = app->wk->keep) != NULL)
		return kc;
	if ((kc = calloc(1, sizeof(*kc))) == NULL)
		return NULL;
	STAILQ_INIT(&kc->events);
	TAILQ_INIT(&kc->kept);
	return app->wk->keep = kc;
}

void
keep_forget(struct keepclient *kc)
{
	struct keep_waiting *w;
	struct keep_kept *k;

	if (kc == NULL)
		return;
	while ((w = STAILQ_FIRST(&kc->events)) != NULL) {
		STAILQ_REMOVE_HEAD(&kc->events, entry);
		free(w);
	}
	while ((k = TAILQ_FIRST(&kc->kept)) != NULL) {
		TAILQ_REMOVE(&kc->kept, k, entry);
		fd_close(k->fd);
		free(k);
	}
	free(kc->current);
	free(kc);
}

/* Is this a name for a kept descriptor? */
static bool
keep_name_ok(const char *name)
{
	size_t i, len = name != NULL ? strlen(name) : 0;

	if (len == 0 || len > APPBASE_KEEP_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

static struct keep_kept *
keep_find(const struct keepclient *kc, const char *name)
{
	struct keep_kept *k;

	TAILQ_FOREACH (k, &kc->kept, entry)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

/* Queues an event; its tag is copied. */
static void
keep_queue(struct keepclient *kc, const struct appbase_keep_event *ev)
{
	struct keep_waiting *w = malloc(sizeof(*w) + ev->taglen);

	if (w == NULL) {
		/* The record is not released, so the next worker hears it. */
		log_error("keep: event of child %llu lost: %m",
		    (unsigned long long)ev->id);
		return;
	}
	w->event = *ev;
	if (ev->taglen > 0)
		memcpy(w->tag, ev->tag, ev->taglen);
	w->event.tag = w->tag;
	STAILQ_INSERT_TAIL(&kc->events, w, entry);
}

/* FD: a kept descriptor of the inventory. */
static void
keep_store(struct keepclient *kc, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	const char *name = keepmsg_get_str(&r);
	struct keep_kept *k;

	if (!keepmsg_done(&r) || !keep_name_ok(name) || msg->nfds != 1) {
		log_error(
		    "keep: malformed %s message", keepmsg_name(msg->type));
		return;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		log_error("keep: descriptor %s: %m", name);
		return;
	}
	strlcpy(k->name, name, sizeof(k->name));
	k->fd = msg->fds[0];
	msg->fds[0] = -1;
	TAILQ_INSERT_TAIL(&kc->kept, k, entry);
}

void
keep_message(struct appbase *app, struct chan_msg *msg)
{
	struct keepmsg_reader r = {msg->body, msg->len, 0, false};
	struct keepclient *kc = keep_client(app);
	struct appbase_keep_event ev;

	if (kc == NULL)
		return;
	switch (msg->type) {
	case KEEPMSG_CHILD:
	case KEEPMSG_EVENT:
		if (keepmsg_decode_event(&r, &ev) == -1)
			log_error("keep: malformed %s message",
			    keepmsg_name(msg->type));
		else
			keep_queue(kc, &ev);
		break;
	case KEEPMSG_FD:
		keep_store(kc, msg);
		break;
	case KEEPMSG_SYNCED:
		kc->attach = KEEP_ATTACHED;
		break;
	case KEEPMSG_REFUSED:
		kc->attach = KEEP_REFUSED;
		kc->refused = (int)keepmsg_get_int(&r);
		break;
	default:
		log_warn("keep: unexpected message %u", msg->type);
	}
}

bool
keep_events_wait(struct appbase *app)
{
	return app->wk->keep != NULL && !STAILQ_EMPTY(&app->wk->keep->events);
}

static bool
keep_answered(struct appbase *app)
{
	return app->wk->keep->attach != KEEP_ASKED;
}

int
appbase_keep_attach(struct appbase *app)
{
	struct keepclient *kc = keep_client(app);
	struct pollfd none[1];

	if (kc == NULL)
		return -1;
	if (kc->attach == KEEP_ATTACHED)
		return 0;
	kc->attach = KEEP_ASKED;
	if (worker_send(app, KEEPMSG_ATTACH, NULL, 0, NULL, 0) == -1)
		return -1;
	while (!keep_answered(app))
		worker_poll(app, none, 0, 1000, keep_answered);
	if (kc->attach == KEEP_ATTACHED)
		return 0;
	kc->attach = KEEP_DETACHED;
	errno = kc->refused;
	return -1;
}

/* Sends a message and frees its body. */
static int
keep_send(struct appbase *app, uint16_t type, struct keepmsg_buf *b,
    const int *fds, size_t nfds)
{
	int r = -1, error;

	if (b->failed)
		errno = ENOMEM;
	else
		r = worker_send(app, type, b->data, b->len, fds, nfds);
	error = errno;
	keepmsg_buf_free(b);
	errno = error;
	return r;
}

/* Who asks for more has acted on the last event; of signals the supervisor does
 * not know otherwise. */
static void
keep_heard(struct appbase *app, const struct keep_waiting *w)
{
	struct keepmsg_buf b = {0};

	if (w == NULL || w->event.type != APPBASE_KEEP_SIGNALLED)
		return;
	keepmsg_put_int(&b, w->event.signo);
	(void)keep_send(app, KEEPMSG_HEARD, &b, NULL, 0);
}

int
appbase_keep_next(struct appbase *app, struct appbase_keep_event *ev)
{
	struct keepclient *kc = keep_client(app);

	if (kc == NULL)
		return -1;
	if (STAILQ_EMPTY(&kc->events))
		worker_serve(app);
	keep_heard(app, kc->current);
	free(kc->current);
	if ((kc->current = STAILQ_FIRST(&kc->events)) == NULL) {
		errno = EPIPE;
		return app->wk->chan_gone ? -1 : 0;
	}
	STAILQ_REMOVE_HEAD(&kc->events, entry);
	*ev = kc->current->event;
	return 1;
}

int
appbase_keep_spawn(struct appbase *app, const struct appbase_spawn *req)
{
	struct keepmsg_buf b = {0};
	int fds[APPBASE_KEEP_FDS_MAX];
	size_t i;

	if (req->path == NULL || req->argv == NULL || req->envp == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (req->nfds > APPBASE_KEEP_FDS_MAX ||
	    req->taglen > APPBASE_KEEP_TAG_MAX) {
		errno = E2BIG;
		return -1;
	}
	for (i = 0; i < req->nfds; i++)
		fds[i] = req->fds[i].fd;
	if (keepmsg_encode_spawn(&b, req) == -1) {
		keepmsg_buf_free(&b);
		return -1;
	}
	return keep_send(app, KEEPMSG_SPAWN, &b, fds, req->nfds);
}

int
appbase_keep_signal(struct appbase *app, uint64_t id, int signo, bool group)
{
	struct keepmsg_buf b = {0};

	if (signo < 0 || signo >= NSIG) {
		errno = EINVAL;
		return -1;
	}
	keepmsg_put_int(&b, (int64_t)id);
	keepmsg_put_int(&b, signo);
	keepmsg_put_int(&b, group);
	return keep_send(app, KEEPMSG_SIGNAL, &b, NULL, 0);
}

int
appbase_keep_release(struct appbase *app, uint64_t id)
{
	struct keepmsg_buf b = {0};

	keepmsg_put_int(&b, (int64_t)id);
	return keep_send(app, KEEPMSG_RELEASE, &b, NULL, 0);
}

int
appbase_keep_fd(struct appbase *app, const char *name, int fd)
{
	struct keepmsg_buf b = {0};

	if (!keep_name_ok(name) || fcntl(fd, F_GETFD) == -1) {
		errno = keep_name_ok(name) ? EBADF : EINVAL;
		return -1;
	}
	keepmsg_put_str(&b, name);
	return keep_send(app, KEEPMSG_KEEP_FD, &b, &fd, 1);
}

int
appbase_drop_fd(struct appbase *app, const char *name)
{
	struct keepmsg_buf b = {0};

	if (!keep_name_ok(name)) {
		errno = EINVAL;
		return -1;
	}
	keepmsg_put_str(&b, name);
	return keep_send(app, KEEPMSG_DROP_FD, &b, NULL, 0);
}

int
appbase_kept_fd(const struct appbase *app, const char *name)
{
	struct keep_kept *k = NULL;

	if (app->wk != NULL && app->wk->keep != NULL)
		k = keep_find(app->wk->keep, name);
	errno = ENOENT;
	return k != NULL ? k->fd : -1;
}

int
appbase_kept_take(struct appbase *app, const char *name)
{
	struct keep_kept *k = NULL;
	int fd;

	if (app->wk != NULL && app->wk->keep != NULL)
		k = keep_find(app->wk->keep, name);
	if (k == NULL) {
		errno = ENOENT;
		return -1;
	}
	fd = k->fd;
	TAILQ_REMOVE(&app->wk->keep->kept, k, entry);
	free(k);
	return fd;
}

const char *
appbase_kept_next(const struct appbase *app, const char *name)
{
	struct keep_kept *k = NULL;

	if (app->wk == NULL || app->wk->keep == NULL)
		return NULL;
	if (name == NULL)
		k = TAILQ_FIRST(&app->wk->keep->kept);
	else if ((k = keep_find(app->wk->keep, name)) != NULL)
		k = TAILQ_NEXT(k, entry);
	return k != NULL ? k->name : NULL;
}

/* Maps an existing region; EINVAL if it has another size. */
static void *
keep_map(int fd, size_t size)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (st.st_size < 0 || (size_t)st.st_size != size) {
		errno = EINVAL;
		return NULL;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void *
appbase_keep_copy(struct appbase *app, const char *name, const void *data,
    size_t len, bool sealed)
{
	int fd, error, prot = sealed ? PROT_READ : PROT_READ | PROT_WRITE;
	void *p = MAP_FAILED;

	if (len == 0 || !keep_name_ok(name)) {
		errno = EINVAL;
		return NULL;
	}
	if ((fd = fd_memory(name, len)) == -1)
		return NULL;
	if (fd_fill(fd, data, len) == -1 || (sealed && fd_seal(fd) == -1) ||
	    (p = mmap(NULL, len, prot, MAP_SHARED, fd, 0)) == MAP_FAILED ||
	    appbase_keep_fd(app, name, fd) == -1) {
		error = errno;
		if (p != MAP_FAILED)
			munmap(p, len);
		p = MAP_FAILED;
		errno = error;
	}
	fd_close(fd);
	return p == MAP_FAILED ? NULL : p;
}

const void *
appbase_kept_map(const struct appbase *app, const char *name, size_t *len)
{
	int fd = appbase_kept_fd(app, name);
	struct stat st;
	void *p;

	if (fd == -1 || fstat(fd, &st) == -1)
		return NULL;
	*len = (size_t)st.st_size;
	p = mmap(NULL, *len, PROT_READ, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void *
appbase_keep_region(
    struct appbase *app, const char *name, size_t size, bool *fresh)
{
	int fd = appbase_kept_fd(app, name), error;
	void *p;

	*fresh = fd == -1;
	if (fd != -1)
		return keep_map(fd, size);
	if ((fd = fd_memory(name, size)) == -1)
		return NULL;
	if ((p = keep_map(fd, size)) != NULL &&
	    appbase_keep_fd(app, name, fd) == -1) {
		error = errno;
		munmap(p, size);
		p = NULL;
		errno = error;
	}
	fd_close(fd);
	return p;
}
