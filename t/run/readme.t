#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What README.md and the manual pages tell to type works with what is installed."""
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from harness import *  # noqa: E402,F403

TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
WARNINGS = ["-Wall", "-Wextra", "-Werror"]


def read(*path):
    with open(os.path.join(TOP, *path)) as f:
        return f.read()


class Installed:
    """The tree, installed into the test's directory."""

    def __init__(self, t):
        if "coverage" in os.path.basename(BUILD):
            raise Skip("a library for coverage needs more than is told")
        self.t = t
        self.prefix = t.path("prefix")
        make = shutil.which("gmake") or "make"
        where = os.path.relpath(BUILD, TOP)
        self.run([make, "-s", "-C", TOP, "install", "B=" + where, "DESTDIR=",
                  "prefix=" + self.prefix, "SANITIZE=" + SANITIZE])

    def run(self, words, **more):
        env = dict(os.environ, **more)
        env.pop("MAKEFLAGS", None)
        p = subprocess.run(words, stdin=subprocess.DEVNULL, env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = p.stdout.decode()
        if p.returncode != 0:
            raise Failure("%s: exit %d\n%s" % (" ".join(words), p.returncode,
                                               text))
        return text

    def flags(self, *more):
        return self.run(["pkg-config", "--cflags", "--libs", *more, "appbase"],
                        PKG_CONFIG_PATH=self.prefix + "/lib/pkgconfig").split()

    def compile(self, name, text, compiler=("cc",), static=False,
                suffix=".c"):
        """Writes and compiles a program; returns its path."""
        source, program = self.t.path(name + suffix), self.t.path(name)
        with open(source, "w") as f:
            f.write(text)
        flags = self.flags()
        if static:
            flags = ["-Wl,-Bstatic", *self.flags("--static"), "-Wl,-Bdynamic"]
        if SANITIZE:
            flags.append("-fsanitize=" + SANITIZE)
        self.run([*compiler, *WARNINGS, "-o", program, source, *flags,
                  "-Wl,-rpath," + self.prefix + "/lib"])
        return program


class Program(Daemon):
    """A program that was compiled from the text of a document."""

    def __init__(self, t, binary):
        super().__init__(t, name="daemon")
        self.install(binary)

    def command(self, *more):
        return [self.exe, "--pid-file=" + self.pidfile, *more]


def from_readme():
    return re.search(r"```c\n(.*?)```", read("README.md"), re.S).group(1)


def programs_of_pages():
    """(page, text) of each example with a main()."""
    for page in sorted(glob.glob(os.path.join(TOP, "man", "*.3"))):
        for text in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", read(page),
                               re.S | re.M):
            if re.search(r"^main\(", text, re.M):
                yield (os.path.basename(page),
                       text.replace("\\-", "-").replace("\\e", "\\"))


@test("README: the daemon in twenty lines", valgrind=False)
def twenty_lines(t):
    tree = Installed(t)
    text = from_readme()
    binary = tree.compile("minimal", text)
    d = Program(t, binary)
    t.equal(d.start_detached(), OK, "start")
    s = d.status()
    t.equal(s["state"], "running", "state when the start command returns")
    with open("/proc/%d/cmdline" % d.worker()) as f:
        title = f.read()
    t.true(": worker" in title, "pgrep finds %r" % title)
    d.wait_log("still here")
    old = d.kill_worker()
    began = now()
    wait_until(lambda: d.worker() not in (0, old), 10, "a new worker")
    t.true(4 < now() - began < 6 * SCALE, "after 5 seconds")
    d.wait_state("running")
    d.install(tree.compile("minimal", text))
    d.reload()
    t.equal(d.generation(), 2, "generation")
    t.equal(d.pid_in_file(), d.pid, "pid")
    d.stop()


@test("README: the library inside the program", sanitizers=False,
      valgrind=False)
def static(t):
    tree = Installed(t)
    binary = tree.compile("minimal", from_readme(), static=True)
    t.true("libappbase" not in tree.run(["ldd", binary]), "not shared")
    d = Program(t, binary)
    t.equal(d.start_detached(), OK, "start")
    d.stop()


@test("an example in C++ against what is installed", valgrind=False)
def cxx(t):
    if not shutil.which("c++"):
        raise Skip("no c++")
    tree = Installed(t)
    binary = tree.compile("count", read("examples", "daemon.cc"),
                          compiler=("c++", "-std=c++17"), suffix=".cc")
    t.true("--file" in tree.run([binary, "--help"]), "its usage text")


@test("programs in manual pages compile", valgrind=False)
def pages(t):
    tree = Installed(t)
    found = list(programs_of_pages())
    names = [name for name, _ in found]
    t.true({"appbase.3", "appbase_run.3", "appbase_keep.3"} <= set(names),
           "programs: %r" % names)
    for i, (name, text) in enumerate(found):
        if "#include" not in text:
            text = "#include <appbase.h>\n" + text
        binary = tree.compile("program%d" % i, text)
        t.true("--no-fork" in tree.run([binary, "--help"]), name)


@test("man finds every function", valgrind=False)
def manual(t):
    tree = Installed(t)
    names = re.findall(r"\b(appbase_[a-z_]+)\(",
                       "".join(read(h) for h in glob.glob(
                           os.path.join(TOP, "include", "appbase", "*.h"))))
    t.true(len(set(names)) > 60, "functions")
    for name in sorted(set(names) - {"appbase_log_sink"}):
        path = os.path.join(tree.prefix, "share/man/man3", name + ".3")
        t.true(os.path.exists(path), "no page " + name)


run()
