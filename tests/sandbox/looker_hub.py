"""Looker as a caller of the bot's Action Hub: the list, a form, an execution, an alert, and LookML data actions.

What Looker's own window does with the answers (which form to ask for, which fields to send) is the caller's: the page
or a test. The addresses that the list gives may name any host: only their path is used.
"""
from __future__ import annotations

import json
from typing import Any, Optional
from urllib.parse import urlsplit

from aiohttp import web

from bot_line import BotLine
from looker_api import LookerApi
from looker_model import FIELDS
from looker_webhook import DEADLINE_S, FORMATS, Schedules
from record import Record

KEYS = {"step", "looker", "url", "form_params", "data", "kind", "id", "format", "title", "by_hand", "owner", "rows", "token",
        "authorization", "webhook_id", "headers", "overrides", "raw_body", "timeout", "label", "value", "field", "comparison",
        "threshold"}
STEPS = ("list", "form", "execute", "alert", "data_action", "data_action_form")
LIST_PATH = "/lookerbot/hub"
DASHBOARDS_ONLY = ("assembled_", "wysiwyg_pdf")

Spec = dict[str, Any]


class Hub:
    def __init__(self, schedules: Schedules, line: BotLine, record: Record) -> None:
        self.schedules, self.line, self.record = schedules, line, record
        for looker in schedules.lookers.values():
            looker.actions.bot_url = line.bot_url
            looker.actions.ask_bot = self.asker(looker)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/sandbox/hub", self.post), web.get("/sandbox/hub", self.get)]

    async def get(self, request: web.Request) -> web.Response:
        """What there is to send, for the page."""
        looker = self.schedules.lookers[request.query.get("looker", "looker")]
        named = lambda items: [{"id": one["id"], "title": one["title"]} for one in items]  # noqa: E731
        return web.json_response({"ok": True, "looks": named(looker.content.all_looks()),
                                  "dashboards": named(looker.content.all_dashboards()),
                                  "formats": {"look": [one for one in FORMATS if not one.startswith(DASHBOARDS_ONLY)],
                                              "dashboard": ["wysiwyg_pdf", "assembled_pdf", "wysiwyg_png", "csv_zip"]},
                                  "actions": looker.actions.readme_actions({"value": "Ada Lovelace"})})

    async def post(self, request: web.Request) -> web.Response:
        spec = await request.json()
        if not isinstance(spec, dict) or set(spec) - KEYS or spec.get("step") not in STEPS:
            raise ValueError(f"step must be one of {STEPS}; known keys: {sorted(KEYS)}")
        looker = self.schedules.lookers[spec.get("looker", "looker")]
        path, body = self.request(looker, spec)
        result = await self.send(looker, spec, path, body)
        return web.json_response({"ok": True, **result})

    def request(self, looker: LookerApi, spec: Spec) -> tuple[str, Optional[dict[str, Any]]]:
        """Where to, and with what. An empty body is what older releases send for a list and a form."""
        step, params = spec["step"], spec.get("form_params") or {}
        if step == "list":
            return path_of(spec.get("url") or LIST_PATH), None
        if step == "form":
            body = {"type": spec.get("kind", "query"), "scheduled_plan": None, "attachment": None, "form_params": params,
                    "data": spec.get("data") or {}} if "form_params" in spec or "data" in spec else None
            return path_of(spec["url"]), body
        if step in ("data_action", "data_action_form"):
            return self.data_action(looker, spec, params)
        if step == "alert":
            return path_of(spec["url"]), self.alert(looker, spec)
        body = self.schedules.compose(looker, spec)
        body["data"] = body["data"] if body["data"] is not None else spec.get("data") or {}
        if spec.get("by_hand"):
            body["scheduled_plan"].update(scheduled_plan_id=None)
        return path_of(spec["url"]), body

    @staticmethod
    def data_action(looker: LookerApi, spec: Spec, params: dict[str, str]) -> tuple[str, dict[str, Any]]:
        """One of the README's three, by its label, on a value; or with `data` of one's own."""
        value, data, path = spec.get("value", "Ada Lovelace"), spec.get("data"), "/data_actions"
        if data is None:
            chosen = [one for one in looker.actions.readme_actions({"value": value}) if one["label"] == spec.get("label")]
            if not chosen:
                raise ValueError("label must be that of one of the README's data actions, or data is needed")
            data = chosen[0]["params"]
        if spec["step"] == "data_action_form":
            path += "/form"
        return spec.get("url") or path, {"type": "cell", "scheduled_plan": None, "attachment": None, "data": data,
                                         "form_params": params}

    def alert(self, looker: LookerApi, spec: Spec) -> dict[str, Any]:
        """An alert on a tile of a dashboard. Its real shape is not documented: these are the names of the API's Alert."""
        dashboard = looker.content.dashboard(str(spec.get("id", "20")))
        tile = next(one for one in dashboard["dashboard_elements"] if (one.get("result_maker") or {}).get("query"))
        query = tile["result_maker"]["query"]
        field = spec.get("field") or query["fields"][-1]
        result = looker.engine.run(query, None, False)
        shown = result["data"][0].get(field, {}) if result["data"] else {}
        threshold, comparison = str(spec.get("threshold", "1000")), spec.get("comparison", "GREATER_THAN")
        label = FIELDS[field].label_short
        title = spec.get("title") or f"{tile['title'] or dashboard['title']}: {label} {comparison.lower().replace('_', ' ')} {threshold}"
        body = self.schedules.frame("query", None, title, looker.web_url + dashboard["url"], query)
        plan = looker.plans.add(spec.get("owner", "11"), title)
        body["scheduled_plan"].update(scheduled_plan_id=plan["id"], title=title)
        alert = {"id": "1", "custom_title": title, "comparison_type": comparison, "threshold": float(threshold),
                 "field": {"title": label, "name": field}, "owner_id": spec.get("owner", "11"), "applied_dashboard_filters": [],
                 "url": looker.web_url + dashboard["url"], "rendered_value": shown.get("rendered", str(shown.get("value")))}
        return {**body, "alert": alert, "data": {},
                "attachment": {"mimetype": "application/json", "extension": "json", "data": json.dumps(result)},
                "form_params": spec.get("form_params") or {}, **(spec.get("overrides") or {})}

    async def send(self, looker: LookerApi, spec: Spec, path: str, body: Optional[dict[str, Any]]) -> dict[str, Any]:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if "raw_body" in spec:
            raw = spec["raw_body"].encode()
        entry = self.record.begin("hub", f"{spec['step']} {path}", http_method="POST", path=path, size=len(raw), body=body)
        result = await self.line.post(path, {"timeout": spec.get("timeout", DEADLINE_S)}, self.schedules.headers(looker, spec), raw)
        try:
            result["json"] = json.loads(result["body"])
        except ValueError:
            result["json"] = None
        self.record.finish(entry, status=result["status"], answer=result["json"] or result["body"], ok=result["status"] == 200)
        return {**result, "n": entry["n"], "path": path}

    def asker(self, looker: LookerApi) -> Any:
        async def ask(path: str, body: dict[str, Any]) -> Any:
            """For a data action that somebody pressed in Slack."""
            result = await self.send(looker, {"step": "data_action"}, path, body)
            return result["json"] if result["status"] == 200 else None
        return ask


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")
