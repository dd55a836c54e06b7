/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP server, by libevent's evhttp.  Only httpd*.c of the control plane
 * see libevent.
 *
 * What evhttp does not do is done here: refusing requests with two lengths or a
 * transfer coding, authentication, a pause when descriptors run out, and
 * keeping its hands off the listening socket.
 */
#include "supervisord/control/httpd.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "supervisord/control/accesslog.h"
#include "supervisord/control/httpd_private.h"

/* How long new connections wait when there are no descriptors left. */
#define HTTPD_PAUSE_MS 200

#define HTTPD_ALL_METHODS                                                      \
	(EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | \
	    EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |        \
	    EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

const struct httpd_limits httpd_default_limits = {
    .header_bytes = 64u << 10,
    .body_bytes = 16u << 20,
};

/* All servers: a listener's error function is not told whose it is. */
static LIST_HEAD(httpd_list, httpd) httpd_all = LIST_HEAD_INITIALIZER(
    httpd_all);

const char *
httpd_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {202, "Accepted"},
	    {301, "Moved Permanently"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {411, "Length Required"},
	    {413, "Request Entity Too Large"},
	    {415, "Unsupported Media Type"},
	    {500, "Internal Server Error"},
	    {503, "Service Unavailable"},
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "Unknown";
}

/* Frees our part of a request; evhttp's goes with its answer. */
static void
httpd_forget(struct httpd_request *r)
{
	if (r->conn != NULL)
		httpd_conn_end(r->conn);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r->path);
	free(r);
}

/* If it was the client who left, evhttp has let go of the request, and it is
 * ours. */
void
httpd_request_closed(struct httpd_request *r)
{
	r->conn = NULL;
	if (r->closed != NULL)
		r->closed(r->closed_arg);
	if (evhttp_request_get_connection(r->req) == NULL)
		evhttp_request_free(r->req);
	httpd_forget(r);
}

void
httpd_set_header(struct httpd_request *r, const char *name, const char *value)
{
	evhttp_add_header(
	    evhttp_request_get_output_headers(r->req), name, value);
}

/* Names a method. */
static const char *
httpd_method_name(enum evhttp_cmd_type type)
{
	static const struct {
		enum evhttp_cmd_type type;
		const char *name;
	} names[] = {
	    {EVHTTP_REQ_GET, "GET"},
	    {EVHTTP_REQ_POST, "POST"},
	    {EVHTTP_REQ_HEAD, "HEAD"},
	    {EVHTTP_REQ_PUT, "PUT"},
	    {EVHTTP_REQ_DELETE, "DELETE"},
	    {EVHTTP_REQ_OPTIONS, "OPTIONS"},
	    {EVHTTP_REQ_TRACE, "TRACE"},
	    {EVHTTP_REQ_CONNECT, "CONNECT"},
	    {EVHTTP_REQ_PATCH, "PATCH"},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "?";
}

/* Notes in the log what is answered. */
static void
httpd_note(const struct httpd_request *r, int code, size_t bytes)
{
	struct evhttp_connection *c = evhttp_request_get_connection(r->req);
	const char *uri = evhttp_request_get_uri(r->req);
	struct accesslog line = {.host = "localhost",
	    .method = httpd_method_name(evhttp_request_get_command(r->req)),
	    .uri = uri == NULL ? "" : uri,
	    .major = r->req->major,
	    .minor = r->req->minor,
	    .code = code,
	    .bytes = bytes};
	const struct sockaddr *sa;
	char *address = NULL;
	ev_uint16_t port = 0;

	if (c == NULL)
		return;
	sa = evhttp_connection_get_addr(c);
	if (sa != NULL && sa->sa_family != AF_UNIX) {
		evhttp_connection_get_peer(c, &address, &port);
		line.port = port;
		if (address != NULL)
			line.host = address;
	}
	accesslog(&line);
}

void
httpd_reply(struct httpd_request *r, int code, const char *content_type,
    const void *body, size_t len)
{
	struct evbuffer *out = evbuffer_new();
	struct evhttp_request *req = r->req;
	char length[24];

	httpd_set_header(r, "Server", "supervisord");
	httpd_set_header(r, "Content-Type", content_type);
	if (httpd_method(r) == HTTPD_HEAD) {
		(void)snprintf(length, sizeof(length), "%zu", len);
		httpd_set_header(r, "Content-Length", length);
		len = 0;
	}
	httpd_note(r, code, len);
	httpd_forget(r);
	if (out == NULL || evbuffer_add(out, body, len) == -1)
		evhttp_send_error(req, 500, httpd_reason(500));
	else
		evhttp_send_reply(req, code, httpd_reason(code), out);
	if (out != NULL)
		evbuffer_free(out);
}

void
httpd_error(struct httpd_request *r, int code)
{
	char page[256];
	int len;

	len = snprintf(page, sizeof(page),
	    "<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n"
	    "<h1>Error response</h1>\r\n<p>Error code %d.\r\n"
	    "<p>Message: %s.\r\n</body>\r\n",
	    code, httpd_reason(code));
	if (code == 401)
		httpd_set_header(
		    r, "WWW-Authenticate", "Basic realm=\"default\"");
	if (code >= 400 && code != 404 && code != 500)
		httpd_set_header(r, "Connection", "close");
	httpd_reply(r, code, "text/html", page, (size_t)len);
}

void
httpd_stream_begin(struct httpd_request *r, int code, const char *content_type)
{
	httpd_set_header(r, "Server", "supervisord");
	httpd_set_header(r, "Content-Type", content_type);
	httpd_note(r, code, 0);
	evhttp_send_reply_start(r->req, code, httpd_reason(code));
}

void
httpd_stream_write(struct httpd_request *r, const void *bytes, size_t len)
{
	struct evbuffer *out;

	if (len == 0)
		return;
	out = evbuffer_new();
	if (out != NULL && evbuffer_add(out, bytes, len) == 0)
		evhttp_send_reply_chunk(r->req, out);
	if (out != NULL)
		evbuffer_free(out);
}

size_t
httpd_stream_pending(const struct httpd_request *r)
{
	return evbuffer_get_length(bufferevent_get_output(r->conn->bev));
}

void
httpd_stream_end(struct httpd_request *r)
{
	struct evhttp_request *req = r->req;

	httpd_forget(r);
	evhttp_send_reply_end(req);
}

static void
httpd_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct httpd_request *r = arg;

	(void)fd;
	(void)what;
	r->tick(r->tick_arg);
}

int
httpd_stream_tick(struct httpd_request *r, int interval_ms,
    void (*tick)(void *arg), void *arg)
{
	const struct timeval interval = {
	    interval_ms / 1000, interval_ms % 1000 * 1000};

	r->tick = tick;
	r->tick_arg = arg;
	r->timer = event_new(
	    r->httpd->settings.pool->base, -1, EV_PERSIST, httpd_on_tick, r);
	if (r->timer == NULL)
		return -1;
	return event_add(r->timer, &interval);
}

void
httpd_on_close(struct httpd_request *r, void (*closed)(void *arg), void *arg)
{
	r->closed = closed;
	r->closed_arg = arg;
}

const struct guard_rules *
httpd_guard(const struct httpd_request *r)
{
	return &r->httpd->settings.guard;
}

enum role
httpd_role(const struct httpd_request *r)
{
	return r->role;
}

enum httpd_method
httpd_method(const struct httpd_request *r)
{
	switch (evhttp_request_get_command(r->req)) {
	case EVHTTP_REQ_GET:
		return HTTPD_GET;
	case EVHTTP_REQ_HEAD:
		return HTTPD_HEAD;
	case EVHTTP_REQ_POST:
		return HTTPD_POST;
	default:
		return HTTPD_OTHER;
	}
}

const char *
httpd_path(const struct httpd_request *r)
{
	return r->path;
}

const char *
httpd_query(const struct httpd_request *r)
{
	const char *query =
	    evhttp_uri_get_query(evhttp_request_get_evhttp_uri(r->req));

	return query == NULL ? "" : query;
}

const char *
httpd_header(const struct httpd_request *r, const char *name)
{
	return evhttp_find_header(
	    evhttp_request_get_input_headers(r->req), name);
}

const void *
httpd_body(const struct httpd_request *r, size_t *len)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(r->req);

	*len = evbuffer_get_length(in);
	return *len == 0 ? "" : (const char *)evbuffer_pullup(in, -1);
}

/* Is a header's name one that every reader of HTTP reads alike? */
static bool
httpd_is_token(const char *name)
{
	const unsigned char *p = (const unsigned char *)name;

	for (; *p != '\0'; p++)
		if (!isalnum(*p) && strchr("!#$%&'*+-.^_`|~", *p) == NULL)
			return false;
	return p != (const unsigned char *)name;
}

static bool
httpd_is_number(const char *value)
{
	value += strspn(value, " \t");
	return *value != '\0' && strspn(value, "0123456789") == strlen(value);
}

/* Judges how the request says where it ends; 0 or the code of the refusal. */
static int
httpd_check_framing(struct evhttp_request *req)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	struct evkeyval *header;
	unsigned lengths = 0;
	bool coded = false;

	for (header = headers->tqh_first; header != NULL;
	     header = header->next.tqe_next) {
		if (!httpd_is_token(header->key))
			return 400;
		if (strcasecmp(header->key, "Transfer-Encoding") == 0)
			coded = true;
		if (strcasecmp(header->key, "Content-Length") != 0)
			continue;
		if (++lengths > 1 || !httpd_is_number(header->value))
			return 400;
	}
	if (coded)
		return lengths > 0 ? 400 : 411;
	if (lengths == 0 && evhttp_request_get_command(req) == EVHTTP_REQ_POST)
		return 411;
	return 0;
}

/* Decodes the path of the URI; 0 or the code of the refusal. */
static int
httpd_check_path(struct httpd_request *r)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->req);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
	char *semicolon;
	size_t len;

	if (path == NULL)
		return 400;
	if (evhttp_uri_get_host(uri) != NULL)
		return 404;
	r->path = evhttp_uridecode(path, 0, &len);
	if (r->path == NULL)
		return 500;
	if (strlen(r->path) != len)
		return 404;
	semicolon = strchr(r->path, ';');
	if (semicolon != NULL)
		*semicolon = '\0';
	return 0;
}

/* Was it a page of another site that had the request made? */
static int
httpd_check_guard(const struct httpd_request *r)
{
	const enum httpd_method method = httpd_method(r);
	struct origin_headers headers;
	char hostname[HOST_NAME_MAX + 1];

	origin_headers(r, &headers);
	return guard_check(&r->httpd->settings.guard, &headers,
	    origin_hostname(hostname),
	    method != HTTPD_GET && method != HTTPD_HEAD);
}

/* Judges a request; 0 or the code of the refusal. */
static int
httpd_check(struct httpd_request *r)
{
	int code = httpd_check_framing(r->req);

	if (code == 0)
		code = httpd_conn_access(
		    r->conn, httpd_header(r, "Authorization"), &r->role);
	if (code == 0)
		code = httpd_check_guard(r);
	return code == 0 ? httpd_check_path(r) : code;
}

/* Takes a request from evhttp. */
static void
httpd_on_request(struct evhttp_request *req, void *arg)
{
	struct httpd *httpd = arg;
	struct httpd_request *r = calloc(1, sizeof(*r));
	int code;

	if (r == NULL || (r->conn = httpd_conn_find(httpd, req)) == NULL) {
		free(r);
		evhttp_send_error(req, 503, httpd_reason(503));
		return;
	}
	r->httpd = httpd;
	r->req = req;
	r->conn->request = r;
	code = httpd_check(r);
	if (code == 0 && !httpd_conn_begin(r->conn, r->role))
		code = 503;
	if (code != 0)
		httpd_error(r, code);
	else
		httpd->handler(r, httpd->arg);
}

/* No descriptors, most likely: pause instead of spinning. */
static void
httpd_on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval a_while = {0, HTTPD_PAUSE_MS * 1000};
	struct httpd *httpd;

	(void)arg;
	LIST_FOREACH (httpd, &httpd_all, entry)
		if (httpd->listener == listener) {
			evconnlistener_disable(listener);
			event_add(httpd->resume, &a_while);
		}
}

static void
httpd_on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *httpd = arg;

	(void)fd;
	(void)what;
	if (httpd->listener != NULL)
		evconnlistener_enable(httpd->listener);
}

/* Gives evhttp a listener that leaves the socket alone. */
static int
httpd_bind(struct httpd *httpd, struct event_base *base, int fd)
{
	httpd->listener =
	    evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (httpd->listener == NULL)
		return -1;
	httpd->bound = evhttp_bind_listener(httpd->http, httpd->listener);
	if (httpd->bound == NULL) {
		evconnlistener_free(httpd->listener);
		httpd->listener = NULL;
		return -1;
	}
	evconnlistener_set_error_cb(httpd->listener, httpd_on_accept_error);
	return 0;
}

void
httpd_pause(struct httpd *httpd)
{
	if (httpd->bound == NULL)
		return;
	evhttp_del_accept_socket(httpd->http, httpd->bound);
	httpd->bound = NULL;
	httpd->listener = NULL;
}

int
httpd_listen(struct httpd *httpd, int fd)
{
	httpd_pause(httpd);
	return httpd_bind(httpd, event_get_base(httpd->resume), fd);
}

struct httpd *
httpd_new(struct event_base *base, int fd,
    const struct httpd_settings *settings, httpd_handler *handler, void *arg)
{
	const struct httpd_limits *limits = &settings->limits;
	struct httpd *httpd = calloc(1, sizeof(*httpd));

	if (httpd == NULL)
		return NULL;
	httpd->settings = *settings;
	httpd->handler = handler;
	httpd->arg = arg;
	LIST_INSERT_HEAD(&httpd_all, httpd, entry);
	httpd->resume = evtimer_new(base, httpd_on_resume, httpd);
	httpd->http = evhttp_new(base);
	if (httpd->http == NULL || httpd->resume == NULL ||
	    httpd_bind(httpd, base, fd) == -1 ||
	    httpd_conn_attach(httpd) == -1) {
		httpd_free(httpd);
		return NULL;
	}
	evhttp_set_max_headers_size(
	    httpd->http, (ev_ssize_t)limits->header_bytes);
	evhttp_set_max_body_size(httpd->http, (ev_ssize_t)limits->body_bytes);
	evhttp_set_allowed_methods(httpd->http, HTTPD_ALL_METHODS);
	evhttp_set_default_content_type(httpd->http, NULL);
	evhttp_set_gencb(httpd->http, httpd_on_request, httpd);
	return httpd;
}

void
httpd_free(struct httpd *httpd)
{
	if (httpd == NULL)
		return;
	LIST_REMOVE(httpd, entry);
	httpd_conn_detach(httpd);
	if (httpd->http != NULL)
		evhttp_free(httpd->http);
	if (httpd->resume != NULL)
		event_free(httpd->resume);
	free(httpd);
}
