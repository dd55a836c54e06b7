# SPDX-License-Identifier: BSD-2-Clause
"""ping_supervisor, and the round trip over a socketpair that it replaces."""
import os
import shutil
import subprocess

import bench

ROUNDS = 3
MODULE = "App::Base::Daemon::Supervisor"


def pinned():
    """Both ends on one CPU: a round trip is fastest there."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run(table):
    """The best of a few rounds each: what the code costs, not the machine."""
    ping = bench.built("bench", "ping")

    def best(what, count, **kwargs):
        return min(float(bench.output(ping, what, str(count), **kwargs))
                   for _ in range(ROUNDS))
    ours = best("supervisor", 20000000)
    table.add("ping_supervisor", "%.1f ns" % ours, goal="<= 50 ns",
              met=ours <= 50)
    trip = best("socket", 100000, preexec_fn=pinned)
    table.add("  against a round trip in C, one CPU", "%.1f ns" % ours,
              "%.0f ns" % trip, ours / trip, "<= 1/200", ours * 200 <= trip)
    trip = best("socket", 50000)
    table.add("  ... wherever the kernel puts the two", "%.1f ns" % ours,
              "%.0f ns" % trip, ours / trip, "<= 1/200", ours * 200 <= trip)
    call = best("getppid", 1000000)
    table.add("  against one system call (getppid)", "%.1f ns" % ours,
              "%.0f ns" % call, ours / call)
    if not shutil.which("perl") or subprocess.run(
            ["perl", "-M" + MODULE, "-e1"], stderr=subprocess.DEVNULL,
            check=False).returncode != 0:
        table.skip("  against the Perl module", MODULE + " is not installed")
