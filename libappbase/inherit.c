/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets handed in by whoever started us: see inherit.h. */
#include "libappbase/inherit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/log.h"
#include "libappbase/fd.h"
#include "libappbase/sockaddr.h"

#define INHERIT_FIRST	3	  /* systemd's first descriptor */
#define INHERIT_MAX	1024	  /* descriptors believed of LISTEN_FDS */
#define INHERIT_UNKNOWN "unknown" /* systemd's name for one without */

static bool inherit_is(const char *, size_t, const char *);
static int inherit_number(const char *, size_t);
static struct inherit_fd *inherit_by_name(const struct inherit *, const char *);
static struct inherit_fd *inherit_by_address(
    const struct inherit *, const char *);
static struct inherit_fd *inherit_lone(const struct inherit *);
static int inherit_add(struct inherit *, const char *, const char *, size_t,
    const char *, size_t, int);

/* Read LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. */
int
inherit_systemd(struct inherit *in, pid_t self, const char *listen_pid,
    const char *listen_fds, const char *listen_fdnames)
{
	const char *names = listen_fdnames != NULL ? listen_fdnames : "";
	const char *name;
	size_t len;
	int i, n;

	if (listen_pid == NULL || listen_fds == NULL ||
	    inherit_number(listen_pid, strlen(listen_pid)) != self)
		return 0;
	n = inherit_number(listen_fds, strlen(listen_fds));
	if (n == -1 || n > INHERIT_MAX) {
		appbase_log(APPBASE_LOG_WARN,
		    "LISTEN_FDS=%s is not a number up to %d: ignored",
		    listen_fds, INHERIT_MAX);
		return 0;
	}
	for (i = 0; i < n; i++) {
		name = names;
		len = strcspn(names, ":");
		names += len + (names[len] == ':');
		/* Only a socket that came alone may do without a name. */
		if (len == 0 && n > 1) {
			name = INHERIT_UNKNOWN;
			len = strlen(INHERIT_UNKNOWN);
		} else if (n == 1 && inherit_is(name, len, INHERIT_UNKNOWN))
			len = 0;
		if (inherit_add(in, "LISTEN_FDS", name, len, "", 0,
			INHERIT_FIRST + i) == -1)
			return -1;
	}
	return 0;
}

/* Read SERVER_STARTER_PORT: "KEY=FD;KEY=FD". */
int
inherit_server_starter(struct inherit *in, const char *text)
{
	const char *eq;
	size_t len;
	int fd;

	for (; text != NULL && *text != '\0'; text += len + (text[len] != 0)) {
		len = strcspn(text, ";");
		eq = memrchr(text, '=', len);
		fd = eq == NULL
		    ? -1
		    : inherit_number(eq + 1, len - (size_t)(eq + 1 - text));
		if (fd == -1 || eq == text) {
			appbase_log(APPBASE_LOG_WARN,
			    "SERVER_STARTER_PORT: \"%.*s\" is not "
			    "ADDRESS=DESCRIPTOR: ignored",
			    (int)len, text);
			continue;
		}
		if (inherit_add(in, "SERVER_STARTER_PORT", "", 0, text,
			(size_t)(eq - text), fd) == -1)
			return -1;
	}
	return 0;
}

/* Read the value of --listen-fd: "NAME=FD". */
int
inherit_option(struct inherit *in, const char *text)
{
	const char *eq;
	char name[64];
	int fd = -1;

	if (text == NULL)
		return 0;
	eq = strchr(text, '=');
	if (eq != NULL && (size_t)(eq - text) < sizeof(name)) {
		memcpy(name, text, (size_t)(eq - text));
		name[eq - text] = '\0';
		if (sockaddr_name_ok(name))
			fd = inherit_number(eq + 1, strlen(eq + 1));
	}
	if (fd == -1) {
		appbase_log(APPBASE_LOG_WARN,
		    "--listen-fd: \"%s\" is not NAME=DESCRIPTOR: ignored",
		    text);
		return 0;
	}
	return inherit_add(in, "--listen-fd", name, strlen(name), "", 0, fd);
}

/* Find the entry for a listener and hand its descriptor over. */
int
inherit_take(struct inherit *in, const char *name, const char *address)
{
	struct inherit_fd *e = inherit_by_name(in, name);
	int fd;

	if (e == NULL && address != NULL)
		e = inherit_by_address(in, address);
	if (e == NULL)
		e = inherit_lone(in);
	if (e == NULL)
		return -1;
	fd = e->fd;
	in->n--;
	memmove(e, e + 1, (size_t)(in->list + in->n - e) * sizeof(*e));
	return fd;
}

/* Forget all. */
void
inherit_clear(struct inherit *in)
{
	free(in->list);
	in->list = NULL;
	in->n = 0;
}

/* Is the text of `len` bytes this word? */
static bool
inherit_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* Read a decimal number of at most nine digits; -1 if it is none. */
static int
inherit_number(const char *text, size_t len)
{
	size_t i;
	int v = 0;

	if (len == 0 || len > 9)
		return -1;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		v = v * 10 + (text[i] - '0');
	}
	return v;
}

/* Find the entry of that name; systemd's own default is "NAME.socket". */
static struct inherit_fd *
inherit_by_name(const struct inherit *in, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < in->n; i++) {
		if (strcmp(in->list[i].name, name) == 0)
			return &in->list[i];
	}
	for (i = 0; i < in->n; i++) {
		if (strncmp(in->list[i].name, name, len) == 0 &&
		    strcmp(in->list[i].name + len, ".socket") == 0)
			return &in->list[i];
	}
	return NULL;
}

/* Strip from an address what may be left out of it. */
static const char *
inherit_bare(const char *address)
{
	static const char *const prefixes[] = {
	    "tcp://", "unix://", "unix:", "*:"};
	size_t i, len;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		len = strlen(prefixes[i]);
		if (strncmp(address, prefixes[i], len) == 0)
			address += len;
	}
	return address;
}

/* Find the entry of that address. */
static struct inherit_fd *
inherit_by_address(const struct inherit *in, const char *address)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->list[i].address[0] != '\0' &&
		    strcmp(inherit_bare(in->list[i].address),
			inherit_bare(address)) == 0)
			return &in->list[i];
	}
	return NULL;
}

/* Find the entry that has neither name nor address: it came alone. */
static struct inherit_fd *
inherit_lone(const struct inherit *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->list[i].name[0] == '\0' &&
		    in->list[i].address[0] == '\0')
			return &in->list[i];
	}
	return NULL;
}

/* Find the entry of a descriptor, or append a blank one; NULL with errno. */
static struct inherit_fd *
inherit_slot(struct inherit *in, int fd)
{
	struct inherit_fd *list;
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->list[i].fd == fd)
			return &in->list[i];
	}
	list = reallocarray(in->list, in->n + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	in->list = list;
	list += in->n++;
	memset(list, 0, sizeof(*list));
	list->fd = fd;
	return list;
}

/*
 * Check a descriptor and enter it.  One that two sources name is one entry: the
 * later name or address is added to it.
 */
static int
inherit_add(struct inherit *in, const char *source, const char *name,
    size_t namelen, const char *address, size_t addresslen, int fd)
{
	struct inherit_fd *e;

	if (namelen >= sizeof(e->name) || addresslen >= sizeof(e->address) ||
	    fd < INHERIT_FIRST || !sockaddr_is_listener(fd) ||
	    fd_set_cloexec(fd, true) == -1) {
		appbase_log(APPBASE_LOG_WARN,
		    "%s: descriptor %d (%.*s%.*s) is not a listening socket: "
		    "ignored",
		    source, fd, (int)namelen, name, (int)addresslen, address);
		return 0;
	}
	e = inherit_slot(in, fd);
	if (e == NULL)
		return -1;
	if (namelen > 0) {
		memcpy(e->name, name, namelen);
		e->name[namelen] = '\0';
	}
	if (addresslen > 0) {
		memcpy(e->address, address, addresslen);
		e->address[addresslen] = '\0';
	}
	return 0;
}
