"""The state directory's bad days: full, and not writable."""
from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Callable, Iterator

import pytest

from badday import calls, taken, warm
from stack import Stack

SENTENCE = "I could not take this down"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB; only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "lookerbot-e2e", str(place)],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no mount of a tmpfs: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    filler = place / "filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while out.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return filler


def test_full_disk(make_stack: Callable[..., Stack], small_disk: Path) -> None:
    with make_stack(settings={"LOOKERBOT_STATE_DIR": str(small_disk / "state")}).running() as stack:
        stack.state_dir = small_disk / "state"
        warm(stack)
        # Accepted, and being worked on when the disk fills.
        stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 1})
        before = taken(stack.slash("sales EMEA", channel="C0SALES"))
        filler = fill(small_disk)
        accepted, refused = [], None
        for i in range(200):  # what the log has room for is still taken
            ack = taken(stack.slash(f"order {1001 + i}", channel="C0SUPPORT"))
            if SENTENCE in ack["body"]:
                refused = ack
                break
            accepted.append((1001 + i, ack))
        assert refused, "it must fill up"
        assert '"ephemeral"' in refused["body"] and "try again in a minute" in refused["body"]
        assert stack.http("GET", "/health_check").status == 200
        stack.log_contains("event=request .*note=.not stored")

        filler.unlink()
        after = taken(stack.slash("order 1999", channel="D0ADA"))
        if SENTENCE in after["body"]:  # the log starts anew in the background
            stack.log_contains("event=request", len(accepted) + 3)
            after = taken(stack.slash("order 1999", channel="D0ADA"))
        assert SENTENCE not in after["body"]
        stack.wait(kind="slack", channel="D0ADA", text="`order 1999`", ok=1, after=after["n"])
        stack.wait(kind="slack", channel="C0SALES", text="`sales EMEA`", ok=1, after=before["n"])
        for number, ack in accepted:
            stack.wait(text=f"`order {number}`", ok=1, after=ack["n"])
        assert len(calls(stack, before, "GET /dashboards/21")) == 1


def test_state_directory_that_cannot_be_written(make_stack: Callable[..., Stack], tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.mkdir()
    if os.getuid() == 0:
        mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "lookerbot-e2e", str(place)]
        made = subprocess.run(mount, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"no mount of a tmpfs: {made.stderr.strip()}")
    else:
        place.chmod(0o500)
    try:
        stack = make_stack(settings={"LOOKERBOT_STATE_DIR": str(place)}, sandbox=False, nginx=False)
        bot = stack.start_bot(ready=False)
        assert bot.wait_end() != 0
        errors = [line for line in bot.lines if "level=error" in line]
        assert len(errors) == 1 and "event=start" in errors[0] and str(place) in errors[0], bot.log
        assert "ead-only" in errors[0] or "ermission denied" in errors[0], errors[0]
        assert "event=started" not in bot.log
        assert not Path(stack.fcgi_socket).exists(), "no socket is left behind"
    finally:
        if os.getuid() == 0:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("where", ["/proc/lookerbot", "/dev/null/state"])
def test_state_directory_that_cannot_be_made(make_stack: Callable[..., Stack], where: str) -> None:
    stack = make_stack(settings={"LOOKERBOT_STATE_DIR": where}, sandbox=False, nginx=False)
    bot = stack.start_bot(ready=False)
    assert bot.wait_end() != 0
    errors = [line for line in bot.lines if "level=error" in line]
    assert len(errors) == 1 and where in errors[0], bot.log


def test_state_of_a_newer_version(make_stack: Callable[..., Stack]) -> None:
    """Refused at the start, in one line."""
    stack = make_stack(sandbox=False, nginx=False)
    stack.start_bot()
    stack.stop_bot()
    with sqlite3.connect(stack.state_dir / "queue.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    bot = stack.start_bot(ready=False)
    assert bot.wait_end() != 0
    errors = [line for line in bot.lines if "level=error" in line]
    assert len(errors) == 1 and "99" in errors[0] and "upgrade" in errors[0], bot.log
