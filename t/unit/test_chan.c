/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels: order, descriptors, large bodies, and what a bad or absent peer can
 * do (nothing).  Both ends live in this process, so nothing has to be waited
 * for.
 */
#include "libappbase/chan.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/fd.h"

/* Offsets in the header, as chan.h lists its fields. */
enum { AT_MAGIC = 0, AT_VERSION = 4, AT_LENGTH = 8, AT_NFDS = 12, HEADER = 16 };

static struct chan *a, *b;
static int open_before;

static int
count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
setup(void)
{
	int sv[2];

	open_before = count_open();
	ck_assert_int_eq(fd_socketpair(SOCK_SEQPACKET, sv), 0);
	a = chan_new(sv[0]);
	b = chan_new(sv[1]);
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
}

static void
teardown(void)
{
	chan_free(a);
	chan_free(b);
	a = b = NULL;
	ck_assert_int_eq(count_open(), open_before);
}

/* A body of len bytes that says which it is. */
static unsigned char *
body_make(unsigned seed, size_t len)
{
	unsigned char *body = malloc(len + 1);
	size_t i;

	ck_assert_ptr_nonnull(body);
	for (i = 0; i < len; i++)
		body[i] = (unsigned char)(seed * 31 + i * 7 + (i >> 8));
	return body;
}

static bool
body_is(const struct chan_msg *m, unsigned seed, size_t len)
{
	unsigned char *body = body_make(seed, len);
	bool same = m->len == len && memcmp(m->body, body, len) == 0;

	free(body);
	return same;
}

static void
send_body(struct chan *c, unsigned seed, size_t len)
{
	unsigned char *body = body_make(seed, len);

	ck_assert_int_eq(chan_send(c, (uint16_t)seed, body, len, NULL, 0), 0);
	free(body);
}

START_TEST(test_new_refuses)
{
	int sv[2];

	errno = 0;
	ck_assert_ptr_null(chan_new(-1));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_socketpair(SOCK_STREAM, sv), 0);
	errno = 0;
	ck_assert_ptr_null(chan_new(sv[0]));
	ck_assert_int_eq(errno, EPROTOTYPE);
	ck_assert_int_eq(fcntl(sv[0], F_GETFD), -1); /* taken all the same */
	close(sv[1]);
	chan_free(NULL);
}
END_TEST

START_TEST(test_new_sets_flags)
{
	struct chan *c;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	c = chan_new(sv[0]);
	ck_assert_int_eq(chan_fd(c), sv[0]);
	ck_assert(fcntl(sv[0], F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(sv[0], F_GETFL) & O_NONBLOCK);
	close(sv[1]);
	chan_free(c);
}
END_TEST

START_TEST(test_sizes)
{
	static const size_t sizes[] = {0, 1, 4096, CHAN_INLINE_MAX - 1,
	    CHAN_INLINE_MAX, CHAN_INLINE_MAX + 1, 5 * 1024 * 1024,
	    CHAN_BODY_MAX};
	struct chan_msg m;
	unsigned i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		send_body(a, i, sizes[i]);
		ck_assert(!chan_wants_write(a));
		ck_assert_int_eq(chan_receive(b, &m), 1);
		ck_assert_uint_eq(m.type, i);
		ck_assert(body_is(&m, i, sizes[i]));
		ck_assert_uint_eq(m.nfds, 0);
		ck_assert_int_eq(chan_receive(b, &m), 0);
	}
}
END_TEST

START_TEST(test_too_large)
{
	int fds[CHAN_FDS_MAX + 1] = {0};
	unsigned char *body = body_make(1, CHAN_BODY_MAX + 1);
	struct chan_msg m;

	errno = 0;
	ck_assert_int_eq(chan_send(a, 1, body, CHAN_BODY_MAX + 1, NULL, 0), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	errno = 0;
	ck_assert_int_eq(chan_send(a, 1, NULL, 0, fds, CHAN_FDS_MAX + 1), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(chan_receive(b, &m), 0);
	free(body);
}
END_TEST

/* All that was queued comes, in order, with the descriptors where they were. */
START_TEST(test_order_both_ways)
{
	enum { MESSAGES = 50000 };
	struct chan *end[2] = {a, b};
	unsigned got[2] = {0, 0}, i, side;
	struct chan_msg m;
	int fds[2] = {0, 1}, rc;

	for (i = 0; i < MESSAGES; i++) {
		for (side = 0; side < 2; side++)
			ck_assert_int_eq(chan_send(end[side], 7, &i, sizeof(i),
					     fds, i % 1000 == 0 ? 2 : 0),
			    0);
	}
	ck_assert(chan_wants_write(a) && chan_wants_write(b));
	while (got[0] < MESSAGES || got[1] < MESSAGES) {
		for (side = 0; side < 2; side++) {
			ck_assert_int_eq(chan_flush(end[side]), 0);
			while ((rc = chan_receive(end[side], &m)) == 1) {
				ck_assert_uint_eq(m.len, sizeof(i));
				memcpy(&i, m.body, sizeof(i));
				ck_assert_uint_eq(i, got[side]++);
				ck_assert_uint_eq(
				    m.nfds, i % 1000 == 0 ? 2 : 0);
				chan_msg_close(&m);
			}
			ck_assert_int_eq(rc, 0);
		}
	}
	ck_assert(!chan_wants_write(a) && !chan_wants_write(b));
}
END_TEST

/* Small, large and descriptor-carrying messages keep their order when mixed. */
START_TEST(test_order_mixed)
{
	enum { MESSAGES = 1500 };
	struct chan_msg m;
	size_t len;
	unsigned i, got = 0;
	int rc;

	for (i = 0; i < MESSAGES; i++)
		send_body(a, i, i % 3 == 0 ? CHAN_INLINE_MAX + i : i);
	ck_assert(chan_wants_write(a));
	while (got < MESSAGES) {
		ck_assert_int_eq(chan_flush(a), 0);
		while ((rc = chan_receive(b, &m)) == 1) {
			len = got % 3 == 0 ? CHAN_INLINE_MAX + got : got;
			ck_assert_uint_eq(m.type, got);
			ck_assert(body_is(&m, got, len));
			ck_assert_uint_eq(m.nfds, 0);
			got++;
		}
		ck_assert_int_eq(rc, 0);
	}
}
END_TEST

START_TEST(test_descriptors)
{
	int pair[2], fds[CHAN_FDS_MAX];
	struct chan_msg m;
	struct stat want, st;
	size_t i, len = _i == 0 ? 10 : CHAN_INLINE_MAX + 10;
	unsigned char *body = body_make(3, len);

	ck_assert_int_eq(pipe(pair), 0);
	for (i = 0; i < CHAN_FDS_MAX; i++)
		fds[i] = pair[i % 2];
	ck_assert_int_eq(chan_send(a, 1, body, len, fds, CHAN_FDS_MAX), 0);
	ck_assert_int_eq(chan_receive(b, &m), 1);
	ck_assert(body_is(&m, 3, len));
	ck_assert_uint_eq(m.nfds, CHAN_FDS_MAX);
	ck_assert_int_eq(fstat(pair[0], &want), 0);
	for (i = 0; i < m.nfds; i++) {
		ck_assert_int_eq(fstat(m.fds[i], &st), 0);
		ck_assert(st.st_ino == want.st_ino);
		ck_assert_int_eq(fcntl(m.fds[i], F_GETFL) & O_ACCMODE,
		    i % 2 == 0 ? O_RDONLY : O_WRONLY);
		ck_assert(fcntl(m.fds[i], F_GETFD) & FD_CLOEXEC);
	}
	close(m.fds[0]);
	m.fds[0] = -1; /* taken */
	chan_msg_close(&m);
	ck_assert_uint_eq(m.nfds, 0);
	close(pair[0]);
	close(pair[1]);
	free(body);
}
END_TEST

/* A queued message owns its descriptors: the sender may close its own. */
START_TEST(test_queued_descriptor)
{
	struct chan_msg m;
	char byte = 0;
	int pair[2], i, n = 0, rc;

	while (!chan_wants_write(a)) {
		ck_assert_int_eq(chan_send(a, 1, NULL, 0, NULL, 0), 0);
		n++;
	}
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(chan_send(a, 2, NULL, 0, &pair[1], 1), 0);
	close(pair[1]);
	errno = 0;
	ck_assert_int_eq(chan_send(a, 3, NULL, 0, &pair[1], 1), -1);
	ck_assert_int_eq(errno, EBADF);
	for (i = 0; i <= n; i += rc) {
		ck_assert_int_eq(chan_flush(a), 0);
		rc = chan_receive(b, &m);
		ck_assert_int_ge(rc, 0);
	}
	ck_assert_uint_eq(m.type, 2);
	ck_assert_int_eq(write(m.fds[0], "x", 1), 1);
	ck_assert_int_eq(read(pair[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	chan_msg_close(&m);
	close(pair[0]);
}
END_TEST

START_TEST(test_queue_full)
{
	enum { BODY = 1024 * 1024 };
	unsigned char *body = body_make(1, BODY);
	struct chan_msg m;
	unsigned sent = 0, got = 0;

	errno = 0;
	while (chan_send(a, (uint16_t)sent, body, BODY, NULL, 0) == 0) {
		sent++;
		ck_assert_uint_lt(sent, 1000);
	}
	ck_assert_int_eq(errno, ENOBUFS);
	ck_assert_uint_ge(sent, CHAN_QUEUE_MAX / BODY - 1);
	while (got < sent) {
		ck_assert_int_eq(chan_flush(a), 0);
		if (chan_receive(b, &m) == 1)
			ck_assert_uint_eq(m.type, got++);
	}
	ck_assert(!chan_wants_write(a));
	ck_assert_int_eq(chan_send(a, 1, body, BODY, NULL, 0), 0);
	ck_assert_int_eq(chan_receive(b, &m), 1);
	free(body);
}
END_TEST

/* SIGPIPE has its default action here: it would end the test. */
START_TEST(test_peer_gone)
{
	struct chan_msg m;

	while (!chan_wants_write(a))
		send_body(a, 1, 100);
	send_body(b, 1, 10);
	send_body(b, 2, CHAN_INLINE_MAX + 1);
	chan_free(b); /* with a's messages unread: ECONNRESET */
	b = NULL;
	if (_i == 1) {
		errno = 0;
		ck_assert_int_eq(chan_flush(a), -1);
		ck_assert_int_eq(errno, EPIPE);
		ck_assert(!chan_wants_write(a));
	}
	/* What it had said is still heard. */
	ck_assert_int_eq(chan_receive(a, &m), 1);
	ck_assert(body_is(&m, 1, 10));
	ck_assert_int_eq(chan_receive(a, &m), 1);
	ck_assert(body_is(&m, 2, CHAN_INLINE_MAX + 1));
	errno = 0;
	ck_assert_int_eq(chan_receive(a, &m), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(chan_flush(a), -1);
	ck_assert_int_eq(errno, EPIPE);
	errno = 0;
	ck_assert_int_eq(chan_send(a, 1, "x", 1, NULL, 0), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(chan_flush(a), -1);
	ck_assert(!chan_wants_write(a));
}
END_TEST

/* Send bytes and descriptors that no chan_send() would. */
static void
send_raw(const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(253 * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;

	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&m);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(chan_fd(a), &m, 0), (ssize_t)len);
}

/* Refuse the datagram that waits, whole, and still hear the next. */
static void
assert_refused(const char *what)
{
	int before = count_open();
	struct chan_msg m;

	errno = 0;
	ck_assert_msg(chan_receive(b, &m) == -1, "believed: %s", what);
	ck_assert_msg(errno == EBADMSG, "%s: errno %d", what, errno);
	ck_assert_uint_eq(m.nfds, 0);
	ck_assert_msg(count_open() == before, "descriptor lost: %s", what);
	send_body(a, 9, 9);
	ck_assert_int_eq(chan_receive(b, &m), 1);
	ck_assert(body_is(&m, 9, 9));
}

static void
put32(unsigned char *d, size_t at, uint32_t value)
{
	memcpy(d + at, &value, sizeof(value));
}

/* A genuine datagram with a body of 4 bytes, as it is on the wire. */
static void
capture(unsigned char d[HEADER + 4])
{
	ck_assert_int_eq(chan_send(a, 5, "body", 4, NULL, 0), 0);
	ck_assert_int_eq(recv(chan_fd(b), d, HEADER + 4, 0), HEADER + 4);
}

START_TEST(test_garbage)
{
	unsigned char good[HEADER + 4], d[HEADER + 4];
	static unsigned char huge[HEADER + CHAN_INLINE_MAX + 1];
	struct chan_msg m;
	int fds[2] = {0, 1};
	size_t len;

	capture(good);
	send_raw(good, sizeof(good), NULL, 0);
	ck_assert_int_eq(chan_receive(b, &m), 1); /* the control */
	for (len = 0; len < sizeof(good); len++) {
		send_raw(good, len, NULL, 0);
		assert_refused("cut short");
		send_raw(good, len, fds, 2);
		assert_refused("cut short, with descriptors");
	}
	memcpy(d, good, sizeof(d));
	d[AT_MAGIC] ^= 1;
	send_raw(d, sizeof(d), fds, 2);
	assert_refused("magic");
	memcpy(d, good, sizeof(d));
	d[AT_VERSION] ^= 2;
	send_raw(d, sizeof(d), fds, 2);
	assert_refused("version");
	for (len = 0; len < 9; len++) {
		if (len == 4)
			continue;
		memcpy(d, good, sizeof(d));
		put32(d, AT_LENGTH, (uint32_t)len);
		send_raw(d, sizeof(d), NULL, 0);
		assert_refused("length");
	}
	put32(d, AT_LENGTH, UINT32_MAX);
	send_raw(d, sizeof(d), fds, 1);
	assert_refused("enormous length");
	send_raw(good, sizeof(good), fds, 1);
	assert_refused("a descriptor too many");
	memcpy(d, good, sizeof(d));
	put32(d, AT_NFDS, 2);
	send_raw(d, sizeof(d), fds, 1);
	assert_refused("a descriptor too few");
	put32(d, AT_NFDS, UINT32_MAX);
	send_raw(d, sizeof(d), fds, 2);
	assert_refused("enormous descriptor count");
	memcpy(huge, good, HEADER);
	put32(huge, AT_LENGTH, CHAN_INLINE_MAX + 1);
	send_raw(huge, sizeof(huge), NULL, 0);
	assert_refused("too much inline");
}
END_TEST

/* A large body must be a sealed memory file of exactly its length. */
START_TEST(test_garbage_memory)
{
	const uint32_t len = CHAN_INLINE_MAX + 8;
	const int seals =
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	unsigned char d[HEADER + 4];
	int fd, pair[2];
	struct chan_msg m;
	FILE *file;

	capture(d);
	put32(d, AT_LENGTH, len);
	send_raw(d, HEADER, NULL, 0);
	assert_refused("no memory file");

	fd = fd_memory("test", len);
	ck_assert_int_ne(fd, -1);
	send_raw(d, HEADER, &fd, 1);
	assert_refused("not sealed");
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	send_raw(d, HEADER, &fd, 1);
	ck_assert_int_eq(chan_receive(b, &m), 1); /* the control */
	ck_assert_uint_eq(m.len, len);
	send_raw(d, HEADER + 4, &fd, 1);
	assert_refused("memory file and inline body");
	put32(d, AT_LENGTH, len - 1);
	send_raw(d, HEADER, &fd, 1);
	assert_refused("memory file too long");
	put32(d, AT_LENGTH, len + 1);
	send_raw(d, HEADER, &fd, 1);
	assert_refused("memory file too short");
	put32(d, AT_LENGTH, len);
	close(fd);

	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	fd = fileno(file);
	ck_assert_int_eq(ftruncate(fd, len), 0);
	send_raw(d, HEADER, &fd, 1);
	assert_refused("regular file");
	fclose(file);

	ck_assert_int_eq(pipe(pair), 0);
	send_raw(d, HEADER, &pair[0], 1); /* reading it would never end */
	assert_refused("pipe");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(test_too_many_descriptors)
{
	unsigned char d[HEADER + 4];
	int fds[253] = {0};

	capture(d);
	put32(d, AT_NFDS, CHAN_FDS_MAX);
	send_raw(d, sizeof(d), fds, 253);
	assert_refused("more descriptors than there is room for");
}
END_TEST

/* The receiver's own table is full: MSG_CTRUNC. */
START_TEST(test_table_full)
{
	struct rlimit limit, low;
	struct chan_msg m;
	int fds[4] = {0, 0, 0, 0}, top, rc, err;

	ck_assert_int_eq(chan_send(a, 1, "x", 1, fds, 4), 0);
	top = dup(0);
	ck_assert_int_ne(top, -1);
	close(top);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)top + 2;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	errno = 0;
	rc = chan_receive(b, &m);
	err = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(err, EBADMSG);
	ck_assert_uint_eq(m.nfds, 0);
}
END_TEST

/*
 * As an ordinary user with more descriptors under way than it may have open:
 * the kernel says ETOOMANYREFS while the socket is writable.
 */
static int
too_many_under_way(void)
{
	const struct rlimit low = {60, 60};
	struct pollfd p = {.fd = chan_fd(a), .events = POLLOUT};
	int fds[8] = {0}, sent = 0, got = 0, rc;
	struct chan_msg m;

	if (setrlimit(RLIMIT_NOFILE, &low) == -1 || setuid(65534) == -1)
		return 2;
	while (!chan_wants_write(a)) {
		if (chan_send(a, 1, &sent, sizeof(sent), fds, 8) == -1)
			return 3;
		sent++;
	}
	if (poll(&p, 1, 0) != 1)
		return 4; /* not what was to be tested */
	if (chan_send(a, 1, &sent, sizeof(sent), fds, 8) == -1)
		return 5;
	sent++;
	while (got < sent) {
		if (chan_flush(a) == -1)
			return 6;
		rc = chan_receive(b, &m);
		if (rc == -1)
			return 7;
		if (rc == 1) {
			if (m.nfds != 8 ||
			    memcmp(m.body, &got, sizeof(got)) != 0)
				return 8;
			chan_msg_close(&m);
			got++;
		}
	}
	return chan_wants_write(a) ? 9 : 0;
}

START_TEST(test_too_many_refs)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(too_many_under_way());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static int
under_valgrind(void)
{
	const char *value = getenv("VALGRIND");

	return value != NULL && *value != '\0';
}

int
main(void)
{
	Suite *suite = suite_create("chan");
	TCase *tc = tcase_create("chan");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_new_refuses);
	tcase_add_test(tc, test_new_sets_flags);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_too_large);
	tcase_add_test(tc, test_order_both_ways);
	tcase_add_test(tc, test_order_mixed);
	tcase_add_loop_test(tc, test_descriptors, 0, 2);
	tcase_add_test(tc, test_queued_descriptor);
	tcase_add_test(tc, test_queue_full);
	tcase_add_loop_test(tc, test_peer_gone, 0, 2);
	tcase_add_test(tc, test_garbage);
	tcase_add_test(tc, test_garbage_memory);
	tcase_add_test(tc, test_too_many_descriptors);
	/* valgrind has a descriptor table of its own. */
	if (!under_valgrind()) {
		tcase_add_test(tc, test_table_full);
		tcase_add_test(tc, test_too_many_refs);
	}
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
