#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Two supervisors: the hand-over between old and new."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


# R-26, R-29, R-36
@test("T-36: 20 reloads: the lock is never free, the pid file never wrong, "
      "MAINPID in order")
def handover(t):
    n = t.notify()
    d = t.daemon(flags=["two"], env=dict(NOTIFY_SOCKET=n.path)).start()
    locks, reads = t.prober("lock", d.pidfile), t.prober("read", d.pidfile)
    pids = [d.pid]
    for _ in range(20):
        old = d.pid
        d.reload()
        t.true(d.pid != old, "the supervisor is the same")
        pids.append(d.pid)
    r = locks.stop()
    t.true(r["tries"] > 100, "too few tries")
    t.equal((r["obtained"], r["missing"]), (0, 0), "the lock was free")
    r = reads.stop()
    t.true(r["tries"] > 100, "too few looks")
    t.equal((r["missing"], r["empty"], r["malformed"], r["dead"]),
            (0, 0, 0, 0), "the pid file was wrong")
    t.equal([p for p in r["pids"] if p not in pids], [], "pids of strangers")
    mains = n.having("MAINPID")
    t.equal([int(m["MAINPID"]) for _, _, m in mains], pids[1:], "MAINPID=")
    for (_, sender, m), old in zip(mains, pids):
        t.equal(sender, old, "who sent MAINPID=%s" % m["MAINPID"])
    t.true(len(n.having("BARRIER")) >= 20, "no barriers")


# R-26, R-29, R-36
@test("T-36: the old supervisor leaves last, with status 0")
def order(t):
    d = t.daemon(flags=["two"], behave=dict(drain_ms=300)).start()
    first, worker = d.pid, d.worker()
    d.behave()
    d.signal(USR2)
    d.wait_event("shutdown")
    wait_until(lambda: not alive(worker), 5, "the old worker's end")
    t.true(not lock_is_free(d.pidfile), "the lock is free")
    d.reload_ends({})
    t.true(d.pid != first, "the supervisor is the same")


# R-26, R-29, R-36
@test("T-36: the hand-over by SIGKILL of the old supervisor after the reload "
      "harms nobody")
def kill_old(t):
    d = t.daemon(flags=["two"], behave=dict(drain_until=t.path("go"))).start()
    first, worker = d.pid, d.worker()
    d.behave()
    d.signal(USR2)
    d.wait_event("shutdown")
    new = wait_until(lambda: d.pid_in_file() != first and d.pid_in_file(), 5,
                     "the new pid in the pid file")
    kill(first, KILL)
    d.wait_exit()
    t.known.add(worker)
    wait_until(lambda: not alive(worker), 5, "the old worker's end")
    d.pid, d.proc, d.ended = new, None, None
    t.known.add(new)
    d.wait_event("ready", count=2)
    d.wait_state("running")
    t.equal(d.pid_in_file(), new, "pid file")
    t.true(not lock_is_free(d.pidfile), "the lock is free")


# R-17
@test("T-36: the new supervisor is killed before it is in charge: the old one "
      "goes on")
def kill_new(t):
    d = t.daemon(flags=["two"], behave=dict(drain_until=t.path("go"))).start()
    d.behave()
    d.signal(USR2)
    d.wait_event("shutdown")
    new = wait_until(lambda: d.pid_in_file() != d.pid and d.pid_in_file(), 5,
                     "the new pid in the pid file")
    worker = d.wait_event("worker", count=2).pid
    kill(new, KILL)
    t.touch("go")
    wait_until(lambda: not alive(worker), 5, "its worker's end")
    t.reap()
    t.known.add(worker)
    d.wait_event("ready", count=2)
    d.wait_state("running")
    t.equal(d.pid_in_file(), d.pid, "pid file")
    t.true(not lock_is_free(d.pidfile), "the lock is free")
    d.reload()


# R-17
@test("T-36: the new supervisor ends between commit and its answer: the old "
      "worker goes on")
def lost_before_answer(t):
    d = t.daemon(flags=["two"]).start()
    worker = d.worker()
    d.behave(init_until=t.path("go"))
    before = d.status()
    d.signal(USR2)
    candidate = d.wait_event("worker", count=2).pid
    new = parent_table()[candidate][0]
    kill(new, STOP)
    # Its worker is ready; what the stopped supervisor does not pass on yet.
    t.touch("go")
    time.sleep(0.2)
    kill(d.pid, STOP)
    kill(new, CONT)
    time.sleep(0.2)  # the request to take over waits
    kill(new, STOP)
    kill(d.pid, CONT)
    wait_until(lambda: d.status()["last_reload"] == "ok", 5, "the commit")
    t.equal(d.pid_in_file(), d.pid, "pid file before the answer")
    kill(new, KILL)
    t.known.update((new, candidate))
    wait_until(lambda: d.status()["last_reload"].startswith("failed"), 5,
               "the rollback")
    d.wait_state("running")
    t.equal(d.worker(), worker, "the worker")
    t.equal(d.pid_in_file(), d.pid, "pid file")
    wait_until(lambda: not alive(candidate), 5, "the candidate's end")
    t.reap()
    d.behave()
    d.reload()


run()
