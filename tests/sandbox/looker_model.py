"""The LookML of the made-up shop: explores, dimensions, measures. Data only, and small helpers."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional

MODEL = "shop"
MONEY, WHOLE, PERCENT = "$#,##0.00", "#,##0", "0.0%"


@dataclass(frozen=True)
class Field:
    name: str
    label_short: str
    type: str
    column: str = ""                       # of the joined row
    measure: bool = False
    value_format: Optional[str] = None
    html: Optional[Callable[[Any, dict[str, Any]], str]] = None
    drill: tuple[str, ...] = ()

    @property
    def view(self) -> str:
        return self.name.split(".")[0]

    @property
    def label(self) -> str:
        return f"{self.view.replace('_', ' ').title()} {self.label_short}"

    @property
    def is_numeric(self) -> bool:
        return self.type in ("number", "count", "sum", "average", "percent")

    @property
    def is_timeframe(self) -> bool:
        return self.type.startswith("date_")


def _times(view: str, label: str = "Created") -> list[Field]:
    column = f"{view}.created_at"
    return [Field(f"{view}.created_{frame}", f"{label} {frame.title()}", f"date_{frame}", column)
            for frame in ("time", "date", "week", "month", "year")]


_STATUS_COLOR = {"complete": "green", "cancelled": "red", "returned": "darkorange"}
_ORDER_DRILL = ("orders.id", "orders.created_time", "users.name", "orders.total_revenue")

FIELDS: dict[str, Field] = {field.name: field for field in [
    Field("users.id", "ID", "number", "users.id"),
    Field("users.name", "Name", "string", "users.name",
          html=lambda value, row: f"<a href=\"/dashboards/24?Customer={row.get('users.id')}\" target=\"_self\">"
                                  f"{str(value).replace('&', '&amp;').replace('<', '&lt;')}</a>"),
    Field("users.email", "Email", "string", "users.email"),
    Field("users.country", "Country", "string", "users.country"),
    Field("users.region", "Region", "string", "users.region"),
    Field("users.age", "Age", "number", "users.age"),
    Field("users.age_tier", "Age Tier", "tier", "users.age"),
    Field("users.is_member", "Is Member (Yes / No)", "yesno", "users.is_member"),
    *_times("users"),
    Field("users.count", "Count", "count", "users.id", True, drill=("users.id", "users.name", "users.country")),
    Field("users.average_age", "Average Age", "average", "users.age", True, "0.0"),
    Field("products.id", "ID", "number", "products.id"),
    Field("products.name", "Name", "string", "products.name"),
    Field("products.category", "Category", "string", "products.category"),
    Field("products.brand", "Brand", "string", "products.brand"),
    Field("products.price", "Price", "number", "products.price", value_format=MONEY),
    Field("products.in_stock", "In Stock (Yes / No)", "yesno", "products.in_stock"),
    Field("products.count", "Count", "count", "products.id", True, drill=("products.id", "products.name")),
    Field("products.average_price", "Average Price", "average", "products.price", True, MONEY),
    Field("orders.id", "ID", "number", "orders.id"),
    Field("orders.status", "Status", "string", "orders.status",
          html=lambda value, row: f"<span style=\"color: {_STATUS_COLOR.get(value, 'black')}\">{value}</span>"),
    Field("orders.channel", "Channel", "string", "orders.channel"),
    Field("orders.comment", "Comment", "string", "orders.comment"),
    Field("orders.is_gift", "Is Gift (Yes / No)", "yesno", "orders.is_gift"),
    Field("orders.total", "Total", "number", "orders.total", value_format=MONEY),
    # What carries data actions (looker_actions).
    Field("orders.ticket", "Ticket", "number", "orders.id"),
    Field("orders.ticket_state", "State", "string", "orders.status"),
    Field("orders.open_tickets", "Open Tickets", "count", "orders.id", True),
    Field("users.value", "Value", "string", "users.name"),
    # The column is gone from the database: whoever asks for it gets the database's error.
    Field("orders.legacy_code", "Legacy Code", "string", "orders.legacy_code"),
    *_times("orders"),
    Field("orders.count", "Count", "count", "orders.id", True, drill=_ORDER_DRILL),
    Field("orders.total_revenue", "Total Revenue", "sum", "orders.total", True, MONEY, drill=_ORDER_DRILL),
    Field("orders.average_value", "Average Value", "average", "orders.total", True, MONEY, drill=_ORDER_DRILL),
    Field("orders.gift_share", "Gift Share", "percent", "orders.is_gift", True, PERCENT),
    Field("order_items.id", "ID", "number", "order_items.id"),
    Field("order_items.quantity", "Quantity", "number", "order_items.quantity"),
    Field("order_items.count", "Count", "count", "order_items.id", True, drill=("order_items.id", "products.name")),
    Field("order_items.units", "Units", "sum", "order_items.quantity", True, WHOLE),
    Field("order_items.revenue", "Revenue", "sum", "order_items.amount", True, MONEY,
          drill=("orders.id", "products.name", "order_items.quantity")),
]}

EXPLORES: dict[str, tuple[str, ...]] = {
    "orders": ("orders", "users"),
    "order_items": ("order_items", "orders", "users", "products"),
    "users": ("users",),
    "products": ("products",),
}


def has_field(explore: str, name: str) -> bool:
    return name in FIELDS and FIELDS[name].view in EXPLORES.get(explore, ())


def metadata(field: Field, explore: str) -> dict[str, Any]:
    """A field as json_detail describes it."""
    kind = "count_distinct" if field.type == "count" else "number" if field.type == "percent" else field.type
    shown: dict[str, Any] = {
        "name": field.name, "label": field.label, "label_short": field.label_short, "tags": [], "description": None,
        "view": field.view, "view_label": field.view.replace("_", " ").title(), "scope": field.view, "type": kind,
        "category": "measure" if field.measure else "dimension", "align": "right" if field.is_numeric else "left",
        "measure": field.measure, "dynamic": False, "primary_key": field.name.endswith(".id"), "hidden": False,
        "is_filter": False, "is_numeric": field.is_numeric, "is_timeframe": field.is_timeframe,
        "can_filter": True, "sortable": True, "requires_refresh_on_sort": False, "error": None,
        "value_format": field.value_format, "has_allowed_values": False, "default_filter_value": None,
        "field_group_label": "Created Date" if field.is_timeframe else None, "field_group_variant": field.label_short,
        "lookml_link": f"/projects/shop/files/{field.view}.view.lkml?line=1", "project_id": "shop",
        "source_file": f"shop/{field.view}.view.lkml", "fill_style": "range" if field.is_timeframe else None,
        "fiscal_month_offset": 0, "suggest_explore": explore, "suggest_dimension": field.name,
        "suggestable": field.type == "string", "enumerations": enumerations(field)}
    if field.is_timeframe:
        shown["time_interval"] = {"name": field.type.removeprefix("date_"), "count": 1}
    return shown


TIERS = ("Below 20", "20 to 29", "30 to 39", "40 to 49", "50 to 59", "60 or Above", "Undefined")


def enumerations(field: Field) -> Optional[list[dict[str, str]]]:
    if field.type == "yesno":
        return [{"label": "Yes", "value": "Yes"}, {"label": "No", "value": "No"}]
    if field.type == "tier":
        return [{"label": tier, "value": tier} for tier in TIERS]
    return None
