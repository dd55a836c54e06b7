#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: the engine is killed, and nothing is lost (B-501, B-503)."""
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (HUP, KILL, STOP, TERM, Failure, Skip, alive,
                     children, descendants, diag, fd_shape, kill, run, state,
                     status_field, test, wait_until, within, zombies)
from supd import SERVER, Supd

# Writes numbered lines of many lengths, for ever if there is a nap after each 50,
# until a file "enough" is there: it then gets their number.
WRITER = """
import os, sys, time
lines, pad, nap = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
i = 0
while nap or i < lines:
    sys.stdout.write('%08d' % i + 'x' * (i % pad) + '\\n')
    i += 1
    if i % 50 == 0 and nap:
        sys.stdout.flush()
        time.sleep(nap)
        if os.path.exists(sys.argv[4]):
            break
sys.stdout.flush()
with open(sys.argv[4] + '.new', 'w') as f:
    f.write(str(i))
os.rename(sys.argv[4] + '.new', sys.argv[4])
time.sleep(1000)
"""


def writer(t, lines, pad, nap, maxbytes, backups):
    with open(t.path("writer.py"), "w") as f:
        f.write(WRITER)
    return Supd(t, "[program:count]\ncommand=%s %s %d %d %s {dir}/enough\n"
                "stdout_logfile={dir}/count.log\n"
                "stdout_logfile_maxbytes=%d\nstdout_logfile_backups=%d\n"
                % (sys.executable, t.path("writer.py"), lines, pad, nap,
                   maxbytes, backups)).start()


def counted(*paths):
    """The numbered lines of some files, checked to be whole."""
    data = b""
    for path in paths:
        if os.path.exists(path):
            with open(path, "rb") as f:
                data += f.read()
    return data


def expected(n, pad):
    return b"".join(b"%08d" % i + b"x" * (i % pad) + b"\n" for i in range(n))


@test("B-501: killed, the engine is back within a second; programs stay")
def survive(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sleep 1000\n").start()
    pid = s.running("x")
    lines = len(s.lines())
    began = time.monotonic()
    s.kill_engine()
    within(time.monotonic() - began, 1.0, "until the engine is back")
    t.true(alive(pid), "the program runs")
    with open("/proc/%d/cmdline" % s.engine()) as f:
        t.equal(f.read().rstrip("\0"), "supervisord: engine", "what ps shows")
    t.equal(s.lines()[lines:],
            ["WARN the engine was replaced; programs were left alone"],
            "the log")
    kill(pid, TERM)
    s.wait_line("WARN exited: x (terminated by SIGTERM; not expected)")
    s.running("x", 2)


@test("B-501: twenty kills while a program writes: every byte, once, in order")
def bytes_exact(t):
    pad = 90
    s = writer(t, 0, pad, 0.002, 0, 0)
    pid = s.program("count")
    for _ in range(20):
        s.kill_engine()
    open(s.path("enough"), "w").close()

    def lines():
        with open(s.path("enough")) as f:
            return int(f.read() or 0)
    want = expected(wait_until(lines, 30, "the number of lines"), pad)
    wait_until(lambda: os.path.getsize(s.path("count.log")) >= len(want), 30,
               "all output in the log")
    t.true(counted(s.path("count.log")) == want, "the log is byte-exact")
    t.true(alive(pid), "the program was left alone")
    t.equal(s.count("spawned: 'count'"), 1, "starts")


@test("B-501: the same in a flood, with rotation")
def flood(t):
    lines, pad = 400000, 200
    s = writer(t, lines, pad, 0, 4000000, 30)
    s.program("count")
    want = expected(lines, pad)
    log = s.path("count.log")
    paths = ["%s.%d" % (log, i) for i in range(30, 0, -1)] + [log]

    def size():
        return sum(os.path.getsize(p) for p in paths if os.path.exists(p))
    for _ in range(12):
        s.kill_engine()
    wait_until(lambda: size() >= len(want), 60, "all output in the logs")
    t.true(counted(*paths) == want, "the logs are byte-exact")


@test("B-501: an exit that nobody saw is told to the next engine")
def unseen_exit(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"echo out; exec sleep 1000\"\n"
                "stdout_logfile={dir}/x.log\n").start()
    pid = s.running("x")
    engine = s.engine()
    kill(engine, STOP)
    kill(pid, TERM)
    wait_until(lambda: state(pid) is None, 5, "the keeper reaps the program")
    kill(engine, KILL)
    s.wait_line("WARN exited: x (terminated by SIGTERM; not expected)")
    s.running("x", 2)
    with open(s.path("x.log")) as f:
        t.equal(f.read(), "out\nout\n", "output")


@test("B-501: back-off goes on where it was")
def backoff(t):
    s = Supd(t, "[program:x]\ncommand=/bin/false\nstartretries=2\n").start()
    s.wait_line("exited: x", 2)  # the second delay has begun
    s.kill_engine()
    s.wait_line("gave up: x entered FATAL state")
    t.equal(s.count("spawned: 'x'"), 3, "starts")
    s.kill_engine()  # FATAL stays FATAL
    s.signal(HUP)    # proves that the engine has settled
    s.program("x", 4)
    marks = [x.split(" ")[1] for x in s.find("supervisord started|spawned")]
    t.equal(marks[:6], ["supervisord", "spawned:", "spawned:", "spawned:",
                        "supervisord", "spawned:"], "only HUP starts it")


@test("B-501: a stop goes on, and is not forgotten")
def stopping(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"trap 'sleep 1; exit 0' TERM;"
                " while :; do sleep 0.05; done\"\n").start()
    s.running("x")
    s.signal(TERM)
    s.wait_line("waiting for x to die")
    s.kill_engine()
    t.equal(s.wait_exit(), 0, "exit status")
    t.equal(s.count("stopped: x (exit status 0)"), 1, "stopped lines")


@test("B-501: signals that come while there is no engine are not lost")
def no_engine(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sleep 1000\n").start()
    s.running("x")
    engine = s.engine()
    kill(engine, STOP)  # it is told, and does nothing
    s.signal(TERM)
    wait_until(lambda: not int(
        status_field(s.pid, "ShdPnd"), 16), 5, "the keeper has the signal")
    kill(engine, KILL)
    t.equal(s.wait_exit(), 0, "exit status")


@test("B-504: kills leave no descriptor and no zombie behind")
def no_leaks(t):
    s = Supd(t, "".join("[program:p%d]\ncommand=/bin/sleep 1000\n" % i
                        for i in range(5))).start()
    pids = [s.running("p%d" % i) for i in range(5)]

    def steady(pid):
        """The descriptors, twice the same with a while between."""
        last = [None]

        def same():
            before, last[0] = last[0], fd_shape(pid)
            return before == last[0]
        wait_until(same, 10, "steady descriptors", every=0.2)
        return last[0]
    s.kill_engine()
    keeper, engine = steady(s.pid), len(steady(s.engine()))
    for _ in range(5):
        s.kill_engine()
    wait_until(lambda: fd_shape(s.pid) == keeper, 10,
               "the same descriptors in the keeper")
    wait_until(lambda: len(fd_shape(s.engine())) == engine, 10,
               "as many descriptors in the engine")
    wait_until(lambda: sorted(children(s.pid)) == sorted(pids + [s.engine()]),
               10, "the programs and one engine")


def call_and_kill(t, s, n, method):
    """Makes a call of x, under which the engine is killed when it is about to send
    its n-th message.  False if it did not send that many."""
    engine = s.engine()
    tracer = t.helper([shutil.which("strace"), "-qq", "-o", t.path("trace"), "-e",
                       "trace=sendmsg", "-e",
                       "inject=sendmsg:signal=KILL:when=%d" % n,
                       "-p", str(engine)], stderr=subprocess.DEVNULL)
    wait_until(lambda: tracer.poll() is not None or status_field(
        engine, "TracerPid") == str(tracer.pid), 10, "strace has attached")
    if tracer.poll() is not None:
        raise Skip("not permitted to trace")
    try:
        getattr(s.rpc().supervisor, method)("x")
        done = True
    except (OSError, http.client.HTTPException, xmlrpc.client.Fault):
        done = False  # it died under the call, which xmlrpc makes once again
    tracer.kill()
    tracer.wait()
    if done and alive(engine):
        return False
    wait_until(lambda: not alive(engine), 10, "the engine's end")
    return True


@test("B-504: killed before each of its messages, a start or a stop goes on")
def each_message(t):
    if not shutil.which("strace"):
        raise Skip("no strace")
    s = Supd(t, SERVER + "[program:x]\ncommand=/bin/sh -c \"trap 'exit 0' TERM; "
                "while :; do sleep 0.05; done\"\nstopwaitsecs=1000\n"
                "autostart=false\nstartsecs=0\n").start()

    def settled(name):
        try:
            info = s.rpc().supervisor.getProcessInfo("x")
        except (OSError, http.client.HTTPException):
            return False
        below = set(children(s.pid)) - {s.engine()}
        return info["statename"] == name and below == (
            {info["pid"]} if name == "RUNNING" else set())
    kills = {"startProcess": 0, "stopProcess": 0}
    for n in range(1, 16):
        before = sum(kills.values())
        for method, name in (("startProcess", "RUNNING"),
                             ("stopProcess", "STOPPED")):
            kills[method] += call_and_kill(t, s, n, method)
            wait_until(lambda name=name: settled(name), 15,
                       "%s, killed at message %d" % (name, n))
        if sum(kills.values()) == before:
            break
    diag(kills)
    t.true(kills["startProcess"] > 3 and kills["stopProcess"] > 0, "kills")
    t.equal(s.find("SIGKILL"), [], "x was asked to stop")


@test("B-504: a soak of kills, starts, stops and crashes; every slot is right")
def soak(t):
    seed = int(os.environ.get("SEED") or time.time())
    diag("SEED=%d" % seed)
    rand = random.Random(seed)
    s = Supd(t, SERVER + """
[program:s]
command=/bin/sleep 1000
numprocs=5
process_name=%(process_num)d
[program:c]
command=/bin/sleep 0.1
startsecs=0
autorestart=true
[program:f]
command=/bin/false
startretries=100
[program:t]
command=/bin/sh -c "trap 'sleep 0.2; exit 0' TERM; while :; do sleep 0.05; done"
""").start()
    names = ["s:%d" % i for i in range(5)] + ["c", "f", "t"]
    kills, end = 0, time.monotonic() + 8
    while time.monotonic() < end:
        if rand.random() < 0.3:
            kill(s.engine(), KILL)
            kills += 1
        else:
            name = rand.choice(names)
            try:
                rand.choice([lambda: s.rpc().supervisor.startProcess(name, False),
                             lambda: s.rpc().supervisor.stopProcess(name, False),
                             lambda: s.rpc().supervisor.signalProcess(name, "TERM"),
                             lambda: s.rpc().supervisor.getAllProcessInfo()])()
            except (xmlrpc.client.Fault, OSError, http.client.HTTPException):
                pass  # not in that state; or the engine died under it
        time.sleep(rand.random() * 0.05)
    diag("%d kills" % kills)

    # c and f come and go: one is asked for and not told yet, or has ended and is
    # not reaped yet.  So all has to be right at one moment, not at any.
    wrong = []

    def right():
        try:
            info = s.rpc().supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException) as e:
            wrong[:] = ["no answer: %r" % e]
            return False
        below = {p: row for p, row in descendants(s.pid).items()
                 if row[0] == s.pid}
        wrong[:] = ["%(name)s %(statename)s %(pid)d" % i for i in info
                    if (i["pid"] != 0) != (i["statename"] in (
                        "STARTING", "RUNNING"))]
        wrong.extend("zombie %d %s" % (p, row[2])
                     for p, row in below.items() if row[1] == "Z")
        table = {i["pid"] for i in info if i["pid"]}
        if table != set(below) - {s.engine()}:
            wrong.append("in the table %r, the keeper's %r" % (table, below))
        return not wrong
    try:
        wait_until(right, 15)
    except Failure:
        raise Failure("; ".join(wrong))
    t.equal(s.find("^(CRIT|ERRO) (?!Super|Server)"), [], "errors")


@test("B-503: without its keeper the engine stops the programs and ends")
def keeper_killed(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sleep 1000\n").start()
    pid, engine = s.running("x"), s.engine()
    t.known.update((pid, engine))
    kill(s.pid, KILL)
    t.equal(s.wait_exit(), -signal.SIGKILL, "exit status")

    def gone():
        t.reap()
        return not alive(pid) and not alive(engine)
    wait_until(gone, 5, "program and engine gone")
    os.unlink(s.pidfile)
    s.start()
    s.running("x", 2)


run()
