/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gets the sockets from libappbase, which binds them and keeps them, and puts
 * its errors into the words that Supervisor's users know.
 */
#include "supervisord/control/listener.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "appbase/listen.h"
#include "common/errtext.h"
#include "supervisord/model/procfmt.h"

#define LISTENER_BACKLOG 1024 /* C-140 */

char *
listener_address(const struct config_server *s)
{
	char *text;
	int rc;

	if (s->is_unix)
		rc = asprintf(&text, "unix:%s", s->file);
	else if (s->host[0] == '\0')
		rc = asprintf(&text, "*:%d", s->port);
	else if (strchr(s->host, ':') != NULL)
		rc = asprintf(&text, "[%s]:%d", s->host, s->port);
	else
		rc = asprintf(&text, "%s:%d", s->host, s->port);
	return rc == -1 ? NULL : text;
}

const char *
listener_name(const char *address, char name[LISTENER_NAME_MAX])
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	const char *p;

	for (p = address; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
	snprintf(name, LISTENER_NAME_MAX, "http.%016" PRIx64, hash);
	return name;
}

/* Is nobody listening on the socket file? */
static bool
listener_is_stale(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	bool stale;
	int fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return false;
	/* A full backlog (EAGAIN) is somebody's. */
	stale = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/* Removes what is in the way of a unix socket and does not answer (C-147). */
static void
listener_sweep(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1 || S_ISDIR(st.st_mode))
		return;
	if (S_ISSOCK(st.st_mode) && !listener_is_stale(path))
		return;
	fprintf(stderr, "Unlinking stale socket %s\n", path);
	if (unlink(path) == -1 && errno != ENOENT)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

/* The message of C-150. */
static int
listener_no_chown(const struct config_server *s, char **err)
{
	struct passwd *pw = getpwuid(geteuid());

	return errtext_set(err,
	    "Not permitted to chown %s to uid/gid (%" PRId64 ", %" PRId64
	    "); adjust \"sockchown\" value in config file or on command line "
	    "to values that the current user (%s) can successfully chown",
	    s->file, s->chown.uid, s->chown.gid,
	    pw == NULL ? "unknown" : pw->pw_name);
}

/* Puts errno into words (C-148 to C-150). */
static int
listener_why(const struct config_server *s, int error, char **err)
{
	char name[PROCFMT_ERRNO_MAX];

	if (error == EADDRINUSE)
		return errtext_set(err,
		    "Another program is already listening on a port that one "
		    "of our HTTP servers is configured to use.  Shut this "
		    "program down first before starting supervisord.");
	if (error == EPERM && s->is_unix && s->chown.name != NULL)
		return listener_no_chown(s, err);
	if (error == ENAMETOOLONG && s->is_unix)
		return errtext_set(err,
		    "Cannot open an HTTP server: socket.error reported "
		    "AF_UNIX path too long");
	return errtext_set(err,
	    "Cannot open an HTTP server: socket.error reported errno.%s (%d)",
	    procfmt_errno(error, name), error);
}

int
listener_open(struct appbase *app, const struct config_server *s, char **err)
{
	struct appbase_listen_options options = {
	    .backlog = LISTENER_BACKLOG, .flags = APPBASE_LISTEN_NONBLOCK};
	char *address = listener_address(s), name[LISTENER_NAME_MAX];
	int fd, error;

	if (address == NULL)
		return listener_why(s, ENOMEM, err);
	if (s->is_unix) {
		options.mode = (mode_t)s->chmod;
		options.owner_plus_1 = (uid_t)(s->chown.uid + 1);
		options.group_plus_1 = (gid_t)(s->chown.gid + 1);
		listener_sweep(s->file);
	}
	fd = appbase_listen(
	    app, listener_name(address, name), address, &options);
	error = errno;
	free(address);
	return fd == -1 ? listener_why(s, error, err) : fd;
}
