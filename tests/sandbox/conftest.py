from __future__ import annotations

from typing import Iterator

import pytest

from sandbox_harness import Running


@pytest.fixture(scope="session")
def _running() -> Iterator[Running]:
    running = Running()
    yield running
    running.close()


@pytest.fixture
def box(_running: Running) -> Running:
    """One sandbox for all tests, as new for each."""
    _running.reset()
    return _running
