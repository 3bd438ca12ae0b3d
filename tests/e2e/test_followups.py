"""What is written below an answer: csv, picture, again, region=EMEA, in a direct message or, to the bot, in a thread."""
from __future__ import annotations

import contextlib
from typing import Any, Callable

import pytest

from badday import calls, database, kinds, log_end, logged, posted, taken, words
from stack import Stack
from test_asker import regions
from test_commands import filters_asked
from test_files import content, shared, table as rows_of_file
from test_people import say
from test_pictures import image, renders
from test_show import footer

POST, UPDATE, ASK = "chat.postMessage", "chat.update", "POST /render_tasks/"
NOTHING = "There is no answer here that I could take further."


def asked(stack: Stack, text: str, channel: str = "D0ADA", **more: Any) -> dict[str, Any]:
    """An answer, once the bot has noted that it is the last one."""
    since = log_end(stack)
    ack = say(stack, text, channel=channel, **more)
    message = stack.wait(kind="slack", name=POST, ok=1, channel=channel, after=ack["n"])[0]["body"]
    logged(stack, since, "event=job_done .*kind=command ")
    return message


def followed(stack: Stack, text: str, channel: str = "D0ADA", **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What came of it: an answer, or a word."""
    ack = say(stack, text, channel=channel, **more)
    return ack, stack.wait(kind="slack", name=POST, ok=1, channel=channel, after=ack["n"])[0]["body"]


def file_of(stack: Stack, ack: dict[str, Any], channel: str) -> dict[str, Any]:
    stack.wait(kind="slack", name="chat.postEphemeral", ok=1, text="as a file", after=ack["n"], timeout=30)
    return shared(stack, channel)[-1]


# --- in a direct message

@pytest.mark.parametrize("text, region, period", [
    ("Region = EMEA", "EMEA", "last 7 days"),
    ("period=\"last 90 days\"", "APAC", "last 90 days"),
    ("REGION=", None, "last 7 days"),
    ("again", "APAC", "last 7 days"),
])
def test_the_same_query_changed(stack: Stack, text: str, region: str | None, period: str) -> None:
    asked(stack, "sales region=APAC period=\"last 7 days\"")
    ack, message = followed(stack, text)
    assert message["text"].startswith("Sales")
    filters = filters_asked(stack, ack)
    assert (filters.get("users.region") or None, filters["orders.created_date"]) == (region, period)
    assert f"Region: {region or 'any'} · Period: {period}" in footer(message) and "<@U0ADA> asked `" in footer(message)


def test_changes_add_up(stack: Stack) -> None:
    asked(stack, "sales")
    asked(stack, "region=EMEA")
    ack, message = followed(stack, "period=\"last 90 days\"")
    assert filters_asked(stack, ack)["users.region"] == "EMEA" and regions(message) == {"EMEA"}
    assert "/dashboards/21?Region=EMEA&amp;Period=last%2090%20days|Sales>" in words(message)


def test_a_name_that_is_none(stack: Stack) -> None:
    asked(stack, "sales EMEA")
    _, message = followed(stack, "colour=red")
    assert "there is no filter \"colour\". The filters are: Region, Period." in words(message)
    ack, message = followed(stack, "again")
    assert filters_asked(stack, ack)["users.region"] == "EMEA", "what was wrong is not the last answer"


def test_all_rows(stack: Stack) -> None:
    asked(stack, "sales region=EMEA")
    ack = say(stack, "CSV", channel="D0ADA")
    file = file_of(stack, ack, "D0ADA")
    rows = rows_of_file(content(file))
    assert len(rows) > 1 and {row[0] for row in rows[1:]} == {"EMEA"} and "thread_ts" not in file
    assert "Region: EMEA" in file["text"] and stack.records(kind="slack", name=POST, after=ack["n"]) == []


def test_looker_s_own_files(stack: Stack) -> None:
    asked(stack, "sales region=EMEA")
    ack = say(stack, "xlsx", channel="D0ADA")
    assert file_of(stack, ack, "D0ADA")["files"][0]["name"] == "Sales.xlsx"
    renders(stack, looks=1)
    ack = say(stack, "pdf", channel="D0ADA")
    stack.wait(kind="looker", name="POST /render_tasks/dashboards/21/pdf", ok=1, after=ack["n"], timeout=30)
    stack.settle()


def test_a_picture(stack: Stack) -> None:
    renders(stack, looks=1)
    asked(stack, "sales region=EMEA")
    ack = say(stack, "picture", channel="D0ADA")
    message = stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=40)[0]["body"]
    assert image(message)["alt_text"] == "Sales: a table" and "Region: EMEA" in footer(message)
    assert "data_table" in kinds(posted(stack, "D0ADA")[0]), "the answer stays as it is"


def test_several_at_once(stack: Stack) -> None:
    renders(stack, looks=1)
    asked(stack, "sales")
    ack, message = followed(stack, "region=EMEA csv picture")
    assert regions(message) == {"EMEA"}
    assert {row[0] for row in rows_of_file(content(file_of(stack, ack, "D0ADA")))[1:]} == {"EMEA"}
    drawn = stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=40)[0]["body"]
    assert image(drawn) and "Region: EMEA" in footer(drawn)


@pytest.mark.parametrize("text, follow, part", [
    ("show look 4", "again", "Look 4"),
    ("show dashboard 26", "region=APAC", "dashboard 26 · Region: APAC"),
    ("show look 16", "status=complete", "orders.status: complete"),
])
def test_looks_and_dashboards(stack: Stack, text: str, follow: str, part: str) -> None:
    asked(stack, text)
    assert part in footer(followed(stack, follow)[1])


def test_a_dashboard_of_several_tiles(stack: Stack) -> None:
    asked(stack, "shop overview")
    ack = say(stack, "csv", channel="D0ADA")
    body = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])[0]["body"]
    assert "has no rows of its own" in body["text"]
    renders(stack, looks=1)
    ack = say(stack, "picture", channel="D0ADA")
    assert image(stack.wait(kind="slack", name=UPDATE, ok=1, text="Shop overview: a dashboard of", after=ack["n"],
                            timeout=40)[0]["body"])
    (drawn,) = [one for one in calls(stack, ack, ASK) if one["name"] == "POST /render_tasks/dashboards/30/png"]
    assert int(drawn["query"]["height"]) > 800, "all of it"


# --- in a thread

def test_in_the_thread_of_an_answer(stack: Stack) -> None:
    """Whoever writes: with that person's rights, and for that thread's answer, not for the last one of the channel."""
    asked(stack, "@looker sales EMEA", "C0SALES")
    ts = posted(stack, "C0SALES")[-1]["ts"]
    asked(stack, "@looker revenue today", "C0SALES")
    ack, message = followed(stack, "@looker region=APAC", "C0SALES", thread_ts=ts, user="U0BENJI")
    assert message["thread_ts"] == ts and "<@U0BENJI> asked `region=APAC`" in footer(message)
    assert filters_asked(stack, ack)["users.region"] == "APAC"
    logged(stack, 0, "event=job_done .*kind=command ", 3)
    ack = say(stack, "@looker csv", channel="C0SALES", thread_ts=ts)
    file = file_of(stack, ack, "C0SALES")
    assert file["thread_ts"] == ts and {row[0] for row in rows_of_file(content(file))[1:]} == {"APAC"}


def test_nothing_to_follow_up(stack: Stack) -> None:
    for text in ("csv", "region=EMEA"):
        said = words(followed(stack, text)[1])
        assert NOTHING in said and "`region=EMEA`" in said
    asked(stack, "@looker sales", "C0SALES")
    _, message = followed(stack, "@looker again", "C0SALES")
    assert NOTHING in words(message), "not in a thread: nobody knows which answer is meant"
    ack = taken(stack.slash("csv", channel="C0SALES"))
    assert NOTHING in stack.answer(ack, "hook")["text"] and ack["body"] == "", "nor is it shown to all"


def test_what_only_one_person_saw_is_only_theirs(stack: Stack) -> None:
    stack.workspace(channels={"C0PARTNERS": {"members": ["U0ADA", "U0BENJI", "U0LOOKERBOT"]}})
    first = say(stack, "look at this", channel="C0PARTNERS")["ts"]
    since = log_end(stack)
    ack = say(stack, "@looker sales EMEA", channel="C0PARTNERS", thread_ts=first)
    stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])
    logged(stack, since, "event=job_done .*kind=command ")
    for user, expected in (("U0BENJI", NOTHING), ("U0ADA", "Region: EMEA")):
        ack = say(stack, "@looker again", channel="C0PARTNERS", thread_ts=first, user=user)
        body = stack.wait(kind="slack", ok=1, user=user, after=ack["n"], name="chat.post")[0]["body"]
        assert expected in words(body)


# --- precedence, age, ways

def test_commands_stay_commands(stack: Stack) -> None:
    asked(stack, "sales EMEA")
    _, message = followed(stack, "sals region=EMEA")
    assert "I do not know `sals region=EMEA`." in words(message), "nor is it a value"
    _, message = followed(stack, "revenue today")
    assert message["text"].startswith("Revenue today: $")


def test_too_old(stack: Stack) -> None:
    asked(stack, "sales")
    with contextlib.closing(database(stack)) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'key:%'")
    assert NOTHING in words(followed(stack, "again")[1])


def test_help_tells(stack: Stack) -> None:
    message = stack.answer(taken(stack.slash("help")), "hook")
    assert "To take an answer further, write in our direct messages" in words(message)
    assert "`csv`" in words(message) and "`region=EMEA`" in words(message)


def test_over_a_websocket(make_stack: Callable[..., Stack]) -> None:
    with make_stack(relay="socket").running() as stack:
        stack.message("sales region=EMEA", channel="D0ADA")
        stack.wait(kind="slack", name=POST, ok=1, channel="D0ADA", text="Region: EMEA")
        assert stack.relay is not None
        stack.relay.wait_log("event=job_done .*kind=command ")
        stack.message("region=APAC", channel="D0ADA")
        stack.wait(kind="slack", name=POST, ok=1, channel="D0ADA", text="Region: APAC")
