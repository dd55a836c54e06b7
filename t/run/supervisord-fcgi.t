#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: the listening socket that the processes of a [fcgi-program:x]
share (P-084 to P-088, C-194, C-206 to C-210, B-501)."""
import os
import socket
import stat
import subprocess
import sys
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, CONT, HUP, KILL, STOP, TERM, Failure, fd_shape, fds,
                     free_port, kill, run, state, test, wait_until)
from sidebyside import Connection
from supd import Supd

CTL = os.path.join(BUILD, "bin", "supervisorctl")
# Answers each connection with its pid.
SERVER = """
import os, socket, sys
listener = socket.socket(fileno=0)
while True:
    client = listener.accept()[0]
    client.sendall(b"%d\\n" % os.getpid())
    client.close()
"""
CONTROL = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock
"""
UNIX = "socket=unix://{dir}/f.sock\n"
IDLE = "command=/bin/sleep 1000\nstartsecs=0\n"


def program(t, keys=UNIX, name="f", server=True):
    """A section; its program is the server above, or one that never accepts."""
    with open(t.path("server.py"), "w") as f:
        f.write(SERVER)
    command = "command=%s -ISE %s\nstartsecs=0\n" % (
        sys.executable, t.path("server.py")) if server else IDLE
    return "[fcgi-program:%s]\n%s%s" % (name, command, keys)


def ctl(s, *words):
    """What supervisorctl says; a fault is text, too."""
    p = subprocess.run([CTL, "-c", s.config, *words], timeout=60, cwd=s.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return p.stdout.decode()


def connect(address):
    client = socket.socket(socket.AF_UNIX if isinstance(address, str)
                           else socket.AF_INET)
    client.settimeout(20)
    client.connect(address)
    return client


def answer(client):
    """Who has served a connection."""
    data = b""
    while not data.endswith(b"\n"):
        more = client.recv(100)
        if not more:
            raise Failure("closed without an answer")
        data += more
    client.close()
    return int(data)


def ask(address):
    return answer(connect(address))


def refused(address):
    try:
        connect(address).close()
    except ConnectionRefusedError:
        return True
    return False


def stdin_of(pid):
    """The socket that is the program's stdin."""
    link = fds(pid).get(0, "")
    return link if link.startswith("socket:") else None


def about_sockets(s):
    """The log's lines about sockets and processes, in order."""
    return [x.split(" with pid")[0] for x in
            s.find("^INFO (Creating|Closing) socket|spawned:|stopped:|exited:|"
                   "spawnerr:")]


@test("P-084: three processes, one socket; each may serve")
def shared(t):
    s = Supd(t, program(t, UNIX + "numprocs=3\nprocess_name=f%(process_num)d\n"
                        )).start()
    pids = [s.running("f%d" % i) for i in range(3)]
    for pid in pids:
        wait_until(lambda p=pid: stdin_of(p), 10, "a socket as stdin")
    t.equal(len({stdin_of(p) for p in pids}), 1, "sockets")
    t.true(all(sorted(n for n in fds(p) if n < 3) == [0, 1, 2] for p in pids),
           "descriptors 0 to 2")
    for pid in pids[:2]:  # who is stopped cannot be the one who answers
        kill(pid, STOP)
        wait_until(lambda p=pid: state(p) == "T", 10, "stopped")
    # Those that are stopped wait in accept() and may be woken for a client.
    others = [connect(s.path("f.sock")) for _ in range(3)]
    for pid in pids[:2]:
        kill(pid, CONT)
    t.true({answer(c) for c in others} <= set(pids), "all are served")
    t.equal(s.count("Creating socket"), 2, "made: the probe, and once")


@test("P-085: made for the first, closed after the last; the file stays")
def life(t):
    s = Supd(t, program(t, UNIX + "autostart=false\nnumprocs=2\nprocess_name="
                        "f%(process_num)d\n") + CONTROL).start()
    url = "unix://" + s.path("f.sock")
    t.equal(about_sockets(s), ["INFO Creating socket " + url,
                               "INFO Closing socket " + url], "the probe")
    wait_until(lambda: refused(s.path("f.sock")), 10, "nobody listens")
    lines = len(about_sockets(s))
    for words in (("start", "f:f0"), ("start", "f:f1"), ("stop", "f:f0"),
                  ("stop", "f:f1")):
        ctl(s, *words)
    s.wait_line("Closing socket", 2)
    t.equal(about_sockets(s)[lines:],
            ["INFO Creating socket " + url, "INFO spawned: 'f0'",
             "INFO spawned: 'f1'", "WARN stopped: f0 (terminated by SIGTERM)",
             "WARN stopped: f1 (terminated by SIGTERM)",
             "INFO Closing socket " + url], "the log")
    t.true(stat.S_ISSOCK(os.stat(s.path("f.sock")).st_mode), "the file")
    wait_until(lambda: refused(s.path("f.sock")), 10, "nobody listens")
    ctl(s, "start", "f:*")
    t.true(ask(s.path("f.sock")), "it serves again")


@test("P-085: many starts and stops leave no descriptor behind")
def no_leaks(t):
    s = Supd(t, program(t, UNIX + "autostart=false\n", server=False) +
             CONTROL).start()

    def cycle(n):
        ctl(s, "start", "f")
        s.running("f", n)
        ctl(s, "stop", "f")
        s.wait_line("Closing socket", n + 1)
    cycle(1)
    ctl(s, "status")
    keeper, engine = fd_shape(s.pid), len(fd_shape(s.engine()))
    for n in range(2, 8):
        cycle(n)
    wait_until(lambda: fd_shape(s.pid) == keeper, 10, "the keeper's")
    wait_until(lambda: len(fd_shape(s.engine())) == engine, 10, "the engine's")


@test("P-085: a TCP port is free for the next at once, kill after kill")
def port_again(t):
    port = free_port()
    s = Supd(t, program(t, "socket=tcp://127.0.0.1:%d\nautorestart=true\n"
                        % port)).start()
    for n in range(1, 11):
        kill(s.running("f", n), KILL)
    pid = s.running("f", 11)
    t.equal(ask(("127.0.0.1", port)), pid, "served by")
    t.equal(s.count("spawnerr"), 0, "spawn errors")
    t.equal(s.count("Creating socket"), 12, "sockets made")


@test("B-501: the socket is the keeper's: kill -9 of the engine loses nothing")
def engine_killed(t):
    s = Supd(t, program(t, UNIX + "numprocs=2\nprocess_name=f%(process_num)d\n")
             + CONTROL).start()
    pids = [s.running("f0"), s.running("f1")]
    before = wait_until(lambda: stdin_of(pids[0]), 10, "a socket")
    wait_until(lambda: before in fds(s.pid).values(), 10, "the keeper's copy")
    made = s.count("Creating socket")
    for n in range(2, 6):
        # A client in the queue while nobody accepts and no engine is there.
        for pid in pids:
            kill(pid, STOP)
            wait_until(lambda p=pid: state(p) == "T", 10, "stopped")
        waiting = connect(s.path("f.sock"))
        s.kill_engine()
        for pid in pids:
            kill(pid, CONT)
        t.true(answer(waiting) in pids, "who waited is served")
        kill(pids[0], KILL)
        pids[0] = s.running("f0", n)
        wait_until(lambda: stdin_of(pids[0]) == before, 10,
                   "the same socket in a new process")
    t.equal(s.count("Creating socket"), made, "sockets made")
    shape = fd_shape(s.pid)
    ctl(s, "stop", "f:*")
    s.wait_line("Closing socket", 2)
    wait_until(lambda: refused(s.path("f.sock")), 10, "nobody listens")
    wait_until(lambda: len(fd_shape(s.pid)) < len(shape), 10,
               "the keeper has let go")


@test("B-501: the last process goes while there is no engine")
def gone_unseen(t):
    s = Supd(t, program(t, UNIX + "autorestart=false\n")).start()
    pid = s.running("f")
    engine = s.engine()
    kill(engine, STOP)
    kill(pid, KILL)
    wait_until(lambda: state(pid) is None, 10, "the keeper reaps it")
    kill(engine, KILL)
    s.wait_line("exited: f")
    s.wait_line("Closing socket", 2)
    wait_until(lambda: refused(s.path("f.sock")), 10, "nobody listens")


@test("P-087: a name in use is a spawn error, and is tried again")
def in_use(t):
    port = free_port()
    s = Supd(t, program(t, "socket=tcp://127.0.0.1:%d\nautostart=false\n"
                        "startretries=20\n" % port) + CONTROL).start()
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen(1)
    url = "tcp://127.0.0.1:%d" % port
    text = ("Could not create FastCGI socket %s: [Errno 98] Address already in "
            "use" % url)
    lines = len(about_sockets(s))
    t.equal(ctl(s, "start", "f"), "f: ERROR (spawn error)\n", "the answer")
    s.wait_line("INFO spawnerr: " + text)
    t.equal(about_sockets(s)[lines:lines + 2],
            ["INFO Creating socket " + url, "INFO spawnerr: " + text], "log")
    taken.close()
    pid = s.running("f", timeout=30)
    t.equal(ask(("127.0.0.1", port)), pid, "served by")


@test("P-087: a directory that is gone; then FATAL, and nothing is left")
def directory_gone(t):
    os.mkdir(t.path("d"))
    s = Supd(t, program(t, "socket=unix://%s/f\nautostart=false\n"
                        "startretries=0\n" % t.path("d")) + CONTROL).start()
    os.unlink(t.path("d/f"))
    os.rmdir(t.path("d"))
    ctl(s, "start", "f")
    s.wait_line("gave up: f")
    t.equal(s.find("spawnerr"),
            ["INFO spawnerr: Could not create FastCGI socket unix://%s/f: "
             "[Errno 2] No such file or directory" % t.path("d")], "the log")
    os.mkdir(t.path("d"))
    ctl(s, "start", "f")
    pid = s.running("f")
    t.equal(ask(t.path("d/f")), pid, "served by")


@test("P-047: what is made for a command that is not there is closed again")
def no_command(t):
    s = Supd(t, "[fcgi-program:f]\ncommand=/nope/f\nstartretries=0\n" + UNIX
             ).start()
    s.wait_line("gave up: f")
    url = "unix://" + s.path("f.sock")
    t.equal(about_sockets(s)[2:],
            ["INFO Creating socket " + url,
             "INFO spawnerr: can't find command '/nope/f'",
             "INFO Closing socket " + url], "the log")
    wait_until(lambda: refused(s.path("f.sock")), 10, "nobody listens")


@test("X-076: update goes from one address to another; a mode is no change")
def updated(t):
    ports = [free_port(), free_port()]
    text = [program(t, "socket=tcp://127.0.0.1:%d\n" % p) + CONTROL
            for p in ports]
    s = Supd(t, text[0]).start()
    pid = s.running("f")
    t.equal(ask(("127.0.0.1", ports[0])), pid, "served by")
    s.write(text[0] + "[fcgi-program:g]\nautostart=false\ncommand=/bin/cat\n"
            "socket=tcp://127.0.0.1:%d\n" % free_port())
    t.equal(ctl(s, "update"), "g: added process group\n", "update")
    s.write(text[1])
    t.equal(sorted(ctl(s, "update").splitlines()),
            ["f: stopped", "f: updated process group",
             "g: removed process group", "g: stopped"], "update")
    pid = s.running("f", 2)
    t.equal(ask(("127.0.0.1", ports[1])), pid, "served by")
    wait_until(lambda: refused(("127.0.0.1", ports[0])), 10, "old one refuses")
    s.write(text[1].replace("startsecs=0", "startsecs=0\nsocket_backlog=9"))
    t.equal(ctl(s, "update"), "", "nothing that upstream compares")
    # The same port again, for other keys.
    s.write(text[1].replace("startsecs=0", "startsecs=0\npriority=7"))
    t.equal(ctl(s, "update"), "f: stopped\nf: updated process group\n",
            "update")
    pid = s.running("f", 3)
    t.equal(ask(("127.0.0.1", ports[1])), pid, "served by")


@test("C-210: a group whose socket cannot be made is not added")
def not_added(t):
    s = Supd(t, CONTROL).start()
    s.write(CONTROL + program(t, "socket=unix:///nope/f\n"))
    text = ("Could not create FastCGI socket unix:///nope/f: [Errno 2] No such "
            "file or directory")
    t.true(text in ctl(s, "update"), "the client is told")
    t.equal(ctl(s, "status"), "", "no program")
    t.equal(s.find("socket"), ["INFO Creating socket unix:///nope/f"], "log")
    s.write(CONTROL + program(t))
    t.equal(ctl(s, "update"), "f: added process group\n", "update")
    pid = s.running("f")
    t.equal(ask(s.path("f.sock")), pid, "served by")


@test("C-210: neither does supervisord start, as a daemon or not")
def not_started(t):
    s = Supd(t, program(t, "socket=unix:///nope/f\n"))
    want = ("Error: Could not create FastCGI socket unix:///nope/f: [Errno 2] "
            "No such file or directory\nFor help, use %s -h\n" % s.exe)
    for args in ((), ("-n",)):
        status, said = s.run(*args)
        said = "".join(x for x in said.splitlines(True) if " INFO " not in x
                       and " CRIT " not in x)
        t.equal((status, said), (2, want), "exit status and output")
        t.true(not os.path.exists(s.pidfile), "no pid file")


@test("C-194: in a [group:x] it is the same, a socket for each section")
def grouped(t):
    s = Supd(t, program(t, "socket=unix://{dir}/a\nnumprocs=2\nprocess_name="
                        "a%(process_num)d\n", "a") +
             program(t, "socket=unix://{dir}/b\n", "b") +
             "[program:c]\n" + IDLE + "[group:g]\nprograms=a,b,c\n").start()
    pids = {n: s.running(n) for n in ("a0", "a1", "b", "c")}
    t.true(ask(s.path("a")) in (pids["a0"], pids["a1"]), "a is served")
    t.equal(ask(s.path("b")), pids["b"], "b is served by")
    t.true(fds(pids["c"])[0].startswith("pipe:"), "c has a pipe")
    s.kill_engine()
    kill(pids["b"], KILL)
    pid = s.running("b", 2)
    t.equal(ask(s.path("b")), pid, "b is served by")


@test("C-209: the length of the queue")
def backlog(t):
    s = Supd(t, program(t, UNIX + "socket_backlog=2\n", server=False)).start()
    s.running("f")
    clients = []
    try:
        for _ in range(10):
            c = socket.socket(socket.AF_UNIX)
            c.setblocking(False)
            clients.append(c)
            c.connect(s.path("f.sock"))
    except BlockingIOError:
        pass
    t.equal(len(clients) - 1, 3, "clients that find room")
    for c in clients:
        c.close()


@test("P-086: owner and mode", root=True)
def owner(t):
    os.chmod(t.dir, 0o777)
    s = Supd(t, program(t, "socket=unix://{dir}/a\nuser=nobody\n", "a",
                        server=False) +
             program(t, "socket=unix://{dir}/b\nsocket_owner=1:2\n"
                     "socket_mode=0612\n", "b", server=False))
    os.chmod(s.dir, 0o777)
    s.start()
    s.running("a")
    s.running("b")
    seen = {n: os.stat(s.path(n)) for n in "ab"}
    t.equal([(x.st_uid, stat.S_IMODE(x.st_mode)) for x in seen.values()],
            [(65534, 0o700), (1, 0o612)], "owner and mode")
    t.equal(seen["b"].st_gid, 2, "group")


@test("C-256: a restart makes it anew")
def restarted(t):
    s = Supd(t, program(t)).start()
    pid = s.running("f")
    t.equal(ask(s.path("f.sock")), pid, "served by")
    s.signal(HUP)
    pid = s.running("f", 2)
    t.equal(ask(s.path("f.sock")), pid, "served by")
    t.equal((s.count("Creating socket"), s.count("Closing socket")), (4, 3),
            "made and closed")


@test("P-088: there is no stdin to write to")
def no_stdin(t):
    s = Supd(t, program(t) + CONTROL).start()
    s.running("f")
    proxy = xmlrpc.client.ServerProxy("http://localhost",
                                      Connection(s.path("sock")))
    try:
        proxy.supervisor.sendProcessStdin("f", "x")
        raise Failure("it was taken")
    except xmlrpc.client.Fault as e:
        t.equal((e.faultCode, e.faultString), (20, "NO_FILE: f"), "fault")


@test("B-501: an address that was changed in the file is not mixed up")
def changed_file(t):
    s = Supd(t, program(t, "socket=unix://{dir}/old\nautorestart=true\n")
             ).start()
    pid = s.running("f")
    t.equal(ask(s.path("old")), pid, "served by")
    s.write(program(t, "socket=unix://{dir}/new\nautorestart=true\n"))
    s.kill_engine()
    t.equal(ask(s.path("old")), pid, "the program still serves the old one")
    kill(pid, TERM)
    pid = s.running("f", 2)
    t.equal(ask(s.path("old")), pid, "so does the next one: it is in force")
    s.signal(HUP)
    pid = s.running("f", 3)
    t.equal(ask(s.path("new")), pid, "after a HUP the new one is served")
    wait_until(lambda: refused(s.path("old")), 10, "the old one is closed")


run()
