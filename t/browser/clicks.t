#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The live page in a headless Chromium: what is clicked, typed and called names.
Pictures are kept in the test's directory, or where SHOTS says."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from browserpage import EVIL, EVIL_CSS, Page, same  # noqa: E402
from harness import Failure, run, test  # noqa: E402


@test("clicks: start, stop, restart, a group, all; what fails is said")
def clicks(t):
    with Page(t) as p:
        b = p.b
        p.open()
        for key in ("web:web_0", "talk", EVIL_CSS):
            p.state(key, "Running")
        p.state("off", "Stopped")
        p.state("gone", "Fatal")
        b.shot("table")
        b.click(p.row("off") + " [data-act=start]")
        p.state("off", "Running")
        p.toast("off started")
        b.click(p.row("off") + " [data-act=stop]")
        p.state("off", "Stopped")
        p.toast("off stopped")
        before = p.s.program("talk")
        b.click(p.row("talk") + " [data-act=restart]")
        p.toast("talk restarted")
        after = p.s.program("talk", 2)
        if before == after:
            raise Failure("the same pid")
        b.wait("document.querySelector(arguments[0]).querySelector('.c-pid')"
               ".textContent === arguments[1]", "the new pid", 20,
               p.row("talk"), str(after))
        b.click(p.row("gone") + " [data-act=start]")
        p.toast("gone was not started: no such file")
        b.click("[data-group=web] [data-act=stop]")
        b.wait("document.getElementById('confirm').open", "a question")
        b.shot("question")
        b.click("#confirm button[value=no]")
        p.state("web:web_0", "Running")
        b.click("[data-group=web] [data-act=stop]")
        b.click("#c-yes")
        for i in range(3):
            p.state("web:web_%d" % i, "Stopped")
        p.toast("web:*: 3 stopped")
        b.click("[data-group=web] [data-act=start]")
        p.toast("web:*: 3 started")
        before = p.s.count("spawned: 'web_2'")
        b.click("[data-group=web] [data-act=graceful]")
        b.click("#c-yes")
        p.toast("web:*: 3 will be reloaded, one after another")
        p.s.wait_line("spawned: 'web_2'", before + 1)
        b.click(p.row("talk") + " .name")
        b.click("#d-acts [data-act=graceful]")
        p.toast("talk reloaded")
        b.shot("drawer")
        b.keys("Escape")
        b.click("#all summary")
        b.click("[data-do=restartall]")
        b.click("#c-yes")
        p.state("off", "Running")
        p.toast("7 of 8 restarted. gone: no such file")
        p.clean()


@test("names are text, whatever they are; nothing of them is run")
def names(t):
    with Page(t) as p:
        p.open()
        p.state(EVIL_CSS, "Running")
        same(p.b.js("return document.querySelectorAll('#rows u').length"), 0)
        p.b.click(p.row(EVIL_CSS) + " [data-act=log]")
        p.b.wait("document.getElementById('d-name').textContent === "
                 "arguments[0]", "its name", 20, EVIL)
        p.b.click("#t-past")
        p.clean()


@test("the keyboard alone")
def keyboard(t):
    with Page(t) as p:
        b = p.b
        p.open()
        p.state("off", "Stopped")
        b.keys("/", "off", "Enter")
        b.wait("document.activeElement.dataset.key === 'off'", "the row")
        b.keys("s")
        p.state("off", "Running")
        b.keys("x")
        p.state("off", "Stopped")
        b.keys("Enter")
        b.wait("!document.getElementById('drawer').hidden", "the drawer")
        b.keys("Escape")
        b.wait("document.getElementById('drawer').hidden", "no drawer")
        b.wait("document.activeElement.dataset.key === 'off'", "the row again")
        b.keys("/", "Escape", "Escape")
        b.keys("?")
        b.wait("document.getElementById('help').open", "help")
        b.keys("Escape")
        b.wait("!document.getElementById('help').open", "no help")
        b.js("document.activeElement.blur(); document.body.focus()")
        for _ in range(3):
            b.keys("j")
        first = b.js("return document.activeElement.dataset.key")
        b.keys("j")
        second = b.js("return document.activeElement.dataset.key")
        b.keys("k")
        same(b.js("return document.activeElement.dataset.key"), first)
        if first == second or not first:
            raise Failure("j does not move: %r" % first)
        b.keys("h")
        b.wait("!document.getElementById('d-past').hidden", "the history")
        p.clean()


@test("every control has a name, every state a word")
def names_of_controls(t):
    with Page(t) as p:
        p.open()
        p.state("gone", "Fatal")
        p.b.click(p.row("talk") + " [data-act=log]")
        same(p.b.js(
            "return [...document.querySelectorAll('button, input, summary, "
            "[role=img], [role=tab], [role=table]')].filter(e => e.offsetParent"
            " !== null && !(e.textContent || e.ariaLabel || e.title || "
            "e.labels?.[0]?.textContent || '').trim()).map(e => e.outerHTML)"),
            [])
        same(p.b.js(
            "return [...document.querySelectorAll('#rows .row[data-key]')]"
            ".filter(r => !r.querySelector('.state b').textContent).length"),
            0)


run()
