"""Dashboards as Looker draws them: tiles with its pictures in the thread, or the whole as one picture; and what goes wrong
with that is told in words, while the answer with its link stays. PDF files are in test_dashboard_pdf.py."""
from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator

import pytest

from badday import calls, kinds, posted, taken, warm, words
from stack import Stack
from test_dashboards import parent_of, tiles_of, whole
from test_files import buttons
from test_pictures import ASK, POST, SOON, UPDATE, ended, image, kill_and_restart, picture_of, renders
from test_press import press

WALL = "show dashboard 65"      # a funnel, a merged result, a long table
TILES = ["Orders by state", "Orders and sign-ups", "Who bought"]
OVERVIEW = "shop overview"


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Stack]:
    with Stack(settings=dict(settings)).running() as stack:
        warm(stack)
        yield stack


@pytest.fixture(scope="module")
def _tiled() -> Iterator[Stack]:
    with running() as stack:
        yield stack


@pytest.fixture(scope="module")
def _imaged() -> Iterator[Stack]:
    with running(LOOKERBOT_DASHBOARDS="image") as stack:
        yield stack


def anew(stack: Stack) -> Stack:
    """For the next test, with a Looker that draws at the first look."""
    stack.reset()
    if stack.bot is None or stack.bot.popen.poll() is not None:
        stack.start_bot()
    renders(stack, looks=1)
    return stack


@pytest.fixture
def tiled(_tiled: Stack) -> Stack:
    return anew(_tiled)


@pytest.fixture
def imaged(_imaged: Stack) -> Stack:
    return anew(_imaged)


def changes(stack: Stack, ack: dict[str, Any], ts: str, count: int = 1, timeout: float = 30) -> list[dict[str, Any]]:
    """What took the place of that message, when there are so many."""
    records: list[dict[str, Any]] = []
    while len(found := [one["body"] for one in records if one["body"]["ts"] == ts]) < count:
        records = stack.wait(len(records) + 1, timeout, kind="slack", name=UPDATE, ok=1, after=ack["n"])
    return found


def are_tiles(messages: list[dict[str, Any]], names: list[str]) -> bool:
    return [next((name for name in TILES if f"{name}>" in words(one)), "") for one in messages] == names


def files_in(stack: Stack, channel: str) -> list[dict[str, Any]]:
    return [m for m in stack.conversation(channel) if m.get("files")]


# --- tiles

def test_tiles_get_their_pictures(tiled: Stack) -> None:
    ack = taken(tiled.slash(WALL + " 30 days"))
    parent = parent_of(tiled, ack, "C0GENERAL")
    tiles = tiles_of(tiled, ack, "C0GENERAL", parent["ts"], 3)
    assert are_tiles(tiles, TILES), "in layout order"
    assert f"{SOON}a funnel) is being drawn…" in words(tiles[0]) and "Looker shows this as" not in words(tiles[0])
    assert "a merged result: <" in words(tiles[1]) and f"{SOON}a merged result)" in words(tiles[1])
    assert SOON not in words(tiles[2]) and buttons(tiles[2])[0] == "csv" and "csv" not in buttons(tiles[1])
    told = [one["answer"]["ts"] for one in tiled.records(kind="slack", name=POST, ok=1, after=ack["n"])][1:]
    funnel, merged = (changes(tiled, ack, ts)[0] for ts in told[:2])
    assert kinds(funnel)[:2] == kinds(merged)[:2] == ["section", "image"]
    assert image(funnel)["alt_text"] == "Orders by state: a funnel"
    assert "As it is saved, without the dashboard's filters" in words(merged)
    assert picture_of(tiled, merged).startswith(b"\x89PNG")
    whole(tiled, ack, "All 3 tiles are in the thread.")
    drawn = [one["name"].split("/")[2] for one in calls(tiled, ack, ASK)]
    assert sorted(drawn) == ["dashboard_elements", "queries"]
    filters = [one["body"]["filters"] for one in calls(tiled, ack, "POST /queries")]
    assert filters[0]["orders.created_date"] == "30 days", "what is drawn has the filters that were set"
    assert [m["thread_ts"] for m in tiled.conversation() if m["ts"] in told] == [parent["ts"]] * 3


def test_all_rows_of_a_tile(tiled: Stack) -> None:
    ack = taken(tiled.slash(WALL))
    tiles_of(tiled, ack, "C0GENERAL", parent_of(tiled, ack, "C0GENERAL")["ts"], 3)
    parent, *_, ts = [one["answer"]["ts"] for one in tiled.records(kind="slack", name=POST, ok=1, after=ack["n"])]
    pressed = press(tiled, "C0GENERAL", ts, "csv")
    tiled.wait(kind="hook", name=f"POST {pressed['hook']}", ok=1, text="as a file in the thread", timeout=20)
    (message,) = files_in(tiled, "C0GENERAL")
    assert message["thread_ts"] == parent and message["files"][0]["name"] == "Who bought.csv"


def test_a_tile_that_cannot_be_drawn(tiled: Stack) -> None:
    renders(tiled, failure="no browser here")
    ack = taken(tiled.slash(WALL))
    parent = parent_of(tiled, ack, "C0GENERAL")
    tiles_of(tiled, ack, "C0GENERAL", parent["ts"], 3)
    told = [one["answer"]["ts"] for one in tiled.records(kind="slack", name=POST, ok=1, after=ack["n"])][1:]
    funnel, merged = (changes(tiled, ack, ts)[0] for ts in told[:2])
    for message in (funnel, merged):
        assert ":warning: There is no picture of this: Looker could not draw it: no browser here" in words(message)
    assert "data_table" in kinds(funnel) and "|open it in Looker>" in words(merged)
    whole(tiled, ack, "All 3 tiles are in the thread.")


def test_killed_when_a_tile_was_posted(tiled: Stack) -> None:
    ack = taken(tiled.slash(WALL))
    parent = parent_of(tiled, ack, "C0GENERAL")
    tiled.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 60, "times": 1, "after": True})
    tiled.wait(kind="slack", name=POST, done=0, after=ack["n"] + 1, text="a funnel")
    kill_and_restart(tiled)
    tiles = tiles_of(tiled, ack, "C0GENERAL", parent["ts"], 2, timeout=60)
    whole(tiled, ack, "All 3 tiles are in the thread.", timeout=60)
    told = [m for m in tiled.conversation() if m.get("thread_ts") == parent["ts"] and m["ts"] != parent["ts"]]
    assert are_tiles(told, TILES) and len(tiles) >= 2, "each once"
    for message in told[:2]:
        changes(tiled, ack, message["ts"])
    assert len(calls(tiled, ack, ASK)) == 2, "each is drawn once"


def test_native_is_without_pictures(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings={"LOOKERBOT_CHARTS": "native"}).running() as stack:
        ack = taken(stack.slash(WALL))
        tiles = tiles_of(stack, ack, "C0GENERAL", parent_of(stack, ack, "C0GENERAL")["ts"], 3)
        whole(stack, ack, "All 3 tiles are in the thread.")
        assert "Looker shows this as a funnel" in words(tiles[0]) and not any(SOON in words(one) for one in tiles)
        assert calls(stack, ack, ASK) == []


def test_a_link_is_answered_with_all_of_it(make_stack: Callable[..., Stack]) -> None:
    """With EXPAND_URLS: pictures and tiles, as if it had been typed."""
    with make_stack(settings={"LOOKER_SLACKBOT_EXPAND_URLS": "true"}).running() as stack:
        assert stack.sandbox is not None
        renders(stack, looks=1)
        web = stack.sandbox.settings["LOOKER_URL"]
        stack.message(f"see {web}/dashboards/62", channel="C0SUPPORT")
        (first,) = stack.wait(kind="slack", name=POST, ok=1, channel="C0SUPPORT", text="Pipeline")
        assert image(changes(stack, {"n": 0}, first["answer"]["ts"])[0])
        stack.message(f"see {web}/dashboards/65", channel="C0SALES")
        parent = parent_of(stack, {"n": 0}, "C0SALES")
        assert "3 tiles follow in the thread." in words(parent) and "posted a link" in words(parent)
        assert are_tiles(tiles_of(stack, {"n": 0}, "C0SALES", parent["ts"], 3), TILES)
        whole(stack, {"n": 0}, "All 3 tiles are in the thread.")


# --- the whole as one picture

def test_one_picture(imaged: Stack) -> None:
    renders(imaged, looks=3)
    ack = taken(imaged.slash(OVERVIEW + " period=60 days"))
    parent = parent_of(imaged, ack, "C0GENERAL")
    assert "/dashboards/30?Period=60%20days|Shop overview>*\nA dashboard of 6 tiles." in words(parent)
    assert f"{SOON}a dashboard of 6 tiles) is being drawn…" in words(parent) and "Period: 60 days" in words(parent)
    message = changes(imaged, ack, parent["ts"])[0]
    assert kinds(message)[:2] == ["section", "image"] and SOON not in words(message) and "Period: 60 days" in words(message)
    assert image(message)["alt_text"] == "Shop overview: a dashboard of 6 tiles"
    asked, = calls(imaged, ack, ASK)
    assert asked["name"] == "POST /render_tasks/dashboards/30/png" and asked["body"]["dashboard_filters"] == "Period=60%20days"
    assert int(asked["query"]["height"]) > 800, "as high as its tiles"
    assert picture_of(imaged, message).startswith(b"\x89PNG")
    assert "job_done" in ended(imaged, ack) and len(posted(imaged)) == 1
    assert calls(imaged, ack, "GET /queries/") == [], "Looker runs the tiles, not the bot"


@pytest.mark.parametrize("settings, reason", [
    ({"failure": "no browser"}, "Looker could not draw it: no browser"), ({"blank": "white"}, "it is blank"),
    ({"blank": "empty"}, "it is empty")])
def test_one_picture_that_fails(imaged: Stack, settings: dict[str, Any], reason: str) -> None:
    renders(imaged, **settings)
    ack = taken(imaged.slash(OVERVIEW))
    parent = parent_of(imaged, ack, "C0GENERAL")
    told = words(changes(imaged, ack, parent["ts"])[0])
    assert ":warning: There is no picture of this: " in told and reason in told
    assert "/dashboards/30?" not in told and "/dashboards/30|Shop overview>" in told, "the link stays"


def test_a_dashboard_of_one_tile_is_its_data(imaged: Stack) -> None:
    ack = taken(imaged.slash("sales EMEA"))
    assert "data_table" in kinds(imaged.answer(ack)) and calls(imaged, ack, ASK) == []
