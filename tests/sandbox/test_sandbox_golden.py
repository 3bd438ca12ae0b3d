"""Every message of the golden tests, in every form, is one that Slack takes."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from slack_limits import _check_text, check_blocks

FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.out.json"))


def test_they_are_there() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".out.json"))
def test_slack_takes_it(path: Path) -> None:
    forms = {name: form for name, form in json.loads(path.read_text()).items() if isinstance(form, dict)}
    assert len(forms) >= 4
    for form in forms.values():
        _check_text(form["text"], False, True)
        check_blocks(form.get("blocks", []), "/blocks", set())
