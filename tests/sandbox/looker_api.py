"""Looker's API 4.0: login, content, queries. Everything else is an HTML page, as on a real instance."""
from __future__ import annotations

import inspect
import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Callable, Mapping, Optional
from urllib.parse import unquote

from aiohttp import web

from looker_actions import Actions
from looker_content import Content
from looker_csv import Csv
from looker_data import SEED
from looker_engine import Engine
from looker_fields import parse, trim
from looker_library import COMMAND_FOLDER, fill
from looker_suggest import suggestions
from looker_second import COMMAND_FOLDER as SECOND_FOLDER, SEED as SECOND_SEED, fill as fill_second
from looker_pages import html_404
from looker_plans import Plans
from looker_people import BOT_ID, People, Person
from looker_queries import ApiError, Queries, check, not_found
from looker_render import RenderTasks
from wire import Wire

TOKEN_LIFE_S = 3600
RELEASE = "26.12.3"

Call = Callable[[dict[str, str], dict[str, str], Any], Any]
FORMATS = ("json_detail", "csv", "xlsx")


@dataclass(frozen=True)
class Instance:
    """What makes one fake Looker another than the other."""
    where: str  # as faults and records call it
    client_id: str
    client_secret: str
    command_folder: str
    fill: Callable[[Content], None]
    seed: int  # of its rows
    webhook_token: str  # of its schedules


FIRST = Instance("looker", "sandbox-looker-client-id", "sandbox-looker-client-secret-not-a-secret", COMMAND_FOLDER,
                 fill, SEED, "sandbox-webhook-token-not-a-secret")
SECOND = Instance("looker2", "sandbox-second-client-id", "sandbox-second-client-secret-not-a-secret", SECOND_FOLDER,
                  fill_second, SECOND_SEED, "sandbox-second-webhook-token-not-a-secret")


class LookerApi:
    def __init__(self, wire: Wire, instance: Instance = FIRST) -> None:
        self.wire = wire
        self.instance = instance
        self.web_url = ""
        self.engine = Engine(lambda: datetime.now(timezone.utc).replace(tzinfo=None), instance.seed)
        self.tokens: dict[str, tuple[float, str]] = {}  # until when, and whose
        self.people = People()
        self.caller: Person = self.people.all[BOT_ID]  # of the call that is answered now
        self.queries = Queries()
        self.csv = Csv()
        self.plans = Plans()
        self.actions = Actions()
        self.content = Content(self.queries)
        instance.fill(self.content)
        self.renders = RenderTasks(self.queries, self.content, self.engine)
        self.calls: list[tuple[str, re.Pattern[str], Call]] = [
            (method, re.compile(path), call) for method, path, call in (
                ("GET", r"user", self.me),
                ("GET", r"session", self.session),
                ("GET", r"users/search", lambda a, q, b: self.people.search(self.caller, q, self.web_url)),
                ("GET", r"users/(?P<id>[^/]+)", self.user),
                ("GET", r"scheduled_plans/(?P<id>[^/]+)", self.plan),
                ("POST", r"login/(?P<id>[^/]+)", self.login_as),
                ("POST", r"data_actions", lambda a, q, b: self.actions.perform(self.caller, b)),
                ("POST", r"data_actions/form", lambda a, q, b: self.actions.form(self.caller, b)),
                ("GET", r"looks", lambda a, q, b: self.content.all_looks()),
                ("GET", r"looks/(?P<id>[^/]+)", lambda a, q, b: self.content.look(a["id"])),
                ("GET", r"dashboards", lambda a, q, b: self.content.all_dashboards()),
                ("GET", r"dashboards/(?P<id>[^/]+)", lambda a, q, b: self.content.dashboard(a["id"])),
                ("GET", r"folders/(?P<id>[^/]+)", lambda a, q, b: self.content.folder(a["id"])),
                ("GET", r"folders/(?P<id>[^/]+)/children", lambda a, q, b: self.content.children(a["id"])),
                ("GET", r"folders/(?P<id>[^/]+)/dashboards", self.folder_dashboards),
                ("GET", r"folders/(?P<id>[^/]+)/looks", self.folder_looks),
                ("GET", r"content/(?P<terms>[^/]+)", self.search),
                ("GET", r"models/(?P<model>[^/]+)/views/(?P<view>[^/]+)/fields/(?P<field>[^/]+)/suggestions",
                 lambda a, q, b: suggestions(self.engine, a["model"], a["view"], a["field"], q)),
                ("POST", r"queries", lambda a, q, b: self.queries.shown(self.queries.create(b))),
                ("GET", r"queries/slug/(?P<slug>[^/]+)",
                 lambda a, q, b: self.queries.shown(self.queries.by_slug_or_client_id(a["slug"]))),
                ("GET", r"queries/(?P<id>[^/]+)", lambda a, q, b: self.queries.shown(self.queries.get(a["id"]))),
                ("GET", r"queries/(?P<id>[^/]+)/run/(?P<format>\w+)", lambda a, q, b: self.run(self.queries.get(a["id"]), a, q)),
                ("POST", r"queries/run/(?P<format>\w+)", lambda a, q, b: self.run(check(b), a, q)),
                ("GET", r"looks/(?P<id>[^/]+)/run/(?P<format>\w+)", lambda a, q, b: self.run(self.queries.get(
                    self.content.look(a["id"])["query_id"]), a, q)),
                ("POST", r"render_tasks/(?P<kind>looks|queries|dashboards|dashboard_elements)/(?P<id>[^/]+)/(?P<format>\w+)",
                 self.renders.create),
                ("GET", r"render_tasks/(?P<id>[^/]+)", self.renders.look),
                ("GET", r"render_tasks/(?P<id>[^/]+)/results", self.renders.results),
            )]

    def set_web_url(self, url: str) -> None:
        self.web_url = self.queries.web_url = url

    def expire_tokens(self) -> None:
        self.tokens.clear()

    def reset(self) -> None:
        self.tokens.clear()
        self.csv.reset()
        self.plans.reset()
        self.actions.reset()
        self.renders.reset()

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/api{rest:.*}", self.serve)]

    # One call

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        short = path.removeprefix("/api/4.0/") if path.startswith("/api/4.0/") else None
        name = f"{request.method} {'/' + short if short is not None else path}"
        return await self.wire.serve(self.instance.where, name, request,
                                     lambda req, body: self.answer(req, body, short))

    async def answer(self, request: web.Request, body: Any, path: Optional[str]) -> web.Response:
        if path is None:
            return html_404(request.path)
        try:
            try:
                result = self.dispatch(request, body, path)
            finally:
                self.become(self.people.all[BOT_ID])  # whose rights the pages have
            if inspect.isawaitable(result):     # what takes time does so after the rights were looked at
                result = await result
        except ApiError as error:
            return web.json_response(error.body(), status=error.status)
        if result is None:
            return html_404(request.path)
        if isinstance(result, web.Response):
            return result
        headers = {"X-Looker-Request-Id": secrets.token_hex(8)}
        if isinstance(result, list):
            headers["X-Total-Count"] = str(len(result))
            try:
                result = page(result, request.query)
            except ValueError:
                return web.json_response(ApiError(400, "limit and offset must be numbers").body(), status=400)
        fields = request.query.get("fields")
        if fields:
            try:
                result = trim(result, parse(fields))
            except ValueError as error:
                return web.json_response(ApiError(400, f"Invalid fields: {error}").body(), status=400)
        return web.json_response(result, headers=headers)

    def dispatch(self, request: web.Request, body: Any, path: str) -> Any:
        if (request.method, path) == ("POST", "login"):
            return self.login(request, body)
        if (request.method, path) == ("GET", "versions"):
            return self.versions()
        self.check_token(request)
        if (request.method, path) == ("DELETE", "logout"):
            self.tokens.pop(self.token_of(request), None)
            return {}
        known = False
        for method, pattern, call in self.calls:
            match = pattern.fullmatch(path)
            if not match:
                continue
            known = True
            if method == request.method:
                args = {key: unquote(value) for key, value in match.groupdict().items()}
                bare = call in (self.login_as, self.renders.create) and not request.content_length
                if method == "POST" and not bare and request.content_type != "application/json":
                    raise ApiError(400, "The body must be JSON (Content-Type: application/json)")
                return call(args, dict(request.query), body)
        if known:
            raise not_found()
        return None

    # Who calls

    def login(self, request: web.Request, body: Any) -> dict[str, Any]:
        form = body if request.content_type == "application/x-www-form-urlencoded" and isinstance(body, dict) else {}
        if (form.get("client_id"), form.get("client_secret")) != (self.instance.client_id,
                                                                  self.instance.client_secret):
            raise not_found()
        return self.new_token(BOT_ID)

    def login_as(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        """A token with another's rights, for an Admin; one of a disabled account is worth nothing."""
        if not self.caller.admin:
            raise ApiError(403, "Permission Denied")
        if args["id"] not in self.people.all:
            raise not_found()
        return self.new_token(args["id"])

    def new_token(self, user_id: str) -> dict[str, Any]:
        token = "sandbox-" + secrets.token_hex(20)
        self.tokens[token] = (time.time() + TOKEN_LIFE_S, user_id)
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S, "refresh_token": None}

    @staticmethod
    def token_of(request: web.Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return token if kind in ("Bearer", "token") else ""

    def check_token(self, request: web.Request) -> None:
        until, user_id = self.tokens.get(self.token_of(request), (0.0, ""))
        if until < time.time() or self.people.all[user_id].disabled:
            raise ApiError(401, "Requires authentication.")
        self.become(self.people.all[user_id])

    def become(self, caller: Person) -> None:
        """What follows is answered with the caller's rights. No two calls are answered at a time."""
        self.caller = caller
        self.content.hidden = caller.hidden
        self.engine.region = caller.region

    # Calls

    def versions(self) -> dict[str, Any]:
        current = {"version": "4.0", "full_version": f"4.0.{RELEASE}", "status": "current",
                   "swagger_url": f"{self.web_url}/api/4.0/swagger.json"}
        return {"looker_release_version": RELEASE, "current_version": current, "supported_versions": [current],
                "api_server_url": self.web_url, "web_server_url": self.web_url}

    def me(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        return self.caller.shown(True, self.web_url)

    def user(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        if args["id"] not in self.people.all:
            raise not_found()
        return self.people.all[args["id"]].shown(self.caller.admin, self.web_url)

    def plan(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        if args["id"] not in self.plans.by_id:
            raise not_found()
        return self.plans.by_id[args["id"]]

    def session(self, args: dict[str, str], query: dict[str, str], body: Any) -> dict[str, Any]:
        return {"workspace_id": "production", "sudo_user_id": None if self.caller.id == BOT_ID else self.caller.id,
                "can": {}}

    def folder_dashboards(self, args: dict[str, str], query: dict[str, str], body: Any) -> list[Any]:
        self.content.see(self.content.folders, args["id"], "folders")
        return [self.content.dashboard(x["id"]) for x in self.content.seen(self.content.dashboards, "dashboards")
                if x["folder_id"] == args["id"]]

    def folder_looks(self, args: dict[str, str], query: dict[str, str], body: Any) -> list[Any]:
        self.content.see(self.content.folders, args["id"], "folders")
        return [self.content.look(x["id"]) for x in self.content.seen(self.content.looks, "looks")
                if x["folder_id"] == args["id"]]

    def search(self, args: dict[str, str], query: dict[str, str], body: Any) -> list[dict[str, Any]]:
        """Looker's own search: every word somewhere in title or description, titles first."""
        words = args["terms"].lower().split()
        types = [one for one in query.get("types", "").split(",") if one]
        found: list[tuple[int, dict[str, Any]]] = []
        for table, what in ((self.content.dashboards, "dashboards"), (self.content.looks, "looks")):
            for item in self.content.seen(table, what):
                title, about = item["title"].lower(), (item["description"] or "").lower()
                kind = "look" if what == "looks" else "lookml_dashboard" if item["readonly"] else "dashboard"
                if types and kind not in types or not all(word in title or word in about for word in words):
                    continue
                folder = self.content.folders[item["folder_id"]]
                found.append((-sum(word in title for word in words), {
                    "content_id": item["id"], "type": kind, "title": item["title"], "description": item["description"],
                    "folder_id": folder["id"], "folder_name": folder["name"], "parent_folder_name": None,
                    "view_count": item["view_count"], "preferred_viewer": item.get("preferred_viewer"), "model": "shop",
                    "created_by_id": 7, "certification_status": None, "can": {"show": True}}))
        found.sort(key=lambda pair: pair[0])
        return [item for _, item in found]

    def run(self, query: dict[str, Any], args: dict[str, str], options: dict[str, str]) -> Any:
        if args["format"] not in FORMATS:
            raise ApiError(400, f"The sandbox answers in {', '.join(FORMATS)} only, not {args['format']}")
        limit = options.get("limit")
        if limit is not None and not re.fullmatch(r"-1|\d+", limit):
            raise ApiError(400, "limit must be a number")
        drill = options.get("generate_drill_links", "").lower() == "true"
        result = self.engine.run(query, int(limit) if limit is not None else None, drill)
        self.actions.attach(result, drill)
        if args["format"] == "json_detail":
            return result
        if result["errors"]:
            raise ApiError(400, " ".join([result["errors"][0]["message"], result["errors"][0]["message_details"]]))
        vis = query.get("vis_config") if options.get("apply_vis") == "true" else None
        text = self.csv.text(result, vis, options.get("apply_formatting") == "true")
        return self.csv.spreadsheet(text) if args["format"] == "xlsx" else self.csv.answer(text)


def page(items: list[Any], options: Mapping[str, str]) -> list[Any]:
    """Lists are whole unless `limit` is given."""
    start = int(options.get("offset", 0))
    return items[start:start + int(options["limit"])] if "limit" in options else items[start:]


def env_settings(url: str) -> dict[str, str]:
    return {"LOOKER_URL": url, "LOOKER_API_BASE_URL": url + "/api/4.0", "LOOKER_API_CLIENT_ID": FIRST.client_id,
            "LOOKER_API_CLIENT_SECRET": FIRST.client_secret, "LOOKER_CUSTOM_COMMAND_FOLDER_ID": FIRST.command_folder,
            "LOOKER_WEBHOOK_TOKEN": FIRST.webhook_token}


def env_several(addresses: list[tuple[str, Instance]]) -> dict[str, str]:
    """The same for more than one, which is one setting."""
    entries = [{"url": url, "apiBaseUrl": url + "/api/4.0", "clientId": one.client_id, "clientSecret": one.client_secret,
                "customCommandFolderId": one.command_folder, "webhookToken": one.webhook_token} for url, one in addresses]
    return {"LOOKERS": "'" + json.dumps(entries) + "'"}
