"""Loading texts: shown when Looker needs longer than a second, then the answer takes their place. Never left behind."""
from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from badday import by_hook, calls, posted, taken, told, warm, words
from stack import Stack

POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
SLOW = {"where": "looker", "match": "GET /queries/", "do": "delay", "seconds": 1.6}
MARK = ":hourglass_flowing_sand: _"
ON = {"LOOKER_SLACKBOT_LOADING_MESSAGES": None}  # as it is by default


@pytest.fixture(scope="module")
def _loading_stack() -> Iterator[Stack]:
    stack = Stack(settings=dict(ON))
    with stack.running():
        warm(stack)
        yield stack


@pytest.fixture
def slow(_loading_stack: Stack) -> Stack:
    """A running bot that shows loading texts, and a Looker that needs 1.6 s for a query."""
    _loading_stack.reset()
    _loading_stack.fault(SLOW)
    return _loading_stack


def loading(stack: Stack, ack: dict[str, Any]) -> dict[str, Any]:
    """The loading text as it was posted; it must be the first thing that the channel sees."""
    record = stack.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]
    assert record["body"]["text"].startswith(MARK), record["body"]
    return record


def updated(stack: Stack, ack: dict[str, Any], timeout: float = 15) -> dict[str, Any]:
    return stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=timeout)[0]


def shown(stack: Stack, channel: str = "C0GENERAL") -> list[str]:
    """The bot's messages there, as one sees them now."""
    return [message["text"] for message in posted(stack, channel)]


def kill_and_restart(stack: Stack) -> None:
    stack.kill_bot()
    stack.clear_faults()
    stack.restart_bot()


def test_it_becomes_the_answer(slow: Stack) -> None:
    ack = taken(slow.slash("sales EMEA"))
    first = loading(slow, ack)
    assert first["time"] - slow.records(kind="slash", after=ack["n"] - 1)[0]["time"] >= 1
    assert "blocks" not in first["body"] and len(shown(slow)) == 1
    change = updated(slow, ack)
    assert change["body"]["ts"] == first["answer"]["ts"]
    assert change["body"]["text"].startswith("Sales") and change["body"]["blocks"]
    assert len(calls(slow, ack, POST, "slack")) == 1, "one message, edited"
    assert [text[:5] for text in shown(slow)] == ["Sales"]
    assert calls(slow, ack, "", "hook") == []


def test_the_answer_does_not_wait_for_the_channels_next_turn(slow: Stack) -> None:
    """Slack counts new messages; the text has just taken a turn, and to change it takes none."""
    slow.workspace(burst=1)
    slow.clear_faults()
    slow.fault({**SLOW, "seconds": 1.1})
    ack = taken(slow.slash("sales EMEA"))
    text = loading(slow, ack)
    assert updated(slow, ack)["time"] - text["time"] < 0.9


def test_quick_answers_come_without(slow: Stack) -> None:
    slow.clear_faults()
    ack = taken(slow.slash("revenue today"))
    assert slow.answer(ack)["text"].startswith("Revenue today")
    assert calls(slow, ack, UPDATE, "slack") == [] and len(shown(slow)) == 1


def test_switched_off(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings={"LOOKER_SLACKBOT_LOADING_MESSAGES": "false"}).running() as stack:
        warm(stack)
        stack.fault(SLOW)
        ack = taken(stack.slash("sales EMEA"))
        assert stack.answer(ack)["text"].startswith("Sales")
        assert calls(stack, ack, UPDATE, "slack") == [] and len(shown(stack)) == 1


def test_gone_before_a_private_answer(slow: Stack) -> None:
    slow.fault({**SLOW, "match": "GET /dashboards/21"})
    ack = taken(slow.slash("sales colour=red"))
    loading(slow, ack)
    assert "colour" in words(by_hook(slow, ack))
    assert shown(slow) == [] and len(calls(slow, ack, DELETE, "slack")) == 1


def test_what_only_the_asker_shall_see_shows_nothing(slow: Stack) -> None:
    slow.fault({**SLOW, "match": "GET /"})
    ack = taken(slow.slash("what is this"))
    assert by_hook(slow, ack)["response_type"] == "ephemeral"
    assert calls(slow, ack, "chat.", "slack") == []


def test_gone_when_there_is_no_answer(slow: Stack) -> None:
    slow.clear_faults()
    slow.fault({**SLOW, "do": "hang", "times": 1},
               {"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    ack = taken(slow.slash("sales EMEA"))
    loading(slow, ack)
    told(slow, ack)
    slow.log_contains("event=job_dead")
    assert shown(slow) == []


def test_a_busy_channel_sees_no_text(slow: Stack) -> None:
    """The text of the first takes the channel's turn: that of the second would have to wait."""
    acks = [taken(slow.slash(f"order {1001 + i}", user=("U0ADA", "U0BENJI")[i])) for i in range(2)]
    for i, ack in enumerate(acks):
        slow.wait(kind="slack", text=f"`order {1001 + i}`", ok=1, after=ack["n"])
    texts = [one for one in calls(slow, acks[0], POST, "slack") if one["body"]["text"].startswith(MARK)]
    assert len(texts) == 1 and len(posted(slow)) == 2
    assert not any(MARK in text for text in shown(slow))


def test_where_the_bot_may_not_post(slow: Stack) -> None:
    channel = "C0RANDOM"
    slow.workspace(without_scopes=["chat:write.public"])
    ack = taken(slow.slash("sales EMEA", channel=channel))
    assert by_hook(slow, ack)["text"].startswith("Sales")
    assert len(calls(slow, ack, "", "hook")) == 1, "no use of the response_url is spent on it"
    assert len(shown(slow, channel)) == 1


@pytest.mark.parametrize("channel", ["C0PARTNERS", "C0BOARD"])
def test_where_others_may_read_along_nothing_shows(slow: Stack, channel: str) -> None:
    """Shared with another company; private, and Slack does not say."""
    ack = taken(slow.slash("sales EMEA", channel=channel))
    assert by_hook(slow, ack)["response_type"] == "ephemeral"
    assert calls(slow, ack, "chat.", "slack") == [] and shown(slow, channel) == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_when_it_can_no_longer_be_changed(slow: Stack, code: str) -> None:
    slow.fault({"where": "slack", "match": UPDATE, "do": "error", "code": code})
    ack = taken(slow.slash("sales EMEA"))
    loading(slow, ack)
    answer = slow.wait(2, kind="slack", name=POST, ok=1, after=ack["n"])[1]["body"]
    assert answer["text"].startswith("Sales") and [text[:5] for text in shown(slow)] == ["Sales"]
    assert len(calls(slow, ack, UPDATE, "slack")) == 1 and len(calls(slow, ack, DELETE, "slack")) == 1


@pytest.mark.parametrize("fault", [{"do": "status", "status": 503}, {"do": "down"}, {"do": "ratelimit", "retry_after": 3}],
                         ids=lambda fault: fault["do"])
@pytest.mark.parametrize("after", [False, True], ids=["lost", "done"])
def test_a_doubtful_change_is_made_again(slow: Stack, fault: dict[str, Any], after: bool) -> None:
    slow.fault({"where": "slack", "match": UPDATE, **fault, "times": 1, "after": after})
    ack = taken(slow.slash("sales EMEA"))
    loading(slow, ack)
    updated(slow, ack)
    assert len(calls(slow, ack, UPDATE, "slack")) == 2 and len(calls(slow, ack, POST, "slack")) == 1
    assert [text[:5] for text in shown(slow)] == ["Sales"]


@pytest.mark.parametrize("fault", [{"do": "status", "status": 503}, {"do": "hang", "seconds": 3}],
                         ids=lambda fault: fault["do"])
@pytest.mark.parametrize("after", [False, True], ids=["lost", "posted"])
def test_a_text_in_doubt_is_looked_for(slow: Stack, fault: dict[str, Any], after: bool) -> None:
    slow.fault({"where": "slack", "match": POST, **fault, "times": 1, "after": after})
    ack = taken(slow.slash("sales EMEA"))
    slow.wait(kind="slack", name="conversations.history", ok=1, after=ack["n"])
    slow.wait(kind="slack", name=UPDATE if after else POST, ok=1, after=ack["n"])
    slow.wait(kind="slack", text="`sales EMEA`", ok=1, after=ack["n"])
    assert [text[:5] for text in shown(slow)] == ["Sales"]


def test_a_text_that_cannot_be_taken_away_yet_goes_later(slow: Stack) -> None:
    slow.clear_faults()
    slow.fault({**SLOW, "match": "GET /dashboards/21"},
               {"where": "slack", "match": DELETE, "do": "status", "status": 503, "times": 2})
    ack = taken(slow.slash("sales colour=red"))
    loading(slow, ack)
    assert "colour" in words(by_hook(slow, ack)), "the asker does not wait for it"
    slow.wait(kind="slack", name=DELETE, ok=1, after=ack["n"])
    assert shown(slow) == [] and len(calls(slow, ack, "", "hook")) == 1


# Death in each window


def test_killed_while_it_asks_after_the_text_was_posted(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings=dict(ON)).running() as stack:
        warm(stack)
        stack.fault({**SLOW, "seconds": 30})
        ack = taken(stack.slash("sales EMEA"))
        first = loading(stack, ack)
        kill_and_restart(stack)
        assert updated(stack, ack)["body"]["ts"] == first["answer"]["ts"]
        assert [text[:5] for text in shown(stack)] == ["Sales"]


def test_killed_while_it_asks_before_any_text(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings=dict(ON)).running() as stack:
        warm(stack)
        stack.fault({**SLOW, "seconds": 30})
        ack = taken(stack.slash("sales EMEA"))
        stack.wait(kind="looker", name="GET /queries/", done=0, after=ack["n"])
        kill_and_restart(stack)
        assert stack.answer(ack)["text"].startswith("Sales")
        assert [text[:5] for text in shown(stack)] == ["Sales"]


def test_killed_between_the_post_and_its_record(make_stack: Callable[..., Stack]) -> None:
    """Posted, but the process dies before it knows: found by the delivery id in the metadata."""
    with make_stack(settings=dict(ON)).running() as stack:
        warm(stack)
        stack.fault({**SLOW, "seconds": 30}, {"where": "slack", "match": POST, "do": "hang", "after": True, "times": 1})
        ack = taken(stack.slash("sales EMEA"))
        stack.wait(kind="slack", name=POST, done=0, after=ack["n"])
        assert MARK in "".join(shown(stack))
        kill_and_restart(stack)
        updated(stack, ack)
        assert [text[:5] for text in shown(stack)] == ["Sales"]


def test_killed_before_and_after_the_change(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings=dict(ON)).running() as stack:
        warm(stack)
        for after in (False, True):
            stack.fault(SLOW, {"where": "slack", "match": UPDATE, "do": "hang", "after": after, "times": 1})
            ack = taken(stack.slash("sales EMEA"))
            stack.wait(kind="slack", name=UPDATE, done=0, after=ack["n"])
            kill_and_restart(stack)
            updated(stack, ack)
            assert len(calls(stack, ack, POST, "slack")) == 1
            assert len(calls(stack, ack, "GET /queries/")) == 1, "Looker is not asked again"
        assert [text[:5] for text in shown(stack)] == ["Sales"] * 2


def test_killed_before_a_private_answer(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings=dict(ON)).running() as stack:
        warm(stack)
        stack.fault({**SLOW, "match": "GET /dashboards/21"}, {"where": "slack", "match": DELETE, "do": "hang", "times": 1})
        ack = taken(stack.slash("sales colour=red"))
        stack.wait(kind="slack", name=DELETE, done=0, after=ack["n"])
        kill_and_restart(stack)
        assert "colour" in words(by_hook(stack, ack))
        assert shown(stack) == []
