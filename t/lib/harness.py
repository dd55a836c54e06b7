# SPDX-License-Identifier: BSD-2-Clause
"""The black-box harness: daemons under a parent that sees everything.

A test file imports this module, marks functions with @test("T-3: ...") and ends
with run().  Each function is one line of TAP.  It gets a Scenario: a directory of
its own (kept and printed on failure), daemons, helpers, and at its end the
checks that hold for every scenario: no process left, no orphan, no zombie, the
lock free, the pid file gone, no sanitizer report.

The harness is a child sub-reaper, so whatever a daemon leaves behind becomes its
child and is seen.  Nothing is ever killed by name.  Nothing sleeps for a fixed
time in the hope that it is enough: wait_until() polls with a deadline.

Environment: BUILD_DIR (where t/child is built), SANITIZE, VALGRIND and TEST_SLOW
(limits are scaled), KEEP=1 (keep directories), TMPDIR (where).
Arguments of a test file: texts; only tests whose title contains one are run.
"""
import array
import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

LIB = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD_DIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build"))
CHILD = os.path.join(BUILD, "t", "child")
SANITIZE = os.environ.get("SANITIZE") or ""
VALGRIND = bool(os.environ.get("VALGRIND"))
SCALE = float(os.environ.get("TEST_SLOW") or
              (20 if VALGRIND else 4 if SANITIZE else 1))
ROOT = os.geteuid() == 0
PATIENCE = 20.0  # seconds, at least, for what is to happen


def scratch():
    """Where tests work: in memory if possible, as a busy disk can hold up whoever
    writes a file for seconds."""
    where = "/dev/shm"
    if os.environ.get("TMPDIR") or not os.access(where, os.W_OK | os.X_OK):
        return None
    if os.statvfs(where).f_flag & os.ST_NOEXEC:
        return None
    return where


SCRATCH = scratch()

TERM, KILL, USR1, USR2 = (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1,
                          signal.SIGUSR2)
HUP, INT, QUIT, STOP, CONT = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                              signal.SIGSTOP, signal.SIGCONT)

# Exit statuses of appbase_run(), as include/appbase/daemon.h has them.
(OK, USAGE, LOCKED, PIDFILE, WORKER, USER, RELOAD, GAVE_UP) = range(8)
LOST = 255


class Skip(Exception):
    """Raised by a test that cannot run here; the text says why."""


class Failure(AssertionError):
    """A check that did not hold."""


# Time.

def now():
    """Monotonic seconds, on the clock of the events file."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Jitter(threading.Thread):
    """Measures how late this machine wakes a sleeper, and how many want to run on
    each processor, to judge short limits."""

    def __init__(self):
        super().__init__(daemon=True)
        self.reset()

    def reset(self):
        """A test begins."""
        self.worst, self.crowd = 0.0, 1.0

    def run(self):
        cpus, looked = len(os.sched_getaffinity(0)), 0.0
        while True:
            before = now()
            time.sleep(0.002)
            self.worst = max(self.worst, now() - before - 0.002)
            if before - looked > 0.05:
                looked = before
                with open("/proc/loadavg") as f:
                    want = int(f.read().split()[3].split("/")[0])
                self.crowd = max(self.crowd, want / cpus)


jitter = Jitter()


def wait_until(check, seconds=10.0, what="", every=0.004):
    """Calls check() until it is true; returns its value or fails.  A file that is
    not there is one not yet there.  What has to be quick is measured by within();
    this waits for a slow machine, too."""
    limit = max(seconds, PATIENCE) * SCALE
    end = now() + limit
    while True:
        missing = ""
        try:
            value = check()
        except FileNotFoundError as e:
            value, missing = None, " (%s)" % e
        if value:
            return value
        if now() > end:
            raise Failure("not within %g s: %s%s"
                          % (limit, what or check.__name__, missing))
        time.sleep(every)


def never(check, seconds, what):
    """Watches for a while and fails if check() becomes true."""
    end = now() + seconds
    while now() < end:
        value = check()
        if value:
            raise Failure("%s: %r" % (what, value))
        time.sleep(0.004)


def within(seconds, limit, what, least=0.0):
    """Fails unless a measured time is below the limit, allowing for a machine
    that wakes sleepers late and shares its processors."""
    slack = 6 * jitter.worst
    diag("%s: %.1f ms (limit %.0f ms, machine late by up to %.1f ms, up to %.1f "
         "on a processor)" % (what, seconds * 1e3, limit * 1e3,
                              jitter.worst * 1e3, jitter.crowd))
    if seconds > limit * SCALE * jitter.crowd + slack:
        raise Failure("%s took %.3f s, limit %.3f s" % (what, seconds, limit))
    if seconds < least:
        raise Failure("%s took %.3f s, at least %.3f s" % (what, seconds, least))


# Processes.

def state(pid):
    """The letter of the process's state, or None if there is none."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None


def alive(pid):
    """Does the process run (a zombie does not)?"""
    return state(pid) not in (None, "Z", "X")


def parent_table():
    """{pid: (parent, state, name)} of every process."""
    table = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as f:
                    text = f.read()
            except OSError:
                continue
            name, rest = text.split("(", 1)[1].rsplit(")", 1)
            fields = rest.split()
            table[int(entry)] = (int(fields[1]), fields[0], name)
    return table


def children(pid):
    return sorted(p for p, (parent, _, _) in parent_table().items()
                  if parent == pid)


def descendants(pid):
    """Every process below pid, as {pid: (parent, state, name)}."""
    table, found, todo = parent_table(), {}, [pid]
    while todo:
        above = todo.pop()
        for p, row in table.items():
            if row[0] == above and p not in found:
                found[p] = row
                todo.append(p)
    return found


def zombies(pid):
    return [p for p, row in descendants(pid).items() if row[1] == "Z"]


def fds(pid):
    """{number: link} of a process's descriptors."""
    table = {}
    for name in os.listdir("/proc/%d/fd" % pid):
        try:
            table[int(name)] = os.readlink("/proc/%d/fd/%s" % (pid, name))
        except OSError:
            pass
    return table


def fd_shape(pid):
    """What the descriptors are, sorted, without what differs from run to run;
    and whether their numbers have drifted upwards."""
    table = {n: link for n, link in fds(pid).items()
             # open while it is written; valgrind's own, one for each image
             if ".status" not in link and "/valgrind." not in link}
    kinds = sorted(re.sub(r"\[?[0-9]+\]?$", "", link.replace(" (deleted)", ""))
                   for link in table.values())
    if table and max(table) > len(table) + 12:
        kinds.append("descriptor number %d" % max(table))
    return kinds


def status_field(pid, name):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
    return ""


def switches(pid):
    """Context switches so far: how often a process woke up."""
    return sum(int(status_field(pid, n)) for n in (
        "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"))


def private_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(line.split()[1]) for line in f
                   if line.startswith(("Private_Clean", "Private_Dirty")))


def kill(pid, sig):
    """Signals one process that the caller knows to be ours."""
    if pid <= 1:
        raise Failure("refusing to signal pid %d" % pid)
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


# Locks and sockets.

def lock_is_free(path):
    """Would a second start get the lock?  (It is let go at once.)"""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)


def free_port():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(address, path="/", timeout=5.0):
    """One HTTP/1.0 request; returns {key: value} of the answer's lines, lists
    for keys that occur more than once."""
    family = socket.AF_INET
    where = address
    if address.startswith("unix:"):
        family, where = socket.AF_UNIX, address[5:]
    else:
        host, port = address.rsplit(":", 1)
        where = (host, int(port))
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(timeout * SCALE)
        s.connect(where)
        s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
        data = b""
        while True:
            chunk = s.recv(65536)
            if not chunk:
                break
            data += chunk
    answer = {}
    for line in data.decode().split("\r\n\r\n", 1)[1].splitlines():
        key, value = line.split("=", 1)
        if key == "env":
            answer.setdefault("env", {})
            name, _, text = value.partition("=")
            answer["env"][name] = text
        else:
            answer[key] = value
    return answer


class NotifySocket(threading.Thread):
    """A service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.messages = []  # (seconds, sender's pid, {key: value})
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sock.bind(path)
        self.start()

    def run(self):
        room = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4 * 16)
        while True:
            try:
                data, ancillary, _, _ = self.sock.recvmsg(4096, room)
            except OSError:
                return
            pid = 0
            for level, kind, body in ancillary:
                if kind == socket.SCM_CREDENTIALS:
                    pid = struct.unpack("iii", body)[0]
                elif kind == socket.SCM_RIGHTS:
                    numbers = array.array("i")
                    numbers.frombytes(body)
                    for fd in numbers:  # a barrier ends by being closed
                        os.close(fd)
            lines = dict(line.split("=", 1) for line in
                         data.decode().splitlines() if "=" in line)
            self.messages.append((now(), pid, lines))

    def having(self, key):
        return [(t, pid, m) for t, pid, m in list(self.messages) if key in m]

    def sequence(self, *keys):
        """The order in which the keys came, one word each."""
        return [k for _, _, m in list(self.messages) for k in keys if k in m]

    def close(self):
        self.sock.close()


class Event:
    """A line of the events file."""

    def __init__(self, line):
        us, pid, self.name, gen, ver, self.detail = line.split(" ", 5)
        self.time = int(us) / 1e6
        self.pid = int(pid)
        self.gen = int(gen[4:])
        self.ver = ver[4:]

    def __repr__(self):
        return "<%.3f %d %s gen=%d %s>" % (
            self.time, self.pid, self.name, self.gen, self.detail)


class Daemon:
    """testd: its files, its start, its pids, its end.

    sets   members of the class          flags  class flags, by testd's names
    behave the first behaviour           args   further command-line arguments
    """

    def __init__(self, t, name="testd", sets=None, flags=(), behave=None,
                 args=(), env=None, pidfile=True, options=True):
        self.t = t
        self.dir = os.path.join(t.dir, name)
        os.makedirs(self.dir, exist_ok=True)
        self.exe = self.path("testd")
        self.pidfile = self.path("testd.pid") if pidfile else None
        self.statusfile = self.path("testd.pid.status")
        self.log = self.path("log")
        self.eventsfile = self.path("events")
        self.behaviour = self.path("behaviour")
        self.sets = dict(stop_timeout_ms=5000, delay_before_respawn_ms=50,
                         min_uptime_ms=-1)
        self.sets.update(sets or {})
        self.flags = list(flags)
        self.args = list(args)
        self.env = dict(env or {})
        self.proc = None
        self.pid = None
        self.detached = False
        self.contained = False  # in a pid namespace: its pids are not ours
        self.ended = None  # exit status, once known
        self.install("testd")
        self.behave(**(behave or {}))
        for path in self.log, self.eventsfile:
            open(path, "a").close()
        t.daemons.append(self)

    def path(self, name):
        return os.path.join(self.dir, name)

    # The image.

    def install(self, what="testd", mode=0o755):
        """Puts a new executable in place by rename, as an upgrade does."""
        new = self.exe + ".new"
        source = what if os.path.isabs(what) else os.path.join(CHILD, what)
        subprocess.run(["cp", source, new], check=True)
        os.chmod(new, mode)
        os.rename(new, self.exe)

    def install_text(self, text, mode=0o755):
        with open(self.exe + ".new", "w") as f:
            f.write(text)
        os.chmod(self.exe + ".new", mode)
        os.rename(self.exe + ".new", self.exe)

    def behave(self, **keys):
        """Changes the behaviour of every image started from now on."""
        with open(self.behaviour + ".new", "w") as f:
            for key, value in keys.items():
                f.write("%s=%s\n" % (key, value))
        os.rename(self.behaviour + ".new", self.behaviour)

    def give(self, uid):
        """Makes everything of the daemon's belong to a user."""
        for path in (self.dir, self.behaviour, self.exe, self.log,
                     self.eventsfile):
            os.chown(path, uid, uid)

    # Starting.

    def command(self, *more):
        words = [self.exe, "--behaviour", self.behaviour,
                 "--events", self.eventsfile]
        if self.pidfile:
            words += ["--pid-file", self.pidfile]
        else:
            words += ["--no-pid-file", "--status-file", self.statusfile]
        for key, value in self.sets.items():
            words += ["--set", "%s=%s" % (key, value)]
        for flag in self.flags:
            words += ["--set", flag]
        return words + self.args + list(more)

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("APP_BASE_", "LISTEN_", "NOTIFY_",
                                    "WATCHDOG_", "TESTD_"))}
        if SANITIZE:
            where = os.path.join(self.t.dir, "sanitizer")
            env["ASAN_OPTIONS"] = ("log_path=%s:exitcode=97:abort_on_error=0:"
                                   "detect_stack_use_after_return=1" % where)
            env["UBSAN_OPTIONS"] = "log_path=%s:print_stacktrace=1" % where
            env["TSAN_OPTIONS"] = "log_path=%s:exitcode=97" % where
        env.update(self.env)
        return env

    def wrapped(self, words, prefix=()):
        if VALGRIND:
            words = ["valgrind", "-q", "--trace-children=yes",
                     "--trace-children-skip=*/python*,*/sh,*/bash,*/sleep",
                     "--error-exitcode=97", "--leak-check=full",
                     "--errors-for-leak-kinds=definite",
                     "--show-leak-kinds=definite",
                     "--suppressions=" + os.path.join(LIB, "valgrind.supp"),
                     "--log-file=%s/valgrind.%%p" % self.t.dir] + words
        return list(prefix) + words

    def start(self, *more, wait="ready", prefix=(), **popen):
        """Starts in the foreground; the log is its stderr."""
        self.detached = False
        self.ended = None
        started = now()
        log = open(self.log, "ab")
        self.proc = subprocess.Popen(
            self.wrapped(self.command("--no-fork", *more), prefix),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=self.environment(), **popen)
        log.close()
        self.pid = self.proc.pid
        self.t.known.add(self.pid)
        self.contained = "unshare" in prefix
        if prefix:
            self.pid = wait_until(lambda: self.inner_pid(), 10,
                                  "the process below %s" % prefix[0])
        if wait:
            self.wait_event(wait, since=started)
        if wait == "ready":
            wait_until(lambda: self.status().get("state") == "running", 10,
                       "state=running in %s" % self.statusfile)
        return self

    def inner_pid(self):
        """The pid, here, of the daemon that a wrapper runs or has become."""
        for pid in [self.proc.pid] + sorted(descendants(self.proc.pid)):
            try:
                exe = os.readlink("/proc/%d/exe" % pid)
            except OSError:
                continue
            if os.path.basename(exe) == "testd":
                return pid
        return None

    def start_detached(self, *more, expect=OK, timeout=20, **popen):
        """Runs the start command to its end; returns its exit status."""
        self.detached = True
        self.ended = None
        log = open(self.log, "ab")
        proc = subprocess.Popen(
            self.wrapped(self.command("--log-file", self.log, *more)),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=self.environment(), **popen)
        log.close()
        self.proc = None
        self.t.helpers.append(proc)
        try:
            status = proc.wait(timeout * SCALE)
        except subprocess.TimeoutExpired:
            raise Failure("the start command did not return")
        if expect is not None and status != expect:
            raise Failure("start command: exit %d, expected %d"
                          % (status, expect))
        if status == OK and self.pidfile:
            self.pid = self.pid_in_file()
            self.t.known.add(self.pid)
        return status

    def run_again(self, *more, timeout=20, env=None):
        """A second start on the same pid file; returns (status, output)."""
        environment = self.environment()
        environment.update(env or {})
        p = subprocess.run(self.wrapped(self.command(*more)),
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, env=environment,
                           timeout=timeout * SCALE)
        text = p.stdout.decode(errors="replace")
        with open(self.log, "a") as f:
            f.write(text)
        return p.returncode, text

    # Looking.

    def pid_in_file(self):
        with open(self.pidfile) as f:
            text = f.read()
        if not re.fullmatch(r"[1-9][0-9]*\n", text):
            raise Failure("pid file holds %r" % text)
        return int(text)

    def status(self):
        """The status file as a dictionary; empty if there is none."""
        try:
            with open(self.statusfile) as f:
                return dict(line.rstrip("\n").split("=", 1) for line in f
                            if "=" in line)
        except FileNotFoundError:
            return {}

    def worker(self):
        """The worker's pid, or 0."""
        return int(self.status().get("worker") or 0)

    def generation(self):
        return int(self.status().get("generation") or 0)

    def events(self, name=None, since=0.0, **match):
        try:
            with open(self.eventsfile) as f:
                found = [Event(line.rstrip("\n")) for line in f
                         if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [e for e in found if (name is None or e.name == name)
                and e.time >= since
                and all(getattr(e, k) == v for k, v in match.items())]

    def wait_event(self, name, since=0.0, timeout=10, count=1, **match):
        """Waits for the count-th such event and returns it."""
        return wait_until(
            lambda: self.events(name, since, **match)[count - 1:count],
            timeout, "event %s (%d)" % (name, count))[0]

    def wait_state(self, wanted, timeout=10):
        return wait_until(
            lambda: self.status().get("state") == wanted and self.status(),
            timeout, "state=%s" % wanted)

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def logged(self, pattern):
        return re.findall(pattern, self.log_text())

    def wait_log(self, pattern, timeout=10, count=1):
        return wait_until(lambda: self.logged(pattern)[count - 1:], timeout,
                          "log line /%s/" % pattern)

    # Acting.

    def signal(self, sig):
        kill(self.pid, sig)

    def reload(self, expect="ok", timeout=20, trigger=None):
        """Asks for a reload and waits for its end; returns the status.
        expect: "ok", "failed", or None for either."""
        before = self.status()
        (trigger or (lambda: self.signal(USR2)))()
        return self.reload_ends(before, expect, timeout)

    def reload_ends(self, before, expect="ok", timeout=20):
        count = int(before.get("reloads") or 0)

        def over():
            s = self.status()
            return (int(s.get("reloads") or 0) > count
                    and s.get("state") == "running" and s)
        s = wait_until(over, timeout, "the end of reload %d" % (count + 1))
        result = s.get("last_reload", "")
        if not self.contained:
            self.follow(int(s["supervisor"]))
        if expect and not result.startswith(expect):
            raise Failure("reload: %r, expected %s" % (result, expect))
        return s

    def follow(self, pid):
        """A two-supervisor reload has put another supervisor in charge."""
        if pid == self.pid:
            return
        old = self.wait_exit()
        if old != OK:
            raise Failure("the old supervisor's exit status: %d" % old)
        self.pid, self.proc, self.ended = pid, None, None
        self.t.known.add(pid)

    def kill_worker(self, sig=KILL):
        pid = self.worker()
        kill(pid, sig)
        return pid

    # Ending.

    def gone(self):
        """Has the supervisor ended?  Does not reap it."""
        return not alive(self.pid)

    def wait_exit(self, timeout=10):
        """Waits for the supervisor's end and returns its exit status."""
        if self.ended is not None:
            return self.ended
        wait_until(self.gone, timeout, "end of supervisor %d" % self.pid)
        if self.proc is not None:
            self.ended = self.proc.wait(10 * SCALE)
        else:
            status = self.t.adopted.pop(self.pid, None)
            if status is None:
                status = os.waitpid(self.pid, 0)[1]
            self.ended = os.waitstatus_to_exitcode(status)
        return self.ended

    def stop(self, expect=OK, timeout=15):
        """TERM, and the checks of an orderly end."""
        self.signal(TERM)
        status = self.wait_exit(timeout)
        if status != expect:
            raise Failure("exit status %d, expected %d" % (status, expect))
        self.check_clean()

    def give_up(self):
        """Stops a daemon whose start command has failed: it goes on trying, as
        T-10 has it."""
        self.pid = self.pid_in_file()
        self.t.known.add(self.pid)
        self.stop()

    def check_clean(self, removed=True):
        if self.pidfile is None:
            return
        if not lock_is_free(self.pidfile):
            raise Failure("the lock of %s is still held" % self.pidfile)
        if removed and os.path.exists(self.pidfile):
            raise Failure("%s was not removed" % self.pidfile)


class Load:
    """The loop client, in the background."""

    def __init__(self, t, address, connections=4, requests=None, seconds=None,
                 timeout=10.0, pause_us=1000):
        words = [os.path.join(CHILD, "load"), "-c", str(connections),
                 "-T", str(int(timeout * 1000 * SCALE)), "-p", str(pause_us)]
        if requests:
            words += ["-n", str(requests)]
        if seconds:
            words += ["-s", str(seconds)]
        self.proc = t.helper(words + [address], stdout=subprocess.PIPE)
        self.result = None

    def wait(self, timeout=60):
        out, _ = self.proc.communicate(timeout=timeout * SCALE)
        self.result = json.loads(out)
        return self.result

    def stop(self):
        self.proc.send_signal(TERM)
        return self.wait()

    def clean(self, least=1):
        """Stops it; fails if a single request failed or too few were made."""
        r = self.result or self.stop()
        diag("load: " + json.dumps(r))
        bad = {k: r[k] for k in ("refused", "reset", "short", "timeout",
                                 "error") if r[k]}
        if bad:
            raise Failure("failed requests: %r of %d" % (bad, r["total"]))
        if r["ok"] < least:
            raise Failure("only %d requests" % r["ok"])
        return r


class Prober:
    """prober, in the background; mode is "lock" or "read"."""

    def __init__(self, t, mode, path):
        self.proc = t.helper([os.path.join(CHILD, "prober"), mode, path],
                             stdout=subprocess.PIPE)
        self.proc.stdout.readline()

    def stop(self):
        self.proc.send_signal(TERM)
        out, _ = self.proc.communicate(timeout=20 * SCALE)
        result = json.loads(out)
        diag("prober: " + json.dumps(result)[:300])
        return result


class Scenario:
    """What one test has made, and the checks at its end."""

    def __init__(self, title):
        self.title = title
        word = re.sub(r"[^A-Za-z0-9]+", "-", title)[:24].strip("-")
        self.dir = tempfile.mkdtemp(prefix="appbase-%s-" % word, dir=SCRATCH)
        os.chmod(self.dir, 0o755)
        self.daemons = []
        self.helpers = []
        self.sockets = []
        self.known = set()   # pids whose end somebody here waits for
        self.adopted = {}    # pid: wait status of processes that were orphans
        self.orphans_are_fine = False

    # Makers.

    def daemon(self, *args, **kw):
        return Daemon(self, *args, **kw)

    def helper(self, words, **popen):
        p = subprocess.Popen(words, **popen)
        self.helpers.append(p)
        return p

    def load(self, address, **kw):
        return Load(self, address, **kw)

    def prober(self, mode, path):
        return Prober(self, mode, path)

    def notify(self):
        n = NotifySocket(os.path.join(self.dir, "notify"))
        self.sockets.append(n)
        return n

    def bystander(self):
        """An innocent process."""
        return self.helper(["sleep", "600"])

    def path(self, name):
        return os.path.join(self.dir, name)

    def touch(self, name):
        open(self.path(name), "w").close()

    # Checks.

    def equal(self, seen, wanted, what):
        if seen != wanted:
            raise Failure("%s: %r, expected %r" % (what, seen, wanted))

    def true(self, value, what):
        if not value:
            raise Failure(what)
        return value

    # The end.

    def reap(self):
        """Reaps what has been adopted: orphans that have ended."""
        ours = {p.pid for p in self.helpers} | {
            d.proc.pid for d in self.daemons if d.proc}
        for pid in children(os.getpid()):
            if pid not in ours and state(pid) == "Z":
                self.adopted[pid] = os.waitpid(pid, 0)[1]

    def finish(self):
        """The checks of every scenario."""
        for d in self.daemons:
            if d.pid and d.ended is None:
                d.stop()
        for n in self.sockets:
            n.close()
        self.stop_helpers()
        self.reap()

        def nothing_left():
            self.reap()
            return not descendants(os.getpid())
        try:
            wait_until(nothing_left, 2, "no process left")
        except Failure:
            raise Failure("left behind: %r" % descendants(os.getpid()))
        strangers = set(self.adopted) - self.known
        # A leak check that is cut short leaves the process that it works with.
        if strangers and not self.orphans_are_fine and not SANITIZE:
            raise Failure("orphans that ended later: %r" % {
                p: self.adopted[p] for p in strangers})
        self.sanitizer_reports()

    def sanitizer_reports(self):
        for name in sorted(os.listdir(self.dir)):
            path = os.path.join(self.dir, name)
            if (name.startswith(("sanitizer", "valgrind"))
                    and os.path.getsize(path)):
                with open(path, errors="replace") as f:
                    text = f.read()
                # Calls that this valgrind does not know fail, as on older Linux.
                if re.search(r"^==", text, re.M) or name.startswith("san"):
                    raise Failure("%s:\n%s" % (name, text[:4000]))

    def stop_helpers(self):
        for p in self.helpers:
            if p.poll() is None:
                p.kill()
            p.wait()
            if p.stdout:
                p.stdout.close()

    def destroy(self):
        """Ends whatever is left, after a failure too."""
        for n in self.sockets:
            n.close()
        for p in self.helpers:
            if p.poll() is None:
                p.kill()
        for _ in range(200):
            below = descendants(os.getpid())
            for pid in below:
                kill(pid, CONT)
                kill(pid, KILL)
            self.reap()
            for d in self.daemons:
                if d.proc:
                    d.proc.poll()
            for p in self.helpers:
                p.poll()
            if not below:
                break
            time.sleep(0.01)

    def print_logs(self):
        for d in self.daemons:
            for label, path in (("log", d.log), ("events", d.eventsfile),
                                ("status", d.statusfile)):
                if not os.path.exists(path):
                    continue
                with open(path, errors="replace") as f:
                    lines = f.read().splitlines()
                diag("--- %s (%d lines)" % (path, len(lines)))
                for line in lines[-60:]:
                    diag(line)
        diag("kept: " + self.dir)


# TAP.

_tests = []


def diag(text):
    for line in str(text).splitlines() or [""]:
        print("# " + line)
    sys.stdout.flush()


def test(title, root=False, pidns=False, sanitizers=True, valgrind=True,
         vfork=False, todo=None):
    """Marks a test.  root, pidns, vfork (which some tools emulate by fork): what
    it needs.  sanitizers, valgrind: whether it makes sense there.  todo: a known
    defect, for which it may fail."""
    def mark(function):
        needs = []
        if (root or pidns) and not ROOT:
            needs.append("needs root")
        if pidns and not needs and subprocess.run(
                ["unshare", "-p", "-f", "--mount-proc", "true"],
                stderr=subprocess.DEVNULL).returncode != 0:
            needs.append("needs pid namespaces")
        if SANITIZE and not sanitizers:
            needs.append("not with sanitizers")
        if VALGRIND and not valgrind:
            needs.append("not under valgrind")
        if vfork and (VALGRIND or "thread" in SANITIZE):
            needs.append("vfork is emulated by fork here")
        _tests.append((title, function, needs, todo))
        return function
    return mark


def each_mode(title, todo_two=None, **kw):
    """Like test(), once for each reload mechanism; the function gets the mode's
    class flags as a second argument.  todo_two: as todo, of the second only."""
    def mark(function):
        for mode, flags in (("in place", []), ("two supervisors", ["two"])):
            def bound(t, flags=flags):
                function(t, list(flags))
            more = dict(kw)
            if todo_two and flags:
                more["todo"] = todo_two
            test("%s [%s]" % (title, mode), **more)(bound)
        return function
    return mark


def become_subreaper():
    PR_SET_CHILD_SUBREAPER = 36
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        print("1..0 # SKIP no child sub-reaper here")
        sys.exit(0)


def run_one(number, title, function, needs, todo):
    if needs:
        print("ok %d - %s # SKIP %s" % (number, title, ", ".join(needs)))
        return True
    t = Scenario(title)
    began = now()
    jitter.reset()
    problem = None
    try:
        function(t)
        t.finish()
    except Skip as skip:
        print("ok %d - %s # SKIP %s" % (number, title, skip))
        t.destroy()
        shutil.rmtree(t.dir, ignore_errors=True)
        return True
    except Failure as failure:
        problem = str(failure)
        where = traceback.extract_tb(sys.exc_info()[2])
        problem += "\n" + " < ".join("%s:%d" % (
            os.path.basename(f.filename), f.lineno) for f in reversed(where))
    except Exception:
        problem = traceback.format_exc()
    if problem is not None:
        diag("--- processes: %r" % descendants(os.getpid()))
    t.destroy()
    print("%sok %d - %s%s" % ("not " if problem else "", number,
                              title.replace("#", "No. "),
                              " # TODO " + todo if todo else ""))
    diag("%.2f s" % (now() - began))
    if problem:
        diag(problem)
        t.print_logs()
    elif not os.environ.get("KEEP"):
        shutil.rmtree(t.dir, ignore_errors=True)
    sys.stdout.flush()
    return problem is None or todo is not None


def run():
    """Runs the file's tests; the last line of every test file."""
    become_subreaper()
    if not os.access(os.path.join(CHILD, "testd"), os.X_OK):
        print("1..0 # SKIP %s is not built" % os.path.join(CHILD, "testd"))
        sys.exit(0)
    jitter.start()
    wanted = sys.argv[1:]
    chosen = [row for row in _tests
              if not wanted or any(w in row[0] for w in wanted)]
    print("1..%d" % len(chosen))
    sys.stdout.flush()
    results = [run_one(i + 1, *row) for i, row in enumerate(chosen)]
    sys.exit(0 if all(results) else 1)
