#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: events of what programs write (P-124 to P-126, P-133 to P-139,
P-149 to P-151)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import BEGIN, END, Events, payloads, pool, program
from harness import TERM, kill, run, test, wait_until

EVERY = pool("l", "PROCESS_LOG,PROCESS_COMMUNICATION",
             more="buffer_size=100\nstartsecs=0\n")
LOGS = "stdout_logfile={dir}/p.out\nstderr_logfile={dir}/p.err\n"


def content(s, name):
    with open(s.path(name), "rb") as f:
        return f.read()


def bodies(rows):
    """[(type, the payload's second part)]"""
    return [(r["eventname"], r["payload"].split("\n", 1)[1]) for r in rows]


@test("P-124: PROCESS_LOG of both channels, with the pid from the first byte on")
def log(t):
    s = Events(t, EVERY + program(
        t, "p", "out('one\\n')\ntime.sleep(0.3)\nout('two', 2)\n"
        "time.sleep(1000)\n", LOGS + "stdout_events_enabled=true\n"
        "stderr_events_enabled=true\n") + program(
            t, "q", "out('not of interest')\ntime.sleep(1000)\n")).start()
    rows = s.wait_events(2)
    pid = s.program("p")
    t.equal([(r["eventname"], r["payload"]) for r in rows], [
        ("PROCESS_LOG_STDOUT", "processname:p groupname:p pid:%d "
         "channel:stdout\none\n" % pid),
        ("PROCESS_LOG_STDERR", "processname:p groupname:p pid:%d "
         "channel:stderr\ntwo" % pid)], "events")
    t.equal((content(s, "p.out"), content(s, "p.err")), (b"one\n", b"two"),
            "logs")


@test("P-124: what a program writes right before its end has its pid too")
def last_words(t):
    s = Events(t, EVERY + program(t, "p", "out('bye')\nos._exit(0)\n",
                                  "stdout_events_enabled=true\n"
                                  "autorestart=false\n")).start()
    row = s.wait_events(1)[0]
    t.equal(row["payload"], "processname:p groupname:p pid:%d channel:stdout\n"
            "bye" % s.program("p"), "payload")


@test("P-126, P-096: bytes that are no text; characters are counted")
def undecodable(t):
    s = Events(t, EVERY + program(
        t, "p", "out(b'h\\xc3\\xa9llo\\n')\ntime.sleep(0.3)\n"
        "out(b'\\xff\\x00\\'x\\n')\ntime.sleep(1000)\n",
        LOGS + "stdout_events_enabled=true\n")).start()
    rows = s.wait_events(2)
    t.equal([b for _, b in bodies(rows)],
            ["h\u00e9llo\n", "Undecodable: b\"\\xff\\x00'x\\n\""], "payloads")
    head = len(rows[0]["payload"].split("\n", 1)[0]) + 1
    t.equal(rows[0]["len"], str(head + 6), "len")
    t.equal(content(s, "p.out"), b"h\xc3\xa9llo\n\xff\x00'x\n", "the log")


@test("P-133, P-134, P-135: a captured message, its tokens cut anywhere")
def capture(t):
    text = "before" + BEGIN + "a message" + END + "after\n"
    for step in (1000, 1, 5):
        s = Events(t, EVERY + program(
            t, "p", "text = %r\nfor i in range(0, len(text), %d):\n"
            "    out(text[i:i + %d])\n    time.sleep(0.003)\n"
            "time.sleep(1000)\n" % (text, step, step),
            LOGS + "stdout_capture_maxbytes=1MB\n"
            "stdout_events_enabled=true\n"), name="s%d" % step).start()
        s.wait_events(1, kind="PROCESS_COMM")
        wait_until(lambda: content(s, "p.out") == b"beforeafter\n", 5,
                   "the log")
        rows = s.got()
        kinds = [r["eventname"] for r in rows]
        at = kinds.index("PROCESS_COMMUNICATION_STDOUT")
        t.equal(rows[at]["payload"], "processname:p groupname:p pid:%d\n"
                "a message" % s.program("p"), "P-125")
        t.equal("".join(b for _, b in bodies(rows[:at])), "beforea message",
                "P-135: logged before")
        s.wait_line("DEBG 'p' stdout emitted a comm event")
        s.stop()


@test("P-125: of stderr; P-136: without capture mode tokens are text")
def channels(t):
    text = BEGIN + "x" + END
    s = Events(t, EVERY + program(
        t, "p", "out(%r)\nout(%r, 2)\ntime.sleep(1000)\n" % (text, text),
        LOGS + "stderr_capture_maxbytes=10\n")).start()
    rows = s.wait_events(1)
    t.equal(bodies(rows), [("PROCESS_COMMUNICATION_STDERR", "x")], "event")
    wait_until(lambda: content(s, "p.out") == text.encode(), 5, "stdout as is")
    t.equal(content(s, "p.err"), b"", "stderr's log")


@test("P-137: the last capture_maxbytes bytes of a message")
def limit(t):
    s = Events(t, EVERY + program(
        t, "p", "out(%r)\ntime.sleep(1000)\n" % (
            BEGIN + "01234567890123456789" + END),
        LOGS + "stdout_capture_maxbytes=15\n")).start()
    t.equal(bodies(s.wait_events(1)),
            [("PROCESS_COMMUNICATION_STDOUT", "567890123456789")], "payload")


@test("P-138: a short line is not held back; P-139: no end, no event")
def held(t):
    s = Events(t, EVERY + program(
        t, "p", "out('short\\n')\ntime.sleep(0.5)\nout('<!--XSUP')\n"
        "os._exit(0)\n", LOGS + "stdout_capture_maxbytes=99\n"
        "autorestart=false\n") + program(
            t, "q", "out(%r)\nos._exit(0)\n" % ("x" + BEGIN + "lost"),
            "stdout_logfile={dir}/q.out\nstdout_capture_maxbytes=99\n"
            "autorestart=false\n")).start()
    wait_until(lambda: content(s, "p.out") == b"short\n", 5, "at once")
    s.wait_line("exited: p")
    wait_until(lambda: content(s, "p.out") == b"short\n<!--XSUP", 5, "the rest")
    s.wait_line("exited: q")
    wait_until(lambda: content(s, "q.out") == b"x", 5, "q's log")
    t.equal(s.got(), [], "no events")


@test("P-149, P-150: strip_ansi: log, debug lines and events")
def ansi(t):
    s = Events(t, EVERY + program(
        t, "p", "out('a\\033[31mred\\033[0mb')\nout(%r)\ntime.sleep(1000)\n" % (
            BEGIN + "\033[1mm" + END), LOGS + "stdout_events_enabled=true\n"
        "stdout_capture_maxbytes=99\n"),
        keys="loglevel=debug\nstrip_ansi=true\n").start()
    rows = s.wait_events(1, kind="PROCESS_COMM")
    t.equal(bodies(rows)[0][1], "m", "message")
    t.equal("".join(b for n, b in bodies(s.got()) if "LOG" in n), "aredbm",
            "PROCESS_LOG")
    wait_until(lambda: content(s, "p.out") == b"aredb", 5, "the log")
    at = s.lines().index("DEBG 'p' stdout output:")
    t.true(s.lines()[at + 1].startswith("aredb"), "P-150")


@test("6: events of a flood: nothing is lost from the log, control answers")
def flood(t):
    s = Events(t, pool("l", "PROCESS_LOG", more="buffer_size=5\n") + program(
        t, "p", "for i in range(200):\n    out('%06d' % i * 10000)\n"
        "time.sleep(1000)\n", LOGS + "stdout_logfile_maxbytes=0\n"
        "stdout_events_enabled=true\n") +
        "[program:x]\ncommand=/bin/sleep 1000\n", keys="").start()
    kill(s.running("x"), TERM)
    s.running("x", 2)
    want = b"".join(b"%06d" % i * 10000 for i in range(200))
    wait_until(lambda: os.path.getsize(s.path("p.out")) == len(want), 30,
               "all of it")
    t.true(content(s, "p.out") == want, "the log is exact")
    rows = s.wait_events(1)
    t.true(all(set(p.split("\n", 1)[1]) <= set("0123456789")
               for p in payloads(rows)), "whole events")


run()
