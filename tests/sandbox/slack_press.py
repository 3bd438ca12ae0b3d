"""Pressing a button (or choosing from a menu): block_actions and interactive_message as Slack sends them."""
from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Optional
from urllib.parse import urlencode

from bot_line import FORM, HTTP_OVERRIDES, BotLine, as_recorded, check_overrides
from record import Record
from slack_events import shown
from slack_hooks import SlackHooks
from slack_limits import Refusal
from slack_people import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN
from slack_state import SlackState

PATH = "/slack/action"
PATHS = {"block_suggestion": "/slack/options"}
KEYS = {"channel", "ts", "message_ts", "action_id", "n", "value", "user", "legacy", "home", "overrides", "modal", "view_id",
        "name", "values"}


@dataclass
class Spot:
    """One thing that can be pressed, and where it stands."""
    element: dict[str, Any]
    block_id: str = ""
    attachment: Optional[dict[str, Any]] = None
    unfurl: str = ""
    legacy: bool = False
    container: dict[str, Any] = field(default_factory=dict)


def in_blocks(blocks: Any, **where: Any) -> list[Spot]:
    found = []
    for block in blocks or []:
        elements = block.get("elements", []) if block.get("type") == "actions" else [block.get("accessory")]
        found += [Spot(one, block["block_id"], **where) for one in elements if one and one.get("type") != "image"]
    return found


def spots_of(message: dict[str, Any]) -> list[Spot]:
    """All that can be pressed in a message, from top to bottom."""
    found = in_blocks(message.get("blocks"))
    for number, one in enumerate(message.get("attachments") or [], 1):
        where = {"attachment": one, "container": {"type": "message_attachment", "attachment_id": one.get("id", number)}}
        found += in_blocks(one.get("blocks"), **where)
        found += [Spot(action, legacy=True, **where) for action in one.get("actions") or []]
    for number, (url, one) in enumerate(message.get("_unfurls", {}).items(), 1):
        where = {"attachment": one, "unfurl": url, "container": {
            "type": "message_attachment", "attachment_id": number, "is_app_unfurl": True, "app_unfurl_url": url}}
        found += in_blocks(one.get("blocks"), **where)
        found += [Spot(action, legacy=True, **where) for action in one.get("actions") or []]
    return found


class Presses:
    def __init__(self, state: SlackState, hooks: SlackHooks, record: Record, line: BotLine) -> None:
        self.state, self.hooks, self.record, self.line = state, hooks, record, line
        self.own_url = ""
        self.modals: Any = None     # slack_modals.Modals
        self.elsewhere: Callable[[dict[str, Any], float], Optional[Awaitable[dict[str, Any]]]] = lambda payload, limit: None

    async def press(self, spec: dict[str, Any]) -> dict[str, Any]:
        if set(spec) - KEYS:
            raise ValueError(f"unknown keys; known: {sorted(KEYS)}")
        over = spec.get("overrides") or {}
        check_overrides(over, {"trigger_id", "fields"})
        person = self.state.people[spec.get("user") or "U0ADA"]
        message, spot = self.find(spec, person["id"])
        hook = None if message is None else self.state.new_hook(
            spec["channel"], person["id"], message["ts"], "actions", unfurl=spot.unfurl)
        payload = await self.in_modal(spec, person, spot) if self.is_modal(spec) else self.payload(spec, person, message, spot)
        payload["trigger_id"] = over.get("trigger_id") or self.state.new_trigger(person["id"])
        if hook:
            payload["response_url"] = self.own_url + hook
        payload = {key: value for key, value in {**payload, **(over.get("fields") or {})}.items() if value is not None
                   or key in ("enterprise",)}
        result = await self.deliver(payload, over, spec.get("channel") or "", person["id"])
        result.update(ok=True, trigger_id=payload.get("trigger_id"), response_url=payload.get("response_url"), hook=hook)
        self.show(spec, person["id"], result, hook, payload)
        return result

    # What is pressed

    @staticmethod
    def is_modal(spec: dict[str, Any]) -> bool:
        return bool(spec.get("modal") or spec.get("view_id"))

    async def in_modal(self, spec: dict[str, Any], person: dict[str, Any], spot: Spot) -> dict[str, Any]:
        view, value = await self.modals.before_press(spec, person["id"], spot)
        stamp = f"{time.time():.6f}"
        action = {"type": spot.element["type"], "action_id": spot.element["action_id"], "block_id": spot.block_id, **value,
                  "action_ts": stamp} if value else self.action(spec, spot, stamp)
        return {**self.modals.payload("block_actions", None, person["id"]), "container": spot.container, "view": view,
                "actions": [action]}

    def find(self, spec: dict[str, Any], user: str) -> tuple[Optional[dict[str, Any]], Spot]:
        if self.is_modal(spec):
            return None, self.modals.find_press(spec, user)
        if spec.get("home"):
            view = self.state.views.get(self.state.homes.get(user, ""))
            if view is None:
                raise ValueError(f"{user} has no App Home: nothing was published")
            where = {"type": "view", "view_id": view["id"]}
            return None, self.pick(spec, in_blocks(view["blocks"], container=where))
        message = self.state.find_message(spec["channel"], spec.get("ts") or spec.get("message_ts") or "")
        if message is None or message.get("_ephemeral_to") not in (None, user):
            raise ValueError("no such message (for this person)")
        return message, self.pick(spec, spots_of(message))

    @staticmethod
    def pick(spec: dict[str, Any], spots: list[Spot]) -> Spot:
        if spec.get("legacy"):
            spots = [one for one in spots if one.legacy]
        if spec.get("action_id") is not None:
            spots = [one for one in spots if spec["action_id"] in (one.element.get("action_id"), one.element.get("name"))]
        n = int(spec.get("n") or 0)
        if n >= len(spots):
            raise ValueError(f"nothing to press there: {len(spots)} fit")
        return spots[n]

    # What Slack sends

    def payload(self, spec: dict[str, Any], person: dict[str, Any], message: Optional[dict[str, Any]],
                spot: Spot) -> dict[str, Any]:
        stamp = f"{time.time():.6f}"
        user = {"id": person["id"], "username": person["name"], "name": person["name"], "team_id": person["team_id"]}
        common = {"token": VERIFICATION_TOKEN, "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN}, "user": user}
        if message is None:
            view = self.state.views[spot.container["view_id"]]
            return {"type": "block_actions", "api_app_id": APP_ID, **common, "enterprise": None, "is_enterprise_install": False,
                    "container": spot.container, "view": view, "state": {"values": {}},
                    "actions": [self.action(spec, spot, stamp)]}
        channel = self.state.channels[spec["channel"]]
        place = {"id": channel["id"], "name": "directmessage" if channel.get("is_im") else
                 "privategroup" if channel.get("is_private") else channel["name"]}
        ephemeral = bool(message.get("_ephemeral_to"))
        if spot.legacy:
            return self.legacy(common, place, message, spot, spec, stamp)
        container = {"type": "message", **spot.container, "message_ts": message["ts"], "channel_id": channel["id"],
                     "is_ephemeral": ephemeral}
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        payload = {"type": "block_actions", "api_app_id": APP_ID, **common, "enterprise": None, "is_enterprise_install": False,
                   "container": container, "channel": place, "state": {"values": {}},
                   "actions": [self.action(spec, spot, stamp)]}
        if spot.unfurl:
            payload["app_unfurl"] = {"id": spot.container["attachment_id"], "app_unfurl_url": spot.unfurl,
                                     "is_app_unfurl": True, "app_id": APP_ID, "bot_user_id": BOT_USER_ID,
                                     **(spot.attachment or {})}
        elif not ephemeral:
            payload["message"] = shown(message)
        return payload

    @staticmethod
    def action(spec: dict[str, Any], spot: Spot, stamp: str) -> dict[str, Any]:
        element = spot.element
        action: dict[str, Any] = {"type": element["type"], "action_id": element["action_id"], "block_id": spot.block_id}
        if element["type"] == "button":
            action["text"] = {"emoji": True, **element["text"]}
            for key in ("value", "style", "url"):
                if key in element:
                    action[key] = element[key]
        elif element["type"] == "datepicker":
            action["selected_date"] = spec.get("value")
        else:
            action["selected_option"] = choose(element, spec.get("value"))
        if "confirm" in element:
            action["confirm"] = element["confirm"]
        return {**action, "action_ts": stamp}

    @staticmethod
    def legacy(common: dict[str, Any], place: dict[str, Any], message: dict[str, Any], spot: Spot, spec: dict[str, Any],
               stamp: str) -> dict[str, Any]:
        element, attachment = spot.element, spot.attachment or {}
        action: dict[str, Any] = {"name": element.get("name", ""), "type": element.get("type", "button")}
        if action["type"] == "select":
            action["selected_options"] = [{"value": spec.get("value") or element["options"][0]["value"]}]
        else:
            action["value"] = element.get("value", "")
        payload = {"type": "interactive_message", "callback_id": attachment.get("callback_id", ""), "actions": [action],
                   **common, "channel": place, "action_ts": stamp, "message_ts": message["ts"],
                   "attachment_id": str(spot.container["attachment_id"]), "is_app_unfurl": bool(spot.unfurl),
                   "enterprise": None, "is_enterprise_install": False}
        payload["user"] = {"id": common["user"]["id"], "name": common["user"]["name"], "team_id": common["user"]["team_id"]}
        if not message.get("_ephemeral_to"):
            payload["original_message"] = shown(message)
        return payload

    async def deliver(self, payload: dict[str, Any], over: dict[str, Any], channel: str, user: str) -> dict[str, Any]:
        by_socket = None if HTTP_OVERRIDES & set(over) else self.elsewhere(payload, float(over.get("timeout") or 3))
        if by_socket is not None:
            start, number = time.monotonic(), self.record.last + 1
            result = await by_socket
            return {**result, "elapsed_ms": round((time.monotonic() - start) * 1000, 1), "n": number}
        body = urlencode({"payload": json.dumps(payload)}).encode()
        if over.get("raw_body") is not None:
            body = over["raw_body"].encode()
        headers = self.line.headers(over, body, FORM)
        path = PATHS.get(payload["type"], PATH)
        entry = self.record.begin("event", payload["type"], http_method="POST", path=path, channel=channel, user=user,
                                  headers=as_recorded(headers), body=payload, size=len(body))
        result = await self.line.post(path, over, headers, body)
        self.record.finish(entry, status=result["status"], answer=result["body"], ok=result["status"] == 200,
                           error=result["error"])
        return {**result, "n": entry["n"]}

    # What Slack shows

    def show(self, spec: dict[str, Any], user: str, result: dict[str, Any], hook: Optional[str],
             payload: dict[str, Any]) -> None:
        if result["error"] and self.is_modal(spec):
            self.modals.trouble(spec, user)
        elif result["error"]:
            self.complain(spec, user, result["error"])
        elif hook and payload["type"] == "interactive_message" and "json" in result["headers"].get("content-type", ""):
            self.show_answer(spec, user, result, hook)

    def show_answer(self, spec: dict[str, Any], user: str, result: dict[str, Any], hook: str) -> None:
        """The answer to a legacy button is a message that replaces the one pressed, unless it says otherwise."""
        try:
            answer = json.loads(result["body"] or "{}")
        except ValueError:
            return
        if not isinstance(answer, dict) or not answer:
            return
        try:
            self.hooks.post(dict(self.state.hooks[hook]), {"replace_original": True, **answer}, via="answer")
        except Refusal as refusal:
            result["error"] = refusal.error
            self.complain(spec, user, refusal.error)

    def complain(self, spec: dict[str, Any], user: str, error: str) -> None:
        channel = spec.get("channel") or self.state.open_dm(user)["id"]
        self.state.add(channel, self.state.said_by("USLACKBOT", f"That did not work: \"{error}\"."),
                       via="slack", error=True, ephemeral_to=user)


def choose(element: dict[str, Any], value: Any) -> dict[str, Any]:
    """The option of a menu with this value; the first one where none is named."""
    options = list(element.get("options") or element.get("_offered") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for one in options:
        if value in (None, one["value"]):
            return one
    raise ValueError(f"no option has the value {value!r}")
