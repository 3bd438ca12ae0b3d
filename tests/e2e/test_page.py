"""What a newcomer sees: commands typed on the sandbox's page, in a real browser, answered by the real programs."""
from __future__ import annotations

import asyncio
import struct
import subprocess
from pathlib import Path
from typing import Any, Awaitable, Callable

import pytest

from page_walk import EVERY_FORM, LAST, PROGRAM, VALUE, Chromium, command, open_page, walk
from stack import BUILD, PYTHON, ROOT, Stack, clean_environment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

CALLS = "[...document.querySelectorAll('.call:not([hidden])')].map((call) => call.textContent)"


def on_page(stack: Stack, work: Callable[[Chromium], Awaitable[None]]) -> None:
    async def run() -> None:
        assert stack.sandbox is not None
        async with Chromium() as tab:
            await open_page(tab, stack.sandbox.url)
            await work(tab)
            assert tab.complaints == []
    asyncio.run(run())


def test_the_page_shows_every_form(stack: Stack) -> None:
    async def work(tab: Chromium) -> None:
        await walk(tab, *EVERY_FORM)
        # The table sorts by its numbers, and its link leads to Looker.
        column = f"[...{LAST}.querySelectorAll('tbody tr')].map((tr) => Number(tr.children[2].textContent))"
        before: list[Any] = await tab.eval(column)
        await tab.eval(f"{LAST}.querySelectorAll('.data-table .sort')[2].click()")
        after: list[Any] = await tab.eval(column)
        assert after in (sorted(before), sorted(before, reverse=True)) and len(after) == len(before)
        assert "/dashboards/21?Region=EMEA" in await tab.eval(f"{LAST}.querySelector('a').href")
    on_page(stack, work)


def test_a_token_that_dies_is_nobodys_trouble(stack: Stack) -> None:
    """The switch goes off by itself, the panel shows the login, the answer comes."""
    async def work(tab: Chromium) -> None:
        await walk(tab, VALUE)
        await tab.click("#hood-toggle")
        await tab.click("#day-looker-token")
        await tab.until("document.querySelector('#day-looker-token[aria-checked=true]')")
        await command(tab, "order 1003")
        await tab.until(f"{LAST}.querySelectorAll('.field').length > 3")
        await tab.until("document.querySelector('#day-looker-token[aria-checked=false]')")
        calls = await tab.eval(CALLS)
        refused = next(i for i, call in enumerate(calls) if "fault: expire_token" in call)
        assert "401" in calls[refused] and any("POST /login" in call for call in calls[:refused]), calls
    on_page(stack, work)


def test_an_older_workspace_and_a_busy_slack(stack: Stack) -> None:
    async def work(tab: Chromium) -> None:
        await tab.click("#hood-toggle")
        await tab.click("#day-slack-table")
        await tab.until("document.querySelector('#day-slack-table[aria-checked=true]')")
        await command(tab, "sales EMEA; last 30 days")
        await tab.until(f"{LAST}.querySelector('.plain-table, .code-block') && {LAST}.textContent.includes('Kenya')")
        assert not await tab.eval(f"{LAST}.querySelector('.data-table')")

        await tab.click("#day-slack-429")
        await tab.until("document.querySelector('#day-slack-429[aria-checked=true]')")
        await command(tab, "order 1003")
        await tab.until("document.querySelector('.call.bad .call-fault')?.textContent === 'fault: ratelimit'")
        assert not await tab.eval(f"{LAST}.querySelectorAll('.field').length")
        await tab.click("#all-well")
        await tab.until(f"{LAST}.querySelectorAll('.field').length > 3")
        assert stack.sandbox is not None and stack.sandbox.call("GET", "/sandbox/faults")["faults"] == []
    on_page(stack, work)


def test_the_script_makes_the_picture(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    done = subprocess.run([PYTHON, ROOT / "docs" / "screenshot", "--output", picture, BUILD], env=clean_environment(),
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", head[16:]) == (1280, 940)
