# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, by the WebDriver protocol.

    b = Browser(t)
    b.open("http://127.0.0.1:%d/" % port)
    b.click("#rows .row button")
    b.shot("table")
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

from harness import Failure, Skip, wait_until

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or \
    shutil.which("google-chrome")
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004",
        "Down": "\ue015", "Up": "\ue013", "Backspace": "\ue003"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SLOW = int(os.environ.get("TEST_SLOW") or 1)


def needed():
    """Skips the test, or fails it, where there is no browser."""
    if DRIVER and CHROMIUM:
        return
    if os.environ.get("PEERS"):
        raise Failure("no chromium or no chromedriver")
    raise Skip("no chromium or no chromedriver")


class Browser:
    """One browser with one window, and a profile of its own."""

    def __init__(self, t, width=1360, height=860, dark=False, extra=()):
        needed()
        self.t = t
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.base = "http://127.0.0.1:%d" % port
        self.session = None
        home = os.path.join(t.dir, "home")
        os.makedirs(home, exist_ok=True)
        env = dict(os.environ, HOME=home, TMPDIR=t.dir)
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY",
                     "DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
            env.pop(name, None)
        with open(os.path.join(t.dir, "driver.log"), "wb") as log:
            self.driver = subprocess.Popen(
                [DRIVER, "--port=%d" % port], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=env)
        t.known.add(self.driver.pid)
        try:
            wait_until(self.ready, 30 * SLOW, "chromedriver")
            arguments = [
                "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-background-networking", "--no-first-run",
                "--disable-dev-shm-usage", "--disable-extensions",
                "--disable-component-update", "--no-proxy-server",
                "--force-color-profile=srgb", "--hide-scrollbars",
                "--window-size=%d,%d" % (width, height),
                "--user-data-dir=" + os.path.join(t.dir, "profile")]
            if dark:
                arguments.append("--force-dark-mode")
            self.session = self.call("POST", "/session", {
                "capabilities": {"alwaysMatch": {
                    "browserName": "chrome",
                    "goog:loggingPrefs": {"browser": "ALL"},
                    "goog:chromeOptions": {
                        "binary": CHROMIUM,
                        "args": arguments + list(extra)}}}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def ready(self):
        try:
            return self.call("GET", "/status", timeout=2)["ready"]
        except (OSError, ValueError):
            return False

    def call(self, method, path, body=None, timeout=60):
        """One command of the protocol."""
        if self.session and not path.startswith("/session/"):
            path = "/session/%s%s" % (self.session, path)
        data = json.dumps(body if body is not None else {}).encode()
        request = urllib.request.Request(
            self.base + path, data if method == "POST" else None,
            {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout * SLOW) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            value = json.load(e)["value"]
            raise Failure("browser: %s: %s" % (
                value.get("error"), value.get("message", "")[:400])) from None

    def close(self):
        """Ends it; its processes are gone then."""
        if self.session:
            try:
                self.call("DELETE", "/session/" + self.session)
            except (OSError, Failure):
                pass
            self.session = None
        self.driver.terminate()
        try:
            self.driver.wait(20)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Looking.

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def js(self, script, *args):
        return self.call("POST", "/execute/sync",
                         {"script": script, "args": list(args)})

    def find(self, css):
        """The first element that is shown, or None."""
        found = self.call("POST", "/elements",
                          {"using": "css selector", "value": css})
        for element in found:
            identity = element[ELEMENT]
            if self.call("GET", "/element/%s/displayed" % identity):
                return identity
        return None

    def text(self, css):
        return self.js("const e = document.querySelector(arguments[0]);"
                       "return e === null ? null : e.innerText", css)

    def wait(self, script, what, timeout=20, *args):
        """Waits until a script returns something true."""
        return wait_until(lambda: self.js("return " + script, *args),
                          timeout * SLOW, what)

    def complaints(self):
        """What the console says: errors, what the policy refused."""
        return [x["message"] for x in self.call(
            "POST", "/se/log", {"type": "browser"})
            if x["level"] in ("SEVERE", "WARNING")]

    def shot(self, name):
        """A picture of what is seen, in the test's directory."""
        where = os.environ.get("SHOTS") or self.t.dir
        path = os.path.join(where, name + ".png")
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("GET", "/screenshot")))
        return path

    def size(self, width, height):
        """The inner size, also smaller than a window can be."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)

    def cdp(self, command, **params):
        return self.call("POST", "/goog/cdp/execute",
                         {"cmd": command, "params": params})

    # Acting, as a user does: with a pointer and with keys.

    def click(self, css):
        element = wait_until(lambda: self.find(css), 20 * SLOW,
                             "something to click: " + css)
        self.call("POST", "/element/%s/click" % element)

    def keys(self, *keys):
        """Presses keys where the focus is."""
        actions = []
        for key in keys:
            for c in ([KEYS[key]] if key in KEYS else key):
                actions += [{"type": "keyDown", "value": c},
                            {"type": "keyUp", "value": c}]
        self.call("POST", "/actions", {"actions": [
            {"type": "key", "id": "keys", "actions": actions}]})

    def pause(self, seconds):
        """For pictures only: lets what moves come to rest."""
        time.sleep(seconds)
