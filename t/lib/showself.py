# SPDX-License-Identifier: BSD-2-Clause
"""A program that writes down how it was started, then sleeps.

    showself.py FILE [ARGUMENT ...]

Written are its arguments, environment, directory, umask, user, groups, limits,
descriptors, and its place among processes.
"""
import os
import resource
import stat
import sys

KINDS = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"),
         (stat.S_ISREG, "file"), (stat.S_ISCHR, "device"))
# Of the tests, not of the supervisor.
HIDDEN = ("TEST_ID", "ASAN_OPTIONS", "UBSAN_OPTIONS")


def descriptors():
    """What each open descriptor is."""
    for name in sorted(map(int, os.listdir("/proc/self/fd"))):
        try:
            mode = os.fstat(name).st_mode
        except OSError:
            continue  # the one that read the directory
        kind = [k for test, k in KINDS if test(mode)]
        yield "fd %d: %s%s" % (name, kind[0] if kind else "other",
                               "" if os.get_blocking(name) else
                               ", not blocking")


def supervisor():
    """Is the parent the process of the pid file?"""
    for name in ("supervisord.pid", "pid"):
        path = os.path.join(os.environ.get("COMPAT_DIR", "/"), name)
        if os.path.exists(path):
            with open(path, encoding="ascii") as f:
                return int(f.read()) == os.getppid()
    return "no pid file"


def lines():
    """Everything, a line each."""
    umask = os.umask(0)
    yield from ("argument: %r" % x for x in sys.argv[2:])
    yield from ("environment: %s=%r" % x for x in sorted(os.environ.items())
                if x[0] not in HIDDEN)
    yield "directory: " + os.getcwd()
    yield "umask: %03o" % umask
    yield "user: %r, group: %r, groups: %r" % (
        os.getresuid(), os.getresgid(), sorted(os.getgroups()))
    yield from descriptors()
    yield from ("limit %s: %r" % (x, resource.getrlimit(
        getattr(resource, x))) for x in sorted(dir(resource))
                if x.startswith("RLIMIT_"))
    yield "leads its process group: %r" % (os.getpgrp() == os.getpid())
    yield "session of its parent: %r" % (os.getsid(0) == os.getsid(
        os.getppid()))
    yield "parent is in the pid file: %r" % supervisor()
    yield "nice: %d" % os.nice(0)


def main():
    """Writes the file in one go and becomes sleep(1)."""
    os.chdir(".")
    text = "\n".join(lines()) + "\n"
    os.umask(0o022)
    with open(sys.argv[1] + ".new", "w", encoding="utf-8",
              errors="surrogateescape") as f:
        f.write(text)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    os.execv("/bin/sleep", ["sleep", "1000"])


main()
