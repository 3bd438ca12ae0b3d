"""All rows as a file: the button below a table, whom the file goes to, and what goes wrong on the way."""
from __future__ import annotations

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from badday import by_hook, calls, database, log_end, logged, posted, taken, words
from stack import SHIM, Stack, http_request
from test_asker import forget
from test_people import say
from test_press import press

COMPLETE = "files.completeUploadExternal"
MANY = "big orders >100"   # more rows than a table shows


def buttons(message: dict[str, Any]) -> list[str]:
    return [element["action_id"] for block in message.get("blocks", []) if block["type"] == "actions"
            for element in block["elements"]]


def offered(stack: Stack, text: str = MANY, channel: str = "C0SALES", **more: Any) -> str:
    """The ts of an answer with the button."""
    message = stack.answer(taken(stack.slash(text, channel=channel, **more)))
    assert "csv" in buttons(message), words(message)
    return posted(stack, channel)[-1]["ts"]


def rows_of(stack: Stack, **knobs: Any) -> None:
    """What the fake Looker's files are like from now on."""
    assert stack.sandbox is not None
    stack.sandbox.call("POST", "/sandbox/csv", knobs)


def shared(stack: Stack, channel: str) -> list[dict[str, Any]]:
    return [m for m in stack.conversation(channel) if m.get("_via") == COMPLETE]


def content(message: dict[str, Any]) -> bytes:
    (file,) = message["files"]
    answer = http_request(file["url_private_download"])
    assert answer.status == 200 and len(answer.body) == file["size"]
    return answer.body


def table(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def told(stack: Stack, ack: dict[str, Any], text: str, timeout: float = 20) -> str:
    """What the presser alone was told at the end."""
    record = stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, text=text, timeout=timeout)[-1]
    assert record["body"]["response_type"] == "ephemeral" and not record["body"].get("replace_original")
    return record["body"]["text"]


# --- the button

def test_where_it_is_offered(stack: Stack) -> None:
    few = stack.answer(taken(stack.slash("sales EMEA", channel="C0SALES")))
    assert buttons(few) == ["picture", "refresh", "modal-filters"]
    page = stack.answer(taken(stack.slash("big orders", channel="C0SUPPORT")))  # all rows, of many pages
    assert buttons(page) == ["csv", "picture", "refresh"] and "All rows (CSV)" in words(page)
    many = stack.answer(taken(stack.slash(MANY, channel="D0ADA")))
    assert buttons(many) == ["csv", "picture", "refresh"] and "first 200 rows" in words(many)
    single = stack.answer(taken(stack.slash("revenue today", channel="C0GENERAL")))
    assert buttons(single) == ["refresh"]


def test_all_rows_in_the_thread(stack: Stack) -> None:
    ts = offered(stack)
    shown = [block for block in posted(stack, "C0SALES")[-1]["blocks"] if block["type"] == "data_table"][0]
    ack = press(stack, "C0SALES", ts, "csv", user="U0BENJI")
    assert by_hook(stack, ack)["text"] == "Fetching all rows…"
    said = told(stack, ack, "as a file")
    (message,) = shared(stack, "C0SALES")
    rows = table(content(message))
    count = f"{len(rows) - 1:,} rows"
    assert len(rows) > 201 and said == f"*Big orders*: {count}, as a file in the thread."
    assert message["thread_ts"] == ts and message["files"][0]["title"] == "Big orders"
    assert message["files"][0]["name"] == "Big orders.csv"
    assert message["text"].startswith(f"{count} · Total: ") and "for <@U0BENJI> · as the bot" in message["text"]
    numbers = {row[0]["text"] if "text" in row[0] else str(row[0]["value"]) for row in shown["rows"][1:]}
    assert len(numbers) == 200 and numbers <= {row[0] for row in rows[1:]}
    (run,) = [call for call in calls(stack, ack, "GET /queries/") if "/run/csv" in call["name"]]
    assert run["query"] == {"limit": "-1", "apply_formatting": "false", "apply_vis": "true"}
    (upload,) = stack.records(kind="slack", name="upload", after=ack["n"])
    assert "authorization" not in upload["headers"]
    # What was offered once is still there: another press, another file.
    ack = press(stack, "C0SALES", ts, "csv")
    told(stack, ack, "as a file")
    assert len(shared(stack, "C0SALES")) == 2


def test_in_a_thread_and_in_a_direct_message(stack: Stack) -> None:
    first = say(stack, "look at this", channel="C0SALES")["ts"]
    stack.answer(say(stack, f"@looker {MANY}", channel="C0SALES", thread_ts=first))
    ack = press(stack, "C0SALES", posted(stack, "C0SALES")[-1]["ts"], "csv")
    told(stack, ack, "in the thread")
    assert shared(stack, "C0SALES")[0]["thread_ts"] == first
    ts = offered(stack, channel="D0ADA")
    ack = press(stack, "D0ADA", ts, "csv")
    told(stack, ack, "as a file here")
    assert "thread_ts" not in shared(stack, "D0ADA")[0]


def test_a_top_ten_stays_one(stack: Stack) -> None:
    """A query's own limit is part of the question, unless it is more than a table shows."""
    ts = offered(stack)
    with database(stack) as db:
        for key, value in db.execute("SELECT key, value FROM states WHERE key LIKE 'key:%'").fetchall():
            meaning = json.loads(value)
            if meaning["kind"] != "answer" or "Big orders" not in meaning["body"]["title"]:
                continue
            assert meaning["body"]["limit"] == -1
            meaning["body"]["limit"] = 10
            db.execute("UPDATE states SET value = ? WHERE key = ?", (json.dumps(meaning).encode(), key))
    told(stack, press(stack, "C0SALES", ts, "csv"), "10 rows")
    assert len(table(content(shared(stack, "C0SALES")[0]))) == 11


def test_formulas_are_harmless(stack: Stack) -> None:
    ts = offered(stack)
    rows_of(stack, cell="=HYPERLINK(\"http://evil.example\",\"x\")")
    told(stack, press(stack, "C0SALES", ts, "csv"), "as a file")
    assert table(content(shared(stack, "C0SALES")[0]))[1][0] == "'=HYPERLINK(\"http://evil.example\",\"x\")"


# --- who may have it, and where

def test_an_outsider_gets_nothing(stack: Stack) -> None:
    stack.workspace(channels={"C0SALES": {"members": ["U0ADA", "U0EVE", "U0LOOKERBOT"]}})
    ts = offered(stack)
    ack = press(stack, "C0SALES", ts, "csv", user="U0EVE")
    assert "user from another workspace" in by_hook(stack, ack)["text"]
    assert calls(stack, ack, "") == [] and shared(stack, "C0SALES") == []


def guarded(stack: Stack) -> str:
    """The ts of the asker's own answer in a channel that another company shares."""
    ack = taken(stack.slash(MANY, channel="C0PARTNERS"))
    assert "All rows (CSV)" in words(by_hook(stack, ack))
    return [m for m in stack.conversation("C0PARTNERS", "U0ADA") if m.get("_ephemeral_to") == "U0ADA"][-1]["ts"]


def test_a_guarded_channel(stack: Stack) -> None:
    ack = press(stack, "C0PARTNERS", guarded(stack), "csv")
    said = told(stack, ack, "direct messages")
    assert "people of other companies may read along there" in said
    assert shared(stack, "C0PARTNERS") == [] and len(shared(stack, "D0ADA")) == 1


def test_a_shared_answer_in_a_guarded_channel(stack: Stack) -> None:
    """Shown to all on purpose; all rows of it are another matter."""
    share = press(stack, "C0PARTNERS", guarded(stack), "share")
    stack.answer(share)
    ack = press(stack, "C0PARTNERS", posted(stack, "C0PARTNERS")[-1]["ts"], "csv", user="U0BENJI")
    told(stack, ack, "direct messages")
    assert shared(stack, "C0PARTNERS") == [] and len(shared(stack, "D0BENJI")) == 1


def test_the_bot_joins(stack: Stack) -> None:
    ts = offered(stack, channel="C0RANDOM")
    since = log_end(stack)
    told(stack, press(stack, "C0RANDOM", ts, "csv"), "in the thread")
    assert len(shared(stack, "C0RANDOM")) == 1
    logged(stack, since, "event=job_done .*kind=event .*not greeted: it came in to share a file")


def test_the_bot_may_not_join(stack: Stack) -> None:
    stack.workspace(without_scopes=["channels:join"])
    ts = offered(stack, channel="C0RANDOM")
    ack = press(stack, "C0RANDOM", ts, "csv")
    assert "I am not a member of that channel" in told(stack, ack, "direct messages")
    assert shared(stack, "C0RANDOM") == [] and len(shared(stack, "D0ADA")) == 1
    uploads = stack.records(kind="slack", name="upload", after=ack["n"])
    assert len(uploads) == 1, "one upload is enough"


def test_a_private_channel_without_the_bot(stack: Stack) -> None:
    taken(stack.slash(MANY, channel="C0BOARD"))
    stack.wait(kind="hook", ok=1, text="All rows")
    ts = [m for m in stack.conversation("C0BOARD", "U0ADA") if "All rows (CSV)" in words(m)][-1]["ts"]
    told(stack, press(stack, "C0BOARD", ts, "csv"), "direct messages")
    assert len(shared(stack, "D0ADA")) == 1


def test_no_way_to_a_direct_message(stack: Stack) -> None:
    stack.workspace(without_scopes=["channels:join", "im:write"])
    ts = offered(stack, channel="C0RANDOM")
    said = told(stack, press(stack, "C0RANDOM", ts, "csv"), "could not fetch")
    assert "im:write" in said and "The app's owner" in said


@pytest.fixture(scope="module")
def _own_rights() -> Iterator[Stack]:
    stack = Stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"})
    with stack.running():
        yield stack


def test_with_the_pressers_own_rights(_own_rights: Stack) -> None:
    stack = _own_rights
    stack.reset()
    forget(stack)
    ts = offered(stack)
    for user, name in (("U0ADA", "Ada"), ("U0BENJI", "Benji")):
        ack = press(stack, "C0SALES", ts, "csv", user=user)
        told(stack, ack, "as a file")
        assert f"as {name}" in shared(stack, "C0SALES")[-1]["text"]
    ada, benji = (table(content(message)) for message in shared(stack, "C0SALES"))
    assert len(benji) < len(ada), "who may see less gets less"


# --- bad days

def test_an_error_in_the_stream(stack: Stack) -> None:
    ts = offered(stack)
    rows_of(stack, rows=5000, error="SQL Error: server closed the connection unexpectedly\n")
    since = log_end(stack)
    ack = press(stack, "C0SALES", ts, "csv")
    said = told(stack, ack, "could not fetch")
    assert "*Big orders*" in said and "server closed the connection unexpectedly" in said
    logged(stack, since, "event=job_dead .*kind=press")
    assert shared(stack, "C0SALES") == [] and stack.records(kind="slack", name="upload", after=ack["n"]) == []


@pytest.mark.parametrize("fault", [
    {"do": "error", "code": "You cannot download without a limit"},
    {"do": "html", "status": 200},
    {"do": "empty"},
], ids=["refused", "page", "empty"])
def test_looker_gives_no_rows(stack: Stack, fault: dict[str, Any]) -> None:
    ts = offered(stack)
    stack.fault({"where": "looker", "match": "GET /queries/", **fault})
    said = told(stack, press(stack, "C0SALES", ts, "csv"), "could not fetch")
    assert fault.get("code", "Looker at 127.0.0.1") in said
    assert "<" not in said and shared(stack, "C0SALES") == []


def test_a_stream_that_breaks_is_fetched_again(stack: Stack) -> None:
    ts = offered(stack)
    rows_of(stack, rows=20000)
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "truncate", "times": 1})
    told(stack, press(stack, "C0SALES", ts, "csv"), "20,000 rows")
    assert len(table(content(shared(stack, "C0SALES")[0]))) == 20001


def test_missing_scope(stack: Stack) -> None:
    ts = offered(stack)
    stack.workspace(without_scopes=["files:write"])
    said = told(stack, press(stack, "C0SALES", ts, "csv"), "could not fetch")
    assert "files:write" in said and "The app's owner" in said
    # Nobody is offered what cannot be had, until it can.
    assert buttons(stack.answer(taken(stack.slash(MANY, channel="C0SUPPORT")))) == ["refresh"]
    stack.workspace(without_scopes=[])
    told(stack, press(stack, "C0SALES", ts, "csv"), "as a file")
    assert buttons(stack.answer(taken(stack.slash(MANY, channel="C0GENERAL")))) == ["csv", "picture", "refresh"]


@pytest.mark.parametrize("code, sentence", [
    ("file_uploads_disabled", "The workspace does not allow this file. A workspace admin can change that."),
    ("storage_limit_reached", "file storage is full"),
], ids=["disabled", "full"])
def test_the_workspace_takes_no_files(stack: Stack, code: str, sentence: str) -> None:
    ts = offered(stack)
    stack.fault({"where": "slack", "match": "files.getUploadURLExternal", "do": "error", "code": code})
    assert sentence in told(stack, press(stack, "C0SALES", ts, "csv"), "could not fetch")


@pytest.mark.parametrize("fault", [
    {"match": "files.getUploadURLExternal", "do": "down"},
    {"match": "files.getUploadURLExternal", "do": "ratelimit", "retry_after": 3},
    {"match": "upload", "do": "status", "status": 503},
    {"match": "upload", "do": "down", "after": True},
    {"match": COMPLETE, "do": "ratelimit", "retry_after": 3},
    {"match": COMPLETE, "do": "status", "status": 503, "after": True},
    {"match": COMPLETE, "do": "status", "status": 503},
    {"match": COMPLETE, "do": "down", "after": True},
    {"match": COMPLETE, "do": "garbage", "after": True},
], ids=["no_address", "limited", "upload_fails", "upload_lost", "share_limited", "share_lost", "share_fails",
        "share_cut", "share_garbage"])
def test_slack_stumbles(stack: Stack, fault: dict[str, Any]) -> None:
    """Whatever comes of it: one file."""
    ts = offered(stack)
    stack.fault({"where": "slack", "times": 1, **fault})
    ack = press(stack, "C0SALES", ts, "csv")
    told(stack, ack, "as a file", timeout=40)
    assert len(shared(stack, "C0SALES")) == 1
    if fault["match"] == COMPLETE:
        assert len(calls(stack, ack, "GET /queries/")) == 1, "Looker is not asked again"


@pytest.mark.parametrize("done", [True, False], ids=["done", "not_done"])
def test_killed_between_upload_and_completion(make_stack: Callable[..., Stack], done: bool) -> None:
    with make_stack().running() as stack:
        ts = offered(stack)
        stack.fault({"where": "slack", "match": COMPLETE, "do": "hang", "seconds": 60, "times": 1, "after": done})
        ack = press(stack, "C0SALES", ts, "csv")
        stack.wait(kind="slack", name=COMPLETE, done=0, after=ack["n"])
        stack.kill_bot()
        stack.clear_faults()
        assert len(shared(stack, "C0SALES")) == (1 if done else 0)
        stack.restart_bot()
        told(stack, ack, "as a file", timeout=40)
        assert len(shared(stack, "C0SALES")) == 1
        assert len(stack.records(kind="slack", name="upload", after=ack["n"])) == 1


def test_killed_while_it_fetches(make_stack: Callable[..., Stack]) -> None:
    with make_stack().running() as stack:
        ts = offered(stack)
        rows_of(stack, rows=50000)
        stack.fault({"where": "looker", "match": "GET /queries/", "do": "slow", "seconds": 30, "times": 1})
        ack = press(stack, "C0SALES", ts, "csv")
        stack.wait(kind="looker", name="GET /queries/", done=0, after=ack["n"])
        stack.kill_bot()
        left = [path.name for path in Path(stack.state_dir).iterdir() if "spool" in path.name]
        assert left == [], "nobody has to clear up"
        stack.restart_bot()
        told(stack, ack, "50,000 rows", timeout=40)
        assert len(shared(stack, "C0SALES")) == 1


def test_a_disk_that_is_nearly_full(make_stack: Callable[..., Stack]) -> None:
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    with make_stack(settings={"LD_PRELOAD": str(SHIM), "SHIM_DISK_FREE": str(20 << 20)}).running() as stack:
        ts = offered(stack)
        ack = press(stack, "C0SALES", ts, "csv")
        said = told(stack, ack, "could not fetch")
        assert "the disk of the bot is nearly full (20 MiB left). The bot's owner can make room" in said
        assert calls(stack, ack, "GET /queries/") == []


class Peak:
    """The most private memory that a process has while this watches."""

    def __init__(self, stack: Stack) -> None:
        assert stack.bot is not None
        self.bot, self.kb = stack.bot, stack.bot.memory_kb()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            self.kb = max(self.kb, self.bot.memory_kb())


def test_a_large_file_is_never_in_memory(make_stack: Callable[..., Stack]) -> None:
    with make_stack().running() as stack:
        ts = offered(stack)
        rows_of(stack, rows=600_000)
        before = stack.bot.memory_kb() if stack.bot else 0
        with Peak(stack) as peak:
            told(stack, press(stack, "C0SALES", ts, "csv"), "600,000 rows", timeout=120)
        (message,) = shared(stack, "C0SALES")
        assert message["files"][0]["size"] > 20_000_000
        assert peak.kb - before < 16 * 1024, f"{before} kB before, {peak.kb} kB at most"
        assert content(message).count(b"\n") == 600_001
