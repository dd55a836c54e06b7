#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A worker in Python, for examples/foreign.c.

It talks to its supervisor in lines on the descriptor that the environment
variable APPBASE_SUPERVISOR_FD names.
"""
import os
import signal
import socket
import sys
import time


class Supervisor:
    """The worker's end of the handoff socket."""

    def __init__(self):
        fd = int(os.environ.pop("APPBASE_SUPERVISOR_FD"))
        # Programs that we start shall not get the socket.
        os.set_inheritable(fd, False)
        self.lines = socket.socket(fileno=fd).makefile("rw", newline="\n")

    def ask(self, question, answer):
        """Send a line and read the answer; without one, we are alone."""
        try:
            self.lines.write(question + "\n")
            self.lines.flush()
            line = self.lines.readline()
        except OSError:
            line = ""
        if line != answer + "\n":
            sys.exit(1)

    def ready_to_take_over(self):
        """We are initialised; returns when the old worker is gone."""
        self.ask("takeover", "ok")

    def ping(self):
        """We are alive, and so must the supervisor be."""
        self.ask("ping", "pong")


def on_term(_signo, _frame):
    """This is how a worker is asked to end."""
    print(f"worker {os.getpid()} ends", flush=True)
    sys.exit(0)


def main():
    signal.signal(signal.SIGTERM, on_term)
    supervisor = Supervisor()
    supervisor.ready_to_take_over()
    print(f"worker {os.getpid()} has taken over", flush=True)
    while True:
        supervisor.ping()
        time.sleep(1)


if __name__ == "__main__":
    main()
