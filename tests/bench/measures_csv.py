"""All rows of an answer as a file: how long it takes and what the bot has in memory meanwhile. With the sandbox as Slack
and Looker, whose own time is in the figure; none asserts anything."""
from __future__ import annotations

import threading
import time

from rig import Rig
from row import Row

import stack as whole  # rig.py has made it reachable

ROWS, QUICK_ROWS = 2_400_000, 50_000
WAIT_S = 280
PEAK_MIB = 16  # above idle


def peak_while(stack: whole.Stack, done: threading.Event) -> list[int]:
    assert stack.bot is not None
    peak = [stack.bot.memory_kb()]

    def watch() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], stack.bot.memory_kb())
    threading.Thread(target=watch, daemon=True).start()
    return peak


def csv(rig: Rig, quick: bool) -> list[Row]:
    whole.FCGI = rig.build / "fcgi" / "lookerbot-fcgi"
    with whole.Stack().running() as stack:
        assert stack.sandbox is not None and stack.bot is not None
        stack.answer(stack.slash("big orders >100"))
        ts = stack.conversation()[-1]["ts"]
        stack.sandbox.call("POST", "/sandbox/csv", {"rows": QUICK_ROWS if quick else ROWS})
        idle_kb, done = stack.bot.memory_kb(), threading.Event()
        peak = peak_while(stack, done)
        started = time.monotonic()
        ack = stack.press("C0GENERAL", ts, action_id="csv")
        stack.wait(kind="hook", name=f"POST {ack['hook']}", text="as a file", timeout=WAIT_S)
        seconds = time.monotonic() - started
        done.set()
        (looker,) = stack.records(kind="looker", name="GET /queries/", after=ack["n"])
        (size,) = [file["size"] for message in stack.conversation() for file in message.get("files", [])]
    more = (peak[0] - idle_kb) / 1024
    return [Row(f"all rows as CSV, {size / 1e6:,.0f} MB from Looker to Slack",
                f"{seconds:.1f} s (the fake Looker's part {looker['elapsed_ms'] / 1000:.1f} s)",
                f"{more:.1f} MiB more memory at most", f"<= {PEAK_MIB} MiB", more <= PEAK_MIB)]
