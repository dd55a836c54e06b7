/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the servers and tells them who answers what. */
#include "supervisord/control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/resource.h>

#include "common/errtext.h"
#include "common/loglevel.h"
#include "supervisord/control/httpd.h"
#include "supervisord/control/listener.h"
#include "supervisord/control/logtail.h"
#include "supervisord/control/methods.h"
#include "supervisord/control/metrics.h"
#include "supervisord/control/rpc.h"
#include "supervisord/io/mainlog.h"

struct control {
	const struct control_host *host;
	struct rpc *rpc;
	struct rpc_namespace *namespaces;
	struct httpd_pool *pool;
	struct httpd **servers;
	struct httpd_tls **tls; /* of each, or NULL */
	size_t nservers;
	size_t nconfigured; /* how many there are to be */
};

/* Is the address one that a server before number n has? */
static bool
control_is_repeated(const struct config *config, size_t n)
{
	char *mine = listener_address(config->servers[n]), *other;
	bool same = false;
	size_t i;

	for (i = 0; i < n && mine != NULL && !same; i++) {
		other = listener_address(config->servers[i]);
		same = other != NULL && strcmp(mine, other) == 0;
		free(other);
	}
	free(mine);
	return same;
}

/* The socket of server number n; -1 with *err. */
static int
control_listen(
    struct appbase *app, const struct config *config, size_t n, char **err)
{
	if (control_is_repeated(config, n))
		return errtext_set(err,
		    "Another program is already listening on a port that one "
		    "of our HTTP servers is configured to use.  Shut this "
		    "program down first before starting supervisord.");
	return listener_open(app, config->servers[n], err);
}

/* The certificate of a server, or NULL if it has none.  -1 with *err. */
static int
control_open_tls(
    const struct config_server *s, struct httpd_tls **tls, char **err)
{
	*tls = NULL;
	if (s->tls_certificate == NULL)
		return 0;
	*tls = httpd_tls_new(s->tls_certificate, s->tls_key, err);
	return *tls == NULL ? -1 : 0;
}

int
control_bind(struct appbase *app, const struct config *config, char **err)
{
	struct httpd_tls *tls;
	size_t i;

	for (i = 0; i < config->nservers; i++) {
		if (control_open_tls(config->servers[i], &tls, err) == -1)
			return -1;
		httpd_tls_free(tls);
		if (control_listen(app, config, i, err) == -1)
			return -1;
	}
	return 0;
}

/* Sends the answer of a call. */
static void
control_rpc_done(void *arg, int http, const char *text, size_t len)
{
	struct httpd_request *r = arg;

	if (http == 200)
		httpd_reply(r, 200, "text/xml", text, len);
	else
		httpd_error(r, http);
}

static void
control_rpc_closed(void *arg)
{
	rpc_abandon(arg);
}

/* Runs the call in a request's body. */
static void
control_rpc(struct control *c, struct httpd_request *r)
{
	struct rpc_call *call;
	const void *body;
	size_t len;
	int code = 400;

	if (httpd_method(r) == HTTPD_POST)
		code = guard_check_type(
		    httpd_guard(r), httpd_header(r, "Content-Type"));
	if (code != 0) {
		httpd_error(r, code);
		return;
	}
	body = httpd_body(r, &len);
	call = rpc_run(c->rpc, httpd_role(r), body, len, control_rpc_done, r);
	if (call != NULL)
		httpd_on_close(r, control_rpc_closed, call);
}

/* The liveness page. */
static void
control_ok(struct control *c, struct httpd_request *r)
{
	(void)c;
	if (httpd_method(r) == HTTPD_OTHER)
		httpd_error(r, 400);
	else
		httpd_reply(r, 200, "text/plain", "OK", 2);
}

/* The logs of processes, followed. */
static void
control_logtail(struct control *c, struct httpd_request *r)
{
	logtail_process(r, c->host->registry);
}

/* The main log, followed. */
static void
control_mainlogtail(struct control *c, struct httpd_request *r)
{
	(void)c;
	logtail_main(r);
}

/* Figures for Prometheus. */
static void
control_metrics(struct control *c, struct httpd_request *r)
{
	metrics_answer(r, c->host, httpd_pool_limit(c->pool));
}

/* Who answers which paths, in the order in which they are tried. */
static const struct {
	const char *path;
	bool prefix; /* and all that begins with it */
	void (*answer)(struct control *, struct httpd_request *);
} control_routes[] = {
    {"/RPC2", true, control_rpc},
    {"/logtail", true, control_logtail},
    {"/mainlogtail", true, control_mainlogtail},
    {"/metrics", false, control_metrics},
    {"/ok.html", false, control_ok},
};

static void
control_request(struct httpd_request *r, void *arg)
{
	const char *path = httpd_path(r), *route;
	const struct control *c = arg;
	size_t i;

	for (i = 0; i < sizeof(control_routes) / sizeof(control_routes[0]);
	     i++) {
		route = control_routes[i].path;
		if (control_routes[i].prefix
			? strncmp(path, route, strlen(route)) == 0
			: strcmp(path, route) == 0) {
			control_routes[i].answer(arg, r);
			return;
		}
	}
	if (httpd_method(r) == HTTPD_OTHER)
		httpd_error(r, 400);
	else if (c->host->page != NULL)
		c->host->page(r, c->host->page_arg);
	else
		httpd_error(r, 404);
}

static bool
control_is_running(void *arg)
{
	const struct control_host *host = arg;

	return registry_state(host->registry) == SUPERVISOR_RUNNING;
}

static void
control_invalid(void *arg, const char *text)
{
	(void)arg;
	mainlog(LEVEL_ERROR, "%s", text);
}

static void
control_trace(void *arg, const char *text)
{
	(void)arg;
	mainlog(LEVEL_TRACE, "%s", text);
}

/* Publishes the methods under the name of each rpcinterface (C-156). */
static int
control_open_rpc(struct control *c)
{
	const struct config *config = c->host->config(c->host->arg);
	struct rpc_options options = {
	    .running = control_is_running,
	    .invalid = control_invalid,
	    .trace = control_trace,
	    /* rpc_arg() is not const; the methods only read the host. */
	    .arg = (void *)(uintptr_t)c->host,
	};
	size_t i;

	c->namespaces =
	    calloc(config->nrpcinterfaces + 2, sizeof(*c->namespaces));
	if (c->namespaces == NULL)
		return -1;
	for (i = 0; i < config->nrpcinterfaces; i++) {
		c->namespaces[i].name = config->rpcinterfaces[i]->name;
		c->namespaces[i].methods = methods_table;
	}
	if (i > 0) {
		c->namespaces[i].name = "appbase";
		c->namespaces[i].methods = methods_appbase;
	}
	options.namespaces = c->namespaces;
	c->rpc = rpc_new(&options);
	return c->rpc == NULL ? -1 : 0;
}

/* Says what a server offers, and whom it lets in (C-151, C-152). */
static void
control_announce(const struct config *config, const struct config_server *s)
{
	size_t i;

	for (i = 0; i < config->nrpcinterfaces; i++)
		mainlog(LEVEL_INFO, "RPC interface '%s' initialized",
		    config->rpcinterfaces[i]->name);
	if (config_server_has_password(config, s))
		return;
	mainlog(LEVEL_CRITICAL,
	    "Server '%s' running without any HTTP authentication checking",
	    s->section);
	if (!config_server_is_local(s))
		mainlog(LEVEL_CRITICAL,
		    "Server '%s' lets anybody who can reach port %d of this "
		    "host in, as %s",
		    s->section, s->port, role_name(s->role));
}

/* Opens server number n. */
static int
control_open_server(struct control *c, size_t n, char **err)
{
	const struct config *config = c->host->config(c->host->arg);
	const struct config_server *s = config->servers[n];
	const struct httpd_settings settings = {
	    .config = config,
	    .server = s,
	    .guard = {.is_inet = !s->is_unix,
		.is_anonymous = !config_server_has_password(config, s),
		.host = s->host,
		.names = s->allowed_hosts.v,
		.nnames = s->allowed_hosts.n},
	    .limits = httpd_default_limits,
	    .pool = c->pool,
	    .tls = c->tls[n],
	};
	int fd = control_listen(c->host->app, config, n, err);

	if (fd == -1)
		return -1;
	c->servers[n] =
	    httpd_new(c->host->base, fd, &settings, control_request, c);
	if (c->servers[n] == NULL)
		return errtext_set(err, "Cannot open an HTTP server");
	c->nservers++;
	if (!c->host->again)
		control_announce(config, s);
	return 0;
}

/* Room for connections, as far as descriptors go. */
static struct httpd_pool *
control_new_pool(struct event_base *base)
{
	struct connlimit_settings settings;
	struct rlimit limit;

	connlimit_defaults(&settings,
	    getrlimit(RLIMIT_NOFILE, &limit) == -1 ? 0
						   : (size_t)limit.rlim_cur);
	return httpd_pool_new(base, &settings);
}

/* Opens the path of a server anew that has lost it.  False if that fails. */
static bool
control_again(struct control *c, size_t n)
{
	const struct config *config = c->host->config(c->host->arg);
	struct stat st;
	char *err = NULL;
	int fd;

	httpd_pause(c->servers[n]); /* its descriptor may be closed now */
	fd = listener_open(c->host->app, config->servers[n], &err);
	if (fd == -1 || httpd_listen(c->servers[n], fd) == -1)
		mainlog(LEVEL_ERROR, "%s: %s", config->servers[n]->file,
		    err != NULL ? err : strerror(errno));
	free(err);
	return lstat(config->servers[n]->file, &st) == 0;
}

bool
control_check(
    struct control *c, void (*each)(void *arg, const char *path), void *arg)
{
	const struct config *config = c->host->config(c->host->arg);
	bool all = true;
	struct stat st;
	size_t i;

	for (i = 0; i < c->nservers; i++) {
		const struct config_server *s = config->servers[i];

		if (!s->is_unix)
			continue;
		if (lstat(s->file, &st) == -1 && errno == ENOENT &&
		    !control_again(c, i))
			all = false;
		each(arg, s->file);
	}
	return all;
}

struct control *
control_new(const struct control_host *host, char **err)
{
	const struct config *config = host->config(host->arg);
	struct control *c = calloc(1, sizeof(*c));
	size_t i;

	if (c == NULL) {
		errtext_set(err, "out of memory");
		return NULL;
	}
	c->host = host;
	c->servers = calloc(config->nservers + 1, sizeof(*c->servers));
	c->tls = calloc(config->nservers + 1, sizeof(struct httpd_tls *));
	c->nconfigured = config->nservers;
	c->pool = control_new_pool(host->base);
	if (c->servers == NULL || c->tls == NULL || c->pool == NULL ||
	    control_open_rpc(c) == -1) {
		errtext_set(err, "out of memory");
		control_free(c);
		return NULL;
	}
	for (i = 0; i < config->nservers; i++)
		if (control_open_tls(config->servers[i], &c->tls[i], err) ==
			-1 ||
		    control_open_server(c, i, err) == -1) {
			control_free(c);
			return NULL;
		}
	return c;
}

void
control_free(struct control *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nservers; i++)
		httpd_free(c->servers[i]);
	for (i = 0; c->tls != NULL && i < c->nconfigured; i++)
		httpd_tls_free(c->tls[i]);
	free(c->tls);
	httpd_pool_free(c->pool);
	rpc_free(c->rpc);
	free(c->servers);
	free(c->namespaces);
	free(c);
}
