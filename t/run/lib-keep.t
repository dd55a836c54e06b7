#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a supervisor keeps: children, pipes and memory that survive the worker."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import random


class Keeper(Daemon):
    """keeptest under a supervisor, and its ledger."""

    def __init__(self, t, flags=()):
        super().__init__(t, "keep")
        self.install("keeptest")
        self.extra = list(flags)

    def command(self, *more):
        return [self.exe, "--dir", self.dir, "--pid-file", self.pidfile,
                *self.extra, *more]

    def ledger(self):
        """[(worker, what, id, pid, status)]"""
        rows = []
        with open(self.path("ledger")) as f:
            for line in f:
                worker, what, ident, pid, status = line.split()
                rows.append((int(worker), what, int(ident), int(pid),
                             int(status)))
        return rows

    def attached(self):
        """Has the worker of now attached?"""
        worker = self.worker()
        try:
            return worker and alive(worker) and any(
                r[0] == worker and r[1] == "attached" for r in self.ledger())
        except FileNotFoundError:
            return False

    def finish(self):
        open(self.path("finish"), "w").close()
        wait_until(lambda: os.path.exists(self.path("finished")), 20,
                   "the last child's release")

    def audit(self, t):
        """The books must balance."""
        rows = self.ledger()
        for what in ("lost", "doubled", "stray", "spawn-failed", "torn",
                     "pipe-lost", "pipe-broken", "refused", "no-region",
                     "no-attach"):
            t.equal([r for r in rows if r[1] == what], [], what)
        told, confirmed, per_worker = {}, set(), set()
        for worker, what, ident, pid, status in rows:
            if what == "confirmed":
                confirmed.add(ident)
            if what != "exited":
                continue
            t.true(ident not in confirmed, "child %d was told of after its "
                   "release" % ident)
            t.true((worker, ident) not in per_worker,
                   "child %d was told of twice to one worker" % ident)
            per_worker.add((worker, ident))
            t.equal(told.setdefault(ident, (pid, status)), (pid, status),
                    "two stories of child %d" % ident)
            t.equal(status, ident % 251 << 8, "status of child %d" % ident)
        asked = {r[2] for r in rows if r[1] == "asked"}
        unstarted = {r[2] for r in rows if r[1] == "unstarted"}
        t.equal(unstarted & set(told), set(), "started and not started")
        t.equal(asked - unstarted - set(told), set(), "children without an end")
        workers = len({r[0] for r in rows if r[1] == "attached"})
        again = len(per_worker) - len(told)
        diag("%d workers, %d children, %d requests lost with their worker, "
             "%d exits told again before their release"
             % (workers, len(told), len(unstarted), again))
        return workers, len(told)


def kill_often(t, d, times, seed):
    """Kills the worker at random moments after it was started."""
    rng = random.Random(seed)
    last = 0
    for _ in range(times):
        worker = wait_until(
            lambda: d.worker() not in (0, last) and alive(d.worker())
            and d.worker(), 10, "a worker", every=0.0005)
        time.sleep(rng.uniform(0, 0.008) if rng.random() < 0.9
                   else rng.uniform(0, 0.08))
        kill(worker, KILL)
        last = worker


@test("keep: 50 children, their pipes and a region under a worker that is "
      "killed 1000 times")
def killed(t):
    n = 30 if VALGRIND else 200 if SANITIZE else 1000
    d = Keeper(t)
    d.start(wait=None)
    wait_until(d.attached, 10, "the first worker")
    # They live for moments: how many do at once is the machine's choice.
    wait_until(lambda: len(children(d.pid)) >= 5, 20, "children")
    kill_often(t, d, n, 4711)
    wait_until(d.attached, 10, "the last worker")
    d.finish()
    workers, told = d.audit(t)
    # Under valgrind they are killed before they can.
    t.true(VALGRIND or workers >= n / 5, "only %d workers attached" % workers)
    t.true(told >= 50, "only %d children" % told)
    t.equal(children(d.pid), [d.worker()], "children left")
    t.equal(zombies(d.pid), [], "zombies")
    plain = t.daemon("plain").start()
    held = fds(d.pid)
    diag("descriptors of the supervisor: %r" % held)
    t.true(len(held) <= len(fds(plain.pid)) + 3,
           "the supervisor has %d descriptors" % len(held))


@test("keep: children and pipes live through 30 reloads in place")
def reloaded(t):
    n = 5 if VALGRIND else 30
    d = Keeper(t)
    d.start(wait=None)
    wait_until(d.attached, 10, "the first worker")
    for _ in range(n):
        d.reload()
    wait_until(d.attached, 10, "the last worker")
    t.equal(d.generation(), n + 1, "generation")
    d.finish()
    d.audit(t)
    t.equal(children(d.pid), [d.worker()], "children left")


@test("keep: kills and reloads together")
def both(t):
    d = Keeper(t)
    d.start(wait=None)
    wait_until(d.attached, 10, "the first worker")
    for i in range(3 if VALGRIND else 15):
        d.signal(USR2)
        kill_often(t, d, 10, i)
    wait_until(lambda: d.attached() and d.status()["state"] == "running", 20,
               "rest")
    d.finish()
    d.audit(t)
    t.equal(children(d.pid), [d.worker()], "children left")


@test("keep: a stop with kept children ends and reaps them")
def stopped(t):
    d = Keeper(t)
    d.start(wait=None)
    wait_until(d.attached, 10, "the first worker")
    # They live for moments: how many do at once is the machine's choice.
    wait_until(lambda: len(children(d.pid)) >= 5, 20, "children")
    d.stop()
    t.orphans_are_fine = True


run()
