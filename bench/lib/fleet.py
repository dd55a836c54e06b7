# SPDX-License-Identifier: BSD-2-Clause
"""Many programs under a supervisor, ours or Python's, beside the floor.

Each program is bench/fleet, which reports on a FIFO when it has come to main(),
so that all supervisors are asked the same question: when do the programs run?
"""
import contextlib
import http.client
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import time
import xmlrpc.client

import bench

OURS, THEIRS = "ours", "supervisor"
CONFIG = """[unix_http_server]
file={dir}/s
[supervisord]
logfile={dir}/d.log
pidfile={dir}/d.pid
childlogdir={dir}
nodaemon=true
minfds={minfds}
loglevel={loglevel}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/s
"""


def path():
    """The program."""
    return bench.built("bench", "fleet")


def daemon(kind):
    """(supervisord, supervisorctl) of a kind."""
    if kind == OURS:
        return bench.built("bin", "supervisord"), bench.built(
            "bin", "supervisorctl")
    return bench.need("/usr/bin/supervisord"), bench.need(
        "/usr/bin/supervisorctl")


def descriptors_for(count):
    """Raises the limit for `count` programs, or says that it cannot be."""
    want = 6 * count + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and want > hard:
        raise bench.Skip("%d descriptors, %d may be open" % (want, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want), hard))
    return want


class Reports:
    """The FIFO on which programs report."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "fleet")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        os.environ["FLEET"] = self.path

    def close(self):
        """Forgets it."""
        os.close(self.fd)
        os.unlink(self.path)
        del os.environ["FLEET"]

    def drain(self):
        """The pids of what has reported by now."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            while True:
                data += os.read(self.fd, 65536)
        return [p for (p,) in struct.iter_unpack("i", data)]

    def wait(self, count, deadline=120):
        """Waits for so many; (pids, time of the last)."""
        pids, end = [], time.monotonic() + deadline
        while len(pids) < count:
            if time.monotonic() > end:
                raise bench.Failure("%d of %d programs started" % (
                    len(pids), count))
            if select.select([self.fd], [], [], 1)[0]:
                pids += self.drain()
        return pids, time.monotonic()


class Supervisord:
    """A supervisord of either kind with programs."""

    def __init__(self, kind, directory, programs, count, loglevel="info"):
        self.kind, self.dir, self.count = kind, directory, count
        self.program, self.ctl = daemon(kind)
        self.conf = os.path.join(directory, "s.conf")
        self.write(programs, loglevel)

    def write(self, programs, loglevel="info"):
        """(Re)writes the configuration."""
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(
                dir=self.dir, loglevel=loglevel,
                minfds=descriptors_for(self.count)) + programs)

    def __enter__(self):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [self.program, "-c", self.conf], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        return self

    def __exit__(self, *args):
        left = children(self.pid)
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def processes(self):
        """The pids of the supervisor itself: keeper and engine, or the one."""
        found = [self.pid]
        for child in children(self.pid):
            with contextlib.suppress(OSError), \
                    open("/proc/%d/cmdline" % child, "rb") as f:
                if b": engine" in f.read():
                    found.append(child)
        return found

    def cpu(self):
        """Seconds that the supervisor has used."""
        return sum(cpu(pid) for pid in self.processes())

    def connect(self):
        """A new connection."""
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(120)
        s.connect(os.path.join(self.dir, "s"))
        return s

    def call(self, method, *args):
        """One call on a new connection; (seconds, the whole answer)."""
        return request(os.path.join(self.dir, "s"), method, *args)

    def ready(self):
        """Does it answer?"""
        try:
            self.call("supervisor.getState")
        except OSError:
            return False
        return True

    def command(self, *words):
        """Seconds that a whole supervisorctl takes."""
        began = time.monotonic()
        subprocess.run([self.ctl, "-c", self.conf] + list(words), check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - began


def request(address, method, *args):
    """One XML-RPC call on a new connection; (seconds, the whole answer)."""
    body = xmlrpc.client.dumps(args, method)
    began = time.monotonic()
    http_ = http.client.HTTPConnection("localhost")
    http_.sock = socket.socket(socket.AF_UNIX)
    http_.sock.settimeout(120)
    try:
        http_.sock.connect(address)
        http_.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        answer = http_.getresponse().read()
    except http.client.HTTPException as why:
        raise OSError(str(why)) from why
    finally:
        http_.close()
    return time.monotonic() - began, answer


def children(pid):
    """The pids of a process's children."""
    with contextlib.suppress(OSError), \
            open("/proc/%d/task/%d/children" % (pid, pid),
                 encoding="utf-8") as f:
        return [int(p) for p in f.read().split()]
    return []


def cpu(pid):
    """Seconds that a process has used."""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def programs(count, command="child", extra="startsecs=0\n"):
    """Sections [program:p0000] ..., with no log but with both pipes."""
    return "".join(
        "[program:p%04d]\ncommand=%s %s\n"
        "stdout_logfile=/dev/null\nstdout_logfile_maxbytes=0\n"
        "stderr_logfile=/dev/null\nstderr_logfile_maxbytes=0\n%s" % (
            i, path(), command, extra) for i in range(count))


@contextlib.contextmanager
def reports():
    """A directory and its FIFO."""
    with bench.directory() as directory:
        fifo = Reports(directory)
        try:
            yield directory, fifo
        finally:
            fifo.close()


@contextlib.contextmanager
def floor(*args, **kwargs):
    """bench/fleet with a job; its children end with it."""
    with bench.process([path()] + [str(a) for a in args], **kwargs) as p:
        try:
            yield p
        finally:
            p.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                p.wait(2)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
