"""One result on its way to a message: the time, and, where valgrind is installed, the instructions a cell takes."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

from rig import Rig
from row import Row

ROUNDS, COUNTED_ROUNDS = 500, 10


def instructions(rig: Rig, name: str) -> float:
    """Of one rendering. Looking at the names of functions, callgrind counts what happens inside of one."""
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={rig.folder}/callgrind",
                           "--toggle-collect=bench_render", str(rig.build / "tests/bench/render"), str(COUNTED_ROUNDS),
                           name], text=True, capture_output=True, check=True)
    counted = re.search(r"refs:\s+([\d,]+)", done.stderr)
    assert counted, done.stderr
    return int(counted[1].replace(",", "")) / COUNTED_ROUNDS


def row(rig: Rig, one: dict[str, Any], count: bool) -> Row:
    cells = one["shown"] * one["columns"]
    each = f"{instructions(rig, one['name']) / cells:,.0f} instructions a cell shown" if count else ""
    return Row(f"{one['name']} of {one['rows']} x {one['columns']} ({one['json_bytes'] / 1000:,.0f} kB): rendered and encoded "
               f"({one['shown']} rows, {one['message_bytes'] / 1000:,.0f} kB)",
               f"{one['render_us']:,} µs; read before that {one['read_us']:,} µs", each)


def render(rig: Rig, quick: bool) -> list[Row]:
    done = subprocess.run([str(rig.build / "tests/bench/render"), "5" if quick else str(ROUNDS)], text=True,
                          capture_output=True, check=True)
    count = not quick and shutil.which("valgrind") is not None
    return [row(rig, json.loads(line), count) for line in done.stdout.splitlines()]
