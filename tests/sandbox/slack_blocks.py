"""The shape and limits of each Block Kit block, element and composition object.

Every function reports through a `Faults` list, with the JSON pointer that Slack would print. Unknown
keys are refused everywhere: Slack refuses them too, with `invalid_blocks`.
"""
from __future__ import annotations

from typing import Any, Callable, Optional

from slack_mrkdwn import find_fault

Check = Callable[["Faults", str, Any], None]


class Faults:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.cell_chars = {"table": 0, "data_table": 0}
        self.text_chars = 0

    def add(self, pointer: str, what: str) -> None:
        self.found.append(f"[ERROR] {what} [json-pointer:{pointer}]")


def check_object(faults: Faults, at: str, value: Any, required: dict[str, Check],
                 optional: dict[str, Check]) -> bool:
    """An object with exactly these keys. Says whether it is worth looking further."""
    if not isinstance(value, dict):
        faults.add(at, "must provide an object")
        return False
    for key in value:
        if key not in required and key not in optional:
            faults.add(f"{at}/{key}", f"unknown key: {key}")
    for key, check in required.items():
        if key not in value:
            faults.add(at, f"missing required field: {key}")
        else:
            check(faults, f"{at}/{key}", value[key])
    for key, check in optional.items():
        if key in value:
            check(faults, f"{at}/{key}", value[key])
    return True


def string(most: int, least: int = 1, pick: tuple[str, ...] = ()) -> Check:
    def check(faults: Faults, at: str, value: Any) -> None:
        if not isinstance(value, str):
            faults.add(at, "must provide a string")
        elif len(value) < least:
            faults.add(at, f"must be at least {least} characters" if least > 1 else "must not be empty")
        elif len(value) > most:
            faults.add(at, f"must be less than {most + 1} characters")
        elif pick and value not in pick:
            faults.add(at, f"must be one of: {', '.join(pick)}")
    return check


def url(faults: Faults, at: str, value: Any) -> None:
    string(3000)(faults, at, value)
    if isinstance(value, str) and (not value.startswith(("http://", "https://")) or any(
            char.isspace() or char in "<>|" for char in value)):
        faults.add(at, "invalid url")


def boolean(faults: Faults, at: str, value: Any) -> None:
    if not isinstance(value, bool):
        faults.add(at, "must provide a boolean")


def integer(least: int, most: int) -> Check:
    def check(faults: Faults, at: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            faults.add(at, "must provide an integer")
        elif not least <= value <= most:
            faults.add(at, f"must be between {least} and {most}")
    return check


def number(faults: Faults, at: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        faults.add(at, "must provide a number")


def array(each: Check, most: int, least: int = 1) -> Check:
    def check(faults: Faults, at: str, value: Any) -> None:
        if not isinstance(value, list):
            faults.add(at, "must provide an array")
            return
        if len(value) < least:
            faults.add(at, f"must have at least {least} items")
        if len(value) > most:
            faults.add(at, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            each(faults, f"{at}/{index}", item)
    return check


def one_of(kinds: dict[str, Check], what: str) -> Check:
    """An object whose "type" says how to check it."""
    def check(faults: Faults, at: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            faults.add(at, f"missing required field: type of {what}")
        elif kind not in kinds:
            faults.add(f"{at}/type", f"unsupported type: {kind}")
        else:
            kinds[kind](faults, at, value)
    return check


def exactly(kind: str) -> Check:
    return string(50, pick=(kind,))


def shape(kind: str, required: dict[str, Check], optional: Optional[dict[str, Check]] = None) -> Check:
    def check(faults: Faults, at: str, value: Any) -> None:
        check_object(faults, at, value, {"type": exactly(kind), **required}, optional or {})
    return check


def block(kind: str, required: dict[str, Check], optional: Optional[dict[str, Check]] = None) -> Check:
    return shape(kind, required, {"block_id": string(255), **(optional or {})})


def text_object(most: int, plain: bool = False, mrkdwn: bool = False) -> Check:
    """A text object; `plain` or `mrkdwn` where only that kind is allowed."""
    def check(faults: Faults, at: str, value: Any) -> None:
        if not check_object(faults, at, value, {"type": string(20), "text": string(most)},
                            {"emoji": boolean, "verbatim": boolean}):
            return
        kind, text = value.get("type"), value.get("text")
        allowed = ("plain_text",) if plain else ("mrkdwn",) if mrkdwn else ("plain_text", "mrkdwn")
        if kind not in allowed:
            faults.add(f"{at}/type", f"must be one of: {', '.join(allowed)}")
        if kind == "mrkdwn" and "emoji" in value or kind == "plain_text" and "verbatim" in value:
            faults.add(at, "emoji goes with plain_text only, verbatim with mrkdwn only")
        if isinstance(text, str):
            faults.text_chars += len(text)
            wrong = find_fault(text) if kind == "mrkdwn" else None
            if wrong:
                faults.add(f"{at}/text", wrong)
    return check


def plain(most: int) -> Check:
    return text_object(most, plain=True)


CONFIRM = lambda faults, at, value: check_object(  # noqa: E731
    faults, at, value, {"title": plain(100), "text": text_object(300), "confirm": plain(30), "deny": plain(30)},
    {"style": string(10, pick=("primary", "danger"))})


def option(faults: Faults, at: str, value: Any) -> None:
    check_object(faults, at, value, {"text": text_object(75), "value": string(75)},
                 {"description": text_object(75), "url": url})


_ACTION: dict[str, Check] = {"action_id": string(255)}
_SELECT: dict[str, Check] = {**_ACTION, "placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": boolean}

BUTTON = shape("button", {"text": plain(75)},
               {**_ACTION, "value": string(2000), "url": url, "confirm": CONFIRM, "accessibility_label": string(75),
                "style": string(10, pick=("primary", "danger"))})
OVERFLOW = shape("overflow", {"options": array(option, 5)}, {**_ACTION, "confirm": CONFIRM})


def menu_option(faults: Faults, at: str, value: Any) -> None:
    """Menus take plain text only; an address goes with `overflow` only."""
    check_object(faults, at, value, {"text": plain(75), "value": string(75)}, {"description": plain(75)})


def static_select(faults: Faults, at: str, value: Any) -> None:
    group = lambda f, a, v: check_object(f, a, v, {"label": plain(75), "options": array(menu_option, 100)}, {})  # noqa: E731
    shape("static_select", {}, {**_SELECT, "options": array(menu_option, 100), "initial_option": menu_option,
                                "option_groups": array(group, 100)})(faults, at, value)
    if ("options" in value) == ("option_groups" in value):
        faults.add(at, "exactly one of options and option_groups is needed")
    chosen_is_offered(faults, at, value)


def chosen_is_offered(faults: Faults, at: str, value: dict[str, Any]) -> None:
    offered = [one for one in value.get("options") or [] if isinstance(one, dict)]
    for group in value.get("option_groups") or []:
        offered += group.get("options") or [] if isinstance(group, dict) else []
    values = [one.get("value") for one in offered]
    if len(set(map(str, values))) < len(values):
        faults.add(at, "two options have the same value")
    for key in ("initial_option", "initial_options"):
        given = value.get(key) or []
        if any(one not in offered for one in (given if isinstance(given, list) else [given])):
            faults.add(f"{at}/{key}", "must be one of the options, exactly")


STATIC_SELECT: Check = static_select
EXTERNAL_SELECT = shape("external_select", {}, {**_SELECT, "min_query_length": integer(0, 100),
                                                "initial_option": menu_option})
DATEPICKER = shape("datepicker", {}, {**_SELECT, "initial_date": string(10, 10)})
SLACK_FILE = lambda faults, at, value: check_object(  # noqa: E731
    faults, at, value, {}, {"id": string(50), "url": url})
IMAGE_ELEMENT = shape("image", {"alt_text": string(2000)}, {"image_url": url, "slack_file": SLACK_FILE})
_ACCESSORIES = {"button": BUTTON, "overflow": OVERFLOW, "static_select": STATIC_SELECT,
                "external_select": EXTERNAL_SELECT, "datepicker": DATEPICKER}
ELEMENT = one_of(_ACCESSORIES, "element")
ACCESSORY = one_of({**_ACCESSORIES, "image": IMAGE_ELEMENT}, "accessory")
CONTEXT_ELEMENT = one_of({"mrkdwn": text_object(3000), "plain_text": text_object(3000), "image": IMAGE_ELEMENT},
                         "context element")

# rich_text

STYLE = lambda faults, at, value: check_object(  # noqa: E731
    faults, at, value, {}, {key: boolean for key in ("bold", "italic", "strike", "code", "underline")})


def rich_string(faults: Faults, at: str, value: Any) -> None:
    string(12000)(faults, at, value)
    if isinstance(value, str):
        faults.text_chars += len(value)


RICH_ELEMENT = one_of({
    "text": shape("text", {"text": rich_string}, {"style": STYLE}),
    "link": shape("link", {"url": url}, {"text": rich_string, "style": STYLE, "unsafe": boolean}),
    "emoji": shape("emoji", {"name": string(100)}, {"unicode": string(100), "style": STYLE}),
    "user": shape("user", {"user_id": string(30)}, {"style": STYLE}),
    "channel": shape("channel", {"channel_id": string(30)}, {"style": STYLE}),
    "usergroup": shape("usergroup", {"usergroup_id": string(30)}, {"style": STYLE}),
    "broadcast": shape("broadcast", {"range": string(10, pick=("here", "channel", "everyone"))}, {"style": STYLE}),
    "date": shape("date", {"timestamp": integer(0, 1 << 40), "format": string(100)},
                  {"url": url, "fallback": string(200), "style": STYLE}),
}, "rich text element")
RICH_SECTION = shape("rich_text_section", {"elements": array(RICH_ELEMENT, 1000, 0)})
RICH_PART = one_of({
    "rich_text_section": RICH_SECTION,
    "rich_text_preformatted": shape("rich_text_preformatted", {"elements": array(RICH_ELEMENT, 1000, 0)},
                                    {"border": integer(0, 1), "language": string(40)}),
    "rich_text_quote": shape("rich_text_quote", {"elements": array(RICH_ELEMENT, 1000, 0)}, {"border": integer(0, 1)}),
    "rich_text_list": shape("rich_text_list", {"elements": array(RICH_SECTION, 1000),
                                               "style": string(10, pick=("bullet", "ordered"))},
                            {"indent": integer(0, 8), "offset": integer(0, 10000), "border": integer(0, 1)}),
}, "rich text part")
RICH_TEXT = block("rich_text", {"elements": array(RICH_PART, 100)})

# Blocks without data


def section(faults: Faults, at: str, value: Any) -> None:
    block("section", {}, {"text": text_object(3000), "fields": array(text_object(2000), 10),
                          "accessory": ACCESSORY, "expand": boolean})(faults, at, value)
    if "text" not in value and "fields" not in value:
        faults.add(at, "missing required field: text or fields")


def image(faults: Faults, at: str, value: Any) -> None:
    block("image", {"alt_text": string(2000)}, {"image_url": url, "slack_file": SLACK_FILE,
                                                "title": plain(2000)})(faults, at, value)
    if ("image_url" in value) == ("slack_file" in value):
        faults.add(at, "exactly one of image_url and slack_file is needed")


def markdown_text(faults: Faults, at: str, value: Any) -> None:
    string(12000)(faults, at, value)


BASE_BLOCKS: dict[str, Check] = {
    "section": section,
    "image": image,
    "header": block("header", {"text": plain(150)}, {"level": integer(1, 4)}),
    "divider": block("divider", {}),
    "context": block("context", {"elements": array(CONTEXT_ELEMENT, 10)}),
    "actions": block("actions", {"elements": array(ELEMENT, 25)}),
    "rich_text": RICH_TEXT,
    "markdown": block("markdown", {"text": markdown_text}),
}
