"""Looker's own pictures: the text of the answer is there at once, then the picture takes its place; and what goes wrong
with the picture is said in the answer, which stays."""
from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator

import pytest

from badday import by_hook, calls, database, kinds, posted, taken, warm, words
from stack import Stack, http_request

POST, UPDATE = "chat.postMessage", "chat.update"
ASK, LOOK = "POST /render_tasks/", "GET /render_tasks/"
BEGIN, UPLOAD, COMPLETE, INFO = "files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info"
SOON = ":art: Looker's picture ("
FUNNEL, STACKED = "show dashboard 62", "show dashboard 63"


def renders(stack: Stack, **settings: Any) -> None:
    """How Looker draws: see tests/sandbox/looker_render.py."""
    assert stack.sandbox is not None
    stack.sandbox.call("POST", "/sandbox/renders", settings)


@pytest.fixture(scope="module")
def _drawn() -> Iterator[Stack]:
    with Stack().running() as stack:
        warm(stack)
        yield stack


@pytest.fixture
def drawn(_drawn: Stack) -> Stack:
    """A running bot of these tests' own, and a Looker that draws at the first look."""
    _drawn.reset()
    if _drawn.bot is None or _drawn.bot.popen.poll() is not None:
        _drawn.start_bot()
    renders(_drawn, looks=1)
    return _drawn


def first(stack: Stack, ack: dict[str, Any]) -> dict[str, Any]:
    """The text answer as it was posted."""
    body = stack.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]["body"]
    assert SOON in words(body), body
    return body


def changed(stack: Stack, ack: dict[str, Any], timeout: float = 30) -> dict[str, Any]:
    """What took its place."""
    return stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=timeout)[0]["body"]


def image(message: dict[str, Any]) -> dict[str, Any]:
    return next(block for block in message["blocks"] if block["type"] == "image")


def ended(stack: Stack, ack: dict[str, Any], timeout: float = 40) -> str:
    """The log's line about the end of the picture's job."""
    job = database_job(stack)
    assert stack.bot is not None
    return stack.bot.wait_log(f"event=job_(done|dead) .*job={job} ", 1, timeout)[0]


def age_picture(stack: Stack, seconds: int) -> None:
    """As if its job had been put that much earlier."""
    with contextlib.closing(database(stack)) as db:
        db.execute("UPDATE jobs SET created_ms = created_ms - ? WHERE kind = 'picture'", (seconds * 1000,))


def database_job(stack: Stack) -> int:
    with contextlib.closing(database(stack)) as db:
        return int(db.execute("SELECT max(id) FROM jobs WHERE kind = 'picture'").fetchone()[0])


def looks(stack: Stack, ack: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in calls(stack, ack, LOOK) if not one["name"].endswith("/results")]


def picture_of(stack: Stack, message: dict[str, Any]) -> bytes:
    assert stack.sandbox is not None
    answer = http_request(f"{stack.sandbox.url}/sandbox/picture/{image(message)['slack_file']['id']}")
    assert answer.status == 200 and answer.headers["content-type"] == "image/png"
    return answer.body


@pytest.mark.parametrize("command, title, what", [
    (FUNNEL, "Pipeline", "a funnel"), (STACKED, "Regional mix", "a column chart"),
])
def test_text_then_picture(drawn: Stack, command: str, title: str, what: str) -> None:
    renders(drawn, looks=3)
    ack = taken(drawn.slash(command))
    text = first(drawn, ack)
    assert "data_table" in kinds(text) and f"{SOON}{what}) is being drawn…" in words(text)
    message = changed(drawn, ack)
    assert kinds(message)[:2] == ["section", "image"] and SOON not in words(message)
    assert title in message["blocks"][0]["text"]["text"] and image(message)["alt_text"] == f"{title}: {what}"
    assert f"`{command}`" in words(message), "the footer is kept"
    assert picture_of(drawn, message).startswith(b"\x89PNG")
    (shown,) = posted(drawn)
    assert image(shown) and shown["metadata"]["event_payload"]["delivery_id"]
    assert "job_done" in ended(drawn, ack)
    assert len(calls(drawn, ack, ASK)) == 1 and len(looks(drawn, ack)) == 3, "each look is metered"
    assert len(calls(drawn, ack, UPLOAD, "slack")) == 1


def test_a_merged_tile_is_drawn_as_it_stands(drawn: Stack) -> None:
    ack = taken(drawn.slash("orders against sign-ups"))
    assert "a merged result" in words(first(drawn, ack))
    assert image(changed(drawn, ack))["alt_text"] == "Orders against sign-ups: a merged result"
    assert calls(drawn, ack, ASK)[0]["name"].startswith("POST /render_tasks/dashboard_elements/")


def test_filters_reach_the_picture(drawn: Stack) -> None:
    ack = taken(drawn.slash(FUNNEL + " 7 days"))
    changed(drawn, ack)
    created = calls(drawn, ack, "POST /queries")[0]
    assert created["body"]["filters"]["orders.created_date"] == "7 days"
    assert calls(drawn, ack, ASK)[0]["name"] == f"POST /render_tasks/queries/{created['answer']['id']}/png"


# --- what goes wrong is said, and the data stays

@pytest.mark.parametrize("settings, reason", [
    ({"failure": "no <browser> here"}, "Looker could not draw it: no &lt;browser&gt; here"),
    ({"blank": "empty"}, "it is empty; is rendering switched on there?"),
    ({"blank": "text"}, "it is no picture"),
    ({"blank": "white"}, "it is blank"),
])
def test_looker_draws_nothing(drawn: Stack, settings: dict[str, Any], reason: str) -> None:
    renders(drawn, **settings)
    ack = taken(drawn.slash(FUNNEL))
    first(drawn, ack)
    message = changed(drawn, ack)
    assert "data_table" in kinds(message) and "image" not in kinds(message) and SOON not in words(message)
    assert ":warning: There is no picture of this: " in words(message) and reason in words(message)
    assert "job_done" in ended(drawn, ack) and len(posted(drawn)) == 1
    assert calls(drawn, ack, BEGIN, "slack") == []


def test_it_is_ready_later_than_said(drawn: Stack) -> None:
    renders(drawn, not_ready=2)
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    assert [one["status"] for one in calls(drawn, ack, LOOK) if one["name"].endswith("/results")] == [202, 202, 200]


def test_looker_has_lost_it(drawn: Stack) -> None:
    renders(drawn, gone=True)
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    assert len(calls(drawn, ack, ASK)) == 2, "asked once more, and not again and again"


def test_looker_is_away_for_a_moment(drawn: Stack) -> None:
    drawn.fault({"where": "looker", "match": LOOK, "do": "html", "times": 2})
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    assert len(calls(drawn, ack, ASK)) == 1


def test_without_the_scope_the_text_stays(drawn: Stack) -> None:
    drawn.workspace(without_scopes=["files:write"])
    ack = taken(drawn.slash(FUNNEL))
    message = changed(drawn, ack)
    assert "data_table" in kinds(message) and "files:write" in words(message) and "owner" in words(message)
    assert len(posted(drawn)) == 1


def test_the_completion_is_looked_up_before_it_is_repeated(drawn: Stack) -> None:
    drawn.fault({"where": "slack", "match": COMPLETE, "do": "down", "times": 1, "after": True})
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    assert len(calls(drawn, ack, COMPLETE, "slack")) == 1 and len(calls(drawn, ack, UPLOAD, "slack")) == 1


def test_an_upload_that_did_not_arrive_is_done_again(drawn: Stack) -> None:
    drawn.fault({"where": "slack", "match": UPLOAD, "do": "down", "times": 1})
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    assert len(calls(drawn, ack, BEGIN, "slack")) == 2 and len(calls(drawn, ack, ASK)) == 1


def test_slack_has_not_looked_at_the_file_yet(drawn: Stack) -> None:
    """Who may not ask how far Slack is tries; refused blocks are no reason for a simpler message."""
    drawn.workspace(without_scopes=["files:read"])
    ack = taken(drawn.slash(FUNNEL))
    image(changed(drawn, ack))
    refused = [one for one in calls(drawn, ack, UPDATE, "slack") if not one["ok"]]
    assert [one["answer"]["error"] for one in refused] == ["invalid_blocks"] * 2


def test_a_workspace_that_shows_no_such_pictures_gets_a_file(drawn: Stack) -> None:
    drawn.workspace(refused_blocks=["image"])
    ack = taken(drawn.slash(FUNNEL))
    message = changed(drawn, ack)
    assert "Looker's picture is in the thread." in words(message) and "data_table" in kinds(message)
    (parent,) = posted(drawn)
    (shared,) = [m for m in drawn.conversation() if m.get("files")]
    assert shared["thread_ts"] == parent["ts"] and shared["files"][0]["mimetype"] == "image/png"


def test_looker_needs_too_long(drawn: Stack) -> None:
    renders(drawn, looks=50)
    ack = taken(drawn.slash(FUNNEL))
    drawn.wait(kind="looker", name=LOOK, ok=1, after=ack["n"])
    age_picture(drawn, 240)
    message = changed(drawn, ack)
    assert "Looker has not drawn it within 4 minutes" in words(message) and "data_table" in kinds(message)
    assert len(looks(drawn, ack)) < 8


# --- where the text went another way

def test_by_response_url(drawn: Stack) -> None:
    drawn.workspace(without_scopes=["chat:write.public"])
    ack = taken(drawn.slash(FUNNEL, channel="C0RANDOM"))
    text = by_hook(drawn, ack)
    assert SOON in words(text) and text["response_type"] == "in_channel"
    record = drawn.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=30)[1]
    assert image(record["body"]) and record["body"]["response_type"] == "in_channel"


def test_a_failure_by_response_url_is_one_line(drawn: Stack) -> None:
    """The data stands above it already."""
    drawn.workspace(without_scopes=["chat:write.public"])
    renders(drawn, failure="no browser")
    ack = taken(drawn.slash(FUNNEL, channel="C0RANDOM"))
    record = drawn.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=30)[1]
    assert kinds(record["body"]) == ["section", "context"] and "no browser" in words(record["body"])


def test_where_others_read_along(drawn: Stack) -> None:
    ack = taken(drawn.slash(FUNNEL, channel="C0PARTNERS"))
    text = by_hook(drawn, ack)
    assert text["response_type"] == "ephemeral" and "Share here" not in words(text)
    record = drawn.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=30)[1]
    assert record["body"]["response_type"] == "ephemeral" and image(record["body"])
    share = [b for b in record["body"]["blocks"] if b["type"] == "actions"][-1]["elements"][-1]
    assert share["text"]["text"] == "Share here"


# --- processes and workers

def kill_and_restart(stack: Stack) -> None:
    stack.kill_bot()
    stack.clear_faults()
    stack.restart_bot()


def test_killed_while_looker_draws(drawn: Stack) -> None:
    renders(drawn, looks=3)
    ack = taken(drawn.slash(FUNNEL))
    drawn.wait(kind="looker", name=LOOK, ok=1, after=ack["n"])
    kill_and_restart(drawn)
    image(changed(drawn, ack))
    assert len(posted(drawn)) == 1 and len(calls(drawn, ack, ASK)) == 1, "the task was kept"


@pytest.mark.parametrize("call", [UPLOAD, COMPLETE, INFO, UPDATE])
@pytest.mark.parametrize("after", [False, True])
def test_killed_while_slack_is_asked(drawn: Stack, call: str, after: bool) -> None:
    drawn.fault({"where": "slack", "match": call, "do": "hang", "seconds": 60, "times": 1, "after": after})
    ack = taken(drawn.slash(FUNNEL))
    drawn.wait(kind="slack", name=call, done=0, after=ack["n"], timeout=30)
    kill_and_restart(drawn)
    image(changed(drawn, ack))
    assert "job_done" in ended(drawn, ack)
    assert len(posted(drawn)) == 1 and len([m for m in drawn.conversation() if m.get("files")]) == 0
    assert len(calls(drawn, ack, POST, "slack")) == 1


def test_killed_when_the_text_was_posted(drawn: Stack) -> None:
    drawn.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 60, "times": 1, "after": True})
    ack = taken(drawn.slash(FUNNEL))
    drawn.wait(kind="slack", name=POST, done=0, after=ack["n"])
    kill_and_restart(drawn)
    image(changed(drawn, ack))
    assert len(posted(drawn)) == 1 and len(calls(drawn, ack, ASK)) == 1


def test_no_worker_waits(make_stack: Callable[..., Stack]) -> None:
    with make_stack(settings={"LOOKERBOT_WORKERS": "1"}).running() as stack:
        warm(stack)
        renders(stack, looks=4)
        slow = taken(stack.slash(FUNNEL))
        stack.wait(kind="looker", name=ASK, ok=1, after=slow["n"])
        other = taken(stack.slash("revenue today", channel="C0SALES"))
        answered = stack.wait(kind="slack", name=POST, ok=1, channel="C0SALES", after=other["n"])[0]
        image(changed(stack, slow))
        picture = stack.records(kind="slack", name=UPDATE, ok=1, after=slow["n"])[0]
        assert answered["n"] < picture["n"]


def test_with_the_askers_rights(make_stack: Callable[..., Stack]) -> None:
    """Benji's account sees one region only: her picture is drawn with it, and nobody else's token gets at it."""
    with make_stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"}).running() as stack:
        renders(stack, looks=1)
        ack = taken(stack.slash(FUNNEL, user="U0BENJI"))
        image(changed(stack, ack))
        asked, = calls(stack, ack, ASK)
        tokens = {one["headers"]["authorization"] for one in [asked, *calls(stack, ack, LOOK)]}
        own = [one["headers"]["authorization"] for one in calls(stack, ack, "GET /users/search")]
        assert len(tokens) == 1 and tokens.isdisjoint(own)


# --- LOOKERBOT_CHARTS

@pytest.mark.parametrize("charts, command, pictured", [
    ("native", FUNNEL, False), ("native", "show look 11", False), ("native", "orders against sign-ups", False),
    ("image", "show look 11", True),
])
def test_the_setting(make_stack: Callable[..., Stack], charts: str, command: str, pictured: bool) -> None:
    with make_stack(settings={"LOOKERBOT_CHARTS": charts}).running() as stack:
        warm(stack)
        renders(stack, looks=1)
        ack = taken(stack.slash(command))
        body = stack.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]["body"]
        assert (SOON in words(body)) == pictured, body
        if pictured:
            image(changed(stack, ack))
            return
        assert stack.bot is not None
        stack.bot.wait_log("event=job_done .*kind=command", 2)
        assert calls(stack, ack, ASK) == []


def test_a_native_chart_is_no_picture(drawn: Stack) -> None:
    ack = taken(drawn.slash("show look 11"))
    body = drawn.wait(kind="slack", name=POST, ok=1, after=ack["n"])[0]["body"]
    assert "data_visualization" in kinds(body) and SOON not in words(body)
