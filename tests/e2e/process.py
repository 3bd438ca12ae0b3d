"""A child process whose output is kept, shown on failure, and waited for line by line."""
from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Optional

TIMEOUT_S = 20.0


class Process:
    """Started at once. `log` is everything it wrote to standard output and error so far."""

    def __init__(self, name: str, command: list[Any], **popen: Any) -> None:
        self.name = name
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self.popen = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, stdin=popen.pop("stdin", subprocess.DEVNULL),
                                      text=True, errors="replace", start_new_session=True, **popen)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def log(self) -> str:
        with self._changed:
            return "".join(self.lines)

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_log(self, pattern: str, times: int = 1, timeout: float = TIMEOUT_S, start: int = 0) -> list[str]:
        """The lines (from line number `start` on) that match, as soon as there are `times` of them."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [line for line in self.lines[start:] if wanted.search(line)]
                left = deadline - time.monotonic()
                if len(found) >= times:
                    return found
                if self._ended or left <= 0:
                    why = "ended" if self._ended else f"did not write it in {timeout} s"
                    raise AssertionError(f"{self.name} {why}; wanted {times} x /{pattern}/, found {len(found)}:\n"
                                         + "".join(self.lines[-40:]))
                self._changed.wait(left)

    def wait_end(self, timeout: float = TIMEOUT_S) -> int:
        """The exit status (negative: the signal)."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} is still running after {timeout} s:\n{self.log[-4000:]}") from None
        # Its children may still hold the pipe: what it wrote itself is there at once.
        self._reader.join(2)
        return status

    def expect_end(self, status: int, timeout: float = TIMEOUT_S) -> None:
        """It ends by itself, with this exit status."""
        got = self.wait_end(timeout)
        assert got == status, f"{self.name} ended with {got}, not {status}:\n{self.log[-4000:]}"

    def send(self, number: int) -> None:
        if self.popen.poll() is None:
            os.kill(self.popen.pid, number)

    def stop(self, number: int = signal.SIGTERM, timeout: float = TIMEOUT_S) -> int:
        """Asks it to end; kills it when it does not, which fails the test."""
        self.send(number)
        try:
            return self.wait_end(timeout)
        except AssertionError:
            self.kill()
            raise

    def kill(self) -> None:
        """With what it started, such as nginx's workers; also when it is gone itself."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def memory_kb(self, key: str = "RssAnon") -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)


def find_program(name: str) -> Optional[str]:
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]:
        path = Path(folder) / name
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return None
