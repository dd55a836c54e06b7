# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/daemon.t: programs that share a listening socket
(C-203 to C-210, P-084 to P-088)."""
import os
import socket
from signal import SIGHUP, SIGKILL, SIGTERM

from daemonlives import IDLE, RPC, S, SLEEP, open_to_all
from sidebyside import Case, call, keep, kill, line, running, write, written

UNIX = "socket=unix://{dir}/f.sock\n"
TCP = "socket=tcp://127.0.0.1:{port}\n"
SHOW = "command={show} {dir}/%(process_num)d.out\nstartsecs=0\n"
F = S + "[fcgi-program:f]\n"
TWO = "numprocs=2\nprocess_name=f%(process_num)d\n"
LOOK = keep("stat -c '%A %U %G' f.sock")


def shown(name, text, **kw):
    """One program that writes down how it was started."""
    return Case(name, F + SHOW + "process_name=f\n" + text, written("0.out"),
                running("f"), LOOK, **kw)


def leftover(kind):
    """Something is where the socket is to be."""
    def before(run):
        path = run.path("f.sock")
        if kind == "socket":
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(path)
        elif kind == "link":
            run.write("target", "text")
            os.symlink(run.path("target"), path)
        elif kind == "directory":
            os.mkdir(path)
        else:
            run.write("f.sock", "text")
    return before


def listening(run):
    """Somebody else has the port."""
    run.fill("{port}")
    run.taken = socket.socket()
    run.taken.bind(("127.0.0.1", run.port))
    run.taken.listen(1)


LIVES = [
    shown("P-084-unix", UNIX),
    shown("P-086-mode", UNIX + "socket_mode=0612\nsocket_backlog=7\n"),
    shown("P-086-owner", UNIX + "socket_owner=nobody:daemon\n", root=True),
    shown("P-086-owner-only", UNIX + "socket_owner=nobody\n", root=True),
    shown("C-206-user", UNIX + "user=nobody\n", root=True, before=open_to_all),
    shown("C-206-user-same", UNIX + "user=0\n", root=True),
    shown("P-086-stale-socket", UNIX, before=leftover("socket")),
    shown("P-086-stale-file", UNIX, before=leftover("file")),
    shown("P-086-link", UNIX, before=leftover("link")),
    shown("C-204-path", "socket=unix://{dir}//tmp/.././f.sock\n"),
    shown("C-217-umask", UNIX, umask=0o077),
    Case("P-084-two", F + SHOW + TWO + UNIX, written("0.out", "1.out"),
         running("f0", "f1"), sort=True),
    Case("P-084-tcp", F + SHOW + TWO + TCP, written("0.out", "1.out"),
         running("f0", "f1"), sort=True),
    Case("P-085-again", F + SLEEP + "startsecs=0\nautorestart=true\n" + TCP,
         kill("f", SIGKILL), running("f", count=2), kill("f", SIGTERM, 2),
         running("f", count=3)),
    Case("P-085-one-of-two", F + SLEEP + "startsecs=0\nautorestart=false\n" +
         TWO + UNIX, running("f0", "f1"), kill("f0", SIGKILL),
         line("exited: f0"), kill("f1", SIGKILL), line("Closing socket", 2), sort=True),
    Case("P-085-stop", F + IDLE + UNIX + RPC, line("started with pid"),
         call("supervisor.startProcess", "f"),
         call("supervisor.stopProcess", "f"), line("Closing socket", 2),
         call("supervisor.startProcessGroup", "f"),
         call("supervisor.stopAllProcesses"), LOOK),
    Case("P-085-restart", F + IDLE + UNIX, line("started with pid"),
         lambda run: os.kill(run.pid, SIGHUP),
         line("supervisord started with pid", 2)),
    Case("P-043-missing", F + "command=/nope/f\nstartretries=0\n" + UNIX,
         line("gave up: f")),
    Case("P-049-exec", F + "command={dir}/f\nstartsecs=9\nstartretries=0\n" + UNIX,
         line("gave up: f"), files={"f": "#!/nope/f\n"},
         before=lambda run: os.chmod(run.path("f"), 0o755)),
    Case("P-088", F + SLEEP + "startsecs=0\n" + UNIX + RPC, running("f"),
         call("supervisor.sendProcessStdin", "f", "x")),
    Case("C-189-group-priority", S + "[fcgi-program:b]\npriority=1\n" + IDLE +
         "socket=unix://{dir}/b\n[fcgi-program:a]\n" + IDLE +
         "socket=unix://{dir}/a\n", line("started with pid")),
    Case("C-194", F + SHOW + UNIX + "process_name=f\n[group:g]\nprograms=f\n",
         written("0.out"), running("f")),
    Case("X-076-socket", F + SLEEP + "startsecs=0\n" + UNIX + RPC,
         running("f"), write("c.conf", F + SLEEP + "startsecs=0\nsocket="
                             "unix://{dir}/g.sock\n" + RPC),
         call("supervisor.reloadConfig"), call("supervisor.stopProcess", "f"),
         call("supervisor.removeProcessGroup", "f"),
         call("supervisor.addProcessGroup", "f"), running("f", count=2)),
    Case("X-076-mode", F + SLEEP + "startsecs=0\n" + UNIX + RPC, running("f"),
         write("c.conf", F + SLEEP + "startsecs=0\nsocket_mode=0600\n"
               "socket_backlog=3\n" + UNIX + RPC),
         call("supervisor.reloadConfig")),
]

REFUSED = [Case(name, S + "[fcgi-program:x]\ncommand=/bin/cat\n"
                "autostart=false\nstdout_logfile=NONE\n"
                "stderr_logfile=NONE\n" + text, **kw) for name, text, kw in (
    ("C-210", "socket=unix:///nope/f\n", {}),
    ("C-210-directory", UNIX, {"before": leftover("directory")}),
    ("C-210-long", "socket=unix:///tmp/%s\n" % ("x" * 200), {}),
    ("C-210-tcp", TCP, {"before": listening}),
    ("C-210-host", "socket=tcp://nope.invalid:{port}\n", {}),
    ("C-210-chown", UNIX + "socket_owner=root\n[supervisord]\nuser=nobody\n",
     {"root": True, "before": open_to_all}),
    ("C-204-empty", "socket=\n", {}),
    ("C-205-port", "socket=tcp://localhost:\n", {}),
    ("C-205-colons", "socket=tcp://a:b:9000\n", {}),
    ("C-205-end", "socket=tcp://a:1/\n", {}),
    ("C-208-bad", "socket=foo\nsocket_mode=0700\n", {}),
    ("C-208-order", "socket=unix://foo\nsocket_mode=9\n", {}),
    ("C-209-high", UNIX + "socket_backlog=65536\n", {}),
    ("C-209-text", UNIX + "socket_backlog=many\n", {}))]

CASES = LIVES + REFUSED
