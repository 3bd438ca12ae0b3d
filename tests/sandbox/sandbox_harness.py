"""Runs a sandbox inside the test's own process, and speaks HTTP to it."""
from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Optional

from server import Sandbox
from slack_people import BOT_TOKEN

TIMEOUT_S = 10
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Answer:
    status: int
    headers: Any
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


def http(method: str, url: str, *, form: Optional[dict[str, Any]] = None, js: Any = None,
         headers: Optional[dict[str, str]] = None) -> Answer:
    data, sent = None, dict(headers or {})
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if js is not None:
        data = json.dumps(js).encode()
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        with _opener.open(request, timeout=TIMEOUT_S) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Bot:
    """Stands where the real bot stands; `reply` makes its answer from the form."""

    def __init__(self) -> None:
        self.reply: Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]] = lambda form: (200, {}, b"")
        self.requests: list[tuple[Any, bytes]] = []
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                bot.requests.append((self.headers, raw))
                status, headers, body = bot.reply(dict(urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True)))
                self.send_response(status)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answers(self, body: Any, status: int = 200) -> None:
        self.reply = lambda form: (status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Running:
    """A sandbox on ports of its own, and its bot."""

    def __init__(self) -> None:
        self.bot = Bot()
        ready = threading.Event()

        async def live() -> None:
            self._loop = asyncio.get_running_loop()
            self.sandbox = Sandbox(self.bot.url)
            await self.sandbox.start("127.0.0.1", 0, 0)
            ready.set()
            await self.sandbox.stop.wait()
            await self.sandbox.close()

        self._thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
        self._thread.start()
        assert ready.wait(TIMEOUT_S)
        self.url, self.looker_url = self.sandbox.url, self.sandbox.looker_url
        self.token = ""

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self.sandbox.stop.set)
        self._thread.join(TIMEOUT_S)
        self.bot.close()

    def reset(self) -> None:
        self.control("POST", "reset")
        self.bot.reply = lambda form: (200, {}, b"")
        self.bot.requests.clear()
        self.token = ""

    def slack(self, method: str, token: str = BOT_TOKEN, **args: Any) -> dict[str, Any]:
        form = {key: value if isinstance(value, str) else json.dumps(value) for key, value in args.items()}
        return http("POST", f"{self.url}/api/{method}", form=form, headers={"Authorization": f"Bearer {token}"}).json

    def control(self, method: str, path: str, js: Any = None) -> Any:
        answer = http(method, f"{self.url}/sandbox/{path}", js=js)
        assert answer.status == 200, answer.text
        return answer.json

    def slash(self, text: str, **spec: Any) -> dict[str, Any]:
        return self.control("POST", "slash", {"text": text, **spec})

    def messages(self, channel: str = "C0GENERAL", user: str = "") -> list[dict[str, Any]]:
        return self.control("GET", f"conversation?channel={channel}&user={user}")["messages"]

    def looker(self, method: str, path: str, js: Any = None) -> Answer:
        if not self.token:
            self.token = self.login().json["access_token"]
        return http(method, f"{self.looker_url}/api/4.0/{path}", js=js, headers={"Authorization": f"Bearer {self.token}"})

    def login(self, **changed: str) -> Answer:
        form = {"client_id": "sandbox-looker-client-id", "client_secret": "sandbox-looker-client-secret-not-a-secret"}
        return http("POST", f"{self.looker_url}/api/4.0/login", form={**form, **changed})
