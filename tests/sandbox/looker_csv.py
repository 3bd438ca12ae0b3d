"""Results as CSV, as Looker streams them: a heading of labels, values as they are, and, when something goes wrong after
the first row, the error's words behind the data with status 200."""
from __future__ import annotations

import csv
import io
import itertools
from typing import Any, Optional

from aiohttp import web

from looker_files import spoiled, xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEYS = {"rows": (int, type(None)), "error": (str,), "cell": (str,), "xlsx": (str,)}


class Csv:
    """What the next files are to be like: see README.md."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.rows: Optional[int] = None
        self.error = ""
        self.cell = ""
        self.xlsx = ""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/sandbox/csv", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        spec = await request.json()
        for key, value in spec.items():
            if key not in KEYS or not isinstance(value, KEYS[key]):
                raise ValueError(f"{key} must be one of {', '.join(KEYS)}, with a value of its kind")
        for key, value in spec.items():
            setattr(self, key, value)
        return web.json_response({"ok": True, "rows": self.rows, "error": self.error, "cell": self.cell,
                                  "xlsx": self.xlsx})

    def text(self, result: dict[str, Any], vis: Optional[dict[str, Any]], formatted: bool) -> bytes:
        """`vis`: its labels and hidden fields count (apply_vis)."""
        columns = columns_of(result, vis or {})
        lines = [[value_of(row, path, formatted) for _, path in columns] for row in result["data"]]
        if self.cell and lines:
            lines[0][0] = self.cell
        many = itertools.islice(itertools.cycle(lines), self.rows) if self.rows is not None and lines else lines
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([label for label, _ in columns])
        writer.writerows(many)
        return (out.getvalue() + self.error).encode()

    def spreadsheet(self, text: bytes) -> web.Response:
        """The same rows as Looker's XLSX, or what `xlsx` says in its place."""
        answer = web.Response(body=spoiled(xlsx(text.decode()), self.xlsx), content_type=XLSX)
        answer.enable_chunked_encoding()
        return answer

    def answer(self, text: bytes) -> web.Response:
        answer = web.Response(body=text, content_type="text/csv", charset="utf-8")
        answer.enable_chunked_encoding()    # nobody knows the length beforehand
        return answer


def columns_of(result: dict[str, Any], vis: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Label and place of each column; below pivots each value of the pivot is a column."""
    labels, hidden = vis.get("series_labels") or {}, vis.get("hidden_fields") or []
    fields, found = result["fields"], []
    for one in fields["dimensions"] + fields["measures"] + fields["table_calculations"]:
        name, label = one["name"], labels.get(one["name"], one["label"])
        if name in hidden:
            continue
        if not result["pivots"] or one in fields["dimensions"]:
            found.append((label, (name,)))
            continue
        for column in result["pivots"]:
            of = " - ".join(column["labels"].values()) or "Row total"
            found.append((f"{of} {label}", (name, column["key"])))
    return found


def value_of(row: dict[str, Any], path: tuple[str, ...], formatted: bool) -> Any:
    cell: Any = row
    for key in path:
        cell = (cell or {}).get(key)
    cell = cell or {}
    if formatted and cell.get("rendered") is not None:
        return cell["rendered"]
    return "" if cell.get("value") is None else cell["value"]
