#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord when what it has made is changed under it, and clients that go."""
import glob
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, HUP, SANITIZE, USR2, VALGRIND,  # noqa: E402
                     Failure,
                     free_port, run, test, wait_until)
from supd import Supd  # noqa: E402

CTL = os.path.join(BUILD, "bin", "supervisorctl")
SERVER = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock
[program:x]
command=/bin/sleep 1000
"""


def pid_of(s):
    """What a client hears of the program's pid; "" if it hears nothing."""
    p = subprocess.run([CTL, "-c", s.config, "pid", "x"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, timeout=20, cwd=s.dir)
    return p.stdout.decode().strip() if p.returncode == 0 else ""


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return
    raise Failure("somebody listens on port %d" % port)


@test("X/33: a socket that somebody has removed is back at once")
def removed_socket(t):
    s = Supd(t, SERVER).start()
    pid = s.running("x")
    t.equal(pid_of(s), str(pid), "the pid")
    client = socket.socket(socket.AF_UNIX)  # a connection that stays
    client.settimeout(20)
    client.connect(s.path("sock"))
    for i in range(1, 6):
        os.unlink(s.path("sock"))
        wait_until(lambda: os.path.exists(s.path("sock")), 10, "the socket")
        t.equal(pid_of(s), str(pid), "the pid by the new socket")
        t.equal(s.count("sock was gone, bound again"), i, "lines about it")
    client.sendall(b"GET /ok.html HTTP/1.0\r\n\r\n")
    t.true(b" 200 " in client.recv(100), "the old connection is served")
    client.close()
    s.kill_engine()
    t.equal(pid_of(s), str(pid), "the pid, by another engine")
    t.equal(s.count("sock was gone, bound again"), 5, "lines about it")
    s.stop()
    t.true(not os.path.exists(s.path("sock")), "the stop removes it")


@test("X/33: one that cannot be bound again is, as soon as it can")
def removed_directory(t):
    s = Supd(t, SERVER.replace("/sock", "/run/sock"))
    os.mkdir(s.path("run"))
    s.start()
    pid = s.running("x")
    os.rename(s.path("run/sock"), s.path("elsewhere"))
    wait_until(lambda: os.path.exists(s.path("run/sock")), 10, "the socket")
    t.equal(pid_of(s), str(pid), "the pid")
    os.unlink(s.path("elsewhere"))
    os.unlink(s.path("run/sock"))
    wait_until(lambda: os.path.exists(s.path("run/sock")), 10, "the socket")
    # In one step: else it is bound again between the file and the directory.
    os.rename(s.path("run"), s.path("gone"))
    shutil.rmtree(s.path("gone"))
    s.wait_line("cannot bind unix:")
    os.mkdir(s.path("run"))
    wait_until(lambda: os.path.exists(s.path("run/sock")), 20, "the socket")
    t.equal(pid_of(s), str(pid), "the pid")
    s.stop()


@test("C-248: it is back after a HUP")
def removed_hup(t):
    s = Supd(t, SERVER).start()
    s.running("x")
    os.unlink(s.path("sock"))
    s.signal(HUP)
    pid = s.running("x", 2)
    t.equal(pid_of(s), str(pid), "the pid")
    s.stop()


@test("C-231: a HUP with another pidfile= leaves the pid file where it is")
def other_pidfile(t):
    s = Supd(t, SERVER).start()
    s.running("x")
    with open(s.config) as f:
        text = f.read()
    with open(s.config, "w") as f:
        f.write(text.replace(s.pidfile, s.path("other.pid")))
    s.signal(HUP)
    s.running("x", 2)
    t.equal(s.count("INFO supervisord started with pid %d" % s.pid), 2,
            "starts")
    t.equal(s.count("WARN the pid file stays " + s.pidfile), 1, "warnings")
    t.equal(s.count("could not write pidfile"), 0, "complaints")
    t.equal(s.pid_in_file(), s.pid, "the pid file")
    s.stop()


@test("C-154: a HUP with another file= and port= leaves neither old one")
def other_server(t):
    port, other = free_port(), free_port()
    s = Supd(t, SERVER + "[inet_http_server]\nport=127.0.0.1:%d\n"
             % port).start()
    s.running("x")
    with open(s.config) as f:
        text = f.read()
    with open(s.config, "w") as f:
        f.write(text.replace(s.path("sock"), s.path("new")).replace(
            str(port), str(other)))
    s.signal(HUP)
    pid = s.running("x", 2)
    t.equal(pid_of(s), str(pid), "the pid")
    t.true(not os.path.exists(s.path("sock")), "the old path is gone")
    socket.create_connection(("127.0.0.1", other), 5).close()
    refused(port)
    s.kill_engine()
    t.equal(pid_of(s), str(pid), "the pid, by another engine")
    refused(port)
    with open(s.config, "w") as f:
        f.write(text.replace(s.path("sock"), s.path("new")).replace(
            "[inet_http_server]\nport=127.0.0.1:%d\n" % port, ""))
    s.signal(HUP)
    pid = s.running("x", 3)
    t.equal(pid_of(s), str(pid), "the pid, without the other server")
    refused(other)
    s.stop()


@test("P-153: an AUTO log stays its owner's when it is cleared or reopened")
def private_log(t):
    s = Supd(t, SERVER).start()
    s.running("x")
    log, = glob.glob(s.path("x-stdout---supervisor-*.log"))

    def mode():
        return os.path.exists(log) and "%o" % (os.stat(log).st_mode & 0o777)
    t.equal(mode(), "600", "the mode")
    inode = os.stat(log).st_ino
    s.rpc().supervisor.clearProcessLogs("x")
    t.true(os.stat(log).st_ino != inode, "the log was made anew")
    t.equal(mode(), "600", "the mode of a cleared log")
    os.rename(log, log + ".old")
    s.signal(USR2)
    wait_until(mode, 10, "the log")
    t.equal(mode(), "600", "the mode of a reopened log")
    s.stop()


def follow(s, count):
    """Clients that follow a log, and go in the middle of it."""
    for _ in range(count):
        with socket.socket(socket.AF_UNIX) as c:
            c.settimeout(20)
            c.connect(s.path("sock"))
            c.sendall(b"GET /mainlogtail HTTP/1.1\r\nHost: x\r\n\r\n")
            if not c.recv(1):
                raise Failure("no answer")


def resident(pid):
    """Memory of a process, in kB."""
    with open("/proc/%d/status" % pid) as f:
        return int(next(x for x in f if x.startswith("VmRSS:")).split()[1])


@test("X-025: nothing is left of clients that have followed a log")
def followers(t):
    s = Supd(t, SERVER).start()
    s.running("x")
    engine = s.engine()
    follow(s, 300)
    before = resident(engine)
    follow(s, 3000)
    after = resident(engine)
    if not (SANITIZE or VALGRIND):
        t.true(after - before < 1500, "memory stays: %d kB, then %d kB"
               % (before, after))
    s.stop()  # with a sanitizer the engine says here what it has lost



run()
