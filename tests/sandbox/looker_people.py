"""Who has an account at the fake Looker, what each may see, and Looker's own way of finding them.

The bot's account is an Admin: it sees everybody's address and may log in as anybody. People may not.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional

BOT_ID = "7"
ADMIN_ROLE = "2"


@dataclass(frozen=True)
class Person:
    """An account. `hidden`: content that it may not see, as "looks/16"; `region`: the only rows that it gets."""
    id: str
    name: str
    email: Optional[str]
    admin: bool = False
    disabled: bool = False
    hidden: frozenset[str] = field(default_factory=frozenset)
    region: Optional[str] = None

    def shown(self, for_admin: bool, web_url: str) -> dict[str, Any]:
        first, _, last = self.name.partition(" ")
        everybody = {"id": self.id, "display_name": self.name, "first_name": first, "last_name": last,
                     "can": {"show": True}, "url": f"{web_url}/api/4.0/users/{self.id}"}
        if not for_admin:
            return everybody
        return {**everybody, "email": self.email, "is_disabled": self.disabled, "is_service_account": False,
                "role_ids": [ADMIN_ROLE] if self.admin else ["3"]}


PEOPLE = [
    Person(BOT_ID, "Slack Bot", None, admin=True),
    Person("11", "Ada Okafor", "ada@acme-shop.example"),
    # Looker has it as he typed it when he was invited.
    Person("12", "Benji Sato", "Benji@Acme-Shop.example", region="EMEA",
           hidden=frozenset({"looks/16", "dashboards/28", "dashboards/60"})),
    Person("13", "Chiara Russo", "chiara@acme-shop.example"),
    Person("14", "Dora Klein", "dora@acme-shop.example", disabled=True),
    Person("15", "Team One", "team@acme-shop.example"),
    Person("16", "Team Two", "TEAM@acme-shop.example"),
    # To Looker's search the address of the first is a pattern that the second one fits, too.
    Person("17", "Eva Meyer", "eva_m@acme-shop.example"),
    Person("18", "Evan Xmas", "evaxm@acme-shop.example"),
    # Who came back: of two accounts one is enabled.
    Person("19", "Finn Berg", "finn@acme-shop.example", disabled=True),
    Person("20", "Finn Berg", "finn@acme-shop.example"),
]

SEARCHED = {"id": "id", "email": "email", "first_name": "first_name", "last_name": "last_name",
            "is_disabled": "is_disabled"}


class People:
    def __init__(self) -> None:
        self.all = {one.id: one for one in PEOPLE}

    def search(self, caller: Person, options: dict[str, str], web_url: str) -> list[dict[str, Any]]:
        """Only an Admin may search by address, and sees addresses; for others that condition does not count."""
        found = []
        for one in self.all.values():
            shown = one.shown(caller.admin, web_url)
            if all(fits(text, shown[key]) for key, text in options.items() if key in SEARCHED and key in shown):
                found.append(shown)
        return found


def fits(pattern: str, value: Any) -> bool:
    """SQL's LIKE in any case: % is any text, _ one character."""
    if isinstance(value, bool):
        return pattern == str(value).lower()
    if pattern in ("IS NULL", "NOT NULL"):
        return (value is None) == (pattern == "IS NULL")
    if value is None:
        return False
    regex = "".join(".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    return re.fullmatch(regex, str(value), re.IGNORECASE | re.DOTALL) is not None
