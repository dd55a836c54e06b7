#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: startinorder and startnextafter (B-301, O-001 to O-048)."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from evsupd import PYTHON, SERVER, Events, needs_peer
from harness import HUP, KILL, TERM, alive, kill, run, test, wait_until

LISTENER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                        "lib", "orderedlistener.py")
PING = ("[program:%s]\ncommand=/bin/true\npriority=%d\nstartsecs=0\n"
        "autorestart=false\nautostart=false\nstartinorder=true\n"
        "startnextafter=exited\n")
SLEEP = ("[program:sleep]\ncommand=/bin/sleep 1000\npriority=101\n"
         "startsecs=1\nautorestart=true\nautostart=false\nstartinorder=true\n")
# O-047; startsecs is 1 and not 5, so that the test is short.
EXAMPLE = (PING % ("ping3", 400) + SLEEP + PING % ("ping2", 200) +
           PING % ("ping", 100))
# A program with startsecs=0 that has ended before it was seen running has no
# line "success" (P-014), with any supervisord: those of pings are left out.
ORDER = ["spawned: 'ping'", "exited: ping", "spawned: 'sleep'",
         "success: sleep", "spawned: 'ping2'", "exited: ping2",
         "spawned: 'ping3'", "exited: ping3"]
STEPS = ["startinorder: ping is first",
         "startinorder: ping is EXITED, sleep is next",
         "startinorder: sleep is RUNNING, ping2 is next",
         "startinorder: ping2 is EXITED, ping3 is next",
         "startinorder: ping3 is EXITED", "startinorder: complete"]


def hold(name, after=None, more=""):
    """A program that ends when {dir}/NAME.go is there."""
    return ("[program:%s]\ncommand=/bin/sh -c \"until test -e {dir}/%s.go; do"
            " sleep 0.02; done\"\nautostart=false\nautorestart=false\n"
            "startsecs=0\nstartinorder=true\n%s%s"
            % (name, name, "startnextafter=%s\n" % after if after else "",
               more))


def happened(s, names="ping|ping2|ping3|sleep"):
    """What became of the programs, in the order of the log."""
    found = (re.match(r"\w+ ((spawned|success|exited): '?(%s)'?)[ (]" % names, x)
             for x in s.lines())
    return [m.group(1) for m in found
            if m and not re.match("success: [^s]", m.group(1))]


@test("O-047, O-048, B-301: the example, with no listener and no server")
def example(t):
    s = Events(t, EXAMPLE).start()
    s.wait_line("startinorder: complete")
    t.equal(happened(s), ORDER, "the order of the log")
    t.equal([x[5:] for x in s.find("startinorder:")], STEPS, "the steps")
    for line, after in (("ping is EXITED", "exited: ping "),
                        ("sleep is RUNNING", "success: sleep ")):
        lines = s.lines()
        at = next(i for i, x in enumerate(lines) if line in x)
        t.true(any(after in x for x in lines[:at]), "%s comes after" % line)
    kill(s.program("sleep"), TERM)  # later starts start nothing else
    s.running("sleep", 2)
    t.equal(happened(s), ORDER + [
        "exited: sleep", "spawned: 'sleep'", "success: sleep"],
            "nothing else was started")
    t.equal(s.count("unknown key"), 0, "the keys are known")


@test("O-026: the listener that did it until now does it alone, in the same "
      "order")
def listener(t):
    needs_peer("supervisor")
    script = t.path("ordered-startup-listener")
    with open(LISTENER) as f, open(script, "w") as out:
        out.write("#!%s\n" % PYTHON + f.read())
    os.chmod(script, 0o755)
    s = Events(t, SERVER + "[eventlistener:order]\ncommand=%s %s\n"
               "events=PROCESS_STATE\nstartsecs=0\n%s"
               % (script, "{dir}/supervisord.conf", EXAMPLE)).start()
    wait_until(lambda: len(happened(s)) >= len(ORDER), 20, "the whole order")
    t.equal(happened(s), ORDER, "the order of the log")
    t.equal(s.find("startinorder"), [
        "WARN startinorder is left to the event listener order "
        "(startinorder_force=true starts in order without it)"], "said once")
    s.stop()
    s.write(PING % ("ping", 100) + "[eventlistener:order]\ncommand=%s %s\n"
            "events=PROCESS_STATE\nautostart=false\n"
            % (script, "{dir}/supervisord.conf"),
            keys="startinorder_force=true\n")
    s.start()
    s.wait_line("startinorder: complete")


@test("O-027: a boolean that is none is an error, a state that is none a "
      "warning")
def bad_values(t):
    s = Events(t, PING % ("x", 1) + "startinorder=perhaps\n")
    s.write((PING % ("x", 1)).replace("startinorder=true",
                                      "startinorder=perhaps"))
    status, text = s.run("-n")
    t.equal(status, 2, "exit status")
    t.true("not a valid boolean value: 'perhaps' in section 'program:x'" in
           text, text)
    s.write(PING.replace("exited", "Ready") % ("x", 1) + PING % ("y", 2))
    s.start()
    s.wait_line("startinorder: complete")
    t.equal(s.find("startnextafter"), [
        "WARN For [program:x], startnextafter=Ready is not a state, RUNNING "
        "is used"], "the warning")
    s.wait_line("startinorder: x is RUNNING, y is next")


@test("B-302, O-039, O-046: who waits says for whom; nothing else waits")
def waiting(t):
    s = Events(t, SERVER + hold("a", "exited") + hold("b", "exited") +
               "[program:z]\ncommand=/bin/sleep 1000\nautostart=false\n"
               "startsecs=0\n").start()
    s.program("a")
    rpc = s.rpc()
    wait_until(lambda: rpc.getProcessInfo("a")["statename"] == "RUNNING", 10,
               "a runs")
    info = rpc.getProcessInfo("b")
    t.equal((info["statename"], info["description"]),
            ("STOPPED", "waiting for a (RUNNING)"), "b")
    t.true(rpc.startProcess("z"), "another program is started at once")
    t.true(rpc.startProcess("b"), "and so is one that waits, by hand")
    s.touch("a.go")
    s.wait_line("startinorder: a is EXITED, b is next")
    s.touch("b.go")
    s.wait_line("startinorder: complete")
    t.equal(s.count("spawned: 'b'"), 1, "starts of b")


@test("O-034, O-035: all processes of a program, in whatever group they are")
def groups(t):
    s = Events(t, hold("a", "exited", "numprocs=2\nprocess_name="
                       "%(program_name)s%(process_num)d\n") +
               hold("b") + "[group:g]\nprograms=a,b\n").start()
    s.program("a0")
    s.program("a1")
    t.equal(s.count("spawned: 'b'"), 0, "b waits")
    s.touch("a.go")
    s.wait_line("startinorder: a is EXITED, b is next")
    t.equal((s.count("exited: a0"), s.count("exited: a1")), (1, 1),
            "both had ended")
    s.program("b")
    s.touch("b.go")


@test("O-036, B-303: FATAL ends it; on_dependency_failure may go on or give up")
def fatal(t):
    text = ("[program:a]\ncommand=/bin/false\nautostart=false\nstartretries=0\n"
            "startinorder=true\npriority=1\n" + PING % ("b", 2) + SERVER)
    s = Events(t, text).start()
    s.wait_line("ERRO startinorder: a is not RUNNING; not started: b")
    t.equal(s.rpc().getProcessInfo("b")["description"],
            "waiting for a (FATAL)", "b waits on")
    t.equal(s.count("spawned: 'b'"), 0, "b")
    s.stop()
    s.write(text, keys="on_dependency_failure=start\nloglevel=debug\n")
    s.start()
    s.wait_line("ERRO startinorder: a is not RUNNING; nevertheless started: b")
    s.wait_line("startinorder: complete")
    s.stop()
    s.write(text, keys="on_dependency_failure=fail\nloglevel=debug\n")
    s.start()
    s.wait_line("ERRO not started: b, because a is not RUNNING")
    info = s.rpc().getProcessInfo("b")
    t.equal((info["statename"], info["description"]),
            ("FATAL", "a is not RUNNING"), "b")


@test("B-303: startorder_timeout")
def timeout(t):
    s = Events(t, hold("a", "exited") + hold("b"),
               keys="startorder_timeout=1\non_dependency_failure=start\n"
               "loglevel=debug\n").start()
    s.wait_line("ERRO startinorder: a is not EXITED; nevertheless started: b")
    s.program("b")
    s.touch("a.go")
    s.touch("b.go")


@test("B-501: the engine is killed at any step, and the order is kept")
def killed(t):
    s = Events(t, hold("a", "exited") + hold("b", "exited") +
               hold("c", "exited")).start()
    for name in "abc":
        s.program(name)
        s.kill_engine()
        t.true(alive(s.program(name)), "%s goes on" % name)
        s.touch(name + ".go")
    s.wait_line("startinorder: complete")
    t.equal(happened(s, "a|b|c"), [
        x % n for n in "abc" for x in ("spawned: '%s'", "exited: %s")],
            "the order")


@test("B-501: it is killed while a program that is waited for ends")
def killed_unseen(t):
    s = Events(t, hold("a", "exited") + hold("b", "exited")).start()
    pid = s.program("a")
    s.wait_line("success: a")
    engine = s.engine()
    kill(engine, 19)
    s.touch("a.go")
    wait_until(lambda: not alive(pid), 10, "the end of a")
    kill(engine, KILL)
    s.wait_line("startinorder: a is EXITED, b is next", timeout=15)
    s.touch("b.go")
    s.wait_line("startinorder: complete")


@test("O-038, O-041: a shutdown ends it at once, a restart begins it anew")
def shutdown(t):
    s = Events(t, hold("a", "exited") + hold("b", "exited")).start()
    s.program("a")
    s.signal(HUP)
    s.wait_line("startinorder: a is first", 2)
    s.program("a", 2)
    t.equal(s.count("spawned: 'b'"), 0, "b was never started")
    s.stop()
    t.equal(s.count("spawned: 'b'"), 0, "b was never started")


@test("O-040: update while it is on its way")
def update(t):
    a, b, c = hold("a", "exited"), hold("b", "exited"), hold("c", "exited")
    s = Events(t, SERVER + a + b + c).start()
    s.program("a")
    rpc = s.rpc()
    s.write(SERVER + a + b.replace("autorestart", "umask=027\nautorestart") +
            hold("d", "exited"))
    added, changed, removed = rpc.reloadConfig()[0]
    t.equal((added, changed, removed), (["d"], ["b"], ["c"]), "reread")
    rpc.removeProcessGroup("b")
    rpc.removeProcessGroup("c")
    rpc.addProcessGroup("b")
    rpc.addProcessGroup("d")
    s.touch("a.go")
    s.wait_line("startinorder: a is EXITED, b is next")
    s.touch("b.go")
    s.wait_line("startinorder: complete")
    t.equal(s.count("spawned: 'd'"), 0, "one that was added starts by hand")


run()
