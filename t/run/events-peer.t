#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: a listener hears the same from Python's supervisord and from
ours, but for process ids, and for what is done better (P-138)."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import BEGIN, END, SERVER, Events, pool, program
from harness import TERM, diag, kill, run, test
from supd import PEER, beside

BIG = "buffer_size=200\nstartsecs=0\n"


def normal(rows):
    """The events without process ids, up to the stop: how many of those of the
    stop a listener sees before it is stopped itself is chance."""
    seen = []
    for r in rows:
        if r["eventname"] == "SUPERVISOR_STATE_CHANGE_STOPPING":
            break
        body = re.sub(r"\bpid:[1-9]\d*", "pid:N", r["payload"])
        line = re.sub(r"len:\d+", "", r["line"]) if body != r["payload"] \
            else r["line"]
        seen.append("%s%s" % (line, body))
    return seen


def both(t, text, act, keys="loglevel=debug\n", lines=None, sort=False):
    """Runs both; act(s) brings each to where the events are compared.  lines: a
    pattern of lines of the main log to be compared, too."""
    def once(names):
        found = []
        for name in names:
            s = Events(t, text, keys, name=name)
            if name.startswith("peer"):
                s.exe = PEER
            s.start()
            act(s)
            s.stop(timeout=30)
            rows = normal(s.got())
            if lines:
                rows += [re.sub(r"pid \d+", "pid N", x) for x in s.find(lines)]
            found.append(sorted(rows) if sort else rows)
        return found
    diag("%d events and lines" % beside(once))


@test("states, groups, the supervisor itself (P-113 to P-123, P-128, P-130)")
def states(t):
    def act(s):
        x = s.running("x")
        s.wait_line("gave up: y")
        kill(x, TERM)
        s.running("x", 2)
        s.rpc().stopProcess("x")
        s.rpc().removeProcessGroup("x")
        s.rpc().addProcessGroup("x")
        s.running("x", 3)
        s.rpc().sendRemoteCommEvent("k", "d\u00e4ta")
        s.wait_events(1, kind="REMOTE", timeout=20)
        s.wait_events(3, kind="PROCESS_STATE_RUNNING", timeout=20)
    # All but TICKs, which would take serials at any time.
    both(t, SERVER + pool(
        "l", "PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,"
        "REMOTE_COMMUNICATION", more=BIG) +
         "[program:x]\ncommand=/bin/sleep 1000\npriority=1\n"
         "[program:y]\ncommand=/bin/false\nstartretries=1\npriority=2\n"
         "startsecs=30\n",
         act)


@test("output, captured messages, bytes that are no text (P-124 to P-126, "
      "P-133 to P-135)")
def output(t):
    text = ("'%s' + 'b' * 60" % ("a" * 60 + BEGIN + "msg" + END))
    both(t, pool("l", "PROCESS_LOG,PROCESS_COMMUNICATION", more=BIG) + program(
        t, "p", "time.sleep(0.5)\nout(%s)\ntime.sleep(0.5)\n"
        "out('c' * 60, 2)\ntime.sleep(0.5)\nout(b'h\\xc3\\xa9llo' + b'.' * 60)\n"
        "time.sleep(0.5)\nout(b'\\xff\\'\\x00\\t' + b'.' * 60)\n"
        "time.sleep(1000)\n" % text,
        "stdout_capture_maxbytes=1MB\nstdout_events_enabled=true\n"
        "stderr_events_enabled=true\n"),
        lambda s: s.wait_events(7, timeout=20), lines="comm event")


@test("strip_ansi (P-149)")
def ansi(t):
    both(t, pool("l", "PROCESS_LOG", more=BIG) + program(
        t, "p", "time.sleep(0.5)\nout('a\\033[31mred\\033[0mb\\033[7;')\n"
        "time.sleep(0.5)\nout('\\033]0;x\\007 \\033[31;xyz')\n"
        "time.sleep(0.5)\nout('end')\ntime.sleep(1000)\n",
        "stdout_events_enabled=true\n"),
        lambda s: s.wait_events(3, timeout=20),
        keys="loglevel=debug\nstrip_ansi=true\n")


WORDS = r"^(DEBG|WARN|ERRO) (\w+: (ACK|READY|BUSY|UNK|event|bad|has)|pool)"


@test("FAIL, a bad result, junk: what is logged and sent (P-091 to P-098)")
def misbehaving(t):
    def act(s):
        s.wait_line("a: READY -> UNKNOWN")
        s.wait_line("b: BUSY -> UNKNOWN")
        s.wait_events(2, "c", timeout=20)
        s.wait_line("c: event was processed", timeout=20)
    words = pool("a", "TICK_3600", "eager") + pool(
        "b", "SUPERVISOR_STATE_CHANGE_RUNNING", "'bad=RESULT x'") + pool(
            "c", "SUPERVISOR_STATE_CHANGE_RUNNING", "fail=1")
    # Which of the pools' lines is first is chance.  Of equal priority, Python's
    # pools would get one another's refused events (P-102).
    for i in range(3):
        words = words.replace("startsecs=0\n\n", "startsecs=0\npriority=%d\n" % i,
                              1)
    both(t, words, act, lines=WORDS, sort=True)


@test("a buffer that overflows (P-103)")
def overflow(t):
    def act(s):
        s.wait_line("entered RUNNING state", 9)
        s.touch("go")
        s.wait_events(3, timeout=20)
    both(t, pool("l", "PROCESS_STATE_STARTING", "late={dir}/go",
                 "buffer_size=3\n") +
         "[program:p]\ncommand=/bin/sleep 1000\nnumprocs=8\n"
         "process_name=p%(process_num)d\n", act, lines="overflowed")


run()
