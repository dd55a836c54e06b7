/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon under test: a small server on the public interface that can be
 * told to misbehave.
 *
 * What it does is read from a behaviour file of KEY=VALUE lines when the image
 * starts, so that changing the file and reloading is "a new binary" (with
 * live=1 it is read again by every worker).  Class members are set by
 * --set KEY=VALUE.  What happened is appended to the events file, one line
 * each:
 *
 *     MONOTONIC_US PID EVENT gen=N ver=TEXT DETAIL
 *
 * Behaviour keys, by phase.  A FAULT is one of exit:N, abort, segv, hang
 * (deaf to everything but signals), busy, stop (SIGSTOP).
 *
 *   main=FAULT  main_until=PATH       before appbase_run()
 *   abort_as=PID                      abort in main() when this is our pid
 *   prepare=N   prepare_listen=LIST   the prepare callback; N is its result
 *   check=N                           the check callback's result
 *   grandchild_s=N                    a forked child that holds everything
 *   init=FAULT init_ms=N init_until=PATH init_serve=1    before being ready
 *   listen=LIST                       LIST is NAME@ADDRESS,NAME@ADDRESS...
 *   reuseport=PORT                    a listener of its own
 *   ready=no                          never calls ready_to_take_over
 *   exec=COMMAND  orphans=N  bench=N  flood=mib|lines|half  text=STATUS
 *   act=FAULT|restart|stopreq|reload|error|section  act_ms=N  act_once=PATH
 *   section_ms=N                      how long the busy section lasts
 *   on_hup=1                          takes SIGHUP itself
 *   prefork=N                         forks children that end with the worker
 *   foreign=COMMAND                   the worker becomes this shell command
 *   ping=no  ignore_term=1            the main loop
 *   extend=N  drain_ms=N drain_until=PATH shutdown_status=N supervised_shutdown
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appbase.h"

#define LISTENERS_MAX 8
#define KEYS_MAX      64

extern char **environ;

struct setting {
	const char *name;
	enum { S_I64, S_INT, S_STR, S_LIST } type;
	size_t offset;
};

#define SETTING(type, member)                                                  \
	{                                                                      \
#member, type, offsetof(struct appbase_class, member)          \
	}
static const struct setting settings[] = {
    SETTING(S_STR, name),
    SETTING(S_STR, pid_file),
    SETTING(S_STR, user),
    SETTING(S_STR, group),
    SETTING(S_STR, directory),
    SETTING(S_STR, log_file),
    SETTING(S_STR, status_file),
    SETTING(S_STR, exec_path),
    SETTING(S_INT, umask_plus_1),
    SETTING(S_INT, reload_signal),
    SETTING(S_INT, stop_signal),
    SETTING(S_INT, abort_signal),
    SETTING(S_INT, hup),
    SETTING(S_LIST, forward_signals),
    SETTING(S_I64, delay_before_respawn_ms),
    SETTING(S_I64, max_delay_ms),
    SETTING(S_I64, min_uptime_ms),
    SETTING(S_I64, stop_timeout_ms),
    SETTING(S_I64, drain_timeout_ms),
    SETTING(S_I64, shutdown_timeout_ms),
    SETTING(S_I64, reload_timeout_ms),
    SETTING(S_I64, start_timeout_ms),
    SETTING(S_I64, ready_after_ms),
    SETTING(S_I64, ping_timeout_ms),
    SETTING(S_I64, orphan_timeout_ms),
    SETTING(S_INT, max_failures),
    SETTING(S_INT, respawn),
    SETTING(S_LIST, stop_statuses),
    SETTING(S_LIST, restart_statuses),
};

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
    {"overlap", APPBASE_OVERLAP},
    {"exclusive", APPBASE_EXCLUSIVE},
    {"two", APPBASE_TWO_SUPERVISORS},
    {"calls_ready", APPBASE_CALLS_READY},
    {"subreaper", APPBASE_SUBREAPER},
    {"preflight", APPBASE_PREFLIGHT},
    {"outlives", APPBASE_OUTLIVES},
    {"only_one", APPBASE_ONLY_ONE},
    {"foreground", APPBASE_FOREGROUND},
    {"pidfile_optional", APPBASE_PIDFILE_OPTIONAL},
    {"no_start_reload", APPBASE_NO_START_RELOAD},
    {"no_pidfile", APPBASE_NO_PIDFILE},
};

static struct {
	char *key[KEYS_MAX], *value[KEYS_MAX];
	size_t n;
} behaviour;

static const char *behaviour_path, *events_path;
static int listener[LISTENERS_MAX];
static size_t nlisteners;
static int64_t act_at = -1;
static volatile sig_atomic_t hups;

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

/* Finds a key of the behaviour file; NULL if it is not there. */
static const char *
word(const char *key)
{
	for (size_t i = 0; i < behaviour.n; i++)
		if (strcmp(behaviour.key[i], key) == 0)
			return behaviour.value[i];
	return NULL;
}

static int64_t
number(const char *key, int64_t def)
{
	const char *s = word(key);

	return s == NULL ? def : strtoll(s, NULL, 10);
}

/* Reads the behaviour file, forgetting what was read before. */
static void
behave(void)
{
	char line[2048], *eq;
	FILE *fp;

	while (behaviour.n > 0) {
		free(behaviour.key[--behaviour.n]);
		free(behaviour.value[behaviour.n]);
	}
	if (behaviour_path == NULL ||
	    (fp = fopen(behaviour_path, "re")) == NULL)
		return;
	while (
	    fgets(line, sizeof(line), fp) != NULL && behaviour.n < KEYS_MAX) {
		line[strcspn(line, "\n")] = '\0';
		if ((eq = strchr(line, '=')) == NULL)
			continue;
		*eq = '\0';
		behaviour.key[behaviour.n] = strdup(line);
		behaviour.value[behaviour.n++] = strdup(eq + 1);
	}
	fclose(fp);
}

/* Appends a line to the events file, in one write. */
static void
event(struct appbase *ab, const char *what, const char *detail)
{
	struct timespec ts;
	char line[512];
	int fd, n;

	if (events_path == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	n = snprintf(line, sizeof(line),
	    "%" PRId64 " %d %s gen=%" PRIu64 " ver=%s %s\n",
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000, (int)getpid(),
	    what, ab == NULL ? 0 : appbase_generation(ab),
	    word("version") == NULL ? "-" : word("version"), detail);
	fd = open(events_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1)
		return;
	if (write(fd, line, (size_t)n) != n)
		fprintf(stderr, "testd: events file: %s\n", strerror(errno));
	close(fd);
}

/* Waits until `path` exists, deaf or (with ab) serving supervision. */
static void
until(struct appbase *ab, const char *path)
{
	while (path != NULL && access(path, F_OK) == -1)
		if (ab != NULL)
			appbase_wait(ab, NULL, 0, 5);
		else
			sleep_ms(5);
}

/* Does what a FAULT says; returns if there is none, or continued from a stop.
 */
static void
fault(struct appbase *ab, const char *what)
{
	volatile bool spin = true;

	if (what == NULL)
		return;
	event(ab, "fault", what);
	if (strncmp(what, "exit:", 5) == 0)
		_exit(atoi(what + 5));
	else if (strcmp(what, "abort") == 0)
		abort();
	else if (strcmp(what, "segv") == 0)
		raise(SIGSEGV);
	else if (strcmp(what, "kill") == 0)
		raise(SIGKILL);
	else if (strcmp(what, "stop") == 0)
		raise(SIGSTOP);
	else if (strcmp(what, "busy") == 0)
		while (spin)
			continue;
	else if (strcmp(what, "hang") == 0)
		for (;;)
			sleep_ms(1000);
}

/* A task that must not be cut, by a stop request at least. */
static void
section(struct appbase *ab)
{
	int64_t end = now_ms() + number("section_ms", 0);

	appbase_busy_begin(ab);
	event(ab, "section", "");
	while (now_ms() < end)
		appbase_wait(ab, NULL, 0, 5);
	event(ab, "section-end", "");
	appbase_busy_end(ab);
}

/* The actions that need the supervisor; others are faults. */
static void
act(struct appbase *ab)
{
	const char *what = word("act"), *once = word("act_once");
	int fd;

	act_at = -1;
	if (once != NULL) {
		fd = open(once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
		if (fd == -1)
			return;
		close(fd);
	}
	if (strcmp(what, "restart") == 0)
		appbase_request_restart(ab);
	else if (strcmp(what, "stopreq") == 0)
		appbase_request_stop(ab);
	else if (strcmp(what, "reload") == 0)
		appbase_request_reload(ab);
	else if (strcmp(what, "section") == 0)
		section(ab);
	else if (strcmp(what, "error") == 0)
		appbase_error(ab, "told to");
	else
		fault(ab, what);
}

/* Forks a child that keeps every descriptor open for a while. */
static void
grandchild(struct appbase *ab, int64_t seconds)
{
	char detail[32];
	int64_t end = now_ms() + seconds * 1000;
	pid_t pid;

	if (seconds <= 0)
		return;
	pid = fork();
	if (pid == 0) {
		while (now_ms() < end)
			sleep_ms(20);
		_exit(0);
	}
	snprintf(detail, sizeof(detail), "pid=%d", (int)pid);
	event(ab, "grandchild", detail);
}

/* Forks children as a pre-forking server does. */
static void
prefork(struct appbase *ab, int64_t n)
{
	char detail[32];

	while (n-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			appbase_forked_child(ab, true);
			event(NULL, "preforked", appbase_name(ab));
			for (;;)
				sleep_ms(1000);
		}
		snprintf(detail, sizeof(detail), "pid=%d", (int)pid);
		event(ab, "prefork", detail);
	}
}

/* Leaves n processes without a parent; they end at once. */
static void
orphans(int64_t n)
{
	while (n-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0)
				sleep_ms(5);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

/* Runs a shell command with our environment and waits for it. */
static void
command(struct appbase *ab, const char *text)
{
	char detail[32];
	int status = 0;
	pid_t pid;

	if (text == NULL)
		return;
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	snprintf(detail, sizeof(detail), "status=%d", status);
	event(ab, "exec", detail);
}

/* Measures appbase_ping_supervisor(). */
static void
bench(struct appbase *ab, int64_t n)
{
	struct timespec a, b;
	char detail[64];

	if (n <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int64_t i = 0; i < n; i++)
		appbase_ping_supervisor(ab);
	clock_gettime(CLOCK_MONOTONIC, &b);
	snprintf(detail, sizeof(detail), "ns=%.2f",
	    ((double)(b.tv_sec - a.tv_sec) * 1e9 +
		(double)(b.tv_nsec - a.tv_nsec)) /
		(double)n);
	event(ab, "bench", detail);
}

static void
spill(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return;
		if (n > 0)
			data += n, len -= (size_t)n;
		else
			sleep_ms(1);
	}
}

/* Writes nonsense to every connected unix stream socket above 2. */
static void
flood(struct appbase *ab, const char *kind)
{
	static char mib[1024 * 1024];
	struct sockaddr_storage ss;
	socklen_t len;
	int type, listening, sockets = 0;
	char detail[32];

	if (kind == NULL)
		return;
	memset(mib, 'x', sizeof(mib));
	for (int fd = 3; fd < 64; fd++) {
		len = sizeof(ss);
		if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1 ||
		    ss.ss_family != AF_UNIX)
			continue;
		len = sizeof(type);
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
		len = sizeof(listening);
		getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len);
		if (type != SOCK_STREAM || listening)
			continue;
		sockets++;
		if (strcmp(kind, "mib") == 0) {
			spill(fd, mib, sizeof(mib));
			spill(fd, "\n", 1);
		} else if (strcmp(kind, "half") == 0)
			spill(fd, "pin", 3);
		else
			for (int i = 0; i < 100000; i++)
				spill(fd, "what is this\n", 13);
	}
	snprintf(detail, sizeof(detail), "sockets=%d", sockets);
	event(ab, "flooded", detail);
}

static void
add_listener(struct appbase *ab, const char *name, int fd)
{
	char detail[128];

	if (fd == -1) {
		snprintf(
		    detail, sizeof(detail), "%s: %s", name, strerror(errno));
		event(ab, "listen-failed", detail);
		exit(9);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (nlisteners < LISTENERS_MAX)
		listener[nlisteners++] = fd;
	snprintf(detail, sizeof(detail), "%s fd=%d port=%u", name, fd,
	    appbase_listen_port(ab, name));
	event(ab, "listen", detail);
}

/* Registers NAME@ADDRESS,NAME@ADDRESS... */
static void
listen_all(struct appbase *ab, const char *list)
{
	char *copy, *p, *item, *at;

	if (list == NULL)
		return;
	p = copy = strdup(list);
	while ((item = strsep(&p, ",")) != NULL)
		if ((at = strchr(item, '@')) != NULL) {
			*at = '\0';
			add_listener(
			    ab, item, appbase_listen(ab, item, at + 1, NULL));
		}
	free(copy);
}

static void
listen_alone(struct appbase *ab, int64_t port)
{
	struct sockaddr_in sin = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd, on = 1;

	if (port == 0)
		return;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 128) == -1) {
		close(fd);
		fd = -1;
	}
	add_listener(ab, "reuseport", fd);
}

/* Writes the body of an answer: who serves, and what was asked for. */
static void
compose(struct appbase *ab, const char *path, FILE *out)
{
	gid_t groups[64];
	int n;

	fprintf(out, "pid=%d\ngen=%" PRIu64 "\nsup=%d\nppid=%d\nver=%s\n",
	    (int)getpid(), appbase_generation(ab),
	    (int)appbase_supervisor_pid(ab), (int)getppid(),
	    word("version") == NULL ? "-" : word("version"));
	if (strcmp(path, "/env") == 0)
		for (char **e = environ; *e != NULL; e++)
			fprintf(out, "env=%s\n", *e);
	if (strcmp(path, "/id") == 0) {
		fprintf(out, "uid=%d\ngid=%d\nroot=%s\ngroups=", (int)getuid(),
		    (int)getgid(), setuid(0) == 0 ? "regained" : "refused");
		n = getgroups(64, groups);
		for (int i = 0; i < n; i++)
			fprintf(out, "%d ", (int)groups[i]);
		fprintf(out, "\n");
	}
}

/* Answers one connection, HTTP/1.0 style. */
static void
answer(struct appbase *ab, int fd)
{
	char request[1024], path[256] = "/", *body = NULL;
	struct timeval tv = {1, 0};
	size_t have = 0, len = 0;
	ssize_t n;
	FILE *out;

	request[0] = '\0';
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	do {
		n = read(fd, request + have, sizeof(request) - 1 - have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		have += (size_t)n;
		request[have] = '\0';
	} while (
	    strstr(request, "\r\n\r\n") == NULL && have < sizeof(request) - 1);
	sscanf(request, "GET %255s", path);
	if ((out = open_memstream(&body, &len)) == NULL)
		return;
	compose(ab, path, out);
	fclose(out);
	dprintf(
	    fd, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", len, body);
	free(body);
	if (strncmp(path, "/fault/", 7) == 0) {
		shutdown(fd, SHUT_RDWR);
		fault(ab, path + 7);
	}
}

static void
accept_ready(struct appbase *ab, const struct pollfd *pfd)
{
	int fd;

	for (size_t i = 0; i < nlisteners; i++) {
		if ((pfd[i].revents & POLLIN) == 0)
			continue;
		fd = accept4(pfd[i].fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1)
			continue;
		answer(ab, fd);
		close(fd);
	}
}

/* The main loop; `serves` tells whether it ever looks at its supervisor. */
static void
loop(struct appbase *ab, bool serves, int64_t end)
{
	struct pollfd pfd[LISTENERS_MAX];
	int64_t wait, now;
	int n;

	for (;;) {
		for (size_t i = 0; i < nlisteners; i++)
			pfd[i] = (struct pollfd){listener[i], POLLIN, 0};
		now = now_ms();
		if (end != -1 && now >= end)
			return;
		wait = end != -1 ? end - now : -1;
		if (act_at != -1 && (wait == -1 || act_at - now < wait))
			wait = act_at > now ? act_at - now : 0;
		/* A signal between the last look and the wait ends no wait. */
		if (word("on_hup") != NULL && (wait == -1 || wait > 50))
			wait = 50;
		if (serves)
			n = appbase_wait(ab, pfd, nlisteners, wait);
		else
			n = poll(pfd, nlisteners, (int)wait);
		if (hups > 0) {
			hups = 0;
			event(ab, "hup", "");
		}
		if (n > 0)
			accept_ready(ab, pfd);
		if (act_at != -1 && now_ms() >= act_at)
			act(ab);
	}
}

/* Everything before being ready. */
static void
initialise(struct appbase *ab)
{
	struct appbase *serving = number("init_serve", 0) ? ab : NULL;
	int64_t end;

	grandchild(ab, number("grandchild_s", 0));
	fault(ab, word("init"));
	listen_alone(ab, number("reuseport", 0));
	end = now_ms() + number("init_ms", 0);
	while (now_ms() < end)
		if (serving != NULL)
			appbase_wait(ab, NULL, 0, end - now_ms());
		else
			sleep_ms(end - now_ms());
	until(serving, word("init_until"));
	listen_all(ab, word("listen"));
}

static void
on_hup(int signo)
{
	(void)signo;
	hups++;
}

/* Makes the worker another program, which speaks the line protocol. */
static void
foreign(struct appbase *ab, const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, copy, NULL};

	if (copy == NULL)
		return;
	appbase_exec_worker(ab, argv);
	event(ab, "exec-failed", strerror(errno));
	exit(9);
}

static int
process(struct appbase *ab)
{
	bool ignores = number("ignore_term", 0) != 0;
	bool serves = word("ping") == NULL && !ignores;

	if (number("live", 0))
		behave();
	event(ab, "worker", appbase_is_candidate(ab) ? "candidate" : "");
	if (ignores)
		signal(SIGTERM, SIG_IGN);
	if (word("on_hup") != NULL)
		sigaction(
		    SIGHUP, &(struct sigaction){.sa_handler = on_hup}, NULL);
	initialise(ab);
	foreign(ab, word("foreign"));
	if (word("ready") == NULL) {
		event(ab, "asking", "");
		appbase_ready_to_take_over(ab);
		event(ab, "ready", "");
	}
	if (word("text") != NULL)
		appbase_set_status(ab, word("text"));
	command(ab, word("exec"));
	orphans(number("orphans", 0));
	event(ab, "orphaned", "");
	prefork(ab, number("prefork", 0));
	flood(ab, word("flood"));
	bench(ab, number("bench", 0));
	if (word("act") != NULL)
		act_at = now_ms() + number("act_ms", 0);
	loop(ab, serves, -1);
	return 0;
}

static int
stopping(struct appbase *ab)
{
	event(ab, "shutdown", appbase_is_candidate(ab) ? "candidate" : "");
	act_at = -1;
	if (number("extend", 0) > 0)
		appbase_request_extend(ab, number("extend", 0));
	if (number("drain_serves", 0))
		loop(ab, false, now_ms() + number("drain_ms", 0));
	else
		sleep_ms(number("drain_ms", 0));
	until(NULL, word("drain_until"));
	event(ab, "drained", "");
	return (int)number("shutdown_status", 0);
}

static int
preparing(struct appbase *ab)
{
	event(ab, "prepare", "");
	listen_all(ab, word("prepare_listen"));
	return (int)number("prepare", 0);
}

static int
checking(struct appbase *ab)
{
	event(ab, "check", "");
	return (int)number("check", 0);
}

static int
script(struct appbase *ab)
{
	event(ab, "script", "");
	until(NULL, word("init_until"));
	return (int)number("script_status", 0);
}

/* Reads a colon-separated list of numbers. */
static int *
number_list(const char *text, int last)
{
	static int lists[4][16];
	static size_t nlists;
	int *list = lists[nlists++];
	char *copy = strdup(text), *p = copy, *item;
	size_t n = 0;

	while (n < 15 && (item = strsep(&p, ":")) != NULL)
		list[n++] = atoi(item);
	list[n] = last;
	free(copy);
	return list;
}

/* Sets one member of the class from KEY=VALUE; exits if there is none. */
static void
set(struct appbase_class *class, const char *text)
{
	const char *eq = strchr(text, '=');
	const char *value = eq == NULL ? "" : eq + 1;
	size_t len = eq == NULL ? strlen(text) : (size_t)(eq - text);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strlen(flags[i].name) == len &&
		    strncmp(flags[i].name, text, len) == 0) {
			class->flags |= flags[i].flag;
			return;
		}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];
		char *at = (char *)class + s->offset;

		if (strlen(s->name) != len || strncmp(s->name, text, len) != 0)
			continue;
		if (s->type == S_I64)
			*(int64_t *)(void *)at = strtoll(value, NULL, 10);
		else if (s->type == S_INT)
			*(int *)(void *)at = atoi(value);
		else if (s->type == S_STR)
			*(const char **)(void *)at = value;
		else
			*(const int **)(void *)at = number_list(value,
			    strcmp(s->name, "forward_signals") == 0
				? 0
				: APPBASE_NONE);
		return;
	}
	fprintf(stderr, "testd: no setting %s\n", text);
	exit(64);
}

/* Turns the daemon into another of the library's roles. */
static void
become(struct appbase_class *class, const char *role)
{
	class->supervised_process = NULL;
	class->supervised_shutdown = NULL;
	class->flags &= ~(uint32_t)APPBASE_HOT_RELOAD;
	if (strcmp(role, "daemon") == 0) {
		class->daemon_run = process;
		class->handle_shutdown = stopping;
	} else {
		class->script_run = script;
	}
}

/* Copies an option's value for as long as the process lives. */
static char *
kept(const char *value)
{
	static char *all[256];
	static size_t n;

	if (n == sizeof(all) / sizeof(all[0]))
		errx(1, "too many options");
	if ((all[n] = strdup(value)) == NULL)
		err(1, "strdup");
	return all[n++];
}

/* Looks at the options that matter before the library parses them all.  They
 * are copied, because the process title is written over argv. */
static void
early_options(struct appbase_class *class, int argc, char *argv[])
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--set") == 0)
			set(class, kept(argv[++i]));
		else if (strcmp(argv[i], "--behaviour") == 0)
			behaviour_path = kept(argv[++i]);
		else if (strcmp(argv[i], "--events") == 0)
			events_path = kept(argv[++i]);
		else if (strcmp(argv[i], "--role") == 0)
			become(class, argv[++i]);
		else if (strcmp(argv[i], "--cold") == 0)
			class->flags &= ~(uint32_t)APPBASE_HOT_RELOAD;
	}
}

int
main(int argc, char *argv[])
{
	static const struct appbase_option options[] = {
	    {"set", "set=KEY=VALUE", "Set a member of the class.",
		APPBASE_STRING, NULL},
	    {"behaviour", "behaviour=FILE", "What to do.", APPBASE_STRING,
		NULL},
	    {"events", "events=FILE", "Where to say what happened.",
		APPBASE_STRING, NULL},
	    {"role", "role=ROLE", "daemon or script.", APPBASE_STRING, NULL},
	    {"cold", "cold=1", "Cannot be reloaded.", APPBASE_STRING, NULL},
	    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
	};
	struct appbase_class class = {
	    .abi = APPBASE_ABI,
	    .flags = APPBASE_HOT_RELOAD,
	    .name = "testd",
	    .documentation = "A daemon to test the library with.",
	    .options = options,
	    .supervised_process = process,
	    .supervised_shutdown = stopping,
	    .prepare = preparing,
	    .check = checking,
	};

	behaviour_path = getenv("TESTD_BEHAVIOUR");
	events_path = getenv("TESTD_EVENTS");
	early_options(&class, argc, argv);
	behave();
	event(NULL, "main", appbase_is_resuming() ? "resuming" : "");
	if (number("abort_as", 0) == getpid())
		abort();
	if (word("main_if_candidate") == NULL || appbase_is_resuming()) {
		until(NULL, word("main_until"));
		fault(NULL, word("main"));
	}
	return appbase_run(&class, argc, argv);
}
