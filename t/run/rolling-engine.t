#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rolling restarts go on over kills of the engine, and over the client's Ctrl-C
(B-203)."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import ctl
from harness import run, test, wait_until
from rolling import BROKEN, GOOD, N, background, ends, install, pids, states, web


@test("B-203: it goes on over kills of the engine, and the client looks on")
def engine(t):
    s = web(t)
    before = pids(s)
    p = background(s, "web:*")
    for i in range(2):
        wait_until(lambda: s.count("spawned: 'web_%d'" % i) == 2, 30, "a step")
        s.kill_engine()
    status, text = ends(p)
    t.equal(status, 0, "exit status; " + text)
    t.equal(states(s), ["RUNNING"] * N, "states")
    t.equal(set(before) & set(pids(s)), set(), "all are new")
    t.equal([s.count("spawned: 'web_%d'" % i) for i in range(N)], [2] * N,
            "each was started once more")


@test("B-203: a failure is known to the next engine, and can be resumed")
def engine_failed(t):
    s = web(t, keys="startsecs=2\n")
    install(s, BROKEN)
    t.equal(ctl(s, "rolling-restart", "web:*")[0], 1, "fails")
    s.kill_engine()
    install(s, GOOD)
    status, text = ctl(s, "rolling-restart", "--resume", "web:*")
    t.equal(status, 0, "exit status; " + text)
    t.equal(states(s), ["RUNNING"] * N, "states")


@test("B-203: Ctrl-C ends the client only; with --abort-on-exit the rest, too")
def interrupt(t):
    s = web(t)
    p = background(s, "web:*")
    s.wait_line("stopped: web_0")
    p.send_signal(signal.SIGINT)
    ends(p)
    s.wait_line("rolling restart 1 of web:*: done, 3 of 3 done", timeout=30)
    p = background(s, "--abort-on-exit", "--pause", "600", "web:*")
    s.wait_line("success: web_0", 3)
    before = pids(s)
    p.send_signal(signal.SIGINT)
    status, text = ends(p)
    t.true(status == 1 and "ended by Ctrl-C" in text, text)
    t.equal(pids(s)[1:], before[1:], "the others were not reached")
    t.equal(s.count("rolling restart 2 of web:*: aborted"), 1, "aborted")


run()
