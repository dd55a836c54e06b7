# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/daemon.t: what the command line changes, the start,
signals and the end of supervisord, and each state of its programs."""
import os
from signal import SIGCONT, SIGHUP, SIGSTOP, SIGTERM, SIGUSR1, SIGUSR2

from daemonlives import (IDLE, LOOP, ONCE, PACED, PACE, RPC, S, SLEEP, TEXTS,
                         executable, show)
from daemonusers import listener
from sidebyside import Case, call, ended, keep, kill, line, running, send, \
    write, written

NC = ("-n", "-c", "{dir}/c.conf")
STARTING = "startsecs=1000\n"
OLD = "tmp/x-stdout---%s-abcdefgh.log"
STUBBORN = ("command=/bin/sh -c \"trap '' TERM; echo ready; while :; do sleep "
            "0.05; done\"\nstdout_logfile={dir}/%s.out\nstartsecs=0\n")
# Stays for a while after it was told to go.
SLOW = ("command=/bin/sh -c \"trap 'sleep 5; exit 0' TERM; echo ready; while :; "
        "do sleep 0.05; done\"\nstdout_logfile={dir}/o\nstartsecs=0\n"
        "stopwaitsecs=30\n")


def info(*names):
    """What is said of each of them."""
    return [call("supervisor.getProcessInfo", x) for x in names]


def main_interface(name):
    """An interface under a name."""
    return ("[rpcinterface:%s]\nsupervisor.rpcinterface_factory = "
            "supervisor.rpcinterface:make_main_rpcinterface\n" % name)


def linked(run):
    """The configuration is also in a directory under another name."""
    os.symlink(".", run.path("link"))


COMMAND_LINE = [
    Case("C-019+C-020-log-size", S + "logfile_maxbytes=0\nlogfile_backups=0\n"
         "[program:x]\n" + SLEEP + "startsecs=0\n", running("x"),
         args=NC + ("-y", "1", "-z", "3")),
    Case("C-021-level", S + "loglevel=critical\n" + show("x"), written("x.out"),
         running("x"), args=NC + ("--loglevel=debug",)),
    Case("C-012+C-126-silent", S + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), args=("-nsc{dir}/c.conf",)),
    Case("C-011-not-negated", S + "nodaemon=true\n[program:x]\n" + SLEEP +
         "startsecs=0\n", running("x"), args=("-c", "{dir}/c.conf", "-s")),
    Case("C-023+C-135-identifier", S + "identifier=a\n" + RPC + "[program:x]\n" +
         IDLE, call("supervisor.getIdentification"),
         args=NC + ("-i", "b c")),
    Case("C-025+C-027-flags", S + "[program:x]\n" + TEXTS %
         "/usr/bin/printf 'a\\033[31mred\\033[0m b\\n'; echo >{dir}/done" +
         "stdout_logfile={dir}/o\n", written("done"), running("x"),
         args=NC + ("-k", "-t"), files={OLD % "supervisor": "old\n"}),
    Case("C-029-bundled", S + "[program:x]\n" + IDLE,
         args=("-kntc", "{dir}/c.conf", "--silent")),
    Case("C-001-options-end", S + "[program:x]\n" + IDLE, send(SIGTERM), ended(),
         args=("-nc{dir}/c.conf", "--")),
    Case("C-013-nothing-after", S, args=("-c", "{dir}/c.conf", "-v", "-Z")),
    Case("C-037-not-there", S + show("x", "environment=H=\"%(here)s\"\n",
                                  " %(here)s") + "[include]\nfiles=b.conf\n",
         written("x.out"), running("x"), before=linked,
         files={"b.conf": "[program:y]\n" + IDLE},
         args=("-n", "-c", "link/../link/c.conf")),
    Case("C-037-as-given", S + show("x", "", " %(here)s"), written("x.out"),
         running("x"), before=linked, args=("-n", "-c", "./link//c.conf")),
    Case("C-092-unreadable", S + "[include]\nfiles=a.d/*\n", send(SIGTERM),
         ended(), files={"a.d/1/f": "bad\n", "a.d/2": "[program:x]\n" + IDLE}),
]

START = [
    Case("C-226+C-227-order", S + "nocleanup=false\nminfds=1400\nuser=root\n"
         "[inet_http_server]\nport=127.0.0.1:{port}\n[unix_http_server]\n"
         "file={dir}/s\nusername=a\npassword=b\n" + main_interface("supervisor") +
         listener("SUPERVISOR_STATE_CHANGE,PROCESS_GROUP") +
         "[program:x]\n" + SLEEP + "stdout_logfile=syslog\n[include]\n"
         "files=none.conf b.conf\n", running("x", "l"),
         written("l.events", text="SUPERVISOR_STATE_CHANGE_RUNNING"),
         keep("cat l.events"), files={"b.conf": ""}, daemon=True, root=True,
         ignore=("l.events",)),
    Case("C-156-other-names", S + "[unix_http_server]\nfile={dir}/s\n" +
         main_interface("one") + main_interface("two"), call("one.getVersion"),
         call("two.getState"), call("supervisor.getState"),
         call("system.listMethods"),
         call("system.methodSignature", "two.getPID")),
    Case("C-231+C-232-not-ours", S + "pidfile={dir}/tmp\n[program:x]\n" + SLEEP +
         "startsecs=0\n", running("x"), quiet=True,
         before=lambda run: run.write("supervisord.pid", "not this one\n")),
    Case("C-232-overwritten", S + show("x"), written("x.out"), running("x"),
         keep("wc -l <supervisord.pid"), files={"supervisord.pid": "1\n2\n3\n"}),
    Case("C-237-identifier", S + "identifier=a.c\n[program:x]\n" + IDLE,
         line("supervisord started"),
         files={OLD % "abc": "not ours\n", OLD % "a.c": "old\n"}),
    Case("C-238-one-stays", S + "[program:x]\n" + IDLE,
         files={(OLD % "supervisor") + "/f": "a directory\n"}),
    Case("C-238-all-stay", S + "user=nobody\nchildlogdir={dir}/d\n[program:x]\n" +
         SLEEP + "startsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n",
         running("x"), files={"d/f": ""}, root=True, before=lambda run: (
             os.chmod(run.dir, 0o777), os.chmod(run.path("d"), 0o311))),
    Case("C-239-removed-group", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n"
         "[program:y]\n" + IDLE, running("x"),
         call("supervisor.stopProcess", "x"),
         call("supervisor.removeProcessGroup", "x"),
         call("supervisor.removeProcessGroup", "y"), keep("ls tmp | wc -l")),
]

SIGNALS = [
    Case("C-246-queued", S + "[program:x]\n" + SLOW, written("o"), running("x"),
         send(SIGSTOP), send(SIGTERM), send(SIGUSR2), send(SIGHUP),
         send(SIGTERM), send(SIGCONT), line("received SIGTERM"), ended()),
    Case("C-247-over-hup", S + "[program:x]\n" + SLOW, written("o"), running("x"),
         send(SIGHUP), line("received SIGHUP"), send(SIGTERM), ended()),
    Case("C-255-all-gone", S + RPC + "[inet_http_server]\nport=127.0.0.1:{port}\n"
         "[program:x]\n" + SLEEP + "startsecs=0\n", running("x"), send(SIGTERM),
         ended(), keep("ls")),
    Case("C-259-while-stopping", S + RPC + listener("REMOTE_COMMUNICATION") +
         "[program:x]\n" + SLOW, written("o"), running("x", "l"),
         call("supervisor.shutdown"), call("supervisor.getState"),
         call("supervisor.shutdown"), call("supervisor.restart"),
         call("supervisor.getAllProcessInfo"),
         call("supervisor.stopProcess", "x"), call("supervisor.getPID"),
         call("supervisor.sendRemoteCommEvent", "a", "b"),
         call("system.listMethods"), call("system.methodSignature",
                                          "supervisor.getPID"),
         call("system.multicall", [
             {"methodName": "supervisor.getState", "params": []}]), ended()),
    Case("C-259-while-restarting", S + RPC + "[program:x]\n" + SLOW, written("o"),
         running("x"), call("supervisor.restart"), call("supervisor.getState"),
         call("supervisor.shutdown"), running("x", count=2)),
]

# A program in each state (P-001), and what can be done with it there: P-002 to
# P-004 say which states are stopped, running, and to be signalled.
IN_STATES = (
    S + RPC + "[program:stopped]\n" + IDLE + "[program:starting]\n" + SLEEP +
    STARTING + "[program:running]\n" + LOOP % ("x", "USR1", "running") +
    "startsecs=0\nautorestart=true\n[program:backoff]\ncommand=/nonexistent\n"
    "startretries=1000\n[program:stopping]\n" + STUBBORN % "stopping" +
    "stopwaitsecs=600\nkillasgroup=true\n[program:exited]\ncommand=/bin/sh -c "
    "\"sleep 0.3; exit 3\"\n" + ONCE + "[program:fatal]\ncommand=/nonexistent\n"
    "startretries=0\n")
STATES = ("stopped", "starting", "running", "backoff", "stopping", "exited",
          "fatal")
TO_STATES = (running("running", "stopping"), written("running.out",
                                                     "stopping.out"),
             line("exited: exited"), line("gave up: fatal"),
             line("spawnerr: can't find command '/nonexistent'", 5),
             call("supervisor.stopProcess", "stopping", False))
AT_LAST = (kill("stopping", 9), line("stopped: stopping"), send(SIGTERM),
           ended())

PROCESSES = [
    Case("P-001-states", IN_STATES, *TO_STATES,
         call("supervisor.getAllProcessInfo"), *info(*STATES), *AT_LAST,
         sort=True),
    Case("P-002-removed", IN_STATES, *TO_STATES,
         *(call("supervisor.removeProcessGroup", x) for x in STATES),
         call("supervisor.getAllProcessInfo"), *AT_LAST, sort=True),
    Case("P-003-started", IN_STATES, *TO_STATES,
         *(call("supervisor.startProcess", x, False) for x in (
             "starting", "running", "backoff", "fatal")), *AT_LAST, sort=True),
    Case("P-003-stopped", IN_STATES, *TO_STATES,
         *(call("supervisor.stopProcess", x) for x in STATES
           if x != "stopping"),
         call("supervisor.stopProcess", "stopping"),
         call("supervisor.getAllProcessInfo"), *AT_LAST, sort=True),
    Case("P-004-signalled", IN_STATES, *TO_STATES,
         *(call("supervisor.signalProcess", x, "CONT") for x in STATES),
         call("supervisor.signalAllProcesses", "CONT"),
         call("supervisor.signalProcess", "running", "USR1"),
         running("running", count=2), *AT_LAST, sort=True),
    Case("P-008-again", S + RPC + "[program:x]\ncommand=/bin/sh -c \"sleep 0.2; "
         "exit 1\"\n" + ONCE + "[program:y]\ncommand={dir}/y\nautostart=false\n"
         "startretries=0\nstartsecs=0\nstdout_logfile={dir}/o\n",
         line("exited: x"), call("supervisor.startProcess", "x"),
         line("exited: x", 2), call("supervisor.startProcess", "y"),
         write("y", "#!/bin/sh\necho ready\nexec sleep 1000\n"),
         lambda run: executable(run, "y"),
         call("supervisor.startProcess", "y"), written("o"), *info("x", "y")),
    # What was known of the life before is gone with a new one.
    Case("P-042+C-270+P-026-new-life", S + RPC + "[program:x]\ncommand={dir}/x\n"
         "startretries=0\nstartsecs=0\nautorestart=false\n", line("gave up: x"),
         *info("x"), write("x", "#!/bin/sh\nsleep 0.3\nexit 3\n"),
         lambda run: executable(run, "x"), call("supervisor.startProcess", "x"),
         line("exited: x"), *info("x"),
         write("x", "#!/bin/sh\necho >{dir}/r\nexec sleep 1000\n"),
         call("supervisor.startProcess", "x"), written("r"), *info("x"),
         call("supervisor.stopProcess", "x"),
         call("supervisor.removeProcessGroup", "x"),
         write("c.conf", S + RPC + "[program:x]\n" + IDLE),
         call("supervisor.reloadConfig"),
         call("supervisor.addProcessGroup", "x"), *info("x")),
    Case("P-033-by-signal", S + RPC + "".join(
        "[program:%s]\ncommand=/bin/sh -c \"sleep 0.3; kill -%s $$\"\n%sexitcodes=0,"
        "1,2,9,15,128,137,255\n" % (x, x, ONCE) for x in ("KILL", "TERM")),
         line("exited: KILL"), line("exited: TERM"), *info("KILL", "TERM"),
         sort=True),
    Case("P-056-user-before-directory", S + "[program:x]\n" + SLEEP +
         "user=nobody\ndirectory={dir}/d\nstartretries=0\nstartsecs=9\n"
         "stderr_logfile={dir}/e\n", line("gave up: x"), files={"d/f": ""},
         root=True, before=lambda run: os.chmod(run.path("d"), 0o700)),
    Case("P-065-stop", S + "loglevel=debug\n" + RPC + "[program:x]\n" +
         LOOP % ("bye", "USR2", "x") + "stopsignal=USR2\nstartsecs=0\n",
         written("x.out"), running("x"), call("supervisor.stopProcess", "x"),
         written("x.out", text="bye"), *info("x"), sort=True),
    Case("P-074-names", S + RPC + "[program:x]\n" + IDLE + "[program:y]\n" + IDLE +
         "numprocs=2\nprocess_name=%(program_name)s%(process_num)d\n"
         "[program:z]\n" + IDLE + "[group:g]\nprograms=z\n",
         *info("x", "x:x", "y:y0", "y0", "y", "g:z", "z", "g", "x:", "x:*", ":",
               "x:x:x", " x")),
    Case("P-083+P-026-removed-and-added", S + RPC + "[program:x]\n" + SLEEP +
         "startsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n", running("x"),
         call("supervisor.removeProcessGroup", "x"),
         call("supervisor.stopProcess", "x"),
         call("supervisor.removeProcessGroup", "x"), *info("x"),
         call("supervisor.removeProcessGroup", "x"),
         call("supervisor.addProcessGroup", "x"), running("x", count=2),
         call("supervisor.addProcessGroup", "x"),
         call("supervisor.addProcessGroup", "nope")),
    Case("P-156-no-stdin", S + RPC + "[program:x]\n" + IDLE + "[program:closed]\n"
         "command=/bin/sh -c \"exec <&-; echo ready; exec sleep 1000\"\n"
         "stdout_logfile={dir}/o\nstartsecs=0\n[program:stopping]\n" +
         STUBBORN % "stopping" + "killasgroup=true\n", running("closed", "stopping"),
         written("o", "stopping.out"),
         call("supervisor.sendProcessStdin", "x", "a"),
         call("supervisor.sendProcessStdin", "closed", "a"),
         call("supervisor.sendProcessStdin", "closed", "a"),
         call("supervisor.stopProcess", "stopping", False),
         call("supervisor.sendProcessStdin", "stopping", "a"),
         call("supervisor.sendProcessStdin", "nope", "a"),
         call("supervisor.sendProcessStdin", "x", 1), *AT_LAST, sort=True),
    Case("P-037-survivors", S + "[program:x]\ncommand=/bin/sh -c \"trap '' PIPE; "
         "(sleep 1.5; echo late; echo $? >{dir}/rc) & sleep 0.5\"\n" + ONCE +
         "stdout_logfile={dir}/o\n", line("exited: x"), written("rc")),
    Case("P-145-gap-in-backups", S + "[program:x]\n" + PACE +
         "stdout_logfile_maxbytes=25\nstdout_logfile_backups=4\n",
         written("done"), running("x"),
         files={"paced": PACED % 4, "o.2": "two\n", "o.4": "four\n"}),
]

EVENTS = [
    Case("P-110-listener-output", S + RPC + listener(
        "REMOTE_COMMUNICATION").replace(
            "=NONE", "={dir}/o\nstdout_events_enabled=true\n"
            "stdout_capture_maxbytes=1MB") +
         listener("PROCESS_LOG,PROCESS_COMMUNICATION", name="m"), running("l", "m"),
         call("supervisor.sendRemoteCommEvent", "a", "b"),
         written("l.events", text="b"), written("o", text="OKREADY"),
         ignore=("l.events",)),
    Case("P-111-listener-log", S + RPC + listener("REMOTE_COMMUNICATION").replace(
        "=NONE", "=AUTO"), running("l"),
         call("supervisor.sendRemoteCommEvent", "a", "b"),
         written("l.events", text="b"), keep(
             "until [ $(grep -c READY tmp/l-stdout*) = 2 ]; do sleep 0.1; done"),
         ignore=("l.events",)),
    # What is told is what was when it happened, not when it is sent.
    Case("P-132+P-115+P-117-snapshot", S + listener(
        "PROCESS_STATE_STARTING,PROCESS_STATE_BACKOFF,PROCESS_STATE_FATAL",
        more="startsecs=4\n") + "[program:x]\ncommand=/bin/false\nstartsecs=9\n"
        "startretries=1\n", line("gave up: x"), running("l"),
         written("l.events", text="FATAL"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-114+P-116+P-121+P-123-payloads", S + RPC + listener("EVENT") +
         "[program:a]\n" + SLEEP + "[group:g]\nprograms=a\n[program:f]\n"
         "command=/bin/false\nstartretries=0\nautostart=false\nstartsecs=9\n",
         running("a", "l"), call("supervisor.startProcess", "f"),
         line("gave up: f"),
         call("supervisor.stopProcess", "g:a"),
         written("l.events", text="STATE_STOPPED"),
         keep("grep -v TICK l.events | sed 's/serial:[0-9]*/serial:N/g'"),
         ignore=("l.events",)),
]

CASES = COMMAND_LINE + START + SIGNALS + PROCESSES + EVENTS
