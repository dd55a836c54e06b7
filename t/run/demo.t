#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""./bootstrap demo shows what it promises, and leaves nothing behind."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from harness import *  # noqa: E402,F403

DEMO = os.path.join(HERE, "..", "..", "examples", "demo", "run")


class Demo:
    """The demo, with its temporary directory in the test's."""

    def __init__(self, t, seconds):
        self.t = t
        self.tmp = t.path("tmp")
        self.log = t.path("out")
        os.mkdir(self.tmp)
        if not os.access(os.path.join(BUILD, "bin", "supervisord"), os.X_OK):
            raise Skip("supervisord is not built")
        flags = ""
        if SANITIZE:
            flags = "-fsanitize=" + SANITIZE
        elif "coverage" in os.path.basename(BUILD):
            flags = "--coverage"
        env = dict(os.environ, DEMO_SECONDS=str(seconds), TMPDIR=self.tmp,
                   BUILD_DIR=BUILD, DEMO_CFLAGS=flags)
        for name in ("ASAN", "UBSAN") if SANITIZE else ():
            env[name + "_OPTIONS"] = "log_path=" + t.path("sanitizer")
        # A shell that crashes on purpose leaves its child behind.
        t.orphans_are_fine = True
        with open(self.log, "w") as out:
            self.proc = t.helper([DEMO], stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out, env=env)

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def end(self, expect, timeout):
        """Waits for the end; nothing of it may be there afterwards."""
        try:
            status = self.proc.wait(timeout * SCALE)
        except subprocess.TimeoutExpired:
            diag(self.text())
            raise Failure("the demo does not end")
        if status != expect:
            diag(self.text())
            raise Failure("exit status %d, expected %d" % (status, expect))
        self.t.equal(os.listdir(self.tmp), [], "files left")

        def nothing():
            self.t.reap()
            return not descendants(os.getpid())
        wait_until(nothing, 5, "no process left")
        return self.text()


@test("the demo: reloads lose no request, crashes are repaired", valgrind=False)
def whole(t):
    text = Demo(t, 5).end(0, 60)
    diag(text)
    reloads = re.findall(r"version 1 -> 2 in \d+ ms: (\d+) requests answered "
                         r"\(by generations 1, 2\), (\d+) failed", text)
    t.equal(len(reloads), 1, "reloads")
    t.true(int(reloads[0][0]) >= 20, "requests")
    t.equal(reloads[0][1], "0", "failed requests")
    t.true(re.search(r"exited: crasher \(terminated by SIGSEGV", text),
           "a crash")
    t.true(len(re.findall("spawned: 'crasher'", text)) >= 2, "a new crasher")
    t.equal(len(re.findall("spawned: 'http'", text)), 1, "starts of http")
    t.true("have the pids that they had at the start" in text,
           "programs survive the engine")
    begun, done = re.search(r"jobs: (\d+) begun, (\d+) done", text).groups()
    t.true(int(done) >= 1, "a job")
    t.equal(begun, done, "jobs")
    t.true("What to type next" in text, "a hint")


@test("the demo: Ctrl-C ends it at once", valgrind=False)
def interrupt(t):
    demo = Demo(t, 600)
    wait_until(lambda: "spawned: 'http'" in demo.text(), 20, "programs")
    demo.proc.send_signal(INT)
    text = demo.end(130, 20)
    t.true("stopped: http" in text, "an orderly end")


@test("the demo: a program that cannot start is told", valgrind=False)
def broken(t):
    demo = Demo(t, 5)
    wait_until(lambda: "supervisord started with pid" in demo.text(), 20,
               "supervisord")
    pid = int(re.search(r"started with pid (\d+)", demo.text()).group(1))
    kill(pid, TERM)
    text = demo.end(1, 60)
    t.true("supervisord has ended" in text, "what is wrong")


run()
