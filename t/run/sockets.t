#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Listening sockets that supervisord holds for programs, and rolling restarts
behind one port: no request fails (B-401, B-206, users.md 2, rows 42 and 43).
ROUNDS=20 for the long form."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import ctl, start
from harness import KILL, alive, kill, run, test, wait_until

ROUNDS = int(os.environ.get("ROUNDS") or 2)
N = 3
# Takes one connection after another; ends between two when it is asked to.
SERVER = """
import os, select, signal, socket, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda *a: asked.append(1))
s = socket.socket(fileno=3)
s.setblocking(False)
while not asked:
    if not select.select([s], [], [], 0.05)[0] or asked:
        continue
    try:
        c = s.accept()[0]
    except BlockingIOError:
        continue
    c.setblocking(True)
    c.recv(4096)
    said = ' '.join(os.environ.get(x, '-') for x in (
        'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PID', 'SERVER_STARTER_PORT'))
    c.sendall(('%d %s' % (os.getpid(), said)).encode())
    c.close()
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def install(t, text):
    """Puts a program in place, as an installer does."""
    with open(t.path("run.new"), "w") as f:
        f.write("#!/bin/sh\n%s\n" % text)
    os.chmod(t.path("run.new"), 0o755)
    os.rename(t.path("run.new"), t.path("run"))


def web(t, listen, keys="", n=1, more=""):
    with open(t.path("server.py"), "w") as f:
        f.write(SERVER)
    install(t, "exec %s %s" % (sys.executable, t.path("server.py")))
    return start(t, "[socket:web]\nlisten=%s\n%s[program:web]\n"
                 "command=%s\nsockets=web\nnumprocs=%d\n"
                 "process_name=web_%%(process_num)d\n%s\n"
                 % (listen, more, t.path("run"), n, keys))


def ask(where, seconds=60):
    """One request; the answer's words."""
    if isinstance(where, int):
        c = socket.create_connection(("127.0.0.1", where), seconds)
    else:
        c = socket.socket(socket.AF_UNIX)
        c.settimeout(seconds)
        c.connect(where)
    with c:
        c.sendall(b"?")
        text = b""
        while True:
            piece = c.recv(4096)
            if not piece:
                break
            text += piece
    return text.decode().split()


@test("B-401: a program is given the socket, in both ways of telling it")
def given(t):
    port = free_port()
    s = web(t, "tcp://127.0.0.1:%d" % port)
    pid = s.running("web_0")
    t.equal(ask(port), [str(pid), "1", "web", str(pid),
                        "127.0.0.1:%d=3" % port], "what it was told")
    s.stop()
    with socket.socket() as c:
        t.true(c.connect_ex(("127.0.0.1", port)) != 0, "closed in the end")


@test("B-401: it is open while the program is stopped, and over kills of the "
      "engine")
def held(t):
    port = free_port()
    s = web(t, "tcp://127.0.0.1:%d" % port)
    old = s.running("web_0")
    for _ in range(3):
        s.kill_engine()
        t.equal(ask(port)[0], str(old), "served by the same program")
    ctl(s, "stop", "web:*")
    t.true(not alive(old), "stopped")
    s.kill_engine()
    got = []
    client = threading.Thread(target=lambda: got.append(ask(port)))
    client.start()  # it waits in the queue
    ctl(s, "start", "web:*")
    client.join(60)
    t.true(got and got[0][0] != str(old), "a client that came before: %r" % got)
    kill(int(got[0][0]), KILL)
    t.true(ask(port)[0] != got[0][0], "served by the one that came back")


@test("B-401: unix sockets, with their mode")
def unix(t):
    path = t.path("web.sock")
    s = web(t, "unix://" + path, more="mode=0600\n")
    pid = s.running("web_0")
    t.equal(os.stat(path).st_mode & 0o777, 0o600, "mode")
    t.equal(ask(path), [str(pid), "1", "web", str(pid), path + "=3"], "told")
    s.stop()
    t.true(not os.path.exists(path), "removed in the end")


@test("B-401: faults are told with their place")
def faults(t):
    s = web(t, "unix://" + t.path("x"))
    for text, want in (
            ("[socket:w]\n", '[socket:w] section requires a "listen" line'),
            ("[socket:w]\nlisten=8080\n", "Bad address 8080 in [socket:w]"),
            ("[socket:w x]\nlisten=tcp://*:1\n", "Invalid name of a socket"),
            ("[program:a]\ncommand=x\nsockets=w\n",
             "[program:a] names unknown socket w")):
        s.write(text)
        status, said = s.run("--test-config")
        t.true(status == 2 and want in said, "%s: %s" % (text, said))


class Load:
    """Clients that ask all the time, and what went wrong."""

    def __init__(self, port, n=3):
        self.port, self.going = port, True
        self.good, self.bad, self.pids = 0, [], set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.loop, daemon=True)
                        for _ in range(n)]
        for thread in self.threads:
            thread.start()

    def loop(self):
        while self.going:
            try:
                answer = ask(self.port)
                with self.lock:
                    self.good += 1
                    self.pids.add(answer[0])
            except (OSError, IndexError) as problem:
                with self.lock:
                    self.bad.append(repr(problem))
            time.sleep(0.002)

    def end(self):
        self.going = False
        for thread in self.threads:
            thread.join(90)


@test("B-206, users 42, 43: rolling restarts under load: no request fails")
def rolling(t):
    port = free_port()
    s = web(t, "tcp://127.0.0.1:%d" % port, n=N)
    for i in range(N):
        s.running("web_%d" % i)
    load = Load(port)
    for i in range(ROUNDS):
        status, text = ctl(s, "rolling-restart", "web:*")
        t.equal(status, 0, text)
        if i == 0:
            s.kill_engine()
    wait_until(lambda: load.good > 200, 60, "some load")
    load.end()
    t.equal(load.bad, [], "failed requests, of %d" % load.good)
    t.equal([s.count("spawned: 'web_%d'" % i) for i in range(N)],
            [ROUNDS + 1] * N, "starts")


@test("B-206: a broken program: the others go on serving, the command fails")
def broken(t):
    port = free_port()
    s = web(t, "tcp://127.0.0.1:%d" % port, n=2,
            keys="startretries=0\nstartsecs=3\n")
    for i in range(2):
        s.running("web_%d" % i)
    load = Load(port)
    install(t, "exit 1")
    status, text = ctl(s, "rolling-restart", "web")
    t.true(status == 1 and "untouched: web:web_1\n" in text, text)
    good = load.good
    wait_until(lambda: load.good > good + 20, 60, "more answers")
    install(t, "exec %s %s" % (sys.executable, t.path("server.py")))
    t.equal(ctl(s, "rolling-restart", "--resume", "web")[0], 0, "resumed")
    load.end()
    t.equal(load.bad, [], "failed requests, of %d" % load.good)


run()
