"""The ladder of forms: data_table, table, aligned text, text. What a workspace refuses, and what it then takes."""
from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest

from badday import by_hook, calls, kinds, posted, taken, words
from stack import Stack

POST = "chat.postMessage"
NO_BLOCKS = ["data_table", "table", "section", "context", "header", "rich_text"]
FORMS = [[], ["data_table"], ["data_table", "table"], NO_BLOCKS]
NAMES = ["data_table", "table", "monospace", "text"]


def form(message: dict[str, Any]) -> str:
    for kind in ("data_table", "table"):
        if kind in kinds(message):
            return kind
    return "monospace" if kinds(message) else "text"


def ask(stack: Stack, text: str = "sales EMEA", **more: Any) -> tuple[dict[str, Any], list[str]]:
    """The message, and Slack's refusals before it."""
    ack = taken(stack.slash(text, **more))
    message = stack.answer(ack)
    return message, [one["answer"]["error"] for one in calls(stack, ack, POST, "slack") if not one["answer"].get("ok")]


def refusal(pointer: str) -> dict[str, Any]:
    messages = [f"[ERROR] something is wrong [json-pointer:{pointer}]"] if pointer else []
    return {"where": "slack", "match": POST, "do": "error", "code": "invalid_blocks", "times": 1,
            "response_metadata": {"messages": messages}}


@pytest.mark.parametrize("step", range(4), ids=NAMES)
def test_each_step_and_that_it_is_remembered(stack: Stack, step: int) -> None:
    stack.workspace(refused_blocks=FORMS[step])
    message, refused = ask(stack)
    assert form(message) == NAMES[step] and "Spain" in words(message)
    assert refused == ["invalid_blocks"] * step
    message, refused = ask(stack, user="U0BENJI")
    assert (form(message), refused) == (NAMES[step], []), "the next message begins where the last one got to"
    assert len(posted(stack)) == 2


def test_the_response_url_begins_there_too(stack: Stack) -> None:
    stack.workspace(refused_blocks=["data_table"])
    ask(stack)
    ack = taken(stack.slash("sales EMEA", channel="C0BOARD"))
    assert form(by_hook(stack, ack)) == "table" and len(calls(stack, ack, "", "hook")) == 1


def test_other_processes_know(make_stack: Any) -> None:
    with make_stack().running() as stack:
        stack.workspace(refused_blocks=["data_table"])
        ask(stack)
        stack.stop_bot()
        assert "blocks_refused=1" in stack.bot_log() and "forms_lowered=1" in stack.bot_log()
        stack.restart_bot()
        assert ask(stack)[1] == []


def test_what_one_message_holds_lowers_nothing_for_others(stack: Stack) -> None:
    for _ in range(3):
        stack.fault(refusal("/blocks/1/rows/2/0/text"))
        message, refused = ask(stack)
        assert (form(message), refused) == ("table", ["invalid_blocks"])
    assert form(ask(stack)[0]) == "data_table"


def test_an_unexplained_refusal_counts_from_the_second_in_a_row(stack: Stack) -> None:
    for _ in range(2):
        stack.fault(refusal(""))
        assert form(ask(stack)[0]) == "table"
        assert form(ask(stack)[0]) == "data_table", "a message that is taken breaks the row"
    for _ in range(2):
        stack.fault(refusal(""))
        assert form(ask(stack)[0]) == "table"
    message, refused = ask(stack)
    assert (form(message), refused) == ("table", [])


def test_a_message_without_a_table_teaches_and_tries_no_table(stack: Stack) -> None:
    stack.workspace(refused_blocks=["section"])
    message, refused = ask(stack, "revenue today")
    assert (form(message), refused) == ("text", ["invalid_blocks"])
    stack.workspace(refused_blocks=[])
    assert form(ask(stack)[0]) == "data_table"


def test_a_table_of_the_older_kind(stack: Stack) -> None:
    stack.workspace(refused_blocks=["data_table"])
    message, _ = ask(stack, "big orders >100")
    table = next(block for block in message["blocks"] if block["type"] == "table")
    assert len(table["rows"]) == 100 and len(table["column_settings"]) == len(table["rows"][0])
    assert {"align": "right"} in table["column_settings"]
    assert "First 99 of 200 rows." in words(message)


def width(text: str) -> int:
    """Columns on a fixed-width display, for what the sandbox's data hold."""
    text = re.sub("[\u200d\u2068\u2069\ufe0f\u0301]", "", text.replace("👩‍👩‍👧‍👦", "👩").replace("🇩🇪", "👩").replace("⚠️", "👩"))
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@pytest.mark.parametrize("step", range(4), ids=NAMES)
def test_hostile_comments_in_every_form(stack: Stack, step: int) -> None:
    """The sandbox refuses stray marks and anything above Slack's limits; nothing pings."""
    stack.workspace(refused_blocks=FORMS[step])
    message, refused = ask(stack, "customer comments")
    assert form(message) == NAMES[step] and refused == ["invalid_blocks"] * step
    seen = posted(stack)[-1]
    assert seen["_pings"] == [] and "<!channel>" not in message["text"]
    said = words(message)
    for steering in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067":
        assert steering not in said
    for expected in ("👩‍👩‍👧‍👦 🇩🇪", "ありがとう", "שלום 12", "please hurry"):
        assert expected in said
    if step >= 2:
        assert "\u2068שלום 12 &lt; 34\u2069" in said and "<!channel>" not in said and "<@U0ADA> is" not in said


def test_columns_stay_aligned(stack: Stack) -> None:
    stack.workspace(refused_blocks=["data_table", "table"])
    message, _ = ask(stack, "customer comments")
    fences = re.findall("```\n(.*?)```", words(message), re.DOTALL)
    lines = "".join(fences).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").splitlines()
    rule = next(line for line in lines if set(line) == {"-", " "})
    gaps = [found.start() for found in re.finditer("  ", rule)]
    checked = 0
    for line in lines:
        if line.startswith("…"):
            continue
        column = 0
        for char in re.findall("👩‍👩‍👧‍👦|🇩🇪|⚠️|e\u0301|.", line):
            if column in gaps:
                assert char in " \u2069\u2068", f"no gap at {column}: {line!r}"
            column += width(char)
        checked += 1
    assert checked > 20 and gaps
