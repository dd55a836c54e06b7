# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/config.t, by row of the specification: each is read
by the original's reader and by ours.  A case is (name, text) or (name, text,
{name of another file: text}).
"""
S = "[supervisord]\n"
P = S + "[program:x]\ncommand=/bin/cat\n"
E = S + "[eventlistener:x]\ncommand=/bin/cat\n"
F = S + "[fcgi-program:x]\ncommand=/bin/cat\n"
I = S + "[inet_http_server]\n"
U = S + "[unix_http_server]\n"
R = S + "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory="

# The environment in which the files are read.
ENVIRON = {"PORT": "9001", "MODE": "0770", "PROG": "x", "NUMBER": "7",
           "TRUTH": "yes", "SIG": "HUP", "PERCENT": "100%", "EVENT": "TICK",
           "EMPTY": "", "FACTORY": "supervisor.rpcinterface"}

# Where every name is (C-072 to C-083): what is expanded in which key, and what
# else is refused there with the list of the names that there are.
NAMES = ("here", "host_node_name", "program_name", "group_name", "process_num",
         "numprocs", "ENV_PERCENT", "ENV_INNER", "ENV_OUTER", "nope")
PLACES = [
    ("C-072-include", S + "[include]\nfiles=%s\n"),
    ("C-073-identifier", S + "identifier=%s\n"),
    ("C-073-number", S + "minfds=%s\n"),
    ("C-075-inet", I + "port=1\nusername=%s\npassword=x\n"),
    ("C-075-rpcinterface", R + "%s\n"),
    ("C-076-file", U + "file=/tmp/%s\n"),
    ("C-076-other", U + "file=/tmp/s\nusername=%s\npassword=x\n"),
    ("C-078-group", P + "[group:g]\nprograms=%s\n"),
    ("C-079-priority", P + "priority=%s\n"),
    ("C-079-listener-priority", E + "events=TICK\npriority=%s\n"),
    ("C-079-events", E + "events=%s\n"),
    ("C-079-buffer-size", E + "events=TICK\nbuffer_size=%s\n"),
    ("C-079-backlog", F + "socket=unix:///tmp/s\nsocket_backlog=%s\n"),
    ("C-079-mode", F + "socket=unix:///tmp/s\nsocket_mode=%s\n"),
    ("C-079-owner", F + "socket=unix:///tmp/s\nsocket_owner=%s\n"),
    ("C-079-socket", F + "socket=unix:///tmp/%s\n"),
] + [("C-080-" + k, P + k + "=%s\n") for k in (
    "autostart", "autorestart", "startsecs", "startretries", "stopsignal",
    "stopwaitsecs", "stopasgroup", "killasgroup", "exitcodes",
    "redirect_stderr", "numprocs", "numprocs_start",
    "stdout_capture_maxbytes", "stderr_events_enabled", "serverurl", "user",
    "umask")] + [("C-081-" + k, P + "environment=INNER=in\n" + k + "=%s\n")
                 for k in (
    "command", "directory", "process_name", "stdout_logfile",
    "stderr_logfile_backups", "stdout_logfile_maxbytes", "stderr_syslog")] + [
    ("C-081-environment", P + "environment=INNER=in,A=\"%s\"\n")]


def places():
    """Each name in each place."""
    for where, text in PLACES:
        for name in NAMES:
            value = "%%(%s)s" % name
            yield "%s: %s" % (where, name), text.replace(
                S, S + "environment=OUTER=out\n", 1) % value


GOOD = [
    ("C-064 every kind of section", R + "supervisor.rpcinterface:"
     "make_main_rpcinterface\n[unix_http_server]\nfile=/a\n"
     "[unix_http_server:y]\nfile=/b\n[inet_http_server]\nport=1\n"
     "[inet_http_server_too]\nport=2\n[program:p]\ncommand=p\n[group:g]\n"
     "programs=p\n[eventlistener:e]\ncommand=e\nevents=EVENT\n"
     "[fcgi-program:f]\ncommand=f\nsocket=tcp://a:1\n[supervisorctl]\n"
     "prompt=%(nope)s\n[ctlplugin:c]\nsupervisor.ctl_factory=a:b\n[Program:q]\n"
     "[programs:r]\n[groups]\n"),
    ("C-068 where in 4.4", P + "environment=A=\"%(ENV_INNER)s\"\n"),
    ("C-088 patterns", S + "[include]\nfiles = in?.d/[ab]*.conf "
     "in*.d/[!a-c][0-9e].ini in1.d/?.ini\n in1.d/**/*.conf in1.d/a1.conf in1.d/{a1,b2}.conf ~/in1.d/a1.conf\n"
     " in1.d/[^d]e.ini in1.d/\\e in1.d/[de.ini\n",
     {"in1.d/a1.conf": "[program:a1]\ncommand=a\n",
      "in1.d/b2.conf": "[program:b2]\ncommand=b\n[program:a1]\npriority=3\n",
      "in1.d/B3.conf": "[program:B3]\ncommand=b\n",
      "in1.d/.a4.conf": "[program:a4]\ncommand=b\n",
      "in1.d/d1.ini": "[program:d1]\ncommand=b\n",
      "in1.d/c1.ini": "[program:c1]\ncommand=b\n",
      "in1.d/deep/a5.conf": "[program:a5]\ncommand=b\n",
      "in1.d/\u00e9.ini": "[program:e]\ncommand=b\n",
      "in1.d/de.ini": "[program:de]\ncommand=b\n",
      "in1.d/^e.ini": "[program:he]\ncommand=b\n",
      "in1.d/\\e": "[program:be]\ncommand=b\n",
      "in1.d/[de.ini": "[program:ode]\ncommand=b\n"}),
    ("C-088 order", S + "[include]\nfiles=o2.d/*.conf o1.d/*\n",
     {"o1.d/z": "[program:x]\ncommand=z\n", "o1.d/Z": "[program:x]\ncommand=Z\n",
      "o1.d/10": "[program:x]\nstartsecs=10\n",
      "o1.d/9": "[program:x]\nstartsecs=9\n",
      "o2.d/x.conf": "[program:x]\ncommand=first\npriority=1\n"}),
    ("C-088 twice", S + "[include]\nfiles=tw.d/a tw.d/b tw.d/a\n",
     {"tw.d/a": "[program:x]\ncommand=a\n", "tw.d/b": "[program:x]\ncommand=b\n"}),
    ("C-089 and C-090", S + "[include]\nfiles=gone.conf yes.conf none.d/*\n",
     {"yes.conf": ""}),
    ("C-072 names", S + "[include]\nfiles=%(here)s/%(ENV_PROG)s%(ENV_NUMBER)s.c "
     "%(host_node_name)s*\n", {"x7.c": "[program:i]\ncommand=i\n"}),
    ("C-085 replaced", "[DEFAULT]\ndirectory=%(here)s/d\n" + S +
     "[include]\nfiles=sub.d/h.conf\n[program:x]\ncommand=a\n"
     "umask=022\nserverurl=%(here)s\n[group:g]\nprograms=x\n",
     {"sub.d/h.conf": "[program:y]\ncommand=%(here)s/y\n"}),
    ("C-091 not nested", S + "[include]\nfiles=n1.conf\n",
     {"n1.conf": "[include]\nfiles=n2.conf\n[program:n1]\ncommand=a\n",
      "n2.conf": "bad\n"}),
    ("C-082 group_name", S + "[program:a]\ncommand=%(group_name)s\nserverurl="
     "%(group_name)s\n[program:b]\ncommand=%(group_name)s\n[group:g]\n"
     "programs=a\n[group:h]\nprograms=a\n[eventlistener:e]\nevents=TICK\n"
     "command=%(group_name)s\n"),
    ("C-104 lists", P + "[program:y]\ncommand=y\n[group:g]\nprograms= x ,y\n"
     "[group:h]\nprograms=\n"),
    ("C-104 empty item", P + "[group:g]\nprograms=x,,x\n"),
    ("C-108 log names", S + "".join(
        "[program:p%d]\ncommand=a\nstdout_logfile=%s\n" % (i, x)
        for i, x in enumerate(("None", "OFF", "Auto", "auto.log", "./none",
                               "SysLog", "~/x", "relative", "/dev/stdout")))),
    ("C-110 owners", S + "".join(
        "[unix_http_server:%d]\nfile=/s%d\nchown=%s\n" % (i, i, x)
        for i, x in enumerate(("root", "0", "nobody:root", "0:0",
                               "root:daemon")))),
    ("C-112 not checked", P + "serverurl=foo\n"),
    ("C-114 words", S + "environment=A=a/b.c+d-(e):f,\u00c0\u00ff=\u00df,_1=2\n"),
    ("C-119 paths", S + "logfile=a/../b\npidfile=./c\n"),
    ("C-119 syslog", S + "logfile=Syslog\n"),
    # C-121, C-123, C-124, C-126, C-127, C-128, C-133
    ("C-129 and others", S + "logfile_backups=0\nlogfile_maxbytes=0\n"
     "loglevel=BLATHER\npidfile=~/p\numask=0o027\nnodaemon=1\nsilent=on\n"
     "minfds=-1\nminprocs=0\nnocleanup=true\nstrip_ansi=yes\n"),
    ("C-130", S + "childlogdir=%(here)s\n"), ("C-130 default", S),
    ("C-131", S + "user=root\n"), ("C-132", S + "directory=~\n"),
    ("C-134", S + "environment=A=1,B=2\n[program:x]\ncommand=%(ENV_A)s\n"
     "environment=B=3,C=\"%(ENV_B)s\"\n"),
    ("C-135", S + "identifier=a b:c/\u00e9\n"),
    ("C-136", S + "profile_options=nothing:of it\n"),
    ("C-138 order", U + "file=/a\n[unix_http_server:]\nfile=/b\n"
     "[inet_http_server:q:r]\nport=9\n[inet_http_serverx]\nport=8\n"),
    ("C-142", U + "file=  ~/./a//../b \n"),
    ("C-145", I + "port=9\nusername=\npassword=\n"),
    ("C-165", P + "numprocs=3\nnumprocs_start=-1\nprocess_name=%(process_num)d\n"),
    ("C-188", P + "startinorder=1\nstartnextafter=RUNNING\n"),
    ("C-192", S + "[program:a]\ncommand=a\npriority=9\n[program:b]\ncommand=b\n"
     "priority=3\nnumprocs=2\nprocess_name=%(program_name)s%(process_num)s\n"
     "[group:g]\nprograms=a,b\n"),
    ("C-196", S + "".join("[%s:%s]\ncommand=c\n%s" % x for x in (
        ("program", "b", ""), ("program", "a", "priority=999\n"),
        ("eventlistener", "l", "events=TICK\n"),
        ("eventlistener", "k", "events=TICK\npriority=1000\n"),
        ("fcgi-program", "aa", "socket=tcp://a:1\n"))) +
     "[program:m]\ncommand=c\n[group:0]\nprograms=m\npriority=-5\n"),
    ("C-202", S + "[eventlistener:*]\ncommand=c\nevents=TICK\n"),
    ("C-203", F + "socket=unix:///tmp/s\nnumprocs=2\nprocess_name=%(process_num)d\n"
     "priority=2\nautostart=no\nstopsignal=INT\nstderr_logfile=none\n"),
    ("P-073 kinds", E + "events=TICK\n[program:y]\ncommand=y\n[program:z]\n"
     "command=z\n[group:g]\nprograms=z\n[fcgi-program:f]\ncommand=f\n"
     "socket=tcp://a:1\n"),
]

# Each key of a program with values that are taken and that are not.
VALUES = {
    "C-160": [("[ctlplugin:x]\n", "")],
    "C-161": [("[program:%s]\ncommand=a\n", x) for x in (
        "a.b", " a ", "", "*", "a,b", "\u00e9", "a b", "a:b", "a/b")],
    "C-163": [("process_name=%s\n", x) for x in (
        "a.b", " a ", "a b", "a:b", "a/b", "%(here)s", "%(group_name)s")],
    "C-164": [("numprocs=%s\n", x) for x in ("0", "-3", "1", "2", "x")],
    "C-167": [("autostart=%s\n", x) for x in ("No", "TRUE", "2", "")],
    "C-168": [("autorestart=%s\n", x) for x in (
        "Unexpected", "on", "FALSE", "0", "never", "")],
    "C-169": [("startsecs=%s\n", x) for x in ("0", "-1", " 5 ", "1.5", "")],
    "C-170": [("startretries=%s\n", x) for x in ("0", "-1", "1_0", "x")],
    "C-171": [("exitcodes=%s\n", x) for x in (
        "", "0, 255", "1,1", "256", "-1", "1,", "0x1")],
    "C-172": [("stopsignal=%s\n", x) for x in (
        "term", "SIGQUIT", "9", " int ", "32", "", "CLD", "RTMAX", "TERM KILL")],
    "C-173": [("stopwaitsecs=%s\n", x) for x in ("0", "-1", "3600", "infinite")],
    "C-174": [("stopasgroup=%s\n", x) for x in ("yes", "x", "")],
    "C-175": [("stopasgroup=yes\nkillasgroup=%s\n", x) for x in (
        "yes", "no", "x")] + [("killasgroup=%s\n", "on")],
    "C-176": [("user=%s\n", x) for x in ("root", "0", "nobody", " root ", "")],
    "C-177": [("directory=%s\n", x) for x in (
        "/nope", "~", "a/../b", "%(process_num)d", "")],
    "C-178": [("umask=%s\n", x) for x in ("0", "0o77", "8", "")],
    "C-179": [("environment=%s\n", x) for x in (
        "A=1,A=2", "", "A=\"%(process_num)d\"", "a=b c=d", "A='1'\"2\"3")],
    "C-180": [("serverurl=%s\n", x) for x in ("AUTO", "Auto", "x", "")],
    "C-181": [("redirect_stderr=%s\nstderr_logfile=/tmp/e\n", x)
              for x in ("yes", "no")] + [
                  ("redirect_stderr=yes\nstderr_logfile=%s\n", x)
                  for x in ("AUTO", "NONE", "syslog")],
    "C-184": [("stdout_logfile_backups=%s\n", x) for x in ("0", "-1", "x")],
    "C-185": [("stdout_capture_maxbytes=%s\n", x) for x in ("1KB", "-1", "1k")],
    "C-187": [("stderr_syslog=%s\n", x) for x in ("1", "0", "x")],
    "C-190": [("[group:%s]\nprograms=x\n", x) for x in (
        "a b", "a:b", "", " c ")] + [
            ("[group:g]\nprograms=x\npriority=%s\n", x) for x in ("-1", "x")],
    "P-064": [("serverurl=%s\n", x) for x in ("aUtO", " unix:///x ")],
}


def values():
    """Each key with each value."""
    for row, texts in VALUES.items():
        for text, value in texts:
            text = text % value if "%s" in text else text
            yield "%s %s" % (row, text.replace("\n", " ").strip()), P + text


# What differs on purpose: the row, and what ours has.
DIFFER = {
    "C-104 empty item": ("C-189", r"\[group:g\] names unknown program or "),
    "C-114 words": ("C-117", "A=a/b.c\\+d-\\(e\\):f"),
    "C-179 environment=A='1'\"2\"3": ("C-117", '"A=123"'),
    "C-072-include: here": ("C-092", "could not read included file"),
    "C-075-rpcinterface: ENV_PERCENT": ("C-157", "100% cannot be resolved"),
    "C-075-rpcinterface: ENV_OUTER": ("C-157", "out cannot be resolved"),
    "C-081-stdout_logfile: ENV_PERCENT": ("C-084", '"stdout_logfile": "100%"'),
}

CASES = GOOD + list(values()) + list(places())
