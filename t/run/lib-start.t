#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Starting: when the command returns, what it says, what it leaves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


# R-1, R-32
@test("T-1: the start command returns when the worker is ready; an idle "
      "supervisor sleeps")
def start_is_honest(t):
    d = t.daemon(behave=dict(init_ms=300))
    before = now()
    d.start_detached()
    took = now() - before
    t.true(took >= 0.3, "returned after %.3f s, before the init" % took)
    t.equal(len(d.events("ready")), 1, "workers ready at the return")
    t.true(not lock_is_free(d.pidfile), "the pid file is not locked")
    t.true(alive(d.pid) and d.pid != d.worker(), "pid file names no supervisor")
    t.equal(children(d.pid), [d.worker()], "children of the supervisor")
    t.equal(d.status()["state"], "running", "state")
    t.equal(os.stat(d.pidfile).st_mode & 0o7777, 0o644, "mode of the pid file")
    t.true(os.getsid(d.pid) != os.getsid(0), "it is still in our session")
    if not VALGRIND:
        time.sleep(0.2)
        count = switches(d.pid)
        time.sleep(2)
        t.equal(switches(d.pid) - count, 0, "wake-ups in 2 idle seconds")
    d.stop()


# R-1, R-32
@test("T-1: detached: standard descriptors lead to /dev/null and the log file")
def detached_descriptors(t):
    d = t.daemon()
    d.start_detached()
    for pid in d.pid, d.worker():
        table = fds(pid)
        t.equal(table[0], "/dev/null", "descriptor 0 of %d" % pid)
        t.equal(table[2], d.log, "descriptor 2 of %d" % pid)


# R-32
@test("T-56: a worker that fails in init: exit 4; with --no-wait 0")
def failing_start(t):
    d = t.daemon(behave=dict(init="exit:3"), sets=dict(
        delay_before_respawn_ms=100, min_uptime_ms=1000))
    before = now()
    d.start_detached(expect=WORKER)
    within(now() - before, 2, "the failing start")
    t.true(d.logged("exited with status 3"), "the log does not say why")
    d.give_up()
    e = t.daemon("second", behave=dict(init="exit:3"))
    e.start_detached("--no-wait")
    e.wait_event("fault", count=3)
    e.stop()


# R-32
@test("T-56: a worker that hangs in init: exit 4 after start_timeout")
def hanging_start(t):
    d = t.daemon(behave=dict(init="hang"),
                 sets=dict(start_timeout_ms=400, stop_timeout_ms=200))
    before = now()
    d.start_detached(expect=WORKER)
    within(now() - before, 1.5, "the failing start", least=0.4)
    d.give_up()


# R-22
@each_mode("T-30: an application that never calls ready_to_take_over")
def never_ready(t, flags):
    d = t.daemon(behave=dict(ready="no"), sets=dict(ready_after_ms=300),
                 flags=flags)
    before = now()
    d.start_detached()
    took = now() - before
    t.true(took >= 0.3, "started after %.3f s, before ready_after" % took)
    old = d.worker()
    d.reload()
    t.true(d.worker() != old, "the worker is the same")
    t.equal(d.generation(), 2, "generation")
    status, text = [None], [None]

    def second_start():
        status[0], text[0] = d.run_again("--wait")
    d.reload(trigger=second_start)
    t.equal(status[0], OK, "second start --wait")
    t.equal(d.generation(), 3, "generation")
    d.behave(ready="no", act="exit:7", act_ms=50)
    before = d.status()
    status, _ = d.run_again("--wait")
    t.equal(status, RELOAD, "second start of a broken image")
    d.reload_ends(before, "failed")


@test("R-32: usage error exits 1, --help 0 on stdout, a preparation's status "
      "is the command's")
def statuses(t):
    d = t.daemon()
    status, text = d.run_again("--nonsense")
    t.equal(status, USAGE, "unknown option")
    p = subprocess.run([d.exe, "--help"], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=d.environment())
    t.equal(p.returncode, OK, "--help")
    t.true(b"Usage: " in p.stdout and p.stderr == b"", "usage is on stdout")
    d.behave(prepare=11)
    t.equal(d.run_again()[0], 11, "prepare")
    d.behave(check=12)
    t.true(d.run_again("--check-config")[0] != 0, "--check-config")
    d.behave()
    t.equal(d.run_again("--check-config")[0], 0, "--check-config of a good one")
    t.true(not d.events("worker"), "a worker was started")


@test("R-30: a second start of a daemon that cannot be reloaded: exit 2")
def second_start_cold(t):
    d = t.daemon(args=["--cold", "1"])
    d.args += ["--status-file", d.statusfile]
    d.start()
    status, text = d.run_again()
    t.equal(status, LOCKED, "second start")
    t.true(alive(d.pid) and alive(d.worker()), "the first one suffered")
    d.signal(USR2)
    d.wait_log("reload")
    t.equal(d.generation(), 1, "generation")


run()
