/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pre-forking server: the worker is the master of children of its own, and
 * all of them accept on one listening socket.
 *
 *     supervisor ── worker (master) ─┬─ child    serves
 *                                    ├─ child    serves
 *                                    └─ child    serves
 *
 * The master replaces children that die.  When it is asked to end it asks the
 * children, each finishes the connection it has, and then all are gone.  In a
 * reload the next generation's children already accept by then.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <appbase.h>

#define CHILDREN_MAX 64

static const struct appbase_option options[] = {
    {"listen", "listen=<address>", "address to serve on", APPBASE_STRING,
	"127.0.0.1:8081"},
    {"children", "children=<n>", "number of processes", APPBASE_INTEGER, "4"},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

static pid_t children[CHILDREN_MAX];
static int nchildren;
static volatile sig_atomic_t asked_to_end;

static void
on_term(int signo)
{
	(void)signo;
	asked_to_end = 1;
}

static void
on_child(int signo)
{
	(void)signo; /* it is enough that it wakes appbase_wait() */
}

/* Reads one request, or what comes in a second, and answers who we are. */
static void
serve(int fd, unsigned long long generation)
{
	struct timeval second = {1, 0};
	char request[4096], body[64], reply[256];
	int n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	if (recv(fd, request, sizeof(request), 0) <= 0)
		return;
	n = snprintf(body, sizeof(body), "pid=%d\ngen=%llu\n", (int)getpid(),
	    generation);
	n = snprintf(reply, sizeof(reply),
	    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
	    "Connection: close\r\n\r\n%s",
	    n, body);
	(void)send(fd, reply, (size_t)n, MSG_NOSIGNAL);
}

/*
 * A child.  SIGTERM is open only while it waits, so a request to end is never
 * missed and never cuts a connection.
 */
static void
child(int listener, unsigned long long generation)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	struct sigaction sa = {.sa_handler = on_term};
	sigset_t term, none;
	int fd;

	sigemptyset(&none);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	sigaction(SIGTERM, &sa, NULL);
	while (!asked_to_end) {
		if (ppoll(&p, 1, NULL, &none) != 1)
			continue;
		/* Several children wake for one connection; one gets it. */
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1)
			continue;
		serve(fd, generation);
		close(fd);
	}
	_exit(0); /* not exit(3): what the master has registered is its own */
}

/* Makes a child; -1 is tried again at the next turn. */
static pid_t
spawn(struct appbase *app, int listener)
{
	unsigned long long generation = appbase_generation(app);
	pid_t pid = fork();

	if (pid == 0) {
		/* First of all: this process is no worker.  If the master is
		 * killed, the child gets SIGTERM. */
		appbase_forked_child(app, true);
		child(listener, generation);
	}
	if (pid == -1)
		appbase_log(APPBASE_LOG_WARN, "fork: %s", strerror(errno));
	return pid;
}

static int
work(struct appbase *app)
{
	const struct appbase_listen_options opt = {
	    .flags = APPBASE_LISTEN_NONBLOCK};
	const struct appbase_options *given = appbase_options(app);
	const char *address = appbase_option_string(given, "listen");
	struct sigaction sa = {.sa_handler = on_child};
	int i, listener;

	nchildren = (int)appbase_option_integer(given, "children");
	if (nchildren < 1 || nchildren > CHILDREN_MAX)
		appbase_error(app, "--children: 1 to %d", CHILDREN_MAX);
	listener = appbase_listen(app, "prefork", address, &opt);
	/* The library's descriptors are closed in a child; this one is ours. */
	if (listener != -1)
		listener = fcntl(listener, F_DUPFD_CLOEXEC, 3);
	if (listener == -1)
		appbase_error(app, "%s: %s", address, strerror(errno));
	sigaction(SIGCHLD, &sa, NULL);
	for (i = 0; i < nchildren; i++)
		children[i] = spawn(app, listener);
	appbase_ready_to_take_over(app);
	for (;;) {
		appbase_wait(app, NULL, 0, 1000);
		for (i = 0; i < nchildren; i++)
			if (children[i] == -1 ||
			    waitpid(children[i], NULL, WNOHANG) != 0)
				children[i] = spawn(app, listener);
	}
}

/* Asks the children to end and waits until all have. */
static int
finish(struct appbase *app)
{
	int i;

	(void)app;
	for (i = 0; i < nchildren; i++)
		if (children[i] > 0)
			kill(children[i], SIGTERM);
	for (i = 0; i < nchildren; i++)
		while (children[i] > 0 && waitpid(children[i], NULL, 0) == -1 &&
		    errno == EINTR)
			continue;
	return APPBASE_EXIT_OK;
}

int
main(int argc, char *argv[])
{
	static const struct appbase_class prefork = {
	    .name = "prefork",
	    .documentation = "Answers requests from several processes.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .supervised_process = work,
	    .supervised_shutdown = finish,
	};

	return appbase_run(&prefork, argc, argv);
}
