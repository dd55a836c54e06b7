#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: the engine is killed, and listeners notice nothing (B-501)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import SERVER, Events, pool, program
from harness import KILL, STOP, alive, diag, kill, run, test, wait_until

SLEEP = "[program:x]\ncommand=/bin/sleep 1000\n"


def remote(s, text):
    s.rpc().sendRemoteCommEvent("t", text)


@test("B-501: serials go on; a READY listener stays READY")
def ready(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION")).start()
    s.wait_line("ACKNOWLEDGED -> READY")
    remote(s, "a")
    s.wait_events(1)
    pid = s.program("l")
    for i in range(3):
        s.wait_line("l: event was processed", i + 1)
        s.wait_line("l: ACKNOWLEDGED -> READY", i + 2)
        s.kill_engine()
        remote(s, "b%d" % i)
        s.wait_events(i + 2)
    rows = s.got()
    t.equal([(r["serial"], r["poolserial"], r["payload"]) for r in rows],
            [("0", "0", "type:t\na")] + [
                (str(i + 1), str(i + 1), "type:t\nb%d" % i)
                for i in range(3)], "events")
    t.true(alive(pid), "the listener was left alone")
    t.equal(s.find("UNKNOWN"), [], "nobody is accused")


@test("B-501: a busy listener's event is not sent again; what waits is sent")
def busy(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION",
                                "answer={dir}/go")).start()
    s.wait_line("ACKNOWLEDGED -> READY")
    for text in "abc":
        remote(s, text)
    s.wait_events(1)
    s.kill_engine()
    s.touch("go")
    rows = s.wait_events(3)
    t.equal([(r["serial"], r["payload"][-1]) for r in rows],
            [("0", "a"), ("1", "b"), ("2", "c")], "each once, in order")


@test("B-501: the answer came while there was no engine")
def answer(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION",
                                "answer={dir}/go")).start()
    s.wait_line("ACKNOWLEDGED -> READY")
    remote(s, "a")
    remote(s, "b")
    s.wait_events(1)
    engine = s.engine()
    kill(engine, STOP)
    s.touch("go")
    kill(engine, KILL)
    rows = s.wait_events(2)
    t.equal([r["serial"] for r in rows], ["0", "1"], "each once")


@test("B-501: a listener that was busy dies without an engine: sent again")
def dies(t):
    s = Events(t, SERVER + pool("l", "REMOTE_COMMUNICATION",
                                "answer={dir}/go")).start()
    s.wait_line("ACKNOWLEDGED -> READY")
    remote(s, "a")
    s.wait_events(1)
    engine, pid = s.engine(), s.program("l")
    kill(engine, STOP)
    kill(pid, KILL)
    kill(engine, KILL)
    s.touch("go")
    rows = s.wait_events(2)
    t.equal([r["serial"] for r in rows], ["0", "0"], "the same event")
    s.wait_line("DEBG rebuffering event 0 for pool l")


@test("B-501: an event that was written only in part: said, and sent again")
def partly(t):
    s = Events(t, pool("l", "PROCESS_LOG", "read={dir}/go",
                       "startsecs=0\nexitcodes=9\n") + program(
        t, "p", "time.sleep(0.3)\nout('x' * 60000 + 'y' * 60000)\n"
        "time.sleep(1000)\n", "stdout_events_enabled=true\n")).start()
    s.wait_line("sent to listener l")
    wait_until(lambda: os.path.getsize(s.log) > 0, 5, "log")
    s.kill_engine()
    s.wait_line("may have been sent to listener l only in part")
    s.wait_line("exited: l")
    s.program("l", 2)
    s.touch("go")
    s.wait_line("too long to be kept")


@test("B-501: SUPERVISOR_ENGINE_RESTARTED, to who asks for it or for EVENT")
def restarted(t):
    s = Events(t, pool("l", "EVENT", more="buffer_size=99\nstartsecs=0\n") +
               pool("m", "SUPERVISOR_ENGINE_RESTARTED") +
               pool("n", "SUPERVISOR_STATE_CHANGE") + SLEEP).start()
    s.running("x")
    s.kill_engine()
    for name in "lm":
        t.equal([r["payload"] for r in s.wait_events(
            1, name, "SUPERVISOR_ENGINE_RESTARTED")], ["engines:2"], name)
    s.kill_engine()
    s.wait_events(2, "m")
    t.equal([r["eventname"] for r in s.got("n")],
            ["SUPERVISOR_STATE_CHANGE_RUNNING"], "once")


@test("B-501: a long event that was read: it can be answered")
def long_event(t):
    s = Events(t, pool("l", "PROCESS_LOG", "read={dir}/r answer={dir}/go") +
               program(t, "p", "time.sleep(0.3)\nout('x' * 60000 + 'y' * 60000)"
                       "\ntime.sleep(1000)\n",
                       "stdout_events_enabled=true\n")).start()
    s.wait_line("sent to listener l")
    s.touch("r")  # the rest of the event goes out
    rows = s.wait_events(1)
    s.kill_engine()
    s.touch("go")
    s.wait_line("l: event was processed")
    t.equal(s.find("in part"), [], "nothing is suspected")
    t.equal(s.count("spawned: 'l'"), 1, "the listener was left alone")
    t.true(len(rows[0]["payload"]) > 60000, "a long one")


@test("B-501: ten kills under a stream of events: each once, in order")
def storm(t):
    # An engine that dies is replaced after half a second at most: about 25
    # messages, fewer than are kept.
    s = Events(t, pool("l", "PROCESS_COMMUNICATION", "",
                       "startsecs=0\nbuffer_size=1000\n") + program(
        t, "p", "time.sleep(0.5)\nfor i in range(500):\n"
        "    out('<!--XSUPERVISOR:BEGIN-->%d<!--XSUPERVISOR:END-->' % i)\n"
        "    time.sleep(0.02)\ntime.sleep(1000)\n",
        "stdout_capture_maxbytes=100\n"), keys="").start()
    pid = s.program("l")
    for i in range(10):
        s.wait_events(len(s.got()) + 1)
        s.kill_engine()
    wait_until(lambda: s.got()[-1]["payload"].endswith("\n499"), 30,
               "the last event")
    rows = s.got()
    # A kill between sending an event and writing that down: the next engine
    # sends it again, with its serial, to a new listener, and says so.
    again = len(s.find("the event sent again"))
    twice = [b for a, b in zip(rows, rows[1:]) if a == b]
    t.true(len(twice) <= again <= 10, "%d twice, said %d times"
           % (len(twice), again))
    rows = [r for r in rows if not any(r is x for x in twice)]
    numbers = [int(r["payload"].split("\n")[1]) for r in rows]
    t.equal(numbers, sorted(set(numbers)), "in order, none twice")
    # What a killed engine had just read may be lost: a chunk a kill.
    t.true(len(numbers) >= 500 - 10 * 30, "most are there (%d)" % len(numbers))
    diag("%d of 500 messages" % len(numbers))
    serials = [int(r["serial"]) for r in rows]
    t.equal(serials, sorted(set(serials)), "serials rise")
    t.equal(s.find("waiting events were lost"), [], "none that was buffered")
    t.true(alive(pid) or again, "the listener was left alone")


run()
