"""What the tests of lookerbot-relay share."""
from __future__ import annotations

import re
from typing import Any

from stack import WAIT_S, Stack

DEAF_MAX_MS = 20_000
# Longer than the relay may be deaf, on a busy machine.
HEARING_S = 40.0


def relay_end(stack: Stack) -> int:
    """Where the relay's log ends now: for `relayed`."""
    assert stack.relay is not None
    return len(stack.relay.lines)


def relayed(stack: Stack, since: int, pattern: str, times: int = 1, timeout: float = WAIT_S) -> list[str]:
    """Waits for the lines of the relay's log that match among those written since then."""
    assert stack.relay is not None
    return stack.relay.wait_log(pattern, times, timeout, since)


def lines(stack: Stack, since: int, pattern: str) -> list[str]:
    """Those that are there already."""
    assert stack.relay is not None
    return [line for line in stack.relay.lines[since:] if re.search(pattern, line)]


def field(line: str, name: str) -> str:
    match = re.search(rf'\b{name}=("[^"]*"|\S+)', line)
    assert match, f"no {name} in {line}"
    return match[1].strip('"')


def last(stack: Stack) -> int:
    """The number of the newest record: what comes after it is new."""
    assert stack.sandbox is not None
    return int(stack.sandbox.call("GET", "/sandbox/record?kind=none")["last"])


def open_numbers(stack: Stack) -> list[int]:
    return [link["n"] for link in stack.sockets()["connections"] if link["open"]]


def envelopes(stack: Stack, event_id: str) -> list[dict[str, Any]]:
    return [one for one in stack.sockets()["envelopes"] if one["event_id"] == event_id]


def status_of(said: dict[str, Any], kind: str) -> dict[str, Any]:
    """How the delivery of this kind of event went, of those that a message caused."""
    return next(event for event in said["events"] if event["type"] == kind)


def hears(stack: Stack, words: str = "revenue today", channel: str = "D0BENJI", user: str = "U0BENJI") -> dict[str, Any]:
    """Proof that the bot listens: a question in a DM is acknowledged and answered."""
    said = stack.message(words, channel=channel, user=user)
    stack.wait(kind="slack", name="chat.postMessage", channel=channel, ok=1, after=last_before(said, stack), timeout=30)
    return said


def last_before(said: dict[str, Any], stack: Stack) -> int:
    """The record's number just before this message was said."""
    records = stack.records(kind="socket")
    mine = [record["n"] for record in records if said["ts"] in str(record.get("body"))]
    return min(mine) - 1 if mine else last(stack)


def well_behaved(stack: Stack) -> None:
    assert stack.sockets()["errors"] == []
