"""RTM as classic apps have it: messages as frames, pings in JSON, and the bot's own messages acknowledged."""
from __future__ import annotations

import json
from typing import Any

from slack_events import Sent
from slack_limits import Refusal
from slack_people import BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from slack_socket import Link, Sockets
from slack_state import SlackState

MAX_TEXT = 4000
NOT_IN_FRAMES = ("channel_type",)


class Rtm:
    def __init__(self, state: SlackState, sockets: Sockets) -> None:
        self.state, self.sockets = state, sockets
        self.handlers = {"rtm.connect": self.connect}
        sockets.greet["rtm"], sockets.heard["rtm"] = self.greet, self.heard

    def connect(self, args: dict[str, Any]) -> dict[str, Any]:
        if self.state.mode != "rtm":
            raise Refusal("not_allowed_token_type")
        return {"url": self.sockets.ticket("rtm"), "self": {"id": BOT_USER_ID, "name": "looker"},
                "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN}}

    def greet(self, link: Link, good: bool) -> None:
        if not good or self.state.mode != "rtm":
            self.sockets.leave(link, {"type": "error", "error": {"code": 1, "msg": "Socket URL has expired"}}, 0)
            return
        self.sockets.say(link, {"type": "hello"})
        self.sockets.ready(link)

    async def event(self, sent: Sent, retries: bool) -> dict[str, Any]:
        """To every connection; who is not there misses it for good."""
        event = {key: value for key, value in sent.body.get("event", {}).items() if key not in NOT_IN_FRAMES}
        links = self.sockets.usable("rtm")
        for link in links:
            link.envelopes += 1
            self.sockets.say(link, event, channel=sent.channel, user=sent.user)
        sent.attempts += 1
        sent.status = 200 if links else 0
        return {"status": sent.status, "headers": {}, "body": "", "error": None if links else "no open connection",
                "elapsed_ms": 0}

    def heard(self, link: Link, text: str, size: int, in_pieces: bool) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            self.sockets.note(link, "in frame", {"text": text[:2000]}, ok=False)
            self.sockets.complain(link, "not a JSON object with a type")
            return
        self.sockets.note(link, f"in {frame['type']}", frame)
        number = frame.get("id")
        if not isinstance(number, int) or number <= 0:
            self.sockets.complain(link, "id must be a positive number")
        elif frame["type"] == "ping":
            # All flat keys come back.
            flat = {key: value for key, value in frame.items() if key not in ("id", "type")
                    and not isinstance(value, (dict, list))}
            self.sockets.say(link, {"type": "pong", "reply_to": number, **flat})
        elif frame["type"] == "message":
            self.said(link, number, frame)
        elif frame["type"] != "typing":
            self.refuse(link, number, 2, f"unknown type {frame['type']}")

    def refuse(self, link: Link, number: int, code: int, what: str) -> None:
        self.sockets.say(link, {"ok": False, "reply_to": number, "error": {"code": code, "msg": what}}, "reply")

    def said(self, link: Link, number: int, frame: dict[str, Any]) -> None:
        channel = self.state.channels.get(frame.get("channel", ""))
        text = frame.get("text")
        if not isinstance(text, str) or not text:
            self.refuse(link, number, 2, "message text is missing")
        elif len(text) > MAX_TEXT:
            self.refuse(link, number, 3, "message text is too long")
        elif channel is None or not self.state.bot_is_member(channel):
            self.refuse(link, number, -1, "channel not found")
        else:
            posted = self.state.add(channel["id"], self.state.bot_message(frame), via="rtm")
            link.acks += 1
            self.sockets.say(link, {"ok": True, "reply_to": number, "ts": posted["ts"], "text": text}, "reply")
