#!/usr/bin/python3
"""Counts tests: prints "PASSED FAILED SKIPPED" of one report.

    tally.py meson BUILD/meson-logs/testlog.json    cmocka's cases, else one a program
    tally.py pytest REPORT.xml                       pytest's --junitxml
"""
from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)", re.M)


def meson(path: Path) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        cases = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
        for word, number in CMOCKA.findall((entry.get("stdout") or "") + (entry.get("stderr") or "")):
            cases[word] += int(number)
        if entry["result"] in ("OK", "EXPECTEDFAIL"):
            passed += cases["PASSED"] or 1
            skipped += cases["SKIPPED"]
        elif entry["result"] == "SKIP":
            skipped += 1
        else:
            passed += cases["PASSED"]
            failed += cases["FAILED"] or 1  # a crash ends without cmocka's count
    return passed, failed, skipped


def pytest(path: Path) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for suite in ET.parse(path).getroot().iter("testsuite"):
        total, bad = int(suite.get("tests", 0)), int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skips = int(suite.get("skipped", 0))
        passed, failed, skipped = passed + max(0, total - bad - skips), failed + bad, skipped + skips
    return passed, failed, skipped


def main() -> int:
    kind, path = sys.argv[1], Path(sys.argv[2])
    print(*{"meson": meson, "pytest": pytest}[kind](path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
