#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord and syslog: what arrives at a /dev/log of our own, in a mount
namespace, from ours and from Python's (P-148, C-119, C-182, C-187)."""
import concurrent.futures
import os
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (ROOT, USR2, Failure, Skip, children, diag, run, test,
                     wait_until)
from supd import OURS, PEER, Supd

# A /dev with what programs need, and /dev/log as a link to our socket.
NAMESPACE = """#!/bin/sh
set -e
mount -t tmpfs tmpfs %(dir)s/dev
cd %(dir)s/dev
for n in null zero full random urandom tty; do
	: >$n
	mount --bind /dev/$n $n
done
mkdir shm pts
mount --bind /dev/shm shm
ln -s /proc/self/fd fd
ln -s fd/0 stdin
ln -s fd/1 stdout
ln -s fd/2 stderr
ln -s %(dir)s/log log
cd /
mount --rbind %(dir)s/dev /dev
exec "$@"
"""
# Each word of the arguments is written at once, and the next one only when the
# file that a word names is there.
WRITER = """
import os, sys, time
for word in sys.argv[2:]:
    if word.startswith("@"):
        while not os.path.exists(sys.argv[1] + word):
            time.sleep(0.01)
        continue
    os.write(1, word.encode().decode("unicode_escape").encode("latin-1"))
time.sleep(1000)
"""


class Log(threading.Thread):
    """A syslogd: (priority, the rest) of each message, without date and pid."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.raw, self.seen = [], []
        self.start()

    def run(self):
        while True:
            data = self.socket.recv(70000).decode("utf-8", "replace")
            if data == "over":
                break
            self.raw.append(data)
            m = re.match(r"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (.*)", data,
                         re.S)
            self.seen.append((int(m.group(1)), m.group(2)) if m else
                             (0, data))

    def of(self, name):
        """The lines of a program."""
        begin = "supervisord: %s " % name
        return [(p, x[len(begin):]) for p, x in self.seen
                if x.startswith(begin)]

    def end(self, path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"over", path)
        self.join(10)
        self.socket.close()


class Logged(Supd):
    """A supervisord with a /dev/log of its own."""

    def __init__(self, t, text, keys="", exe=OURS, name="supd"):
        super().__init__(t, text, keys, name)
        if not ROOT or subprocess.run(["unshare", "-m", "true"],
                                      stderr=subprocess.DEVNULL).returncode:
            raise Skip("needs a mount namespace")
        os.mkdir(self.path("dev"))
        with open(self.path("namespace"), "w") as f:
            f.write(NAMESPACE % {"dir": self.dir})
        with open(self.path("writer.py"), "w") as f:
            f.write(WRITER)
        with open(self.path("exe"), "w") as f:
            f.write("#!/bin/sh\nexec unshare -m /bin/sh %s %s \"$@\"\n"
                    % (self.path("namespace"), exe))
        os.chmod(self.path("exe"), 0o755)
        probe = subprocess.run(
            ["unshare", "-m", "/bin/sh", self.path("namespace"), "true"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if probe.returncode:
            raise Skip("no mounts: " + probe.stdout.decode()[:100])
        self.exe = self.path("exe")
        self.syslog = Log(self.path("log"))

    def said_syslog(self, text, count=1):
        wait_until(lambda: sum(text in x for _, x in self.syslog.seen) >= count,
                   20, "%r in syslog" % text)

    def start_quiet(self):
        """When the main log is not in a file."""
        out = open(self.output, "ab")
        self.proc = subprocess.Popen([self.exe, "-n", "-c", self.config],
                                     stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=out, cwd=self.dir)
        out.close()
        self.pid = self.proc.pid
        self.t.known.add(self.pid)
        self.said_syslog("supervisord started with pid")
        return self

    def over(self):
        """Stops it; the messages are then all there."""
        if self.ended is None:
            self.stop(timeout=30)
        self.syslog.end(self.path("log"))


def writer(name, words, keys="", stream="stdout"):
    """A program; each word is one write."""
    return ("[program:%s]\ncommand=/usr/bin/python3 -ISE {dir}/writer.py "
            "{dir}/go %s\nstartsecs=0\n%s_syslog=true\n%s_logfile={dir}/%s.log"
            "\n%s" % (name, " ".join("'%s'" % w for w in words), stream, stream,
                      name, keys))


def both(t, text, act, keys="", sort=False):
    """What Python's and ours send, which must be the same; returns ours."""
    if not os.path.exists(PEER) and os.environ.get("PEERS"):
        raise Failure("no " + PEER)

    def go(s):
        s.start()
        act(s)
        s.over()
        return sorted(s.syslog.seen) if sort else s.syslog.seen
    # All is made first: what one thread writes, another that forks would keep
    # open, and then it cannot be run.
    made = [Logged(t, text, keys, exe, name)
            for name, exe in (("peer", PEER), ("ours", OURS))
            if os.path.exists(exe)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        found = list(pool.map(go, made))
    if found[0] != found[-1]:
        import difflib
        diag("\n".join(difflib.unified_diff(
            [repr(x) for x in found[0]], [repr(x) for x in found[-1]], "peer",
            "ours", lineterm="")))
        raise Failure("the messages differ")
    return found[-1]


@test("P-148: a message for each line, the program's name before it")
def lines(t):
    def act(s):
        s.said_syslog("last")
        with open(s.path("x.log")) as f:
            t.equal(f.read(), "one\ntwo\n\nafter an empty one\nlast\n",
                    "C-187: the file has it, too")
    seen = both(t, writer("x", ["one\\ntwo\\n\\nafter an empty one\\nlast\\n"]),
                act)
    t.equal(seen, [(14, "supervisord: x " + x) for x in
                   ("one", "two", "", "after an empty one", "last")],
            "facility user, priority info, ident supervisord")


@test("P-148: the end of a chunk ends a line; newlines at its end are none")
def chunks(t):
    def act(s):
        for n, text in enumerate(("first ha", "lf", "many", None, "over")):
            if text:
                s.said_syslog(text)
            else:
                wait_until(lambda: len(s.syslog.of("x")) == 4, 20, "empty one")
            with open(s.path("go@%d" % n), "w"):
                pass
    seen = both(t, writer("x", ["first ha", "@0", "lf\\n", "@1", "many\\n\\n\\n",
                                "@2", "\\n\\n", "@3", "over"]), act)
    t.equal([x for _, x in seen], ["supervisord: x " + x for x in
                                   ("first ha", "lf", "many", "", "over")],
            "messages")


@test("P-148: of stderr, and of redirected stderr; nothing of the others")
def channels(t):
    def act(s):
        for name in ("e", "r"):
            s.said_syslog(name + " text")
        s.running("n")
    text = writer("e", ["text"], stream="stderr").replace(
        "/usr/bin/python3", "/bin/sh -c \"exec \\\"$@\\\" >&2\" x "
        "/usr/bin/python3")
    seen = both(t, text + "[program:r]\ncommand=/bin/sh -c \"echo text >&2; "
                "exec sleep 1000\"\nstartsecs=0\nredirect_stderr=true\n"
                "stdout_syslog=true\n[program:n]\ncommand=/bin/sh -c \"echo no;"
                " exec sleep 1000\"\nstartsecs=0\n", act, sort=True)
    t.equal([x for _, x in seen],
            ["supervisord: e text", "supervisord: r text"], "messages")


@test("C-182: stdout_logfile=syslog: no file, a warning")
def deprecated(t):
    def act(s):
        s.said_syslog("x text")
        s.wait_line("WARN For [program:x], stdout_logfile=syslog but this is "
                    "deprecated and will be removed.  Use stdout_syslog=true to"
                    " enable syslog instead.")
    both(t, "[program:x]\ncommand=/bin/sh -c \"echo text; exec sleep 1000\"\n"
         "startsecs=0\nstdout_logfile=syslog\n", act)


@test("P-134: what is captured is not sent; P-149: nor are colours")
def captured(t):
    # Less than a token has is held back, until more comes.
    pad = " and enough to be no part of a token"
    seen = both(t, writer("x", ["before" + pad + "<!--XSUPERVISOR:BEGIN-->in"
                                "<!--XSUPERVISOR:END-->\\x1b[31mafter" + pad],
                          "stdout_capture_maxbytes=1KB\n"),
                lambda s: s.said_syslog("after"), "strip_ansi=true\n")
    t.equal([x for _, x in seen], ["supervisord: x before" + pad,
                                   "supervisord: x after" + pad], "messages")


@test("P-148: an engine that is killed: the next one goes on")
def killed(t):
    s = Logged(t, writer("x", ["one\\n", "@0", "two\\n", "@1", "three\\n"]))
    s.start()
    s.said_syslog("one")
    for n, text in enumerate(("two", "three")):
        s.kill_engine()
        with open(s.path("go@%d" % n), "w"):
            pass
        s.said_syslog(text)
    s.signal(USR2)
    s.wait_line("supervisord logreopen")
    s.over()
    t.equal([x for _, x in s.syslog.seen],
            ["supervisord: x " + x for x in ("one", "two", "three")],
            "messages")


@test("P-148: nobody listens at /dev/log: the program is not held up")
def nobody(t):
    s = Logged(t, writer("x", ["one\\n", "@0", "two\\n"]))
    s.syslog.end(s.path("log"))
    os.unlink(s.path("log"))
    s.start()
    s.running("x")

    def has(text):
        with open(s.path("x.log")) as f:
            return text in f.read()
    wait_until(lambda: has("one"), 20, "the file")
    s.syslog = Log(s.path("log"))
    with open(s.path("go@0"), "w"):
        pass
    s.said_syslog("x two")
    s.over()


@test("C-119: the main log: its lines, each with time and level")
def main_log(t):
    found = []
    for name, exe in (("peer", PEER), ("ours", OURS)):
        if not os.path.exists(exe):
            continue
        s = Logged(t, "[program:x]\ncommand=/bin/sleep 1000\nstartsecs=0\n",
                   exe=exe, name=name)
        with open(s.config) as f:
            text = f.read()
        with open(s.config, "w") as f:
            f.write(text.replace("logfile=" + s.log, "logfile=syslog"))
        s.start_quiet()
        s.said_syslog("success: x entered RUNNING")
        t.true(not os.path.exists(s.log), "no file")
        s.over()
        seen = [re.sub(r"\bpid \d+", "pid N", x).rstrip("\n")
                for _, x in s.syslog.seen]
        for line in seen:
            t.true(re.match(r"supervisord: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"
                            r" [A-Z]{4} ", line), "time and level: " + line)
        found.append([x.split(" ", 3)[3] for x in seen if "waiting" not in x])
        if exe == OURS:
            levels = {x.split(" ", 4)[3]: p for p, x in s.syslog.seen}
            t.equal(levels, {"CRIT": 10, "INFO": 14, "WARN": 12}, "severities")
    t.equal(found[-1], found[0], "messages")


@test("P-148: programs do not get the descriptor of syslog")
def not_inherited(t):
    s = Logged(t, writer("x", ["one\\n"]) + "[program:y]\ncommand=/bin/sleep "
               "1000\nstartsecs=0\nautostart=true\npriority=1000\n").start()
    s.said_syslog("one")
    pid = s.running("x")
    t.equal(sorted(int(n) for n in os.listdir("/proc/%d/fd" % pid)
                   if int(n) < 3), [0, 1, 2], "standard descriptors")
    t.true(pid in children(s.pid), "a child of the keeper")
    for n in os.listdir("/proc/%d/fd" % s.running("y")):
        t.true(int(n) < 3, "descriptor " + n)
    s.over()


run()
