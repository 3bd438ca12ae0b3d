"""Headless Chromium through ChromeDriver's WebDriver protocol: as much as the page's tests need."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import urllib.request

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's key of an element reference
ENTER = "\ue007"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Browser:
    """with Browser(1280, 800) as b: b.open(url); b.type("#box", "help\ue007"); b.text(".messages")"""

    def __init__(self, width, height, scheme="light"):
        self.width, self.height, self.scheme = width, height, scheme
        self.session = None

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="lookerbot-browser-")
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in self.driver.stdout:  # its last line before it listens
            if "started successfully" in line:
                break
        args = FLAGS + [f"--user-data-dir={self.profile}", f"--window-size={self.width},{self.height}"]
        if self.scheme == "dark":
            args.append("--force-dark-mode")
        options = {"binary": "/usr/bin/chromium", "args": args}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.session = self._call("POST", "/session", wanted)["sessionId"]
        self._session("POST", "/timeouts", {"implicit": 0, "script": 30000, "pageLoad": 30000})
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self._session("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def _session(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self._session("POST", "/url", {"url": url})

    def run(self, script, *args):
        """The value that the script returns."""
        return self._session("POST", "/execute/sync", {"script": script, "args": list(args)})

    def wait(self, condition, seconds=20):
        """Until the JavaScript expression is true: looked at after each change of the page."""
        script = """
            const [condition, ms, done] = arguments, holds = new Function("return " + condition);
            const look = () => { if (holds()) { seen.disconnect(); clearTimeout(late); done(true); } };
            const seen = new MutationObserver(look);
            const late = setTimeout(() => { seen.disconnect(); done(false); }, ms);
            seen.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
            look();
        """
        path = "/execute/async"
        if not self._session("POST", path, {"script": script, "args": [condition, seconds * 1000]}):
            raise AssertionError(f"the page never showed: {condition}\n{self.text('body')}")

    def find(self, css):
        return self._session("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def type(self, css, text):
        self._session("POST", f"/element/{self.find(css)}/value", {"text": text})

    def click(self, css):
        self._session("POST", f"/element/{self.find(css)}/click", {})

    def text(self, css):
        return self._session("GET", f"/element/{self.find(css)}/text")

    def screenshot(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self._session("GET", "/screenshot")))
