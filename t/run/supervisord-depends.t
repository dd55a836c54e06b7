#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: depends_on, ordered_startup and the way down (B-302 to B-306)."""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import SERVER, Events
from harness import KILL, TERM, alive, kill, run, test, wait_until

QUICK = "startsecs=0\n"


def sleeper(name, more=""):
    return ("[program:%s]\ncommand=/bin/sleep 1000\n%s%s"
            % (name, QUICK, more))


def job(name, more=""):
    """A program that ends when {dir}/NAME.go is there, with what is in it."""
    return ("[program:%s]\ncommand=/bin/sh -c \"until test -s {dir}/%s.go; do"
            " sleep 0.02; done; exit `cat {dir}/%s.go`\"\nautorestart=false\n"
            "%s%s" % (name, name, name, QUICK, more))


def late(name, more=""):
    """One that ends, when it is told to, as soon as {dir}/NAME.end is there;
    {dir}/NAME.up says that it will."""
    return ("[program:%s]\ncommand=/bin/sh -c \"trap 'until test -e"
            " {dir}/%s.end; do sleep 0.02; done; exit 0' TERM;"
            " >{dir}/%s.up; while :; do sleep 0.02; done\"\n%s%s"
            % (name, name, name, QUICK, more))


def are_up(s, *names):
    for name in names:
        wait_until(lambda: os.path.exists(s.path(name + ".up")), 10,
                   "%s is up" % name)


def go(s, name, status=0):
    with open(s.path(name + ".tmp"), "w") as f:
        f.write("%d" % status)
    os.rename(s.path(name + ".tmp"), s.path(name + ".go"))


def look(s, name):
    info = s.rpc().getProcessInfo(name)
    return info["statename"], info["description"]


def waits(s, name, text):
    wait_until(lambda: look(s, name) == ("STOPPED", "waiting for " + text), 10,
               "%s is waiting for %s" % (name, text))


def order(s, *texts):
    """The places of log lines, which have to be there, each once."""
    lines = s.lines()
    return [next(i for i, x in enumerate(lines) if text in x)
            for text in texts]


def ascending(t, s, *texts):
    at = order(s, *texts)
    t.true(at == sorted(at), "in this order: %s" % (texts,))


@test("B-302: two branches come up side by side, the third waits for both")
def branches(t):
    s = Events(t, SERVER + job("db") + job("mig", "depends_on=db\n") +
               job("mq") + sleeper("web", "depends_on=mig:exited,db:exited\n") +
               sleeper("other")).start()
    s.program("other")
    s.program("mq")
    s.wait_line("INFO web waits for ")
    s.program("mig")
    ascending(t, s, "spawned: 'db'", "success: db", "spawned: 'mig'")
    waits(s, "web", "mig (RUNNING)")
    go(s, "mig")
    s.wait_line("exited: mig")
    waits(s, "web", "db (RUNNING)")
    go(s, "db")
    s.program("web")
    ascending(t, s, "exited: mig", "exited: db", "spawned: 'web'")
    go(s, "mq")


@test("B-302: faults are refused, with the chain and its place")
def faults(t):
    s = Events(t, sleeper("a", "depends_on=c\n") +
               sleeper("b", "depends_on=a\n") +
               sleeper("c", "depends_on=b:ready\n"))
    status, text = s.run("-n")
    t.equal(status, 2, "exit status")
    with open(s.config) as f:
        line = f.read().splitlines().index("depends_on=a") + 1
    t.true("depends_on of [program:b]: a waits for itself: a -> c -> b -> a "
           "(%s:%d)" % (s.config, line) in text, text)
    s.write(sleeper("a", "depends_on=nobody\n"))
    status, text = s.run("-n")
    t.equal(status, 2, "exit status")
    t.true("there is no program named nobody" in text, text)


@test("B-303: a dependency fails: hold, fail, start")
def failure(t):
    text = (SERVER + "[program:db]\ncommand=/bin/false\nstartretries=0\n" +
            sleeper("web", "depends_on=db\n") +
            sleeper("top", "depends_on=web\n"))
    s = Events(t, text).start()
    s.wait_line("ERRO web waits in vain: db is FATAL")
    t.equal(look(s, "web"), ("STOPPED", "waiting for db (FATAL)"), "web")
    t.equal(look(s, "top"), ("STOPPED", "waiting for web (STOPPED)"), "top")
    s.stop()
    s.write(text, "on_dependency_failure=fail\n")
    s.start()
    s.wait_line("ERRO not started: top, because web is FATAL")
    t.equal(look(s, "web"), ("FATAL", "db is FATAL"), "web")
    s.stop()
    s.write(text, "on_dependency_failure=start\n")
    s.start()
    s.wait_line("ERRO web is started, although db is FATAL")
    s.program("top")


@test("B-303: ordered_startup starts class after class; startorder_timeout")
def ordered(t):
    s = Events(t, job("a", "priority=1\n") +
               sleeper("b", "priority=2\n") + sleeper("c", "priority=2\n") +
               sleeper("d", "priority=3\n") +
               sleeper("no", "priority=1\nautostart=false\n"),
               keys="ordered_startup=true\n").start()
    s.program("d")
    ascending(t, s, "success: a", "spawned: 'b'", "success: b",
              "spawned: 'd'")
    ascending(t, s, "success: a", "spawned: 'c'", "success: c",
              "spawned: 'd'")
    go(s, "a")
    s.stop()
    s.write(SERVER + job("x") + sleeper("y", "depends_on=x:exited\n"),
            "startorder_timeout=1\n")
    s.start()
    s.wait_line("ERRO y waits in vain: x is RUNNING")
    go(s, "x")
    s.program("y")


@test("B-306: start, stop, restart, update and shutdown during a wait are "
      "answered at once")
def answered(t):
    text = (SERVER + job("db", "autorestart=false\n") +
            sleeper("web", "depends_on=db:exited\n") + sleeper("x"))
    s = Events(t, text).start()
    waits(s, "web", "db (RUNNING)")
    rpc = s.rpc()
    began = time.monotonic()
    t.true(rpc.stopProcess("web"), "stop")
    t.equal(look(s, "web"), ("STOPPED", "Not started"), "it waits no more")
    t.true(rpc.startProcess("web"), "start: by hand it is done at once")
    t.true(rpc.stopProcess("web"), "stop")
    t.true(rpc.stopProcess("x") and rpc.startProcess("x"), "restart of another")
    t.equal(rpc.startAllProcesses(False)[0]["status"], 80,
            "start of all that does not wait")
    waits(s, "web", "db (RUNNING)")
    s.write(text.replace("[program:web]", "[program:web]\numask=027"))
    t.equal(rpc.reloadConfig()[0], [[], ["web"], []], "reread")
    t.true(rpc.removeProcessGroup("web") and rpc.addProcessGroup("web"),
           "update")
    waits(s, "web", "db (RUNNING)")
    s.stop()
    took = time.monotonic() - began
    t.true(took < 30, "all of it in %.1f s" % took)
    t.equal(s.count("spawned: 'web'"), 1, "it was started by hand only")


@test("B-302: start of all goes in order, and waits for the last")
def start_all(t):
    s = Events(t, SERVER + sleeper("z", "autostart=false\n") + sleeper(
        "a", "depends_on=z\nautostart=false\n")).start()
    t.equal([(r["name"], r["status"]) for r in s.rpc().startAllProcesses()],
            [("z", 80), ("a", 80)], "the answer")
    ascending(t, s, "success: z", "spawned: 'a'")


@test("B-304: a stop of many and a shutdown go in reverse, and wait")
def reverse(t):
    text = (SERVER + late("db") + late("web", "depends_on=db\n") +
            sleeper("mq") + sleeper("job", "depends_on=mq\n"))
    s = Events(t, text).start()
    s.program("web")
    s.program("job")
    rpc = s.rpc()
    are_up(s, "db", "web")
    for way in ("stop", "shutdown"):
        n = s.count("stopped: mq")
        answer = []
        if way == "stop":
            thread = threading.Thread(
                target=lambda: answer.append(s.rpc().stopAllProcesses()))
            thread.start()
        else:
            for name in ("web.end", "db.end", "web.up", "db.up"):
                os.unlink(s.path(name))
            for name in ("db", "web", "mq", "job"):
                rpc.startProcess(name)
            are_up(s, "db", "web")
            s.signal(TERM)
        s.wait_line("stopped: mq", n + 1)  # the other branch is done
        db, web = s.program("db", n + 1), s.program("web", n + 1)
        t.true(alive(db) and alive(web), "db and web are there")
        t.equal(s.count("stopped: web"), n, "web is being stopped")
        t.equal(s.count("killing db (pid %d)" % db), 0, "db is not")
        s.touch("web.end")
        s.wait_line("stopped: web", n + 1)
        s.wait_line("killing db (pid %d)" % db)
        s.touch("db.end")
        s.wait_line("stopped: db", n + 1)
        if way == "stop":
            thread.join(20)
            t.equal(sorted(r["name"] for r in answer[0]),
                    ["db", "job", "mq", "web"], "the answer")
    s.wait_exit()


@test("B-304: shutdown_timeout ends every shutdown")
def shutdown_timeout(t):
    s = Events(t, late("db", "stopwaitsecs=1000\n") +
               late("web", "depends_on=db\nstopwaitsecs=1000\n"),
               keys="shutdown_timeout=1\nloglevel=debug\n").start()
    are_up(s, "db", "web")
    began = time.monotonic()
    s.stop(timeout=60)
    t.true(time.monotonic() - began >= 1, "it had its time")
    t.equal(s.count("with SIGKILL: shutdown_timeout is over"), 2, "killed")


@test("B-305: those that depend on a program are restarted with it, or not")
def dependents(t):
    s = Events(t, SERVER + sleeper("db", "dependents=restart\n") +
               sleeper("web", "depends_on=db\n") + sleeper("mq") +
               sleeper("job", "depends_on=mq\n") +
               sleeper("bus", "dependents=graceful\n") +
               sleeper("app", "depends_on=bus\n")).start()
    app = s.program("app")
    web, job_pid = s.program("web"), s.program("job")
    rpc = s.rpc()
    rpc.stopProcess("db")
    t.true(alive(web), "web goes on while db is stopped")
    rpc.startProcess("db")
    s.wait_line("INFO restarting web: what it depends on was started")
    s.program("web", 2)
    t.true(not alive(web), "it is another one")
    rpc.stopProcess("mq")
    rpc.startProcess("mq")
    kill(s.program("db", 2), TERM)  # and when it restarts by itself
    s.program("web", 3)
    t.true(alive(job_pid), "job was left alone")
    t.equal(s.count("restarting"), 2, "restarts")
    rpc.stopProcess("bus")
    rpc.startProcess("bus")
    s.program("app", 2)
    t.true(not alive(app), "it was reloaded, in its way")
    t.equal(s.count("restarting app"), 1, "once")


@test("B-501: the engine is killed while some wait, and on the way down")
def killed(t):
    s = Events(t, SERVER + job("db") + late("web", "depends_on=db:exited\n") +
               sleeper("top", "depends_on=web\n")).start()
    waits(s, "top", "web (STOPPED)")
    s.kill_engine()
    waits(s, "web", "db (RUNNING)")
    go(s, "db")
    s.program("top")
    are_up(s, "web")
    ascending(t, s, "exited: db", "spawned: 'web'", "success: web",
              "spawned: 'top'")
    s.signal(TERM)
    s.wait_line("stopped: top")
    s.wait_line("killing web")
    engine = s.engine()
    kill(engine, KILL)
    wait_until(lambda: not alive(engine), 10, "end of the engine")
    s.touch("web.end")
    s.wait_exit(30)
    t.equal(s.count("spawned: 'top'"), 1, "nothing was started again")


run()
