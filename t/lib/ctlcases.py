# SPDX-License-Identifier: BSD-2-Clause
"""The lines that two clients, or one client with two daemons, are compared by."""

CONFIG = """
[program:bad]
command=/bin/sh -c "sleep 0.4; exit 1"
startsecs=0
autorestart=false
[program:cat]
command=/bin/cat
startsecs=0
stopwaitsecs=5
[program:noexec]
command=/etc/passwd
autostart=false
[program:nofile]
command=/nope/nope
autostart=false
[program:quick]
command=/bin/false
autostart=false
startretries=0
startsecs=30
[group:g]
programs=one,two
[program:one]
command=/bin/sleep 1000
startsecs=0
[program:two]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:a_program_with_quite_a_long_name_indeed]
command=/bin/sleep 1000
autostart=false
startsecs=0
"""

CHANGED = CONFIG.replace("command=/bin/cat", "command=/bin/cat -u").replace(
    "[program:quick]\ncommand=/bin/false\nautostart=false\nstartretries=0\nstartsecs=30\n",
    "") + """
[program:new]
command=/bin/cat
startsecs=0
"""

# (row, words, what is compared): "all" of stdout, its "first" line, its lines
# "sorted"; these in "any order" and without the status, which the last one
# decides; or wait for both daemons to "settle".
CASES = [
    ("L-031", ["status"], "all"),
    ("L-031", ["status", "all"], "all"),
    ("L-031", ["status", "cat", "cat", "g:one"], "all"),
    ("L-033", ["status", "g:two", "cat", "bad", "g:one"], "all"),
    ("L-031", ["status", "g:*"], "all"),
    ("L-031", ["status", "g:"], "all"),
    ("L-034", ["status", "nope"], "all"),
    ("L-034", ["status", "nope:*"], "all"),
    ("L-035", ["status", "nope", "bad"], "all"),
    ("L-035", ["status", "cat"], "all"),
    ("L-016", ["status cat"], "all"),
    ("L-017", ["  status   cat  "], "all"),
    ("L-017", ["start-all"], "all"),
    ("L-017", [""], "all"),
    ("L-019", ["foo"], "all"),
    ("L-019", ["foo", "bar"], "all"),
    ("L-019", ["STATUS"], "all"),
    ("L-017", ["!ls"], "all"),
    ("L-036", ["start", "cat"], "all"),
    ("L-037", ["start"], "first"),
    ("L-038", ["start", "nope"], "all"),
    ("L-038", ["start", "g:nope"], "all"),
    ("L-038", ["start", "nofile"], "all"),
    ("L-038", ["start", "noexec"], "all"),
    ("L-038", ["start", "quick"], "all"),
    ("", [], "settle"),
    ("L-039", ["start", "quick", "cat"], "all"),
    ("", [], "settle"),
    ("L-039", ["start", "nofile", "quick"], "all"),
    ("L-040", ["start", "nope:*"], "all"),
    ("L-038", ["start", "g:two"], "all"),
    ("L-041", ["start", "g:*"], "sorted"),
    ("L-038", ["start", "a_program_with_quite_a_long_name_indeed"], "all"),
    ("L-032", ["status"], "all"),
    ("L-042", ["stop"], "first"),
    ("L-043", ["stop", "cat"], "all"),
    ("L-043", ["stop", "cat"], "all"),
    ("L-043", ["stop", "nope"], "all"),
    ("L-044", ["stop", "nope:*"], "all"),
    ("L-043", ["stop", "g:*"], "sorted"),
    ("L-043", ["stop", "g:one", "g:two", "cat"], "all"),
    ("L-035", ["status", "g:*"], "all"),
    ("L-045", ["restart"], "first"),
    ("L-045", ["restart", "cat"], "all"),
    ("L-045", ["restart", "nope"], "all"),
    ("L-045", ["restart", "g:*"], "sorted"),
    ("L-045", ["restart", "cat", "g:one"], "all"),
    ("L-046", ["signal", "HUP"], "first"),
    ("L-047", ["signal", "CONT", "cat"], "all"),
    ("L-047", ["signal CONT", "cat"], "all"),
    ("L-047", ["signal", "18", "cat"], "all"),
    ("L-047", ["signal", "FOO", "cat"], "all"),
    ("L-047", ["signal", "CONT", "nope"], "all"),
    ("L-047", ["signal", "CONT", "nofile"], "all"),
    ("L-047", ["signal", "CONT", "g:*"], "sorted"),
    ("L-047", ["signal", "CONT", "nope:*"], "all"),
    ("L-047", ["signal", "CONT", "all"], "sorted"),
    ("L-048", ["clear"], "first"),
    ("L-048", ["clear", "cat"], "all"),
    ("L-048", ["clear", "nope"], "all"),
    ("L-048", ["clear", "all"], "sorted"),
    ("L-060", ["pid"], "all"),
    ("L-060", ["pid", "cat"], "all"),
    ("L-060", ["pid", "nofile"], "all"),
    ("L-060", ["pid", "nope"], "all"),
    ("L-060", ["pid", "all"], "all"),
    ("L-060", ["pid", "cat", "nope", "g:one"], "all"),
    ("L-051", ["tail", "cat"], "all"),
    ("L-051", ["tail", "-5", "cat", "stderr"], "all"),
    ("L-052", ["tail"], "first"),
    ("L-052", ["tail", "a", "b", "c", "d"], "first"),
    ("L-052", ["tail", "cat", "foo"], "all"),
    ("L-052", ["tail", "-x", "cat"], "all"),
    ("L-052", ["tail", "-5"], "all"),
    ("L-054", ["tail", "nope"], "all"),
    ("L-054", ["tail", "g:*"], "all"),
    ("L-057", ["maintail", "foo"], "all"),
    ("L-057", ["maintail", "-x"], "all"),
    ("L-057", ["maintail", "a", "b"], "first"),
    ("L-058", ["fg"], "first"),
    ("L-058", ["fg", "a", "b"], "first"),
    ("L-058", ["fg", "nope"], "all"),
    ("L-058", ["fg", "nofile"], "all"),
    ("L-061", ["reread"], "all"),
    ("L-061", ["reread", "x"], "first"),
    ("L-062", ["avail"], "all"),
    ("L-062", ["avail", "x"], "first"),
    ("L-063", ["add"], "all"),
    ("L-063", ["add", "nope"], "all"),
    ("L-063", ["add", "cat"], "all"),
    ("L-064", ["remove", "cat"], "all"),
    ("L-064", ["remove", "nope"], "all"),
    ("L-064", ["remove", "nofile"], "all"),
    ("L-063", ["add", "nofile"], "all"),
    ("L-065", ["update"], "all"),
    ("L-067", ["update", "nope", "cat"], "all"),
    ("L-068", ["reload", "x"], "first"),
    ("L-069", ["shutdown", "x"], "first"),
    ("L-070", ["version", "x"], "first"),
    ("L-071", ["open", "ftp://x"], "all"),
    ("L-072", ["quit"], "all"),
    ("L-072", ["exit"], "all"),
    ("L-073", ["help"], "default commands"),
    ("L-073", ["?"], "default commands"),
    ("L-074", ["help", "foo"], "all"),
    ("L-074", ["help", "fg", "start"], "all"),
    ("L-036", ["stop", "all"], "sorted"),
    ("L-036", ["start", "all"], "any order"),
]
# After the configuration has become CHANGED.
CHANGED_CASES = [
    ("L-061", ["reread"], "all"),
    ("L-062", ["avail"], "all"),
    ("L-065", ["update", "new"], "all"),
    ("L-065", ["update"], "all"),
    ("L-061", ["reread"], "all"),
    ("L-032", ["status"], "all"),
]
# After the configuration has become unreadable.
BROKEN = "[program:x]\n"
BROKEN_CASES = [
    ("L-061", ["reread"], "all"),
]
LAST_CASES = [
    ("L-069", ["shutdown"], "all"),
]

