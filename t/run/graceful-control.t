#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a user sees of graceful reloads, and what can go wrong (B-101 to B-107,
users.md 2, rows 26 and 32)."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import Queue, ctl, deploy, program, start
from deploy import LOCKFILE_PY, SIGNAL_PY
from rolling import executes
from harness import Failure, Skip, TERM, alive, kill, run, test, wait_until

# Makes the lock file and is at work until the file `go` is there.
SLOW = """
cd "$1"; lock=$2
touch "$lock"
echo "S $(cat version) $$" >>journal
while [ ! -e go ]; do sleep 0.01; done
[ -e "$lock" ] || exit 3
while :; do sleep 0.05; done
"""
KEYS = "reload_mode=lockfile\nreload_lockfile=%s\n"
MODULE = "/usr/lib/python3/dist-packages/ansible_collections/community/general"


def slow(t, keys=""):
    """A worker that is in the middle of its task."""
    queue = Queue(t)
    s = start(t, program(queue, SLOW, KEYS % queue.lock + keys))
    wait_until(lambda: queue.newest()[1], 20, "a worker")
    return queue, s


def background(s, *words):
    """supervisorctl in the background, which has begun to drain."""
    p = subprocess.Popen([os.path.join(os.environ["BUILD_DIR"], "bin",
                                       "supervisorctl"), "-c", s.config]
                         + list(words), stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    s.wait_line("waiting for the task to end",
                s.count("waiting for the task to end") + 1)
    return p


def ends(p):
    text = p.communicate(timeout=60)[0].decode()
    return p.returncode, text


def lines(result):
    """In the order of their names: they come as they are done."""
    return result[0], sorted(result[1].splitlines())


def status(s):
    return ctl(s, "status")[1]


@test("B-107: draining is seen in status, and is no state of its own")
def seen(t):
    queue, s = slow(t)
    pid = queue.newest()[1]
    p = background(s, "graceful", "w")
    wait_until(lambda: ", draining, " in status(s), 20, "draining")
    words = status(s).split()
    t.equal(words[:4], ["w", "RUNNING", "pid", "%d," % pid], "status")
    t.equal(words[6:8], ["draining,", words[7]], "status")
    open(queue.path("go"), "w").close()
    t.equal(ends(p), (0, "w: reloaded\n"), "graceful")
    t.equal(s.count("exited: w (exit status 3; expected)"), 1, "expected")
    t.true(not alive(pid), "the old worker is gone")
    t.true("draining" not in status(s), "no more")


@test("B-107: stop is obeyed while it drains, and it stays stopped")
def stopped(t):
    queue, s = slow(t)
    p = background(s, "graceful", "w")
    t.equal(ctl(s, "stop", "w"), (0, "w: stopped\n"), "stop")
    t.equal(ends(p), (1, "w: ERROR (FAILED: it was stopped meanwhile)\n"), "graceful")
    t.equal(status(s).split()[1], "STOPPED", "state")
    t.equal(ctl(s, "graceful", "w"), (7, "w: ERROR (not running)\n"),
            "graceful of what is stopped")
    t.equal(s.count("spawned: 'w'"), 1, "starts")


@test("B-107: past drain_timeout it is kept, and its exit is awaited")
def kept(t):
    queue, s = slow(t, "drain_timeout=1\nautorestart=false\n")
    pid = queue.newest()[1]
    t.equal(ctl(s, "graceful", "w"),
            (1, "w: ERROR (FAILED: still at work after 1 seconds)\n"), "graceful")
    t.true(alive(pid), "the worker is at work")
    open(queue.path("go"), "w").close()
    s.program("w", 2)


@test("B-107: past drain_timeout it is stopped, if that is wanted")
def cut(t):
    queue, s = slow(t, "drain_timeout=1\non_drain_timeout=stop\n")
    pid = queue.newest()[1]
    t.equal(ctl(s, "graceful", "w"), (0, "w: reloaded\n"), "graceful")
    t.true(not alive(pid), "the worker is gone")


@test("B-102: a drain goes on over kills of the engine")
def engine(t):
    queue, s = slow(t, "autorestart=false\n")
    p = background(s, "graceful", "w")
    for _ in range(3):
        s.kill_engine()
    ends(p)  # the connection was lost; what was begun goes on
    t.true(", draining, " in status(s), "draining")
    open(queue.lock, "w").close()
    wait_until(lambda: not os.path.exists(queue.lock), 20,
               "the next engine removes a file that comes back")
    open(queue.path("go"), "w").close()
    s.program("w", 2)
    t.equal(s.count("exited: w (exit status 3; expected)"), 1, "expected")


@test("B-102: deploys while engines are killed: no task is cut or done twice")
def engines(t):
    queue = Queue(t)
    s = start(t, program(queue, LOCKFILE_PY, KEYS % queue.lock))
    queue.feed(idle=True)
    for i in range(6):
        queue.bump()
        p = subprocess.Popen([os.path.join(os.environ["BUILD_DIR"], "bin",
                                           "supervisorctl"), "-c", s.config,
                              "graceful", "w"], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        if i % 2:
            wait_until(lambda: p.poll() is not None or s.count(
                "graceful: w") > 3 * i, 20, "something")
        s.kill_engine()
        ends(p)
        if queue.newest()[0] != queue.version:
            deploy(t, s, queue, 1)
    deploy(t, s, queue, 1)
    queue.finish()
    queue.check(t)


@test("B-101: groups, several names, all; what is stopped is left alone")
def many(t):
    s = start(t, "".join("[program:%s]\ncommand=/bin/sleep 1000\n"
                         "startsecs=0\n" % n for n in "abc") +
              "[group:g]\nprograms=a,b\n")
    t.equal(lines(ctl(s, "graceful", "g:*")),
            (0, ["g:a: reloaded", "g:b: reloaded"]), "a group")
    t.equal(ctl(s, "graceful", "c", "g:a"), (0, "c: reloaded\ng:a: reloaded\n"),
            "names")
    ctl(s, "stop", "g:b")
    t.equal(lines(ctl(s, "graceful", "all")),
            (0, ["c: reloaded", "g:a: reloaded"]), "all")
    t.equal(lines(ctl(s, "restart", "--graceful", "g:*")),
            (0, ["g:a: started", "g:b: started"]), "restart --graceful")
    t.equal(ctl(s, "graceful", "x"), (1, "x: ERROR (no such process)\n"), "x")
    t.equal(ctl(s, "graceful", "x:*"), (1, "x: ERROR (no such group)\n"), "x:")
    t.true("requires a process name" in ctl(s, "graceful")[1], "no name")
    t.true("graceful all" in ctl(s, "help", "graceful")[1], "help")


@test("B-104: a signal after which it stays, checked")
def stay(t):
    s = start(t, "[program:w]\ncommand=/bin/sh -c \"trap 'echo again' HUP; "
              "while :; do sleep 0.05; done\"\nstdout_logfile={dir}/w.log\n"
              "reload_mode=signal\nreload_expect=stay\nstartsecs=1\n"
              "[program:v]\ncommand=/bin/sleep 1000\nreload_mode=signal\n"
              "reload_expect=stay\nautorestart=false\n")
    pid = s.running("w")
    s.running("v")
    t.equal(ctl(s, "graceful", "w"), (0, "w: reloaded\n"), "graceful")
    with open(s.path("w.log")) as f:
        t.equal(f.read(), "again\n", "it got the signal")
    t.true(alive(pid), "the same process")
    t.equal(ctl(s, "graceful", "v"),
            (1, "v: ERROR (FAILED: it did not stay up after SIGHUP)\n"), "v")


@test("users 32: a program that fails at once: the command says so")
def fails(t):
    s = start(t, "[program:w]\ncommand={dir}/w\nstartretries=1\n"
              "autostart=false\nstartsecs=2\n")
    with open(s.path("w"), "w") as f:
        f.write("#!/bin/sh\nexec sleep 1000\n")
    os.chmod(s.path("w"), 0o755)
    ctl(s, "start", "w")
    executes(s.program("w"), "sleep")
    with open(s.path("w.new"), "w") as f:
        f.write("#!/bin/sh\nexit 1\n")
    os.chmod(s.path("w.new"), 0o755)
    os.rename(s.path("w.new"), s.path("w"))
    t.equal(ctl(s, "graceful", "w"),
            (1, "w: ERROR (FAILED: Exited too quickly (process log may have "
             "details))\n"), "graceful")
    t.equal(status(s).split()[1], "FATAL", "state")
    with open(s.path("w.new"), "w") as f:
        f.write("#!/bin/sh\nexec sleep 1000\n")
    os.chmod(s.path("w.new"), 0o755)
    os.rename(s.path("w.new"), s.path("w"))
    t.equal(ctl(s, "graceful", "w"), (0, "w: reloaded\n"), "mended")


@test("users 26: update --graceful ends the task first; never two, no orphan")
def update(t):
    queue = Queue(t)
    keys = "reload_mode=signal\nreload_signal=USR1\nreload_expect=exit\n"
    text = program(queue, SIGNAL_PY, keys)
    s = start(t, text)
    queue.feed()
    with open(s.config) as f:
        before = f.read()
    for i in range(10):
        with open(s.config, "w") as f:
            f.write(before + "environment=N=\"%d\"\n" % i)
        old = queue.newest()[1]
        t.equal(ctl(s, "update", "--graceful"),
                (0, "w: stopped\nw: updated process group\n"), "update")
        t.true(not alive(old), "the old one is gone")
    queue.finish()
    queue.check(t)


@test("B-101: graceful_by_default")
def by_default(t):
    queue = Queue(t)
    s = start(t, program(queue, LOCKFILE_PY, KEYS % queue.lock))
    with open(s.config, "a") as f:
        f.write("[supervisorctl]\ngraceful_by_default=true\n")
    queue.feed()
    deploy(t, s, queue, 5, ("restart", "w"), "w: started\n")
    queue.finish()
    queue.check(t)


@test("B-101: Ansible's module, as it is")
def ansible(t):
    if not os.path.exists(MODULE + "/plugins/modules/supervisorctl.py"):
        raise Skip("no Ansible module")
    queue = Queue(t)
    s = start(t, program(queue, LOCKFILE_PY, KEYS % queue.lock))
    with open(s.config, "a") as f:
        f.write("[supervisorctl]\ngraceful_by_default=true\n")
    queue.feed()
    old = queue.newest()[1]
    queue.bump()
    p = subprocess.run(
        ["/usr/bin/ansible", "localhost", "-i", "localhost,", "-c", "local",
         "-e", "ansible_python_interpreter=/usr/bin/python3", "-m",
         "community.general.supervisorctl", "-a",
         "name=w state=restarted config=%s supervisorctl_path=%s"
         % (s.config, os.path.join(os.environ["BUILD_DIR"], "bin",
                                   "supervisorctl"))],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, HOME=t.dir, ANSIBLE_NOCOLOR="1"), timeout=120)
    if p.returncode != 0 or b'"changed": true' not in p.stdout:
        raise Failure(p.stdout.decode())
    wait_until(lambda: queue.newest()[0] == queue.version, 20, "new code")
    t.true(not alive(old), "the old one is gone")
    queue.finish()
    queue.check(t)


@test("B-101: faults of the keys are told with their place")
def faults(t):
    s = start(t, "[program:w]\ncommand=/bin/sleep 1000\n")
    for keys, want in (
            ("reload_mode=soft", "value 'soft' for 'reload_mode'"),
            ("reload_mode=drain", "reload_mode drain needs a reload_lockfile"),
            ("reload_lockfile=x", "reload_lockfile x is no absolute path"),
            ("reload_expect=y", "value 'y' for 'reload_expect'"),
            ("on_drain_timeout=z", "value 'z' for 'on_drain_timeout'")):
        s.write("[program:w]\ncommand=/bin/sleep 1000\n%s\n" % keys)
        status, text = s.run("--test-config")
        t.true(status == 2 and want in text, "%s: %s" % (keys, text))


run()
