#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: what becomes of the programs' output."""
import glob
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (HUP, KILL, TERM, alive, fds, kill, never, run, state,
                     test, wait_until, within)
from supd import Supd


def text(path):
    with open(path, "rb") as f:
        return f.read().decode(errors="replace")


@test("P-140, P-053: both channels, byte for byte, each in its log")
def channels(t):
    with open(t.path("bytes"), "wb") as f:
        f.write(os.urandom(1000000))
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"cat %s; cat %s >&2; exec "
             "sleep 1000\"\nstdout_logfile={dir}/out\nstderr_logfile={dir}/err"
             "\n" % (t.path("bytes"), t.path("bytes"))).start()
    for name in ("out", "err"):
        wait_until(lambda: os.path.exists(s.path(name)) and
                   os.path.getsize(s.path(name)) == 1000000, 10, name)
        t.true(open(s.path(name), "rb").read() == open(t.path("bytes"), "rb")
               .read(), "%s is byte-exact" % name)


@test("P-053: redirect_stderr")
def redirect(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"echo one; echo two >&2; echo"
                " three; exec sleep 1000\"\nredirect_stderr=true\n"
                "stdout_logfile={dir}/out\n").start()
    wait_until(lambda: os.path.exists(s.path("out")) and
               text(s.path("out")) == "one\ntwo\nthree\n", 5, "the log")
    pid = s.program("x")
    t.equal(fds(pid)[1], fds(pid)[2], "one pipe")


@test("P-142, P-143: rotation by size; the last chunks of a dying program")
def rotation(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"i=100; while [ $i -lt 400 ];"
                " do echo line-$i; i=$((i+1)); sleep 0.002; done\"\n"
                "startsecs=0\nstdout_logfile={dir}/out\n"
                "stdout_logfile_maxbytes=500\nstdout_logfile_backups=3\n"
             ).start()
    s.wait_line("exited: x (exit status 0; expected)", timeout=20)
    names = sorted(os.path.basename(p) for p in glob.glob(s.path("out*"))
                   if not p.endswith("output"))
    t.equal(names, ["out", "out.1", "out.2", "out.3"], "files")
    joined = "".join(text(s.path(n)) for n in ("out.3", "out.2", "out.1",
                                               "out"))
    numbers = [int(x) for x in re.findall(r"line-(\d+)\n", joined)]
    t.equal(numbers, list(range(numbers[0], 400)), "the last lines, in order")
    t.true(numbers[0] > 100, "the oldest ones are dropped")
    t.true(all(500 <= os.path.getsize(s.path(n)) < 1000
               for n in names[1:]), "sizes")


@test("C-235, C-236: AUTO logs: names, mode; removed at the next start")
def auto(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"echo hello; exec sleep "
                "1000\"\n[program:y]\ncommand=/bin/true\nautostart=false\n"
             ).start()
    s.running("x")
    stale = s.path("x-stdout---supervisor-01234567.log.3")
    open(stale, "w").close()

    def logs():
        return sorted(os.path.basename(p)
                      for p in glob.glob(s.path("*---supervisor-*")))
    names = [n for n in logs() if n != os.path.basename(stale)]
    t.equal([re.sub("[a-z0-9_]{8}.log$", "R.log", n) for n in names],
            ["x-stderr---supervisor-R.log", "x-stdout---supervisor-R.log",
             "y-stderr---supervisor-R.log", "y-stdout---supervisor-R.log"],
            "names")
    t.equal(os.stat(s.path(names[0])).st_mode & 0o777, 0o600, "mode")
    t.equal(text(s.path(names[1])), "hello\n", "content")
    s.kill_engine()  # the same files go on
    t.equal([n for n in logs() if n in names], names, "names after a kill")
    kill(s.program("x"), TERM)
    wait_until(lambda: text(s.path(names[1])) == "hello\nhello\n", 5,
               "output in the same file")
    s.signal(HUP)
    s.running("x", 2)
    t.equal([n for n in logs() if n in names or n == os.path.basename(stale)],
            [], "old names after a restart")


@test("P-147: NONE discards, and the program never blocks")
def none(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"head -c 3000000 /dev/zero; "
                "echo done >&2; exec sleep 1000\"\nstdout_logfile=NONE\n"
                "stderr_logfile={dir}/err\n").start()
    wait_until(lambda: os.path.exists(s.path("err")) and
               text(s.path("err")) == "done\n", 10, "the program goes on")


@test("users 4: a program that closes its output costs nothing")
def closed(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"exec >&- 2>&-; exec sleep "
                "1000\"\n").start()
    pid, engine = s.running("x"), s.engine()

    def ticks():
        with open("/proc/%d/stat" % engine) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before = ticks()
    time.sleep(0.5)  # what is measured is this time's use
    t.true(ticks() - before <= 2, "the engine used %d ticks"
           % (ticks() - before))
    t.true(alive(pid), "the program runs")
    t.true(len([x for x in fds(s.pid).values() if "pipe" in x and x in
                fds(engine).values()]) <= 1, "the pipes are dropped")


@test("users 6: a flood of output delays neither stop nor another program")
def flood(t):
    s = Supd(t, "[program:flood]\ncommand=/bin/sh -c \"exec cat /dev/zero\"\n"
                "stdout_logfile={dir}/flood\nstdout_logfile_maxbytes=1MB\n"
                "stdout_logfile_backups=1\n[program:x]\ncommand=/bin/sleep "
                "1000\n").start()
    pid = s.running("x")
    wait_until(lambda: os.path.exists(s.path("flood.1")), 10, "a flood")
    began = time.monotonic()
    kill(pid, TERM)
    s.program("x", 2)
    within(time.monotonic() - began, 0.5, "exit to respawn in a flood")
    began = time.monotonic()
    s.signal(TERM)
    s.wait_exit()
    within(time.monotonic() - began, 1.0, "shutdown in a flood")


@test("users 28: a survivor that holds the pipe does not delay the exit; its "
      "output is read on")
def survivor(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"(sleep 0.6; echo late; exec "
                "sleep 1) & sleep 0.3\"\nstartsecs=0\n"
                "stdout_logfile={dir}/out\n").start()
    began = time.monotonic()
    s.wait_line("exited: x (exit status 0; expected)")
    within(time.monotonic() - began, 0.55, "exit seen")
    wait_until(lambda: text(s.path("out")) == "late\n", 5, "late output")


@test("P-146, users 11: /dev/stdout is never rotated, and a slow reader only "
      "delays the program")
def dev_stdout(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"i=0; while [ $i -lt 20000 ];"
                " do echo line-$i; i=$((i+1)); done; exec sleep 1000\"\n"
                "stdout_logfile={dir}/fifo\nstdout_logfile_maxbytes=1000\n")
    os.mkfifo(s.path("fifo"))
    reader = os.open(s.path("fifo"), os.O_RDONLY | os.O_NONBLOCK)
    s.start()
    pid = s.running("x")
    kill(s.pid, signal.SIGUSR1)  # nobody has read yet: does it still answer?
    s.wait_line("received SIGUSR1")
    data = b""

    def read():
        nonlocal data
        try:
            data += os.read(reader, 65536)
        except BlockingIOError:
            pass
        return data.endswith(b"line-19999\n")
    wait_until(read, 20, "all lines")
    os.close(reader)
    t.equal(data.decode().splitlines(), ["line-%d" % i for i in range(20000)],
            "all lines, in order")
    t.true(alive(pid), "the program runs")
    t.equal(glob.glob(s.path("fifo.*")), [], "rotated files")


@test("users 9: a full disk drops output, says so once, and recovers")
def disk_full(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"while :; do echo x; sleep "
                "0.02; done\"\nstdout_logfile=/dev/full\n").start()
    s.running("x")
    t.equal(len(s.find("^WARN cannot write the stdout log of 'x' .*No space "
                       "left on device")), 1, "warnings")
    t.true(alive(s.program("x")), "the program runs")


@test("P-150: at debug level output is echoed in the main log")
def echo(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"echo hello; exec sleep "
                "1000\"\n", "loglevel=debug\n").start()
    s.wait_line("DEBG 'x' stdout output:")
    lines = s.lines()
    t.equal(lines[lines.index("DEBG 'x' stdout output:") + 1], "hello",
            "the line after it")


run()
