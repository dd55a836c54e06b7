#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every example runs, and does what its comment says."""
import http.client
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from harness import *  # noqa: E402,F403

EXAMPLES = os.path.join(BUILD, "examples")
SOURCES = os.path.join(HERE, "..", "..", "examples")


class Example(Daemon):
    """An example instead of testd."""

    def __init__(self, t, name, *args):
        binary = os.path.join(EXAMPLES, name)
        if not os.path.exists(binary):
            raise Skip("%s is not built" % name)
        super().__init__(t, name=name, args=args)
        self.exe = self.path(name)
        self.install(binary)

    def command(self, *more):
        return [self.exe, "--pid-file", self.pidfile, *more, *self.args]

    def start(self, running=True):
        super().start(wait=None)
        if running:
            self.wait_state("running")


def address():
    return "127.0.0.1:%d" % free_port()


def dial(where):
    host, port = where.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10 * SCALE)


@test("minimal: speaks, reloads, stops")
def minimal(t):
    d = Example(t, "minimal")
    d.start()
    d.wait_log("generation 1 is at work")
    d.reload()
    d.wait_log("generation 2 is at work")
    d.stop()


@test("jobworker: neither reload nor stop cuts a job")
def jobworker(t):
    spool = t.path("spool")
    done = os.path.join(spool, "done")
    os.mkdir(spool)
    for i in range(6):
        open(os.path.join(spool, "job%d" % i), "w").close()
    d = Example(t, "jobworker", "--spool", spool, "--job-ms", "400")
    d.start()

    def finished():
        return sorted(os.listdir(done))
    wait_until(lambda: len(finished()) >= 1, 10, "a first job")
    old = d.worker()
    d.reload()
    t.true(d.worker() != old, "another worker")
    wait_until(lambda: len(finished()) >= 4, 10, "jobs of the new worker")
    d.stop()
    left = [n for n in os.listdir(spool) if n != "done"]
    t.equal(len(finished()) + len(left), 6, "jobs")
    for word in ("begins", "is done"):
        t.equal(sorted(d.logged(r"(job\d) " + word)), finished(),
                "the jobs of which one %s, each once" % word)


@test("jobworker: says on the terminal what is wrong with its options")
def jobworker_usage(t):
    d = Example(t, "jobworker")
    for args, text in (([], "--spool is missing"),
                       (["--spool", t.path("none")], "none/done: ")):
        status, out = d.run_again(*args)
        t.equal(status, USAGE, "exit status")
        t.true(text in out, out)


@test("httpserver: no request is lost in reloads under load")
def httpserver(t):
    where = address()
    d = Example(t, "httpserver", "--listen", where)
    d.start()
    load = t.load(where)
    for generation in range(2, 6):
        d.reload()
        wait_until(lambda: ask(where)["gen"] == str(generation), 10,
                   "an answer of generation %d" % generation)
    load.clean(least=20)
    d.stop()


@test("httpserver: a request that is half sent when a reload comes is answered")
def httpserver_half(t):
    where = address()
    d = Example(t, "httpserver", "--listen", where)
    d.start()
    with dial(where) as s, dial(where) as other:
        s.sendall(b"GET / HTTP/1.1\r\nHost:")
        other.sendall(b"POST / HTTP/1.1\r\n\r\n")
        t.true(b" 405 " in other.recv(4096), "a POST is refused")
        d.signal(USR2)
        wait_until(lambda: ask(where)["gen"] == "2", 10, "generation 2")
        s.sendall(b" x\r\n\r\n")
        s.settimeout(10 * SCALE)
        data = b""
        while True:
            more = s.recv(4096)
            if not more:
                break
            data += more
        t.true(b"\ngen=1\n" in data, "answered by generation 1: %r" % data)
        t.true(b"Connection: close\r\n" in data, "told to go: %r" % data)
    wait_until(lambda: d.status().get("state") == "running", 20, "the end")
    d.stop()


@test("httpserver: keeps a connection, and answers what is sent in one piece")
def httpserver_keep(t):
    where = address()
    d = Example(t, "httpserver", "--listen", where)
    d.start()
    c = http.client.HTTPConnection(where, timeout=10 * SCALE)
    for _ in range(3):
        c.request("GET", "/")
        t.true(c.getresponse().read().startswith(b"pid="), "an answer")
    c.close()
    with dial(where) as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n" * 2 + b"GET / HTTP/1.0\r\n\r\n")
        data = b""
        while True:
            more = s.recv(4096)
            if not more:
                break
            data += more
        t.equal(data.count(b"200 OK"), 3, "answers")
    d.stop()


@test("prefork: children are replaced, reloads lose nothing, none is left")
def prefork(t):
    where = address()
    d = Example(t, "prefork", "--listen", where, "--children", "3")
    d.start()
    master = d.worker()
    t.equal(len(children(master)), 3, "children")
    load = t.load(where)
    for generation in ("2", "3"):
        d.reload()
        wait_until(lambda: ask(where)["gen"] == generation, 10,
                   "generation " + generation)
    load.clean(least=10)
    master = d.worker()
    idle = max(len(fds(p)) for p in children(master))
    with dial(where) as s:
        wait_until(lambda: any(len(fds(p)) > idle for p in children(master)),
                   10, "a child with a connection")
        d.signal(USR2)
        wait_until(lambda: ask(where)["gen"] == "4", 10, "generation 4")
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        t.true(b"gen=3\n" in s.recv(4096), "answered by generation 3")
    wait_until(lambda: not alive(master), 10, "the end of generation 3")
    d.wait_state("running")
    master = d.worker()
    victim = children(master)[0]
    kill(victim, KILL)
    wait_until(lambda: victim not in children(master)
               and len(children(master)) == 3, 10, "a new child")
    brood = children(master)
    t.orphans_are_fine = True
    kill(master, KILL)
    wait_until(lambda: not any(alive(p) for p in brood), 10,
               "the children's end")
    wait_until(lambda: d.worker() not in (0, master), 20, "a new worker")
    wait_until(lambda: ask(where)["gen"] == "4", 10, "an answer")
    d.stop()


def echo(t, name):
    """An echo server: old connections stay, new ones are of the new worker."""
    where = address()
    d = Example(t, name, "--listen", where)
    d.start()
    with dial(where) as s:
        s.sendall(b"one")
        t.equal(s.recv(100), b"one", "echo")
        old = d.worker()
        d.signal(USR2)
        wait_until(lambda: d.worker() not in (0, old), 10, "a new worker")
        s.sendall(b"two")
        t.equal(s.recv(100), b"two", "echo of the old worker")
        with dial(where) as new:
            new.sendall(b"three")
            t.equal(new.recv(100), b"three", "echo of the new worker")
    wait_until(lambda: not alive(old), 10, "the old worker's end")
    d.wait_state("running")
    d.stop()


@test("eventloop: libevent's loop")
def eventloop(t):
    echo(t, "eventloop")


@test("uvloop: libuv's loop")
def uvloop(t):
    echo(t, "uvloop")


@test("daemon: C++, with an orderly end and an exception")
def daemon(t):
    path = t.path("count")
    d = Example(t, "daemon", "--file", path, "--every-ms", "20")
    d.start()

    def text():
        with open(path) as f:
            return f.read()
    wait_until(lambda: "generation 1: 3\n" in text(), 10, "generation 1")
    d.reload()
    wait_until(lambda: "generation 2: 3\n" in text(), 10, "generation 2")
    t.equal(text().count("ended after"), 1, "ends of the first")
    d.stop()
    t.equal(text().count("ended after"), 2, "ends of both")

    d = Example(t, "daemon", "--file", t.path("none/count"))
    d.start(running=False)
    d.wait_log("Shutting down: .*none/count: cannot be written")
    d.stop()


def foreign(t, program):
    """A worker in another language: takes over, ends, notices its loss."""
    d = Example(t, "foreign", os.path.join(SOURCES, program))
    d.start()
    pattern = r"worker (\d+) has taken over"
    d.wait_log(pattern)
    old = d.worker()
    t.equal(int(d.logged(pattern)[0]), old, "the worker is the program")
    d.reload()
    d.wait_log(pattern, count=2)
    t.equal(d.logged(r"worker (\d+) ends"), [str(old)], "the old one ended")
    d.stop()
    t.equal(len(d.logged(r"worker (\d+) ends")), 2, "both ended")

    d = Example(t, "foreign", os.path.join(SOURCES, program))
    d.start()
    worker = wait_until(d.worker, 10, "a worker")
    d.wait_log(pattern, count=3)
    t.orphans_are_fine = True
    d.signal(KILL)
    d.wait_exit()
    wait_until(lambda: not alive(worker), 10, "the worker's end")


@test("foreign: a worker in the shell")
def foreign_sh(t):
    foreign(t, "worker.sh")


@test("foreign: a worker in Python")
def foreign_py(t):
    foreign(t, "worker.py")


@test("foreign: a program that cannot be executed")
def foreign_none(t):
    d = Example(t, "foreign", t.path("nosuch"))
    d.start(running=False)
    d.wait_log("Shutting down: .*nosuch: No such file")
    d.stop()
    status, out = Example(t, "foreign").run_again()
    t.equal(status, USAGE, "exit status")
    t.true("no program is named" in out, out)


run()
