"""Slack's memory: messages, direct messages, response_urls, and the pace of each channel."""
from __future__ import annotations

import copy
import secrets
import time
from typing import Any, Callable, Optional

from slack_people import (APP_ID, BOT_ID, BOT_USER_ID, CHANNELS, PEOPLE, SCOPES, TEAM_ID, TEAM_NAME)

HOOK_USES = 5
HOOK_LIFE_S = 30 * 60
# One message a second a channel; Slack tolerates short bursts without saying how short.
BURST = 5
TRIGGER_LIFE_S = 3
MODES = ("http", "socket", "rtm")
# What the app's manifest subscribes to.
EVENTS = ("app_mention", "message.im", "link_shared", "app_home_opened", "member_joined_channel", "channel_rename",
          "channel_shared", "channel_unshared", "channel_id_changed", "user_change", "tokens_revoked", "app_uninstalled")
UNFURL_DOMAINS = ("127.0.0.1", "localhost")
# Slack waits 0, 60 and 300 seconds; whoever tests has no time for that.
RETRY_DELAYS = (0.2, 1.0, 2.0)
PING_S = 10.0
REDELIVER_S = 3.0


class SlackState:
    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []
        self.mode = "http"
        # What slack_images says about the pictures of a message.
        self.check_images: Callable[[dict[str, Any]], dict[str, Any]] = lambda message: message
        self.reset()

    def set_mode(self, mode: str) -> None:
        """How the bot hears of things: signed POSTs, Socket Mode, or RTM (messages only)."""
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        changed, self.mode = mode != self.mode, mode
        if changed:
            self.tell("mode", {"mode": mode})

    def reset(self) -> None:
        self.set_mode("http")
        self.people: dict[str, dict[str, Any]] = {p["id"]: copy.deepcopy(p) for p in PEOPLE}
        self.channels: dict[str, dict[str, Any]] = {c["id"]: copy.deepcopy(c) for c in CHANNELS}
        self.messages: dict[str, list[dict[str, Any]]] = {cid: [] for cid in self.channels}
        self.hooks: dict[str, dict[str, Any]] = {}
        self.without_scopes: set[str] = set()
        self.refused_blocks: set[str] = set()
        self.burst = BURST
        self.events = list(EVENTS)
        self.unfurl_domains = list(UNFURL_DOMAINS)
        self.retry_delays = list(RETRY_DELAYS)
        self.ping_s, self.redeliver_s = PING_S, REDELIVER_S
        self.triggers: dict[str, dict[str, Any]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.modals: dict[str, list[str]] = {}          # user -> ids of the modals that are open, the top one last
        self.clients: dict[str, dict[str, Any]] = {}    # view id -> what only the person's client knows of it
        self.homes: dict[str, str] = {}     # user -> id of the view that this person's App Home shows
        self.links: dict[tuple[str, str], dict[str, Any]] = {}      # (channel, ts) -> what link_shared said
        self._tokens: dict[str, tuple[float, float]] = {}
        self._last_ts = 0
        self._serial = 0
        self.tell("reset", {})

    def tell(self, event: str, data: dict[str, Any]) -> None:
        for listener in self.listeners:
            listener(event, data)

    @property
    def scopes(self) -> list[str]:
        return [scope for scope in SCOPES if scope not in self.without_scopes]

    def next_ts(self) -> str:
        """Unique and rising, as Slack's are: seconds, a dot, six digits."""
        micros = max(int(self.now() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    # Channels

    def bot_is_member(self, channel: dict[str, Any]) -> bool:
        return BOT_USER_ID in channel["members"]

    def find_channel(self, given: str) -> Optional[dict[str, Any]]:
        """What chat.postMessage takes: an id, a person's id (their DM), or a public channel's name."""
        if given in self.channels:
            return self.channels[given]
        if given[:1] in "UW" and given in self.people and given != BOT_USER_ID:
            return None if self.people[given]["deleted"] else self.open_dm(given)
        name = given[1:] if given.startswith("#") else given
        for channel in self.channels.values():
            if channel.get("name") == name and not channel.get("is_private"):
                return channel
        return None

    def open_dm(self, user: str) -> dict[str, Any]:
        for channel in self.channels.values():
            if channel.get("is_im") and set(channel["members"]) == {user, BOT_USER_ID}:
                return channel
        channel = {"id": "D0" + user[2:], "is_im": True, "members": [user, BOT_USER_ID], "about": ""}
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = []
        self.tell("channel", {"id": channel["id"]})
        return channel

    def add_channels(self, count: int) -> None:
        """A large workspace: so many public channels more, none of them the bot's."""
        first = len(self.channels)
        for n in range(first, first + count):
            channel = {"id": f"C0MORE{n:05}", "name": f"team-{n:05}", "topic": "One of many", "members": ["U0ADA"], "about": ""}
            self.channels[channel["id"]] = channel
            self.messages[channel["id"]] = []

    def channel_object(self, channel: dict[str, Any]) -> dict[str, Any]:
        """As conversations.info and .list show it."""
        is_im, private = bool(channel.get("is_im")), bool(channel.get("is_private"))
        shown: dict[str, Any] = {
            "id": channel["id"], "created": 1700000000, "is_im": is_im, "is_mpim": False,
            "is_archived": bool(channel.get("is_archived")), "is_org_shared": False,
            "context_team_id": TEAM_ID, "updated": 1760000000000}
        if is_im:
            other = [m for m in channel["members"] if m != BOT_USER_ID]
            return {**shown, "user": other[0], "is_user_deleted": False, "priority": 0}
        shared = bool(channel.get("is_ext_shared"))
        return {**shown, "name": channel["name"], "name_normalized": channel["name"],
                "is_channel": not private, "is_group": private, "is_private": private,
                "is_general": bool(channel.get("is_general")), "is_shared": shared, "is_ext_shared": shared,
                "is_pending_ext_shared": False, "is_member": self.bot_is_member(channel), "unlinked": 0,
                "creator": "U0ADA", "num_members": len(channel["members"]), "previous_names": [],
                "topic": {"value": channel["topic"], "creator": "U0ADA", "last_set": 1700000000},
                "purpose": {"value": "", "creator": "", "last_set": 0}}

    def join(self, channel: dict[str, Any]) -> None:
        channel["members"] = [*channel["members"], BOT_USER_ID]
        self.tell("channel", {"id": channel["id"]})
        self.tell("joined", {"channel": channel["id"], "user": BOT_USER_ID})

    # Pace

    def set_burst(self, burst: int) -> None:
        self.burst = burst
        self._tokens.clear()

    def may_post(self, channel_id: str) -> Optional[int]:
        """None when a message may be posted now, else the seconds for Retry-After."""
        tokens, at = self._tokens.get(channel_id, (float(self.burst), self.now()))
        tokens = min(float(self.burst), tokens + self.now() - at)
        allowed = tokens >= 1
        self._tokens[channel_id] = (tokens - 1 if allowed else tokens, self.now())
        return None if allowed else max(1, int(1 - tokens + 0.999))

    # Messages

    def with_block_ids(self, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        named = []
        for block in blocks:
            self._serial += 1
            given = {"block_id": f"b{self._serial:04x}", **block}
            if given.get("type") == "actions":
                given["elements"] = [{"action_id": f"{given['block_id']}-{n}", **one}
                                     for n, one in enumerate(given["elements"])]
            elif given.get("type") == "input":
                given["element"] = {"action_id": f"{given['block_id']}-0", **given["element"]}
            elif isinstance(given.get("accessory"), dict) and given["accessory"].get("type") != "image":
                given["accessory"] = {"action_id": f"{given['block_id']}-0", **given["accessory"]}
            named.append(given)
        return named

    def with_attachment_ids(self, attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        named = []
        for number, one in enumerate(attachments, 1):
            given = {"id": number, **one}
            if isinstance(one.get("blocks"), list):
                given["blocks"] = self.with_block_ids(one["blocks"])
            if isinstance(one.get("actions"), list):
                given["actions"] = [{"id": str(n), **action} for n, action in enumerate(one["actions"], 1)]
            named.append(given)
        return named

    def bot_message(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A message by our bot, in the shape of today's apps (no subtype)."""
        message: dict[str, Any] = {
            "type": "message", "user": BOT_USER_ID, "bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM_ID,
            "text": fields.get("text") or "", "ts": self.next_ts(),
            "bot_profile": {"id": BOT_ID, "app_id": APP_ID, "name": "looker", "deleted": False,
                            "updated": 1760000000, "team_id": TEAM_ID}}
        for key in ("thread_ts", "metadata"):
            if fields.get(key):
                message[key] = fields[key]
        if fields.get("attachments"):
            message["attachments"] = self.with_attachment_ids(fields["attachments"])
        if fields.get("blocks"):
            message["blocks"] = self.with_block_ids(fields["blocks"])
        return message

    def add(self, channel_id: str, message: dict[str, Any], **extra: Any) -> dict[str, Any]:
        """Puts a message into the conversation. Keys that begin with "_" are the sandbox's own."""
        message = {**message, **{"_" + key: value for key, value in extra.items() if value is not None}}
        # By ts: the line that a person typed is shown only once the bot has answered, but belongs before.
        self.messages[channel_id].append(message)
        self.messages[channel_id].sort(key=lambda one: one["ts"])
        self.tell("message", {"channel": channel_id, "message": message})
        return message

    def find_message(self, channel_id: str, ts: str) -> Optional[dict[str, Any]]:
        for message in self.messages.get(channel_id, []):
            if message["ts"] == ts:
                return message
        return None

    def change(self, channel_id: str, message: dict[str, Any], fields: dict[str, Any], edited: bool = True) -> None:
        before = {key: value for key, value in message.items() if not key.startswith("_")}
        for key in ("text", "metadata"):
            if key in fields:
                message[key] = fields[key]
        if "attachments" in fields:
            message["attachments"] = self.with_attachment_ids(fields["attachments"] or [])
        if fields.get("blocks") is not None:
            message["blocks"] = self.with_block_ids(fields["blocks"])
        if edited:
            message["edited"] = {"user": BOT_USER_ID, "ts": self.next_ts()}
        self.tell("message_changed", {"channel": channel_id, "message": message, "before": before})

    def remove(self, channel_id: str, message: dict[str, Any]) -> None:
        self.messages[channel_id].remove(message)
        self.tell("message_deleted", {"channel": channel_id, "ts": message["ts"], "message": message})

    def react(self, channel_id: str, message: dict[str, Any], name: str) -> bool:
        """False when the bot has put this one there already."""
        for reaction in message.setdefault("reactions", []):
            if reaction["name"] == name:
                if BOT_USER_ID in reaction["users"]:
                    return False
                reaction["users"].append(BOT_USER_ID)
                reaction["count"] += 1
                break
        else:
            message["reactions"].append({"name": name, "users": [BOT_USER_ID], "count": 1})
        self.tell("reaction", {"channel": channel_id, "message": message})
        return True

    def said_by(self, user: str, text: str, ts: Optional[str] = None) -> dict[str, Any]:
        return {"type": "message", "user": user, "text": text, "ts": ts or self.next_ts(),
                "team": self.people.get(user, {}).get("team_id", TEAM_ID)}

    # response_urls and trigger ids

    def new_hook(self, channel: str, user: str, source_ts: Optional[str] = None, kind: str = "commands",
                 **source: Any) -> str:
        """The path of a fresh response_url; `source_ts`: the message that held the button."""
        self._serial += 1
        path = f"/{kind}/{TEAM_ID}/{1_000_000 + self._serial}/{secrets.token_hex(12)}"
        self.hooks[path] = {"channel": channel, "user": user, "uses": 0, "born": self.now(),
                            "source_ts": source_ts, **source}
        return path

    def new_trigger(self, user: str) -> str:
        trigger = f"{time.time_ns() // 1000}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = {"user": user, "born": self.now(), "used": False}
        return trigger

    def team(self) -> dict[str, Any]:
        return {"id": TEAM_ID, "name": TEAM_NAME, "domain": "acme-shop", "email_domain": "acme-shop.example",
                "icon": {"image_default": True}}
