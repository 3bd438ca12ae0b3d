"""Modals: what Slack refuses, and what a person's client does with them."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox_harness import Running, http
from socket_client import Client, walk
from test_sandbox_events import sent


def text(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def option(words: str, value: str = "") -> dict[str, Any]:
    return {"text": text(words), "value": value or words.lower()}


def field(label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = label.lower()
    return {"type": "input", "block_id": "b_" + name, "label": text(label), "element": {"action_id": "a_" + name, **element}, **more}


NAME = field("Name", {"type": "plain_text_input", "min_length": 2, "max_length": 5})
REGION = field("Region", {"type": "static_select", "options": [option("EMEA"), option("AMER")], "initial_option": option("AMER")},
               dispatch_action=True)
CUSTOMER = field("Customer", {"type": "external_select", "min_query_length": 0}, optional=True)


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": text("Form"), "submit": text("Send"), "private_metadata": "key",
            "blocks": list(blocks or (NAME, REGION, CUSTOMER)), **more}


def opened(box: Running, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = box.slack("views.open", trigger_id=box.slash("x")["trigger_id"], view=modal(*blocks, **more))
    assert answer["ok"], answer
    return answer["view"]


def submit(box: Running, **spec: Any) -> dict[str, Any]:
    return box.control("POST", "submit", spec)


def payload_of(box: Running, kind: str = "view_submission") -> dict[str, Any]:
    return sent(box, kind)[-1]["body"]


def test_submission(box: Running) -> None:
    view = opened(box)
    answer = submit(box, values={"Name": "Ada"})
    assert answer["sent"] and answer["view"] is None and answer["open"] == 0 and answer["status"] == 200
    payload = payload_of(box)
    assert payload["view"]["state"]["values"] == {
        "b_name": {"a_name": {"type": "plain_text_input", "value": "Ada"}},
        "b_region": {"a_region": {"type": "static_select", "selected_option": option("AMER")}},
        "b_customer": {"a_customer": {"type": "external_select", "selected_option": None}}}
    assert (payload["view"]["private_metadata"], payload["view"]["hash"]) == ("key", view["hash"])
    assert "channel" not in payload and payload["user"]["id"] == "U0ADA" and payload["trigger_id"]
    assert box.slack("views.update", view_id=view["id"], view=modal())["error"] == "not_found", "it is closed"
    assert sent(box, "view_submission")[0]["path"] == "/slack/action"


@pytest.mark.parametrize("value, why", [("", "required"), ("x", "at least 2"), ("abcdef", "shorten this to 5")])
def test_the_client_does_not_send_what_does_not_fit(box: Running, value: str, why: str) -> None:
    opened(box)
    answer = submit(box, values={"Name": value})
    assert not answer["sent"] and why in answer["client_errors"]["Name"] and box.bot.requests[1:] == []
    assert answer["view"]["_errors"]["b_name"]
    assert submit(box, force=True)["sent"]


def test_answers_to_a_submission(box: Running) -> None:
    view = opened(box)
    box.bot.answers({"response_action": "errors", "errors": {"b_name": "Nobody is called that"}})
    answer = submit(box, values={"Name": "Ada", "Region": "EMEA"})
    assert answer["response_action"] == "errors" and answer["view"]["_errors"] == {"b_name": "Nobody is called that"}
    assert answer["view"]["_values"]["b_region"]["a_region"]["selected_option"]["value"] == "emea", "what was typed stays"
    box.bot.answers({"response_action": "update", "view": {"type": "modal", "title": text("Working"), "blocks": [
        {"type": "section", "text": text("Working…")}]}})
    answer = submit(box)
    assert answer["view"]["id"] == view["id"] and answer["view"]["title"]["text"] == "Working" and answer["view"]["_errors"] == {}
    assert http("POST", f"{box.url}/sandbox/submit", js={}).status == 400, "there is nothing to submit"
    assert box.slack("views.update", view_id=view["id"], view=modal())["ok"]
    assert box.control("GET", "views?user=U0ADA")["views"][0]["_values"]["b_name"]["a_name"]["value"] == "Ada"
    box.bot.answers({"response_action": "push", "view": modal(NAME)})
    assert submit(box)["open"] == 2
    views = box.control("GET", "views?user=U0ADA")["views"]
    assert views[1]["previous_view_id"] == views[1]["root_view_id"] == view["id"]
    box.bot.answers({"response_action": "clear"})
    assert submit(box, values={"Name": "Bob"})["open"] == 0


@pytest.mark.parametrize("body", [
    {"response_action": "errors", "errors": {"b_nope": "x"}}, {"response_action": "errors", "errors": {}}, {"response_action": "nope"},
    {"response_action": "update"}, {"response_action": "clear", "x": 1}, {"text": "x"},
    {"response_action": "update", "view": {"type": "modal", "title": text("x" * 25), "blocks": []}}])
def test_answers_that_slack_cannot_read(box: Running, body: dict[str, Any]) -> None:
    opened(box)
    box.bot.answers(body)
    answer = submit(box, values={"Name": "Ada"})
    assert answer["error"] == "invalid_answer" and "trouble" in answer["view"]["_trouble"]


def test_a_bot_that_is_away(box: Running) -> None:
    opened(box)
    box.bot.reply = lambda form: (500, {}, b"")
    answer = submit(box, values={"Name": "Ada"})
    assert answer["error"] == "dispatch_failed" and answer["view"]["_trouble"] and answer["open"] == 1
    assert submit(box, overrides={"signature": None})["error"] == "dispatch_failed"


@pytest.mark.parametrize("block", [
    field("F", {"type": "plain_text_input", "max_length": 3001}), field("F", {"type": "plain_text_input", "placeholder": text("x" * 151)}),
    field("F", {"type": "plain_text_input", "min_length": 5, "max_length": 4}), field("x" * 2001, {"type": "plain_text_input"}, block_id="b"),
    field("F", {"type": "plain_text_input"}, hint=text("x" * 2001)), field("F", {"type": "static_select"}),
    field("F", {"type": "static_select", "options": []}), field("F", {"type": "static_select", "options": [option("x" * 76)]}),
    field("F", {"type": "static_select", "options": [option(f"o{n}") for n in range(101)]}),
    field("F", {"type": "static_select", "options": [option("A"), option("B", "a")]}),
    field("F", {"type": "static_select", "options": [option("A")], "initial_option": option("B")}),
    field("F", {"type": "static_select", "options": [option("A", "x" * 76)]}),
    field("F", {"type": "external_select", "options": [option("A")]}), field("F", {"type": "button", "text": text("A")}),
    field("F", {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_blur"]}}),
    field("F", {"type": "plain_text_input"}, dispatch_action="yes"), {"type": "data_table"}])
def test_blocks_that_slack_refuses(box: Running, block: dict[str, Any]) -> None:
    answer = box.slack("views.open", trigger_id=box.slash("x")["trigger_id"], view=modal(block))
    assert answer["error"] == "invalid_arguments" and "json-pointer:/view/blocks/0" in str(answer["response_metadata"]["messages"])


def test_pressing_in_a_modal(box: Running) -> None:
    view = opened(box, NAME, REGION, {"type": "actions", "block_id": "more", "elements": [
        {"type": "button", "text": text("More"), "action_id": "more", "value": "v"}]})
    box.control("POST", "press", {"modal": True, "action_id": "a_region", "value": "EMEA", "values": {"Name": "Ada"}})
    payload = payload_of(box, "block_actions")
    assert payload["container"] == {"type": "view", "view_id": view["id"]} and "channel" not in payload and "response_url" not in payload
    assert payload["actions"][0]["selected_option"] == option("EMEA") and payload["actions"][0]["block_id"] == "b_region"
    assert payload["view"]["state"]["values"]["b_name"]["a_name"]["value"] == "Ada" and payload["trigger_id"]
    box.control("POST", "press", {"view_id": view["id"], "action_id": "more"})
    assert sent(box, "block_actions", 2)[1]["body"]["actions"][0]["value"] == "v"
    assert http("POST", f"{box.url}/sandbox/press", js={"modal": True, "action_id": "a_name"}).status == 400, "it does not dispatch"
    assert http("POST", f"{box.url}/sandbox/press", js={"modal": True, "action_id": "a_region", "value": "X"}).status == 400
    assert http("POST", f"{box.url}/sandbox/press", js={"modal": True, "user": "U0BENJI", "action_id": "more"}).status == 400


def test_updates_keep_only_what_has_the_same_ids(box: Running) -> None:
    view = opened(box, NAME, REGION)
    submit(box, values={"Name": "A", "Region": "EMEA"})
    other = {**NAME, "element": {**NAME["element"], "action_id": "new", "initial_value": "Bob"}}
    box.slack("views.update", view_id=view["id"], view=modal(other, REGION))
    values = box.control("GET", "views?user=U0ADA")["views"][0]["_values"]
    assert values["b_name"]["new"]["value"] == "Bob" and values["b_region"]["a_region"]["selected_option"]["value"] == "emea"


def test_long_lists(box: Running) -> None:
    opened(box)
    box.bot.answers({"options": [option("Customer 7", "7"), option("Customer 70", "70")]})
    answer = box.control("POST", "suggest", {"name": "Customer", "text": "7"})
    payload = payload_of(box, "block_suggestion")
    assert [one["value"] for one in answer["options"]] == ["7", "70"] and sent(box, "block_suggestion")[0]["path"] == "/slack/options"
    assert (payload["value"], payload["block_id"], payload["action_id"]) == ("7", "b_customer", "a_customer") and payload["view"]["private_metadata"]
    submit(box, values={"Name": "Ada", "Customer": "Customer 70"})
    assert payload_of(box)["view"]["state"]["values"]["b_customer"]["a_customer"]["selected_option"]["value"] == "70"


@pytest.mark.parametrize("body", [
    {}, {"options": [option("x" * 76)]}, {"options": [option(f"o{n}") for n in range(101)]}, {"options": [], "more": 1},
    {"option_groups": [{"options": []}]}, [option("A")]])
def test_lists_that_slack_refuses(box: Running, body: Any) -> None:
    opened(box)
    box.bot.answers(body)
    assert box.control("POST", "suggest", {"name": "Customer", "text": "7"})["error"] == "invalid_answer"


def test_only_what_is_offered_can_be_chosen(box: Running) -> None:
    opened(box)
    box.bot.answers({"options": [option("Somebody else")]})
    answer = http("POST", f"{box.url}/sandbox/submit", js={"values": {"Name": "Ada", "Customer": "Nobody"}})
    assert answer.status == 400 and "does not offer" in answer.text
    long = field("Long", {"type": "external_select"})
    opened(box, long)
    assert box.control("POST", "suggest", {"name": "Long", "text": "ab"})["sent"] is False, "three characters by default"


def test_closing(box: Running) -> None:
    opened(box)
    assert box.control("POST", "close", {})["told"] is None and box.control("GET", "record?name=view_closed")["records"] == []
    view = opened(box, notify_on_close=True)
    assert box.control("POST", "close", {})["told"]["status"] == 200
    payload = payload_of(box, "view_closed")
    assert payload["view"]["id"] == view["id"] and payload["is_cleared"] is False
    assert box.slack("views.update", view_id=view["id"], view=modal())["error"] == "not_found"
    assert http("POST", f"{box.url}/sandbox/close", js={}).status == 400


def test_triggers_age(box: Running) -> None:
    trigger = box.slash("x")["trigger_id"]
    box.control("POST", "age_triggers", {"seconds": 4})
    assert box.slack("views.open", trigger_id=trigger, view=modal())["error"] == "expired_trigger_id"


def test_over_socket_mode(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()

        async def asked(path: str, spec: Any, payload: Any) -> tuple[Any, dict[str, Any]]:
            answer = asyncio.ensure_future(client.control("POST", path, spec))
            envelope = await client.ack(link, payload)
            return await answer, envelope
        trigger = (await asked("slash", {"text": "x"}, None))[1]["payload"]["trigger_id"]
        await asyncio.get_running_loop().run_in_executor(
            None, lambda: box.slack("views.open", trigger_id=trigger, view=modal()))
        answer, envelope = await asked("submit", {"values": {"Name": "Ada"}}, {"response_action": "errors", "errors": {"b_name": "No"}})
        assert answer["errors"] == {"b_name": "No"} and envelope["type"] == "interactive" and envelope["accepts_response_payload"]
        answer, envelope = await asked("suggest", {"name": "Customer", "text": ""}, {"options": [option("Far away")]})
        assert answer["options"] == [option("Far away")] and envelope["payload"]["type"] == "block_suggestion"
        answer, envelope = await asked("press", {"modal": True, "action_id": "a_region", "value": "EMEA"}, None)
        assert not envelope["accepts_response_payload"] and await client.errors() == []
    walk(box, "socket", work)
