"""Socket Mode: what people do in Slack comes in without an open port, is on disk before it is acknowledged, and
connections change without a gap."""
from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from badday import database, quiet_channel, taken, warm, words
from relay import (envelopes, field, hears, last, lines, open_numbers, relay_end, relayed, status_of,
                   well_behaved)
from process import Process
from stack import RELAY, SHIM, Stack, clean_environment, http_request

POST = "chat.postMessage"


@pytest.fixture(scope="module")
def _listening() -> Iterator[Stack]:
    with Stack(relay="socket", bot_arguments=["--workers", "0"]).running() as stack:
        stack.relay.wait_log("event=job_done .*kind=catalogue")
        yield stack


@pytest.fixture
def listening(_listening: Stack) -> Iterator[Stack]:
    """nginx and lookerbot-fcgi, which has no workers: what is answered here went through the relay."""
    yield _listening
    well_behaved(_listening)


def answer_in(stack: Stack, channel: str, after: int) -> dict[str, Any]:
    return stack.wait(kind="slack", name=POST, channel=channel, ok=1, after=after)[0]["body"]


# What comes in

def test_slash_command(listening: Stack) -> None:
    ack = taken(listening.slash("revenue today", channel="C0SALES"))
    assert json.loads(ack["body"]) == {"response_type": "in_channel"}, "the echo goes with the acknowledgement"
    assert "`revenue today`" in words(listening.answer(ack))
    typed = [one for one in listening.conversation("C0SALES") if one.get("_via") == "slash"]
    assert typed and typed[-1]["text"] == "/looker revenue today"


def test_refusal_goes_with_the_acknowledgement(listening: Stack) -> None:
    ack = taken(listening.slash("x" * 4001))
    answer = json.loads(ack["body"])
    assert answer["response_type"] == "ephemeral" and "too long" in answer["text"]


def test_mention(listening: Stack) -> None:
    after = last(listening)
    said = listening.message("@looker revenue today", channel="C0SUPPORT")
    assert status_of(said, "app_mention")["status"] == 200
    answer = answer_in(listening, "C0SUPPORT", after)
    assert "Revenue today" in words(answer)
    for one in envelopes(listening, status_of(said, "app_mention")["event_id"]):
        assert one["acked"] and one["ack_payload"] is None


def test_mention_in_a_thread(listening: Stack) -> None:
    first = listening.message("How much was it?", channel="C0SUPPORT")
    after = last(listening)
    listening.message("@looker revenue today", channel="C0SUPPORT", thread_ts=first["ts"])
    assert answer_in(listening, "C0SUPPORT", after)["thread_ts"] == first["ts"]


def test_dm(listening: Stack) -> None:
    after = last(listening)
    said = listening.message("revenue today", channel="D0ADA")
    assert status_of(said, "message.im")["status"] == 200
    assert "Revenue today" in words(answer_in(listening, "D0ADA", after))


def post_button(stack: Stack, channel: str) -> str:
    """A message of the bot's with a button that it has forgotten; its ts."""
    block = {"type": "actions", "elements": [{"type": "button", "action_id": "looker:again", "value": "00" * 16,
                                              "text": {"type": "plain_text", "text": "Run again"}}]}
    body = json.dumps({"channel": channel, "text": "with a button", "blocks": [block]}).encode()
    answer = http_request(stack.sandbox.settings["SLACK_API_URL"] + "chat.postMessage", "POST", body, {
        "Content-Type": "application/json; charset=utf-8",
        "Authorization": "Bearer " + stack.sandbox.settings["SLACK_API_KEY"]}).json()
    assert answer["ok"], answer
    return str(answer["ts"])


def test_press(listening: Stack) -> None:
    ts = post_button(listening, "C0SALES")
    result = listening.press("C0SALES", ts, n=0)
    assert (result["status"], result["error"], result["body"]) == (200, None, ""), result
    told = listening.wait(kind="hook", name=f"POST {result['hook']}", ok=1)[0]["body"]
    assert told["response_type"] == "ephemeral" and told["text"]


def test_what_is_of_no_use_is_acknowledged_and_told_once(make_stack: Callable[..., Stack]) -> None:
    """The fake did not send these envelopes itself, so it complains of each acknowledgement: the proof that it came."""
    frames: dict[str, dict[str, Any]] = {
        "message_action": {"type": "interactive", "payload": {"type": "message_action", "user": {"id": "U0ADA"}}},
        "weather": {"type": "weather", "payload": {"sun": True}},
        "slash_commands": {"type": "slash_commands", "payload": {"text": "no command, no channel"}},
    }
    with make_stack(relay="socket", bot=False).running() as stack:
        for said, frame in frames.items():
            for i in range(3):
                text = json.dumps({**frame, "envelope_id": f"{said}-{i}", "accepts_response_payload": True})
                stack.socket("text", text=text)
                stack.wait(kind="socket", name="in ack", text=f"{said}-{i}")
            assert len(lines(stack, 0, f"event=frame_unused .*type={said}")) == 1
            acks = stack.records(kind="socket", name="in ack", text=said)
            assert [sorted(ack["body"]) for ack in acks] == [["envelope_id"]] * 3, "no payload"
        assert len(stack.sockets()["errors"]) == 9
        hears(stack)


# Durable before acknowledged

def shimmed(make_stack: Callable[..., Stack], **settings: str) -> Stack:
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    return make_stack(settings={"LD_PRELOAD": str(SHIM), **settings}, relay="socket", bot=False)


def test_no_acknowledgement_before_the_disk_has_it(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with shimmed(make_stack, SHIM_SYNC_GATE=str(gate)).running() as stack:
        stack.relay.wait_log("event=job_done .*kind=catalogue")
        after = last(stack)
        os.mkfifo(gate)
        results: list[dict[str, Any]] = []
        typing = threading.Thread(target=lambda: results.append(stack.slash("order 1001", timeout=20)))
        typing.start()
        stack.wait(kind="socket", name="out slash_commands", after=after)
        waited = stack.sandbox.call("GET", f"/sandbox/wait?kind=socket&name=in+ack&after={after}&timeout=1")
        assert not waited["ok"] and not results, "no acknowledgement within a second"
        opened = os.open(gate, os.O_WRONLY)  # returns when fdatasync stands at the gate
        gate.unlink()
        os.close(opened)
        typing.join(15)
        assert results and taken(results[0])["elapsed_ms"] >= 1000
        assert "`order 1001`" in words(stack.answer(results[0]))
        well_behaved(stack)


def test_frames_that_wait_are_one_commit(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with shimmed(make_stack, SHIM_SYNC_GATE=str(gate)).running() as stack:
        stack.relay.wait_log("event=job_done .*kind=catalogue")
        since = relay_end(stack)
        os.mkfifo(gate)
        sending = [threading.Thread(target=stack.message, args=("@looker revenue today",)) for _ in range(20)]
        for one in sending:
            one.start()
        stack.wait(20, kind="socket", name="out events_api")
        opened = os.open(gate, os.O_WRONLY)
        gate.unlink()
        os.close(opened)
        for one in sending:
            one.join(15)
        taken_down = relayed(stack, since, "event=envelope .*note=stored", 20)
        # All of a batch have been taken down in the same moment: at most three batches, of which the gate held the first.
        assert len({line.split()[0] + field(line, "ms") for line in taken_down}) < 20
        well_behaved(stack)


# New before old

@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_new_connection_before_the_old_one_goes(listening: Stack, reason: str) -> None:
    since, old = relay_end(listening), open_numbers(listening)
    after = last(listening)
    assert len(old) == 1
    listening.socket("disconnect", reason=reason, then_close_s=6)
    relayed(listening, since, f"event=leaving .*{reason}")
    relayed(listening, since, "event=connected")
    assert old[0] in open_numbers(listening), "the old one is still there"
    hears(listening)
    relayed(listening, since, "event=disconnected", timeout=20)
    assert len(open_numbers(listening)) == 1
    assert not lines(listening, since, "event=(deaf|reconnecting)")
    hears(listening)
    assert not [one for one in listening.records(kind="socket", name="in ack", after=after) if not one["ok"]]


def test_the_old_one_is_closed_when_slack_does_not(listening: Stack) -> None:
    since, old = relay_end(listening), open_numbers(listening)
    listening.socket("disconnect", reason="refresh_requested", then_close_s=120)
    relayed(listening, since, "event=connected")
    assert "closed with 1000" in relayed(listening, since, "event=disconnected", timeout=20)[0]
    assert old[0] not in open_numbers(listening) and len(open_numbers(listening)) == 1
    assert not lines(listening, since, "event=deaf")
    hears(listening)


# Refusals, and new settings

def ready_reasons(stack: Stack) -> str:
    answer = stack.http("GET", "/readyz")
    return "" if answer.status == 200 else answer.body.decode()


def wait_ready(stack: Stack, wanted: str) -> str:
    """Until /readyz has this in its reasons ("": all is well)."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = ready_reasons(stack)
        if (wanted in said) if wanted else not said:
            return said
        threading.Event().wait(0.2)
    raise AssertionError(f"/readyz does not say {wanted!r}: {said}")


def test_switched_off_and_on_again(make_stack: Callable[..., Stack]) -> None:
    """link_disabled: no new attempt for 5 minutes, one line, /readyz says so; SIGHUP tries at once."""
    with make_stack(relay="socket", bot_arguments=["--workers", "0"]).running() as stack:
        wait_ready(stack, "")
        since = relay_end(stack)
        stack.socket("disconnect", reason="link_disabled", then_close_s=0)
        line = relayed(stack, since, "event=refused")[0]
        assert "level=error" in line and "switched off" in line and "SLACK_APP_TOKEN" in line
        assert "Socket Mode is switched off" in wait_ready(stack, "refused")
        assert open_numbers(stack) == [] and not lines(stack, since, "event=reconnecting")
        stack.relay.send(signal.SIGHUP)
        relayed(stack, since, "event=connected")
        wait_ready(stack, "")
        hears(stack)


def test_too_many_websockets(make_stack: Callable[..., Stack]) -> None:
    with make_stack(relay="socket", bot=False).running() as stack:
        since = relay_end(stack)
        stack.socket("disconnect", reason="too_many_websockets", then_close_s=0)
        assert "more connections than Slack allows" in relayed(stack, since, "event=refused")[0]
        assert open_numbers(stack) == []


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "account_inactive", "token_revoked",
                                  "missing_scope", "forbidden_team"])
def test_token_refused(make_stack: Callable[..., Stack], code: str) -> None:
    stack = make_stack(bot=False)
    with stack.running():
        stack.mode("socket")
        stack.fault({"where": "slack", "match": "apps.connections.open", "do": "error", "code": code})
        stack.start_relay("event=refused ")
        line = lines(stack, 0, "event=refused")[0]
        assert code in line and "SLACK_APP_TOKEN" in line and "connections:write" in line
        stack.clear_faults()
        stack.relay.send(signal.SIGHUP)
        relayed(stack, 0, "event=connected")
        assert len(lines(stack, 0, "event=refused")) == 1


def test_other_settings_get_another_connection(make_stack: Callable[..., Stack]) -> None:
    with make_stack(relay="socket", bot=False, env_file=True).running() as stack:
        good = stack.sandbox.settings["SLACK_API_URL"]
        since, old = relay_end(stack), open_numbers(stack)
        stack.write_settings(LOOKERBOT_CHARTS="native")
        stack.relay.send(signal.SIGHUP)
        relayed(stack, since, "event=reloaded")
        hears(stack)
        assert open_numbers(stack) == old, "these settings do not concern the connection"
        # Settings that lead nowhere: what was open stays open.
        stack.write_settings(SLACK_API_URL=good.replace("127.0.0.1", "localhost"))
        stack.relay.send(signal.SIGHUP)
        assert "not one of Slack's" in relayed(stack, since, "event=reconnecting")[0]
        assert open_numbers(stack) == old and not lines(stack, since, "event=deaf")
        hears(stack)
        # Good ones: the new connection comes first, and the old one goes at once.
        stack.write_settings(SLACK_API_URL=good)
        stack.relay.send(signal.SIGHUP)
        relayed(stack, since, "event=connected")
        assert "closed with 1000" in relayed(stack, since, "event=disconnected")[0]
        assert len(open_numbers(stack)) == 1 and open_numbers(stack) != old
        assert not lines(stack, since, "event=deaf")
        hears(stack)


def test_modes_are_switched(make_stack: Callable[..., Stack]) -> None:
    """What deploy/run does when somebody switches on the page: the token file has changed, then SIGHUP."""
    with make_stack(relay="http").running() as stack:
        since = 0
        assert "not_needed" in lines(stack, 0, "event=not_needed")[0]
        wait_ready(stack, "")
        for mode, event in (("socket", "connected"), ("http", "not_needed"), ("rtm", "connected"), ("socket", "connected"),
                            ("http", "not_needed")):
            since = relay_end(stack)
            stack.mode(mode)
            stack.relay.send(signal.SIGHUP)
            stack.bot.send(signal.SIGHUP)
            relayed(stack, since, "event=reloaded")
            relayed(stack, since, f"event={event} ", timeout=20)
            wait_ready(stack, "")
            if mode != "rtm":
                hears(stack)
        assert open_numbers(stack) == []


# Its state

def test_readyz_hears_nothing_of_the_relay(make_stack: Callable[..., Stack]) -> None:
    with make_stack(relay="socket", bot_arguments=["--workers", "0"]).running() as stack:
        wait_ready(stack, "")
        stack.stop_relay()
        assert "lookerbot-relay" in wait_ready(stack, "nothing is heard")
        assert open_numbers(stack) == [] and [c["closed_code"] for c in stack.sockets()["connections"]] == [1000]
        stack.start_relay()
        wait_ready(stack, "")
        stack.relay.kill()  # says nothing more
        assert "lookerbot-relay" in wait_ready(stack, "nothing is heard")
        stack.start_relay()


def test_connecting_is_not_ready(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(bot_arguments=["--workers", "0"])
    with stack.running():
        stack.mode("socket")
        stack.bot.send(signal.SIGHUP)
        stack.log_contains("event=reloaded")
        stack.fault({"where": "slack", "match": "apps.connections.open", "do": "status", "status": 503, "body": "x"})
        stack.start_relay("event=reconnecting ")
        assert "is not connected" in wait_ready(stack, "Socket Mode")
        stack.clear_faults()
        relayed(stack, 0, "event=connected", timeout=30)
        wait_ready(stack, "")


def test_systemd_is_told(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.settimeout(10)
        with make_stack(relay="socket", bot=False, settings={"NOTIFY_SOCKET": path}).running() as stack:
            told = [sock.recv(4096).decode()]
            while told[-1] != "READY=1":
                told.append(sock.recv(4096).decode())
            assert "STATUS=Socket Mode: listening" in told
            stack.stop_relay()
            while told[-1] != "STOPPING=1":
                told.append(sock.recv(4096).decode())


# The program

@pytest.mark.parametrize("arguments, status, said", [
    (["--version"], 0, "lookerbot-relay 0."),
    (["--help"], 0, "Usage: lookerbot-relay"),
    (["--workers", "many"], 64, "not a number from 0"),
    (["--listen"], 64, "is no option"),
    (["now"], 64, "is not understood"),
])
def test_options(arguments: list[str], status: int, said: str) -> None:
    process = Process("lookerbot-relay", [RELAY, *arguments], env=clean_environment())
    process.expect_end(status)
    assert said in process.log


def test_without_settings(tmp_path: Path) -> None:
    process = Process("lookerbot-relay", [RELAY], env=clean_environment(), cwd=tmp_path)
    process.expect_end(78)
    assert "event=setting setting=SLACK_API_KEY" in process.log


def test_it_only_takes_down_without_workers(make_stack: Callable[..., Stack]) -> None:
    with make_stack(relay="socket", relay_arguments=["--workers", "0"], bot=False).running() as stack:
        said = stack.message("revenue today", channel="D0ADA")
        assert status_of(said, "message.im")["status"] == 200
        with database(stack) as db:
            assert db.execute("SELECT count(*) FROM jobs WHERE state = 0").fetchone()[0] == 1


def test_a_suspect_runs_in_a_relay_of_its_own(make_stack: Callable[..., Stack]) -> None:
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    stack = make_stack(relay="socket", bot=False, settings={"LD_PRELOAD": str(SHIM), "SHIM_KILL_TEXT": "KILLME"})
    with stack.running():
        stack.relay.wait_log("event=job_done .*kind=catalogue")
        ack = taken(stack.slash("sales region=KILLME"))
        for _ in range(2):
            stack.relay.popen.wait(20)
            stack.start_relay("event=started ")
        stack.relay.wait_log("event=suspect_died", 2, timeout=30)
        relayed(stack, 0, "event=job_dead .*died 4 times", timeout=30)
        told = stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1)[0]["body"]
        assert "4 times" in told["text"]
        warm(stack, quiet_channel())
