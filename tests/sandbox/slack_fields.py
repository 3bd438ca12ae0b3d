"""The fields of a modal: which elements hold a value, what they begin with, what they offer, and what they refuse."""
from __future__ import annotations

import json
from typing import Any, Optional

from slack_blocks import Faults, array, check_object, menu_option, plain

REQUIRED = "Please complete this required field."

# Type of an element -> the key of its value in state.values.
VALUE_KEYS = {"plain_text_input": "value", "number_input": "value", "static_select": "selected_option",
              "external_select": "selected_option", "radio_buttons": "selected_option", "checkboxes": "selected_options",
              "datepicker": "selected_date", "users_select": "selected_user", "conversations_select": "selected_conversation"}
INITIAL_KEYS = {"value": "initial_value", "selected_option": "initial_option", "selected_options": "initial_options",
                "selected_date": "initial_date", "selected_user": "initial_user", "selected_conversation": "initial_conversation"}

View = dict[str, Any]


class Field:
    """An element that holds a value, and the block around it."""

    def __init__(self, block: dict[str, Any], element: dict[str, Any]) -> None:
        self.block, self.element = block, element
        self.kind, self.block_id, self.action_id = element["type"], block["block_id"], element["action_id"]
        self.key = VALUE_KEYS[self.kind]
        self.is_input = block["type"] == "input"
        self.label = block["label"]["text"] if self.is_input else ""
        self.required = self.is_input and not block.get("optional", False)

    def named(self, name: str) -> bool:
        return name in (self.label, self.block_id, self.action_id)

    def initial(self) -> Any:
        return self.element.get(INITIAL_KEYS[self.key], [] if self.key == "selected_options" else None)

    def options(self) -> list[dict[str, Any]]:
        return list(self.element.get("options") or []) + [one for group in self.element.get("option_groups") or []
                                                          for one in group["options"]]

    def wrong(self, value: Any) -> Optional[str]:
        """Why the client does not let it go."""
        if value in (None, "", []):
            return REQUIRED if self.required else None
        if self.key != "value":
            return None
        least, most = self.element.get("min_length", 0), self.element.get("max_length", 3000)
        if len(value) < least:
            return f"Please use at least {least} characters."
        return f"Please shorten this to {most} characters." if len(value) > most else None


def fields_of(view: View) -> list[Field]:
    found = []
    for block in view["blocks"]:
        elements = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory"), block.get("element")]
        found += [Field(block, one) for one in elements if isinstance(one, dict) and one.get("type") in VALUE_KEYS]
    return found


def fits(one: dict[str, Any], given: Any) -> bool:
    return given in (one["value"], one["text"]["text"], {"value": one["value"]})


def pick(options: list[dict[str, Any]], given: Any, name: str) -> dict[str, Any]:
    """By what it says, or else by its value; {"value": …} is only that."""
    for wanted in (lambda one: one["text"]["text"], lambda one: one["value"], lambda one: {"value": one["value"]}):
        for one in options:
            if wanted(one) == given:
                return one
    raise ValueError(f"{name!r} does not offer {given!r}; it offers {[one['text']['text'] for one in options][:20]}")


def read_options(body: str) -> list[dict[str, Any]]:
    """The answer to a block_suggestion: options, or option_groups."""
    answer, faults = json.loads(body or "null"), Faults()
    if not isinstance(answer, dict) or set(answer) not in ({"options"}, {"option_groups"}):
        raise ValueError("options or option_groups are needed, and nothing else")
    group = lambda f, a, v: check_object(f, a, v, {"label": plain(75), "options": array(menu_option, 100, 0)}, {})  # noqa: E731
    if "options" in answer:
        array(menu_option, 100, 0)(faults, "/options", answer["options"])
    else:
        array(group, 100, 0)(faults, "/option_groups", answer["option_groups"])
    if faults.found:
        raise ValueError(" ".join(faults.found[:3]))
    if "options" in answer:
        return list(answer["options"])
    return [one for each in answer["option_groups"] for one in each["options"]]
