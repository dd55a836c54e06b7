#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisorctl upgrade: another supervisord under the running programs (B-502)."""
import http.client
import os
import shutil
import subprocess
import sys
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, KILL, TERM, alive, children, fd_shape,  # noqa: E402
                     kill, run, test, wait_until)
from supd import OURS, SERVER, Supd  # noqa: E402

CTL = os.path.join(BUILD, "bin", "supervisorctl")
WRITER = """
import sys, time
for i in range(int(sys.argv[1])):
    sys.stdout.write('%08d' % i + 'x' * (i % 90) + '\\n')
    if i % 50 == 0:
        sys.stdout.flush()
        time.sleep(0.002)
sys.stdout.flush()
time.sleep(1000)
"""


def upgrade(s, *path):
    p = subprocess.run([CTL, "-s", "unix://" + s.path("sock"), "upgrade"] +
                       list(path), stdin=subprocess.DEVNULL, cwd=s.t.dir,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=180)
    return p.returncode, p.stdout.decode()


def script(t, name, text):
    with open(t.path(name), "w") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(t.path(name), 0o755)
    return t.path(name)


def copy(t, name="new"):
    """The same program at another path."""
    shutil.copy(OURS, t.path(name))
    return t.path(name)


def exe(pid):
    return os.readlink("/proc/%d/exe" % pid).replace(" (deleted)", "")


def states(s):
    try:
        return {i["name"]: (i["statename"], i["pid"])
                for i in s.rpc().supervisor.getAllProcessInfo()}
    except (OSError, http.client.HTTPException):
        return {}


@test("B-502: the pid, programs, states and output stay; the program is new")
def works(t):
    with open(t.path("writer.py"), "w") as f:
        f.write(WRITER)
    lines = 20000
    s = Supd(t, SERVER + "[program:a]\ncommand=%s %s %d\n"
             "stdout_logfile={dir}/a.log\nstdout_logfile_maxbytes=0\n"
             "[program:b]\ncommand=/bin/sleep 1000\n"
             "[program:c]\ncommand=/bin/sleep 1000\nautostart=false\n"
             % (sys.executable, t.path("writer.py"), lines)).start()
    a, b = s.running("a"), s.running("b")
    before = states(s)
    new = copy(t)
    code, said = upgrade(s, new)
    t.equal((code, said[:21]), (0, "upgrade: supervisord "), "the command")
    wait_until(lambda: exe(s.pid) == new, 10, "the keeper runs the new program")
    t.equal(exe(s.engine()), new, "the engine's program")
    t.equal(states(s), before, "the states")
    t.equal(s.rpc().supervisor.getPID(), s.pid, "the pid")
    t.equal(s.pid_in_file(), s.pid, "the pid file")
    t.equal(sorted(children(s.pid)), sorted([a, b, s.engine()]), "children")
    s.wait_line("INFO upgraded to supervisord")
    want = b"".join(b"%08d" % i + b"x" * (i % 90) + b"\n" for i in range(lines))
    wait_until(lambda: os.path.getsize(s.path("a.log")) >= len(want), 30,
               "all output in the log")
    with open(s.path("a.log"), "rb") as f:
        t.true(f.read() == want, "the log is byte-exact")
    # it is a supervisord like any other
    kill(b, TERM)
    s.wait_line("WARN exited: b (terminated by SIGTERM; not expected)")
    s.running("b", 2)
    s.kill_engine()
    t.equal(exe(s.engine()), new, "the program of the engine after it")
    t.equal(states(s)["a"], ("RUNNING", a), "a")
    s.stop()
    t.true(not os.path.exists(s.path("sock")), "the socket is gone")


@test("B-502: without a path it is what is installed now; again and again")
def installed(t):
    own = copy(t, "supervisord")
    s = Supd(t, SERVER + "[program:b]\ncommand=/bin/sleep 1000\n",
             exe=own).start()
    b = s.running("b")
    shape = None
    for i in range(4):
        shutil.copy(OURS, own + ".new")
        os.rename(own + ".new", own)
        inode = os.stat(own).st_ino
        code, said = upgrade(s)
        t.equal(code, 0, said)
        wait_until(lambda: os.stat("/proc/%d/exe" % s.pid).st_ino == inode, 10,
                   "the keeper runs the new file")
        t.equal(states(s), {"b": ("RUNNING", b)}, "programs")
        if i == 1:
            shape = fd_shape(s.pid)
    wait_until(lambda: fd_shape(s.pid) == shape, 10, "the same descriptors")
    s.write("[nonsense\n")  # the files do not count
    t.equal(upgrade(s)[0], 0, "with a bad file")
    t.equal(states(s), {"b": ("RUNNING", b)}, "programs")
    s.stop()


@test("B-502: one that cannot take over changes nothing, and it is said why")
def refused(t):
    s = Supd(t, SERVER + "[program:b]\ncommand=/bin/sleep 1000\n").start()
    b, engine = s.running("b"), s.engine()
    program = exe(s.pid)
    ok = script(t, "ok", "case $1 in --check-state) exec %s \"$@\";; esac\n"
                "exit 3\n" % OURS)
    nothing = t.path("text")
    with open(nothing, "w") as f:
        f.write("x")
    for path, why in (
            (t.path("none"), "No such file or directory"),
            (nothing, "Permission denied"),
            ("/bin/true", "--check-state: "),
            (script(t, "bad", "echo state: not known; exit 1\n"),
             "state: not known"),
            (script(t, "dies", "kill -9 $$\n"), "SIGKILL"),
            (ok, "exited with status 3")):
        code, said = upgrade(s, path)
        t.equal(code, 1, "%s: %s" % (path, said))
        t.true(why in said, "%s: %r is in %r" % (path, why, said))
        t.equal(states(s), {"b": ("RUNNING", b)}, "programs")
        t.equal((s.engine(), exe(s.pid)), (engine, program), "supervisord")
        t.equal(sorted(children(s.pid)), sorted([b, engine]), "children")
    code, said = upgrade(s, copy(t))
    t.equal(code, 0, "a good one after all these: " + said)
    t.true(alive(b), "the program")
    s.stop()


@test("B-502: --check-state reads what it is given, and touches nothing")
def check_state(t):
    s = Supd(t, SERVER)
    for text in (b"", b"nonsense", b"\0" * 4096):
        with open(s.path("state"), "wb") as f:
            f.write(text)
        code, said = s.run("--check-state", "%s,%s" % (
            s.path("state"), s.path("state")))
        t.equal((code, said), (1, "state: its format is not known to me\n"),
                repr(text[:9]))
    code, said = s.run("--check-state", "/none,/none")
    t.equal((code, said), (1, "/none: No such file or directory\n"), "no file")
    t.equal(sorted(os.listdir(s.dir)), ["state", "supervisord.conf"], "files")


@test("B-502: an engine killed in the middle of it: one or the other goes on")
def killed(t):
    s = Supd(t, SERVER + "[program:b]\ncommand=/bin/sleep 1000\n").start()
    b = s.running("b")
    new = copy(t)
    for i in range(6):
        engine = s.engine()
        try:
            s.rpc().appbase.upgrade(new)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            pass
        if i % 2:
            wait_until(lambda: s.count("upgrade to") > 0, 10, "the log")
        kill(engine, KILL)

        def known():
            try:
                return s.rpc().appbase.getUpgrade()["state"] in (
                    "done", "failed", "none")
            except (OSError, http.client.HTTPException, xmlrpc.client.Error):
                return False
        wait_until(known, 30, "the outcome")
        wait_until(lambda: states(s) == {"b": ("RUNNING", b)}, 10, "programs")
        wait_until(lambda: sorted(children(s.pid)) ==
                   sorted([b, s.engine()]), 10, "one engine")
    s.stop()


run()
