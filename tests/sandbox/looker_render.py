"""Render tasks: asked for, looked at, fetched. Each look moves a task one step on, as time does on the real one."""
from __future__ import annotations

import re
from typing import Any, Optional
from urllib.parse import parse_qsl

from aiohttp import web

from looker_content import Content
from looker_engine import Engine
from looker_files import pdf, spoiled
from looker_png import bars, blank
from looker_queries import ApiError, Queries, not_found

STEPS = ("enqueued_for_query", "querying", "enqueued_for_render", "rendering", "success")
MAX_SIDE = 5000
FORMATS = {"looks": ("png", "jpg"), "queries": ("png", "jpg"), "dashboard_elements": ("png", "jpg"),
           "dashboards": ("png", "jpg", "pdf")}
OPTIONS = {"width", "height", "fields"}
DASHBOARD_OPTIONS = OPTIONS | {"pdf_paper_size", "pdf_landscape", "long_tables", "theme"}
STYLES = ("tiled", "single_column")
# What a test may change; null is the default.
SETTINGS = {"looks": 3, "failure": None, "blank": None, "not_ready": 0, "gone": False}


class RenderTasks:
    def __init__(self, queries: Queries, content: Content, engine: Engine) -> None:
        self.queries, self.content, self.engine = queries, content, engine
        self.reset()

    def reset(self) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.settings = dict(SETTINGS)

    def set(self, changes: dict[str, Any]) -> dict[str, Any]:
        """`looks`: so many until it is drawn; `failure`: the reason with which it fails then; `blank`: "empty",
        "white", "text" in place of a picture, "empty", "text", "cut" in place of a PDF; `not_ready`: so often 202 for the results; `gone`: 404 for them."""
        unknown = set(changes) - set(SETTINGS)
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}; known: {', '.join(SETTINGS)}")
        self.settings.update({key: SETTINGS[key] if value is None else value for key, value in changes.items()})
        return self.settings

    # Calls

    def create(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        kind, form = args["kind"], args["format"]
        if form not in FORMATS[kind]:
            raise ApiError(400, f"{form} is not a format of {kind}")
        unknown = set(query) - (DASHBOARD_OPTIONS if kind == "dashboards" else OPTIONS)
        if unknown:
            raise ApiError(400, f"unknown parameters: {', '.join(sorted(unknown))}")
        width, height = (self.side(query, name) for name in ("width", "height"))
        if kind == "dashboards":
            self.check_dashboard_body(args["id"], body)
        elif body:
            raise ApiError(400, "this call takes no body")
        groups = self.groups(kind, args["id"])
        task = {"id": f"task{len(self.tasks) + 1}", "look": 0, "not_ready": self.settings["not_ready"],
                "groups": groups, "filters": (body or {}).get("dashboard_filters"), "width": width, "height": height, "format": form, "owner": self.engine.region}
        self.tasks[task["id"]] = task
        return self.shown(task)

    @staticmethod
    def side(query: dict[str, str], name: str) -> int:
        value = query.get(name, "")
        if not re.fullmatch(r"[1-9]\d{0,3}", value) or int(value) > MAX_SIDE:
            raise ApiError(422, f"{name} must be a number of pixels")
        return int(value)

    def check_dashboard_body(self, dashboard_id: str, body: Any) -> None:
        dashboard = self.content.dashboard(dashboard_id)
        if not isinstance(body, dict) or set(body) - {"dashboard_filters", "dashboard_style", "tab_ids"}:
            raise ApiError(400, "a body with dashboard_filters and dashboard_style is needed")
        if body.get("dashboard_style", "tiled") not in STYLES:
            raise ApiError(422, "dashboard_style is not known")
        names = {one["name"] for one in dashboard["dashboard_filters"]}
        given = dict(parse_qsl(body.get("dashboard_filters") or "", keep_blank_values=True))
        wrong = set(given) - names
        if wrong:  # Looker ignores them, and draws something else than what was asked for
            raise ApiError(422, f"not filters of this dashboard: {', '.join(sorted(wrong))}")

    def look(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        task = self.task(args["id"])
        task["look"] += 1
        return self.shown(task)

    def results(self, args: dict[str, str], query: dict[str, str], body: Any) -> web.Response:
        task = self.task(args["id"])
        if self.settings["gone"]:
            self.settings["gone"] = False
            raise not_found()
        if self.status(task) != "success" or task["not_ready"] > 0:
            task["not_ready"] -= 1
            return web.Response(status=202, headers={"Retry-After": "1"})
        kind = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}[task["format"]]
        return web.Response(body=self.picture(task), content_type=kind)

    # Tasks

    def task(self, task_id: str) -> dict[str, Any]:
        task = self.tasks.get(task_id)
        if task is None or task["owner"] != self.engine.region:
            raise not_found()
        return task

    def status(self, task: dict[str, Any]) -> str:
        left = self.settings["looks"] - task["look"]
        if left > 0:
            return STEPS[max(0, len(STEPS) - 1 - left)] if task["look"] else STEPS[0]
        return "failure" if self.settings["failure"] else "success"

    def shown(self, task: dict[str, Any]) -> dict[str, Any]:
        status = self.status(task)
        return {"id": task["id"], "status": status, "status_detail": self.settings["failure"] if status == "failure" else None,
                "result_format": task["format"], "width": task["width"], "height": task["height"], "created_at":
                "2026-11-24 12:00:00 UTC", "finalized_at": None, "query_runtime": None, "render_runtime": None,
                "runtime": None, "user_id": "7", "can": {}}

    def picture(self, task: dict[str, Any]) -> bytes:
        how: Optional[str] = self.settings["blank"]
        if task["format"] == "pdf":
            return spoiled(pdf(f"{task['width']}x{task['height']} {task['filters']}"), how or "")
        if how == "empty":
            return b""
        if how == "text":
            return b"The renderer is not available on this instance, and this is not a picture of anything at all."
        if how == "white":
            return blank(task["width"], task["height"])
        return bars(task["width"], task["height"], task["groups"])

    # What is drawn

    def groups(self, kind: str, item_id: str) -> list[list[float]]:
        """The measures of the rows, a group a row."""
        if kind == "queries":
            return self.measured([self.queries.get(item_id)])
        if kind == "looks":
            return self.measured([self.queries.get(self.content.look(item_id)["query_id"])])
        if kind == "dashboards":
            elements = self.content.see(self.content.dashboards, item_id, "dashboards")["dashboard_elements"]
        else:
            elements = [one for name, dashboard in self.content.dashboards.items()
                        if self.content.may_see(f"dashboards/{name}")
                        for one in dashboard["dashboard_elements"] if one["id"] == item_id]
        if not elements:
            raise not_found()
        return self.measured([query for one in elements for query in self.queries_of(one)])

    def queries_of(self, element: dict[str, Any]) -> list[dict[str, Any]]:
        if element.get("_sources"):
            return list(element["_sources"])
        if element.get("_query_id"):
            return [self.queries.get(element["_query_id"])]
        return []

    def measured(self, queries: list[dict[str, Any]]) -> list[list[float]]:
        groups: list[list[float]] = []
        for query in queries:
            result = self.engine.run(query)
            names = [field["name"] for field in result["fields"]["measures"]]
            for row in result["data"][:60]:
                groups.append([value for name in names for value in numbers(row.get(name))])
        return groups


def numbers(cell: Any) -> list[float]:
    """The numbers of a cell; with a pivot, of all its values but the row's total."""
    if not isinstance(cell, dict):
        return []
    if "value" in cell:
        return [float(cell["value"])] if isinstance(cell["value"], (int, float)) else []
    return [number for key, one in cell.items() if not key.startswith("$$$") for number in numbers(one)]
