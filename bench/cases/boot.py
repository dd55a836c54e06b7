# SPDX-License-Identifier: BSD-2-Clause
"""Start of 100 and 1,000 programs (BENCH_LONG: 5,000), logs piped, to the last."""
import time

import bench
import fleet


def floor(count):
    """vfork and exec, so many times."""
    with fleet.reports() as (_, fifo):
        began = time.monotonic()
        with fleet.floor("boot", count):
            return fifo.wait(count)[1] - began


def boot(kind, count):
    """Wall seconds; CPU seconds of the supervisor."""
    with fleet.reports() as (directory, fifo):
        with fleet.Supervisord(kind, directory, fleet.programs(count),
                               count) as s:
            ended = fifo.wait(count)[1]
            bench.wait_until(s.ready, "the control socket")
            return ended - s.began, s.cpu()


def run(table):
    """Ours and the floor take turns; Python's once."""
    each = {}
    for count in (100, 1000) + (5000,) * bench.LONG:
        fleet.descriptors_for(count)
        rounds = [(boot(fleet.OURS, count), floor(count))
                  for _ in range(5 if count < 5000 else 2)]
        wall = bench.median([r[0][0] for r in rounds])
        cpu = bench.median([r[0][1] for r in rounds])
        least = bench.median([r[1] for r in rounds])
        each[count] = wall / count
        table.add("boot of %d, floor vfork" % count, "%.0f ms" % (wall * 1e3),
                  "%.0f ms" % (least * 1e3), wall / least,
                  "<= 1.25" if count == 1000 else "-",
                  wall / least <= 1.25 if count == 1000 else None)
        if count == 1000:
            table.add("  CPU of keeper and engine, a program",
                      "%.0f us" % (cpu / count * 1e6), goal="<= 60 us",
                      met=cpu / count <= 60e-6)
        if count > 1000:
            table.add("  a program, to that at 100",
                      "%.0f us" % (wall / count * 1e6),
                      "%.0f us" % (each[100] * 1e6), each[count] / each[100],
                      "<= 1.15", each[count] / each[100] <= 1.15)
            continue
        try:
            theirs = boot(fleet.THEIRS, count)[0]
        except bench.Skip as why:
            table.skip("boot of %d, supervisor" % count, str(why))
            continue
        table.add("boot of %d, supervisor" % count, "%.0f ms" % (wall * 1e3),
                  "%.0f ms" % (theirs * 1e3), wall / theirs,
                  "<= 1/10" if count == 1000 else "-",
                  wall / theirs <= 0.1 if count == 1000 else None)
