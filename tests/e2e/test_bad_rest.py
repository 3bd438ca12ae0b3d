"""The rest of the bad days: whoever answers too late, too slowly or too much, each way in which Slack says no, and a
machine whose disk, descriptors or clock fail. What the kernel would do is played by shim.c."""
from __future__ import annotations

import contextlib
import os
import re
import resource
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest

from badday import (by_hook, calls, database, kinds, log_end, logged, never, posted, quiet_channel, taken, told, warm,
                    words)
from stack import ROOT, SHIM, Stack

POST = "chat.postMessage"
CAP_MS = 2000  # how long a call may take while a test is impatient
JOB_S, SLACK_S = 600, 15  # of common/bot/job.h and reply.c


@pytest.fixture(scope="module")
def switches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files by which shim.c is told what goes wrong now."""
    return tmp_path_factory.mktemp("switches")


@pytest.fixture(scope="module")
def _odd(switches: Path) -> Iterator[Stack]:
    if not SHIM.exists():
        pytest.skip(f"{SHIM} is not there")
    names = ("SHIM_PATIENCE", "SHIM_READ_ONLY", "SHIM_CLOCK")
    with Stack(settings={"LD_PRELOAD": str(SHIM), **{name: str(switches / name) for name in names}}).running() as stack:
        warm(stack)
        yield stack


@pytest.fixture
def odd(_odd: Stack) -> Stack:
    _odd.reset()
    return _odd


@contextlib.contextmanager
def switched(file: Path, text: Any) -> Iterator[None]:
    file.with_suffix(".new").write_text(str(text))
    file.with_suffix(".new").rename(file)
    try:
        yield
    finally:
        file.unlink()


@pytest.fixture
def impatient(switches: Path) -> Iterator[None]:
    with switched(switches / "SHIM_PATIENCE", CAP_MS):
        yield


def asked(stack: Stack, ack: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The calls to Looker without those that only found that a reset of the sandbox forgets tokens."""
    return [one for one in calls(stack, ack, name) if one["status"] != 401]


def age_jobs(stack: Stack, seconds: int) -> None:
    """As if what is not answered yet had been typed that much earlier."""
    with contextlib.closing(database(stack)) as db:
        db.execute("UPDATE jobs SET created_ms = created_ms - ? WHERE state IN (0, 1)", (seconds * 1000,))


def tried_often(stack: Stack) -> None:
    """As if what waits to be sent again had failed four times by now."""
    with contextlib.closing(database(stack)) as db:
        changed = db.execute("UPDATE progress SET bytes = CAST(json_set(CAST(bytes AS TEXT), '$.tries', 4) AS BLOB)"
                             " WHERE json_extract(CAST(bytes AS TEXT), '$.tries') > 0").rowcount
    assert changed == 1


# Too late, too slow, too much

def test_each_call_has_its_deadline_and_a_slow_looker_its_time(odd: Stack, switches: Path) -> None:
    """120 s are well within the time that a call to Looker is given; a second job does not wait for the first."""
    log = switches / "SHIM_PATIENCE.log"
    log.write_text("")
    odd.fault({"where": "looker", "match": "GET /queries/", "do": "delay", "seconds": 3, "times": 1})
    slow = taken(odd.slash("sales EMEA", channel="C0SALES"))
    odd.wait(kind="looker", name="GET /queries/", done=0, after=slow["n"])
    quick = taken(odd.slash("order 1001", channel="C0SUPPORT"))
    odd.wait(kind="slack", name=POST, text="`order 1001`", ok=1, after=quick["n"])
    assert posted(odd, "C0SALES") == [], "the slow one is still being asked"
    answer = odd.wait(kind="slack", name=POST, channel="C0SALES", ok=1, after=slow["n"])[0]
    assert "data_table" in kinds(answer["body"])
    noted = [line.split(" ", 1) for line in log.read_text().splitlines()]
    looker = [int(ms) for ms, url in noted if "/api/4.0/" in url]
    slack = [int(ms) for ms, url in noted if url.endswith(POST)]
    assert len(looker) >= 4 and all(120_000 < ms <= JOB_S * 1000 for ms in looker), noted
    assert len(slack) == 2 and all(0 < ms <= SLACK_S * 1000 for ms in slack), noted


def test_half_open_and_a_byte_a_second_end_in_words(odd: Stack, impatient: None) -> None:
    """Looker takes the connection, reads, and never answers; or so slowly that it never ends."""
    odd.fault({"where": "looker", "match": "GET /dashboards/21", "do": "hang", "seconds": 600},
              {"where": "looker", "match": "GET /dashboards/22", "do": "drip", "seconds": 1})
    since = log_end(odd)
    silent = taken(odd.slash("sales EMEA", channel="C0SALES"))
    dripping = taken(odd.slash("sales by product", channel="C0SUPPORT"))
    odd.wait(2, kind="looker", name="GET /dashboards/2", done=0, after=silent["n"])
    other = taken(odd.slash("order 1001", channel="D0ADA"))
    odd.wait(kind="slack", name=POST, text="`order 1001`", ok=1, after=other["n"])
    logged(odd, since, "event=job_later .*did not answer in time", 2)
    age_jobs(odd, 200)
    told(odd, silent, "“Sales”", "did not answer in time")
    told(odd, dripping, "“Sales by product”", "did not answer in time")
    logged(odd, since, "event=job_dead .*did not answer in time", 2)
    assert 2 <= len(calls(odd, silent, "GET /dashboards/21")) <= 3


@pytest.mark.parametrize("do", ["endless", "bomb"])
def test_an_answer_without_end_is_cut_and_costs_no_memory(odd: Stack, do: str) -> None:
    assert odd.bot is not None
    odd.fault({"where": "looker", "match": "GET /queries/", "do": do, "times": 1},
              {"where": "looker", "match": "GET /dashboards/22", "do": do, "times": 1})
    Path(f"/proc/{odd.bot.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = odd.bot.memory_kb("VmHWM")
    result = taken(odd.slash("sales EMEA", channel=quiet_channel()))
    dashboard = taken(odd.slash("sales by product", channel=quiet_channel()))
    told(odd, result, "“Sales”", "larger than")
    told(odd, dashboard, "“Sales by product”", "larger than")
    assert odd.bot.memory_kb("VmHWM") - before < 64 * 1024, "256 MiB or more were sent"
    assert len(calls(odd, result, "GET /queries/")) == len(calls(odd, result, "GET /dashboards/22")) == 1, "asked once"
    again = taken(odd.slash("sales EMEA", channel="C0GENERAL"))
    odd.wait(kind="slack", name=POST, channel="C0GENERAL", ok=1, after=again["n"])


@pytest.mark.parametrize("content_type, good", [
    ("text/plain", True), ("application/octet-stream", True), ("application/json; charset=latin1", True),
    ("nonsense", True), ("text/html; charset=utf-8", False)])
def test_wrong_content_type(odd: Stack, content_type: str, good: bool) -> None:
    """Data is data whatever it is called, but a page is none."""
    warm(odd)
    odd.fault({"where": "looker", "match": "GET /dashboards/21", "do": "relabel",
               "headers": {"Content-Type": content_type}, "times": 1})
    ack = taken(odd.slash("sales EMEA", channel=quiet_channel()))
    if good:
        assert "data_table" in kinds(odd.answer(ack))
    else:
        assert "web page instead of data" in by_hook(odd, ack)["text"]
    assert [one["fault"] for one in calls(odd, ack, "GET /dashboards/21")] == ["relabel"]


# Slack is silent

@pytest.mark.parametrize("after", [False, True], ids=["lost", "posted"])
def test_slack_hangs_once(odd: Stack, impatient: None, after: bool) -> None:
    odd.fault({"where": "slack", "match": POST, "do": "hang", "seconds": 600, "times": 1, "after": after})
    since, channel = log_end(odd), "C0SALES"
    ack = taken(odd.slash("sales EMEA", channel=channel))
    odd.wait(kind="slack", name=POST, done=0, after=ack["n"])
    other = taken(odd.slash("order 1001", channel="D0ADA"))
    odd.wait(kind="slack", name=POST, channel="D0ADA", ok=1, after=other["n"])
    logged(odd, since, "event=job_later .*did not answer in time")
    logged(odd, since, "event=job_done .*kind=command", 2)
    assert len(posted(odd, channel)) == 1
    tried = [one for one in calls(odd, ack, POST, "slack") if one["body"]["channel"] == channel]
    assert len(tried) == (1 if after else 2)
    assert len(asked(odd, ack, "GET /dashboards/21")) == 1, "Looker is not asked again"


def test_slack_hangs_for_good(odd: Stack, impatient: None) -> None:
    odd.fault({"where": "slack", "match": "chat.", "do": "hang", "seconds": 600})
    since = log_end(odd)
    ack = taken(odd.slash("sales EMEA", channel="C0SUPPORT"))
    logged(odd, since, "event=job_later .*did not answer in time")
    tried_often(odd)
    message = by_hook(odd, ack)
    assert message["response_type"] == "in_channel" and "data_table" in kinds(message)
    assert len(calls(odd, ack, POST, "slack")) == 2


@pytest.mark.parametrize("after", [False, True], ids=["lost", "posted"])
@pytest.mark.parametrize("do", ["endless", "bomb"])
def test_slack_answers_without_end(odd: Stack, do: str, after: bool) -> None:
    """Such an answer may be a yes: it looks before it posts again."""
    odd.fault({"where": "slack", "match": POST, "do": do, "times": 1, "after": after})
    since = log_end(odd)
    ack = taken(odd.slash("sales EMEA", channel="D0ADA"))
    logged(odd, since, "event=job_later .*larger than")
    logged(odd, since, "event=job_done .*kind=command")
    assert len(posted(odd, "D0ADA")) == 1
    assert len(calls(odd, ack, POST, "slack")) == (1 if after else 2)


def test_response_url_hangs(odd: Stack, impatient: None) -> None:
    """Once: by the same way. For good: whispered."""
    since = log_end(odd)
    once = taken(odd.slash("help", channel="C0SALES"))
    by_hook(odd, once)
    odd.fault({"where": "hook", "do": "hang", "seconds": 600, "times": 1})
    ack = taken(odd.slash("help sales", channel="C0SALES"))
    logged(odd, since, "event=job_later .*did not answer in time")
    assert "Region" in words(by_hook(odd, ack))
    odd.fault({"where": "hook", "do": "hang", "seconds": 600})
    since = log_end(odd)
    ack = taken(odd.slash("help order", channel="C0SALES"))
    logged(odd, since, "event=job_later .*did not answer in time")
    tried_often(odd)
    whispered = odd.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])[0]["body"]
    assert "Order" in words(whispered) and whispered["user"] == "U0ADA"
    assert len(calls(odd, ack, "", "hook")) == 2
    assert posted(odd, "C0SALES") == []


# Slack says no

def classes() -> list[tuple[str, str, list[str]]]:
    """Each (kind, remedy) of the table, with its first and its last code."""
    table: dict[tuple[str, str], list[str]] = {}
    source = (ROOT / "common" / "slack" / "errors.c").read_text()
    for code, kind, remedy in re.findall(r'\{ "(\w+)", ERR_(\w+), (\w+),', source):
        table.setdefault((kind, remedy), []).append(code)
    table["BAD_REPLY", "unknown"] = ["a_code_of_next_year"]
    assert sum(len(codes) for codes in table.values()) > 150
    return [(kind, remedy, sorted({codes[0], codes[-1]})) for (kind, remedy), codes in table.items()]


PASSING = ("RATE_LIMITED", "TEMPORARY", "UNKNOWN")


@pytest.mark.parametrize("kind, remedy, codes", classes(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_way_in_which_slack_says_no(odd: Stack, kind: str, remedy: str, codes: list[str]) -> None:
    """It lasts: the answer comes through the response_url, and chat.postMessage is asked a few times at most."""
    for code in codes:
        odd.fault({"where": "slack", "match": "chat.", "do": "error", "code": code})
        since = log_end(odd)
        ack = taken(odd.slash("sales EMEA", channel=quiet_channel()))
        if kind in PASSING:
            logged(odd, since, f"event=job_later .*{code}")
            if kind == "RATE_LIMITED":
                age_jobs(odd, 120)  # nobody waits longer than that
            else:
                tried_often(odd)
        message = by_hook(odd, ack)
        assert message["response_type"] == "in_channel" and "Sales" in message["text"], message
        logged(odd, since, f"event=job_done .*{code}")
        tried = len(calls(odd, ack, POST, "slack"))
        assert 2 <= tried <= 4 if remedy == "SIMPLER" or kind in PASSING else tried == 1, (code, tried)
        assert len(asked(odd, ack, "GET /dashboards/21")) == 1, "Looker is not asked again"
        odd.clear_faults()


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "no_text", "a_code_of_next_year"])
def test_what_nobody_can_be_told_is_in_the_log(odd: Stack, code: str) -> None:
    odd.fault({"where": "slack", "match": "chat.", "do": "error", "code": code},
              {"where": "hook", "do": "error", "code": "expired_url"})
    since = log_end(odd)
    ack = taken(odd.slash("help", channel=quiet_channel()))
    dead = logged(odd, since, f"event=job_dead .*nobody could be told.*{code}")[0]
    assert "level=error" in dead
    assert len(calls(odd, ack, "", "hook")) == 1 and len(calls(odd, ack, "chat.", "slack")) == 1


# The machine

def test_disk_that_becomes_read_only(odd: Stack, switches: Path) -> None:
    """As after an error of the disk (a remount by hand is refused while the queue is open): what is accepted is
    kept and answered, what cannot be kept is not accepted, and nothing needs a restart."""
    odd.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 1, "times": 1})
    before = taken(odd.slash("sales EMEA", channel="C0SALES"))
    odd.wait(kind="looker", name="GET /dashboards/21", done=0, after=before["n"])
    since = log_end(odd)
    with switched(switches / "SHIM_READ_ONLY", 1):
        refused = taken(odd.slash("order 1001", channel="C0SUPPORT"))
        assert "I could not take this down" in refused["body"] and '"ephemeral"' in refused["body"]
        logged(odd, since, "event=request .*note=.not stored")
        assert odd.http("GET", "/health_check").status == 200
        never(odd, 0.5, kind="slack", name=POST, after=refused["n"])
    odd.wait(kind="slack", name=POST, channel="C0SALES", text="`sales EMEA`", ok=1, after=before["n"])
    after = taken(odd.slash("order 1002", channel="C0SUPPORT"))
    assert "could not take" not in after["body"]
    odd.wait(kind="slack", name=POST, text="`order 1002`", ok=1, after=after["n"])
    assert len(posted(odd, "C0SALES")) == 1 and posted(odd, "C0SUPPORT", "`order 1001`") == []
    assert len(asked(odd, before, "GET /dashboards/21")) == 1


def test_no_descriptors_left(odd: Stack) -> None:
    """The door waits until there are some again: whoever stands before it is let in, and what runs goes on."""
    assert odd.bot is not None
    pid, since = odd.bot.pid, log_end(odd)
    odd.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 0.5, "times": 1})
    before = taken(odd.slash("sales EMEA", channel="C0SALES"))
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    acks: list[dict[str, Any]] = []
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, limits[1]))
    try:
        typing = [threading.Thread(target=lambda i=i: acks.append(odd.slash(
            f"order {1001 + i}", channel=("C0SUPPORT", "D0ADA", "C0RANDOM")[i], timeout=20))) for i in range(3)]
        for one in typing:
            one.start()
        odd.wait(3, kind="slash", name="/looker order", done=0, after=before["n"])
        logged(odd, since, "event=accept .*Too many open files")
        assert acks == []
        start = cpu_ticks(pid)
        never(odd, 1.0, kind="slash", name="/looker order", after=before["n"])
        assert cpu_ticks(pid) - start < os.sysconf("SC_CLK_TCK") / 2, "it does not spin"
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    for one in typing:
        one.join(20)
    assert [ack["status"] for ack in acks] == [200] * 3
    for i in range(3):
        odd.wait(kind="slack", name=POST, text=f"`order {1001 + i}`", ok=1, after=before["n"])
    odd.wait(kind="slack", name=POST, text="`sales EMEA`", ok=1, after=before["n"])
    assert 1 <= len(odd.bot.wait_log("event=accept ", start=since)) <= 10 * 16, "complained of once a second"


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("jump_s", [3600, -3600], ids=["forward", "back"])
def test_clock_jumps_by_an_hour(odd: Stack, switches: Path, jump_s: int) -> None:
    """What waits for its second try, or for its channel's turn, neither expires nor waits for an hour; what is typed
    afterwards is answered; and the same again when the clock is put right."""
    warm(odd, "C0SALES")
    # A wait that begins before the jump and is over after it; the calls' deadlines know nothing of it.
    odd.fault({"where": "looker", "match": "GET /dashboards/21", "do": "status", "status": 503, "times": 1},
              {"where": "looker", "match": "GET /dashboards/22", "do": "delay", "seconds": 1.5, "times": 1})
    since = log_end(odd)
    waits = taken(odd.slash("sales EMEA", channel="C0SALES"))
    asks = taken(odd.slash("sales by product", channel="C0SUPPORT"))
    odd.wait(kind="looker", name="GET /dashboards/22", done=0, after=waits["n"])
    logged(odd, since, "event=job_later .*HTTP 503")
    with switched(switches / "SHIM_CLOCK", jump_s):
        for ack, channel, text in ((waits, "C0SALES", "sales EMEA"), (asks, "C0SUPPORT", "sales by product")):
            answer = odd.wait(kind="slack", name=POST, channel=channel, text=f"`{text}`", ok=1, after=ack["n"])
            assert "data_table" in kinds(answer[0]["body"])
        for number, channel in ((1001, "C0SALES"), (1002, "C0SALES"), (1003, "C0SUPPORT")):
            ack = taken(odd.slash(f"order {number}", channel=channel, timestamp_offset=jump_s))
            odd.wait(kind="slack", name=POST, channel=channel, text=f"`order {number}`", ok=1, after=ack["n"])
        assert "*Shortcuts*" in words(by_hook(odd, taken(odd.slash("help", timestamp_offset=jump_s))))
        assert odd.slash("help")["status"] == 401, "by this clock Slack's signature is an hour off"
    for number, channel in ((1004, "C0SALES"), (1005, "C0SUPPORT")):
        ack = taken(odd.slash(f"order {number}", channel=channel))
        odd.wait(kind="slack", name=POST, channel=channel, text=f"`order {number}`", ok=1, after=ack["n"])
    assert len(asked(odd, waits, "GET /dashboards/21")) == 2 and len(asked(odd, waits, "GET /dashboards/22")) == 1
    assert odd.records(kind="hook", ok=1, after=waits["n"])[1:] == [], "but help nothing was told"
