"""Looker's bad days: gone, slow, busy, refusing, talking nonsense. The asker gets the answer, or is told why not."""
from __future__ import annotations

import json
import time
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from badday import Host, age_catalogue, calls, gaps, kinds, posted, quiet_channel, taken, told, warm, words
from stack import Stack

TRIES = 5  # of common/bot/job.c, with these pauses between them
STEPS_S = (1, 3, 8, 20)


def host(stack: Stack) -> str:
    """How the bot names this Looker to people."""
    assert stack.sandbox is not None
    return urlsplit(stack.sandbox.settings["LOOKER_URL"]).netloc


def tries(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what came at once after the call before: libcurl's second sending on a new connection."""
    return [one for one, gap in zip(records, [1.0, *gaps(records)]) if gap > 0.5]


def keeps_steps(records: list[dict[str, Any]], count: int = 0) -> bool:
    """Each try came after the pause that common/bot/job.c says, and there were as many as it says."""
    pauses = gaps(records)
    assert not count or len(records) == count, pauses
    assert all(pause >= step - 0.02 for pause, step in zip(pauses, STEPS_S)), pauses
    return True


def test_comes_back_within_the_tries(stack: Stack) -> None:
    warm(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "html", "status": 502, "times": 2},
                {"where": "looker", "match": "GET /dashboards/22", "do": "down", "times": 2},
                {"where": "looker", "match": "GET /dashboards/26", "do": "truncate", "times": 1},
                {"where": "looker", "match": "GET /dashboards/34", "do": "hang", "seconds": 0.2, "times": 1})
    channels = {"sales": "C0GENERAL", "sales by product": "C0SALES", "new customers": "C0SUPPORT",
                "lost parcels": "D0ADA"}
    acks = {text: taken(stack.slash(text, channel=channel)) for text, channel in channels.items()}
    for text, channel in channels.items():
        answer = stack.wait(kind="slack", name="chat.postMessage", channel=channel, ok=1, after=acks[text]["n"])
        assert f"`{text}`" in words(answer[0]["body"])
    asked = calls(stack, acks["sales"], "GET /dashboards/21")
    assert len(asked) == 3 and keeps_steps(asked)
    # What was kept alive and is cut under a GET is asked again at once, on a new connection.
    for number in (22, 26, 34):
        assert 2 <= len(calls(stack, acks["sales"], f"GET /dashboards/{number}")) <= 3
    assert stack.records(kind="hook") == [], "nobody was told of trouble that passed"


def test_not_listening_at_first(make_stack: Callable[..., Stack]) -> None:
    """The bot starts before its Looker does."""
    away = Host()
    address = {"LOOKER_API_BASE_URL": f"http://127.0.0.1:{away.port}/api/4.0"}
    with make_stack(settings=address).running() as stack:
        ack = taken(stack.slash("sales EMEA"))
        stack.log_contains("event=job_later .*it takes no connection")
        away.open(urlsplit(stack.sandbox.settings["LOOKER_API_BASE_URL"]).port)
        assert "data_table" in kinds(stack.answer(ack))
        away.close()


def test_stays_broken(make_stack: Callable[..., Stack]) -> None:
    """All that lasts at once, since each takes the 32 s of the five tries."""
    away = Host()
    with make_stack().running() as plain:  # for the sandbox's settings only
        one = plain.sandbox.settings
        lookers = [{"url": one["LOOKER_URL"], "apiBaseUrl": one["LOOKER_API_BASE_URL"],
                    "clientId": one["LOOKER_API_CLIENT_ID"], "clientSecret": one["LOOKER_API_CLIENT_SECRET"],
                    "customCommandFolderId": folder} for folder in ("40", "11")]
        lookers[1]["url"] = f"http://127.0.0.1:{away.port}"
        lookers[1]["apiBaseUrl"] = f"http://127.0.0.1:{away.port}/api/4.0"
        plain.stop_bot()
        away.open(urlsplit(one["LOOKER_URL"]).port)
        plain.settings = {"LOOKERS": json.dumps(lookers), **{name: None for name in one if name.startswith("LOOKER_")}}
        stack = plain
        stack.restart_bot()
        taken(stack.slash("campaigns", channel="D0ADA"))
        stack.wait(kind="slack", name="chat.postMessage", channel="D0ADA", text="campaigns")
        taken(stack.slash("revenue today", channel="D0ADA"))
        stack.wait(kind="slack", name="chat.postMessage", channel="D0ADA", text="revenue today")
        away.close()
        stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "down"},
                    {"where": "looker", "match": "GET /dashboards/22", "do": "html", "status": 503},
                    {"where": "looker", "match": "GET /dashboards/26", "do": "truncate"},
                    {"where": "looker", "match": "GET /dashboards/34", "do": "ratelimit", "retry_after": None,
                     "times": 1})
        began = time.time()
        sales = taken(stack.slash("sales EMEA"))
        page = taken(stack.slash("sales by product"))
        half = taken(stack.slash("new customers"))
        nobody = taken(stack.slash("campaigns"))
        busy = taken(stack.slash("lost parcels", channel="C0SALES"))

        told(stack, sales, "sales EMEA`: “Sales”", f"Looker at {host(stack)}", "connection broke", timeout=60)
        said = told(stack, page, "“Sales by product”", f"Looker at {host(stack)}", "HTTP 503: 502 Bad Gateway")
        assert "center" not in said and "h1" not in said
        told(stack, half, "“New customers”", "connection broke within the answer")
        told(stack, nobody, "“Campaigns”", f"127.0.0.1:{away.port}", "it takes no connection")
        assert time.time() - began >= sum(STEPS_S), "they were given their tries"
        for number in (21, 22, 26):
            assert keeps_steps(tries(calls(stack, sales, f"GET /dashboards/{number}")), TRIES)
        stack.log_contains("event=job_dead", 4)
        assert posted(stack) == []
        # A 429 without Retry-After: half a minute, then the answer.
        stack.wait(kind="slack", name="chat.postMessage", channel="C0SALES", ok=1, after=busy["n"], timeout=30)
        assert gaps(calls(stack, busy, "GET /dashboards/34"))[0] >= 30


PAGE = {"do": "html", "status": 200}
NO_JSON = {"do": "garbage"}
NOTHING = {"do": "empty"}
REFUSED = {"do": "status", "status": 404, "body": {"message": "Not found"}}
LOST = {"do": "status", "status": 404, "body": {"message": "Not found"}}


@pytest.mark.parametrize("match, fault, parts", [
    ("POST /login", PAGE, ("login", "web page instead of data")),
    ("POST /login", NO_JSON, ("login", "cannot be read")),
    ("POST /login", REFUSED, ("refused the client id and secret",)),
    ("GET /dashboards/21", PAGE, ("“Sales”", "web page instead of data")),
    ("GET /dashboards/21", {"do": "html", "status": 404}, ("web page instead of data",)),
    ("GET /dashboards/21", NOTHING, ("“Sales”", "cannot be read")),
    ("POST /queries", PAGE, ("web page instead of data",)),
    ("POST /queries", NO_JSON, ("cannot be read",)),
    ("POST /queries", {"do": "status", "status": 422, "body": {
        "message": "Validation Failed", "errors": [{"field": "model", "message": "must be specified"}]}},
     ("“Sales”", "Validation Failed: model: must be specified")),
    ("GET /queries/", PAGE, ("web page instead of data",)),
    ("GET /queries/", NO_JSON, ("cannot be read",)),
    ("GET /queries/", {"do": "error", "code": "The query is too big"}, ("“Sales”", "The query is too big")),
    ("GET /queries/", {"do": "status", "status": 403, "body": {"message": "No access to model"}},
     ("No access to model",)),
    ("GET /dashboards/21", {"do": "ratelimit", "retry_after": 300}, ("takes no more calls",)),
], ids=lambda value: value if isinstance(value, str) else value.get("do") if isinstance(value, dict) else "")
def test_what_no_try_can_mend_is_told_at_once(stack: Stack, match: str, fault: dict[str, Any],
                                              parts: tuple[str, ...]) -> None:
    if match != "POST /login":
        warm(stack)
    stack.fault({"where": "looker", "match": match, **fault})
    ack = taken(stack.slash("sales EMEA"))
    told(stack, ack, f"Looker at {host(stack)}" if "query" not in parts[-1] else "“Sales”", *parts)
    assert len(calls(stack, ack, match)) == 1, "asked once"
    assert posted(stack) == []
    stack.clear_faults()
    again = stack.answer(taken(stack.slash("sales EMEA", channel=quiet_channel())))
    assert "data_table" in kinds(again), "and the next command works"


def test_token_that_dies_in_the_middle(stack: Stack) -> None:
    warm(stack)
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "expire_token", "times": 1})
    ack = taken(stack.slash("sales EMEA"))
    assert "data_table" in kinds(stack.answer(ack))
    assert len(calls(stack, ack, "POST /login")) == 1
    assert [one["status"] for one in calls(stack, ack, "GET /queries/")] == [401, 200]


def test_token_that_is_refused_at_once(stack: Stack) -> None:
    warm(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "expire_token"})
    ack = taken(stack.slash("sales EMEA"))
    told(stack, ack, "the access token that it had just given was refused")
    assert len(calls(stack, ack, "POST /login")) == 1 and len(calls(stack, ack, "GET /dashboards/21")) == 2


def test_many_commands_and_one_login(stack: Stack) -> None:
    warm(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/23", "do": "expire_token", "times": 1},
                {"where": "looker", "match": "POST /login", "do": "delay", "seconds": 0.3, "times": 1})
    acks = [taken(stack.slash(f"order {1001 + i}", channel=channel))
            for i, channel in enumerate(("C0GENERAL", "C0SALES", "C0SUPPORT", "D0ADA"))]
    stack.wait(4, kind="slack", name="chat.postMessage", ok=1, after=acks[0]["n"])
    assert len(calls(stack, acks[0], "POST /login")) == 1


def test_deleted_dashboard(stack: Stack) -> None:
    channel = warm(stack)
    age_catalogue(stack, 120)
    warm(stack, channel)  # its second in the channel is longer than the bot goes without a look at the stored list
    stack.fault({"where": "looker", "match": "GET /dashboards/21", **LOST})
    ack = taken(stack.slash("sales EMEA"))
    told(stack, ack, "“Sales”", "not found, or the Looker account may not see it")
    stack.wait(kind="looker", name="GET /folders/40/dashboards", ok=1, after=ack["n"])


def test_the_databases_error_is_shown(stack: Stack) -> None:
    warm(stack)
    message = stack.answer(taken(stack.slash("legacy codes")))
    assert "does not exist" in words(message) and "data_table" not in kinds(message)


def test_busy_looker_is_left_alone_as_long_as_it_asks(stack: Stack) -> None:
    warm(stack)
    stack.fault({"where": "looker", "match": "GET /queries/", "do": "ratelimit", "retry_after": 3, "times": 1},
                {"where": "looker", "match": "POST /queries", "do": "ratelimit", "retry_after": 1, "times": 1})
    ack = taken(stack.slash("sales EMEA"))
    assert "data_table" in kinds(stack.answer(ack))
    ran, made = calls(stack, ack, "GET /queries/"), calls(stack, ack, "POST /queries")
    assert [one["status"] for one in ran] == [429, 200]
    assert gaps(ran)[0] >= 3 and gaps(made)[0] >= 1


def test_hung_looker_stops_nobody_else(make_stack: Callable[..., Stack]) -> None:
    with make_stack().running() as stack:
        warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/30", "do": "hang", "seconds": 600})
        acks = [taken(stack.slash("shop overview", user=user, channel="C0SALES"))
                for _ in range(30) for user in ("U0ADA", "U0BENJI")]
        stack.wait(60, kind="looker", name="GET /dashboards/30", done=0)
        assert stack.http("GET", "/health_check").status == 200
        ack = taken(stack.slash("sales EMEA"))
        assert "data_table" in kinds(stack.answer(ack))
        # Slack gives up after 3 s, and so does the fake one.
        assert max(one["elapsed_ms"] for one in (*acks, ack)) < 3000
        stack.kill_bot()


def test_every_worker_hung(make_stack: Callable[..., Stack]) -> None:
    """What is accepted waits, and the acknowledgements and the health check do not."""
    with make_stack(settings={"LOOKERBOT_WORKERS": "3"}).running() as stack:
        warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/30", "do": "delay", "seconds": 3, "times": 3})
        for _ in range(3):
            taken(stack.slash("shop overview", channel="C0SALES"))
        stack.wait(3, kind="looker", name="GET /dashboards/30", done=0)
        ack = taken(stack.slash("sales EMEA"))
        assert stack.http("GET", "/health_check").json() == {"success": True, "reason": "Healthy"}
        assert calls(stack, ack, "GET /dashboards/21") == []
        answer = stack.wait(kind="slack", name="chat.postMessage", channel="C0GENERAL", ok=1, after=ack["n"])
        assert "data_table" in kinds(answer[0]["body"])
        assert min(one["time"] + one["elapsed_ms"] / 1000 for one in stack.records(
            kind="looker", name="GET /dashboards/30")) < answer[0]["time"], "it waited for a worker"
