/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting programs: every stage and its failure, what the program finds, and
 * that the parent does not notice (P-051 .. P-063, L-1, L-20, L-21).
 *
 * Called with --report N this program is its own child: it writes to descriptor
 * N what it finds.
 */
#include "libappbase/spawn.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fdplace.h"
#include "t/unit/vfork.h"

#define PATIENCE_MS 20000
#define NOBODY	    65534
#define REPORT_FD   40
#define REPORT_ARG  "40"
#define WORDS(...)  ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

/* For processes between this test and the program: Check's are not for them. */
#define NEED(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__,    \
			    __LINE__, #condition, errno);                      \
			return 1;                                              \
		}                                                              \
	} while (0)

static char self[4096];

/* Write one line per thing found. */
static int
report(int out)
{
	char cwd[4096];
	struct dirent *entry;
	struct stat st;
	mode_t mask = umask(0);
	DIR *dir;
	int fd, i;

	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return 1;
	while ((entry = readdir(dir)) != NULL) {
		fd = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || fd == dirfd(dir) ||
		    fstat(fd, &st) == -1)
			continue;
		dprintf(out, "fd %d=%ju\n", fd, (uintmax_t)st.st_ino);
	}
	closedir(dir);
	dprintf(out, "pid %d ppid %d pgid %d sid %d\n", getpid(), getppid(),
	    getpgrp(), getsid(0));
	dprintf(out, "umask %03o\n", (unsigned)mask);
	dprintf(out, "cwd %s\n", getcwd(cwd, sizeof(cwd)));
	for (i = 0; environ[i] != NULL; i++)
		dprintf(out, "env %s\n", environ[i]);
	dprintf(out, "end\n");
	return 0;
}

/* Read to the end, or fail when it does not come. */
static char *
read_all(int fd)
{
	int64_t deadline = clock_deadline(clock_now_ms(), PATIENCE_MS);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	static char text[65536];
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < sizeof(text) - 1 && clock_now_ms() < deadline) {
		if (poll(&p, 1, 100) < 1)
			continue;
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	text[len] = '\0';
	return n == 0 ? text : NULL;
}

/* Wait for a process: its status, or -1 (and it is killed) if it does not end.
 */
static int
wait_for(pid_t pid)
{
	int64_t deadline = clock_deadline(clock_now_ms(), PATIENCE_MS);
	int status;

	while (clock_now_ms() < deadline) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, 1);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* Run a function in a process of its own. */
static void
in_process(int (*function)(void))
{
	pid_t pid;

	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(function());
	ck_assert_int_eq(wait_for(pid), 0);
}

/* Run a request and return what the program wrote to its `out`. */
static char *
output_of(struct appbase_spawn *req, int out)
{
	struct appbase_child_fd fds[APPBASE_KEEP_FDS_MAX];
	struct spawn_result result;
	char *text = NULL;
	int pair[2], rc;

	if (pipe2(pair, O_CLOEXEC) == -1)
		return NULL;
	if (req->nfds > 0)
		memcpy(fds, req->fds, req->nfds * sizeof(fds[0]));
	fds[req->nfds] = (struct appbase_child_fd){out, pair[1]};
	req->fds = fds;
	req->nfds++;
	rc = spawn_run(req, 0, &result);
	close(pair[1]);
	if (rc == 0)
		text = read_all(pair[0]);
	else
		fprintf(stderr, "stage %s: %s\n",
		    appbase_spawn_stage_name(result.stage),
		    strerror(result.error));
	if (result.pid > 0 && wait_for(result.pid) != 0)
		text = NULL;
	close(pair[0]);
	return text;
}

static char *
report_of(struct appbase_spawn *req)
{
	req->path = self;
	req->argv = WORDS("reporter", "--report", REPORT_ARG);
	return output_of(req, REPORT_FD);
}

static void
assert_failed(const struct spawn_result *result, enum appbase_spawn_stage stage,
    int error)
{
	ck_assert_str_eq(appbase_spawn_stage_name(result->stage),
	    appbase_spawn_stage_name(stage));
	ck_assert_int_eq(result->error, error);
	if (stage <= APPBASE_STAGE_FORK) {
		ck_assert_int_eq(result->pid, 0);
		return;
	}
	ck_assert_int_gt(result->pid, 0);
	ck_assert_int_eq(wait_for(result->pid), 127 << 8);
}

static void
assert_fails(
    const struct appbase_spawn *req, enum appbase_spawn_stage stage, int error)
{
	struct spawn_result result;

	errno = 0;
	ck_assert_int_eq(spawn_run(req, 0, &result), -1);
	ck_assert_int_eq(errno, error);
	assert_failed(&result, stage, error);
}

/* Make a system call fail from now on, in this process and its children. */
static int
deny(int call, int error)
{
	struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static const struct appbase_spawn true_req = {
    .path = "/bin/true", .argv = WORDS("true")};

START_TEST(test_stage_names)
{
	int stage, other;

	for (stage = 0; stage <= APPBASE_STAGE_EXEC; stage++) {
		for (other = 0; other < stage; other++)
			ck_assert_str_ne(appbase_spawn_stage_name(
					     (enum appbase_spawn_stage)stage),
			    appbase_spawn_stage_name(
				(enum appbase_spawn_stage)other));
	}
	ck_assert_str_eq(
	    appbase_spawn_stage_name((enum appbase_spawn_stage)99), "unknown");
}
END_TEST

START_TEST(test_runs)
{
	struct spawn_result result;

	errno = 4711;
	ck_assert_int_eq(spawn_run(&true_req, 0, &result), 0);
	ck_assert_int_eq(errno, 4711);
	ck_assert_int_eq(result.stage, APPBASE_STAGE_NONE);
	ck_assert_int_eq(result.error, 0);
	ck_assert_int_eq(wait_for(result.pid), 0);
}
END_TEST

START_TEST(test_request_fails)
{
	static const struct appbase_child_fd twice[] = {{1, 0}, {1, 0}};
	static const gid_t none = (gid_t)-1;
	struct appbase_child_fd many[APPBASE_KEEP_FDS_MAX + 1];
	struct appbase_spawn req = true_req;
	int i;

	req.argv = NULL;
	assert_fails(&req, APPBASE_STAGE_REQUEST, EINVAL);
	req = true_req;
	req.fds = twice;
	req.nfds = 2;
	assert_fails(&req, APPBASE_STAGE_REQUEST, EINVAL);
	for (i = 0; i <= APPBASE_KEEP_FDS_MAX; i++)
		many[i] = (struct appbase_child_fd){i, 0};
	req.fds = many;
	req.nfds = APPBASE_KEEP_FDS_MAX + 1;
	assert_fails(&req, APPBASE_STAGE_REQUEST, E2BIG);
	/* "No change" in disguise would leave the program root. */
	req = true_req;
	req.flags = APPBASE_SPAWN_SETIDS;
	req.uid = (uid_t)-1;
	assert_fails(&req, APPBASE_STAGE_REQUEST, EINVAL);
	req.uid = 1;
	req.gid = (gid_t)-1;
	assert_fails(&req, APPBASE_STAGE_REQUEST, EINVAL);
	req.gid = 1;
	req.groups = &none;
	req.ngroups = 1;
	assert_fails(&req, APPBASE_STAGE_REQUEST, EINVAL);
}
END_TEST

static int
fork_fails(void)
{
	const struct rlimit none = {0, 0};
	struct spawn_result result;

	NEED(setrlimit(RLIMIT_NPROC, &none) == 0);
	NEED(setuid(NOBODY) == 0);
	NEED(spawn_run(&true_req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_FORK);
	NEED(result.error == EAGAIN && errno == EAGAIN);
	NEED(result.pid == 0);
	NEED(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return 0;
}

START_TEST(test_fork_fails)
{
	if (geteuid() == 0)
		in_process(fork_fails);
}
END_TEST

static int
group_fails(void)
{
	struct appbase_spawn req = true_req;
	struct spawn_result result;

	req.flags = APPBASE_SPAWN_SETPGID;
	NEED(deny(SYS_setpgid, EPERM) == 0);
	NEED(spawn_run(&req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_GROUP && result.error == EPERM);
	NEED(wait_for(result.pid) == 127 << 8);
	return 0;
}

START_TEST(test_group_fails)
{
	in_process(group_fails);
}
END_TEST

START_TEST(test_fds_fail)
{
	struct appbase_child_fd fds[2] = {{1, 999}, {2, 2}};
	struct appbase_spawn req = true_req;

	req.fds = fds;
	req.nfds = 2;
	assert_fails(&req, APPBASE_STAGE_FDS, EBADF);
	fds[0].fd = -1;
	assert_fails(&req, APPBASE_STAGE_FDS, EBADF);
	fds[0] = (struct appbase_child_fd){999, 999};
	assert_fails(&req, APPBASE_STAGE_FDS, EBADF);
	/* Both closed, and each the other's target. */
	fds[0] = (struct appbase_child_fd){998, 999};
	fds[1] = (struct appbase_child_fd){999, 998};
	assert_fails(&req, APPBASE_STAGE_FDS, EBADF);
	fds[0] = (struct appbase_child_fd){1 << 30, 2}; /* no such number */
	fds[1] = (struct appbase_child_fd){2, 2};
	assert_fails(&req, APPBASE_STAGE_FDS, EBADF);
}
END_TEST

START_TEST(test_limits_fail)
{
	struct appbase_limit limit = {RLIMIT_NOFILE, 20, 10};
	struct appbase_spawn req = true_req;

	req.limits = &limit;
	req.nlimits = 1;
	assert_fails(&req, APPBASE_STAGE_LIMITS, EINVAL);
	limit = (struct appbase_limit){9999, 1, 1};
	assert_fails(&req, APPBASE_STAGE_LIMITS, EINVAL);
	req.nlimits = 0;
	req.flags = APPBASE_SPAWN_OOM;
	req.oom_score_adj = 5000;
	assert_fails(&req, APPBASE_STAGE_LIMITS, EINVAL);
}
END_TEST

static int
ids_fail(void)
{
	static const gid_t groups[] = {NOBODY, 7};
	struct appbase_spawn req = true_req;
	struct spawn_result result;

	NEED(setgroups(1, groups) == 0);
	NEED(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	req.flags = APPBASE_SPAWN_SETIDS;
	req.uid = 0;
	req.gid = 0;
	NEED(spawn_run(&req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_IDS && result.error == EPERM);
	NEED(wait_for(result.pid) == 127 << 8);
	/* What we are already may be asked for, by anybody ... */
	req.uid = req.gid = NOBODY;
	NEED(spawn_run(&req, 0, &result) == 0);
	NEED(wait_for(result.pid) == 0);
	req.groups = groups;
	req.ngroups = 1;
	NEED(spawn_run(&req, 0, &result) == 0);
	NEED(wait_for(result.pid) == 0);
	/* ... but not another set of groups. */
	req.ngroups = 2;
	NEED(spawn_run(&req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_IDS && result.error == EPERM);
	NEED(wait_for(result.pid) == 127 << 8);
	return 0;
}

START_TEST(test_ids_fail)
{
	if (geteuid() == 0)
		in_process(ids_fail);
}
END_TEST

/* P-058 */
START_TEST(test_chdir_fails)
{
	struct appbase_spawn req = true_req;

	req.directory = "/nonexistent";
	assert_fails(&req, APPBASE_STAGE_CHDIR, ENOENT);
	req.directory = "/etc/passwd";
	assert_fails(&req, APPBASE_STAGE_CHDIR, ENOTDIR);
}
END_TEST

/* P-059: no shell takes over a text without #! */
START_TEST(test_exec_fails)
{
	char path[] = "/tmp/test_spawn.XXXXXX";
	struct appbase_spawn req = true_req;
	int fd;

	fd = mkostemp(path, O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "exit 0\n", 7), 7);
	ck_assert_int_eq(fchmod(fd, 0755), 0);
	close(fd);
	req.path = path;
	assert_fails(&req, APPBASE_STAGE_EXEC, ENOEXEC);
	ck_assert_int_eq(chmod(path, 0644), 0);
	assert_fails(&req, APPBASE_STAGE_EXEC, EACCES);
	ck_assert_int_eq(unlink(path), 0);
	assert_fails(&req, APPBASE_STAGE_EXEC, ENOENT);
}
END_TEST

/* The inode of descriptor fd in a report; 0 if it is not open. */
static uintmax_t
reported_inode(const char *text, int fd)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "fd %d=", fd);
	at = strstr(text, key);
	return at != NULL ? strtoumax(at + strlen(key), NULL, 10) : 0;
}

static size_t
reported_fds(const char *text)
{
	size_t n = 0;

	for (text = strstr(text, "fd "); text != NULL;
	     text = strstr(text + 1, "\nfd "))
		n++;
	return n;
}

static uintmax_t
inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* Spawn with a list and compare what arrives: nothing else may. */
static int
arrives(const struct appbase_child_fd *fds, size_t nfds)
{
	struct appbase_spawn req = {.fds = fds, .nfds = nfds};
	char *text;
	size_t i;

	text = report_of(&req);
	NEED(text != NULL);
	for (i = 0; i < nfds; i++)
		NEED(
		    reported_inode(text, fds[i].target) == inode_of(fds[i].fd));
	NEED(reported_fds(text) == nfds + 1);
	return 0;
}

/* Put 10 different files at descriptors 0 .. 9; below 5 close-on-exec. */
static int
fill_low(void)
{
	int fd, i;

	for (i = 0; i < 10; i++) {
		fd = memfd_create("test", MFD_CLOEXEC);
		NEED(fd != -1);
		if (fd != i) {
			NEED(dup3(fd, i, O_CLOEXEC) == i);
			close(fd);
		}
		NEED(fd_set_cloexec(i, i < 5) == 0);
	}
	return 0;
}

static int
permutes(void)
{
	static const struct appbase_child_fd swap[] = {{1, 2}, {2, 1}, {0, 0}};
	static const struct appbase_child_fd cycle[] = {
	    {0, 1}, {1, 2}, {2, 3}, {3, 0}};
	static const struct appbase_child_fd copies[] = {
	    {0, 1}, {1, 1}, {2, 1}, {7, 2}, {30, 1}};
	static const struct appbase_child_fd same[] = {
	    {0, 0}, {1, 1}, {2, 2}, {5, 5}};
	struct appbase_child_fd fds[10];
	size_t i, n, j;
	int round;

	NEED(fill_low() == 0);
	NEED(arrives(swap, 3) == 0);
	NEED(arrives(cycle, 4) == 0);
	NEED(arrives(copies, 5) == 0);
	NEED(arrives(same, 4) == 0);
	NEED(arrives(NULL, 0) == 0);
	NEED(fcntl(1, F_GETFD) & FD_CLOEXEC); /* ours is as it was */
	srandom(1);
	for (round = 0; round < 40; round++) {
		n = 1 + (size_t)random() % 10;
		for (i = 0; i < n;) {
			fds[i].target = (int)(random() % 14);
			fds[i].fd = (int)(random() % 10);
			for (j = 0; fds[j].target != fds[i].target; j++)
				continue;
			i += j == i;
		}
		NEED(arrives(fds, n) == 0);
	}
	return 0;
}

START_TEST(test_fds_permuted)
{
	in_process(permutes);
}
END_TEST

/* L-21, P-054: 3,000 descriptors in the parent, not close-on-exec. */
static int
leaks_nothing(void)
{
	static const struct appbase_child_fd fds[] = {{0, 0}, {1, 1}, {2, 2}};
	struct rlimit limit;
	int i;

	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < 4000 ? limit.rlim_max : 4000;
	NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (i = 0; i < 3000 && dup(0) != -1; i++)
		continue;
	NEED(i >= 900);
	NEED(arrives(fds, 3) == 0);
	return 0;
}

START_TEST(test_fds_closed)
{
	in_process(leaks_nothing);
}
END_TEST

/* The same on a kernel that has no close_range(2). */
static int
leaks_nothing_old_kernel(void)
{
	NEED(deny(SYS_close_range, ENOSYS) == 0);
	NEED(close_range(999, 999, 0) == -1 && errno == ENOSYS);
	return leaks_nothing();
}

START_TEST(test_fds_closed_old_kernel)
{
	in_process(leaks_nothing_old_kernel);
}
END_TEST

static int
count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/*
 * The same with descriptors from FDPLACE_HIGH up, where the child begins on
 * our table: whatever it does there, and however it fails, ours stays as it is.
 */
static int
crowded(void)
{
	struct appbase_child_fd bad[] = {{0, 1}, {1, 0}, {2, 999}};
	struct appbase_spawn req = true_req;
	struct spawn_result result;
	struct rlimit limit;
	uintmax_t inodes[10];
	int i, before;

	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < 4000 ? limit.rlim_max : 4000;
	NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (i = 0; i < 2000 && fcntl(0, F_DUPFD, FDPLACE_HIGH) != -1; i++)
		continue;
	NEED(i >= 1000);
	NEED(permutes() == 0);
	before = count_open();
	for (i = 0; i < 10; i++)
		inodes[i] = inode_of(i);
#if defined(__linux__) && defined(SYS_vfork) && !defined(__SANITIZE_ADDRESS__)
	NEED(deny(SYS_vfork, EPERM) == 0); /* to see that it is not used */
#endif
	req.fds = bad;
	req.nfds = 3;
	NEED(spawn_run(&req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_FDS && result.error == EBADF);
	NEED(wait_for(result.pid) == 127 << 8);
	req.fds = NULL;
	req.nfds = 0;
	req.path = "/nonexistent";
	NEED(spawn_run(&req, 0, &result) == -1);
	NEED(result.stage == APPBASE_STAGE_EXEC && result.error == ENOENT);
	NEED(wait_for(result.pid) == 127 << 8);
	NEED(spawn_run(&true_req, 0, &result) == 0);
	NEED(wait_for(result.pid) == 0);
	NEED(count_open() == before);
	for (i = 0; i < 10; i++)
		NEED(inode_of(i) == inodes[i]);
	return 0;
}

static int
moves_high(void)
{
	struct rlimit limit;
	int fd = memfd_create("test", 0), high;
	uintmax_t inode = inode_of(fd);

	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = FDPLACE_HIGH;
	NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	NEED(fdplace_move_high(fd) == fd);
	limit.rlim_cur = FDPLACE_HIGH + 1;
	NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	high = fdplace_move_high(fd);
	NEED(high == FDPLACE_HIGH && inode_of(high) == inode);
	NEED(fcntl(high, F_GETFD) == FD_CLOEXEC);
	NEED(fcntl(fd, F_GETFD) == -1);
	return 0;
}

START_TEST(test_move_high)
{
	in_process(moves_high);
}
END_TEST

START_TEST(test_fds_crowded)
{
	in_process(crowded);
}
END_TEST

static void
on_signal(int signo)
{
	(void)signo;
}

/* Have no signal at its default, and all of them blocked. */
static void
disturb_signals(sigset_t *mask)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	int signo;

	for (signo = 1; signo < NSIG; signo++) {
		action.sa_handler = signo % 2 == 0 ? SIG_IGN : on_signal;
		(void)sigaction(signo, &action, NULL);
	}
	sigfillset(mask);
	sigdelset(mask, SIGCHLD);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

/*
 * The set of ignored signals in a status file, without 32 and 33: glibc's
 * posix_spawn(3), so make(1), ignores these two of its own, and sigaction(2)
 * refuses to touch them.
 */
static unsigned long long
ignored_by_program(const char *status)
{
	const char *line = strstr(status, "\nSigIgn:\t");

	if (line == NULL)
		return ~0ULL;
	return strtoull(line + strlen("\nSigIgn:\t"), NULL, 16) & ~(3ULL << 31);
}

/* P-055 */
static int
signals_default(void)
{
	struct appbase_spawn req = {
	    .path = "/bin/cat", .argv = WORDS("cat", "/proc/self/status")};
	struct sigaction action;
	sigset_t mask, now;
	char *text;
	int signo;

	disturb_signals(&mask);
	text = output_of(&req, 1);
	NEED(text != NULL);
	NEED(strstr(text, "\nSigBlk:\t0000000000000000\n") != NULL);
	NEED(ignored_by_program(text) == 0);
	NEED(strstr(text, "\nSigCgt:\t0000000000000000\n") != NULL);
	/* The parent's are what they were. */
	sigprocmask(SIG_SETMASK, NULL, &now);
	for (signo = 1; signo < SIGRTMAX; signo++) {
		if (signo != SIGKILL && signo != SIGSTOP)
			NEED(sigismember(&now, signo) ==
			    sigismember(&mask, signo));
	}
	for (signo = SIGHUP; signo <= SIGTERM; signo++) {
		if (signo == SIGKILL)
			continue;
		NEED(sigaction(signo, NULL, &action) == 0);
		NEED(action.sa_handler ==
		    (signo % 2 == 0 ? SIG_IGN : on_signal));
	}
	return 0;
}

START_TEST(test_signals_default)
{
	in_process(signals_default);
}
END_TEST

/* L-1: a signal sent at once is never swallowed by what was inherited. */
static int
signal_kills(void)
{
	struct appbase_spawn req = {
	    .path = "/bin/sleep", .argv = WORDS("sleep", "1000")};
	struct spawn_result result;
	sigset_t mask;
	int i, status;

	disturb_signals(&mask);
	for (i = 0; i < 500; i++) {
		NEED(spawn_run(&req, 0, &result) == 0);
		NEED(kill(result.pid, SIGTERM) == 0);
		status = wait_for(result.pid);
		NEED(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
	return 0;
}

START_TEST(test_signal_kills)
{
	in_process(signal_kills);
}
END_TEST

/* Send SIGTERM once to every other child of our parent as it appears. */
static void
shoot_siblings(void)
{
	char path[64], text[256], *at;
	long pid, last = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getppid(),
	    getppid());
	for (;;) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			_exit(1);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		for (at = text; (pid = strtol(at, &at, 10)) != 0;) {
			if (pid != getpid() && pid != last) {
				last = pid;
				kill((pid_t)pid, SIGTERM);
			}
		}
	}
}

/* The same with the signal between fork and exec. */
static int
early_signal_kills(void)
{
	struct appbase_spawn req = {
	    .path = "/bin/sleep", .argv = WORDS("sleep", "1000")};
	struct spawn_result result;
	sigset_t mask;
	int i, status, bad = 0;
	pid_t shooter;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	disturb_signals(&mask);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	shooter = fork();
	NEED(shooter != -1);
	if (shooter == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		shoot_siblings();
	}
	for (i = 0; i < 200 && !bad; i++) {
		bad = spawn_run(&req, 0, &result) != 0;
		status = bad ? 0 : wait_for(result.pid);
		bad = !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM;
	}
	kill(shooter, SIGKILL);
	waitpid(shooter, &status, 0);
	NEED(!bad);
	NEED(WIFSIGNALED(status));
	return 0;
}

START_TEST(test_early_signal_kills)
{
	in_process(early_signal_kills);
}
END_TEST

/* P-051 */
START_TEST(test_group)
{
	struct appbase_spawn req = {.flags = 0};
	int pid, ppid, pgid, sid, flags;
	char *text;

	for (flags = 0; flags < 4; flags++) {
		req = (struct appbase_spawn){.flags = (unsigned)flags};
		text = report_of(&req);
		ck_assert_ptr_nonnull(text);
		text = strstr(text, "pid ");
		ck_assert_int_eq(sscanf(text, "pid %d ppid %d pgid %d sid %d",
				     &pid, &ppid, &pgid, &sid),
		    4);
		ck_assert_int_eq(ppid, getpid());
		ck_assert_int_eq(pgid, flags == 0 ? getpgrp() : pid);
		ck_assert_int_eq(
		    sid, flags & APPBASE_SPAWN_SETSID ? pid : getsid(0));
	}
}
END_TEST

/* P-061, P-062, P-063 */
START_TEST(test_surroundings)
{
	struct appbase_spawn req = {.directory = "/usr/lib",
	    .umask_plus_1 = 027 + 1,
	    .envp = WORDS("A=1", "B=x y")};
	char cwd[2][4096], **environ_before = environ, *text;
	mode_t mask;

	ck_assert_ptr_nonnull(getcwd(cwd[0], sizeof(cwd[0])));
	mask = umask(022);
	text = report_of(&req);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "\numask 027\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\ncwd /usr/lib\nenv A=1\nenv B=x y\nend\n"));
	ck_assert_int_eq(umask(mask), 022);
	ck_assert_ptr_nonnull(getcwd(cwd[1], sizeof(cwd[1])));
	ck_assert_str_eq(cwd[0], cwd[1]);
	ck_assert_ptr_eq(environ, environ_before);

	/* Nothing asked: the parent's, and no environment at all. */
	mask = umask(011);
	req = (struct appbase_spawn){.umask_plus_1 = 0};
	text = report_of(&req);
	umask(mask);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "\numask 011\n"));
	ck_assert_ptr_nonnull(strstr(text, cwd[0]));
	ck_assert_ptr_null(strstr(text, "\nenv "));
}
END_TEST

START_TEST(test_argv)
{
	struct appbase_spawn req = {.path = "/bin/sh",
	    .argv =
		WORDS("my sh", "-c", "echo \"$0|$1|$2\"", "zero", "", "b  c")};

	ck_assert_str_eq(output_of(&req, 1), "zero||b  c\n");
	req = (struct appbase_spawn){.path = "/bin/cat",
	    .argv = WORDS("/not/cat", "/proc/self/cmdline")};
	ck_assert_mem_eq(
	    output_of(&req, 1), "/not/cat\0/proc/self/cmdline\0", 28);
}
END_TEST

START_TEST(test_limits)
{
	struct appbase_limit limits[] = {
	    {RLIMIT_NOFILE, 77, 99}, {RLIMIT_CORE, 0, 0}};
	struct appbase_spawn req = {.path = "/bin/sh",
	    .argv = WORDS("sh", "-c",
		"ulimit -n; ulimit -Hn; ulimit -c;"
		"cat /proc/self/oom_score_adj; nice"),
	    .envp = WORDS("PATH=/bin:/usr/bin"),
	    .limits = limits,
	    .nlimits = 2,
	    .flags = APPBASE_SPAWN_NICE | APPBASE_SPAWN_OOM,
	    .nice = 19, /* anybody may, from wherever he is */
	    .oom_score_adj = 999};
	struct rlimit before, after;
	char adj[16] = "";
	int fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_str_eq(output_of(&req, 1), "77\n99\n0\n999\n19\n");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
	ck_assert(before.rlim_cur == after.rlim_cur);
	fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	ck_assert_int_gt(read(fd, adj, sizeof(adj) - 1), 0);
	close(fd);
	ck_assert_str_ne(adj, "999\n");
}
END_TEST

static int
ids_set(void)
{
	static const gid_t groups[] = {NOBODY, 7, 8};
	struct appbase_spawn req = {.path = "/bin/cat",
	    .argv = WORDS("cat", "/proc/self/status"),
	    .flags = APPBASE_SPAWN_SETIDS,
	    .uid = NOBODY,
	    .gid = 4711,
	    .groups = groups,
	    .ngroups = 3};
	char *text;

	NEED(prctl(PR_SET_DUMPABLE, 1) == 0);
	text = output_of(&req, 1);
	NEED(text != NULL);
	NEED(strstr(text, "\nUid:\t65534\t65534\t65534\t65534\n") != NULL);
	NEED(strstr(text, "\nGid:\t4711\t4711\t4711\t4711\n") != NULL);
	NEED(strstr(text, "\nGroups:\t7 8 65534 \n") != NULL);
	NEED(strstr(text, "\nCapEff:\t0000000000000000\n") != NULL);
	/* The parent is root still, and may still be debugged ... */
	NEED(getuid() == 0 && geteuid() == 0 && getegid() == 0);
	NEED(setuid(0) == 0);
	NEED(prctl(PR_GET_DUMPABLE) == 1);
	/* ... and so may the program: its files in /proc are its own. */
	req.path = "/usr/bin/stat";
	req.argv = WORDS("stat", "-c", "%u", "/proc/self/stat");
	req.fds = NULL;
	req.nfds = 0;
	text = output_of(&req, 1);
	NEED(text != NULL && strcmp(text, "65534\n") == 0);
	return 0;
}

START_TEST(test_ids)
{
	if (geteuid() == 0)
		in_process(ids_set);
}
END_TEST

/* Start a program bound to this process, tell its pid, and wait to be killed.
 */
static int
bound_parent(int out, bool ids)
{
	struct appbase_spawn req = {
	    .path = "/bin/sleep", .argv = WORDS("sleep", "1000")};
	struct spawn_result result;

	if (ids) {
		req.flags = APPBASE_SPAWN_SETIDS;
		req.uid = req.gid = NOBODY;
	}
	NEED(spawn_run(&req, SIGUSR1, &result) == 0);
	NEED(write(out, &result.pid, sizeof(result.pid)) == sizeof(result.pid));
	poll(NULL, 0, PATIENCE_MS);
	return 1;
}

START_TEST(test_parent_death)
{
	int pair[2], status;
	pid_t parent, pid;

	if (_i == 1 && geteuid() != 0)
		return;
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	parent = fork();
	ck_assert_int_ne(parent, -1);
	if (parent == 0)
		_exit(bound_parent(pair[1], _i == 1));
	ck_assert_int_eq(read(pair[0], &pid, sizeof(pid)), sizeof(pid));
	kill(parent, SIGKILL);
	waitpid(parent, &status, 0);
	status = wait_for(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGUSR1);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

int
main(int argc, char *argv[])
{
	Suite *suite;
	TCase *tc;
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "--report") == 0)
		return report(atoi(argv[2]));
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) == -1)
		return 1;
	if (!vfork_is_genuine()) {
		printf("1..0 # SKIP vfork is emulated by fork here\n");
		return 0;
	}
	suite = suite_create("spawn");
	tc = tcase_create("spawn");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_stage_names);
	tcase_add_test(tc, test_runs);
	tcase_add_test(tc, test_request_fails);
	tcase_add_test(tc, test_fork_fails);
	tcase_add_test(tc, test_group_fails);
	tcase_add_test(tc, test_fds_fail);
	tcase_add_test(tc, test_limits_fail);
	tcase_add_test(tc, test_ids_fail);
	tcase_add_test(tc, test_chdir_fails);
	tcase_add_test(tc, test_exec_fails);
	tcase_add_test(tc, test_fds_permuted);
	tcase_add_test(tc, test_fds_closed);
	tcase_add_test(tc, test_fds_closed_old_kernel);
	tcase_add_test(tc, test_fds_crowded);
	tcase_add_test(tc, test_move_high);
	tcase_add_test(tc, test_signals_default);
	tcase_add_test(tc, test_signal_kills);
	tcase_add_test(tc, test_early_signal_kills);
	tcase_add_test(tc, test_group);
	tcase_add_test(tc, test_surroundings);
	tcase_add_test(tc, test_argv);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_ids);
	tcase_add_loop_test(tc, test_parent_death, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
