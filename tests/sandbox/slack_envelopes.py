"""Socket Mode: envelopes over the open connections, their acknowledgements, and what is sent again."""
from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Optional

from slack_events import Sent
from slack_people import APP_ID
from slack_socket import MAX_CONNECTIONS, Link, Sockets, host
from slack_state import SlackState

MAX_ACK_BYTES = 20_480
MAX_TRIES = 10
MAX_KEPT = 1000
ACK_KEYS = {"envelope_id", "payload"}


@dataclass
class Envelope:
    kind: str
    payload: dict[str, Any]
    accepts: bool
    event_id: Optional[str] = None
    envelope_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent_on: list[int] = field(default_factory=list)
    tries: int = 0      # also those that found no connection
    acked_on: Optional[int] = None
    ack_payload: Any = None
    acked: asyncio.Event = field(default_factory=asyncio.Event)

    def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = {"type": self.kind, "envelope_id": self.envelope_id, "payload": self.payload,
                                 "accepts_response_payload": self.accepts}
        if self.kind == "events_api":
            frame.update(retry_attempt=self.tries - 1, retry_reason="timeout" if self.tries > 1 else "")
        return frame

    def report(self) -> dict[str, Any]:
        return {"envelope_id": self.envelope_id, "kind": self.kind, "event_id": self.event_id, "acked": self.acked.is_set(),
                "acked_on": self.acked_on, "sent_on": self.sent_on, "attempts": len(self.sent_on),
                "ack_payload": self.ack_payload}


class SocketMode:
    def __init__(self, state: SlackState, sockets: Sockets) -> None:
        self.state, self.sockets = state, sockets
        self.envelopes: dict[str, Envelope] = {}
        self._turn = 0
        self.handlers = {"apps.connections.open": self.connections_open}
        sockets.greet["socket"], sockets.heard["socket"] = self.greet, self.heard
        sockets.reports.append(lambda: {"envelopes": [one.report() for one in self.envelopes.values()]})

    def reset(self) -> None:
        self.envelopes.clear()
        self._turn = 0

    def connections_open(self, args: dict[str, Any]) -> dict[str, Any]:
        """Whatever the mode: where Socket Mode is off, the connection says so."""
        return {"url": self.sockets.ticket("socket")}

    def greet(self, link: Link, good: bool) -> None:
        number = len(self.sockets.open_links("socket"))
        bye = {"type": "disconnect", "debug_info": {"host": host()}}
        if self.state.mode != "socket":
            self.sockets.leave(link, {**bye, "reason": "link_disabled"}, 0)
            return
        if number > MAX_CONNECTIONS:
            self.sockets.leave(link, {**bye, "reason": "too_many_websockets", "num_connections": number,
                                      "connection_info": {"app_id": APP_ID}}, 0)
            return
        self.sockets.say(link, {
            "type": "hello", "num_connections": number, "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": host(), "started": time.strftime("%Y-%m-%d %H:%M:%S.000", time.gmtime()),
                           "build_number": 54, "approximate_connection_time": 18060}})
        self.sockets.ready(link)

    # Out

    def new(self, kind: str, payload: dict[str, Any], accepts: bool, event_id: Optional[str] = None) -> Envelope:
        envelope = Envelope(kind, payload, accepts, event_id)
        self.envelopes[envelope.envelope_id] = envelope
        while len(self.envelopes) > MAX_KEPT:
            self.envelopes.pop(next(iter(self.envelopes)))
        return envelope

    def transmit(self, envelope: Envelope) -> bool:
        """To the connection whose turn it is. A ghost gets its share, too, as on the real one."""
        links = self.sockets.usable("socket")
        envelope.tries += 1
        if not links or self.state.mode != "socket":
            return False
        link = links[self._turn % len(links)]
        self._turn += 1
        link.envelopes += 1
        envelope.sent_on.append(link.n)
        inner = envelope.payload.get("event") if isinstance(envelope.payload.get("event"), dict) else envelope.payload
        channel = inner.get("channel_id") or inner.get("channel")
        user = inner.get("user_id") or inner.get("user")
        self.sockets.say(link, envelope.frame(), channel=channel.get("id") if isinstance(channel, dict) else channel,
                         user=user.get("id") if isinstance(user, dict) else user)
        return True

    async def acked_within(self, envelope: Envelope, seconds: float) -> bool:
        try:
            await asyncio.wait_for(envelope.acked.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def ask(self, kind: str, payload: dict[str, Any], accepts: bool, seconds: float) -> dict[str, Any]:
        """A command or a press: sent once. What comes with the acknowledgement is the answer's body."""
        envelope = self.new(kind, payload, accepts)
        result: dict[str, Any] = {"status": 0, "headers": {}, "body": "", "error": None, "envelope_id": envelope.envelope_id}
        if not self.transmit(envelope):
            return {**result, "error": "dispatch_failed", "reason": "no open connection"}
        if not await self.acked_within(envelope, seconds):
            return {**result, "error": "operation_timeout"}
        body = "" if envelope.ack_payload is None else json.dumps(envelope.ack_payload)
        return {**result, "status": 200, "headers": {"content-type": "application/json"}, "body": body}

    async def event(self, sent: Sent, retries: bool) -> dict[str, Any]:
        envelope = self.new("events_api", sent.body, False, sent.event_id)
        result: dict[str, Any] = {"status": 0, "headers": {}, "body": "", "error": None, "elapsed_ms": 0,
                                  "envelope_id": envelope.envelope_id}
        sent.status = 0
        if not self.transmit(envelope):
            result["error"] = "no open connection"
        else:
            sent.attempts += 1
            if await self.acked_within(envelope, self.state.redeliver_s):
                sent.status = 200
                return {**result, "status": 200}
            result["error"] = "operation_timeout"
        if retries:
            self.sockets.later(self.again(envelope, sent))
        return result

    async def again(self, envelope: Envelope, sent: Sent) -> None:
        """Until it is acknowledged. Without a connection it waits for one."""
        while not envelope.acked.is_set() and envelope.tries < MAX_TRIES:
            if not self.sockets.usable("socket"):
                await self.sockets.opened.wait()
            if self.transmit(envelope):
                sent.attempts += 1
            if await self.acked_within(envelope, self.state.redeliver_s):
                sent.status = 200

    # In

    def heard(self, link: Link, text: str, size: int, in_pieces: bool) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            ack = None
        known = isinstance(ack, dict) and isinstance(ack.get("envelope_id"), str)
        self.sockets.note(link, "in ack" if known else "in frame", ack if isinstance(ack, dict) else {"text": text[:2000]},
                          ok=known)
        if not known:
            self.sockets.complain(link, "neither JSON nor an acknowledgement")
            return
        wrong = self.wrong(link, ack, size, in_pieces)
        if wrong:
            self.sockets.complain(link, wrong)
            return
        envelope = self.envelopes[ack["envelope_id"]]
        link.acks += 1
        envelope.acked_on = link.n
        if envelope.accepts:
            envelope.ack_payload = ack.get("payload")
        elif "payload" in ack:
            self.sockets.complain(link, "a payload although accepts_response_payload is false")
        envelope.acked.set()

    def wrong(self, link: Link, ack: dict[str, Any], size: int, in_pieces: bool) -> Optional[str]:
        """Why the acknowledgement does not count. Slack says nothing in these cases."""
        envelope = self.envelopes.get(ack["envelope_id"])
        if set(ack) - ACK_KEYS:
            return f"unknown keys in an acknowledgement: {sorted(set(ack) - ACK_KEYS)}"
        if envelope is None:
            return f"unknown envelope_id {ack['envelope_id']}"
        if link.n not in envelope.sent_on:
            return f"acknowledged on connection {link.n}, but it was sent on {envelope.sent_on}"
        if size >= MAX_ACK_BYTES:
            return f"an acknowledgement of {size} bytes is dropped"
        if in_pieces:
            return "an acknowledgement in pieces is dropped"
        if "payload" in ack and not isinstance(ack["payload"], dict):
            return "the payload must be an object"
        return f"envelope {ack['envelope_id']} was acknowledged before" if envelope.acked.is_set() else None
