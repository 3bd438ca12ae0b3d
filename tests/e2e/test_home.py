"""The App Home, and the greeting in a channel that the bot came into."""
from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

from badday import log_end, logged, never, words
from stack import Stack
from test_show import looker


def forget(stack: Stack) -> None:
    """As if ten seconds had passed since anybody opened the tab."""
    with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db, db:
        db.execute("DELETE FROM states WHERE key LIKE 'home:%'")


def last(stack: Stack) -> int:
    assert stack.sandbox is not None
    return int(stack.sandbox.call("GET", "/sandbox/record")["last"])


def open_home(stack: Stack, user: str = "U0ADA", **more: Any) -> int:
    n = last(stack)
    stack.sandbox.call("POST", "/sandbox/home", {"user": user, **more})  # type: ignore[union-attr]
    return n


def home(stack: Stack, user: str = "U0ADA") -> list[dict[str, Any]]:
    """The blocks that the person sees after opening the tab."""
    n = open_home(stack, user)
    stack.wait(kind="slack", name="views.publish", ok=1, after=n)
    return stack.sandbox.call("GET", f"/sandbox/home?user={user}")["view"]["blocks"]  # type: ignore[union-attr]


def test_the_commands(stack: Stack) -> None:
    forget(stack)
    blocks = home(stack)
    text = words(blocks)
    assert blocks[0]["type"] == "header" and len(blocks) <= 100
    for part in ("*Shortcuts*", "*Customers*", "*Operations*", "*Trends*", f"<{looker(stack)}/dashboards/21|Sales>",
                 '`sales Region=EMEA; Period="30 days"`', "Sales by country", "/looker ", "<@U0LOOKERBOT>",
                 "in a direct message to me", "|Slack commands>", "Slack reaches me over HTTP", "lookerbot check"):
        assert part in text, part
    assert "Board numbers" not in text and "Drafts" not in text, "hidden"


def test_opened_again_and_again(stack: Stack) -> None:
    forget(stack)
    home(stack)
    start = log_end(stack)
    n = open_home(stack)
    logged(stack, start, "event=job_done .*shown a moment ago")
    assert stack.records(kind="slack", name="views.publish", after=n) == []
    forget(stack)
    home(stack)


def test_the_messages_tab_is_no_reason(stack: Stack) -> None:
    forget(stack)
    n = open_home(stack, tab="messages")
    never(stack, 0.5, kind="slack", name="views.publish", after=n)


def test_who_may_not_ask(stack: Stack) -> None:
    forget(stack)
    for user in ("U0GUEST", "U0EVE"):
        blocks = home(stack, user)
        assert len(blocks) == 2 and "Sales" not in words(blocks) and blocks[1]["text"]["text"]


def test_slack_has_a_bad_moment(stack: Stack) -> None:
    forget(stack)
    stack.sandbox.call("POST", "/sandbox/faults", {  # type: ignore[union-attr]
        "where": "slack", "match": "views.publish", "do": "status", "status": 503, "times": 1})
    home(stack)


def test_several_lookers(make_stack: Any) -> None:
    with make_stack(second_looker=True).running() as stack:
        stack.log_contains("event=job_done .*kind=catalogue", 2)
        blocks = home(stack)
        headers = [block["text"]["text"] for block in blocks if block["type"] == "header"]
        assert len(headers) == 3 and all(":" in name for name in headers[1:])
        second = words(blocks[blocks.index(next(b for b in blocks if b.get("text", {}).get("text") == headers[2])):])
        assert "|Deliveries>" in second and "|Revenue today>" not in second


def join(stack: Stack, channel: str, user: str = "U0LOOKERBOT", **more: Any) -> dict[str, Any]:
    event = {"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": "C", "team": "T0ACMESHOP",
             "inviter": "U0ADA", "event_ts": f"{1700000000 + last(stack)}.000100"}
    return stack.sandbox.call("POST", "/sandbox/event", {"event": event, **more})  # type: ignore[union-attr]


def greetings(stack: Stack, n: int, count: int = 1) -> list[dict[str, Any]]:
    return [r["body"] for r in stack.wait(count=count, kind="slack", name="chat.postMessage", ok=1, after=n)]


def test_the_greeting(stack: Stack) -> None:
    n = last(stack)
    sent = join(stack, "C0SALES")
    message = greetings(stack, n)[0]
    text = words(message)
    assert message["channel"] == "C0SALES"
    for part in ("<@U0LOOKERBOT> `sales Region=EMEA;", "`help`", "/looker"):
        assert part in text, part
    assert text.count("•") == 3
    stack.sandbox.call("POST", "/sandbox/redeliver",  # type: ignore[union-attr]
                       {"event_id": sent["event_id"], "times": 3, "new_ids": True})
    never(stack, 1, count=2, kind="slack", name="chat.postMessage", after=n)


def test_no_greeting(stack: Stack) -> None:
    """When somebody else comes in, and where another company reads along."""
    n, start = last(stack), log_end(stack)
    join(stack, "C0SALES", "U0BENJI")
    join(stack, "C0PARTNERS")
    logged(stack, start, "event=job_done .*not greeted: another company")
    never(stack, 0.5, kind="slack", name="chat.postMessage", after=n)


def test_the_greeting_when_its_answer_is_lost(stack: Stack) -> None:
    """Slack did it, and the answer did not arrive: it is looked for before it is sent again."""
    n = last(stack)
    stack.sandbox.call("POST", "/sandbox/faults", {  # type: ignore[union-attr]
        "where": "slack", "match": "chat.postMessage", "do": "down", "after": True, "times": 1})
    join(stack, "C0SALES")
    stack.wait(kind="slack", name="conversations.history", ok=1, after=n)
    never(stack, 1, count=2, kind="slack", name="chat.postMessage", after=n)
    assert sum("Hello!" in words(m) for m in stack.conversation("C0SALES")) == 1
