"""Addresses, methods and sizes, through nginx: what is refused, and that the reason is a sentence."""
from __future__ import annotations

import http.client
import re
from typing import Callable

import pytest

from slackform import form, sign
from stack import NOWHERE, Response, Stack

SECRET = NOWHERE["SLACK_SIGNING_SECRET"]


def refused(answer: Response, status: int) -> str:
    """The reason of a refusal, which has the form that Looker shows to people."""
    assert answer.status == status, answer
    assert answer.headers["content-type"].startswith("application/json")
    value = answer.json()
    # nginx does not know who asks: its words stand where Looker's action hub looks, too.
    assert value.pop("looker", None) in (None, {"success": False, "message": value["reason"]})
    assert value["success"] is False and set(value) == {"success", "reason"}
    assert re.fullmatch(r"[A-Z].{10,300}\.", value["reason"]), value
    return value["reason"]


def test_health_check(front: Stack) -> None:
    answer = front.http("GET", "/health_check")
    assert answer.status == 200
    assert answer.json() == {"success": True, "reason": "Healthy"}
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_health_check_takes_a_query(front: Stack) -> None:
    assert front.http("GET", "/health_check?verbose=1").status == 200


def test_head(front: Stack) -> None:
    answer = front.http("HEAD", "/health_check")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/slack/none", "/slack/", "/slack/receive/", "/slack/receive/x", "/slack//../x",
                                  "/data_actions/x", "/lookerbot/hub/", "/nothing", "/health_check/", "/.env",
                                  "/slack/%2e%2e/receive%00"])
def test_nothing_there(front: Stack, path: str) -> None:
    answer = front.http("GET", path)
    assert answer.status in (400, 404)
    if answer.status == 404:
        refused(answer, 404)


@pytest.mark.parametrize("method, path, allow", [
    ("POST", "/health_check", "GET, HEAD"),
    ("DELETE", "/health_check", "GET, HEAD"),
    ("PUT", "/slack/receive", "GET, POST"),
    ("HEAD", "/slack/receive", "GET, POST"),
    ("BREW", "/slack/receive", "GET, POST"),
    ("GET", "/slack/receive", "POST"),
    ("GET", "/lookerbot/hub", "POST"),
    ("GET", "/data_actions", "POST"),
    ("GET", "/slack/receive?ssl_check=0", "POST"),
    ("GET", "/slack/receive?ssl_check=11", "POST"),
])
def test_methods(front: Stack, method: str, path: str, allow: str) -> None:
    answer = front.http(method, path)
    assert answer.status == 405
    assert answer.headers["allow"] == allow
    if method != "HEAD":
        refused(answer, 405)


def test_the_page_at_the_root_needs_no_bot(front: Stack) -> None:
    answer = front.http("GET", "/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html"
    assert b"Lookerbot" in answer.body


@pytest.mark.parametrize("path, size", [("/slack/receive", 64 * 1024 + 1), ("/slack/receive", 8 << 20),
                                        ("/slack/event", (1 << 20) + 1), ("/health_check", 2000)])
def test_too_large(front: Stack, path: str, size: int) -> None:
    body = b"text=" + b"a" * (size - 5)
    answer = front.http("POST", path, body, sign(body, SECRET))
    assert "larger" in refused(answer, 413)


def test_the_largest_command_fits(front: Stack) -> None:
    """4,000 characters of four bytes, percent-encoded."""
    body = form(text="\U0001F980" * 4000)
    assert len(body) > 48000
    assert front.http("POST", "/slack/receive", body, sign(body, SECRET)).status == 200


@pytest.mark.parametrize("size", [4000, 7500])
def test_long_headers_are_no_harm(front: Stack, size: int) -> None:
    body = form()
    headers = {**sign(body, SECRET), **{f"X-Long-{i}": "h" * size for i in range(4)}}
    assert front.http("POST", "/slack/receive", body, headers).status == 200


def test_huge_headers_are_refused_by_nginx(front: Stack) -> None:
    assert front.http("GET", "/health_check", headers={"X-Huge": "h" * 40000}).status == 400
    assert front.http("GET", "/health_check").status == 200


def test_chunked_body(front: Stack) -> None:
    """Without Content-Length: nginx buffers the body and tells the bot its length."""
    body = form()
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=20)
    connection.request("POST", "/slack/receive", iter([body[:100], body[100:]]), sign(body, SECRET),
                       encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_each_request_is_logged_once_and_without_its_contents(front: Stack) -> None:
    body = form(text="topsecretword")
    answer = front.http("POST", "/slack/receive?querysecret=1", body, sign(body, SECRET))
    request_id = answer.headers["x-request-id"]
    lines = front.log_contains(f"event=request id={request_id} ")
    assert len(lines) == 1
    assert re.search(r" method=POST route=/slack/receive status=200 ms=\d+ job=[1-9]\d* ", lines[0])
    front.http("GET", "/slack/hiddenpath")
    front.log_contains("route=none status=404")
    for word in ("topsecretword", "querysecret", "hiddenpath", "U0001"):
        assert word not in front.bot_log()


def test_without_the_bot_nginx_says_so(make_stack: Callable[..., Stack]) -> None:
    with make_stack(sandbox=False).running() as stack:
        stack.kill_bot()
        reason = refused(stack.http("GET", "/health_check"), 502)
        assert "not running" in reason
        assert stack.http("GET", "/").status == 200
        stack.restart_bot()
        assert stack.http("GET", "/health_check").status == 200

