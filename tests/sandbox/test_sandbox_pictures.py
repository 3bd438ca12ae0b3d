"""Pictures: the fake Looker's render tasks, and Slack's image blocks with a file."""
from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

import pytest

from chromium import PROGRAM
from looker_png import bars, blank
from sandbox_harness import Running, http
from test_sandbox_page import Page, on_page


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height, and the rows, each behind its filter's byte (0)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, {}
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at:at + 8])
        data = png[at + 8:at + 8 + size]
        assert zlib.crc32(name + data) == struct.unpack(">I", png[at + 8 + size:at + 12 + size])[0]
        parts[name], at = data, at + 12 + size
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    return width, height, zlib.decompress(parts[b"IDAT"])


def test_a_png_by_hand() -> None:
    width, height, rows = pixels(bars(120, 100, [[1, 1], [4]]))
    assert (width, height, len(rows)) == (120, 100, 100 * 121)
    row = rows[90 * 121 - 32 * 121:][1:121]  # just above the axis both bars are seen
    assert set(row) >= {3} and len(set(rows)) > 4
    assert set(pixels(blank(50, 40))[2]) == {0}


def test_life_of_a_task(box: Running) -> None:
    query_id = box.looker("GET", "looks/1").json["query_id"]
    task = box.looker("POST", f"render_tasks/queries/{query_id}/png?width=200&height=100").json
    assert task["status"] == "enqueued_for_query"
    path = f"render_tasks/{task['id']}"
    assert box.looker("GET", path + "/results").status == 202
    seen = [box.looker("GET", path).json["status"] for _ in range(3)]
    assert seen == ["enqueued_for_render", "rendering", "success"]
    answer = box.looker("GET", path + "/results")
    assert answer.headers["content-type"] == "image/png" and pixels(answer.raw)[:2] == (200, 100)


@pytest.mark.parametrize("how, begin, end", [(None, b"%PDF-", b"%%EOF\n"), ("cut", b"%PDF-", b""), ("text", b"This ", b"."),
                                             ("empty", b"", b"")])
def test_a_dashboard_as_a_pdf(box: Running, how: Any, begin: bytes, end: bytes) -> None:
    box.control("POST", "renders", {"blank": how, "looks": 1})
    task = box.looker("POST", "render_tasks/dashboards/21/pdf?width=1240&height=1754",
                      js={"dashboard_filters": "Region=EMEA", "dashboard_style": "tiled"}).json
    box.looker("GET", f"render_tasks/{task['id']}")
    answer = box.looker("GET", f"render_tasks/{task['id']}/results")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.raw.startswith(begin) and answer.raw.endswith(end) and (b"Region=EMEA" in answer.raw) == (how is None)
    assert (b"%%EOF" in answer.raw) == (how is None)


def test_a_spreadsheet(box: Running) -> None:
    query_id = box.looker("GET", "looks/1").json["query_id"]
    answer = box.looker("GET", f"queries/{query_id}/run/xlsx?limit=-1")
    text = box.looker("GET", f"queries/{query_id}/run/csv?limit=-1").text
    with zipfile.ZipFile(io.BytesIO(answer.raw)) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").decode() == text
    box.control("POST", "csv", {"xlsx": "empty"})
    assert box.looker("GET", f"queries/{query_id}/run/xlsx?limit=-1").raw == b""


@pytest.mark.parametrize("path, body, status", [
    ("looks/1/png", None, 422), ("looks/1/png?width=0&height=9", None, 422), ("looks/1/pdf?width=9&height=9", None, 400),
    ("queries/99999/png?width=9&height=9", None, 404), ("looks/1/png?width=9&height=9&theme=x", None, 400),
    ("looks/1/png?width=9&height=9", None, 200), ("looks/98/png?width=9&height=9", None, 404), ("dashboards/21/png?width=9&height=9", None, 400),
    ("dashboards/21/png?width=9&height=9", {"dashboard_filters": "Country=France"}, 422),
    ("dashboards/21/png?width=9&height=9", {"dashboard_filters": "Region=EMEA&Period="}, 200),
    ("dashboard_elements/1/png?width=9&height=9", None, 404)])
def test_what_is_drawn(box: Running, path: str, body: Any, status: int) -> None:
    assert box.looker("POST", "render_tasks/" + path, js=body).status == status


def test_bad_renderers(box: Running) -> None:
    for settings, raw in (({"blank": "empty"}, b""), ({"blank": "text"}, b"The renderer")):
        box.control("POST", "renders", {"looks": 1, **settings})
        task = box.looker("POST", "render_tasks/looks/1/png?width=200&height=100").json["id"]
        assert box.looker("GET", f"render_tasks/{task}").json["status"] == "success"
        assert box.looker("GET", f"render_tasks/{task}/results").raw[:len(raw) or 1] == raw
    box.control("POST", "renders", {"failure": "no browser"})
    task = box.looker("POST", "render_tasks/looks/1/png?width=200&height=100").json["id"]
    assert box.looker("GET", f"render_tasks/{task}").json["status_detail"] == "no browser"
    assert box.control("POST", "renders", {"failure": None, "looks": None})["renders"]["looks"] == 3


def upload(box: Running, name: str, raw: bytes) -> str:
    begun = box.slack("files.getUploadURLExternal", filename=name, length=str(len(raw)))
    sent = http_raw(begun["upload_url"], raw)
    assert sent == 200
    assert box.slack("files.completeUploadExternal", files=json.dumps([{"id": begun["file_id"]}]))["ok"]
    return str(begun["file_id"])


def http_raw(url: str, raw: bytes) -> int:
    import urllib.request
    with urllib.request.urlopen(urllib.request.Request(
            url, raw, {"Content-Type": "application/octet-stream"}), timeout=10) as answer:
        return int(answer.status)


def show(box: Running, file_id: str) -> Any:
    return box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=json.dumps(
        [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "A picture"}]))


def test_a_block_waits_until_slack_has_looked(box: Running) -> None:
    file_id = upload(box, "a.png", blank(20, 20))
    refused = show(box, file_id)
    assert refused["error"] == "invalid_blocks"
    assert refused["response_metadata"]["messages"] == ["[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"]
    while not box.slack("files.info", file=file_id)["file"]["mimetype"]:
        pass
    assert show(box, file_id)["ok"]
    answer = http("GET", f"{box.url}/sandbox/picture/{file_id}")
    assert answer.headers["content-type"] == "image/png" and answer.raw == blank(20, 20)


def test_what_is_no_picture_is_refused(box: Running) -> None:
    table = upload(box, "a.csv", b"a,b\n")
    for _ in range(4):
        box.slack("files.info", file=table)
    assert show(box, table)["error"] == "invalid_blocks"
    assert show(box, "F0NOTHING")["error"] == "invalid_blocks"
    assert http("GET", f"{box.url}/sandbox/picture/{table}").status == 404


@pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")
def test_the_page_shows_it(box: Running) -> None:
    file_id = upload(box, "a.png", bars(300, 120, [[5, 2], [3, 3], [8]]))
    for _ in range(3):
        box.slack("files.info", file=file_id)
    assert show(box, file_id)["ok"]

    async def walk(page: Page) -> None:
        await page.tab.until("document.querySelector('.picture img') && document.querySelector('.picture img').naturalWidth === 300")
        assert await page.tab.eval("document.querySelector('.picture img').alt") == "A picture"
    on_page(box, walk)
