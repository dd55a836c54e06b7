#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The live page in a headless Chromium: finding things, looks, a thousand
processes, pages of others."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from browser import SLOW  # noqa: E402
from browserpage import Page, same  # noqa: E402
from harness import Failure, diag, run, test, wait_until  # noqa: E402


MANY = "[inet_http_server]\nport=127.0.0.1:@PORT@\n" + "".join(
    "[program:app%d]\ncommand=/bin/sleep 100000\nautostart=false\n"
    "process_name=%%(program_name)s_%%(process_num)03d\nnumprocs=100\n"
    "startsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n" % i
    for i in range(10))


@test("filter, counts, sorting, folding")
def finding(t):
    with Page(t) as p:
        b = p.b
        p.open()
        p.state("gone", "Fatal")
        b.keys("/", "web_")
        b.wait("document.getElementById('filter').value === 'web_'", "typing")
        same(p.names(), ["web:web_0", "web:web_1", "web:web_2"])
        b.keys("1")
        same(p.names(), ["web:web_1"])
        same("1 of 8 shown" in b.text("#sums"), True)
        b.keys("Escape", "Escape")
        same(len(p.names()), 8)
        b.click("#chips button[data-kind='2']")
        same(p.names(), ["gone"])
        b.click("#chips button[data-kind='2']")
        same(len(p.names()), 8)
        b.click("[data-group=web] .fold")
        same([n for n in p.names() if n.startswith("web")], [])
        same(b.js("return document.querySelector('[data-group=web] .fold')"
                  ".getAttribute('aria-expanded')"), "false")
        b.click("[data-group=web] .fold")
        b.click(".head [data-sort=state] button")
        same(p.names()[0], "gone")
        b.click(".head [data-sort=name] button")
        same(p.names()[0], "chat")
        p.clean()


@test("dark and light, as the system has it or as chosen; a phone")
def looks(t):
    with Page(t) as p:
        b = p.b

        def ground():
            return b.js("return getComputedStyle(document.body)"
                        ".backgroundColor")
        p.open()
        p.state("gone", "Fatal")
        light = ground()
        b.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark"}])
        dark = ground()
        if light == dark:
            raise Failure("dark is %s, too" % dark)
        b.shot("dark")
        b.keys("t")
        same(ground(), light)
        p.open()
        same(ground(), light)
        b.size(390, 844)
        b.shot("phone")
        same(b.js("return document.documentElement.scrollWidth <= 390"), True)
        small = b.js(
            "return [...document.querySelectorAll('#rows button')].filter("
            "x => x.offsetParent !== null && !x.classList.contains('fold') &&"
            " x.offsetHeight < 40).length")
        same(small, 0)
        b.click(p.row("talk") + " [data-act=log]")
        b.wait("document.getElementById('log').textContent.includes("
               "'needle')", "the log")
        same(b.js("return document.getElementById('drawer').offsetWidth"), 390)
        b.shot("phone-log")
        p.clean()


@test("a page of another site changes nothing (X-162)")
def others(t):
    with Page(t) as p:
        b = p.b
        p.open()
        p.state("talk", "Running")
        stop = p.url + "index.html?processname=talk&action=stop"
        for there in ("http://localhost:%d/" % p.port,):
            b.open(there + "ok.html")
            b.js("const i = new Image(); i.src = arguments[0];"
                 "const f = document.createElement('form');"
                 "f.method = 'post'; f.action = arguments[0];"
                 "document.documentElement.append(i, f);"
                 "return fetch(arguments[0], {mode: 'no-cors'}).then(() => 1,"
                 "() => 0)", stop)
            b.js("document.querySelector('form').submit()")
            wait_until(lambda: "403" in b.js(
                "return document.documentElement.innerText") or
                b.js("return location.href").startswith(p.url), 20 * SLOW,
                "the form's answer")
        b.open(stop)
        b.wait("document.body.innerText.includes('Nothing was done')",
               "a question")
        b.shot("asked")
        p.s.program("talk")
        same(p.s.count("stopped: talk"), 0)
        b.click("form button")
        p.s.wait_line("stopped: talk")
        b.wait("document.querySelector('#app:not([hidden])') !== null",
               "the page")
        p.toast("Process talk stopped")


@test("a thousand processes", sanitizers=False, valgrind=False)
def thousand(t):
    with Page(t, MANY) as p:
        b = p.b
        b.open("about:blank")
        b.cdp("Performance.enable")

        def spent():
            return {m["name"]: m["value"] for m in
                    b.cdp("Performance.getMetrics")["metrics"]}
        p.open()
        b.wait("document.querySelectorAll('#rows .row[data-key]').length === "
               "1000", "a thousand rows")
        begin = spent()
        diag("until shown: script %.0f ms, layout %.0f ms, style %.0f ms" % (
            begin["ScriptDuration"] * 1e3, begin["LayoutDuration"] * 1e3,
            begin["RecalcStyleDuration"] * 1e3))
        b.click("[data-group=app3] [data-act=start]")
        p.toast("app3:*: 100 started")
        b.wait("[...document.querySelectorAll('#chips button')].some(x => "
               "x.dataset.kind === '0' && x.innerText.includes('100'))",
               "the count")
        took = b.js(
            "const f = document.getElementById('filter'); const all = [];"
            "for (const s of ['a', 'app5', 'app5_09', '']) { f.value = s;"
            "const t = performance.now(); f.dispatchEvent(new Event('input'));"
            "document.body.offsetHeight; all.push(performance.now() - t) }"
            "return Math.max(...all)")
        end = spent()
        diag("100 starts and a filter: script %.0f ms, layout %.0f ms; the "
             "slowest keystroke %.0f ms" % (
                 (end["ScriptDuration"] - begin["ScriptDuration"]) * 1e3,
                 (end["LayoutDuration"] - begin["LayoutDuration"]) * 1e3,
                 took))
        if end["ScriptDuration"] > 10 * SLOW:
            raise Failure("%.1f s of script" % end["ScriptDuration"])
        b.shot("thousand")
        p.clean()


run()
