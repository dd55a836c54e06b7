# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/daemon.t that are accepted: how programs are
started, what becomes of their output, how they end."""
import os
import socket
from signal import (SIGABRT, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGTERM, SIGUSR2)

from sidebyside import (Case, call, ended, keep, kill, line, move, running,
                        send, write, written)

S = "[supervisord]\n"
RPC = ("[unix_http_server]\nfile={dir}/s\n[rpcinterface:supervisor]\n"
       "supervisor.rpcinterface_factory = "
       "supervisor.rpcinterface:make_main_rpcinterface\n")
SLEEP = "command=/bin/sleep 1000\n"
IDLE = SLEEP + "autostart=false\n"
SHOW = "command={show} {dir}/%s\nstartsecs=0\n"
CONF = ("-c", "{dir}/c.conf")
ONCE = "startsecs=0\nautorestart=false\n"
# Stays until it is told to go by name, and says which it was.
LOOP = ("command=/bin/sh -c \"trap 'echo %s; exit 0' %s; echo ready; while :; "
        "do sleep 0.05; done\"\nstdout_logfile={dir}/%s.out\n")


def failing(command, more=""):
    """A program that fails at once, and is not tried again."""
    return ("[program:x]\ncommand=%s\nstartsecs=9\nstartretries=0\n"
            "stderr_logfile={dir}/e\n%s" % (command, more))


def show(name, more="", arguments=""):
    """A program that writes down how it was started."""
    return "[program:%s]\ncommand={show} {dir}/%s.out%s\nstartsecs=0\n%s" % (
        name, name, arguments, more)


def shown(name, text, *others, **kw):
    """A case in which programs write down how they were started."""
    names = ("x",) + others
    return Case(name, text, written(*(n + ".out" for n in names)),
                running(*names), **kw)


def one(command, more=""):
    """A program that runs once."""
    return "[program:x]\ncommand=%s\n%s%s" % (command, ONCE, more)


def open_to_all(run):
    """Other users may write into the directory."""
    for name in ("", "tmp"):
        os.chmod(run.path(name), 0o777)


def executable(run, name):
    """Makes a file a program."""
    os.chmod(run.path(name), 0o755)


def stale(run):
    """A socket file that nobody listens on."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(run.path("s"))


FILES = [
    shown("C-043-quotes-and-comments", S + "[program:x] ; a program\n"
          "# nothing\ncommand={show} {dir}/x.out a 'c d' e\\ f \"g\\\"h\" a;b #x\n"
          "startsecs=0 ; at once\n"),
    shown("C-051-continuation", S + "[program:x]\ncommand=\n  {show}\n\n"
          " ; between\n  {dir}/x.out\n  'a\n  b'\nstartsecs=0\n"
          "environment=A=1,\n  B=\"2,3\",\n"),
    shown("C-041-carriage-returns",
          (S + show("x", "environment=A=b\n", " z")).replace("\n", "\r\n")),
    shown("C-058-merged", S + show("x") + "[program:x]\nENVIRONMENT: A=2\n"
          "Directory=/tmp\n[supervisord]\nenvironment=B=1\n"),
    shown("C-059-default", "[DEFAULT]\nstartsecs=0\ndirectory=/usr\n" + S +
          "[program:x]\ncommand={show} {dir}/x.out\n"),
    Case("C-061-unknown", S + "nothing=1\n[foo:bar]\na=%(b)s\n[program:x]\n" +
         IDLE + "someday=3\nwhatever=%(x)s\n"),
    shown("C-065-formats", S + show(
        "x", "environment=A=\"%(program_name)-5s|%(process_num)+04d|"
        "%(numprocs)x|%(group_name)r|%%\"\n", " %(process_num)02d %(here)s")),
    Case("C-066-numprocs", S + "[program:w]\ncommand={show} "
         "{dir}/w%(process_num)s.out %(process_num)d\nstartsecs=0\nnumprocs=3\n"
         "numprocs_start=9\nprocess_name=%(program_name)s_%(process_num)02d\n"
         "environment=N=\"%(process_num)s of %(numprocs)s\"\n",
         written("w9.out", "w10.out", "w11.out"),
         running("w_09", "w_10", "w_11"), sort=True),
    shown("C-070-environment", S + "environment=A=\"%(ENV_HOME)s\",K=x\n" +
          show("x", "environment=B=\"%(ENV_A)s\",K=y,C=\"%(ENV_OUTER)s\"\n",
               " %(ENV_K)s"), env={"OUTER": "o"}),
    Case("C-087-include", S + "[include]\nfiles = a.d/*.conf\n  b.conf {dir}/c?.c "
         "gone.conf none.d/*.conf\n", written("one.out", "two.out", "x.out"),
         files={"a.d/2.conf": show("two"), "a.d/1.conf": show("one"),
                "a.d/.hidden.conf": "bad\n", "a.d/README": "bad\n",
                "b.conf": show("x", "directory=/\n"),
                "cc.c": "[program:x]\ndirectory=%(here)s\n"}, sort=True),
    Case("C-091-nested", S + "[include]\nfiles=a.conf\n",
         files={"a.conf": "[include]\nfiles=b.conf\n[program:x]\n" + IDLE,
                "b.conf": "bad\n"}),
    shown("C-085-here", S + "[include]\nfiles=a/b.conf\n" +
          show("x", "environment=H=\"%(here)s\"\n"), "y",
          files={"a/b.conf": show("y", "environment=H=\"%(here)s\"\n")},
          sort=True),
    shown("C-115-environment", S + show(
        "x", "environment=A=\"a,b\",B='c d',C=1,D=\"\",E=a/b.c:d+e-(f),"
        "F=\"%%\",G=\"x=y;z\",H=1;I=2,\n")),
    shown("C-117-backslash", S + show("x", "environment=A='a\\',B=\"a b\"\n")),
    shown("C-117-joined", S + show("x", "environment=A=it's\n")),
    shown("C-266-percent", S + "environment=A=\"50%%%%\"\n" + show("x")),
    Case("C-113-names", S + "[program:]\n" + IDLE + "[program:*]\n" + IDLE +
         "[program: a,b ]\n" + IDLE + "[program:\u00e9]\n" + IDLE + RPC,
         call("supervisor.getAllProcessInfo")),
    Case("C-181+C-182+C-183-warnings", S + "[program:x]\n" + IDLE +
         "redirect_stderr=true\nstderr_logfile={dir}/e\n"
         "stdout_logfile_maxbytes=0\n[program:y]\n" + IDLE +
         "stdout_logfile=syslog\nstderr_logfile=SYSLOG\n"),
    Case("C-164-none", S + "[program:x]\n" + IDLE + "numprocs=0\n"
         "[program:y]\n" + IDLE + "numprocs=-1\n" + RPC,
         call("supervisor.getAllProcessInfo")),
    Case("C-191-groups", S + "".join("[program:%s]\n%s" % (x, IDLE)
                                     for x in "abcd") +
         "[group:g]\nprograms=d,a,d\npriority=5\n[group:h]\nprograms=a\n"
         "[group:empty]\n" + RPC, call("supervisor.getAllProcessInfo")),
]

START = [
    shown("P-061-arguments", S + show(
        "x", "", " '' \"a  b\" 'c\"d' e'f'g \\\\ '*' $HOME `x` a#b ~")),
    shown("P-062-environment", S + "environment=SUPERVISOR_ENABLED=\"no\"\n" +
          show("x", "environment=SUPERVISOR_GROUP_NAME=mine,HOME=/h\n"),
          env={"SUPERVISOR_SERVER_URL": "inherited", "SUPERVISOR_X": "1"}),
    shown("P-062-server-url", S + RPC + show("x") +
          show("y", "serverurl=http://elsewhere:1\n") +
          show("z", "serverurl=auto\n"), "y", "z", sort=True),
    shown("C-153-inet-url", S + "[inet_http_server]\nport=127.0.0.1:{port}\n"
          "username=a\npassword={SHA}86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\n"
          + show("x")),
    shown("C-217+P-063-umask", S + "umask=077\n" + show("x", "umask=027\n") +
          show("y"), "y", umask=0o002, sort=True),
    shown("C-177-directory", S + show(
        "x", "directory=%(ENV_HOME)s/d%(process_num)d\n"),
        files={"d0/file": "x\n"}),
    shown("P-057-user", S + show("x", "user=nobody\n"), root=True,
          before=open_to_all),
    shown("P-057-daemon-with-groups", S + show("x", "user=www-data\n"),
          root=True, before=open_to_all),
    shown("C-212-user", S + "user=nobody\n" + show("x"), root=True,
          before=open_to_all),
    shown("C-212-root", S + "user=root\n" + show("x", "user=0\n"), root=True),
    Case("P-057-other-user", S + "user=nobody\n" +
         failing("/bin/true", "user=root\n"),
         line("gave up: x"), root=True, before=open_to_all),
    shown("C-221-limits", S + "minfds=1500\nminprocs=300\n" + show("x")),
    shown("P-044-path", S + "[program:x]\ncommand=here {dir}/x.out\n"
          "startsecs=0\nenvironment=PATH=\"{dir}/bin:/usr/bin:/bin\"\n",
          files={"bin/here": "#!/bin/sh\nexec {show} \"$@\" from here\n"},
          before=lambda run: executable(run, "bin/here")),
    shown("P-044-relative", S + "[program:x]\ncommand=./here {dir}/x.out\n"
          "startsecs=0\n", files={"here": "#!/bin/sh\nexec {show} \"$@\"\n"},
          before=lambda run: executable(run, "here")),
    shown("P-059-shebang", S + "[program:x]\ncommand={dir}/a\\ b {dir}/x.out 1\n"
          "startsecs=0\n",
          files={"a b": "#!/bin/sh\nexec {show} \"$1\" \"$0\"\n"},
          before=lambda run: executable(run, "a b")),
    Case("P-059-no-shebang", S + failing("{dir}/a"), line("gave up: x"), files={"a": "echo no\n"},
         before=lambda run: executable(run, "a")),
    Case("P-055-signals", S + one(
        "/bin/sh -c \"sleep 0.3; grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status\"",
        "stdout_logfile={dir}/o\n"),
         line("exited: x")),
    Case("P-043-parse", S + "".join(
        "[program:p%d]\ncommand=%s\nstartretries=0\n" % x for x in enumerate(
            ("", "'a", "a\\", "\"it's\" 'x"))),
        *(line("gave up: p%d" % i) for i in range(4)), sort=True),
    Case("P-052-stdin", S + RPC + "[program:x]\ncommand=/bin/cat\n"
         "stdout_logfile={dir}/o\nstartsecs=0\n", running("x"),
         call("supervisor.sendProcessStdin", "x", "h\u00e9llo\n"),
         written("o")),
    shown("C-228-daemon", S + "umask=027\ndirectory=/usr\n" + show("x"),
          daemon=True),
    Case("C-243-modes", S + show("x"), written("x.out"), running("x"),
         keep("stat -c '%A %n' supervisord.pid supervisord.log x.out"),
         daemon=True, umask=0o077),
    Case("C-218-directory", S + "directory={dir}/a\n" + show("x"),
         written("x.out"), running("x"), files={"a/f": "x\n"}, daemon=True),
    Case("C-030-command-line", S + "loglevel=debug\nidentifier=a\nnodaemon=false"
          "\nlogfile={dir}/no\npidfile={dir}/no\numask=0\n" + show("x"),
         written("x.out"),
          args=("-nc{dir}/c.conf", "-l", "log", "-j", "pid", "-e", "warn",
                "-i", "b", "--childlogdir={dir}/tmp", "-a", "1100", "-m", "077",
                "--minprocs", "250", "-t", "-k"), quiet=True),
    shown("C-032-search", "", args=("-n",), files={"supervisord.conf":
                                                   S + show("x")}),
    shown("C-032-etc", "", args=("-n",), files={"etc/supervisord.conf":
                                                S + show("x")}),
    Case("C-125-silent", S + "nodaemon=true\nsilent=true\n[program:x]\n" + SLEEP +
         "startsecs=0\n", running("x"), args=CONF),
]

END = [
    Case("P-031-statuses", S + "".join(
        "[program:p%d]\ncommand=/bin/sh -c \"sleep 1.5; %s\"\n%sexitcodes=0,3\n"
        % (i, x, ONCE) for i, x in enumerate(
            ("exit 3", "exit 4", "exit 127", "kill -KILL $$", "kill -USR1 $$",
             "kill -35 $$", "kill -64 $$", "kill -29 $$"))),
        *(line("exited: p%d" % i) for i in range(8)), sort=True),
    Case("P-010-restart", S + "[program:x]\ncommand=/bin/sh -c \"sleep 0.3; "
         "echo x >>{dir}/n; test $(wc -l <{dir}/n) -lt 3 && exit 0; exec sleep 1000\"\n"
         "startsecs=0\nautorestart=true\n",
         written("n", text="x\nx\nx\n"), running("x")),
    Case("P-010-unexpected", S + "[program:x]\ncommand=/bin/sh -c \"sleep 0.3; "
         "echo x >>{dir}/n; test $(wc -l <{dir}/n) -lt 3 || exit 2; exit 5\"\n"
         "startsecs=0\nexitcodes=2\n", line("exited: x", 3)),
    Case("C-103-no-codes", S + one("/bin/sleep 0.3", "exitcodes=\n"),
         line("exited: x")),
    Case("P-017-retries", S + "[program:x]\ncommand=/bin/true\nstartsecs=9\n"
         "startretries=2\nautorestart=false\n", line("gave up: x")),
    Case("P-019-backoff-at-the-end", S + "[program:x]\ncommand=/bin/false\n"
         "startsecs=9\nstartretries=100\n", line("exited: x", 2)),
    Case("C-247-int", S + "[program:x]\n" + SLEEP, running("x"), send(SIGINT),
         ended()),
    Case("C-247-quit", S + "[program:x]\n" + SLEEP, running("x"), send(SIGQUIT),
         ended()),
    Case("C-247-nothing-to-stop", S, send(SIGTERM), ended()),
    Case("C-247-daemon", S + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), send(SIGTERM), ended(), daemon=True),
    Case("P-021-statuses", S + "".join(
        "[program:%s]\n%sstopsignal=%s\nstartsecs=0\n"
        % (x, LOOP % (x, x, x), x) for x in ("HUP", "INT", "USR1")) +
        "[program:b]\ncommand=/bin/sh -c \"trap 'exit 9' TERM; echo >{dir}/b.out;"
        "while :; do sleep 0.05; done\"\nstartsecs=0\n",
        *(written(x + ".out") for x in ("HUP", "INT", "USR1", "b")),
         running("HUP", "INT", "USR1", "b"), sort=True),
    Case("P-066-group", S + "[program:x]\ncommand=/bin/sh -c \"sleep 1000 & wait\""
         "\nstopasgroup=true\n", running("x")),
    Case("P-066-not-group", S + "[program:x]\ncommand=/bin/sh -c \"sleep 1000 & "
         "exec sleep 2000\"\n", running("x")),
    Case("P-067-kill-group", S + "loglevel=debug\n[program:x]\ncommand=/bin/sh -c "
         "\"trap '' TERM; sleep 1000 & while :; do sleep 0.1; done\"\n"
         "killasgroup=true\nstopwaitsecs=1\n", running("x")),
    Case("C-252-order", S + "loglevel=debug\n" + "".join(
        "[program:%s]\n%spriority=%d\n" % (n, SLEEP, p)
        for n, p in (("c", 1), ("a", 5), ("b", 5), ("d", 9))) + "[program:e]\n" +
        SLEEP + "[group:g]\nprograms=e\npriority=2\n", running(*"abcde")),
    Case("C-256-restart", S + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), write("c.conf", S + "environment=A=1\n" + show("y")),
         send(SIGHUP), written("y.out"), running("y")),
    Case("C-256-restart-daemon", S + show("x"), written("x.out"), running("x"), send(SIGHUP),
         running("x", count=2), daemon=True),
    Case("P-003-kill-while-running", S + "[program:x]\n" + SLEEP, running("x"),
         kill("x", SIGSEGV), running("x", count=2), kill("x", SIGABRT, 2),
         running("x", count=3)),
    Case("P-020-rpc-stop-start", S + "loglevel=debug\n" + RPC + "[program:x]\n" +
         SLEEP, running("x"), call("supervisor.stopProcess", "x"),
         call("supervisor.getProcessInfo", "x"),
         call("supervisor.startProcess", "x"),
         call("supervisor.signalProcess", "x", "KILL"),
         running("x", count=3)),
    Case("C-256-rpc-restart", S + RPC + "[program:x]\n" + SLEEP, running("x"),
         call("supervisor.restart"), running("x", count=2),
         call("supervisor.shutdown"), ended()),
    Case("P-082-groups", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), write("c.conf", "[program:y]\n" + SLEEP +
                             "startsecs=0\n", "a"),
         call("supervisor.reloadConfig"),
         call("supervisor.addProcessGroup", "y"), running("y"),
         call("supervisor.removeProcessGroup", "x"),
         call("supervisor.stopProcessGroup", "x"),
         call("supervisor.removeProcessGroup", "x"),
         call("supervisor.getAllProcessInfo")),
]

# Prints numbered lines, each when the one before has been logged.
PACED = """#!/bin/sh
i=0
while [ $i -lt %d ]; do
	i=$((i + 1)); text=$(printf 'line %%02d' $i); echo "$text"
	until grep -qs "$text" {dir}/o*; do sleep 0.01; done
done
echo >{dir}/done
exec sleep 1000
"""
PACE = "command=/bin/sh {dir}/paced\nstdout_logfile={dir}/o\nstartsecs=0\n"
TEXTS = "command=/bin/sh -c \"%s; exec sleep 1000\"\nstartsecs=0\n"

OUTPUT = [
    Case("P-053-both", S + "[program:x]\n" +
         TEXTS % "echo out; echo err >&2" + "stdout_logfile={dir}/o\n"
         "stderr_logfile={dir}/e\n", written("o", "e"), running("x")),
    Case("C-181-redirected", S + "[program:x]\n" +
         TEXTS % "echo err >&2; sleep 0.2; echo out" +
         "stdout_logfile={dir}/o\nredirect_stderr=true\n",
         written("o", text="out"), running("x")),
    Case("C-235-auto", S + "identifier=me\n[program:x]\n" +
         TEXTS % "echo out; echo err >&2; echo >{dir}/done" +
         "[program:y]\n" + IDLE + "redirect_stderr=true\n",
         written("done"), running("x")),
    Case("C-236-cleaned", S + "[program:y]\n" + IDLE,
         files={"tmp/x-stdout---supervisor-abcdefgh.log": "old\n",
                "tmp/x-stdout---supervisor-abcdefgh.log.12": "old\n",
                "tmp/x-stdout---other-abcdefgh.log": "old\n",
                "tmp/x.log": "kept\n"}),
    Case("C-129-not-cleaned", S + "nocleanup=true\n[program:y]\n" + IDLE,
         files={"tmp/x-stdout---supervisor-abcdefgh.log": "old\n"}),
    Case("P-142-rotation", S + "[program:x]\n" + PACE +
         "stdout_logfile_maxbytes=25\nstdout_logfile_backups=3\n",
         written("done"), running("x"), files={"paced": PACED % 20}),
    Case("P-142-found-big", S + "[program:x]\n" + PACE +
         "stdout_logfile_maxbytes=25\nstdout_logfile_backups=2\n",
         written("done"), running("x"),
         files={"paced": PACED % 5, "o": "old " * 20, "o.1": "older\n"}),
    Case("P-143-no-backups", S + "[program:x]\n" + PACE +
         "stdout_logfile_maxbytes=40\nstdout_logfile_backups=0\n",
         written("done"), running("x"), files={"paced": PACED % 4}),
    Case("P-144-never", S + "[program:x]\n" + PACE +
         "stdout_logfile_maxbytes=0\n", written("done"), running("x"),
         files={"paced": PACED % 10}),
    Case("P-141-appended", S + "[program:x]\n" + PACE, written("done"),
         running("x"), files={"paced": PACED % 2, "o": "before\n"}),
    Case("P-147-none", S + "[program:x]\n" +
         TEXTS % "echo out; echo err >&2; echo >{dir}/done" +
         "stdout_logfile=NONE\nstderr_logfile=off\n", written("done"),
         running("x")),
    Case("P-149-colours", S + "strip_ansi=true\n[program:x]\n" +
         TEXTS % "/usr/bin/printf 'a\\033[31mred\\033[0m b\\033[2Kc\\n'" +
         "stdout_logfile={dir}/o\n", written("o"), running("x")),
    Case("P-140-bytes", S + "[program:x]\n" +
         TEXTS % "/usr/bin/printf 'a\\000b\\377\\r\\n\\303\\251'" +
         "stdout_logfile={dir}/o\n", written("o"), running("x")),
    Case("P-150-echo", S + "loglevel=debug\n[program:x]\n" +
         TEXTS % "echo one; echo two >&2".replace(";", "; sleep 0.3;") +
         "stdout_logfile={dir}/o\nstderr_logfile={dir}/e\n",
         written("o", "e"), running("x"), sort=True),
    Case("P-146-stdout", S + "[program:x]\n" +
         TEXTS % "echo out; echo err >&2; echo >{dir}/done" +
         "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"
         "stderr_logfile=/dev/fd/2\nstderr_logfile_maxbytes=0\n",
         written("done"), written("stdout", text="out\n"), running("x"),
         sort=True),
    Case("P-152-reopen", S + "[program:x]\n" + LOOP % ("bye", "TERM", "x") +
         "startsecs=0\n", written("x.out"), running("x"), move("x.out", "x.1"),
         move("supervisord.log", "main.1"), send(SIGUSR2),
         line("supervisord logreopen"),
         lambda run: run.until(lambda: os.path.exists(run.path("x.out")),
                               "the new file")),
    Case("C-219-relative", S + "[program:x]\n" + TEXTS % "echo out" +
         "stdout_logfile=a/o\n", written("a/o"), running("x"),
         files={"a/f": ""}),
    Case("P-048-unopenable", S + "[program:x]\ncommand=/bin/true\n"
         "stdout_logfile={dir}/tmp\nstartretries=0\n", line("gave up: x")),
    Case("C-243-main-log-rotates", S + "logfile_maxbytes=1\nlogfile_backups=4\n"
         "[program:x]\n" + SLEEP + "startsecs=0\n", running("x")),
    Case("C-120-main-log-no-backups", S + "logfile_maxbytes=1\n"
         "logfile_backups=0\n[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x")),
    Case("C-119-none-is-a-name", S + "logfile=NONE\n[program:x]\n" + IDLE),
    Case("C-122-levels", S + "loglevel=critical\n[program:x]\n" +
         SLEEP, written("stdout"), root=True, quiet=True),
    Case("C-122-blather", S + "loglevel=blather\n[program:x]\n" + SLEEP,
         running("x")),
    Case("P-153-clear", S + RPC + "[program:x]\n" + LOOP % ("bye", "TERM", "x") +
         "startsecs=0\n", written("x.out"), running("x"),
         call("supervisor.clearProcessLogs", "x"),
         call("supervisor.readProcessStdoutLog", "x", 0, 100)),
]

SERVERS = [
    Case("C-146-socket", S + RPC.replace("s\n", "s\nchmod=0770\nchown=nobody:"
                                         "nogroup\n", 1),
         keep("stat -c '%A %U %G %h' s; ls"), root=True),
    Case("C-147-stale", S + RPC, keep("stat -c %A s"),
         before=stale),
    Case("C-147-plain-file", S + RPC, keep("stat -c %A s"),
         files={"s": "something\n"}),
    Case("C-151-servers", S + "[unix_http_server]\nfile={dir}/s\nusername=a\n"
         "password=b\n[inet_http_server:z]\nport=127.0.0.1:{port}\n"
         "[unix_http_server:y]\nfile={dir}/t\n",
         keep("stat -c %A s t")),
    Case("C-159-no-interface", S + "[unix_http_server]\nfile={dir}/s\n",
         call("supervisor.getState"), call("system.listMethods")),
    Case("C-152-daemon", S + RPC + "[inet_http_server]\nport=127.0.0.1:{port}\n",
         keep("stat -c %A s"), call("supervisor.getIdentification"), daemon=True),
    Case("C-245-trace", S + "loglevel=trace\n" + RPC,
         call("supervisor.getState"), call("supervisor.stopProcess", "x"),
         call("supervisor.nope"), call("system.multicall", [
             {"methodName": "supervisor.getState", "params": []}]),
         keep("grep -o 'TRAC XML-RPC.*' supervisord.log")),
]


CASES = FILES + START + END + OUTPUT + SERVERS
