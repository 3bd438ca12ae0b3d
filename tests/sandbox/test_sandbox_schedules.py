"""The fake Looker's schedules: the body of each format is what it says."""
from __future__ import annotations

import base64
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bot_line import BotLine  # noqa: E402
from faults import Faults  # noqa: E402
from looker_api import LookerApi  # noqa: E402
from looker_webhook import BASE64_LINE, FORMATS, Schedules  # noqa: E402
from record import Record  # noqa: E402
from wire import Wire  # noqa: E402


@pytest.fixture(scope="module")
def looker() -> LookerApi:
    api = LookerApi(Wire(Record(), Faults(None)))  # type: ignore[arg-type]
    api.set_web_url("http://127.0.0.1:3335")
    return api


def compose(looker: LookerApi, **spec: Any) -> dict[str, Any]:
    return Schedules({"looker": looker}, BotLine("http://127.0.0.1:1"), Record()).compose(looker, spec)


def content(body: dict[str, Any]) -> bytes:
    data = body["attachment"]["data"]
    assert all(len(line) <= BASE64_LINE for line in data.split("\n"))
    return base64.b64decode(data)


@pytest.mark.parametrize("form", [one for one in FORMATS if not one.endswith("pdf")])
def test_a_look_in_every_format(looker: LookerApi, form: str) -> None:
    body = compose(looker, format=form)
    plan = body["scheduled_plan"]
    assert body["type"] == "query" and plan["type"] == "Look" and plan["url"] == "http://127.0.0.1:3335/looks/12"
    assert plan["query"]["id"] == plan["query_id"]
    assert (body["attachment"] is None) == form.startswith("inline")
    json.dumps(body)


def test_files_are_what_they_say(looker: LookerApi) -> None:
    assert content(compose(looker, format="wysiwyg_png")).startswith(b"\x89PNG\r\n\x1a\n")
    assert content(compose(looker, kind="dashboard", id="30")).startswith(b"%PDF-")
    archive = zipfile.ZipFile(io.BytesIO(content(compose(looker, kind="dashboard", id="30", format="csv_zip"))))
    assert "dashboard-30/orders.csv" in archive.namelist() and archive.testzip() is None


def test_the_plan_is_known_afterwards(looker: LookerApi) -> None:
    plan = compose(looker, title="Daily", owner="12")["scheduled_plan"]
    assert looker.plan({"id": plan["scheduled_plan_id"]}, {}, None)["user_id"] == "12"


def test_size_and_overrides(looker: LookerApi) -> None:
    body = compose(looker, format="csv", size=500_000, overrides={"scheduled_plan.url": None, "type": "none"})
    assert abs(len(json.dumps(body, ensure_ascii=False)) - 500_000) < 200
    assert body["scheduled_plan"]["url"] is None and body["type"] == "none"
