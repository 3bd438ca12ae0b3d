"""Slack's charts on the page, in a real browser: what is drawn, and labels that would like to be markup."""
from __future__ import annotations

from typing import Any

import pytest

from chromium import PROGRAM
from sandbox_harness import Running
from test_sandbox_page import NASTY, Page, on_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

LABELS = ["Jan", "Feb", NASTY[:20]]


def chart(kind: str, *series: list[float]) -> dict[str, Any]:
    return {"type": "data_visualization", "title": f"A {kind}", "chart": {
        "type": kind, "axis_config": {"categories": LABELS, "x_label": "Month", "y_label": "k€"},
        "series": [{"name": f"Series {place}", "data": [{"label": label, "value": value} for label, value in zip(LABELS, values)]}
                   for place, values in enumerate(series)]}}


def pie(*values: float) -> dict[str, Any]:
    return {"type": "data_visualization", "title": "A pie", "chart": {"type": "pie", "segments": [
        {"label": label, "value": value} for label, value in zip(LABELS, values)]}}


DRAWN: list[tuple[dict[str, Any], dict[str, int]]] = [
    (chart("bar", [1, 2, -3], [4, 5, 6]), {"rect.bar": 6, "circle": 0, "li": 2}),
    (chart("line", [1, 2, 3], [4, 5, 6]), {"polyline": 2, "circle": 6, "polygon": 0, "li": 2}),
    (chart("area", [1, 2, 3]), {"polyline": 1, "polygon": 1, "circle": 3, "li": 0}),
    (pie(1, 2, 3), {"path.segment": 3, "li": 3}),
    (pie(7), {"circle": 1, "path": 0, "li": 1}),
]


def test_charts(box: Running) -> None:
    async def walk(page: Page) -> None:
        for number, (block, drawn) in enumerate(DRAWN, 1):
            await page.slack(blocks=[block])
            await page.tab.until(f"document.querySelectorAll('.chart svg[role=img]').length === {number}")
            newest = "[...document.querySelectorAll('.chart')].pop()"
            for selector, expected in drawn.items():
                assert await page.tab.eval(f"{newest}.querySelectorAll('{selector}').length") == expected, (number, selector)
            assert await page.tab.eval(f"{newest}.querySelector('figcaption').textContent") == block["title"]
        assert await page.tab.eval("document.querySelectorAll('.chart img').length") == 0
        shown = await page.tab.eval("[...document.querySelectorAll('.chart svg text')].map((one) => one.textContent)")
        assert NASTY[:20] in shown and "k€" in shown
        assert await page.tab.eval("document.documentElement.scrollWidth") <= 1280
    on_page(box, walk)
