"""The page in a real browser: typing, tables, live updates, and data that would like to be markup."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chromium import PROGRAM, Chromium
from sandbox_harness import Running

NASTY = "<img src=x onerror=alert(1)> <!channel> *b*"


def raw(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def num(value: float) -> dict[str, Any]:
    return {"type": "raw_number", "value": value, "text": f"${value:,.2f}"}


def table(rows: int) -> dict[str, Any]:
    return {"type": "data_table", "caption": "Sales by country", "page_size": 2,
            "rows": [[raw("Country"), raw("Revenue")]] + [[raw(NASTY if i == 0 else f"Land {i}"), num(i * 7 % 5)] for i in range(rows)]}


@pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")
def test_page(box: Running) -> None:
    asyncio.run(walk(box))


async def walk(box: Running) -> None:
    loop = asyncio.get_running_loop()

    async def slack(**message: Any) -> None:
        answer = await loop.run_in_executor(None, lambda: box.slack("chat.postMessage", channel="C0SALES", text="x", **message))
        assert answer["ok"], answer

    async with Chromium() as tab:
        await tab.open(box.url + "/")
        await tab.until("document.getElementById('live').textContent === 'live' && document.activeElement.id === 'command'")
        assert await tab.eval("document.querySelector('#channels [aria-current] .label').textContent") == "sales"

        # A command goes to the bot; an ephemeral answer is marked, with its formatting, and nobody else sees it.
        box.bot.answers({"text": "*Commands* `sales`\n<https://x.example/?a=1&amp;b=2|a &lt;link&gt;> &lt;b&gt;"})
        await tab.type("help me")
        await tab.key("Enter", 13)
        await tab.until("document.querySelector('.ephemeral .only-you')")
        assert b"text=help+me" in box.bot.requests[-1][1]
        assert await tab.eval("document.querySelector('.ephemeral strong').textContent") == "Commands"
        assert await tab.eval("document.querySelector('.ephemeral a').href") == "https://x.example/?a=1&b=2"
        assert "a <link> <b>" in await tab.eval("document.querySelector('.ephemeral .section').textContent")
        await tab.eval("[...document.querySelectorAll('#people .item')].find((b) => b.textContent.includes('Benji')).click()")
        await tab.until("document.querySelector('.empty') && !document.querySelector('.ephemeral')")
        await tab.eval("[...document.querySelectorAll('#people .item')].find((b) => b.textContent.includes('Ada')).click()")
        await tab.until("document.querySelector('.ephemeral')")

        # Earlier commands come back.
        await tab.eval("document.getElementById('command').focus()")
        await tab.key("ArrowUp", 38)
        assert await tab.eval("document.getElementById('command').value") == "help me"

        # A table arrives live; it sorts, turns its pages, and its cells stay text.
        fields = {"type": "section", "fields": [{"type": "mrkdwn", "text": "*A*\n1"}, {"type": "mrkdwn", "text": "*B*\n2"}]}
        footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": "Asked by <@U0ADA>"}]}
        await slack(blocks=[table(5), fields, footer])
        await tab.until("document.querySelector('.data-table tbody tr')")
        column = "[...document.querySelectorAll('.data-table tbody tr')].map((tr) => tr.children[{}].textContent)"
        assert (await tab.eval(column.format(0)))[0] == NASTY
        assert await tab.eval("document.querySelectorAll('img').length") == 0
        await tab.eval("document.querySelectorAll('.data-table .sort')[1].click()")
        assert await tab.eval(column.format(1)) == ["$4.00", "$3.00"]
        assert await tab.eval("document.querySelectorAll('.data-table th')[1].getAttribute('aria-sort')") == "descending"
        await tab.eval("document.querySelector('[aria-label=\"Next rows\"]').click()")
        assert await tab.eval(column.format(1)) == ["$2.00", "$1.00"]
        assert await tab.eval("document.querySelector('.pager span').textContent") == "3–4 of 5"
        assert await tab.eval("document.querySelectorAll('.field').length") == 2
        assert await tab.eval("document.querySelector('.context .mention').textContent") == "@ada"
        # Another message does not disturb it.
        await slack(blocks=[{"type": "divider"}])
        await tab.until("document.querySelectorAll('.message hr').length === 1")
        assert await tab.eval(column.format(1)) == ["$2.00", "$1.00"]

        # Slack's own error, and the narrow page.
        box.bot.answers({}, status=500)
        await tab.eval("document.querySelector('.chip').click()")
        await tab.until("document.querySelector('.failed')")
        assert "dispatch_failed" in await tab.eval("document.querySelector('.failed .section').textContent")
        await tab.open(box.url + "/", width=400)
        await tab.until("document.querySelector('.message')")
        assert await tab.eval("document.documentElement.scrollWidth") <= 400
        assert await tab.eval("getComputedStyle(document.getElementById('side')).visibility") == "hidden"
        assert tab.complaints == []
