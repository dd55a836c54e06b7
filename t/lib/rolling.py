# SPDX-License-Identifier: BSD-2-Clause
"""A group of web:web_0 ... whose program is installed anew: what the tests of
rolling restarts share."""
import os
import re
import subprocess

from deploy import CTL, ctl, start
from harness import wait_until

LISTENER = """
import sys
while True:
    print('READY', flush=True)
    head = dict(x.split(':') for x in sys.stdin.readline().split())
    body = sys.stdin.read(int(head['len']))
    with open('events', 'a') as f:
        f.write(head['eventname'] + ' ' + body.splitlines()[0] + chr(10))
    sys.stdout.write('RESULT 2' + chr(10) + 'OK')
    sys.stdout.flush()
"""
GOOD = "#!/bin/sh\nexec sleep 1000\n"
BROKEN = "#!/bin/sh\nexit 1\n"
N = 3


def install(s, text, name="prog"):
    """Puts a program in place, as an installer does."""
    path = s.path(name)
    with open(path + ".new", "w") as f:
        f.write(text)
    os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)


def web(t, keys="", more="", n=N, listener=False):
    """web:web_0 ... and a program that fails after `install(BROKEN)`."""
    os.makedirs(os.path.join(t.dir, "supd"), exist_ok=True)

    class At:
        """Where it will be."""
        @staticmethod
        def path(name):
            return os.path.join(t.dir, "supd", name)
    install(At, GOOD)
    if listener:
        install(At, LISTENER, "listener.py")
    s = start(t, "[program:web]\ncommand={dir}/prog\nnumprocs=%d\n"
              "process_name=web_%%(process_num)d\nstartretries=1\n%s\n%s"
              % (n, keys, more))
    for i in range(n):
        executes(s.running("web_%d" % i), "sleep")
    return s


def executes(pid, name):
    """Waits until a script has become what it executes: from then on it does
    not matter what is installed in its place."""
    def look():
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip() == name
    wait_until(look, 30, "%s at %d" % (name, pid))


def pids(s):
    return [int(x) for x in re.findall(r"pid (\d+)", ctl(s, "status")[1])]


def states(s, name="web:"):
    return [x.split()[1] for x in ctl(s, "status")[1].splitlines()
            if x.startswith(name)]


def background(s, *words):
    return subprocess.Popen([CTL, "-c", s.config, "rolling-restart"] +
                            list(words), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def ends(p):
    text = p.communicate(timeout=120)[0].decode()
    return p.returncode, text


def order(s):
    """What happened to members, in the order of the log."""
    found = []
    for line in s.lines():
        m = re.search(r"(stopped|spawned|success): '?web_(\d)", line)
        if m:
            found.append(m.group(1)[:2] + m.group(2))
    return found
