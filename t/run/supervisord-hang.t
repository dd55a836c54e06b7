#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: an engine that hangs is replaced, one that is idle is not."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (KILL, SCALE, STOP, TERM, alive, kill, never,  # noqa: E402
                     now, run, state, switches, test, wait_until)
from supd import SERVER, Supd  # noqa: E402

PROGRAMS = SERVER + """
[program:x]
command=/bin/sleep 1000
[program:y]
command=/bin/sleep 1000
"""


@test("B-501: a stopped engine is replaced; what happened meanwhile is known")
def stopped(t):
    s = Supd(t, PROGRAMS, keys="engine_timeout=2").start()
    x, y = s.running("x"), s.running("y")
    engine = s.engine()
    kill(engine, STOP)
    wait_until(lambda: state(engine) == "T", 5, "the stop")
    kill(y, TERM)
    s.wait_line("ERRO watchdog: worker %d has not pinged" % engine, timeout=20)
    s.wait_line("the engine was replaced; programs were left alone")
    t.true(not alive(engine), "the old engine is gone")
    s.wait_line("WARN exited: y (terminated by SIGTERM; not expected)")
    info = {i["name"]: i for i in s.rpc().supervisor.getAllProcessInfo()}
    t.equal(info["x"]["pid"], x, "the pid of x")
    t.true(s.running("y", 2) != y, "y was started again")
    t.true(alive(x), "x was left alone")
    s.stop()


@test("B-501: an engine without anything to do is not taken for one that hangs")
def idle(t):
    s = Supd(t, PROGRAMS, keys="engine_timeout=%d" % (2 * SCALE)).start()
    s.running("x")
    engine = s.engine()
    never(lambda: s.count("watchdog") or s.engine() != engine, 6 * SCALE,
          "the engine was replaced")
    s.stop()


@test("B-501: engine_timeout=0 leaves it alone")
def off(t):
    s = Supd(t, PROGRAMS, keys="engine_timeout=0").start()
    s.running("x")
    engine = s.engine()
    kill(engine, STOP)
    never(lambda: s.count("watchdog") or not alive(engine), 3,
          "the engine was replaced")
    kill(engine, KILL)
    s.wait_line("the engine was replaced")
    s.stop()


@test("B-501: the watch over the engine wakes nobody more often than it must")
def wakeups(t):
    s = Supd(t, PROGRAMS).start()
    s.running("x")
    s.running("y")
    engine = s.engine()

    def quiet():
        """Nothing happens for a second: what the start set going is done."""
        before = switches(engine), switches(s.pid)
        time.sleep(1)
        return (switches(engine), switches(s.pid)) == before
    wait_until(quiet, 30, "a quiet second")
    began, before = now(), (switches(engine), switches(s.pid))
    time.sleep(5)
    after, took = (switches(engine), switches(s.pid)), now() - began
    # each of the two at most every 15 s, some switches a time
    limit = 8 * (1 + took / 15)
    t.true(after[0] - before[0] <= limit, "the engine: %d" % (
        after[0] - before[0]))
    t.true(after[1] - before[1] <= limit, "the keeper: %d" % (
        after[1] - before[1]))
    s.stop()


run()
