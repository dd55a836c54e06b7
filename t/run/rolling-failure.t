#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rolling restarts that fail: time-outs, roll-back; their events and reports
(B-202, B-203, B-205)."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from deploy import ctl
from harness import run, test, wait_until
from rolling import BROKEN, N, install, pids, states, web


@test("B-202: a step's time-out; --on-failure continue; --force")
def late(t):
    s = web(t, keys="startsecs=2\nstopwaitsecs=6\n")
    install(s, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n")
    t.equal(ctl(s, "rolling-restart", "web:web_0")[0], 0, "one is stubborn")
    status, text = ctl(s, "rolling-restart", "--step-timeout", "1", "web:*")
    t.true(status == 1 and "web:web_0: it is STOPPING after 1 seconds" in text,
           text)
    t.equal(states(s)[1:], ["RUNNING"] * (N - 1), "the others")
    install(s, BROKEN)
    status, text = ctl(s, "rolling-restart", "--force", "--on-failure",
                       "continue", "web:web_1", "web:web_2")
    t.equal(status, 1, text)
    t.true("failed: web:web_1 web:web_2" in text, text)


@test("B-205: --on-failure rollback goes back to previous_command")
def rollback(t):
    s = web(t, keys="previous_command=/bin/sleep 2000\nstartsecs=2\n")
    install(s, "#!/bin/sh\n[ -e {0} ] && exit 1\n: >{0}\nexec sleep 1000\n"
            .format(s.path("first")))
    status, text = ctl(s, "rolling-restart", "--on-failure", "rollback", "web")
    t.equal(status, 1, "exit status; " + text)
    t.equal(states(s), ["RUNNING"] * N, "states")

    def command(pid):
        with open("/proc/%d/cmdline" % pid) as f:
            return f.read().replace("\0", " ").strip()
    t.equal([command(p) for p in pids(s)],
            ["/bin/sleep 2000"] * 2 + ["sleep 1000"], "what runs")
    t.equal(s.count("spawned: 'web_2'"), 1, "the third was never touched")


@test("B-203: events of the appbase family, and --json")
def events(t):
    s = web(t, more="""
[eventlistener:l]
command=%s {dir}/listener.py
directory={dir}
events=APPBASE
""" % sys.executable, n=2, listener=True)
    status, text = ctl(s, "--json", "rolling-restart", "web")
    t.equal(status, 0, text)
    result = json.loads(text)["results"][0]
    t.equal((result["state"], result["done"], result["total"]), ("done", 2, 2),
            "the report")

    def seen():
        try:
            with open(s.path("events")) as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []
    wait_until(lambda: len(seen()) >= 4, 20, "events")
    t.equal(seen(), ["ROLLING_STARTED id:1 done:0 total:2 state:active",
                     "ROLLING_STEP id:1 done:0 total:2 state:active",
                     "ROLLING_STEP id:1 done:1 total:2 state:active",
                     "ROLLING_DONE id:1 done:2 total:2 state:done"], "events")


run()
