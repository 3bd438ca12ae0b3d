"""Processes that die, in the worst moments: what was accepted is answered, once. And nothing is accepted too early."""
from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from badday import Supervisor, calls, database, log_end, logged, never, posted, taken, told, warm, words
from process import Process
from stack import FCGI, SHIM, Stack

POST = "chat.postMessage"


@pytest.fixture(scope="module")
def _mortal() -> Iterator[Stack]:
    with Stack().running() as stack:
        warm(stack)
        yield stack


@pytest.fixture
def mortal(_mortal: Stack) -> Stack:
    """A stack of these tests' own: its bot may be killed and started again."""
    _mortal.reset()
    if _mortal.bot is None or _mortal.bot.popen.poll() is not None:
        _mortal.start_bot()
    return _mortal


def restarted(stack: Stack) -> None:
    stack.kill_bot()
    stack.restart_bot()


def test_killed_right_after_the_acknowledgement(mortal: Stack) -> None:
    mortal.fault({"where": "looker", "match": "GET /dashboards/23", "do": "delay", "seconds": 0.5})
    ack = taken(mortal.slash("order 1001"))
    mortal.kill_bot()
    assert posted(mortal) == []
    mortal.restart_bot()
    assert "`order 1001`" in words(mortal.answer(ack))
    logged(mortal, 0, "event=job_done .*kind=command")
    assert len(posted(mortal)) == 1


def test_killed_while_looker_hangs(mortal: Stack) -> None:
    mortal.fault({"where": "looker", "match": "GET /queries/", "do": "hang", "seconds": 60, "times": 1})
    ack = taken(mortal.slash("order 1001"))
    mortal.wait(kind="looker", name="GET /queries/", done=0, after=ack["n"])
    restarted(mortal)
    assert "`order 1001`" in words(mortal.answer(ack))
    logged(mortal, 0, "event=job_done .*kind=command")
    assert len(posted(mortal)) == 1 and len(calls(mortal, ack, "GET /queries/")) == 2


def test_killed_after_the_message_was_posted(mortal: Stack) -> None:
    mortal.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 60, "times": 1, "after": True})
    ack = taken(mortal.slash("order 1001"))
    mortal.wait(kind="slack", name=POST, done=0, after=ack["n"])
    restarted(mortal)
    logged(mortal, 0, "event=job_done .*kind=command")
    assert len(posted(mortal)) == 1, "found by its metadata, and not posted again"
    assert [one["ok"] for one in calls(mortal, ack, "conversations.history", "slack")] == [True]
    assert len(calls(mortal, ack, POST, "slack")) == 1
    assert len(calls(mortal, ack, "GET /queries/")) == 1, "the rendered answer had been kept"


def test_killed_before_the_message_was_posted(mortal: Stack) -> None:
    mortal.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 60, "times": 1})
    ack = taken(mortal.slash("order 1001"))
    mortal.wait(kind="slack", name=POST, done=0, after=ack["n"])
    restarted(mortal)
    logged(mortal, 0, "event=job_done .*kind=command")
    assert len(posted(mortal)) == 1
    assert len(calls(mortal, ack, "GET /queries/")) == 1


def test_same_trigger_id_twice(mortal: Stack) -> None:
    """Slack repeats a command when it did not see our answer; so does a restart between the two."""
    trigger = f"{time.time_ns()}.1.twice"
    since = log_end(mortal)
    first = taken(mortal.slash("order 1001", trigger_id=trigger))
    second = taken(mortal.slash("order 1001", trigger_id=trigger))
    assert first["body"] == second["body"]
    mortal.answer(first)
    logged(mortal, since, "event=request .*note=duplicate")
    logged(mortal, since, "event=job_done .*kind=command")
    mortal.stop_bot()
    logged(mortal, since, "event=stopped .* duplicates=1 ")
    mortal.restart_bot()
    taken(mortal.slash("order 1001", trigger_id=trigger))
    other = taken(mortal.slash("order 1002"))
    assert "`order 1002`" in words(mortal.answer(other))
    assert len(posted(mortal, text="`order 1001`")) == 1
    with database(mortal) as db:
        assert db.execute("SELECT count(*) FROM jobs WHERE state IN (0, 1)").fetchone()[0] <= 1


def test_no_trigger_id_is_no_duplicate(mortal: Stack) -> None:
    acks = [taken(mortal.slash(f"order {number}", fields={"trigger_id": None})) for number in (1001, 1002)]
    mortal.wait(2, kind="slack", name=POST, ok=1, after=acks[0]["n"])


def test_stopped_with_jobs_waiting(make_stack: Callable[..., Stack]) -> None:
    """SIGTERM: what runs is finished, what waits is answered after the start."""
    with make_stack(settings={"LOOKERBOT_LOOKER_CONCURRENCY": "1"}).running() as stack:
        warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/23", "do": "delay", "seconds": 0.4})
        channels = ("C0GENERAL", "C0SALES", "C0SUPPORT", "D0ADA", "C0RANDOM", "C0GENERAL")
        acks = [taken(stack.slash(f"order {1001 + i}", channel=channel)) for i, channel in enumerate(channels)]
        stack.stop_bot()
        assert len(stack.records(kind="slack", name=POST, ok=1, after=acks[0]["n"])) < len(channels), "some wait"
        stack.restart_bot()
        stack.wait(len(acks), kind="slack", name=POST, ok=1, after=acks[0]["n"])
        assert [len(posted(stack, channel, f"`order {1001 + i}`")) for i, channel in enumerate(channels)] == [1] * 6


def second_bot(stack: Stack) -> Process:
    bot = Process("lookerbot-fcgi 2", [FCGI, "--listen", f"unix:{stack.folder}/second.sock,mode=0666"],
                  env=stack.environment(), cwd=stack.folder)
    stack.ended.append(bot)
    bot.wait_log("event=started")
    return bot


def test_two_bots_on_one_state(mortal: Stack) -> None:
    other = second_bot(mortal)
    since, other_since = log_end(mortal), len(other.lines)
    mortal.fault({"where": "looker", "match": "GET /dashboards/23", "do": "delay", "seconds": 0.2})
    channels = ("C0GENERAL", "C0SALES", "C0SUPPORT", "D0ADA", "C0RANDOM")
    acks = [taken(mortal.slash(f"order {1001 + i}", channel=channels[i % 5])) for i in range(10)]
    for i in range(10):
        found = mortal.wait(text=f"`order {1001 + i}`", ok=1, after=acks[0]["n"])
        assert found
    done = [line for lines in (mortal.bot.lines[since:], other.lines[other_since:]) for line in lines]
    assert not [line for line in done if "level=error" in line]
    assert [len(posted(mortal, channels[i % 5], f"`order {1001 + i}`")) for i in range(10)] == [1] * 10

    # Killed with a job in its hands: the other has it within seconds, without a restart.
    other.stop()
    mortal.fault({"where": "looker", "match": "GET /dashboards/21", "do": "hang", "seconds": 60, "times": 1})
    ack = taken(mortal.slash("sales EMEA"))
    mortal.wait(kind="looker", name="GET /dashboards/21", done=0, after=ack["n"])
    other = second_bot(mortal)
    mortal.kill_bot()
    killed = time.monotonic()
    mortal.answer(ack)
    assert time.monotonic() - killed < 8, "it looks every 2 s"
    assert other.wait_log("event=job_done .*kind=command")
    assert len(posted(mortal, text="`sales EMEA`")) == 1
    other.stop()


def shimmed(make_stack: Callable[..., Stack], **settings: str) -> Stack:
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    return make_stack(settings={"LD_PRELOAD": str(SHIM), **settings})


def test_job_that_kills_its_worker_every_time(make_stack: Callable[..., Stack]) -> None:
    with shimmed(make_stack, SHIM_KILL_TEXT="KILLME").running() as stack, Supervisor(stack) as supervisor:
        warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/2", "do": "delay", "seconds": 0.3})
        channels = ("C0SALES", "C0SUPPORT", "D0ADA", "C0RANDOM")
        neighbours = [taken(stack.slash(f"order {1001 + i}", channel=channel)) for i, channel in enumerate(channels)]
        killer = taken(stack.slash("sales region=KILLME"))
        for i, channel in enumerate(channels):
            answer = stack.wait(text=f"`order {1001 + i}`", ok=1, after=neighbours[0]["n"], timeout=40)
            assert len(posted(stack, channel, f"`order {1001 + i}`")) == 1, answer
        told(stack, killer, "the bot's process died 4 times while it worked on this", timeout=40)
        reason = stack.log_contains("event=job_dead .*the bot's process died 4 times")[0]
        assert "level=error" in reason
        assert supervisor.restarts == 2, "then it ran in a process of its own"
        assert stack.bot_log().count("event=suspect_died") == 2
        assert len(calls(stack, killer, "GET /dashboards/21")) == 4
        # The bot lives on.
        stack.clear_faults()
        assert "`revenue today`" in words(stack.answer(taken(stack.slash("revenue today"))))
        with database(stack) as db:
            assert db.execute("SELECT count(*), max(deaths) FROM jobs WHERE state = 3").fetchone() == (1, 4)


def test_no_acknowledgement_before_the_disk_has_it(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with shimmed(make_stack, SHIM_SYNC_GATE=str(gate)).running() as stack:
        warm(stack)
        os.mkfifo(gate)
        results: list[dict[str, Any]] = []
        typing = threading.Thread(target=lambda: results.append(stack.slash("order 1001", timeout=20)))
        typing.start()
        sent = stack.wait(kind="slash", name="/looker order 1001", done=0)[0]
        never(stack, 1.0, kind="slash", after=sent["n"] - 1)  # done only: no answer within a second
        assert not results and stack.http("GET", "/health_check").status == 200
        opened = os.open(gate, os.O_WRONLY)  # returns when fdatasync stands at the gate
        gate.unlink()
        os.close(opened)
        typing.join(15)
        assert results and taken(results[0])["elapsed_ms"] >= 1000
        assert "`order 1001`" in words(stack.answer(results[0]))
