"""What the bench's fake Slack and Looker answer: one command, "Sales", whose result is a table of 20 rows and 5 columns,
with the metadata that a real json_detail carries (it is most of the bytes)."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROWS = 20
CAN = {name: True for name in ("index", "show", "copy", "run", "explore", "download", "schedule", "render", "create")}
COUNTRIES = ("Austria", "Belgium", "Denmark", "Estonia", "Finland", "France", "Germany", "Greece", "Hungary", "Iceland",
             "Ireland", "Italy", "Latvia", "Malta", "Norway", "Poland", "Portugal", "Spain", "Sweden", "Türkiye")


def field(view: str, name: str, measure: bool) -> dict[str, Any]:
    label = name.replace("_", " ").title()
    return {"name": f"{view}.{name}", "label": f"{view.title()} {label}", "label_short": label, "tags": [],
            "description": None, "view": view, "view_label": view.title(), "scope": view,
            "type": "sum" if measure else "string", "category": "measure" if measure else "dimension",
            "align": "right" if measure else "left", "measure": measure, "dynamic": False, "primary_key": False,
            "hidden": False, "is_filter": False, "is_numeric": measure, "is_timeframe": False, "can_filter": True,
            "sortable": True, "requires_refresh_on_sort": False, "error": None, "value_format": None,
            "has_allowed_values": False, "default_filter_value": None, "field_group_label": None,
            "field_group_variant": label, "lookml_link": f"/projects/shop/files/{view}.view.lkml?line=1",
            "project_id": "shop", "source_file": f"shop/{view}.view.lkml", "fill_style": None,
            "fiscal_month_offset": 0, "suggest_explore": "orders", "suggest_dimension": f"{view}.{name}",
            "suggestable": not measure, "enumerations": None}


DIMENSIONS = [field("users", "region", False), field("users", "country", False)]
MEASURES = [field("orders", name, True) for name in ("count", "total_revenue", "average_value")]
VIS = {"type": "looker_grid", "show_view_names": False, "hidden_fields": [],
       "series_labels": {"orders.count": "Orders"}}
QUERY = {"id": "1021", "model": "shop", "view": "orders", "fields": [f["name"] for f in DIMENSIONS + MEASURES],
         "pivots": None, "fill_fields": None, "filters": {"orders.status": "complete", "orders.created_date": "7 days"},
         "filter_expression": None, "sorts": ["orders.total_revenue desc"], "limit": "500", "column_limit": "50",
         "total": True, "row_total": None, "subtotals": None, "vis_config": VIS, "filter_config": None,
         "dynamic_fields": None, "client_id": "f2MJk3rNkXF1ck3jxRtaz2", "query_timezone": None,
         "slug": "f2MJk3rNkXF1ck3jxRtaz2", "can": CAN}


def dashboard_filter(number: int, name: str, kind: str, default: str, of: Any) -> dict[str, Any]:
    return {"id": str(500 + number), "dashboard_id": "21", "name": name, "title": name, "type": kind,
            "default_value": default, "model": "shop", "explore": "orders", "dimension": "", "field": of,
            "listens_to_filters": [], "allow_multiple_values": True, "required": False, "row": number, "can": CAN}


FILTERS = [dashboard_filter(0, "Region", "field_filter", "", DIMENSIONS[0]),
           dashboard_filter(1, "Period", "date_filter", "30 days", None)]
HEAD = {"id": "21", "title": "Sales", "description": "Sales by country", "deleted": False,
        "updated_at": "2026-09-14T08:30:00.000+00:00", "dashboard_filters": FILTERS}
LISTEN = [{"dashboard_filter_name": "Region", "field": "users.region"},
          {"dashboard_filter_name": "Period", "field": "orders.created_date"}]
TILE = {"id": "504", "title": "Sales by country", "type": "vis", "title_text": None, "subtitle_text": None,
        "body_text": None, "merge_result_id": None, "filter_id": None, "extension_id": None, "look": None,
        "query": QUERY, "result_maker": {
            "id": "505", "merge_result_id": None, "sql_query_id": None, "query_id": "1021", "query": QUERY,
            "filterables": [{"model": "shop", "view": "orders", "name": "", "listen": LISTEN}], "vis_config": VIS}}
LAYOUT = {"id": "721", "active": True, "deleted": False, "dashboard_layout_components": [
    {"id": "506", "dashboard_element_id": "504", "row": 0, "column": 0, "width": 12, "height": 6, "deleted": False}]}


def row(number: int) -> dict[str, Any]:
    country, count = COUNTRIES[number % len(COUNTRIES)], 1371 - 61 * number
    links = [{"label": "Show All", "label_value": "Show All", "type": "drill", "type_label": "Drill into Orders",
              "url": f"/explore/shop/orders?fields=orders.id,orders.created_date&f[users.country]={country}&limit=500"}]
    revenue = count * 83.25
    return {"users.region": {"value": "EMEA", "links": []},
            "users.country": {"value": country, "links": links},
            "orders.count": {"value": count, "rendered": f"{count:,}", "links": links},
            "orders.total_revenue": {"value": revenue, "rendered": f"${revenue:,.2f}", "links": links},
            "orders.average_value": {"value": 83.25, "rendered": "$83.25", "links": links}}


RESULT = {"status": "complete", "from_cache": False, "id": "eeedc646bb7461f62a7c520af3f5458c", "runtime": "0.042",
          "ran_at": "2026-11-24T08:51:15+00:00", "added_params": {"sorts": ["orders.total_revenue desc"]},
          "sql": "SELECT users.region, users.country, orders.count FROM orders", "errors": [],
          "fields": {"dimensions": DIMENSIONS, "measures": MEASURES, "table_calculations": [], "pivots": []},
          "pivots": None, "has_totals": True, "has_row_totals": False, "columns_truncated": "no",
          "drill_menu_build_time": 0.003, "totals_data": {
              "orders.count": {"value": 15830, "rendered": "15,830"},
              "orders.total_revenue": {"value": 1317847.5, "rendered": "$1,317,847.50"},
              "orders.average_value": {"value": 83.25, "rendered": "$83.25"}},
          "data": [row(number) for number in range(ROWS)]}

DOCUMENTS: dict[str, Any] = {
    "login.json": {"access_token": "bench0123456789", "token_type": "Bearer", "expires_in": 3600},
    "folder.json": {"id": "40", "name": "Slack commands"},
    "children.json": [],
    "dashboards.json": [HEAD],
    "dashboard.json": {**HEAD, "dashboard_elements": [TILE], "dashboard_layouts": [LAYOUT]},
    "query.json": {"id": "1021"},
    "result.json": RESULT,
    "posted.json": {"ok": True, "channel": "CB000000000", "ts": "1764000000.000100", "message": {"text": "Sales"}},
    "ok.json": {"ok": True},
    "self.json": {"ok": True, "team_id": "T0001", "user_id": "U0BOT", "bot_id": "B0BOT"},
    "person.json": {"ok": True, "user": {"id": "U0001", "team_id": "T0001", "name": "ada"}},
    "channel.json": {"ok": True, "channel": {"id": "CB0", "name": "sales"}},
}


def write(folder: Path) -> None:
    folder.mkdir()
    for name, document in DOCUMENTS.items():
        (folder / name).write_text(json.dumps(document))
