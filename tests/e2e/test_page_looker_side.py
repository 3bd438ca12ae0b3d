"""Forms, data actions and the Looker side on the sandbox's page, in a real browser, with the real programs: the
original README's sections on schedules and data actions, followed word for word."""
from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any, Awaitable, Callable, Iterator

import pytest

from page_walk import LAST, PROGRAM, Chromium, command, open_page
from stack import BUILD, PYTHON, ROOT, Stack, clean_environment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

SETTINGS = {"LOOKER_WEBHOOK_TOKEN": "sandbox-webhook-token-not-a-secret"}
ANSWER = "document.querySelector('#looker-answer pre')?.textContent"
NEWS = "[...document.querySelectorAll('.looker-news button')]"
OF_BUTTONS = f"[...{LAST}.querySelectorAll('.button-like')]"


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with Stack(settings=dict(SETTINGS)).running() as stack:
        yield stack


def on_page(stack: Stack, work: Callable[[Chromium], Awaitable[None]]) -> None:
    async def run() -> None:
        assert stack.sandbox is not None
        async with Chromium() as tab:
            await open_page(tab, stack.sandbox.url)
            await work(tab)
            assert tab.complaints == []
    stack.reset()
    asyncio.run(run())


async def choose(tab: Chromium, selector: str, value: str) -> None:
    await tab.eval(f"(() => {{ const menu = document.querySelector({json.dumps(selector)}); menu.value = {json.dumps(value)};"
                   " menu.dispatchEvent(new Event('change')); })()")


async def open_side(tab: Chromium) -> None:
    await tab.click("#looker-toggle")
    await tab.until("document.querySelector('#looker-actions select')")


async def arrived(tab: Chromium, room: str, words: str) -> None:
    """A message is there that was not there before; its button leads to it."""
    await tab.until(f"{NEWS}.some((one) => one.textContent === 'The message in {room}')")
    await tab.eval("document.querySelectorAll('.pointed-at').forEach((one) => one.classList.remove('pointed-at'))")
    await tab.eval(f"{NEWS}.find((one) => one.textContent === 'The message in {room}').click()")
    await tab.until(f"document.querySelector('.pointed-at')?.textContent.includes({json.dumps(words)})")


async def pressed(tab: Chromium) -> None:
    """What the panel says of what was sent before is gone when the next answer is there."""
    await tab.eval("document.querySelector('.looker-news').replaceChildren()")
    await tab.click("#looker-actions .primary")


def test_the_readmes_schedule_and_its_three_data_actions(shared: Stack) -> None:
    async def work(tab: Chromium) -> None:
        await open_side(tab)
        await choose(tab, "#looker-schedule #looker-format", "csv")
        await tab.click("#looker-schedule .primary")
        await tab.until("document.querySelector('.looker-status')?.textContent.startsWith('HTTP 200')")
        await arrived(tab, "#sales", "Earl Grey")
        await choose(tab, "#looker-schedule #looker-to", "/slack/post/channel/no-such-channel")
        await tab.click("#looker-schedule .primary")
        await tab.until(f"document.getElementById('looker-answer').classList.contains('bad') && {ANSWER}.includes('no-such-channel')")
        # Send to Slack Channel: the form offers the channels; Ping Channel; Ask a Question.
        await choose(tab, "#looker-action", "Send to Slack Channel")
        await tab.until("[...document.querySelectorAll('#looker-field-channel option')].some((one) => one.textContent === '#support')")
        await choose(tab, "#looker-field-channel", "C0SUPPORT")
        await pressed(tab)
        await arrived(tab, "#support", "I sent a value from Slack: Ada Lovelace")
        await choose(tab, "#looker-action", "Ping Channel")
        await pressed(tab)
        await arrived(tab, "#alerts", "I sent a value from Slack: Ada Lovelace")
        await choose(tab, "#looker-action", "Ask a Question")
        await tab.until("document.querySelector('#looker-field-message')")
        await pressed(tab)
        await arrived(tab, "#alerts", "Something seems wrong")
    on_page(shared, work)


def test_send_to_slack_and_an_alert(shared: Stack) -> None:
    async def work(tab: Chromium) -> None:
        await open_side(tab)
        await tab.click("#looker-hub .primary")
        await tab.until("document.querySelector('#looker-field-channel option[value=C0SALES]')")
        await tab.click("#looker-hub .primary")
        await tab.until("document.querySelector('#looker-hub .field-error')?.textContent.includes('Channel not specified')")
        await choose(tab, "#looker-field-channel", "U0ADA")
        await choose(tab, "#looker-hub #looker-which-one", "12")
        await tab.click("#looker-hub .primary")
        await arrived(tab, "a direct message", "Product list")
        await choose(tab, "#looker-what", "alert")
        await choose(tab, "#looker-field-channel", "C0SUPPORT")
        await tab.click("#looker-hub .primary")
        await arrived(tab, "#support", "$227.60")
    on_page(shared, work)


def test_a_data_action_with_a_form(shared: Stack) -> None:
    """Button, modal, what is missing, what the action's server says, done once, by the presser's own name or the bot's."""
    async def work(tab: Chromium) -> None:
        await command(tab, "open tickets")
        await tab.until(f"{OF_BUTTONS}.some((one) => one.textContent === 'Assign')")
        await tab.eval(f"{OF_BUTTONS}.find((one) => one.textContent === 'Assign').click()")
        await tab.until("document.querySelector('.modal-submit') && document.querySelectorAll('.modal select').length === 2")
        await tab.click(".modal-submit")
        await tab.until("document.querySelector('.modal .field-error')")
        await tab.eval("(() => { const menu = document.querySelector('.modal select'); menu.selectedIndex = 2;"
                       " menu.dispatchEvent(new Event('change')); })()")
        await tab.click(".modal-submit")
        await tab.until("document.querySelector('.modal-body').textContent.includes('Assigned to benji_sato')")
        assert shared.sandbox is not None
        performed: dict[str, Any] = shared.sandbox.call("GET", "/sandbox/actions")
        assert performed["counts"] == {"Assign": 1} and performed["performed"][0]["form_values"]["assignee"] == "benji_sato"
    on_page(shared, work)


def test_filters_as_a_form(shared: Stack) -> None:
    async def work(tab: Chromium) -> None:
        await command(tab, "sales region=EMEA")
        await tab.until(f"{OF_BUTTONS}.some((one) => one.textContent === 'Change filters')")
        await tab.eval(f"{OF_BUTTONS}.find((one) => one.textContent === 'Change filters').click()")
        await tab.until("document.querySelector('.modal-submit') && document.querySelector('.modal select')")
        await tab.eval("(() => { const menu = document.querySelector('.modal select'); menu.selectedIndex ="
                       " [...menu.options].findIndex((one) => one.textContent === 'APAC'); menu.dispatchEvent(new Event('change')); })()")
        await tab.click(".modal-submit")
        await tab.until("document.querySelector('.modal-body').textContent.includes('/looker sales Region=APAC')")
        await tab.click(".modal-cross")
        await tab.until(f"{LAST}.querySelector('.data-table')?.textContent.includes('Japan') && {LAST}.textContent.includes('Region: APAC')")
        await tab.until("!document.querySelector('.modal')")
    on_page(shared, work)


def test_the_script_makes_the_manuals_pictures(tmp_path: Path) -> None:
    """One of them; which of them there are is for tests/sandbox/test_sandbox_manual.py to look at."""
    done = subprocess.run([PYTHON, ROOT / "docs" / "screenshot", "--manual", tmp_path, "--only", "form", BUILD], env=clean_environment(),
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "form.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
