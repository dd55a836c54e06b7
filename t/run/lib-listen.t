#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Listening sockets that live through respawns and reloads."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import fcntl
import socket


def listening(pid):
    """Inodes of the process's listening TCP and unix sockets."""
    found = set()
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            w = line.split()
            if w[3] == "0A":
                found.add(w[9])
    with open("/proc/net/unix") as f:
        for line in f.readlines()[1:]:
            w = line.split()
            if w[3] == "00010000":
                found.add(w[6])
    mine = {v[8:-1] for v in fds(pid).values() if v.startswith("socket:")}
    return mine & found


# A service manager: descriptors 3 and 4 are for the program in the arguments.
ACTIVATE = """
import os, sys
for target, fd in enumerate(map(int, sys.argv[1:3]), 3):
    os.dup2(fd, target)
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[3], sys.argv[3:])
"""


def served(t, flags, address, **sets):
    d = t.daemon(behave=dict(listen="web@" + address), flags=flags, sets=sets)
    return d.start()


def many_reloads(t, d, count, address, limit):
    # What the longest wait is on this machine without a single reload.
    quiet = t.load(address, seconds=1)
    quiet.wait()
    usual = quiet.clean()["max_us"]
    load = t.load(address)
    for _ in range(count):
        d.reload()
    t.equal(d.generation(), count + 1, "generation")
    r = load.clean(least=count)
    if not (SANITIZE or VALGRIND):
        within(r["max_us"] / 1e6, limit + 3 * usual / 1e6, "the longest wait")


# R-18, R-27
@each_mode("T-26: 100 reloads under load, exclusive: no request fails")
def exclusive(t, flags):
    n = 20 if SANITIZE or VALGRIND else 100
    address = "127.0.0.1:%d" % free_port()
    d = served(t, flags + ["exclusive"], address)
    many_reloads(t, d, n, address, 0.1)


# R-18
@each_mode("T-27: 100 reloads under load, overlap: no request fails, no step in "
           "latency")
def overlap(t, flags):
    n = 20 if SANITIZE or VALGRIND else 100
    address = "127.0.0.1:%d" % free_port()
    d = served(t, flags + ["overlap"], address)
    many_reloads(t, d, n, address, 0.05)


# R-18
@test("T-27: a registered listener implies overlap")
def implied(t):
    port = free_port()
    listen = "web@127.0.0.1:%d" % port
    d = t.daemon(behave=dict(listen=listen, drain_ms=800)).start()
    d.behave(listen=listen)
    d.reload()
    ready = d.events("ready", pid=d.worker())[0]
    shutdown = d.events("shutdown")[0]
    t.true(ready.time - shutdown.time < 0.4 * SCALE, "it waited for the drain")


# R-27
@each_mode("T-37: LISTEN_FDS of a service manager: same sockets in every "
           "generation", valgrind=False)
def socket_activation(t, flags):
    web, adm = (socket.socket(fileno=fcntl.fcntl(
        s.detach(), fcntl.F_DUPFD_CLOEXEC, 30)) for s in (
            socket.socket(), socket.socket(socket.AF_UNIX)))
    web.bind(("127.0.0.1", 0))
    adm.bind(t.path("adm"))
    web.listen(64)
    adm.listen(64)
    port = web.getsockname()[1]
    d = t.daemon(behave=dict(
        listen="web@127.0.0.1:1,adm@unix:%s" % t.path("other")), flags=flags,
        env=dict(LISTEN_FDS="2", LISTEN_FDNAMES="web:adm"))
    wanted = {str(os.fstat(s.fileno()).st_ino) for s in (web, adm)}
    d.start(prefix=[sys.executable, "-c", ACTIVATE, str(web.fileno()),
                    str(adm.fileno())],
            pass_fds=[web.fileno(), adm.fileno()])
    address = "127.0.0.1:%d" % port
    t.equal(listening(d.worker()), wanted, "listeners of the worker")
    env = ask(address, "/env")["env"]
    for name in "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES":
        t.true(name not in env, "%s reached the worker" % name)
    for _ in range(20):
        d.reload()
        t.equal(listening(d.worker()), wanted, "listeners of the worker")
    t.equal(ask(address)["gen"], "21", "generation by TCP")
    t.equal(ask("unix:" + t.path("adm"))["gen"], "21", "generation by unix")
    web.close()
    adm.close()
    d.stop()
    t.true(os.path.exists(t.path("adm")), "a socket of somebody else's was "
           "removed")


# R-27
@test("T-37: LISTEN_PID of another process: the variables are ignored")
def wrong_listen_pid(t):
    port = free_port()
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(4)
    os.set_inheritable(s.fileno(), True)
    d = t.daemon(behave=dict(listen="web@127.0.0.1:%d" % port),
                 env=dict(LISTEN_FDS="1", LISTEN_FDNAMES="web",
                          LISTEN_PID="1"))
    d.start(pass_fds=[s.fileno()])
    t.equal(ask("127.0.0.1:%d" % port)["gen"], "1", "generation")
    s.close()


@test("R-27: --listen-fd NAME=N")
def listen_fd(t):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(16)
    d = t.daemon(behave=dict(listen="web@127.0.0.1:1"),
                 args=["--listen-fd", "web=%d" % s.fileno()])
    d.start(pass_fds=[s.fileno()])
    port = s.getsockname()[1]
    s.close()
    d.reload()
    t.equal(ask("127.0.0.1:%d" % port)["gen"], "2", "generation")


@test("R-27: SERVER_STARTER_PORT")
def server_starter(t):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(16)
    port = s.getsockname()[1]
    address = "127.0.0.1:%d" % port
    d = t.daemon(behave=dict(listen="web@" + address),
                 env=dict(SERVER_STARTER_PORT="%s=%d" % (address, s.fileno())))
    d.start(pass_fds=[s.fileno()])
    t.true(str(os.fstat(s.fileno()).st_ino) in listening(d.worker()),
           "it bound its own")
    s.close()
    d.reload()
    t.equal(ask(address)["gen"], "2", "generation")


# R-27
@test("T-39: KILL to the worker under load: requests wait for the respawn")
def respawn_under_load(t):
    address = "127.0.0.1:%d" % free_port()
    d = served(t, [], address, delay_before_respawn_ms=700)
    idle = d.worker()
    # Only while it is between two requests does nobody notice its death.
    kill(idle, STOP)
    wait_until(lambda: state(idle) == "T", 2, "the stop")
    load = t.load(address)
    time.sleep(0.1)
    kill(idle, KILL)
    d.wait_event("ready", count=2)
    time.sleep(0.2)
    r = load.clean(least=5)
    t.true(r["max_us"] >= 690000, "nobody waited")


# R-27
@each_mode("T-40: a listener fewer and one more")
def listeners_change(t, flags):
    a, b, c = (free_port() for _ in range(3))
    listen = "a@127.0.0.1:%d,%s@127.0.0.1:%d"
    d = t.daemon(behave=dict(listen=listen % (a, "b", b)), flags=flags).start()
    first = listening(d.worker())
    t.equal(len(first), 2, "listeners")
    d.behave(listen=listen % (a, "c", c))
    d.reload()
    second = listening(d.worker())
    t.equal(len(second & first), 1, "listeners kept")
    t.equal(listening(d.pid), second, "listeners of the supervisor")
    t.equal(ask("127.0.0.1:%d" % a)["gen"], "2", "a")
    t.equal(ask("127.0.0.1:%d" % c)["gen"], "2", "c")
    try:
        ask("127.0.0.1:%d" % b)
        raise Failure("b still answers")
    except ConnectionRefusedError:
        pass


# R-27
@each_mode("T-40: a failed reload closes what only the candidate opened")
def listeners_of_candidate(t, flags):
    a, c = free_port(), free_port()
    d = t.daemon(behave=dict(listen="a@127.0.0.1:%d" % a), flags=flags).start()
    shape = fd_shape(d.pid)
    d.behave(listen="a@127.0.0.1:%d,c@127.0.0.1:%d" % (a, c), ready="no",
             act="exit:1")
    d.sets["ready_after_ms"] = 10000
    d.reload("failed")
    t.equal(fd_shape(d.pid), shape, "descriptors of the supervisor")
    try:
        ask("127.0.0.1:%d" % c)
        raise Failure("c answers")
    except ConnectionRefusedError:
        pass
    t.equal(ask("127.0.0.1:%d" % a)["gen"], "1", "a")


# R-27
@each_mode("T-41: a unix listener: always connectable, removed at the stop")
def unix_listener(t, flags):
    path = t.path("sock")
    address = "unix:" + path
    d = served(t, flags, address)
    ino = os.stat(path).st_ino
    load = t.load(address)
    for _ in range(20):
        d.reload()
        t.equal(os.stat(path).st_ino, ino, "the path")
    load.clean(least=20)
    d.stop()
    t.true(not os.path.exists(path), "the path was not removed")


# R-27
@test("T-41: a failed reload and a worker's death leave the path alone")
def unix_listener_stays(t):
    path = t.path("sock")
    d = served(t, [], "unix:" + path)
    d.behave(listen="web@unix:" + path, init="exit:1")
    d.reload("failed")
    t.true(os.path.exists(path), "a failed reload removed it")
    d.kill_worker()
    d.wait_event("ready", count=2)
    t.equal(ask("unix:" + path)["gen"], "1", "generation")


@test("R-27: a privileged port bound in prepare survives user switch and "
      "reload", root=True)
def privileged(t):
    d = t.daemon(behave=dict(prepare_listen="low@127.0.0.1:0",
                             listen="low@127.0.0.1:0"))
    d.give(65534)
    d.start("--user", "65534")
    before = listening(d.worker())
    t.equal(len(before), 1, "listeners")
    d.reload()
    t.equal(listening(d.worker()), before, "listeners")


run()
