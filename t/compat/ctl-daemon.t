#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our supervisord beside Python's, first through Python's supervisorctl, then
through ours: the same output, byte for byte, and the same exit status."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlcases  # noqa: E402
import ctlpeer  # noqa: E402
from ctlpeer import (OUR_CTL, OUR_DAEMON, THEIR_CTL,  # noqa: E402
                     THEIR_DAEMON)


def run(scratch, client):
    """All cases; the pair of theirs, and our daemon with the client."""
    theirs = (scratch.daemon(THEIR_DAEMON, ctlcases.CONFIG), THEIR_CTL)
    ours = (scratch.daemon(OUR_DAEMON, ctlcases.CONFIG), client)
    ctlpeer.settle(THEIR_CTL, theirs[0], ours[0])
    ctlpeer.compare(theirs, ours, ctlcases.CASES)
    for config, cases in ((ctlcases.CHANGED, ctlcases.CHANGED_CASES),
                          (ctlcases.BROKEN, ctlcases.BROKEN_CASES)):
        ctlpeer.settle(THEIR_CTL, theirs[0], ours[0])
        theirs[0].write(config)
        ours[0].write(config)
        ctlpeer.compare(theirs, ours, cases)
    ctlpeer.compare(theirs, ours, ctlcases.LAST_CASES)
    ctlpeer.ok(ours[0].process.wait(20 * ctlpeer.SLOW) == 0,
               "X-070: shut down, it leaves with 0")


def main():
    """Both clients."""
    ctlpeer.need(THEIR_CTL, THEIR_DAEMON)
    with ctlpeer.Scratch() as scratch:
        run(scratch, THEIR_CTL)
        run(scratch, OUR_CTL)
    ctlpeer.done()


main()
