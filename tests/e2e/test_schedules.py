"""Looker's schedules with a webhook: who may, where they go, in which form, once, and what happens when they cannot."""
from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import Any, Callable, Iterator

import pytest

import fastcgi
from stack import Stack

TOKEN, SECOND_TOKEN = "sandbox-webhook-token-not-a-secret", "sandbox-second-webhook-token-not-a-secret"
HUB_TOKEN = "hub-token-0123456789-not-a-secret"
SETTINGS = {"LOOKER_WEBHOOK_TOKEN": f"old-token-not-a-secret {TOKEN}", "LOOKERBOT_AUTH_TOKEN": HUB_TOKEN}
MIB = 1024 * 1024

Make = Callable[..., Stack]


def directory_is_read(stack: Stack, times: int = 1) -> None:
    stack.log_contains(r"event=job_done .*kind=directory", times)


@contextlib.contextmanager
def knows_names(settings: dict[str, str]) -> Iterator[Stack]:
    """A stack for a whole module, its directory read."""
    stack = Stack(settings=dict(settings))
    try:
        with stack.running():
            directory_is_read(stack)
            yield stack
    except BaseException:
        print(stack.logs())
        raise


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with knows_names(SETTINGS) as stack:
        yield stack


@pytest.fixture
def posts(shared: Stack) -> Stack:
    shared.reset()
    return shared


def reason(result: dict[str, Any]) -> str:
    answer = json.loads(result["body"])
    assert answer["success"] is (result["status"] == 200) and answer["looker"]["success"] is answer["success"]
    return answer["reason"]


def posted(stack: Stack, result: dict[str, Any], name: str = "chat.postMessage", **query: Any) -> dict[str, Any]:
    assert result["status"] == 200, result
    return stack.wait(kind="slack", name=name, ok=1, after=result["n"], **query)[0]["body"]


def text_of(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


# Formats

@pytest.mark.parametrize("form", ["json_detail", "inline_json_detail", "json", "inline_json", "inline_json_array", "csv", "txt"])
def test_rows_are_a_table_whatever_the_format(posts: Stack, form: str) -> None:
    # A Look of best customers or the like: whatever it is, it has rows with names and numbers.
    result = posts.schedule(format=form, title="Daily “numbers”")
    assert reason(result) == "“Daily “numbers”” will be posted to #sales."
    message = posted(posts, result, channel="C0SALES")
    said = text_of(message)
    assert "Daily “numbers”" in said and "Sent by Looker" in said and "/looks/12" in said
    assert any(block["type"] in ("data_table", "table") for block in message["blocks"]), said
    assert not any(one["name"].startswith("POST /queries") for one in posts.records(kind="looker", after=result["n"]))


def test_more_rows_than_a_message_shows(posts: Stack) -> None:
    said = text_of(posted(posts, posts.schedule(format="csv", rows=12345)))
    assert "first 200 of 12345 rows" in said or "of 12345 rows" in said


@pytest.mark.parametrize("form,kind,extension", [("wysiwyg_pdf", "dashboard", "pdf"), ("assembled_pdf", "dashboard", "pdf"),
                                                ("csv_zip", "dashboard", "zip"), ("wysiwyg_png", "look", "png"),
                                                ("xlsx", "look", "xlsx"), ("html", "look", "html")])
def test_files_are_sent_on(posts: Stack, form: str, kind: str, extension: str) -> None:
    result = posts.schedule(format=form, kind=kind, id="30" if kind == "dashboard" else "12", title="The plan")
    share = posted(posts, result, "files.completeUploadExternal")
    assert share["channel_id"] == "C0SALES" and "Sent by Looker" in share["initial_comment"]
    begun = posts.wait(kind="slack", name="files.getUploadURLExternal", after=result["n"])[0]["body"]
    assert begun["filename"] == f"the-plan.{extension}"


def test_without_the_scope_for_files_the_link_goes(posts: Stack) -> None:
    posts.workspace(without_scopes=["files:write"])
    said = text_of(posted(posts, posts.schedule(format="wysiwyg_pdf", kind="dashboard", id="30")))
    assert "/dashboards/30" in said and "files:write" in said


def test_filters_of_a_dashboards_address(posts: Stack) -> None:
    url = posts.sandbox.settings["LOOKER_URL"] + "/dashboards/30?Period=7+days&Region=EMEA%2CAPAC"
    share = posted(posts, posts.schedule(kind="dashboard", id="30", overrides={"scheduled_plan.url": url}),
                   "files.completeUploadExternal")
    assert "Period: 7 days" in share["initial_comment"] and "Region: EMEA,APAC" in share["initial_comment"]


# Who may

@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x"])
def test_a_wrong_token_is_refused(posts: Stack, token: Any) -> None:
    result = posts.schedule(token=token)
    assert result["status"] == 401 and reason(result).startswith("Invalid authorization headers.")
    assert json.loads(result["body"])["looker"]["success"] is False


@pytest.mark.parametrize("spec", [{"token": "old-token-not-a-secret"},
                                  {"token": None, "authorization": f'Token token="{HUB_TOKEN}"'},
                                  {"token": None, "authorization": f"token token={HUB_TOKEN}"}])
def test_any_of_the_right_tokens_will_do(posts: Stack, spec: dict[str, Any]) -> None:
    posted(posts, posts.schedule(**spec))


def test_a_strangers_body_is_never_read(shared: Stack) -> None:
    with contextlib.closing(fastcgi.connect(shared.fcgi_socket)) as sock:
        params = b"".join(fastcgi.pair(*one) for one in (
            ("REQUEST_METHOD", "POST"), ("DOCUMENT_URI", "/slack/post/channel/sales"), ("CONTENT_LENGTH", str(30 * MIB)),
            ("CONTENT_TYPE", "application/json"), ("HTTP_X_LOOKER_WEBHOOK_TOKEN", "wrong")))
        sock.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, params))
        # Not a byte of the body goes out, and yet there is an answer.
        assert b"Status: 401" in sock.recv(65536)


def test_an_unknown_looker(posts: Stack) -> None:
    for url in ("https://other.example.com/looks/1", posts.sandbox.settings["LOOKER_URL"] + ".evil.example/looks/1"):
        result = posts.schedule(overrides={"scheduled_plan.url": url})
        assert result["status"] == 400 and ("unknown Looker" in reason(result) or "cannot be read" in reason(result))


def test_the_token_must_be_that_lookers(make_stack: Make) -> None:
    with make_stack(settings={"LOOKER_WEBHOOK_TOKEN": None}, second_looker=True).running() as stack:
        directory_is_read(stack)
        posted(stack, stack.schedule(looker="looker2", id="1"))
        crossed = stack.schedule(token=SECOND_TOKEN)
        assert crossed["status"] == 401 and "not that of the Looker" in reason(crossed)


def test_without_any_token(make_stack: Make) -> None:
    with make_stack().running() as stack:
        result = stack.schedule()
        assert result["status"] == 401 and "LOOKER_WEBHOOK_TOKEN" in reason(result)
        assert not stack.records(kind="slack", name="conversations.list")


# Where to

def test_names(posts: Stack) -> None:
    posts.workspace(channels={"C0BOARD": {"members": ["U0ADA", "U0LOOKERBOT"]}})
    for path, channel in (("channel/general", "C0GENERAL"), ("channel/%23sales", "C0SALES"), ("channel/Sales", "C0SALES"),
                          ("channel/C0SUPPORT", "C0SUPPORT"), ("dm/ada", "D0ADA"), ("dm/%40benji", "D0BENJI"),
                          ("dm/Chiara@acme-shop.example", "D0CHIARA"), ("dm/U0ADA", "D0ADA")):
        result = posts.schedule(f"/slack/post/{path}", format="csv")
        posted(posts, result, channel=channel)


def test_the_forms_channel(posts: Stack) -> None:
    for given, channel in (("#sales", "C0SALES"), ("@ada", "D0ADA"), ("C0GENERAL", "C0GENERAL")):
        posted(posts, posts.schedule("/slack/post_from_query_action", form_params={"channel": given}), channel=channel)
    missing = posts.schedule("/slack/post_from_query_action")
    answer = json.loads(missing["body"])
    assert missing["status"] == 200 and answer["looker"]["success"] is False
    assert answer["reason"].startswith("Channel not specified.")


@pytest.mark.parametrize("path,words", [
    ("channel/nowhere", "There is no channel #nowhere, or the bot is not in it: invite it, or check the name."),
    ("group/board-room", "There is no channel #board-room"), ("channel/old-campaign", "There is no channel #old-campaign"),
    ("dm/nobody", "There is nobody called “nobody” here"), ("dm/gil", "nobody called “gil”"), ("dm/dan", "nobody called"),
    ("dm/deploybot", "nobody called"), ("channel/", "Channel not specified.")])
def test_unknown_names_are_refused(posts: Stack, path: str, words: str) -> None:
    result = posts.schedule(f"/slack/post/{path}")
    assert result["status"] in (400, 404) and words in reason(result)


def test_no_such_kind_of_place(posts: Stack) -> None:
    result = posts.schedule("/slack/post/room/sales")
    assert result["status"] == 404 and "/slack/post/channel/NAME" in reason(result)


def forget_directory(stack: Stack) -> None:
    with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db, db:
        db.execute("DELETE FROM states WHERE key = 'directory:head'")
        db.execute("DELETE FROM keys WHERE key LIKE 'after:%'")


def test_a_name_that_the_directory_does_not_know_yet(make_stack: Make) -> None:
    with make_stack(settings=dict(SETTINGS)).running() as stack:
        directory_is_read(stack)
        stack.workspace(channels={"C0BOARD": {"members": ["U0ADA", "U0LOOKERBOT"]}})
        forget_directory(stack)
        posted(stack, stack.schedule("/slack/post/group/board-room"), channel="C0BOARD")
        # Slack's lists take longer than Looker may wait: accepted, and the owner learns of it.
        forget_directory(stack)
        stack.fault({"where": "slack", "match": "users.list", "do": "delay", "seconds": 5, "times": 1})
        result = stack.schedule("/slack/post/channel/nowhere", title="Lost")
        assert reason(result) == "“Lost” will be posted to #nowhere."
        told = text_of(posted(stack, result, channel="D0ADA"))
        assert "Lost" in told and "there is no channel #nowhere, or the bot is not in it: invite it, or check the name in Looker." in told


# Once

def test_the_same_webhook_twice(posts: Stack) -> None:
    first, second = (posts.schedule(webhook_id="0123456789abcdef", title="Once", format="csv") for _ in range(2))
    assert first["status"] == second["status"] == 200 and "came before" in reason(second)
    posted(posts, posts.schedule(title="Last"), text="Last")
    assert len(posts.wait(kind="slack", name="chat.postMessage", text="Once", after=first["n"])) == 1


def test_the_same_bytes_of_an_hourly_plan(posts: Stack) -> None:
    spec = {"webhook_id": None, "title": "Hourly", "format": "csv", "overrides": {"scheduled_plan.scheduled_plan_id": 7}}
    first = posts.schedule(**spec)
    for _ in range(2):
        assert "came before" in reason(posts.schedule(**spec))
        with contextlib.closing(sqlite3.connect(posts.state_dir / "queue.db", timeout=10)) as db, db:
            # Two minutes later.
            moved = db.execute("UPDATE keys SET expires_ms = expires_ms - 121000 WHERE key LIKE 'body:%'").rowcount
            assert moved > 0
        assert "will be posted" in reason(posts.schedule(**spec))
    assert len(posts.wait(3, kind="slack", name="chat.postMessage", text="Hourly", ok=1, after=first["n"])) == 3


# Bad days

def test_slack_is_down_for_a_while(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "chat.postMessage", "do": "down"})
    for n in range(4):
        result = posts.schedule(title=f"Report {n}", format="csv")
    posts.wait(2, kind="slack", name="chat.postMessage", ok=0, after=result["n"])
    posts.clear_faults()
    records = posts.wait(4, 60, kind="slack", name="chat.postMessage", ok=1, after=result["n"])
    times = sorted(one["time"] for one in records)
    assert all(b - a > 0.9 for a, b in zip(times, times[1:])), times  # one a second


def test_a_lost_answer_is_looked_up(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "chat.postMessage", "do": "down", "after": True, "times": 1})
    result = posts.schedule(title="Seen once", format="csv")
    posts.wait(kind="slack", name="conversations.history", after=result["n"])
    posted(posts, posts.schedule(title="Last"), text="Last")
    assert sum("Seen once" in text_of(one) for one in posts.conversation("C0SALES")) == 1


def test_the_owner_is_told(posts: Stack) -> None:
    posts.workspace(channels={"C0SALES": {"is_archived": True}})
    told = text_of(posted(posts, posts.schedule(title="Morning"), channel="D0ADA"))
    assert "Your schedule" in told and "Morning" in told and "#sales" in told and "archived" in told
    posts.log_contains(r"event=job_dead .*archived")


def test_an_owner_whom_nobody_knows(posts: Stack) -> None:
    posts.workspace(channels={"C0SALES": {"is_archived": True}})
    posts.schedule(title="Evening", owner="17")
    posts.log_contains(r"event=job_dead .*nobody was told: nobody in Slack has the e-mail address")


# Sizes

def test_thirty_megabytes(posts: Stack) -> None:
    posted(posts, posts.schedule(format="csv", size=30 * MIB, title="Large", timeout=60), text="Large")


def test_too_large(posts: Stack) -> None:
    answer = posts.schedule(format="csv", size=32 * MIB + 100_000)
    assert answer["status"] == 413 and "larger than 32 MiB" in json.loads(answer["body"])["reason"]
    answer = posts.schedule(format="csv", size=34 * MIB)
    assert answer["status"] == 413 and json.loads(answer["body"])["success"] is False


def test_a_large_body_of_a_stranger(posts: Stack) -> None:
    result = posts.schedule(format="csv", size=20 * MIB, token="wrong")
    assert result["status"] == 401 and reason(result).startswith("Invalid authorization headers.")


@pytest.mark.parametrize("overrides,words", [
    ({"attachment.data": "JVBERi0x"}, "The attachment says that it is a PNG"), ({"attachment.data": "***"}, "base64"),
    ({"attachment.extension": "docx"}, "“docx” cannot be posted"), ({"attachment.data": None}, "has no data")])
def test_data_that_is_not_what_it_says(posts: Stack, overrides: dict[str, Any], words: str) -> None:
    result = posts.schedule(format="wysiwyg_png", overrides=overrides)
    assert result["status"] == 400 and words in reason(result)


def test_no_json(posts: Stack) -> None:
    result = posts.schedule(raw_body="{")
    assert result["status"] == 400 and "JSON" in reason(result)
