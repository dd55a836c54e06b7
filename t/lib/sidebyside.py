# SPDX-License-Identifier: BSD-2-Clause
"""One configuration and one script of actions under two supervisords, Python's
and ours, each in a directory of its own; what can be seen of each run; and the
comparison of the two.

A run is seen through its aspects, texts by name:

    exit        the exit status
    stdout      what it printed ("the log" if it is that, line by line)
    stderr      what it printed there
    log         the main log, without times
    tree        the files that it left: name, type, mode
    file NAME   the text of each of them
    rpc         answers of remote calls
    left        processes that outlived it
    script      the step that could not be done, if any

Process ids, times, random parts of names, and the directory are made equal, and
with them the lengths that events tell of their payload.

Python's supervisord does its work in a loop that turns once a second, and what
falls into one turn or into two is chance.  So a pair that differs is run again,
TRIES times in all, alone; a failure is what differs each time.  Each difference
seen is printed, and more than AGAIN_MAX such cases are a failure.
"""
import concurrent.futures
import ctypes
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import xmlrpc.client

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD_DIR") or os.path.join(
    HERE, "..", "..", "build"))
PEER = "/usr/bin/supervisord"
OURS = os.path.join(BUILD, "bin", "supervisord")
WRAPPER = (os.environ.get("TEST_WRAPPER") or "").split()
SLOW = float(os.environ.get("TEST_SLOW") or 1)
SHOW = "/usr/bin/python3 -ISE %s" % os.path.join(HERE, "showself.py")
LISTEN = "/usr/bin/python3 -ISE %s" % os.path.join(HERE, "showevents.py")
AT_ONCE = 8  # most of the time they sleep
TRIES = 3
AGAIN_MAX = 6
STEP_SECONDS = 25


class Stuck(Exception):
    """A step whose deadline passed; the text says which."""


class Case:
    """A configuration and what is done with it.

    name    unique, the key of the table of differences
    text    supervisord.conf; {dir} is the directory, {show} and {listen} are
            commands that write down what they see, {port} is a free TCP port
    steps   what is done once it has started: functions of a Run
    args    of the command line
    files   more files: {name: text}
    env     more environment
    umask   that it is started with
    sort    the order of the lines of the log is free
    root    only as root
    before  a function of the Run called before the start
    daemon  it goes into the background
    quiet   its log does not say that it has started
    ignore  files whose text is not compared
    """

    def __init__(self, name, text, *steps, args=("-n", "-c", "{dir}/c.conf"),
                 files=None, env=None, umask=0o022, sort=False, root=False,
                 before=None, daemon=False, quiet=False, ignore=()):
        self.name, self.text, self.steps = name, text, steps
        self.args = args[1:] if daemon else args
        self.files, self.env, self.umask = files or {}, env or {}, umask
        self.sort, self.root, self.before = sort, root, before
        self.daemon, self.quiet, self.ignore = daemon, quiet, ignore


# Steps.

def line(text, count=1):
    """Waits for the count-th line of the log that has the text."""
    def step(run):
        run.until(lambda: sum(text in x for x in run.lines()) >= count,
                  "line %r (%d)" % (text, count))
    return step


def running(*names, count=1):
    """Waits for programs to be RUNNING for the count-th time."""
    def step(run):
        for name in names:
            line("success: %s entered RUNNING" % name, count)(run)
    return step


def written(*names, text=""):
    """Waits for files to be there and to have the text."""
    def step(run):
        for name in names:
            run.until(lambda n=name: text in run.read(n) if text
                      else run.read(n), "file %s with %r" % (name, text))
    return step


def send(sig):
    """Signals the supervisord."""
    def step(run):
        os.kill(run.pid, sig)
    return step


def kill(name, sig, count=1):
    """Signals the count-th process of a program."""
    def step(run):
        text = "spawned: '%s' with pid " % name
        line(text, count)(run)
        found = [x for x in run.lines() if text in x][count - 1]
        os.kill(int(found.rsplit(" ", 1)[1]), sig)
    return step


def write(name, text, mode="w"):
    """Writes a file anew."""
    def step(run):
        run.write(name, text, mode)
    return step


def move(old, new):
    """Renames a file."""
    def step(run):
        os.rename(run.path(old), run.path(new))
    return step


def call(method, *args):
    """A remote call; the answer or the fault is kept."""
    def step(run):
        run.answers.append("%s%r: %s" % (method, args,
                                         run.call(method, *args)))
    return step


def keep(command):
    """Keeps what a shell command says in the directory."""
    def step(run):
        run.answers.append(subprocess.run(
            ["/bin/sh", "-c", run.fill(command)], cwd=run.dir, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode())
    return step


def ended():
    """Waits for the supervisord to end by itself."""
    def step(run):
        run.until(run.over, "its end")
    return step


# Running.

class Connection(xmlrpc.client.Transport):
    """Remote calls through a unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        import http.client
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(STEP_SECONDS * SLOW)
        connection.sock.connect(self.path)
        return connection


class Run:
    """One supervisord with one case."""

    def __init__(self, case, exe, top):
        self.case, self.exe = case, exe
        self.dir = os.path.join(top, case.name,
                                "peer" if exe == PEER else "ours")
        os.makedirs(os.path.join(self.dir, "tmp"))
        self.pid = self.process = self.status = None
        self.answers = []
        self.port = None
        self.trouble = ""
        self.says = {}

    def path(self, name):
        """A path in the directory."""
        return os.path.join(self.dir, name)

    def read(self, name):
        """A file's text; empty if there is none."""
        try:
            with open(self.path(name), errors="backslashreplace",
                      encoding="utf-8", newline="") as f:
                return f.read()
        except OSError:
            return ""

    def fill(self, text):
        """Puts what differs from run to run into a text."""
        if "{port}" in text and not self.port:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.port = s.getsockname()[1]
        for name, value in (("dir", self.dir), ("show", SHOW),
                            ("listen", LISTEN), ("port", str(self.port))):
            text = text.replace("{%s}" % name, value)
        return text

    def write(self, name, text, mode="w"):
        """Writes a file; a text of bytes is written as it is."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(text, bytes):
            with open(path, mode + "b") as f:
                f.write(text)
        else:
            with open(path, mode, encoding="utf-8", newline="") as f:
                f.write(self.fill(text))

    def until(self, check, what):
        """Polls until check() is true."""
        end = time.monotonic() + STEP_SECONDS * SLOW
        while not check():
            if time.monotonic() > end:
                raise Stuck(what)
            time.sleep(0.02)

    def lines(self):
        """The main log's, wherever it is; its copy is not rotated."""
        return (self.read("stdout") or self.read("supervisord.log") or
                self.read("log")).split("\n")

    def over(self):
        """Has it ended?"""
        if self.status is None and self.process.poll() is not None:
            if self.pid in (None, self.process.pid):
                self.status = self.process.returncode
            else:
                try:
                    done, status = os.waitpid(self.pid, os.WNOHANG)
                    if done:
                        self.status = os.waitstatus_to_exitcode(status)
                except ChildProcessError:
                    self.status = "not a child"
        return self.status is not None

    def started(self):
        """Is it at work, or has it ended?"""
        code = self.process.poll()
        if code is not None and (code != 0 or not self.case.daemon):
            return self.over()
        if self.case.daemon and code is None:
            return False
        if self.case.quiet:
            return self.read("supervisord.pid") or self.read("pid")
        return any("supervisord started with pid" in x for x in self.lines())

    def environment(self):
        """A small one, the same for both."""
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "HOME": self.dir, "LANG": "C.UTF-8", "TMPDIR":
               self.path("tmp"), "COMPAT_DIR": self.dir}
        for name in ("TEST_ID", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        for name, value in self.case.env.items():
            env[name] = self.fill(value)
        return env

    def start(self):
        """Starts it; returns when it is at work or has ended."""
        wrapper = WRAPPER if self.exe == OURS else []
        with open(self.path("stdout"), "ab") as out, \
                open(self.path("stderr"), "ab") as err:
            self.process = subprocess.Popen(
                wrapper + [self.exe] + [self.fill(x) for x in self.case.args],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=self.dir, env=self.environment(), umask=self.case.umask,
                start_new_session=True)
        self.until(self.started, "its start")
        if self.status is not None:
            return
        self.pid = self.process.pid
        if self.case.daemon:
            self.pid = int(self.read("supervisord.pid"))

    def call(self, method, *args):
        """A remote call's answer as text."""
        proxy = xmlrpc.client.ServerProxy(
            "http://localhost", Connection(self.path("s")))
        try:
            answer = getattr(proxy, method)(*args)
        except xmlrpc.client.Fault as e:
            return "fault %d %s" % (e.faultCode, e.faultString)
        except xmlrpc.client.ProtocolError as e:
            return "HTTP %d" % e.errcode
        return plain(answer)

    def go(self):
        """The whole life; returns the aspects."""
        try:
            self.write("c.conf", self.case.text)
            for name, text in self.case.files.items():
                self.write(name, text)
            if self.case.before:
                self.case.before(self)
            self.start()
            for step in self.case.steps:
                if self.status is None:
                    step(self)
            if self.status is None and not self.over():
                os.kill(self.pid, signal.SIGTERM)
            self.until(self.over, "its end after SIGTERM")
        except (Stuck, OSError, ValueError) as e:
            self.trouble = "%s: %s" % (type(e).__name__, e)
        left = self.clear()
        self.look(left)
        return self.says

    def processes(self):
        """All that have this directory in their environment."""
        mark = ("COMPAT_DIR=%s\0" % self.dir).encode()
        return [pid for pid in map(int, filter(str.isdigit,
                                               os.listdir("/proc")))
                if pid != os.getpid() and mark in environ_of(pid)]

    def clear(self):
        """Ends what is left; returns what that was.  Who was killed a moment ago
        is not left, so a second look decides."""
        left = []
        for look in range(5):
            found = self.processes()
            if not look and found and not self.trouble:
                time.sleep(0.3)
                continue
            for pid in found:
                left.append(command_of(pid))
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not found:
                break
            time.sleep(0.05)
        if self.process:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        return sorted(set(left))

    # What is seen.

    def normal(self, text):
        """Without what differs from run to run."""
        return "\n".join(map(self.normal_line, text.split("\n")))

    def normal_line(self, text):
        """The same of a line.  An event's header tells the length of its payload,
        which is the rest of the line (showevents.py)."""
        head, word, tail = text.rpartition(" len:")
        length = re.match(r"\d+\b", tail)
        if length:
            rest = tail[length.end():]
            seen = self.normal_line(rest)
            return "%s%s%d%s" % (self.normal_line(head), word, int(
                length.group()) - len(rest) + len(seen), seen)
        text = text.replace(self.dir, "{dir}").replace(self.exe, "{exe}")
        if self.port:
            text = re.sub(r"\b%d\b" % self.port, "{port}", text)
        text = re.sub(r"(---.*?-)[a-z0-9_]{8}\.log", r"\1XXXXXXXX.log", text)
        text = re.sub(r"\bpid \d+", "pid N", text)
        return re.sub(r"\bpid:\d+", "pid:N", text)

    def log_text(self, text):
        """A log's: no times, no process ids, no name of an object of Python."""
        seen = []
        waiting = False
        for x in self.normal(text).split("\n"):
            x = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", "", x)
            x = re.sub(r"\(\d+\) with SIGKILL", "(N) with SIGKILL", x)
            # When, and whether, these come is the scheduler's choice; how often
            # somebody is waited for is the clock's.
            again = (waiting or x in seen) and re.match(
                r"INFO waiting for .* to die", x)
            waiting = not x.startswith("WARN received SIG") and (
                waiting or x.startswith("INFO waiting for "))
            if not again and not re.match(
                    "DEBG received SIGCHLD|DEBG fd |INFO waiting for .* to "
                    "stop$", x):
                seen.append(x)
        return "\n".join(sorted(seen) if self.case.sort else seen)

    def look(self, left):
        """Fills in the aspects."""
        log_name = "log" if os.path.isfile(self.path("log")) else \
            "supervisord.log"
        log = self.log_text(self.read(log_name))
        out = self.log_text(self.read("stdout"))
        self.says = {
            "exit": str(self.status), "log": log,
            "stdout": "the log" if log and out == log else out,
            # Where in Python's source a warning comes from is nobody's.
            "stderr": re.sub(
                r"^/\S+: UserWarning: |^  self\.warnings\.warn\(\n", "",
                self.normal(self.read("stderr")), flags=re.M),
            "rpc": self.normal("\n".join(self.answers)),
            "left": "\n".join(left), "script": self.trouble}
        tree = []
        for base, dirs, names in os.walk(self.dir):
            for name in sorted(dirs + names):
                path = os.path.join(base, name)
                mode = os.lstat(path).st_mode
                short = self.normal(path)[len("{dir}/"):]
                tree.append("%s %s" % (stat.filemode(mode), short))
                if stat.S_ISREG(mode) and short not in (
                        "stdout", "stderr", log_name, "c.conf",
                        *self.case.ignore):
                    self.says["file " + short] = self.log_text(self.read(path))
        self.says["tree"] = "\n".join(sorted(tree, key=lambda x: x[11:]))


def plain(answer):
    """An answer as text, without times and process ids."""
    if isinstance(answer, dict):
        return "{%s}" % ", ".join(
            "%s: %s" % (k, "N" if v and k in ("pid", "now", "start", "stop",
                                              "stop_time") else plain(v))
            for k, v in sorted(answer.items()))
    if isinstance(answer, list):
        if answer and isinstance(answer[0], dict) and "status" in answer[0]:
            answer = sorted(answer, key=lambda x: x["name"])
        return "[%s]" % ", ".join(plain(x) for x in answer)
    if isinstance(answer, str):
        answer = re.sub(r"uptime \d+:\d\d:\d\d", "uptime T", answer)
        answer = re.sub(r"^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M", "DATE", answer)
    return repr(answer)


def environ_of(pid):
    """A process's environment at its start."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as f:
            return f.read()
    except OSError:
        return b""


def command_of(pid):
    """A process's command line."""
    try:
        with open("/proc/%d/cmdline" % pid, encoding="utf-8",
                  errors="replace") as f:
            return f.read().replace("\0", " ").strip()
    except OSError:
        return ""


# Differences that are known.

class Known:
    """A row of the table: in a case, an aspect differs on purpose.  In a row for
    every case ("*") the last column is a pattern: what it matches is taken out of
    both texts, which then must be the same.
    """

    def __init__(self, cells):
        self.case, self.aspect, self.row, self.why, ours = cells
        self.ours = ours.strip("`") if ours else None
        self.used = False

    def explains(self, a, b):
        """Is this what makes two texts differ (a row for every case)?"""
        same = re.sub(self.ours, "", a, flags=re.M) == \
            re.sub(self.ours, "", b, flags=re.M)
        self.used |= same
        return same


def read_known(path):
    """The table: {case: {aspect: Known}}, and a list for "*"."""
    table = {"*": []}
    with open(path, encoding="utf-8") as f:
        for text in f:
            if not text.startswith("| ") or text.startswith(("| case", "| --")):
                continue
            cells = [x.strip().replace("\\|", "|")
                     for x in re.split(r"(?<!\\)\|", text.strip()[1:-1])]
            row = Known(cells)
            if row.case == "*":
                table["*"].append(row)
            else:
                table.setdefault(row.case, {})[row.aspect] = row
    return table


def judge(case, theirs, ours, known):
    """What is wrong with the pair of runs, as lines; none if nothing is."""
    notes = []
    listed = known.get(case.name, {})
    for aspect in sorted(set(theirs) | set(ours) | set(listed)):
        a, b = theirs.get(aspect, "(none)"), ours.get(aspect, "(none)")
        row = listed.get(aspect)
        if "run" in listed and aspect != "run":
            continue
        if aspect == "run":
            a, b = str(theirs), ours["stderr"]
        if aspect == "script" and a and a == b:
            notes.append("neither could do a step: " + a)
        if a != b and not row and any(k.aspect == aspect and k.explains(a, b)
                                      for k in known["*"]):
            continue
        if (theirs if aspect == "run" else a) == (
                ours if aspect == "run" else b) and row:
            notes.append("%s no longer differs, but is listed (%s)"
                         % (aspect, row.row))
        elif a != b and row and row.ours and not re.search(row.ours, b):
            notes.append("%s: listed (%s), but ours has no %r:"
                         % (aspect, row.row, row.ours))
            notes += b.split("\n")
        elif a != b and not row:
            notes.append("%s differs:" % aspect)
            notes += changes(a, b)
    return notes


def changes(a, b):
    """How texts differ: peer -, ours +."""
    import difflib
    return [x.rstrip("\n") for x in difflib.unified_diff(
        a.split("\n"), b.split("\n"), "peer", "ours", "", "", 2, "")]


# All cases.

def adopt_orphans():
    """Daemons become children of this process, so that it learns their end."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def both(case, top):
    """Runs the pair at the same time."""
    found = {}

    def one(exe):
        found[exe] = Run(case, exe, top).go()
    other = threading.Thread(target=one, args=(PEER,))
    other.start()
    one(OURS)
    other.join()
    return found[PEER], found[OURS]


def main(cases, known_path, words):
    """Runs the cases, some at a time, and prints TAP."""
    if not os.access(PEER, os.X_OK):
        if os.environ.get("PEERS"):
            print("1..1\nnot ok 1 - %s is there" % PEER)
            sys.exit(1)
        print("1..0 # SKIP no %s" % PEER)
        sys.exit(0)
    adopt_orphans()
    known = read_known(known_path)
    names = [c.name for c in cases]
    wanted = cases
    if words:
        wanted = [c for c in cases if any(w in c.name for w in words)]
    bad = ["twice: " + n for n in names if names.count(n) > 1]
    bad += ["listed without a case: " + n for n in known
            if n not in names and n != "*"]
    top = os.path.realpath(tempfile.mkdtemp(prefix="compat"))
    os.chmod(top, 0o755)
    print("1..%d" % (len(wanted) + 1))
    failed, again = report(wanted, top, known)
    if len(again) > AGAIN_MAX:
        bad.append("%d cases differed at first, not more than %d may: %s" % (
            len(again), AGAIN_MAX, " ".join(again)))
    if wanted == cases:
        bad += ["listed, not seen: " + k.ours for k in known["*"]
                if not k.used]
    print("%s %d - %d cases, %d differences listed, each is there" % (
        "not ok" if bad else "ok", len(wanted) + 1, len(names),
        sum(len(x) for x in known.values())))
    for name in bad:
        print("# " + name)
    if failed and os.environ.get("KEEP"):
        print("# kept: " + top)
    else:
        shutil.rmtree(top)
    sys.exit(1 if failed or bad else 0)


def report(cases, top, known):
    """Runs and prints each; how many failed, and the names of those that differed
    at first and then did not."""
    failed, again = 0, []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        # The long ones first, so that none is alone at the end.
        jobs = {c.name: pool.submit(both, c, top)
                for c in sorted(cases, key=lambda c: -len(c.steps))
                if not c.root or os.geteuid() == 0}
        for number, case in enumerate(cases, 1):
            if case.name not in jobs:
                print("ok %d - %s # SKIP only root can" % (number, case.name))
                continue
            tries = [judge(case, *jobs[case.name].result(), known)]
            while tries[-1] and len(tries) < TRIES:
                where = os.path.join(top, str(len(tries) + 1))
                tries.append(judge(case, *both(case, where), known))
            good = not tries[-1]
            failed += not good
            if good and len(tries) > 1:
                again.append(case.name)
            print("%s %d - %s" % ("ok" if good else "not ok", number,
                                  case.name))
            for i, notes in enumerate(tries, 1):
                if len(tries) > 1:
                    print("# run %d of at most %d: %s" % (
                        i, TRIES, "differs" if notes else "does not differ"))
                for note in notes:
                    print("# " + note)
            sys.stdout.flush()
    if again:
        print("# differed in one run and not in the next: " + " ".join(again))
    return failed, again
