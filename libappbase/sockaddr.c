/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of listeners: text to sockaddr and back, and binding.
 *
 * A unix socket appears at its path ready: it is bound under a temporary name
 * beside it, gets owner, mode and backlog there, and is only then moved into
 * place.  So nobody ever finds it with the wrong mode, or finds a path that
 * refuses, and a stale socket is replaced without a moment in which there is
 * none.
 */
#include "libappbase/sockaddr.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libappbase/fd.h"

#define SOCKADDR_PATH_MAX   (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define SOCKADDR_RETRIES    16
#define SOCKADDR_PATIENCE   40 /* times 5 ms */
#define SOCKADDR_SUFFIX_MIN 4
#define SOCKADDR_SUFFIX	    7 /* ".XXXXXX" */

static const struct appbase_listen_options sockaddr_defaults;

/* What is at the path where a unix socket is to be. */
enum sockaddr_found {
	SOCKADDR_FREE,
	SOCKADDR_STALE,
	SOCKADDR_TAKEN, /* errno says by what */
};

static int sockaddr_parse_unix(
    const char *, struct sockaddr_storage *, socklen_t *);
static int sockaddr_parse_inet(
    const char *, struct sockaddr_storage *, socklen_t *);
static int sockaddr_resolve(
    const char *, uint16_t, struct sockaddr_storage *, socklen_t *);
static int sockaddr_socket(int, const struct appbase_listen_options *);
static int sockaddr_listen_inet(const char *, struct sockaddr_storage *,
    socklen_t, const struct appbase_listen_options *);
static int sockaddr_listen_unix(
    const struct sockaddr_un *, const struct appbase_listen_options *);

/* Turn text into an address. */
int
sockaddr_parse(const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	memset(ss, 0, sizeof(*ss));
	*len = 0;
	if (strncmp(text, "unix:", 5) == 0)
		return sockaddr_parse_unix(text + 5, ss, len);
	if (strncmp(text, "tcp://", 6) == 0)
		text += 6;
	return sockaddr_parse_inet(text, ss, len);
}

/* Turn an address into text. */
const char *
sockaddr_text(
    const struct sockaddr *sa, socklen_t len, char *buf, size_t buflen)
{
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)(const void *)sa;
	char host[NI_MAXHOST], port[NI_MAXSERV];
	size_t max;

	if (sa->sa_family == AF_UNIX) {
		max = len > offsetof(struct sockaddr_un, sun_path)
		    ? len - offsetof(struct sockaddr_un, sun_path)
		    : 0;
		snprintf(buf, buflen, "unix:%.*s",
		    (int)strnlen(un->sun_path, max), un->sun_path);
	} else if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
		       NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(buf, buflen, "address of family %d", sa->sa_family);
	else
		snprintf(buf, buflen,
		    sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		    port);
	return buf;
}

/* Make the listening socket. */
int
sockaddr_listen(const char *address, const struct appbase_listen_options *opt)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (opt == NULL)
		opt = &sockaddr_defaults;
	if (sockaddr_parse(address, &ss, &len) == -1)
		return -1;
	if (ss.ss_family == AF_UNIX)
		return sockaddr_listen_unix((struct sockaddr_un *)&ss, opt);
	return sockaddr_listen_inet(address, &ss, len, opt);
}

/* Ask the kernel whether fd is a listening stream socket. */
bool
sockaddr_is_listener(int fd)
{
	int type, listening;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_STREAM)
		return false;
	len = sizeof(listening);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ==
	    0 &&
	    listening != 0;
}

/* Look up the port a socket is bound to. */
uint16_t
sockaddr_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	if (ss.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&ss)->sin_port);
	if (ss.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	return 0;
}

/* Check a listener's name. */
bool
sockaddr_name_ok(const char *name)
{
	size_t n = strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-");

	return n >= 1 && n <= 63 && name[n] == '\0';
}

/* Read "/PATH" or "///PATH" after "unix:". */
static int
sockaddr_parse_unix(
    const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss;
	size_t n;

	if (strncmp(text, "//", 2) == 0)
		text += 2;
	n = strlen(text);
	if (text[0] != '/' || text[n - 1] == '/') {
		errno = EINVAL;
		return -1;
	}
	if (n > SOCKADDR_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, text, n + 1);
	*len = (socklen_t)sizeof(*un);
	return 0;
}

/* Read a port: decimal digits, 0 to 65535, nothing else. */
static int
sockaddr_parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 5)
		goto bad;
	v = strtoul(text, &end, 10);
	if (*end != '\0' || v > 65535)
		goto bad;
	*port = (uint16_t)v;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

/* Read "HOST:PORT", "[V6]:PORT", "*:PORT" or "PORT". */
static int
sockaddr_parse_inet(
    const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	const char *colon = strrchr(text, ':');
	char host[256];
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	uint16_t port;

	if (sockaddr_parse_port(colon != NULL ? colon + 1 : text, &port) == -1)
		return -1;
	if (colon == NULL || (n == 1 && text[0] == '*')) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_any;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
		return 0;
	}
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
		if (memchr(text, ':', n) == NULL)
			n = 0;
	} else if (memchr(text, ':', n) != NULL)
		n = 0;
	if (n == 0 || n >= sizeof(host)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	return sockaddr_resolve(host, port, ss, len);
}

/* Find a host's address; of a name with both kinds the IPv4 one. */
static int
sockaddr_resolve(const char *host, uint16_t port, struct sockaddr_storage *ss,
    socklen_t *len)
{
	static const int families[] = {AF_INET, AF_UNSPEC};
	struct addrinfo hints, *res = NULL;
	char service[8];
	size_t i;
	int e = EAI_NONAME;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	snprintf(service, sizeof(service), "%u", port);
	for (i = 0; i < 2 && e != 0; i++) {
		hints.ai_family = families[i];
		if (strchr(host, ':') != NULL)
			hints.ai_family = AF_INET6;
		e = getaddrinfo(host, service, &hints, &res);
	}
	if (e != 0) {
		errno = e == EAI_MEMORY ? ENOMEM : EADDRNOTAVAIL;
		return -1;
	}
	memcpy(ss, res->ai_addr, res->ai_addrlen);
	*len = res->ai_addrlen;
	freeaddrinfo(res);
	return 0;
}

/* Make a stream socket as the options say. */
static int
sockaddr_socket(int family, const struct appbase_listen_options *opt)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC;

	if (opt->flags & APPBASE_LISTEN_NONBLOCK)
		type |= SOCK_NONBLOCK;
	return socket(family, type, 0);
}

/* Set the options of an inet socket, which do not depend on the system's own.
 */
static int
sockaddr_setup_inet(
    int fd, int family, const struct appbase_listen_options *opt)
{
	int on = 1, v6only = (opt->flags & APPBASE_LISTEN_V6ONLY) != 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		return -1;
	if ((opt->flags & APPBASE_LISTEN_REUSEPORT) &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1)
		return -1;
	if (family == AF_INET6)
		return setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	return 0;
}

/* The backlog to listen with. */
static int
sockaddr_backlog(const struct appbase_listen_options *opt)
{
	return opt->backlog > 0 ? opt->backlog : SOMAXCONN;
}

/* Bind and listen on an inet address. */
static int
sockaddr_try_inet(const struct sockaddr_storage *ss, socklen_t len,
    const struct appbase_listen_options *opt)
{
	int fd = sockaddr_socket(ss->ss_family, opt);

	if (fd == -1)
		return -1;
	if (sockaddr_setup_inet(fd, ss->ss_family, opt) == -1 ||
	    bind(fd, (const struct sockaddr *)ss, len) == -1 ||
	    listen(fd, sockaddr_backlog(opt)) == -1) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

/* Bind and listen; "all interfaces" of a system without IPv6 is 0.0.0.0. */
static int
sockaddr_listen_inet(const char *address, struct sockaddr_storage *ss,
    socklen_t len, const struct appbase_listen_options *opt)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	in_port_t port;
	int fd;

	fd = sockaddr_try_inet(ss, len, opt);
	if (fd != -1 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) ||
	    ss->ss_family != AF_INET6 || strchr(address, '[') != NULL ||
	    !IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)ss)->sin6_addr) ||
	    (opt->flags & APPBASE_LISTEN_V6ONLY))
		return fd;
	port = ((struct sockaddr_in6 *)ss)->sin6_port;
	memset(ss, 0, sizeof(*ss));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_ANY);
	in->sin_port = port;
	return sockaddr_try_inet(ss, sizeof(*in), opt);
}

/* Does somebody listen at the path?  1 yes, 0 no, -1 with errno. */
static int
sockaddr_probe(const struct sockaddr_un *un)
{
	int fd, r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	r = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	fd_close(fd);
	if (r == 0 || errno == EAGAIN || errno == EPROTOTYPE)
		return 1;
	return errno == ECONNREFUSED ? 0 : -1;
}

/* Look at the path where the socket is to be. */
static enum sockaddr_found
sockaddr_inspect(const struct sockaddr_un *un)
{
	struct stat st;
	int live;

	if (lstat(un->sun_path, &st) == -1)
		return errno == ENOENT ? SOCKADDR_FREE : SOCKADDR_TAKEN;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return SOCKADDR_TAKEN;
	}
	live = sockaddr_probe(un);
	if (live == 0)
		return SOCKADDR_STALE;
	if (live == 1)
		errno = EADDRINUSE;
	else if (errno == ENOENT)
		return SOCKADDR_FREE;
	return SOCKADDR_TAKEN;
}

/*
 * Choose a temporary name beside `path`: the name itself, as much as fits, and
 * a random suffix.  It is what ss(8) goes on showing.
 */
static int
sockaddr_temporary(const char *path, struct sockaddr_un *un)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	size_t dir = (size_t)(strrchr(path, '/') + 1 - path);
	size_t len = strlen(path), suffix = SOCKADDR_SUFFIX, i;

	if (dir + suffix > SOCKADDR_PATH_MAX)
		suffix = SOCKADDR_PATH_MAX - dir;
	if (suffix < SOCKADDR_SUFFIX_MIN) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len + suffix > SOCKADDR_PATH_MAX)
		len = SOCKADDR_PATH_MAX - suffix;
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len);
	un->sun_path[len] = '.';
	for (i = 1; i < suffix; i++)
		un->sun_path[len + i] =
		    set[arc4random_uniform(sizeof(set) - 1)];
	return 0;
}

/* Bind to a name that nobody has yet. */
static int
sockaddr_bind_temporary(int fd, const char *path, struct sockaddr_un *tmp)
{
	int i;

	for (i = 0; i < SOCKADDR_RETRIES; i++) {
		if (sockaddr_temporary(path, tmp) == -1)
			return -1;
		if (bind(fd, (struct sockaddr *)tmp, sizeof(*tmp)) == 0)
			return 0;
		if (errno != EADDRINUSE)
			break;
	}
	return -1;
}

/* Give the bound socket its owner and mode, never through a symbolic link. */
static int
sockaddr_own(const char *path, const struct appbase_listen_options *opt)
{
	struct stat st;
	mode_t mode = opt->mode;

	if (lstat(path, &st) == -1)
		return -1;
	if (mode == 0)
		mode = st.st_mode & 0666;
	if ((opt->owner_plus_1 != 0 || opt->group_plus_1 != 0) &&
	    lchown(path, opt->owner_plus_1 - 1, opt->group_plus_1 - 1) == -1)
		return -1;
	if ((st.st_mode & 07777) == mode)
		return 0;
	return fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW);
}

/*
 * Lock the path's directory, so that of several who find the same stale socket
 * one replaces it and the others find a live one.  With somebody else's lock
 * there is little patience: without it the socket is only less well guarded.
 */
static int
sockaddr_lock(const char *path)
{
	static const struct timespec pause = {0, 5 * 1000 * 1000};
	char dir[SOCKADDR_PATH_MAX + 1];
	int fd, i;

	strlcpy(dir, path, sizeof(dir));
	strrchr(dir, '/')[1] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; fd != -1 && i < SOCKADDR_PATIENCE; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return fd;
}

/* Move the socket `tmp` to a path where nothing is; else EEXIST. */
static int
sockaddr_place(const char *tmp, const char *path)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	if (link(tmp, path) == -1)
		return -1;
	(void)unlink(tmp);
	return 0;
}

/* Move the listening socket from its temporary name to its path. */
static int
sockaddr_publish(const char *tmp, const struct sockaddr_un *un)
{
	int lock = sockaddr_lock(un->sun_path), i, r = -1;
	bool again = true;

	for (i = 0; again && i < SOCKADDR_RETRIES; i++) {
		again = false;
		switch (sockaddr_inspect(un)) {
		case SOCKADDR_TAKEN:
			break;
		case SOCKADDR_STALE:
			r = rename(tmp, un->sun_path);
			break;
		case SOCKADDR_FREE:
			r = sockaddr_place(tmp, un->sun_path);
			again = r == -1 && errno == EEXIST;
			break;
		}
	}
	fd_close(lock);
	return r;
}

/* Bind and listen at a path. */
static int
sockaddr_listen_unix(
    const struct sockaddr_un *un, const struct appbase_listen_options *opt)
{
	struct sockaddr_un tmp;
	int fd, saved;

	if (sockaddr_inspect(un) == SOCKADDR_TAKEN)
		return -1;
	fd = sockaddr_socket(AF_UNIX, opt);
	if (fd == -1)
		return -1;
	if (sockaddr_bind_temporary(fd, un->sun_path, &tmp) == -1) {
		fd_close(fd);
		return -1;
	}
	if (sockaddr_own(tmp.sun_path, opt) == -1 ||
	    listen(fd, sockaddr_backlog(opt)) == -1 ||
	    sockaddr_publish(tmp.sun_path, un) == -1) {
		saved = errno;
		(void)unlink(tmp.sun_path);
		fd_close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}
