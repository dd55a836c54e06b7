#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The pid file and its lock."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import textwrap


HOLDER = textwrap.dedent("""
    import fcntl, os, sys, time
    fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(fd, fcntl.LOCK_EX)
    os.ftruncate(fd, 0)
    os.write(fd, sys.argv[2].encode().decode('unicode_escape').encode())
    print("held", flush=True)
    time.sleep(600)
""")


def hold(t, path, content):
    """Another program locks the file."""
    p = t.helper([sys.executable, "-c", HOLDER, path, content],
                 stdout=subprocess.PIPE)
    p.stdout.readline()
    return p


# R-29
@each_mode("T-47: a lock prober and a reader during 100 reloads")
def probed(t, flags):
    n = 15 if SANITIZE or VALGRIND else 100
    d = t.daemon(flags=flags).start()
    locks, reads = t.prober("lock", d.pidfile), t.prober("read", d.pidfile)
    for _ in range(n):
        d.reload()
    r = locks.stop()
    t.true(r["tries"] > 100, "too few tries")
    t.equal((r["obtained"], r["missing"]), (0, 0), "the lock was free")
    r = reads.stop()
    t.equal((r["missing"], r["empty"], r["malformed"], r["dead"]),
            (0, 0, 0, 0), "the pid file was wrong")
    t.equal(d.generation(), n + 1, "generation")


# R-29
@test("T-47: ... during 50 respawns and 30 failed reloads")
def probed_failures(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=-1)).start()
    locks, reads = t.prober("lock", d.pidfile), t.prober("read", d.pidfile)
    for n in range(50):
        d.wait_event("ready", count=n + 1)
        wait_until(lambda: d.worker() and alive(d.worker()), 5, "a worker")
        d.kill_worker()
    d.wait_event("ready", count=51)
    d.behave(main="exit:1")
    for _ in range(30):
        d.reload("failed")
    r = locks.stop()
    t.equal((r["obtained"], r["missing"]), (0, 0), "the lock was free")
    r = reads.stop()
    t.equal((r["missing"], r["empty"], r["malformed"], r["dead"]),
            (0, 0, 0, 0), "the pid file was wrong")


# R-29
@test("T-48: 50 starts in parallel: one instance; the others exit 0 or 2")
def parallel_starts(t):
    n = 10 if VALGRIND else 50
    d = t.daemon()
    procs = [t.helper(d.wrapped(d.command("--log-file", d.log)),
                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      stderr=open(d.log, "ab"), env=d.environment())
             for _ in range(n)]
    statuses = [p.wait(60 * SCALE) for p in procs]
    counts = {s: statuses.count(s) for s in set(statuses)}
    diag("exit statuses: %r" % counts)
    t.true(set(counts) <= {OK, LOCKED}, "exit statuses %r" % counts)
    d.pid = d.pid_in_file()
    t.known.add(d.pid)
    wait_until(lambda: d.status().get("state") == "running", 20, "rest")
    time.sleep(0.3)
    wait_until(lambda: d.status().get("state") == "running", 20, "rest")
    t.reap()
    supervisors = [p for p in children(os.getpid()) if alive(p)]
    t.equal(supervisors, [d.pid], "instances")
    t.equal(children(d.pid), [d.worker()], "workers")
    t.equal(len(d.events("prepare")), 1, "first starts")


# R-30
@test("T-49: an unlocked file with the pid of a dead process is taken over")
def stale(t):
    d = t.daemon()
    p = subprocess.Popen(["true"])
    p.wait()
    with open(d.pidfile, "w") as f:
        f.write("%d\nand more of it\n" % p.pid)
    d.start_detached()
    t.equal(d.pid_in_file(), d.pid, "pid file")


# R-30
@test("T-50: locked by another program and naming an innocent process: exit 2")
def innocent(t):
    d = t.daemon()
    by = t.bystander()
    hold(t, d.pidfile, "%d\\n" % by.pid)
    t.equal(d.run_again()[0], LOCKED, "start")
    t.true(by.poll() is None, "the innocent process died")
    with open(d.pidfile) as f:
        t.equal(f.read(), "%d\n" % by.pid, "pid file")


# R-30
@test("T-51: locked files with all sorts of content: exit 2, nothing signalled")
def garbage(t):
    d = t.daemon()
    group = t.helper(["sleep", "600"], start_new_session=True)
    for content in ("garbage\\n", "-1\\n", "0\\n", "1\\n", "99999999999\\n",
                    "12 34\\n", "", "-%d\\n" % group.pid, "+5\\n",
                    "%d" % group.pid, "%d x\\n" % group.pid, "\\x00\\n"):
        holder = hold(t, d.pidfile, content)
        before = now()
        status, text = d.run_again()
        t.equal(status, LOCKED, "start with %r" % content)
        t.true("testd.pid" in text, "the message names no file: %r" % text)
        if content == "":
            within(now() - before, 1.5, "an empty file", least=0.9)
        t.true(holder.poll() is None and group.poll() is None,
               "something was signalled")
        holder.kill()
        holder.wait()
    t.true(not d.events("worker"), "a worker was started")


# R-30
@test("T-52: pid files that cannot be: exit 3, with path and reason")
def impossible(t):
    d = t.daemon()
    good = d.pidfile

    def refused(path, words, **popen):
        d.pidfile = path
        status, text = d.run_again(timeout=10)
        d.pidfile = good
        t.equal(status, PIDFILE, "start with %s" % path)
        t.true(os.path.basename(path) in text, "no path in %r" % text)
        t.true(any(w in text for w in words), "no reason in %r" % text)
    refused(t.path("missing/testd.pid"), ["No such file"])
    os.mkdir(t.path("directory"))
    refused(t.path("directory"), ["directory", "regular"])
    os.mkfifo(t.path("fifo"))
    refused(t.path("fifo"), ["regular", "No such device", "FIFO"])
    os.mkdir(t.path("tmp"))
    os.chmod(t.path("tmp"), 0o1777)
    t.touch("target")
    os.symlink(t.path("target"), t.path("tmp/link"))
    refused(t.path("tmp/link"), ["symbolic link", "link", "Too many levels"])
    refused("/dev/null", ["regular", "device"])
    t.true(not d.events("worker"), "a worker was started")


# R-30
@test("T-52: a read-only directory and a full disk", root=True, valgrind=False,
      sanitizers=False)
def full_disk(t):
    if subprocess.run(["unshare", "-m", "true"],
                      stderr=subprocess.DEVNULL).returncode:
        raise Skip("no mount namespace of its own")
    d = t.daemon()
    os.mkdir(t.path("mnt"))
    good = d.pidfile
    d.pidfile = t.path("mnt/testd.pid")
    for options, fill, word in (
            ("size=4k", "echo x >%s/full" % t.path("mnt"), "No space"),
            ("ro", "true", "Read-only")):
        p = subprocess.run(
            ["unshare", "-m", "sh", "-c",
             "mount -t tmpfs -o %s none %s && %s; exec \"$@\""
             % (options, t.path("mnt"), fill), "sh"] + d.command("--no-fork"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10,
            env=d.environment())
        text = p.stdout.decode()
        diag(text)
        t.equal(p.returncode, PIDFILE, "start on %s" % options)
        t.true(word in text and "testd.pid" in text, "message %r" % text)
    d.pidfile = good
    t.true(not d.events("worker"), "a worker was started")


# R-30
@test("T-52: no permission", root=True)
def no_permission(t):
    d = t.daemon()
    status = subprocess.run(d.wrapped(d.command()), user=65534, group=65534,
                            extra_groups=[], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=d.environment())
    t.equal(status.returncode, PIDFILE, "start")
    t.true(b"ermission denied" in status.stdout, repr(status.stdout))


# R-30
@test("T-52: pidfile_optional: a pid file that cannot be is only logged")
def optional(t):
    d = t.daemon(flags=["pidfile_optional"])
    d.pidfile = t.path("missing/testd.pid")
    d.args += ["--status-file", d.statusfile]
    d.start()
    t.true(d.logged("No such file"), "nothing in the log")
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")


# R-30
@each_mode("T-53: an operator deletes the pid file: the next reload puts it "
           "back")
def deleted(t, flags):
    d = t.daemon(flags=flags).start()
    os.unlink(d.pidfile)
    d.reload()
    t.equal(d.pid_in_file(), d.pid, "pid file")
    t.true(not lock_is_free(d.pidfile), "the new file is not locked")



@test("T-53: ... but if another instance has started meanwhile, the first one "
      "refuses to reload and leaves the file alone")
def deleted_and_taken(t):
    first = t.daemon("first").start()
    os.unlink(first.pidfile)
    second = t.daemon("second")
    second.pidfile = first.pidfile
    second.statusfile = first.statusfile
    second.start()
    t.equal(second.pid_in_file(), second.pid, "pid file")
    first.signal(USR2)
    first.wait_log("was replaced and is not ours any more, reload refused")
    t.equal(len(first.events("worker")), 1, "workers of the first")
    first.signal(TERM)
    t.equal(first.wait_exit(), OK, "exit status")
    t.equal(second.pid_in_file(), second.pid, "pid file")
    t.true(os.path.exists(second.statusfile), "the status file was removed")
    second.stop()


@test("R-29: the pid file is not removed when it is not ours any more")
def replaced(t):
    d = t.daemon().start()
    with open(d.pidfile + ".x", "w") as f:
        f.write("4711\n")
    os.rename(d.pidfile + ".x", d.pidfile)
    d.signal(TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    t.true(os.path.exists(d.pidfile), "somebody else's file was removed")


@test("R-29: only the supervisor holds the lock's descriptor")
def not_inherited(t):
    d = t.daemon(behave=dict(exec="ls -l /proc/self/fd >%s" % t.path("ls")))
    d.start()
    d.wait_event("exec")
    t.true(d.pidfile in fds(d.pid).values(), "the supervisor does not hold it")
    t.true(d.pidfile not in fds(d.worker()).values(), "the worker holds it")
    with open(t.path("ls")) as f:
        t.true("testd.pid" not in f.read(), "a worker's child holds it")
    d.reload()
    d.wait_event("exec", count=2)
    t.true(d.pidfile in fds(d.pid).values(), "the supervisor does not hold it")
    t.true(d.pidfile not in fds(d.worker()).values(), "the worker holds it")


@test("R-30: script with ONLY_ONE refuses a second copy")
def only_one(t):
    d = t.daemon(args=["--role", "script"], flags=["only_one"],
                 behave=dict(init_until=t.path("go"), script_status=9))
    p = t.helper(d.command(), env=d.environment(), stdin=subprocess.DEVNULL)
    d.wait_event("script")
    t.equal(d.pid_in_file(), p.pid, "pid file")
    t.equal(d.run_again()[0], LOCKED, "second copy")
    t.touch("go")
    t.equal(p.wait(10 * SCALE), 9, "the script's status")


run()
