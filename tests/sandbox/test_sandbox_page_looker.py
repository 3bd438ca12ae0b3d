"""The page in a real browser: the Looker side."""
from __future__ import annotations

import json
from typing import Any

import pytest

from chromium import PROGRAM
from sandbox_harness import Running
from test_sandbox_page import NASTY, Page, on_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

FORM = [{"name": "kind", "label": "Kind", "type": "select", "interactive": True, "options": [{"name": "a", "label": NASTY}, {"name": "b", "label": "B"}]},
        {"name": "channel", "label": "Share In", "type": "string", "required": True, "description": "Where to"}]
HUB = {"label": "Lookerbot", "integrations": [{
    "name": "post", "label": "Slack", "description": "Posts", "url": "https://bot.example/slack/post_from_query_action",
    "form_url": "https://bot.example/data_actions/hub_form", "supported_formats": ["csv", "json_detail"],
    "icon_data_uri": "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="}]}


def choose(selector: str, value: str) -> str:
    """As a script: chooses from a menu."""
    return f"(() => {{ const menu = document.querySelector({json.dumps(selector)}); menu.value = {json.dumps(value)}; menu.dispatchEvent(new Event('change')); }})()"


async def opened(page: Page) -> None:
    await page.tab.click("#looker-toggle")
    await page.tab.until("document.querySelector('#looker-actions select') && document.querySelector('#looker-schedule button')")


def test_a_schedule(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        await opened(page)
        box.bot.answers({"success": True, "reason": NASTY})
        await tab.eval(choose("#looker-schedule #looker-send", "dashboard"))
        assert await tab.eval("document.querySelector('#looker-schedule #looker-format').value") == "wysiwyg_pdf"
        await tab.eval(choose("#looker-schedule #looker-format", "csv_zip"))
        await tab.eval(choose("#looker-schedule #looker-to", "/slack/post/dm/benji"))
        await tab.click("#looker-schedule .primary")
        await tab.until("document.querySelector('.looker-status')?.textContent.startsWith('HTTP 200')")
        assert NASTY in await tab.eval("document.querySelector('#looker-answer pre').textContent")
        assert await tab.eval("document.querySelectorAll('img').length") == 0
        record = (await page.control("GET", "wait?kind=schedule"))["records"][0]
        assert record["path"] == "/slack/post/dm/benji" and json.loads(box.bot.requests[-1][1])["attachment"]["extension"] == "zip"
        # What the bot then says is a press away.
        posted = await page.slack(channel="C0SUPPORT", text="Here it is")
        await tab.until("document.querySelector('.looker-news button')?.textContent === 'The message in #support'")
        await tab.click(".looker-news button")
        await tab.until(f"document.querySelector('.pointed-at')?.dataset.ts === '{posted['ts']}'")
        box.bot.answers({"success": False, "reason": "No such channel"}, 404)
        await tab.click("#looker-schedule .primary")
        await tab.until("document.querySelector('#looker-answer').classList.contains('bad')")
        # Only one panel at a time.
        await tab.click("#hood-toggle")
        assert await tab.eval("document.getElementById('looker').hidden && !document.getElementById('hood').hidden")
        await tab.click("#looker-toggle")
        await tab.until("document.getElementById('hood').hidden && !document.getElementById('looker').hidden")
    on_page(box, walk)


def test_the_hub_and_an_alert(box: Running) -> None:
    def bot(form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        raw = box.bot.requests[-1][1]
        body = json.loads(raw) if raw else None
        if body is None:
            answer: Any = HUB
        elif body["attachment"] is None:
            answer = {"fields": FORM + ([{"name": "more", "type": "textarea", "label": "More"}] if body["form_params"].get("kind") else [])}
        else:
            answer = {"looker": {"success": False, "validation_errors": {"channel": "No such channel"}}}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    async def walk(page: Page) -> None:
        tab = page.tab
        await opened(page)
        box.bot.reply = bot
        await tab.click("#looker-hub .primary")
        await tab.until("document.querySelector('#looker-field-channel')")
        assert await tab.eval("document.querySelector('.looker-integration img').src.startsWith('data:image/svg')")
        assert await tab.eval("[...document.querySelectorAll('#looker-data-format option')].map((one) => one.value).join()") == "csv,json_detail"
        await tab.eval(choose("#looker-field-kind", "b"))
        await tab.until("document.querySelector('#looker-field-more')")
        await tab.click("#looker-field-channel")
        await tab.type("#nowhere")
        await tab.click("#looker-hub .primary")
        await tab.until("document.querySelector('#looker-hub .field-error')?.textContent === 'No such channel'")
        body = json.loads(box.bot.requests[-1][1])
        assert body["form_params"] == {"kind": "b", "channel": "#nowhere"} and body["scheduled_plan"]["scheduled_plan_id"] is None
        await tab.eval(choose("#looker-what", "alert"))
        await tab.click("#looker-hub .primary")
        record = (await page.control("GET", "wait?kind=hub&name=alert"))["records"][0]
        assert record["body"]["alert"]["threshold"] == 1000 and record["body"]["form_params"]["channel"] == "#nowhere"
    on_page(box, walk)


def test_data_actions(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        await opened(page)
        await tab.eval(choose("#looker-action", "Ask a Question"))
        await tab.until("document.querySelector('#looker-field-message').value.startsWith('Something seems wrong')")
        box.bot.answers({"looker": {"success": True, "message": "Sent message to #alerts!"}})
        await tab.click("#looker-actions .primary")
        await tab.until("document.querySelector('#looker-answer pre').textContent.includes('Sent message')")
        assert json.loads(box.bot.requests[-1][1])["data"]["channel"] == "#alerts"
        box.bot.answers([{"name": "channel", "label": "Share In", "type": "select", "options": [{"name": "C1", "label": "#one"}]}])
        await tab.eval(choose("#looker-action", "Send to Slack Channel"))
        await tab.until("document.querySelector('#looker-field-channel option[value=C1]')")
        assert box.bot.requests[-1][0]["X-Looker-Webhook-Token"]
    on_page(box, walk)
