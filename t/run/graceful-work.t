#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Deploys by `supervisorctl graceful` under load: every task is done exactly
once, none is cut (B-101 to B-104).  DEPLOYS=200 for the long form."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import (DEPLOYS, FLOCK_PHP, FLOCK_PY, FLOCK_SH, LOCKFILE_PHP,
                    LOCKFILE_PY, LOCKFILE_SH, PHP, SIGNAL_PY, Queue, deploy,
                    program, start)
from harness import Skip, run, test

LOCKFILE = "reload_mode=lockfile\nreload_lockfile=%s\n"
DRAIN = "reload_mode=drain\nreload_lockfile=%s\n"


def story(t, worker, keys, idle=False):
    if worker.startswith("<") and not os.path.exists(PHP):
        raise Skip("no PHP")
    queue = Queue(t)
    s = start(t, program(queue, worker,
                         keys % queue.lock if "%" in keys else keys))
    queue.feed(idle)
    deploy(t, s, queue, DEPLOYS)
    queue.finish()
    queue.check(t)
    t.equal(s.count("spawned: 'w'"), DEPLOYS + 1, "starts")
    t.equal(s.count("killing 'w'"), 0, "kills")
    s.stop()


@test("B-102: lock file, a worker in shell")
def lockfile_sh(t):
    story(t, LOCKFILE_SH, LOCKFILE)


@test("B-102: lock file, a worker in Python")
def lockfile_py(t):
    story(t, LOCKFILE_PY, LOCKFILE)


@test("B-102: lock file, a worker in PHP")
def lockfile_php(t):
    story(t, LOCKFILE_PHP, LOCKFILE)


@test("B-102: lock file, a worker in PHP that is idle now and then")
def lockfile_idle(t):
    story(t, LOCKFILE_PHP, LOCKFILE, idle=True)


@test("B-102: lock file, a worker in shell that is idle now and then")
def lockfile_idle_sh(t):
    story(t, LOCKFILE_SH, LOCKFILE, idle=True)


@test("B-103: flock, a worker in Python")
def drain_py(t):
    story(t, FLOCK_PY, DRAIN)


@test("B-103: flock, a worker in PHP")
def drain_php(t):
    story(t, FLOCK_PHP, DRAIN)


@test("B-103: flock, a worker in shell")
def drain_sh(t):
    story(t, FLOCK_SH, DRAIN)


@test("B-104: a signal after which it exits, with a status of its own")
def signal_exit(t):
    story(t, SIGNAL_PY,
          "reload_mode=signal\nreload_signal=USR1\nreload_expect=exit\n")


run()
