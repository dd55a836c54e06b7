# SPDX-License-Identifier: BSD-2-Clause
"""What t/compat/ctl.t asks of both clients without a supervisord: options, servers
that cannot be reached, and one that answers what no supervisord does."""
import http.server
import threading
import xmlrpc.client

from ctlpeer import OUR_CTL, THEIR_CTL, ok

FILE = "[supervisord]\n"
PROMPT = ("[supervisorctl]\nserverurl=unix:///nope\nprompt=%(ENV_WHO)s\n"
          "username=%(ENV_WHO)s\npassword=x\n[include]\nfiles=%(nope)s\n")
# L-023: these say what is wrong with the connection; L-024: these need not.
CHECKED = ("status", "start x", "stop x", "restart x", "signal HUP x", "pid",
           "tail x", "maintail", "clear x", "version", "fg x")
UNCHECKED = ("avail", "add x", "remove x", "update", "reread", "reload")


def both(a, b, row, words, how=lambda x: x, **kw):
    """Both clients with the same words."""
    theirs = a.ctl(THEIR_CTL, *words, conf=False, **kw)
    ours = b.ctl(OUR_CTL, *words, conf=False, **kw)
    want, got = ([x.replace(exe, "P").replace(d.dir, "D") for x in y[:2]] +
                 [y[2]] for y, exe, d in ((theirs, THEIR_CTL, a),
                                          (ours, OUR_CTL, b)))
    ok(how(want) == how(got), "%s: %s %r" % (row, " ".join(words), kw),
       "want %r\n got %r" % (want, got))
    return got


def options(a, b):
    """Rows of the command line and its file."""
    for d in (a, b):
        with open(d.dir + "/none.conf", "w", encoding="utf-8") as f:
            f.write(FILE)
        with open(d.dir + "/prompt.conf", "w", encoding="utf-8") as f:
            f.write(PROMPT.replace("%(ENV_WHO)s", "%(ENV_LANG)s"))

    def same(row, *words, how=lambda x: x, **kw):
        theirs = a.ctl(THEIR_CTL, *(w.replace("@", a.dir) for w in words),
                       conf=False, **kw)
        ours = b.ctl(OUR_CTL, *(w.replace("@", b.dir) for w in words),
                     conf=False, **kw)
        want, got = ([x.replace(exe, "P").replace(d.dir, "D") for x in y[:2]] +
                     [y[2]] for y, exe, d in ((theirs, THEIR_CTL, a),
                                              (ours, OUR_CTL, b)))
        ok(how(want) == how(got), "%s: %s" % (row, " ".join(words)),
           "want %r\n got %r" % (want, got))
        return got
    same("L-002", "--configuration=@/c.conf", "status", "nope")
    same("L-002", "--config", "@/c.conf", "version", how=lambda x: x[2])
    same("L-005", "-i", "-c", "@/c.conf", "status", "nope")
    for word in ("-h", "-?", "--help"):
        got = same("L-007", word, how=lambda x: x[1:])
        ok("Usage: P" in got[0], "L-007: %s: the usage" % word, got)
    same("L-007", "-v")
    same("L-009", "-c", "@/none.conf", "status")
    same("L-009", "-c", "@/none.conf", "-s", "unix:///nope", "status")
    same("L-013, L-014", "-c", "@/prompt.conf", stdin="status\n")
    same("L-013", "-c", "@/prompt.conf", "status")
    got = same("L-015", "-s", "ftp://x", "status", how=lambda x: x[2])
    ok(got[0].startswith("error: ") and
       "Unknown protocol for serverurl ftp://x" in got[0], "L-015: words", got)
    same("L-078, L-079, L-082", "-s", "unix:///nope",
         stdin="status\n\n\npid\nfoo\n\n")
    for command in CHECKED:
        same("L-023", "-s", "unix:///nope", *command.split())
    for command in UNCHECKED:
        got = same("L-024", "-s", "unix:///nope", *command.split(),
                   how=lambda x: x[2])
        ok(got[0].startswith(("error: ", "unix:///nope no such file")),
           "L-024: %s: words" % command, got)
    got = b.ctl(OUR_CTL, "tail", "--3", "x")
    ok(got[0] == "Error: bad argument --3\n" and got[2] == 1,
       "L-053: tail --3", got)


def environment(b):
    """L-018: no variable says where the server is."""
    import os
    os.environ["SUPERVISOR_SERVER_URL"] = "unix:///nope"
    try:
        got = b.ctl(OUR_CTL, "pid")
    finally:
        del os.environ["SUPERVISOR_SERVER_URL"]
    ok(got[2] == 0, "L-018: SUPERVISOR_SERVER_URL is not looked at", got)


class Odd(http.server.BaseHTTPRequestHandler):
    """Answers as its server's table has it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, method = xmlrpc.client.loads(body)
        answer = self.server.table.get(method, xmlrpc.client.Fault(
            1, "UNKNOWN_METHOD"))
        text = xmlrpc.client.dumps(
            answer if isinstance(answer, xmlrpc.client.Fault) else (answer,),
            methodresponse=True).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


ODD = {"status": 999, "description": "?", "name": "x", "group": "x"}
TABLES = (
    ("L-025", {"supervisor.getVersion": "9.9"}, "status", True),
    ("L-026", {}, "status", True),
    ("L-028", {"supervisor.getVersion": xmlrpc.client.Fault(99, "ODD")},
     "status", False),
    ("L-028", {"supervisor.getVersion": "3.0", "supervisor.getAllProcessInfo":
               xmlrpc.client.Fault(6, "SHUTDOWN_STATE")}, "status", False),
    ("L-028", {"supervisor.getAllConfigInfo": xmlrpc.client.Fault(99, "ODD")},
     "avail", False),
    ("L-050", {"supervisor.getVersion": "3.0", "supervisor.startAllProcesses":
               [ODD]}, "start all", False),
    ("L-050", {"supervisor.getVersion": "3.0", "supervisor.stopAllProcesses":
               [ODD]}, "stop all", False),
)


def odd_servers(a, b):
    """Rows of answers that no supervisord gives."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_port
    for row, table, command, words in TABLES:
        server.table = table
        got = both(a, b, row, ["-s", url] + command.split(),
                   how=(lambda x: x) if words else lambda x: x[2])
        if not words:
            ok(got[0].startswith("error: "), "%s: %s: words" % (row, command),
               got)
    server.shutdown()
    server.server_close()


def help_texts(a, b):
    """L-075: the synopses are the same."""
    for command in ("start", "stop", "restart", "status", "signal", "pid",
                    "tail", "maintail", "clear", "add", "remove", "update",
                    "open", "fg", "avail", "reread", "reload", "shutdown",
                    "version", "quit", "exit"):
        texts = [d.ctl(exe, "help", command)[0].splitlines()
                 for d, exe in ((a, THEIR_CTL), (b, OUR_CTL))]
        heads = [[x.split("\t")[0].strip() for x in y if "\t" in x]
                 for y in texts]
        heads = [[x for x in y if x] for y in heads]
        ok(not set(heads[0]) - set(heads[1]), "L-075: help " + command,
           "want %r\n got %r" % tuple(heads))
