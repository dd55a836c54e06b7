#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our supervisorctl beside Python's, each with a supervisord of Python's: the
same output, byte for byte, and the same exit status."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlcases  # noqa: E402
import ctlodd  # noqa: E402
import ctlpeer  # noqa: E402
from ctlpeer import OUR_CTL, THEIR_CTL, THEIR_DAEMON, ok  # noqa: E402


def command_lines(a, b):
    """Options and connections: no daemon is asked."""
    for row, words in [
            ("L-001", ["-x"]), ("L-001", ["--foo"]), ("L-001", ["-c"]),
            ("L-003", ["-s", "foo", "status"]), ("L-001", ["--server"]),
            ("L-010", ["-c", "/nope", "status"]),
            ("L-001", ["--interactive=3", "status"]),
            ("L-001", ["-i", "-i", "status"]),
            ("L-022", ["-s", "unix:///nope", "status"]),
            ("L-022", ["-s", "unix:///nope", "start", "x"]),
            ("L-021", ["-s", "http://localhost:1", "status"]),
            ("L-021", ["-s", "http://localhost:1", "pid"]),
            ("L-069", ["-s", "http://localhost:1", "shutdown"]),
            ("L-069", ["-s", "unix:///nope", "shutdown"])]:
        theirs = a.ctl(THEIR_CTL, *words, conf=False)
        ours = b.ctl(OUR_CTL, *words, conf=False)
        theirs = (theirs[0], theirs[1].replace(THEIR_CTL, "P"), theirs[2])
        ours = (ours[0], ours[1].replace(OUR_CTL, "P"), ours[2])
        ok(theirs == ours, "%s: %s" % (row, " ".join(words)),
           "want %r\n got %r" % (theirs, ours))
    os.chdir(b.dir)
    ours = b.ctl(OUR_CTL, "-c", "c.conf", "pid", conf=False)
    ok(ours[2] == 0, "L-012: a file named relative to here", ours)
    os.chdir("/")
    ours = b.ctl(OUR_CTL, "-c", "/etc/passwd", "status", conf=False)
    ok(ours[2] == 2 and ours[1].startswith("Error: "),
       "L-011: a file that is no configuration", ours)


def shells(a, b):
    """The shell without a terminal (L-076 to L-082)."""
    for text in ["", "pid\n\nversion\nfoo\n", "status cat\nquit\npid\n",
                 "help quit\nexit\n", "start nope\n"]:
        theirs = a.ctl(THEIR_CTL, stdin=text)
        ours = b.ctl(OUR_CTL, stdin=text)
        want = ctlpeer.normal(theirs[0], a, THEIR_CTL)
        got = ctlpeer.normal(ours[0], b, OUR_CTL)
        if "help quit" in text:  # the wording is ours
            want, got = want.count("\n"), got.count("\n")
        ok((want, theirs[2]) == (got, ours[2]), "L-077: shell %r" % text,
           "want %d %r\n got %d %r" % (theirs[2], want, ours[2], got))


def passwords(scratch):
    """Authentication (L-004, L-027)."""
    daemon = scratch.daemon(THEIR_DAEMON, "", "username=u\npassword=p:w\n")
    ours = daemon.ctl(OUR_CTL, "-u", "u", "-p", "p:w", "pid")
    ok(ours[2] == 0 and ours[0].strip().isdigit(), "L-004: a password", ours)
    for words in [["pid"], ["-u", "u", "pid"], ["-u", "u", "-p", "x", "pid"]]:
        ours = daemon.ctl(OUR_CTL, *words)
        ok(ours[0] == "Server requires authentication\n" and ours[2] == 1,
           "L-027: %s" % " ".join(words), ours)


def main():
    """Everything."""
    ctlpeer.need(THEIR_CTL, THEIR_DAEMON)
    with ctlpeer.Scratch() as scratch:
        a, b = (scratch.daemon(THEIR_DAEMON, ctlcases.CONFIG)
                for _ in range(2))
        ctlpeer.settle(THEIR_CTL, a, b)
        command_lines(a, b)
        ctlodd.options(a, b)
        ctlodd.environment(b)
        ctlodd.odd_servers(a, b)
        ctlodd.help_texts(a, b)
        ctlpeer.compare((a, THEIR_CTL), (b, OUR_CTL), ctlcases.CASES)
        ctlpeer.settle(THEIR_CTL, a, b)
        shells(a, b)
        for config, cases in ((ctlcases.CHANGED, ctlcases.CHANGED_CASES),
                              (ctlcases.BROKEN, ctlcases.BROKEN_CASES)):
            ctlpeer.settle(THEIR_CTL, a, b)
            a.write(config)
            b.write(config)
            ctlpeer.compare((a, THEIR_CTL), (b, OUR_CTL), cases)
        ctlpeer.compare((a, THEIR_CTL), (b, OUR_CTL), ctlcases.LAST_CASES)
        passwords(scratch)
    ctlpeer.done()


main()
