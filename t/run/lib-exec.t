#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is executed, with which environment and descriptors."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403



def exe_of(pid):
    return os.readlink("/proc/%d/exe" % pid)


def releases(t, d):
    for name in "r1", "r2":
        os.mkdir(d.path(name))
        subprocess.run(["cp", os.path.join(CHILD, "testd"),
                        d.path(name + "/testd")], check=True)
    os.symlink("r1", d.path("current"))


def switch(d):
    os.symlink("r2", d.path("new"))
    os.rename(d.path("new"), d.path("current"))


def runs(t, d, release):
    t.equal(exe_of(d.worker()), d.path(release + "/testd"), "the worker's image")
    t.equal(exe_of(d.pid), d.path(release + "/testd"), "the supervisor's image")


# R-20
@each_mode("T-28: current -> r1 becomes current -> r2", valgrind=False)
def symlink(t, flags):
    d = t.daemon(flags=flags)
    releases(t, d)
    d.exe = d.path("current/testd")
    d.start()
    runs(t, d, "r1")
    switch(d)
    d.reload()
    runs(t, d, "r2")


# R-20
@each_mode("T-28: started by a relative path, then chdir", valgrind=False)
def relative(t, flags):
    d = t.daemon(flags=flags, sets=dict(directory="/"))
    releases(t, d)
    d.exe = "./current/testd"
    d.start_detached(cwd=d.dir)
    t.equal(os.readlink("/proc/%d/cwd" % d.worker()), "/", "directory")
    switch(d)
    d.reload()
    runs(t, d, "r2")
    t.equal(os.readlink("/proc/%d/cwd" % d.worker()), "/", "directory")


# R-20
@each_mode("T-28: started via PATH; a relative pid file", valgrind=False)
def path(t, flags):
    d = t.daemon(flags=flags, env=dict(
        PATH="%s/current:%s" % (os.path.join(t.dir, "testd"),
                                os.environ["PATH"])))
    releases(t, d)
    full = d.pidfile
    d.exe = "testd"
    os.unlink(d.path("testd"))
    d.pidfile = "./testd.pid"
    d.proc = subprocess.Popen(
        ["sh", "-c", 'exec "$@"', "sh"] + d.command("--no-fork"), cwd=d.dir,
        env=d.environment(), stdin=subprocess.DEVNULL,
        stdout=open(d.log, "ab"), stderr=subprocess.STDOUT)
    d.pid, d.pidfile = d.proc.pid, full
    t.known.add(d.pid)
    d.wait_event("ready")
    d.wait_state("running")
    switch(d)
    d.reload()
    runs(t, d, "r2")
    t.equal(d.pid_in_file(), d.pid, "pid file")


# R-20
@test("T-28: exec_path overrides", valgrind=False)
def exec_path(t):
    d = t.daemon()
    releases(t, d)
    d.sets["exec_path"] = d.path("current/testd")
    d.exe = d.path("r1/testd")
    d.start()
    switch(d)
    d.reload()
    runs(t, d, "r2")


# R-20
@test("T-28: the arguments and the directory of the start are kept")
def arguments(t):
    d = t.daemon()
    d.start("one", "two words", "--", "--three", cwd=d.dir)
    with open("/proc/%d/cmdline" % d.pid, "rb") as f:
        before = f.read()
    d.reload()
    d.reload()
    t.equal(os.readlink("/proc/%d/cwd" % d.pid), d.dir, "directory")
    t.equal(d.generation(), 3, "generation")
    t.true(before, "no command line")
    with open("/proc/%d/cmdline" % d.worker(), "rb") as f:
        title = f.read().rstrip(b"\0")
    t.true(VALGRIND or title == b"testd: worker, generation 3", title)


# R-20
@test("T-28: the log names the image")
def named(t):
    d = t.daemon().start()
    d.reload()
    t.true(d.exe in d.log_text(), "no path in the log")


def forged(d):
    """What a process started by A's worker could have inherited or been given."""
    return [dict(), dict(APP_BASE_DAEMON_GEN="5",
                         APP_BASE_DAEMON_PID=str(d.pid),
                         APP_BASE_SCRIPT_EXE="/bin/false"),
            dict(APPBASE_HANDOFF="resume:3:4:5:6:1"),
            dict(APPBASE_HANDOFF="x" * 5000)]


# R-21, R-37
@test("T-29: a daemon started by another daemon's worker starts as generation 1",
      valgrind=False)
def unrelated(t):
    a = t.daemon("a")
    b = t.daemon("b", flags=["calls_ready"])
    words = b.command("--log-file", b.log)
    a.behave(exec=" ".join("'%s'" % w for w in words))
    a.start()
    e = a.wait_event("exec")
    t.equal(e.detail, "status=0", "B's start command")
    b.pid = b.pid_in_file()
    b.detached = True
    t.known.add(b.pid)
    worker = a.worker()
    t.equal(b.generation(), 1, "B's generation")
    t.true(b.pid != a.pid, "B is A")
    t.true(not lock_is_free(b.pidfile), "B does not hold its lock")
    b.reload()
    t.equal((a.worker(), a.generation()), (worker, 1), "A was touched")
    t.true(alive(a.pid) and alive(worker), "A was hurt")
    t.equal(b.generation(), 2, "B's generation")
    b.stop()
    t.true(alive(a.pid) and alive(worker), "A was hurt")


# R-21, R-37
@test("T-29: forged variables are not believed")
def forgery(t):
    a = t.daemon("a").start()
    worker = a.worker()
    for n, env in enumerate(forged(a)):
        b = t.daemon("b%d" % n, env=env)
        b.start_detached()
        t.equal(b.generation(), 1, "generation under %r" % list(env))
        t.true(not lock_is_free(b.pidfile), "B does not hold its lock")
        b.stop()
        t.true(alive(a.pid) and a.worker() == worker, "A was touched")


@test("R-37: the worker's environment")
def environment(t):
    port = free_port()
    d = t.daemon(behave=dict(listen="web@127.0.0.1:%d" % port),
                 env=dict(LISTEN_FDS="0", LISTEN_PID="1", WATCHDOG_USEC="0",
                          MINE="kept"))
    d.start()
    for generation in "1", "2", "3":
        env = ask("127.0.0.1:%d" % port, "/env")["env"]
        t.equal(env.get("MINE"), "kept", "a variable of the operator's")
        t.equal(env.get("APP_BASE_DAEMON_GEN"), generation, "generation")
        t.equal(env.get("APP_BASE_DAEMON_PID"), str(d.pid), "supervisor")
        t.equal([k for k in env if k.startswith(("LISTEN_", "NOTIFY_",
                                                 "APPBASE_"))], [],
                "variables that leaked")
        d.reload()


def locks(d):
    return [n for n, v in fds(d.pid).items() if v == d.pidfile]


# R-28
@each_mode("T-42: standard descriptors closed at the start: the lock is never on "
           "them", valgrind=False)
def closed_stdio(t, flags):
    for n, closing in enumerate(("0<&-", "0<&- 1>&- 2>&-", "1>&- 2>&-")):
        d = t.daemon("d%d" % n, flags=flags)
        d.start(prefix=["sh", "-c", 'exec "$@" ' + closing, "sh"])
        for generation in 1, 2, 3, 4:
            t.equal(d.generation(), generation, "generation")
            t.true(len(locks(d)) == 1 and locks(d)[0] > 2,
                   "the lock is on %r" % locks(d))
            for pid in d.pid, d.worker():
                for fd in 0, 1, 2:
                    t.true(fds(pid).get(fd, "").startswith(("/dev/null", "/")),
                           "descriptor %d of %d: %s" % (fd, pid,
                                                        fds(pid).get(fd)))
            if generation < 4:
                d.reload()
        d.stop()


# R-28
@test("T-42: descriptor 9 of the operator's: left alone; --close-fds closes it",
      valgrind=False)
def nine(t):
    prefix = ["bash", "-c", 'exec "$@" 9</dev/zero 300</dev/zero', "bash"]
    d = t.daemon("kept").start(prefix=prefix)
    for _ in range(4):
        for pid in d.pid, d.worker():
            for fd in 9, 300:
                t.equal(fds(pid).get(fd), "/dev/zero",
                        "descriptor %d of %d" % (fd, pid))
        d.reload()
    d.stop()
    d = t.daemon("closed", args=["--close-fds"]).start(prefix=prefix)
    t.true("/dev/zero" not in fds(d.pid).values(), "it is still open")
    d.reload()
    t.true("/dev/zero" not in fds(d.worker()).values(), "it is still open")


@test("R-34: directory and umask")
def directory(t):
    os.mkdir(t.path("work"))
    d = t.daemon(sets=dict(directory=t.path("work"), umask_plus_1=0o27 + 1))
    d.start_detached()
    for _ in range(2):
        for pid in d.pid, d.worker():
            t.equal(os.readlink("/proc/%d/cwd" % pid), t.path("work"), "cwd")
            t.equal(status_field(pid, "Umask"), "0027", "umask")
        d.reload()


@test("R-38: the worker's signals: nothing blocked, nothing ignored but USR2, "
      "HUP and PIPE", valgrind=False)
def worker_signals(t):
    d = t.daemon().start()
    for _ in range(2):
        worker = d.worker()
        t.equal(int(status_field(worker, "SigBlk"), 16), 0, "blocked")
        ignored = int(status_field(worker, "SigIgn"), 16)
        names = {s.name for s in signal.Signals if ignored & 1 << s - 1}
        t.true(names <= {"SIGUSR2", "SIGHUP", "SIGPIPE"}, "ignored: %r" % names)
        t.true("SIGUSR2" in names or int(status_field(worker, "SigCgt"), 16)
               & 1 << USR2 - 1, "USR2 is deadly")
        d.reload()


run()
