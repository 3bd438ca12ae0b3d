"""Looker's schedules with the destination "Webhook": composes the body that Looker sends, in every format, and sends it.

The shape is that of real captures (tests/fixtures/looker) and of Looker's action_api.md. Values are those of the fakes.
"""
from __future__ import annotations

import base64
import csv
import html
import io
import json
import secrets
from typing import Any, Callable, Optional

from aiohttp import web

from bot_line import BotLine
from looker_api import LookerApi
from looker_csv import XLSX, columns_of, value_of
from looker_files import pdf, xlsx, zipped
from looker_png import bars
from looker_queries import ApiError
from record import Record

KEYS = {"path", "kind", "id", "format", "title", "token", "authorization", "headers", "webhook_id", "owner", "overrides",
        "raw_body", "looker", "rows", "form_params", "size", "timeout"}
BASE64_LINE = 60
DEADLINE_S = 30

Result = dict[str, Any]


def base64_lines(content: bytes) -> str:
    """Looker breaks lines."""
    text = base64.b64encode(content).decode()
    return "".join(text[i:i + BASE64_LINE] + "\n" for i in range(0, len(text), BASE64_LINE))


def text_table(result: Result, vis: dict[str, Any], **options: Any) -> str:
    columns, out = columns_of(result, vis), io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **options)
    writer.writerow([label for label, _ in columns])
    writer.writerows([[value_of(row, path, True) for _, path in columns] for row in result["data"]])
    return out.getvalue()


def plain_rows(result: Result) -> list[dict[str, Any]]:
    rows = []
    for row in result["data"]:
        flat: dict[str, Any] = {}
        for name, cell in row.items():
            if "value" in cell or not result["pivots"]:
                flat[name] = cell.get("value")
            else:
                flat.update({f"{key} - {name}": one.get("value") for key, one in cell.items()})
        rows.append(flat)
    return rows


def html_table(result: Result, vis: dict[str, Any]) -> str:
    columns = columns_of(result, vis)
    head = "".join(f"<th>{html.escape(label)}</th>" for label, _ in columns)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(str(value_of(row, path, True)))}</td>" for _, path in columns)
                   + "</tr>" for row in result["data"])
    return f"<html><body><table><tr>{head}</tr>{rows}</table></body></html>"


def attachment(mimetype: str, extension: str, data: Any) -> dict[str, Any]:
    return {"attachment": {"mimetype": mimetype, "extension": extension, "data": data}, "data": None}


FORMATS: dict[str, Callable[[Result, dict[str, Any]], dict[str, Any]]] = {
    "csv": lambda r, vis: attachment("text/csv", "csv", text_table(r, vis)),
    "txt": lambda r, vis: attachment("text/plain", "txt", text_table(r, vis, delimiter="\t", quoting=csv.QUOTE_NONE,
                                                                    quotechar=None, escapechar="\\")),
    "json": lambda r, vis: attachment("application/json", "json", json.dumps(plain_rows(r))),
    "inline_json": lambda r, vis: {"attachment": None, "data": json.dumps(plain_rows(r))},
    "inline_json_array": lambda r, vis: {"attachment": None, "data": plain_rows(r)},
    "json_detail": lambda r, vis: attachment("application/json", "json", json.dumps(r)),
    "inline_json_detail": lambda r, vis: {"attachment": None, "data": r},
    "html": lambda r, vis: attachment("text/html", "html", html_table(r, vis)),
    "xlsx": lambda r, vis: attachment(XLSX + ";base64", "xlsx", base64_lines(xlsx(text_table(r, vis)))),
    "wysiwyg_png": lambda r, vis: attachment("image/png;base64", "png", base64_lines(bars(600, 300, [[3], [5], [4]]))),
    "wysiwyg_pdf": lambda r, vis: attachment("application/pdf;base64", "pdf", base64_lines(pdf("a plan"))),
    "assembled_pdf": lambda r, vis: attachment("application/pdf;base64", "pdf", base64_lines(pdf("a plan"))),
}


class Schedules:
    def __init__(self, lookers: dict[str, LookerApi], line: BotLine, record: Record) -> None:
        self.lookers, self.line, self.record = lookers, line, record

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/sandbox/schedule", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        spec = await request.json()
        if not isinstance(spec, dict) or set(spec) - KEYS:
            raise ValueError(f"an object is needed; known keys: {sorted(KEYS)}")
        looker = self.lookers[spec.get("looker", "looker")]
        try:
            body = self.compose(looker, spec)
        except ApiError as error:
            raise ValueError(f"no such content: {error.message}") from error
        raw = spec["raw_body"].encode() if "raw_body" in spec else json.dumps(body, ensure_ascii=False).encode()
        path = spec.get("path", "/slack/post/channel/sales")
        entry = self.record.begin("schedule", path, http_method="POST", path=path, size=len(raw))
        result = await self.line.post(path, {"timeout": spec.get("timeout", DEADLINE_S)}, self.headers(looker, spec), raw)
        self.record.finish(entry, status=result["status"], answer=result["body"], ok=result["status"] == 200)
        return web.json_response({"ok": True, **result, "n": entry["n"],
                                  "plan_id": (body.get("scheduled_plan") or {}).get("scheduled_plan_id")})

    @staticmethod
    def headers(looker: LookerApi, spec: dict[str, Any]) -> dict[str, str]:
        given: dict[str, Optional[str]] = {
            "Content-Type": "application/json", "User-Agent": "LookerOutgoingWebhook/26.12.00003",
            "X-Looker-Instance": "5f2ab0f5c9d34ad8b0a1d3a6c1a2e0aa",
            "X-Looker-Webhook-Token": spec.get("token", looker.instance.webhook_token),
            "X-Looker-Webhook-Id": spec.get("webhook_id", secrets.token_hex(16)),
            "Authorization": spec.get("authorization"), **(spec.get("headers") or {})}
        return {name: value for name, value in given.items() if value is not None}

    def compose(self, looker: LookerApi, spec: dict[str, Any]) -> dict[str, Any]:
        kind, item = spec.get("kind", "look"), str(spec.get("id", "12"))
        body = (self.dashboard if kind == "dashboard" else self.look)(looker, kind, item, spec)
        plan = looker.plans.add(spec.get("owner", "11"), spec.get("title") or body["scheduled_plan"]["title"])
        body["scheduled_plan"].update(scheduled_plan_id=plan["id"], title=plan["title"])
        body["form_params"] = spec.get("form_params", {})
        if "size" in spec and body["attachment"]:   # of the whole, with something that is ignored
            body["padding"] = "x" * max(0, int(spec["size"]) - len(json.dumps(body, ensure_ascii=False).encode()) - 15)
        for key, value in (spec.get("overrides") or {}).items():
            where, _, name = key.rpartition(".")
            (body[where] if where else body)[name] = value
        return body

    @staticmethod
    def frame(kind: str, plan_type: Optional[str], title: str, url: str, query: Optional[dict[str, Any]]) -> dict[str, Any]:
        return {"type": kind, "attachment": None, "data": None, "state": None, "scheduled_plan": {
            "scheduled_plan_id": None, "title": title, "type": plan_type, "url": url,
            "query_id": query["id"] if query else None, "query": query,
            "filters_differ_from_look": False if query else None, "download_url": None, "async_callback_url": None}}

    def look(self, looker: LookerApi, kind: str, item: str, spec: dict[str, Any]) -> dict[str, Any]:
        """A Look, or with kind "query" an Explore's query, by its id."""
        look = looker.content.look(item) if kind == "look" else None
        query = look["query"] if look else looker.queries.shown(looker.queries.get(item))
        assert query is not None
        result = looker.engine.run(query, spec.get("rows"), False)
        if spec.get("rows"):    # more than there are
            have = result["data"]
            result["data"] = [have[n % len(have)] for n in range(int(spec["rows"]))]
        url = looker.web_url + (look["url"] if look else query["url"])
        body = self.frame("query", "Look" if look else None, look["title"] if look else "An explore", url, query)
        return {**body, **FORMATS[spec.get("format", "json_detail")](result, query["vis_config"] or {})}

    def dashboard(self, looker: LookerApi, kind: str, item: str, spec: dict[str, Any]) -> dict[str, Any]:
        dashboard = looker.content.dashboard(item)
        plan_type = "LookMLDashboard" if dashboard["readonly"] else "Dashboard"
        body = self.frame("dashboard", plan_type, dashboard["title"], looker.web_url + dashboard["url"], None)
        chosen = spec.get("format", "wysiwyg_pdf")
        if chosen != "csv_zip":
            return {**body, **FORMATS[chosen]({}, {})}
        files = {}
        for element in dashboard["dashboard_elements"]:
            query = (element.get("result_maker") or {}).get("query")
            if query:
                name = f"dashboard-{item}/{(element['title'] or 'tile').lower().replace(' ', '_')}.csv"
                files[name] = text_table(looker.engine.run(query, None, False), query["vis_config"] or {})
        return {**body, **attachment("application/zip;base64", "zip", base64_lines(zipped(files)))}
