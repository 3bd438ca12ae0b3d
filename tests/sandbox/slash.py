"""Typing a slash command: the form that Slack sends, its signature, and what Slack shows of the answer."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any, Optional
from urllib.parse import quote_plus, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from record import Record
from slack_hooks import SlackHooks
from slack_limits import Refusal
from slack_people import APP_ID, SIGNING_SECRET, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN
from slack_state import SlackState

DEADLINE_S = 3.0
OVERRIDES = {"timestamp", "timestamp_offset", "signature", "secret", "trigger_id", "fields", "raw_body",
             "content_type", "headers", "path", "method", "timeout"}


def sign(secret: str, timestamp: str, body: bytes) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlashCommands:
    def __init__(self, state: SlackState, hooks: SlackHooks, record: Record, bot_url: str) -> None:
        self.state, self.hooks, self.record = state, hooks, record
        self.bot_url = bot_url.rstrip("/")
        self.own_url = ""
        self._session: Optional[ClientSession] = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def session(self) -> ClientSession:
        # trust_env stays off: a proxy from the environment would take us off this machine.
        if self._session is None:
            self._session = ClientSession(connector=TCPConnector(limit=0), trust_env=False, auto_decompress=True)
        return self._session

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
        if set(over) - OVERRIDES:
            raise ValueError(f"unknown overrides: {sorted(set(over) - OVERRIDES)}; known: {sorted(OVERRIDES)}")
        spec = {"channel": "C0GENERAL", "user": "U0ADA", **spec}
        if spec["channel"] not in self.state.channels or spec["user"] not in self.state.people:
            raise ValueError("no such channel or user")
        hook_path = self.state.new_hook(spec["channel"], spec["user"])
        response_url = self.own_url + hook_path
        trigger_id = over.get("trigger_id") or f"{time.time_ns() // 1000}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        fields: dict[str, Any] = {**self.form(spec, response_url, trigger_id), **(over.get("fields") or {})}
        body = urlencode({k: v for k, v in fields.items() if v is not None}, quote_via=quote_plus).encode()
        if over.get("raw_body") is not None:
            body = over["raw_body"].encode()
        headers = self.headers(over, body)
        entry = self.record.begin("slash", f"{fields.get('command')} {spec.get('text') or ''}".strip(),
                                  channel=spec["channel"], user=spec["user"], headers=headers,
                                  body={k: v for k, v in fields.items() if v is not None}, size=len(body))
        typed_at = self.state.next_ts()
        result = await self.deliver(over, headers, body)
        result.update(trigger_id=trigger_id, response_url=response_url, hook=hook_path, n=entry["n"])
        self.record.finish(entry, status=result["status"], answer=result["body"], ok=result["status"] == 200,
                           error=result["error"])
        self.show(spec, result, hook_path, typed_at)
        return result

    def headers(self, over: dict[str, Any], body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()) + int(over.get("timestamp_offset") or 0))
        headers: dict[str, Any] = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "application/json,*/*",
            "Accept-Encoding": "gzip,deflate",
            "Content-Type": over.get("content_type") or "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": over.get("timestamp", stamp),
            "X-Slack-Signature": sign(over.get("secret") or SIGNING_SECRET, str(over.get("timestamp", stamp)), body)}
        if "signature" in over:
            headers["X-Slack-Signature"] = over["signature"]
        headers.update(over.get("headers") or {})
        return {key: str(value) for key, value in headers.items() if value is not None}

    async def deliver(self, over: dict[str, Any], headers: dict[str, str], body: bytes) -> dict[str, Any]:
        url = self.bot_url + (over.get("path") or "/slack/receive")
        start = time.monotonic()
        result: dict[str, Any] = {"status": 0, "headers": {}, "body": "", "error": None}
        try:
            async with self.session().request(
                    over.get("method") or "POST", url, data=body, headers=headers, allow_redirects=False,
                    timeout=ClientTimeout(total=float(over.get("timeout") or DEADLINE_S))) as answer:
                text = await answer.text(errors="replace")
                result.update(status=answer.status, headers={k.lower(): v for k, v in answer.headers.items()}, body=text)
                if answer.status != 200:
                    result["error"] = "dispatch_failed"
        except asyncio.TimeoutError:
            result["error"] = "operation_timeout"
        except (ClientError, OSError) as error:
            result.update(error="dispatch_failed", reason=f"{type(error).__name__}: {error}")
        result["elapsed_ms"] = round((time.monotonic() - start) * 1000, 1)
        return result

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
