/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loop client: N connections at a time, each asks once and is replaced by the
 * next.  Every request ends in exactly one of
 *
 *   ok       a whole answer        refused  connect(2) was refused
 *   reset    ECONNRESET or EPIPE   short    closed before the answer was whole
 *   timeout  no answer in time     error    anything else
 *
 * Usage: load [-c CONNECTIONS] [-n REQUESTS] [-s SECONDS] [-T TIMEOUT_MS]
 *             [-p PAUSE_US] ADDRESS         (HOST:PORT or unix:/PATH)
 *
 * Ends after REQUESTS, SECONDS, or at SIGTERM, once the requests under way have
 * ended, with one line of JSON on standard output.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define SAMPLES_MAX	1000000
#define GENERATIONS_MAX 4096

enum result { OK, REFUSED, RESET, SHORT, TIMEOUT, ERROR, NRESULTS };

static const char *const result_name[NRESULTS] = {
    "ok", "refused", "reset", "short", "timeout", "error"};

struct slot {
	int fd;
	bool connecting, sent;
	int64_t started_us, next_us;
	char answer[4096];
	size_t have;
};

static struct sockaddr_storage address;
static socklen_t address_len;
static struct slot slots[CONNECTIONS_MAX];
static uint64_t count[NRESULTS];
static uint32_t *sample;
static size_t nsamples;
static uint64_t generation[GENERATIONS_MAX];
static int64_t max_at_us;
static size_t ngenerations;
static volatile sig_atomic_t ending;

static unsigned connections = 4;
static int64_t requests = INT64_MAX, seconds, timeout_ms = 10000;
static int64_t pause_us = 1000;

static void
on_term(int signo)
{
	(void)signo;
	ending = 1;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Reads HOST:PORT or unix:/PATH into `address`; returns 0 or -1. */
static int
parse_address(const char *text)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)(void *)&address;
	struct sockaddr_in *sin = (struct sockaddr_in *)(void *)&address;
	char host[64];
	const char *colon;

	if (strncmp(text, "unix:", 5) == 0) {
		if (strlen(text + 5) >= sizeof(sun->sun_path))
			return -1;
		sun->sun_family = AF_UNIX;
		strcpy(sun->sun_path, text + 5);
		address_len = sizeof(*sun);
		return 0;
	}
	colon = strrchr(text, ':');
	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		return -1;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)atoi(colon + 1));
	address_len = sizeof(*sin);
	return inet_pton(AF_INET, host, &sin->sin_addr) == 1 ? 0 : -1;
}

/* Remembers which generation answered. */
static void
note_generation(const struct slot *s)
{
	const char *at = strstr(s->answer, "\ngen=");
	uint64_t gen;

	if (at == NULL)
		return;
	gen = strtoull(at + 5, NULL, 10);
	for (size_t i = 0; i < ngenerations; i++)
		if (generation[i] == gen)
			return;
	if (ngenerations < GENERATIONS_MAX)
		generation[ngenerations++] = gen;
}

/* Ends a request and books it. */
static void
finish(struct slot *s, enum result result)
{
	int64_t now = now_us(), took = now - s->started_us;
	static int64_t longest = -1;

	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	s->next_us = now + pause_us;
	s->started_us = 0;
	count[result]++;
	if (result != OK)
		return;
	note_generation(s);
	if (took > longest) {
		longest = took;
		max_at_us = now - took;
	}
	if (nsamples < SAMPLES_MAX)
		sample[nsamples++] = (uint32_t)took;
}

/* Is the answer whole, by its Content-Length? */
static bool
is_whole(const struct slot *s)
{
	const char *body = strstr(s->answer, "\r\n\r\n");
	const char *field = strstr(s->answer, "Content-Length: ");

	if (body == NULL || field == NULL || field > body)
		return false;
	return s->have >=
	    (size_t)(body + 4 - s->answer) + strtoul(field + 16, NULL, 10);
}

static enum result
meaning(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
		return REFUSED;
	case ECONNRESET:
	case EPIPE:
		return RESET;
	default:
		return ERROR;
	}
}

/* Opens a connection; a full unix backlog (EAGAIN) is tried again later. */
static void
begin(struct slot *s)
{
	int64_t now = now_us();

	if (s->started_us == 0)
		s->started_us = now;
	s->sent = s->connecting = false;
	s->have = 0;
	s->answer[0] = '\0';
	s->fd = socket(
	    address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1 ||
	    connect(s->fd, (struct sockaddr *)&address, address_len) == 0)
		return;
	if (errno == EINPROGRESS) {
		s->connecting = true;
	} else if (errno == EAGAIN) {
		close(s->fd);
		s->fd = -1;
		s->next_us = now + 1000;
	} else {
		finish(s, meaning(errno));
	}
}

/* Moves one connection on; returns its result, or NRESULTS while it goes on. */
static enum result
step(struct slot *s, short revents)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	int error = 0;
	socklen_t len = sizeof(error);
	ssize_t n;

	if (s->connecting) {
		getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error != 0)
			return meaning(error);
		s->connecting = false;
	}
	if (!s->sent) {
		n = send(s->fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN ? NRESULTS : meaning(errno);
		s->sent = true;
		return NRESULTS;
	}
	if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0)
		return NRESULTS;
	n = read(s->fd, s->answer + s->have, sizeof(s->answer) - 1 - s->have);
	if (n == -1)
		return errno == EAGAIN ? NRESULTS : meaning(errno);
	if (n == 0)
		return is_whole(s) ? OK : SHORT;
	s->have += (size_t)n;
	s->answer[s->have] = '\0';
	return is_whole(s) ? OK : NRESULTS;
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t
percentile(unsigned p)
{
	return nsamples == 0 ? 0 : sample[(nsamples - 1) * p / 100];
}

static void
report(int64_t began_us)
{
	uint64_t total = 0;

	qsort(sample, nsamples, sizeof(*sample), by_value);
	printf("{");
	for (int i = 0; i < NRESULTS; i++) {
		printf("\"%s\": %" PRIu64 ", ", result_name[i], count[i]);
		total += count[i];
	}
	printf("\"total\": %" PRIu64 ", \"p50_us\": %u, \"p99_us\": %u, "
	       "\"max_us\": %u, \"max_at_us\": %" PRId64
	       ", \"elapsed_us\": %" PRId64 ", \"generations\": [",
	    total, percentile(50), percentile(99), percentile(100), max_at_us,
	    now_us() - began_us);
	for (size_t i = 0; i < ngenerations; i++)
		printf("%s%" PRIu64, i == 0 ? "" : ", ", generation[i]);
	printf("]}\n");
}

/* Starts what is due in a free slot; returns whether the slot is in use. */
static bool
fill(struct slot *s, int64_t *issued)
{
	bool again = s->started_us != 0;

	if (s->fd == -1 && now_us() >= s->next_us &&
	    (again || (!ending && *issued < requests))) {
		*issued += !again;
		begin(s);
	}
	return s->fd != -1 || s->started_us != 0;
}

/* Moves a connection on after poll(2). */
static void
turn(struct slot *s, short revents)
{
	enum result result = NRESULTS;

	if (s->fd != -1 && revents != 0)
		result = step(s, revents);
	if (result == NRESULTS && s->started_us != 0 &&
	    now_us() - s->started_us > timeout_ms * 1000)
		result = TIMEOUT;
	if (result != NRESULTS)
		finish(s, result);
}

static void
run(int64_t began)
{
	struct pollfd pfd[CONNECTIONS_MAX];
	int64_t issued = 0;
	unsigned active;

	do {
		if (seconds > 0 && now_us() - began > seconds * 1000000)
			ending = 1;
		active = 0;
		for (unsigned i = 0; i < connections; i++) {
			active += fill(&slots[i], &issued);
			pfd[i].fd = slots[i].fd;
			pfd[i].events = slots[i].sent ? POLLIN : POLLOUT;
			pfd[i].revents = 0;
		}
		poll(pfd, connections, 1);
		for (unsigned i = 0; i < connections; i++)
			turn(&slots[i], pfd[i].revents);
	} while (active > 0 || (!ending && issued < requests));
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: load [-c connections] [-n requests] [-s seconds]\n"
	    "            [-T timeout_ms] [-p pause_us] address\n");
	return 64;
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = {.sa_handler = on_term};
	int64_t began = now_us();
	int c;

	while ((c = getopt(argc, argv, "c:n:s:T:p:")) != -1)
		switch (c) {
		case 'c':
			connections = (unsigned)atoi(optarg);
			break;
		case 'n':
			requests = atoll(optarg);
			break;
		case 's':
			seconds = atoll(optarg);
			break;
		case 'T':
			timeout_ms = atoll(optarg);
			break;
		case 'p':
			pause_us = atoll(optarg);
			break;
		default:
			return usage();
		}
	sample = calloc(SAMPLES_MAX, sizeof(*sample));
	if (optind + 1 != argc || parse_address(argv[optind]) == -1 ||
	    connections > CONNECTIONS_MAX || sample == NULL)
		return usage();
	sigaction(SIGTERM, &sa, NULL);
	for (unsigned i = 0; i < connections; i++)
		slots[i].fd = -1;
	run(began);
	report(began);
	return 0;
}
