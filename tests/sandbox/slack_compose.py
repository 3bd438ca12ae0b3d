"""What Slack makes of a typed message: entities, mentions, links, and the rich_text block beside them."""
from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

LINK = re.compile(r"https?://[^\s<>|]+")
MENTION = re.compile(r"(?<![\w@.])@([a-z][a-z0-9_.-]*)", re.IGNORECASE)
TRAILING = ".,;:!?'\")]}"

Part = dict[str, Any]


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def parts_of(text: str, people: dict[str, str]) -> list[Part]:
    """The typed text cut into text, people and links. `people`: user id by lower-case name."""
    parts: list[Part] = []
    at = 0

    def plain(end: int) -> None:
        if end > at:
            parts.append({"type": "text", "text": text[at:end]})

    for found in re.finditer(f"{LINK.pattern}|{MENTION.pattern}", text, re.IGNORECASE):
        if found.start() < at:
            continue
        if found.group(1) is None:
            url = found.group(0).rstrip(TRAILING)
            plain(found.start())
            parts.append({"type": "link", "url": url})
            at = found.start() + len(url)
            continue
        name = found.group(1).rstrip(".-")
        if name.lower() in people:
            plain(found.start())
            parts.append({"type": "user", "user_id": people[name.lower()]})
            at = found.start() + 1 + len(name)
    plain(len(text))
    return parts


def as_text(parts: list[Part]) -> str:
    """The `text` of the message, with Slack's entities."""
    shown = ""
    for part in parts:
        if part["type"] == "text":
            shown += escape(part["text"])
        elif part["type"] == "user":
            shown += f"<@{part['user_id']}>"
        else:
            shown += f"<{escape(part['url'])}>"
    return shown


def as_blocks(parts: list[Part], block_id: str) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "block_id": block_id,
             "elements": [{"type": "rich_text_section", "elements": parts}]}]


def links_in(text: str) -> list[str]:
    """The URLs of a message's text as Slack names them in link_shared: with & as &amp;."""
    return [found.split("|")[0] for found in re.findall(r"<(https?://[^<>]+)>", text)]


def unfurlable(text: str, domains: list[str]) -> list[dict[str, str]]:
    """The links that belong to one of the domains or lie below it, each once; a port does not matter."""
    found: dict[str, dict[str, str]] = {}
    for url in links_in(text):
        try:
            host = (urlsplit(url.replace("&amp;", "&")).hostname or "").lower()
        except ValueError:
            continue
        if any(host == domain or host.endswith("." + domain) for domain in domains):
            found[url] = {"domain": host, "url": url}
    return list(found.values())
