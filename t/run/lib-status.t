#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The status file and SIGUSR1."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403



def fields(t, d, **wanted):
    s = d.status()
    for key, value in wanted.items():
        t.equal(s.get(key), str(value), "status %s" % key)
    return s


# R-39
@test("T-61: the status in every state")
def states(t):
    d = t.daemon(behave=dict(init_until=t.path("init"),
                             drain_until=t.path("drained")),
                 sets=dict(delay_before_respawn_ms=400,
                           drain_timeout_ms=20000),
                 flags=["calls_ready"])
    d.start(wait="worker")
    d.wait_state("starting")
    fields(t, d, generation=1, supervisor=d.pid, reloads=0,
           last_reload="none", restarts=0)
    t.touch("init")
    d.wait_state("running")
    worker = d.events("worker")[0].pid
    s = fields(t, d, generation=1, worker=worker)
    t.true(int(s["uptime_ms"]) >= 0, "uptime")
    kill(worker, KILL)
    d.wait_state("respawning")
    t.true(d.status().get("worker") in (None, "", "0"), "a dead worker is named")
    d.wait_state("running")
    fields(t, d, restarts=1)
    d.behave(init_until=t.path("second"), drain_until=t.path("stop"))
    before = d.status()
    d.signal(USR2)
    d.wait_state("reloading")
    fields(t, d, generation=1)
    d.wait_event("worker", count=3)
    t.touch("second")
    d.wait_state("draining")
    t.touch("drained")
    d.reload_ends(before)
    s = fields(t, d, generation=2, last_reload="ok", reloads=1,
               supervisor=d.pid)
    t.true(int(s["last_reload_ms"]) >= 0, "duration")
    d.behave(main="exit:3", drain_until=t.path("stop"))
    d.reload("failed")
    fields(t, d, generation=2)
    d.signal(TERM)
    d.wait_state("stopping")
    t.touch("stop")
    t.equal(d.wait_exit(), OK, "exit status")
    t.true(not os.path.exists(d.statusfile), "the status file stays")


# R-39
@test("T-61: SIGUSR1: one line in the log, in any state")
def usr1(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=400)).start()
    d.signal(USR1)
    d.wait_log(r"state[= ]running", timeout=3)
    d.kill_worker()
    d.wait_state("respawning")
    d.signal(USR1)
    d.wait_log(r"state[= ]respawning", timeout=3)


# R-39
@test("T-61: the file is replaced whole: a reader never sees half of it")
def whole(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=-1)).start()
    keys = set(d.status())
    looks, deaths = 0, 0
    end = now() + 1.0
    while now() < end:
        s = d.status()
        looks += 1
        t.true(keys - set(s) <= {"worker", "last_reload_ms"},
               "missing: %r" % (keys - set(s)))
        if s.get("worker", "0") != "0" and s["state"] == "running":
            kill(int(s["worker"]), KILL)
            deaths += 1
    t.true(looks > 100 and deaths > 5, "%d looks, %d deaths" % (looks, deaths))


@test("R-39: every line of the log has time, name, role, generation and level")
def log_lines(t):
    d = t.daemon().start()
    d.reload()
    d.stop()
    for line in d.log_text().splitlines():
        t.true(re.match(r"\S+( \S+)? testd\[\d+\] \w+/\d+ \w+: .", line),
               "line %r" % line)
    roles = {m for m in d.logged(r"\] (\w+)/\d+ ")}
    t.true("supervisor" in roles, "roles: %r" % roles)


@test("R-39: --status-file and no pid file")
def no_pidfile(t):
    d = t.daemon(pidfile=False).start()
    t.equal(d.status()["supervisor"], str(d.pid), "supervisor")
    d.reload()
    t.equal(d.generation(), 2, "generation")
    d.stop()


run()
