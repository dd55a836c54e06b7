#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: what it says when a program cannot be started."""
import os
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (ROOT, TERM, Skip, alive, fds, kill, run, state,
                     status_field, test, wait_until)
from supd import Supd

FATAL = ("gave up: %s entered FATAL state, too many start retries too "
         "quickly")
NOT_SPAWNED = "supervisor: child process was not spawned\n"


def once(command, more=""):
    return "[program:x]\ncommand=%s\nstartretries=0\n%s" % (command, more)


def spawnerr(t, command, wanted, more="", **kw):
    """One attempt; the log must say why, as spawnerr does."""
    s = Supd(t, once(command, more), **kw).start()
    s.wait_line("INFO " + FATAL % "x")
    t.equal(s.find("^INFO spawnerr:"), ["INFO spawnerr: " + wanted],
            "spawnerr lines")
    t.equal(s.find("spawned"), [], "spawned lines")
    return s


def explained(t, command, wanted, more="", log="err.log", logs=None):
    """One attempt that fails in the child; its stderr log must say why."""
    s = Supd(t, once(command, "stderr_logfile={dir}/err.log\n"
                     "stdout_logfile={dir}/out.log\n" + more)).start()
    s.wait_line("INFO " + FATAL % "x")
    t.equal(s.find("^WARN exited"),
            ["WARN exited: x (exit status 127; not expected)"], "exit")
    t.equal(s.count("INFO spawned: 'x' with pid "), 1, "spawned lines")
    with open(s.path(log)) as f:
        t.equal(f.read(), wanted + NOT_SPAWNED, "the log of its stderr")
    return s


@test("P-046: a command that is not there")
def not_there(t):
    spawnerr(t, "/nonexistent/x -y", "can't find command '/nonexistent/x'")


@test("P-044: a name that is not on the PATH")
def not_on_path(t):
    spawnerr(t, "no-such-command-here", "can't find command "
             "'no-such-command-here'")


@test("P-046: a directory, a plain file, a forbidden one")
def not_executable(t):
    spawnerr(t, "/tmp", "command at '/tmp' is a directory", name="a")
    spawnerr(t, "/etc/passwd", "command at '/etc/passwd' is not executable",
             name="b")


@test("P-043: words that cannot be parsed, and none")
def words(t):
    spawnerr(t, "/bin/echo \"x", "can't parse command '/bin/echo \"x': No "
             "closing quotation", name="a")
    spawnerr(t, "", "command is empty", name="b")


@test("P-045: the search goes on past what cannot be run")
def path_search(t):
    os.mkdir(t.path("one"))
    os.mkdir(t.path("two"))
    os.mkdir(t.path("one/prog"))
    with open(t.path("two/prog"), "w") as f:
        f.write("#!/bin/sh\nexec sleep 1000\n")
    os.chmod(t.path("two/prog"), 0o755)
    s = Supd(t, "[program:x]\ncommand=prog\nenvironment=PATH=\"%s:%s:%s\"\n"
             % (t.path("one"), t.path("two"), os.environ["PATH"])).start()
    s.running("x")
    spawnerr(t, "prog", "command at '%s' is a directory" % t.path("one/prog"),
             "environment=PATH=\"%s\"\n" % t.path("one"), name="b")


@test("P-048: a log that cannot be opened")
def log_error(t):
    spawnerr(t, "/bin/true", "unknown error making dispatchers for 'x': "
             "EISDIR", "stdout_logfile=/\n")


@test("P-058: chdir fails")
def chdir(t):
    explained(t, "/bin/true", "supervisor: couldn't chdir to /nonexistent: "
              "ENOENT\n", "directory=/nonexistent\n")


@test("P-059: exec fails: a script without #!; redirected, in the other log")
def noexec(t):
    with open(t.path("script"), "w") as f:
        f.write("echo hello\n")
    os.chmod(t.path("script"), 0o755)
    explained(t, t.path("script"), "supervisor: couldn't exec %s: ENOEXEC\n"
              % t.path("script"))


@test("P-060: with redirect_stderr the texts are in the stdout log")
def redirected(t):
    explained(t, "/bin/true", "supervisor: couldn't chdir to /nonexistent: "
              "ENOENT\n", "directory=/nonexistent\nredirect_stderr=true\n",
              log="out.log")


@test("P-057: a user that cannot be switched to", root=True)
def user(t):
    """A supervisord that is not root, with a program of root's."""
    raise_if_no_setpriv(t)
    os.chmod(t.dir, 0o777)
    s = Supd(t, once("/bin/true", "user=root\nstderr_logfile={dir}/err.log\n"))
    os.chmod(s.dir, 0o777)
    s.exe = t.path("as-nobody")
    with open(s.exe, "w") as f:
        f.write("#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 "
                "--clear-groups %s \"$@\"\n" % t.path("copy"))
    os.chmod(s.exe, 0o755)
    from supd import OURS
    import shutil
    shutil.copy(OURS, t.path("copy"))
    s.start()
    s.wait_line("INFO " + FATAL % "x")
    with open(s.path("err.log")) as f:
        t.equal(f.read(), "supervisor: couldn't setuid to 0: Can't drop "
                "privilege as nonroot user\n" + NOT_SPAWNED, "stderr")


def raise_if_no_setpriv(t):
    if not os.path.exists("/usr/bin/setpriv"):
        raise Skip("no setpriv")


@test("P-057: a program as another user, with its groups", root=True)
def as_user(t):
    os.chmod(t.dir, 0o755)
    s = Supd(t, "[program:x]\ncommand=/bin/sleep 1000\nuser=daemon\n"
                "umask=027\ndirectory=/usr\n").start()
    pid = s.running("x")
    t.equal(status_field(pid, "Uid").split(), ["1"] * 4, "uid")
    t.equal(status_field(pid, "Gid").split(), ["1"] * 4, "gid")
    t.equal(status_field(pid, "Groups").split(), ["1"], "groups")
    t.equal(status_field(pid, "Umask"), "0027", "umask")
    t.equal(os.readlink("/proc/%d/cwd" % pid), "/usr", "directory")


@test("users 20: out of descriptors is an error of a start, and it recovers")
def too_many(t):
    s = Supd(t, "".join("[program:p%02d]\ncommand=/bin/sleep 1000\n"
                        "startretries=100\n" % i for i in range(40)),
             "minfds=0\nminprocs=0\n")
    s.exe = t.path("limited")
    from supd import OURS
    with open(s.exe, "w") as f:
        f.write("#!/bin/sh\nulimit -n 100\nexec %s \"$@\"\n" % OURS)
    os.chmod(s.exe, 0o755)
    s.start()
    line = s.wait_line("spawnerr: too many open files to spawn 'p")
    failed = line.split("'")[1]
    engine = s.engine()
    t.true(len(fds(engine)) <= 100, "descriptors of the engine")
    t.true(s.count("success: p00") or s.running("p00"), "the first ones run")
    t.equal(s.find("spawned: '%s'" % failed), [], "starts of " + failed)


run()
