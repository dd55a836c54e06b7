#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: programs are started, watched, restarted and stopped."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (HUP, KILL, TERM, USR1, USR2, alive, kill, never, run,
                     state, status_field, test, wait_until)
from supd import Supd

SLEEP = "[program:x]\ncommand=/bin/sleep 1000\n"
SUCCESS = ("INFO success: %s entered RUNNING state, process has stayed up for "
           "> than 1 seconds (startsecs)")


@test("the manual's example: started, killed, started again")
def story(t):
    s = Supd(t, "[program:analyze_sequences]\ncommand=/bin/sleep 1000\n")
    s.start()
    pid = s.running("analyze_sequences")
    seen = [x for x in s.lines() if "CRIT" not in x]
    t.equal(seen, ["INFO supervisord started with pid %d" % s.pid,
                   "INFO spawned: 'analyze_sequences' with pid %d" % pid,
                   SUCCESS % "analyze_sequences"], "the log")
    t.equal(s.pid_in_file(), s.pid, "pid file")
    kill(pid, TERM)
    s.wait_line("WARN exited: analyze_sequences (terminated by SIGTERM; not "
                "expected)")
    again = s.running("analyze_sequences", 2)
    t.true(again != pid and alive(again), "another program runs")
    kill(again, KILL)
    s.wait_line("WARN exited: analyze_sequences (terminated by SIGKILL; not "
                "expected)")
    s.running("analyze_sequences", 3)
    # C-242: the same lines on standard output
    said = [x for x in s.said().splitlines() if " INFO " in x or " WARN " in x]
    t.equal(len(said), len([x for x in s.lines() if "CRIT" not in x]),
            "lines on standard output")


@test("P-015, P-016, P-010: exits, expected and not, and autorestart")
def exits(t):
    s = Supd(t, """
[program:good]
command=/bin/sh -c "sleep 1.2; exit 0"
[program:seven]
command=/bin/sh -c "sleep 1.2; exit 7"
exitcodes=0,7
[program:bad]
command=/bin/sh -c "sleep 1.2; exit 3"
autorestart=false
[program:always]
command=/bin/sh -c "sleep 1.2; exit 0"
autorestart=true
""").start()
    s.wait_line("INFO exited: good (exit status 0; expected)")
    s.wait_line("INFO exited: seven (exit status 7; expected)")
    s.wait_line("WARN exited: bad (exit status 3; not expected)")
    s.program("always", 2)
    for name in ("good", "seven", "bad"):
        t.equal(s.count("spawned: '%s'" % name), 1, "starts of " + name)


@test("P-012, P-017, P-029: too quick, backoff, gave up")
def backoff(t):
    s = Supd(t, "[program:x]\ncommand=/bin/false\nstartretries=1\n").start()
    s.wait_line("INFO gave up: x entered FATAL state, too many start retries "
                "too quickly")
    t.equal(s.count("WARN exited: x (exit status 1; not expected)"), 2,
            "tries")


@test("P-030: startsecs=0 is never too quick, and does not storm")
def no_startsecs(t):
    s = Supd(t, "[program:x]\ncommand=/bin/true\nstartsecs=0\n"
                "autorestart=true\n").start()
    s.wait_line("spawned: 'x'", 5)
    began, first = time.monotonic(), s.count("spawned: 'x'")
    s.wait_line("spawned: 'x'", first + 10)
    t.true(time.monotonic() - began > 0.8, "more than ten starts a second")
    t.equal(s.count("BACKOFF"), 0, "backoffs")


@test("law 2, P-051, P-053 to P-055, P-062: what a program sees of us")
def inside(t):
    s = Supd(t, """
[program:x]
command=/bin/sleep 1000
environment=FOO="bar",SUPERVISOR_GROUP_NAME="mine"
[group:g]
programs=x
""").start(env={"INHERITED": "yes"})
    pid = s.running("x")
    t.equal(int(status_field(pid, "PPid")), s.pid_in_file(), "parent")
    t.equal(os.getpgid(pid), pid, "process group")
    t.equal(os.getsid(pid), os.getsid(s.pid), "session")
    t.equal(sorted(os.listdir("/proc/%d/fd" % pid)), ["0", "1", "2"],
            "descriptors")
    for name in ("0", "1", "2"):
        link = os.readlink("/proc/%d/fd/%s" % (pid, name))
        t.true(link.startswith("pipe:"), "fd %s is %s" % (name, link))
    t.equal(len({os.readlink("/proc/%d/fd/%s" % (pid, n)) for n in "012"}), 3,
            "three pipes")
    # 32 and 33 are libc's own: its posix_spawn(3), so make(1), ignores them.
    for field in ("SigBlk", "SigIgn"):
        t.equal(int(status_field(pid, field), 16) & ~(3 << 31), 0, field)
    with open("/proc/%d/environ" % pid) as f:
        env = dict(x.split("=", 1) for x in f.read().split("\0") if x)
    t.equal({k: env.get(k) for k in (
        "SUPERVISOR_ENABLED", "SUPERVISOR_PROCESS_NAME",
        "SUPERVISOR_GROUP_NAME", "FOO", "INHERITED")},
        {"SUPERVISOR_ENABLED": "1", "SUPERVISOR_PROCESS_NAME": "x",
         "SUPERVISOR_GROUP_NAME": "mine", "FOO": "bar", "INHERITED": "yes"},
        "environment")
    t.equal([k for k in env if k.startswith("APP_BASE")], [], "leaks")


@test("C-247, C-252, C-253, P-080: TERM stops group after group, in reverse")
def shutdown_order(t):
    trap = ("/bin/sh -c \"trap 'sleep 0.3; exit 0' TERM; "
            "while :; do sleep 0.05; done\"")
    s = Supd(t, "".join(
        "[program:%s]\ncommand=%s\npriority=%d\n" % (n, trap, p)
        for n, p in (("a", 1), ("b", 2), ("c", 3)))).start()
    for name in "abc":
        s.running(name)
    s.signal(TERM)
    t.equal(s.wait_exit(), 0, "exit status")
    tail = s.lines()[-5:]
    t.equal(tail, ["WARN received SIGTERM indicating exit request",
                   "INFO waiting for a, b, c to die",
                   "INFO stopped: c (exit status 0)",
                   "INFO stopped: b (exit status 0)",
                   "INFO stopped: a (exit status 0)"], "the end")


@test("P-022: a program that does not stop is killed after stopwaitsecs")
def stubborn(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"trap '' TERM; while :; do "
                "sleep 0.1; done\"\nstopwaitsecs=1\n").start()
    pid = s.running("x")
    s.signal(TERM)
    t.equal(s.wait_exit(), 0, "exit status")
    t.equal(s.lines()[-2:], ["WARN killing 'x' (%d) with SIGKILL" % pid,
                             "WARN stopped: x (terminated by SIGKILL)"],
            "the end")


@test("users 2: a program that ends during shutdown is not started again")
def no_respawn(t):
    s = Supd(t, """
[program:quick]
command=/bin/sleep 0.2
startsecs=0
autorestart=true
priority=1
[program:slow]
command=/bin/sh -c "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.05; done"
priority=2
""").start()
    s.running("slow")
    s.signal(TERM)
    t.equal(s.wait_exit(), 0, "exit status")
    lines = s.lines()
    after = lines[lines.index("WARN received SIGTERM indicating exit request"):]
    t.equal([x for x in after if "spawned" in x], [], "starts after TERM")


@test("C-248, C-256: HUP reads anew and starts anew, under the same pid")
def restart(t):
    s = Supd(t, SLEEP).start()
    first = s.running("x")
    s.write("[program:y]\ncommand=/bin/sleep 1000\n")
    s.signal(HUP)
    s.running("y")
    t.true(not alive(first), "the old program is gone")
    t.equal(s.count("WARN received SIGHUP indicating restart request"), 1,
            "the request's line")
    t.equal(s.count("INFO supervisord started with pid %d" % s.pid), 2,
            "starts")


@test("C-257: HUP with a bad file changes nothing")
def bad_restart(t):
    s = Supd(t, SLEEP).start()
    pid = s.running("x")
    s.write("[program:x]\ncommand=/bin/sleep 1000\nstartsecs=abc\n")
    s.signal(HUP)
    s.wait_line("ERRO not restarting: invalid literal for int() with base 10: "
                "'abc' in section 'program:x'")
    t.true(alive(pid), "the program runs on")
    t.equal(s.count("supervisord started"), 1, "starts")


@test("C-248: HUP during a shutdown is ignored")
def hup_in_shutdown(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"trap 'sleep 1; exit 0' TERM;"
                " while :; do sleep 0.05; done\"\n").start()
    s.running("x")
    s.signal(TERM)
    s.wait_line("waiting for x to die")
    s.signal(HUP)
    s.wait_line("WARN ignored SIGHUP indicating restart request (shutdown in "
                "progress)")
    t.equal(s.wait_exit(), 0, "exit status")


@test("C-249: USR2 reopens every log; USR1 is ignored")
def reopen(t):
    s = Supd(t, "[program:x]\nstdout_logfile={dir}/x.log\ncommand=/bin/sh -c "
                "\"while :; do echo line; sleep 0.05; done\"\n").start()
    s.running("x")
    os.rename(s.log, s.path("old.log"))
    os.rename(s.path("x.log"), s.path("x.old"))
    s.signal(USR2)
    wait_until(lambda: os.path.exists(s.log), 5, "a new main log")
    with open(s.path("old.log")) as f:
        text = f.read()
    for line in ("INFO received SIGUSR2 indicating log reopen request",
                 "INFO supervisord logreopen"):
        t.true(line in text, "%r in the old log" % line)
    wait_until(lambda: os.path.exists(s.path("x.log")) and
               os.path.getsize(s.path("x.log")), 5, "output in the new log")
    size = os.path.getsize(s.path("x.old"))
    never(lambda: os.path.getsize(s.path("x.old")) != size, 0.2,
          "output in the old log")
    s.signal(USR1)
    s.wait_line("INFO received SIGUSR1")


@test("users 22: a second start leaves the first alone and exits with 2")
def second(t):
    s = Supd(t, SLEEP).start()
    pid = s.running("x")
    status, text = s.run("-n", "-l", s.path("second.log"))
    t.equal(status, 2, "exit status (%s)" % text)
    t.equal(s.pid_in_file(), s.pid, "pid file")
    t.true(alive(pid), "the program runs")


@test("C-228, C-229, C-231: as a daemon")
def daemon(t):
    s = Supd(t, SLEEP).start_detached()
    pid = s.running("x")
    t.equal(int(status_field(pid, "PPid")), s.pid, "parent")
    t.true(os.getsid(s.pid) != os.getsid(0), "a session of its own")
    s.wait_line("INFO daemonizing the supervisord process")
    t.equal([os.readlink("/proc/%d/fd/%d" % (s.pid, n)) for n in range(3)],
            ["/dev/null"] * 3, "standard descriptors")
    s.stop()


@test("C-233, C-258: what cannot start says why and exits with 2")
def refused(t):
    s = Supd(t, SLEEP, "loglevel=verbose\n")
    status, text = s.run("-n")
    t.equal(status, 2, "exit status")
    t.true(text.startswith("Error: bad logging level name 'verbose'"), text)
    t.true(text.endswith("\nFor help, use %s -h\n" % s.exe), text)
    s.write(SLEEP, "")
    status, text = s.run("-n", "-l", s.dir)
    t.equal(status, 2, "exit status")
    t.true(text.startswith("Error: could not open log file"), text)
    s.ended = 0


@test("P-041, users 1: a burst of signals to supervisord loses none of them")
def burst(t):
    s = Supd(t, "".join("[program:p%d]\ncommand=/bin/sleep 1000\n" % i
                        for i in range(20))).start()
    pids = [s.program("p%d" % i) for i in range(20)]
    for pid in pids:  # right after the fork: default dispositions at once
        kill(pid, TERM)
    wait_until(lambda: all(state(p) is None for p in pids), 5,
               "twenty programs ended by TERM")
    for i in range(20):
        s.wait_line("exited: p%d (terminated by SIGTERM; not expected)" % i)


run()
