/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes on a connection to the HTTP server, which is a real one: what gets
 * to a handler is whole, and in the end nothing of the connection is left. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "supervisord/control/httpd.h"

#define TURNS 10000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct event_base *base;
static struct httpd_pool *pool;
static struct sockaddr_un address;
static socklen_t address_len;

static void
insist(bool good)
{
	if (!good)
		abort();
}

/* Looks at all of a request, and answers in one of two ways. */
static void
handle(struct httpd_request *r, void *arg)
{
	const char *length = httpd_header(r, "content-length");
	const void *body;
	size_t len, i;
	unsigned sum = 0;

	(void)arg;
	insist(httpd_path(r) != NULL && httpd_query(r) != NULL);
	insist(httpd_role(r) == ROLE_ADMIN);
	insist(httpd_header(r, "transfer-encoding") == NULL);
	body = httpd_body(r, &len);
	insist(httpd_method(r) != HTTPD_POST ||
	    (length != NULL && strtoull(length, NULL, 10) == len));
	for (i = 0; i < len; i++)
		sum += ((const unsigned char *)body)[i];
	(void)guard_check_type(httpd_guard(r), httpd_header(r, "content-type"));
	if (sum % 2 == 0) {
		httpd_reply(r, 200, "text/plain", body, len);
		return;
	}
	httpd_stream_begin(r, 200, "text/plain");
	httpd_stream_write(r, body, len);
	httpd_stream_end(r);
}

/* Opens the server, once. */
static void
setup(void)
{
	static struct config config;
	static struct config_server server;
	struct connlimit_settings limits;
	struct httpd_settings settings = {.config = &config,
	    .server = &server,
	    .guard = {.is_inet = true, .is_anonymous = true},
	    .limits = {.header_bytes = 4096, .body_bytes = 8192}};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sun_family = AF_UNIX;
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
	    "fuzz-http-%d", (int)getpid());
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    strlen(address.sun_path + 1));
	insist(fd != -1 &&
	    bind(fd, (struct sockaddr *)&address, address_len) == 0 &&
	    listen(fd, 10) == 0);
	base = event_base_new();
	connlimit_defaults(&limits, 256);
	pool = httpd_pool_new(base, &limits);
	settings.pool = pool;
	insist(httpd_new(base, fd, &settings, handle, NULL) != NULL);
}

static bool
is_empty(void)
{
	const struct connlimit *limit = httpd_pool_limit(pool);
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (limit->counts[i] > 0)
			return false;
	return limit->held == 0;
}

/* Takes what was answered. */
static void
drain(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half;
	int fd, i;

	if (base == NULL)
		setup();
	if (size < 1 || size > 20000)
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	insist(fd != -1 &&
	    connect(fd, (struct sockaddr *)&address, address_len) == 0);
	/* In two pieces, cut where the first byte says. */
	half = data[0] % size;
	(void)send(fd, data + 1, half, MSG_DONTWAIT | MSG_NOSIGNAL);
	for (i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	if (half + 1 < size)
		(void)send(fd, data + 1 + half, size - 1 - half,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	for (i = 0; i < 8; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		drain(fd);
	}
	close(fd);
	for (i = 0; i < TURNS && !is_empty(); i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	insist(is_empty());
	return 0;
}
