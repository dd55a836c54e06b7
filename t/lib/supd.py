# SPDX-License-Identifier: BSD-2-Clause
"""Our supervisord, or another, in a directory of its own, for harness.py.

    s = Supd(t, "[program:x]\\ncommand=/bin/sleep 100\\n").start()
    s.wait_line("INFO success: x entered RUNNING state")
    s.stop()

The class has what harness.Scenario needs of a daemon.
"""
import difflib
import http.client
import os
import re
import signal
import socket
import subprocess
import xmlrpc.client

from harness import (BUILD, Failure, Skip, alive, children, diag, kill,
                     lock_is_free, wait_until)

OURS = os.path.join(BUILD, "bin", "supervisord")
PEER = "/usr/bin/supervisord"
TRIES = 3


# A server on {dir}/sock, and its client.
SERVER = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock
"""


class Unix(xmlrpc.client.Transport):
    """XML-RPC over a unix socket."""

    def __init__(self, path, timeout):
        super().__init__()
        self.path, self.timeout = path, timeout

    def make_connection(self, host):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(self.timeout)
        connection.sock.connect(self.path)
        return connection


def beside(once):
    """Compares what Python's supervisord and ours do.  once(names) runs both, in
    directories of these names, and returns what was seen of each, as lists.  As
    what falls into one turn of Python's loop is chance, they may differ in some of
    TRIES runs, which is said; returns how many lines there are to compare."""
    if not os.path.exists(PEER):
        if os.environ.get("PEERS"):
            raise Failure("no " + PEER)
        raise Skip("no " + PEER)
    for i in range(1, TRIES + 1):
        peer, ours = once(["%s%s" % (x, i if i > 1 else "")
                           for x in ("peer", "ours")])
        if peer == ours and peer:
            return len(peer)
        diag("run %d of at most %d: they differ" % (i, TRIES))
        diag("\n".join(difflib.unified_diff(peer, ours, "peer", "ours",
                                            lineterm="")))
    raise Failure("they differ in every run")


class Supd:
    """One supervisord.

    text    the file, after a [supervisord] section made here
    keys    lines of that section
    """

    def __init__(self, t, text, keys="", name="supd", exe=OURS):
        self.t = t
        self.dir = os.path.join(t.dir, name)
        os.makedirs(self.dir, exist_ok=True)
        self.exe = exe
        self.config = self.path("supervisord.conf")
        self.log = self.path("supervisord.log")
        self.pidfile = self.path("supervisord.pid")
        self.eventsfile = self.statusfile = self.path("none")
        self.proc = self.pid = self.ended = None
        self.output = self.path("output")
        self.keys = keys
        self.write(text)
        t.daemons.append(self)
        t.orphans_are_fine = True  # what programs leave behind is theirs

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, text, keys=None):
        with open(self.config, "w") as f:
            f.write("[supervisord]\nlogfile=%s\npidfile=%s\nchildlogdir=%s\n%s"
                    "\n%s" % (self.log, self.pidfile, self.dir,
                              self.keys if keys is None else keys,
                              text.replace("{dir}", self.dir)))

    # Starting.

    def start(self, *args, env=None, **popen):
        """In the foreground; returns when it says that it has started."""
        out = open(self.output, "ab")
        self.ended = None
        before = self.count("supervisord started with pid")
        self.proc = subprocess.Popen(
            [self.exe, "-n", "-c", self.config] + list(args),
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir,
            env=dict(os.environ, **(env or {})), **popen)
        out.close()
        self.pid = self.proc.pid
        self.t.known.add(self.pid)
        wait_until(lambda: self.count("supervisord started with pid") > before
                   or self.proc.poll() is not None, 15, "supervisord started")
        if self.proc.poll() is not None:
            self.ended = self.proc.returncode
            raise Failure("supervisord did not start: " + self.said())
        return self

    def run(self, *args, timeout=20):
        """Runs it to its end; returns (status, output)."""
        p = subprocess.run([self.exe, "-c", self.config] + list(args),
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, cwd=self.dir,
                           timeout=timeout)
        return p.returncode, p.stdout.decode()

    def start_detached(self):
        """As a daemon; the pid is the pid file's."""
        status, text = self.run()
        if status != 0 or text:
            raise Failure("exit %d, said %r" % (status, text))
        wait_until(lambda: os.path.exists(self.pidfile), 5, "the pid file")
        self.pid = self.pid_in_file()
        self.t.known.add(self.pid)
        return self

    # Looking.

    def pid_in_file(self):
        with open(self.pidfile) as f:
            return int(f.read())

    def said(self):
        with open(self.output) as f:
            return f.read()

    def lines(self):
        """The log's lines without their time."""
        try:
            with open(self.log, errors="replace") as f:
                text = f.read()
        except FileNotFoundError:
            return []
        return [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", "", line)
                for line in text.splitlines()]

    def find(self, pattern):
        """The lines in which a regular expression is found."""
        return [line for line in self.lines() if re.search(pattern, line)]

    def count(self, text):
        return sum(text in line for line in self.lines())

    def wait_line(self, text, count=1, timeout=10):
        """Waits for the count-th line that contains the text; returns it."""
        return wait_until(
            lambda: [x for x in self.lines() if text in x][count - 1:count],
            timeout, "log line %r (%d)" % (text, count))[0]

    def program(self, name, count=1, timeout=10):
        """The pid of the count-th spawn of a program."""
        line = self.wait_line("spawned: '%s' with pid " % name, count, timeout)
        pid = int(line.rsplit(" ", 1)[1])
        return pid

    def running(self, name, count=1, timeout=10):
        self.wait_line("success: %s entered RUNNING state" % name, count,
                       timeout)
        return self.program(name, count)

    def engine(self):
        """The pid of the engine: the child that is no program."""
        def look():
            for pid in children(self.pid):
                try:
                    with open("/proc/%d/cmdline" % pid) as f:
                        if f.read().startswith("supervisord: engine"):
                            return pid
                except OSError:
                    pass
            return None
        return wait_until(look, 5, "an engine")

    def kill_engine(self, sig=signal.SIGKILL):
        """Kills the engine and waits for the next one to be at work."""
        before = self.count("the engine was replaced")
        pid = self.engine()
        kill(pid, sig)
        wait_until(lambda: self.count("the engine was replaced") > before, 10,
                   "the next engine")
        return pid

    def rpc(self, timeout=20):
        """A client of the server on {dir}/sock; every call is a connection."""
        return xmlrpc.client.ServerProxy(
            "http://localhost", transport=Unix(self.path("sock"), timeout))

    # Acting and ending.

    def signal(self, sig):
        kill(self.pid, sig)

    def wait_exit(self, timeout=15):
        if self.ended is not None:
            return self.ended
        wait_until(lambda: not alive(self.pid), timeout, "end of supervisord")
        if self.proc is not None:
            self.ended = self.proc.wait(10)
        else:
            status = self.t.adopted.pop(self.pid, None)
            if status is None:
                status = os.waitpid(self.pid, 0)[1]
            self.ended = os.waitstatus_to_exitcode(status)
        return self.ended

    def stop(self, expect=0, timeout=15):
        """TERM, and the checks of an orderly end."""
        if self.ended is not None:
            return
        self.signal(signal.SIGTERM)
        status = self.wait_exit(timeout)
        if status != expect:
            raise Failure("exit status %d, expected %d" % (status, expect))
        if os.path.exists(self.pidfile):
            raise Failure("the pid file is still there")
        if not lock_is_free(self.pidfile):
            raise Failure("the lock is still held")
