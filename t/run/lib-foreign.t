#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Workers in another language: the line protocol on descriptor 3."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


WORKER = r"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (say("term"), os._exit(0)))
fd = int(os.environ["APPBASE_SUPERVISOR_FD"])
def say(what):
    with open(sys.argv[1], "a") as f:
        f.write("%d %d %s gen=0 ver=- \n" % (time.clock_gettime_ns(1) // 1000,
                os.getpid(), what))
def line():
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(fd, 1)
        if not byte:
            say("eof")
            sys.exit(0)
        text += byte
    return text.decode().strip()
for word in sys.argv[2:]:
    while word == "idle":
        line()  # answers nobody asked for; the end of file ends us
    if word.startswith("sleep:"):
        time.sleep(float(word[6:]))
    elif word.startswith("long:"):
        os.write(fd, b"x" * int(word[5:]) + b"\n")
    elif word.startswith("raw:"):
        os.write(fd, word[4:].encode().decode("unicode_escape").encode())
    else:
        os.write(fd, word.encode() + b"\n")
        if word in ("ping", "takeover"):
            say(word + "-" + line())
"""


def steps(d, *words):
    """The command of a worker that goes through these steps."""
    path = d.path("worker.py")
    if not os.path.exists(path):
        with open(path, "w") as f:
            f.write(WORKER)
    return "exec %s %s %s %s" % (sys.executable, path, d.eventsfile,
                                 " ".join("'%s'" % w for w in words))


def foreign(t, *words, name="testd", **kw):
    d = t.daemon(name, **kw)
    d.behave(foreign=steps(d, *words))
    return d


# R-12
@each_mode("R-12: takeover and ping in lines; a stop; a reload")
def lines(t, flags):
    d = foreign(t, "takeover", "ping", "ping", "idle", flags=flags)
    d.start(wait="takeover-ok")
    d.wait_event("ping-pong", count=2)
    d.reload()
    d.wait_event("ping-pong", count=4)
    t.equal(len(d.events("takeover-ok")), 2, "takeovers")
    t.equal(children(d.pid), [d.worker()], "children")
    d.stop()
    t.equal(len(d.events("term")) + len(d.events("eof")), 2, "ends")


@test("R-12: restart and shutdown: started again; stop: the daemon ends")
def requests(t):
    for word in "restart", "shutdown":
        d = foreign(t, "takeover", word, "idle", name=word)
        d.start(wait="takeover-ok")
        d.wait_event("takeover-ok", count=3)
        d.stop()
    d = foreign(t, "takeover", "stop", "idle", name="stop")
    d.start(wait=None)
    t.equal(d.wait_exit(), OK, "exit status")
    d.check_clean()


@test("R-12: lines cut anywhere, several in one write, unknown and long ones")
def ragged(t):
    d = foreign(t, "raw:take", "sleep:0.05", "raw:over\\n", "sleep:0.1",
                "raw:what\\nping\\nnonsense\\npi", "sleep:0.05",
                "raw:ng\\n", "long:3000", "ping", "idle")
    d.start(wait="ping-ok")
    t.equal(children(d.pid), [d.worker()], "children")
    warned = len(d.logged("(?i)unknown|unexpected|too long"))
    t.true(1 <= warned <= 3, "%d warnings" % warned)


# R-5
@test("T-6: the supervisor is killed: a foreign worker reads end of file")
def orphan(t):
    d = foreign(t, "takeover", "idle").start(wait="takeover-ok")
    worker = d.worker()
    d.signal(KILL)
    wait_until(lambda: not alive(worker), 3, "the worker's end")
    d.wait_exit()
    t.reap()
    t.known.add(worker)


# R-10
@test("T-8: the watchdog counts the pings of a foreign worker")
def watchdog(t):
    d = foreign(t, "takeover", "ping", "sleep:60", sets=dict(
        ping_timeout_ms=500, stop_timeout_ms=200)).start(wait="ping-pong")
    first = d.events("ping-pong")[0].time
    second = d.wait_event("takeover-ok", count=2).time
    within(second - first, 0.5 + 0.2 + 0.4, "the replacement", least=0.3)
    t.true(d.logged("(?i)watchdog"), "the log does not name the watchdog")


@test("R-12: a worker that closes its socket but lives on is ended")
def closes(t):
    d = t.daemon(sets=dict(stop_timeout_ms=300))
    d.behave(foreign="exec sleep 600 3<&-")
    d.start(wait=None)
    first = d.wait_event("worker").pid
    wait_until(lambda: not alive(first), 5, "the worker's end")
    d.wait_event("worker", count=2)


run()
