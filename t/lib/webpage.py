# SPDX-License-Identifier: BSD-2-Clause
"""Reads status pages, Supervisor's and ours, and streams of events."""
import html.parser
import json
import time
import urllib.parse

from ctlhttp import connect, exchange, request
from ctlpeer import SLOW


class Status(html.parser.HTMLParser):
    """What a status page says: rows of (class, state, text, name, link,
    [(action, link)]), message, and the other links."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.links, self.message = [], [], None
        self.row = self.cell = self.into = None
        self.title = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "tr":
            self.row = {"cells": [], "actions": [], "class": None}
        elif tag == "td" and self.row is not None:
            self.row["cells"].append("")
        elif tag == "span" and self.row and len(self.row["cells"]) == 1:
            self.row["class"] = attrs.get("class")
        elif tag == "a" and "href" in attrs:
            if self.row and len(self.row["cells"]) == 4:
                if attrs.get("class") != "hidden":
                    self.row["actions"].append((attrs.get("name"),
                                                attrs["href"]))
            elif self.row and len(self.row["cells"]) == 3:
                self.row["link"] = attrs["href"]
            else:
                self.links.append(attrs["href"])
        elif tag == "title":
            self.into = "title"
        elif attrs.get("class") == "status_msg":
            self.into, self.message = "message", ""

    def handle_data(self, data):
        if self.into == "title":
            self.title += data
        elif self.into == "message":
            self.message += data
        elif self.row and self.row["cells"]:
            self.row["cells"][-1] += data

    def handle_endtag(self, tag):
        if tag in ("title", "div"):
            self.into = None
        elif tag == "tr" and self.row is not None:
            if len(self.row["cells"]) == 4:
                state, text, name, _ = (x.strip() for x in self.row["cells"])
                self.rows.append((self.row["class"], state, text, name,
                                  self.row["link"], self.row["actions"]))
            self.row = None


def split(answer):
    """(code, headers, body) of an answer; names in lower case."""
    head, _, body = answer.partition("\r\n\r\n")
    lines = head.split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    words = lines[0].split(" ")
    return (int(words[1]) if len(words) > 1 else 0), headers, body


def get(where, path, method="GET", body=None, **headers):
    """One request; (code, headers, body)."""
    return split(exchange(where, request(method, path, body, **headers)))


def quoted(name):
    return urllib.parse.quote(name, safe="")


class Stream:
    """A stream of server-sent events that is being read."""

    def __init__(self, where, path="/web/live"):
        self.sock = connect(where)
        self.sock.sendall(request("GET", path).replace(
            "Connection: close\r\n", "").encode())
        self.text = b""
        self.events = []
        self.head = None

    def read(self):
        """Waits for more; false at the end."""
        piece = self.sock.recv(65536)
        self.text += piece
        if self.head is None:
            head, gap, rest = self.text.partition(b"\r\n\r\n")
            if not gap:
                return bool(piece)
            self.head, self.text = split((head + gap).decode())[:2], rest
            self.plain = b""
        self.unchunk()
        return bool(piece)

    def unchunk(self):
        """Takes whole chunks, and of these whole events."""
        while b"\r\n" in self.text:
            size, _, rest = self.text.partition(b"\r\n")
            n = int(size, 16)
            if len(rest) < n + 2:
                break
            self.plain += rest[:n]
            self.text = rest[n + 2:]
        while b"\n\n" in self.plain:
            event, _, self.plain = self.plain.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in
                          event.decode().split("\n") if ": " in line)
            if "event" in fields:
                self.events.append((fields["event"],
                                    json.loads(fields["data"])))

    def wait(self, event, check=lambda data: True):
        """The data of the first event of that kind for which check says yes;
        each is given once."""
        end = time.monotonic() + 40 * SLOW
        while True:
            if time.monotonic() > end:
                raise AssertionError("no %s; there are %r" % (
                    event, self.events[-20:]))
            for i, (kind, data) in enumerate(self.events):
                if kind == event and check(data):
                    del self.events[i]
                    return data
            if not self.read():
                raise AssertionError("the stream ended before " + event)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
