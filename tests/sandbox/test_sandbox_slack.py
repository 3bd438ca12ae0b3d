"""The fake Slack: who may call what, where messages go, response_urls, slash commands."""
from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.parse
from typing import Any

import pytest

from sandbox_harness import Running, http
from slack_methods import METHODS
from slack_people import APP_TOKEN, BOT_TOKEN, BOT_USER_ID, SIGNING_SECRET
from slash import sign


def test_signature_is_slacks_known_answer() -> None:
    """The example of Slack's documentation."""
    body = (b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
            b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
            b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
            b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c")
    assert sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == \
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


# Tokens, arguments, scopes

def test_tokens(box: Running) -> None:
    assert box.slack("auth.test")["user_id"] == BOT_USER_ID
    assert box.slack("auth.test", token="")["error"] == "not_authed"
    assert box.slack("auth.test", token="xoxb-wrong")["error"] == "invalid_auth"
    assert box.slack("auth.test", token=APP_TOKEN)["error"] == "not_allowed_token_type"
    assert http("POST", f"{box.url}/api/auth.test", form={"token": BOT_TOKEN}).json["ok"]
    assert http("POST", f"{box.url}/api/auth.test?token={BOT_TOKEN}").json["error"] == "not_authed"
    assert box.slack("chat.shout")["error"] == "unknown_method"


def test_unknown_and_missing_arguments(box: Running) -> None:
    answer = box.slack("chat.postMessage", channel="C0SALES", text="x", chanel="y")
    assert answer["error"] == "invalid_arguments" and "chanel" in answer["response_metadata"]["messages"][0]
    assert box.slack("chat.postMessage", text="x")["error"] == "invalid_arguments"
    assert box.slack("chat.postMessage", channel="C0SALES", text="x", as_user="true")["error"] == "as_user_not_supported"


def test_every_method_has_a_handler(box: Running) -> None:
    assert set(METHODS) == set(box.sandbox.api.handlers)


def test_json_bodies_only_where_slack_takes_them(box: Running) -> None:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    post = {"channel": "C0SALES", "blocks": [{"type": "divider"}], "text": "x"}
    assert http("POST", f"{box.url}/api/chat.postMessage", js=post, headers=headers).json["ok"]
    answer = http("POST", f"{box.url}/api/users.info", js={"user": "U0ADA"}, headers=headers).json
    assert answer["error"] == "invalid_arguments"


def test_missing_scope_names_it(box: Running) -> None:
    box.control("POST", "workspace", {"without_scopes": ["chat:write", "groups:read"]})
    answer = box.slack("chat.postMessage", channel="C0SALES", text="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert "chat:write," not in answer["provided"]
    assert box.slack("conversations.list", types="public_channel,private_channel")["error"] == "missing_scope"
    assert box.slack("conversations.list")["ok"]


def test_headers(box: Running) -> None:
    answer = http("POST", f"{box.url}/api/auth.test", form={}, headers={"Authorization": f"Bearer {BOT_TOKEN}"})
    assert "chat:write" in answer.headers["x-oauth-scopes"] and answer.headers["x-slack-req-id"]


# People and channels

def test_people(box: Running) -> None:
    assert box.slack("users.info", user="U0GUEST")["user"]["is_ultra_restricted"]
    assert box.slack("users.info", user="U0EVE")["user"]["team_id"] != box.slack("auth.test")["team_id"]
    assert "email" not in box.slack("users.info", user="U0EVE")["user"]["profile"]
    assert box.slack("users.info", user="U0NOBODY")["error"] == "user_not_found"
    everyone, cursor = [], ""
    for _ in range(9):
        answer = box.slack("users.list", limit="4", cursor=cursor)
        everyone += [one["id"] for one in answer["members"]]
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert len(everyone) == len(set(everyone)) == 9
    assert box.slack("users.list", cursor="bogus")["error"] == "invalid_cursor"
    assert box.slack("users.list", limit="many")["error"] == "invalid_arguments"


def test_channels(box: Running) -> None:
    listed = {one["id"]: one for one in box.slack("conversations.list", types="public_channel,private_channel,im")["channels"]}
    assert "C0BOARD" not in listed and "D0TWO" not in listed
    assert listed["C0RANDOM"]["is_member"] is False and listed["C0SALES"]["is_member"] is True
    assert box.slack("conversations.info", channel="C0PARTNERS")["channel"]["is_ext_shared"]
    assert box.slack("conversations.info", channel="C0BOARD")["error"] == "channel_not_found"
    assert box.slack("conversations.open", users="U0ADA")["channel"]["id"] == "D0ADA"
    assert box.slack("conversations.open", users="U0LEFT")["error"] == "user_disabled"


def test_a_large_workspace(box: Running) -> None:
    before = len(box.slack("conversations.list")["channels"])
    box.control("POST", "workspace", {"more_channels": 1500})
    first = box.slack("conversations.list", limit=999)
    second = box.slack("conversations.list", limit=999, cursor=first["response_metadata"]["next_cursor"])
    ids = {one["id"] for one in first["channels"] + second["channels"]}
    assert len(ids) == before + 1500 and not second["response_metadata"]["next_cursor"]
    assert box.slack("conversations.list", limit=1000)["error"] == "invalid_limit"
    box.control("POST", "reset", {})
    assert len(box.slack("conversations.list")["channels"]) == before


@pytest.mark.parametrize("channel,error", [
    ("C0SALES", None), ("#sales", None), ("sales", None), ("U0CHIARA", None), ("D0ADA", None), ("C0RANDOM", None),
    ("C0BOARD", "channel_not_found"), ("D0TWO", "channel_not_found"), ("@ada", "channel_not_found"),
    ("C0NONE", "channel_not_found"), ("#board-room", "channel_not_found"), ("C0OLD", "is_archived")])
def test_where_a_message_may_go(box: Running, channel: str, error: str) -> None:
    assert box.slack("chat.postMessage", channel=channel, text="x").get("error") == error


def test_public_channel_needs_a_scope_or_membership(box: Running) -> None:
    box.control("POST", "workspace", {"without_scopes": ["chat:write.public"]})
    assert box.slack("chat.postMessage", channel="C0RANDOM", text="x")["error"] == "not_in_channel"


# Messages

def test_post_update_delete(box: Running) -> None:
    posted = box.slack("chat.postMessage", channel="C0SALES", text="one", metadata={"event_type": "e", "event_payload": {"id": "7"}})
    assert posted["message"]["bot_id"] and "subtype" not in posted["message"]
    history = box.slack("conversations.history", channel="C0SALES", include_all_metadata="true")["messages"]
    assert history[0]["metadata"]["event_payload"] == {"id": "7"}
    reply = box.slack("chat.postMessage", channel="C0SALES", text="two", thread_ts=posted["ts"])
    assert [m["ts"] for m in box.slack("conversations.replies", channel="C0SALES", ts=posted["ts"])["messages"]] == [posted["ts"], reply["ts"]]
    assert box.slack("chat.postMessage", channel="C0SALES", text="x", thread_ts="1.000000")["error"] == "thread_not_found"
    assert box.slack("chat.update", channel="C0SALES", ts=posted["ts"], text="changed")["text"] == "changed"
    assert box.slack("chat.update", channel="C0SALES", ts="1.000000", text="x")["error"] == "message_not_found"
    assert box.slack("chat.delete", channel="C0SALES", ts=reply["ts"])["ok"]
    assert [m["text"] for m in box.messages("C0SALES")] == ["changed"]


def test_the_pace_of_a_channel(box: Running) -> None:
    for _ in range(5):
        assert box.slack("chat.postMessage", channel="C0SALES", text="x")["ok"]
    answer = http("POST", f"{box.url}/api/chat.postMessage", form={"channel": "C0SALES", "text": "x"},
                  headers={"Authorization": f"Bearer {BOT_TOKEN}"})
    assert (answer.status, answer.headers["Retry-After"], answer.json["error"]) == (429, "1", "ratelimited")
    assert box.slack("chat.postMessage", channel="C0SUPPORT", text="x")["ok"]


def test_ephemeral(box: Running) -> None:
    assert box.slack("chat.postEphemeral", channel="C0SALES", user="U0ADA", text="x")["message_ts"]
    assert box.slack("chat.postEphemeral", channel="C0SALES", user="U0CHIARA", text="x")["error"] == "user_not_in_channel"
    assert len(box.messages("C0SALES", "U0ADA")) == 1 and not box.messages("C0SALES", "U0BENJI")
    assert box.slack("conversations.history", channel="C0SALES")["messages"] == []


def test_pings_are_noted(box: Running) -> None:
    box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=[
        {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}])
    assert box.messages("C0SALES")[0]["_pings"] == ["channel"]


# Slash commands and response_urls

def test_the_form_of_a_slash_command(box: Running) -> None:
    result = box.slash("a < b & \"c\"", channel="C0SALES", user="U0BENJI")
    headers, raw = box.bot.requests[0]
    form = dict(urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True))
    assert form["text"] == "a &lt; b &amp; \"c\"" and form["command"] == "/looker" and form["user_id"] == "U0BENJI"
    assert form["response_url"] == result["response_url"] and form["trigger_id"] == result["trigger_id"]
    base = b"v0:" + headers["X-Slack-Request-Timestamp"].encode() + b":" + raw
    assert headers["X-Slack-Signature"] == "v0=" + hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    assert result["status"] == 200 and box.messages("C0SALES") == []


def test_overrides_for_negative_tests(box: Running) -> None:
    box.slash("x", overrides={"signature": None, "fields": {"team_id": None, "ssl_check": "1"}, "timestamp_offset": -400})
    headers, raw = box.bot.requests[0]
    assert headers["X-Slack-Signature"] is None and b"ssl_check=1" in raw and b"team_id" not in raw
    box.slash("x", overrides={"raw_body": "{}", "content_type": "application/json", "timestamp": "abc", "trigger_id": "t"})
    headers, raw = box.bot.requests[1]
    assert (raw, headers["Content-Type"], headers["X-Slack-Request-Timestamp"]) == (b"{}", "application/json", "abc")
    assert http("POST", f"{box.url}/sandbox/slash", js={"text": "x", "overrides": {"sgnature": ""}}).status == 400


def test_immediate_answers(box: Running) -> None:
    box.bot.answers({"response_type": "in_channel"})
    box.slash("sales", channel="C0SALES")
    assert box.messages("C0SALES")[0]["_via"] == "slash"
    box.bot.answers({"text": "just *you*"})
    box.slash("help", channel="C0SALES")
    box.bot.reply = lambda form: (200, {"Content-Type": "text/plain"}, b"a <b>")
    box.slash("help", channel="C0SALES")
    shown = box.messages("C0SALES")
    assert [(m["user"], m["text"], m.get("_ephemeral_to")) for m in shown] == [
        ("U0ADA", "/looker sales", None), (BOT_USER_ID, "just *you*", "U0ADA"), (BOT_USER_ID, "a &lt;b&gt;", "U0ADA")]


def test_the_typed_line_stands_before_an_answer_that_was_faster(box: Running) -> None:
    def reply(form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        box.slack("chat.postMessage", channel="C0SALES", text="the answer")
        return 200, {"Content-Type": "application/json"}, b'{"response_type":"in_channel"}'
    box.bot.reply = reply
    box.slash("sales", channel="C0SALES")
    assert [m["text"] for m in box.messages("C0SALES")] == ["/looker sales", "the answer"]


def test_a_bot_that_fails(box: Running) -> None:
    box.bot.answers({}, status=500)
    assert box.slash("x", channel="C0SALES")["error"] == "dispatch_failed"
    box.bot.answers({"text": "a & b"})
    assert box.slash("x", channel="C0SALES")["error"] == "invalid_arguments"
    released = threading.Event()
    box.bot.reply = lambda form: released.wait(5) and (200, {}, b"")  # type: ignore[return-value]
    assert box.slash("x", channel="C0SALES", overrides={"timeout": 0.05})["error"] == "operation_timeout"
    released.set()
    assert [m["user"] for m in box.messages("C0SALES", "U0ADA")] == ["USLACKBOT"] * 3


def hook(box: Running, url: str, body: Any) -> tuple[int, Any]:
    answer = http("POST", url, js=body)
    return answer.status, answer.text if answer.status == 200 else answer.json["error"]


def test_response_url_lives_five_uses(box: Running) -> None:
    url = box.slash("x", channel="C0BOARD")["response_url"]
    assert hook(box, url, {"text": "1"}) == (200, "ok")
    assert hook(box, url, {"text": "2", "response_type": "in_channel"}) == (200, "ok")
    assert [m.get("_ephemeral_to") for m in box.messages("C0BOARD")] == ["U0ADA", None]
    assert len(box.control("GET", "record?kind=hook&channel=C0BOARD&user=U0ADA")["records"]) == 2
    assert hook(box, url, {"text": "x", "blocks": [{"type": "nope"}]}) == (404, "invalid_blocks")
    assert hook(box, url, {"text": "4"})[0] == hook(box, url, {"text": "5"})[0] == 200
    assert hook(box, url, {"text": "6"}) == (404, "used_url")
    assert hook(box, box.url + "/commands/T0/1/x", {"text": "x"}) == (404, "invalid_url")


def test_response_url_lives_thirty_minutes(box: Running) -> None:
    url = box.slash("x")["response_url"]
    box.control("POST", "age_hooks", {"seconds": 1801})
    assert hook(box, url, {"text": "x"}) == (404, "expired_url")


def test_response_url_is_strict(box: Running) -> None:
    url = box.slash("x")["response_url"]
    assert http("POST", url, form={"text": "x"}).json["error"] == "invalid_payload"
    assert http("POST", url, js={"text": "x"}, headers={"Authorization": "Bearer x"}).json["error"] == "invalid_payload"
    assert hook(box, url, {"text": "x", "channel": "C0SALES"}) == (404, "invalid_arguments")
    assert hook(box, url, {"text": "x", "response_type": "inchannel"}) == (404, "invalid_response_type")


def test_replacing_and_deleting(box: Running) -> None:
    url = box.slash("x")["response_url"]
    hook(box, url, {"text": "1"})
    hook(box, url, {"text": "2", "replace_original": True})
    assert [m["text"] for m in box.messages()] == ["2"]
    hook(box, url, {"delete_original": True})
    assert box.messages() == []
    assert json.dumps(box.control("GET", "record?kind=hook")["records"][0]["answer"]) == '"ok"'
