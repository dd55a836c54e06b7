/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP server on a listening socket that somebody else owns.
 *
 * Every request is checked here before a handler sees it: its framing (a
 * request whose length can be understood in two ways is refused and the
 * connection closed), its size, who it is from, and that it was not a
 * page of another site that had it made (guard.h).  A handler answers
 * at once or later; the server goes on meanwhile.
 */
#ifndef SUPERVISORD_CONTROL_HTTPD_H
#define SUPERVISORD_CONTROL_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/config.h"
#include "supervisord/control/connlimit.h"
#include "supervisord/control/guard.h"

struct event_base;
struct httpd;
struct httpd_pool;
struct httpd_tls;
struct httpd_request;

enum httpd_method { HTTPD_GET, HTTPD_HEAD, HTTPD_POST, HTTPD_OTHER };

struct httpd_limits {
	size_t header_bytes;
	size_t body_bytes;
};
extern const struct httpd_limits httpd_default_limits;

/* The connections of some servers, and how many there may be (connlimit.h).
 * NULL when out of memory.  To be freed after the servers; accepts NULL. */
struct httpd_pool *httpd_pool_new(
    struct event_base *, const struct connlimit_settings *);
void httpd_pool_free(struct httpd_pool *);
const struct connlimit *httpd_pool_limit(const struct httpd_pool *);

/* A certificate and its key, from files.  NULL with *err a new text: they
 * cannot be used, or TLS was not built in.  _free accepts NULL. */
struct httpd_tls *httpd_tls_new(
    const char *certificate, const char *key, char **err);
void httpd_tls_free(struct httpd_tls *);

/* What a server is to be; all is borrowed. */
struct httpd_settings {
	/* Whom it lets in (access.h). */
	const struct config *config;
	const struct config_server *server;
	struct guard_rules guard;
	struct httpd_limits limits;
	struct httpd_pool *pool;
	struct httpd_tls *tls; /* NULL: none */
};

/*
 * Has a request; must see to it that it is answered exactly once, now or later,
 * unless its connection is closed before.
 */
typedef void httpd_handler(struct httpd_request *, void *arg);

/*
 * Serves on fd, which must be listening, non-blocking and open until
 * httpd_free(), which does not close it but ends all connections.  NULL when
 * out of memory.
 */
struct httpd *httpd_new(struct event_base *, int fd,
    const struct httpd_settings *, httpd_handler *, void *arg);
void httpd_free(struct httpd *);
/* Stops accepting, and goes on with this descriptor; connections stay.  0, or
 * -1 when out of memory. */
void httpd_pause(struct httpd *);
int httpd_listen(struct httpd *, int fd);

/* The rules of its server. */
const struct guard_rules *httpd_guard(const struct httpd_request *);

/* What the client may do.  Every handler of something that is more than looking
 * has to ask: if (!role_may(httpd_role(r), ROLE_OPERATE)) 403. */
enum role httpd_role(const struct httpd_request *);

/* What was asked.  Borrowed until the request is answered. */
enum httpd_method httpd_method(const struct httpd_request *);
const char *httpd_path(const struct httpd_request *);  /* decoded once */
const char *httpd_query(const struct httpd_request *); /* raw; "" = none */
const char *httpd_header(const struct httpd_request *, const char *name);
const void *httpd_body(const struct httpd_request *, size_t *len);

/* Adds a header to the answer. */
void httpd_set_header(
    struct httpd_request *, const char *name, const char *value);

/*
 * Answers, after which the request is gone.  _error makes a page of its own
 * and closes the connection unless the code is 404 or 500.
 */
void httpd_reply(struct httpd_request *, int code, const char *content_type,
    const void *body, size_t len);
void httpd_error(struct httpd_request *, int code);

/*
 * Answers in pieces: begin, any number of writes, end.  A request in this state
 * has its close function called when the client leaves.  _pending is the number
 * of bytes that still wait to be taken by the client.
 */
void httpd_stream_begin(
    struct httpd_request *, int code, const char *content_type);
void httpd_stream_write(struct httpd_request *, const void *, size_t len);
size_t httpd_stream_pending(const struct httpd_request *);
void httpd_stream_end(struct httpd_request *);
/* Has a function called again and again while the stream lasts.  -1 when out of
 * memory. */
int httpd_stream_tick(struct httpd_request *, int interval_ms,
    void (*tick)(void *arg), void *arg);

/* Has a function called when the connection is closed before the request is
 * answered; the request is then gone. */
void httpd_on_close(
    struct httpd_request *, void (*closed)(void *arg), void *arg);

/* The reason phrase of a status code. */
const char *httpd_reason(int code);

#endif
