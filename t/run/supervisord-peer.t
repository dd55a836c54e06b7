#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: the same file under Python's supervisord and under ours says the
same, line by line, but for times and process ids."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import HUP, TERM, USR2, kill, run, test
from supd import PEER, Supd, beside

LOOP = ("/bin/sh -c \"trap 'sleep 0.1; exit 0' TERM; while :; do sleep 0.05; "
        "done\"")


def normal(lines):
    """Without process ids; without what only one of the two says."""
    seen = []
    for line in lines:
        if line.startswith(("CRIT Supervisor is running as root",
                            "DEBG received SIGCHLD", "DEBG fd ")):
            continue
        line = re.sub(r"pid \d+", "pid N", line)
        line = re.sub(r"\(\d+\)", "(N)", line)
        seen.append(line)
    return seen


def both(t, text, act, keys="", sort=False):
    """Runs both; act(s) brings each to its end."""
    def once(names):
        found = []
        for name in names:
            s = Supd(t, text, keys, name=name)
            if name.startswith("peer"):
                s.exe = PEER
            s.start()
            act(s)
            if s.ended is None:
                s.stop()
            rows = normal(s.lines())
            found.append(sorted(rows) if sort else rows)
        return found
    beside(once)


@test("start, kill, start again, stop")
def story(t):
    def act(s):
        kill(s.running("x"), TERM)
        s.running("x", 2)
    both(t, "[program:x]\ncommand=/bin/sleep 1000\n", act)


@test("stop of groups by priority, with debug lines")
def stop(t):
    def act(s):
        for name in ("a", "b", "c"):
            s.running(name)
        s.signal(TERM)
        s.wait_exit()
    # One line a group: the order within a group's turn is free.
    both(t, "".join("[program:%s]\ncommand=%s\npriority=%d\n" % (n, LOOP, p)
                    for n, p in (("a", 3), ("b", 1), ("c", 2))), act,
         "loglevel=debug\n")


@test("too quick, back-off, gave up")
def fatal(t):
    def act(s):
        s.wait_line("gave up: x")
    both(t, "[program:x]\ncommand=/bin/false\nstartretries=1\n"
            "startsecs=30\n", act)


@test("errors of a start")
def errors(t):
    def act(s):
        for i in range(5):
            s.wait_line("gave up: p%d" % i)
    both(t, "".join("[program:p%d]\ncommand=%s\nstartretries=0\n%s\n"
                    % (i, c, more) for i, (c, more) in enumerate((
                        ("/nonexistent/x", ""), ("/tmp", ""),
                        ("/etc/passwd", ""), ("nosuchcommand", ""),
                        ("/bin/true", "stdout_logfile=/")))), act, sort=True)


@test("texts on stderr when the child fails before exec")
def child_texts(t):
    texts = []

    def act(s):
        s.wait_line("gave up: x")
        with open(s.path("err")) as f:
            texts.append(f.read())
    both(t, "[program:x]\ncommand=/bin/true\ndirectory=/nonexistent\n"
            "startsecs=30\nstartretries=0\nstderr_logfile={dir}/err\n", act)
    t.equal(texts[-1], texts[-2], "stderr")


@test("SIGKILL after stopwaitsecs, group signals")
def stubborn(t):
    def act(s):
        s.running("x")
        s.signal(TERM)
        s.wait_exit()
    both(t, "[program:x]\ncommand=/bin/sh -c \"trap '' TERM; while :; do sleep "
            "0.1; done\"\nstopwaitsecs=1\nstopasgroup=true\n", act,
         "loglevel=debug\n")


@test("restart by HUP, reopening by USR2")
def signals(t):
    def act(s):
        s.running("x")
        s.signal(USR2)
        s.wait_line("supervisord logreopen")
        s.signal(HUP)
        s.running("x", 2)
    both(t, "[program:x]\ncommand=%s\n" % LOOP, act)


@test("exits after startsecs, expected and not")
def exits(t):
    def act(s):
        s.wait_line("exited: a")
        s.wait_line("exited: b")
        s.wait_line("exited: c")
    both(t, "".join("[program:%s]\ncommand=/bin/sh -c \"sleep 1.5; %s\"\n"
                    "autorestart=false\nexitcodes=0,2\n" % (n, c)
                    for n, c in (("a", "exit 0"), ("b", "exit 7"),
                                 ("c", "kill -SEGV $$"))), act, sort=True)


run()
