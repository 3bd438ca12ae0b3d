"""What Looker sends by itself: how many webhooks are accepted, what ten very large ones need at once, and how long a
delivery takes where Slack takes one message a second for each channel. None asserts a figure."""
from __future__ import annotations

import contextlib
import http.client
import json
import sqlite3
import threading
import time
from typing import Any, Callable

from rig import Bot, Rig
from row import Row, ms, percentile, wait_until

TOKEN = "bench-webhook-token-0123456789-not-a-secret"
SENDERS, QUICK_SENDERS = 16, 4
KIB, MIB = 1024, 1024 * 1024
LARGE_SENDERS = 10
CHANNELS, A_CHANNEL = 50, 20  # so many deliveries for each, as fast as Slack takes them
DRAIN_S = 240


def body_of(size: int) -> bytes:
    """A scheduled Look of about that size, as CSV."""
    row, head = "12,2026-11-24,EMEA,complete,149.90\\n", "Order,Date,Region,Status,Total\\n"
    body = json.dumps({"type": "query", "scheduled_plan": {"title": "Daily sales", "type": "Look", "url": None},
                       "attachment": {"mimetype": "text/csv", "extension": "csv", "data": "@"}})
    return body.replace("@", head + row * max(1, (size - len(body) - len(head)) // len(row))).encode()


class Sender:
    """Sends webhooks from several connections; each has an id of its own."""

    def __init__(self, rig: Rig) -> None:
        self.port, self.sent, self.lock, self.odd = rig.port, 0, threading.Lock(), []

    def take(self) -> int:
        with self.lock:
            self.sent += 1
            return self.sent

    def post(self, connection: http.client.HTTPConnection, channel: str, body: bytes) -> None:
        connection.request("POST", f"/slack/post/channel/{channel}", body, {
            "Content-Type": "application/json", "X-Looker-Webhook-Token": TOKEN,
            "X-Looker-Webhook-Id": f"bench-{self.take()}"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            self.odd.append((answer.status, said[:200]))

    def together(self, senders: int, work: Callable[[http.client.HTTPConnection, int], None]) -> float:
        """Seconds until all are through."""
        def run(number: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            work(connection, number)
            connection.close()
        threads = [threading.Thread(target=run, args=(number,)) for number in range(senders)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.odd:
            raise RuntimeError(f"not every webhook was taken: {self.odd[:3]}")
        return time.monotonic() - began


def fresh(rig: Rig, *arguments: str) -> Bot:
    """With an empty state."""
    rig.fresh_bot()
    return rig.start_bot(*arguments, LOOKER_WEBHOOK_TOKEN=TOKEN)


def accepted(rig: Rig, quick: bool) -> list[Row]:
    rows, senders = [], QUICK_SENDERS if quick else SENDERS
    for name, size, each in (("2 kB", 2 * KIB, 10 if quick else 500), ("1 MB", MIB - KIB, 2 if quick else 12)):
        fresh(rig, "--workers", "0")
        sender, body = Sender(rig), body_of(size)

        def work(connection: http.client.HTTPConnection, _: int, count: int = each, body: bytes = body) -> None:
            for _ in range(count):
                sender.post(connection, "C0BENCH00", body)
        seconds = sender.together(senders, work)
        rows.append(Row(f"webhooks accepted a second, bodies of {name}, {senders} connections, `--workers 0`",
                        f"{sender.sent / seconds:,.0f}/s"))
    return rows


def large(rig: Rig, quick: bool) -> list[Row]:
    size = 4 * MIB if quick else 30 * MIB
    bot, sender, body = fresh(rig, "--workers", "0"), Sender(rig), body_of(size)
    idle, peak, done = bot.rss_anon_mib(), [bot.rss_anon_mib()], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], bot.rss_anon_mib())
    watcher = threading.Thread(target=watch)
    watcher.start()
    sender.together(1, lambda connection, _: sender.post(connection, "C0BENCH00", body))
    one = peak[0] - idle
    seconds = sender.together(LARGE_SENDERS, lambda connection, _: sender.post(connection, "C0BENCH00", body))
    done.set()
    watcher.join()
    return [Row(f"{LARGE_SENDERS} webhooks of {size // MIB} MiB at once, peak private memory (RssAnon)",
                f"{peak[0] - idle:.0f} MiB more than idle, all taken after {seconds:.1f} s",
                f"{(peak[0] - idle) / one:.2f} of what one alone needs")]


def ended(rig: Rig) -> list[tuple[int, int]]:
    """When each delivery was accepted and when it was out, in ms."""
    with contextlib.closing(sqlite3.connect(rig.folder / "state" / "queue.db", timeout=20)) as db:
        found: list[Any] = db.execute("SELECT created_ms, ended_ms FROM jobs WHERE kind = 'schedule' AND state = 2").fetchall()
    return found


def delivered(rig: Rig, quick: bool) -> list[Row]:
    channels, each = (5, 3) if quick else (CHANNELS, A_CHANNEL)
    fresh(rig)
    sender, body, started = Sender(rig), body_of(2 * KIB), time.monotonic()

    def work(connection: http.client.HTTPConnection, number: int) -> None:
        turn = threading.Event()
        for n in range(each):
            turn.wait(max(0.0, started + n + number / channels - time.monotonic()))
            sender.post(connection, f"C0BENCH{number:02}", body)
    sender.together(channels, work)
    if not wait_until(lambda: len(ended(rig)) >= channels * each, DRAIN_S):
        raise RuntimeError(f"{len(ended(rig))} of {channels * each} deliveries are out: {rig.bot_log()}")
    delays = sorted(float(end - created) * 1000 for created, end in ended(rig))
    return [Row(f"webhook to message, {channels} channels, one a second for each ({channels * each:,} deliveries)",
                f"p50 {ms(percentile(delays, 50))}, p99 {ms(percentile(delays, 99))}, max {ms(delays[-1])}")]


def webhooks(rig: Rig, quick: bool) -> list[Row]:
    return accepted(rig, quick) + large(rig, quick) + delivered(rig, quick)
