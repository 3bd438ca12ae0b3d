"""Queries as Looker keeps them: immutable, the same content always the same id, checked on creation."""
from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import quote

from looker_model import EXPLORES, MODEL, has_field

DOCS = "https://cloud.google.com/looker/docs/"
_LIST, _TEXT, _MAP, _BOOL = (list,), (str,), (dict,), (bool,)
WRITABLE: dict[str, tuple[type, ...]] = {
    "model": _TEXT, "view": _TEXT, "fields": _LIST, "pivots": _LIST, "fill_fields": _LIST, "filters": _MAP,
    "filter_expression": _TEXT, "sorts": _LIST, "limit": _TEXT, "column_limit": _TEXT, "total": _BOOL,
    "row_total": _TEXT, "subtotals": _LIST, "vis_config": _MAP, "filter_config": _MAP, "visible_ui_sections": _TEXT,
    "dynamic_fields": _TEXT, "client_id": _TEXT, "query_timezone": _TEXT}
READ_ONLY = {"id", "slug", "url", "share_url", "expanded_share_url", "can", "has_table_calculations"}


@dataclass
class ApiError(Exception):
    """An answer that is not 200, with Looker's body for it."""
    status: int
    message: str
    errors: list[dict[str, Any]] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"message": self.message, "documentation_url": DOCS}
        if self.errors:
            answer["errors"] = self.errors
        return answer


def not_found() -> ApiError:
    return ApiError(404, "Not found")


def invalid(*faults: tuple[str, str, str]) -> ApiError:
    return ApiError(422, "Validation Failed", [{"field": name, "code": code, "message": text, "documentation_url": DOCS}
                                               for name, code, text in faults])


def check(body: Any) -> dict[str, Any]:
    """The writable part of a query, or ApiError."""
    if not isinstance(body, dict):
        raise ApiError(400, "A JSON object is needed")
    faults = [(key, "invalid", f"{key} is not a field of a query") for key in body
              if key not in WRITABLE and key not in READ_ONLY]
    for key, types in WRITABLE.items():
        if body.get(key) is not None and not isinstance(body[key], types):
            faults.append((key, "invalid", f"{key} must be {types[0].__name__}"))
    faults += [(key, "missing_field", f"{key} must be specified") for key in ("model", "view") if not body.get(key)]
    if faults:
        raise invalid(*faults)
    if body["model"] != MODEL or body["view"] not in EXPLORES:
        raise not_found()
    query = {key: body.get(key) for key in WRITABLE}
    faults = _check_fields(query)
    if query["filter_config"] is not None:
        # Looker takes it, and then shows other filters than it ran: a copy must drop it.
        faults.append(("filter_config", "invalid", "filter_config would override filters: send null"))
    client_id = query["client_id"]
    if client_id is not None and not re.fullmatch(r"[A-Za-z0-9]{22}", client_id):
        faults.append(("client_id", "invalid", "client_id must be 22 alphanumeric characters"))
    if faults:
        raise invalid(*faults)
    return query


def _check_fields(query: dict[str, Any]) -> list[tuple[str, str, str]]:
    view, faults = query["view"], []
    named = {calc.get("table_calculation") for calc in json.loads(query["dynamic_fields"] or "[]")}
    if not query["fields"]:
        faults.append(("fields", "missing_field", "fields must be specified"))
    for key in ("fields", "pivots", "fill_fields"):
        for name in query[key] or []:
            if not has_field(view, name):
                faults.append((key, "invalid", f"unknown field {name}"))
    for name in query["pivots"] or []:
        if name not in (query["fields"] or []):
            faults.append(("pivots", "invalid", f"{name} is not among the fields"))
    for sort in query["sorts"] or []:
        if sort.split()[0] not in (query["fields"] or []) and sort.split()[0] not in named:
            faults.append(("sorts", "invalid", f"cannot sort by {sort}"))
    for name, text in (query["filters"] or {}).items():
        if not has_field(view, name):
            faults.append(("filters", "invalid", f"unknown field {name}"))
        elif not isinstance(text, str):
            faults.append(("filters", "invalid", f"the filter of {name} must be a string"))
    for key in ("limit", "column_limit"):
        if query[key] is not None and not re.fullmatch(r"-1|\d+", query[key]):
            faults.append((key, "invalid", f"{key} must be a number in a string"))
    return faults


class Queries:
    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}
        self.by_slug: dict[str, str] = {}
        self._by_content: dict[str, str] = {}
        self._client_ids: dict[str, str] = {}
        self.web_url = ""

    def create(self, body: Any) -> dict[str, Any]:
        query = check(body)
        client_id = query["client_id"]
        content = json.dumps({k: v for k, v in query.items() if k != "client_id"}, sort_keys=True)
        known = self._by_content.get(content)
        if client_id is not None and self._client_ids.get(client_id, known) != known:
            raise ApiError(409, "client_id is already taken by another query")
        if known is None:
            known = str(1000 + len(self.by_id))
            slug = _slug(content)
            self.by_id[known] = {**query, "id": known, "slug": slug, "client_id": client_id or slug}
            self._by_content[content], self.by_slug[slug] = known, known
        if client_id is not None:
            self._client_ids[client_id] = known
            self.by_slug[client_id] = known
        return self.by_id[known]

    def get(self, query_id: str) -> dict[str, Any]:
        if query_id not in self.by_id:
            raise not_found()
        return self.by_id[query_id]

    def by_slug_or_client_id(self, slug: str) -> dict[str, Any]:
        if slug not in self.by_slug:
            raise not_found()
        return self.by_id[self.by_slug[slug]]

    def shown(self, query: Optional[dict[str, Any]]) -> Optional[dict[str, Any]]:
        """A query as the API gives it away, with its addresses."""
        if query is None:
            return None
        url = expanded_url(query)
        return {**query, "url": url, "share_url": f"{self.web_url}/x/{query['slug']}",
                "expanded_share_url": self.web_url + url, "has_table_calculations": bool(query["dynamic_fields"]),
                "can": {"run": True, "see_results": True, "explore": True, "create": True, "show": True,
                        "cost_estimate": True, "index": True, "see_lookml": False, "render": True,
                        "generate_drill_links": True, "download": True, "download_unlimited": True}}


def _slug(content: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    number = int.from_bytes(hashlib.sha256(content.encode()).digest(), "big")
    slug = ""
    for _ in range(22):
        number, rest = divmod(number, 62)
        slug += alphabet[rest]
    return slug


def expanded_url(query: dict[str, Any]) -> str:
    parts = [f"fields={','.join(query['fields'])}"]
    parts += [f"f[{name}]={quote(text, safe='')}" for name, text in (query["filters"] or {}).items()]
    if query["sorts"]:
        parts.append(f"sorts={quote(','.join(query['sorts']), safe=',.')}")
    parts.append(f"limit={query['limit'] or 500}")
    return f"/explore/{query['model']}/{query['view']}?{'&'.join(parts)}"
