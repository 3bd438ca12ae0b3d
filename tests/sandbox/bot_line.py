"""The line from Slack to the bot over HTTP: signs a body, sends it, and says what came back."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import Any, Optional

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from slack_people import SIGNING_SECRET

DEADLINE_S = 3.0
FORM = "application/x-www-form-urlencoded"
# What only makes sense where there is a request to spoil.
HTTP_OVERRIDES = {"timestamp", "timestamp_offset", "signature", "secret", "raw_body", "content_type", "headers", "path",
                  "method"}


def sign(secret: str, timestamp: str, body: bytes) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def check_overrides(over: dict[str, Any], more: set[str]) -> None:
    known = HTTP_OVERRIDES | {"timeout"} | more
    if set(over) - known:
        raise ValueError(f"unknown overrides: {sorted(set(over) - known)}; known: {sorted(known)}")


def as_recorded(headers: dict[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


class BotLine:
    def __init__(self, bot_url: str) -> None:
        self.bot_url = bot_url.rstrip("/")
        self._session: Optional[ClientSession] = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def session(self) -> ClientSession:
        # trust_env stays off: a proxy from the environment would take us off this machine.
        if self._session is None:
            self._session = ClientSession(connector=TCPConnector(limit=0), trust_env=False, auto_decompress=True)
        return self._session

    def headers(self, over: dict[str, Any], body: bytes, content_type: str = FORM) -> dict[str, str]:
        stamp = str(int(time.time()) + int(over.get("timestamp_offset") or 0))
        headers: dict[str, Any] = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "application/json,*/*",
            "Accept-Encoding": "gzip,deflate",
            "Content-Type": over.get("content_type") or content_type,
            "X-Slack-Request-Timestamp": over.get("timestamp", stamp),
            "X-Slack-Signature": sign(over.get("secret") or SIGNING_SECRET, str(over.get("timestamp", stamp)), body)}
        if "signature" in over:
            headers["X-Slack-Signature"] = over["signature"]
        headers.update(over.get("headers") or {})
        return {key: str(value) for key, value in headers.items() if value is not None}

    async def post(self, path: str, over: dict[str, Any], headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """`status` 0 = no answer. `error` is what Slack would call it, `reason` what happened."""
        url = self.bot_url + (over.get("path") or path)
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
