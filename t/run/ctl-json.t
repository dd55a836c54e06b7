#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""supervisorctl for programs and for people: --json for every command, colours
and progress on a terminal and nowhere else (law 5), wildcards, completion in bash, zsh and
fish by the program's own --words."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlpeer import BUILD, OUR_CTL, OUR_DAEMON, SLOW, WRAPPER, ok, wait_until  # noqa: E402,E501

SRC = os.path.abspath(os.environ.get("SRC_DIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CONFIG = """
[program:web]
command=/bin/sh -c "printf 'one\\\\n\\\\377two\\\\n'; exec sleep 1000"
numprocs=2
process_name=w%(process_num)d
startsecs=0
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:slow]
command=/bin/sh -c "trap 'sleep 3; exit 0' TERM; while :; do sleep 0.05; done"
startsecs=0
stopwaitsecs=60
"""


def answer(daemon, *words):
    """The object that --json prints, after a look at what every one has."""
    out, err, status = daemon.ctl(OUR_CTL, "--json", *words)
    got = json.loads(out)
    line = " ".join(words)
    plain = {"schema", "command", "status", "results", "text"}
    ok(set(got) - {"error"} == plain and got["schema"] == 1 and
       got["command"] == line and got["status"] == status and err == "" and
       out.count("\n") == 1, "%s: the object is whole" % line, (out, err))
    return got


def results(got, *keys):
    """Some members of each result."""
    return [tuple(r.get(k) for k in keys) for r in got["results"]]


def status_and_actions(daemon):
    """Commands about processes."""
    got = answer(daemon, "status", "web:*", "off", "nope")
    ok(results(got, "process", "statename") == [
        ("nope", None), ("web:w0", "RUNNING"), ("web:w1", "RUNNING"),
        ("off", "STOPPED")] and got["status"] == 3,
       "status: each process, and what is not there", got)
    pid = [r["pid"] for r in got["results"] if r.get("name") == "w0"][0]
    plain = daemon.ctl(OUR_CTL, "status", "web:*", "off", "nope")[0]
    ok(ctlpeer.normal(got["text"], daemon, OUR_CTL) ==
       ctlpeer.normal(plain, daemon, OUR_CTL),
       "status: the text that people see", got)
    got = answer(daemon, "start", "off", "nope", "nogroup:*")
    want = ("process", "ok", "code", "result")
    ok(results(got, *want) == [
        ("off", True, 80, "started"), ("nope", False, 10, "no such process"),
        ("nogroup", False, 10, "no such group")] and got["status"] == 2,
       "start: done, no such process, no such group", got)
    got = answer(daemon, "start", "off")
    ok(results(got, *want) == [("off", True, 60, "already started")] and
       got["status"] == 0, "start: already started is no failure", got)
    got = answer(daemon, "stop", "off")
    ok(results(got, *want) == [("off", True, 80, "stopped")], "stop", got)
    got = answer(daemon, "restart", "web:*")
    ends = results(got, "process", "result")  # in the order they came
    ok(sorted(ends[:2]) == [("web:w0", "stopped"), ("web:w1", "stopped")] and
       sorted(ends[2:]) == [("web:w0", "started"), ("web:w1", "started")],
       "restart", got)
    got = answer(daemon, "pid", "web:w0", "off")
    ok(results(got, "process") == [("web:w0",), ("off",)] and
       got["results"][0]["pid"] not in (0, pid) and
       got["results"][1]["pid"] == 0, "pid", got)
    got = answer(daemon, "signal", "NOPE", "web:w0")
    ok(results(got, *want) == [("web:w0", False, 11, "bad signal name")],
       "signal: not one", got)
    got = answer(daemon, "clear", "off")
    ok(results(got, *want) == [("off", True, 80, "cleared")], "clear", got)


def wildcards(daemon):
    """Users' want 26: patterns in the place of names."""
    def names(*words):
        got = json.loads(daemon.ctl(OUR_CTL, "--json", *words)[0])
        return [r["process"] for r in got["results"]], got["status"]
    ok(names("status", "*w?") == (["web:w0", "web:w1"], 0), "status *w?",
       names("status", "*w?"))
    ok(names("status", "*:s*") == (["slow"], 0), "a colon: group:process",
       names("status", "*:s*"))
    ok(names("status", "web:w[1-9]", "of?") == (["web:w1", "off"], 3),
       "two patterns", names("status", "web:w[1-9]", "of?"))
    ok(names("pid", "web:*") == (["web:*"], 1), "group:* is no pattern",
       names("pid", "web:*"))
    out = daemon.ctl(OUR_CTL, "stop", "x*")
    ok(out[0] == "x*: ERROR (no such process)\n" and out[2] == 1,
       "what fits nothing is no process", out)
    ok(names("signal", "CONT", "w*0") == (["web:w0"], 0), "signal")


def logs(daemon):
    """Logs of any bytes are text; a followed one is an object a line."""
    got = answer(daemon, "tail", "web:w1")
    ok("one\n" in got["results"][0]["log"], "tail", got)
    got = answer(daemon, "tail", "none")
    ok(results(got, "process", "ok", "result") == [
        ("none", False, "no such process name")], "tail: no process", got)
    got = answer(daemon, "maintail")
    ok("entered RUNNING" in got["results"][0]["log"], "maintail", got)
    tail = subprocess.Popen(
        WRAPPER + [OUR_CTL, "-c", daemon.conf, "--json", "tail", "-f",
                   "web:w1"], stdout=subprocess.PIPE)
    lines = [json.loads(tail.stdout.readline()) for _ in range(2)]
    ok(lines[-1] == {"line": "\ufffdtwo"}, "tail -f: an object a line", lines)
    tail.send_signal(signal.SIGINT)
    rest = tail.communicate(timeout=30 * SLOW)[0].decode().splitlines()
    ok(json.loads(rest[-1])["status"] == 0 and tail.returncode == 0,
       "tail -f: the end is the usual object", rest)
    got = answer(daemon, "fg", "web:w1")
    ok(got["status"] == 1 and got["results"] == [], "fg: refused", got)


def configuration(daemon):
    """Commands about the configuration and the daemon."""
    got = answer(daemon, "avail")
    ok(results(got, "process", "inuse", "autostart")[0] ==
       ("off", True, False), "avail", got)
    ok(answer(daemon, "reread")["results"] == [], "reread: nothing new")
    daemon.write(CONFIG.replace("[program:off]", "[program:new]"))
    got = answer(daemon, "reread")
    ok(results(got, "group", "result") == [
        ("new", "available"), ("off", "disappeared")], "reread", got)
    got = answer(daemon, "update")
    ok(results(got, "group", "ok", "result") == [
        ("off", True, "stopped"), ("off", True, "removed process group"),
        ("new", True, "added process group")], "update", got)
    got = answer(daemon, "remove", "web", "nope")
    ok(results(got, "group", "ok", "result") == [
        ("web", False, "process/group still running"),
        ("nope", False, "no such process/group")], "remove", got)
    ok(re.match(r"4\.", answer(daemon, "version")["results"][0]["version"]),
       "version")


def failures(daemon):
    """What is wrong is said in words that a program can compare."""
    def error(*options):
        out = daemon.ctl(OUR_CTL, *options, conf=False)
        return json.loads(out[0])["error"]["kind"], out[2]
    ok(error("-s", "unix:///nonexistent", "--json", "status") ==
       ("no-socket", 4), "no socket")
    ok(error("-s", "http://127.0.0.1:1", "--json", "stop", "x") ==
       ("refused", 4), "refused")
    ok(error("-s", "ftp://x", "--json", "status") == ("url", 1), "no URL")
    out = daemon.ctl(OUR_CTL, "--json")
    ok(out[2] == 2 and out[0] == "" and "--json needs an action" in out[1],
       "no action", out)
    out = daemon.ctl(OUR_CTL, "--timeout", "x", "status")
    ok(out[2] == 2 and "--timeout" in out[1], "--timeout x", out)
    out = daemon.ctl(OUR_CTL, "--timeout", "1", "stop", "slow")
    ok(out[2] == 1 and out[0].startswith("error: Timeout"),
       "--timeout: an action that takes longer", out)
    got = answer(daemon, "bogus")
    ok(got["status"] == 1 and got["text"] == "*** Unknown syntax: bogus\n",
       "no command", got)


def screen(daemon, *words, until, term="xterm", **env):
    """What a terminal gets of a command until a text comes; its status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(env, TERM=term)
        os.execv((WRAPPER + [OUR_CTL])[0],
                 WRAPPER + [OUR_CTL, "-c", daemon.conf] + list(words))
    got, end = b"", time.monotonic() + 30 * SLOW
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        got += piece
        if not piece or (until and until in got):
            break
    return got, pid, fd


def terminal(daemon):
    """Colours and progress, on a terminal only."""
    got, pid, fd = screen(daemon, "status", until=None)
    os.waitpid(pid, 0)
    os.close(fd)
    ok(b"\x1b[32mRUNNING   \x1b[0mpid" in got, "status has colours", got)
    got, pid, fd = screen(daemon, "status", until=None, NO_COLOR="1")
    os.waitpid(pid, 0)
    os.close(fd)
    ok(b"\x1b" not in got and b"RUNNING   pid" in got, "not with NO_COLOR", got)
    got, pid, fd = screen(daemon, "status", until=None, term="dumb")
    os.waitpid(pid, 0)
    os.close(fd)
    ok(b"\x1b" not in got, "not on a dumb terminal", got)
    ok("\x1b" not in daemon.ctl(OUR_CTL, "status")[0], "law 5: not in a pipe")
    wait_until(lambda: daemon.states(OUR_CTL)["slow"] == "STOPPED",
               what="what timed out is done")
    daemon.ctl(OUR_CTL, "start", "slow")
    got, pid, fd = screen(daemon, "stop", "slow", until=b"not wait)")
    ok(b"stopping slow ... " in got, "what takes long is shown", got)
    os.write(fd, b"\x03")
    ok(os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGINT,
       "Ctrl-C ends the waiting")
    os.close(fd)
    wait_until(lambda: daemon.states(OUR_CTL)["slow"] == "STOPPED",
               what="the server does what it was asked to")
    got, pid, fd = screen(daemon, "-s", "unix:///nonexistent", "status",
                          until=b"-s URL")
    ok(b"Start it with `supervisord -c FILE`" in got, "a hint, to a person",
       got)
    os.waitpid(pid, 0)
    os.close(fd)
    out = daemon.ctl(OUR_CTL, "-s", "unix:///nonexistent", "status")
    ok(out[:2] == ("unix:///nonexistent no such file\n", ""),
       "L-022: no hint to a program", out)


def shell(name, *argv):
    """A shell's answer; None if it is not there, which PEERS forbids."""
    if shutil.which(name) is None:
        ok(not os.environ.get("PEERS"), "%s # SKIP not there" % name)
        return None
    env = dict(os.environ, PATH=os.path.join(BUILD, "bin") + ":" +
               os.environ["PATH"])
    run = subprocess.run([name] + list(argv), env=env, text=True, check=False,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=60 * SLOW)
    return sorted(run.stdout.split())


def completion(daemon):
    """L-080 in three shells."""
    out = daemon.ctl(OUR_CTL, "--words", "stop", "")
    ok(out[0].split() == ["new", "slow", "web:*", "web:w0", "web:w1"],
       "--words", out)
    out = daemon.ctl(OUR_CTL, "-s", "unix:///nonexistent", "--words", "stop",
                     "")
    ok(out[0] == "", "--words: silent without a server", out)
    place = os.path.join(SRC, "supervisorctl", "completion")
    line = "supervisorctl -c %s " % daemon.conf

    def bash(text):
        return shell("bash", "--norc", "-c", """
            . %s/supervisorctl.bash; COMP_LINE='%s'; COMP_POINT=${#COMP_LINE}
            COMP_WORDBREAKS=$' :'; _supervisorctl
            printf '%%s\\n' "${COMPREPLY[@]}" """ % (place, text))
    ok(bash(line + "st") == ["start", "status", "stop"], "bash: commands",
       bash(line + "st"))
    ok(bash(line + "stop web:") == ["*", "w0", "w1"], "bash: processes",
       bash(line + "stop web:"))
    ok(bash("supervisorctl --js") == ["--json"], "bash: options")
    got = shell("fish", "--no-config", "-c",
                "source %s/supervisorctl.fish; complete -C '%sstop web:'" % (
                    place, line))
    ok(got in (None, ["web:*", "web:w0", "web:w1"]), "fish", got)
    got = shell("zsh", "-f", "-c", """
        zmodload zsh/zpty; zpty z zsh -f -i
        zpty -w z 'PS1=; fpath=(%s $fpath); autoload -U compinit; compinit -u -D'
        zpty -w z 'LISTMAX=0; print READY'; zpty -r z x '*READY*READY*'
        zpty -w -n z '%sstop web:w'$'\\t'; zpty -w -n z $'\\t'
        zpty -r z x '*web:w0*web:w1*' && print -r -- web:w0 web:w1
        zpty -d z """ % (place, line)) if shutil.which("zsh") else None
    ok(got is None or got == ["web:w0", "web:w1"], "zsh", got)


def main():
    """Everything."""
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG)
        wait_until(lambda: daemon.states(OUR_CTL)["web:w1"] == "RUNNING",
                   what="programs run")
        status_and_actions(daemon)
        wildcards(daemon)
        logs(daemon)
        configuration(daemon)
        failures(daemon)
        terminal(daemon)
        completion(daemon)
    ctlpeer.done()


main()
