"""What a person types and what comes back: through nginx, the programs, and strict fakes of Slack and Looker."""
from __future__ import annotations

from typing import Any

import pytest

from stack import Stack


def words(message: dict[str, Any]) -> str:
    """All text of a message, as one string."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("text", "caption") and isinstance(inner, str):
                    found.append(inner)
                else:
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)
    collect(message)
    return "\n".join(found)


def blocks(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in message.get("blocks", []) if block["type"] == kind]


def table(message: dict[str, Any]) -> list[list[str]]:
    """The rows of the message's data_table as shown, header first."""
    def shown(cell: dict[str, Any]) -> str:
        return cell["text"] if "text" in cell else words(cell)
    return [[shown(cell) for cell in row] for row in blocks(message, "data_table")[0]["rows"]]


def filters_asked(stack: Stack, ack: dict[str, Any]) -> dict[str, str]:
    return stack.records(kind="looker", name="POST /queries", after=ack["n"])[-1]["body"]["filters"]


def ask(stack: Stack, text: str, kind: str = "slack", **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The acknowledgement and the message; Slack must have taken everything at the first try."""
    ack = stack.slash(text, **more)
    assert (ack["status"], ack["error"]) == (200, None)
    message = stack.answer(ack, kind)
    assert stack.records(kind="slack", ok=0, after=ack["n"]) == []
    assert stack.records(kind="hook", ok=0, after=ack["n"]) == []
    return ack, message


def test_help_lists_commands_for_the_asker_alone(stack: Stack) -> None:
    ack, message = ask(stack, "help", "hook")
    assert ack["body"] == "", "help is not echoed to the channel"
    assert message["response_type"] == "ephemeral"
    shown = words(message)
    for expected in ("*Shortcuts*", "*Customers*", "*Operations*", "*Trends*", "|Sales>", "_Region; Period_",
                     "/looker find", "To add your own commands", "|Slack commands>"):
        assert expected in shown
    assert "Board numbers" not in shown and "Drafts" not in shown


def test_unknown_words_get_a_guess_and_help(stack: Stack) -> None:
    _, message = ask(stack, "sals by prodct", "hook")
    assert "I do not know `sals by prodct`" in words(message)
    assert "Did you mean `sales by product`" in words(message)
    assert "*Shortcuts*" in words(message)


def test_two_filters_by_name(stack: Stack) -> None:
    ack, message = ask(stack, 'sales region=EMEA period="last 7 days"')
    assert ack["body"] == '{"response_type":"in_channel"}', "a known command is echoed"
    asked = filters_asked(stack, ack)
    assert asked["users.region"] == "EMEA" and asked["orders.created_date"] == "last 7 days"
    rows = table(message)
    assert rows[0][:3] == ["Region", "Country", "Orders"]
    assert len(rows) > 1 and all(row[0] == "EMEA" for row in rows[1:])
    footer = words(blocks(message, "context")[-1])
    for expected in ("<@U0ADA> asked", "Region: EMEA", "Period: last 7 days", "as the bot’s Looker account",
                     f"{len(rows) - 1} row"):
        assert expected in footer
    assert "/dashboards/21?Region=EMEA&amp;Period=last%207%20days|Sales>" in words(message)


@pytest.mark.parametrize("text, region, period", [
    ("sales EMEA", "EMEA", "30 days"),  # to what can take it; the rest keeps its default
    ("SALES EMEA; last 30 days", "EMEA", "last 30 days"),
    ("sales ; last 30 days", None, "last 30 days"),  # an empty position keeps the default
    ("sales period=“this year”", None, "this year"),  # smart quotes are quotes
    ("sales Period = this year", None, "this year"),
    ("*sales* EMEA,APAC", "EMEA,APAC", "30 days"),  # pasted in bold; a comma is Looker's "or"
    ("sales", None, "30 days"),
])
def test_values_reach_their_filters(stack: Stack, text: str, region: str | None, period: str) -> None:
    ack = stack.slash(text)
    stack.answer(ack)
    asked = filters_asked(stack, ack)
    assert (asked.get("users.region"), asked["orders.created_date"]) == (region, period)


@pytest.mark.parametrize("text, sentence", [
    ("sales period=yesterdayish", "Period"),
    ("sales colour=red", "Region"),
    ("sales a; today; b", "only 2 filters for them: Region; Period"),
    ("sales region={{ _user_attributes['x'] }}", "{{"),
    ("big orders lots", "Total"),
])
def test_values_that_cannot_be_are_explained_to_the_asker(stack: Stack, text: str, sentence: str) -> None:
    ack = stack.slash(text)
    message = stack.answer(ack, "hook")
    assert message["response_type"] == "ephemeral" and sentence in words(message)
    assert stack.records(kind="looker", name="POST /queries", after=ack["n"]) == []


def test_a_required_filter_is_asked_for(stack: Stack) -> None:
    _, message = ask(stack, "customer", "hook")
    assert message["response_type"] == "ephemeral"
    assert "needs a value for *Customer*" in words(message) and "/looker customer Customer=" in words(message)


def test_the_longest_title_wins_at_a_words_end(stack: Stack) -> None:
    ack = stack.slash("sales by product Tea")
    assert words(stack.answer(ack)).startswith("Sales by product")
    ack = stack.slash("salesmen", user="U0BENJI")
    assert "I do not know" in words(stack.answer(ack, "hook"))


@pytest.mark.parametrize("text", ["board numbers", "Board numbers [hidden]", "draft margins"])
def test_hidden_commands_work(stack: Stack, text: str) -> None:
    _, message = ask(stack, text)
    assert blocks(message, "data_table")


def test_single_value(stack: Stack) -> None:
    _, message = ask(stack, "revenue today")
    assert message["text"].startswith("Revenue today: $")
    assert not blocks(message, "data_table")


def test_one_record_is_fields(stack: Stack) -> None:
    _, message = ask(stack, "order 1003")
    fields = [field["text"] for block in blocks(message, "section") for field in block.get("fields", [])]
    assert any("1003" in field or "1,003" in field for field in fields) and len(fields) > 3


def test_many_rows_say_first_200(stack: Stack) -> None:
    ack, message = ask(stack, "big orders >100")
    assert len(table(message)) == 201
    assert "irst 200" in words(message)
    assert all(len(row) == len(table(message)[0]) for row in table(message))


def test_nothing_in_a_cell_pings_links_or_formats(stack: Stack) -> None:
    ack, message = ask(stack, "customer comments")
    assert "<!channel>" in "\n".join(sum(table(message), [])), "raw_text is literal: shown as it is"
    posted = [m for m in stack.conversation() if m.get("_via") == "chat.postMessage"]
    assert posted[-1]["_pings"] == []
    assert "<!channel>" not in message["text"]


@pytest.mark.parametrize("text, what", [
    ("how we count", "without data tiles"),
    ("orders against sign-ups", "a merged result"),
])
def test_what_has_no_form_is_one_line_with_the_link(stack: Stack, text: str, what: str) -> None:
    _, message = ask(stack, text)
    assert what in words(message) and "/dashboards/" in words(message)
    assert not blocks(message, "data_table")


def test_no_rows_and_the_databases_error_are_said(stack: Stack) -> None:
    _, message = ask(stack, "lost parcels")
    assert "No results" in words(message)
    ack = stack.slash("legacy codes", user="U0BENJI")
    assert "does not exist" in words(stack.answer(ack))


@pytest.mark.parametrize("text, first, kind", [
    ("find ordres by status", "Orders by status", "looks"),
    ("find look orders per month", "Orders per month", "looks"),
    ("find dashboard sales by product", "Sales by product", "dashboards"),
    ("Find DASHBOARDS sales by product", "Sales by product", "dashboards"),
])
def test_find_ranks_titles(stack: Stack, text: str, first: str, kind: str) -> None:
    _, message = ask(stack, text)
    hits = [line for line in message["text"].split("\n") if line.startswith("•")]
    assert 1 <= len(hits) <= 5
    assert f"/{kind}/" in hits[0] and f"|{first}>" in hits[0]


def test_find_without_a_hit_and_without_words(stack: Stack) -> None:
    _, message = ask(stack, "find xylophone quartz")
    assert "No Looks or dashboards match" in words(message) or "match `xylophone quartz`" in words(message)
    _, message = ask(stack, "find", "hook")
    assert "What shall I look for" in words(message)


def test_where_the_bot_may_not_post_the_answer_comes_by_response_url(stack: Stack) -> None:
    stack.workspace(without_scopes=["chat:write.public"])
    ack = stack.slash("sales EMEA", channel="C0RANDOM")
    message = stack.answer(ack, "hook")
    assert message["response_type"] == "in_channel" and blocks(message, "data_table")


def test_in_a_direct_message(stack: Stack) -> None:
    _, message = ask(stack, "sales EMEA", channel="D0ADA")
    assert message["channel"] == "D0ADA" and blocks(message, "data_table")


def test_looker_is_asked_once_for_its_lists(stack: Stack) -> None:
    first = stack.slash("find orders")
    stack.answer(first)
    again = stack.slash("find orders", user="U0BENJI")
    stack.answer(again)
    for name in ("GET /looks", "GET /dashboards?", "GET /folders", "POST /login"):
        assert stack.records(kind="looker", name=name, after=again["n"]) == []


def test_the_old_verification_token(make_stack: Any) -> None:
    settings = {"SLACK_SIGNING_SECRET": None, "SLACK_SLASH_COMMAND_TOKEN": "token-not-a-secret"}
    with make_stack(settings=settings).running() as old:
        ack = old.slash("sales EMEA", fields={"token": "token-not-a-secret"})
        assert blocks(old.answer(ack), "data_table")
        assert old.slash("sales", fields={"token": "another"})["status"] == 401
