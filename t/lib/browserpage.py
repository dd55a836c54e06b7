# SPDX-License-Identifier: BSD-2-Clause
"""A supervisord and a browser that looks at its page, for t/browser/*.t."""
import xmlrpc.client

from browser import Browser, needed
from ctlhttp import free_port
from harness import Failure, Skip, diag
from supd import Supd

EVIL = "x<u>&\"'"
CONFIG = """
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[inet_http_server]
port=127.0.0.1:@PORT@
[program:web]
command=/bin/cat
process_name=%(program_name)s_%(process_num)d
numprocs=3
startsecs=0
[program:talk]
command=/bin/sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i of many, <b>bold</b>"; done; echo "a needle here"; exec tail -f /dev/null'
startsecs=0
stopasgroup=true
[program:chat]
command=/bin/sh -c 'while read line; do echo "heard $line"; done'
startsecs=0
[program:off]
command=/bin/cat
autostart=false
startsecs=0
[program:gone]
command=/no/such/program
startretries=0
[program:@EVIL@]
command=/bin/cat
startsecs=0
"""
# In a selector it has to be quoted.
EVIL_CSS = EVIL.replace('"', '\\"')


class Page:
    """A supervisord and a browser that looks at it."""

    def __init__(self, t, text=CONFIG, **options):
        needed()
        self.port = free_port()
        self.url = "http://127.0.0.1:%d/" % self.port
        self.s = Supd(t, text.replace("@PORT@", str(self.port)).replace(
            "@EVIL@", EVIL))
        self.s.start()
        self.b = Browser(t, **options)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and kind is not Skip:
            try:
                self.b.shot("failure")
                for line in self.b.complaints():
                    diag(line)
            except (OSError, Failure):
                pass
        self.b.close()
        self.s.stop()

    def open(self, path=""):
        self.b.open(self.url + path)
        self.b.wait("document.querySelectorAll('#rows .row[data-key]')"
                    ".length > 0", "rows")

    def row(self, key):
        """A CSS selector of a process's row."""
        return '#rows [data-key="%s"]' % key

    def state(self, key, state):
        """Waits until a process is shown in a state."""
        self.b.wait(
            "document.querySelector(arguments[0]).querySelector('.state b')"
            ".textContent === arguments[1]", "%s is %s" % (key, state), 20,
            self.row(key), state)

    def toast(self, text):
        """Waits for words."""
        self.b.wait("[...document.querySelectorAll('.toast')].some(x => "
                    "x.textContent.includes(arguments[0]))",
                    "the words " + text, 20, text)

    def names(self):
        """The names of processes that can be seen."""
        return self.b.js(
            "return [...document.querySelectorAll('#rows .row[data-key]')]"
            ".filter(r => r.offsetParent !== null)"
            ".map(r => r.dataset.key)")

    def send(self, name, text):
        """Writes to a program's stdin, as another client would."""
        with xmlrpc.client.ServerProxy(self.url + "RPC2") as proxy:
            proxy.supervisor.sendProcessStdin(name, text)

    def clean(self):
        """Nothing was refused by the policy, nothing went wrong."""
        said = [x for x in self.b.complaints()]
        if said:
            raise Failure("the console: " + "; ".join(said))


def same(got, want):
    """Fails if they are not."""
    if got != want:
        raise Failure("%r, not %r" % (got, want))
