# SPDX-License-Identifier: BSD-2-Clause
"""Hot reload under load and at rest, beside Server::Starter's."""
import contextlib
import os
import re
import signal
import subprocess

import bench

RELOADS, PEER_RELOADS, ROUNDS = 100, 10, 8


class Wrk:
    """Load on a port from here to the end of the block."""

    def __init__(self, port):
        self.argv = [bench.need("wrk"), "-t1", "-c8", "-d600s",
                     "http://127.0.0.1:%d/" % port]
        self.good = self.failed = 0
        self.text = ""

    def __enter__(self):
        self.p = subprocess.Popen(self.argv, stdout=subprocess.PIPE, text=True,
                                  start_new_session=True)
        return self

    def __exit__(self, *_):
        self.p.send_signal(signal.SIGINT)  # it stops and prints its figures
        self.text = self.p.communicate()[0]
        done = re.search(r"(\d+) requests in", self.text)
        self.good = int(done.group(1)) if done else 0
        errors = re.search(r"Socket errors: (.*)", self.text)
        self.failed = sum(int(n) for n in re.findall(
            r"\d+", errors.group(1) if errors else ""))
        other = re.search(r"Non-2xx or 3xx responses: (\d+)", self.text)
        self.failed += int(other.group(1)) if other else 0


def example():
    """The example server, or our own if examples were not built."""
    with contextlib.suppress(bench.Skip):
        return bench.built("examples", "httpserver")
    return bench.built("bench", "webserver")


def starter_under_load(path, worker, count):
    """Server::Starter: (first answer, old one's end, failed, requests)."""
    argv, port = bench.starter(path, worker)
    with bench.process(argv, port, stderr=subprocess.DEVNULL) as p:
        with Wrk(port) as wrk:
            first, gone, failed = bench.probe(port, p.pid, signal.SIGHUP,
                                              count)
    return first, gone, wrk.failed + int(sum(failed)), wrk.good


def ms(values):
    """A median in microseconds as text in milliseconds."""
    return "%.2f ms" % (bench.median(values) / 1000)


def compare(table, metric, ours, theirs, goal):
    """A row of medians."""
    ratio = bench.median(ours) / bench.median(theirs)
    table.add(metric, ms(ours), ms(theirs), ratio, "<= 1/10" if goal else "-",
              ratio <= 0.1 if goal else None)


def under_load(table, path, peer):
    """100 reloads of the example under wrk; the peer with our C worker."""
    with bench.Server(path, example()) as server:
        with Wrk(server.port) as wrk:
            first, gone, failed = bench.probe(server.port, server.pid,
                                              signal.SIGUSR2, RELOADS)
    lost = wrk.failed + int(sum(failed))
    theirs = None
    if peer:
        theirs = starter_under_load(
            path, [bench.built("bench", "webserver"), "--plain"], PEER_RELOADS)
    table.add("%d reloads under wrk, failed requests" % RELOADS,
              "%d of %d" % (lost, wrk.good),
              "%d of %d (%d HUPs)" % (*theirs[2:], PEER_RELOADS)
              if theirs else "-", goal="0", met=lost == 0 and wrk.good > 0)
    if lost:
        table.note("wrk: " + " ".join(wrk.text.split()))
    if theirs:
        compare(table, "  USR2 to new worker serving, C worker too, under wrk",
                first, theirs[0], False)
        compare(table, "  USR2 to only the new one serving, under wrk",
                gone, theirs[1], True)


def start_both(stack, path, commands, peer):
    """Servers side by side: their (port, pid, signal)."""
    server = stack.enter_context(bench.Server(path, commands[0][0]))
    targets = [(server.port, server.pid, signal.SIGUSR2)]
    for worker in commands[1:] if peer else []:
        argv, port = bench.starter(path, worker)
        p = stack.enter_context(bench.process(argv, port,
                                              stderr=subprocess.DEVNULL))
        targets.append((port, p.pid, signal.SIGHUP))
    return targets


def at_rest(table, path, peer):
    """Without load: the same C worker under both, then theirs in Perl.  They
    take turns, so that all see the same machine."""
    webserver = bench.built("bench", "webserver")
    plain = [webserver, "--plain"]
    perl = [os.path.join(bench.SOURCE, "bench", "worker.pl")]
    floor = []
    with contextlib.ExitStack() as stack:
        targets = start_both(stack, path, [[webserver], plain, perl], peer)
        first = [[] for _ in targets]
        gone = [[] for _ in targets]
        for _ in range(ROUNDS):
            floor += bench.numbers(bench.output(
                bench.built("bench", "probe"), "start", "5", *plain))[0]
            for i, target in enumerate(targets):
                got = bench.probe(*target, 1 if i else 5)
                first[i] += got[0]
                gone[i] += got[1]
    compare(table, "USR2 to new worker serving; floor: fork, exec, answer",
            first[0], floor, False)
    if not peer:
        return
    compare(table, "  Server::Starter, same C worker", first[0], first[1],
            False)
    compare(table, "  ... to only the new one serving", gone[0], gone[1], True)
    compare(table, "  Server::Starter, its worker in Perl", first[0], first[2],
            True)


def run(table):
    """Both, with the peer if it is there."""
    peer = True
    try:
        bench.need("start_server")
    except bench.Skip as why:
        table.skip("reload: Server::Starter", str(why))
        peer = False
    with bench.directory() as path:
        try:
            under_load(table, path, peer)
        except bench.Skip as why:
            table.skip("reload under load", str(why))
    with bench.directory() as path:
        at_rest(table, path, peer)
