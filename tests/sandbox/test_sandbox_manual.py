"""docs/manual.md: its pictures are there and small, and it names every type of visualization that the bot's tests know."""
from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "manual.md"
MAX_BYTES = 120_000


def test_its_pictures() -> None:
    named = set(re.findall(r"\]\((manual/[\w-]+\.png)\)", MANUAL.read_text()))
    there = {f"manual/{one.name}" for one in (ROOT / "docs" / "manual").iterdir()}
    assert named == there and len(named) >= 10
    for one in named:
        whole = (ROOT / "docs" / one).read_bytes()
        assert whole[:8] == b"\x89PNG\r\n\x1a\n" and len(whole) < MAX_BYTES, one


def test_every_type_has_its_form() -> None:
    cases = re.findall(r'\{ "([\w:]+)", (TABLE|PICTURE|CHART|"section,section") \}', (ROOT / "tests" / "unit" / "test_vis_forms.c").read_text())
    assert len(cases) >= 25
    words = {"TABLE": "table", "PICTURE": "picture", "CHART": "Slack's"}
    rows = [line.split("|")[1:3] for line in MANUAL.read_text().splitlines() if line.startswith("| `") and line.count("|") == 3]
    for kind, form in cases:
        if "::" in kind:
            continue    # of somebody's own
        found = [says for types, says in rows if f"`{kind}`" in types]
        assert len(found) == 1 and words.get(form, "") in found[0], kind
