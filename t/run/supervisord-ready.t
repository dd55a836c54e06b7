#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: readiness (B-402)."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import SERVER, Events, program
from harness import alive, free_port, kill, run, test, wait_until

# Does what is in the files that appear: {name}.say is sent to NOTIFY_SOCKET,
# {name}.child as well, but by a child, {name}.fd written to descriptor 9,
# {name}.end is an exit status.
TALKER = """
import os, socket, sys, time
base = sys.argv[1]
def say(text):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    a = os.environ["NOTIFY_SOCKET"]
    s.sendto(text.encode(), "\\0" + a[1:] if a[0] == "@" else a)
def take(kind):
    try:
        with open(base + kind) as f:
            text = f.read()
        os.unlink(base + kind)
        return text
    except FileNotFoundError:
        return None
open(base + ".up", "w").close()
while True:
    text = take(".say")
    if text is not None:
        say(text)
    text = take(".child")
    if text is not None:
        pid = os.fork()
        if pid == 0:
            say(text)
            time.sleep(1000)
    text = take(".fd")
    if text is not None:
        os.write(9, text.encode())
    text = take(".end")
    if text is not None:
        os._exit(int(text))
    time.sleep(0.02)
"""
# Serves on a port as soon as {base}.go is there; its answer is the status in it.
SERVES = """
import http.server, os, sys, time
base, port = sys.argv[1], int(sys.argv[2])
while not os.path.exists(base + ".go"):
    time.sleep(0.02)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(base + ".go") as f:
            self.send_response(int(f.read()))
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", port), H).serve_forever()
"""


def talker(t, name, more):
    path = t.path("talker.py")
    with open(path, "w") as f:
        f.write(TALKER)
    return ("[program:%s]\ncommand=%s %s {dir}/%s\nstopsignal=KILL\n"
            "stopasgroup=true\n%s\n" % (name, sys.executable, path, name, more))


def server(t, name, port, more):
    path = t.path("serves.py")
    with open(path, "w") as f:
        f.write(SERVES)
    return ("[program:%s]\ncommand=%s %s {dir}/%s %d\nstopsignal=KILL\n%s\n"
            % (name, sys.executable, path, name, port, more))


def put(s, name, text):
    with open(s.path(name + ".tmp"), "w") as f:
        f.write(text)
    os.rename(s.path(name + ".tmp"), s.path(name))


def up(s, name):
    wait_until(lambda: os.path.exists(s.path(name + ".up")), 20, name + " is up")


def look(s, name):
    info = s.rpc().getProcessInfo(name)
    return info["statename"], info["description"]


def ready(s, name, how, count=1):
    s.wait_line("INFO success: %s entered RUNNING state, process is ready (%s)"
                % (name, how), count, timeout=20)


def described(s, name, text):
    wait_until(lambda: text in look(s, name)[1], 20,
               "%s in the description of %s" % (text, name))


@test("B-402: notify: READY, STATUS, RELOADING; a child may speak, no stranger")
def notify(t):
    s = Events(t, SERVER + talker(t, "a", "readiness=notify\nstartsecs=0") +
               "[program:b]\ncommand=/bin/sleep 1000\ndepends_on=a:ready\n"
               "autorestart=false\nstartsecs=0\n").start()
    up(s, "a")
    pid = s.program("a")
    t.equal(look(s, "a")[0], "STARTING", "a")
    t.equal(look(s, "b"), ("STOPPED", "waiting for a (STARTING)"), "b")
    with open("/proc/%d/environ" % pid, "rb") as f:
        name = [x for x in f.read().split(b"\0")
                if x.startswith(b"NOTIFY_SOCKET=@")][0][15:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"READY=1\n", b"\0" + name)
    s.wait_line("WARN pid %d has no business to speak for a (pid %d)"
                % (os.getpid(), pid))
    t.equal(look(s, "a")[0], "STARTING", "a")
    put(s, "a.say", "READY=1\nSTATUS=serving 3 clients\n")
    ready(s, "a", "notify")
    described(s, "a", ", serving 3 clients")
    s.program("b")
    put(s, "a.say", "RELOADING=1\nSTATUS=reloading")
    described(s, "a", ", reloading")
    t.equal(look(s, "a")[0], "RUNNING", "the state stays")
    s.rpc().stopProcess("b")
    t.equal(s.rpc().startAllProcesses(False)[0]["status"], 80, "start b")
    described(s, "b", "waiting for a (RUNNING)")
    put(s, "a.child", "READY=1\nSTATUS=fine")
    described(s, "a", ", fine")
    s.program("b", 2)


@test("B-402: not ready in time is a failed start; EXTEND_TIMEOUT_USEC")
def late(t):
    s = Events(t, SERVER + talker(
        t, "a", "readiness=notify\nready_timeout=1\nstartretries=0") +
        talker(t, "b", "readiness=notify\nready_timeout=60\nstartretries=0") +
        "[program:c]\ncommand=/bin/sleep 1000\ndepends_on=a:ready\n",
        keys="on_dependency_failure=fail\nloglevel=debug\n").start()
    s.wait_line("WARN killing 'a' (%d) with SIGKILL: it was not ready in time"
                % s.program("a"), timeout=20)
    s.wait_line("gave up: a", timeout=20)
    t.equal(look(s, "a"), ("FATAL", "Not ready in time"), "a")
    s.wait_line("ERRO not started: c, because a is FATAL")
    up(s, "b")
    put(s, "b.say", "EXTEND_TIMEOUT_USEC=90000000")
    put(s, "b.end", "0")  # before it is ready, no exit is a good one
    s.wait_line("gave up: b", timeout=20)
    t.equal(look(s, "b")[1],
            "Exited before it was ready (process log may have details)", "b")


@test("B-402: fd:N, over a new engine")
def descriptor(t):
    s = Events(t, SERVER + talker(t, "a", "readiness=fd:9")).start()
    up(s, "a")
    put(s, "a.fd", "not yet")
    s.kill_engine()
    t.equal(look(s, "a")[0], "STARTING", "a")
    put(s, "a.fd", "now\n")
    ready(s, "a", "fd:9")
    t.equal(s.count("spawned: 'a'"), 1, "starts")


@test("B-402, B-501: notify over a new engine, and what was said meanwhile")
def killed(t):
    s = Events(t, SERVER + talker(t, "a", "readiness=notify")).start()
    up(s, "a")
    engine = s.engine()
    kill(engine, 19)
    put(s, "a.say", "READY=1")
    wait_until(lambda: not os.path.exists(s.path("a.say")), 20, "it is said")
    kill(engine, 9)
    ready(s, "a", "notify")
    s.kill_engine()
    put(s, "a.say", "STATUS=as before")
    described(s, "a", ", as before")


@test("B-402: tcp, http, unix and exec")
def probes(t):
    port, other = free_port(), free_port()
    s = Events(t, SERVER +
               server(t, "tcp", port, "readiness=tcp:127.0.0.1:%d" % port) +
               server(t, "http", other, "readiness=http:http://localhost:%d/x"
                      % other) +
               "[program:exec]\ncommand=/bin/sleep 1000\nreadiness=exec:test -e "
               "{dir}/exec.go\n" +
               program(t, "unix", "import socket\n"
                       "while not os.path.exists(%r):\n    time.sleep(0.02)\n"
                       "s = socket.socket(socket.AF_UNIX)\ns.bind(%r)\n"
                       "s.listen(9)\ntime.sleep(1000)\n"
                       % (t.path("go"), t.path("sock")),
                       "readiness=unix:%s" % t.path("sock"))).start()
    for name in ("tcp", "http", "exec", "unix"):
        s.wait_line("DEBG %s is not ready: " % name, timeout=20)
        t.equal(look(s, name)[0], "STARTING", name)
    put(s, "http.go", "503")
    s.wait_line("DEBG http is not ready: status 503", timeout=20)
    put(s, "http.go", "204")
    put(s, "tcp.go", "500")
    put(s, "exec.go", "")
    open(t.path("go"), "w").close()
    ready(s, "tcp", "tcp:127.0.0.1:%d" % port)
    ready(s, "http", "http:http://localhost:%d/x" % other)
    ready(s, "exec", "exec:test -e %s" % s.path("exec.go"))
    ready(s, "unix", "unix:%s" % t.path("sock"))


@test("B-402: a command that does not end delays nothing and is killed")
def stuck(t):
    s = Events(t, SERVER + "[program:a]\ncommand=/bin/sleep 1000\n"
               "readiness=exec:echo $$ >{dir}/pid; exec sleep 1000\n").start()
    wait_until(lambda: os.path.exists(s.path("pid")) and
               open(s.path("pid")).read().endswith("\n"), 20, "the command")
    with open(s.path("pid")) as f:
        pid = int(f.read())
    t.true(s.rpc().stopProcess("a"), "stop")
    wait_until(lambda: not alive(pid), 10, "the command's end")


run()
