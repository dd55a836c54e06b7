#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisord: a new engine works with the configuration that is in force, not
with what the disk has become (B-501)."""
import http.client
import os
import random
import shutil
import subprocess
import sys
import time
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import (BUILD, HUP, KILL, alive, children, diag,  # noqa: E402
                     kill, run, test, wait_until)
from supd import SERVER, Supd  # noqa: E402

CTL = os.path.join(BUILD, "bin", "supervisorctl")
SLEEP = "[program:%s]\ncommand=/bin/sleep 1000\n"


def programs(*names):
    return SERVER + "".join(SLEEP % n for n in names)


def ctl(s, *words):
    p = subprocess.run([CTL, "-s", "unix://" + s.path("sock")] + list(words),
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60, cwd=s.dir)
    return p.returncode, p.stdout.decode()


def states(s):
    return {i["name"]: (i["statename"], i["pid"])
            for i in s.rpc().supervisor.getAllProcessInfo()}


@test("B-501: a program that is gone from the file is known after a kill")
def gone_from_disk(t):
    s = Supd(t, programs("a", "b")).start()
    a, b = s.running("a"), s.running("b")
    s.write(programs("b", "c"))
    s.kill_engine()
    t.equal(states(s), {"a": ("RUNNING", a), "b": ("RUNNING", b)}, "programs")
    t.equal(s.count("no longer in the configuration"), 0, "complaints")
    t.equal(s.rpc().supervisor.reloadConfig(), [[["c"], [], ["a"]]], "reread")
    s.kill_engine()
    t.equal(states(s)["a"], ("RUNNING", a), "a after a reread")
    t.equal(ctl(s, "update"), (0, "a: stopped\na: removed process group\n"
                               "c: added process group\n"), "update")
    s.running("c")
    s.kill_engine()
    t.equal(sorted(states(s)), ["b", "c"], "programs after the update")
    t.true(alive(b) and not alive(a), "a was stopped, b left alone")
    s.stop()


@test("B-501: a file that has become bad, or is gone, changes nothing")
def bad_disk(t):
    s = Supd(t, programs("a")).start()
    a = s.running("a")
    with open(s.config, "w") as f:
        f.write("[nonsense\n")
    s.kill_engine()
    t.equal(states(s), {"a": ("RUNNING", a)}, "programs")
    os.unlink(s.config)
    s.kill_engine()
    t.equal(states(s), {"a": ("RUNNING", a)}, "programs without a file")
    t.equal(s.find("^(CRIT|ERRO) (?!Super|Server)"), [], "errors")
    s.stop()


@test("B-501: expansions give what they gave; included files, too")
def expansions(t):
    s = Supd(t, SERVER)
    os.mkdir(s.path("inc"))
    with open(s.path("inc/one.ini"), "w") as f:
        f.write("[program:a]\ncommand=/bin/sh -c \"echo %(here)s %(ENV_X_Y)s "
                "%(host_node_name)s %(program_name)s; exec sleep 1000\"\n"
                + "stdout_logfile=%s\n" % s.path("a.log"))
    s.write(SERVER + "[include]\nfiles=inc/*.ini\n")
    s.start(env={"X_Y": "from outside"})
    a = s.running("a")
    wait_until(lambda: os.path.getsize(s.path("a.log")) > 0, 10, "output")
    with open(s.path("a.log")) as f:
        line = f.read()
    t.true(" from outside " in line, line)
    shutil.rmtree(s.path("inc"))
    s.kill_engine()
    t.equal(states(s), {"a": ("RUNNING", a)}, "programs")
    s.rpc().supervisor.stopProcess("a")
    s.rpc().supervisor.startProcess("a")
    wait_until(lambda: open(s.path("a.log")).read() == line + line, 10,
               "the same output again")
    s.stop()


@test("B-501: a log that cannot be opened any more does not block its program")
def no_log(t):
    s = Supd(t, "[program:a]\ncommand=/bin/sh -c \"while echo x; do :; done\"\n"
             "stdout_logfile={dir}/logs/a.log\nstdout_logfile_maxbytes=1MB\n"
             "stdout_logfile_backups=0\n")
    os.mkdir(s.path("logs"))
    s.start()
    a = s.running("a")
    s.kill_engine()
    os.rename(s.path("logs"), s.path("other"))
    s.kill_engine()
    s.wait_line("CRIT cannot go on with the stdout of 'a'")

    def written():
        with open("/proc/%d/io" % a) as f:
            return int(next(x for x in f if x.startswith("wchar")).split()[1])
    before = written()
    wait_until(lambda: written() > before + 1000000, 20, "more output")
    t.true(alive(a), "the program runs")
    os.rename(s.path("other"), s.path("logs"))
    s.stop()


@test("B-501: groups of several configurations, each as it was made")
def several(t):
    s = Supd(t, programs("a", "b")).start()
    a = s.running("a")
    s.write(programs("a", "b", "c").replace("1000", "2000"))
    t.equal(s.rpc().supervisor.reloadConfig(), [[["c"], ["a", "b"], []]],
            "reread")
    t.true(s.rpc().supervisor.addProcessGroup("c"), "add c")
    s.running("c")
    before = states(s)
    s.write("[nonsense\n")
    s.kill_engine()
    t.equal(states(s), before, "programs")
    commands = {}
    for pid in (a, before["c"][1]):
        with open("/proc/%d/cmdline" % pid) as f:
            commands[pid] = f.read().split("\0")[1]
    s.rpc().supervisor.stopProcess("a")
    s.rpc().supervisor.startProcess("a")
    with open("/proc/%d/cmdline" % states(s)["a"][1]) as f:
        t.equal(f.read().split("\0")[1], commands[a], "the command of a")
    s.write(programs("a", "b", "c").replace("1000", "2000"))
    t.equal(s.rpc().supervisor.reloadConfig(), [[[], ["a", "b"], []]],
            "reread after the kill")
    s.stop()


@test("B-501: after a HUP it is the new file that is in force")
def after_hup(t):
    s = Supd(t, programs("a", "b")).start()
    s.running("a")
    s.write(programs("b", "c"))
    s.signal(HUP)
    s.running("c")
    wait_until(lambda: states(s)["b"][0] == "RUNNING", 10, "b runs")
    before = states(s)
    s.write(programs("z"))
    s.kill_engine()
    t.equal(states(s), before, "programs")
    t.equal(sorted(before), ["b", "c"], "names")
    s.stop()


@test("B-501: an engine killed while it starts has started everything at last")
def killed_at_start(t):
    names = ["p%d" % i for i in range(20)]
    rand = random.Random(int(os.environ.get("SEED") or 17))
    for i in range(5):
        s = Supd(t, programs(*names), name="s%d" % i)
        out = open(s.output, "ab")
        s.proc = subprocess.Popen([s.exe, "-n", "-c", s.config], cwd=s.dir,
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=out)
        out.close()
        s.pid = s.proc.pid
        t.known.add(s.pid)
        for _ in range(2):
            engine = s.engine()
            time.sleep(rand.random() * 0.02)
            kill(engine, KILL)
            wait_until(lambda: s.engine() != engine, 10, "the next engine")

        def all_running():
            try:
                info = states(s)
            except OSError:
                return False
            return len(info) == 20 and all(
                v[0] == "RUNNING" for v in info.values()) and info
        info = wait_until(all_running, 20, "everything runs")
        t.equal(sorted(p for _, p in info.values()),
                sorted(set(children(s.pid)) - {s.engine()}), "children")
        s.stop()


@test("B-504: updates under kills: at the end there is what the file says")
def updates(t):
    rand = random.Random(int(os.environ.get("SEED") or time.time()))
    s = Supd(t, programs("a", "b", "c")).start()
    a = s.running("a")
    names, end, kills = ["b", "c", "d", "e", "f"], time.monotonic() + 4, 0
    while time.monotonic() < end:
        some = ["a"] + [n for n in names if rand.random() < 0.6]
        s.write(programs(*some))
        p = subprocess.Popen([CTL, "-s", "unix://" + s.path("sock"), "update"],
                             stdin=subprocess.DEVNULL, cwd=s.dir,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        time.sleep(rand.random() * 0.1)
        if rand.random() < 0.7:
            kill(s.engine(), KILL)
            kills += 1
        p.wait(60)
    diag("%d kills" % kills)

    def settled():
        try:
            changes = s.rpc().supervisor.reloadConfig()
            ctl(s, "update")
            return changes == [[[], [], []]] and states(s)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None
    wait_until(settled, 30, "the update is done")
    info = wait_until(lambda: all(v[0] == "RUNNING" for v in
                                  states(s).values()) and states(s), 20,
                      "everything runs")
    t.equal(sorted(info), sorted(some), "programs")
    t.equal(info["a"][1], a, "the pid of a")
    t.equal(sorted(p for _, p in info.values()),
            sorted(set(children(s.pid)) - {s.engine()}), "children")
    s.stop()


run()
