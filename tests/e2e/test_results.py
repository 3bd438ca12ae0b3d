"""Pivots and charts through the real programs: what Slack gets, and what a workspace without the newest blocks gets."""
from __future__ import annotations

from typing import Any

import pytest

from badday import calls, kinds, taken, words
from stack import Stack

CHART, TABLE = "data_visualization", "data_table"


def ask(stack: Stack, text: str, **more: Any) -> tuple[dict[str, Any], list[str]]:
    """The first message, and Slack's refusals before it."""
    ack = taken(stack.slash(text, **more))
    message = stack.answer(ack)
    return message, [one["answer"]["error"] for one in calls(stack, ack, "chat.postMessage", "slack")
                     if not one["answer"].get("ok")]


def block(message: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in message["blocks"] if one["type"] == kind)


def table(message: dict[str, Any], kind: str = TABLE) -> list[list[str]]:
    return [[cell.get("text") or words(cell) for cell in row] for row in block(message, kind)["rows"]]


def test_a_column_chart(stack: Stack) -> None:
    message, refused = ask(stack, "monthly revenue")
    assert refused == [] and TABLE not in kinds(message)
    chart = block(message, CHART)
    assert chart["title"].endswith("Revenue by Created Month") and chart["chart"]["type"] == "bar"
    axes, series = chart["chart"]["axis_config"], chart["chart"]["series"]
    assert len(axes["categories"]) >= 12 and axes["categories"] == sorted(axes["categories"])
    assert len(series) == 1 and all(point["value"] > 0 for point in series[0]["data"])
    assert "Looker shows this" not in words(message)


@pytest.mark.parametrize("refused, kind", [([CHART], TABLE), ([CHART, TABLE], "table")])
def test_without_charts_the_table_of_the_same_data(stack: Stack, refused: list[str], kind: str) -> None:
    chart = block(ask(stack, "monthly revenue")[0], CHART)["chart"]
    stack.workspace(refused_blocks=refused)
    message, faults = ask(stack, "monthly revenue")
    assert faults == ["invalid_blocks"] * len(refused)
    rows = table(message, kind)
    assert [row[0] for row in rows[1:]] == chart["axis_config"]["categories"]
    assert all(row[1].startswith("$") for row in rows[1:]), "numbers keep Looker's own format"
    message, faults = ask(stack, "monthly revenue", user="U0BENJI")
    assert kind in kinds(message) and faults == [], "the next one begins there"


def test_a_table_that_is_taken_says_nothing_about_charts(stack: Stack) -> None:
    unexplained = {"where": "slack", "match": "chat.postMessage", "do": "error", "code": "invalid_blocks", "times": 1,
                   "response_metadata": {"messages": []}}
    for _ in range(2):
        stack.fault(unexplained)
        assert TABLE in kinds(ask(stack, "monthly revenue")[0])
        assert TABLE in kinds(ask(stack, "sales EMEA")[0])
    message, faults = ask(stack, "monthly revenue")
    assert TABLE in kinds(message) and faults == []


def test_a_pivot(stack: Stack) -> None:
    message, refused = ask(stack, "orders by status and region")
    assert refused == []
    rows = table(message)
    assert rows[0][0] == "Status" and rows[0][-1] == "Total" and {"EMEA", "AMER", "∅"} <= set(rows[0])
    assert len(rows) > 3 and all(len(row) == len(rows[0]) for row in rows)
    assert "Total: " in words(message), "below the table, which can be sorted"
    for row in rows[1:]:
        numbers = [int(text.replace(",", "")) for text in row[1:] if text != "∅"]
        assert sum(numbers[:-1]) == numbers[-1]


def test_a_pivot_in_every_form(stack: Stack) -> None:
    for refused in ([TABLE], [TABLE, "table"], [TABLE, "table", "section", "context"]):
        stack.workspace(refused_blocks=refused)
        said = words(ask(stack, "orders by status and region")[0])
        assert "EMEA" in said and "Total" in said


def test_charts_by_setting(make_stack: Any) -> None:
    with make_stack(settings={"LOOKERBOT_CHARTS": "image"}).running() as stack:
        message, _ = ask(stack, "monthly revenue")
        assert CHART not in kinds(message) and TABLE in kinds(message)
    with make_stack(settings={"LOOKERBOT_CHARTS": "native"}).running() as stack:
        assert CHART in kinds(ask(stack, "monthly revenue")[0])
