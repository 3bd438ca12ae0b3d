"""App Home, modals, reactions, joining, and that a reset forgets all of it."""
from __future__ import annotations

from typing import Any

import pytest

from sandbox_harness import Running, http
from slack_people import BOT_USER_ID
from test_sandbox_events import actions, button, say, section, sent


def view(**more: Any) -> dict[str, Any]:
    return {"type": "home", "blocks": [section()] + actions(button(action_id="h", value="v")), **more}


def test_app_home(box: Running) -> None:
    assert box.control("GET", "home?user=U0ADA")["view"] is None
    assert box.control("POST", "home", {"user": "U0ADA"})["events"][0]["type"] == "app_home_opened"
    event = sent(box, "app_home_opened")[0]["body"]["event"]
    assert (event["user"], event["channel"], event["tab"]) == ("U0ADA", "D0ADA", "home") and "view" not in event
    first = box.slack("views.publish", user_id="U0ADA", view=view())["view"]
    assert box.control("GET", "home?user=U0ADA")["view"] == first and box.control("GET", "home?user=U0BENJI")["view"] is None
    again = box.slack("views.publish", user_id="U0ADA", view=view(private_metadata="m"), hash=first["hash"])["view"]
    assert again["id"] == first["id"] and again["hash"] != first["hash"]
    assert box.slack("views.publish", user_id="U0ADA", view=view(), hash=first["hash"])["error"] == "hash_conflict"
    assert box.control("POST", "home", {"user": "U0ADA"})["view"]["private_metadata"] == "m"
    assert sent(box, "app_home_opened", 2)[1]["body"]["event"]["view"]["id"] == first["id"]
    answer = box.control("POST", "press", {"home": True, "user": "U0ADA", "action_id": "h"})
    payload = sent(box, "block_actions")[0]["body"]
    assert answer["response_url"] is None and payload["container"] == {"type": "view", "view_id": first["id"]}
    assert payload["view"]["id"] == first["id"] and "channel" not in payload and "response_url" not in payload


@pytest.mark.parametrize("wrong", [
    {"type": "modal"}, {"blocks": [{"type": "divider"}] * 101}, {"title": {"type": "plain_text", "text": "x"}}, {"private_metadata": "x" * 3001},
    {"callback_id": "x" * 256}, {"blocks": [{"type": "data_visualization"}]}, {"colour": 1}, {"blocks": actions(button(value="x" * 2001))},
])
def test_homes_that_slack_refuses(box: Running, wrong: dict[str, Any]) -> None:
    assert box.slack("views.publish", user_id="U0ADA", view=view(**wrong))["error"] == "invalid_arguments"
    assert box.slack("views.publish", user_id="U0NONE", view=view())["error"] == "invalid_arguments"


def test_modals(box: Running) -> None:
    text = lambda words: {"type": "plain_text", "text": words}  # noqa: E731
    field = {"type": "input", "label": text("Name"), "element": {"type": "plain_text_input", "action_id": "n"}}
    modal = {"type": "modal", "title": text("Sure?"), "submit": text("Yes"), "blocks": [field], "external_id": "e"}
    trigger = box.slash("x")["trigger_id"]
    assert box.slack("views.open", trigger_id="1.2.x", view=modal)["error"] == "invalid_trigger_id"
    assert box.slack("views.open", trigger_id=trigger, view={**modal, "title": text("x" * 25)})["error"] == "invalid_arguments"
    assert "submit" in str(box.slack("views.open", trigger_id=trigger, view={k: v for k, v in modal.items() if k != "submit"}))
    opened = box.slack("views.open", trigger_id=trigger, view=modal)["view"]
    assert box.slack("views.open", trigger_id=trigger, view=modal)["error"] == "exchanged_trigger_id"
    late = box.slash("x")["trigger_id"]
    box.sandbox.state.triggers[late]["born"] -= 4
    assert box.slack("views.open", trigger_id=late, view=modal)["error"] == "expired_trigger_id"
    assert box.slack("views.update", external_id="e", view={**modal, "title": text("Done")})["view"]["id"] == opened["id"]
    assert box.slack("views.update", view_id=opened["id"], view=modal, hash=opened["hash"])["error"] == "hash_conflict"
    assert box.slack("views.update", view_id="V0NONE", view=modal)["error"] == "not_found"
    assert box.slack("views.open", trigger_id=box.slash("x")["trigger_id"], view=modal)["error"] == "duplicate_external_id"


def test_reactions(box: Running) -> None:
    ts = say(box, "x")["ts"]
    place = {"channel": "C0SALES", "timestamp": ts}
    assert box.slack("reactions.add", name="eyes", **place)["ok"]
    assert box.messages("C0SALES")[0]["reactions"] == [{"name": "eyes", "users": [BOT_USER_ID], "count": 1}]
    assert box.slack("reactions.add", name="eyes", **place)["error"] == "already_reacted"
    assert box.slack("reactions.add", name=":eyes:", **place)["error"] == "invalid_name"
    assert box.slack("reactions.add", name="eyes", channel="C0SALES", timestamp="1")["error"] == "message_not_found"
    assert box.slack("reactions.add", name="eyes", channel="C0RANDOM", timestamp=say(box, "x", channel="C0RANDOM")["ts"])["error"] == "not_in_channel"


def test_joining(box: Running) -> None:
    assert box.slack("conversations.join", channel="C0RANDOM")["channel"]["is_member"]
    event = sent(box, "member_joined_channel")[0]["body"]["event"]
    assert (event["user"], event["channel"]) == (BOT_USER_ID, "C0RANDOM")
    assert box.slack("conversations.join", channel="C0RANDOM")["warning"] == "already_in_channel"
    assert box.slack("conversations.join", channel="C0BOARD")["error"] == "channel_not_found"
    assert box.slack("conversations.join", channel="C0OLD")["error"] == "is_archived"
    assert box.slack("conversations.join", channel="D0ADA")["error"] == "method_not_supported_for_channel_type"


def test_reset_forgets_all_of_it(box: Running) -> None:
    box.slack("views.publish", user_id="U0ADA", view=view())
    box.control("POST", "workspace", {"events": [], "ping_s": 1, "unfurl_domains": []})
    box.control("POST", "mode", {"mode": "rtm"})
    event_id = box.control("POST", "event", {"event": {"type": "x"}})["event_id"]
    box.control("POST", "reset")
    assert box.control("GET", "mode")["mode"] == "http" and box.control("GET", "home?user=U0ADA")["view"] is None
    settings = box.control("POST", "workspace", {})
    assert "app_mention" in settings["events"] and settings["ping_s"] == 10 and settings["unfurl_domains"] == ["127.0.0.1", "localhost"]
    assert http("POST", f"{box.url}/sandbox/redeliver", js={"event_id": event_id}).status == 400
