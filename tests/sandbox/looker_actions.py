"""Data actions: which cells carry them, what Looker does when one is performed, and the server behind them.

An action may be performed only as it was sent: the whole link object, unchanged. Those whose address is the bot's
are the three examples of the original's README: Looker calls the bot for them. All others end at a made-up help desk.
"""
from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any, Awaitable, Callable, Optional

from aiohttp import web

from looker_people import Person
from looker_queries import DOCS, ApiError, invalid

Action = dict[str, Any]
AskBot = Callable[[str, dict[str, Any]], Awaitable[Any]]    # path, body -> what the bot answered, or None

SERVER = "https://helpdesk.acme-shop.example"
ICON = SERVER + "/icon.png"
SET_KEYS = {"label", "success", "message", "validation_errors", "refresh_query", "delay", "form_delay", "fields", "form_error",
            "times"}
FIELD_KEYS = ("name", "label", "description", "type", "default", "oauth_url", "interactive", "required", "options")
TEAMS = {"support": ("Chiara Russo", "Gil Fontaine"), "warehouse": ("Dora Klein", "Finn Berg")}
MANY = 250      # options: more than Slack takes in a menu


def options(names: Any) -> list[dict[str, str]]:
    return [{"name": name.lower().replace(" ", "_"), "label": name} for name in names]


ASSIGN_FORM = [
    {"name": "assignee", "label": "Assign to", "type": "select", "required": True,
     "options": options(("Ada Okafor", "Benji Sato", "Chiara Russo"))},
    {"name": "priority", "label": "Priority", "type": "select", "default": "normal", "options": options(("Low", "Normal", "High"))},
    {"name": "note", "label": "Note", "type": "textarea", "description": "The customer does not see it"},
    {"name": "due", "label": "Due", "type": "string", "default": "tomorrow"},
]


def escalate_form(values: dict[str, str]) -> list[dict[str, Any]]:
    """Who is asked for depends on the team: the form is fetched again when it was chosen."""
    fields = [
        {"name": "about", "label": "About", "type": "message", "description": "Somebody is called out of bed."},
        {"name": "why", "label": "Why", "type": "textarea", "required": True, "default": values.get("why")},
        {"name": "team", "label": "Team", "type": "select", "required": True, "interactive": True,
         "default": values.get("team"), "options": options(("Support", "Warehouse"))},
        {"name": "customer", "label": "Customer", "type": "select", "default": values.get("customer"),
         "options": options(f"Customer {number:03d}" for number in range(1, MANY + 1))}]
    if values.get("team") in TEAMS:
        fields.insert(3, {"name": "person", "label": "Person", "type": "select", "required": True,
                          "default": values.get("person"), "options": options(TEAMS[values["team"]])})
    return fields


REMOTE_FORMS: dict[str, Callable[[dict[str, str]], list[dict[str, Any]]]] = {
    SERVER + "/escalate/form": escalate_form,
    SERVER + "/connect/form": lambda values: [{
        "name": "login", "label": "Log in to the help desk", "type": "oauth_link", "oauth_url": SERVER + "/login",
        "description": "The help desk must know you first"}],
}


def full(field: dict[str, Any]) -> dict[str, Any]:
    """A field as Looker's API shows it: every key is there."""
    return {**dict.fromkeys(FIELD_KEYS), "interactive": False, "required": False, **field}


class Actions:
    def __init__(self) -> None:
        self.bot_url = ""
        self.ask_bot: Optional[AskBot] = None
        self.reset()

    def reset(self) -> None:
        self.sent: dict[str, Action] = {}
        self.performed: list[dict[str, Any]] = []
        self.handled: set[str] = set()
        self.settings: list[dict[str, Any]] = []

    # What a result shows

    def attach(self, result: dict[str, Any], with_links: bool) -> None:
        """The state of each ticket, and the actions of those cells that have some."""
        if result.get("pivots"):
            return
        for row in result["data"]:
            ticket = str(row["orders.ticket"]["value"]) if "orders.ticket" in row else ""
            if "orders.ticket_state" in row:
                row["orders.ticket_state"] = {"value": "handled" if ticket in self.handled else "open"}
            if "orders.open_tickets" in row:
                cell = row["orders.open_tickets"]
                cell.update(value=max(0, cell["value"] - len(self.handled)))
                cell.pop("rendered", None)
            for name, make in (("orders.open_tickets", self.desk_actions), ("orders.ticket", self.desk_actions),
                               ("users.value", self.readme_actions)):
                if with_links and name in row and row[name].get("value") is not None:
                    links = make(row[name])
                    row[name]["links"] = row[name].get("links", []) + links
                    self.sent.update({canonical(one): one for one in links})

    def desk_actions(self, cell: dict[str, Any]) -> list[Action]:
        value = str(cell["value"])

        def action(label: str, name: str, **form: Any) -> Action:
            return {"label": label, "url": f"{SERVER}/{name}", "icon_url": ICON, "type": "action", "type_label": "Actions",
                    "params": {"ticket": value, "value": value}, **form}
        return [action("Mark as handled", "handled"), action("Assign", "assign", form=ASSIGN_FORM),
                action("Escalate", "escalate", form_url=SERVER + "/escalate/form"),
                action("Connect the help desk", "connect", form_url=SERVER + "/connect/form")]

    def readme_actions(self, cell: dict[str, Any]) -> list[Action]:
        """Of the original's README, "Sending Slack Messages via Data Actions", word for word."""
        value, url = str(cell["value"]), self.bot_url + "/data_actions"
        message = f":signal_strength: I sent a value from Slack: {value}"

        def action(label: str, params: dict[str, str], **form: Any) -> Action:
            return {"label": label, "url": url, "icon_url": None, "type": "action", "type_label": "Actions",
                    "params": {**params, "value": value, "rendered": value}, **form}
        return [action("Send to Slack Channel", {"message": message}, form_url=url + "/form"),
                action("Ping Channel", {"message": message, "channel": "#alerts"}),
                action("Ask a Question", {"channel": "#alerts"}, form=[
                    {"name": "message", "default": "Something seems wrong... (add details)"}])]

    # POST /data_actions and /data_actions/form

    def known(self, action: Any) -> Action:
        if not isinstance(action, dict):
            raise invalid(("action", "missing_field", "action must be an object"))
        found = self.sent.get(canonical(action))
        if found is None:
            raise ApiError(400, "This is no data action that was sent: it must be passed on unchanged")
        return found

    @staticmethod
    def texts(values: Any) -> dict[str, str]:
        if values is None:
            return {}
        if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
            raise invalid(("form_values", "invalid", "form_values must map names to strings"))
        return values

    def perform(self, caller: Person, body: Any) -> Awaitable[dict[str, Any]]:
        if not isinstance(body, dict) or set(body) - {"action", "form_values"}:
            raise invalid(("body", "invalid", "the only keys are action and form_values"))
        return self.act(caller, self.known(body.get("action")), self.texts(body.get("form_values")))

    def form(self, caller: Person, body: Any) -> Awaitable[dict[str, Any]]:
        """The body is the action itself; what was chosen so far may stand beside its keys."""
        if not isinstance(body, dict):
            raise ApiError(400, "A JSON object is needed")
        action = self.known({key: value for key, value in body.items() if key != "form_values"})
        if "form_url" not in action:
            raise ApiError(400, "This data action has no form_url")
        return self.remote_form(action, self.texts(body.get("form_values")))

    async def remote_form(self, action: Action, values: dict[str, str]) -> dict[str, Any]:
        setting = self.take(action, {"form_delay", "fields", "form_error"})
        if setting.get("form_delay"):
            await asyncio.sleep(float(setting["form_delay"]))
        if setting.get("form_error"):
            raise invalid(("form_url", "invalid", setting["form_error"]))
        fields = setting.get("fields")
        if fields is None and action["form_url"].startswith(self.bot_url):
            answer = await self.bot(action, values, "/form")
            fields = answer.get("fields") if isinstance(answer, dict) else answer
            if not isinstance(fields, list):
                raise invalid(("form_url", "invalid", "The action server did not answer with a form"))
        elif fields is None:
            fields = REMOTE_FORMS[action["form_url"]](values)
        return {"state": None, "fields": [full(one) for one in fields]}

    async def act(self, caller: Person, action: Action, values: dict[str, str]) -> dict[str, Any]:
        setting = self.take(action, SET_KEYS - {"form_delay", "fields", "form_error"})
        answer = {"webhook_id": secrets.token_hex(16), "success": True, "refresh_query": False, "validation_errors": None,
                  "message": None}
        entry = {"label": action["label"], "user": caller.id, "name": caller.name, "form_values": values,
                 "params": action["params"], "webhook_id": answer["webhook_id"]}
        self.performed.append(entry)
        if action["url"].startswith(self.bot_url + "/"):
            answer.update(of_bot(await self.bot(action, values, "")))
        else:
            answer.update(self.desk(action, values))
        answer.update({key: setting[key] for key in ("success", "message", "refresh_query") if key in setting})
        if setting.get("validation_errors") is not None:
            answer.update(success=False, validation_errors=errors_of(setting["validation_errors"]))
        if answer["success"] and action["url"] == SERVER + "/handled":
            self.handled.add(action["params"]["ticket"])
        entry["answer"] = answer
        if setting.get("delay"):
            await asyncio.sleep(float(setting["delay"]))
        return answer

    @staticmethod
    def desk(action: Action, values: dict[str, str]) -> dict[str, Any]:
        """What the made-up help desk says."""
        name = action["url"].rpartition("/")[2]
        fields = action.get("form") or (REMOTE_FORMS[action["form_url"]](values) if "form_url" in action else [])
        missing = {one["name"]: f"{one['label']} is needed" for one in fields
                   if one.get("required") and not values.get(one["name"])}
        if missing:
            return {"success": False, "validation_errors": errors_of(missing)}
        words = {"handled": "Ticket closed", "assign": f"Assigned to {values.get('assignee')}",
                 "escalate": f"Called {values.get('person')}", "connect": "Connected"}
        return {"message": words[name], "refresh_query": name == "handled"}

    async def bot(self, action: Action, values: dict[str, str], tail: str) -> Any:
        if self.ask_bot is None:
            raise ApiError(400, "There is no bot to ask")
        return await self.ask_bot("/data_actions" + tail, {
            "type": "cell", "scheduled_plan": None, "attachment": None, "data": action["params"], "form_params": values})

    # What a test sets

    def take(self, action: Action, keys: set[str]) -> dict[str, Any]:
        """The first setting for this action that says something here; its last use ends it."""
        for setting in self.settings:
            if setting.get("label") in (None, action["label"]) and set(setting) & (keys - {"label", "times"}):
                if setting.get("times") is not None:
                    setting["times"] -= 1
                    if setting["times"] <= 0:
                        self.settings.remove(setting)
                return setting
        return {}

    def shown(self) -> dict[str, Any]:
        counts: dict[str, int] = {}
        for one in self.performed:
            counts[one["label"]] = counts.get(one["label"], 0) + 1
        return {"ok": True, "performed": self.performed, "counts": counts, "settings": self.settings,
                "handled": sorted(self.handled)}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sandbox/actions", self.get), web.post("/sandbox/actions", self.post),
                web.delete("/sandbox/actions", self.delete)]

    async def get(self, request: web.Request) -> web.Response:
        return web.json_response(self.shown())

    async def post(self, request: web.Request) -> web.Response:
        spec = await request.json()
        if not isinstance(spec, dict) or set(spec) - SET_KEYS:
            raise ValueError(f"an object is needed; known keys: {sorted(SET_KEYS)}")
        self.settings.append(spec)
        return web.json_response(self.shown())

    async def delete(self, request: web.Request) -> web.Response:
        self.settings.clear()
        return web.json_response(self.shown())


def canonical(action: Action) -> str:
    return json.dumps(action, sort_keys=True)


def errors_of(given: Any) -> dict[str, Any]:
    """{field: text} as Looker's list; anything else that is an object is taken as it is."""
    if isinstance(given, dict) and given and all(isinstance(one, str) for one in given.values()) and "message" not in given:
        return {"message": "Validation Failed", "documentation_url": DOCS,
                "errors": [{"field": name, "code": None, "message": text, "documentation_url": DOCS}
                           for name, text in given.items()]}
    return given


def of_bot(answer: Any) -> dict[str, Any]:
    """An action server's answer counts only below "looker"."""
    said = answer.get("looker") if isinstance(answer, dict) else None
    if not isinstance(said, dict):
        return {"success": False, "message": "The action server did not answer as expected"}
    errors = said.get("validation_errors")
    return {"success": said.get("success") is True, "message": said.get("message"),
            "refresh_query": said.get("refresh_query") is True, "validation_errors": errors_of(errors) if errors else None}
