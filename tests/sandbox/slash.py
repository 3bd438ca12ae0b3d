"""Typing a slash command: the form that Slack sends, its signature, and what Slack shows of the answer."""
from __future__ import annotations

import json
import time
from typing import Any, Awaitable, Callable, Optional
from urllib.parse import quote_plus, urlencode

from bot_line import HTTP_OVERRIDES, BotLine, as_recorded, check_overrides, sign
from record import Record
from slack_compose import escape
from slack_hooks import SlackHooks
from slack_limits import Refusal
from slack_people import APP_ID, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN
from slack_state import SlackState

__all__ = ["SlashCommands", "sign"]


class SlashCommands:
    def __init__(self, state: SlackState, hooks: SlackHooks, record: Record, line: BotLine) -> None:
        self.state, self.hooks, self.record, self.line = state, hooks, record, line
        self.own_url = ""
        # Set while Slack sends over a WebSocket instead: the same fields, and what would be the answer's body.
        self.elsewhere: Callable[[dict[str, Any], float], Optional[Awaitable[dict[str, Any]]]] = lambda fields, limit: None

    def form(self, spec: dict[str, Any], response_url: str, trigger_id: str) -> dict[str, str]:
        channel = self.state.channels[spec["channel"]]
        person = self.state.people[spec["user"]]
        name = "directmessage" if channel.get("is_im") else \
            "privategroup" if channel.get("is_private") else channel["name"]
        return {"token": VERIFICATION_TOKEN, "team_id": TEAM_ID, "team_domain": TEAM_DOMAIN,
                "channel_id": channel["id"], "channel_name": name, "user_id": person["id"],
                "user_name": person["name"], "command": spec.get("command") or "/looker",
                "text": escape(spec.get("text") or ""), "api_app_id": APP_ID, "is_enterprise_install": "false",
                "response_url": response_url, "trigger_id": trigger_id}

    async def send(self, spec: dict[str, Any]) -> dict[str, Any]:
        over = spec.get("overrides") or {}
        check_overrides(over, {"trigger_id", "fields"})
        spec = {"channel": "C0GENERAL", "user": "U0ADA", **spec}
        if spec["channel"] not in self.state.channels or spec["user"] not in self.state.people:
            raise ValueError("no such channel or user")
        hook_path = self.state.new_hook(spec["channel"], spec["user"])
        response_url = self.own_url + hook_path
        trigger_id = over.get("trigger_id") or self.state.new_trigger(spec["user"])
        fields: dict[str, Any] = {**self.form(spec, response_url, trigger_id), **(over.get("fields") or {})}
        fields = {key: value for key, value in fields.items() if value is not None}
        typed_at = self.state.next_ts()
        entry = self.record.begin("slash", f"{fields.get('command')} {spec.get('text') or ''}".strip(),
                                  channel=spec["channel"], user=spec["user"], body=fields)
        result = await self.deliver(over, fields, entry)
        result.update(trigger_id=trigger_id, response_url=response_url, hook=hook_path, n=entry["n"])
        self.record.finish(entry, status=result["status"], answer=result["body"], ok=result["status"] == 200,
                           error=result["error"])
        self.show(spec, result, hook_path, typed_at)
        return result

    async def deliver(self, over: dict[str, Any], fields: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        by_socket = None if HTTP_OVERRIDES & set(over) else self.elsewhere(fields, float(over.get("timeout") or 3))
        if by_socket is not None:
            start = time.monotonic()
            result = await by_socket
            result["elapsed_ms"] = round((time.monotonic() - start) * 1000, 1)
            return result
        body = urlencode(fields, quote_via=quote_plus).encode()
        if over.get("raw_body") is not None:
            body = over["raw_body"].encode()
        headers = self.line.headers(over, body)
        entry.update(headers=as_recorded(headers), size=len(body))
        return await self.line.post("/slack/receive", over, headers, body)

    def show(self, spec: dict[str, Any], result: dict[str, Any], hook_path: str, typed_at: str) -> None:
        """What Slack shows: the error, the typed command, the answer in the response's body."""
        command = f"{spec.get('command') or '/looker'} {escape(spec.get('text') or '')}".strip()
        if result["error"]:
            self.slackbot(spec, f"{spec.get('command') or '/looker'} failed with the error \"{result['error']}\"")
            return
        answer = parse_answer(result)
        if not answer:
            return
        if answer.get("response_type") == "in_channel":
            self.state.add(spec["channel"], self.state.said_by(spec["user"], command, typed_at), via="slash")
        if answer.get("text") or answer.get("blocks") or answer.get("attachments"):
            hook = dict(self.state.hooks[hook_path])
            try:
                self.hooks.post(hook, answer, via="answer")
            except Refusal as refusal:
                result["error"] = refusal.error
                self.slackbot(spec, f"{spec.get('command') or '/looker'} failed with the error \"{refusal.error}\"")

    def slackbot(self, spec: dict[str, Any], text: str) -> None:
        self.state.add(spec["channel"], self.state.said_by("USLACKBOT", text), via="slack", error=True,
                       ephemeral_to=spec["user"])


def parse_answer(result: dict[str, Any]) -> Optional[dict[str, Any]]:
    """The immediate answer as a message; plain text is an ephemeral one, empty is none."""
    text = result["body"]
    if not text.strip():
        return None
    if "json" in result["headers"].get("content-type", ""):
        try:
            parsed = json.loads(text)
            return parsed if isinstance(parsed, dict) else None
        except ValueError:
            return None
    return {"text": escape(text)}
