#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many of everything: descriptors, memory, signals."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import random


def reached(d, count):
    d.wait_event("ready", count=count)
    wait_until(lambda: d.worker() and alive(d.worker()) and
               d.status()["state"] == "running", 5, "a worker")


# R-28
@each_mode("T-43: reloads, respawns and failed reloads: the same descriptors in "
           "supervisor and worker")
def descriptors(t, flags):
    n = 10 if SANITIZE or VALGRIND else 100
    port = free_port()
    good = dict(listen="web@127.0.0.1:%d" % port)
    d = t.daemon(behave=good, flags=flags,
                 sets=dict(delay_before_respawn_ms=-1)).start()
    d.reload()
    shapes = fd_shape(d.pid), fd_shape(d.worker())
    diag("supervisor %r" % shapes[0])
    diag("worker %r" % shapes[1])

    def same(what):
        t.equal(fd_shape(d.pid), shapes[0], "supervisor after %s" % what)
        t.equal(fd_shape(d.worker()), shapes[1], "worker after %s" % what)
    for _ in range(n):
        d.reload()
    same("%d reloads" % n)
    ready = len(d.events("ready"))
    for i in range(n):
        d.kill_worker()
        reached(d, ready + i + 1)
    t.equal(fd_shape(d.pid), shapes[0], "supervisor after respawns")
    d.behave(main="exit:1")
    for _ in range(n // 2):
        d.reload("failed")
    d.behave(init="exit:1")
    for _ in range(n // 2):
        d.reload("failed")
    t.equal(fd_shape(d.pid), shapes[0], "supervisor after failed reloads")
    d.behave(**good)
    d.reload()
    same("all of it")
    t.equal(ask("127.0.0.1:%d" % port)["gen"], str(n + 3), "generation")


# R-40
@test("T-62: many reloads: memory and descriptors stay flat (LONG=1: 10000)")
def flat(t):
    n = 10000 if os.environ.get("LONG") else 20 if VALGRIND else 200
    d = t.daemon().start()
    for _ in range(10):
        d.reload()
    shape = fd_shape(d.pid)
    before = 0 if SANITIZE or VALGRIND else private_kib(d.pid)
    for _ in range(n):
        d.reload()
    t.equal(fd_shape(d.pid), shape, "descriptors")
    if before:
        after = private_kib(d.pid)
        diag("private memory: %d KiB, then %d KiB" % (before, after))
        t.true(after <= before + 64, "memory grew from %d to %d KiB"
               % (before, after))
        t.true(after <= 1024, "private memory: %d KiB (R-41)" % after)


def rss_anon(pid):
    """Private memory by another count: one that a fork does not change."""
    return int(status_field(pid, "RssAnon").split()[0])


# R-40
@test("T-62: many respawns: memory stays flat", sanitizers=False,
      valgrind=False)
def flat_respawns(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=-1),
                 behave=dict(act="exit:1")).start(wait=None)
    wait_until(lambda: int(d.status().get("restarts") or 0) >= 50, 20, "50")
    before = rss_anon(d.pid)
    wait_until(lambda: int(d.status().get("restarts") or 0) >= 500, 60, "500")
    after = rss_anon(d.pid)
    t.true(after <= before + 32, "memory grew from %d to %d KiB"
           % (before, after))


# R-38
@test("T-60: storms of CHLD, USR1, USR2 and HUP for 10 s during 100 respawns")
def storm(t):
    n, lasts = (10, 2) if VALGRIND else (100, 10)
    d = t.daemon(sets=dict(delay_before_respawn_ms=-1)).start()
    began = now()
    stop = threading.Event()
    sent = [0]

    def blow():
        signals = [signal.SIGCHLD, USR1, HUP, signal.SIGCHLD, signal.SIGPIPE]
        while not stop.is_set():
            for sig in 2 * signals:
                os.kill(d.pid, sig)
                sent[0] += 1
            time.sleep(0.0004)
    thread = threading.Thread(target=blow)
    thread.start()
    try:
        for i in range(n):
            reached(d, i + 1)
            if i % 20 == 10:
                d.signal(USR2)
            d.kill_worker()
            # The respawns are spread over the whole of the storm.
            time.sleep(max(0, began + (i + 1) * lasts / n - now()))
        wait_until(lambda: d.worker() and alive(d.worker()), 5, "a worker")
        d.signal(TERM)
        t.equal(d.wait_exit(), OK, "exit status")
    finally:
        stop.set()
        thread.join()
    diag("%d signals, %d a second" % (sent[0], sent[0] / (now() - began)))
    d.check_clean()
    per_worker = {}
    for e in d.events("shutdown"):
        per_worker[e.pid] = per_worker.get(e.pid, 0) + 1
    t.true(all(v == 1 for v in per_worker.values()), "%r" % per_worker)


# R-38
@test("T-60: a storm of TERM to supervisor and worker: one shutdown, exit 0")
def term_storm(t):
    for n in range(5):
        d = t.daemon("d%d" % n, behave=dict(drain_ms=100)).start()
        worker = d.worker()
        d.signal(TERM)
        d.wait_event("shutdown")
        end = now() + 0.05
        while now() < end:
            kill(worker, TERM)
            kill(worker, INT)
        t.equal(d.wait_exit(), OK, "exit status")
        t.equal(len(d.events("shutdown")), 1, "shutdowns")
        t.equal(len(d.events("drained")), 1, "whole shutdowns")


# R-38
@test("T-60: a storm of USR2 ends with one generation")
def reload_storm(t):
    d = t.daemon().start()
    end = now() + 1.0
    while now() < end:
        d.signal(USR2)
    wait_until(lambda: d.status()["state"] == "running", 10, "rest")
    time.sleep(0.2)
    wait_until(lambda: d.status()["state"] == "running", 10, "rest")
    t.equal(children(d.pid), [d.worker()], "children")
    t.true(d.generation() > 2, "generation %d" % d.generation())


# R-38
@each_mode("T-60: reloads and respawns at random")
def mix(t, flags):
    port = free_port()
    good = dict(listen="web@127.0.0.1:%d" % port)
    d = t.daemon(behave=good, flags=flags,
                 sets=dict(delay_before_respawn_ms=-1)).start()
    rng = random.Random(20)
    for _ in range(40):
        what = rng.random()
        d.behave(**(good if what < 0.7 else dict(main="exit:1")
                    if what < 0.85 else dict(init="abort")))
        before = d.status()
        d.signal(USR2)
        if rng.random() < 0.4:
            time.sleep(rng.uniform(0, 0.02))
            worker = d.worker()
            # While it hands over, the old supervisor calls the new one its
            # worker.
            if worker and worker != d.pid_in_file() and alive(worker):
                kill(worker, KILL)
        d.reload_ends(before, None)
    d.behave(**good)
    wait_until(lambda: d.status()["state"] == "running" and
               alive(d.worker()), 10, "rest")
    d.reload()
    t.equal(children(d.pid), [d.worker()], "children")
    t.equal(zombies(d.pid), [], "zombies")
    t.equal(ask("127.0.0.1:%d" % port)["pid"], str(d.worker()), "who serves")


run()
