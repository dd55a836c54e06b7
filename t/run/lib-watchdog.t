#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The watchdog, and what a worker says on its socket."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


# R-10
@test("T-8: a stopped worker is replaced; the log names the watchdog")
def stopped(t):
    d = t.daemon(sets=dict(ping_timeout_ms=600, stop_timeout_ms=400)).start()
    before = now()
    d.kill_worker(STOP)
    d.wait_event("worker", count=2)
    within(now() - before, 0.6 + 0.4 + 0.2, "the replacement", least=0.4)
    t.true(d.logged("(?i)watchdog"), "the log does not name the watchdog")


# R-10
@test("T-8: so is one in a busy loop, and one that hangs")
def busy(t):
    for what in "busy", "hang":
        d = t.daemon(what, behave=dict(act=what, act_ms=100,
                                       act_once=t.path(what + "-once")),
                     sets=dict(ping_timeout_ms=500, stop_timeout_ms=300))
        d.start()
        began = d.wait_event("fault").time
        again = d.wait_event("worker", count=2).time
        within(again - began, 0.5 + 0.3 + 0.2, "the replacement", least=0.3)
        t.true(d.logged("(?i)watchdog"), "the log does not name the watchdog")
        d.stop()


# R-10
@test("T-8: a worker that has never pinged is left alone")
def deaf(t):
    d = t.daemon(behave=dict(ping="no", ready="no"),
                 sets=dict(ping_timeout_ms=300, ready_after_ms=100,
                           stop_timeout_ms=300))
    d.start(wait="worker")
    never(lambda: len(d.events("worker")) > 1, 1.2, "it was replaced")


# R-10
@test("T-8: an idle worker in appbase_wait pings often enough by itself")
def idle(t):
    d = t.daemon(sets=dict(ping_timeout_ms=300)).start()
    never(lambda: len(d.events("worker")) > 1, 1.5, "it was replaced")


# R-11
@test("T-46: 10^7 pings", sanitizers=False, valgrind=False)
def ping_cost(t):
    d = t.daemon(behave=dict(bench=10000000)).start()
    e = d.wait_event("bench", timeout=30)
    cost = float(e.detail[3:])
    diag("%.1f ns a ping" % cost)
    t.true(cost <= 50 or jitter.crowd > 1 and cost <= 150,
           "%.1f ns a ping" % cost)


# R-11
@test("T-46: no system calls between the checks", sanitizers=False,
      valgrind=False)
def ping_calls(t):
    strace = ["strace", "-f", "-qq", "-ttt", "-o", t.path("trace")]
    if not shutil.which("strace"):
        raise Skip("no strace")
    if subprocess.run(strace + ["true"], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        raise Skip("not permitted to trace")
    pings = 50000000
    offset = time.time() - now()
    d = t.daemon(behave=dict(bench=pings))
    d.start(wait=None, prefix=strace)
    e = d.wait_event("bench", timeout=60)
    took = float(e.detail[3:]) * pings / 1e9
    end = e.time + offset
    with open(t.path("trace")) as f:
        rows = [x.split(None, 2) for x in f]
    calls = [text for pid, when, text in rows if int(pid) == e.pid and
             end - took + 0.01 < float(when) < end - 0.01]
    diag("%d pings, %.3f s, %d system calls: %s" % (
        pings, took, len(calls), sorted({x.split("(")[0] for x in calls})))
    # A check asks the three descriptors on which something may have come.
    t.true(len(calls) <= 3 * (took / 0.1 + 2), "one check in 100 ms: %r"
           % calls[:20])


# R-1, R-12
@test("T-20: a flood on the handoff socket: memory bounded, timers on time, one "
      "warning")
def flood(t):
    for kind in "mib", "lines", "half":
        d = t.daemon(kind, behave=dict(flood=kind), sets=dict(
            delay_before_respawn_ms=200)).start()
        e = d.wait_event("flooded", timeout=20)
        t.true(int(e.detail[8:]) >= 1, "no socket to flood was found")
        if not (SANITIZE or VALGRIND):
            t.true(private_kib(d.pid) < 4096, "the supervisor has %d KiB"
                   % private_kib(d.pid))
        warning = "(?i)(unknown|unexpected|too long).*"
        if kind != "half":  # that one is no line yet
            d.wait_log(warning)
        warned = len(d.logged(warning))
        t.true(warned <= 3, "%d warnings" % warned)
        before = now()
        d.kill_worker()
        within(d.wait_event("worker", count=2).time - before, 0.25,
               "the respawn", least=0.195)
        d.stop()


# R-16
@test("T-22: the watchdog acts during a reload, which completes")
def watchdog_in_reload(t):
    port = free_port()
    listen = "web@127.0.0.1:%d" % port
    d = t.daemon(behave=dict(listen=listen), sets=dict(
        ping_timeout_ms=500, stop_timeout_ms=300)).start()
    old = d.worker()
    d.behave(init_until=t.path("go"), init_serve=1, listen=listen)
    before = d.status()
    d.signal(USR2)
    candidate = d.wait_event("worker", count=2).pid
    ask("127.0.0.1:%d" % port, "/fault/hang")
    wait_until(lambda: not alive(old), 5, "the watchdog")
    third = d.wait_event("worker", count=3)
    t.equal(third.gen, 1, "generation of the respawned worker")
    t.true(alive(candidate), "the candidate suffered")
    t.touch("go")
    d.reload_ends(before)
    t.equal(d.worker(), candidate, "the worker")
    t.equal(d.generation(), 2, "generation")
    t.equal(children(d.pid), [candidate], "children")


run()
