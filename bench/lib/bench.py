# SPDX-License-Identifier: BSD-2-Clause
"""What the cases share: the table, daemons, peers, what /proc says.

A case is a file in bench/cases with a docstring and run(table).  It starts what
it measures itself, in a directory of its own, and ends all of it.
"""
import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("BUILD_DIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build"))
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LONG = bool(os.environ.get("BENCH_LONG"))
DEADLINE = 20.0


class Skip(Exception):
    """What cannot be measured here; the text says why."""


class Failure(Exception):
    """What is measured did not work; the text says how."""


# The table.

def ratio_text(ratio):
    """0.5 as "0.50", 0.01 as "1/100"."""
    if ratio is None:
        return "-"
    if 0 < ratio < 0.1:
        return "1/%.0f" % (1 / ratio)
    return "%.2f" % ratio


class Table:
    """Rows of results: metric, ours, peer or floor, ratio, goal, met."""

    HEAD = ("metric", "ours", "peer/floor", "ratio", "goal", "met")

    def __init__(self):
        self.rows, self.notes, self.missed = [], [], 0

    def add(self, metric, ours, peer="-", ratio=None, goal="-", met=None):
        """One row; ratio is ours through the peer's; met None = no goal."""
        self.missed += met is False
        self.rows.append((metric, ours, peer, ratio_text(ratio), goal,
                          "-" if met is None else "yes" if met else "NO"))

    def skip(self, metric, why):
        """A row that could not be measured."""
        self.rows.append((metric, "skipped", "-", "-", "-", "-"))
        self.note("%s: skipped: %s" % (metric, why))

    def note(self, text):
        """A line below the table."""
        self.notes.append(text)

    def print(self):
        """Writes it all to standard output."""
        widths = [max(len(row[i]) for row in [self.HEAD] + self.rows)
                  for i in range(len(self.HEAD))]
        for row in [self.HEAD, ["-" * w for w in widths]] + self.rows:
            print("  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                            for i, (text, width)
                            in enumerate(zip(row, widths))).rstrip())
        for note in self.notes:
            print("note: " + note)


# Programs.

def need(name):
    """The path of a peer or tool; Skip if it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise Skip("%s is not installed" % name)
    return path


def built(*parts):
    """The path of a program that make has built."""
    path = os.path.join(BUILD, *parts)
    if not os.access(path, os.X_OK):
        raise Skip("%s is not built" % path)
    return path


def output(*argv, **kwargs):
    """What a command prints; Failure if it fails."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          check=False, **kwargs)
    if done.returncode != 0:
        raise Failure("%s: status %d" % (" ".join(argv), done.returncode))
    return done.stdout


def numbers(text):
    """The columns of lines of numbers."""
    rows = [[float(x) for x in line.split()] for line in text.splitlines()]
    return list(zip(*rows))


def wait_until(condition, what, deadline=DEADLINE, pause=0.001):
    """Polls; returns what the condition returned."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure("waited %.0f s for %s" % (deadline, what))
        time.sleep(pause)


def free_port():
    """A port on loopback that nobody has at the moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    """Does somebody serve there?"""
    with contextlib.suppress(OSError), \
            socket.create_connection(("127.0.0.1", port), 2) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while True:
            piece = s.recv(4096)
            if not piece:
                return b"pid=" in data
            data += piece
    return False


def memory_directory():
    """Where a temporary directory is in memory, as /run is; else None."""
    with open("/proc/mounts", encoding="utf-8") as f:
        mounts = [line.split()[1:3] for line in f]
    return next((place for place, kind in mounts if kind == "tmpfs" and
                 place in ("/dev/shm", "/run", "/tmp") and
                 os.access(place, os.W_OK)), None)


@contextlib.contextmanager
def directory():
    """A directory of one's own, for a while, in memory if that can be."""
    path = tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_TMP")
                            or memory_directory())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def process(argv, port=None, **kwargs):
    """Runs a command, if told until it serves a port; TERM, then KILL."""
    p = subprocess.Popen(argv, start_new_session=True, **kwargs)
    try:
        if port is not None:
            wait_until(lambda: answers(port) or p.poll() is not None, argv[0])
            if p.poll() is not None:
                raise Failure("%s: status %d" % (argv[0], p.returncode))
        yield p
    finally:
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


class Server:
    """A web server under a libappbase supervisor, in the foreground.  With two
    supervisors a reload leaves another one, which is then `pid`."""

    def __init__(self, path, program, two_supervisors=False, **kwargs):
        self.pid_file = os.path.join(path, "pid")
        self.status_file = self.pid_file + ".status"
        self.crash_file = os.path.join(path, "crash")
        self.log = os.path.join(path, "log")
        self.port = free_port()
        argv = [program] + ["--two-supervisors"] * two_supervisors + [
            "--no-fork", "--pid-file", self.pid_file,
            "--listen", "127.0.0.1:%d" % self.port]
        if program.endswith("webserver"):
            argv += ["--crash-file", self.crash_file]
        self.argv, self.kwargs = argv, kwargs
        self.two_supervisors = two_supervisors

    def __enter__(self):
        with open(self.log, "ab") as log:
            self.context = process(self.argv, self.port,
                                   **{"stderr": log, **self.kwargs})
            self.pid = self.context.__enter__().pid
        return self

    def __exit__(self, *args):
        result = self.context.__exit__(*args)
        if self.two_supervisors and os.path.exists(self.pid_file):
            os.kill(self.pid, signal.SIGTERM)
            wait_until(lambda: not os.path.exists(self.pid_file),
                       "the daemon's end")
        return result

    def status(self):
        """The status file as a dict."""
        with open(self.status_file, encoding="utf-8") as f:
            return dict(line.rstrip("\n").split("=", 1) for line in f)

    def reload(self):
        """One reload, to its very end."""
        before = int(self.status()["generation"])
        os.kill(self.pid, signal.SIGUSR2)

        def done():
            s = self.status()
            self.pid = int(s["supervisor"])
            return int(s["generation"]) > before and s["state"] == "running"
        wait_until(done, "a reload", pause=0.0003)


def starter(path, worker):
    """Server::Starter with a worker: (argv, port, environment)."""
    port = free_port()
    return (["start_server", "--port=127.0.0.1:%d" % port, "--interval=1",
             "--status-file=" + os.path.join(path, "starter.status"), "--"]
            + worker, port)


def probe(port, pid, signo, count):
    """Reloads seen by a client: microseconds to first answer, to the old one's
    end; failures."""
    return numbers(output(built("bench", "probe"), "reload", str(port),
                          str(pid), str(int(signo)), str(count)))


# /proc.

def proc_status(pid):
    """/proc/PID/status as a dict."""
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return dict((k, v.strip()) for k, v in
                    (line.split(":", 1) for line in f))


def private_kib(pid):
    """Memory that a process shares with nobody."""
    total = 0
    with open("/proc/%d/smaps_rollup" % pid, encoding="utf-8") as f:
        for line in f:
            if line.startswith(("Private_Clean", "Private_Dirty")):
                total += int(line.split()[1])
    return total


def rss_kib(pid):
    """Resident memory."""
    return int(proc_status(pid)["VmRSS"].split()[0])


def descriptors(pid):
    """The number of open descriptors."""
    return len(os.listdir("/proc/%d/fd" % pid))


def switches(pid):
    """How often a process has been woken after waiting."""
    return int(proc_status(pid)["voluntary_ctxt_switches"])


def percentile(values, share):
    """The smallest value that `share` of all do not exceed."""
    values = sorted(values)
    return values[max(0, -(-len(values) * share // 100) - 1)]


median = statistics.median
