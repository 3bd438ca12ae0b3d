"""What a person's client does with a modal: fields, submission, typing into long lists, closing, and the bot's answers.

It is as strict as Slack's clients: a required field that is empty or a text of a wrong length is never sent. What was
typed stays when a view is updated, where block_id, action_id and type stay the same; else the initial value counts.
"""
from __future__ import annotations

import json
from typing import Any, Callable, Optional

from aiohttp import web

from bot_line import check_overrides
from slack_fields import Field, View, fields_of, fits, pick, read_options
from slack_limits import Refusal
from slack_people import APP_ID, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN
from slack_press import Presses, Spot, in_blocks
from slack_state import SlackState
from slack_views import Views, check_view

SUBMIT_KEYS = {"view_id", "user", "values", "force", "overrides"}
SUGGEST_KEYS = {"view_id", "user", "name", "text", "channel", "ts", "action_id", "overrides"}
CLOSE_KEYS = {"view_id", "user", "all", "overrides"}
ANSWERS = ("errors", "update", "push", "clear")
MAX_STACK = 3
MIN_QUERY_LENGTH = 3
TROUBLE = "We had some trouble connecting. Try again?"


class Modals:
    def __init__(self, state: SlackState, views: Views, presses: Presses) -> None:
        self.state, self.views, self.presses = state, views, presses
        presses.modals = self

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/sandbox/submit", self.post(self.submit, SUBMIT_KEYS)),
                web.post("/sandbox/suggest", self.post(self.suggest, SUGGEST_KEYS)),
                web.post("/sandbox/close", self.post(self.close, CLOSE_KEYS)),
                web.get("/sandbox/views", self.get_views), web.post("/sandbox/age_triggers", self.age_triggers)]

    @staticmethod
    def post(do: Callable[[dict[str, Any]], Any], known: set[str]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            spec = await request.json()
            if not isinstance(spec, dict) or set(spec) - known:
                raise ValueError(f"an object is needed; known keys: {sorted(known)}")
            check_overrides(spec.get("overrides") or {}, {"fields"})
            return web.json_response({"ok": True, **await do(spec)})
        return handle

    async def get_views(self, request: web.Request) -> web.Response:
        """The person's modals, the one on top last. `_values` is what the fields hold now."""
        stack = self.state.modals.get(request.query["user"], [])
        return web.json_response({"ok": True, "views": [self.shown(self.state.views[one]) for one in stack]})

    async def age_triggers(self, request: web.Request) -> web.Response:
        for trigger in self.state.triggers.values():
            trigger["born"] -= float((await request.json())["seconds"])
        return web.json_response({"ok": True, "triggers": len(self.state.triggers)})

    def shown(self, view: View) -> View:
        client = self.state.clients.get(view["id"], {})
        return {**view, "_values": self.values(view), "_errors": client.get("errors", {}), "_trouble": client.get("trouble")}

    # What the fields hold

    def client(self, view: View) -> dict[str, Any]:
        """What only the person's client knows of a view."""
        return self.state.clients.setdefault(view["id"], {"typed": {}, "offered": {}, "errors": {}, "trouble": None})

    def value(self, view: View, field: Field) -> Any:
        typed = self.client(view)["typed"].get((field.block_id, field.action_id, field.kind), ...)
        if typed is ... or field.kind == "static_select" and typed is not None and typed not in field.options():
            return field.initial()
        return typed

    def values(self, view: View) -> dict[str, Any]:
        """As `state.values` of a payload."""
        found: dict[str, Any] = {}
        for field in fields_of(view):
            found.setdefault(field.block_id, {})[field.action_id] = {"type": field.kind, field.key: self.value(view, field)}
        return found

    @staticmethod
    def field(view: View, name: str) -> Field:
        found = [one for one in fields_of(view) if one.named(name)]
        if not found:
            raise ValueError(f"no field {name!r}; there are {[one.label or one.action_id for one in fields_of(view)]}")
        return found[0]

    async def type(self, view: View, user: str, values: dict[str, Any]) -> None:
        """Puts values into fields, as a person does: of a menu only what it offers."""
        for name, given in values.items():
            field = self.field(view, name)
            value = given
            if given in (None, "", []):
                value = [] if field.key == "selected_options" else None
            elif field.key == "selected_option":
                value = await self.chosen(view, user, field, given)
            elif field.key == "selected_options":
                value = [pick(field.options(), one, name) for one in given]
            elif not isinstance(given, str):
                raise ValueError(f"the value of {name!r} must be a text")
            self.client(view)["typed"][(field.block_id, field.action_id, field.kind)] = value

    async def chosen(self, view: View, user: str, field: Field, given: Any) -> dict[str, Any]:
        if field.kind != "external_select":
            return pick(field.options(), given, field.label)
        offered = self.client(view)["offered"].get((field.block_id, field.action_id), [])
        if not any(fits(one, given) for one in offered):
            await self.suggest({"view_id": view["id"], "user": user, "name": field.block_id, "text": str(given)})
            offered = self.client(view)["offered"].get((field.block_id, field.action_id), [])
        return pick(offered, given, field.label)

    # A modal of somebody

    def top(self, spec: dict[str, Any]) -> tuple[View, str]:
        user = spec.get("user") or "U0ADA"
        stack = self.state.modals.get(user, [])
        wanted = spec.get("view_id") or (stack[-1] if stack else "")
        if wanted not in stack:
            raise ValueError(f"{user} has no such modal open")
        return self.state.views[wanted], user

    def payload(self, kind: str, view: Optional[View], user: str, **more: Any) -> dict[str, Any]:
        person = self.state.people[user]
        payload = {"type": kind, "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN}, "enterprise": None, "is_enterprise_install": False,
                   "user": {"id": user, "username": person["name"], "name": person["name"], "team_id": person["team_id"]},
                   "api_app_id": APP_ID, "token": VERIFICATION_TOKEN, **more}
        if view is not None:
            payload["view"] = {**view, "state": {"values": self.values(view)}}
        return payload

    async def send(self, spec: dict[str, Any], payload: dict[str, Any], user: str) -> dict[str, Any]:
        over = spec.get("overrides") or {}
        payload.update(over.get("fields") or {})
        return await self.presses.deliver(payload, over, "", user)

    # Submission

    async def submit(self, spec: dict[str, Any]) -> dict[str, Any]:
        view, user = self.top(spec)
        if view["submit"] is None or view.get("submit_disabled"):
            raise ValueError("this modal cannot be submitted")
        await self.type(view, user, spec.get("values") or {})
        wrong = {one.block_id: text for one in fields_of(view) if (text := one.wrong(self.value(view, one)))}
        if wrong and not spec.get("force"):
            self.client(view).update(errors=wrong, trouble=None)
            self.state.tell("view", {"user": user, "view": view})
            return {"sent": False, "client_errors": {self.field(view, one).label: text for one, text in wrong.items()},
                    "error": None, **self.state_of(user)}
        trigger = self.state.new_trigger(user)
        payload = self.payload("view_submission", view, user, trigger_id=trigger, response_urls=[])
        result = await self.send(spec, payload, user)
        answer = self.answered(view, user, result)
        self.state.tell("view", {"user": user, "view": view})
        return {**result, "sent": True, "client_errors": {}, "trigger_id": trigger, "response_action": answer.get("response_action"),
                "errors": answer.get("errors", {}), **self.state_of(user)}

    def state_of(self, user: str) -> dict[str, Any]:
        stack = self.state.modals.get(user, [])
        return {"view": self.shown(self.state.views[stack[-1]]) if stack else None, "open": len(stack)}

    def answered(self, view: View, user: str, result: dict[str, Any]) -> dict[str, Any]:
        """Does what the bot's answer to a submission says. What Slack cannot read is trouble for the person."""
        client = self.client(view)
        client.update(errors={}, trouble=None)
        answer: dict[str, Any] = {}
        if not result["error"]:
            try:
                answer = self.read_answer(result)
                self.obey(view, user, answer)
            except (Refusal, ValueError) as error:
                words = error.messages if isinstance(error, Refusal) else [str(error)]
                result.update(error="invalid_answer", reason=" ".join([str(getattr(error, "error", "")), *words]).strip())
        if result["error"]:
            client["trouble"] = TROUBLE
            return {}
        return answer

    @staticmethod
    def read_answer(result: dict[str, Any]) -> dict[str, Any]:
        if result["body"] in ("", "{}"):
            return {}
        if "json" not in result["headers"].get("content-type", ""):
            raise ValueError("an answer that is not empty must be JSON")
        answer = json.loads(result["body"])
        wanted = {"errors": {"errors"}, "update": {"view"}, "push": {"view"}, "clear": set()}
        kind = answer.get("response_action") if isinstance(answer, dict) else None
        if kind not in ANSWERS or set(answer) != {"response_action"} | wanted[kind]:
            raise ValueError(f"no answer to a submission: {result['body'][:200]}")
        return answer

    def obey(self, view: View, user: str, answer: dict[str, Any]) -> None:
        kind, stack = answer.get("response_action"), self.state.modals[user]
        if kind is None:
            self.forget(user, [view["id"]])
        elif kind == "clear":
            self.forget(user, list(stack))
        elif kind == "errors":
            inputs = {one["block_id"] for one in view["blocks"] if one["type"] == "input"}
            errors = answer["errors"]
            if not isinstance(errors, dict) or not errors or set(errors) - inputs or not all(
                    isinstance(text, str) and text for text in errors.values()):
                raise ValueError("errors must be texts for block_ids of input blocks of this view")
            self.client(view)["errors"] = errors
        else:
            fresh = check_view(answer["view"], "modal", self.state.refused_blocks)
            if kind == "push" and len(stack) >= MAX_STACK:
                raise ValueError("push_limit_reached")
            old = view if kind == "update" else None
            self.views.check_external_id(fresh, old)
            kept = self.views.keep(fresh, old, user)
            if kind == "push":
                kept.update(previous_view_id=view["id"], root_view_id=view["root_view_id"])
                stack.append(kept["id"])

    def forget(self, user: str, gone: list[str]) -> None:
        for one in gone:
            self.state.modals[user].remove(one)
            self.state.views.pop(one, None)
            self.state.clients.pop(one, None)

    # Closing

    async def close(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The Cancel button, or with `all` the cross, which ends the whole stack."""
        view, user = self.top(spec)
        stack = self.state.modals[user]
        everything = bool(spec.get("all")) or view["clear_on_close"]
        told = None
        payload = self.payload("view_closed", view, user, is_cleared=everything)
        self.forget(user, list(stack) if everything else stack[stack.index(view["id"]):])
        self.state.tell("view", {"user": user, "view": view})
        if view["notify_on_close"]:
            told = await self.send(spec, payload, user)
        return {"told": told, **self.state_of(user)}

    # Long lists

    async def suggest(self, spec: dict[str, Any]) -> dict[str, Any]:
        """What a list offers for what is typed, in a modal or (with channel and ts) in a message."""
        text = spec.get("text") or ""
        if spec.get("channel"):
            return await self.suggest_in_message(spec, text)
        view, user = self.top(spec)
        field = self.field(view, spec["name"])
        if field.kind != "external_select":
            raise ValueError(f"{spec['name']!r} is no external_select")
        payload = self.payload("block_suggestion", view, user, action_id=field.action_id, block_id=field.block_id, value=text,
                               container={"type": "view", "view_id": view["id"]})
        result = await self.offered(spec, payload, field.element, user)
        self.client(view)["offered"].setdefault((field.block_id, field.action_id), []).extend(result["options"])
        return result

    async def suggest_in_message(self, spec: dict[str, Any], text: str) -> dict[str, Any]:
        user = spec.get("user") or "U0ADA"
        message, spot = self.presses.find(spec, user)
        assert message is not None
        channel = self.state.channels[spec["channel"]]
        payload = self.payload("block_suggestion", None, user, action_id=spot.element["action_id"], block_id=spot.block_id, value=text,
                               container={"type": "message", "message_ts": message["ts"], "channel_id": channel["id"],
                                          "is_ephemeral": bool(message.get("_ephemeral_to"))},
                               channel={"id": channel["id"], "name": channel.get("name", "directmessage")})
        result = await self.offered(spec, payload, spot.element, user)
        spot.element["_offered"] = result["options"]
        return result

    async def offered(self, spec: dict[str, Any], payload: dict[str, Any], element: dict[str, Any], user: str) -> dict[str, Any]:
        if len(payload["value"]) < element.get("min_query_length", MIN_QUERY_LENGTH):
            return {"sent": False, "options": [], "error": None}
        result = await self.send(spec, payload, user)
        options: list[dict[str, Any]] = []
        if not result["error"]:
            try:
                options = read_options(result["body"])
            except ValueError as error:
                result.update(error="invalid_answer", reason=str(error))
        return {**result, "sent": True, "options": options}

    # Presses

    def trouble(self, spec: dict[str, Any], user: str) -> None:
        view, _ = self.top({"view_id": spec.get("view_id"), "user": user})
        self.client(view)["trouble"] = TROUBLE
        self.state.tell("view", {"user": user, "view": view})

    def find_press(self, spec: dict[str, Any], user: str) -> Spot:
        """What acts at once in a modal: buttons, menus outside of inputs, and inputs with dispatch_action."""
        view, _ = self.top({"view_id": spec.get("view_id"), "user": user})
        spots = in_blocks([one for one in view["blocks"] if one["type"] != "input"])
        spots += [Spot(one["element"], one["block_id"]) for one in view["blocks"] if one["type"] == "input"
                  and one.get("dispatch_action")]
        for spot in spots:
            spot.container = {"type": "view", "view_id": view["id"]}
        if spec.get("name"):
            wanted = self.field(view, spec["name"])
            spots = [one for one in spots if one.block_id == wanted.block_id]
        return self.presses.pick(spec, spots)

    async def before_press(self, spec: dict[str, Any], user: str, spot: Spot) -> tuple[View, Any]:
        """Types what the press carries; the view as its payload shows it, and the value of what was changed."""
        view = self.state.views[spot.container["view_id"]]
        await self.type(view, user, spec.get("values") or {})
        found = [one for one in fields_of(view) if (one.block_id, one.action_id) == (spot.block_id, spot.element["action_id"])]
        if not found:
            return {**view, "state": {"values": self.values(view)}}, None
        if "value" in spec:
            await self.type(view, user, {spot.element["action_id"]: spec["value"]})
        return {**view, "state": {"values": self.values(view)}}, {found[0].key: self.value(view, found[0])}
