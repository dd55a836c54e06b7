/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of all servers, and their limits.
 *
 * evhttp accepts by itself and tells of a connection only when a whole request
 * has come.  It asks for a bufferevent before, though: that is where we learn
 * of a connection, and one turn of the loop later evhttp's side of it is found
 * by the argument of the bufferevent's callbacks.  Meanwhile the listener
 * rests, so that one connection is taken in a turn: a flood of them waits in
 * the kernel, and each gets its chance to be read before others push it out.
 */
#include "supervisord/control/httpd_private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "supervisord/control/access.h"
#include "supervisord/io/loop.h"

/* How often time limits are looked at, while there are connections. */
#define HTTPD_SWEEP_SECONDS 2
/* When to ask a silent client's host whether it is still there. */
#define HTTPD_KEEPALIVE_SECONDS 60

static void httpd_conn_sweep(evutil_socket_t, short, void *);

struct httpd_pool *
httpd_pool_new(
    struct event_base *base, const struct connlimit_settings *settings)
{
	struct httpd_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	connlimit_init(&pool->limit, settings);
	LIST_INIT(&pool->conns);
	pool->base = base;
	pool->sweep = evtimer_new(base, httpd_conn_sweep, pool);
	if (pool->sweep == NULL) {
		free(pool);
		return NULL;
	}
	return pool;
}

void
httpd_pool_free(struct httpd_pool *pool)
{
	if (pool == NULL)
		return;
	event_free(pool->sweep);
	free(pool);
}

const struct connlimit *
httpd_pool_limit(const struct httpd_pool *pool)
{
	return &pool->limit;
}

static struct httpd_conn *
httpd_conn_of(struct connlimit_entry *e)
{
	return e == NULL ? NULL
			 : (struct httpd_conn *)(void *)((char *)e -
			       offsetof(struct httpd_conn, limit));
}

/* Ends a connection.  libevent frees what it has not sent only later, maybe
 * after much more has piled up: that is dropped now. */
static void
httpd_conn_kill(struct httpd_conn *conn)
{
	struct evbuffer *out = bufferevent_get_output(conn->bev);

	evbuffer_unfreeze(out, 1);
	evbuffer_drain(out, evbuffer_get_length(out));
	evhttp_connection_free(conn->evhttp);
}

/* Ends connections until the limits are kept. */
static void
httpd_conn_make_room(struct httpd_pool *pool, struct httpd_conn *spare)
{
	const struct connlimit_entry *keep =
	    spare == NULL ? NULL : &spare->limit;
	struct httpd_conn *conn;

	while ((conn = httpd_conn_of(connlimit_excess(&pool->limit, keep))) !=
	    NULL)
		httpd_conn_kill(conn);
}

/* Looks at time limits soon, or in some seconds. */
static void
httpd_conn_arm(struct httpd_pool *pool, bool soon)
{
	const struct timeval when = {soon ? 0 : HTTPD_SWEEP_SECONDS, 0};

	if (soon || !event_pending(pool->sweep, EV_TIMEOUT, NULL))
		event_add(pool->sweep, &when);
}

/* Has the client of a request that is being answered gone?  That it has said
 * all does not mean that it does not listen. */
static bool
httpd_conn_is_dead(const struct httpd_conn *conn)
{
	struct pollfd pfd = {.fd = bufferevent_getfd(conn->bev)};

	return conn->limit.phase == CONNLIMIT_BUSY && poll(&pfd, 1, 0) == 1 &&
	    (pfd.revents & (POLLHUP | POLLERR)) != 0;
}

/* Ends what is dead, over its time, or too much. */
static void
httpd_conn_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct httpd_pool *pool = arg;
	struct httpd_conn *conn, *next;
	const int64_t now = loop_now_ms();

	(void)fd;
	(void)what;
	for (conn = LIST_FIRST(&pool->conns); conn != NULL; conn = next) {
		next = LIST_NEXT(conn, entry);
		if (httpd_conn_is_dead(conn))
			httpd_conn_kill(conn);
	}
	while ((conn = httpd_conn_of(connlimit_overdue(&pool->limit, now))) !=
	    NULL)
		httpd_conn_kill(conn);
	httpd_conn_make_room(pool, NULL);
	if (!LIST_EMPTY(&pool->conns))
		httpd_conn_arm(pool, false);
}

/* Is more held than may be?  It is not here that connections can end. */
static void
httpd_conn_check_held(struct httpd_pool *pool)
{
	if (pool->limit.held > pool->limit.settings.held_bytes)
		httpd_conn_arm(pool, true);
}

static void
httpd_conn_on_input(
    struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct httpd_conn *conn = arg;
	struct httpd_pool *pool = conn->httpd->settings.pool;

	(void)in;
	if (info->n_added == 0)
		return;
	connlimit_received(
	    &pool->limit, &conn->limit, info->n_added, loop_now_ms());
	httpd_conn_check_held(pool);
}

static void
httpd_conn_on_output(
    struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	struct httpd_conn *conn = arg;
	struct httpd_pool *pool = conn->httpd->settings.pool;

	(void)info;
	connlimit_sending(&pool->limit, &conn->limit, evbuffer_get_length(out),
	    loop_now_ms());
	httpd_conn_check_held(pool);
}

/* evhttp ends a connection. */
static void
httpd_conn_closed(struct evhttp_connection *evhttp, void *arg)
{
	struct httpd_conn *conn = arg;

	(void)evhttp;
	if (conn->request != NULL)
		httpd_request_closed(conn->request);
	evbuffer_remove_cb_entry(
	    bufferevent_get_input(conn->bev), conn->on_input);
	evbuffer_remove_cb_entry(
	    bufferevent_get_output(conn->bev), conn->on_output);
	connlimit_remove(&conn->httpd->settings.pool->limit, &conn->limit);
	LIST_REMOVE(conn, entry);
	free(conn);
}

/* Has the kernel find out whether the other host is still there. */
static void
httpd_conn_keep_alive(int fd)
{
	const int on = 1, seconds = HTTPD_KEEPALIVE_SECONDS;

	/* Fails on unix sockets, which need none. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(
	    fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
}

/* Begins to count a connection.  False if that cannot be. */
static bool
httpd_conn_count(struct httpd_conn *conn)
{
	struct httpd_pool *pool = conn->httpd->settings.pool;

	conn->on_input = evbuffer_add_cb(
	    bufferevent_get_input(conn->bev), httpd_conn_on_input, conn);
	if (conn->on_input == NULL)
		return false;
	conn->on_output = evbuffer_add_cb(
	    bufferevent_get_output(conn->bev), httpd_conn_on_output, conn);
	if (conn->on_output == NULL) {
		evbuffer_remove_cb_entry(
		    bufferevent_get_input(conn->bev), conn->on_input);
		return false;
	}
	evhttp_connection_set_closecb(conn->evhttp, httpd_conn_closed, conn);
	connlimit_add(&pool->limit, &conn->limit, loop_now_ms());
	LIST_INSERT_HEAD(&pool->conns, conn, entry);
	return true;
}

/* Finds evhttp's side of the newest connection. */
static void
httpd_conn_born(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *httpd = arg;
	struct httpd_conn *conn = httpd->fresh;
	void *evhttp;

	(void)fd;
	(void)what;
	httpd->fresh = NULL;
	if (!event_pending(httpd->resume, EV_TIMEOUT, NULL))
		evconnlistener_enable(httpd->listener);
	bufferevent_getcb(conn->bev, NULL, NULL, NULL, &evhttp);
	conn->evhttp = evhttp;
	/* Without callbacks evhttp has given it up meanwhile. */
	if (bufferevent_decref(conn->bev) != 0 || evhttp == NULL) {
		free(conn);
		return;
	}
	if (!httpd_conn_count(conn)) {
		evhttp_connection_free(conn->evhttp);
		free(conn);
		return;
	}
	httpd_conn_keep_alive(bufferevent_getfd(conn->bev));
	httpd_conn_make_room(httpd->settings.pool, conn);
	httpd_conn_arm(httpd->settings.pool, false);
}

/* Makes the bufferevent of a connection that was accepted. */
static struct bufferevent *
httpd_conn_new(struct event_base *base, void *arg)
{
	struct httpd *httpd = arg;
	struct httpd_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		return NULL;
	conn->httpd = httpd;
	conn->bev = httpd->settings.tls != NULL
	    ? httpd_tls_accept(httpd->settings.tls, base)
	    : bufferevent_socket_new(base, -1, 0);
	if (conn->bev == NULL) {
		free(conn);
		return NULL;
	}
	bufferevent_incref(conn->bev);
	httpd->fresh = conn;
	evconnlistener_disable(httpd->listener);
	event_active(httpd->born, EV_TIMEOUT, 0);
	return conn->bev;
}

int
httpd_conn_attach(struct httpd *httpd)
{
	httpd->born = event_new(
	    httpd->settings.pool->base, -1, 0, httpd_conn_born, httpd);
	if (httpd->born == NULL)
		return -1;
	evhttp_set_bevcb(httpd->http, httpd_conn_new, httpd);
	return 0;
}

void
httpd_conn_detach(struct httpd *httpd)
{
	if (httpd->fresh != NULL) {
		bufferevent_decref(httpd->fresh->bev);
		free(httpd->fresh);
	}
	if (httpd->born != NULL)
		event_free(httpd->born);
}

struct httpd_conn *
httpd_conn_find(struct httpd *httpd, struct evhttp_request *req)
{
	struct evhttp_connection *evhttp = evhttp_request_get_connection(req);
	struct httpd_conn *conn;

	LIST_FOREACH (conn, &httpd->settings.pool->conns, entry)
		if (conn->evhttp == evhttp)
			return conn;
	return NULL;
}

/* Asks the kernel for the groups of who has connected; to be freed. */
static gid_t *
httpd_conn_groups(int fd, size_t *n)
{
	socklen_t len = 0;
	gid_t *groups;

	*n = 0;
#ifdef SO_PEERGROUPS
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len);
	if (len == 0 || (groups = malloc(len)) == NULL)
		return NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		*n = len / sizeof(*groups);
	return groups;
#else
	return NULL;
#endif
}

int
httpd_conn_access(
    const struct httpd_conn *conn, const char *authorization, enum role *role)
{
	const struct httpd_settings *set = &conn->httpd->settings;
	struct access_peer peer = {.is_known = false};
	const int fd = bufferevent_getfd(conn->bev);
	gid_t *groups = NULL;
	int code;

	if (set->server->is_unix && getpeereid(fd, &peer.uid, &peer.gid) == 0) {
		peer.is_known = true;
		if (set->server->allow_groups.n > 0)
			groups = httpd_conn_groups(fd, &peer.ngroups);
		peer.groups = groups;
	}
	code = access_check(
	    set->config, set->server, authorization, &peer, geteuid(), role);
	free(groups);
	return code;
}

bool
httpd_conn_begin(struct httpd_conn *conn, enum role role)
{
	struct httpd_pool *pool = conn->httpd->settings.pool;
	bool room =
	    connlimit_begin(&pool->limit, &conn->limit, role, loop_now_ms());

	httpd_conn_make_room(pool, conn);
	return room;
}

void
httpd_conn_end(struct httpd_conn *conn)
{
	conn->request = NULL;
	connlimit_end(&conn->httpd->settings.pool->limit, &conn->limit,
	    evbuffer_get_length(bufferevent_get_input(conn->bev)),
	    loop_now_ms());
}
