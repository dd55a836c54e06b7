/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon with an event loop of its own, libevent's: an echo server.
 *
 * The library has no loop; it gives one descriptor to watch.  When that becomes
 * readable the loop is LEFT, and appbase_ping_supervisor() is called outside of
 * it.  If we are to end, that call runs finish(), which is then free to run the
 * loop again until the last client has gone.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <appbase.h>

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	unsigned clients;
};

static const struct appbase_option options[] = {
    {"listen", "listen=<address>", "address to serve on", APPBASE_STRING,
	"127.0.0.1:8082"},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

/* The supervisor has something to say, or it is time to say we are alive. */
static void
on_supervisor(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(s->base);
}

static void
on_input(struct bufferevent *client, void *arg)
{
	(void)arg;
	bufferevent_write_buffer(client, bufferevent_get_input(client));
}

static void
on_end(struct bufferevent *client, short what, void *arg)
{
	struct server *s = arg;

	(void)what;
	bufferevent_free(client);
	s->clients--;
}

static void
on_client(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int salen, void *arg)
{
	struct server *s = arg;
	struct bufferevent *client;

	(void)listener;
	(void)sa;
	(void)salen;
	client = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (client == NULL) {
		evutil_closesocket(fd);
		return;
	}
	s->clients++;
	bufferevent_setcb(client, on_input, NULL, on_end, s);
	bufferevent_enable(client, EV_READ | EV_WRITE);
}

/* Makes the listener and the two events of the supervision. */
static int
set_up(struct appbase *app, struct server *s)
{
	const struct appbase_listen_options opt = {
	    .flags = APPBASE_LISTEN_NONBLOCK};
	const struct timeval second = {1, 0};
	struct event *supervisor, *heartbeat;
	int fd;

	fd = appbase_listen(app, "echo",
	    appbase_option_string(appbase_options(app), "listen"), &opt);
	s->base = event_base_new();
	if (fd == -1 || s->base == NULL)
		return -1;
	/* Not LEV_OPT_CLOSE_ON_FREE: the socket belongs to the library.
	 * A backlog of 0: it listens already. */
	s->listener = evconnlistener_new(
	    s->base, on_client, s, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	supervisor = event_new(s->base, appbase_supervisor_fd(app),
	    EV_READ | EV_PERSIST, on_supervisor, s);
	heartbeat = event_new(s->base, -1, EV_PERSIST, on_supervisor, s);
	if (s->listener == NULL || supervisor == NULL || heartbeat == NULL ||
	    event_add(supervisor, NULL) == -1)
		return -1;
	return event_add(heartbeat, &second);
}

static int
work(struct appbase *app)
{
	struct server *s = appbase_context(app);

	if (set_up(app, s) == -1)
		appbase_error(app, "cannot serve: %s", strerror(errno));
	appbase_ready_to_take_over(app);
	for (;;) {
		event_base_dispatch(s->base);
		appbase_ping_supervisor(app); /* ends here, through finish() */
	}
}

/* Serves the clients that are there, but no new ones; five seconds at most. */
static int
finish(struct appbase *app)
{
	struct server *s = appbase_context(app);
	const struct timeval turn = {0, 50 * 1000};
	int i;

	if (s->listener != NULL)
		evconnlistener_disable(s->listener);
	for (i = 0; i < 100 && s->clients > 0; i++) {
		event_base_loopexit(s->base, &turn);
		event_base_dispatch(s->base);
	}
	return APPBASE_EXIT_OK;
}

int
main(int argc, char *argv[])
{
	static struct server server;
	static const struct appbase_class eventloop = {
	    .name = "eventloop",
	    .documentation = "Echoes what it is sent.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .context = &server,
	    .supervised_process = work,
	    .supervised_shutdown = finish,
	};

	return appbase_run(&eventloop, argc, argv);
}
