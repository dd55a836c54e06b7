/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readiness and healthcheck: how it is found out that a program serves (B-402,
 * B-403).  Names of hosts are not looked up, since that could take any time.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"

#define PROBES_FD_FIRST 3 /* of sockets, too */
#define PROBES_FD_MAX	1023

/* Takes a word off the front of a text. */
static bool
probes_takes(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

/* Reads "127.0.0.1:80" or "[::1]:80", up to the end or to a slash. */
static int
probes_address(struct loader *l, const char *text, const char *port,
    struct config_probe *out)
{
	const char *end = text + strcspn(text, "/"), *colon = end, *host = text;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
			    .ai_socktype = SOCK_STREAM},
			*found;
	size_t len;

	while (colon > text && *colon != ':' && *colon != ']')
		colon--;
	if (*colon == ':')
		port =
		    pool_strndup(l->pool, colon + 1, (size_t)(end - colon - 1));
	else
		colon = end;
	len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		host++;
		len -= 2;
	}
	out->host = pool_strndup(l->pool, host, len);
	out->port = port;
	if (strcasecmp(out->host, "localhost") == 0)
		out->host = "127.0.0.1";
	if (port == NULL || *port == '\0' ||
	    getaddrinfo(out->host, port, &hints, &found) != 0)
		return loader_fail(l,
		    "'%s' is no address and port (names are not looked up)",
		    text);
	freeaddrinfo(found);
	out->path = *end != '\0' ? end : "/";
	return 0;
}

/* Reads what can be asked of any program. */
static int
probes_read_any(struct loader *l, const char *text, struct config_probe *out)
{
	if (probes_takes(&text, "exec:")) {
		out->kind = CONFIG_PROBE_EXEC;
		out->command = text;
		if (text[strspn(text, " ")] == '\0')
			return loader_fail(l, "exec: without a command");
		return 0;
	}
	if (probes_takes(&text, "unix:")) {
		(void)probes_takes(&text, "//");
		out->kind = CONFIG_PROBE_UNIX;
		out->path = text;
		if (*text != '/' || strlen(text) > CONFIG_PROBE_PATH_MAX)
			return loader_fail(l, "'%s' is no path", text);
		return 0;
	}
	if (probes_takes(&text, "tcp:")) {
		(void)probes_takes(&text, "//");
		out->kind = CONFIG_PROBE_TCP;
		return probes_address(l, text, NULL, out);
	}
	if (probes_takes(&text, "http:")) {
		(void)probes_takes(&text, "http:");
		(void)probes_takes(&text, "//");
		out->kind = CONFIG_PROBE_HTTP;
		return probes_address(l, text, "80", out);
	}
	return loader_fail(l,
	    "'%s' is no check (it may be tcp:HOST:PORT, unix:PATH, http://..., "
	    "exec:COMMAND)",
	    text);
}

/* Reads readiness. */
static int
probes_read_ready(struct loader *l, const char *text, struct config_probe *out)
{
	char *end;
	long fd;

	out->text = text;
	if (strcasecmp(text, "startsecs") == 0)
		return 0;
	if (strcasecmp(text, "notify") == 0) {
		out->kind = CONFIG_PROBE_NOTIFY;
		return 0;
	}
	if (!probes_takes(&text, "fd:"))
		return probes_read_any(l, text, out);
	out->kind = CONFIG_PROBE_FD;
	fd = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || fd < 3 || fd > PROBES_FD_MAX)
		return loader_fail(l, "'%s' is no descriptor from 3 to %d",
		    text, PROBES_FD_MAX);
	out->fd = (int)fd;
	return 0;
}

/* Reads healthcheck_action: a signal, 0 for a restart, -1 for nothing. */
static int
probes_read_action(struct loader *l, const char *text, int *out)
{
	*out = strcasecmp(text, "restart") == 0 ? 0 : -1;
	if (*out == 0 || strcasecmp(text, "none") == 0)
		return 0;
	if (!probes_takes(&text, "signal:"))
		return loader_fail(l,
		    "'%s' is no action (it may be restart, signal:NAME, none)",
		    text);
	return datatype_signal(text, out, &l->fault);
}

/* Reads both of a process. */
int
probes_read(
    struct loader *l, const struct ini_section *s, struct config_process *c)
{
	c->ready = c->check = (struct config_probe){.kind = CONFIG_PROBE_NONE};
	l->at = ini_get(&l->ini, s, "readiness");
	if (probes_read_ready(l, c->readiness, &c->ready) == -1)
		return -1;
	if (c->ready.kind == CONFIG_PROBE_FD &&
	    c->ready.fd < PROBES_FD_FIRST + (int)c->sockets.n)
		return loader_fail(
		    l, "descriptor %d is one of its sockets", c->ready.fd);
	l->at = ini_get(&l->ini, s, "healthcheck");
	c->check.text = c->healthcheck;
	if (c->healthcheck != NULL && *c->healthcheck != '\0' &&
	    probes_read_any(l, c->healthcheck, &c->check) == -1)
		return -1;
	l->at = ini_get(&l->ini, s, "healthcheck_interval");
	if (c->healthcheck_interval < 1)
		return loader_fail(l, "healthcheck_interval is below 1");
	l->at = ini_get(&l->ini, s, "healthcheck_action");
	return probes_read_action(
	    l, c->healthcheck_action, &c->healthcheck_signal);
}
