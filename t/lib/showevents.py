# SPDX-License-Identifier: BSD-2-Clause
"""An event listener that writes down what it is sent.

    showevents.py FILE [RESULT ...]

Each event is a line of the file: its header and its payload.  The answers are the
RESULTs in turn, then OK; EXIT leaves instead of answering.
"""
import sys


def main():
    """The protocol, until the end of the input."""
    results = sys.argv[2:]
    while True:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        header = sys.stdin.readline()
        if not header:
            return
        length = int(dict(x.split(":") for x in header.split())["len"])
        payload = sys.stdin.read(length)  # it counts characters
        with open(sys.argv[1], "a", encoding="utf-8") as f:
            f.write("%s %r\n" % (header.rstrip("\n"), payload))
        result = results.pop(0) if results else "OK"
        if result == "EXIT":
            sys.exit(0)
        sys.stdout.write("RESULT %d\n%s" % (len(result), result))
        sys.stdout.flush()


main()
