#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reloads that fail: the old generation never notices."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403



def serving(t, flags=(), **sets):
    port = free_port()
    d = t.daemon(behave=dict(listen="web@127.0.0.1:%d" % port),
                 flags=flags, sets=sets).start()
    d.address = "127.0.0.1:%d" % port
    d.good = dict(listen="web@" + d.address)
    return d


def unharmed(t, d, worker, generation=1):
    t.true(alive(d.pid), "the supervisor is gone")
    t.equal(d.pid_in_file(), d.pid, "pid file")
    t.equal(d.worker(), worker, "worker")
    t.equal(children(d.pid), [worker], "children")
    t.equal(zombies(d.pid), [], "zombies")
    t.equal(d.generation(), generation, "generation")
    t.equal(len(d.events("shutdown", pid=worker)), 0, "shutdowns of the worker")


def good_reload_follows(t, d, generation=2):
    worker = d.worker()
    d.behave(**getattr(d, "good", {}))
    before = now()
    d.reload()
    within(now() - before, 1, "the reload that followed")
    t.true(d.worker() != worker, "the worker is the same")
    t.equal(d.generation(), generation, "generation")
    t.equal(children(d.pid), [d.worker()], "children")


# R-4, R-13
@each_mode("T-13: the new image exits 3 at once, under load")
def exits_in_main(t, flags):
    d = serving(t, flags)
    worker, load = d.worker(), t.load(d.address)
    d.behave(main="exit:3")
    before = now()
    s = d.reload("failed")
    within(now() - before, 0.05, "the rollback")
    t.true("3" in s["last_reload"], "reason: %r" % s["last_reload"])
    t.true(d.logged("exited with status 3"), "the log does not say why")
    unharmed(t, d, worker)
    good_reload_follows(t, d)
    load.clean()


# R-13
@each_mode("T-14: the new image's worker exits 7 in init: one attempt, rollback")
def exits_in_init(t, flags):
    d = serving(t, flags)
    worker, load = d.worker(), t.load(d.address)
    d.behave(init="exit:7")
    asked = before = now()
    d.reload("failed")
    within(now() - before, 0.05, "the rollback")
    unharmed(t, d, worker)
    never(lambda: len(d.events("worker", since=asked)) > 1, 0.3,
          "another attempt")
    t.equal(len(d.events("worker", since=asked)), 1, "attempts")
    good_reload_follows(t, d)
    load.clean()


# R-13
@each_mode("T-14: crashes in main and init")
def crashes(t, flags):
    d = serving(t, flags)
    worker = d.worker()
    for behave in (dict(main="abort"), dict(main="segv"), dict(init="abort"),
                   dict(init="kill")):
        if SANITIZE and "segv" in behave.values():
            continue
        d.behave(**behave)
        d.reload("failed")
        unharmed(t, d, worker)
    good_reload_follows(t, d)


# R-14
@each_mode("T-15: the new image hangs with a listener of its own: after "
           "reload_timeout its whole tree is gone")
def hangs(t, flags):
    port = free_port()
    d = t.daemon(behave=dict(reuseport=port), flags=flags, sets=dict(
        reload_timeout_ms=800, stop_timeout_ms=300)).start()
    worker = d.worker()
    d.behave(reuseport=port, init_until=t.path("never"))
    before = now()
    d.signal(USR2)
    candidate = d.wait_event("listen", count=2).pid
    t.true(alive(candidate), "the candidate is not there")
    wait_until(lambda: not alive(candidate), 5, "its end")
    within(now() - before, 0.8 + 0.3 + 0.2, "its end", least=0.75)
    wait_until(lambda: d.status().get("last_reload", "").startswith("failed")
               and d.status()["state"] == "running", 5, "the rollback")
    unharmed(t, d, worker)
    load = t.load("127.0.0.1:%d" % port, requests=2000, pause_us=0)
    load.wait()
    load.clean(least=2000)
    d.behave(reuseport=port)
    good_reload_follows_reuse(t, d)


def good_reload_follows_reuse(t, d):
    d.reload()
    t.equal(d.generation(), 2, "generation")


# R-14
@each_mode("T-15: the new image hangs before it reaches the library")
def hangs_in_main(t, flags):
    d = t.daemon(flags=flags, sets=dict(
        reload_timeout_ms=300, stop_timeout_ms=300)).start()
    worker = d.worker()
    d.behave(main="hang")
    before = now()
    d.reload("failed")
    within(now() - before, 0.8, "the rollback", least=0.29)
    unharmed(t, d, worker)
    good_reload_follows(t, d)


# R-15, R-38
@each_mode("T-16: an executable that cannot be executed: refused with the "
           "errno's text", vfork=True)
def cannot_execute(t, flags):
    d = serving(t, flags)
    worker = d.worker()
    os.chmod(d.exe, 0o644)
    s = d.reload("failed")
    t.true("ermission denied" in s["last_reload"], s["last_reload"])
    unharmed(t, d, worker)
    os.unlink(d.exe)
    s = d.reload("failed")
    t.true("No such file" in s["last_reload"], s["last_reload"])
    unharmed(t, d, worker)
    d.install_text("this is not a program\n")
    s = d.reload("failed")
    t.true("Exec format" in s["last_reload"], s["last_reload"])
    unharmed(t, d, worker)
    d.install_text("#!/nonexistent/interpreter\n")
    d.reload("failed")
    unharmed(t, d, worker)
    d.install()
    good_reload_follows(t, d)


# R-15
@each_mode("T-17: fork fails: the reload is refused", root=True)
def fork_fails(t, flags):
    d = t.daemon(flags=flags)
    uid = 64000 + os.getpid() % 1000
    d.give(uid)
    d.start("--user", str(uid), "--group", str(uid))
    worker = d.worker()

    def limit(processes):
        subprocess.run(["prlimit", "--pid", str(d.pid),
                        "--nproc=%d:" % processes], user=uid, group=uid,
                       extra_groups=[], check=True)
    limit(0)
    s = d.reload("failed")
    t.true("temporarily unavailable" in s["last_reload"], s["last_reload"])
    unharmed(t, d, worker)
    limit(5000)
    good_reload_follows(t, d)


# R-13
@each_mode("T-18: the candidate is killed in init: rollback at once")
def candidate_killed(t, flags):
    d = serving(t, flags)
    worker = d.worker()
    victims = ["worker", "supervisor"] if flags else ["worker"]
    for n, victim in enumerate(victims):
        d.behave(init_until=t.path("never"))
        before = d.status()
        d.signal(USR2)
        candidate = d.wait_event("worker", count=2 + n).pid
        above = parent_table()[candidate][0]
        t.equal(above != d.pid, bool(flags), "the candidate has its own parent")
        killed = now()
        kill(candidate if victim == "worker" else above, KILL)
        d.reload_ends(before, "failed")
        within(now() - killed, 0.1, "the rollback")
        wait_until(lambda: not alive(candidate), 2, "the candidate's end")
        t.reap()
        t.known.add(candidate)
        unharmed(t, d, worker)
    good_reload_follows(t, d)


# R-33
@each_mode("T-57: pre-flight: a rejected configuration is refused before "
           "anything starts")
def preflight(t, flags):
    d = t.daemon(flags=flags + ["preflight"]).start()
    worker = d.worker()
    d.behave(check=3)
    d.reload("failed")
    unharmed(t, d, worker)
    t.equal(len(d.events("check")), 1, "checks")
    t.equal(len(d.events("worker")), 1, "workers")
    before = d.status()
    status, _ = d.run_again("--wait")
    t.equal(status, RELOAD, "second start --wait")
    d.reload_ends(before, "failed")
    good_reload_follows(t, d)
    t.true(len(d.events("check")) >= 3, "checks")


# R-25
@test("T-35: the supervisor's half of the new image dies after the exec: the "
      "worker ends, the lock is free")
def dies_after_exec(t):
    d = t.daemon().start()
    d.behave(abort_as=d.pid)
    d.signal(USR2)
    t.equal(d.wait_exit(), -signal.SIGABRT, "the supervisor's end")
    candidate = d.events("worker")[-1].pid
    before = now()
    wait_until(lambda: not alive(candidate), 5, "the worker's end")
    within(now() - before, 1.0, "the worker's end")
    t.reap()
    t.known.add(candidate)
    t.true(lock_is_free(d.pidfile), "the lock is held")
    d.behave()
    d.start()


# R-25
@test("T-35: with pre-flight an image that cannot run is refused before commit")
def preflight_guards(t):
    d = t.daemon(flags=["preflight"]).start()
    worker = d.worker()
    d.behave(main="abort")
    d.reload("failed")
    unharmed(t, d, worker)


run()
