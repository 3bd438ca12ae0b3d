"""The fake Looker's data actions."""
from __future__ import annotations

from typing import Any

import pytest

from sandbox_harness import Running, http


def dashboard_row(box: Running, dashboard: str) -> dict[str, Any]:
    query = box.looker("GET", f"dashboards/{dashboard}").json["dashboard_elements"][0]["query"]
    return box.looker("GET", f"queries/{query['id']}/run/json_detail?limit=1&generate_drill_links=true").json["data"][0]


def actions(box: Running, dashboard: str = "39", field: str = "orders.open_tickets") -> dict[str, dict[str, Any]]:
    return {one["label"]: one for one in dashboard_row(box, dashboard)[field]["links"] if one["type"] == "action"}


def perform(box: Running, action: dict[str, Any], **values: str) -> Any:
    return box.looker("POST", "data_actions", {"action": action, "form_values": values})


def test_links_only_when_asked_for(box: Running) -> None:
    query = box.looker("GET", "dashboards/39").json["dashboard_elements"][0]["query"]
    assert "links" not in box.looker("GET", f"queries/{query['id']}/run/json_detail").json["data"][0]["orders.open_tickets"]
    found = actions(box)
    assert list(found) == ["Mark as handled", "Assign", "Escalate", "Connect the help desk"]
    assert not {"form", "form_url"} & set(found["Mark as handled"]) and "form" in found["Assign"] and "form_url" in found["Escalate"]
    record = dashboard_row(box, "45")
    assert len(record["orders.ticket"]["links"]) == 4 and len(record["users.value"]["links"]) == 3


def test_performed_and_counted(box: Running) -> None:
    before = dashboard_row(box, "39")["orders.open_tickets"]["value"]
    answer = perform(box, actions(box)["Mark as handled"]).json
    assert answer["success"] and answer["refresh_query"] and answer["message"] == "Ticket closed" and len(answer["webhook_id"]) == 32
    assert dashboard_row(box, "39")["orders.open_tickets"]["value"] == before - 1
    shown = box.control("GET", "actions")
    assert shown["counts"] == {"Mark as handled": 1} and shown["performed"][0]["user"] == "7"
    token = box.looker("POST", "login/11").json["access_token"]
    http("POST", f"{box.looker_url}/api/4.0/data_actions", js={"action": actions(box)["Mark as handled"]},
         headers={"Authorization": f"Bearer {token}"})
    assert box.control("GET", "actions")["performed"][1]["name"] == "Ada Okafor"
    ticket = dashboard_row(box, "45")["orders.ticket"]
    assert dashboard_row(box, "45")["orders.ticket_state"]["value"] == "open"
    perform(box, ticket["links"][0])
    assert dashboard_row(box, "45")["orders.ticket_state"]["value"] == "handled"


def test_forms(box: Running) -> None:
    found = actions(box)
    missing = perform(box, found["Assign"]).json
    assert not missing["success"] and missing["validation_errors"]["errors"][0]["field"] == "assignee"
    assert perform(box, found["Assign"], assignee="ada_okafor").json["message"] == "Assigned to ada_okafor"
    fields = box.looker("POST", "data_actions/form", found["Escalate"]).json["fields"]
    assert [one["name"] for one in fields] == ["about", "why", "team", "customer"] and len(fields[3]["options"]) == 250
    again = box.looker("POST", "data_actions/form", {**found["Escalate"], "form_values": {"team": "support", "why": "x"}}).json["fields"]
    assert [one["name"] for one in again] == ["about", "why", "team", "person", "customer"] and again[1]["default"] == "x"
    assert box.looker("POST", "data_actions/form", found["Connect the help desk"]).json["fields"][0]["oauth_url"]


@pytest.mark.parametrize("spoil, path, status", [
    (lambda one: {"action": {**one, "label": "Other"}}, "data_actions", 400),
    (lambda one: {"action": {key: one[key] for key in one if key != "icon_url"}}, "data_actions", 400),
    (lambda one: {"action": one, "extra": 1}, "data_actions", 422), (lambda one: {}, "data_actions", 422),
    (lambda one: {"action": one, "form_values": {"n": 1}}, "data_actions", 422),
    (lambda one: {"action": one}, "data_actions/form", 400), (lambda one: one, "data_actions/form", 400)],
    ids=["another label", "a key less", "a key more", "no action", "a value that is no text", "a form of a wrapped one", "a form of one without"])
def test_strict(box: Running, spoil: Any, path: str, status: int) -> None:
    assert box.looker("POST", path, spoil(actions(box)["Mark as handled"])).status == status
    assert box.control("GET", "actions")["performed"] == []


def test_settings(box: Running) -> None:
    action = actions(box)["Mark as handled"]
    box.control("POST", "actions", {"success": False, "message": "No such ticket", "times": 1})
    answer = perform(box, action).json
    assert (answer["success"], answer["message"]) == (False, "No such ticket") and box.control("GET", "actions")["handled"] == []
    for given, kept in (({"note": "Too long"}, None), ({"message": "No", "errors": []}, {"message": "No", "errors": []})):
        box.control("POST", "actions", {"label": "Mark as handled", "validation_errors": given, "times": 1})
        answer = perform(box, action).json
        assert not answer["success"] and (kept is None or answer["validation_errors"] == kept)
    box.control("POST", "actions", {"delay": 0.05})
    assert perform(box, action).json["success"]
    box.control("DELETE", "actions")
    box.control("POST", "actions", {"label": "Escalate", "form_error": "The help desk sleeps"})
    assert box.looker("POST", "data_actions/form", actions(box)["Escalate"]).json["errors"][0]["message"] == "The help desk sleeps"
    assert http("POST", f"{box.url}/sandbox/actions", js={"nope": 1}).status == 400


def test_the_answer_may_be_lost_although_it_was_done(box: Running) -> None:
    box.control("POST", "faults", {"where": "looker", "match": "POST /data_actions", "do": "down", "after": True, "times": 1})
    with pytest.raises(OSError):
        perform(box, actions(box)["Mark as handled"])
    assert box.control("GET", "actions")["counts"] == {"Mark as handled": 1}


def test_the_readmes_actions_call_the_bot(box: Running) -> None:
    found = actions(box, "45", "users.value")
    box.bot.answers({"looker": {"success": False, "validation_errors": {"channel": "No such channel"}}})
    answer = perform(box, found["Ping Channel"]).json
    assert answer["validation_errors"]["errors"][0]["field"] == "channel" and not answer["success"]
    headers, raw = box.bot.requests[-1]
    assert headers["X-Looker-Webhook-Token"] and b'"channel": "#alerts"' in raw and b'"type": "cell"' in raw
    box.bot.answers([{"name": "channel", "type": "select", "label": "Share In", "options": [{"name": "C1", "label": "#a"}]}])
    fields = box.looker("POST", "data_actions/form", found["Send to Slack Channel"]).json["fields"]
    assert fields[0]["name"] == "channel" and fields[0]["required"] is False


def test_hub_steps(box: Running) -> None:
    box.bot.answers({"integrations": []})
    answer = box.control("POST", "hub", {"step": "list"})
    assert answer["json"] == {"integrations": []} and box.bot.requests[-1][1] == b""
    box.control("POST", "hub", {"step": "form", "url": "https://elsewhere.example/lookerbot/form", "form_params": {"a": "b"}})
    assert b'"form_params": {"a": "b"}' in box.bot.requests[-1][1]
    box.control("POST", "hub", {"step": "execute", "url": "/slack/post_from_query_action", "id": "12", "format": "csv",
                                "form_params": {"channel": "sales"}})
    assert b'"extension": "csv"' in box.bot.requests[-1][1]
    box.control("POST", "hub", {"step": "alert", "url": "/slack/post_from_query_action", "threshold": "5"})
    assert b"Revenue today: Total Revenue greater than 5" in box.bot.requests[-1][1] and b'"rendered_value": "$' in box.bot.requests[-1][1]
    box.control("POST", "hub", {"step": "data_action", "label": "Ask a Question", "form_params": {"message": "?"}})
    assert b'"channel": "#alerts"' in box.bot.requests[-1][1]
    assert box.control("GET", "record?kind=hub")["records"][-1]["name"] == "data_action /data_actions"
    assert http("POST", f"{box.url}/sandbox/hub", js={"step": "nope"}).status == 400


def test_suggestions(box: Running) -> None:
    path = "models/shop/views/orders/fields/users.region/suggestions"
    assert box.looker("GET", path).json["suggestions"] == ["AMER", "APAC", "EMEA"]
    assert box.looker("GET", path + "?term=%25m%25").json["suggestions"] == ["AMER", "EMEA"]
    assert box.looker("GET", "models/shop/views/users/fields/users.is_member/suggestions").json["suggestions"] == ["Yes", "No"]
    assert box.looker("GET", "models/shop/views/orders/fields/orders.nope/suggestions").status == 404
