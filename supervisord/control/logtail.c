/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Follows files for clients.  A file is looked at ten times a second.  It is
 * read to its end before anything is made of its path being another file now,
 * so that a rotation loses nothing; and not at all while the client does not
 * take what it has been sent.
 */
#include "supervisord/control/logtail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/control/httpd.h"
#include "supervisord/io/child.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/model/registry.h"

#define LOGTAIL_BEGIN	    1024 /* bytes sent at first, unless asked for others */
#define LOGTAIL_BEGIN_MOST  (4l << 20)
#define LOGTAIL_INTERVAL_MS 100
#define LOGTAIL_PIECE	    65536
/* Pieces read in one tick, and bytes that may wait for a slow client. */
#define LOGTAIL_PIECES	16
#define LOGTAIL_WAITING ((size_t)1024 * 1024)

#define LOGTAIL_TRUNCATED "==> File truncated <==\n"

struct logtail {
	struct httpd_request *request;
	char *path;
	int fd;
	off_t offset;
};

static void
logtail_free(void *arg)
{
	struct logtail *t = arg;

	if (t->fd != -1)
		close(t->fd);
	free(t->path);
	free(t);
}

/* Opens the file; only regular files can be followed.  -1 with errno. */
static int
logtail_open(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

/* Sends what there is, within limits; true if that was all. */
static bool
logtail_send(struct logtail *t)
{
	char piece[LOGTAIL_PIECE];
	ssize_t n;
	int i;

	for (i = 0; i < LOGTAIL_PIECES; i++) {
		if (httpd_stream_pending(t->request) > LOGTAIL_WAITING)
			return false;
		n = pread(t->fd, piece, sizeof(piece), t->offset);
		if (n <= 0)
			return true;
		t->offset += n;
		httpd_stream_write(t->request, piece, (size_t)n);
	}
	return false;
}

/* Sees what has become of the file; true if there may be more to send. */
static bool
logtail_check(struct logtail *t)
{
	struct stat ours, there;
	int fd;

	if (fstat(t->fd, &ours) == -1)
		return false;
	if (ours.st_size < t->offset) {
		httpd_stream_write(
		    t->request, LOGTAIL_TRUNCATED, strlen(LOGTAIL_TRUNCATED));
		t->offset = 0;
		return true;
	}
	if (stat(t->path, &there) == -1 ||
	    (there.st_ino == ours.st_ino && there.st_dev == ours.st_dev))
		return false;
	fd = logtail_open(t->path, &there);
	if (fd == -1)
		return false;
	close(t->fd);
	t->fd = fd;
	t->offset = 0;
	return true;
}

static void
logtail_tick(void *arg)
{
	struct logtail *t = arg;

	if (logtail_send(t) && logtail_check(t))
		logtail_send(t);
}

/* Tells when the file was changed last. */
static void
logtail_set_date(struct httpd_request *r, const struct stat *st)
{
	char text[64];
	struct tm tm;

	if (gmtime_r(&st->st_mtime, &tm) != NULL &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
		httpd_set_header(r, "Last-Modified", text);
}

/* How many of the last bytes are sent at first: ?limit=, else 1024. */
static off_t
logtail_first(const struct httpd_request *r)
{
	const char *query = httpd_query(r);
	long n;

	if (strncmp(query, "limit=", strlen("limit=")) != 0)
		return LOGTAIL_BEGIN;
	n = strtol(query + strlen("limit="), NULL, 10);
	return n < 0 ? 0 : n > LOGTAIL_BEGIN_MOST ? LOGTAIL_BEGIN_MOST : n;
}

/* Begins to follow a file. */
static void
logtail_begin(struct httpd_request *r, const char *path)
{
	off_t first = logtail_first(r);
	struct logtail *t;
	struct stat st;
	int fd = path == NULL ? -1 : logtail_open(path, &st);

	if (fd == -1) {
		httpd_error(r, 404);
		return;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL || (t->path = strdup(path)) == NULL) {
		free(t);
		close(fd);
		httpd_error(r, 503);
		return;
	}
	t->request = r;
	t->fd = fd;
	t->offset = st.st_size > first ? st.st_size - first : 0;
	logtail_set_date(r, &st);
	httpd_set_header(r, "X-Accel-Buffering", "no");
	httpd_set_header(r, "X-Content-Type-Options", "nosniff");
	httpd_on_close(r, logtail_free, t);
	httpd_stream_begin(r, 200, "text/plain;charset=utf-8");
	if (httpd_stream_tick(r, LOGTAIL_INTERVAL_MS, logtail_tick, t) == -1) {
		httpd_stream_end(r);
		logtail_free(t);
		return;
	}
	logtail_send(t);
}

/* Finds the log that the rest of a path, "/NAME[/CHANNEL]", means. */
static const char *
logtail_find(char *rest, struct registry *registry)
{
	enum config_channel_id channel = CONFIG_STDOUT;
	struct process *process;
	struct group *group;
	char *slash;

	if (*rest++ != '/')
		return NULL;
	slash = strchr(rest, '/');
	if (slash != NULL) {
		*slash++ = '\0';
		if (strcmp(slash, "stderr") == 0)
			channel = CONFIG_STDERR;
		else if (strcmp(slash, "stdout") != 0)
			return NULL;
	}
	if (!registry_lookup(registry, rest, &group, &process) ||
	    process == NULL)
		return NULL;
	return child_log_path(child_of(process), channel);
}

void
logtail_process(struct httpd_request *r, struct registry *registry)
{
	char *rest;

	if (httpd_method(r) != HTTPD_GET) {
		httpd_error(r, 400);
		return;
	}
	rest = strdup(httpd_path(r) + strlen("/logtail"));
	if (rest == NULL) {
		httpd_error(r, 503);
		return;
	}
	logtail_begin(r, logtail_find(rest, registry));
	free(rest);
}

void
logtail_main(struct httpd_request *r)
{
	const char *rest = httpd_path(r) + strlen("/mainlogtail");

	if (httpd_method(r) != HTTPD_GET)
		httpd_error(r, 400);
	else if (rest[0] != '\0' && strcmp(rest, "/") != 0)
		httpd_error(r, 404);
	else
		logtail_begin(r, mainlog_path());
}
