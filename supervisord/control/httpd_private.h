/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of the HTTP server: for httpd*.c only. */
#ifndef SUPERVISORD_CONTROL_HTTPD_PRIVATE_H
#define SUPERVISORD_CONTROL_HTTPD_PRIVATE_H

#include <stdint.h>
#include <sys/queue.h>

#include <event2/buffer.h>

#include "supervisord/control/connlimit.h"
#include "supervisord/control/httpd.h"

struct bufferevent;
struct event;
struct evhttp;
struct evhttp_connection;
struct evhttp_request;
struct evconnlistener;

LIST_HEAD(httpd_conn_list, httpd_conn);

struct httpd_pool {
	struct connlimit limit;
	struct httpd_conn_list conns;
	struct event_base *base;
	struct event *sweep;
};

/* A connection, from its acceptance to its end. */
struct httpd_conn {
	LIST_ENTRY(httpd_conn) entry;
	struct connlimit_entry limit; /* counted once evhttp is known */
	struct httpd *httpd;
	struct bufferevent *bev;
	struct evhttp_connection *evhttp;
	struct evbuffer_cb_entry *on_input, *on_output;
	struct httpd_request *request; /* not answered yet */
};

struct httpd {
	LIST_ENTRY(httpd) entry;
	struct evhttp *http;
	struct evconnlistener *listener;   /* evhttp's */
	struct evhttp_bound_socket *bound; /* its name in evhttp */
	struct event *resume;		   /* after a pause */
	struct event *born;		   /* httpd_conn_born() */
	struct httpd_conn *fresh;	   /* whose is next */
	struct httpd_settings settings;
	httpd_handler *handler;
	void *arg;
};

struct httpd_request {
	struct httpd *httpd;
	struct evhttp_request *req;
	struct httpd_conn *conn;
	enum role role;
	char *path;
	void (*closed)(void *arg);
	void *closed_arg;
	struct event *timer; /* of a stream */
	void (*tick)(void *arg);
	void *tick_arg;
};

/* httpd_conn.c: has evhttp make its connections so that they are known. -1 when
 * out of memory.  _detach before evhttp is freed, which ends them. */
int httpd_conn_attach(struct httpd *);
void httpd_conn_detach(struct httpd *);
/* The connection of a request; NULL if it is not known. */
struct httpd_conn *httpd_conn_find(struct httpd *, struct evhttp_request *);
/* May who has connected make a request with that header?  0 and the role, or
 * the code of the refusal (access.h). */
int httpd_conn_access(
    const struct httpd_conn *, const char *authorization, enum role *);
/* Its request was let in.  False if there is no room for one more. */
bool httpd_conn_begin(struct httpd_conn *, enum role);
/* Its request is answered, and gone. */
void httpd_conn_end(struct httpd_conn *);
/* httpd_tls.c: a bufferevent for a connection; NULL when out of memory. */
struct bufferevent *httpd_tls_accept(struct httpd_tls *, struct event_base *);
/* httpd.c: the connection has ended before the answer, or in its middle. */
void httpd_request_closed(struct httpd_request *);

#endif
