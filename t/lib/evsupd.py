# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of events share: supervisord with listeners, what they got."""
import http.client
import json
import os
import socket
import subprocess
import sys
import xmlrpc.client

from harness import Failure, Skip, wait_until
from supd import Supd

LISTENER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "evlistener.py")
PYTHON = "/usr/bin/python3"
BEGIN, END = "<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->"


def pool(name, events, words="", more="startsecs=0\n"):
    """An [eventlistener:NAME] whose events go to {dir}/NAME.ev."""
    return ("[eventlistener:%s]\ncommand=%s %s {dir}/%s.ev %s\nevents=%s\n%s\n"
            % (name, sys.executable, LISTENER, name, words, events, more))


def program(t, name, code, more=""):
    """A [program:NAME] in Python; `out(text)` writes to its stdout at once."""
    path = t.path(name + ".py")
    with open(path, "w", encoding="utf-8") as f:
        f.write("import os, sys, time\n"
                "def out(data, fd=1):\n"
                "    os.write(fd, data if isinstance(data, bytes)"
                " else data.encode())\n" + code)
    return ("[program:%s]\ncommand=%s %s\nstartsecs=0\n%s\n"
            % (name, sys.executable, path, more))


class Events(Supd):
    """supervisord at level debug, and what its listeners wrote down."""

    def __init__(self, t, text, keys="loglevel=debug\n", **more):
        super().__init__(t, text, keys, **more)

    def got(self, name="l", kind=""):
        """The events of a listener whose name begins with kind."""
        try:
            with open(self.path(name + ".ev"), encoding="utf-8") as f:
                text = f.read()
        except FileNotFoundError:
            return []
        rows = [json.loads(x) for x in text[:text.rfind("\n") + 1].splitlines()]
        return [r for r in rows if r["eventname"].startswith(kind)]

    def wait_events(self, count, name="l", kind="", timeout=15):
        """Waits for so many events; returns them."""
        return wait_until(
            lambda: len(self.got(name, kind)) >= count and
            self.got(name, kind), timeout,
            "%d events %s* at %s (%r)" % (count, kind, name, [
                r["eventname"] for r in self.got(name, kind)]))

    def touch(self, name):
        with open(self.path(name), "w"):
            pass

    def rpc(self):
        """A client; the configuration has SERVER."""
        return xmlrpc.client.ServerProxy(
            "http://127.0.0.1", UnixTransport(self.path("s"))).supervisor


class UnixTransport(xmlrpc.client.Transport):
    """XML-RPC through a unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        connection = http.client.HTTPConnection(host)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        return connection


SERVER = ("[unix_http_server]\nfile={dir}/s\n[rpcinterface:supervisor]\n"
          "supervisor.rpcinterface_factory = "
          "supervisor.rpcinterface:make_main_rpcinterface\n")


def needs_peer(module, optional=False):
    """Skips the test, or with PEERS fails it, without a module of Debian's
    Python, which is where its supervisor is."""
    if subprocess.run([PYTHON, "-c", "import " + module],
                      stdin=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode == 0:
        return
    if os.environ.get("PEERS") and not optional:
        raise Failure("%s has no module %s" % (PYTHON, module))
    raise Skip("%s has no module %s" % (PYTHON, module))


def payloads(rows):
    return [r["payload"] for r in rows]
