#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord with the servers it is used for: nginx, php-fpm, Redis, PostgreSQL
and gunicorn under one configuration, as their documentation has it."""
import atexit
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, HUP, KILL, ROOT, TERM, USR2, alive, children,
                     descendants, free_port, run, status_field, test,
                     wait_until)
from servers import connected, get, need, nginx, serves
from supd import OURS, Supd

CTL = os.path.join(BUILD, "bin", "supervisorctl")
NAMES = ("gunicorn", "nginx", "php-fpm", "postgresql", "redis")
POSTGRES = tuple("/usr/lib/postgresql/%d/bin/initdb" % v
                 for v in range(30, 12, -1))
FPM = tuple("php-fpm8.%d" % v for v in range(9, -1, -1)) + ("php-fpm",)
TEXT = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock

[program:nginx]
command=%(nginx)s -e stderr -c {dir}/nginx.conf -g "daemon off;"
autorestart=true
stopsignal=QUIT
killasgroup=true
stdout_logfile={dir}/nginx.log
redirect_stderr=true

[program:php-fpm]
command=%(fpm)s -n -F -O -y {dir}/php-fpm.conf
autorestart=true
stopsignal=QUIT
killasgroup=true
stdout_logfile={dir}/php-fpm.log
redirect_stderr=true

[program:redis]
command=%(redis)s {dir}/redis.conf --daemonize no
autorestart=true
%(as_redis)s
directory={dir}/redis
stdout_logfile={dir}/redis.log
redirect_stderr=true

[program:postgresql]
command=%(postgres)s -D %(data)s
autorestart=true
startretries=20
stopsignal=INT
stopwaitsecs=60
%(as_postgres)s
stdout_logfile={dir}/postgresql.log
redirect_stderr=true

[program:gunicorn]
command=%(gunicorn)s --workers 2 --bind unix:{dir}/gunicorn/sock
    --access-logfile - pages:application
directory={dir}/gunicorn
autorestart=true
killasgroup=true
%(as_www)s
stdout_logfile={dir}/gunicorn.log
stdout_logfile_maxbytes=2KB
stdout_logfile_backups=50
stderr_logfile={dir}/gunicorn.err
"""
FPM_CONF = """
[global]
error_log = /proc/self/fd/2
daemonize = no
[www]
%s
listen = {dir}/fpm.sock
pm = static
pm.max_children = 2
catch_workers_output = yes
"""
REDIS_CONF = """
port 0
unixsocket {dir}/redis/sock
save ""
dir {dir}/redis
"""
POSTGRES_CONF = """
listen_addresses = ''
unix_socket_directories = '{dir}/pg'
max_connections = 10
shared_buffers = 1MB
fsync = off
"""
SITE = """
import os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"gunicorn %d" % os.getpid()]
"""
cluster = []  # the data of PostgreSQL, made once


def user(name):
    """Keys of a program that runs as a user, if that can be."""
    return "user=%s\n" % name if ROOT else ""


def owned(path, name):
    """Makes a directory that is a user's."""
    os.mkdir(path)
    if ROOT:
        who = pwd.getpwnam(name)
        os.chown(path, who.pw_uid, who.pw_gid)
    return path


def database(initdb):
    """The directory of a new cluster; on disk, as it is large."""
    if not cluster:
        top = tempfile.mkdtemp(prefix="realuse")
        atexit.register(shutil.rmtree, top, ignore_errors=True)
        os.chmod(top, 0o755)
        data = owned(os.path.join(top, "data"), "postgres")
        os.chmod(data, 0o700)
        who = {"user": "postgres", "group": "postgres"} if ROOT else {}
        p = subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust",
                            "-E", "UTF8", "--locale=C", "--no-sync"], cwd="/",
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=120, **who)
        if p.returncode:
            raise RuntimeError(p.stdout.decode())
        cluster.append(data)
    return cluster[0]


def servers(t):
    """All five, configured, not started."""
    nginx_exe, fpm, redis, gunicorn, initdb, psql = need(
        "nginx", FPM, "redis-server", "gunicorn", POSTGRES, "psql")
    data = database(initdb)
    s = Supd(t, TEXT % {
        "nginx": nginx_exe, "fpm": fpm, "redis": redis, "gunicorn": gunicorn,
        "postgres": os.path.join(os.path.dirname(initdb), "postgres"),
        "data": data, "as_redis": user("redis"), "as_www": user("www-data"),
        "as_postgres": user("postgres")})
    s.psql = psql
    os.chmod(s.dir, 0o755)
    for name, who in (("redis", "redis"), ("pg", "postgres"),
                      ("gunicorn", "www-data")):
        owned(s.path(name), who)
    pool = "user = www-data\ngroup = www-data\nlisten.owner = www-data\n"
    for name, text in (("php-fpm.conf", FPM_CONF % (pool if ROOT else "")),
                       ("redis.conf", REDIS_CONF), ("gunicorn/pages.py", SITE),
                       ("fpm.php", "<?php echo 'fpm ', getmypid();")):
        with open(s.path(name), "w") as f:
            f.write(text.replace("{dir}", s.dir))
    with open(os.path.join(data, "postgresql.auto.conf"), "w") as f:
        f.write(POSTGRES_CONF.replace("{dir}", s.dir))
    s.www = ("127.0.0.1", free_port())
    nginx(s, {"fpm": "unix:" + s.path("fpm.sock")}, "%s:%d" % s.www,
          "www-data" if ROOT else None)
    return s


def ctl(s, *words, status=0):
    """What supervisorctl says; its exit status is checked."""
    p = subprocess.run([CTL, "-c", s.config, *words], timeout=200, cwd=s.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    if p.returncode != status:
        raise RuntimeError("%r: %d, %s" % (words, p.returncode,
                                           p.stdout.decode()))
    return p.stdout.decode()


def pids(s):
    """{name: pid} when all are RUNNING, else None."""
    p = subprocess.run([CTL, "-c", s.config, "status"], timeout=60, cwd=s.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    found = re.findall(r"^(\S+) +RUNNING +pid (\d+),", p.stdout.decode(), re.M)
    return {n: int(pid) for n, pid in found} if len(found) == 5 else None


def redis_says(s, command):
    with connected(s.path("redis/sock")) as c:
        c.sendall(command.encode() + b"\r\n")
        return c.recv(100).decode().strip()


def sql(s, text):
    p = subprocess.run([s.psql, "-h", s.path("pg"), "-U", "postgres", "-At",
                        "-c", text], stdin=subprocess.DEVNULL, timeout=60,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
    return p.stdout.decode().strip()


def answering(t, s):
    """Waits until all are RUNNING and each does its work; returns the pids."""
    wait_until(lambda: pids(s), 60, "five programs RUNNING", every=0.1)
    serves(s.www, "/", "nginx")
    serves(s.www, "/fpm", "fpm ")
    serves(s.path("gunicorn/sock"), "/", "gunicorn ")

    def redis():
        try:
            return redis_says(s, "PING") == "+PONG"
        except OSError:
            return False
    wait_until(redis, 30, "Redis", every=0.05)
    wait_until(lambda: sql(s, "select 6 * 7") == "42", 60, "PostgreSQL",
               every=0.1)
    return wait_until(lambda: pids(s), 60, "five programs RUNNING", every=0.1)


def nothing_runs(s):
    """No process but supervisord's two is there."""
    wait_until(lambda: set(descendants(s.pid)) <= {s.engine()}, 20,
               "no process but the engine")


def rotated(t, s):
    """Each request is one line of gunicorn's log, in one file or another."""
    for n in range(100):
        get(s.path("gunicorn/sock"), "/line/%d" % n)

    def lines():
        seen = []
        for n in range(50, -1, -1):
            path = s.path("gunicorn.log") + (".%d" % n if n else "")
            if os.path.exists(path):
                with open(path) as f:
                    seen += re.findall(r"GET /line/(\d+) ", f.read())
        return seen
    wait_until(lambda: len(lines()) >= 100, 20, "a line for each request")
    t.equal(sorted(map(int, lines())), list(range(100)), "lines")
    t.true(os.path.getsize(s.path("gunicorn.log.1")) >= 2048,
           "the log was rotated at 2 KB")


def reopened(t, s):
    """USR2, as logrotate does: what is renamed is written no more."""
    for name in ("supervisord.log", "nginx.log"):
        os.rename(s.path(name), s.path(name + ".old"))
    s.signal(USR2)
    wait_until(lambda: os.path.exists(s.path("nginx.log")), 10, "a new file")
    size = os.path.getsize(s.path("nginx.log.old"))
    t.equal(get(s.www, "/missing/page")[0], 404, "a page that is not there")

    def told():
        with open(s.path("nginx.log")) as f:
            return "missing/page" in f.read()
    wait_until(told, 10, "nginx's complaint in the new file")
    t.equal(os.path.getsize(s.path("nginx.log.old")), size, "the old file")
    with open(s.path("supervisord.log.old")) as f:
        t.true("supervisord logreopen" in f.read(), "said in the old log")


@test("nginx, php-fpm, Redis, PostgreSQL and gunicorn: kill, stop, reload, logs",
      valgrind=False)
def real_use(t):
    s = servers(t).start()
    first = answering(t, s)
    t.equal(sorted(first), sorted(NAMES), "programs")
    if ROOT:
        t.equal({n: pwd.getpwuid(int(status_field(p, "Uid").split()[0])).pw_name
                 for n, p in first.items()},
                {"nginx": "root", "php-fpm": "root", "redis": "redis",
                 "postgresql": "postgres", "gunicorn": "www-data"}, "users")
    rotated(t, s)
    reopened(t, s)

    s.kill_engine()
    t.equal(answering(t, s), first, "the engine is killed: the same processes")

    for name, pid in first.items():
        os.killpg(pid, KILL)
    wait_until(lambda: not any(map(alive, first.values())), 10, "their end")
    second = answering(t, s)
    t.true(not set(first.values()) & set(second.values()), "new processes")

    ctl(s, "stop", "all")
    nothing_runs(s)
    t.equal(ctl(s, "status", status=3).count(" STOPPED "), 5, "stopped")
    t.equal(sql(s, "select 1"), "", "answer of a PostgreSQL that is stopped")
    ctl(s, "start", "all")
    answering(t, s)

    redis_says(s, "SET here yes")
    # The log was renamed, so it has no such line yet.
    s.signal(HUP)
    s.wait_line("supervisord started with pid", timeout=60)
    answering(t, s)
    t.equal(redis_says(s, "EXISTS here"), ":0", "Redis was restarted")
    s.stop(timeout=60)
    wait_until(lambda: not descendants(os.getpid()), 20, "nothing is left")


@test("the same as pid 1 of a pid namespace", pidns=True, valgrind=False)
def pid_one(t):
    s = servers(t)
    s.exe = t.path("contained")
    with open(s.exe, "w") as f:
        f.write("#!/bin/sh\nexec unshare -p -f --mount-proc --kill-child %s "
                "\"$@\"\n" % OURS)
    os.chmod(s.exe, 0o755)
    s.start()
    s.pid = wait_until(lambda: children(s.proc.pid), 10, "pid 1")[0]
    t.equal(status_field(s.pid, "NSpid").split()[-1], "1", "pid inside")
    first = answering(t, s)
    s.kill_engine()
    t.equal(answering(t, s), first, "the engine is killed: the same processes")
    for pid in children(s.pid):
        if int(status_field(pid, "NSpid").split()[-1]) in first.values():
            os.killpg(pid, KILL)
    wait_until(lambda: not set((pids(s) or first).values()) &
               set(first.values()), 60, "new processes", every=0.1)
    answering(t, s)
    ctl(s, "restart", "all")
    answering(t, s)
    s.signal(TERM)
    t.equal(s.wait_exit(60), 0, "exit status")
    t.true(not os.path.exists(s.pidfile), "the pid file is gone")
    wait_until(lambda: not descendants(os.getpid()), 20, "nothing is left")


run()
