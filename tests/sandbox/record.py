"""What the sandbox received and what it answered, in order of arrival.

Tests never sleep: they wait until the record holds what they expect (`wait`). A call that is still
being worked on (a hanging one, say) is in the record too, with `done` false.
"""
from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any, Callable

# A long demo must not eat the machine: the oldest entries go.
MAX_ENTRIES = 5000

SECRET_HEADERS = {"authorization", "x-slack-signature", "cookie"}
SECRET_FIELDS = {"token", "client_secret", "client_id", "access_token", "response_url", "trigger_id"}

# In a text: tokens, the last part of a response_url, secrets of a form. What stands before each stays.
SECRET_TEXT = re.compile(
    r"(?P<keep>\bxox[a-z]-|\bxapp-|/(?:commands|actions)/[^/\s]+/[^/\s]+/"
    rf"|\b(?:{'|'.join(sorted(SECRET_FIELDS))})=)[^\s\"'&<>|]+", re.IGNORECASE)
MASK = "•••"

KINDS = ("slack", "hook", "looker", "looker2", "slash", "event", "socket", "schedule", "hub")


class Record:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.last = 0
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self._changed = asyncio.Event()

    def begin(self, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        """A new entry; `finish` completes it."""
        self.last += 1
        entry = {"n": self.last, "kind": kind, "name": name, "time": time.time(), "done": False,
                 "status": None, "answer": None, "elapsed_ms": None, "fault": None, **fields}
        self.entries.append(entry)
        del self.entries[:-MAX_ENTRIES]
        self._notify(entry)
        return entry

    def finish(self, entry: dict[str, Any], **fields: Any) -> None:
        entry.update(fields)
        entry["done"] = True
        entry["elapsed_ms"] = round((time.time() - entry["time"]) * 1000, 1)
        self._notify(entry)

    def _notify(self, entry: dict[str, Any]) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        for listener in self.listeners:
            listener(entry)

    def clear(self) -> None:
        """Forgets the entries; numbers go on, so an `after` taken earlier stays right."""
        self.entries.clear()

    def select(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Entries that fit the parameters of GET /sandbox/record and /sandbox/wait."""
        kind, name = query.get("kind", ""), query.get("name", "")
        channel, user = query.get("channel", ""), query.get("user", "")
        text, ok = query.get("text", ""), query.get("ok", "")
        after, unfinished = int(query.get("after", "0")), query.get("done", "1") == "0"
        found = []
        for entry in self.entries:
            if entry["n"] <= after or (kind and entry["kind"] != kind):
                continue
            if not entry["done"] and not unfinished:
                continue
            if name and not entry["name"].startswith(name):
                continue
            body = entry.get("body") if isinstance(entry.get("body"), dict) else {}
            if channel and (entry.get("channel") or body.get("channel")) != channel:
                continue
            if user and (entry.get("user") or body.get("user")) != user:
                continue
            if text and text not in json.dumps(entry.get("body"), ensure_ascii=False):
                continue
            if ok and bool(entry.get("ok")) != (ok == "1"):
                continue
            found.append(entry)
        return found

    async def wait(self, query: dict[str, str], stop: asyncio.Event) -> list[dict[str, Any]]:
        """Returns as soon as `count` entries fit, or what there is at the time-out."""
        count = int(query.get("count", "1"))
        deadline = time.monotonic() + min(float(query.get("timeout", "10")), 300)
        while True:
            found = self.select(query)
            left = deadline - time.monotonic()
            if len(found) >= count or left <= 0 or stop.is_set():
                return found
            waits = [asyncio.ensure_future(self._changed.wait()), asyncio.ensure_future(stop.wait())]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()


def redact(value: Any, texts: bool = True) -> Any:
    """A copy without secrets, for the page: what people photograph should not even show fake ones."""
    if isinstance(value, dict):
        return {key: MASK if key.lower() in SECRET_HEADERS | SECRET_FIELDS and item else redact(item, texts)
                for key, item in value.items()}
    if texts and isinstance(value, str):
        return SECRET_TEXT.sub(lambda found: found["keep"] + MASK, value)
    if isinstance(value, list):
        return [redact(item, texts) for item in value]
    return value
