"""What a measurement gives, and what the measures share."""
from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass
class Row:
    what: str
    figure: str
    ratio: str = ""
    target: str = ""
    met: Optional[bool] = None  # None: no target, or it was only a smoke run


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.1f} ms"


def wait_until(test: Callable[[], bool], seconds: float) -> bool:
    """Something of the kernel's that tells nobody when it changes: looked at ten times a second."""
    never, deadline = threading.Event(), time.monotonic() + seconds
    while not test():
        if time.monotonic() > deadline:
            return False
        never.wait(0.1)
    return True
