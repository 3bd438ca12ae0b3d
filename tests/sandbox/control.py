"""The sandbox's own API under /sandbox/: what tests and the page use. See README.md.

It answers only to names of this machine and only to its own page: another web page in the same
browser must not be able to drive it.
"""
from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from faults import Faults
from record import KINDS, Record, redact
from slack_people import BOT_USER_ID, TEAM_NAME
from slack_state import BURST, SlackState
from slash import SlashCommands

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
LISTS = ("events", "unfurl_domains", "retry_delays")
NUMBERS = ("ping_s", "redeliver_s")
WORKSPACE_KEYS = {"without_scopes", "refused_blocks", "burst", "people", "channels", "more_channels", *LISTS, *NUMBERS}
EXAMPLES = ["help", "revenue today", "sales region=EMEA; period=\"last 7 days\"", "sales by product Tea",
            "order 1003", "find orders", "sals"]
TALK = ["@looker revenue today"]
MAX_CALLS = 200

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if host not in LOCAL_HOSTS or origin and urlsplit(origin).netloc != request.host:
        return web.json_response({"ok": False, "error": "the sandbox answers to its own page on this machine only"},
                                 status=403)
    return await handler(request)


class Control:
    def __init__(self, state: SlackState, record: Record, faults: Faults, slash: SlashCommands,
                 stop: asyncio.Event, facts: dict[str, Any]) -> None:
        self.state, self.record, self.faults, self.slash = state, record, faults, slash
        self.stop, self.facts = stop, facts
        self.streams: set[asyncio.Queue[str]] = set()
        self.on_reset: list[Callable[[], None]] = []
        state.listeners.append(self.tell)
        record.listeners.append(lambda entry: self.tell("record", summary(entry)))
        faults.listeners.append(lambda: self.tell("faults", {"faults": self.faults.list()}))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/state", self.get_state),
            web.get("/sandbox/stream", self.get_stream),
            web.get("/sandbox/record", self.get_record),
            web.delete("/sandbox/record", self.delete_record),
            web.get("/sandbox/record/{n}", self.get_one_record),
            web.get("/sandbox/wait", self.get_wait),
            web.get("/sandbox/conversation", self.get_conversation),
            web.get("/sandbox/faults", self.get_faults),
            web.post("/sandbox/faults", self.post_faults),
            web.delete("/sandbox/faults", self.delete_faults),
            web.delete("/sandbox/faults/{id}", self.delete_one_fault),
            web.post("/sandbox/slash", self.post_slash),
            web.post("/sandbox/workspace", self.post_workspace),
            web.post("/sandbox/reset", self.post_reset),
            web.post("/sandbox/age_hooks", self.post_age_hooks),
        ]

    async def get_state(self, request: web.Request) -> web.Response:
        channels = []
        for channel in self.state.channels.values():
            channels.append({**self.state.channel_object(channel), "members": channel["members"],
                             "about": channel.get("about", ""), "topic_text": channel.get("topic", ""),
                             "bot_is_member": self.state.bot_is_member(channel)})
        return web.json_response({
            "team": TEAM_NAME, "bot": BOT_USER_ID, "channels": channels, "people": list(self.state.people.values()),
            "examples": EXAMPLES, "talk": TALK, "mode": self.state.mode, **self.facts, "faults": redact(self.faults.list()), "workspace": self.workspace(),
            "calls": redact([summary(entry) for entry in self.record.entries[-MAX_CALLS:]])})

    # Live updates of the page

    def tell(self, event: str, data: dict[str, Any]) -> None:
        if not self.streams:
            return
        # What was said in the conversation is shown as it was said.
        line = f"event: {event}\ndata: {json.dumps(redact(data, texts='message' not in data))}\n\n"
        for queue in self.streams:
            queue.put_nowait(line)

    async def get_stream(self, request: web.Request) -> web.StreamResponse:
        queue: asyncio.Queue[str] = asyncio.Queue()
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        self.streams.add(queue)
        try:
            await answer.write(b"retry: 1000\n: hello\n\n")
            while not self.stop.is_set():
                next_line = asyncio.ensure_future(queue.get())
                stopped = asyncio.ensure_future(self.stop.wait())
                await asyncio.wait([next_line, stopped], timeout=15, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                line = next_line.result() if next_line.done() else ": still here\n\n"
                next_line.cancel()
                await answer.write(line.encode())
        except ConnectionError:
            pass
        finally:
            self.streams.discard(queue)
        return answer

    # Record

    async def get_record(self, request: web.Request) -> web.Response:
        query = {"done": "0", **request.query}
        return web.json_response({"ok": True, "last": self.record.last, "records": self.record.select(query)})

    async def get_one_record(self, request: web.Request) -> web.Response:
        """A whole record without its secrets, for people to look at."""
        number = int(request.match_info["n"])
        for entry in self.record.entries:
            if entry["n"] == number:
                return web.json_response({"ok": True, "record": redact(entry)})
        return web.json_response({"ok": False, "error": f"record {number} is no longer kept"}, status=404)

    async def delete_record(self, request: web.Request) -> web.Response:
        self.record.clear()
        self.tell("cleared", {"last": self.record.last})
        return web.json_response({"ok": True, "last": self.record.last})

    async def get_wait(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        if query.get("kind") and query["kind"] not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        found = await self.record.wait(query, self.stop)
        enough = len(found) >= int(query.get("count", "1"))
        return web.json_response({"ok": enough, "count": len(found), "last": self.record.last, "records": found})

    async def get_conversation(self, request: web.Request) -> web.Response:
        """All messages of a channel, or what one person sees there (`user`)."""
        channel, user = request.query.get("channel", ""), request.query.get("user")
        if channel not in self.state.messages:
            raise ValueError("no such channel")
        shown = [message for message in self.state.messages[channel]
                 if not user or message.get("_ephemeral_to") in (None, user)]
        return web.json_response({"ok": True, "channel": channel, "messages": shown})

    # Faults and settings

    async def get_faults(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "faults": self.faults.list()})

    async def post_faults(self, request: web.Request) -> web.Response:
        specs = await request.json()
        for spec in specs if isinstance(specs, list) else [specs]:
            self.faults.add(spec)
        return await self.get_faults(request)

    async def delete_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return await self.get_faults(request)

    async def delete_one_fault(self, request: web.Request) -> web.Response:
        self.faults.remove(int(request.match_info["id"]))
        return await self.get_faults(request)

    def workspace(self) -> dict[str, Any]:
        return {"without_scopes": sorted(self.state.without_scopes), "refused_blocks": sorted(self.state.refused_blocks),
                "burst": self.state.burst, **{key: getattr(self.state, key) for key in LISTS + NUMBERS}}

    async def post_workspace(self, request: web.Request) -> web.Response:
        """What this workspace lacks, and changes to its people and channels."""
        wanted = await request.json()
        if set(wanted) - WORKSPACE_KEYS:
            raise ValueError(f"unknown keys; known: {sorted(WORKSPACE_KEYS)}")
        if "without_scopes" in wanted:
            self.state.without_scopes = set(wanted["without_scopes"])
        if "refused_blocks" in wanted:
            self.state.refused_blocks = set(wanted["refused_blocks"])
        if "burst" in wanted:
            self.state.set_burst(int(wanted["burst"] or BURST))
        for key in LISTS:
            if key in wanted:
                setattr(self.state, key, list(wanted[key]))
        for key in NUMBERS:
            if key in wanted:
                setattr(self.state, key, float(wanted[key]))
        self.state.add_channels(int(wanted.get("more_channels") or 0))
        for key, table in (("people", self.state.people), ("channels", self.state.channels)):
            for item_id, changes in (wanted.get(key) or {}).items():
                table[item_id].update(changes)
        self.tell("workspace", self.workspace())
        return web.json_response({"ok": True, **self.workspace()})

    async def post_reset(self, request: web.Request) -> web.Response:
        """As freshly started: no messages, record, faults, or changed settings."""
        self.faults.clear()
        self.record.clear()
        self.state.reset()
        for reset in self.on_reset:
            reset()
        self.record.clear()
        return web.json_response({"ok": True, "last": self.record.last})

    async def post_age_hooks(self, request: web.Request) -> web.Response:
        """Makes every response_url older, as if that many seconds had passed."""
        seconds = float((await request.json())["seconds"])
        for hook in self.state.hooks.values():
            hook["born"] -= seconds
        return web.json_response({"ok": True, "hooks": len(self.state.hooks)})

    async def post_slash(self, request: web.Request) -> web.Response:
        return web.json_response(await self.slash.send(await request.json()))


def summary(entry: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of a record: enough to follow, no bodies."""
    answer = entry.get("answer")
    error = answer.get("error") or answer.get("message") if isinstance(answer, dict) else None
    return {"n": entry["n"], "kind": entry["kind"], "name": entry["name"], "time": entry["time"],
            "done": entry["done"], "status": entry["status"], "ok": entry.get("ok"), "elapsed_ms": entry["elapsed_ms"], "fault": entry["fault"],
            "error": entry.get("error") or (error if isinstance(error, str) else None)}


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wrong call of the control API says what is wrong."""
    try:
        return await handler(request)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if not request.path.startswith("/sandbox/"):
            raise
        return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)
