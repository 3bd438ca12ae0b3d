"""net/ws against real WebSocket servers: aiohttp, plain and with TLS, behind nginx that prefers HTTP/2, and through a
proxy. The program ws_client only does what it is told to."""
from __future__ import annotations

import asyncio
import os
import ssl
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any, Iterator, Optional

import pytest
from aiohttp import WSMsgType, web

from process import Process, find_program
from stack import BUILD, clean_environment, free_port
from tls import connect_proxy, make_certificate

CLIENT = BUILD / "tests" / "e2e" / "ws_client"
SECRET = "s3cr3t"  # stands in the query: nothing may name it
LARGE_BYTES = 3_000_000

NGINX = """
daemon off;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path body; fastcgi_temp_path fastcgi; proxy_temp_path proxy;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {cert};
        ssl_certificate_key {key};
        location / {{
            proxy_pass http://127.0.0.1:{inner};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }}
        location /busy {{ return 503; }}
    }}
}}
"""


async def echo(request: web.Request) -> web.StreamResponse:
    """Says everything twice; `bye` closes, `ping` asks for a pong and says that it came."""
    ws = web.WebSocketResponse(max_msg_size=0)
    await ws.prepare(request)
    await ws.send_str(request.headers["Host"])
    async for message in ws:
        if message.type != WSMsgType.TEXT:
            break
        if message.data == "bye":
            await ws.close(code=4000, message="so long €".encode())
        else:
            await ws.send_str(message.data)
            await ws.send_str(message.data)
    return ws


class Server:
    """aiohttp in a thread of its own, with as many doors as wanted."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._runner: Any = self._call(self._start())

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> Any:
        app = web.Application()
        app.add_routes([web.get("/echo", echo)])
        runner = web.AppRunner(app)
        await runner.setup()
        return runner

    def listen(self, context: Optional[ssl.SSLContext] = None) -> int:
        port = free_port()
        self._call(web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=context, shutdown_timeout=1).start())
        return port

    def stop(self) -> None:
        self._call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)


class Client(Process):
    def __init__(self, url: str, **environment: str) -> None:
        env = {name: value for name, value in clean_environment().items()
               if name.lower() not in ("all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")}
        super().__init__("ws_client", [CLIENT, f"{url}?ticket={SECRET}"], stdin=subprocess.PIPE, env=env | environment)
        self.answers = 0

    def answer(self) -> str:
        self.answers += 1
        return self.wait_log("", times=self.answers)[self.answers - 1].rstrip("\n")

    def do(self, command: str) -> str:
        assert self.popen.stdin is not None
        self.popen.stdin.write(command + "\n")
        self.popen.stdin.flush()
        return self.answer()

    def leave(self) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        self.expect_end(0)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "web", "127.0.0.1", "wss.test")


@pytest.fixture(scope="module")
def tls_port(server: Server, certificate: tuple[Path, Path]) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return server.listen(context)


def talk(client: Client, host: str) -> None:
    """A whole conversation."""
    assert client.answer() == "done", client.log
    assert client.do("next") == f"text {len(host)} 0 {host}"
    assert client.do("send häß €") == "done"
    assert [client.do("next") for _ in range(2)] == ["text 9 0 häß €"] * 2
    assert client.do(f"large {LARGE_BYTES}") == "done"
    assert [client.do("next") for _ in range(2)] == [f"text {LARGE_BYTES} 0 " + "x" * 64] * 2
    assert client.do("ping") == "done"
    assert client.do("next") == "pong 0 0 "
    assert client.do("close") == "done"
    assert client.do("next").startswith("closed 0 1000 ")
    assert client.do("next").startswith("error temporary: ")
    client.leave()


def test_plain(server: Server) -> None:
    port = server.listen()
    talk(Client(f"ws://127.0.0.1:{port}/echo"), f"127.0.0.1:{port}")


def test_closed_by_the_server(server: Server) -> None:
    client = Client(f"ws://127.0.0.1:{server.listen()}/echo")
    client.answer()
    client.do("next")
    assert client.do("send bye") == "done"
    assert client.do("next") == "closed 11 4000 so long €"
    client.leave()


def test_no_such_address(server: Server) -> None:
    client = Client(f"ws://127.0.0.1:{server.listen()}/nothing")
    assert client.answer() == "error bad_reply: 127.0.0.1: it refuses the WebSocket with HTTP 404"
    client.expect_end(1)


def test_tls(tls_port: int, certificate: tuple[Path, Path]) -> None:
    client = Client(f"wss://127.0.0.1:{tls_port}/echo", SSL_CERT_FILE=str(certificate[0]))
    talk(client, f"127.0.0.1:{tls_port}")


def test_tls_is_verified(tls_port: int, certificate: tuple[Path, Path]) -> None:
    client = Client(f"wss://127.0.0.1:{tls_port}/echo")
    assert client.answer().startswith("error temporary: 127.0.0.1: SSL certificate problem")
    assert SECRET not in client.log
    client.expect_end(1)
    client = Client(f"wss://localhost:{tls_port}/echo", SSL_CERT_FILE=str(certificate[0]))
    assert "no alternative certificate subject name matches target host name" in client.answer()
    client.expect_end(1)


def offered(port: int) -> Optional[str]:
    """What a client that speaks HTTP/2 too would get."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, context.wrap_socket(plain) as sock:
        return sock.selected_alpn_protocol()


def test_nginx_that_prefers_http2(server: Server, certificate: tuple[Path, Path], tmp_path: Path) -> None:
    port, inner = free_port(), server.listen()
    cert, key = certificate
    (tmp_path / "nginx.conf").write_text(NGINX.format(port=port, inner=inner, cert=cert, key=key))
    os.chmod(tmp_path, 0o711)  # its workers are another user when we are root
    nginx = Process("nginx", [find_program("nginx"), "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"])
    try:
        nginx.wait_log("start worker process ")
        assert offered(port) == "h2"
        talk(Client(f"wss://127.0.0.1:{port}/echo", SSL_CERT_FILE=str(cert)), f"127.0.0.1:{inner}")
        busy = Client(f"wss://127.0.0.1:{port}/busy", SSL_CERT_FILE=str(cert))
        assert busy.answer() == "error temporary: 127.0.0.1: it refuses the WebSocket with HTTP 503"
    finally:
        nginx.kill()


def test_through_a_proxy(tls_port: int, certificate: tuple[Path, Path]) -> None:
    """The name is known to the proxy only. Both schemes use CONNECT."""
    asked: list[str] = []
    with connect_proxy({"wss.test:443": tls_port}, asked) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        client = Client("wss://wss.test/echo", SSL_CERT_FILE=str(certificate[0]), https_proxy=address)
        talk(client, "wss.test")
        refused = Client("ws://ws.test/echo", http_proxy=address)
        assert refused.answer().startswith("error temporary: ws.test: ")
        assert "403" in refused.log and SECRET not in refused.log
        refused.expect_end(1)
    assert asked == ["CONNECT wss.test:443", "CONNECT ws.test:80"]


def test_loopback_needs_no_proxy(server: Server) -> None:
    port = server.listen()
    talk(Client(f"ws://127.0.0.1:{port}/echo", http_proxy="http://127.0.0.1:9"), f"127.0.0.1:{port}")
