"""Who may send slash commands: signatures, the old token, nobody; and that ssl_check is no way round."""
from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Callable, Iterator, Optional

import pytest

from slackform import form, sign
from stack import NOWHERE, Response, Stack

SECRET = NOWHERE["SLACK_SIGNING_SECRET"]
TOKEN = "nowhere-verification-token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(stack: Stack, body: bytes, headers: dict[str, str]) -> Response:
    return stack.http("POST", "/slack/receive", body, headers)


def job_of(stack: Stack, answer: Response) -> int:
    """The number of the job that came of a request; 0 for none."""
    line = stack.log_contains(f"event=request id={answer.headers['x-request-id']} ")[0]
    match = re.search(r" job=(\d+) ", line)
    assert match
    return int(match[1])


def assert_refused(stack: Stack, answer: Response, status: int = 401) -> None:
    assert answer.status == status, answer
    assert answer.json()["success"] is False
    assert job_of(stack, answer) == 0


def test_a_signed_command_is_taken_down(front: Stack) -> None:
    body = form()
    answer = post(front, body, sign(body, SECRET))
    assert answer.status == 200
    assert job_of(front, answer) > 0


def test_the_same_command_twice_is_one_job(front: Stack) -> None:
    body = form()
    first, second = (post(front, body, sign(body, SECRET)) for _ in range(2))
    assert (first.status, second.status) == (200, 200)
    assert job_of(front, first) > 0 and job_of(front, second) == 0


@pytest.mark.parametrize("change", [
    {"X-Slack-Signature": None},
    {"X-Slack-Request-Timestamp": None},
    {"X-Slack-Signature": ""},
    {"X-Slack-Signature": "v0="},
    {"X-Slack-Signature": "v0=" + "0" * 64},
    {"X-Slack-Signature": "v0=" + "g" * 64},
    {"X-Slack-Signature": "v0=" + "0" * 4000},
    {"X-Slack-Request-Timestamp": "0"},
    {"X-Slack-Request-Timestamp": "-1"},
    {"X-Slack-Request-Timestamp": "99999999999999999999999"},
    {"X-Slack-Request-Timestamp": "soon"},
])
def test_wrong_signature(front: Stack, change: dict[str, Optional[str]]) -> None:
    body = form()
    headers = {k: v for k, v in {**sign(body, SECRET), **change}.items() if v is not None}
    assert_refused(front, post(front, body, headers))


@pytest.mark.parametrize("scheme", ["", "v1="])
def test_signature_of_another_scheme(front: Stack, scheme: str) -> None:
    body = form()
    headers = sign(body, SECRET)
    headers["X-Slack-Signature"] = scheme + headers["X-Slack-Signature"].removeprefix("v0=")
    assert_refused(front, post(front, body, headers))


@pytest.mark.parametrize("offset, status", [(-240, 200), (240, 200), (-330, 401), (330, 401), (-86400, 401)])
def test_timestamps(front: Stack, offset: int, status: int) -> None:
    """Five minutes either way; the signature itself is right."""
    body = form()
    answer = post(front, body, sign(body, SECRET, int(time.time()) + offset))
    assert answer.status == status
    assert (job_of(front, answer) > 0) == (status == 200)


def test_signed_with_another_secret(front: Stack) -> None:
    body = form()
    assert_refused(front, post(front, body, sign(body, SECRET + "x")))
    assert_refused(front, post(front, body, sign(body, "")))


def test_a_changed_body(front: Stack) -> None:
    headers = sign(form(), SECRET)
    assert_refused(front, post(front, form(text="find everything"), headers))


def test_with_a_secret_the_token_alone_does_not_do(front: Stack) -> None:
    assert_refused(front, post(front, form(), FORM))


@pytest.mark.parametrize("method, path, body", [
    ("GET", "/slack/receive?ssl_check=1", None),
    ("GET", "/slack/receive?ssl_check=1&token=x", None),
    ("POST", "/slack/receive", b"ssl_check=1&token=x"),
    ("POST", "/slack/receive", b"ssl_check=1"),
])
def test_ssl_check(front: Stack, method: str, path: str, body: Optional[bytes]) -> None:
    answer = front.http(method, path, body, FORM)
    assert (answer.status, answer.body) == (200, b"")
    assert job_of(front, answer) == 0


@pytest.mark.parametrize("value", ["1", "0", "", "11", "true", " 1"])
def test_ssl_check_is_no_way_round(front: Stack, value: str) -> None:
    """With a whole unsigned command beside it: nothing is run."""
    answer = post(front, form(ssl_check=value), FORM)
    assert job_of(front, answer) == 0
    if value == "1":
        assert (answer.status, answer.body) == (200, b"")
    else:
        assert answer.status == 401


def test_ssl_check_twice_is_no_ssl_check(front: Stack) -> None:
    assert_refused(front, post(front, b"ssl_check=1&ssl_check=0&" + form(), FORM))


def test_ssl_check_in_the_query_of_a_post_means_nothing(front: Stack) -> None:
    assert_refused(front, front.http("POST", "/slack/receive?ssl_check=1", form(), FORM))


@pytest.mark.parametrize("body, content_type", [
    (b'{"command":"/looker"}', "application/json"),
    (b"", "text/plain"),
    (form(), "multipart/form-data; boundary=x"),
    (b"command=%zz", "application/x-www-form-urlencoded"),
    (b"\x00\xff\xfe", "application/x-www-form-urlencoded"),
    (form() + b"&text=again", "application/x-www-form-urlencoded"),
    (b"&".join(b"f%d=1" % i for i in range(200)), "application/x-www-form-urlencoded"),
], ids=["json", "empty", "multipart", "bad escape", "bytes", "twice", "many"])
def test_signed_but_not_a_command(front: Stack, body: bytes, content_type: str) -> None:
    headers = {**sign(body, SECRET), "Content-Type": content_type}
    assert_refused(front, post(front, body, headers), 400)


@pytest.mark.parametrize("field", ["command", "channel_id", "user_id", "team_id"])
def test_missing_fields_are_named(front: Stack, field: str) -> None:
    body = form(**{field: None})
    answer = post(front, body, sign(body, SECRET))
    assert_refused(front, answer, 400)
    assert field in answer.json()["reason"]


def test_content_type_with_parameters(front: Stack) -> None:
    body = form()
    headers = {**sign(body, SECRET), "Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    assert post(front, body, headers).status == 200


# Two secrets, the old token, and neither

Make = Callable[..., Stack]


@pytest.fixture
def running(make_stack: Make) -> Iterator[Callable[..., Stack]]:
    """A front with other settings."""
    with contextlib.ExitStack() as exits:
        def run(**settings: Any) -> Stack:
            stack = make_stack(sandbox=False, bot_arguments=["--workers", "0"], settings=settings)
            return exits.enter_context(stack.running())
        yield run


def test_rotation(running: Callable[..., Stack]) -> None:
    stack = running(SLACK_SIGNING_SECRET="first-secret-0123456789abcdef second-secret-0123456789abcdef")
    body = form()
    for secret in ("first-secret-0123456789abcdef", "second-secret-0123456789abcdef"):
        assert post(stack, body, sign(body, secret)).status == 200
    assert_refused(stack, post(stack, body, sign(body, "third-secret-0123456789abcdef")))


def test_the_old_token(running: Callable[..., Stack]) -> None:
    stack = running(SLACK_SIGNING_SECRET=None, SLACK_SLASH_COMMAND_TOKEN=TOKEN)
    assert job_of(stack, post(stack, form(), FORM)) > 0
    assert_refused(stack, post(stack, form(token="wrong"), FORM))
    assert_refused(stack, post(stack, form(token=""), FORM))
    assert_refused(stack, post(stack, form(token=None), FORM))
    assert_refused(stack, post(stack, form(), {"Content-Type": "text/plain"}), 400)


def test_nothing_configured(running: Callable[..., Stack]) -> None:
    """A sentence for the person at Slack, and nothing is run: not even with an empty secret's signature."""
    stack = running(SLACK_SIGNING_SECRET=None)
    body = form(token="")
    answer = post(stack, body, sign(body, ""))
    assert answer.status == 200
    assert answer.json()["response_type"] == "ephemeral"
    assert answer.json()["text"].startswith(
        "This bot cannot accept slash commands until `SLACK_SLASH_COMMAND_TOKEN` is configured.")
    assert "SLACK_SIGNING_SECRET" in answer.json()["text"]
    assert job_of(stack, answer) == 0
