"""The `fields=` parameter: `id,title,folder(name,id)` trims an answer to these keys."""
from __future__ import annotations

from typing import Any

Tree = dict[str, Any]


def parse(text: str) -> Tree:
    tree, rest = _parse(text)
    if rest:
        raise ValueError(f"unexpected {rest!r}")
    return tree


def _parse(text: str) -> tuple[Tree, str]:
    tree: Tree = {}
    name = ""
    while text:
        char, text = text[0], text[1:]
        if char == "(":
            tree[name.strip()], text = _parse(text)
            if not text.startswith(")"):
                raise ValueError("a bracket is not closed")
            text, name = text[1:], ""
        elif char == ")":
            text = char + text
            break
        elif char == ",":
            if name.strip():
                tree[name.strip()] = None
            name = ""
        else:
            name += char
    if name.strip():
        tree[name.strip()] = None
    return tree, text


def trim(value: Any, tree: Tree | None) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [trim(item, tree) for item in value]
    if isinstance(value, dict):
        return {key: trim(value[key], below) for key, below in tree.items() if key in value}
    return value
