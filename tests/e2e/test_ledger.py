"""What became of each delivery: `lookerbot jobs`, the App Home, and who is told when it fails for good."""
from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import time
from typing import Any, Callable, Iterator

import pytest

from badday import words
from stack import ASAN_LEAN, BUILD, Stack
from test_files import Peak
from test_home import forget, home
from test_hub import SETTINGS as HUB_SETTINGS, act, said
from test_schedules import SETTINGS, directory_is_read, knows_names, posted, text_of

TOOL = BUILD / "cli" / "lookerbot"

Make = Callable[..., Stack]


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with knows_names(SETTINGS) as stack:
        yield stack


@pytest.fixture
def posts(shared: Stack) -> Stack:
    shared.reset()
    with database(shared) as db:  # the sandbox numbers its schedules anew
        db.execute("DELETE FROM states WHERE key LIKE 'plan:%'")
    return shared


def jobs(stack: Stack, *what: Any, status: int = 0) -> str:
    """Runs the tool beside the bot."""
    done = subprocess.run([TOOL, "jobs", *map(str, what)], text=True, capture_output=True, timeout=60, check=False,
                          env=stack.environment(), cwd=stack.folder)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert "" == (done.stderr if status == 0 else done.stdout), done
    return done.stdout + done.stderr


def database(stack: Stack) -> Any:
    return contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10, isolation_level=None))


def job_of(stack: Stack, title: str) -> int:
    with database(stack) as db:
        rows = db.execute("SELECT id FROM jobs WHERE json_extract(about, '$.title') = ?", (title,)).fetchall()
    assert len(rows) == 1, rows
    return int(rows[0][0])


def ended(stack: Stack, job: int, how: str = "done") -> None:
    stack.log_contains(rf"event=job_{how} .*job={job} ")


def fields(shown: str) -> dict[str, str]:
    return dict(re.split(r"\s+", line, maxsplit=1) for line in shown.splitlines())


# lookerbot jobs

def test_what_was_posted(posts: Stack) -> None:
    posted(posts, posts.schedule(format="csv", title="Morning\tnumbers"))
    job = job_of(posts, "Morning\tnumbers")
    ended(posts, job)
    lines = jobs(posts).splitlines()
    assert lines[0].split() == ["JOB", "ACCEPTED", "STATE", "TRIES", "TO", "WHAT"]
    assert re.match(rf"{job} +20..-..-.. ..:.. UTC +done +1  #sales +Morning numbers \(CSV\)$", lines[1]), lines[1]
    shown = fields(jobs(posts, "show", job))
    assert shown["kind"] == "schedule" and shown["title"] == "Morning numbers" and shown["to"] == "#sales"
    assert shown["state"] == "done, tried 1 time" and shown["owner"] == "ada@acme-shop.example"
    assert shown["schedule"].startswith("86") and shown["link"].endswith("/looks/12") and "ended" in shown
    assert "data" not in shown and "reason" not in shown
    assert str(job) in jobs(posts, "list", "--state", "done", "--max", 1)
    assert "directory" in jobs(posts, "--all") and "directory" not in jobs(posts)


def test_a_dead_letter_goes_once_more(posts: Stack) -> None:
    posts.workspace(channels={"C0SALES": {"is_archived": True}})
    result = posts.schedule(title="Archived", format="csv")
    posted(posts, result, channel="D0ADA")
    job = job_of(posts, "Archived")
    ended(posts, job, "dead")
    assert re.search(rf"^{job} .* dead .*Archived \(CSV\): .*archived", jobs(posts, "--state", "dead"), re.M)
    assert re.fullmatch(r"\d+ bytes", fields(jobs(posts, "show", job))["data"])
    posts.workspace(channels={"C0SALES": {"is_archived": False}})
    assert jobs(posts, "retry", job) == f"job {job} is tried again now\n"
    assert "Archived" in text_of(posted(posts, result, channel="C0SALES"))
    ended(posts, job)
    assert f"job {job} is done" in jobs(posts, "retry", job, status=1)


def test_a_dead_letter_whose_data_is_gone(posts: Stack) -> None:
    posts.workspace(channels={"C0SALES": {"is_archived": True}})
    posted(posts, posts.schedule(title="Old", format="csv"), channel="D0ADA")
    job = job_of(posts, "Old")
    ended(posts, job, "dead")
    with database(posts) as db:  # as a week does
        db.execute("UPDATE jobs SET body = NULL, body_bytes = 0 WHERE id = ?", (job,))
    assert "its data is gone: Looker can send it again" in jobs(posts, "retry", job, status=1)
    assert fields(jobs(posts, "show", job))["data"] == "gone: it can be sent again from Looker"


def test_what_waits(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "chat.postMessage", "do": "error", "code": "token_revoked"})
    first = posts.schedule(title="Waits", format="csv")
    second = posts.schedule("/slack/post/channel/general", title="Not wanted", format="csv")
    one, two = job_of(posts, "Waits"), job_of(posts, "Not wanted")
    for job in (one, two):
        ended(posts, job, "later")
    # As if it had been away for long: nobody else takes them up meanwhile.
    with database(posts) as db:
        db.execute("UPDATE lanes SET next_ms = next_ms + 3600000 WHERE pending > 0 AND name LIKE 'slack:%'")
    assert "Slack does not accept my token" in jobs(posts, "--state", "waiting")
    assert jobs(posts, "cancel", two) == f"job {two} is cancelled: nobody is told\n"
    assert fields(jobs(posts, "show", two))["reason"] == "cancelled by the operator"
    assert "has ended already" in jobs(posts, "cancel", two, status=1)
    assert jobs(posts, "retry", one) == f"job {one} is tried again now\n"
    posts.clear_faults()
    posted(posts, first, text="Waits")
    assert not posts.records(kind="slack", name="chat.postMessage", text="Not wanted", ok=1, after=second["n"])


def test_wrong_words(posts: Stack, make_stack: Make) -> None:
    assert "there is no job 99999" in jobs(posts, "show", 99999, status=1)
    for line in (["frobnicate"], ["show"], ["show", "x"], ["retry", "1", "2"], ["--state"], ["--state", "odd"],
                 ["--max", "0"], ["--max"], ["cancel", "-1"]):
        assert "lookerbot: jobs " in jobs(posts, *line, status=2)
    empty = make_stack(sandbox=False, nginx=False, bot=False)
    assert "the bot has not run yet" in jobs(empty, status=1)
    assert not empty.state_dir.exists(), "it only looks"


# The App Home

def test_home_lists_ones_own(posts: Stack) -> None:
    posted(posts, posts.schedule(format="csv", title="Ada's <numbers>"))
    posts.workspace(channels={"C0SALES": {"is_archived": True}})
    posted(posts, posts.schedule(format="csv", title="Ada's lost one"), channel="D0ADA")
    ended(posts, job_of(posts, "Ada's lost one"), "dead")
    with database(posts) as db:
        assert db.execute("SELECT count(*) FROM jobs WHERE whose = 'ada@acme-shop.example'").fetchone()[0] >= 2
    forget(posts)
    text = words(home(posts, "U0ADA"))
    assert "*What Looker sent for you*" in text and "|Ada's &lt;numbers&gt;> to #sales – posted, " in text
    assert "Ada's lost one> to #sales – :warning: not posted, " in text and "archived" in text
    forget(posts)
    text = words(home(posts, "U0BENJI"))
    assert "Ask Looker" in text and "Ada's" not in text and "What Looker sent" not in text


# Who is told

def told(stack: Stack, title: str, after: int) -> list[str]:
    """Where a message with that title went, as far as Slack took it."""
    return [one["channel"] for one in stack.records(kind="slack", name="chat.postMessage", text=title, ok=1, after=after)]


def refuse_once(stack: Stack) -> None:
    stack.fault({"where": "slack", "match": "chat.postMessage", "do": "error", "code": "restricted_action", "times": 1})


def test_the_owner_and_not_the_channel(posts: Stack) -> None:
    refuse_once(posts)
    result = posts.schedule(title="For its owner", format="csv")
    ended(posts, job_of(posts, "For its owner"), "dead")
    assert told(posts, "For its owner", result["n"]) == ["D0ADA"]


def test_the_channel_when_nobody_knows_the_owner(posts: Stack) -> None:
    refuse_once(posts)
    result = posts.schedule(title="Nobody's", format="csv", owner="17")
    job = job_of(posts, "Nobody's")
    ended(posts, job, "dead")
    assert told(posts, "Nobody's", result["n"]) == ["C0SALES"]
    said = text_of(posts.conversation("C0SALES")[-1])
    assert "Nobody's>, which Looker sent, could not be posted here: " in said and "A workspace admin can change that" in said
    assert fields(jobs(posts, "show", job))["owner"] == "eva_m@acme-shop.example", "whom Slack does not know"


def test_the_channel_when_the_owner_cannot_be_reached(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "chat.postMessage", "do": "error", "code": "restricted_action", "times": 2})
    result = posts.schedule(title="Closed", format="csv")
    ended(posts, job_of(posts, "Closed"), "dead")
    assert told(posts, "Closed", result["n"]) == ["C0SALES"]


def test_nobody_is_told_twice_after_a_lost_answer(posts: Stack) -> None:
    posts.fault({"where": "slack", "match": "chat.postMessage", "do": "error", "code": "restricted_action", "times": 1},
                {"where": "slack", "match": "chat.postMessage", "do": "down", "after": True, "times": 1})
    result = posts.schedule(title="Told once", format="csv")
    ended(posts, job_of(posts, "Told once"), "dead")
    found = [one for channel in ("D0ADA", "C0SALES") for one in posts.conversation(channel) if "Told once" in json.dumps(one)]
    assert len(found) == 1, found
    assert told(posts, "Told once", result["n"]) in ([], ["D0ADA"])


def test_the_channel_when_nobody_in_looker_can_wait(make_stack: Make) -> None:
    with make_stack(settings={**HUB_SETTINGS, "LOOKERBOT_THREADS": "1"}).running() as stack:  # half of one is none
        directory_is_read(stack)
        refuse_once(stack)
        result = act(stack, "#sales", "Nobody reads it")
        assert said(result, True) == "Accepted: it will be sent to #sales."
        said_there = text_of(posted(stack, result, channel="C0SALES"))
        assert "Nobody reads it" in said_there and "could not be posted here: " in said_there


# A large workspace

LISTS = "conversations.list"


def read_names(stack: Stack) -> int:
    """Makes the reading of Slack's lists due that is to come in an hour."""
    with database(stack) as db:
        (job,), = db.execute("SELECT id FROM jobs WHERE kind = 'directory' AND state = 0").fetchall()
    jobs(stack, "retry", job)
    return int(job)


def pages_of_channels(stack: Stack) -> int:
    with database(stack) as db:
        (head,), = db.execute("SELECT value FROM states WHERE key = 'directory:head'").fetchall()
    return int(json.loads(head)["channels"]["pages"])


def test_twenty_thousand_channels(make_stack: Make) -> None:
    """They are read page by page in the background; whoever sends to a name that is known does not wait for that."""
    took = []
    with make_stack(settings={**SETTINGS, **ASAN_LEAN}).running() as stack:
        directory_is_read(stack)
        assert stack.bot is not None
        idle = stack.bot.memory_kb()
        last = stack.schedule(format="csv", title="Before")["n"]
        stack.workspace(more_channels=20_000)
        stack.fault({"where": "slack", "match": LISTS, "do": "delay", "seconds": 0.1, "times": 5},
                    {"where": "slack", "match": LISTS, "do": "ratelimit", "retry_after": 6, "times": 1})
        with Peak(stack) as peak:
            job = read_names(stack)
            stack.wait(kind="slack", name=LISTS, ok=0, after=last)
            for n in range(3):
                began = time.monotonic()
                assert stack.schedule(format="csv", title=f"Meanwhile {n}")["status"] == 200
                took.append(time.monotonic() - began)
            with database(stack) as db:
                assert db.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()[0] < 2, "it is still at it"
            stack.wait(3, kind="slack", name="chat.postMessage", text="Meanwhile", ok=1, after=last)
            stack.log_contains(rf"event=job_done .*job={job} ", timeout=60)
        pages = stack.records(kind="slack", name=LISTS, ok=1, after=last)
        assert len(pages) == pages_of_channels(stack) == 41, "none twice: it went on where Slack slowed it down"
        posted(stack, stack.schedule("/slack/post/channel/team-20000"), channel="C0MORE20000")
        assert min(took) < 1, took
        assert peak.kb < 5 * idle, f"{idle} kB at rest, {peak.kb} kB at most"
