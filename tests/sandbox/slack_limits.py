"""What Slack refuses in a message as a whole. The blocks' own limits are in slack_blocks and slack_tables.

`check_message` is the only door. The numbers are Slack's; where the sandbox is stricter than Slack
(see README.md) that is on purpose: it should refuse what would look wrong, too.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterable, Optional

from slack_blocks import BASE_BLOCKS, Faults, one_of
from slack_mrkdwn import find_fault
from slack_tables import DATA_BLOCKS

MAX_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000
MAX_MARKDOWN = 12_000
MAX_BLOCKS = 50
MAX_BLOCK_TEXT = 13_200
MAX_ATTACHMENTS = 100
MAX_CHARTS = 2
MAX_METADATA_BYTES = 8_000
MAX_CELL_CHARS = {"table": 10_000, "data_table": 20_000}

BLOCK = one_of({**BASE_BLOCKS, **DATA_BLOCKS}, "block")

ATTACHMENT_KEYS = {"fallback", "color", "pretext", "author_name", "author_link", "author_icon", "title", "title_link",
                   "text", "fields", "image_url", "thumb_url", "footer", "footer_icon", "ts", "mrkdwn_in",
                   "callback_id", "actions", "blocks", "attachment_type"}


@dataclass
class Refusal(Exception):
    """Slack's `ok:false`: the error code and the texts for a person."""
    error: str
    messages: list[str] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error": self.error}
        if self.messages:
            answer["response_metadata"] = {"messages": self.messages}
            if self.error.startswith("invalid_blocks"):
                answer["errors"] = [m.removeprefix("[ERROR] ") for m in self.messages]
        return answer


def decode(value: Any, error: str, kind: type) -> Any:
    """A JSON argument, which a form carries as text."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refusal(error, ["[ERROR] not JSON"]) from None
    if not isinstance(value, kind):
        raise Refusal(error, [f"[ERROR] must be {'an array' if kind is list else 'an object'}"])
    return value


def check_message(args: dict[str, Any], *, update: bool = False, refused: Iterable[str] = ()) -> dict[str, Any]:
    """The message with its JSON arguments decoded, or Refusal. `refused`: block types that this
    workspace does not have yet (Slack rolls new ones out in phases)."""
    message = dict(args)
    blocks = decode(args.get("blocks"), "invalid_blocks_format", list)
    attachments = decode(args.get("attachments"), "invalid_attachments", list)
    message["blocks"], message["attachments"] = blocks, attachments
    text, markdown = args.get("text"), args.get("markdown_text")
    if markdown:
        if text or blocks:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > MAX_MARKDOWN:
            raise Refusal("msg_too_long")
    if not (text or blocks or attachments or markdown):
        raise Refusal("no_text")
    _check_text(text, update, str(args.get("mrkdwn", "true")).lower() != "false")
    if blocks:
        check_blocks(blocks, "/blocks", set(refused))
    if attachments:
        _check_attachments(attachments, blocks, set(refused))
    message["metadata"] = check_metadata(args.get("metadata"))
    return message


def _check_text(text: Any, update: bool, is_mrkdwn: bool) -> None:
    if text is None:
        return
    if not isinstance(text, str):
        raise Refusal("invalid_arguments", ["[ERROR] text must be a string [json-pointer:/text]"])
    if len(text) > (MAX_UPDATE_TEXT if update else MAX_TEXT):
        raise Refusal("msg_too_long")
    wrong = find_fault(text) if is_mrkdwn else None
    if wrong:
        raise Refusal("invalid_arguments", [f"[ERROR] {wrong} [json-pointer:/text]"])


def check_blocks(blocks: list[Any], at: str, refused: set[str]) -> None:
    faults = Faults()
    if len(blocks) > MAX_BLOCKS:
        faults.add(at, f"no more than {MAX_BLOCKS} items allowed")
    for index, one in enumerate(blocks):
        kind = one.get("type") if isinstance(one, dict) else None
        if kind in refused:
            faults.add(f"{at}/{index}/type", f"unsupported type: {kind}")
        else:
            BLOCK(faults, f"{at}/{index}", one)
    check_unique(faults, blocks, at)
    kinds = [one.get("type") for one in blocks if isinstance(one, dict)]
    if kinds.count("data_visualization") > MAX_CHARTS:
        faults.add(at, f"no more than {MAX_CHARTS} data_visualization blocks allowed")
    for kind, most in MAX_CELL_CHARS.items():
        if faults.cell_chars[kind] > most:
            faults.add(at, f"all cells of {kind} blocks must have less than {most + 1} characters together")
    prose = [one.get("text", "") for one in blocks if isinstance(one, dict) and one.get("type") == "markdown"]
    if sum(len(text) for text in prose if isinstance(text, str)) > MAX_MARKDOWN:
        faults.add(at, f"all markdown blocks must have less than {MAX_MARKDOWN + 1} characters together")
    if faults.found:
        raise Refusal("invalid_blocks", faults.found)
    if kinds.count("table") + kinds.count("data_table") > 1:
        raise Refusal("invalid_attachments", [f"[ERROR] only_one_table_allowed [json-pointer:{at}]"])
    if faults.text_chars > MAX_BLOCK_TEXT:
        raise Refusal("msg_blocks_too_long")


def check_unique(faults: Faults, blocks: list[Any], at: str) -> None:
    """block_id and action_id are unique in a message or view."""
    seen: set[str] = set()
    actions: set[str] = set()
    for index, one in enumerate(blocks):
        if not isinstance(one, dict):
            continue
        block_id = one.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                faults.add(f"{at}/{index}/block_id", "block_id already exists")
            seen.add(block_id)
        elements = one.get("elements") if one.get("type") == "actions" else [one.get("accessory"), one.get("element")]
        for number, element in enumerate(elements if isinstance(elements, list) else []):
            action_id = element.get("action_id") if isinstance(element, dict) else None
            if isinstance(action_id, str):
                if action_id in actions:
                    faults.add(f"{at}/{index}/elements/{number}/action_id", "action_id already exists")
                actions.add(action_id)


def _check_attachments(attachments: list[Any], blocks: Optional[list[Any]], refused: set[str]) -> None:
    if len(attachments) > MAX_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    tables = sum(1 for one in blocks or [] if one.get("type") in MAX_CELL_CHARS)
    for index, one in enumerate(attachments):
        at = f"/attachments/{index}"
        if not isinstance(one, dict) or set(one) - ATTACHMENT_KEYS:
            raise Refusal("invalid_attachments", [f"[ERROR] unknown keys [json-pointer:{at}]"])
        if isinstance(one.get("actions"), list) and len(one["actions"]) > 5:
            raise Refusal("invalid_attachments", [f"[ERROR] no more than 5 actions [json-pointer:{at}/actions]"])
        for key in ("text", "pretext"):
            wrong = find_fault(one[key]) if isinstance(one.get(key), str) else None
            if wrong:
                raise Refusal("invalid_attachments", [f"[ERROR] {wrong} [json-pointer:{at}/{key}]"])
        if "blocks" in one:
            inner = decode(one["blocks"], "invalid_attachments", list) or []
            check_blocks(inner, f"{at}/blocks", refused)
            tables += sum(1 for block in inner if block.get("type") in MAX_CELL_CHARS)
    if tables > 1:
        raise Refusal("invalid_attachments", ["[ERROR] only_one_table_allowed"])


def check_metadata(value: Any) -> Optional[dict[str, Any]]:
    metadata = decode(value, "invalid_metadata_format", dict)
    if not metadata:
        return metadata
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refusal("invalid_metadata_format", ["[ERROR] unknown keys [json-pointer:/metadata]"])
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_schema", ["[ERROR] event_type (string) and event_payload (object) are needed"])
    if len(json.dumps(metadata)) > MAX_METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata
