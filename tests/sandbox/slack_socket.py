"""The WebSockets of Slack's side: tickets, connections, what is recorded of them, and faults on demand.

What is said over them is in slack_envelopes (Socket Mode) and slack_rtm.
"""
from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import Any, Callable, Coroutine, Optional

from aiohttp import web

from record import Record
from slack_people import APP_ID
from slack_state import SlackState
from ws_server import PING, PONG, TEXT, WsConnection, upgrade, wrong_handshake

TICKET_LIFE_S = 30
MAX_CONNECTIONS = 10
MAX_BYTES = {"socket": 1024 * 1024, "rtm": 16 * 1024}
OVERSIZE_BYTES = 5 * 1024 * 1024
MAX_KEPT = 200
THEN_CLOSE_S = {"warning": 10.0, "refresh_requested": 10.0, "link_disabled": 0.0, "too_many_websockets": 0.0,
                "goodbye": 5.0, "team_migration_started": 5.0, "error_frame": 0.0}
KEYS = {"do", "which", "kind", "code", "reason", "text", "seconds", "status", "times", "then_close_s", "bytes", "msg"}


class Link:
    """One connection and its figures."""

    def __init__(self, number: int, kind: str, ws: WsConnection) -> None:
        self.n, self.kind, self.ws = number, kind, ws
        self.open, self.draining, self.in_pieces, self.greeted = True, False, False, False
        self.opened_at = time.time()
        self.envelopes = self.acks = 0
        self.closed_code: Optional[int] = None
        self.unanswered_pings: list[bytes] = []

    def report(self) -> dict[str, Any]:
        return {"n": self.n, "kind": self.kind, "open": self.open, "opened_at": self.opened_at, "envelopes": self.envelopes,
                "acks": self.acks, "closed_code": self.closed_code, "silent": self.ws.silent, "draining": self.draining}


class Sockets:
    def __init__(self, state: SlackState, record: Record) -> None:
        self.state, self.record = state, record
        self.own_url = ""
        self.links: list[Link] = []
        self.errors: list[dict[str, Any]] = []
        self.greet: dict[str, Callable[[Link, bool], None]] = {}     # by kind: says hello
        self.heard: dict[str, Callable[[Link, str, int, bool], None]] = {}
        self.reports: list[Callable[[], dict[str, Any]]] = []
        self.opened = asyncio.Event()
        self._tickets: dict[str, dict[str, Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last = 0
        self._refuse_until, self._refuse_status, self._mute_hellos = 0.0, 409, 0
        state.listeners.append(self._on_state)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/link/", self.serve_socket), web.get("/websocket/{ticket}", self.serve_rtm)]

    def reset(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for link in self.links:
            link.ws.on_lost = lambda: None
            link.open = False
            link.ws.abort()
        self.links.clear()
        self.errors.clear()
        self._tickets.clear()
        self._refuse_until, self._mute_hellos, self._last = 0.0, 0, 0

    close = reset

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_state(self, name: str, data: dict[str, Any]) -> None:
        if name != "mode":
            return
        for link in self.open_links():
            if link.ws.silent:
                link.ws.abort()
            elif link.kind == "socket" and data["mode"] != "socket":
                self.leave(link, {"type": "disconnect", "reason": "link_disabled", "debug_info": {"host": host()}}, 0)
            elif link.kind == "rtm" and data["mode"] != "rtm":
                self.leave(link, {"type": "goodbye"}, 0)

    # Tickets and handshakes

    def ticket(self, kind: str) -> str:
        """A URL for one connection within 30 seconds."""
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = {"kind": kind, "born": self.state.now(), "used": False}
        base = self.own_url.replace("http://", "ws://", 1)
        if kind == "rtm":
            return f"{base}/websocket/{ticket}"
        return f"{base}/link/?ticket={ticket}&app_id={APP_ID}"

    def use_ticket(self, ticket: str, kind: str) -> bool:
        known = self._tickets.get(ticket)
        if known is None or known["kind"] != kind or known["used"] or self.state.now() - known["born"] > TICKET_LIFE_S:
            return False
        known["used"] = True
        return True

    async def serve_socket(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request, "socket", request.query.get("ticket", ""))

    async def serve_rtm(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request, "rtm", request.match_info["ticket"])

    async def serve(self, request: web.Request, kind: str, ticket: str) -> web.StreamResponse:
        wrong = wrong_handshake(request)
        if wrong:
            self.complain(None, wrong)
            return web.Response(status=400, text=wrong)
        if time.monotonic() < self._refuse_until:
            self.note(None, f"refused {kind}", {"status": self._refuse_status}, ok=False)
            return web.Response(status=self._refuse_status)
        good = self.use_ticket(ticket, kind)
        if not good and kind == "socket":
            self.complain(None, "the URL was used before, is too old, or is none of ours")
            return web.Response(status=408, text="Request Timeout")
        return await upgrade(request, MAX_BYTES[kind], lambda ws: self.begin(kind, ws, good))

    def begin(self, kind: str, ws: WsConnection, good: bool) -> None:
        self._last += 1
        link = Link(self._last, kind, ws)
        self.links.append(link)
        del self.links[:-MAX_KEPT]
        ws.on_text = lambda text, size, in_pieces: self.heard[kind](link, text, size, in_pieces)
        ws.on_ping = lambda payload: self.got_ping(link, payload)
        ws.on_pong = lambda payload: self.got_pong(link, payload)
        ws.on_close = lambda code, reason: self.got_close(link, code, reason)
        ws.on_lost = lambda: self.lost(link)
        ws.on_malformed = lambda what: self.complain(link, what)
        ws.on_closing = lambda: self.closing(link)
        self.note(link, f"open {kind}", {})
        if self._mute_hellos:
            self._mute_hellos -= 1
            return
        self.greet[kind](link, good)
        if link.open and not link.draining:
            self.later(self.pings(link))

    # What goes over a connection

    def open_links(self, kind: str = "") -> list[Link]:
        return [link for link in self.links if link.open and kind in ("", link.kind)]

    def usable(self, kind: str) -> list[Link]:
        """Where something may be sent: not on one that was told to go, while there is another."""
        links = [link for link in self.open_links(kind) if link.greeted]
        return [link for link in links if not link.draining] or links

    def say(self, link: Link, frame: dict[str, Any], name: str = "", **about: Any) -> None:
        if link.ws.silent:
            return
        link.ws.text(json.dumps(frame), link.in_pieces)
        link.in_pieces = False
        self.note(link, f"out {name or frame.get('type', 'frame')}", frame, **about)

    def ready(self, link: Link) -> None:
        link.greeted = True
        waiting, self.opened = self.opened, asyncio.Event()
        waiting.set()

    def leave(self, link: Link, frame: dict[str, Any], seconds: float) -> None:
        """Tells the client to go, and closes after a while."""
        self.say(link, frame)
        link.draining = True
        self.later(self.close_later(link, seconds))

    async def close_later(self, link: Link, seconds: float) -> None:
        await asyncio.sleep(seconds)
        link.ws.close(1000)

    async def pings(self, link: Link) -> None:
        while link.open:
            await asyncio.sleep(self.state.ping_s)
            if link.ws.silent or link.ws.close_sent:
                return
            if len(link.unanswered_pings) >= 3:
                self.complain(link, "three pings in a row had no pong")
                link.ws.abort()
                return
            payload = f"Ping from {host()}".encode()
            link.unanswered_pings.append(payload)
            link.ws.frame(PING, payload)
            self.note(link, "out ping", {"payload": payload.decode()})

    def got_ping(self, link: Link, payload: bytes) -> None:
        self.note(link, "in ping", {"payload": payload.decode("utf-8", "replace")})
        link.ws.frame(PONG, payload)

    def got_pong(self, link: Link, payload: bytes) -> None:
        self.note(link, "in pong", {"payload": payload.decode("utf-8", "replace")})
        if payload in link.unanswered_pings:
            link.unanswered_pings.clear()
        elif link.unanswered_pings and payload != b"between the pieces":
            self.complain(link, f"a pong must carry the ping's bytes, not {payload[:40]!r}")

    def got_close(self, link: Link, code: int, reason: str) -> None:
        link.closed_code = code
        link.open = False
        self.note(link, "in close", {"code": code, "reason": reason})

    def closing(self, link: Link) -> None:
        link.open = False

    def lost(self, link: Link) -> None:
        link.open = False
        if link.closed_code is None:
            link.closed_code = 1006
        self.note(link, f"gone {link.kind}", {"code": link.closed_code})

    # Books

    def note(self, link: Optional[Link], name: str, body: dict[str, Any], ok: bool = True, **about: Any) -> None:
        entry = self.record.begin("socket", name, body=body, connection=link.n if link else None, **about)
        self.record.finish(entry, ok=ok, status=101)

    def complain(self, link: Optional[Link], what: str) -> None:
        """What a good client does not do."""
        self.errors.append({"connection": link.n if link else None, "error": what, "time": time.time()})
        self.note(link, "error", {"error": what}, ok=False, error=what)

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = {"connections": [link.report() for link in self.links], "errors": self.errors}
        for more in self.reports:
            report.update(more())
        return report

    # Faults

    async def do(self, spec: dict[str, Any]) -> None:
        if set(spec) - KEYS:
            raise ValueError(f"unknown keys; known: {sorted(KEYS)}")
        what = spec.get("do")
        if what == "refuse":
            self._refuse_until = time.monotonic() + float(spec.get("seconds", 5))
            self._refuse_status = int(spec.get("status") or 409)
            return
        if what == "no_hello":
            self._mute_hellos = int(spec.get("times") or 1)
            return
        act = ACTIONS.get(str(what))
        if act is None:
            raise ValueError(f"do must be one of {', '.join(['refuse', 'no_hello', *ACTIONS])}")
        for link in self.chosen(spec.get("which", "all"), spec.get("kind") or ""):
            act(self, link, spec)

    def chosen(self, which: Any, kind: str) -> list[Link]:
        links = self.open_links(kind)
        if which == "all":
            return links
        if which in ("oldest", "newest"):
            return links[:1] if which == "oldest" else links[-1:]
        return [link for link in links if link.n == int(which)]


def host() -> str:
    return "applink-7"


def _close(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    code = int(spec.get("code") or 1000)
    sockets.note(link, "out close", {"code": code})
    link.ws.close(code, spec.get("reason") or "")


def _abort(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    link.ws.abort()


def _silent(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    link.ws.silent = True


def _bad_frame(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    link.ws.frame(TEXT, b'{"type":"hello"}', reserved=7)
    sockets.note(link, "out bad_frame", {})


def _oversize(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    size = int(spec.get("bytes") or OVERSIZE_BYTES)
    text = json.dumps({"type": "padding", "padding": ""})
    link.ws.text(text[:-2] + "x" * (size - len(text)) + text[-2:])
    sockets.note(link, "out oversize", {"bytes": size})


def _text(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    link.ws.text(spec["text"])
    sockets.note(link, "out text", {"text": spec["text"][:2000]})


def _fragments(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    link.in_pieces = True


def _disconnect(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    reason = spec.get("reason") or "refresh_requested"
    frame: dict[str, Any] = {"type": "disconnect", "reason": reason, "debug_info": {"host": host()}}
    if reason == "too_many_websockets":
        frame.update(num_connections=len(sockets.open_links("socket")), connection_info={"app_id": APP_ID})
    sockets.leave(link, frame, _seconds(spec, reason))


def _seconds(spec: dict[str, Any], what: str) -> float:
    given = spec.get("then_close_s")
    return float(THEN_CLOSE_S.get(what, 10.0) if given is None else given)


def _rtm_farewell(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    sockets.leave(link, {"type": spec["do"]}, _seconds(spec, spec["do"]))


def _error_frame(sockets: Sockets, link: Link, spec: dict[str, Any]) -> None:
    error = {"code": int(spec.get("code") or 1), "msg": spec.get("msg") or "Socket URL has expired"}
    sockets.leave(link, {"type": "error", "error": error}, _seconds(spec, "error_frame"))


ACTIONS: dict[str, Callable[[Sockets, Link, dict[str, Any]], None]] = {
    "close": _close, "abort": _abort, "silent": _silent, "bad_frame": _bad_frame, "oversize": _oversize, "text": _text,
    "fragments": _fragments, "disconnect": _disconnect, "goodbye": _rtm_farewell,
    "team_migration_started": _rtm_farewell, "error_frame": _error_frame,
}
