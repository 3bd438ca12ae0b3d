"""Straight on the FastCGI socket: what nginx would never send, and peers that fall silent."""
from __future__ import annotations

import re
import socket
from typing import Callable, Optional

import pytest

import fastcgi
from slackform import form, sign
from stack import NOWHERE, Stack

SECRET = NOWHERE["SLACK_SIGNING_SECRET"]


def slash(stack: Stack, body: bytes, **changes: Optional[str]) -> Optional[fastcgi.Answer]:
    """A signed command with some parameters changed (None: left out)."""
    headers = sign(body, SECRET)
    return fastcgi.request(stack.fcgi_socket, "POST", "/slack/receive", body, **{
        "CONTENT_TYPE": headers["Content-Type"], "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": headers["X-Slack-Request-Timestamp"],
        "HTTP_X_SLACK_SIGNATURE": headers["X-Slack-Signature"], **changes})


def status(answer: Optional[fastcgi.Answer]) -> int:
    assert answer is not None
    return answer.status


def assert_alive(stack: Stack) -> None:
    assert status(fastcgi.request(stack.fcgi_socket)) == 200


@pytest.mark.parametrize("length", [None, ""])
def test_without_content_length_the_body_is_read_to_its_end(front: Stack, length: Optional[str]) -> None:
    assert status(slash(front, form(), CONTENT_LENGTH=length)) == 200


def test_without_content_length_the_limit_holds(front: Stack) -> None:
    assert status(slash(front, form(text="a" * 100_000), CONTENT_LENGTH=None)) == 413


def test_a_small_content_length_does_not_lift_the_limit(front: Stack) -> None:
    assert status(slash(front, form(text="a" * 100_000), CONTENT_LENGTH="10")) == 413


@pytest.mark.parametrize("length", ["0", "10", "5000", "-1", "abc", "1e3", " 5", "99999999999999999999"])
def test_lying_content_length(front: Stack, length: str) -> None:
    assert status(slash(front, form(), CONTENT_LENGTH=length)) == 400


@pytest.mark.parametrize("length", ["65537", "9223372036854775807"])
def test_an_announced_giant_is_refused_unread(front: Stack, length: str) -> None:
    """No byte of the body is sent: the answer cannot have waited for it."""
    with fastcgi.connect(front.fcgi_socket) as sock:
        sock.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, fastcgi.params(
            "POST", "/slack/receive", CONTENT_LENGTH=length)))
        sock.shutdown(socket.SHUT_WR)
        assert status(fastcgi.receive(sock)) == 413


def test_a_body_that_breaks_off(front: Stack) -> None:
    body = form()
    with fastcgi.connect(front.fcgi_socket) as sock:
        sock.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, fastcgi.params(
            "POST", "/slack/receive", CONTENT_LENGTH=str(len(body)))) + fastcgi.record(fastcgi.STDIN, body[:20]))
        sock.shutdown(socket.SHUT_WR)
        answer = fastcgi.receive(sock)
        assert answer is None or answer.status == 400
    assert_alive(front)


def test_a_peer_that_leaves_before_the_answer(front: Stack) -> None:
    for _ in range(20):
        with fastcgi.connect(front.fcgi_socket) as sock:
            sock.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, fastcgi.params()) +
                         fastcgi.stream(fastcgi.STDIN, b""))
    assert_alive(front)


@pytest.mark.parametrize("nonsense", [
    b"GET /health_check HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x00" * 64,
    fastcgi.record(fastcgi.BEGIN, b"\x00\x01\x00\x00\x00\x00\x00\x00", version=9),
    fastcgi.record(fastcgi.BEGIN, b"\x00\x07\x00\x00\x00\x00\x00\x00"),  # a role that does not exist
    fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, b"\xff\xff\xff\xff\xff\xff\xff\xff" + b"a" * 100),
    fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, b"\x84\x00\x00\x00\x02ab") + fastcgi.record(fastcgi.PARAMS),
    fastcgi.begin() + fastcgi.record(fastcgi.STDIN, b"too early"),
    fastcgi.record(fastcgi.ABORT),
], ids=["http", "zeros", "version", "role", "giant-length", "cut-pair", "order", "abort"])
def test_no_fastcgi(front: Stack, nonsense: bytes) -> None:
    start = len(front.bot_log().splitlines())
    with fastcgi.connect(front.fcgi_socket) as sock:
        sock.sendall(nonsense)
        sock.shutdown(socket.SHUT_WR)
        assert fastcgi.receive(sock) is None
    assert front.bot is not None
    front.bot.wait_log("event=peer_dropped", start=start)
    assert_alive(front)


def test_a_kept_connection_is_closed_all_the_same(front: Stack) -> None:
    with fastcgi.connect(front.fcgi_socket) as sock:
        sock.sendall(fastcgi.begin(keep=True) + fastcgi.stream(fastcgi.PARAMS, fastcgi.params()) +
                     fastcgi.stream(fastcgi.STDIN, b""))
        assert status(fastcgi.receive(sock)) == 200  # which reads until the bot closes


@pytest.mark.parametrize("given, taken", [
    ("0123456789abcdef0123456789abcdef", True), ("0123456789ABCDEF0123456789ABCDEF", False),
    ("0123456789abcdef0123456789abcde", False), ("../../0123456789abcdef0123456789", False), ("", False),
])
def test_request_id(front: Stack, given: str, taken: bool) -> None:
    answer = fastcgi.request(front.fcgi_socket, REQUEST_ID=given)
    assert answer is not None
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert (answer.headers["x-request-id"] == given) == taken


@pytest.mark.parametrize("names", [
    {"SCRIPT_NAME": "/health_check"},
    {"REQUEST_URI": "/health_check?x=1"},
    {"SCRIPT_NAME": "", "REQUEST_URI": "/health_check"},
])
def test_other_names_for_the_path(front: Stack, names: dict[str, Optional[str]]) -> None:
    assert status(fastcgi.request(front.fcgi_socket, "GET", "", **{"DOCUMENT_URI": None, **names})) == 200


def test_nothing_at_all(front: Stack) -> None:
    """A request without method and path."""
    none = {"REQUEST_METHOD": None, "DOCUMENT_URI": None, "QUERY_STRING": None}
    assert status(fastcgi.request(front.fcgi_socket, **none)) == 404


def test_silent_peers_do_not_hold_the_threads(make_stack: Callable[..., Stack]) -> None:
    """As many as there are threads, silent at different places: another peer is answered in the end."""
    beginnings = [b"", b"\x01", fastcgi.begin(),
                  fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, fastcgi.params("POST", "/slack/receive")),
                  fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, fastcgi.params("POST", "/slack/receive",
                                                                                  CONTENT_LENGTH="500"))]
    arguments = ["--workers", "0", "--threads", str(len(beginnings))]
    with make_stack(sandbox=False, nginx=False, bot_arguments=arguments).running() as stack:
        silent = []
        for sent in beginnings:
            sock = fastcgi.connect(stack.fcgi_socket)
            sock.sendall(sent)
            silent.append(sock)
        with fastcgi.connect(stack.fcgi_socket, timeout=30) as sock:
            sock.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, fastcgi.params()) +
                         fastcgi.stream(fastcgi.STDIN, b""))
            assert status(fastcgi.receive(sock)) == 200
        for sock in silent:
            sock.close()
