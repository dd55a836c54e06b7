# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of supervisorctl share: where the programs are, configurations
and daemons in a directory of their own, TAP, and the comparison of two clients.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("BUILD_DIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build"))
OUR_CTL = os.path.join(BUILD, "bin", "supervisorctl")
OUR_DAEMON = os.path.join(BUILD, "bin", "supervisord")
THEIR_CTL = "/usr/bin/supervisorctl"
THEIR_DAEMON = "/usr/bin/supervisord"
WRAPPER = (os.environ.get("TEST_WRAPPER") or "").split()
SLOW = float(os.environ.get("TEST_SLOW") or 1)

number = 0
failed = 0


def ok(good, title, note=""):
    """One line of TAP."""
    global number, failed
    number += 1
    print("%s %d - %s" % ("ok" if good else "not ok", number, title))
    if not good:
        failed += 1
        for line in str(note).splitlines():
            print("# " + line)
    sys.stdout.flush()
    return good


def done():
    """Ends the test."""
    print("1..%d" % number)
    sys.exit(1 if failed else 0)


def need(*paths):
    """Skips the test, or with PEERS set fails it, if a program is missing."""
    for path in paths:
        if os.access(path, os.X_OK):
            continue
        if os.environ.get("PEERS"):
            ok(False, "%s is there" % path)
            done()
        print("1..0 # SKIP no %s" % path)
        sys.exit(0)


def wait_until(check, seconds=20, what="condition"):
    """Polls until check() is true; its value."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("timed out: " + what)
        time.sleep(0.02)


class Daemon:
    """A supervisord in the foreground on a unix socket in its own directory."""

    def __init__(self, program, config, top, extra=""):
        self.dir = tempfile.mkdtemp(prefix="d", dir=top)
        self.sock = os.path.join(self.dir, "s")
        self.conf = os.path.join(self.dir, "c.conf")
        self.log = os.path.join(self.dir, "d.log")
        self.program = program
        self.write(config, extra)
        self.process = None

    def write(self, config, extra=""):
        """(Re)writes the configuration."""
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write("[unix_http_server]\nfile=%s\n%s\n"
                      "[supervisord]\nlogfile=%s\npidfile=%s/pid\n"
                      "childlogdir=%s\n"
                      "[rpcinterface:supervisor]\n"
                      "supervisor.rpcinterface_factory = "
                      "supervisor.rpcinterface:make_main_rpcinterface\n"
                      "[supervisorctl]\nserverurl=unix://%s\n%s\n" % (
                          self.sock, extra, self.log, self.dir, self.dir,
                          self.sock, config.replace("@DIR@", self.dir)))

    def start(self):
        """Starts it and waits until it answers."""
        wrapper = WRAPPER if self.program == OUR_DAEMON else []
        with open(os.path.join(self.dir, "out"), "ab") as out:
            self.process = subprocess.Popen(
                wrapper + [self.program, "-n", "-c", self.conf],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.dir)
        try:
            wait_until(self.answers, what="the daemon answers")
        except AssertionError:
            self.stop()
            with open(os.path.join(self.dir, "out"), errors="replace") as out:
                print("# " + out.read().replace("\n", "\n# "))
            raise
        return self

    def answers(self):
        """Does the socket take connections?"""
        if self.process.poll() is not None:
            raise AssertionError("%s left with %s" % (
                self.program, self.process.returncode))
        return os.path.exists(self.sock) and subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "--unix-socket", self.sock,
             "http://x/ok.html"], check=False).returncode == 0

    def stop(self):
        """Ends it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ctl(self, program, *args, stdin="", conf=True, timeout=60):
        """Runs a client; (stdout, stderr, exit status)."""
        wrapper = WRAPPER if program == OUR_CTL else []
        argv = wrapper + [program] + (["-c", self.conf] if conf else [])
        run = subprocess.run(argv + list(args), input=stdin, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=timeout * SLOW, check=False)
        return run.stdout, run.stderr, run.returncode

    def states(self, program):
        """{name: state} as a client shows them."""
        out = self.ctl(program, "status")[0]
        return {line.split()[0]: line.split()[1]
                for line in out.splitlines() if len(line.split()) > 1}


def normal(text, daemon, program):
    """Takes out of an output what differs from run to run."""
    text = text.replace(daemon.dir, "DIR").replace(program, "PROGRAM")
    text = re.sub(r"pid \d+, uptime \d+:\d\d:\d\d", "pid N, uptime U", text)
    text = re.sub(r"(?m)^(supervisor> )*[1-9]\d*$", r"\1N", text)
    return re.sub(r"\w{3} \d\d \d\d:\d\d [AP]M", "WHEN", text)


class Scratch:
    """A directory for a test's daemons, kept and named if it fails."""

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="ctl-")
        self.daemons = []
        return self

    def daemon(self, program, config, extra=""):
        """A new daemon, started."""
        self.daemons.append(Daemon(program, config, self.top, extra))
        return self.daemons[-1].start()

    def __exit__(self, kind, value, trace):
        for daemon in self.daemons:
            daemon.stop()
        if kind or failed:
            print("# kept: " + self.top)
        else:
            shutil.rmtree(self.top, ignore_errors=True)
        return False


def compare(theirs, ours, cases):
    """Runs the cases with both pairs of (daemon, client), the pairs at once."""
    pool = concurrent.futures.ThreadPoolExecutor(2)
    for row, words, how in cases:
        if how == "settle":
            settle(theirs[1], theirs[0], ours[0])
            continue
        out = list(pool.map(lambda pair, words=words: pair[0].ctl(
            pair[1], *words), (theirs, ours)))
        want, got = (view(normal(out[i][0], *(theirs, ours)[i]), how)
                     for i in range(2))
        ok(want == got and (out[0][2] == out[1][2] or how == "any order"),
           "%s: %s" % (row, " ".join(words)),
           "want %d %r\n got %d %r\nstderr %r" % (
               out[0][2], want, out[1][2], got, out[1][1]))
    pool.shutdown()


def settle(program, *daemons):
    """Waits until all daemons have the same states, none in between."""
    def same():
        seen = [d.states(program) for d in daemons]
        return all(s == seen[0] and s.get("bad") == "EXITED" and
                   not {"STARTING", "BACKOFF", "STOPPING"} & set(s.values())
                   for s in seen)
    wait_until(same, what="the daemons are in the same state")


def view(output, how):
    """The part of an output that is compared."""
    if how == "first":
        return output.split("\n")[0]
    if how == "default commands":  # ours have a list of their own
        return output.split("\n\nmore commands")[0].rstrip("\n")
    if how in ("sorted", "any order"):
        return "\n".join(sorted(output.split("\n")))
    return output if how == "all" else ""
