"""The relay's bad days. Whatever becomes of the connection, the bot hears again within 20 s and by itself; what Slack
was told is taken down is answered once, and what Slack sends again is not answered twice."""
from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from badday import Host, database, taken
from relay import (DEAF_MAX_MS, HEARING_S, envelopes, field, hears, last, lines, open_numbers, relay_end, relayed,
                   status_of, well_behaved)
from stack import SHIM, Stack

POST = "chat.postMessage"


@pytest.fixture(scope="module")
def _listening() -> Iterator[Stack]:
    with Stack(relay="socket", bot=False).running() as stack:
        hears(stack)
        yield stack


@pytest.fixture
def listening(_listening: Stack) -> Iterator[Stack]:
    yield _listening
    _listening.clear_faults()
    if _listening.relay.popen.poll() is not None:
        _listening.start_relay()


def hears_again(stack: Stack, since: int) -> None:
    line = relayed(stack, since, "event=hearing", timeout=HEARING_S)[0]
    assert int(field(line, "deaf_ms")) <= DEAF_MAX_MS
    hears(stack)


# The connection dies

@pytest.mark.parametrize("what, spec, reason", [
    ("close", {"code": 1000}, "closed with 1000"),
    ("close", {"code": 1001, "reason": "restart"}, "closed with 1001: restart"),
    ("close", {"code": 1011}, "closed with 1011"),
    ("abort", {}, "broke|closed the connection"),
    ("bad_frame", {}, "protocol"),
    ("oversize", {}, "too large"),
])
def test_it_dies(listening: Stack, what: str, spec: dict[str, Any], reason: str) -> None:
    since, old = relay_end(listening), open_numbers(listening)
    listening.socket(what, **spec)
    relayed(listening, since, f"event=disconnected .*({reason})")
    relayed(listening, since, "event=deaf")
    hears_again(listening, since)
    assert open_numbers(listening) != old


def test_silent_server(listening: Stack) -> None:
    """A black hole: TCP stays open, nothing comes any more."""
    since = relay_end(listening)
    listening.socket("silent")
    began = time.monotonic()
    line = relayed(listening, since, "event=silent", timeout=HEARING_S)[0]
    assert 15_000 <= int(field(line, "ms")) <= DEAF_MAX_MS
    relayed(listening, since, "event=hearing", timeout=HEARING_S)
    assert time.monotonic() - began <= DEAF_MAX_MS / 1000 + 5
    hears(listening)


def test_silent_from_the_start(listening: Stack) -> None:
    """No hello: the next one is tried."""
    since = relay_end(listening)
    listening.socket("no_hello", times=1)
    listening.socket("close", code=1000)
    relayed(listening, since, "event=reconnecting .*no hello", timeout=HEARING_S)
    hears_again(listening, since)


def test_cut_without_a_word(make_stack: Callable[..., Stack]) -> None:
    """1006: TCP ends, no close frame. And Slack is away for a while, before it comes back."""
    stack = make_stack(bot=False)
    with stack.running():
        stack.mode("socket")
        port = int(stack.sandbox.url.rsplit(":", 1)[1])
        host = Host()
        host.open(port)
        # The API through the proxy; the WebSocket's address is the sandbox's own.
        stack.settings["SLACK_API_URL"] = f"http://127.0.0.1:{host.port}/api/"
        stack.start_relay()
        hears(stack)
        since = relay_end(stack)
        host.close()
        stack.socket("abort")
        relayed(stack, since, "event=reconnecting", 3, timeout=HEARING_S)
        waits = [int(field(line, "in_ms")) for line in lines(stack, since, "event=reconnecting")]
        assert waits[0] <= 2000 and 2000 <= waits[1] <= 4000 and 4000 <= waits[2] <= 8000, waits
        assert not lines(stack, since, "event=refused")


@pytest.mark.parametrize("status", [409, 503, 429])
def test_handshake_refused(listening: Stack, status: int) -> None:
    """Each try has a new address."""
    since, after = relay_end(listening), last(listening)
    listening.socket("refuse", seconds=5, status=status)
    listening.socket("close", code=1000)
    relayed(listening, since, f"event=reconnecting .*{status}", timeout=HEARING_S)
    hears_again(listening, since)
    calls = listening.records(kind="slack", name="apps.connections.open", after=after)
    assert len(calls) >= 2
    well_behaved(listening)


@pytest.mark.parametrize("do", [{"do": "down"}, {"do": "html"}, {"do": "garbage"}, {"do": "empty"},
                                {"do": "error", "code": "internal_error"}, {"do": "truncate"}])
def test_the_address_is_not_given(listening: Stack, do: dict[str, Any]) -> None:
    since = relay_end(listening)
    listening.fault({"where": "slack", "match": "apps.connections.open", "times": 2, **do})
    listening.socket("close", code=1000)
    relayed(listening, since, "event=reconnecting", 3, timeout=HEARING_S)
    hears_again(listening, since)
    assert not lines(listening, since, "event=refused")


def test_told_to_wait(listening: Stack) -> None:
    """429 on apps.connections.open: not before the time that Slack says."""
    since, after = relay_end(listening), last(listening)
    listening.fault({"where": "slack", "match": "apps.connections.open", "do": "ratelimit", "retry_after": 5, "times": 1})
    listening.socket("close", code=1000)
    line = relayed(listening, since, "event=reconnecting .*slow down")[0]
    assert 4000 <= int(field(line, "in_ms")) <= 5000
    hears_again(listening, since)
    first, second = listening.records(kind="slack", name="apps.connections.open", after=after)[:2]
    assert second["time"] - first["time"] >= 4.9


# Frames that make no sense

@pytest.mark.parametrize("text", ['{"type":"hello"', "no JSON at all", "[1,2]", '"text"', "{}", '{"type":"events_api"}'])
def test_frames_that_make_no_sense(listening: Stack, text: str) -> None:
    """Logged, and the connection stays."""
    since, before = relay_end(listening), open_numbers(listening)
    listening.socket("text", text=text)
    hears(listening)
    assert open_numbers(listening) == before
    assert not lines(listening, since, "event=(deaf|disconnected|reconnecting)")


def test_an_event_in_pieces(listening: Stack) -> None:
    listening.socket("fragments")
    hears(listening)
    well_behaved(listening)


def test_a_large_envelope(listening: Stack) -> None:
    after = last(listening)
    said = listening.message("revenue today", channel="D0BENJI", user="U0BENJI", extra={"padding": "x" * 900_000})
    assert status_of(said, "message.im")["status"] == 200
    listening.wait(kind="slack", name=POST, channel="D0BENJI", ok=1, after=after)


# Nothing is lost, nothing is answered twice

def questions(stack: Stack) -> int:
    """Jobs that came of what people said, ever."""
    with database(stack) as db:
        return int(db.execute("SELECT count(*) FROM jobs WHERE kind = 'command'").fetchone()[0])


def test_not_stored_is_not_acknowledged(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    """A disk that takes nothing: events are sent again by Slack, people are told to try again."""
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    broken = tmp_path / "read-only"
    with make_stack(relay="socket", bot=False, settings={"LD_PRELOAD": str(SHIM),
                                                         "SHIM_READ_ONLY": str(broken)}).running() as stack:
        hears(stack)
        before = questions(stack)
        broken.touch()
        said = stack.message("@looker revenue today", channel="C0SALES")
        mention = status_of(said, "app_mention")
        assert mention["status"] == 0, "not acknowledged within redeliver_s"
        ack = taken(stack.slash("revenue today", timeout=10))
        assert "try again" in ack["body"] and "ephemeral" in ack["body"]
        relayed(stack, 0, "level=error .*event=envelope .*not stored")
        broken.unlink()
        stack.wait(kind="slack", name=POST, channel="C0SALES", ok=1, timeout=30)
        found = envelopes(stack, mention["event_id"])
        assert found[0]["acked"] and found[0]["attempts"] >= 2
        assert questions(stack) == before + 1
        well_behaved(stack)


def test_killed_between_store_and_acknowledgement(make_stack: Callable[..., Stack]) -> None:
    """The disk has it, Slack does not know: it comes again, and is answered once."""
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    with make_stack(relay="socket", bot=False, settings={"LD_PRELOAD": str(SHIM),
                                                         "SHIM_KILL_LINE": "event=envelope"}).running() as stack:
        after = last(stack)
        results: list[dict[str, Any]] = []
        saying = threading.Thread(
            target=lambda: results.append(stack.message("@looker revenue today", channel="C0SALES")))
        saying.start()
        assert stack.relay.popen.wait(20) == -9, "the line says that it is stored; the acknowledgement would be next"
        relayed(stack, 0, "event=envelope .*note=stored")
        assert questions(stack) == 1 and not stack.records(kind="socket", name="in ack", after=after)
        stack.settings["SHIM_KILL_LINE"] = "event=never"
        stack.start_relay()
        stack.wait(kind="slack", name=POST, channel="C0SALES", ok=1, after=after, timeout=30)
        saying.join(30)
        relayed(stack, 0, "event=envelope .*note=duplicate", timeout=30)
        found = envelopes(stack, status_of(results[0], "app_mention")["event_id"])[0]
        stack.wait(kind="socket", name="in ack", text=found["envelope_id"], after=after)
        hears(stack)
        assert questions(stack) == 2
        assert len(stack.records(kind="slack", name=POST, channel="C0SALES", ok=1, after=after)) == 1
        well_behaved(stack)


def test_the_same_event_eleven_times(listening: Stack) -> None:
    """Slack did that (facts: node-slack-sdk#2141), under other ids and without a word."""
    after, before = last(listening), questions(listening)
    said = listening.message("@looker revenue today", channel="C0SUPPORT")
    event_id = status_of(said, "app_mention")["event_id"]
    done = listening.sandbox.call("POST", "/sandbox/redeliver", {"event_id": event_id, "times": 10, "new_ids": True})
    assert [event["status"] for event in done["events"]] == [200] * 10
    done = listening.sandbox.call("POST", "/sandbox/redeliver", {"event_id": event_id, "times": 2})
    assert [event["status"] for event in done["events"]] == [200] * 2
    listening.wait(kind="slack", name=POST, channel="C0SUPPORT", ok=1, after=after)
    hears(listening)
    assert questions(listening) == before + 2
    assert len(listening.records(kind="slack", name=POST, channel="C0SUPPORT", ok=1, after=after)) == 1


BURST = 1000


def say_many(stack: Stack, n: int) -> list[str]:
    """Mentions of different people at different times: their event ids."""
    def one(i: int) -> str:
        event = {"type": "app_mention", "user": "U0ADA", "channel": "C0GENERAL", "text": "<@U0LOOKERBOT> revenue today",
                 "ts": f"{1700000000 + i}.000100", "event_ts": f"{1700000000 + i}.000100"}
        return str(stack.sandbox.call("POST", "/sandbox/event", {"event": event})["event_id"])
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(n)))


def all_acknowledged(stack: Stack, n: int) -> None:
    until = time.monotonic() + 60
    acked = 0
    while time.monotonic() < until:
        acked = sum(one["acked"] for one in stack.sockets()["envelopes"])
        if acked >= n:
            return
        threading.Event().wait(0.2)
    raise AssertionError(f"{acked} of {n} events are acknowledged")


def test_a_thousand_at_once(make_stack: Callable[..., Stack]) -> None:
    """They waited for somebody who listens; each is stored once, and acknowledged."""
    stack = make_stack(bot=False, relay_arguments=["--workers", "0"])
    with stack.running():
        stack.mode("socket")
        say_many(stack, BURST)
        stack.start_relay()
        all_acknowledged(stack, BURST)
        assert questions(stack) == BURST
        well_behaved(stack)


def test_killed_again_and_again_in_a_burst(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(bot=False, relay_arguments=["--workers", "0"])
    with stack.running():
        stack.mode("socket")
        say_many(stack, 300)
        for pause in (0.01, 0.05, 0.1, 0.2):
            relay = stack.start_relay()
            threading.Event().wait(pause)
            relay.kill()
        stack.start_relay()
        all_acknowledged(stack, 300)
        assert questions(stack) == 300


def test_stopped_in_a_burst(make_stack: Callable[..., Stack]) -> None:
    """SIGTERM: a close frame, exit 0; what was not acknowledged comes again."""
    stack = make_stack(bot=False, relay_arguments=["--workers", "0"])
    with stack.running():
        stack.mode("socket")
        say_many(stack, 300)
        for _ in range(3):
            stack.start_relay()
            stack.stop_relay()
            assert [link["closed_code"] for link in stack.sockets()["connections"]][-1] in (1000, 1005)
        stack.start_relay()
        all_acknowledged(stack, 300)
        assert questions(stack) == 300


def test_events_of_a_dead_connection_come_again(listening: Stack) -> None:
    """What was sent into the black hole is sent again over the new connection."""
    after, since = last(listening), relay_end(listening)
    listening.socket("silent")
    said = listening.message("@looker revenue today", channel="C0SUPPORT")
    relayed(listening, since, "event=hearing", timeout=HEARING_S)
    listening.wait(kind="slack", name=POST, channel="C0SUPPORT", ok=1, after=after, timeout=30)
    assert status_of(said, "app_mention")
    hears(listening)
    assert len(listening.records(kind="slack", name=POST, channel="C0SUPPORT", ok=1, after=after)) == 1
