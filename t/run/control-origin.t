#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Requests that a page of another site has a browser make (X-162, failure 34):
refused; those of other clients are not."""
import base64
import os
import sys
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import code, exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_DAEMON, ok  # noqa: E402

STOP = xmlrpc.client.dumps(("cat",), "supervisor.stopProcess")
GET = xmlrpc.client.dumps((), "supervisor.getAPIVersion")
CONFIG = "[program:cat]\ncommand=/bin/cat\nstartsecs=0\n"


def call(where, body=GET, **headers):
    """The code that a call gets."""
    headers.setdefault("Content_Type", "text/xml")
    return code(exchange(where, request("POST", "/RPC2", body, **headers)))


def anonymous(port, daemon):
    """A server without a password."""
    here = "127.0.0.1:%d" % port
    ok(call(port, Host=here) == 200 and call(port, Host=None) == 200 and
       call(port, Host="anything") == 200, "clients that are no browsers")
    ok(call(port, Host=here, Origin="http://" + here) == 200,
       "a page of the server itself")
    ok(call(port, Host="sup.example.org", Origin="https://sup.example.org")
       == 200, "a name in allowed_hosts")
    ok(call(port, Host=here, Origin="https://sup.example.org") == 200,
       "a proxy's name in allowed_hosts")
    for title, want, headers in [
            ("another site", 403, {"Origin": "http://evil.example"}),
            ("another port", 403, {"Origin": "http://127.0.0.1:1"}),
            ("a page from a file", 403, {"Origin": "null"}),
            ("DNS rebinding", 403, {"Origin": "http://evil.example",
                                    "Host": "evil.example"}),
            ("DNS rebinding without Origin", 403, {"Host": "evil.example"}),
            ("a fetch of another site", 403, {"Sec_Fetch_Site": "cross-site"}),
            ("a form", 415,
             {"Content_Type": "application/x-www-form-urlencoded"}),
            ("a form of plain text", 415, {"Content_Type": "text/plain"}),
            ("a form with parts", 415,
             {"Content_Type": "multipart/form-data; boundary=x"})]:
        headers.setdefault("Host", here)
        got = call(port, STOP, **headers)
        ok(got == want, "%s gives %d" % (title, want), got)
    for path in ("/ok.html", "/logtail/cat", "/mainlogtail", "/RPC2", "/x"):
        got = code(exchange(port, request("GET", path, Host="evil.example")))
        ok(got == 403, "DNS rebinding reads nothing: %s" % path, got)
    got = code(exchange(port, request("OPTIONS", "/RPC2", Host=here,
                                      Origin="http://evil.example")))
    ok(got in (400, 403), "a browser that asks first is not told yes", got)
    answer = exchange(port, request(Host=here, Origin="http://evil.example"))
    ok(code(answer) == 200 and "access-control" not in answer.lower(),
       "what other sites may load they may not look at", answer)
    ok(daemon.states(ctlpeer.OUR_CTL) == {"cat": "RUNNING"},
       "nothing was stopped")


def with_password(port):
    """A browser has no password for a stranger's name."""
    auth = "Basic " + base64.b64encode(b"u:p").decode()
    ok(call(port, Host="box.example", Authorization=auth) == 200,
       "with a password any name is right")
    ok(call(port, Host="box.example", Origin="http://box.example",
            Authorization=auth) == 200, "... for its own pages, too")
    ok(call(port, STOP, Host="box.example", Origin="http://evil.example",
            Authorization=auth) == 403, "... but not for others'")


def by_file(daemon):
    """A unix socket, maybe behind a proxy."""
    ok(call(daemon.sock, Host="evil.example", Content_Type="text/plain")
       == 200, "a socket file has no name")
    ok(call(daemon.sock, STOP, Origin="http://evil.example") == 403,
       "another site by a proxy")
    ok(call(daemon.sock, Origin="http://box.example", Host="box.example")
       == 200, "a proxy's own pages")


def main():
    """Everything."""
    ports = free_port(), free_port()
    extra = ("[inet_http_server]\nport=127.0.0.1:%d\n"
             "allowed_hosts=sup.example.org\n[inet_http_server:b]\n"
             "port=127.0.0.1:%d\nusername=u\npassword=p\n" % ports)
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG, extra)
        ctlpeer.wait_until(lambda: daemon.states(ctlpeer.OUR_CTL) ==
                           {"cat": "RUNNING"}, what="cat runs")
        anonymous(ports[0], daemon)
        with_password(ports[1])
        by_file(daemon)
    ctlpeer.done()


main()
