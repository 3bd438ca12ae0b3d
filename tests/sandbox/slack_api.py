"""Slack's Web API: who may call, with which arguments, and what each method does."""
from __future__ import annotations

import re
import secrets
from typing import Any, Callable

from aiohttp import web

from slack_limits import Refusal, check_message
from slack_methods import METHODS, Method
from slack_mrkdwn import pings
from slack_people import (APP_ID, APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER_ID, PARTNER_TEAM_ID, TEAM_ID, TEAM_NAME)
from slack_state import SlackState
from wire import Wire

Args = dict[str, Any]
Handler = Callable[[Args], dict[str, Any]]

EMOJI = re.compile(r"[a-z0-9_+'-]+")


class RateLimited(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class SlackApi:
    def __init__(self, state: SlackState, wire: Wire, more: dict[str, Handler]) -> None:
        """`more`: the methods that live in files of their own."""
        self.state = state
        self.wire = wire
        self.handlers: dict[str, Handler] = {
            "auth.test": self.auth_test,
            "team.info": self.team_info,
            "users.info": self.users_info,
            "users.list": self.users_list,
            "conversations.info": self.conversations_info,
            "conversations.list": self.conversations_list,
            "conversations.open": self.conversations_open,
            "conversations.history": self.conversations_history,
            "conversations.replies": self.conversations_replies,
            "chat.postMessage": self.chat_post_message,
            "chat.postEphemeral": self.chat_post_ephemeral,
            "chat.update": self.chat_update,
            "chat.delete": self.chat_delete,
            "reactions.add": self.reactions_add,
            "conversations.join": self.conversations_join,
            **more,
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/api/{method}", self.serve)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return await self.wire.serve("slack", request.match_info["method"], request, self.answer)

    async def answer(self, request: web.Request, body: Any) -> web.Response:
        name = request.match_info["method"]
        headers = {"x-oauth-scopes": ",".join(self.state.scopes), "x-slack-req-id": secrets.token_hex(16),
                   "Cache-Control": "private, no-cache, no-store, must-revalidate"}
        try:
            args = self.arguments(request, body, name)
            headers["x-accepted-oauth-scopes"] = METHODS[name].scope
            result = self.handlers[name](args)
            if isinstance(result.get("channel"), str):
                request["reached"] = {"channel": result["channel"]}
        except Refusal as refusal:
            result = refusal.body()
        except ValueError as error:     # a number that is none
            result = Refusal("invalid_arguments", [f"[ERROR] {error}"]).body()
        except RateLimited as limit:
            headers["Retry-After"] = str(limit.seconds)
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        return web.json_response(result if "ok" in result else {"ok": True, **result}, headers=headers)

    # Who calls, and with what

    def arguments(self, request: web.Request, body: Any, name: str) -> Args:
        if name not in METHODS:
            raise Refusal("unknown_method")
        if request.method != "POST":
            raise Refusal("invalid_arguments", ["[ERROR] the sandbox takes POST only"])
        method = METHODS[name]
        kind = request.content_type if request.headers.get("Content-Type") else ""
        args: Args = {}
        if kind == "application/json":
            if not isinstance(body, dict):
                raise Refusal("json_not_object" if isinstance(body, list) else "invalid_json")
            # Slack does not look into a JSON body here: to it, the arguments are missing.
            args = body if method.takes_json else {}
        elif kind == "application/x-www-form-urlencoded":
            args = dict(body)
        elif body:
            raise Refusal("invalid_post_type" if kind else "missing_post_type")
        if "token" in request.query:
            raise Refusal("not_authed", ["[ERROR] tokens in the query string are not taken"])
        self.check_token(request, args.pop("token", None), name)
        self.check_arguments(args, method)
        return args

    def check_token(self, request: web.Request, field: Any, name: str) -> None:
        header = request.headers.get("Authorization", "")
        token = header[7:] if header.startswith("Bearer ") else field
        if not token:
            raise Refusal("not_authed")
        if token not in (APP_TOKEN, BOT_TOKEN):
            raise Refusal("invalid_auth")
        if (METHODS[name].token == "app") != (token == APP_TOKEN):
            raise Refusal("not_allowed_token_type")
        self.need_scope(METHODS[name].scope)

    def need_scope(self, scope: str) -> None:
        if scope and scope not in self.state.scopes:
            raise ScopeRefusal(scope, self.state.scopes)

    @staticmethod
    def check_arguments(args: Args, method: Method) -> None:
        wrong = [f"[ERROR] unknown argument: {key} [json-pointer:/{key}]" for key in args
                 if key not in method.required + method.optional]
        wrong += [f"[ERROR] missing required field: {key}" for key in method.required if not args.get(key)]
        if wrong:
            raise Refusal("invalid_arguments", wrong)
        for key in ("as_user", "username", "icon_emoji", "icon_url"):
            if args.get(key):
                raise Refusal("as_user_not_supported" if key == "as_user" else "missing_scope",
                              [f"[ERROR] {key} needs what this app does not have"])

    # Identity and lists

    def auth_test(self, args: Args) -> dict[str, Any]:
        return {"url": "https://acme-shop.slack.com/", "team": TEAM_NAME, "user": "looker", "team_id": TEAM_ID,
                "user_id": BOT_USER_ID, "bot_id": BOT_ID, "app_id": APP_ID, "is_enterprise_install": False}

    def team_info(self, args: Args) -> dict[str, Any]:
        if args.get("team") not in (None, "", TEAM_ID):
            raise Refusal("team_not_found")
        return {"team": self.state.team()}

    def person(self, user: Any) -> dict[str, Any]:
        found = self.state.people.get(user)
        if found is None:
            raise Refusal("user_not_found")
        shown = dict(found)
        if "users:read.email" not in self.state.scopes:
            shown["profile"] = {k: v for k, v in found["profile"].items() if k != "email"}
        if shown["team_id"] == PARTNER_TEAM_ID:
            shown.pop("is_email_confirmed", None)
        return shown

    def users_info(self, args: Args) -> dict[str, Any]:
        return {"user": self.person(args["user"])}

    def users_list(self, args: Args) -> dict[str, Any]:
        people, cursor = page([self.person(user) for user in self.state.people], args, 1000)
        return {"members": people, "cache_ts": 1760000000, "response_metadata": {"next_cursor": cursor}}

    def seen_channel(self, given: Any) -> dict[str, Any]:
        """A channel that the token can see: public, or one that the bot is in."""
        channel = self.state.channels.get(given)
        hidden = channel and (channel.get("is_private") or channel.get("is_im"))
        if channel is None or hidden and not self.state.bot_is_member(channel):
            raise Refusal("channel_not_found")
        return channel

    def conversations_info(self, args: Args) -> dict[str, Any]:
        channel = self.seen_channel(args["channel"])
        self.need_scope(kind_of(channel) + ":read")
        shown = self.state.channel_object(channel)
        if str(args.get("include_num_members")).lower() not in ("true", "1"):
            shown.pop("num_members", None)
        return {"channel": shown}

    def conversations_list(self, args: Args) -> dict[str, Any]:
        kinds = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
        wanted = [kind.strip() for kind in (args.get("types") or "public_channel").split(",")]
        if any(kind not in kinds for kind in wanted):
            raise Refusal("invalid_types")
        for kind in wanted:
            self.need_scope(kinds[kind] + ":read")
        families = {kinds[kind] for kind in wanted}
        found = []
        for channel in self.state.channels.values():
            private = channel.get("is_private") or channel.get("is_im")
            if kind_of(channel) not in families or private and not self.state.bot_is_member(channel):
                continue
            if channel.get("is_archived") and str(args.get("exclude_archived")).lower() in ("true", "1"):
                continue
            found.append(channel)
        found, cursor = page(found, args, 999)
        return {"channels": [self.state.channel_object(channel) for channel in found],
                "response_metadata": {"next_cursor": cursor}}

    def conversations_open(self, args: Args) -> dict[str, Any]:
        if args.get("channel"):
            return {"channel": {"id": self.seen_channel(args["channel"])["id"]}, "no_op": True, "already_open": True}
        users = [user.strip() for user in (args.get("users") or "").split(",") if user.strip()]
        if not users:
            raise Refusal("users_list_not_supplied")
        if len(users) > 1:
            self.need_scope("mpim:write")
            raise Refusal("invalid_user_combination")
        person = self.person(users[0])
        if person["deleted"]:
            raise Refusal("user_disabled")
        if person["is_bot"]:
            raise Refusal("cannot_dm_bot")
        return {"channel": {"id": self.state.open_dm(users[0])["id"]}}

    def conversations_join(self, args: Args) -> dict[str, Any]:
        channel = self.seen_channel(args["channel"])
        if channel.get("is_im") or channel.get("is_private"):
            raise Refusal("method_not_supported_for_channel_type")
        if channel.get("is_archived"):
            raise Refusal("is_archived")
        if self.state.bot_is_member(channel):
            return {"channel": self.state.channel_object(channel), "warning": "already_in_channel",
                    "response_metadata": {"warnings": ["already_in_channel"]}}
        self.state.join(channel)
        return {"channel": self.state.channel_object(channel)}

    def readable_messages(self, args: Args) -> list[dict[str, Any]]:
        channel = self.seen_channel(args["channel"])
        self.need_scope(kind_of(channel) + ":history")
        if not self.state.bot_is_member(channel):
            raise Refusal("not_in_channel")
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
        inclusive = str(args.get("inclusive")).lower() in ("true", "1")
        with_metadata = str(args.get("include_all_metadata")).lower() in ("true", "1")
        shown = []
        for message in self.state.messages[channel["id"]]:
            ts = float(message["ts"])
            if message.get("_ephemeral_to") or message.get("_error") or not (
                    oldest < ts < latest or inclusive and ts in (oldest, latest)):
                continue
            shown.append({key: value for key, value in message.items()
                          if not key.startswith("_") and (key != "metadata" or with_metadata)})
        return shown

    def conversations_history(self, args: Args) -> dict[str, Any]:
        top = [m for m in self.readable_messages(args) if m.get("thread_ts") in (None, m["ts"])]
        found, cursor = page(top[::-1], args, 999)
        return {"messages": found, "has_more": bool(cursor), "pin_count": 0,
                "response_metadata": {"next_cursor": cursor}}

    def conversations_replies(self, args: Args) -> dict[str, Any]:
        thread = [m for m in self.readable_messages(args) if args["ts"] in (m["ts"], m.get("thread_ts"))]
        if not thread:
            raise Refusal("thread_not_found")
        found, cursor = page(thread, args, 999)
        return {"messages": found, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}

    # Messages

    def checked(self, args: Args, update: bool = False) -> dict[str, Any]:
        return self.state.check_images(check_message(args, update=update, refused=self.state.refused_blocks))

    def chat_post_message(self, args: Args) -> dict[str, Any]:
        channel = self.state.find_channel(args["channel"])
        if channel is None or (channel.get("is_private") or channel.get("is_im")) \
                and not self.state.bot_is_member(channel):
            raise Refusal("channel_not_found")
        if channel.get("is_archived"):
            raise Refusal("is_archived")
        if not self.state.bot_is_member(channel) and "chat:write.public" not in self.state.scopes:
            raise Refusal("not_in_channel")
        message = self.checked(args)
        if args.get("thread_ts") and not self.state.find_message(channel["id"], args["thread_ts"]):
            raise Refusal("thread_not_found")
        seconds = self.state.may_post(channel["id"])
        if seconds is not None:
            raise RateLimited(seconds)
        posted = self.state.bot_message(message)
        self.state.add(channel["id"], posted, via="chat.postMessage", pings=broadcasts(message))
        return {"channel": channel["id"], "ts": posted["ts"], "message": posted}

    def chat_post_ephemeral(self, args: Args) -> dict[str, Any]:
        channel = self.seen_channel(args["channel"])
        if channel.get("is_archived"):
            raise Refusal("is_archived")
        if not self.state.bot_is_member(channel):
            raise Refusal("not_in_channel")
        if args["user"] not in channel["members"]:
            raise Refusal("user_not_in_channel")
        if args.get("attachments") and args.get("blocks"):
            raise Refusal("invalid_attachments")
        posted = self.state.bot_message(self.checked(args))
        self.state.add(channel["id"], posted, via="chat.postEphemeral", ephemeral_to=args["user"])
        return {"message_ts": posted["ts"]}

    def own_message(self, args: Args, refused: str) -> tuple[dict[str, Any], dict[str, Any]]:
        channel = self.seen_channel(args["channel"])
        message = self.state.find_message(channel["id"], args["ts"])
        if message is None or message.get("_ephemeral_to"):
            raise Refusal("message_not_found")
        # What came by a response_url has no ts that the bot could know: it cannot be its own.
        if message.get("bot_id") != BOT_ID or message.get("_via") != "chat.postMessage":
            raise Refusal(refused)
        return channel, message

    def chat_update(self, args: Args) -> dict[str, Any]:
        channel, message = self.own_message(args, "cant_update_message")
        changed = {key: value for key, value in self.checked(args, update=True).items()
                   if key in ("text", "blocks", "metadata", "attachments") and value is not None}
        self.state.change(channel["id"], message, changed)
        shown = {key: value for key, value in message.items() if not key.startswith("_")}
        return {"channel": channel["id"], "ts": message["ts"], "text": message["text"], "message": shown}

    def chat_delete(self, args: Args) -> dict[str, Any]:
        channel, message = self.own_message(args, "cant_delete_message")
        self.state.remove(channel["id"], message)
        return {"channel": channel["id"], "ts": message["ts"]}

    def reactions_add(self, args: Args) -> dict[str, Any]:
        channel = self.seen_channel(args["channel"])
        if channel.get("is_archived"):
            raise Refusal("is_archived")
        if not self.state.bot_is_member(channel):
            raise Refusal("not_in_channel")
        if not EMOJI.fullmatch(args["name"]):
            raise Refusal("invalid_name")
        message = self.state.find_message(channel["id"], args["timestamp"])
        if message is None or message.get("_ephemeral_to"):
            raise Refusal("message_not_found")
        if not self.state.react(channel["id"], message, args["name"]):
            raise Refusal("already_reacted")
        return {}


class ScopeRefusal(Refusal):
    def __init__(self, needed: str, provided: list[str]) -> None:
        super().__init__("missing_scope")
        self.needed, self.provided = needed, provided

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": "missing_scope", "needed": self.needed, "provided": ",".join(self.provided)}


def kind_of(channel: dict[str, Any]) -> str:
    """The family of scopes that a channel belongs to."""
    return "im" if channel.get("is_im") else "groups" if channel.get("is_private") else "channels"


def page(items: list[Any], args: Args, most: int) -> tuple[list[Any], str]:
    """One page and the next cursor ("" at the end)."""
    limit = int(args.get("limit") or 100)
    if limit > most:
        raise Refusal("invalid_limit")
    cursor = args.get("cursor") or ""
    if cursor and not (cursor.startswith("at:") and cursor[3:].rstrip("=").isdigit()):
        raise Refusal("invalid_cursor")
    start = int(cursor[3:].rstrip("=")) if cursor else 0
    more = start + limit < len(items)
    return items[start:start + limit], f"at:{start + limit}=" if more else ""


def broadcasts(message: dict[str, Any]) -> list[str]:
    """Everybody whom this message would ping: tests say that data never does."""
    found = pings(message.get("text") or "")

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            if value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
                found.extend(pings(value["text"]))
            if value.get("type") == "broadcast":
                found.append(value.get("range", ""))
            for item in value.values():
                walk(item)
    walk(message.get("blocks") or [])
    return found
