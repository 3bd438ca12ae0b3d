"""Files in the fake Slack, and results as CSV in the fake Looker."""
from __future__ import annotations

import csv
import io
import urllib.error
import urllib.request
from typing import Any, Optional

import pytest

from sandbox_harness import Answer, Running, http
from slack_people import BOT_TOKEN

BYTES = b"a,b\n1,2\n"
RAW = {"Content-Type": "application/octet-stream"}


def begin(box: Running, **args: Any) -> dict[str, Any]:
    return box.slack("files.getUploadURLExternal", **{"filename": "a.csv", "length": str(len(BYTES)), **args})


def send(url: str, raw: bytes = BYTES, headers: Optional[dict[str, str]] = None) -> Answer:
    request = urllib.request.Request(url, raw, RAW if headers is None else headers, method="POST")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def complete(box: Running, file_id: str, **args: Any) -> dict[str, Any]:
    return box.slack("files.completeUploadExternal",
                         **{"files": [{"id": file_id, "title": "A"}], "channel_id": "C0GENERAL", **args})


def uploaded(box: Running) -> str:
    made = begin(box)
    assert send(made["upload_url"]).text == f"OK - {len(BYTES)}"
    return made["file_id"]


def test_a_file_is_shared(box: Running) -> None:
    file_id = uploaded(box)
    parent = box.slack("chat.postMessage", channel="C0GENERAL", text="hello")["ts"]
    assert complete(box, file_id, thread_ts=parent, initial_comment="1 row")["files"] == [{"id": file_id, "title": "A"}]
    message = box.messages()[-1]
    assert (message["text"], message["thread_ts"], message["_via"]) == ("1 row", parent, "files.completeUploadExternal")
    (file,) = message["files"]
    assert (file["name"], file["title"], file["size"], file["mimetype"]) == ("a.csv", "A", len(BYTES), "text/csv")
    got = http("GET", file["url_private_download"])
    assert got.raw == BYTES and "attachment" in got.headers["Content-Disposition"]


def test_completion_goes_on_after_its_answer(box: Running) -> None:
    file_id = uploaded(box)
    assert box.slack("files.info", file=file_id)["error"] == "file_not_found"
    complete(box, file_id)
    for _ in range(2):
        early = box.slack("files.info", file=file_id)["file"]
        assert (early["mimetype"], early["shares"]) == ("", {})
    late = box.slack("files.info", file=file_id)["file"]
    assert late["mimetype"] == "text/csv" and late["shares"]["public"]["C0GENERAL"][0]["ts"] == box.messages()[-1]["ts"]
    assert complete(box, file_id)["error"] == "file_not_found", "only once"


@pytest.mark.parametrize("args, error", [
    ({"length": "0"}, "missing_argument"), ({"length": "x"}, "invalid_arguments"),
    ({"length": str(2 << 30)}, "file_upload_size_restricted"), ({"alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ({"snippet_type": "csv", "length": "2000000"}, "snippet_too_large"), ({"title": "x"}, "invalid_arguments")])
def test_an_address_is_refused(box: Running, args: dict[str, str], error: str) -> None:
    assert begin(box, **args)["error"] == error


def test_an_address_takes_a_form_only(box: Running) -> None:
    answer = http("POST", f"{box.url}/api/files.getUploadURLExternal", js={"filename": "a.csv", "length": 3},
                  headers={"Authorization": f"Bearer {BOT_TOKEN}"})
    assert answer.json["error"] == "invalid_arguments"


@pytest.mark.parametrize("raw, headers", [
    (BYTES + b"x", RAW), (BYTES[1:], RAW), (BYTES, {**RAW, "Authorization": f"Bearer {BOT_TOKEN}"}),
    (BYTES, {"Content-Type": "text/csv"})], ids=["more", "fewer", "token", "type"])
def test_bytes_are_refused(box: Running, raw: bytes, headers: dict[str, str]) -> None:
    made = begin(box)
    assert send(made["upload_url"], raw, headers).status == 400
    assert complete(box, made["file_id"])["error"] == "file_not_found", "nothing was uploaded"


@pytest.mark.parametrize("args, error", [
    ({"channel_id": "C0RANDOM"}, "not_in_channel"), ({"channel_id": "C0BOARD"}, "channel_not_found"),
    ({"channel_id": "U0ADA"}, "invalid_arguments"), ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
    ({"thread_ts": "1.000001"}, "thread_not_found"), ({"files": [{"id": "F0NONE"}]}, "file_not_found"),
    ({"files": "x"}, "invalid_arguments"), ({"files": []}, "invalid_arguments"),
    ({"channel_id": "", "initial_comment": "x"}, "invalid_arguments")])
def test_a_completion_is_refused(box: Running, args: dict[str, Any], error: str) -> None:
    file_id = uploaded(box)
    assert complete(box, file_id, **args)["error"] == error
    assert complete(box, file_id)["ok"], "and nothing is lost"


def test_scopes(box: Running) -> None:
    box.control("POST", "workspace", {"without_scopes": ["files:write", "files:read"]})
    assert begin(box) == {"ok": False, "error": "missing_scope", "needed": "files:write",
                              "provided": begin(box)["provided"]}
    assert box.slack("files.info", file="F1")["needed"] == "files:read"


def test_uploads_meet_faults(box: Running) -> None:
    made = begin(box)
    box.control("POST", "faults", {"where": "slack", "match": "upload", "do": "status", "status": 503, "times": 1})
    assert send(made["upload_url"]).status == 503
    assert send(made["upload_url"]).status == 200
    first, second = box.control("GET", "record?kind=slack&name=upload")["records"]
    assert (first["fault"], first["ok"], second["ok"], second["size"]) == ("status", False, True, len(BYTES))


# Looker

def rows(box: Running, query_id: str, **options: Any) -> list[list[str]]:
    asked = "&".join(f"{key}={value}" for key, value in options.items())
    answer = box.looker("GET", f"queries/{query_id}/run/csv?{asked}")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Length"] is None
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def query(box: Running, **more: Any) -> str:
    return box.looker("POST", "queries", {"model": "shop", "view": "orders", "fields": ["orders.id", "orders.total"],
                                              "limit": "5", **more}).json["id"]


def test_csv(box: Running) -> None:
    made = query(box)
    assert len(rows(box, made)) == 6 and len(rows(box, made, limit=-1)) == 2530
    heading, first = rows(box, made, limit=1)
    assert len(heading) == 2 and float(first[1])
    assert rows(box, made, limit=1, apply_formatting="true")[1][1].startswith("$")
    hidden = query(box, vis_config={"hidden_fields": ["orders.total"], "series_labels": {"orders.id": "No."}})
    assert rows(box, hidden, limit=1, apply_vis="true")[0] == ["No."]
    assert len(rows(box, hidden, limit=1)[0]) == 2


def test_csv_as_it_is_told(box: Running) -> None:
    made = query(box)
    box.control("POST", "csv", {"rows": 12_345, "cell": "=1+1"})
    many = rows(box, made)
    assert len(many) == 12_346 and many[1][0] == "=1+1"
    box.control("POST", "csv", {"rows": 2, "error": "SQL Error: gone"})
    assert box.looker("GET", f"queries/{made}/run/csv").text.endswith("SQL Error: gone")
    box.control("POST", "reset")
    box.token = ""
    assert len(rows(box, made)) == 6
