# SPDX-License-Identifier: BSD-2-Clause
"""XML-RPC answers, supervisorctl, stop/start/restart all, update; 1,000 programs."""
import os
import time

import bench
import fleet

COUNT = 1000


def canned(directory, size):
    """Median milliseconds of an answer of that size that is ready."""
    address = os.path.join(directory, "canned%d" % size)
    with fleet.floor("canned", address, size):
        bench.wait_until(lambda: os.path.exists(address), "the canned server")
        return bench.median(fleet.request(address, "x")[0]
                            for _ in range(30)) * 1e3


def calls(supervisord, method, count):
    """Median milliseconds, and the size of an answer."""
    took = [supervisord.call(method) for _ in range(count)]
    return bench.median(t for t, _ in took) * 1e3, len(took[0][1])


def measure(kind, fifo, directory):
    """All figures of one supervisord by their names."""
    found = {}
    with fleet.Supervisord(kind, directory, fleet.programs(COUNT), COUNT) as s:
        boot = fifo.wait(COUNT)[1] - s.began
        bench.wait_until(s.ready, "the control socket")
        time.sleep(1.5)
        found["boot"] = boot
        found["state"], found["state_size"] = calls(
            s, "supervisor.getState", 30)
        found["all"], found["all_size"] = calls(
            s, "supervisor.getAllProcessInfo", 9)
        found["status"] = bench.median(s.command("status") for _ in range(5))
        found["stop"] = s.command("stop", "all")
        found["start"] = s.command("start", "all")
        found["restart"] = s.command("restart", "all")
        fifo.wait(2 * COUNT)
        if kind == fleet.OURS:
            s.write(fleet.programs(COUNT).replace("p0500]", "p5000]"))
            found["update"] = s.command("update")
            fifo.wait(1)
            time.sleep(0.2)
            found["restarts"] = 1 + len(fifo.drain())
    return found


def compare(table, ours, theirs):
    """What Python's does, too."""
    for metric, key, goal, scale in (
            ("getState", "state", 1 / 7, 1),
            ("getAllProcessInfo", "all", 1 / 150, 1),
            ("supervisorctl status", "status", 1 / 60, 1e3),
            ("stop all", "stop", 1 / 5, 1e3),
            ("start all", "start", 1 / 10, 1e3),
            ("restart all", "restart", 1 / 8, 1e3)):
        ratio = ours[key] / theirs[key]
        table.add("%s, supervisor" % metric, "%.2f ms" % (ours[key] * scale),
                  "%.1f ms" % (theirs[key] * scale), ratio,
                  "<= 1/%.0f" % (1 / goal), ratio <= goal)


def run(table):
    """Ours, the floor, Python's."""
    fleet.descriptors_for(COUNT)
    with fleet.reports() as (directory, fifo):
        ours = measure(fleet.OURS, fifo, directory)
    with bench.directory() as directory:
        state = canned(directory, ours["state_size"])
        every = canned(directory, ours["all_size"])
    ratio = ours["state"] / state
    table.add("getState, canned answer", "%.2f ms" % ours["state"],
              "%.2f ms" % state, ratio, "<= 1.2", ratio <= 1.2)
    table.add("getAllProcessInfo of 1,000, canned", "%.2f ms" % ours["all"],
              "%.2f ms" % every, ours["all"] / every, "<= 3 ms",
              ours["all"] <= 3)
    table.add("supervisorctl status of 1,000", "%.1f ms" % (
        ours["status"] * 1e3), goal="<= 10 ms", met=ours["status"] <= 0.010)
    table.add("update of 1,000, one renamed", "%.1f ms" % (
        ours["update"] * 1e3), "%d started" % ours["restarts"],
        goal="<= 50 ms, 1",
        met=ours["update"] <= 0.05 and ours["restarts"] == 1)
    try:
        with fleet.reports() as (directory, fifo):
            compare(table, ours, measure(fleet.THEIRS, fifo, directory))
    except bench.Skip as why:
        table.skip("control of supervisor", str(why))
