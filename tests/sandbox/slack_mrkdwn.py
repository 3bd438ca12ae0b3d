"""Are the entities of a mrkdwn text well-formed?

Slack is laxer: it shows a stray `<` or `&` as it is. Here it is an error, because it is the sign of a
value that was not escaped, and the next such value may be `<!channel>`.
"""
from __future__ import annotations

import re
from typing import Optional

_ENTITY = re.compile(r"&(amp|lt|gt);")
_CONTROL = re.compile(r"""
      (?:https?|slack)://[^\s<>|]+(?:\|[^<>\n]+)?         # link
    | (?:mailto|tel):[^\s<>|]+(?:\|[^<>\n]+)?
    | @[UW][A-Z0-9]+(?:\|[^<>\n]*)?                        # person
    | \#C[A-Z0-9]+(?:\|[^<>\n]*)?                          # channel
    | !(?:here|channel|everyone)(?:\|[^<>\n]*)?            # broadcast
    | !subteam\^S[A-Z0-9]+(?:\|[^<>\n]*)?
    | !date\^-?\d+\^[^<>|\n^]+(?:\^[^\s<>|]+)?\|[^<>\n]+   # needs a fallback
    """, re.VERBOSE)

BROADCAST = re.compile(r"<!(here|channel|everyone|subteam\^[A-Z0-9]+)[|>]")


def find_fault(text: str) -> Optional[str]:
    """What is wrong with the text, or None."""
    at = 0
    while at < len(text):
        char = text[at]
        if char == "&":
            match = _ENTITY.match(text, at)
            if not match:
                return f"unescaped & at character {at}: …{text[at:at + 20]!r}"
            at = match.end()
        elif char == "<":
            end = text.find(">", at)
            if end < 0:
                return f"unescaped < at character {at}: …{text[at:at + 20]!r}"
            inner = text[at + 1:end]
            if not _CONTROL.fullmatch(inner):
                return f"malformed <…> at character {at}: {text[at:end + 1]!r}"
            fault = find_fault(inner)
            if fault:
                return f"inside <…> at character {at}: {fault}"
            at = end + 1
        elif char == ">":
            # A quote may be typed raw at the beginning of a line.
            if at > 0 and text[at - 1] != "\n":
                return f"unescaped > at character {at}"
            at += 1
        else:
            at += 1
    return None


def pings(text: str) -> list[str]:
    """The broadcasts that this text would send out."""
    return [match.group(1) for match in BROADCAST.finditer(text)]
