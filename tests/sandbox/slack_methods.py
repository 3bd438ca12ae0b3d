"""Slack's Web API methods that the fake knows: arguments, scopes, and where JSON bodies are taken.

The figures are Slack's own (method reference, August 2026). An argument that is not in the table is
refused, although Slack ignores many: a misspelt argument should not pass our tests.
"""
from __future__ import annotations

from dataclasses import dataclass

_MESSAGE = ("attachments", "blocks", "icon_emoji", "icon_url", "link_names", "markdown_text", "metadata",
            "parse", "text", "thread_ts", "username", "as_user")


@dataclass(frozen=True)
class Method:
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    scope: str = ""            # "" = none, or decided by the kind of channel
    takes_json: bool = False


METHODS: dict[str, Method] = {
    "auth.test": Method(takes_json=True),
    "team.info": Method((), ("team", "domain"), "team:read", True),
    "users.info": Method(("user",), ("include_locale",), "users:read"),
    "users.list": Method((), ("cursor", "include_locale", "limit", "team_id"), "users:read"),
    "conversations.info": Method(("channel",), ("include_locale", "include_num_members")),
    "conversations.list": Method((), ("cursor", "exclude_archived", "limit", "team_id", "types")),
    "conversations.open": Method((), ("channel", "return_im", "users", "prevent_creation"), "im:write", True),
    "conversations.history": Method(("channel",), ("cursor", "include_all_metadata", "inclusive", "latest",
                                                   "limit", "oldest"), "", True),
    "conversations.replies": Method(("channel", "ts"), ("cursor", "include_all_metadata", "inclusive",
                                                        "latest", "limit", "oldest")),
    # client_msg_id is not in Slack's list, but Slack takes it.
    "chat.postMessage": Method(("channel",), _MESSAGE + ("mrkdwn", "reply_broadcast", "unfurl_links",
                                                         "unfurl_media", "client_msg_id"), "chat:write", True),
    "chat.postEphemeral": Method(("channel", "user"), _MESSAGE, "chat:write", True),
    "chat.update": Method(("channel", "ts"), ("attachments", "blocks", "markdown_text", "metadata", "link_names",
                                              "parse", "text", "reply_broadcast", "file_ids", "as_user"),
                          "chat:write", True),
    "chat.delete": Method(("channel", "ts"), ("as_user",), "chat:write", True),
}
