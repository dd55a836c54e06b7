#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How supervisord learns of ends, as pid 1 too; the clock; forks that fail."""
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, CHILD, SCALE, TERM, Skip, children,  # noqa: E402
                     diag, fds, kill, now, run, status_field, test,
                     wait_until, zombies)
from supd import OURS, Supd  # noqa: E402

CTL = os.path.join(BUILD, "bin", "supervisorctl")
SERVER = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock
"""
SLEEP = "[program:%s]\ncommand=/bin/sleep 1000\nstartsecs=0\n"
STUBBORN = ("[program:%s]\ncommand=/bin/sh -c \"trap '' TERM; echo ready; while "
            ":; do sleep 0.05; done\"\nstdout_logfile={dir}/%s.out\n"
            "startsecs=0\nkillasgroup=true\n")
NAMESPACE = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"]


def ctl(s, *args):
    """What supervisorctl says."""
    p = subprocess.run([CTL, "-c", s.config] + list(args), cwd=s.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=120, check=False)
    return p.stdout.decode()


def contained(t, text):
    """As pid 1 of its own pid namespace."""
    s = Supd(t, text)
    out = open(s.output, "ab")
    s.proc = subprocess.Popen(NAMESPACE + [OURS, "-n", "-c", s.config],
                              stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                              cwd=s.dir)
    out.close()
    t.known.add(s.proc.pid)
    s.wait_line("supervisord started with pid 1")
    s.pid = wait_until(lambda: children(s.proc.pid), 10, "pid 1")[0]
    t.known.add(s.pid)
    t.equal(status_field(s.pid, "NSpid").split()[-1], "1", "pid inside")
    return s


def end(t, s):
    kill(s.pid, TERM)
    wait_until(lambda: s.proc.poll() is not None, 20, "the container's end")
    s.ended = s.proc.returncode
    t.equal(s.ended, 0, "exit status")


@test("P-035: an end is known at once; nobody who is dead is killed again")
def at_once(t):
    s = Supd(t, SERVER + SLEEP % "x" + STUBBORN % ("y", "y") +
             "stopwaitsecs=1\n").start()
    s.running("x")
    took = []
    for _ in range(10):
        began = now()
        t.equal(ctl(s, "restart", "x"), "x: stopped\nx: started\n", "restart")
        took.append(now() - began)
    # On a busy machine most may take long, but not all.
    t.true(min(took) < 0.5 * SCALE, "restarts took %r" % took)
    wait_until(lambda: os.path.getsize(s.path("y.out")), 10, "y")
    t.equal(ctl(s, "stop", "y"), "y: stopped\n", "stop")
    t.equal(s.count("WARN killing 'y' ("), 1, "SIGKILLs")
    s.stop()


@test("P-036: as pid 1: unknown children are reaped, and said", pidns=True,
      valgrind=False)
def orphans(t):
    s = contained(t, SLEEP % "x" + "[program:y]\ncommand=/bin/sh -c \"(sleep 0.3\n"
                  " exit 7) & sleep 0.1\"\nstartsecs=0\nautorestart=false\n")
    s.wait_line("exited: y")
    s.wait_line("INFO reaped unknown pid ")
    t.true(s.find(r"INFO reaped unknown pid \d+ \(exit status 7\)"), "the words")
    end(t, s)


@test("row 29: as pid 1: 300 orphans at a time: no zombies, and few lines",
      pidns=True, valgrind=False)
def orphan_flood(t):
    s = contained(t, "[program:z]\ncommand=/bin/sh %s\nstdout_logfile=%s\n"
                  "startsecs=0\n" % (script(t), t.path("z")))
    began = now()
    wait_until(lambda: os.path.exists(t.path("z")) and
               os.path.getsize(t.path("z")), 60 * SCALE, "300 orphans")
    wait_until(lambda: len(children(s.pid)) == 2, 60, "engine and z alone")
    t.equal(zombies(s.pid), [], "zombies")
    lines = s.count("reaped unknown pid")
    t.true(1 <= lines <= now() - began + 2,
           "%d lines in %.1f s" % (lines, now() - began))
    end(t, s)


def script(t):
    """Leaves 300 orphans, and stays."""
    with open(t.path("script"), "w") as f:
        f.write("i=0\nwhile [ $i -lt 300 ]; do\ni=$((i + 1))\n"
                "(sleep 0.01 &)\ndone\necho done\nexec sleep 1000\n")
    return t.path("script")


@test("P-039, C-260: the wall clock jumps, and nothing waits or is repeated",
      sanitizers=False, valgrind=False)
def clock(t):
    shim = os.path.join(CHILD, "clockshim")
    if not os.access(shim, os.R_OK):
        raise Skip("clockshim is not built")
    offset = t.path("offset")

    def shift(seconds):
        with open(offset + ".new", "w") as f:
            f.write(str(seconds))
        os.rename(offset + ".new", offset)
    for step in -86400, 10 * 365 * 86400:
        shift(0)
        s = Supd(t, SERVER + "[program:starting]\ncommand=/bin/sleep 1000\n"
                 "startsecs=2\n[program:backoff]\ncommand=/bin/false\n"
                 "startsecs=9\nstartretries=2\n" +
                 STUBBORN % ("stopping", "stopping") + "stopwaitsecs=2\n",
                 name="d%d" % step).start(env=dict(
                     LD_PRELOAD=shim, CLOCKSHIM_OFFSET=offset))
        s.running("stopping")
        wait_until(lambda: os.path.getsize(s.path("stopping.out")), 10, "it")
        began = now()
        ctl(s, "signal", "TERM", "stopping")  # ignored; the stop follows
        p = subprocess.Popen([CTL, "-c", s.config, "stop", "stopping"],
                             stdin=subprocess.DEVNULL, cwd=s.dir,
                             stdout=subprocess.DEVNULL)
        s.wait_line("spawned: 'backoff'")
        shift(step)
        s.wait_line("success: starting entered RUNNING")
        s.wait_line("stopped: stopping (terminated by SIGKILL)")
        s.wait_line("gave up: backoff")
        diag("all of it took %.1f s" % (now() - began))
        t.equal(p.wait(30), 0, "the stop")
        t.equal(s.count("spawned: 'backoff'"), 3, "tries (P-029)")
        t.equal(s.count("killing 'stopping'"), 1, "SIGKILLs")
        t.true("RUNNING   pid" in ctl(s, "status", "starting"), "the status")
        s.stop()
        with open(s.log) as f:
            t.true(len({line[:10] for line in f}) > 1, "the shim worked")


@test("P-049: a fork that fails is a spawn error, and leaves nothing", root=True,
      sanitizers=False, valgrind=False)
def no_fork(t):
    user = 54321  # with no process of its own

    def limits():
        resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))
    if subprocess.run([OURS, "-v"], user=user, group=user, extra_groups=[],
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        raise Skip("another user cannot run what is in " + BUILD)
    s = Supd(t, SLEEP % "a" + "[program:b]\ncommand=/bin/sleep 1000\nstartsecs=0\n"
             "startretries=1\n", keys="minprocs=1\n")
    os.chmod(t.dir, 0o755)
    os.chown(s.dir, user, user)
    s.start(user=user, group=user, extra_groups=[], preexec_fn=limits)
    s.running("a")
    s.wait_line("INFO spawnerr: Too many processes in process table to spawn 'b'",
                2)
    s.wait_line("gave up: b")
    before = len(fds(s.pid)), len(fds(s.engine()))
    kill(s.program("a"), TERM)  # room for one
    s.wait_line("exited: a")
    s.running("a", 2)
    t.equal((len(fds(s.pid)), len(fds(s.engine()))), before, "descriptors")
    s.stop()


run()
