"""Serves the page's own files, and only these."""
from __future__ import annotations

from pathlib import Path

from aiohttp import web

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

# Nothing from elsewhere, nothing inline: data that slips through still cannot run.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def page_routes(folder: Path) -> list[web.RouteDef]:
    async def serve(request: web.Request) -> web.Response:
        name = request.match_info.get("name") or "index.html"
        path = folder / name
        if path.parent != folder or path.suffix not in TYPES or not path.is_file():
            return web.Response(status=404, text="not found")
        return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8", headers={
            "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer"})
    return [web.get("/", serve), web.get("/page/{name}", serve)]
