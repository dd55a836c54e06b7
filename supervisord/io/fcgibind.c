/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket(), bind(), chown(), chmod(), listen(), with errors in the words of
 * Python's exceptions, which users know from Supervisor.
 */
#include "supervisord/io/fcgibind.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/errtext.h"

static int fcgibind_unix(const struct config_fcgi_socket *, char **);
static int fcgibind_at(int, const struct sockaddr_un *,
    const struct config_fcgi_socket *, char **);
static int fcgibind_own(const struct config_fcgi_socket *, char **);
static int fcgibind_tcp(const struct config_fcgi_socket *, char **);
static int fcgibind_address(const struct addrinfo *, char **);
static int fcgibind_error(char **);
static int fcgibind_path_error(const char *, const char *, char **);

/* Makes the socket. */
int
fcgibind(const struct config_fcgi_socket *f, char **err)
{
	int backlog =
	    f->socket_backlog > 0 ? (int)f->socket_backlog : SOMAXCONN;
	int fd = f->is_unix ? fcgibind_unix(f, err) : fcgibind_tcp(f, err);

	if (fd != -1 && listen(fd, backlog) == -1) {
		(void)fcgibind_error(err);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Makes a unix socket; of a failure no file is left. */
static int
fcgibind_unix(const struct config_fcgi_socket *f, char **err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	if (strlcpy(sun.sun_path, f->path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return errtext_set(err, "AF_UNIX path too long");
	if (stat(f->path, &st) == 0 && unlink(f->path) == -1)
		return fcgibind_path_error("", f->path, err);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return fcgibind_error(err);
	if (fcgibind_at(fd, &sun, f, err) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Gives a unix socket its name, and the file its owner and mode. */
static int
fcgibind_at(int fd, const struct sockaddr_un *sun,
    const struct config_fcgi_socket *f, char **err)
{
	if (bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) == -1)
		return fcgibind_error(err);
	if (fcgibind_own(f, err) == 0)
		return 0;
	(void)unlink(f->path);
	return -1;
}

/* Sets owner and mode; nobody can connect before listen(). */
static int
fcgibind_own(const struct config_fcgi_socket *f, char **err)
{
	if ((f->owner_uid != -1 || f->owner_gid != -1) &&
	    chown(f->path, (uid_t)f->owner_uid, (gid_t)f->owner_gid) == -1)
		return fcgibind_path_error(
		    "Could not change ownership of socket file: ", f->path,
		    err);
	if (chmod(f->path, (mode_t)f->socket_mode) == -1)
		return fcgibind_path_error(
		    "Could not change permissions of socket file: ", f->path,
		    err);
	return 0;
}

/* Makes a TCP socket at the first address of its name; IPv6 only if that is
 * written out, as Supervisor knows none. */
static int
fcgibind_tcp(const struct config_fcgi_socket *f, char **err)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE,
	    .ai_family = strchr(f->host, ':') != NULL ? AF_INET6 : AF_INET,
	    .ai_socktype = SOCK_STREAM};
	const char *host = f->host[0] != '\0' ? f->host : NULL;
	struct addrinfo *found;
	char port[16];
	int fd, status;

	(void)snprintf(port, sizeof(port), "%d", f->port);
	if ((status = getaddrinfo(host, port, &hints, &found)) != 0)
		return errtext_set(
		    err, "[Errno %d] %s", status, gai_strerror(status));
	fd = fcgibind_address(found, err);
	freeaddrinfo(found);
	return fd;
}

/* Makes a TCP socket there. */
static int
fcgibind_address(const struct addrinfo *at, char **err)
{
	int fd, on = 1;

	fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fcgibind_error(err);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) == -1) {
		(void)fcgibind_error(err);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Words errno as an exception of a system call. */
static int
fcgibind_error(char **err)
{
	return errtext_set(err, "[Errno %d] %s", errno, strerror(errno));
}

/* Words errno as an exception of a system call with a file. */
static int
fcgibind_path_error(const char *what, const char *path, char **err)
{
	return errtext_set(
	    err, "%s[Errno %d] %s: '%s'", what, errno, strerror(errno), path);
}
