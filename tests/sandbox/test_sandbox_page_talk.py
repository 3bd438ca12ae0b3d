"""The page in a real browser: saying things, unfurls, buttons, App Home, the mode of delivery."""
from __future__ import annotations

import json
from typing import Any

import pytest

from chromium import PROGRAM
from sandbox_harness import Running
from test_sandbox_page import NASTY, Page, on_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

LINK = "http://127.0.0.1:3335/looks/21?a=1&b=2"
ESCAPED = LINK.replace("&", "&amp;")


def button(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


async def presses(page: Page, count: int) -> list[dict[str, Any]]:
    found = await page.control("GET", f"wait?kind=event&name=block_actions&count={count}")
    assert found["ok"], found
    return [record["body"] for record in found["records"]]


def test_saying_things(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        # What does not begin with /looker is said; the bot hears of it.
        await tab.type(f"@looker sales, see {LINK} <b>")
        await tab.key("Enter", 13)
        await tab.until("document.querySelector('.message .mention')?.textContent === '@looker'")
        assert await tab.eval("document.querySelector('.message a').href") == LINK
        assert "<b>" in await tab.eval("document.querySelector('.message').textContent")
        record = (await page.control("GET", "wait?kind=event&name=link_shared"))["records"][0]
        assert record["body"]["event"]["links"][0]["url"] == ESCAPED
        # Below the link stands what the bot makes of it: bar, text, button, who added it; never markup.
        await page.elsewhere(lambda: box.slack("chat.unfurl", channel="C0SALES", ts=record["body"]["event"]["message_ts"], unfurls={ESCAPED: {
            "color": "#4b2a8c", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": NASTY}}, actions(button("Rows", action_id="rows"))]}}))
        await tab.until("document.querySelector('.unfurl .button-like')")
        assert NASTY in await tab.eval("document.querySelector('.unfurl').textContent")
        assert await tab.eval("document.querySelectorAll('img').length") == 0
        assert await tab.eval("getComputedStyle(document.querySelector('.unfurl')).borderLeftColor") == "rgb(75, 42, 140)"
        assert "Added by Looker" in await tab.eval("document.querySelector('.unfurl').textContent")
        await tab.click(".unfurl .button-like")
        assert (await presses(page, 1))[0]["container"]["app_unfurl_url"] == ESCAPED
        await page.elsewhere(lambda: box.slack("reactions.add", channel="C0SALES", timestamp=record["body"]["event"]["message_ts"], name="eyes"))
        await tab.until("document.querySelector('.reaction')?.textContent === '👀 1'")
        # Earlier lines come back; a word that only begins like the command is said.
        await tab.eval("document.getElementById('command').focus()")
        await tab.key("ArrowUp", 38)
        assert (await tab.eval("document.getElementById('command').value")).startswith("@looker sales")
        await tab.eval("document.getElementById('command').value = ''")
        await tab.type("/lookers are people")
        await tab.key("Enter", 13)
        await tab.until("document.querySelectorAll('.message').length === 2")
        assert (await page.control("GET", "record?kind=slash"))["records"] == []
        await tab.type("/looker")
        await tab.key("Enter", 13)
        assert (await page.control("GET", "wait?kind=slash"))["records"][0]["body"]["text"] == ""
    on_page(box, walk)


def test_buttons(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        text = lambda words: {"type": "plain_text", "text": words}  # noqa: E731
        sure = {"title": text("Sure?"), "text": text(NASTY), "confirm": text("Yes"), "deny": text("No")}
        menu = {"type": "overflow", "action_id": "m", "options": [{"text": text("Later"), "value": "l"}, {"text": text("Never"), "value": "n"}]}
        await page.slack("chat.postEphemeral", user="U0ADA", blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": "Which?"}, "accessory": menu},
            actions(button("Go :eyes:", action_id="go", value="1", style="primary"), button("Drop", action_id="drop", confirm=sure))])
        await tab.until("document.querySelectorAll('.ephemeral .button-like').length === 3")
        assert await tab.eval("document.querySelector('.primary').textContent") == "Go 👀"
        assert await tab.eval("document.querySelector('.only-you').textContent") == "Only visible to you"
        await tab.click(".ephemeral .primary")
        payload = (await presses(page, 1))[0]
        assert payload["container"]["is_ephemeral"] and payload["user"]["id"] == "U0ADA" and payload["actions"][0]["value"] == "1"
        # Asked first, by keyboard too; no is no.
        await tab.click(".actions .button-like:last-child")
        await tab.until("document.querySelector('dialog')?.open")
        assert NASTY in await tab.eval("document.querySelector('dialog').textContent")
        await tab.key("Escape", 27)
        await tab.until("!document.querySelector('dialog')")
        await tab.click(".actions .button-like:last-child")
        await tab.until("document.querySelector('dialog')?.open")
        await tab.click("dialog .primary")
        assert [one["actions"][0]["action_id"] for one in await presses(page, 2)] == ["go", "drop"]
        # Menus; and what the bot does not take is shown.
        box.bot.answers({}, status=500)
        await tab.eval("(() => { const m = document.querySelector('select'); m.value = 'n'; m.dispatchEvent(new Event('change')); })()")
        assert (await presses(page, 3))[2]["actions"][0]["selected_option"]["value"] == "n"
        await tab.until("document.querySelector('.failed')?.textContent.includes('dispatch_failed')")
        # Buttons of the time before blocks.
        box.bot.answers({"text": "Approved"})
        await page.slack(attachments=[{"callback_id": "c", "text": "Sure?", "actions": [{"name": "ok", "type": "button", "text": "Approve", "value": "1"}]}])
        await tab.until("document.querySelector('.attachment .button-like')")
        await tab.click(".attachment .button-like")
        await tab.until("!document.querySelector('.attachment') && [...document.querySelectorAll('.message')].at(-1).textContent.includes('Approved')")
    on_page(box, walk)


def test_app_home(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        assert await tab.eval("document.getElementById('tabs').hidden")
        await tab.click("#dms .item")
        await tab.until("!document.getElementById('tabs').hidden")
        await tab.click("#tab-home")
        await tab.until("document.querySelector('#home .empty') && document.getElementById('messages').hidden")
        opened = (await page.control("GET", "wait?kind=event&name=app_home_opened"))["records"][0]["body"]["event"]
        assert (opened["user"], opened["tab"]) == ("U0ADA", "home")
        view = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": NASTY}}, actions(button("Run", action_id="run"))]}
        await page.elsewhere(lambda: box.slack("views.publish", user_id="U0ADA", view=view))
        await tab.until("document.querySelector('#home .button-like')")
        assert await tab.eval("document.querySelector('#home h3').textContent") == NASTY
        await tab.click("#home .button-like")
        assert (await presses(page, 1))[0]["container"]["type"] == "view"
        # Another person's home is another one; the tabs go where the bot is not the one written to.
        await tab.eval("[...document.querySelectorAll('#people .item')].find((b) => b.textContent.includes('Benji')).click()")
        await tab.until("document.getElementById('home').hidden && document.getElementById('tabs').hidden")
        assert not await tab.eval("document.getElementById('composer').hidden")
    on_page(box, walk)


def test_the_mode_of_delivery(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        status = "document.getElementById('mode-status').textContent"
        await tab.click("#hood-toggle")
        await tab.until(f"document.getElementById('mode-http').checked && {status} === 'signed requests'")
        await tab.click("#modes label:nth-of-type(2)")
        await tab.until(f"{status} === 'the bot is not connected'")
        assert (await page.control("GET", "mode"))["mode"] == "socket"
        # A command that reaches nobody fails as on the real one; frames are shown, heartbeats are not.
        await tab.eval("document.getElementById('command').focus()")
        await tab.type("/looker help")
        await tab.key("Enter", 13)
        await tab.until("document.querySelector('.failed')?.textContent.includes('dispatch_failed')")

        def frames() -> None:
            for name in ("out ping", "out slash_commands", "in ack"):
                box.sandbox.record.finish(box.sandbox.record.begin("socket", name, body={"a": 1}), status=101, ok=True)
        box._loop.call_soon_threadsafe(frames)
        shown = "JSON.stringify([...document.querySelectorAll('.call[data-kind=socket]')].map((one) => one.textContent.replace(/[0-9:]+/g, '').trim()))"
        await tab.until("document.querySelectorAll('.call[data-kind=socket]').length === 2")
        first, second = json.loads(await tab.eval(shown))
        assert first.startswith("in ack") and "bot → Slack" in first and second.startswith("out slash_commands") and "Slack → bot" in second
        await page.control("POST", "mode", {"mode": "rtm"})
        await tab.until("document.getElementById('mode-rtm').checked")
        await page.control("POST", "reset")
        await tab.until("document.getElementById('mode-http').checked")
    on_page(box, walk)
