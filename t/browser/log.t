#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The live page in a headless Chromium: logs, history, and what happens when the
server goes away."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from browserpage import Page, same  # noqa: E402
from harness import kill, run, test  # noqa: E402


@test("a log: the past, following, search, pause, wrap, its end")
def logs(t):
    with Page(t) as p:
        b = p.b
        p.open()
        b.click(p.row("talk") + " [data-act=log]")
        b.wait("document.getElementById('log').textContent.includes("
               "'a needle here')", "the end of the log")
        same(b.js("return document.querySelectorAll('#log b').length"), 0)
        same(b.js("const l = document.getElementById('log');"
                  "return l.scrollTop > 0 && l.scrollHeight - l.scrollTop - "
                  "l.clientHeight < 30"), True)
        b.click("#search")
        b.keys("needle")
        b.wait("document.getElementById('hits').value === '1 match'",
               "one match")
        b.keys("Enter")
        b.wait("document.getElementById('hits').value === '1 of 1'",
               "the match")
        same(b.js("return CSS.highlights === undefined || "
                  "CSS.highlights.get('now').size === 1"), True)
        b.shot("search")
        b.keys("Backspace", "Backspace", "Backspace", "Backspace",
               "Backspace", "Backspace", "line")
        b.wait("/^\\d+ match/.test(document.getElementById('hits').value)",
               "many matches")
        b.click(p.row("chat") + " .name")
        b.wait("document.getElementById('d-name').textContent === 'chat'",
               "another log")
        p.send("chat", "one\n")
        b.wait("document.getElementById('log').textContent.includes("
               "'heard one')", "what is written")
        b.click("[data-do=pause]")
        p.send("chat", "two\n")
        b.wait("document.querySelector('[data-do=pause]').textContent"
               ".includes('1 new')", "a line that waits")
        same("heard two" in b.text("#log"), False)
        b.click("[data-do=pause]")
        b.wait("document.getElementById('log').textContent.includes("
               "'heard two')", "what has waited")
        same(b.js("return document.getElementById('log').classList"
                  ".contains('wrap')"), True)
        b.click("[data-do=wrap]")
        same(b.js("return document.getElementById('log').classList"
                  ".contains('wrap')"), False)
        b.click("[data-do=mainlog]")
        b.wait("document.getElementById('log').textContent.includes("
               "'supervisord started with pid')", "the main log")
        b.click("#drawer [data-do=close]")
        b.wait("document.getElementById('drawer').hidden", "no drawer")
        p.clean()


@test("history: what happened is shown")
def history(t):
    with Page(t) as p:
        b = p.b
        p.open()
        kill(p.s.running("chat"), 9)
        p.s.running("chat", 2)
        b.click(p.row("chat") + " .name")
        b.click("#t-past")
        b.wait("[...document.querySelectorAll('#d-past li')].map(x => "
               "x.innerText).some(x => x.includes('Exited') && "
               "x.includes('ended by a signal'))", "the end")
        b.wait("document.querySelectorAll('#d-past li').length >= 5",
               "five changes")
        same(b.js("return document.querySelector(arguments[0]).querySelector("
                  "'.c-starts').textContent", p.row("chat")), "2")
        b.shot("history")
        p.clean()


@test("supervisord goes away and comes back")
def away(t):
    with Page(t) as p:
        b = p.b
        p.open()
        p.state("talk", "Running")
        p.s.kill_engine()
        b.wait("document.getElementById('link').dataset.link === 'live' && "
               "[...document.querySelectorAll('.toast')].some(x => "
               "x.textContent.includes('is back'))", "the next engine", 40)
        p.state("talk", "Running")
        p.s.stop()
        b.wait("!document.getElementById('away').hidden", "the notice")
        b.shot("away")
        p.s.start()
        b.wait("document.getElementById('away').hidden && "
               "document.getElementById('link').dataset.link === 'live'",
               "the next supervisord", 40)
        p.state("talk", "Running")


run()
