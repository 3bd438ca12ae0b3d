"""How one cell of a result looks: value, rendered, html, links."""
from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Optional

from looker_model import FIELDS, MODEL, TIERS, Field


def render(value: Any, value_format: Optional[str]) -> str:
    """A number in an Excel-like format: $#,##0.00, #,##0, 0.0%."""
    if value is None:
        return ""
    form = value_format or "#,##0"
    percent = form.endswith("%")
    decimals = len(match[1]) if (match := re.search(r"\.(0+)", form)) else 0
    number = Decimal(repr(value)) * (100 if percent else 1)
    number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{number:,.{decimals}f}" if "," in form else f"{number:.{decimals}f}"
    return ("$" if form.startswith("$") else "") + text + ("%" if percent else "")


def cell(field: Field, value: Any, row: dict[str, Any], keys: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """`rendered` is there only when it differs from the value, `links` only when drilling was asked for."""
    shown: dict[str, Any] = {"value": value}
    if value is None:
        if not field.measure:
            shown["filterable_value"] = "NULL"
        return shown
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and not field.value_format:
        shown["value"] = value = int(value)
    if field.measure or field.value_format:
        text = render(value, field.value_format)
        if text != str(value):
            shown["rendered"] = text
    if not field.measure:
        shown["filterable_value"] = filterable(field, value)
    if field.type == "tier":
        shown["sort_value"] = f"{TIERS.index(value):02d}"
    if field.html is not None:
        shown["html"] = field.html(value, row)
    if context["drill"]:
        links = drill_links(field, shown, keys, context["query"])
        if links:
            shown["links"] = links
    return shown


def filterable(field: Field, value: Any) -> str:
    if field.type != "string":
        return str(value)
    text = str(value)
    return '"' + text + '"' if "," in text and '"' not in text else re.sub(r"([\^%_])", r"^\1", text)


def drill_links(field: Field, shown: dict[str, Any], keys: dict[str, Any], query: dict[str, Any]) -> list[dict[str, Any]]:
    """As Looker writes them: relative, with raw blanks and brackets in the address."""
    view = query.get("view", "orders")
    filters = dict(query.get("filters") or {})
    if field.measure:
        if not field.drill:
            return []
        for name, value in keys.items():
            filters[name] = "NULL" if value is None else filterable(FIELDS[name], value)
        text = shown.get("rendered", shown["value"])
        return [{"label": f"Show All {text}", "type": "measure_default",
                 "url": address(view, field.drill, filters)}]
    if field.is_timeframe and field.type != "date_time":
        finer = {"date_year": "month", "date_month": "date", "date_week": "date", "date_date": "time"}[field.type]
        name = f"{field.view}.created_{finer}"
        measures = tuple(other for other in query.get("fields") or [] if FIELDS[other].measure)
        return [{"label": f"by Created {finer.title()}", "label_prefix": "by", "label_value": f"Created {finer.title()}",
                 "url": address(view, measures + (name,), {**filters, field.name: str(shown["value"])}),
                 "type": "drill", "type_label": f"Drill into {shown['value']}", "type_label_prefix": "Drill into",
                 "type_label_value": str(shown["value"])}]
    if field.name == "users.name":
        return [{"label": "Customer's orders", "url": f"/dashboards/24?Customer={shown['value']}", "type": "link",
                 "icon_url": None}]
    return []


def address(view: str, fields: tuple[str, ...], filters: dict[str, str]) -> str:
    tail = "".join(f"&f[{name}]={value}" for name, value in filters.items() if value)
    return f"/explore/{MODEL}/{view}?fields={','.join(fields)}{tail}&limit=500&column_limit=50&query_timezone=UTC"
