#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""XML-RPC clients that nobody here wrote hold the same conversation with our
daemon (integrations 21, 22; X-032 to X-044, X-102, X-142)."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import clients  # noqa: E402
import ctlpeer  # noqa: E402
from ctlhttp import free_port  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:off]
command=/bin/cat
autostart=false
"""
# There is no package of it: who has it may test with it.
OPTIONAL = ("Node xmlrpc",)


def is_there(title, probe):
    """Can the client be run?  If not, says so."""
    try:
        if subprocess.run(probe, stdin=subprocess.DEVNULL, timeout=60 * SLOW,
                          stdout=subprocess.DEVNULL, check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            return True
    except FileNotFoundError:
        pass
    if os.environ.get("PEERS") and title not in OPTIONAL:
        ok(False, "%s is there" % title)
    else:
        ok(True, "%s # SKIP it is not here" % title)
    return False


def talk(scratch, title, command, text):
    """One client and a daemon of its own."""
    port = free_port()
    daemon = scratch.daemon(
        OUR_DAEMON, CONFIG, "[inet_http_server]\nport=127.0.0.1:%d\n"
        "username=us\npassword=pa-ss\n" % port)
    wait_until(lambda: daemon.states(OUR_CTL).get("cat") == "RUNNING",
               what="cat runs")
    path = os.path.join(daemon.dir, "client")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    run = subprocess.run(
        command + [path, "http://us:pa-ss@127.0.0.1:%d/RPC2" % port],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=100 * SLOW,
        check=False, env=dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8"))
    out = run.stdout.decode(errors="replace")
    wrong = [pair for pair in zip(clients.WANT.splitlines(), out.splitlines())
             if pair[0] != pair[1]]
    ok(out == clients.WANT and run.returncode == 0, title, "%s\n%s\n%s" % (
        wrong, out if len(out) < 300 else "", run.stderr.decode()))
    daemon.stop()


def main():
    """Everything."""
    with ctlpeer.Scratch() as scratch:
        for title, probe, command, text in clients.CLIENTS:
            if is_there(title, probe):
                talk(scratch, title, command, text)
    ctlpeer.done()


main()
