#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where servers listen: IPv6, all addresses, names, several at once (C-111, C-138
to C-142, C-153); servers that supervisorctl does not understand (L-025, L-026)."""
import http.server
import os
import re
import socket
import sys
import threading
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import code, exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, ok  # noqa: E402

LOGIN = "username=u\npassword=p\n"


def has_ipv6():
    """Is there an IPv6 loopback?"""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


def answers(host, port):
    """Does supervisord answer there, with name and password?"""
    try:
        return xmlrpc.client.ServerProxy("http://u:p@%s:%d/RPC2" % (
            host, port)).supervisor.getAPIVersion() == "3.0"
    except OSError:
        return False


def addresses(scratch):
    """All kinds of addresses in one configuration."""
    six = has_ipv6()
    wanted = [("127.0.0.1:%d", ["127.0.0.1"], ["127.0.0.2"]),
              ("localhost:%d", ["127.0.0.1"], []),
              ("LOCALHOST:%d", ["127.0.0.1"], []),
              ("*:%d", ["127.0.0.1", "127.0.0.2"], []),
              ("%d", ["127.0.0.1", "127.0.0.2"], []),
              ("0.0.0.0:%d", ["127.0.0.1", "127.0.0.2"], [])]
    if six:
        wanted += [("[::1]:%d", ["[::1]"], ["127.0.0.1"])]
    else:
        ok(True, "C-139: IPv6 # SKIP there is none here")
    ports, text = [], ""
    for i, (port, _, _) in enumerate(wanted):
        ports.append(free_port())
        text += "[inet_http_server:%d]\nport=%s\n%s" % (
            i, port % ports[-1], LOGIN)
    daemon = scratch.daemon(OUR_DAEMON, "", text)
    for (port, there, elsewhere), number in zip(wanted, ports):
        got = [answers(host, number) for host in there]
        ok(all(got), "C-111, C-139: port=%s answers at %s" % (
            port.replace("%d", "N"), ", ".join(there)), got)
        got = [answers(host, number) for host in elsewhere]
        ok(not any(got), "... and at nothing else", got)
        for host in there:
            out = daemon.ctl(OUR_CTL, "-s", "http://%s:%d" % (host, number),
                             "-u", "u", "-p", "p", "version")
            if not ok(re.match(r"4\.", out[0]) and out[2] == 0,
                      "supervisorctl -s http://%s:N" % host, out):
                break
    ok(daemon.ctl(OUR_CTL, "version")[2] == 0,
       "C-138: and so does the unix socket")


def anonymous_ipv6(scratch):
    """The loopback is the loopback by IPv6, too."""
    if not has_ipv6():
        return
    port = free_port()
    daemon = scratch.daemon(
        OUR_DAEMON, "", "[inet_http_server]\nport=[::1]:%d\n" % port)
    out = daemon.ctl(OUR_CTL, "-s", "http://[::1]:%d" % port, "version")
    ok(out[2] == 0, "a server on ::1 needs no password", out)
    with socket.create_connection(("::1", port), 20 * ctlpeer.SLOW) as sock:
        sock.sendall(request(Host="[::1]:%d" % port).encode())
        ok(code(sock.recv(1000).decode()) == 200, "Host: [::1]:N")


def in_use(scratch):
    """Two servers for one place."""
    port = free_port()
    for title, text in [
            ("the same port", "[inet_http_server]\nport=127.0.0.1:%d\n"
             "[inet_http_server:b]\nport=127.0.0.1:%d\n" % (port, port)),
            ("the same file", "[unix_http_server:a]\nfile=%s/x\n"
             "[unix_http_server:b]\nfile=%s/../%s/x\n" % (
                 scratch.top, scratch.top, os.path.basename(scratch.top)))]:
        daemon = ctlpeer.Daemon(OUR_DAEMON, text, scratch.top)
        out = daemon.ctl(OUR_DAEMON, "-n")
        ok(out[2] == 2 and "already listening" in out[1],
           "C-148: %s twice" % title, out)


class Other(http.server.BaseHTTPRequestHandler):
    """A server that is not supervisord's."""
    answer = b""

    def do_POST(self):  # noqa: N802
        """Answers every call alike."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        """Says nothing."""


def others(daemon):
    """Servers of another version, or of something else."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    for row, answer, want, status in [
            ("L-025: another version", xmlrpc.client.dumps(
                ("4.0",), methodresponse=True), "Sorry, this version of "
             "supervisorctl expects to talk to a server with API version 3.0, "
             "but the remote version is 4.0.\n", 5),
            ("L-026: no supervisor namespace", xmlrpc.client.dumps(
                xmlrpc.client.Fault(1, "UNKNOWN_METHOD")), "Sorry, supervisord "
             "responded but did not recognize the supervisor namespace "
             "commands that supervisorctl uses to control it.  Please check "
             "that the [rpcinterface:supervisor] section is enabled in the "
             "configuration file (see sample.conf).\n", 3)]:
        Other.answer = answer.encode()
        for verb in (["status"], ["start", "x"], ["stop", "x"]):
            out = daemon.ctl(OUR_CTL, "-s", url, *verb)
            # "status" has a status of its own for what it cannot tell
            ok(out[0].endswith(want) and
               out[2] == (4 if verb == ["status"] else status),
               "%s (%s)" % (row, verb[0]), out)
    server.shutdown()
    server.server_close()
    thread.join()


def no_interface(scratch):
    """L-026 with our own daemon: the section is not there (C-159)."""
    daemon = ctlpeer.Daemon(OUR_DAEMON, "", scratch.top)
    scratch.daemons.append(daemon)
    with open(daemon.conf, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"\[rpcinterface:supervisor\]\n.*\n", "", text)
    with open(daemon.conf, "w", encoding="utf-8") as f:
        f.write(text)
    daemon.start()
    out = daemon.ctl(OUR_CTL, "status")
    ok("did not recognize the supervisor namespace" in out[0] and out[2] != 0,
       "C-159, L-026: no [rpcinterface:supervisor]", out)
    got = exchange(daemon.sock, request(
        "POST", "/RPC2", xmlrpc.client.dumps((), "system.listMethods"),
        Content_Type="text/xml"))
    ok("system.multicall" in got and "supervisor.getPID" not in got,
       "C-159: only system.* is there", got)


def main():
    """Everything."""
    with ctlpeer.Scratch() as scratch:
        addresses(scratch)
        anonymous_ipv6(scratch)
        in_use(scratch)
        others(scratch.daemons[0])
        no_interface(scratch)
    ctlpeer.done()


main()
