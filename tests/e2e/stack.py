"""The whole bot as in production, in a temporary folder on free ports: sandbox, lookerbot-fcgi, nginx, and on demand
lookerbot-relay.

    with make_stack(settings={"LOOKERBOT_WORKERS": "1"}).running() as stack:
        ack = stack.slash("sales EMEA")
        message = stack.answer(ack)

Nothing here sleeps: everything waits for the event itself (a log line, the sandbox's record).
"""
from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional
from urllib.parse import urlencode, urlsplit

from process import Process, find_program

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOOKERBOT_BUILD") or ROOT / "build").resolve()
FCGI = BUILD / "fcgi" / "lookerbot-fcgi"
RELAY = BUILD / "rtm-relay" / "lookerbot-relay"
SHIM = BUILD / "tests" / "e2e" / "shim.so"
PYTHON = "/usr/bin/python3"

WAIT_S = 15
PRIVATE_TEXT_CHARS = 16  # a shorter text of a command may be in a log by chance, as a title say
SETTING_PREFIXES = ("SLACK", "LOOKER", "AWS_", "AZURE_", "GOOGLE_", "ALLOW_SLACK", "PORT", "LISTEN_", "NOTIFY_",
                    "DEBUG_MODE", "NODE_TLS", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")

# Where there is no sandbox: complete settings that lead nowhere.
NOWHERE = {
    "SLACK_API_KEY": "xoxb-nowhere-0123456789", "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "SLACK_SIGNING_SECRET": "nowhere-signing-secret-0123456789",
    "LOOKER_URL": "http://127.0.0.1:9", "LOOKER_API_BASE_URL": "http://127.0.0.1:9/api/4.0",
    "LOOKER_API_CLIENT_ID": "nowhereid0123456789", "LOOKER_API_CLIENT_SECRET": "nowheresecret0123456789",
}


ASAN = "detect_leaks=1:abort_on_error=1:verify_asan_link_order=0"
# For who measures memory: what is freed is given back, not held to see who uses it still.
ASAN_LEAN = {"ASAN_OPTIONS": f"{ASAN}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """Ours without anything that the bot would take for a setting."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIXES)}


def http_request(url: str, method: str = "GET", body: Optional[bytes] = None,
                 headers: Optional[dict[str, str]] = None, timeout: float = 30) -> Response:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
        answer = connection.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def read_env_file(path: Path) -> dict[str, str]:
    values = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            values[name] = value.strip("'\"")
    return values


class Sandbox(Process):
    """The fake Slack and the fake Looker, by their control API."""

    def __init__(self, folder: Path, bot_url: str, second_looker: bool = False) -> None:
        env_file = folder / "sandbox.env"
        more = ["--second-looker", 0] if second_looker else []
        super().__init__("sandbox", [PYTHON, ROOT / "tests" / "sandbox", "--port", 0, "--looker-port", 0,
                                     "--bot", bot_url, "--env-file", env_file, *more], env=clean_environment())
        self.url = self.wait_log("sandbox: page ")[0].split()[-1].rstrip("/")
        self.wait_log("sandbox: Looker ")
        self.settings = read_env_file(env_file)

    def call(self, method: str, path: str, value: Any = None, timeout: float = 40) -> Any:
        body = None if value is None else json.dumps(value).encode()
        answer = http_request(self.url + path, method, body, {"Content-Type": "application/json"}, timeout)
        assert answer.status == 200, f"sandbox {method} {path}: {answer.status} {answer.body!r}"
        return answer.json()


class Stack:
    def __init__(self, settings: Optional[dict[str, Optional[str]]] = None, sandbox: bool = True, nginx: bool = True,
                 bot_arguments: Optional[list[Any]] = None, activation: str = "", second_looker: bool = False,
                 env_file: bool = False, relay: str = "", relay_arguments: Optional[list[Any]] = None,
                 bot: bool = True) -> None:
        """`settings` is added to what the sandbox gives; None takes one away. `activation`: "fd3" or "fd0", when
        the listening socket is ours and handed over to each bot, as systemd and spawn-fcgi do. `env_file`: the
        settings stand in .env instead of the environment, and can be changed (`write_settings`, `reload`). `relay`:
        how the fake Slack sends ("socket", "rtm", "http"), to a lookerbot-relay that is started, too. `bot`:
        whether lookerbot-fcgi is."""
        self.folder = Path(tempfile.mkdtemp(prefix="lb-e2e-"))  # short: a socket's path has 107 bytes
        self.state_dir = self.folder / "state"
        self.settings = dict(settings or {})
        self.env_file = self.folder / ".env" if env_file else None
        self.secrets: dict[str, str] = {}  # value -> name: all that settings ever held
        self.bot_arguments = bot_arguments or []
        self.relay_mode, self.relay_arguments = relay, relay_arguments or []
        self.with_sandbox, self.with_nginx, self.with_bot = sandbox, nginx and bot, bot
        self.second_looker = second_looker
        self.activation = activation
        self.listener: Optional[socket.socket] = None
        self.fcgi_socket = str(self.folder / "fcgi.sock")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox: Optional[Sandbox] = None
        self.bot: Optional[Process] = None
        self.relay: Optional[Process] = None
        self.nginx: Optional[Process] = None
        self.ended: list[Process] = []  # bots that were replaced: their logs count too
        self.typed: list[tuple[str, dict[str, Any]]] = []  # each command's text and what came at once

    # Life

    @contextlib.contextmanager
    def running(self) -> Iterator["Stack"]:
        try:
            self.start()
            yield self
            self.stop()
        finally:
            self.kill()

    def start(self) -> None:
        if self.with_sandbox:
            self.sandbox = Sandbox(self.folder, self.url, self.second_looker)
        if self.relay_mode:
            self.mode(self.relay_mode)  # before anybody reads the token's file
        if self.with_bot:
            self.start_bot()
        if self.with_nginx:
            self.start_nginx()
        if self.relay_mode:
            self.start_relay()

    def all_settings(self) -> dict[str, str]:
        base = self.sandbox.settings if self.sandbox else NOWHERE
        values: dict[str, Optional[str]] = {
            **base, "LOOKERBOT_STATE_DIR": str(self.state_dir),
            # On a busy machine any answer may take a second; test_loading.py switches it on.
            # With it the bot reads Slack's lists of names by itself: not where a test counts calls.
            "LOOKER_SLACKBOT_LOADING_MESSAGES": "false", "LOOKER_WEBHOOK_TOKEN": None, **self.settings}
        return {name: value for name, value in values.items() if value is not None}

    def environment(self) -> dict[str, str]:
        return {**clean_environment(), "ASAN_OPTIONS": ASAN,
                "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
                **({} if self.env_file else self.all_settings())}

    def write_settings(self, **changes: Optional[str]) -> None:
        """Changes .env as an editor does: a new file takes the old one's place."""
        assert self.env_file
        self.settings.update(changes)
        self.remember_secrets()
        new = self.env_file.with_suffix(".new")
        new.write_text("".join(f"{name}='{value}'\n" for name, value in self.all_settings().items()))
        new.rename(self.env_file)

    def remember_secrets(self) -> None:
        for name, value in self.all_settings().items():
            if name.endswith(("_SECRET", "_KEY", "_TOKEN")):
                self.secrets.update({secret: name for secret in value.split() if len(secret) >= 6})
            if name == "SLACK_APP_TOKEN_FILE" and (secret := Path(value).read_text().strip()):
                self.secrets[secret] = name

    def reload(self, event: str = "reloaded") -> list[str]:
        """SIGHUP, until the log says how it ended; returns what it said in between."""
        assert self.bot is not None
        start = len(self.bot.lines)
        self.bot.send(signal.SIGHUP)
        self.bot.wait_log(f"event={event} ", start=start)
        return self.bot.lines[start:]

    def start_bot(self, ready: bool = True) -> Process:
        if self.bot is not None:
            self.ended.append(self.bot)
        self.remember_secrets()
        if self.env_file:
            self.write_settings()
        command: list[Any] = [FCGI, *self.bot_arguments]
        more: dict[str, Any] = {"env": self.environment(), "cwd": self.folder}
        if self.activation:
            command = self.hand_over(command, more)
        else:
            command += ["--listen", f"unix:{self.fcgi_socket},mode=0666"]
        self.bot = Process("lookerbot-fcgi", command, **more)
        if ready:
            self.bot.wait_log("event=started")
        return self.bot

    def hand_over(self, command: list[Any], more: dict[str, Any]) -> list[Any]:
        """Changes command and Popen's arguments so that the bot inherits our listening socket."""
        if self.listener is None:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.fcgi_socket)
            os.chmod(self.fcgi_socket, 0o666)
            self.listener.listen(4096)
        if self.activation == "fd0":
            more["stdin"] = self.listener
            return command
        fileno = self.listener.fileno()
        more.update(close_fds=False, preexec_fn=lambda: os.dup2(fileno, 3))
        # LISTEN_PID is the child's own: a shell knows it, and becomes the bot.
        return ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"', *command]

    def start_relay(self, ready: str = "event=(connected|not_needed) ") -> Process:
        """Until its log says so; with "" at once."""
        if self.relay is not None:
            self.ended.append(self.relay)
        self.remember_secrets()
        if self.env_file:
            self.write_settings()
        self.relay = Process("lookerbot-relay", [RELAY, *self.relay_arguments], env=self.environment(), cwd=self.folder)
        if ready:
            self.relay.wait_log(ready)
        return self.relay

    def stop_relay(self) -> None:
        """As an operator does: it must close its connections, drain, and end with 0."""
        assert self.relay is not None
        status = self.relay.stop(timeout=60)
        assert status == 0, f"lookerbot-relay ended with {status}:\n{self.relay.log[-4000:]}"

    def start_nginx(self) -> None:
        prefix = self.folder / "nginx"
        write_nginx(prefix, f"127.0.0.1:{self.port}", self.fcgi_socket)
        os.chmod(self.folder, 0o711)  # nginx's workers are another user when we are root
        self.nginx = Process("nginx", [find_program("nginx"), "-e", "stderr", "-p", prefix, "-c",
                                       prefix / "nginx.conf"])
        self.nginx.wait_log("start worker process ")

    def stop_bot(self) -> None:
        """Ends it as an operator does; it must drain and end with 0."""
        assert self.bot is not None
        status = self.bot.stop(timeout=60)
        assert status == 0, f"lookerbot-fcgi ended with {status}:\n{self.bot.log[-4000:]}"

    def kill_bot(self) -> None:
        assert self.bot is not None
        self.bot.kill()

    def restart_bot(self) -> Process:
        """After kill_bot or stop_bot."""
        return self.start_bot()

    def stop(self) -> None:
        """The end of a good test: everything ends by itself, and the logs are clean."""
        if self.nginx:
            self.nginx.stop(signal.SIGQUIT)
        if self.relay and self.relay.popen.poll() is None:
            self.stop_relay()
        if self.bot and self.bot.popen.poll() is None:
            self.stop_bot()
        if self.sandbox:
            self.sandbox.stop()
        self.check_logs()

    def kill(self) -> None:
        for process in self.processes():
            process.kill()
        if self.listener:
            self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[Process]:
        return [p for p in (*self.ended, self.relay, self.bot, self.nginx, self.sandbox) if p is not None]

    def logs(self) -> str:
        return "\n".join(f"--- {p.name} ({p.pid})\n{p.log[-20000:]}" for p in self.processes())

    def bot_log(self) -> str:
        return "".join(p.log for p in (*self.ended, self.relay, self.bot) if p is not None)

    def check_logs(self) -> None:
        """In every test: no secret and nothing of what people typed in a log, no word of a sanitizer."""
        log = self.bot_log()
        for secret, name in self.secrets.items():
            assert secret not in log, f"the value of {name} is in the log"
        for text, result in self.typed:
            for private in (result["trigger_id"], result["hook"], text if len(text) >= PRIVATE_TEXT_CHARS else ""):
                assert not private or private not in log, f"{private!r}, which is nobody's business, is in the log"
        for never in ("ticket=", "/websocket/", "wss://"):
            assert never not in log, f"{never}, as of a WebSocket's secret address, is in the log"
        assert "Sanitizer" not in log and "runtime error" not in log, log[-8000:]

    # What tests ask of it

    def log_contains(self, pattern: str, times: int = 1, timeout: float = WAIT_S) -> list[str]:
        assert self.bot is not None
        return self.bot.wait_log(pattern, times, timeout)

    def http(self, method: str, path: str, body: Optional[bytes] = None,
             headers: Optional[dict[str, str]] = None) -> Response:
        """Through nginx."""
        return http_request(self.url + path, method, body, headers)

    def slash(self, text: str, user: str = "U0ADA", channel: str = "C0GENERAL", command: str = "/looker",
              **overrides: Any) -> dict[str, Any]:
        """Types a slash command in the fake Slack, which sends it through nginx, signed. The result has
        status, body and error of the immediate answer, and `n`, its number in the record.
        `overrides`: see tests/sandbox/README.md (signature, timestamp_offset, fields, raw_body, ...)."""
        assert self.sandbox is not None
        result = self.sandbox.call("POST", "/sandbox/slash", {"text": text, "user": user, "channel": channel,
                                                              "command": command, "overrides": overrides})
        self.typed.append((text, result))
        return result

    def message(self, text: str, channel: str = "C0GENERAL", user: str = "U0ADA", **more: Any) -> dict[str, Any]:
        """Says something in the fake Slack ("@looker" mentions the bot); the result has `ts` and `events`."""
        assert self.sandbox is not None
        return self.sandbox.call("POST", "/sandbox/message", {"text": text, "channel": channel, "user": user, **more})

    def schedule(self, path: str = "/slack/post/channel/sales", **spec: Any) -> dict[str, Any]:
        """The fake Looker sends a schedule; the result has `status` and `body` of the answer, and `n`."""
        assert self.sandbox is not None
        return self.sandbox.call("POST", "/sandbox/schedule", {"path": path, **spec}, timeout=90)

    def press(self, channel: str, ts: str, user: str = "U0ADA", **which: Any) -> dict[str, Any]:
        """Presses a button of a message (`action_id` or `n`)."""
        assert self.sandbox is not None
        return self.sandbox.call("POST", "/sandbox/press", {"channel": channel, "ts": ts, "user": user, **which})

    def mode(self, mode: str) -> None:
        """From now on the fake Slack sends that way: "http", "socket", "rtm"."""
        assert self.sandbox is not None
        start, before = len(self.sandbox.lines), self.sandbox.call("GET", "/sandbox/mode")["mode"]
        self.sandbox.call("POST", "/sandbox/mode", {"mode": mode})
        if mode != before:
            self.sandbox.wait_log(f"sandbox: mode {mode}", start=start)
        self.remember_secrets()

    def socket(self, what: str, **spec: Any) -> dict[str, Any]:
        """A fault of the WebSockets: see tests/sandbox/README.md."""
        assert self.sandbox is not None
        return self.sandbox.call("POST", "/sandbox/socket", {"do": what, **spec})

    def sockets(self) -> dict[str, Any]:
        """Connections, envelopes and what a good client does not do."""
        assert self.sandbox is not None
        return self.sandbox.call("GET", "/sandbox/socket")

    def wait(self, count: int = 1, timeout: float = WAIT_S, **query: Any) -> list[dict[str, Any]]:
        """The sandbox's records that fit (kind, name, channel, user, text, ok, after), when there are `count`."""
        assert self.sandbox is not None
        asked = urlencode({"count": count, "timeout": timeout, **query})
        result = self.sandbox.call("GET", f"/sandbox/wait?{asked}", timeout=timeout + 30)
        assert result["ok"], f"waited {timeout} s for {count} x {query}, got {result['records']}"
        return result["records"]

    def answer(self, ack: dict[str, Any], kind: str = "slack", timeout: float = WAIT_S) -> dict[str, Any]:
        """The message that came of a slash command (kind "slack": chat.postMessage; "hook": response_url)."""
        query = {"kind": kind, "ok": 1, "after": ack["n"]}
        if kind == "slack":
            query["name"] = "chat.postMessage"
        return self.wait(timeout=timeout, **query)[0]["body"]

    def records(self, **query: Any) -> list[dict[str, Any]]:
        """What is in the record now."""
        assert self.sandbox is not None
        return self.sandbox.call("GET", f"/sandbox/record?{urlencode(query)}")["records"]

    def conversation(self, channel: str = "C0GENERAL", user: str = "") -> list[dict[str, Any]]:
        assert self.sandbox is not None
        asked = urlencode({"channel": channel, **({"user": user} if user else {})})
        return self.sandbox.call("GET", f"/sandbox/conversation?{asked}")["messages"]

    def fault(self, *specs: dict[str, Any]) -> None:
        assert self.sandbox is not None
        self.sandbox.call("POST", "/sandbox/faults", list(specs))

    def clear_faults(self) -> None:
        assert self.sandbox is not None
        self.sandbox.call("DELETE", "/sandbox/faults")

    def workspace(self, **changes: Any) -> None:
        assert self.sandbox is not None
        self.sandbox.call("POST", "/sandbox/workspace", changes)

    def settle(self) -> None:
        """Waits for what an answer has set going: pictures that are drawn, tiles that follow."""
        assert self.bot is not None
        self.clear_faults()
        following = "kind IN ('picture', 'tiles', 'offer') AND state IN (0, 1)"  # pending, leased
        while True:
            end = len(self.bot.lines)
            with contextlib.closing(sqlite3.connect(self.state_dir / "queue.db", timeout=10)) as db:
                if not db.execute(f"SELECT count(*) FROM jobs WHERE {following}").fetchone()[0]:
                    return
            self.bot.wait_log("event=job_.* kind=(picture|tiles|offer) ", timeout=60, start=end)

    def reset(self) -> None:
        """The sandbox as freshly started, and a bot that remembers nothing of its workspace."""
        assert self.sandbox is not None
        self.settle()
        self.sandbox.call("POST", "/sandbox/reset", {})
        with contextlib.closing(sqlite3.connect(self.state_dir / "queue.db", timeout=10)) as db, db:
            db.execute("DELETE FROM states WHERE key LIKE 'slack:form:%' OR key LIKE 'person:%'"
                       " OR key LIKE 'channel:%' OR key LIKE 'alias:%' OR key LIKE 'files:%' OR key LIKE 'last:%'")


def write_nginx(prefix: Path, listen: str, fcgi_socket: str) -> None:
    """The repository's configuration, filled in as deploy/run does."""
    source = ROOT / "deploy" / "nginx"
    (prefix / "snippets").mkdir(parents=True, exist_ok=True)
    (prefix / "temp").mkdir(exist_ok=True)
    for name in ("lookerbot.conf", "lookerbot-fastcgi.conf"):
        text = (source / name).read_text().replace("/run/lookerbot/fcgi.sock", fcgi_socket)
        (prefix / "snippets" / name).write_text(text)
    shutil.copy(source / "page" / "index.html", prefix)
    text = (source / "nginx.conf").read_text()
    for name, value in (("@LISTEN@", listen), ("@USER@", "user www-data;" if os.getuid() == 0 else ""),
                        ("@PAGE@", str(prefix))):
        text = text.replace(name, value)
    (prefix / "nginx.conf").write_text(text)
