"""Dashboards of several tiles: a parent message, and the tiles in its thread, one a second, whatever happens."""
from __future__ import annotations

from typing import Any, Callable

import pytest

from badday import calls, logged, log_end, never, quiet_channel, taken, warm, words
from stack import Stack
from test_commands import blocks

TILES = ["Orders", "Revenue", "Revenue by month", "Best countries", "Product prices by category", "Note"]


def parent_of(stack: Stack, ack: dict[str, Any], channel: str) -> dict[str, Any]:
    """What was posted first, as Slack has it."""
    record = stack.wait(kind="slack", name="chat.postMessage", channel=channel, ok=1, after=ack["n"])[0]
    return record["body"] | {"ts": record["answer"]["ts"]}


def tiles_of(stack: Stack, ack: dict[str, Any], channel: str, thread: str, count: int = 6,
             timeout: float = 30) -> list[dict[str, Any]]:
    """The tiles' messages, when there are so many."""
    def found(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in records if one["body"].get("thread_ts") == thread]
    records: list[dict[str, Any]] = []
    while len(found(records)) < count:
        records = stack.wait(len(records) + 1, timeout, kind="slack", name="chat.postMessage", channel=channel, ok=1,
                             after=ack["n"])
    return [one["body"] for one in found(records)]


def whole(stack: Stack, ack: dict[str, Any], text: str = "All 6 tiles are in the thread.", timeout: float = 30) -> None:
    """The parent says so."""
    stack.wait(kind="slack", name="chat.update", text=text, ok=1, after=ack["n"], timeout=timeout)


def ran(stack: Stack, ack: dict[str, Any]) -> tuple[int, int]:
    """How often Looker gave the dashboard, and ran a query."""
    dashboards = stack.records(kind="looker", name="GET /dashboards/30", after=ack["n"], ok=1)
    return len(dashboards), len(stack.records(kind="looker", name="GET /queries/", after=ack["n"], ok=1))


def titles(messages: list[dict[str, Any]]) -> list[str]:
    """Which tiles these are, in their order; text is called by its title too."""
    return [next((title for title in sorted(TILES, key=len, reverse=True)
                  if message["text"].strip("*").startswith((title, f":warning: *{title}"))), message["text"])
            for message in messages]


# --- what a person gets

@pytest.mark.parametrize("text", ["shop overview period=60 days", "show dashboard 30 60 days",
                                  "show shop overview period=60 days"])
def test_a_dashboard_of_six_tiles(stack: Stack, text: str) -> None:
    channel = quiet_channel()
    ack = taken(stack.slash(text, channel=channel))
    parent = parent_of(stack, ack, channel)
    assert "thread_ts" not in parent
    told = words(parent)
    assert "/dashboards/30?Period=60%20days|Shop overview>*\n6 tiles follow in the thread." in told
    assert "Period: 60 days" in words(blocks(parent, "context")[-1]) and "<@U0ADA> asked" in told
    tiles = tiles_of(stack, ack, channel, parent["ts"])
    assert titles(tiles) == TILES, "in layout order"
    whole(stack, ack)
    assert "$" in tiles[1]["text"] and not blocks(tiles[1], "data_table")
    assert blocks(tiles[3], "data_table") and "60 days" not in words(tiles[3])
    assert words(tiles[5]).strip().endswith("*Note*\nAll amounts are in *US dollars*.")
    asked = [one["body"].get("filters") or {} for one in calls(stack, ack, "POST /queries")]
    assert [one.get("orders.created_date") for one in asked] == ["60 days", "60 days", None, "60 days", None]
    assert ran(stack, ack) == (1, 5), "the dashboard is read once, and each tile is asked for once"
    posts = [one for one in stack.records(kind="slack", name="chat.postMessage", after=ack["n"], ok=1)]
    assert all(b["time"] - a["time"] > 0.9 for a, b in zip(posts, posts[1:])), "one a second"
    assert stack.records(kind="slack", ok=0, after=ack["n"]) == []
    shown = [m for m in stack.conversation(channel) if m["ts"] == parent["ts"]]
    assert "All 6 tiles are in the thread." in words(shown) and "Period: 60 days" in words(shown), "the footer stays"


def test_how_far_it_is(stack: Stack) -> None:
    channel = warm(stack)
    ack = taken(stack.slash("shop overview", channel=channel))
    whole(stack, ack)
    said = [words(one["body"]["blocks"][0]).split("\n")[-1]
            for one in stack.records(kind="slack", name="chat.update", after=ack["n"], ok=1)]
    assert said[-1] == "All 6 tiles are in the thread." and 2 <= len(said) <= 3
    assert all(one in ("2 of 6 tiles", "3 of 6 tiles", "4 of 6 tiles", "5 of 6 tiles") for one in said[:-1])


def test_no_thread_in_a_thread(stack: Stack) -> None:
    start = stack.message("What about this?", channel="C0SALES")
    stack.message("@looker shop overview", channel="C0SALES", thread_ts=start["ts"])
    whole(stack, {"n": 0}, "All 6 tiles are here.")
    posts = stack.records(kind="slack", name="chat.postMessage", channel="C0SALES", ok=1)
    assert [one["body"].get("thread_ts") for one in posts] == [start["ts"]] * 7
    assert "6 tiles follow." in words(posts[0]["body"]) and titles([one["body"] for one in posts[1:]]) == TILES


def test_two_at_once_take_turns(stack: Stack) -> None:
    channel = warm(stack)
    acks = [taken(stack.slash("shop overview", channel=channel, user=user)) for user in ("U0ADA", "U0BENJI")]
    single = taken(stack.slash("revenue today", channel=channel, user="U0CHIARA"))
    stack.wait(2, kind="slack", name="chat.update", text="All 6 tiles", ok=1, after=acks[0]["n"], timeout=40)
    posts = [one["body"] for one in stack.records(kind="slack", name="chat.postMessage", channel=channel, ok=1,
                                                  after=acks[0]["n"])]
    threads = [one.get("thread_ts") for one in posts]
    order = [one for one in threads if one]
    turns = sum(1 for a, b in zip(order, order[1:]) if a != b)
    assert len(order) == 12 and len(set(order)) == 2 and turns >= 6, order
    hooks = stack.records(kind="hook", name=f"POST {single['hook']}", ok=1)
    at = [i for i, one in enumerate(posts) if one["text"].startswith("Revenue today")]
    assert hooks or at[0] <= 4, "a command does not wait for the tiles of others"


def test_each_tile_with_the_askers_rights(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"}).running() as stack:
        ack = taken(stack.slash("shop overview", user="U0BENJI"))
        parent = parent_of(stack, ack, "C0GENERAL")
        tiles = tiles_of(stack, ack, "C0GENERAL", parent["ts"])
        assert "as the bot" not in words(parent) and titles(tiles) == TILES
        whole(stack, ack)
        own = [one["headers"]["authorization"] for one in calls(stack, ack, "POST /queries")]
        lists = [one["headers"]["authorization"] for one in stack.records(kind="looker", name="GET /folders")]
        assert len(own) == 5 and not set(own) & set(lists), "none with the bot's own token"


def test_the_loading_text_becomes_the_parent(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings={"LOOKER_SLACKBOT_LOADING_MESSAGES": None}).running() as stack:
        channel = warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/30", "do": "delay", "seconds": 1.6, "times": 1})
        ack = taken(stack.slash("shop overview", channel=channel))
        parent = parent_of(stack, ack, channel)
        assert parent["text"].startswith(":hourglass")
        assert titles(tiles_of(stack, ack, channel, parent["ts"])) == TILES
        whole(stack, ack)
        told = words([m for m in stack.conversation(channel) if m["ts"] == parent["ts"]])
        assert "All 6 tiles are in the thread." in told and ":hourglass" not in told


# --- where no thread can follow

def test_where_the_bot_may_not_post(stack: Stack) -> None:
    stack.workspace(without_scopes=["chat:write.public"])
    ack = taken(stack.slash("shop overview", channel="C0RANDOM"))
    message = stack.answer(ack, "hook")
    told = words(message)
    assert message["response_type"] == "in_channel" and "|Shop overview>*\n• Orders: " in told
    lines = [line for line in words(blocks(message, "section")).split("\n") if line.startswith("• ")]
    assert len(lines) == 6 and lines[1].startswith("• Revenue: $") and lines[2] == "• Revenue by month" and "Period: 30 days" in told
    assert "I may not post in this channel" in told
    assert ran(stack, ack) == (1, 2), "only the values"
    assert len(stack.records(kind="hook", after=ack["n"])) == 1


@pytest.mark.parametrize("channel", ["C0PARTNERS", "C0BOARD"])
def test_where_only_the_asker_may_see_it(stack: Stack, channel: str) -> None:
    ack = taken(stack.slash("shop overview", channel=channel))
    message = stack.answer(ack, "hook")
    told = words(message)
    assert message["response_type"] == "ephemeral" and "where only the asker sees the answer" in told and "• Revenue: $" in told
    assert [b["text"]["text"] for b in blocks(message, "actions")[0]["elements"]] == ["Share here"]
    assert stack.records(kind="slack", name="chat.postMessage", after=ack["n"]) == []


def test_a_value_that_cannot_be_had(stack: Stack) -> None:
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "down", "times": 1})
    ack = taken(stack.slash("shop overview", channel="C0PARTNERS"))
    assert "• Revenue: $" in words(stack.answer(ack, "hook")) and ran(stack, ack)[1] == 2, "tried again"
    stack.fault({"where": "looker", "match": "POST /queries", "do": "status", "status": 422, "times": 1,
                 "body": {"message": "Validation Failed"}})
    ack = taken(stack.slash("shop overview", channel="C0PARTNERS"))
    assert "• :warning: *Orders* could not be shown: " in words(stack.answer(ack, "hook"))


# --- bad days

def test_a_tile_that_fails(stack: Stack) -> None:
    channel = warm(stack)
    stack.fault({"where": "looker", "match": "POST /queries", "do": "status", "status": 422, "times": 1,
                 "body": {"message": "Validation Failed"}})
    ack = taken(stack.slash("shop overview", channel=channel))
    whole(stack, ack, "5 of 6 tiles are in the thread. *Orders* could not be shown.")
    parent = parent_of(stack, ack, channel)
    tiles = tiles_of(stack, ack, channel, parent["ts"])
    assert titles(tiles) == TILES
    assert tiles[0]["text"].startswith(":warning: *Orders* could not be shown: ") and "{" not in tiles[0]["text"]


def test_looker_goes_and_comes_back(stack: Stack) -> None:
    channel = warm(stack)
    ack = taken(stack.slash("shop overview", channel=channel))
    parent = parent_of(stack, ack, channel)
    tiles_of(stack, ack, channel, parent["ts"], 1)
    stack.fault({"where": "looker", "match": "", "do": "down", "times": 2})
    whole(stack, ack)
    assert titles(tiles_of(stack, ack, channel, parent["ts"])) == TILES
    assert ran(stack, ack) == (1, 5)


def test_looker_stays_away(stack: Stack) -> None:
    """Each tile is told as failed; only the first is tried again and again."""
    channel = warm(stack)
    ack = taken(stack.slash("shop overview", channel=channel))
    parent = parent_of(stack, ack, channel)
    tiles_of(stack, ack, channel, parent["ts"], 1)
    stack.fault({"where": "looker", "match": "", "do": "status", "status": 503, "body": "away"})
    whole(stack, ack, "tiles are in the thread. *", timeout=60)
    stack.clear_faults()
    tiles = tiles_of(stack, ack, channel, parent["ts"])
    assert titles(tiles) == TILES and tiles[5]["text"].startswith("*Note*")
    assert sum(one["text"].startswith(":warning:") for one in tiles) in (3, 4)


def test_slack_asks_to_slow_down(stack: Stack) -> None:
    channel = warm(stack)
    ack = taken(stack.slash("shop overview", channel=channel))
    parent = parent_of(stack, ack, channel)
    tiles_of(stack, ack, channel, parent["ts"], 1)
    stack.fault({"where": "slack", "match": "chat.postMessage", "do": "ratelimit", "retry_after": 2, "times": 2})
    whole(stack, ack)
    assert titles(tiles_of(stack, ack, channel, parent["ts"])) == TILES
    assert ran(stack, ack)[1] == 5, "Looker is not asked again"


def test_an_answer_of_slack_that_is_lost(stack: Stack) -> None:
    channel = warm(stack)
    ack = taken(stack.slash("shop overview", channel=channel))
    parent = parent_of(stack, ack, channel)
    stack.fault({"where": "slack", "match": "chat.postMessage", "do": "down", "after": True, "times": 1})
    whole(stack, ack)
    shown = [m for m in stack.conversation(channel) if m.get("thread_ts") == parent["ts"] and m["ts"] != parent["ts"]]
    assert titles(shown) == TILES, "none twice"


@pytest.mark.parametrize("moment", ["asking", "posting", "between"])
def test_killed_in_the_middle(make_stack: Callable[..., Stack], moment: str) -> None:
    with make_stack().running() as stack:
        channel = warm(stack)
        ack = taken(stack.slash("shop overview", channel=channel))
        parent = parent_of(stack, ack, channel)
        tiles_of(stack, ack, channel, parent["ts"], 2)
        last = stack.records()[-1]["n"]
        if moment == "asking":
            stack.fault({"where": "looker", "match": "GET /queries/", "do": "delay", "seconds": 3, "times": 1})
            stack.wait(kind="looker", name="GET /queries/", done=0, after=last)
        elif moment == "posting":
            stack.fault({"where": "slack", "match": "chat.postMessage", "do": "hang", "seconds": 3, "after": True,
                         "times": 1})
            stack.wait(kind="slack", name="chat.postMessage", done=0, after=last)
        stack.kill_bot()
        stack.clear_faults()
        stack.restart_bot()
        whole(stack, ack, timeout=60)
        shown = [m for m in stack.conversation(channel)
                 if m.get("thread_ts") == parent["ts"] and m["ts"] != parent["ts"]]
        assert titles(shown) == TILES, "each once, in order"
        assert ran(stack, ack)[1] <= 6, "at most one once more"


def test_killed_between_the_parent_and_its_tiles(make_stack: Callable[..., Stack]) -> None:
    with make_stack().running() as stack:
        channel = warm(stack)
        stack.fault({"where": "slack", "match": "chat.postMessage", "do": "hang", "seconds": 3, "after": True,
                     "times": 1})
        ack = taken(stack.slash("shop overview", channel=channel))
        stack.wait(kind="slack", name="chat.postMessage", done=0, after=ack["n"])
        stack.kill_bot()
        stack.restart_bot()
        whole(stack, ack, timeout=60)
        said = [m for m in stack.conversation(channel) if m.get("_via") == "chat.postMessage" and "Revenue today" not in
                m["text"]]
        assert len(said) == 7 and titles(said[1:]) == TILES


def test_one_worker(make_stack: Callable[..., Stack]) -> None:
    """It is never kept by a dashboard: somebody else's command is answered in between."""
    with make_stack(settings={"LOOKERBOT_WORKERS": "1"}).running() as stack:
        channel = warm(stack, "C0SALES")
        ack = taken(stack.slash("shop overview", channel=channel))
        tiles_of(stack, ack, channel, parent_of(stack, ack, channel)["ts"], 1)
        other = taken(stack.slash("revenue today", channel="C0SUPPORT"))
        stack.wait(kind="slack", name="chat.postMessage", channel="C0SUPPORT", ok=1, after=other["n"])
        assert stack.records(kind="slack", name="chat.update", text="All 6 tiles", after=ack["n"]) == []
        whole(stack, ack)


def test_a_parent_that_somebody_deletes(stack: Stack) -> None:
    channel = warm(stack)
    since = log_end(stack)
    stack.fault({"where": "slack", "match": "chat.update", "do": "error", "code": "message_not_found"})
    ack = taken(stack.slash("shop overview", channel=channel))
    logged(stack, since, "event=job_done .*kind=tiles.*deleted the parent")
    assert len(tiles_of(stack, ack, channel, parent_of(stack, ack, channel)["ts"], 2)) < 6
    never(stack, 1.5, kind="slack", name="chat.postMessage", text="Note", after=ack["n"])


# --- what else stays as it was

def test_a_link_gets_one_line(stack: Stack) -> None:
    assert stack.sandbox is not None
    stack.message(f"See {stack.sandbox.settings['LOOKER_URL']}/dashboards/30", channel="C0SALES")
    unfurl = stack.wait(kind="slack", name="chat.unfurl", ok=1)[0]["body"]
    assert "a dashboard of 5 tiles" in str(unfurl), "for all of it see test_dashboard_pictures.py"


def test_a_link_in_a_direct_message_is_a_command(stack: Stack) -> None:
    assert stack.sandbox is not None
    stack.message(f"{stack.sandbox.settings['LOOKER_URL']}/dashboards/30?Period=7+days", channel="D0ADA")
    parent = parent_of(stack, {"n": 0}, "D0ADA")
    assert "6 tiles follow in the thread." in words(parent) and "Period: 7 days" in words(parent)
    whole(stack, {"n": 0})
