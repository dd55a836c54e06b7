#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Users and groups."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import pwd


def ids(pid):
    return tuple(status_field(pid, k).split() for k in ("Uid", "Gid", "Groups"))


# R-31
@test("T-54: --user nobody from groups 0 4 27: ids and groups are nobody's, root "
      "is out of reach, a reload works", root=True, valgrind=False)
def nobody(t):
    port = free_port()
    d = t.daemon(behave=dict(listen="web@127.0.0.1:%d" % port))
    d.give(65534)
    d.start("--user", "nobody", extra_groups=[0, 4, 27])
    gid = str(pwd.getpwnam("nobody").pw_gid)

    def check():
        for pid in d.pid, d.worker():
            uid, group, groups = ids(pid)
            t.equal(set(uid), {"65534"}, "uids of %d" % pid)
            t.equal(set(group), {gid}, "gids of %d" % pid)
            t.equal(groups, [gid], "groups of %d" % pid)
        answer = ask("127.0.0.1:%d" % port, "/id")
        t.equal((answer["uid"], answer["root"]), ("65534", "refused"), "ids")
    check()
    d.reload()
    check()
    t.equal(d.pid_in_file(), d.pid, "pid file")
    t.true(not lock_is_free(d.pidfile), "the lock is free")


# R-31
@test("T-54: the same detached; the pid file is the user's", root=True,
      valgrind=False)
def nobody_detached(t):
    d = t.daemon()
    d.give(65534)
    d.start_detached("--user", "nobody")
    t.equal(ids(d.pid)[0], ["65534"] * 4, "uids")
    t.equal(os.stat(d.pidfile).st_uid, 65534, "owner of the pid file")
    d.reload()
    # The parent-death signal must survive the change of user (R-5).
    worker = d.worker()
    d.signal(KILL)
    wait_until(lambda: not alive(worker), 2, "the worker's end")
    d.wait_exit()
    t.reap()
    t.known.add(worker)


# R-31
@test("T-55: --user nosuch: 5; root and 65534: ok; USER:GROUP", root=True,
      valgrind=False)
def names(t):
    d = t.daemon("nosuch")
    status, text = d.run_again("--user", "nosuch")
    t.equal(status, USER, "--user nosuch")
    t.true("nosuch" in text, "message: %r" % text)
    t.equal(d.run_again("--group", "nosuch")[0], USER, "--group nosuch")
    t.equal(d.run_again("--user", "root:nosuch")[0], USER, "root:nosuch")
    t.true(not d.events("worker"), "a worker was started")
    for n, (words, uid, gid) in enumerate((
            (["--user", "root"], "0", "0"),
            (["--user", "65534"], "65534", None),
            (["--user", "nobody:daemon"], "65534", "1"),
            (["--user", "nobody", "--group", "1"], "65534", "1"))):
        d = t.daemon("d%d" % n)
        d.give(65534)
        d.start(*words)
        t.equal(ids(d.worker())[0], [uid] * 4, "uids with %r" % words)
        if gid:
            t.equal(ids(d.worker())[1], [gid] * 4, "gids with %r" % words)
        d.stop()


# R-31
@test("T-55: --user without being root: 5", root=True, valgrind=False)
def not_root(t):
    d = t.daemon()
    d.give(65534)
    p = subprocess.run(d.wrapped(d.command("--user", "root")), user=65534,
                       group=65534, extra_groups=[], env=d.environment(),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    t.equal(p.returncode, USER, "start: %r" % p.stdout)
    t.true(not d.events("worker"), "a worker was started")


# R-31
@test("T-54: two supervisors: a reload under another user keeps its ids",
      root=True, valgrind=False)
def two(t):
    d = t.daemon(flags=["two"])
    d.give(65534)
    d.start("--user", "nobody")
    d.reload()
    for pid in d.pid, d.worker():
        t.equal(ids(pid)[0], ["65534"] * 4, "uids of %d" % pid)


run()
