# SPDX-License-Identifier: BSD-2-Clause
"""A supervisor at rest: memory, wake-ups; Server::Starter beside it."""
import contextlib
import subprocess
import time

import bench

SECONDS = 10


def woken(pids):
    """How often each is woken in SECONDS, voluntary switches."""
    time.sleep(0.5)  # going to sleep counts as well
    before = [bench.switches(pid) for pid in pids]
    time.sleep(SECONDS)
    return [bench.switches(pid) - n for pid, n in zip(pids, before)]


def peer(stack, path):
    """Server::Starter with the same worker, or why not."""
    bench.need("start_server")
    argv, port = bench.starter(path, [bench.built("bench", "webserver"),
                                      "--plain"])
    p = stack.enter_context(bench.process(argv, port,
                                          stderr=subprocess.DEVNULL))
    time.sleep(1.5)  # its start takes a second after the worker serves
    return p.pid


def run(table):
    """Memory is the larger of two: forked beside its worker, and alone."""
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(bench.directory())
        server = stack.enter_context(
            bench.Server(path, bench.built("bench", "webserver")))
        theirs, why = None, ""
        try:
            theirs = peer(stack, path)
        except bench.Skip as e:
            why = str(e)
        fresh = bench.private_kib(server.pid)
        server.reload()
        kib = max(fresh, bench.private_kib(server.pid))
        other = bench.private_kib(theirs) if theirs else None
        table.add("supervisor's private memory", "%d KiB" % kib,
                  "%d KiB" % other if other else "-",
                  kib / other if other else None, "<= 1024 KiB", kib <= 1024)
        pids = [server.pid, int(server.status()["worker"])]
        counts = woken(pids + ([theirs] if theirs else []))
        table.add("supervisor's wake-ups in %d s" % SECONDS,
                  "%d" % counts[0], "%d" % counts[2] if theirs else "-",
                  goal="0", met=counts[0] == 0)
        table.add("its idle worker's", "%d" % counts[1])
        if why:
            table.note("idle: no peer: " + why)
