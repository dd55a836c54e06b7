#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord's start and its servers, where it does what Python's does not, or
what one run beside the other cannot show."""
import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, HUP, KILL, SCALE, TERM, USR1, Skip,  # noqa: E402
                     children, free_port, kill, run, test, wait_until)
from supd import OURS, Supd  # noqa: E402

BIN = os.path.join(BUILD, "bin")
CTL = os.path.join(BIN, "supervisorctl")
SLEEP = "[program:x]\ncommand=/bin/sleep 1000\nstartsecs=0\n"
SERVER = """
[unix_http_server]
file={dir}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/sock
"""
NOBODY = 65534


def said(args, **kw):
    """(status, stdout, stderr) of a command."""
    p = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60, check=False, **kw)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def ctl(s, *args):
    """What supervisorctl says, and its status."""
    status, out, err = said([CTL, "-c", s.config] + list(args), cwd=s.dir)
    return status, out + err


def needs_user(t):
    """Another user can run the programs of the build."""
    p = subprocess.run([OURS, "-v"], stdin=subprocess.DEVNULL, user=NOBODY,
                       group=NOBODY, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, extra_groups=[], check=False)
    if p.returncode != 0:
        raise Skip("nobody cannot run what is in " + BUILD)
    os.chmod(t.dir, 0o755)


@test("C-009: the path that it was found at is named")
def named(t):
    env = dict(os.environ, PATH="/nonexistent:%s:/usr/bin:/bin" % BIN)
    for args in (["supervisord", "-Z"], ["supervisord", "foo"]):
        status, out, err = said(args, env=env)
        t.equal((status, out), (2, ""), "status and output of %r" % args)
        t.equal(err.splitlines()[1], "For help, use %s/supervisord -h" % BIN,
                "second line")
    t.equal(said([BIN + "/../bin/supervisord", "-Z"])[2].splitlines()[1],
            "For help, use %s/../bin/supervisord -h" % BIN, "a path as it is")


@test("C-013, C-014: help and version, and nothing else")
def help_and_version(t):
    version = said([OURS, "-v"])
    t.true(re.fullmatch(r"\S+\n", version[1]), "one word: %r" % version[1])
    for args in (["-h"], ["--help"], ["-?"], ["-h", "-v"],
                 ["-c", "/nonexistent", "-h"]):
        status, out, err = said([OURS] + args)
        t.equal((status, err), (0, ""), "status and stderr of %r" % args)
        t.true("Usage: " + OURS in out, "usage in the help of %r" % args)
    for args in (["-v", "-h"], ["--version"], ["-c", "/nonexistent", "-v"]):
        t.equal(said([OURS] + args), version, "%r" % args)


@test("C-029: --profile_options is taken and does nothing")
def profile_options(t):
    s = Supd(t, SLEEP).start("--profile_options=cumulative,calls")
    s.running("x")
    s.stop()
    t.equal(s.find("profile"), [], "nothing about it")


@test("C-038, C-078: a relative file is found again from another directory")
def relative(t):
    s = Supd(t, SLEEP, keys="directory=/\n")
    status, _, err = said([OURS, "-c", "supervisord.conf"], cwd=s.dir)
    t.equal((status, err), (0, ""), "the start")
    wait_until(lambda: os.path.exists(s.pidfile), 10, "the pid file")
    s.pid = s.pid_in_file()
    t.known.add(s.pid)
    s.running("x")
    t.equal(os.readlink("/proc/%d/cwd" % s.program("x")), "/", "directory")
    s.signal(HUP)
    s.running("x", 2)
    s.stop()


@test("C-140: a port that was in use a moment ago; many clients at a time")
def port(t):
    address = "127.0.0.1", free_port()
    s = Supd(t, SLEEP + "[inet_http_server]\nport=%s:%d\n" % address).start()
    s.running("x")
    client = socket.create_connection(address, 20)
    client.sendall(b"GET /none HTTP/1.0\r\n\r\n")
    while client.recv(4096):
        pass  # it has closed first, so the port stays in TIME_WAIT
    client.close()
    s.stop()
    s.start()
    s.running("x", 2)
    engine = s.engine()
    kill(engine, signal.SIGSTOP)
    clients = []
    try:
        for _ in range(300):
            clients.append(socket.create_connection(address, 20))
    finally:
        kill(engine, signal.SIGCONT)
        for c in clients:
            c.close()
    t.equal(len(clients), 300, "clients that wait")
    s.stop()


@test("C-141: all interfaces, though nobody knows the name of the host",
      root=True)
def nameless(t):
    alone = ["unshare", "-u", "-n", "sh", "-c",
             "hostname nowhere.invalid && ip link set lo up 2>/dev/null; "
             "exec \"$@\"", "sh"]
    if subprocess.run(alone + ["true"], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        raise Skip("no namespaces")
    for address in ("*:%d", ":%d", "%d"):
        s = Supd(t, SLEEP + "[inet_http_server]\nport=%s\n"
                 "username=a\npassword=b\n" % (address % 9001), name="d" + address[:1].strip("%"))
        s.exe, exe = alone[0], s.exe
        out = open(s.output, "ab")
        s.proc = subprocess.Popen(
            alone + [exe, "-n", "-c", s.config], stdin=subprocess.DEVNULL,
            stdout=out, stderr=out, cwd=s.dir)
        out.close()
        s.pid = s.proc.pid
        t.known.add(s.pid)
        s.running("x")
        s.stop()


@test("C-150: an owner that the socket cannot be given", root=True,
      valgrind=False)
def not_permitted(t):
    needs_user(t)
    s = Supd(t, "[unix_http_server]\nfile={dir}/sock\nchown=root:root\n")
    os.chown(s.dir, NOBODY, NOBODY)
    status, _, err = said([OURS, "-n", "-c", s.config], user=NOBODY,
                          group=NOBODY, extra_groups=[], cwd=s.dir)
    t.equal(status, 2, "exit status")
    t.equal(err.splitlines()[0],
            "Error: Not permitted to chown %s/sock to uid/gid (0, 0); adjust "
            "\"sockchown\" value in config file or on command line to values "
            "that the current user (nobody) can successfully chown" % s.dir,
            "first line")


@test("C-230: programs are started at once, not at the next second",
      sanitizers=False, valgrind=False)
def at_once(t):
    for attempt in range(5):  # on a busy machine one may be late
        s = Supd(t, SLEEP, name="d%d" % attempt).start()
        s.running("x")
        with open(s.log) as f:
            times = [float(line[17:23].replace(",", "."))
                     for line in f if "started with pid" in line or
                     "spawned: 'x'" in line]
        s.stop()
        if (times[1] - times[0]) % 60 < 0.9:
            return
    t.true(False, "the first program came late five times")


@test("C-234: the main log is a pipe: no rotation, and each line twice")
def log_to_pipe(t):
    s = Supd(t, SLEEP)
    with open(s.config) as f:
        text = f.read().replace("logfile=" + s.log,
                                "logfile=/dev/stdout\nlogfile_maxbytes=1KB", 1)
    with open(s.config, "w") as f:
        f.write(text)
    p = subprocess.Popen([OURS, "-n", "-c", s.config], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         cwd=s.dir)
    s.proc, s.pid = p, p.pid
    t.known.add(p.pid)
    lines = []
    while sum("x entered RUNNING" in x for x in lines) < 2:
        lines.append(p.stdout.readline().decode())
    s.signal(TERM)
    lines += p.stdout.read().decode().splitlines(True)
    s.ended = p.wait()
    t.equal(s.ended, 0, "exit status")
    t.equal([x for x in lines if lines.count(x) % 2], [], "lines said once")
    t.true(len(lines) > 8, "lines")


@test("C-244: each answer of the HTTP servers is in the log at level trace")
def access(t):
    address = "127.0.0.1", free_port()
    s = Supd(t, SERVER.replace("}/sock", "}/sock", 1) + "[inet_http_server]\n"
             "port=%s:%d\nusername=a\npassword=b\n" % address,
             keys="loglevel=trace\n").start()
    date = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]"

    def ask(target, where, family):
        with socket.socket(family) as c:
            c.settimeout(20)
            c.connect(where)
            c.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                      b"\r\n\r\n" % target)
            while c.recv(4096):
                pass
    ask(b"/none", address, socket.AF_INET)
    ask(b"/%0aa", s.path("sock"), socket.AF_UNIX)
    ask(b"/an%20ErrorOfMine?x=\x1b", s.path("sock"), socket.AF_UNIX)
    t.equal(ctl(s, "pid")[0], 0, "a remote call")
    for pattern in (
            r"^TRAC 127\.0\.0\.1:[1-9]\d* - - %s \"GET /none HTTP/1\.1\" 401 \d+$",
            r"^TRAC localhost:0 - - %s \"GET /%%0aa HTTP/1\.1\" 404 \d+$",
            r"^TRAC localhost:0 - - %s \"POST /RPC2 HTTP/1\.1\" 200 [1-9]\d*$"):
        wait_until(lambda p=pattern: s.find(p % date), 10, pattern)
    t.true(s.find(r"^ERRO localhost:0 .*ErrorOfMine"), "a line of level error")
    s.stop()


@test("C-250, P-151: SIGCHLD, and output that ends, at level debug")
def debug(t):
    s = Supd(t, "[program:x]\ncommand=/bin/sh -c \"exec >&- 2>&-; sleep 0.3\"\n"
             "startsecs=0\nautorestart=false\n", keys="loglevel=debug\n").start()
    s.wait_line("exited: x")
    s.wait_line("DEBG received SIGCHLD indicating a child quit")
    wait_until(lambda: len(s.find(
        r"^DEBG fd \d+ closed, stopped monitoring <.*'x'.*>$")) == 2, 10,
               "a line for each of its outputs")
    s.stop()


@test("C-251: USR1 and PIPE end nothing (Python's supervisord dies of USR1)")
def harmless(t):
    s = Supd(t, SLEEP).start()
    pid = s.running("x")
    s.signal(signal.SIGPIPE)
    s.signal(USR1)
    s.wait_line("received SIGUSR1")
    t.equal(children(s.pid).count(pid), 1, "the program runs on")
    s.stop()


@test("C-261: the commands")
def commands(t):
    for name in ("supervisord", "supervisorctl", "echo_supervisord_conf",
                 "pidproxy"):
        t.true(os.access(os.path.join(BIN, name), os.X_OK), name)


@test("C-262: Debian's configuration, its start, reload and stop")
def debian(t):
    found = "/etc/supervisor/supervisord.conf"
    if not os.path.exists(found):
        raise Skip("no " + found)
    s = Supd(t, "")
    for name in ("run", "log", "conf.d"):
        os.mkdir(s.path(name))
    with open(found) as f:
        text = f.read()
    for old, new in (("/var/run/", "run/"), ("/var/log/supervisor", "log"),
                     ("/etc/supervisor/conf.d", "conf.d")):
        t.true(old in text, "%s in the file" % old)
        text = text.replace(old, s.path(new))
    with open(s.config, "w") as f:
        f.write(text)
    with open(s.path("conf.d/x.conf"), "w") as f:
        f.write(SLEEP)
    s.log, s.pidfile = s.path("log/supervisord.log"), \
        s.path("run/supervisord.pid")
    s.start()
    s.running("x")
    t.equal(ctl(s, "reload"), (0, "Restarted supervisord\n"), "reload")
    s.running("x", 2)
    t.equal(ctl(s, "shutdown"), (0, "Shut down\n"), "shutdown")
    t.equal(s.wait_exit(), 0, "exit status")
    t.equal(os.listdir(s.path("run")), [], "what is left")


@test("C-263: two with one pid file: the second is refused, and harms nothing")
def second(t):
    s = Supd(t, SLEEP).start()
    pid = s.running("x")
    other = Supd(t, SLEEP.replace(":x", ":y"), name="other")
    other.ended = 0
    with open(other.config) as f:
        text = f.read().replace(other.pidfile, s.pidfile)
    with open(other.config, "w") as f:
        f.write(text)
    status, out, err = said([OURS, "-n", "-c", other.config], cwd=other.dir)
    t.equal(status, 2, "exit status; it said " + out + err)
    t.true("already running as process %d" % s.pid in err, "why: %r" % err)
    t.equal(other.count("spawned"), 0, "programs started")
    t.equal(s.pid_in_file(), s.pid, "the pid file")
    t.equal(children(s.pid).count(pid), 1, "the program runs on")
    s.stop()


@test("C-269: requests all the time do not keep it from starting again",
      valgrind=False)
def flood(t):
    s = Supd(t, SERVER + SLEEP).start()
    s.running("x")
    clients = [subprocess.Popen(
        ["/bin/sh", "-c", "while :; do \"$@\"; done", "sh", CTL, "-c", s.config,
         "status"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True) for _ in range(2)]
    try:
        for n in range(2, 12):
            s.signal(HUP)
            s.running("x", n, timeout=30 * SCALE)
    finally:
        for c in clients:
            os.killpg(c.pid, KILL)
            c.wait()
    t.equal(s.find("already listening"), [], "complaints")
    s.stop()


@test("--test-config: every fault with file, line and key; nothing is touched")
def check(t):
    s = Supd(t, "", keys="minfds=x\n")
    s.ended = 0
    s.write("[program:a]\ncommand=/bin/cat %(nope)s\nstartsecs=x\n"
            "stopsignal=FOO\n[group:g]\nprograms=a,b\n"
            "[unix_http_server]\nfile={dir}/sock\nchmod=9\n", "minfds=x\n")
    before = sorted(os.listdir(s.dir))
    status, out, err = said([OURS, "-c", s.config, "--test-config"], cwd=s.dir)
    t.equal((status, err), (2, ""), "status and stderr")
    found = [x[len(s.config) + 1:].split(" ", 3) for x in out.splitlines()
             if x.startswith(s.config)]
    t.equal([(x[0], x[2]) for x in found],
            [("5:", "minfds:"), ("8:18:", "command:"), ("9:", "startsecs:"),
             ("10:", "stopsignal:"), ("12:", "programs:"), ("15:", "chmod:")],
            "place and key of each")
    t.equal(sorted(os.listdir(s.dir)), before, "files")
    s.write(SERVER + SLEEP, "")
    t.equal(said([OURS, "-c", s.config, "--test-config"], cwd=s.dir),
            (0, "", ""), "a good file")
    t.equal(sorted(os.listdir(s.dir)), before, "files")


@test("L-066: reload, reread, update of a bad file: refused with the fault")
def bad_reload(t):
    s = Supd(t, SERVER + SLEEP).start()
    pid = s.running("x")
    s.write(SERVER + SLEEP + "stopsignal=FOO\n")
    fault = (1, "ERROR: CANT_REREAD: value 'FOO' is not a valid signal name in "
             "section 'program:x' (file: '%s')\n" % s.config)
    for command in ("reload", "reread", "update"):
        t.equal(ctl(s, command), fault, command)
    t.equal(ctl(s, "pid", "x"), (0, "%d\n" % pid), "the program's pid")
    s.stop()


run()
