#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reloads whose old worker takes its time, and stops in between."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


MODES = {"exclusive": ["exclusive"], "overlap": ["overlap"]}


def one_generation(t, d, generation):
    t.equal(d.generation(), generation, "generation")
    t.equal(children(d.pid), [d.worker()], "children of the supervisor")
    t.true(alive(d.worker()), "the worker is dead")


# R-19
@each_mode("T-19: TERM while the candidate initialises: everything stops")
def term_in_init(t, flags):
    d = t.daemon(flags=flags, sets=dict(stop_timeout_ms=500)).start()
    old = d.worker()
    d.behave(init_until=t.path("go"))
    d.signal(USR2)
    candidate = d.wait_event("worker", count=2).pid
    above = parent_table()[candidate][0]
    before = now()
    kill(d.pid_in_file(), TERM)
    t.equal(d.wait_exit(), OK, "exit status")
    within(now() - before, 1.5, "the stop")
    t.touch("go")
    wait_until(lambda: not alive(candidate) and (above == d.pid or
               not alive(above)), 2, "the candidate's end")
    t.reap()
    t.known.update((candidate, above))
    t.true(not alive(old), "the old worker is alive")
    d.check_clean()
    t.equal(len(d.events("ready")), 1, "workers that became ready")


# R-19
@each_mode("T-19: TERM right after commit: everything stops")
def term_after_commit(t, flags):
    d = t.daemon(behave=dict(drain_until=t.path("drained")),
                 flags=flags).start()
    d.behave()
    d.signal(USR2)
    d.wait_event("shutdown")
    kill(d.pid_in_file(), TERM)
    time.sleep(0.05)
    t.touch("drained")
    t.equal(d.wait_exit(), OK, "exit status")

    def all_gone():
        t.reap()
        return not [p for p, row in descendants(os.getpid()).items()]
    wait_until(all_gone, 5, "the end of everything")
    t.known.update(t.adopted)
    for pid, status in t.adopted.items():
        t.equal(status, 0, "status of %d" % pid)
    d.check_clean()


# R-19
@each_mode("T-19: TERM at random moments of a reload")
def term_at_random(t, flags):
    import random
    for n in range(12):
        d = t.daemon("d%d" % n, flags=flags).start()
        d.signal(USR2)
        time.sleep(random.uniform(0, 0.03))
        kill(d.pid_in_file(), TERM)
        t.equal(d.wait_exit(), OK, "exit status")

        def all_gone():
            t.reap()
            return not descendants(os.getpid())
        wait_until(all_gone, 5, "the end of everything")
        t.known.update(t.adopted)
        d.check_clean()


# R-16
@each_mode("T-21: the old worker is killed while the candidate initialises")
def old_worker_dies(t, flags):
    d = t.daemon(flags=flags, sets=dict(delay_before_respawn_ms=200)).start()
    d.behave(init_until=t.path("go"))
    before = d.status()
    d.signal(USR2)
    candidate = d.wait_event("worker", count=2).pid
    killed = now()
    kill(int(before["worker"]), KILL)
    # The old image still runs the behaviour it was started with.
    third = d.wait_event("worker", count=3)
    within(third.time - killed, 0.25, "the respawn", least=0.195)
    t.equal(third.gen, 1, "generation of the respawned worker")
    d.wait_event("ready", pid=third.pid)
    t.touch("go")
    d.reload_ends(before)
    t.equal(d.worker(), candidate, "the worker")
    one_generation(t, d, 2)


# R-17
@each_mode("T-23: the old worker drains for a while, under load")
def drains(t, flags):
    for mode in "exclusive", "overlap":
        port = free_port()
        listen = "web@127.0.0.1:%d" % port
        d = t.daemon(mode, behave=dict(listen=listen, drain_ms=1200),
                     flags=flags + [mode],
                     sets=dict(drain_timeout_ms=6000)).start()
        d.behave(listen=listen)
        load = t.load("127.0.0.1:%d" % port)
        before = now()
        d.reload()
        took = now() - before
        within(took, 1.6, "the reload", least=1.15)
        one_generation(t, d, 2)
        seen = ask("127.0.0.1:%d" % port)
        t.equal(seen["gen"], "2", "who serves")
        r = load.clean(least=8)
        t.true(2 in r["generations"] and set(r["generations"]) <= {1, 2},
               "generations seen: %r" % r["generations"])
        ready = d.events("ready", pid=d.worker())[0]
        shutdown = d.events("shutdown")[0]
        if mode == "exclusive":
            within(ready.time - shutdown.time, 1.5, "until it serves",
                   least=1.15)
            t.true(r["max_us"] > 1000000, "the longest wait was %d us"
                   % r["max_us"])
        else:
            t.true(ready.time - shutdown.time < 0.3 * SCALE
                   + 6 * jitter.worst, "it waited in overlap mode")
            within(r["max_us"] / 1e6, 0.1, "the longest wait")
        d.stop()


# R-17
@each_mode("T-24: an old worker that is deaf is killed at drain_timeout")
def deaf_old_worker(t, flags):
    d = t.daemon(behave=dict(ignore_term=1), flags=flags,
                 sets=dict(drain_timeout_ms=700)).start()
    old = d.worker()
    d.behave()
    before = now()
    d.reload()
    within(now() - before, 1.0, "the reload", least=0.65)
    t.true(not alive(old), "the old worker is alive")
    one_generation(t, d, 2)


# R-17
@each_mode("T-63: the reload time-out is disarmed at commit")
def timeout_disarmed(t, flags):
    # It would be due in the middle of the drain.
    limit = int(2000 * SCALE)
    d = t.daemon(behave=dict(drain_ms=int(limit * 1.2)), flags=flags, sets=dict(
        reload_timeout_ms=limit, drain_timeout_ms=limit * 5)).start()
    d.behave(init_ms=300)
    d.reload()
    one_generation(t, d, 2)
    worker = d.worker()
    never(lambda: not alive(worker) or not alive(d.pid), 0.5,
          "the time-out fired later")


# R-22
@each_mode("T-30: readiness is not guessed of an application that has said it "
           "before")
def no_guess(t, flags):
    d = t.daemon(flags=flags, sets=dict(ready_after_ms=200)).start()
    d.behave(init_until=t.path("go"))
    before = d.status()
    d.signal(USR2)
    d.wait_event("worker", count=2)
    never(lambda: d.status()["generation"] != "1", 0.8, "it was committed")
    t.touch("go")
    d.reload_ends(before)
    one_generation(t, d, 2)


# R-22, R-23
@each_mode("T-31: three requests while the candidate initialises: one more "
           "reload, and a warning")
def back_to_back(t, flags):
    d = t.daemon(flags=flags).start()
    d.behave(init_until=t.path("go"))
    d.signal(USR2)
    d.wait_event("worker", count=2)
    for _ in range(3):
        d.signal(USR2)
        time.sleep(0.05)
    t.true(d.logged("(?i)(remembered|already|again|later|pending|under way)"),
           "no warning")
    d.behave()
    t.touch("go")
    wait_until(lambda: d.generation() == 3 and
               d.status()["state"] == "running", 10, "generation 3")
    if d.pid_in_file() != d.pid:
        wait_until(d.gone, 5, "the first supervisor's end")
        d.wait_exit()
        d.pid, d.proc, d.ended = d.pid_in_file(), None, None
        t.known.add(d.pid)
        t.known.update(p for p in t.adopted)
    never(lambda: d.generation() > 3, 0.4, "another reload")
    t.reap()
    t.known.update(t.adopted)
    one_generation(t, d, 3)


# R-22, R-23
@test("T-31: a request while generation 1 still starts is remembered")
def request_at_start(t):
    d = t.daemon(behave=dict(init_until=t.path("go")), flags=["calls_ready"])
    d.start(wait="worker")
    d.signal(USR2)
    time.sleep(0.1)
    t.equal(len(d.events("worker")), 1, "workers")
    t.touch("go")
    wait_until(lambda: d.generation() == 2 and
               d.status()["state"] == "running", 10, "generation 2")
    one_generation(t, d, 2)


# R-24
@each_mode("T-32: USR2 and HUP to the worker, USR2 and HUP to the whole group")
def group_signals(t, flags):
    d = t.daemon(flags=flags).start(start_new_session=True)
    worker = d.worker()
    for sig in USR2, HUP:
        kill(worker, sig)
    d.signal(HUP)
    never(lambda: d.worker() != worker or d.generation() != 1, 0.3,
          "the worker suffered")
    before = d.status()
    os.killpg(d.pid, USR2)
    d.reload_ends(before)
    one_generation(t, d, 2)
    never(lambda: d.generation() != 2, 0.3, "a second reload")


@test("R-24: HUP forwarded, or taken for a reload")
def hup_settings(t):
    d = t.daemon("reload", sets=dict(hup=2)).start()
    d.reload(trigger=lambda: d.signal(HUP))
    one_generation(t, d, 2)
    d.stop()
    d = t.daemon("forward", sets=dict(hup=1), behave=dict(on_hup=1)).start()
    d.signal(HUP)
    d.wait_event("hup", pid=d.worker())
    one_generation(t, d, 1)
    d.stop()


@test("R-23: the application asks for the reload")
def asks_itself(t):
    d = t.daemon(behave=dict(act="reload", act_ms=100,
                             act_once=t.path("once"))).start()
    wait_until(lambda: d.generation() == 2 and
               d.status()["state"] == "running", 10, "generation 2")
    one_generation(t, d, 2)


# R-25
@test("f7: the new worker dies while the old one drains: the next one is of "
      "the new image")
def new_worker_dies(t):
    for mode in "exclusive", "overlap":
        at = t.path("%s.sock" % mode)
        listen = "web@unix:" + at
        d = t.daemon(mode, flags=[mode],
                     behave=dict(drain_until=t.path(mode + ".go"),
                                 version="old",
                                 listen=listen),
                     sets=dict(delay_before_respawn_ms=100,
                               drain_timeout_ms=20000)).start()
        old = d.worker()
        before = d.status()
        d.behave(version="new", listen=listen)
        d.signal(USR2)
        d.wait_event("shutdown")
        second = d.wait_event("worker", count=2).pid
        kill(second, KILL)
        t.known.add(second)
        third = d.wait_event("worker", count=3)
        t.equal((third.ver, third.gen), ("new", 2), "version and generation")
        if mode == "exclusive":
            never(lambda: d.events("ready", pid=third.pid), 0.3,
                  "ready while the old worker drains")
        else:
            d.wait_event("ready", pid=third.pid)
        t.true(alive(old), "the old worker was ended")
        t.touch(mode + ".go")
        d.reload_ends(before)
        d.wait_event("ready", pid=third.pid)
        t.equal(d.worker(), third.pid, "the worker")
        one_generation(t, d, 2)
        t.equal(ask("unix:" + at)["gen"], "2", "who serves")
        d.reload()
        d.stop()
        t.true(not os.path.exists(at), "the socket's path is still there")


run()
