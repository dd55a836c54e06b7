# SPDX-License-Identifier: BSD-2-Clause
"""Reload after reload: do descriptors and memory stay the same?"""
import os
import time

import bench

COUNT = 10000 if bench.LONG else 500
SAMPLES = 20
# Resident memory holds pages of libraries, too, which come and go in clusters.
FLAT_KIB = {"RSS": 256, "private": 32}


def children(pid):
    """Children of a process, dead ones included."""
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="ascii") as f:
        return len(f.read().split())


def sample(server):
    """Of supervisor and worker: descriptors, RSS, private; children."""
    worker = int(server.status()["worker"])
    time.sleep(0.02)  # until the status file is closed
    result = {"children": children(server.pid)}
    for name, pid in (("supervisor", server.pid), ("worker", worker)):
        result[name + " descriptors"] = bench.descriptors(pid)
        result[name + " RSS"] = bench.rss_kib(pid)
        result[name + " private"] = bench.private_kib(pid)
    return result


def series(count, two_supervisors):
    """Reloads: (samples, seconds a reload, bytes logged by one).  The first
    sample is taken after some reloads: the start is special."""
    with bench.directory() as path, bench.Server(
            path, bench.built("bench", "webserver"),
            two_supervisors) as server:
        for _ in range(10):
            server.reload()
        samples = [sample(server)]
        start = time.monotonic()
        for i in range(1, count + 1):
            server.reload()
            if i % (count // SAMPLES) == 0:
                samples.append(sample(server))
        took = (time.monotonic() - start) / count
        generation = int(server.status()["generation"])
        log = os.path.getsize(server.log) // generation
    if generation != count + 11:
        raise bench.Failure("generation %d after %d reloads"
                            % (generation, count + 10))
    return samples, took, log


def run(table):
    """In place, then a tenth as many by two supervisors."""
    for how, count in (("in place", COUNT), ("two supervisors", COUNT // 10)):
        samples, took, log = series(count, how != "in place")
        table.add("%d reloads %s, each to its end" % (count, how),
                  "%.2f ms" % (took * 1000))
        for name in samples[0]:
            values = [s[name] for s in samples]
            limit = FLAT_KIB.get(name.split()[-1])
            # A leak grows to the end; noise does not.
            grown = bench.median(values[-5:]) - bench.median(values[:5])
            table.add("  " + name, "%d to %d%s" % (
                min(values), max(values), " KiB" if limit else ""),
                "first %d" % values[0], bench.median(values[-5:]) / values[0],
                "+%d" % limit if limit else "equal",
                grown <= limit if limit else min(values) == max(values))
        table.note("each reload %s logs %d bytes" % (how, log))
