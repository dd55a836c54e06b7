#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pidproxy (L-086 to L-092)."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlpeer import BUILD, SLOW, WRAPPER, ok, wait_until  # noqa: E402

PIDPROXY = os.path.join(BUILD, "bin", "pidproxy")
commands = []
# Writes its pid, then a line for each signal.
TARGET = """
import os, signal, sys, time
def note(number, frame):
    with open(sys.argv[1] + ".got", "a") as out:
        out.write(signal.Signals(number).name + "\\n")
for s in (1, 2, 3, 10, 12, 15):
    signal.signal(s, note)
with open(sys.argv[1] + ".new", "w") as out:
    out.write("%d\\n" % os.getpid())
os.rename(sys.argv[1] + ".new", sys.argv[1])
while not os.path.exists(sys.argv[1] + ".end"):
    time.sleep(0.02)
"""


def start(*args, **more):
    """Runs it."""
    return subprocess.Popen(WRAPPER + [PIDPROXY] + list(args),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)


def running(*args, **more):
    """Runs it with a command that goes on; waits until both are there."""
    proxy = start(*args, **more)

    def child():
        out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid",
                              str(proxy.pid)], capture_output=True, text=True,
                             check=False).stdout.split()
        return out and out[-1] == "sleep" and int(out[-2])
    commands.append(wait_until(child, what="the command runs"))
    return proxy


def read(path):
    """The text of a file, "" if it is not there."""
    try:
        with open(path, encoding="utf-8") as text:
            return text.read()
    except FileNotFoundError:
        return ""


def signals(top):
    """What is passed on to whom."""
    path = os.path.join(top, "pid")
    target = subprocess.Popen([sys.executable, "-c", TARGET, path])
    wait_until(lambda: read(path), what="the pid file")
    proxy = running(path, "/bin/sleep", "1000")
    # The command's signals are as we found them; it is not sent any.
    want = ""
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2"):
        proxy.send_signal(getattr(signal, name))
        want += name + "\n"
        wait_until(lambda: read(path + ".got") == want, what=name)
    ok(proxy.poll() is None, "L-088: HUP, USR1, USR2 are passed on")
    begin = time.monotonic()
    proxy.send_signal(signal.SIGTERM)
    ok(proxy.wait(20 * SLOW) == 0 and time.monotonic() - begin < 3 * SLOW,
       "L-088: after TERM it leaves with 0, at once")
    want += "SIGTERM\n"
    wait_until(lambda: read(path + ".got") == want, what="TERM")
    os.kill(commands[-1], 0)
    ok(True, "L-088: it does not wait for the command")
    for name in ("SIGINT", "SIGQUIT"):
        proxy = running(path, "/bin/sleep", "1000")
        proxy.send_signal(getattr(signal, name))
        want += name + "\n"
        if proxy.wait(20 * SLOW) not in (0,):
            break
        wait_until(lambda: read(path + ".got") == want, what=name)
    ok(read(path + ".got") == want, "L-088: INT, QUIT", read(path + ".got"))
    with open(path + ".end", "w", encoding="utf-8"):
        pass
    target.wait()
    return path


def ends(top, stale):
    """Usage, ends, files that are of no use."""
    for args in ([], ["x"]):
        proxy = start(*args)
        out = proxy.communicate()
        ok(proxy.returncode == 1 and "Usage" in out[0],
           "L-086: %d arguments" % len(args), out)
    begin = time.monotonic()
    proxy = start(stale, "/bin/sh", "-c", "exit 7")
    ok(proxy.wait(20 * SLOW) == 0 and time.monotonic() - begin < 3 * SLOW,
       "L-090: it ends with its child, with 0, at once")
    proxy = start(stale, "sleep", "1")
    err = proxy.communicate()[1]
    ok(proxy.returncode == 127 and "sleep" in err,
       "L-087, L-092: no PATH search; a missing command", err)
    os.symlink("/bin/sleep", os.path.join(top, "mysleep"))
    proxy = start(stale, "mysleep", "0", cwd=top)
    ok(proxy.wait(20 * SLOW) == 0, "L-087: a command in this directory")
    proxy = running(stale, "/bin/sleep", "1000")
    proxy.send_signal(signal.SIGTERM)
    err = proxy.stderr.readline()
    ok(proxy.wait(20 * SLOW) == 0 and "cannot signal" in err,
       "L-091: a stale number", err)
    proxy = running(top + "/none", "/bin/sleep", "1000")
    proxy.send_signal(signal.SIGTERM)
    line = proxy.stdout.readline()
    ok(line == "Can't read child pidfile %s/none!\n" % top and
       proxy.poll() is None, "L-089: no file: it goes on", line)
    proxy.kill()
    proxy.wait()


def main():
    """Everything."""
    top = tempfile.mkdtemp(prefix="pidproxy-")
    try:
        ends(top, signals(top))
    finally:
        for pid in commands:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(top, ignore_errors=True)
    ctlpeer.done()


main()
