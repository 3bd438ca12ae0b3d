"""Evaluates a Looker query over the shop's rows and answers as `json_detail` does."""
from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any, Callable, Optional

from looker_data import SEED, Shop
from looker_filters import make_test, start_of
from looker_format import cell, render
from looker_model import FIELDS, TIERS, Field, metadata

Row = dict[str, Any]
ROW_TOTAL = "$$$_row_total_$$$"


def dimension_value(field: Field, row: Row) -> Any:
    """What a dimension shows for a row."""
    value = row.get(field.column)
    if field.type == "yesno":
        return "Yes" if value else "No"
    if field.type == "tier":
        if value is None:
            return "Undefined"
        return TIERS[0] if value < 20 else TIERS[5] if value >= 60 else TIERS[value // 10 - 1]
    if value is None or not field.is_timeframe:
        return value
    frame = field.type.removeprefix("date_")
    if frame == "week":
        return start_of(value, "week").strftime("%Y-%m-%d")
    return value.strftime({"time": "%Y-%m-%d %H:%M:%S", "date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[frame])


def measure_value(field: Field, rows: list[Row]) -> Any:
    values = [row[field.column] for row in rows if row.get(field.column) is not None]
    if field.type == "count":
        return len(set(values))
    if field.type == "sum":
        return round(sum(values), 2) if values else 0
    if not values:
        return None
    if field.type == "percent":
        return sum(bool(value) for value in values) / len(values)
    return sum(values) / len(values)


class Engine:
    def __init__(self, now: Callable[[], datetime], seed: int = SEED) -> None:
        self.now, self.seed = now, seed
        self.region: Optional[str] = None  # the only one whose rows the account gets that asks now
        self._shop: Optional[Shop] = None

    def shop(self) -> Shop:
        """Today's shop; made anew when the day changes, so that "today" always has orders."""
        today = self.now().date()
        if self._shop is None or self._shop.today != today:
            self._shop = Shop(today, self.seed)
        return self._shop

    def run(self, query: dict[str, Any], limit: Optional[int] = None, drill: bool = False) -> dict[str, Any]:
        fields = query.get("fields") or []
        if any("legacy_code" in name for name in fields):
            return self._sql_error(query)
        pivots = query.get("pivots") or []
        dims = [FIELDS[name] for name in fields if not is_measure(name) and name not in pivots]
        measures = [FIELDS[name] for name in fields if is_measure(name)]
        rows = self._filtered(query)
        groups = self._groups(rows, dims + [FIELDS[name] for name in pivots])
        groups = self._having(query, groups)
        result = self._frame(query, dims, measures, pivots)
        context = {"query": query, "drill": drill}
        if pivots:
            self._pivoted(result, groups, dims, measures, pivots, rows, context)
        else:
            self._flat(result, groups, dims, measures, context)
        self._sort(result, query, dims, measures)
        self._calculate(result, query)
        most = limit if limit is not None else int(query.get("limit") or 500)
        if most >= 0:
            result["data"] = result["data"][:most]
        if query.get("total"):
            result["totals_data"] = self._totals(rows, measures, result["pivots"], pivots)
            result["has_totals"] = True
        return result

    def _filtered(self, query: dict[str, Any]) -> list[Row]:
        rows = self.shop().rows(query["view"])
        if self.region is not None:
            rows = [row for row in rows if row.get("users.region", self.region) == self.region]
        for name, text in (query.get("filters") or {}).items():
            field = FIELDS[name]
            if field.measure or not (text or "").strip():
                continue
            test = make_test(field.type, text, self.now())
            by_value = field.type in ("tier",)
            rows = [row for row in rows if test(dimension_value(field, row) if by_value else row.get(field.column))]
        return rows

    @staticmethod
    def _groups(rows: list[Row], dims: list[Field]) -> dict[tuple[Any, ...], list[Row]]:
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(dimension_value(field, row) for field in dims), []).append(row)
        if not dims and not groups:
            groups[()] = []   # a query of measures alone always has its one row
        return groups

    def _having(self, query: dict[str, Any], groups: dict[tuple[Any, ...], list[Row]]) -> dict[tuple[Any, ...], list[Row]]:
        for name, text in (query.get("filters") or {}).items():
            field = FIELDS[name]
            if field.measure and (text or "").strip():
                test = make_test(field.type, text, self.now())
                groups = {key: rows for key, rows in groups.items() if test(measure_value(field, rows))}
        return groups

    def _frame(self, query: dict[str, Any], dims: list[Field], measures: list[Field], pivots: list[str]) -> dict[str, Any]:
        view, now = query["view"], self.now()
        digest = hashlib.md5(json.dumps(query, sort_keys=True, default=str).encode()).hexdigest()
        shown = {"dimensions": [metadata(f, view) for f in dims], "measures": [metadata(f, view) for f in measures],
                 "table_calculations": [], "pivots": [metadata(FIELDS[name], view) for name in pivots]}
        for index, sort in enumerate(query.get("sorts") or []):
            words = sort.split()
            for group in shown.values():
                for one in group:
                    if one["name"] == words[0]:
                        one["sorted"] = {"sort_index": index, "desc": "desc" in words[1:]}
        applied = {name: {"field": metadata(FIELDS[name], view), "value": text}
                   for name, text in (query.get("filters") or {}).items() if text}
        sql = f"SELECT {', '.join(query.get('fields') or [])} FROM {view}"
        return {"status": "complete", "from_cache": False, "id": digest, "result_source": "query", "expired": False,
                "supports_pivot_in_db": True, "null_sort_treatment": "low", "ran_at": now.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                "runtime": "0.042", "added_params": {"sorts": query.get("sorts") or []}, "sql": sql,
                "sql_explain": "EXPLAIN " + sql, "fields": shown, "fill_fields": query.get("fill_fields") or [],
                "has_totals": False, "has_row_totals": bool(query.get("row_total")), "has_subtotals": False,
                "applied_filters": applied, "applied_filter_expression": None, "number_format": "1,234.56",
                "explore": {"name": view, "label": view.replace("_", " ").title(), "description": None},
                "timezone": "UTC", "pivots": [], "data": [], "totals_data": {}, "errors": [],
                "drill_menu_build_time": 0.001}

    def _flat(self, result: dict[str, Any], groups: dict[tuple[Any, ...], list[Row]], dims: list[Field],
              measures: list[Field], context: dict[str, Any]) -> None:
        for key, rows in groups.items():
            keys = {field.name: value for field, value in zip(dims, key)}
            line = {field.name: cell(field, value, rows[0] if rows else {}, keys, context)
                    for field, value in zip(dims, key)}
            line.update({field.name: cell(field, measure_value(field, rows), {}, keys, context) for field in measures})
            result["data"].append(line)

    def _pivoted(self, result: dict[str, Any], groups: dict[tuple[Any, ...], list[Row]], dims: list[Field],
                 measures: list[Field], pivots: list[str], rows: list[Row], context: dict[str, Any]) -> None:
        width = len(dims)
        falling = any(sort.split()[0] == pivots[0] and "desc" in sort.split() for sort in context["query"].get("sorts") or [])
        columns = sorted({key[width:] for key in groups}, key=lambda key: tuple(sort_key(value) for value in key), reverse=falling)
        for column in columns[:int(context["query"].get("column_limit") or 50)]:
            data = dict(zip(pivots, column))
            result["pivots"].append({
                "key": pivot_key(pivots, column), "is_total": False, "data": data,
                "labels": {name: "∅" if value is None else str(value) for name, value in data.items()},
                "metadata": {name: {"value": value} for name, value in data.items()},
                "sort_values": {name: value for name, value in data.items()}})
        with_total = bool(context["query"].get("row_total"))
        if with_total:
            result["pivots"].append({"key": ROW_TOTAL, "is_total": True, "data": {}, "labels": {}, "metadata": {},
                                     "sort_values": {}})
        lines: dict[tuple[Any, ...], dict[tuple[Any, ...], list[Row]]] = {}
        for key, grouped in groups.items():
            lines.setdefault(key[:width], {})[key[width:]] = grouped
        for key, cells in lines.items():
            keys = {field.name: value for field, value in zip(dims, key)}
            first = next(iter(cells.values()))[0]
            line: dict[str, Any] = {field.name: cell(field, value, first, keys, context) for field, value in zip(dims, key)}
            for field in measures:
                line[field.name] = {pivot_key(pivots, column): cell(field, measure_value(field, grouped), {},
                                                                    {**keys, **dict(zip(pivots, column))}, context)
                                    for column, grouped in cells.items()}
                if with_total:
                    everything = [row for grouped in cells.values() for row in grouped]
                    line[field.name][ROW_TOTAL] = cell(field, measure_value(field, everything), {}, keys, context)
            result["data"].append(line)

    @staticmethod
    def _totals(rows: list[Row], measures: list[Field], columns: list[dict[str, Any]], pivots: list[str]) -> dict[str, Any]:
        context = {"query": {}, "drill": False}
        if not pivots:
            return {field.name: cell(field, measure_value(field, rows), {}, {}, context) for field in measures}
        totals: dict[str, Any] = {}
        for field in measures:
            totals[field.name] = {}
            for column in columns:
                inside = [row for row in rows if column["is_total"] or all(
                    dimension_value(FIELDS[name], row) == value for name, value in column["data"].items())]
                totals[field.name][column["key"]] = cell(field, measure_value(field, inside), {}, {}, context)
        return totals

    @staticmethod
    def _sort(result: dict[str, Any], query: dict[str, Any], dims: list[Field], measures: list[Field]) -> None:
        sorts = [sort.split() for sort in query.get("sorts") or []]
        if not sorts:
            # Looker's own order: the first date falling, else the first measure falling, else the first column.
            dates = [field for field in dims if field.is_timeframe]
            first = (dates or ([] if query.get("pivots") else measures) or dims or [None])[0]
            sorts = [[first.name, "desc" if dates or first.measure else "asc"]] if first else []
        for words in reversed(sorts):
            name, falling = words[0], "desc" in words[1:]

            def key(line: dict[str, Any], name: str = name) -> Any:
                value = line.get(name)
                if isinstance(value, dict) and "value" not in value:
                    value = value.get(ROW_TOTAL) or next(iter(value.values()), None)
                return sort_key((value or {}).get("value"))
            result["data"].sort(key=key, reverse=falling)

    @staticmethod
    def _calculate(result: dict[str, Any], query: dict[str, Any]) -> None:
        """Table calculations of the two forms ${a}/${b} and ${a}/sum(${a})."""
        for calc in json.loads(query.get("dynamic_fields") or "[]"):
            match = re.fullmatch(r"\$\{([\w.]+)\}\s*/\s*(sum\()?\$\{([\w.]+)\}\)?", calc.get("expression", ""))
            if not match:
                result["errors"].append({"message": "The sandbox cannot evaluate this table calculation",
                                         "message_details": calc.get("expression"), "level": "warning", "fatal": False})
                continue
            name, whole = calc["table_calculation"], [line[match[3]]["value"] or 0 for line in result["data"]]
            result["fields"]["table_calculations"].append({
                "name": name, "label": calc.get("label", name), "label_short": calc.get("label", name), "type": "number",
                "is_measure": True, "measure": True, "is_numeric": True, "align": "right", "can_pivot": True,
                "expression": calc["expression"], "value_format": calc.get("value_format")})
            for line in result["data"]:
                below = sum(whole) if match[2] else line[match[3]]["value"]
                value = (line[match[1]]["value"] or 0) / below if below else None
                line[name] = {"value": value}
                shown = render(value, calc.get("value_format"))
                if value is not None and shown != str(value):
                    line[name]["rendered"] = shown

    def _sql_error(self, query: dict[str, Any]) -> dict[str, Any]:
        result = self._frame(query, [], [], [])
        result["status"] = "error"
        result["errors"] = [{
            "message": "The PostgreSQL database encountered an error while running this query.",
            "message_details": "ERROR: column orders.legacy_code does not exist\n  Position: 8",
            "params": "SELECT orders.legacy_code FROM orders", "error_pos": 8, "level": "error", "fatal": True}]
        return result


def is_measure(name: str) -> bool:
    return FIELDS[name].measure


def pivot_key(pivots: list[str], values: tuple[Any, ...]) -> str:
    return "|FIELD|".join(f"{name}___null" if value is None else str(value) for name, value in zip(pivots, values))


def sort_key(value: Any) -> tuple[int, Any]:
    """Nulls are lowest; numbers and texts do not mix within a column."""
    return (0, 0) if value is None else (1, value if isinstance(value, (int, float)) else str(value).lower())

