#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The web page as HTTP: documents and old actions (X-145 to X-162), what is
refused, files (X-017, X-018), the stream of events."""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import free_port  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, ok, wait_until  # noqa: E402
from webpage import Status, Stream, get, quoted  # noqa: E402

EVIL = "x<i>&\"'"
BOX = "<b>box"
CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:many]
command=/bin/cat
process_name=%%(program_name)s_%%(process_num)d
numprocs=3
startsecs=0
[program:off]
command=/bin/cat
autostart=false
startsecs=0
[program:talk]
command=/bin/sh -c 'printf "<script>alert(1)</script>&amp;\\n"; exec cat'
startsecs=0
[program:gone]
command=/no/such/program
autostart=false
[program:once]
command=/bin/sh -c 'exit 3'
startsecs=0
autorestart=false
exitcodes=0
[program:%s]
command=/bin/cat
startsecs=0
autostart=false
stdout_logfile=NONE
""" % EVIL
BROWSER = {"User_Agent": "Mozilla/5.0 (X11; Linux x86_64)",
           "Accept_Language": "en"}


def daemon_states(daemon):
    return daemon.states(OUR_CTL)


def settled(daemon):
    return wait_until(lambda: (lambda s: s if s.get("cat") == "RUNNING" and
                               s.get("once") == "EXITED" and
                               s.get("talk") == "RUNNING" else None)(
                                   daemon_states(daemon)), what="all settled")


def location(answer):
    return answer[1].get("location", "")


def message_of(port, answer):
    """What the page says that an action redirects to."""
    where = location(answer)
    assert "/?message=" in where, answer
    page = get(port, where[where.index("/?"):])
    return Status(page[2]).message


def page(port):
    """The status page."""
    code, headers, body = get(port, "/")
    ok(code == 200 and headers["content-type"] == "text/html;charset=utf-8",
       "X-145 the page")
    ok(headers["pragma"] == "no-cache" and "no-cache" in
       headers["cache-control"] and headers["expires"] ==
       "Thu, 01 Jan 1970 00:00:00 GMT", "X-145 is not kept", headers)
    policy = headers["content-security-policy"]
    ok("default-src 'none'" in policy and "unsafe" not in policy and
       "*" not in policy and "data:" not in policy and
       "frame-ancestors 'none'" in policy, "nothing but our own files",
       policy)
    ok(headers["x-content-type-options"] == "nosniff" and
       headers["x-frame-options"] == "DENY" and
       headers["referrer-policy"] == "same-origin", "further headers")
    ok(not re.search(r"(?:src|href)=\"(?:https?:)?//", body) and
       not re.search(r"<script>|\son[a-z]+=|\sstyle=", body),
       "no resource from elsewhere, no script or style inside")
    s = Status(body)
    rows = {row[3]: row for row in s.rows}
    ok([row[3] for row in s.rows] == sorted(rows, key=lambda n: (
        n.split(":")[0], n)), "X-145 rows by group and name")
    ok(rows["cat"][:2] == ("statusrunning", "running") and
       rows["cat"][2].startswith("pid ") and
       rows["off"][:3] == ("statusnominal", "stopped", "Not started"),
       "X-146, X-149 state, text, class", rows)
    ok(rows["many:many_0"][4] == "tail.html?processname=many%3Amany_0",
       "X-146 name and link")
    ok([a for a, _ in rows["cat"][5]] ==
       ["Restart", "Stop", "Clear Log", "Tail -f Stdout", "Tail -f Stderr"] and
       [a for a, _ in rows["off"][5]] ==
       ["Start", "Clear Log", "Tail -f Stdout", "Tail -f Stderr"],
       "X-147 actions")
    ok(dict(rows["cat"][5])["Stop"] ==
       "index.html?processname=cat&action=stop" and
       dict(rows["cat"][5])["Tail -f Stderr"] == "logtail/cat/stderr",
       "X-148 their links")
    ok(EVIL in rows and "<i>&" not in body and BOX not in body and
       quoted(EVIL) in rows[EVIL][4], "names are quoted everywhere")
    ok('copyright_date">%d<' % time.localtime().tm_year in body, "X-150 year")
    for path in ("/index.html", "/?x=1"):
        ok(get(port, path)[0] == 200, "X-145 " + path)
    code, headers, body = get(port, "/", "HEAD")
    ok(code == 200 and body == "", "X-019 HEAD")
    ok(Status(get(port, "/?message=%3Cb%3Ex")[2]).message == "<b>x",
       "X-153 the message, quoted")
    ok(get(port, "/", "OPTIONS")[0] == 400 and
       get(port, "/", "PUT", "x")[0] == 400, "X-019 other methods")


def actions(port, daemon):
    """What scripts do."""
    index = "/index.html?processname=%s&action=%s"
    answer = get(port, index % ("off", "start"), Host="h:1")
    ok(answer[0] == 301 and location(answer).startswith(
        "http://h:1/?message=Process%20off%20started"), "X-152 redirect",
       answer)
    ok("no-store" in answer[1]["cache-control"], "... that no one keeps")
    ok(daemon_states(daemon)["off"] == "RUNNING", "X-154 start")
    for name, action, text in [
            ("off", "start", "ERROR: Process off: already started"),
            ("off", "restart", "Process off restarted"),
            ("off", "stop", "Process off stopped"),
            ("off", "stop", "unexpected rpc fault [70] NOT_RUNNING: off"),
            ("off", "clearlog", "Log for off cleared"),
            ("gone", "start", "ERROR: Process gone: no such file"),
            ("gone", "restart", "Process gone restarted"),
            ("zz", "start", "No such process named zz"),
            ("many:*", "stop", "No such process named many:*"),
            ("many%3Amany_1", "stop", "Process many:many_1 stopped"),
            (quoted(EVIL), "start", "Process %s started" % EVIL)]:
        got = message_of(port, get(port, index % (name, action)))
        ok(got == text, "X-154 to X-156 " + text, got)
    got = message_of(port, get(port, "/index.html?action=refresh"))
    ok(re.fullmatch(r"Page refreshed at \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d "
                    r"\d{4}", got), "X-161 refresh", got)
    for query in ("action=nonsense", "action=start",
                  "action=nonsense&processname=cat"):
        ok(get(port, "/index.html?" + query)[0] == 400, "X-157 " + query)
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    got = message_of(port, get(
        port, index % ("cat", "stop"), "POST",
        "action=start&processname=off", **form))
    ok(got == "Process off started" and
       daemon_states(daemon)["cat"] == "RUNNING", "X-151 POST wins", got)
    got = message_of(port, get(port, "/index.html?action=stopall"))
    ok(got.startswith("All stopped at "), "X-154 stopall", got)
    ok(set(daemon_states(daemon).values()) <= {"STOPPED", "EXITED", "FATAL"},
       "... and all is")
    got = message_of(port, get(port, "/index.html?action=restartall"))
    ok(got.startswith("All restarted at ") and
       daemon_states(daemon)["cat"] == "RUNNING", "X-154 restartall", got)


def refusals(port, daemon):
    """What a browser does not do at the wish of others (X-162)."""
    here = "127.0.0.1:%d" % port
    stop = "/index.html?processname=cat&action=stop"
    for title, headers in [
            ("a link or image of another site",
             {"Sec_Fetch_Site": "cross-site"}),
            ("... of a neighbour", {"Sec_Fetch_Site": "same-site"}),
            ("... that tells by Referer only", {"Referer": "http://evil/x"}),
            ("a browser that does not tell", {}),
            ("the address bar, or a mail", {"Sec_Fetch_Site": "none"})]:
        code, sent, body = get(port, stop, Host=here, **headers, **BROWSER)
        ok(code == 403 and "Nothing was done" in body and
           "default-src 'none'" in sent["content-security-policy"],
           "%s is asked first" % title, (code, body[:300]))
    ok(daemon_states(daemon)["cat"] == "RUNNING", "nothing was stopped")
    for action in ("stopall", "restartall"):
        ok(get(port, "/?action=" + action, Host=here, **BROWSER)[0] == 403,
           action + " likewise")
    form = "action=stop&processname=cat"
    for title, headers in [("another site", {"Origin": "http://evil"}),
                           ("a sandbox", {"Origin": "null"})]:
        ok(get(port, "/index.html", "POST", form, Host=here, **headers,
               **BROWSER)[0] == 403, "a form of %s is refused" % title)
        ok(get(port, "/web/action", "POST", "action=stop&name=cat", Host=here,
               **headers, **BROWSER)[0] == 403, "... an action, too")
    ok(get(port, "/web/action?action=stop&name=cat", Host=here)[0] == 400 and
       daemon_states(daemon)["cat"] == "RUNNING", "actions need POST")
    body = get(port, "/index.html?processname=%s&action=stop" % quoted(EVIL),
               Host=here, **BROWSER)[2]
    ok("<i>&" not in body, "the question quotes the name")
    token = re.search(r'name="token" value="([0-9a-f]{32})"', body).group(1)
    got = get(port, "/index.html", "POST", form + "&token=" + "0" * 32,
              Host=here, **BROWSER)
    ok(got[0] == 403, "a wrong token")
    got = get(port, "/index.html", "POST", form + "&token=" + token, Host=here,
              **BROWSER)
    ok(got[0] == 301 and location(got) == "/?message=Process%20cat%20stopped",
       "our own form is obeyed, and the answer is for a browser", got)
    got = get(port, "/index.html?processname=cat&action=start", Host=here,
              Sec_Fetch_Site="same-origin", **BROWSER)
    ok(got[0] == 301 and daemon_states(daemon)["cat"] == "RUNNING",
       "a link of our own page is obeyed", got)
    got = get(port, "/web/action", "POST", "action=restart&name=cat",
              Host=here, Origin="http://" + here, **BROWSER)
    ok(got[0] in (200, 202), "our own page's action", got)


def tails(port):
    """tail.html."""
    wait_until(lambda: "alert" in get(port, "/tail.html?processname=talk")[2],
               what="the log")
    code, _, body = get(port, "/tail.html?processname=talk&limit=2000")
    ok(code == 200 and "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in body
       and "<title>Supervisor tail of process talk</title>" in body and
       "tail.html?processname=talk&amp;limit=2000" in body,
       "X-158 tail.html, quoted", body)
    for query, text in [
            ("", "No process name found"),
            ("processname=zz", "ERROR: unexpected rpc fault [10] BAD_NAME: zz"),
            ("processname=" + quoted(EVIL),
             "No file for x&lt;i&gt;&amp;&quot;&#39;")]:
        code, _, body = get(port, "/tail.html?" + query)
        ok(code == 200 and text in body, "X-159 " + text, body)
    ok("limit=1024" in get(port, "/tail.html?processname=talk&limit=12")[2] and
       "limit=1024" in get(port, "/tail.html?processname=talk&limit=x")[2],
       "X-158 the least limit")


def files(port):
    """X-017, X-018."""
    for path, kind, begin in [
            ("/stylesheets/supervisor.css", "text/css", "/*"),
            ("/images/icon.png", "image/png", "\x89PNG"),
            ("/images/supervisor.gif", "image/gif", "GIF89a"),
            ("/images/rule.gif", "image/gif", "GIF89a"),
            ("/images/state0.gif", "image/gif", "GIF89a"),
            ("/images/state3.gif", "image/gif", "GIF89a"),
            ("/web/app.js", "text/javascript", "/*")]:
        code, headers, body = get(port, path)
        ok(code == 200 and headers["content-type"] == kind and
           body.startswith(begin) and len(body) ==
           int(headers["content-length"]), "X-017 " + path, headers)
    date = headers["last-modified"]
    code, headers, body = get(port, path, If_Modified_Since=date)
    ok(code == 304 and body == "", "X-017 not modified", code)
    old = "Thu, 01 Jan 1970 00:00:00 GMT"
    ok(get(port, path, If_Modified_Since=old)[0] == 200 and
       get(port, path, If_Modified_Since="nonsense")[0] == 200,
       "X-017 modified")
    for path in ("/stylesheets", "/images"):
        answer = get(port, path, Host="h:1")
        ok(answer[0] == 301 and location(answer) == "http://h:1%s/" % path,
           "X-018 " + path, answer)
    for path in ("/stylesheets/", "/images/", "/web/", "/web/page.html",
                 "/web/../web/app.js", "/stylesheets/../page.html",
                 "/images/%2e%2e/x", "/favicon.ico"):
        ok(get(port, path)[0] == 404, "X-018 404 for " + path)
    ok(get(port, "/web/app.js", "POST", "x")[0] == 400, "X-017 no POST")
    code, headers, body = get(port, "/images/icon.png", "HEAD")
    ok(code == 200 and body == "" and int(headers["content-length"]) > 20,
       "X-017 HEAD")


def act(port, action, name):
    """An action of the live page: its answer."""
    code, _, body = get(port, "/web/action", "POST",
                        "action=%s&name=%s" % (action, quoted(name)))
    ok(code in (200, 202), "%s %s is taken" % (action, name), (code, body))
    return json.loads(body)


def stream(port, daemon, extra):
    """The stream of events."""
    with Stream(port) as s:
        hello = s.wait("hello")
        ok(s.head[1]["content-type"] == "text/event-stream" and
           "no-store" in s.head[1]["cache-control"], "the stream's headers")
        ok(hello["identifier"] == BOX and
           hello["pid"] == daemon.process.pid, "hello", hello)
        ok(s.wait("server")["state"] == "RUNNING", "the server's state")
        procs = {p["name"]: p for p in s.wait("all")}
        ok(procs["cat"]["state"] == 20 and procs["cat"]["pid"] > 0 and
           procs["many_2"]["group"] == "many" and EVIL in procs and
           procs[EVIL]["logs"] == 2 and procs["cat"]["logs"] == 3,
           "all processes", procs)
        ok(procs["once"]["exit"] == 3 and
           [h[1] for h in procs["once"]["history"]][:3] == [10, 20, 100] and
           procs["once"]["history"][2][2] == 3, "the history",
           procs["once"]["history"])
        number = procs["cat"]["i"]

        def cat(state):
            return lambda rows: any(r["i"] == number and r["state"] == state
                                    for r in rows)
        figures = s.wait("figures", lambda f: any(
            x[0] == number and x[2] > 0 for x in f))
        ok(figures, "memory is told")
        job = act(port, "stop", "cat")
        s.wait("rows", cat(0))
        if "ok" not in job:
            job = s.wait("done", lambda d: d["id"] == job["id"])
        ok(job["ok"] and job["text"] == "cat stopped", "told when done", job)
        job = act(port, "stop", "cat")
        ok(job.get("ok") is False and "not running" in job["text"],
           "told why not", job)
        job = act(port, "restart", "many:*")
        done = s.wait("done", lambda d: d["id"] == job["id"])
        ok(done["ok"] and done["text"] == "many:*: 3 restarted",
           "a whole group", done)
        job = act(port, "graceful", "off")
        if "ok" not in job:
            job = s.wait("done", lambda d: d["id"] == job["id"])
        ok(job["ok"] and job["text"] == "off reloaded",
           "B-101 a graceful reload", job)
        job = act(port, "graceful", "cat")
        ok(job.get("ok") is False and "not running" in job["text"],
           "... of what does not run", job)
        job = act(port, "graceful", "many:*")
        ok(job["ok"] and job["text"] ==
           "many:*: 3 will be reloaded, one after another",
           "B-201 a rolling restart", job)
        last = procs["many_2"]
        s.wait("rows", lambda rows: any(
            r["i"] == last["i"] and r["state"] == 20 and
            r["starts"] > last["starts"] + 1 for r in rows))
        ok(True, "... gets to the last")
        job = act(port, "start", "gone")
        ok(job["ok"] is False and "no such file" in job["text"],
           "a start that fails", job)
        daemon.write(CONFIG.replace("numprocs=3", "numprocs=2"), extra)
        daemon.ctl(OUR_CTL, "update")
        procs = s.wait("all", lambda a: "many_2" not in [p["name"]
                                                         for p in a])
        ok(len(procs) > 5, "a changed group makes the page anew")
    ok(get(port, "/web/live", "POST", "x")[0] == 400, "the stream is for GET")


def survives(port, daemon):
    """The history survives the engine."""
    with Stream(port) as s:
        before = {p["name"]: p for p in s.wait("all")}
        engine = None
        for pid in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % pid) as f:
                    parent = f.read().rsplit(")", 1)[1].split()[1]
                with open("/proc/%s/cmdline" % pid) as f:
                    if int(parent) == daemon.process.pid and \
                            "engine" in f.read():
                        engine = int(pid)
            except (OSError, IndexError):
                pass
        os.kill(engine, 9)
        try:
            while s.read():
                pass
        except OSError:
            pass

    def answers():
        try:
            with Stream(port) as again:
                return {p["name"]: p for p in again.wait("all")}
        except (OSError, AssertionError):
            return None
    after = wait_until(answers, what="the next engine")
    ok(after["once"]["history"] == before["once"]["history"] and
       after["many_0"]["starts"] == before["many_0"]["starts"],
       "the history survives a killed engine", after)


def looking(port, daemon):
    """Who may only look."""
    rows = {row[3]: row for row in Status(get(port, "/")[2]).rows}
    ok([a for a, _ in rows["cat"][5]] == ["Tail -f Stdout", "Tail -f Stderr"],
       "a role that looks is offered its logs", rows["cat"])
    for query in ("processname=cat&action=stop", "action=stopall",
                  "processname=cat&action=clearlog"):
        ok(get(port, "/index.html?" + query)[0] == 403, "not " + query)
    ok(get(port, "/web/action", "POST", "action=stop&name=cat")[0] == 403 and
       daemon_states(daemon)["cat"] == "RUNNING", "... nor by the live page")
    with Stream(port) as s:
        ok(s.wait("hello")["role"] == "read" and len(s.wait("all")) > 5,
           "... which is told so")


class Box(ctlpeer.Daemon):
    """A daemon with a name that wants quoting."""

    def write(self, config, extra=""):
        super().write(config, extra)
        with open(self.conf) as f:
            text = f.read()
        with open(self.conf, "w") as f:
            f.write(text.replace("[supervisord]\n",
                                 "[supervisord]\nidentifier=%s\n" % BOX))


def main():
    """Everything."""
    port, other = free_port(), free_port()
    extra = ("[inet_http_server]\nport=127.0.0.1:%d\n"
             "[inet_http_server:b]\nport=127.0.0.1:%d\nrole=read\n" % (
                 port, other))
    with ctlpeer.Scratch() as scratch:
        daemon = Box(OUR_DAEMON, CONFIG, scratch.top, extra)
        scratch.daemons.append(daemon)
        daemon.start()
        settled(daemon)
        page(port)
        tails(port)
        files(port)
        actions(port, daemon)
        refusals(port, daemon)
        settled(daemon)
        looking(other, daemon)
        stream(port, daemon, extra)
        survives(port, daemon)
    ctlpeer.done()


main()
