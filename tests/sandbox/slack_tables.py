"""Limits of the blocks that show data: table, data_table, data_visualization."""
from __future__ import annotations

from typing import Any

from slack_blocks import (Check, Faults, RICH_PART, array, block, boolean, check_object, integer, number, one_of,
                          shape, string)

MAX_COLUMNS = 20


def _cell_text(faults: Faults, at: str, value: Any) -> None:
    if value == "":
        faults.add(at, "cell text must not be empty")
    else:
        string(20000)(faults, at, value)


RAW_TEXT = shape("raw_text", {"text": _cell_text})
RAW_NUMBER = shape("raw_number", {"value": number, "text": _cell_text})
RICH_CELL = shape("rich_text", {"elements": array(RICH_PART, 100)}, {"block_id": string(255)})
CELL = one_of({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_CELL}, "cell")
HEADER_CELL = one_of({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER}, "header cell (rich_text is not allowed)")


def text_of_cell(cell: Any) -> str:
    """All characters that a cell shows."""
    if not isinstance(cell, dict):
        return ""
    if isinstance(cell.get("text"), str):
        return cell["text"]
    shown = ""
    for part in cell.get("elements", []) if isinstance(cell.get("elements"), list) else []:
        shown += text_of_cell(part)
    return shown or (cell.get("url", "") if isinstance(cell.get("url"), str) else "")


def _rows(faults: Faults, at: str, rows: Any, kind: str, least: int, most: int, header: Check) -> None:
    if not isinstance(rows, list):
        faults.add(at, "must provide an array")
        return
    if not least <= len(rows) <= most:
        faults.add(at, f"must have between {least} and {most} rows")
    width = None
    for index, row in enumerate(rows):
        here = f"{at}/{index}"
        before = faults.text_chars
        array(header if index == 0 else CELL, MAX_COLUMNS)(faults, here, row)
        # Cells have a limit of their own, apart from that of the other blocks' text.
        faults.text_chars = before
        if not isinstance(row, list):
            continue
        width = len(row) if width is None else width
        if len(row) != width:
            faults.add(here, f"all rows must have {width} cells, this one has {len(row)}")
        faults.cell_chars[kind] += sum(len(text_of_cell(cell)) for cell in row)


def data_table(faults: Faults, at: str, value: Any) -> None:
    block("data_table", {"caption": string(2000), "rows": lambda f, a, v: None},
          {"page_size": integer(1, 100), "row_header_column_index": integer(0, MAX_COLUMNS - 1)})(faults, at, value)
    rows = value.get("rows", [])
    _rows(faults, f"{at}/rows", rows, "data_table", 2, 201, HEADER_CELL)
    index = value.get("row_header_column_index")
    if isinstance(index, int) and isinstance(rows, list) and rows and isinstance(rows[0], list) \
            and index >= len(rows[0]):
        faults.add(f"{at}/row_header_column_index", "no such column")


def _column_setting(faults: Faults, at: str, value: Any) -> None:
    if value is not None:
        check_object(faults, at, value, {}, {"align": string(10, pick=("left", "center", "right")),
                                             "is_wrapped": boolean})


def table(faults: Faults, at: str, value: Any) -> None:
    block("table", {"rows": lambda f, a, v: None},
          {"column_settings": array(_column_setting, MAX_COLUMNS, 0)})(faults, at, value)
    _rows(faults, f"{at}/rows", value.get("rows", []), "table", 1, 100, CELL)


def _point(faults: Faults, at: str, value: Any) -> None:
    check_object(faults, at, value, {"label": string(20), "value": number}, {})


def _series(faults: Faults, at: str, value: Any) -> None:
    check_object(faults, at, value, {"name": string(20), "data": array(_point, 20)}, {})


def _segment(faults: Faults, at: str, value: Any) -> None:
    _point(faults, at, value)
    size = value.get("value") if isinstance(value, dict) else None
    if isinstance(size, (int, float)) and size <= 0:
        faults.add(f"{at}/value", "must be greater than 0")


def _axes(faults: Faults, at: str, value: Any) -> None:
    check_object(faults, at, value, {"categories": array(string(20), 20)},
                 {"x_label": string(50), "y_label": string(50)})


def _bars(kind: str) -> Check:
    def check(faults: Faults, at: str, value: Any) -> None:
        shape(kind, {"series": array(_series, 12)}, {"axis_config": _axes})(faults, at, value)
        axes, series = value.get("axis_config"), value.get("series")
        if not isinstance(axes, dict) or not isinstance(series, list):
            return
        for index, one in enumerate(series):
            points = one.get("data") if isinstance(one, dict) else None
            if isinstance(points, list) and [p.get("label") for p in points if isinstance(p, dict)] \
                    != axes.get("categories"):
                faults.add(f"{at}/series/{index}/data", "labels must match axis_config.categories")
    return check


CHART = one_of({"pie": shape("pie", {"segments": array(_segment, 12)}), "bar": _bars("bar"), "line": _bars("line"),
                "area": _bars("area")}, "chart")

DATA_BLOCKS: dict[str, Check] = {
    "table": table,
    "data_table": data_table,
    "data_visualization": block("data_visualization", {"title": string(50), "chart": CHART}),
}
