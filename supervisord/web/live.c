/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps pages up to date by server-sent events. */
#include "supervisord/web/live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "supervisord/control/httpd.h"
#include "supervisord/control/methods.h"
#include "supervisord/io/loop.h"
#include "supervisord/web/rows.h"

#define LIVE_TICK_MS	  200
#define LIVE_FIGURES_MS	  2000	       /* between figures */
#define LIVE_KEEPALIVE_MS 15000	       /* after so long a word, at least */
#define LIVE_SLOW_MS	  60000	       /* so long may nothing be taken */
#define LIVE_WAITING	  (256u << 10) /* bytes not taken: nothing is added */

struct live_client {
	LIST_ENTRY(live_client) entry;
	struct live *live;
	struct httpd_request *request;
	uint64_t shape, changed, measured; /* up to which it was told */
	enum supervisor_state state;
	int64_t written_ms, figures_ms;
	int64_t slow_ms; /* since when; 0 = it is not */
	size_t waiting;
};

struct live {
	const struct control_host *host;
	struct rows *rows;
	LIST_HEAD(live_clients, live_client) clients;
	size_t nclients;
};

struct live *
live_new(const struct control_host *host)
{
	struct live *live = calloc(1, sizeof(*live));

	if (live == NULL)
		return NULL;
	live->host = host;
	live->rows = rows_new(host);
	LIST_INIT(&live->clients);
	if (live->rows != NULL)
		return live;
	free(live);
	return NULL;
}

void
live_free(struct live *live)
{
	if (live == NULL)
		return;
	rows_free(live->rows);
	free(live);
}

/* The client has gone. */
static void
live_closed(void *arg)
{
	struct live_client *c = arg;

	LIST_REMOVE(c, entry);
	c->live->nclients--;
	free(c);
}

/* Sends an event; takes the text. */
static void
live_send(struct live_client *c, const char *event, struct text *data)
{
	struct text t = {0};

	if (!data->failed) {
		text_printf(&t, "event: %s\ndata: ", event);
		text_add(&t, data->bytes, data->len);
		text_puts(&t, "\n\n");
		if (!t.failed)
			httpd_stream_write(c->request, t.bytes, t.len);
		c->written_ms = loop_now_ms();
	}
	text_free(&t);
	text_free(data);
}

/* Says who we are. */
static void
live_hello(struct live_client *c)
{
	const struct control_host *host = c->live->host;
	struct text t = {0};

	text_puts(&t, "{\"identifier\":");
	text_json(&t, host->config(host->arg)->supervisord.identifier);
	text_printf(&t,
	    ",\"version\":\"%s\",\"pid\":%ld,\"now\":%" PRId64
	    ",\"history\":%d,\"role\":\"%s\"}",
	    METHODS_SUPERVISOR_VERSION, (long)host->pid, (int64_t)time(NULL),
	    HISTORY_MAX, role_name(httpd_role(c->request)));
	live_send(c, "hello", &t);
}

/* Sends the supervisor's state. */
static void
live_server(struct live_client *c)
{
	struct text t = {0};

	c->state = registry_state(c->live->host->registry);
	text_printf(&t, "{\"state\":\"%s\"}", supervisor_state_name(c->state));
	live_send(c, "server", &t);
}

/* Sends the processes: all, or what is new of them. */
static void
live_rows(struct live_client *c)
{
	const struct rows *rows = c->live->rows;
	struct text t = {0};

	if (c->shape != rows_shape(rows)) {
		rows_all(rows, &t);
		live_send(c, "all", &t);
		c->shape = rows_shape(rows);
		c->measured = c->figures_ms = 0;
	} else if (c->changed < rows_changed(rows)) {
		rows_since(rows, c->changed, &t);
		live_send(c, "rows", &t);
	}
	c->changed = rows_changed(rows);
}

/* Sends figures, when it is time. */
static void
live_figures(struct live_client *c, int64_t now_ms)
{
	const struct rows *rows = c->live->rows;
	struct text t = {0};

	if (now_ms - c->figures_ms < LIVE_FIGURES_MS ||
	    c->measured >= rows_measured(rows))
		return;
	rows_figures(rows, c->measured, &t);
	live_send(c, "figures", &t);
	c->measured = rows_measured(rows);
	c->figures_ms = now_ms;
}

/* Does it take what it is sent?  -1 if it has not for too long, and is gone. */
static int
live_check(struct live_client *c, int64_t now_ms)
{
	size_t waiting = httpd_stream_pending(c->request);
	bool moves = waiting < c->waiting || waiting == 0;

	c->waiting = waiting;
	if (moves)
		c->slow_ms = 0;
	else if (c->slow_ms == 0)
		c->slow_ms = now_ms;
	if (c->slow_ms != 0 && now_ms - c->slow_ms > LIVE_SLOW_MS) {
		struct httpd_request *r = c->request;

		live_closed(c);
		httpd_stream_end(r);
		return -1;
	}
	return waiting > LIVE_WAITING ? 0 : 1;
}

static void
live_tick(void *arg)
{
	struct live_client *c = arg;
	int64_t now_ms = loop_now_ms();

	if (live_check(c, now_ms) != 1)
		return;
	rows_scan(c->live->rows, now_ms);
	if (c->state != registry_state(c->live->host->registry))
		live_server(c);
	live_rows(c);
	live_figures(c, now_ms);
	if (now_ms - c->written_ms > LIVE_KEEPALIVE_MS) {
		httpd_stream_write(c->request, ":\n\n", 3);
		c->written_ms = now_ms;
	}
}

void
live_stream(struct live *live, struct httpd_request *r)
{
	struct live_client *c;

	if (live->nclients >= LIVE_CLIENTS_MAX ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		httpd_error(r, 503);
		return;
	}
	c->live = live;
	c->request = r;
	LIST_INSERT_HEAD(&live->clients, c, entry);
	live->nclients++;
	httpd_set_header(r, "Cache-Control", "no-store");
	httpd_set_header(r, "X-Accel-Buffering", "no");
	httpd_on_close(r, live_closed, c);
	httpd_stream_begin(r, 200, "text/event-stream");
	if (httpd_stream_tick(r, LIVE_TICK_MS, live_tick, c) == -1) {
		live_closed(c);
		httpd_stream_end(r);
		return;
	}
	live_hello(c);
	live_server(c);
	live_tick(c);
}

void
live_done(struct live *live, uint64_t id, bool ok, const char *words)
{
	struct live_client *c;

	LIST_FOREACH (c, &live->clients, entry) {
		struct text t = {0};

		if (httpd_stream_pending(c->request) > LIVE_WAITING)
			continue;
		text_printf(&t, "{\"id\":%" PRIu64 ",\"ok\":%s,\"text\":", id,
		    ok ? "true" : "false");
		text_json(&t, words);
		text_puts(&t, "}");
		live_send(c, "done", &t);
	}
}
