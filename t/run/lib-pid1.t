#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Pid 1 of a namespace, orphans, and the wall clock."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


NAMESPACE = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"]


def contained(t, **kw):
    """A daemon that is pid 1 of its own pid namespace."""
    d = t.daemon(**kw)
    d.start(prefix=NAMESPACE)
    t.equal(status_field(d.pid, "NSpid").split()[-1], "1", "pid inside")
    return d


def end(t, d, expect=OK):
    """unshare hands on the exit status of its child."""
    d.signal(TERM)
    wait_until(lambda: d.proc.poll() is not None, 10, "the container's end")
    d.ended = d.proc.returncode
    t.equal(d.ended, expect, "exit status of the container")
    d.check_clean()


# R-25, R-35
@test("T-33: as pid 1: ten reloads, generation 11, the container lives",
      pidns=True, valgrind=False)
def reloads(t):
    d = contained(t)
    pid = d.pid
    for n in range(10):
        d.reload()
        t.equal(d.status()["supervisor"], "1", "supervisor's pid inside")
    t.true(alive(pid), "pid 1 has ended")
    t.equal(d.generation(), 11, "generation")
    t.equal(len(children(pid)), 1, "children")
    end(t, d)


# R-25, R-35
@test("T-33: as pid 1 with two supervisors asked for: in place nevertheless",
      pidns=True, valgrind=False)
def in_place_anyway(t):
    d = contained(t, flags=["two"])
    d.reload()
    t.equal(d.status()["supervisor"], "1", "supervisor's pid inside")
    t.equal(d.generation(), 2, "generation")
    end(t, d)


# R-25, R-35
@test("T-33: the new image runs as pid 1 after the reload", pidns=True,
      valgrind=False)
def new_image(t):
    d = contained(t)
    before = os.stat("/proc/%d/exe" % d.pid).st_ino
    d.install()
    d.reload()
    t.true(os.stat("/proc/%d/exe" % d.pid).st_ino != before,
           "pid 1 runs the old image")
    end(t, d)


# R-25, R-35
@test("T-34: as pid 1: 1000 orphans are reaped", pidns=True, valgrind=False)
def orphans(t):
    d = contained(t, behave=dict(orphans=1000))
    d.wait_event("orphaned", timeout=20)
    wait_until(lambda: zombies(d.pid) == [] and len(descendants(d.pid)) == 1,
               20, "no orphan left")
    end(t, d)


# R-25, R-35
@test("T-34: as a sub-reaper: 200 orphans are reaped", valgrind=False)
def subreaper(t):
    d = t.daemon(behave=dict(orphans=200), args=["--subreaper"]).start()
    d.wait_event("orphaned")
    wait_until(lambda: zombies(d.pid) == [] and
               len(descendants(d.pid)) == 1, 20, "no orphan left")
    t.reap()
    t.equal(t.adopted, {}, "orphans that came to us")
    d.reload()
    d.wait_event("orphaned", count=2)
    wait_until(lambda: zombies(d.pid) == [] and
               len(descendants(d.pid)) == 1, 20, "no orphan left")
    t.reap()
    t.equal(t.adopted, {}, "orphans that came to us after a reload")


# R-25
@test("T-35: as pid 1: a stop status of the worker is the container's",
      pidns=True, valgrind=False)
def mapped_status(t):
    d = t.daemon(behave=dict(act="exit:42", act_ms=300),
                 sets=dict(stop_statuses="42"))
    d.start(prefix=NAMESPACE)
    wait_until(lambda: d.proc.poll() is not None, 10, "the container's end")
    d.ended = d.proc.returncode
    t.equal(d.ended, 42, "exit status of the container")


# R-25, R-35
@test("T-33: as pid 1: failed reloads and a killed candidate", pidns=True,
      valgrind=False)
def rollback(t):
    d = contained(t)
    worker = d.worker()
    d.behave(init="exit:7")
    d.reload("failed")
    d.behave(main="abort")
    d.reload("failed")
    t.equal(d.worker(), worker, "worker")
    t.equal(zombies(d.pid), [], "zombies")
    d.behave()
    d.reload()
    end(t, d)


# R-2
@test("T-44: the wall clock is stepped by an hour: timers do not care",
      sanitizers=False, valgrind=False)
def clock_steps(t):
    shim = os.path.join(CHILD, "clockshim")
    if not os.access(shim, os.R_OK):
        raise Skip("clockshim is not built")
    for step in 3600, -3600:
        offset = t.path("offset%d" % step)
        with open(offset, "w") as f:
            f.write("0")
        d = t.daemon("d%d" % step, sets=dict(
            delay_before_respawn_ms=600, reload_timeout_ms=700,
            stop_timeout_ms=300),
            env=dict(LD_PRELOAD=shim, CLOCKSHIM_OFFSET=offset)).start()
        shift(offset, step)
        killed = now()
        d.kill_worker()
        d.wait_state("respawning")
        shift(offset, 0)
        second = d.wait_event("worker", count=2)
        within(second.time - killed, 0.65, "the delay", least=0.595)
        d.wait_event("ready", count=2)
        d.behave(init_until=t.path("never"))
        asked = now()
        before = d.status()
        d.signal(USR2)
        d.wait_event("worker", count=3)
        shift(offset, step)
        d.reload_ends(before, "failed")
        within(now() - asked, 0.7 + 0.3 + 0.2, "the time-out", least=0.69)
        t.true(stamped(d, step), "the shim did not work")
        d.stop()


def shift(path, seconds):
    with open(path + ".new", "w") as f:
        f.write(str(seconds))
    os.rename(path + ".new", path)


def stamped(d, step):
    """Did the daemon's log see the shifted clock?  (So the shim works.)"""
    hours = {line[:13] for line in d.log_text().splitlines()}
    diag("hours in the log: %r" % sorted(hours))
    return len(hours) > 1


run()
