#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Talking to a service manager."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403



# R-36
@each_mode("T-58: READY, RELOADING with MONOTONIC_USEC, READY, failed reload, "
           "STOPPING")
def protocol(t, flags):
    n = t.notify()
    port = free_port()
    d = t.daemon(flags=flags, env=dict(NOTIFY_SOCKET=n.path),
                 behave=dict(init_ms=200,
                             listen="web@127.0.0.1:%d" % port))
    before = now()
    d.start()
    first = wait_until(lambda: n.having("READY"), 5, "READY=1")[0]
    t.true(first[0] - before >= 0.2, "READY=1 came before the worker's init")
    if not VALGRIND:
        t.equal(first[1], d.pid, "who sent READY=1")
    env = ask("127.0.0.1:%d" % port, "/env")["env"]
    t.true("NOTIFY_SOCKET" not in env, "NOTIFY_SOCKET reached the worker")
    asked = now()
    d.reload()
    wait_until(lambda: len(n.having("READY")) == 2, 5, "READY=1 after reload")
    said = n.having("RELOADING")[0][2]
    stamp = int(said["MONOTONIC_USEC"]) / 1e6
    t.true(asked - 0.1 <= stamp <= asked + 1, "MONOTONIC_USEC %r" % stamp)
    d.behave(init="exit:1")
    d.reload("failed")
    wait_until(lambda: len(n.having("READY")) == 3, 5, "READY=1 after rollback")
    status = [m.get("STATUS", "") for _, _, m in n.messages if "READY" in m
              or "STATUS" in m][-1]
    t.true("fail" in status, "STATUS after the rollback: %r" % status)
    d.stop()
    wait_until(lambda: n.having("STOPPING"), 5, "STOPPING=1")
    t.equal(n.sequence("READY", "RELOADING", "STOPPING"),
            ["READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"],
            "the sequence")


# R-36
@test("T-58: an abstract address; the worker's text in STATUS")
def abstract(t):
    n = t.notify()
    d = t.daemon(env=dict(NOTIFY_SOCKET=n.path),
                 behave=dict(text="all is well"))
    d.start()
    wait_until(lambda: [m for _, _, m in n.having("STATUS")
                        if "all is well" in m["STATUS"]], 5, "STATUS")


# R-36
@test("T-58: nobody reads the socket: nothing blocks")
def full_socket(t):
    path = t.path("dead")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    d = t.daemon(env=dict(NOTIFY_SOCKET=path)).start()
    for _ in range(8):
        d.reload()
    before = now()
    d.stop()
    within(now() - before, 0.5, "the stop")
    s.close()


# R-36
@test("T-58: the address leads nowhere: nothing fails")
def no_socket(t):
    d = t.daemon(env=dict(NOTIFY_SOCKET=t.path("nowhere"))).start()
    d.reload()


# R-36
@test("T-59: WATCHDOG=1 while the worker is fresh, and not while it hangs")
def watchdog(t):
    n = t.notify()
    port = free_port()
    d = t.daemon(env=dict(NOTIFY_SOCKET=n.path, WATCHDOG_USEC="600000"),
                 behave=dict(listen="web@127.0.0.1:%d" % port))
    d.start()
    wait_until(lambda: len(n.having("WATCHDOG")) >= 8, 5, "WATCHDOG=1")
    times = [m[0] for m in n.having("WATCHDOG")]
    t.true(max(b - a for a, b in zip(times, times[1:])) < 0.6 * SCALE
           + 6 * jitter.worst, "too seldom: %r" % times)
    d.kill_worker(STOP)
    stopped = now()
    never(lambda: [m for m in n.having("WATCHDOG") if m[0] > stopped + 0.7],
          1.8, "WATCHDOG=1 while the worker hangs")
    kill(d.worker(), CONT)
    wait_until(lambda: n.having("WATCHDOG")[-1][0] > stopped + 0.7, 5,
               "WATCHDOG=1 again")


# R-36
@test("T-59: our own watchdog acts before the service manager's")
def own_watchdog(t):
    n = t.notify()
    d = t.daemon(env=dict(NOTIFY_SOCKET=n.path, WATCHDOG_USEC="2000000"),
                 sets=dict(ping_timeout_ms=400, stop_timeout_ms=200))
    d.start()
    d.kill_worker(STOP)
    stopped = now()
    d.wait_event("worker", count=2)
    d.wait_event("ready", count=2)
    wait_until(lambda: [m for m in n.having("WATCHDOG") if m[0] > stopped + 0.3],
               5, "WATCHDOG=1 after the respawn")
    within(n.having("WATCHDOG")[-1][0] - stopped, 2.0, "the gap")


# R-36
@test("T-59: WATCHDOG_PID of another process: no WATCHDOG=1")
def other_pid(t):
    n = t.notify()
    d = t.daemon(env=dict(NOTIFY_SOCKET=n.path, WATCHDOG_USEC="200000",
                          WATCHDOG_PID="1"))
    d.start()
    never(lambda: n.having("WATCHDOG"), 0.6, "WATCHDOG=1")


@test("R-36: EXTEND_TIMEOUT_USEC during a long drain")
def extend(t):
    n = t.notify()
    d = t.daemon(env=dict(NOTIFY_SOCKET=n.path), behave=dict(drain_ms=2500))
    d.start()
    d.signal(TERM)
    wait_until(lambda: n.having("EXTEND_TIMEOUT_USEC"), 3,
               "EXTEND_TIMEOUT_USEC")
    d.ended = None
    t.equal(d.wait_exit(), OK, "exit status")


run()
