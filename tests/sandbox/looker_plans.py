"""The schedules that the fake Looker has sent, as its API shows them."""
from __future__ import annotations

from typing import Any


class Plans:
    """What Looker's API says of the schedules that were sent."""

    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}

    def reset(self) -> None:
        self.by_id.clear()

    def add(self, owner: str, title: str) -> dict[str, Any]:
        plan = {"id": str(86000 + len(self.by_id)), "name": title, "title": title, "user_id": owner, "enabled": True,
                "run_once": False, "crontab": "0 9 * * 1-5", "timezone": "Europe/Paris"}
        self.by_id[plan["id"]] = plan
        return plan
