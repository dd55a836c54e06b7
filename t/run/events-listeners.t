#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: event listeners, good and bad (P-089 to P-132)."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import PYTHON, SERVER, Events, needs_peer, payloads, pool, program
from harness import (HUP, TERM, Skip, alive, kill, never, run, state,
                     switches, test, wait_until)

SLEEP = "[program:x]\ncommand=/bin/sleep 1000\n"
UNKNOWN = ("WARN l: has entered the UNKNOWN state and will no longer receive "
           "events, this usually indicates the process violated the "
           "eventlistener protocol")


@test("P-094, P-095, P-108, P-113 to P-123, P-128, P-130, P-131: a life")
def life(t):
    s = Events(t, SERVER +
               pool("l", "EVENT", more="buffer_size=50\nstartsecs=0\n") +
               SLEEP + "[program:v]\ncommand=/bin/sh -c \"trap 'sleep 0.5; exit 0'"
               " TERM; while :; do sleep 0.05; done\"\n[program:y]\ncommand=/bin/false\nstartretries=1\n"
               "[program:z]\ncommand=/bin/sh -c \"exit 3\"\nstartsecs=0\n"
               "autorestart=false\n").start()
    pid = s.running("x")
    s.wait_line("gave up: y")
    kill(pid, TERM)
    second = s.running("x", 2)
    s.rpc().stopProcess("x")
    s.wait_events(1, kind="PROCESS_STATE_STOPPED")
    s.wait_events(1, kind="PROCESS_STATE_FATAL")
    lp = s.program("l")
    rows = [r for r in s.got() if not r["eventname"].startswith("TICK")]
    seen = [(r["eventname"], r["payload"]) for r in rows]
    t.equal(seen[:6], [
        ("PROCESS_GROUP_ADDED", "groupname:l\n"),
        ("PROCESS_GROUP_ADDED", "groupname:v\n"),
        ("PROCESS_GROUP_ADDED", "groupname:x\n"),
        ("PROCESS_GROUP_ADDED", "groupname:y\n"),
        ("PROCESS_GROUP_ADDED", "groupname:z\n"),
        ("SUPERVISOR_STATE_CHANGE_RUNNING", "")], "P-131")
    t.equal(set(n for n, _ in seen[6:7]), {"PROCESS_STATE_STARTING"}, "then")

    def of(name):
        return [(n[14:], p.split(" ", 2)[2]) for n, p in seen
                if p.startswith("processname:%s groupname:%s " % (name, name))]
    y = [int(p.split(":")[-1]) for n, p in of("y") if n == "BACKOFF"]
    t.equal(y, [1, 2], "P-117: tries")
    t.equal(of("y"), [("STARTING", "from_state:STOPPED tries:0"),
                      ("BACKOFF", "from_state:STARTING tries:1"),
                      ("STARTING", "from_state:BACKOFF tries:1"),
                      ("BACKOFF", "from_state:STARTING tries:2"),
                      ("FATAL", "from_state:BACKOFF")], "y")
    t.equal(of("x"), [
        ("STARTING", "from_state:STOPPED tries:0"),
        ("RUNNING", "from_state:STARTING pid:%d" % pid),
        ("EXITED", "from_state:RUNNING expected:0 pid:%d" % pid),
        ("STARTING", "from_state:EXITED tries:0"),
        ("RUNNING", "from_state:STARTING pid:%d" % second),
        ("STOPPING", "from_state:RUNNING pid:%d" % second),
        ("STOPPED", "from_state:STOPPING pid:%d" % second)], "P-118, P-120: x")
    t.equal(of("z")[-1][0], "EXITED", "z")
    t.true("expected:0 pid:" in of("z")[-1][1], "P-119")
    t.equal(of("l"), [("STARTING", "from_state:STOPPED tries:0"),
                      ("RUNNING", "from_state:STARTING pid:%d" % lp)], "itself")
    every = s.got()
    t.equal([int(r["serial"]) for r in every], list(range(len(every))),
            "P-108: serials")
    for r in every:
        t.equal(r["line"], "ver:3.0 server:supervisor serial:%s pool:l "
                "poolserial:%s eventname:%s len:%d\n" % (
                    r["serial"], r["serial"], r["eventname"],
                    len(r["payload"])), "P-095")
    s.stop()
    seen = [(r["eventname"], r["payload"]) for r in s.got()]
    t.equal([n for n, _ in seen if n.endswith("CHANGE_STOPPING")],
            ["SUPERVISOR_STATE_CHANGE_STOPPING"], "P-128")


@test("P-100: tokens byte by byte; together; a slow reader")
def splitting(t):
    s = Events(t, pool("l", "PROCESS_STATE", "bytes") +
               pool("m", "PROCESS_STATE", "joined") +
               pool("n", "PROCESS_STATE", "thin bytes") + SLEEP).start()
    for name in "lmn":
        rows = s.wait_events(7, name)
        t.equal([r["poolserial"] for r in rows[:7]], list("0123456"), name)
    # P-108: one serial an event, whoever gets it
    three = [[(r["serial"], r["payload"]) for r in s.got(n)[:7]] for n in "lmn"]
    t.true(three[0] == three[1] == three[2], "the same in three pools")
    t.equal(s.find("UNKNOWN"), [], "nobody is accused")


@test("P-097, P-105: FAIL puts the event back, and it is first again")
def rejected(t):
    s = Events(t, pool("l", "PROCESS_GROUP", "fail=2") +
               pool("m", "TICK", "mute") + SLEEP).start()
    rows = s.wait_events(5)
    t.equal([r["serial"] for r in rows], ["0", "0", "0", "1", "2"], "serials")
    t.equal(s.count("WARN l: event was rejected"), 2, "warnings")
    s.wait_line("DEBG rebuffering event 0 for pool l (buf size=2, max=10)")
    t.equal(s.count("DEBG l: event was processed"), 3, "processed")
    t.equal(s.find("pool m"), [], "P-102: no other pool")


@test("P-098, P-099: bad results; the event goes to the next member")
def bad_result(t):
    answers = ("RESULT x", "RESULT -1", "RESULX 2", "RESULT", "{")
    s = Events(t, "".join(
        pool("l%d" % i, "SUPERVISOR_STATE_CHANGE_RUNNING", "'bad=%s'" % answer,
             "startsecs=0\nnumprocs=2\nprocess_name=l%d_%%(process_num)d\n" % i)
        for i, answer in enumerate(answers))).start()
    for i, answer in enumerate(answers):
        s.wait_line("WARN l%d_0: bad result line: '%s'" % (i, answer))
        s.wait_line("DEBG l%d_0: BUSY -> UNKNOWN" % i)
        rows = s.wait_events(2, "l%d" % i)
        t.equal(rows[0]["serial"], rows[1]["serial"], "the same event")
        # the second one answers badly, too, and nobody is left


@test("P-091, P-092, 39: junk after READY: UNKNOWN for good, and quiet")
def eager(t):
    s = Events(t, pool("l", "PROCESS_STATE", "eager") +
               pool("m", "PROCESS_STATE") + SLEEP).start()
    s.wait_line(UNKNOWN)
    s.wait_line("DEBG l: READY -> UNKNOWN")
    s.running("x")
    s.wait_events(5, "m")
    t.equal(s.got("l"), [], "no events")
    t.true(alive(s.program("l")), "it runs")


@test("P-101: a listener that dies with an event; another gets it")
def dies(t):
    s = Events(t, pool("l", "PROCESS_STATE_RUNNING", "die=1",
                       "autorestart=unexpected\nexitcodes=9\nstartsecs=0\n") +
               SLEEP).start()
    pid = s.running("x")
    text = "processname:x groupname:x from_state:STARTING pid:%d" % pid
    wait_until(lambda: payloads(s.got()).count(text) == 2, 10, "it comes again")
    rows = [r for r in s.got() if r["payload"] == text]
    t.equal(rows[0]["serial"], rows[1]["serial"], "the same event")
    s.wait_line("DEBG rebuffering event %s for pool l" % rows[0]["serial"])


@test("P-103, 38: a listener that starts late; the buffer overflows")
def overflow(t):
    s = Events(t, pool("l", "PROCESS_STATE_STARTING", "late={dir}/go",
                       "buffer_size=3\n") +
               "[program:p]\ncommand=/bin/sleep 1000\nnumprocs=8\n"
               "process_name=p%(process_num)d\n").start()
    s.wait_line("entered RUNNING state", 9)
    t.equal(s.find("overflowed"), [
        "ERRO pool l event buffer overflowed, discarding event %d" % i
        for i in range(6)], "P-103")
    s.touch("go")
    rows = s.wait_events(3)
    t.equal([r["serial"] for r in rows], ["6", "7", "8"], "the newest are kept")


@test("P-103: events are kept while no member runs")
def not_running(t):
    s = Events(t, SERVER + SLEEP +
               pool("l", "PROCESS_STATE_RUNNING", "",
                    "autostart=false\nstartsecs=0\n")).start()
    s.running("x")
    s.rpc().startProcess("l")
    rows = s.wait_events(2)
    t.true("processname:x " in rows[0]["payload"], "x's event has waited")


@test("P-107, 6: an event larger than a pipe to a listener that does not read")
def full_pipe(t):
    s = Events(t, pool("l", "PROCESS_LOG", "read={dir}/go") +
               program(t, "p", "time.sleep(0.2)\nout('x' * 60000)\n"
                       "out('y' * 60000)\nout('z' * 60000)\n"
                       "time.sleep(1000)\n",
                       "stdout_events_enabled=true\n") + SLEEP).start()
    s.running("x")
    s.wait_line("sent to listener l")
    pid = s.program("x")
    kill(pid, TERM)
    s.running("x", 2)  # the engine does not wait for l
    s.touch("go")

    def total():
        return sum(len(p.split("\n", 1)[1]) for p in payloads(s.got()))
    wait_until(lambda: total() == 180000, 10, "all of the output")
    t.equal("".join(p.split("\n", 1)[1] for p in payloads(s.got())),
            "x" * 60000 + "y" * 60000 + "z" * 60000, "in order")


@test("P-109: a type and its parent: once")
def once(t):
    s = Events(t, pool("l", "PROCESS_STATE_RUNNING,PROCESS_STATE,EVENT") +
               SLEEP).start()
    s.running("x")
    rows = s.wait_events(8)
    t.equal(len(set(r["serial"] for r in rows)), len(rows), "serials differ")


@test("P-129: ticks on their boundary, none at the start")
def ticks(t):
    s = Events(t, pool("l", "TICK"))
    began = time.time()
    s.start()
    row = s.wait_events(1, timeout=7)[0]
    when = int(row["payload"].split(":")[1])
    t.equal(row["eventname"], "TICK_5", "type")
    t.equal(when % 5, 0, "a multiple")
    t.true(when >= began, "not of the past")
    second = s.wait_events(2, kind="TICK_5", timeout=7)[1]
    t.equal(int(second["payload"].split(":")[1]), when + 5, "the next")


@test("P-108, P-131: SIGHUP: the serial goes on, the pool's begins anew")
def restart(t):
    s = Events(t, pool("l", "SUPERVISOR_STATE_CHANGE")).start()
    s.wait_events(1)
    s.signal(HUP)
    s.wait_line("supervisord started with pid", 2)
    rows = wait_until(lambda: [r for r in s.got()
                               if r["eventname"].endswith("RUNNING")][1:], 10,
                      "RUNNING again")
    t.equal((rows[0]["serial"], rows[0]["poolserial"]), ("2", "0"), "serials")


@test("P-110 to P-112: the protocol goes to the listener's log; its stderr is a "
      "program's")
def logs(t):
    s = Events(t, "[eventlistener:l]\ncommand=/bin/sh -c \"echo READY; "
               "echo oops >&2; read a; echo RESULT 2; printf OK; exec sleep 100\"\n"
               "events=SUPERVISOR_STATE_CHANGE\nstartsecs=0\n"
               "stdout_logfile={dir}/l.out\nstderr_logfile={dir}/l.err\n"
               "stderr_events_enabled=true\n" +
               pool("m", "PROCESS_LOG")).start()

    def text(name):
        with open(s.path(name)) as f:
            return f.read()
    wait_until(lambda: text("l.out") == "READY\nRESULT 2\nOK", 5, "l.out")
    at = s.lines().index("DEBG 'l' stdout output:")
    t.equal(s.lines()[at + 1], "READY", "P-112")
    t.equal(text("l.err"), "oops\n", "l.err")
    rows = s.wait_events(1, "m")
    t.equal([(r["eventname"], r["payload"].split("\n", 1)[1]) for r in rows],
            [("PROCESS_LOG_STDERR", "oops\n")], "no PROCESS_LOG_STDOUT")


@test("16: the listener of one line of bash ends supervisord")
def one_liner(t):
    s = Events(t, "[eventlistener:l]\ncommand=bash -c \"printf 'READY\\n' && "
               "while read line; do kill -SIGQUIT $PPID; done < /dev/stdin\"\n"
               "events=PROCESS_STATE_STOPPED,PROCESS_STATE_EXITED,"
               "PROCESS_STATE_FATAL\n[program:x]\n"
               "command=/bin/sh -c \"sleep 1.5; exit 1\"\nautorestart=false\n")
    s.start()
    t.equal(s.wait_exit(), 0, "exit status")
    t.true(s.count("WARN received SIGQUIT indicating exit request") >= 1, "QUIT")


@test("13: a listener by supervisor.childutils, with calls of the interface")
def childutils(t):
    needs_peer("supervisor.childutils")
    with open(t.path("cu.py"), "w") as f:
        f.write("""
import os, sys
from supervisor import childutils
rpc = childutils.getRPCInterface(os.environ)
while True:
    headers, payload = childutils.listener.wait()
    words, _ = childutils.eventdata(payload + "\\n")
    pid = rpc.supervisor.getProcessInfo(words["processname"])["pid"]
    with open(sys.argv[1], "a") as f:
        f.write("%s %s %d\\n" % (headers["eventname"], words["processname"], pid))
    childutils.listener.ok()
""")
    s = Events(t, SERVER + "[eventlistener:l]\ncommand=%s %s {dir}/out\n"
               "events=PROCESS_STATE_RUNNING,PROCESS_STATE_EXITED\n" % (
                   PYTHON, t.path("cu.py")) + SLEEP).start()
    pid = s.running("x")

    def out():
        try:
            with open(s.path("out")) as f:
                return f.read()
        except FileNotFoundError:
            return ""
    wait_until(lambda: "PROCESS_STATE_RUNNING x %d\n" % pid in out(), 10,
               "it says that x runs")


@test("13: superlance's crashmail and memmon")
def superlance(t):
    # Not in Debian: only where somebody has installed it.
    needs_peer("superlance", optional=True)
    needs_peer("supervisor.childutils")
    with open(t.path("mail"), "w") as f:
        f.write("#!/bin/sh\nexec cat >> %s\n" % t.path("sent"))
    os.chmod(t.path("mail"), 0o755)
    listener = "[eventlistener:%s]\ncommand=" + PYTHON + " -m superlance.%s\n"
    s = Events(t, SERVER + listener % (
        "l", "crashmail -a -s %s -m root" % t.path("mail")) +
        "events=PROCESS_STATE_EXITED\n" + listener % ("m", "memmon -p x=1KB") +
        "events=TICK_5\n" + SLEEP + "[program:y]\n"
        "command=/bin/sh -c \"sleep 1.2; exit 1\"\nautorestart=false\n").start()

    def sent():
        try:
            with open(t.path("sent")) as f:
                return f.read()
        except FileNotFoundError:
            return ""
    wait_until(lambda: "Process y in group y exited unexpectedly" in sent(), 10,
               "crashmail's mail")
    s.running("x", 2, 30)  # memmon has found it too large
    t.equal(s.find("UNKNOWN"), [], "nobody is accused")


@test("P-127, P-093: REMOTE_COMMUNICATION by the interface")
def remote(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION")).start()
    s.wait_line("ACKNOWLEDGED -> READY")
    s.rpc().sendRemoteCommEvent("kind", "d\u00e4ta\nmore")
    row = s.wait_events(1)[0]
    t.equal(row["payload"], "type:kind\nd\u00e4ta\nmore", "payload")
    t.equal(row["len"], str(len(row["payload"])), "P-096")


@test("P-108, P-130: a pool that is removed and added again")
def readded(t):
    s = Events(t, SERVER + pool("l", "PROCESS_GROUP") + pool("m",
               "PROCESS_GROUP") + SLEEP).start()
    s.wait_events(2, "m")
    s.wait_events(3, "l")
    rpc = s.rpc()
    rpc.stopProcess("m")
    rpc.removeProcessGroup("m")
    rpc.addProcessGroup("m")
    rows = s.wait_events(5, "l")
    t.equal([(r["eventname"], r["payload"]) for r in rows[3:]],
            [("PROCESS_GROUP_REMOVED", "groupname:m\n"),
             ("PROCESS_GROUP_ADDED", "groupname:m\n")], "l is told")
    rows = s.wait_events(3, "m")
    t.equal([r["poolserial"] for r in rows], ["0", "1", "0"], "m's serials")
    t.equal(rows[2]["payload"], "groupname:m\n", "m hears of itself")


@test("idle, with no TICK wanted, nobody is woken")
def idle(t):
    s = Events(t, pool("l", "PROCESS_STATE") + SLEEP).start()
    s.running("x")
    s.wait_events(4)
    pids = (s.pid, s.engine())
    wait_until(lambda: all(state(p) == "S" for p in pids), 3, "rest")
    before = [switches(p) for p in pids]
    never(lambda: False, 6, "")
    t.true(sum(switches(p) for p in pids) - sum(before) <= 2, "wake-ups")


run()
