"""The Events API: envelopes, delivery with Slack's retries, and what the bot's own posts cause.

How an event travels depends on the mode: a signed POST, an envelope on a Socket Mode connection, or a frame
of RTM. What was sent is kept, so that it can be sent once more.
"""
from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Coroutine, Optional

from bot_line import BotLine, as_recorded
from record import Record
from slack_people import APP_ID, BOT_USER_ID, TEAM_ID, VERIFICATION_TOKEN
from slack_state import SlackState

MAX_KEPT = 1000
PATH = "/slack/event"


@dataclass
class Sent:
    """One event and how its delivery went."""
    event_id: str
    name: str
    body: dict[str, Any]
    channel: str = ""
    user: str = ""
    status: int = 0
    attempts: int = 0

    def summary(self) -> dict[str, Any]:
        return {"event_id": self.event_id, "type": self.name, "status": self.status, "attempts": self.attempts}


Elsewhere = Callable[[Sent, bool], Awaitable[dict[str, Any]]]


class Events:
    def __init__(self, state: SlackState, line: BotLine, record: Record) -> None:
        self.state, self.line, self.record = state, line, record
        self.elsewhere: dict[str, Elsewhere] = {}   # by mode, where it is not http
        self.sent: dict[str, Sent] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        state.listeners.append(self._on_state)

    def reset(self) -> None:
        self.sent.clear()
        for task in list(self._tasks):
            task.cancel()

    close = reset

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Envelopes

    def envelope(self, event: dict[str, Any], event_id: Optional[str] = None) -> dict[str, Any]:
        """`team_id` is where it happened, `context_team_id` where the app sees it: in a shared channel they differ."""
        channel = channel_of(event)
        person = self.state.people.get(user_of(event), {})
        team = event.get("user_team") or event.get("team") or person.get("team_id") or TEAM_ID
        shared = bool(self.state.channels.get(channel, {}).get("is_ext_shared"))
        context = json.dumps({"et": event.get("type"), "tid": team, "aid": APP_ID, "cid": channel}).encode()
        return {"token": VERIFICATION_TOKEN, "team_id": team if shared and isinstance(team, str) else TEAM_ID,
                "enterprise_id": None, "context_team_id": TEAM_ID, "context_enterprise_id": None, "api_app_id": APP_ID,
                "event": event, "type": "event_callback", "event_id": event_id or self.new_id(),
                "event_time": int(time.time()),
                "authorizations": [{"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True,
                                    "is_enterprise_install": False}],
                "is_ext_shared_channel": shared,
                "event_context": "4-" + base64.urlsafe_b64encode(context).decode().rstrip("=")}

    @staticmethod
    def new_id() -> str:
        return "Ev" + secrets.token_hex(6).upper()

    def wrap(self, event: Optional[dict[str, Any]], over: Optional[dict[str, Any]] = None,
             event_id: Optional[str] = None) -> Sent:
        """The event in its envelope, remembered. Without an event only what `over` says is sent."""
        if event is None:
            body: dict[str, Any] = {"token": VERIFICATION_TOKEN}
        else:
            body = self.envelope(event, event_id)
        body = {key: value for key, value in {**body, **(over or {})}.items() if value is not None or key not in (over or {})}
        inner = body.get("event") if isinstance(body.get("event"), dict) else {}
        name = str(inner.get("type") or body.get("type") or "?")
        if name == "message":
            name = f"message.{kind_of(self.state.channels.get(channel_of(inner), {}))}"
        sent = Sent(str(body.get("event_id") or self.new_id()), name, body, channel_of(inner), user_of(inner))
        self.sent[sent.event_id] = sent
        while len(self.sent) > MAX_KEPT:
            self.sent.pop(next(iter(self.sent)))
        if name == "link_shared":
            self.note_links(inner)
        return sent

    def note_links(self, event: dict[str, Any]) -> None:
        """Only what was told here may be unfurled later."""
        urls = [link.get("url") for link in event.get("links", [])]
        self.state.links[(str(event.get("channel")), str(event.get("message_ts")))] = {
            "urls": urls, "unfurl_id": event.get("unfurl_id"), "source": event.get("source")}

    # Delivery

    async def deliver(self, sent: Sent, over: Optional[dict[str, Any]] = None, retries: bool = True,
                      headers: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """The first attempt. What is spoilt on purpose goes over HTTP whatever the mode is."""
        elsewhere = self.elsewhere.get(self.state.mode)
        if elsewhere is not None and not over and not headers:
            return await elsewhere(sent, retries)
        over = dict(over or {})
        over["headers"] = {**(over.get("headers") or {}), **(headers or {})}
        result = await self.attempt(sent, over)
        if retries and needs_retry(result):
            self.later(self.retry(sent, over, result))
        return result

    async def attempt(self, sent: Sent, over: dict[str, Any], number: int = 0, reason: str = "") -> dict[str, Any]:
        body = over["raw_body"].encode() if over.get("raw_body") is not None else json.dumps(sent.body).encode()
        headers = self.line.headers(over, body, "application/json")
        if number:
            headers.update({"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason})
        entry = self.record.begin("event", sent.name, http_method="POST", path=PATH, channel=sent.channel, user=sent.user,
                                  headers=as_recorded(headers), body=sent.body, size=len(body), event_id=sent.event_id, attempt=number + 1)
        sent.attempts += 1
        result = await self.line.post(PATH, over, headers, body)
        sent.status = result["status"]
        if 200 <= result["status"] < 300:
            result["error"] = None
        self.record.finish(entry, status=result["status"], answer=result["body"], ok=200 <= result["status"] < 300,
                           error=result["error"])
        return result

    async def retry(self, sent: Sent, over: dict[str, Any], result: dict[str, Any]) -> None:
        for number, delay in enumerate(self.state.retry_delays, 1):
            await asyncio.sleep(delay)
            result = await self.attempt(sent, over, number, reason_of(result))
            if not needs_retry(result):
                return

    async def redeliver(self, event_id: str, times: int, new_ids: bool, retry_num: int = 0) -> list[dict[str, Any]]:
        """The same event again, as Slack does now and then without saying that it is a retry."""
        done = []
        for _ in range(times):
            sent = self.sent[event_id]
            if new_ids:
                again = {**sent.body, "event_id": self.new_id()}
                sent = Sent(again["event_id"], sent.name, again, sent.channel, sent.user)
                self.sent[sent.event_id] = sent
            headers = {"X-Slack-Retry-Num": retry_num, "X-Slack-Retry-Reason": "http_timeout"} if retry_num else None
            await self.deliver(sent, retries=False, headers=headers)
            done.append(sent.summary())
        return done

    async def emit(self, events: list[dict[str, Any]], over: Optional[dict[str, Any]] = None) -> list[dict[str, Any]]:
        """All at once, as Slack does; what is answered is what came of the first attempts."""
        sent = [self.wrap(event, over) for event in events]
        await asyncio.gather(*(self.deliver(one) for one in sent))
        return [one.summary() for one in sent]

    def subscribed(self, event: dict[str, Any]) -> bool:
        """Does the app get this event? RTM has no subscriptions: there, all messages where the bot is."""
        channel = self.state.channels.get(channel_of(event), {"members": []})
        if event["type"] == "message":
            if not self.state.bot_is_member(channel):
                return False
            return self.state.mode == "rtm" or f"message.{kind_of(channel)}" in self.state.events
        return self.state.mode != "rtm" and event["type"] in self.state.events

    # What happens in the workspace without a person's doing

    def _on_state(self, name: str, data: dict[str, Any]) -> None:
        make = {"message": own_post, "message_changed": changed, "message_deleted": deleted, "joined": joined}.get(name)
        event = make(data) if make else None
        if event is None:
            return
        channel = self.state.channels.get(channel_of(event), {})
        if event["type"] == "message":
            event["channel_type"] = {"im": "im", "groups": "group"}.get(kind_of(channel), "channel")
        if self.subscribed(event):
            self.later(self.emit([event]))


def kind_of(channel: dict[str, Any]) -> str:
    return "im" if channel.get("is_im") else "groups" if channel.get("is_private") else "channels"


def channel_of(event: dict[str, Any]) -> str:
    channel = event.get("channel")
    if isinstance(channel, dict):
        channel = channel.get("id")
    return channel if isinstance(channel, str) else ""


def user_of(event: dict[str, Any]) -> str:
    user = event.get("user")
    if isinstance(user, dict):
        user = user.get("id")
    return user if isinstance(user, str) else ""


def shown(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if not key.startswith("_")}


def is_hidden(message: dict[str, Any]) -> bool:
    return bool(message.get("_ephemeral_to") or message.get("_error"))


def own_post(data: dict[str, Any]) -> Optional[dict[str, Any]]:
    """The bot's posts come back to it. (What a person types is sent by whoever types it.)"""
    message = data["message"]
    # What was said over RTM is not echoed there.
    if message.get("user") != BOT_USER_ID or is_hidden(message) or message.get("_via") == "rtm":
        return None
    return {**shown(message), "channel": data["channel"], "event_ts": message["ts"]}


def changed(data: dict[str, Any]) -> Optional[dict[str, Any]]:
    message = data["message"]
    if is_hidden(message):
        return None
    stamp = f"{time.time():.6f}"
    return {"type": "message", "subtype": "message_changed", "hidden": True, "channel": data["channel"], "ts": stamp,
            "event_ts": stamp, "message": shown(message), "previous_message": data.get("before") or {}}


def deleted(data: dict[str, Any]) -> Optional[dict[str, Any]]:
    message = data.get("message") or {}
    if is_hidden(message):
        return None
    stamp = f"{time.time():.6f}"
    return {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": data["channel"], "ts": stamp,
            "event_ts": stamp, "deleted_ts": data["ts"], "previous_message": shown(message)}


def joined(data: dict[str, Any]) -> dict[str, Any]:
    return {"type": "member_joined_channel", "user": data["user"], "channel": data["channel"],
            "channel_type": "C", "team": TEAM_ID, "event_ts": f"{time.time():.6f}"}


def needs_retry(result: dict[str, Any]) -> bool:
    if 200 <= result["status"] < 300:
        return False
    return result["headers"].get("x-slack-no-retry") != "1"


def reason_of(result: dict[str, Any]) -> str:
    if result["status"]:
        return "http_error"
    return "http_timeout" if result["error"] == "operation_timeout" else "connection_failed"
