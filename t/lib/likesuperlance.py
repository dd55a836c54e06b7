# SPDX-License-Identifier: BSD-2-Clause
"""Event listeners that use supervisor.childutils in the ways of superlance's, which
is not in Debian: what each does with the events and the interface is theirs.

    likesuperlance.py crashmail OUT           a line for each unexpected exit
    likesuperlance.py batch OUT               FATAL ones, written at the next tick
    likesuperlance.py memmon NAME BYTES       restarts NAME when it is larger
    likesuperlance.py httpok NAME URL         restarts NAME when URL does not answer
    likesuperlance.py communicate OUT         what programs send with tokens
"""
import os
import subprocess
import sys
import urllib.request

from supervisor import childutils
from supervisor.states import ProcessStates


def restart(rpc, namespec):
    """Stops a process and starts it, as httpok and memmon do."""
    rpc.supervisor.stopProcess(namespec)
    rpc.supervisor.startProcess(namespec)


def write(text):
    with open(sys.argv[2], "a", encoding="utf-8") as f:
        f.write(text)


def crashmail(headers, payload):
    if headers["eventname"] != "PROCESS_STATE_EXITED":
        return
    pheaders, pdata = childutils.eventdata(payload + "\n")
    if not int(pheaders["expected"]):
        write("Process %(processname)s in group %(groupname)s exited "
              "unexpectedly (pid %(pid)s) from state %(from_state)s\n"
              % pheaders + pdata)


def batch(headers, payload, messages=[]):
    if headers["eventname"].startswith("TICK"):
        write("".join(messages))
        messages.clear()
        return
    pheaders, _ = childutils.eventdata(payload + "\n")
    messages.append("%s -- Process %s:%s failed to start too many times\n" % (
        childutils.get_asctime()[:4], pheaders["groupname"],
        pheaders["processname"]))


def memmon(headers, _):
    if not headers["eventname"].startswith("TICK"):
        return
    rpc = childutils.getRPCInterface(os.environ)
    for info in rpc.supervisor.getAllProcessInfo():
        if info["name"] != sys.argv[2] or not info["pid"]:
            continue
        rss = subprocess.run(["ps", "-orss=", "-p%d" % info["pid"]], check=False,
                             stdout=subprocess.PIPE).stdout.strip()
        if rss and int(rss) * 1024 > int(sys.argv[3]):
            restart(rpc, "%s:%s" % (info["group"], info["name"]))


def httpok(headers, _):
    if not headers["eventname"].startswith("TICK"):
        return
    rpc = childutils.getRPCInterface(os.environ)
    for info in rpc.supervisor.getAllProcessInfo():
        if info["name"] != sys.argv[2] or \
                info["state"] != ProcessStates.RUNNING:
            continue
        try:
            urllib.request.urlopen(sys.argv[3], timeout=5).close()
        except OSError:
            sys.stderr.write("%s is not ok, restarting\n" % info["name"])
            sys.stderr.flush()
            restart(rpc, info["name"])


def communicate(headers, payload):
    pheaders, pdata = childutils.eventdata(payload)
    write("%s %s %s\n" % (headers["eventname"], pheaders["processname"], pdata))


def main():
    handle = globals()[sys.argv[1]]
    while True:
        headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        handle(headers, payload)
        childutils.listener.ok(sys.stdout)


main()
