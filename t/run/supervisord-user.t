#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord's own user, limits and umask (C-211 to C-225), in what it says
beside Python's supervisord; a program that it may not signal (P-023, P-122)."""
import atexit
import concurrent.futures
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (HUP, KILL, SCRATCH, Failure, Skip, kill, run,
                     status_field, test, wait_until)
from supd import OURS, PEER, Supd

NOBODY, DAEMON = 65534, 1
SLEEP = "[program:x]\ncommand=/bin/sleep 1000\nstartsecs=0\n"
FILES = ("The minimum number of file descriptors required to run this process "
         "is %d as per the \"minfds\" command-line argument or config file "
         "setting. The current environment will only allow you to open %s file "
         "descriptors.  Either raise the number of usable file descriptors in "
         "your environment (see README.rst) or lower the minfds setting in the "
         "config file to allow the process to start.")
PROCS = ("The minimum number of available processes required to run this "
         "program is %d as per the \"minprocs\" command-line argument or config"
         " file setting. The current environment will only allow you to open %s"
         " processes.  Either raise the number of usable processes in your "
         "environment (see README.rst) or lower the minprocs setting in the "
         "config file to allow the program to start.")
SETPRIV = "/usr/bin/setpriv"


def readable_copy():
    """Our program where every user can run it; made before any thread is."""
    top = tempfile.mkdtemp(prefix="appbase-user-", dir=SCRATCH)
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    os.chmod(top, 0o755)
    return shutil.copy(OURS, top)


COPY = readable_copy()


def capability(number):
    """Has this process it?"""
    return int(status_field(os.getpid(), "CapEff"), 16) >> number & 1


def ours_and_peer():
    """What is run: Python's too, if it is there."""
    if os.path.exists(PEER):
        return (("peer", PEER), ("ours", OURS))
    if os.environ.get("PEERS"):
        raise Failure("no " + PEER)
    return (("ours", OURS),)


def beside(make, act):
    """Calls act(s) for each s = make(name, exe) at the same time; what they
    return.  All is made first: while one thread writes a program, another that
    forks would keep it open, and then it cannot be run."""
    made = [make(name, exe) for name, exe in ours_and_peer()]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(act, made))


class Limited(Supd):
    """A supervisord that is started by a shell command: {exe} is it."""

    def __init__(self, t, text, keys="", how="{exe}", exe=OURS, name="ours"):
        super().__init__(t, text, keys, name)
        self.name = name
        os.chmod(self.dir, 0o777)
        if exe == OURS:
            exe = COPY
        self.real = exe
        self.exe = self.path("exe")
        with open(self.exe, "w") as f:
            f.write("#!/bin/sh\n" + how.replace("{exe}", "exec %s \"$@\"" % exe)
                    + "\n")
        os.chmod(self.exe, 0o755)

    def refused(self, *args):
        """(exit status, what it said)."""
        p = subprocess.run([self.exe, "-n", "-c", self.config, *args],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, cwd=self.dir, timeout=100)
        return p.returncode, p.stderr.decode().replace(self.real, "EXE")


def refuses(t, wanted, keys, how="{exe}", peer=True, args=(), own=None):
    """Both end with 2 and the text; `own` is ours if it is another."""
    def act(s):
        if s.name == "peer" and not peer:
            return
        text = own if own and s.name == "ours" else wanted
        t.equal(s.refused(*args),
                (2, "Error: %s\nFor help, use EXE -h\n" % text), s.name)
        t.true(not os.path.exists(s.pidfile), "no pid file")
    beside(lambda name, exe: Limited(t, SLEEP, keys, how, exe, name), act)


def as_user(uid, more=""):
    if not os.path.exists(SETPRIV):
        raise Skip("no setpriv")
    return "exec %s --reuid=%d --regid=%d --clear-groups %s {exe}" % (
        SETPRIV, uid, uid, more)


def without_exec(how):
    """{exe} begins with exec, which setpriv is not."""
    return how.replace("{exe}", "/bin/sh -c '{exe}' x \"$@\"")


def ids(pid):
    """Users, groups and further groups of a process."""
    return tuple(status_field(pid, n).split() for n in ("Uid", "Gid", "Groups"))


# The user.

@test("C-212: keeper, engine and programs are the user; so is the next engine",
      root=True)
def switched(t):
    groups = subprocess.run(["id", "-G", "www-data"], stdout=subprocess.PIPE)
    if groups.returncode:
        raise Skip("no www-data")
    wanted = (["33"] * 4, ["33"] * 4, sorted(groups.stdout.decode().split()))
    s = Limited(t, SLEEP, "user=www-data\n").start()

    def all_are(count=1):
        for pid in (s.pid, s.engine(), s.running("x", count)):
            found = ids(pid)
            t.equal((found[0], found[1], sorted(found[2])), wanted, "ids")
    all_are()
    t.equal(s.lines()[0], "INFO Set uid to user 33 succeeded", "the log")
    s.kill_engine()
    all_are()
    for name in (s.log, s.pidfile):
        t.equal(os.stat(name).st_uid, 33, "C-215: owner of " + name)
    s.signal(HUP)
    s.running("x", 2)
    s.wait_line("supervisord started with pid", 2)
    all_are(2)


@test("C-211, C-212: what the log says of root and of a user", root=True)
def words(t):
    for keys, wanted in (
            ("", "CRIT Supervisor is running as root.  Privileges were not "
                  "dropped because no user is specified in the config file.  If"
                  " you intend to run as root, you can set user=root in the "
                  "config file to avoid this message."),
            ("user=0\n", "INFO Set uid to user 0 succeeded"),
            ("user=nobody\n", "INFO Set uid to user 65534 succeeded")):
        def act(s, wanted=wanted):
            s.start()
            t.equal([x for x in s.lines() if "ncreased" not in x][:-1],
                    [wanted], s.name)
            s.stop(timeout=30)
            os.unlink(s.log)
        beside(lambda name, exe, keys=keys: Limited(t, "", keys, "{exe}", exe,
                                                    name), act)


@test("C-213: not root: another user is refused, the same one is fine",
      root=True)
def not_root(t):
    how = without_exec(as_user(NOBODY))
    refuses(t, "Can't drop privilege as nonroot user", "user=root\n", how)
    refuses(t, "Can't drop privilege as nonroot user", "", how,
            args=("-u", "daemon"))

    def act(s):
        s.start()
        t.equal(s.lines()[0], "INFO Set uid to user 65534 succeeded", s.name)
        t.equal(ids(s.running("x"))[0], [str(NOBODY)] * 4, "the program's")
        s.stop(timeout=30)
    beside(lambda name, exe: Limited(t, SLEEP, "user=nobody\n", how, exe,
                                     name), act)


@test("C-214: no such user; -u goes before the file", root=True)
def no_such_user(t):
    for value, text in (("nouser", "Invalid user name nouser"),
                        ("4242424", "Invalid user id 4242424")):
        refuses(t, text, "", args=("-u", value))
    s = Limited(t, SLEEP, "user=daemon\n")
    s.start("-u", "nobody")
    t.equal(ids(s.pid)[0], [str(NOBODY)] * 4, "the keeper's")


@test("C-214: groups that cannot be set", root=True)
def no_setgid(t):
    how = without_exec("exec %s --bounding-set=-setgid --inh-caps=-setgid {exe}"
                       % SETPRIV)
    as_user(0)
    refuses(t, "Could not set groups of effective user", "user=nobody\n", how)


@test("C-214: a user that cannot be switched to: it does not go on as root",
      root=True)
def no_setuid(t):
    as_user(0)
    how = without_exec("exec %s --bounding-set=-setuid --inh-caps=-setuid {exe}"
                       % SETPRIV)
    refuses(t, "Can't set uid 65534: Operation not permitted", "user=nobody\n",
            how, peer=False)


@test("C-216: HOME, USER and LOGNAME stay as they are", root=True)
def environment(t):
    s = Limited(t, "[program:x]\ncommand=/bin/sh -c \"env; exec sleep 1000\"\n"
                "startsecs=0\nuser=daemon\nstdout_logfile={dir}/x.log\n")
    s.start(env={"HOME": "/a", "USER": "b", "LOGNAME": "c"})

    def look():
        with open(s.path("x.log")) as f:
            text = f.read()
        return re.findall(r"^(?:HOME|USER|LOGNAME)=.*", text, re.M)
    s.running("x")
    t.equal(sorted(wait_until(lambda: len(look()) == 3 and look(), 10,
                              "the environment")),
            ["HOME=/a", "LOGNAME=c", "USER=b"], "environment")


@test("C-217: umask is for the daemon's files and its programs, not for -n",
      root=True)
def umask(t):
    text = ("[program:x]\ncommand=/bin/sh -c \"umask >&2; exec sleep 1000\"\n"
            "startsecs=0\nstderr_logfile={dir}/x.err\n[program:y]\ncommand="
            "/bin/sh -c \"umask >&2; exec sleep 1000\"\nstartsecs=0\numask=027\n"
            "stderr_logfile={dir}/y.err\n")
    for daemon, seen in ((False, "0002"), (True, "0077")):
        s = Supd(t, text, "umask=077\n", name="daemon" if daemon else "front")
        before = os.umask(0o002)
        try:
            if daemon:
                s.start_detached()
            else:
                s.start()
        finally:
            os.umask(before)
        for name, wanted in (("x", seen), ("y", "0027")):
            s.running(name)

            def text_of(name=name):
                with open(s.path(name + ".err")) as f:
                    return f.read().strip()
            t.equal(wait_until(text_of, 10, "umask of " + name), wanted,
                    "umask of " + name)
        if daemon:
            t.equal(stat.S_IMODE(os.stat(s.pidfile).st_mode), 0o600,
                    "mode of the pid file")
        t.equal(stat.S_IMODE(os.stat(s.log).st_mode), 0o664,
                "C-243: of the log, made before")
        s.stop()


# Limits.

def limits(pid, what):
    """(soft, hard) of a process."""
    return resource.prlimit(pid, what)


@test("C-221, C-225: a soft limit that is too low is raised, for programs too",
      root=True)
def raised(t):
    def act(s):
        s.start()
        found = [x for x in s.lines() if "Increased" in x]
        t.equal(found, ["INFO Increased RLIMIT_NOFILE limit to 150",
                        "INFO Increased RLIMIT_NPROC limit to 400"], s.name)
        pid = s.running("x")
        t.equal((limits(pid, resource.RLIMIT_NOFILE),
                 limits(pid, resource.RLIMIT_NPROC)),
                ((150, 700), (400, 800)), s.name + ": the program's limits")
        s.stop(timeout=30)
    beside(lambda name, exe: Limited(
        t, SLEEP, "minfds=150\nminprocs=400\n", "exec bash -c 'ulimit -Sn 100; ulimit "
        "-Hn 700; ulimit -Su 300; ulimit -Hu 800; {exe}' x \"$@\"", exe, name),
        act)


@test("C-221: a limit that is high enough is never lowered")
def not_lowered(t):
    def act(s):
        s.start()
        t.equal(s.find("Increased"), [], s.name)
        t.equal(limits(s.running("x"), resource.RLIMIT_NOFILE), (300, 700),
                s.name + ": the program's limit")
        s.stop(timeout=30)
    beside(lambda name, exe: Limited(
        t, SLEEP, "minfds=150\nminprocs=10\n",
        "ulimit -Sn 300; ulimit -Hn 700; {exe}", exe, name), act)


@test("C-221: root raises the hard limit, too", root=True)
def hard_raised(t):
    if not capability(24):
        raise Skip("needs CAP_SYS_RESOURCE")

    def act(s):
        s.start()
        t.equal(s.count("INFO Increased RLIMIT_NOFILE limit to 150"), 1, s.name)
        t.equal(limits(s.running("x"), resource.RLIMIT_NOFILE), (150, 150),
                s.name + ": the program's limit")
        s.stop(timeout=30)
    beside(lambda name, exe: Limited(t, SLEEP, "minfds=150\n",
                                     "ulimit -n 100; {exe}", exe, name), act)


@test("C-222 to C-224: a hard limit that is too low: the text names it",
      root=True)
def too_low(t):
    how = without_exec("ulimit -n 100; " + as_user(NOBODY))
    refuses(t, FILES % (150, "150"), "minfds=150\n", how,
            own=FILES % (150, "100"))
    # C-215: the switch comes first, so root cannot help either.
    refuses(t, FILES % (150, "150"), "minfds=150\nuser=nobody\n",
            "ulimit -n 100; {exe}", own=FILES % (150, "100"))
    refuses(t, PROCS % (900, "900"), "minfds=50\nminprocs=900\nuser=nobody\n",
            "bash -c 'ulimit -u 800; {exe}' x \"$@\"",
            own=PROCS % (900, "800"))


@test("C-220: limits are raised once, not by a restart")
def once(t):
    def act(s):
        s.start()
        s.running("x")
        s.write(SLEEP, "minfds=250\n")
        s.signal(HUP)
        pid = s.running("x", 2, timeout=20)
        t.equal(limits(pid, resource.RLIMIT_NOFILE), (150, 700),
                s.name + ": the program's limit")
        t.equal(len(s.find("Increased RLIMIT_NOFILE")), 1, s.name)
        s.stop(timeout=30)
    beside(lambda name, exe: Limited(
        t, SLEEP, "minfds=150\n", "ulimit -Sn 100; ulimit -Hn 700; {exe}", exe,
        name), act)


# A program that may not be signalled.

@test("P-122, P-023: it is UNKNOWN, says the event; supervisord can end",
      root=True)
def unknown(t):
    as_user(0)
    if status_field(os.getpid(), "NoNewPrivs") != "0":
        raise Skip("no setuid programs here")
    top = tempfile.mkdtemp(prefix="unknown")
    try:
        if os.statvfs(top).f_flag & os.ST_NOSUID:
            raise Skip("no setuid programs in " + top)
        os.chmod(top, 0o755)
        root = shutil.copy(SETPRIV, os.path.join(top, "root"))
        os.chmod(root, 0o4755)
        for event in beside(
                lambda name, exe: with_stranger(t, root, exe, name),
                lambda s: make_unknown(t, s)):
            t.equal(event, ("PROCESS_STATE_UNKNOWN", "processname:x groupname:x"
                            " from_state:STOPPING"), "the event")
    finally:
        shutil.rmtree(top)


def with_stranger(t, root, exe, name):
    """A supervisord of nobody's with a program that becomes root's."""
    return Limited(t, "[program:x]\ncommand=%s --reuid=0 --clear-groups sleep 1000"
                "\n[eventlistener:l]\ncommand=/usr/bin/python3 -ISE "
                "%s {dir}/events\nevents=PROCESS_STATE_UNKNOWN\n"
                "[unix_http_server]\nfile={dir}/s\n[rpcinterface:supervisor]\n"
                "supervisor.rpcinterface_factory = supervisor.rpcinterface:"
                "make_main_rpcinterface\n[supervisorctl]\nserverurl=unix://"
                "{dir}/s\n" % (root, os.path.join(os.path.dirname(
                    os.path.abspath(__file__)), "..", "lib", "showevents.py")),
                "user=nobody\n", "{exe}", exe, name)


def make_unknown(t, s):
    """Stops the program; the event."""
    s.start()
    pid = s.running("x")
    s.running("l")
    wait_until(lambda: status_field(pid, "Uid").split()[0] == "0", 10,
               "the program is root's")
    ctl = os.path.join(os.path.dirname(OURS), "supervisorctl")
    subprocess.run([ctl, "-c", s.config, "stop", "x"], timeout=60, cwd=s.dir,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)

    def event():
        try:
            with open(s.path("events")) as f:
                return re.search(r"eventname:(\S+) len:\d+ '(.*)'", f.read())
        except FileNotFoundError:
            return None
    found = wait_until(event, 20, "the event")
    t.true(s.find("^CRIT unknown problem killing x \\(%d\\):" % pid), "log")
    p = subprocess.run([ctl, "-c", s.config, "status", "x"], timeout=60,
                       cwd=s.dir, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE)
    t.equal(p.stdout.decode().split()[:2], ["x", "UNKNOWN"], "status")
    s.stop(timeout=40)
    kill(pid, KILL)
    return found.groups()


run()
