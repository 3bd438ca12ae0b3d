"""A whole dashboard as a PDF file that Looker draws (LOOKERBOT_DASHBOARDS=pdf): in the thread of its answer, or with the
asker alone; once, whatever dies between; and what goes wrong is told in the answer, which stays."""
from __future__ import annotations

from typing import Any, Iterator

import pytest

from badday import by_hook, calls, taken, words
from stack import Stack, http_request
from test_dashboard_pictures import OVERVIEW, anew, changes, files_in, running
from test_dashboards import parent_of
from test_pictures import ASK, BEGIN, COMPLETE, LOOK, UPDATE, UPLOAD, ended, kill_and_restart, renders

PDF_SOON = ":page_facing_up: Looker's PDF (a dashboard of 6 tiles) is being drawn…"


@pytest.fixture(scope="module")
def _paged() -> Iterator[Stack]:
    with running(LOOKERBOT_DASHBOARDS="pdf") as stack:
        yield stack


@pytest.fixture
def paged(_paged: Stack) -> Stack:
    return anew(_paged)


def shown(stack: Stack, ts: str, channel: str = "C0GENERAL") -> dict[str, Any]:
    return next(m for m in stack.conversation(channel) if m["ts"] == ts)


def content(message: dict[str, Any]) -> bytes:
    (file,) = message["files"]
    return http_request(file["url_private_download"]).body


def test_a_pdf(paged: Stack) -> None:
    renders(paged, looks=2, not_ready=1)
    ack = taken(paged.slash(OVERVIEW + " period=60 days", channel="C0SALES"))
    parent = parent_of(paged, ack, "C0SALES")
    assert PDF_SOON in words(parent) and "|Shop overview>*" in words(parent)
    message = changes(paged, ack, parent["ts"])[0]
    assert ":page_facing_up: Looker's PDF is in the thread." in words(message) and "is being drawn" not in words(message)
    (shared,) = files_in(paged, "C0SALES")
    assert shared["thread_ts"] == parent["ts"] and shared["files"][0]["name"] == "Shop overview.pdf"
    assert content(shared).startswith(b"%PDF-") and b"Period=60%20days" in content(shared)
    asked, = calls(paged, ack, ASK)
    assert asked["name"] == "POST /render_tasks/dashboards/30/pdf"
    assert "job_done" in ended(paged, ack) and len(calls(paged, ack, UPLOAD, "slack")) == 1


def test_in_a_direct_message_it_stands_below(paged: Stack) -> None:
    ack = taken(paged.slash(OVERVIEW, channel="D0ADA"))
    parent = parent_of(paged, ack, "D0ADA")
    assert "Looker's PDF is below." in words(changes(paged, ack, parent["ts"])[0])
    (shared,) = files_in(paged, "D0ADA")
    assert "thread_ts" not in shared


@pytest.mark.parametrize("settings, reason", [
    ({"failure": "no browser"}, "Looker could not draw it: no browser"), ({"blank": "empty"}, "no PDF (it is empty)"),
    ({"blank": "text"}, "no PDF (it is something else)"), ({"blank": "cut"}, "no PDF (it is cut off)")])
def test_a_pdf_that_fails(paged: Stack, settings: dict[str, Any], reason: str) -> None:
    renders(paged, **settings)
    ack = taken(paged.slash(OVERVIEW, channel="C0SALES"))
    told = words(changes(paged, ack, parent_of(paged, ack, "C0SALES")["ts"])[0])
    assert ":warning: There is no PDF of this: " in told and reason in told and "/dashboards/30|Shop overview>" in told
    assert "job_done" in ended(paged, ack) and calls(paged, ack, BEGIN, "slack") == []


def test_slack_takes_no_files(paged: Stack) -> None:
    paged.workspace(without_scopes=["files:write"])
    ack = taken(paged.slash(OVERVIEW, channel="C0SALES"))
    told = words(changes(paged, ack, parent_of(paged, ack, "C0SALES")["ts"])[0])
    assert "There is no PDF of this: " in told and "files:write" in told and "/dashboards/30|Shop overview>" in told
    assert files_in(paged, "C0SALES") == []


def test_a_channel_without_the_bot_is_joined(paged: Stack) -> None:
    ack = taken(paged.slash(OVERVIEW, channel="C0RANDOM"))
    parent = parent_of(paged, ack, "C0RANDOM")
    assert "is in the thread" in words(changes(paged, ack, parent["ts"])[0])
    assert files_in(paged, "C0RANDOM")[0]["thread_ts"] == parent["ts"]


def test_where_it_may_not_join_the_asker_gets_it(paged: Stack) -> None:
    paged.workspace(without_scopes=["channels:join"])
    ack = taken(paged.slash(OVERVIEW, channel="C0RANDOM"))
    parent = parent_of(paged, ack, "C0RANDOM")
    told = words(changes(paged, ack, parent["ts"])[0])
    assert "Looker's PDF is in the direct messages between <@U0ADA> and me." in told
    assert files_in(paged, "C0RANDOM") == [] and len(files_in(paged, "D0ADA")) == 1


def test_where_others_read_along_the_asker_gets_it(paged: Stack) -> None:
    ack = taken(paged.slash(OVERVIEW, channel="C0PARTNERS"))
    text = by_hook(paged, ack)
    assert text["response_type"] == "ephemeral" and PDF_SOON in words(text)
    record = paged.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1, timeout=30)[1]
    assert "in the direct messages between <@U0ADA> and me." in words(record["body"])
    assert files_in(paged, "C0PARTNERS") == [] and len(files_in(paged, "D0ADA")) == 1


@pytest.mark.parametrize("call, after", [(UPLOAD, False), (COMPLETE, False), (COMPLETE, True), (UPDATE, True)])
def test_killed_on_the_way(paged: Stack, call: str, after: bool) -> None:
    paged.fault({"where": "slack", "match": call, "do": "hang", "seconds": 60, "times": 1, "after": after})
    ack = taken(paged.slash(OVERVIEW, channel="C0SALES"))
    parent = parent_of(paged, ack, "C0SALES")
    paged.wait(kind="slack", name=call, done=0, after=ack["n"], timeout=30)
    kill_and_restart(paged)
    paged.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=60)
    assert "job_done" in ended(paged, ack)
    assert len(files_in(paged, "C0SALES")) == 1, "neither lost nor twice"
    assert len(calls(paged, ack, ASK)) == 1 and "is in the thread" in words(shown(paged, parent["ts"], "C0SALES"))


def test_the_share_is_looked_up_before_it_is_repeated(paged: Stack) -> None:
    paged.fault({"where": "slack", "match": COMPLETE, "do": "down", "times": 1, "after": True})
    ack = taken(paged.slash(OVERVIEW, channel="C0SALES"))
    changes(paged, ack, parent_of(paged, ack, "C0SALES")["ts"])
    assert len(calls(paged, ack, COMPLETE, "slack")) == 1 and len(files_in(paged, "C0SALES")) == 1
    assert [one["status"] for one in calls(paged, ack, LOOK) if one["name"].endswith("/results")] == [200]
