"""What Slack sends for a slash command: the form and its signature."""
from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Optional
from urllib.parse import urlencode

FIELDS = {
    "token": "nowhere-verification-token", "team_id": "T0001", "team_domain": "acme", "channel_id": "C0001",
    "channel_name": "sales", "user_id": "U0001", "user_name": "ada", "command": "/looker", "text": "help",
    "api_app_id": "A0001", "is_enterprise_install": "false",
    "response_url": "https://hooks.slack.com/commands/T0001/1/x", "trigger_id": "1.2.abc",
}


def form(**changes: Optional[str]) -> bytes:
    """The body; None leaves a field out. Each has a trigger_id of its own, as each typed command has."""
    fields: dict[str, Optional[str]] = {**FIELDS, "trigger_id": f"{secrets.token_hex(12)}.1.abc", **changes}
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()


def sign(body: bytes, secret: str, timestamp: object = None) -> dict[str, str]:
    """Slack's headers for a body."""
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": "v0=" + digest}
