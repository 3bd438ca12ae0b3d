"""What Slack sends to /slack/event and /slack/action: who may, what becomes a job, what comes twice."""
from __future__ import annotations

import contextlib
import json
import re
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional
from urllib.parse import quote_plus

import pytest

from slackform import sign
from stack import NOWHERE, ROOT, Response, Stack

SECRET = NOWHERE["SLACK_SIGNING_SECRET"]
TOKEN = "nowhere-verification-token"
SAMPLES = ROOT / "tests" / "fixtures" / "slack"
BOT = "U0BOT"

Make = Callable[..., Stack]


def serial() -> str:
    return secrets.token_hex(8)


def mention(text: str = f"<@{BOT}> help", **changes: Any) -> dict[str, Any]:
    stamp = f"1700000000.{secrets.randbelow(10**9):09d}"
    return {"type": "app_mention", "user": "U0001", "channel": "C0001", "ts": stamp, "event_ts": stamp, "text": text,
            **changes}


def envelope(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"token": TOKEN, "team_id": "T0001", "api_app_id": "A0001", "type": "event_callback",
            "event_id": f"Ev{serial()}", "event_time": int(time.time()), "event": event, "is_ext_shared_channel": False,
            "authorizations": [{"team_id": "T0001", "user_id": BOT, "is_bot": True}], **changes}


def press(**changes: Any) -> dict[str, Any]:
    return {"type": "block_actions", "token": TOKEN, "user": {"id": "U0001", "team_id": "T0001"},
            "team": {"id": "T0001"}, "container": {"type": "message", "message_ts": "5.1", "channel_id": "C0001"},
            "channel": {"id": "C0001"}, "trigger_id": f"{serial()}.1.abc",
            "response_url": "https://hooks.slack.com/actions/T0001/1/x",
            "actions": [{"type": "button", "action_id": "again", "value": "x", "action_ts": f"{secrets.randbelow(10**9)}.1"}],
            **changes}


def post_event(stack: Stack, body: Any, secret: Optional[str] = SECRET, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(raw, secret) if secret is not None else {}
    return stack.http("POST", "/slack/event", raw, {**signed, "Content-Type": "application/json", **headers})


def post_action(stack: Stack, payload: Any, secret: Optional[str] = SECRET) -> Response:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    raw = f"payload={quote_plus(text)}".encode()
    signed = sign(raw, secret) if secret is not None else {}
    return stack.http("POST", "/slack/action", raw, {**signed, "Content-Type": "application/x-www-form-urlencoded"})


def log_of(stack: Stack, answer: Response) -> str:
    return stack.log_contains(f"event=request id={answer.headers['x-request-id']} ")[0]


def job_of(stack: Stack, answer: Response) -> int:
    match = re.search(r" job=(\d+) ", log_of(stack, answer))
    assert match
    return int(match[1])


def kind_of(stack: Stack, job: int) -> str:
    with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db:
        return str(db.execute("SELECT kind FROM jobs WHERE id = ?", (job,)).fetchone()[0])


def assert_stored(stack: Stack, answer: Response, kind: str) -> None:
    assert (answer.status, answer.body) == (200, b""), answer
    job = job_of(stack, answer)
    assert job > 0, log_of(stack, answer)
    assert kind_of(stack, job) == kind


def assert_no_job(stack: Stack, answer: Response, note: str) -> None:
    assert (answer.status, answer.body) == (200, b""), answer
    assert job_of(stack, answer) == 0
    assert note in log_of(stack, answer)


def assert_refused(stack: Stack, answer: Response, status: int) -> None:
    assert answer.status == status, answer
    assert answer.json()["success"] is False and answer.json()["reason"]
    assert "x-slack-no-retry" not in answer.headers
    assert job_of(stack, answer) == 0


# The address

def test_challenge(front: Stack) -> None:
    sample = json.loads((SAMPLES / "event-url-verification.json").read_text())
    answer = post_event(front, sample)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {"challenge": sample["challenge"]}
    assert job_of(front, answer) == 0


@pytest.mark.parametrize("challenge", [None, "", 7, "x" * 1001])
def test_no_challenge(front: Stack, challenge: Any) -> None:
    assert_refused(front, post_event(front, {"type": "url_verification", "challenge": challenge}), 400)


@pytest.mark.parametrize("body", [{"type": "url_verification", "challenge": "abc"}, {"type": "event_callback"}, {}])
def test_unsigned(front: Stack, body: dict[str, Any]) -> None:
    """Not even the challenge is answered, nor is anything told about the body."""
    answer = post_event(front, {"token": TOKEN, **body}, secret=None)
    assert_refused(front, answer, 401)
    assert b"abc" not in answer.body


def test_wrong_signatures(front: Stack) -> None:
    assert_refused(front, post_event(front, envelope(mention()), secret="another-secret"), 401)
    assert_refused(front, post_event(front, b"no JSON at all", secret="another-secret"), 401)
    assert_refused(front, post_action(front, press(), secret="another-secret"), 401)
    assert_refused(front, post_action(front, press(), secret=None), 401)


@pytest.mark.parametrize("offset, status", [(-240, 200), (-330, 401), (330, 401)])
def test_replay(front: Stack, offset: int, status: int) -> None:
    body = json.dumps(envelope(mention())).encode()
    headers = {**sign(body, SECRET, int(time.time()) + offset), "Content-Type": "application/json"}
    answer = front.http("POST", "/slack/event", body, headers)
    assert answer.status == status
    assert (job_of(front, answer) > 0) == (status == 200)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"type":"event_callback"} x', b"[" * 70000,
                                  b'{"event":{}}', b'{"type":"event_callback"}',
                                  b'{"type":"event_callback","event":7}', b"token=a&text=b"])
def test_garbage(front: Stack, body: bytes) -> None:
    assert_refused(front, post_event(front, body), 400)


@pytest.mark.parametrize("payload", ["", "{", "[]", "null", "{}", '{"type":"block_actions"}',
                                     json.dumps(press(actions=[])), json.dumps(press(user={"id": "U 1"}))],
                         ids=["empty", "cut", "list", "null", "object", "bare", "no action", "no user"])
def test_garbage_pressed(front: Stack, payload: str) -> None:
    assert_refused(front, post_action(front, payload), 400)


def test_a_press_is_a_form(front: Stack) -> None:
    for body, content_type in ((b"text=x", "application/x-www-form-urlencoded"),
                               (json.dumps(press()).encode(), "application/json"),
                               (b"payload={}&payload={}", "application/x-www-form-urlencoded")):
        headers = {**sign(body, SECRET), "Content-Type": content_type}
        assert_refused(front, front.http("POST", "/slack/action", body, headers), 400)


@pytest.mark.parametrize("path", ["/slack/event", "/slack/action"])
def test_methods_and_sizes(front: Stack, path: str) -> None:
    answer = front.http("GET", path)
    assert answer.status == 405 and answer.headers["allow"] == "POST"
    body = b" " * ((1 << 20) + 1)
    assert front.http("POST", path, body, sign(body, SECRET)).status == 413


def test_one_mebibyte_fits(front: Stack) -> None:
    event = mention(blocks=[""])
    body = json.dumps(envelope(event, event_id="Ev" + "0" * 16)).encode()
    event["blocks"] = ["x" * ((1 << 20) - len(body))]
    body = json.dumps(envelope(event, event_id="Ev" + "0" * 16)).encode()
    assert len(body) == 1 << 20
    assert_stored(front, post_event(front, body), "command")


# What becomes a job

def test_mentions_and_messages(front: Stack) -> None:
    assert_stored(front, post_event(front, envelope(mention())), "command")
    dm = mention("help", type="message", channel="D0001", channel_type="im")
    assert_stored(front, post_event(front, envelope(dm)), "command")


def test_without_authorizations(front: Stack) -> None:
    """As old apps send it: a mention's first name is ours."""
    assert_stored(front, post_event(front, envelope(mention("<@U0ANY> help"), authorizations=None)), "command")


def test_other_jobs(front: Stack) -> None:
    link = {"type": "link_shared", "user": "U0001", "channel": "C0001", "message_ts": f"{secrets.randbelow(10**9)}.1",
            "links": [{"domain": "127.0.0.1", "url": NOWHERE["LOOKER_URL"] + "/looks/42"}]}
    home = {"type": "app_home_opened", "user": "U0001", "channel": "D0001", "tab": "home", "event_ts": f"{serial()}"}
    joined = {"type": "member_joined_channel", "user": BOT, "channel": "C0002", "event_ts": "1.5"}
    assert_stored(front, post_event(front, envelope(link)), "links")
    home["event_ts"] = f"{secrets.randbelow(10**9)}.2"
    assert_stored(front, post_event(front, envelope(home)), "event")
    assert_stored(front, post_event(front, envelope(joined)), "event")
    assert_stored(front, post_action(front, press()), "press")


@pytest.mark.parametrize("event, note", [
    (mention(f"hey <@{BOT}>"), "named, not asked"),
    (mention(bot_id="B1"), "a bot's message"),
    (mention(user=BOT), "the bot's own message"),
    (mention(edited={"user": "U1", "ts": "2.1"}), "an edited message"),
    (mention("/looker help", type="message", channel="D0001", channel_type="im"), "a slash command"),
    (mention("good morning", type="message", channel_type="channel"), "neither for the bot"),
    (mention(type="message", subtype="message_changed", hidden=True), "hidden"),
    (mention("<http://127.0.0.1:9/looks/1>", type="message", channel_type="channel"), "EXPAND_URLS is off"),
    ({"type": "link_shared", "user": "U1", "channel": "C1", "message_ts": "1.1",
      "links": [{"url": "https://127.0.0.1.example/looks/1"}]}, "no link to a Looker of ours"),
    ({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages"}, "another tab"),
    ({"type": "member_joined_channel", "user": "U1", "channel": "C1"}, "somebody joined"),
    ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, "no token of a bot"),
    ({"type": "reaction_added", "user": "U1"}, "event reaction_added"),
])
def test_ignored(front: Stack, event: dict[str, Any], note: str) -> None:
    assert_no_job(front, post_event(front, envelope(event)), "ignored: ")
    assert_no_job(front, post_event(front, envelope(event)), note)


@pytest.mark.parametrize("name", ["event-message-bot-classic", "event-message-bot-new", "event-message-changed",
                                  "event-message-deleted", "event-message-channel", "event-app-home-opened-inner"])
def test_samples_that_are_not_for_us(front: Stack, name: str) -> None:
    assert_no_job(front, post_event(front, (SAMPLES / f"{name}.json").read_bytes()), "ignored: ")


@pytest.mark.parametrize("name", ["action-global-shortcut", "action-message-shortcut", "action-view-closed"])
def test_payloads_that_are_not_for_us(front: Stack, name: str) -> None:
    assert_no_job(front, post_action(front, (SAMPLES / f"{name}.json").read_text()), "ignored: payload ")


def test_a_legacy_press(front: Stack) -> None:
    body = (SAMPLES / "interactive-message-bolt.form").read_bytes()
    answer = front.http("POST", "/slack/action", body, sign(body, SECRET))
    assert_stored(front, answer, "press")


@pytest.mark.parametrize("event, key", [
    ({"type": "channel_id_changed", "old_channel_id": "G0MOVED", "new_channel_id": "C0MOVED"}, "alias:G0MOVED"),
    ({"type": "app_uninstalled"}, "slack:revoked"),
])
def test_noted_without_a_job(front: Stack, event: dict[str, Any], key: str) -> None:
    assert_no_job(front, post_event(front, envelope(event)), "note=noted")
    with contextlib.closing(sqlite3.connect(front.state_dir / "queue.db", timeout=10)) as db, db:
        assert db.execute("SELECT count(*) FROM states WHERE key = ?", (key,)).fetchone() == (1,)
        db.execute("DELETE FROM states WHERE key = ?", (key,))


def test_rate_limited(front: Stack) -> None:
    assert_no_job(front, post_event(front, (SAMPLES / "event-app-rate-limited.json").read_bytes()), "note=noted")


# Twice

def test_retries_are_one_job(front: Stack) -> None:
    body = envelope(mention())
    assert_stored(front, post_event(front, body), "command")
    for n in (1, 2, 3):
        again = post_event(front, body, **{"X-Slack-Retry-Num": str(n), "X-Slack-Retry-Reason": "http_timeout"})
        assert_no_job(front, again, f"duplicate (Slack's retry {n}: http_timeout)")


def test_the_retry_may_be_the_only_copy(front: Stack) -> None:
    headers = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "connection_failed"}
    answer = post_event(front, envelope(mention()), **headers)
    assert_stored(front, answer, "command")
    assert "stored (Slack's retry 1: connection_failed)" in log_of(front, answer)


@pytest.mark.parametrize("num, reason", [("x", "y"), ("-1", "y"), ("0", ""), ("99999999999999999999", "y")])
def test_odd_retry_headers(front: Stack, num: str, reason: str) -> None:
    answer = post_event(front, envelope(mention()), **{"X-Slack-Retry-Num": num, "X-Slack-Retry-Reason": reason})
    assert_stored(front, answer, "command")
    assert "retry" not in log_of(front, answer)


def test_one_message_under_eleven_ids(front: Stack) -> None:
    event = mention()
    answers = [post_event(front, envelope(event)) for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 11
    assert [job_of(front, answer) > 0 for answer in answers] == [True] + [False] * 10


def test_a_mention_comes_twice(front: Stack) -> None:
    """As app_mention and as message of the channel."""
    event = mention()
    assert_stored(front, post_event(front, envelope({**event, "type": "message", "channel_type": "channel"})), "command")
    assert_no_job(front, post_event(front, envelope(event)), "duplicate")


def test_a_press_twice(front: Stack) -> None:
    payload = press()
    assert_stored(front, post_action(front, payload), "press")
    assert_no_job(front, post_action(front, payload), "duplicate")
    assert_no_job(front, post_action(front, {**payload, "trigger_id": "other.1.abc"}), "duplicate")


def test_a_restart_forgets_no_event(make_stack: Make) -> None:
    with make_stack(sandbox=False, bot_arguments=["--workers", "0"]).running() as stack:
        body = envelope(mention())
        assert_stored(stack, post_event(stack, body), "command")
        stack.kill_bot()
        stack.restart_bot()
        assert_no_job(stack, post_event(stack, body), "duplicate")


# Days when nothing can be stored

def test_not_stored(make_stack: Make) -> None:
    with make_stack(sandbox=False, bot_arguments=["--workers", "0"]).running() as stack:
        body, payload = envelope(mention()), press()
        database = stack.state_dir / "queue.db"
        run_sql(database, "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END")
        for answer in (post_event(stack, body), post_action(stack, payload)):
            assert_refused(stack, answer, 503)
            assert "not stored: " in log_of(stack, answer)
        # What is not for us needs no storage.
        assert_no_job(stack, post_event(stack, envelope(mention(bot_id="B1"))), "ignored: ")
        run_sql(database, "DROP TRIGGER full")
        assert_stored(stack, post_event(stack, body), "command")
        assert_stored(stack, post_action(stack, payload), "press")


def run_sql(database: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as db, db:
        db.execute(sql)


# The old token, and neither

@pytest.fixture
def running(make_stack: Make) -> Iterator[Callable[..., Stack]]:
    with contextlib.ExitStack() as exits:
        def run(**settings: Any) -> Stack:
            stack = make_stack(sandbox=False, bot_arguments=["--workers", "0"], settings=settings)
            return exits.enter_context(stack.running())
        yield run


def test_the_old_token(running: Callable[..., Stack]) -> None:
    """It stands in the JSON, of an event and of a press."""
    stack = running(SLACK_SIGNING_SECRET=None, SLACK_SLASH_COMMAND_TOKEN=TOKEN)
    assert_stored(stack, post_event(stack, envelope(mention()), secret=None), "command")
    assert_stored(stack, post_action(stack, press(), secret=None), "press")
    verified = post_event(stack, {"type": "url_verification", "challenge": "abc", "token": TOKEN}, secret=None)
    assert verified.json() == {"challenge": "abc"}
    for token in ("wrong", "", None, 7):
        assert_refused(stack, post_event(stack, envelope(mention(), token=token), secret=None), 401)
        assert_refused(stack, post_action(stack, press(token=token), secret=None), 401)
    assert_refused(stack, post_event(stack, b"{", secret=None), 400)
    assert_refused(stack, post_action(stack, "{", secret=None), 400)


def test_nothing_configured(running: Callable[..., Stack]) -> None:
    stack = running(SLACK_SIGNING_SECRET=None)
    assert_refused(stack, post_event(stack, envelope(mention(), token=""), secret=""), 401)
    assert_refused(stack, post_event(stack, {"type": "url_verification", "challenge": "abc"}, secret=""), 401)
    assert_refused(stack, post_action(stack, press(token=""), secret=""), 401)


@pytest.mark.parametrize("path", ["/slack/action"])
def test_ssl_check(front: Stack, path: str) -> None:
    answer = front.http("POST", path, b"ssl_check=1&token=x", {"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.body) == (200, b"")
    assert job_of(front, answer) == 0


def test_ssl_check_is_no_way_round(front: Stack) -> None:
    raw = f"ssl_check=1&payload={quote_plus(json.dumps(press()))}".encode()
    answer = front.http("POST", "/slack/action", raw, {"Content-Type": "application/x-www-form-urlencoded"})
    assert job_of(front, answer) == 0
    body = json.dumps({"ssl_check": "1", **envelope(mention())}).encode()
    assert_refused(front, front.http("POST", "/slack/event", body, {"Content-Type": "application/json"}), 401)


def test_nothing_private_in_the_log(front: Stack) -> None:
    answer = post_event(front, envelope(mention(f"<@{BOT}> topsecretword", user="U0PRIVATE")))
    assert_stored(front, answer, "command")
    answer = post_action(front, press(user={"id": "U0PRIVATE", "team_id": "T0001"}))
    assert_stored(front, answer, "press")
    for word in ("topsecretword", "U0PRIVATE", "hooks.slack.com"):
        assert word not in front.bot_log()
