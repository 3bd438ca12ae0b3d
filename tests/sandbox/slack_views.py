"""views.publish, views.open and views.update: App Home and modals, with their limits."""
from __future__ import annotations

import json
import secrets
from typing import Any

from slack_blocks import (BASE_BLOCKS, DATEPICKER, EXTERNAL_SELECT, STATIC_SELECT, Check, Faults, array, block, boolean,
                          check_object, chosen_is_offered, exactly, integer, one_of, option, plain, shape, string)
from slack_limits import Refusal, check_unique, decode
from slack_people import APP_ID, BOT_ID, TEAM_ID
from slack_state import TRIGGER_LIFE_S, SlackState
from slack_tables import DATA_BLOCKS

Args = dict[str, Any]

MAX_VIEW_BYTES = 250_000
MAX_VIEW_BLOCKS = 100

_NAMED: dict[str, Check] = {"action_id": string(255)}
_PLACED: dict[str, Check] = {**_NAMED, "placeholder": plain(150), "focus_on_load": boolean}
_CHOICES = {"options": array(option, 10), **_NAMED}
_TRIGGERS = array(string(30, pick=("on_enter_pressed", "on_character_entered")), 2)


def text_input(faults: Faults, at: str, value: Any) -> None:
    config = lambda f, a, v: check_object(f, a, v, {"trigger_actions_on": _TRIGGERS}, {})  # noqa: E731
    shape("plain_text_input", {}, {
        **_PLACED, "initial_value": string(3000, 0), "multiline": boolean, "min_length": integer(0, 3000),
        "max_length": integer(1, 3000), "dispatch_action_config": config})(faults, at, value)
    least, most, given = value.get("min_length", 0), value.get("max_length", 3000), value.get("initial_value", "")
    if isinstance(least, int) and isinstance(most, int) and (least > most or isinstance(given, str) and len(given) > most):
        faults.add(at, "min_length, max_length and initial_value do not fit")


def chosen(check: Check) -> Check:
    def both(faults: Faults, at: str, value: Any) -> None:
        check(faults, at, value)
        chosen_is_offered(faults, at, value)
    return both


INPUT_ELEMENT = one_of({
    "plain_text_input": text_input,
    "number_input": shape("number_input", {"is_decimal_allowed": boolean}, {
        **_PLACED, "initial_value": string(100), "min_value": string(100), "max_value": string(100)}),
    "static_select": STATIC_SELECT, "external_select": EXTERNAL_SELECT, "datepicker": DATEPICKER,
    "checkboxes": chosen(shape("checkboxes", _CHOICES, {"initial_options": array(option, 10), "focus_on_load": boolean})),
    "radio_buttons": chosen(shape("radio_buttons", _CHOICES, {"initial_option": option, "focus_on_load": boolean})),
    "conversations_select": shape("conversations_select", {}, {
        **_PLACED, "response_url_enabled": boolean, "default_to_current_conversation": boolean,
        "initial_conversation": string(30)}),
    "users_select": shape("users_select", {}, {**_PLACED, "initial_user": string(30)}),
}, "input element")
INPUT = block("input", {"label": plain(2000), "element": INPUT_ELEMENT},
              {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean})

# Charts are for messages only, tables for messages and App Home.
BLOCKS = {
    "home": one_of({**BASE_BLOCKS, "input": INPUT, **{key: DATA_BLOCKS[key] for key in ("table", "data_table")}}, "block"),
    "modal": one_of({**BASE_BLOCKS, "input": INPUT}, "block"),
}
COMMON: dict[str, Check] = {"private_metadata": string(3000, 0), "callback_id": string(255, 0),
                            "external_id": string(255, 0)}
KEYS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "home": ({}, COMMON),
    "modal": ({"title": plain(24)}, {**COMMON, "submit": plain(24), "close": plain(24), "clear_on_close": boolean,
                                     "notify_on_close": boolean, "submit_disabled": boolean}),
}


def check_view(value: Any, kind: str, refused: set[str]) -> dict[str, Any]:
    """The view decoded, or Refusal."""
    if isinstance(value, str) and len(value.encode()) > MAX_VIEW_BYTES:
        raise Refusal("view_too_large")
    view = decode(value, "invalid_arguments", dict)
    if not isinstance(view, dict) or view.get("type") != kind:
        raise Refusal("invalid_arguments", [f"[ERROR] must be a view of type {kind} [json-pointer:/view/type]"])
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        raise Refusal("view_too_large")
    faults = Faults()
    required, optional = KEYS[kind]
    check_object(faults, "/view", view, {"type": exactly(kind), "blocks": array(lambda f, a, v: None, MAX_VIEW_BLOCKS, 0),
                                         **required}, optional)
    blocks = view.get("blocks") if isinstance(view.get("blocks"), list) else []
    for index, one in enumerate(blocks):
        found = one.get("type") if isinstance(one, dict) else None
        if found in refused:
            faults.add(f"/view/blocks/{index}/type", f"unsupported type: {found}")
        else:
            BLOCKS[kind](faults, f"/view/blocks/{index}", one)
    check_unique(faults, blocks, "/view/blocks")
    if kind == "modal" and "submit" not in view and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks):
        faults.add("/view", "missing required field: submit")
    if faults.found:
        raise Refusal("invalid_arguments", faults.found)
    return dict(view)


class Views:
    def __init__(self, state: SlackState) -> None:
        self.state = state
        self.owners: dict[str, str] = {}    # whose modal a view is
        self.handlers = {"views.publish": self.publish, "views.open": self.open, "views.update": self.update}

    def publish(self, args: Args) -> dict[str, Any]:
        if args["user_id"] not in self.state.people:
            raise Refusal("invalid_arguments", ["[ERROR] no such user [json-pointer:/user_id]"])
        view = check_view(args["view"], "home", self.state.refused_blocks)
        old = self.state.views.get(self.state.homes.get(args["user_id"], ""))
        self.check_hash(args, old)
        kept = self.keep(view, old)
        self.state.homes[args["user_id"]] = kept["id"]
        self.state.tell("home", {"user": args["user_id"], "view": kept})
        return {"view": kept}

    def open(self, args: Args) -> dict[str, Any]:
        trigger = self.state.triggers.get(args["trigger_id"])
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger["used"]:
            raise Refusal("exchanged_trigger_id")
        if self.state.now() - trigger["born"] > TRIGGER_LIFE_S:
            raise Refusal("expired_trigger_id")
        view = check_view(args["view"], "modal", self.state.refused_blocks)
        self.check_external_id(view, None)
        trigger["used"] = True
        kept = self.keep(view, None, trigger["user"])
        self.state.modals[trigger["user"]] = [kept["id"]]
        self.state.tell("view", {"user": trigger["user"], "view": kept})
        return {"view": kept}

    def update(self, args: Args) -> dict[str, Any]:
        old = self.find(args)
        if old is None:
            raise Refusal("not_found")
        self.check_hash(args, old)
        view = check_view(args["view"], old["type"], self.state.refused_blocks)
        self.check_external_id(view, old)
        kept = self.keep(view, old)
        if kept["type"] == "modal":
            self.state.clients.get(kept["id"], {}).update(errors={}, trouble=None)
        self.state.tell("view", {"user": self.owners.get(kept["id"]), "view": kept})
        return {"view": kept}

    def find(self, args: Args) -> Any:
        if args.get("view_id"):
            return self.state.views.get(args["view_id"])
        if not args.get("external_id"):
            raise Refusal("invalid_arguments", ["[ERROR] view_id or external_id is needed"])
        return next((one for one in self.state.views.values() if one["external_id"] == args["external_id"]), None)

    @staticmethod
    def check_hash(args: Args, old: Any) -> None:
        if args.get("hash") and (old is None or args["hash"] != old["hash"]):
            raise Refusal("hash_conflict")

    def check_external_id(self, view: dict[str, Any], old: Any) -> None:
        wanted = view.get("external_id")
        if wanted and any(one["external_id"] == wanted and one is not old for one in self.state.views.values()):
            raise Refusal("duplicate_external_id")

    def keep(self, view: dict[str, Any], old: Any, owner: str = "") -> dict[str, Any]:
        view_id = old["id"] if old else "V0" + secrets.token_hex(5).upper()
        if owner:
            self.owners[view_id] = owner
        kept = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "close": None, "submit": None,
                "clear_on_close": False, "notify_on_close": False, **view,
                "id": view_id, "team_id": TEAM_ID, "blocks": self.state.with_block_ids(view["blocks"]),
                "state": {"values": {}}, "hash": f"{self.state.next_ts()[:10]}.{secrets.token_hex(4)}",
                "previous_view_id": old["previous_view_id"] if old else None,
                "root_view_id": old["root_view_id"] if old else view_id, "app_id": APP_ID, "app_installed_team_id": TEAM_ID,
                "bot_id": BOT_ID}
        self.state.views[view_id] = kept
        return kept
