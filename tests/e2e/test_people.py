"""Who may ask, and who may read the answer: members, guests, other workspaces, channels shared with another company."""
from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from badday import by_hook, calls, database, kinds, log_end, logged, posted, taken, warm, words
from stack import Stack

GUEST = "Sorry @gil, as a guest user you're not able to use this command."
ELSEWHERE = "Sorry @eve, as a user from another workspace you're not able to use this command."
DELETED = "Sorry @dan, as a deactivated user you're not able to use this command."
BOT = "Sorry @deploybot, as a bot you're not able to use this command."
INFO = "Could not fetch your user info from Slack"
ONLY_YOU = "Only you can see this, because "


@pytest.fixture(scope="module")
def open_stack() -> Iterator[Stack]:
    """A bot whose owner lets everybody in."""
    stack = Stack(settings={"ALLOW_SLACK_GUEST_USERS": "true", "ALLOW_SLACK_SHARED_WORKSPACES": "true"})
    with stack.running():
        warm(stack)
        yield stack


def say(stack: Stack, text: str, channel: str = "C0GENERAL", user: str = "U0ADA", **more: Any) -> dict[str, Any]:
    """Writes a message; the result has the record's end before it as `n`."""
    assert stack.sandbox is not None
    end = stack.sandbox.call("GET", "/sandbox/record")["last"]
    result = stack.sandbox.call("POST", "/sandbox/message", {"channel": channel, "user": user, "text": text, **more})
    return {**result, "n": end}


def refused(stack: Stack, user: str, channel: str = "C0GENERAL") -> str:
    """The asker alone is told, and Looker is not asked."""
    ack = taken(stack.slash("sales EMEA", user=user, channel=channel))
    message = by_hook(stack, ack)
    assert message["response_type"] == "ephemeral"
    assert calls(stack, ack, "") == [] and calls(stack, ack, "chat.", "slack") == []
    return message["text"]


@pytest.mark.parametrize("user, sentence", [("U0GUEST", GUEST), ("U0EVE", ELSEWHERE), ("U0LEFT", DELETED),
                                            ("U0DEPLOY", BOT)])
def test_refused_in_the_originals_words(stack: Stack, user: str, sentence: str) -> None:
    since = log_end(stack)
    assert refused(stack, user) == sentence
    logged(stack, since, "event=job_done .*reason=refused")
    assert refused(stack, user, "C0SUPPORT") == sentence


def test_who_authorised_the_app_is_no_bot(stack: Stack) -> None:
    """`is_app_user`, which the original took for one."""
    assert "sales" in words(stack.answer(taken(stack.slash("sales EMEA", user="U0BENJI"))))


@pytest.mark.parametrize("person", [
    {"team_id": "T0OTHER", "teams": ["T0ACMESHOP"]},
    {"team_id": "T0OTHER", "enterprise_user": {"id": "W1", "enterprise_id": "E1", "teams": ["T0ACMESHOP"]}},
])
def test_enterprise_grid(stack: Stack, person: dict[str, Any]) -> None:
    stack.workspace(people={"U0CHIARA": person})
    assert stack.answer(taken(stack.slash("sales EMEA", user="U0CHIARA")))["text"].startswith("Sales")


def test_help_is_refused_too(stack: Stack) -> None:
    ack = taken(stack.slash("help", user="U0GUEST"))
    assert by_hook(stack, ack)["text"] == GUEST


@pytest.mark.parametrize("user, channel", [("U0GUEST", "C0SUPPORT"), ("U0EVE", "C0PARTNERS")])
def test_let_in_by_the_owner(open_stack: Stack, user: str, channel: str) -> None:
    open_stack.reset()
    message = open_stack.answer(taken(open_stack.slash("sales EMEA", user=user, channel=channel)))
    assert message["text"].startswith("Sales") and ONLY_YOU not in words(message)
    assert open_stack.records(kind="slack", name="conversations.info") == [], "it does not matter who reads along"
    assert refused(open_stack, "U0DEPLOY") == BOT and refused(open_stack, "U0LEFT") == DELETED


def test_slack_is_asked_once_for_many_commands(stack: Stack) -> None:
    for text in ("order 1001", "order 1002", "help", "sales colour=red"):
        ack = taken(stack.slash(text))
        stack.wait(kind="" if "order" in text else "hook", ok=1, after=ack["n"], text="text")
    assert len(stack.records(kind="slack", name="users.info")) == 1
    assert len(stack.records(kind="slack", name="conversations.info")) == 1
    stack.workspace(people={"U0ADA": {"deleted": True}})
    ack = taken(stack.slash("order 1003"))
    stack.wait(text="`order 1003`", ok=1, after=ack["n"])
    with database(stack) as db:
        (left_ms,) = db.execute("SELECT expires_ms - strftime('%s', 'now') * 1000 FROM states WHERE key = 'person:U0ADA'"
                                ).fetchone()
        assert 9 * 60_000 < left_ms <= 601_000
        db.execute("UPDATE states SET expires_ms = 1 WHERE key = 'person:U0ADA'")
    assert "@ada, as a deactivated user" in refused(stack, "U0ADA")


def test_a_changed_account_counts_at_once(stack: Stack) -> None:
    """Slack tells of it by an event."""
    assert stack.sandbox is not None
    stack.answer(taken(stack.slash("order 1001", user="U0CHIARA")))
    stack.workspace(people={"U0CHIARA": {"is_restricted": True}})
    since = log_end(stack)
    stack.sandbox.call("POST", "/sandbox/event", {"event": {"type": "user_change", "user": {"id": "U0CHIARA"}}})
    logged(stack, since, "route=/slack/event .*note=noted")
    assert "@chiara, as a guest user" in refused(stack, "U0CHIARA")


@pytest.mark.parametrize("where, match", [("looker", "GET /queries/"), ("slack", "chat.postMessage")],
                         ids=["while Looker is asked", "while the answer waits"])
def test_each_run_of_a_job_looks_again(stack: Stack, where: str, match: str) -> None:
    assert stack.sandbox is not None
    stack.fault({"where": where, "match": match, "do": "ratelimit", "retry_after": 4, "times": 1})
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA"))
    logged(stack, since, "event=job_later")
    stack.workspace(people={"U0ADA": {"deleted": True}})
    stack.sandbox.call("POST", "/sandbox/event", {"event": {"type": "user_change", "user": {"id": "U0ADA"}}})
    assert "@ada, as a deactivated user" in by_hook(stack, ack)["text"]
    assert posted(stack) == []


@pytest.mark.parametrize("code", ["user_not_visible", "user_not_found"])
def test_whom_slack_hides_is_refused(stack: Stack, code: str) -> None:
    stack.fault({"where": "slack", "match": "users.info", "do": "error", "code": code})
    said = refused(stack, "U0ADA")
    assert said.startswith(f"{INFO}. ") and code in said


def test_a_missing_scope_is_named(stack: Stack) -> None:
    stack.workspace(without_scopes=["users:read"])
    said = refused(stack, "U0ADA")
    assert said.startswith(f"{INFO}. ") and "users:read" in said and "app's owner" in said


def test_users_info_down_for_a_moment(stack: Stack) -> None:
    stack.fault({"where": "slack", "match": "users.info", "do": "status", "status": 503, "times": 2})
    ack = taken(stack.slash("sales EMEA"))
    assert stack.answer(ack)["text"].startswith("Sales")
    assert len(calls(stack, ack, "users.info", "slack")) == 3


def test_users_info_down_for_long(stack: Stack) -> None:
    """Closed, with a sentence, and a button for later."""
    stack.fault({"where": "slack", "match": "users.info", "do": "ratelimit", "retry_after": 300})
    ack = taken(stack.slash("sales EMEA"))
    message = by_hook(stack, ack)
    assert message["response_type"] == "ephemeral" and "actions" in kinds(message)
    assert f"I could not answer `/looker sales EMEA`: {INFO}" in message["text"]
    assert calls(stack, ack, "") == []


# Where another company may read along

def guarded(stack: Stack, channel: str, why: str, **more: Any) -> dict[str, Any]:
    ack = taken(stack.slash("sales EMEA", channel=channel, **more))
    message = by_hook(stack, ack)
    assert message["response_type"] == "ephemeral" and message["text"].startswith("Sales")
    assert ONLY_YOU in words(message) and why in words(message) and "data_table" in kinds(message)
    assert [b["text"]["text"] for b in message["blocks"][-1]["elements"]] == ["Share here"]
    assert posted(stack, channel) == []
    return message


def test_shared_with_another_company(stack: Stack) -> None:
    guarded(stack, "C0PARTNERS", "this channel is shared with another company")


@pytest.mark.parametrize("channel, why", [("C0BOARD", "/invite me"), ("D0TWO", "not part of this conversation")])
def test_where_slack_does_not_say(stack: Stack, channel: str, why: str) -> None:
    guarded(stack, channel, why)


def test_a_missing_scope_of_channels_is_named(stack: Stack) -> None:
    stack.workspace(without_scopes=["channels:read"])
    message = guarded(stack, "C0SALES", "channels:read")
    assert "app's owner" in words(message)


def test_an_invitation_counts_at_once(stack: Stack) -> None:
    guarded(stack, "C0BOARD", "/invite me")
    stack.workspace(channels={"C0BOARD": {"members": ["U0ADA", "U0LOOKERBOT"]}})
    assert stack.answer(taken(stack.slash("sales EMEA", channel="C0BOARD")))["text"].startswith("Sales")


def test_help_there_has_no_button(stack: Stack) -> None:
    message = by_hook(stack, taken(stack.slash("help", channel="C0PARTNERS")))
    assert "actions" not in kinds(message) and ONLY_YOU not in words(message), "it is private anywhere"


# Mentions and direct messages

def whispered(stack: Stack, said: dict[str, Any]) -> dict[str, Any]:
    return stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=said["n"])[0]["body"]


def test_a_mention_is_answered_for_all(stack: Stack) -> None:
    said = say(stack, "@looker sales EMEA")
    assert stack.answer(said)["text"].startswith("Sales")
    for text, word in (("help", "*Shortcuts*"), ("sales colour=red", "colour")):
        said = say(stack, f"@looker {text}")
        message = stack.answer(said)
        assert word in words(message) and "/looker" not in words(message), "as it is typed to a mention"
    assert stack.records(kind="slack", name="chat.postEphemeral") == []


def test_a_mention_in_a_thread_is_answered_there(stack: Stack) -> None:
    first = say(stack, "look at this")["ts"]
    said = say(stack, "@looker help", thread_ts=first)
    assert stack.answer(said)["thread_ts"] == first


@pytest.mark.parametrize("thread", [False, True])
def test_a_refused_mention_is_whispered(stack: Stack, thread: bool) -> None:
    where = {"thread_ts": say(stack, "look at this", channel="C0SUPPORT")["ts"]} if thread else {}
    said = say(stack, "@looker sales EMEA", channel="C0SUPPORT", user="U0GUEST", **where)
    message = whispered(stack, said)
    assert (message["text"], message["user"]) == (GUEST, "U0GUEST")
    assert message.get("thread_ts") == where.get("thread_ts")
    assert posted(stack, "C0SUPPORT") == [] and calls(stack, said, "") == []


def test_a_mention_where_others_read_along_is_whispered(stack: Stack) -> None:
    said = say(stack, "@looker sales EMEA", channel="C0PARTNERS")
    message = whispered(stack, said)
    assert ONLY_YOU in words(message) and "Share here" in words(message)
    said = say(stack, "@looker help", channel="C0PARTNERS")
    message = whispered(stack, said)
    assert ONLY_YOU in words(message) and "Share here" not in words(message)
    assert posted(stack, "C0PARTNERS") == []


def test_a_channel_that_another_company_joins(stack: Stack) -> None:
    """What is known of a channel is kept for ten minutes: not when Slack says that it has changed."""
    assert stack.answer(say(stack, "@looker sales EMEA", channel="C0SALES"))["text"].startswith("Sales")
    stack.workspace(channels={"C0SALES": {"is_ext_shared": True}})
    event = {"type": "channel_shared", "connected_team_id": "T0OTHER", "channel": "C0SALES", "event_ts": "1.5"}
    assert stack.sandbox is not None
    assert stack.sandbox.call("POST", "/sandbox/event", {"event": event})["status"] == 200
    ack = taken(stack.slash("sales EMEA", channel="C0SALES"))
    assert ONLY_YOU in words(by_hook(stack, ack))
    stack.workspace(channels={"C0SALES": {"is_ext_shared": False}})
    event = {"type": "channel_unshared", "channel": "C0SALES", "is_ext_shared": False, "event_ts": "2.5"}
    assert stack.sandbox.call("POST", "/sandbox/event", {"event": event})["status"] == 200
    assert stack.answer(taken(stack.slash("sales EMEA", channel="C0SALES")))["text"].startswith("Sales")


def test_direct_messages_are_answered_there(stack: Stack) -> None:
    for text, word in (("sales EMEA", "Sales"), ("help", "*Shortcuts*")):
        said = say(stack, text, channel="D0ADA")
        message = stack.answer(said)
        assert message["channel"] == "D0ADA" and word in words(message)
    assert stack.records(kind="slack", name="conversations.info") == []
    stack.workspace(people={"U0BENJI": {"is_restricted": True}})
    said = say(stack, "sales EMEA", channel="D0BENJI", user="U0BENJI")
    message = stack.answer(said)
    assert message["channel"] == "D0BENJI" and "@benji, as a guest user" in message["text"]


def test_a_mention_that_is_too_long_is_told_so(stack: Stack) -> None:
    message = stack.answer(say(stack, "@looker " + "x" * 4001))
    assert "too long for me: at most 4000 characters" in message["text"]
    message = stack.answer(say(stack, "x" * 4001, channel="D0ADA"))
    assert message["channel"] == "D0ADA" and "too long for me" in message["text"]


def test_a_failed_mention_is_told_where_it_was_asked(stack: Stack) -> None:
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    said = say(stack, "@looker sales EMEA")
    message = stack.answer(said)
    assert "I could not answer `sales EMEA`" in message["text"] and "Run again" in words(message)


# Channels that change their id

def test_a_channel_that_has_moved(make_stack: Callable[..., Stack]) -> None:
    """Also for the answer that waits in the old channel's lane."""
    with make_stack().running() as stack:
        warm(stack)
        stack.fault({"where": "slack", "match": "chat.postMessage", "do": "ratelimit", "retry_after": 3, "times": 1})
        waiting = taken(stack.slash("order 1001", channel="C0SALES"))
        logged(stack, 0, "event=job_later .*slow down")
        assert stack.sandbox is not None
        stack.sandbox.call("POST", "/sandbox/event", {"event": {
            "type": "channel_id_changed", "old_channel_id": "C0SALES", "new_channel_id": "C0SUPPORT"}})
        logged(stack, 0, "route=/slack/event .*note=noted")
        record = stack.wait(kind="slack", name="chat.postMessage", text="`order 1001`", ok=1, after=waiting["n"])[0]
        assert record["body"]["channel"] == "C0SUPPORT"
        later = taken(stack.slash("order 1002", channel="C0SALES"))
        record = stack.wait(kind="slack", name="chat.postMessage", text="`order 1002`", ok=1, after=later["n"])[0]
        assert record["body"]["channel"] == "C0SUPPORT"
        with database(stack) as db:
            assert db.execute("SELECT count(*) FROM jobs WHERE lane = 'slack:C0SALES' AND state < 2").fetchone()[0] == 0
