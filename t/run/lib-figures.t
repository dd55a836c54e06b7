#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The figures that the library promises (R-41); bench/ has the comparisons."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403

import statistics


def median_of(count, measure):
    return statistics.median(measure() for _ in range(count))


@each_mode("R-41: USR2 to a new worker that is ready: 10 ms",
           sanitizers=False, valgrind=False)
def reload_time(t, flags):
    d = t.daemon(flags=flags).start()

    def once():
        asked = now()
        d.reload()
        return d.wait_event("ready", since=asked).time - asked
    within(median_of(15, once), 0.010, "the median reload")


@each_mode("R-41: rollback of a candidate that crashes: 50 ms",
           sanitizers=False, valgrind=False)
def rollback_time(t, flags):
    d = t.daemon(flags=flags).start()
    d.behave(init="exit:1")

    def once():
        asked = now()
        d.reload("failed")
        return now() - asked
    within(median_of(15, once), 0.050, "the median rollback")


@test("R-41: death to respawn: the configured delay, to 5 ms",
      sanitizers=False, valgrind=False)
def respawn_time(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=100)).start()
    seen = []
    for n in range(10):
        d.wait_event("ready", count=n + 1)
        wait_until(lambda: d.worker() and alive(d.worker()), 5, "a worker")
        killed = now()
        d.kill_worker()
        seen.append(d.wait_event("worker", count=n + 2).time - killed)
    within(statistics.median(seen), 0.105, "the median respawn", least=0.0995)


@test("R-41: the supervisor's private memory: 1 MiB", sanitizers=False,
      valgrind=False)
def memory(t):
    d = t.daemon().start()
    t.true(private_kib(d.pid) <= 1024, "%d KiB at the start"
           % private_kib(d.pid))
    d.reload()
    diag("%d KiB" % private_kib(d.pid))
    t.true(private_kib(d.pid) <= 1024, "%d KiB" % private_kib(d.pid))


run()
