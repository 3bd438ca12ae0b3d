"""The server's end of a WebSocket (RFC 6455), by hand: a library would not let us misbehave, and would forgive too much.

`upgrade` takes a connection over from aiohttp. Frames of the client must be masked and well-formed, else the connection
is closed with 1002, as the standard asks.
"""
from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import socket
import struct
from typing import Any, Callable, Optional

from aiohttp import web

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CONTROL_BYTES = 125
LINGER_S = 10.0     # Slack does not end TCP after the close handshake: the client has to


class Malformed(Exception):
    def __init__(self, what: str, code: int = 1002) -> None:
        super().__init__(what)
        self.code = code


class WsConnection(asyncio.Protocol):
    """One connection. Whoever owns it sets the callbacks."""

    def __init__(self, transport: asyncio.Transport, before: asyncio.Protocol, max_bytes: int) -> None:
        self.transport, self._before, self.max_bytes = transport, before, max_bytes
        self.on_text: Callable[[str, int, bool], None] = lambda text, size, in_pieces: None
        self.on_ping: Callable[[bytes], None] = lambda payload: None
        self.on_pong: Callable[[bytes], None] = lambda payload: None
        self.on_close: Callable[[int, str], None] = lambda code, reason: None
        self.on_lost: Callable[[], None] = lambda: None
        self.on_malformed: Callable[[str], None] = lambda what: None
        self.on_closing: Callable[[], None] = lambda: None
        self.silent = False         # takes all, answers nothing, sends nothing; TCP stays
        self.close_sent = self.close_got = False
        self.closed = asyncio.Event()
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._opcode = 0
        self._broken = False

    # Sending

    def frame(self, opcode: int, payload: bytes, fin: bool = True, reserved: int = 0) -> None:
        if self.silent or self.close_sent or self.transport.is_closing():
            return
        head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
        size = len(payload)
        if size < 126:
            head += bytes([size])
        elif size < 65536:
            head += bytes([126]) + struct.pack(">H", size)
        else:
            head += bytes([127]) + struct.pack(">Q", size)
        self.transport.write(head + payload)

    def text(self, text: str, in_pieces: bool = False) -> None:
        data = text.encode()
        if not in_pieces:
            self.frame(TEXT, data)
            return
        # Cut anywhere, even inside a character, with a ping between: all of it allowed.
        third = max(1, len(data) // 3)
        self.frame(TEXT, data[:third], fin=False)
        self.frame(PING, b"between the pieces")
        self.frame(CONTINUATION, data[third:2 * third], fin=False)
        self.frame(CONTINUATION, data[2 * third:])

    def close(self, code: int = 1000, reason: str = "") -> None:
        """The close handshake; TCP goes when the other side ends it, or after a while."""
        if self.close_sent or self.silent:
            return
        self.frame(CLOSE, struct.pack(">H", code) + reason.encode()[:CONTROL_BYTES - 2])
        self.close_sent = True
        self.on_closing()
        asyncio.get_running_loop().call_later(LINGER_S, self.end)

    def end(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        """Resets TCP, as a crashed host does."""
        if self.closed.is_set():
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # Receiving

    def data_received(self, data: bytes) -> None:
        if self.silent or self._broken:
            return
        self._buffer += data
        try:
            while self._one_frame():
                pass
        except Malformed as wrong:
            self._broken = True
            self.on_malformed(str(wrong))
            self.close(wrong.code, str(wrong))

    def _one_frame(self) -> bool:
        head = self._buffer
        if len(head) < 2:
            return False
        fin, reserved, opcode = bool(head[0] & 0x80), head[0] >> 4 & 7, head[0] & 15
        masked, size, at = bool(head[1] & 0x80), head[1] & 127, 2
        if reserved:
            raise Malformed("reserved bits are set")
        if not masked:
            raise Malformed("a frame of a client must be masked")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Malformed(f"unknown opcode {opcode}")
        if opcode >= CLOSE and (not fin or size > CONTROL_BYTES):
            raise Malformed("a control frame is short and in one piece")
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(head) < at + wide:
                return False
            size = int.from_bytes(head[at:at + wide], "big")
            if wide == 2 and size < 126 or wide == 8 and size < 65536:
                raise Malformed("the length is not written in its shortest form")
            at += wide
        if size > self.max_bytes:
            raise Malformed("message too big", 1009)
        if len(head) < at + 4 + size:
            return False
        mask, body = head[at:at + 4], head[at + 4:at + 4 + size]
        repeated = bytes(mask) * (size // 4 + 1)
        payload = (int.from_bytes(body, "big") ^ int.from_bytes(repeated[:size], "big")).to_bytes(size, "big")
        del self._buffer[:at + 4 + size]
        self._take(fin, opcode, payload)
        return True

    def _take(self, fin: bool, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.on_ping(payload)
        elif opcode == PONG:
            self.on_pong(payload)
        elif opcode == CLOSE:
            self._take_close(payload)
        else:
            self._take_data(fin, opcode, payload)

    def _take_close(self, payload: bytes) -> None:
        if len(payload) == 1:
            raise Malformed("a close code has two bytes")
        code = struct.unpack(">H", payload[:2])[0] if payload else 1005
        self.close_got = True
        self.on_close(code, payload[2:].decode("utf-8", "replace"))
        self.close(1000 if code == 1005 else code)

    def _take_data(self, fin: bool, opcode: int, payload: bytes) -> None:
        if (opcode == CONTINUATION) != bool(self._opcode):
            raise Malformed("pieces of two messages are mixed" if self._opcode else "nothing to continue")
        self._opcode = self._opcode or opcode
        self._pieces.append(payload)
        if sum(map(len, self._pieces)) > self.max_bytes:
            raise Malformed("message too big", 1009)
        if not fin:
            return
        whole, in_pieces, kind = b"".join(self._pieces), len(self._pieces) > 1, self._opcode
        self._pieces, self._opcode = [], 0
        if kind == BINARY:
            raise Malformed("text only", 1003)
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            raise Malformed("not UTF-8", 1007) from None
        self.on_text(text, len(whole), in_pieces)

    def connection_lost(self, error: Optional[Exception]) -> None:
        self.on_lost()
        self.closed.set()
        self._before.connection_lost(error)


def accept_of(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def wrong_handshake(request: web.Request) -> Optional[str]:
    headers = request.headers
    try:
        key = base64.b64decode(headers.get("Sec-WebSocket-Key", ""), validate=True)
    except binascii.Error:
        key = b""
    if request.method != "GET" or headers.get("Upgrade", "").lower() != "websocket" \
            or "upgrade" not in headers.get("Connection", "").lower():
        return "a GET with Upgrade: websocket and Connection: Upgrade is needed"
    if headers.get("Sec-WebSocket-Version") != "13":
        return "Sec-WebSocket-Version must be 13"
    return None if len(key) == 16 else "Sec-WebSocket-Key must be 16 bytes in base64"


async def upgrade(request: web.Request, max_bytes: int, begin: Callable[[WsConnection], None]) -> web.StreamResponse:
    """Answers 101 and lives until the connection is gone. `begin` is called once frames may be sent."""
    transport: Any = request.transport
    if transport is None:
        return web.Response(status=400)
    connection = WsConnection(transport, request.protocol, max_bytes)
    transport.write((
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_of(request.headers['Sec-WebSocket-Key'])}\r\n\r\n").encode())
    transport.set_protocol(connection)
    begin(connection)
    await connection.closed.wait()
    return web.Response(status=500, text="never sent")


def mask_frame(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """A client's frame, for the tests."""
    mask = os.urandom(4)
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | opcode])
    head += bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size) if size < 65536 \
        else bytes([0x80 | 127]) + struct.pack(">Q", size)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
