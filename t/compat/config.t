#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same configuration files through our reader and the original's: the same
processes, groups, servers and warnings, or the same fault.

Rows where we differ on purpose (BUG in the specification, and what 4.4 does
otherwise than the installed version) are not among the cases.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, "/usr/lib/python3/dist-packages")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import configcases  # noqa: E402
try:
    from supervisor import datatypes, events as types, options
except ImportError:
    if os.environ.get("PEERS"):
        print("1..1\nnot ok 1 - supervisor's Python modules are installed")
        sys.exit(1)
    print("1..0 # SKIP supervisor's Python modules are not installed")
    sys.exit(0)

BUILD = os.path.abspath(os.environ.get("BUILD_DIR") or "build")
DUMP = os.path.join(BUILD, "t", "child", "confdump")
WRAPPER = (os.environ.get("TEST_WRAPPER") or "").split()
RANDOM_CASES = 400

KINDS = {"ProcessGroupConfig": (0, 1), "EventListenerPoolConfig": (2,),
         "FastCGIGroupConfig": (3,)}
PROCESS = {"uid": "user"}
AUTORESTART = {False: 0, datatypes.RestartUnconditionally: 1,
               datatypes.RestartWhenExitUnexpected: 2}


class Refused(Exception):
    pass


def theirs(path):
    """Loads a file with the original; a dictionary like confdump's."""
    o = options.ServerOptions()

    def usage(text):
        raise Refused(text)
    o.usage = usage
    try:
        o.realize(["-c", path], doc="", progname="supervisord")
    except Refused as e:
        return {"error": str(e)}
    events = {v: k for k, v in types.EventTypes.__dict__.items()
              if not k.startswith("_")}
    groups = []
    for g in o.process_group_configs:
        if groups and groups[-1]["name"] == g.name:
            continue
        groups.append({
            "kind": type(g).__name__, "name": g.name,
            "priority": g.priority,
            "buffer_size": getattr(g, "buffer_size", None),
            "events": sorted(events[e] for e in
                             getattr(g, "pool_events", [])),
            "socket": str(g.socket_config)
            if hasattr(g, "socket_config") else None,
            "processes": [process(p) for p in g.process_configs]})
    d = o.configroot.supervisord
    return {"groups": groups, "servers": [server(s) for s in
                                          o.server_configs],
            "messages": list(dict.fromkeys(o.parse_warnings)) +
            o.parse_infos,
            "supervisord": {
                "minfds": d.minfds, "minprocs": d.minprocs,
                "directory": d.directory, "umask": d.umask,
                "logfile_maxbytes": d.logfile_maxbytes,
                "logfile_backups": d.logfile_backups,
                "loglevel": d.loglevel, "identifier": d.identifier,
                "pidfile": o.pidfile, "logfile": o.logfile,
                "childlogdir": d.childlogdir,
                "user": None if d.user is None else
                datatypes.name_to_uid(d.user),
                "nodaemon": bool(d.nodaemon), "silent": bool(d.silent),
                "nocleanup": bool(d.nocleanup),
                "strip_ansi": bool(d.strip_ansi),
                "environment": ["%s=%s" % i for i in
                                d.environment.items()]}}


def process(p):
    d = {}
    for name, value in vars(p).items():
        if name in ("options", "process_name"):
            continue
        if value is datatypes.Automatic:
            value = "auto"
        elif name.endswith("_logfile") and value is None:
            value = "none"
        elif name == "autorestart":
            value = AUTORESTART[value]
        elif name == "environment":
            value = ["%s=%s" % i for i in value.items()]
        d[PROCESS.get(name, name)] = value
    return d


def server(s):
    d = {"section": s["section"], "name": s["name"],
         "username": s["username"], "password": s["password"]}
    if "file" in s:
        d.update(file=s["file"], chmod=s["chmod"], uid=s["chown"][0],
                 gid=s["chown"][1])
    else:
        d.update(host=s["host"], port=s["port"])
    return d


def differences(a, b, at=""):
    """What of a (theirs) is otherwise in b (ours)."""
    if isinstance(a, dict):
        return [d for k in a
                for d in differences(a[k], b.get(k), at + "." + k)]
    if at.endswith(".kind"):
        return [] if b in KINDS[a] else ["%s: %r %r" % (at, a, b)]
    if at.endswith(".events"):
        b = sorted(b)
    if at.endswith(".buffer_size") and a is None:
        return []
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, x in enumerate(a)
                for d in differences(x, b[i], "%s[%d]" % (at, i))]
    return [] if a == b else ["%s: theirs %r, ours %r" % (at, a, b)]


def judge(name, a, b):
    """What is wrong with a case."""
    found = compare(a, b)
    if name not in configcases.DIFFER:
        return found
    row, ours = configcases.DIFFER[name]
    if not found:
        return ["no longer differs, but is listed (%s)" % row]
    if re.search(ours, json.dumps(b)):
        return []
    return ["listed (%s), but ours has no %r" % (row, ours)] + found


def compare(a, b):
    if "error" in a or "error" in b:
        x, y = a.get("error"), b.get("error")
        if y is not None and "without a name in parentheses" in y:
            return []  # C-069: we refuse what theirs fills with its table
        if x is None or y is None:
            return ["theirs %r, ours %r" % (x, y)]
        # The reason is Python's own wording (C-067).
        x, y = (t.split(" is badly formatted: ")[0] for t in (x, y))
        # The place may be added (C-137).
        if y == x or y.startswith(x + " in section "):
            return []
        return ["theirs %r, ours %r" % (x, y)]
    return differences(a, b)


S = "[supervisord]\n"
P = S + "[program:x]\ncommand=/bin/cat\n"
E = S + "[eventlistener:x]\ncommand=/bin/cat\n"
F = S + "[fcgi-program:x]\ncommand=/bin/cat\n"
CASES = configcases.CASES + [
    ("defaults", S), ("no section", "\n k=1\n"), ("bad lines", S + "a\n=b\n"),
    ("no supervisord", "[a]\nb=c\n"),
    ("values", S + "umask=077\nminfds=7\nminprocs=8\nloglevel=Trace\n"
     "nodaemon=ON\nidentifier=a b ; c\nlogfile_maxbytes=1 kb\npidfile=/p\n"
     "directory=/tmp\nenvironment=A=1,B=\"x,y\",C=%(here)s\n"),
    ("program", P + "priority=5\nautostart=no\nautorestart=true\nstartsecs=0\n"
     "startretries=9\nstopsignal=usr1\nstopwaitsecs=3\nstopasgroup=1\n"
     "exitcodes=1, 2\numask=022\nuser=0\ndirectory=/x\nserverurl=http://a\n"
     "stdout_logfile=/tmp/a\nstderr_logfile=none\nstdout_events_enabled=1\n"
     "stderr_capture_maxbytes=1MB\nstdout_logfile_backups=2\n"
     "stderr_syslog=true\nstdout_logfile_maxbytes=0\n"),
    ("numprocs", P + "numprocs=12\nnumprocs_start=-1\n"
     "process_name=%(program_name)s_%(process_num)02d\n"
     "stdout_logfile=/tmp/%(process_num)d-%(numprocs)x\n"
     "environment=N=\"%(process_num)s\"\ndirectory=/%(ENV_N)s\n"),
    ("warnings", P + "redirect_stderr=true\nstderr_logfile=/tmp/e\n"
     "stdout_logfile_maxbytes=0\n"),
    ("syslog", P + "stdout_logfile=syslog\nstderr_logfile=SYSLOG\n"),
    ("empty values", P + "exitcodes=\ndirectory=\nserverurl=\n"),
    ("group", P + "[program:y]\ncommand=y\npriority=1\n[group:g]\n"
     "programs=y,x\npriority=3\n[group:h]\nprograms=x\n[group:e]\n"),
    ("order", S + "".join("[program:%s]\ncommand=c\npriority=%d\n" % i
                          for i in (("b", 2), ("a", 2), ("c", 1),
                                    ("d", -5)))),
    ("pool", E + "events=tick,PROCESS_STATE_exited\nbuffer_size=5\n"
     "priority=7\n"),
    ("fcgi", F + "socket=tcp://LOCALHOST:9000\n[fcgi-program:y]\n"
     "command=y\nsocket=unix:///tmp/%(program_name)s\n"),
    ("servers", S + "[unix_http_server]\nfile=/tmp/../a//b\nchmod=0770\n"
     "chown=root:root\n[inet_http_server]\nport=*:9001\nusername=a\n"
     "password=b\n[inet_http_server:z]\nport=Host:80\n"),
    ("default section", "[DEFAULT]\nstartsecs=7\n" + P),
    ("merged sections", P + "[program:x]\ncommand=/b\nCOMMAND: /c\n"),
    ("odd names", S + "[program: a ]junk\ncommand=1\n[program:*]\ncommand=2\n"
     "[program:]\ncommand=\n[program:\u00e9,b]\ncommand=3\n"),
    ("continuations", S + "[program:x]\ncommand=\n  a\n\n ; c\n  b\n\n"
     "environment=A=1,\n  B=2,\n"),
    ("comments", S + "[program:x] ; c\n# no\ncommand=sh -c \"a ; b\" #x\n"
     "directory=/a;b\nserverurl=x;y ;z #c\n"),
    ("carriage returns", S.replace("\n", "\r\n") +
     "[program:x]\rcommand=a\r\n"),
    ("flags", P + "directory=%(program_name)-5s|%(process_num)+04d|"
     "%(process_num)#x|%(numprocs)e|%(program_name).0s|%(here)r%%\n"),
]
CASES += [("fault: " + text.replace("\n", " ").strip(), base + text)
          for base, texts in (
    (S, ("loglevel=x\n", "umask=9\n", "minfds=x\n", "nodaemon=maybe\n",
         "directory=/nope\n", "logfile=/nope/x\n", "environment=A\n",
         "environment=A=a=b\n", "environment=A='\n", "identifier=%\n",
         "identifier=%(a\n", "logfile_maxbytes=1.5MB\n",
         "[include]\n", "[group:g]\nprograms=x\n", "[group:a b]\n",
         "[group:g]\npriority=x\n",
         "[inet_http_server]\n", "[inet_http_server]\nport=x\n",
         "[inet_http_server]\nport=a:\n", "[inet_http_server]\nport=a:99999\n",
         "[inet_http_server]\nport=1\nusername=x\n", "[unix_http_server]\n",
         "[unix_http_server]\nfile=/a\nchmod=8\n",
         "[unix_http_server]\nfile=/a\nchown=nouser\n",
         "[program:x]\n", "[program:a:b]\ncommand=x\n",
         "[rpcinterface:x]\n")),
    (P, ("startsecs=x\n", "autostart=x\n", "autorestart=x\n",
         "stopsignal=x\n", "stopsignal=99\n", "exitcodes=256\n",
         "user=nouser\n", "user=99999\n", "umask=x\n", "numprocs=2\n",
         "numprocs=x\n", "process_name=a b\n", "process_name=%(x)s\n",
         "priority=x\n", "stdout_logfile=/nope/x\n",
         "stdout_logfile_maxbytes=x\n", "stderr_capture_maxbytes=x\n",
         "stopasgroup=1\nkillasgroup=0\n", "environment=A=1,B\n",
         "command=%(process_num)q\n", "command=100%\n", "command=%(s)s\n",
         "environment=A=%(ENV_NOPE)s\n", "redirect_stderr=x\n",
         "[fcgi-program:x]\ncommand=x\nsocket=tcp://a:1\n"
         "[group:g]\nprograms=x\n")),
    (E, ("", "events=x\n", "events=TICK\nbuffer_size=0\n",
         "events=TICK\nbuffer_size=x\n", "events=TICK\npriority=x\n",
         "events=TICK\nredirect_stderr=1\n")),
    (F, ("", "socket=tcp://a:0\n", "socket=tcp://a:1\nsocket_mode=0700\n",
         "socket=unix:///a\nsocket_mode=9\n",
         "socket=unix:///a\nsocket_owner=nosuch\n",
         "socket=unix:///a\nsocket_backlog=0\n"))) for text in texts]

PIECES = ["[supervisord]", "[program:x]", "[program:y]", "[DEFAULT]", "[foo]",
          " [a]", "[", "]", "command", "Command", "directory", "serverurl",
          "startsecs", "=", ":", " = ", "a", "1", "/bin/cat", " ", "\t", "\n",
          "\n", "\n", "\n ", "\n  ", "\r\n", "\r", ";", " ;", "#", " #", "\"",
          "'", "\\", "%%", "%(program_name)s", "%(here)s", "\u00e9", "\u00a0",
          "\u2028", "\x1c", "x;y ;z"]

FORMATS = ["%", "%%", "(process_num)", "(program_name)", "(here", ")", "(",
           "nope", "0", "5", ".", "2", "-", "+", " ", "*", "l", "d", "x", "s",
           "r", "c", "e", "q", "a", "\u00e9"]


def random_format(r):
    """A value with expansions, some of them good ones."""
    text = P + "numprocs_start=65\ndirectory=/"
    for _ in range(r.randrange(1, 4)):
        text += r.choice(["%(process_num)", "%(program_name)", "%", "%%",
                          "x"])
        text += "".join(r.choice(FORMATS) for _ in range(r.randrange(4)))
        text += r.choice("dsxrcief%")
    return text + "\n"


def random_text(r):
    """A file made of pieces of the grammar; most are good ones."""
    lines = ["[supervisord]\n", "[program:x]\ncommand=a\n"]
    for _ in range(r.randrange(1, 30)):
        lines.append(r.choice(PIECES))
        if r.random() < 0.3:
            lines.append("\n%s=" % r.choice(
                ["directory", "serverurl", "k", "command"]))
    return "".join(lines)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)


def main():
    r = random.Random(4242)
    cases = CASES + [("random %d" % i,
                      random_format(r) if i % 2 else random_text(r))
                     for i in range(RANDOM_CASES)]
    top = os.path.realpath(tempfile.mkdtemp())
    try:
        os.chdir(top)
        paths = []
        os.environ.update(configcases.ENVIRON, HOME=top)
        for i, (_, text, *files) in enumerate(cases):
            paths.append(os.path.join(top, "%d.conf" % i))
            write(paths[-1], text)
            for name in files[0] if files else ():
                write(os.path.join(top, name), files[0][name])
        out = subprocess.run(WRAPPER + [DUMP] + paths, stdout=subprocess.PIPE,
                             check=False).stdout
        ours = [json.loads(line) for line in out.decode().split("\n")[:-1]]
        report(cases, paths, ours)
    finally:
        shutil.rmtree(top)


def report(cases, paths, ours):
    print("1..%d" % (len(CASES) + 1))
    bad = []
    loaded = 0
    for i, (name, text, *_) in enumerate(cases):
        found = judge(name, theirs(paths[i]), ours[i]) if i < len(ours) else \
            ["confdump ended early"]
        loaded += i >= len(CASES) and i < len(ours) and \
            "groups" in ours[i]
        if i < len(CASES):
            print("%s %d - %s" % ("not ok" if found else "ok", i + 1, name))
        if found:
            bad.append(i)
            print("# %r" % text)
            for line in found[:5]:
                print("# " + line)
    bad = [i for i in bad if i >= len(CASES)]
    print("%s %d - %d random files, %d of them good" % (
        "not ok" if bad or loaded < RANDOM_CASES / 4 else "ok",
        len(CASES) + 1, RANDOM_CASES, loaded))


os.environ["LC_ALL"] = "C.UTF-8"
if os.environ.get("PYTHONUTF8") != "1":
    os.environ["PYTHONUTF8"] = "1"
    os.execv(sys.executable, [sys.executable] + sys.argv)
main()
