"""The message (or the unfurl below one) that held a pressed button: a response_url may replace or delete it."""
from __future__ import annotations

from typing import Any

from slack_state import SlackState


class Sources:
    def __init__(self, state: SlackState) -> None:
        self.state = state

    def find(self, hook: dict[str, Any]) -> Any:
        """None for the response_url of a command, which has no source, and for a message that is gone."""
        return self.state.find_message(hook["channel"], hook.get("source_ts") or "")

    def replace(self, hook: dict[str, Any], message: dict[str, Any]) -> bool:
        """All of the message is replaced; who sees it stays as it was, whatever response_type says."""
        source = self.find(hook)
        if source is None:
            return False
        if hook.get("unfurl"):
            shown = {key: message[key] for key in ("text", "blocks") if message.get(key)}
            if "blocks" in shown:
                shown["blocks"] = self.state.with_block_ids(shown["blocks"])
            source["_unfurls"][hook["unfurl"]] = shown
            self.state.change(hook["channel"], source, {}, edited=False)
            return True
        source.pop("blocks", None)
        source.pop("attachments", None)
        changed = {"text": message.get("text") or "", "blocks": message.get("blocks")}
        if message.get("attachments"):
            changed["attachments"] = message["attachments"]
        self.state.change(hook["channel"], source, changed)
        return True

    def delete(self, hook: dict[str, Any]) -> bool:
        source = self.find(hook)
        if source is None:
            return False
        if hook.get("unfurl"):
            source["_unfurls"].pop(hook["unfurl"], None)
            self.state.change(hook["channel"], source, {}, edited=False)
        else:
            self.state.remove(hook["channel"], source)
        return True
