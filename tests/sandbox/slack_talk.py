"""A person types a message, or opens the bot's App Home: what Slack tells the bot of it."""
from __future__ import annotations

import secrets
import uuid
from typing import Any

from slack_compose import as_blocks, as_text, parts_of, unfurlable
from slack_events import Events, kind_of
from slack_people import BOT_USER_ID, TEAM_ID
from slack_state import SlackState

MESSAGE_KEYS = {"channel", "user", "text", "thread_ts", "extra", "envelope"}


class Talk:
    def __init__(self, state: SlackState, events: Events) -> None:
        self.state, self.events = state, events

    async def say(self, spec: dict[str, Any]) -> dict[str, Any]:
        if set(spec) - MESSAGE_KEYS:
            raise ValueError(f"unknown keys; known: {sorted(MESSAGE_KEYS)}")
        spec = {"channel": "C0GENERAL", "user": "U0ADA", "text": "", **spec}
        person = self.state.people[spec["user"]]
        # A person's id: the direct message between this person and the bot.
        channel = self.state.open_dm(person["id"]) if spec["channel"] == person["id"] else self.state.channels[spec["channel"]]
        if (channel.get("is_im") or channel.get("is_private")) and person["id"] not in channel["members"]:
            raise ValueError(f"{person['id']} is not in {channel['id']}")
        if channel.get("is_archived"):
            raise ValueError("is_archived: nothing can be said there")
        message = self.message(channel, person, spec)
        self.state.add(channel["id"], message, via="typed")
        events = self.caused(channel, person, message, spec.get("extra") or {})
        return {"ok": True, "ts": message["ts"], "events": await self.events.emit(events, spec.get("envelope"))}

    def message(self, channel: dict[str, Any], person: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
        names = {one["name"].lower(): one["id"] for one in self.state.people.values() if one["id"] != "USLACKBOT"}
        parts = parts_of(spec["text"], names)
        message = {**self.state.said_by(person["id"], as_text(parts)), "client_msg_id": str(uuid.uuid4()),
                   "blocks": as_blocks(parts, secrets.token_hex(2))}
        if not parts:
            message.pop("blocks")
        if channel.get("is_ext_shared"):
            message.update(user_team=person["team_id"], source_team=person["team_id"])
        if spec.get("thread_ts"):
            parent = self.state.find_message(channel["id"], spec["thread_ts"])
            message["thread_ts"] = spec["thread_ts"]
            if parent:
                message["parent_user_id"] = parent.get("user")
        if person["is_bot"]:
            message.pop("client_msg_id")
            profile = person["profile"]
            message.update(bot_id=profile["bot_id"], app_id=profile["api_app_id"], bot_profile={
                "id": profile["bot_id"], "app_id": profile["api_app_id"], "name": person["name"], "deleted": False,
                "updated": person["updated"], "team_id": person["team_id"]})
        return message

    def caused(self, channel: dict[str, Any], person: dict[str, Any], message: dict[str, Any],
               extra: dict[str, Any]) -> list[dict[str, Any]]:
        """The events of one message: mention, message, links. `extra` changes what the event says, not what is shown."""
        said = {key: value for key, value in {**message, "channel": channel["id"], "event_ts": message["ts"], **extra}.items()
                if value is not None}
        text = str(said.get("text") or "")
        member = self.state.bot_is_member(channel)
        events = []
        if f"<@{BOT_USER_ID}" in text and member and not channel.get("is_im"):
            events.append({**{key: value for key, value in said.items() if key != "parent_user_id"}, "type": "app_mention"})
        kind = {"im": "im", "groups": "group"}.get(kind_of(channel), "channel")
        events.append({"channel_type": kind, **said})
        links = unfurlable(text, self.state.unfurl_domains)
        if links and not person["is_bot"] and person["team_id"] == TEAM_ID and "bot_id" not in said:
            events.append(self.links(channel, message, links))
        return [event for event in events if self.events.subscribed(event)]

    def links(self, channel: dict[str, Any], message: dict[str, Any], links: list[dict[str, str]]) -> dict[str, Any]:
        event = {"type": "link_shared", "user": message["user"], "channel": channel["id"], "message_ts": message["ts"],
                 "links": links, "source": "conversations_history", "is_bot_user_member": self.state.bot_is_member(channel),
                 "unfurl_id": f"{channel['id']}.{message['ts']}.{secrets.token_hex(16)}", "user_locale": "en-US",
                 "event_ts": message["ts"]}
        if message.get("thread_ts"):
            event["thread_ts"] = message["thread_ts"]
        return event

    async def open_home(self, spec: dict[str, Any]) -> dict[str, Any]:
        user, tab = self.state.people[spec.get("user") or "U0ADA"]["id"], spec.get("tab") or "home"
        if tab not in ("home", "messages"):
            raise ValueError("tab must be home or messages")
        event = {"type": "app_home_opened", "user": user, "channel": self.state.open_dm(user)["id"], "tab": tab,
                 "event_ts": self.state.next_ts()}
        view = self.home(user)
        if view and tab == "home":
            event["view"] = view
        events = await self.events.emit([event]) if self.events.subscribed(event) else []
        return {"ok": True, "events": events, "view": self.home(user)}

    def home(self, user: str) -> Any:
        """What this person's App Home shows; None until the bot has published one."""
        return self.state.views.get(self.state.homes.get(user, ""))
