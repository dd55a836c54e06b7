# SPDX-License-Identifier: BSD-2-Clause
"""Queue workers under load, and deploys while they work: what the tests of
graceful reloads share.

A task is a file in todo/.  A worker takes it by renaming it into doing/, writes
"B task pid" into the journal, works for some milliseconds, and writes "E task
pid".  When it starts it writes "S version pid", the version being what the file
`version` said.  So the journal tells whether each task was done once, by one
worker, to its end; and which worker runs which code.
"""
import os
import random
import subprocess
import threading
import time

from harness import BUILD, Failure, SCALE, wait_until
from supd import Supd

CTL = os.path.join(BUILD, "bin", "supervisorctl")
PHP = "/usr/bin/php"
PYTHON = "/usr/bin/python3"
DEPLOYS = int(os.environ.get("DEPLOYS") or 20)  # 200 in the long form

# touch, do the task, file gone -> exit: as people write it.
LOCKFILE_SH = r"""
cd "$1"; lock=$2
echo "S $(cat version) $$" >>journal
while :; do
    touch "$lock"
    for task in todo/*; do
        n=${task#todo/}
        mv "$task" "doing/$n" 2>/dev/null || continue
        echo "B $n $$" >>journal
        sleep 0.00$((n % 8 + 1))
        echo "E $n $$" >>journal
        rm "doing/$n"
        break
    done
    [ -e "$lock" ] || exit 0
    rm -f "$lock"
    [ "$n" != '*' ] || sleep 0.01
done
"""
LOCKFILE_PY = r"""
import os, sys, time
os.chdir(sys.argv[1])
lock = sys.argv[2]

def note(text):
    with open("journal", "a") as f:
        f.write("%s %d\n" % (text, os.getpid()))

def task():
    for n in sorted(os.listdir("todo"))[:3]:
        try:
            os.rename("todo/" + n, "doing/" + n)
        except FileNotFoundError:
            continue
        note("B " + n)
        time.sleep(int(n) % 8 / 1000)
        note("E " + n)
        os.unlink("doing/" + n)
        return True
    return False

note("S " + open("version").read())
while True:
    open(lock, "w").close()
    worked = task()
    if not os.path.exists(lock):
        sys.exit(0)
    try:
        os.unlink(lock)
    except FileNotFoundError:
        pass
    if not worked:
        time.sleep(0.01)
"""
LOCKFILE_PHP = r"""<?php
chdir($argv[1]);
$lock = $argv[2];
function note($text) {
    file_put_contents('journal', $text . ' ' . getmypid() . "\n", FILE_APPEND);
}
function task() {
    foreach (array_slice(scandir('todo'), 2, 3) as $n) {
        if (!@rename("todo/$n", "doing/$n"))
            continue;
        note("B $n");
        usleep(($n % 8) * 1000);
        note("E $n");
        unlink("doing/$n");
        return true;
    }
    return false;
}
note('S ' . file_get_contents('version'));
while (true) {
    touch($lock);
    $worked = task();
    clearstatcache();
    if (!file_exists($lock))
        exit(0);
    @unlink($lock);
    if (!$worked)
        usleep(10000);
}
"""
# The same tasks under a lock, in a signal's way.
FLOCK_PY = LOCKFILE_PY.split("while True:")[0] + r"""
import fcntl
held = open(lock, "a")
while True:
    fcntl.flock(held, fcntl.LOCK_EX)
    worked = task()
    fcntl.flock(held, fcntl.LOCK_UN)
    if not worked:
        time.sleep(0.01)
"""
FLOCK_SH = LOCKFILE_SH.replace('    touch "$lock"\n', "    flock 9\n").replace(
    '    [ -e "$lock" ] || exit 0\n    rm -f "$lock"\n', "    flock -u 9\n") \
    .replace("while :; do", 'exec 9>>"$lock"\nwhile :; do')
FLOCK_PHP = LOCKFILE_PHP.split("while (true) {")[0] + r"""
$held = fopen($lock, 'c');
while (true) {
    flock($held, LOCK_EX);
    $worked = task();
    flock($held, LOCK_UN);
    if (!$worked)
        usleep(10000);
}
"""
SIGNAL_PY = r"""
import signal
asked = []
""" + LOCKFILE_PY.split("while True:")[0].replace(
    "note(\"S ", "signal.signal(signal.SIGUSR1, lambda *a: asked.append(1))\n"
    "note(\"S ") + r"""
while not asked:
    if not task():
        time.sleep(0.01)
sys.exit(3)
"""

SERVER = """
[unix_http_server]
file={dir}/s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/s
"""


def ctl(s, *words, timeout=120):
    """Runs supervisorctl; (status, stdout and stderr)."""
    p = subprocess.run([CTL, "-c", s.config] + list(words),
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=timeout * SCALE)
    return p.returncode, p.stdout.decode()


class Queue:
    """Tasks, and who feeds them: as fast as they are done, or now and then."""

    def __init__(self, t, name="queue"):
        self.dir = os.path.join(t.dir, name)
        for sub in ("todo", "doing"):
            os.makedirs(os.path.join(self.dir, sub))
        self.lock = os.path.join(self.dir, "lock")
        self.made = 0
        self.version = 0
        self.bump()
        open(self.path("journal"), "w").close()
        self.feeding = False
        self.thread = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def bump(self):
        """New code is there."""
        self.version += 1
        with open(self.path("version.new"), "w") as f:
            f.write(str(self.version))
        os.rename(self.path("version.new"), self.path("version"))

    def feed(self, idle=False):
        """Keeps some tasks waiting; if idle, there are gaps without any."""
        rand = random.Random(self.version)

        def loop():
            while self.feeding:
                if len(os.listdir(self.path("todo"))) < 10:
                    for _ in range(3 if idle else 10):
                        self.add()
                time.sleep(rand.random() * 0.04 if idle else 0.005)
        self.feeding = True
        self.thread = threading.Thread(target=loop, daemon=True)
        self.thread.start()

    def add(self):
        self.made += 1
        open(self.path("todo/%06d" % (100000 + self.made)), "w").close()

    def finish(self):
        """No more tasks; waits until all are done."""
        self.feeding = False
        if self.thread is not None:
            self.thread.join()
        wait_until(lambda: not os.listdir(self.path("todo")) and
                   not os.listdir(self.path("doing")), 60, "all tasks done")

    def lines(self):
        with open(self.path("journal")) as f:
            return [line.split() for line in f]

    def newest(self):
        """(version, pid) of the worker that has started last."""
        starts = [x for x in self.lines() if x[0] == "S"]
        return (int(starts[-1][1]), int(starts[-1][2])) if starts else (0, 0)

    def check(self, t):
        """Every task was begun once and ended once, by the same worker."""
        begun, ended = {}, {}
        for kind, n, pid in self.lines():
            if kind in "BE":
                (begun if kind == "B" else ended).setdefault(n, []).append(pid)
        t.equal({n: p for n, p in begun.items() if len(p) != 1}, {},
                "tasks that were begun more than once")
        t.equal({n: p for n, p in begun.items() if ended.get(n) != p}, {},
                "tasks that were cut")
        t.equal(len(begun), self.made, "tasks done")


def program(queue, worker, keys, name="w"):
    """A [program] that runs a worker's text."""
    suffix, command = {"<": (".php", PHP), "\n": (".py", PYTHON)}.get(
        worker[:1] if not worker.startswith("\ncd") else "", (".sh", "/bin/sh"))
    script = queue.path(name + suffix)
    with open(script, "w") as f:
        f.write(worker)
    return ("[program:%s]\ncommand=%s %s %s %s\nstartsecs=0\n"
            "autorestart=unexpected\nstdout_logfile=NONE\n%s\n"
            % (name, command, script, queue.dir, queue.lock, keys))


def start(t, text, name="supd"):
    return Supd(t, SERVER + text, name=name).start()


def deploy(t, s, queue, times, words=("graceful", "w"), said="w: reloaded\n",
           after=None):
    """Deploys again and again; each time the newest code runs afterwards."""
    for i in range(times):
        queue.bump()
        status, text = ctl(s, *words)
        if (status, text) != (0, said):
            raise Failure("deploy %d: exit %d, said %r" % (i, status, text))
        wait_until(lambda: queue.newest()[0] == queue.version, 20,
                   "the newest worker at work")
        if after is not None:
            after(i)
