"""What a newcomer sees: commands typed on the sandbox's page, in a real browser, answered by the real programs.

LOOKERBOT_SCREENSHOT=docs/screenshot.png keeps the picture that the README shows.
"""
from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from stack import Stack

sys.path.append(str(Path(__file__).resolve().parents[1] / "sandbox"))

from chromium import PROGRAM, Chromium  # noqa: E402

LAST = "[...document.querySelectorAll('.message')].at(-1)"

# What is typed, and what of the newest message tells that the answer is there and drawn as it should be.
WALK = [
    ("help", f"{LAST}.matches('.ephemeral') && {LAST}.textContent.includes('Built-in commands')"),
    ("find ordres by status", f"{LAST}.querySelector('a[href$=\"/looks/17\"]')"),
    ("sales colour=red", f"{LAST}.matches('.ephemeral') && {LAST}.textContent.includes('Region')"),
    ("legacy codes", f"{LAST}.textContent.includes('does not exist')"),
    ("order 1003", f"{LAST}.querySelectorAll('.field').length > 3"),
    ("revenue today", f"{LAST}.textContent.includes('$227.60')"),
    ('sales region=EMEA; period="last 30 days"',
     f"{LAST}.querySelectorAll('.data-table tbody tr').length > 3 && {LAST}.querySelector('.context')"),
]


@pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")
def test_the_page_shows_every_form(stack: Stack) -> None:
    asyncio.run(walk(stack))


async def say(tab: Chromium, text: str) -> None:
    await tab.eval("document.getElementById('command').focus()")
    await tab.type(text)
    await tab.key("Enter", 13)


async def walk(stack: Stack) -> None:
    assert stack.sandbox is not None
    async with Chromium() as tab:
        await tab.open(stack.sandbox.url + "/", height=860)
        await tab.until("document.getElementById('live').textContent === 'live'")
        for text, shown in WALK:
            await say(tab, text)
            await tab.until(shown)
        await check_drawing(tab)
        if "LOOKERBOT_SCREENSHOT" in os.environ:
            await tab.screenshot(os.environ["LOOKERBOT_SCREENSHOT"])
        assert tab.complaints == []


async def check_drawing(tab: Chromium) -> None:
    """The table sorts by its numbers, and its link leads to Looker."""
    column = f"[...{LAST}.querySelectorAll('tbody tr')].map((tr) => Number(tr.children[2].textContent))"
    before: list[Any] = await tab.eval(column)
    await tab.eval(f"{LAST}.querySelectorAll('.data-table .sort')[2].click()")
    after: list[Any] = await tab.eval(column)
    assert after in (sorted(before), sorted(before, reverse=True)) and len(after) == len(before)
    assert "/dashboards/21?Region=EMEA" in await tab.eval(f"{LAST}.querySelector('a').href")
