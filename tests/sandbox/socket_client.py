"""Stands where the bot's relay stands: a well-behaved client, and one that writes whatever bytes it likes."""
from __future__ import annotations

import asyncio
import socket as sockets
from typing import Any, Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse

from sandbox_harness import Running
from slack_people import APP_TOKEN, BOT_TOKEN

PATIENCE_S = 10


class Client:
    """A well-behaved relay, as far as a test wants it to be one."""

    def __init__(self, box: Running) -> None:
        self.box = box
        self.session = ClientSession(trust_env=False)
        self.links: list[ClientWebSocketResponse] = []     # what nobody holds would be closed

    async def control(self, method: str, path: str, js: Any = None) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, lambda: self.box.control(method, path, js))

    async def url(self) -> str:
        call = ("rtm.connect", BOT_TOKEN) if self.box.sandbox.state.mode == "rtm" else ("apps.connections.open", APP_TOKEN)
        answer = await asyncio.get_running_loop().run_in_executor(None, lambda: self.box.slack(call[0], token=call[1]))
        assert answer["ok"], answer
        return str(answer["url"])

    async def connect(self, hello: bool = True, **options: Any) -> ClientWebSocketResponse:
        link = await self.session.ws_connect(await self.url(), autoclose=False, **options)
        self.links.append(link)
        if hello:
            assert (await self.next(link))["type"] == "hello"
        return link

    async def next(self, link: ClientWebSocketResponse) -> dict[str, Any]:
        return await link.receive_json(timeout=PATIENCE_S)

    async def ack(self, link: ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:
        """Acknowledges what comes next."""
        envelope = await self.next(link)
        await link.send_json({"envelope_id": envelope["envelope_id"], **({} if payload is None else {"payload": payload})})
        return envelope

    async def errors(self) -> list[str]:
        return [one["error"] for one in (await self.control("GET", "socket"))["errors"]]


def walk(box: Running, mode: str, work: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        client = Client(box)
        try:
            await client.control("POST", "mode", {"mode": mode})
            await work(client)
        finally:
            await client.session.close()    # ends TCP, too: a black hole would not answer a close
    asyncio.run(run())


class Raw:
    """A client that writes whatever bytes it likes."""

    def __init__(self, box: Running, path: str) -> None:
        self.sock = sockets.create_connection(("127.0.0.1", urlsplit(box.url).port), timeout=PATIENCE_S)
        self.sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        self.file = self.sock.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.file.readline()

    def frame(self) -> tuple[int, bytes]:
        head = self.file.read(2)
        assert len(head) == 2 and not head[1] & 0x80, "a server's frame is not masked"
        size = head[1] & 127
        if size >= 126:
            size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
        return head[0], self.file.read(size)

    def close(self) -> None:
        self.file.close()
        self.sock.close()
