#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: health checks (B-403)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import SERVER, Events
from harness import alive, free_port, run, test, wait_until

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


def described(s, name, text):
    wait_until(lambda: text in look(s, name)[1], 20,
               "%s in the description of %s" % (text, name))


@test("B-403: healthy, not healthy, restarted; who depends on it")
def health(t):
    port = free_port()
    s = Events(t, SERVER +
               server(t, "a", port, "healthcheck=http://127.0.0.1:%d/\n"
                      "healthcheck_interval=1\nhealthcheck_retries=2" % port) +
               "[program:b]\ncommand=/bin/sleep 1000\ndepends_on=a:healthy\n"
               ).start()
    s.running("a", timeout=20)
    described(s, "a", ", not healthy")
    t.equal(look(s, "b")[1], "waiting for a (RUNNING)", "b")
    put(s, "a.go", "200")
    s.wait_line("INFO a is healthy (status 200)", timeout=20)
    s.program("b")
    t.true("healthy" not in look(s, "a")[1], "nothing to say")
    pid = s.program("a", s.count("spawned: 'a'"))
    n = s.count("spawned: 'a'")
    put(s, "a.go", "500")
    s.wait_line("WARN a is not healthy: status 500 (2 times); restart",
                timeout=20)
    s.program("a", n + 1, timeout=20)
    t.true(not alive(pid), "it was restarted")


@test("B-403: start_period, signal, none, exec")
def actions(t):
    s = Events(t, SERVER +
               "[program:sig]\ncommand=/bin/sh -c \"trap 'echo >{dir}/usr1'"
               " USR1; >{dir}/sig.up; while :; do sleep 0.02; done\"\n"
               "healthcheck=exec:test ! -e {dir}/bad\nhealthcheck_interval=1\n"
               "healthcheck_retries=1\nhealthcheck_action=signal:USR1\n"
               "[program:none]\ncommand=/bin/sleep 1000\nhealthcheck=exec:"
               "exit 3\nhealthcheck_interval=1\nhealthcheck_action=none\n"
               "healthcheck_retries=1\n[program:late]\ncommand=/bin/sleep 1000\n"
               "healthcheck=exec:false\nhealthcheck_interval=1\n"
               "healthcheck_retries=1\nhealthcheck_start_period=1000\n").start()
    up(s, "sig")
    s.wait_line("INFO sig is healthy", timeout=20)
    put(s, "bad", "")
    s.wait_line("WARN sig is not healthy: exit status 1 (1 times); signal:USR1",
                timeout=20)
    wait_until(lambda: os.path.exists(s.path("usr1")), 20, "USR1")
    s.wait_line("WARN none is not healthy: exit status 3 (1 times); none",
                timeout=20)
    s.wait_line("DEBG health check of late failed", 2, timeout=20)
    t.equal((s.count("spawned: 'none'"), s.count("spawned: 'late'")), (1, 1),
            "starts")
    t.equal(s.count("late is not healthy"), 0, "it has time")
    pids = [s.program(n) for n in ("sig", "none", "late")]
    s.kill_engine()
    s.wait_line("none is not healthy", s.count("none is not healthy") + 1,
                timeout=20)
    t.true(all(alive(p) for p in pids), "programs stay")
    t.equal(s.count("no longer in the configuration"), 0, "commands are known")


run()
