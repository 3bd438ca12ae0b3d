"""Looks, dashboards and folders as Looker's API shows them. What they hold is in looker_library."""
from __future__ import annotations

from typing import Any, Iterable, Optional

from looker_model import FIELDS, MODEL, metadata
from looker_queries import Queries, not_found

CREATED, UPDATED = "2026-02-03T09:00:00.000+00:00", "2026-09-14T08:30:00.000+00:00"
OWNER = {"user_id": "7", "user_name": "Ada Okafor"}
CAN = {"index": True, "show": True, "copy": True, "run": True, "explore": True, "download": True, "schedule": True,
       "render": True, "create": True, "update": False, "destroy": False, "show_errors": True}


class Content:
    def __init__(self, queries: Queries) -> None:
        self.queries = queries
        self.folders: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, dict[str, Any]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        # They exist, but the bot's account may not see them: Looker then says "not found".
        self.forbidden: set[str] = set()
        # The same for the account that asks now.
        self.hidden: frozenset[str] = frozenset()
        self._serial = 0

    def next_id(self) -> str:
        self._serial += 1
        return str(500 + self._serial)

    # Building

    def add_folder(self, folder_id: str, name: str, parent: Optional[str]) -> None:
        self.folders[folder_id] = {
            "id": folder_id, "name": name, "parent_id": parent, "content_metadata_id": "9" + folder_id,
            "created_at": CREATED, "creator_id": "7", "child_count": 0, "external_id": None, "is_embed": False,
            "is_embed_shared_root": False, "is_embed_users_root": False, "is_personal": False,
            "is_personal_descendant": False, "is_shared_root": folder_id == "1", "is_users_root": False, "can": CAN}
        if parent is not None:
            self.folders[parent]["child_count"] += 1

    def add_look(self, look_id: str, title: str, folder: str, query: dict[str, Any], description: str = "",
                 views: int = 3) -> None:
        made = self.queries.create({"model": MODEL, **query})
        self.looks[look_id] = {
            "id": look_id, "title": title, "description": description or None, "query_id": made["id"],
            "folder_id": folder, "public": False, "public_slug": None, "public_url": None, "deleted": False,
            "deleted_at": None, "deleter_id": None, "is_run_on_load": True, "created_at": CREATED,
            "updated_at": UPDATED, "url": f"/looks/{look_id}", "short_url": f"/looks/{look_id}", "embed_url": None,
            "excel_file_url": None, "image_embed_url": None, "google_spreadsheet_formula": None,
            "view_count": views, "favorite_count": 0, "content_metadata_id": "8" + look_id, "can": CAN,
            "model": {"id": MODEL, "label": "Shop"}, **OWNER}

    def add_dashboard(self, dashboard_id: str, title: str, folder: str, tiles: list[dict[str, Any]],
                      filters: Iterable[dict[str, Any]] = (), description: str = "", readonly: bool = False) -> None:
        elements, components = [], []
        for index, tile in enumerate(tiles):
            place = tile.pop("_place", (index // 2 * 6, index % 2 * 12))
            element = {**tile, "dashboard_id": dashboard_id}
            elements.append(element)
            components.append({
                "id": self.next_id(), "dashboard_layout_id": "7" + dashboard_id, "dashboard_element_id": element["id"],
                "row": place[0], "column": place[1], "width": 12, "height": 6, "deleted": False,
                "element_title": element["title"], "element_title_hidden": False, "vis_type": None, "can": CAN})
        shown = []
        for row, one in enumerate(filters):
            shown.append({**one, "id": self.next_id(), "dashboard_id": dashboard_id, "row": row, "can": CAN})
        layout = {"id": "7" + dashboard_id, "dashboard_id": dashboard_id, "type": "newspaper", "active": True,
                  "column_width": None, "width": None, "deleted": False, "label": "", "order": 0, "can": CAN,
                  "dashboard_title": title, "dashboard_layout_components": components}
        self.dashboards[dashboard_id] = {
            "id": dashboard_id, "title": title, "description": description or None, "hidden": False,
            "folder_id": folder, "readonly": readonly, "slug": f"slug{dashboard_id}".replace(":", ""),
            "model": {"id": MODEL, "label": "Shop"} if readonly else None, "deleted": False, "created_at": CREATED,
            "updated_at": UPDATED, "url": f"/dashboards/{dashboard_id}", "preferred_viewer": "dashboards-next",
            "query_timezone": None, "refresh_interval": None, "refresh_interval_to_i": None, "view_count": 12,
            "content_metadata_id": "6" + dashboard_id, "content_favorite_id": None, "load_configuration": "cache_run",
            "crossfilter_enabled": False, "dashboard_elements": elements, "dashboard_filters": shown,
            "dashboard_layouts": [layout], "can": CAN, **OWNER}

    # Showing

    def folder_base(self, folder_id: str) -> dict[str, Any]:
        return dict(self.folders[folder_id])

    def see(self, table: dict[str, Any], item_id: str, what: str) -> dict[str, Any]:
        if item_id not in table or not self.may_see(f"{what}/{item_id}"):
            raise not_found()
        return table[item_id]

    def seen(self, table: dict[str, Any], what: str) -> list[dict[str, Any]]:
        return [item for item_id, item in table.items() if self.may_see(f"{what}/{item_id}")]

    def may_see(self, name: str) -> bool:
        return name not in self.forbidden and name not in self.hidden

    def look(self, look_id: str, with_query: bool = True) -> dict[str, Any]:
        look = self.see(self.looks, look_id, "looks")
        shown = {**look, "folder": self.folder_base(look["folder_id"])}
        if with_query:
            shown["query"] = self.queries.shown(self.queries.get(look["query_id"]))
        return shown

    def dashboard(self, dashboard_id: str) -> dict[str, Any]:
        dashboard = self.see(self.dashboards, dashboard_id, "dashboards")
        return {**dashboard, "folder": self.folder_base(dashboard["folder_id"]),
                "dashboard_elements": [self._element(element) for element in dashboard["dashboard_elements"]]}

    def _element(self, element: dict[str, Any]) -> dict[str, Any]:
        shown = dict(element)
        listens = shown.pop("_listens")
        query_id, form = shown.pop("_query_id"), shown.pop("_form")
        query = self.queries.shown(self.queries.get(query_id)) if query_id else None
        shown["query"], shown["query_id"] = (query, query_id) if form == "query" else (None, None)
        shown["look"] = self.look(shown["look_id"]) if shown["look_id"] else None
        if form == "text":
            shown["result_maker"], shown["result_maker_id"] = None, None
            return shown
        filterables = []
        for source in shown.pop("_sources", None) or [query]:
            filterables.append({"model": MODEL, "view": source["view"], "name": "", "listen": [
                {"dashboard_filter_name": name, "field": where} for name, where in listens.items()]})
        shown["result_maker"] = {
            "id": shown["result_maker_id"], "dynamic_fields": query["dynamic_fields"] if query else None,
            "filterables": filterables, "sorts": query["sorts"] if query else None,
            "merge_result_id": shown["merge_result_id"], "total": bool(query and query["total"]), "query_id": query_id,
            "sql_query_id": None, "query": query, "vis_config": query["vis_config"] if query else {"type": "looker_line"}}
        return shown

    def dashboard_base(self, dashboard_id: str) -> dict[str, Any]:
        whole = self.see(self.dashboards, dashboard_id, "dashboards")
        keys = ("can", "content_favorite_id", "content_metadata_id", "description", "hidden", "id", "model",
                "query_timezone", "readonly", "refresh_interval", "refresh_interval_to_i", "title", "user_id", "slug",
                "preferred_viewer")
        return {**{key: whole[key] for key in keys}, "folder": self.folder_base(whole["folder_id"])}

    def all_looks(self) -> list[dict[str, Any]]:
        return [self.look(one["id"], False) for one in self.seen(self.looks, "looks")]

    def all_dashboards(self) -> list[dict[str, Any]]:
        return [self.dashboard_base(one["id"]) for one in self.seen(self.dashboards, "dashboards")]

    def folder(self, folder_id: str) -> dict[str, Any]:
        folder = self.see(self.folders, folder_id, "folders")
        return {**folder,
                "dashboards": [self.dashboard_base(one["id"]) for one in self.seen(self.dashboards, "dashboards")
                               if one["folder_id"] == folder_id],
                "looks": [self.look(one["id"], False) for one in self.seen(self.looks, "looks")
                          if one["folder_id"] == folder_id]}

    def children(self, folder_id: str) -> list[dict[str, Any]]:
        self.see(self.folders, folder_id, "folders")
        return [self.folder(one["id"]) for one in self.seen(self.folders, "folders") if one["parent_id"] == folder_id]

    # The parts of a dashboard

    def tile(self, title: Optional[str], query: Optional[dict[str, Any]] = None, *, form: str = "query",
             listens: Optional[dict[str, str]] = None, look: Optional[str] = None, text: str = "",
             sources: Optional[list[dict[str, Any]]] = None, place: Optional[tuple[int, int]] = None) -> dict[str, Any]:
        """A tile. `form`: "query", "result_maker" (the query stands there only), "look", "text", "merge"."""
        query_id = self.queries.create({"model": MODEL, **query})["id"] if query else None
        if look:
            query_id = self.looks[look]["query_id"]
        merge = self.next_id() if form == "merge" else None
        tile: dict[str, Any] = {
            "id": self.next_id(), "title": title, "title_hidden": False, "type": "text" if form == "text" else "vis",
            "body_text": text or None, "body_text_as_html": f"<p>{text}</p>" if text else None, "look_id": look,
            "title_text": title if form == "text" else None, "subtitle_text": None, "merge_result_id": merge,
            "result_maker_id": None if form == "text" else self.next_id(), "note_text": None, "note_display": None,
            "note_state": None, "refresh_interval": None, "rich_content_json": None, "extension_id": None,
            "filter_id": None, "lookml_link_id": None, "alert_count": 0, "can": CAN,
            "_listens": listens or {}, "_query_id": query_id, "_form": form}
        if sources:
            tile["_sources"] = sources
        if place:
            tile["_place"] = place
        return tile

    @staticmethod
    def filter(title: str, dimension: str, *, default: str = "", required: bool = False, name: str = "",
               explore: str = "orders", ui: str = "advanced", bare: bool = False) -> dict[str, Any]:
        """A dashboard's filter on a field; a `bare` one has a kind but no field, which Looker allows too."""
        field = FIELDS[dimension]
        kind = "field_filter"
        if bare:
            kind = ("date" if field.is_timeframe else "number" if field.is_numeric else "string") + "_filter"
        return {"name": name or title, "title": title, "type": kind, "default_value": default,
                "model": "" if bare else MODEL, "explore": "" if bare else explore,
                "dimension": "" if bare else dimension, "field": None if bare else metadata(field, explore),
                "listens_to_filters": [], "allow_multiple_values": True, "required": required,
                "ui_config": {"type": ui, "display": "popover", "options": []}}
