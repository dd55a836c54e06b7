/* SPDX-License-Identifier: BSD-2-Clause */
/* A FastCGI program's socket: counted, and kept beyond the engine's death. */
#include "supervisord/io/fcgisock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "common/errtext.h"
#include "supervisord/io/fcgibind.h"
#include "supervisord/io/mainlog.h"

#define FCGISOCK_NAME_MAX 32

struct fcgisock {
	struct appbase *app;
	const struct config_fcgi_socket *config;
	char name[FCGISOCK_NAME_MAX]; /* the keeper's */
	int fd;			      /* -1: there is none */
	unsigned holders;
};

static int fcgisock_create(struct fcgisock *, char **);
static void fcgisock_close(struct fcgisock *);
static int fcgisock_failed(const struct config_fcgi_socket *, char **);

/* Makes the object, not the socket. */
struct fcgisock *
fcgisock_new(struct appbase *app, const struct config_fcgi_socket *config,
    const char *group, const char *section)
{
	const char *part[] = {group, "\n", section, "\n", config->url};
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	struct fcgisock *s;
	const char *p;
	size_t i;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		for (p = part[i]; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) *
			    UINT64_C(1099511628211);
	(void)snprintf(
	    s->name, sizeof(s->name), FCGISOCK_PREFIX "%016" PRIx64, hash);
	s->app = app;
	s->config = config;
	s->fd = -1;
	return s;
}

/* Lets go of our copy. */
void
fcgisock_free(struct fcgisock *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	free(s);
}

/* Returns what it was made from. */
const struct config_fcgi_socket *
fcgisock_config(const struct fcgisock *s)
{
	return s->config;
}

/* Makes it and closes it. */
int
fcgisock_probe(const struct config_fcgi_socket *config, char **err)
{
	mainlog(LEVEL_INFO, "Creating socket %s", config->url);
	if (fcgisock_try(config, err) == -1)
		return -1;
	mainlog(LEVEL_INFO, "Closing socket %s", config->url);
	return 0;
}

/* Makes one and closes it, silently. */
int
fcgisock_try(const struct config_fcgi_socket *config, char **err)
{
	int fd = fcgibind(config, err);

	if (fd == -1)
		return fcgisock_failed(config, err);
	(void)close(fd);
	return 0;
}

/* Counts one more; the first makes the socket. */
int
fcgisock_hold(struct fcgisock *s, char **err)
{
	if (s->fd == -1 && fcgisock_create(s, err) == -1)
		return -1;
	s->holders++;
	return 0;
}

/* Counts one more, of an earlier engine. */
void
fcgisock_adopt(struct fcgisock *s)
{
	if (s->fd == -1)
		s->fd = appbase_kept_take(s->app, s->name);
	s->holders++;
}

/* Counts one less; the last closes the socket. */
void
fcgisock_release(struct fcgisock *s)
{
	if (--s->holders == 0 && s->fd != -1)
		fcgisock_close(s);
}

/* Returns the descriptor. */
int
fcgisock_fd(const struct fcgisock *s)
{
	return s->fd;
}

/* Returns the keeper's name. */
const char *
fcgisock_name(const struct fcgisock *s)
{
	return s->name;
}

/* Makes the socket, and has it kept. */
static int
fcgisock_create(struct fcgisock *s, char **err)
{
	mainlog(LEVEL_INFO, "Creating socket %s", s->config->url);
	if ((s->fd = fcgibind(s->config, err)) == -1)
		return fcgisock_failed(s->config, err);
	if (appbase_keep_fd(s->app, s->name, s->fd) == 0)
		return 0;
	(void)errtext_set(err, "[Errno %d] %s", errno, strerror(errno));
	(void)close(s->fd);
	s->fd = -1;
	return fcgisock_failed(s->config, err);
}

/* Closes the socket.  A TCP port is free at once, although the keeper's copy is
 * closed a little later. */
static void
fcgisock_close(struct fcgisock *s)
{
	mainlog(LEVEL_INFO, "Closing socket %s", s->config->url);
	if (!s->config->is_unix)
		(void)shutdown(s->fd, SHUT_RDWR);
	(void)close(s->fd);
	s->fd = -1;
	(void)appbase_drop_fd(s->app, s->name);
}

/* Says which socket the reason in *err is about. */
static int
fcgisock_failed(const struct config_fcgi_socket *config, char **err)
{
	char *why = *err;

	*err = NULL;
	(void)errtext_set(
	    err, "Could not create FastCGI socket %s: %s", config->url, why);
	free(why);
	return -1;
}
