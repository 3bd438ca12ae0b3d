"""Looker's own files of an answer, for who writes `xlsx` or `pdf` below it: a spreadsheet of all rows, a dashboard's PDF."""
from __future__ import annotations

import io
import zipfile
from typing import Iterator

import pytest

from badday import words
from stack import Stack
from test_dashboard_pdf import content
from test_dashboard_pictures import anew, changes, files_in, running
from test_followups import asked
from test_pictures import ASK, POST


@pytest.fixture(scope="module")
def _talking() -> Iterator[Stack]:
    with running() as stack:
        yield stack


@pytest.fixture
def talking(_talking: Stack) -> Stack:
    return anew(_talking)


def written(stack: Stack, text: str, channel: str = "D0ADA") -> int:
    """Writes to the bot; the number of the last record before."""
    last = max([one["n"] for one in stack.records()] or [0])
    stack.message(text, channel=channel)
    return last


def test_an_answer_as_a_spreadsheet(talking: Stack) -> None:
    asked(talking, "big orders >100")
    last = written(talking, "xlsx")
    talking.wait(kind="slack", name="chat.postEphemeral", ok=1, after=last, text="as a file", timeout=20)
    (message,) = files_in(talking, "D0ADA")
    assert message["files"][0]["name"] == "Big orders.xlsx"
    with zipfile.ZipFile(io.BytesIO(content(message))) as archive:
        rows = archive.read("xl/worksheets/sheet1.xml").decode().splitlines()
    assert len(rows) > 201, "all of them"
    (run,) = [call for call in talking.records(kind="looker", name="GET /queries/", after=last) if "/run/xlsx" in call["name"]]
    assert run["query"] == {"limit": "-1", "apply_formatting": "false", "apply_vis": "true"}


@pytest.mark.parametrize("how, reason", [("empty", "it is empty"), ("text", "it is something else"), ("cut", "it is cut off")])
def test_a_spreadsheet_that_is_none(talking: Stack, how: str, reason: str) -> None:
    assert talking.sandbox is not None
    talking.sandbox.call("POST", "/sandbox/csv", {"xlsx": how})
    asked(talking, "big orders >100")
    last = written(talking, "xlsx")
    told = talking.wait(kind="slack", name="chat.postEphemeral", ok=1, after=last, text="could not fetch", timeout=20)[0]["body"]
    assert f"no spreadsheet ({reason})" in words(told) and files_in(talking, "D0ADA") == []


def test_an_answer_as_a_pdf(talking: Stack) -> None:
    asked(talking, "sales EMEA")
    last = written(talking, "pdf")
    (soon,) = talking.wait(kind="slack", name=POST, ok=1, channel="D0ADA", after=last, text="Looker's PDF (")
    (done,) = changes(talking, {"n": last}, soon["answer"]["ts"])
    assert "Looker's PDF is below." in words(done) and "/dashboards/21" in words(done)
    (message,) = files_in(talking, "D0ADA")
    assert content(message).startswith(b"%PDF-") and b"Region=EMEA&Period=30%20days" in content(message)


def test_only_dashboards_have_pdfs(talking: Stack) -> None:
    asked(talking, "show look 12")
    last = written(talking, "pdf")
    talking.wait(kind="slack", ok=1, after=last, text="Looker makes PDFs of dashboards only")
    assert talking.records(kind="looker", name=ASK, after=last) == []
