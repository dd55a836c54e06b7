# SPDX-License-Identifier: BSD-2-Clause
"""Remote calls for t/compat/daemon.t: the answers of Python's supervisord and of
ours to the same ones."""

from daemonlives import IDLE, LOOP, ONCE, RPC, S, SLEEP
from daemonrows import AT_LAST, IN_STATES, TO_STATES
from sidebyside import Case, call, ended, keep, line, plain, running, \
    write, written

CALL = "supervisor."


def calls(*rows):
    """Steps: each row is a method and its arguments."""
    return [call(CALL + m, *args) for m, *args in rows]


def config_info(run):
    """getAllConfigInfo(), but for what 4.2.5 does not have (X-120)."""
    import xmlrpc.client

    from sidebyside import Connection
    answer = xmlrpc.client.ServerProxy(
        "http://localhost", Connection(run.path("s"))
    ).supervisor.getAllConfigInfo()
    for x in answer:
        x.pop("autorestart", None)
    run.answers.append("\n".join(plain(x) for x in answer))


def three(more="", secs=0):
    """Programs a, b and c that stay, in a group g but for c."""
    return "".join("[program:%s]\n%sstartsecs=%d\n%s" % (
        x, LOOP % (x, "USR1", x), secs, more) for x in "abc") + \
        "[group:g]\nprograms=a,b\n"


LOG = "".join("line %04d of the log\n" % i for i in range(80))

# X-059 is in every result of a group, X-062 in the last but one.
CALLS = [
    #
    Case("X-045-wrong-calls", S + RPC + "[program:x]\n" + IDLE,
         call("nope"), call("nope.getState"), call("supervisor"),
         call("supervisor.getState.x"), call("supervisor._call"),
         call("system.nope"), *calls(
             ("getState", 1), ("startProcess",), ("startProcess", "x", True, 1),
             ("readLog", 0), ("readLog", 0, -1), ("readLog", -5, 3),
             ("nope",), ("getProcessInfo",)),
         call("system.methodHelp", "nope"), call("system.methodSignature", "x"),
         call("system.methodHelp"), call("system.multicall", "x")),
    # and, of what is checked first, X-085
    Case("X-085+X-086-checked-first", S + RPC + "".join(
        "[program:%s]\ncommand=%s\nautostart=false\nstartsecs=9\nstartretries=0\n"
        % x for x in (("missing", "/nonexistent"), ("directory", "/tmp"),
                      ("plain", "/etc/passwd"), ("parse", "'a"), ("empty", ""),
                      ("false", "/bin/false"), ("path", "nonexistent-at-all"),
                      ("run", "/bin/sleep 1000"))),
        *calls(*(("startProcess", x) for x in (
            "missing", "directory", "plain", "parse", "empty", "false", "path",
            "nope", "")), ("startProcess", "run", False),
            ("startProcess", "run", False), ("getAllProcessInfo",)), sort=True),
    #
    Case("X-049-while-stopping", S + RPC + "[program:x]\ncommand=/bin/sh -c \"trap "
         "'sleep 3; exit 0' TERM; echo ready; while :; do sleep 0.05; done\"\n"
         "stdout_logfile={dir}/o\nstartsecs=0\nstopwaitsecs=30\n", written("o"),
         running("x"), *calls(
             ("shutdown",), ("signalAllProcesses", "CONT"),
             ("startAllProcesses",), ("stopAllProcesses",), ("clearLog",),
             ("readLog", -5, 0), ("reloadConfig",), ("getAllConfigInfo",),
             ("addProcessGroup", "x"), ("sendProcessStdin", "x", "y"),
             ("tailProcessStdoutLog", "x", 0, 5), ("getVersion",)), ended()),
    # of a start that is waited for; at last X-084
    Case("X-055-while-it-stops", IN_STATES, *TO_STATES,
         *calls(("startProcess", "stopping"), ("startProcess", "running")),
         *AT_LAST, sort=True),
    # X-063, X-067 (only that it is a number), X-106
    Case("X-063-who", S + "identifier=me\n" + RPC, *calls(
        ("getAPIVersion",), ("getVersion",), ("getIdentification",),
        ("getState",)), lambda run: run.answers.append(
            str(run.call("supervisor.getPID") == str(run.pid)))),
    #
    Case("X-108-info", S + RPC + "[program:none]\n" + IDLE +
         "stdout_logfile=NONE\n[program:file]\n" + IDLE + "stdout_logfile={dir}/o\n"
         "redirect_stderr=true\n[program:auto]\n" + IDLE + "[program:fails]\n"
         "command=/nonexistent\nstartretries=0\n[program:exits]\ncommand=/bin/sh -c "
         "\"sleep 0.3; exit 7\"\n" + ONCE + "[program:y]\ncommand=/bin/sleep 1000\n"
         "numprocs=2\nprocess_name=%(program_name)s%(process_num)d\nstartsecs=0\n",
         line("gave up: fails"), line("exited: exits"), running("y0", "y1"),
         *calls(("getAllProcessInfo",), *(("getProcessInfo", x) for x in (
             "none", "file", "auto", "fails", "exits", "y:y1", "y:*", "y"))),
         sort=True),
    # what is said beside the state
    Case("X-115-stopped", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), *calls(("getProcessInfo", "x"), ("stopProcess", "x"),
                              ("getProcessInfo", "x"))),
    #
    Case("X-119-configuration", S + "environment=A=1\n" + RPC +
         "[program:b]\ncommand=/bin/b  -x\nautostart=false\n[program:a]\n"
         "command=/bin/sleep 1000\nautostart=false\nautorestart=unexpected\n"
         "exitcodes=0,2,255\nstopsignal=QUIT\nstartsecs=3\nstartretries=4\n"
         "stopwaitsecs=5\nkillasgroup=true\nredirect_stderr=true\npriority=7\n"
         "directory=/tmp\nserverurl=http://x\nuser=root\nstdout_logfile={dir}/o\n"
         "stdout_logfile_maxbytes=1KB\nstdout_logfile_backups=2\n"
         "stdout_capture_maxbytes=3\nstdout_events_enabled=true\n"
         "stderr_syslog=true\nnumprocs=2\nprocess_name=%(process_num)d\n"
         "[program:c]\ncommand=c\nautostart=false\nstdout_logfile=NONE\n"
         "[group:g]\nprograms=c\npriority=5\n", config_info,
         *calls(("removeProcessGroup", "b")), config_info, root=True),
    #
    Case("X-075-reread", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n"
         "stdout_logfile=NONE\nstderr_logfile=NONE\n", running("x"),
         *calls(("reloadConfig",), ("addProcessGroup", "y"),
                ("addProcessGroup", "x")),
         write("c.conf", "[program:y]\n" + IDLE + "[program:z]\n" + IDLE, "a"),
         *calls(("addProcessGroup", "y"), ("reloadConfig",), ("reloadConfig",),
                ("getAllProcessInfo",), ("addProcessGroup", "y"),
                ("addProcessGroup", "y"), ("reloadConfig",),
                ("removeProcessGroup", "x"), ("removeProcessGroup", "z"),
                ("removeProcessGroup", "y"), ("reloadConfig",)),
         write("c.conf", "[program:bad]\n", "a"),
         *calls(("reloadConfig",), ("addProcessGroup", "bad"),
                ("addProcessGroup", "z"), ("getAllProcessInfo",))),
    Case("X-078-leaks", S + "identifier=before\n" + RPC,
         write("c.conf", S + "identifier=after\nloglevel=debug\n" + RPC),
         *calls(("reloadConfig",), ("getIdentification",))),
    # a program that is
    # stopped before it is one, between fork and exec, loses theirs its signal
    Case("X-083-groups", S + RPC + three(secs=1), running(*"abc"),
         written("a.out", "b.out", "c.out"), *calls(
             ("stopProcess", "g:*", False), ("stopProcess", "g:a")),
         line("stopped: a"), line("stopped: b"), *calls(
             ("startProcess", "g:*", False)), running("a", "b", count=2),
         *calls(("startProcessGroup", "g"), ("stopProcessGroup", "nope"),
                ("startProcess", "g:nope"), ("startProcess", "nope:*"),
                ("stopProcess", "g:"), ("startAllProcesses",)),
         running("a", "b", count=3),
         *calls(("startAllProcesses",), ("stopAllProcesses", False)),
         line("stopped: a", count=2), line("stopped: b", count=2),
         line("stopped: c"), *calls(("startProcessGroup", "g", False),),
         running("a", "b", count=4), *calls(("stopAllProcesses",),), sort=True),
    Case("X-096-signals", S + RPC + three(more="autorestart=true\n"),
         running(*"abc"), written("a.out", "b.out", "c.out"), *calls(
             ("signalProcess", "g:*", "CONT"), ("signalProcessGroup", "g", 18),
             ("signalProcess", "c", "SIGCONT"), ("signalProcess", "c", 18),
             ("signalProcess", "c", "18"), ("signalProcess", "c", "nope"),
             ("signalProcess", "c", 99), ("signalProcess", "nope", "nope"),
             ("signalProcessGroup", "nope", "CONT"),
             ("signalProcessGroup", "g", "nope"),
             ("signalAllProcesses", "nope"), ("signalAllProcesses", "CONT"),
             ("signalProcess", "g:a", "USR1")), running("a", count=2),
         sort=True),
    # a file of 1760 bytes and its rotated copy
    Case("X-131+X-138-reading", S + RPC + "[program:x]\n" +
         IDLE + "stdout_logfile={dir}/o\nstderr_logfile={dir}/e\n[program:none]\n" +
         IDLE + "stdout_logfile=NONE\n[program:gone]\n" + IDLE +
         "stdout_logfile={dir}/gone\n[group:g]\nprograms=gone\n",
         *calls(*(("read" + m, name, *args) for m in (
             "ProcessStdoutLog", "ProcessLog", "ProcessStderrLog")
             for name in ("x", "none", "g:gone", "nope", "x:*")
             for args in ((0, 0), (0, 10), (1750, 100))),
             *(("readProcessStdoutLog", "x", *args) for args in (
                 (5, -1), (-5, 0), (-5, 3), (-99999, 0), (99999, 5),
                 (1759, 1), (1760, 1), ("7", "4"))),
             *(("tail" + m, name, *args) for m in (
                 "ProcessStdoutLog", "ProcessLog", "ProcessStderrLog")
               for name in ("x", "none", "g:gone", "nope", "x:*")
               for args in ((0, 10), (0, 100000))),
             *(("tailProcessStdoutLog", "x", *args) for args in (
                 (100000, 10), (-5, 10), (0, -10), (1750, 20), (1755, 4),
                 (1760, 5), (1759, 100), ("3", "5")))),
         files={"o": LOG, "o.1": "older\n" * 9, "e": "few\n"}),
    #
    Case("X-068-main-log", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), *calls(
             ("readLog", -10, 0), ("readMainLog", -10, 0), ("readLog", 99999, 5),
             ("readLog", 0, -1), ("clearLog",)),
         keep("cut -c25- supervisord.log"), *calls(("stopProcess", "x"),)),
    Case("X-069-gone", S + RPC, keep("rm supervisord.log"), *calls(
        ("readLog", 0, 0), ("clearLog",), ("readLog", 0, 0)), keep("ls")),
    Case("X-069-no-main-log", S + "logfile=/dev/null\nlogfile_maxbytes=0\n" + RPC,
         *calls(("readLog", 0, 0), ("getState",)), quiet=True,
         args=("-n", "-c", "{dir}/c.conf")),
    # times are whole seconds, results are structures
    Case("X-043-types", S + RPC + "[program:x]\n" + SLEEP + "startsecs=0\n",
         running("x"), lambda run: run.answers.append(types(run)),
         *calls(("stopAllProcesses",), ("startAllProcesses",))),
    Case("X-142-many", S + RPC + "[program:x]\n" + IDLE, call(
        "system.multicall", [
            {"methodName": "supervisor.startProcess", "params": ["x"]},
            {"methodName": "supervisor.getProcessInfo", "params": ["x"]},
            {"methodName": "supervisor.startProcess", "params": ["x"]},
            {"methodName": "supervisor.stopProcess", "params": ["x"]},
            {"methodName": "system.multicall", "params": [[]]},
            {"params": []}, {"methodName": "supervisor.getState"}])),
]


def types(run):
    """The type of each member of getProcessInfo()."""
    import xmlrpc.client

    from sidebyside import Connection
    answer = xmlrpc.client.ServerProxy(
        "http://localhost", Connection(run.path("s"))
    ).supervisor.getProcessInfo("x")
    return ", ".join("%s %s" % (k, type(v).__name__)
                     for k, v in sorted(answer.items()))


CASES = CALLS
