"""A mention, a direct message, a link and a button on the sandbox's page, in each of the three ways in which the bot
listens to Slack."""
from __future__ import annotations

import asyncio
from typing import Iterator

import pytest

from page_walk import PROGRAM, Chromium, open_page, say
from stack import Stack

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

# The newest message of the bot's.
BOT = "[...document.querySelectorAll('.message')].filter((one) => one.querySelector('.badge')).at(-1)"
OPEN_DM = "[...document.querySelectorAll('.item')].find((one) => one.textContent.startsWith('Looker')).click()"
OPEN_CHANNEL = "[...document.querySelectorAll('.item')].find((one) => one.textContent.includes('general')).click()"
WAYS = {"http": "http", "Socket Mode": "socket", "RTM": "rtm"}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Iterator[Stack]:
    # RTM brings no link_shared: there a link is answered, as by the original.
    settings = {"LOOKER_SLACKBOT_EXPAND_URLS": "true"} if request.param == "RTM" else {}
    with Stack(settings, relay=WAYS[request.param]).running() as stack:
        stack.way = request.param  # type: ignore[attr-defined]
        yield stack


def test_mention_dm_link_and_button(way: Stack) -> None:
    assert way.sandbox is not None
    looker = way.all_settings()["LOOKER_URL"]

    async def run() -> None:
        async with Chromium() as tab:
            await open_page(tab, way.sandbox.url)
            await tab.until(f"document.getElementById('mode-{WAYS[way.way]}').checked")

            await tab.eval(OPEN_CHANNEL)
            await say(tab, "@looker revenue today")
            await tab.until(f"{BOT}?.textContent.includes('$227.60')")

            await say(tab, f"who knows {looker}/looks/17 ?")
            shown = "document.querySelector('.unfurl')" if way.way != "RTM" else BOT
            await tab.until(f"{shown}?.textContent.includes('Orders by status')")

            await tab.eval(OPEN_DM)
            await say(tab, "order 1003")
            await tab.until(f"{BOT}?.querySelectorAll('.field').length > 3")

            # A question that fails has a button; pressed when all is well again, it is answered.
            way.fault({"where": "looker", "match": "GET /dashboards/20", "do": "status", "status": 400, "body": "{}"})
            await say(tab, "revenue today")
            await tab.until(f"{BOT}?.textContent.includes('Run again')")
            way.clear_faults()
            await tab.eval(f"[...{BOT}.querySelectorAll('button')].find((b) => b.textContent === 'Run again').click()")
            await tab.until(f"{BOT}?.textContent.includes('$227.60')")
            assert tab.complaints == []
    asyncio.run(run())
