"""Bad days on demand: each fault says where it strikes, what it does, and how often.

See README.md for the list. A fault with `after` lets the work be done first and spoils the answer
only: the message is posted, but the bot does not learn of it.
"""
from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Awaitable, Callable, Optional

from aiohttp import web

LOOKERS = ("looker", "looker2")
WHERE = (*LOOKERS, "slack", "hook")
ACTIONS = ("down", "html", "status", "error", "ratelimit", "hang", "truncate", "slow", "delay",
           "expire_token", "empty", "garbage", "drip", "endless", "bomb",
           "relabel")

HTML = ("<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n<body><center>"
        "<h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>\n")

PIECE = b" " * 65536
BOMB_PIECES = 4096  # 256 MiB, of which a quarter of one goes over the line

Work = Callable[[], Awaitable[web.Response]]


@dataclass
class Fault:
    where: str
    do: str
    match: str = ""
    times: Optional[int] = None
    after: bool = False
    status: Optional[int] = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str = "internal_error"
    response_metadata: Optional[dict[str, Any]] = None
    retry_after: Optional[int] = 1
    seconds: float = 5.0
    id: int = field(default=0, init=False)  # ours, to take this one away again


KEYS = {one.name for one in fields(Fault) if one.init}


class Faults:
    def __init__(self, stop: asyncio.Event) -> None:
        self.active: list[Fault] = []
        self.listeners: list[Callable[[], None]] = []
        self._last_id = 0
        self.stop = stop
        self.expire_tokens: dict[str, Callable[[], None]] = {}  # by `where`

    def add(self, spec: dict[str, Any]) -> Fault:
        unknown = set(spec) - KEYS
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}; known: {', '.join(sorted(KEYS))}")
        if spec.get("where") not in WHERE:
            raise ValueError(f"where must be one of {', '.join(WHERE)}")
        if spec.get("do") not in ACTIONS:
            raise ValueError(f"do must be one of {', '.join(ACTIONS)}")
        fault = Fault(**spec)
        self._last_id += 1
        fault.id = self._last_id
        self.active.append(fault)
        self._changed()
        return fault

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()

    def list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.active]

    def clear(self) -> None:
        self.active.clear()
        self._changed()

    def remove(self, fault_id: int) -> None:
        """Takes one away; one that has used itself up meanwhile is no mistake."""
        self.active = [fault for fault in self.active if fault.id != fault_id]
        self._changed()

    def take(self, where: str, name: str) -> Optional[Fault]:
        """The first fault that fits this call; one use of it is spent."""
        for fault in self.active:
            if fault.where == where and name.startswith(fault.match):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.active.remove(fault)
                    self._changed()
                return fault
        return None

    async def pause(self, seconds: float) -> None:
        """Waits, but not longer than the sandbox lives."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def apply(self, fault: Fault, request: web.Request, work: Work) -> web.StreamResponse:
        if fault.after and fault.do not in ("truncate", "slow", "delay"):
            await work()
        if fault.do == "expire_token":
            self.expire_tokens.get(fault.where, lambda: None)()
            return await work()
        if fault.do == "delay":
            await self.pause(fault.seconds)
            return await work()
        if fault.do == "relabel":
            answer = await work()
            answer.headers.update(fault.headers)
            return answer
        if fault.do == "hang":
            await self.pause(fault.seconds)
            return drop(request)
        if fault.do == "down":
            return drop(request)
        if fault.do == "truncate":
            return await self._partly(request, await work(), 0)
        if fault.do == "slow":
            return await self._partly(request, await work(), fault.seconds)
        if fault.do == "drip":
            return await self._drip(request, await work(), fault.seconds)
        if fault.do in ("endless", "bomb"):
            return await self._flood(request, fault)
        return made_up(fault)

    async def _drip(self, request: web.Request, whole: web.Response, seconds: float) -> web.StreamResponse:
        """The true answer, a byte at a time."""
        body = whole.body or b""
        answer = web.StreamResponse(status=whole.status, headers=whole.headers)
        answer.content_length = len(body)
        await answer.prepare(request)
        for at in range(len(body)):
            if not await sent(answer, body[at:at + 1]):
                break
            await self.pause(seconds)
        return answer

    async def _flood(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """JSON that never ends, or that is small on the line only."""
        answer = web.StreamResponse(status=fault.status or 200, headers={"Content-Type": "application/json"})
        if fault.do == "endless":
            await answer.prepare(request)
            while not self.stop.is_set() and await sent(answer, PIECE):
                pass
            return answer
        answer.headers["Content-Encoding"] = "gzip"
        await answer.prepare(request)
        packer = zlib.compressobj(wbits=31)
        for _ in range(BOMB_PIECES):
            if not await sent(answer, packer.compress(PIECE)):
                return answer
        await sent(answer, packer.flush())
        return answer

    async def _partly(self, request: web.Request, whole: web.Response, seconds: float) -> web.StreamResponse:
        """Sends half the answer (then the line goes dead), or all of it but slowly."""
        body = whole.body or b""
        answer = web.StreamResponse(status=whole.status, headers=whole.headers)
        answer.content_length = len(body)
        await answer.prepare(request)
        if not seconds:
            await answer.write(body[:len(body) // 2])
            if request.transport:
                request.transport.close()
            return answer
        pieces = 10
        step = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), step):
            await self.pause(seconds / pieces)
            await answer.write(body[start:start + step])
        return answer


async def sent(answer: web.StreamResponse, piece: bytes) -> bool:
    """False when the other side has gone, which is no fault of ours."""
    try:
        await answer.write(piece)
    except ConnectionError:
        return False
    return True


def drop(request: web.Request) -> web.Response:
    """Resets the connection, as a crashed or unreachable host looks from the other side."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500, text="never sent")


def made_up(fault: Fault) -> web.Response:
    """An answer that replaces the real one."""
    if fault.do == "html":
        return web.Response(status=fault.status or 502, text=HTML, content_type="text/html", headers=fault.headers)
    if fault.do == "empty":
        return web.Response(status=fault.status or 200, headers=fault.headers)
    if fault.do == "garbage":
        return web.Response(status=fault.status or 200, body=b'{"ok":tr\x00\xff\xfe[[[', content_type="application/json")
    if fault.do == "status":
        is_text = isinstance(fault.body, str)
        text = fault.body if is_text else json.dumps(fault.body if fault.body is not None else {})
        headers = {"Content-Type": "text/plain" if is_text else "application/json", **fault.headers}
        return web.Response(status=fault.status or 500, text=text, headers=headers)
    slack_like = fault.where not in LOOKERS
    if fault.do == "ratelimit":
        headers = dict(fault.headers)
        if fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        body = {"ok": False, "error": "ratelimited"} if slack_like else {
            "message": "Too many requests", "documentation_url": "https://cloud.google.com/looker/docs/"}
        return web.json_response(body, status=429, headers=headers)
    if slack_like:
        body = {"ok": False, "error": fault.code}
        if fault.response_metadata:
            body["response_metadata"] = fault.response_metadata
        default = 200 if fault.where == "slack" else 404
        return web.json_response(body, status=fault.status or default, headers=fault.headers)
    body = {"message": fault.code, "documentation_url": "https://cloud.google.com/looker/docs/"}
    return web.json_response(body, status=fault.status or 400, headers=fault.headers)
