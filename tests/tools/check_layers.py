#!/usr/bin/python3
"""Includes go down only: the table of ARCHITECTURE.md ("Layers"), enforced.

    check_layers.py [ROOT]     prints file:line of every violation, exit 1 when there is one
    check_layers.py --selftest

A folder may include its own headers, those of the folders in its row, and no other of the project.
A row may name single headers of a folder: "slack/message" is slack/message.h alone.
"""
from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

COMMON = ("base", "config", "net", "queue", "slack", "looker", "store", "render", "bot")

TABLE: dict[str, tuple[str, ...]] = {
    "common/base": (),
    "common/config": ("base",),
    "common/net": ("base",),
    "common/queue": ("base",),
    "common/slack": ("base", "config", "net"),
    "common/looker": ("base", "config", "net"),
    "common/store": ("base", "config", "net", "slack"),
    "common/render": ("base", "slack/message", "slack/mrkdwn", "looker/result"),
    "common/bot": COMMON,
    # net/http for http_start and http_stop only: once a process, before any thread.
    "fcgi": ("base", "config", "net/http", "slack/verify", "slack/inbound", "looker/webhook", "bot"),
    "rtm-relay": ("base", "config", "net/ws", "net/http", "slack/api", "slack/connect", "slack/inbound", "bot"),
    "cli": COMMON,
}

OURS = {layer.removeprefix("common/") for layer in TABLE}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def folder_of(header: str) -> str | None:
    """The project folder that a header is in; "" when the folder is not written, None when it is not ours."""
    folder, slash, _ = header.partition("/")
    if not slash or folder == "..":
        return ""
    return folder if folder in OURS else None


def violations_of(source: Path, layer: str, root: Path) -> list[str]:
    found = []
    own = layer.removeprefix("common/")
    for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match[1]
        where = f"{source.relative_to(root)}:{number}"
        folder = folder_of(header)
        if folder == "":
            found.append(f'{where}: write the folder too: "{own}/{Path(header).name}"')
        elif folder is not None and folder != own and not allowed(header, folder, TABLE[layer]):
            found.append(f"{where}: {layer} may not include {header}")
    return found


def allowed(header: str, folder: str, row: tuple[str, ...]) -> bool:
    return folder in row or header.removesuffix(".h") in row


def check(root: Path) -> list[str]:
    found = []
    for layer in TABLE:
        for source in sorted((root / layer).glob("*.[ch]")):
            found += violations_of(source, layer, root)
    for folder in sorted((root / "common").iterdir()):
        if folder.is_dir() and f"common/{folder.name}" not in TABLE:
            found.append(f"common/{folder.name}: has no row in the table of tests/tools/check_layers.py")
    return found


def selftest() -> int:
    """A tree with every kind of mistake, and one without."""
    bad = {
        "common/base/up.c": '#include "base/up.h"\n#include "net/http.h"\n',
        "common/render/io.c": '#include "slack/message.h"\n#include "slack/api.h"\n',
        "common/queue/side.c": "/* sideways */\n\n#include \"slack/api.h\"\n",
        "common/slack/short.c": '#include "near.h"\n',
        "common/slack/near.h": "",
        "fcgi/rules.c": '#include "bot/intake.h"\n#include "looker/api.h"\n',
        "common/other/x.c": "",
    }
    expected = ["common/base/up.c:2", "common/render/io.c:2", "common/queue/side.c:3", "common/slack/short.c:1",
                "fcgi/rules.c:2", "common/other"]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, text in bad.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = check(root)
        places = {line.split(": ")[0] for line in found}
    if places != set(expected) or len(found) != len(expected):
        print("check_layers.py: self-test failed:", *sorted(places ^ set(expected)), *found, sep="\n  ")
        return 1
    return 0


def main() -> int:
    if sys.argv[1:] == ["--selftest"]:
        return selftest()
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    found = check(root)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
