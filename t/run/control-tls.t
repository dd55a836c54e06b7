#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""TLS for servers on the network (want 32): supervisorctl, Python; slow and
broken handshakes; certificates that cannot be used."""
import os
import shutil
import socket
import ssl
import subprocess
import sys
import warnings
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
"""
SERVER = ("[inet_http_server]\nport=127.0.0.1:%d\nusername=u\npassword=p\n"
          "tls_certificate=%s/cert.pem\ntls_key=%s/key.pem\n")


def certificate(where):
    """A certificate for localhost that nobody else trusts."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,"
         "IP:127.0.0.1", "-keyout", where + "/key.pem", "-out",
         where + "/cert.pem"], check=True, capture_output=True,
        timeout=60 * SLOW)


def started(scratch, text):
    """Tries to start; (status, output)."""
    daemon = ctlpeer.Daemon(OUR_DAEMON, text, scratch.top)
    run = subprocess.run([OUR_DAEMON, "-n", "-c", daemon.conf], text=True,
                         stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=60 * SLOW, check=False)
    return run.returncode, run.stdout + run.stderr


def clients(daemon, port, top):
    """Those that trust the certificate, and those that do not."""
    url = "https://127.0.0.1:%d" % port
    with open(daemon.conf, "a", encoding="utf-8") as f:
        f.write("[supervisorctl]\ntls_ca=%s/cert.pem\n" % top)
    base = ["-s", url, "-u", "u", "-p", "p"]
    out = daemon.ctl(OUR_CTL, *base, "status", "cat")
    ok("RUNNING" in out[0] and out[2] == 0, "supervisorctl by https", out)
    out = daemon.ctl(OUR_CTL, *base, "restart", "cat")
    ok(out[0] == "cat: stopped\ncat: started\n", "it can do things", out)
    out = daemon.ctl(OUR_CTL, *base[:-1], "x", "status")
    ok("Server requires authentication" in out[0] + out[1], "a wrong password",
       out)
    out = daemon.ctl(OUR_CTL, *base, "status", conf=False)
    ok("RUNNING" not in out[0] and out[2] != 0,
       "who does not trust the certificate says nothing", out)
    out = daemon.ctl(OUR_CTL, "-s", url.replace("127.0.0.1", "127.0.0.2"),
                     "status")
    ok("RUNNING" not in out[0] and out[2] != 0, "another host's name", out)
    trusting = ssl.create_default_context(cafile=top + "/cert.pem")
    proxy = xmlrpc.client.ServerProxy(
        "https://u:p@localhost:%d/RPC2" % port, context=trusting)
    ok(proxy.supervisor.getState()["statename"] == "RUNNING",
       "Python's xmlrpc.client")
    got = proxy.supervisor.readLog(0, 0)
    ok("supervisord started" in got, "an answer of some length", len(got))
    warnings.simplefilter("ignore")  # of what is old
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", port), 20 * SLOW) as sock:
            old.wrap_socket(sock).close()
        ok(False, "old versions are refused")
    except (ssl.SSLError, ConnectionError, OSError) as err:
        ok(True, "old versions are refused", err)


def attacks(daemon, port, top):
    """Handshakes that are none, or take for ever."""
    answer = exchange(port, request())
    ok("HTTP/1.1 200" not in answer, "plain HTTP gets nothing", answer)
    silent = [socket.create_connection(("127.0.0.1", port))
              for _ in range(200)]
    for i, sock in enumerate(silent):
        try:
            if i % 3 == 1:
                sock.sendall(b"\x16\x03\x01\x02\x00\x01")
            elif i % 3 == 2:
                sock.sendall(os.urandom(300))
        except OSError:
            pass
    trusting = ssl.create_default_context(cafile=top + "/cert.pem")
    for _ in range(3):
        proxy = xmlrpc.client.ServerProxy(
            "https://u:p@localhost:%d/RPC2" % port, context=trusting)
        if not ok(proxy.supervisor.getVersion() == "3.0",
                  "others are served while 200 do not finish a handshake"):
            break
    out = daemon.ctl(OUR_CTL, "status", "cat")
    ok("RUNNING" in out[0], "and so are those of the unix socket", out)
    for sock in silent:
        sock.close()
    # A client that leaves in the middle of an answer.
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), 20 * SLOW) as raw:
            with trusting.wrap_socket(raw, server_hostname="localhost") as s:
                s.sendall(b"GET /mainlogtail HTTP/1.1\r\nHost: x\r\n"
                          b"Authorization: Basic dTpw\r\n\r\n")
                s.recv(10)
    wait_until(lambda: "RUNNING" in daemon.ctl(OUR_CTL, "status", "cat")[0],
               what="it lives")
    ok(True, "clients that leave without a word do no harm")


def wrong(scratch, top):
    """Certificates that cannot be used are said so at the start."""
    port = free_port()
    good = SERVER % (port, top, top)
    with open(top + "/junk.pem", "w", encoding="utf-8") as f:
        f.write("hello\n")
    other = os.path.join(top, "other")
    os.mkdir(other)
    certificate(other)
    for title, text, want in [
            ("no certificate", good.replace("cert.pem", "nope.pem"),
             "TLS: %s/nope.pem: " % top),
            ("no key", good.replace("key.pem", "nope.pem"),
             "TLS: %s/nope.pem: " % top),
            ("no PEM", good.replace("cert.pem", "junk.pem"),
             "TLS: %s/junk.pem: " % top),
            ("another's key", good.replace(top + "/key", other + "/key"),
             "TLS: %s/key.pem: " % other),
            ("only a key", "\n".join(
                line for line in good.split("\n")
                if not line.startswith("tls_certificate")),
             "section [inet_http_server] has a tls_key but no "
             "tls_certificate")]:
        got = started(scratch, text)
        ok(got[0] == 2 and want in got[1], "%s: said at the start" % title,
           got)


def main():
    """Everything."""
    if not shutil.which("openssl"):
        print("1..0 # SKIP no openssl")
        sys.exit(0)
    port = free_port()
    with ctlpeer.Scratch() as scratch:
        top = scratch.top
        certificate(top)
        got = started(scratch, SERVER % (port, top + "/nope", top))
        if "built without TLS" in got[1]:
            ok(got[0] == 2, "a supervisord without TLS says so", got)
            ok(True, "the rest # SKIP it is built without TLS")
            ctlpeer.done()
        daemon = scratch.daemon(OUR_DAEMON, CONFIG, SERVER % (port, top, top))
        wait_until(lambda: daemon.states(OUR_CTL) == {
            "cat": "RUNNING"}, what="cat runs")
        clients(daemon, port, top)
        attacks(daemon, port, top)
        wrong(scratch, top)
    ctlpeer.done()


main()
