"""The bot as Looker's action hub, and LookML's data actions: the list, the forms, what is sent, and what Looker is told."""
from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from typing import Any, Callable, Iterator

import pytest

from stack import Stack
from test_schedules import directory_is_read, knows_names

TOKEN = "sandbox-webhook-token-not-a-secret"
HUB_TOKEN = "hub-token-0123456789-not-a-secret"
PUBLIC = "https://bot.acme-shop.example"
SETTINGS = {"LOOKER_WEBHOOK_TOKEN": TOKEN, "LOOKERBOT_AUTH_TOKEN": HUB_TOKEN, "LOOKERBOT_PUBLIC_URL": PUBLIC + "/"}
AUTHORIZED = {"Authorization": f'Token token="{HUB_TOKEN}"', "Content-Type": "application/json"}
EXECUTE, HUB_FORM = PUBLIC + "/slack/post_from_query_action", PUBLIC + "/data_actions/hub_form"
ADDRESSES = ("/", "/lookerbot/hub", "/data_actions", "/data_actions/form", "/data_actions/hub_form", "/slack/post_from_query_action")
SENTENCE = ":signal_strength: I sent a value from Slack: Ada Lovelace"

Make = Callable[..., Stack]


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with knows_names(SETTINGS) as stack:
        yield stack


@pytest.fixture
def hub(shared: Stack) -> Stack:
    shared.reset()
    return shared


def looker(stack: Stack, step: str, **spec: Any) -> dict[str, Any]:
    """Looker calls the bot; the result has `status` and `json` of its answer, and `n`."""
    assert stack.sandbox is not None
    return stack.sandbox.call("POST", "/sandbox/hub", {"step": step, **spec}, timeout=90)


def act(stack: Stack, channel: str, message: str = "Hi", **spec: Any) -> dict[str, Any]:
    return looker(stack, "data_action", data={"channel": channel, "message": message}, **spec)


def said(result: dict[str, Any], success: bool) -> str:
    """What Looker shows; the answer is in both shapes."""
    assert result["status"] == 200, result
    answer = result["json"]
    assert answer["looker"]["success"] is answer["success"] is success, answer
    assert answer["looker"]["message"] == answer["reason"]
    return answer["reason"]


def posted(stack: Stack, result: dict[str, Any], name: str = "chat.postMessage", **query: Any) -> dict[str, Any]:
    return stack.wait(kind="slack", name=name, ok=1, after=result["n"], **query)[0]["body"]


def text_of(message: Any) -> str:
    return json.dumps(message, ensure_ascii=False)


# The list

@pytest.mark.parametrize("path", ["/", "/lookerbot/hub"])
def test_the_list(hub: Stack, path: str) -> None:
    answer = looker(hub, "list", url=path, token=None, authorization=f'Token token="{HUB_TOKEN}"')
    assert answer["status"] == 200
    assert answer["json"]["label"] == "Lookerbot"
    (action,) = answer["json"]["integrations"]
    assert action["name"] == "post" and action["url"] == EXECUTE and action["form_url"] == HUB_FORM
    assert action["supported_action_types"] == ["query", "dashboard"] and "wysiwyg_png" in action["supported_formats"]
    assert action["icon_data_uri"].startswith("data:image/svg+xml;base64,")
    assert action["params"] == action["required_fields"] == [] and action["uses_oauth"] is False


def test_people_see_a_page(hub: Stack) -> None:
    answer = hub.http("GET", "/")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/html") and b"Lookerbot" in answer.body


def test_without_an_address(make_stack: Make) -> None:
    with make_stack(settings={**SETTINGS, "LOOKERBOT_PUBLIC_URL": None}).running() as stack:
        answer = looker(stack, "list")
        assert answer["status"] == 503 and answer["json"]["looker"]["success"] is False
        assert answer["json"]["reason"].startswith("LOOKERBOT_PUBLIC_URL is not set: the bot's owner can set it")


# Who may

@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("headers", [{}, {"X-Looker-Webhook-Token": "wrong"}, {"Authorization": 'Token token="wrong"'},
                                     {"Authorization": f"Bearer {HUB_TOKEN}"}], ids=["none", "webhook", "hub", "scheme"])
def test_strangers(shared: Stack, path: str, headers: dict[str, str]) -> None:
    answer = shared.http("POST", path, b'{"data":{"channel":"#sales","message":"m"}}', headers)
    assert answer.status == 401 and answer.json()["looker"]["success"] is False
    named = "LOOKERBOT_AUTH_TOKEN" if headers.get("Authorization", "").startswith("Token") else "LOOKER_WEBHOOK_TOKEN"
    assert answer.json()["reason"].startswith("Invalid authorization headers.") and named in answer.json()["reason"]


@pytest.mark.parametrize("headers", [{"Authorization": f'Token token="{HUB_TOKEN}"'}, {"Authorization": f"token token={HUB_TOKEN}"},
                                     {"X-Looker-Webhook-Token": TOKEN}], ids=["hub", "lenient", "webhook"])
def test_those_who_may(shared: Stack, headers: dict[str, str]) -> None:
    for path in ADDRESSES:
        assert shared.http("POST", path, b"", headers).status == 200


def test_too_large(shared: Stack) -> None:
    answer = shared.http("POST", "/data_actions", b"x" * (1024 * 1024 + 1), AUTHORIZED)
    assert answer.status == 413 and answer.json()["looker"]["success"] is False and "larger" in answer.json()["looker"]["message"]


# Forms

def form(stack: Stack, url: str = HUB_FORM, **spec: Any) -> dict[str, dict[str, Any]]:
    answer = looker(stack, "form", url=url, **spec)
    assert answer["status"] == 200 and isinstance(answer["json"], list), answer
    return {field["name"]: field for field in answer["json"]}


def test_the_hubs_form(hub: Stack) -> None:
    fields = form(hub)
    assert list(fields) == ["channel", "message"] and fields["message"]["type"] == "textarea"
    assert fields["channel"]["type"] == "select" and fields["channel"]["required"] is True
    options = {option["label"]: option["name"] for option in fields["channel"]["options"]}
    assert options["#sales"] == "C0SALES" and options["#alerts"] == "C0ALERTS"
    assert [name for label, name in options.items() if label.startswith("@ada")] == ["U0ADA"]
    # Not archived ones, those without the bot, guests, bots.
    assert not {"C0OLD", "C0BOARD", "U0GUEST", "U0DEPLOY", "U0LOOKERBOT", "U0LEFT"} & set(options.values())
    labels = list(options)
    assert labels == sorted(labels, key=lambda label: (label[0] == "@", label))


def test_a_form_that_is_opened_again(hub: Stack) -> None:
    fields = form(hub, form_params={"channel": "C0SALES", "message": "Look!"}, data={"state_json": "{}"})
    assert fields["channel"]["default"] == "C0SALES" and fields["message"]["default"] == "Look!"
    fields = form(hub, form_params={"channel": "#gone"})
    assert fields["channel"]["default"] == "#gone"


def test_no_form_asks_slack(hub: Stack) -> None:
    last = looker(hub, "list")["n"]
    for _ in range(5):
        form(hub)
        form(hub, PUBLIC + "/data_actions/form")
    assert not hub.records(kind="slack", after=last)


def test_without_a_directory(make_stack: Make) -> None:
    stack = make_stack(settings=dict(SETTINGS))
    with stack.running():
        stack.fault({"where": "slack", "match": "conversations.list", "do": "down"})
        with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db, db:
            db.execute("DELETE FROM states WHERE key LIKE 'directory:%'")
        fields = form(stack)
        assert fields["channel"]["type"] == "string" and "#sales" in fields["channel"]["description"]


def fill_directory(stack: Stack, channels: int) -> None:
    """As if Slack had so many, all with the bot in them."""
    with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db, db:
        head, = db.execute("SELECT value FROM states WHERE key = 'directory:head'").fetchone()
        value = json.loads(head)
        page, size, expires = 0, 1000, int(time.time() * 1000) + 3_600_000
        for start in range(0, channels, size):
            lines = "".join(f"CX{n}\tteam-{n:05d}\t1\n" for n in range(start, start + size))
            db.execute("INSERT OR REPLACE INTO states (key, value, expires_ms) VALUES (?, ?, ?)",
                       (f"directory:{value['began_ms']}:channels:{page}", lines.encode(), expires))
            page += 1
        value["channels"]["pages"] = page
        db.execute("UPDATE states SET value = ? WHERE key = 'directory:head'", (json.dumps(value).encode(),))


def test_a_huge_workspace(make_stack: Make) -> None:
    with make_stack(settings=dict(SETTINGS)).running() as stack:
        directory_is_read(stack)
        fill_directory(stack, 20_000)
        fields = form(stack)
        assert list(fields) == ["search", "channel", "message"]
        assert fields["search"]["interactive"] is True and fields["channel"]["type"] == "string"
        fields = form(stack, form_params={"search": "team-0123"})
        assert [option["label"] for option in fields["channel"]["options"]] == [f"#team-0123{n}" for n in range(10)]
        fields = form(stack, form_params={"search": "team"})
        assert len(fields["channel"]["options"]) == 100 and "first 100" in fields["channel"]["description"]
        assert form(stack, form_params={"search": "nothing like it"})["channel"]["type"] == "string"
        assert form(stack, form_params={"search": "ada"})["channel"]["options"][0]["name"] == "U0ADA"


# Execute

@pytest.mark.parametrize("kind,form_of,name", [
    ("look", "json_detail", "chat.postMessage"), ("look", "csv", "chat.postMessage"), ("look", "txt", "chat.postMessage"),
    ("look", "json", "chat.postMessage"), ("look", "inline_json", "chat.postMessage"),
    ("look", "xlsx", "files.completeUploadExternal"), ("look", "html", "files.completeUploadExternal"),
    ("look", "wysiwyg_png", "files.completeUploadExternal"), ("dashboard", "wysiwyg_pdf", "files.completeUploadExternal"),
    ("dashboard", "assembled_pdf", "files.completeUploadExternal"), ("dashboard", "csv_zip", "files.completeUploadExternal")])
def test_each_format_by_the_hub(hub: Stack, kind: str, form_of: str, name: str) -> None:
    spec = {"url": EXECUTE, "kind": kind, "format": form_of, "title": "Daily", "by_hand": form_of == "csv",
            "form_params": {"channel": "C0SALES", "message": "See *this* <now> &"}}
    if kind == "dashboard":
        spec["id"] = "30"
    result = looker(hub, "execute", **spec)
    assert said(result, True) == "“Daily” will be posted to #sales."
    message = text_of(posted(hub, result, name))
    assert "See *this* &lt;now&gt; &amp;" in message and "Daily" in message and "Sent by Looker" in message


@pytest.mark.parametrize("params,field,words", [
    ({}, "channel", "Channel not specified. Give a channel"), ({"channel": "#nowhere"}, "channel", "There is no channel #nowhere"),
    ({"channel": "@nobody"}, "channel", "There is nobody called “nobody”"),
    ({"channel": "nobody@acme-shop.example"}, "channel", "There is nobody called")])
def test_the_hubs_refusals(hub: Stack, params: dict[str, str], field: str, words: str) -> None:
    result = looker(hub, "execute", url=EXECUTE, form_params=params)
    assert said(result, False).startswith(words)
    assert list(result["json"]["looker"]["validation_errors"]) == [field]


def test_data_that_the_hub_cannot_send(hub: Stack) -> None:
    assert "JSON" in said(looker(hub, "execute", url=EXECUTE, raw_body="{"), False)


def test_by_mail_address(hub: Stack) -> None:
    result = looker(hub, "execute", url=EXECUTE, format="csv", form_params={"channel": "ada@acme-shop.example"})
    said(result, True)
    posted(hub, result, channel="D0ADA")


# Alerts

def test_an_alert(hub: Stack) -> None:
    result = looker(hub, "alert", url=EXECUTE, id="20", threshold=1000, title="Revenue is high", form_params={"channel": "C0ALERTS"})
    said(result, True)
    message = text_of(posted(hub, result, channel="C0ALERTS"))
    assert "Revenue is high" in message and "(threshold: above 1000)" in message and "/dashboards/20" in message and ":bell:" in message


def test_an_alert_as_the_api_has_it(hub: Stack) -> None:
    alert = {"custom_title": "Too many", "field": {"title": "Orders", "name": "orders.count"}, "comparison_type": "GREATER_THAN",
             "threshold": 100.0, "dashboard_element_id": "5", "url": "/dashboards/20"}
    body = {"type": "query", "scheduled_plan": None, "attachment": None, "form_params": {"channel": "C0ALERTS"},
            "alert": alert, "data": {"field_value": 123, "threshold_value": 100}}
    result = looker(hub, "execute", url=EXECUTE, raw_body=json.dumps(body))
    said(result, True)
    message = text_of(posted(hub, result, channel="C0ALERTS"))
    assert "Too many" in message and "Orders" in message and "(threshold: above 100)" in message and "/dashboards/20" in message


def test_an_alert_of_an_unknown_shape(hub: Stack) -> None:
    result = looker(hub, "execute", url=EXECUTE, title="Alert: stock is low", form_params={"channel": "C0ALERTS"},
                    overrides={"attachment": {"extension": "json", "mimetype": "application/json",
                                              "data": '{"what": "Pallets", "now": 3, "limit": 10}'}})
    said(result, True)
    message = text_of(posted(hub, result, channel="C0ALERTS"))
    assert "Alert: stock is low" in message and "Pallets" in message and "/looks/12" in message


# Data actions: the README's three, word for word

def test_let_the_user_choose_a_channel(hub: Stack) -> None:
    answer = looker(hub, "data_action_form", label="Send to Slack Channel")
    (field,) = answer["json"]
    assert field["name"] == "channel" and field["label"] == "Share In" and field["required"] is True
    chosen = next(one["name"] for one in field["options"] if one["label"] == "#general")
    result = looker(hub, "data_action", label="Send to Slack Channel", form_params={"channel": chosen})
    assert said(result, True) == "Sent!"
    assert posted(hub, result, channel="C0GENERAL")["text"] == SENTENCE


def test_a_preset_channel(hub: Stack) -> None:
    result = looker(hub, "data_action", label="Ping Channel")
    assert said(result, True) == "Sent!"
    assert posted(hub, result, channel="C0ALERTS")["text"] == SENTENCE


def test_ask_the_user_for_a_message(hub: Stack) -> None:
    result = looker(hub, "data_action", label="Ask a Question",
                    form_params={"message": "Something seems wrong... (add details)"})
    assert said(result, True) == "Sent!"
    assert posted(hub, result, channel="C0ALERTS")["text"] == "Something seems wrong... (add details)"


# Data actions: the rest

def test_a_form_for_what_the_action_does_not_say(hub: Stack) -> None:
    answer = looker(hub, "data_action_form", data={"value": "1", "rendered": "1", "channel": "#alerts"})
    assert [field["name"] for field in answer["json"]] == ["channel", "message"]
    assert answer["json"][0]["default"] == "C0ALERTS"
    assert [field["name"] for field in looker(hub, "data_action_form", data={}, raw_body="")["json"]] == ["channel"]


def test_to_a_person(hub: Stack) -> None:
    for channel in ("@ada", "U0ADA", "ada@acme-shop.example"):
        result = act(hub, channel, f"For {channel}")
        assert said(result, True) == "Sent!"
        assert posted(hub, result, channel="D0ADA")["text"].startswith("For ")


def test_a_value_cannot_ping_or_hide_a_link(hub: Stack) -> None:
    result = act(hub, "#sales", "*Look* :eyes: <!channel> <@U0BENJI> <http://evil.example|our page> https://acme-shop.example/a?b=c&d")
    assert said(result, True) == "Sent!"
    message = posted(hub, result, channel="C0SALES")
    assert message["text"] == ("*Look* :eyes: &lt;!channel&gt; &lt;@U0BENJI&gt; &lt;<http://evil.example>|our page&gt; "
                               "<https://acme-shop.example/a?b=c&amp;d>")
    assert not hub.conversation("C0SALES")[-1].get("_pings")


@pytest.mark.parametrize("spec,field,words", [
    ({"data": {"channel": "#sales"}}, "message", "There is no message"),
    ({"data": {"message": "m"}}, "channel", "Channel not specified."),
    ({"data": {"channel": "#sales", "message": 7}}, "message", "message must be a string."),
    ({"data": {"channel": 7, "message": "m"}}, "channel", "channel must be a string."),
    ({"data": {"channel": "#sales", "message": "x" * 4001}}, "message", "The message is longer than 4000 characters."),
    ({"data": {"channel": "#nowhere", "message": "m"}}, "channel", "There is no channel #nowhere, or the bot is not in it"),
    ({"data": {"channel": "#old-campaign", "message": "m"}}, "channel", "There is no channel #old-campaign"),
    ({"data": {"channel": "@nobody", "message": "m"}}, "channel", "There is nobody called “nobody”"),
    ({"data": {}, "raw_body": "no json"}, None, "The JSON cannot be read")],
    ids=["no-message", "no-channel", "message-type", "channel-type", "long", "nowhere", "archived", "nobody", "no-json"])
def test_refusals(hub: Stack, spec: dict[str, Any], field: Any, words: str) -> None:
    result = looker(hub, "data_action", **spec)
    assert said(result, False).startswith(words)
    assert list(result["json"]["looker"].get("validation_errors") or {}) == ([field] if field else [])
    assert not hub.records(kind="slack", name="chat.postMessage", after=result["n"])


def test_what_slack_refuses_is_told(hub: Stack) -> None:
    hub.workspace(channels={"C0SALES": {"is_archived": True}}, without_scopes=["chat:write.public"])
    assert said(act(hub, "#sales"), False).startswith(
        "It was not sent: That channel is archived. One of its members can bring it back, or choose another one.")
    assert "I am not in that channel. Invite me with /invite." in said(act(hub, "C0RANDOM"), False)
    assert "I cannot see that channel." in said(act(hub, "C0NOWHERE1"), False)


def test_slack_takes_its_time(hub: Stack) -> None:
    hub.fault({"where": "slack", "match": "chat.postMessage", "do": "delay", "seconds": 6, "times": 1})
    result = act(hub, "#support", "Late")
    assert said(result, True) == "Accepted: it will be sent to #support."
    assert posted(hub, result, channel="C0SUPPORT")["text"] == "Late"
    assert sum("Late" in text_of(one) for one in hub.conversation("C0SUPPORT")) == 1


def test_slack_is_away(hub: Stack) -> None:
    hub.fault({"where": "slack", "match": "chat.postMessage", "do": "down"})
    result = act(hub, "#support", "Later")
    assert said(result, True).startswith("Accepted: it will be sent to #support. (Not yet: ")
    hub.clear_faults()
    assert posted(hub, result, channel="C0SUPPORT")["text"] == "Later"


def test_twice(hub: Stack) -> None:
    first, second = (act(hub, "#sales", "Once", webhook_id="feedfacefeedfacefeedfacefeedface") for _ in range(2))
    assert said(first, True) == "Sent!" and said(second, True) == "It came before, and is sent once to #sales."
    # Without an id the same bytes count for two minutes; another channel is another message.
    for channel in ("#general", "#general", "#support"):
        act(hub, channel, "Same", headers={"X-Looker-Webhook-Id": None})
    said(act(hub, "#sales", "Last"), True)
    assert sum("Once" in text_of(one) for one in hub.conversation("C0SALES")) == 1
    assert sum("Same" in text_of(one) for one in hub.conversation("C0GENERAL")) == 1
    assert sum("Same" in text_of(one) for one in hub.conversation("C0SUPPORT")) == 1


def test_once_more_after_a_refusal(hub: Stack) -> None:
    """Whoever has mended what Slack did not like presses again, with the same bytes: nobody is told that it is sent already."""
    same: dict[str, Any] = {"channel": "#sales", "message": "Mended", "headers": {"X-Looker-Webhook-Id": None}}
    hub.workspace(channels={"C0SALES": {"is_archived": True}})
    for _ in range(2):
        assert "archived" in said(act(hub, **same), False)
    hub.workspace(channels={"C0SALES": {"is_archived": False}})
    assert said(act(hub, **same), True) == "Sent!"
    assert said(act(hub, **same), True) == "It came before, and is sent once to #sales."
    assert sum("Mended" in text_of(one) for one in hub.conversation("C0SALES")) == 1


def test_those_who_wait_do_not_hold_up_slack(make_stack: Make) -> None:
    with make_stack(settings={**SETTINGS, "LOOKERBOT_THREADS": "4"}).running() as stack:
        directory_is_read(stack)
        stack.fault({"where": "slack", "match": "chat.postMessage", "do": "hang", "seconds": 8})
        results: list[dict[str, Any]] = []
        threads = [threading.Thread(target=lambda n=n: results.append(act(stack, "#sales", f"Number {n}"))) for n in range(12)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            ack = stack.slash("help")
            assert ack["status"] == 200 and not ack["error"], ack
            for thread in threads:
                thread.join(0.02)
        for thread in threads:
            thread.join()
        assert len(results) == 12 and all("Accepted: it will be sent" in said(one, True) for one in results)
        stack.clear_faults()
