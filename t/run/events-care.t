#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Listeners that take care of programs, and who takes care of listeners."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import PYTHON, SERVER, Events, needs_peer, pool  # noqa: E402
from harness import free_port, never, run, test, wait_until  # noqa: E402

LIKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib",
                    "likesuperlance.py")
SLEEP = "[program:x]\ncommand=/bin/sleep 1000\nstartsecs=0\n"


def like(name, words, events):
    """A listener in the way of superlance's."""
    return ("[eventlistener:%s]\ncommand=%s %s %s\nevents=%s\nbuffer_size=100\n"
            % (name, PYTHON, LIKE, words, events))


def text_of(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return ""


@test("13: in the way of crashmail and crashmailbatch, through childutils")
def mail(t):
    needs_peer("supervisor.childutils")
    s = Events(t, SERVER + like("c", "crashmail {dir}/out",
                                "PROCESS_STATE_EXITED") +
               like("b", "batch {dir}/batch", "PROCESS_STATE_FATAL,TICK_5") +
               "[program:y]\ncommand=/bin/sh -c \"sleep 1.2; exit 1\"\n"
               "autorestart=false\n[program:z]\ncommand=/bin/sh -c \"sleep 1.2\"\n"
               "autorestart=false\n[program:f]\ncommand=/bin/false\n"
               "startretries=0\nstartsecs=9\n").start()
    s.running("c")
    s.running("b")
    wait_until(lambda: "Process y in group y exited unexpectedly (pid %d) from "
               "state RUNNING\n" % s.program("y") in text_of(s.path("out")), 20,
               "its line")
    wait_until(lambda: "-- Process f:f failed to start" in
               text_of(s.path("batch")), 20, "the batch at the tick")
    t.true("Process z" not in text_of(s.path("out")), "z was expected to exit")
    t.equal(s.find("UNKNOWN"), [], "nobody is accused")
    s.stop()


@test("13: in the way of memmon and httpok: they restart through the interface")
def restarters(t):
    needs_peer("supervisor.childutils")
    s = Events(t, SERVER + like("m", "memmon big 1000", "TICK_5") +
               like("h", "httpok x http://127.0.0.1:%d/" % free_port(),
                    "TICK_5") + SLEEP + SLEEP.replace(":x", ":big")).start()
    first = s.running("x"), s.running("big")
    s.running("x", 2, 30)
    s.running("big", 2, 30)
    t.true(first != (s.program("x", 2), s.program("big", 2)), "new processes")
    t.equal(s.find("UNKNOWN"), [], "nobody is accused")
    s.stop()


@test("13: messages of programs, read by childutils")
def messages(t):
    needs_peer("supervisor.childutils")
    s = Events(t, like("p", "communicate {dir}/out", "PROCESS_COMMUNICATION") +
               "[program:y]\ncommand=/bin/sh -c \"echo '<!--XSUPERVISOR:BEGIN-->"
               "h\u00e4llo you<!--XSUPERVISOR:END-->'; exec sleep 1000\"\n"
               "stdout_capture_maxbytes=1KB\nstartsecs=0\n").start()
    wait_until(lambda: text_of(s.path("out")) ==
               "PROCESS_COMMUNICATION_STDOUT y h\u00e4llo you\n", 20,
               "the message")
    s.stop()


@test("row 39: listener_timeout: a listener that broke the protocol is "
      "restarted, and gets what has waited")
def unknown(t):
    s = Events(t, SERVER + pool(
        "l", "REMOTE_COMMUNICATION", "bad={ die=99",
        "startsecs=0\nlistener_timeout=1\n")).start()
    first = s.running("l")
    s.wait_line("ACKNOWLEDGED -> READY")
    s.rpc().sendRemoteCommEvent("a", "b")
    s.wait_line("WARN l: bad result line: '{'")
    s.wait_line("WARN l: has been UNKNOWN for 1 seconds (listener_timeout), "
                "restarting it")
    t.true(s.running("l", 2) != first, "another process")
    t.equal([r["poolserial"] for r in s.wait_events(2)], ["0", "0"],
            "the event, put back once")
    s.stop()


@test("row 39: one that does not end with its event is restarted, too")
def busy(t):
    s = Events(t, SERVER + pool(
        "l", "REMOTE_COMMUNICATION", "answer={dir}/go",
        "startsecs=0\nlistener_timeout=1\n")).start()
    s.running("l")
    s.wait_line("ACKNOWLEDGED -> READY")
    s.rpc().sendRemoteCommEvent("a", "b")
    s.wait_line("WARN l: has been BUSY for 1 seconds (listener_timeout), "
                "restarting it")
    s.touch("go")
    s.running("l", 2)
    s.wait_line("DEBG l: event was processed")
    t.equal(s.count("DEBG l: event was processed"), 1, "times")
    s.rpc().sendRemoteCommEvent("a", "c")
    s.wait_line("DEBG l: event was processed", 2)
    s.stop()


@test("P-092, row 39: without listener_timeout it stays as it is")
def for_ever(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION", "bad={",
                                "startsecs=0\n")).start()
    s.running("l")
    s.wait_line("ACKNOWLEDGED -> READY")
    s.rpc().sendRemoteCommEvent("a", "b")
    s.wait_line("has entered the UNKNOWN state")
    never(lambda: s.count("spawned: 'l'") > 1, 2.5, "a restart")
    s.stop()


run()
