"""The part of the sandbox's own API that plays Slack's people and connections. See README.md."""
from __future__ import annotations

from typing import Any

from aiohttp import web

from bot_line import check_overrides
from slack_events import Events
from slack_press import Presses
from slack_socket import Sockets
from slack_state import SlackState
from slack_talk import Talk

EVENT_KEYS = {"event", "envelope", "event_id", "headers", "overrides", "retries"}


async def body_of(request: web.Request, known: set[str]) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict) or set(body) - known:
        raise ValueError(f"an object is needed; known keys: {sorted(known)}")
    return body


class SlackControl:
    def __init__(self, state: SlackState, events: Events, talk: Talk, presses: Presses, sockets: Sockets) -> None:
        self.state, self.events, self.talk, self.presses, self.sockets = state, events, talk, presses, sockets

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/mode", self.get_mode),
            web.post("/sandbox/mode", self.post_mode),
            web.post("/sandbox/message", self.post_message),
            web.post("/sandbox/event", self.post_event),
            web.post("/sandbox/redeliver", self.post_redeliver),
            web.post("/sandbox/press", self.post_press),
            web.post("/sandbox/home", self.post_home),
            web.get("/sandbox/home", self.get_home),
            web.get("/sandbox/socket", self.get_socket),
            web.post("/sandbox/socket", self.post_socket),
        ]

    async def get_mode(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "mode": self.state.mode})

    async def post_mode(self, request: web.Request) -> web.Response:
        self.state.set_mode((await body_of(request, {"mode"}))["mode"])
        return await self.get_mode(request)

    async def post_message(self, request: web.Request) -> web.Response:
        return web.json_response(await self.talk.say(await request.json()))

    async def post_event(self, request: web.Request) -> web.Response:
        spec = await body_of(request, EVENT_KEYS)
        over = spec.get("overrides") or {}
        check_overrides(over, set())
        sent = self.events.wrap(spec.get("event"), spec.get("envelope"), spec.get("event_id"))
        result = await self.events.deliver(sent, over, spec.get("retries", True), spec.get("headers"))
        return web.json_response({"ok": True, **result, "event_id": sent.event_id})

    async def post_redeliver(self, request: web.Request) -> web.Response:
        spec = await body_of(request, {"event_id", "times", "new_ids", "retry_num"})
        if spec["event_id"] not in self.events.sent:
            raise ValueError("no such event was sent")
        done = await self.events.redeliver(spec["event_id"], int(spec.get("times") or 1), bool(spec.get("new_ids")),
                                           int(spec.get("retry_num") or 0))
        return web.json_response({"ok": True, "events": done})

    async def post_press(self, request: web.Request) -> web.Response:
        return web.json_response(await self.presses.press(await request.json()))

    async def post_home(self, request: web.Request) -> web.Response:
        return web.json_response(await self.talk.open_home(await body_of(request, {"user", "tab"})))

    async def get_home(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "view": self.talk.home(request.query["user"])})

    async def get_socket(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, **self.sockets.report()})

    async def post_socket(self, request: web.Request) -> web.Response:
        await self.sockets.do(await request.json())
        return web.json_response({"ok": True, **self.sockets.report()})
