#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: PHP's FastCGI server as a [fcgi-program:x] behind nginx, in use
while processes are restarted and the engine is killed (P-084, P-085, B-501)."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, KILL, ROOT, TERM, alive, free_port, kill, run,
                     test, wait_until)
from servers import Clients, get, need, nginx, serves
from supd import Supd

CTL = os.path.join(BUILD, "bin", "supervisorctl")
TEXT = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock

[program:nginx]
command=%(nginx)s -e stderr -c {dir}/nginx.conf -g "daemon off;"
stdout_logfile={dir}/nginx.log
redirect_stderr=true

[fcgi-program:php]
command=%(php)s -n
socket=%(socket)s
%(owner)s
process_name=php%%(process_num)d
numprocs=%(count)d
autorestart=true
startsecs=0
environment=PHP_FCGI_MAX_REQUESTS=0
stdout_logfile={dir}/php.log
redirect_stderr=true
"""


def site(t, socket=None, count=3):
    """nginx and PHP, at work; a page that says who made it."""
    nginx_exe, php = need("nginx", "php-cgi")
    os.chmod(t.dir, 0o755)
    owner = "socket_owner=www-data\nsocket_mode=0660\n" if ROOT and not socket \
        else ""
    s = Supd(t, TEXT % {"nginx": nginx_exe, "php": php, "owner": owner,
                        "count": count,
                        "socket": socket or "unix://{dir}/php.sock"})
    with open(s.path("pid.php"), "w") as f:
        f.write("<?php echo getmypid();")
    nginx(s, {"pid": socket.replace("tcp://", "") if socket
                 else "unix:%s" % s.path("php.sock")},
          user="www-data" if ROOT else None)
    s.start()
    s.pids = [s.running("php%d" % i) for i in range(count)]
    s.running("nginx")
    serves(s.path("www.sock"), "/pid")
    return s


def ctl(s, *words):
    p = subprocess.run([CTL, "-c", s.config, *words], timeout=60, cwd=s.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return p.stdout.decode()


def storm(t, s):
    """Restarts each process and kills the engine, all under requests."""
    pids = list(s.pids)
    clients = Clients(s.path("www.sock"), "/pid")
    clients.more(50)
    for n in range(3):
        t.equal(ctl(s, "restart", "php:php%d" % n),
                "php:php%d: stopped\nphp:php%d: started\n" % (n, n), "restart")
        old, pids[n] = pids[n], s.running("php%d" % n, 2)
        t.true(not alive(old), "the old process is gone")
        clients.more(20)
        s.kill_engine()
        # What a thread had in hand may still be an old one's answer.
        others = [x for x in clients.more(50) if int(x) not in pids]
        t.true(len(others) <= 2, "served by %r, not %r" % (others, pids))
    t.equal(clients.stop(), [], "requests that failed")
    t.equal(s.count("Closing socket"), 1, "closed: after the probe, only")
    return pids


@test("three php-cgi on a unix socket: restarts, kill -9 of the engine, no "
      "request fails", valgrind=False)
def on_unix(t):
    s = site(t)
    storm(t, s)
    # Whoever falls is replaced, while the others serve.
    kill(s.program("php0", 2), KILL)
    s.running("php0", 3)
    serves(s.path("www.sock"), "/pid")


@test("the same on TCP", valgrind=False)
def on_tcp(t):
    s = site(t, "tcp://127.0.0.1:%d" % free_port())
    storm(t, s)


@test("all are stopped and started: nginx answers 502, and 200 again",
      valgrind=False)
def stopped(t):
    s = site(t)
    ctl(s, "stop", "php:*")
    s.wait_line("Closing socket", 2)
    wait_until(lambda: get(s.path("www.sock"), "/pid")[0] == 502, 20, "502")
    ctl(s, "start", "php:*")
    serves(s.path("www.sock"), "/pid")
    t.equal(s.count("Creating socket"), 3, "sockets made")


@test("a process that is killed alone: the next one has a new socket",
      valgrind=False)
def alone(t):
    s = site(t, count=1)
    for n in range(2, 5):
        kill(s.pids[0], TERM if n == 2 else KILL)
        s.pids[0] = s.running("php0", n)
        t.equal(serves(s.path("www.sock"), "/pid"), str(s.pids[0]), "served")


run()
