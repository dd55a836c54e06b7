/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A web server of one connection at a time, the same code in two dresses:
 *
 *     webserver [OPTIONS]    under its own supervisor, with libappbase
 *     webserver --plain      bare, on the socket that $SERVER_STARTER_PORT
 * names
 *
 * It answers with its pid.  --crash-file FILE: while FILE exists this is a
 * broken binary; what is in it, "exit" or "segv", says how it ends.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <appbase.h>

static const struct appbase_option options[] = {
    {"listen", "listen=<address>", "address to serve on", APPBASE_STRING,
	"127.0.0.1:0"},
    {"crash-file", "crash-file=<file>", "fail while it exists", APPBASE_STRING,
	NULL},
    {"two-supervisors", NULL, "reload by a second supervisor", APPBASE_SWITCH,
	NULL},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

static volatile sig_atomic_t asked_to_end;

static void
on_term(int signo)
{
	(void)signo;
	asked_to_end = 1;
}

/* Answers one connection. */
static void
serve(int listener)
{
	struct timeval second = {1, 0};
	char request[4096], reply[256], body[32];
	int fd, n;

	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (recv(fd, request, sizeof(request), 0) > 0) {
		snprintf(body, sizeof(body), "pid=%d\n", (int)getpid());
		n = snprintf(reply, sizeof(reply),
		    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
		    "Connection: close\r\n\r\n%s",
		    strlen(body), body);
		(void)send(fd, reply, (size_t)n, MSG_NOSIGNAL);
	}
	close(fd);
}

/* Is the binary broken?  Then this is its end. */
static void
crash(const char *path)
{
	char how[8] = "";
	int fd;

	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	if (read(fd, how, sizeof(how) - 1) > 0 && strncmp(how, "segv", 4) == 0)
		raise(SIGSEGV);
	_exit(9);
}

static int
work(struct appbase *app)
{
	const struct appbase_listen_options opt = {
	    .flags = APPBASE_LISTEN_NONBLOCK};
	const struct appbase_options *given = appbase_options(app);
	const char *address = appbase_option_string(given, "listen");
	struct pollfd p = {.events = POLLIN};

	crash(appbase_option_string(given, "crash-file"));
	p.fd = appbase_listen(app, "http", address, &opt);
	if (p.fd == -1)
		appbase_error(app, "%s: %s", address, strerror(errno));
	appbase_ready_to_take_over(app);
	while (appbase_wait(app, &p, 1, -1) != -1)
		if (p.revents != 0)
			serve(p.fd);
	return APPBASE_EXIT_SYSTEM;
}

/* A worker as Server::Starter wants it: the socket is there, TERM ends it. */
static int
plain(void)
{
	const char *ports = getenv("SERVER_STARTER_PORT");
	const char *number = ports != NULL ? strrchr(ports, '=') : NULL;
	struct sigaction sa = {.sa_handler = on_term};
	struct pollfd p = {.events = POLLIN};
	sigset_t term, none;

	if (number == NULL)
		return 1;
	p.fd = atoi(number + 1);
	if (fcntl(p.fd, F_SETFL, O_NONBLOCK) == -1)
		return 1;
	sigemptyset(&none);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	sigaction(SIGTERM, &sa, NULL);
	while (!asked_to_end)
		if (ppoll(&p, 1, NULL, &none) == 1)
			serve(p.fd);
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct appbase_class webserver = {
	    .name = "webserver",
	    .documentation = "Answers with its pid.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .supervised_process = work,
	};

	if (argc == 2 && strcmp(argv[1], "--plain") == 0)
		return plain();
	if (argc > 1 && strcmp(argv[1], "--two-supervisors") == 0)
		webserver.flags |= APPBASE_TWO_SUPERVISORS;
	return appbase_run(&webserver, argc, argv);
}
