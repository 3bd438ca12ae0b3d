"""A minimal FastCGI client, able to be wrong: for what nginx would never send."""
from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Optional, Union

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7

Address = Union[str, tuple[str, int]]


def record(kind: int, content: bytes = b"", request_id: int = 1, version: int = 1) -> bytes:
    return struct.pack(">BBHHBx", version, kind, request_id, len(content), 0) + content


def begin(keep: bool = False) -> bytes:
    return record(BEGIN, struct.pack(">HB5x", 1, int(keep)))


def length(n: int) -> bytes:
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def pair(name: str, value: str) -> bytes:
    n, v = name.encode(), value.encode()
    return length(len(n)) + length(len(v)) + n + v


def stream(kind: int, content: bytes) -> bytes:
    """Content in records of up to 65,535 bytes, and the empty one that ends it."""
    parts = [record(kind, content[i:i + 65535]) for i in range(0, len(content), 65535)]
    return b"".join(parts) + record(kind)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def connect(address: Address, timeout: float = 20.0) -> socket.socket:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


def params(method: str = "GET", path: str = "/health_check", **more: Optional[str]) -> bytes:
    """What nginx would send, by the names of FastCGI; None leaves one out."""
    values: dict[str, Optional[str]] = {"REQUEST_METHOD": method, "DOCUMENT_URI": path, "QUERY_STRING": "", **more}
    return b"".join(pair(name, value) for name, value in values.items() if value is not None)


def receive(sock: socket.socket) -> Optional[Answer]:
    """The answer, or None when the bot closed without one."""
    data = b""
    while True:
        chunk = sock.recv(65536)
        if not chunk:
            break
        data += chunk
    out, ended = b"", False
    while len(data) >= 8:
        _, kind, _, size, padding = struct.unpack(">BBHHBx", data[:8])
        if kind == STDOUT:
            out += data[8:8 + size]
        ended = ended or kind == END
        data = data[8 + size + padding:]
    if not ended:
        return None
    head, _, body = out.partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    return Answer(int(headers.get("status", "0").split()[0]), headers, body)


def request(address: Address, method: str = "GET", path: str = "/health_check", body: bytes = b"",
            **more: Optional[str]) -> Optional[Answer]:
    if body and "CONTENT_LENGTH" not in more:
        more["CONTENT_LENGTH"] = str(len(body))
    with connect(address) as sock:
        sock.sendall(begin() + stream(PARAMS, params(method, path, **more)) + stream(STDIN, body))
        return receive(sock)
