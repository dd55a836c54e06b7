# SPDX-License-Identifier: BSD-2-Clause
"""An event listener that starts programs in order, as the one does that
`startinorder` and `startnextafter` come from (ordered-startup-supervisord 1.0,
which is not among Debian's packages).  Written for the tests, over Supervisor's
childutils and XML-RPC: rows O-001 to O-016 and no more.

    ordered-startup-listener CONFIGURATION
"""
import configparser
import os
import sys

from supervisor import childutils

YES = ("1", "yes", "true", "on")
STATES = ("STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED",
          "FATAL", "UNKNOWN")


class Program:
    def __init__(self, name, keys):
        self.name = name
        self.priority = int(keys.get("priority", "1000"))          # O-004
        self.autostart = keys.get("autostart", "false") in YES     # O-006
        self.in_order = keys.get("startinorder", "false") in YES   # O-001
        self.after = keys.get("startnextafter", "RUNNING").upper()
        if self.after not in STATES:                               # O-002
            self.after = "RUNNING"


def plan(path):
    parser = configparser.RawConfigParser(strict=False)
    parser.read(path)
    return sorted((Program(s[8:], parser[s]) for s in parser.sections()
                   if s.startswith("program:")), key=lambda p: p.priority)


def main():
    rpc = childutils.getRPCInterface(os.environ).supervisor
    programs = plan(sys.argv[1])
    if not programs[0].autostart:                                  # O-007
        rpc.startProcess(programs[0].name, False)
    done = False
    while True:
        headers, payload = childutils.listener.wait()
        name = childutils.get_headers(payload)["processname"]
        state = headers["eventname"].replace("PROCESS_STATE_", "")
        for i, p in enumerate(programs):                           # O-008
            if done or not p.in_order or (p.name, p.after) != (name, state):
                continue
            if i + 1 == len(programs):                             # O-010
                done = True
            else:
                rpc.startProcess(programs[i + 1].name)             # O-009
            break
        childutils.listener.ok()


main()
