/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket of [fcgi-program:x] (C-204 to C-209).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

/* Reads the length of the queue. */
static int
fcgi_read_backlog(
    struct loader *l, const struct ini_section *s, struct config_fcgi_socket *f)
{
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_SOCKET, "socket_backlog"),
		&l->here, NULL, &text) == -1)
		return -1;
	if (text == NULL)
		return 0;
	if (datatype_integer(text, &f->socket_backlog, &l->fault) == -1)
		return -1;
	if (f->socket_backlog >= 1 && f->socket_backlog <= 65535)
		return 0;
	return loader_fail(l, "Invalid socket_backlog value %s", text);
}

/* Reads the owner; without one it is the program's user, if another than
 * supervisord's (C-206). */
static int
fcgi_read_owner(struct loader *l, const struct ini_section *s,
    struct config_fcgi_socket *f, bool *given)
{
	struct confopt_user user = {NULL, -1, -1};
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_SOCKET, "socket_owner"),
		&l->here, NULL, &text) == -1)
		return -1;
	*given = text != NULL;
	if (text != NULL &&
	    datatype_user_group(text, l->pool, &user, NULL) == -1)
		return loader_fail(l, "Invalid socket_owner value %s", text);
	if (text == NULL) {
		if (loader_text(l, s,
			loader_option(CONFIG_IN_FCGI_PROGRAM, "user"), &l->here,
			NULL, &text) == -1)
			return -1;
		if (text != NULL &&
		    datatype_user(text, l->pool, &user, &l->fault) == -1)
			return -1;
		if (user.uid == (int64_t)getuid())
			user.uid = user.gid = -1;
	}
	f->owner_uid = user.uid;
	f->owner_gid = user.gid;
	return 0;
}

/* Reads the mode. */
static int
fcgi_read_mode(struct loader *l, const struct ini_section *s,
    struct config_fcgi_socket *f, bool *given)
{
	const struct confopt *o =
	    loader_option(CONFIG_IN_SOCKET, "socket_mode");
	const char *text;

	if (loader_text(l, s, o, &l->here, NULL, &text) == -1)
		return -1;
	*given = l->at != NULL;
	if (confopt_set(o, f, text, l->pool, NULL) == -1)
		return loader_fail(l, "Invalid socket_mode value %s", text);
	return 0;
}

/* Is it "tcp://HOST:PORT"?  A host with colons is in brackets. */
static bool
fcgi_is_tcp(const char *text)
{
	const char *host = text + 6, *colon;

	if (strncmp(text, "tcp://", 6) != 0 ||
	    (colon = strrchr(host, ':')) == NULL || colon == host ||
	    colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return false;
	if (*host == '[')
		return colon[-1] == ']';
	return strcspn(host, ": \t\r\n\v\f") == (size_t)(colon - host);
}

/* Reads the address of a TCP socket. */
static int
fcgi_parse_tcp(struct loader *l, const struct ini_section *s, const char *text,
    struct config_fcgi_socket *f)
{
	if (datatype_inet_address(
		text + 6, l->pool, &f->host, &f->port, &l->fault) == -1) {
		char *reason = l->fault;

		l->fault = NULL;
		loader_fail(l, "%s in [%s] socket", reason, s->name);
		free(reason);
		return -1;
	}
	f->url = pool_printf(l->pool,
	    strchr(f->host, ':') != NULL ? "tcp://[%s]:%d" : "tcp://%s:%d",
	    f->host[0] != '\0' ? f->host : "*", f->port);
	return 0;
}

/* Reads the address.  The file's keys are for unix sockets (C-208). */
static int
fcgi_parse_url(struct loader *l, const struct ini_section *s, const char *text,
    bool has_file_keys, struct config_fcgi_socket *f)
{
	if (strncmp(text, "unix://", 7) == 0) {
		f->is_unix = true;
		if (text[7] != '/')
			return loader_fail(l,
			    "Unix socket path %s is not an absolute path in "
			    "[%s] socket",
			    text + 7, s->name);
		f->path = datatype_abspath(text + 7, "/", l->pool);
		f->url = pool_printf(l->pool, "unix://%s", f->path);
		return 0;
	}
	if (has_file_keys)
		return loader_fail(l,
		    "socket_owner and socket_mode params should only be used "
		    "with a Unix domain socket in [%s] socket",
		    s->name);
	if (!fcgi_is_tcp(text))
		return loader_fail(
		    l, "Bad socket format %s in [%s] socket", text, s->name);
	return fcgi_parse_tcp(l, s, text, f);
}

/* Reads the `socket` key. */
static int
fcgi_read_url(struct loader *l, const struct ini_section *s,
    const char *program_name, bool has_file_keys, struct config_fcgi_socket *f)
{
	const struct expand_name name = {"program_name", program_name, 0};
	const struct expand_scope scope = {&l->here, &name, 1, NULL};
	const char *text;

	if (loader_text(l, s, loader_option(CONFIG_IN_SOCKET, "socket"), &scope,
		NULL, &text) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (text == NULL || *text == '\0')
		loader_fail(
		    l, "[%s] section requires a \"socket\" line", s->name);
	else if (fcgi_parse_url(l, s, text, has_file_keys, f) == 0)
		return 0;
	return loader_fault(l, s, LOADER_AS_IS);
}

/* Reads the socket of a section. */
struct config_fcgi_socket *
fcgi_read(
    struct loader *l, const struct ini_section *s, const char *program_name)
{
	struct config_fcgi_socket *f = pool_alloc(l->pool, sizeof(*f));
	bool has_owner = false, has_mode = false, good = true;

	if (fcgi_read_backlog(l, s, f) == -1)
		good = loader_fault(l, s, LOADER_SECTION) == 0;
	if (fcgi_read_owner(l, s, f, &has_owner) == -1)
		good = loader_fault(l, s, LOADER_SECTION) == 0;
	if (fcgi_read_mode(l, s, f, &has_mode) == -1)
		good = loader_fault(l, s, LOADER_SECTION) == 0;
	if (fcgi_read_url(l, s, program_name, has_owner || has_mode, f) == -1 ||
	    !good)
		return NULL;
	return f;
}
