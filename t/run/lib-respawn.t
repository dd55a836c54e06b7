#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The worker ends: respawn, delays, exit policies."""
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from harness import *  # noqa: E402,F403


def gaps(d, count, name="worker"):
    d.wait_event(name, count=count, timeout=20)
    times = [e.time for e in d.events(name)][:count]
    return [b - a for a, b in zip(times, times[1:])]


# R-1, R-3
@test("T-9: a grandchild that holds every descriptor delays nothing")
def grandchild(t):
    d = t.daemon(behave=dict(grandchild_s=600),
                 sets=dict(delay_before_respawn_ms=200)).start()
    t.orphans_are_fine = True
    killed = now()
    d.kill_worker()
    second = d.wait_event("worker", count=2)
    within(second.time - killed, 0.25, "the respawn", least=0.195)
    for e in d.events("grandchild"):
        kill(int(e.detail[4:]), KILL)
    d.wait_event("grandchild", count=2)
    kill(int(d.events("grandchild")[1].detail[4:]), KILL)


# R-8
@test("T-10: a worker that exits at once: delays double up to the limit")
def backoff(t):
    d = t.daemon(behave=dict(init="exit:1"), sets=dict(
        delay_before_respawn_ms=100, max_delay_ms=1200, min_uptime_ms=5000))
    d.start(wait=None)
    seen = gaps(d, 7)
    diag("gaps: %s" % ["%.3f" % g for g in seen])
    for gap, wanted in zip(seen, (0.1, 0.2, 0.4, 0.8, 1.2, 1.2)):
        within(gap, wanted + 0.05, "delay %.1f s" % wanted,
               least=wanted - 0.005)


# R-8
@test("T-10: the start command of such a daemon reports failure")
def backoff_start(t):
    d = t.daemon(behave=dict(init="exit:1"), sets=dict(
        delay_before_respawn_ms=100, min_uptime_ms=5000))
    d.start_detached(expect=WORKER)
    d.wait_event("worker", count=3)
    d.give_up()


# R-8
@test("T-11: a worker that lived long enough resets the delay")
def backoff_reset(t):
    d = t.daemon(behave=dict(live=1, init="exit:1"), sets=dict(
        delay_before_respawn_ms=100, max_delay_ms=5000, min_uptime_ms=300))
    d.start(wait=None)
    gaps(d, 4)
    d.behave(live=1, act="exit:1", act_ms=500)
    d.wait_event("ready")
    ended = d.wait_event("fault", detail="exit:1", since=d.wait_event(
        "ready").time)
    again = d.wait_event("worker", since=ended.time)
    within(again.time - ended.time, 0.15, "the delay", least=0.095)


# R-8
@test("T-10: max_failures: the supervisor gives up with its own status")
def give_up(t):
    d = t.daemon(behave=dict(init="exit:1"), sets=dict(
        delay_before_respawn_ms=10, min_uptime_ms=5000, max_failures=3))
    d.start(wait=None)
    t.equal(d.wait_exit(), GAVE_UP, "exit status")
    t.equal(len(d.events("worker")), 3, "attempts")
    d.check_clean()


# R-4
@test("T-12: 50 deaths of the worker: no zombie, no descriptor, decoded in the "
      "log")
def many_deaths(t):
    port = free_port()
    d = t.daemon(behave=dict(listen="web@127.0.0.1:%d" % port),
                 sets=dict(delay_before_respawn_ms=-1)).start()
    shape = fd_shape(d.pid)
    for i in range(50):
        d.wait_event("ready", count=i + 1)
        wait_until(lambda: d.worker() and alive(d.worker()), 5, "a worker")
        if i % 3 == 0:
            d.kill_worker()
        elif i % 3 == 1:
            ask("127.0.0.1:%d" % port, "/fault/exit:7")
        else:
            d.kill_worker(signal.SIGABRT)
    d.wait_event("ready", count=51)
    d.wait_state("running")
    t.equal(zombies(d.pid), [], "zombies")
    t.equal(len(children(d.pid)), 1, "children")
    t.equal(fd_shape(d.pid), shape, "descriptors of the supervisor")
    t.true(len(d.logged("exited with status 7")) >= 15, "statuses in the log")
    t.true(len(d.logged("killed by signal 9")) >= 15, "signals in the log")
    t.true(len(d.logged("killed by signal 6")) >= 15, "signals in the log")


# R-9
@test("T-45: respawn always, on failure only, and statuses of choice")
def policies(t):
    always = t.daemon("always", behave=dict(act="exit:0")).start(wait=None)
    always.wait_event("worker", count=3)
    always.stop()
    failure = t.daemon("failure", behave=dict(act="exit:0"),
                       sets=dict(respawn=1)).start(wait=None)
    t.equal(failure.wait_exit(), OK, "exit 0 under respawn=on failure")
    failure.check_clean()
    failing = t.daemon("failing", behave=dict(act="exit:1"),
                       sets=dict(respawn=1)).start(wait=None)
    failing.wait_event("worker", count=3)
    failing.stop()
    chosen = t.daemon("chosen", behave=dict(act="exit:42"),
                      sets=dict(stop_statuses="41:42")).start(wait=None)
    t.equal(chosen.wait_exit(), 42, "a stop status")
    chosen.check_clean()
    t.equal(len(chosen.events("worker")), 1, "attempts")
    other = t.daemon("other", behave=dict(act="exit:43"),
                     sets=dict(stop_statuses="41:42")).start(wait=None)
    other.wait_event("worker", count=3)
    other.stop()


# R-9
@test("T-45: a restart status, and a request of the worker, start it at once")
def restarts(t):
    d = t.daemon(behave=dict(act="exit:5", act_once=t.path("once")), sets=dict(
        restart_statuses="5", delay_before_respawn_ms=5000))
    d.start(wait=None)
    ended = d.wait_event("fault")
    within(d.wait_event("worker", since=ended.time).time - ended.time, 0.1,
           "the restart")
    d.stop()
    e = t.daemon("request", behave=dict(
        act="restart", act_ms=50, act_once=t.path("twice")),
        sets=dict(delay_before_respawn_ms=5000)).start(wait=None)
    stop = e.wait_event("shutdown")
    within(e.wait_event("worker", since=stop.time).time - stop.time, 0.1,
           "the restart")


# R-8
@test("T-2: signals do not shorten the delay")
def exact_delay(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=600)).start()
    killed = now()
    d.kill_worker()
    d.wait_state("respawning")
    while now() < killed + 0.4:
        for sig in USR1, HUP, signal.SIGCHLD, signal.SIGPIPE:
            d.signal(sig)
        time.sleep(0.02)
    second = d.wait_event("worker", count=2)
    within(second.time - killed, 0.65, "the delay", least=0.595)


@test("R-4: appbase_error() in a worker: shutdown callback, exit 255, respawn")
def worker_error(t):
    d = t.daemon(behave=dict(act="error", act_once=t.path("once")))
    d.start(wait=None)
    d.wait_event("worker", count=2)
    t.equal(len(d.events("shutdown")), 1, "calls of supervised_shutdown")
    t.true(d.logged("Shutting down: told to"), "message")
    t.true(d.logged("exited with status 255"), "status in the log")


# R-7
@test("T-25: a pid that was reused is not signalled", pidns=True,
      sanitizers=False, valgrind=False)
def pid_reuse(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=60000))
    # Pid 1 stays, so that the end of the daemon does not end the bystander.
    d.start(prefix=["unshare", "-p", "-f", "--mount-proc", "--kill-child",
                    "sh", "-c", '"$@"; echo $? >%s; exec sleep 600'
                    % t.path("status"), "sh"])
    inner = status_field(d.pid, "NSpid").split()[-1]
    worker = d.worker()   # as the namespace counts
    outer = next(p for p in children(d.pid))
    kill(outer, KILL)
    d.wait_state("respawning")
    t.true(int(inner) > 1, "it is pid 1")
    by = t.helper(["nsenter", "-t", str(d.pid), "-p", "-m", "sh", "-c",
                   "i=0; while [ $i -lt 50 ]; do "
                   "echo %d >/proc/sys/kernel/ns_last_pid || exit 3; "
                   "sleep 600 & [ $! -eq %d ] && { echo got; wait; exit; }; "
                   "kill $!; i=$((i+1)); done; exit 4"
                   % (worker - 1, worker)],
                  stdout=subprocess.PIPE, start_new_session=True)
    if by.stdout.readline() != b"got\n":
        raise Skip("the pid could not be reused here")
    bystander = wait_until(lambda: [
        p for p, row in descendants(os.getpid()).items() if row[2] == "sleep"
        and status_field(p, "NSpid").split()[-1] == str(worker)], 5,
        "the bystander")[0]
    d.signal(TERM)
    text = wait_until(lambda: os.path.exists(t.path("status")) and
                      open(t.path("status")).read(), 5, "the end")
    t.equal(text, "0\n", "exit status")
    d.ended = OK
    t.true(alive(bystander), "the bystander was killed")
    d.check_clean()
    t.orphans_are_fine = True
    d.proc.kill()
    d.proc.wait()


# Bad input: no descriptors left
@test("no descriptor is left: a worker is started all the same, a reload is "
      "refused", valgrind=False)
def no_descriptors(t):
    d = t.daemon(sets=dict(delay_before_respawn_ms=20)).start()

    def limit(n):
        hard = resource.prlimit(d.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(d.pid, resource.RLIMIT_NOFILE, (n, hard))
    used = fds(d.pid)
    limit(next(n for n in range(1024) if n not in used))
    for n in 2, 3, 4:
        d.kill_worker()
        d.wait_event("worker", count=n)
        d.wait_state("running")
    worker = d.worker()
    d.signal(USR2)
    d.wait_log("reload failed.*Too many open files")
    t.equal(d.worker(), worker, "the worker")
    limit(1024)
    d.reload()
    t.equal(d.generation(), 2, "generation")


run()
