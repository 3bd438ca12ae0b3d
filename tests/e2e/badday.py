"""What the tests of bad days share: finding one command's answer, a host that comes and goes, a supervisor."""
from __future__ import annotations

import itertools
import select
import socket
import sqlite3
import threading
from typing import Any, Optional

from process import Process
from stack import Stack


def words(value: Any) -> str:
    """All text of a message, as one string."""
    if isinstance(value, dict):
        own = [inner for key, inner in value.items() if key in ("text", "caption") and isinstance(inner, str)]
        return "\n".join(own + [words(inner) for inner in value.values() if isinstance(inner, (dict, list))])
    return "\n".join(words(inner) for inner in value) if isinstance(value, list) else ""


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message.get("blocks", [])]


def taken(ack: dict[str, Any]) -> dict[str, Any]:
    """The acknowledgement of a command that was accepted."""
    assert (ack["status"], ack["error"]) == (200, None), ack
    return ack


def by_hook(stack: Stack, ack: dict[str, Any], timeout: float = 15) -> dict[str, Any]:
    """What came through this command's own response_url."""
    return stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=timeout)[0]["body"]


def told(stack: Stack, ack: dict[str, Any], *parts: str, timeout: float = 15) -> str:
    """The asker alone was told why there is no answer, in words for people; nothing was posted."""
    message = by_hook(stack, ack, timeout)
    said = message["text"]
    assert message["response_type"] == "ephemeral", message
    for part in (":warning: I could not answer `/looker ", *parts):
        assert part in said, f"{part!r} is not in {said!r}"
    for never in ("<", "&lt;", "DOCTYPE", "{", "�"):
        assert never not in said.replace("<!date", ""), f"{never!r} is in {said!r}"
    return said


def log_end(stack: Stack) -> int:
    """Where the log ends now: for `logged`."""
    assert stack.bot is not None
    return len(stack.bot.lines)


def logged(stack: Stack, since: int, pattern: str, times: int = 1, timeout: float = 15) -> list[str]:
    """Waits for the lines that match among those written since then."""
    assert stack.bot is not None
    return stack.bot.wait_log(pattern, times, timeout, since)


def never(stack: Stack, seconds: float, **query: Any) -> None:
    """For that long nothing fits: a wait that must run out."""
    try:
        found = stack.wait(timeout=seconds, **query)
    except AssertionError:
        return
    raise AssertionError(f"this must not be: {found}")


def calls(stack: Stack, ack: dict[str, Any], name: str, kind: str = "looker") -> list[dict[str, Any]]:
    """All calls of that name since the command was typed."""
    return stack.records(kind=kind, name=name, after=ack["n"])


def gaps(records: list[dict[str, Any]]) -> list[float]:
    """Seconds from each call's answer to the arrival of the next call."""
    return [after["time"] - before["time"] - before["elapsed_ms"] / 1000
            for before, after in zip(records, records[1:])]


def posted(stack: Stack, channel: str = "C0GENERAL", text: str = "") -> list[dict[str, Any]]:
    """The bot's answers that all see in the channel and that hold the text."""
    return [m for m in stack.conversation(channel) if m.get("_via") in ("chat.postMessage", "response_url")
            and not m.get("_ephemeral_to") and text in words(m)]


_channels = itertools.cycle(("D0ADA", "C0SALES", "C0SUPPORT"))


def quiet_channel() -> str:
    """One that the tests before have not just used: a message there need not wait for its second."""
    return next(_channels)


def warm(stack: Stack, channel: str = "") -> str:
    """One command, so that the bot has logged in and knows its commands. Returns its channel."""
    if not knows_commands(stack):
        stack.log_contains("event=job_done .*kind=catalogue")
    channel = channel or quiet_channel()
    ack = taken(stack.slash("revenue today", channel=channel))
    stack.wait(kind="slack", name="chat.postMessage", channel=channel, ok=1, after=ack["n"])
    return channel


def database(stack: Stack) -> sqlite3.Connection:
    """The bot's queue, beside the bot: to look, and to make things older than they are."""
    return sqlite3.connect(stack.state_dir / "queue.db", timeout=10, isolation_level=None)


def knows_commands(stack: Stack) -> bool:
    db = database(stack)
    try:
        return db.execute("SELECT count(*) FROM states WHERE key LIKE 'catalogue:%'").fetchone()[0] > 0
    finally:
        db.close()


def age_catalogue(stack: Stack, seconds: int) -> None:
    """As if the command folder had been read that much earlier."""
    db = database(stack)
    try:
        db.execute("UPDATE states SET value = CAST(json_set(CAST(value AS TEXT), '$.read_ms',"
                   " json_extract(CAST(value AS TEXT), '$.read_ms') - ?) AS BLOB) WHERE key LIKE 'catalogue:%'",
                   (seconds * 1000,))
        db.execute("UPDATE keys SET expires_ms = expires_ms - ? WHERE kind = 'catalogue'", (seconds * 1000,))
    finally:
        db.close()


class Host:
    """An address that takes no connections until `open`, and then leads to `target`; `close` ends it again."""

    def __init__(self) -> None:
        self._bound = socket.socket()
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bound.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets the port
        self.port = int(self._bound.getsockname()[1])
        self._target = 0
        self._pairs: list[socket.socket] = []
        self._closed = threading.Event()
        self._server: Optional[threading.Thread] = None

    def open(self, target_port: int) -> None:
        self._target = target_port
        self._bound.listen(64)
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()

    def _serve(self) -> None:
        while not self._closed.is_set():
            if not select.select([self._bound], [], [], 0.1)[0]:
                continue
            inner, _ = self._bound.accept()
            outer = socket.create_connection(("127.0.0.1", self._target))
            self._pairs += [inner, outer]
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()
        self._bound.close()
        for sock in self._pairs:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        """From now on refused, and what was open is cut."""
        self._closed.set()
        if self._server:
            self._server.join()


class Supervisor:
    """Starts the bot again whenever it dies, as systemd does, until `stop`."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.restarts = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            bot: Optional[Process] = self.stack.bot
            assert bot is not None
            try:
                bot.popen.wait(0.05)
            except Exception:  # still alive
                continue
            if not self._stopping.is_set():
                self.restarts += 1
                self.stack.start_bot()
