"""A Looker behind TLS with a certificate of one's own, and a proxy: for what settings say about connections."""
from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Callable, Optional


def make_certificate(folder: Path, name: str, *hosts: str) -> tuple[Path, Path]:
    """A certificate that signed itself, for host names and addresses: its file and its key's."""
    names = ",".join(("IP:" if host[0].isdigit() else "DNS:") + host for host in hosts)
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-keyout", key,
                    "-out", cert], check=True, capture_output=True, timeout=60)
    return cert, key


class Relay:
    """Accepts on a loopback port and copies both ways, a thread a connection; `open` makes the other side of one."""

    def __init__(self, open_other: Callable[[socket.socket], Optional[tuple[socket.socket, socket.socket]]]) -> None:
        self._open = open_other
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        self._closed = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def _serve(self) -> None:
        while not self._closed.is_set():
            if select.select([self._listener], [], [], 0.1)[0]:
                inner, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._relay, args=(inner,), daemon=True).start()
        self._listener.close()

    def _relay(self, inner: socket.socket) -> None:
        try:
            pair = self._open(inner)
        except OSError:
            pair = None
        if pair is None:
            inner.close()
            return
        threading.Thread(target=copy, args=pair, daemon=True).start()
        copy(pair[1], pair[0])


def copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for sock in (source, sink):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def tls_relay(cert: Path, key: Path, target_port: int) -> Relay:
    """Speaks TLS, and plain http to the target."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def open_other(inner: socket.socket) -> tuple[socket.socket, socket.socket]:
        return context.wrap_socket(inner, server_side=True), socket.create_connection(("127.0.0.1", target_port))
    return Relay(open_other)


def connect_proxy(hosts: dict[str, int], asked: list[str]) -> Relay:
    """An HTTP proxy for CONNECT: "host:port" leads to a port here. `asked` gets what was asked for."""
    def open_other(inner: socket.socket) -> Optional[tuple[socket.socket, socket.socket]]:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = inner.recv(1)
            if not piece:
                return None
            head += piece
        method, target = head.split()[:2]
        asked.append(f"{method.decode()} {target.decode()}")
        if method != b"CONNECT" or target.decode() not in hosts:
            inner.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return None
        outer = socket.create_connection(("127.0.0.1", hosts[target.decode()]))
        inner.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return inner, outer
    return Relay(open_other)
