"""Each of Slack's limits: the largest that passes, and the next that does not."""
from __future__ import annotations

from typing import Any

import pytest

from slack_limits import Refusal, check_message
from slack_mrkdwn import find_fault, pings


def error(update: bool = False, refused: tuple[str, ...] = (), **args: Any) -> str:
    try:
        check_message(args, update=update, refused=refused)
    except Refusal as refusal:
        return refusal.error
    return "ok"


def message_of(**args: Any) -> str:
    with pytest.raises(Refusal) as caught:
        check_message(args)
    return " ".join(caught.value.messages)


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def raw(text: str = "x") -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def num(value: Any = 1, text: str = "1") -> dict[str, Any]:
    return {"type": "raw_number", "value": value, "text": text}


def rich(text: str) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]}


def table(rows: Any, **more: Any) -> dict[str, Any]:
    return {"type": "data_table", "caption": "c", "rows": rows, **more}


def grid(rows: int, columns: int, text: str = "x") -> list[list[dict[str, Any]]]:
    return [[raw(text) for _ in range(columns)] for _ in range(rows)]


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), **more}


def chart(kind: str = "bar", labels: int = 2, series: int = 1) -> dict[str, Any]:
    names = [f"l{i}" for i in range(labels)]
    return {"type": "data_visualization", "title": "t", "chart": {
        "type": kind, "series": [{"name": f"s{i}", "data": [{"label": n, "value": 1} for n in names]} for i in range(series)],
        "axis_config": {"categories": names}}}


def pie(segments: int, value: float = 1) -> dict[str, Any]:
    return {"type": "data_visualization", "title": "t", "chart": {
        "type": "pie", "segments": [{"label": f"s{i}", "value": value} for i in range(segments)]}}


# (name, a block at the limit, a block beyond it)
PAIRS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("section text", section("x" * 3000), section("x" * 3001)),
    ("section empty text", section(), section("")),
    ("section without text", section(), {"type": "section"}),
    ("fields", {"type": "section", "fields": [plain("x")] * 10}, {"type": "section", "fields": [plain("x")] * 11}),
    ("field text", {"type": "section", "fields": [plain("x" * 2000)]}, {"type": "section", "fields": [plain("x" * 2001)]}),
    ("header", {"type": "header", "text": plain("x" * 150)}, {"type": "header", "text": plain("x" * 151)}),
    ("header kind", {"type": "header", "text": plain("x")}, {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
    ("header level", {"type": "header", "text": plain("x"), "level": 4}, {"type": "header", "text": plain("x"), "level": 5}),
    ("context elements", {"type": "context", "elements": [plain("x")] * 10}, {"type": "context", "elements": [plain("x")] * 11}),
    ("context empty", {"type": "context", "elements": [plain("x")]}, {"type": "context", "elements": []}),
    ("actions", {"type": "actions", "elements": [button()] * 25}, {"type": "actions", "elements": [button()] * 26}),
    ("button text", {"type": "actions", "elements": [button(text=plain("x" * 75))]}, {"type": "actions", "elements": [button(text=plain("x" * 76))]}),
    ("button value", {"type": "actions", "elements": [button(value="x" * 2000)]}, {"type": "actions", "elements": [button(value="x" * 2001)]}),
    ("button url", {"type": "actions", "elements": [button(url="https://x.example/")]}, {"type": "actions", "elements": [button(url="javascript:1")]}),
    ("action_id", {"type": "actions", "elements": [button(action_id="x" * 255)]}, {"type": "actions", "elements": [button(action_id="x" * 256)]}),
    ("block_id", section(block_id="x" * 255), section(block_id="x" * 256)),
    ("alt_text", {"type": "image", "alt_text": "x" * 2000, "image_url": "https://x.example/"}, {"type": "image", "alt_text": "x" * 2001, "image_url": "https://x.example/"}),
    ("image source", {"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}}, {"type": "image", "alt_text": "x"}),
    ("options", {"type": "actions", "elements": [{"type": "static_select", "options": [{"text": plain("x"), "value": f"v{n}"} for n in range(100)]}]},
     {"type": "actions", "elements": [{"type": "static_select", "options": [{"text": plain("x"), "value": f"v{n}"} for n in range(101)]}]}),
    ("option value", {"type": "actions", "elements": [{"type": "overflow", "options": [{"text": plain("x"), "value": "v" * 75}]}]},
     {"type": "actions", "elements": [{"type": "overflow", "options": [{"text": plain("x"), "value": "v" * 76}]}]}),
    ("unknown type", {"type": "divider"}, {"type": "dividers"}),
    ("unknown key", {"type": "divider"}, {"type": "divider", "color": "red"}),
    ("unknown key of text", section(), {"type": "section", "text": {"type": "mrkdwn", "text": "x", "bold": True}}),
    ("unknown element", {"type": "actions", "elements": [button()]}, {"type": "actions", "elements": [{"type": "knob"}]}),
    ("rich text", rich("a & b <c>"), {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "html", "text": "x"}]}]}),
    ("mrkdwn entities", section("a &amp; b"), section("a & b")),
    ("markdown", {"type": "markdown", "text": "x" * 12000}, {"type": "markdown", "text": "x" * 12001}),
    ("rows", table(grid(201, 2)), table(grid(202, 2))),
    ("too few rows", table(grid(2, 2)), table(grid(1, 2))),
    ("columns", table(grid(2, 20)), table(grid(2, 21))),
    ("caption", table(grid(2, 1)), {"type": "data_table", "rows": grid(2, 1)}),
    ("header cell", table([[raw()], [rich("x")]]), table([[rich("x")], [raw()]])),
    ("page_size", table(grid(2, 1), page_size=100), table(grid(2, 1), page_size=101)),
    ("page_size 0", table(grid(2, 1), page_size=1), table(grid(2, 1), page_size=0)),
    ("cell characters", table([[raw("h")], [raw("x" * 19999)]]), table([[raw("h")], [raw("x" * 20000)]])),
    ("empty cell", table([[raw()], [raw(" ")]]), table([[raw()], [raw("")]])),
    ("unknown key of table", table(grid(2, 1)), table(grid(2, 1), sortable=True)),
    ("unknown key of cell", table(grid(2, 1)), table([[raw()], [{**raw(), "align": "right"}]])),
    ("raw_number value", table([[raw()], [num(1.5)]]), table([[raw()], [num("1.5")]])),
    ("raw_number text", table([[raw()], [num()]]), table([[raw()], [{"type": "raw_number", "value": 1}]])),
    ("raw_number bool", table([[raw()], [num(-3)]]), table([[raw()], [num(True)]])),
    ("ragged rows", table(grid(3, 2)), table(grid(2, 2) + grid(1, 3))),
    ("row header", table(grid(2, 2), row_header_column_index=1), table(grid(2, 2), row_header_column_index=2)),
    ("table rows", {"type": "table", "rows": grid(100, 1)}, {"type": "table", "rows": grid(101, 1)}),
    ("table columns", {"type": "table", "rows": grid(1, 20)}, {"type": "table", "rows": grid(1, 21)}),
    ("table characters", {"type": "table", "rows": [[raw("x" * 10000)]]}, {"type": "table", "rows": [[raw("x" * 10001)]]}),
    ("column_settings", {"type": "table", "rows": grid(1, 2), "column_settings": [{"align": "right", "is_wrapped": True}, None]},
     {"type": "table", "rows": grid(1, 1), "column_settings": [{"align": "middle"}]}),
    ("segments", pie(12), pie(13)),
    ("segment value", pie(1, 0.1), pie(1, 0)),
    ("series", chart(series=12), chart(series=13)),
    ("points", chart(labels=20), chart(labels=21)),
    ("chart kind", chart("area"), chart("donut")),
    ("chart title", chart(), {**chart(), "title": "x" * 51}),
]


@pytest.mark.parametrize("name,good,bad", PAIRS, ids=[pair[0] for pair in PAIRS])
def test_block_limit(name: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert error(blocks=[good]) == "ok"
    assert error(blocks=[bad]) == "invalid_blocks"
    assert "[json-pointer:/blocks" in message_of(blocks=[bad])


def test_numbers_of_blocks() -> None:
    assert error(blocks=[{"type": "divider"}] * 50) == "ok"
    assert error(blocks=[{"type": "divider"}] * 51) == "invalid_blocks"


def test_one_table_a_message() -> None:
    assert error(blocks=[table(grid(2, 1)), {"type": "divider"}]) == "ok"
    assert error(blocks=[table(grid(2, 1)), table(grid(2, 1))]) == "invalid_attachments"
    assert error(blocks=[table(grid(2, 1)), {"type": "table", "rows": grid(2, 1)}]) == "invalid_attachments"
    assert error(blocks=[table(grid(2, 1))], attachments=[{"blocks": [table(grid(2, 1))]}]) == "invalid_attachments"


def test_two_charts_a_message() -> None:
    assert error(blocks=[pie(1)] * 2) == "ok"
    assert error(blocks=[pie(1)] * 3) == "invalid_blocks"


def test_ids_are_unique() -> None:
    assert error(blocks=[section(block_id="a"), section(block_id="b")]) == "ok"
    assert error(blocks=[section(block_id="a"), section(block_id="a")]) == "invalid_blocks"
    twice = [{"type": "actions", "elements": [button(action_id="a"), button(action_id="a")]}]
    assert error(blocks=twice) == "invalid_blocks"


def test_chart_labels_match_the_axis() -> None:
    wrong = chart()
    wrong["chart"]["axis_config"]["categories"].reverse()
    assert error(blocks=[wrong]) == "invalid_blocks"


def test_text() -> None:
    assert error() == "no_text"
    assert error(text="") == "no_text"
    assert error(text="x" * 40000) == "ok"
    assert error(text="x" * 40001) == "msg_too_long"
    assert error(text="x" * 4001, update=True) == "msg_too_long"
    assert error(text="a & b") == "invalid_arguments"
    assert error(text="a & b", mrkdwn="false") == "ok"
    assert error(markdown_text="x" * 12000) == "ok"
    assert error(markdown_text="x" * 12001) == "msg_too_long"
    assert error(markdown_text="x", text="y") == "markdown_text_conflict"


def test_sum_of_block_text_leaves_cells_out() -> None:
    assert error(blocks=[section("x" * 3000)] * 4 + [section("x" * 1200)]) == "ok"
    assert error(blocks=[section("x" * 3000)] * 4 + [section("x" * 1201)]) == "msg_blocks_too_long"
    assert error(blocks=[section("x" * 3000)] * 4 + [table([[raw("h")], [rich("x" * 11000)]])]) == "ok"


def test_blocks_must_be_json_arrays() -> None:
    assert error(blocks="[{") == "invalid_blocks_format"
    assert error(blocks='{"type":"divider"}') == "invalid_blocks_format"
    assert error(blocks='[{"type":"divider"}]') == "ok"


def test_refused_blocks_of_a_workspace() -> None:
    assert error(blocks=[table(grid(2, 1))], refused=("data_table",)) == "invalid_blocks"


def test_attachments() -> None:
    assert error(attachments=[{"text": "x"}] * 100) == "ok"
    assert error(attachments=[{"text": "x"}] * 101) == "too_many_attachments"
    assert error(attachments=[{"text": "x", "colour": "red"}]) == "invalid_attachments"
    assert error(attachments=[{"text": "a < b"}]) == "invalid_attachments"


def test_metadata() -> None:
    good = {"event_type": "t", "event_payload": {"id": "1"}}
    assert error(text="x", metadata=good) == "ok"
    assert error(text="x", metadata="{") == "invalid_metadata_format"
    assert error(text="x", metadata={**good, "more": 1}) == "invalid_metadata_format"
    assert error(text="x", metadata={"event_type": "t", "event_payload": "x"}) == "invalid_metadata_schema"
    assert error(text="x", metadata={"event_type": "t", "event_payload": {"id": "x" * 9000}}) == "metadata_too_large"


@pytest.mark.parametrize("text", [
    "plain", "a &amp; b &lt;c&gt;", "<https://x.example/?a=1&amp;b=2|label>", "<https://x.example/>", "<@U0ADA> <#C0SALES|sales>",
    "<!here> <!date^1700000000^{date} {time}|then>", "<!date^1700000000^{date}^https://x.example/|then>", ">quote\n>more",
    "<mailto:a@b.example|a>", "<tel:+331>", "<!subteam^S012>", "`code` *bold*"])
def test_good_mrkdwn(text: str) -> None:
    assert find_fault(text) is None


@pytest.mark.parametrize("text", [
    "a & b", "&nbsp;", "a < b", "a > b", "<b>bold</b>", "<https://x.example/a b|label>", "<javascript:alert(1)|x>",
    "<https://x.example/?a=1&b=2|label>", "<https://x.example/|a & b>", "<!channel", "<!date^1700000000^{date}>", "<>", "<@ada>",
    "<https://x.example/|a|b\nc>"])
def test_bad_mrkdwn(text: str) -> None:
    assert find_fault(text) is not None


def test_pings() -> None:
    assert pings("hello <!channel> and <!here|here>") == ["channel", "here"]
    assert pings("&lt;!channel&gt;") == []
