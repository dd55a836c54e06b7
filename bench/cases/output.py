# SPDX-License-Identifier: BSD-2-Clause
"""Logs: a flood in large and small writes, 200 chatty writers; nothing lost."""
import os
import subprocess
import time

import bench
import fleet

MIB = 1 << 20
TOTAL = 1024 * MIB
WRITERS, RATE, SECONDS = 200, 1000, 5


def section(name, command, maxbytes, backups=1):
    """A program whose standard output goes to a file."""
    return ("[program:%s]\ncommand=%s %s\nstdout_logfile={dir}/%s.log\n"
            "stdout_logfile_maxbytes=%d\nstdout_logfile_backups=%d\n"
            "redirect_stderr=true\nautorestart=false\nstartsecs=0\n" % (
                name, fleet.path(), command, name, maxbytes, backups))


def flood(kind, size, total):
    """Megabytes a second, CPU seconds of the supervisor a gigabyte."""
    with fleet.reports() as (directory, fifo):
        text = section("w", "write %d %d" % (size, total), 50 * MIB)
        with fleet.Supervisord(kind, directory, text.format(dir=directory),
                               1) as s:
            bench.wait_until(s.ready, "the control socket")
            took = fifo.wait(1)[1] - s.began
            return total / MIB / took, s.cpu() / (total / (1 << 30))


def loop(size, total):
    """The same by a pipe and a loop that reads, writes and rotates."""
    with bench.directory() as directory:
        began = time.monotonic()
        writer = subprocess.Popen(
            [fleet.path(), "write", str(size), str(total)],
            stdout=subprocess.PIPE)
        reader = subprocess.Popen(
            [fleet.path(), "rotate", os.path.join(directory, "log"),
             str(50 * MIB)], stdin=writer.stdout)
        writer.stdout.close()
        writer.wait()
        took = time.monotonic() - began
        _, _, usage = os.wait4(reader.pid, 0)
        reader.returncode = 0
        return (total / MIB / took, (usage.ru_utime + usage.ru_stime) /
                (total / (1 << 30)))


def chatty(kind):
    """CPU microseconds a line; lines that are not in the files."""
    with fleet.reports() as (directory, fifo):
        text = "".join(
            section("w%d" % i, "lines %d %d" % (RATE, RATE * SECONDS), 0)
            for i in range(WRITERS)).format(dir=directory)
        with fleet.Supervisord(kind, directory, text, WRITERS) as s:
            fifo.wait(WRITERS)
            bench.wait_until(s.ready, "the control socket")
            time.sleep(1.5)
            used = s.cpu()
        lost = 0
        for i in range(WRITERS):
            with open(os.path.join(directory, "w%d.log" % i), "rb") as f:
                want = b"".join(b"line %019d\n" % n for n in
                                range(1, RATE * SECONDS + 1))
                lost += f.read() != want
    return used / (WRITERS * RATE * SECONDS) * 1e6, lost


def run(table):
    """Floods, then chatter."""
    for size, goal in ((65536, 0.95), (100, 1.0)):
        total = TOTAL if size > 1000 else TOTAL // 8
        ours, least = [], []
        for _ in range(3):
            ours.append(flood(fleet.OURS, size, total))
            least.append(loop(size, total))
        mine = bench.median(m for m, _ in ours)
        bare = bench.median(m for m, _ in least)
        table.add("flood, %d byte writes, loop" % size, "%.0f MB/s" % mine,
                  "%.0f MB/s" % bare, mine / bare, ">= %s" % goal,
                  mine / bare >= goal)
        mine = bench.median(c for _, c in ours)
        bare = bench.median(c for _, c in least)
        table.add("  CPU of it a GB, loop", "%.2f s" % mine, "%.2f s" % bare,
                  mine / bare, "<= 1.05" if size > 1000 else "-",
                  mine / bare <= 1.05 if size > 1000 else None)
    mine, lost = chatty(fleet.OURS)
    table.add("200 writers, 1,000 lines/s each, CPU a line",
              "%.2f us" % mine, goal="<= 0.55 us", met=mine <= 0.55)
    table.add("  files that are not complete", str(lost), goal="0",
              met=lost == 0)
    try:
        theirs, _ = chatty(fleet.THEIRS)
        table.add("  supervisor's CPU a line", "%.2f us" % mine,
                  "%.2f us" % theirs, mine / theirs, "<= 1/3",
                  mine / theirs <= 1 / 3)
    except bench.Skip as why:
        table.skip("  supervisor's CPU a line", str(why))
