"""The buttons below an answer: which are there, "Refresh" in place or in private, "Picture" below the answer, once."""
from __future__ import annotations

import contextlib
import json
from typing import Any, Iterator

import pytest

from badday import by_hook, calls, database, kinds, log_end, logged, posted, taken, words
from stack import Stack
from test_asker import forget, regions
from test_commands import table
from test_files import buttons
from test_people import say
from test_pictures import image, renders
from test_press import OLD, own, press

POST, UPDATE, ASK = "chat.postMessage", "chat.update", "POST /render_tasks/"


def answered(stack: Stack, text: str = "sales EMEA", channel: str = "C0SALES", **more: Any) -> str:
    """The ts of an answer that all see there."""
    stack.answer(taken(stack.slash(text, channel=channel, **more)))
    return posted(stack, channel)[-1]["ts"]


def meaning(stack: Stack) -> dict[str, Any]:
    """What the newest button stands for."""
    with contextlib.closing(database(stack)) as db:
        rows = db.execute("SELECT value FROM states WHERE key LIKE 'key:%' ORDER BY expires_ms DESC LIMIT 1")
        return json.loads(rows.fetchone()[0])


def updated(stack: Stack, ack: dict[str, Any], timeout: float = 20) -> dict[str, Any]:
    return stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=timeout)[0]["body"]


def whispered(stack: Stack, ack: dict[str, Any]) -> dict[str, Any]:
    """What the presser alone got, through the press's own response_url."""
    body = by_hook(stack, ack, timeout=20)
    assert body["response_type"] == "ephemeral" and body["replace_original"] is False
    return body


# --- which

@pytest.mark.parametrize("text, offered", [
    ("revenue today", ["refresh"]),
    ("sales EMEA", ["picture", "refresh"]),
    ("show look 1", ["picture", "refresh"]),              # a chart of Slack's own
    ("show dashboard 62", ["refresh"]),                   # Looker's picture follows by itself
    ("big orders", ["csv", "picture", "refresh"]),
    ("help", []), ("find orders", []), ("how we count", []),
])
def test_which_are_offered(stack: Stack, text: str, offered: list[str]) -> None:
    ack = taken(stack.slash(text, channel="D0ADA"))
    message = stack.answer(ack, "hook" if text == "help" else "slack")
    assert [one for one in buttons(message) if one in ("csv", "picture", "refresh")] == offered
    rows = [block for block in message["blocks"] if block["type"] == "actions"]
    assert len(rows) <= 1 and all(len(row["elements"]) <= 25 for row in rows)
    elements = rows[0]["elements"] if rows else []
    assert len({one.get("value") for one in elements if one["type"] == "button"}) <= 1, "one key stands for all of them"
    assert all(len(one["text"]["text"]) <= 75 for one in elements if one["type"] == "button")


def test_no_picture_where_the_owner_wants_none(make_stack: Any) -> None:
    with make_stack(settings={"LOOKERBOT_CHARTS": "native"}).running() as native:
        assert "picture" not in buttons(native.answer(taken(native.slash("sales EMEA"))))


def test_previews_have_none(stack: Stack) -> None:
    assert stack.sandbox is not None
    ack = say(stack, f"see {stack.sandbox.settings['LOOKER_URL']}/looks/4", channel="C0SALES")
    body = stack.wait(kind="slack", name="chat.unfurl", ok=1, after=ack["n"])[0]["body"]
    assert "refresh" not in json.dumps(body["unfurls"])


# --- refresh

def test_the_askers_answer_is_replaced_in_place(stack: Stack) -> None:
    ts = answered(stack, "sales region=EMEA period=\"last 7 days\"")
    before = meaning(stack)["body"]
    ack = press(stack, "C0SALES", ts, "refresh")
    message = updated(stack, ack)
    assert message["ts"] == ts and kinds(message)[:1] == kinds(posted(stack, "C0SALES")[0])[:1]
    assert "<@U0ADA> refreshed `sales region=EMEA" in words(message)
    assert "Region: EMEA" in words(message) and "Period: last 7 days" in words(message)
    assert regions(message) == {"EMEA"} and len(posted(stack, "C0SALES")) == 1
    asked = calls(stack, ack, "POST /queries")[0]["body"]["filters"]
    assert (asked["users.region"], asked["orders.created_date"]) == ("EMEA", "last 7 days")
    assert stack.records(kind="hook", name=f"POST {ack['hook']}") == [], "nothing is said beside it"
    after = meaning(stack)["body"]
    assert (after["link"], after["typed"], after["asker"]) == (before["link"], before["typed"], "U0ADA")
    # The new one has buttons of its own: again.
    ack = press(stack, "C0SALES", ts, "refresh")
    assert updated(stack, ack)["ts"] == ts


def test_somebody_elses_answer_is_refreshed_in_private(stack: Stack) -> None:
    ts = answered(stack)
    ack = press(stack, "C0SALES", ts, "refresh", user="U0BENJI")
    message = whispered(stack, ack)
    assert "<@U0BENJI> refreshed `sales EMEA`" in words(message) and "data_table" in kinds(message)
    assert stack.records(kind="slack", name=UPDATE, after=ack["n"]) == []
    assert len(posted(stack, "C0SALES")) == 1 and "<@U0ADA> asked" in words(posted(stack, "C0SALES")[0])


def test_in_a_thread_it_stays_there(stack: Stack) -> None:
    first = say(stack, "look at this", channel="C0SALES")["ts"]
    stack.answer(say(stack, "@looker sales EMEA", channel="C0SALES", thread_ts=first))
    ts = posted(stack, "C0SALES")[-1]["ts"]
    assert updated(stack, press(stack, "C0SALES", ts, "refresh"))["ts"] == ts
    ack = press(stack, "C0SALES", ts, "refresh", user="U0BENJI")
    record = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])[0]["body"]
    assert (record["thread_ts"], record["user"]) == (first, "U0BENJI")


def test_what_only_the_asker_sees_is_replaced_too(stack: Stack) -> None:
    taken(stack.slash("sales EMEA", channel="C0PARTNERS"))
    stack.wait(kind="hook", ok=1, text="Share here")
    ts = own(stack, "C0PARTNERS")[-1]["ts"]
    ack = press(stack, "C0PARTNERS", ts, "refresh")
    message = by_hook(stack, ack)
    assert message["replace_original"] is True and "refreshed `sales EMEA`" in words(message)
    assert "Share here" in words(message), "it can still be shared"
    assert len(own(stack, "C0PARTNERS")) == 1 and posted(stack, "C0PARTNERS") == []


def test_where_the_bot_may_not_change_messages(stack: Stack) -> None:
    """It answered by response_url; so is the answer replaced, and does not stand there twice."""
    stack.workspace(without_scopes=["chat:write.public"])
    taken(stack.slash("sales EMEA", channel="C0RANDOM"))
    stack.wait(kind="hook", ok=1, text="Sales")
    ts = posted(stack, "C0RANDOM")[-1]["ts"]
    ack = press(stack, "C0RANDOM", ts, "refresh")
    message = by_hook(stack, ack, timeout=30)
    assert calls(stack, ack, "chat.delete", "slack") == calls(stack, ack, POST, "slack") == []
    assert message["replace_original"] is True and "refreshed" in words(message)
    assert len(posted(stack, "C0RANDOM")) == 1 and "refreshed" in words(posted(stack, "C0RANDOM")[0])


@pytest.mark.parametrize("action, call", [("refresh", UPDATE), ("picture", POST)])
def test_a_double_press_is_done_once(stack: Stack, action: str, call: str) -> None:
    renders(stack, looks=1)
    ts = answered(stack)
    since = log_end(stack)
    first = press(stack, "C0SALES", ts, action)
    second = press(stack, "C0SALES", ts, action)
    logged(stack, since, "event=job_done .*kind=press .*reason=\"pressed twice\"")
    logged(stack, since, "event=job_done .*kind=offer ")
    stack.wait(kind="slack", name=call, ok=1, after=first["n"])
    stack.settle()
    assert len(calls(stack, first, call, "slack")) == 1
    assert second["status"] == 200 and len(logged(stack, since, "event=job_done .*kind=offer ")) == 1


def test_a_refresh_that_fails_leaves_the_answer(stack: Stack) -> None:
    ts = answered(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "status", "status": 404})
    ack = press(stack, "C0SALES", ts, "refresh")
    assert "I cannot show that any more" in whispered(stack, ack)["text"]
    stack.clear_faults()
    assert kinds(posted(stack, "C0SALES")[-1])[0] == "section" and "data_table" in kinds(posted(stack, "C0SALES")[-1])


def test_old_keys_and_outsiders(stack: Stack) -> None:
    stack.workspace(channels={"C0SALES": {"members": ["U0ADA", "U0EVE", "U0LOOKERBOT"]}})
    ts = answered(stack)
    ack = press(stack, "C0SALES", ts, "refresh", user="U0EVE")
    assert "user from another workspace" in by_hook(stack, ack)["text"] and calls(stack, ack, "") == []
    with contextlib.closing(database(stack)) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'key:%'")
    for i, action in enumerate(("refresh", "picture", "csv")):
        ack = press(stack, "C0SALES", ts, "refresh", overrides={"fields": {"actions": [{
            "type": "button", "action_id": action, "value": "0" * 32, "action_ts": f"17.{i}"}]}})
        assert by_hook(stack, ack)["text"] == OLD and calls(stack, ack, "") == []


@pytest.fixture(scope="module")
def _own_rights() -> Iterator[Stack]:
    with Stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"}).running() as stack:
        yield stack


def test_with_the_pressers_own_rights(_own_rights: Stack) -> None:
    stack = _own_rights
    stack.reset()
    forget(stack)
    ts = answered(stack, "sales")
    message = whispered(stack, press(stack, "C0SALES", ts, "refresh", user="U0BENJI"))
    assert regions(message) == {"EMEA"} and "as Benji Sato" in words(message), "who may see less gets less"
    renders(stack, looks=1)
    ack = press(stack, "C0SALES", ts, "picture", user="U0BENJI")
    assert "as Benji Sato" in words(updated(stack, ack, 40))
    assert "POST /login/12" in [one["name"] for one in stack.records(kind="looker", name="POST /login/")]


# --- picture

def test_a_picture_below_the_answer(stack: Stack) -> None:
    renders(stack, looks=1)
    ts = answered(stack)
    ack = press(stack, "C0SALES", ts, "picture", user="U0BENJI")
    soon = stack.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]["body"]
    assert soon["thread_ts"] == ts and "Looker's picture (a table) is being drawn…" in words(soon)
    message = updated(stack, ack, 40)
    assert image(message)["alt_text"] == "Sales: a table"
    assert "Picture for <@U0BENJI> · Region: EMEA · Period: 30 days · as the bot" in words(message)
    assert len(table(posted(stack, "C0SALES")[0])) > 1, "the answer stays"
    (drawn,) = calls(stack, ack, ASK)
    assert drawn["name"].startswith("POST /render_tasks/queries/")


def test_a_picture_that_fails_is_told_there(stack: Stack) -> None:
    renders(stack, failure="no browser")
    ts = answered(stack, channel="D0ADA")
    ack = press(stack, "D0ADA", ts, "picture")
    message = updated(stack, ack, 40)
    assert "There is no picture of this: Looker could not draw it: no browser" in words(message)
    assert "thread_ts" not in stack.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]["body"]


def test_a_picture_where_others_read_along(stack: Stack) -> None:
    renders(stack, looks=1)
    taken(stack.slash("sales EMEA", channel="C0PARTNERS"))
    stack.wait(kind="hook", ok=1, text="Share here")
    ack = press(stack, "C0PARTNERS", own(stack, "C0PARTNERS")[-1]["ts"], "picture")
    stack.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=40)
    assert image(own(stack, "C0PARTNERS")[-1]) and posted(stack, "C0PARTNERS") == []
