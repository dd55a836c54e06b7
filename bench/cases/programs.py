# SPDX-License-Identifier: BSD-2-Clause
"""A killed program's respawn; memory and wake-ups with 1,000 programs at rest."""
import os
import signal
import time

import bench
import fleet

KILLS = 100
# A program that dies younger than 100 ms waits for the rest of them.
AGE = 0.12


def respawns(fifo, kills, victim):
    """Milliseconds from a kill to the next one's report."""
    took = []
    for _ in range(kills):
        time.sleep(AGE)
        began = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        (victim,), ended = fifo.wait(1)
        took.append((ended - began) * 1e3)
    return took


def daemon(kind, kills):
    """A program of a supervisord, killed again and again."""
    with fleet.reports() as (directory, fifo):
        extra = "startsecs=0\nautorestart=true\n"
        with fleet.Supervisord(kind, directory,
                               fleet.programs(1, extra=extra), 1):
            return respawns(fifo, kills, fifo.wait(1)[0][0])


def floor(kills):
    """wait, vfork and exec in a loop."""
    with fleet.reports() as (_, fifo):
        with fleet.floor("respawn", 1):
            return respawns(fifo, kills, fifo.wait(1)[0][0])


def rest(kind, count, seconds):
    """Private KiB of the supervisor, wake-ups while it rests."""
    with fleet.reports() as (directory, fifo):
        with fleet.Supervisord(kind, directory, fleet.programs(count),
                               count) as s:
            fifo.wait(count)
            bench.wait_until(s.ready, "the control socket")
            time.sleep(1.5)
            pids = s.processes()
            before = sum(bench.switches(pid) for pid in pids)
            time.sleep(seconds)
            return (sum(bench.private_kib(pid) for pid in pids),
                    sum(bench.switches(pid) for pid in pids) - before)


def respawn(table):
    """Rows 4 of the goals."""
    ours, least = [], []
    for _ in range(4):
        ours += daemon(fleet.OURS, KILLS // 4)
        least += floor(KILLS // 4)
    for what, share, goal in (("p50", 50, 1.2), ("p99", 99, 1.5)):
        a, b = bench.percentile(ours, share), bench.percentile(least, share)
        table.add("respawn of a program, %s" % what, "%.2f ms" % a,
                  "%.2f ms" % b, a / b, "<= %s" % goal, a / b <= goal)
    theirs = bench.median(daemon(fleet.THEIRS, 3))
    a = bench.median(ours)
    table.add("respawn of a program, supervisor", "%.2f ms" % a,
              "%.0f ms" % theirs, a / theirs, "<= 1/800", a / theirs <= 1/800)


def run(table):
    """Respawn, then rest."""
    fleet.descriptors_for(1000)
    try:
        respawn(table)
    except bench.Skip as why:
        table.skip("respawn of a program, supervisor", str(why))
    base, _ = rest(fleet.OURS, 1, 0)
    full, wakes = rest(fleet.OURS, 1000, 10)
    table.add("wake-ups in 10 s, 1,000 programs", str(wakes), goal="0",
              met=wakes == 0)
    table.add("private memory with one program", "%d KiB" % base,
              goal="<= 1536", met=base <= 1536)
    each = (full - base) / 999
    peer = "-"
    try:
        few, many = rest(fleet.THEIRS, 1, 0)[0], rest(fleet.THEIRS, 1000, 0)[0]
        peer = (many - few) / 999
        table.add("  supervisor's", "%d KiB" % base, "%d KiB" % few, base / few)
    except bench.Skip as why:
        table.skip("private memory, supervisor", str(why))
    table.add("private memory for each further", "%.1f KiB" % each,
              peer if peer == "-" else "%.1f KiB" % peer,
              None if peer == "-" else each / peer, "<= 2 KiB", each <= 2)
