# SPDX-License-Identifier: BSD-2-Clause
"""A reload into a broken binary: until it is rolled back."""
import os
import select
import signal
import time

import bench

COUNT = 20


def until(fd, text):
    """Reads a pipe until a text has come."""
    data = b""
    while text not in data:
        if not select.select([fd], [], [], bench.DEADLINE)[0]:
            raise bench.Failure("no %r" % text)
        data += os.read(fd, 65536)
    return time.monotonic()


def rollbacks(server, log, how):
    """Milliseconds from the signal to the supervisor's report."""
    times = []
    with open(server.crash_file, "w", encoding="utf-8") as f:
        f.write(how)
    worker = server.status()["worker"]
    for _ in range(COUNT):
        start = time.monotonic()
        os.kill(server.pid, signal.SIGUSR2)
        times.append((until(log, b"reload failed") - start) * 1000)
        bench.wait_until(lambda: server.status()["state"] == "running",
                         "the rollback")
    os.unlink(server.crash_file)
    if server.status()["worker"] != worker or not bench.answers(server.port):
        raise bench.Failure("the old worker did not go on")
    server.reload()
    return times


def run(table):
    """Every rollback is followed by the old worker going on."""
    ours, theirs = os.pipe()
    with bench.directory() as path, bench.Server(
            path, bench.built("bench", "webserver"), stderr=theirs) as server:
        for how, text in (("exit", "exits with 9"), ("segv", "segfaults")):
            times = rollbacks(server, ours, how)
            table.add("rollback, new binary %s, median" % text,
                      "%.1f ms" % bench.median(times))
            table.add("  worst of %d" % COUNT, "%.1f ms" % max(times),
                      goal="<= 50 ms", met=max(times) <= 50)
    os.close(ours)
    os.close(theirs)
