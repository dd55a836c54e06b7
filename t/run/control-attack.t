#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of idle, slow and broken connections, and clients that do not read:
process control goes on, connections and memory are limited (failures 6, 35)."""
import os
import random
import resource
import socket
import struct
import sys
import threading
import time
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import code, connect, exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, ok, wait_until  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:big]
command=/bin/sh -c "head -c 6000000 /dev/zero | tr '\\\\0' x; exec sleep 1000"
startsecs=0
"""
IDLE, SLOWLY, BROKEN = 900, 600, 500
HEAD = ("POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
        "Content-Length: %d\r\n\r\n")
GET = xmlrpc.client.dumps((), "supervisor.getAPIVersion")
BIG = xmlrpc.client.dumps(("big", 0, 0), "supervisor.readProcessStdoutLog")
# What somebody may send and leave, or not.
BROKEN_TEXTS = [b"\r\n", b"GET", b"GET /", b"\0\0\0\0", b"\x16\x03\x01\x02\0",
                b"GET / HTTP/1.1\r\nHost", b"GET / HTTP/9.9\r\n\r\n",
                b"POST /RPC2 HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
                (HEAD % 100000).encode() + b"<methodCall>" * 50,
                b"GET /" + b"a" * 60000, b"A: b\r\n" * 1000, b"\n" * 500]


def engine(daemon):
    """The process that has the connections."""
    def look():
        for pid in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % pid, encoding="utf-8") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                with open("/proc/%s/cmdline" % pid, encoding="utf-8") as f:
                    if parent == daemon.process.pid and "engine" in f.read():
                        return int(pid)
            except (OSError, ValueError):
                pass
        return None
    return wait_until(look, what="an engine")


def sockets(pid):
    """How many it has."""
    count = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            count += os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith(
                "socket:")
        except OSError:
            pass
    return count


def memory(pid):
    """The resident megabytes."""
    with open("/proc/%d/statm" % pid, encoding="utf-8") as f:
        return int(f.read().split()[1]) * resource.getpagesize() >> 20


def open_many(where, n):
    """So many connections; some may be refused or ended at once."""
    made = []
    for _ in range(n):
        try:
            made.append(connect(where))
        except OSError:
            pass
    return made


class Dripper(threading.Thread):
    """Sends a byte to each of its connections now and then."""

    def __init__(self, socks):
        super().__init__(daemon=True)
        self.socks = socks
        self.over = threading.Event()
        self.start()

    def run(self):
        text = (HEAD % len(GET) + GET).encode()
        for i in range(len(text) - 1):
            for sock in self.socks:
                try:
                    sock.send(text[i:i + 1], socket.MSG_DONTWAIT)
                except OSError:
                    pass
            if self.over.wait(0.2):
                return


def break_one(sock, text):
    """Says something that is no request, and maybe leaves in a bad way."""
    try:
        sock.send(text, socket.MSG_DONTWAIT)
        if random.random() < 0.3:
            sock.shutdown(socket.SHUT_WR)
        elif random.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            sock.close()
    except OSError:
        pass


def works(daemon, title):
    """Is everything that a user wants to do still done?"""
    begin = time.monotonic()
    wrong = []
    for _ in range(5):
        out = daemon.ctl(OUR_CTL, "status", timeout=30)
        if out[2] != 0 or "cat " not in out[0]:
            wrong.append(out)
    for verb, want in (("stop", "cat: stopped\n"), ("start", "cat: started\n")):
        out = daemon.ctl(OUR_CTL, verb, "cat", timeout=30)
        if out[0] != want:
            wrong.append(out)
    ok(not wrong, "status, stop and start %s" % title, wrong)
    print("# %.2f s" % (time.monotonic() - begin))


def crowd(daemon, port):
    """Two thousand who want nothing, or never come to the point."""
    pid = engine(daemon)
    base = sockets(pid)
    socks = []
    for where in (daemon.sock, port):
        socks += open_many(where, IDLE // 2)
    works(daemon, "while %d are idle" % len(socks))
    slow = []
    for where in (daemon.sock, port):
        slow += open_many(where, SLOWLY // 2)
    dripper = Dripper(slow)
    works(daemon, "while %d more are slow" % len(slow))
    broken = []
    for where in (daemon.sock, port):
        broken += open_many(where, BROKEN // 2)
    for i, sock in enumerate(broken):
        break_one(sock, BROKEN_TEXTS[i % len(BROKEN_TEXTS)])
    works(daemon, "while %d more are broken" % len(broken))
    ok(len(socks) + len(slow) + len(broken) >= 1900, "there were 2000",
       (len(socks), len(slow), len(broken)))
    most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096) // 4
    wait_until(lambda: sockets(pid) < base + max(most, 32),
               what="at most a quarter of the descriptors: %d" % sockets(pid))
    ok(True, "connections are limited")
    got = code(exchange(port, request()))
    ok(got == 200, "the port answers, too", got)
    dripper.over.set()
    dripper.join()
    for sock in socks + slow + broken:
        sock.close()
    wait_until(lambda: sockets(pid) <= base + 2, what="they are gone")
    ok(True, "all of them are forgotten")


def known_first(daemon):
    """Strangers push out strangers only."""
    with connect(daemon.sock) as known:
        text = (HEAD % len(GET) + GET).encode()
        known.sendall(text)
        ok(b"3.0" in known.recv(65536), "a client that is known")
        strangers = open_many(daemon.sock, 600)
        works(daemon, "while 600 strangers come")
        known.sendall(text)
        ok(b"3.0" in known.recv(65536), "it has its connection still")
        for sock in strangers:
            sock.close()


def slow_readers(daemon):
    """Clients that ask for much and take nothing."""
    server_has = [line for line in daemon.ctl(
        OUR_CTL, "tail", "-1", "big")[0].splitlines()]
    ok(server_has == ["x"], "the program has written", server_has)
    pid = engine(daemon)
    socks = open_many(daemon.sock, 60)
    for sock in socks:
        try:
            sock.sendall((HEAD % len(BIG) + BIG).encode() * 3)
        except (BrokenPipeError, ConnectionResetError):
            pass  # one that takes nothing may be sent away meanwhile
    works(daemon, "while 60 do not read 6 MB each")
    most = memory(pid)
    print("# %d MB" % most)
    ok(os.environ.get("SANITIZE") or most < 280,
       "what they do not read is not kept", most)
    for sock in socks:
        sock.close()
    answer = exchange(daemon.sock, HEAD.replace(
        "\r\n\r\n", "\r\nConnection: close\r\n\r\n") % len(BIG) + BIG)
    ok(code(answer) == 200 and answer.count("x") > 6000000,
       "one who reads gets all", len(answer))


def too_much(port):
    """Heads and bodies beyond all measure."""
    for title, text in [
            ("a head of 1 MB", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 180000),
            ("a line of 1 MB", b"GET /" + b"a" * (1 << 20)),
            ("a header of 1 MB", b"GET / HTTP/1.1\r\nA: " + b"b" * (1 << 20)),
            ("a body of 1 TB", (HEAD % (1 << 40)).encode() + b"x" * 100000)]:
        got = code(exchange(port, text))
        ok(got in (0, 400, 413), "%s is refused" % title, got)
    deep = "<value><array><data>" * 5000
    deep = "<methodCall><methodName>system.listMethods</methodName><params>" \
        "<param>" + deep
    got = code(exchange(port, request("POST", "/RPC2", deep)))
    ok(got == 400, "5000 arrays in each other are refused", got)
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'\
        '<methodCall><methodName>&b;</methodName></methodCall>'
    got = code(exchange(port, request("POST", "/RPC2", bomb)))
    ok(got == 400, "entities are refused", got)
    # Comments are nothing that a parser has to keep.
    text = "<methodCall>" + "<!-- -->" * 100000 + GET.split(
        "<methodCall>")[1]
    got = code(exchange(port, request("POST", "/RPC2", text)))
    ok(got == 200, "a long call is none too many", got)


def at_once(port):
    """One call that asks for everything, many times."""
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1:%d/RPC2" % port)
    calls = [{"methodName": "supervisor.readProcessStdoutLog",
              "params": ["big", 0, 0]}] * 40
    got = proxy.system.multicall(calls)
    good = [r for r in got if isinstance(r, str)]
    ok(len(got) == 40 and 10 <= len(good) < 15 and
       all(len(r) == 6000000 for r in good) and
       got[-1] == {"faultCode": 30, "faultString": "FAILED: too much at once"},
       "X-142: a multicall answers 64 MB at most", (len(good), got[-1]))


def gone(daemon):
    """Clients that leave while they wait are noticed though nothing is sent."""
    pid = engine(daemon)
    base = sockets(pid)
    followers = open_many(daemon.sock, 20)
    for sock in followers:
        sock.sendall(b"GET /logtail/cat HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.recv(100)
    ok(sockets(pid) >= base + 20, "20 follow a log", sockets(pid) - base)
    for sock in followers:
        sock.close()
    wait_until(lambda: sockets(pid) <= base, 30, "they are forgotten")
    ok(True, "that they left is noticed while the log is quiet")


def main():
    """Everything."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 3000:
        print("1..0 # SKIP no 3000 descriptors")
        sys.exit(0)
    port = free_port()
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG, "[inet_http_server]\n"
                                "port=127.0.0.1:%d\n" % port)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3000, hard))
        wait_until(lambda: daemon.states(OUR_CTL).get("cat") == "RUNNING",
                   what="cat runs")
        wait_until(lambda: sum(
            os.path.getsize(os.path.join(daemon.dir, name))
            for name in os.listdir(daemon.dir) if name.startswith("big-"))
            >= 6000000, what="big has written")
        gone(daemon)
        crowd(daemon, port)
        known_first(daemon)
        slow_readers(daemon)
        too_much(port)
        at_once(port)
        works(daemon, "at the end")
    ctlpeer.done()


main()
