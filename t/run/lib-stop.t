#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stopping, and losing the supervisor."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


# R-8
@test("T-2: TERM during the respawn delay: exit 0 at once")
def stop_in_delay(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=5000)).start()
    d.kill_worker()
    d.wait_state("respawning")
    before = now()
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    within(now() - before, 0.1, "the stop")
    t.equal(len(d.events("worker")), 1, "workers started")
    d.check_clean()


# R-6
@test("T-3: TERM: supervised_shutdown runs once, the worker goes first, the pid "
      "file is removed")
def orderly_stop(t):
    d = t.daemon(behave=dict(drain_ms=300)).start()
    worker = d.worker()
    d.signal(TERM)
    d.wait_event("shutdown")
    t.true(alive(d.pid), "the supervisor left its worker")
    t.equal(d.status().get("state"), "stopping", "state")
    wait_until(lambda: not alive(worker), 5, "end of the worker")
    t.equal(d.wait_exit(), OK, "exit status")
    d.check_clean()
    t.equal(len(d.events("shutdown")), 1, "calls of supervised_shutdown")
    t.equal(len(d.events("drained")), 1, "ends of supervised_shutdown")
    t.true(not os.path.exists(d.statusfile), "the status file is still there")


# R-6
@test("T-3: INT and QUIT stop as well")
def other_signals(t):
    for sig in INT, QUIT:
        d = t.daemon(sig.name).start()
        d.signal(sig)
        t.equal(d.wait_exit(), OK, "exit status after %s" % sig.name)
        d.check_clean()
        t.equal(len(d.events("shutdown")), 1, "calls of supervised_shutdown")


# R-6
@test("T-4: a worker that ignores TERM is killed after stop_timeout")
def stubborn_worker(t):
    d = t.daemon(behave=dict(ignore_term=1),
                 sets=dict(stop_timeout_ms=2000)).start()
    before = now()
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    within(now() - before, 2.1, "the stop", least=1.9)
    d.check_clean()
    t.true(d.logged("(?i)kill"), "the log does not say so")
    t.equal(len(d.events("shutdown")), 0, "calls of supervised_shutdown")


# R-6
@test("T-5: a second TERM kills at once")
def impatience(t):
    d = t.daemon(behave=dict(ignore_term=1),
                 sets=dict(stop_timeout_ms=20000)).start()
    d.signal(TERM)
    d.wait_state("stopping")
    before = now()
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    within(now() - before, 0.1, "the second TERM")
    d.check_clean()


def lost(t, d, worker, before, status):
    wait_until(lambda: not alive(worker), 5, "end of the orphan")
    within(now() - before, 1.0, "the orphan's end")
    t.equal(d.wait_exit(), -9, "the killed supervisor")
    t.reap()
    t.equal(os.waitstatus_to_exitcode(t.adopted[worker]), status,
            "the orphan's status")
    t.known.add(worker)
    t.true(lock_is_free(d.pidfile), "the lock is held by nobody we know")


# R-5, R-11
@test("T-6: KILL to the supervisor: the worker shuts down and exits 255; a new "
      "start works at once")
def supervisor_killed(t):
    d = t.daemon().start()
    worker, before = d.worker(), now()
    d.signal(KILL)
    d.wait_event("shutdown", timeout=2)
    lost(t, d, worker, before, LOST)
    t.equal(len(d.events("shutdown")), 1, "calls of supervised_shutdown")
    d.start()
    t.equal(d.generation(), 1, "generation of the new start")


# R-5
@test("T-7: KILL to the supervisor of a worker that never pings")
def supervisor_killed_deaf(t):
    d = t.daemon(behave=dict(ping="no")).start()
    worker, before = d.worker(), now()
    d.signal(KILL)
    wait_until(lambda: not alive(worker), 5, "end of the orphan")
    within(now() - before, 1.0, "the orphan's end")
    d.wait_exit()
    t.reap()
    t.known.add(worker)
    t.true(lock_is_free(d.pidfile), "the lock is held by nobody we know")


# R-5
@test("T-7: a worker that outlives its supervisor by choice does")
def outliving(t):
    d = t.daemon(flags=["outlives"]).start()
    worker = d.worker()
    d.signal(KILL)
    d.wait_exit()
    t.known.add(worker)
    never(lambda: not alive(worker), 1.5, "the worker ended")
    t.true(lock_is_free(d.pidfile), "the worker holds the lock")
    kill(worker, KILL)


# R-4, R-35
@each_mode("T-38: nobody reaps the supervisor: stop and reload take no longer")
def late_parent(t, flags):
    d = t.daemon(flags=flags).start()
    first = d.pid
    before = now()
    d.signal(USR2)
    wait_until(lambda: d.generation() == 2 and
               d.status()["state"] == "running", 5, "the reload")
    within(now() - before, 0.5, "the reload")
    if d.pid_in_file() != first:
        wait_until(lambda: state(first) == "Z", 5, "the old one unreaped")
        d.follow(d.pid_in_file())
    before = now()
    d.signal(TERM)
    wait_until(d.gone, 5, "the end")
    within(now() - before, 0.5, "the stop")
    t.true(state(d.pid) == "Z", "somebody reaped it")
    t.true(lock_is_free(d.pidfile), "the lock is held")
    t.equal(d.wait_exit(), OK, "exit status")


@test("R-6: a stop request of the worker's own ends the daemon")
def request_stop(t):
    d = t.daemon(behave=dict(act="stopreq", act_ms=50)).start(wait=None)
    t.equal(d.wait_exit(), OK, "exit status")
    d.check_clean()
    t.equal(len(d.events("shutdown")), 1, "calls of supervised_shutdown")


@test("R-6: a daemon of a single process stops in order")
def alone(t):
    d = t.daemon(args=["--role", "daemon"])
    d.start(wait=None)
    d.wait_event("ready")
    t.equal(d.pid_in_file(), d.pid, "pid file")
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    d.check_clean()
    t.equal(len(d.events("shutdown")), 1, "calls of handle_shutdown")


@test("R-6: a busy section is not cut by a stop, up to shutdown_timeout")
def busy_section(t):
    d = t.daemon("whole", behave=dict(act="section", section_ms=600),
                 sets=dict(stop_timeout_ms=300, shutdown_timeout_ms=5000))
    d.start(wait="section")
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    t.equal([e.name for e in d.events()][-3:],
            ["section-end", "shutdown", "drained"], "the last events")
    d = t.daemon("cut", behave=dict(act="section", section_ms=60000),
                 sets=dict(stop_timeout_ms=200, shutdown_timeout_ms=500))
    d.start(wait="section")
    before = now()
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    within(now() - before, 1.0, "the stop", least=0.45)


@test("R-6: a worker that asks for more time gets it")
def extended(t):
    d = t.daemon(behave=dict(extend=5000, drain_ms=900),
                 sets=dict(stop_timeout_ms=300)).start()
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    t.equal(len(d.events("drained")), 1, "whole shutdowns")


@test("R-5: the children of a pre-forking worker end with it")
def preforked(t):
    d = t.daemon(behave=dict(prefork=3)).start()
    d.wait_event("preforked", count=3)
    t.orphans_are_fine = True
    first = [int(e.detail[4:]) for e in d.events("prefork")]
    for pid in first:
        t.true(not [v for n, v in fds(pid).items() if n > 2
                    and v.startswith("socket:")],
               "sockets of the library are open in a child: %r" % fds(pid))
    d.kill_worker()
    wait_until(lambda: not any(alive(p) for p in first), 3, "their end")
    d.wait_event("preforked", count=6)


run()
