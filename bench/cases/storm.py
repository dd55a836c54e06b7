# SPDX-License-Identifier: BSD-2-Clause
"""200 programs that crash at once while control answers; a killed engine."""
import contextlib
import os
import signal
import time

import bench
import fleet

COUNT, SECONDS = 200, 5


def storm(kind):
    """Restarts a second, milliseconds of getState and getAllProcessInfo."""
    extra = "startsecs=0\nautorestart=true\n"
    with fleet.reports() as (directory, fifo):
        with fleet.Supervisord(
                kind, directory, fleet.programs(COUNT, "crash", extra), COUNT,
                loglevel="error") as s:
            bench.wait_until(s.ready, "the control socket")
            fifo.drain()
            state, every, restarts = [], [], 0
            began = time.monotonic()
            while time.monotonic() < began + SECONDS:
                state.append(s.call("supervisor.getState")[0] * 1e3)
                every.append(
                    s.call("supervisor.getAllProcessInfo")[0] * 1e3)
                restarts += len(fifo.drain())
                time.sleep(0.01)
            return restarts / (time.monotonic() - began), state, every


def floor():
    """As many at a time in a loop."""
    with fleet.reports() as (_, fifo):
        with fleet.floor("respawn", COUNT, "crash"):
            fifo.wait(COUNT)
            restarts, began = 0, time.monotonic()
            while time.monotonic() < began + SECONDS:
                restarts += len(fifo.drain())
                time.sleep(0.01)
            return restarts / (time.monotonic() - began)


def killed(count):
    """Programs lost, and milliseconds until control answers, the worst of 10."""
    worst = 0
    with fleet.reports() as (directory, fifo):
        with fleet.Supervisord(fleet.OURS, directory, fleet.programs(count),
                               count) as s:
            pids, _ = fifo.wait(count)
            bench.wait_until(s.ready, "the control socket")
            for _ in range(10):
                engine = s.processes()[1]
                os.kill(engine, signal.SIGKILL)
                began = time.monotonic()
                answer = b""
                while answer.count(b"RUNNING") < count:
                    with contextlib.suppress(OSError):
                        answer = s.call("supervisor.getAllProcessInfo")[1]
                worst = max(worst, time.monotonic() - began)
                time.sleep(1.1)  # a second crash within a second waits
            lost = len(set(pids) - set(fleet.children(s.pid)))
    return lost, worst * 1e3


def run(table):
    """The storm, then the kill."""
    ours, state, every = storm(fleet.OURS)
    least = floor()
    table.add("crash storm of 200, restarts a second", "%.0f" % ours,
              "%.0f" % least, ours / least, ">= 0.85", ours / least >= 0.85)
    for what, took, goal in (("getState", state, 5),
                             ("getAllProcessInfo", every, 10)):
        p99 = bench.percentile(took, 99)
        table.add("  meanwhile %s, p99" % what, "%.1f ms" % p99,
                  goal="<= %d ms" % goal, met=p99 <= goal)
    try:
        theirs, state_, _ = storm(fleet.THEIRS)
        table.add("  supervisor's restarts a second", "%.0f" % ours,
                  "%.0f" % theirs, ours / theirs, ">= 6", ours / theirs >= 6)
        table.add("  supervisor's getState, p99", "%.1f ms" %
                  bench.percentile(state, 99), "%.0f ms" %
                  bench.percentile(state_, 99), bench.percentile(state, 99) /
                  bench.percentile(state_, 99))
    except bench.Skip as why:
        table.skip("  supervisor in a crash storm", str(why))
    lost, worst = killed(200)
    table.add("engine killed: programs lost", str(lost), goal="0",
              met=lost == 0)
    table.add("  until control answers, worst of 10", "%.0f ms" % worst,
              goal="<= 1000 ms", met=worst <= 1000)
