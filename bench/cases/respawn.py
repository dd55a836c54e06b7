# SPDX-License-Identifier: BSD-2-Clause
"""A worker's death to its successor at work, without delay; bare loop beside."""
import subprocess

import bench

ROUNDS, KILLS = 6, 50


def run(table):
    """Takes turns, so that both see the same machine."""
    program = bench.built("bench", "respawn")
    ours, floor = [], []
    for _ in range(ROUNDS):
        for mode, to in (("--floor", floor), ("--supervisor", ours)):
            text = bench.output(program, str(KILLS), program, mode,
                                stderr=subprocess.DEVNULL)
            to += bench.numbers(text)[0]
    for what, share in (("p50", 50), ("p99", 99)):
        a, b = bench.percentile(ours, share), bench.percentile(floor, share)
        table.add("respawn, delay 0, %s" % what, "%.2f ms" % (a / 1000),
                  "%.2f ms" % (b / 1000), a / b,
                  "<= 2" if share == 50 else "-",
                  a / b <= 2 if share == 50 else None)
