#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ansible's own module community.general.supervisorctl in all its states, with
our supervisorctl (integration 1; Debian package ansible)."""
import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import free_port  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

MODULE = glob.glob("/usr/lib/python3/dist-packages/ansible_collections/"
                   "community/general/plugins/modules/supervisorctl.py")
CONFIG = """
[program:one]
command=/bin/cat
startsecs=0
[program:a]
command=/bin/cat
startsecs=0
process_name=a_%(process_num)d
numprocs=2
[program:b]
command=/bin/sh -c "trap 'echo got' USR1; echo up; while :; do sleep 0.05; done"
startsecs=0
[group:g]
programs=a,b
"""
MORE = "[program:new]\ncommand=/bin/cat\nstartsecs=0\n"


class Ansible:
    """The module, and a daemon that it is for."""

    def __init__(self, daemon, extra):
        self.daemon = daemon
        self.extra = extra

    def do(self, name, state, check=False, **more):
        """Runs the module; its answer."""
        args = {"name": name, "state": state, "supervisorctl_path": OUR_CTL,
                "_ansible_check_mode": check, **self.extra, **more}
        run = subprocess.run(
            ["/usr/bin/python3", "-I", MODULE[0]], text=True, capture_output=True,
            input=json.dumps({"ANSIBLE_MODULE_ARGS": args}),
            timeout=100 * SLOW, check=False)
        lines = [line for line in run.stdout.splitlines()
                 if line.startswith("{")]
        return json.loads(lines[-1]) if lines else {"msg": run.stderr}

    def expect(self, title, want, name, state, **more):
        """Runs it and compares what it says and what has become of it."""
        got = self.do(name, state, **more)
        wrong = {k: got.get(k) for k, v in want.items() if got.get(k) != v}
        ok(not wrong, "%s: %s" % (state, title), got)

    def states(self, **want):
        """Waits for states of processes; one with a colon has __."""
        want = {k.replace("__", ":"): v for k, v in want.items()}
        wait_until(lambda: want.items() <= self.daemon.states(OUR_CTL).items(),
                   what="%s" % want)


GROUP = ["g:a_0", "g:a_1", "g:b"]


def tour(a):
    """Every state, of a process, a group, all, and of nothing."""
    changed, same = {"changed": True}, {"changed": False}
    failed = {"failed": True, "msg": "ERROR (no such process)"}
    a.states(one="RUNNING", g__a_0="RUNNING", g__a_1="RUNNING",
             g__b="RUNNING")
    a.expect("one that runs", same, "one", "started")
    a.expect("one", dict(changed, affected=["one"]), "one", "stopped")
    a.states(one="STOPPED")
    a.expect("one that is stopped", same, "one", "stopped")
    a.expect("only looking", changed, "one", "started", check=True)
    a.states(one="STOPPED")
    a.expect("one", dict(changed, affected=["one"]), "one", "started")
    a.expect("one", dict(changed, affected=["one"]), "one", "restarted")
    a.expect("a member", dict(changed, affected=["g:a_0"]), "g:a_0",
             "stopped")
    a.expect("the rest of a group", dict(changed, affected=GROUP[1:]), "g:",
             "stopped")
    a.states(one="RUNNING", g__a_0="STOPPED", g__b="STOPPED")
    a.expect("a group", dict(changed, affected=GROUP), "g:", "started")
    a.expect("a group", dict(changed, affected=GROUP), "g:", "restarted")
    a.expect("all", changed, "all", "restarted")
    a.expect("all", changed, "all", "stopped")
    a.states(one="STOPPED", g__b="STOPPED")
    a.expect("all", changed, "all", "started")
    a.states(one="RUNNING", g__b="RUNNING")
    wait_until(lambda: a.daemon.ctl(OUR_CTL, "tail", "g:b")[0].split()[-1:] ==
               ["up"], what="b has its trap")
    a.expect("a member", dict(changed, affected=["g:b"]), "g:b", "signalled",
             signal="USR1")
    wait_until(lambda: a.daemon.ctl(OUR_CTL, "tail", "g:b")[0].split()[-1:] ==
               ["got"], what="the signal has come")
    a.expect("a group", dict(changed, affected=GROUP), "g:", "signalled",
             signal="CONT")
    for state in ("started", "stopped", "restarted"):
        a.expect("what is not there", failed, "nope", state)
        a.expect("a group that is not there", failed, "nope:", state)
    with open(a.daemon.conf, "a", encoding="utf-8") as f:
        f.write(MORE)
    a.expect("one that is there", same, "one", "present")
    a.expect("a new one", changed, "new", "present")
    a.states(new="RUNNING")
    a.expect("one that runs", {"failed": True}, "new", "absent")
    a.expect("a new one", dict(changed, affected=["new"]), "new", "stopped")
    a.expect("one that is stopped", changed, "new", "absent")
    a.expect("one that is gone", same, "new", "absent")
    ok("new" not in a.daemon.states(OUR_CTL), "it is gone")


def main():
    """Everything."""
    if not MODULE:
        if os.environ.get("PEERS"):
            ok(True, "ansible # SKIP ./bootstrap ansible installs it: 260 MB")
            ctlpeer.done()
        print("1..0 # SKIP no community.general (./bootstrap ansible)")
        sys.exit(0)
    port = free_port()
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(
            OUR_DAEMON, CONFIG, "[inet_http_server]\nport=127.0.0.1:%d\n"
            "username=u\npassword=p\n" % port)
        tour(Ansible(daemon, {"config": daemon.conf}))
        remote = Ansible(daemon, {"server_url": "http://127.0.0.1:%d" % port,
                                  "username": "u", "password": "p"})
        remote.expect("by URL and password", {"changed": True}, "one",
                      "restarted")
        wrong = Ansible(daemon, dict(remote.extra, password="x"))
        got = wrong.do("one", "stopped")
        ok(got.get("failed"), "a wrong password fails", got)
    ctlpeer.done()


main()
