# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/daemon.t: events, what once went wrong with Python's
supervisord, and the ways in which people really use it."""
import subprocess
from signal import SIGHUP, SIGTERM, SIGUSR2

from daemonlives import (CONF, IDLE, LOOP, RPC, S, SLEEP, TEXTS, executable,
                         failing, open_to_all, show)
from sidebyside import (Case, call, ended, keep, kill, line, running, send,
                        written)

STATES = "PROCESS_STATE"


def listener(events, results="", more="", name="l"):
    """A listener that writes down its events."""
    return ("[eventlistener:%s]\ncommand={listen} {dir}/%s.events %s\n"
            "buffer_size=100\nevents=%s\nstdout_logfile=NONE\n%s"
            % (name, name, results, events, more))


SAY = "/bin/sh -c \"sleep 0.5; %s; exec sleep 1000\""

EVENTS = [
    Case("P-131-boot", S + listener(
        "PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE") +
        "[program:x]\n" + SLEEP + "[program:w]\n" + IDLE, running("x"),
        written("l.events", text="processname:x groupname:x from_state:STARTING"),
        keep("cat l.events"), ignore=("l.events",)),
    Case("P-117-failing", S + listener(STATES) +
         "[program:x]\ncommand=/bin/sh -c \"sleep 2; exit 1\"\n"
         "startsecs=9\nstartretries=1\n",
         line("gave up: x"), written("l.events", text="FATAL"),
         keep("cat l.events"), ignore=("l.events",)),
    Case("P-119-exits", S + listener("PROCESS_STATE_EXITED") +
         "[program:x]\ncommand=/bin/sleep 1.4\nautorestart=false\n"
         "[program:y]\ncommand=/bin/sh -c \"sleep 2.4; exit 3\"\n"
         "autorestart=false\n", line("exited: y"),
         written("l.events", text="processname:y"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-118+P-120-stopping", S + RPC + listener(STATES) + "[program:x]\n" +
         SLEEP, running("x"), call("supervisor.stopProcess", "x"),
         written("l.events", text="from_state:STOPPING"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-124-output", S + listener("PROCESS_LOG") + "[program:x]\ncommand=" +
         SAY % "echo out; sleep 0.4; echo err >&2" + "\nstdout_events_enabled=on"
         "\nstderr_events_enabled=on\nstartsecs=0\n",
         written("l.events", text="err"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-126-not-text", S + listener("PROCESS_LOG") + "[program:x]\ncommand=" +
         SAY % "/usr/bin/printf 'a\\377b'" + "\nstdout_events_enabled=on\n"
         "startsecs=0\n", written("l.events", text="ndecodable"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-133-capture", S + listener("PROCESS_COMMUNICATION") + "[program:x]\n"
         "command=" + SAY % "echo 'before <!--XSUPERVISOR:BEGIN-->the message"
         "<!--XSUPERVISOR:END-->after, and more than a token is long'" +
         "\nstdout_capture_maxbytes=1MB\nstartsecs=0\nstdout_logfile={dir}/o\n",
         written("l.events", text="message"), written("o", text="after"),
         keep("cat l.events"), ignore=("l.events",)),
    Case("P-127-remote", S + RPC + listener("REMOTE_COMMUNICATION"), running("l"),
         call("supervisor.sendRemoteCommEvent", "a type", "h\u00e9llo\nyou"),
         written("l.events", text="you"), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-130-groups", S + RPC + listener("PROCESS_GROUP") + "[program:x]\n" +
         IDLE, running("l"), call("supervisor.removeProcessGroup", "x"),
         call("supervisor.addProcessGroup", "x"),
         written("l.events", text="poolserial:3 "), keep("cat l.events"),
         ignore=("l.events",)),
    Case("P-097-rejected", S + RPC + listener("REMOTE_COMMUNICATION", "FAIL FAIL"),
         running("l"), call("supervisor.sendRemoteCommEvent", "a", "b"),
         written("l.events", text="\n"), line("event was rejected", 2),
         lambda run: run.until(lambda: run.read("l.events").count("\n") == 3,
                               "three lines"), keep("cat l.events")),
    Case("P-092-unknown", S + "[eventlistener:l]\ncommand=/bin/sh -c \"sleep 2.5; "
         "echo something; exec sleep 1000\"\nevents=TICK\nstartsecs=0\n",
         running("l"), line("entered the UNKNOWN state")),
    Case("P-098-bad-result", S + RPC + "[eventlistener:l]\ncommand=/bin/sh -c "
         "\"echo READY; read x; echo RESULT x; exec sleep 1000\"\nstartsecs=0\n"
         "events=REMOTE_COMMUNICATION\n", running("l"),
         call("supervisor.sendRemoteCommEvent", "a", "b"),
         line("entered the UNKNOWN state")),
    Case("P-103-overflow", S + RPC + "[eventlistener:l]\ncommand=/bin/sleep 1000\n"
         "events=REMOTE_COMMUNICATION\nbuffer_size=2\n", running("l"),
         *[call("supervisor.sendRemoteCommEvent", "a", str(i))
           for i in range(4)], line("buffer overflowed", 2)),
    Case("P-081-first-and-last", S + "".join(
        "[eventlistener:%s]\n%sevents=TICK_3600\n" % (x, SLEEP) for x in "zy") +
        "[program:a]\n" + SLEEP + "[program:b]\n" + SLEEP + "priority=-5\n",
        running(*"zyab")),
]

FAULTS = {
    "missing": "command=/nonexistent\n", "directory": "command=/tmp\n",
    "plain": "command=/etc/passwd\n", "quick": "command=/bin/false\n",
    "chdir": "command=/bin/true\ndirectory=/nonexistent\n"}

ONCE_WRONG = [
    Case("start-faults-by-call", S + RPC + "".join(
        "[program:%s]\n%sautostart=false\nstartretries=0\nstartsecs=3\n" % x
        for x in FAULTS.items()),
        *(call("supervisor.startProcess", x) for x in FAULTS),
        call("supervisor.getAllProcessInfo"), sort=True),
    Case("stop-in-backoff", S + "loglevel=debug\n" + RPC +
         "[program:x]\ncommand=/bin/false\nstartsecs=9\nstartretries=100\n",
         line("exited: x"), call("supervisor.stopProcess", "x"),
         call("supervisor.getProcessInfo", "x")),
    Case("names-that-are-not-there", S + RPC + "[program:x]\n" + IDLE,
         *(call("supervisor." + m, n) for m in (
             "startProcess", "stopProcess", "getProcessInfo",
             "startProcessGroup", "removeProcessGroup", "addProcessGroup",
             "clearProcessLogs") for n in ("y", "x:y", "y:*", ""))),
    Case("not-running", S + RPC + "[program:x]\n" + IDLE,
         call("supervisor.stopProcess", "x"),
         call("supervisor.signalProcess", "x", "HUP"),
         call("supervisor.sendProcessStdin", "x", "y"),
         call("supervisor.readProcessStdoutLog", "x", 0, 10),
         call("supervisor.startProcess", "x"),
         call("supervisor.startProcess", "x"),
         call("supervisor.signalProcess", "x", "NOPE")),
    Case("signal-all", S + RPC + "".join(
        "[program:%s]\n%sstartsecs=0\nautorestart=true\n" % (
            x, LOOP % (x, "HUP", x))
        for x in "abc"),
        written("a.out", "b.out", "c.out"), running(*"abc"),
        call("supervisor.signalAllProcesses", "HUP"),
        running(*"abc", count=2), sort=True),
    Case("closed-output", S + "[program:x]\ncommand=/bin/sh -c \"exec >&- 2>&-; "
         "exec sleep 1000\"\n", running("x")),
    Case("colon-in-password", S + "[unix_http_server]\nfile={dir}/s\nusername=a:b\n"
         "password=c:d;e\n" + show("x"), written("x.out"), running("x")),
    Case("numprocs-files", S + "[program:w]\ncommand=/bin/sh -c \"echo "
         "%(process_num)d; exec sleep 1000\"\nnumprocs=3\n"
         "process_name=%(process_num)d\nstdout_logfile={dir}/%(program_name)s-"
         "%(process_num)02d.log\nstartsecs=0\n",
         written("w-00.log", "w-01.log", "w-02.log"), running("0", "1", "2"),
         sort=True),
    Case("numprocs-order", S + "[program:w]\n" + SLEEP + "numprocs=12\n"
         "process_name=w_%(process_num)s\n", running("w_0", "w_11", "w_9"),
         keep("sed -n 's/.*spawned: //p' supervisord.log"), sort=True),
    Case("host-name", S + show(
        "x", "environment=H=\"%(host_node_name)s\"\n", " %(host_node_name)s"),
        written("x.out"), running("x")),
    Case("percent-in-inherited-environment", S + show("x"), written("x.out"),
         running("x"), env={"ODD": "100%", "MORE": "%(x)s %%"}),
    Case("odd-environment", S + show("x"), written("x.out"), running("x"),
         env={"EMPTY": "", "LINES": "a\nb", "a.b-c": "d", "UTF": "\u00e9"}),
    Case("same-priority", S + "".join("[program:%s]\n%s" % (x, SLEEP)
                                      for x in ("b", "B", "a1", "a10", "a2")),
         running("b", "B", "a1", "a10", "a2")),
    Case("term-twice", S + "[program:x]\n" + LOOP % ("bye", "TERM", "x") +
         "startsecs=0\n", written("x.out"), running("x"), send(SIGTERM),
         ended()),
    Case("hup-while-stopping", S + "[program:x]\ncommand=/bin/sh -c \"trap 'sleep "
         "3; exit 0' TERM; echo ready; while :; do sleep 0.05; done\"\n"
         "stdout_logfile={dir}/o\nstartsecs=0\nstopwaitsecs=20\n", written("o"),
         running("x"), send(SIGTERM), line("received SIGTERM"), send(SIGHUP),
         line("ignored SIGHUP"), ended()),
    Case("reopen-while-stopped", S + "[program:x]\n" + IDLE, send(SIGUSR2),
         line("supervisord logreopen")),
    Case("identifier-in-names", S + "identifier=a b%%c\n[program:x]\n" + IDLE +
         RPC, call("supervisor.getIdentification")),
    Case("default-log-directory", S + "childlogdir={dir}/logs\n[program:x]\n" +
         IDLE, files={"logs/f": "x\n"}),
    Case("rpc-odd-calls", S + RPC, call("supervisor.nope"),
         call("system.methodHelp", "supervisor.nope"),
         call("supervisor.getState", 1), call("supervisor.getAPIVersion"),
         call("system.multicall", [
             {"methodName": "supervisor.getState", "params": []},
             {"methodName": "nope", "params": []}])),
]

STAY = "#!/bin/sh\necho \"$0 $*\"\nexec sleep 1000\n"


def recipe(name, text, *steps, programs=(), **kw):
    """A configuration of people's, with programs that only stay."""
    files = dict(kw.pop("files", {}), **{x: STAY for x in programs})

    def before(run):
        for x in programs:
            executable(run, x)
        open_to_all(run)
    return Case("users-" + name, text, *steps, files=files, before=before, **kw)


def sample(run):
    """What echo_supervisord_conf prints, in the directory."""
    text = subprocess.run(["/usr/bin/echo_supervisord_conf"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    run.write("c.conf", text.replace("/tmp/", run.dir + "/"))


KILLER = ("[eventlistener:killer]\ncommand=bash -c \"printf 'READY\\n' && while "
          "read line; do kill -SIGQUIT $PPID; done < /dev/stdin\"\n")
TO_STDOUT = ("stdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n"
             "redirect_stderr=true\n")

RECIPES = [
    recipe("queue-workers", S + RPC + "[program:queue-worker]\n"
           "process_name=%(program_name)s_%(process_num)02d\n"
           "command={dir}/artisan queue:work --sleep=3 --tries=3\n"
           "autostart=true\nautorestart=true\nstopasgroup=true\n"
           "killasgroup=true\nuser=nobody\nnumprocs=3\nredirect_stderr=true\n"
           "stdout_logfile={dir}/worker.log\nstopwaitsecs=3600\n",
           running(*("queue-worker_%02d" % i for i in range(3))),
           call("supervisor.stopProcessGroup", "queue-worker", False),
           *(line("stopped: queue-worker_%02d" % i) for i in range(3)),
           call("supervisor.startProcessGroup", "queue-worker", False),
           *(running("queue-worker_%02d" % i, count=2) for i in range(3)),
           programs=("artisan",), sort=True, root=True),
    recipe("bench", S + RPC + "".join(
        "[program:bench-%s]\ncommand={dir}/serve %s\npriority=4\nautostart=true\n"
        "autorestart=true\nstdout_logfile={dir}/logs/%s.log\n"
        "stderr_logfile={dir}/logs/%s.error.log\nstopwaitsecs=40\n"
        "killasgroup=true\ndirectory={dir}/sites\n" % (x, x, x, x)
        for x in ("web", "socketio", "schedule")) + "[program:bench-worker]\n"
        "command={dir}/serve worker\nnumprocs=2\nprocess_name="
        "%(program_name)s-%(process_num)d\nstopwaitsecs=1560\n[group:bench-all]\n"
        "programs=bench-web,bench-socketio\n[group:bench-workers]\n"
        "programs=bench-schedule,bench-worker\n",
        running("bench-web", "bench-socketio", "bench-schedule",
                "bench-worker-0", "bench-worker-1"),
        call("supervisor.stopProcess", "bench-all:bench-web"),
        call("supervisor.getAllProcessInfo"), programs=("serve",), sort=True,
        files={"logs/f": "", "sites/f": ""}),
    recipe("chat-server", "[unix_http_server]\nfile={dir}/s\nchmod=0700\nchown="
           "nobody:nogroup\n[supervisord]\nlogfile={dir}/log\nlogfile_maxbytes="
           "100MB\nlogfile_backups=10\nloglevel=info\nnodaemon=false\nminfds="
           "1024\nminprocs=200\nenvironment=LANG=C.UTF-8,HTTP_proxy=\"\"\n"
           "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
           "supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\n"
           "serverurl=unix://{dir}/s\n[include]\nfiles=conf.d/*.conf\n",
           running("django", "events_0", "events_1", "tornado-port-9800"),
           call("supervisor.getAllProcessInfo"),
           programs=("django",), sort=True, root=True, files={
               "conf.d/chat.conf": "[program:django]\ncommand={dir}/django --ini\n"
               "environment=PATH=\"/bin:/usr/bin\"\npriority=100\nautostart=true\n"
               "autorestart=true\nstopsignal=INT\nstopasgroup=true\nuser=nobody\n"
               "redirect_stderr=true\nstdout_logfile={dir}/django.log\n"
               "stdout_logfile_maxbytes=20MB\ndirectory={dir}\n"
               "[program:tornado]\ncommand={dir}/django %(process_num)s\n"
               "process_name=%(program_name)s-port-%(process_num)s\n"
               "numprocs_start=9800\nstopwaitsecs=30\n[program:events]\n"
               "command={dir}/django %(process_num)s\nnumprocs=2\nprocess_name="
               "events_%(process_num)s\nstartsecs=0\n[group:workers]\n"
               "programs=events\n"}),
    recipe("exit-with-a-program", S + "nodaemon=true\n[program:main]\ncommand="
           "/bin/sleep 2.5\nautorestart=false\n[program:other]\n" + SLEEP +
           KILLER + "events=PROCESS_STATE_STOPPED,PROCESS_STATE_EXITED,"
           "PROCESS_STATE_FATAL\n", ended()),
    recipe("exit-when-fatal", S + "nodaemon=true\n[program:main]\ncommand="
           "/bin/false\nstartsecs=9\nstartretries=1\n" + KILLER +
           "events=PROCESS_STATE_FATAL\n", ended(), sort=True),
    recipe("documents", "[supervisord]\nnodaemon=true\nlogfile={dir}/log\npidfile="
           "{dir}/pid\nlogfile_maxbytes=50MB\nlogfile_backups=10\nloglevel=info\n"
           "user=root\n" + "".join(
               "[program:%s]\ncommand=%s\nuser=nobody\nstopasgroup=true\n"
               "stopwaitsecs=60\nenvironment=HOME=\"/usr/src/docs\","
               "USER=\"docs\"\nstartsecs=0\n%s" % (
                   x, "{show} {dir}/%s.out" % x, TO_STDOUT)
               for x in ("web", "consumer", "scheduler")),
           written("web.out", "consumer.out", "scheduler.out"),
           running("web", "consumer", "scheduler"), root=True, sort=True,
           args=CONF),
    recipe("no-server-at-all", S + "nodaemon=true\n[program:fs-1]\n" + SLEEP +
           "[program:fs-2]\n" + SLEEP +
           listener("PROCESS_STATE_RUNNING", name="l"),
           running("fs-1", "fs-2"), written("l.events", text="fs-2"), args=CONF,
           ignore=("l.events",)),
    recipe("dependent-startup", S + "logfile_maxbytes=1MB\n" + RPC +
           listener("PROCESS_STATE", name="l", more="autorestart=false\n"
                    "priority=0\n") + "".join(
               "[program:%s]\ncommand=/bin/sleep 1000\npriority=%d\nautostart="
               "false\nautorestart=false\nstdout_logfile=NONE\nstderr_logfile="
               "NONE\ndependent_startup=true\ndependent_startup_wait_for=%s\n"
               % x for x in (("rsyslogd", 1, ""), ("start", 2, "rsyslogd:running"),
                             ("agent", 3, "start:exited"))), running("l"),
           *(call("supervisor.startProcess", x)
             for x in ("rsyslogd", "start", "agent")), ignore=("l.events",)),
    recipe("distribution", "; the package's file\n[unix_http_server]\nfile={dir}/s"
           "   ; the socket\nchmod=0700 ; its mode\n\n[supervisord]\nlogfile="
           "{dir}/log ; the log\npidfile={dir}/pid\nchildlogdir={dir}/tmp\n\n"
           "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
           "supervisor.rpcinterface:make_main_rpcinterface\n\n[supervisorctl]\n"
           "serverurl=unix://{dir}/s ; where\n\n[include]\nfiles = "
           "{dir}/conf.d/*.conf\n", running("cron"),
           keep("stat -c %A s"), files={"conf.d/cron.conf": "[program:cron]\n" +
                                        SLEEP, "conf.d/README": "x"},
           args=("-n", "-c", "{dir}/c.conf")),
    recipe("second-section", S + "[include]\nfiles=conf.d/*\n" + show("x"),
           written("x.out"), running("x"),
           files={"conf.d/fds.conf": "[supervisord]\nminfds=4096\n"}),
    Case("users-sample-file", "", before=sample),
    recipe("container", "[supervisord]\nnodaemon=true\nlogfile=/dev/null\n"
           "logfile_maxbytes=0\npidfile={dir}/supervisord.pid\n[program:web]\n" +
           TEXTS % "echo to out" + TO_STDOUT + "[program:job]\n" +
           TEXTS % "echo to err >&2" + "stderr_logfile=/dev/stderr\n"
           "stderr_logfile_maxbytes=0\nstdout_logfile=/dev/stdout\n"
           "stdout_logfile_maxbytes=0\n", running("web", "job"),
           written("stdout", text="to out"), written("stderr", text="to err"),
           sort=True, args=CONF),
    recipe("web-container", S + "nodaemon=true\n" + "".join(
        "[program:%s]\ncommand={dir}/run %s\nautorestart=true\nstartretries=10\n"
        "stopsignal=%s\nexitcodes=0\n%s" % (x, x, y, TO_STDOUT)
        for x, y in (("nginx", "QUIT"), ("php-fpm", "QUIT"), ("mail", "TERM"))) +
        "[group:start]\nprograms=php-fpm,nginx\npriority=25\n",
        running("nginx", "php-fpm", "mail"), programs=("run",), sort=True),
    recipe("task-queue", S + "[program:worker]\ncommand={dir}/run worker "
           "--loglevel=INFO\ndirectory={dir}\nuser=nobody\nnumprocs=1\n"
           "stdout_logfile={dir}/w.log\nstderr_logfile={dir}/w.log\nautostart=true"
           "\nautorestart=true\nstartsecs=1\nstopwaitsecs = 600\n"
           "killasgroup=true\npriority=998\n[program:beat]\ncommand={dir}/run "
           "beat\npriority=999\nstartsecs=1\n[group:tasks]\nprograms=worker,beat\n",
           running("worker", "beat"), programs=("run",), root=True, sort=True),
    recipe("app-server", S + "[program:app]\ncommand={dir}/run -b unix:{dir}/a "
           "--workers 3 wsgi:app\ndirectory={dir}\nenvironment=\n    DJANGO=\""
           "x.settings\",\n    SECRET='a;b#c',\n    PYTHONUNBUFFERED=1\n"
           "redirect_stderr=true\nstdout_logfile={dir}/app.log\n"
           "stdout_logfile_maxbytes=5MB\nstdout_logfile_backups=3\n",
           running("app"), kill("app", SIGTERM), running("app", count=2),
           programs=("run",)),
    recipe("one-shot", S + RPC + "[program:migrate]\ncommand=/bin/sleep 0.3\n"
           "startsecs=0\nautorestart=false\nautostart=false\nexitcodes=0\n",
           call("supervisor.startProcess", "migrate"), line("exited: migrate"),
           call("supervisor.startProcess", "migrate"),
           line("exited: migrate", 2),
           call("supervisor.getProcessInfo", "migrate")),
    recipe("initscript", S + "pidfile={dir}/pid\nlogfile={dir}/log\n" + RPC +
           "[program:x]\n" + SLEEP, running("x"),
           call("supervisor.getIdentification"), send(SIGHUP),
           running("x", count=2), call("supervisor.shutdown"), ended()),
    recipe("old-keys", S + "[program:x]\n" + IDLE + "log_stdout=true\n"
           "log_stderr=true\nlogfile=/tmp/x\nautorestart=unexpected\n"
           "exitcodes=0,2\nstopsignal=TERM\n"),
]

CASES = EVENTS + ONCE_WRONG + RECIPES
