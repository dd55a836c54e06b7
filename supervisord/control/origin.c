/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges where a request comes from. */
#include "supervisord/control/origin.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "supervisord/control/httpd.h"

#define ORIGIN_HOST_MAX 256 /* more than a name can have */

/* Domains that are nobody's on the internet (RFC 6761, 6762, 8375, 9476). */
static const char *const origin_private_domains[] = {
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "alt",
    "test",
    "lan",
    "intranet",
    "private",
    "corp",
    "home",
};

/* Is the authority of a URL that host? */
static bool
origin_has_host(const char *url, const char *host)
{
	const char *start = url == NULL ? NULL : strstr(url, "://");
	size_t len;

	if (start == NULL || host == NULL || *host == '\0')
		return false;
	start += strlen("://");
	len = strcspn(start, "/?#");
	return len == strlen(host) && strncasecmp(start, host, len) == 0;
}

/* Is a URL one of ours?  A proxy may have changed the Host header. */
static bool
origin_is_ours(const struct origin_headers *h, const char *url)
{
	return origin_has_host(url, h->host) ||
	    origin_has_host(url, h->forwarded_host);
}

enum origin
origin_of(const struct origin_headers *h)
{
	if (h->fetch_site != NULL) {
		if (strcmp(h->fetch_site, "same-origin") == 0)
			return ORIGIN_SAME;
		return strcmp(h->fetch_site, "none") == 0 ? ORIGIN_UNKNOWN
							  : ORIGIN_FOREIGN;
	}
	if (h->origin != NULL)
		return origin_is_ours(h, h->origin) ? ORIGIN_SAME
						    : ORIGIN_FOREIGN;
	if (h->referer != NULL)
		return origin_is_ours(h, h->referer) ? ORIGIN_SAME
						     : ORIGIN_FOREIGN;
	if (h->accept_language != NULL ||
	    (h->user_agent != NULL &&
		strncmp(h->user_agent, "Mozilla/", strlen("Mozilla/")) == 0))
		return ORIGIN_UNKNOWN;
	return ORIGIN_SCRIPT;
}

/* Copies the name of a Host header without port, brackets and last dot.  False
 * if it does not fit. */
static bool
origin_name(const char *host, char name[ORIGIN_HOST_MAX])
{
	size_t len;

	if (*host == '[')
		len = strcspn(++host, "]");
	else
		len = strcspn(host, ":");
	if (len >= ORIGIN_HOST_MAX)
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return true;
}

/* Is a name in a domain, or the domain itself? */
static bool
origin_is_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && strcasecmp(name + n - d, domain) == 0 &&
	    (n == d || name[n - d - 1] == '.');
}

bool
origin_is_private(const char *host, const char *hostname)
{
	unsigned char address[sizeof(struct in6_addr)];
	char name[ORIGIN_HOST_MAX];
	size_t i;

	if (host == NULL || *host == '\0')
		return true;
	if (!origin_name(host, name))
		return false;
	if (*host == '[')
		return inet_pton(AF_INET6, name, address) == 1;
	if (strchr(name, '.') == NULL ||
	    inet_pton(AF_INET, name, address) == 1 ||
	    strcasecmp(name, hostname) == 0)
		return true;
	for (i = 0; i <
	     sizeof(origin_private_domains) / sizeof(origin_private_domains[0]);
	     i++)
		if (origin_is_below(name, origin_private_domains[i]))
			return true;
	return false;
}

void
origin_headers(const struct httpd_request *r, struct origin_headers *headers)
{
	*headers = (struct origin_headers){
	    .host = httpd_header(r, "Host"),
	    .forwarded_host = httpd_header(r, "X-Forwarded-Host"),
	    .origin = httpd_header(r, "Origin"),
	    .referer = httpd_header(r, "Referer"),
	    .fetch_site = httpd_header(r, "Sec-Fetch-Site"),
	    .user_agent = httpd_header(r, "User-Agent"),
	    .accept_language = httpd_header(r, "Accept-Language"),
	};
}

const char *
origin_hostname(char name[HOST_NAME_MAX + 1])
{
	if (gethostname(name, HOST_NAME_MAX + 1) == -1)
		name[0] = '\0';
	name[HOST_NAME_MAX] = '\0';
	return name;
}

enum origin
origin_of_request(const struct httpd_request *r)
{
	struct origin_headers headers;

	origin_headers(r, &headers);
	return origin_of(&headers);
}

bool
origin_host_is_private(const struct httpd_request *r)
{
	char hostname[HOST_NAME_MAX + 1];

	return origin_is_private(
	    httpd_header(r, "Host"), origin_hostname(hostname));
}
