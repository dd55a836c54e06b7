#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The HTTP server and the XML-RPC interface of supervisord, by raw requests and
by Python's xmlrpc.client (X-001 to X-044, X-139 to X-144, C-138 to C-154)."""
import base64
import hashlib
import http.client
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import time
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlpeer import OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:slow]
command=/bin/sh -c "trap 'sleep 1; exit 0' TERM; echo up; while :; do sleep 0.05; done"
startsecs=0
autostart=false
[program:late]
command=/bin/sleep 100
startsecs=2
autostart=false
[program:words]
command=/bin/sh -c "printf 'one\\\\r\\\\ntwo \\\\033[1m \\\\377 x'; exec sleep 1000"
startsecs=0
"""
MULTI = [{"methodName": "supervisor.getPID", "params": []},
         {"methodName": "supervisor.startProcess", "params": ["late"]},
         {"methodName": "supervisor.stopProcess", "params": ["late"]},
         {"methodName": "supervisor.startProcess", "params": ["nope"]},
         {"methodName": "system.multicall", "params": [[]]},
         {"params": []},
         {"methodName": "supervisor.getAPIVersion"}]
CALL = xmlrpc.client.dumps((), "supervisor.getAPIVersion")


class UnixTransport(xmlrpc.client.Transport):
    """xmlrpc.client over a unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        class Connection(http.client.HTTPConnection):
            """Connects to the path."""
            path = self.path

            def connect(self):
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.connect(self.path)
        return Connection("localhost")


def proxy(daemon):
    """A server proxy."""
    return xmlrpc.client.ServerProxy(
        "http://localhost/RPC2", transport=UnixTransport(daemon.sock))


def connect(where):
    """A raw connection to a path or a port."""
    if isinstance(where, int):
        sock = socket.create_connection(("127.0.0.1", where))
    else:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(where)
    sock.settimeout(20 * SLOW)
    return sock


def exchange(where, text):
    """Sends bytes, reads until the server closes or 20 s are over."""
    with connect(where) as sock:
        sock.sendall(text.encode("latin-1") if isinstance(text, str) else text)
        got = b""
        while True:
            try:
                piece = sock.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            got += piece
    return got.decode("latin-1")


def code(answer):
    """The status code of an answer; 0 if there is none."""
    words = answer.split(" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def post(body, extra="", version="1.1", length=None):
    """A request with a body, after which the connection is closed."""
    return ("POST /RPC2 HTTP/%s\r\nHost: x\r\nConnection: close\r\n"
            "Content-Type: text/xml\r\nContent-Length: %s\r\n%s\r\n%s" % (
                version, len(body) if length is None else length, extra, body))


def fault(call, *args):
    """(code, text) of the fault a call ends in."""
    try:
        return call(*args)
    except xmlrpc.client.Fault as err:
        return err.faultCode, err.faultString


def framing(daemon):
    """What is and is not a request."""
    for row, request, want in [
            ("X-032: a call", post(CALL), 200),
            ("X-008: a call by HTTP/1.0", post(CALL, version="1.0"), 200),
            ("X-010: no length", "POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n", 411),
            ("X-010: chunked", "POST /RPC2 HTTP/1.1\r\nHost: x\r\n"
             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("two lengths", post(CALL, "Content-Length: 3\r\n"), 400),
            ("two equal lengths",
             post(CALL, "Content-Length: %d\r\n" % len(CALL)), 400),
            ("a length and a coding",
             post(CALL, "Transfer-Encoding: identity\r\n"), 400),
            ("a blank before the colon",
             "POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
             "Content-Length : 5\r\n\r\n", 400),
            ("X-010: a length that is none", post(CALL, length="x"), 400),
            ("a negative length", post(CALL, length="-1"), 400),
            ("a length with a sign", post(CALL, length="+%d" % len(CALL)), 400),
            ("X-020: GET", "GET /RPC2 HTTP/1.0\r\n\r\n", 400),
            ("X-002: a longer path",
             post(CALL).replace("/RPC2", "/RPC2/x"), 200),
            ("X-006: an absolute URI", "GET http://x/ HTTP/1.0\r\n\r\n", 404),
            ("X-019: another method", "PUT /x HTTP/1.0\r\n"
             "Content-Length: 0\r\n\r\n", 400),
            ("X-160: ok.html", "GET /ok.html HTTP/1.0\r\n\r\n", 200),
            ("X-019: no way out of the directory",
             "GET /../../etc/passwd HTTP/1.0\r\n\r\n", 404),
            ("X-005: blanks after the colon, and none",
             post(CALL).replace("th: ", "th:  \t ").replace("pe: ", "pe:"), 200),
            ("an unknown path", "GET /nope HTTP/1.0\r\n\r\n", 404),
            ("X-035: no XML", post("hello"), 400),
            ("X-035: cut XML", post(CALL[:-5]), 400),
            ("X-036: no method", post("<methodCall/>"), 400),
            ("a DOCTYPE", post("<!DOCTYPE a>" + CALL.split("\n", 1)[1]), 400),
            ("an answer as a call",
             post(xmlrpc.client.dumps((1,), methodresponse=True)), 400)]:
        answer = exchange(daemon.sock, request)
        ok(code(answer) == want, "%s gives %d" % (row, want), answer[:300])
    for row, request, allowed in (
            ("X-003: a method in lower case", "get / HTTP/1.0\r\n\r\n",
             (0, 400, 501)),
            ("X-003: no request", "nonsense\r\n\r\n", (0, 400)),
            ("X-003: empty lines", "\r\n\r\n\r\n", (0, 400)),
            ("X-004: no version", "GET /ok.html\r\n\r\n", (200, 400))):
        answer = exchange(daemon.sock, request)
        ok(code(answer) in allowed and "None" not in answer, row, answer[:300])
    log = open(daemon.log, encoding="utf-8").read()
    ok("ERRO XML-RPC request data 'hello' is invalid: unmarshallable" in log
       and "ERRO XML-RPC request data '<methodCall/>' is invalid: no method "
       "name" in log, "X-035, X-036: they are logged")


def answers(daemon):
    """What an answer looks like."""
    answer = exchange(daemon.sock, post(CALL))
    head, body = answer.split("\r\n\r\n", 1)
    ok(body == xmlrpc.client.dumps(("3.0",), methodresponse=True),
       "X-034: the bytes of xmlrpc.client", body)
    ok("Content-Type: text/xml\r\n" in head + "\r\n" and
       "Content-Length: %d" % len(body) in head, "X-032: headers", head)
    ok("\r\nServer: " in head and re.search(
        r"\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
        r"(\r\n|$)", head), "X-011: Server and Date", head)
    page = exchange(daemon.sock, "GET /nope HTTP/1.0\r\n\r\n")
    ok("Error code 404" in page and "Not Found" in page, "X-012: error page")
    with connect(daemon.sock) as sock:
        request = post(CALL).replace("Connection: close\r\n", "")
        sock.sendall((request * 3).encode())
        got = b""
        while got.count(b"</methodResponse>") < 3:
            got += sock.recv(65536)
        ok(True, "X-007: pipelined requests on one connection")
        sock.sendall(request.encode())
        ok(b"3.0" in sock.recv(65536), "X-007: the connection stays open")


def types(server):
    """Parameters and names."""
    sup = server.supervisor
    ok(fault(server.supervisor.nope) == (1, "UNKNOWN_METHOD"),
       "X-037: unknown method")
    for name in ["nope.x", "supervisor", "supervisor.a.b", "supervisor._x", ""]:
        got = fault(getattr(server, name)) if name else (1, "UNKNOWN_METHOD")
        ok(got == (1, "UNKNOWN_METHOD"), "X-037: %r" % name, got)
    for args in [(), ("cat", True, 1), (1,), ([],), ({},)]:
        got = fault(sup.startProcess, *args)
        ok(got == (2, "INCORRECT_PARAMETERS"), "X-038, X-039: startProcess%r"
           % (args,), got)
    ok(fault(sup.readLog, "a", 0) == (2, "INCORRECT_PARAMETERS"),
       "X-039: an offset that is no number")
    ok(isinstance(sup.readLog("0", "10"), str), "X-039: numbers in strings")
    ok(fault(sup.startProcess, "nope") == (10, "BAD_NAME: nope"), "X-050")
    ok(fault(sup.getProcessInfo, "cat:*") == (10, "BAD_NAME: cat:*"), "X-118")
    ok(fault(sup.startProcess, "cat", 1) == (60, "ALREADY_STARTED: cat"),
       "law 8: an int for a boolean; X-057")
    ok(fault(sup.stopProcess, "late") == (70, "NOT_RUNNING: late"), "X-058")
    ok(fault(sup.signalProcess, "cat", "FOO") == (11, "BAD_SIGNAL: FOO"),
       "X-051")
    ok(sup.signalProcess("cat", 18) is True and
       sup.signalProcess("cat", "18") is True, "X-095: numbers as signals")
    ok(fault(sup.readLog, 0, -1) == (3, "BAD_ARGUMENTS"), "X-132")
    ok(fault(sup.readLog, -1, 5) == (3, "BAD_ARGUMENTS"), "X-133")
    ok(fault(sup.sendProcessStdin, "cat", 5) ==
       (2, "INCORRECT_PARAMETERS: 5"), "X-102: chars that are no string")
    ok(fault(sup.addProcessGroup, "cat") == (90, "ALREADY_ADDED: cat"), "X-060")
    ok(fault(sup.removeProcessGroup, "cat") == (91, "STILL_RUNNING: cat"),
       "X-061")
    ok(sup.reloadConfig() == [[[], [], []]], "X-072")
    ok(sup.sendRemoteCommEvent("a", 5) is True, "X-082")
    ok(sup.getState() == {"statecode": 1, "statename": "RUNNING"}, "X-066")
    ok(sup.getIdentification() == "supervisor", "X-065")
    ok(sup.getSupervisorVersion().startswith("4."), "X-064")


def logs(server):
    """Reading what a program has written."""
    sup = server.supervisor
    raw = "one\r\ntwo \ufffd[1m \ufffd x"
    wait_until(lambda: len(sup.readProcessStdoutLog("words", 0, 0)) ==
               len(raw), what="the program has written")
    ok(sup.readProcessStdoutLog("words", 0, 0) == raw,
       "X-040, X-041: what XML cannot say is replaced",
       repr(sup.readProcessStdoutLog("words", 0, 0)))
    ok(sup.readProcessLog("words", -1, 0) == "x" and
       sup.readProcessLog("words", 0, 3) == "one" and
       sup.readProcessLog("words", 999, 0) == "", "X-131 to X-133")
    ok(sup.tailProcessLog("words", 0, 3)[1:] == [17, True] and
       sup.tailProcessLog("words", 0, 100)[1:] == [17, False] and
       sup.tailProcessLog("words", 100, 5) == ["", 17, False], "X-135, X-136",
       sup.tailProcessLog("words", 0, 3))
    ok(sup.sendProcessStdin("cat", "caf\u00e9\n") is True, "X-102")
    wait_until(lambda: sup.readProcessLog("cat", 0, 0) == "caf\u00e9\n",
               what="the echo")
    ok(True, "X-102: it arrives")
    ok(sup.clearProcessLogs("cat") is True and
       sup.readProcessLog("cat", 0, 0) == "", "X-100")
    results = sup.clearAllProcessLogs()
    ok(sorted(r["name"] for r in results) == ["cat", "late", "slow", "words"]
       and all(r["status"] == 80 and r["description"] == "OK"
               for r in results), "X-101", results)


def infos(server):
    """Structures."""
    sup = server.supervisor
    info = sup.getProcessInfo("cat")
    ok(list(info) == ["name", "group", "start", "stop", "now", "state",
                      "statename", "spawnerr", "exitstatus", "logfile",
                      "stdout_logfile", "stderr_logfile", "pid",
                      "description"], "X-103 to X-116: members", list(info))
    ok([i["name"] for i in sup.getAllProcessInfo()] ==
       ["cat", "late", "slow", "words"], "X-103: sorted")
    config = sup.getAllConfigInfo()[0]
    need = {"autostart": True, "autorestart": "unexpected", "inuse": True,
            "killasgroup": False, "redirect_stderr": False, "name": "cat",
            "group": "cat", "command": "/bin/cat", "directory": "none",
            "serverurl": "none", "uid": "none", "exitcodes": [0],
            "group_prio": 999, "process_prio": 999, "startretries": 3,
            "startsecs": 0, "stopwaitsecs": 10, "stopsignal": 15,
            "stdout_logfile_backups": 10,
            "stdout_logfile_maxbytes": 50 << 20, "stdout_syslog": False,
            "stdout_events_enabled": False, "stdout_capture_maxbytes": 0,
            "stderr_logfile_backups": 10,
            "stderr_logfile_maxbytes": 50 << 20, "stderr_syslog": False,
            "stderr_events_enabled": False, "stderr_capture_maxbytes": 0}
    wrong = {k: config.get(k) for k, v in need.items() if config.get(k) != v}
    ok(not wrong, "X-119 to X-129", wrong)
    # Not after a reread: "auto" is what a new group would get.
    ok(os.path.isfile(config["stdout_logfile"]),
       "X-127: the real name of an AUTO log", config["stdout_logfile"])


def system(server):
    """The namespace system."""
    names = server.system.listMethods()
    theirs = [n for n in names if not n.startswith("appbase.")]
    ok(names == sorted(names) and len(theirs) == 41 and
       "supervisor.tailProcessStdoutLog" in names and
       "system.multicall" in names, "X-139: 41 methods", names)
    sign = server.system.methodSignature
    ok(sign("supervisor.startProcess") == ["boolean", "string", "boolean"] and
       sign("supervisor.getPID") == ["int"] and
       sign("supervisor.reloadConfig") == ["array"] and
       sign("supervisor.signalProcess") == ["boolean", "string", "string"],
       "X-141: signatures")
    ok(all("@return" in server.system.methodHelp(n) for n in names),
       "X-140: every method has help")
    ok(fault(server.system.methodHelp, "x") == (4, "SIGNATURE_UNSUPPORTED") and
       fault(sign, "x") == (4, "SIGNATURE_UNSUPPORTED"), "X-140, X-141")
    got = server.system.multicall(MULTI)
    want = [server.supervisor.getPID(), True, True,
            {"faultCode": 10, "faultString": "BAD_NAME: nope"},
            {"faultCode": 2, "faultString": "INCORRECT_PARAMETERS: Recursive "
             "system.multicall forbidden"},
            {"faultCode": 2,
             "faultString": "INCORRECT_PARAMETERS: No methodName"}, "3.0"]
    ok(got == want, "X-142, X-143: multicall", got)
    ok(fault(server.system.multicall, "x") == (2, "INCORRECT_PARAMETERS"),
       "X-143: not an array")


def deferred(daemon, server):
    """Answers that take time (X-044)."""
    server.supervisor.startProcess("slow")
    wait_until(lambda: server.supervisor.readProcessLog("slow", 0, 0),
               what="slow is up")
    stopper = threading.Thread(
        target=lambda: proxy(daemon).supervisor.stopProcess("slow"))
    begin = time.monotonic()
    stopper.start()
    wait_until(lambda: server.supervisor.getProcessInfo("slow")["statename"] ==
               "STOPPING", what="slow is stopping")
    ok(stopper.is_alive(), "X-044: others are served meanwhile")
    stopper.join()
    ok(time.monotonic() - begin < 3 * SLOW, "X-044: the answer is immediate",
       time.monotonic() - begin)
    before = server.supervisor.getPID()
    with connect(daemon.sock) as sock:
        sock.sendall(post(xmlrpc.client.dumps(
            ("late", True), "supervisor.startProcess")).encode())
        wait_until(lambda: server.supervisor.getProcessInfo(
            "late")["statename"] == "STARTING", what="late is starting")
    wait_until(lambda: server.supervisor.getProcessInfo("late")["statename"] ==
               "RUNNING", what="late is running")
    ok(server.supervisor.getPID() == before and
       server.supervisor.stopProcess("late") is True,
       "X-044: a client that leaves does no harm")


def free_port():
    """A port nobody has now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def servers(scratch):
    """Passwords, ports, modes (X-013 to X-016, C-138 to C-149)."""
    port = free_port()
    sha = hashlib.sha1(b"p:w").hexdigest()
    extra = ("chmod=0711\nusername=u\npassword={SHA}%s\n"
             "[inet_http_server]\nport=127.0.0.1:%d\nusername=u\n"
             "password=p:w\n" % (sha, port))
    daemon = scratch.daemon(OUR_DAEMON, "", extra)

    def get(where, header):
        return code(exchange(where, "GET /ok.html HTTP/1.0\r\n%s\r\n" %
                             (header and "Authorization: %s\r\n" % header)))

    def basic(text):
        return "Basic " + base64.b64encode(text.encode()).decode()
    for where in (daemon.sock, port):
        good = basic("u:p:w")
        ok([get(where, h) for h in (good, good.replace("Basic", "bASIC"))] ==
           [200, 200], "X-001, X-014, X-016: let in")
        bad = [get(where, h) for h in ("", basic("u:p"), basic("v:p:w"),
                                       basic("u:" + sha), basic("up:w"),
                                       "Basic !!", "Basic", basic("u"),
                                       good.replace("Basic", "Bearer"))]
        ok(bad == [401] * 9, "X-013, X-014, X-015: kept out", bad)
    answer = exchange(port, "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")
    ok(code(answer) == 401 and
       'WWW-Authenticate: Basic realm="default"' in answer,
       "X-013: every path", answer)
    ok(stat.S_IMODE(os.stat(daemon.sock).st_mode) == 0o711, "C-143: the mode")
    out = subprocess.run([OUR_DAEMON, "-n", "-c", daemon.conf, "-j",
                          daemon.dir + "/other.pid"], timeout=60, check=False,
                         stdin=subprocess.DEVNULL, capture_output=True,
                         text=True)
    ok(out.returncode == 2 and "Error: Another program is already listening on "
       "a port that one of our HTTP servers is configured to use.  Shut this "
       "program down first before starting supervisord.\n" in out.stderr,
       "C-148: already running", out)
    daemon.stop()
    ok(not os.path.exists(daemon.sock), "C-154: the socket's file is removed")


def starts(scratch):
    """What may be in the way of a socket (C-147, C-149, C-151, C-152)."""
    daemon = ctlpeer.Daemon(OUR_DAEMON, "", scratch.top)
    scratch.daemons.append(daemon)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(daemon.sock)
    daemon.start()
    with open(daemon.dir + "/out", encoding="utf-8") as out:
        ok("Unlinking stale socket %s\n" % daemon.sock in out.read(),
           "C-147: a stale socket")
    with open(daemon.log, encoding="utf-8") as log:
        text = log.read()
    ok("CRIT Server 'unix_http_server' running without any HTTP "
       "authentication checking\n" in text, "C-151")
    ok("INFO RPC interface 'supervisor' initialized\n" in text, "C-152")
    for _ in range(3):
        out = daemon.ctl(ctlpeer.OUR_CTL, "reload")
        ok(out[0] == "Restarted supervisord\n" and
           daemon.ctl(ctlpeer.OUR_CTL, "version")[2] == 0,
           "X-071: a restart answers, and the next client waits for it", out)
    out = daemon.ctl(ctlpeer.OUR_CTL, "shutdown")
    ok(out[0] == "Shut down\n" and daemon.process.wait(20 * SLOW) == 0,
       "X-070: a shutdown with nothing to stop answers, too", out)
    daemon.sock = "/nope/nope/s"
    daemon.write("")
    out = subprocess.run([OUR_DAEMON, "-n", "-c", daemon.conf], timeout=60,
                         check=False, stdin=subprocess.DEVNULL,
                         capture_output=True, text=True)
    ok(out.returncode == 2 and "Error: Cannot open an HTTP server: "
       "socket.error reported errno.ENOENT (2)\n" in out.stderr, "C-149", out)


def survival(daemon, server):
    """The engine dies; connections wait and are served by the next one."""
    pid = server.supervisor.getPID()
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)],
                         capture_output=True, text=True, check=False).stdout
    engine = [int(line.split()[0]) for line in out.splitlines()
              if "engine" in line]
    if not ok(len(engine) == 1, "the engine is found", out):
        return
    cat = server.supervisor.getProcessInfo("cat")["pid"]
    os.kill(engine[0], 9)
    again = proxy(daemon)
    ok(again.supervisor.getPID() == pid and
       again.supervisor.getProcessInfo("cat")["pid"] == cat,
       "a call right after the engine's death is answered by the next one")


def main():
    """Everything."""
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG)
        server = proxy(daemon)
        framing(daemon)
        answers(daemon)
        infos(server)
        types(server)
        logs(server)
        system(server)
        deferred(daemon, server)
        survival(daemon, server)
        servers(scratch)
        starts(scratch)
    ctlpeer.done()


main()
