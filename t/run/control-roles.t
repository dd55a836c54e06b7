#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what: passwords, peers of the unix socket, roles; and servers that
would let anybody in (want 32; C-145, C-151, X-013 to X-016)."""
import base64
import grp
import hashlib
import os
import pwd
import subprocess
import sys
import xmlrpc.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import code, exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, SLOW, ok, wait_until  # noqa: E402

CONFIG = """
[http_user:op]
password=o:p
role=operate
[http_user:eve]
password={SHA}%s
[program:cat]
command=/bin/cat
startsecs=0
""" % hashlib.sha1(b"look").hexdigest()
READ = {"getState", "getAllProcessInfo", "readLog", "getAllConfigInfo"}
OPERATE = {"startProcess", "signalAllProcesses", "clearAllProcessLogs"}
ADMIN = {"reloadConfig", "addProcessGroup", "clearLog"}
ARGS = {"readLog": (0, 10), "startProcess": ("nope",), "addProcessGroup":
        ("nope",), "signalAllProcesses": ("CONT",)}


def may(proxy, name):
    """Is a method allowed?"""
    try:
        getattr(proxy.supervisor, name)(*ARGS.get(name, ()))
    except xmlrpc.client.Fault as err:
        return err.faultCode != 100
    return True


def allowed(proxy):
    """Those of the methods that a client may call."""
    return {name for name in READ | OPERATE | ADMIN if may(proxy, name)}


def passwords(port):
    """Users of a server on the network, and their roles."""
    def as_user(text):
        return xmlrpc.client.ServerProxy("http://%s127.0.0.1:%d/RPC2" % (
            text and text + "@", port))
    for user, want in (("u:p", READ | OPERATE | ADMIN),
                       ("op:o%3Ap", READ | OPERATE), ("eve:look", READ)):
        got = allowed(as_user(user))
        ok(got == want, "%s: what may be called" % user, got ^ want)
    for user in ("", "eve:p", "u:look", "nobody:p", "op:o", "eve:"):
        try:
            as_user(user).supervisor.getState()
            ok(False, "%r is kept out" % user)
        except xmlrpc.client.ProtocolError as err:
            ok(err.errcode == 401, "%r is kept out" % user, err)
    eve = as_user("eve:look")
    try:
        eve.supervisor.stopProcess("cat")
        text = "stopped"
    except xmlrpc.client.Fault as err:
        text = err.faultString
    ok(text == "NOT_PERMITTED: supervisor.stopProcess", "the fault", text)
    got = eve.system.multicall([
        {"methodName": "supervisor.stopProcess", "params": ["cat"]},
        {"methodName": "supervisor.getAPIVersion", "params": []}])
    ok(got[0]["faultCode"] == 100 and got[1] == "3.0",
       "a role is a role in a multicall, too", got)
    ok(eve.supervisor.getProcessInfo("cat")["statename"] == "RUNNING",
       "nothing has happened")
    auth = "Basic " + base64.b64encode(b"eve:look").decode()
    got = [code(exchange(port, request("GET", path, Authorization=auth)))
           for path in ("/ok.html", "/nope")]
    ok(got == [200, 404], "who may read, may read by GET", got)


def page(daemon, port):
    """The web page knows roles, too."""
    def asks(user, method, path, body=None):
        auth = "Basic " + base64.b64encode(user.encode()).decode()
        return code(exchange(port, request(method, path, body,
                                           Authorization=auth)))
    stop = "/index.html?processname=cat&action=stop"
    form = "action=stop&name=cat"
    ok(asks("eve:look", "GET", "/") == 200, "a reader sees the page")
    got = [asks("eve:look", "GET", stop),
           asks("eve:look", "GET", "/index.html?action=stopall"),
           asks("eve:look", "POST", "/index.html", "action=restartall"),
           asks("eve:look", "POST", "/web/action", form)]
    ok(got == [403] * 4 and daemon.states(OUR_CTL) == {"cat": "RUNNING"},
       "a reader stops nothing there", got)
    got = asks("op:o:p", "POST", "/index.html", stop.split("?")[1])
    ok(got in (301, 302, 303), "who operates does", got)
    wait_until(lambda: daemon.states(OUR_CTL) == {"cat": "STOPPED"},
               what="cat is stopped")
    daemon.ctl(OUR_CTL, "start", "cat")


def every_method(daemon, port):
    """No method is open to a reader but those that only look."""
    proxy = xmlrpc.client.ServerProxy(
        "http://eve:look@127.0.0.1:%d/RPC2" % port)
    open_ = set()
    for name in proxy.system.listMethods():
        try:
            getattr(proxy, name)(*["x"] * 9)
        except xmlrpc.client.Fault as err:
            if err.faultCode != 100:
                open_.add(name.split(".")[1])
    wrong = {name for name in open_ if not name.startswith((
        "get", "read", "tail", "list", "method", "multicall"))}
    ok(not wrong and len(open_) >= 21, "what a reader may call", wrong)
    out = daemon.ctl(OUR_CTL, "-s", "http://127.0.0.1:%d" % port, "-u", "eve",
                     "-p", "look", "stop", "cat")
    ok(out[0] == "cat: ERROR (not permitted)\n" and out[2] != 0,
       "supervisorctl says why", out)
    out = daemon.ctl(OUR_CTL, "-s", "http://127.0.0.1:%d" % port, "-u", "eve",
                     "-p", "look", "status")
    ok("RUNNING" in out[0] and out[2] == 0, "and shows what may be seen", out)


def as_uid(daemon, uid, gid, groups, *words):
    """Runs supervisorctl as somebody else."""
    run = subprocess.run(
        [OUR_CTL, "-s", "unix://" + daemon.sock] + list(words), user=uid,
        group=gid, extra_groups=groups, cwd="/", stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60 * SLOW, check=False)
    return run.stdout + run.stderr


def peers(scratch):
    """Who has connected to a unix socket."""
    adm, nobody = grp.getgrnam("adm").gr_gid, pwd.getpwnam("nobody")
    extra = ("chmod=0777\nallow_users=nobody:operate,7654:read\n"
             "allow_groups=adm:read\n")
    daemon = scratch.daemon(OUR_DAEMON, CONFIG, extra)
    os.chmod(scratch.top, 0o755)
    os.chmod(daemon.dir, 0o755)
    wait_until(lambda: daemon.states(OUR_CTL).get("cat") == "RUNNING",
               what="cat runs")
    ok(True, "root is let in")
    for title, who, words, want in [
            ("nobody may look", (nobody.pw_uid, nobody.pw_gid, []),
             ("status",), "cat   "),
            ("nobody may start", (nobody.pw_uid, nobody.pw_gid, []),
             ("restart", "cat"), "cat: started"),
            ("nobody may not reread", (nobody.pw_uid, nobody.pw_gid, []),
             ("reread",), "NOT_PERMITTED"),
            ("a number may look", (7654, 7654, []), ("status",), "cat   "),
            ("a number may not stop", (7654, 7654, []), ("stop", "cat"),
             "cat: ERROR (not permitted)"),
            ("a group may look", (7655, adm, []), ("status",), "cat   "),
            ("a further group may look", (7655, 7655, [9, adm]), ("status",),
             "cat   "),
            ("a group may not stop", (7655, 7655, [adm]), ("stop", "cat"),
             "cat: ERROR (not permitted)"),
            ("others are refused", (7655, 7655, [9]), ("status",), "403")]:
        out = as_uid(daemon, *who, *words)
        ok(want in out, title, out)
    daemon.stop()


def refused(scratch):
    """Servers that would let anybody in, and faults of the keys."""
    inet = "[inet_http_server]\nport=%s\n"
    user = "[http_user:a]\npassword=b\n"
    port = free_port()
    for title, text, want in [
            ("all addresses", inet % "*:9001", "section [inet_http_server] "
             "would let anybody on the network run programs: set username and "
             "password, or port=127.0.0.1:9001, or allow_anonymous=true"),
            ("only a port", inet % "9001", "would let anybody"),
            ("an address", inet % "192.0.2.1:9001", "would let anybody"),
            ("IPv6", inet % "[::]:9001", "would let anybody"),
            ("a wrong role", inet % "127.0.0.1:1" + "role=root\n",
             "Invalid role root: not admin, operate or read"),
            ("a wrong user", "[unix_http_server:x]\nfile=/x\n"
             "allow_users=no-such-user\n",
             "Invalid allow_users no-such-user: there is no such user"),
            ("a wrong group", "[unix_http_server:x]\nfile=/x\n"
             "allow_groups=no-such-group:read\n",
             "Invalid allow_groups no-such-group: there is no such group"),
            ("a user's wrong role", "[unix_http_server:x]\nfile=/x\n"
             "allow_users=root:boss\n", "Invalid role boss of root"),
            ("no password", "[http_user:a]\n",
             "section [http_user:a] has no password value"),
            ("no name", user.replace(":a", ":"), "has no name")]:
        daemon = ctlpeer.Daemon(OUR_DAEMON, text, scratch.top)
        for how in (["-n"], ["--test-config"]):
            out = subprocess.run([OUR_DAEMON, "-c", daemon.conf] + how,
                                 capture_output=True, text=True, timeout=60,
                                 stdin=subprocess.DEVNULL, check=False)
            ok(out.returncode == 2 and want in out.stdout + out.stderr,
               "%s: %s" % (how[0], title), out)
    for title, text in [
            ("a password", inet % "*:9001" + "username=a\npassword=b\n"),
            ("a user", inet % "*:9001" + user),
            ("allow_anonymous", inet % "*:9001" + "allow_anonymous=true\n"),
            ("this host", inet % "127.3.2.1:9001"),
            ("this host by IPv6", inet % "[::1]:9001"),
            ("this host by name", inet % "localhost:9001")]:
        daemon = ctlpeer.Daemon(OUR_DAEMON, text, scratch.top)
        out = subprocess.run([OUR_DAEMON, "-c", daemon.conf, "--test-config"],
                             capture_output=True, text=True, timeout=60,
                             stdin=subprocess.DEVNULL, check=False)
        ok(out.returncode == 0, "%s makes it right" % title, out)
    daemon = scratch.daemon(OUR_DAEMON, "", inet % ("*:%d" % port) +
                            "allow_anonymous=true\nrole=read\n")
    with open(daemon.log, encoding="utf-8") as f:
        log = f.read()
    ok("CRIT Server 'inet_http_server' running without any HTTP "
       "authentication checking\n" in log and "CRIT Server 'inet_http_server' "
       "lets anybody who can reach port %d of this host in, as read\n" % port
       in log, "C-151: it is said aloud", log)
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1:%d/RPC2" % port)
    ok(allowed(proxy) == READ, "and who comes may do what role says")
    with open(daemon.conf, encoding="utf-8") as f:
        text = f.read()
    with open(daemon.conf, "w", encoding="utf-8") as f:
        f.write(text.replace("allow_anonymous=true\n", ""))
    out = daemon.ctl(OUR_CTL, "reread")
    ok("would let anybody" in out[0] + out[1], "reread refuses it, too", out)


def main():
    """Everything."""
    port = free_port()
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(OUR_DAEMON, CONFIG, "[inet_http_server]\n"
                                "port=127.0.0.1:%d\nusername=u\npassword=p\n"
                                % port)
        wait_until(lambda: daemon.states(OUR_CTL).get("cat") == "RUNNING",
                   what="cat runs")
        passwords(port)
        every_method(daemon, port)
        page(daemon, port)
        refused(scratch)
        if os.geteuid() == 0:
            peers(scratch)
        else:
            print("# not root: peers of other users are not tested")
    ctlpeer.done()


main()
