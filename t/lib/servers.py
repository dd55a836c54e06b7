# SPDX-License-Identifier: BSD-2-Clause
"""Servers that people run under supervisord, and clients for them, for harness.py.
An address is the path of a unix socket, or (host, port)."""
import http.client
import os
import shutil
import socket
import threading

from harness import Failure, Skip, wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def need(*names):
    """Where programs are; each is one name, or several of which one will do.
    Without one the test is skipped, or fails if PEERS is set."""
    found = []
    for name in names:
        choice = (name,) if isinstance(name, str) else name
        paths = [p for p in (shutil.which(c, path=PATH) for c in choice) if p]
        if not paths:
            raise (Failure if os.environ.get("PEERS") else Skip)(
                "no %s" % choice[0])
        found.append(paths[0])
    return found


class Connection(http.client.HTTPConnection):
    """HTTP."""

    def __init__(self, address):
        super().__init__("localhost", timeout=60)
        self.address = address

    def connect(self):
        self.sock = connected(self.address, self.timeout)


def connected(address, timeout=60):
    """A stream to a server."""
    client = socket.socket(socket.AF_UNIX if isinstance(address, str)
                           else socket.AF_INET)
    client.settimeout(timeout)
    try:
        client.connect(address)
    except OSError:
        client.close()
        raise
    return client


def get(address, uri="/"):
    """(status, body) of a request."""
    connection = Connection(address)
    try:
        connection.request("GET", uri)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def serves(address, uri="/", text="", seconds=30):
    """Waits until a server answers 200 with the text; returns the body."""
    seen = [None]

    def look():
        try:
            seen[0] = get(address, uri)
        except (OSError, http.client.HTTPException) as e:
            seen[0] = repr(e)
            return False
        return seen[0][0] == 200 and text in seen[0][1]
    try:
        wait_until(look, seconds, "an answer", every=0.05)
    except Failure as e:
        raise Failure("%s; last seen: %r" % (e, seen[0])) from None
    return seen[0][1]


class Clients:
    """Threads that send one request after the other; what became of them."""

    def __init__(self, address, uri="/", threads=2):
        self.address, self.uri = address, uri
        self.bodies, self.failed = [], []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.go, daemon=True)
                        for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def go(self):
        while not self.over.is_set():
            try:
                status, body = get(self.address, self.uri)
            except (OSError, http.client.HTTPException) as e:
                self.failed.append(repr(e))
                continue
            if status == 200:
                self.bodies.append(body)
            else:
                self.failed.append("%d %s" % (status, body[:80]))
            self.over.wait(0.001)

    def more(self, count):
        """Waits for as many more good answers; returns them."""
        start = len(self.bodies)
        wait_until(lambda: len(self.bodies) >= start + count or self.failed,
                   60, "%d answers" % count)
        return self.bodies[start:]

    def stop(self):
        """Ends the threads; the list of what failed."""
        self.over.set()
        for thread in self.threads:
            thread.join()
        return self.failed


def nginx(s, pools, listen="unix:{dir}/www.sock", user=None):
    """Writes nginx.conf: http at an address, where /NAME is the script
    NAME.php of the FastCGI server at an address: {name: address}.  What is not
    there is an error, which nginx writes to its stderr."""
    places = "".join("""
        location /%s {
            fastcgi_param SCRIPT_FILENAME %s/%s.php;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param SCRIPT_NAME $fastcgi_script_name;
            fastcgi_pass %s;
        }""" % (name, s.dir, name, address)
        for name, address in pools.items())
    with open(s.path("nginx.conf"), "w") as f:
        f.write("""
%(user)s
worker_processes 1;
pid %(dir)s/nginx.pid;
error_log stderr;
events { worker_connections 128; }
http {
    access_log %(dir)s/access.log;
    client_body_temp_path %(dir)s/tmp;
    fastcgi_temp_path %(dir)s/tmp;
    proxy_temp_path %(dir)s/tmp;
    scgi_temp_path %(dir)s/tmp;
    uwsgi_temp_path %(dir)s/tmp;
    server {
        listen %(listen)s;
        location /missing { root %(dir)s; }
        location / { return 200 "nginx"; }%(places)s
    }
}
""" % {"dir": s.dir, "places": places, "listen": listen.replace("{dir}", s.dir),
       "user": "user %s;" % user if user else ""})
