"""Two Lookers: commands of both, the same title in both, and what a slow, dead or closed one may not do to the other."""
from __future__ import annotations

import json
import subprocess
import time
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest

from badday import age_catalogue, calls, database, never, taken
from stack import BUILD, Stack
from test_commands import ask, blocks, filters_asked, table, words
from test_show import footer, said

HUNG = 200
AWAY = {"do": "status", "status": 404, "body": {"message": "Not found"}}


def names(stack: Stack) -> tuple[str, str]:
    """How the bot calls the two."""
    assert stack.sandbox is not None
    first, second = json.loads(stack.sandbox.settings["LOOKERS"])
    return urlsplit(first["url"]).netloc, urlsplit(second["url"]).netloc


def wait_read(stack: Stack) -> None:
    """Until the commands of both are known."""
    stack.log_contains("event=job_done .*kind=catalogue", 2)


def age(stack: Stack) -> None:
    """The lists are older than a minute, and the bot, which looks twice a second, knows it."""
    age_catalogue(stack, 120)
    never(stack, 0.6, kind="slash", name="nothing")


@pytest.fixture(scope="module")
def _two() -> Iterator[Stack]:
    stack = Stack(second_looker=True)
    with stack.running():
        wait_read(stack)
        yield stack


@pytest.fixture
def two(_two: Stack) -> Stack:
    _two.reset()
    return _two


def test_commands_of_both(two: Stack) -> None:
    first, second = names(two)
    ack, message = ask(two, "stock category=Tea")
    assert calls(two, ack, "POST /queries", kind="looker2")[0]["body"]["filters"] == {"products.category": "Tea"}
    assert f"from {second}" in footer(message) and f"http://{second}/dashboards/701?" in words(message)
    assert calls(two, ack, "", kind="looker") == []
    ack, message = ask(two, "revenue today")
    assert f"from {first}" in footer(message)
    assert calls(two, ack, "", kind="looker2") == []


def test_the_same_title_is_the_firsts_and_both_are_named(two: Stack) -> None:
    first, second = names(two)
    ack, message = ask(two, "sales EMEA")
    assert table(message)[0][:2] == ["Region", "Country"] and calls(two, ack, "", kind="looker2") == []
    assert f"from {first} (the same title is on {second})" in footer(message)
    told = said(two, "help", f"|Sales>* _Region; Period_ – Sales by country ({first})",
                f"({second}; the same title on {first} comes first, this one is `show dashboard {second} 700`)")
    assert told.count("*Operations*") == 1, "one category for both"
    _, message = ask(two, f"show dashboard {second} 700")
    assert table(message)[0][:2] == ["Region", "Count"] and f"from {second}" in footer(message)


def test_help_of_a_command_names_its_looker(two: Stack) -> None:
    first, second = names(two)
    said(two, "help stock", f"|Stock>* ({second})", "*Category* – a text")
    said(two, "help sales", f"|Sales>* ({first})")


def test_find_picks_by_the_first_word(two: Stack) -> None:
    first, second = names(two)
    _, message = ask(two, f"find {second} pallets")
    assert f"http://{second}/looks/1|Pallets per day>" in words(message)
    _, message = ask(two, "find localhost stock")
    assert f"http://{second}/looks/300|Warehouse stock>" in words(message) and first not in words(message)
    _, message = ask(two, "find orders by status")
    assert f"http://{first}/looks/17|Orders by status>" in words(message)


def test_show_by_origin_and_by_name(two: Stack) -> None:
    first, second = names(two)
    for text, host, what in ((f"show http://{second}/looks/1", second, "Pallets per day"),
                             (f"show http://{first}/looks/4", first, "Revenue by country"),
                             (f"show {second} warehouse stock", second, "Warehouse stock"),
                             ("show localhost 300", second, "Warehouse stock")):
        _, message = ask(two, text)
        assert f"from {host}" in footer(message) and what in words(message)
    # The port is part of an origin, and a number names no Looker.
    said(two, f"show http://localhost:{urlsplit('//' + first).port}/looks/4", "not of a Looker that I know",
         f"`http://{first}`", f"`http://{second}`")


def test_a_command_that_was_unknown_when_it_came_runs_in_its_lookers_lane(make_stack: Any) -> None:
    """Nothing is known of the second at intake: the job waits for room in the second's lane, not in another's."""
    settings = {"LOOKERBOT_LOOKER_CONCURRENCY": "1"}
    with make_stack(settings=settings, second_looker=True).running() as stack:
        wait_read(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/", "do": "hang", "seconds": 120},
                    {"where": "looker2", "match": "GET /dashboards/700", "do": "delay", "seconds": 4, "times": 1})
        age(stack)
        taken(stack.slash("revenue today", channel="C0SALES"))  # fills the first's lane
        stack.wait(kind="looker", name="GET /dashboards/20", done=0)
        _, second = names(stack)
        began = taken(stack.slash(f"show dashboard {second} 700", channel="C0SUPPORT"))  # fills the second's
        stack.wait(kind="looker2", name="GET /dashboards/700", done=0, after=began["n"])
        hide(stack, "Stock")
        ack = taken(stack.slash("stock"))
        assert ack["body"] == "", "not known yet"
        stack.log_contains(f"event=job_waits .*reason=looker:{second}")
        answer = stack.answer(ack)
        slow = stack.records(kind="looker2", name="GET /dashboards/700")[0]
        ran = calls(stack, ack, "GET /dashboards/701", kind="looker2")[0]
        assert ran["time"] >= slow["time"] + slow["elapsed_ms"] / 1000 - 0.05, "one at a time"
        assert f"from {second}" in footer(answer)
        stack.kill_bot()


def hide(stack: Stack, title: str) -> None:
    """As if the command had not been there when its folder was read."""
    db = database(stack)
    try:
        db.execute("UPDATE states SET value = CAST(replace(CAST(value AS TEXT), ?, 'Another') AS BLOB)"
                   " WHERE key LIKE 'catalogue:%'", (title,))
    finally:
        db.close()
    # The bot looks at what is stored twice a second: until it has seen the change.
    deadline = time.monotonic() + 10
    while taken(stack.slash(f"{title} =", channel="D0ADA"))["body"]:
        assert time.monotonic() < deadline, "the change was not seen"


@pytest.mark.parametrize("concurrency", ["4", None])
def test_a_hung_looker_delays_no_other(make_stack: Any, concurrency: str | None) -> None:
    with make_stack(settings={"LOOKERBOT_LOOKER_CONCURRENCY": concurrency}, second_looker=True).running() as stack:
        wait_read(stack)
        taken(stack.slash("stock", channel="C0SALES"))
        stack.wait(kind="slack", name="chat.postMessage", channel="C0SALES", ok=1)
        stack.fault({"where": "looker", "do": "hang", "seconds": 600})
        acks = [taken(stack.slash("revenue today", user="U0BENJI", channel="C0SUPPORT")) for _ in range(HUNG)]
        stack.wait(int(concurrency or 100), kind="looker", name="GET /dashboards/20", done=0)
        assert max(one["elapsed_ms"] for one in acks) < 1000
        for text, kind in (("stock", "slack"), ("deliveries", "slack"), ("find localhost pallets", "slack"),
                           ("help", "hook"), ("show localhost 300", "slack")):
            began = time.monotonic()
            ack = taken(stack.slash(text, channel="D0ADA"))
            assert ack["elapsed_ms"] < 1000
            if kind == "hook":
                stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1)
            else:
                stack.wait(kind="slack", name="chat.postMessage", channel="D0ADA", ok=1, after=ack["n"])
            assert time.monotonic() - began < 5, f"{text} had to wait"
        stack.kill_bot()


def test_a_dead_looker_does_not_delay_a_guess(make_stack: Any) -> None:
    with make_stack(second_looker=True).running() as stack:
        wait_read(stack)
        age(stack)
        stack.fault({"where": "looker", "do": "hang", "seconds": 600})
        began = time.monotonic()
        told = said(stack, "stok", "I do not know `stok`", "Did you mean `stock`")
        assert "|Sales>" in told, "the old list still serves"
        assert time.monotonic() - began < 8
        asked = len(stack.records(kind="looker", name="GET /folders/40"))
        assert asked > 0, "it was tried"
        again = time.monotonic()
        said(stack, "deliveris", "Did you mean `deliveries`")
        assert time.monotonic() - again < 3, "it is left alone for a minute"
        assert len(stack.records(kind="looker", name="GET /folders/40")) <= asked + 1, "but for the job in its own lane"
        stack.kill_bot()


def test_a_folder_that_is_gone_is_told_and_the_others_work(make_stack: Any) -> None:
    with make_stack(second_looker=True).running() as stack:
        wait_read(stack)
        first, _ = names(stack)
        stack.fault({"where": "looker", "match": "GET /folders/40", **AWAY},
                    {"where": "looker2", "match": "GET /folders/71/dashboards", **AWAY})
        age(stack)
        said(stack, "help", ":warning: Some commands may be missing here", f"folder 40: Looker at {first}: not found",
             "the command folder “Operations”", "`lookerbot check`", "|Stock>")
        assert table(ask(stack, "stock")[1])
        checked = check(stack)
        assert checked.returncode == 1
        assert f"fault    Looker {first}: command folder 40" in checked.stdout, checked.stdout
        assert "the command folder “Operations”" in checked.stdout
        stack.clear_faults()
        forget_failures(stack)
        age(stack)
        assert ":warning:" not in said(stack, "help", "|Deliveries>")


def forget_failures(stack: Stack) -> None:
    """As if a minute had passed since."""
    db = database(stack)
    try:
        db.execute("DELETE FROM states WHERE key LIKE 'catalogue-failed:%'")
    finally:
        db.close()


def check(stack: Stack) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([BUILD / "cli" / "lookerbot", "check"], env=stack.environment(), cwd=stack.folder, text=True,
                          capture_output=True, timeout=60)


def test_check_warns_of_shadowed_titles(two: Stack) -> None:
    first, second = names(two)
    two.fault({"where": "looker2", "match": "GET /folders/71/dashboards", "do": "status", "status": 200, "body": [
        {"id": "702", "title": "Deliveries"}, {"id": "703", "title": "deliveries"}, {"id": "704", "title": "Find parcels"},
        {"id": "705", "title": "Help"}, {"id": "706", "title": "Show"}, {"id": "707", "title": "Show more"}]})
    checked = check(two)
    out = checked.stdout
    assert checked.returncode == 0, out
    assert "0 faults, 5 warnings" in out
    for title, number, problem in (
            ("Sales", 700, f"Another Looker has a command of the same title, and only that one answers. It is dashboard 21"
                           f" on {first}."),
            ("deliveries", 703, "Another dashboard has the same title, and only that one answers."),
            ("Find parcels", 704, 'Nobody can reach it: what begins with "find" is the built-in search.'),
            ("Help", 705, 'It hides the built-in command "help".'), ("Show", 706, 'It hides the built-in command "show".')):
        assert f'warning  Looker {second}: command "{title}" (dashboard {number})\n         {problem}' in out, out


def test_renamed_and_deleted_dashboards_disappear(make_stack: Any) -> None:
    with make_stack(second_looker=True).running() as stack:
        wait_read(stack)
        renamed = {"id": "701", "title": "Inventory", "dashboard_filters": []}
        stack.fault({"where": "looker2", "match": "GET /folders/70/dashboards", "do": "status", "status": 200,
                     "body": [renamed]})
        age(stack)
        told = said(stack, "help", "|Inventory>")
        assert "|Stock>" not in told and "/dashboards/700|" not in told
        assert words(ask(stack, "inventory")[1]).count("Stock"), "the dashboard still says so"
        said(stack, "stock", "I do not know `stock`")
        _, message = ask(stack, "sales")
        assert "the same title is on" not in footer(message)
        assert blocks(message, "data_table") and filters_asked(stack, {"n": 0})
