"""Buttons: sharing an answer that only its asker sees, running again what failed, and what a stranger's press does."""
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from badday import by_hook, calls, database, kinds, log_end, logged, posted, taken, words
from stack import Stack
from test_people import say

OLD = "That button is too old: please run it again."


def press(stack: Stack, channel: str, ts: str, action: str, user: str = "U0ADA", **more: Any) -> dict[str, Any]:
    assert stack.sandbox is not None
    ack = stack.sandbox.call("POST", "/sandbox/press", {"channel": channel, "ts": ts, "action_id": action, "user": user,
                                                        **more})
    assert (ack["status"], ack["error"], ack["body"]) == (200, None, "")
    return ack


def own(stack: Stack, channel: str, user: str = "U0ADA") -> list[dict[str, Any]]:
    """What only this person sees there, the newest last."""
    return [m for m in stack.conversation(channel, user) if m.get("_ephemeral_to") == user]


def private_answer(stack: Stack, channel: str = "C0PARTNERS", text: str = "sales EMEA") -> str:
    """The ts of an answer with a button to share it."""
    ack = taken(stack.slash(text, channel=channel))
    assert "Share here" in words(by_hook(stack, ack))
    return own(stack, channel)[-1]["ts"]


def failed(stack: Stack, **more: Any) -> str:
    """The ts of the asker's error with a button to run it again."""
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    ack = taken(stack.slash("sales EMEA", **more))
    assert "Run again" in words(by_hook(stack, ack))
    stack.clear_faults()
    return own(stack, more.get("channel", "C0GENERAL"))[-1]["ts"]


def test_share_posts_it_once_for_all(stack: Stack) -> None:
    ts = private_answer(stack)
    ack = press(stack, "C0PARTNERS", ts, "share")
    message = stack.answer(ack)
    assert message["text"].startswith("Sales") and "data_table" in kinds(message) and "Share here" not in words(message)
    said = words(message)
    assert "Shared by <@U0ADA>" in said and "asked `sales EMEA`" in said and "Only you can see" not in said
    assert message["metadata"]["event_payload"]["delivery_id"]
    stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, text="Shared.")
    assert len(posted(stack, "C0PARTNERS")) == 1 and [m["text"] for m in own(stack, "C0PARTNERS")] == ["Shared."]
    assert calls(stack, ack, "") == [], "Looker is not asked again"


def test_two_presses_share_once(stack: Stack) -> None:
    stack.fault({"where": "hook", "match": "POST /actions/", "do": "delay", "seconds": 0.3})
    ts = private_answer(stack)
    since = log_end(stack)
    with ThreadPoolExecutor() as pool:
        acks = list(pool.map(lambda _: press(stack, "C0PARTNERS", ts, "share"), range(2)))
    stack.answer(acks[0])
    stack.wait(kind="hook", ok=1, text="Already shared.", after=min(ack["n"] for ack in acks))
    logged(stack, since, "event=job_done .*kind=press", 2)
    assert len(posted(stack, "C0PARTNERS")) == 1


def test_the_same_press_twice_is_done_once(stack: Stack) -> None:
    ts = private_answer(stack)
    ack = press(stack, "C0PARTNERS", ts, "share")
    since = log_end(stack)
    press(stack, "C0PARTNERS", ts, "share", overrides={"trigger_id": ack["trigger_id"]})
    logged(stack, since, "note=duplicate")
    stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, text="Shared.")
    assert len(posted(stack, "C0PARTNERS")) == 1


def test_share_where_the_bot_may_not_post(stack: Stack) -> None:
    """A private channel without the bot: through the press's response_url."""
    ts = private_answer(stack, "C0BOARD")
    ack = press(stack, "C0BOARD", ts, "share")
    assert by_hook(stack, ack)["response_type"] == "in_channel"
    stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, text="Shared.")
    assert len(posted(stack, "C0BOARD", "Shared by")) == 1


def test_share_goes_into_the_thread(stack: Stack) -> None:
    first = say(stack, "look at this", channel="C0PARTNERS")["ts"]
    said = say(stack, "@looker sales EMEA", channel="C0PARTNERS", thread_ts=first)
    ts = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=said["n"])[0]["answer"]["message_ts"]
    ack = press(stack, "C0PARTNERS", ts, "share")
    assert stack.answer(ack)["thread_ts"] == first


def test_share_survives_a_bad_slack(stack: Stack) -> None:
    ts = private_answer(stack)
    stack.fault({"where": "slack", "match": "chat.postMessage", "do": "status", "status": 503, "times": 1, "after": True})
    since = log_end(stack)
    press(stack, "C0PARTNERS", ts, "share")
    logged(stack, since, "event=job_done .*kind=share")
    assert len(posted(stack, "C0PARTNERS")) == 1


def test_a_share_that_nobody_got_to_in_time(stack: Stack) -> None:
    """Who pressed has gone on: nothing appears out of the blue."""
    ts = private_answer(stack)
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'person:%'")
    stack.fault({"where": "slack", "match": "users.info", "do": "ratelimit", "retry_after": 4, "times": 1})
    since = log_end(stack)
    ack = press(stack, "C0PARTNERS", ts, "share")
    logged(stack, since, "event=job_later .*kind=press")
    with database(stack) as db:
        assert db.execute("UPDATE jobs SET expires_ms = 1 WHERE kind = 'press' AND state IN (0, 1)").rowcount == 1
    assert "it took too long to get to it" in by_hook(stack, ack)["text"]
    logged(stack, since, "event=job_dead .*kind=press")
    assert posted(stack, "C0PARTNERS") == []


def test_only_its_owner_may_share(stack: Stack) -> None:
    """Slack shows it to nobody else; a forged press is refused all the same."""
    ts = private_answer(stack)
    ack = press(stack, "C0PARTNERS", ts, "share",
                overrides={"fields": {"user": {"id": "U0BENJI", "team_id": "T0ACMESHOP"}}})
    assert by_hook(stack, ack)["text"] == "Only the person who asked can share that answer."
    assert posted(stack, "C0PARTNERS") == []


def test_a_button_that_is_too_old(stack: Stack) -> None:
    ts = private_answer(stack)
    with database(stack) as db:
        assert db.execute("DELETE FROM states WHERE key LIKE 'key:%'").rowcount >= 1
    ack = press(stack, "C0PARTNERS", ts, "share")
    message = by_hook(stack, ack)
    assert (message["text"], message["response_type"], message["replace_original"]) == (OLD, "ephemeral", False)
    assert posted(stack, "C0PARTNERS") == []


@pytest.mark.parametrize("value", ["x", "0" * 32, "0" * 2000, "../self", "", None],
                         ids=["short", "unknown", "long", "path", "empty", "none"])
def test_keys_that_were_never_given_out(stack: Stack, value: str | None) -> None:
    ts = private_answer(stack)
    action = {"type": "button", "action_id": "share", "block_id": "b", "action_ts": f"{time.time():.6f}", "value": value}
    since = log_end(stack)
    ack = press(stack, "C0PARTNERS", ts, "share", overrides={"fields": {"actions": [action]}})
    if not value:
        logged(stack, since, "event=job_done .*only opens a link")
    else:
        assert by_hook(stack, ack)["text"] == OLD
    assert posted(stack, "C0PARTNERS") == []


def test_run_again_after_looker_was_down(stack: Stack) -> None:
    ts = failed(stack)
    ack = press(stack, "C0GENERAL", ts, "again")
    message = stack.answer(ack)
    assert message["text"].startswith("Sales") and "<@U0ADA> asked `sales EMEA`" in words(message)
    assert calls(stack, ack, "GET /queries/")


def test_run_again_by_somebody_else_is_theirs(stack: Stack) -> None:
    """The error of a mention is for all to see, and for all to try again."""
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    stack.answer(say(stack, "@looker sales EMEA"))
    stack.clear_faults()
    ts = posted(stack)[-1]["ts"]
    ack = press(stack, "C0GENERAL", ts, "again", user="U0BENJI")
    assert "<@U0BENJI> asked `sales EMEA`" in words(stack.answer(ack))
    guest = press(stack, "C0GENERAL", ts, "again", user="U0GUEST")
    message = by_hook(stack, guest)
    assert "@gil, as a guest user" in message["text"] and message["response_type"] == "ephemeral"


def test_run_again_fails_again(stack: Stack) -> None:
    ts = failed(stack)
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    ack = press(stack, "C0GENERAL", ts, "again")
    message = by_hook(stack, ack)
    assert "I could not answer `/looker sales EMEA`" in message["text"] and "Run again" in words(message)


def test_run_again_in_a_guarded_channel(stack: Stack) -> None:
    ts = failed(stack, channel="C0PARTNERS")
    ack = press(stack, "C0PARTNERS", ts, "again")
    message = by_hook(stack, ack)
    assert message["response_type"] == "ephemeral" and "Share here" in words(message)
    assert posted(stack, "C0PARTNERS") == []


def test_an_outsider_presses(stack: Stack) -> None:
    """In a channel that is shared, both companies see the button."""
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "error", "status": 400})
    stack.workspace(channels={"C0SALES": {"members": ["U0ADA", "U0EVE", "U0LOOKERBOT"]}})
    stack.answer(say(stack, "@looker sales EMEA", channel="C0SALES"))
    stack.clear_faults()
    ack = press(stack, "C0SALES", posted(stack, "C0SALES")[-1]["ts"], "again", user="U0EVE")
    message = by_hook(stack, ack)
    assert message["text"] == "Sorry @eve, as a user from another workspace you're not able to use this command."
    assert message["response_type"] == "ephemeral" and calls(stack, ack, "") == []
    assert len(posted(stack, "C0SALES")) == 1


def test_a_press_waits_for_slack_to_say_who(stack: Stack) -> None:
    ts = failed(stack)
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'person:%'")
    stack.fault({"where": "slack", "match": "users.info", "do": "down", "times": 1})
    ack = press(stack, "C0GENERAL", ts, "again")
    assert stack.answer(ack)["text"].startswith("Sales")
    assert len(calls(stack, ack, "users.info", "slack")) == 2
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'person:%'")
    stack.fault({"where": "slack", "match": "users.info", "do": "ratelimit", "retry_after": 300})
    ack = press(stack, "C0GENERAL", ts, "again")
    assert "I could not do what that button says: Could not fetch" in by_hook(stack, ack)["text"]
