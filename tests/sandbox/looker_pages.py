"""The web pages of the fake Looker: where the bot's links lead, and the 404 page."""
from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from looker_api import LookerApi

STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}
header{background:#4b2a8c;color:#fff;padding:.8rem 1.5rem;font-weight:600}main{max-width:46rem;margin:2rem auto;padding:0 1.5rem}
h1{font-size:1.5rem;margin:0 0 .5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem}dt{opacity:.7}
dd{margin:0;overflow-wrap:anywhere}.note{border-left:4px solid #9b7fd6;padding:.4rem 1rem;opacity:.85}"""


def html_404(path: str) -> web.Response:
    return page("Page not found", [("Path", path)], "Looker shows this page for an address that it does not know.", 404)


def page(title: str, facts: list[tuple[str, str]], note: str, status: int = 200) -> web.Response:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    text = (f"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{escape(title)} - Looker (sandbox)</title>"
            f"<style>{STYLE}</style></head><body><header>Looker (sandbox)</header><main><h1>{escape(title)}</h1>"
            f"<dl>{rows}</dl><p class=\"note\">{escape(note)}</p></main></body></html>")
    return web.Response(text=text, content_type="text/html", status=status, headers={
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options": "nosniff"})


class LookerPages:
    def __init__(self, api: LookerApi) -> None:
        self.api = api

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.home), web.get("/dashboards/{id}", self.content), web.get("/looks/{id}", self.content),
                web.get("/folders/{id}", self.folder),
                web.get("/explore/{model}/{view}", self.explore), web.get("/x/{slug}", self.short),
                web.get("/alive", self.alive), web.post("/login", self.login),
                web.route("*", "/{rest:.*}", self.unknown)]

    async def home(self, request: web.Request) -> web.Response:
        return page("Looker", [], "This is the sandbox's stand-in for Looker. The data is made up.")

    async def content(self, request: web.Request) -> web.Response:
        is_look = request.path.startswith("/looks/")
        content = self.api.content
        table = content.looks if is_look else content.dashboards
        item = table.get(request.match_info["id"])
        if item is None:
            return html_404(request.path)
        facts = [("Folder", content.folders[item["folder_id"]]["name"]), ("Description", item["description"] or "none")]
        facts += [(name, value) for name, value in request.query.items()]
        kind = "Look" if is_look else "dashboard"
        return page(item["title"], facts, f"In Looker you would see this {kind} here.")

    async def folder(self, request: web.Request) -> web.Response:
        content, folder_id = self.api.content, request.match_info["id"]
        if folder_id not in content.folders:
            return html_404(request.path)
        inside = [("Dashboard", one["title"]) for one in content.dashboards.values() if one["folder_id"] == folder_id]
        inside += [("Look", one["title"]) for one in content.looks.values() if one["folder_id"] == folder_id]
        inside += [("Folder", one["name"]) for one in content.folders.values() if one["parent_id"] == folder_id]
        return page(content.folders[folder_id]["name"], inside, "In Looker you would see this folder here.")

    async def explore(self, request: web.Request) -> web.Response:
        facts = [("Model", request.match_info["model"]), ("Explore", request.match_info["view"])]
        facts += [(name, value) for name, value in request.query.items()]
        return page("Explore", facts, "In Looker you would see the rows behind the number here.")

    async def short(self, request: web.Request) -> web.StreamResponse:
        slug = request.match_info["slug"]
        if slug not in self.api.queries.by_slug:
            return html_404(request.path)
        query = self.api.queries.by_slug_or_client_id(slug)
        facts = [("Explore", query["view"]), ("Fields", ", ".join(query["fields"]))]
        facts += [(f"Filter {name}", value) for name, value in (query["filters"] or {}).items()]
        return page("Explore", facts, "In Looker you would see this query's result here.")

    async def alive(self, request: web.Request) -> web.StreamResponse:
        """What load balancers ask: outside the API, but a Looker that is down does not answer it either."""
        async def say(_request: web.Request, _body: object) -> web.Response:
            return web.Response(text="alive")
        return await self.api.wire.serve(self.api.instance.where, "GET /alive", request, say)

    async def login(self, request: web.Request) -> web.Response:
        return page("Forbidden", [], "This is the page for people; the API logs in at /api/4.0/login.", 403)

    async def unknown(self, request: web.Request) -> web.Response:
        return html_404(request.path)
