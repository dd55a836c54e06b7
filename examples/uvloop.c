/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The echo server of eventloop.c once more, with libuv's loop.
 *
 * The same three steps: watch appbase_supervisor_fd(), leave the loop when it
 * is readable or a second has gone by, and call appbase_ping_supervisor()
 * outside. Built only where libuv is found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include <appbase.h>

struct server {
	uv_loop_t loop;
	uv_tcp_t listener;
	uv_poll_t supervisor;
	uv_timer_t heartbeat, turn;
	unsigned clients;
};

/* What is written must stay until it has been. */
struct echo {
	uv_write_t request;
	char *data;
};

static const struct appbase_option options[] = {
    {"listen", "listen=<address>", "address to serve on", APPBASE_STRING,
	"127.0.0.1:8083"},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

static void
on_supervisor(uv_poll_t *handle, int status, int events)
{
	(void)status;
	(void)events;
	uv_stop(handle->loop);
}

static void
on_timer(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void
on_closed(uv_handle_t *client)
{
	struct server *s = client->loop->data;

	s->clients--;
	free(client);
}

static void
on_alloc(uv_handle_t *client, size_t size, uv_buf_t *buf)
{
	(void)client;
	buf->base = malloc(size);
	buf->len = buf->base != NULL ? size : 0;
}

static void
on_written(uv_write_t *request, int status)
{
	struct echo *e = (struct echo *)request;

	(void)status; /* an error is seen by the next read as well */
	free(e->data);
	free(e);
}

static void
on_input(uv_stream_t *client, ssize_t n, const uv_buf_t *buf)
{
	struct echo *e = n > 0 ? malloc(sizeof(*e)) : NULL;
	uv_buf_t out;

	if (e == NULL) {
		free(buf->base);
		if (n != 0 && !uv_is_closing((uv_handle_t *)client))
			uv_close((uv_handle_t *)client, on_closed);
		return;
	}
	e->data = buf->base;
	out = uv_buf_init(e->data, (unsigned)n);
	if (uv_write(&e->request, client, &out, 1, on_written) != 0)
		on_written(&e->request, 0);
}

static void
on_client(uv_stream_t *listener, int status)
{
	struct server *s = listener->loop->data;
	uv_tcp_t *client = status == 0 ? malloc(sizeof(*client)) : NULL;

	if (client == NULL || uv_tcp_init(listener->loop, client) != 0) {
		free(client);
		return;
	}
	s->clients++;
	if (uv_accept(listener, (uv_stream_t *)client) != 0 ||
	    uv_read_start((uv_stream_t *)client, on_alloc, on_input) != 0)
		uv_close((uv_handle_t *)client, on_closed);
}

/* Makes the loop and its handles; the name of what failed, or NULL. */
static const char *
set_up(struct appbase *app, struct server *s)
{
	int fd;

	fd = appbase_listen(app, "echo",
	    appbase_option_string(appbase_options(app), "listen"), NULL);
	/* libuv closes what it is given: it gets a copy. */
	if (fd == -1 || (fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1)
		return strerror(errno);
	if (uv_loop_init(&s->loop) != 0)
		return "no loop";
	s->loop.data = s;
	if (uv_tcp_init(&s->loop, &s->listener) != 0 ||
	    uv_tcp_open(&s->listener, fd) != 0 ||
	    uv_listen((uv_stream_t *)&s->listener, 128, on_client) != 0)
		return "no listener";
	if (uv_poll_init(
		&s->loop, &s->supervisor, appbase_supervisor_fd(app)) != 0 ||
	    uv_poll_start(&s->supervisor, UV_READABLE, on_supervisor) != 0 ||
	    uv_timer_init(&s->loop, &s->turn) != 0 ||
	    uv_timer_init(&s->loop, &s->heartbeat) != 0 ||
	    uv_timer_start(&s->heartbeat, on_timer, 1000, 1000) != 0)
		return "no supervision";
	return NULL;
}

static int
work(struct appbase *app)
{
	struct server *s = appbase_context(app);
	const char *failed = set_up(app, s);

	if (failed != NULL)
		appbase_error(app, "cannot serve: %s", failed);
	appbase_ready_to_take_over(app);
	for (;;) {
		uv_run(&s->loop, UV_RUN_DEFAULT);
		appbase_ping_supervisor(app); /* ends here, through finish() */
	}
}

/* Serves the clients that are there, but no new ones; five seconds at most. */
static int
finish(struct appbase *app)
{
	struct server *s = appbase_context(app);
	int i;

	if (s->loop.data == NULL || s->clients == 0)
		return APPBASE_EXIT_OK;
	uv_close((uv_handle_t *)&s->listener, NULL);
	uv_poll_stop(&s->supervisor);
	uv_timer_start(&s->turn, on_timer, 50, 50);
	for (i = 0; i < 100 && s->clients > 0; i++)
		uv_run(&s->loop, UV_RUN_DEFAULT);
	return APPBASE_EXIT_OK;
}

int
main(int argc, char *argv[])
{
	static struct server server;
	static const struct appbase_class uvloop = {
	    .name = "uvloop",
	    .documentation = "Echoes what it is sent.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .context = &server,
	    .supervised_process = work,
	    .supervised_shutdown = finish,
	};

	return appbase_run(&uvloop, argc, argv);
}
