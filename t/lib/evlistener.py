# SPDX-License-Identifier: BSD-2-Clause
"""An event listener that writes down what it gets and behaves as it is told.

    evlistener.py OUT [WORD ...]

A line of OUT is an event, in JSON: the header's keys, and "payload".  Words:

    late=FILE     READY only when FILE exists
    mute          never READY
    eager         READY and more at once
    bytes         everything byte by byte
    joined        a result and the next READY in one write
    read=FILE     reads its first event only when FILE exists
    fail=N        the first N events are answered FAIL
    bad=TEXT      the first event is answered by a line of TEXT
    die=N         ends instead of answering event number N, if OUT.died is not
                  there yet
    answer=FILE   answers its first event only when FILE exists
    thin          reads as slowly as a byte at a time
"""
import json
import os
import sys
import time

OUT, WORDS = sys.argv[1], dict(
    w.split("=", 1) if "=" in w else (w, "") for w in sys.argv[2:])


def say(data):
    step = 1 if "bytes" in WORDS else len(data)
    for i in range(0, len(data), step):
        os.write(1, data[i:i + step])
        if step == 1:
            time.sleep(0.001)


def wait_for(word):
    path = WORDS.pop(word, None)
    while path is not None and not os.path.exists(path):
        time.sleep(0.01)


def read(count):
    data = b""
    while len(data) < count:
        piece = os.read(0, 1 if "thin" in WORDS else count - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def read_event():
    line = b""
    while not line.endswith(b"\n"):
        line += read(1)
    header = dict(x.split(":", 1) for x in line.decode().split())
    text = ""
    data = b""
    while len(text) < int(header["len"]):  # characters, as Python reads them
        data += read(int(header["len"]) - len(text))
        text = data.decode(errors="ignore")
    header["payload"] = text
    header["line"] = line.decode()
    return header


def answer(number):
    if "bad" in WORDS:
        return (WORDS.pop("bad") + "\n").encode()
    if number < int(WORDS.get("fail", 0)):
        return b"RESULT 4\nFAIL"
    if "die" in WORDS and number == int(WORDS["die"]) and \
            not os.path.exists(OUT + ".died"):
        with open(OUT + ".died", "w"):
            sys.exit(0)
    return b"RESULT 2\nOK"


def main():
    if "mute" in WORDS:
        time.sleep(1000)
    wait_for("late")
    say(b"READY\n{" if "eager" in WORDS else b"READY\n")
    number = 0
    while True:
        wait_for("read")
        event = read_event()
        with open(OUT, "a", encoding="utf-8") as f:
            f.write(json.dumps(event) + "\n")
        wait_for("answer")
        result = answer(number)
        number += 1
        if "joined" in WORDS:
            say(result + b"READY\n")
        else:
            say(result)
            say(b"READY\n")


main()
