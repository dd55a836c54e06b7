#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Followed logs, by HTTP and by supervisorctl (X-022 to X-031, L-055 to L-059);
interactive supervisorctl on a terminal (L-027, L-076 to L-081)."""
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, WRAPPER, ok, wait_until  # noqa: E402,E501

CONFIG = """
[program:cat]
command=/bin/cat
stdout_logfile=@DIR@/cat.log
startsecs=0
[program:none]
command=/bin/cat
stdout_logfile=NONE
startsecs=0
[group:g]
programs=one
[program:one]
command=/bin/cat
stdout_logfile=@DIR@/one.log
stdout_logfile_maxbytes=1000
stdout_logfile_backups=2
startsecs=0
"""


class Follow:
    """A GET whose answer does not end."""

    def __init__(self, daemon, path, version="1.1"):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(daemon.sock)
        self.sock.sendall(("GET %s HTTP/%s\r\nHost: x\r\n\r\n" %
                           (path, version)).encode())
        self.sock.setblocking(False)
        self.raw = b""

    def read(self):
        """All that has come."""
        try:
            while True:
                piece = self.sock.recv(65536)
                if not piece:
                    break
                self.raw += piece
        except BlockingIOError:
            pass
        return self.raw

    def body(self):
        """The body without the chunks' frames."""
        raw = self.read()
        if b"\r\n\r\n" not in raw:
            return b""
        head, body = raw.split(b"\r\n\r\n", 1)
        if b"chunked" not in head:
            return body
        out = b""
        while b"\r\n" in body:
            size, rest = body.split(b"\r\n", 1)
            n = int(size, 16)
            out += rest[:n]
            body = rest[n + 2:]
        return out

    def has(self, text, what):
        """Waits for a text in the body; False if it does not come."""
        try:
            wait_until(lambda: text in self.body(), what=what)
        except AssertionError:
            return False
        return True


def say(daemon, name, text):
    """Has a program write a text."""
    body = ("<methodCall><methodName>supervisor.sendProcessStdin</methodName>"
            "<params><param><value>%s</value></param><param><value>%s</value>"
            "</param></params></methodCall>" % (name, text))
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(daemon.sock)
        sock.sendall(("POST /RPC2 HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body), body)).encode())
        answer = b""
        while True:
            piece = sock.recv(65536)
            if not piece:
                break
            answer += piece
    assert b"<boolean>1" in answer, answer


def status(daemon, path, method="GET"):
    """The status code of an answer, headers in lower case."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(daemon.sock)
        sock.sendall(("%s %s HTTP/1.0\r\nContent-Length: 0\r\n\r\n" %
                      (method, path)).encode())
        sock.settimeout(20 * SLOW)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = sock.recv(4096)
            if not piece:
                break
            head += piece
    return int(head.split()[1]), head.decode("latin-1")


def by_http(daemon):
    """The server's side."""
    for path, want in [("/logtail/nope", 404), ("/logtail/none", 404),
                       ("/logtail/cat/x", 404), ("/logtail/cat/stdout/x", 404),
                       ("/logtail", 404), ("/logtail/", 404),
                       ("/logtailcat", 404), ("/logtail/g:*", 404),
                       ("/mainlogtail/x", 404)]:
        got = status(daemon, path)
        ok(got[0] == want, "X-023, X-024: %s gives %d" % (path, want), got)
    ok(status(daemon, "/logtail/cat", "POST")[0] == 400, "X-022: POST")
    for path in ("/logtail/cat", "/logtail/cat/stdout", "/logtail/g%3Aone",
                 "/logtail/g:one", "/mainlogtail"):
        got = status(daemon, path)
        ok(got[0] == 200 and "text/plain;charset=utf-8" in got[1] and
           "Last-Modified: " in got[1] and "X-Accel-Buffering: no" in got[1],
           "X-022, X-026: %s" % path, got)
    say(daemon, "cat", "x" * 2000 + "\nlast\n")
    wait_until(lambda: os.path.getsize(daemon.dir + "/cat.log") == 2006,
               what="the log is written")
    new, old = (Follow(daemon, "/logtail/cat", v) for v in ("1.1", "1.0"))
    ok(new.has(b"last\n", "the end of the log") and len(new.body()) == 1024 and
       old.has(b"last\n", "the same") and len(old.body()) == 1024,
       "X-027, X-030: the last 1024 bytes, by HTTP/1.1 and 1.0")
    ok(b"Transfer-Encoding: chunked" in new.raw.split(b"\r\n\r\n")[0] and
       b"chunked" not in old.raw.split(b"\r\n\r\n")[0],
       "X-009: in chunks by HTTP/1.1, as it is by 1.0")
    say(daemon, "cat", "more\n")
    ok(new.has(b"more\n", "a new line") and old.has(b"more\n", "a new line"),
       "X-027: what is appended, at once")
    os.truncate(daemon.dir + "/cat.log", 0)
    with open(daemon.dir + "/cat.log", "ab") as log:
        log.write(b"fresh\n")
    ok(new.has(b"==> File truncated <==\nfresh\n", "truncation"),
       "X-028: copytruncate", new.body()[-100:])
    ctl = daemon.ctl(OUR_CTL, "clear", "cat")
    say(daemon, "cat", "after clear\n")
    ok(ctl[2] == 0 and new.has(b"after clear\n", "a cleared log"),
       "X-029: a cleared log is followed", (ctl, new.body()[-100:]))
    one = Follow(daemon, "/logtail/g:one")
    text = "".join("line %d\n" % i for i in range(400))
    for i in range(0, 400, 20):
        say(daemon, "g:one", "".join("line %d\n" % j
                                     for j in range(i, i + 20)))
        one.has(b"line %d\n" % (i + 19), "a line")
    ok(one.body().decode() == text and os.path.exists(
        daemon.dir + "/one.log.1"), "X-029, X-031: rotations lose nothing",
       "%d of %d bytes" % (len(one.body()), len(text)))


def client(daemon, *words, stdin=subprocess.DEVNULL):
    """A supervisorctl that goes on running."""
    return subprocess.Popen(WRAPPER + [OUR_CTL, "-c", daemon.conf] +
                            list(words), stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def read_until(fd, text, got=b""):
    """Reads until a text has come; what was read."""
    end = time.monotonic() + 20 * SLOW
    while text not in got and time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
    return got


def by_client(daemon):
    """supervisorctl tail -f and fg."""
    tail = client(daemon, "tail", "-f", "cat")
    got = read_until(tail.stdout.fileno(), b"after clear\n")
    say(daemon, "cat", "for the client\n")
    got = read_until(tail.stdout.fileno(), b"for the client\n", got)
    ok(got.startswith(b"==> Press Ctrl-C to exit <==\n") and
       got.endswith(b"for the client\n"), "L-055: tail -f", got)
    begin = time.monotonic()
    tail.send_signal(signal.SIGINT)
    out = tail.communicate()[0]
    ok(out == b"\n" and tail.returncode == 0 and
       time.monotonic() - begin < 0.8 * SLOW, "L-055: Ctrl-C", (
           out, tail.returncode, time.monotonic() - begin))
    out = daemon.ctl(OUR_CTL, "tail", "-f", "zz")
    ok(out[1] == "unix://%s/logtail/zz/stdout Cannot read, status code 404\n"
       % daemon.sock and out[2] == 1, "L-056: no such process", out)
    out = daemon.ctl(OUR_CTL, "clear", "g:*")
    ok(out[0] == "g:one: cleared\n" and out[2] == 0, "L-049: clear g:*", out)
    fg = client(daemon, "fg", "cat", stdin=subprocess.PIPE)
    read_until(fg.stdout.fileno(), b"for the client\n")
    fg.stdin.write(b"typed\n")
    fg.stdin.flush()
    got = read_until(fg.stdout.fileno(), b"typed\n")
    ok(b"typed\n" in got, "L-059: what is typed comes back", got)
    daemon.ctl(OUR_CTL, "stop", "cat")
    out = fg.communicate(b"more\n")[0]
    ok(out == b"Process got killed\nExiting foreground\n" and
       fg.returncode == 0, "L-059: a process that is gone", out)


def on_terminal(daemon):
    """The shell on a terminal."""
    history = daemon.dir + "/history"
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "vt100"
        os.execv((WRAPPER + [OUR_CTL])[0], WRAPPER + [
            OUR_CTL, "-c", daemon.conf, "-r", history])
    got = read_until(fd, b"supervisor> ")
    ok(b"none                             RUNNING" in re.sub(
        rb"\x1b\[\d+m", b"", got),
       "L-076: the shell shows the status first", got)
    os.write(fd, b"statu\t no\t\n")
    got = read_until(fd, b"uptime")
    ok(b"\nnone " in got and b"cat " not in got, "L-080: completion", got)
    read_until(fd, b"supervisor> ")
    os.write(fd, b"shutdown\n")
    got = read_until(fd, b"y/N? ")
    ok(b"Really shut the remote supervisord process down y/N? " in got,
       "L-069: the question", got)
    os.write(fd, b"n\n")
    read_until(fd, b"supervisor> ")
    os.write(fd, b"quit\n")
    status_ = os.waitpid(pid, 0)[1]
    ok(status_ == 0, "L-030: the shell leaves with 0", status_)
    os.close(fd)
    with open(history, encoding="utf-8") as lines:
        text = lines.read()
    ok("shutdown" in text.replace("\\040", " "), "L-006, L-081: history", text)


def login(scratch):
    """Credentials that are asked for."""
    daemon = scratch.daemon(OUR_DAEMON, "", "username=u\npassword=p\n")
    pid, fd = pty.fork()
    if pid == 0:
        os.execv((WRAPPER + [OUR_CTL])[0], WRAPPER + [
            OUR_CTL, "-c", daemon.conf, "-i", "version"])
    got = read_until(fd, b"Username:")
    ok(b"Server requires authentication" in got, "L-027: asked", got)
    os.write(fd, b"u\n")
    read_until(fd, b"Password:")
    os.write(fd, b"p\n")
    got = read_until(fd, b"4.")
    ok(b"4." in got and b"p\r\n" not in got, "L-027: let in, no echo", got)
    ok(os.waitpid(pid, 0)[1] == 0, "L-027: and the status is 0")
    os.close(fd)


def main():
    """Everything."""
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG)
        wait_until(lambda: set(daemon.states(OUR_CTL).values()) ==
                   {"RUNNING"}, what="programs run")
        by_http(daemon)
        by_client(daemon)
        on_terminal(daemon)
        login(scratch)
    ctlpeer.done()


main()
