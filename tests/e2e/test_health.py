"""/healthz and /readyz: whether the bot can work, and which sentence says why not. And the request's id, by which
what a person reports is found in the log."""
from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from badday import by_hook, database, taken
from slackform import form, sign
from stack import NOWHERE, SHIM, Response, Stack

Make = Callable[..., Stack]


def checked(answer: Response) -> list[str]:
    """The reasons of /readyz, which agree with its status and are sentences."""
    value = answer.json()
    assert set(value) == {"success", "reasons"} and answer.headers["content-type"].startswith("application/json")
    assert value["success"] == (answer.status == 200) == (not value["reasons"]), (answer.status, value)
    assert answer.status in (200, 503)
    for reason in value["reasons"]:
        assert re.fullmatch(r"[A-Z].*[^.]\.", reason), reason
    return value["reasons"]


def reasons(stack: Stack) -> list[str]:
    found = checked(stack.http("GET", "/readyz"))
    for secret in stack.secrets:
        assert secret not in str(found)
    return found


def test_all_is_well(make_stack: Make) -> None:
    with make_stack().running() as stack:
        assert stack.http("GET", "/healthz").json() == {"success": True, "reason": "Healthy"}
        assert reasons(stack) == []
        for path in ("/healthz", "/readyz"):
            assert stack.http("HEAD", path).status == 200
            assert stack.http("POST", path).status == 405


def test_nobody_is_asked_more_than_once_a_minute(make_stack: Make) -> None:
    with make_stack().running() as stack:
        for _ in range(10):
            assert reasons(stack) == []
        assert len(stack.records(kind="slack", name="auth.test")) == 1
        assert len(stack.records(kind="looker", name="GET /alive")) <= 1
        assert len(stack.records(kind="looker", name="POST /login")) == 1, "Looker meters its calls"


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_dead_slack_token(make_stack: Make, code: str) -> None:
    with make_stack(env_file=True).running() as stack:
        stack.fault({"where": "slack", "match": "auth.test", "do": "error", "code": code})
        found = reasons(stack)
        assert len(found) == 1 and found[0].startswith("Slack does not accept my token."), found
        assert stack.http("GET", "/healthz").status == 200
        stack.sandbox.call("DELETE", "/sandbox/faults")
        stack.reload()  # which begins anew; else it shows within ten seconds
        assert reasons(stack) == []


def test_installed_again(make_stack: Make) -> None:
    """Slack's word that the token was revoked counts until Slack takes a token again."""
    with make_stack(env_file=True).running() as stack:
        stack.fault({"where": "slack", "match": "auth.test", "do": "error", "code": "token_revoked"})
        assert stack.sandbox.call("POST", "/sandbox/event", {"event": {"type": "app_uninstalled"}})["status"] == 200
        found = reasons(stack)
        assert [reason[:25] for reason in found] == ["Slack does not accept my ", "The app was removed from "], found
        stack.sandbox.call("DELETE", "/sandbox/faults")
        stack.reload()  # as with the new token
        assert reasons(stack) == []


def test_slack_away(make_stack: Make) -> None:
    with make_stack(settings={"SLACK_API_URL": "http://127.0.0.1:9/api/"}).running() as stack:
        found = reasons(stack)
        assert len(found) == 1 and "Slack" in found[0], found


@pytest.mark.parametrize("fault", [{"do": "down"}, {"do": "html", "status": 502}, {"do": "status", "status": 503}])
def test_a_looker_that_is_not_well(make_stack: Make, fault: dict[str, Any]) -> None:
    with make_stack(env_file=True).running() as stack:
        stack.fault({"where": "looker", **fault})
        found = reasons(stack)
        host = urlsplit(stack.sandbox.settings["LOOKER_URL"]).netloc
        assert len(found) == 1 and host in found[0], found
        stack.sandbox.call("DELETE", "/sandbox/faults")
        stack.reload()
        assert reasons(stack) == []


def test_a_looker_that_refuses_us(make_stack: Make) -> None:
    with make_stack(settings={"LOOKER_API_CLIENT_SECRET": "wrong-secret-0123"}).running() as stack:
        found = reasons(stack)
        assert len(found) == 1 and found[0].startswith("The bot cannot log in"), found


def test_each_looker_is_named(make_stack: Make) -> None:
    entry = '{"url":"http://%s","apiBaseUrl":"http://%s/api/4.0","clientId":"one","clientSecret":"two"}'
    lookers = ",".join(entry % (host, host) for host in ("127.0.0.1:9", "localhost:9"))
    nothing = {name: None for name in NOWHERE if name.startswith("LOOKER_")}
    with make_stack(sandbox=False, settings={**nothing, "LOOKERS": f"[{lookers}]"}).running() as stack:
        found = reasons(stack)
        for host in ("127.0.0.1:9", "localhost:9"):
            assert any(f"Looker at {host} cannot be reached" in reason for reason in found), found


def test_what_hangs_holds_nobody(make_stack: Make) -> None:
    with make_stack(env_file=True).running() as stack:
        stack.fault({"where": "looker", "do": "hang", "seconds": 4})
        begin = time.monotonic()
        found = reasons(stack)
        assert time.monotonic() - begin < 3
        assert len(found) == 1 and found[0].endswith("has not answered yet."), found
        begin = time.monotonic()
        for _ in range(5):
            assert reasons(stack) == found
        assert time.monotonic() - begin < 2, "only the first waits"
        stack.reload()  # the check that is under way keeps its generation


def test_a_queue_that_cannot_be_written(make_stack: Make) -> None:
    with make_stack(sandbox=False, bot_arguments=["--workers", "0"]).running() as stack:
        with contextlib.closing(database(stack)) as db:
            db.execute("BEGIN IMMEDIATE")
            answer = stack.http("GET", "/healthz")
            assert answer.status == 503 and answer.json()["reason"].startswith("The queue cannot be written: ")
            assert stack.http("GET", "/health_check").status == 200
            assert any(reason.startswith("The queue cannot be written: ") for reason in reasons(stack))


def test_a_queue_that_is_stuck(make_stack: Make) -> None:
    with make_stack(bot_arguments=["--workers", "0"]).running() as stack:
        taken(stack.slash("help"))
        assert reasons(stack) == []
        with contextlib.closing(database(stack)) as db:
            db.execute("UPDATE jobs SET not_before_ms = not_before_ms - 660000")
        assert reasons(stack) == ["The oldest job in the queue has waited for 11 minutes."]


def test_a_queue_that_is_full(make_stack: Make) -> None:
    with make_stack(settings={"LOOKERBOT_STATE_MAX": "16MiB"}).running() as stack:
        assert reasons(stack) == []
        with contextlib.closing(database(stack)) as db:
            db.execute("INSERT INTO states (key, value, expires_ms) VALUES ('big', zeroblob(17825792), 1e15)")
        assert reasons(stack) == ["The queue has reached LOOKERBOT_STATE_MAX (16 MiB), so deliveries are refused."]


@pytest.mark.parametrize("left, full", [(100 << 20, True), (300 << 30, False)])
def test_a_disk_that_is_nearly_full(make_stack: Make, left: int, full: bool) -> None:
    with make_stack(settings={"LD_PRELOAD": str(SHIM), "SHIM_DISK_FREE": str(left)}).running() as stack:
        found = reasons(stack)
        assert bool(found) == full
        if full:
            assert found == [f"The disk of the state directory {stack.state_dir} is nearly full: 100 MiB left."]


def test_the_snippet_for_an_existing_server_leaves_them_out(front: Stack) -> None:
    """They are of a host name of its own: other applications have a /healthz too."""
    text = (front.folder / "nginx" / "snippets" / "lookerbot.conf").read_text()
    assert "healthz" not in text and "readyz" not in text


def test_an_error_names_its_request_and_the_log_knows_it(make_stack: Make) -> None:
    with make_stack().running() as stack:
        stack.fault({"where": "looker", "match": "POST /queries", "do": "status", "status": 403, "body": {}, "times": 1})
        ack = taken(stack.slash("sales EMEA"))
        said = by_hook(stack, ack)["text"]
        match = re.search(r" \(request ([0-9a-f]{8})\)$", said)
        assert match, said
        request = {name.lower(): value for name, value in ack["headers"].items()}["x-request-id"]
        assert request.startswith(match[1])
        assert stack.log_contains(f"event=request id={request} ")
        assert stack.log_contains(f"event=job_dead .*request={request}$")
        good = stack.answer(taken(stack.slash("sales EMEA", channel="C0SALES")))
        assert "(request" not in str(good), "an answer is no error"


def test_a_refusal_at_the_door_names_its_request(front: Stack) -> None:
    body = form(text="a" * 4001)
    answer = front.http("POST", "/slack/receive", body, sign(body, NOWHERE["SLACK_SIGNING_SECRET"]))
    assert answer.json()["text"].endswith(f" (request {answer.headers['x-request-id'][:8]})")
