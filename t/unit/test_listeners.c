/* SPDX-License-Identifier: BSD-2-Clause */
/* libappbase/listeners.c: the table, and who removes a path (T-40, T-41). */
#include "libappbase/listeners.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libappbase/log.h"

static struct listeners *table;
static char dir[] = "/tmp/test_listeners.XXXXXX";
static char path_a[64], path_b[64], address_a[80], address_b[80];

static void
setup(void)
{
	log_mute(true);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path_a, sizeof(path_a), "%s/a", dir);
	snprintf(path_b, sizeof(path_b), "%s/b", dir);
	snprintf(address_a, sizeof(address_a), "unix:%s", path_a);
	snprintf(address_b, sizeof(address_b), "unix:%s", path_b);
	table = listeners_new();
	ck_assert_ptr_nonnull(table);
}

static void
teardown(void)
{
	listeners_free(table);
	unlink(path_a);
	unlink(path_b);
	rmdir(dir);
}

/* A socket bound to a path. */
static int
bound(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static int
some_fd(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static size_t
count(struct listeners *ls)
{
	struct listener *l;
	size_t n = 0;

	TAILQ_FOREACH (l, &ls->list, entry)
		n++;
	return n;
}

START_TEST(test_put_and_find)
{
	int a = some_fd(), b = some_fd(), c = some_fd();

	ck_assert_ptr_null(listeners_find(table, "a"));
	ck_assert_ptr_nonnull(listeners_put(table, "a", "1.2.3.4:5", a, false));
	ck_assert_ptr_nonnull(listeners_put(table, "b", "1.2.3.4:6", b, false));
	ck_assert_int_eq(listeners_find(table, "a")->fd, a);
	ck_assert_str_eq(listeners_find(table, "b")->address, "1.2.3.4:6");
	/* A second one of a name replaces the first. */
	ck_assert_ptr_nonnull(listeners_put(table, "a", "1.2.3.4:7", c, true));
	ck_assert_uint_eq(count(table), 2);
	ck_assert_int_eq(listeners_find(table, "a")->fd, c);
	ck_assert(listeners_find(table, "a")->remove);
	ck_assert(!is_open(a) && is_open(b) && is_open(c));
	listeners_drop(table, listeners_find(table, "b"));
	ck_assert(!is_open(b));
	ck_assert_ptr_null(listeners_find(table, "b"));
	listeners_drop_all(table);
	ck_assert(!is_open(c));
	ck_assert_uint_eq(count(table), 0);
}
END_TEST

/* Only who owns a path removes it, and only once: a new file there stays. */
START_TEST(test_path_removed_once)
{
	int fd;

	listeners_put(table, "a", address_a, bound(path_a), true);
	listeners_put(table, "b", address_b, bound(path_b), false);
	listeners_drop_all(table);
	ck_assert_int_eq(access(path_a, F_OK), -1);
	ck_assert_int_eq(access(path_b, F_OK), 0);
	fd = bound(path_a);
	listeners_drop_all(table);
	listeners_free(table);
	table = listeners_new();
	ck_assert_int_eq(access(path_a, F_OK), 0);
	close(fd);
}
END_TEST

/* A path of ours that is gone.  A socket that was handed in may be bound to any
 * path, and one that is not absolute could be anywhere. */
START_TEST(test_lost)
{
	struct listener *ours, *given, *relative, *tcp;
	char temporary[80];

	snprintf(temporary, sizeof(temporary), "%s.x1y2", path_a);
	ours = listeners_put(table, "a", address_a, bound(temporary), true);
	given = listeners_put(table, "b", address_b, bound(path_b), false);
	relative = listeners_put(table, "r", "unix:no/where", some_fd(), true);
	tcp = listeners_put(table, "t", "127.0.0.1:9", some_fd(), true);
	ck_assert_int_eq(rename(temporary, path_a), 0);
	ck_assert(!listeners_is_lost(ours));
	ck_assert_int_eq(unlink(path_a), 0);
	ck_assert_int_eq(unlink(path_b), 0);
	ck_assert(listeners_is_lost(ours));
	ck_assert(!listeners_is_lost(given));
	ck_assert(!listeners_is_lost(relative));
	ck_assert(!listeners_is_lost(tcp));
}
END_TEST

/* Freeing is what a process does that is not the last owner. */
START_TEST(test_free_leaves_path)
{
	int fd = bound(path_a);

	listeners_put(table, "a", address_a, fd, true);
	listeners_free(table);
	table = listeners_new();
	ck_assert(!is_open(fd));
	ck_assert_int_eq(access(path_a, F_OK), 0);
}
END_TEST

/* What is at the path must be a socket still. */
START_TEST(test_other_file_stays)
{
	int fd;

	listeners_put(table, "a", address_a, bound(path_a), true);
	ck_assert_int_eq(unlink(path_a), 0);
	fd = open(path_a, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	listeners_drop_all(table);
	ck_assert_int_eq(access(path_a, F_OK), 0);
}
END_TEST

/* The same path again: it stays; another path: the first one goes. */
START_TEST(test_replace_path)
{
	int fd = bound(path_a);

	listeners_put(table, "a", address_a, dup(fd), true);
	listeners_put(table, "a", address_a, fd, true);
	ck_assert_int_eq(access(path_a, F_OK), 0);
	listeners_put(table, "a", address_b, bound(path_b), true);
	ck_assert_int_eq(access(path_a, F_OK), -1);
	ck_assert_int_eq(access(path_b, F_OK), 0);
	listeners_drop_all(table);
	ck_assert_int_eq(access(path_b, F_OK), -1);
}
END_TEST

/* T-40: one kept, one fewer, one more, one on another address. */
START_TEST(test_commit)
{
	struct listeners *claims = listeners_new();
	int kept = some_fd(), moved = some_fd(), added = some_fd();
	int gone = bound(path_a), old = some_fd();

	ck_assert_ptr_nonnull(claims);
	listeners_put(table, "kept", "1.2.3.4:1", kept, true);
	listeners_put(table, "gone", address_a, gone, true);
	listeners_put(table, "moved", "1.2.3.4:2", old, true);
	listeners_put(claims, "kept", "1.2.3.4:1", -1, false);
	listeners_put(claims, "moved", "1.2.3.4:3", moved, false);
	listeners_put(claims, "added", address_b, added, false);
	listeners_commit(table, claims);
	ck_assert_uint_eq(count(claims), 0);
	ck_assert_uint_eq(count(table), 3);
	ck_assert_int_eq(listeners_find(table, "kept")->fd, kept);
	ck_assert_int_eq(listeners_find(table, "moved")->fd, moved);
	ck_assert_str_eq(listeners_find(table, "moved")->address, "1.2.3.4:3");
	ck_assert_int_eq(listeners_find(table, "added")->fd, added);
	ck_assert(listeners_find(table, "added")->remove);
	ck_assert(is_open(kept) && is_open(moved) && is_open(added));
	ck_assert(!is_open(gone) && !is_open(old));
	ck_assert_int_eq(access(path_a, F_OK), -1);
	listeners_free(claims);
	ck_assert(is_open(kept) && is_open(moved) && is_open(added));
}
END_TEST

/* T-40: after a restart, what the new worker has not claimed is closed. */
START_TEST(test_sweep)
{
	int kept = some_fd(), gone = bound(path_a);

	listeners_put(table, "kept", "1.2.3.4:1", kept, true)->claimed = true;
	listeners_put(table, "gone", address_a, gone, true)->claimed = true;
	table->sweep = true;
	listeners_unclaim(table);
	listeners_find(table, "kept")->claimed = true;
	listeners_close_unclaimed(table);
	ck_assert(!table->sweep);
	ck_assert_uint_eq(count(table), 1);
	ck_assert(is_open(kept) && !is_open(gone));
	ck_assert_int_eq(access(path_a, F_OK), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listeners");
	TCase *tc = tcase_create("listeners");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_put_and_find);
	tcase_add_test(tc, test_path_removed_once);
	tcase_add_test(tc, test_lost);
	tcase_add_test(tc, test_free_leaves_path);
	tcase_add_test(tc, test_other_file_stays);
	tcase_add_test(tc, test_replace_path);
	tcase_add_test(tc, test_commit);
	tcase_add_test(tc, test_sweep);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
