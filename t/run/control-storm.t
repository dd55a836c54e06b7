#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many clients that want different things at once, and method names that are none
(failures 33, 45)."""
import os
import random
import sys
import threading
import time
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import free_port  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

CONFIG = """
[program:p]
command=/bin/sh -c "echo %(process_num)d $$; exec sleep 1000"
process_name=%(program_name)s%(process_num)d
numprocs=5
startsecs=0
stopsignal=KILL
[program:cat]
command=/bin/cat
startsecs=0
"""
NAMES = ["p:p%d" % i for i in range(5)]


def engine(daemon):
    """The pid of the engine."""
    def look():
        for pid in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % pid, encoding="utf-8") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                with open("/proc/%s/cmdline" % pid, encoding="utf-8") as f:
                    if parent == daemon.process.pid and "engine" in f.read():
                        return int(pid)
            except (OSError, ValueError):
                pass
        return None
    return wait_until(look, what="an engine")


def names(daemon):
    """Names that are no methods (CVE-2017-11610)."""
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1:%d/RPC2" % daemon[1])
    bad = ["supervisor.supervisord.options.warnings.linecache.os.system",
           "supervisor.supervisord.options.execve", "supervisor.__init__",
           "supervisor..getPID", ".supervisor.getPID", "supervisor.getPID.",
           "getPID", "system", "supervisor.getpid", "SUPERVISOR.getPID",
           "supervisor.getPID\0", "supervisor.getPID\n", " supervisor.getPID",
           "supervisor.caf\u00e9", "%s%n%s", "../x", "a" * (1 << 20),
           "." * 100000, "supervisor." * 1000 + "getPID"]
    wrong = []
    for name in bad:
        try:
            getattr(proxy, name)("touch " + daemon[0].dir + "/pwned")
            wrong.append(name[:80])
        except xmlrpc.client.Fault as err:
            if err.faultCode != 1:
                wrong.append((name[:80], err))
        except xmlrpc.client.ProtocolError as err:
            if err.errcode != 400:  # XML cannot say it
                wrong.append((name[:80], err))
    ok(not wrong and not os.path.exists(daemon[0].dir + "/pwned"),
       "%d names that are none" % len(bad), wrong)


def want_things(port, until, wrong):
    """A client that starts and stops at random."""
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1:%d/RPC2" % port)
    sup = proxy.supervisor
    acts = [lambda: sup.startProcess(random.choice(NAMES)),
            lambda: sup.stopProcess(random.choice(NAMES)),
            lambda: sup.startProcessGroup("p"),
            lambda: sup.stopProcessGroup("p"),
            lambda: sup.signalProcess(random.choice(NAMES), "KILL"),
            lambda: sup.removeProcessGroup("p"),
            lambda: sup.addProcessGroup("p"),
            sup.reloadConfig, sup.getAllProcessInfo]
    while time.monotonic() < until:
        try:
            random.choice(acts)()
        except xmlrpc.client.Fault as err:
            if err.faultCode not in (10, 30, 40, 50, 60, 70, 90, 91):
                wrong.append(repr(err))
        except OSError as err:
            wrong.append(repr(err))


def copies():
    """How many processes run the command of each member."""
    count = {}
    for pid in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                if f.read() != b"sleep\x001000\x00":
                    continue
            with open("/proc/%s/environ" % pid, "rb") as f:
                env = f.read().split(b"\0")
        except OSError:
            continue
        if TEST_MARK in env:
            name = [e for e in env if e.startswith(b"SUPERVISOR_PROCESS_NAME")]
            count[name[0]] = count.get(name[0], 0) + 1
    return count


TEST_MARK = b"STORM_MARK=%d" % os.getpid()


def together(daemon, port):
    """20 clients that want different things; never two of one process."""
    wrong, twice, pid = [], [], engine(daemon)
    until = time.monotonic() + 4
    clients = [threading.Thread(target=want_things, args=(port, until, wrong))
               for _ in range(20)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        # One that is dying and its successor may be seen in one look.
        many = {k for k, n in copies().items() if n > 1}
        if many and many & {k for k, n in copies().items() if n > 1}:
            time.sleep(0.2)
            twice += [k for k, n in copies().items() if n > 1 and k in many]
        time.sleep(0.02)
    for client in clients:
        client.join(60 * SLOW)
    ok(not wrong, "20 clients: every call is answered", wrong[:5])
    ok(engine(daemon) == pid, "the engine is the same one")
    ok(not twice, "never two of one process", twice)
    daemon.ctl(OUR_CTL, "add", "p")
    daemon.ctl(OUR_CTL, "start", "p:*")
    wait_until(lambda: {daemon.states(OUR_CTL).get(n) for n in NAMES} ==
               {"RUNNING"}, what="all run")
    ok(sorted(copies().values()) == [1] * 5, "the last command counts",
       copies())
    daemon.ctl(OUR_CTL, "stop", "p:*")
    ok({daemon.states(OUR_CTL).get(n) for n in NAMES} == {"STOPPED"} and
       not copies(), "and leaves nothing behind", copies())


def main():
    """Everything."""
    name, value = TEST_MARK.decode().split("=")
    os.environ[name] = value
    port = free_port()
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG, "[inet_http_server]\n"
                                "port=127.0.0.1:%d\n" % port)
        wait_until(lambda: set(daemon.states(OUR_CTL).values()) ==
                   {"RUNNING"}, what="all run")
        names((daemon, port))
        together(daemon, port)
    ctlpeer.done()


main()
