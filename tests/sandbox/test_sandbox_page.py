"""The page in a real browser: typing, tables, live updates, and data that would like to be markup."""
from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable

import pytest

from chromium import PROGRAM, Chromium
from sandbox_harness import Running, http
from slack_people import BOT_TOKEN, VERIFICATION_TOKEN

NASTY = "<img src=x onerror=alert(1)> <!channel> *b*"


def raw(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def num(value: float) -> dict[str, Any]:
    return {"type": "raw_number", "value": value, "text": f"${value:,.2f}"}


def table(rows: int) -> dict[str, Any]:
    return {"type": "data_table", "caption": "Sales by country", "page_size": 2,
            "rows": [[raw("Country"), raw("Revenue")]] + [[raw(NASTY if i == 0 else f"Land {i}"), num(i * 7 % 5)] for i in range(rows)]}


pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")


class Page:
    """The page in a browser, and what happens meanwhile at the sandbox."""

    def __init__(self, box: Running, tab: Chromium) -> None:
        self.box, self.tab = box, tab

    async def open(self, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        await self.tab.open(self.box.url + "/", width, height, dark)
        await self.tab.until("document.getElementById('live').textContent === 'live' && document.activeElement.id === 'command'")

    async def elsewhere(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def slack(self, method: str = "chat.postMessage", **args: Any) -> dict[str, Any]:
        args = {"channel": "C0SALES", **({"text": "x"} if method != "chat.delete" else {}), **args}
        args = {key: value for key, value in args.items() if value != ""}
        answer = await self.elsewhere(lambda: self.box.slack(method, **args))
        assert answer["ok"], answer
        return answer

    async def control(self, method: str, path: str, js: Any = None) -> Any:
        return await self.elsewhere(lambda: self.box.control(method, path, js))

    async def show(self, **message: Any) -> None:
        """A message that the fake's own API does not take yet."""
        state = self.box.sandbox.state
        whole = {**state.said_by("U0BENJI", message.get("text", "")), **message}
        self.box._loop.call_soon_threadsafe(lambda: state.add("C0SALES", whole))


def on_page(box: Running, walk: Callable[[Page], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Chromium() as tab:
            page = Page(box, tab)
            await page.open()
            await walk(page)
            assert tab.complaints == []
    asyncio.run(run())


def test_page(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab, slack = page.tab, page.slack
        assert await tab.eval("document.querySelector('#channels [aria-current] .label').textContent") == "sales"

        # A command goes to the bot; an ephemeral answer is marked, with its formatting, and nobody else sees it.
        box.bot.answers({"text": "*Commands* `sales`\n<https://x.example/?a=1&amp;b=2|a &lt;link&gt;> &lt;b&gt;"})
        await tab.type("/looker help me")
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
        assert await tab.eval("document.getElementById('command').value") == "/looker help me"

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
        await page.open(width=400)
        assert await tab.eval("document.documentElement.scrollWidth") <= 400
        assert await tab.eval("getComputedStyle(document.getElementById('side')).visibility") == "hidden"
    on_page(box, walk)


def test_messages_change_and_go(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        first = await page.slack(text="One moment")
        await page.slack(text="Stays")
        await tab.until("document.querySelectorAll('.message').length === 2")
        await page.slack("chat.update", ts=first["ts"], text="Done", blocks=[
            {"type": "table", "rows": [[raw("City"), raw("Orders")], [raw(NASTY), raw("7")]],
             "column_settings": [{"align": "left"}, {"align": "right"}]}])
        await tab.until("document.querySelector('.message .edited')?.textContent === '(edited)'")
        texts = await tab.eval("[...document.querySelectorAll('.message .body')].map((one) => one.textContent)")
        assert "One moment" not in texts[0] and "Stays" in texts[1], texts
        assert await tab.eval("[...document.querySelectorAll('.plain-table td')].map((one) => one.textContent)") == [NASTY, "7"]
        assert await tab.eval("getComputedStyle(document.querySelector('.plain-table td:last-child')).textAlign") == "right"

        # A thread below its message, with a file; then it, too, is gone.
        reply = await page.slack(text="In the thread", thread_ts=first["ts"])
        await page.show(text="See this", thread_ts=first["ts"],
                        files=[{"id": "F1", "name": "sales.csv", "title": NASTY, "filetype": "csv", "size": 12_345}])
        await tab.until("document.querySelector('.thread-count')?.textContent === '2 replies'")
        assert await tab.eval("document.querySelector('.message').nextElementSibling.className") == "thread"
        assert await tab.eval("document.querySelector('.thread .file').textContent") == f"CSV{NASTY}CSV · 12.3 kB"
        await page.slack("chat.delete", ts=reply["ts"])
        await tab.until("document.querySelector('.thread-count')?.textContent === '1 reply'")
        await page.slack("chat.delete", ts=first["ts"])
        await tab.until("!document.querySelector('.plain-table, .thread-count')")
        assert "Stays" in await tab.eval("document.getElementById('messages').textContent")

        # What went wrong is red, whether Slack or the bot says it.
        await page.slack(text=":warning: I could not answer")
        await tab.until("document.querySelector('.failed .section')")
        red = "getComputedStyle(document.querySelector('.failed .section')).color"
        assert await tab.eval(red) != await tab.eval("getComputedStyle(document.body).color")
    on_page(box, walk)


def test_under_the_hood(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        shown = "[...document.querySelectorAll('.call:not([hidden]) .call-name')].map((one) => one.textContent)"
        assert await tab.eval("document.getElementById('hood').hidden")
        await tab.eval("document.getElementById('hood-toggle').focus()")
        await tab.key("Enter", 13)
        await tab.until("!document.getElementById('hood').hidden")
        assert await tab.eval("document.getElementById('hood-toggle').getAttribute('aria-expanded')") == "true"
        assert await tab.eval("document.documentElement.scrollWidth") <= 1280

        # Each call is a line as soon as it is made, the newest on top.
        hook = (await page.elsewhere(lambda: box.slash("help", channel="C0SALES")))["hook"]
        await page.elsewhere(lambda: http("POST", box.url + hook, js={"text": NASTY}))
        await page.elsewhere(lambda: http("POST", f"{box.url}/api/chat.postMessage", form={"channel": "C0NOWHERE", "text": "x"},
                                          headers={"Authorization": f"Bearer {BOT_TOKEN}"}))
        box.token = ""
        await page.elsewhere(lambda: box.looker("GET", "user"))
        names = ["GET /user", "POST /login", "chat.postMessage", "POST response_url", "/looker help"]
        await tab.until(f"{shown}.length === 5")
        assert await tab.eval(shown) == names
        ways = "[...document.querySelectorAll('.call-way')].map((one) => one.textContent)"
        assert await tab.eval(ways) == ["bot → Looker", "bot → Looker", "bot → Slack", "bot → response_url", "Slack → bot"]
        assert await tab.eval("[...document.querySelectorAll('.call.bad .call-outcome')].map((one) => one.textContent)") == \
            ["channel_not_found", "404 invalid_arguments"]

        # Opened, each shows what was asked and answered, and no secret.
        await tab.eval("document.querySelectorAll('.call summary')[0].focus()")
        await tab.key("Enter", 13)
        await tab.eval("[...document.querySelectorAll('.call details:not([open]) summary')].forEach((one) => one.click())")
        await tab.until("document.querySelectorAll('.call-part pre').length === 10")
        text = await tab.eval("document.getElementById('calls').textContent")
        asked, answered = [json.loads(await tab.eval(f"document.querySelectorAll('.call-part pre')[{at}].textContent")) for at in (6, 7)]
        assert asked["method"] == "POST" and asked["body"] == {"text": NASTY}
        assert answered["status"] == 404 and answered["body"]["error"] == "invalid_arguments"
        for secret in (BOT_TOKEN, VERIFICATION_TOKEN, box.token, hook.rsplit("/", 1)[1], "client-secret"):
            assert secret and secret not in text
        assert "•••" in text and await tab.eval("document.querySelectorAll('img').length") == 0

        # Only one kind; the page keeps that, and that it is open, and nothing of what was said.
        await tab.eval("document.querySelector('#kinds input[value=looker]').focus()")
        await tab.click("#kinds label:last-child")
        assert await tab.eval(shown) == names[:2]
        await page.open()
        await tab.until(f"{shown}.length === 2 && !document.getElementById('hood').hidden")
        assert json.loads(await tab.eval("JSON.stringify({...localStorage})")) == {"lookerbot-sandbox-page": '{"hood":true,"kind":"looker"}'}
        await tab.click("#kinds label:first-of-type")
        assert await tab.eval(shown) == names

        # The second Looker's calls count as Looker's.
        def second() -> None:
            box.sandbox.record.finish(box.sandbox.record.begin("looker2", "GET /looks"), status=200, ok=True)
        box._loop.call_soon_threadsafe(second)
        await tab.until(f"{shown}[0] === 'GET /looks' && document.querySelector('.call-way').textContent === 'bot → second Looker'")
        await tab.click("#kinds label:last-child")
        await tab.until(f"{shown}.length === 3")
        await tab.click("#kinds label:first-of-type")

        # A call that waits is there before it is answered, and an open one stays up to date.
        await page.control("POST", "faults", {"where": "slack", "match": "chat.", "do": "delay", "seconds": 600})
        _, waiting = await asyncio.open_connection(*box.url.removeprefix("http://").split(":"))
        waiting.write(b"POST /api/chat.postMessage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
        await tab.until("document.querySelector('.call.waits .call-outcome')?.textContent === 'waits'")
        await tab.eval("document.querySelector('.call.waits summary').click()")
        await tab.until("document.querySelector('.call.waits .call-note')")

        # Clearing forgets it for everybody, and what ends later stays forgotten.
        await tab.click("#clear-calls")
        await tab.until("!document.querySelector('.call') && !document.getElementById('calls-empty').hidden")
        assert (await page.control("GET", "record"))["records"] == []
        waiting.close()
        await page.elsewhere(lambda: box.slack("auth.test"))
        await tab.until(f"{shown}.length === 1 && {shown}[0] === 'auth.test'")
        await page.control("DELETE", "record")
        await tab.until("!document.querySelector('.call')")

        # Escape closes, and gives the focus back.
        await tab.eval("document.getElementById('clear-calls').focus()")
        await tab.key("Escape", 27)
        await tab.until("document.getElementById('hood').hidden && document.activeElement.id === 'hood-toggle'")
    on_page(box, walk)


DAYS = {
    "looker-down": {"where": "looker", "do": "down"}, "looker-html": {"where": "looker", "do": "html"},
    "looker-slow": {"where": "looker", "do": "delay", "seconds": 3}, "looker-token": {"where": "looker", "do": "expire_token", "times": 1},
    "slack-down": {"where": "slack", "do": "down"}, "slack-429": {"where": "slack", "do": "ratelimit"},
    "hook-refuses": {"where": "hook", "do": "error", "code": "expired_url"},
}


def test_bad_days(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab

        async def on(*days: str) -> None:
            """Waits until exactly these switches are on."""
            wanted = json.dumps(sorted(f"day-{day}" for day in days), separators=(",", ":"))
            await tab.until(f"JSON.stringify([...document.querySelectorAll('[role=switch][aria-checked=true]')].map((one) => one.id).sort()) === '{wanted}'")

        async def faults() -> list[dict[str, Any]]:
            return (await page.control("GET", "faults"))["faults"]

        badge = "(document.getElementById('hood-badge').hidden ? '' : document.getElementById('hood-badge').textContent)"
        await tab.click("#hood-toggle")
        await on()
        # Of each service one at a time: what was on goes off.
        before = ""
        for day, spec in DAYS.items():
            await tab.click(f"#day-{day}")
            same = [before] if before and DAYS[before]["where"] != spec["where"] else []
            await on(day, *same)
            found = await faults()
            assert len(found) == 1 + len(same) and spec.items() <= found[-1].items(), found
            if same:
                await tab.click(f"#day-{before}")
                await on(day)
            before = day
        await tab.click("#day-hook-refuses")
        await on()
        assert await faults() == []

        # By keyboard; what else the workspace lacks stays.
        await page.control("POST", "workspace", {"refused_blocks": ["data_visualization"]})
        await tab.until("document.querySelectorAll('#other-faults li').length === 1")
        await tab.eval("document.getElementById('day-slack-table').focus()")
        await tab.key("Enter", 13)
        await on("slack-table")
        assert (await page.control("POST", "workspace", {}))["refused_blocks"] == ["data_table", "data_visualization"]
        await tab.key("Enter", 13)
        await on()
        assert (await page.control("POST", "workspace", {}))["refused_blocks"] == ["data_visualization"]

        # What other clients set shows up at once, and goes when it is used up.
        await page.control("POST", "faults", [{"where": "slack", "do": "down"}, {"where": "looker", "match": "GET /user", "do": "hang", "seconds": 9},
                                              {"where": "slack", "match": "auth.", "do": "error", "code": "fatal_error", "times": 1}])
        await on("slack-down")
        others = "[...document.querySelectorAll('#other-faults li span')].map((one) => one.textContent)"
        await tab.until(f"{others}.length === 3")
        assert await tab.eval(others) == ["looker · hang · “GET /user…” · 9 s", "slack · error · “auth.…” · fatal_error · 1 more",
                                          "slack · no data_visualization blocks"]
        assert await tab.eval(badge) == "4"
        await tab.click("#day-slack-down")
        await tab.until(f"{badge} === '3'")
        await page.elsewhere(lambda: box.slack("auth.test"))
        await tab.until(f"{others}.length === 2")
        await tab.click("#other-faults li button")
        await tab.until(f"{others}.length === 1")
        assert await faults() == []

        # All well, for this page and for others; a reset too.
        await tab.click("#day-looker-html")
        await on("looker-html")
        await tab.click("#all-well")
        await tab.until(f"{badge} === '' && document.getElementById('days-status').textContent === 'All is well'")
        await on()
        assert await faults() == [] and (await page.control("POST", "workspace", {}))["refused_blocks"] == []
        await tab.click("#day-slack-table")
        await on("slack-table")
        await page.control("POST", "reset")
        await on()
    on_page(box, walk)


def test_the_panel_leaves_room(box: Running) -> None:
    """Beside or below: the conversation and the command box stay in view, nothing sticks out, words can be read."""
    async def walk(page: Page) -> None:
        tab = page.tab
        await page.slack(blocks=[table(5)])
        await page.control("POST", "faults", {"where": "slack", "match": "chat.", "do": "error"})
        await page.elsewhere(lambda: box.slack("chat.postMessage", channel="C0SALES", text="x"))
        await tab.click("#hood-toggle")
        for width in (1280, 900, 640, 360):
            for dark in (False, True):
                await page.open(width, 800, dark)
                await tab.until("document.querySelector('.call.bad .call-name') && document.querySelector('.message')")
                await check(tab, width)

    async def check(tab: Chromium, width: int) -> None:
        assert await tab.eval("document.documentElement.scrollWidth") <= width
        box_of = "(({{x, y, width, height}}) => [x, y, width, height])(document.getElementById('{}').getBoundingClientRect())"
        x, y, wide, high = await tab.eval(box_of.format("hood"))
        _, _, messages_wide, messages_high = await tab.eval(box_of.format("messages"))
        _, command_y, _, command_high = await tab.eval(box_of.format("command"))
        assert messages_high >= 150 and messages_wide >= min(width, 600) * 0.9 and command_y + command_high <= (800 if width > 1020 else y)
        assert x + wide <= width + 1 and y + high <= 801 and (x > 600 if width > 1020 else y > 300)
        # WCAG's contrast of the words in the panel.
        poor = await tab.eval(CONTRAST)
        assert poor == []
    on_page(box, walk)


CONTRAST = """(() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const color = rgb(getComputedStyle(at).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll('#hood *, .head *')].filter((node) => node.checkVisibility()
            && !node.closest('[aria-disabled=true], .hidden') && [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()))
        .map((node) => {
            const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
            return [node.textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        }).filter(([, ratio]) => ratio < 4.5);
})()"""
