#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/metrics: its format, its values, a real Prometheus that scrapes it; names as
node_exporter's collector has them (integration 8)."""
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import ctlpeer  # noqa: E402
from ctlhttp import code, exchange, free_port, request  # noqa: E402
from ctlpeer import OUR_CTL, OUR_DAEMON, ok, wait_until  # noqa: E402

CONFIG = """
[program:cat]
command=/bin/cat
startsecs=0
[program:three]
command=/bin/sh -c "printf 1234567; printf 123 >&2; exit 3"
startsecs=0
autorestart=false
[program:bad]
command=/bin/sh -c "exit 1"
startsecs=5
startretries=1000
[program:od"d\\1]
command=/bin/cat
startsecs=0
[program:gone]
command=/nope/nope
autostart=false
[eventlistener:deaf]
command=/bin/cat
events=TICK_5,PROCESS_STATE
buffer_size=2
[group:both]
programs=cat,three
"""
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})?'
                  r' (-?[0-9.]+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')


def get(port):
    """The text of /metrics."""
    with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port) as f:
        return f.headers, f.read().decode()


def parse(text):
    """{(name, labels): value}; fails on what the format does not allow."""
    values, types, seen = {}, {}, set()
    family = None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in seen, "twice: " + family
            seen.add(family)
        elif line.startswith("# TYPE "):
            assert line.split()[2] == family, line
            types[family] = line.split()[3]
        else:
            match = LINE.fullmatch(line)
            assert match and match.group(1) == family, line
            labels = tuple(sorted(
                (k, v.replace('\\"', '"').replace("\\\\", "\\"))
                for k, v in LABEL.findall(match.group(2) or "")))
            assert (family, labels) not in values, "twice: " + line
            values[family, labels] = float(match.group(3))
    assert text.endswith("\n"), "no newline at the end"
    for name, kind in types.items():
        assert kind == "gauge" or name.endswith("_total") or \
            name.startswith("node_"), name
    return values


def value(port, metric, **labels):
    """One value; None if it is not there."""
    return parse(get(port)[1]).get((metric, tuple(sorted(labels.items()))))


def figures(daemon, port):
    """What the values are."""
    headers, text = get(port)
    ok(headers["Content-Type"] ==
       "text/plain; version=0.0.4; charset=utf-8", "the type", headers)
    values = parse(text)
    ok(True, "the format")
    three = {"name": "three", "group": "both"}
    cat = {"name": "cat", "group": "both"}
    for name, want, labels in [
            ("node_supervisord_up", 1, cat), ("node_supervisord_up", 0, three),
            ("node_supervisord_state", 20, cat),
            ("node_supervisord_state", 100, three),
            ("node_supervisord_exit_status", 3, three),
            ("node_supervisord_exit_status", 0, cat),
            ("node_supervisord_start_time_seconds", None, three),
            ("node_supervisord_up", 1, {"name": 'od"d\\1', "group": 'od"d\\1'}),
            ("node_supervisord_state", 0, {"name": "gone", "group": "gone"}),
            ("supervisord_process_restarts_total", 0, cat),
            ("supervisord_process_output_bytes_total", 7,
             dict(three, channel="stdout")),
            ("supervisord_process_output_bytes_total", 3,
             dict(three, channel="stderr")),
            ("supervisord_connections", 0, {"role": "read"})]:
        got = values.get((name, tuple(sorted(labels.items()))))
        ok(got == want, "%s of %s is %s" % (
            name, labels.get("name", labels), want), got)
    info = daemon.ctl(OUR_CTL, "status", "both:cat")[0]
    ok("RUNNING" in info and values[
        "node_supervisord_start_time_seconds",
        tuple(sorted(cat.items()))] > 1e9, "the start time", info)
    ok(values["supervisord_loop_lag_max_seconds", ()] >=
       values["supervisord_loop_lag_seconds", ()] >= 0, "the loop's lag")
    ok(values["supervisord_connections", (("role", "admin"),)] >= 1,
       "the connection that asks is counted")
    daemon.ctl(OUR_CTL, "restart", "both:cat")
    ok(value(port, "supervisord_process_restarts_total", **cat) == 1,
       "a restart counts")
    wait_until(lambda: value(port, "supervisord_process_restarts_total",
                             name="bad", group="bad") >= 1,
               what="back-off restarts")
    ok(value(port, "supervisord_process_backoff_tries", name="bad",
             group="bad") >= 1, "back-off shows")
    wait_until(lambda: value(port, "supervisord_events_dropped_total",
                             pool="deaf") > 0, what="dropped events")
    ok(value(port, "supervisord_events_buffered", pool="deaf") == 2,
       "events that wait, and that were dropped")


def http(port, closed):
    """How it is asked for."""
    ok(code(exchange(port, request("HEAD", "/metrics"))) == 200, "HEAD")
    ok(code(exchange(port, request("POST", "/metrics", ""))) == 400,
       "nothing but looking")
    ok(code(exchange(port, request("GET", "/metricsx"))) == 404,
       "nothing but that path")
    ok(code(exchange(closed, request("GET", "/metrics"))) == 401,
       "a password is asked for where there is one")


def checked(port):
    """promtool finds nothing to say."""
    promtool = shutil.which("promtool")
    if not promtool:
        return missing("promtool")
    run = subprocess.run([promtool, "check", "metrics"], input=get(port)[1],
                         capture_output=True, text=True, timeout=60,
                         check=False)
    # Names that are node_exporter's are as they are there.
    said = [line for line in (run.stdout + run.stderr).splitlines()
            if "node_supervisord_start_time_seconds" not in line]
    return ok(not said, "promtool check metrics", "\n".join(said))


def missing(what):
    """A peer is not here."""
    if os.environ.get("PEERS"):
        return ok(False, "%s is there" % what)
    return ok(True, "prometheus # SKIP no %s" % what)


def query(port, text):
    """The first value that Prometheus has for a query; None if none yet."""
    try:
        with urllib.request.urlopen(
                "http://127.0.0.1:%d/api/v1/query?%s" % (
                    port, urllib.parse.urlencode({"query": text}))) as f:
            got = json.load(f)["data"]["result"]
            return float(got[0]["value"][1]) if got else None
    except (OSError, urllib.error.URLError, ConnectionError):
        return None


def scraped(daemon, port):
    """A Prometheus server."""
    server = shutil.which("prometheus")
    if not server:
        return missing("prometheus")
    own = free_port()
    config = os.path.join(daemon.dir, "prometheus.yml")
    with open(config, "w", encoding="utf-8") as f:
        f.write("global:\n  scrape_interval: 1s\nscrape_configs:\n"
                "- job_name: s\n  static_configs:\n"
                "  - targets: ['127.0.0.1:%d']\n" % port)
    with open(os.path.join(daemon.dir, "prometheus.out"), "wb") as out:
        process = subprocess.Popen(
            [server, "--config.file=" + config,
             "--storage.tsdb.path=" + os.path.join(daemon.dir, "tsdb"),
             "--web.listen-address=127.0.0.1:%d" % own],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        wait_until(lambda: query(own, "up{job='s'}") == 1, 60, "a scrape")
        got = [query(own, text) for text in (
            "node_supervisord_up{name='cat',group='both'}",
            "node_supervisord_up{name='three'}",
            "node_supervisord_state{name='cat'}",
            "count(node_supervisord_up)", "node_supervisord_exit_status{"
            "name='three'}")]
        return ok(got == [1, 0, 20, 6, 3], "a Prometheus server has it", got)
    finally:
        process.terminate()
        try:
            process.wait(20 * ctlpeer.SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    """Everything."""
    ports = free_port(), free_port()
    with ctlpeer.Scratch() as scratch:
        daemon = scratch.daemon(
            OUR_DAEMON, CONFIG, "[inet_http_server]\nport=127.0.0.1:%d\n"
            "[inet_http_server:b]\nport=127.0.0.1:%d\nusername=u\n"
            "password=p\n" % ports)
        wait_until(lambda: (lambda s: s.get("both:three") == "EXITED" and
                            s.get("both:cat") == 'RUNNING' and
                            s.get('od"d\\1') == "RUNNING")(
                                daemon.states(OUR_CTL)), what="settled")
        figures(daemon, ports[0])
        http(*ports)
        checked(ports[0])
        scraped(daemon, ports[0])
    ctlpeer.done()


main()
