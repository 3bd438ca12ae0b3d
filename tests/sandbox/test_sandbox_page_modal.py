"""The page in a real browser: modals."""
from __future__ import annotations

from typing import Any

import pytest

from chromium import PROGRAM
from sandbox_harness import Running
from test_sandbox_modals import CUSTOMER, NAME, REGION, field, modal, option, text
from test_sandbox_page import NASTY, Page, on_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

ERROR = "document.querySelector('.modal .field-error')?.textContent"


async def opened(page: Page, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    trigger = (await page.control("POST", "slash", {"text": "x"}))["trigger_id"]
    view = (await page.slack("views.open", channel="", text="", trigger_id=trigger, view=modal(*blocks, **more)))["view"]
    await page.tab.until("document.querySelector('dialog.modal[open] .modal-foot button')")
    return view


async def sent(page: Page, name: str, count: int = 1) -> dict[str, Any]:
    found = await page.control("GET", f"wait?kind=event&name={name}&count={count}")
    assert found["ok"], found
    return found["records"][-1]["body"]


def test_filling_in_and_sending(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        words = field("Note", {"type": "plain_text_input", "multiline": True, "initial_value": NASTY}, hint=text("Up to you"), optional=True)
        view = await opened(page, NAME, REGION, CUSTOMER, words)
        assert await tab.eval("document.querySelector('.modal-title').textContent") == "Form"
        assert await tab.eval("document.querySelectorAll('.modal img').length") == 0
        assert await tab.eval("document.querySelector('.modal textarea').value") == NASTY
        assert await tab.eval("document.activeElement.id") == "field-b_name"
        # What is required is asked for here; nothing is sent.
        await tab.click(".modal-submit")
        await tab.until(f"{ERROR} === 'Please complete this required field.'")
        assert await tab.eval("document.activeElement.getAttribute('aria-invalid')") == "true"
        await tab.type("Ada")
        # A long list asks the bot as somebody types.
        box.bot.answers({"options": [option("Customer 7"), option("Customer 70")]})
        await tab.click("#field-b_customer")
        await tab.type("7")
        await tab.until("document.querySelectorAll('.combo-list [role=option]').length === 2")
        await tab.key("ArrowDown", 40)
        await tab.key("Enter", 13)
        assert await tab.eval("document.getElementById('field-b_customer').value") == "Customer 70"
        # A menu that acts at once tells the bot, with what is in the others.
        box.bot.reply = lambda form: (200, {}, b"")
        await tab.eval("(() => { const menu = document.querySelector('.modal select'); menu.value = 'emea'; menu.dispatchEvent(new Event('change')); })()")
        press = await sent(page, "block_actions")
        assert press["actions"][0]["selected_option"]["value"] == "emea" and press["view"]["state"]["values"]["b_name"]["a_name"]["value"] == "Ada"
        # The bot refuses: its words stand below the field, what was typed is still there.
        box.bot.answers({"response_action": "errors", "errors": {"b_name": "Nobody is called that"}})
        await tab.click(".modal-submit")
        await tab.until(f"{ERROR} === 'Nobody is called that'")
        values = (await sent(page, "view_submission"))["view"]["state"]["values"]
        assert values["b_customer"]["a_customer"]["selected_option"]["value"] == "customer 70"
        assert await tab.eval("document.getElementById('field-b_name').value") == "Ada"
        # Then it works, and is done.
        box.bot.answers({"response_action": "update", "view": {"type": "modal", "title": text("Form"), "blocks": [
            {"type": "section", "text": text("Working…")}]}})
        await tab.click(".modal-submit")
        await tab.until("document.querySelector('.modal-body').textContent === 'Working…' && !document.querySelector('.modal-submit')")
        await page.slack("views.update", channel="", text="", view_id=view["id"], view={"type": "modal", "title": text("Done"), "blocks": [
            {"type": "section", "text": text("It is done.")}]})
        await tab.until("document.querySelector('.modal-title').textContent === 'Done'")
        await tab.click(".modal-foot .button-like")
        await tab.until("!document.querySelector('.modal')")
    on_page(box, walk)


def test_closing_and_another_person(box: Running) -> None:
    async def walk(page: Page) -> None:
        tab = page.tab
        await opened(page, notify_on_close=True)
        await tab.key("Escape", 27)
        await tab.until("!document.querySelector('.modal')")
        assert (await sent(page, "view_closed"))["is_cleared"] is False
        trigger = (await page.control("POST", "slash", {"text": "x", "user": "U0BENJI"}))["trigger_id"]
        await page.slack("views.open", channel="", text="", trigger_id=trigger, view=modal())
        await page.slack(text="a sign of life")
        await tab.until("document.querySelector('.message:last-child').textContent.includes('a sign of life')")
        assert not await tab.eval("Boolean(document.querySelector('.modal'))"), "it is Benji's"
        await tab.click("#people [data-id=U0BENJI]")
        await tab.until("document.querySelector('.modal')")
        box.bot.reply = lambda form: (500, {}, b"")
        await tab.type("Bob")
        await tab.click(".modal-submit")
        await tab.until("document.querySelector('.modal-trouble').textContent.startsWith('We had some trouble')")
        await tab.click(".modal-cross")
        await tab.until("!document.querySelector('.modal')")
    on_page(box, walk)
