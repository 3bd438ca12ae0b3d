"""Fixtures of the end-to-end tests. See stack.py for what a test can ask."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stack import FCGI, Stack  # noqa: E402

_stacks: list[Stack] = []  # those of the test that runs, to show their logs when it fails
_shared: list[Stack] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    if not FCGI.exists():
        pytest.exit(f"{FCGI} is not there: build first, or set LOOKERBOT_BUILD", returncode=2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        for stack in _stacks + _shared:
            report.sections.append(("logs", stack.logs()))


@pytest.fixture
def make_stack() -> Iterator[Callable[..., Stack]]:
    """A stack of one's own: `with make_stack(settings={...}).running() as stack`."""
    def make(**arguments: Any) -> Stack:
        stack = Stack(**arguments)
        _stacks.append(stack)
        return stack
    yield make
    for stack in _stacks:
        stack.kill()
    _stacks.clear()


@pytest.fixture(scope="session")
def _whole_stack() -> Iterator[Stack]:
    stack = Stack()
    _shared.append(stack)
    with stack.running():
        yield stack
    _shared.remove(stack)


@pytest.fixture
def stack(_whole_stack: Stack) -> Stack:
    """One running stack for all tests that leave it as it was; the sandbox is reset before each."""
    _whole_stack.reset()
    return _whole_stack


@pytest.fixture(scope="session")
def front() -> Iterator[Stack]:
    """nginx and a bot that only takes down (--workers 0), without the sandbox: for what Slack, Looker and
    strangers may send."""
    stack = Stack(sandbox=False, bot_arguments=["--workers", "0"])
    _shared.append(stack)
    with stack.running():
        yield stack
    _shared.remove(stack)
