"""Bad days of what Looker sends by itself: Slack away, channels that change, processes that die, very large bodies."""
from __future__ import annotations

import base64
import http.client
import json
import threading
from typing import Any, Callable, Iterator

import pytest

from badday import words
from stack import ASAN_LEAN, Stack
from test_files import Peak, content
from test_ledger import ended, job_of
from test_schedules import MIB, SETTINGS, TOKEN, knows_names, posted, reason, text_of

POST = "chat.postMessage"

Make = Callable[..., Stack]


@pytest.fixture(scope="module")
def _mortal() -> Iterator[Stack]:
    with knows_names(SETTINGS) as stack:
        yield stack


@pytest.fixture
def posts(_mortal: Stack) -> Stack:
    """A stack of these tests' own: its bot may be killed and started again."""
    _mortal.reset()
    return _mortal


# Slack is away

def test_what_waited_for_slack_comes_in_order(posts: Stack) -> None:
    places = {"sales": "C0SALES", "general": "C0GENERAL", "support": "C0SUPPORT"}
    posts.fault({"where": "slack", "match": POST, "do": "down"})
    for n in range(7):
        for name in places:
            result = posts.schedule(f"/slack/post/channel/{name}", title=f"Report {n} of {name}", format="csv")
            assert "will be posted" in reason(result)
    posts.wait(6, kind="slack", name=POST, ok=0)
    posts.clear_faults()
    records = posts.wait(21, 60, kind="slack", name=POST, ok=1)
    for name, channel in places.items():
        mine = sorted((one for one in records if one["channel"] == channel), key=lambda one: one["time"])
        said = [text_of(one["body"]) for one in mine]
        assert [f"Report {n} of {name}" in text for n, text in enumerate(said)] == [True] * 7, said
        times = [one["time"] for one in mine]
        assert all(b - a > 0.9 for a, b in zip(times, times[1:])), times  # one a second


def test_one_that_fails_alone_holds_up_nobody(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "files.getUploadURLExternal", "do": "down"})
    stuck = posts.schedule(title="Stuck", format="wysiwyg_pdf", kind="dashboard", id="30")
    posts.wait(kind="slack", name="files.getUploadURLExternal", ok=0, after=stuck["n"])
    behind = posts.schedule(title="Behind it", format="csv")
    posted(posts, posts.schedule("/slack/post/channel/general", title="Elsewhere", format="csv"), channel="C0GENERAL")
    posted(posts, behind, channel="C0SALES", text="Behind it")
    posts.clear_faults()
    share = posted(posts, stuck, "files.completeUploadExternal")
    assert share["channel_id"] == "C0SALES"


# Processes that die

def test_killed_after_the_message_was_posted(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 60, "times": 1, "after": True})
    result = posts.schedule(title="Once and no more", format="csv")
    posts.wait(kind="slack", name=POST, done=0, after=result["n"])
    posts.kill_bot()
    posts.restart_bot()
    posts.log_contains("event=job_done .*kind=schedule")
    assert sum("Once and no more" in words(one) for one in posts.conversation("C0SALES")) == 1
    assert len(posts.records(kind="slack", name=POST, after=result["n"])) == 1


def test_a_file_whose_answer_was_lost(posts: Stack) -> None:
    """Slack has it, and takes a while to show it: it is not sent once more."""
    posts.fault({"where": "slack", "match": "files.completeUploadExternal", "do": "down", "after": True, "times": 1})
    posts.schedule(title="Filed once", format="wysiwyg_pdf", kind="dashboard", id="30")
    ended(posts, job_of(posts, "Filed once"))
    assert sum("Filed once" in words(one) for one in posts.conversation("C0SALES")) == 1


def test_a_lost_answer_that_cannot_be_looked_up_yet(posts: Stack) -> None:
    """Whether it is out Slack says a little later: until then it is not sent again."""
    posts.fault({"where": "slack", "match": POST, "do": "down", "after": True, "times": 1},
                {"where": "slack", "match": "conversations.history", "do": "error", "code": "internal_error", "times": 1})
    result = posts.schedule(title="Sent once", format="csv")
    posts.wait(2, kind="slack", name="conversations.history", after=result["n"])
    posted(posts, posts.schedule(title="Last", format="csv"), text="Last")
    assert sum("Sent once" in words(one) for one in posts.conversation("C0SALES")) == 1


# What changes between the acceptance and the post

def accepted_while_slack_is_away(stack: Stack, title: str) -> dict[str, Any]:
    stack.fault({"where": "slack", "match": POST, "do": "down"})
    result = stack.schedule(title=title, format="csv")
    stack.wait(kind="slack", name=POST, ok=0, after=result["n"])
    return result


def test_a_channel_that_is_renamed(posts: Stack) -> None:
    result = accepted_while_slack_is_away(posts, "Renamed")
    posts.workspace(channels={"C0SALES": {"name": "revenue"}})
    posts.clear_faults()
    posted(posts, result, channel="C0SALES", text="Renamed")


def test_a_channel_that_is_converted(posts: Stack) -> None:
    """Made private or shared it may get another id; Slack says so by an event."""
    result = accepted_while_slack_is_away(posts, "Converted")
    assert posts.sandbox is not None
    assert posts.sandbox.call("POST", "/sandbox/event", {"event": {
        "type": "channel_id_changed", "old_channel_id": "C0SALES", "new_channel_id": "C0SUPPORT"}})["status"] == 200
    posts.clear_faults()
    posted(posts, result, channel="C0SUPPORT", text="Converted")


@pytest.mark.parametrize("change,remedy", [({"members": ["U0ADA"], "is_private": True}, "invite"),
                                           ({"is_archived": True}, "bring it back")])
def test_a_channel_that_is_closed_to_the_bot(posts: Stack, change: dict[str, Any], remedy: str) -> None:
    result = accepted_while_slack_is_away(posts, "Shut out")
    posts.workspace(channels={"C0SALES": change})
    posts.clear_faults()
    told = text_of(posted(posts, result, channel="D0ADA"))
    assert "Your schedule" in told and "Shut out" in told and "#sales" in told and remedy in told, told
    assert not any("Shut out" in words(one) for one in posts.conversation("C0SALES"))


def test_a_look_that_is_deleted_meanwhile(posts: Stack) -> None:
    posts.fault({"where": "looker", "do": "status", "status": 404, "body": {"message": "Not found"}})
    posted(posts, posts.schedule(title="Gone from Looker", format="csv"), channel="C0SALES", text="Gone from Looker")


# Bodies

def test_a_pdf_that_is_none(posts: Stack) -> None:
    result = posts.schedule(format="wysiwyg_pdf", kind="dashboard", id="30", overrides={"attachment.data": "aGVsbG8="})
    assert result["status"] == 400 and "The attachment says that it is a PDF" in reason(result)


def large_body(size: int) -> bytes:
    row = "12,2026-11-24,EMEA,complete,149.90\\n"
    body = {"type": "query", "scheduled_plan": {"title": "Large", "type": "Look", "url": None},
            "attachment": {"mimetype": "text/csv", "extension": "csv", "data": "@"}}
    return json.dumps(body).replace("@", "Order,Date,Region,Status,Total\\n" + row * (size // len(row))).encode()


def test_ten_senders_of_large_bodies_at_once(make_stack: Make) -> None:
    """All are taken; one at a time is in memory."""
    body, statuses = large_body(12 * MIB), []
    with make_stack(sandbox=False, bot_arguments=["--workers", "0"], settings=dict(SETTINGS)).running() as stack:
        assert stack.bot is not None
        idle = stack.bot.memory_kb("VmHWM")

        def send(name: str) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=120)
            connection.request("POST", "/slack/post/channel/C0SALES", body, {
                "Content-Type": "application/json", "X-Looker-Webhook-Token": TOKEN, "X-Looker-Webhook-Id": name})
            statuses.append(connection.getresponse().status)
            connection.close()

        send("alone")
        for_one = stack.bot.memory_kb("VmHWM") - idle
        senders = [threading.Thread(target=send, args=(f"large-{n}",)) for n in range(10)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert statuses == [200] * 11
        for_ten = stack.bot.memory_kb("VmHWM") - idle
        # Under a sanitizer, which keeps what is freed for a while, it is four times as much.
        assert for_ten < 6 * for_one, f"{for_one} kB for one, {for_ten} kB at most for ten at once"


def test_large_files_are_sent_on_at_once(make_stack: Make) -> None:
    """However many are on their way to Slack, they are not in memory."""
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * (40 * 1024) + b"\n%%EOF\n"
    body = json.dumps({"type": "dashboard", "scheduled_plan": {"title": "Large", "type": "Dashboard", "url": None}, "attachment": {
        "mimetype": "application/pdf;base64", "extension": "pdf", "data": base64.b64encode(pdf).decode()}}).encode()
    channels = ("C0SALES", "C0GENERAL", "C0SUPPORT", "C0ALERTS")
    with make_stack(settings={**SETTINGS, **ASAN_LEAN}, bot_arguments=["--workers", "0"]).running() as stack:
        assert stack.bot is not None
        idle = stack.bot.memory_kb()
        for channel in channels:
            answer = stack.http("POST", f"/slack/post/channel/{channel}", body,
                                {"Content-Type": "application/json", "X-Looker-Webhook-Token": TOKEN})
            assert answer.status == 200, answer.body
        stack.stop_bot()
        stack.bot_arguments = []
        stack.fault({"where": "slack", "match": "upload", "do": "delay", "seconds": 1.5})  # all are at it together
        stack.restart_bot()
        with Peak(stack) as peak:
            stack.wait(len(channels), 60, kind="slack", name="files.completeUploadExternal", ok=1)
        for channel in channels:
            (message,) = stack.conversation(channel)
            assert content(message) == pdf
        assert peak.kb < 5 * idle, f"{idle} kB at rest, {peak.kb} kB at most, with {len(channels)} files of {len(pdf) >> 10} kB"
