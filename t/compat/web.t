#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The web page's old addresses, side by side with Python's daemon: the same
requests in the same order get the same codes, redirects, messages and tables
(X-145 to X-161).  What differs on purpose is in DIFFERENT."""
import html
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import free_port  # noqa: E402
from ctlpeer import (OUR_DAEMON, THEIR_CTL, THEIR_DAEMON, ok,  # noqa: E402
                     wait_until)
from webpage import Status, get  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:many]
command=/bin/cat
process_name=%(program_name)s_%(process_num)d
numprocs=2
startsecs=0
[program:off]
command=/bin/cat
autostart=false
startsecs=0
[program:gone]
command=/no/such/program
autostart=false
[program:quick]
command=/bin/sh -c 'exit 1'
autostart=false
startretries=0
[program:mute]
command=/bin/cat
stdout_logfile=NONE
startsecs=0
[program:say]
command=/bin/sh -c 'echo "<b>& x"; exec cat'
startsecs=0
"""
INDEX = "/index.html?processname=%s&action=%s"
ASK = [
    "/", "/index.html", "/?message=a%20%3Cb%3E%26",
    INDEX % ("off", "start"), "/", INDEX % ("off", "start"),
    INDEX % ("off", "restart"), INDEX % ("off", "stop"),
    INDEX % ("off", "stop"), INDEX % ("off", "restart"),
    INDEX % ("off", "stop"), "/",
    INDEX % ("off", "clearlog"), INDEX % ("mute", "clearlog"),
    INDEX % ("gone", "start"), INDEX % ("gone", "stop"),
    INDEX % ("gone", "restart"), INDEX % ("quick", "start"), "/",
    INDEX % ("quick", "stop"), INDEX % ("zz", "start"),
    INDEX % ("zz:zz", "stop"), INDEX % ("many", "stop"),
    INDEX % ("many:*", "stop"), INDEX % ("many:many_0", "stop"),
    INDEX % ("many%3Amany_0", "start"), "/",
    "/index.html?action=refresh", INDEX % ("cat", "nonsense"),
    "/index.html?action=nonsense", "/index.html?action=start",
    "/index.html?processname=cat", "/?action=&processname=cat",
    "/tail.html", "/tail.html?processname=zz", "/tail.html?processname=mute",
    "/tail.html?processname=say", "/tail.html?processname=say&limit=5000",
    "/tail.html?processname=say&limit=x", "/tail.html?processname=many:*",
    "/ok.html", "/stylesheets", "/images", "/stylesheets/", "/images/",
    "/images/nothing.gif", "/nothing", "/stylesheets/supervisor.css",
    "/images/icon.png", "/images/supervisor.gif", "/images/rule.gif",
    "/images/state0.gif", "/images/state3.gif",
    "/index.html?action=stopall", "/", "/index.html?action=restartall", "/",
]
# Ours is another one on purpose: a fault of upstream's, by row.
DIFFERENT = {
    INDEX % ("cat", "nonsense"): ("X-157", 500, 400),
    "/index.html?action=nonsense": ("X-157", 500, 400),
    "/index.html?action=start": ("X-157", 500, 400),
}


def normal(text):
    """Without what differs from run to run."""
    text = re.sub(r"pid \d+, uptime \d+:\d\d:\d\d", "pid N, uptime U", text)
    text = re.sub(r"\w{3} \d\d \d\d:\d\d [AP]M", "WHEN", text)
    return re.sub(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "CTIME", text)


def tail(body):
    """What a tail page says: title, text, link."""
    title = re.search(r"<title>(.*?)</title>", body, re.S)
    text = re.search(r"<pre[^>]*>(.*?)</pre>", body, re.S)
    link = re.search(r'href="(tail\.html[^"]*)"', body)
    return [m and re.sub(r"process None$", "process",
                         html.unescape(m.group(1)).strip())
            for m in (title, text, link)]


def settled(port):
    """No process is in a state that time changes by itself?"""
    return not {row[1] for row in Status(get(port, "/")[2]).rows} & {
        "starting", "stopping", "backoff"}


def seen(port, path):
    """What one request shows."""
    if path == "/":
        wait_until(lambda: settled(port), what="states that stay")
    code, headers, body = get(port, path, Host="h:80")
    kind = headers.get("content-type", "").replace(" ", "")
    found = {"code": code}
    if code in (200, 304):
        found["type"] = kind.replace("application/javascript", kind)
    if "location" in headers:
        # X-018: theirs names the server without its port, ours as it was
        # asked for.
        # The time of day may pass a second, a day or a year between the two.
        found["location"] = normal(re.sub(
            r" at \w{3} .*$", " at TIME", re.sub(
                r"%20", " ", headers["location"]))).replace("h:80", "h").replace(
                "//localhost/", "//h/")
    if code == 200 and path.startswith("/tail"):
        found["tail"] = tail(body)
    elif code == 200 and kind.startswith("text/html"):
        status = Status(body)
        found["rows"] = [(r[0], r[1], normal(r[2]), r[3], r[4],
                          [tuple(a) for a in r[5]]) for r in status.rows]
        found["message"] = status.message
        found["kept"] = [headers.get(n) for n in ("pragma", "expires")]
    elif path == "/ok.html":
        found["body"] = body
    return found


def lines(found):
    """For a human who has to find the difference."""
    return ["%s: %r" % item for item in sorted(found.items())]


def compare(theirs, ours):
    """Asks both."""
    for path in ASK:
        a, b = seen(theirs, path), seen(ours, path)
        if path in DIFFERENT:
            row, want, got = DIFFERENT[path]
            ok((a["code"], b["code"]) == (want, got),
               "%s: %s is %d, not %d, on purpose" % (row, path, got, want),
               (a, b))
            continue
        ok(a == b, "the same: " + path, "\n".join(
            ["theirs %s" % x for x in lines(a)] +
            ["ours   %s" % x for x in lines(b)]))


def main():
    """Both, one after the other."""
    ctlpeer.need(THEIR_DAEMON, THEIR_CTL)
    ports = free_port(), free_port()
    with ctlpeer.Scratch() as scratch:
        both = [scratch.daemon(
            program, CONFIG, "[inet_http_server]\nport=127.0.0.1:%d\n" % port)
            for program, port in zip((THEIR_DAEMON, OUR_DAEMON), ports)]
        for daemon, port in zip(both, ports):
            wait_until(lambda d=daemon: list(d.states(
                THEIR_CTL).values()).count("RUNNING") == 5,
                what="five programs run")
            wait_until(lambda p=port: "<b>& x" in html.unescape(get(
                p, "/tail.html?processname=say")[2]), what="the log")
        compare(*ports)
    ctlpeer.done()


main()
