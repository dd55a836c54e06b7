# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for t/compat/daemon.t: command lines and files that are refused.

Names begin with the row of the specification that the case is about.
"""
from sidebyside import Case

S = "[supervisord]\n"
P = S + "[program:x]\ncommand=/bin/sleep 1000\nautostart=false\n"
E = S + "[eventlistener:x]\ncommand=/bin/cat\nautostart=false\n"
F = S + "[fcgi-program:x]\ncommand=/bin/cat\nautostart=false\n"
CONF = ("-n", "-c", "{dir}/c.conf")


def command_lines():
    """Rows C-001 to C-033: what is said to a wrong command line."""
    for name, *args in (
            ("C-002-short", "-Z"), ("C-002-long", "--foo"),
            ("C-003-short", "-c"), ("C-003-long", "--user"),
            ("C-004", "--version=1"), ("C-005", "--n"), ("C-005-min", "--min"),
            ("C-006", "foo", "it's"), ("C-006-dashes", "-n", "--", "-n"),
            ("C-007-short", "-l", "a", "-l", "b"),
            ("C-007-mixed", "-n", "--nodaemon"), ("C-007-flag", "-nn"),
            ("C-008-level", "-e", "bogus"),
            ("C-008-long", "--loglev=bogus"),
            ("C-008-int", "-z", "many"), ("C-016", "-m", "9"),
            ("C-017", "-d", "/nope"), ("C-018", "-l", "/nope/log"),
            ("C-019", "-y", "1.5MB"), ("C-022", "-j", "/nope/pid"),
            ("C-024", "-q", "/nope"), ("C-026", "-a", "x"),
            ("C-028", "--minprocs=x"), ("C-014", "--vers")):
        if name == "C-014":
            yield Case("C-014-abbreviated", "", args=("--vers", "--bogus"))
        else:
            yield Case(name, "", args=tuple(args))
    for name, *args in (
            ("C-015-name", "-u", "nouser"), ("C-015-id", "-u", "4242424"),
            ("C-010-abbreviated", "--conf", "{dir}/gone"),
            ("C-035", "-c", "/nonexist.conf"),
            ("C-035-relative", "-c", "gone.conf"),
            ("C-036-directory", "-c", "{dir}")):
        args = tuple(args) if "c" in args[0] else \
            ("-c", "{dir}/c.conf") + tuple(args)
        yield Case(name, P, args=("-n",) + args)


# Refused: (name, text); CONF is the command line.
REFUSED = [
    # The file's grammar.
    ("C-039", b"[supervisord]\n[program:x]\ncommand=caf\xe9\n"),
    ("C-049", S + "a\n=b\nc=d\n"), ("C-049-indented", S + "  a\n  'b'\n"),
    ("C-050", "\nk=1\n" + S), ("C-050-empty-header", "[]\n" + S),
    ("C-063", "[program:x]\ncommand=a\n"), ("C-063-empty", ""),
    # Expansions.
    ("C-066", P + "directory=%(nope)s\n"),
    ("C-066-supervisord", S + "identifier=%(nope)s\n"),
    ("C-066-environment", P + "environment=A=%(ENV_NOPE_X)s\n"),
    ("C-066-process-name", P + "process_name=%(x)s\n"),
    ("C-066-logfile", P + "stdout_logfile=%(x)s\n"),
    ("C-066-include", S + "[include]\nfiles=%(x)s\n"),
    ("C-067-end", P + "directory=100%\n"),
    ("C-067-character", P + "directory=%(process_num)b\n"),
    ("C-067-key", P + "directory=%(here\n"),
    ("C-067-number", P + "directory=%(here)d\n"),
    ("C-073-host", S + "identifier=%(host_node_name)s\n"),
    ("C-080-once", P + "startsecs=%(process_num)d\n"),
    # Inclusion.
    ("C-086", S + "[include]\n"),
    # Datatypes.
    ("C-096", S + "minfds=abc\n"), ("C-096-float", S + "minprocs=1.0\n"),
    ("C-097", S + "nodaemon=maybe\n"), ("C-097-y", S + "silent=y\n"),
    ("C-097-empty", S + "nocleanup=\n"),
    ("C-098-k", S + "logfile_maxbytes=1K\n"),
    ("C-098-tb", S + "logfile_maxbytes=5TB\n"),
    ("C-098-part", S + "logfile_maxbytes=1.5MB\n"),
    ("C-099", S + "umask=89\n"), ("C-100", S + "loglevel=verbose\n"),
    ("C-100-warning", S + "loglevel=warning\n"),
    ("C-101-name", P + "stopsignal=FOO\n"),
    ("C-101-number", P + "stopsignal=99\n"),
    ("C-103", P + "exitcodes=0,256\n"), ("C-103-word", P + "exitcodes=a\n"),
    ("C-105", P + "autorestart=x\n"),
    ("C-106", S + "logfile=/nope/x.log\n"),
    ("C-106-pidfile", S + "pidfile=/nope/x\n"),
    ("C-107", S + "childlogdir=/nope\n"),
    ("C-107-directory", S + "directory=/nope\n"),
    ("C-109", P + "user=nouser\n"), ("C-109-id", P + "user=99999\n"),
    ("C-111", S + "[inet_http_server]\nport=abc\n"),
    ("C-111-colon", S + "[inet_http_server]\nport=a:b\n"),
    ("C-111-low", S + "[inet_http_server]\nport=a:0\n"),
    ("C-111-high", S + "[inet_http_server]\nport=a:70000\n"),
    ("C-111-empty", S + "[inet_http_server]\nport=\n"),
    ("C-113-program", S + "[program:a b]\ncommand=a\n"),
    ("C-113-group", S + "[group:a/b]\n"),
    ("C-113-colon", S + "[program:a:b]\ncommand=a\n"),
    ("C-116", S + "environment=A\n"), ("C-116-two", S + "environment=A=1,B\n"),
    ("C-116-empty", S + "environment=A=\n"),
    ("C-116-at", P + "environment=A=x@y\n"),
    ("C-116-quote", P + "environment=A='x\n"),
    ("C-116-blank", P + "environment=A=1 B=2\n"),
    # Servers.
    ("C-139", S + "[inet_http_server]\n"), ("C-142", S + "[unix_http_server]\n"),
    ("C-143", S + "[unix_http_server]\nfile=s\nchmod=999\n"),
    ("C-144", S + "[unix_http_server]\nfile=s\nchown=nouser:x\n"),
    ("C-145", S + "[inet_http_server]\nport=1\nusername=x\n"),
    ("C-145-password", S + "[unix_http_server]\nfile=s\npassword=x\n"),
    ("C-149", S + "[unix_http_server]\nfile=/nope/s\n"),
    ("C-149-long", S + "[unix_http_server]\nfile={dir}/%s\n" % ("s" * 120)),
    ("C-155", S + "[rpcinterface:supervisor]\n"),
    ("C-157", S + "[rpcinterface:supervisor]\n"
     "supervisor.rpcinterface_factory=foo.bar:baz\n"),
    # Programs.
    ("C-162", S + "[program:x]\n"),
    ("C-163", P + "process_name=a b\n"), ("C-164", P + "numprocs=2\n"),
    ("C-166", P + "priority=high\n"), ("C-175", P + "stopasgroup=true\n"
                                       "killasgroup=false\n"),
    ("C-178", P + "umask=x\n"), ("C-181", P + "redirect_stderr=x\n"),
    ("C-183", P + "stdout_logfile_maxbytes=x\n"),
    ("C-184", P + "stderr_logfile_backups=x\n"),
    ("C-185", P + "stderr_capture_maxbytes=x\n"),
    ("C-186", P + "stdout_events_enabled=x\n"),
    ("C-187", P + "stdout_syslog=x\n"),
    ("C-182-parent", P + "stdout_logfile=/nope/x\n"),
    # Groups, listeners, FastCGI.
    ("C-189", P + "[group:g]\nprograms=x,y\n"),
    ("C-189-first", P + "[group:g]\nprograms=y,x\n"),
    ("C-189-comma", P + "[group:g]\nprograms=x,\n"),
    ("C-189-both", P + "[fcgi-program:x]\ncommand=x\nsocket=tcp://a:1\n"
     "[group:g]\nprograms=x\n"),
    ("C-190", P + "[group:g]\nprograms=x\npriority=x\n"),
    ("C-193", E + "events=TICK\n[group:g]\nprograms=x\n"),
    ("C-198", E), ("C-198-unknown", E + "events=TICK,FOO\n"),
    ("C-199", E + "events=TICK\nbuffer_size=0\n"),
    ("C-200", E + "events=TICK\nredirect_stderr=true\n"),
    ("C-201", E + "events=TICK\nresult_handler=foo:bar\n"),
    ("C-204", F), ("C-204-port", F + "socket=tcp://a:0\n"),
    ("C-205", F + "socket=foo\n"), ("C-205-path", F + "socket=unix://foo\n"),
    ("C-206", F + "socket=unix://{dir}/s\nsocket_owner=nosuch\n"),
    ("C-207", F + "socket=unix://{dir}/s\nsocket_mode=9\n"),
    ("C-208", F + "socket=tcp://a:1\nsocket_mode=0700\n"),
    ("C-209", F + "socket=unix://{dir}/s\nsocket_backlog=0\n"),
    # The start.
    ("C-214", S + "user=nouser\n"),
    ("C-222", S + "minfds=999999999\n"),
    ("C-233", S + "logfile={dir}/tmp\n"),
]


def refused():
    """The files that are not accepted."""
    for name, text in REFUSED:
        yield Case(name, text)
    yield Case("C-093", P + "[include]\nfiles=a.d/*.conf\n",
               files={"a.d/1.conf": "[program:y]\ncommand=y\nstartsecs=x\n"})
    yield Case("C-093-grammar", P + "[include]\nfiles=a.d/*.conf\n",
               files={"a.d/1.conf": "[program:y]\ncommand\n"})
    yield Case("C-094", P + "[include]\nfiles=a.conf\n",
               files={"a.conf": "[program:x]\nstartsecs=x\n"})
    yield Case("C-034-root", "", args=("-n",), root=True,
               files={"supervisord.conf": S + "loglevel=x\n"})
    yield Case("C-148", S + "[unix_http_server]\nfile={dir}/s\n",
               before=answering)
    yield Case("C-221-procs", S + "minprocs=9999999999\n")


def answering(run):
    """Somebody answers on the socket."""
    import socket
    import threading
    server = socket.socket(socket.AF_UNIX)
    server.bind(run.path("s"))
    server.listen(5)
    server.settimeout(20)

    def serve():
        while True:
            try:
                client = server.accept()[0]
            except OSError:
                break
            try:
                client.recv(100)
                client.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            except OSError:
                pass
            client.close()
        server.close()
    threading.Thread(target=serve, daemon=True).start()


CASES = list(command_lines()) + list(refused())
