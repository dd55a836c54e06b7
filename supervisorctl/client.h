/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to a supervisord: XML-RPC calls, and log tails that never end.
 *
 * A call waits until the server answers, however long that takes (L-018).
 */
#ifndef SUPERVISORCTL_CLIENT_H
#define SUPERVISORCTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/xval.h"

enum client_status {
	CLIENT_OK,
	CLIENT_FAULT,	     /* the server answered with a fault */
	CLIENT_REFUSED,	     /* nobody listens there */
	CLIENT_NO_FILE,	     /* the unix socket does not exist */
	CLIENT_UNAUTHORIZED, /* 401 */
	CLIENT_BAD_URL,	     /* not http://, https:// or unix:// (L-015) */
	CLIENT_HTTP,	     /* an HTTP status other than 200; see `http` */
	CLIENT_ERROR,	     /* anything else; see `text` */
};

struct client_reply {
	enum client_status status;
	struct xval *value; /* of OK */
	int fault_code;	    /* of FAULT */
	long http;	    /* of HTTP */
	char *text;	    /* of all but OK: the fault's text or the reason */
};

struct client;

/*
 * A client for a URL (copied), which is only looked at when it is used.  NULL
 * when out of memory.  client_free() accepts NULL.
 */
struct client *client_new(const char *url);
void client_free(struct client *);
const char *client_url(const struct client *);
/* A client for another URL with the same user and password. */
struct client *client_reopen(const struct client *, const char *url);
/* Whom to believe, instead of those that the system believes: a file of
 * certificates (copied), or NULL.  -1 when out of memory. */
int client_trust(struct client *, const char *tls_ca);
/* Basic authentication, used only if both are set (L-004); copied.  -1 when out
 * of memory. */
int client_login(struct client *, const char *username, const char *password);

/* How many seconds a call may take, 0 = for ever (the default, L-018).  A
 * connection that does not come about in CLIENT_CONNECT_SECONDS fails anyway.
 * A followed log may take as long as it likes. */
#define CLIENT_CONNECT_SECONDS 10
void client_timeout(struct client *, long seconds);

/*
 * While a call waits, `wait` is told how many seconds it has taken so far,
 * about once a second; then, when the answer is there, -1.  A reopened client
 * has it too.
 */
void client_on_wait(
    struct client *, void (*wait)(void *arg, int seconds), void *arg);

/*
 * Calls a method.  Each character of `types` is a parameter: s const char *,
 * i int64_t, b int, v struct xval * (taken).  Fills *reply, to be cleared in
 * any case, and returns its status.
 */
enum client_status client_call(struct client *, struct client_reply *reply,
    const char *method, const char *types, ...);
void client_clear(struct client_reply *);

/* A path that is got, piece by piece. */
struct client_stream {
	const char *path;
	/* Is given each piece of the body; false ends all. */
	bool (*data)(void *arg, const char *bytes, size_t len);
	void *arg;
	struct client_reply reply; /* filled in the end, to be cleared */
	void *handle;		   /* the transfer's own */
};

/* A descriptor that is waited for meanwhile; `ready` returns false to end. */
struct client_watch {
	int fd; /* -1: none */
	bool (*ready)(void *arg);
	void *arg;
};

/*
 * Gets all paths at once, until each has come to its end, or a function has
 * returned false.  Streams that were ended so, or came to their end, are
 * CLIENT_OK.
 */
void client_streams(struct client *, struct client_stream *, size_t n,
    const struct client_watch *, size_t nwatches);

#endif
