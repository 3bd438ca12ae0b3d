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
    token: str = "bot"         # or "app"


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
    # What is missing of the first six is said in this method's own way.
    "chat.unfurl": Method((), ("channel", "ts", "unfurl_id", "source", "unfurls", "user_auth_required", "user_auth_url",
                               "user_auth_message", "user_auth_blocks"), "links:write", True),
    "views.publish": Method(("user_id", "view"), ("hash",), "", True),
    "views.open": Method(("trigger_id", "view"), (), "", True),
    "views.update": Method(("view",), ("view_id", "external_id", "hash"), "", True),
    "files.getUploadURLExternal": Method(("filename", "length"), ("alt_txt", "snippet_type"), "files:write"),
    "files.completeUploadExternal": Method(("files",), ("channel_id", "channels", "thread_ts", "initial_comment", "blocks",
                                                        "username", "icon_emoji", "icon_url"), "files:write", True),
    "files.info": Method(("file",), ("cursor", "limit", "count", "page"), "files:read"),
    "reactions.add": Method(("channel", "name", "timestamp"), (), "reactions:write", True),
    "conversations.join": Method(("channel",), (), "channels:join", True),
    "apps.connections.open": Method((), (), "", True, "app"),
    "rtm.connect": Method((), ("batch_presence_aware", "presence_sub")),
}
