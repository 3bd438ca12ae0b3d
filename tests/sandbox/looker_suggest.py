"""What Looker suggests for a field: its values, as the account that asks sees them."""
from __future__ import annotations

from typing import Any

from looker_engine import Engine, dimension_value
from looker_model import FIELDS, MODEL, enumerations, has_field
from looker_queries import ApiError, not_found

MOST = 1000


def suggestions(engine: Engine, model: str, view: str, name: str, options: dict[str, str]) -> dict[str, Any]:
    if set(options) - {"term", "fields"}:
        raise ApiError(400, f"The sandbox takes term only, not {sorted(options)}")
    if model != MODEL or not has_field(view, name):
        raise not_found()
    field = FIELDS[name]
    found: list[str] = []
    if enumerations(field):
        found = [one["value"] for one in enumerations(field) or []]
    elif field.type == "string" and "legacy_code" not in name:
        rows = engine.shop().rows(view)
        if engine.region is not None:
            rows = [row for row in rows if row.get("users.region", engine.region) == engine.region]
        found = sorted({str(value) for row in rows if (value := dimension_value(field, row)) is not None})
    term = options.get("term", "").strip("%").lower()
    found = [one for one in found if term in one.lower()]
    return {"suggestions": found[:MOST], "error": None, "from_cache": False, "hit_limit": len(found) > MOST,
            "used_calcite_materialization": False}
