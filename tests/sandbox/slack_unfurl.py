"""chat.unfurl: what the bot may show below a person's link."""
from __future__ import annotations

import json
from typing import Any

from slack_limits import ATTACHMENT_KEYS, MAX_BLOCKS, Refusal, check_blocks, decode
from slack_mrkdwn import find_fault
from slack_state import SlackState

Args = dict[str, Any]

NOT_IN_UNFURLS = {"rich_text", "table", "data_table", "data_visualization"}
KEYS = ATTACHMENT_KEYS | {"preview", "hide_color"}


class Unfurls:
    def __init__(self, state: SlackState) -> None:
        self.state = state
        self.handlers = {"chat.unfurl": self.unfurl}

    def unfurl(self, args: Args) -> dict[str, Any]:
        channel_id, ts = self.place(args)
        if (self.state.links.get((channel_id, ts)) or {}).get("source") == "composer":
            return self.compose(self.state.links[channel_id, ts], args)
        if channel_id not in self.state.channels:
            raise Refusal("cannot_find_channel")
        message = self.state.find_message(channel_id, ts)
        if message is None or message.get("_ephemeral_to"):
            raise Refusal("cannot_find_message")
        told = self.state.links.get((channel_id, ts))
        if told is None:
            raise Refusal("cannot_unfurl_message")
        unfurls = self.checked(told, args)
        shown = {url: {**one, "blocks": self.state.with_block_ids(one["blocks"])} if one.get("blocks") else one
                 for url, one in unfurls.items()}
        message["_unfurls"] = {**message.get("_unfurls", {}), **shown}
        if args.get("user_auth_required") or args.get("user_auth_url") or args.get("user_auth_message"):
            message["_unfurl_auth"] = {key: args.get(key) for key in ("user_auth_url", "user_auth_message")}
        self.state.change(channel_id, message, {}, edited=False)
        return {}

    def compose(self, told: dict[str, Any], args: Args) -> dict[str, Any]:
        """The person is still typing: there is no message yet that could show it."""
        told["unfurls"] = self.checked(told, args)
        return {}

    def checked(self, told: dict[str, Any], args: Args) -> dict[str, Any]:
        unfurls = self.read(args)
        for url, one in unfurls.items():
            if url not in told["urls"]:
                raise Refusal("cannot_unfurl_url", [f"[ERROR] not a URL of that message's link_shared: {url}"])
            check_unfurl(url, one, self.state.refused_blocks)
        return unfurls

    def place(self, args: Args) -> tuple[str, str]:
        """The message: by channel and ts, or by what link_shared said of it."""
        if args.get("unfurl_id") or args.get("source"):
            if not args.get("unfurl_id") or not args.get("source"):
                raise Refusal("missing_unfurl_id" if args.get("source") else "missing_source")
            for (channel, ts), told in self.state.links.items():
                if told["unfurl_id"] == args["unfurl_id"]:
                    if told["source"] != args["source"]:
                        raise Refusal("invalid_source")
                    return channel, ts
            raise Refusal("invalid_unfurl_id")
        if not args.get("channel") or not args.get("ts"):
            raise Refusal("missing_ts" if args.get("channel") else "missing_channel")
        return args["channel"], args["ts"]

    @staticmethod
    def read(args: Args) -> dict[str, Any]:
        if not args.get("unfurls"):
            raise Refusal("missing_unfurls")
        unfurls = decode(args["unfurls"], "invalid_unfurls_format", dict)
        if not all(isinstance(one, dict) for one in unfurls.values()):
            raise Refusal("invalid_unfurls_format", ["[ERROR] each URL needs an object"])
        return {url: dict(one) for url, one in unfurls.items()}


def check_unfurl(url: str, one: dict[str, Any], refused: set[str]) -> None:
    if set(one) - KEYS:
        raise Refusal("cannot_parse_attachment", [f"[ERROR] unknown keys: {', '.join(sorted(set(one) - KEYS))}"])
    if not one:
        raise Refusal("cannot_parse_attachment", [f"[ERROR] nothing to show for {url}"])
    for key in ("text", "pretext", "title"):
        wrong = find_fault(one[key]) if isinstance(one.get(key), str) else None
        if wrong:
            raise Refusal("cannot_parse_attachment", [f"[ERROR] {wrong} [json-pointer:/{key}]"])
    if "blocks" not in one:
        return
    if not isinstance(one["blocks"], list) or not 1 <= len(one["blocks"]) <= MAX_BLOCKS:
        raise Refusal("cannot_parse_attachment", [f"[ERROR] blocks must be an array of 1 to {MAX_BLOCKS}"])
    try:
        check_blocks(one["blocks"], "/blocks", refused | NOT_IN_UNFURLS)
    except Refusal as refusal:
        raise Refusal("cannot_parse_attachment", refusal.messages or [f"[ERROR] {refusal.error}"]) from None
    if len(json.dumps(one)) > 100_000:
        raise Refusal("cannot_parse_attachment", ["[ERROR] too large"])
