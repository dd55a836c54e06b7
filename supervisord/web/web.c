/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers requests for the web page. */
#include "supervisord/web/web.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "supervisord/control/httpd.h"
#include "supervisord/control/origin.h"
#include "supervisord/web/act.h"
#include "supervisord/web/asset.h"
#include "supervisord/web/live.h"
#include "supervisord/web/page.h"
#include "supervisord/web/say.h"

#define WEB_TOKEN_BYTES 16
#define WEB_HTML	"text/html;charset=utf-8"
#define WEB_EVERYTHING	"*"

struct web {
	const struct control_host *host;
	LIST_HEAD(web_jobs, web_job) jobs;
	struct acts *acts;
	struct live *live;
	time_t started; /* what files are as old as */
	uint64_t ids;	/* of what users had done */
	char token[2 * WEB_TOKEN_BYTES + 1];
};

/* A browser that waits for the end of what it had done. */
struct web_wait {
	struct httpd_request *request;
	struct act *act;
};

/* Something that is told of by the stream. */
struct web_job {
	LIST_ENTRY(web_job) entry;
	struct web *web;
	uint64_t id;
	bool done, ok;
	struct text words;
	bool beginning;
};

/* Makes the token by which forms of ours are known. */
static void
web_make_token(struct web *web)
{
	unsigned char bytes[WEB_TOKEN_BYTES];
	size_t i;

	arc4random_buf(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		(void)snprintf(web->token + 2 * i, 3, "%02x", bytes[i]);
}

struct web *
web_new(const struct control_host *host)
{
	struct web *web = calloc(1, sizeof(*web));

	if (web == NULL)
		return NULL;
	web->host = host;
	web->started = time(NULL);
	LIST_INIT(&web->jobs);
	web_make_token(web);
	web->acts = acts_new(host);
	web->live = live_new(host);
	if (web->acts != NULL && web->live != NULL)
		return web;
	web_free(web);
	return NULL;
}

/* Frees a job. */
static void
web_job_free(struct web_job *job)
{
	LIST_REMOVE(job, entry);
	text_free(&job->words);
	free(job);
}

void
web_free(struct web *web)
{
	if (web == NULL)
		return;
	acts_free(web->acts);
	while (!LIST_EMPTY(&web->jobs))
		web_job_free(LIST_FIRST(&web->jobs));
	live_free(web->live);
	free(web);
}

/* A field of a request's form: of its body, else of its query.  NULL
 * if it is not there or empty. */
static char *
web_field(const struct httpd_request *r, const char *name)
{
	const char *query = httpd_query(r);
	const char *body;
	char *value = NULL;
	size_t len;

	if (httpd_method(r) == HTTPD_POST) {
		body = httpd_body(r, &len);
		value = text_field(body, len, name);
	}
	if (value == NULL)
		value = text_field(query, strlen(query), name);
	if (value == NULL || *value != '\0')
		return value;
	free(value);
	return NULL;
}

/* Has the request's form our token? */
static bool
web_has_token(const struct web *web, const struct httpd_request *r)
{
	char *token = web_field(r, "token");
	bool same = token != NULL && strlen(token) == strlen(web->token);
	unsigned char wrong = 0;
	size_t i;

	for (i = 0; same && i < strlen(web->token); i++)
		wrong |= (unsigned char)(token[i] ^ web->token[i]);
	same = same && wrong == 0;
	free(token);
	return same;
}

/* May something be done for this request? */
static bool
web_may_act(const struct web *web, const struct httpd_request *r)
{
	switch (origin_of_request(r)) {
	case ORIGIN_SCRIPT:
	case ORIGIN_SAME:
		return true;
	case ORIGIN_UNKNOWN:
		return web_has_token(web, r);
	case ORIGIN_FOREIGN:
		break;
	}
	return false;
}

/* Sets what every document of ours has. */
static void
web_protect(struct httpd_request *r)
{
	static const struct {
		const char *name, *value;
	} headers[] = {
	    {"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self'; connect-src 'self'; form-action 'self'; "
		"base-uri 'none'; frame-ancestors 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Referrer-Policy", "same-origin"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		httpd_set_header(r, headers[i].name, headers[i].value);
}

/* Sends a document that is never kept; takes the text. */
static void
web_send(
    struct httpd_request *r, int code, const char *type, struct text *document)
{
	web_protect(r);
	httpd_set_header(r, "Pragma", "no-cache");
	httpd_set_header(r, "Cache-Control", "no-cache, no-store");
	httpd_set_header(r, "Expires", "Thu, 01 Jan 1970 00:00:00 GMT");
	if (document->failed)
		httpd_error(r, 503);
	else
		httpd_reply(r, code, type,
		    document->bytes == NULL ? "" : document->bytes,
		    document->len);
	text_free(document);
}

/* Sends somewhere else; takes the location. */
static void
web_redirect(struct httpd_request *r, struct text *location)
{
	struct text page = {0};

	text_add(location, "", 1);
	if (!location->failed)
		httpd_set_header(r, "Location", location->bytes);
	page.failed = location->failed;
	text_free(location);
	web_send(r, 301, WEB_HTML, &page);
}

/* Begins the address of the answer: as Supervisor's for scripts; for browsers
 * relative, since there may be a proxy that they see and we do not. */
static void
web_base(const struct httpd_request *r, struct text *location)
{
	const char *host = httpd_header(r, "Host");

	if (host != NULL && origin_of_request(r) == ORIGIN_SCRIPT &&
	    strpbrk(host, "/?#\\ \"<>") == NULL && *host != '\0')
		text_printf(location, "http://%s", host);
	text_puts(location, "/");
}

/* Answers with a message, shown above the table; takes it. */
static void
web_tell(struct httpd_request *r, struct text *message)
{
	struct text location = {0};

	web_base(r, &location);
	text_puts(&location, "?message=");
	text_add(message, "", 1);
	if (!message->failed)
		text_url(&location, message->bytes);
	text_free(message);
	web_redirect(r, &location);
}

static void
web_wait_closed(void *arg)
{
	struct web_wait *w = arg;

	act_forget(w->act);
	free(w);
}

/* What a browser waited for is over. */
static void
web_wait_done(void *arg, const char *verb, const char *name,
    const struct act_result *result)
{
	struct web_wait *w = arg;
	struct text message = {0};

	say_classic(&message, verb, name, result);
	web_tell(w->request, &message);
	free(w);
}

/* Does something and then tells how it ended. */
static void
web_do(struct web *web, struct httpd_request *r, const char *verb,
    const char *name)
{
	struct web_wait *w = calloc(1, sizeof(*w));
	struct act *act;

	if (w == NULL) {
		httpd_error(r, 503);
		return;
	}
	w->request = r;
	act = act_begin(web->acts, verb, name, web_wait_done, w);
	if (act == NULL)
		return;
	w->act = act;
	httpd_on_close(r, web_wait_closed, w);
}

/* Asks before something is done. */
static void
web_ask(const struct web *web, struct httpd_request *r, const char *action,
    const char *name)
{
	struct text page = {0};

	page_ask(&page, action, name, web->token);
	web_send(r, 403, WEB_HTML, &page);
}

/* Is that a process, and not a group? */
static bool
web_is_process(const struct web *web, const char *name)
{
	struct process *p = NULL;
	struct group *group;

	return registry_lookup(web->host->registry, name, &group, &p) &&
	    p != NULL;
}

/* Does what action= says, to processname= (X-148, X-154, X-157). */
static void
web_classic_action(struct web *web, struct httpd_request *r, const char *action,
    const char *name)
{
	bool all =
	    strcmp(action, "stopall") == 0 || strcmp(action, "restartall") == 0;
	struct text message = {0};

	if (strcmp(action, "refresh") == 0) {
		text_puts(&message, "Page refreshed at ");
		say_now(&message);
		web_tell(r, &message);
	} else if (!all && name == NULL)
		httpd_error(r, 400);
	else if (!all && !web_is_process(web, name)) {
		text_printf(&message, "No such process named %s", name);
		web_tell(r, &message);
	} else if (!all && !act_is_verb(action))
		httpd_error(r, 400);
	else if (!role_may(httpd_role(r), ROLE_OPERATE))
		httpd_error(r, 403);
	else if (!web_may_act(web, r))
		web_ask(web, r, action, all ? NULL : name);
	else if (all)
		web_do(web, r, *action == 's' ? "stop" : "restart",
		    WEB_EVERYTHING);
	else
		web_do(web, r, action, name);
}

/* The status page, and its actions. */
static void
web_index(struct web *web, struct httpd_request *r)
{
	char *action = web_field(r, "action");
	char *name = web_field(r, "processname");
	char *message = web_field(r, "message");
	struct text page = {0};

	if (action != NULL)
		web_classic_action(web, r, action, name);
	else {
		page_status(&page, web->host, message, web->token,
		    role_may(httpd_role(r), ROLE_OPERATE));
		web_send(r, 200, WEB_HTML, &page);
	}
	free(action);
	free(name);
	free(message);
}

/* The end of a log. */
static void
web_tail(struct web *web, struct httpd_request *r)
{
	char *name = web_field(r, "processname");
	char *limit = web_field(r, "limit");
	struct text page = {0};

	page_tail(&page, web->host, name, limit);
	web_send(r, 200, WEB_HTML, &page);
	free(name);
	free(limit);
}

/* The stream. */
static void
web_live(struct web *web, struct httpd_request *r)
{
	if (httpd_method(r) != HTTPD_GET)
		httpd_error(r, 400);
	else
		live_stream(web->live, r);
}

/* What was begun by web_action() is over: tell those who look. */
static void
web_job_done(void *arg, const char *verb, const char *name,
    const struct act_result *result)
{
	struct web_job *job = arg;

	job->done = true;
	job->ok = say_is_good(result);
	say_short(&job->words, verb, name, result);
	text_add(&job->words, "", 1);
	if (job->beginning)
		return;
	if (!job->words.failed)
		live_done(job->web->live, job->id, job->ok, job->words.bytes);
	web_job_free(job);
}

/* Says that it is being done, or how it ended if that is known already. */
static void
web_answer_job(struct httpd_request *r, const struct web_job *job)
{
	struct text t = {0};

	text_printf(&t, "{\"id\":%" PRIu64, job->id);
	if (job->done) {
		text_printf(
		    &t, ",\"ok\":%s,\"text\":", job->ok ? "true" : "false");
		text_json(&t, job->words.failed ? "" : job->words.bytes);
	}
	text_puts(&t, "}\n");
	web_send(r, job->done ? 200 : 202, "application/json", &t);
}

/* Begins something for the live page. */
static void
web_begin(struct web *web, struct httpd_request *r, const char *verb,
    const char *name)
{
	struct web_job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		httpd_error(r, 503);
		return;
	}
	job->web = web;
	job->id = ++web->ids;
	job->beginning = true;
	LIST_INSERT_HEAD(&web->jobs, job, entry);
	(void)act_begin(web->acts, verb, name, web_job_done, job);
	job->beginning = false;
	web_answer_job(r, job);
	if (job->done)
		web_job_free(job);
}

/* What the live page has done. */
static void
web_action(struct web *web, struct httpd_request *r)
{
	char *verb = web_field(r, "action");
	char *name = web_field(r, "name");

	if (httpd_method(r) != HTTPD_POST || verb == NULL || name == NULL ||
	    !act_is_verb(verb))
		httpd_error(r, 400);
	else if (!role_may(httpd_role(r), ROLE_OPERATE) || !web_may_act(web, r))
		httpd_error(r, 403);
	else
		web_begin(web, r, verb, name);
	free(verb);
	free(name);
}

/* A directory of Supervisor's page without its last slash. */
static void
web_directory(struct web *web, struct httpd_request *r)
{
	struct text location = {0};

	(void)web;
	web_base(r, &location);
	text_printf(&location, "%s/", httpd_path(r) + 1);
	web_redirect(r, &location);
}

static const struct {
	const char *path;
	void (*answer)(struct web *, struct httpd_request *);
	bool post; /* is POST allowed? */
} web_routes[] = {
    {"/", web_index, true},
    {"", web_index, true},
    {"/index.html", web_index, true},
    {"/tail.html", web_tail, true},
    {"/web/live", web_live, false},
    {"/web/action", web_action, true},
    {"/stylesheets", web_directory, false},
    {"/images", web_directory, false},
};

/* Has the client a file that is as new as ours? */
static bool
web_is_fresh(const struct web *web, const struct httpd_request *r)
{
	const char *since = httpd_header(r, "If-Modified-Since");
	struct tm tm = {0};

	return since != NULL &&
	    strptime(since, "%a, %d %b %Y %H:%M:%S GMT", &tm) != NULL &&
	    timegm(&tm) >= web->started;
}

/* Sends a file.  It is as old as this engine, since another one may
 * have other files. */
static void
web_file(
    const struct web *web, struct httpd_request *r, const struct asset *asset)
{
	char date[64] = "";
	struct tm tm;

	if (gmtime_r(&web->started, &tm) != NULL)
		(void)strftime(
		    date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	web_protect(r);
	httpd_set_header(r, "Last-Modified", date);
	httpd_set_header(r, "Cache-Control", "no-cache");
	if (web_is_fresh(web, r))
		httpd_reply(r, 304, asset->type, "", 0);
	else
		httpd_reply(r, 200, asset->type, asset->bytes, asset->len);
}

void
web_request(struct httpd_request *r, void *arg)
{
	struct web *web = arg;
	const struct asset *asset;
	bool post = httpd_method(r) == HTTPD_POST;
	size_t i;

	for (i = 0; i < sizeof(web_routes) / sizeof(web_routes[0]); i++)
		if (strcmp(web_routes[i].path, httpd_path(r)) == 0) {
			if (post && !web_routes[i].post)
				httpd_error(r, 400);
			else
				web_routes[i].answer(web, r);
			return;
		}
	asset = asset_find(httpd_path(r));
	if (post)
		httpd_error(r, 400);
	else if (asset != NULL)
		web_file(web, r, asset);
	else
		httpd_error(r, 404);
}
