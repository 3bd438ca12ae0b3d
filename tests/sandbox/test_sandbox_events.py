"""What people type, press and open: events, retries, unfurls, buttons, App Home."""
from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox_harness import Running, http
from slack_compose import as_text, parts_of, unfurlable
from slack_people import BOT_ID, BOT_USER_ID, PARTNER_TEAM_ID, TEAM_ID
from slack_press import spots_of

PEOPLE = {"looker": BOT_USER_ID, "ada": "U0ADA"}
LINK = "http://127.0.0.1:3335/looks/21?a=1&b=2"
ESCAPED = LINK.replace("&", "&amp;")


def say(box: Running, text: str = "@looker sales", **spec: Any) -> dict[str, Any]:
    return box.control("POST", "message", {"channel": "C0SALES", "text": text, **spec})


def sent(box: Running, name: str = "", count: int = 1) -> list[dict[str, Any]]:
    found = box.control("GET", f"wait?kind=event&name={name}&count={count}")
    assert found["ok"], found
    return found["records"]


def types(answer: dict[str, Any]) -> list[str]:
    return [one["type"] for one in answer["events"]]


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Go"}, **more}


def actions(*elements: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": list(elements), **more}]


# Typing

@pytest.mark.parametrize("typed, text", [
    ("@looker help", f"<@{BOT_USER_ID}> help"), ("hey @Looker: a & b <c>", f"hey <@{BOT_USER_ID}>: a &amp; b &lt;c&gt;"),
    ("a@looker.example", "a@looker.example"), ("@lookers", "@lookers"), ("@looker.", f"<@{BOT_USER_ID}>."), ("@ada @nobody", "<@U0ADA> @nobody"),
    ("see https://x.example/a?b=1&c=2, ok", "see <https://x.example/a?b=1&amp;c=2>, ok"), ("(http://x.example)", "(<http://x.example>)"),
    ("", ""),
])
def test_what_slack_makes_of_it(typed: str, text: str) -> None:
    assert as_text(parts_of(typed, PEOPLE)) == text


def test_links_of_unfurl_domains() -> None:
    text = f"<{ESCAPED}> <{ESCAPED}|again> <https://a.looker.example/x> <https://looker.example.org> <https://LOOKER.example:9999>"
    assert [one["url"] for one in unfurlable(text, ["127.0.0.1", "looker.example"])] == [
        ESCAPED, "https://a.looker.example/x", "https://LOOKER.example:9999"]


def test_a_mention(box: Running) -> None:
    answer = say(box)
    assert answer["events"] == [{"event_id": answer["events"][0]["event_id"], "type": "app_mention", "status": 200, "attempts": 1}]
    record = sent(box, "app_mention")[0]
    body = record["body"]
    assert (record["channel"], record["user"], record["path"]) == ("C0SALES", "U0ADA", "/slack/event")
    assert record["headers"]["content-type"] == "application/json" and record["headers"]["x-slack-signature"].startswith("v0=")
    assert body["type"] == "event_callback" and body["team_id"] == body["context_team_id"] == TEAM_ID
    assert body["authorizations"][0]["user_id"] == BOT_USER_ID and body["is_ext_shared_channel"] is False
    event = body["event"]
    assert event["text"] == f"<@{BOT_USER_ID}> sales" and event["ts"] == event["event_ts"] == answer["ts"] and "channel_type" not in event
    assert event["blocks"][0]["elements"][0]["elements"][0] == {"type": "user", "user_id": BOT_USER_ID}
    assert box.messages("C0SALES")[0]["text"] == event["text"] and json.loads(box.bot.requests[0][1]) == body


def test_which_events_a_message_causes(box: Running) -> None:
    assert types(say(box, "no mention")) == []
    assert types(say(box, channel="C0RANDOM")) == []                    # the bot is not there
    assert types(say(box, channel="D0ADA")) == ["message.im"]           # no app_mention in a DM
    assert types(say(box, "hi", channel="D0TWO")) == []
    assert types(say(box, f"{LINK} {LINK}x", channel="C0RANDOM")) == ["link_shared"]
    shared = sent(box, "link_shared")[0]["body"]["event"]
    assert [one["url"] for one in shared["links"]] == [ESCAPED, ESCAPED + "x"] and shared["is_bot_user_member"] is False
    assert shared["source"] == "conversations_history" and shared["message_ts"] == box.messages("C0RANDOM")[-1]["ts"]
    box.control("POST", "workspace", {"events": ["app_mention", "message.channels"]})
    assert types(say(box, f"@looker {LINK}")) == ["app_mention", "message.channels"]
    assert types(say(box, channel="D0ADA")) == []
    assert sent(box, "message.channels")[0]["body"]["event"]["channel_type"] == "channel"
    assert http("POST", f"{box.url}/sandbox/message", js={"channel": "C0OLD", "text": "x"}).status == 400
    assert http("POST", f"{box.url}/sandbox/message", js={"chanel": "C0SALES"}).status == 400
    # A direct message is between those who are in it; a person's id names the one with the bot.
    assert http("POST", f"{box.url}/sandbox/message", js={"channel": "D0BENJI", "text": "x"}).status == 400
    box.control("POST", "workspace", {"events": ["message.im"]})
    assert types(say(box, channel="U0GUEST", user="U0GUEST")) == ["message.im"]


def test_people_of_other_companies_and_bots(box: Running) -> None:
    assert types(say(box, f"@looker {LINK}", channel="C0PARTNERS", user="U0EVE")) == ["app_mention"]
    body = sent(box, "app_mention")[0]["body"]
    assert (body["team_id"], body["context_team_id"], body["is_ext_shared_channel"]) == (PARTNER_TEAM_ID, TEAM_ID, True)
    assert body["event"]["team"] == body["event"]["user_team"] == PARTNER_TEAM_ID
    assert types(say(box, f"@looker {LINK}", user="U0DEPLOY")) == ["app_mention"]
    assert sent(box, "app_mention", 2)[1]["body"]["event"]["bot_id"] == "B0DEPLOY"


def test_extra_keys_threads_and_the_envelope(box: Running) -> None:
    parent = say(box, "parent")["ts"]
    say(box, thread_ts=parent, extra={"subtype": "file_share", "client_msg_id": None}, envelope={"event_time": 1, "event_context": None})
    body = sent(box, "app_mention")[0]["body"]
    assert body["event"]["thread_ts"] == parent and body["event"]["subtype"] == "file_share" and "client_msg_id" not in body["event"]
    assert body["event_time"] == 1 and "event_context" not in body
    assert box.messages("C0SALES")[1]["parent_user_id"] == "U0ADA" and "subtype" not in box.messages("C0SALES")[1]
    # Mentions as old clients wrote them.
    assert types(say(box, "x", extra={"text": f"<@{BOT_USER_ID}|looker> x"})) == ["app_mention"]


def test_own_posts_come_back(box: Running) -> None:
    box.control("POST", "workspace", {"events": ["message.im", "message.channels"]})
    post = box.slack("chat.postMessage", channel="D0ADA", text="one")
    event = sent(box, "message.im")[0]["body"]["event"]
    assert event["bot_id"] == BOT_ID and "subtype" not in event and event["channel_type"] == "im" and "_via" not in event
    box.slack("chat.update", channel="D0ADA", ts=post["ts"], text="two")
    changed = sent(box, "message.im", 2)[1]["body"]["event"]
    assert changed["subtype"] == "message_changed" and (changed["message"]["text"], changed["previous_message"]["text"]) == ("two", "one")
    box.slack("chat.delete", channel="D0ADA", ts=post["ts"])
    assert sent(box, "message.im", 3)[2]["body"]["event"]["subtype"] == "message_deleted"
    hook = box.slash("x", channel="C0SALES")
    http("POST", hook["response_url"], js={"text": "by hook", "response_type": "in_channel"})
    by_hook = sent(box, "message.channels")[0]["body"]["event"]
    assert by_hook["subtype"] == "bot_message" and by_hook["bot_id"] == "B0HOOK" != BOT_ID
    http("POST", hook["response_url"], js={"text": "only you"})
    box.slack("chat.postMessage", channel="C0SALES", text="last")
    assert sent(box, "message.channels", 2)[1]["body"]["event"]["text"] == "last"


# Deliveries

def test_retries(box: Running) -> None:
    box.control("POST", "workspace", {"retry_delays": [0.01, 0.01, 0.01]})
    box.bot.answers({}, status=503)
    assert say(box)["events"][0]["status"] == 503
    tries = sent(box, "app_mention", 4)
    numbers = [(one["headers"].get("x-slack-retry-num"), one["headers"].get("x-slack-retry-reason"), one["ok"]) for one in tries]
    assert numbers == [(None, None, False)] + [(str(n), "http_error", False) for n in (1, 2, 3)]
    assert len({one["event_id"] for one in tries}) == 1 and len({one["body"]["event_id"] for one in tries}) == 1
    # One good answer ends them, and so does the bot's wish.
    box.bot.reply = lambda form: (200 if len(box.bot.requests) % 2 == 0 else 500, {}, b"")
    box.bot.requests.clear()
    box.control("DELETE", "record")
    say(box)
    assert [one["status"] for one in sent(box, "app_mention", 2)] == [500, 200]
    box.bot.reply = lambda form: (500, {"X-Slack-No-Retry": "1"}, b"")
    box.control("DELETE", "record")
    say(box)
    box.bot.reply = lambda form: (204, {}, b"")
    say(box, "@looker again")
    assert box.control("GET", "wait?kind=event&count=3&timeout=0.3")["ok"] is False
    assert [one["status"] for one in box.control("GET", "record?kind=event")["records"]] == [500, 204]


def test_an_event_exactly(box: Running) -> None:
    box.bot.answers({"challenge": "c"})
    answer = box.control("POST", "event", {"envelope": {"type": "url_verification", "challenge": "c"}, "retries": False})
    assert json.loads(answer["body"]) == {"challenge": "c"} and json.loads(box.bot.requests[0][1])["type"] == "url_verification"
    answer = box.control("POST", "event", {"event": {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}, "event_id": "Ev1",
                                           "headers": {"X-Slack-Retry-Num": 1}, "overrides": {"signature": "v0=00"}})
    assert answer["event_id"] == "Ev1" and answer["status"] == 200
    headers, raw = box.bot.requests[1]
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Signature"]) == ("1", "v0=00")
    assert json.loads(raw)["event"] == {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}
    box.control("POST", "event", {"event": {"type": "x"}, "overrides": {"raw_body": "{", "path": "/slack/else"}})
    assert box.bot.requests[2][1] == b"{"
    assert http("POST", f"{box.url}/sandbox/event", js={"event": {}, "overrides": {"colour": 1}}).status == 400


def test_redelivery(box: Running) -> None:
    event_id = say(box)["events"][0]["event_id"]
    assert box.control("POST", "redeliver", {"event_id": event_id, "times": 2})["events"][1]["event_id"] == event_id
    new = box.control("POST", "redeliver", {"event_id": event_id, "new_ids": True, "retry_num": 1})["events"][0]["event_id"]
    bodies = [json.loads(raw) for _, raw in box.bot.requests]
    assert [one["event_id"] for one in bodies] == [event_id] * 3 + [new] and new != event_id
    assert len({one["event"]["ts"] for one in bodies}) == 1 and box.bot.requests[3][0]["X-Slack-Retry-Num"] == "1"
    assert http("POST", f"{box.url}/sandbox/redeliver", js={"event_id": "EvNONE"}).status == 400


# Unfurls

def shared(box: Running, text: str = LINK) -> dict[str, Any]:
    ts = say(box, text)["ts"]
    return {"ts": ts, **sent(box, "link_shared")[-1]["body"]["event"]}


def unfurl(box: Running, unfurls: Any, **place: Any) -> dict[str, Any]:
    return box.slack("chat.unfurl", unfurls=unfurls, **place)


def section(text: str = "*x*") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_unfurl(box: Running) -> None:
    event = shared(box)
    place = {"channel": "C0SALES", "ts": event["ts"]}
    assert unfurl(box, {ESCAPED: {"blocks": [section()] + actions(button(value="v"))}}, **place)["ok"]
    message = box.messages("C0SALES")[0]
    assert message["_unfurls"][ESCAPED]["blocks"][0]["text"]["text"] == "*x*" and "edited" not in message
    assert unfurl(box, {ESCAPED: {"title": "t", "text": "x"}}, unfurl_id=event["unfurl_id"], source="conversations_history")["ok"]
    assert box.messages("C0SALES")[0]["_unfurls"] == {ESCAPED: {"title": "t", "text": "x"}}


@pytest.mark.parametrize("unfurls, error", [
    ({LINK: {"blocks": [section()]}}, "cannot_unfurl_url"),     # not byte for byte what the event said
    ("[]", "invalid_unfurls_format"), ("x", "invalid_unfurls_format"), ({ESCAPED: "x"}, "invalid_unfurls_format"),
    ({ESCAPED: {}}, "cannot_parse_attachment"), ({ESCAPED: {"blocks": []}}, "cannot_parse_attachment"),
    ({ESCAPED: {"colour": "red", "text": "x"}}, "cannot_parse_attachment"), ({ESCAPED: {"text": "a < b"}}, "cannot_parse_attachment"),
    ({ESCAPED: {"blocks": [section("a < b")]}}, "cannot_parse_attachment"), ("", "missing_unfurls"),
    *[({ESCAPED: {"blocks": [{"type": kind}]}}, "cannot_parse_attachment") for kind in ("rich_text", "table", "data_table", "data_visualization")],
])
def test_unfurls_that_are_refused(box: Running, unfurls: Any, error: str) -> None:
    event = shared(box)
    assert unfurl(box, unfurls, channel="C0SALES", ts=event["ts"])["error"] == error
    assert "_unfurls" not in box.messages("C0SALES")[0]


def test_where_to_unfurl(box: Running) -> None:
    event = shared(box)
    good = {ESCAPED: {"text": "x"}}
    plain = say(box, "no link")["ts"]
    for place, error in [({}, "missing_channel"), ({"channel": "C0SALES"}, "missing_ts"), ({"unfurl_id": "u"}, "missing_source"),
                         ({"source": "composer"}, "missing_unfurl_id"), ({"unfurl_id": "u", "source": "composer"}, "invalid_unfurl_id"),
                         ({"unfurl_id": event["unfurl_id"], "source": "composer"}, "invalid_source"),
                         ({"channel": "C0NONE", "ts": "1"}, "cannot_find_channel"), ({"channel": "C0SALES", "ts": "1"}, "cannot_find_message"),
                         ({"channel": "C0SALES", "ts": plain}, "cannot_unfurl_message")]:
        assert unfurl(box, good, **place)["error"] == error
    box.control("POST", "workspace", {"without_scopes": ["links:write"]})
    assert unfurl(box, good, channel="C0SALES", ts=event["ts"])["needed"] == "links:write"


def test_unfurl_while_typing(box: Running) -> None:
    box.control("POST", "event", {"event": {
        "type": "link_shared", "channel": "COMPOSER", "message_ts": "u-1", "unfurl_id": "u-1", "source": "composer", "user": "U0ADA",
        "links": [{"domain": "127.0.0.1", "url": ESCAPED}], "event_ts": "1.2", "is_bot_user_member": True}})
    assert unfurl(box, {ESCAPED: {"text": "x"}}, unfurl_id="u-1", source="composer")["ok"]
    assert unfurl(box, {LINK: {"text": "x"}}, unfurl_id="u-1", source="composer")["error"] == "cannot_unfurl_url"
    assert unfurl(box, {ESCAPED: {"text": "x"}}, channel="COMPOSER", ts="u-2")["error"] == "cannot_find_channel"


# Buttons

def test_a_press(box: Running) -> None:
    ts = box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=actions(
        button(action_id="a", value="1"), button(value="2", style="danger"), block_id="row"))["ts"]
    answer = box.control("POST", "press", {"channel": "C0SALES", "ts": ts, "action_id": "a", "user": "U0BENJI"})
    assert answer["status"] == 200 and answer["response_url"].startswith(box.url + "/actions/")
    record = sent(box, "block_actions")[0]
    payload = record["body"]
    assert json.loads(dict(http_form(box.bot.requests[0][1]))["payload"]) == payload and record["path"] == "/slack/action"
    assert payload["user"] == {"id": "U0BENJI", "username": "benji", "name": "benji", "team_id": TEAM_ID}
    assert payload["container"] == {"type": "message", "message_ts": ts, "channel_id": "C0SALES", "is_ephemeral": False}
    assert payload["message"]["ts"] == ts and "_via" not in payload["message"] and payload["is_enterprise_install"] is False
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"], action["text"]["emoji"]) == ("a", "row", "1", True)
    box.control("POST", "press", {"channel": "C0SALES", "ts": ts, "n": 1})
    second = sent(box, "block_actions", 2)[1]["body"]["actions"][0]
    assert second["action_id"] and (second["value"], second["style"]) == ("2", "danger")
    for wrong in ({"channel": "C0SALES", "ts": ts, "n": 2}, {"channel": "C0SALES", "ts": "1"}, {"channel": "C0SALES", "ts": ts, "m": 1}):
        assert http("POST", f"{box.url}/sandbox/press", js=wrong).status == 400


def http_form(raw: bytes) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl
    return parse_qsl(raw.decode())


def test_a_press_on_what_only_one_sees(box: Running) -> None:
    ts = box.slack("chat.postEphemeral", channel="C0SALES", user="U0ADA", text="x", blocks=actions(button(action_id="a")))["message_ts"]
    press = {"channel": "C0SALES", "message_ts": ts, "action_id": "a"}
    hook = box.control("POST", "press", press)["response_url"]
    payload = sent(box, "block_actions")[0]["body"]
    assert payload["container"]["is_ephemeral"] is True and "message" not in payload
    assert http("POST", f"{box.url}/sandbox/press", js={**press, "user": "U0BENJI"}).status == 400
    # Replaced, it stays whose it was, and where it was.
    assert http("POST", hook, js={"replace_original": True, "text": "done", "response_type": "in_channel"}).text == "ok"
    message = box.messages("C0SALES")[-1]
    assert (message["text"], message["ts"], message["_ephemeral_to"]) == ("done", ts, "U0ADA") and "blocks" not in message
    assert http("POST", hook, js={"delete_original": True}).text == "ok" and box.messages("C0SALES") == []
    for _ in range(3):
        assert http("POST", hook, js={"text": "more"}).text == "ok"
    assert http("POST", hook, js={"text": "more"}).json["error"] == "used_url"


def test_a_press_in_an_unfurl(box: Running) -> None:
    event = shared(box)
    unfurl(box, {ESCAPED: {"blocks": [section()] + actions(button(action_id="u", value="v"))}}, channel="C0SALES", ts=event["ts"])
    hook = box.control("POST", "press", {"channel": "C0SALES", "ts": event["ts"], "action_id": "u"})["response_url"]
    payload = sent(box, "block_actions")[0]["body"]
    assert payload["container"]["is_app_unfurl"] and payload["container"]["app_unfurl_url"] == ESCAPED
    assert payload["app_unfurl"]["blocks"] and "message" not in payload
    http("POST", hook, js={"replace_original": True, "text": "done"})
    message = box.messages("C0SALES")[0]
    assert message["_unfurls"] == {ESCAPED: {"text": "done"}} and message["text"] == f"<{ESCAPED}>"


def test_a_legacy_press(box: Running) -> None:
    attachment = {"callback_id": "data_action", "fallback": "f", "text": "Sure?", "actions": [
        {"name": "approve", "type": "button", "text": "Approve", "value": "q:1"}]}
    ts = box.slack("chat.postMessage", channel="C0SALES", text="x", attachments=[attachment])["ts"]
    box.bot.answers({"text": "Approved"})
    box.control("POST", "press", {"channel": "C0SALES", "ts": ts, "legacy": True})
    payload = sent(box, "interactive_message")[0]["body"]
    assert payload["actions"] == [{"name": "approve", "type": "button", "value": "q:1"}] and payload["callback_id"] == "data_action"
    assert payload["attachment_id"] == "1" and payload["original_message"]["attachments"][0]["id"] == 1
    message = box.messages("C0SALES")[0]        # the answer replaces it unless it says otherwise
    assert (message["text"], message["ts"]) == ("Approved", ts) and "attachments" not in message


def test_a_press_that_fails_is_shown(box: Running) -> None:
    ts = box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=actions(button()))["ts"]
    box.bot.answers({}, status=500)
    assert box.control("POST", "press", {"channel": "C0SALES", "ts": ts})["error"] == "dispatch_failed"
    message = box.messages("C0SALES", "U0ADA")[-1]
    assert message["_error"] and message["_ephemeral_to"] == "U0ADA" and "dispatch_failed" in message["text"]
    spoilt = box.control("POST", "press", {"channel": "C0SALES", "ts": ts, "overrides": {"fields": {"team": None}, "signature": "v0=1"}})
    assert spoilt["status"] == 500 and "team" not in json.loads(dict(http_form(box.bot.requests[1][1]))["payload"])
    assert box.bot.requests[1][0]["X-Slack-Signature"] == "v0=1"


def test_menus(box: Running) -> None:
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("a", "b")]
    ts = box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=[
        {**section(), "accessory": {"type": "overflow", "action_id": "o", "options": options}}])["ts"]
    box.control("POST", "press", {"channel": "C0SALES", "ts": ts, "action_id": "o", "value": "b"})
    assert sent(box, "block_actions")[0]["body"]["actions"][0]["selected_option"]["value"] == "b"
    assert len(spots_of(box.messages("C0SALES")[0])) == 1


@pytest.mark.parametrize("blocks", [
    actions(*[button(action_id=str(n)) for n in range(26)]), actions(button(value="x" * 2001)), actions(button(action_id="x" * 256)),
    actions(button(text={"type": "plain_text", "text": "x" * 76})), actions(button(text={"type": "mrkdwn", "text": "x"})),
    actions(button(style="loud")), actions(button(action_id="a"), button(action_id="a")), actions(button(action_id="a")) + actions(button(action_id="a")),
    actions(button(), block_id="b") + actions(button(), block_id="b"), actions(button(url="javascript:x")), actions(),
    actions(button(confirm={"title": {"type": "plain_text", "text": "x" * 101}, "text": {"type": "plain_text", "text": "x"},
                            "confirm": {"type": "plain_text", "text": "x"}, "deny": {"type": "plain_text", "text": "x"}})),
])
def test_buttons_that_slack_refuses(box: Running, blocks: Any) -> None:
    assert box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=blocks)["error"] == "invalid_blocks"
