"""RTM, for owners of an old classic app: messages come as frames, answers go by the Web API, commands and buttons come
over HTTP. And a token that Slack does not let listen: one clear line, and no looping."""
from __future__ import annotations

import json
import signal
from typing import Any, Callable, Iterator

import pytest

from badday import taken, words
from relay import HEARING_S, hears, last, lines, open_numbers, relay_end, relayed, well_behaved
from stack import Stack

POST = "chat.postMessage"


@pytest.fixture(scope="module")
def _listening() -> Iterator[Stack]:
    with Stack(relay="rtm").running() as stack:
        hears(stack)
        yield stack


@pytest.fixture
def listening(_listening: Stack) -> Iterator[Stack]:
    yield _listening
    well_behaved(_listening)


def answer_in(stack: Stack, channel: str, after: int) -> dict[str, Any]:
    return stack.wait(kind="slack", name=POST, channel=channel, ok=1, after=after)[0]["body"]


@pytest.mark.parametrize("mention", ["@looker revenue today", "@looker: revenue today", "@looker, revenue today"])
def test_mention(listening: Stack, mention: str) -> None:
    after = last(listening)
    listening.message(mention, channel="C0SUPPORT")
    assert "Revenue today" in words(answer_in(listening, "C0SUPPORT", after))


@pytest.mark.parametrize("mention", ["<@u0lookerbot> revenue today", "<@U0LOOKERBOT|looker>: revenue today"])
def test_mention_as_others_write_it(listening: Stack, mention: str) -> None:
    after = last(listening)
    listening.message("x", channel="C0SALES", extra={"text": mention})
    assert "Revenue today" in words(answer_in(listening, "C0SALES", after))


def test_dm_and_thread(listening: Stack) -> None:
    after = last(listening)
    said = listening.message("revenue today", channel="D0ADA")
    answer_in(listening, "D0ADA", after)
    after = last(listening)
    listening.message("revenue today", channel="D0ADA", thread_ts=said["ts"])
    assert answer_in(listening, "D0ADA", after)["thread_ts"] == said["ts"]


def test_nobody_else_is_answered(listening: Stack) -> None:
    """What people say to each other, what bots say, and our own answers, which come back as frames."""
    after = last(listening)
    listening.message("revenue today", channel="C0SUPPORT")
    listening.message("@looker revenue today", channel="C0SUPPORT", user="U0DEPLOY")
    listening.message("revenue today", channel="D0BENJI", user="U0BENJI")
    answer_in(listening, "D0BENJI", after)
    listening.wait(kind="socket", name="out message", channel="D0BENJI", user="U0LOOKERBOT", after=after)
    hears(listening)
    assert not listening.records(kind="slack", name=POST, channel="C0SUPPORT", after=after)


def test_commands_come_over_http(listening: Stack) -> None:
    ack = taken(listening.slash("revenue today", channel="C0GENERAL"))
    assert "`revenue today`" in words(listening.answer(ack))


@pytest.mark.parametrize("farewell", ["goodbye", "team_migration_started"])
def test_farewells(listening: Stack, farewell: str) -> None:
    since, old = relay_end(listening), open_numbers(listening)
    listening.socket(farewell, then_close_s=4)
    relayed(listening, since, "event=connected")
    assert not lines(listening, since, "event=(deaf|disconnected)"), "the new one came first"
    hears(listening)
    relayed(listening, since, "event=disconnected")
    assert old[0] not in open_numbers(listening)
    hears(listening)


def test_error_frame(listening: Stack) -> None:
    since = relay_end(listening)
    listening.socket("error_frame", code=1, msg="Socket URL has expired")
    assert "Socket URL has expired (1)" in relayed(listening, since, "event=disconnected")[0]
    relayed(listening, since, "event=connected", timeout=HEARING_S)
    hears(listening)


def test_migration_passes(listening: Stack) -> None:
    since = relay_end(listening)
    listening.fault({"where": "slack", "match": "rtm.connect", "do": "error", "code": "migration_in_progress",
                     "times": 2})
    listening.socket("close", code=1001)
    relayed(listening, since, "event=reconnecting .*migration_in_progress", 2, timeout=HEARING_S)
    relayed(listening, since, "event=connected", timeout=HEARING_S)
    assert not lines(listening, since, "event=refused")
    hears(listening)


def test_silence_is_noticed(listening: Stack) -> None:
    """A JSON ping after 10 s, and 15 s without any answer are the end of it. Pings of the WebSocket are no life."""
    after, since = last(listening), relay_end(listening)
    listening.wait(kind="socket", name="in ping", text='"type": "ping"', after=after, timeout=20)
    listening.wait(kind="socket", name="out pong", after=after)
    listening.socket("silent")
    relayed(listening, since, "event=silent", timeout=40)
    line = relayed(listening, since, "event=hearing", timeout=HEARING_S)[0]
    assert line
    hears(listening)


# A token that may not

@pytest.mark.parametrize("code", ["not_allowed_token_type", "missing_scope", "invalid_auth", "method_deprecated"])
def test_refused_without_http(make_stack: Callable[..., Stack], code: str) -> None:
    stack = make_stack(bot=False, settings={"SLACK_SIGNING_SECRET": None})
    with stack.running():
        stack.mode("rtm")
        stack.fault({"where": "slack", "match": "rtm.connect", "do": "error", "code": code})
        stack.start_relay("event=refused ")
        line = lines(stack, 0, "event=refused")[0]
        for part in ("level=error", code, "SLACK_APP_TOKEN", "Socket Mode", "SLACK_SIGNING_SECRET"):
            assert part in line
        # It waits for settings, and for nothing else.
        later = stack.sandbox.call("GET", "/sandbox/wait?kind=slack&name=rtm.connect&count=2&timeout=3")
        assert not later["ok"]
        stack.clear_faults()
        stack.relay.send(signal.SIGHUP)
        relayed(stack, 0, "event=connected")
        hears(stack)
        assert len(lines(stack, 0, "event=refused")) == 1


def test_not_needed_with_http(make_stack: Callable[..., Stack]) -> None:
    """The common case: a granular app over HTTP. The relay says that it has nothing to do, and works on jobs."""
    with make_stack(relay="http", bot_arguments=["--workers", "0"]).running() as stack:
        line = lines(stack, 0, "event=not_needed")[0]
        assert "level=info" in line and "over HTTP" in line
        assert stack.http("GET", "/readyz").status == 200 or "relay" not in stack.http("GET", "/readyz").body.decode()
        ack = taken(stack.slash("revenue today"))
        assert "`revenue today`" in words(stack.answer(ack))
        assert len(stack.records(kind="slack", name="rtm.connect")) == 1


def test_the_state_says_so(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(settings={"SLACK_SIGNING_SECRET": None}, bot_arguments=["--workers", "0"])
    with stack.running():
        stack.start_relay("event=refused ")
        relayed(stack, 0, "event=refused")
        answer = stack.http("GET", "/readyz")
        assert answer.status == 503
        assert any("RTM is refused" in reason and "SLACK_APP_TOKEN" in reason
                   for reason in json.loads(answer.body)["reasons"])
