"""A walk over the sandbox's page in a real browser: commands are typed as people type them.

test_page.py checks with it, docs/screenshot makes the picture of the README with it.
"""
from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "sandbox"))

from chromium import PROGRAM, Chromium  # noqa: E402, F401

# The newest message that is no typed command: that one may be shown after a quick answer to it.
LAST = "[...document.querySelectorAll('.message')].filter((one) => !one.querySelector('.typed')).at(-1)"
COMMAND = "document.getElementById('command')"

# What is typed, and what of the newest answer tells that the answer is there and drawn as it should be.
HELP = ("help", f"{LAST}.matches('.ephemeral') && {LAST}.textContent.includes('Built-in commands')")
FIND = ("find ordres by status", f"{LAST}.querySelector('a[href$=\"/looks/17\"]')")
UNKNOWN_FILTER = ("sales colour=red", "[...document.querySelectorAll('.message.ephemeral')]"
                  ".some((one) => one.textContent.includes('colour') && one.textContent.includes('Region'))")
FAILURE = ("legacy codes", f"{LAST}.matches('.failed') && {LAST}.textContent.includes('does not exist')")
ONE_RECORD = ("order 1003", f"{LAST}.querySelectorAll('.field').length > 3")
VALUE = ("revenue today", f"{LAST}.textContent.includes('$227.60')")
TABLE = ('sales region=EMEA; period="last 30 days"',
         f"{LAST}.querySelectorAll('.data-table tbody tr').length > 3 && {LAST}.querySelector('.context')")
EVERY_FORM = (HELP, FIND, UNKNOWN_FILTER, FAILURE, ONE_RECORD, VALUE, TABLE)


async def open_page(tab: Chromium, url: str, width: int = 1280, height: int = 860, dark: bool = False) -> None:
    await tab.open(url + "/", width, height, dark)
    await tab.until("document.getElementById('live').textContent === 'live'")


async def say(tab: Chromium, text: str) -> None:
    await tab.eval(f"{COMMAND}.focus()")
    await tab.type(text)
    await tab.key("Enter", 13)


async def command(tab: Chromium, text: str) -> None:
    await say(tab, f"/looker {text}")


async def walk(tab: Chromium, *steps: tuple[str, str]) -> None:
    for text, shown in steps:
        await command(tab, text)
        await tab.until(shown)

