/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From where a request comes, as far as its headers can be believed.
 *
 * A page that somebody else wrote can make a browser send requests to us, with
 * our user's password if the browser knows it.  It cannot make the browser lie
 * in Sec-Fetch-Site, Origin and Host, nor hide that it is a browser.  What
 * sends none of a browser's headers is a script, which needs no page to do
 * harm, and is let alone.
 *
 * A page can also have its own name resolve to our address (DNS rebinding):
 * then it is of the same origin, but under a name that is not ours.
 */
#ifndef SUPERVISORD_CONTROL_ORIGIN_H
#define SUPERVISORD_CONTROL_ORIGIN_H

#include <limits.h>
#include <stdbool.h>

struct httpd_request;

enum origin {
	ORIGIN_SCRIPT,	/* no browser */
	ORIGIN_SAME,	/* a page of ours */
	ORIGIN_UNKNOWN, /* a browser that does not tell, or the address bar */
	ORIGIN_FOREIGN, /* somebody else's page */
};

/* The headers that count, as they were sent; NULL = not. */
struct origin_headers {
	const char *host, *forwarded_host;
	const char *origin, *referer;
	const char *fetch_site;
	const char *user_agent, *accept_language;
};

/* Judges headers.  Pure. */
enum origin origin_of(const struct origin_headers *);

/*
 * Is the value of a Host header a name that no page can have: an address, a
 * name without a dot, one below a domain that is not on the public internet
 * (localhost, local, internal ...), or the host's own (`hostname`)?  NULL and
 * "" are.  Pure.
 */
bool origin_is_private(const char *host, const char *hostname);

/* What of that is known of a request. */
void origin_headers(const struct httpd_request *, struct origin_headers *);
/* The host's own name; "" if it has none. */
const char *origin_hostname(char name[HOST_NAME_MAX + 1]);

/* The same two for a request. */
enum origin origin_of_request(const struct httpd_request *);
bool origin_host_is_private(const struct httpd_request *);

#endif
