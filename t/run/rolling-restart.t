#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rolling restarts: one after the other, each checked; a failure stops it, and
nothing else is touched (B-201, B-202, B-204, users.md 2, row 32)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import ctl
from harness import run, test, wait_until
from rolling import BROKEN, GOOD, N, install, order, pids, states, web


@test("B-201, B-202: one after the other, each is RUNNING before the next")
def one_by_one(t):
    s = web(t)
    before = pids(s)
    lines = len(order(s))
    status, text = ctl(s, "rolling-restart", "web:*")
    t.equal(status, 0, "exit status; " + text)
    t.equal(text, "".join("web:web_%d: restarted\n" % i for i in range(N)) +
            "web:*: rolling restart done\n", "output")
    t.equal(order(s)[lines:],
            [x + str(i) for i in range(N) for x in ("st", "sp", "su")],
            "stopped, spawned, success of each in turn")
    t.equal(set(before) & set(pids(s)), set(), "all are new")
    s.stop()


@test("B-202: a broken program stops it at the first; the others are untouched;"
      " --resume goes on")
def broken(t):
    s = web(t, keys="startsecs=2\n")
    before = pids(s)
    install(s, BROKEN)
    status, text = ctl(s, "rolling-restart", "web")
    t.equal(status, 1, "exit status; " + text)
    t.equal(text.splitlines(), [
        "web:web_0: ERROR (FATAL)",
        "web: ERROR (rolling restart failed: web:web_0: Exited too quickly "
        "(process log may have details))",
        "failed: web:web_0",
        "untouched: web:web_1 web:web_2",
        "mend it, and go on with: rolling-restart --resume web"], "output")
    t.equal(states(s), ["FATAL"] + ["RUNNING"] * (N - 1), "states")
    t.equal(pids(s), before[1:], "the others")
    t.equal(s.count("spawned: 'web_0'"), 3, "tries of the first")
    status, text = ctl(s, "rolling-restart", "web")
    t.true(status == 1 and "degraded: web:web_0 is FATAL" in text, text)
    install(s, GOOD)
    status, text = ctl(s, "rolling-restart", "--resume", "web")
    t.equal(status, 0, "exit status; " + text)
    t.equal(states(s), ["RUNNING"] * N, "states")
    t.equal(set(before) & set(pids(s)), set(), "all are new")
    status, text = ctl(s, "rolling-restart", "--resume", "web")
    t.true(status == 1 and "no rolling restart of web to resume" in text, text)


@test("B-201: --batch, --detach, names and patterns; status shows it")
def options(t):
    s = web(t, n=5)
    status, text = ctl(s, "rolling-restart", "--detach", "--batch", "2",
                       "--pause", "600", "web:web_1", "web:web_[2-3]")
    t.equal((status, text), (0, "web:web_1 web:web_[2-3]: rolling restart 1 "
                             "begun\n"), "detached")
    s.wait_line("success: web_2", 2)
    wait_until(lambda: "rolling restart: waits, 2 of 3 done" in
               ctl(s, "status")[1], 20, "the description")
    t.equal(states(s), ["RUNNING"] * 5, "states")
    t.equal([s.count("spawned: 'web_%d'" % i) for i in range(5)],
            [1, 2, 2, 1, 1], "a batch of two")
    status, text = ctl(s, "rolling-restart", "web:web_0")
    t.true(status == 1 and "in another rolling restart" in text, text)
    status, text = ctl(s, "rolling-restart", "nothing*")
    t.true(status == 1 and "BAD_NAME: nothing*" in text, text)
    status, text = ctl(s, "rolling-restart", "--what", "web")
    t.true(status == 2 and "does not know --what" in text, text)


@test("B-204: min_running; what is stopped is left alone")
def guard(t):
    s = web(t, more="[group:web]\nprograms=web\nmin_running=2\n")
    ctl(s, "stop", "web:web_2")
    status, text = ctl(s, "rolling-restart", "web:*")
    t.true(status == 1 and "fewer than min_running would be left" in text, text)
    t.equal([s.count("spawned: 'web_%d'" % i) for i in range(N)], [1] * N,
            "nothing was touched")
    ctl(s, "start", "web:web_2")
    t.equal(ctl(s, "rolling-restart", "--batch", "3", "web:*")[0], 0, "enough")
    t.equal(order(s)[-3 * N:],
            [x + str(i) for i in range(N) for x in ("st", "sp", "su")],
            "never fewer than two")
    ctl(s, "stop", "web:web_2")


run()
